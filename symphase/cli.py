"""The command line: thin wrappers that read text, call the library, and print tables or JSON.

Exit codes: 0 done; 1 a check failed or routes disagree; 2 the input cannot be worked with; 130 interrupted.
"""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from symphase.console import (
    DIGITS,
    JSON,
    MAP_OPTIONS,
    NUMBERS,
    Group,
    brief,
    decimal_of,
    family_of,
    finite,
    json_float,
    print_json,
    print_table,
    progress_bar,
    say,
    shown,
)
from symphase.errors import EXIT_CHECK_FAILED, InputError
from symphase.exact_commands import add_commands
from symphase.lab_commands import add_commands as add_lab
from symphase.sweep_commands import add_commands as add_sweep

if TYPE_CHECKING:
    from symphase.analysis import Analysis
    from symphase.boundaries import Boundaries
    from symphase.derivation import Derivation
    from symphase.models import Model
    from symphase.phases import Classification, StepBoundary
    from symphase.verification import Verification

__all__ = ["main"]

_ROWS_SHOWN = 100


def _show_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"symphase {version('symphase')}")
        except PackageNotFoundError:
            click.echo("symphase, run from its sources without being installed")
        ctx.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Exact phases of gradient descent in quadratic regression.

    Gradient descent with step size η on phase retrieval or a quadratic network, with orthogonal data, reduces to one
    cubic map whose parameter a is proportional to η.  As a grows it is monotonic, catapult, periodic, chaotic, and
    divergent.  symphase derives the map, finds the exact boundaries, and checks both by independent routes.

    \b
    Start here:
      symphase report                 a page about the data set that ships with symphase
      symphase analyze data.csv       your own data: rows of features, last column the target
      symphase boundaries             the exact phase boundaries
      symphase classify 1.455         the phase of one parameter
      symphase lab --help             run gradient descent: generic data, real data, any step size

    Exit codes: 0 done, 1 a check failed, 2 input that cannot be worked with, 130 interrupted.
    """


# --- boundaries -------------------------------------------------------------------------------------------------------


@main.command(context_settings=NUMBERS, short_help="Exact phase boundaries of a map.")
@MAP_OPTIONS
@click.option("--within", nargs=2, metavar="LO HI", help="Parameter interval in which the flip is looked for.")
@click.option(
    "--doublings",
    type=int,
    default=9,
    show_default=True,
    help="Period doublings proved for the onset's bracket, to 20.",
)
@DIGITS
@JSON
def boundaries(
    formula: str | None,
    variable: str | None,
    parameter: str | None,
    within: tuple[str, str] | None,
    doublings: int,
    digits: int,
    as_json: bool,
) -> None:
    """Find the exact phase boundaries of the residual map, or of any polynomial family.

    \b
    Examples:
      symphase boundaries
      symphase boundaries --map "r*x*(1-x)" --variable x --parameter r
      symphase boundaries --digits 60 --json
    """
    from symphase.boundaries import find_boundaries
    from symphase.enclosures import check_digits

    check_digits(digits)  # before any work
    found = find_boundaries(family_of(formula, variable, parameter), within=within or None, doublings=doublings)
    if as_json:
        print_json(found.to_dict(digits))
        return
    _print_boundaries(found, digits)


def _print_boundaries(found: Boundaries, digits: int) -> None:
    from symphase.onset import Onset

    symbol = found.family.parameter
    rows = [
        (
            boundary.name,
            str(boundary),
            boundary.decimal(digits),
            str(boundary.certainty),
            f"{boundary.before} → {boundary.after}",
        )
        for boundary in found
    ]
    say(f"{found.family.variable} ← {found.family.expression}")
    if found.reduced_family != found.family:
        say(f"analysed through its symmetry: {found.family.variable} ← {found.reduced_family.expression}")
    say()
    for point in found.fixed_points:
        place = (
            f"{found.family.variable} = {point.location}" if point.location is not None else f"{point.polynomial} = 0"
        )
        multiplier = f", multiplier {point.multiplier}" if point.multiplier is not None else ""
        say(f"fixed point {place}{multiplier}{'  (the one whose phases follow)' if point.is_reference else ''}")
    print_table("", ("boundary", f"{symbol}, exactly", f"{symbol}, proved digits", "certainty", "from → to"), rows)
    for boundary in found:
        if isinstance(boundary.value, Onset):
            say(f"onset of chaos ≈ {boundary.value.estimate} (numerical: two accelerated sequences agree)")
            say(f"the bracket leans on: {boundary.value.theorem.statement}")
    for kind, reason in found.missing:
        say(f"not found: {kind}: {reason}")


# --- classify ---------------------------------------------------------------------------------------------------------


@main.command(context_settings=NUMBERS, short_help="The phase of one parameter, with evidence.")
@click.argument("a")
@click.option("--start", help="Rescaled residual z₀ of the start, a decimal or p/q.")
@click.option("--max-period", type=int, default=64, show_default=True, help="Longest attracting cycle looked for.")
@DIGITS
@JSON
def classify(a: str, start: str | None, max_period: int, digits: int, as_json: bool) -> None:
    """Say in which phase the parameter A (a decimal or p/q) lies, with evidence and distance to the next boundary.

    \b
    Examples:
      symphase classify 1.455
      symphase classify 5/4 --json
      symphase classify 1.1 --start 2.5
    """
    from symphase.enclosures import check_digits
    from symphase.phases import classify as place

    check_digits(digits)  # before any work
    result = place(a, start=start, max_period=max_period)
    if as_json:
        print_json(_classification_record(result, digits))
        return
    say(str(result))
    for statement in result.evidence:
        say(f"  because {statement}")
    say(f"  nearest boundary: {result.nearest.name}, {_distance_text(result, digits)}")
    say(f"  positive entropy (chaos in the topological sense): {result.entropy_positive}")


def _distance_text(result: Classification, digits: int) -> str:
    lower, upper = result.distance
    if lower < 0 < upper:
        return f"between {brief(lower)} and {brief(upper)} away in a"
    middle = (lower + upper) / 2
    if upper - lower > abs(middle) / 10**6:  # beside an onset: its bracket, not its middle
        return f"between {brief(lower)} and {brief(upper)} away in a"
    text = result.distance_decimal(digits)
    if text is None or abs(middle) > 10**20 or (middle and not text.strip("-0.")):
        text = brief(middle)
    relative = result.relative_distance
    step = f"{relative:+.3%} of the step size, " if relative is not None and math.isfinite(relative) else ""
    return f"{text} away in a ({step}{brief(2 * middle)} in step size × sharpness)"


def _classification_record(result: Classification, digits: int) -> dict[str, Any]:
    return {
        "a": str(result.parameter),
        "phase": str(result.phase),
        "label": result.label,
        "period": result.period,
        "certainty": str(result.certainty),
        "entropy_positive": str(result.entropy_positive),
        "window": result.in_window,
        "searched_period": result.searched_period,
        "evidence": list(result.evidence),
        "nearest": {
            "name": result.nearest.name,
            "decimal": result.nearest.decimal(digits),
            "distance": [str(end) for end in result.distance],
            "distance_decimal": result.distance_decimal(digits),
            "distance_relative_to_step_size": finite(result.relative_distance),
            "distance_in_step_size_times_sharpness": finite(result.distance_in(Fraction(1))[1]),
        },
    }


# --- derive -----------------------------------------------------------------------------------------------------------

_MODELS = ("phase-retrieval", "one-weight", "two-layer-network", "polynomial")


@main.command(short_help="From the loss to the map, every step proved again.")
@click.argument("model", type=click.Choice(_MODELS), default="phase-retrieval")
@click.option("--prediction", help='Prediction of the polynomial model, such as "w^2 + b*w".')
@click.option("--weight", default="w", show_default=True, help="Name of its weight.")
@click.option("--parameter", "parameters", multiple=True, help="Another name in it; once for each.")
@click.option("--tex", metavar="FILE", help="Also write a complete LaTeX document to this file.")
@JSON
def derive(
    model: str, prediction: str | None, weight: str, parameters: tuple[str, ...], tex: str | None, as_json: bool
) -> None:
    """Derive, step by step, what gradient descent on MODEL reduces to; every step is proved again.

    MODEL is phase-retrieval (default), one-weight, two-layer-network, or polynomial (with --prediction).

    \b
    Examples:
      symphase derive
      symphase derive polynomial --prediction "w^2 + b*w" --parameter b
      symphase derive two-layer-network --tex network.tex
    """
    from symphase.derivation import derive as run
    from symphase.enclosures import Verdict

    if (model == "polynomial") != (prediction is not None):
        given = "missing" if prediction is None else prediction
        raise InputError("--prediction", given, "goes with the model polynomial, and only with it")
    if prediction is None and (weight != "w" or parameters):
        named, value = ("--parameter", parameters[0]) if parameters else ("--weight", weight)
        raise InputError(named, value, "goes with --prediction, and only with it")
    derivation = run(_model(model, prediction, weight, parameters))
    checks = derivation.check()
    if tex is not None:
        from symphase.latex import derivation_document

        command = f"symphase derive {model}"
        if prediction is not None:
            command += f' --prediction "{prediction}"' + (f" --weight {weight}" if weight != "w" else "")
            command += "".join(f" --parameter {name}" for name in parameters)
        _write_text(tex, derivation_document(derivation, command=f"{command} --tex {tex}"))
    if as_json:
        print_json(_derivation_record(derivation, checks))
    else:
        _print_derivation(derivation, checks)
    if any(check.verdict is not Verdict.PROVED for check in checks):
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def _model(name: str, prediction: str | None, weight: str, parameters: tuple[str, ...]) -> Model:
    from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork

    if prediction is not None:
        return PolynomialModel(prediction, weight=weight, parameters=parameters)
    kinds: dict[str, Callable[[], Model]] = {
        "phase-retrieval": PhaseRetrieval,
        "one-weight": OneWeight,
        "two-layer-network": TwoLayerNetwork,
    }
    return kinds[name]()


def _print_derivation(derivation: Derivation, checks: Sequence[Any]) -> None:
    say(f"Model: {derivation.model.name}")
    for number, (step, check) in enumerate(zip(derivation.steps, checks, strict=False), start=1):
        say()
        say(f"{number}. {step.title}  [{check.verdict}]")
        say(f"   {step.before}")
        say(f"   → {step.after}")
        say(f"   {step.reason}")
        say(f"   checked: {check.detail or check.method}")
    say()
    for check in checks[len(derivation.steps) :]:
        say(f"{check.title}: {check.detail or check.method}  [{check.verdict}]")
    for assumption in derivation.assumptions:
        say(f"Assumed: {assumption}")
    say()
    if derivation.family is not None:
        family = derivation.family
        say(f"Map: {family.variable} ← {family.expression}")
        if derivation.scale is not None:
            say(f"with {family.parameter} = {derivation.scale}")
    else:
        say(f"No one-variable residual map: {derivation.obstruction}")


def _derivation_record(derivation: Derivation, checks: Sequence[Any]) -> dict[str, Any]:
    return {
        "model": derivation.model.name,
        "map": None if derivation.family is None else str(derivation.family.expression),
        "scale": None if derivation.scale is None else str(derivation.scale),
        "residual_scale": None if derivation.residual_scale is None else str(derivation.residual_scale),
        "obstruction": derivation.obstruction,
        "assumptions": list(derivation.assumptions),
        "steps": [
            {
                "title": step.title,
                "before": str(step.before),
                "after": str(step.after),
                "reason": step.reason,
                "assumptions": list(step.assumptions),
                "verdict": str(check.verdict),
                "check": check.detail or check.method,
            }
            for step, check in zip(derivation.steps, checks, strict=False)
        ],
        "other_checks": [
            {"title": check.title, "verdict": str(check.verdict), "check": check.detail or check.method}
            for check in checks[len(derivation.steps) :]
        ],
    }


def _write_text(path: str, text: str) -> None:
    from pathlib import Path

    try:
        Path(path).write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("--tex", path, f"cannot be written: {reason}", "give a file in a folder that exists") from None


# --- verify -----------------------------------------------------------------------------------------------------------


@main.command(short_help="Check every boundary by mpmath and by gradient descent.")
@click.option("--digits", type=int, default=50, show_default=True, help="Working digits of the mpmath orbits (≥ 50).")
@click.option("--steps", type=int, default=6000, show_default=True, help="Length of orbits and of runs.")
@click.option("--runs", type=int, default=6, show_default=True, help="Gradient-descent starts on each side.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of those starts.")
@JSON
def verify(digits: int, steps: int, runs: int, seed: int, as_json: bool) -> None:
    """Check every boundary against mpmath orbits and against gradient descent on the original loss.

    Exit code 1 if any route disagrees.

    \b
    Example:
      symphase verify --json > verification.json
    """
    from symphase.verification import verify as run

    with progress_bar() as progress:
        result = run(digits=digits, steps=steps, runs=runs, seed=seed, progress=progress)
    if as_json:
        print_json(result.to_dict())
    else:
        _print_verification(result)
    if not result.agrees:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def _print_verification(result: Verification) -> None:
    rows = [
        (
            row.boundary.name,
            str(row.boundary),
            row.decimal,
            "confirmed" if row.enclosure_agrees else "NOT CONFIRMED",
            f"{row.mpmath_below} → {row.mpmath_above}",
            f"{row.simulation_below} → {row.simulation_above}",
            "agree" if row.agrees else "DISAGREE",
        )
        for row in result
    ]
    print_table(
        "",
        (
            "boundary",
            "exact",
            "certified decimal",
            "second proof",
            "mpmath, before → after",
            "simulation, before → after",
            "",
        ),
        rows,
    )
    say(
        f"{sum(row.agrees for row in result)} of {len(result.rows)} boundaries agree "
        f"({result.digits} digits, {result.steps} steps, {result.runs} starts, seed {result.seed})"
    )
    say(
        "mpmath also saw the defining quantity of each change sign within 1e-12 of its number; orbits and runs were "
        "watched between 0.001 and 0.01 from it"
    )


# --- analyze ----------------------------------------------------------------------------------------------------------


@main.command(context_settings=NUMBERS, short_help="Your data: phases, step sizes, a simulation.")
@click.argument("file")
@click.option("--step-size", help="η, a decimal or p/q; by default half of the largest monotonic one.")
@click.option("--target", help="Name of the target column (default: y, target or label, else the last).")
@click.option("--gamma", default="2", show_default=True, help="γ of the prediction γ/2 (xᵀw)² + c xᵀw.")
@click.option("--c", "linear", default="0", show_default=True, help="c of that prediction.")
@click.option("--steps", type=int, default=2000, show_default=True, help="Steps of the simulation.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of its start.")
@JSON
def analyze(
    file: str,
    step_size: str | None,
    target: str | None,
    gamma: str,
    linear: str,
    steps: int,
    seed: int,
    as_json: bool,
) -> None:
    """Read a table of orthogonal features and targets (CSV or NPZ) and say what a step size does to it.

    \b
    Examples:
      symphase analyze data.csv
      symphase analyze data.npz --step-size 0.01 --json
    """
    from symphase.analysis import analyze as run
    from symphase.formulas import exact_rational, positive_rational
    from symphase.models import PhaseRetrieval
    from symphase.tables import read_table

    if step_size is not None:
        positive_rational(step_size, "--step-size")
    model = PhaseRetrieval(gamma=exact_rational(gamma, "--gamma"), c=exact_rational(linear, "--c"))
    data = read_table(file, target=target)
    with progress_bar() as progress:
        result = run(data, model=model, step_size=step_size, steps=steps, seed=seed, progress=progress)
    if as_json:
        print_json(_analysis_record(result))
    else:
        _print_analysis(result)
    if not result.agrees:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


_PHASE_ENDS = ("monotonic", "catapult", "periodic", "chaotic")


def _ends(result: Analysis) -> list[tuple[str, StepBoundary]]:
    from symphase.phases import Phase

    found = [(name, result.classification.largest_step_size(Phase(name))) for name in _PHASE_ENDS]
    return [(name, end) for name, end in found if end is not None]


def _print_analysis(result: Analysis) -> None:
    from symphase.phases import Phase, show_number

    data, problem = result.data, result.classification
    state = {Phase.FLOOR: "converging to the loss floor", Phase.SADDLE: "staying on a saddle"}
    chosen = " (chosen: half of the largest monotonic one)" if result.step_size_chosen else ""
    say(f"{shown(data.name)}: {data.samples} samples, {data.dimension} features")
    say(result.orthogonality)
    period = f", period {problem.period}" if problem.period else ""
    whole = state.get(problem.phase, problem.phase)
    say(f"Step size {show_number(result.step_size)}{chosen}: the whole problem is {whole}{period}.")
    rows = [
        (
            name,
            end.decimal(12),
            str(end.value) if end.value is not None else "certified bracket",
            str(end.boundary.certainty),
        )
        for name, end in _ends(result)
    ]
    print_table(
        "Largest step size of each phase, for all samples together", ("phase", "η", "exactly", "certainty"), rows
    )
    leading = problem.leading.classification
    change, sharp = leading.distance_in(result.step_size)
    in_step = f"{change:+.3g} away in η, " if math.isfinite(change) else ""
    say(
        f"Nearest boundary: {leading.nearest.name}, {in_step}{sharp / 2:+.3g} in a, "
        f"{sharp:+.3g} in η × sharpness (row {problem.leading.index}, the largest a)."
    )
    compared = {each.index: each for each in result.comparisons}
    verdicts = {True: "agree", False: "DISAGREE", None: "undecided"}
    ranked = sorted(problem, key=lambda sample: -sample.scale)
    listed = []
    for sample in ranked[:_ROWS_SHOWN]:
        each = compared.get(sample.index)
        seen = (
            (each.observed.label + (f" (period {each.observed.period})" if each.observed.period else ""))
            if each
            else ""
        )
        verdict = verdicts[each.agrees] if each else ""
        listed.append(
            (str(sample.index), f"{decimal_of(sample.scale):.12g}", sample.classification.label, seen, verdict)
        )
    print_table(
        f"Samples by a, the first {len(compared)} beside {result.simulation.steps} steps of gradient descent",
        ("row (from 0)", "a", "predicted", "observed", ""),
        listed,
    )
    counts: dict[str, int] = {}
    for sample in problem:
        counts[str(sample.classification.phase)] = counts.get(str(sample.classification.phase), 0) + 1
    more = f" ({len(ranked) - len(listed)} not shown: use --json)" if len(ranked) > len(listed) else ""
    say("All samples: " + ", ".join(f"{count} {phase}" for phase, count in counts.items()) + f"{more}.")


def _analysis_record(result: Analysis) -> dict[str, Any]:
    problem = result.classification
    coherence = problem.coherence
    return {
        "name": result.data.name,
        "samples": result.data.samples,
        "features": result.data.dimension,
        "orthogonality": {
            "kind": coherence.kind,
            "largest_cosine": coherence.largest,
            "rows": coherence.pair,
            "threshold": coherence.threshold,
            "statement": result.orthogonality,
        },
        "step_size": str(result.step_size),
        "step_size_chosen": result.step_size_chosen,
        "phase": str(problem.phase),
        "period": problem.period,
        "nearest": {
            "row": problem.leading.index,
            "name": problem.leading.classification.nearest.name,
            "distance_in_a": [str(end) for end in problem.leading.classification.distance],
            "distance_in_step_size": finite(problem.leading.classification.distance_in(result.step_size)[0]),
            "distance_in_step_size_times_sharpness": finite(
                problem.leading.classification.distance_in(result.step_size)[1]
            ),
        },
        "largest_step_size": {
            name: {
                "decimal": end.decimal(15),
                "exact": None if end.value is None else str(end.value),
                "bounds": [str(bound) for bound in end.bounds],
                "certainty": str(end.boundary.certainty),
            }
            for name, end in _ends(result)
        },
        "samples_classified": [
            {
                "row": sample.index,
                "a": str(sample.scale),
                "a_float": json_float(sample.scale),
                "phase": str(sample.classification.phase),
                "period": sample.classification.period,
                "certainty": str(sample.classification.certainty),
            }
            for sample in problem
        ],
        "comparisons": [
            {
                "row": each.index,
                "predicted": each.predicted.label,
                "observed": each.observed.label,
                "observed_period": each.observed.period,
                "agrees": each.agrees,
            }
            for each in result.comparisons
        ],
        "seed": result.seed,
        "steps": result.simulation.steps,
        "agrees": result.agrees,
    }


# --- report -----------------------------------------------------------------------------------------------------------


@main.command(context_settings=NUMBERS, short_help="A page to read, boundaries.json and LaTeX.")
@click.argument("file", required=False)
@click.option("--out", default="symphase-report", show_default=True, metavar="DIR", help="Folder to write.")
@click.option("--step-size", help="η, a decimal or p/q; by default half of the largest monotonic one.")
@click.option("--target", help="Name of the target column.")
def report(file: str | None, out: str, step_size: str | None, target: str | None) -> None:
    """Write a folder with a page to read (index.html), boundaries.json and a LaTeX derivation.

    FILE is a table as for "symphase analyze"; without it the report is about the data set that ships with symphase: the
    squared DCT coefficients of a handwritten digit.

    \b
    Examples:
      symphase report
      symphase report data.csv --step-size 0.01 --out my-report
    """
    from symphase.formulas import positive_rational
    from symphase.report import write_report
    from symphase.tables import load_digit_dct, read_table

    if step_size is not None:
        positive_rational(step_size, "--step-size")
    data = load_digit_dct() if file is None else read_table(file, target=target)
    with progress_bar() as progress:
        written = write_report(out, data=data, step_size=step_size, progress=progress)
    for line in written.summary:
        say(line)
    say(f"Open {written.index}")
    if not written.agrees:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


add_commands(main)
add_lab(main)
add_sweep(main)

"""The command line: thin wrappers that read text, call the library, and print tables or JSON.

Exit codes: 0 done; 1 a check failed or routes disagree; 2 the input cannot be worked with; 130 interrupted; 141 nobody
reads the output any more, as in ``symphase boundaries | head -1``.
"""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from symphase.commands.console import (
    DIGITS,
    JSON,
    SEED,
    STEP_SIZE,
    SUBJECT_OPTIONS,
    TARGET,
    WHOLE,
    FileName,
    Group,
    decimal_of,
    finite,
    json_float,
    print_json,
    print_table,
    progress_bar,
    say,
    shown,
    subject_of,
    subject_text,
    tinted,
)
from symphase.commands.document import add_commands as add_documents
from symphase.commands.exact import add_commands
from symphase.commands.explore import add_commands as add_explore
from symphase.commands.lab import add_commands as add_lab
from symphase.commands.phases import add_commands as add_phases
from symphase.commands.problems import MODEL_OPTIONS, model_of, named
from symphase.commands.report import add_commands as add_report
from symphase.commands.sweep import add_commands as add_sweep
from symphase.errors import EXIT_CHECK_FAILED, InputError

if TYPE_CHECKING:
    from symphase.analysis import Analysis
    from symphase.derivation import Derivation
    from symphase.minima import Minimum
    from symphase.models import Model
    from symphase.phases import Classification, StepBoundary

__all__ = ["main"]

_ROWS_SHOWN = 100
_LONGEST_EXACT = 32  # characters; decimals like 0.9 are fractions of 53 bits once they are floats
_LONGEST_NUMBER = 40


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
      symphase report             a page about the data that ship with symphase
      symphase analyze data.csv   your own data: features, then the target
      symphase boundaries         the exact phase boundaries
      symphase classify 1.455     the phase of one parameter
      symphase explore            a page with a slider over the step size
      symphase document           a paper: the derivation, with proofs, as LaTeX
      symphase lab --help         run gradient descent on data of any kind
      symphase doctor             what is installed, and what to install

    A map, a loss or a prediction of your own is a polynomial with rational numbers and the names that you declare, such
    as --loss "(w^2-y)^2/4" --set y=2.  It is read, never executed.

    Each number comes with how it is known: exact, certified (a proved enclosure), numerical (two methods agree), or
    observed (seen in a simulation).  Colours are for terminals; NO_COLOR=1 turns them off, FORCE_COLOR=1 on.
    "symphase completion bash" (zsh, fish) prints a script that completes commands in your shell.

    Exit codes: 0 done, 1 a check failed, 2 input that cannot be worked with, 130 interrupted, 141 nobody reads
    the output any more.
    """


main.order = (
    *("report", "analyze", "boundaries", "classify", "derive", "document", "explore", "verify"),
    *("bifurcations", "atlas", "chaos", "verify-certificate", "lab", "sweep", "doctor", "completion"),
)


# --- derive -----------------------------------------------------------------------------------------------------------


@main.command(short_help="From the loss to the map, every step proved again.")
@SUBJECT_OPTIONS
@click.option(
    "--tex",
    metavar="FILE",
    type=FileName(),
    help="Also write a complete LaTeX document to this file; only an earlier one is replaced.",
)
@DIGITS
@JSON
def derive(tex: str | None, digits: int, as_json: bool, **options: Any) -> None:
    """Derive, step by step, what gradient descent on MODEL reduces to; every step is proved again.

    MODEL is phase-retrieval (default), one-weight, two-layer-network, or polynomial (with --prediction).  With --loss
    it is the loss of your own, whose map is that of the weight; its minima are listed with their sharpness.

    \b
    Examples:
      symphase derive
      symphase derive --gamma 2 --c 0
      symphase derive polynomial --prediction "w^2 + b*w" --parameter b
      symphase derive --loss "(w^2-y)^2/4" --set y=2
      symphase derive two-layer-network --tex network.tex
    """
    from symphase.derivation import derive as run
    from symphase.enclosures import Verdict, check_digits
    from symphase.models import Model

    check_digits(digits)  # before any work
    if tex is not None:
        from symphase.latex import check_place

        check_place(tex, argument="--tex")
    model = subject_of(**options)
    if not isinstance(model, Model):
        said = "is a map already: there is nothing to derive"
        raise InputError("--map", options["formula"], said, "ask for its boundaries: symphase boundaries --map …")
    with progress_bar("deriving") as progress:
        derivation = run(model)
        checks = derivation.check(progress=progress)
    if tex is not None:
        from symphase.latex import derivation_document

        command = f"symphase derive {subject_text(**options) or 'phase-retrieval'} --tex {tex}"
        with progress_bar("writing the document"):
            text = derivation_document(derivation, command=command, checks=checks)
        _write_text(tex, text)
    minima = _minima(model)
    if as_json:
        print_json(_derivation_record(derivation, checks, minima, digits))
    else:
        _print_derivation(derivation, checks)
        _print_minima(derivation, minima, digits)
    if any(check.verdict is not Verdict.PROVED for check in checks):
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def _minima(model: Model) -> tuple[Minimum, ...]:
    from symphase.minima import loss_minima
    from symphase.models import PolynomialLoss

    return loss_minima(model) if isinstance(model, PolynomialLoss) else ()


def _print_minima(derivation: Derivation, minima: Sequence[Minimum], digits: int) -> None:
    from symphase.display import family_text
    from symphase.models import SYMBOLS, PolynomialLoss
    from symphase.notation import formula_text

    model = derivation.model
    if not isinstance(model, PolynomialLoss):
        return
    if not minima:
        say("the loss has no minimum")
        return
    say()
    say("Minima: gradient descent is attracted below the step size 2/sharpness and repelled above it")
    print_table(
        "",
        (f"{model.weight}, exactly", f"{model.weight}", "sharpness L\u2033", "2/sharpness", "certainty"),
        [
            (
                text if len(text := minimum.location.formula()) <= _LONGEST_NUMBER else "",
                minimum.location.decimal(digits),
                minimum.sharpness.decimal(digits),
                "none: flat" if minimum.largest_step_size is None else minimum.largest_step_size.decimal(digits),
                tinted(minimum.certainty),
            )
            for minimum in minima
        ],
    )
    if derivation.residual is not None and model.squared is not None:
        squared, residual = model.squared, derivation.residual
        family, scale = residual.family, residual.scale
        if family is not None and scale is not None:
            offset = f" + ({squared.offset})" if squared.offset else ""
            prediction = formula_text(squared.model.prediction)
            say(
                f"The loss is {squared.model.loss_weight}·({prediction} − y)²{offset} with "
                f"y = {squared.target}: its residual e = {prediction} − y follows the residual map"
            )
            said = formula_text(scale.subs(SYMBOLS.y, squared.target))
            say(f"   {family_text(family)}")
            say(f"with {formula_text(family.parameter)} = {said}; its phases: symphase boundaries")


def _print_derivation(derivation: Derivation, checks: Sequence[Any]) -> None:
    from symphase.display import family_text, formula_line
    from symphase.notation import formula_text

    say(f"Model: {derivation.model.name}")
    for number, (step, check) in enumerate(zip(derivation.steps, checks, strict=False), start=1):
        say()
        say(f"{number}. {step.title}  [{tinted(check.verdict)}]")
        order = step._reading_order()
        say(f"   {formula_line(step.before, order)}")
        say(f"   → {formula_line(step.after, order)}")
        say(f"   {step.reason}")
        say(f"   checked: {check.detail or check.method}")
    say()
    for check in checks[len(derivation.steps) :]:
        say(f"{check.title}: {check.detail or check.method}  [{tinted(check.verdict)}]")
    for assumption in derivation.assumptions:
        say(f"Assumed: {assumption}")
    say()
    if derivation.family is not None:
        family = derivation.family
        say(f"Map: {family_text(family)}")
        if derivation.scale is not None:
            say(f"with {formula_text(family.parameter)} = {formula_text(derivation.scale)}")
    else:
        say(f"No one-variable map with phases: {derivation.obstruction}")


def _derivation_record(
    derivation: Derivation, checks: Sequence[Any], minima: Sequence[Minimum], digits: int
) -> dict[str, Any]:
    return {
        "model": derivation.model.name,
        "map": None if derivation.family is None else str(derivation.family.expression),
        "variable": None if derivation.family is None else str(derivation.family.variable),
        "parameter": None if derivation.family is None else str(derivation.family.parameter),
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
        "minima": [
            {
                "weight": minimum.location.decimal(digits),
                "sharpness": minimum.sharpness.decimal(digits),
                "largest_step_size": None
                if minimum.largest_step_size is None
                else minimum.largest_step_size.decimal(digits),
                "certainty": str(minimum.certainty),
            }
            for minimum in minima
        ],
        "residual": _residual_record(derivation),
    }


def _residual_record(derivation: Derivation) -> dict[str, str] | None:
    """For a loss that is a squared residual plus a constant: the residual's own map."""
    from symphase.models import SYMBOLS, PolynomialLoss

    model, inner = derivation.model, derivation.residual
    squared = model.squared if isinstance(model, PolynomialLoss) else None
    if squared is None or inner is None or inner.family is None or inner.scale is None:
        return None
    return {
        "prediction": str(squared.model.prediction),
        "target": str(squared.target),
        "loss_factor": str(squared.model.loss_weight),
        "offset": str(squared.offset),
        "map": str(inner.family.expression),
        "scale": str(inner.scale.subs(SYMBOLS.y, squared.target)),
    }


def _write_text(path: str, text: str) -> None:
    from symphase.files import write_whole

    with named("path", "--tex", path, "give a file in a folder that exists"):
        write_whole(path, text.encode("utf-8"))


# --- analyze ----------------------------------------------------------------------------------------------------------


@main.command(short_help="Your data: phases, step sizes, a simulation.")
@click.argument("file", type=FileName())
@STEP_SIZE
@TARGET
@MODEL_OPTIONS
@click.option("--steps", type=WHOLE, default=2000, show_default=True, help="Steps of each run.")
@SEED
@DIGITS
@JSON
def analyze(
    file: str,
    step_size: str | None,
    target: str | None,
    steps: int,
    seed: int,
    digits: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Read a table of orthogonal features and targets (CSV or NPZ) and say what a step size does to it.

    The loss is 1/(2n) times the sum of squared residuals, or 1/2 times it with --reduction sum.

    \b
    Examples:
      symphase analyze data.csv
      symphase analyze data.npz --step-size 0.01 --json
      symphase analyze data.csv --model two-layer-network --reduction sum
    """
    from symphase.analysis import analyze as run
    from symphase.enclosures import check_digits
    from symphase.formulas import positive_rational
    from symphase.tables import read_table

    check_digits(digits)  # before any work
    if step_size is not None:
        positive_rational(step_size, "--step-size")
    model = model_of(options)
    data = read_table(file, target=target)
    with progress_bar() as progress:
        result = run(data, model=model, step_size=step_size, steps=steps, seed=seed, progress=progress)
    if as_json:
        print_json(_analysis_record(result, digits))
    else:
        _print_analysis(result, digits)
    if not result.agrees:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


_PHASE_ENDS = ("monotonic", "catapult", "periodic", "chaotic")


def _ends(result: Analysis) -> list[tuple[str, StepBoundary]]:
    from symphase.phases import Phase

    found = [(name, result.classification.largest_step_size(Phase(name))) for name in _PHASE_ENDS]
    return [(name, end) for name, end in found if end is not None]


def _exact_text(end: StepBoundary) -> str:
    if end.value is None:
        return "certified bracket"
    text = str(end.value)
    return text if len(text) <= _LONGEST_EXACT else "long: see --json"


def _print_analysis(result: Analysis, digits: int) -> None:
    from symphase.phases import Phase, show_number

    data, problem = result.data, result.classification
    state = {Phase.FLOOR: "converging to the loss floor", Phase.SADDLE: "staying on a saddle"}
    chosen = " (chosen: half of the largest monotonic one)" if result.step_size_chosen else ""
    say(f"{shown(data.name)}: {data.samples} samples, {data.dimension} features")
    say(result.orthogonality)
    period = f", period {problem.period}" if problem.period else ""
    whole = state.get(problem.phase, problem.phase)
    say(f"Step size {show_number(result.step_size)}{chosen}: the whole problem is {tinted(whole)}{period}.")
    rows = [
        (
            tinted(name),
            end.decimal(digits),
            _exact_text(end),
            tinted(end.boundary.certainty),
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
    verdicts = {True: tinted("agree"), False: tinted("DISAGREE"), None: tinted("undecided")}
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
            (str(sample.index), f"{decimal_of(sample.scale):.12g}", _tinted_label(sample.classification), seen, verdict)
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


def _tinted_label(classification: Classification) -> str:
    return tinted(classification.phase, classification.label)


def _analysis_record(result: Analysis, digits: int) -> dict[str, Any]:
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
                "decimal": end.decimal(digits),
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


# --- the installation -------------------------------------------------------------------------------------------------


@main.command(short_help="What is installed, and what to install.")
@JSON
def doctor(as_json: bool) -> None:
    """Look at the installation: packages, extras, TeX, browser, terminal; say what each is for and what to do.

    Exit code 1 when the core does not work; what is merely missing is optional, and so is TeX that does not start.

    \b
    Examples:
      symphase doctor
      symphase doctor --json
    """
    from symphase.doctor import State, examine

    findings = examine()
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "state": str(each.state),
                    "found": each.found,
                    "purpose": each.purpose,
                    "advice": each.advice,
                }
                for each in findings
            ]
        )
    else:
        rows = [(each.name, tinted(each.state), shown(each.found), each.purpose) for each in findings]
        print_table("", ("part", "state", "found", "what it is for"), rows)
        todo = [each for each in findings if each.advice]
        if todo:
            say("What to do:")
        for each in todo:
            say(f"  {each.name}: {each.advice}")
    broken = [each for each in findings if each.state is State.BROKEN and not each.optional]
    if not as_json:
        say("The core does not work." if broken else "The core works.")
    if broken:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


@main.command(short_help="Completion for your shell.")
@click.argument("shell", metavar="SHELL", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print a script that makes SHELL (bash, zsh or fish) complete commands, options, models and file names.

    Write it to a file and source that file from ~/.bashrc or ~/.zshrc; fish finds it by itself.  It is the script that
    _SYMPHASE_COMPLETE=bash_source symphase prints (zsh_source, fish_source).

    \b
    Examples:
      symphase completion bash > ~/.symphase-complete.bash
      symphase completion zsh > ~/.symphase-complete.zsh
      symphase completion fish > ~/.config/fish/completions/symphase.fish
    """
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise InputError("SHELL", shell, "cannot be completed by this version of click", "use bash, zsh or fish")
    # the template itself: bash's own source() would start bash to look at its version
    say(ShellComplete.source(kind(main, {}, "symphase", "_SYMPHASE_COMPLETE")).strip())


add_phases(main)
add_commands(main)
add_report(main)
add_documents(main)
add_lab(main)
add_sweep(main)
add_explore(main)

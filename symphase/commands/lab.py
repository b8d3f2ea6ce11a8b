"""The commands of the gradient-descent laboratory: ``symphase lab ...``.  ``cli`` adds them to its group."""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from symphase.commands.console import (
    JSON,
    SEED,
    STEP_SIZE,
    WHOLE,
    FileName,
    FolderName,
    Group,
    console,
    finite,
    print_json,
    print_table,
    progress_bar,
    say,
    shown,
)
from symphase.commands.problems import KIND, PROBLEM, UNIT, WIDTH, named, problem_of, step_sizes_of, within
from symphase.errors import EXIT_CHECK_FAILED, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symphase.studies import TransitionRow
    from symphase.training import Training

__all__ = ["add_commands"]

_ROWS_SHOWN: Final = 60
_HEADS: Final = {
    "step_size_times_sharpness": "ηλ",
    "of_averaged_weights": "of averaged weights",
    "of_averaged_predictions": "of averaged predictions",
}
_FIGURES: Final = (".png", ".svg", ".pdf")
_FIGURE_MARKS: Final = (b"Software\0symphase", b"<dc:title>symphase</dc:title>", b"/Creator (symphase)")  # as _save
_CURVES: Final = 12  # whose labels fit beside a picture one column wide
_FEWEST_STEPS: Final = 32
_BLOCKS: Final = 10  # of steps, over which an exponent is averaged
_MOST_STEPS: Final = 10**7
_LONG: Final = 10**9  # steps of all runs together: minutes with one sample, hours with hundreds


def _with_a_word(progress: Callable[[str, int, int], None], steps: int) -> Callable[[str, int, int], None]:
    """The same progress; where no bar is shown, a word at its beginning about what may take hours."""
    words = [f"symphase: {float(steps):.0e} steps in all, which may take hours"] if steps >= _LONG else []
    if console(stderr=True).is_terminal:
        return progress

    def report(stage: str, done: int, total: int) -> None:
        while words:
            click.echo(words.pop(), err=True)
        progress(stage, done, total)

    return report


RUNS = click.option("--runs", type=WHOLE, default=8, show_default=True, help="Random starts.")
STEP_SIZES = click.option(
    "--step-size",
    "step_sizes",
    metavar="NUMBER",
    multiple=True,
    required=True,
    help="Step size η, a decimal or p/q; once for each that is asked about.",
)
FIGURE = click.option(
    "--figure",
    metavar="FILE",
    type=FileName(),
    help="Also draw a figure into this file (.png, .svg or .pdf); only an earlier one is replaced.",
)
STEPS = click.option("--steps", type=WHOLE, default=4000, show_default=True, help="Steps of each run.")


@click.group(cls=Group, short_help="Run gradient descent: which phase does your problem show?")
def lab() -> None:
    """Run gradient descent on orthogonal, generic and real data, and see which phase a step size shows.

    The runs know nothing of the derived map: what they show is evidence.  PROBLEM is digits (the default) or diabetes
    (real data that come with scikit-learn), orthogonal, dct, hadamard, gaussian or mixed (made designs), or a CSV or
    NPZ file of features and targets.

    \b
    Start here:
      symphase lab page                    one page about the digits problem
      symphase lab page data.csv --step-size 0.01 --out my-page
      symphase lab describe gaussian       the data, and the units of a step size
      symphase lab boundaries gaussian     where each phase ends
      symphase lab observe orthogonal --unit a --step-size 0.5 --step-size 1.9
      symphase lab train digits --step-size 1.6 --figure curves.png
      symphase lab agreement               many runs against the exact phases

    \b
    Further on:
      symphase sweep --example descent     many problems in one store
      examples/experiments/ in the sources: phases, sharpness, averages, drift
    """


@lab.command(short_help="The data: size, coherence, units of the step size.")
@PROBLEM
@JSON
def describe(as_json: bool, **options: Any) -> None:
    """Describe PROBLEM: its size, how far its rows are from orthogonal, and what a step size means for it.

    \b
    Examples:
      symphase lab describe
      symphase lab describe mixed --mixing 0.5 --samples 20 --dimension 30
    """
    import numpy as np

    from symphase.designs import rms_cosine

    with progress_bar("making the problem"):
        problem = problem_of(options)
        coherence = problem.data.coherence()
    unit = problem.unit_step_size if problem.model.scale is not None else None
    scales = [float(each) for each in problem.scales_per_step] if problem.model.scale is not None else []
    record = {
        "problem": problem.describe(),
        "model": problem.model.name,
        "samples": problem.samples,
        "dimension": problem.dimension,
        "test_samples": 0 if problem.test is None else problem.test.samples,
        "orthogonal": coherence.kind,
        "largest_cosine": coherence.largest,
        "rms_cosine": rms_cosine(problem.features),
        "step_size_where_a_is_1": None if unit is None else float(unit),
        "a_per_step_size": {"smallest": min(scales), "median": float(np.median(scales)), "largest": max(scales)}
        if scales
        else None,
        "seed": problem.seed,
    }
    if as_json:
        print_json(record)
        return
    say(shown(problem.describe()))
    says = {"exact": "orthogonal, exactly", "rounding": "orthogonal to rounding", "none": "not orthogonal"}
    say(f"rows: {says[coherence.kind]}; largest |cosine| {coherence.largest:.3g}, rms {record['rms_cosine']:.3g}")
    if unit is None and scales:
        say("no label is in reach: every a ≤ 0")
    elif unit is None:
        say(f"no single scale a, which needs: {'; '.join(problem.model.reduction_conditions)}")
    else:
        say(
            f"a of the largest sample is 1 at step size {float(unit):.6g}: on orthogonal rows convergence ends there\n"
            f"a per unit of step size: {min(scales):.4g} to {max(scales):.4g}, median {np.median(scales):.4g}"
        )


@lab.command(short_help="Which phase each step size shows.")
@STEP_SIZES
@UNIT
@RUNS
@STEPS
@PROBLEM
@JSON
def observe(step_sizes: tuple[str, ...], unit: str, runs: int, steps: int, as_json: bool, **options: Any) -> None:
    """Run gradient descent at some step sizes from random starts, and label what is seen.

    \b
    Examples:
      symphase lab observe orthogonal --unit a --step-size 0.5 --step-size 1.9
      symphase lab observe digits --step-size 0.7 --step-size 1.6
    """
    from symphase.transitions import LABELS, observe_problem

    within("--steps", steps, _FEWEST_STEPS, _MOST_STEPS)
    problem = problem_of(options)
    rates = step_sizes_of(step_sizes, unit, problem)
    with named("record_every", "--steps", steps, "run fewer steps"), progress_bar("gradient descent"):
        codes = observe_problem(problem, step_sizes=rates, runs=runs, rng=options["seed"], steps=steps)
    counts = [{label: int((row == code).sum()) for code, label in enumerate(LABELS)} for row in codes]
    if as_json:
        print_json(
            {
                "problem": problem.describe(),
                "runs": runs,
                "steps": steps,
                "seed": options["seed"],
                "certainty": "observed",
                "observed": [
                    {"step_size": str(rate), "step_size_float": float(rate), "labels": count}
                    for rate, count in zip(rates, counts, strict=True)
                ],
            }
        )
        return
    say(shown(problem.describe()))
    rows = [
        (given, *(str(count[label] or "") for label in LABELS)) for given, count in zip(step_sizes, counts, strict=True)
    ]
    print_table("", ("step size" if unit == "eta" else "a", *LABELS), rows)
    say(f"how many of {runs} starts; observed in {steps} steps, seed {options['seed']}")
    if any(count["undecided"] for count in counts):
        say("undecided: more --steps may tell, unless the step size stands at a boundary")


@lab.command(short_help="Where each phase of a problem ends.")
@RUNS
@STEPS
@click.option(
    "--points", type=WHOLE, default=24, show_default=True, help="Step sizes of the grid before the bisection."
)
@click.option("--tolerance", default="0.01", show_default=True, help="Relative width of the brackets.")
@FIGURE
@PROBLEM
@JSON
def boundaries(
    runs: int, steps: int, points: int, tolerance: str, figure: str | None, as_json: bool, **options: Any
) -> None:
    """Bracket each change of phase of PROBLEM in step size, and compare with the theory of orthogonal rows.

    \b
    Examples:
      symphase lab boundaries gaussian
      symphase lab boundaries digits --runs 4 --figure digits.png
    """
    import numpy as np

    from symphase.formulas import exact_rational
    from symphase.studies import compare_transitions
    from symphase.transitions import empirical_boundaries

    place = _figure_file(figure)
    within("--steps", steps, _FEWEST_STEPS, _MOST_STEPS)
    within("--points", points, 4, 10_000)
    if not 1e-6 <= exact_rational(tolerance, "--tolerance") <= 0.5:
        raise InputError("--tolerance", tolerance, "must be from 1e-6 to 0.5", "as 0.01")
    problem = problem_of(options)
    with (
        named("record_every", "--steps", steps, "run fewer steps"),
        named("starts", "PROBLEM", options["problem"], "scale its labels, or run more steps"),
        progress_bar() as progress,
    ):
        found = empirical_boundaries(
            problem,
            runs=runs,
            rng=options["seed"],
            steps=steps,
            points=points,
            tolerance=tolerance,
            progress=progress,
        )
    rows = compare_transitions(found)
    if place is not None:
        from symphase.plots import observed_strip

        _save(observed_strip(np.repeat(found.step_sizes, runs), found.labels.ravel()), place)
    if as_json:
        print_json(
            {
                "problem": problem.describe(),
                "runs": runs,
                "steps": steps,
                "start_seed": found.seed,
                "unit_step_size": found.unit,
                "sharpness": found.sharpness,
                "transitions": [row.to_dict() for row in rows],
            }
        )
        return
    say(shown(problem.describe()))
    _print_transitions(rows)
    theory = "theory of orthogonal rows [exact or certified]"
    if all(row.theory is None for row in rows):
        theory = "no exact phases of a > 0 here (a label out of reach, a < 0, diverges beyond a = −2)"
    say(f"medians over {runs} random starts of {steps} steps [observed]; {theory}")
    say("ηλ: step size × sharpness where a small step size ends; a: of the sample with the largest one")
    if place is not None:
        say(f"drawn in {shown(str(place))}")


def _print_transitions(rows: Sequence[TransitionRow]) -> None:
    def number(value: float | None) -> str:
        return "—" if value is None else f"{value:.4g}"

    table = []
    for row in rows:
        found = row.transition
        spread = "—" if found.spread is None else f"{found.spread[0]:.4g} – {found.spread[1]:.4g}"
        table.append(
            (
                found.name,
                number(found.step_size),
                spread,
                f"{found.found} of {found.runs}",
                number(row.in_sharpness),
                number(row.theory_in_sharpness),
                number(row.in_a),
                number(row.theory_in_a),
            )
        )
    print_table("", ("transition", "step size η", "brackets", "starts", "ηλ", "theory", "a", "theory"), table)
    if any(row.transition.stopped for row in rows):
        say("some brackets are wider than --tolerance: the runs inside stayed undecided")


@lab.command(short_help="Measure runs: loss, sharpness, hops, exponent, test loss.")
@STEP_SIZES
@UNIT
@RUNS
@click.option("--steps", type=WHOLE, default=1000, show_default=True, help="Steps of each run.")
@click.option("--burn-in", type=WHOLE, help="Step from which on is averaged; half of the steps by default.")
@FIGURE
@PROBLEM
@JSON
def train(
    step_sizes: tuple[str, ...],
    unit: str,
    runs: int,
    steps: int,
    burn_in: int | None,
    figure: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Train, and print what was measured: means over the starts at the end of the runs.

    ηλ is step size × sharpness, 2 being the edge of stability; hops are changes of sign of ∂g/∂(xᵀw), summed over the
    samples; the exponent is the largest Lyapunov exponent, per step, of gradient descent itself.

    \b
    Examples:
      symphase lab train digits --step-size 0.7 --step-size 1.6 --runs 4
      symphase lab train gaussian --unit a --step-size 0.8 --figure curves.png
    """
    from symphase.training import train as run

    place = _figure_file(figure)
    if place is not None and len(step_sizes) > _CURVES:
        said = f"holds one curve for each step size, at most {_CURVES}; these are {len(step_sizes)}"
        raise InputError("--figure", figure, said, "give fewer step sizes")
    within("--steps", steps, 2 * _BLOCKS, _MOST_STEPS)
    if burn_in is not None:
        within("--burn-in", burn_in, 0, steps - _BLOCKS)
    problem = problem_of(options)
    rates = step_sizes_of(step_sizes, unit, problem)
    measures = ("loss", "sharpness", "sign_changes", "lyapunov", "weight_norm")
    with named("record_every", "--runs", runs, "use fewer starts or step sizes"), progress_bar() as progress:
        seen = run(
            problem,
            step_sizes=rates,
            runs=runs,
            rng=options["seed"],
            steps=steps,
            record_every=max(1, steps // 200),
            burn_in=burn_in,
            measures=measures if problem.test is None else (*measures, "test_loss"),
            progress=_with_a_word(progress, len(rates) * runs * steps),
        )
    table = [_measured(seen, k, runs) for k in range(len(rates))]
    if place is not None:
        from symphase.plots import training_curves

        _save(training_curves(seen, which=[k * runs for k in range(len(rates))]), place)
    if as_json:
        print_json(
            {
                "problem": problem.describe(),
                "runs": runs,
                "steps": steps,
                "burn_in": seen.burn_in,
                "start_seed": seen.seed,
                "certainty": str(seen.certainty),
                "measured": [{"step_size": str(rate), **row} for rate, row in zip(rates, table, strict=True)],
            }
        )
        return
    say(shown(problem.describe()))
    names = [name for name in table[0] if any(row[name] is not None for row in table)]
    print_table(
        "",
        ("step size" if unit == "eta" else "a", *(_HEADS.get(name, name.replace("_", " ")) for name in names)),
        [
            (given, *("—" if row[name] is None else f"{row[name]:.4g}" for name in names))
            for given, row in zip(step_sizes, table, strict=True)
        ],
    )
    say(
        f"means over {runs} starts after {steps} steps, of those that did not escape; seed {options['seed']} [observed]"
    )
    if place is not None:
        say(f"drawn in {shown(str(place))}")


def _measured(seen: Training, rate: int, runs: int) -> dict[str, float | None]:
    """Means over the starts of one step size that did not escape."""
    part = slice(rate * runs, (rate + 1) * runs)
    kept = seen.escape_step[part] < 0

    def mean(values: Any) -> float | None:
        return None if values is None or not kept.any() else finite(float(values[part][kept].mean()))

    def last(values: Any) -> Any:
        return None if values is None else values[:, -1]

    return {
        "escaped": int((~kept).sum()),
        "loss": mean(last(seen.losses)),
        "step_size_times_sharpness": mean(last(seen.scaled_sharpness)),
        "exponent": mean(seen.lyapunov),
        "hops": mean(None if seen.sign_changes is None else seen.sign_changes.sum(axis=1)),
        "weight_norm": mean(last(seen.weight_norms)),
        "test_loss": mean(last(seen.test_losses)),
        "of_averaged_weights": mean(last(seen.test_losses_weight_average)),
        "of_averaged_predictions": mean(last(seen.test_losses_prediction_average)),
    }


@lab.command(short_help="One page: what a step size does to a problem.")
@STEP_SIZE
@RUNS
@STEPS
@click.option(
    "--out", type=FolderName(), default="symphase-lab", show_default=True, metavar="DIR", help="Folder to write."
)
@PROBLEM
@JSON
def page(step_size: str | None, runs: int, steps: int, out: str, as_json: bool, **options: Any) -> None:
    """Write a folder with one page to read (index.html) and its numbers (study.json) about PROBLEM.

    \b
    Examples:
      symphase lab page
      symphase lab page gaussian --labels teacher --step-size 3 --out generic
    """
    from symphase.formulas import positive_rational
    from symphase.study_page import write_study

    if step_size is not None:
        positive_rational(step_size, "--step-size")
    within("--steps", steps, 64, _MOST_STEPS)
    problem = problem_of(options)
    with (
        named("record_every", "--steps", steps, "run fewer steps"),
        named("starts", "PROBLEM", options["problem"], "scale its labels, or run more steps"),
        progress_bar() as progress,
    ):
        written = write_study(out, problem, step_size, runs=runs, steps=steps, rng=options["seed"], progress=progress)
    if as_json:
        print_json(written.study.to_dict())
        return
    for line in written.study.summary:
        say(line)
    say(f"Open {shown(str(written.index))}")


@lab.command(short_help="Thousands of runs held against the exact phases.")
@click.option("--parameters", type=WHOLE, default=2500, show_default=True, help="Different a between 0 and 2.2.")
@click.option("--starts", type=WHOLE, default=4, show_default=True, help="Runs at each.")
@click.option("--steps", type=WHOLE, default=4000, show_default=True, help="Steps of each run.")
@click.option("--samples", type=WHOLE, default=3, show_default=True, help="Samples; their rows are orthonormal.")
@KIND
@WIDTH
@SEED
@JSON
def agreement(
    parameters: int, starts: int, steps: int, samples: int, model: str, width: int | None, seed: int, as_json: bool
) -> None:
    """Hold gradient descent on orthogonal rows against the exact phases; list every disagreement with its cause.

    Exit code 1 if one has no known cause.

    \b
    Examples:
      symphase lab agreement --parameters 100 --starts 2
      symphase lab agreement --json > agreement.json
    """
    from symphase.agreement import phase_agreement

    for option, value, most in (
        ("--parameters", parameters, 10**6),
        ("--starts", starts, 10**6),
        ("--samples", samples, 1000),
    ):
        within(option, value, 1, most)
    if model == "two-layer-network":
        width = 2 if width is None else width
    elif width is not None:
        raise InputError("--width", width, "belongs to a network", "add --model two-layer-network")
    within("--steps", steps, 64, _MOST_STEPS)
    if parameters * starts > 10**6:
        raise InputError("--parameters", parameters, f"times --starts {starts} must be at most 1000000", "give fewer")
    if seed < 0:
        raise InputError("--seed", seed, "must be an integer ≥ 0", "as --seed 0")
    with named("steps", "--steps"), progress_bar() as progress:
        found = phase_agreement(
            parameters=parameters,
            starts=starts,
            steps=steps,
            samples=samples,
            width=width,
            rng=seed,
            progress=progress,
        )
    if as_json:
        print_json(found.to_dict())
    else:
        say(f"{found.model.name}, {found.samples} orthonormal rows; {found.parameters} parameters × {starts} starts")
        rows = [
            (f"{float(each.predicted.parameter):.6f}", each.predicted.label, each.observed.label, each.cause)
            for each in found.disagreements[:_ROWS_SHOWN]
        ]
        if rows:
            print_table("", ("a", "exactly", "observed", "why"), rows)
        if len(found.disagreements) > _ROWS_SHOWN:
            say(f"{len(found.disagreements) - _ROWS_SHOWN} more are in --json")
        say(
            f"{found.runs - len(found.disagreements)} of {found.runs} runs show the exact phase; "
            f"{len(found.unexplained)} of the others have no known cause"
        )
        say(
            f"guard bands: {float(found.guard):.3g} in a on either side of each boundary, {found.guarded} runs; "
            f"{found.steps} steps, {found.seed}"
        )
    if not found.agrees:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def _figure_file(figure: str | None) -> Any:
    """Refuse, before anything is computed, a place where no figure can go, or where another file is."""
    from pathlib import Path

    from symphase.files import check_ours

    if figure is None:
        return None
    place = Path(figure)
    if place.suffix.lower() not in _FIGURES or "\0" in figure:
        raise InputError("--figure", figure, f"must be a name that ends in {', '.join(_FIGURES)}", "as curves.png")
    check_ours(place, _FIGURE_MARKS, "figure", argument="--figure")
    return place


def _save(axes: Any, place: Any) -> None:
    import io

    from symphase.files import write_whole

    buffer = io.BytesIO()
    kind = place.suffix[1:].lower()
    made_by = {"Software" if kind == "png" else "Creator": "symphase"}
    axes.get_figure(root=True).savefig(buffer, format=kind, dpi=200, metadata=made_by)
    write_whole(place, buffer.getvalue())


def add_commands(group: click.Group) -> None:
    """Add the laboratory to a group."""
    group.add_command(lab)

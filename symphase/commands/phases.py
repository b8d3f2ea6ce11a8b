"""The commands about a map's phases: boundaries, classify, verify.  ``cli`` adds them to its group."""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from symphase.commands.console import (
    DIGITS,
    FAMILY_OPTIONS,
    JSON,
    SEED,
    WHOLE,
    Command,
    asked,
    brief,
    family_of,
    finite,
    print_json,
    print_table,
    progress_bar,
    say,
    tinted,
)
from symphase.commands.problems import named
from symphase.errors import EXIT_CHECK_FAILED, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symphase.boundaries import Boundaries, Boundary
    from symphase.maps import PolynomialFamily
    from symphase.phases import Classification
    from symphase.verification import Verification

__all__ = ["add_commands"]


# --- boundaries -------------------------------------------------------------------------------------------------------


@click.command(cls=Command, short_help="Exact phase boundaries of a map.")
@FAMILY_OPTIONS
@click.option("--within", nargs=2, metavar="LO HI", help="Interval of the parameter; the flip is looked for in it.")
@click.option(
    "--doublings",
    type=WHOLE,
    default=9,
    show_default=True,
    help="Period doublings proved for the onset's bracket, to 20.",
)
@DIGITS
@JSON
def boundaries(
    within: tuple[str, str] | None,
    doublings: int,
    digits: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Find the exact phase boundaries of the residual map, or of a map or loss of your own.

    With --loss the map is gradient descent on that loss, w ← w − η·L′(w), and its parameter is the step size η (eta).

    \b
    Examples:
      symphase boundaries
      symphase boundaries --map "r*x*(1-x)" --variable x --parameter r
      symphase boundaries --loss "(w^2-y)^2/4" --set y=2
      symphase boundaries --digits 60 --json
    """
    from symphase.boundaries import find_boundaries
    from symphase.enclosures import check_digits

    check_digits(digits)  # before any work
    family = family_of(**options)
    with progress_bar("finding the boundaries"):
        found = find_boundaries(family, within=within or None, doublings=doublings)
    if as_json:
        print_json(found.to_dict(digits))
        return
    _print_boundaries(found, digits)


def _print_boundaries(found: Boundaries, digits: int) -> None:
    from symphase.display import family_text, formula_line
    from symphase.notation import formula_text
    from symphase.onset import Onset

    symbol, variable = formula_text(found.family.parameter), formula_text(found.family.variable)
    rows = [
        (
            boundary.name,
            boundary.formula(),
            boundary.decimal(digits),
            tinted(boundary.certainty),
            f"{tinted(boundary.before)} → {tinted(boundary.after)}",
        )
        for boundary in found
    ]
    say(family_text(found.family))
    if found.reduced_family != found.family:
        say(f"analysed through its symmetry: {family_text(found.reduced_family)}")
    say()
    for point in found.fixed_points:
        place = f"{formula_line(point.polynomial, (found.family.variable,))} = 0"
        if point.location is not None:
            place = f"{variable} = {formula_line(point.location)}"
        multiplier = f", multiplier {formula_line(point.multiplier)}" if point.multiplier is not None else ""
        say(f"fixed point {place}{multiplier}{'  (the one whose phases follow)' if point.is_reference else ''}")
    print_table("", ("boundary", f"{symbol}, exactly", f"{symbol}, proved digits", "certainty", "from → to"), rows)
    for boundary in found:
        if isinstance(boundary.value, Onset):
            say(f"onset of chaos ≈ {boundary.value.estimate} (numerical: two accelerated sequences agree)")
            say(f"the bracket leans on: {boundary.value.theorem.statement}")
    for kind, reason in found.missing:
        say(f"not found: {kind}: {reason}")


# --- classify ---------------------------------------------------------------------------------------------------------


@click.command(cls=Command, short_help="The phase of one parameter, with evidence.")
@click.argument("a")
@FAMILY_OPTIONS
@click.option("--start", metavar="NUMBER", help="Rescaled residual z₀ of the start, a decimal or p/q.")
@click.option("--max-period", type=WHOLE, default=64, show_default=True, help="Longest period of a cycle looked for.")
@DIGITS
@JSON
def classify(a: str, start: str | None, max_period: int, digits: int, as_json: bool, **options: Any) -> None:
    """Say in which phase the parameter A (a decimal or p/q) lies, with evidence and distance to the next boundary.

    A is the parameter a of the residual map; with --map it is the parameter of that map, and with --loss the step size.

    \b
    Examples:
      symphase classify 1.455
      symphase classify 5/4 --json
      symphase classify 1.1 --start 2.5
      symphase classify 0.9 --loss "(w^2-1)^2/4"
    """
    from symphase.enclosures import check_digits
    from symphase.phases import classify as place

    check_digits(digits)  # before any work
    if asked(options):
        if start is not None:
            raise InputError("--start", start, "goes with the residual map, and only with it", "leave it out")
        family = family_of(**options)
        with named("parameter", "A"), progress_bar("classifying"):
            _classify_own(family, a, max_period, digits, as_json)
        return
    with progress_bar("classifying"):
        result = place(a, start=start, max_period=max_period)
    if as_json:
        print_json(_classification_record(result, digits))
        return
    label = tinted(result.phase, result.label)
    say(f"{str(result).partition(':')[0]}: {label} [{tinted(result.certainty)}]")
    for statement in result.evidence:
        say(f"  because {statement}")
    say(f"  nearest boundary: {result.nearest.name}, {_distance_text(result, digits)}")
    say(f"  positive entropy (chaos in the topological sense): {tinted(result.entropy_positive)}")


def _classify_own(family: PolynomialFamily, a: str, max_period: int, digits: int, as_json: bool) -> None:
    from symphase.display import family_text
    from symphase.notation import formula_text
    from symphase.phases import show_number
    from symphase.placements import place_parameter

    found = place_parameter(family, a, max_period=max_period)
    around = (("below", found.below), ("at", found.at), ("above", found.above))
    if as_json:
        print_json(
            {
                "map": str(family.expression),
                "parameter": str(found.parameter),
                "label": found.label,
                "period": found.period,
                "certainty": str(found.certainty),
                "entropy_positive": str(found.entropy_positive),
                "searched_period": max_period,
                "evidence": list(found.evidence),
                "boundaries": {
                    side: None if boundary is None else {"name": boundary.name, "decimal": boundary.decimal(digits)}
                    for side, boundary in around
                },
                "no_boundaries_because": found.missing,
            }
        )
        return
    symbol = formula_text(family.parameter)
    say(family_text(family))
    say(f"{symbol} = {show_number(found.parameter)}: {found.label} [{tinted(found.certainty)}]")
    for statement in found.evidence:
        say(f"  because {statement}")
    for side, boundary in around:
        if boundary is not None:
            where = f"exactly at: {boundary.name}" if side == "at" else f"boundary {side}: {boundary.name}"
            say(f"  {where}, {symbol} = {boundary.decimal(digits)} [{tinted(boundary.certainty)}]")
    if found.missing is not None:
        say(f"  no boundaries: this map {found.missing}")
    say(f"  positive entropy (chaos in the topological sense): {tinted(found.entropy_positive)}")


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


# --- verify -----------------------------------------------------------------------------------------------------------


@click.command(cls=Command, short_help="Check every boundary by mpmath and by gradient descent.")
@FAMILY_OPTIONS
@click.option("--precision", type=WHOLE, default=50, show_default=True, help="Working digits of mpmath, 50 or more.")
@click.option("--steps", type=WHOLE, default=6000, show_default=True, help="Steps of each run.")
@click.option("--runs", type=WHOLE, default=6, show_default=True, help="Random starts; so many on each side.")
@SEED
@JSON
def verify(precision: int, steps: int, runs: int, seed: int, as_json: bool, **options: Any) -> None:
    """Check every boundary against mpmath orbits and against gradient descent on the original loss.

    For a map or a loss of your own: a second proof of each number, and in mpmath the sign change of the quantity that
    defines the boundary (--steps, --runs and --seed are then not used).  Exit code 1 if any route disagrees.

    \b
    Examples:
      symphase verify
      symphase verify --json > verification.json
      symphase verify --map "r*x*(1-x)" --variable x --parameter r
    """
    from symphase.verification import verify as run

    if asked(options):
        _verify_own(family_of(**options), precision, as_json)
        return
    with named("digits", "--precision"), progress_bar() as progress:
        result = run(digits=precision, steps=steps, runs=runs, seed=seed, progress=progress)
    if as_json:
        print_json(result.to_dict())
    else:
        _print_verification(result)
    if not result.agrees:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def _verify_own(family: PolynomialFamily, precision: int, as_json: bool) -> None:
    from symphase.boundaries import BoundaryKind, find_boundaries
    from symphase.crossings import crosses
    from symphase.verification import confirms_number

    if not 50 <= precision <= 10_000:
        raise InputError("--precision", precision, "must be an integer from 50 to 10000", "give a whole number")
    rows: list[tuple[Boundary, bool, bool | None]] = []
    with progress_bar() as progress:
        found = find_boundaries(family)
        several = sum(factor.degrees()[0] for factor in found.reduced_family.free_critical_factors) > 1
        for index, boundary in enumerate(found):
            progress(boundary.name, index, len(found))
            # where an orbit of several critical points must escape, no one quantity changes sign
            one = not (several and boundary.kind in (BoundaryKind.ESCAPE, BoundaryKind.CRISIS))
            crossing = crosses(found, boundary, digits=precision) if one else None
            rows.append((boundary, confirms_number(found, boundary), crossing))
    agree = all(number and crossing is not False for _, number, crossing in rows)
    if as_json:
        print_json(
            {
                "map": str(family.expression),
                "agrees": agree,
                "digits": precision,
                "rows": [
                    {
                        "boundary": boundary.name,
                        "decimal": boundary.decimal(20),
                        "second_proof": number,
                        "mpmath_agrees": crossing,
                        "agrees": number and crossing is not False,
                    }
                    for boundary, number, crossing in rows
                ],
            }
        )
    else:
        _print_own_verification(family, rows, precision)
    if not agree:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def _print_own_verification(
    family: PolynomialFamily, rows: Sequence[tuple[Boundary, bool, bool | None]], precision: int
) -> None:
    from symphase.display import family_text

    say(family_text(family))
    heads = ("boundary", "certified decimal", "second proof", "mpmath: sign change", "")
    print_table(
        "",
        heads,
        [
            (
                boundary.name,
                boundary.decimal(20),
                tinted("confirmed" if number else "NOT CONFIRMED"),
                "not looked at" if crossing is None else tinted("confirmed" if crossing else "NOT CONFIRMED"),
                tinted("agree" if number and crossing is not False else "DISAGREE"),
            )
            for boundary, number, crossing in rows
        ],
    )
    good = sum(number and crossing is not False for _, number, crossing in rows)
    say(
        f"{good} of {len(rows)} boundaries agree ({precision} digits); gradient descent was not run: that is for the "
        "residual map"
    )


def _print_verification(result: Verification) -> None:
    rows = [
        (
            row.boundary.name,
            row.boundary.formula(),
            row.decimal,
            tinted("confirmed" if row.enclosure_agrees else "NOT CONFIRMED"),
            f"{row.mpmath_below} → {row.mpmath_above}",
            f"{row.simulation_below} → {row.simulation_above}",
            tinted("agree" if row.agrees else "DISAGREE"),
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


def add_commands(group: click.Group) -> None:
    """Add the commands of this module to a group."""
    for command in (boundaries, classify, verify):
        group.add_command(command)

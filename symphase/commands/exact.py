"""The commands of the exact engine: bifurcations, atlas, chaos, verify-certificate.  ``cli`` adds them to its group."""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from symphase.commands.console import (
    DIGITS,
    FAMILY_OPTIONS,
    JSON,
    WHOLE,
    WORKERS,
    Command,
    FileName,
    FolderName,
    digits_option,
    family_of,
    finite,
    print_json,
    print_table,
    progress_bar,
    say,
    shown,
    tinted,
)
from symphase.commands.problems import named
from symphase.errors import EXIT_CHECK_FAILED, EXIT_INPUT, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symphase.atlas import Atlas, Location
    from symphase.bifurcations import BifurcationFactor, BifurcationPolynomials
    from symphase.windows import Window

__all__ = ["add_commands"]

_LONGEST_FORMULA: Final = 100
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_STAGES: Final = 4
_WINDOWS_SHOWN: Final = 60
_SMALL_DEGREE: Final = 64  # coefficients of larger ones are not written out


# --- bifurcations -----------------------------------------------------------------------------------------------------


@click.command(cls=Command, short_help="Where a cycle has a multiplier: exact polynomials and roots.")
@click.option("--period", type=WHOLE, required=True, help="Period of the cycle.")
@click.option(
    "--multiplier",
    default="-1",
    show_default=True,
    help="Its multiplier: 1 for a tangency or a branching, -1 for a flip, 0 for a superstable cycle, or p/q.",
)
@FAMILY_OPTIONS
@click.option(
    "--within", nargs=2, metavar="LO HI", help="Interval of the parameter; open, and the whole line when left out."
)
@digits_option(20)
@click.option(
    "--certificates",
    metavar="DIR",
    type=FolderName(),
    help="Also write a certificate for each root into this new folder.",
)
@click.option(
    "--checkpoint",
    metavar="FILE",
    type=FileName(),
    help="Keeps the work done, so that an interrupted run goes on from there.",
)
@WORKERS
@JSON
def bifurcations(
    period: int,
    multiplier: str,
    within: tuple[str, str] | None,
    digits: int,
    certificates: str | None,
    checkpoint: str | None,
    workers: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Find every parameter at which a cycle of exactly this period has this multiplier.

    Prints the irreducible integer polynomials whose roots they are, their real roots with proved digits, and for each
    root which cycle it belongs to.  Without --map or --loss the residual map of gradient descent is taken.

    \b
    Examples:
      symphase bifurcations --period 3 --multiplier 1 --within 0 2
      symphase bifurcations --period 4 --map "x^2+c" --variable x --parameter c
      symphase bifurcations --period 2 --loss "(w^2-1)^2/4"
      symphase bifurcations --period 2 --certificates proofs
    """
    from symphase.bifurcations import bifurcation_polynomials
    from symphase.enclosures import check_digits

    check_digits(digits)  # before any work
    folder = _new_folder(certificates, digits)
    with progress_bar() as progress:
        found = bifurcation_polynomials(
            family_of(**options),
            period,
            multiplier,
            within=within or None,
            workers=workers,
            checkpoint=checkpoint,
            progress=progress,
        )
    written, without = _write_certificates(found, folder, digits) if folder is not None else ([], 0)
    if as_json:
        print_json({**found.to_dict(digits), "certificates": [str(path) for path in written]})
        return
    _print_bifurcations(found, digits)
    if folder is not None:
        say(f"{len(written)} certificates in {shown(str(folder))}; check one with: symphase verify-certificate FILE")
    if without:
        say(f"{without} roots have no certificate: no real cycle is certified there")


def _new_folder(name: str | None, digits: int) -> Path | None:
    if name is None:
        return None
    from symphase.checker import MAX_DIGITS

    if digits > MAX_DIGITS:
        raise InputError("digits", digits, f"must be at most {MAX_DIGITS} for certificates", "give fewer digits")
    folder, there = Path(name), True
    try:
        folder.lstat()
    except FileNotFoundError:
        there = False
    except (OSError, ValueError) as reason:  # a name that no folder can have
        told = getattr(reason, "strerror", None) or str(reason)
        raise InputError("--certificates", name, f"cannot be made: {told}", "give another name") from None
    if there:
        raise InputError("--certificates", name, "exists already", "name a folder that is not there yet")
    if not folder.parent.is_dir():
        raise InputError("--certificates", name, "is in a folder that does not exist", "create that folder first")
    return folder


def _write_certificates(found: BifurcationPolynomials, folder: Path, digits: int) -> tuple[list[Path], int]:
    from symphase.certificates import certificate_for, write_certificate

    proofs = []
    for root in found.roots:
        if root.cycle is not None:
            root_of = root.value if found.proof != "fresh primes" else None
            certificate = certificate_for(root.cycle, digits=max(1, digits), family=found.family, root=root_of)
            if certificate is not None:
                proofs.append(certificate)
    try:
        folder.mkdir()
    except OSError as error:
        said = f"cannot be made: {error.strerror or error}"
        raise InputError("--certificates", str(folder), said, "choose another place") from None
    written = [
        write_certificate(folder / f"period-{found.period}-{number:03}.json", certificate)
        for number, certificate in enumerate(proofs, start=1)
    ]
    return written, len(found.roots) - len(written)


def _print_bifurcations(found: BifurcationPolynomials, digits: int) -> None:
    from symphase.display import family_text
    from symphase.notation import formula_text

    family, symbol = found.family, formula_text(found.family.parameter)
    say(family_text(family))
    say(f"cycles of period {found.period} with multiplier {found.multiplier}, as {symbol} varies")
    say()
    for number, factor in enumerate(found, start=1):
        repeated = f", {factor.multiplicity} times" if factor.multiplicity > 1 else ""
        say(f"P{number} = {_formula(factor, symbol)}{repeated}, real roots here: {len(factor.roots)}")
    if not found.factors:
        say("no parameter has such a cycle")
    proofs = {
        "coefficient bound": f"proved: {found.primes} primes exceed a bound of the coefficients",
        "elimination": "proved: one exact resultant",
        "fresh primes": f"{found.primes} primes, and fresh ones change nothing: evidence, no proof of the polynomials",
    }
    say(proofs[found.proof])
    if not found.roots:
        where = "" if found.within is None else f" in ({found.within[0]}, {found.within[1]})"
        say(f"there is no real root{where}")
        return
    of = {id(root): f"P{n}" for n, factor in enumerate(found, start=1) for root in factor.roots}
    print_table(
        "",
        (f"{symbol}, proved digits", "root of", "belongs to", "certainty"),
        [(root.value.decimal(digits), of[id(root)], str(root.tie), tinted(root.certainty)) for root in found.roots],
    )


def _formula(factor: BifurcationFactor, symbol: str) -> str:
    text = ""
    rows = [(k, c) for k, c in enumerate(factor.coefficients) if c and abs(c).bit_length() < 4 * _LONGEST_FORMULA]
    for k, c in reversed(rows):
        power = "" if not k else symbol if k == 1 else f"{symbol}{str(k).translate(_RAISED)}"
        sign = ("−" if c < 0 else "") if not text else " − " if c < 0 else " + "
        text += f"{sign}{'' if abs(c) == 1 and power else abs(c)}{power}"
    whole = len(rows) == sum(1 for c in factor.coefficients if c)
    if whole and len(text) <= _LONGEST_FORMULA:
        return text
    bits = max(abs(c).bit_length() for c in factor.coefficients)
    return f"irreducible of degree {factor.degree}, coefficients to {bits} bits (whole with --json)"


# --- atlas ------------------------------------------------------------------------------------------------------------


@click.command(cls=Command, short_help="Every stable window up to a period, certified and complete.")
@click.option("--max-period", type=WHOLE, help="Longest period of a cycle looked for.")
@FAMILY_OPTIONS
@click.option(
    "--load", "source", metavar="FILE", type=FileName(), help="Read an atlas that was saved, instead of building one."
)
@click.option("--out", metavar="FILE", type=FileName(), help="File to write; only an earlier atlas is replaced.")
@click.option(
    "--at", "place", metavar="NUMBER", help="Value of the parameter to look at; only the window that holds it is shown."
)
@click.option("--word", help="Only the window with this kneading word.")
@click.option("--exact", is_flag=True, help="With --word: its numbers as roots of integer polynomials.")
@click.option("--widest", type=WHOLE, help="Only so many windows, widest first.")
@DIGITS
@WORKERS
@JSON
def atlas(
    max_period: int | None,
    source: str | None,
    out: str | None,
    place: str | None,
    word: str | None,
    exact: bool,
    widest: int | None,
    digits: int,
    workers: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """List every stable window of the residual map, or of a map of your own, up to a period.

    Each has its kneading word, its birth, superstable parameter, flip, the end of its cascade and its closing crisis,
    all certified.  The list is complete: the counts satisfy identities that are computed without it.

    \b
    Examples:
      symphase atlas --max-period 5
      symphase atlas --max-period 8 --at 1.702
      symphase atlas --max-period 8 --widest 12 --out windows.atlas
      symphase atlas --max-period 3 --word 10C --exact
      symphase atlas --max-period 5 --loss "w^3/3 - w"
    """
    from symphase.atlas import build_atlas, load_atlas
    from symphase.files import check_ours

    chosen = [("--at", place), ("--word", word), ("--widest", widest)]
    given = [name for name, value in chosen if value is not None]
    if len(given) > 1:
        raise InputError(
            given[1], dict(chosen)[given[1]], f"cannot be given with {given[0]}", "ask one thing at a time"
        )
    if exact and word is None:
        raise InputError("--exact", "given", "goes with --word, and only with it", "add --word RLC, say")
    if not 0 <= digits <= 1000:
        raise InputError("digits", digits, "must be an integer from 0 to 1000", "give fewer digits")
    if out is not None:
        check_ours(out, [b"symphase-atlas "], "atlas", argument="--out")
    if source is not None:
        formula, loss = options["formula"], options["loss"]
        for name, value in (
            ("--map", formula),
            ("--loss", loss),
            ("--max-period", max_period),
            ("--workers", workers),
        ):
            if value is not None:
                raise InputError(name, value, "cannot be given with --load", "the file says what it holds")
        with named("path", "--load"):
            found = load_atlas(source)
    elif max_period is None:
        raise InputError("--max-period", "missing", "must be given", "as in: symphase atlas --max-period 6")
    else:
        family = family_of(**options)
        with progress_bar() as progress:
            found = build_atlas(family, max_period, workers=workers, progress=progress)
    if out is not None:
        with named("path", "--out"):
            found.save(out)
    if place is not None:
        with named("parameter", "--at"):
            location = found.window_at(place)
        _print_place(found, location, digits, as_json)
        return
    windows: Sequence[Window] = found.windows
    if word is not None:
        windows = [found.by_word(word)]
    elif widest is not None:
        with named("count", "--widest"):
            windows = found.widest(widest)
    numbers = _exact_numbers(found, word, digits) if exact and word is not None else {}
    if as_json:
        print_json({**_atlas_record(found, windows, digits), **({"exact": numbers} if exact else {})})
        return
    _print_atlas(found, windows, digits)
    for event, record in numbers.items():
        say(f"{event}: {record['text'] if record is not None else 'of too high a degree to be computed here'}")
    if out is not None:
        say(f"saved to {shown(out)}")


def _exact_numbers(found: Atlas, word: str, digits: int) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for event in ("birth", "superstable", "flip", "crisis"):
        value = found.exact(word, event)
        if value is None:
            numbers[event] = None
            continue
        small = value.degree <= _SMALL_DEGREE
        numbers[event] = {
            "text": value.text(str(found.family.parameter))
            if small
            else f"an algebraic number of degree {value.degree}",
            "decimal": value.decimal(digits),
            "coefficients": [str(c) for c in value.coefficients] if small else None,
            "degree": value.degree,
        }
    return numbers


def _atlas_record(found: Atlas, windows: Sequence[Window], digits: int) -> dict[str, Any]:
    return {
        "map": str(found.family.expression),
        "variable": str(found.family.variable),
        "parameter": str(found.family.parameter),
        "max_period": found.max_period,
        "covers": _covers_record(found),
        "windows_in_atlas": len(found),
        "theorem": found.theorem,
        "windows": [window.to_dict(digits) for window in windows],
    }


def _covers_record(found: Atlas) -> list[dict[str, str]]:
    """Both ends of the story, in phase order."""
    return [{"text": end.text(str(found.family.parameter)), "decimal": end.decimal(20)} for end in found.covers]


def _covers_text(found: Atlas) -> str:
    """A formula where it is short, otherwise a decimal."""
    from symphase.notation import formula_text

    ends = [(end.formula(str(found.family.parameter)), end.decimal(15)) for end in found.covers]
    first, last = (text if len(text) <= 40 else f"{decimal}…" for text, decimal in ends)
    return f"from {formula_text(found.family.parameter)} = {first} to {last}"


def _print_atlas(found: Atlas, windows: Sequence[Window], digits: int) -> None:
    from symphase.display import family_text

    say(family_text(found.family))
    if found.reduced_family != found.family:
        say(f"analysed through its symmetry: {family_text(found.reduced_family)}")
    say(f"the story {_covers_text(found)}; elsewhere this atlas says nothing")
    say(f"{len(found)} stable windows up to period {found.max_period}: complete by the census of cycles, certified")
    say(f"one window for each word: {found.theorem}")
    events = ("birth", "superstable", "flip", "cascade_end", "crisis")
    print_table(
        "",
        ("word", "birth", "superstable", "flip", "end of cascade", "crisis", "width", "birth is a"),
        [
            (
                window.word,
                *(window.decimal(event, digits) for event in events),
                f"{float(window.width):.3g}",
                window.birth_kind.name.lower(),
            )
            for window in windows[:_WINDOWS_SHOWN]
        ],
    )
    if len(windows) > _WINDOWS_SHOWN:
        say(f"{len(windows) - _WINDOWS_SHOWN} more: narrow the question, or use --json or --out")


def _print_place(found: Atlas, location: Location, digits: int, as_json: bool) -> None:
    window = location.window
    around = []
    while window is not None:
        around.append(window)
        window = found.container(window)
    if as_json:
        print_json(
            {
                "parameter": str(location.parameter),
                "place": location.place.name.lower(),
                "max_period": found.max_period,
                "covers": _covers_record(found),
                "windows": [each.to_dict(digits) for each in around],
            }
        )
        return
    say(f"{found.family.parameter} = {location.parameter}: {location}")
    say(f"(this atlas covers the story {_covers_text(found)}, and periods up to {found.max_period})")
    if around:
        _print_atlas(found, around, digits)


# --- chaos ------------------------------------------------------------------------------------------------------------


@click.command(cls=Command, short_help="Chaos at one parameter: proved, refuted, or undecided.")
@click.argument("a")
@FAMILY_OPTIONS
@click.option("--max-period", type=WHOLE, default=100, show_default=True, help="Longest period of a cycle looked for.")
@digits_option(9)
@JSON
def chaos(a: str, max_period: int, digits: int, as_json: bool, **options: Any) -> None:
    """Decide at the parameter A (a decimal or p/q) what can be decided about chaos.

    Two different claims: positive topological entropy (there are chaotic orbits), and no attracting cycle (a typical
    run looks chaotic).  Inside a periodic window the first holds and the second does not.  Also shown: bounds of the
    entropy, and the Lyapunov exponent of a typical orbit.

    \b
    Examples:
      symphase chaos 1.7
      symphase chaos 1.455
      symphase chaos 4 --map "r*x*(1-x)" --variable x --parameter r
      symphase chaos 1.4 --loss "w^3/3 - w"
    """
    from symphase.chaos import attracting_cycle_verdict, prove_chaos
    from symphase.display import family_text
    from symphase.enclosures import check_digits
    from symphase.entropy import topological_entropy
    from symphase.lyapunov import lyapunov_exponent
    from symphase.notation import formula_text

    check_digits(digits)  # before any work
    family = family_of(**options)
    with named("parameter", "A"), progress_bar("deciding") as progress:
        proof = prove_chaos(family, a)
        progress("attracting cycles", 1, _STAGES)
        cycle = attracting_cycle_verdict(family, a, max_period)
        progress("entropy", 2, _STAGES)
        entropy = topological_entropy(family, a)
        progress("a typical orbit", 3, _STAGES)
        exponent = lyapunov_exponent(family, a)
    lower, upper = _outward(entropy.bounds, digits)
    if as_json:
        print_json(
            {
                "parameter": str(proof.parameter),
                "entropy_positive": {"verdict": str(proof.verdict), "statement": proof.statement},
                "attracting_cycle": {
                    "verdict": str(cycle.verdict),
                    "max_period": max_period,
                    "period": cycle.cycle.period if cycle.cycle is not None else None,
                    "statement": cycle.statement,
                },
                "entropy": {
                    "exact": str(entropy) if entropy.growth is not None else None,
                    "bounds": [lower, upper],
                    "certainty": str(entropy.certainty),
                },
                "lyapunov": {
                    "value": finite(exponent.value),
                    "standard_error": exponent.standard_error,
                    "drift": exponent.drift,
                    "certainty": str(exponent.certainty),
                    "statement": exponent.statement,
                },
            }
        )
        return
    say(f"{family_text(family)}, {formula_text(family.parameter)} = {proof.parameter}")
    say(f"chaotic orbits exist: {tinted(proof.verdict)}")
    say(f"  {proof.statement}")
    say(f"an attracting cycle of period ≤ {max_period}: {tinted(cycle.verdict)}")
    say(f"  {cycle.statement}")
    known = str(entropy) if entropy.growth is not None else f"between {lower} and {upper}"
    say(f"topological entropy: {known}  [{tinted(entropy.certainty)}]")
    value = "none: orbits escape" if exponent.value is None else f"{exponent.value:.9g}"
    error = ""
    if exponent.standard_error is not None and exponent.drift is not None:
        error = f" ± {exponent.standard_error:.1g} (standard error), halves of the runs {exponent.drift:.1g} apart"
    say(f"Lyapunov exponent of a typical orbit: {value}{error}  [{tinted(exponent.certainty)}]")
    say(f"  {exponent.statement}")


def _outward(bounds: tuple[Fraction, Fraction], digits: int) -> tuple[str, str]:
    """Certified bounds as decimals: the lower one rounded down, the upper one up, so that they stay bounds."""
    from symphase.enclosures import round_decimal

    unit = Fraction(10) ** digits
    ends = (Fraction(math.floor(bounds[0] * unit)) / unit, Fraction(math.ceil(bounds[1] * unit)) / unit)
    return round_decimal(ends[0], digits), round_decimal(ends[1], digits)


# --- verify-certificate -----------------------------------------------------------------------------------------------


@click.command("verify-certificate", cls=Command, short_help="Check a certificate with nothing but integers.")
@click.argument("file", type=FileName())
@JSON
def verify_certificate(file: str, as_json: bool) -> None:
    """Check the certificate in FILE with a checker that shares no code with the rest of symphase.

    The checker needs Python's standard library alone and can be taken away and run by itself: it is the file checker.py
    of the package.  Certificates come from "symphase bifurcations --certificates".  Exit codes: 0 accepted, 1 rejected,
    2 not readable as a certificate.

    \b
    Example:
      symphase verify-certificate proof.json
    """
    from symphase.certificates import read_text
    from symphase.checker import check_certificate

    result = check_certificate(read_text(file))
    if as_json:
        print_json({"file": file, "verdict": result.verdict, "message": result.message})
    else:
        say(f"{tinted(result.verdict)}: {shown(result.message)}")
    code = {"accepted": 0, "rejected": EXIT_CHECK_FAILED}.get(result.verdict, EXIT_INPUT)
    if code:
        raise click.exceptions.Exit(code)


def add_commands(group: click.Group) -> None:
    """Add the commands of this module to a group."""
    for command in (bifurcations, atlas, chaos, verify_certificate):
        group.add_command(command)

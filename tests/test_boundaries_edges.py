"""The boundaries of textbook families word for word: both sides, how each was found, what is missing and why."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import flint
import pytest
import sympy
from edges import noted
from families import family_of, logistic, odd_cubic, quadratic, residual

from symphase import boundaries
from symphase.algebraic import RealAlgebraic
from symphase.boundaries import (
    FOLLOWED,
    _ball_value,
    _in_parameter,
    _is_below_zero,
    _is_odd_about,
    _is_residual,
    _leading,
    _narrow,
    _parameter,
    _Search,
    _short,
    _tie,
    _to_sympy,
    find_boundaries,
)
from symphase.enclosures import Certainty, Verdict, working_precision
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.thresholds import BoundaryKind

z, a = sympy.symbols("z a")
QUARTIC = PolynomialFamily(z**4 + a, variable=z, parameter=a)
Z, A = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex").gens()

START = (
    "the nearest event before the flip beyond which the fixed point does not attract: roots of Res_z(fixed-point "
    "factor, f' − 1) and of f' + 1, decided exactly in each cell"
)
MONOTONE = (
    "first parameter at which max |f(z) − p|/|z − p| over the bounded orbits passes 1: candidates by elimination, the "
    "bound decided exactly in each cell between"
)
FIRST_FLIP = (
    "root of Res_z(fixed-point factor, f' + 1); attraction on one side only, and the sign of 3(f'')² + 2f''', decided "
    "exactly"
)
ONLY = "it is the only real {}-cycle on both sides (exact root counts of Φ_n)"
EXACT_FLIP = f"the one root of Res_z(Φ_n, multiplier + 1) in the certified box of (cycle, parameter); {ONLY}"
BOX_FLIP = f"Krawczyk box of (cycle, parameter); {ONLY}"
MERGING = "between the superstable parameter of period 2^9 and the merging of 2^9 bands into 2^8; "
TANGENCY = (
    "first root of Res_z(Φ₃, multiplier − 1) beyond which the exact count of real roots of Φ₃ is positive; the fold is "
    "certified by Krawczyk"
)
CRISIS = (
    "first root of Res_z(free critical factor, other fixed-point factor ∘ f²) beyond the flip: the orbit lands on a "
    "repelling fixed point through its other preimage"
)
ESCAPE = (
    "first parameter beyond the flip at which a critical value leaves the bounded interval: a critical orbit lands on "
    "its end there; beyond it the critical orbit stays outside and no fixed point attracts, decided in each cell"
)
NO_CRISIS = "no free critical orbit lands in two steps on another fixed point, one that repels, before escape"


def cubic_onset(scale: str, name: str) -> str:
    return (
        f"{MERGING}conjugate to λ·g(w), g = w*(w - 1)**2, g(0) = 0, critical values 0 and one more, λ = {scale} "
        f"positive and monotone in {name} here (all checked exactly); the kneading sequence of λ·g is monotone in λ "
        "(Levin, Shen and van Strien 2020, arXiv 1902.06732)"
    )


def quadratic_onset(control: str, name: str) -> str:
    return (
        f"{MERGING}conjugate to x² + c with c = {control}, monotone in {name} here (checked exactly); the entropy of "
        "x² + c is monotone in c (Milnor and Thurston 1988, theorem 13.1; Douady-Hubbard; Sullivan)"
    )


def story(name: str, start: str, second: str, fourth: str, onset: str, crisis: bool) -> list[tuple[Any, ...]]:
    flips = [
        (
            BoundaryKind.FLIP,
            period,
            -1,
            f"periodic, period {period}",
            f"periodic, period {2 * period}",
            how.format(period),
        )
        for period, how in ((2, second), (4, fourth))
    ]
    chaos = "chaotic (positive entropy)"
    merged = [
        (BoundaryKind.CRISIS, None, None, "chaotic, attractor on one side", "chaotic, mirror attractors merged", CRISIS)
    ]
    return [
        (BoundaryKind.STABILITY, 1, 1, "no attraction to this fixed point", "monotonic", START),
        (BoundaryKind.MONOTONE_END, None, None, "monotonic", "catapult", MONOTONE),
        (BoundaryKind.FLIP, 1, -1, "catapult", "periodic, period 2", FIRST_FLIP),
        *flips,
        (BoundaryKind.ONSET, None, None, "periodic, period a power of two", chaos, onset),
        (
            BoundaryKind.TANGENCY,
            3,
            1,
            f"no real 3-cycle from {name} = {start} to here",
            "a real 3-cycle exists (Li–Yorke 1975: chaos)",
            TANGENCY,
        ),
        *(merged if crisis else []),
        (BoundaryKind.ESCAPE, None, None, "chaotic", "divergent", ESCAPE),
    ]


@pytest.mark.parametrize(
    ("family", "expected", "direction"),
    [
        (residual(), story("a", "0", EXACT_FLIP, BOX_FLIP, cubic_onset("(a + 1)**2", "a"), True), 1),
        (odd_cubic(), story("r", "1", EXACT_FLIP, BOX_FLIP, cubic_onset("r**2", "r"), True), 1),
        (logistic(), story("r", "1", EXACT_FLIP, EXACT_FLIP, quadratic_onset("-r**2/4 + r/2", "r"), False), 1),
        (quadratic(), story("c", "1/4", EXACT_FLIP, EXACT_FLIP, quadratic_onset("c", "c"), False), -1),
    ],
    ids=["residual", "odd cubic", "logistic", "quadratic"],
)
def test_stories_word_for_word(family: PolynomialFamily, expected: list[tuple[Any, ...]], direction: int) -> None:
    found = find_boundaries(family)
    assert [(b.kind, b.period, b.multiplier, b.before, b.after, b.evidence) for b in found] == expected
    assert found.direction == direction
    assert found.family == family
    assert (found.reduced_family == family) is (family != odd_cubic())
    assert all(b.family == found.reduced_family for b in found)
    assert dict(found.missing) == ({} if expected[-2][0] is BoundaryKind.CRISIS else {BoundaryKind.CRISIS: NO_CRISIS})
    assert all((b.certainty is Certainty.EXACT) is (b.algebraic is not None) for b in found)
    assert [point.is_reference for point in found.fixed_points].count(True) == 1
    assert all((b.cycle is not None) is (b.kind is BoundaryKind.TANGENCY or (b.period or 1) > 1) for b in found)


def test_a_degenerate_critical_point_leaves_gaps_that_are_told() -> None:
    found = find_boundaries(QUARTIC)
    assert [(b.kind, b.formula()) for b in found] == [
        (BoundaryKind.STABILITY, "3·2^(1/3)/8"),  # 4z³ = 1, a = z − z⁴ = 3z/4
        (BoundaryKind.MONOTONE_END, "0"),
        (BoundaryKind.FLIP, "−5·2^(1/3)/8"),  # 4z³ = −1, a = z − z⁴ = 5z/4
        (BoundaryKind.ESCAPE, "−2^(1/3)"),  # a → a⁴ + a = −a
    ]
    assert found.missing == (
        (BoundaryKind.FLIP, "no proof of a flip of the 2-cycle was found (degenerate critical point?)"),
        (BoundaryKind.ONSET, "the family has a degenerate critical point"),
        (BoundaryKind.CRISIS, NO_CRISIS),
        (BoundaryKind.TANGENCY, "period 3 has degree 64, beyond exact elimination"),
    )
    assert found.superstable == -1.0


def test_families_without_a_flip_and_what_is_no_family() -> None:
    still = PolynomialFamily(z**2 + a**2 + 1, variable=z, parameter=a)
    with pytest.raises(InputError) as caught:
        find_boundaries(still)
    assert (caught.value.argument, caught.value.value) == ("family", still)
    assert caught.value.accepted == "has no fixed point that flips"
    assert caught.value.advice == "give a family whose fixed point loses stability"
    with pytest.raises(InputError, match=re.escape("has no fixed point that flips for r in [0, 2]; give a family")):
        find_boundaries(logistic(), within=(0, 2))
    with pytest.raises(InputError, match=r"^family = z: must be a PolynomialFamily; give an expression, its variable"):
        find_boundaries("z")  # type: ignore[arg-type]  # the point of the test


# ---------------------------------------------------------------------------------------------------------- one story


def begun(made: PolynomialFamily, *within: str) -> tuple[_Search, Any]:
    """A search that knows its story, and the flip of which it is; two families are looked at through their squares."""
    limits = (Fraction(within[0]), Fraction(within[1])) if within else None
    reduced = made.odd_quotient() if made == odd_cubic() or made == SEXTIC else None
    search = _Search(made, reduced or made, limits, 3)
    return search, search._choose_story()


def told(search: _Search) -> list[Any]:
    """What a search found and what it missed, in brief."""
    return [*((b.kind, b.value, b.before, b.after) for b in search.items), *search.missing]


def exact(text: str) -> RealAlgebraic:
    return RealAlgebraic.rational(Fraction(text))


LOGISTIC, SQUARE = family_of(a * z * (1 - z)), family_of(z**2 + a)
TILTED = family_of(z - a * (z**3 - z + sympy.Rational(1, 10)))  # three fixed points, one factor
INFINITE = family_of(
    z + (a * z - 1) * (1 - 2 * z)
)  # 1/a, whose multiplier is a − 1, and 1/2, whose multiplier is 3 − a
OUTWARDS = family_of(z - (a * z - 1) * z * (1 + z**2))  # 1/a, whose multiplier is −1/a²
UNBORN = family_of(z**2 / 2 - z**3 - a * z)  # at a = 1, 3(f'')² + 2f''' = 3 − 12
BARELY_UNBORN = family_of(z**2 / 2 - sympy.Rational(7, 24) * z**3 - a * z)  # 3 − 7/2
BARELY_BORN = family_of(z**2 / 2 - sympy.Rational(5, 24) * z**3 - a * z)  # 3 − 5/2
SEXTIC = family_of(z - a * (z**5 - z))
STEEP = family_of(z - a * (z**5 + z))  # 3(f'')² + 2f''' = 0 at 0


@pytest.mark.parametrize(
    ("made", "within", "flip", "reference", "direction"),
    [
        (LOGISTIC, (), "3", A * Z - A + 1, 1),
        (LOGISTIC, ("2", "3"), "3", A * Z - A + 1, 1),
        (LOGISTIC, ("3", "4"), "3", A * Z - A + 1, 1),
        (LOGISTIC, ("-2", "0"), "-1", Z, -1),
        (LOGISTIC, ("-1", "0"), "-1", Z, -1),
        (LOGISTIC, ("4", "5"), None, None, 1),
        (LOGISTIC, ("-1/2", "2"), None, None, 1),
        (SQUARE, (), "-3/4", Z**2 - Z + A, -1),
        (INFINITE, (), "4", 2 * Z - 1, 1),
        (INFINITE, ("-1", "1"), None, None, 1),  # at a = 0 there is no fixed point 1/a, although it attracts beyond
        (family_of(z**3 - (1 + a**2) * z), (), None, None, 1),  # never attracts
        (family_of(z**3 - (1 - a**2) * z), (), None, None, 1),  # attracts on both sides of 0
        (OUTWARDS, (), "1", A * Z - 1, -1),
    ],
)
def test_whose_story_is_told(
    made: PolynomialFamily, within: tuple[str, ...], flip: str | None, reference: Any, direction: int
) -> None:
    search, found = begun(made, *within)
    assert found == (None if flip is None else exact(flip))
    assert search.reference == reference
    assert search.direction == direction


def test_regression_a_fixed_point_that_attracts_to_infinity_has_a_story() -> None:
    """There was no event before its flip, and a zip of unequal lengths ended the search."""
    search, flip = begun(OUTWARDS)
    assert search._start(flip) is None
    assert told(search) == [(BoundaryKind.STABILITY, "the fixed point attracts all the way to infinity")]
    assert search._monotone_end(None, flip) == ("convergent", "convergent")
    assert search.missing[1:] == [(BoundaryKind.MONOTONE_END, "there is no first parameter to start from")]
    found = find_boundaries(OUTWARDS)
    assert found.require(BoundaryKind.FLIP, 1).algebraic == 1
    assert found.missing[:2] == tuple(search.missing)


def test_where_the_number_of_attracting_fixed_points_may_change() -> None:
    search, flip = begun(LOGISTIC)
    assert search._events(search.reference) == [0, 1, 3]
    assert search._ahead_of(flip) == 1
    assert search._meetings(search.reference) == [0]
    assert search._meetings(SQUARE.fixed_point_factors[0]) == [exact("1/4")]
    assert search._singular() == [0, 1]  # the degree falls, and 0 meets the other fixed point
    down, flip = begun(SQUARE)
    assert down._events(down.reference) == [exact("-3/4"), exact("1/4")]
    assert down._ahead_of(flip) == exact("1/4")
    assert down._singular() == [exact("1/4")]
    far, flip = begun(OUTWARDS)
    assert far._ahead_of(flip) == 2  # nothing before it: one unit
    near, flip = begun(LOGISTIC, "-2", "0")
    assert near._ahead_of(flip) == 1  # where 0 begins to attract, from above


def test_steps_in_phase_order() -> None:
    up, _ = begun(LOGISTIC)
    down, _ = begun(SQUARE)
    one, two = exact("1"), exact("2")
    assert 1 < up._step(one, two) < 2
    assert 1 < up._step(one, None) < 2
    assert 1 < down._step(two, one) < 2
    assert 0 < down._step(one, None) < 1
    assert up._before(one, two)
    assert not up._before(one, one)
    assert down._before(two, one)
    assert not down._before(one, one)
    mixed = [exact(text) for text in ("3", "1", "2", "3")]
    assert up._ahead(mixed, one) == [2, 3]
    assert up._ahead(mixed, None) == [1, 2, 3]
    assert down._ahead(mixed, exact("3")) == [2, 1]
    assert down._ahead(mixed, None) == [3, 2, 1]


def test_which_fixed_point_flips() -> None:
    search, flip = begun(TILTED)
    assert search._flipping(flip) == 2  # of three, the last: the minimum on the right
    assert search._attracts(Fraction(1), 2)
    assert not search._attracts(Fraction(1), 1)  # the maximum
    assert not search._attracts(Fraction(-1, 2), 2)
    assert search._attracts(Fraction(-1, 2), None)  # the maximum does
    assert not search._attracts(Fraction(1), 3)
    down, flip = begun(SQUARE)
    assert down._flipping(flip) == 0
    assert not down._attracts(Fraction(1), 0)  # there is none
    assert not down._attracts(Fraction(1), None)


@pytest.mark.parametrize(
    ("made", "within", "start"),
    [(LOGISTIC, (), "1"), (LOGISTIC, ("-2", "0"), "1"), (SQUARE, (), "1/4"), (TILTED, (), "0"), (INFINITE, (), "2")],
)
def test_where_attraction_begins(made: PolynomialFamily, within: tuple[str, ...], start: str) -> None:
    search, flip = begun(made, *within)
    assert search._start(flip) == exact(start)
    (boundary,) = search.items
    assert (boundary.kind, boundary.period, boundary.multiplier) == (BoundaryKind.STABILITY, 1, 1)
    assert (boundary.before, boundary.after) == ("no attraction to this fixed point", "convergent")
    assert search.missing == []


@pytest.mark.parametrize(
    ("made", "born", "after"),
    [
        (LOGISTIC, True, "periodic, period 2"),
        (UNBORN, False, "the fixed point repels; no attracting 2-cycle is born"),
        (BARELY_UNBORN, False, "the fixed point repels; no attracting 2-cycle is born"),
        (BARELY_BORN, True, "periodic, period 2"),
        (family_of(z**2 / 2 - z**3 / 6 - a * z), True, "periodic, period 2"),  # 3 − 2
        (
            STEEP,
            None,
            "the fixed point repels; whether an attracting 2-cycle is born is not decided (the sign is 0)",
        ),
    ],
)
def test_what_a_flip_bears(made: PolynomialFamily, born: bool | None, after: str) -> None:
    search = _Search(made, made, None, 3)
    flip = search._choose_story()
    assert flip is not None
    assert search._is_supercritical(flip) is born
    boundary = search._first_flip(flip, "before")
    assert (boundary.kind, boundary.before, boundary.after) == (BoundaryKind.FLIP, "before", after)
    assert (boundary.period, boundary.multiplier, boundary.value, boundary.evidence) == (1, -1, flip, FIRST_FLIP)
    assert (search.supercritical, search.degenerate) == (born is True, born is None)


@pytest.mark.parametrize(
    ("candidates", "fails", "sides", "what"),
    [
        (("3/2", "2", "5/2"), "2", ("monotonic", "catapult"), "2"),
        (("3/2", "2", "5/2"), "5/2", ("monotonic", "catapult"), "5/2"),
        (
            ("2", "5/2"),
            "3",
            ("monotonic", "monotonic"),
            "|f(z) − p| ≤ |z − p| holds up to the flip on the bounded orbits",
        ),
        (
            ("2", "5/2"),
            "1",
            ("convergent", "convergent"),
            "close behind the start |f(z) − p| ≤ |z − p| fails somewhere on the bounded orbits",
        ),
        (("1/2", "1", "3", "7/2"), "3", ("monotonic", "monotonic"), None),  # none of them is between
    ],
)
def test_the_end_of_monotone_convergence_is_the_first_cell_that_fails(
    monkeypatch: pytest.MonkeyPatch, candidates: tuple[str, ...], fails: str, sides: tuple[str, str], what: str | None
) -> None:
    search, flip = begun(LOGISTIC)
    looked: list[Fraction] = []
    monkeypatch.setattr(search, "_monotone_candidates", lambda: [exact(text) for text in candidates])
    monkeypatch.setattr(search, "_is_monotone", lambda place: noted(looked, place, place < Fraction(fails)))
    assert search._monotone_end(exact("1"), flip) == sides
    if sides[1] == "catapult":
        assert told(search) == [(BoundaryKind.MONOTONE_END, exact(what or ""), "monotonic", "catapult")]
        assert search.items[0].evidence == MONOTONE
    elif what is not None:
        assert told(search) == [(BoundaryKind.MONOTONE_END, what)]
    inner = [Fraction(1), *(v for v in map(Fraction, candidates) if 1 < v < 3), Fraction(3)]
    assert len(looked) == len(inner) - 1
    assert all(low < place < high for low, place, high in zip(inner, looked, inner[1:], strict=False))


def test_of_a_quotient_only_squares_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    search, flip = begun(odd_cubic())
    monkeypatch.setattr(search, "_is_monotone", lambda _: True)
    search._monotone_end(exact("1"), flip)
    reason = "|f(z) − p| ≤ |z − p| holds up to the flip on the bounded orbits with z ≥ 0"
    assert search.missing == [(BoundaryKind.MONOTONE_END, reason)]

    def ends(*given: str) -> Any:
        sample: Any = SimpleNamespace(ends=lambda: tuple(map(exact, given)) or None)
        return search._ends(sample)

    assert ends("-1", "2") == (0, 2)
    assert ends("0", "2") == (0, 2)
    assert ends("1", "2") == (1, 2)
    assert ends("-1", "1/2") == (0, exact("1/2"))
    assert ends("-2", "0") is None
    assert ends("-2", "-1") is None
    assert ends() is None
    search.family = search.given
    assert ends("-1", "2") == (-1, 2)


@pytest.mark.parametrize(
    ("made", "holds", "fails"),
    [
        (LOGISTIC, "3/2 19/10", "21/10 1/2 7/2"),  # beyond 1 and 3 the fixed point does not attract
        (SQUARE, "1/8 1/100", "-1/100 -1/2 1"),
        (residual(), "1/2 4/5", "5/6 9/10"),  # up to 2√2 − 2 = 0.828
        (family_of(z - a * (z**3 + z)), "1/2 19/10", "21/10"),  # the ends change places: no bound on them
        (family_of(z - a * ((z - 1) ** 3 + z - 1)), "1/2 19/10", "21/10"),
        (family_of(a * z**2 * (1 - z)), "", "5"),
    ],
)
def test_the_bound_at_one_parameter(made: PolynomialFamily, holds: str, fails: str) -> None:
    search = _Search(made, made, None, 3)
    search._choose_story()
    for text in holds.split():
        assert search._is_monotone(Fraction(text)), text
    for text in fails.split():
        assert not search._is_monotone(Fraction(text)), text


def test_free_critical_values_inside_and_outside() -> None:
    for made, inside, outside in ((LOGISTIC, "39/10 1/2", "41/10"), (SQUARE, "-19/10 1/5", "-21/10 1")):
        search, _ = begun(made)
        assert [search._is_invariant(Fraction(text)) for text in inside.split()] == [True] * 2
        assert not any(search._is_invariant(Fraction(text)) for text in outside.split())


@pytest.mark.parametrize(
    ("made", "cells", "alone"),
    [
        (LOGISTIC, ["4"], True),
        (LOGISTIC, ["3"], False),  # the orbit does not escape there
        (SQUARE, ["-2"], True),
        (SQUARE, ["-2", "-3"], True),
        (SQUARE, ["-1"], False),
        (TILTED, ["5"], False),  # two critical points
        (family_of(a * z**2 * (1 - z)), ["27/4"], False),  # 0 attracts
    ],
)
def test_nothing_attracts_beyond_escape(made: PolynomialFamily, cells: list[str], alone: bool) -> None:
    search, _ = begun(made)
    assert search._nothing_attracts([exact(text) for text in cells]) is alone


# ------------------------------------------------------------------------------------------------------------ cascade


@pytest.mark.parametrize(
    ("made", "first", "second"),
    [
        (LOGISTIC, 2.0, 1 + 5**0.5),
        (SQUARE, 0.0, -1.0),
        (residual(), 0.5, None),  # c = (1 − 2a)/3 is 0
    ],
)
def test_superstable_parameters_next_to_the_flip(made: PolynomialFamily, first: float, second: float | None) -> None:
    search, flip = begun(made)
    found = search._superstable(flip, None)
    assert found is not None
    assert found[0] == pytest.approx(first, abs=1e-12)
    assert second is None or found[1] == pytest.approx(second)
    assert search._superstable(flip, exact(str(Fraction(found[1]) + search.direction))) == found
    assert search._superstable(flip, flip.affine(1, Fraction(search.direction, 1000))) is None


def test_a_critical_point_that_is_never_fixed_is_guessed_by_the_ratio() -> None:
    search, flip = begun(LOGISTIC)
    made: Any = SimpleNamespace(
        free_critical_factors=LOGISTIC.free_critical_factors,
        iterate=lambda count: LOGISTIC.iterate(count) + (A**2 + 10 if count else 0),
        dynatomic=LOGISTIC.dynatomic,
    )
    search.family = made
    second = 1 + 5**0.5
    assert search._superstable(flip, None) == pytest.approx((3 - 4 * (second - 3), second))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"supercritical": False}, "the first flip bears no attracting 2-cycle"),
        ({"supercritical": False, "degenerate": True}, "the first flip is not known to bear an attracting 2-cycle"),
        (
            {"one_critical_point": False},
            "the 2-cycle beyond the first flip could not be followed from one free critical point",
        ),
    ],
)
def test_flips_that_cannot_be_followed(changes: dict[str, bool], reason: str) -> None:
    search, flip = begun(LOGISTIC)
    first = search._first_flip(flip, "before")
    for name, value in changes.items():
        setattr(search, name, value)
    search._cascade(first, (2.0, 3.236))
    assert search.missing == [(BoundaryKind.FLIP, reason)]
    assert search.items == [first]


def boxed(low: str, high: str, period: int = 2) -> Any:
    return SimpleNamespace(parameter=(Fraction(low), Fraction(high)), period=period)


@pytest.mark.parametrize(
    ("direction", "boxes", "exacts", "found", "reason"),
    [
        (1, [boxed("7/2", "4"), boxed("5", "6", 4)], True, [2, 4], None),
        (1, [boxed("7/2", "4"), boxed("5", "6", 4)], False, [2, 4], None),
        (1, [boxed("2", "4"), boxed("5", "6", 4)], True, [], "the flip of period 2 found lies before the first flip"),
        (
            1,
            [boxed("7/2", "4"), boxed("2", "4", 4)],
            True,
            [2],
            "the flip of period 4 found lies before the first flip",
        ),
        (1, [boxed("3", "4")], True, [2], None),
        (-1, [boxed("1", "2")], True, [2], None),
        (-1, [boxed("1", "3")], True, [2], None),
        (-1, [boxed("1", "4")], True, [], "the flip of period 2 found lies before the first flip"),
        (1, [], True, [], "no proof of a flip of the 2-cycle was found (degenerate critical point?)"),
    ],
)
def test_flips_of_the_cascade(
    monkeypatch: pytest.MonkeyPatch,
    direction: int,
    boxes: list[Any],
    exacts: bool,
    found: list[int],
    reason: str | None,
) -> None:
    search, flip = begun(LOGISTIC)
    first = search._first_flip(flip, "before")
    search.direction = direction
    asked: list[Any] = []
    monkeypatch.setattr(boundaries, "certified_flips", lambda *given, **named: noted(asked, (given, named), boxes))
    monkeypatch.setattr(search, "_exact_flip", lambda _, period: exact(str(period)) if exacts else None)
    monkeypatch.setattr(search, "_lineage", lambda box: f"of period {box.period}")
    search._cascade(first, (2.0, 3.236))
    assert asked == [((LOGISTIC, 3.236), {"max_period": 4})]
    how = "the one root of Res_z(Φ_n, multiplier + 1) in the certified box of " if exacts else "Krawczyk box of "
    assert search.items == [
        first,
        *(
            search.items[0].__class__(
                kind=BoundaryKind.FLIP,
                value=exact(str(period)) if exacts else box,
                period=period,
                multiplier=-1,
                certainty=Certainty.EXACT if exacts else Certainty.CERTIFIED,
                before=f"periodic, period {period}",
                after=f"periodic, period {2 * period}",
                evidence=f"{how}(cycle, parameter); of period {period}",
                family=LOGISTIC,
                cycle=box,
            )
            for box in boxes
            for period in found
            if box.period == period
        ),
    ]
    assert search.missing == ([] if reason is None else [(BoundaryKind.FLIP, reason)])


def test_flips_of_high_degree_stay_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    for made in (LOGISTIC, residual()):
        search, flip = begun(made)
        first = search._first_flip(flip, "before")
        boxes = [boxed("5", "6", period) for period in (2, 4, 5, 8)]
        monkeypatch.setattr(boundaries, "certified_flips", lambda *_, boxes=boxes, **__: boxes)
        monkeypatch.setattr(search, "_exact_flip", lambda _, period: noted(asked, period, None))
        monkeypatch.setattr(search, "_lineage", lambda _: "")
        search._cascade(first, (2.0, 3.236))
    assert asked == [2, 4, 5, 2]  # of degree 4, 16, 32; 9


@pytest.mark.parametrize(
    ("made", "period", "near", "counted", "only"),
    [
        (LOGISTIC, 2, "3.45", [2, 2], True),
        (LOGISTIC, 2, "3.45", [2, 4], False),
        (LOGISTIC, 2, "3.45", [4, 2], False),
        (LOGISTIC, 6, "3.45", [6, 6], True),  # of degree 64
        (LOGISTIC, 7, "3.45", [], False),  # of degree 128
        (family_of(z**10 + a), 2, "3.45", [2, 2], True),  # of degree 100
    ],
)
def test_the_only_cycle_or_one_that_was_followed(
    monkeypatch: pytest.MonkeyPatch, made: PolynomialFamily, period: int, near: str, counted: list[int], only: bool
) -> None:
    search = _Search(made, made, None, 3)
    asked: list[Any] = []
    answers = iter(counted)
    monkeypatch.setattr(search, "_count_real", lambda *given: noted(asked, given, next(answers)))
    said = search._lineage(boxed(near, "4", period))
    assert said == (ONLY.format(period) if only else FOLLOWED)
    place = round(Fraction(near) * 2**14)
    assert asked == [(period, Fraction(place + side, 2**14)) for side in (-1, 1)][: len(asked)]
    assert len(asked) == (len(counted) if only else min(len(counted), 1 + (counted[:1] == [period])))


# -------------------------------------------------------------------------------------------- onset, crisis, tangency


def test_what_the_onset_is_asked_of_and_told_with(monkeypatch: pytest.MonkeyPatch) -> None:
    search, flip = begun(LOGISTIC)
    search._first_flip(flip, "before")
    del search.items[:]
    asked: list[Any] = []
    monkeypatch.setattr(
        boundaries, "enclose_onset", lambda *given, **named: noted(asked, (given, named), "there is none")
    )
    search._onset((2.0, 3.236), exact("4"))
    known = {"first_superstable": 2.0, "second_superstable": 3.236, "chaotic_end": 4.0, "doublings": 3}
    assert asked == [((LOGISTIC,), known)]
    needs = "needs a cascade behind a flip, and an escape as its other end"
    search._onset(None, exact("4"))
    search._onset((2.0, 3.236), None)
    search.supercritical = False
    search._onset((2.0, 3.236), exact("4"))
    search.supercritical, search.one_critical_point = True, False
    search._onset((2.0, 3.236), exact("4"))
    point = "kneading theory needs one free critical point that is rational in the parameter"
    assert told(search) == [(BoundaryKind.ONSET, reason) for reason in ("there is none", needs, needs, needs, point)]


@pytest.mark.parametrize("proved", [True, False])
def test_the_words_of_an_onset(monkeypatch: pytest.MonkeyPatch, proved: bool) -> None:
    search, flip = begun(LOGISTIC)
    search._first_flip(flip, "before")
    made: Any = SimpleNamespace(
        theorem=SimpleNamespace(verdict=Verdict.PROVED if proved else Verdict.UNDECIDED, statement="so it is"),
        ordered_side=SimpleNamespace(doublings=5),
        chaotic_side=SimpleNamespace(doublings=4),
    )
    monkeypatch.setattr(boundaries, "enclose_onset", lambda *_, **__: made)
    search._onset((2.0, 3.236), exact("4"))
    boundary = search.items[1]
    assert (boundary.kind, boundary.value, boundary.period) == (BoundaryKind.ONSET, made, None)
    sides = (
        ("periodic, period a power of two", "chaotic (positive entropy)")
        if proved
        else ("entropy zero at this end of the bracket", "entropy positive at this end of the bracket")
    )
    assert (boundary.before, boundary.after) == sides
    assert boundary.evidence == (
        "between the superstable parameter of period 2^5 and the merging of 2^5 bands into 2^4; so it is"
    )


@pytest.mark.parametrize("missing", ["one_critical_point", "supercritical", "escape"])
def test_a_crisis_needs_one_point_a_cascade_and_an_escape(missing: str) -> None:
    search, flip = begun(residual())
    search.supercritical = True
    if missing != "escape":
        setattr(search, missing, False)
    search._crisis(flip, None if missing == "escape" else exact("2"))
    reason = "needs one free critical point, a cascade and an escape to be told from other landings"
    assert told(search) == [(BoundaryKind.CRISIS, reason)]


def test_the_crisis_before_escape() -> None:
    search, flip = begun(residual())
    search.supercritical = True
    search._crisis(flip, exact("2"))
    (boundary,) = search.items
    assert float(boundary) == pytest.approx(-1 + 1.5 * 3**0.5)
    assert (boundary.period, boundary.multiplier, boundary.evidence) == (None, None, CRISIS)
    search._crisis(flip, exact("8/5"))  # at 1.598
    assert len(search.items) == 2
    search._crisis(flip, exact("3/2"))
    assert search.missing == [(BoundaryKind.CRISIS, NO_CRISIS)]


def test_a_crisis_that_is_no_merging_of_mirror_images() -> None:
    moved = residual()
    other = PolynomialFamily(
        sympy.expand(moved.expression.subs(moved.variable, moved.variable - 1) + 1),
        variable=moved.variable,
        parameter=moved.parameter,
    )
    search, flip = begun(other)
    search.supercritical = True
    search._crisis(flip, exact("2"))
    (boundary,) = search.items
    assert float(boundary) == pytest.approx(-1 + 1.5 * 3**0.5)
    assert (boundary.before, boundary.after) == (
        "chaotic, attractor away from a repelling fixed point",
        "chaotic, attractor reaches a repelling fixed point",
    )


def test_landings_on_what_repels() -> None:
    search, _ = begun(SQUARE)
    assert search._lands_on_repelling(exact("-2"))  # 0 → −2 → 2, of multiplier 4
    assert not search._lands_on_repelling(exact("0"))
    near, _ = begun(family_of(z**2 + a))
    for text, repels in (("-0.5437", False), ("-1.5437", True)):  # |2z| at the second image
        place = Fraction(text)
        size = abs(2 * (place**2 + place))
        assert (size > 1) is repels
        assert near._lands_on_repelling(exact(text)) is repels


def three(search: _Search, monkeypatch: pytest.MonkeyPatch, counted: Any, fold: Any) -> list[Any]:
    asked: list[Any] = []
    monkeypatch.setattr(search, "_count_real", lambda period, place: noted(asked, (period, place), counted(place)))
    monkeypatch.setattr(search, "_fold", lambda _: fold)
    return asked


def test_the_first_3_cycle_is_born_at_a_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    search, flip = begun(LOGISTIC)
    box = boxed("3", "4", 3)
    asked = three(search, monkeypatch, lambda place: 6 if place > Fraction("3.83") else 0, box)
    search._three_cycle(exact("1"), flip, exact("4"))
    (boundary,) = search.items
    assert (boundary.kind, str(boundary.value)) == (BoundaryKind.TANGENCY, "1 + 2*sqrt(2)")
    assert (boundary.period, boundary.multiplier, boundary.cycle) == (3, 1, box)
    assert (boundary.before, boundary.after, boundary.evidence) == (
        "no real 3-cycle from a = 1 to here",
        "a real 3-cycle exists (Li–Yorke 1975: chaos)",
        TANGENCY,
    )
    assert [period for period, _ in asked] == [3, 3]
    assert asked[0][1] < 1 + 2 * 2**0.5 < asked[1][1] < 4
    del search.items[:]
    search._three_cycle(None, flip, None)
    assert search.items[0].before == "no real 3-cycle from a = 3 to here"


@pytest.mark.parametrize(
    ("begin", "escape", "counted", "fold", "reason"),
    [
        ("1", "4", lambda _: 6, boxed("3", "4"), "a real 3-cycle exists from the first parameter of the story on"),
        (
            "1",
            "4",
            lambda place: 6 if place > 3.83 else 0,
            None,
            "the tangency that bears the first 3-cycle could not be certified",
        ),
        ("1", "4", lambda _: 0, boxed("3", "4"), "no 3-cycle is born between the start and escape"),
        ("1", "3", lambda place: 6 if place > 3 else 0, None, "no 3-cycle is born between the start and escape"),
        (
            "1/2",
            "4",
            lambda place: 6 if place > 1 else 0,
            boxed("3", "4"),
            "the first 3-cycle arrives at 1, where the map itself degenerates: not by a tangency",
        ),
    ],
)
def test_3_cycles_that_are_not_born_at_a_certified_fold(
    monkeypatch: pytest.MonkeyPatch, begin: str, escape: str, counted: Any, fold: Any, reason: str
) -> None:
    search, flip = begun(LOGISTIC)
    three(search, monkeypatch, counted, fold)
    search._three_cycle(exact(begin), flip, exact(escape))
    assert told(search) == [(BoundaryKind.TANGENCY, reason)]


def test_3_cycles_of_high_degree_are_not_eliminated() -> None:
    search = _Search(QUARTIC, QUARTIC, None, 3)
    search._three_cycle(None, exact("-1"), None)
    assert search.missing == [(BoundaryKind.TANGENCY, "period 3 has degree 64, beyond exact elimination")]


def test_the_fold_of_the_3_cycles_is_certified() -> None:
    search, _ = begun(LOGISTIC)
    assert search._count_real(3, Fraction("3.9")) == 6
    assert search._count_real(3, Fraction("3.8")) == 0
    place = RealAlgebraic([-7, -2, 1], Fraction(3), Fraction(4))  # 1 + √8
    box = search._fold(place)
    assert box is not None
    assert (box.period, box.multiplier) == (3, Fraction(1))
    assert box.parameter[0] < place < box.parameter[1]
    assert search._fold(exact("3.9")) is None


# --------------------------------------------------------------------------------------------------------- the pieces


def test_a_search_begins_with_nothing() -> None:
    odd = odd_cubic()
    search = _Search(odd, odd.odd_quotient() or odd, None, 7)
    assert (search.given, search.family, search.limits, search.doublings) == (odd, odd.odd_quotient(), None, 7)
    assert (search.items, search.missing, search.reference, search.direction) == ([], [], None, 1)
    assert (search.supercritical, search.degenerate, search.one_critical_point) == (False, False, True)
    assert not _Search(TILTED, TILTED, None, 3).one_critical_point  # one factor with two roots
    two = family_of(z**4 - 3 * z**2 + a * z**3)
    assert not _Search(two, two, None, 3).one_critical_point


def test_fixed_points_one_by_one() -> None:
    search, _ = begun(LOGISTIC)
    assert [(p.polynomial, p.location, p.multiplier, p.is_reference) for p in search._fixed_points()] == [
        (z, 0, a, False),
        (a * z - a + 1, (a - 1) / a, 2 - a, True),
    ]
    down, _ = begun(SQUARE)
    (point,) = down._fixed_points()
    assert (point.polynomial, point.location, point.multiplier) == (z**2 - z + a, None, None)
    shrunk, _ = begun(SEXTIC)  # of the quotient s(1 + a − a s²)²: a fixed point −1, no square
    assert [p.location for p in shrunk._fixed_points()] == [0, 1, None]


def test_the_one_root_in_a_box() -> None:
    condition = (A - 1) * (A - 2)
    for low, high, root in (("0", "3/2", 1), ("1", "3/2", 1), ("3/2", "2", 2), ("0", "3", None), ("3", "4", None)):
        assert _tie(boxed(low, high), condition) == root


def test_factors_and_coefficients() -> None:
    assert [_is_below_zero(f) for f in (Z + 1, 2 * Z + 1, Z, Z - 1, Z + A, Z**2 + 1)] == [True, True, *[False] * 4]
    assert _leading((A**2 - 1) * Z**3 + A * Z + 5) == A**2 - 1
    assert _parameter(LOGISTIC) == A
    assert _is_residual(residual())
    assert not _is_residual(LOGISTIC)
    polynomial = (A**2 - 1) * Z**3 + A * Z / 2 + 5 * A**3
    with working_precision(100):
        two, three = flint.arb(2), flint.arb(3)
        assert _in_parameter(polynomial, 3, three) == 8
        assert _in_parameter(polynomial, 2, three) == 0
        assert _in_parameter(polynomial, 0, three) == 135
        assert _ball_value(polynomial, two, three) == 8 * 8 + 3 + 135
    assert sympy.expand(_to_sympy(polynomial, LOGISTIC) - ((a**2 - 1) * z**3 + a * z / 2 + 5 * a**3)) == 0


def test_numbers_in_a_few_letters() -> None:
    assert _short(exact("5/3")) == "5/3"
    assert _short(RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))) == "sqrt(2)"
    assert _short(RealAlgebraic([-2, 0, 0, 1], Fraction(1), Fraction(2))) == "1.259921…"


def test_maps_that_are_odd_about_a_point() -> None:
    def odd(point: Any, *row: str) -> bool:
        return _is_odd_about([Fraction(text) for text in row], point)

    assert odd(exact("0"), "0", "2", "0", "-1")
    assert not odd(exact("0"), "1", "2", "0", "-1")
    assert not odd(exact("0"), "0", "2", "1", "-1")
    assert odd(exact("1"), "0", "3", "-3", "1")  # 1 + (z − 1)³
    assert not odd(exact("1"), "3/8", "3/4", "-3/2", "1")
    assert odd(exact("1/2"), "3/8", "3/4", "-3/2", "1")
    assert not odd(exact("1/2"), "3/8", "3/4", "-1", "1")
    root = RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    assert not odd(root, "0", "2", "0", "-1")


def test_three_variables_and_two() -> None:
    z3, a3 = boundaries._Z3, boundaries._A3
    assert _narrow(z3**2 * a3 + 3 * z3, LOGISTIC) == Z**2 * A + 3 * Z


# ------------------------------------------------------------------------------------------------------------- escape


def stays(parameter: float, start: float) -> bool:
    """Whether an orbit of a·z − z³ + 1/10 is bounded, in floats."""
    for _ in range(500):
        start = parameter * start - start**3 + 0.1
        if abs(start) > 100:
            return False
    return True


def test_a_cubic_that_falls_lets_orbits_out_over_a_2_cycle() -> None:
    """The ends of its interval change places: f³(c) = f(c) where a critical orbit lands on them."""
    search, flip = begun(family_of(a * z - z**3 + sympy.Rational(1, 10)))
    value = search._escape(flip)
    assert value is not None
    for shift, bounded in ((-0.001, True), (0.001, False)):
        parameter = float(value) + shift
        assert all(stays(parameter, sign * (parameter / 3) ** 0.5) for sign in (-1, 1)) is bounded
    (boundary,) = search.items
    assert (boundary.before, boundary.after) == ("critical orbits bounded", "a critical orbit escapes")
    assert boundary.evidence == ESCAPE.partition("; beyond it")[0]


def test_orbits_that_are_outside_already() -> None:
    search, flip = begun(family_of(a * z - z**2 - z**3))
    assert search._escape(flip) is None
    reason = "a critical orbit is outside the interval of bounded orbits already beyond the flip"
    assert search.missing == [(BoundaryKind.ESCAPE, reason)]


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize("born", [True, False])
def test_the_words_of_an_escape(monkeypatch: pytest.MonkeyPatch, alone: bool, one: bool, born: bool) -> None:
    search, flip = begun(LOGISTIC)
    asked: list[Any] = []
    monkeypatch.setattr(search, "_nothing_attracts", lambda cells: noted(asked, cells, alone))
    search.one_critical_point, search.supercritical = one, born
    assert search._escape(flip) == exact("4")
    assert told(search) == [
        (
            BoundaryKind.ESCAPE,
            exact("4"),
            "chaotic" if one and born else "critical orbits bounded",
            "divergent" if alone else "a critical orbit escapes",
        )
    ]
    assert search.items[0].evidence == (ESCAPE if alone else ESCAPE.partition("; beyond it")[0])
    assert [float(cell) for cell in asked[0]] == [4.0]


@pytest.mark.parametrize(
    ("outside", "reason"),
    [
        ("9", "no parameter beyond the flip lets a free critical orbit leave"),
        ("7/2", "at 7/2 the interval of bounded orbits itself changes before any critical orbit leaves it"),
    ],
)
def test_escapes_that_are_none(monkeypatch: pytest.MonkeyPatch, outside: str, reason: str) -> None:
    search, flip = begun(LOGISTIC)
    monkeypatch.setattr(search, "_singular", lambda: [exact("7/2")])
    monkeypatch.setattr(search, "_is_invariant", lambda place: place < Fraction(outside))
    assert search._escape(flip) is None
    assert search.missing == [(BoundaryKind.ESCAPE, reason)]


def test_every_cell_beyond_escape_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    search, _ = begun(LOGISTIC)
    seen: list[Fraction] = []
    monkeypatch.setattr(search, "_is_invariant", lambda place: noted(seen, place, False))
    cells = [exact(text) for text in ("4", "41/10", "9/2")]
    assert search._nothing_attracts(cells)
    assert 4 < seen[0] < 4.1 < seen[1] < 4.5 < seen[2] < 5.5
    assert len(seen) == 3
    monkeypatch.setattr(search, "_is_invariant", lambda place: place > 4.5)
    assert not search._nothing_attracts(cells)
    monkeypatch.setattr(search, "_is_invariant", lambda place: 4.1 < place < 4.5)
    assert not search._nothing_attracts(cells)


@pytest.mark.parametrize(
    ("parameter", "critical", "slope", "repels"),
    [  # of f = z + a, from c: the slope at c + 2a
        ("1", 2 * Z - 3, Z - 3, False),  # 1/2 at 7/2
        ("1", 2 * Z - 3, Z - 5, True),  # −3/2
        ("1", 2 * Z - 3, 2 * Z - 8, False),  # −1, exactly
        ("1/3", 3 * Z - 1, Z + flint.fmpq(1, 2**100), True),  # 1 and a little
        ("1/3", 3 * Z - 1, Z - flint.fmpq(1, 2**100), False),
        (f"{2**100 + 1}/{2**100}", (A - 1) * Z + (A - 1), Z + 1, True),  # c = −1, with a denominator of 2^-100
    ],
)
def test_how_steep_the_map_is_where_the_orbit_lands(parameter: str, critical: Any, slope: Any, repels: bool) -> None:
    search, _ = begun(LOGISTIC)
    made: Any = SimpleNamespace(free_critical_factors=[critical], polynomial=Z + A, derivative=slope)
    search.family = made
    assert search._lands_on_repelling(exact(parameter)) is repels


def test_a_fold_is_one_whose_box_holds_the_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    search, _ = begun(LOGISTIC)
    place = exact("15/4")
    asked: list[Any] = []
    answers = [None, boxed("15/4", "4"), boxed("3", "15/4"), boxed("3", "4"), boxed("0", "9")]
    monkeypatch.setattr(boundaries, "cycle_seeds", lambda *given: noted(asked, given, list(range(5))))
    monkeypatch.setattr(boundaries, "certify_bifurcation", lambda *given: noted(asked, given, answers[given[2]]))
    assert search._fold(place) is answers[3]
    near = Fraction(15, 4)
    assert asked == [(LOGISTIC, near, 3, Fraction(1)), *((LOGISTIC, near, orbit, 1) for orbit in range(4))]


def test_a_quotient_that_lifts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fixed point s > 0 is that of a weight whose factor is 1 there."""
    search, flip = begun(odd_cubic())
    asked: list[Any] = []
    points: list[RealAlgebraic] = []
    given: Any = SimpleNamespace(odd_factor=Z * (Z - 2) * (Z + 3) + 1)  # 1 at 0, at 2 and at −3
    search.given = given
    monkeypatch.setattr(search, "_step", lambda *ends: noted(asked, ends, Fraction(3, 2)))
    monkeypatch.setattr(search, "_attracting", lambda *told: noted(asked, told, points))
    for texts, lifts in (("", False), ("2", True), ("0", False), ("-3", False), ("1", False), ("2 1", False)):
        points[:] = map(exact, texts.split())
        assert search._lifts(flip) is lifts
    assert asked[:2] == [(exact("1"), flip), (search.reference, Fraction(3, 2))]


# ---------------------------------------------------------------------------------------------------- one whole search


def test_what_the_parts_of_a_search_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    search = _Search(LOGISTIC, LOGISTIC, None, 3)
    calls: list[Any] = []
    answers = {
        "_choose_story": "flip",
        "_start": "start",
        "_monotone_end": ("behind", "before"),
        "_first_flip": "first",
        "_escape": "escape",
        "_superstable": (2.0, 3.0),
        "_fixed_points": ("fixed",),
    }
    for name in (*answers, "_cascade", "_onset", "_crisis", "_three_cycle"):
        monkeypatch.setattr(search, name, lambda *given, name=name: noted(calls, (name, *given), answers.get(name)))
    found: Any = search.run()
    assert calls == [
        ("_choose_story",),
        ("_start", "flip"),
        ("_monotone_end", "start", "flip"),
        ("_first_flip", "flip", "before"),
        ("_escape", "flip"),
        ("_superstable", "flip", "escape"),
        ("_cascade", "first", (2.0, 3.0)),
        ("_onset", (2.0, 3.0), "escape"),
        ("_crisis", "flip", "escape"),
        ("_three_cycle", "start", "flip", "escape"),
        ("_fixed_points",),
    ]
    assert (found.superstable, found.fixed_points, found.direction, found.missing) == (3.0, ("fixed",), 1, ())


@pytest.mark.parametrize("flip", [None, "flip"])
def test_a_quotient_that_does_not_lift_begins_anew(monkeypatch: pytest.MonkeyPatch, flip: str | None) -> None:
    asked: list[Any] = []
    limits = Fraction(0), Fraction(9)
    search = _Search(LOGISTIC, SQUARE, limits, 7)
    monkeypatch.setattr(search, "_choose_story", lambda: flip)
    monkeypatch.setattr(search, "_lifts", lambda _: False)
    other = SimpleNamespace(run=lambda: "the family's own")
    monkeypatch.setattr(boundaries, "_Search", lambda *given: noted(asked, given, other))
    assert search.run() == "the family's own"  # type: ignore[comparison-overlap]  # what stands for an answer
    assert asked == [(LOGISTIC, LOGISTIC, limits, 7)]


def test_where_the_bound_may_end() -> None:
    search, _ = begun(LOGISTIC)  # q is 1 − az: ±1 at z = 1 for 0 and 2, at z = p for 1 and 3
    assert search._monotone_candidates() == [0, 1, 2, 3]
    down, _ = begun(SQUARE)  # q is z + p: −1 at z = p for −3/4, ±1 at z = p − 1 for 0
    assert down._monotone_candidates() == [exact("-3/4"), 0]


def test_the_candidates_of_a_cubic_by_another_route() -> None:
    """Of p = 0: q = f/z, and SymPy's resultants; the product of all conditions has the roots that are looked for."""
    made = residual()
    search, _ = begun(made)
    x, r = made.variable, made.parameter
    f = made.expression
    q = sympy.cancel(f / x)
    landing = sympy.expand(f.subs(x, f) - f)
    conditions = [sympy.resultant(q - sign, q.diff(x), x) for sign in (1, -1)]
    conditions += [
        sympy.resultant(factor, q - sign, x) for factor, _ in sympy.factor_list(landing)[1] for sign in (1, -1)
    ]
    conditions += [sympy.resultant(f - x, q.diff(x), x)]
    roots = {root for each in conditions if each.free_symbols for root in sympy.real_roots(sympy.Poly(each, r))}
    found = search._monotone_candidates()
    assert [float(root) for root in found] == pytest.approx(sorted(float(root) for root in roots))


def test_several_critical_points_are_looked_at_together() -> None:
    """2z − 1 is fixed at 2 and has period 2 at 1 ± √5, 3z − 1 is fixed at 3/2 and has period 2 where 2a² = 6a + 9."""
    search, _ = begun(LOGISTIC)
    iterates = {0: LOGISTIC.iterate(0), 1: LOGISTIC.iterate(1)}
    made: Any = SimpleNamespace(
        free_critical_factors=(2 * Z - 1, 3 * Z - 1), iterate=iterates.get, dynatomic=LOGISTIC.dynatomic
    )
    for factors in (made.free_critical_factors, made.free_critical_factors[::-1]):
        made.free_critical_factors = factors
        search.family, search.direction = made, 1
        assert search._superstable(exact("3"), None) == pytest.approx((2, 1 + 5**0.5))
        assert search._superstable(exact("7/2"), None) == pytest.approx((2, 1.5 + 27**0.5 / 2))
        search.direction = -1
        assert search._superstable(exact("1"), None) == pytest.approx((1.5, 1.5 - 27**0.5 / 2))


def test_inner_points_count_on_maps_that_are_odd_about_a_point() -> None:
    """Of a·z + 2z³ − z⁵: q is a + 2z² − z⁴, which is a + 1 at z = ±1, and −1 at the ends."""
    made = family_of(a * z + 2 * z**3 - z**5)
    search, flip = begun(made, "-3/2", "0")
    assert flip == -1
    assert search._is_monotone(Fraction(-1, 2))
    assert not search._is_monotone(Fraction(1, 2))


def test_close_to_a_boundary_more_bits_are_taken() -> None:
    made, _ = begun(residual())  # monotone up to √8 − 2
    near = Fraction(math.isqrt(8 * 4**100), 2**100) - 2
    assert made._is_monotone(near)
    assert not made._is_monotone(near + Fraction(1, 2**100))
    search, _ = begun(LOGISTIC)
    assert search._is_invariant(4 - Fraction(1, 2**300))
    assert not search._is_invariant(4 + Fraction(1, 2**300))


def test_critical_points_outside_the_interval_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    search, _ = begun(TILTED)  # at 1: 2z − z³ − 1/10, critical points at ±0.816, their values 0.989 and −1.189
    for low, high, inside in (("0", "9/10", False), ("0", "1", True), ("-9/10", "1", False), ("-2", "1/2", True)):
        monkeypatch.setattr(search, "_ends", lambda _, low=low, high=high: (exact(low), exact(high)))
        assert search._is_invariant(Fraction(1)) is inside


def test_walking_back_from_event_to_event(monkeypatch: pytest.MonkeyPatch) -> None:
    search, flip = begun(TILTED)
    last, middle, first = (event for event in search._events(search.reference)[-2::-1])
    assert [float(event) for event in (last, middle, first)] == pytest.approx([0.8746532629, 0, -2.0631785402])
    indices: list[int | None] = []
    steps: list[Any] = []
    step = search._step
    monkeypatch.setattr(search, "_flipping", lambda _: 2)
    monkeypatch.setattr(search, "_meetings", lambda _: [exact("7"), middle])
    monkeypatch.setattr(search, "_step", lambda *given: noted(steps, given, step(*given)))
    monkeypatch.setattr(search, "_attracts", lambda _, index: noted(indices, index, True))
    assert search._start(flip) is None
    assert indices == [2, None, None]  # where fixed points meet, none can be told from the others
    assert steps == [(middle, last), (first, middle), (first.affine(1, -1), first)]
    assert search._ahead_of(exact("5")) == flip
    search.direction = -1
    assert search._ahead_of(exact("-5")) == first


def test_samples_on_both_sides_of_a_flip(monkeypatch: pytest.MonkeyPatch) -> None:
    search, flip = begun(LOGISTIC)
    assert search._flipping(exact("2")) is None  # it attracts on both sides
    steps: list[Any] = []
    step = search._step
    monkeypatch.setattr(search, "_step", lambda *given: noted(steps, given, step(*given)))
    search._flipping(flip)
    monkeypatch.setattr(search, "_events", lambda _: [exact(text) for text in ("1", "2", "3", "7/2", "4")])
    search._flipping(flip)
    assert steps == [(exact("1"), flip), (flip, None), (exact("2"), flip), (flip, exact("7/2"))]


def test_candidates_of_a_crisis(monkeypatch: pytest.MonkeyPatch) -> None:
    """f(c) > 0 is a preimage of 2 or −a, the other fixed points, and none itself: that is 1, the double one of −a."""
    search, flip = begun(residual())
    assert search._landing(1) == residual().iterate(2) - residual().iterate(1)
    assert search._landing(2) == residual().iterate(3) - residual().iterate(2)
    seen: list[Any] = []
    monkeypatch.setattr(search, "_lands_on_repelling", lambda place: noted(seen, place, False))
    search.supercritical = True
    search._crisis(flip, exact("9"))

    # c + a = (1 + a)/3, 1 − c = 2(1 + a)/3
    places = [1 + k / 1000 for k in range(8000)]
    values = [4 * (1 + r) ** 3 / 27 - r - 1 for r in places]
    expected = [r for r, low, high in zip(places, values, values[1:], strict=False) if low * high <= 0]
    assert [float(place) for place in seen] == pytest.approx(expected, abs=2e-3)
    assert len(seen) == 1


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_sign_that_takes_many_bits(monkeypatch: pytest.MonkeyPatch, sign: int) -> None:
    """(√2 − 1)³² is 2^-41, and a difference of numbers of 41 bits."""
    search, flip = begun(LOGISTIC)
    whole, roots = 1, 0
    for _ in range(32):
        whole, roots = 2 * roots - whole, whole - roots
    root = RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    monkeypatch.setattr(search, "_attracting", lambda *_: [root])
    monkeypatch.setattr(boundaries, "specialise", lambda *_: sign * flint.fmpz_poly([whole, roots]))
    assert search._is_supercritical(flip) is (sign > 0)


def test_a_place_where_the_sign_changes_is_not_stepped_over(monkeypatch: pytest.MonkeyPatch) -> None:
    search, flip = begun(LOGISTIC)
    assert search._ahead_of(flip, [exact("2"), exact("5/2"), exact("7/2")]) == exact("5/2")
    asked: list[Any] = []
    monkeypatch.setattr(search, "_ahead_of", lambda *given: noted(asked, given, exact("2")))
    search._is_supercritical(flip)
    assert asked == [(flip, [exact("0")])]  # 3(f'')² is 12a², and the third derivative is 0


def test_every_critical_point_may_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    made = family_of(a * z - z**3 + sympy.Rational(1, 10))
    monkeypatch.setattr(made, "free_critical_factors", (3 * Z**2 - A, Z - 7))  # 7 is outside
    search, flip = begun(made)
    asked: list[int] = []
    landing = search._landing
    monkeypatch.setattr(search, "_landing", lambda step: noted(asked, step, landing(step)))
    value = search._escape(flip)
    assert value is not None
    assert float(value) == pytest.approx(2.8782554745)  # as without the other
    assert asked == [2, 2]


def test_what_may_take_long_is_done_where_it_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(boundaries, "where_killable", lambda *given, **named: noted(asked, (*given, named), "found"))
    heavy = family_of(a * z**3 + 1)
    answers: list[Any] = [find_boundaries(heavy), find_boundaries(LOGISTIC, within=(1, "7/2"), doublings=5)]
    assert answers == ["found", "found"]
    said = "finding the boundaries of a family of degree"
    assert asked == [
        (boundaries._found, (heavy, None, 9), {"heavy": True, "asked": f"{said} 3"}),
        (boundaries._found, (LOGISTIC, (1, Fraction(7, 2)), 5), {"heavy": False, "asked": f"{said} 2"}),
    ]


def test_flips_below_the_interval_hide_none_inside() -> None:
    search, flip = begun(TILTED)
    assert begun(TILTED, "1", "2")[1] == flip
    assert search._crossing(search.reference, flip) == 1


def test_of_two_flips_at_one_parameter_the_simpler_fixed_point_is_told() -> None:
    search, flip = begun(family_of(z - (a * z - 1) * z * (1 + z)))  # of −1 and of 1/a, with multipliers −a and −1/a
    assert (flip, search.reference, search.direction) == (1, Z + 1, 1)


@pytest.mark.parametrize(
    ("events", "low", "high"), [("3", "2", "4"), ("5/2 3 13/4", "5/2", "13/4"), ("1 5/2 3 13/4 7", "5/2", "13/4")]
)
def test_samples_next_to_a_flip(monkeypatch: pytest.MonkeyPatch, events: str, low: str, high: str) -> None:
    search, flip = begun(LOGISTIC)
    places: list[Fraction] = []
    monkeypatch.setattr(search, "_events", lambda _: [exact(text) for text in events.split()])
    monkeypatch.setattr(search, "_attracting", lambda _, place: noted(places, place, [] if place > 3 else [0]))
    assert search._crossing(search.reference, flip) == 1
    left, right = places
    assert Fraction(low) < left < 3 < right < Fraction(high)

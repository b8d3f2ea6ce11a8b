"""The plain witness, piece by piece: zeros, fixed points, quantities of every kind, and what it does not see."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
import sympy
from edges import noted

from symphase import crossings
from symphase.crossings import _Witness, crosses
from symphase.maps import PolynomialFamily
from symphase.onset import Onset
from symphase.thresholds import BoundaryKind

z, a = sympy.symbols("z a")
SQUARE, LOGISTIC, ODD = z**2 + a, a * z * (1 - z), a * z - z**3
HALVES = sympy.Rational(1, 2) * z**3 - a**2 * z / 3 + a


def story(expression: Any, *, quotient: Any = None, location: Any = None, direction: int = 1) -> Any:
    """As much of a story as the witness reads."""
    family = PolynomialFamily(sympy.expand(expression), variable=z, parameter=a)
    reduced = family if quotient is None else PolynomialFamily(sympy.expand(quotient), variable=z, parameter=a)
    points = [SimpleNamespace(is_reference=False, location=z), SimpleNamespace(is_reference=True, location=location)]
    return SimpleNamespace(family=family, reduced_family=reduced, fixed_points=points, direction=direction)


def witness(expression: Any, digits: int = 30, **changes: Any) -> _Witness:
    return _Witness(story(expression, **changes), digits)


def boundary(kind: BoundaryKind, value: str = "0", *, period: int | None = 1, seed: str | None = None) -> Any:
    cycle = None if seed is None else SimpleNamespace(points=[(Fraction(seed), Fraction(seed) + Fraction(1, 10**9))])
    return SimpleNamespace(kind=kind, value=None, period=period, cycle=cycle, decimal=lambda _: value)


# ------------------------------------------------------------------------------------------------------- the pieces


def test_coefficients_at_fifty_digits() -> None:
    made = witness(HALVES, 50)
    half, _, slope, constant = made.coefficients(made.context.mpf(2))
    assert (half, constant) == (0.5, 2)
    assert abs(slope + made.context.mpf(4) / 3) < made.context.mpf(10) ** -49
    assert made.context.dps == 50
    assert made.slope([1, 2, 3, 4]) == [3, 4, 3]
    assert made.value([1, 2, 3], 10) == 123
    assert made.number(sympy.Rational(1, 4)) == made.number(Fraction(1, 4)) == 0.25


def test_real_zeros_in_order() -> None:
    made = witness(SQUARE)
    assert made.real_zeros([made.context.mpf(v) for v in (0, 0, 1, 0, -3, 2)]) == pytest.approx([-2, 1, 1], abs=1e-9)
    assert made.real_zeros([1, 0, 1]) == []
    assert made.real_zeros([0, 0]) == made.real_zeros([0, 3]) == made.real_zeros([]) == []
    assert made.real_zeros([2, -1]) == [0.5]
    near = made.context.mpf(10) ** -8  # z² + 10⁻¹⁶: imaginary by more than a third of the digits
    assert len(made.real_zeros([1, 0, near**2])) == 0
    assert len(made.real_zeros([1, 0, near**3])) == 2


def test_fixed_points_and_their_reference() -> None:
    made = witness(SQUARE)
    f = made.coefficients(made.context.mpf(-2))
    assert made.fixed(f) == [-1, 2]
    assert made.reference(f, -2, -1) == -1  # multipliers −2 and 4
    assert made.reference(f, -2, 2) == 2
    placed = witness(LOGISTIC, location=(2 * a - 1) / (3 * a**2))
    assert placed.reference([], placed.context.mpf(2), 1) == pytest.approx(0.25)
    assert witness(SQUARE).location is None


def test_two_fixed_points_meet_or_do_not() -> None:
    made = witness(SQUARE)
    quarter, tiny = made.context.mpf(1) / 4, made.context.mpf(10) ** -10
    assert made.folds(quarter - tiny, quarter + tiny)
    assert made.folds(quarter + tiny, quarter - tiny)
    assert not made.folds(quarter - 2 * tiny, quarter - tiny)
    line = witness(a * z**2 + 2 * z - 1)  # the second fixed point comes from infinity
    assert not line.folds(line.context.mpf(0), line.context.mpf(1))


def test_a_map_put_into_itself() -> None:
    made = witness(SQUARE)
    assert made.twice([1, 0, -1]) == [1, 0, -2, 0, 0]
    assert made.twice([2, 3]) == [4, 9]
    assert made.twice([0, 2, 3]) == [4, 9]
    assert made.twice([0, 0, 5]) == [0, 5]


@pytest.mark.parametrize(
    ("expression", "a_", "p", "least", "expected"),
    [
        (SQUARE, -1, "-0.6180339887498948482", None, 5**0.5),  # |z + p| at the preimage of the outer one
        (ODD, 3, "0", None, 3),
        (ODD, 2, "0", None, 2),
        (ODD, 2, "1", None, 1.25),  # |z² + z − 1| at −1/2
        (z**3 - 3 * z / 2, 0, "0", None, 1.5),
        (z**4 - 4 * z**2 + a, 2, "2", None, 32 / 27),  # |z²(z + 2)| at −4/3
    ],
)
def test_the_largest_ratio(expression: Any, a_: int, p: str, least: int | None, expected: float) -> None:
    made = witness(expression)
    made.least = least
    found = made.largest_ratio(made.coefficients(made.context.mpf(a_)), made.context.mpf(p))
    assert float(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("end", [1, -1])
def test_a_double_fixed_point_at_an_end_is_no_place_to_look_at(end: int) -> None:
    made = witness(z + z * (z - end) ** 2)
    with pytest.raises(ValueError, match="empty"):  # the ratio 1 + (z − end)² is extreme there alone
        made.largest_ratio(made.coefficients(made.context.mpf(0)), made.context.mpf(0))


def test_where_only_squares_count_zero_is_none_of_them() -> None:
    made = witness(ODD)
    made.least = 0
    with pytest.raises(ValueError, match="empty"):  # the ratio |2 − z²| is extreme at 0 alone
        made.largest_ratio(made.coefficients(made.context.mpf(2)), made.context.mpf(0))


def test_of_a_quotient_only_squares_are_looked_at() -> None:
    whole, quotient = witness(ODD), witness(ODD, quotient=z * (a - z) ** 2)
    assert whole.least is None
    assert (quotient.least, quotient.degree) == (0, 3)
    f = quotient.coefficients(quotient.context.mpf(2))  # fixed points 0, 1 and 3; critical points 2/3 and 2
    assert quotient.fixed(f) == pytest.approx([0, 1, 3])
    assert float(quotient.largest_ratio(f, quotient.context.mpf(1))) == pytest.approx(1.25)  # |z² − 3z + 1| at 3/2
    made = witness(SQUARE, quotient=SQUARE - 2 * z + 1)  # the least square, 0, is itself looked at for critical points
    assert made.least == 0


# ------------------------------------------------------------------------------------------------------- quantities

WALLED = a * z * (z - 1) ** 2  # the critical point 1 goes to the fixed point 0; the critical value is 4a/27

THREE = z + a * z * (z - 1) * (z - 3)  # multipliers 1 + 3a, 1 − 2a and 1 + 6a


@pytest.mark.parametrize(
    ("expression", "location", "place", "parameter", "expected"),
    [
        (LOGISTIC, (a - 1) / a, boundary(BoundaryKind.STABILITY), "5/2", -1.5),
        (LOGISTIC, None, boundary(BoundaryKind.STABILITY), "5/4", 0.25),  # multipliers 5/4 and 3/4: the first of two
        (LOGISTIC, None, boundary(BoundaryKind.FLIP), "5/2", 0.5),
        (LOGISTIC, sympy.Integer(0), boundary(BoundaryKind.FLIP), "5/2", 3.5),
        (SQUARE, None, boundary(BoundaryKind.FLIP, period=2, seed="0.17"), "-6/5", 0.2),
        (SQUARE, None, boundary(BoundaryKind.FLIP, period=2, seed="0.1"), "-1", 1),
        (SQUARE, None, boundary(BoundaryKind.TANGENCY, period=1, seed="0.4"), "1/2", 0.25),
        (SQUARE, None, boundary(BoundaryKind.TANGENCY, period=3, seed="-0.05"), "-7/4", 0),
        (SQUARE, None, boundary(BoundaryKind.MONOTONE_END), "0", 0),
        (SQUARE, None, boundary(BoundaryKind.MONOTONE_END), "-1/10", 1.4**0.5 - 1),
        (WALLED, None, boundary(BoundaryKind.CRISIS), "6", -1 / 9),
        (WALLED.subs(z, z + 10) - 10, None, boundary(BoundaryKind.CRISIS), "6", -1 / 9),
        (WALLED, None, boundary(BoundaryKind.CRISIS), "9.000000001", 1 / 3 + 4e-9 / 27),  # f(c) is almost fixed
        (THREE, None, boundary(BoundaryKind.STABILITY), "1/20", -0.1),
        (THREE, None, boundary(BoundaryKind.FLIP), "-1/2", 0.5),
        (THREE, None, boundary(BoundaryKind.MONOTONE_END), "-1/2", 0.5),
        (LOGISTIC, (a - 1) / a, boundary(BoundaryKind.FLIP), "5/2", 0.5),
        (LOGISTIC, (a - 1) / a, boundary(BoundaryKind.MONOTONE_END), "2", 0),
        (SQUARE, None, boundary(BoundaryKind.ESCAPE), "-2", 0),
        (SQUARE, None, boundary(BoundaryKind.ESCAPE), "-2.000000001", 8e-9 / 3),
        (SQUARE, None, boundary(BoundaryKind.ESCAPE), "0", 0),  # fixed, but the only critical point
        (ODD, None, boundary(BoundaryKind.ESCAPE), "3", 0),
        (ODD, None, boundary(BoundaryKind.ESCAPE), "3.000000001", -0.75e-9),  # over the cycle of −2 and 2
        (WALLED, None, boundary(BoundaryKind.ESCAPE), "6.750000001", 4e-18 / 27),
    ],
)
def test_what_is_zero_at_a_boundary(
    expression: Any, location: Any, place: Any, parameter: str, expected: float
) -> None:
    made = witness(expression, 40, location=location)
    found = made.quantity(place, made.number(Fraction(parameter)))
    assert float(found) == pytest.approx(expected, rel=1e-6, abs=1e-15)


def test_the_least_square_may_be_the_critical_point() -> None:
    made = witness(ODD, quotient=SQUARE)
    assert made.quantity(boundary(BoundaryKind.ESCAPE), made.context.mpf(-2)) == 0


def test_without_a_reference_there_is_no_location() -> None:
    told = story(SQUARE)
    told.fixed_points = []
    assert _Witness(told, 30).location is None


def test_where_there_is_nothing_to_start_from() -> None:
    made = witness(SQUARE)
    for place in (
        boundary(BoundaryKind.FLIP, period=2),
        boundary(BoundaryKind.TANGENCY, period=None, seed="0"),
    ):
        with pytest.raises(ValueError, match=r"^no cycle to start from$"):
            made.quantity(place, made.context.mpf(-1))
    with pytest.raises(ValueError, match=r"^no fixed point and no 2-cycle near the critical orbit$"):
        made.quantity(boundary(BoundaryKind.ESCAPE), made.context.mpf(-1.9))


@pytest.mark.parametrize(
    ("expression", "ordered", "chaotic"),
    [
        (SQUARE, "-1.40115", "-1.40116"),
        (LOGISTIC, "3.56994", "3.56995"),
        (-SQUARE.subs(a, -a), "1.40115", "1.40116"),
        ((z + a) * (1 - z) ** 2 - a, "1.302", "1.31"),
        (a - (a - z) * (1 + z) ** 2, "1.302", "1.31"),  # the same, turned around
        (z**2 / 4 + 4 * a, "-1.40115", "-1.40116"),  # flat: f″ = 1/2
    ],
)
def test_sides_of_the_onset(expression: Any, ordered: str, chaotic: str) -> None:
    made = witness(expression, 50)
    assert (made.side(Fraction(ordered)), made.side(Fraction(chaotic))) == (-1, 1)


def test_an_itinerary_that_agrees_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """At −1.4 the orbit's word begins with RLRRRLRLRLRR, as the Feigenbaum word does; later they differ."""
    for symbols, side in ((12, 0), (40, -1)):
        monkeypatch.setattr(crossings, "_SYMBOLS", symbols)
        assert witness(SQUARE, 50).side(Fraction("-1.4")) == side


# -------------------------------------------------------------------------------------------------------- the answers


@pytest.mark.parametrize(
    ("expression", "place", "shifts"),
    [
        (SQUARE, boundary(BoundaryKind.FLIP, "-0.75"), [0, 9e-13, -9e-13]),
        (SQUARE, boundary(BoundaryKind.STABILITY, "0.25"), [0, 9e-13, -9e-13]),
        (SQUARE, boundary(BoundaryKind.FLIP, "-1.25", period=2, seed="0.2"), [0, 9e-13, -9e-13]),
        (SQUARE, boundary(BoundaryKind.TANGENCY, "-1.75", period=3, seed="-0.05"), [0]),
    ],
)
def test_a_number_is_seen_within_a_billionth_of_a_thousandth(expression: Any, place: Any, shifts: list[float]) -> None:
    asked: list[int] = []
    for shift, seen in [(shift, True) for shift in shifts] + [(1.1e-12, False), (-1.1e-12, False), (0.1, False)]:
        number = str(Fraction(place.decimal(50)) + Fraction(str(shift)))
        top, _, bottom = number.partition("/")
        text = str(sympy.Rational(int(top), int(bottom or 1)).evalf(40))
        moved: Any = SimpleNamespace(**vars(place) | {"decimal": lambda digits, text=text: noted(asked, digits, text)})
        assert crosses(story(expression), moved) is seen
    assert set(asked) == {50}
    assert crosses(story(expression), place, digits=40)


@pytest.mark.parametrize(
    ("low", "high", "seen"),
    [
        (-1e-9, 1e-9, True),
        (1e-9, -1e-9, True),
        (1e-9, 1e-9, False),
        (0.0, 1e-9, False),
        (1e-9, 0.0, False),
        (-1e-7, 1e-9, False),
        (-1e-9, 1e-7, False),
    ],
)
def test_a_multiplier_that_passes_one_without_a_fold(
    monkeypatch: pytest.MonkeyPatch, low: float, high: float, seen: bool
) -> None:
    monkeypatch.setattr(_Witness, "excess", lambda _, side: low if side < 1 else high)
    monkeypatch.setattr(_Witness, "quantity", None)
    assert crosses(story(SQUARE), boundary(BoundaryKind.STABILITY, "1")) is seen


def test_the_excess_is_that_of_the_multiplier_nearest_to_one() -> None:
    made = witness(SQUARE)
    placed = witness(LOGISTIC, location=(a - 1) / a)
    assert float(placed.excess(placed.context.mpf("2.5"))) == pytest.approx(-1.5)
    assert float(made.excess(made.context.mpf(0))) == pytest.approx(-1)  # of 0 and 2, the first of two
    assert float(made.excess(made.context.mpf(-2))) == pytest.approx(-3)  # of −2 and 4, the first of two
    assert float(made.excess(made.context.mpf("-0.75"))) == pytest.approx(-2)  # of −1 and 3, the first of two


def test_what_is_not_there_is_not_seen() -> None:
    assert crosses(story(SQUARE), boundary(BoundaryKind.FLIP, "-1.25", period=2)) is False
    assert crosses(story(SQUARE), boundary(BoundaryKind.STABILITY, "1")) is False  # no fixed point at all
    assert crosses(story(SQUARE), boundary(BoundaryKind.ESCAPE, "-1.9")) is False


@pytest.mark.parametrize(
    ("expression", "direction", "bracket", "seen"),
    [
        (SQUARE, -1, ("-1.41", "-1.4"), True),
        (SQUARE, 1, ("-1.41", "-1.4"), False),
        (SQUARE, -1, ("-1.41", "-1.402"), False),
        (LOGISTIC, 1, ("3.56", "3.58"), True),
        (LOGISTIC, -1, ("3.56", "3.58"), False),
        (LOGISTIC, 1, ("3.55", "3.56"), False),
    ],
)
def test_a_bracket_has_an_end_on_each_side(
    expression: Any, direction: int, bracket: tuple[str, str], seen: bool
) -> None:
    value = object.__new__(Onset)
    object.__setattr__(value, "bracket", tuple(map(Fraction, bracket)))
    place = SimpleNamespace(value=value, kind=BoundaryKind.ONSET)
    assert crosses(story(expression, direction=direction), place) is seen  # type: ignore[arg-type]  # all that is read

"""Intervals that f maps into itself, each with the reason in words, and how far an itinerary can be known."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice
from types import SimpleNamespace
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from edges import noted
from families import family_of

from symphase import kneading
from symphase.algebraic import RealAlgebraic, real_roots
from symphase.enclosures import ball_bounds, working_precision
from symphase.errors import InputError
from symphase.kneading import (
    InvariantInterval,
    Laps,
    bound_wall,
    certified_letters,
    critical_fractions,
    critical_itinerary,
    horner,
    invariant_interval,
    parameter_ball,
    read_parameter,
    seek_attracting_cycle,
)
from symphase.maps import PolynomialFamily, exact_terms

z, a = sympy.symbols("z a")
Z, A = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex").gens()
ROOT_TWO = real_roots(flint.fmpz_poly([-2, 0, 1]))[1]


SQUARE, LOGISTIC = family_of(z**2 + a), family_of(a * z * (1 - z))
WALLED = family_of(a * z * (z - 1) ** 2)  # a maximum at 1/3, value 4a/27; the bound critical point 1 goes to 0

RISES = "f rises on [s, c] and maps it into itself; "
FIXED, ATTRACTING = RISES + "c is fixed", RISES + "s is an attracting fixed point"
FALLS = "f falls on [c, f(c)] and maps it into itself, as f²(c) ≥ c"
CORE = "f maps [f²(c), f(c)] onto itself, as f³(c) ≥ f²(c)"
WALL = "f maps [p, f(c)] into itself, p = f(w) fixed for the bound critical point w"
TINY = 2.0**-20


@pytest.mark.parametrize(
    ("made", "parameter", "laps", "lower", "upper", "statement"),
    [
        (SQUARE, "-7/5", 2, -1.4, 0.56, CORE),
        (SQUARE, -2, 2, -2, 2, CORE),  # f³(c) = f²(c)
        (SQUARE, "-1/2", 1, -0.5, 0, FALLS),
        (SQUARE, -1, 1, -1, 0, FALLS),  # f²(c) = c
        (SQUARE, 0, 1, 0, TINY, FIXED),
        (SQUARE, "1/8", 1, 0, (1 - 0.5**0.5) / 2, ATTRACTING),
        (LOGISTIC, 4, 2, 0, 1, CORE),
        (LOGISTIC, "39/10", 2, 0.975 * 0.025 * 3.9, 0.975, CORE),
        (family_of(LOGISTIC.expression.subs(z, z + 10) - 10), "39/10", 2, 0.975 * 0.025 * 3.9 - 10, 0.975 - 10, CORE),
        (LOGISTIC, "5/2", 1, 0.5, 0.625, FALLS),
        (LOGISTIC, 2, 1, 0.5 - TINY, 0.5, FIXED),
        (LOGISTIC, "3/2", 1, 1 / 3, 0.5, ATTRACTING),
        (WALLED, 2, 1, 1 - 0.5**0.5, 1 / 3, ATTRACTING),
        (WALLED, 7, 3, 0, 28 / 27, WALL),
        (family_of(a * z * (2 * z - 1) ** 2), 7, 3, 0, 14 / 27, WALL),
        (family_of(WALLED.expression.subs(z, z + 10) - 10), 7, 3, -10, 28 / 27 - 10, WALL),
        (family_of(WALLED.expression.subs(z, z - a) + a), 7, 3, 7, 7 + 28 / 27, WALL),
        (WALLED, 9, 3, 0, 4 / 3, WALL),  # f²(c) = f(c)
        (family_of(-WALLED.expression.subs(z, -z)), 7, 3, -28 / 27, 0, WALL),  # the same, turned around
    ],
)
def test_an_interval_and_why_it_is_invariant(
    made: PolynomialFamily, parameter: Any, laps: int, lower: float, upper: float, statement: str
) -> None:
    found = invariant_interval(made, parameter)
    assert isinstance(found, InvariantInterval)
    assert (found.laps, found.statement) == (laps, statement)
    for (low, high), expected in ((found.lower, lower), (found.upper, upper)):
        assert high - low < Fraction(1, 10**20)
        assert float(low) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("made", "parameter", "said"),
    [
        (SQUARE, -3, "the core [f²(c), f(c)] is not proved to be invariant"),
        (SQUARE, 1, "f(c) < c, and no attracting fixed point was found"),
        (family_of(z**2 + a), ROOT_TWO, "f(c) < c, and the parameter is not rational"),
        (family_of(z**2 + a**2 - 2), ROOT_TWO, "f(c) is too close to c"),
        (family_of(z**2 - a**2), ROOT_TWO, "the core [f²(c), f(c)] is not proved to be invariant"),
        (
            family_of(a * z**2 * (1 - z)),
            2,
            "f(c) < c, and f is not proved to rise between the attracting fixed point and c",
        ),
        (family_of(a * z * (z - 1) ** 3), -10, "the core [f²(c), f(c)] may hold another critical point"),
        (WALLED, "27/4", "f(c) is too close to the bound critical point"),
        (family_of(a * z * (z - 3) ** 2), "3/4", "f(c) is too close to the bound critical point"),  # exactly on it
        (family_of(2**20 * z**2 + a), 0, "f(c) = c, and f is not proved to rise beside c"),  # 2⁻²⁰ is fixed, too
        (family_of(a * z**2 * (1 - z)), "27/4", "f(c) is too close to the bound critical point"),
        (family_of(a * z**3 * (z - 1) ** 2), 30, "another critical point lies between the fixed end and f(c)"),
        (WALLED, 27, "f(f(c)) ≤ f(c) is not proved: orbits may leave"),
    ],
)
def test_why_there_is_no_interval(made: PolynomialFamily, parameter: Any, said: str) -> None:
    assert invariant_interval(made, parameter) == said


def test_a_core_around_an_attracting_cycle_of_an_algebraic_parameter() -> None:
    found = invariant_interval(SQUARE, real_roots(flint.fmpz_poly([-2, 0, 1]))[0])  # −√2
    assert isinstance(found, InvariantInterval)
    assert float(found.lower[0]) == pytest.approx(-(2**0.5))
    assert found._line() == "-1.41421356… to 0.58578644…, 2 laps [certified]"
    (low, high) = found.lower
    assert high - low < Fraction(1, 2**200)


def test_a_superstable_point_beside_which_f_is_not_seen_to_rise() -> None:
    """Another critical point, a bound one, is closer than the interval that is looked at."""
    near = sympy.Rational(1, 2**22)
    steep = family_of(a * z**2 * (3 * near - 2 * z) / near**2 / 2)  # critical at 0, fixed, and at 2⁻²², there a/2·2⁻²²
    assert invariant_interval(steep, 2) == "f(c) = c, and f is not proved to rise beside c"


def test_more_bits_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    for answers, expected in ((["no", "still no"], "still no"), ([7], 7)):
        asked.clear()
        left = iter(answers)
        monkeypatch.setattr(Laps, "interval", lambda _, bits, left=left: noted(asked, bits, next(left)))
        assert invariant_interval(SQUARE, -1) == expected
        assert asked == [256, 2048][: len(answers)]


# --------------------------------------------------------------------------------------------------------- the pieces


def test_parameters_are_exact() -> None:
    half = read_parameter(RealAlgebraic.rational(Fraction(1, 2)))
    assert (half, type(half)) == (Fraction(1, 2), Fraction)
    assert read_parameter(ROOT_TWO) is ROOT_TWO
    assert read_parameter("1.25") == Fraction(5, 4)
    with pytest.raises(InputError, match=r"^parameter = x"):
        read_parameter("x")
    with working_precision(300):
        assert ball_bounds(parameter_ball(Fraction(1, 2), 10)) == (Fraction(1, 2), Fraction(1, 2))
        low, high = ball_bounds(parameter_ball(ROOT_TWO, 100))
    assert low**2 < 2 < high**2
    assert Fraction(1, 2**200) < high - low < Fraction(1, 2**95)


def test_where_floats_do_not_reach_no_cycle_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    for error in (OverflowError, np.linalg.LinAlgError):

        def fail(*given: Any, error: type[Exception] = error, **named: Any) -> None:
            asked.append((given, named))
            raise error

        monkeypatch.setattr(kneading, "find_attracting_cycle", fail)
        assert seek_attracting_cycle(SQUARE, Fraction(3)) is None
    assert asked == [((SQUARE, Fraction(3)), {"max_period": 64})] * 2
    monkeypatch.setattr(kneading, "find_attracting_cycle", lambda *given, **named: (given, named))
    found: Any = seek_attracting_cycle(SQUARE, Fraction(3), max_period=5)
    assert found == ((SQUARE, Fraction(3)), {"max_period": 5})


def test_a_root_as_a_fraction_of_polynomials() -> None:
    for factor, top, bottom in (
        (A * Z - 2 * A**2 + 1, [-1, 0, 2], [0, 1]),
        (3 * Z, [0], [3]),
        (Z + A / 2, [0, Fraction(-1, 2)], [1]),
    ):
        assert list(critical_fractions(factor)) == [top, bottom]
    assert horner([1, 2, 3], 10) == 321
    assert horner([7], 10) == 7


@pytest.mark.parametrize(
    ("expression", "wall"),
    [
        (WALLED.expression, {(1, 0): 1, (0, 0): -1}),
        (SQUARE.expression, None),
        (a * z * (z - 1) ** 3, None),  # an inflection
        (a * z * (z - 1) ** 2 * (z - 2) ** 2, None),  # two
        (a * z * (z**2 - 2) ** 2, None),  # two of one polynomial
        (z * (z - 1) * (sympy.Rational(1, 2) - sympy.Rational(3, 4) * (z - 2) + a * (z - 2) ** 2), None),  # 2 → 1 → 0
        (a * z**4 * (z - 1) ** 3, {(1, 0): 1}),
    ],
)
def test_the_bound_critical_point_that_ends_a_lap(expression: Any, wall: Any) -> None:
    found = bound_wall(family_of(expression))
    assert (None if found is None else exact_terms(found)) == wall


def test_walls_at_a_parameter() -> None:
    shifted = family_of((a * (z - a) * (z - a - 1) ** 2 + a).subs(a, a))  # everything moved by a
    laps = Laps(shifted, Fraction(7))
    wall: Any = laps.wall(flint.arb(7))
    assert wall == 8
    assert wall.is_exact()
    assert Laps(SQUARE, Fraction(-1)).wall(flint.arb(-1)) is None
    assert Laps(family_of(z * (a * z - 1) ** 2), Fraction(4)).wall(flint.arb(4)) == flint.arb(1) / 4


def test_images_in_fractions() -> None:
    laps = Laps(SQUARE, Fraction(-1, 2))
    assert [laps.exact_image(steps) for steps in range(4)] == [0, Fraction(-1, 2), Fraction(-1, 4), Fraction(-7, 16)]
    assert laps.exact_image(12) is not None
    assert laps.exact_image(13) is None
    assert Laps(SQUARE, ROOT_TWO).exact_image(1) is None


def test_the_side_of_the_maximum_is_that_of_the_parameter() -> None:
    turning = family_of(a * z**2 + 1)
    assert (Laps(turning, Fraction(1)).sign, Laps(turning, Fraction(-1)).sign) == (-1, 1)
    assert Laps(turning, ROOT_TWO).sign == -1
    assert Laps(turning, real_roots(flint.fmpz_poly([-2, 0, 1]))[0]).sign == 1


# ------------------------------------------------------------------------------------------------------------- letters


@pytest.mark.parametrize(
    ("made", "parameter", "count", "laps", "letters"),
    [
        (SQUARE, Fraction(-2), 5, 2, "RLLLL"),
        (SQUARE, Fraction(-1), 5, 2, "R"),
        (SQUARE, Fraction(0), 5, 2, ""),
        (LOGISTIC, Fraction(4), 3, 2, "RLL"),
        (WALLED, Fraction(7), 3, 3, "200"),
        (WALLED, Fraction(27, 4), 3, 3, ""),
        (WALLED, Fraction(27, 4), 3, 2, "RLL"),
        (WALLED, Fraction(5), 2, 3, "10"),
        (family_of(a * z * (z - 3) ** 2), Fraction(3, 4), 3, 3, ""),
        (family_of(WALLED.expression.subs(z, z - a) + a), Fraction(7), 3, 3, "200"),
        (family_of(WALLED.expression.subs(z, z + 10) - 10), Fraction(5), 2, 3, "10"),
    ],
)
def test_letters_at_one_precision(
    made: PolynomialFamily, parameter: Fraction, count: int, laps: int, letters: str
) -> None:
    assert Laps(made, parameter).letters(count, laps, 128) == letters


def test_letters_at_an_algebraic_parameter() -> None:
    assert Laps(SQUARE, real_roots(flint.fmpz_poly([-2, 0, 1]))[0]).letters(3, 2, 128) == "RLR"


def test_nothing_but_a_fixed_point_is_sought_below_the_critical_point(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(kneading, "seek_attracting_cycle", lambda *given, **named: noted(asked, (given, named), None))
    assert invariant_interval(SQUARE, "1/8") == "f(c) < c, and no attracting fixed point was found"
    assert asked == 2 * [((SQUARE, Fraction(1, 8)), {"max_period": 1})]


def test_letters_stop_where_a_ball_straddles_the_critical_point() -> None:
    laps = Laps(SQUARE, Fraction(-3, 2))
    known = [len(laps.letters(200, 2, bits)) for bits in (32, 64, 128)]
    assert 0 < known[0] < known[1] < known[2] <= 200


def test_itineraries_are_asked_for_with_a_count() -> None:
    for count in (0, 2**20 + 1, True, 1.0):
        said = f"count = {count}: must be an integer from 1 to 1048576; give a whole number"
        with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
            critical_itinerary(SQUARE, -2, count)  # type: ignore[arg-type]  # the point of the test
    assert critical_itinerary(SQUARE, -2, 1) == "R"
    assert critical_itinerary(WALLED, 7, 3) == "200"
    assert critical_itinerary(WALLED, 5, 3) == "RLR"  # two laps: the wall is out of reach
    assert critical_itinerary(SQUARE, -1, 5) == "R"
    assert critical_itinerary(SQUARE, -3, 5) == "RLLLL"  # without an interval: as with two laps
    long = critical_itinerary(SQUARE, "-3/2", 300)
    assert len(long) == 300


def _laps(known: list[str], parameter: Any, returns: Any = None) -> Any:
    left = iter(known)
    bits: list[int] = []
    return SimpleNamespace(
        letters=lambda count, number, precision: noted(bits, (count, number, precision), next(left)),
        parameter=parameter,
        orbit=SimpleNamespace(returns=returns),
        asked=bits,
    )


def test_precision_is_doubled_until_all_is_known() -> None:
    laps = _laps(["R", "RL", "RLR", "none"], Fraction(1))
    assert list(certified_letters(laps, 3, 2)) == ["R", "RL", "RLR"]
    assert laps.asked == [(3, 2, 128), (3, 2, 256), (3, 2, 512)]
    laps = _laps(["R"] * 9, ROOT_TWO)
    assert list(certified_letters(laps, 3, 3)) == ["R"] * 8
    assert [bits for _, _, bits in laps.asked] == [2**k for k in range(7, 15)]


def test_an_orbit_that_returns_to_the_critical_point_ends() -> None:
    asked: list[Any] = []
    laps = _laps(["R", "RL", "RL", "RL"], Fraction(1), lambda exact, steps: noted(asked, (exact, steps), True))
    assert list(certified_letters(laps, 5, 2)) == ["R", "RL", "RL"]
    assert asked == [(Fraction(1), 3)]
    laps = _laps(["RL"] * 9, Fraction(1), lambda *_: False)
    assert len(list(certified_letters(laps, 5, 2))) == 8
    laps = _laps(["", ""], Fraction(1), lambda _, steps: steps == 1)
    assert list(islice(certified_letters(laps, 5, 2), 3)) == ["", ""]

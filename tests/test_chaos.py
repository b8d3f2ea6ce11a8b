"""Chaos and attracting cycles at one parameter: kneading against exact roots, windows that must not be called chaotic.

Also: invariant intervals, algebraic landings, Feigenbaum's constants against their published digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase.algebraic import RealAlgebraic
from symphase.chaos import attracting_cycle_verdict, prove_chaos, real_cycles_by_roots
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.kneading import critical_itinerary, invariant_interval
from symphase.landings import (
    algebraic_landing,
    band_merging_parameters,
    feigenbaum_constants,
    interior_crises,
)
from symphase.maps import PolynomialFamily
from symphase.onset import Onset, enclose_onset

# Briggs, "A precise calculation of the Feigenbaum constants", Math. Comp. 57 (1991) 435-439
DELTA = Fraction("4.669201609102990671853203820466201617258")
ALPHA = Fraction("-2.502907875095892822283902873218215786381")
# Borwein and Bailey, "Mathematics by Experiment", 2004: the third bifurcation and onset constants of the logistic map
ONSET = Fraction("3.5699456718709449018420051513864989367638")

_x, _r = sympy.symbols("x r")
Family = Callable[[], PolynomialFamily]


@lru_cache(maxsize=4)
def onset(name: str, doublings: int = 12) -> Onset:
    make, first, second, end = {
        "residual": (residual, 0.5, 3 * 2**0.5 / 2 - 1, 2.0),
        "logistic": (logistic, 2.0, 1 + 5**0.5, 4.0),
        "quadratic": (quadratic, 0.0, -1.0, -2.0),
    }[name]
    found = enclose_onset(
        make(), first_superstable=first, second_superstable=second, chaotic_end=end, doublings=doublings
    )
    assert isinstance(found, Onset)
    return found


# ------------------------------------------------------------------------------------------------ positive entropy


@pytest.mark.parametrize(
    ("make", "parameter", "period"),
    [
        (logistic, "3.83", 3),  # inside the window of period 3
        (logistic, "3.7", 9),
        (logistic, "3.9", 3),
        (logistic, 4, 3),
        (quadratic, -2, 3),
        (residual, "1.31", 12),
        (residual, "1.303", 56),
        (residual, "1.7", 3),
        (residual, "1.999", 3),
        (residual, 2, 3),
        (odd_cubic, "2.9", 3),
        (odd_cubic, 3, 3),
    ],
)
def test_a_cycle_that_is_no_power_of_two_proves_chaos(make: Family, parameter: object, period: int) -> None:
    family = make()
    found = prove_chaos(family, parameter)
    assert found.verdict is Verdict.PROVED
    assert found.cycle is not None
    assert found.interval is not None
    assert found.cycle.period == period
    acting = family.odd_quotient() if make is odd_cubic else family
    assert acting is not None
    assert _closes_up(acting, found.parameter, [(low + high) / 2 for low, high in found.cycle.points])
    for low, high in found.cycle.points:
        assert found.interval.lower[0] <= high
        assert low <= found.interval.upper[1]


def _closes_up(family: PolynomialFamily, parameter: Fraction, points: list[Fraction]) -> bool:
    """In exact rationals: each point goes to the next one, and no two points are close."""
    coefficients: tuple[Fraction, ...] = family.at(parameter)
    images = [sum((c * z**k for k, c in enumerate(coefficients)), Fraction(0)) for z in points]
    close = all(abs(image - z) < Fraction(1, 10**9) for image, z in zip(images, points[1:] + points[:1], strict=True))
    return close and len({round(z * 10**7) for z in points}) == len(points)


@pytest.mark.parametrize(
    ("make", "parameter"),
    [
        (logistic, "1.5"),
        (logistic, "2.5"),
        (logistic, "3.5"),
        (logistic, "3.5699456"),
        (quadratic, -1),
        (quadratic, 0),
        (residual, "1.3"),
        (residual, Fraction(1, 2)),
        (odd_cubic, "2.3"),
    ],
)
def test_zero_entropy_is_proved_as_such(make: Family, parameter: object) -> None:
    found = prove_chaos(make(), parameter)
    assert found.verdict is Verdict.REFUTED
    assert found.cycle is None
    assert found.interval is not None


def test_the_verdict_changes_at_the_published_onset() -> None:
    step = Fraction(1, 10**8)
    assert prove_chaos(logistic(), ONSET - step).verdict is Verdict.REFUTED
    assert prove_chaos(logistic(), ONSET + step).verdict is Verdict.PROVED
    assert prove_chaos(logistic(), ONSET + step / 10**6, max_symbols=256).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(("make", "parameter"), [(logistic, 5), (residual, "2.1"), (quadratic, "-2.01")])
def test_without_an_invariant_interval_nothing_is_claimed(make: Family, parameter: object) -> None:
    found = prove_chaos(make(), parameter)
    assert found.verdict is Verdict.UNDECIDED
    assert "no invariant interval" in found.statement


def test_several_free_critical_points_are_served_by_exact_roots() -> None:
    family = PolynomialFamily(_x**3 - 3 * _x + _r, variable=_x, parameter=_r)
    found = prove_chaos(family, Fraction(1, 10))
    assert found.verdict is Verdict.UNDECIDED  # the critical values leave
    inside = PolynomialFamily(sympy.expand(_r * (4 * _x**3 - 3 * _x) + _r / 50), variable=_x, parameter=_r)
    found = prove_chaos(inside, Fraction(19, 20))
    assert found.verdict is Verdict.PROVED
    assert found.cycle is not None
    assert found.cycle.period == 3
    assert _closes_up(inside, found.parameter, [(low + high) / 2 for low, high in found.cycle.points])


# ---------------------------------------------------------------------------------------------- attracting cycles


def test_a_window_is_never_called_free_of_attracting_cycles() -> None:
    rng = random.Random(4)
    birth = Fraction(RealAlgebraic([-7, -2, 1], Fraction(3), Fraction(4)).decimal(20))  # 1 + 2√2
    for _ in range(25):
        parameter = birth + Fraction(rng.randint(1, 10**6), 10**6) * Fraction("0.0129")
        found = attracting_cycle_verdict(logistic(), parameter, 12)
        assert found.verdict is not Verdict.REFUTED, parameter
        if found.verdict is Verdict.PROVED:
            assert found.cycle is not None
            assert found.cycle.period % 3 == 0
    assert attracting_cycle_verdict(logistic(), "3.83", 12).verdict is Verdict.PROVED
    assert attracting_cycle_verdict(logistic(), "3.83", 2).verdict is Verdict.REFUTED  # none of period ≤ 2


@pytest.mark.parametrize("make", [logistic, residual])
def test_kneading_and_exact_roots_agree_on_what_attracts(make: Family) -> None:
    """Random parameters: every cycle of period ≤ 4 from exact roots, against a verdict that looks at no roots."""
    rng = random.Random(7)
    family = make()
    low, high = (Fraction(2), Fraction(4)) if make is logistic else (Fraction(1, 2), Fraction(2))
    seen = set()
    for _ in range(30):
        parameter = low + (high - low) * Fraction(rng.randint(1, 9999), 10**4)
        listed = [real_cycles_by_roots(family, parameter, n) for n in (1, 2, 3, 4)]
        assert None not in listed
        attracting = [c.period for found in listed for c in found or () if c.is_attracting is Verdict.PROVED]
        verdict = attracting_cycle_verdict(family, parameter, 4)
        if attracting:
            assert verdict.verdict is Verdict.PROVED
            assert verdict.cycle is not None
            assert [verdict.cycle.period] == attracting
        else:
            assert verdict.verdict is not Verdict.PROVED
        seen.add(verdict.verdict)
    assert seen >= {Verdict.PROVED, Verdict.REFUTED}


@pytest.mark.parametrize(
    ("make", "parameter", "statement"),
    [
        (logistic, "3.9", "no period up to 300 fits"),
        (residual, "1.9", "no period up to 300 fits"),
        (residual, 2, "lands exactly on a repelling cycle"),
        (quadratic, -2, "lands exactly on a repelling cycle"),
        (logistic, 5, "escapes"),
        (residual, "2.1", "escapes"),
    ],
)
def test_no_attracting_cycle(make: Family, parameter: object, statement: str) -> None:
    found = attracting_cycle_verdict(make(), parameter, 300)
    assert found.verdict is Verdict.REFUTED
    assert statement in found.statement
    assert found.max_period == 300


def test_close_to_the_onset_periods_stay_open() -> None:
    found = attracting_cycle_verdict(quadratic(), "-1.40115518909205060052382678789", 1024)
    assert found.verdict is Verdict.REFUTED or "neither found nor excluded" in found.statement
    assert attracting_cycle_verdict(quadratic(), "-1.4", 64).verdict is Verdict.PROVED


def test_superstable_and_doubled_cycles() -> None:
    for parameter, period in ((0, 1), (-1, 2), ("-1.31", 4), ("-1.38", 8)):
        found = attracting_cycle_verdict(quadratic(), parameter, 16)
        assert found.verdict is Verdict.PROVED
        assert found.cycle is not None
        assert found.cycle.period == period
    assert attracting_cycle_verdict(quadratic(), "-1.38", 4).verdict is not Verdict.PROVED


def test_at_a_bifurcation_nothing_is_claimed() -> None:
    assert attracting_cycle_verdict(logistic(), 3, 4).verdict is Verdict.UNDECIDED  # the fixed point is neutral
    listed = real_cycles_by_roots(logistic(), Fraction(3), 1)
    assert listed is not None
    assert [cycle.is_attracting for cycle in listed] == [Verdict.REFUTED, Verdict.UNDECIDED]
    assert real_cycles_by_roots(quadratic(), Fraction(1, 4), 1) is None  # a double root


@pytest.mark.parametrize("period", [0, 1025, True, 2.0])
def test_periods_out_of_range(period: object) -> None:
    with pytest.raises(InputError, match="max_period"):
        attracting_cycle_verdict(logistic(), 4, period)  # type: ignore[arg-type]  # the wrong type is the point


def test_bad_symbols() -> None:
    with pytest.raises(InputError, match="max_symbols"):
        prove_chaos(logistic(), 4, max_symbols=0)
    with pytest.raises(InputError, match="parameter"):
        prove_chaos(logistic(), "r")


# ------------------------------------------------------------------------------------- invariant intervals, letters


@pytest.mark.parametrize(
    ("make", "parameter", "laps", "ends"),
    [
        (logistic, "1.5", 1, (Fraction(1, 3), Fraction(1, 2))),
        (logistic, 4, 2, (Fraction(0), Fraction(1))),
        (quadratic, "-1.5", 2, (Fraction("-1.5"), Fraction("0.75"))),
        (residual, 2, 3, (Fraction(-2), Fraction(2))),
        (residual, "1.5", 2, None),
        (residual, "1.6", 3, (Fraction("-1.6"), Fraction(4 * 13**3, 27 * 125) - Fraction("1.6"))),
    ],
)
def test_intervals(make: Family, parameter: object, laps: int, ends: tuple[Fraction, Fraction] | None) -> None:
    found = invariant_interval(make(), parameter)
    assert not isinstance(found, str)
    assert found.laps == laps
    if ends is not None:
        for (low, high), exact in zip((found.lower, found.upper), ends, strict=True):
            assert low <= exact <= high
            assert high - low < Fraction(1, 10**15)
    coefficients: tuple[Fraction, ...] = make().at(Fraction(str(parameter)))
    slack = Fraction(1, 10**12)
    for k in range(401):  # a grid of exact points stays inside
        z = found.lower[0] + (found.upper[1] - found.lower[0]) * k / 400
        image = sum((c * z**j for j, c in enumerate(coefficients)), Fraction(0))
        assert found.lower[0] - slack <= image <= found.upper[1] + slack


def test_letters_are_those_of_a_long_decimal_orbit() -> None:
    context = mpmath.MPContext()
    context.dps = 120
    a = context.mpf(19) / 10
    c = (1 - 2 * a) / 3
    z, expected = c, ""
    for _ in range(150):
        z = z**3 + (a - 2) * z**2 + (1 - 2 * a) * z
        expected += "0" if z < c else ("1" if z < 1 else "2")
    assert critical_itinerary(residual(), "1.9", 150) == expected
    assert set(expected) == {"0", "1", "2"}


def test_letters_end_where_the_orbit_returns_to_the_critical_point() -> None:
    assert critical_itinerary(quadratic(), -1, 20) == "R"
    assert critical_itinerary(quadratic(), -2, 20) == "R" + "L" * 19
    with pytest.raises(InputError, match="count"):
        critical_itinerary(quadratic(), -2, 0)


# --------------------------------------------------------------------------------------------- algebraic parameters


def _orbit_at(family: PolynomialFamily, number: RealAlgebraic, steps: int, digits: int = 60) -> list[mpmath.mpf]:
    """The critical orbit at an algebraic parameter, by mpmath on the family's SymPy expression."""
    context = mpmath.MPContext()
    context.dps = digits
    a = context.mpf(number.decimal(digits))
    rows = [[context.mpf(v.numerator) / v.denominator for v in row] for row in family.rows]
    f = [context.polyval(row[::-1], a) for row in rows]
    slope = [k * v for k, v in enumerate(f)][1:]
    places = sorted(z.real for z in context.polyroots(slope[::-1], extraprec=200) if abs(z.imag) < 1e-20)
    z = places[0]  # the free one: the other is the larger
    orbit = [z]
    for _ in range(steps):
        orbit.append(context.polyval(f[::-1], orbit[-1]))
    return orbit


@pytest.mark.parametrize(
    ("name", "make", "degrees"),
    [("residual", residual, (17, 322)), ("logistic", logistic, (3, 30)), ("quadratic", quadratic, (3, 15))],
)
def test_band_mergings_are_algebraic_numbers(name: str, make: Family, degrees: tuple[int, int]) -> None:
    found = band_merging_parameters(make(), onset(name))
    assert [merging.bands for merging in found[:5]] == [1, 2, 4, 8, 16]
    assert [merging.certainty for merging in found[:3]] == [Certainty.EXACT, Certainty.EXACT, Certainty.CERTIFIED]
    for merging, degree in zip(found, degrees, strict=False):
        assert merging.value is not None
        assert merging.value.degree == degree
        low, high = merging.parameter
        assert low < merging.value < high
        orbit = _orbit_at(make(), merging.value, 4 * merging.bands)
        tiny = mpmath.mpf(10) ** -40
        assert abs(orbit[3 * merging.bands] - orbit[4 * merging.bands]) < tiny
        assert abs(orbit[2 * merging.bands] - orbit[3 * merging.bands]) > mpmath.mpf("0.01")  # and not earlier


def test_the_logistic_merging_of_two_bands_is_the_textbook_cubic() -> None:
    value = band_merging_parameters(logistic(), onset("logistic"))[0].value
    assert value is not None
    assert value.coefficients == (-8, -4, -2, 1)  # r³ − 2r² − 4r − 8 = 0: 3.6785735…
    radicals = sympy.Rational(2, 3) * (1 + sympy.cbrt(19 + 3 * sympy.sqrt(33)) + sympy.cbrt(19 - 3 * sympy.sqrt(33)))
    assert abs(sympy.N(radicals, 30) - sympy.Float(value.decimal(28), 30)) < sympy.Float(10) ** -25


def test_landings_of_other_kinds() -> None:
    within = Fraction(-9, 5), Fraction(-17, 10)
    superstable = algebraic_landing(quadratic(), 0, 3, within)
    assert superstable is not None
    assert superstable.coefficients == (1, 1, 2, 1)
    # the window of period 3 closes where f⁴(c) lands on the 3-cycle that was born with it
    crisis = algebraic_landing(quadratic(), 4, 3, (Fraction("-1.7904"), Fraction("-1.7902")))
    assert crisis is not None
    orbit = _orbit_at(quadratic(), crisis, 7)
    assert abs(orbit[4] - orbit[7]) < mpmath.mpf(10) ** -40
    assert crisis.decimal(10) == "-1.7903274920"
    assert algebraic_landing(quadratic(), 0, 4, (Fraction(-2), Fraction("-1.3"))) is None  # several roots
    assert algebraic_landing(residual(), 9, 4, (Fraction(1), Fraction(2))) is None  # beyond the degree


def test_interior_crises() -> None:
    found = interior_crises(residual())
    assert len(found) == 2
    assert sympy.simplify(found[1].radicals() - (3 * sympy.sqrt(3) / 2 - 1)) == 0
    assert interior_crises(logistic()) == ()


# --------------------------------------------------------------------------------------------- Feigenbaum's constants


@pytest.mark.parametrize("name", ["residual", "logistic", "quadratic"])
def test_feigenbaum_constants_lie_within_their_error(name: str) -> None:
    found = feigenbaum_constants(onset(name))
    for number, published in ((found.delta, DELTA), (found.alpha, ALPHA)):
        assert number.certainty is Certainty.NUMERICAL
        assert number.error < Fraction(1, 10**8)
        digits = len(number.value.partition(".")[2])
        assert digits >= 7
        assert abs(Fraction(number.value) - published) < number.error + Fraction(1, 2 * 10**digits)
        assert number.error < Fraction(1, 2 * 10**digits)


def test_errors_are_honest_at_every_length() -> None:
    for doublings in (8, 9, 10, 11):
        found = feigenbaum_constants(onset("residual", doublings))
        for number, published in ((found.delta, DELTA), (found.alpha, ALPHA)):
            digits = len(number.value.partition(".")[2])
            assert digits >= 3
            assert abs(Fraction(number.value) - published) < Fraction(1, 10**digits)
    with pytest.raises(InputError, match="doublings"):
        feigenbaum_constants(onset("residual", 5))


@pytest.mark.parametrize("wrong", [None, 3, "x"])
def test_what_is_no_family_is_named(wrong: Any) -> None:
    within = (Fraction(-1), Fraction(1))
    for ask in (
        lambda: prove_chaos(wrong, 1),
        lambda: attracting_cycle_verdict(wrong, 1),
        lambda: real_cycles_by_roots(wrong, Fraction(1), 1),
        lambda: invariant_interval(wrong, 1),
        lambda: critical_itinerary(wrong, 1, 3),
        lambda: algebraic_landing(wrong, 0, 1, within),
        lambda: interior_crises(wrong),
    ):
        with pytest.raises(InputError, match="family"):
            ask()
    with pytest.raises(InputError, match="onset"):
        feigenbaum_constants(wrong)


def test_landings_of_no_kind() -> None:
    within = (Fraction(-16, 10), Fraction(-3, 2))
    for preperiod, period, bounds, name in (
        (-1, 1, within, "preperiod"),
        (10**12, 1, within, "preperiod"),
        (3, 0, within, "period"),
        (3, 1, within[::-1], "within"),
        (3, 1, (float("nan"), 1), "within"),
        (3, 1, None, "within"),
    ):
        with pytest.raises(InputError, match=name):
            algebraic_landing(quadratic(), preperiod, period, bounds)  # type: ignore[arg-type]  # the point of it


def test_a_superstable_parameter_of_a_smaller_period_is_not_returned() -> None:
    # f²(c) = c at c = 0, too, where the period is 1
    assert algebraic_landing(quadratic(), 0, 2, (Fraction(-1, 2), Fraction(1, 2))) is None
    assert algebraic_landing(quadratic(), 0, 2, (Fraction(-3, 2), Fraction(1, 2))) == -1


def test_coefficients_beyond_floats_leave_things_undecided() -> None:
    x, c = sympy.symbols("x c")
    family = PolynomialFamily(10**400 * x**2 + c, variable=x, parameter=c)
    assert prove_chaos(family, Fraction(1, 2)).verdict is Verdict.UNDECIDED
    assert attracting_cycle_verdict(family, 0).verdict is Verdict.UNDECIDED
    assert real_cycles_by_roots(family, Fraction(0), 1) is None

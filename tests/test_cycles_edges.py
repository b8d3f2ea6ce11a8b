"""Certified cycles word for word, the limits of what is looked at, and the pieces of the search by themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from edges import noted, table

from symphase import cycles as module
from symphase.cycles import (
    CertifiedBifurcation,
    CertifiedCycle,
    _certify_return,
    _certify_tail,
    _critical_cycle,
    _derived,
    _guard,
    _horner,
    _points,
    bounded_rational,
    certified_flips,
    certify_bifurcation,
    certify_cycle,
    find_attracting_cycle,
    follow_multiplier,
    nested,
)
from symphase.display import bounds_text, level_html
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.lyapunov import lyapunov_exponent
from symphase.maps import PolynomialFamily
from symphase.seeds import cycle_seeds

z, a = sympy.symbols("z a")
SQUARE = PolynomialFamily(z**2 + a, variable=z, parameter=a)
RESIDUAL = PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
LONG = PolynomialFamily(a**2 * z**3 - 2 * a * z**2 + (1 - a**3) * z + a, variable=z, parameter=a)
HALF, THIRD = (Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 3), Fraction(1, 3))


def said(text: str) -> str:
    return f"^{re.escape(text)}$"


def cycle(lower: Fraction | int, upper: Fraction | int) -> CertifiedCycle:
    return CertifiedCycle(
        parameter=Fraction(-5, 4),
        period=2,
        points=(HALF, THIRD),
        multiplier=(Fraction(lower), Fraction(upper)),
        bits=64,
    )


FLIP = CertifiedBifurcation(
    parameter=(Fraction(-5, 4), Fraction(-5, 4)),
    period=2,
    multiplier=Fraction(-1),
    points=(HALF, THIRD),
    bits=64,
    transversality=(Fraction(3, 4), Fraction(3, 4)),
    flip_coefficient=(Fraction(-3), Fraction(-2)),
)


def test_a_cycle_in_words() -> None:
    found = cycle(Fraction(1, 8), Fraction(1, 8))
    assert found._line() == "period 2 at -1.25, multiplier 0.125 [certified]"
    assert table(found._repr_html_()) == (
        "One cycle, proved to be the only one in its box",
        {
            "period": "2",
            "parameter": "-1.25",
            "multiplier": "0.125",
            "smallest point": "1/3",
            "certainty": level_html(Certainty.CERTIFIED),
        },
    )


def test_a_bifurcation_in_words() -> None:
    assert FLIP._line() == "period 2 has multiplier -1 at -1.25 [certified]"
    assert table(FLIP._repr_html_()) == (
        "One cycle and parameter, proved to be the only one in its box",
        {
            "period": "2",
            "multiplier": "-1",
            "parameter": "-1.25",
            "transversality": "0.75",
            "flip_coefficient": "(-3, -2)",
            "certainty": level_html(Certainty.CERTIFIED),
        },
    )


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (Fraction(-1, 2), Fraction(1, 2), Verdict.PROVED),
        (-1, Fraction(1, 2), Verdict.UNDECIDED),
        (Fraction(-1, 2), 1, Verdict.UNDECIDED),
        (1, 2, Verdict.UNDECIDED),
        (-2, -1, Verdict.UNDECIDED),
        (Fraction(3, 2), 2, Verdict.REFUTED),
        (-2, Fraction(-3, 2), Verdict.REFUTED),
        (-2, 2, Verdict.UNDECIDED),
    ],
)
def test_attracting_is_said_where_the_bounds_say_it(
    lower: Fraction | int, upper: Fraction | int, verdict: Verdict
) -> None:
    assert cycle(lower, upper).is_attracting is verdict


def test_conditions_and_what_follows_from_them() -> None:
    assert FLIP.conditions == {"transversality": FLIP.transversality, "flip_coefficient": FLIP.flip_coefficient}
    assert (FLIP.is_nondegenerate, FLIP.criticality) == (Verdict.PROVED, "supercritical")
    fold = replace(FLIP, transversality=None, flip_coefficient=None, second_derivative=HALF, parameter_derivative=THIRD)
    assert fold.conditions == {"second_derivative": HALF, "parameter_derivative": THIRD}
    assert (fold.is_nondegenerate, fold.criticality) == (Verdict.PROVED, None)
    bare = replace(FLIP, transversality=None, flip_coefficient=None)
    assert (bare.conditions, bare.is_nondegenerate) == ({}, Verdict.UNDECIDED)
    for bounds, criticality in (((-1, 0), None), ((0, 1), None), ((-1, 1), None), ((1, 2), "subcritical")):
        at = replace(FLIP, flip_coefficient=(Fraction(bounds[0]), Fraction(bounds[1])))
        assert at.criticality == criticality
        assert (at.is_nondegenerate is Verdict.PROVED) is (criticality is not None)


# --------------------------------------------------------------------------------------------------------------- digits


@pytest.mark.parametrize("digits", [-1, 100_001, True, 1.0, "3"])
def test_digits_out_of_range(digits: Any) -> None:
    wanted = f"digits = {digits}: must be an integer from 0 to 100000; give a whole number"
    with pytest.raises(InputError, match=said(wanted)):
        FLIP.decimal(digits)


def test_a_record_without_a_family_cannot_be_refined() -> None:
    with pytest.raises(InputError, match=said("family = None: must be known; give the record its family")):
        FLIP.refined(64)


def test_precision_follows_the_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    wide = replace(FLIP, parameter=(Fraction(-2), Fraction(-1)))
    monkeypatch.setattr(CertifiedBifurcation, "refined", lambda self, bits: noted(asked, bits, self))
    assert wide.decimal(30) is None
    assert asked == [164, 292]
    asked.clear()
    assert wide.decimal() is None
    assert asked == [130, 258]
    monkeypatch.setattr(CertifiedBifurcation, "refined", lambda _, bits: asked.append(bits))
    assert wide.decimal(0) is None
    assert FLIP.decimal(0) == "-1"
    assert FLIP.decimal(100_000)


def test_a_finer_box_is_nested_in_the_first() -> None:
    first = certify_bifurcation(SQUARE, -1.25, [-1.2, 0.2], -1, bits=64)
    assert first is not None
    finer = first.refined(300)
    assert finer is not None
    assert first.parameter[0] <= finer.parameter[0] <= Fraction(-5, 4) <= finer.parameter[1] <= first.parameter[1]
    assert finer.bits == 300
    beside = replace(first, parameter=(Fraction(-1), first.parameter[1]))  # empty: nothing lies in it
    assert beside.refined(128) is None
    aside = replace(first, points=(first.points[0], (first.points[1][0], first.points[1][0])))
    assert aside.refined(64) is None


# ------------------------------------------------------------------------------------------------------------ requests


def test_requests_out_of_range() -> None:
    for orbit, count in (([], 0), ([0.5] * 4097, 4097)):
        wanted = f"orbit = {count} points: must have 1 to 4096 points; give one cycle"
        with pytest.raises(InputError, match=said(wanted)):
            certify_bifurcation(SQUARE, 0.1, orbit, 1)
    for bits in (31, 2**20 + 1, True, 64.0):
        wanted = f"bits = {bits}: must be an integer from 32 to 1048576; give a whole number"
        with pytest.raises(InputError, match=said(wanted)):
            certify_bifurcation(SQUARE, 0.1, [0.5], 1, bits=bits)  # type: ignore[arg-type]  # the point of the test
    wanted = f"bits = {2**20}: must be at most {2**26 // 65} for period 65; use fewer bits"
    with pytest.raises(InputError, match=said(wanted)):
        certify_bifurcation(SQUARE, 0.1, [0.5] * 65, 1, bits=2**20)
    module._check_request([0.5] * 64, 2**20)
    module._check_request([0.5] * 4096, 32)
    for name in ("min_bits", "max_bits"):
        with pytest.raises(InputError, match=rf"^{name} = 31: must be an integer from 32"):
            certify_cycle(SQUARE, Fraction(1, 5), [0.2], **{name: 31})


def test_numbers_that_floats_do_not_hold() -> None:
    assert bounded_rational(2**1000 - 1, "x") == 2**1000 - 1
    assert bounded_rational("-1/3", "x") == Fraction(-1, 3)
    for value in (2**1000, -(2**1000)):
        with pytest.raises(InputError, match=r"^x = .*: must be smaller than 2\^1000; take other units$") as caught:
            bounded_rational(value, "x")
        assert caught.value.value == value
    with pytest.raises(InputError, match=r"^orbit = "):
        _points([Fraction(2**1000)])
    with pytest.raises(InputError, match=r"^y = "):
        bounded_rational("one", "y")
    assert _points([0.5, Fraction(1, 3)]) == [Fraction(1, 2), Fraction(1, 3)]
    for wrong in (float("nan"), float("inf")):
        assert _points([0.5, wrong]) is None
    for argument in ("parameter", "multiplier"):
        given = {"parameter": 0.1, "multiplier": 1} | {argument: 2**1000}
        with pytest.raises(InputError, match=rf"^{argument} = "):
            certify_bifurcation(SQUARE, given["parameter"], [0.5], given["multiplier"])  # type: ignore[arg-type]  # exact


def test_the_guard_is_twice_the_stretch_and_32_bits() -> None:
    assert _guard(SQUARE, Fraction(0), [1.0, 1.0]) == 32 + 2 * 4  # slopes 2, around twice


@pytest.mark.parametrize("period", [0, 513, True, 2.0])
def test_periods_of_a_cascade(period: Any) -> None:
    wanted = f"max_period = {period}: must be an integer from 1 to 512; give a whole number"
    with pytest.raises(InputError, match=said(wanted)):
        certified_flips(SQUARE, -1.0, max_period=period)


def test_a_cascade_begins_at_period_two_and_ends_where_it_is_told() -> None:
    assert [box.period for box in certified_flips(SQUARE, -1.0, max_period=1)] == []
    assert [box.period for box in certified_flips(SQUARE, -1.0, max_period=3)] == [2]
    assert [box.period for box in certified_flips(SQUARE, -1.0, max_period=16)] == [2, 4, 8, 16]
    with pytest.raises(InputError, match=r"^superstable = "):
        certified_flips(SQUARE, "x")  # type: ignore[arg-type]  # the point of the test
    two = PolynomialFamily(z**4 + a * z**2 + z / 3, variable=z, parameter=a)  # critical points of degree 3
    assert list(certified_flips(two, -1.0)) == []


# -------------------------------------------------------------------------------------------------------------- pieces


def test_polynomials_in_floats() -> None:
    assert _horner([1.0, -2.0, 3.0], 2.0) == 1 - 4 + 12
    assert _horner([5.0], 2.0) == 5.0
    assert _derived([5.0, 1.0, -2.0, 3.0]) == [1.0, -4.0, 9.0]
    assert _derived([5.0]) == []


def test_the_critical_orbit() -> None:
    (factor,) = RESIDUAL.free_critical_factors
    orbit = _critical_cycle(RESIDUAL, factor, 1.5, 4)
    place = (1 - 2 * 1.5) / 3
    for found in orbit:
        assert found == pytest.approx(place, rel=1e-12)
        place = place**3 - 0.5 * place**2 - 2 * place
    assert len(orbit) == 4


@pytest.mark.parametrize("target", [-1.0, 0.0, 0.5])
def test_following_a_multiplier_solves_for_points_and_parameter(target: float) -> None:
    for family, start in ((RESIDUAL, (1.12, [-0.4142, 0.7071])), (LONG, FOLLOWED)):
        found = follow_multiplier(family, *start, 0.0 if family is RESIDUAL else START, target)
        assert found is not None
        parameter, orbit = found
        rows = [np.polynomial.polynomial.polyval(parameter, [float(c) for c in row]) for row in family.rows]
        for point, image in zip(orbit, [*orbit[1:], orbit[0]], strict=True):
            assert np.polynomial.polynomial.polyval(point, rows) == pytest.approx(image, abs=1e-10)
        slopes = np.polynomial.polynomial.polyval(orbit, np.polynomial.polynomial.polyder(rows))
        assert np.prod(slopes) == pytest.approx(target, abs=1e-9)
        assert isinstance(parameter, float)
        assert all(isinstance(point, float) for point in orbit)


# the fixed points of LONG solve a² z³ − 2a z² − a³ z + a = 0; at a = 1 one lies near 0.555 with multiplier −1.3
FOLLOWED, START = (1.0, [0.5549581320873712]), -1.2958969432397724
HUGE = PolynomialFamily(z**2 + a * 10**200, variable=z, parameter=a)


def test_following_what_overflows_or_is_singular_finds_nothing() -> None:
    assert follow_multiplier(HUGE, 1e200, [0.5], 0.0, 0.0) is None
    assert follow_multiplier(SQUARE, 0.25, [float("inf")], 0.0, 0.0) is None
    level = PolynomialFamily(z**2 + 0 * a + sympy.Rational(1, 4) + a**2, variable=z, parameter=a)
    assert follow_multiplier(level, 0.0, [0.5], 1.0, 1.0) is None
    # at the fixed point 1/2 of a = 0 one derivative alone overflows, ∂²f/∂a∂z = 2·10³⁰⁸ z + …: no step can be believed
    steep = PolynomialFamily(10**308 * a * (z**2 + z) + z / 2 + sympy.Rational(1, 4), variable=z, parameter=a)
    assert follow_multiplier(steep, 0.0, [0.5], 0.0, 0.0) is None


def test_attracting_cycles_are_found_where_they_are() -> None:
    assert find_attracting_cycle(SQUARE, Fraction(1, 5)).period == 1  # type: ignore[union-attr]  # there is one
    assert find_attracting_cycle(SQUARE, Fraction(-1)).period == 2  # type: ignore[union-attr]  # there is one
    assert find_attracting_cycle(SQUARE, Fraction(1)) is None  # the critical point escapes
    assert find_attracting_cycle(HUGE, Fraction(10**300)) is None
    assert find_attracting_cycle(SQUARE, Fraction(-1), max_period=1) is None
    assert find_attracting_cycle(SQUARE, Fraction(-175488, 100000)).period == 3  # type: ignore[union-attr]  # there is one


def test_regression_quotients_of_coefficients_may_be_beyond_floats() -> None:
    """NumPy's LinAlgError got out: it divides by the leading coefficient."""
    flat, near = PolynomialFamily(a * z**3 + 10**200 * z**2 + z + 1, variable=z, parameter=a), Fraction(1, 10**200)
    assert find_attracting_cycle(flat, near) is None
    assert list(cycle_seeds(flat, near, 2, Fraction(0))) == []
    assert list(cycle_seeds(flat, near, 2, Fraction(3))) == []  # with a warning of NumPy's, as the next
    with pytest.raises(InputError, match=r"^parameter = 1/10+…: must leave all coefficients within the range of float"):
        lyapunov_exponent(flat, near)


def test_tails_that_do_not_close_up_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    monkeypatch.setattr(module, "certify_cycle", lambda _, __, orbit, **___: tried.append(len(orbit)))
    coefficients = [-1.0, 0.0, 1.0]
    assert _certify_tail(SQUARE, Fraction(-1), coefficients, 0.0, 20) is None
    assert tried == [2, 4, 6, 8, 10, 12]  # the first six periods that close up
    tried.clear()
    assert _certify_tail(SQUARE, Fraction(-1), coefficients, 0.0009, 3) is None
    assert tried == [2]
    tried.clear()
    assert _certify_tail(SQUARE, Fraction(-1), coefficients, 0.0011, 3) is None
    assert tried == []
    assert _certify_tail(SQUARE, Fraction(-1), coefficients, 1.618033988749895, 6) is None  # repelling
    assert tried == []


def test_returns_of_the_critical_point_are_proved() -> None:
    found = _certify_return(SQUARE, Fraction(-1), 0.0, 8)
    assert found is not None
    assert (found.period, found.is_attracting) == (2, Verdict.PROVED)
    assert _certify_return(SQUARE, Fraction(-1), 0.0, 1) is None
    assert _certify_return(SQUARE, Fraction(-2), 0.0, 8) is None  # lands on a repelling fixed point
    assert _certify_return(SQUARE, Fraction(1), 0.0, 8) is None


# ------------------------------------------------------------------------------------------------ what is passed on


def bounds(lower: str, upper: str) -> tuple[Fraction, Fraction]:
    return Fraction(lower), Fraction(upper)


def test_regression_boxes_that_merely_overlap_hold_no_common_cycle() -> None:
    outer = [bounds("0", "1"), bounds("2", "3")]
    for inner in (outer, [bounds("0.1", "0.9"), bounds("2", "2")], [bounds("0", "0.5"), bounds("2.5", "3")]):
        assert nested(inner, outer)
        assert nested(outer, inner)
    for beside in (
        [bounds("-0.1", "0.9"), bounds("2", "2")],
        [bounds("0.1", "1.1"), bounds("2", "2")],
        [bounds("0.1", "0.9"), bounds("2", "3.1")],
        [bounds("-1", "2"), bounds("2.5", "2.6")],  # wider in one direction, narrower in the other
        [bounds("0.1", "0.9"), bounds("4", "5")],
    ):
        assert not nested(beside, outer)
        assert not nested(outer, beside)


def test_bounds_are_shown_with_8_and_with_20_digits() -> None:
    wide = bounds("0.1234567890123456789012345", "0.1234567890123456789012346")
    assert f"multiplier {bounds_text(*wide, 8)} [" in cycle(*wide)._line()
    assert len({bounds_text(*wide, digits) for digits in (8, 9, 12, 20, 21)}) == 5
    facts = table(replace(FLIP, parameter=wide)._repr_html_())[1]
    assert facts["parameter"] == bounds_text(*wide, 20)
    small = replace(FLIP, flip_coefficient=bounds("1/4", "1/2"))
    assert small.criticality == "subcritical"


def test_a_box_is_refined_from_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "certify_bifurcation", lambda *given, **named: noted(asked, (given, named), None))
    wide = replace(FLIP, family=SQUARE, parameter=bounds("-2", "-1"), points=(bounds("0", "1"), bounds("2", "3")))
    assert wide.refined(77) is None
    assert asked == [((SQUARE, Fraction(-3, 2), [Fraction(1, 2), Fraction(5, 2)], Fraction(-1)), {"bits": 77})]


def test_precision_is_doubled_up_to_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "refine", lambda *_, bits, guard: noted(asked, (bits, guard), None))
    assert certify_cycle(SQUARE, Fraction(-1), [0.0, -1.0]) is None
    assert [bits for bits, _ in asked] == [64, 128, 256, 512, 1024]
    assert {guard for _, guard in asked} == {_guard(SQUARE, Fraction(-1), [0, -1])}
    asked.clear()
    assert certify_cycle(SQUARE, Fraction(-1), [1e9, -1.0], min_bits=32, max_bits=33) is None
    assert asked == [(32, 33)]
    asked.clear()
    assert certify_bifurcation(SQUARE, 0.25, [0.5], 1) is None
    assert asked == [(128, 32)]


def test_what_is_no_family_is_told_what_one_is() -> None:
    for call in (
        lambda: certify_cycle("z", Fraction(1), [0.5]),  # type: ignore[arg-type]  # the point of the test
        lambda: certify_bifurcation("z", 1, [0.5], 1),  # type: ignore[arg-type]  # the point of the test
    ):
        wanted = "family = z: must be a PolynomialFamily; give an expression, its variable, its parameter"
        with pytest.raises(InputError, match=said(wanted)):
            call()


def test_orbits_that_stretch_too_much_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for guard, found in ((128 + 2**14, True), (129 + 2**14, False)):
        monkeypatch.setattr(module, "_guard", lambda *_, guard=guard: guard)
        assert (certify_bifurcation(SQUARE, 0.25, [0.5], 1) is not None) is found


def test_a_fixed_point_never_passes_for_a_cycle_with_its_multiplier_squared() -> None:
    assert certify_bifurcation(SQUARE, 0.1875, [0.25], Fraction(1, 2)) is not None
    for times in (2, 3):
        assert certify_bifurcation(SQUARE, 0.1875, [0.25] * times, Fraction(1, 2**times)) is None


def test_multipliers_are_followed_in_eight_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[float]] = []
    monkeypatch.setattr(module, "_follow", lambda *given: noted(asked, list(given[3]), None))
    follow_multiplier(SQUARE, 0.0, [0.0], 0.0, -1.0)
    follow_multiplier(SQUARE, 0.0, [0.0], 0.0, 0.5, steps=1)
    assert asked == [[-k / 8 for k in range(9)], [0.0, 0.5]]


def test_slopes_beyond_floats_end_the_search() -> None:
    assert follow_multiplier(SQUARE, 0.0, [0.0, 1e153, 1e153, 1e153], 0.0, 0.0) is None  # 8e459 without the first


def test_a_cascade_ends_where_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert certified_flips(SQUARE, -1.0, max_period=512) is not None
    still = PolynomialFamily((z - a) ** 3 + a, variable=z, parameter=a)  # its one critical point is fixed
    assert list(certified_flips(still, -1.0)) == []
    several = PolynomialFamily(z**4 + a * z**2 + z / 3, variable=z, parameter=a)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_critical_cycle", lambda *_: pytest.fail("three points are not told apart"))
        assert list(certified_flips(several, -1.0)) == []
    with monkeypatch.context() as patch:
        patch.setattr(module, "certify_bifurcation", lambda *_, **__: None)
        assert list(certified_flips(SQUARE, -1.0)) == []
    with monkeypatch.context() as patch:
        patch.setattr(module, "certify_bifurcation", lambda *_, **__: replace(FLIP, period=3))
        assert list(certified_flips(SQUARE, -1.0)) == []
    with monkeypatch.context() as patch:
        answers = [(-1.0, [0.0, -1.0]), None]
        patch.setattr(module, "follow_multiplier", lambda *_, **__: answers.pop(0))
        assert list(certified_flips(SQUARE, -1.0)) == []
    with monkeypatch.context() as patch:
        patch.setattr(module, "follow_multiplier", lambda *_, **__: None)
        assert list(certified_flips(SQUARE, -1.0)) == []


def test_a_critical_point_that_is_a_quotient() -> None:
    family = PolynomialFamily(a * z**2 + z - a, variable=z, parameter=a)  # 2 a z + 1 = 0
    (factor,) = family.free_critical_factors
    assert _critical_cycle(family, factor, 2.0, 2) == [-0.25, 2 * 0.0625 - 0.25 - 2]


def test_returns_of_a_critical_point_that_is_not_zero() -> None:
    shifted = PolynomialFamily((z - 1) ** 3 / 6 + (z - 1) ** 2 + a + 1, variable=z, parameter=a)
    for near in (1.0, 1.05, 0.95):  # 1 → a + 1 → 1 where a² + 6a + 6 = 0
        found = _certify_return(shifted, Fraction(-3 + 3**0.5), near, 2)
        assert found is not None
        assert (found.period, found.is_attracting) == (2, Verdict.PROVED)
    fixed = _certify_return(SQUARE, Fraction(1, 10**6), 0.0, 4)
    assert fixed is not None
    assert fixed.period == 1
    pair = _certify_return(SQUARE, Fraction(-1), 0.0, 2)
    assert pair is not None
    assert pair.period == 2


def test_returns_without_a_proof_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(module, "certify_cycle", lambda *given: noted(asked, len(given[2]), None))
    assert _certify_return(SQUARE, Fraction(-1), 0.0, 14) is None
    assert asked == [2, 4, 6, 8, 10, 12]


def test_the_search_makes_twenty_thousand_steps_and_looks_for_periods_up_to_64(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[None] = []
    asked: list[Any] = []
    monkeypatch.setattr(module, "_horner", lambda coefficients, at: noted(steps, None, _horner(coefficients, at)))
    monkeypatch.setattr(module, "_certify_tail", lambda *given: noted(asked, given[-1], None))
    monkeypatch.setattr(module, "_certify_return", lambda *given: noted(asked, given[-1], None))
    assert find_attracting_cycle(SQUARE, Fraction(-2)) is None
    assert (len(steps), asked) == (20_000, [64, 64])
    with pytest.raises(InputError, match=r"^parameter = x"):
        find_attracting_cycle(SQUARE, "x")  # type: ignore[arg-type]  # the point of the test


def with_critical_points(slope: sympy.Expr, at: int | sympy.Rational) -> PolynomialFamily:
    """A family with this derivative; where its parameter is 0, the given critical point is fixed."""
    raised = sympy.integrate(sympy.expand(slope), z)
    return PolynomialFamily(sympy.expand(raised - raised.subs(z, at) + at + a), variable=z, parameter=a)


@pytest.mark.parametrize(
    ("slope", "at"),
    [
        (2 * (z - 3), 3),
        ((z**2 + 100) * (z - sympy.Rational(1, 10)) / 1000, sympy.Rational(1, 10)),
        ((z**2 + sympy.Rational(1, 100)) * (z - 3) / 10, 3),
        (30 * z * (z - 2), 0),  # 2 escapes
        (30 * z * (z + 2), 0),
    ],
)
def test_every_real_critical_point_is_followed(slope: sympy.Expr, at: int) -> None:
    found = find_attracting_cycle(with_critical_points(slope, at), Fraction(0))
    assert found is not None
    assert found.period == 1
    assert found.points[0][0] <= Fraction(int(sympy.numer(at)), int(sympy.denom(at))) <= found.points[0][1]


def test_a_real_critical_point_behind_complex_ones_is_followed() -> None:
    # f'(z) = z³ + z + 1 is irreducible, with one real root p = −0.68…; a = p − f(p) makes p a fixed point
    p = float(np.roots([1, 0, 1, 1]).real.min())
    family = PolynomialFamily(z**4 / 4 + z**2 / 2 + z + a, variable=z, parameter=a)
    found = find_attracting_cycle(family, Fraction(-(p**4) / 4 - p**2 / 2))
    assert found is not None
    assert found.period == 1


def test_complex_critical_points_are_not_taken_for_real_ones() -> None:
    # f(z) = z³/10 + z/2 is drawn to 0, but no real critical point is: none is followed, and nothing is said
    family = PolynomialFamily(z**3 / 10 + z / 2 + a, variable=z, parameter=a)
    assert find_attracting_cycle(family, Fraction(0)) is None


def test_narrow_windows_are_looked_for_from_the_critical_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_certify_tail", lambda *_: None)
    far = PolynomialFamily((z - 11) ** 3 / 6 + (z - 11) ** 2 + a + 11, variable=z, parameter=a)
    found = find_attracting_cycle(far, Fraction(-3 + 3**0.5), max_period=2)
    assert found is not None
    assert found.period == 2


def test_periods_that_close_up_exactly_are_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        module, "certify_cycle", lambda *given, **named: noted(asked, (len(given[2]), named["max_bits"]), None)
    )
    assert _certify_tail(SQUARE, Fraction(0), [0.0, -1.0], 4e-4, 6) is None  # z → −z: 8e-4 away and back
    assert asked == [(period, 256) for period in (2, 4, 6, 1, 3, 5)]
    asked.clear()
    assert _certify_tail(SQUARE, Fraction(0), [0.0, 1.5], 0.0, 3) is None  # repelling
    assert asked == []


@pytest.mark.parametrize(
    ("middle", "radius", "found"),
    [
        (0.25, 0.000249, True),
        (0.25, 0.00024988, True),  # bounds 0.00099952 apart: more than 1/1001
        (0.25, 0.000251, False),
        (0.5, 2.0**-13, False),
        (0.5 + 2.0**-13, 2.0**-13, False),  # from exactly 1 on
        (0.5 - 2.0**-13, 2.0**-13, False),  # up to exactly 1
        (0.5 + 2.0**-12, 2.0**-13, True),
        (1.0, 2.0**-13, True),
    ],
)
def test_a_multiplier_is_known_to_a_thousandth_and_is_not_one(
    monkeypatch: pytest.MonkeyPatch, middle: float, radius: float, found: bool
) -> None:
    monkeypatch.setattr(module, "refine", lambda *_, **__: [flint.arb(middle)])
    monkeypatch.setattr(module, "krawczyk", lambda *_: [flint.arb(middle, radius)])
    assert (certify_cycle(SQUARE, Fraction(0), [middle], max_bits=64) is not None) is found


def test_a_certified_cycle_says_how_it_was_proved() -> None:
    cycle = certify_cycle(SQUARE, Fraction(-1), [0.0, -1.0])
    assert cycle is not None
    assert (cycle.bits, cycle.family, cycle.period, cycle.parameter) == (64, SQUARE, 2, Fraction(-1))
    longer = certify_cycle(SQUARE, Fraction(-1), [0.0, -1.0], min_bits=100)
    assert longer is not None
    assert longer.bits == 100


def test_what_is_no_orbit_is_told_what_one_is() -> None:
    wanted = "orbit = 0.5: must be the points of a cycle, in order; as [0.5, -0.2]"
    with pytest.raises(InputError, match=said(wanted)):
        certify_cycle(SQUARE, Fraction(0), 0.5)  # type: ignore[arg-type]  # the point of the test

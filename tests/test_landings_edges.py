"""Landings piece by piece: which root is meant, what is out of reach, and what convergence acceleration says."""

from __future__ import annotations

import re
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import flint
import pytest
import sympy
from edges import noted
from families import logistic, odd_cubic, residual

from symphase import landings
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.landings import (
    BandMerging,
    FeigenbaumConstants,
    NumericalValue,
    _may_vanish,
    _numerical,
    _outward,
    _ratios,
    _substituted,
    _without,
    algebraic_landing,
    band_merging_parameters,
    feigenbaum_constants,
    interior_crises,
)
from symphase.maps import PolynomialFamily
from symphase.onset import Onset

z, a = sympy.symbols("z a")
Z, A = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex").gens()


def family(expression: Any) -> PolynomialFamily:
    return PolynomialFamily(sympy.expand(expression), variable=z, parameter=a)


SQUARE = family(z**2 + a)
WALLED = family(a * z * (z - 1) ** 2)


def bounds(lower: str, upper: str) -> tuple[Fraction, Fraction]:
    return Fraction(lower), Fraction(upper)


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


def onset(**fields: Any) -> Onset:
    """As much of an onset as is read."""
    made = object.__new__(Onset)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


# ---------------------------------------------------------------------------------------------------------- in words


def test_answers_in_words() -> None:
    merging = BandMerging(bands=2, value=None, parameter=bounds("1.25", "1.25"), certainty=Certainty.CERTIFIED)
    assert merging._line() == "4 bands merge into 2 at 1.25 [certified]"
    number = NumericalValue(value="4.669", error=Fraction(1, 3000), certainty=Certainty.NUMERICAL)
    assert number._line() == "≈ 4.669 ± 0.0003 [numerical]"
    long = NumericalValue(value="2.50290787509589282228390287", error=Fraction(0), certainty=Certainty.OBSERVED)
    both = FeigenbaumConstants(delta=number, alpha=long)
    assert both._line() == "δ ≈ 4.669, α ≈ 2.502907875095892822283… [numerical]"  # cut to 24 characters
    both = FeigenbaumConstants(delta=long, alpha=number)
    assert both._line() == "δ ≈ 2.502907875095892822283…, α ≈ 4.669 [observed]"


# ----------------------------------------------------------------------------------------------------------- landings


@pytest.mark.parametrize(
    ("made", "preperiod", "period", "within", "coefficients"),
    [
        (SQUARE, 0, 1, ("-1/2", "1/2"), (0, 1)),
        (SQUARE, 0, 2, ("-3/2", "-1/2"), (1, 1)),
        (SQUARE, 0, 3, ("-1.8", "-1.7"), (1, 1, 2, 1)),
        (SQUARE, 0, 4, ("-1.4", "-1.2"), (1, 0, 2, 3, 3, 3, 1)),
        (SQUARE, 2, 1, ("-2.1", "-1.9"), (2, 1)),
        (SQUARE, 2, 1, ("-2", "-1.9"), (2, 1)),
        (SQUARE, 2, 1, ("-2.1", "-2"), (2, 1)),
        (SQUARE, 3, 1, ("-1.6", "-1.5"), (2, 2, 2, 1)),
        (logistic(), 2, 1, ("3.9", "4.1"), (-4, 1)),
        (logistic(), 0, 1, ("1.9", "2.1"), (-2, 1)),
        (WALLED, 2, 1, ("8.9", "9.1"), None),  # f(c) itself is fixed there
        (WALLED, 1, 1, ("8.9", "9.1"), (-9, 1)),
        (WALLED, 2, 1, ("6.7", "6.8"), (-27, 4)),  # 1/3 → 1 → 0
        (SQUARE, 0, 3, ("-1", "-1/2"), None),  # of period 2
        (SQUARE, 0, 4, ("-2", "-1.2"), None),  # two of them
        (SQUARE, 0, 6, ("-1.5", "-1.4"), None),  # the cycle's polynomial is too large
        (odd_cubic(), 0, 1, ("1", "2"), None),
        (family(z * (a * z - 1) ** 2), 0, 1, ("1", "2"), None),
    ],
)
def test_which_landing_is_meant(
    made: PolynomialFamily, preperiod: int, period: int, within: tuple[str, str], coefficients: Any
) -> None:
    found = algebraic_landing(made, preperiod, period, bounds(*within))
    assert (None if found is None else found.coefficients) == coefficients


def test_regression_bounds_that_are_one_number_hold_one_root() -> None:
    """It was counted at both ends, and none was said to be singled out."""
    assert algebraic_landing(SQUARE, 2, 1, bounds("-2", "-2")) == -2


def test_a_cycle_of_period_five_is_within_reach() -> None:
    found = algebraic_landing(SQUARE, 0, 5, bounds("-1.63", "-1.62"))
    assert found is not None
    assert float(found) == pytest.approx(-1.6254137251233)
    assert len(found.coefficients) == 16


def test_degrees_are_limited() -> None:
    assert algebraic_landing(SQUARE, 0, 4, bounds("-1.4", "-1.2"), max_degree=6) is not None
    assert algebraic_landing(SQUARE, 0, 4, bounds("-1.4", "-1.2"), max_degree=5) is None


@pytest.mark.parametrize(
    ("preperiod", "period", "least", "far"),
    [(0, 4, 4, 3), (3, 1, 2, 1), (4, 2, 8, 7)],  # the polynomial has a factor of that degree, or twice it, at least
)
def test_what_is_too_large_is_not_computed(
    monkeypatch: pytest.MonkeyPatch, preperiod: int, period: int, least: int, far: int
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(landings, "_substituted", lambda *given: noted(asked, given, flint.fmpq_poly([1])))
    within = bounds("-1.4", "-1.2")
    assert algebraic_landing(SQUARE, preperiod, period, within, max_degree=far) is None
    assert asked == []
    algebraic_landing(SQUARE, preperiod, period, within, max_degree=least)
    assert asked


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"family": 7}, "family = 7: must be a PolynomialFamily; give an expression, its variable, its parameter"),
        ({"preperiod": -1}, "preperiod = -1: must be an integer from 0 to 1024; give a whole number"),
        ({"preperiod": 1025}, "preperiod = 1025: must be an integer from 0 to 1024; give a whole number"),
        ({"period": 0}, "period = 0: must be an integer from 1 to 1024; give a whole number"),
        ({"period": 1025}, "period = 1025: must be an integer from 1 to 1024; give a whole number"),
        ({"max_degree": 0}, "max_degree = 0: must be an integer from 1 to 2000; give a whole number"),
        ({"max_degree": 2001}, "max_degree = 2001: must be an integer from 1 to 2000; give a whole number"),
        *(
            (
                {"within": within},
                f"within = {within!r}: must be two rational numbers, the smaller first; as (1.5, 1.7)",
            )
            for within in ((1,), (1, 2, 3), b"12", 5, (2, 1))
        ),
        ({"within": "12"}, "within = 12: must be two rational numbers, the smaller first; as (1.5, 1.7)"),
    ],
)
def test_what_is_asked_wrongly_is_told(changes: dict[str, Any], said: str) -> None:
    asked: dict[str, Any] = {"family": SQUARE, "preperiod": 0, "period": 1, "within": (-1, 1)}
    with refused(said):
        algebraic_landing(**asked | changes)
    with pytest.raises(InputError, match=r"^within = x: "):
        algebraic_landing(SQUARE, 0, 1, ("x", 1))  # type: ignore[arg-type]  # the point of the test


def test_integers_at_the_limits_are_accepted() -> None:
    assert algebraic_landing(SQUARE, 1024, 1, bounds("-1", "0")) is None
    assert algebraic_landing(SQUARE, 0, 1024, bounds("-1", "0")) is None
    assert algebraic_landing(SQUARE, 0, 1, bounds("0", "0"), max_degree=2000) == 0
    assert algebraic_landing(SQUARE, 0, 1, bounds("0", "0"), max_degree=1) == 0


# --------------------------------------------------------------------------------------------------------- the pieces


def test_a_polynomial_of_the_critical_point() -> None:
    point = flint.fmpq_poly([1, 2])  # 1 + 2a
    assert _substituted(A**2 * Z**2 + 3 * Z - A / 2, point) == flint.fmpq_poly([3, flint.fmpq(11, 2), 1, 4, 4])
    assert _substituted(Z - Z, point) == flint.fmpq_poly([])
    assert _substituted(A**3 + 1, point) == flint.fmpq_poly([1, 0, 0, 1])


def test_shared_roots_are_divided_out() -> None:
    one, two = flint.fmpq_poly([-1, 1]), flint.fmpq_poly([-2, 1])
    assert _without(one**3 * two, one * flint.fmpq_poly([5, 1])) == two
    assert _without(two, one) == two


def test_room_for_a_zero_between_bounds() -> None:
    fixed = Z**2 - Z + A
    assert _may_vanish(SQUARE, fixed, 2, bounds("-2.01", "-1.99"))
    assert not _may_vanish(SQUARE, fixed, 2, bounds("-1.9", "-1.899"))
    assert not _may_vanish(SQUARE, fixed, 1, bounds("-2.01", "-1.99"))
    assert _may_vanish(SQUARE, fixed, 3, bounds("-1.55", "-1.54"))


def test_bounds_are_shortened_outwards() -> None:
    third = Fraction(1, 3)
    assert _outward((third, third), 4) == (Fraction(5, 16), Fraction(6, 16))
    assert _outward((-third, -third), 4) == (Fraction(-6, 16), Fraction(-5, 16))
    assert _outward((third, third)) == (Fraction(2**64 // 3, 2**64), Fraction(2**64 // 3 + 1, 2**64))
    assert _outward((Fraction(-5, 4), Fraction(7, 4))) == (Fraction(-5, 4), Fraction(7, 4))


def test_band_mergings_are_landings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        landings, "algebraic_landing", lambda *given, **named: noted(asked, (given, named), 5 if given[2] < 4 else None)
    )
    places = [(Fraction(k), Fraction(k) + Fraction(1, 3)) for k in range(5)]
    made = onset(mergings=[SimpleNamespace(doublings=k, parameter=place) for k, place in enumerate(places)])
    found = band_merging_parameters(SQUARE, made, max_degree=77)
    assert [(each.bands, each.value, each.certainty) for each in found] == [
        (1, 5, Certainty.EXACT),
        (2, 5, Certainty.EXACT),
        *((bands, None, Certainty.CERTIFIED) for bands in (4, 8, 16)),
    ]
    assert [each.parameter for each in found] == places
    assert asked == [
        ((SQUARE, 2 * bands + 1, bands, _outward(place)), {"max_degree": 77})
        for bands, place in zip((1, 2, 4, 8), places, strict=False)
    ]
    asked.clear()
    band_merging_parameters(SQUARE, made)
    assert asked[0][1] == {"max_degree": 400}


def test_the_first_merging_exactly() -> None:
    made = onset(mergings=[SimpleNamespace(doublings=0, parameter=bounds("-1.5437", "-1.5436"))])
    (found,) = band_merging_parameters(SQUARE, made)
    assert found.value is not None
    assert found.value.coefficients == (2, 2, 2, 1)


def test_what_is_no_onset_is_told_where_to_get_one() -> None:
    for ask in (lambda: band_merging_parameters(SQUARE, 7), lambda: feigenbaum_constants(7)):  # type: ignore[arg-type]  # the point of the test
        with refused("onset = 7: must be an Onset; take one from enclose_onset"):
            ask()
    with pytest.raises(InputError, match=r"^family = 7: "):
        band_merging_parameters(7, onset())  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InputError, match=r"^family = 7: "):
        interior_crises(7)  # type: ignore[arg-type]  # the point of the test


def test_interior_crises() -> None:
    assert list(interior_crises(WALLED)) == [Fraction(27, 4)]
    low, high = interior_crises(residual())  # at a = −1, where c = w, f(c) = w, too
    assert (float(low), float(high)) == pytest.approx((-1 - 1.5 * 3**0.5, -1 + 1.5 * 3**0.5))
    for without in (SQUARE, logistic(), odd_cubic()):
        assert interior_crises(without) == ()


# ---------------------------------------------------------------------------------------------------------- constants


def test_ratios_of_differences() -> None:
    assert _ratios([Fraction(v) for v in (0, 8, 12, 14, 13)]) == [2, 2, -2]


@pytest.mark.parametrize(
    ("value", "others", "said", "error"),
    [
        ("1/3", ["1/3", "0.33333"], "0.3333", Fraction(1, 150000)),
        ("2", ["2.3", "1.9"], "2", Fraction(3, 5)),
        ("2", ["2.024"], "2.0", Fraction(48, 1000)),
        ("2", ["2.025"], "2", Fraction(1, 20)),
        ("2", ["2"], "2." + "0" * 60, Fraction(0)),
    ],
)
def test_digits_that_the_error_leaves(value: str, others: list[str], said: str, error: Fraction) -> None:
    found = _numerical(Fraction(value), [Fraction(other) for other in others])
    assert (found.value, found.error, found.certainty) == (said, error, Certainty.NUMERICAL)


def relations(ratio: Fraction, shrink: Fraction, count: int, share: Fraction) -> list[Any]:
    """Parameters −ratio⁻ᵏ with a correction that dies out twice as fast, and distances in the same way."""
    return [
        SimpleNamespace(
            parameter=(value := 7 - ratio**-k - share * ratio ** (-2 * k), value + Fraction(1, 10**60)),
            distance=(length := shrink**-k + share * shrink ** (-2 * k), length + Fraction(1, 10**60)),
        )
        for k in range(count)
    ]


def test_constants_of_a_cascade() -> None:
    ratio, shrink = Fraction(14, 3), Fraction(-5, 2)
    superstable = relations(ratio, shrink, 12, Fraction(1, 5))
    superstable[0].distance = None
    found = feigenbaum_constants(onset(superstable=superstable, mergings=relations(ratio, shrink, 11, Fraction(-1, 7))))
    for number, expected in ((found.delta, ratio), (found.alpha, shrink)):
        digits = len(number.value.partition(".")[2])
        assert digits >= 6
        assert abs(Fraction(number.value) - expected) <= number.error + Fraction(1, 10**digits)
        assert number.error < Fraction(1, 10**6)


def test_both_sequences_count() -> None:
    ratio, shrink = Fraction(14, 3), Fraction(-5, 2)
    made = onset(
        superstable=relations(ratio, shrink, 12, Fraction(1, 5)),
        mergings=relations(Fraction(5), shrink, 12, Fraction(1, 5)),
    )
    assert feigenbaum_constants(made).delta.error == pytest.approx(2 / 3, rel=1e-4)


@pytest.mark.parametrize(("ordered", "chaotic", "enough"), [(8, 8, True), (7, 8, False), (8, 7, False)])
def test_eight_doublings_are_needed(ordered: int, chaotic: int, enough: bool) -> None:
    ratio, shrink = Fraction(14, 3), Fraction(-5, 2)
    made = onset(
        superstable=relations(ratio, shrink, ordered, Fraction(1, 5)),
        mergings=relations(ratio, shrink, chaotic, Fraction(1, 5)),
        ordered_side=SimpleNamespace(doublings=6),
    )
    if enough:
        assert feigenbaum_constants(made).delta.certainty is Certainty.NUMERICAL
        return
    with refused("onset = 6: needs at least 8 doublings; enclose the onset with doublings=9"):
        feigenbaum_constants(made)


def test_orders_of_acceleration(monkeypatch: pytest.MonkeyPatch) -> None:
    """All terms, one less and two less; and all of the other sequence.  A bracket counts by its middle."""
    accelerated: list[Any] = []
    compared: list[Any] = []
    monkeypatch.setattr(landings, "wynn", lambda terms: noted(accelerated, terms, Fraction(len(terms))))
    monkeypatch.setattr(
        landings,
        "_numerical",
        lambda *given: noted(
            compared, given, NumericalValue(value="", error=Fraction(0), certainty=Certainty.NUMERICAL)
        ),
    )

    def around(value: int) -> tuple[Fraction, Fraction]:
        return Fraction(value - 3), Fraction(value + 3)

    superstable = [SimpleNamespace(parameter=around(k**2), distance=around(2**k)) for k in range(8)]
    superstable[0].distance = None
    mergings = [SimpleNamespace(parameter=around(k**3)) for k in range(9)]
    feigenbaum_constants(onset(superstable=superstable, mergings=mergings))
    assert compared == [(6, [5, 4, 7]), (6, [5, 4])]
    squares = [Fraction(2 * k + 1, 2 * k + 3) for k in range(6)]
    cubes = [Fraction(3 * k**2 + 3 * k + 1, 3 * k**2 + 9 * k + 7) for k in range(7)]
    halves = [Fraction(1, 2)] * 6
    assert accelerated == [squares, squares[:5], squares[:4], cubes, halves, halves[:5], halves[:4]]


def test_critical_points_in_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the logistic map: 1/2, however the fraction is written."""
    for top, bottom in ((Fraction(1), Fraction(2)), (Fraction(1, 2), Fraction(1)), (Fraction(1, 4), Fraction(1, 2))):
        monkeypatch.setattr(landings, "critical_fractions", lambda _, top=top, bottom=bottom: ((top,), (bottom,)))
        assert algebraic_landing(logistic(), 0, 1, bounds("1.9", "2.1")) == 2


def test_shorter_periods_do_not_count() -> None:
    found = algebraic_landing(logistic(), 0, 2, bounds("1.9", "3.3"))  # 2 is of period 1
    assert found is not None
    assert found.coefficients == (-4, -2, 1)

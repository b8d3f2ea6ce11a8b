"""Verification: it agrees with what is right, and disagrees with everything that was made wrong on purpose."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy

import symphase.verification as module
from symphase.algebraic import RealAlgebraic
from symphase.boundaries import Boundary, BoundaryKind, find_boundaries
from symphase.cycles import CertifiedBifurcation
from symphase.descent import Descent, descend
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.onset import Onset
from symphase.orbits import iterate
from symphase.phases import residual_boundaries
from symphase.verification import MIN_STEPS, Verification, verify

STEPS = MIN_STEPS


@pytest.fixture(scope="module")
def whole() -> Verification:
    return verify(steps=STEPS, runs=2, seed=1)


def alone(boundary: Boundary) -> Verification:
    """Verify one boundary, with the others in the list left out: they do not matter to it."""
    return verify(dataclasses.replace(residual_boundaries(), items=(boundary,)), steps=STEPS, runs=1)


def shifted(boundary: Boundary, by: Fraction) -> Boundary:
    value = boundary.value
    moved: RealAlgebraic | CertifiedBifurcation | Onset
    if isinstance(value, RealAlgebraic):
        moved = value.affine(1, by)
    elif isinstance(value, Onset):
        ends = value.bracket
        middle = Fraction(value.estimate) + by
        moved = dataclasses.replace(
            value, bracket=(ends[0] + by, ends[1] + by), estimate=str(sympy.Rational(middle).evalf(15))
        )
    else:
        ends = value.parameter
        moved = dataclasses.replace(value, parameter=(ends[0] + by, ends[1] + by))
    return dataclasses.replace(boundary, value=moved)


# ------------------------------------------------------------------------------------------------------- it agrees


def test_every_boundary_of_the_residual_map_is_confirmed_by_every_route(whole: Verification) -> None:
    assert whole.agrees
    assert [row.boundary for row in whole] == list(residual_boundaries())
    for row in whole:
        assert (row.enclosure_agrees, row.mpmath_agrees, row.simulation_agrees) == (True, True, True)
        assert row.agrees
    assert (whole.digits, whole.steps, whole.runs, whole.seed) == (50, STEPS, 2, 1)


def test_what_was_seen_on_the_two_sides(whole: Verification) -> None:
    seen = {(row.boundary.kind, row.boundary.period): (row.mpmath_below, row.mpmath_above) for row in whole}
    assert seen == {
        (BoundaryKind.STABILITY, 1): ("not to 0", "to 0"),
        (BoundaryKind.MONOTONE_END, None): ("never rises", "can rise"),
        (BoundaryKind.FLIP, 1): ("period 1", "period 2"),
        (BoundaryKind.FLIP, 2): ("period 2", "period 4"),
        (BoundaryKind.FLIP, 4): ("period 4", "period 8"),
        (BoundaryKind.ONSET, None): ("period a power of 2", "not a power of 2"),
        (BoundaryKind.TANGENCY, 3): ("no period 3", "period 3"),
        (BoundaryKind.CRISIS, None): ("one side", "both sides"),
        (BoundaryKind.ESCAPE, None): ("bounded", "escapes"),
    }
    assert {key: (row.simulation_below, row.simulation_above) for key, row in zip(seen, whole, strict=True)} == seen


def test_the_two_sides_enclose_the_boundary_and_no_other(whole: Verification) -> None:
    for row in whole:
        assert row.boundary.compare(row.below) == 1
        assert row.boundary.compare(row.above) == -1
        for other in residual_boundaries():
            if other != row.boundary:
                assert other.compare(row.below) == other.compare(row.above) != 0


def test_certified_decimals_are_right_to_the_last_digit(whole: Verification) -> None:
    private = mpmath.MPContext()
    private.dps = 60
    wanted = {
        BoundaryKind.STABILITY: private.mpf(0),
        BoundaryKind.MONOTONE_END: 2 * private.sqrt(2) - 2,
        BoundaryKind.CRISIS: 3 * private.sqrt(3) / 2 - 1,
        BoundaryKind.ESCAPE: private.mpf(2),
    }
    flips = {1: private.mpf(1), 2: private.sqrt(5) - 1}
    checked = 0
    for row in whole:
        number = flips.get(row.boundary.period or 0) if row.boundary.kind is BoundaryKind.FLIP else None
        number = wanted.get(row.boundary.kind, number)
        if number is not None:
            assert len(row.decimal.partition(".")[2]) == 20
            assert abs(private.mpf(row.decimal) - number) <= private.mpf(10) ** -20 / 2
            checked += 1
    assert checked == 6
    onset = next(row.decimal for row in whole if row.boundary.kind is BoundaryKind.ONSET)
    assert "1.30228346".startswith(onset)
    assert len(onset) >= 7


def test_the_same_seed_gives_the_same_table() -> None:
    boundary = residual_boundaries().require(BoundaryKind.CRISIS)
    assert alone(boundary).rows == alone(boundary).rows


def test_orbits_carry_at_least_the_digits_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []
    plain = iterate

    def spy(*arguments: Any, digits: int, **options: Any) -> list[Any]:
        used.append(digits)
        return plain(*arguments, digits=digits, **options)

    monkeypatch.setattr(module, "iterate", spy)
    found = dataclasses.replace(
        residual_boundaries(), items=tuple(b for b in residual_boundaries() if b.kind is BoundaryKind.ESCAPE)
    )
    result = verify(found, steps=STEPS, runs=1, digits=80)
    assert result.digits == 80
    assert min(used) >= 80
    assert len(used) == 2  # both sides


def test_progress_is_told_in_order() -> None:
    heard: list[tuple[str, int, int]] = []
    boundary = residual_boundaries().require(BoundaryKind.ESCAPE)
    found = dataclasses.replace(residual_boundaries(), items=(boundary, boundary))
    verify(found, steps=STEPS, runs=1, progress=lambda stage, done, total: heard.append((stage, done, total)))
    assert heard == [(boundary.name, 0, 2), (boundary.name, 1, 2), ("done", 2, 2)]


# ---------------------------------------------------------------------------------------------------- it disagrees

SHIFTS = [
    (BoundaryKind.STABILITY, 1, "1/20"),
    (BoundaryKind.STABILITY, 1, "-1/20"),
    (BoundaryKind.MONOTONE_END, None, "1/100"),
    (BoundaryKind.MONOTONE_END, None, "-1/100"),
    (BoundaryKind.FLIP, 1, "1/20"),
    (BoundaryKind.FLIP, 1, "-1/20"),
    (BoundaryKind.FLIP, 2, "1/40"),
    (BoundaryKind.FLIP, 2, "-1/40"),
    (BoundaryKind.TANGENCY, 3, "1/500"),
    (BoundaryKind.TANGENCY, 3, "-1/500"),
    (BoundaryKind.CRISIS, None, "1/20"),
    (BoundaryKind.CRISIS, None, "-1/20"),
    (BoundaryKind.ESCAPE, None, "1/20"),
    (BoundaryKind.ESCAPE, None, "-1/20"),
]


@pytest.mark.parametrize(("kind", "period", "by"), SHIFTS)
def test_a_shifted_boundary_contradicts_orbits_and_simulation(kind: BoundaryKind, period: int | None, by: str) -> None:
    wrong = shifted(residual_boundaries().require(kind, period), Fraction(by))
    row = alone(wrong).rows[0]
    assert not row.mpmath_agrees
    assert not row.simulation_agrees
    assert not row.agrees
    assert row.enclosure_agrees  # the number is what it says it is: only the behaviour is another


@pytest.mark.parametrize("by", ["1/150", "-1/150"])
def test_a_shifted_box_or_bracket_is_not_proved_again(by: str) -> None:
    for kind, period in ((BoundaryKind.FLIP, 4), (BoundaryKind.ONSET, None)):
        wrong = shifted(residual_boundaries().require(kind, period), Fraction(by))
        row = alone(wrong).rows[0]
        assert not row.enclosure_agrees
        assert not row.agrees


@pytest.mark.parametrize(
    ("kind", "period", "claimed"),
    [(BoundaryKind.FLIP, 1, 2), (BoundaryKind.FLIP, 2, 1), (BoundaryKind.FLIP, 4, 8), (BoundaryKind.TANGENCY, 3, 5)],
)
def test_a_wrong_period_contradicts_orbits_and_simulation(kind: BoundaryKind, period: int, claimed: int) -> None:
    wrong = dataclasses.replace(residual_boundaries().require(kind, period), period=claimed)
    row = alone(wrong).rows[0]
    assert not row.mpmath_agrees
    assert not row.simulation_agrees


@pytest.mark.parametrize(
    ("kind", "claimed"),
    [
        (BoundaryKind.CRISIS, BoundaryKind.ESCAPE),
        (BoundaryKind.ESCAPE, BoundaryKind.CRISIS),
        (BoundaryKind.MONOTONE_END, BoundaryKind.FLIP),
        (BoundaryKind.STABILITY, BoundaryKind.MONOTONE_END),
    ],
)
def test_a_wrong_kind_contradicts_the_orbits(kind: BoundaryKind, claimed: BoundaryKind) -> None:
    wrong = dataclasses.replace(residual_boundaries().require(kind), kind=claimed)
    row = alone(wrong).rows[0]
    assert not row.mpmath_agrees
    assert not row.simulation_agrees


def test_one_wrong_last_digit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    true = RealAlgebraic.decimal

    def off(self: RealAlgebraic, digits: int = 20) -> str:
        right = true(self, digits)
        return right[:-1] + str((int(right[-1]) + 1) % 10)

    monkeypatch.setattr(RealAlgebraic, "decimal", off)
    for kind, period in ((BoundaryKind.MONOTONE_END, None), (BoundaryKind.FLIP, 1), (BoundaryKind.TANGENCY, 3)):
        assert not module.confirms_number(residual_boundaries(), residual_boundaries().require(kind, period))


def test_a_wrong_bracket_or_estimate_of_the_onset_is_noticed() -> None:
    boundary = residual_boundaries().require(BoundaryKind.ONSET)
    onset = boundary.value
    assert isinstance(onset, Onset)
    assert module.confirms_number(residual_boundaries(), boundary)
    low, high = onset.bracket
    wrongs: list[dict[str, Any]] = [
        {"estimate": "1.3023"},
        {"bracket": (low, Fraction("1.30228"))},
        {"bracket": (Fraction("1.3023"), high)},
        {"direction": -1},
    ]
    for changes in wrongs:
        wrong = dataclasses.replace(boundary, value=dataclasses.replace(onset, **changes))
        assert not module.confirms_number(residual_boundaries(), wrong)


def test_a_box_of_another_place_or_period_is_noticed() -> None:
    boundary = residual_boundaries().require(BoundaryKind.FLIP, 4)
    box = boundary.value
    assert isinstance(box, CertifiedBifurcation)
    assert module.confirms_number(residual_boundaries(), boundary)
    tiny = Fraction(1, 10**30)
    wrongs: list[dict[str, Any]] = [
        {"parameter": (box.parameter[0] + tiny, box.parameter[1] + tiny)},
        {"multiplier": Fraction(1)},
        {"multiplier": Fraction(-9, 10)},
    ]
    for changes in wrongs:
        wrong = dataclasses.replace(boundary, value=dataclasses.replace(box, **changes))
        assert not module.confirms_number(residual_boundaries(), wrong)


@pytest.mark.parametrize("route", ["enclosure_agrees", "mpmath_agrees", "simulation_agrees"])
def test_one_route_that_disagrees_is_enough(whole: Verification, route: str) -> None:
    turned: dict[str, Any] = {route: False}
    for place in (0, len(whole.rows) - 1):
        rows = list(whole.rows)
        rows[place] = dataclasses.replace(rows[place], **turned)
        assert not rows[place].agrees
        assert not dataclasses.replace(whole, rows=tuple(rows)).agrees


def test_nothing_verified_is_no_agreement() -> None:
    result = verify(dataclasses.replace(residual_boundaries(), items=()), steps=STEPS, runs=1)
    assert result.rows == ()
    assert not result.agrees


def test_a_simulation_that_breaks_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = descend

    def halved(*arguments: Any, step_sizes: float, **options: Any) -> Descent:
        return plain(*arguments, step_sizes=step_sizes / 2, **options)

    monkeypatch.setattr(module, "descend", halved)
    for kind, period in ((BoundaryKind.FLIP, 1), (BoundaryKind.ESCAPE, None), (BoundaryKind.CRISIS, None)):
        row = alone(residual_boundaries().require(kind, period)).rows[0]
        assert row.enclosure_agrees
        assert row.mpmath_agrees
        assert not row.simulation_agrees


def test_an_orbit_that_breaks_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = iterate

    def moved(family: Any, parameter: Fraction, *arguments: Any, **options: Any) -> list[Any]:
        return plain(family, parameter - Fraction(1, 10), *arguments, **options)

    monkeypatch.setattr(module, "iterate", moved)
    for kind in (BoundaryKind.ESCAPE, BoundaryKind.CRISIS):
        row = alone(residual_boundaries().require(kind)).rows[0]
        assert not row.mpmath_agrees
        assert row.simulation_agrees


def test_boundaries_of_another_map_do_not_agree_with_this_descent() -> None:
    r, x = sympy.symbols("r x")
    found = find_boundaries(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r))
    escape = found.require(BoundaryKind.ESCAPE)
    row = verify(dataclasses.replace(found, items=(escape,)), steps=STEPS, runs=1).rows[0]
    assert row.enclosure_agrees
    assert row.mpmath_agrees  # the orbits are those of the map
    assert not row.simulation_agrees  # gradient descent knows nothing of it


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("digits", [49, 10_001, True, 50.0, "50", None, -1, 10**12]),
        ("steps", [0, MIN_STEPS - 1, 1_000_001, True, 5000.0, "5000", None]),
        ("runs", [0, 1001, True, 2.0, "2", None, -3]),
        ("seed", [-1, True, 0.0, "0", None]),
    ],
)
def test_settings_out_of_range_are_refused_before_any_work(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(InputError, match=f"^{name} = "):
            verify(**{name: value})


def test_what_are_no_boundaries() -> None:
    values: list[Any] = [[], "abc", residual_boundaries().items, 1]
    for value in values:
        with pytest.raises(InputError, match=r"^boundaries = "):
            verify(value)


def test_a_family_without_a_rational_fixed_point_is_refused_in_words() -> None:
    c, x = sympy.symbols("c x")
    with pytest.raises(InputError, match="must have a reference fixed point rational in the parameter"):
        verify(find_boundaries(PolynomialFamily(x**2 + c, variable=x, parameter=c)), steps=STEPS, runs=1)

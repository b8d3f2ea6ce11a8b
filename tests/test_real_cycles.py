"""Cycles at one parameter: against exact root counts, angle tripling, and the births that the atlas lists."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint
import mpmath
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase import real_cycles as module
from symphase.atlas import build_atlas
from symphase.charts import kneading_story
from symphase.enclosures import Verdict, ball_bounds, working_precision
from symphase.errors import InputError
from symphase.itineraries import census
from symphase.maps import PolynomialFamily
from symphase.real_cycles import RealCycles, _Prover, unstable_cycles
from symphase.windows import AtlasError

if TYPE_CHECKING:
    from collections.abc import Callable


def _counts(cycles: RealCycles) -> list[int]:
    counted = Counter(cycle.period for cycle in cycles)
    return [counted[n] for n in range(1, cycles.max_period + 1)]


def test_at_two_they_are_those_of_angle_tripling() -> None:
    """f₂(2 cos θ) = 2 cos 3θ: θ = 2πk/(3ⁿ − 1) and 2πk/(3ⁿ + 1), every multiplier ±3ⁿ but at the end 2."""
    cycles = unstable_cycles(residual(), 2, 6)
    assert cycles.completeness is Verdict.PROVED
    assert _counts(cycles) == list(census(3, 6).cycles) == [3, 3, 8, 18, 48, 116]
    mp = mpmath.MPContext()
    mp.dps = 30
    known: dict[int, list[float]] = {}
    for n in range(1, 7):
        angles = {Fraction(k, m) for m in (3**n - 1, 3**n + 1) for k in range(m // 2 + 1)}
        primitive = [t for t in angles if all((3**d * t) % 1 not in (t % 1, -t % 1) for d in range(1, n) if n % d == 0)]
        known[n] = sorted(2 * mp.cos(2 * mp.pi * t.numerator / t.denominator) for t in primitive)
    for n in range(1, 7):
        points = sorted(point for cycle in cycles.of_period(n) for point in cycle.points)
        assert len(points) == len(known[n])
        for (low, high), value in zip(points, known[n], strict=True):
            error = mp.mpf(10) ** -25
            assert mp.mpf(low.numerator) / low.denominator - error < value
            assert value < mp.mpf(high.numerator) / high.denominator + error
    for cycle in cycles:
        size = 9 if cycle.word in ("2", "0") else 3**cycle.period
        low, high = sorted(abs(end) for end in cycle.multiplier)
        assert low <= size <= high
        assert high - low < Fraction(1, 10**6)
        assert not cycle.is_attracting


PLACES = {
    "residual": (residual, "1/4 0.7 1.1 1.2 1.25 1.31 1.455 1.7 1.702 1.83 1.9 5/2", 3),
    "logistic": (logistic, "1.5 2.5 3.2 3.46 3.83 3.84 3.9 4 9/2", 4),
    "quadratic": (quadratic, "0.1 -0.5 -0.9 -1.3 -1.76 -1.77 -1.9 -2 -3", 4),
}


@pytest.mark.parametrize("name", PLACES)
def test_they_are_as_many_as_sympy_counts_real_roots(name: str) -> None:
    """Sturm sequences on fⁿ(z) − z, cycles of every divisor of n together; SymPy, not FLINT, counts."""
    make, parameters, longest = PLACES[name]
    family = make()
    z = family.variable
    for text in parameters.split():
        cycles = unstable_cycles(family, text, longest)
        assert cycles.completeness is Verdict.PROVED, (text, cycles.statement)
        value = Fraction(text)
        f = family.expression.subs(family.parameter, sympy.Rational(value.numerator, value.denominator))
        image = z
        for n in range(1, longest + 1):
            image = sympy.expand(f.subs(z, image))
            roots = int(sympy.Poly(image - z, z, domain="QQ").count_roots())
            assert roots == sum(d * len(cycles.of_period(d)) for d in range(1, n + 1) if n % d == 0), (text, n)


@pytest.mark.parametrize(("make", "start", "stop"), [(residual, "3/4", "21/10"), (logistic, "3/2", "5")])
def test_between_the_windows_they_are_those_born_before(
    make: Callable[[], PolynomialFamily], start: str, stop: str
) -> None:
    """Two cycles for each tangency passed, one for each flip: the atlas and the list of cycles must agree."""
    family = make()
    atlas = build_atlas(family, 6)
    ends = Fraction(start), Fraction(stop)
    for share in (Fraction(k, 8) for k in range(9)):
        parameter = ends[0] + share * (ends[1] - ends[0])
        expected = [atlas.laps.laps] + [0] * 5
        for window in atlas:
            if window.period > 1 and window.birth[1] < parameter:
                expected[window.period - 1] += 1 if window.parent is not None else 2
        cycles = unstable_cycles(family, parameter, 6)
        if cycles.completeness is Verdict.PROVED:
            assert _counts(cycles) == expected, parameter
        else:
            assert parameter in (1, 3), cycles.statement


def test_the_attracting_cycle_is_the_windows() -> None:
    atlas = build_atlas(residual(), 5)
    for window in (*atlas.of_period(1), *atlas.of_period(2), *atlas.of_period(3), *atlas.of_period(5)[::6]):
        early = window.birth[1] + (window.superstable[0] - window.birth[1]) / 2
        late = window.superstable[1] + (window.flip[0] - window.superstable[1]) / 2
        early, late = (value.limit_denominator(10**9) for value in (early, late))
        if window.period == 1:
            early = Fraction(1, 4)
        for parameter, word in ((early, atlas.laps.even(window.word)), (late, atlas.laps.odd(window.word))):
            cycles = unstable_cycles(residual(), parameter, window.period)
            attracting = [cycle.word for cycle in cycles if cycle.is_attracting]
            assert attracting == [word]
            assert len(cycles.unstable) == len(cycles) - 1
            twins = [cycle for cycle in cycles.unstable if cycle.word == atlas.laps.even(window.word)]
            assert len(twins) == (1 if window.parent is None else 0)  # a tangency bears a pair


def test_superstable_and_neutral_parameters() -> None:
    cycles = unstable_cycles(residual(), "1/2", 3)
    assert [c.word for c in cycles if c.is_attracting] == ["C"]
    assert [c.multiplier for c in cycles if c.is_attracting] == [(Fraction(0), Fraction(0))]
    assert cycles.completeness is Verdict.PROVED
    assert [c.word for c in unstable_cycles(quadratic(), -1, 3) if c.is_attracting] == ["RC"]
    for family, parameter, word in ((residual(), 1, "1"), (logistic(), 3, "R"), (quadratic(), "-5/4", "RL")):
        neutral = unstable_cycles(family, parameter, 4)
        assert neutral.completeness is Verdict.UNDECIDED
        assert f"({word})^∞" in neutral.statement
        assert all(cycle.word != word for cycle in neutral)


def test_a_neutral_cycle_is_never_certified() -> None:
    chart = kneading_story(residual()).chart
    with working_precision(256):
        assert _Prover(chart, Fraction(1), 64).cycle("1", flint.arb(0)) is None
        assert _Prover(chart, Fraction(999, 1000), 64).cycle("1", flint.arb(0)) is not None


def test_an_odd_family_shows_the_cycles_of_its_quotient() -> None:
    ours, theirs = unstable_cycles(odd_cubic(), "2.7", 4), unstable_cycles(residual(), "1.7", 4)
    assert [cycle.word for cycle in ours] == [cycle.word for cycle in theirs]
    assert ours.family != odd_cubic()
    for left, right in zip(ours, theirs, strict=True):
        assert left.multiplier[0] <= right.multiplier[1]
        assert right.multiplier[0] <= left.multiplier[1]


def test_a_missing_cycle_is_noticed_by_the_second_count(monkeypatch: pytest.MonkeyPatch) -> None:
    from symphase.itineraries import LapStructure

    honest = LapStructure.cycles
    monkeypatch.setattr(LapStructure, "cycles", lambda self, n: honest(self, n)[1 if n == 3 else 0 :])
    with pytest.raises(AtlasError, match="of period 3 found, but the dynatomic polynomial has"):
        unstable_cycles(residual(), "1.9", 3)


def test_bad_input_is_refused() -> None:
    for period in (0, 17, 10**9, True, "3", None, 2.5):
        with pytest.raises(InputError, match="max_period"):
            unstable_cycles(logistic(), 3, period)  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match=r"can make \d+ cycles"):
        unstable_cycles(residual(), 2, 13)
    for parameter in (1, 0, "1/2", -5):
        with pytest.raises(InputError, match="parameter"):
            unstable_cycles(logistic(), parameter, 3)
    for bad in ("x", None, float("inf"), 1j):
        with pytest.raises(InputError, match="parameter"):
            unstable_cycles(logistic(), bad, 3)
    with pytest.raises(InputError, match="period"):
        unstable_cycles(logistic(), 3.5, 3).of_period(4)


def _roots(family: PolynomialFamily, parameter: Fraction, period: int) -> list[Fraction]:
    """Real zeros of fⁿ(z) − z by FLINT's complex roots, an independent route; as rationals to 60 digits."""
    row: tuple[Fraction, ...] = family.at(parameter)
    f = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in row])
    z = iterate = flint.fmpq_poly([0, 1])
    for _ in range(period):
        iterate = f(iterate)
    with working_precision(400):
        found: Any = (iterate - z).numer().complex_roots()
        return sorted(ball_bounds(root.real)[0] for root, _ in found if root.imag == 0)


@pytest.mark.parametrize(
    ("power", "parameter", "longest"), [(2, Fraction(27, 4), 4), (4, Fraction(3125, 256), 3), (2, Fraction(27, 4), 1)]
)
def test_the_critical_orbit_may_land_on_the_bound_critical_point(power: int, parameter: Fraction, longest: int) -> None:
    """f(c) = b exactly: the itinerary of f(c) is known although no ball tells the lap of b."""
    r, x = sympy.symbols("r x")
    family = PolynomialFamily(r * x * (1 - x) ** power, variable=x, parameter=r)
    cycles = unstable_cycles(family, parameter, longest)
    assert cycles.completeness is Verdict.PROVED
    for n in range(1, longest + 1):
        points = sum(cycle.period for cycle in cycles if n % cycle.period == 0)
        assert points == len(_roots(family, parameter, n))


def test_words_are_open_where_no_letter_of_the_kneading_sequence_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "kneading_at", lambda *_: "")
    cycles = unstable_cycles(logistic(), 4, 3)
    assert cycles.completeness is Verdict.UNDECIDED
    assert len(cycles) == 0
    assert "and 0 more" not in cycles.statement
    for word in ("L", "R", "RL", "RLR", "RLL"):
        assert f"({word})^∞" in cycles.statement
    monkeypatch.setattr(module, "kneading_at", lambda *_: "RL")
    cycles = unstable_cycles(logistic(), "3.84", 3)  # with an attracting cycle of more letters than are known
    assert cycles.completeness is Verdict.UNDECIDED
    assert {"L", "R"} <= {cycle.word for cycle in cycles}
    assert "attracting" in cycles.statement


@pytest.mark.parametrize("stretch", [2**63, 10**30, Fraction(1, 10**30), 1])
def test_boxes_hold_one_cycle_each_whatever_the_units(stretch: int | Fraction) -> None:
    """x in units of 2^-63 and others: a published box holds one real zero of fⁿ(z) − z, by another route."""
    r, x = sympy.symbols("r x")
    scale = sympy.Rational(Fraction(stretch).numerator, Fraction(stretch).denominator)
    family = PolynomialFamily(r * x * (1 - scale * x), variable=x, parameter=r)
    parameter = Fraction(39, 10)
    cycles = unstable_cycles(family, parameter, 4)
    assert cycles.completeness is Verdict.PROVED
    assert _counts(cycles) == _counts(unstable_cycles(logistic(), parameter, 4))
    for period in range(1, 5):
        boxes = sorted(point for cycle in cycles.of_period(period) for point in cycle.points)
        assert all(left[1] < right[0] for left, right in itertools.pairwise(boxes))
        roots = _roots(family, parameter, period)
        for low, high in boxes:
            assert sum(low < root < high for root in roots) == 1
            assert (high - low) * stretch < Fraction(1, 2**60)


def test_close_cycles_get_finer_boxes() -> None:
    """At r = 1000 points of cycles of period 8 lie about 2^-70 apart: boxes of 2^-64 would hold several."""
    cycles = unstable_cycles(logistic(), 1000, 8)
    assert cycles.completeness is Verdict.PROVED
    assert _counts(cycles) == list(census(2, 8).cycles)
    boxes = sorted(point for cycle in cycles.of_period(8) for point in cycle.points)
    gaps = [right[0] - left[1] for left, right in itertools.pairwise(boxes)]
    assert 0 < min(gaps) < Fraction(1, 2**64)
    assert {cycle.exponent for cycle in cycles.of_period(1)} == {64}


def test_far_parameters_are_answered_or_refused_soon() -> None:
    began = time.perf_counter()
    cycles = unstable_cycles(logistic(), 1000, 6)
    assert cycles.completeness is Verdict.PROVED
    assert _counts(cycles) == list(census(2, 6).cycles)
    unstable_cycles(residual(), 10**6, 5)
    assert time.perf_counter() - began < 15
    for parameter, reason in ((10**400, "smaller than 2"), (10**300, "so far beyond")):
        with pytest.raises(InputError, match=reason):
            unstable_cycles(residual(), parameter, 5)


def test_parameters_where_the_degree_falls_are_refused() -> None:
    r, x = sympy.symbols("r x")
    family = PolynomialFamily((1 - r / 10) * x**2 + r * (r - 12) / 12, variable=x, parameter=r)
    with pytest.raises(InputError, match="degree of this family falls"):
        unstable_cycles(family, 10, 3)

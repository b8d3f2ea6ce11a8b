"""Entropy and Lyapunov exponents by second routes: laps counted in decimals and exactly, integrals, float means."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual
from test_chaos import onset

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.enclosures import Certainty, Verdict
from symphase.entropy import entropy_range, kneading_determinant, topological_entropy
from symphase.errors import InputError
from symphase.landings import band_merging_parameters
from symphase.lyapunov import chebyshev_degree, lyapunov_exponent, telescoped_derivative
from symphase.maps import PolynomialFamily

Family = Callable[[], PolynomialFamily]
_x, _r = sympy.symbols("x r")
CRISIS = RealAlgebraic([-23, 8, 4], Fraction(1), Fraction(2))  # 3√3/2 − 1
AIRPLANE = RealAlgebraic([1, 1, 2, 1], Fraction(-2), Fraction(-1))  # superstable period 3 of x² + c


# ------------------------------------------------------------------------------------------------ laps, counted twice


def lap_numbers(family: PolynomialFamily, parameter: Fraction, count: int) -> list[int]:
    """Laps of f, f², … on the interval spanned by the critical orbits, in 200 digits.

    Block, Keesling, Li and Peterson, "An improved algorithm for computing topological entropy", J. Stat. Phys. 55
    (1989): each lap of fⁿ is known by its image, an interval between points of critical orbits.
    """
    context = mpmath.MPContext()
    context.dps = 200
    a = context.mpf(parameter.numerator) / parameter.denominator
    f = [context.polyval([context.mpf(v.numerator) / v.denominator for v in row[::-1]], a) for row in family.rows]
    slope = [k * v for k, v in enumerate(f)][1:]
    found = context.polyroots(slope[::-1], maxsteps=200, extraprec=400) if len(slope) > 2 else [-slope[0] / slope[1]]
    critical = sorted(z.real for z in found if abs(z.imag) < context.mpf(10) ** -50)

    def image(z: mpmath.mpf) -> mpmath.mpf:
        return context.polyval(f[::-1], z)

    points = []
    for c in critical:
        z = c
        for _ in range(60):
            z = image(z)
            points.append(z)
    # only what the free critical orbit spans, unless it reaches beyond the other critical point
    free = min(critical, key=lambda c: abs(image(image(c)) - image(c)) < context.mpf(10) ** -50)
    reach = [z for c in [free] for z in _orbit(image, c, 60)]
    low, high = min(reach), max(reach)
    if any(c != free and low < c < high for c in critical):
        low, high = min(points), max(reach)
    tiny = context.mpf(10) ** -60

    def key(z: mpmath.mpf) -> str:
        return str(context.nstr(z, 30))

    values = {key(low): low, key(high): high}
    laps: Counter[tuple[str, str]] = Counter({(key(low), key(high)): 1})
    numbers = []
    for _ in range(count):
        following: Counter[tuple[str, str]] = Counter()
        for (left, right), number in laps.items():
            cuts = [
                values[left],
                *(c for c in critical if values[left] + tiny < c < values[right] - tiny),
                values[right],
            ]
            for one, other in pairwise(cuts):
                ends = sorted((image(one), image(other)))
                for z in ends:
                    values[key(z)] = z
                following[key(ends[0]), key(ends[1])] += number
        laps = following
        numbers.append(sum(laps.values()))
    return numbers


def _orbit(image: Callable[[mpmath.mpf], mpmath.mpf], z: mpmath.mpf, count: int) -> list[mpmath.mpf]:
    orbit = []
    for _ in range(count):
        z = image(z)
        orbit.append(z)
    return orbit


@pytest.mark.parametrize("parameter", [Fraction(-9, 5), Fraction(-3, 2)])
def test_the_count_of_laps_is_the_count_of_turning_points(parameter: Fraction) -> None:
    """Turning points of fⁿ as the exactly counted real roots of its derivative between the ends."""
    counted = lap_numbers(quadratic(), parameter, 5)
    f = sympy.Poly(_x**2 + sympy.Rational(parameter.numerator, parameter.denominator), _x)
    low = sympy.Rational(parameter.numerator, parameter.denominator)
    high = f.eval(low)
    iterate = f
    for laps in counted:
        inner = iterate.diff().sqf_part()
        ends = sum(inner.eval(end) == 0 for end in (low, high))
        assert inner.count_roots(low, high) - ends + 1 == laps
        iterate = f.compose(iterate)


@pytest.mark.parametrize(
    ("make", "parameter"),
    [
        (quadratic, "-1.8"),
        (quadratic, "-1.6"),
        (logistic, "3.9"),
        (logistic, "3.83"),
        (residual, "1.4"),
        (residual, "1.55"),
        (residual, "1.7"),
        (residual, "1.9"),
        (residual, "1.99"),
    ],
)
def test_bounds_agree_with_the_growth_of_laps(make: Family, parameter: str) -> None:
    found = topological_entropy(make(), parameter)
    low, high = found.bounds
    assert Fraction(0) < low < high
    assert high - low < Fraction(1, 10**6)
    numbers = lap_numbers(make(), Fraction(parameter), 90)
    growth = math.log(numbers[-1] / numbers[-31]) / 30
    assert growth == pytest.approx(float(low), abs=2e-5)
    for n, laps in enumerate(numbers, start=1):  # lap numbers are submultiplicative: the entropy is their infimum
        assert math.log(laps) / n > float(low) - 1e-12


# ---------------------------------------------------------------------------------------------- exact values


@pytest.mark.parametrize(
    ("make", "parameter", "polynomial"),
    [
        (residual, 2, [-3, 1]),
        (residual, CRISIS, [-2, 1]),
        (residual, Fraction(1, 2), [-1, 1]),
        (residual, RealAlgebraic([-7, 4, 2], Fraction(1), Fraction(2)), [-1, 1]),  # 3√2/2 − 1
        (logistic, 4, [-2, 1]),
        (quadratic, -2, [-2, 1]),
        (quadratic, -1, [-1, 1]),
        (quadratic, AIRPLANE, [-1, -1, 1]),  # the golden mean
        (quadratic, RealAlgebraic([2, 2, 2, 1], Fraction(-8, 5), Fraction(-3, 2)), [-2, 0, 1]),
        (logistic, RealAlgebraic([-8, -4, -2, 1], Fraction(3), Fraction(4)), [-2, 0, 1]),
        (odd_cubic, 3, [-3, 1]),
    ],
)
def test_finite_critical_orbits_have_exact_entropy(make: Family, parameter: object, polynomial: list[int]) -> None:
    found = topological_entropy(make(), parameter)
    assert found.certainty is Certainty.EXACT
    assert found.growth is not None
    assert list(found.growth.coefficients) == polynomial
    low, high = found.bounds
    assert high - low < Fraction(1, 10**35)
    assert abs(logarithm(found.growth) - low) < Fraction(1, 10**35)


def logarithm(number: RealAlgebraic) -> Fraction:
    """By mpmath, to 50 digits."""
    context = mpmath.MPContext()
    context.dps = 60
    return Fraction(context.nstr(context.log(context.mpf(number.decimal(60))), 50))


@pytest.mark.parametrize(("name", "make"), [("residual", residual), ("quadratic", quadratic)])
def test_band_mergings_halve_the_entropy(name: str, make: Family) -> None:
    mergings = band_merging_parameters(make(), onset(name))
    for merging, power in zip(mergings, (2, 4), strict=False):
        found = topological_entropy(make(), merging.value)
        assert found.growth is not None
        assert found.growth.degree == power
        assert found.growth.coefficients == (-2, *[0] * (power - 1), 1)
    # the third is known as a bracket: its two ends must enclose log 2 / 8
    ends = [topological_entropy(make(), end).bounds for end in mergings[2].parameter]
    assert min(float(b[0]) for b in ends) - 1e-6 < math.log(2) / 8 < max(float(b[1]) for b in ends) + 1e-6


def test_kneading_bounds_enclose_exact_values_beside_them() -> None:
    """A rational 10⁻⁶⁰ away from an algebraic parameter has no finite critical orbit, and nearly the same entropy."""
    for make, number, growth in ((residual, CRISIS, 2.0), (quadratic, AIRPLANE, (1 + 5**0.5) / 2)):
        beside = Fraction(number.decimal(60))
        found = topological_entropy(make(), beside)
        assert found.growth is None
        assert float(found.bounds[0]) - 1e-6 < math.log(growth) < float(found.bounds[1]) + 1e-6
        assert found.bounds[1] - found.bounds[0] < Fraction(1, 10**6)


def test_determinants_of_known_itineraries() -> None:
    t = sympy.Symbol("t")

    def first_zero(letters: str) -> float:
        polynomial = sympy.Poly(list(kneading_determinant(letters))[::-1], t)
        return min(float(root.real) for root in map(complex, polynomial.nroots()) if abs(root.imag) < 1e-9 < root.real)

    assert first_zero("R" + "L" * 30) == pytest.approx(1 / 2, abs=1e-6)
    assert first_zero("2" * 30) == pytest.approx(1 / 3, abs=1e-6)
    assert first_zero("RL" + "R" * 30) == pytest.approx(2**-0.5, abs=1e-4)


def test_the_doubled_itinerary_has_the_determinant_of_the_square() -> None:
    """D(t)·(1 + t) = D'(t²)·(1 − t) for the itinerary with R → RL, L → RR, coefficient by coefficient."""
    rng = random.Random(3)
    t = sympy.Symbol("t")
    for _ in range(10):
        letters = "".join(rng.choice("LR") for _ in range(12))
        doubled = "".join("RL" if symbol == "R" else "RR" for symbol in letters)
        one, two = (sympy.Poly(kneading_determinant(w)[::-1], t) for w in (letters, doubled))
        left = two * sympy.Poly(1 + t, t)
        right = one.compose(sympy.Poly(t**2, t)) * sympy.Poly(1 - t, t)
        difference = (left - right).all_coeffs()[::-1]
        assert difference[: len(doubled)] == [0] * min(len(doubled), len(difference))


# ---------------------------------------------------------------------------------------------- behaviour of bounds


@pytest.mark.parametrize(("make", "ends"), [(residual, ("1.2", 2)), (logistic, ("3.5", 4)), (quadratic, ("-1.3", -2))])
def test_entropy_never_falls_along_the_family(make: Family, ends: tuple[object, object]) -> None:
    rng = random.Random(11)
    low, high = Fraction(str(ends[0])), Fraction(str(ends[1]))
    places = sorted(Fraction(rng.randint(0, 10**9), 10**9) for _ in range(40))
    found = [topological_entropy(make(), low + (high - low) * place).bounds for place in places]
    for i, before in enumerate(found):
        for after in found[i + 1 :]:
            assert before[0] <= after[1]
    assert found[0][1] < found[-1][0]


def test_a_plateau_and_its_ends() -> None:
    """Entropy is the golden mean's all through the window of period 3, and larger beyond its closing crisis."""
    golden = math.log((1 + 5**0.5) / 2)
    for parameter in ("3.8285", "3.83", "3.84", "3.845", "3.849"):
        low, high = topological_entropy(logistic(), parameter).bounds
        assert float(low) - 1e-9 <= golden <= float(high) + 1e-9
    assert topological_entropy(logistic(), "3.87").bounds[0] > golden
    assert topological_entropy(logistic(), "3.8").bounds[1] < golden


def test_more_letters_give_narrower_bounds_to_any_tolerance() -> None:
    before = (Fraction(0), Fraction(2))
    for digits in (3, 6, 12, 30):
        found = topological_entropy(residual(), "1.9", tolerance=Fraction(1, 10**digits))
        assert found.bounds[1] - found.bounds[0] < Fraction(1, 10**digits)
        assert before[0] <= found.bounds[1]
        assert found.bounds[0] <= before[1]
        before = found.bounds
    few = topological_entropy(residual(), "1.9", max_symbols=8)
    assert few.symbols == 8
    assert few.bounds[0] < before[0] < before[1] < few.bounds[1]


def test_near_the_onset_the_bounds_stay_positive_and_close() -> None:
    low, high = topological_entropy(residual(), "1.30229").bounds
    assert 0 < low < high < Fraction(6, 1000)
    low, high = topological_entropy(residual(), "1.3022835").bounds
    assert 0 < low < high < Fraction(1, 1000)  # by the place among the mergings alone


def test_what_is_not_known_is_said() -> None:
    found = topological_entropy(residual(), "2.1")
    assert found.growth is None
    assert found.bounds[0] == 0
    assert "no invariant interval" in found.statement
    several = PolynomialFamily(_r * _x * (1 - _x) * (1 + 3 * _x), variable=_x, parameter=_r)
    found = topological_entropy(several, 1)
    assert found.bounds[0] == 0
    assert float(found.bounds[1]) == pytest.approx(math.log(3))


def test_ranges_name_their_theorem() -> None:
    found = entropy_range(residual(), "1.6", "1.7")
    assert found.theorem.verdict is Verdict.PROVED
    assert found.bounds is not None
    inner = topological_entropy(residual(), "1.65").bounds
    assert found.bounds[0] < inner[0] < inner[1] < found.bounds[1]
    quartic = PolynomialFamily(_r * (_x - _x**4), variable=_x, parameter=_r)
    assert entropy_range(quartic, 1, 2).bounds is None


@pytest.mark.parametrize(
    "options",
    [
        {"tolerance": 0},
        {"tolerance": 2},
        {"tolerance": Fraction(1, 10**300)},
        {"max_symbols": 0},
        {"max_symbols": True},
    ],
)
def test_bad_requests(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        topological_entropy(logistic(), 4, **options)  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match="upper"):
        entropy_range(logistic(), 4, 3)


# ---------------------------------------------------------------------------------------------- Lyapunov exponents


@pytest.mark.parametrize(
    ("make", "parameter", "degree", "centre", "half"),
    [(residual, 2, 3, 0.0, 2.0), (logistic, 4, 2, 0.5, 0.5), (quadratic, -2, 2, 0.0, 2.0), (odd_cubic, 3, 3, 0.0, 2.0)],
)
def test_chebyshev_maps_against_the_arcsine_integral(
    make: Family, parameter: int, degree: int, centre: float, half: float
) -> None:
    """The mean of log|f'| over the arcsine measure of the invariant interval, by quadrature."""
    family = make()
    found = lyapunov_exponent(family, parameter)
    assert found.certainty is Certainty.EXACT
    assert found.growth == degree
    slope = [k * v for k, v in enumerate(family.at(float(parameter), float))][1:]
    angles = (np.arange(200_000) + 0.5) * math.pi / 200_000
    values = np.polyval(slope[::-1], centre + half * np.cos(angles))
    assert found.value == pytest.approx(float(np.mean(np.log(np.abs(values)))), abs=1e-4)


def test_chebyshev_polynomials_in_other_coordinates_are_recognised() -> None:
    for degree in range(2, 8):
        for sign in (1, -1):
            for slope in (Fraction(3, 2), Fraction(-5, 7)):
                inner = (_x - sympy.Rational(2, 3)) / sympy.Rational(slope.numerator, slope.denominator)
                outer = sign * sympy.chebyshevt(degree, inner)
                moved = sympy.Poly(
                    sympy.Rational(slope.numerator, slope.denominator) * outer + sympy.Rational(2, 3), _x
                )
                coefficients = [Fraction(int(v.p), int(v.q)) for v in moved.all_coeffs()[::-1]]
                assert chebyshev_degree(coefficients) == degree
                coefficients[0] += Fraction(1, 10**9)
                assert chebyshev_degree(coefficients) is None
    assert chebyshev_degree([Fraction(0), Fraction(-3), Fraction(0), Fraction(-1)]) is None  # s² < 0
    assert chebyshev_degree([Fraction(0), Fraction(2)]) is None


def test_certified_exponents_on_attracting_cycles() -> None:
    found = lyapunov_exponent(logistic(), "3.2")  # 2-cycle: multiplier 4 + 2r − r² = 0.16
    assert found.certainty is Certainty.CERTIFIED
    assert found.bounds is not None
    assert found.bounds[0] <= logarithm(RealAlgebraic.rational("0.16")) / 2 <= found.bounds[1]
    assert found.bounds[1] - found.bounds[0] < Fraction(1, 10**10)
    assert lyapunov_exponent(quadratic(), -1).value == -math.inf
    assert lyapunov_exponent(residual(), Fraction(1, 2)).value == -math.inf
    window = lyapunov_exponent(residual(), "1.7")
    assert window.certainty is Certainty.CERTIFIED
    assert window.value is not None
    assert -1 < window.value < 0


@pytest.mark.parametrize("parameter", ["1.55", "1.62", "1.9", "1.97"])
def test_telescoping_changes_nothing_but_the_work(parameter: str) -> None:
    plain = lyapunov_exponent(residual(), parameter, telescope=False)
    short = lyapunov_exponent(residual(), parameter, seed=1)
    assert plain.certainty is short.certainty is Certainty.OBSERVED
    assert "telescopes" in short.statement
    assert plain.value is not None
    assert short.value is not None
    assert plain.standard_error is not None
    assert short.standard_error is not None
    assert 0 < short.standard_error < 0.002
    assert abs(plain.value - short.value) < 5 * math.hypot(plain.standard_error, short.standard_error) + 1e-4
    # an exponent cannot exceed the entropy of the map (Ruelle 1978; equality for smooth measures, Ledrappier 1981)
    assert short.value < float(topological_entropy(residual(), parameter).bounds[1])


def test_the_mean_that_telescopes_is_zero() -> None:
    a, steps = 1.9, 20_000
    z = np.random.default_rng(5).uniform(-1.5, 1.5, 64)
    total, other = np.zeros(64), np.zeros(64)
    for step in range(steps + 500):
        if step >= 500:
            total += np.log(np.abs(1 - z))
            other += z * (z + a) * (z - 2)
        z = ((z + (a - 2)) * z + (1 - 2 * a)) * z
    for sums in (total / steps, other / steps):
        assert abs(np.mean(sums)) < 5 * np.std(sums) / 8 + 1e-3


def test_telescoping_is_derived_and_not_assumed() -> None:
    w = PolynomialFamily(sympy.expand(_r * _x * (1 - _x) ** 2), variable=_x, parameter=_r)
    found = telescoped_derivative(w, 6)
    assert found is not None
    assert found.leading == 6
    assert found.multiplicity == 2
    assert found.constant == pytest.approx(-math.log(6) / 2)
    plain, short = (lyapunov_exponent(w, 6, telescope=flag) for flag in (False, True))
    assert plain.value is not None
    assert short.value is not None
    assert plain.standard_error is not None
    assert abs(plain.value - short.value) < 8 * plain.standard_error
    assert telescoped_derivative(logistic(), 4) is None
    assert telescoped_derivative(odd_cubic(), 2) is None


@pytest.mark.parametrize(
    ("make", "start", "value"), [(logistic, "3.99999", math.log(2)), (residual, "1.99999", math.log(3))]
)
def test_estimates_tend_to_the_exact_value(make: Family, start: str, value: float) -> None:
    found = lyapunov_exponent(make(), start)
    assert found.certainty is Certainty.OBSERVED
    assert found.value == pytest.approx(value, abs=0.01)
    again = lyapunov_exponent(make(), start)
    assert (again.value, again.standard_error) == (found.value, found.standard_error)  # the seed says it all


def test_rounding_does_not_hold_orbits_at_the_fixed_end() -> None:
    """At the crisis a float orbit meets −a exactly once in 10⁵ steps, and would stay there for ever."""
    found = lyapunov_exponent(residual(), CRISIS)
    assert found.value is not None
    assert found.standard_error is not None
    assert 0.6 < found.value < math.log(2) + 3 * found.standard_error


def test_escaping_orbits_have_no_exponent() -> None:
    for make, parameter in ((residual, "2.5"), (logistic, 5), (quadratic, 1)):
        found = lyapunov_exponent(make(), parameter)
        assert found.value is None
        assert found.certainty is Certainty.OBSERVED


@pytest.mark.parametrize("options", [{"orbits": 1}, {"steps": 0}, {"burn_in": -1}, {"seed": -1}, {"orbits": 2.0}])
def test_bad_sizes(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        lyapunov_exponent(logistic(), "3.9", **options)  # type: ignore[arg-type]  # the wrong type is the point


def test_a_spectral_radius_by_floats() -> None:
    """Growth of an eventually periodic orbit: NumPy's eigenvalues of a hand-made transition matrix."""
    # superstable period 5 of x² + c, the first one beyond the merging of two bands
    number = next(
        root for root in real_roots(_superstable(5), Fraction(-2), Fraction(-3, 2)) if root > Fraction("-1.7")
    )
    found = topological_entropy(quadratic(), number)
    assert found.growth is not None
    c = float(number)
    orbit = [0.0]
    for _ in range(4):
        orbit.append(orbit[-1] ** 2 + c)
    order = sorted(range(5), key=lambda i: orbit[i])
    place = {index: rank for rank, index in enumerate(order)}
    matrix = np.zeros((4, 4))
    for i in range(4):
        ends = sorted(place[(order[j] + 1) % 5] for j in (i, i + 1))
        matrix[i, ends[0] : ends[1]] = 1
    assert float(found.growth) == pytest.approx(max(abs(np.linalg.eigvals(matrix))), abs=1e-12)


def _superstable(period: int) -> flint.fmpz_poly:
    z = flint.fmpz_poly([0])
    for _ in range(period):
        z = z * z + flint.fmpz_poly([0, 1])
    return z


def test_a_superstable_cycle_without_a_rational_critical_point() -> None:
    # r v − v³ at r = 3/2: c = 1/√2 is fixed; a float orbit sees log 10⁻¹⁶ instead
    found = lyapunov_exponent(odd_cubic(), "3/2", orbits=4, steps=10, burn_in=5)
    assert (found.value, found.certainty) == (-math.inf, Certainty.EXACT)


def test_a_multiplier_far_below_rounding_is_certified() -> None:
    mpmath_context = mpmath.MPContext()
    mpmath_context.dps = 60
    r = Fraction(int((1 + mpmath_context.sqrt(5)) * 10**40), 10**40)
    found = lyapunov_exponent(logistic(), r, orbits=4, steps=10, burn_in=5)
    a = mpmath_context.mpf(r.numerator) / r.denominator
    expected = mpmath_context.log(abs(4 + 2 * a - a * a)) / 2  # multiplier of the 2-cycle
    assert found.certainty is Certainty.CERTIFIED
    assert found.value == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(
    ("make", "parameter"), [(logistic, 3), (residual, 1), (quadratic, "-5/4"), (quadratic, "-7/4")]
)
def test_the_drift_at_a_neutral_cycle_is_the_error_of_a_slow_transient(
    make: Callable[[], PolynomialFamily], parameter: object
) -> None:
    found = lyapunov_exponent(make(), parameter, orbits=64, steps=2000, burn_in=500)  # the truth is 0
    assert found.value is not None
    assert found.standard_error is not None
    assert found.drift is not None
    assert abs(found.value) < 3 * (found.standard_error + found.drift)
    assert found.drift > 3 * found.standard_error  # the spread alone would have claimed far too much


@pytest.mark.parametrize(("make", "parameter"), [(logistic, "3.9"), (residual, "1.9")])
def test_the_stated_error_of_a_chaotic_run_is_the_spread_over_seeds(
    make: Callable[[], PolynomialFamily], parameter: str
) -> None:
    runs = [lyapunov_exponent(make(), parameter, orbits=64, steps=500, burn_in=100, seed=seed) for seed in range(20)]
    spread = float(np.std([run.value or math.nan for run in runs], ddof=1))
    stated = float(np.mean([run.standard_error or math.nan for run in runs]))
    assert 0.5 < stated / spread < 2  # χ² with 19 degrees of freedom leaves this in fewer than 1 in 10⁴ draws


def test_too_many_iterates_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="steps"):
        lyapunov_exponent(logistic(), "3.9", orbits=100_000, steps=10_000_000)


@pytest.mark.parametrize("wrong", [None, 3, "x"])
def test_what_is_no_family_or_word_is_named(wrong: Any) -> None:
    for ask in (topological_entropy, lyapunov_exponent, telescoped_derivative):
        with pytest.raises(InputError, match="family"):
            ask(wrong, 1)
    with pytest.raises(InputError, match="letters"):
        kneading_determinant(wrong)
    with pytest.raises(InputError, match="coefficients"):
        chebyshev_degree([float("nan"), wrong, 1])  # type: ignore[list-item]  # the wrong type is the point
    with pytest.raises(InputError, match="telescope"):
        lyapunov_exponent(logistic(), "3.9", telescope=wrong)
    with pytest.raises(InputError, match="parameter"):
        lyapunov_exponent(logistic(), 10**400)


@pytest.mark.parametrize("parameter", ["1.37", "1.41", "1.55", "1.7", "1.93"])
def test_printed_bounds_are_bounds(parameter: str) -> None:
    found = topological_entropy(residual(), parameter, tolerance=Fraction(1, 10**12))
    low, high = (Fraction(text) for text in str(found).removeprefix("between ").split(" and "))
    assert low <= found.bounds[0] <= found.bounds[1] <= high
    assert high - low < Fraction(3, 10**9)
    assert f"{low}" != f"{high}"


def test_printed_bounds_of_a_range_are_bounds() -> None:
    found = entropy_range(quadratic(), -2, "-1.8")
    assert found.bounds is not None
    low, high = (Fraction(text) for text in repr(found).split(": ")[1].split(" between ")[0].split(" to "))
    assert low <= found.bounds[0] <= found.bounds[1] <= high

"""Enclosures hold the truth and are narrow: 10⁵ random rationals a function, and not one escape.

The truth comes from ``Fraction``, or from mpmath at four times the precision; neither shares code with Arb.  Functions
that take long for so many run with few numbers on a commit and with all of them among the slow tests; only the latter
count, and pairs once.  Fewer than 10⁵ even then, as one costs between a fifth of a millisecond and five: cube
roots, polynomials with two planted roots and critical orbits (50 000), certified cycles and itineraries (20 000),
certified parameters of a given multiplier (10 000), certified exponents and entropies (400).
SYMPHASE_TEST_MULTIPLIER raises them: 10 brings all of them but the last to 10⁵.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, Final

import flint
import mpmath
import numpy as np
import pytest
from families import logistic, odd_cubic, quadratic, residual
from knob import rng, trials

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.boundaries import find_boundaries
from symphase.chaos import attracting_cycle_verdict, prove_chaos
from symphase.checker import _at as checker_at
from symphase.checker import _ball as checker_ball
from symphase.cycles import CertifiedBifurcation, CertifiedCycle, certify_bifurcation, certify_cycle
from symphase.display import outward_text
from symphase.enclosures import Certainty, Verdict, ball, ball_bounds, decide_sign, round_decimal, working_precision
from symphase.entropy import log_bounds, topological_entropy
from symphase.errors import InputError, SymphaseError
from symphase.isolation import descartes_bound, isolate_real_roots, refine_roots, value_sign
from symphase.kneading import critical_itinerary, invariant_interval
from symphase.krawczyk import disjoint, krawczyk, nondegeneracy
from symphase.lyapunov import lyapunov_exponent
from symphase.maps import PolynomialFamily
from symphase.onset import CriticalOrbit
from symphase.phases import residual_boundaries

Record = Callable[[str, object], None]
Tried = Callable[[int], None]

ALL: Final = 100_000
ONE: Final = Fraction(1)


@pytest.fixture
def tried(request: pytest.FixtureRequest, record_property: Record) -> Tried:
    """Record how many rationals were tried, unless they are the few of a commit: the slow tests draw the same again."""
    few = "few" in request.node.name.partition("[")[2]
    return lambda count: None if few else record_property("random_rationals", count)


def few_or_all(few: int, *, all_of_them: int = ALL) -> pytest.MarkDecorator:
    """Few numbers on a commit, all of them among the slow tests."""
    many = pytest.param(all_of_them, marks=pytest.mark.slow, id="all")  # slow: some seconds for each function
    return pytest.mark.parametrize("count", [pytest.param(few, id="few"), many])


def rationals(name: str, count: int, size: int = 10**6, below: int = 10**6) -> Iterator[Fraction]:
    """Random rationals p/q with |p| ≤ size and 0 < q ≤ below."""
    random = rng(name)
    tops, bottoms = random.integers(-size, size + 1, count), random.integers(1, below + 1, count)
    return map(Fraction, tops.tolist(), bottoms.tolist())


def horner(coefficients: Sequence[Any], x: Any) -> Any:
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def image(a: Fraction, z: Fraction) -> Fraction:
    """The residual map as the theory writes it."""
    return (z + a) * (1 - z) ** 2 - a


def logarithm(value: Fraction, bits: int) -> Fraction:
    """The logarithm of a rational by mpmath, to about so many bits."""
    context = mpmath.MPContext()
    context.prec = bits
    found = context.log(context.mpf(value.numerator) / value.denominator)
    sign, mantissa, exponent, _ = found._mpf_
    return Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** int(exponent)


# ------------------------------------------------------------------------------------------------- balls, signs, digits


@few_or_all(20_000)
def test_balls_of_rationals_contain_and_narrow(count: int, tried: Tried) -> None:
    count, total = trials(count // 4), 0
    for bits in (30, 64, 200, 512):
        with working_precision(bits):
            for value in rationals(f"ball {bits}", count):
                lower, upper = ball_bounds(ball(value))
                assert lower <= value <= upper
                assert (upper - lower) * 2 ** (bits - 2) <= abs(value)
                total += 1
    tried(total)


@few_or_all(10_000)
def test_bounds_of_a_ball_are_its_ends_exactly(count: int, tried: Tried) -> None:
    random, count = rng("ball_bounds"), trials(count)
    middles = random.integers(-(2**60), 2**60, count).tolist()
    radii = random.integers(0, 2**29, count).tolist()
    places = random.integers(-200, 200, count).tolist()
    shares = rationals("shares of a radius", count, 1000, 1000)
    for middle, radius, place, share in zip(middles, radii, places, shares, strict=True):
        lower, upper = ball_bounds(flint.arb((middle, place), (radius, place)))
        scale = Fraction(2) ** place
        inside = middle + radius * (share if abs(share) <= 1 else 1 / share)
        assert lower <= inside * scale <= upper
        assert lower == (middle - radius) * scale
        assert upper == (middle + radius) * scale
    tried(count)


@few_or_all(2_000)
def test_arithmetic_in_balls_contains_the_exact_result_and_narrows(count: int, tried: Tried) -> None:
    count = trials(count)
    pairs = zip(rationals("left", count, below=1000), rationals("right", count, below=1000), strict=True)
    bits, finer = 64, 256
    for u, v in pairs:
        truth = (u * v - u + v) / (u * u + 1)
        widths = []
        for precision in (bits, finer):
            with working_precision(precision):
                x, y = ball(u), ball(v)
                lower, upper = ball_bounds((x * y - x + y) / (x * x + 1))
            assert lower <= truth <= upper
            widths.append(upper - lower)
        assert widths[1] <= widths[0] / 2**150 or widths[0] == 0
    tried(count)


@few_or_all(500)
@pytest.mark.parametrize("family", [residual, logistic, quadratic, odd_cubic], ids=lambda f: str(f.__name__))
def test_a_map_in_balls_contains_its_exact_image(
    family: Callable[[], PolynomialFamily], count: int, tried: Tried
) -> None:
    f, count = family(), trials(count)
    places = rationals(f"z of {family.__name__}", count, 2000, 1000)
    for a, z in zip(rationals(f"a of {family.__name__}", count, 2000, 1000), places, strict=True):
        truth = sum((v * a**j * z**k for k, row in enumerate(f.rows) for j, v in enumerate(row)), Fraction(0))
        with working_precision(96):
            lower, upper = ball_bounds(horner(f.at(ball(a), ball), ball(z)))
        assert lower <= truth <= upper
        assert upper - lower <= (1 + abs(a)) * (1 + abs(z)) ** 3 / 2**85
    tried(count)


@few_or_all(10_000)
def test_signs_are_those_of_exact_differences(count: int, tried: Tried) -> None:
    count = trials(count)
    gaps = rng("gaps").integers(1, 200, count).tolist()
    for u, k in zip(rationals("signs", count), gaps, strict=True):
        v = u + Fraction(1 - 2 * (k % 2), 2**k)  # down to 2^-199: several precisions are needed
        assert decide_sign(lambda u=u, v=v: ball(u) - ball(v)) == (-1 if v > u else 1)  # type: ignore[misc]  # defaults
    tried(count)
    assert decide_sign(lambda: ball(Fraction(1, 3)) - ball(Fraction(1, 3))) is None


def test_rounded_decimals_are_within_half_a_unit(tried: Tried) -> None:
    count = trials(ALL)
    places = rng("places").integers(0, 25, count).tolist()
    for value, digits in zip(rationals("decimals", count), places, strict=True):
        text = round_decimal(value, digits)
        whole, _, tail = text.lstrip("-").partition(".")
        assert len(tail) == digits
        shown = int(whole + tail) * (-1 if text.startswith("-") else 1)
        assert 2 * abs(shown * value.denominator - value.numerator * 10**digits) <= value.denominator
    tried(count)


@few_or_all(5_000)
def test_bounds_in_decimals_are_still_bounds(count: int, tried: Tried) -> None:
    count = trials(count)
    sizes = rng("digits").integers(1, 12, count).tolist()
    for value, digits in zip(rationals("outward", count, 10**7, 10**9), sizes, strict=True):
        low, high = map(Fraction, outward_text(value, value, digits))
        assert low <= value <= high
        assert high - low <= max(abs(value) * Fraction(10) ** (1 - digits), ONE if abs(value) >= 1 else 0)
    tried(count)


def test_signs_of_polynomials_at_rationals(tried: Tried) -> None:
    random, count = rng("value_sign"), trials(ALL)
    polynomials = [random.integers(-99, 100, size).tolist() for size in random.integers(2, 14, 20)]
    natives = [flint.fmpz_poly(p) for p in polynomials]
    for i, x in enumerate(rationals("points", count, 3000, 1000)):
        p, q = x.numerator, x.denominator
        total, scale = 0, 1
        for c in reversed(polynomials[i % 20]):  # Σ c_k p^k q^(n−k), the sign of P(p/q)
            total, scale = total * p + c * scale, scale * q
        assert value_sign(natives[i % 20], x) == (total > 0) - (total < 0)
    tried(count)


# -------------------------------------------------------------------------------------------- real algebraic numbers


@few_or_all(20_000)
def test_order_of_square_roots_and_rationals(count: int, tried: Tried) -> None:
    count, numbers = trials(count), [2, 3, 5, 7, 11, 1_000_003]
    roots = [RealAlgebraic([-n, 0, 1], 0, n) for n in numbers]  # type: ignore[arg-type]  # integers are rationals
    for i, x in enumerate(rationals("order", count, 3000, 1000)):
        n = numbers[i % 6]
        above = x > 0 and x * x > n
        assert roots[i % 6].compare(x) == (-1 if above else 1)
    for n, root in zip(numbers, roots, strict=True):  # convergents of the square root: as close as rationals come
        p, q = math.isqrt(n * 10**80), 10**40
        assert root.compare(Fraction(p, q)) == 1
        assert root.compare(Fraction(p + 1, q)) == -1
    tried(count)


@few_or_all(400, all_of_them=ALL // 2)
def test_cube_roots_are_enclosed_and_more_bits_lie_within_fewer(count: int, tried: Tried) -> None:
    compared = 0
    for i, x in enumerate(rationals("cube roots", trials(count), 10**4, 10**3)):
        if round(abs(x.numerator) ** (1 / 3)) ** 3 == abs(x.numerator):
            continue
        found = real_roots(flint.fmpz_poly([-x.numerator, 0, 0, x.denominator]))
        assert len(found) == 1
        before: tuple[Fraction, Fraction] | None = None
        for bits in (8, 30 + i % 200):
            lower, upper = found[0].enclose(bits)
            assert lower**3 <= x <= upper**3
            assert upper - lower <= Fraction(1, 2**bits)
            assert before is None or before[0] <= lower <= upper <= before[1]
            before = lower, upper
        with working_precision(30):  # of the caller: not what decides
            lower, upper = ball_bounds(found[0].ball(64))
        assert lower**3 <= x <= upper**3
        assert upper - lower <= Fraction(1, 2**62)
        compared += 1
    tried(compared)


@few_or_all(500, all_of_them=ALL // 2)
def test_planted_roots_are_isolated_and_refined(count: int, tried: Tried) -> None:
    count = trials(count)
    others = rationals("second roots", count, 3000, 1000)
    for i, (r, s) in enumerate(zip(rationals("first roots", count, 3000, 1000), others, strict=True)):
        if i % 100 < 10:
            s = r  # or as good as never
        product = flint.fmpz_poly([-r.numerator, r.denominator]) * flint.fmpz_poly([-s.numerator, s.denominator])
        product = product * product if i % 2 else product * flint.fmpz_poly([1, 0, 1])  # double roots; complex ones
        boxes = isolate_real_roots(product)
        assert len(boxes) == len({r, s})
        for root, (lower, upper) in zip(sorted({r, s}), boxes, strict=True):
            assert lower == root == upper or lower < root < upper
        inside = (0 < r < 1) + (0 < s < 1)
        bound = descartes_bound(product, Fraction(0), ONE) - (2 if i % 2 else 1) * inside
        assert bound >= 0
        assert bound % 2 == 0
        if i % 2 == 0 and r != s:
            simple = [box for box in boxes if box[0] != box[1]]
            for lower, upper in refine_roots(product, simple, 70):
                assert any(lower <= root <= upper for root in (r, s))
                assert upper - lower <= Fraction(1, 2**70)
    tried(count)


def test_a_box_that_krawczyk_accepts_holds_one_solution() -> None:
    # the fixed points are −a, 0 and 2; a box around a start may hold one of them, two, or none
    counts, radius = {True: 0, False: 0}, Fraction(1, 10)
    starts = rationals("starts of Krawczyk", trials(2_000), 10**4, 10**4)
    for parameter, start in zip(rationals("Krawczyk", trials(2_000), 10**4, 10**4), starts, strict=True):
        a, place = abs(parameter) % radius + Fraction(1, 10**4), start % (4 * radius) - 2 * radius
        with working_precision(128):
            middle = ball(place).mid()
            found = krawczyk(residual(), [middle], a, None, 64)
            bounds = ball_bounds(found[0]) if found is not None else None
        counts[bounds is not None] += 1
        if bounds is not None:
            assert sum(bounds[0] <= point <= bounds[1] for point in (-a, Fraction(0), Fraction(2))) == 1, (a, place)
    assert min(counts.values()) > trials(2_000) // 100


def test_boundaries_are_enclosed_ever_more_tightly() -> None:
    for boundary in [b for f in (logistic, quadratic, odd_cubic) for b in find_boundaries(f())]:
        before: tuple[Fraction, Fraction] | None = None
        for bits in (16, 40, 90, 200):
            lower, upper = boundary.enclose(bits)
            assert lower <= upper
            assert before is None or before[0] <= lower <= upper <= before[1]
            before = lower, upper


@few_or_all(400)
def test_logarithms_against_mpmath_at_four_times_the_precision(count: int, tried: Tried) -> None:
    count = trials(count)
    for value in map(abs, rationals("logarithms", count)):
        if value > 0 and value != 1:
            lower, upper = log_bounds(RealAlgebraic.rational(value))
            assert lower <= logarithm(value, 640) <= upper
            assert 0 < upper - lower <= Fraction(1, 2**100)
    tried(count)


# ------------------------------------------------------------------------------------------------------ the checker


@few_or_all(5_000)
def test_balls_of_the_checker_contain_exact_results(count: int, tried: Tried) -> None:
    count = trials(count)
    bits = 80
    pairs = zip(rationals("checker", count, 2000, 1000), rationals("checker too", count, 2000, 1000), strict=True)
    for u, v in pairs:
        x, y = checker_ball(u, bits), checker_ball(v, bits)
        results = [(x * y - x + y, u * v - u + v), (checker_at([x, y, x, y], x, 1), v + 2 * u * u + 3 * v * u * u)]
        if v:
            results.append((x / y, u / v))
        for found, truth in results:
            gap = abs(truth * 2**bits - found.middle)
            assert gap <= found.radius
            assert found.radius <= 2**40
        assert (x.sign(), y.sign()) == ((u > 0) - (u < 0), (v > 0) - (v < 0))
    tried(count)


# ---------------------------------------------------------------------------------------- orbits, cycles, itineraries


@few_or_all(500, all_of_them=ALL // 2)
def test_critical_orbits_in_balls_contain_the_exact_ones(count: int, tried: Tried) -> None:
    count = trials(count)
    orbit = CriticalOrbit(residual(), Fraction(3, 2))
    for a in rationals("critical orbits", count, 2000, 1000):
        exact = (1 - 2 * a) / 3
        widths = []
        for bits in (96, 300):
            z = exact
            with working_precision(bits):
                found = list(islice(orbit.values(ball(a)), 3))
                bounds = [ball_bounds(point) for point in found]
            for lower, upper in bounds:
                z = image(a, z)
                assert lower <= z <= upper
            widths.append(bounds[-1][1] - bounds[-1][0])
        assert widths[1] <= widths[0] / 2**150 or widths[0] == 0
    tried(count)


@few_or_all(1_000)
def test_a_wide_parameter_ball_contains_every_orbit_of_its_parameters(count: int, tried: Tried) -> None:
    count = trials(count)
    orbit = CriticalOrbit(residual(), Fraction(3, 2))
    shares = rationals("shares", count, 1000, 1000)
    for a, share in zip(rationals("wide balls", count, 2000, 1000), shares, strict=True):
        inside = a + Fraction(1, 1000) * max(-ONE, min(ONE, share))
        z = (1 - 2 * inside) / 3
        with working_precision(80):
            wide = ball(a) + ball(Fraction(1, 1000)) * flint.arb(0, 1)
            bounds = [ball_bounds(point) for point in islice(orbit.values(wide), 3)]
        for lower, upper in bounds:
            z = image(inside, z)
            assert lower <= z <= upper
    tried(count)


@few_or_all(300, all_of_them=ALL // 5)
def test_certified_fixed_points_and_two_cycles_hold_the_exact_ones(count: int, tried: Tried) -> None:
    compared = 0
    for i, value in enumerate(rationals("cycles", trials(count), 10**5, 10**5)):
        a = Fraction(1, 100) + abs(value) % Fraction(19, 10)
        place, slope = [(Fraction(0), 1 - 2 * a), (-a, (1 + a) ** 2), (Fraction(2), 5 + 2 * a)][i % 3]
        if abs(slope) == 1:
            continue
        found = certify_cycle(residual(), a, [float(place) + 1e-7])
        assert found is not None
        assert found.points[0][0] <= place <= found.points[0][1]
        assert found.multiplier[0] <= slope <= found.multiplier[1]
        assert found.is_attracting is (Verdict.PROVED if abs(slope) < 1 else Verdict.REFUTED)
        assert found.points[0][1] - found.points[0][0] <= Fraction(1, 10**9)
        if a > 1:  # the 2-cycle: z² + (a − 1) z + 1 − a = 0
            root = math.sqrt(float((a - 1) ** 2 + 4 * (a - 1)))
            pair = certify_cycle(residual(), a, [(1 - float(a) + root) / 2, (1 - float(a) - root) / 2])
            if pair is not None:
                for lower, upper in pair.points:
                    ends = [z * z + (a - 1) * z + 1 - a for z in (lower, upper)]
                    assert ends[0] * ends[1] <= 0
        compared += 1
    tried(compared)


@few_or_all(200, all_of_them=ALL // 10)
def test_certified_parameters_of_a_given_multiplier_hold_the_exact_one(count: int, tried: Tried) -> None:
    count = trials(count)
    for value in rationals("multipliers", count, 10**4, 10**4):
        mu = value % 3 - Fraction(3, 2)
        if mu == 1:
            continue
        found = certify_bifurcation(residual(), float((1 - mu) / 2) + 1e-8, [1e-8], mu)  # 0 has multiplier 1 − 2a
        assert found is not None
        assert found.parameter[0] <= (1 - mu) / 2 <= found.parameter[1]
        assert found.points[0][0] <= 0 <= found.points[0][1]
        assert found.parameter[1] - found.parameter[0] <= Fraction(1, 10**9)
    tried(count)


@few_or_all(300, all_of_them=ALL // 5)
def test_letters_of_the_critical_itinerary_are_those_of_the_exact_orbit(count: int, tried: Tried) -> None:
    compared = 0
    for value in rationals("itineraries", trials(count), 10**4, 10**3):
        a = 1 + abs(value) % 1
        c = z = (1 - 2 * a) / 3
        laps, letters = invariant_interval(residual(), a), ""
        if isinstance(laps, str):
            continue
        compared += 1
        assert laps.upper[0] <= image(a, c) <= laps.upper[1]
        for _ in range(6):
            z = image(a, z)
            if z == c or (laps.laps == 3 and z == 1):
                break
            place = (z > c) + (laps.laps == 3 and z > 1)
            letters += ("012" if laps.laps == 3 else "LR")[place]
        else:
            assert critical_itinerary(residual(), a, 6) == letters
            continue
        assert letters.startswith(critical_itinerary(residual(), a, 6))
    tried(compared)


@few_or_all(40, all_of_them=400)
def test_certified_lyapunov_exponents_against_mpmath(count: int, tried: Tried) -> None:
    count, seen = trials(count), 0
    for value in rationals("exponents", count, 10**4, 10**4):
        a = Fraction(1, 50) + abs(value) % Fraction(118, 100)
        found = lyapunov_exponent(residual(), a)
        if a < 1:
            multiplier, period = 1 - 2 * a, 1
        else:  # Π f'(z) over z² + (a − 1) z + 1 − a = 0, by symmetric functions
            s = p = 1 - a
            u, v, w = Fraction(3), 2 * (a - 2), 1 - 2 * a
            multiplier = u * u * p * p + u * v * p * s + u * w * (s * s - 2 * p) + v * v * p + v * w * s + w * w
            period = 2
        if found.bounds is None:
            assert multiplier == 0 or abs(abs(multiplier) - 1) < Fraction(1, 100)
            continue
        assert found.certainty is Certainty.CERTIFIED
        truth = logarithm(abs(multiplier), 640) / period
        assert found.bounds[0] <= truth <= found.bounds[1]
        assert found.bounds[1] - found.bounds[0] <= Fraction(1, 100)
        seen += 1
    assert seen > count // 2
    tried(seen)


@few_or_all(10, all_of_them=400)
def test_entropies_narrow_and_never_fall(count: int, tried: Tried) -> None:
    places = sorted({1 + abs(v) % 1 for v in rationals("entropies", trials(count), 10**4, 10**3)})
    found = []
    for a in places:
        wide, narrow = (topological_entropy(residual(), a, tolerance=t) for t in ("1e-2", "1e-5"))
        assert wide.bounds[0] <= narrow.bounds[0] <= narrow.bounds[1] <= wide.bounds[1]
        found.append(narrow.bounds)
    for (low, _), (_, high) in pairwise(found):  # Milnor and Thurston's theorem for this family's two or three laps
        assert low <= high
    assert all(0 <= low <= high and low <= logarithm(Fraction(3), 200) for low, high in found)
    tried(len(places))


# ---------------------------------------------------------------------------------- what is no number proves nothing


NOTHING: Final = {
    "nan": flint.arb("nan"),
    "infinite": flint.arb("inf"),
    "the whole line": flint.arb("0 +/- inf"),
    "a quotient by zero": 1 / flint.arb(0),
}
indeterminate = pytest.mark.parametrize("number", NOTHING.values(), ids=NOTHING.keys())
OPEN: Final = {name: number for name, number in NOTHING.items() if name != "infinite"}  # +∞ is positive, and one point
indeterminate_or_wide = pytest.mark.parametrize("number", OPEN.values(), ids=OPEN.keys())


def test_the_numbers_that_prove_nothing_are_what_they_are_called() -> None:
    assert not any(number.is_finite() for number in NOTHING.values())
    assert NOTHING["the whole line"].contains(flint.arb(5))
    assert NOTHING["a quotient by zero"].is_nan()


@indeterminate_or_wide
def test_a_sign_of_nothing_is_undecided(number: Any) -> None:
    assert decide_sign(lambda: number) is None
    assert decide_sign(lambda: number * 0) is None


@indeterminate
def test_regression_bounds_of_what_is_no_finite_ball_are_our_error(number: Any) -> None:
    # FLINT's own ValueError used to come through
    with pytest.raises(InputError, match="must be a finite ball"):
        ball_bounds(number)


@indeterminate
@pytest.mark.parametrize("multiplier", [None, Fraction(-1)])
def test_krawczyk_proves_nothing_about_nothing(number: Any, multiplier: Fraction | None) -> None:
    parameter = Fraction(3, 4) if multiplier is None else None
    boxes = [[number]] if multiplier is None else [[number, flint.arb(1)], [flint.arb(0), number]]
    for box in boxes:
        with working_precision(96):
            assert krawczyk(residual(), box, parameter, multiplier, 64) is None


@indeterminate_or_wide
def test_balls_that_are_no_numbers_are_not_disjoint(number: Any) -> None:
    with working_precision(64):
        for others in ([1], [1, 2], [1, 2, 3]):
            for place in range(len(others) + 1):
                balls = [flint.arb(v) for v in others]
                assert not disjoint([*balls[:place], number, *balls[place:]])


@indeterminate
def test_itineraries_laps_and_conditions_of_nothing_stay_open(number: Any) -> None:
    orbit = CriticalOrbit(residual(), Fraction(3, 2))
    with working_precision(64):
        assert list(islice(orbit.symbols(number), 4)) == [None] * 4
        assert not orbit.is_unimodal(number)
        assert not orbit.is_unimodal(flint.arb(1.3), [number, flint.arb(1)])
        open_conditions = nondegeneracy(residual(), [number], flint.arb(1), Fraction(-1))
    assert open_conditions.transversality.contains(0)
    assert open_conditions.flip_coefficient.contains(0)


@pytest.mark.parametrize(
    "bounds",
    [(Fraction(-2), Fraction(2)), (Fraction(-1), Fraction(1)), (Fraction(1, 2), Fraction(1)), (-ONE, -ONE)],
)
def test_a_multiplier_that_may_be_one_is_undecided(bounds: tuple[Fraction, Fraction]) -> None:
    cycle = CertifiedCycle(parameter=ONE, period=1, points=((ONE, ONE),), multiplier=bounds, bits=64)
    assert cycle.is_attracting is Verdict.UNDECIDED


def test_conditions_whose_sign_is_open_are_undecided() -> None:
    around = (Fraction(-1), Fraction(1))
    flip = CertifiedBifurcation(
        parameter=(ONE, ONE),
        period=1,
        multiplier=Fraction(-1),
        points=((ONE, ONE),),
        bits=64,
        transversality=around,
        flip_coefficient=(Fraction(-2), Fraction(-1)),
    )
    assert flip.is_nondegenerate is Verdict.UNDECIDED


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")], ids=str)
def test_certified_questions_about_nothing_are_refused(number: float) -> None:
    questions: list[Callable[[], object]] = [
        lambda: prove_chaos(residual(), number),
        lambda: attracting_cycle_verdict(residual(), number),
        lambda: topological_entropy(residual(), number),
        lambda: lyapunov_exponent(residual(), number),
        lambda: invariant_interval(residual(), number),
        lambda: critical_itinerary(residual(), number, 5),
        lambda: certify_cycle(residual(), number, [0.0]),
        lambda: certify_cycle(residual(), Fraction(3, 4), [number]),
        lambda: residual_boundaries()[1].value.compare(number),
    ]
    for question in questions:
        with pytest.raises(SymphaseError):
            question()
    assert certify_bifurcation(residual(), number, [0.0], Fraction(-1)) is None


def test_verdicts_where_float_orbits_overflow_are_open_or_right() -> None:
    huge = Fraction(10) ** 300  # floats of the orbit overflow at once
    assert prove_chaos(residual(), huge).verdict is not Verdict.REFUTED  # a horseshoe: every orbit but a Cantor set's
    assert attracting_cycle_verdict(residual(), huge).verdict is not Verdict.PROVED  # all three fixed points repel

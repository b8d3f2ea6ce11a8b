"""Lyapunov exponents: estimates by their definition, every certified branch, and what is said in words."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy
from edges import noted, table
from families import logistic, odd_cubic, quadratic, residual

from symphase import lyapunov
from symphase.algebraic import RealAlgebraic
from symphase.cycles import CertifiedCycle, find_attracting_cycle
from symphase.display import level_html
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.lyapunov import LyapunovExponent, chebyshev_degree, lyapunov_exponent, telescoped_derivative
from symphase.maps import PolynomialFamily

A, Z = sympy.symbols("a z")


def family(expression: sympy.Expr) -> PolynomialFamily:
    return PolynomialFamily(sympy.expand(expression), variable=Z, parameter=A)


def value_of(coefficients: list[float], z: float) -> float:
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * z + coefficient
    return total


# ---------------------------------------------------------------------------------------------------------- in words


def exponent(**changes: object) -> LyapunovExponent:
    plain = LyapunovExponent(
        parameter=Fraction(7, 2),
        value=0.25,
        bounds=None,
        growth=None,
        standard_error=None,
        certainty=Certainty.CERTIFIED,
        statement="on f & <c>",
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # the fields are this test's own


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (exponent(), "0.25 at 3.5 [certified]"),
        (exponent(growth=RealAlgebraic.rational(3), value=math.log(3)), "log(3) ≈ 1.09861 at 3.5 [certified]"),
        (exponent(certainty=Certainty.OBSERVED, standard_error=0.0123), "0.25 ± 0.01 at 3.5 [observed]"),
        (exponent(value=None), "not known at 3.5 [certified]"),
        (exponent(value=-math.inf, certainty=Certainty.EXACT), "-inf at 3.5 [exact]"),
    ],
)
def test_an_exponent_in_words(found: LyapunovExponent, words: str) -> None:
    assert found._line() == words
    told = words.partition(" at ")[0]
    assert table(found._repr_html_()) == (
        "Lyapunov exponent at 3.5",
        {
            "exponent": f"{told} per step {level_html(found.certainty)}",
            "how": "on <var>f</var> &amp; &lt;<var>c</var>&gt;",
        },
    )


# ------------------------------------------------------------------------------------------------------- telescoping


@pytest.mark.parametrize(
    ("expression", "place", "fixed", "order"),
    [
        (A * Z * (Z - 2) ** 3, 2, 0, 3),
        (A * Z * (Z - 3) ** 2, 3, 0, 2),  # 1, the other critical point, comes first and is not sent to a fixed one
        (1 + A * (Z - 1) * (3 * Z + 1) ** 2, Fraction(-1, 3), 1, 2),
        ((Z + A) * (1 - Z) ** 2 - A, 1, None, 2),
    ],
)
@pytest.mark.parametrize("parameter", [Fraction(5), Fraction(2, 3)])
def test_what_telescopes(
    expression: sympy.Expr, place: int | Fraction, fixed: int | None, order: int, parameter: Fraction
) -> None:
    """Taken at its word: f(z) − p = k (z − p)(z − w)^m, and f' = (z − w)^(m−1) q(z), at more points than the degree."""
    found = telescoped_derivative(family(expression), parameter)
    assert found is not None
    assert found.multiplicity == order
    f = sympy.Poly(expression.subs(A, sympy.Rational(str(parameter))), Z)
    slope = f.diff(Z)
    end = -parameter if fixed is None else Fraction(fixed)
    for z in range(-4, 5):
        image, change = (Fraction(str(part.eval(z))) for part in (f, slope))
        assert image - end == found.leading * (z - end) * (z - place) ** order
        quotient = sum(v * z**k for k, v in enumerate(found.quotient))
        assert change == (z - place) ** (order - 1) * quotient
    # E log|k| + m E log|z − w| = 0
    assert found.constant == pytest.approx(-(order - 1) / order * math.log(abs(found.leading)), rel=1e-14)


def test_where_nothing_telescopes() -> None:
    assert telescoped_derivative(family(A * Z**2), 3) is None  # the critical point is the fixed point
    assert telescoped_derivative(family(Z * (1 - A * Z) ** 2 * (1 - Z) ** 2), 3) is None  # two are sent there
    assert telescoped_derivative(odd_cubic(), 2) is None  # no rational critical point
    with pytest.raises(InputError, match=r"^parameter = x: "):
        telescoped_derivative(residual(), "x")


def test_regression_a_parameter_where_the_degree_falls() -> None:
    falling = family(Z * (1 - A * Z) ** 2 * (1 - Z) ** 2)  # at 0 the one critical point is at infinity
    found = telescoped_derivative(falling, 0)
    assert found is not None
    assert [*found.quotient, found.leading, found.multiplicity] == [-1, 3, 1, 2]  # z(z − 1)²
    first = family(Z * (A * Z - 2) ** 2 * (A * Z + Z - 3) ** 2)  # the one at infinity comes first
    found = telescoped_derivative(first, 0)
    assert found is not None
    assert [*found.quotient, found.leading, found.multiplicity] == [-12, 12, 4, 2]  # 4z(z − 3)²
    assert telescoped_derivative(family(Z * (A * Z - 1) ** 2), 0) is None  # f(z) = z


def test_regression_a_constant_map_has_no_telescoped_slope() -> None:
    for constant, expression in ((0, A * Z * (1 - Z) ** 2), (0, A * Z**2), (1, A * Z**2 + 1)):
        assert telescoped_derivative(family(expression), 0) is None
        found = lyapunov_exponent(family(expression), 0, orbits=2, steps=2, burn_in=0)
        assert found.value is None, constant  # the slope is 0: no logarithm


# ------------------------------------------------------------------------------------------------ Chebyshev polynomials


def test_sums_that_only_look_like_chebyshev_polynomials() -> None:
    assert chebyshev_degree([Fraction(0), Fraction(-3), Fraction(0), Fraction(1), Fraction(0)]) == 3
    assert chebyshev_degree([Fraction(-2), Fraction(0), Fraction(1)]) == 2
    assert chebyshev_degree([]) is None
    assert chebyshev_degree([Fraction(0)] * 4) is None
    assert chebyshev_degree([Fraction(0), Fraction(0), Fraction(0), Fraction(1)]) is None  # no term below the first
    assert chebyshev_degree([Fraction(-1), Fraction(0), Fraction(1, 2)]) is None  # s² of no rational s
    assert chebyshev_degree([Fraction(-1), Fraction(0), Fraction(2)]) == 2
    for wrong in ("12", 3, b"12", None):
        with pytest.raises(InputError) as caught:
            chebyshev_degree(wrong)  # type: ignore[arg-type]  # the wrong type is the point
        assert str(caught.value).endswith("must be a sequence of rational numbers; as [0, 1, -1]")
        if isinstance(wrong, str | int):
            assert str(caught.value).startswith(f"coefficients = {wrong}: ")
    with pytest.raises(InputError, match=r"^coefficients = x: "):
        chebyshev_degree([Fraction(1), "x"])  # type: ignore[list-item]  # the wrong type is the point


def test_an_exact_exponent() -> None:
    found = lyapunov_exponent(residual(), "2", orbits=2)
    assert (found.parameter, found.value, found.certainty) == (Fraction(2), math.log(3), Certainty.EXACT)
    assert (found.growth, found.standard_error, found.drift) == (RealAlgebraic.rational(3), None, None)
    assert found.bounds is not None
    assert found.bounds[0] < Fraction(math.log(3)) + Fraction(1, 2**52)
    assert Fraction(math.log(3)) - Fraction(1, 2**52) < found.bounds[1]
    assert 0 < found.bounds[1] - found.bounds[0] < Fraction(1, 2**100)
    assert found.statement == (
        "affinely conjugate to ± the Chebyshev polynomial of degree 3 (checked exactly): the arcsine measure has "
        "exponent log 3, and almost every orbit follows it"
    )


# ---------------------------------------------------------------------------------------------- attracting cycles


def cycle_of(maps: PolynomialFamily, parameter: Fraction) -> CertifiedCycle:
    found = find_attracting_cycle(maps, parameter)
    assert found is not None
    return found


def test_a_certified_exponent(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lyapunov_exponent(logistic(), "3.2")  # the 2-cycle's multiplier is 4 + 2r − r² = 0.16
    assert (found.parameter, found.certainty) == (Fraction(16, 5), Certainty.CERTIFIED)
    assert (found.growth, found.standard_error, found.drift) == (None, None, None)
    assert found.value == pytest.approx(math.log(0.16) / 2, rel=1e-15)
    assert found.statement == "log|multiplier|/2 on a certified attracting cycle of period 2"
    cycle = cycle_of(logistic(), Fraction(16, 5))
    # where the multiplier is known exactly its logarithm is not: between bounds that are apart
    for multiplier in ((Fraction(1, 4), Fraction(1, 4)), (Fraction(-1, 2), Fraction(-1, 8))):
        known = dataclasses.replace(cycle, multiplier=multiplier)
        monkeypatch.setattr(lyapunov, "seek_attracting_cycle", lambda *_, known=known: known)
        found = lyapunov_exponent(logistic(), "3.2")
        assert found.bounds is not None
        low, high = sorted(math.log(abs(end)) / 2 for end in multiplier)
        assert found.bounds[0] < found.bounds[1]
        assert [float(end) for end in found.bounds] == pytest.approx([low, high], rel=1e-15)
        assert found.value == pytest.approx((low + high) / 2, rel=1e-15)


TINY = Fraction(1, 10**30)


@pytest.mark.parametrize("multiplier", [(-TINY, TINY), (Fraction(0), TINY), (-TINY, Fraction(0))])
def test_a_multiplier_that_may_be_0_is_looked_at_again(
    multiplier: tuple[Fraction, Fraction], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again with a thousand bits where no critical point is on the cycle: what that says is believed."""
    cycle = cycle_of(logistic(), Fraction(16, 5))
    asked: list[Any] = []
    unsure = dataclasses.replace(cycle, multiplier=multiplier)
    monkeypatch.setattr(lyapunov, "seek_attracting_cycle", lambda *_: unsure)
    answers = [None, *((low * TINY, high * TINY) for low, high in ((-1, 1), (0, 1), (-1, 0), (1, 2), (-2, -1)))]
    for answer in answers:
        finer = None if answer is None else dataclasses.replace(cycle, multiplier=answer)
        monkeypatch.setattr(lyapunov, "certify_cycle", lambda *given, finer=finer, **_: noted(asked, given, finer))
        found = lyapunov_exponent(logistic(), "3.2")
        assert found.certainty is Certainty.CERTIFIED
        assert (found.parameter, found.growth, found.standard_error) == (Fraction(16, 5), None, None)
        if answer is not None and answer[0] * answer[1] > 0:
            sizes = sorted(map(abs, answer))
            assert found.bounds is not None
            wanted = [(math.log(size.numerator) - math.log(size.denominator)) / 2 for size in sizes]
            assert [float(end) for end in found.bounds] == pytest.approx(wanted, rel=1e-14)
        else:
            assert (found.value, found.bounds) == (None, None)
            assert found.statement == "the attracting cycle of period 2 has a multiplier that is not told from 0"
    for _, exact, orbit in asked:
        assert exact == Fraction(16, 5)
        assert all(low <= place <= high for place, (low, high) in zip(orbit, cycle.points, strict=True))


@pytest.mark.parametrize("multiplier", [(Fraction(0), TINY), (-TINY, Fraction(0)), (-TINY, TINY)])
def test_a_critical_point_on_the_cycle(multiplier: tuple[Fraction, Fraction], monkeypatch: pytest.MonkeyPatch) -> None:
    cycle = dataclasses.replace(cycle_of(quadratic(), Fraction(-1)), multiplier=multiplier)
    monkeypatch.setattr(lyapunov, "seek_attracting_cycle", lambda *_: cycle)
    found = lyapunov_exponent(quadratic(), -1)
    assert (found.parameter, found.value, found.bounds) == (Fraction(-1), -math.inf, None)
    assert (found.growth, found.standard_error, found.certainty) == (None, None, Certainty.EXACT)
    assert found.statement == "the critical point lies on the attracting cycle of period 2: multiplier 0"


def test_which_cycle_the_critical_point_is_on() -> None:
    """For z² − 1 it is 0, −1; the boxes of another cycle do not hold it, in whatever order they come."""
    cycle = cycle_of(quadratic(), Fraction(-1))
    zero, other = (Fraction(0), Fraction(0)), (Fraction(-1), Fraction(-1))
    wide = (Fraction(-2), Fraction(-1, 2))
    for points, expected in (
        ((zero, other), True),  # boxes without an inside hold what they are
        ((other, zero), True),
        ((zero, wide), True),
        ((zero, (Fraction(-1, 2), Fraction(1))), False),
        ((zero, (Fraction(-3), Fraction(-2))), False),
        (((TINY, Fraction(1)), other), False),
        (((Fraction(-1), -TINY), other), False),
        ((other, other), False),
    ):
        named = dataclasses.replace(cycle, points=points)
        assert lyapunov._is_superstable(quadratic(), Fraction(-1), named) is expected, points
    alone = dataclasses.replace(cycle, period=1, points=(zero,))
    assert not lyapunov._is_superstable(quadratic(), Fraction(-1), alone)
    # ±1 are fixed and critical for (3z − z³)/2, which is the odd cubic in other units
    both = family(A * (3 * Z - Z**3) / 2)
    for place in (-1, 1):
        box = dataclasses.replace(cycle, period=1, points=((Fraction(place) - TINY, Fraction(place) + TINY),))
        assert lyapunov._is_superstable(both, Fraction(1), box)
    away = dataclasses.replace(cycle, period=1, points=((Fraction(0) - TINY, Fraction(0) + TINY),))
    assert not lyapunov._is_superstable(both, Fraction(1), away)


def test_a_critical_point_whose_orbit_grows_is_left_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lyapunov, "_MAX_HEIGHT", 4)
    cycle = cycle_of(quadratic(), Fraction(-1))
    for fixed, other in ((1, 0), (0, 1)):  # both are critical for a (z³/3 − z²/2) + constant
        rise = A * (Z**3 / 3 - Z**2 / 2)
        maps = family(rise - rise.subs(Z, fixed) + fixed)
        for a in (Fraction(97, 3), Fraction(1)):
            for place in (fixed, other):
                box = dataclasses.replace(cycle, period=2, points=((place - TINY, place + TINY),) * 2)
                assert lyapunov._is_superstable(maps, a, box) is (place == fixed)


# -------------------------------------------------------------------------------------------------------- estimates


def by_definition(
    f: list[float], hull: tuple[float, float], sizes: tuple[int, int, int, int]
) -> tuple[list[float], list[float]]:
    """Each orbit's mean of log|f'|, and by how much its later half differs from the earlier one: float by float."""
    orbits, steps, burn_in, seed = sizes
    slope = [k * v for k, v in enumerate(f)][1:]
    means, changes = [], []
    for z in np.random.default_rng(seed).uniform(*hull, orbits).tolist():
        logs = []
        for step in range(burn_in + steps):
            if step >= burn_in:
                logs.append(math.log(abs(value_of(slope, z))))
            z = min(max(value_of(f, z), hull[0]), hull[1])
        half = steps // 2
        means.append(math.fsum(logs) / steps)
        changes.append(math.fsum(logs[half:]) / (steps - half) - math.fsum(logs[:half]) / half)
    return means, changes


def logistic_hull(r: float) -> tuple[float, float]:
    top = value_of([0.0, r, -r], 0.5)
    return value_of([0.0, r, -r], top), top


@pytest.mark.parametrize("sizes", [(2, 2, 0, 0), (5, 7, 3, 1), (8, 40, 0, 12345), (3, 21, 10, 2)])
def test_an_estimate_is_what_its_definition_says(sizes: tuple[int, int, int, int]) -> None:
    orbits, steps, burn_in, seed = sizes
    found = lyapunov_exponent(logistic(), "3.9", orbits=orbits, steps=steps, burn_in=burn_in, seed=seed)
    means, changes = by_definition([0.0, 3.9, -3.9], logistic_hull(3.9), sizes)
    assert found.value == pytest.approx(np.mean(means), rel=1e-12)
    spread = math.sqrt(sum((mean - sum(means) / orbits) ** 2 for mean in means) / (orbits - 1))
    assert found.standard_error == pytest.approx(spread / math.sqrt(orbits), rel=1e-12)
    assert found.drift == pytest.approx(abs(np.median(changes)), rel=1e-9)
    assert (found.parameter, found.bounds, found.growth) == (Fraction(39, 10), None, None)
    assert found.certainty is Certainty.OBSERVED
    assert found.statement.partition(";")[0] == (
        f"mean of log|f'| over {orbits} orbits of {steps} steps behind {burn_in}, seed {seed}"
    )


def test_a_change_is_told_where_it_is_no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = (9, 30, 5, 3)
    _, changes = by_definition([0.0, 3.9, -3.9], logistic_hull(3.9), sizes)
    low, middle, high = sorted(changes)[2], sorted(changes)[4], sorted(changes)[6]  # quartiles of nine
    # the standard error of the median of a normal sample is 1.2533 σ/√n, and its quartiles are 1.349 σ apart
    ratio = abs(middle) / (1.2533 / 1.349 * (high - low) / 3)
    for factor, told in ((0.995, True), (1.005, False)):
        monkeypatch.setattr(lyapunov, "_UNLIKELY", ratio * factor)
        found = lyapunov_exponent(logistic(), "3.9", orbits=9, steps=30, burn_in=5, seed=3)
        words = "; still changing slowly, as the halves of the orbits differ by more than chance"
        assert found.statement.endswith(words) is told


@pytest.mark.parametrize(
    ("expression", "parameter", "hull", "quotient", "constant"),
    [
        ((Z + A) * (1 - Z) ** 2 - A, Fraction(19, 10), (-1.9, 4 * 2.9**3 / 27 - 1.9), [2.8, 3.0], 0.0),
        (A * Z * (1 - Z) ** 2, Fraction(6), (0.0, 8 / 9), [-6.0, 18.0], -math.log(6) / 2),
    ],
)
def test_an_estimate_that_telescopes(
    expression: sympy.Expr, parameter: Fraction, hull: tuple[float, float], quotient: list[float], constant: float
) -> None:
    """With the slope less the factor z − 1, on an interval from the image of 1 to that of the other critical point."""
    maps = family(expression)
    f = maps.at(float(parameter), float)
    values = []
    for z in np.random.default_rng(7).uniform(*hull, 4).tolist():
        logs = []
        for step in range(14):
            if step >= 2:
                logs.append(math.log(abs(value_of(quotient, z))))
            z = value_of(list(f), z)
        values.append(constant + math.fsum(logs) / 12)
    found = lyapunov_exponent(maps, parameter, orbits=4, steps=12, burn_in=2, seed=7)
    assert found.value == pytest.approx(np.mean(values), rel=1e-9)
    assert found.statement.startswith("mean of log|f'| less a factor whose mean telescopes away over 4 orbits of 12")


def test_only_rationals_are_asked_what_telescopes() -> None:
    number = RealAlgebraic([-7, 0, 2], Fraction(1), Fraction(2))  # √3.5
    found = lyapunov_exponent(residual(), number, orbits=2, steps=2)
    assert found.statement.startswith("mean of log|f'| over 2 orbits")


@pytest.mark.parametrize(
    ("parameter", "hull", "starts", "anew"),
    [
        ("-2", (-2.0, 2.0), [2.0, 0.5, -1.0], [[1.25, 0.75]]),  # 2 and −1 are fixed, with slopes 4 and −2
        ("-3/4", (-0.75, -0.1875), [-0.5, -0.25, -0.375], []),  # −1/2 is fixed, with slope −1
        ("-5/16", (-0.3125, -0.21484375), [-0.25, -0.3125, -0.28125], []),  # −1/4 is fixed, with slope −1/2
    ],
)
def test_orbits_that_stop_on_a_repelling_point_are_started_anew(
    parameter: str,
    hull: tuple[float, float],
    starts: list[float],
    anew: list[list[float]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = [starts, *anew]

    def uniform(low: float, high: float, count: int) -> Any:
        assert (low, high) == hull
        found = given.pop(0) if count else []
        assert len(found) == count
        return np.array(found)

    seeds: list[int] = []
    monkeypatch.setattr(lyapunov, "_known_exponent", lambda *_: None)
    monkeypatch.setattr(np.random, "default_rng", lambda seed: noted(seeds, seed, SimpleNamespace(uniform=uniform)))
    found = lyapunov_exponent(quadratic(), parameter, orbits=3, steps=3, burn_in=0, seed=11)
    assert seeds == [11]
    assert not given
    c, fresh, means = float(Fraction(parameter)), [z for part in anew for z in part], []
    for z in starts:
        states = [z]
        for _ in range(2):
            image = states[-1] ** 2 + c
            states.append(fresh.pop(0) if image == states[-1] and abs(2 * image) > 1 else image)
        means.append(sum(math.log(abs(2 * state)) for state in states) / 3)
    assert found.value == pytest.approx(np.mean(means), rel=1e-14)


def test_orbits_that_all_do_the_same_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """z² − 3/4 has slope −1 at its fixed point −1/2: every mean is 0, and so is every difference of halves."""
    still = SimpleNamespace(uniform=lambda *given: np.full(given[2], -0.5))
    monkeypatch.setattr(np.random, "default_rng", lambda _: still)
    found = lyapunov_exponent(quadratic(), "-3/4", orbits=3, steps=4, burn_in=0)
    assert (found.value, found.standard_error, found.drift) == (0.0, 0.0, 0.0)
    assert found.statement == "mean of log|f'| over 3 orbits of 4 steps behind 0, seed 0"


def test_from_where_to_where_orbits_are_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lyapunov, "_known_exponent", lambda *_: None)
    # a free critical orbit is followed to its end: z² + 1/5 comes from 1/5 to (1 − √0.2)/2, in some dozen steps
    found = lyapunov_exponent(quadratic(), "1/5", orbits=2, steps=50, burn_in=100)
    assert found.value == pytest.approx(math.log(1 - math.sqrt(0.2)), rel=1e-9)
    # a bound one only to its fixed point −a: in floats it would leave that again, as it repels
    a = 0.598
    assert value_of([0.0, 1 - 2 * a, a - 2, 1.0], 1.0) != -a
    assert lyapunov_exponent(residual(), "0.598", orbits=2, steps=5, burn_in=50).value is not None
    # one that escapes later than it is followed still ends it all, however slowly it leaves
    assert lyapunov_exponent(quadratic(), "0.2501", orbits=2, steps=400).value is None
    # critical points off the real line are none: z³/3 + z/4 has no others, z⁴/4 + z²/2 + a z has one besides
    assert lyapunov_exponent(family(Z**3 / 3 + A * Z), "1/4", orbits=2, steps=2).value is None
    a = -1.5
    turn = float(np.real_if_close(np.roots([1.0, 0.0, 1.0, a])[-1]))
    images, z = [], turn
    for _ in range(200):
        z = value_of([0.0, a, 0.5, 0.0, 0.25], z)
        images.append(z)
    assert lyapunov._hull(family(Z**4 / 4 + Z**2 / 2 + A * Z), a, [0.0, a, 0.5, 0.0, 0.25]) == pytest.approx(
        (min(images), max(images)), rel=1e-9
    )


@pytest.mark.parametrize(
    ("make", "parameter"), [(quadratic, 1), (residual, "2.5"), (logistic, 5), (lambda: family(Z**3 + A * Z), -4)]
)
def test_orbits_that_escape_have_no_exponent(make: Callable[[], PolynomialFamily], parameter: object) -> None:
    found = lyapunov_exponent(make(), parameter, orbits=2, steps=2)
    assert found.parameter == Fraction(str(parameter))
    assert (found.value, found.bounds, found.growth, found.standard_error, found.drift) == (None,) * 5
    assert found.certainty is Certainty.OBSERVED
    assert found.statement == (
        "orbits left the hull of the critical orbits, or met a critical point: no exponent was seen"
    )


# ---------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"orbits": 1}, "orbits = 1: must be an integer from 2 to 100000"),
        ({"orbits": 100_001}, "orbits = 100001: must be an integer from 2 to 100000"),
        ({"steps": 1}, "steps = 1: must be an integer from 2 to 10000000"),
        ({"steps": 10_000_001}, "steps = 10000001: must be an integer from 2 to 10000000"),
        ({"burn_in": -1}, "burn_in = -1: must be an integer from 0 to 10000000"),
        ({"burn_in": 10_000_001}, "burn_in = 10000001: must be an integer from 0 to 10000000"),
        ({"seed": -1}, "seed = -1: must be an integer ≥ 0; give a whole number"),
        ({"seed": True}, "seed = True: must be an integer ≥ 0; give a whole number"),
        ({"seed": 1.5}, "seed = 1.5: must be an integer ≥ 0; give a whole number"),
        ({"telescope": 1}, "telescope = 1: must be True or False; give one of them"),
        (
            {"orbits": 100_000, "steps": 99_999, "burn_in": 2},
            "steps = 99999: must leave at most 10000000000 iterates for all 100000 orbits together; take fewer orbits",
        ),
    ],
)
def test_what_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        lyapunov_exponent(logistic(), "3.9", **options)  # type: ignore[arg-type]  # the wrong values are the point
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith(("give a whole number", "give one of them", "take fewer orbits or steps"))


def test_the_largest_sizes_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lyapunov, "_known_exponent", lambda *_: None)
    asked: list[Any] = []
    monkeypatch.setattr(lyapunov, "_estimated", lambda *given: noted(asked, given[2:], exponent()))
    for sizes in ((100_000, 50_000, 50_000, 0), (1000, 10_000_000, 0, 10**20), (2, 2, 10_000_000, 1)):
        orbits, steps, burn_in, seed = sizes
        assert (
            lyapunov_exponent(logistic(), 3, orbits=orbits, steps=steps, burn_in=burn_in, seed=seed, telescope=False)
            == exponent()
        )
        assert asked.pop() == (sizes, False)
    lyapunov_exponent(logistic(), 3)
    assert asked.pop() == ((256, 4000, 1000, 0), True)


def test_coefficients_beyond_floats_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        lyapunov_exponent(logistic(), 10**400)
    assert str(caught.value).endswith("must leave all coefficients within the range of floats; take other units")
    assert str(caught.value).startswith("parameter = 1")

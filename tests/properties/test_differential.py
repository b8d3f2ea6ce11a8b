"""The same numbers by other roads: SymPy on Python integers, FLINT, PARI/GP, mpmath and NumPy.

Thresholds are real roots, so each program isolates the real roots of the minimal polynomials anew; PARI eliminates the
cycles from the map as well.  Phases are decided a second time with integers alone (``oracle``), and gradient descent
on the loss is held against the map within the rounding errors that its own slopes allow.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from typing import Any, Final

import flint
import mpmath
import numpy as np
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual
from knob import rng, trials
from properties.oracle import cycle_of_critical_point, decide, onset

from symphase.algebraic import RealAlgebraic
from symphase.atlas import build_atlas
from symphase.bifurcations import bifurcation_polynomials
from symphase.boundaries import find_boundaries
from symphase.descent import descend
from symphase.enclosures import Certainty, Verdict
from symphase.maps import PolynomialFamily
from symphase.models import PhaseRetrieval
from symphase.phases import Classification, Phase, classify, step_boundaries
from symphase.placements import Placement, place_parameter

Record = Callable[[str, object], None]

DIGITS: Final = 30
NAMED: Final = {"residual": residual, "logistic": logistic, "quadratic": quadratic, "odd_cubic": odd_cubic}


# --------------------------------------------------------------------------------------------------------- thresholds


@dataclass(frozen=True)
class Threshold:
    """One threshold, with where it comes from."""

    source: str
    value: RealAlgebraic


def drawn_families() -> Iterator[tuple[str, PolynomialFamily]]:
    """Random quadratic and cubic families, the parameter in one coefficient."""
    z, a = sympy.symbols("z a")
    random = rng("families")
    for number in range(30):
        p, q, r = (
            sympy.Rational(7 * int(random.integers(1, 9)) + 1, 7) for _ in range(3)
        )  # no multiplier is ±1 for ever
        sign = int(random.choice([-1, 1]))
        shapes = [sign * p * z**2 + q * z + a, a * z * (p - q * z), p * z * (1 - z) ** 2 * a, a * z - p * z**3]
        shapes += [z**3 + (a - p) * z**2 + r * z, sign * p * z**2 + a * z + q]
        shape = shapes[number % len(shapes)]
        yield f"random {shape}", PolynomialFamily(shape, variable=z, parameter=a)


@cache
def thresholds() -> tuple[Threshold, ...]:
    """Boundaries, bifurcation polynomials, windows and step sizes of many maps: every one that is algebraic."""
    found: list[Threshold] = []
    for name, family in NAMED.items():
        found += [
            Threshold(f"{name}: {b.name}", b.algebraic) for b in find_boundaries(family()) if b.algebraic is not None
        ]
        for period in (1, 2, 3, 4):
            for multiplier in (1, -1, 0):
                roots = bifurcation_polynomials(family(), period, multiplier).roots
                found += [Threshold(f"{name}: period {period}, multiplier {multiplier}", r.value) for r in roots]
    for name, drawn in drawn_families():
        for period, multiplier in product((1, 2), (1, -1, 0)):
            roots = bifurcation_polynomials(drawn, period, multiplier).roots
            found += [Threshold(f"{name}: period {period}, multiplier {multiplier}", r.value) for r in roots]
    random = rng("scales")
    for scale in (Fraction(1, 3), Fraction(float(random.uniform(0.01, 100))), Fraction(float(random.uniform(1, 9)))):
        found += [Threshold(f"η for a/η = {scale}", b.value) for b in step_boundaries(scale) if b.value is not None]
    atlas = build_atlas(residual(), 4)
    for window in atlas:
        for event in ("birth", "superstable", "flip"):
            exact = atlas.exact(window.word, event)
            if exact is not None:
                found.append(Threshold(f"window {window.word}: {event}", exact))
    return tuple(found)


@cache
def by_polynomial() -> dict[tuple[int, ...], tuple[RealAlgebraic, ...]]:
    """The distinct thresholds of each minimal polynomial, in increasing order."""
    sorted_out: dict[tuple[int, ...], list[RealAlgebraic]] = {}
    for threshold in thresholds():
        roots = sorted_out.setdefault(threshold.value.coefficients, [])
        if threshold.value not in roots:
            roots.append(threshold.value)
    return {polynomial: tuple(sorted(roots)) for polynomial, roots in sorted_out.items()}


def matched(roots: tuple[RealAlgebraic, ...], others: list[Fraction], error: Fraction) -> bool:
    """Whether each root has one and only one of the others within an error, and that much tells them apart."""
    assert all(later - early > 4 * error for early, later in pairwise(sorted(others)))
    bits = int(1 / error).bit_length() + 8
    return all(
        sum(root.enclose(bits)[0] - error <= x <= root.enclose(bits)[1] + error for x in others) == 1 for root in roots
    )


@pytest.mark.slow  # the thresholds of some thirty maps are found first, which takes some seconds
def test_there_are_enough_thresholds() -> None:
    distinct = [threshold for roots in by_polynomial().values() for threshold in roots]
    assert len(set(distinct)) == len(distinct) >= 250
    assert {"residual", "logistic", "quadratic", "odd_cubic"} <= {t.source.partition(":")[0] for t in thresholds()}


_SYMPY_PROGRAM: Final = """
import json, sys
from sympy import Poly, Rational, symbols
from sympy.external.gmpy import GROUND_TYPES
x = symbols("x")
answers = []
for coefficients, digits in json.load(sys.stdin):
    polynomial = Poly([int(c) for c in reversed(coefficients)], x)
    boxes = polynomial.intervals(eps=Rational(1, 10 ** digits))
    answers.append([[[str(low), str(high)] for (low, high), _ in boxes], int(polynomial.count_roots())])
print(json.dumps([GROUND_TYPES, answers]))
"""


@cache
def seen_by_sympy() -> frozenset[RealAlgebraic]:
    asked = [polynomial for polynomial in by_polynomial() if len(polynomial) <= 13]
    answer = subprocess.run(
        [sys.executable, "-c", _SYMPY_PROGRAM],
        input=json.dumps([[[str(c) for c in polynomial], DIGITS] for polynomial in asked]),
        env={**os.environ, "SYMPY_GROUND_TYPES": "python"},
        capture_output=True,
        text=True,
        check=True,
    )
    ground, answers = json.loads(answer.stdout)
    assert ground == "python"
    for polynomial, (boxes, count) in zip(asked, answers, strict=True):
        assert len(boxes) == count
        middles = [(Fraction(low) + Fraction(high)) / 2 for low, high in boxes]
        assert matched(by_polynomial()[polynomial], middles, Fraction(1, 10 ** (DIGITS - 1)))
    return frozenset(root for polynomial in asked for root in by_polynomial()[polynomial])


@cache
def seen_by_flint() -> frozenset[RealAlgebraic]:
    for polynomial, roots in by_polynomial().items():
        complex_roots: Any = flint.fmpz_poly(list(polynomial)).complex_roots()
        real = [Fraction(str(root.real.mid().str(50, radius=False))) for root, _ in complex_roots if root.imag == 0]
        assert matched(roots, real, Fraction(1, 10**12))
    return frozenset(root for roots in by_polynomial().values() for root in roots)


def gp(program: str) -> list[str]:
    answer = subprocess.run(["gp", "-q", "-f"], input=program, capture_output=True, text=True, check=True)
    assert not answer.stderr.strip(), answer.stderr
    return answer.stdout.split("\n")[:-1]


def gp_numbers(line: str) -> list[Fraction]:
    inside = line.strip().strip("[]~").strip()
    return [Fraction(text.replace(" E", "e").strip()) for text in inside.split(",")] if inside else []


needs_gp = pytest.mark.skipif(shutil.which("gp") is None, reason="needs PARI's gp")


@cache
def seen_by_pari() -> frozenset[RealAlgebraic]:
    lines = ["default(realprecision,57);"]
    lines += [f"print(polrootsreal(Pol([{','.join(map(str, reversed(p)))}])))" for p in by_polynomial()]
    answers = gp("\n".join(lines) + "\n")
    for roots, answer in zip(by_polynomial().values(), answers, strict=True):
        assert matched(roots, gp_numbers(answer), Fraction(1, 10**45))
    return frozenset(root for roots in by_polynomial().values() for root in roots)


@pytest.mark.slow  # the thresholds of some thirty maps are found first, which takes some seconds
@needs_gp
def test_pari_isolates_the_same_thresholds() -> None:
    assert len(seen_by_pari()) >= LEAST


@needs_gp
@pytest.mark.parametrize("name", NAMED)
def test_pari_eliminates_the_same_bifurcations_from_the_map(name: str) -> None:
    # Resultant of fⁿ(z) − z and (fⁿ)' − m: its roots are those of period n, and of the divisors d with λ^(n/d) = m.
    family, compared = NAMED[name](), 0
    f = str(family.expression).replace("**", "^").replace(str(family.variable), "Z")
    f = f.replace(str(family.parameter), "A")
    lines = ["default(realprecision,57);", f"f(z)=subst({f},Z,z);"]
    asked = [(n, m) for n in (1, 2, 3) for m in (1, -1, 0) if not (family.degree == 3 and n == 3 and m)]
    for n, m in asked:
        iterated = "f(" * n + "Z" + ")" * n
        lines.append(f"P={iterated};R=polresultant(P-Z,deriv(P,Z)-({m}),Z);")
        lines.append("R=R/gcd(R,deriv(R,A));print(polrootsreal(R))")
    answers = gp("\n".join(lines) + "\n")
    for (n, m), answer in zip(asked, answers, strict=True):
        ours: list[RealAlgebraic] = []
        for d in (d for d in (1, 2, 3) if n % d == 0):
            for inner in (1, -1, 0):
                if inner ** (n // d) == m:
                    ours += [root.value for root in bifurcation_polynomials(family, d, inner).roots]
        # where the leading coefficient vanishes, the resultant does, whatever the multipliers are
        distinct = tuple(sorted(v for v in set(ours) if v != 0 or name != "logistic"))
        theirs = [v for v in gp_numbers(answer) if v or name != "logistic"]
        assert len(theirs) == len(distinct), (n, m)
        assert matched(distinct, theirs, Fraction(1, 10**45))
        compared += len(theirs)
    assert compared >= 9


@cache
def seen_by_mpmath() -> frozenset[RealAlgebraic]:
    context, seen = mpmath.MPContext(), set()
    context.dps = 40
    for polynomial, roots in by_polynomial().items():
        if len(polynomial) > 17:
            continue  # mpmath's simultaneous iteration takes long for these
        found = context.polyroots(list(reversed(polynomial)), maxsteps=400, extraprec=400)
        real = [Fraction(context.nstr(x.real, 38)) for x in found if abs(x.imag) < context.mpf(10) ** -30]
        assert matched(roots, real, Fraction(1, 10**DIGITS))
        seen |= {*roots}
    return frozenset(seen)


@cache
def seen_by_numpy() -> frozenset[RealAlgebraic]:
    # Of a polynomial of degree n, some root lies within n |P(x)/P'(x)| of any x (Laguerre; Henrici 1974, theorem 6.4)
    seen = set()
    for polynomial, roots in by_polynomial().items():
        if len(polynomial) > 13:
            continue  # floats do not hold longer polynomials well enough
        places = np.roots([float(c) for c in reversed(polynomial)])
        for root in roots:
            exact = root.enclose(200)[0]
            x = min((complex(p) for p in places), key=lambda p: abs(p - float(exact))).real
            here = Fraction(x)
            value = sum((c * here**k for k, c in enumerate(polynomial)), Fraction(0))
            slope = sum((k * c * here ** (k - 1) for k, c in enumerate(polynomial) if k), Fraction(0))
            radius = abs((len(polynomial) - 1) * value / slope)
            assert radius < Fraction(1, 10**6) * (1 + abs(exact))
            assert abs(here - exact) <= radius + Fraction(1, 2**190)
        seen |= {*roots}
    return frozenset(seen)


SEEN: Final[dict[str, Callable[[], frozenset[RealAlgebraic]]]] = {
    "SymPy on Python integers": seen_by_sympy,
    "FLINT, among all complex roots": seen_by_flint,
    "mpmath": seen_by_mpmath,
    "NumPy, within proved discs": seen_by_numpy,
}
LEAST: Final = 200  # distinct thresholds


@pytest.mark.slow  # the thresholds of some thirty maps are found first, which takes some seconds
@pytest.mark.parametrize("program", SEEN)
def test_each_program_finds_the_same_thresholds(program: str) -> None:
    assert len(SEEN[program]()) >= LEAST


@pytest.mark.slow  # the thresholds of some thirty maps are found first, which takes some seconds
def test_all_programs_agree_on_as_many_thresholds(record_property: Record) -> None:
    """One by one: what is counted is a number that no two thresholds share, and that every program has found."""
    found = [seen() for seen in SEEN.values()]
    if shutil.which("gp"):
        found.append(seen_by_pari())
    agreed = frozenset.intersection(*found)
    assert len(agreed) >= LEAST
    record_property("thresholds_compared", len(agreed))


def test_windows_by_fixed_point_iteration() -> None:
    # the critical point returns to itself after n steps, on the two sides of a superstable parameter from two sides
    atlas = build_atlas(residual(), 6)
    for window in atlas:
        lower, upper = window.superstable
        signs = []
        for a in (lower, upper):
            bits = 400
            unit, scale = 1 << bits, (a.numerator << bits) // a.denominator
            c = z = (unit - 2 * scale) // 3
            for _ in range(window.period):
                z = ((z + scale) * ((unit - z) ** 2 >> bits) >> bits) - scale
            assert abs(z - c) > unit >> 300
            signs.append(z > c)
        assert signs[0] != signs[1], window.word
        assert cycle_of_critical_point((lower + upper) / 2) == window.period


# -------------------------------------------------------------------------------------------------------------- phases


def parameters(count: int, hard: float) -> Iterator[Fraction]:
    """Random parameters of every phase, a share of them beyond √5 − 1, and some very near to exact boundaries."""
    random = rng(f"parameters {count}")
    windows = [w for w in build_atlas(residual(), 6) if w.superstable[0] > onset()]
    squares = [(-2, 8, 1), (-1, 5, 1), (1, 0, 1), (2, 0, 1), (0, 0, 1)]  # p + √q: 2√2 − 2, √5 − 1, 1, 2, 0
    for _ in range(count):
        kind = random.uniform()
        if kind < hard:
            share = random.uniform()
            if share < 0.3:  # the cascade
                yield Fraction(float(random.uniform(1.236, 1.3022)))
            elif share < 0.75:
                yield Fraction(int(random.integers(13_023_000, 20_000_000)), 10_000_000)
            else:  # inside a window, where its cycle attracts
                window = windows[random.integers(len(windows))]
                (birth, _), (flip, _) = window.birth, window.flip
                yield birth + (flip - birth) * Fraction(int(random.integers(50, 950)), 1000)
        elif kind < hard + 0.15:
            p, q, _ = squares[random.integers(len(squares))]
            k = int(random.integers(3, 300))
            root = Fraction(math.isqrt(q << 800), 2**400)
            yield p + root + Fraction(int(random.choice([-1, 1])), 2**k)
        else:
            low, high = [(-4, 0), (0, 0.829), (0.828, 1), (1, 1.236), (2, 5)][random.integers(5)]
            value = float(random.uniform(low, high))
            yield Fraction(value) if kind < 0.75 else Fraction(round(value * 10**4), 10**4)


def is_weak(answer: Classification | Placement) -> bool:
    """Whether the cycle attracts too slowly for the other road to see it in some 10⁵ steps."""
    if answer.cycle is None:  # the order of the flips told its period
        return isinstance(answer, Classification) and min(map(abs, answer.distance)) < Fraction(1, 1000)
    return max(map(abs, answer.cycle.multiplier)) > Fraction(95, 100)


def check_decision(a: Fraction, max_period: int = 64) -> bool:
    """Compare both decisions; False where the cycle attracts too weakly for the second."""
    answer, told = classify(a, max_period=max_period), decide(a, max_period=max_period)
    if answer.phase is Phase.PERIODIC and told.period is None:  # a cycle that attracts weakly: look longer
        told = decide(a, max_period=max_period, looks=60)
        if told.period is None and is_weak(answer):
            return False
    if told.phase == "PERIODIC" and told.period is None:  # below the onset, and no cycle so short
        assert answer.phase is Phase.PERIODIC, a
        assert answer.period is None or answer.period > max_period, a
        return True
    assert answer.phase.name == told.phase, (a, answer, told)
    if answer.period is None:
        assert told.period is None
    assert answer.period == told.period, (a, answer, told)
    assert answer.in_window == told.window, a
    if a > 0:
        assert (answer.entropy_positive is Verdict.PROVED) == (a > onset()), a
    return True


@pytest.mark.parametrize(
    ("count", "hard"),
    [
        pytest.param(300, 0.3, id="few"),
        pytest.param(11_000, 0.3, marks=pytest.mark.slow, id="all"),  # slow: 10⁴ searches for attracting cycles
    ],
)
def test_phases_are_decided_alike_with_integers_alone(count: int, hard: float, record_property: Record) -> None:
    all_of_them, count = count > 10_000, trials(count)
    compared = {a for a in parameters(count, hard) if abs(a - onset()) > Fraction(1, 10**5) and check_decision(a)}
    assert len(compared) > count * 9 // 10  # some parameters are drawn twice
    if all_of_them:  # the few are among them
        record_property("phase_decisions", len(compared))


def logistic_cycle(r: Fraction, looks: int = 12) -> int | None:
    """Period of the cycle that 1/2 tends to under r x (1 − x), in fixed-point numbers."""
    bits = 256
    unit, scale = 1 << bits, (r.numerator << bits) // r.denominator
    x = unit // 2
    for look in range(looks):
        orbit = [x]
        for _ in range(64 * (look + 1)):
            x = scale * (x * (unit - x) >> bits) >> bits
        orbit = [x]
        for _ in range(64):
            orbit.append(scale * (orbit[-1] * (unit - orbit[-1]) >> bits) >> bits)
            if abs(orbit[-1] - x) < unit >> 90:
                return len(orbit) - 1
            if abs(orbit[-1] - x) < unit >> 62:
                break  # still on its way
    return None


def test_the_logistic_map_is_placed_alike_with_integers_alone(record_property: Record) -> None:
    random, count, undecided, compared = rng("logistic"), trials(8), 0, 0
    for _ in range(count):
        r = Fraction(int(random.integers(100_100, 450_000)), 100_000)
        placed = place_parameter(logistic(), r)
        compared += 1
        if r > 4:
            assert placed.label == "a critical orbit escapes"
            continue
        if r < 3 or (r - 1) ** 2 < 6:  # the fixed point's multiplier is 2 − r, the 2-cycle's 4 + 2r − r²
            assert placed.period == (1 if r < 3 else 2), r
            continue
        seen = logistic_cycle(r) or (logistic_cycle(r, 60) if placed.period else None)
        if seen is None and is_weak(placed):
            compared -= 1
            continue
        assert placed.period == seen, r
        if seen is None:
            assert placed.certainty is not Certainty.EXACT
            undecided += 1
            assert placed.entropy_positive is (Verdict.PROVED if r > Fraction("3.56995") else Verdict.REFUTED)
    assert undecided < count
    record_property("phase_decisions", compared)


# ----------------------------------------------------------------------------------------- gradient descent and the map


def test_gradient_descent_follows_the_map_within_the_rounding_that_slopes_allow(record_property: Record) -> None:
    """The weight's exact orbit in 400 bits; an error e becomes G(w + e) − G(w) and some roundings in each step.

    The bound is run along with the orbit and believed up to the horizon, where it passes 1/1000: in z that is the unit
    roundoff times the accumulated product of |f'|.
    """
    bits, steps, runs = 400, 60, trials(1_000)
    random = rng("descent")
    unit = 1 << bits
    gammas, offsets = [2.0, 1.0, -0.75, 3.5], [0.0, 0.6, 1.25, -0.3]
    compared = 0
    for gamma, c in zip(gammas, offsets, strict=True):
        batch = runs // 4
        x, y = float(random.uniform(0.3, 2)), math.copysign(float(random.uniform(0.3, 2)), gamma)
        reach = 2 * Fraction(gamma) * Fraction(y) + Fraction(c) ** 2
        per_step = Fraction(x) ** 2 * reach / 2  # a/η for one sample
        eta = random.uniform(0.05, 1.99, batch) / float(per_step)
        z = -per_step.numerator / per_step.denominator * eta * random.uniform(-0.7, 0.95, batch)
        kappa = eta * gamma * x * x
        u = np.sqrt(gamma * gamma * np.maximum(2 * (z / kappa + y) / gamma + c * c / gamma**2, 1e-3))
        start = (u - c) / gamma / x
        seen = descend(
            PhaseRetrieval(gamma=Fraction(gamma), c=Fraction(c)),
            [[x]],
            [y],
            step_sizes=eta,
            starts=start[:, np.newaxis],
            steps=steps,
            escape_loss=1e200,
        )

        def fixed(value: float) -> int:
            exact = Fraction(value)
            return (exact.numerator << bits) // exact.denominator

        big_eta = np.array([fixed(v) for v in eta], dtype=object)
        w = np.array([fixed(v) for v in start], dtype=object)
        big_x, big_y, big_g, big_c = fixed(x), fixed(y), fixed(gamma), fixed(c)
        error = np.zeros(batch)
        live = np.ones(batch, dtype=bool)
        for step in range(steps):
            p = w * big_x >> bits
            e = (big_g * (p * p >> bits) >> bits) // 2 + (big_c * p >> bits) - big_y
            slope = (big_g * p >> bits) + big_c
            exact = (e.astype(object) / unit).astype(float)
            wf, pf, ef, sf = (np.array([v / unit for v in each.tolist()]) for each in (w, p, e, slope))
            residual_bound = error * np.abs(sf * x) + np.abs(gamma) / 2 * (x * error) ** 2
            size = np.abs(gamma / 2) * pf * pf + np.abs(c * pf) + abs(y)
            live &= (error < 1e-3) & (np.abs(wf) < 1e3)  # once beyond the horizon, for ever
            rounding = 8 * 2.0**-53 * size * 1.01
            off = np.abs(seen.residuals[:, step, 0] - exact)
            assert np.all(off[live] <= (residual_bound + rounding)[live] * 1.01)
            compared += int(live.sum())
            # one step of the weight: exact cubic Taylor terms, and some twenty roundings of the parts
            rate = eta * x
            first = np.abs(1 - rate * x * (sf * sf + ef * gamma))
            second = np.abs(rate * x * x * 3 * gamma * sf) / 2
            third = np.abs(rate * x**3 * gamma * gamma) / 2
            fresh = 2.0**-53 * (np.abs(wf) + 24 * rate * size * (np.abs(gamma * pf) + abs(c)))
            with np.errstate(over="ignore"):
                error = (first * error + second * error**2 + third * error**3 + fresh) * 1.01
            w = w - (big_eta * (big_x * (e * slope >> bits) >> bits) >> bits)
            w, error = np.where(live, w, 0), np.where(live, error, 0)
    assert compared > 20 * runs  # the bound is good for some twenty steps and more
    record_property("gd_runs", runs)

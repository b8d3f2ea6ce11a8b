"""The routes by which the numbers of the glossary's examples are computed, and computed again.

The residual map in fractions and in floats, gradient descent on one weight by exact differences of its loss, and a few
counts on grids.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from symphase.algebraic import RealAlgebraic
from symphase.cycles import certify_cycle
from symphase.descent import descend
from symphase.models import OneWeight
from symphase.onset import Onset
from symphase.phases import residual_boundaries, residual_family
from symphase.theorems.proofs import ProofLine
from symphase.theorems.rechecks import EnclosedOnset
from symphase.thresholds import BoundaryKind

__all__: list[str] = [
    "STARTS",
    "STEPS",
    "TARGET",
    "boundary",
    "bracket_width",
    "catapult_again",
    "certified_pair",
    "coefficients",
    "decimal_of_root_eight",
    "f",
    "float_orbit",
    "float_period",
    "float_word",
    "if_root",
    "largest_after",
    "largest_after_descent",
    "mean_log_slope",
    "mean_square",
    "onset_again",
    "orbit",
    "residuals",
    "settled",
    "slope",
    "squares",
    "steps_until_angles_are_apart",
    "steps_until_apart",
    "steps_until_large",
    "steps_until_small",
    "three_cycles_appear",
    "turns",
    "two_cycle",
    "weight_step",
]


TARGET: Final = Fraction(1)  # the target y of the examples with one weight
STEPS: Final = 400
SYMBOLS: Final = 2048


STARTS: Final = tuple(float(z) for z in np.linspace(-0.9, 1.9, 21))


def coefficients(a: Fraction) -> tuple[Fraction, ...]:
    """Coefficients of the residual map, lowest power first."""
    return residual_family().at(a)


def f(a: Fraction, z: Fraction) -> Fraction:
    """One step of the residual map by the family's coefficients."""
    total = Fraction(0)
    for value in reversed(coefficients(a)):
        total = total * z + value
    return total


def slope(a: Fraction, z: Fraction) -> Fraction:
    """Its derivative, by its coefficients."""
    total = Fraction(0)
    for power, value in reversed(list(enumerate(coefficients(a)))[1:]):
        total = total * z + power * value
    return total


def weight_step(eta: Fraction, w: Fraction, y: Fraction = TARGET) -> Fraction:
    """One step on (w² − y)²/4; the derivative by an exact difference, which has no error for a quartic."""

    def loss(place: Fraction) -> Fraction:
        return (place**2 - y) ** 2 / 4

    # fourth-order central difference: exact for polynomials up to degree 4
    slope = (8 * (loss(w + 1) - loss(w - 1)) - (loss(w + 2) - loss(w - 2))) / 12
    return w - eta * slope


def residuals(eta: Fraction, w: Fraction, steps: int) -> list[Fraction]:
    """Residuals w² − y, times η: what the map follows, from gradient descent itself."""
    found = []
    for _ in range(steps + 1):
        found.append(eta * (w**2 - TARGET))
        w = weight_step(eta, w)
    return found


def orbit(a: Fraction, z: Fraction, steps: int) -> list[Fraction]:
    """Its orbit in fractions."""
    found = [z]
    for _ in range(steps):
        found.append(f(a, found[-1]))
    return found


def float_orbit(a: float, z: float, steps: int) -> list[float]:
    """Its orbit in floats."""
    f = [float(value) for value in coefficients(Fraction(a))]
    found = [z]
    for _ in range(steps):
        z = found[-1]
        found.append(((f[3] * z + f[2]) * z + f[1]) * z + f[0])
    return found


def boundary(kind: BoundaryKind, period: int | None = None) -> RealAlgebraic:
    """A boundary that is an algebraic number."""
    value = residual_boundaries().require(kind, period).algebraic
    if value is None:
        raise ArithmeticError(f"{kind} is no algebraic number")
    return value


def vanishes(coefficients: Sequence[int], number: RealAlgebraic) -> bool:
    """Whether an algebraic number is a root: a polynomial changes its sign across it, or is zero at a rational one."""

    def value(place: Fraction) -> Fraction:
        total = Fraction(0)
        for coefficient in reversed(coefficients):
            total = total * place + coefficient
        return total

    lower, upper = number.enclose(80)
    return value(lower) == 0 if lower == upper else value(lower) * value(upper) < 0


def if_root(coefficients: Sequence[int], number: RealAlgebraic) -> RealAlgebraic | str:
    """The number, if it is a root of the polynomial; else words that are no number."""
    return number if vanishes(coefficients, number) else "another number"


def steps_until_small(a: float, z: float) -> int:
    """Steps until |z| < 0.01, in floats."""
    return next(n for n, value in enumerate(float_orbit(a, z, STEPS)) if abs(value) < 0.01)


def catapult_again(a: Fraction, z: Fraction) -> dict[str, Any]:
    """The same run by gradient descent on the weight: y = 1, η = a, w² = 1 + z/a."""
    run = descend(
        OneWeight(),
        [[1.0]],
        [1.0],
        step_sizes=[float(a)],
        starts=[math.sqrt(1 + float(z / a))],
        steps=STEPS,
    )
    losses = np.asarray(run.losses).reshape(-1)
    sizes = float(a) * 2 * np.sqrt(losses)
    image = z * (z**2 + (a - 2) * z + 1 - 2 * a)
    return {
        "a": a,
        "z": z,
        "image": image,
        "factor": float(losses[1] / losses[0]),
        "steps": int(np.argmax(sizes < 0.01)),
    }


def steps_until_large(a: Fraction, z: Fraction) -> int:
    """Steps until |z| > 1000, in fractions."""
    steps = 0
    while abs(z) <= 1000:
        z, steps = f(a, z), steps + 1
    return steps


def squares(a: Fraction, square: Fraction) -> Any:
    """The squared rescaled weight v² = z + a, which is multiplied by (1 − z)² = (1 + a − v²)²."""
    while True:
        yield square
        square = square * (1 + a - square) ** 2


def two_cycle(a: Fraction) -> tuple[Fraction, Fraction]:
    """The roots of z² + (a − 1)z + (1 − a) where they are rational."""
    square = (a - 1) * (a + 3)
    root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
    if root**2 != square:
        raise ArithmeticError(f"{square} is no square")
    return (1 - a - root) / 2, (1 - a + root) / 2


def settled(a: str) -> tuple[float, float]:
    """The two values between which a long run alternates, in floats."""
    low, high = sorted(float_orbit(float(Fraction(a)), 0.3, STEPS)[-2:])
    return low, high


def certified_pair(a: str) -> dict[str, float]:
    """The 2-cycle next to them, certified."""
    found = certify_cycle(residual_family(), Fraction(a), list(settled(a)))
    if found is None:
        return {}
    low, high = sorted(float(sum(bounds) / 2) for bounds in found.points)
    return {"low": low, "high": high}


def three_cycles_appear() -> bool:
    """In floats: the graph of f³ crosses the diagonal more often just behind the number than just before it."""
    birth = float(boundary(BoundaryKind.TANGENCY, 3))
    z = np.linspace(-birth, 2.0, 200_001)

    def crossings(a: float) -> int:
        f = [float(value) for value in coefficients(Fraction(a))]
        value = z
        for _ in range(3):
            value = ((f[3] * value + f[2]) * value + f[1]) * value + f[0]
        signs = np.sign(value[1:-1] - z[1:-1])
        signs = signs[signs != 0]
        return int(np.sum(signs[1:] != signs[:-1]))

    return crossings(birth - 1e-4) < crossings(birth + 1e-4)


def float_period(a: float) -> int | None:
    """After how many steps a long run repeats itself, in floats."""
    tail = float_orbit(a, 0.3, 6000)[-65:]
    return next((n for n in range(1, 65) if abs(tail[-1] - tail[-1 - n]) < 1e-9), None)


def float_word(a: float, count: int) -> str:
    """Letters of the orbit of f(c), in floats."""
    c = (1 - 2 * a) / 3
    orbit = float_orbit(a, c, count)
    return "".join("R" if (value > c) == (orbit[1] > c) else "L" for value in orbit[1:])


def turns(count: int) -> int:
    """Monotone pieces of the n-fold map at a = 2, counted on a grid of angles."""
    z = 2 * np.cos(np.linspace(0, np.pi, 100_001))
    for _ in range(count):
        z = z**3 - 3 * z
    signs = np.sign(np.diff(z))
    signs = signs[signs != 0]
    return int(np.sum(signs[1:] != signs[:-1])) + 1


def mean_log_slope(a: float, z: float, steps: int) -> float:
    """Mean of log |f'| along an orbit, by the factored derivative."""
    orbit = np.array(float_orbit(a, z, steps - 1))
    return float(np.mean(np.log(np.abs((orbit - 1) * (3 * orbit + 2 * a - 1)))))


def mean_square(a: float, z: float, steps: int) -> float:
    """Mean of z² along an orbit."""
    return float(np.mean(np.square(float_orbit(a, z, steps - 1))))


def steps_until_apart(a: float, z: float, distance: float) -> int:
    """Steps until two orbits are more than 0.1 apart, in floats."""
    pairs = zip(float_orbit(a, z, STEPS), float_orbit(a, z + distance, STEPS), strict=True)
    return next(n for n, (one, other) in enumerate(pairs) if abs(one - other) > 0.1)


def steps_until_angles_are_apart(z: float, distance: float) -> int:
    """The same at a = 2 through the angles: z = 2 cos θ, and a step triples θ."""
    first, second = math.acos(z / 2), math.acos((z + distance) / 2)
    return next(n for n in range(STEPS) if abs(2 * math.cos(3**n * first) - 2 * math.cos(3**n * second)) > 0.1)


def onset_again(digits: int) -> str:
    """Bisection in floats: on which side of the Feigenbaum word the orbit of the critical point runs."""
    target = "R"
    while len(target) < SYMBOLS:
        target = "".join("RL" if letter == "R" else "RR" for letter in target)
    low, high = float(boundary(BoundaryKind.FLIP, 2)), float(boundary(BoundaryKind.CRISIS))
    for _ in range(48):
        middle = (low + high) / 2
        if is_beyond(float_word(middle, SYMBOLS), target):
            high = middle
        else:
            low = middle
    return f"{low:.{digits}f}"


def is_beyond(word: str, target: str) -> bool:
    """Whether the first letter that differs makes a word the larger one; each R in front turns the order round."""
    for place, (own, other) in enumerate(zip(word, target, strict=False)):
        if own != other:
            return (own == "R") == (word[:place].count("R") % 2 == 0)
    return False


def decimal_of_root_eight(digits: int) -> str:
    """√8 − 2 by integer square roots."""
    scaled = math.isqrt(8 * 100 ** (digits + 1)) - 2 * 10 ** (digits + 1)
    return f"0.{(scaled + 5) // 10:0{digits}d}"


def bracket_width() -> Fraction | None:
    """From the two proofs behind the bracket, if both hold again."""
    boundary = residual_boundaries().require(BoundaryKind.ONSET)
    onset = boundary.value
    if not isinstance(onset, Onset):
        return None
    ends = [EnclosedOnset(onset=onset, family=residual_family(), chaotic=chaotic) for chaotic in (False, True)]
    if any(end.complaints(ProofLine(text="")) for end in ends):
        return None
    return onset.chaotic_side.parameter[1] - onset.ordered_side.parameter[0]


def largest_after(a: float) -> float:
    """The largest |z| after a fixed number of steps, over all starts."""
    return max(abs(float_orbit(a, z, STEPS)[-1]) for z in STARTS)


def largest_after_descent(a: float) -> float:
    """The same by gradient descent on the weight, w² = 1 + z/a."""
    run = descend(
        OneWeight(),
        [[1.0]],
        [1.0],
        step_sizes=[a],
        runs=len(STARTS),
        starts=[[math.sqrt(1 + z / a)] for z in STARTS],
        steps=STEPS,
    )
    return float(2 * a * np.sqrt(np.max(np.asarray(run.losses)[:, -1])))

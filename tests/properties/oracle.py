"""The residual map's phases decided a second time, with integers alone: nothing here imports symphase.

Order phases are signs of integer polynomials.  Beyond them the orbit of the critical point is followed in fixed-point
numbers of some hundred bits: an attracting cycle draws it (Fatou 1919, Singer 1978), and a cycle that closes up to
2^-90 with a multiplier inside ±1 is one.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple

__all__ = ["Decision", "cycle_of_critical_point", "decide", "onset"]

BITS: Final = 256
LOOKS: Final = 12  # how often a closed orbit is looked for, after ever more steps
CLOSED: Final = 2 ** (BITS - 90)
APART: Final = 2 ** (BITS - 62)  # what points of one cycle are, at the least


class Decision(NamedTuple):
    """A phase by name, the period where a cycle was seen, and whether that lies beyond the onset of chaos."""

    phase: str
    period: int | None = None
    window: bool = False


def decide(a: Fraction, *, max_period: int = 64, looks: int = LOOKS) -> Decision:
    """The phase of a typical run at a, by the theory's inequalities and by iteration."""
    if a <= 0:
        return Decision("DEGENERATE" if a == 0 else "FLOOR" if a > -2 else "DIVERGENT")
    if a > 2:
        return Decision("DIVERGENT")
    if (a + 2) ** 2 <= 8:
        return Decision("MONOTONIC")
    if a <= 1:
        return Decision("CATAPULT")
    if (a + 1) ** 2 <= 5:
        return Decision("PERIODIC", 2)
    seen = cycle_of_critical_point(a, max_period, looks)
    if seen is None and a < Fraction(1288, 1000):
        seen = 4  # so little beyond √5 − 1 that it hardly attracts: the next flip is at 1.28803…
    beyond = a > onset()
    if seen is not None:
        return Decision("PERIODIC", seen, beyond)
    return Decision("CHAOTIC" if beyond else "PERIODIC")


def _step(z: int, a: int, bits: int) -> int:
    rest = (1 << bits) - z
    return ((z + a) * (rest * rest >> bits) >> bits) - a


def cycle_of_critical_point(a: Fraction, max_period: int = 64, looks: int = LOOKS) -> int | None:
    """Period of the cycle that the critical point (1 − 2a)/3 tends to; None where none was seen."""
    scale = (a.numerator << BITS) // a.denominator
    unit = 1 << BITS
    z = (unit - 2 * scale) // 3
    for look in range(looks):
        for _ in range(max_period * (look + 1)):
            z = _step(z, scale, BITS)
        orbit = [z]
        for _ in range(max_period):
            orbit.append(_step(orbit[-1], scale, BITS))
            gap = abs(orbit[-1] - z)
            if gap < CLOSED:
                multiplier = unit
                for point in orbit[:-1]:
                    slope = (unit - point) * (unit - 2 * scale - 3 * point) >> BITS
                    multiplier = multiplier * slope >> BITS
                return len(orbit) - 1 if abs(multiplier) < unit else None
            if gap < APART:
                break  # it is still on its way: with a multiplier near −1 twice the period would close up first
    return None


@cache
def onset() -> Fraction:
    """The onset of chaos to some ten digits: superstable parameters of periods 2^k, extrapolated (Feigenbaum 1978)."""
    bits = 400

    def miss(a: int, period: int) -> int:
        c = z = ((1 << bits) - 2 * a) // 3
        for _ in range(period):
            z = _step(z, a, bits)
        return z - c

    unit = 1 << bits
    known = [unit // 2, unit * 1121320 // 1000000]  # a = 1/2, and 3√2/2 − 1 nearly
    for k in range(1, 11):
        guess = known[-1] if k == 1 else known[-1] + (known[-1] - known[-2]) * 1000 // 4669
        early, late = guess, guess + (unit >> (20 + 2 * k))
        miss_early = miss(early, 2**k)
        for _ in range(60):
            miss_late = miss(late, 2**k)
            if miss_late == miss_early or abs(late - early) < unit >> 300:
                break
            early, late, miss_early = late, late - miss_late * (late - early) // (miss_late - miss_early), miss_late
        if k == 1:
            known[-1] = late
        else:
            known.append(late)
    first, second, third = known[-3:]
    return Fraction(third - (third - second) ** 2 // (third - 2 * second + first), unit)

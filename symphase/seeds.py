"""Approximate cycles in floats: where a proof is to be tried.  Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symphase.maps import PolynomialFamily, float_roots

__all__ = ["cycle_seeds"]

_WAITS: Final = (0, 1, 4, 40, 400, 4000)  # periods that a critical orbit is given to come near its cycle
_STARTS_PER_POINT: Final = 24
_MOST_SEEDS: Final = 12
_FAR: Final = 1e12


def cycle_seeds(
    family: PolynomialFamily, parameter: Fraction, period: int, multiplier: Fraction
) -> Iterator[list[float]]:
    """Yield approximate real cycles of a period whose multiplier is about the given one, likely ones first.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : Fraction
    period : int
    multiplier : Fraction

    Yields
    ------
    list of float
        The cycle's points in order.

    Certainty
    ---------
    Numerical: seeds for a proof.

    References
    ----------
    Fatou 1919: a cycle with |multiplier| ≤ 1 (no irrational rotation) attracts a critical point, so its orbit leads
    there.
    """
    try:
        row: tuple[Fraction, ...] = family.at(parameter)
        coefficients = np.array([float(c) for c in row])
        critical_points = _critical_points(family, parameter) if abs(multiplier) <= 1 else []
        wanted = float(multiplier)
    except OverflowError:
        return  # beyond what floats reach
    for critical in critical_points:
        z = critical
        done = 0
        for wait in _WAITS:
            for _ in range((wait - done) * period):
                z = _step(coefficients, z)
                if not abs(z) < _FAR:
                    break
            done = wait
            if not abs(z) < _FAR:
                break
            yield _orbit(coefficients, z, period)
    yield from _all_cycles(coefficients, period, wanted)


def _step(coefficients: NDArray[np.float64], z: float) -> float:
    total = 0.0
    for coefficient in coefficients[::-1]:
        total = total * z + float(coefficient)
    return total


def _orbit(coefficients: NDArray[np.float64], z: float, period: int) -> list[float]:
    points = [z]
    for _ in range(period - 1):
        points.append(_step(coefficients, points[-1]))
    return points


def _critical_points(family: PolynomialFamily, parameter: Fraction) -> list[float]:
    found: list[float] = []
    for factor in family.critical_factors:
        roots = float_roots(factor, float(parameter))
        found += [place.real for place in roots if abs(place.imag) < 1e-9 * (1 + abs(place))]
    return found


def _all_cycles(coefficients: NDArray[np.float64], period: int, multiplier: float) -> Iterator[list[float]]:
    """Newton's method on fⁿ(z) = z from many starts; one seed for each cycle with about the multiplier."""
    degree = len(coefficients) - 1
    if not coefficients[-1]:
        return  # the degree falls here
    # Fujiwara's bound, for the bounded orbits: beyond it |f(z)| > |z|
    below = np.abs(coefficients[:-1])
    below[1] += 1.0
    with np.errstate(over="ignore"):
        reach = 2 * float(np.max((below / abs(coefficients[-1])) ** (1 / np.arange(degree, 0, -1))))
    if not reach < _FAR:
        return
    slope = coefficients[1:] * np.arange(1, degree + 1)
    product: Any
    z: Any = np.linspace(-reach, reach, min(_STARTS_PER_POINT * degree**period, 200_000))
    with np.errstate(all="ignore"):
        for _ in range(60):
            w, product = z, 1.0
            for _ in range(period):
                product = product * np.polynomial.polynomial.polyval(w, slope)
                w = np.polynomial.polynomial.polyval(w, coefficients)
            change = (w - z) / (product - 1)
            change = np.where(np.isfinite(change), change, 0.0)
            z = z - np.clip(change, -0.1 * reach, 0.1 * reach)
        w, product = z, 1.0
        for _ in range(period):
            product = product * np.polynomial.polynomial.polyval(w, slope)
            w = np.polynomial.polynomial.polyval(w, coefficients)
        close = (np.abs(w - z) < 1e-7 * reach * (1 + np.abs(product))) & (
            np.abs(product - multiplier) < 0.3 * (1 + abs(multiplier))
        )
    _, first = np.unique(np.round(z[close] / reach, 8), return_index=True)
    starts, distance = z[close][first], np.abs(product[close][first] - multiplier)
    seen: list[list[float]] = []
    for start in starts[np.argsort(distance, kind="stable")]:  # the likeliest first
        orbit = _orbit(coefficients, float(start), period)
        if any(min(abs(p - start) for p in other) < 1e-6 * reach for other in seen):
            continue
        seen.append(orbit)
        yield orbit
        if len(seen) >= _MOST_SEEDS:
            return

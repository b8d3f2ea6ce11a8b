"""Where a cycle of a given period has a given multiplier: the polynomial in the parameter, by values modulo primes.

For a family f(z, a) of degree d the product

    δ(a) = Π (m − μ(C)),  over all complex cycles C of exact period n with multipliers μ(C),

is what is wanted.  No bivariate resultant is formed.  At one parameter value t modulo one word-size prime p the
resultant of the dynatomic polynomial with m − (fⁿ)' is δ(t)ⁿ; the n-th root is unique when p is chosen so (gcd(n, p −
1) = 1 for odd n; for even n the prime is 3 modulo 4, δ² is unique, and a square root of the interpolated polynomial is
taken).
 Values give δ mod p, primes give δ.

How many primes are needed is known before the first one is used, wherever one free critical point lets it be proved: on
a circle |t| = ρ on which that point escapes, every cycle is repelling (Fatou 1919: an attracting or neutral cycle needs
a critical orbit), so |δ| ≤ (1 + |m|)^N Π|μ(C)|, and Π μ(C) is a polynomial that the critical orbit gives at once;
Cauchy's estimate bounds each coefficient, and the same on a very large circle bounds the degree.  Elsewhere primes are
added until the answer stands still, and the answer says that it rests on that.  Either way a fresh prime and fresh
parameter values check the result in the end.

References
----------
Morton and Vivaldi, "Bifurcations and discriminants for polynomial maps", Nonlinearity 8 (1995) 571-584.
Morton and Patel, "The Galois theory of periodic points of polynomial maps", Proc. London Math. Soc. 68 (1994) 225-263.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from math import gcd, isqrt
from typing import Any, Final

import flint

from symphase.coordinates import Coordinates
from symphase.growth import CoefficientBound, coefficient_bound
from symphase.maps import proper_divisors

__all__ = ["Job", "Residues", "agrees", "combine", "necklaces", "plan", "primes", "residues"]

Rows = tuple[tuple[Fraction, ...], ...]
_FIRST_PRIME: Final = 2**62  # FLINT is a third quicker below than above


def necklaces(degree: int, period: int) -> int:
    """How many cycles of exact period n a polynomial map of this degree has, counted with multiplicity.

    Examples
    --------
    >>> [necklaces(2, n) for n in range(1, 7)], necklaces(3, 4)
    ([2, 1, 2, 3, 6, 9], 18)
    """
    points: int = degree**period - sum(d * necklaces(degree, d) for d in proper_divisors(period))
    return points // period


# --- values modulo one prime ------------------------------------------------------------------------------------------


def primes(period: int, avoid: int = 1) -> Iterator[int]:
    """Word-size primes, largest first, modulo which n-th roots (for even n: up to sign) are unique.

    Divisors of ``avoid`` are left out.
    """
    odd = period
    while odd % 2 == 0:
        odd //= 2
    candidate = _FIRST_PRIME
    while True:
        candidate -= 1
        if (
            candidate % 4 == 3
            and gcd(odd, candidate - 1) == 1
            and flint.fmpz(candidate).is_prime()
            and avoid % candidate
        ):
            yield candidate


def _spread(prime: int, purpose: bytes) -> Iterator[int]:
    """Parameter values modulo a prime that are no small rationals, t and −t never both."""
    start = int.from_bytes(sha256(purpose + str(prime).encode()).digest(), "big") % prime or 1
    return (start * k % prime for k in range(1, prime // 2))


def _modular_rows(rows: Rows, prime: int) -> list[list[int]]:
    return [[v.numerator * pow(v.denominator, -1, prime) % prime for v in row] for row in rows]


def _at(row: list[int], t: int, prime: int) -> int:
    total = 0
    for coefficient in reversed(row):
        total = (total * t + coefficient) % prime
    return total


def _horner(coefficients: list[int], w: Any, prime: int) -> Any:
    if coefficients[-1] == 1 and len(coefficients) > 1:  # spares a product by one
        total, rest = w + coefficients[-2], coefficients[:-2]
    else:
        total, rest = flint.nmod_poly([coefficients[-1]], prime), coefficients[:-1]
    for coefficient in reversed(rest):
        total = total * w + coefficient
    return total


class _Values:
    """Π (m − μ)ⁿ over the cycles of each kind, at one parameter value modulo one prime."""

    def __init__(self, form: Coordinates, period: int, multiplier: Fraction, prime: int) -> None:
        self.form, self.period, self.prime = form, period, prime
        self.rows = _modular_rows(form.rows, prime)
        self.multiplier = multiplier.numerator * pow(multiplier.denominator, -1, prime) % prime
        self.variable = flint.nmod_poly([0, 1], prime)
        self.orders = [*proper_divisors(period), period]

    def __call__(self, t: int) -> tuple[int, ...]:
        coefficients = [_at(row, t, self.prime) for row in self.rows]
        return self._squared(coefficients) if self.form.squared else self._plain(coefficients)

    def _plain(self, coefficients: list[int]) -> tuple[int, ...]:
        iterate = self.variable
        dynatomic: dict[int, Any] = {}
        for k in range(1, self.period + 1):
            iterate = _horner(coefficients, iterate, self.prime)
            if k in self.orders:
                quotient = iterate - self.variable
                for divisor in proper_divisors(k):
                    quotient = quotient // dynatomic[divisor]
                dynatomic[k] = quotient * pow(int(quotient.leading_coefficient()), -1, self.prime)
        target = (self.multiplier - iterate.derivative()) % dynatomic[self.period]
        return (int(dynatomic[self.period].resultant(target)),)

    def _squared(self, coefficients: list[int]) -> tuple[int, ...]:
        # g^k = w·H_k², H_k = Π h along the orbit; where H_n = e = ±1 the multiplier is 1 + 2e·w·H_n'
        w, product = self.variable, flint.nmod_poly([1], self.prime)
        dynatomic: dict[tuple[int, int], Any] = {}
        for k in range(1, self.period + 1):
            product = product * _horner(coefficients, w, self.prime)
            if k < self.period:
                w = self.variable * product * product
            if k not in self.orders:
                continue
            for kind in (1, -1):
                quotient = product - kind
                for divisor in proper_divisors(k):
                    for other in (1, -1):
                        if other ** (k // divisor) == kind:
                            quotient = quotient // dynatomic[divisor, other]
                dynatomic[k, kind] = quotient * pow(int(quotient.leading_coefficient()), -1, self.prime)
        slope = self.variable * product.derivative() * 2
        values = []
        for kind in self.form.kinds(self.period):
            over = dynatomic[self.period, kind]
            target = (self.multiplier - 1) - slope * kind
            values.append(int(over.resultant(target % over)) if over.degree() > 0 else 1)
        return tuple(values)


def _root(value: int, period: int, prime: int) -> int:
    """δ from δⁿ for odd n, δ² from δⁿ for even n."""
    if period % 2:
        return pow(value, pow(period, -1, prime - 1), prime)
    return pow(value, pow(period // 2, -1, (prime - 1) // 2), prime)


def _interpolate(nodes: list[int], values: list[int], prime: int) -> Any:
    """The polynomial modulo a prime with these values, by a product tree."""
    level = [flint.nmod_poly([-node, 1], prime) for node in nodes]
    levels = [level]
    while len(level) > 1:
        level = [level[i] * level[i + 1] if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
        levels.append(level)
    slope = level[0].derivative()
    sums = [
        flint.nmod_poly([value * pow(int(slope(node)), -1, prime)], prime)
        for node, value in zip(nodes, values, strict=True)
    ]
    for moduli in levels[:-1]:
        sums = [
            sums[i] * moduli[i + 1] + sums[i + 1] * moduli[i] if i + 1 < len(sums) else sums[i]
            for i in range(0, len(sums), 2)
        ]
    return sums[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Residues:
    """δ modulo one prime, for each kind of cycles; for even periods up to one sign."""

    prime: int
    coefficients: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is wanted; plain data, so that it can travel to another process.

    Attributes
    ----------
    form : Coordinates
    period : int
    multiplier : Fraction
    bounds : tuple of CoefficientBound
        One for each kind of cycles where they are proved, otherwise empty.
    degrees : tuple of int
        Degrees of δ (of δ² for even periods without a bound) as the values show it; empty while they are unknown.
    pole : int
        The power of the leading coefficient that clears the poles of δ.
    """

    form: Coordinates
    period: int
    multiplier: Fraction
    bounds: tuple[CoefficientBound, ...] = ()
    degrees: tuple[int, ...] = ()
    pole: int = 0

    @property
    def even(self) -> bool:
        """Whether the polynomials are polynomials in t²."""
        return self.form.is_even(self.period)

    @property
    def kinds(self) -> tuple[int, ...]:
        """The kinds of cycles, in the order of every tuple here."""
        return self.form.kinds(self.period)

    @property
    def avoid(self) -> int:
        """Primes that divide this number would lose part of the question."""
        product = self.multiplier.denominator
        for row in self.form.rows:
            for value in row:
                product *= value.denominator
        lead = [v for v in self.form.leading if v]
        return product * gcd(*(v.numerator for v in lead))

    @property
    def seconds(self) -> float:
        """About how long one prime takes: a resultant of two polynomials of the degree Φ has, for each value."""
        points = float(self.form.degree**self.period) / (2 if self.form.squared else 1)
        values = (2 - self.period % 2) * max(self.degrees, default=0) + 1
        return values * len(self.kinds) * (3e-5 + 1.2e-7 * points + 1.0e-9 * points**2)

    @property
    def primes_needed(self) -> int | None:
        """How many primes prove the coefficients; None where no bound is known."""
        return max(b.bits for b in self.bounds) // 61 + 1 if self.bounds else None


def plan(form: Coordinates, period: int, multiplier: Fraction) -> Job:
    """Look for the proof of how large the answer is, before anything is computed."""
    job = Job(form=form, period=period, multiplier=multiplier)
    bounds = [coefficient_bound(form, period, multiplier, kind) for kind in job.kinds]
    proved = tuple(bound for bound in bounds if bound is not None)
    if len(proved) != len(bounds):
        return job
    return replace(job, bounds=proved, degrees=tuple(b.degree // (2 if job.even else 1) for b in proved))


def residues(job: Job, prime: int, *, discover: bool = False) -> tuple[Job, Residues]:
    """Compute δ modulo a prime (δ² for even periods without a bound).

    Parameters
    ----------
    job : Job
    prime : int
        One of :func:`primes`.
    discover : bool
        Find the degrees and the poles, where the job does not state them.

    Returns
    -------
    Job, Residues
        The job, with what was discovered.
    """
    values = _Values(job.form, job.period, job.multiplier, prime)
    lead = _modular_rows((job.form.leading,), prime)[0]
    power = 2 - job.period % 2  # what the values are: δ or δ²
    nodes: list[int] = []
    found: list[tuple[int, ...]] = []
    weights: list[int] = []
    places = _spread(prime, b"values")

    def extend(count: int) -> None:
        while len(nodes) < count:
            t = next(places)
            weight = _at(lead, t, prime)
            if weight:
                nodes.append(t * t % prime if job.even else t)
                weights.append(weight)
                found.append(tuple(_root(v, job.period, prime) for v in values(t)))

    def polynomial(kind: int, count: int) -> Any:
        scaled = [v[kind] * pow(w, job.pole, prime) % prime for v, w in zip(found[:count], weights, strict=False)]
        return _interpolate(nodes[:count], scaled, prime)

    if discover and not job.bounds:
        count = 12
        while True:
            extend(count)
            fractions = [_rational(nodes, [v[kind] for v in found], prime) for kind in range(len(job.kinds))]
            if all(top.degree() + bottom.degree() < count - 3 for top, bottom in fractions):
                break
            count = count * 3 // 2
        pole = max(_pole(bottom, lead, prime) for _, bottom in fractions)
        job = replace(job, pole=pole)
        extend(count + pole * len(lead))
        degrees = tuple(max(int(polynomial(kind, len(nodes)).degree()), 0) for kind in range(len(job.kinds)))
        job = replace(job, degrees=degrees)
    if not job.bounds:
        extend(max(job.degrees) + 1)
        parts = [polynomial(kind, degree + 1) for kind, degree in enumerate(job.degrees)]
    else:
        extend(power * max(job.degrees) + 1)
        parts = [polynomial(kind, power * degree + 1) for kind, degree in enumerate(job.degrees)]
        if power == 2:
            parts = [
                _signed_root(part, bound.leading, bound, job, prime)
                for part, bound in zip(parts, job.bounds, strict=True)
            ]
        else:
            scale = job.multiplier.denominator
            parts = [part * pow(scale, bound.cycles, prime) for part, bound in zip(parts, job.bounds, strict=True)]
    return job, Residues(prime=prime, coefficients=tuple(tuple(int(c) for c in p.coeffs()) for p in parts))


def _signed_root(square: Any, leading: int, bound: CoefficientBound, job: Job, prime: int) -> Any:
    """q^N·δ from δ², the sign taken from the known leading coefficient."""
    root = square.sqrt() * pow(job.multiplier.denominator, bound.cycles, prime)
    last = int(root.leading_coefficient())
    if last == leading % prime:
        return root
    if (last + leading) % prime:
        raise ArithmeticError(f"the leading coefficient modulo {prime} is not the one that was proved")
    return -root


def _rational(nodes: list[int], values: list[int], prime: int) -> tuple[Any, Any]:
    """The rational function of least degree with these values, by the extended Euclidean algorithm."""
    first = flint.nmod_poly([1], prime)
    for node in nodes:
        first = first * flint.nmod_poly([-node, 1], prime)
    second = _interpolate(nodes, values, prime)
    before, bottom = flint.nmod_poly([0], prime), flint.nmod_poly([1], prime)
    best = (second, bottom)
    while not second.is_zero():
        if second.degree() + bottom.degree() < best[0].degree() + best[1].degree():
            best = (second, bottom)
        quotient, rest = divmod(first, second)
        first, second = second, rest
        before, bottom = bottom, before - quotient * bottom
    return best


def _pole(bottom: Any, lead: list[int], prime: int) -> int:
    """The least power of the leading coefficient that a denominator divides."""
    power, pole = flint.nmod_poly([1], prime), 0
    base = flint.nmod_poly(lead, prime)
    while not (power % bottom).is_zero():
        power, pole = power * base, pole + 1
        if pole > bottom.degree():
            raise ArithmeticError("δ has a pole where no point of the cycle is at infinity")
    return pole


# --- from residues to integers ----------------------------------------------------------------------------------------


def combine(job: Job, found: Sequence[Residues]) -> tuple[flint.fmpz_poly, ...] | None:
    """Combine residues by the Chinese remainder theorem.

    Returns
    -------
    tuple of fmpz_poly or None
        Primitive, one for each kind: δ, or δ² for even periods without a bound; None while there are too few primes
        for rational coefficients.

    Certainty
    ---------
    Exact where the job holds bounds and ``job.primes_needed`` primes are given.
    """
    modulus = flint.fmpz(1)
    for each in found:
        modulus *= each.prime
    results = []
    for kind in range(len(job.kinds)):
        total = flint.fmpz_poly([0])
        for each in found:
            rest = modulus // each.prime
            weight = rest * pow(int(rest % each.prime), -1, each.prime)
            total += flint.fmpz_poly(list(each.coefficients[kind])) * weight
        if job.bounds or (job.form.integral and job.multiplier.denominator == 1):
            half = modulus // 2
            coefficients = [(c + half) % modulus - half for c in total.coeffs()]
        else:
            rational = _reconstruct([int(c % modulus) for c in total.coeffs()], int(modulus))
            if rational is None:
                return None
            coefficients = flint.fmpq_poly(rational).numer().coeffs()
        polynomial = flint.fmpz_poly(coefficients)
        content = polynomial.content()
        results.append(polynomial // content if content > 1 else polynomial)
    return tuple(results)


def _reconstruct(values: list[int], modulus: int) -> list[flint.fmpq] | None:
    """Rationals with small numerators and denominators that have these residues (Wang 1981)."""
    limit = isqrt(modulus // 2)
    common = 1
    found = []
    for value in values:
        first, second, before, bottom = modulus, value * common % modulus, 0, 1
        while second > limit:
            quotient = first // second
            first, second, before, bottom = second, first - quotient * second, bottom, before - quotient * bottom
        if abs(bottom) * common > limit or bottom == 0:
            return None
        top = second if bottom > 0 else -second
        found.append((top, abs(bottom) * common))
        common *= abs(bottom)
    return [flint.fmpq(top, bottom) for top, bottom in found]


def agrees(job: Job, polynomials: Sequence[flint.fmpz_poly], prime: int, count: int = 4) -> bool:
    """Check polynomials against values at a prime and at parameter values that had no part in making them.

    δ is known up to a constant factor once it is made primitive, so ratios of values are compared.
    """
    values = _Values(job.form, job.period, job.multiplier, prime)
    lead = _modular_rows((job.form.leading,), prime)[0]
    power = job.period if job.period % 2 or job.bounds else job.period // 2
    nodes = list(islice(_spread(prime, b"check"), count))
    rows = [values(t) for t in nodes]
    for kind, polynomial in enumerate(polynomials):
        seen = []
        for t, row in zip(nodes, rows, strict=True):
            claimed = int(polynomial(t * t if job.even else t) % prime)
            weight = pow(_at(lead, t, prime), job.pole * power, prime)
            seen.append((pow(claimed, power, prime), row[kind] * weight % prime))
        if polynomial.is_zero():
            if any(value for _, value in seen):
                return False
            continue
        reference = next((pair for pair in seen if all(pair)), None)
        if reference is None or any(a * reference[1] % prime != b * reference[0] % prime for a, b in seen):
            return False
    return True

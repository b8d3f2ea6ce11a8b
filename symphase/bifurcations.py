"""Exact bifurcation parameters: the polynomials whose roots they are, each real root tied to its cycle.

``eliminants`` gives δ(a) = Π (m − μ(C)) over all cycles C of a period; it is factored over the integers and its real
roots are isolated.  A root says only that *some* cycle, real or complex, of the period (or, for m = 1, of a divisor of
it) has the multiplier.  Which one is settled by a Krawczyk box in (z₀, …, z_{n−1}, a): the box holds exactly one cycle
with the multiplier; its parameter is a root of δ; and where one root only lies in the box's parameter interval, that
root it is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

import flint

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.coordinates import QUADRATIC, Coordinates, coordinates
from symphase.cycles import CertifiedBifurcation, certify_bifurcation
from symphase.eliminants import Job, Residues, agrees, combine, plan, primes, residues
from symphase.enclosures import Certainty
from symphase.errors import InputError, SymphaseError
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily, eliminate, exact_terms, proper_divisors
from symphase.processes import check_workers, in_child, in_parallel
from symphase.seeds import cycle_seeds

__all__ = ["BifurcationFactor", "BifurcationPolynomials", "BifurcationRoot", "CycleTie", "bifurcation_polynomials"]

MAX_POINTS: Final = 2187  # of period n: beyond that one prime takes minutes, and hundreds of them are needed
MAX_EXACT_POINTS: Final = 243  # of period n up to which a rational parameter is looked at exactly
MAX_MULTIPLIER_BITS: Final = 256
_WORTH_A_POOL: Final = 1.0  # seconds of work left below which processes cost more than they save
_KILLABLE_DEGREE: Final = 200  # from here on FLINT's factorisation runs where an interrupt can end it
_BITS: Final = (128, 256, 512)

Progress = Callable[[str, int, int], None]


class CycleTie(Enum):
    """Which cycle has the multiplier at a real root."""

    REAL = "real cycle"
    """Of exactly the period asked for, certified."""
    BRANCH = "branching"
    """m = 1 because the cycle branches there from one of half the period, whose multiplier is −1: certified."""
    COMPLEX = "complex cycle"
    """No real cycle has the multiplier there: decided exactly, at a rational parameter."""
    OPEN = "no real cycle found"
    """A complex cycle at an irrational parameter, or one whose proof failed."""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class BifurcationRoot:
    """One real parameter.

    Attributes
    ----------
    value : RealAlgebraic
    tie : CycleTie
    cycle : CertifiedBifurcation or None
        The certified cycle, whose parameter box holds this root of δ and no other; None at a rational root whose cycle
        was found by exact common divisors instead (a crossing of two branches has no box).
    certainty : Certainty
        Of "a cycle has this multiplier at this number": EXACT where δ is proved, or the root rational; CERTIFIED where
        only the cycle is certified; NUMERICAL where δ rests on fresh primes and no cycle was found.
    """

    value: RealAlgebraic
    tie: CycleTie
    cycle: CertifiedBifurcation | None
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class BifurcationFactor:
    """One irreducible polynomial.

    Attributes
    ----------
    coefficients : tuple of int
        Lowest power first; primitive, positive leading coefficient, irreducible over the rationals.
    multiplicity : int
        How often it divides δ: 2 where cycles come in mirror images of each other.
    roots : tuple of BifurcationRoot
        Its real roots in the interval, in increasing order.
    """

    coefficients: tuple[int, ...]
    multiplicity: int
    roots: tuple[BifurcationRoot, ...]

    @property
    def degree(self) -> int:
        """Degree in the parameter."""
        return len(self.coefficients) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BifurcationPolynomials(Sequence[BifurcationFactor]):
    """Every parameter at which a cycle of exactly one period has one multiplier.

    Attributes
    ----------
    family : PolynomialFamily
    period : int
    multiplier : Fraction
    within : (Fraction, Fraction) or None
        The open interval in which real roots were sought; None for the whole line.
    factors : tuple of BifurcationFactor
        In increasing degree.
    proof : str
        What makes the polynomials exact: "coefficient bound" (the primes used exceed a proved bound), "elimination"
        (one exact resultant), or "fresh primes" (further primes changed nothing: strong evidence, no proof).
    primes : int
        How many word-size primes were used.
    """

    family: PolynomialFamily
    period: int
    multiplier: Fraction
    within: tuple[Fraction, Fraction] | None
    factors: tuple[BifurcationFactor, ...]
    proof: str
    primes: int

    def __len__(self) -> int:
        return len(self.factors)

    def __iter__(self) -> Iterator[BifurcationFactor]:
        return iter(self.factors)

    def __getitem__(self, index: Any) -> Any:
        return self.factors[index]

    @property
    def degree(self) -> int:
        """Degree of δ in the parameter, with multiplicities."""
        return sum(factor.degree * factor.multiplicity for factor in self.factors)

    @property
    def roots(self) -> tuple[BifurcationRoot, ...]:
        """All real roots in the interval, in increasing order."""
        return tuple(sorted((root for factor in self.factors for root in factor.roots), key=lambda root: root.value))

    def to_dict(self, digits: int = 20) -> dict[str, Any]:
        """Plain data for JSON; integers as text."""
        return {
            "map": str(self.family.expression),
            "variable": str(self.family.variable),
            "parameter": str(self.family.parameter),
            "period": self.period,
            "multiplier": str(self.multiplier),
            "within": None if self.within is None else [str(end) for end in self.within],
            "proof": self.proof,
            "primes": self.primes,
            "factors": [
                {
                    "coefficients": [flint.fmpz(c).str() for c in factor.coefficients],
                    "multiplicity": factor.multiplicity,
                    "roots": [
                        {
                            "decimal": root.value.decimal(digits),
                            "isolating_interval": [str(end) for end in root.value.enclose(64)],
                            "tie": str(root.tie),
                            "certainty": str(root.certainty),
                            "cycle": None
                            if root.cycle is None
                            else [str(sum(point, Fraction(0)) / 2) for point in root.cycle.points],
                        }
                        for root in factor.roots
                    ],
                }
                for factor in self.factors
            ],
        }


def bifurcation_polynomials(
    family: PolynomialFamily,
    period: int,
    multiplier: object,
    *,
    within: tuple[object, object] | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
) -> BifurcationPolynomials:
    """Find the irreducible integer polynomials of the parameters at which an n-cycle has a given multiplier.

    Parameters
    ----------
    family : PolynomialFamily
        Any polynomial family with rational coefficients.
    period : int
        n ≥ 1; the family's map may have at most 2187 points of that period (cubic maps to 7, quadratic maps to 11).
    multiplier : int, Fraction or text
        m: +1 for tangencies and branchings, −1 for flips, 0 for superstable cycles, or any rational.
    within : (number, number), optional
        Open interval of the parameter in which real roots are isolated; by default the whole line.
    workers : int, optional
        Processes to use; by default one for each processor.  Short work stays in this process.
    checkpoint : path, optional
        A file that keeps the work done for each prime, so that a long run that was interrupted goes on where it was.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    BifurcationPolynomials

    Certainty
    ---------
    Exact for quadratic families and for those like the residual map (w ← w·(w − t)²), and for period 1: see ``proof``.
    Elsewhere the polynomials rest on fresh primes, and each root on its certified cycle.

    Raises
    ------
    InputError
        For a period or a multiplier out of range, an empty interval, a checkpoint of something else.

    References
    ----------
    Morton and Vivaldi, "Bifurcations and discriminants for polynomial maps", Nonlinearity 8 (1995) 571-584.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> found = bifurcation_polynomials(logistic, 2, -1)
    >>> [factor.coefficients for factor in found]
    [(-5, -2, 1)]
    >>> [str(root.value) for root in found.roots]
    ['1 - sqrt(6)', '1 + sqrt(6)']
    """
    target = _checked(family, period, multiplier)
    limits = _limits(within)
    if checkpoint is not None and period == 1:
        raise InputError("checkpoint", checkpoint, "is of no use for period 1", "leave it out")
    fixed = _fixed(family, target) if period == 1 else None
    if fixed is not None:
        polynomials, proof, count = fixed, "elimination", 0
    else:
        job, parts, count = _run(family, period, target, check_workers(workers), checkpoint, progress)
        polynomials = _pulled_back(job, parts)
        proof = "coefficient bound" if job.bounds else "fresh primes"
    return _assemble(family, period, target, limits, polynomials, proof, count, progress)


def _checked(family: PolynomialFamily, period: int, multiplier: object) -> Fraction:
    if not isinstance(family, PolynomialFamily):
        raise InputError(
            "family", family, "must be a PolynomialFamily", "give an expression, its variable, its parameter"
        )
    if isinstance(period, bool) or not isinstance(period, int) or period < 1:
        raise InputError("period", period, "must be an integer ≥ 1")
    most = 1
    while family.degree ** (most + 1) <= MAX_POINTS:
        most += 1
    if period > max(most, 1):
        raise InputError(
            "period",
            period,
            f"must be at most {max(most, 1)} for a map of degree {family.degree}: its polynomial has a degree of the "
            f"order of {family.degree}^{period}",
            "certified boxes reach further: see certify_bifurcation and build_atlas",
        )
    target = exact_rational(multiplier, "multiplier")
    if max(abs(target.numerator), target.denominator).bit_length() > MAX_MULTIPLIER_BITS:
        raise InputError("multiplier", multiplier, f"must have at most {MAX_MULTIPLIER_BITS} bits above and below")
    return target


def _limits(within: tuple[object, object] | None) -> tuple[Fraction, Fraction] | None:
    if within is None:
        return None
    try:
        lower, upper = within
    except (TypeError, ValueError):
        raise InputError("within", within, "must be a pair (lower, upper)") from None
    ends = exact_rational(lower, "within"), exact_rational(upper, "within")
    if ends[0] >= ends[1]:
        raise InputError("within", within, "must be an interval (lower, upper) with lower < upper")
    return ends


def _fixed(family: PolynomialFamily, target: Fraction) -> list[tuple[flint.fmpz_poly, int]] | None:
    """Period 1 where no fixed point goes to infinity: one resultant, without spurious factors."""
    form = coordinates(family)
    if form.rows == QUADRATIC:  # w² = w − t and 2w = m
        value = target / 2 - target * target / 4
        control = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in form.pullback])
        return _distinct(_factored((control - flint.fmpq(value.numerator, value.denominator)).numer()))
    if any(family.rows[-1][1:]):
        return None
    shifted = family.derivative - flint.fmpq(target.numerator, target.denominator)
    terms = exact_terms(eliminate(family.polynomial - family.iterate(0), shifted))
    row = {order: flint.fmpq(v.numerator, v.denominator) for (_, order), v in terms.items()}
    return _distinct(_factored(flint.fmpq_poly([row.get(j, 0) for j in range(max(row, default=0) + 1)]).numer()))


# --- primes, in this process or in others, with a file to go on from --------------------------------------------------


def _run(
    family: PolynomialFamily,
    period: int,
    target: Fraction,
    workers: int,
    checkpoint: str | Path | None,
    progress: Progress | None,
) -> tuple[Job, tuple[flint.fmpz_poly, ...], int]:
    job = plan(coordinates(family), period, target)
    source = primes(period)
    first = next(source)
    began = time.perf_counter()
    job, found = residues(job, first, discover=True)
    took = time.perf_counter() - began
    store = _Checkpoint(checkpoint, job) if checkpoint is not None else None
    stored = store.read() if store is not None else {}
    if store is not None and first not in stored:
        store.add(found)
    known = {first: found, **stored}
    total = job.primes_needed or 0
    used: list[Residues] = []
    answer: tuple[flint.fmpz_poly, ...] | None = None

    def settled() -> bool:
        nonlocal answer
        if progress is not None:
            progress("primes", len(used), max(total, len(used)))
        if total:
            if len(used) < total:
                return False
            answer = combine(job, used)
            return True
        before, answer = answer, combine(job, used)
        return answer is not None and answer == before

    def wanted() -> Iterator[int]:
        yield from source

    done = False
    for residue in known.values():
        used.append(residue)
        done = settled()
        if done:
            break
    if not done:
        todo: Iterator[int] = (prime for prime in wanted() if prime not in known)
        if total:
            todo = islice(todo, total - len(used))
        parallel = workers > 1 and took * max(total - len(used), 1) > _WORTH_A_POOL
        results = (
            (result for _, result in in_parallel(_Task(job), todo, workers))
            if parallel
            else (residues(job, prime)[1] for prime in todo)
        )
        for residue in results:
            if store is not None:
                store.add(residue)
            used.append(residue)
            if settled():
                break
        if parallel:
            results.close()  # its children end here
    if answer is None:  # cannot happen: the loop ends only with an answer
        raise SymphaseError("the primes ran out")
    taken = {residue.prime for residue in used}
    if not agrees(job, answer, next(prime for prime in primes(period) if prime not in taken)):
        raise SymphaseError(f"the polynomial of period {period} fails its check at a fresh prime; please report this")
    return job, answer, len(used)


@dataclass(frozen=True, slots=True)
class _Task:
    """``residues`` of one job, as something that another process can be given."""

    job: Job

    def __call__(self, prime: int) -> Residues:
        return residues(self.job, prime)[1]


class _Checkpoint:
    """One line of JSON for each prime, with a checksum; a line that is not whole is not read."""

    def __init__(self, path: str | Path, job: Job) -> None:
        self.path = Path(path)
        state = [job.form.rows, job.period, job.multiplier, job.degrees, job.pole, job.kinds]
        self.key = sha256(repr(state).encode()).hexdigest()[:32]

    def _line(self, residue: Residues) -> str:
        body = [self.key, residue.prime, [[format(c, "x") for c in part] for part in residue.coefficients]]
        return json.dumps([sha256(json.dumps(body).encode()).hexdigest(), body]) + "\n"

    def add(self, residue: Residues) -> None:
        """Append one prime."""
        try:
            with self.path.open("a", encoding="ascii") as file:
                file.write(self._line(residue))
        except OSError as error:
            raise InputError("checkpoint", self.path, f"cannot be written: {error.strerror or error}") from None

    def read(self) -> dict[int, Residues]:
        """Read the primes done before; the end of an interrupted line is ignored."""
        found: dict[int, Residues] = {}
        if not self.path.exists():
            return found
        try:
            lines = self.path.read_text(encoding="ascii").split("\n")
        except (OSError, UnicodeDecodeError):
            raise InputError("checkpoint", self.path, "cannot be read as a checkpoint", "give another file") from None
        for line in lines:
            try:
                digest, body = json.loads(line)
                key, prime, parts = body
                whole = digest == sha256(json.dumps(body).encode()).hexdigest()
                coefficients = tuple(tuple(int(c, 16) for c in part) for part in parts)
            except (ValueError, TypeError, RecursionError):
                continue
            if whole and key != self.key:
                raise InputError("checkpoint", self.path, "belongs to another computation", "give another file")
            if whole:
                found[prime] = Residues(prime=prime, coefficients=coefficients)
        if not found and any(line.strip() for line in lines[:-1]):
            raise InputError("checkpoint", self.path, "is no checkpoint", "give another file")
        return found


# --- from t to the family's parameter, and the cycles -----------------------------------------------------------------


def _factor(coefficients: list[int]) -> list[tuple[list[int], int]]:
    return [([int(c) for c in p.coeffs()], order) for p, order in flint.fmpz_poly(coefficients).factor()[1]]


def _factored(polynomial: flint.fmpz_poly) -> list[tuple[flint.fmpz_poly, int]]:
    coefficients = [int(c) for c in polynomial.coeffs()]
    run = in_child(_factor, coefficients) if polynomial.degree() >= _KILLABLE_DEGREE else _factor(coefficients)
    return [(flint.fmpz_poly(part), order) for part, order in run if len(part) > 1]


def _distinct(factors: Sequence[tuple[flint.fmpz_poly, int]]) -> list[tuple[flint.fmpz_poly, int]]:
    """Primitive, positive leading coefficient, in increasing degree; multiplicities of equal ones added."""
    found: dict[tuple[int, ...], int] = {}
    for factor, order in factors:
        unit = factor.content() * (1 if factor.leading_coefficient() > 0 else -1)
        key = tuple(int(c) for c in (factor // unit).coeffs())
        found[key] = found.get(key, 0) + order
    return [(flint.fmpz_poly(list(key)), order) for key, order in sorted(found.items(), key=lambda kv: len(kv[0]))]


def _pulled_back(job: Job, parts: Sequence[flint.fmpz_poly]) -> list[tuple[flint.fmpz_poly, int]]:
    """Irreducible factors in the family's parameter, with multiplicities."""
    form: Coordinates = job.form
    inner = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in form.pullback])
    if job.even:
        inner = inner * inner
    if form.squared and job.kinds == (1,):  # the other kind is the mirror image
        mirror = flint.fmpz_poly([c * (-1) ** k for k, c in enumerate(parts[0].coeffs())])
        parts = (parts[0], mirror)
    halved = not job.bounds and job.period % 2 == 0
    found: list[tuple[flint.fmpz_poly, int]] = []
    for part in parts:
        for factor, order in [(part, 1)] if part.is_zero() else _factored(part):
            composed = flint.fmpq_poly(factor)(inner).numer()
            if composed.is_zero():
                raise InputError(
                    "multiplier", job.multiplier, f"is the multiplier of a {job.period}-cycle at every parameter"
                )
            irreducible = [(composed, 1)] if inner.degree() == 1 else _factored(composed)
            found += [(each, order * again // (2 if halved else 1)) for each, again in irreducible]
    return _distinct(found)


def _assemble(
    family: PolynomialFamily,
    period: int,
    target: Fraction,
    limits: tuple[Fraction, Fraction] | None,
    polynomials: Sequence[tuple[flint.fmpz_poly, int]],
    proof: str,
    count: int,
    progress: Progress | None,
) -> BifurcationPolynomials:
    isolated = [real_roots(polynomial, *(limits or (None, None))) for polynomial, _ in polynomials]
    everything = sorted(root for roots in isolated for root in roots)
    factors = []
    seen = 0
    for (polynomial, order), roots in zip(polynomials, isolated, strict=True):
        tied = []
        for root in roots:
            seen += 1
            if progress is not None:
                progress("cycles", seen, len(everything))
            tie, cycle = _tie(family, period, target, root, everything, limits)
            certainty = Certainty.EXACT
            if proof == "fresh primes" and not (root.is_rational and cycle is None and tie is not CycleTie.OPEN):
                certainty = Certainty.NUMERICAL if cycle is None else Certainty.CERTIFIED
            tied.append(BifurcationRoot(value=root, tie=tie, cycle=cycle, certainty=certainty))
        coefficients = tuple(int(c) for c in polynomial.coeffs())
        factors.append(BifurcationFactor(coefficients=coefficients, multiplicity=order, roots=tuple(tied)))
    return BifurcationPolynomials(
        family=family,
        period=period,
        multiplier=target,
        within=limits,
        factors=tuple(factors),
        proof=proof,
        primes=count,
    )


def _tie(
    family: PolynomialFamily,
    period: int,
    target: Fraction,
    root: RealAlgebraic,
    everything: Sequence[RealAlgebraic],
    limits: tuple[Fraction, Fraction] | None,
) -> tuple[CycleTie, CertifiedBifurcation | None]:
    """Find the real cycle that has the multiplier at this root, and prove that it is at this root."""
    wanted = [(period, target, CycleTie.REAL)]
    if target == 1 and period % 2 == 0:
        wanted.append((period // 2, Fraction(-1), CycleTie.BRANCH))
    middle = sum(root.enclose(96), Fraction(0)) / 2
    for length, multiplier, tie in wanted:
        for orbit in cycle_seeds(family, middle, length, multiplier):
            for bits in _BITS:
                box = certify_bifurcation(family, middle, orbit, multiplier, bits=bits)
                if box is None or box.period != length:
                    break
                lower, upper = box.parameter
                if limits is not None and not (limits[0] <= lower and upper <= limits[1]):
                    continue  # a root outside the interval might be meant: narrow the box
                inside = [each for each in everything if _meets(each, lower, upper)]
                if inside == [root]:
                    return tie, box
                if root not in inside:
                    break
    if root.is_rational and family.degree**period <= MAX_EXACT_POINTS:
        return _tie_exactly(family, period, target, root.interval[0]), None
    return CycleTie.OPEN, None


def _tie_exactly(family: PolynomialFamily, period: int, target: Fraction, parameter: Fraction) -> CycleTie:
    """At a rational parameter: the common real roots of fⁿ(z) = z and (fⁿ)'(z) = m, and their exact period."""
    iterate, slope, returns = flint.fmpq_poly([0, 1]), flint.fmpq_poly([1]), {}
    variable = iterate
    values: tuple[Fraction, ...] = family.at(parameter)
    row = [flint.fmpq(v.numerator, v.denominator) for v in values]
    for k in range(1, period + 1):
        total, derivative = flint.fmpq_poly([row[-1]]), flint.fmpq_poly([0])
        for coefficient in row[-2::-1]:
            derivative = derivative * iterate + total
            total = total * iterate + coefficient
        slope, iterate = slope * derivative, total
        returns[k] = (iterate - variable).numer()
    common = returns[period].gcd((slope - flint.fmpq(target.numerator, target.denominator)).numer())
    if real_roots(common):
        shorter = flint.fmpz_poly([1])
        for divisor in proper_divisors(period):
            shorter = shorter * returns[divisor]
        alone = common // common.gcd(common.derivative()) if common.degree() > 0 else common
        return CycleTie.REAL if real_roots(alone // alone.gcd(shorter)) else CycleTie.BRANCH
    if target != 1:
        return CycleTie.COMPLEX
    shorter_flips = any(real_roots(returns[d]) for d in proper_divisors(period))
    return CycleTie.OPEN if shorter_flips else CycleTie.COMPLEX


def _meets(root: RealAlgebraic, lower: Fraction, upper: Fraction) -> bool:
    return bool(lower <= root <= upper)

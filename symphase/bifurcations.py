"""Exact bifurcation parameters: the polynomials whose roots they are, each real root tied to its cycle.

``eliminants`` gives δ(a) = Π (m − μ(C)) over all cycles C of a period; it is factored over the integers and its real
roots are isolated.  A root says only that *some* cycle, real or complex, of the period (or, for m = 1, of a divisor of
it) has the multiplier.  Which one is settled by a Krawczyk box in (z₀, …, z_{n−1}, a): the box holds exactly one cycle
with the multiplier; its parameter is a root of δ; and where one root only lies in the box's parameter interval, that
root it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import flint

from symphase.algebraic import RealAlgebraic, irreducible_factors, real_roots, roots_of_irreducible
from symphase.arguments import interval, reporter
from symphase.coordinates import Coordinates, coordinates
from symphase.cycles import CertifiedBifurcation, certify_bifurcation
from symphase.display import Shown, count_text, family_html, level_html, number_text, rows_table, text_html, words_html
from symphase.eliminants import Job, Residues, agrees, combine, plan, primes, residues
from symphase.enclosures import Certainty
from symphase.errors import InputError, SymphaseError
from symphase.files import check_path, is_special
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily, eliminate, exact_terms, proper_divisors
from symphase.notation import formula_text
from symphase.processes import MAX_WORKERS, check_workers, in_parallel
from symphase.seeds import cycle_seeds

__all__ = ["BifurcationFactor", "BifurcationPolynomials", "BifurcationRoot", "CycleTie", "bifurcation_polynomials"]

MAX_POINTS: Final = 2187  # of period n: beyond that one prime takes minutes, and hundreds of them are needed
MAX_DEGREE: Final = 5000  # of δ in the family's parameter
MAX_EXACT_POINTS: Final = 243  # of period n up to which a rational parameter is looked at exactly
MAX_MULTIPLIER_BITS: Final = 256
MAX_CHECKPOINT_BYTES: Final = 2**30
_WORTH_A_POOL: Final = 1.0  # seconds of work left below which processes cost more than they save
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BifurcationRoot(Shown):
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

    def _line(self) -> str:
        return f"{number_text(self.value)}, {self.tie} [{self.certainty}]"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BifurcationFactor(Shown):
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

    def _line(self) -> str:
        power = f", {self.multiplicity}-fold" if self.multiplicity > 1 else ""
        return f"irreducible polynomial of degree {self.degree}{power}, {count_text(len(self.roots), 'real root')}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BifurcationPolynomials(Shown, Sequence[BifurcationFactor]):
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

    def _line(self) -> str:
        return (
            f"period {self.period}, multiplier {self.multiplier}, {count_text(len(self), 'factor')} of degree "
            f"{', '.join(str(factor.degree) for factor in self.factors)}; {count_text(len(self.roots), 'real root')}"
        )

    def _repr_html_(self) -> str:
        roots = self.roots
        rows = (
            (
                f"{text_html(root.value.decimal(12))}…",
                str(root.value.degree),
                text_html(root.tie),
                level_html(root.certainty),
            )
            for root in roots
        )
        caption = (
            f"Cycles of period {self.period} with multiplier {self.multiplier} of {family_html(self.family)}: "
            f"{count_text(len(self), 'irreducible factor')}"
        )
        columns = (formula_text(self.family.parameter), "degree", "cycle", "certainty")
        return rows_table(caption, columns, rows, total=len(roots), note=words_html(self.proof))


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
    limits = None if within is None else interval(within)
    if checkpoint is not None and period == 1:
        raise InputError("checkpoint", str(checkpoint), "is of no use for period 1", "leave it out")
    report = reporter(progress)
    options = _Options(workers=check_workers(workers), checkpoint=checkpoint, progress=report)
    polynomials, proof, count = _polynomials(family, period, target, options)
    return _assemble(family, period, target, limits, polynomials, proof, count, report)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    workers: int = 1
    checkpoint: str | Path | None = None
    progress: Progress


Factors = list[tuple[flint.fmpz_poly, int]]


def _polynomials(
    family: PolynomialFamily, period: int, target: Fraction, options: _Options
) -> tuple[Factors, str, int]:
    """Irreducible factors of δ with multiplicities, what proves them, and the number of primes."""
    if period == 1:
        factors, proof, count = _fixed(family, target), "elimination", 0
    else:
        job, parts, count = _run(family, period, target, options)
        factors = _pulled_back(job, parts)
        proof = "coefficient bound" if job.bounds else "fresh primes"
    if not any(family.rows[-1][1:]):
        return factors, proof, count
    # where the degree falls points are at infinity: those parameters are asked about by themselves
    falls = [factor for factor, _ in _distinct(irreducible_factors(_univariate(family.rows[-1])))]
    kept = [(factor, order) for factor, order in factors if all(factor != other for other in falls)]
    kept += [(factor, 1) for factor in falls if _holds_where(family, factor, period, target)]
    return _distinct(kept), proof, count


def _univariate(row: Sequence[Fraction]) -> flint.fmpz_poly:
    """Primitive numerator of a polynomial in the parameter."""
    return flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in row]).numer()


def _holds_where(family: PolynomialFamily, factor: flint.fmpz_poly, period: int, target: Fraction) -> bool:
    """Whether a cycle of the map of lower degree has the multiplier at the roots of an irreducible polynomial."""

    def vanishes(row: Sequence[Fraction]) -> bool:
        numerator = _univariate(row)
        return bool(numerator.is_zero() or (numerator % factor).is_zero())

    def differs(row: Sequence[Fraction], value: Fraction) -> bool:
        return not vanishes([row[0] - value, *row[1:]])

    rows = list(family.rows)
    while len(rows) > 2 and vanishes(rows[-1]):
        rows.pop()
    if len(rows) == 2:  # c₁z + c₀
        if period == 1:
            return not differs(rows[1], target) and (target != 1 or vanishes(rows[0]))
        return period == 2 and target == 1 and not differs(rows[1], Fraction(-1))
    from sympy import Add, Mul, Pow, Rational

    lower = PolynomialFamily(
        Add(
            *(
                Mul(Rational(v.numerator, v.denominator), Pow(family.variable, k), Pow(family.parameter, j))
                for k, row in enumerate(rows)
                for j, v in enumerate(row)
            )
        ),
        variable=family.variable,
        parameter=family.parameter,
    )
    try:
        found, _, _ = _polynomials(lower, period, target, _Options(progress=reporter(None)))
    except _AlwaysError:
        return True
    return any(factor == other for other, _ in found)


class _AlwaysError(InputError):
    """δ vanishes at every parameter."""


def _always(period: int, target: Fraction) -> _AlwaysError:
    return _AlwaysError(
        "multiplier",
        target,
        f"belongs to a cycle of period {period}, or to a shorter one that those of period {period} branch from, at "
        "every parameter",
        "there is no bifurcation to find",
    )


def _checked(family: PolynomialFamily, period: int, multiplier: object) -> Fraction:
    if not isinstance(family, PolynomialFamily):
        raise InputError(
            "family", family, "must be a PolynomialFamily", "give an expression, its variable, its parameter"
        )
    if isinstance(period, bool) or not isinstance(period, int) or period < 1:
        raise InputError("period", period, "must be an integer ≥ 1", "give a whole number")
    most = 1
    while family.degree ** (most + 1) <= MAX_POINTS:
        most += 1
    if period > most:
        raise InputError(
            "period",
            period,
            f"must be at most {most} for a map of degree {family.degree}: its polynomial has a degree of the "
            f"order of {family.degree}^period",
            "certified boxes reach further: see certify_bifurcation and build_atlas",
        )
    target = exact_rational(multiplier, "multiplier")
    if max(abs(target.numerator), target.denominator).bit_length() > MAX_MULTIPLIER_BITS:
        raise InputError(
            "multiplier", multiplier, f"must have at most {MAX_MULTIPLIER_BITS} bits above and below", "round it"
        )
    return target


def _fixed(family: PolynomialFamily, target: Fraction) -> Factors:
    """Period 1: one resultant; where it vanishes for a point at infinity, the degree falls."""
    shifted = family.derivative - flint.fmpq(target.numerator, target.denominator)
    terms = exact_terms(eliminate(family.polynomial - family.iterate(0), shifted))
    row = {order: v for (_, order), v in terms.items()}
    resultant = _univariate([row.get(j, Fraction(0)) for j in range(max(row, default=0) + 1)])
    if resultant.is_zero():
        raise _always(1, target)
    return _distinct(irreducible_factors(resultant))


# --- primes, in this process or in others, with a file to go on from --------------------------------------------------


def _run(
    family: PolynomialFamily, period: int, target: Fraction, options: _Options
) -> tuple[Job, tuple[flint.fmpz_poly, ...], int]:
    job = plan(coordinates(family), period, target)
    _check_degree(job)
    store = _Checkpoint(options.checkpoint) if options.checkpoint is not None else None
    source = primes(period, job.avoid)
    discovered: list[Residues] = []
    if not job.bounds:  # the first prime shows the degrees
        job, found = residues(job, next(source), discover=True)
        _check_degree(job)
        discovered.append(found)
    stored = store.open_for(job) if store is not None else {}
    known = {**{found.prime: found for found in discovered}, **stored}
    total = job.primes_needed or 0
    used: list[Residues] = []
    answer: tuple[flint.fmpz_poly, ...] | None = None
    todo: Iterator[int] = (prime for prime in source if prime not in known)
    if total:
        todo = islice(todo, max(0, total - len(known)))
    with closing(_compute(job, todo, options.workers, max(total - len(known), 1))) as fresh:
        for residue in chain(known.values(), fresh):
            if store is not None and residue.prime not in stored:
                store.add(residue)
            used.append(residue)
            options.progress("primes", len(used), max(total, len(used)))
            if len(used) < total:
                continue
            before, answer = answer, combine(job, used)
            if answer is not None and (total or answer == before):
                break
    if answer is None:  # cannot happen: the loop ends with an answer
        raise SymphaseError("the primes ran out")
    taken = {residue.prime for residue in used}
    if not agrees(job, answer, next(prime for prime in primes(period, job.avoid) if prime not in taken)):
        if store is not None and stored:
            raise store.refuse("holds wrong residues: the polynomial fails its check at a fresh prime")
        raise SymphaseError(f"the polynomial of period {period} fails its check at a fresh prime; please report this")
    return job, answer, len(used)


def _compute(job: Job, todo: Iterator[int], workers: int, least: int) -> Generator[Residues]:
    """Residues for one prime after the other, in several processes where that is worth it."""
    if workers > 1 and job.seconds * least > _WORTH_A_POOL:
        for _, residue in in_parallel(_Task(job), todo, workers):
            yield residue
    else:
        for prime in todo:
            yield residues(job, prime)[1]


@dataclass(frozen=True, slots=True)
class _Task:
    """``residues`` of one job, as something that another process can be given."""

    job: Job

    def __call__(self, prime: int) -> Residues:
        return residues(self.job, prime)[1]


class _Checkpoint:
    """One line of JSON for each prime, with a checksum; a line that is not whole is not read."""

    def __init__(self, path: str | Path) -> None:
        check_path(path, "checkpoint")
        self.path = Path(path)
        self.lines = self._read()
        if not self.path.parent.is_dir():
            raise self.refuse("is in a folder that does not exist", "create that folder first")

    def refuse(self, reason: str, advice: str = "give another file") -> InputError:
        return InputError("checkpoint", str(self.path), reason, advice)

    def _read(self) -> list[tuple[str, Residues]]:
        """The whole lines, with their keys; refuses what is no checkpoint, before any work is done for it."""
        try:
            special, there = is_special(self.path), self.path.exists()
            if there and self.path.stat().st_size > MAX_CHECKPOINT_BYTES:
                raise ValueError("longer than any checkpoint")
            text = self.path.read_text(encoding="ascii") if there and not special else ""
        except (OSError, ValueError):
            raise self.refuse("cannot be read as a checkpoint") from None
        if special:
            raise self.refuse("is a pipe or a device, no ordinary file")
        found = []
        for line in text.split("\n"):
            try:
                digest, body = json.loads(line)
                key, prime, parts = body
                if digest == sha256(json.dumps(body).encode()).hexdigest():
                    coefficients = tuple(tuple(int(c, 16) for c in part) for part in parts)
                    found.append((str(key), Residues(prime=prime, coefficients=coefficients)))
            except (ValueError, TypeError, RecursionError):
                continue
        if text and not found and not text.startswith('["'):
            raise self.refuse("is no checkpoint")
        self._cut = bool(text) and not text.endswith("\n")
        return found

    def open_for(self, job: Job) -> dict[int, Residues]:
        """What was done before for this job."""
        state = [job.form.rows, job.form.squared, job.period, job.multiplier, job.degrees, job.pole, job.kinds]
        self.key = sha256(repr(state).encode()).hexdigest()[:32]
        if any(key != self.key for key, _ in self.lines):
            raise self.refuse("belongs to another computation")
        found = {residue.prime: residue for _, residue in self.lines if _fits(residue, len(job.kinds))}
        # a checksum can be made by anybody: only primes that this computation takes, and what can be a residue
        ours = set(islice(primes(job.period, job.avoid), 2 * len(self.lines) + (job.primes_needed or 0) + MAX_WORKERS))
        if len(found) < len({str(residue.prime) for _, residue in self.lines}) or not ours.issuperset(found):
            raise self.refuse("holds what no computation wrote")
        return found

    def add(self, residue: Residues) -> None:
        """Append one prime; the rest of a line that was cut off is left behind."""
        body = [self.key, residue.prime, [[format(c, "x") for c in part] for part in residue.coefficients]]
        line = json.dumps([sha256(json.dumps(body).encode()).hexdigest(), body]) + "\n"
        try:
            with self.path.open("a", encoding="ascii") as file:
                file.write("\n" + line if self._cut else line)
        except OSError as error:
            raise self.refuse(f"cannot be written: {error.strerror or error}") from None
        self._cut = False


def _fits(residue: Residues, kinds: int) -> bool:
    """Whether a line holds numbers modulo its number, for each kind of cycles."""
    parts = residue.coefficients
    return type(residue.prime) is int and len(parts) == kinds and all(0 <= c < residue.prime for p in parts for c in p)


# --- from t to the family's parameter, and the cycles -----------------------------------------------------------------


def _distinct(factors: Sequence[tuple[flint.fmpz_poly, int]]) -> Factors:
    """Primitive, positive leading coefficient, in increasing degree; multiplicities of equal ones added."""
    found: dict[tuple[int, ...], int] = {}
    for factor, order in factors:
        unit = factor.content() * (1 if factor.leading_coefficient() > 0 else -1)
        key = tuple(int(c) for c in (factor // unit).coeffs())
        found[key] = found.get(key, 0) + order
    return [(flint.fmpz_poly(list(key)), order) for key, order in sorted(found.items(), key=lambda kv: len(kv[0]))]


def _check_degree(job: Job) -> None:
    """Refuse what would end in a polynomial too large to factor, before it is computed."""
    pulled = len(job.form.pullback) - 1
    halves = 2 if job.even or len(job.kinds) < len(job.form.kinds(2)) else 1
    degree = sum(job.degrees) * halves * max(pulled, 1)
    if degree > MAX_DEGREE:
        raise InputError(
            "period",
            job.period,
            f"would make a polynomial of degree {degree}, more than {MAX_DEGREE}",
            "take a smaller one",
        )


def _pulled_back(job: Job, parts: Sequence[flint.fmpz_poly]) -> Factors:
    """Irreducible factors in the family's parameter, with multiplicities."""
    form: Coordinates = job.form
    inner = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in form.pullback])
    if job.even:
        inner = inner * inner
    if form.squared and job.kinds == (1,):  # the other kind is the mirror image
        mirror = flint.fmpz_poly([c * (-1) ** k for k, c in enumerate(parts[0].coeffs())])
        parts = (parts[0], mirror)
    halved = not job.bounds and job.period % 2 == 0
    found: Factors = []
    for part in parts:
        for factor, order in [(part, 1)] if part.is_zero() else irreducible_factors(part):
            composed = flint.fmpq_poly(factor)(inner).numer()
            if composed.is_zero():
                raise _always(job.period, job.multiplier)
            irreducible = [(composed, 1)] if inner.degree() == 1 else irreducible_factors(composed)
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
    progress: Progress,
) -> BifurcationPolynomials:
    isolated = [roots_of_irreducible(polynomial, *(limits or (None, None))) for polynomial, _ in polynomials]
    everything = sorted(root for roots in isolated for root in roots)
    factors = []
    seen = 0
    for (polynomial, order), roots in zip(polynomials, isolated, strict=True):
        tied = []
        for root in roots:
            seen += 1
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
                if limits is not None and not (limits[0] < lower and upper < limits[1]):
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
    """At a rational parameter: common roots of fⁿ(z) = z and (fⁿ)'(z) = m, and their exact period."""
    variable = iterate = flint.fmpq_poly([0, 1])
    slope = flint.fmpq_poly([1])
    returns: dict[int, flint.fmpz_poly] = {}
    slopes: dict[int, flint.fmpq_poly] = {}
    values: tuple[Fraction, ...] = family.at(parameter)
    row = [flint.fmpq(v.numerator, v.denominator) for v in values]
    for k in range(1, period + 1):
        total, derivative = flint.fmpq_poly([row[-1]]), flint.fmpq_poly([0])
        for coefficient in row[-2::-1]:
            derivative = derivative * iterate + total
            total = total * iterate + coefficient
        slope, iterate = slope * derivative, total
        returns[k], slopes[k] = (iterate - variable).numer(), slope

    def exactly(n: int, multiplier: Fraction) -> flint.fmpz_poly:
        """Points of exact period n with the multiplier, each once; zero where all points are such."""
        points = returns[n].gcd((slopes[n] - flint.fmpq(multiplier.numerator, multiplier.denominator)).numer())
        if points.is_zero():
            return points
        points = points // points.gcd(points.derivative())
        for divisor in proper_divisors(n):
            points = points // points.gcd(returns[divisor])
        return points

    found = exactly(period, target)
    if found.is_zero() or real_roots(found):
        return CycleTie.REAL
    if target == 1 and period % 2 == 0 and real_roots(exactly(period // 2, Fraction(-1))):
        return CycleTie.BRANCH
    branches = target == 1 and returns[period].gcd((slopes[period] - 1).numer()).degree() > 0
    return CycleTie.COMPLEX if found.degree() > 0 or branches else CycleTie.OPEN


def _meets(root: RealAlgebraic, lower: Fraction, upper: Fraction) -> bool:
    return bool(lower <= root <= upper)

"""Bifurcation polynomials: against a bivariate resultant, a transfer operator, numerical cycles, and the census."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint
import numpy as np
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase import bifurcations, eliminants
from symphase.bifurcations import BifurcationPolynomials, CycleTie, bifurcation_polynomials
from symphase.coordinates import CUBIC, QUADRATIC, coordinates
from symphase.eliminants import agrees, combine, necklaces, plan, primes, residues
from symphase.enclosures import Certainty
from symphase.errors import InputError, SymphaseError
from symphase.maps import PolynomialFamily, eliminate, proper_divisors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_z, _a = sympy.symbols("z a")


def family_of(expression: Any) -> PolynomialFamily:
    return PolynomialFamily(expression, variable=_z, parameter=_a)


def awkward() -> PolynomialFamily:
    """Denominators, a leading coefficient in a, degree 3: nothing special about it."""
    return family_of(_a * _z**3 + _z / 2 + _a**2)


def quartic() -> PolynomialFamily:
    return family_of(_z**4 - _a * _z + 1)


def two_quadratic() -> PolynomialFamily:
    """A parameter that enters squared: the polynomial in w² + t is pulled back through degree 2."""
    return family_of((_a**2 + 1) * _z**2 - 3 * _z + _a)


FAMILIES = [residual, logistic, quadratic, odd_cubic, awkward, quartic, two_quadratic]


def delta(found: BifurcationPolynomials) -> flint.fmpz_poly:
    product = flint.fmpz_poly([1])
    for factor in found:
        product *= flint.fmpz_poly(list(factor.coefficients)) ** factor.multiplicity
    return product


def univariate(polynomial: Any) -> flint.fmpq_poly:
    terms = {order: value for (_, order), value in polynomial.to_dict().items()}
    return flint.fmpq_poly([terms.get(j, 0) for j in range(max(terms, default=0) + 1)])


# --- the same polynomial by other routes ------------------------------------------------------------------------------


# the bivariate resultant of the others takes minutes at period 3
QUICK = [(make, period) for make in FAMILIES for period in (1, 2, 3) if period < 3 or make not in (awkward, quartic)]


@pytest.mark.parametrize(("make", "period"), QUICK)
@pytest.mark.parametrize("multiplier", [Fraction(1), Fraction(-1), Fraction(0), Fraction(2, 3)])
def test_a_bivariate_resultant_is_its_power(
    make: Callable[[], PolynomialFamily], period: int, multiplier: Fraction
) -> None:
    family = make()
    found = bifurcation_polynomials(family, period, multiplier, within=(100, 101))
    slope = family.multiplier(period) - flint.fmpq(multiplier.numerator, multiplier.denominator)
    resultant = univariate(eliminate(family.dynatomic(period), slope)).numer()
    leading = univariate(_leading(family)).numer()
    for factor, _ in leading.factor()[1]:  # where a point is at infinity the resultant may vanish for no cycle's sake
        while (resultant % factor).is_zero():
            resultant = resultant // factor
    power = delta(found) ** period
    for factor, _ in leading.factor()[1]:
        while (power % factor).is_zero():
            power = power // factor
    assert power.degree() == resultant.degree()
    assert power * resultant.leading_coefficient() == resultant * power.leading_coefficient()


def _leading(family: PolynomialFamily) -> Any:
    ring = family.polynomial.context()
    return ring.from_dict({(0, j): flint.fmpq(v.numerator, v.denominator) for j, v in enumerate(family.rows[-1]) if v})


def transfer_traces(family: PolynomialFamily, parameter: Fraction, period: int, count: int) -> list[Any]:
    """Power sums of the multipliers at all fixed points of fⁿ, from traces of Ruelle's operator on polynomials.

    L h(x) = Σ_{f(y)=x} f'(y)^k h(y) maps polynomials of degree ≤ k to such; Tr Lⁿ = Σ μ^(k+1)/(μ − 1).
    """
    values: tuple[Fraction, ...] = family.at(parameter)
    row = [flint.fmpq(v.numerator, v.denominator) for v in values]
    degree = len(row) - 1
    slope = flint.fmpq_poly(row).derivative()
    # sums over preimages: S_j(x) = Σ y^j, by Newton's identities for the polynomial f(y) − x in y
    sums = [flint.fmpq_poly([degree])]
    elementary = [flint.fmpq_poly([1])]
    for i in range(1, degree + 1):
        value = flint.fmpq_poly([row[degree - i]])
        if i == degree:
            value = value - flint.fmpq_poly([0, 1])
        elementary.append(value * (flint.fmpq((-1) ** i) / row[-1]))
    for j in range(1, (count + 1) * degree + 2):
        total = flint.fmpq_poly([0])
        for i in range(1, min(j, degree + 1)):
            total += elementary[i] * sums[j - i] * (-1) ** (i - 1)
        if j <= degree:
            total += elementary[j] * j * (-1) ** (j - 1)
        sums.append(total)
    traces = []
    weight = flint.fmpq_poly([1])
    for k in range(count + 1):
        matrix = flint.fmpq_mat(k + 1, k + 1)
        for j in range(k + 1):
            image = flint.fmpq_poly([0])
            for power, coefficient in enumerate((weight * flint.fmpq_poly([0, 1]) ** j).coeffs()):
                image += sums[power] * coefficient
            assert image.degree() <= k
            for i in range(k + 1):
                matrix[i, j] = image[i]
        product = matrix
        for _ in range(period - 1):
            product = product * matrix
        traces.append(sum((product[i, i] for i in range(k + 1)), flint.fmpq(0)))
        weight = weight * slope
    return [late - early for early, late in itertools.pairwise(traces)]


def product_from_sums(sums: list[Any], multiplier: Fraction) -> Any:
    """Π (m − μ) from power sums, by Newton's identities."""
    elementary = [flint.fmpq(1)]
    for k in range(1, len(sums) + 1):
        total = sum((elementary[k - i] * sums[i - 1] * (-1) ** (i - 1) for i in range(1, k + 1)), flint.fmpq(0))
        elementary.append(total / k)
    m = flint.fmpq(multiplier.numerator, multiplier.denominator)
    count = len(sums)
    return sum((e * (-1) ** k * m ** (count - k) for k, e in enumerate(elementary)), flint.fmpq(0))


@pytest.mark.parametrize(("make", "period"), [(residual, 3), (logistic, 5), (quadratic, 3), (quartic, 2)])
@pytest.mark.parametrize("multiplier", [Fraction(1), Fraction(-1), Fraction(3, 7)])
def test_values_from_a_transfer_operator(
    make: Callable[[], PolynomialFamily], period: int, multiplier: Fraction
) -> None:
    family = make()  # the period is prime: the only shorter cycles are fixed points, and count with the power of theirs
    polynomial = delta(bifurcation_polynomials(family, period, multiplier, within=(100, 101)))
    ratios = []
    for parameter in (Fraction(3, 5), Fraction(-9, 5)):
        every = transfer_traces(family, parameter, period, family.degree**period)
        fixed = transfer_traces(family, parameter, 1, family.degree * period)[period - 1 :: period]
        exact = product_from_sums(every, multiplier) / product_from_sums(fixed, multiplier)
        value = polynomial(flint.fmpq(parameter.numerator, parameter.denominator))
        ratios.append(exact / value**period)
    assert ratios[0] == ratios[1] != 0


@pytest.mark.parametrize("make", [residual, logistic, odd_cubic, awkward, quartic])
def test_values_from_numerical_cycles(make: Callable[[], PolynomialFamily]) -> None:
    family = make()
    ratios = []
    polynomial = delta(bifurcation_polynomials(family, 2, Fraction(1, 3), within=(100, 101)))
    row_degree = family.degree
    for parameter in (Fraction(11, 10), Fraction(17, 10), Fraction(-6, 5)):
        row: tuple[Fraction, ...] = family.at(parameter)
        coefficients = np.array([float(c) for c in row])
        f = np.polynomial.Polynomial(coefficients)
        identity = np.polynomial.Polynomial([0, 1])
        points: Any = (f(f) - identity).roots()
        fixed: Any = (f - identity).roots()
        second = [z for z in points if np.min(np.abs(fixed - z)) > 1e-6]
        assert len(second) == row_degree**2 - row_degree
        slope = f.deriv()
        value = np.prod([1 / 3 - slope(z) * slope(f(z)) for z in second])
        pole = float(row[-1])
        ratios.append((value / float(polynomial(flint.fmpq(parameter.numerator, parameter.denominator))) ** 2, pole))
    known = [abs(r) for r, _ in ratios]
    if make is awkward or make is logistic:  # a power of the leading coefficient, the same at each parameter
        powers = [math.log(known[i] / known[0]) / math.log(abs(ratios[i][1] / ratios[0][1])) for i in (1, 2)]
        assert powers[0] == pytest.approx(powers[1], abs=1e-5)
        assert powers[0] == pytest.approx(round(powers[0]), abs=1e-5)
    else:
        assert known[1] == pytest.approx(known[0], rel=1e-6)
        assert known[2] == pytest.approx(known[0], rel=1e-6)


def test_the_third_bifurcation_of_the_logistic_map() -> None:
    # Bailey, Borwein, Kapoor and Weisstein, Amer. Math. Monthly 113 (2006), eq. (2): B3 = 3.5440903596
    found = bifurcation_polynomials(logistic(), 4, -1, within=(3, 4))
    known = (4913, 0, 2108, -604, -977, 8, 44, 392, -193, -40, 48, -12, 1)
    assert [factor.coefficients for factor in found] == [known]
    assert found.roots[0].value.decimal(10) == "3.5440903596"


# --- the bound, the check, the stopping rule --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [residual, quadratic])
@pytest.mark.parametrize("multiplier", [Fraction(1), Fraction(-1), Fraction(0), Fraction(-5, 3), Fraction(40)])
def test_the_proved_bound_holds_and_is_of_use(make: Callable[[], PolynomialFamily], multiplier: Fraction) -> None:
    form = coordinates(make())
    assert form.rows in (CUBIC, QUADRATIC)
    for period in (2, 3, 4) if form.squared else (2, 3, 4, 5, 6):
        job = plan(form, period, multiplier)
        needed = job.primes_needed
        assert needed is not None
        some = [residues(job, prime)[1] for prime in itertools.islice(primes(period), needed + 3)]
        enough, more = combine(job, some[:needed]), combine(job, some)
        assert enough == more is not None
        for bound, polynomial in zip(job.bounds, more, strict=True):
            content = abs(bound.leading // int(polynomial.leading_coefficient()))
            assert int(polynomial.leading_coefficient()) * content == bound.leading or polynomial.degree() < 0
            true_bits = polynomial.height_bits() + content.bit_length()
            assert true_bits <= bound.bits + 1
            assert bound.bits < 3 * true_bits + 40
            assert polynomial.degree() * (2 if job.even else 1) == bound.degree
            assert bound.cycles * period == _points(form.squared, period, bound.kind)


def _points(squared: bool, period: int, kind: int) -> int:
    total: int = (3**period - 1) // 2 if squared else 2**period
    for d in proper_divisors(period):
        kinds = [other for other in (1, -1) if other ** (period // d) == kind] if squared else [0]
        total -= sum(_points(squared, d, other) for other in kinds)
    return total


def test_one_prime_fewer_than_proved_may_be_too_few_and_is_noticed() -> None:
    job = plan(coordinates(residual()), 5, Fraction(-1))
    assert job.primes_needed is not None
    source = primes(5)
    few = [residues(job, next(source))[1] for _ in range(2)]
    wrong = combine(job, few)
    assert wrong is not None
    assert not agrees(job, wrong, next(source))


@pytest.mark.parametrize("make", [residual, awkward])
def test_the_check_notices_every_changed_coefficient(make: Callable[[], PolynomialFamily]) -> None:
    job = plan(coordinates(make()), 3 if make is residual else 2, Fraction(-1))
    source = primes(job.period)
    first = next(source)
    job, found = residues(job, first, discover=True)
    answer = combine(job, [found, *(residues(job, next(source))[1] for _ in range(4))])
    assert answer is not None
    fresh = next(source)
    assert agrees(job, answer, fresh)
    for index in range(answer[0].degree() + 1):
        changed = flint.fmpz_poly([int(c) + (k == index) for k, c in enumerate(answer[0].coeffs())])
        assert not agrees(job, (changed, *answer[1:]), fresh)


def test_a_wrong_result_does_not_leave_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(job: Any, found: Any) -> Any:
        answer = combine(job, found)
        return None if answer is None else tuple(part + 1 for part in answer)

    monkeypatch.setattr(bifurcations, "combine", spoiled)
    with pytest.raises(SymphaseError, match="fails its check at a fresh prime"):
        bifurcation_polynomials(quadratic(), 3, -1)


def test_necklaces_count_cycles() -> None:
    for degree, period in ((2, 6), (3, 4), (5, 3)):
        words = itertools.product(range(degree), repeat=period)
        orbits = {min(w[i:] + w[:i] for i in range(period)) for w in words if len(_rotations(w)) == period}
        assert necklaces(degree, period) == len(orbits)


def _rotations(word: tuple[int, ...]) -> set[tuple[int, ...]]:
    return {word[i:] + word[:i] for i in range(len(word))}


# --- real roots and their cycles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "multiplier", "expected"),
    # theory: tangent(n) = (M(n) − flip(n/2))/2, flip(n) = tangent(n) + flip(n/2), superstable(n) = flip(n) for n ≥ 2
    [(1, -1, 1), (2, -1, 2), (3, -1, 4), (4, -1, 10), (2, 0, 2), (3, 0, 4), (4, 0, 10), (3, 1, 4), (4, 1, 10)],
)
def test_the_census_of_the_residual_map(period: int, multiplier: int, expected: int) -> None:
    found = bifurcation_polynomials(residual(), period, multiplier, within=(0, 2))
    assert len(found.roots) == expected
    branches = sum(root.tie is CycleTie.BRANCH for root in found.roots)
    assert branches == (2 if (period, multiplier) == (4, 1) else 0)  # at the two flips of period 2
    for root in found.roots:
        assert root.tie in (CycleTie.REAL, CycleTie.BRANCH)
        assert root.certainty is Certainty.EXACT
        assert root.cycle is not None
        lower, upper = root.cycle.parameter
        assert lower < root.value < upper


@pytest.mark.parametrize("make", [residual, logistic, odd_cubic])
def test_the_tied_cycle_has_the_multiplier(make: Callable[[], PolynomialFamily]) -> None:
    """A plain Fraction orbit at the root: it closes up, and its multiplier is the one claimed."""
    family = make()
    for multiplier in (Fraction(1), Fraction(-1), Fraction(1, 3)):
        for root in bifurcation_polynomials(family, 3, multiplier).roots:
            if root.cycle is None:
                continue
            a = sum(root.value.enclose(160), Fraction(0)) / 2
            assert len(root.cycle.points) == 3
            row: tuple[Fraction, ...] = family.at(a)
            product = Fraction(1)
            for here, there in zip(root.cycle.points, root.cycle.points[1:] + root.cycle.points[:1], strict=True):
                z = sum(here, Fraction(0)) / 2
                image = sum((c * z**k for k, c in enumerate(row)), Fraction(0))
                assert abs(image - sum(there, Fraction(0)) / 2) < Fraction(1, 10**15)
                product *= sum((k * c * z ** (k - 1) for k, c in enumerate(row) if k), Fraction(0))
            assert abs(product - multiplier) < Fraction(1, 10**12)


def test_the_odd_cubic_shows_the_same_numbers_one_unit_on() -> None:
    ours = bifurcation_polynomials(residual(), 3, 1, within=(0, 2)).roots
    odd = bifurcation_polynomials(odd_cubic(), 3, 1, within=(1, 3))
    assert odd.proof == "fresh primes"
    assert len(odd.roots) >= 2
    for root in odd.roots:
        assert root.certainty is Certainty.CERTIFIED
        assert any(root.value == other.value.affine(1, 1) for other in ours)


def test_mirror_images_have_multiplicity_two() -> None:
    found = bifurcation_polynomials(odd_cubic(), 2, -1)
    assert {factor.coefficients: factor.multiplicity for factor in found}[-5, 0, 1] == 2


def test_what_is_no_real_cycle_is_called_so() -> None:
    root = bifurcation_polynomials(quadratic(), 2, 3).roots
    assert [(str(r.value), r.tie) for r in root] == [("-1/4", CycleTie.COMPLEX)]
    assert bifurcation_polynomials(quadratic(), 2, -1).roots[0].tie is CycleTie.REAL


def test_a_crossing_of_branches_is_found_without_a_box() -> None:
    (root,) = bifurcation_polynomials(logistic(), 1, 1).roots
    assert (str(root.value), root.tie, root.cycle, root.certainty) == ("1", CycleTie.REAL, None, Certainty.EXACT)


def test_a_falling_degree_is_no_bifurcation() -> None:
    values = [str(root.value) for root in bifurcation_polynomials(logistic(), 1, -1).roots]
    assert values == ["-1", "3"]


def test_an_interval_without_roots_is_an_answer() -> None:
    found = bifurcation_polynomials(residual(), 3, -1, within=("0.1", "0.2"))
    assert found.roots == ()
    assert len(found) > 0


# --- long runs --------------------------------------------------------------------------------------------------------


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_several_processes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = bifurcation_polynomials(residual(), 5, 0, within=(1, 2), workers=1)
    monkeypatch.setattr(bifurcations, "_WORTH_A_POOL", 0.0)
    together = bifurcation_polynomials(residual(), 5, 0, within=(1, 2), workers=2)
    assert [f.coefficients for f in together] == [f.coefficients for f in alone]


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(job: Any, prime: int, *, discover: bool = False) -> Any:
        calls.append(prime)
        return residues(job, prime, discover=discover)

    monkeypatch.setattr(bifurcations, "residues", counted)
    path = tmp_path / "primes.jsonl"
    whole = bifurcation_polynomials(residual(), 5, -1, within=(1, 2), workers=1, checkpoint=path)
    first, calls[:] = len(calls), []
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == whole.primes == first
    path.write_text("".join(lines[:-2]) + lines[-2][: len(lines[-2]) // 2])  # cut off in the middle of a line
    again = bifurcation_polynomials(residual(), 5, -1, within=(1, 2), workers=1, checkpoint=path)
    assert again == whole
    assert len(calls) == 2  # the two that were lost
    damaged = lines[1].replace("a", "b", 1) if "a" in lines[1] else lines[1].replace("1", "2", 1)
    path.write_text(lines[0] + damaged + "".join(lines[2:]))
    assert bifurcation_polynomials(residual(), 5, -1, within=(1, 2), workers=1, checkpoint=path) == whole


def test_a_foreign_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "primes.jsonl"
    bifurcation_polynomials(residual(), 3, -1, checkpoint=path)
    with pytest.raises(InputError, match="belongs to another computation"):
        bifurcation_polynomials(residual(), 3, 1, checkpoint=path)
    path.write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match="is no checkpoint"):
        bifurcation_polynomials(residual(), 3, 1, checkpoint=path)
    with pytest.raises(InputError, match="cannot be"):
        bifurcation_polynomials(residual(), 3, 1, checkpoint=tmp_path)


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((residual(), 0, 1), {}, "period = 0: must be an integer ≥ 1"),
        ((residual(), 1_000_000, 1), {}, "must be at most 7 for a map of degree 3"),
        ((logistic(), 12, 1), {}, "must be at most 11 for a map of degree 2"),
        ((residual(), 2.0, 1), {}, "period = 2.0: must be an integer"),
        ((residual(), True, 1), {}, "period = True: must be an integer"),
        ((residual(), 2, "one"), {}, "multiplier = one"),
        ((residual(), 2, float("nan")), {}, "multiplier = nan"),
        ((residual(), 2, 2**300), {}, "must have at most 256 bits"),
        (("z**2", 2, 1), {}, "must be a PolynomialFamily"),
        ((residual(), 2, 1), {"within": (2, 1)}, "must be an interval"),
        ((residual(), 2, 1), {"within": 3}, "must be an interval"),
        ((residual(), 2, 1), {"workers": 0}, "workers = 0: must be an integer from 1 to 64"),
        ((residual(), 1, 1), {"checkpoint": "x"}, "is of no use for period 1"),
    ],
)
def test_bad_input(arguments: Any, keywords: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        bifurcation_polynomials(*arguments, **keywords)
    assert message in str(caught.value)


def test_a_multiplier_at_every_parameter_is_said_to_be_one() -> None:
    constant = family_of(_z**3 - 2 * _z)  # f² has the fixed points ±1 (a cycle of period 2) and multiplier 1 there
    with pytest.raises(InputError, match="at every parameter"):
        bifurcation_polynomials(constant, 2, 1)
    with pytest.raises(InputError, match="at every parameter"):  # 0 → −1 → 0 in z² − 1
        bifurcation_polynomials(family_of(_z**2 - 1), 2, 0)


def test_the_record_is_json() -> None:
    found = bifurcation_polynomials(residual(), 2, -1, within=(0, 2))
    record = json.loads(json.dumps(found.to_dict(12)))
    assert record["factors"][0]["coefficients"] == ["-4", "2", "1"]
    assert record["factors"][0]["roots"][0]["decimal"] == "1.236067977500"
    assert record["proof"] == "coefficient bound"
    assert len(eliminants.__all__) > 0


# --- families that are not what they look like ------------------------------------------------------------------------


def numerators(found: BifurcationPolynomials) -> list[tuple[tuple[int, ...], int]]:
    return [(factor.coefficients, factor.multiplicity) for factor in found]


def test_a_square_of_a_quadratic_is_not_the_quadratic_family() -> None:
    found = bifurcation_polynomials(family_of(_z * (_z**2 + _a) ** 2), 1, -1)
    assert numerators(found) == [((-3, 2), 2), ((3, 2), 2), ((1, 0, 1), 1)]  # a = ±3/2 and a² + 1: degree 6


def test_both_kinds_of_cycles_of_a_mirrored_quintic() -> None:
    # h(−w, −t) = h(w, t) for h of even degree: the mirror keeps the kinds apart
    found = bifurcation_polynomials(family_of(_z * (_z**2 + _a * _z + 1) ** 2), 3, -1, within=(100, 101))
    assert [(factor.degree, factor.multiplicity) for factor in found] == [(60, 1), (60, 1)]
    assert len({factor.coefficients for factor in found}) == 2


@pytest.mark.parametrize(
    ("expression", "multiplier"),
    [(_a * _z**2, 0), (_z**3 + _a * _z**2, 0), (_z**2 * (_z - _a), 0), ((_a**2 - 2) * _z**2 + _z, 1)],
)
def test_a_fixed_multiplier_of_a_fixed_point_is_said_to_be_one(expression: Any, multiplier: int) -> None:
    with pytest.raises(InputError, match="at every parameter"):
        bifurcation_polynomials(family_of(sympy.expand(expression)), 1, multiplier)


@pytest.mark.parametrize(
    ("expression", "period", "multiplier", "expected"),
    [
        # two factors in the leading coefficient: the poles of δ are cleared, and nothing else
        ((_a**2 - _a) * _z**4 + _a * _z**2 + 1, 1, -1, [((-125, 301, -292, 144), 1)]),
        (_a * _z * (1 - _z), 1, 2, [((-2, 1), 1)]),  # at a = 0 the map is 0
        (_a * _z * (1 - _z), 2, 4, [((-2, 1), 1)]),
        (_a * _z**3 + _z + 1, 1, 1, []),  # at a = 0 the map z + 1 has no fixed point
        (_a * _z**3 + _z**2, 1, 2, [((0, 1), 1)]),  # at a = 0 the map z² has one with multiplier 2
        (_a * _z**2 + _z + _a, 1, 1, [((0, 1), 1)]),  # at a = 0 every point is fixed
        (_a * _z**3 - _z + 1, 2, 1, [((0, 1), 1)]),  # at a = 0 the map 1 − z has nothing but 2-cycles
    ],
)
def test_where_the_degree_falls(expression: Any, period: int, multiplier: int, expected: Any) -> None:
    found = bifurcation_polynomials(family_of(sympy.expand(expression)), period, multiplier)
    if (period, multiplier) == (2, 1):
        assert ((0, 1), 1) in numerators(found)
    else:
        assert numerators(found) == expected
    assert all(root.tie in (CycleTie.REAL, CycleTie.COMPLEX) for root in found.roots)


def test_a_shorter_cycle_with_a_root_of_the_multiplier_is_no_branching() -> None:
    for expression, period, multiplier in ((_z**2 + _a, 2, 4), (_z**2 + _a, 3, 8)):
        roots = bifurcation_polynomials(family_of(expression), period, multiplier).roots
        assert [root.tie for root in roots if str(root.value) == "0"] == [CycleTie.COMPLEX]


@pytest.mark.parametrize("multiplier", [Fraction(8, 3), Fraction(20, 3), Fraction(1, 4611686018427387847)])
def test_no_multiplier_meets_the_nodes_or_the_primes(multiplier: Fraction) -> None:
    found = bifurcation_polynomials(quadratic(), 2, multiplier)  # μ = 4(c + 1)
    assert [root.value for root in found.roots] == [multiplier / 4 - 1]


def test_a_parameter_that_hides_at_small_integers_is_seen() -> None:
    product = sympy.prod(_a - k for k in range(1, 13))
    found = bifurcation_polynomials(family_of(sympy.expand(_z**3 + _z + 1 + product)), 2, -1, within=(100, 101))
    assert found.degree == 48


@pytest.mark.parametrize("expression", [_z**3 / 4611686018427387587 + _z**2 + _a, _z**4 * 4611686018427387847 + _a])
def test_coefficients_that_are_primes_of_the_computation(expression: Any) -> None:
    assert bifurcation_polynomials(family_of(expression), 2, -1, within=(100, 101)).degree > 0


@pytest.mark.parametrize("expression", [_z**3 + 10**400 * _a * _z + 1, 10**400 * _z**2 + _a])
def test_numbers_beyond_floats_are_no_crash(expression: Any) -> None:
    assert bifurcation_polynomials(family_of(expression), 2, -1).degree > 0


def test_what_would_be_of_too_high_a_degree_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="polynomial of degree 7680, more than 5000"):
        bifurcation_polynomials(family_of(_z**2 + _a**64 + 1), 8, -1)


def test_strongly_repelling_cycles_are_found_among_many() -> None:
    found = bifurcation_polynomials(residual(), 5, -200, within=(0, 2))
    assert len(found.roots) == 24
    assert all(root.tie is CycleTie.REAL for root in found.roots)


@pytest.mark.parametrize("text", ["my only copy of notes", "x\n", '{"a": 1}', "\x00", "é"])
def test_a_file_that_is_no_checkpoint_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"checkpoint = .*notes"):
        bifurcation_polynomials(residual(), 3, -1, checkpoint=path)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_line_after_a_cut_one_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "primes.jsonl"
    whole = bifurcation_polynomials(residual(), 5, -1, within=(1, 2), workers=1, checkpoint=path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2]) + lines[2][:50])
    for _ in range(2):
        assert bifurcation_polynomials(residual(), 5, -1, within=(1, 2), workers=1, checkpoint=path) == whole
    assert len(bifurcations._Checkpoint(path).lines) == whole.primes

"""Eliminants piece by piece: primes, values, roots, interpolation, poles, reconstruction; each against closed forms.

For w² + t the multipliers of period 1 satisfy μ² − 2μ + 4t = 0, of period 2 μ = 4(t + 1), of period 3
μ² − 8(t + 2)μ + 64(t³ + 2t² + t + 1) = 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from math import gcd
from typing import Any

import flint
import pytest
from edges import noted

from symphase import eliminants
from symphase.coordinates import CUBIC, QUADRATIC, Coordinates
from symphase.eliminants import (
    Job,
    Residues,
    _at,
    _horner,
    _interpolate,
    _modular_rows,
    _pole,
    _rational,
    _reconstruct,
    _root,
    _signed_root,
    _spread,
    _Values,
    agrees,
    combine,
    necklaces,
    plan,
    primes,
    residues,
)
from symphase.growth import CoefficientBound

P = 2**61 - 1  # a prime that is 3 modulo 4
SMALL = 10007


def form(*rows: tuple[Any, ...], squared: bool = False, mirrored: bool = False) -> Coordinates:
    exact = tuple(tuple(Fraction(v) for v in row) for row in rows)
    return Coordinates(rows=exact, squared=squared, mirrored=mirrored, pullback=(Fraction(0), Fraction(1)))


SQUARE = form(*QUADRATIC)
RESIDUAL = form(*CUBIC, squared=True, mirrored=True)
PLAIN_RESIDUAL = form((0, 0, 0), (0, 0, 1), (0, -2, 0), (1, 0, 0))  # w³ − 2tw² + t²w, the same map
AWKWARD = form((0, 0, 1), (Fraction(1, 2), 0, 0), (0, 0, 0), (0, 1, 0))  # tw³ + w/2 + t²
POLAR = form((0, 0), (0, 0), (1, 0), (0, 1))  # tw³ + w²: as t → 0 a fixed point, and its multiplier, go to infinity


def job(of: Coordinates, period: int, multiplier: Fraction | int = -1, **changes: Any) -> Job:
    return dataclasses.replace(Job(form=of, period=period, multiplier=Fraction(multiplier)), **changes)


def modular(values: list[int], prime: int) -> Any:
    return flint.nmod_poly(values, prime)


# ------------------------------------------------------------------------------------------------- primes and places


def test_numbers_of_cycles() -> None:
    assert [necklaces(2, n) for n in range(1, 7)] == [2, 1, 2, 3, 6, 9]
    assert [necklaces(3, n) for n in (1, 2, 4, 6)] == [3, 3, 18, 116]
    assert necklaces(2, 61) == (2**61 - 2) // 61  # no float holds it


@pytest.mark.parametrize("period", [1, 2, 3, 4, 5, 6, 9, 12])
def test_primes_have_unique_roots(period: int) -> None:
    odd = next(period // 2**k for k in range(5) if period // 2**k % 2)
    found = list(islice(primes(period), 4))
    wanted = (n for n in range(2**62 - 1, 0, -1) if n % 4 == 3 and gcd(odd, n - 1) == 1 and flint.fmpz(n).is_prime())
    assert found == list(islice(wanted, 4))
    assert list(islice(primes(period, found[0] * found[2]), 2)) == [found[1], found[3]]


def test_parameters_are_spread() -> None:
    start = int.from_bytes(sha256(b"values" + b"10007").digest(), "big") % SMALL
    assert list(islice(_spread(SMALL, b"values"), 3)) == [start, 2 * start % SMALL, 3 * start % SMALL]
    for prime in (3, 7, 11):
        for purpose in (b"a", b"b", b"c", b"d", b"e", b"f"):
            places = list(_spread(prime, purpose))
            assert len(places) == len({min(t, prime - t) for t in places}) == prime // 2 - 1
            assert 0 not in places


def test_a_hash_of_zero_is_replaced_by_one() -> None:
    purpose = next(
        text
        for text in (str(k).encode() for k in range(100))
        if int.from_bytes(sha256(text + b"7").digest(), "big") % 7 == 0
    )
    assert list(_spread(7, purpose)) == [1, 2]


def test_rows_modulo_a_prime() -> None:
    (row,) = _modular_rows(((Fraction(1, 2), Fraction(-3), Fraction(0)),), 7)
    assert row == [4, 4, 0]
    assert _at([4, 4, 0], 3, 7) == (4 + 12) % 7
    assert _at([1, 2, 3], 5, SMALL) == 86


@pytest.mark.parametrize("coefficients", [[3, 0, 1], [3, 5, 2], [4], [1], [0, 1], [2, 3, 1, 1]])
def test_a_polynomial_of_a_polynomial(coefficients: list[int]) -> None:
    w = modular([1, 2, 1], SMALL)
    expected = modular([0], SMALL)
    for power, value in enumerate(coefficients):
        expected = expected + w**power * value
    assert _horner(coefficients, w, SMALL) == expected


# ----------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize("multiplier", [Fraction(-1), Fraction(1), Fraction(2, 3)])
@pytest.mark.parametrize("t", [0, 1, 5, 1234])
def test_values_for_the_square(multiplier: Fraction, t: int) -> None:
    m = multiplier.numerator * pow(multiplier.denominator, -1, P)
    for period, delta in (
        (1, m * m - 2 * m + 4 * t),
        (2, m - 4 * (t + 1)),
        (3, m * m - 8 * (t + 2) * m + 64 * (t**3 + 2 * t**2 + t + 1)),
    ):
        assert _Values(SQUARE, period, multiplier, P)(t) == (pow(delta, period, P),)


@pytest.mark.parametrize("t", [2, 3, 77])
def test_values_of_both_kinds_belong_to_one_map(t: int) -> None:
    m = Fraction(-1, 3)
    for period in (2, 4):
        (whole,) = _Values(PLAIN_RESIDUAL, period, m, P)(t)
        first, second = _Values(RESIDUAL, period, m, P)(t)
        assert first * second % P == whole
        assert first != second
    third = pow(3, -1, P)
    assert _Values(RESIDUAL, 1, m, P)(t) == ((-third - 3 - 2 * t) % P,)  # w = t + 1, multiplier 3 + 2t
    (there,), (back,) = (_Values(RESIDUAL, 3, m, P)(place) for place in (t, -t % P))
    assert there * back % P == _Values(PLAIN_RESIDUAL, 3, m, P)(t)[0]


def test_kinds_of_a_map_that_is_not_monic() -> None:
    """w·(2w + t)² as it stands: both kinds at every period."""
    split, whole = form((0, 1), (2, 0), squared=True), form((0, 0, 0), (0, 0, 1), (0, 4, 0), (4, 0, 0))
    for period in (2, 3):
        first, second = _Values(split, period, Fraction(5), P)(7)
        assert first * second % P == _Values(whole, period, Fraction(5), P)(7)[0]


def test_a_kind_without_cycles_has_the_empty_product() -> None:
    plain = form((0, 1), (1, 0), squared=True)  # w·(w + t)², not mirrored: both kinds at every period
    assert plain.kinds(1) == (1, -1)
    first, second = _Values(plain, 1, Fraction(5), P)(7)
    assert (first, second) == ((5 - (3 - 2 * 7)) % P, (5 - (3 + 2 * 7)) % P)
    constant = form((2, 0), squared=True)  # h = 2: g = 4w, and no point has h = ±1
    assert _Values(constant, 1, Fraction(5), P)(7) == (1, 1)


def test_roots_of_values() -> None:
    delta = 123456789
    for period in (1, 3, 5, 9):
        prime = next(primes(period))
        assert _root(pow(delta, period, prime), period, prime) == delta
    for period in (2, 4, 6, 12):
        prime = next(primes(period))
        assert _root(pow(delta, period, prime), period, prime) == delta**2 % prime


# ---------------------------------------------------------------------------------------- interpolation and fractions


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8])
def test_interpolation(count: int) -> None:
    wanted = modular([5, 3, 0, 7, 11, 2, 1, 9][:count], SMALL)
    nodes = [1, 2, 3, 5, 8, 13, 21, 34][:count]
    assert _interpolate(nodes, [int(wanted(node)) for node in nodes], SMALL) == wanted


@pytest.mark.parametrize(
    ("top", "bottom"), [([5, 4], [1]), ([5, 4, 1], [0, 1]), ([7], [3, 0, 1]), ([1, 2, 3], [1, 1, 0, 1]), ([0], [1])]
)
def test_the_rational_function_of_least_degree(top: list[int], bottom: list[int]) -> None:
    above, below = modular(top, SMALL), modular(bottom, SMALL)
    nodes = list(range(11, 23))
    values = [int(above(node)) * pow(int(below(node)), -1, SMALL) % SMALL for node in nodes]
    found, under = _rational(nodes, values, SMALL)
    assert found * below == above * under
    assert under.degree() == below.degree()


def test_a_better_rational_function_is_found_behind_a_good_one() -> None:
    """N + x + γ = r·B of degrees 6 and 6, N the product over the nodes: r/(x + γ) agrees with 1/B there."""
    nodes = list(range(11, 23))
    product = modular([1], SMALL)
    for node in nodes:
        product *= modular([-node, 1], SMALL)
    bottom = next(
        factor
        for gamma in range(1, 1000)
        for factor, _ in (product + modular([gamma, 1], SMALL)).factor()[1]
        if factor.degree() == 6
    )
    found, under = _rational(nodes, [pow(int(bottom(node)), -1, SMALL) for node in nodes], SMALL)
    assert (found.degree(), under.degree()) == (0, 6)
    assert found * bottom == under


def test_the_power_that_clears_a_pole() -> None:
    assert _pole(modular([1], 7), [0, 1], 7) == 0
    assert _pole(modular([0, 1], 7), [0, 1], 7) == 1
    assert _pole(modular([0, 0, 3], 7), [0, 1], 7) == 2
    assert _pole(modular([0, 0, 3], 7), [0, 0, 1], 7) == 1
    with pytest.raises(ArithmeticError, match=r"^δ has a pole where no point of the cycle is at infinity$"):
        _pole(modular([1, 1], 7), [0, 1], 7)


def test_rationals_from_residues() -> None:
    modulus = P
    values = [Fraction(3, 7), Fraction(-5, 14), Fraction(0), Fraction(11), Fraction(-1, 3)]
    found = _reconstruct([v.numerator * pow(v.denominator, -1, modulus) % modulus for v in values], modulus)
    assert found is not None
    assert [Fraction(int(v.p), int(v.q)) for v in found] == values
    assert _reconstruct([], 101) == []
    assert _reconstruct([pow(7, -1, 101)], 101) == [flint.fmpq(1, 7)]
    assert _reconstruct([pow(2, -1, 101), pow(3, -1, 101), 2], 101) is None  # over 6 the last one is 12
    assert _reconstruct([7], 98) == [flint.fmpq(7)]  # √49: the largest numerator
    for out_of_reach in ([8], [pow(11, -1, 101)], [pow(5, -1, 101), pow(3, -1, 101)]):  # beyond √50, the last together
        assert _reconstruct(out_of_reach, 101) is None


# --------------------------------------------------------------------------------------------------------------- jobs


def bound(cycles: int = 1, degree: int = 1, leading: int = -4, bits: int = 4) -> CoefficientBound:
    return CoefficientBound(kind=0, cycles=cycles, degree=degree, leading=leading, bits=bits)


def test_what_a_job_knows() -> None:
    assert (job(SQUARE, 2).even, job(SQUARE, 2).kinds) == (False, (0,))
    assert (job(RESIDUAL, 2).even, job(RESIDUAL, 2).kinds) == (True, (1, -1))
    assert (job(RESIDUAL, 3).even, job(RESIDUAL, 3).kinds) == (False, (1,))
    fractions = form((Fraction(1, 3), 2), (Fraction(1, 5), 0), (6, 0, 15))
    assert job(fractions, 1, Fraction(2, 7)).avoid == 7 * 3 * 5 * 3
    assert job(SQUARE, 1).avoid == 1
    assert job(SQUARE, 2).primes_needed is None
    for bits, count in ((0, 1), (60, 1), (61, 2), (121, 2), (122, 3)):
        assert job(SQUARE, 2, bounds=(bound(bits=3), bound(bits=bits))).primes_needed == max(count, 1)


@pytest.mark.parametrize(
    ("of", "period", "degrees", "points", "values", "kinds"),
    [
        (SQUARE, 3, (), 8, 1, 1),
        (SQUARE, 3, (5, 7), 8, 8, 1),
        (SQUARE, 4, (5,), 16, 11, 1),
        (RESIDUAL, 4, (5, 3), 81 / 2, 11, 2),
    ],
)
def test_how_long_a_prime_takes(
    of: Coordinates, period: int, degrees: tuple[int, ...], points: float, values: int, kinds: int
) -> None:
    """A resultant of two polynomials of that degree, quadratic in it, for each value."""
    each = 30e-6 + 0.12e-6 * points + 1e-9 * points**2
    assert job(of, period, degrees=degrees).seconds == pytest.approx(values * kinds * each, rel=1e-12)


def test_a_plan_with_bounds_and_without() -> None:
    found = plan(SQUARE, 2, Fraction(-1))
    assert found.degrees == (1,)
    assert [(b.cycles, b.degree, b.leading) for b in found.bounds] == [(1, 1, -4)]
    mirrored = plan(RESIDUAL, 2, Fraction(-1))
    assert len(mirrored.bounds) == 2
    assert mirrored.degrees == tuple(b.degree // 2 for b in mirrored.bounds)
    assert plan(AWKWARD, 1, Fraction(1)) == job(AWKWARD, 1, 1)


def test_a_plan_needs_all_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eliminants, "coefficient_bound", lambda *given: bound() if given[3] == 1 else None)
    assert plan(RESIDUAL, 2, Fraction(-1)) == job(RESIDUAL, 2)


# ----------------------------------------------------------------------------------------------------------- residues


@pytest.mark.parametrize(
    ("period", "multiplier", "expected"),
    [
        (2, Fraction(-1), [-5, -4]),
        (2, Fraction(2, 3), [-10, -12]),  # 3δ
        (3, Fraction(2, 3), [484, 528, 1152, 576]),  # 9δ
        (3, Fraction(1), [1 - 16 + 64, -8 + 64, 128, 64]),
    ],
)
def test_residues_under_a_bound(period: int, multiplier: Fraction, expected: list[int]) -> None:
    prime = next(primes(period))
    asked, found = residues(plan(SQUARE, period, multiplier), prime)
    assert asked == plan(SQUARE, period, multiplier)
    assert found == Residues(prime=prime, coefficients=(tuple(v % prime for v in expected),))


def test_residues_of_two_kinds_of_even_polynomials() -> None:
    """In t²; their product is that of the whole map."""
    prime = next(primes(2))
    _, found = residues(plan(RESIDUAL, 2, Fraction(-1)), prime)
    assert len(found.coefficients) == 2
    for t in (3, 10):
        product = 1
        for row in found.coefficients:
            product = product * _at(list(row), t * t, prime) % prime
        assert product**2 % prime == _Values(PLAIN_RESIDUAL, 2, Fraction(-1), prime)(t)[0]


def test_residues_whose_degrees_and_poles_are_discovered() -> None:
    prime = next(primes(1))
    half = pow(2, -1, prime)
    found, row = residues(job(AWKWARD, 1, 1), prime, discover=True)
    assert (found.degrees, found.pole) == ((5,), 0)
    (coefficients,) = row.coefficients
    assert coefficients == (half, 0, 0, 0, 0, -27 % prime)
    found, row = residues(job(POLAR, 1, 1), prime, discover=True)  # (4t + 1)/t
    assert (found.degrees, found.pole) == ((1,), 1)
    assert row.coefficients == ((1, 4),)
    again, row = residues(found, prime)
    assert (again, row.coefficients) == (found, ((1, 4),))


def test_degrees_that_are_known_are_not_discovered() -> None:
    prime = next(primes(1))
    known = job(AWKWARD, 1, 1, degrees=(7,))
    found, row = residues(known, prime)
    assert found == known
    assert row.coefficients[0][5] == -27 % prime
    proved = plan(SQUARE, 2, Fraction(-1))
    prime = next(primes(2))
    assert residues(proved, prime, discover=True) == residues(proved, prime)


def test_constants_are_of_degree_zero() -> None:
    """tw³ + 2w has multipliers 2, −1 and −1, whatever t is."""
    prime = next(primes(1))
    still = form((0, 0), (2, 0), (0, 0), (0, 1))
    for multiplier, coefficients in ((1, (-4 % prime,)), (-1, ())):
        found, row = residues(job(still, 1, multiplier), prime, discover=True)
        assert (found.degrees, row.coefficients) == ((0,), (coefficients,))


@pytest.mark.parametrize(
    ("lead", "below"),
    [
        ((0,) * 6 + (1,), (1,)),  # as many zeros as poles
        ((0, 1, *(0,) * 10, 1), (1, 1, *(0,) * 9, 1, 1)),  # t(t¹¹ + 1) and (t¹¹ + 1)(t + 1): most of it cancels
    ],
)
def test_poles_that_part_of_the_leading_coefficient_clears(lead: tuple[int, ...], below: tuple[int, ...]) -> None:
    """Of Lw³ + Qw² the fixed points beside 0 have δ = (4L + Q²)/L for m = 1."""
    prime = next(primes(1))
    width = max(len(lead), len(below))
    rows = [row + (0,) * (width - len(row)) for row in ((), (), below, lead)]
    found, row = residues(job(form(*rows), 1, 1), prime, discover=True)
    wanted = modular(list(lead), prime) * 4 + modular(list(below), prime) ** 2
    assert (found.degrees, found.pole) == ((wanted.degree(),), 1)
    assert row.coefficients == (tuple(int(c) for c in wanted.coeffs()),)


def test_more_values_are_taken_until_the_degree_is_seen() -> None:
    prime = next(primes(1))
    wide = form((0,) * 13 + (1,), (0,) * 14, (1,) + (0,) * 13)  # w² + t¹³
    found, row = residues(job(wide, 1, -1), prime, discover=True)
    assert (found.degrees, found.pole) == ((13,), 0)
    assert row.coefficients == ((3,) + (0,) * 12 + (4,),)


def test_squares_for_even_periods_without_a_bound() -> None:
    prime = next(primes(2))
    found, row = residues(job(SQUARE, 2), prime, discover=True)
    assert (found.degrees, found.pole) == ((2,), 0)
    assert row.coefficients == ((25, 40, 16),)  # (4t + 5)²


def test_the_sign_comes_from_the_leading_coefficient() -> None:
    square = modular([25, 40, 16], SMALL)
    for leading in (4, -4):
        sign = leading // 4
        root = _signed_root(square, leading, bound(), job(SQUARE, 2), SMALL)
        assert root == modular([5 * sign, 4 * sign], SMALL)
    third = _signed_root(square, 36, bound(cycles=2), job(SQUARE, 2, Fraction(1, 3)), SMALL)
    assert third == modular([45, 36], SMALL)
    with pytest.raises(ArithmeticError, match=r"^the leading coefficient modulo 10007 is not the one that was proved$"):
        _signed_root(square, 5, bound(), job(SQUARE, 2), SMALL)


# -------------------------------------------------------------------------------------------------- from all residues


def split(values: Sequence[Fraction | int], count: int) -> list[Residues]:
    exact = [Fraction(v) for v in values]
    return [
        Residues(
            prime=prime,
            coefficients=(tuple(v.numerator * pow(v.denominator, -1, prime) % prime for v in exact),),
        )
        for prime in islice(primes(1), count)
    ]


def test_integers_from_residues() -> None:
    large = 3 * 2**100 + 1
    for values in ([-7, 0, 12], [large, -2 * large + 5, 1]):
        assert combine(job(SQUARE, 1), split(values, 2)) == (flint.fmpz_poly(values),)
    assert combine(job(SQUARE, 1), split([-14, 0, 24], 1)) == (flint.fmpz_poly([-7, 0, 12]),)
    assert combine(job(SQUARE, 1), split([-14, 7], 1)) == (flint.fmpz_poly([-2, 1]),)
    assert combine(job(SQUARE, 1), split([0], 1)) == (flint.fmpz_poly([]),)
    nearly_half = 9 * next(primes(1)) // 20
    assert combine(job(SQUARE, 1), split([-nearly_half, nearly_half, 1], 1)) == (
        flint.fmpz_poly([-nearly_half, nearly_half, 1]),
    )
    bounded = job(AWKWARD, 1, Fraction(1, 3), bounds=(bound(),))
    assert combine(bounded, split([large, -5], 2)) == (flint.fmpz_poly([large, -5]),)


def test_rationals_from_residues_of_a_form_that_is_not_integral() -> None:
    values = [Fraction(2, 3), Fraction(-4, 5), Fraction(0)]
    for asked in (job(AWKWARD, 1), job(SQUARE, 1, Fraction(1, 2))):
        assert combine(asked, split(values, 1)) == (flint.fmpz_poly([5, -6]),)
    tall = [Fraction(2**40 + 1, 3**20), Fraction(1)]
    assert combine(job(AWKWARD, 1), split(tall, 1)) is None
    assert combine(job(AWKWARD, 1), split(tall, 3)) == (flint.fmpz_poly([2**40 + 1, 3**20]),)


def test_each_kind_is_combined_by_itself() -> None:
    prime = next(primes(2))
    both = [Residues(prime=prime, coefficients=((1, prime - 2), (3,)))]
    assert combine(job(RESIDUAL, 2), both) == (flint.fmpz_poly([1, -2]), flint.fmpz_poly([1]))


@pytest.mark.parametrize(
    ("asked", "right", "wrong"),
    [
        (job(SQUARE, 1), [[3, 4]], [[3, 5]]),
        (job(SQUARE, 1), [[-6, -8]], [[3, 0, 4]]),
        (plan(SQUARE, 2, Fraction(-1)), [[5, 4]], [[25, 40, 16]]),
        (job(SQUARE, 2), [[25, 40, 16]], [[5, 4]]),
        (job(SQUARE, 3, 1), [[49, 56, 128, 64]], [[49, 56, 128, 65]]),
        (job(POLAR, 1, 1, pole=1), [[1, 4]], [[1, 5]]),
        (job(POLAR, 1, 1), [], [[1, 4]]),
        (job(SQUARE, 1), [], [[]]),
    ],
)
def test_polynomials_are_held_against_other_values(asked: Job, right: list[list[int]], wrong: list[list[int]]) -> None:
    prime = list(islice(primes(asked.period), 2))[1]
    if right:
        assert agrees(asked, [flint.fmpz_poly(row) for row in right], prime) is True
    assert agrees(asked, [flint.fmpz_poly(row) for row in wrong], prime) is False


def test_the_zero_polynomial_agrees_with_zeros_alone() -> None:
    """w³ fixes 0 with multiplier 0 whatever t is, so that δ = 0 for m = 0."""
    cube = form((0, 0), (0, 0), (0, 0), (1, 1))
    prime = next(primes(1))
    assert agrees(job(cube, 1, 0), [flint.fmpz_poly([])], prime) is True
    assert agrees(job(cube, 1, 0), [flint.fmpz_poly([1])], prime) is False


def test_a_kind_behind_one_that_vanishes_is_looked_at_too() -> None:
    """Of w·(w + 1)² the fixed points have multipliers 1 and 5."""
    asked = job(form((1, 0), (1, 0), squared=True), 1, 1)
    prime = next(primes(1))
    assert agrees(asked, [flint.fmpz_poly([]), flint.fmpz_poly([1])], prime)
    assert not agrees(asked, [flint.fmpz_poly([]), flint.fmpz_poly([0, 1])], prime)


def test_even_polynomials_are_held_against_squares() -> None:
    asked = plan(RESIDUAL, 2, Fraction(-1))
    found = list(islice(primes(2), 3))
    whole = combine(asked, [residues(asked, prime)[1] for prime in found[:2]])
    assert whole is not None
    assert agrees(asked, whole, found[2])
    assert not agrees(asked, whole[::-1], found[2])
    assert not agrees(asked, (whole[0], whole[1] + 1), found[2])
    assert not agrees(asked, (whole[0] + 1, whole[1]), found[2])


def test_so_many_values_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    call = _Values.__call__
    monkeypatch.setattr(_Values, "__call__", lambda values, t: noted(seen, t, call(values, t)))
    prime = next(primes(1))
    assert agrees(job(SQUARE, 1), [flint.fmpz_poly([3, 4])], prime)
    assert seen == list(islice(_spread(prime, b"check"), 4))
    seen.clear()
    assert agrees(job(SQUARE, 1), [flint.fmpz_poly([3, 4])], prime, 7)
    assert len(seen) == 7

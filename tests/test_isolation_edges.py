"""Isolation and refinement piece by piece: small cases worked by hand, and what each piece asks of the others."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import pytest
from edges import noted

from symphase import isolation
from symphase.enclosures import working_precision
from symphase.errors import InputError
from symphase.isolation import (
    _anew,
    _bernstein,
    _Evaluation,
    _exact_root,
    _floor,
    _half_line,
    _halved,
    _log2_floor,
    _mean_size,
    _meeting,
    _Node,
    _on_coarser_grid,
    _on_grid,
    _positive_root_bound,
    _power_between,
    _reversed,
    _secant,
    _sign,
    _to_unit,
    _variations,
    isolate_real_roots,
    refine_roots,
    root_cell,
    value_sign,
)

Poly = flint.fmpz_poly
Z = flint.fmpz


def q(text: str) -> Fraction:
    return Fraction(text)


def pairs(*texts: str) -> list[tuple[Fraction, Fraction]]:
    """ "1 2" is the interval from 1 to 2, "3" the number 3 twice."""
    ends = [[Fraction(word) for word in text.split()] for text in texts]
    return [(end[0], end[-1]) for end in ends]


# --------------------------------------------------------------------------------------------------------- polynomials


def test_polynomials_turned_around_and_moved() -> None:
    assert _reversed(Poly([1, 2]), 4) == Poly([0, 0, 2, 1])  # x³(1 + 2/x)
    assert _reversed(Poly([0, 0, 5]), 3) == Poly([5])
    assert _to_unit(Poly([0, 0, 1]), q("1/2"), q("2/3")) == Poly([9, 6, 1])  # (1/2 + x/6)², 36 times
    assert _to_unit(Poly([0, 1]), q("1/6"), q("1/4")) == Poly([2, 1])
    assert _bernstein(Poly([0, 1]), 3) == [0, 1, 2, 1]  # of x: k/3 times a binomial
    assert _bernstein(Poly([1, -1]), 3) == [1, 2, 1, 0]
    assert _variations([Z(1), Z(0), Z(-1), Z(0), Z(0), Z(-2), Z(3)]) == 2
    assert [_sign(Z(v)) for v in (-5, 0, 7)] == [-1, 0, 1]


# --------------------------------------------------------------------------------------------------- signs of values


def precisions_of_a_sign(
    monkeypatch: pytest.MonkeyPatch, polynomial: flint.fmpz_poly, point: Fraction, sign: int
) -> list[int]:
    asked: list[int] = []
    monkeypatch.setattr(isolation, "working_precision", lambda bits: noted(asked, bits, working_precision(bits)))
    assert value_sign(polynomial, point) == sign
    return asked


@pytest.mark.parametrize(
    ("polynomial", "point", "sign", "asked"),
    [
        (Poly([-1, 1]), Fraction(2**2046 + 1, 2**2046), 1, []),  # 1 bit and 2047: computed exactly at once
        (Poly([-1, 1]), Fraction(2**2047 + 1, 2**2047), 1, [64, 192, 576, 1728]),
        (Poly([-3, 1]), Fraction(2**2047 + 1, 2**2047), -1, [64]),
        (Poly([-1, 2]), Fraction(3 * 2**2046 + 1, 2**2048), 1, [64]),  # a half
        (Poly([-1, 1]), Fraction(2**5182 + 1, 2**5182), 1, [64, 192, 576, 1728]),  # 5184 are as many as are exact
        (Poly([-(2**100), 1]), Fraction(2**2000), 1, [64 + 101 // 4]),
        (Poly([-(2**99), 0, 1]), Fraction(1, 2**1000), -1, [64 + 100 // 4]),
        (Poly([-1, 1]) ** 3, Fraction(2**700 - 1, 2**700), -1, [64, 192, 576, 1728]),  # to 700 bits: at the third
        (Poly([-1, 1]) ** 2, Fraction(2**1100 + 1, 2**1100), 1, [64, 192, 576, 1728]),
        (Poly([-1, 2**1099]), Fraction(1, 2**1099), 0, [339, 1017]),
    ],
)
def test_how_many_bits_a_sign_takes(
    monkeypatch: pytest.MonkeyPatch, polynomial: flint.fmpz_poly, point: Fraction, sign: int, asked: list[int]
) -> None:
    assert precisions_of_a_sign(monkeypatch, polynomial, point, sign) == asked


# ------------------------------------------------------------------------------------------------------- half-lines


def test_the_part_of_an_interval_on_one_side_as_distances() -> None:
    assert _meeting(q("-1"), q("2"), 1) == (q("0"), q("2"))
    assert _meeting(q("1/2"), None, 1) == (q("1/2"), None)
    assert _meeting(None, q("-3"), -1) == (q("0"), q("3"))
    assert _meeting(q("-1/3"), q("-3"), -1) == (q("1/3"), q("3"))


@pytest.mark.parametrize(
    ("coefficients", "bound"),
    [
        ([-3, 1], "8"),  # |c| < 2^2, and twice that
        ([-4, 1], "16"),
        ([-1, 0, 16], "1"),  # |c/16| < 2^-3, its root < 2^-1
        ([0, 0, -1, 1024], "1/256"),  # the coefficients that are 0 do not count
        ([1, -8, 0, 4], "4"),  # |c/4| < 2^2, its root < 2
        ([1, 2, 1], "0"),
        ([-1, -2, -1], "0"),
        ([3, -1], "8"),
        ([1, -1, 1], "4"),
    ],
)
def test_bounds_of_positive_roots(coefficients: list[int], bound: str) -> None:
    assert _positive_root_bound(Poly(coefficients)) == q(bound)


@pytest.mark.parametrize(
    ("coefficients", "size"),
    [([64, 0, 0, 1], "4"), ([1, 0, 64], "1/8"), ([-5, 9, -7], "1"), ([8, 1], "8"), ([-7, 1, 1], "2")],
)
def test_mean_sizes_of_roots(coefficients: list[int], size: str) -> None:
    assert _mean_size(Poly(coefficients)) == q(size)


def test_intervals_are_halved() -> None:
    for sign in (1, -1):
        square = sign * Poly([-2, 0, 1])
        assert [_halved(square, box) for box in pairs("1 2", "0 2", "-2 -1")] == pairs("1 3/2", "1 2", "-3/2 -1")
        assert _halved(sign * Poly([-3, 2]), (q("1"), q("2"))) == (q("3/2"), q("3/2"))


def test_numbers_whose_power_lies_between() -> None:
    assert _power_between(q("8"), q("32"), 2) == q("17/4")  # √20 = 4.47, in quarters
    assert _power_between(q("0"), q("1"), 3) == q("3/4")  # ∛½ = 0.79
    assert _power_between(q("1"), q("33/32"), 2) == q("257/256")  # √(65/64) = 1.0078: in quarters and in sixteenths 1
    for left, right, power in ((q("2"), q("2") + Fraction(1, 10**9), 5), (q("0"), Fraction(1, 10**9), 2)):
        assert left < _power_between(left, right, power) ** power < right


def test_exact_roots_of_rationals() -> None:
    assert _exact_root(q("8/27"), 3) == q("2/3")
    assert _exact_root(q("9"), 2) == 3
    assert _exact_root(q("1/4"), 2) == q("1/2")
    for text in ("8/9", "9/8", "2", "1/2"):
        assert _exact_root(q(text), 2) is None


@pytest.mark.parametrize(
    ("coefficients", "ends", "asked"),
    [  # what is asked of the two half-lines: polynomial of a power, power, distances from and to, whether 0 counts
        ([-2, 1, 1], (None, None), [([-2, 1, 1], 1, 0, None, False), ([-2, -1, 1], 1, 0, None, False)]),
        ([-2, 1, 1], (None, 3), [([-2, 1, 1], 1, 0, 3, False), ([-2, -1, 1], 1, 0, None, False)]),
        ([-2, 1, 1], (-1, None), [([-2, 1, 1], 1, 0, None, False), ([-2, -1, 1], 1, 0, 1, False)]),
        ([-2, 1, 1], (0, None), [([-2, 1, 1], 1, 0, None, False)]),
        ([-2, 1, 1], (2, None), [([-2, 1, 1], 1, 2, None, False)]),
        ([-2, 1, 1], (None, 0), [([-2, -1, 1], 1, 0, None, False)]),
        ([-2, 1, 1], (None, -2), [([-2, -1, 1], 1, 2, None, False)]),
        ([-2, 1, 1], (None, 1), [([-2, 1, 1], 1, 0, 1, False), ([-2, -1, 1], 1, 0, None, False)]),
        ([-2, 1, 1], (-1, 2), []),
        ([0, -2, 1, 1], (None, None), [([-2, 1, 1], 1, 0, None, True), ([-2, -1, 1], 1, 0, None, True)]),
        ([0, -2, 1, 1], (0, None), [([-2, 1, 1], 1, 0, None, True)]),
        ([0, -2, 1, 1], (None, 0), [([-2, -1, 1], 1, 0, None, True)]),
        ([-5, 0, 1], (None, None), [([-5, 1], 2, 0, None, False)]),  # what is even is asked once
        ([-5, 0, 1], (-3, 3), [([-5, 1], 2, 0, 3, False)]),
        ([-5, 0, 1], (-3, 2), [([-5, 1], 2, 0, 2, False), ([-5, 1], 2, 0, 3, False)]),
        ([0, -5, 0, 1], (-3, 3), [([-5, 1], 2, 0, 3, True)]),
        ([-5, 0, 0, 1], (-3, 3), [([-5, 1], 3, 0, 3, False), ([-5, -1], 3, 0, 3, False)]),
        ([25, 0, -10, 0, 1], (1, 3), [([-5, 1], 2, 1, 3, False)]),  # a square
        ([0, 1], (None, None), [([1], 1, 0, None, True)]),
    ],
)
def test_what_is_asked_of_the_half_lines(
    monkeypatch: pytest.MonkeyPatch, coefficients: list[int], ends: tuple[Any, Any], asked: list[Any]
) -> None:
    seen: list[Any] = []
    answer = [(q("1"), q("1")), (q("2"), q("4"))]
    monkeypatch.setattr(
        isolation, "_half_line", lambda inner, *rest: noted(seen, ([int(c) for c in inner.coeffs()], *rest), answer)
    )
    found = isolate_real_roots(Poly(coefficients), *(None if end is None else Fraction(end) for end in ends))
    assert seen == asked
    if asked:
        right = ends[1] is None or ends[1] > 0
        left = ends[0] is None or ends[0] < 0
        zero = [(0, 0)] if coefficients[0] == 0 and left and right else []
        assert found == [(-4, -2), (-1, -1)] * left + zero + answer * right


@pytest.mark.parametrize(
    ("coefficients", "power", "near", "far", "at_zero", "boxes"),
    [
        ([-2, 1], 1, "0", None, False, ["0 8"]),  # 8 is the bound of its positive root
        ([-2, 1], 2, "0", None, False, ["0 17/4"]),  # the square of 17/4 lies between 8 and 4·8
        ([-2, 1], 2, "1", None, False, ["1 17/4"]),
        ([-2, 1], 2, "0", "3", False, ["0 3"]),
        ([-2, 1], 2, "3/2", None, False, []),
        ([-2, 1], 2, "0", "1", False, []),
        ([2, 1], 2, "0", None, False, []),
        ([2], 2, "0", "5", False, []),
        ([-2, 1], 1, "2", "2", False, []),
        ([-2, 1], 3, "0", None, False, ["0 13/4"]),  # the cube lies between 8 and 8·8
        ([13, -14, 1], 2, "0", "4", False, ["0 3", "3 4"]),  # of y: (0, 8), and (8, 16) halved, with 9 in between
        ([4, -5, 1], 2, "0", None, False, ["0 3/2", "2"]),  # of y: (0, 2) and 4, with 9/4 in between
        (
            [4, -5, 1],
            2,
            "1",
            None,
            False,
            ["5/4 23/4"],
        ),  # of y: an eighth of (1, 16), next to the one whose end is a root
        ([4, -5, 1], 1, "0", "16", False, ["0 2", "4"]),
        ([10, -13, 3], 2, "0", "2", False, ["0 3/2", "3/2 2"]),  # of y: (0, 2), and (2, 4) halved, with 9/4 in between
        ([-3, 1], 1, "0", None, True, ["2 4"]),  # 0 is a root
        ([-2, 1], 1, "0", None, True, ["2"]),
        ([-3, 1], 1, "1", None, True, ["1 8"]),
        ([-3, 1], 2, "0", None, True, ["1 4"]),
    ],
)
def test_roots_of_one_half_line(
    coefficients: list[int], power: int, near: str, far: str | None, at_zero: bool, boxes: list[str]
) -> None:
    asked = q(near), None if far is None else q(far)
    assert _half_line(Poly(coefficients), power, *asked, at_zero) == pairs(*boxes)


@pytest.mark.parametrize(
    ("near", "asked", "exact"),
    [
        ("0", [("0", "1"), ("1/1048576", "1")], True),
        ("1/2", [("1/2", "1"), ("1/1048576", "1")], True),
        ("1", [("1/1048576", "1")], False),  # it is an end
        ("2", [("1/1048576", "1/2")], False),
    ],
)
def test_far_roots_are_isolated_upside_down(
    monkeypatch: pytest.MonkeyPatch, near: str, asked: list[Any], exact: bool
) -> None:
    """Of (x − 1)(x − 3): 1 is the mean size."""
    seen: list[Any] = []
    inner = isolation._bisect
    monkeypatch.setattr(
        isolation,
        "_bisect",
        lambda *given: noted(seen, ([int(c) for c in given[0].coeffs()], *given[1:]), inner(*given)),
    )
    found = _half_line(Poly([3, -4, 1]), 1, q(near), Fraction(2**20), False)
    turned = [3, -4, 1], [1, -4, 3]
    assert seen == [(turned[k + 2 - len(asked)], q(a), q(b)) for k, (a, b) in enumerate(asked)]
    (left, right) = found[-1]
    assert q(near) <= left < 3 < right <= 2**20
    assert found[:-1] == (pairs("1") if exact else [])


def test_how_far_is_far(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    inner = isolation._bisect
    monkeypatch.setattr(isolation, "_bisect", lambda *given: noted(seen, given[1:], inner(*given)))
    for far in (2**16, 2**16 + 1):
        _half_line(Poly([3, -4, 1]), 1, q("0"), Fraction(far), False)
    assert seen == [(0, 2**16), (0, 1), (Fraction(1, 2**16 + 1), 1)]


def test_an_interval_without_inside_holds_no_root() -> None:
    assert isolate_real_roots(Poly([-2, 1, 1]), q("1"), q("1")) == []


@pytest.mark.parametrize("polynomial", [Poly.chebyshev_t(9), Poly([0, 1]) * Poly([-1, 1]) * Poly.chebyshev_t(8)])
def test_coefficients_are_taken_once_from_the_polynomial(
    monkeypatch: pytest.MonkeyPatch, polynomial: flint.fmpz_poly
) -> None:
    """Where a few bits tell every sign: then all intervals are halves of the first, of integers that are kept."""
    degree = int(polynomial.degree())
    anew: list[Any] = []
    cuts: list[flint.fmpz_poly] = []
    inner, halves = isolation._anew, isolation._halves

    def noted_anew(*given: Any) -> Any:
        told, cut = inner(*given)
        cuts.append(cut)
        return noted(anew, given, (told, cut))

    def checked_halves(node: _Node, row: list[flint.fmpz]) -> Any:
        assert len(row) == degree + 1
        assert Poly(row) in (node.coefficients, cuts[-1])
        return halves(node, row)

    monkeypatch.setattr(isolation, "_anew", noted_anew)
    monkeypatch.setattr(isolation, "_halves", checked_halves)
    assert len(isolation._bisect(polynomial, q("0"), q("1"))) == 4
    ((node, row, binomials),) = anew
    assert node == _Node(0, 0, None, False, 0, degree + 64, False, False)
    assert all(type(given) is bool for given in (node.mirrored, node.zero_first, node.zero_last))
    assert len(row) == degree + 1
    assert binomials == [math.comb(degree, k) for k in range(degree + 1)]


def test_a_coefficient_of_0_is_no_root() -> None:
    """8x² − 12x + 5 is 5, −1, 1 in Bernstein's coefficients on (0, 1), and 1, 0, 1 on the half next to 1."""
    for polynomial in (Poly([5, -12, 8]), Poly([1, -4, 8])):
        assert isolate_real_roots(polynomial, q("0"), q("1")) == []


def test_one_sign_has_no_variation() -> None:
    unknown = [Z(0)] * 3, [Z(1)] * 3, [Z(-1)] * 3
    assert isolation._variation_bounds(*unknown, True, True) == (0, 0)
    assert isolation._variation_bounds(*unknown, True, False) == (0, 1)


# ------------------------------------------------------------------------------------------------------------- grids


def test_floors_on_grids() -> None:
    assert [_floor(Z(v), 3, 1) for v in (-5, 4, 7)] == [-2, 1, 1]
    assert [_floor(Z(v), 1, 3) for v in (-5, 4)] == [-20, 16]
    assert _on_coarser_grid(Z(12), 3, 1) == (Z(3), True)
    assert _on_coarser_grid(Z(13), 3, 1) == (Z(3), False)
    assert _on_coarser_grid(Z(13), 3, 3) == (Z(13), True)
    assert _on_coarser_grid(Z(13), 3, 5) == (Z(52), True)
    assert _on_coarser_grid(Z(-13), 3, 1) == (Z(-4), False)


def test_the_logarithm_below_a_number() -> None:
    assert [_log2_floor(q(text)) for text in ("1", "3/2", "4", "1/12", "100")] == [-1, -1, 1, -4, 5]


@pytest.mark.parametrize(
    ("coefficients", "box", "found"),
    [
        ([-5, 8], "1/2 3/4", (2, 3, 2)),
        ([-1, 1], "1/4 3", (1, 12, 2)),
        ([-1, 1], "-3 7/8", (-24, 7, 3)),
        ([-2, 5], "1/3 2/3", (3, 5, 3)),  # a twelfth is more than 2^-4: in sixteenths from 6 to 10
        ([2, -5], "1/3 2/3", (3, 5, 3)),
        ([-3, 8], "1/3 2/3", (6, 6, 4)),  # the first sixteenth is the root
        ([-5, 8], "1/3 2/3", (10, 10, 4)),  # the last
        ([-35, 99], "1/3 2/3", None),
        ([-65, 99], "1/3 2/3", None),
        ([-3, 7], "1/7 5/7", (2, 5, 3)),  # a seventh is more than 2^-3
        ([-41, 1], "1/3 100", (1, 100, 0)),
        ([-41, 1], "0 301/3", (0, 100, 0)),
        ([-201, 600], "1/3 1", None),  # 1/600 beyond 1/3
    ],
)
def test_dyadic_ends(coefficients: list[int], box: str, found: tuple[Any, ...] | None) -> None:
    ((lower, upper),) = pairs(box)
    left, right, exponent = _on_grid(Poly(coefficients), lower, upper)
    if found is not None:
        assert (left, right, exponent) == found
    elif left != right:
        root = Fraction(-coefficients[0], coefficients[1])
        assert lower <= Fraction(int(left), 2**exponent) < root < Fraction(int(right), 2**exponent) <= upper


def test_where_the_secant_points() -> None:
    def place(left: int, right: int, span: int, cell: int, gain: int = 10, start: int = 100) -> Any:
        return _secant(flint.arb(left), flint.arb(right), Z(start), Z(start + span), Z(cell), gain)

    assert place(-1, 3, 16, 1) == 104
    assert place(1, -3, 16, 1) == 104
    assert place(-1, 3, 18, 1) == 104  # 4.5
    assert place(-1, 1, 16, 4) == 108
    assert place(-1, 100, 16, 4) == 104  # no earlier than one cell from the left
    assert place(-100, 1, 16, 4) == 112  # nor later than the last point inside
    assert place(-100, 1, 13, 4) == 112
    assert place(-100, 1, 12, 4) == 108
    assert place(-(2**100), 1, 12, 4) == 108
    assert place(-(2**100), 1, 13, 4) == 112
    assert place(-3, 1, 16, 4) == 112
    assert place(-5, 3, 16, 4) == 108
    assert place(-1, -1, 32, 4) == 100 + 4 * (31 // 4 // 2)  # no such place: in the middle
    assert _secant(flint.arb(0, 1), flint.arb(0, 1), Z(0), Z(32), Z(4), 10) == 12
    assert place(-1, 2, 2**300, 1, gain=300, start=0) == 2**300 // 3


# --------------------------------------------------------------------------------------------------- cut coefficients


def test_a_half_is_one_unit_less_exact() -> None:
    node = _Node(3, 5, None, False, 7, 100, True, True)
    left, right = isolation._halves(node, [Z(8), Z(-16), Z(24)])  # 8 − 16y + 24y²: 8, −8, 24
    assert left == _Node(4, 10, Poly([4, 0, 8]), True, 8, 100, False, True)  # 8, 0, 4, upside down
    assert right == _Node(4, 11, Poly([4, 16, 24]), False, 8, 100, False, True)  # 4, 8, 24
    assert (left.mirrored, right.mirrored) == (True, False)
    assert right.mirrored is False


def test_coefficients_are_cut_to_their_spread() -> None:
    node = _Node(3, 5, None, True, 7, 100, True, True)

    def cut(row: list[int], binomials: list[int], bits: int) -> tuple[_Node, list[int]]:
        told, found = _anew(node._replace(bits=bits), [Z(v) for v in row], [Z(v) for v in binomials])
        assert told[:3] == (3, 5, None)
        assert told.mirrored is False
        return told, [int(v) for v in found.coeffs()]

    told, found = cut([2**300 + 1, -(2**300), 2**299], [1, 1, 1], 10)
    assert (told.bits, told.error, told.zero_first, told.zero_last) == (40, 1, False, False)  # at most four times
    assert found == [2**39, -(2**39), 2**38]
    told, found = cut([2**300, 0, 2**290], [1, 1, 1], 100)  # a spread of 10
    assert (told.bits, told.error, found[0]) == (100, 1, 2**99)
    told, found = cut([2**300, 0, 2**290], [1, 1, 1], 20)
    assert (told.bits, told.error, found[0]) == (74, 1, 2**73)
    told, found = cut([0, 2 * 2**200, 2**100], [1, 2, 1], 50)  # the coefficients of Bernstein count: 2^200 and 2^100
    assert (told.bits, found[1]) == (164, 2 * 2**163)
    assert (told.zero_first, told.zero_last, told.error) == (True, False, 1)
    told, found = cut([-4, 6, 0], [1, 2, 1], 10)  # 4 and 3: too short, and made longer without an error
    assert (told.bits, told.error, told.zero_first, told.zero_last) == (40, 0, False, True)
    assert found == [-(2**39), 6 * 2**37]
    told, found = cut([2**39, 1], [1, 1], 40)  # as long as it should be, exactly
    assert (told.bits, told.error, found) == (103, 0, [2**102, 2**63])
    told, found = cut([2**39, 2**39], [1, 1], 40)
    assert (told.bits, told.error) == (64, 0)
    told, found = cut([2**63, 2**63], [1, 1], 40)
    assert (told.bits, told.error, found) == (64, 0, [2**63, 2**63])
    told, found = cut([-(2**64) - 1, 2**64], [1, 1], 40)
    assert (told.bits, told.error, found) == (64, 1, [-(2**63) - 1, 2**63])  # rounded down


# --------------------------------------------------------------------------------------------------------- refinement


@pytest.mark.parametrize("box", ["-1 1", "-2 0", "0 2", "-2 2", "0 1", "3 4"])
def test_an_interval_without_a_change_of_sign_is_told(box: str) -> None:
    ((lower, upper),) = pairs(box)
    with pytest.raises(InputError) as caught:
        refine_roots(Poly([-4, 0, 1]), [(lower, upper)], 3)
    assert (caught.value.argument, caught.value.value) == ("interval", f"[{lower}, {upper}]")
    assert caught.value.accepted == "must have opposite signs of the polynomial at its ends"
    assert caught.value.advice == "isolate the root first"


def test_narrow_intervals_are_left_alone() -> None:
    line = Poly([-3, 8])
    assert refine_roots(line, pairs("1/3 7/12", "1/3 2/5", "3/8"), 2) == pairs("1/3 7/12", "1/3 2/5", "3/8")
    assert refine_roots(line, pairs("1/3 2/3", "1/4 1"), 2) == pairs("1/3 1/2", "1/4 1/2")
    assert refine_roots(line, pairs("1/3 2/3"), 3) == pairs("3/8")


def test_every_cell_of_a_small_grid() -> None:
    """Intervals between eighths and roots between them, by a straight function and by two that are bent."""
    for numerator in (1, 8, 15, 17, 30, 47):
        root = Fraction(numerator, 24)
        line = Poly([-numerator, 24])
        bent = [line, line * Poly([1, 0, 9]), Poly([-(numerator**7)] + [0] * 6 + [24**7])]
        for left in range(0, 16, 3):
            for right in range(left + 1, 17):
                if not Fraction(left, 8) < root < Fraction(right, 8):
                    continue
                for bits in range(5):
                    expected = (root * 2**bits // 1, (root * 2**bits).denominator == 1)
                    for polynomial in bent:
                        assert root_cell(polynomial, Fraction(left, 8), Fraction(right, 8), bits) == expected


@pytest.mark.parametrize("lost", range(60, 90))
def test_signs_are_known_before_the_first_secant(lost: int) -> None:
    """As many bits cancel at one end as are computed with: what is left there is no sign."""
    slope = (2**400 + 1) // 3
    line = Poly([-slope + (slope >> lost), slope])  # vanishes a little before 1
    assert root_cell(line, Fraction(0), Fraction(1), 200)[0] == (1 - Fraction(slope >> lost, slope)) * 2**200 // 1
    line = Poly([slope - (slope >> lost), slope])
    assert root_cell(line, Fraction(-1), Fraction(0), 200)[0] == (Fraction(slope >> lost, slope) - 1) * 2**200 // 1


def asked_bits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The precisions at which values are computed from now on."""
    seen: list[int] = []
    inner = _Evaluation._horner
    monkeypatch.setattr(_Evaluation, "_horner", lambda self, point, bits: noted(seen, bits, inner(self, point, bits)))
    return seen


def test_how_many_bits_a_value_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rounding no bit is lost, and the next value is asked for with as many as are wanted, and twelve."""
    seen = asked_bits(monkeypatch)
    evaluate = _Evaluation(Poly([-1, 1]))
    assert float(evaluate(Z(3), 1, 10)) == 0.5
    evaluate(Z(3), 1, 100, closer=20)
    evaluate(Z(3), 1, 10)
    evaluate.begin()
    evaluate(Z(3), 1, 10)
    evaluate.settle()
    evaluate.begin()
    evaluate(Z(3), 1, 100)
    evaluate._lost = -12
    evaluate(Z(3), 1, 100)  # just as exact as was wanted
    assert seen == [64 + 10 + 12, 20 + 100 + 12, 64, 64 + 10 + 12, 100 + 12, 100]


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(
    ("coefficients", "box", "cell", "is_root"),
    [
        ([15, -46, 32], "1/8 7/8", 0, False),  # 1/2, and another root in front of 1
        ([1, -3, 2], "1/8 7/8", 0, False),  # 1 is the other one
        ([0, -1, 2], "1/8 7/8", 0, False),  # 0 is
        ([-17, 16], "5/8 9/8", 1, False),  # just beyond 1
        ([-15, 16], "5/8 9/8", 0, False),
        ([-1, 1], "5/8 9/8", 1, True),
    ],
)
def test_at_the_end_no_more_than_one_point_of_the_grid_is_left(
    coefficients: list[int], box: str, cell: int, is_root: bool, sign: int
) -> None:
    ((lower, upper),) = pairs(box)
    assert root_cell(sign * Poly(coefficients), lower, upper, 0) == (Z(cell), is_root)


def test_how_often_coefficients_are_rounded() -> None:
    """To twice what is asked for, until all their bits are there."""
    evaluate = _Evaluation(Poly([2**172 - 1, -1]))
    bits: list[int] = []
    for wanted in (10, 10, 172 - 12, 173 - 12, 1000, 2000):
        evaluate.begin()
        evaluate._lost = 0 if bits else 64
        evaluate(Z(3), 0, wanted)
        bits.append(evaluate._precision)
    assert bits == [172, 172, 172, 346, 346, 346]
    rough = _Evaluation(Poly([2**1000 - 1, -1]))
    rough(Z(3), 0, 10)
    assert rough._precision == 172
    assert 165 < rough._balls.coeffs()[0].rel_accuracy_bits() <= 173


@pytest.mark.parametrize(
    ("polynomial", "box", "values", "bits"),
    [  # the gain is 2, 4, 8, ...: fourteen steps for 20000 bits, two values each, those at the ends, and one at the end
        (Poly([-1, -1, 0, 1]), "1 2", 2 + 2 * 14 + 1 + 3, 8 * 20_000),  # and steps that are too bold in the beginning
        (Poly([-2, 0, 1]), "1 2", 2 + 2 * 14 + 1 + 13, 9 * 20_000),
        (Poly([-1, 2**20_001]), "0 1", 2 + 14, 3 * 20_000),  # the root is in the first cell, whose left end is known
        (Poly([1 - 2**20_001, 2**20_001]), "0 1", 2 + 14 + 28, 10 * 20_000),  # in the last: its end asks for all bits
    ],
)
def test_bits_double_with_every_step(
    monkeypatch: pytest.MonkeyPatch, polynomial: flint.fmpz_poly, box: str, values: int, bits: int
) -> None:
    seen = asked_bits(monkeypatch)
    ((lower, upper),) = pairs(box)
    cell, _ = root_cell(polynomial, lower, upper, 20_000)
    assert len(seen) <= values
    assert sum(seen) <= bits
    assert {type(precision) for precision in seen} == {int}
    sides = [value_sign(polynomial, Fraction(int(cell) + k, 2**20_000)) for k in (0, 1)]
    assert sides == [-1, 1]


def test_long_evaluations_are_done_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    class Balls:
        def coeffs(self) -> list[flint.arb]:
            return [flint.arb(5), flint.arb(3), flint.arb(2)]

        def __call__(self, point: flint.arb) -> flint.arb:
            return 1000 * point

    evaluate = _Evaluation(Poly([5, 3, 2]))
    balls: Any = Balls()
    evaluate._balls = balls
    monkeypatch.setattr(isolation, "_LONG_CALL", 200)
    assert evaluate._horner(flint.arb(7), 99) == 7000
    assert evaluate._horner(flint.arb(7), 100) == 5 + 3 * 7 + 2 * 49  # 100 bits, degree 2


def test_where_the_secant_is_of_no_use_the_interval_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = asked_bits(monkeypatch)
    steep = Poly([-1] + [0] * 58 + [1]) - 10**400
    cell, _ = root_cell(steep, Fraction(0), Fraction(10**9), 60)
    assert Fraction(int(cell), 2**60) ** 59 < 10**400 + 1 < Fraction(int(cell) + 1, 2**60) ** 59
    assert len(seen) <= 29  # a budget: what it takes

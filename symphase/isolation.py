"""Real roots of integer polynomials: isolated on an interval and refined, fast and with proof.

Isolation is the bisection of Vincent, Collins and Akritas (Collins & Akritas, "Polynomial real root isolation using
Descartes' rule of signs", SYMSAC 1976) on Bernstein coefficients (Lane & Riesenfeld, "Bounds on a polynomial", BIT 21,
1981).  The interval (l, u) is represented by

    c(y) = (1 + y)^n P((l + u·y)/(1 + y)) = Σ C(n, k) b_k y^k,

b_k being the Bernstein coefficients; its right half by 2^-n c(1 + 2y), its left half by the same of c read backwards:
one Taylor shift for each interval.  Halving averages the b_k, so a bound on the error of every b_k holds for both
halves too.  That is why c can be cut to a few hundred bits: each cut adds one unit to the bound e, and a sign is known
as soon as |c_k| > C(n, k)·e.  Where a sign that matters is not known, the interval is taken anew from the exact
polynomial.  (As many bits as the signs need: Rouillier & Zimmermann, "Efficient isolation of polynomial's real roots",
J. Comput. Appl. Math. 162, 2004.)  Polynomials in x^k are isolated in x^k.

Refinement is Abbott's ("Quadratic interval refinement for real roots", ACM Commun. Comput. Algebra 48, 2014): a secant
proposes a cell of a dyadic grid, the signs at the two ends of the cell decide.  The signs are those of Arb balls, or of
exact numbers where a ball holds zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from operator import gt, lt, ne
from typing import Final, NamedTuple

import flint

from symphase.enclosures import ball, working_precision
from symphase.errors import InputError

__all__ = ["descartes_bound", "isolate_real_roots", "linear_substitution", "refine_roots", "root_cell", "value_sign"]

_GUARD_BITS: Final = 64
_CUT_BITS: Final = 64  # beyond the degree: size of the numbers that bisection starts with
_SPARE_BITS: Final = 12  # so that a value seldom has to be computed again
_EXACT_BITS: Final = 2048  # values of up to this size are computed exactly at once
_WIDE: Final = 2**16  # how far beyond the mean size of the roots bisection goes
_LONG_CALL: Final = 2**25  # bits in one evaluation, beyond which it is done step by step: FLINT cannot be interrupted


def linear_substitution(polynomial: flint.fmpz_poly, shift: int, slope: int, denominator: int = 1) -> flint.fmpz_poly:
    """Return denominator^n · P((shift + slope·x)/denominator).

    Examples
    --------
    >>> linear_substitution(flint.fmpz_poly([-2, 0, 1]), 1, 3, 2)
    9*x^2 + 6*x + (-7)
    """
    if denominator != 1:
        length = polynomial.length()
        turned = _reversed(polynomial, length)(flint.fmpz_poly([0, denominator]))
        polynomial = _reversed(turned, length)
    return polynomial(flint.fmpz_poly([shift, slope]))


def _reversed(polynomial: flint.fmpz_poly, length: int) -> flint.fmpz_poly:
    """x^(length − 1) · P(1/x)."""
    coefficients = polynomial.coeffs()
    return flint.fmpz_poly([flint.fmpz(0)] * (length - len(coefficients)) + coefficients[::-1])


def _to_unit(polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction) -> flint.fmpz_poly:
    """P(lower + (upper − lower)·x) times a positive integer."""
    scale = math.lcm(lower.denominator, upper.denominator)
    return linear_substitution(polynomial, int(lower * scale), int((upper - lower) * scale), scale)


def _bernstein(unit: flint.fmpz_poly, degree: int) -> list[flint.fmpz]:
    """Coefficients of (1 + y)^n Q(y/(1 + y)): C(n, k) times the Bernstein coefficients of Q on (0, 1)."""
    shifted: list[flint.fmpz] = _reversed(unit, degree + 1)(flint.fmpz_poly([1, 1])).coeffs()
    return [flint.fmpz(0)] * (degree + 1 - len(shifted)) + shifted[::-1]


def _variations(coefficients: Sequence[flint.fmpz]) -> int:
    """Sign variations, zeros left out."""
    signs = [c > 0 for c in coefficients if c != 0]
    return sum(map(ne, signs, signs[1:]))


def descartes_bound(polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction) -> int:
    """Return the number of sign variations of P's Bernstein coefficients on (lower, upper).

    Certainty
    ---------
    Exact.  By Descartes' rule it is at least the number of roots in the open interval, counted with multiplicity, and
    of the same parity; so 0 and 1 are root counts.

    Examples
    --------
    >>> descartes_bound(flint.fmpz_poly([-2, 0, 1]), Fraction(0), Fraction(2))
    1
    """
    return _variations(_bernstein(_to_unit(polynomial, lower, upper), polynomial.degree()))


def value_sign(polynomial: flint.fmpz_poly, point: Fraction) -> int:
    """Return the exact sign of P at a rational point: of a ball where that decides, otherwise of the exact value.

    Examples
    --------
    >>> value_sign(flint.fmpz_poly([-2, 0, 1]), Fraction(3, 2))
    1
    """
    height = polynomial.height_bits()
    size = height + polynomial.degree() * max(point.numerator.bit_length(), point.denominator.bit_length())
    precision = _GUARD_BITS + height // 4
    while size > _EXACT_BITS and precision < size:
        with working_precision(precision):
            value = flint.arb_poly(polynomial)(ball(point))
        if value > 0 or value < 0:
            return _sign(value)
        precision *= 3
    return _sign(polynomial(flint.fmpq(point.numerator, point.denominator)))


def _sign(number: flint.fmpz | flint.fmpq | flint.arb) -> int:
    return (number > 0) - (number < 0)


# ---------------------------------------------------------------------------------------------------------- isolation


def isolate_real_roots(
    polynomial: flint.fmpz_poly, lower: Fraction | None = None, upper: Fraction | None = None
) -> list[tuple[Fraction, Fraction]]:
    """Isolate the distinct real roots of an integer polynomial in the open interval (lower, upper).

    Parameters
    ----------
    polynomial : fmpz_poly
        Any non-zero integer polynomial; repeated roots are counted once.
    lower, upper : Fraction, optional
        The interval; the whole real line by default.

    Returns
    -------
    list of (Fraction, Fraction)
        In increasing order; a rational root that bisection hits is returned as (root, root), every other root lies
        strictly inside its interval, alone, with no root at either end.

    Certainty
    ---------
    Exact and complete: Descartes' rule on Bernstein coefficients of proved sign.

    Examples
    --------
    >>> isolate_real_roots(flint.fmpz_poly([-2, 0, 1]), Fraction(0), Fraction(2))
    [(Fraction(0, 1), Fraction(2, 1))]
    """
    start = None if lower is None else Fraction(lower)
    stop = None if upper is None else Fraction(upper)
    if polynomial.degree() < 1 or (start is not None and stop is not None and start >= stop):
        return []
    squarefree = polynomial // polynomial.gcd(polynomial.derivative())
    coefficients = squarefree.coeffs()
    at_zero = coefficients[0] == 0
    core = coefficients[1:] if at_zero else coefficients
    power = math.gcd(*(k for k, c in enumerate(core) if c != 0)) or 1
    if power == 1 and start is not None and stop is not None:
        return _bisect(squarefree, start, stop)
    # The half-lines apart: each has its own bound for the roots, and x^power is monotone on it.
    inner = flint.fmpz_poly(core[::power])
    mirrored = linear_substitution(inner, 0, -1) if power % 2 else inner
    negative = None if start is not None and start >= 0 else _meeting(stop, start, -1)
    positive = None if stop is not None and stop <= 0 else _meeting(start, stop, 1)
    right = _half_line(inner, power, *positive, at_zero) if positive else []
    if negative == positive and mirrored == inner:
        left = right
    else:
        left = _half_line(mirrored, power, *negative, at_zero) if negative else []
    middle = [(Fraction(0), Fraction(0))] if at_zero and negative and positive else []
    return [(-b, -a) for a, b in reversed(left)] + middle + right


def _meeting(inner: Fraction | None, outer: Fraction | None, side: int) -> tuple[Fraction, Fraction | None]:
    """The part of the interval on one half-line, as distances from 0."""
    near = Fraction(0) if inner is None else max(Fraction(0), side * inner)
    return near, None if outer is None else side * outer


def _half_line(
    inner: flint.fmpz_poly, power: int, near: Fraction, far: Fraction | None, at_zero: bool
) -> list[tuple[Fraction, Fraction]]:
    """Isolate the roots of Q(x^power) in (near, far), 0 ≤ near; with ``at_zero``, 0 counts as a root."""
    low = near**power
    high = _positive_root_bound(inner) if far is None else far**power
    if inner.degree() < 1 or low >= high:
        return []
    middle = _mean_size(inner)
    if high <= middle * _WIDE:
        boxes = _bisect(inner, low, high)
    else:  # beyond the mean size of the roots in 1/x, where the few that are far out soon stand alone
        split = max(low, middle)
        boxes = _bisect(inner, low, split) if low < split else []
        if low < split and not value_sign(inner, split):
            boxes.append((split, split))
        inverse = _bisect(_reversed(inner, inner.length()), 1 / high, 1 / split)
        boxes += [(1 / right, 1 / left) for left, right in reversed(inverse)]
    while boxes and at_zero and boxes[0][0] == 0:
        boxes[0] = _halved(inner, boxes[0])
    if not boxes or power == 1:
        return boxes
    for k in range(1, len(boxes)):  # no two intervals touch
        while boxes[k][0] == boxes[k - 1][1]:
            boxes[k] = _halved(inner, boxes[k])
    inside = [_power_between(left[1], right[0], power) for left, right in pairwise(boxes)]
    first = near if boxes[0][0] == low else _power_between(low, boxes[0][0], power)
    high = high if far is not None else high * 2**power
    last = far if far is not None and boxes[-1][1] == high else _power_between(boxes[-1][1], high, power)
    roots = []
    for box, left, right in zip(boxes, [first, *inside], [*inside, last], strict=True):
        exact = _exact_root(box[0], power) if box[0] == box[1] else None
        roots.append((left, right) if exact is None else (exact, exact))
    return roots


def _mean_size(polynomial: flint.fmpz_poly) -> Fraction:
    """A power of two near the geometric mean of the absolute values of the roots, none of which is 0."""
    first, last = (int(polynomial[k]).bit_length() for k in (0, polynomial.degree()))
    return Fraction(2) ** ((first - last) // int(polynomial.degree()))


def _halved(polynomial: flint.fmpz_poly, box: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    """The half of an isolating interval that holds the root, or the root itself."""
    lower, upper = box
    middle = (lower + upper) / 2
    sign = value_sign(polynomial, middle)
    if sign == 0:
        return middle, middle
    return (middle, upper) if sign == value_sign(polynomial, lower) else (lower, middle)


def _power_between(left: Fraction, right: Fraction, power: int) -> Fraction:
    """A dyadic a with left < a^power < right, 0 ≤ left."""
    bits = 2
    while True:
        middle = (left + right) / 2 * 2 ** (power * bits)
        candidate = Fraction(int(flint.fmpz(int(middle)).root(power)), 2**bits)
        if left < candidate**power:  # which is at most the middle
            return candidate
        bits *= 2


def _exact_root(value: Fraction, power: int) -> Fraction | None:
    top, bottom = (int(flint.fmpz(part).root(power)) for part in (value.numerator, value.denominator))
    return Fraction(top, bottom) if (top**power, bottom**power) == (value.numerator, value.denominator) else None


def _positive_root_bound(polynomial: flint.fmpz_poly) -> Fraction:
    """A power of two above every positive root; 0 if there is none (Kioustelidis, J. Comput. Appl. Math. 16, 1986)."""
    *others, leading = (int(c) for c in polynomial.coeffs())
    size = abs(leading).bit_length() - 1
    exponents = [-((size - abs(c).bit_length()) // (len(others) - k)) for k, c in enumerate(others) if c * leading < 0]
    return Fraction(2) ** (1 + max(exponents)) if exponents else Fraction(0)


class _Node(NamedTuple):
    """The interval (place, place + 1)/2^depth of (0, 1), and what is known of P on it."""

    depth: int
    place: int
    coefficients: flint.fmpz_poly | None
    """The integers C(n, k)·b_k, cut; None where they have yet to be taken from the exact polynomial."""
    mirrored: bool
    """Whether the coefficients run from right to left."""
    error: int
    """Every b_k is known up to this error."""
    bits: int
    """Size to which the exact b_k are cut on this branch."""
    zero_first: bool
    zero_last: bool
    """Whether P is known to vanish at the end to which the first or last coefficient belongs."""


def _bisect(polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Isolate the roots of a squarefree polynomial of degree ≥ 1 in (lower, upper), as isolate_real_roots does."""
    degree = int(polynomial.degree())
    unit = _to_unit(polynomial, lower, upper)
    binomials = (flint.fmpz_poly([1, 1]) ** degree).coeffs()
    known: dict[int, tuple[list[flint.fmpz], list[flint.fmpz]]] = {}
    zeros: set[Fraction] = set()
    boxes: list[tuple[Fraction, Fraction]] = []
    stack = [_Node(0, 0, None, False, 0, degree + _CUT_BITS, False, False)]
    while stack:
        node = stack.pop()
        row: list[flint.fmpz] | None = None
        least = most = 0
        if node.coefficients is not None:
            if node.error not in known:
                known[node.error] = [b * node.error for b in binomials], [-b * node.error for b in binomials]
            row = node.coefficients.coeffs()
            row += [flint.fmpz(0)] * (degree + 1 - len(row))
            least, most = _variation_bounds(row, *known[node.error], node.zero_first, node.zero_last)
        if row is None or least < min(most, 2):
            row = _bernstein(linear_substitution(unit, node.place, 1, 2**node.depth), degree)
            least = most = _variations(row)
            node, cut = _anew(node, row, binomials)
            zeros.update(Fraction(node.place + k, 2**node.depth) for k, end in enumerate((row[0], row[-1])) if end == 0)
            row = cut.coeffs()
            row += [flint.fmpz(0)] * (degree + 1 - len(row))
        if most == 0:
            continue
        if most == 1 and not (node.zero_first or node.zero_last):
            width = Fraction(1, 2**node.depth)
            boxes.append((node.place * width, (node.place + 1) * width))
            continue
        stack += reversed(_halves(node, row))
    boxes += [(zero, zero) for zero in zeros if 0 < zero < 1]
    return [(lower + (upper - lower) * a, lower + (upper - lower) * b) for a, b in sorted(boxes)]


def _halves(node: _Node, row: list[flint.fmpz]) -> tuple[_Node, _Node]:
    """The left and the right half of an interval, from its cut coefficients."""
    halve, scale = flint.fmpz_poly([1, 2]), flint.fmpz(2) ** (len(row) - 1)
    right, left = flint.fmpz_poly(row), flint.fmpz_poly(row[::-1])
    zero_left, zero_right = node.zero_first, node.zero_last
    if node.mirrored:
        right, left, zero_left, zero_right = left, right, zero_right, zero_left
    # c(1 + 2y) begins at the middle and ends at the old end; floor division takes less than one unit off.
    child = node._replace(depth=node.depth + 1, error=node.error + 1, zero_first=False)
    return (
        child._replace(place=2 * node.place, coefficients=left(halve) // scale, mirrored=True, zero_last=zero_left),
        child._replace(
            place=2 * node.place + 1, coefficients=right(halve) // scale, mirrored=False, zero_last=zero_right
        ),
    )


def _variation_bounds(
    row: list[flint.fmpz],
    above: list[flint.fmpz],
    below: list[flint.fmpz],
    zero_first: bool,
    zero_last: bool,
) -> tuple[int, int]:
    """Least and greatest number of sign variations that the cut coefficients leave possible."""
    positive, negative = list(map(gt, row, above)), list(map(lt, row, below))
    start, stop = int(zero_first), len(row) - int(zero_last)
    positive, negative = positive[start:stop], negative[start:stop]
    decided = list(map(ne, positive, negative))
    if all(decided):
        exact = sum(map(ne, positive, positive[1:]))
        return exact, exact
    places = [k for k, is_decided in enumerate(decided) if is_decided]
    if not places:
        return 0, max(0, len(decided) - 1)
    least, most = 0, places[0] + len(decided) - 1 - places[-1]
    for left, right in pairwise(places):
        change = positive[left] != positive[right]
        least += change
        most += right - left - ((right - left - change) % 2)  # the parity is that of the two signs
    return least, most


def _anew(node: _Node, row: list[flint.fmpz], binomials: list[flint.fmpz]) -> tuple[_Node, flint.fmpz_poly]:
    """Cut exact coefficients to as many bits as their spread asks for."""
    sizes = [int(abs(c) // b).bit_length() for c, b in zip(row, binomials, strict=True) if c != 0]
    bits = max(node.bits, min(max(sizes) - min(sizes) + _CUT_BITS, 4 * node.bits))
    excess = max(sizes) - bits
    exact = flint.fmpz_poly(row)
    cut = exact // flint.fmpz(2) ** excess if excess > 0 else exact * flint.fmpz(2) ** -excess
    return (
        node._replace(mirrored=False, error=int(excess > 0), bits=bits, zero_first=row[0] == 0, zero_last=row[-1] == 0),
        cut,
    )


# --------------------------------------------------------------------------------------------------------- refinement


def refine_roots(
    polynomial: flint.fmpz_poly, boxes: Sequence[tuple[Fraction, Fraction]], bits: int
) -> list[tuple[Fraction, Fraction]]:
    """Narrow isolating intervals of one polynomial to a width of at most 2^-bits.

    Parameters
    ----------
    polynomial : fmpz_poly
        A polynomial with simple roots.
    boxes : sequence of (Fraction, Fraction)
        Intervals as :func:`isolate_real_roots` returns them.
    bits : int
        Absolute accuracy.

    Returns
    -------
    list of (Fraction, Fraction)
        The part of each wider interval in one cell of the grid of step 2^-bits; a root that is a point of that grid,
        twice.

    Certainty
    ---------
    Exact: the polynomial changes sign between the bounds.

    Raises
    ------
    InputError
        If the polynomial does not change sign.

    Examples
    --------
    >>> refine_roots(flint.fmpz_poly([-2, 0, 1]), [(Fraction(1), Fraction(2))], 6)
    [(Fraction(45, 32), Fraction(91, 64))]
    """
    evaluate = _Evaluation(polynomial)
    step = Fraction(1, 2**bits)
    narrow = []
    for lower, upper in boxes:
        if upper - lower > step:
            cell, is_root = _cell(evaluate, lower, upper, bits)
            left = Fraction(int(cell), 2**bits)
            lower, upper = (left, left) if is_root else (max(lower, left), min(upper, left + step))
        narrow.append((lower, upper))
    return narrow


def root_cell(polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction, bits: int) -> tuple[flint.fmpz, bool]:
    """Return ⌊2^bits · root⌋ for the root in an isolating interval, and whether that is the root exactly.

    Takes and raises what :func:`refine_roots` does, for one interval with lower < upper; ``bits`` may be in the
    millions.

    Examples
    --------
    >>> root_cell(flint.fmpz_poly([-2, 0, 1]), Fraction(1), Fraction(2), 6)
    (90, False)
    """
    return _cell(_Evaluation(polynomial), lower, upper, bits)


def _cell(evaluate: _Evaluation, lower: Fraction, upper: Fraction, bits: int) -> tuple[flint.fmpz, bool]:
    left, right, exponent = _on_grid(evaluate.polynomial, lower, upper)
    if left == right:
        return _on_coarser_grid(left, exponent, bits)
    evaluate.begin()
    gain = 2
    at_left, at_right = evaluate(left, exponent, gain + 2), evaluate(right, exponent, gain + 2)
    evaluate.settle()
    sign = _sign(at_left)
    if sign * _sign(at_right) >= 0:
        raise InputError(
            "interval",
            f"[{lower}, {upper}]",
            "must have opposite signs of the polynomial at its ends",
            "isolate the root first",
        )
    while True:
        size = int((right - left).bit_length())
        missing = bits - exponent + size  # so that right − left < 2^(exponent − bits) in the end
        if missing <= 0:
            break
        finer = min(gain, missing) + 1 - size
        if finer > 0:
            left, right, exponent = left << finer, right << finer, exponent + finer
        cell = flint.fmpz(1) << max(0, -finer)
        ahead = min(2 * gain, max(0, missing - gain)) + 2  # the bits that the next secant will need
        guess = _secant(at_left, at_right, left, right, cell, gain)
        at_guess = evaluate(guess, exponent, ahead, closer=gain + 4)
        side = _sign(at_guess)
        if side == 0:
            return _on_coarser_grid(guess, exponent, bits)
        other = guess + cell if side == sign else guess - cell
        if left < other < right:
            at_other = evaluate(other, exponent, ahead)
            other_side = _sign(at_other)
            if other_side == 0:
                return _on_coarser_grid(other, exponent, bits)
            success = other_side == -side
            if other_side == sign:
                left, at_left = other, at_other
            else:
                right, at_right = other, at_other
        else:
            success = True
        if side == sign and guess > left:
            left, at_left = guess, at_guess
        if side != sign and guess < right:
            right, at_right = guess, at_guess
        gain = 2 * gain if success else max(1, gain // 2)
    low, high = _floor(left, exponent, bits), _floor(right - 1, exponent, bits)
    if low < high:  # a point of the grid lies in between
        side = _sign(evaluate(high, bits, 1))
        return (high, side == 0) if side in (0, sign) else (low, False)
    return low, False


def _floor(numerator: flint.fmpz, exponent: int, bits: int) -> flint.fmpz:
    return numerator >> (exponent - bits) if exponent > bits else numerator << (bits - exponent)


def _on_coarser_grid(numerator: flint.fmpz, exponent: int, bits: int) -> tuple[flint.fmpz, bool]:
    below = _floor(numerator, exponent, bits)
    return below, _floor(below, bits, exponent) == numerator


def _secant(
    at_left: flint.arb, at_right: flint.arb, left: flint.fmpz, right: flint.fmpz, cell: flint.fmpz, gain: int
) -> flint.fmpz:
    """A point of the grid left + cell·j inside (left, right), before the zero of the line through the two values."""
    cells = (right - left - 1) // cell  # at least 1
    steps = cells // 2
    with working_precision(gain + _GUARD_BITS):
        place = (at_left / (at_left - at_right)).mid() * (right - left) / cell
        if place.is_finite() and (whole := place.mid().floor().unique_fmpz()) is not None:
            steps = whole
    return left + cell * max(flint.fmpz(1), min(steps, cells))


def _on_grid(polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction) -> tuple[flint.fmpz, flint.fmpz, int]:
    """Dyadic a/2^e < b/2^e in an isolating interval, on both sides of its root, or a = b where that is the root."""
    sign = 0
    while True:
        ends = lower.denominator, upper.denominator
        if all(end & (end - 1) == 0 for end in ends):
            exponent = max(ends).bit_length() - 1
            return flint.fmpz(int(lower * 2**exponent)), flint.fmpz(int(upper * 2**exponent)), exponent
        sign = sign or value_sign(polynomial, lower)
        exponent = max(0, -_log2_floor((upper - lower) / 4))
        for inner in (math.ceil(lower * 2**exponent), math.floor(upper * 2**exponent)):
            point = Fraction(inner, 2**exponent)
            side = value_sign(polynomial, point)
            if side == 0:
                return flint.fmpz(inner), flint.fmpz(inner), exponent
            if side == sign:
                lower = max(lower, point)
            else:
                upper = min(upper, point)


def _log2_floor(number: Fraction) -> int:
    return number.numerator.bit_length() - number.denominator.bit_length() - 1


class _Evaluation:
    """Values of one polynomial at dyadic points, as balls of a wanted relative accuracy; a zero is the ball 0 ± 0."""

    __slots__ = ("_balls", "_height", "_lost", "_precision", "_start", "polynomial")

    def __init__(self, polynomial: flint.fmpz_poly) -> None:
        self.polynomial = polynomial
        self._height = int(polynomial.height_bits())
        self._start = self._lost = _GUARD_BITS
        self._precision = 0
        self._balls = flint.arb_poly()

    def begin(self) -> None:
        """Forget how close the last points were to a root."""
        self._lost = self._start

    def settle(self) -> None:
        """Remember what the ends of an isolating interval asked for."""
        self._start = self._lost

    def __call__(self, numerator: flint.fmpz, exponent: int, wanted: int, closer: int = 0) -> flint.arb:
        precision = max(_GUARD_BITS, self._lost + closer + wanted + _SPARE_BITS)
        while True:
            with working_precision(precision):
                if precision > self._precision and self._precision <= self._height:
                    with working_precision(2 * precision):
                        self._balls, self._precision = flint.arb_poly(self.polynomial), 2 * precision
                value = self._horner(flint.arb((numerator, -exponent)), precision)
            accuracy = min(int(value.rel_accuracy_bits()), precision)
            if accuracy >= wanted:  # as it is for a value without error, zero among them: then all its bits are there
                self._lost = precision - accuracy
                return value
            precision += min(precision, max(wanted - accuracy + 4, precision // 4))

    def _horner(self, point: flint.arb, precision: int) -> flint.arb:
        if precision * int(self.polynomial.degree()) < _LONG_CALL:
            return self._balls(point)
        value = flint.arb(0)
        for coefficient in reversed(self._balls.coeffs()):
            value = value * point + coefficient
        return value

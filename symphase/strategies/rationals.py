"""Rational and real algebraic numbers to draw, simple ones first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import count, islice, takewhile
from typing import Any, Final, TypeVar

import flint
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.arguments import to_float, whole
from symphase.errors import InputError
from symphase.formulas import exact_rational

__all__ = ["Exact", "as_strategy", "checked", "fractions_between", "interval", "real_algebraic_numbers", "several"]

T = TypeVar("T")
Exact = int | float | str | Fraction

_SIMPLE: Final = 100
_POINTS: Final = 64


def as_strategy(value: T | SearchStrategy[T]) -> SearchStrategy[T]:
    """Take a strategy as it is, and anything else as the one value to draw."""
    return value if isinstance(value, SearchStrategy) else st.just(value)


def checked(value: object, check: Callable[[Any], T]) -> SearchStrategy[T]:
    """Take what a check makes of a value, at once; of those of a strategy, when they are drawn."""
    return value.map(check) if isinstance(value, SearchStrategy) else st.just(check(value))


def several(value: object, argument: str, accepted: str, advice: str, *, most: int) -> tuple[Any, ...]:
    """Return the items of what holds from 1 to ``most`` of them; texts and mappings are no such thing."""
    found: tuple[Any, ...] = ()
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        try:
            found = tuple(islice(value, most + 1))
        except Exception:  # noqa: BLE001  # what others wrote may raise anything when it is gone through
            found = ()
    if not found:
        raise InputError(argument, value, accepted, advice)
    if len(found) > most:
        raise InputError(argument, value, f"must hold at most {most}", "give fewer")
    return found


def interval(given: object, argument: str) -> tuple[Fraction, Fraction]:
    """Read two numbers, the smaller one first."""
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise InputError(argument, given, "must be two numbers, the smaller one first", "as (0, 1)")
    lower, upper = (exact_rational(end, f"{argument}[{k}]") for k, end in enumerate(given))
    for k, end in enumerate((lower, upper)):
        to_float(end, f"{argument}[{k}]")
    if lower > upper:
        raise InputError(argument, given, "must be two numbers, the smaller one first", "exchange them")
    return lower, upper


def denominators(lower: Fraction, upper: Fraction, largest: int | None, *, dyadic: bool) -> list[int]:
    """Denominators with which the interval holds a fraction: all small ones, then powers of two and of ten."""
    if largest is None:
        width = upper - lower
        enough = math.ceil(_POINTS / width) if width else max(lower.denominator, 1)
        largest = max(1024, 1 << enough.bit_length())
    twos = [1 << k for k in range(largest.bit_length())]
    if dyadic:
        candidates = twos
    else:
        tens = list(takewhile(lambda ten: ten <= largest, (10**k for k in count())))
        given = [lower.denominator] if lower == upper and lower.denominator <= largest else []
        candidates = sorted({*range(1, min(largest, _SIMPLE) + 1), *twos, *tens, *given})
    return [q for q in candidates if math.ceil(lower * q) <= math.floor(upper * q)]


def fractions_between(
    lower: Fraction, upper: Fraction, *, max_denominator: int | None, dyadic: bool, argument: str
) -> SearchStrategy[Fraction]:
    """Draw fractions in a closed interval, small denominators first."""
    found = denominators(lower, upper, max_denominator, dyadic=dyadic)
    if not found:
        kind = "fraction with a power of two below it" if dyadic else "fraction"
        said = f"between {float(lower):.6g} and {float(upper):.6g} leaves no {kind} up to {max_denominator}"
        raise InputError(argument, max_denominator, said, "allow larger denominators, or a wider range")

    @st.composite
    def fractions(draw: st.DrawFn) -> Fraction:  # not mapped by a function: Hypothesis shows what a composite returns
        q = draw(st.sampled_from(found))
        return Fraction(draw(st.integers(math.ceil(lower * q), math.floor(upper * q))), q)

    return fractions()


def real_algebraic_numbers(
    *, max_degree: int = 4, max_coefficient: int = 9, min_value: Exact = -10, max_value: Exact = 10
) -> SearchStrategy[RealAlgebraic]:
    """Draw real algebraic numbers: roots of integer polynomials.

    Parameters
    ----------
    max_degree : int, 1 to 16
        Largest degree of a number; 1 gives rational numbers only.
    max_coefficient : int ≥ 1
        Of the polynomials that are drawn.  One that has no root in the interval is moved by a rational number, so that
        it has one; the minimal polynomial of the root may have larger coefficients.
    min_value, max_value : exact numbers
        The closed interval that the numbers lie in.

    Returns
    -------
    SearchStrategy of RealAlgebraic
        Shrinks towards rational numbers, and to 0 where the interval holds it.

    Certainty
    ---------
    Exact.

    Raises
    ------
    InputError
        For degrees, coefficients and bounds that are not as above.

    Examples
    --------
    >>> from hypothesis import find
    >>> print(find(real_algebraic_numbers(), lambda x: True))
    0
    >>> print(find(real_algebraic_numbers(max_degree=2, min_value=0), lambda x: not x.is_rational))
    sqrt(2)/2
    """
    max_degree = whole(max_degree, "max_degree", least=1, most=16)
    max_coefficient = whole(max_coefficient, "max_coefficient", least=1)
    lower, upper = interval((min_value, max_value), "min_value and max_value")
    if lower == upper:
        return st.just(RealAlgebraic.rational(lower))

    @st.composite
    def numbers(draw: st.DrawFn) -> RealAlgebraic:
        degree = draw(st.integers(1, max_degree))
        entries = st.integers(-max_coefficient, max_coefficient)
        coefficients = [Fraction(draw(entries)) for _ in range(degree)]
        coefficients.append(Fraction(draw(st.integers(1, max_coefficient))))
        roots = _roots_within(coefficients, lower, upper)
        if not roots:  # move the graph by a value that it takes inside: then it has a root there
            place = draw(fractions_between(lower, upper, max_denominator=None, dyadic=False, argument="min_value"))
            coefficients[0] -= _value(coefficients, place)
            roots = _roots_within(coefficients, lower, upper)
        return draw(st.sampled_from(roots))

    return numbers()


def _value(coefficients: list[Fraction], point: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * point + coefficient
    return total


def _roots_within(coefficients: list[Fraction], lower: Fraction, upper: Fraction) -> list[RealAlgebraic]:
    """Real roots inside a closed interval, the simplest first."""
    common = math.lcm(*(c.denominator for c in coefficients))
    roots = real_roots(flint.fmpz_poly([int(c * common) for c in coefficients]))
    inside = [root for root in roots if root.compare(lower) >= 0 and root.compare(upper) <= 0]
    return sorted(inside, key=lambda root: (root.degree, root.sign() < 0, abs(float(root))))

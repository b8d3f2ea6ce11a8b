"""The boundaries of textbook families word for word: both sides, how each was found, what is missing and why."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase.boundaries import find_boundaries
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.thresholds import BoundaryKind

z, a = sympy.symbols("z a")
QUARTIC = PolynomialFamily(z**4 + a, variable=z, parameter=a)

START = (
    "the nearest event before the flip beyond which the fixed point does not attract: roots of Res_z(fixed-point "
    "factor, f' − 1) and of f' + 1, decided exactly in each cell"
)
MONOTONE = (
    "first parameter at which max |f(z) − p|/|z − p| over the bounded orbits passes 1: candidates by elimination, the "
    "bound decided exactly in each cell between"
)
FIRST_FLIP = (
    "root of Res_z(fixed-point factor, f' + 1); attraction on one side only, and the sign of 3(f'')² + 2f''', decided "
    "exactly"
)
ONLY = "it is the only real {}-cycle on both sides (exact root counts of Φ_n)"
EXACT_FLIP = f"the one root of Res_z(Φ_n, multiplier + 1) in the certified box of (cycle, parameter); {ONLY}"
BOX_FLIP = f"Krawczyk box of (cycle, parameter); {ONLY}"
MERGING = "between the superstable parameter of period 2^9 and the merging of 2^9 bands into 2^8; "
TANGENCY = (
    "first root of Res_z(Φ₃, multiplier − 1) beyond which the exact count of real roots of Φ₃ is positive; the fold is "
    "certified by Krawczyk"
)
CRISIS = (
    "first root of Res_z(free critical factor, other fixed-point factor ∘ f²) beyond the flip: the orbit lands on a "
    "repelling fixed point through its other preimage"
)
ESCAPE = (
    "first parameter beyond the flip at which a critical value leaves the bounded interval: a critical orbit lands on "
    "its end there; beyond it the critical orbit stays outside and no fixed point attracts, decided in each cell"
)
NO_CRISIS = "no free critical orbit lands in two steps on another fixed point, one that repels, before escape"


def cubic_onset(scale: str, name: str) -> str:
    return (
        f"{MERGING}conjugate to λ·g(w), g = w*(w - 1)**2, g(0) = 0, critical values 0 and one more, λ = {scale} "
        f"positive and monotone in {name} here (all checked exactly); the kneading sequence of λ·g is monotone in λ "
        "(Levin, Shen and van Strien 2020, arXiv 1902.06732)"
    )


def quadratic_onset(control: str, name: str) -> str:
    return (
        f"{MERGING}conjugate to x² + c with c = {control}, monotone in {name} here (checked exactly); the entropy of "
        "x² + c is monotone in c (Milnor and Thurston 1988, theorem 13.1; Douady-Hubbard; Sullivan)"
    )


def story(name: str, start: str, second: str, fourth: str, onset: str, crisis: bool) -> list[tuple[Any, ...]]:
    flips = [
        (
            BoundaryKind.FLIP,
            period,
            -1,
            f"periodic, period {period}",
            f"periodic, period {2 * period}",
            how.format(period),
        )
        for period, how in ((2, second), (4, fourth))
    ]
    chaos = "chaotic (positive entropy)"
    merged = [
        (BoundaryKind.CRISIS, None, None, "chaotic, attractor on one side", "chaotic, mirror attractors merged", CRISIS)
    ]
    return [
        (BoundaryKind.STABILITY, 1, 1, "no attraction to this fixed point", "monotonic", START),
        (BoundaryKind.MONOTONE_END, None, None, "monotonic", "catapult", MONOTONE),
        (BoundaryKind.FLIP, 1, -1, "catapult", "periodic, period 2", FIRST_FLIP),
        *flips,
        (BoundaryKind.ONSET, None, None, "periodic, period a power of two", chaos, onset),
        (
            BoundaryKind.TANGENCY,
            3,
            1,
            f"no real 3-cycle from {name} = {start} to here",
            "a real 3-cycle exists (Li–Yorke 1975: chaos)",
            TANGENCY,
        ),
        *(merged if crisis else []),
        (BoundaryKind.ESCAPE, None, None, "chaotic", "divergent", ESCAPE),
    ]


@pytest.mark.parametrize(
    ("family", "expected", "direction"),
    [
        (residual(), story("a", "0", EXACT_FLIP, BOX_FLIP, cubic_onset("(a + 1)**2", "a"), True), 1),
        (odd_cubic(), story("r", "1", EXACT_FLIP, BOX_FLIP, cubic_onset("r**2", "r"), True), 1),
        (logistic(), story("r", "1", EXACT_FLIP, EXACT_FLIP, quadratic_onset("-r**2/4 + r/2", "r"), False), 1),
        (quadratic(), story("c", "1/4", EXACT_FLIP, EXACT_FLIP, quadratic_onset("c", "c"), False), -1),
    ],
    ids=["residual", "odd cubic", "logistic", "quadratic"],
)
def test_stories_word_for_word(family: PolynomialFamily, expected: list[tuple[Any, ...]], direction: int) -> None:
    found = find_boundaries(family)
    assert [(b.kind, b.period, b.multiplier, b.before, b.after, b.evidence) for b in found] == expected
    assert found.direction == direction
    assert found.family == family
    assert (found.reduced_family == family) is (family != odd_cubic())
    assert all(b.family == found.reduced_family for b in found)
    assert dict(found.missing) == ({} if expected[-2][0] is BoundaryKind.CRISIS else {BoundaryKind.CRISIS: NO_CRISIS})
    assert all((b.certainty is Certainty.EXACT) is (b.algebraic is not None) for b in found)
    assert [point.is_reference for point in found.fixed_points].count(True) == 1
    assert all((b.cycle is not None) is (b.kind is BoundaryKind.TANGENCY or (b.period or 1) > 1) for b in found)


def test_a_degenerate_critical_point_leaves_gaps_that_are_told() -> None:
    found = find_boundaries(QUARTIC)
    assert [(b.kind, b.formula()) for b in found] == [
        (BoundaryKind.STABILITY, "3·2^(1/3)/8"),  # 4z³ = 1, a = z − z⁴ = 3z/4
        (BoundaryKind.MONOTONE_END, "0"),
        (BoundaryKind.FLIP, "−5·2^(1/3)/8"),  # 4z³ = −1, a = z − z⁴ = 5z/4
        (BoundaryKind.ESCAPE, "−2^(1/3)"),  # a → a⁴ + a = −a
    ]
    assert found.missing == (
        (BoundaryKind.FLIP, "no proof of a flip of the 2-cycle was found (degenerate critical point?)"),
        (BoundaryKind.ONSET, "the family has a degenerate critical point"),
        (BoundaryKind.CRISIS, NO_CRISIS),
        (BoundaryKind.TANGENCY, "period 3 has degree 64, beyond exact elimination"),
    )
    assert found.superstable == -1.0


def test_families_without_a_flip_and_what_is_no_family() -> None:
    still = PolynomialFamily(z**2 + a**2 + 1, variable=z, parameter=a)
    with pytest.raises(InputError) as caught:
        find_boundaries(still)
    assert (caught.value.argument, caught.value.value) == ("family", still)
    assert caught.value.accepted == "has no fixed point that flips"
    assert caught.value.advice == "give a family whose fixed point loses stability"
    with pytest.raises(InputError, match=re.escape("has no fixed point that flips for r in [0, 2]; give a family")):
        find_boundaries(logistic(), within=(0, 2))
    with pytest.raises(InputError, match=r"^family = z: must be a PolynomialFamily; give an expression, its variable"):
        find_boundaries("z")  # type: ignore[arg-type]  # the point of the test

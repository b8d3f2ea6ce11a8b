"""Boundaries: exact on four families, equal under conjugacy, silent where there is nothing, honest where it stops."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import mpmath
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.boundaries import Boundaries, BoundaryKind, find_boundaries
from symphase.cells import Sample, distinct, parameter_roots, rational_between, specialise
from symphase.crossings import crosses
from symphase.cycles import CertifiedBifurcation
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.onset import Onset
from symphase.phases import residual_boundaries

K = BoundaryKind


@cache
def found(name: str) -> Boundaries:
    makers = {"residual": residual, "logistic": logistic, "quadratic": quadratic, "odd_cubic": odd_cubic}
    return find_boundaries(makers[name]())


def polynomial(boundaries: Boundaries, kind: BoundaryKind, period: int | None = None) -> tuple[int, ...]:
    exact = boundaries.require(kind, period).algebraic
    assert exact is not None
    return exact.coefficients


# --- the residual map -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "period", "coefficients", "text"),
    [
        (K.STABILITY, 1, (0, 1), "0"),
        (K.MONOTONE_END, None, (-4, 4, 1), "-2 + 2*sqrt(2)"),
        (K.FLIP, 1, (-1, 1), "1"),
        (K.FLIP, 2, (-4, 2, 1), "-1 + sqrt(5)"),
        (K.CRISIS, None, (-23, 8, 4), "-1 + 3*sqrt(3)/2"),
        (K.ESCAPE, None, (-2, 1), "2"),
    ],
)
def test_residual_boundaries(kind: BoundaryKind, period: int | None, coefficients: tuple[int, ...], text: str) -> None:
    boundary = found("residual").require(kind, period)
    assert polynomial(found("residual"), kind, period) == coefficients
    assert str(boundary) == text
    assert boundary.certainty is Certainty.EXACT


def test_the_first_three_cycle_by_an_independent_route() -> None:
    boundary = found("residual").require(K.TANGENCY, 3)
    # second route: at a fold f³(z) = z and (f³)' = 1 in mpmath, from a rough seed
    context = mpmath.MPContext()
    context.dps = 40

    def f(z: mpmath.mpf, a: mpmath.mpf) -> mpmath.mpf:
        return (z + a) * (1 - z) ** 2 - a

    def third(z: mpmath.mpf, a: mpmath.mpf) -> mpmath.mpf:
        return f(f(f(z, a), a), a)

    z, a = context.findroot(
        [lambda z, a: third(z, a) - z, lambda z, a: context.diff(lambda s: third(s, a), z) - 1],
        (float(sum(boundary.cycle.points[0]) / 2), 1.4504),  # type: ignore[union-attr]  # a tangency has its cycle
    )
    assert abs(context.mpf(boundary.decimal(25)) - a) < context.mpf(10) ** -24
    assert boundary.algebraic is not None
    assert boundary.algebraic.degree == 8
    assert z is not None


def test_order_directions_and_labels() -> None:
    boundaries = found("residual")
    assert [b.kind for b in boundaries] == [
        K.STABILITY,
        K.MONOTONE_END,
        K.FLIP,
        K.FLIP,
        K.FLIP,
        K.ONSET,
        K.TANGENCY,
        K.CRISIS,
        K.ESCAPE,
    ]
    places = [float(b) for b in boundaries]
    assert places == sorted(places)
    assert boundaries.direction == 1
    assert boundaries.missing == ()
    assert [b.multiplier for b in boundaries if b.kind is K.FLIP] == [-1, -1, -1]


def test_fixed_points_with_multipliers() -> None:
    a = found("residual").family.parameter
    table = {p.location: p.multiplier for p in found("residual").fixed_points}
    assert {k: sympy.expand(v) for k, v in table.items()} == {
        sympy.Integer(0): 1 - 2 * a,
        -a: sympy.expand((1 + a) ** 2),
        sympy.Integer(2): 5 + 2 * a,
    }
    assert [p.location for p in found("residual").fixed_points if p.is_reference] == [0]


def test_period_four_flip_is_certified_to_any_digits() -> None:
    boundary = found("residual").require(K.FLIP, 4)
    assert boundary.certainty is Certainty.CERTIFIED
    assert isinstance(boundary.value, CertifiedBifurcation)
    long = boundary.decimal(100)
    assert len(long) == 102
    for digits in (5, 15, 40):
        assert abs(Fraction(boundary.decimal(digits)) - Fraction(long)) <= Fraction(1, 2 * 10**digits)
    lower, upper = boundary.enclose(400)
    assert lower < Fraction(long) + Fraction(1, 10**100)
    assert upper - lower < Fraction(1, 2**400)


def test_flips_carry_the_cycle_that_flips() -> None:
    boundary = found("residual").require(K.FLIP, 2)
    assert boundary.cycle is not None
    assert boundary.algebraic is not None
    lower, upper = boundary.cycle.parameter
    assert lower < boundary.algebraic < upper
    # the 2-cycle at the flip solves z² + (a−1)z + (1−a) = 0
    a = float(boundary)
    for point in boundary.cycle.points:
        z = float(sum(point) / 2)
        assert abs(z * z + (a - 1) * z + (1 - a)) < 1e-12


def test_onset_is_a_bracket_and_says_so() -> None:
    boundary = found("residual").require(K.ONSET)
    assert isinstance(boundary.value, Onset)
    assert boundary.certainty is Certainty.CERTIFIED
    lower, upper = boundary.enclose(500)
    assert (lower, upper) == boundary.value.bracket
    assert Fraction("1.3022834") > lower
    assert Fraction("1.3022835") > lower
    assert upper > Fraction("1.3022834627")
    shown = boundary.decimal(50)
    assert len(shown) < 12, "no more digits than the bracket proves"
    assert abs(Fraction(shown) - lower) < Fraction(1, 10**5)
    assert boundary.compare(lower) == 1
    assert boundary.compare(upper) == -1
    assert boundary.compare((lower + upper) / 2) is None
    assert "Levin" in boundary.evidence


# --- other families ---------------------------------------------------------------------------------------------------


def test_logistic() -> None:
    boundaries = found("logistic")
    assert polynomial(boundaries, K.FLIP, 1) == (-3, 1)
    assert polynomial(boundaries, K.FLIP, 2) == (-5, -2, 1)
    assert str(boundaries.require(K.FLIP, 2)) == "1 + sqrt(6)"
    third = polynomial(boundaries, K.FLIP, 4)
    # degree 12, published by Bailey and Broadhurst's successors: Kotsireas and Karamanos 2004
    assert third == (4913, 0, 2108, -604, -977, 8, 44, 392, -193, -40, 48, -12, 1)
    assert boundaries.require(K.FLIP, 4).decimal(10) == "3.5440903596"
    assert str(boundaries.require(K.TANGENCY, 3)) == "1 + 2*sqrt(2)"
    assert str(boundaries.require(K.ESCAPE)) == "4"
    assert str(boundaries.require(K.MONOTONE_END)) == "2"
    assert boundaries.find(K.CRISIS) is None
    assert any(kind is K.CRISIS and reason for kind, reason in boundaries.missing)


def test_quadratic_runs_downwards() -> None:
    boundaries = found("quadratic")
    assert boundaries.direction == -1
    values = {(b.kind, b.period): str(b) for b in boundaries if b.algebraic is not None and b.algebraic.is_rational}
    assert values == {
        (K.STABILITY, 1): "1/4",
        (K.MONOTONE_END, None): "0",
        (K.FLIP, 1): "-3/4",
        (K.FLIP, 2): "-5/4",
        (K.TANGENCY, 3): "-7/4",
        (K.ESCAPE, None): "-2",
    }
    places = [float(b) for b in boundaries]
    assert places == sorted(places, reverse=True)


def test_quadratic_and_logistic_are_conjugate() -> None:
    # c = r/2 − r²/4 carries every boundary of one family to the other
    pairs = [(b, found("quadratic").require(b.kind, b.period)) for b in found("logistic") if b.algebraic is not None]
    assert len(pairs) == 7
    for ours, theirs in pairs:
        lower, upper = ours.enclose(120)
        image = [r / 2 - r * r / 4 for r in (lower, upper)]
        assert theirs.algebraic is not None
        assert min(image) - Fraction(1, 10**30) < theirs.algebraic < max(image) + Fraction(1, 10**30)


def test_odd_cubic_is_the_residual_map_shifted_by_one() -> None:
    ours, theirs = found("residual"), found("odd_cubic")
    assert theirs.reduced_family != theirs.family
    assert [(b.kind, b.period) for b in ours] == [(b.kind, b.period) for b in theirs]
    exact = 0
    for left, right in zip(ours, theirs, strict=True):
        if left.algebraic is not None:
            assert right.algebraic is not None
            assert left.algebraic.affine(1, 1) == right.algebraic
            exact += 1
        else:
            (a, b), (c, d) = left.enclose(100), right.enclose(100)
            assert max(a + 1, c) <= min(b + 1, d), "the two enclosures of one number must meet"
    assert exact == 7


@pytest.mark.parametrize(("scale", "shift"), [(2, 0), (Fraction(-3, 2), 1)])
def test_affine_coordinates_change_no_boundary(scale: object, shift: int) -> None:
    y, r = sympy.symbols("y r")
    s = sympy.Rational(str(scale))
    inner = s * y + shift
    moved = sympy.expand((r * inner * (1 - inner) - shift) / s)
    other = find_boundaries(PolynomialFamily(moved, variable=y, parameter=r), doublings=5)
    for boundary in found("logistic"):
        if boundary.algebraic is not None:
            twin = other.require(boundary.kind, boundary.period)
            assert twin.algebraic == boundary.algebraic


def test_a_story_can_be_chosen() -> None:
    # the residual map has a mirrored story: a ↔ −2 − a
    mirrored = find_boundaries(residual(), within=(-4, -2), doublings=4)
    assert mirrored.direction == -1
    for boundary in found("residual"):
        if boundary.algebraic is not None:
            assert mirrored.require(boundary.kind, boundary.period).algebraic == boundary.algebraic.affine(-1, -2)


# --- boundaries are where behaviour changes: plain floats, written here -----------------------------------------------


@pytest.mark.parametrize("side", [-1, 1])
def test_monotone_end_separates(side: int) -> None:
    a = float(found("residual").require(K.MONOTONE_END)) + side * 1e-4
    grid = [-a + (2 + a) * k / 4000 for k in range(1, 4000)]
    grows = any(abs((z + a) * (1 - z) ** 2 - a) > abs(z) + 1e-12 for z in grid)
    assert grows == (side > 0)


# --- what cannot be told ----------------------------------------------------------------------------------------------


def test_no_flip_no_story() -> None:
    x, r = sympy.symbols("x r")
    with pytest.raises(InputError, match="flips"):
        find_boundaries(PolynomialFamily(x**2 + x * r - x * r + x**3 + 5 * x, variable=x, parameter=r))
    with pytest.raises(InputError, match="flips"):
        find_boundaries(logistic(), within=(10, 11))


@pytest.mark.parametrize("within", [(2, 1), (1, 1), ("nan", 1), (True, 2)])
def test_bad_intervals(within: tuple[object, object]) -> None:
    with pytest.raises(InputError, match="within"):
        find_boundaries(logistic(), within=within)


def test_several_free_critical_points_miss_the_onset_with_a_reason() -> None:
    x, r = sympy.symbols("x r")
    boundaries = find_boundaries(PolynomialFamily(r * x * (1 - x) * (2 + x), variable=x, parameter=r))
    assert boundaries.find(K.FLIP, 1) is not None
    assert boundaries.find(K.ONSET) is None
    assert any(kind is K.ONSET and "critical" in reason for kind, reason in boundaries.missing)
    with pytest.raises(InputError, match="critical"):
        boundaries.require(K.ONSET)


def test_records_are_plain_data_and_lose_nothing() -> None:
    record = found("residual").to_dict(25)
    for boundary, entry in zip(found("residual"), record["boundaries"], strict=True):
        assert entry["decimal"] == boundary.decimal(25)
        if boundary.algebraic is not None:
            lower, upper = (Fraction(end) for end in entry["isolating_interval"])
            again = RealAlgebraic([int(c) for c in entry["minimal_polynomial"]], lower, upper)
            assert again == boundary.algebraic


# --- cells ------------------------------------------------------------------------------------------------------------


def test_rationals_between_close_numbers() -> None:
    left = RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    right = left.affine(1, Fraction(1, 10**40))
    middle = rational_between(left, right)
    assert left < middle < right
    assert distinct([right, left, left]) == [left, right]


@pytest.mark.parametrize(
    ("make", "parameter", "ends"),
    [
        (residual, Fraction(3, 2), (Fraction(-3, 2), Fraction(2))),
        (logistic, Fraction(7, 2), (Fraction(0), Fraction(1))),
        (quadratic, Fraction(-2), (Fraction(-2), Fraction(2))),
        (odd_cubic, Fraction(3), (Fraction(-2), Fraction(2))),
    ],
)
def test_ends_of_the_bounded_orbits(
    make: Callable[[], PolynomialFamily], parameter: Fraction, ends: tuple[Fraction, Fraction]
) -> None:
    found_ends = Sample(make(), parameter).ends()
    assert found_ends is not None
    assert found_ends[0] == ends[0]
    assert found_ends[1] == ends[1]


def test_no_bounded_orbits() -> None:
    assert Sample(quadratic(), Fraction(1)).ends() is None


def test_specialise_and_roots() -> None:
    family = logistic()
    assert specialise(family.polynomial, Fraction(2)).coeffs() == [0, 2, -2]
    assert parameter_roots(family.polynomial - family.polynomial) == []


# --- families that mislead ------------------------------------------------------------------------------------------

x, r = sympy.symbols("x r")


@cache
def story(expression: sympy.Expr) -> Boundaries:
    return find_boundaries(PolynomialFamily(sympy.expand(expression), variable=x, parameter=r), doublings=4)


def value(expression: sympy.Expr, kind: BoundaryKind, period: int | None = None) -> str | None:
    found_boundary = story(expression).find(kind, period)
    return None if found_boundary is None else str(found_boundary)


def reason(expression: sympy.Expr, kind: BoundaryKind) -> str:
    return " ".join(text for missing, text in story(expression).missing if missing is kind)


def test_the_degree_may_fall_inside_the_story() -> None:
    # 1 − r x² is x² + c with c = −r: attraction begins at r = −1/4, and r = 0 is no boundary of attraction
    family = 1 - r * x**2
    assert value(family, K.STABILITY) == "-1/4"
    assert value(family, K.MONOTONE_END) == "0"
    assert [value(family, K.FLIP, n) for n in (1, 2)] == ["3/4", "5/4"]
    assert value(family, K.ESCAPE) == "2"
    onset = story(family).require(K.ONSET)
    assert onset.enclose()[0] < Fraction("1.40115518909205") < onset.enclose()[1]


def test_an_interval_that_ends_is_no_escape() -> None:
    # c = r(r − 2) never goes below −1: the fixed points meet again before any critical orbit leaves
    family = x**2 + r * (r - 2)
    assert value(family, K.ESCAPE) is None
    assert "sqrt(5)" in reason(family, K.ESCAPE)


@pytest.mark.parametrize("family", [-r * x + x**2 / 2 - x**3, -r * x + r - x**3 + x - 2])
def test_a_subcritical_flip_bears_no_cycle(family: sympy.Expr) -> None:
    flip = story(family).require(K.FLIP, 1)
    assert "no attracting 2-cycle" in flip.after
    assert value(family, K.FLIP, 2) is None
    assert "bears no attracting 2-cycle" in reason(family, K.FLIP)


@pytest.mark.parametrize("family", [x - r * (x**5 + x), x - r * (8 * x**7 + x)])
def test_a_degenerate_flip_is_not_decided_by_its_sign(family: sympy.Expr) -> None:
    """The criterion is 0 all along the fixed point of a steep even loss."""
    flip = story(family).require(K.FLIP, 1)
    assert flip.algebraic == 2
    assert "is not decided" in flip.after
    assert "not known to bear" in reason(family, K.FLIP)


def test_a_double_well_tells_the_story_of_its_residual() -> None:
    """Gradient descent on (w² − 1)²/4, a leading coefficient in the parameter: as the residual map, and with onset."""
    well = story(x + r * x * (1 - x**2))
    assert well.reduced_family != well.family
    residual = residual_boundaries()
    assert [boundary.kind for boundary in well] == [boundary.kind for boundary in residual]
    for mine, theirs in zip(well, residual, strict=True):
        assert mine.algebraic == theirs.algebraic
        assert abs(float(mine) - float(theirs)) < 1e-4  # 4 doublings make a wider bracket of the onset


def test_another_fixed_point_of_the_same_polynomial_does_not_stand_in() -> None:
    """Gradient descent on a tilted double well: at a negative step size its maximum attracts, not the minimum."""
    found = story(x - r * (x**3 - x + sympy.Rational(1, 10)))
    start = found.require(K.STABILITY)
    assert start.algebraic == 0
    assert float(found.require(K.FLIP, 1)) == pytest.approx(1.1885252773, abs=1e-9)  # 2/L'' at the shallower minimum
    assert crosses(found, start)
    for shift in (-1, 1):
        moved = dataclasses.replace(start, value=RealAlgebraic.rational(Fraction(shift, 10**10)))
        assert not crosses(found, moved)


@pytest.mark.parametrize("shift", [0, 1])
def test_a_convex_loss_shrinks_the_distance_up_to_its_flip(shift: int) -> None:
    """Gradient descent on w⁴/4 + w²/2: the ends of the basin change places, |f(z) − p| = |z − p| there."""
    family = x - r * ((x - shift) ** 3 + (x - shift))
    assert value(family, K.MONOTONE_END) is None
    assert "holds up to the flip" in reason(family, K.MONOTONE_END)
    assert story(family).require(K.FLIP, 1).algebraic == 2


def test_a_fixed_point_at_infinity_does_not_flip() -> None:
    flip = story(-(r + 1) * x**3 + (r + 1) * x**2 + 2 * x + 3).require(K.FLIP, 1)
    assert flip.algebraic != -1


def test_a_quotient_that_does_not_lift_is_not_used() -> None:
    # x³ − r x: what is fixed in s = x² beyond r = 1 is a 2-cycle of x; the story told is that of x = 0
    boundaries = story(x**3 - r * x)
    assert boundaries.reduced_family == boundaries.family
    assert value(x**3 - r * x, K.STABILITY) == "-1"
    assert value(x**3 - r * x, K.FLIP, 1) == "1"


def test_several_critical_points_are_not_given_one_points_words() -> None:
    family = r * x - x**2 - x**3
    assert value(family, K.CRISIS) is None
    assert reason(family, K.CRISIS)
    escape = story(-r * x**3 + r * x**2 + x**3 - x + 2).require(K.ESCAPE)
    assert escape.before == "critical orbits bounded"


@pytest.mark.parametrize("family", [x**4 + r, r - x**4, x**6 + r])
def test_degenerate_critical_points_lose_the_onset_only(family: sympy.Expr) -> None:
    assert value(family, K.FLIP, 1) is not None
    assert value(family, K.ESCAPE) is not None
    assert "degenerate" in reason(family, K.ONSET)
    assert reason(family, K.FLIP)


def test_the_largest_flip_is_told_by_default() -> None:
    assert story(-2 * r * x**2 + 2 * r * x + r).require(K.FLIP, 1).decimal(6) == "0.693713"


def test_every_kind_is_found_or_has_a_reason() -> None:
    families = [r * x - x**2 - x**3, x**4 - 3 * x**2 + r * x, r * x * (1 - x) ** 2, 1 - r * x**2, x**2 + r * (r - 2)]
    for family in families:
        for kind in K:
            assert value(family, kind) is not None or reason(family, kind), (family, kind)


def test_certified_digits_do_not_run_out() -> None:
    flip = found("residual").require(K.FLIP, 4)
    digits = flip.decimal(1200)
    assert len(digits) == 1202
    lower, upper = flip.enclose(4100)
    assert upper - lower < Fraction(1, 2**4100)
    assert lower - Fraction(1, 10**1200) < Fraction(digits) < upper + Fraction(1, 10**1200)


def test_flips_of_the_cascade_are_the_only_cycles_of_their_period() -> None:
    for period in (2, 4):
        assert "only real" in found("residual").require(K.FLIP, period).evidence
        assert "only real" in found("logistic").require(K.FLIP, period).evidence


# --- words that claim no more than was decided ------------------------------------------------------------------------


def _words(expression: sympy.Expr) -> dict[BoundaryKind, tuple[str, str]]:
    boundaries = find_boundaries(PolynomialFamily(expression, variable=x, parameter=r))
    return {boundary.kind: (boundary.before, boundary.after) for boundary in reversed(list(boundaries))}


def test_what_holds_between_start_and_flip_is_what_was_decided() -> None:
    up_to_the_flip = _words(r * x + x**3)  # the bound holds at every parameter before the flip
    assert up_to_the_flip[K.STABILITY][1] == up_to_the_flip[K.FLIP][0] == "monotonic"
    never = _words(r * x**2 * (1 - x))  # orbits close to 0 go to 0, away from the other fixed point
    assert never[K.STABILITY][1] == never[K.FLIP][0] == "convergent"
    known = _words(r * x * (1 - x))
    assert (known[K.STABILITY][1], known[K.FLIP][0]) == ("monotonic", "catapult")


def test_divergent_is_said_only_where_no_fixed_point_attracts() -> None:
    assert _words(r * x**2 * (1 - x))[K.ESCAPE][1] == "a critical orbit escapes"
    assert _words(r * x * (1 - x))[K.ESCAPE][1] == "divergent"


def test_the_absence_of_3_cycles_is_claimed_from_the_start_of_the_story_on() -> None:
    assert found("logistic").require(K.TANGENCY).before == "no real 3-cycle from r = 1 to here"
    cubed = logistic().dynatomic(3)
    assert real_roots(specialise(cubed, Fraction("-1.9")))  # there are 3-cycles before that start
    assert not real_roots(specialise(cubed, Fraction("1.5")))


def test_an_undecided_onset_says_nothing_of_either_side() -> None:
    words = _words(r * x**2 * (1 - x))[K.ONSET]
    assert not any(word.startswith(("periodic", "chaotic")) for word in words)


def test_a_quotient_is_looked_at_where_squares_are() -> None:
    eta, w = sympy.symbols("eta w")
    boundaries = find_boundaries(PolynomialFamily(w - eta * (w**5 - w), variable=w, parameter=eta))
    assert all(point.location is None or point.location >= 0 for point in boundaries.fixed_points)
    end = boundaries.require(K.MONOTONE_END)
    assert float(end) > 0.25
    assert all(crosses(boundaries, each) for each in boundaries if each.kind in (K.MONOTONE_END, K.ESCAPE))

"""The onset of chaos: brackets by two routes, published values, theorems whose hypotheses are checked."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.onset import (
    CriticalOrbit,
    Onset,
    compare_words,
    enclose_onset,
    feigenbaum_word,
    monotonicity_theorem,
    side_of_onset,
)

# published decimals: logistic OEIS A098587, quadratic OEIS A218453 (Myrberg-Feigenbaum point)
LOGISTIC = Fraction("3.5699456718709449018")
QUADRATIC = Fraction("-1.4011551890920506004")
SEEDS = {
    "residual": (residual, (0.5, 3 * 2**0.5 / 2 - 1, 2.0)),
    "logistic": (logistic, (2.0, 1 + 5**0.5, 4.0)),
    "quadratic": (quadratic, (0.0, -1.0, -2.0)),
}


def onset_of(name: str, doublings: int) -> object:
    make, (first, second, end) = SEEDS[name]
    return enclose_onset(
        make(), first_superstable=first, second_superstable=second, chaotic_end=end, doublings=doublings
    )


@pytest.mark.parametrize(("name", "published"), [("logistic", LOGISTIC), ("quadratic", QUADRATIC)])
def test_brackets_hold_the_published_value(name: str, published: Fraction) -> None:
    onset = onset_of(name, 10)
    assert onset is not None
    lower, upper = onset.bracket  # type: ignore[attr-defined]  # an Onset, not a refusal
    assert lower < published < upper
    assert upper - lower < Fraction(1, 10**6)
    estimate = Fraction(onset.estimate)  # type: ignore[attr-defined]  # an Onset, not a refusal
    digits = onset.estimate_digits  # type: ignore[attr-defined]  # an Onset, not a refusal
    assert digits >= 12
    assert abs(estimate - published) <= Fraction(1, 10**digits)
    assert onset.theorem.verdict is Verdict.PROVED  # type: ignore[attr-defined]  # an Onset, not a refusal


@pytest.mark.parametrize("name", list(SEEDS))
def test_brackets_are_nested_and_kneading_agrees_at_their_ends(name: str) -> None:
    make, _ = SEEDS[name]
    coarse, fine = onset_of(name, 5), onset_of(name, 8)
    assert coarse is not None
    assert fine is not None
    assert coarse.bracket[0] < fine.bracket[0] < fine.bracket[1] < coarse.bracket[1]  # type: ignore[attr-defined]  # an Onset, not a refusal
    ordered, chaotic = fine.bracket if fine.direction > 0 else fine.bracket[::-1]  # type: ignore[attr-defined]  # an Onset, not a refusal
    assert side_of_onset(make(), ordered) == -1
    assert side_of_onset(make(), chaotic) == 1


def test_the_residual_onset_is_the_odd_cubic_onset_less_one() -> None:
    quotient = odd_cubic().odd_quotient()
    assert quotient is not None
    theirs = enclose_onset(
        quotient, first_superstable=1.5, second_superstable=3 * 2**0.5 / 2, chaotic_end=3.0, doublings=8
    )
    ours = onset_of("residual", 8)
    assert isinstance(theirs, Onset)
    assert ours is not None
    for left, right in zip(ours.bracket, theirs.bracket, strict=True):  # type: ignore[attr-defined]  # an Onset, not a refusal
        assert abs(left + 1 - right) < Fraction(1, 10**20)


@pytest.mark.parametrize(
    ("parameter", "side"), [("1.3022", -1), ("1.30228", -1), ("1.3023", 1), ("1.31", 1), ("1.1", -1)]
)
def test_sides_by_kneading(parameter: str, side: int) -> None:
    assert side_of_onset(residual(), Fraction(parameter)) == side


def test_too_close_to_call_is_undecided() -> None:
    assert side_of_onset(residual(), Fraction("1.3022834627"), max_symbols=256) is None


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_ten_digits_are_proved_and_thirty_estimated() -> None:
    """The residual map, 17 doublings; the digits known beforehand are 1.30228346, the rest is held against kneading."""
    onset = onset_of("residual", 17)
    assert isinstance(onset, Onset)
    lower, upper = onset.bracket
    assert upper - lower < Fraction(1, 10**11)
    digits = onset.decimal()
    assert len(digits.partition(".")[2]) >= 10
    assert digits.startswith("1.30228346")
    assert onset.estimate_digits >= 30
    assert lower < Fraction(onset.estimate) < upper
    assert side_of_onset(residual(), lower - Fraction(1, 10**11), max_symbols=2**18) == -1
    assert side_of_onset(residual(), upper + Fraction(1, 10**11), max_symbols=2**18) == 1


def test_a_published_onset_lies_in_the_bracket() -> None:
    """Period 2^15 from below, 2^15 bands from above, in about a second."""
    onset = onset_of("logistic", 15)
    assert isinstance(onset, Onset)
    lower, upper = onset.bracket
    assert lower < LOGISTIC < upper
    assert upper - lower < Fraction(1, 10**9)
    assert onset.ordered_side.doublings == 15
    assert onset.ordered_side.symbols == 2**15 - 1
    assert onset.decimal() == "3.569945672"
    known = Fraction("3.56994567187094490184200515138649893676")
    assert onset.estimate_digits >= 27
    assert abs(Fraction(onset.estimate) - known) <= Fraction(1, 10**onset.estimate_digits)
    assert len(onset.superstable) == len(onset.mergings) == 15
    ordered, chaotic = onset.bracket
    assert side_of_onset(logistic(), ordered - Fraction(1, 10**12), max_symbols=2**17) == -1
    assert side_of_onset(logistic(), chaotic + Fraction(1, 10**12), max_symbols=2**17) == 1


def test_every_relation_on_the_way_is_a_proof_and_they_close_in() -> None:
    onset = onset_of("residual", 9)
    assert isinstance(onset, Onset)
    below = [relation.parameter for relation in onset.superstable]
    above = [relation.parameter for relation in onset.mergings]
    assert len(below) == len(above) == 9
    assert all(left[1] < right[0] for left, right in pairwise(below))
    assert all(left[0] > right[1] for left, right in pairwise(above))
    assert below[-1][1] < above[-1][0]
    for k, relation in enumerate(onset.superstable, start=1):  # the orbit closes up in fifty decimals, too
        a = mpmath_number((relation.parameter[0] + relation.parameter[1]) / 2)
        c = z = (1 - 2 * a) / 3
        for step in range(1, 2**k + 1):
            z = z**3 + (a - 2) * z**2 + (1 - 2 * a) * z
            if step == 2 ** (k - 1):
                assert relation.distance is not None
                middle = mpmath_number((relation.distance[0] + relation.distance[1]) / 2)
                assert abs(z - c - middle) < mpmath.mpf(10) ** -40
        assert abs(z - c) < mpmath.mpf(10) ** -40


def mpmath_number(value: Fraction) -> mpmath.mpf:
    context = mpmath.MPContext()
    context.dps = 60
    return context.mpf(value.numerator) / value.denominator


@pytest.mark.parametrize(
    ("make", "parameter", "side"),
    [(logistic, 2, -1), (quadratic, -1, -1), (quadratic, 0, -1), (residual, Fraction(1, 2), -1)],
)
def test_superstable_rationals_have_a_side(
    make: Callable[[], PolynomialFamily], parameter: Fraction | int, side: int
) -> None:
    assert side_of_onset(make(), Fraction(parameter)) == side


@pytest.mark.parametrize("parameter", ["1.98", "1.999", "2"])
def test_a_critical_value_in_the_third_lap_is_not_taken_for_the_second(parameter: str) -> None:
    """There [f²(c), f(c)] holds no critical point, and neither does it hold c: nothing follows from two symbols."""
    assert side_of_onset(residual(), Fraction(parameter)) is None


def test_beyond_the_crisis_kneading_of_one_side_says_nothing() -> None:
    assert side_of_onset(residual(), Fraction("1.7")) is None


def test_words() -> None:
    assert feigenbaum_word(16) == "RLRRRLRLRLRRRLRR"
    assert feigenbaum_word(5) == feigenbaum_word(40)[:5]
    assert compare_words("RLR", "RLR") == 0
    assert compare_words("L", "R") == -1
    assert compare_words("RR", "RL") == -1  # one R in front turns the order round
    assert compare_words("RRR", "RRL") == 1


def test_critical_orbit_balls_follow_exact_rationals() -> None:
    from symphase.enclosures import ball, ball_bounds, working_precision

    family, a = residual(), Fraction(5, 4)
    z = (1 - 2 * a) / 3
    with working_precision(128):
        points = CriticalOrbit(family, a).points(ball(a))
        for _ in range(6):
            coefficients: tuple[Fraction, ...] = family.at(a)
            z = sum((c * z**k for k, c in enumerate(coefficients)), Fraction(0))
            lower, upper = ball_bounds(next(points)[0])
            assert lower <= z <= upper
            assert upper - lower < Fraction(1, 10**30)


def test_parameter_derivatives_of_the_critical_orbit() -> None:
    from symphase.enclosures import ball, working_precision

    a = sympy.Symbol("a")
    family = residual()
    z = (1 - 2 * family.parameter) / 3
    for _ in range(3):
        z = sympy.expand(family.expression.subs(family.variable, z))
    exact = sympy.diff(z, family.parameter).subs(family.parameter, sympy.Rational(5, 4))
    with working_precision(200):
        points = CriticalOrbit(family, Fraction(5, 4)).points(ball(Fraction(5, 4)))
        slope = [next(points) for _ in range(3)][-1][1]
        assert slope.contains(ball(Fraction(int(exact.p), int(exact.q))))
    assert a is not None


@pytest.mark.parametrize(
    ("make", "interval", "verdict"),
    [
        (residual, (Fraction(1), Fraction(2)), Verdict.PROVED),
        (residual, (Fraction(-2), Fraction(2)), Verdict.UNDECIDED),  # λ = (1+a)² turns back at −1
        (logistic, (Fraction(2), Fraction(4)), Verdict.PROVED),
        (logistic, (Fraction(0), Fraction(4)), Verdict.UNDECIDED),  # c = r/2 − r²/4 turns back at 1
        (quadratic, (Fraction(-2), Fraction(1, 4)), Verdict.PROVED),
    ],
)
def test_theorems_apply_only_where_their_hypotheses_hold(
    make: Callable[[], PolynomialFamily], interval: tuple[Fraction, Fraction], verdict: Verdict
) -> None:
    assert monotonicity_theorem(make(), *interval).verdict is verdict


def test_no_theorem_for_a_general_quartic() -> None:
    x, r = sympy.symbols("x r")
    family = PolynomialFamily(r * (x - x**4), variable=x, parameter=r)
    assert monotonicity_theorem(family, Fraction(1), Fraction(2)).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("doublings", [2, 21, True, 5.0])
def test_doublings_out_of_range(doublings: object) -> None:
    with pytest.raises(InputError, match="doublings"):
        enclose_onset(residual(), first_superstable=0.5, second_superstable=1.12, chaotic_end=2.0, doublings=doublings)  # type: ignore[arg-type]  # the wrong type is the point


def test_several_free_critical_points_are_refused() -> None:
    x, r = sympy.symbols("x r")
    family = PolynomialFamily(r * x * (1 - x) * (1 + 3 * x), variable=x, parameter=r)
    with pytest.raises(InputError, match="critical"):
        CriticalOrbit(family, Fraction(1))


@pytest.mark.parametrize(
    ("expression", "interval", "verdict"),
    [
        ("falling", (Fraction(1), Fraction(9, 4)), Verdict.UNDECIDED),  # λ < 0
        ("rising", (Fraction(-3), Fraction(3)), Verdict.UNDECIDED),  # λ = 0 inside
        ("rising", (Fraction(1), Fraction(9)), Verdict.PROVED),
        ("degenerate", (Fraction(-1), Fraction(1)), Verdict.UNDECIDED),  # linear at r = 0
    ],
)
def test_the_sign_of_lambda_is_a_hypothesis(
    expression: str, interval: tuple[Fraction, Fraction], verdict: Verdict
) -> None:
    x, r = sympy.symbols("x r")
    family = {
        "falling": -r * x * (1 - x) ** 2,
        "rising": r * x * (1 - x) ** 2,
        "degenerate": r * x**2 + x - 1,
    }[expression]
    polynomial = PolynomialFamily(sympy.expand(family), variable=x, parameter=r)
    assert monotonicity_theorem(polynomial, *interval).verdict is verdict


def test_a_cascade_that_cannot_be_followed_says_why() -> None:
    x, r = sympy.symbols("x r")
    family = PolynomialFamily(x**4 + r, variable=x, parameter=r)
    answer = enclose_onset(family, first_superstable=0.0, second_superstable=-1.0, chaotic_end=-1.26, doublings=3)
    assert isinstance(answer, str)
    assert "degenerate" in answer


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), True, None, "x", 10**400, [1]])
def test_what_is_no_number_is_named(wrong: Any) -> None:
    family = logistic()
    near = {"first_superstable": 2.0, "second_superstable": 3.236, "chaotic_end": 4.0}
    for name in near:
        with pytest.raises(InputError, match=name):
            enclose_onset(family, **{**near, name: wrong}, doublings=3)
    if wrong == 10**400:
        return  # a number where none has to be a float
    with pytest.raises(InputError, match="parameter"):
        side_of_onset(family, wrong)
    with pytest.raises(InputError, match="lower"):
        monotonicity_theorem(family, wrong, Fraction(4))


@pytest.mark.parametrize("wrong", [None, "x", True, -1, 10**12, [1]])
def test_words_of_no_length_are_refused_before_they_are_made(wrong: Any) -> None:
    with pytest.raises(InputError, match="length"):
        feigenbaum_word(wrong)
    with pytest.raises(InputError, match="max_symbols"):
        side_of_onset(logistic(), Fraction(39, 10), max_symbols=wrong)


@pytest.mark.parametrize("wrong", [None, 3, "x", sympy.Symbol("x")])
def test_what_is_no_family_is_named(wrong: Any) -> None:
    for ask in (
        lambda: CriticalOrbit(wrong, Fraction(1)),
        lambda: side_of_onset(wrong, Fraction(1)),
        lambda: monotonicity_theorem(wrong, Fraction(0), Fraction(1)),
        lambda: enclose_onset(wrong, first_superstable=0.0, second_superstable=1.0, chaotic_end=2.0, doublings=3),
    ):
        with pytest.raises(InputError, match="family"):
            ask()


def test_intervals_run_upwards() -> None:
    with pytest.raises(InputError, match="upper"):
        monotonicity_theorem(logistic(), Fraction(4), Fraction(1))

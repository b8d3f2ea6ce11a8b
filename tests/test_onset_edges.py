"""The onset of chaos piece by piece: words, critical orbits, relations, theorems, and how they are put together."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import flint
import pytest
import sympy
from edges import noted, table
from families import family_of, logistic, quadratic, residual

from symphase import onset as module
from symphase.algebraic import real_roots
from symphase.display import level_html
from symphase.enclosures import Certainty, Verdict, ball, ball_bounds, working_precision
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.onset import (
    CriticalOrbit,
    CriticalRelation,
    MonotonicityTheorem,
    Onset,
    compare_words,
    enclose_onset,
    feigenbaum_word,
    monotonicity_theorem,
    side_of_onset,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_x, _r = sympy.symbols("x r")


SCALED = family_of(_r * _x**2 + _x - 1)  # c = −1/(2r)
SEVERAL = family_of(_r * _x * (1 - _x) * (1 + 3 * _x))


def refused(call: Callable[..., Any], *given: Any, **named: Any) -> tuple[str, object, str, str]:
    with pytest.raises(InputError) as caught:
        call(*given, **named)
    return caught.value.argument, caught.value.value, caught.value.accepted, caught.value.advice


def within(box: Any, value: Any, *, width: Fraction = Fraction(1, 2**100)) -> bool:
    low, high = ball_bounds(box)
    return bool(low <= value <= high and high - low <= width)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_refusals_and_what_to_do() -> None:
    advice = "give an expression, its variable, its parameter"
    assert refused(module.check_family, "x") == ("family", "x", "must be a PolynomialFamily", advice)
    for value in (1, 5, True, 2.0, "2"):
        wanted = "must be an integer from 2 to 4"
        assert refused(module.check_integer, value, "size", 2, 4) == ("size", value, wanted, "give a whole number")
    for value in (2, 4):
        module.check_integer(value, "size", 2, 4)
    wanted = "must be within the range of floats"
    assert refused(module._float, 10**400, "end") == ("end", 10**400, wanted, "take other units")
    assert refused(module._float, "x", "end")[:2] == ("end", "x")
    assert module._float("1/4", "end") == 0.25
    wanted = "needs exactly one free critical point that is a rational function of the parameter"
    advice = "kneading theory for several free critical points is not built in"
    for family in (SEVERAL, family_of(_x**3 + _r * _x + 1)):
        assert refused(CriticalOrbit, family, Fraction(1)) == ("family", family, wanted, advice)
    assert refused(CriticalOrbit, logistic(), "x")[0] == "near"
    flat = family_of(_x**4 + _r)
    orbit = CriticalOrbit(flat, Fraction(1))
    wanted, advice = "has a degenerate critical point", "f'' must not vanish there"
    assert refused(lambda: orbit.orientation) == ("family", flat, wanted, advice)
    for length in (-1, 2**20 + 1):
        assert refused(feigenbaum_word, length)[:2] == ("length", length)
    assert refused(side_of_onset, logistic(), "x")[0] == "parameter"
    for count in (0, 2**20 + 1):
        assert refused(side_of_onset, logistic(), Fraction(4), max_symbols=count)[:2] == ("max_symbols", count)
    for name, ends in (("lower", ("x", 1)), ("upper", (1, "x"))):
        assert refused(monotonicity_theorem, logistic(), *ends)[0] == name
    wanted = "must be at least lower = 3/2"
    assert refused(monotonicity_theorem, logistic(), "3/2", 1) == ("upper", Fraction(1), wanted, "exchange the two")
    assert monotonicity_theorem(quadratic(), Fraction(1), Fraction(1)).verdict is Verdict.PROVED


# --- words ------------------------------------------------------------------------------------------------------------


def test_the_word_of_the_onset() -> None:
    whole = "RLRRRLRLRLRRRLRRRLRRRLRLRLRRRLRL"  # R, RL, RLRR, …: each is the last one with R → RL, L → RR
    assert [feigenbaum_word(length) for length in range(33)] == [whole[:length] for length in range(33)]
    assert len(feigenbaum_word(2**20)) == 2**20


def height(word: str) -> Fraction:
    """Where the tent map has a point of this itinerary: each R turns the order of what follows round."""
    place, upwards = Fraction(0), True
    for index, letter in enumerate(word):
        if (letter == "R") == upwards:
            place += Fraction(1, 2 ** (index + 1))
        upwards = upwards == (letter == "L")
    return place


def test_the_order_of_words_is_that_of_points_of_the_tent_map() -> None:
    words = ["".join(letters) for letters in product("LR", repeat=4)]
    for one, other in product(words, words):
        higher = (height(one) > height(other)) - (height(one) < height(other))
        assert compare_words(one, other) == higher
    assert compare_words("RLR", "RL") == compare_words("", "R") == 0


# --- records in words -------------------------------------------------------------------------------------------------

ORDERED = CriticalRelation(
    kind="superstable", doublings=3, parameter=(Fraction(5, 4), Fraction(5, 4)), symbols=7, bits=204
)
CHAOTIC = CriticalRelation(
    kind="band merging", doublings=2, parameter=(Fraction(3, 2), Fraction(3, 2)), symbols=15, bits=200
)
THEOREM = MonotonicityTheorem(verdict=Verdict.PROVED, statement="so it is")
ONSET = Onset(
    bracket=(Fraction("1.25001"), Fraction("1.25004")),
    ordered_side=ORDERED,
    chaotic_side=CHAOTIC,
    theorem=THEOREM,
    estimate="1.250021",
    estimate_digits=6,
    direction=1,
)


def test_records_in_words() -> None:
    assert ORDERED._line() == "superstable, N = 2^3, at 1.25 [certified]"
    assert THEOREM._line() == "proved; so it is"
    assert ONSET._line() == "1.2500… [certified]; ≈ 1.250021 [numerical]"
    caption, facts = table(ONSET._repr_html_())
    assert caption == "Onset of chaos"
    assert facts == {
        "strictly between": f"1.25001 and 1.25004 {level_html(Certainty.CERTIFIED)}",
        "estimate": f"≈ 1.250021 {level_html(Certainty.NUMERICAL)}",
        "unique": "proved: so it is",
    }


@pytest.mark.parametrize(
    ("low", "high", "shared"),
    [
        ("1.25001", "1.25004", "1.2500"),
        ("1.26", "1.31", "1.3"),  # rounded, not cut
        ("1.24", "1.26", "1"),
        ("-1.40116", "-1.40114", "-1.401"),
        ("0.9", "2.6", "1"),
    ],
)
def test_the_digits_on_which_a_bracket_agrees(low: str, high: str, shared: str) -> None:
    from dataclasses import replace

    assert replace(ONSET, bracket=(Fraction(low), Fraction(high))).decimal() == shared


# --- the critical orbit -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "parameter", "c", "slope", "orientation"),
    [
        (quadratic(), "3", 0, 0, -1),
        (logistic(), "3", Fraction(1, 2), 0, 1),
        (logistic(), "-3", Fraction(1, 2), 0, -1),
        # where f'' = −2a − 2 is a difference of larger numbers
        (residual(), "5/4", Fraction(-1, 2), Fraction(-2, 3), 1),
        (residual(), "21/10", Fraction(-16, 15), Fraction(-2, 3), 1),
        (residual(), "4", Fraction(-7, 3), Fraction(-2, 3), 1),
        (residual(), "-2", Fraction(5, 3), Fraction(-2, 3), -1),
        (residual(), "-5/4", Fraction(7, 6), Fraction(-2, 3), -1),
        (SCALED, "2", Fraction(-1, 4), Fraction(1, 8), -1),
        (SCALED, "-2", Fraction(1, 4), Fraction(1, 8), 1),
    ],
)
def test_the_critical_point_and_its_speed(
    family: PolynomialFamily, parameter: str, c: Any, slope: Any, orientation: int
) -> None:
    place = Fraction(parameter)
    orbit = CriticalOrbit(family, place)
    with working_precision(160):
        for box, exact in zip(orbit.critical_point(ball(place)), (c, slope), strict=True):
            assert within(box, exact)
    assert orbit.exact_critical_point(place) == c
    assert orbit.orientation == orientation
    assert orbit.near == place


@pytest.mark.parametrize(("family", "parameter"), [(quadratic(), "-8/5"), (residual(), "5/4"), (SCALED, "-7/4")])
def test_the_orbit_and_its_speed(family: PolynomialFamily, parameter: str) -> None:
    place = Fraction(parameter)
    orbit = CriticalOrbit(family, place)
    rational = sympy.Rational(place.numerator, place.denominator)
    f, a = family.expression, family.parameter
    slope_of_c = sympy.diff(f, family.variable)
    (c,) = (root for root in sympy.solve(slope_of_c, family.variable) if root != 1)  # 1 is bound in the residual map
    z, exact = c, []
    for _ in range(3):
        z = sympy.cancel(f.subs(family.variable, z))
        exact.append([Fraction(str(sympy.cancel(each).subs(a, rational))) for each in (z, sympy.diff(z, a))])
    with working_precision(160):
        for (value, slope), expected in zip(islice(orbit.points(ball(place)), 3), exact, strict=True):
            assert within(value, expected[0])
            assert within(slope, expected[1])
        for value, expected in zip(islice(orbit.values(ball(place)), 3), exact, strict=True):
            assert within(value, expected[0])


def test_balls_grow_no_faster_than_the_slope() -> None:
    orbit = CriticalOrbit(quadratic(), Fraction(-2))
    with working_precision(160):
        a = ball(Fraction(-2)) + flint.arb(0, 2**-40)
        radii = [float(z.rad()) * 2**40 for z in islice(orbit.values(a), 5)]
        others = [float(z.rad()) * 2**40 for z, _ in islice(orbit.points(a), 5)]
    # r, then |2z| r + r: 1, 5, 21, 85, 341
    assert radii == pytest.approx([1, 5, 21, 85, 341], rel=1e-6)
    assert others == pytest.approx(radii, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "parameter", "letters"),
    [
        (quadratic, "-2", "RLLLL"),
        (logistic, "4", "RLLLL"),
        (logistic, "3.9", "RLLRL"),
        (quadratic, "-1", ["R", None, "R", None]),
        (lambda: family_of(_r * _x * (1 + _x)), "4", "RLLLL"),
    ],
)
def test_letters_of_an_orbit(make: Callable[[], PolynomialFamily], parameter: str, letters: Any) -> None:
    place = Fraction(parameter)
    with working_precision(128):
        assert list(islice(CriticalOrbit(make(), place).symbols(ball(place)), len(letters))) == list(letters)


@pytest.mark.parametrize(
    ("z", "c", "maximum", "letter"),
    [(1, 0, True, "R"), (1, 0, False, "L"), (-1, 0, True, "L"), (-1, 0, False, "R"), (0, 0, True, None)],
)
def test_one_letter(z: int, c: int, maximum: bool, letter: str | None) -> None:
    assert module._symbol(flint.arb(z), flint.arb(c), maximum) == letter


@pytest.mark.parametrize(
    ("make", "parameter", "steps", "expected"),
    [
        (quadratic, 0, 1, True),
        (quadratic, -1, 1, False),
        (quadratic, -1, 2, True),
        (quadratic, -1, 3, False),
        (quadratic, -1, 4, True),
        (logistic, 2, 1, True),
        (residual, Fraction(1, 2), 1, True),
        (quadratic, -2, 5, False),
        (quadratic, Fraction(-1, 3), 40, False),  # the numbers grow beyond all measure
    ],
)
def test_exact_returns(make: Callable[[], PolynomialFamily], parameter: Any, steps: int, expected: bool) -> None:
    place = Fraction(parameter)
    assert CriticalOrbit(make(), place).returns(place, steps) is expected


def test_how_large_a_number_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    # r x² + x − 1 has c = −1/(2r): with r = −1/2, c = 1 and f(1) = −1/2
    orbit = CriticalOrbit(family_of(_x**2 - _x / 2 + Fraction(1, 16).numerator * _r), Fraction(1, 16))
    place = Fraction(5, 16)  # c = 1/4 and f(c) = 1/16 − 1/8 + 5/16 = 1/4
    assert orbit.exact_critical_point(place) == Fraction(1, 4)
    for most, expected in ((3, True), (2, False)):  # 4 has three bits
        monkeypatch.setattr(module, "_MAX_HEIGHT", most)
        assert orbit.returns(place, 1) is expected


def test_intervals_without_other_critical_points() -> None:
    orbit = CriticalOrbit(residual(), Fraction(3, 2))  # the other one is 1
    (wall,) = (factor for factor in residual().critical_factors if factor not in residual().free_critical_factors)
    with working_precision(128):
        a = ball(Fraction(3, 2))
        for ends, alone in (
            (("-1", "1/2"), True),
            (("1/2", "-1"), True),
            (("3/2", "2"), True),
            (("1/2", "3/2"), False),
            (("1/2", "1"), False),
            (("1", "3/2"), False),
            (("-1", Fraction(1) - Fraction(1, 2**40)), True),
            (("1/2", "3/4", "3/2"), False),
        ):
            points = [ball(Fraction(end)) for end in ends]
            assert orbit.is_unimodal(a, points) is alone
            assert orbit.is_unimodal(a, points, but=wall)
        assert orbit.is_unimodal(a)  # c = −2/3 and its image are below 1
        assert not CriticalOrbit(residual(), Fraction(19, 10)).is_unimodal(ball(Fraction(19, 10)))


@pytest.mark.parametrize("parameter", ["1/4", "3"])
def test_which_points_span_the_interval(parameter: str) -> None:
    # r x² + x − 1 at 1/4: c = −2 is fixed and moves by 8; at 3: −1/6, −13/12, 1.4…, and then 6.6…, beyond 5
    (five, _) = sorted(family_of(_x**3 / 3 - 5 * _x**2 / 2 + _r).critical_factors, key=lambda factor: -len(factor))
    orbit = CriticalOrbit(SCALED, Fraction(parameter))
    view: Any = SimpleNamespace(critical_factors=[five], free_critical_factors=[], at=SCALED.at)
    orbit.family = view
    with working_precision(128):
        assert orbit.is_unimodal(ball(Fraction(parameter)))


def test_intervals_without_critical_points_of_higher_degree() -> None:
    # slope x (x² − 5), and the same where r is −2
    for family in (family_of(_x**4 / 4 - 5 * _x**2 / 2 + _r), family_of(_x**4 / 4 + (_r - 3) * _x**2 / 2)):
        linear, square = sorted(family.critical_factors, key=lambda factor: int(factor.degrees()[0]))
        orbit = CriticalOrbit(quadratic(), Fraction(-1))
        view: Any = SimpleNamespace(critical_factors=[linear, square], free_critical_factors=[linear])
        orbit.family = view
        with working_precision(128):
            a = ball(Fraction(-2))
            for ends, alone in (
                (("-2", "1"), True),
                (("1", "-2"), True),
                (("-2", "1", "2"), True),
                (("1", "3"), False),
                (("1", "23/10"), False),
                (("-3", "0"), False),
                (("-1", "-3", "1"), False),
            ):
                points = [ball(Fraction(end)) for end in ends]
                assert orbit.is_unimodal(a, points) is alone
                assert orbit.is_unimodal(a, points, but=square)
            view.free_critical_factors = []
            assert not orbit.is_unimodal(a, [ball(Fraction(1)), ball(Fraction(3))])


def test_polynomials_at_a_place() -> None:
    assert module._exact([Fraction(1, 2), Fraction(-3), Fraction(2)], Fraction(5)) == Fraction(71, 2)
    with working_precision(160):
        value, slope = module._value_and_slope([Fraction(1, 2), Fraction(-3), Fraction(2)], ball(Fraction(1, 3)))
        assert within(value, Fraction(1, 2) - 1 + Fraction(2, 9))
        assert within(slope, Fraction(-3) + Fraction(4, 3))


# --- relations --------------------------------------------------------------------------------------------------------


def superstable(period: int) -> flint.fmpz_poly:
    z = flint.fmpz_poly([0])
    for _ in range(period):
        z = z * z + flint.fmpz_poly([0, 1])
    return z


def merging(bands: int) -> flint.fmpz_poly:
    """f³ᴺ(0) = f⁴ᴺ(0) for x² + c."""
    return superstable(4 * bands) - superstable(3 * bands)


@pytest.mark.parametrize(
    ("kind", "doublings", "guess", "symbols", "bits", "polynomial"),
    [
        ("superstable", 0, "0.01", 0, 192, superstable(1)),
        ("superstable", 1, "-1.01", 1, 196, superstable(2)),
        ("superstable", 2, "-1.31", 3, 200, superstable(4)),
        ("superstable", 3, "-1.38", 7, 204, superstable(8)),
        ("band merging", 0, "-1.54", 3, 192, merging(1)),
        ("band merging", 1, "-1.43", 7, 196, merging(2)),
    ],
)
def test_relations_of_the_quadratic_family(
    kind: str, doublings: int, guess: str, symbols: int, bits: int, polynomial: flint.fmpz_poly
) -> None:
    """Against the real root of the polynomial in c, isolated in integers."""
    place = Fraction(guess)
    found = CriticalOrbit(quadratic(), Fraction(-1)).relation(kind, doublings, place)
    assert found is not None
    assert (found.kind, found.doublings, found.symbols, found.bits) == (kind, doublings, symbols, bits)
    roots = [root for root in real_roots(polynomial) if abs(root.enclose(30)[0] - place) < Fraction(1, 50)]
    low, high = found.parameter
    assert sum(bool(low <= root <= high) for root in roots) == 1
    assert high - low < Fraction(1, 2**150)
    if kind == "superstable" and doublings:
        c = (low + high) / 2
        z = Fraction(0)
        for _ in range(2 ** (doublings - 1)):
            z = z * z + c
        assert found.distance is not None
        assert found.distance[0] - Fraction(1, 2**150) <= z <= found.distance[1] + Fraction(1, 2**150)
        assert found.distance[1] - found.distance[0] < Fraction(1, 2**150)
    else:
        assert found.distance is None


@pytest.mark.parametrize(
    ("make", "kind", "doublings", "guess"),
    [
        (quadratic, "superstable", 2, "-1.9"),  # a superstable one of another word
        (quadratic, "superstable", 3, "-1.94"),
        (quadratic, "band merging", 0, "-2"),  # f³ = f⁴, too
        (quadratic, "superstable", 1, "-1/2"),  # where c² + c has no slope
        (quadratic, "superstable", 2, "5"),
        (residual, "superstable", 1, "1.9"),
    ],
)
def test_relations_that_are_not_proved(
    make: Callable[[], PolynomialFamily], kind: str, doublings: int, guess: str
) -> None:
    assert CriticalOrbit(make(), Fraction(1)).relation(kind, doublings, Fraction(guess)) is None


def test_relations_of_the_residual_map() -> None:
    orbit = CriticalOrbit(residual(), Fraction(1))
    found = orbit.relation("superstable", 1, Fraction("1.12"))
    assert found is not None
    (root,) = real_roots(flint.fmpz_poly([-7, 4, 2]), Fraction(1), Fraction(2))  # 3√2/2 − 1
    assert found.parameter[0] <= root <= found.parameter[1]
    near = root.enclose(400)[0]
    c = (1 - 2 * near) / 3
    nearest = c**3 + (near - 2) * c**2 + (1 - 2 * near) * c - c
    for guess in (near, near + Fraction(1, 2**92)):  # the second is taken as it is, and improved by one step
        found = orbit.relation("superstable", 1, guess)
        assert found is not None
        assert found.distance is not None
        low, high = found.distance
        assert low <= nearest + Fraction(1, 2**300)
        assert high >= nearest - Fraction(1, 2**300)
        assert high - low < Fraction(1, 2**150)
    far = orbit.relation("superstable", 1, Fraction("1.2"))
    assert far is not None
    assert far.parameter[0] <= root <= far.parameter[1]


# --- the side of the onset --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "parameter", "symbols", "side"),
    [
        (logistic, "3.5", 2**15, -1),
        (logistic, "3.6", 2**15, 1),
        (logistic, "4", 2**15, 1),
        (quadratic, "-1.4", 2**15, -1),
        (quadratic, "-1.41", 2**15, 1),
        (quadratic, "-1.25", 2**15, -1),
        (residual, "1.3", 2**15, -1),
        (residual, "1.31", 2**15, 1),
        # c is superstable: between L and R
        (quadratic, "0", 4, -1),
        (quadratic, "-1", 4, -1),
        (logistic, "2", 4, -1),
        # as far as the letters go: RLL… differs from RLR… at the third
        (logistic, "3.9", 3, 1),
        (logistic, "3.5", 5, None),
        (logistic, "3.5", 9, -1),
        (logistic, "3.9", 2, None),
        (logistic, "3.9", 1, None),
        (quadratic, "-1.4011551890920506", 64, None),
        (residual, "1.9", 99, None),  # another critical point
    ],
)
def test_the_side_of_the_onset(
    make: Callable[[], PolynomialFamily], parameter: str, symbols: int, side: int | None
) -> None:
    assert side_of_onset(make(), Fraction(parameter), max_symbols=symbols) == side


def test_regression_few_letters_are_compared_all_the_same() -> None:
    """With fewer than sixteen letters none was looked at, and chaos was said to be as undecided as at the onset."""
    for count in (4, 15, 16):
        assert side_of_onset(logistic(), Fraction(39, 10), max_symbols=count) == 1
        assert side_of_onset(logistic(), Fraction(2), max_symbols=count) == -1


def test_an_orbit_that_stays_too_near_to_tell_has_no_side(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = Fraction(-1) + Fraction(1, 2**300)  # the second image is 2⁻³⁰⁰ from c
    assert side_of_onset(quadratic(), tiny) == -1
    monkeypatch.setattr(module, "_MAX_BITS", 256)
    assert side_of_onset(quadratic(), tiny) is None
    monkeypatch.setattr(module, "_MAX_BITS", 512)
    assert side_of_onset(quadratic(), tiny) == -1
    assert side_of_onset(quadratic(), tiny, max_symbols=99) is None  # few letters, little precision
    assert side_of_onset(quadratic(), tiny, max_symbols=112) == -1


# --- theorems ---------------------------------------------------------------------------------------------------------

MILNOR_THURSTON = (
    "conjugate to x² + c with c = {}, monotone in {} here (checked exactly); the entropy of x² + c is monotone in c "
    "(Milnor and Thurston 1988, theorem 13.1; Douady-Hubbard; Sullivan)"
)
LEVIN = (
    "conjugate to λ·g(w), g = {}, g(0) = 0, critical values 0 and one more, λ = {} positive and monotone in {} here "
    "(all checked exactly); the kneading sequence of λ·g is monotone in λ (Levin, Shen and van Strien 2020, arXiv "
    "1902.06732)"
)
NONE = (
    "no theorem known here makes the entropy monotone along this family; an onset lies in the bracket, but it may not "
    "be the only one"
)


@pytest.mark.parametrize(
    ("family", "lower", "upper", "statement"),
    [
        (quadratic(), -2, -1, MILNOR_THURSTON.format("c", "c")),
        (logistic(), 2, 4, MILNOR_THURSTON.format("-r**2/4 + r/2", "r")),
        (logistic(), 0, 4, NONE),  # back at 1
        (logistic(), 1, 4, NONE),  # the slope is 0 at an end
        (logistic(), -1, "-1/2", MILNOR_THURSTON.format("-r**2/4 + r/2", "r")),
        (family_of(_x**2 / 3 + _r), 1, 2, MILNOR_THURSTON.format("r/3", "r")),
        (SCALED, 1, 2, MILNOR_THURSTON.format("1/4 - r", "r")),
        (SCALED, -1, 1, NONE),  # no parabola at 0
        (SCALED, 0, 1, NONE),
        (residual(), 1, 2, LEVIN.format("w*(w - 1)**2", "(a + 1)**2", "a")),
        (residual(), -2, 1, NONE),  # λ = 0 at −1
        (residual(), -4, -2, LEVIN.format("w*(w - 1)**2", "(a + 1)**2", "a")),
        (family_of(_r * _x * (1 - _x) ** 2), 1, 2, LEVIN.format("w*(w - 1)**2", "r", "r")),
        (family_of(-_r * _x * (1 - _x) ** 2), 1, 2, NONE),  # λ < 0
        (family_of((2 - _r) * _x * (1 - _x) ** 2), "3/2", "7/4", LEVIN.format("w*(w - 1)**2", "2 - r", "r")),
        (family_of((_r**2 - 2 * _r + 2) * _x * (1 - _x) ** 2), 0, 2, NONE),  # back at 1
        (family_of(_r * (_x - _x**4)), 1, 2, NONE),
        (SEVERAL, 1, 2, NONE),
    ],
)
def test_theorems_word_for_word(family: PolynomialFamily, lower: Any, upper: Any, statement: str) -> None:
    found = monotonicity_theorem(family, Fraction(lower), Fraction(upper))
    assert found.statement == statement
    assert found.verdict is (Verdict.UNDECIDED if statement is NONE else Verdict.PROVED)


@pytest.mark.parametrize(
    ("expression", "lower", "upper", "root", "monotone"),
    [
        (_r**2 - 2, 1, 2, True, True),
        (_r**2 - 2, 2, 3, False, True),
        (_r**2 - 2, "4/3", "3/2", True, True),
        (_r**2 - 2, "3/2", "5/3", False, True),
        (_r**2 - 4, 2, 3, True, True),  # at an end
        (_r**2 - 4, 1, 2, True, True),
        (1 / (_r - 1), 0, 2, True, False),  # of the denominator
        (1 / (_r - 1), 2, 3, False, True),
        ((_r**2 - 1) / (_r - 1), 0, 2, False, True),  # r + 1
        (_r**2 + 1, -1, 2, False, False),
        (sympy.Integer(0), 0, 1, True, False),
        (sympy.Integer(3), 0, 1, False, False),
    ],
)
def test_roots_and_monotony(expression: Any, lower: Any, upper: Any, root: bool, monotone: bool) -> None:
    ends = Fraction(lower), Fraction(upper)
    assert module._has_root(expression, _r, *ends) is root
    assert module._is_monotone(expression, _r, *ends) is monotone


def multiple(family: PolynomialFamily) -> Any:
    rows = [
        sympy.Add(*(sympy.Rational(v.numerator, v.denominator) * family.parameter**j for j, v in enumerate(row)))
        for row in family.rows
    ]
    found = module._as_multiple(family, rows)
    return None if found is None else [str(sympy.factor(part)) for part in found]


def test_families_that_are_multiples_of_one_map() -> None:
    assert multiple(family_of(_r * _x * (1 - _x) ** 2)) == ["r", "w*(w - 1)**2"]
    assert multiple(residual()) == ["(a + 1)**2", "w*(w - 1)**2"]
    # the same in other coordinates: x = 2y + 3, and λ = r²
    inner = (_x - 3) / 2
    assert multiple(family_of(2 * _r**2 * inner * (1 - inner) ** 2 + 3)) == ["r**2", "w*(w - 1)**2"]
    inner = (2 * _x - _r) / 3  # the residual map, whose bound critical point then moves
    image = inner**3 + (_r - 2) * inner**2 + (1 - 2 * _r) * inner
    assert multiple(family_of((3 * image + _r) / 2)) == ["(r + 1)**2", "w*(w - 1)**2"]
    inner = _r**2 * _x / 3 + _r / 7 + 1
    assert multiple(family_of(((inner - 1) ** 3 / 5 + _r) / 1)) is None  # not on a fixed point
    assert multiple(quadratic()) is None  # no bound critical point
    assert multiple(SEVERAL) is None
    assert multiple(family_of(_x**3 / 3 - _r * _x)) is None  # a factor of degree 2
    assert multiple(family_of(_r * _x**2 * (1 - _x))) is None  # 0 is fixed and critical: the slope there is 0


# --- sequences --------------------------------------------------------------------------------------------------------


def test_the_limit_of_sums_of_powers_is_found() -> None:
    half, third = Fraction(1, 2), Fraction(-1, 3)
    one = [5 + half**k for k in range(3)]
    two = [5 + half**k - 2 * third**k for k in range(5)]
    assert module.wynn(one) == 5
    assert module.wynn(two) == 5
    assert module.wynn(one[:2]) == one[1]
    assert module.wynn([Fraction(7)]) == 7
    assert module.wynn([Fraction(2), Fraction(7), Fraction(7)]) == 7
    assert module.wynn([half**k + third**k for k in range(4)]) == pytest.approx(
        float(aitken([half**k + third**k for k in range(1, 4)]))
    )


def aitken(terms: list[Fraction]) -> Fraction:
    """Aitken's δ² process on three terms, the first column of Wynn's table that is a limit."""
    first, second, third = terms
    return third - (third - second) ** 2 / (third - 2 * second + first)


def test_the_next_term_of_sums_of_powers_is_foretold() -> None:
    ratios = Fraction(1, 5), Fraction(-1, 7), Fraction(1, 11)
    for weights in ((9, 1), (40, -2, 1)):
        terms = [2 + sum((w * q**k for w, q in zip(weights, ratios, strict=False)), Fraction(0)) for k in range(9)]
        for count in range(2 * len(weights) + 1, 9):
            assert abs(module._predict(terms[:count]) - terms[count]) < Fraction(1, 10**40)
    shrinking = [Fraction(1), Fraction(2), Fraction(2) + Fraction(1, 4)]
    guess = shrinking[-1] + Fraction(1, 4) / Fraction(module.FEIGENBAUM_DELTA)
    assert module._predict(shrinking) == guess  # too few terms
    # what shrinks too fast or too slowly is no cascade
    for ratio in (Fraction(1, 2), Fraction(2, 5), Fraction(2, 15), Fraction(1, 8)):
        terms = [1 + ratio**k + 3 * (ratio / 9) ** k for k in range(7)]
        assert module._predict(terms) == terms[-1] + (terms[-1] - terms[-2]) / Fraction(module.FEIGENBAUM_DELTA)
    for ratio in (Fraction(2, 7), Fraction(1, 4), Fraction(1, 6)):
        terms = [1 + ratio**k + 3 * (ratio / 9) ** k for k in range(8)]
        assert abs(module._predict(terms[:7]) - terms[7]) < Fraction(1, 10**40)
    flat = [Fraction(1)] * 7
    assert module._predict(flat) == 1


def test_where_two_bands_merge() -> None:
    for make, inner, outer, polynomial in (
        (quadratic, -1.4, -2.0, [2, 2, 2, 1]),
        (logistic, 3.57, 4.0, [-8, -4, -2, 1]),
    ):
        orbit = CriticalOrbit(make(), Fraction(str(inner)))
        guess = module._first_merging(orbit, inner, outer)
        (root,) = real_roots(flint.fmpz_poly(polynomial))
        assert float(guess) == pytest.approx(float(root), abs=1e-9)
        # where the itinerary is RLR^∞ to the last letter that is looked at, the search ends
        assert module._first_merging(orbit, float(root), float(root)) == Fraction(float(root))
    orbit = CriticalOrbit(quadratic(), Fraction(-1))
    assert float(module._first_merging(orbit, -1.6, -1.9)) == pytest.approx(-1.6, abs=1e-9)  # on one side of it all
    assert float(module._first_merging(orbit, -1.41, -1.5)) == pytest.approx(-1.5, abs=1e-9)


def test_the_middle_of_a_relation() -> None:
    from dataclasses import replace

    assert module._centre(replace(ORDERED, parameter=(Fraction(1), Fraction(2)))) == Fraction(3, 2)


# --- the whole --------------------------------------------------------------------------------------------------------

SEEDS = {"first_superstable": 0, "second_superstable": -1, "chaotic_end": -2}
KNOWN = Fraction("-1.4011551890920506004")  # OEIS A218453


@pytest.mark.parametrize("doublings", [3, 4, 5, 6, 8])
def test_an_onset_is_made_of_its_relations(doublings: int) -> None:
    found = enclose_onset(quadratic(), **SEEDS, doublings=doublings)
    assert isinstance(found, Onset)
    assert [(each.kind, each.doublings) for each in found.superstable] == [
        ("superstable", k) for k in range(1, doublings + 1)
    ]
    assert [(each.kind, each.doublings) for each in found.mergings] == [("band merging", k) for k in range(doublings)]
    assert (found.ordered_side, found.chaotic_side) == (found.superstable[-1], found.mergings[-1])
    assert found.bracket == (found.chaotic_side.parameter[0], found.ordered_side.parameter[1])
    assert found.bracket[0] < KNOWN < found.bracket[1]
    assert found.direction == -1
    assert found.theorem == monotonicity_theorem(quadratic(), Fraction(-2), Fraction(-1))
    limits = [
        module.wynn([sum(each.parameter, Fraction(0)) / 2 for each in relations])
        for relations in (found.superstable, found.mergings)
    ]
    gap = abs(limits[0] - limits[1])
    assert gap < Fraction(1, 2 * 10**found.estimate_digits)
    assert gap >= Fraction(1, 2 * 10 ** (found.estimate_digits + 1))
    assert abs(Fraction(found.estimate) - sum(limits, Fraction(0)) / 2) <= Fraction(1, 2 * 10**found.estimate_digits)
    assert len(found.estimate.partition(".")[2]) == found.estimate_digits


def test_an_onset_at_larger_parameters() -> None:
    found = enclose_onset(
        logistic(), first_superstable=2.0, second_superstable=1 + 5**0.5, chaotic_end=4.0, doublings=4
    )
    assert isinstance(found, Onset)
    assert found.direction == 1
    assert found.bracket == (found.ordered_side.parameter[0], found.chaotic_side.parameter[1])
    assert found.theorem == monotonicity_theorem(logistic(), Fraction(1 + 5**0.5), Fraction(4))


def test_which_guesses_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Near where the last two put it, at shares of Feigenbaum's step, later where all of them foretell it."""
    asked: list[Any] = []
    places = {("superstable", k): Fraction(-7, 5) + Fraction(2, 5) / 5**k for k in range(1, 8)}
    places |= {("band merging", k): Fraction(-7, 5) - Fraction(1, 7) / 5**k for k in range(7)}
    missing: set[tuple[str, int]] = set()

    def relation(_: CriticalOrbit, kind: str, doublings: int, guess: Fraction) -> CriticalRelation | None:
        asked.append((kind, doublings, guess))
        if (kind, doublings) in missing:
            return None
        place = places[kind, doublings]
        return CriticalRelation(kind=kind, doublings=doublings, parameter=(place, place), symbols=1, bits=1)

    monkeypatch.setattr(CriticalOrbit, "relation", relation)
    monkeypatch.setattr(module, "_first_merging", lambda _, *ends: noted(asked, ends, Fraction(-3, 2)))
    spans: list[Any] = []
    monkeypatch.setattr(module, "monotonicity_theorem", lambda *given: noted(spans, given, THEOREM))
    found = enclose_onset(quadratic(), **SEEDS, doublings=6)
    assert isinstance(found, Onset)
    assert (found.theorem, spans) == (THEOREM, [(quadratic(), Fraction(-2), Fraction(-1))])
    delta = Fraction(module.FEIGENBAUM_DELTA)
    below = [Fraction(0), *(places["superstable", k] for k in range(1, 7))]
    above = [places["band merging", k] for k in range(6)]
    limit, other = module.wynn(below[1:]), module.wynn(above)
    assert asked == [
        ("superstable", 1, Fraction(-1)),
        *(("superstable", k, below[k - 1] + (below[k - 1] - below[k - 2]) / delta) for k in (2, 3, 4)),
        *(("superstable", k, module._predict(below[:k])) for k in (5, 6)),
        (float(limit), -2.0),
        ("band merging", 0, Fraction(-3, 2)),
        *(("band merging", k, limit + (above[k - 1] - limit) / delta) for k in (1, 2, 3, 4)),
        ("band merging", 5, module._predict(above[:5])),
    ]
    assert limit == other == Fraction(-7, 5)
    assert (found.estimate_digits, Fraction(found.estimate)) == (40, Fraction(-7, 5))
    for lost, count in ((("superstable", 1), 1), (("superstable", 3), 9), (("superstable", 5), 1)):
        missing = {lost}
        asked.clear()
        wanted = f"the superstable parameter of period 2^{lost[1]} was not found where the cascade should have it"
        assert enclose_onset(quadratic(), **SEEDS, doublings=6) == wanted
        tries = [guess for kind, k, guess in asked if (kind, k) == lost]
        assert len(tries) == count
        if count == 9:
            step = (below[2] - below[1]) / delta
            shares = [1, *(Fraction(n, 20) for n in (17, 23, 14, 26, 11, 30, 8, 36))]
            assert tries == [below[2] + step * share for share in shares]
    missing = {("band merging", 3)}
    wanted = "the merging of 16 bands into 8 was not found before escape"
    assert enclose_onset(quadratic(), **SEEDS, doublings=6) == wanted


def test_what_no_onset_is_looked_for_in() -> None:
    assert enclose_onset(SEVERAL, **SEEDS) == (
        "the family needs exactly one free critical point that is a rational function of the parameter"
    )
    assert enclose_onset(family_of(_x**4 + _r), **SEEDS) == "the family has a degenerate critical point"
    assert refused(enclose_onset, "x", **SEEDS)[:2] == ("family", "x")
    for doublings in (2, 21):
        assert refused(enclose_onset, quadratic(), **SEEDS, doublings=doublings)[:2] == ("doublings", doublings)
    for name in SEEDS:
        assert refused(enclose_onset, quadratic(), **{**SEEDS, name: 10**400})[:2] == (name, 10**400)
    still = {**SEEDS, "second_superstable": 0}
    assert enclose_onset(quadratic(), **still).startswith("the superstable parameter of period 2^")  # type: ignore[union-attr]  # there is no onset


@pytest.mark.parametrize(("gap", "digits"), [("1/5", 0), ("1/20", 0), ("1/21", 1), ("1/200", 1), ("1/201", 2)])
def test_digits_on_which_the_two_limits_agree(monkeypatch: pytest.MonkeyPatch, gap: str, digits: int) -> None:
    middles = {"superstable": Fraction(-7, 5), "band merging": Fraction(-7, 5) - Fraction(gap)}

    def relation(_: CriticalOrbit, kind: str, doublings: int, guess: Fraction) -> CriticalRelation:
        del guess
        place = middles[kind] + Fraction(-1 if kind == "band merging" else 1, 5**doublings)
        return CriticalRelation(kind=kind, doublings=doublings, parameter=(place, place), symbols=1, bits=1)

    monkeypatch.setattr(CriticalOrbit, "relation", relation)
    found = enclose_onset(quadratic(), **SEEDS)
    assert isinstance(found, Onset)
    assert len(found.superstable) == len(found.mergings) == 9
    assert found.estimate_digits == digits
    assert abs(Fraction(found.estimate) - sum(middles.values(), Fraction(0)) / 2) <= Fraction(1, 2 * 10**digits)

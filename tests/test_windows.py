"""Windows against other routes: exact elimination, published exact values, and sign changes seen in plain mpmath."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import flint
import mpmath
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase.algebraic import RealAlgebraic
from symphase.cells import parameter_roots
from symphase.charts import KneadingStory, kneading_letters, kneading_story, locate
from symphase.enclosures import working_precision
from symphase.errors import InputError, SymphaseError
from symphase.itineraries import Itinerary
from symphase.maps import PolynomialFamily, eliminate
from symphase.onset import side_of_onset
from symphase.windows import AtlasError, Birth, Chain, Window, _Prover, certify_chain

if TYPE_CHECKING:
    from collections.abc import Callable

FAMILIES = {"residual": residual, "logistic": logistic, "quadratic": quadratic, "odd cubic": odd_cubic}


def _chains(family: PolynomialFamily, period: int, max_period: int) -> tuple[KneadingStory, dict[str, Chain]]:
    story = kneading_story(family)
    laps = story.chart.laps
    words = [word for word in laps.words(period) if laps.halve(word) is None]
    guesses = locate(story.chart, words, fixed=period == 1)
    return story, {
        word: certify_chain(story.chart, word, guess, max_period) for word, guess in zip(words, guesses, strict=True)
    }


def _bounds(units: int, chain: Chain) -> tuple[Fraction, Fraction]:
    return Fraction(units - 1, 2**chain.exponent), Fraction(units + 1, 2**chain.exponent)


def _holds(units: int, chain: Chain, number: RealAlgebraic) -> bool:
    lower, upper = _bounds(units, chain)
    return lower < number < upper


# ------------------------------------------------------------------------------------------------------ exact values


@pytest.mark.parametrize("name", ["residual", "logistic", "quadratic"])
def test_superstable_parameters_are_the_roots_of_the_eliminated_polynomial(name: str) -> None:
    """The numerator of fⁿ(c) − c, by resultants over the integers, with the roots in the story counted and compared."""
    family = FAMILIES[name]()
    story = kneading_story(family)
    laps = story.chart.laps
    free = family.free_critical_factors[0]
    lower, upper = sorted((story.superstable, story.end))
    found: dict[int, list[tuple[Fraction, Fraction]]] = {}
    for period in range(1, 5):
        for chain in _chains(family, period, 4)[1].values():
            for level in chain.levels:
                size = len(chain.word) * 2 ** chain.levels.index(level)
                found.setdefault(size, []).append(_bounds(level.superstable, chain))
    for period in range(1, 5 if laps.laps == 2 else 4):
        roots = parameter_roots(eliminate(free, family.dynatomic(period)))
        roots = [root for root in roots if lower <= root <= upper]
        assert len(roots) == len(found[period]) == len(laps.words(period))
        boxes = sorted(found[period])
        assert all(low < root < high for root, (low, high) in zip(roots, boxes, strict=True))


def _exact(text: str, lower: str, upper: str) -> RealAlgebraic:
    coefficients = [int(value) for value in text.split()]
    return RealAlgebraic(coefficients, Fraction(lower), Fraction(upper))


def test_births_and_flips_of_the_residual_map_are_where_exact_algebra_puts_them() -> None:
    _, first = _chains(residual(), 1, 4)
    root = first["C"]
    assert root.birth is None
    assert _holds(root.levels[0].superstable, root, RealAlgebraic.rational("1/2"))
    assert _holds(root.levels[0].flip, root, RealAlgebraic.rational(1))
    assert _holds(root.levels[0].crisis, root, _exact("-23 8 4", "1", "2"))  # 3√3/2 − 1
    assert _holds(root.levels[1].superstable, root, _exact("-7 4 2", "1", "2"))  # 3√2/2 − 1
    assert _holds(root.levels[1].flip, root, _exact("-4 2 1", "1", "2"))  # √5 − 1
    _, second = _chains(residual(), 2, 2)
    assert list(second) == ["2C"]
    chain = second["2C"]
    assert chain.birth is not None
    assert _holds(chain.birth, chain, _exact("-7 2 1", "1", "2"))  # 2√2 − 1
    assert _holds(chain.levels[0].flip, chain, _exact("-36 -18 -1 8 2", "1", "2"))
    _, third = _chains(residual(), 3, 3)
    chain = third["10C"]
    tangency = _exact("4644 2700 -972 -2052 -828 144 189 48 4", "1.4", "1.5")  # the first 3-cycle
    assert chain.birth is not None
    assert _holds(chain.birth, chain, tangency)


def test_the_textbook_values_of_degree_two() -> None:
    _, first = _chains(logistic(), 1, 2)
    assert _holds(first["C"].levels[1].flip, first["C"], _exact("-5 -2 1", "3", "4"))  # 1 + √6
    assert _holds(first["C"].levels[0].crisis, first["C"], RealAlgebraic.rational(4))
    _, third = _chains(logistic(), 3, 3)
    chain = third["RLC"]
    assert chain.birth is not None
    assert _holds(chain.birth, chain, _exact("-7 -2 1", "3", "4"))  # 1 + √8
    _, first = _chains(quadratic(), 1, 4)
    levels = first["C"].levels
    for level, (centre, flip) in zip(levels, (("0", "-3/4"), ("-1", "-5/4")), strict=False):
        assert _holds(level.superstable, first["C"], RealAlgebraic.rational(centre))
        assert _holds(level.flip, first["C"], RealAlgebraic.rational(flip))
    assert _holds(levels[0].crisis, first["C"], RealAlgebraic.rational(-2))
    _, third = _chains(quadratic(), 3, 3)
    chain = third["RLC"]
    assert chain.birth is not None
    assert _holds(chain.birth, chain, RealAlgebraic.rational("-7/4"))
    assert _holds(chain.levels[0].superstable, chain, _exact("1 1 2 1", "-2", "-1"))
    # merging of two bands into one: c³ + 2c² + 2c + 2 = 0
    assert _holds(levels[1].crisis, first["C"], _exact("2 2 2 1", "-2", "-1"))


def test_an_odd_family_has_the_windows_of_its_quotient() -> None:
    _, own = _chains(residual(), 3, 3)
    story, shifted = _chains(odd_cubic(), 3, 3)
    assert story.reduced_family != story.family
    assert list(own) == list(shifted)
    for word, chain in own.items():
        low, high = _bounds(chain.levels[0].flip, chain)
        other = _bounds(shifted[word].levels[0].flip, shifted[word])
        assert low + 1 < other[1]  # r = 1 + a
        assert other[0] < high + 1


# --------------------------------------------------------------------------------------------- sign changes in mpmath


def _map(name: str, mp: Any) -> tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]:
    """The map and its free critical point, written out again."""
    return {
        "residual": (lambda z, a: z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, lambda a: (1 - 2 * a) / mp.mpf(3)),
        "logistic": (lambda x, r: r * x * (1 - x), lambda _: mp.mpf(1) / 2),
        "quadratic": (lambda x, c: x * x + c, lambda _: mp.mpf(0)),
    }[name]


def _number(mp: Any, value: Fraction) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def _sign_changes(mp: Any, bounds: tuple[Fraction, Fraction], function: Callable[[Any], Any]) -> bool:
    left, right = (function(_number(mp, end)) for end in bounds)
    return bool(left * right < 0)


@pytest.mark.parametrize("name", ["residual", "logistic", "quadratic"])
def test_the_defining_relations_change_sign_across_the_bounds(name: str) -> None:
    mp = mpmath.MPContext()
    mp.dps = 120
    step, critical = _map(name, mp)

    def point(a: Any, count: int) -> Any:
        z = critical(a)
        for _ in range(count):
            z = step(z, a)
        return z

    def returns(size: int, a: Any) -> Any:
        return point(a, size) - critical(a)

    def lands(size: int, cycle: int, a: Any) -> Any:
        return point(a, size + 1) - point(a, size + 1 + cycle)

    period = 12
    story = kneading_story(FAMILIES[name]())
    laps = story.chart.laps
    roots = [word for word in laps.words(period) if laps.halve(word) is None]
    chosen = [*random.Random(3).sample(roots, 4), roots[-1], roots[0]]
    words = [*chosen, *(laps.words(5)[:2]), *(laps.words(3)[:1])]
    for word in words:
        n = len(word)
        chain = certify_chain(story.chart, word, locate(story.chart, [word])[0], period)
        for k, level in enumerate(chain.levels):
            size = n * 2**k
            assert _sign_changes(mp, _bounds(level.superstable, chain), partial(returns, size))
            landing = size if k == 0 else size // 2  # a doubled window closes on the cycle that flipped
            assert _sign_changes(mp, _bounds(level.crisis, chain), partial(lands, size, landing))


def _secant(mp: Any, function: Callable[[Any], Any], start: Any, step: Any) -> Any:
    before, now = start, start + step
    value, image = function(before), function(now)
    for _ in range(100):
        if image == value or abs(now - before) < mp.mpf(10) ** -100 * abs(step):
            break
        before, now, value = now, now - image * (now - before) / (image - value), image
        image = function(now)
    return now


@pytest.mark.parametrize(("period", "index"), [(2, 1), (3, 0), (5, 7), (8, 200), (12, -1), (12, 9000)])
def test_births_and_flips_change_sign_across_the_bounds(period: int, index: int) -> None:
    """Birth: the least value of fⁿ(z) − z, where the slope is 1, passes 0.  Flip: the multiplier passes −1."""
    mp = mpmath.MPContext()
    mp.dps = 150
    step, critical = _map("residual", mp)
    story = kneading_story(residual())
    word = story.chart.laps.words(period)[index]
    chain = certify_chain(story.chart, word, locate(story.chart, [word])[0], period)
    assert chain.birth is not None

    def image(z: Any, a: Any) -> tuple[Any, Any]:
        product = mp.mpf(1)
        for _ in range(period):
            product *= 3 * z**2 + 2 * (a - 2) * z + 1 - 2 * a
            z = step(z, a)
        return z, product

    def half_scale(a: Any) -> Any:
        """Distance from c at which the slope of the parabola is 1."""
        e = mp.mpf(10) ** -60
        return e / image(critical(a) + e, a)[1]

    def least(a: Any) -> Any:
        reach = half_scale(a)
        z = _secant(mp, lambda z: image(z, a)[1] - 1, critical(a) + reach, reach / 1000)
        return image(z, a)[0] - z

    def multiplier(a: Any) -> Any:
        reach = half_scale(a)
        z = _secant(mp, lambda z: image(z, a)[0] - z, critical(a) - reach, reach / 1000)
        return image(z, a)[1] + 1

    assert _sign_changes(mp, _bounds(chain.birth, chain), least)
    assert _sign_changes(mp, _bounds(chain.levels[0].flip, chain), multiplier)


# --------------------------------------------------------------------------------------------- the end of the cascade


@pytest.mark.parametrize("name", ["residual", "logistic", "quadratic"])
def test_the_first_cascade_ends_where_kneading_finds_the_onset(name: str) -> None:
    family = FAMILIES[name]()
    _, chains = _chains(family, 1, 8)
    chain = chains["C"]
    ordered, chaotic = (Fraction(m, 2**chain.exponent) for m in chain.cascade)
    assert side_of_onset(family, ordered) == -1
    assert side_of_onset(family, chaotic) == 1
    assert abs(chaotic - ordered) < Fraction(1, 500)


def test_the_cascade_of_the_period_three_window_ends_at_its_published_place() -> None:
    _, chains = _chains(logistic(), 3, 3)
    chain = chains["RLC"]
    ordered, chaotic = (Fraction(m, 2**chain.exponent) for m in chain.cascade)
    place = Fraction("-1.779818075")  # the Feigenbaum point of the period-3 window of x² + c, and r = 1 + √(1 − 4c)
    assert (ordered - 1) ** 2 < 1 - 4 * place < (chaotic - 1) ** 2
    _, mandelbrot = _chains(quadratic(), 3, 3)
    chain = mandelbrot["RLC"]
    ordered, chaotic = (Fraction(m, 2**chain.exponent) for m in chain.cascade)
    assert chaotic < place < ordered


# ------------------------------------------------------------------------------------------------- records and words


def test_a_window_shows_only_digits_that_its_bounds_agree_on() -> None:
    window = Window(
        word="RLC",
        birth_kind=Birth.TANGENCY,
        parent=None,
        direction=1,
        exponent=10,
        units=(1000, 1003, 1010, 1012, 1014, 1020),
    )
    assert window.birth == (Fraction(999, 1024), Fraction(1001, 1024))
    assert window.decimal("birth") == "0.98"
    assert window.decimal("birth", 1) == "1.0"
    assert window.cascade_end == (Fraction(1012, 1024), Fraction(1014, 1024))
    assert (window.width, window.stable_width) == (Fraction(20, 1024), Fraction(10, 1024))
    assert window.to_dict(2)["birth_kind"] == "tangency"
    for name, digits in (("death", 3), ("birth", -1), ("birth", 10**7), ("birth", 2.0)):
        with pytest.raises(InputError):
            window.decimal(name, digits)  # type: ignore[arg-type]  # the wrong type is the point


def test_kneading_letters_are_those_of_the_exact_orbit() -> None:
    story = kneading_story(residual())
    for parameter in (Fraction(13, 10), Fraction(3, 2), Fraction(19, 10), Fraction(1999, 1000)):
        c = (1 - 2 * parameter) / 3
        z, letters = c, ""
        for _ in range(8):
            z = (z + parameter) * (1 - z) ** 2 - parameter
            letters += "0" if z < c else ("1" if z < 1 else "2")
        assert kneading_letters(story.chart, parameter, 8) == letters
    assert kneading_letters(story.chart, Fraction(1, 2), 9) == "C"
    assert kneading_letters(story.chart, Fraction(2), 30) == "2" * 30
    assert kneading_letters(kneading_story(quadratic()).chart, Fraction(-1), 9) == "RC"


def test_a_proof_for_the_wrong_word_is_refused() -> None:
    """The superstable parameter of another word of the same period solves the equation, and is not accepted."""

    story = kneading_story(residual())
    words = ["10C", "20C"]
    places = locate(story.chart, words)
    with working_precision(192):
        prover = _Prover(story.chart, 192)
        for word, place in zip(words, places, strict=True):
            assert prover.superstable(word, flint.arb(place)) is not None
        assert prover.superstable(words[0], flint.arb(places[1])) is None
        scale = prover.superstable("10C", flint.arb(places[0]))
        assert scale is not None
        assert prover.neutral("100", -1, scale) is not None
        assert prover.neutral("101", -1, scale) is None  # the flip is on the other side of c
        fixed = prover.superstable("C", flint.arb(0.5))
        assert fixed is not None
        assert prover._krawczyk("1", -1, fixed, flint.arb(0), flint.arb(1)) is not None
        assert prover._krawczyk("111", -1, fixed, flint.arb(0), flint.arb(1)) is None  # solves it with period 1
        itinerary = Itinerary("100", "101")
        crisis = prover.landing(itinerary, scale.centre - 2 / (scale.a * scale.b), scale)
        assert crisis is not None
        assert prover.landing(Itinerary("100", "100"), crisis, scale) is None


def test_a_bad_guess_is_mended_and_a_bad_word_is_not_proved() -> None:
    story = kneading_story(residual())
    good = certify_chain(story.chart, "201C", locate(story.chart, ["201C"])[0], 4)
    assert certify_chain(story.chart, "201C", 1.0, 4) == good  # found again by bisection
    with pytest.raises(AtlasError, match="could not be certified"):
        certify_chain(story.chart, "102C", 1.5, 4)  # not admissible: no parameter has it


# ------------------------------------------------------------------------------------------------------ out of scope


def test_families_out_of_scope_are_told_what_is_missing() -> None:
    x, s = sympy.symbols("x s")
    cases = {
        "2 free critical points": x**3 - 3 * s * x + 1,
        "no theorem known": x**4 + s,
        "superstable fixed points": 1 - s * x**2,
        "cannot be listed completely without": x**2 - 2 + s**2,
        "no fixed point that flips": s * x**2 + s,
    }
    for reason, expression in cases.items():
        with pytest.raises(SymphaseError, match=reason):
            kneading_story(PolynomialFamily(expression, variable=x, parameter=s))
    with pytest.raises(InputError, match="PolynomialFamily"):
        kneading_story("x**2 + c")  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match="lets a free critical orbit leave"):
        kneading_story(odd_cubic(), (-4, 0))
    for within in ((1,), 3, ("a", "b"), (4, 3)):
        with pytest.raises(InputError, match="within"):
            kneading_story(logistic(), within)  # type: ignore[arg-type]  # the wrong type is the point


def test_multiples_of_other_shapes_work() -> None:
    """λw(1 − w)³ has an inflection at its end, λw(1 − w)⁴ a bound minimum: two laps and three."""
    w, r = sympy.symbols("w r")
    for power, laps, end in ((3, 2, Fraction(4**4, 3**3)), (4, 3, None)):
        family = PolynomialFamily(r * w * (1 - w) ** power, variable=w, parameter=r)
        story, chains = _chains(family, 1, 2)
        assert story.chart.laps.laps == laps
        if end is not None:
            assert _holds(chains["C"].levels[0].crisis, chains["C"], RealAlgebraic.rational(end))
        # the fixed point w of multiplier 1 − power·w/(1 − w) is superstable at w = 1/(power + 1)
        assert _holds(
            chains["C"].levels[0].superstable,
            chains["C"],
            RealAlgebraic.rational(Fraction(power + 1, power) ** power),
        )

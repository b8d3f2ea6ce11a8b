"""What a record of bifurcations says, word for word, and every refusal with its advice."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import flint
import pytest
import sympy
from edges import noted
from families import logistic, odd_cubic, quadratic, residual

from symphase import bifurcations as module
from symphase.algebraic import RealAlgebraic, real_roots
from symphase.bifurcations import BifurcationPolynomials, BifurcationRoot, CycleTie, bifurcation_polynomials
from symphase.coordinates import CUBIC, QUADRATIC, Coordinates, coordinates
from symphase.display import level_html
from symphase.eliminants import Job, Residues, agrees, combine, plan, primes, residues
from symphase.enclosures import Certainty
from symphase.errors import InputError, SymphaseError
from symphase.maps import PolynomialFamily
from symphase.processes import MAX_WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_r, _x, _z, _a = sympy.symbols("r x z a")
FLIP = bifurcation_polynomials(logistic(), 2, -1, within=("3", "4"))  # (r − 1)² = 6
BOTH = bifurcation_polynomials(logistic(), 2, -1)
MIRRORED = bifurcation_polynomials(odd_cubic(), 3, -1)


def family_of(expression: Any) -> PolynomialFamily:
    return PolynomialFamily(expression, variable=_z, parameter=_a)


def test_records_in_a_line() -> None:
    assert FLIP.roots[0]._line() == "1 + sqrt(6), real cycle [exact]"
    assert FLIP[0]._line() == "irreducible polynomial of degree 2, 1 real root"
    assert MIRRORED[0]._line() == "irreducible polynomial of degree 12, 2-fold, 4 real roots"
    assert FLIP._line() == "period 2, multiplier -1, 1 factor of degree 2; 1 real root"
    (first, *_) = MIRRORED.roots  # of degree 12
    assert first._line() == f"{first.value.decimal(12)}…, {first.tie} [{first.certainty}]"
    several = bifurcation_polynomials(odd_cubic(), 2, 1)
    assert several._line() == "period 2, multiplier 1, 3 factors of degree 1, 1, 1; 3 real roots"


def test_a_record_as_plain_data() -> None:
    record = FLIP.to_dict()
    (root,) = record["factors"][0].pop("roots")
    assert record == {
        "map": "-r*x**2 + r*x",
        "variable": "x",
        "parameter": "r",
        "period": 2,
        "multiplier": "-1",
        "within": ["3", "4"],
        "proof": "coefficient bound",
        "primes": FLIP.primes,
        "factors": [{"coefficients": ["-5", "-2", "1"], "multiplicity": 1}],
    }
    cycle = FLIP.roots[0].cycle
    assert cycle is not None
    assert root == {
        "decimal": "3.44948974278317809820",
        "isolating_interval": [str(end) for end in FLIP.roots[0].value.enclose(64)],
        "tie": "real cycle",
        "certainty": "exact",
        "cycle": [str((low + high) / 2) for low, high in cycle.points],
    }
    r = 1 + 6**0.5  # the points of the 2-cycle: r²x² − r(r + 1)x + r + 1 = 0
    half, root_of = (r + 1) / (2 * r), ((r + 1) * (r - 3)) ** 0.5 / (2 * r)
    points = sorted(float(Fraction(point)) for point in root["cycle"])
    assert points == pytest.approx([half - root_of, half + root_of], rel=1e-12)
    assert [end["decimal"] for end in BOTH.to_dict(3)["factors"][0]["roots"]] == ["-1.449", "3.449"]
    assert BOTH.to_dict()["within"] is None
    degenerate = bifurcation_polynomials(logistic(), 1, 1)  # x ← x − x²: no box holds one of two merged points
    assert degenerate.to_dict()["factors"][0]["roots"][0]["cycle"] is None


def test_a_record_as_a_table() -> None:
    html = BOTH._repr_html_()
    (caption,) = re.findall(r"<caption[^>]*>(.*?)</caption>", html)
    assert caption.startswith("Cycles of period 2 with multiplier -1 of <math")
    assert caption.endswith("</math>: 1 irreducible factor")
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html) == ["r", "degree", "cycle", "certainty"]
    assert re.findall(r'<th scope="row"[^>]*>(.*?)</th>', html) == ["-1.449489742783…", "3.449489742783…"]
    assert re.findall(r"<td[^>]*>(.*?)</td>", html) == ["2", "real cycle", level_html(Certainty.EXACT)] * 2
    assert "coefficient bound" in html


def refused(*given: Any, **named: Any) -> tuple[str, object, str, str]:
    with pytest.raises(InputError) as caught:
        bifurcation_polynomials(*given, **named)
    return caught.value.argument, caught.value.value, caught.value.accepted, caught.value.advice


def test_refusals_and_what_to_do() -> None:
    wanted = "must be a PolynomialFamily"
    assert refused("x", 2, 1) == ("family", "x", wanted, "give an expression, its variable, its parameter")
    for period in (0, True, 2.0):
        assert refused(logistic(), period, 1) == ("period", period, "must be an integer ≥ 1", "give a whole number")
    assert refused(logistic(), 12, 1)[3] == "certified boxes reach further: see certify_bifurcation and build_atlas"
    bits = module.MAX_MULTIPLIER_BITS
    large = 2**bits
    wanted = f"must have at most {bits} bits above and below"
    assert refused(logistic(), 2, large) == ("multiplier", large, wanted, "round it")
    assert refused(logistic(), 1, 1, checkpoint="c") == ("checkpoint", "c", "is of no use for period 1", "leave it out")


def test_a_multiplier_at_every_parameter_is_told_with_its_period() -> None:
    half = PolynomialFamily(_r * _x**2 + _x / 2, variable=_x, parameter=_r)
    wanted = (
        "belongs to a cycle of period 1, or to a shorter one that those of period 1 branch from, at every parameter"
    )
    assert refused(half, 1, "1/2") == ("multiplier", Fraction(1, 2), wanted, "there is no bifurcation to find")


def test_checkpoints_that_cannot_be(tmp_path: Path) -> None:
    nowhere, pipe, text = tmp_path / "no" / "c", tmp_path / "pipe", tmp_path / "text"
    os.mkfifo(pipe)
    text.write_text("a letter")
    for path, reason, advice in (
        (nowhere, "is in a folder that does not exist", "create that folder first"),
        (pipe, "is a pipe or a device, no ordinary file", "give another file"),
        (text, "is no checkpoint", "give another file"),
    ):
        assert refused(logistic(), 2, -1, checkpoint=path) == ("checkpoint", str(path), reason, advice)


def test_too_high_a_degree_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DEGREE", 1)
    wanted = "would make a polynomial of degree 2, more than 1"
    assert refused(logistic(), 2, -1) == ("period", 2, wanted, "take a smaller one")


def test_progress_is_reported_for_each_prime() -> None:
    seen: list[tuple[str, int, int]] = []
    found = bifurcation_polynomials(odd_cubic(), 2, -1, progress=lambda *report: seen.append(report))
    primes = [report for report in seen if report[0] == "primes"]
    assert [done for _, done, _ in primes] == list(range(1, found.primes + 1))


def test_a_function_that_is_told_how_far_the_work_is_can_be_called() -> None:
    assert refused(logistic(), 2, -1, progress=5)[:2] == ("progress", 5)
    assert refused(logistic(), 2, -1, checkpoint=5)[:2] == ("checkpoint", 5)
    seen: list[tuple[str, int, int]] = []
    bifurcation_polynomials(logistic(), 2, -1, progress=lambda *report: seen.append(report))
    assert seen == [("primes", 1, 1), ("cycles", 1, 2), ("cycles", 2, 2)]


@pytest.mark.parametrize(
    ("make", "longest"),
    [(logistic, 11), (odd_cubic, 7), (lambda: family_of(_z**5 + _a), 4), (lambda: family_of(_z**47 + _a), 1)],
)
def test_the_longest_period(make: Callable[[], PolynomialFamily], longest: int) -> None:
    family = make()  # 2¹¹ < 2187 = 3⁷ < 47²; a map of any degree has fixed points
    assert module._checked(family, longest, 0) == 0
    wanted = f"must be at most {longest} for a map of degree {family.degree}: its polynomial has a degree of the order "
    argument, value, accepted, _ = refused(family, longest + 1, 0)
    assert (argument, value) == ("period", longest + 1)
    assert accepted == f"{wanted}of {family.degree}^period"


def test_the_largest_multiplier() -> None:
    most = 2**module.MAX_MULTIPLIER_BITS - 1
    for multiplier in (most, -most, Fraction(1, most)):
        assert module._checked(logistic(), 2, multiplier) == multiplier
    for multiplier in (-most - 1, Fraction(1, most + 1)):
        assert refused(logistic(), 2, multiplier)[0] == "multiplier"
    assert refused(logistic(), 2, "one")[0] == "multiplier"


# --- polynomials ------------------------------------------------------------------------------------------------------


def coefficients(*rows: int) -> flint.fmpz_poly:
    return flint.fmpz_poly(list(rows))


@pytest.mark.parametrize(
    ("expression", "factor", "true", "false"),
    [
        # z²/2 + z/3: fixed points 0 and 4/3; z² + 1/6 − 1/36 in other coordinates, where the 2-cycle has 4(c + 1)
        (_a * _z**3 + _z**2 / 2 + _z / 3, (0, 1), ["1 1/3", "1 5/3", "2 41/9"], ["1 1/2", "2 4", "2 1"]),
        # z² + a² at the roots of a² = 2: 4(2 + 1)
        ((_a**2 - 2) * _z**3 + _z**2 + _a**2, (-2, 0, 1), ["2 12"], ["2 11", "2 4"]),
        # constants: one fixed point, with multiplier 0
        (_a * _z**2 + _a * _z + 1, (0, 1), ["1 0"], ["2 0", "1 1", "2 1"]),
        (_a * _z**2 + _a * _z + _a, (0, 1), ["1 0"], ["2 0", "1 1", "1 -1"]),
        # straight lines: a fixed point with their slope; z has all points fixed, c − z has cycles of period 2
        (_a * _z**2 + (_a + sympy.Rational(1, 2)) * _z + 1, (0, 1), ["1 1/2"], ["1 1", "1 0", "2 1", "2 1/4"]),
        ((_a - 1) * _z**2 + (_a + 1) * _z + 1, (-1, 1), ["1 2"], ["1 1", "1 0", "2 4", "2 2"]),
        ((_a - 1) * _z**2 + (_a**2 + 1) * _z + 1, (-1, 1), ["1 2"], ["1 1", "2 4"]),
        (_a * _z**2 + _z + _a, (0, 1), ["1 1"], ["2 1", "1 0"]),
        (_a * _z**2 + _z + 1, (0, 1), [], ["1 1", "2 1", "1 0"]),
        (_a * _z**2 - _z + 1, (0, 1), ["1 -1", "2 1"], ["1 1", "2 -1", "2 5", "2 2", "3 1", "3 -1", "4 1"]),
        (_a * _z**2 - 2 * _z + 1, (0, 1), ["1 -2"], ["2 1", "2 4", "1 1"]),
    ],
)
def test_what_is_left_where_the_degree_falls(
    expression: Any, factor: tuple[int, ...], true: list[str], false: list[str]
) -> None:
    family = family_of(sympy.expand(expression))
    for question in true + false:
        period, multiplier = question.split()
        holds = module._holds_where(family, coefficients(*factor), int(period), Fraction(multiplier))
        assert holds is (question in true), question


def test_factors_are_made_primitive_sorted_and_counted() -> None:
    given = [(coefficients(0, 0, 6), 1), (coefficients(2, -4), 1), (coefficients(-1, 2), 2), (coefficients(-5, -1), 4)]
    assert plain(module._distinct(given)) == [([-1, 2], "3"), ([5, 1], "4"), ([0, 0, 1], "1")]


def plain(factors: Any) -> list[tuple[list[int], str]]:
    """Coefficients and multiplicities as they are written: 1.0 is no multiplicity."""
    return [([int(c) for c in factor.coeffs()], repr(order)) for factor, order in factors]


LINE = (Fraction(1, 2), Fraction(1, 3))  # t = 1/2 + a/3
SQUARE = (Fraction(0), Fraction(0), Fraction(1))  # t = a²
PLAIN = Coordinates(rows=QUADRATIC, squared=False, mirrored=False, pullback=LINE)
MIRROR = Coordinates(rows=CUBIC, squared=True, mirrored=True, pullback=(Fraction(0), Fraction(1)))


@pytest.mark.parametrize(
    ("form", "period", "parts", "expected"),
    [
        # (1/2 + a/3)² − 2 = (4a² + 12a − 63)/36
        (PLAIN, 3, [(-2, 0, 1)], [([-63, 12, 4], "1")]),
        (PLAIN, 3, [(4, 0, -4, 0, 1)], [([-63, 12, 4], "2")]),
        (PLAIN, 2, [(4, 0, -4, 0, 1)], [([-63, 12, 4], "1")]),  # the square of what is wanted
        (replace(PLAIN, pullback=SQUARE), 3, [(-1, 1)], [([-1, 1], "1"), ([1, 1], "1")]),
        (replace(PLAIN, pullback=SQUARE), 3, [(0, 0, 0, 1)], [([0, 1], "6")]),
        (replace(PLAIN, mirrored=True), 3, [(-2, 1)], [([-63, 12, 4], "1")]),  # a polynomial in t²
        (MIRROR, 3, [(5, 2, 0, 1)], [([5, 2, 0, 1], "1"), ([-5, 2, 0, 1], "1")]),  # and its mirror image
        (MIRROR, 2, [(4, -4, 1), (9, -6, 1)], [([-2, 0, 1], "1"), ([-3, 0, 1], "1")]),  # both kinds, in t²
    ],
)
def test_polynomials_pulled_back_to_the_parameter(
    form: Coordinates, period: int, parts: list[tuple[int, ...]], expected: list[tuple[list[int], str]]
) -> None:
    job = Job(form=form, period=period, multiplier=Fraction(-1))
    assert plain(module._pulled_back(job, [coefficients(*part) for part in parts])) == expected


def test_a_polynomial_that_vanishes_everywhere_is_no_answer() -> None:
    for form, part in ((PLAIN, ()), (replace(PLAIN, pullback=(Fraction(2),)), (-2, 1))):
        with pytest.raises(InputError) as caught:
            module._pulled_back(Job(form=form, period=3, multiplier=Fraction(1, 9)), [coefficients(*part)])
        assert caught.value.value == Fraction(1, 9)
        assert caught.value.accepted.startswith("belongs to a cycle of period 3, or to a shorter one")


@pytest.mark.parametrize(
    ("make", "period"), [(quadratic, 3), (logistic, 3), (residual, 3), (residual, 2), (odd_cubic, 3)]
)
def test_the_degree_is_known_before_the_work(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], PolynomialFamily], period: int
) -> None:
    family = make()
    degree = bifurcation_polynomials(family, period, 3, within=(100, 101)).degree
    monkeypatch.setattr(module, "MAX_DEGREE", degree)
    assert bifurcation_polynomials(family, period, 3, within=(100, 101)).degree == degree
    monkeypatch.setattr(module, "MAX_DEGREE", degree - 1)
    assert refused(family, period, 3)[2] == f"would make a polynomial of degree {degree}, more than {degree - 1}"


def test_fixed_points_are_eliminated_at_once() -> None:
    found = bifurcation_polynomials(family_of(_z**3 + _a * _z), 1, "1/2", within=(5, 6))
    # 0 has the multiplier a; ±√(1 − a) have 3(1 − a) + a
    assert [(factor.coefficients, factor.multiplicity) for factor in found] == [((-1, 2), 1), ((-5, 4), 2)]
    assert (found.proof, found.primes) == ("elimination", 0)


def test_regression_period_one_is_proved_where_points_go_to_infinity() -> None:
    # a z³ + z/2 − z = 0: the multiplier is 1/2 at 0, and 3/2 + 1/2 at ±1/√(2a); at a = 0 it is 1/2 everywhere
    found = bifurcation_polynomials(family_of(_a * _z**3 + _z / 2 + _a), 1, -1, within=(100, 101))
    assert found.proof == "elimination"
    # 3az² + 1/2 = −1 and az³ − z/2 + a = 0: z² = −1/(2a), z = a, so that 2a³ = −1
    assert [(factor.coefficients, factor.multiplicity) for factor in found] == [((1, 0, 0, 2), 1)]


# --- real roots -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "period", "multiplier", "parameter", "tie"),
    [
        # z² + c: the 2-cycle z² + z + c + 1 = 0 has the multiplier 4(c + 1)
        (_z**2 + _a, 2, -4, -2, CycleTie.REAL),
        (_z**2 + _a, 2, "1/3", "-11/12", CycleTie.REAL),
        (_z**2 + _a, 2, 3, "-1/4", CycleTie.COMPLEX),
        (_z**2 + _a, 2, 1, "-3/4", CycleTie.BRANCH),  # there it is born from a fixed point
        (_z**2 + _a, 2, -1, "-3/4", CycleTie.OPEN),
        (_z**2 + _a, 2, 1, 0, CycleTie.OPEN),
        (_z**2 + _a, 2, 5, 0, CycleTie.OPEN),
        (_z**2 + _a, 1, 1, "1/4", CycleTie.REAL),
        (_z**2 + _a, 1, 2, "1/4", CycleTie.OPEN),
        (_z**2 + _a, 2, 4, 0, CycleTie.COMPLEX),  # z² + z + 1, while the fixed point 1 has 2² = 4, too
        (_z**2 + _a, 4, 1, "-5/4", CycleTie.BRANCH),  # where 4(c + 1) = −1
        (_z**2 + _a, 3, 1, "-7/4", CycleTie.REAL),  # the tangency of the window of period 3
        # ±i are fixed with the multipliers ±i: complex cycles of period 4 branch there, and no real ones
        (_z + (_z**2 + 1) * (_z + 1) / 2 + _a, 4, 1, 0, CycleTie.COMPLEX),
        # −z + z³ at a = 0: the derivative at the only point of period 1 or 2 on the axis, 0, is −1
        (_z**3 - _z + _a, 2, 1, 0, CycleTie.BRANCH),
        (_a * _z**2 + _z, 1, 1, 0, CycleTie.REAL),  # all points are fixed
        (_a * _z**2 - _z + 1, 2, 1, 0, CycleTie.REAL),  # all points but one are of period 2
    ],
)
def test_rational_parameters_are_looked_at_exactly(
    expression: Any, period: int, multiplier: Any, parameter: Any, tie: CycleTie
) -> None:
    family = family_of(sympy.expand(expression))
    assert module._tie_exactly(family, period, Fraction(multiplier), Fraction(parameter)) is tie


def test_how_many_points_are_looked_at_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    family, root = family_of(_z**2 + _a), RealAlgebraic.rational(0)
    for most, tie in ((8, CycleTie.COMPLEX), (7, CycleTie.OPEN)):  # of z⁸ = z, six points that are not real
        monkeypatch.setattr(module, "MAX_EXACT_POINTS", most)
        assert module._tie(family, 3, Fraction(8), root, [root], None) == (tie, None)
    monkeypatch.setattr(module, "MAX_EXACT_POINTS", 4)
    monkeypatch.setattr(module, "_tie_exactly", lambda *_: pytest.fail("at an irrational number"))
    (_, irrational) = real_roots(coefficients(-3, 0, 4))  # a² − 1 = −1/4
    assert module._tie(family_of(_z**2 + _a**2 - 1), 2, Fraction(3), irrational, [irrational], None)[0] is CycleTie.OPEN


ONE, TWO, THREE = (RealAlgebraic.rational(number) for number in (1, 2, 3))


def box(period: int, lower: object, upper: object) -> Any:
    return SimpleNamespace(period=period, parameter=(Fraction(str(lower)), Fraction(str(upper))))


@pytest.mark.parametrize(
    ("boxes", "limits", "tried", "expected"),
    [
        # what is proved at once, and what is so once it is narrow: ONE is the root, TWO the next one
        ([[box(2, 0.5, 1.5)]], None, 1, "real cycle"),
        ([[box(2, 1, 2), box(2, 1, 1.5)]], None, 2, "real cycle"),
        ([[box(2, 1, 2), box(2, 1, 2), box(2, 0, 2)]], None, 3, None),
        # another root, another period, no proof: the next seed
        ([[box(2, 2, 2.5)], [box(2, 0.5, 1.5)]], None, 2, "real cycle"),
        ([[box(1, 0.5, 1.5)], [None], [box(2, 0.5, 1.5)]], None, 3, "real cycle"),
        # a box that reaches beyond the interval, or to its end
        ([[box(2, 0.4, 1.5), box(2, 0.6, 2.6), box(2, 0.6, 1.5)]], (0.5, 2.5), 3, "real cycle"),
        ([[box(2, 0.5, 1.5), box(2, 0.6, 1.5)]], (0.5, 2.5), 2, "real cycle"),
        ([[box(2, 0.6, 1.5), box(2, 0.6, 1.4)]], (0.5, 1.5), 2, "real cycle"),
        ([[box(2, 0.6, 1.4), box(2, 0.6, 1.4)]], (0.5, 1.5), 1, "real cycle"),
        ([[box(2, 3, 4), box(2, 0.6, 1.4)]], (0.5, 2.5), 2, "real cycle"),
    ],
)
def test_which_boxes_prove_a_cycle(
    monkeypatch: pytest.MonkeyPatch, boxes: list[list[Any]], limits: Any, tried: int, expected: str | None
) -> None:
    asked: list[tuple[Any, ...]] = []

    def certified(*given: Any, bits: int) -> Any:
        _, _, orbit, _ = given
        return noted(asked, (*given, bits), boxes[orbit][module._BITS.index(bits)])

    seeds: list[tuple[Any, ...]] = []
    monkeypatch.setattr(module, "certify_bifurcation", certified)
    monkeypatch.setattr(module, "cycle_seeds", lambda *given: noted(seeds, given, iter(range(len(boxes)))))
    monkeypatch.setattr(module, "_tie_exactly", lambda *given: noted(seeds, given, CycleTie.COMPLEX))
    family, m = quadratic(), Fraction(-1)
    within = limits and (Fraction(str(limits[0])), Fraction(str(limits[1])))
    tie, cycle = module._tie(family, 2, m, ONE, [ONE, TWO], within)
    assert len(asked) == tried
    assert {(*given[:2], *given[3:]) for given in asked} == {(family, 1, m, bits) for *_, bits in asked}
    assert seeds[0] == (family, 1, 2, m)
    if expected is None:
        assert (tie, cycle, seeds[1:]) == (CycleTie.COMPLEX, None, [(family, 2, m, 1)])
    else:
        assert (str(tie), seeds[1:]) == (expected, [])
        assert cycle is boxes[asked[-1][2]][module._BITS.index(asked[-1][4])]


@pytest.mark.parametrize(
    ("period", "multiplier", "wanted"),
    [
        (2, 1, [(2, 1), (1, -1)]),
        (6, 1, [(6, 1), (3, -1)]),
        (3, 1, [(3, 1)]),
        (4, 2, [(4, 2)]),
        (4, -1, [(4, -1)]),
        (9, 1, [(9, 1)]),
    ],
)
def test_branchings_are_looked_for_where_there_may_be_some(
    monkeypatch: pytest.MonkeyPatch, period: int, multiplier: int, wanted: list[tuple[int, int]]
) -> None:
    seeds: list[Any] = []
    monkeypatch.setattr(module, "cycle_seeds", lambda *given: noted(seeds, given[2:], iter(())))
    monkeypatch.setattr(module, "_tie_exactly", lambda *_: CycleTie.OPEN)
    module._tie(quadratic(), period, Fraction(multiplier), ONE, [ONE], None)
    assert seeds == wanted
    assert all(type(length) is int for length, _ in seeds)


def test_a_branching_is_tied_to_the_cycle_of_half_the_period() -> None:
    root = RealAlgebraic.rational(Fraction(-5, 4))
    tie, cycle = module._tie(quadratic(), 4, Fraction(1), root, [root], None)
    assert (tie, cycle and cycle.period) == (CycleTie.BRANCH, 2)


@pytest.mark.parametrize(
    ("proof", "rational", "certified", "tie", "expected"),
    [
        ("coefficient bound", False, False, CycleTie.OPEN, Certainty.EXACT),
        ("elimination", False, True, CycleTie.REAL, Certainty.EXACT),
        ("fresh primes", False, True, CycleTie.REAL, Certainty.CERTIFIED),
        ("fresh primes", False, False, CycleTie.OPEN, Certainty.NUMERICAL),
        ("fresh primes", True, True, CycleTie.REAL, Certainty.CERTIFIED),
        ("fresh primes", True, False, CycleTie.REAL, Certainty.EXACT),  # decided at the number itself
        ("fresh primes", True, False, CycleTie.OPEN, Certainty.NUMERICAL),
    ],
)
def test_how_certain_a_root_is(
    monkeypatch: pytest.MonkeyPatch, proof: str, rational: bool, certified: bool, tie: CycleTie, expected: Certainty
) -> None:
    answer = (tie, box(2, 0, 3) if certified else None)
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(module, "_tie", lambda *given: noted(asked, given, answer))
    told: list[tuple[str, int, int]] = []
    polynomials = [(coefficients(-1, 1), 1), (coefficients(-2, 1), 2)] if rational else [(coefficients(-2, 0, 1), 3)]
    limits, m = (Fraction(-2), Fraction(2)), Fraction(-1)
    found = module._assemble(
        quadratic(), 2, m, limits, polynomials, proof, 7, lambda *report: noted(told, report, None)
    )
    roots = (
        [ONE] if rational else list(real_roots(coefficients(-2, 0, 1)))
    )  # 2, at the end of the interval, is not in it
    assert found.roots == tuple(
        BifurcationRoot(value=root, tie=tie, cycle=answer[1], certainty=expected) for root in roots
    )
    assert asked == [(quadratic(), 2, m, root, roots, limits) for root in roots]
    assert told == [("cycles", number + 1, len(roots)) for number in range(len(roots))]
    assert [(factor.coefficients, factor.multiplicity, len(factor.roots)) for factor in found] == (
        [((-1, 1), 1, 1), ((-2, 1), 2, 0)] if rational else [((-2, 0, 1), 3, 2)]
    )
    assert (found.family, found.period, found.multiplier, found.within) == (quadratic(), 2, m, limits)
    assert (found.proof, found.primes) == (proof, 7)


# --- primes and their file --------------------------------------------------------------------------------------------

LARGE = Fraction(10**60, 10**60 + 7)  # for which the proof takes seven primes, of a fraction of a millisecond each
JOB = plan(coordinates(quadratic()), 3, LARGE)
SEVEN = [residues(JOB, prime)[1] for prime in islice(primes(3, JOB.avoid), 7)]


def cubic() -> tuple[int, ...]:
    """The parameters of z² + c whose 3-cycle has the multiplier 8P: c³ + 2c² + (1 − P)c + (1 − P)² = 0."""
    rest = 1 - LARGE / 8
    common = rest.denominator**2
    return tuple(int(value * common) for value in (rest**2, rest, Fraction(2), Fraction(1)))


def signed(body: object) -> str:
    return json.dumps([sha256(json.dumps(body).encode()).hexdigest(), body]) + "\n"


@pytest.fixture
def key(tmp_path: Path) -> str:
    """What the lines of JOB begin with."""
    store = module._Checkpoint(tmp_path / "none")
    assert store.open_for(JOB) == {}
    return store.key


def line(key: str, found: Residues) -> str:
    return signed([key, found.prime, [[f"{c:x}" for c in part] for part in found.coefficients]])


def run(path: Path | None = None, **named: Any) -> BifurcationPolynomials:
    return bifurcation_polynomials(quadratic(), 3, LARGE, within=(100, 101), checkpoint=path, **named)


def test_a_checkpoint_is_a_signed_line_for_each_prime(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "primes"
    whole = run(path)
    assert [factor.coefficients for factor in whole] == [cubic()]
    assert (whole.proof, whole.primes) == ("coefficient bound", 7)
    assert re.fullmatch("[0-9a-f]{32}", key)
    every = [line(key, found) for found in SEVEN]
    assert path.read_text() == "".join(every)

    computed: list[int] = []
    monkeypatch.setattr(module, "residues", lambda job, prime: noted(computed, prime, residues(job, prime)))
    damaged = every[0].replace(key, key[::-1], 1)
    for text, after, missing in (
        ("".join(every), "".join(every), 0),
        ("".join(every[:3]), "".join(every), 4),
        ("".join(every[:3]) + every[3][:40], "".join(every[:3]) + every[3][:40] + "\n" + "".join(every[3:]), 4),
        (damaged + "".join(every[1:]), damaged + "".join(every[1:]) + every[0], 1),
        (damaged, damaged + "".join(every), 7),
        (every[0] + "[]\n" + "".join(every[1:]), every[0] + "[]\n" + "".join(every[1:]), 0),
        (every[0] + every[0], every[0] + every[0] + "".join(every[1:]), 6),
    ):
        path.write_text(text)
        computed.clear()
        told: list[tuple[str, int, int]] = []
        assert run(path, progress=lambda *report: told.append(report)) == whole  # noqa: B023  # it is called here
        assert path.read_text() == after
        assert computed == [found.prime for found in SEVEN if line(key, found) not in text]
        assert len(computed) == missing
        assert told == [("primes", done, 7) for done in range(1, 8)]


def test_what_is_asked_of_other_processes(tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, list[int]]] = []

    def compute(job: Job, todo: Iterator[int], workers: int, least: int) -> Iterator[Residues]:
        some = list(islice(todo, 9))
        asked.append((workers, least, some))
        return (residues(job, prime)[1] for prime in some)

    monkeypatch.setattr(module, "_compute", compute)
    path = tmp_path / "primes"
    every = [found.prime for found in SEVEN]
    checked: list[int] = []
    monkeypatch.setattr(module, "agrees", lambda *given: noted(checked, given[2], agrees(*given)))
    run(path, workers=3)
    path.write_text("".join(line(key, found) for found in SEVEN[:5]))
    run(path, workers=2)
    run(path, workers=2)
    assert asked == [(3, 7, every), (2, 2, every[5:]), (2, 1, [])]
    assert checked == 3 * list(islice(primes(3, JOB.avoid), 7, 8))  # a prime that took no part
    asked.clear()
    found = bifurcation_polynomials(odd_cubic(), 2, -1, workers=4)  # no bound: until nothing changes any more
    assert asked == [(4, 1, list(islice(primes(2), 1, 10)))]
    assert (found.proof, found.primes) == ("fresh primes", 2)


@pytest.mark.parametrize(
    ("workers", "seconds", "least", "together"),
    [(1, 9.0, 9, False), (2, 0.5, 2, False), (2, 0.6, 2, True), (3, 9.0, 1, True), (2, 0.1, 4, False)],
)
def test_processes_are_started_for_long_work(
    monkeypatch: pytest.MonkeyPatch, workers: int, seconds: float, least: int, together: bool
) -> None:
    job: Any = SimpleNamespace(seconds=seconds)
    asked: list[Any] = []
    monkeypatch.setattr(module, "_WORTH_A_POOL", 1.0)
    monkeypatch.setattr(module, "residues", lambda *given: (None, given))
    monkeypatch.setattr(module, "in_parallel", lambda *given: noted(asked, given, ((5, given[0](p)) for p in (7, 5))))
    todo = iter((7, 5))
    found: list[Any] = list(module._compute(job, todo, workers, least))
    assert found == [(job, 7), (job, 5)]
    assert asked == ([(module._Task(job), todo, workers)] if together else [])


def test_primes_in_a_file_are_those_of_the_computation(tmp_path: Path) -> None:
    path = tmp_path / "primes"
    unproved = replace(JOB, bounds=())
    avoiding = replace(JOB, multiplier=Fraction(1, SEVEN[0].prime))
    for job, count in ((JOB, 9 + MAX_WORKERS), (unproved, 2 + MAX_WORKERS), (avoiding, 9 + MAX_WORKERS)):
        store = module._Checkpoint(path)
        store.open_for(job)
        *_, last, beyond = islice(primes(3, job.avoid), count + 1)
        for prime in (last, beyond):
            path.write_text(line(store.key, replace(SEVEN[0], coefficients=((1,),), prime=prime)))
            if prime == last:
                assert set(module._Checkpoint(path).open_for(job)) == {last}
            else:
                with pytest.raises(InputError, match="holds what no computation wrote"):
                    module._Checkpoint(path).open_for(job)
        path.unlink()


@pytest.mark.parametrize(
    ("prime", "parts", "kinds", "fits"),
    [
        (7, ((0, 6), ()), 2, True),
        (7, ((0, 6),), 2, False),
        (7, ((0, 7),), 1, False),
        (7, ((1,), (-1, 2)), 2, False),
        (7.0, ((1,),), 1, False),
        ("7", ((1,),), 1, False),
        (True, ((0,),), 1, False),
    ],
)
def test_what_can_be_a_residue(prime: Any, parts: tuple[tuple[int, ...], ...], kinds: int, fits: bool) -> None:
    assert module._fits(Residues(prime=prime, coefficients=parts), kinds) is fits


def test_what_a_checkpoint_must_not_hold(tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "primes"
    first = SEVEN[0]
    too_large = replace(first, coefficients=((first.prime,),))
    wrong = replace(first, coefficients=((*first.coefficients[0][:-1], 5),))
    fails = "the polynomial fails its check at a fresh prime"
    for text, reason in (
        ("[é", "cannot be read as a checkpoint"),
        (line(key[::-1], first), "belongs to another computation"),
        (line(key, first) + line(key[::-1], SEVEN[1]), "belongs to another computation"),
        (line(key, too_large), "holds what no computation wrote"),
        (line(key, wrong), f"holds wrong residues: {fails}"),
    ):
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            run(path)
        error = caught.value
        assert (error.argument, error.value, error.accepted) == ("checkpoint", str(path), reason)
        assert error.advice == "give another file"
        assert error.__suppress_context__ is (reason == "cannot be read as a checkpoint")
    length = path.write_text(line(key, first))
    for most in (length, length - 1):
        monkeypatch.setattr(module, "MAX_CHECKPOINT_BYTES", most)
        if most == length:
            run(path)
            path.write_text(line(key, first))
        else:
            with pytest.raises(InputError, match="cannot be read as a checkpoint") as caught:
                run(path)
            assert str(caught.value.__context__) == "longer than any checkpoint"


def test_a_wrong_result_is_the_fault_of_the_file_only_where_one_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "combine", lambda *given: tuple(part + 1 for part in combine(*given) or ()))
    for path in (None, tmp_path / "primes"):
        with pytest.raises(SymphaseError) as caught:
            run(path)
        said = "the polynomial of period 3 fails its check at a fresh prime; please report this"
        assert str(caught.value) == said
    monkeypatch.setattr(module, "combine", lambda *_: None)
    with pytest.raises(SymphaseError) as caught:
        run()
    assert str(caught.value) == "the primes ran out"


def test_a_file_that_cannot_be_written_is_told_with_the_systems_word(tmp_path: Path) -> None:
    path = tmp_path / "primes"
    store = module._Checkpoint(path)
    store.open_for(JOB)
    path.mkdir()
    with pytest.raises(InputError) as caught:
        store.add(SEVEN[0])
    assert caught.value.accepted == "cannot be written: Is a directory"

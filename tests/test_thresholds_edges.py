"""Boundaries word for word: of a rational number, of a radical, of a root, of a certified box and of an onset."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import flint
import pytest
import sympy
from edges import noted, table

from symphase import thresholds
from symphase.algebraic import RealAlgebraic, real_roots
from symphase.cycles import CertifiedBifurcation, certify_bifurcation
from symphase.display import family_html, family_text, formula_html, level_html
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.onset import MonotonicityTheorem, Onset
from symphase.thresholds import Boundaries, Boundary, BoundaryKind, FixedPoint

z, a, alpha = sympy.symbols("z a alpha")
SQUARE = PolynomialFamily(z**2 + a, variable=z, parameter=a)
GREEK = PolynomialFamily(z**2 + alpha, variable=z, parameter=alpha)


def certified() -> CertifiedBifurcation:
    found = certify_bifurcation(SQUARE, -1.25, [-1.2, 0.2], -1)
    assert found is not None
    return found


def onset(lower: Fraction, upper: Fraction) -> Onset:
    theorem = MonotonicityTheorem(
        verdict=Verdict.PROVED, **{name: value for name, value in THEOREM.items() if name in FIELDS}
    )
    nothing: Any = None
    return Onset(
        bracket=(lower, upper),
        ordered_side=nothing,
        chaotic_side=nothing,
        theorem=theorem,
        estimate="-1.40115",
        estimate_digits=5,
        direction=-1,
    )


FIELDS = MonotonicityTheorem.__dataclass_fields__
THEOREM: dict[str, Any] = {name: None for name in FIELDS if name != "verdict"} | {"statement": "entropy grows"}
RATIONAL = RealAlgebraic.rational(Fraction(-5, 4))
RADICAL = real_roots(flint.fmpz_poly([-4, 4, 1]))[1]  # 2√2 − 2
ROOT = real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 1]))[0]  # of x⁵ − x − 1
BOX = certified()
ONSET = onset(Fraction(-1402, 1000), Fraction(-1401, 1000))


def boundary(value: Any, **changes: Any) -> Boundary:
    plain: dict[str, Any] = {
        "kind": BoundaryKind.FLIP,
        "value": value,
        "period": 2,
        "multiplier": -1,
        "certainty": Certainty.EXACT,
        "before": "calm & <b>",
        "after": "then",
        "evidence": "by f",
        "family": SQUARE,
    }
    return Boundary(**plain | changes)


# value, line, LaTeX, formula, text, digits with their relation, LaTeX in a sentence, LaTeX in a table
WORDS = [
    (RATIONAL, "a = -1.25", r"- \frac{5}{4}", "−5/4", "-5/4", r"$a = -\frac{5}{4}$", r"= -\frac{5}{4}"),
    (
        RADICAL,
        "a = 0.828427124746…",
        r"-2 + 2 \sqrt{2}",
        "2√2 − 2",
        "-2 + 2*sqrt(2)",
        r"$a = 2\sqrt{2} - 2$",
        r"= 2\sqrt{2} - 2",
    ),
    (
        ROOT,
        "a = 1.167303978261…",
        r"\text{the root of } a^{5} - a - 1 \text{ in } (1.1,\, 1.2)",
        "root of a⁵ − a − 1 in (1.1, 1.2)",
        "root of a**5 - a - 1 in (1.1, 1.2)",
        r"$a = \text{the root of } a^{5} - a - 1 \text{ in } (1.1,\, 1.2)$",
        r"= 1.167303978261\ldots",
    ),
    (
        BOX,
        "a = -1.250000000000…",
        r"-1.250000000000\ldots",
        "in (-1.2500000000000001, -1.2499999999999999)",
        "in (-1.2500000000000001, -1.2499999999999999)",
        r"$a = -1.250000000000\ldots$",
        r"= -1.250000000000\ldots",
    ),
    (
        ONSET,
        "a in (-1.4020, -1.4010)",
        r"-1.40\ldots",
        "in (-1.4020, -1.4010)",
        "in (-1.4020, -1.4010)",
        r"$a \in (-1.4020,\, -1.4010)$",
        r"\in (-1.4020,\, -1.4010)",
    ),
]


@pytest.mark.parametrize(("value", "line", "latex", "formula", "text", "sentence", "cell"), WORDS)
def test_a_number_in_words(
    value: Any, line: str, latex: str, formula: str, text: str, sentence: str, cell: str
) -> None:
    found = boundary(value)
    assert found._line() == f"flip of period 2 → 4, {line} [exact]"
    assert found.latex() == latex
    assert found.formula() == formula
    assert str(found) == text
    assert found._digits() == line.removeprefix("a ")
    assert found._repr_latex_() == sentence
    assert found._short_latex() == cell
    assert found.algebraic is (value if isinstance(value, RealAlgebraic) else None)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (RATIONAL, formula_html(sympy.Rational(-5, 4))),
        (RADICAL, f"{formula_html(2 * sympy.sqrt(2) - 2)} = 0.828427124746…"),
        (ROOT, "a root of a polynomial of degree 5 = 1.167303978261…"),
        (BOX, "one root in a certified box = -1.250000000000…"),
        (ONSET, "in (-1.4020, -1.4010)"),
    ],
)
def test_a_boundary_as_a_table(value: Any, exact: str) -> None:
    assert table(boundary(value)._repr_html_()) == (
        "<strong>flip of period 2 → 4</strong>",
        {
            "a": exact,
            "certainty": level_html(Certainty.EXACT),
            "before": "calm &amp; &lt;b&gt;",
            "after": "then",
            "how it was obtained": "by <var>f</var>",
        },
    )


def test_names_of_parameters_are_set() -> None:
    found = boundary(RATIONAL, family=GREEK)
    assert found._line() == "flip of period 2 → 4, α = -1.25 [exact]"
    assert found._repr_latex_() == r"$\alpha = -\frac{5}{4}$"
    assert "α" in table(found._repr_html_())[1]
    assert boundary(ROOT, family=GREEK).formula() == "root of α⁵ − α − 1 in (1.1, 1.2)"
    assert str(boundary(ROOT, family=GREEK)) == "root of alpha**5 - alpha - 1 in (1.1, 1.2)"
    assert r"\alpha^{5}" in boundary(ROOT, family=GREEK).latex()


def test_wide_radicals_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for width, words in ((160.0, False), (160.5, True)):
        monkeypatch.setattr(thresholds, "formula_width", lambda _, width=width: width)
        assert (boundary(RADICAL)._exact_html() == "a root of a polynomial of degree 2") is words
        assert (boundary(RADICAL)._short_latex() == r"= 0.828427124746\ldots") is words


@pytest.mark.parametrize(
    ("kind", "period", "name"),
    [
        (BoundaryKind.FLIP, 1, "flip of period 1 → 2"),
        (BoundaryKind.FLIP, 8, "flip of period 8 → 16"),
        (BoundaryKind.TANGENCY, 3, "birth of the first 3-cycle"),
        (BoundaryKind.STABILITY, 1, "fixed point becomes attracting"),
        (BoundaryKind.MONOTONE_END, 1, "end of monotone convergence"),
        (BoundaryKind.ONSET, None, "onset of chaos"),
        (BoundaryKind.CRISIS, 3, "interior crisis"),
        (BoundaryKind.ESCAPE, None, "escape (boundary crisis)"),
    ],
)
def test_names(kind: BoundaryKind, period: int | None, name: str) -> None:
    assert boundary(RATIONAL, kind=kind, period=period).name == name


def test_plain_data_of_an_exact_boundary() -> None:
    lower, upper = RADICAL.enclose(64)
    assert boundary(RADICAL).to_dict(6) == {
        "kind": "flip (period doubling)",
        "name": "flip of period 2 → 4",
        "exact": "-2 + 2*sqrt(2)",
        "latex": r"-2 + 2 \sqrt{2}",
        "decimal": "0.828427",
        "certainty": "exact",
        "period": 2,
        "multiplier": -1,
        "before": "calm & <b>",
        "after": "then",
        "bounds": [str(lower), str(upper)],
        "minimal_polynomial": ["-4", "4", "1"],
        "isolating_interval": [str(end) for end in RADICAL.interval],
        "evidence": "by f",
    }
    assert boundary(RATIONAL).to_dict()["decimal"] == "-1.25" + "0" * 18


def test_plain_data_of_a_box_and_of_an_onset() -> None:
    record = boundary(BOX).to_dict(6)
    assert (record["exact"], record["minimal_polynomial"], record["isolating_interval"]) == (None, None, None)
    assert record["decimal"] == "-1.250000"
    assert not {"estimate", "theorem"} & set(record)
    record = boundary(ONSET).to_dict()
    assert record["bounds"] == ["-701/500", "-1401/1000"]
    assert record["estimate"] == {"decimal": "-1.40115", "certainty": "numerical"}
    assert record["theorem"] == {"verdict": "proved", "statement": "entropy grows"}


def test_floats() -> None:
    assert float(boundary(RATIONAL)) == -1.25
    assert float(boundary(ONSET)) == -1.40115
    assert float(boundary(BOX)) == -1.25


# --------------------------------------------------------------------------------------------------- bounds and digits


def test_a_box_is_narrowed_as_far_as_asked() -> None:
    found = boundary(BOX)
    for bits in (20, 64, 300):
        lower, upper = found.enclose(bits)
        assert lower <= Fraction(-5, 4) <= upper
        assert upper - lower <= Fraction(1, 2**bits)
        assert BOX.parameter[0] <= lower
        assert upper <= BOX.parameter[1]
    assert found.enclose(20) == BOX.parameter
    assert boundary(ONSET).enclose(500) == ONSET.bracket
    lower, upper = boundary(RADICAL).enclose()
    assert (lower, upper) == RADICAL.enclose(64) != RADICAL.enclose(65)


def test_a_box_of_exactly_the_width_asked_for_is_wide_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thresholds, "certify_bifurcation", lambda *_, **__: pytest.fail("it was wide enough"))
    box = replace(BOX, parameter=(Fraction(-2), Fraction(-2) + Fraction(1, 2**30)))
    assert boundary(box).enclose(30) == box.parameter
    for finer in (box.parameter, (Fraction(-2), Fraction(-2)), (box.parameter[1], box.parameter[1])):
        record = SimpleNamespace(parameter=finer)
        monkeypatch.setattr(thresholds, "certify_bifurcation", lambda *_, record=record, **__: record)
        assert boundary(box).enclose(30) == box.parameter
        assert boundary(replace(box, points=BOX.points)).enclose(31) == finer


@pytest.mark.parametrize("ends", [None, (-3, -1), (-1, 0), (-2, 0)])
def test_a_box_that_is_not_narrowed_is_an_error(monkeypatch: pytest.MonkeyPatch, ends: tuple[int, int] | None) -> None:
    asked: dict[str, Any] = {}

    def certify(*given: Any, **named: Any) -> Any:
        asked.update(named, given=given)
        return None if ends is None else SimpleNamespace(parameter=tuple(map(Fraction, ends)))

    monkeypatch.setattr(thresholds, "certify_bifurcation", certify)
    box = replace(BOX, parameter=(Fraction(-2), Fraction(-1)))
    with pytest.raises(ArithmeticError, match=r"^the box of flip of period 2 → 4 could not be narrowed to 2\^-55$"):
        boundary(box).enclose(55)
    assert asked["given"] == (SQUARE, Fraction(-3, 2), [float(sum(p) / 2) for p in BOX.points], -1)
    assert asked["bits"] == 99 + 64  # 55/0.55 rounded down: the box has 0.6 of the bits, less what is lost on the way


def test_digits_of_an_onset_are_those_of_its_bracket() -> None:
    assert boundary(onset(Fraction(35699, 10**4), Fraction(35701, 10**4))).decimal() == "3.570"
    assert boundary(onset(Fraction(3569946, 10**6), Fraction(3569947, 10**6))).decimal() == "3.56995"
    assert boundary(onset(Fraction(3569946, 10**6), Fraction(3569947, 10**6))).decimal(2) == "3.57"
    assert boundary(onset(Fraction(49, 100), Fraction(51, 100))).decimal() in {"0", "1", "0.5"}


def test_digits_of_a_box_are_all_there() -> None:
    assert boundary(BOX).decimal(40) == "-1.25" + "0" * 38
    assert boundary(BOX).decimal(0) == "-1"
    assert boundary(BOX).decimal() == "-1.25" + "0" * 18
    for digits in (-1, 100_001, 1.0, True):
        with pytest.raises(InputError, match=r"^digits = "):
            boundary(BOX).decimal(digits)  # type: ignore[arg-type]  # the point of the test


def test_a_box_around_a_tie_gives_fewer_digits_than_asked() -> None:
    """−5/4 rounds to −1.2 or −1.3: no precision tells which, and a digit less is proved."""
    assert boundary(BOX).decimal(1) == "-1"


def test_a_narrow_bracket_gives_all_its_digits() -> None:
    third = Fraction(1, 3)
    assert boundary(onset(third, third + Fraction(1, 10**31))).decimal(40) == "0." + "3" * 30
    assert boundary(onset(third, third + Fraction(1, 10**31))).decimal(29) == "0." + "3" * 29


def test_precision_is_raised_up_to_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    digits = 17  # so that the budget, 8 bits a digit and 512 more, is met exactly
    tie, tiny = Fraction(1, 2 * 10**digits), Fraction(1, 10**10_000)
    monkeypatch.setattr(Boundary, "enclose", lambda _, bits: noted(asked, bits, (tie - tiny, tie + tiny)))
    assert boundary(BOX).decimal(digits) == "0." + "0" * (digits - 1)
    assert asked == list(range(int(3.33 * digits) + 16, 8 * digits + 513, 64))
    asked.clear()
    assert boundary(BOX).compare(tie) is None
    assert asked == [64, 256, 1024]
    asked.clear()
    assert (float(boundary(BOX)), str(boundary(BOX))) == (float(tie), "in (0.0000000000000000, 0.0000000000000001)")
    assert asked == [64, 64]


def test_the_shown_bounds_are_the_tightest_that_differ() -> None:
    for width, said in (
        (Fraction(3, 10**3), "in (-2.000, -1.997)"),
        (Fraction(2, 10**3), "in (-2.0000, -1.9980)"),
        (Fraction(29, 10**4), "in (-2.0000, -1.9971)"),
        (Fraction(1, 10), "in (-2.00, -1.90)"),
        (Fraction(1, 2), "in (-2.0, -1.5)"),
        (Fraction(0), "in (-2.0000000000000000, -2.0000000000000000)"),
    ):
        text = str(boundary(onset(Fraction(-2), Fraction(-2) + width)))
        assert text == said
        lower, upper = (Fraction(end) for end in text[4:-1].split(", "))
        assert lower <= -2 <= -2 + width <= upper


def test_sides_are_decided_exactly_or_not_at_all() -> None:
    for value, at in ((RATIONAL, Fraction(-5, 4)), (RADICAL, Fraction(83, 100))):
        found = boundary(value)
        assert (found.compare(at - 1), found.compare(at + 1)) == (1, -1)
    assert boundary(RATIONAL).compare(Fraction(-5, 4)) == 0
    found = boundary(ONSET)
    assert [found.compare(Fraction(text)) for text in ("-1.5", "-1.402", "-1.4015", "-1.401", "-1")] == [
        1,
        1,
        None,
        -1,
        -1,
    ]
    found = boundary(BOX)
    tiny = Fraction(1, 2**900)
    assert [found.compare(Fraction(-5, 4) + shift) for shift in (-tiny, 0, tiny)] == [1, None, -1]
    assert boundary(BOX).compare("1/2") == boundary(ONSET).compare(0.5) == -1  # type: ignore[arg-type]  # any number
    with pytest.raises(InputError, match=r"^parameter = "):
        boundary(BOX).compare("x")  # type: ignore[arg-type]  # the point of the test


# ------------------------------------------------------------------------------------------------------- all of them


POINTS = (
    FixedPoint(polynomial=z**2 - z + a, location=None, multiplier=None, is_reference=False),
    FixedPoint(polynomial=z - a, location=a, multiplier=2 * a, is_reference=True),
)


def boundaries(*items: Boundary, **changes: Any) -> Boundaries:
    plain: dict[str, Any] = {
        "family": SQUARE,
        "reduced_family": GREEK,
        "items": items,
        "fixed_points": POINTS,
        "direction": -1,
        "missing": (),
    }
    return Boundaries(**plain | changes)


MISSING = ((BoundaryKind.CRISIS, "none looked for"), (BoundaryKind.ESCAPE, "bounded"), (BoundaryKind.CRISIS, "too far"))
ALL = boundaries(boundary(RATIONAL), boundary(RADICAL, kind=BoundaryKind.ESCAPE), boundary(ONSET), missing=MISSING)


def test_fixed_points_in_words() -> None:
    assert POINTS[0]._line() == "z² + a − z = 0"
    assert POINTS[1]._line() == "z − a = 0, at a, the reference"


def test_all_boundaries_in_words() -> None:
    assert boundaries()._line() == f"0 boundaries of {family_text(SQUARE)}"
    two = boundaries(boundary(RATIONAL), boundary(RADICAL))
    assert two._line() == f"2 boundaries of {family_text(SQUARE)}, a = -1.25 to 0.828427124746…"
    assert ALL._line().endswith("a = -1.25 to in (-1.4020, -1.4010)")
    greek = boundaries(boundary(RATIONAL), boundary(ONSET), family=GREEK)
    assert greek._line() == f"2 boundaries of {family_text(GREEK)}, α = -1.25 to in (-1.4020, -1.4010)"


def test_plain_data_of_all_boundaries() -> None:
    assert ALL.to_dict(4) == {
        "map": "a + z**2",
        "variable": "z",
        "parameter": "a",
        "reduced_map": "alpha + z**2",
        "direction": -1,
        "fixed_points": [
            {"polynomial": "a + z**2 - z", "location": None, "multiplier": None, "reference": False},
            {"polynomial": "-a + z", "location": "a", "multiplier": "2*a", "reference": True},
        ],
        "boundaries": [item.to_dict(4) for item in ALL],
        "missing": [
            {"kind": "interior crisis", "reason": "none looked for"},
            {"kind": "escape (boundary crisis)", "reason": "bounded"},
            {"kind": "interior crisis", "reason": "too far"},
        ],
    }
    assert ALL.to_dict()["boundaries"][1]["decimal"] == "0.82842712474619009760"


def test_boundaries_are_a_sequence() -> None:
    assert (len(ALL), list(ALL), ALL[1].kind, ALL[-1]) == (3, list(ALL.items), BoundaryKind.ESCAPE, ALL.items[2])
    assert ALL.find(BoundaryKind.FLIP) is ALL.items[0]
    assert ALL.find(BoundaryKind.FLIP, 2) is ALL.items[0]
    assert ALL.find(BoundaryKind.FLIP, 1) is None
    assert ALL.find(BoundaryKind.CRISIS) is None
    assert ALL.require(BoundaryKind.ESCAPE) is ALL.items[1]
    assert list(boundaries().cascade()) == []


@pytest.mark.parametrize(
    ("kind", "period", "advice"),
    [
        (BoundaryKind.CRISIS, None, "none looked for; too far"),
        (BoundaryKind.TANGENCY, None, "iterate over the boundaries to see which there are"),
        (BoundaryKind.FLIP, 4, "iterate over the boundaries to see which there are"),
    ],
)
def test_what_is_not_there_is_refused_with_the_reason(kind: BoundaryKind, period: int | None, advice: str) -> None:
    said = f"kind = {kind}: is not a boundary of this family; {advice}"
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        ALL.require(kind, period)


def test_kinds_and_periods_are_what_they_are_called() -> None:
    with pytest.raises(InputError, match=r"^kind = flip: .*as BoundaryKind\.FLIP$"):
        ALL.find("flip")  # type: ignore[arg-type]  # the point of the test
    for period in (0, 1.0, True):
        with pytest.raises(InputError, match=f"^period = {period}: must be an integer ≥ 1"):
            ALL.find(BoundaryKind.FLIP, period)  # type: ignore[arg-type]  # the point of the test


def test_the_cascade_is_that_of_the_reduced_family(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(thresholds, "certified_flips", lambda *given, **named: noted(asked, (*given, named), iter("x")))
    assert [str(box) for box in boundaries(superstable=-1.0).cascade()] == ["x"]
    assert [str(box) for box in boundaries(superstable=0.0).cascade(8)] == ["x"]
    assert asked == [(GREEK, -1.0, {"max_period": 64}), (GREEK, 0.0, {"max_period": 8})]


def test_all_boundaries_as_a_table() -> None:
    html = ALL._repr_html_()
    assert re.findall(r"<caption[^>]*>(.*?)</caption>", html) == [f"Boundaries of {family_html(SQUARE)}"]
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html) == ["boundary", "a, exactly", "a", "certainty"]
    cells = re.findall(r"<t[dh](?: scope=\"row\")?[^>]*>((?:(?!</t[dh]>).)*)</t[dh]>", html.partition("<tbody>")[2])
    level = level_html(Certainty.EXACT)
    assert cells == [
        *("flip of period 2 → 4", formula_html(sympy.Rational(-5, 4)), "-1.25", level),
        *("escape (boundary crisis)", formula_html(2 * sympy.sqrt(2) - 2), "0.828427124746…", level),
        *("flip of period 2 → 4", "in (-1.4020, -1.4010)", "in (-1.4020, -1.4010)", level),
    ]
    absent = "interior crisis; escape (boundary crisis); interior crisis"
    assert f"Not there, or not found: {absent}; the reasons are in <code>missing</code>." in html
    whole = boundaries(boundary(RATIONAL))._repr_html_()
    assert whole.endswith("</table></div>")
    greek = boundaries(boundary(RATIONAL), family=GREEK)._repr_html_()
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', greek) == ["boundary", "α, exactly", "α", "certainty"]


def test_all_boundaries_in_latex() -> None:
    latex = boundaries(boundary(RATIONAL, family=GREEK), boundary(ONSET), family=GREEK)._repr_latex_()
    for part in (r"\alpha = -\frac{5}{4}", r"\alpha \in (-1.4020,\, -1.4010)", "flip", "exact"):
        assert part in latex

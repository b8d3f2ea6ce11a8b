"""Formulas and sentences: order, brackets, line breaks, and that text from outside stays text."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from knob import trials

from symphase.notation import (
    MACROS,
    escape_text,
    formula_latex,
    formula_lines,
    formula_mathml,
    formula_text,
    formula_width,
    name_latex,
    prose_html,
    prose_latex,
)

A, B, E, ETA, N, P, Y, Z = sympy.symbols("a b e eta n p y z")


def _macros(text: str) -> set[str]:
    return set(re.findall(r"\\(?:[A-Za-z]+|.)", text))


def _balanced(text: str) -> bool:
    depth = 0
    for found in re.finditer(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if depth < 0:
            return False
    return depth == 0


# ---------------------------------------------------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    ("expression", "leading", "expected"),
    [
        (Z**3 + (A - 2) * Z**2 + (1 - 2 * A) * Z, (Z,), "z^{3} + (a - 2)z^{2} + (1 - 2a)z"),
        ((Z + A) * (1 - Z) ** 2 - A, (Z,), "(z + a)(1 - z)^{2} - a"),
        (P - ETA * (P**2 - Y) / N, (P,), r"p - \frac{\eta}{n}(p^{2} - y)"),
        (ETA * (B**2 + 4 * Y) / 2, (), r"\frac{\eta(b^{2} + 4y)}{2}"),
        (sympy.sqrt(5) - 1, (), r"\sqrt{5} - 1"),
        (3 * sympy.sqrt(3) / 2 - 1, (), r"\frac{3\sqrt{3}}{2} - 1"),
        (sympy.Rational(-2, 3) * Z, (Z,), r"-\frac{2}{3}z"),
        (-Z, (Z,), "-z"),
        (sympy.Integer(-4), (), "-4"),
        (sympy.cbrt(2), (), r"\sqrt[3]{2}"),
        (1 / (A * (A + 1)), (), r"\frac{1}{a(a + 1)}"),
        ((-A) ** 3 * sympy.Symbol("c3"), (), "-a^{3}c_{3}"),
    ],
)
def test_formulas_read_as_people_write_them(
    expression: sympy.Expr, leading: tuple[sympy.Symbol, ...], expected: str
) -> None:
    assert formula_latex(expression, leading) == expected


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (3 * sympy.root(2, 3) / 8, "3·2^(1/3)/8"),
        (-5 * sympy.root(2, 3) / 8, "−5·2^(1/3)/8"),
        (sympy.sqrt(2) * sympy.root(3, 3), "√2·3^(1/3)"),
        (2 * 3 ** sympy.Symbol("n"), "2·3^(n)"),
        (3 * sympy.sqrt(2) - 2, "3√2 − 2"),
        (3 * sympy.Symbol("n") ** 2 - 12, "3n² − 12"),
    ],
)
def test_regression_a_factor_before_a_root_of_a_number_is_no_digit_of_it(expression: sympy.Expr, text: str) -> None:
    assert formula_text(expression) == text


def test_the_three_languages_say_the_same() -> None:
    expression = (Z + A) * (1 - Z) ** 2 / 2 - sympy.sqrt(A)
    assert formula_text(expression, (Z,)) == "(1/2)(z + a)(1 − z)² − √a"
    assert formula_latex(expression, (Z,)) == r"\frac{1}{2}(z + a)(1 - z)^{2} - \sqrt{a}"
    markup = formula_mathml(expression, (Z,))
    assert re.sub("<[^>]+>", "", markup) == "12(z+a)(1−z)2−a"
    assert "<msqrt><mi>a</mi></msqrt>" in markup
    assert "<mfrac><mn>1</mn><mn>2</mn></mfrac>" in markup


def _leaf() -> st.SearchStrategy[sympy.Expr]:
    numbers = st.fractions(min_value=-9, max_value=9, max_denominator=5)
    return st.one_of(
        st.sampled_from([A, B, E, P, Z]),
        numbers.map(lambda value: sympy.Rational(value.numerator, value.denominator)),
    )


EXPRESSIONS = st.recursive(
    _leaf(),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, st.integers(2, 4)).map(lambda pair: pair[0] ** pair[1]),
    ),
    max_leaves=8,
)


class _Reader:
    """Read plain formula text back, by the ordinary rules of precedence: an independent judge of the brackets."""

    def __init__(self, text: str, values: dict[str, Fraction]) -> None:
        self.text = text.replace(" ", "").translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
        self.raised = [character in "⁰¹²³⁴⁵⁶⁷⁸⁹" for character in text if character != " "]
        self.at = 0
        self.values = values

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def sum(self) -> Fraction:
        sign = -1 if self.peek() == "−" else 1
        self.at += self.peek() == "−"
        total = sign * self.product()
        while self.peek() in {"+", "−"}:
            sign = 1 if self.peek() == "+" else -1
            self.at += 1
            total += sign * self.product()
        return total

    def product(self) -> Fraction:
        value = self.power()
        while self.peek() and self.peek() not in {"+", "−", ")"}:
            if self.peek() == "/":
                self.at += 1
                value /= self.power()
            else:
                value *= self.power()
        return value

    def digits(self, raised: bool) -> str:
        found = ""
        while self.peek().isdigit() and self.raised[self.at] is raised:
            found += self.peek()
            self.at += 1
        return found

    def power(self) -> Fraction:
        if self.peek() == "(":
            self.at += 1
            value = self.sum()
            assert self.peek() == ")"
            self.at += 1
        elif self.peek().isdigit():
            value = Fraction(self.digits(raised=False))
        else:
            value = self.values[self.peek()]
            self.at += 1
        exponent = self.digits(raised=True)
        return value ** int(exponent) if exponent else value


@settings(max_examples=trials(150))
@given(EXPRESSIONS, st.sampled_from([(), (Z,), (E, P), (A,)]))
def test_no_bracket_sign_or_factor_is_lost(expression: sympy.Expr, leading: tuple[sympy.Symbol, ...]) -> None:
    values = {
        "a": Fraction(3, 7),
        "b": Fraction(-5, 3),
        "e": Fraction(11, 2),
        "p": Fraction(2, 9),
        "z": Fraction(-7, 4),
    }
    exact = expression.subs({sympy.Symbol(k): sympy.Rational(v.numerator, v.denominator) for k, v in values.items()})
    text = formula_text(expression, leading)
    reader = _Reader(text, values)
    assert reader.sum() == Fraction(int(exact.p), int(exact.q)), text
    assert reader.at == len(reader.text)
    # the same tree in LaTeX: the same letters and digits in the same order
    latex = formula_latex(expression, leading)
    assert re.findall(r"[abepz0-9]", re.sub(r"\\[A-Za-z]+", "", latex)) == re.findall(r"[abepz0-9]", reader.text)
    assert _balanced(latex)
    assert _macros(latex) <= MACROS


@settings(max_examples=trials(60))
@example(A + 2**32, 60.0)  # a number wider than the line: too wide a line, but no break inside
@given(EXPRESSIONS, st.sampled_from([60.0, 120.0, 430.0]))
def test_breaking_a_formula_changes_no_sign(expression: sympy.Expr, limit: float) -> None:
    lines = formula_lines(expression, (Z,), limit=limit)
    whole = formula_latex(expression, (Z,))
    assert "".join(lines).replace(" ", "") == whole.replace(" ", "")
    assert all(line.strip()[0] in "+-" for line in lines[1:]), "broken elsewhere than before + or −"
    if formula_width(expression) <= limit:
        assert len(lines) == 1


def test_a_long_sum_is_broken_at_its_outermost_level() -> None:
    inner = sum((sympy.Symbol(f"x{k}") for k in range(9)), sympy.Integer(0))
    expression = P - ETA * inner * (P - Y) + inner**2
    assert 430.0 < formula_width(expression) < 860.0
    lines = formula_lines(expression, (P,))
    assert len(lines) == 2
    assert all(line.count("(") == line.count(")") for line in lines)
    narrow = formula_lines(expression, (P,), limit=150.0)
    assert len(narrow) > 3
    assert any(line.count("(") != line.count(")") for line in narrow), "no sum of this width fits a line"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("eta", r"\eta"),
        ("S_2_j", "S_{2,j}"),
        ("b12", "b_{12}"),
        ("rate", r"\mathrm{rate}"),
        ("learning_rate", r"\mathrm{learning}_{\mathrm{rate}}"),
        ("gamma_1", r"\gamma_{1}"),
    ],
)
def test_names_become_letters_with_indices(name: str, expected: str) -> None:
    assert name_latex(name) == expected


# --------------------------------------------------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "z = κe, with κ such that the factor is 1 − z.",
            r"$z = \kappa e$, with $\kappa$ such that the factor is $1 - z$.",
        ),
        ("a is a number, and so is gamma", r"a is a number, and so is $\gamma$"),
        ("one number only, a: minus the residual", "one number only, $a$: minus the residual"),
        ("2^9 bands, the neuron's own weight", "$2^{9}$ bands, the neuron's own weight"),
        ("|f(z) − p|/|z − p| passes 1", "$|f(z) - p|/|z - p|$ passes 1"),
        ("Res_z(Φ_n, multiplier + 1)", r"$\mathrm{Res}_{z}$($\Phi_{n}$, multiplier + 1)"),
        ("moves p by hq, q = ‖x‖²", r"moves $p$ by $h q$, $q = \Vert x\Vert^{2}$"),
        ("(a search, no proof)", "(a search, no proof)"),
        ("by 1 − 2a in every step", "by $1 - 2a$ in every step"),
        ("g = w*(w - 1)**2", r"$g = w\,(w - 1)^{2}$"),
        ("an odd ( here", "an odd ( here"),
        ("x²^3 and e′²", "$x^{2}{}^{3}$ and $e'^{2}$"),
        ("x_i² and a_∞", r"$x_{i}^{2}$ and $a_{\infty}$"),
        ("I prove 5% of it", r"I prove 5\% of it"),
    ],
)
def test_sentences_keep_their_words_and_set_their_formulas(text: str, expected: str) -> None:
    assert prose_latex(text) == expected


def test_sentences_in_html_are_escaped() -> None:
    assert prose_html("0 < a < 1 & κe²") == "0 &lt; <var>a</var> &lt; 1 &amp; <var>κe</var>²"
    assert "<script>" not in prose_html("z = 1 <script>alert(1)</script>")


@example("0^¹ x_² ٣a^٣")
@given(st.text(max_size=40) | st.text(alphabet="ab019^_*{}'′²₃ᵀ∞η ()|=-−.,½", max_size=20))
def test_any_text_is_printed_and_obeyed_by_nobody(text: str) -> None:
    for written in (escape_text(text), prose_latex(text)):
        assert _balanced(written)
        assert _macros(written) <= MACROS
        outside = re.sub(r"\\[#$%&_{}\\,]|\$[^$]*\$", "", written)
        assert not set("#$%&_^~") & set(outside)
        assert written.isprintable()
        assert all(character.isascii() or "À" <= character <= "ÿ" for character in written)


@given(st.text(max_size=40))
def test_prose_in_html_shows_the_text_itself(text: str) -> None:
    markup = prose_html(text)
    assert re.fullmatch(r"(?:[^<>&]|</?(?:var|sub|sup)>|&(?:lt|gt|amp|quot|#x27);)*", markup, re.DOTALL)


@pytest.mark.parametrize(
    "hostile", [r"\input{/etc/passwd}", r"\write18{ls}", "$$", "}{", "%", "^^M", "\\end{document}"]
)
def test_commands_in_text_are_only_text(hostile: str) -> None:
    written = escape_text(hostile)
    assert _macros(written) <= MACROS
    assert not re.search(r"\\(?:input|write|end|begin)", written)

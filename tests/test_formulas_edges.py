"""Numbers and formulas from users at the limits of what is read, and every refusal word for word."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, reject
from hypothesis import strategies as st

from symphase import formulas as module
from symphase.errors import InputError
from symphase.formulas import (
    MAX_BITS,
    _check_expansion,
    _declared,
    _Parser,
    _parts_first,
    _tokenize,
    _Value,
    check_name,
    evaluate,
    exact_rational,
    expanded,
    parse_formula,
    positive_rational,
)

TOO_LONG = "has too many digits; round it to fewer than 5000 digits"
NO_NUMBER = "must be a finite real number: an int, a float, a Fraction, a Decimal, or text such as 1.25 or 5/4"


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


@pytest.mark.parametrize("kind", [int, Fraction, sympy.Integer])
def test_regression_numbers_of_every_kind_have_the_same_limit(kind: Any) -> None:
    """SymPy's were read however long they were."""
    assert exact_rational(kind(2 ** (MAX_BITS - 1)), "a") == 2 ** (MAX_BITS - 1)
    with refused(f"a = a ratio of {MAX_BITS}-bit numbers and more: {TOO_LONG}"):
        exact_rational(kind(2**MAX_BITS), "a")
    with refused(f"a = a ratio of {MAX_BITS}-bit numbers and more: {TOO_LONG}"):
        exact_rational(sympy.Rational(1, 2**MAX_BITS), "a")


def test_regression_long_doubles_are_read_without_rounding() -> None:
    """They were rounded to floats."""
    third = np.longdouble(1) / 3
    assert exact_rational(third, "a") == Fraction(*third.as_integer_ratio())
    for value in (np.longdouble("nan"), np.longdouble("inf"), float("-inf"), np.float32("nan")):
        with refused(f"a = {value!r}: {NO_NUMBER}; round or repair it"):
            exact_rational(value, "a")


@pytest.mark.parametrize("kind", [sympy.Float, mpmath.mpf])
def test_regression_floats_of_any_length_are_read_without_rounding(kind: Any) -> None:
    """SymPy's and mpmath's were rounded to 53 bits, and those beyond 1e308 refused, after a long while."""
    with mpmath.workprec(200):
        third = kind(mpmath.mpf(-1) / 3)
    assert exact_rational(third, "a") == Fraction(-(2**201 + 1), 3 * 2**201)  # 2²⁰¹/3, rounded to an integer
    assert exact_rational(kind(0), "a") == 0
    for power in (MAX_BITS - 1, 1 - MAX_BITS):
        assert exact_rational(kind(mpmath.ldexp(1, power)), "a") == Fraction(2) ** power
    for power in (MAX_BITS, -MAX_BITS, 10**7):
        with refused(f"a = a number of exponent {power}: {TOO_LONG}"):
            exact_rational(kind(mpmath.ldexp(1, power)), "a")
    with mpmath.workprec(MAX_BITS + 1):
        long = kind(mpmath.mpf(2**MAX_BITS + 1) / 2)
    with refused(f"a = a number of exponent -1: {TOO_LONG}"):
        exact_rational(long, "a")
    with pytest.raises(InputError, match=re.escape(NO_NUMBER)):
        exact_rational(kind("nan"), "a")


def test_decimals_have_limits_of_their_own() -> None:
    most = MAX_BITS // 4
    assert exact_rational(Decimal(f"1e{most}"), "a") == 10**most
    assert exact_rational(Decimal("9" * most), "a") == 10**most - 1
    for text in (f"1e{most + 1}", f"1e-{most + 1}", "9" * (most + 1)):
        with refused(f"a = a Decimal of exponent {Decimal(text).adjusted()}: {TOO_LONG}"):
            exact_rational(Decimal(text), "a")


@pytest.mark.parametrize("value", [True, False, np.bool_(True), type("bool_", (int,), {})(1)])
def test_truth_is_no_number(value: Any) -> None:
    with refused(f"a = {value!r}: a boolean is not a number here; give a number"):
        exact_rational(value, "a")


@pytest.mark.parametrize("value", [1j, None, [1], Decimal("nan"), Decimal("-inf"), sympy.pi])
def test_what_is_no_number(value: Any) -> None:
    with refused(f"a = {value!r}: {NO_NUMBER}; round or repair it"):
        exact_rational(value, "a")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e308", 10**308), ("1E-308", Fraction(1, 10**308)), ("-.5", Fraction(-1, 2)), ("+2.5e1", 25), ("0/7", 0)],
)
def test_numbers_as_text(text: str, number: Any) -> None:
    assert exact_rational(text, "a") == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1e309", "has an exponent beyond ±308; give an exact ratio p/q if it is meant"),
        ("1e-309", "has an exponent beyond ±308; give an exact ratio p/q if it is meant"),
        ("1/0", "has a zero denominator; give p/q with q > 0"),
        ("x", "is not a plain decimal such as 1.25, nor a ratio such as 5/4; write digits with a point, or p/q"),
        ("1X", "is not a plain decimal such as 1.25, nor a ratio such as 5/4; write digits with a point, or p/q"),
    ],
)
def test_texts_that_are_no_numbers(text: str, said: str) -> None:
    with refused(f"a = {text}: {said}"):
        exact_rational(text, "a")


def test_numbers_that_are_not_positive() -> None:
    assert positive_rational("1e-308", "scale") == Fraction(1, 10**308)
    for argument, value, why in (
        ("scale", 0, ""),
        ("scale", -1, ""),
        ("step_size", 0, " (zero leaves the weights where they are)"),
        ("step_size", -1, " (gradient ascent is another map)"),
    ):
        with refused(f"{argument} = {value}: must be a finite number > 0{why}; give a positive number"):
            positive_rational(value, argument)
    with refused(f"scale = None: {NO_NUMBER}; round or repair it"):
        positive_rational(None, "scale")


def test_expressions_that_have_no_value() -> None:
    x = sympy.Symbol("x")
    with refused("expression = x: is a symbol without a value; give every symbol a value"):
        evaluate(x + 1, {})
    with refused(
        "expression = sqrt(x): must be built from rationals, symbols, +, * and integer powers; "
        "expand other functions first"
    ):
        evaluate(1 + sympy.sqrt(x), {x: Fraction(4)})


# ---------------------------------------------------------------------------------------------------------------- names

NO_NAME = "must be a letter, then letters, digits or _ (at most 32)"


@pytest.mark.parametrize(
    ("name", "shown", "advice"),
    [
        (3, "3", "rename it"),
        ("1x", "1x", "rename it"),
        ("θ", "θ", "write theta"),
        ("w_𝜃", "w_𝜃", "write w_theta"),  # a mathematical italic
        ("θ-", "θ-", "rename it"),
        ("θ" * 7, "θ" * 7, "rename it"),  # 35 letters
        ("θ" * 2001, "θ" * 79 + "…", "rename it"),
    ],
)
def test_names_that_are_none(name: Any, shown: str, advice: str) -> None:
    with refused(f"weight = {shown}: {NO_NAME}; {advice}"):
        check_name(name, "weight")
    with refused(f"names = {shown}: {NO_NAME}; {advice}"):
        parse_formula("1", [name])


@pytest.mark.parametrize("name", ["w_1", "A", "z" * 32])
def test_names(name: str) -> None:
    assert check_name(name, "weight") == name


@pytest.mark.parametrize("text", ["1." + "7" * 1001, "7" * 1001, "1/" + "7" * 1001, "." + "7" * 3999])
def test_regression_numbers_of_too_many_digits_are_told_so(text: str) -> None:
    """They were said to be no decimals."""
    with refused(f"a = {text[:79]}…: has more than 1000 digits before or after the point, or in p or q; round it"):
        exact_rational(text, "a")
    assert exact_rational(text[:1000], "a") > 0
    for other in (text + "x", "e" * 1000):
        with pytest.raises(InputError, match=r"^a = .*: is not a plain decimal"):
            exact_rational(other, "a")


def test_regression_a_name_is_declared_once() -> None:
    """Twice the same one was taken for one."""
    with refused("names = x: is given twice; give each name once"):
        parse_formula("x", ["r", "x", "x"])


def test_names_of_every_kind() -> None:
    plain, positive = sympy.Symbol("x"), sympy.Symbol("x", positive=True)
    for names in (["x"], ("x",), {"x"}, frozenset("x"), {"x": None}, {"x": plain}):
        assert parse_formula("x", names) == plain  # type: ignore[arg-type]  # sets, and None for what is wanted
    assert parse_formula("x", {"x": positive}) == positive
    with refused('names = x: must be a sequence of names, not one text; give a list such as ["x", "r"]'):
        parse_formula("x", "x")
    with refused('names = b\'x\': must be a sequence of names, not one text; give a list such as ["x", "r"]'):
        parse_formula("x", b"x")  # type: ignore[arg-type]  # the point of the test
    with refused('names = 3: must be a sequence of names; give a list such as ["x", "r"]'):
        parse_formula("x", 3)  # type: ignore[arg-type]  # the point of the test
    with refused("names = 2: must be a SymPy symbol (for x); give sympy.Symbol(name)"):
        parse_formula("x", {"x": 2})


# ------------------------------------------------------------------------------------------------------------- formulas

NO_EXPONENT = "that is no whole number from 0 to 64; write a division for negative powers"
NEITHER = (
    "by something that is neither a number nor a product of names; multiply it out, or give the map as a polynomial"
)
NO_FUNCTIONS = "a formula is a polynomial, without functions; use + - * / ^ and the names x, y; a product has a *"
TOO_DEEP = "is nested more than 64 deep at column"
DEGREE = "has a degree beyond 64; use a lower degree"
DIGITS = "holds numbers of more than 1000 digits; use smaller numbers or powers"
SIGNS = "use digits, names and + - * / ^ ( )"
LONG = "a" * 50  # shown as far as its 40th letter


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; write a formula in x, y"),
        ("2x", "has no operator at column 2; write 2*x"),
        ("x y", "has no operator at column 3; write x*y"),
        ("x e3", "has no operator at column 3; write x*e3"),
        ("(x)e3", "has no operator at column 4; write )*e3"),
        ("2(x)", "has no operator at column 2; write 2*("),
        ("x 2", "has no operator at column 3; write x*2"),
        ("2e", "has no operator at column 2; write 2*e, or 1000 instead of 1e3"),
        ("2 E3", "has no operator at column 3; write 2*E3, or 1000 instead of 1e3"),
        ("2e3x", "has no operator at column 2; write 2*e3x"),
        ("2 3", "has no operator at column 3; write 2*3"),
        (f"x {LONG}", f"has no operator at column 3; write x*{LONG[:40]}"),
        (f"{'1' * 50}x", f"has no operator at column 51; write {'1' * 40}*x"),
        ("x(2)", "calls x at column 2; write x*( for a product"),
        ("x + zz", "has the name zz at column 5, which is not declared; declared: x, y"),
        (LONG, f"has the name {LONG[:40]} at column 1, which is not declared; declared: x, y"),
        ("zz(x)", f"has the name zz at column 1 before a (; {NO_FUNCTIONS}"),
        (f"{LONG}(", f"has the name {LONG[:40]} at column 1 before a (; {NO_FUNCTIONS}"),
        ("x\u2212", rf"has the character '\u2212' at column 2; {SIGNS}"),
        ("2.x.", f"has the character '.' at column 4; {SIGNS}"),
        ("xθ", "has the character θ at column 2; write theta"),
        ("𝜃", "has the character 𝜃 at column 1; write theta"),
        ("x+", "ends at column 3 where a number or a name is missing; complete it"),
        ("*x", "has * at column 1 where a number or a name is missing; complete it"),
        ("x^)", "has ) at column 3 where a number or a name is missing; complete it"),
        ("y+(x", "has a ( at column 3 that is never closed; add )"),
        ("x)+", "has a ) without its ( at column 2; remove it"),
        ("x/0", "divides by zero at column 2; divide by something else"),
        ("x*y/(y-y)", "divides by zero at column 4; divide by something else"),
        ("1/(x+1)", f"divides at column 2 {NEITHER}"),
        ("1/(x*(x+1)^2)", f"divides at column 2 {NEITHER}"),
        ("x^y", f"has an exponent at column 2 {NO_EXPONENT}"),
        ("x+x**-1", f"has an exponent at column 4 {NO_EXPONENT}"),
        ("x^65", f"has an exponent at column 2 {NO_EXPONENT}"),
        ("x^64*x", DEGREE),
        ("x^13^2", f"has an exponent at column 2 {NO_EXPONENT}"),
        ("(x^5)^13", DEGREE),
        ("1/x^64/y", DEGREE),
        ("1/x^40 + 1/y^40", DEGREE),
        ("(1/x^5)^13", DEGREE),
        ("x^64/y + 1/x", DEGREE),  # over x*y it is x^65
        ("(10^50)^20", DIGITS),
        ("(10^50*x)^20", DIGITS),
        ("10^50*x*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64", DIGITS),
        (
            "(x+1)^64 * 10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^64*10^42",
            DIGITS,
        ),
        (f"(x+1)^64+{'9' * 1000}*x", DIGITS),
        ("1" * 1001, "has a number of more than 1000 digits at column 1; shorten it"),
        (f"x+0.{'1' * 999}", "has a number of more than 1000 digits at column 3; shorten it"),
        ("(" * 65 + "x" + ")" * 65, f"{TOO_DEEP} 65; simplify it"),
        ("-" * 65 + "x", f"{TOO_DEEP} 65; simplify it"),
        ("x^" * 65 + "1", f"{TOO_DEEP} 131; simplify it"),
        ("x" * 2001, "has 2001 characters, more than 2000; shorten it"),
    ],
)
def test_refusals_word_for_word(text: str, said: str) -> None:
    shown = text if len(text) <= 80 else text[:79] + "…"
    shown = shown if shown.isprintable() else shown.encode("unicode_escape").decode()
    with refused(f"map = {shown or repr(text)}: {said}"):
        parse_formula(text, ["x", "y"], argument="map")


def test_refusals_without_names() -> None:
    with refused("formula = '': is empty; write a formula in numbers only (no names are declared)"):
        parse_formula("", [])
    undeclared = "at column 1, which is not declared; declared: numbers only (no names are declared)"
    with refused(f"formula = x: has the name x {undeclared}"):
        parse_formula("x", [])
    with refused("formula = 3: must be text; give the formula as a string, such as 'r*x*(1-x)'"):
        parse_formula(3, [])  # type: ignore[arg-type]  # the point of the test


def test_what_is_just_short_of_a_limit() -> None:
    x, y = sympy.symbols("x y")
    for text, expected in (
        ("(x)" + "+(x)" * 64, 65 * x),
        ("-" * 64 + "x", x),
        ("x" + "--x" * 64, 65 * x),
        ("x" + "+x^1" * 65, 66 * x),
        ("x^" + "1^" * 63 + "1", x),
        ("x^64", x**64),
        ("(x^32)^2/y^64", x**64 / y**64),
        ("1" * 1000, (10**1000 - 1) // 9),
        ("0." + "0" * 997 + "1", sympy.Rational(1, 10**998)),
        ("1" + "+1" * 999 + " ", 1000),
        (str(2**3321), 2**3321),  # of 3322 bits, as 10¹⁰⁰⁰
        (f"1/{2**3321}", sympy.Rational(1, 2**3321)),
    ):
        assert parse_formula(text, ["x", "y"]) == expected


def test_the_deepest_nesting() -> None:
    assert parse_formula("(" * 64 + "x" + ")" * 64, ["x"]) == sympy.Symbol("x")


def test_nesting_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_DEPTH", 6)
    for deep, deeper, column in (
        ("((((((1))))))", "(((((((1)))))))", 7),
        ("------1", "-------1", 7),
        ("1^1^1^1^1^1^1", "1^1^1^1^1^1^1^1", 15),
        ("(-(-(-1)))", "(-(-(-(1))))", 8),  # at the 1, when the seventh is entered
        ("((((((1-2))))))", "((((((1--2))))))", 9),  # the first is no sign
        # what has ended counts no more
        ("(1)+((((((1))))))", "(1)+(((((((1)))))))", 11),
        ("-1+------1", "-1+-------1", 10),
        ("1^1+1^1^1^1^1^1^1", "1^1+1^1^1^1^1^1^1^1", 19),
        ("(1)+(-(-(-1)))", "(1)+(-(-(-(1))))", 12),
    ):
        assert parse_formula(f"{deep} + 2*{deep}", []).is_Integer
        with refused(f"formula = {deeper}: is nested more than 6 deep at column {column}; simplify it"):
            parse_formula(deeper, [])


def test_the_limit_of_terms() -> None:
    """A power of n names and 1 has C(k + n, n) terms, those of a sum are added: C(27, 4) + 2 C(50, 2) = 20000."""
    names = ["a", "b", "c", "d"]
    most = "(a+b+c+d+1)^23 + (a+b+1)^48 + (a+b-1)^48"
    assert parse_formula(most, names).is_Add
    with refused(
        f"formula = {most} + 1: would have more than 20000 terms when expanded; use fewer names or lower powers"
    ):
        parse_formula(f"{most} + 1", names)


# ------------------------------------------------------------------------------------------ multiplying expressions out

A, B, N = sympy.symbols("a b n")
TOO_HIGH = "may have a degree beyond 256; use lower powers"
TOO_MANY = "may have more than 20000 terms when expanded; use fewer names or lower powers"


def test_regression_powers_of_sums_are_refused_before_they_are_expanded() -> None:
    """They were expanded first, for minutes, whatever their degree."""
    for huge in ((A + B) ** 100_000, ((A + B) ** 64 + 1) ** 64, (A + 1) ** 20_000, (A + B) ** (-100_000)):
        with refused(f"loss = {huge}: {TOO_HIGH}"):
            expanded(huge, "loss")
    many = sum(sympy.symbols("x:9"))
    with refused(f"loss = {(many + 1) ** 9}: {TOO_MANY}"):
        expanded((many + 1) ** 9, "loss")


@pytest.mark.parametrize(
    ("allowed", "refused_part"),
    [
        ((A + 1) ** 256, (A + 1) ** 257),
        ((A**2 + B) ** 128, (A**2 + B) ** 129),
        (2 * (A + 1) ** 256, A * (A + 1) ** 256),
        (A**255 * (A + 1), A**256 * (A + 1)),
        ((A + 1) ** (-256), (A + 1) ** (-257)),
        ((A + 1) ** sympy.Rational(511, 2), (A + 1) ** sympy.Rational(513, 2)),
        ((A + 1) ** (N + 256), (A + 1) ** (N + 257)),
        ((A + 1) ** N * A**300, (A + 1) ** 2 * A**300),
        ((1 + sympy.sqrt(2)) ** 256, (1 + sympy.sqrt(2)) ** 257),
        ((sympy.sin(A**2) + 1) ** 128, (sympy.sin(A**2) + 1) ** 129),
        (sympy.Function("f")(A, B**2) * (A + 1) ** 254, sympy.Function("f")(A, B**3) * (A + 1) ** 254),
    ],
)
def test_the_limit_of_degrees_of_what_is_multiplied_out(allowed: sympy.Expr, refused_part: sympy.Expr) -> None:
    expanded(allowed, "map")
    with refused(f"map = {refused_part}: {TOO_HIGH}"):
        expanded(B + refused_part, "map")  # the part is named that is too much


def test_the_limit_of_terms_of_what_is_multiplied_out() -> None:
    """Products have at most as many terms as their factors together, and as there are monomials of the degree."""
    names = sympy.symbols("x:398")

    def check(product: sympy.Expr) -> None:
        _check_expansion(_parts_first(product), len(product.free_symbols), "map")

    check(sum(names[:100]) * sum(names[100:300]))  # 20000 terms
    with pytest.raises(InputError, match=rf"^map = .*: {TOO_MANY}$"):
        check(sum(names[:59]) * sum(names[59:]))  # 20001
    check((A + B + 1) ** 99 * (A + B + 2) ** 99)  # all 19900 monomials of two names, though 5050² products
    more = (A + B + 1) ** 99 * (A + B + 2) ** 100
    with refused(f"map = {more}: {TOO_MANY}"):
        check(more)  # 20100
    assert len(expanded(sympy.Mul(*(A + k for k in range(1, 17))), "map").args) == 17  # of 2^16 products


def test_what_is_no_work_has_no_limit() -> None:
    for long in (
        A**5000,
        A**300 * B**300,
        3 * A**999 + B**999,
        sum(sympy.symbols("x:300")) ** 1,
        A**sympy.oo,
        (A + 1) ** 2.5 * A**300,
    ):
        assert expanded(long, "map") == long


def test_powers_that_sympy_was_told_to_leave_alone() -> None:
    assert expanded(sympy.Pow(A, 1, evaluate=False), "loss") is A
    nothing = sympy.Pow(A, 0, evaluate=False)  # 1, unless A is 0: SymPy's business
    assert expanded(nothing, "loss") is nothing


def test_parts_that_are_shared_are_read_once() -> None:
    """Written out, these have 2^24 and 2^40 parts."""
    nested = A
    for _ in range(24):
        nested = A * (nested + 1) + B * (nested + 2)
    assert len(_parts_first(nested)) < 200
    assert expanded(nested, "map").has(A**25)
    tower = A
    for _ in range(40):
        tower = tower * (tower + 1)
    with pytest.raises(InputError, match=f": {TOO_HIGH}$"):
        expanded(tower, "map")


@pytest.mark.parametrize(
    "other",
    [
        sympy.Integer(2),
        sympy.sqrt(2) * A * (A + 1),
        0.5 * A * (A + 1),
        sympy.pi * (A + 1) ** 2,
        A**N * (A + 1),
        sympy.sin(A) * (A + 1),
        (A + 1) ** 2 / B,
        sympy.Symbol("P", commutative=False) * (sympy.Symbol("Q", commutative=False) + 1),
    ],
)
def test_what_is_no_rational_polynomial_stays_as_it_is(other: sympy.Expr) -> None:
    assert expanded(other, "map") is other


@given(
    st.recursive(
        st.sampled_from([A, B, sympy.Integer(2), sympy.Rational(-1, 3)]),
        lambda inner: st.one_of(
            st.builds(lambda x, y: x + y, inner, inner),
            st.builds(lambda x, y: x * y, inner, inner),
            st.builds(lambda x, n: x**n, inner, st.integers(1, 3)),
        ),
        max_leaves=6,
    )
)
def test_polynomials_are_multiplied_out_as_by_sympy(expression: sympy.Expr) -> None:
    assert expanded(expression, "map") == sympy.expand(expression)


# -------------------------------------------------------------------------------------------- what expanding would cost


def bounded(text: str) -> _Value:
    return _Parser(text, _tokenize(text, "map"), _declared(["x", "y"]), "map")._sum()


@pytest.mark.parametrize(
    ("text", "degree", "poles", "common", "bits", "terms"),
    [
        ("x", 1, {}, 1, 1, 1),
        ("12", 0, {}, 1, 4, 1),
        ("0.75", 0, {}, 4, 2, 1),
        ("0", 0, {}, 1, 0, 1),
        ("-x", 1, {}, 1, 1, 1),
        # a sum: the most bits over the common denominator, and those of the number of parts
        ("x+y", 1, {}, 1, 1 + 2, 2),
        ("7*x-y+1", 1, {}, 1, 4 + 2, 3),
        ("0.5*x+y", 1, {}, 2, 2 + 2, 2),
        ("x/6+x/4", 1, {}, 12, 2 + 2 + 2, 2),  # 2x and 3x over 12: x/4 is multiplied by 3, of 2 bits
        ("x/4+y", 1, {}, 4, 1 + 2 + 2, 2),
        # a product: the bits together, and those of the fewest terms that two factors have, less 1
        ("3*x", 1, {}, 1, 2 + 1, 1),
        ("3*x*y^2/7", 3, {}, 7, 2 + 1 + 2 + 1, 1),
        ("x/2/3", 1, {}, 6, 1 + 1 + 1, 1),
        ("(x+1)*(y+x)", 2, {}, 1, 3 + 3 + 1, 4),
        ("(x+1)*(y+x)*(x+y+1)", 3, {}, 1, 3 + 3 + 1 + 3 + 1, 10),  # C(3 + 2, 2) monomials of two names
        ("(x+1)*(x-1)*(x+2)", 3, {}, 1, 3 + 3 + 1 + 4 + 1, 4),  # C(3 + 1, 1) of one
        # a power: for each factor its bits and those of its terms, less 1; the terms are C(power + terms − 1, power)
        ("x^5", 5, {}, 1, 5, 1),
        ("(x/2)^3", 3, {}, 8, 3 * 2, 1),
        ("(x+1)^3", 3, {}, 1, 3 * (3 + 1), 4),
        ("(x+x+1)^3", 3, {}, 1, 3 * (3 + 1), 4),
        ("(x+y+1)^2", 2, {}, 1, 2 * (3 + 1), 6),
        ("(x^3+y)^2", 6, {}, 1, 2 * (5 + 1), 3),
        ("x^0", 0, {}, 1, 1, 1),
        # quotients: the numerator over a common denominator
        ("3/x^2", 0, {"x": 2}, 1, 2 + 1, 1),
        ("x/(3*x^2*y)", 1, {"x": 2, "y": 1}, 3, 1 + 1, 1),
        ("x/(3/7)", 1, {}, 3, 1 + 3, 1),
        ("x/(-3/7)", 1, {}, 3, 1 + 3, 1),
        ("1/(1/x^2)", 2, {}, 1, 1 + 1, 1),
        ("x^2/y+1/x", 3, {"x": 1, "y": 1}, 1, 3 + 2, 2),
        ("1/x^2+1/x^3+y", 4, {"x": 3}, 1, 2 + 2, 3),
        ("1/x^3+1/x^2+y", 4, {"x": 3}, 1, 2 + 2, 3),
        ("1/x*1/x/y", 0, {"x": 2, "y": 1}, 1, 5, 1),
        ("(1/x+y)^2", 4, {"x": 2}, 1, 2 * (2 + 2 + 1), 3),
        # what is a number after all is counted as one
        ("x-x", 0, {}, 1, 0, 1),
        ("2^6", 0, {}, 1, 7, 1),
        ("4/12", 0, {}, 3, 1, 1),
    ],
)
def test_what_a_formula_would_cost(
    text: str, degree: int, poles: dict[str, int], common: int, bits: int, terms: int
) -> None:
    found = bounded(text)
    assert (found.degree, found.poles, found.common, found.bits, found.terms) == (degree, poles, common, bits, terms)


parts = st.recursive(
    st.sampled_from(["x", "y", "1", "7", "0.3", "1/x", "1/(3*y^2)"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).flatmap(
            lambda several: st.sampled_from("+-*").map(lambda sign: f"({sign.join(several)})")
        ),
        st.tuples(inner, st.integers(0, 3)).map(lambda power: f"({power[0]})^{power[1]}"),
        st.tuples(inner, st.sampled_from(["3", "0.7", "x", "-y^2"])).map(
            lambda quotient: f"{quotient[0]}/({quotient[1]})"
        ),
    ),
    max_leaves=6,
)


@given(text=parts)
def test_what_is_expanded_costs_no_more(text: str) -> None:
    x, y = sympy.symbols("x y")
    try:
        found = bounded(text)
    except InputError:  # beyond degree 64
        reject()
    whole = sympy.expand(found.expression * x ** found.poles.get("x", 0) * y ** found.poles.get("y", 0))
    expanded = sympy.Poly(whole, x, y)  # there is no pole left
    assert expanded.is_zero or expanded.total_degree() <= found.degree
    assert len(expanded.terms()) <= found.terms
    for coefficient in expanded.coeffs():
        assert abs(coefficient * found.common) < 2**found.bits or coefficient == 0
        assert found.common % coefficient.q == 0


def test_regression_denominators_of_a_sum_count() -> None:
    """The sum of 1/p for many primes has a denominator that is their product; no bound held it."""
    fractions = "+".join(f"x/{p}" for p in sympy.primerange(10007, 12000))
    with refused(f"formula = ({fractions[:78]}…: {DIGITS}"):
        parse_formula(f"({fractions})^64", ["x"])

"""Numbers and formulas from users: read exactly, never run, refused quickly and in plain words."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symphase.errors import InputError
from symphase.formulas import evaluate, exact_rational, parse_formula, positive_rational

x, y, gamma, c = sympy.symbols("x y gamma c")

# ------------------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, Fraction(3)),
        (-2.5, Fraction(-5, 2)),
        (0.1, Fraction(3602879701896397, 36028797018963968)),
        ("0.1", Fraction(1, 10)),
        ("-1.25e2", Fraction(-125)),
        ("1e-3", Fraction(1, 1000)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("-7/21", Fraction(-1, 3)),
        (" 2 ", Fraction(2)),
        (Decimal("0.1"), Fraction(1, 10)),
        (Fraction(2, 7), Fraction(2, 7)),
        (np.int8(-5), Fraction(-5)),
        (np.float32(0.5), Fraction(1, 2)),
        (np.float64(0.1), Fraction(0.1)),
        (sympy.Rational(3, 4), Fraction(3, 4)),
        (sympy.Integer(-9), Fraction(-9)),
    ],
)
def test_numbers_are_read_exactly(value: object, expected: Fraction) -> None:
    assert exact_rational(value, "a") == expected


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        "nan",
        "inf",
        "1e400",
        "1_000",
        "0,1",
        "\uff11\uff12",
        "\u0663",
        "",
        "1/0",
        "1/2/3",
        "--1",
        "0x10",
        "1e",
        "2\n",
        True,
        np.bool_(False),
        1 + 0j,
        None,
        [1],
        Decimal("NaN"),
        Decimal("Infinity"),
        sympy.Symbol("x"),
        "9" * 2000,
    ],
)
def test_what_is_no_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(InputError, match=r"^step_size = ") as caught:
        exact_rational(value, "step_size")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("value", "reason"), [(0, "zero leaves"), ("-1e-3", "gradient ascent"), (-0.0, "zero leaves")])
def test_positive_numbers(value: object, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        positive_rational(value, "step_size")
    assert positive_rational("1/3", "step_size") == Fraction(1, 3)


# ------------------------------------------------------------------------------------------------- formulas that parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gamma*y + c^2/2", gamma * y + c**2 / 2),
        ("c^2/(2*gamma)", c**2 / (2 * gamma)),
        ("-x^2", -(x**2)),
        ("(-x)^2", x**2),
        ("x^2^3", x**8),
        ("x**2**3", x**8),
        ("2^3^2", sympy.Integer(512)),
        ("-2^2", sympy.Integer(-4)),
        ("x-y-c", x - y - c),
        ("x/y/c", x / (y * c)),
        ("x/2*y", x * y / 2),
        ("--x", x),
        ("+x*-y", -x * y),
        ("2*-x^2", -2 * x**2),
        ("0.1*x + .2 + 1.", x / 10 + sympy.Rational(6, 5)),
        ("x*(1-x)", x * (1 - x)),
        ("x/(y/c)", x * c / y),
        ("\tx  +\ty ", x + y),
        ("x^(1+1)", x**2),
        ("x^0", sympy.Integer(1)),
        ("x-x", sympy.Integer(0)),
        ("(x*y)^32", x**32 * y**32),
    ],
)
def test_formulas(text: str, expected: sympy.Expr) -> None:
    parsed = parse_formula(text, ["gamma", "x", "y", "c"])
    assert sympy.expand(parsed - expected) == 0
    assert not parsed.atoms(sympy.Float)
    assert parsed.free_symbols <= {x, y, gamma, c}


def test_names_that_sympy_gives_a_meaning_are_the_users_symbols() -> None:
    names = ["gamma", "beta", "zeta", "S", "N", "E", "I", "O", "Q", "pi", "lambda", "e"]
    parsed = parse_formula("+".join(names), names)
    assert parsed.free_symbols == {sympy.Symbol(name) for name in names}


def test_a_mapping_gives_the_symbols_themselves() -> None:
    positive = sympy.Symbol("r", positive=True)
    other = sympy.Symbol("another name")
    parsed = parse_formula("r*x", {"r": positive, "x": other})
    assert parsed == positive * other


def _read_or_refuse(text: str, reason: str) -> sympy.Expr | None:
    """Read a formula in x and y; None when it is refused for this reason."""
    try:
        return parse_formula(text, ["x", "y"])
    except InputError as refusal:
        if not re.search(reason, str(refusal)):
            raise
        return None


expressions = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), st.integers(0, 30).map(str), st.sampled_from(["0.5", "1.25"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.integers(0, 3)).map(lambda t: f"({t[0]})^{t[1]}"),
        inner.map(lambda t: f"-{t}"),
        st.tuples(inner, st.integers(1, 9)).map(lambda t: f"{t[0]}/{t[1]}"),
    ),
    max_leaves=8,
)


@given(text=expressions, at=st.tuples(st.fractions(-3, 3, max_denominator=5), st.fractions(-3, 3, max_denominator=5)))
def test_parsing_agrees_with_pythons_own_arithmetic(text: str, at: tuple[Fraction, Fraction]) -> None:
    parsed = _read_or_refuse(text, "degree beyond|1000 digits")
    if parsed is None:
        return
    tokens = text.replace("^", "**")
    # Each number becomes a Fraction; the text is this test's own, so Python may evaluate it.
    for number in ("0.5", "1.25"):
        tokens = tokens.replace(number, f"Fraction('{number}')")
    value = eval(tokens.replace("/", "*Fraction(1,1)/"), {"Fraction": Fraction, "x": at[0], "y": at[1]})  # noqa: S307  # an oracle, on texts that the test made
    assert evaluate(parsed, {x: at[0], y: at[1]}) == value


# ------------------------------------------------------------------------------------------------- formulas that do not


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2x", r"column 2; write 2\*x"),
        ("2 x", r"column 3; write 2\*x"),
        ("x y", r"column 3; write x\*y"),
        ("2(x)", r"column 2; write 2\*\("),
        ("(x)y", r"column 4; write \)\*y"),
        ("x(2)", r"calls x at column 2"),
        ("1e-3", r"column 2; .*1000 instead of 1e3"),
        ("x + zz", r"name zz at column 5, which is not declared; declared: x, y"),
        ("__import__('os')", r"character '_' at column 1"),
        ("().__class__", r"character '\.' at column 3"),
        ("x.__dict__", r"character '\.' at column 2"),
        ("lambda x: x", r"character ':' at column 9"),
        ("eval(x)", r"name eval at column 1"),
        ("f'{x}'", r"column 2"),
        ("\u0661+x", r"column 1"),
        ("x²", r"column 2"),
        ("x−1", r"character '\\u2212' at column 2"),
        ("1_000", r"character '_' at column 2"),
        ("x\x00", r"character '\\x00' at column 2"),
        ("x\n+1", r"character '\\n' at column 2"),
        ("", r"is empty; write a formula in x, y"),
        ("   ", r"is empty"),
        ("x+", r"ends at column 3"),
        ("*x", r"has \* at column 1"),
        ("x**", r"ends at column 4"),
        ("(x", r"\( at column 1 that is never closed"),
        ("x)", r"\) without its \( at column 2"),
        ("()", r"has \) at column 2"),
        ("x/0", r"divides by zero at column 2"),
        ("x/(y-y)", r"divides by zero at column 2"),
        ("1/(x+1)", r"divides at column 2 by something"),
        ("x^y", r"exponent at column 2"),
        ("x^-1", r"exponent at column 2"),
        ("x^0.5", r"exponent at column 2"),
        ("x^65", r"exponent at column 2"),
        ("9**9**9", r"exponent at column 2"),
        ("9^64^64", r"exponent at column 2"),
        ("(9^64)^64", r"more than 1000 digits"),
        (
            "(9*x)^64*9^64*(7*x^0)^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64*9^64",
            r"1000 digits",
        ),
        ("((x+1)^64)^64", r"degree beyond 64"),
        ("x^64*x", r"degree beyond 64"),
        ("1/x^64/x", r"degree beyond 64"),
        ("x^40/y*y^25", r"degree beyond 64"),
        ("1/x^40 + y^40", r"degree beyond 64"),  # over the common denominator x^40
        ("x^40/(1/x^40)", r"degree beyond 64"),
        ("1" * 1001, r"more than 1000 digits at column 1"),
        ("(" * 65 + "x" + ")" * 65, r"nested more than 64 deep at column 65"),
        ("-" * 100 + "x", r"nested more than 64 deep"),
        ("x^" * 100 + "1", r"nested more than 64 deep"),
        ("(" * 10**5 + "x" + ")" * 10**5, r"has 200001 characters, more than 2000"),
        ("x" * 10**6, r"has 1000000 characters"),
    ],
)
def test_refusals_say_where_and_what_to_do(text: str, reason: str) -> None:
    before = time.perf_counter()
    with pytest.raises(InputError, match=reason) as caught:
        parse_formula(text, ["x", "y"], argument="map")
    # A hundred times what it takes here; without the limits these would take minutes or all the memory.
    assert time.perf_counter() - before < 5
    assert caught.value.argument == "map"
    assert caught.value.advice
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


def test_the_number_of_terms_is_bounded_before_anything_is_expanded() -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    with pytest.raises(InputError, match="more than 20000 terms"):
        parse_formula("(a+b+c+d+e+f+1)^40", names)
    assert parse_formula("*".join(["(a+1)"] * 64), names) == (sympy.Symbol("a") + 1) ** 64  # 65 terms


def test_long_sums_and_products_are_read_at_once() -> None:
    assert parse_formula("+".join(["x"] * 999), ["x"]) == 999 * x
    assert parse_formula("x" + "*1" * 900, ["x"]) == x
    assert parse_formula("+".join(["(-x)^2"] * 100), ["x"]) == 100 * x**2  # nesting that ended does not count
    assert parse_formula("1/x^30 + y^30", ["x", "y"]) == 1 / x**30 + y**30
    terms = "+".join(f"{k}*x^{k % 60}" for k in range(200))
    expected = sympy.Add(*(k * x ** (k % 60) for k in range(200)))
    assert sympy.expand(parse_formula(terms, ["x"]) - expected) == 0


def test_nothing_runs(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for text in (
        f"__import__('pathlib').Path({str(canary)!r}).touch()",
        f"open({str(canary)!r}, 'w')",
        "exec(1)",
        "().__class__.__base__.__subclasses__()",
    ):
        with pytest.raises(InputError):
            parse_formula(text, ["x", "open", "exec"])
    assert not canary.exists()


@pytest.mark.parametrize("name", ["", "1x", "_x", "x y", "x-1", "é", "x" * 33, "\\input{a}", "x\n", 3, None])
def test_names_that_may_not_be_declared(name: object) -> None:
    with pytest.raises(InputError, match="must be a letter, then letters, digits or _"):
        parse_formula("1", [name])  # type: ignore[list-item]  # the point of the test


def test_other_wrong_arguments() -> None:
    with pytest.raises(InputError, match="must be text"):
        parse_formula(3, ["x"])  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InputError, match="sequence of names"):
        parse_formula("x", "x")
    with pytest.raises(InputError, match="must be a SymPy symbol"):
        parse_formula("x", {"x": 2})
    with pytest.raises(InputError, match="numbers only"):
        parse_formula("x", [])
    assert parse_formula("1/3", []) == sympy.Rational(1, 3)


@given(text=st.text(alphabet="xy019.+-*/^() ", max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    parsed = _read_or_refuse(text, "formula = ")
    assert parsed is None or parsed.is_rational_function(x, y)


# ------------------------------------------------------------------------------------------------------------ evaluate


def test_evaluate_is_exact() -> None:
    expression = (x - y / 3) ** 3 / (2 * x) + sympy.Rational(1, 7)
    values = {x: Fraction(2, 5), y: Fraction(-1, 3)}
    expected = (Fraction(2, 5) + Fraction(1, 9)) ** 3 / Fraction(4, 5) + Fraction(1, 7)
    assert evaluate(expression, values) == expected


def test_evaluate_refuses_what_it_cannot_know() -> None:
    with pytest.raises(InputError, match="without a value"):
        evaluate(x + y, {x: Fraction(1)})
    with pytest.raises(InputError, match="rationals, symbols"):
        evaluate(sympy.sqrt(x), {x: Fraction(4)})
    with pytest.raises(ZeroDivisionError):
        evaluate(1 / x, {x: Fraction(0)})


@pytest.mark.parametrize(
    "value",
    [10**10_000, Fraction(1, 10**10_000), Decimal("1e-1000000"), Decimal("1e900000")],
    ids=["int", "Fraction", "small Decimal", "large Decimal"],
)
def test_numbers_too_long_to_compute_with_are_refused_at_once(value: object) -> None:
    with pytest.raises(InputError, match="too many digits"):
        exact_rational(value, "a")

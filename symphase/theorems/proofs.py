"""Theorems as records: what is claimed, for which parameters, and a proof whose formulas can be asked.

A proof is a tuple of lines.  A line is a plain sentence; where it displays a formula it also holds the evidence for it,
an object that proves the formula again by a route that did not make it: the expanded difference tested for zero in a
polynomial ring, the map's own coefficients at random rational points in plain fractions, root counts by two methods,
sums of squares.  What is quoted from the literature and not proved by the code carries the key of its source
(:data:`symphase.references.REFERENCES`).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

import flint
import sympy
from sympy.core.function import AppliedUndef

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.cells import distinct, rational_between
from symphase.display import Shown, count_text, facts_table, level_html, words_html
from symphase.enclosures import Certainty, Verdict
from symphase.formulas import evaluate, exact_rational
from symphase.notation import formula_latex, formula_text
from symphase.steps import CheckResult
from symphase.thresholds import Boundary

if TYPE_CHECKING:
    from symphase.maps import PolynomialFamily

__all__ = [
    "Evidence",
    "Exactly",
    "Identity",
    "OnDomain",
    "ProofLine",
    "Theorem",
    "holds",
    "map_letter",
    "number_text",
    "numerator_vanishes",
    "polynomial_in",
    "unfolded",
    "value_of",
]

POINTS: Final = 6
SEED: Final = 20231001
_DRAWS: Final = 4000
_RELATIONS: Final = {"=": "=", "<": "<", "≤": r"\le", ">": ">", "≥": r"\ge"}

Range = tuple[RealAlgebraic | None, RealAlgebraic | None]


class Evidence(Protocol):
    """What proves a displayed formula again."""

    @property
    def method(self) -> str:
        """How, in one clause."""
        ...

    @property
    def certainty(self) -> Certainty:
        """What a success means."""
        ...

    # evidence for a computed fact also has a property ``sentence``: what a line that leans on it says, and no more

    def complaints(self, line: ProofLine) -> list[str]:
        """What is wrong with the line; nothing when it is proved."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProofLine(Shown):
    """One line of a proof.

    Attributes
    ----------
    text : str
        A sentence with Unicode mathematics, for ``notation.prose_latex`` and ``notation.prose_html``.
    left, right : sympy.Expr or None
        The two sides of the displayed formula; None in a line of text alone.  The map stands in them as the undefined
        function f, its derivatives with primes: "f(f(z)) − z".
    relation : str
        "=", "<", "≤", ">" or "≥"; empty in a line of text alone.
    evidence : object with ``complaints(line)``, or None
        What proves the line.
    quotes : tuple of str
        Keys of :data:`symphase.references.REFERENCES` whose theorems this line takes over without proving them.
    family : PolynomialFamily or None
        What f stands for.

    Examples
    --------
    >>> z = sympy.Symbol("z")
    >>> line = ProofLine(
    ...     text="A square:",
    ...     left=z**2 + 2 * z + 1,
    ...     relation="=",
    ...     right=(z + 1) ** 2,
    ...     evidence=Identity(),
    ... )
    >>> print(line.formula_text(), "|", line.check().verdict)
    z² + 2z + 1 = (z + 1)² | proved
    """

    text: str
    left: sympy.Expr | None = None
    relation: str = ""
    right: sympy.Expr | None = None
    evidence: Evidence | None = None
    quotes: tuple[str, ...] = ()
    family: PolynomialFamily | None = field(default=None, repr=False)

    @property
    def _leading(self) -> tuple[sympy.Symbol, ...]:
        return () if self.family is None else (self.family.variable,)

    @property
    def _exactly(self) -> tuple[sympy.Symbol, str, RealAlgebraic] | None:
        """For which numbers the formula holds, where the line says it."""
        evidence = self.evidence
        if isinstance(evidence, Exactly) and evidence.number is not None:
            return evidence.symbol, evidence.relation, evidence.number
        return None

    def formula_text(self) -> str:
        """The displayed formula as plain text with Unicode signs; empty in a line of text alone."""
        if self.left is None or self.right is None:
            return ""
        sides = [_written(side, self._leading, formula_text) for side in (self.left, self.right)]
        text = f" {self.relation} ".join(sides)
        if self._exactly is not None:
            symbol, relation, number = self._exactly
            text += f" ⇔ {formula_text(symbol)} {relation} {_number_text(number)}"
        where = self.conditions_text()
        return f"{text}, {where}" if where else text

    def conditions_text(self) -> str:
        """Where the formula is claimed, such as "for a > 0"; empty where it is claimed everywhere."""
        word, conditions = self.conditions
        said = [
            " ".join(part if isinstance(part, str) else _text(part, self._leading) for part in condition)
            for condition in conditions
        ]
        return f"{word} {_listed(said)}" if said else ""

    @property
    def conditions(self) -> tuple[str, tuple[tuple[Any, ...], ...]]:
        """Where the formula is claimed, as "for" or "where" and conditions of expressions, numbers and relations."""
        evidence = self.evidence
        if isinstance(evidence, Identity):
            return "where", tuple((symbol, "=", expression) for symbol, expression in evidence.given)
        if isinstance(evidence, OnDomain):
            return "where", tuple((expression, relation, sympy.Integer(0)) for expression, relation in evidence.domain)
        if not isinstance(evidence, Exactly):
            return "", ()
        lower, upper = evidence.range
        middle: tuple[Any, ...] = (evidence.symbol,)
        if lower is not None and upper is not None:
            middle = (lower, "<", *middle, "<", upper)
        elif lower is not None:
            middle = (*middle, ">", lower)
        elif upper is not None:
            middle = (*middle, "<", upper)
        return "for", (middle,) if len(middle) > 1 else ()

    def formula_latex(self) -> str:
        """The displayed formula as LaTeX for math mode, on one line; empty in a line of text alone."""
        return " ".join(self.latex_parts())

    def latex_parts(self) -> tuple[str, ...]:
        """The displayed formula as LaTeX in pieces between which a line may be broken: each begins with its relation.

        Returns
        -------
        tuple of str
            Left side, relation with right side, "exactly for" with its range where the line says it, and where all
            of it is claimed; empty in a line of text alone.
        """
        if self.left is None or self.right is None:
            return ()
        left, right = (_written(side, self._leading, formula_latex) for side in (self.left, self.right))
        parts = [left, f"{_RELATIONS.get(self.relation, '=')} {right}"]
        if self._exactly is not None:
            symbol, relation, number = self._exactly
            parts.append(
                rf"\quad\text{{exactly for}}\quad {formula_latex(symbol)} {_RELATIONS[relation]} {_latex(number, ())}"
            )
        word, conditions = self.conditions
        for at, condition in enumerate(conditions):
            joint = word if not at else "and"
            said = " ".join(
                _RELATIONS[part] if isinstance(part, str) else _latex(part, self._leading) for part in condition
            )
            parts.append(rf"\quad\text{{{joint}}}\quad {said}")
        return tuple(parts)

    def check(self) -> CheckResult | None:
        """Prove the displayed formula again.

        Returns
        -------
        CheckResult or None
            PROVED or REFUTED; None for a line that claims nothing but text.

        Certainty
        ---------
        As the result says.
        """
        if self.evidence is None:
            return None
        complaints = self._beyond_its_evidence() or self.evidence.complaints(self)
        return CheckResult(
            title=self.formula_text() or self.text,
            verdict=Verdict.REFUTED if complaints else Verdict.PROVED,
            method=self.evidence.method,
            detail="; ".join(complaints),
            certainty=self.evidence.certainty,
        )

    def _beyond_its_evidence(self) -> list[str]:
        """A line that leans on a computed fact says that fact's own sentence, and displays no formula."""
        sentence = getattr(self.evidence, "sentence", None)
        if sentence is None:
            return []
        if self.left is not None or self.right is not None or self.relation:
            return ["the evidence is for a computed fact, not for a formula"]
        return [] if self.text == sentence else ["the evidence is for another sentence"]

    def _line(self) -> str:
        return f"{self.text} {self.formula_text()}".strip()

    def _repr_html_(self) -> str:
        level = "text" if self.evidence is None else f"{level_html(self.evidence.certainty)} once checked"
        facts = [
            ("line", words_html(self.text)),
            ("formula", words_html(self.formula_text())),
            ("certainty", level),
        ]
        return facts_table("One line of a proof", facts)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Theorem(Shown):
    """A theorem about a family, with its proof.

    Attributes
    ----------
    name : str
        Short, such as "The catapult phase".
    label : str
        Letters, digits and hyphens: what a document refers to.
    statement : str
        The claim, in sentences with Unicode mathematics.
    in_words : str
        One or two sentences for somebody who knows gradient descent but no dynamics.
    applies : (Boundary or None, Boundary or None)
        Between which boundaries, in the order of the parameter (smaller first); None where there is no bound.
    ends : (bool, bool)
        Whether each end belongs to the range.
    phase : str
        Value of ``phases.Phase`` that holds there, or empty.
    proof : tuple of ProofLine
    sources : tuple of str
        Keys of :data:`symphase.references.REFERENCES`: what is quoted, and where the result is from.
    """

    name: str
    label: str
    statement: str
    in_words: str
    proof: tuple[ProofLine, ...]
    applies: tuple[Boundary | None, Boundary | None] = (None, None)
    ends: tuple[bool, bool] = (False, False)
    phase: str = ""
    sources: tuple[str, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """The weakest certainty of any line that is checked, and of the boundaries between which it applies.

        Numerical where there is neither: sentences that nothing checks are exact nowhere.
        """
        levels = [line.evidence.certainty for line in self.proof if line.evidence is not None]
        levels += [boundary.certainty for boundary in self.applies if boundary is not None]
        order = list(Certainty)
        return max(levels, key=order.index, default=Certainty.NUMERICAL)

    @property
    def quotes(self) -> tuple[str, ...]:
        """Keys of the sources whose theorems the proof takes over without proving them, each once."""
        return tuple(dict.fromkeys(key for line in self.proof for key in line.quotes))

    def check(self) -> tuple[CheckResult, ...]:
        """Prove every displayed formula of the proof again.

        What is covered are the formulas, each where it says that it holds, and the computed facts; that they make up a
        proof of ``statement`` is for a reader to judge.

        Returns
        -------
        tuple of CheckResult
            One for each line that displays a formula or claims a computation.
        """
        results = (line.check() for line in self.proof)
        return tuple(result for result in results if result is not None)

    def holds_at(self, parameter: Fraction | RealAlgebraic) -> bool | None:
        """Whether the parameter lies in the range of the theorem; None where that is undecided (inside a bracket)."""
        place = parameter if isinstance(parameter, RealAlgebraic) else exact_rational(parameter, "parameter")
        lower, upper = (None if end is None else _compared(end, place) for end in self.applies)
        if (self.applies[0] is not None and lower is None) or (self.applies[1] is not None and upper is None):
            return None
        above = lower is None or lower < 0 or (lower == 0 and self.ends[0])
        return above and (upper is None or upper > 0 or (upper == 0 and self.ends[1]))

    def _line(self) -> str:
        return f"{self.name} [{self.certainty}]; {self.in_words}"

    def _repr_html_(self) -> str:
        claims = sum(line.evidence is not None for line in self.proof)
        facts = [
            ("statement", words_html(self.statement)),
            ("in words", words_html(self.in_words)),
            ("proof", f"{count_text(len(self.proof), 'line')}, {claims} of them checked by <code>check()</code>"),
            ("certainty", level_html(self.certainty)),
        ]
        return facts_table(f"<strong>{words_html(self.name)}</strong>", facts)


def _compared(boundary: Boundary, parameter: Fraction | RealAlgebraic) -> int | None:
    """Sign of boundary − parameter; None inside a bracket that does not decide it."""
    if isinstance(parameter, Fraction):
        return boundary.compare(parameter)
    if boundary.algebraic is not None:
        return boundary.algebraic.compare(parameter)
    lower, upper = boundary.enclose(256)
    if parameter <= lower:
        return 1
    return -1 if parameter >= upper else None


# --------------------------------------------------------------------------------------------- three kinds of evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An equality of rational expressions, identically or on a curve that is given by a parametrisation.

    Attributes
    ----------
    given : tuple of (sympy.Symbol, sympy.Expr)
        Symbols that are not free, each in terms of the free ones; displayed with the formula.
    curve : sympy.Expr or None
        What vanishes on the curve that is meant; ``given`` must satisfy it.
    """

    given: tuple[tuple[sympy.Symbol, sympy.Expr], ...] = ()
    curve: sympy.Expr | None = None

    @property
    def certainty(self) -> Certainty:
        """Exact: the zero test is a proof."""
        return Certainty.EXACT

    @property
    def method(self) -> str:
        """How."""
        return f"zero test of the expanded difference; exact fractions at {POINTS} random rational points (seed {SEED})"

    def complaints(self, line: ProofLine) -> list[str]:
        """What is wrong with the line."""
        left, right = line.left, line.right
        if left is None or right is None or line.relation != "=":
            return ["there is no equation to prove"]
        if self.curve is not None and not numerator_vanishes(self.curve.xreplace(dict(self.given))):
            return ["what is given does not lie on the curve"]
        found = _compare(line, self._points(line))
        if not found and not numerator_vanishes(unfolded(left - right, line.family).xreplace(dict(self.given))):
            found.append("the expanded difference is not zero")
        return found

    def _points(self, line: ProofLine) -> Iterator[Mapping[sympy.Symbol, Fraction]]:
        symbols = _free_symbols(line)
        for _, expression in self.given:
            symbols |= expression.free_symbols
        free = sorted(symbols - {symbol for symbol, _ in self.given}, key=str)
        rng = random.Random(SEED)  # noqa: S311  # guards no secret
        while True:
            values = {symbol: _draw(rng) for symbol in free}
            try:
                yield values | {symbol: evaluate(expression, values) for symbol, expression in self.given}
            except ZeroDivisionError:
                continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactly:
    """A relation between two polynomials in one symbol: holds on a range, or exactly on one side of a number there.

    Attributes
    ----------
    symbol : sympy.Symbol
    range : (RealAlgebraic or None, RealAlgebraic or None)
        The open interval that is looked at; None where it has no end.
    relation : str
        "=", "<", "≤", ">" or "≥": the line holds exactly where symbol, this relation, ``number`` holds.
    number : RealAlgebraic or None
        None when the line holds on all of the range.
    """

    symbol: sympy.Symbol
    range: Range = (None, None)
    relation: str = "="
    number: RealAlgebraic | None = None

    @property
    def certainty(self) -> Certainty:
        """Exact."""
        return Certainty.EXACT

    @property
    def method(self) -> str:
        """How."""
        return (
            "all real roots of the difference, counted by Bernstein coefficients and again by Sturm's theorem; one "
            f"exact sign between any two; exact fractions at {POINTS} random rational points (seed {SEED})"
        )

    def complaints(self, line: ProofLine) -> list[str]:
        """What is wrong with the line."""
        left, right = line.left, line.right
        if left is None or right is None or line.relation not in _RELATIONS:
            return ["there is no relation to prove"]
        ends = [end for end in self.range if end is not None]
        if self.number is not None and not self._holds(self.number) and not any(self.number == end for end in ends):
            return [f"{self.number} lies outside of the range"]
        polynomial = polynomial_in(unfolded(left - right, line.family), self.symbol)
        if polynomial is None:
            return [f"the difference is no polynomial in {self.symbol}"]
        roots = distinct(real_roots(polynomial)) if polynomial.degree() > 0 else []
        found = []
        if polynomial.degree() > 0 and len(roots) != _sturm_count(polynomial):
            found.append("two methods do not agree on the number of real roots")
        marks = distinct([*roots, *([self.number] if self.number is not None else [])])
        inside = [mark for mark in marks if self._holds(mark)]
        edges = [self.range[0], *inside, self.range[1]]
        for cell in itertools.pairwise(edges):
            sample = _sample(*cell)
            difference = value_of(left - right, {self.symbol: sample}, line.family)
            if holds(line.relation, difference) != self._expected(sample):
                found.append(f"it is otherwise at {self.symbol} = {sample}")
        for mark in inside:
            value = Fraction(0 if any(mark == root for root in roots) else 1)  # the sign there is that of a cell beside
            if (value == 0 or line.relation == "=") and holds(line.relation, value) != self._expected(mark):
                found.append(f"it is otherwise at {self.symbol} = {mark}")
        return found + _compare(line, self._points(), self._expected_at)

    def _holds(self, number: RealAlgebraic) -> bool:
        lower, upper = self.range
        return (lower is None or number > lower) and (upper is None or number < upper)

    def _expected(self, value: Fraction | RealAlgebraic) -> bool:
        return self.number is None or holds(self.relation, -Fraction(self.number.compare(value)))

    def _expected_at(self, values: Mapping[sympy.Symbol, Fraction]) -> bool:
        return self._expected(values[self.symbol])

    def _points(self) -> Iterator[Mapping[sympy.Symbol, Fraction]]:
        """Random rational points of the range."""
        rng = random.Random(SEED)  # noqa: S311  # guards no secret
        lower, upper = self.range
        low = Fraction(-8) if lower is None else lower.enclose(40)[1]
        high = max(low, Fraction(0)) + 8 if upper is None else upper.enclose(40)[0]
        low = min(low, high - 8) if lower is None else low
        while True:
            yield {self.symbol: low + (high - low) * Fraction(rng.randint(1, 9_999), 10_000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDomain:
    """An inequality on a region, proved by writing the difference as a sum of what is not negative there.

    Attributes
    ----------
    domain : tuple of (sympy.Expr, str)
        Expressions, each ">" or "≥" zero on the region.
    terms : tuple of (int or Fraction, tuple of int, sympy.Expr)
        The larger side minus the smaller one is the sum of coefficient · product of ``domain`` entries · square: a
        positive number, the numbers of the entries, and what is squared.
    """

    domain: tuple[tuple[sympy.Expr, str], ...]
    terms: tuple[tuple[int | Fraction, tuple[int, ...], sympy.Expr], ...]

    @property
    def certainty(self) -> Certainty:
        """Exact."""
        return Certainty.EXACT

    @property
    def method(self) -> str:
        """How."""
        return (
            "the difference is a sum of squares times what is not negative there, by a zero test; exact fractions at "
            f"{POINTS} random rational points of the region (seed {SEED})"
        )

    def complaints(self, line: ProofLine) -> list[str]:
        """What is wrong with the line."""
        left, right = line.left, line.right
        if left is None or right is None or line.relation not in {"<", "≤", ">", "≥"}:
            return ["there is no inequality to prove"]
        found = []
        total = unfolded(left - right if line.relation in {">", "≥"} else right - left, line.family)
        for number, entries, base in self.terms:
            weight = sympy.Rational(Fraction(number).numerator, Fraction(number).denominator)
            total -= weight * sympy.Mul(*(self.domain[k][0] for k in entries)) * base**2
            if number <= 0:
                found.append("a coefficient is not positive")
        if not numerator_vanishes(total):
            found.append("the difference is not that sum")
        if line.relation in {"<", ">"} and not any(self._is_strict(entries, base) for _, entries, base in self.terms):
            found.append("no part of the sum is known to be positive")
        return found + _compare(line, self._points(line))

    def _is_strict(self, entries: Sequence[int], base: sympy.Expr) -> bool:
        return bool(base.is_Rational and base != 0) and all(self.domain[k][1] == ">" for k in entries)

    def _points(self, line: ProofLine) -> Iterator[Mapping[sympy.Symbol, Fraction]]:
        symbols = set(_free_symbols(line))
        for expression, _ in self.domain:
            symbols |= expression.free_symbols
        rng = random.Random(SEED)  # noqa: S311  # guards no secret
        for _ in range(_DRAWS):
            values = {symbol: _draw(rng) / 8 for symbol in sorted(symbols, key=str)}
            if all(holds(relation, evaluate(each, values)) for each, relation in self.domain):
                yield values


# ------------------------------------------------------------------------------------------------ arithmetic behind it


def holds(relation: str, difference: Fraction) -> bool:
    """Whether a relation holds between two numbers, by their difference left − right.

    Examples
    --------
    >>> holds("≤", Fraction(0)), holds("<", Fraction(0))
    (True, False)
    """
    return {
        "=": difference == 0,
        "<": difference < 0,
        "≤": difference <= 0,
        ">": difference > 0,
        "≥": difference >= 0,
    }[relation]


def numerator_vanishes(expression: sympy.Expr) -> bool:
    """Zero test of a rational expression: its numerator, expanded in a polynomial ring over the rationals.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> numerator_vanishes((x + 1 / x) ** 2 - x**2 - 2 - 1 / x**2), numerator_vanishes(x - 1)
    (True, False)
    """
    top, _ = sympy.fraction(sympy.together(expression))
    symbols = sorted(top.free_symbols, key=str)
    if not symbols:
        return bool(top == 0)
    return not sympy.QQ[tuple(symbols)].from_sympy(top)


def polynomial_in(expression: sympy.Expr, symbol: sympy.Symbol) -> Any:
    """The integer polynomial with the roots of an expression in one symbol, its sign kept; None if it is none."""
    try:
        polynomial = sympy.Poly(expression, symbol, domain="QQ")
    except (sympy.PolynomialError, sympy.CoercionFailed):
        return None
    values = [Fraction(int(c.p), int(c.q)) for c in reversed(polynomial.all_coeffs())]
    scale = math.lcm(*(value.denominator for value in values))
    return flint.fmpz_poly([int(value * scale) for value in values])


def _sturm_count(polynomial: Any) -> int:
    """Number of distinct real roots, by SymPy's Sturm sequence."""
    symbol = sympy.Dummy("x")
    rows = [sympy.Integer(int(c)) for c in reversed(polynomial.coeffs())]
    return int(sympy.Poly(rows, symbol, domain="QQ").sqf_part().count_roots())


def value_of(
    expression: sympy.Expr, values: Mapping[sympy.Symbol, Fraction], family: PolynomialFamily | None
) -> Fraction:
    """Evaluate an expression that may hold the undefined function f (or f', f'', …), by the family's own coefficients.

    Parameters
    ----------
    expression : sympy.Expr
    values : mapping of sympy.Symbol to Fraction
        With a value for the family's parameter where f occurs.
    family : PolynomialFamily or None
        What f stands for.

    Returns
    -------
    Fraction

    Certainty
    ---------
    Exact; no SymPy arithmetic is used.
    """
    coefficients: dict[int, Sequence[Fraction]] = {}

    def value(part: Any) -> Fraction:
        if part.is_Add:
            return sum((value(each) for each in part.args), Fraction(0))
        if part.is_Mul:
            return math.prod((value(each) for each in part.args), start=Fraction(1))
        if part.is_Pow and part.exp.is_Integer:
            return value(part.base) ** int(part.exp)
        if not isinstance(part, AppliedUndef):
            return evaluate(part, values)
        order = str(part.func).count("'")
        if order not in coefficients:
            if family is None:
                raise ArithmeticError(f"nothing says what {part.func} is")
            coefficients[order] = _derivative(family.at(values[family.parameter]), order)
        return Fraction(_horner(coefficients[order], value(part.args[0])))

    return value(expression)


def _derivative(coefficients: Sequence[Fraction], order: int) -> Sequence[Fraction]:
    for _ in range(order):
        coefficients = [k * value for k, value in enumerate(coefficients)][1:]
    return coefficients


def _horner(coefficients: Sequence[Any], point: Any) -> Any:
    total = coefficients[-1] * 0
    for value in reversed(coefficients):
        total = total * point + value
    return total


def unfolded(expression: sympy.Expr, family: PolynomialFamily | None) -> sympy.Expr:
    """Write f, and its derivatives, out from the coefficients of a family."""

    def put(part: Any) -> Any:
        if isinstance(part, AppliedUndef):
            if family is None:
                raise ArithmeticError(f"nothing says what {part.func} is")
            rows: list[Any] = [
                sympy.Add(
                    *(sympy.Rational(v.numerator, v.denominator) * family.parameter**j for j, v in enumerate(row))
                )
                for row in family.rows
            ]
            return _horner(_derivative(rows, str(part.func).count("'")), put(part.args[0]))
        return part if not part.args else part.func(*(put(each) for each in part.args))

    return put(expression)


def _written(expression: sympy.Expr, leading: Sequence[sympy.Symbol], write: Callable[..., str]) -> str:
    """Lay out an expression in which f(…) may occur: each call is a letter while the rest is laid out."""
    calls: dict[str, str] = {}

    def put(part: Any) -> Any:
        if isinstance(part, AppliedUndef):
            letter = chr(0xE000 + len(calls))  # private use: no symbol of anybody has this name
            calls[letter] = ""
            calls[letter] = f"{part.func}({_written(part.args[0], leading, write)})"
            return sympy.Symbol(letter)
        return part if not part.args else part.func(*(put(each) for each in part.args))

    plain = put(expression)
    # in a sum such as f(z) + a the map comes first, as people write it
    first = tuple(term for term in sympy.Add.make_args(plain) if str(term) in calls)
    text = write(plain, (*first, *leading))
    for letter, call in calls.items():
        text = text.replace(letter, call)
    return text


def _text(part: Any, leading: Sequence[sympy.Symbol]) -> str:
    return _number_text(part) if isinstance(part, RealAlgebraic) else _written(part, leading, formula_text)


def _latex(part: Any, leading: Sequence[sympy.Symbol]) -> str:
    if not isinstance(part, RealAlgebraic):
        return _written(part, leading, formula_latex)
    radicals = part.radicals()
    return rf"{part.decimal(6)}\ldots" if radicals is None else formula_latex(radicals)


def _listed(parts: Sequence[str]) -> str:
    """Parts with commas, and "and" before the last."""
    return " and ".join(each for each in (", ".join(parts[:-1]), parts[-1]) if each)


def number_text(number: RealAlgebraic) -> str:
    """A number in a sentence: its exact form where that is short, else its first digits."""
    radicals = number.radicals() if number.degree <= 2 else None
    return formula_text(radicals) if radicals is not None else f"{number.decimal(6)}…".replace("-", "−")


def map_letter(family: PolynomialFamily) -> str:
    """The letter for the map that none of its symbols has."""
    taken = {str(family.variable), str(family.parameter)}
    return next(letter for letter in ("f", "F", "g", "G") if letter not in taken)


def _number_text(number: RealAlgebraic) -> str:
    radicals = number.radicals()
    return formula_text(radicals) if radicals is not None else f"{number.decimal(6)}…"


def _free_symbols(line: ProofLine) -> set[Any]:
    symbols: set[Any] = set()
    for side in (line.left, line.right):
        if side is not None:
            symbols |= side.free_symbols
            if line.family is not None and side.atoms(AppliedUndef):
                symbols.add(line.family.parameter)
    return symbols


def _draw(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(-40, 40), rng.randint(1, 12))


def _sample(lower: RealAlgebraic | None, upper: RealAlgebraic | None) -> Fraction:
    """A rational number between two."""
    if lower is None and upper is None:
        return Fraction(0)
    if lower is None or upper is None:
        known = lower if lower is not None else upper
        assert known is not None  # noqa: S101  # for the type checker
        other = known.affine(1, 1 if lower is not None else -1)
        lower, upper = (known, other) if lower is not None else (other, known)
    return rational_between(lower, upper)


def _compare(line: Any, points: Iterator[Mapping[sympy.Symbol, Fraction]], expected: Any = None) -> list[str]:
    """Evaluate both sides in fractions at random points, f by the family's coefficients."""
    tried = 0
    for values in itertools.islice(points, 4 * POINTS):
        try:
            left, right = (value_of(side, values, line.family) for side in (line.left, line.right))
        except ZeroDivisionError:
            continue
        tried += 1
        where = ", ".join(f"{symbol} = {value}" for symbol, value in values.items())
        if holds(line.relation, left - right) != (expected is None or expected(values)):
            return [f"it does not hold as claimed at {where}"]
        if tried == POINTS:
            return []
    return [f"only {tried} random points could be tried"]

"""What the words mean, for readers who know calculus and gradient descent and nothing of dynamics.

Each term has one small example.  Its numbers are not typed: they are computed, and :meth:`Term.check` computes them
again by another route and compares.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from typing import Any

from symphase.algebraic import RealAlgebraic
from symphase.display import Shown, facts_table, level_html, words_html
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.kneading import critical_itinerary
from symphase.lyapunov import lyapunov_exponent
from symphase.models import OneWeight
from symphase.notation import formula_text
from symphase.phases import classify, residual_boundaries, residual_family, show_number
from symphase.sharpness import largest_hessian_eigenvalue
from symphase.small_examples import (
    STARTS,
    STEPS,
    TARGET,
    boundary,
    bracket_width,
    catapult_again,
    certified_pair,
    decimal_of_root_eight,
    f,
    float_orbit,
    float_period,
    float_word,
    if_root,
    largest_after,
    largest_after_descent,
    mean_log_slope,
    mean_square,
    onset_again,
    orbit,
    residuals,
    settled,
    slope,
    squares,
    steps_until_angles_are_apart,
    steps_until_apart,
    steps_until_large,
    steps_until_small,
    three_cycles_appear,
    turns,
    two_cycle,
    weight_step,
)
from symphase.steps import CheckResult
from symphase.thresholds import BoundaryKind

__all__ = ["Term", "define_term", "glossary"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Term(Shown):
    """One word, what it means, and a small example.

    Attributes
    ----------
    name : str
    meaning : str
        One to three sentences with Unicode mathematics.
    template : str
        The example, with a place {name} for each number.
    numbers : tuple of (str, Fraction or RealAlgebraic or float or str)
        Each number of the example by name, as computed.
    certainty : Certainty
        Of the numbers.
    recompute : callable without arguments, returning a dict
        The same numbers by another route.
    tolerance : float
        How far two floats may be apart; exact numbers must be equal.
    sources : tuple of str
        Keys of :data:`symphase.references.REFERENCES`.
    """

    name: str
    meaning: str
    template: str
    numbers: tuple[tuple[str, Any], ...]
    certainty: Certainty
    recompute: Callable[[], dict[str, Any]] = field(repr=False, compare=False)
    tolerance: float = 1e-9
    sources: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        """The example with its numbers."""
        return self.template.format(**{name: _shown(value) for name, value in self.numbers})

    def check(self) -> CheckResult:
        """Compute the numbers of the example again, by another route.

        Returns
        -------
        CheckResult
            PROVED when every number comes out the same; REFUTED with the first that does not.  For numbers that are
            numerical or observed "proved" means that both routes agree; ``certainty`` says so.
        """
        again = self.recompute()
        wrong = [
            f"{name} is {_shown(again.get(name))}, not {_shown(value)}"
            for name, value in self.numbers
            if name not in again or not _same(value, again[name], self.tolerance)
        ]
        return CheckResult(
            title=self.name,
            verdict=Verdict.REFUTED if wrong else Verdict.PROVED,
            method="the numbers of the example computed again by another route",
            detail="; ".join(wrong),
            certainty=self.certainty,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        held = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "recompute"}
        return _restored, (held,)

    def _line(self) -> str:
        return f"{self.name} [{self.certainty}]; {self.meaning}"

    def _repr_html_(self) -> str:
        facts = [
            ("meaning", words_html(self.meaning)),
            ("example", f"{words_html(self.example)} {level_html(self.certainty)}"),
        ]
        return facts_table(f"<strong>{words_html(self.name)}</strong>", facts)


def _same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(float(one), float(other), rel_tol=tolerance, abs_tol=tolerance)
    return bool(one == other)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return format(Decimal(f"{value:.4g}"), "f").replace("-", "−")
    if isinstance(value, RealAlgebraic):
        radicals = value.radicals() if value.degree <= 2 else None
        return formula_text(radicals) if radicals is not None else f"{value.decimal(6)}…"
    if isinstance(value, Fraction):
        return show_number(value).replace("-", "−")
    return str(value)


def _restored(held: dict[str, Any]) -> Term:
    """A term out of a copy or a pickle: what computes its numbers again is found by its name, when it is needed."""
    return Term(**held, recompute=lambda: define_term(held["name"]).recompute())


@cache
def glossary() -> tuple[Term, ...]:
    """Return the terms, each before those that use it.

    Returns
    -------
    tuple of Term

    Certainty
    ---------
    Each term carries that of its numbers.

    Examples
    --------
    >>> term = next(term for term in glossary() if term.name == "multiplier")
    >>> print(term.example)
    For a = 0.4 the fixed point 0 has the multiplier 1 − 2a = 0.2: close to 0, a residual shrinks to about 0.2 of
    itself.
    >>> str(term.check().verdict)
    'proved'
    """
    return (*_training(), *_maps(), *_cycles(), *_chaos(), *_knowing())


def define_term(name: str) -> Term:
    """Return one term by its name.

    Parameters
    ----------
    name : str
        Such as "catapult".

    Returns
    -------
    Term

    Raises
    ------
    InputError
        For a name that is no term.

    Examples
    --------
    >>> define_term("edge of stability").name
    'edge of stability'
    """
    for term in glossary():
        if isinstance(name, str) and term.name == name:
            return term
    names = [term.name for term in glossary()]
    near = get_close_matches(name, names, n=3) if isinstance(name, str) else []
    advice = f"did you mean {' or '.join(near)}?" if near else f"such as {', '.join(names[:6])}"
    raise InputError("name", name, "must be the name of a term", advice)


# ------------------------------------------------------------------------------------------ the map, and plain descent


# ------------------------------------------------------------------------------------------------------- of training


def _training() -> tuple[Term, ...]:
    eta, start = Fraction(1, 4), Fraction(3, 2)
    run = residuals(eta, start, 1)
    curvature = float(largest_hessian_eigenvalue(OneWeight(), [[1.0]], [[1.0]], [float(TARGET)])[0])
    rising = Fraction(9, 10)
    z = (2 - rising) / 2
    return (
        Term(
            name="step size",
            meaning=(
                "The number η in w ← w − η∇L(w): how far gradient descent goes along the slope of the loss. It is also "
                "called the learning rate. Here it is the same in every step."
            ),
            template="For the loss (w² − 1)²/4, η = {eta} and w = {start}, one step leads to w = {next}.",
            numbers=(("eta", eta), ("start", start), ("next", weight_step(eta, start))),
            certainty=Certainty.EXACT,
            recompute=lambda: {"eta": eta, "start": start, "next": start - eta * start * (start**2 - 1)},
        ),
        Term(
            name="residual",
            meaning=(
                "Prediction minus target. All of the loss of one sample is in it, and for the models here gradient "
                "descent turns one residual into the next by one formula. The letter z stands for the residual times a "
                "fixed scale."
            ),
            template=(
                "For the prediction w², target 1, η = {eta} and w = {start}: z = η(w² − 1) = {z}, and {image} one step "
                "later."
            ),
            numbers=(("eta", eta), ("start", start), ("z", run[0]), ("image", run[1])),
            certainty=Certainty.EXACT,
            recompute=lambda: {"eta": eta, "start": start, "z": eta * (start**2 - 1), "image": f(eta, run[0])},
            sources=("chen-2024",),
        ),
        Term(
            name="parameter a",
            meaning=(
                "The one number on which everything depends: the step size times what the model and the data "
                "contribute. It is proportional to η, so it is the step size in natural units; step size times "
                "sharpness is 2a."
            ),
            template="For the loss (w² − 1)²/4 it is a = η: η = {eta} gives a = {a}, in the {phase} phase.",
            numbers=(("eta", rising), ("a", rising), ("phase", str(classify(rising).phase))),
            certainty=Certainty.EXACT,
            recompute=lambda: {
                "eta": rising,
                "a": rising,
                "phase": (
                    "catapult"
                    if boundary(BoundaryKind.MONOTONE_END) < rising <= boundary(BoundaryKind.FLIP, 1)
                    else "not catapult"
                ),
            },
            sources=("chen-2024",),
        ),
        Term(
            name="sharpness",
            meaning=(
                "The largest eigenvalue λ of the Hessian of the loss: how strongly the loss curves in its most curved "
                "direction. Close to a minimum a step multiplies the distance in this direction by 1 − ηλ."
            ),
            template="At the minimum w = 1 of (w² − 1)²/4 the sharpness is {curvature}.",
            numbers=(("curvature", curvature),),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: {"curvature": float(3 * Fraction(1) ** 2 - TARGET)},
        ),
        Term(
            name="edge of stability",
            meaning=(
                "Step size times sharpness equal to 2: the factor 1 − ηλ is −1 there, so beyond it a minimum no longer "
                "attracts. In deep learning the sharpness is seen to rise until training sits at this edge."
            ),
            template="Here ηλ = 2a, so the edge is a = {flip}: the factor 1 − 2a is {factor}.",
            numbers=(("flip", boundary(BoundaryKind.FLIP, 1)), ("factor", slope(Fraction(1), Fraction(0)))),
            certainty=Certainty.EXACT,
            recompute=lambda: {"flip": RealAlgebraic.rational(Fraction(2, 2)), "factor": Fraction(1) - 2},
            sources=("cohen-2021",),
        ),
        Term(
            name="monotonic",
            meaning=(
                "A phase: the loss never rises, at any step, from any start from which the run stays bounded. It is "
                "what textbooks assume of a small step size."
            ),
            template="It ends at a = {end}, where (a + 2)² = 8.",
            numbers=(("end", boundary(BoundaryKind.MONOTONE_END)),),
            certainty=Certainty.EXACT,
            recompute=lambda: {"end": if_root((-4, 4, 1), boundary(BoundaryKind.MONOTONE_END))},
            sources=("chen-2024",),
        ),
        Term(
            name="catapult",
            meaning=(
                "A phase: the loss may rise at first, even by much, and still the run ends at zero loss from almost "
                "every start from which it stays bounded (z < 2). The run is thrown out of the steep valley side and "
                "comes back."
            ),
            template=(
                "For a = {a} and a start with z = {z} the next z is {image}: the loss of the sample grows by the "
                "factor ≈ {factor}; after {steps} steps |z| is below 0.01."
            ),
            numbers=(
                ("a", rising),
                ("z", z),
                ("image", f(rising, z)),
                ("factor", float((f(rising, z) / z) ** 2)),
                ("steps", steps_until_small(float(rising), float(z))),
            ),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: catapult_again(rising, z),
            sources=("lewkowycz-2020", "chen-2024"),
        ),
        Term(
            name="divergence",
            meaning="A phase: from almost every start the loss goes to infinity.",
            template=(
                "It begins beyond a = {escape}. For a = {a} the run from z = {z} is above 1000 in size after {steps} "
                "steps."
            ),
            numbers=(
                ("escape", boundary(BoundaryKind.ESCAPE)),
                ("a", Fraction(5, 2)),
                ("z", Fraction(-1)),
                ("steps", steps_until_large(Fraction(5, 2), Fraction(-1))),
            ),
            certainty=Certainty.EXACT,
            recompute=lambda: {
                "escape": if_root((-50, -15, 12, 4), boundary(BoundaryKind.ESCAPE)),
                "a": Fraction(5, 2),
                "z": Fraction(-1),
                "steps": next(
                    n for n, w2 in enumerate(squares(Fraction(5, 2), Fraction(3, 2))) if abs(w2 - Fraction(5, 2)) > 1000
                ),
            },
            sources=("chen-2024",),
        ),
    )


# ---------------------------------------------------------------------------------------------------------- of maps


def _maps() -> tuple[Term, ...]:
    a, small, half = Fraction(2, 5), Fraction(1, 1000), Fraction(1, 2)
    return (
        Term(
            name="map and orbit",
            meaning=(
                "A map is a formula that gives the next value from the present one; applying it again and again is "
                "what a training run does. The values in turn are an orbit."
            ),
            template="For a = {a} the map is z³ − 3z²/2, and the orbit of {start} begins {start}, {one}, {two}.",
            numbers=tuple(zip(("a", "start", "one", "two"), (half, *orbit(half, half, 2)), strict=True)),
            certainty=Certainty.EXACT,
            recompute=lambda: {
                "a": half,
                "start": half,
                "one": half**3 - 3 * half**2 / 2,
                "two": Fraction(-1, 4) ** 3 - 3 * Fraction(-1, 4) ** 2 / 2,
            },
        ),
        Term(
            name="conjugacy",
            meaning=(
                "A change of the coordinate that turns one map into another, so that both have the same dynamics. "
                "Where it is two-to-one, as for v and z = v² − a, one forgets a sign on the way, and it is called a "
                "semiconjugacy."
            ),
            template=(
                "For a = {a} and v = 1: the cubic (1 + a)v − v³ gives {v}, whose square minus a is {z}; and the "
                "residual map takes 1 − a = {start} to the same number."
            ),
            numbers=(("a", a), ("v", (1 + a) - 1), ("z", ((1 + a) - 1) ** 2 - a), ("start", 1 - a)),
            certainty=Certainty.EXACT,
            recompute=lambda: {"a": a, "v": Fraction(7, 5) - 1, "z": f(a, 1 - a), "start": Fraction(3, 5)},
        ),
        Term(
            name="fixed point",
            meaning=(
                "A value that the map does not change. A residual that stays put: at a minimum (0), where the weight "
                "is zero (−a), or (2) where the weight only changes its sign in each step."
            ),
            template=(
                "The residual map has three: 0 (the minimum), −a (weight zero) and 2. For a = {a}: f(−a) = {low}, f(2) "
                "= {high}."
            ),
            numbers=(("a", a), ("low", f(a, -a)), ("high", f(a, Fraction(2)))),
            certainty=Certainty.EXACT,
            recompute=lambda: {"a": a, "low": -a, "high": Fraction(2)},
        ),
        Term(
            name="multiplier",
            meaning=(
                "The derivative of the map at a fixed point, or along a cycle the product of the derivatives: the "
                "factor by which a small distance changes in one turn. Between −1 and 1 the point attracts, outside it "
                "repels."
            ),
            template=(
                "For a = {a} the fixed point 0 has the multiplier 1 − 2a = {factor}: close to 0, a residual shrinks to "
                "about {factor} of itself."
            ),
            numbers=(("a", a), ("factor", slope(a, Fraction(0)))),
            certainty=Certainty.EXACT,
            # the derivative of a cubic from its values: exact central difference, minus the cubic's own share
            recompute=lambda: {
                "a": a,
                "factor": (f(a, small) - f(a, -small)) / (2 * small) - small**2,
            },
        ),
        Term(
            name="superattracting",
            meaning=(
                "Multiplier 0: convergence is faster than any geometric sequence, and the number of right digits "
                "doubles with every turn."
            ),
            template=(
                "For a = {a} the fixed point 0 is superattracting: from z = 0.1 the next values are {one} and ≈ {two}."
            ),
            numbers=(
                ("a", Fraction(1, 2)),
                ("one", f(Fraction(1, 2), Fraction(1, 10))),
                ("two", float(f(Fraction(1, 2), f(Fraction(1, 2), Fraction(1, 10))))),
            ),
            certainty=Certainty.EXACT,
            recompute=lambda: {
                "a": Fraction(1, 2),
                "one": Fraction(1, 100) * (Fraction(1, 10) - Fraction(3, 2)),
                "two": float(Fraction(-14, 1000) ** 2 * (Fraction(-14, 1000) - Fraction(3, 2))),
            },
        ),
        Term(
            name="critical point",
            meaning=(
                "A point where the derivative of the map is zero: where the derivative changes its sign, the map turns "
                "round. For maps like this one, with negative Schwarzian derivative, the orbits of the critical points "
                "find every attracting cycle, which is why so much is read off them."
            ),
            template=(
                "The residual map has two, 1 and (1 − 2a)/3. The first lands on −a at once: for a = {a}, f(1) = "
                "{image}."
            ),
            numbers=(("a", a), ("image", f(a, Fraction(1)))),
            certainty=Certainty.EXACT,
            recompute=lambda: {"a": a, "image": -a if slope(a, Fraction(1)) == 0 else Fraction(0)},
            sources=("singer-1978",),
        ),
        Term(
            name="basin",
            meaning="All starts whose orbits end at the same attracting point or cycle.",
            template=(
                "For a = {a} the starts {left} and {right} both are in the basin of 0: after 40 steps |z| is below "
                "10⁻⁹."
            ),
            numbers=(("a", a), ("left", Fraction(-1, 4)), ("right", Fraction(3, 2))),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: {
                "a": a,
                **{
                    name: z if abs(float_orbit(float(a), float(z), 40)[-1]) < 1e-9 else "no start in the basin"
                    for name, z in (("left", Fraction(-1, 4)), ("right", Fraction(3, 2)))
                },
            },
        ),
    )


# -------------------------------------------------------------------------------------------------------- of cycles


def _cycles() -> tuple[Term, ...]:
    a = Fraction(13, 12)  # (a − 1)(a + 3) is the square of 7/12: the 2-cycle is rational
    low, high = two_cycle(a)
    return (
        Term(
            name="cycle",
            meaning=(
                "A finite set of values that the map runs through again and again; their number is the period. A cycle "
                "attracts when its multiplier is between −1 and 1: nearby runs then settle on it."
            ),
            template="For a = {a} the map takes {low} to {high} and back: a 2-cycle, with multiplier {multiplier}.",
            numbers=(("a", a), ("low", low), ("high", high), ("multiplier", slope(a, low) * slope(a, high))),
            certainty=Certainty.EXACT,
            recompute=lambda: {"a": a, "low": f(a, high), "high": f(a, low), "multiplier": 7 - 4 * a - 2 * a**2},
        ),
        Term(
            name="periodic",
            meaning=(
                "A phase: almost every run that stays bounded (z < 2) settles on an attracting cycle. The loss then "
                "repeats, above zero."
            ),
            template=(
                "For a = {a} a run of 400 steps alternates, to twelve digits, between two values ≈ {low} and {high}."
            ),
            numbers=(("a", Fraction(11, 10)), ("low", settled("1.1")[0]), ("high", settled("1.1")[1])),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: {"a": Fraction(11, 10), **certified_pair("1.1")},
            tolerance=1e-12,
            sources=("chen-2024",),
        ),
        Term(
            name="flip (period doubling)",
            meaning=(
                "A cycle's multiplier passes −1: it stops attracting, and a cycle of twice the period, close by, takes "
                "over. The run that settled on n values now settles on 2n."
            ),
            template="The fixed point 0 flips at a = {first}, the 2-cycle at a = {second}.",
            numbers=(("first", boundary(BoundaryKind.FLIP, 1)), ("second", boundary(BoundaryKind.FLIP, 2))),
            certainty=Certainty.EXACT,
            # 1 − 2a = −1, and 7 − 4a − 2a² = −1
            recompute=lambda: {
                "first": if_root((2, -2), boundary(BoundaryKind.FLIP, 1)),
                "second": if_root((8, -4, -2), boundary(BoundaryKind.FLIP, 2)),
            },
        ),
        Term(
            name="tangency (saddle-node)",
            meaning=(
                "The graph of the n-fold map touches the diagonal: two cycles of period n appear out of nothing, both "
                "with multiplier 1 at first. One then attracts, the other repels."
            ),
            template="The first 3-cycles of the residual map appear this way at a = {birth}.",
            numbers=(("birth", boundary(BoundaryKind.TANGENCY, 3)),),
            certainty=Certainty.EXACT,
            recompute=lambda: {"birth": boundary(BoundaryKind.TANGENCY, 3) if three_cycles_appear() else "elsewhere"},
        ),
        Term(
            name="window",
            meaning=(
                "An interval of step sizes inside the chaotic range in which one cycle attracts. It often opens with a "
                "tangency, and ends when the cycle's descendants break up."
            ),
            template="a = {a} lies in the window of period {period}.",
            numbers=(("a", Fraction("1.455")), ("period", classify("1.455").period)),
            certainty=Certainty.CERTIFIED,
            recompute=lambda: {"a": Fraction("1.455"), "period": float_period(1.455)},
        ),
    )


# --------------------------------------------------------------------------------------------------------- of chaos


def _chaos() -> tuple[Term, ...]:
    digits = residual_boundaries().require(BoundaryKind.ONSET).decimal(6)
    last = lyapunov_exponent(residual_family(), 2).value
    word = critical_itinerary(residual_family(), "1.3", 8)
    return (
        Term(
            name="kneading word",
            meaning=(
                "The orbit of a critical point c written as letters: R for each value on the side of f(c), L for the "
                "other side. It tells which cycles exist and how complicated the map is."
            ),
            template="For a = {a} the word of f(c) begins {word}.",
            numbers=(("a", Fraction("1.3")), ("word", word)),
            certainty=Certainty.CERTIFIED,
            recompute=lambda: {"a": Fraction("1.3"), "word": float_word(1.3, 8)},
            sources=("milnor-thurston-1988",),
        ),
        Term(
            name="topological entropy",
            meaning=(
                "How fast the number of orbits that can be told apart grows with their length: about exp(nh) of length "
                "n for entropy h. Zero means order, even if it is intricate; positive means chaos somewhere."
            ),
            template=(
                "At a = {a} the n-fold map has 3ⁿ monotone pieces, so the entropy is log 3 ≈ {entropy}. For n = 3 "
                "there are {laps}."
            ),
            numbers=(("a", Fraction(2)), ("entropy", math.log(3)), ("laps", 3**3)),
            certainty=Certainty.EXACT,
            recompute=lambda: {"a": Fraction(2), "entropy": math.log(turns(1)), "laps": turns(3)},
            sources=("milnor-thurston-1988",),
        ),
        Term(
            name="Lyapunov exponent",
            meaning=(
                "The mean of log |f'| along an orbit: small errors grow or shrink like exp of this number times the "
                "steps. Positive means that nearby runs part company, negative that they come together."
            ),
            template=(
                "At a = {a} it is log 3 ≈ {exponent} for almost every orbit; for a = 0.4, close to 0, it is log 0.2 ≈ "
                "{negative}."
            ),
            numbers=(("a", Fraction(2)), ("exponent", float(last or 0)), ("negative", math.log(0.2))),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: {
                "a": Fraction(2),
                "exponent": mean_log_slope(2.0, 0.3, 20_000),
                "negative": mean_log_slope(0.4, 1e-9, 8),
            },
            tolerance=2e-3,
        ),
        Term(
            name="Li–Yorke chaos",
            meaning=(
                "Cycles of every period, and uncountably many starts of which any two come arbitrarily close and part "
                "again, for ever. One cycle of period 3 is enough for it. It says nothing about a typical start."
            ),
            template=(
                "From a = {birth} on there is a 3-cycle: three values that follow each other. At a = 2 one of them is "
                "2 cos(2π/13) ≈ {point}."
            ),
            numbers=(("birth", boundary(BoundaryKind.TANGENCY, 3)), ("point", 2 * math.cos(2 * math.pi / 13))),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: {
                "birth": boundary(BoundaryKind.TANGENCY, 3) if three_cycles_appear() else "elsewhere",
                "point": float_orbit(2.0, 2 * math.cos(2 * math.pi / 13), 3)[-1],
            },
            sources=("li-yorke-1975",),
        ),
        Term(
            name="onset of chaos",
            meaning=(
                "The parameter a_∞ at which period doubling has run through all powers of two and the entropy begins "
                "to be positive. It is no known algebraic number, so it is enclosed between two proved bounds."
            ),
            template="For the residual map a_∞ begins with {digits}.",
            numbers=(("digits", digits),),
            certainty=Certainty.CERTIFIED,
            recompute=lambda: {"digits": onset_again(len(digits.partition(".")[2]))},
            sources=("feigenbaum-1978", "levin-shen-van-strien-2020"),
        ),
        Term(
            name="chaotic",
            meaning=(
                "A phase: the entropy is positive. The loss stays bounded and does not settle, except in windows. "
                "Whether a typical run looks irregular at one given step size is another question."
            ),
            template=("At a = {a} two starts 10⁻⁹ apart, both near 0.3, are more than 0.1 apart after {steps} steps."),
            numbers=(("a", Fraction(2)), ("steps", steps_until_apart(2.0, 0.3, 1e-9))),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: {"a": Fraction(2), "steps": steps_until_angles_are_apart(0.3, 1e-9)},
            sources=("chen-2024",),
        ),
        Term(
            name="crisis",
            meaning=(
                "The region in which orbits wander touches a repelling point or cycle and suddenly grows (interior "
                "crisis) or opens to infinity (boundary crisis, escape)."
            ),
            template=(
                "At a = {crisis} the two mirror regions of positive and negative weights merge: gradient descent "
                "begins to hop."
            ),
            numbers=(("crisis", boundary(BoundaryKind.CRISIS)),),
            certainty=Certainty.EXACT,
            # f(c) = 1, that is 4(1 + a)² = 27
            recompute=lambda: {"crisis": if_root((-23, 8, 4), boundary(BoundaryKind.CRISIS))},
            sources=("grebogi-ott-yorke-1982",),
        ),
        Term(
            name="escape",
            meaning=(
                "The critical orbit leaves the interval in which bounded orbits live. Beyond this parameter almost "
                "every orbit goes to infinity; only a thin set of starts, of length zero, stays."
            ),
            template="f(c) = 2, the end of the interval, happens at a = {escape}, where (a − 2)(2a + 5)² = 0.",
            numbers=(("escape", boundary(BoundaryKind.ESCAPE)),),
            certainty=Certainty.EXACT,
            recompute=lambda: {"escape": if_root((-50, -15, 12, 4), boundary(BoundaryKind.ESCAPE))},
        ),
        Term(
            name="ergodic average",
            meaning=(
                "The mean of a quantity over the steps of one run. In the periodic phase the run does not settle but "
                "its averages do; in the chaotic one they usually do, for almost every a. Averaging the predictions of "
                "a run is what makes its test error steady."
            ),
            template=(
                "At a = 2 the mean of z² along almost every run is 2, the mean over the arcsine density: a run of "
                "20000 steps gives ≈ {mean}."
            ),
            numbers=(("mean", mean_square(2.0, 0.3, 20_000)),),
            certainty=Certainty.NUMERICAL,
            # the mean of 4 cos² θ over equally spaced angles
            recompute=lambda: {"mean": sum(4 * math.cos(math.pi * (k + 0.5) / 64) ** 2 for k in range(64)) / 64},
            tolerance=3e-2,
            sources=("chen-2024",),
        ),
    )


# ------------------------------------------------------------------------------------------------ of what is known


def _knowing() -> tuple[Term, ...]:
    root = boundary(BoundaryKind.MONOTONE_END)
    onset = residual_boundaries().require(BoundaryKind.ONSET)
    lower, upper = onset.enclose()
    return (
        Term(
            name="exact",
            meaning=(
                "Said of a number that is given by a polynomial with integer coefficients and an interval that holds "
                "one root of it. As many digits as one likes can be had, and comparisons are decided, never rounded."
            ),
            template="{root} is the root of a² + 4a − 4 between 0 and 1; its digits begin {digits}.",
            numbers=(("root", root), ("digits", root.decimal(10))),
            certainty=Certainty.EXACT,
            recompute=lambda: {
                "root": if_root((-4, 4, 1), root),
                "digits": decimal_of_root_eight(10),
            },
        ),
        Term(
            name="certified",
            meaning=(
                "Said of a number that is proved to lie between two bounds, by arithmetic that keeps track of every "
                "rounding error. Each digit that is shown is right."
            ),
            template="The onset of chaos is certified to lie in an interval of length ≈ {width}.",
            numbers=(("width", float(upper - lower)),),
            certainty=Certainty.CERTIFIED,
            recompute=lambda: {"width": float(bracket_width() or 0)},
            sources=("krawczyk-1969",),
        ),
        Term(
            name="numerical",
            meaning=(
                "Said of a number on whose digits two methods agree; there is no proof. It is shown with ≈ and never "
                "decides anything."
            ),
            template="A run of 20000 steps at a = 2 gives a Lyapunov exponent ≈ {exponent}; the proved value is log 3.",
            numbers=(("exponent", mean_log_slope(2.0, 0.3, 20_000)),),
            certainty=Certainty.NUMERICAL,
            recompute=lambda: {"exponent": math.log(3)},
            tolerance=2e-3,
        ),
        Term(
            name="observed",
            meaning=(
                "Seen in a simulation of a stated number of steps from stated starts, and true of those runs. Other "
                "starts or more steps may show something else."
            ),
            template=(
                "Of {count} runs at a = 1 from starts between z = −0.9 and z = 1.9, all end with |z| ≤ {bound} "
                "(rounded) after {steps} steps."
            ),
            numbers=(("count", len(STARTS)), ("bound", largest_after(1.0)), ("steps", STEPS)),
            certainty=Certainty.OBSERVED,
            recompute=lambda: {"count": 21, "bound": largest_after_descent(1.0), "steps": 400},
        ),
    )

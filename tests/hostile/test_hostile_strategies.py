"""Hostile and mistaken calls of the strategies and laws for property-based tests.

As for the rest of the package: a table of calls, each with what its refusal must say; behind it every hostile value for
every argument, as it is and as what a strategy draws.  An argument is refused where it is given; what a strategy draws,
with the first draw.
"""

from __future__ import annotations

import inspect
from fractions import Fraction
from itertools import count, repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
import sympy
from families import logistic
from hostile.judging import HOSTILE, complaint, frozen_copy, outcome, same, slowness, wording
from hostile.test_hostile_api import TELLING
from hypothesis import HealthCheck, find, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from symphase import strategies
from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.phases import Phase
from symphase.thresholds import BoundaryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ANY: Any = "text"
PLAIN: Final = PhaseRetrieval(gamma=2, c=0)
PLACED: Final = find(strategies.orthogonal_data(PLAIN, phases=["chaotic"]), lambda _: True)
ONCE: Final = settings(
    max_examples=1,
    phases=[Stage.generate],
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def _loop(_rate: float, _features: object, _targets: object) -> Callable[[object], object]:
    return lambda weights: weights


# Of every argument one that is right; a function stands here as often as its arguments exclude each other.
CALLS: Final[dict[str, dict[str, Any]]] = {
    "generic_data": {"samples": 2, "dimension": 2},
    "models": {"kinds": [PhaseRetrieval], "symbolic": False, "reducible": True, "gammas": 2, "cs": 0, "max_degree": 3},
    "models of networks": {"kinds": [TwoLayerNetwork], "alphas": 1, "widths": 2, "reductions": "mean"},
    "models of polynomials": {"kinds": [PolynomialModel], "loss_factors": 1, "max_degree": 3},
    "orthogonal_data": {
        "model": PLAIN,
        "samples": 1,
        "dimension": 2,
        "margin": "1/100",
        "step_sizes": 1,
        "stretches": 1,
    },
    "orthogonal_data in phases": {"model": PLAIN, "phases": ["chaotic"], "margin": 0},
    "orthogonal_data at scales": {"model": PLAIN, "scales": st.just(Fraction(3, 2)), "samples": 2},
    "parameters": {
        "phase": "chaotic",
        "windows": False,
        "margin": 0,
        "within": (1, 2),
        "max_denominator": 64,
        "dyadic": False,
    },
    "parameters of a period": {"phase": "periodic", "period": 2},
    "parameters near a boundary": {"near": BoundaryKind.ESCAPE, "distance": (0, "1/10"), "side": "above"},
    "polynomial_families": {
        "min_degree": 2,
        "max_degree": 3,
        "max_parameter_degree": 1,
        "coefficients": st.integers(1, 3),
    },
    "polynomial_families of one": {"conjugate_to": logistic()},
    "quadratic_forms": {"kinds": [OneWeight]},
    "real_algebraic_numbers": {"max_degree": 2, "max_coefficient": 3, "min_value": -3, "max_value": 3},
    "squared_residuals": {"max_degree": 2},
    "starts": {"problem": PLACED, "where": "inside"},
    "step_sizes": {"model": PLAIN, "norm_squared": 1, "target": 1, "samples": 1, "phase": "chaotic"},
    "trajectories": {"problems": PLACED, "steps": 8, "where": "inside"},
}
LAWS: Final[dict[str, dict[str, Any]]] = {
    "check_boundaries": {"family": logistic()},
    "check_conjugacy": {"first": logistic(), "second": logistic(), "change": sympy.Symbol("x")},
    "check_derivation": {"model": PLAIN},
    "check_phase_agreement": {"model": PLAIN, "simulator": _loop},
}


def _function(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(strategies, name.partition(" ")[0])
    return found


def _call(name: str, arguments: Mapping[str, Any]) -> Callable[[], object]:
    """Draw once from a strategy; try one case of a law."""
    if name in LAWS:
        return lambda: _function(name)(**{"max_examples": 1, **arguments})
    return lambda: find(_function(name)(**arguments), lambda _: True, settings=ONCE)


class _Box:
    """Shown as a word, whatever is in it: Hypothesis shows the arguments of strategies when something is wrong."""

    def __init__(self, content: object) -> None:
        self.content = content

    def __repr__(self) -> str:
        return "box"


@st.composite
def _drawn(draw: st.DrawFn, box: _Box) -> Any:
    draw(st.none())  # a strategy draws
    return box.content


def draws(value: object) -> st.SearchStrategy[Any]:
    """A strategy that draws one value."""
    return _drawn(_Box(value))


# --------------------------------------------------------------------------------------------- the table: what is asked

Row = tuple[str, dict[str, Any], str, str, str]

_FINITE: Final = "must be a finite real number"
_SPAN: Final = "must be a number from 1e-30 to 1e30"
_STRATEGY: Final = "must be a SearchStrategy"
_TO_MODELS: Final = "OneWeight, PhaseRetrieval, PolynomialModel"

TABLE: Final[list[Row]] = [
    # models
    ("models", {"kinds": OneWeight}, "kinds", _TO_MODELS, "the classes themselves, in a list"),
    ("models", {"kinds": "OneWeight"}, "kinds", _TO_MODELS, "the classes themselves, in a list"),
    ("models", {"kinds": []}, "kinds", _TO_MODELS, "the classes themselves, in a list"),
    ("models", {"kinds": repeat(OneWeight)}, "kinds", "at most 64", "give fewer"),
    ("models", {"kinds": [PLAIN]}, "kinds", _TO_MODELS, "the classes themselves"),
    ("models", {"symbolic": 3}, "symbolic", "True, False or None", "leave it out"),
    ("models", {"reducible": "no"}, "reducible", "True, False or None", "leave it out"),
    ("models", {"gammas": "x"}, "gammas", "is not a plain decimal", "p/q"),
    ("models", {"cs": 10**400}, "cs", "within the range of floats", "rescale"),
    ("models", {"cs": draws(complex(1))}, "cs", _FINITE, "repair"),
    ("models of networks", {"widths": 10**9}, "widths", "integer from 1 to 64", "whole number"),
    ("models of networks", {"alphas": []}, "alphas", _FINITE, "repair"),
    ("models of networks", {"reductions": "max"}, "reductions", "'mean', 'sum'", "leave it out"),
    ("models of polynomials", {"loss_factors": 0}, "loss_factors", "> 0", "positive"),
    ("models of polynomials", {"max_degree": 9}, "max_degree", "integer from 2 to 8", "whole number"),
    ("quadratic_forms", {"kinds": int}, "kinds", _TO_MODELS, "the classes themselves"),
    ("squared_residuals", {"max_degree": 10**6}, "max_degree", "integer from 1 to 8", "whole number"),
    # families and numbers
    ("polynomial_families", {"coefficients": 3}, "coefficients", _STRATEGY, "integers(-3, 3)"),
    ("polynomial_families", {"coefficients": st.just(float("nan"))}, "coefficients", _FINITE, "repair"),
    ("polynomial_families", {"max_parameter_degree": 10**6}, "max_parameter_degree", "from 0 to 8", "whole number"),
    ("polynomial_families", {"max_degree": True}, "max_degree", "integer from 2 to 8", "whole number"),
    ("polynomial_families", {"min_degree": 4}, "max_degree", "integer from 4 to 8", "whole number"),
    ("polynomial_families of one", {"conjugate_to": "x"}, "conjugate_to", "must be a PolynomialFamily", "derive("),
    ("real_algebraic_numbers", {"max_degree": 17}, "max_degree", "integer from 1 to 16", "whole number"),
    ("real_algebraic_numbers", {"max_coefficient": 0}, "max_coefficient", "integer ≥ 1", "whole number"),
    ("real_algebraic_numbers", {"max_value": -4}, "min_value and max_value", "smaller one first", "exchange"),
    ("real_algebraic_numbers", {"max_value": 10**400}, "min_value and max_value[1]", "range of floats", "rescale"),
    # parameters and step sizes
    ("parameters", {"phase": 3}, "phase", "a phase, its name, or several", "Phase.CHAOTIC"),
    ("parameters", {"phase": "calm"}, "phase", "one of Phase.MONOTONIC", "symphase.Phase"),
    ("parameters", {"phase": Phase.SADDLE}, "phase", "one of Phase.MONOTONIC", "symphase.Phase"),
    ("parameters", {"phase": [np.ones(2)]}, "phase", "one of Phase.MONOTONIC", "symphase.Phase"),
    ("parameters", {"phase": repeat("chaotic")}, "phase", "at most 64", "give fewer"),
    ("parameters", {"windows": 1}, "windows", "True or False", "one of them"),
    ("parameters", {"margin": -1}, "margin", "number ≥ 0", "leave it out"),
    ("parameters", {"within": ("1.451", "1.452")}, "within", "holds nothing of the chaotic phase", "another interval"),
    ("parameters", {"within": (0, 10**400)}, "within[1]", "range of floats", "rescale"),
    ("parameters", {"within": 3}, "within", "two numbers", "(0, 1)"),
    ("parameters", {"max_denominator": "9"}, "max_denominator", "integer ≥ 1", "whole number"),
    ("parameters", {"dyadic": None}, "dyadic", "True or False", "one of them"),
    ("parameters of a period", {"period": [3]}, "period", "integer from 2 to 8, or 16, 32 or 64", "period=3"),
    ("parameters of a period", {"period": 2.0}, "period", "integer from 2 to 8, or 16, 32 or 64", "period=3"),
    ("parameters near a boundary", {"near": 10**400}, "near", "range of floats", "rescale"),
    ("parameters near a boundary", {"near": "here"}, "near", "a boundary, its kind", "BoundaryKind.ESCAPE"),
    ("parameters near a boundary", {"distance": (1, 0)}, "distance", "smaller one first", "exchange"),
    ("parameters near a boundary", {"side": "left"}, "side", "'below', 'above', 'either'", "either"),
    ("step_sizes", {"model": PhaseRetrieval}, "model", "must be a model", "PhaseRetrieval("),
    ("step_sizes", {"norm_squared": 0}, "norm_squared", "> 0", "positive"),
    ("step_sizes", {"target": 0}, "target", "at every step size", "label on the other side"),
    # data, starts and runs
    ("orthogonal_data", {"model": PhaseRetrieval}, "model", "must be a model", "PhaseRetrieval("),
    ("orthogonal_data", {"model": st.just(3)}, "model", "must be a model", "PhaseRetrieval("),
    ("orthogonal_data", {"samples": 10**9}, "samples", "integer from 1 to 16", "whole number"),
    ("orthogonal_data", {"samples": 200}, "samples", "integer from 1 to 16", "whole number"),
    ("orthogonal_data", {"samples": draws("3")}, "samples", "integer from 1 to 16", "whole number"),
    ("orthogonal_data", {"dimension": 10**7}, "dimension", "integer from 1 to 64", "whole number"),
    ("orthogonal_data", {"margin": None}, "margin", _FINITE, "repair"),
    ("orthogonal_data", {"step_sizes": 2.0**-900}, "step_sizes", _SPAN, "nearer to 1"),
    ("orthogonal_data", {"step_sizes": "1/3"}, "step_sizes", "a float holds exactly", "1/2"),
    ("orthogonal_data", {"stretches": 1e-300}, "stretches", _SPAN, "nearer to 1"),
    ("orthogonal_data", {"stretches": draws(1e300)}, "stretches", _SPAN, "nearer to 1"),
    ("orthogonal_data in phases", {"phases": 3}, "phases", "a sequence of phases", "['chaotic']"),
    ("orthogonal_data in phases", {"phases": draws("chaotic")}, "phases", "a sequence of phases", "['chaotic']"),
    ("orthogonal_data in phases", {"phases": ["chaotic"] * 17}, "phases", "at most 16", "give fewer"),
    ("orthogonal_data in phases", {"phases": count()}, "phases", "at most 16", "give fewer"),
    ("orthogonal_data in phases", {"phases": ["calm"]}, "phases[0]", "one of Phase.MONOTONIC", "symphase.Phase"),
    ("orthogonal_data in phases", {"samples": st.just(1)}, "samples", "the number of phases, 1", "leave it out"),
    ("orthogonal_data at scales", {"scales": 1}, "scales", _STRATEGY, "parameters("),
    ("orthogonal_data at scales", {"scales": st.just("x")}, "scales", "is not a plain decimal", "p/q"),
    ("orthogonal_data at scales", {"scales": st.just(Fraction(10) ** 400)}, "scales", "beyond 1e90", "nearer to 1"),
    ("orthogonal_data", {"model": PhaseRetrieval(gamma="1e-200", c=0)}, "model", "beyond 1e90", "nearer to 1"),
    ("generic_data", {"samples": 10**9}, "samples", "integer from 1 to 16", "whole number"),
    ("generic_data", {"dimension": draws(2.0)}, "dimension", "integer from 1 to 16", "whole number"),
    ("starts", {"problem": PLAIN}, "problem", "must be a PlacedProblem", "orthogonal_data()"),
    ("starts", {"where": 3}, "where", "'inside', 'outside'", "inside"),
    ("trajectories", {"problems": st.just(3)}, "problem", "must be a PlacedProblem", "orthogonal_data()"),
    ("trajectories", {"steps": 10**9}, "steps", "integer from 1 to 100000", "whole number"),
    # laws
    ("check_boundaries", {"family": 3}, "family", "must be a PolynomialFamily", "derive("),
    ("check_boundaries", {"boundaries": []}, "boundaries", "what find_boundaries(family) returned", "leave it out"),
    ("check_boundaries", {"max_examples": 0}, "max_examples", "integer ≥ 1", "whole number"),
    ("check_conjugacy", {"second": None}, "second", "must be a PolynomialFamily", "derive("),
    ("check_conjugacy", {"change": "x"}, "change", "a SymPy expression or a function", "as "),
    ("check_derivation", {"model": PhaseRetrieval}, "model", "must be a model", "PhaseRetrieval("),
    ("check_derivation", {"settings": {}}, "settings", "hypothesis.settings", "settings("),
    ("check_phase_agreement", {"simulator": None}, "simulator", "must be callable", "a function"),
    ("check_phase_agreement", {"steps": 10}, "steps", "integer ≥ 250", "whole number"),
    ("check_phase_agreement", {"tolerance": 1}, "tolerance", "a float from 1e-12 to 1e-3", "1e-9"),
    ("check_phase_agreement", {"samples": 200}, "samples", "integer from 1 to 16", "whole number"),
    ("check_phase_agreement", {"problems": 3}, "problems", _STRATEGY, "orthogonal_data("),
    ("check_phase_agreement", {"problems": st.just(3)}, "problem", "must be a PlacedProblem", "orthogonal_data()"),
]
_NAMES: Final = [f"{place}-{name}-{'-'.join(given)}" for place, (name, given, *_) in enumerate(TABLE)]


@pytest.mark.parametrize(("name", "given", "argument", "accepted", "advice"), TABLE, ids=_NAMES)
def test_a_mistaken_call_is_refused_with_what_to_do(
    name: str, given: Mapping[str, Any], argument: str, accepted: str, advice: str
) -> None:
    found = outcome(_call(name, {**CALLS.get(name, LAWS.get(name, {})), **given}))
    error = found.raised
    assert isinstance(error, InputError), f"not refused: {error!r}"
    assert str(error).startswith(f"{argument} = ")
    assert accepted in error.accepted
    assert advice in error.advice
    assert wording(error) is None
    assert slowness(found) is None
    assert not found.printed


def test_the_table_asks_every_strategy_and_every_law(record_property: Any) -> None:
    record_property("hostile_strategy_cases", len(TABLE))
    assert len(TABLE) >= 80
    functions = {name for name in strategies.__all__ if inspect.isfunction(getattr(strategies, name))}
    assert {name.partition(" ")[0] for name, *_ in TABLE} == functions


# ------------------------------------------------------------------------ every value for every argument of everything


def test_every_argument_of_every_strategy_has_a_valid_call_to_start_from() -> None:
    given: dict[str, set[str]] = {}
    for name, arguments in CALLS.items():
        given.setdefault(_function(name).__name__, set()).update(arguments)
    wanted = {
        name: set(inspect.signature(_function(name)).parameters)
        for name in strategies.__all__
        if inspect.isfunction(getattr(strategies, name)) and not name.startswith("check_")
    }
    wanted["step_sizes"] = wanted["step_sizes"] - {"where"} | {"phase"}  # as parameters takes it
    assert given == wanted


@pytest.mark.parametrize("name", CALLS)
def test_the_valid_calls_are_valid(name: str) -> None:
    assert outcome(_call(name, CALLS[name])).raised is None


def _complaints(name: str, values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the first draw with each argument replaced by each of the values, or by a strategy of it."""
    wrong = []
    for argument in CALLS[name]:
        for said, value in values.items():
            before = frozen_copy({argument: value})
            for given in (value, draws(value)):
                found = outcome(_call(name, {**CALLS[name], argument: given}))
                if given is not value and isinstance(found.raised, Unsatisfiable):
                    continue  # a strategy of the caller's leaves nothing to draw: Hypothesis says so
                told = complaint(found)
                if told is None and not all(same(value, kept) for kept in before.values()):
                    told = "an argument was changed"
                if told is not None:
                    wrong.append(f"{name}({argument}={said if given is value else f'draws({said})'}): {told}")
    return wrong


# what draws models or data with each value takes seconds
LONG = {name for name in CALLS if name.startswith(("models", "orthogonal_data"))}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in CALLS],  # slow: see LONG
)
def test_telling_values_are_answered_or_refused(name: str) -> None:
    assert not _complaints(name, TELLING)


@pytest.mark.slow  # ten thousand draws
@pytest.mark.parametrize("name", CALLS)
def test_every_hostile_value_is_answered_or_refused(name: str) -> None:
    assert not _complaints(name, {said: value for said, value in HOSTILE.items() if said not in TELLING})

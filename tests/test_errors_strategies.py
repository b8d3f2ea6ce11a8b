"""Errors of the public strategies and laws that no other test provokes: a real bad input each, by its words."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy
from families import logistic
from hypothesis import Phase, find, given, settings
from hypothesis.strategies import just

from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel
from symphase.strategies import (
    check_boundaries,
    check_conjugacy,
    check_derivation,
    check_phase_agreement,
    models,
    orthogonal_data,
    parameters,
    polynomial_families,
    quadratic_forms,
    squared_residuals,
    starts,
    step_sizes,
)
from symphase.strategies.data import weights_at
from symphase.strategies.runs import as_weights

ANY: Any = "text"
NUMBER: Any = 3
ONCE = settings(max_examples=1, phases=[Phase.generate], database=None)
LINEAR = PhaseRetrieval(gamma=0, c=1)
x, b = sympy.symbols("x b")


CALLS: dict[str, Callable[[], object]] = {
    "simulator = complex weights: must return real weights; return their real parts": lambda: as_weights(
        np.array([1j]), (1,)
    ),
    "must be a PlacedProblem; draw one from orthogonal_data": lambda: starts(ANY),
    "is linear regression: no label changes its a; as PhaseRetrieval": lambda: orthogonal_data(LINEAR),
    "is linear regression, without these phases; as PhaseRetrieval": lambda: step_sizes(LINEAR),
    "change = .*: may hold x and r alone, and holds b; give every other name a number": lambda: check_conjugacy(
        logistic(), logistic(), x + b
    ),
    "must be callable as simulator.step_size, features, targets.; give a function": lambda: check_phase_agreement(
        OneWeight(), ANY
    ),
    "must be hypothesis.settings; as settings.max_examples=500.": lambda: check_derivation(OneWeight(), settings=ANY),
    "must be some of .*OneWeight.*; give the classes themselves": lambda: models(kinds=[ANY]),
    "kinds = OneWeight: leaves no model with reducible=False; name another kind": lambda: models(
        kinds=[OneWeight], reducible=False
    ),
    "max_denominator = 2: between .* and .* leaves no fraction up to 2; allow larger": lambda: parameters(
        within=("1.01", "1.02"), max_denominator=2
    ),
    "leaves no fraction with a power of two below it up to 2; allow larger denominators": lambda: parameters(
        within=("1.01", "1.02"), max_denominator=2, dyadic=True
    ),
    "leaves nothing at this distance; widen it": lambda: parameters(near=2, within=(0, 1), distance=(0, "0.1")),
    "near = text: must be a boundary, its kind, an algebraic or a rational number; as": lambda: parameters(near=ANY),
    "margin = 1: must be less than .* here: the widest range is .*; give a smaller margin": lambda: parameters(
        phase="periodic", margin=1
    ),
    "holds nothing of the chaotic phase; give another interval": lambda: parameters(phase="chaotic", within=(0, 1)),
    "holds nothing of the periodic phase of period 3; give another": lambda: parameters(
        phase="periodic", period=3, within=(0, 1)
    ),
    "distance = given: goes with near alone; say near which boundary": lambda: parameters(distance=(0, 1)),
    "side = given: goes with near alone; say near which boundary": lambda: parameters(side="above"),
    "scales = .*: does not go with phases; give one of the two": lambda: orthogonal_data(
        phases=["chaotic"], scales=parameters()
    ),
    "samples = 3: must be the number of phases, 1; leave it": lambda: orthogonal_data(phases=["chaotic"], samples=3),
    "has a target of its own, 2; leave its target open": lambda: orthogonal_data(OneWeight(target=sympy.Integer(2))),
    "samples = 2: must be 1 for a model of one weight; take PhaseRetrieval, for example": lambda: find(
        orthogonal_data(OneWeight(), samples=2), bool
    ),
    "dimension = 2: 3 rows cannot be orthogonal in dimension 2; give more dimensions, or fewer samples": lambda: find(
        orthogonal_data(PhaseRetrieval(gamma=2, c=0), samples=3, dimension=2), bool
    ),
    "step_sizes = 1/3: must be a number that a float holds exactly; as 1/2 or 0.1": lambda: find(
        orthogonal_data(OneWeight(), step_sizes=Fraction(1, 3)), bool, settings=ONCE
    ),
    "where = text: must be one of 'inside', 'outside', 'saddle', 'minimum'; as \"inside\"": lambda: find(
        orthogonal_data(OneWeight()).flatmap(lambda problem: starts(problem, where=ANY)), bool
    ),
    "boundaries = text: must be what find_boundaries.family. returned; leave it out": lambda: check_boundaries(
        logistic(), boundaries=ANY
    ),
    "family = text: must be a PolynomialFamily; as derive.model..family": lambda: check_boundaries(ANY),
    "second = text: must be a PolynomialFamily; as derive.model..family": lambda: check_conjugacy(logistic(), ANY, x),
    "change = text: must be a SymPy expression or a function; as": lambda: check_conjugacy(logistic(), logistic(), ANY),
    "conjugate_to = text: must be a PolynomialFamily; as derive": lambda: polynomial_families(conjugate_to=ANY),
    "simulator = 3: must return a function w ↦ w; return the step, not its result": lambda: check_phase_agreement(
        OneWeight(), lambda *_: NUMBER, settings=ONCE
    ),
    "simulator = None: must return .* whose results numpy.asarray reads; return the new weights": lambda: as_weights(
        None, (1,)
    ),
    "simulator = list: must return .* whose results numpy.asarray reads; return the new weights": lambda: as_weights(
        ["text"], (1,)
    ),
    "simulator = shape .*: returned weights of shape .2,. for weights of shape .1,.; return all weights": lambda: (
        as_weights([1.0, 2.0], (1,))
    ),
    "samples = 2: does not go with problems; give one of the two": lambda: check_phase_agreement(
        OneWeight(), lambda *_: ANY, problems=orthogonal_data(OneWeight()), samples=2
    ),
    "guard = 0: must be at least 20/steps = 0.08: .*; allow more steps, or keep a wider guard": lambda: (
        check_phase_agreement(OneWeight(), lambda *_: ANY, steps=250, guard=0)
    ),
    "max_examples = 3: does not go with settings; put it into the settings": lambda: check_derivation(
        OneWeight(), settings=settings(), max_examples=3
    ),
    "derandomize = text: must be True or False; leave it out": lambda: check_derivation(OneWeight(), derandomize=ANY),
    "dyadic = text: must be True or False; give one of them": lambda: parameters(dyadic=ANY),
    "distance = .*: must be two numbers ≥ 0; side says which way": lambda: parameters(near=2, distance=(-1, 1)),
    "period = 17: must be an integer from 2 to .*, or 16, 32 or 64; as period=3": lambda: parameters(
        phase="periodic", period=17
    ),
    "max_denominator = 0: must be an integer ≥ 1; give a whole number": lambda: parameters(max_denominator=0),
    "phase = 3: must be a phase, its name, or several of them; as Phase.CHAOTIC": lambda: parameters(phase=NUMBER),
    "phase = text: must be one of Phase.MONOTONIC, .*; see symphase.Phase": lambda: parameters(phase=ANY),
    "period = given: goes with a phase alone; say which phase": lambda: parameters(period=3),
    "margin = given: does not go with near; distance and side say where to draw": lambda: parameters(near=2, margin=1),
    "phases = 3: must be a sequence of phases, one per sample; as ..chaotic..": lambda: orthogonal_data(phases=NUMBER),
    "phases = .*: must hold at most 16; give fewer": lambda: orthogonal_data(phases=["chaotic"] * 17),
    "scales = 1000.*: puts a label beyond 1e90; draw numbers that are nearer to 1": lambda: find(
        orthogonal_data(OneWeight(), scales=just(Fraction(10) ** 400)), bool, settings=ONCE
    ),
    "stretches = 1e-300: must be a number from 1e-30 to 1e30; give one that is nearer to 1": lambda: orthogonal_data(
        OneWeight(), stretches=1e-300
    ),
    "reductions = text: must be one of 'mean', 'sum'; leave it out for either": lambda: models(reductions=ANY),
    "side = text: must be one of 'below', 'above', 'either'; the default is either": lambda: parameters(side=ANY),
    "margin = -1: must be a number ≥ 0; leave it out for none": lambda: parameters(phase="chaotic", margin=-1),
}


@pytest.mark.parametrize("words", CALLS)
def test_each_mistake_is_named_in_words(words: str) -> None:
    with pytest.raises(InputError, match=words):
        CALLS[words]()


def test_a_drawn_model_that_broke_its_promise_is_no_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    @given(quadratic_forms(kinds=[OneWeight]))
    def forms(_: object) -> None: ...

    @given(squared_residuals())
    def squares(_: object) -> None: ...

    monkeypatch.setattr(PolynomialModel, "quadratic_form", lambda _: None)
    monkeypatch.setattr(OneWeight, "quadratic_form", lambda _: None)
    with pytest.raises(ArithmeticError, match=r"OneWeight: .* has no quadratic form"):
        forms()
    monkeypatch.setattr(PolynomialLoss, "squared", None)
    with pytest.raises(ArithmeticError, match="no square was found in "):
        squares()


def test_weights_are_those_of_a_quadratic_prediction() -> None:
    problem: Any = SimpleNamespace(model=PolynomialModel(x**3 + x, weight="x"), features=np.ones((1, 1)))
    with pytest.raises(InputError, match="must have a quadratic prediction; as PhaseRetrieval"):
        weights_at(problem, [Fraction(0)], [1], np.ones(1))

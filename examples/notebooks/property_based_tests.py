# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Property-based tests with symphase
#
# You wrote a training loop. How do you test it? A usual test runs it once and checks that the loss went down. But
# there are step sizes at which the loss *must* go up, and step sizes at which it must never settle. symphase knows
# which is which, exactly. That makes it a test oracle.
#
# `symphase.strategies` brings that knowledge to [Hypothesis](https://hypothesis.readthedocs.io): strategies that draw
# problems, step sizes and starts whose phase is known, and ready-made laws for your own loop. When a law does not hold,
# Hypothesis looks for the simplest case that breaks it. Install it with `pip install "symphase[hypothesis]"`.
#
# ## The loop under test
#
# It stands for your own code, in whatever framework: NumPy, PyTorch, JAX, plain Python. It fits $w^2$ to a target $y$
# by gradient descent on $\tfrac14(w^2-y)^2$. Called with a step size and data, it returns the function that makes one
# step. (With one weight the features are $[[1]]$: there is nothing to look at.)

# %%
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def loop(step_size: float, features: Array, targets: Array) -> Callable[[Array], Array]:  # noqa: ARG001  # see above
    """Your training loop, set up for one problem."""

    def step(weight: Array) -> Array:
        return weight - step_size * weight * (weight**2 - targets)

    return step


# %% [markdown]
# ## One line
#
# The law needs to know which model the loop is for. It draws a hundred problems, many of them next to a phase boundary,
# runs the loop, and looks at what the loss does.

# %%
from symphase import OneWeight
from symphase.strategies import check_phase_agreement

model = OneWeight()
check_phase_agreement(model, loop)

# %% [markdown]
# That is all that has to stand in your test suite. What was compared? On one side the exact phase of each parameter
# $a$, on the other what was seen in the loop's own weights, by code that does not know the theory.

# %%
model

# %% [markdown]
# ## Does the test find a mistake?
#
# A test that cannot fail is worth nothing. Forget a factor of 2 in the gradient, a classic, and look.

# %%
from symphase.strategies import LawBroken


def halved(step_size: float, features: Array, targets: Array) -> Callable[[Array], Array]:
    """The same loop with half of the gradient."""
    return loop(step_size / 2, features, targets)


try:
    check_phase_agreement(model, halved)
except LawBroken as broken:
    print(broken)
    found = broken.facts
else:
    raise SystemExit("the mistake was not found")

# %% [markdown]
# The message holds everything that is needed to repeat the case by hand: the exact $a$, the phase expected, what was
# observed, step size, label and start. A look at the two runs shows what happened.

# %%
from symphase import descend
from symphase.plots import describe_training_curves, show, training_curves

rate, label = float(found["step size"]), float(found["label"])
pair = descend(
    model, [[1.0]], [label], step_sizes=[rate, rate / 2], starts=[float(found["start"].strip("[]"))], steps=40
)
names = ["as it should be", "half of the gradient"]
axes = training_curves(pair, labels=names)
show(axes, describe_training_curves(pair, labels=names))

# %% [markdown]
# ## Strategies for properties of your own
#
# The law is made of parts that you can use alone. `parameters` draws exact $a$ inside a phase, `step_sizes` turns them
# into step sizes for your label, with a margin if you like: next to a boundary convergence takes arbitrarily long.

# %%
from fractions import Fraction

from hypothesis import given, settings

from symphase import Phase, classify
from symphase.strategies import step_sizes

SETTINGS = settings(max_examples=50, deadline=None, derandomize=True, database=None)


@SETTINGS
@given(step_size=step_sizes(model, target=3, phase=Phase.CATAPULT, margin="1/100"))
def test_catapults_land(step_size: Fraction) -> None:
    assert classify(3 * step_size).phase is Phase.CATAPULT  # a = ηy for one weight
    step, weight = loop(float(step_size), np.ones((1, 1)), np.array([3.0])), np.array([0.7])
    for _ in range(20_000):
        weight = step(weight)
        if abs(weight[0] ** 2 - 3) < 1e-3:
            return
    raise AssertionError("it never came near the minimum")


test_catapults_land()
print("every catapult landed")

# %% [markdown]
# The interesting inputs sit on both sides of a boundary, and random draws seldom find them. But the boundaries are
# known: ask for parameters at a distance from one. The distance is certified.

# %%
from symphase import BoundaryKind
from symphase.strategies import parameters


@SETTINGS
@given(a=parameters(near=BoundaryKind.ESCAPE, distance=("1/50", "1/10"), side="above"))
def test_beyond_the_last_boundary_the_loop_diverges(a: Fraction) -> None:
    step, weight = loop(float(a), np.ones((1, 1)), np.array([1.0])), np.array([0.6])
    for _ in range(3000):
        weight = step(weight)
        if abs(weight[0]) > 100:
            return
    raise AssertionError("it stayed bounded")


test_beyond_the_last_boundary_the_loop_diverges()
print("beyond a = 2 every run diverged")

# %% [markdown]
# Data come the same way: orthogonal rows, and labels that put each sample into the phase that you name. The run of such
# a problem does several things at once.

# %%
from hypothesis import find

from symphase import PhaseRetrieval
from symphase.strategies import orthogonal_data

mixed = find(
    orthogonal_data(PhaseRetrieval(gamma=2, c=0), phases=["monotonic", "periodic", "chaotic"], dimension=3),
    lambda _: True,
)
print(mixed)
print(mixed.targets, [str(each.phase) for each in mixed.classifications])

# %% [markdown]
# ## Laws for models and maps
#
# You can hand the other laws a model of your own (`check_derivation`), two maps and a change of variable between them
# (`check_conjugacy`), or a family of maps (`check_boundaries`).

# %%
import sympy

from symphase import PolynomialFamily
from symphase.strategies import check_boundaries, check_derivation

r, x = sympy.symbols("r x")
logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
print(check_derivation(PhaseRetrieval(gamma=2, c=0), max_examples=20))
print(check_boundaries(logistic, max_examples=20))

# %% [markdown]
# ## Exercise
#
# 1. Replace `loop` by your own: one weight, in your framework, with plain gradient descent.
# 2. Add momentum to it. Which case does the law find?
# 3. Write the law for `PhaseRetrieval(gamma=2, c=0)`. Hint: the loop is handed several rows now, and a mean over them.

# %%
# Your turn. A start:
check_phase_agreement(model, loop, phases=["chaotic"], max_examples=20)

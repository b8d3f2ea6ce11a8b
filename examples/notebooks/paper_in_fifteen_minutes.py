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
# # The paper in fifteen minutes
#
# You train a model with gradient descent. You make the step size a little larger, and then a little larger again. What
# happens? At first the loss falls at every step. Then it rises for a while before it falls. Then it never settles.
# In the end it explodes.
#
# For some models this whole story can be told *exactly*. Chen, Balasubramanian, Ghosal and Agrawalla
# ([arXiv 2310.01687](https://arxiv.org/abs/2310.01687)) found that gradient descent in quadratic regression follows
# one cubic map. This notebook walks through the result: the map, the phases, and a check against real runs.
#
# ## One map behind the training
#
# We start from *phase retrieval*. The prediction for a sample with features $x$ is
# $g = \tfrac{\gamma}{2}(x^\top w)^2 + c\,x^\top w$, and the loss is the mean of the squared residuals.

# %%
from symphase import PhaseRetrieval, derive

model = PhaseRetrieval()
model

# %% [markdown]
# `derive` takes the loss and works its way to the map, one step at a time. Each step says what it needs, and each can
# be proved again by another route.

# %%
derivation = derive(model)
derivation

# %%
print("every step proved again:", derivation.holds)

# %% [markdown]
# So when the rows of the data are orthogonal, the residual of each sample moves by itself. Up to a scale it follows
# the map above, and everything that the step size, the data and the label do is in **one number** $a$. You can read
# $a$ as half of *step size × sharpness*, where the sharpness is the largest eigenvalue of the Hessian at a minimum.
#
# ## Where the behaviour changes
#
# The map has one parameter. So we can ask where its behaviour changes, and expect exact answers.

# %%
from symphase import find_boundaries

family = derivation.family
assert family is not None
boundaries = find_boundaries(family)
boundaries

# %% [markdown]
# The last column says how sure each number is. *Exact* means: it **is** this root of this polynomial. *Certified*
# means: it is proved to lie in a tiny box. Both are proofs; neither is a measurement.
#
# In words, with growing $a$:
#
# - up to $2\sqrt2-2$ the loss never rises (**monotonic**);
# - up to $1$ it may rise first, and still converges (**catapult**); at $a = 1$, step size × sharpness is 2, the
#   *edge of stability*;
# - beyond, the residual jumps around a cycle of period 2, then 4, then 8 (**periodic**);
# - beyond the onset there are chaotic orbits (**chaotic**), with windows of periodic behaviour in between;
# - beyond $2$ training explodes (**divergent**).
#
# Here is all of it in one picture. Above each $a$ you see where the residual ends up.

# %%
from symphase.plots import bifurcation_diagram, describe_bifurcation_diagram, show

axes = bifurcation_diagram(boundaries, columns=900, keep=1200)
show(axes, describe_bifurcation_diagram(boundaries))

# %% [markdown]
# ## Does real training do this?
#
# Theory is one thing. Let us run plain gradient descent, which knows nothing of the map, on four orthogonal samples.
# For these data (all $y = 1$, $\|x\| = 1$, $\gamma = 2$, $n = 4$) the formula for $a$ gives $a = \eta/2$. So for a
# wanted $a$ we take the step size $\eta = 2a$.

# %%
import numpy as np

from symphase import Descent, classify, descend, observe_phases

wanted = ["0.5", "0.9", "1.1", "1.5", "2.1"]


def run(steps: int) -> Descent:
    """Gradient descent at every wanted a, from one start."""
    return descend(
        PhaseRetrieval(gamma=2, c=0),
        np.eye(4),
        np.ones(4),
        step_sizes=[2 * float(a) for a in wanted],
        starts=[[1.25, 1.2, 1.3, 1.22]],
        steps=steps,
    )


for a, seen in zip(wanted, observe_phases(run(2000)), strict=True):
    predicted = classify(a)
    print(f"a = {a}: predicted {predicted.label} [{predicted.certainty}], seen {seen.label} [{seen.certainty}]")

# %% [markdown]
# The first steps of these runs. Look at $a = 0.9$: the loss rises before it falls. That is the catapult.

# %%
from symphase.plots import describe_training_curves, training_curves

first = run(40)
labels = [f"a = {a}" for a in wanted]
phases = [classify(a).phase for a in wanted]
axes = training_curves(first, labels=labels, phases=phases)
show(axes, describe_training_curves(first, labels=labels, phases=phases))

# %% [markdown]
# ## Chaos, or a window of calm?
#
# At every $a$ between the onset and 2 there are chaotic orbits. But *your run* may still settle: inside a window,
# a stable cycle attracts almost every start. `classify` looks for that cycle and proves that it is there.

# %%
classify("1.455")

# %% [markdown]
# The atlas lists every such window up to a period. The list is complete, or it is an error.

# %%
from symphase import build_atlas

atlas = build_atlas(family, 5)
atlas

# %% [markdown]
# ## Exercise
#
# 1. A friend trains at $a = 1.702$ and says "chaos". Is your friend right? (Ask `atlas.window_at("1.702")`.)
# 2. The largest $a$ at which the run still ends in a cycle of period 2 is a boundary above. Which number is it,
#    exactly? Write down the polynomial that it is a root of.
# 3. Take `TwoLayerNetwork(width=3)` instead of `PhaseRetrieval()`. Which map do you get, and what is $a$ now?

# %%
# Your turn. A start:
from symphase import TwoLayerNetwork

derive(TwoLayerNetwork(width=3)).family

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
# # A model of your own
#
# The paper treats a few models. You have another one. Which of its questions have exact answers? There are three ways
# in: a *prediction*, a *loss*, or directly a *map*. All of them are polynomials that you may write as text.
#
# ## From a prediction
#
# Say the model predicts $g(w) = w^2 + b\,w$ from one weight $w$, with a number $b$ that you have not chosen yet.

# %%
from symphase import PolynomialModel, derive

model = PolynomialModel("w^2 + b*w", parameters=["b"])
model

# %%
derivation = derive(model)
derivation

# %% [markdown]
# The residual follows the same cubic map as in the paper. Only $a$ is another formula. So all boundaries of the paper
# hold for this model, too, and you know them in terms of your own $b$ and step size $\eta$.
#
# ## When it does not work
#
# With $g(w) = w^3$ there is no map of the residual alone. symphase does not pretend: it says why.

# %%
cubic = derive(PolynomialModel("w^3"))
print(cubic.obstruction)

# %% [markdown]
# But the weight still follows a polynomial map, and the step size is its parameter. Fix the target, and the same tools
# apply.

# %%
weights = cubic.weight_family(1)
weights

# %% [markdown]
# ## From a loss
#
# Often you have no prediction, only a loss. Take a double well, $L(w) = \tfrac14 (w^2 - 1)^2$. Where are its minima,
# and how large may the step size be at each?

# %%
from symphase import PolynomialLoss, loss_minima

loss = PolynomialLoss("(w^2 - 1)^2/4")
loss

# %%
for minimum in loss_minima(loss):
    print(minimum)

# %%
from symphase import find_boundaries

descent_map = derive(loss).family
assert descent_map is not None
boundaries = find_boundaries(descent_map)
boundaries

# %% [markdown]
# The parameter is now the step size $\eta$ itself. Here is where the weight ends up for each of them.

# %%
from symphase.plots import bifurcation_diagram, describe_bifurcation_diagram, show

axes = bifurcation_diagram(boundaries, columns=900, keep=1200)
show(axes, describe_bifurcation_diagram(boundaries))

# %% [markdown]
# ## From a map
#
# `find_boundaries` works for any family of polynomial maps in one variable with one parameter. The logistic map of
# the textbooks is one. Its second flip is $1 + \sqrt6$, as everybody knows.

# %%
from sympy import Symbol

from symphase import PolynomialFamily, parse_formula

logistic = PolynomialFamily(parse_formula("r*x*(1-x)", ["r", "x"]), variable=Symbol("x"), parameter=Symbol("r"))
find_boundaries(logistic)

# %% [markdown]
# Text is read by a small parser that knows numbers, names and `+ - * / ^ ( )`, and nothing else. Nothing that you
# type is ever run as a program.
#
# ## Exercise
#
# 1. Tilt the double well: `PolynomialLoss("(w^2-1)^2/4 + w/10")`. Which of the two minima stops attracting first when
#    the step size grows?
# 2. Ask `loss_minima` about the loss $w^2/2$. Does its answer agree with what you know from a course?
# 3. Which $b$ gives `PolynomialModel("w^2 + b*w")` the smallest $a$ at a fixed step size and target?

# %%
# Your turn. A start:
for minimum in loss_minima(PolynomialLoss("(w^2-1)^2/4 + w/10")):
    print(minimum)

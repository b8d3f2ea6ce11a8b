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
# # My data, my step size
#
# You have a table of numbers and a step size. What will gradient descent do with them? This notebook makes a small
# CSV file, reads it, and answers the question in two ways: exactly, when the rows are orthogonal, and by running it
# when they are not.
#
# ## A table
#
# One row is one sample. The last column, `y`, is what the model should predict. Your own file looks like this one.

# %%
from pathlib import Path

Path("mine.csv").write_text(
    """signal1,signal2,signal3,y
3,4,0,2.0
4,-3,0,1.5
0,0,5,1.0
""",
    encoding="utf-8",
)

from symphase import read_table

data = read_table("mine.csv")
data

# %% [markdown]
# ## Are the rows orthogonal?
#
# The exact phases hold when every two rows are at right angles. It does not matter how long they are.

# %%
data.coherence()

# %% [markdown]
# They are, exactly. So `analyze` can tell the phase of every sample. It takes a step size, or chooses a safe one, and
# runs gradient descent beside its prediction.

# %%
from symphase import analyze

result = analyze(data, step_size="0.05")
result

# %% [markdown]
# ## How large may the step size be?
#
# That is the question that one really has. The sample with the largest $a$ meets every boundary first, and decides.

# %%
from symphase import Phase

for phase in (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC):
    end = result.classification.largest_step_size(phase)
    assert end is not None
    print(f"{phase!s:10} up to a step size of {end.decimal(10)}  [{end.boundary.certainty}]")

# %%
from symphase.plots import describe_phase_strip, phase_strip, show

ends = result.classification.boundaries
axes = phase_strip(ends, marked=float(result.step_size), units=["η"])
show(axes, describe_phase_strip(ends, marked=float(result.step_size), units=["η"]))

# %% [markdown]
# ## Rows that are not orthogonal
#
# Most tables are not like this one. Then no exact phases are known, and symphase does not guess. It runs gradient
# descent at many step sizes from several starts and reports where each phase *was seen* to end. Beside it stands the
# exact value that orthogonal rows would have.

# %%
from symphase import PhaseRetrieval, compare_transitions, empirical_boundaries, problem_from_data

Path("skew.csv").write_text(
    """signal1,signal2,signal3,y
1.0,0.5,0.0,1.0
0.2,1.0,0.3,0.8
0.0,0.4,1.0,1.2
""",
    encoding="utf-8",
)
problem = problem_from_data(read_table("skew.csv"), PhaseRetrieval(gamma=2, c=0))
print(problem.describe())

# %%
found = empirical_boundaries(problem, runs=3, rng=0, steps=1500, points=10)
found

# %%
for row in compare_transitions(found):
    assert row.theory is not None
    seen = "not found" if row.in_sharpness is None else f"{row.in_sharpness:.2f}"
    theory = f"{row.theory_in_sharpness:.3f} on orthogonal rows [{row.theory.certainty}]"
    print(f"{row.transition.name}: step size × sharpness {seen} [observed], {theory}")

# %% [markdown]
# ## A page to send to somebody
#
# `write_report` puts the exact answer about the first table into a folder with a page to open in a browser. It needs
# no network. Where TeX is installed, leave `pdf=False` out and you get a PDF as well.

# %%
from symphase import write_report

report = write_report("my-report", data=data, step_size="0.05", pdf=False)
print(report.index)

# %% [markdown]
# ## Exercise
#
# 1. Multiply every feature by 10. By what does the largest safe step size change? Guess first, then try.
# 2. Change `y` of the first sample from 2.0 to 8.0. Which step size starts to oscillate now?
# 3. Put your own CSV file in place of `mine.csv`. If its rows are not orthogonal, `analyze` says so: use
#    `empirical_boundaries` as above, or `symphase lab page yours.csv` on the command line.

# %%
# Your turn. A start:
from symphase import dataset

wider = dataset(10 * data.features, data.targets, name="ten times as long")
end = analyze(wider).classification.largest_step_size(Phase.MONOTONIC)
print(end)

"""How large may a step be, in each problem's own units?

Method: the boundaries between the phases, bracketed by bisection from starts beyond a minimum, for orthogonal, Gaussian
and real data; written as step sizes of the mean and of the sum of the squared errors, in units of a (of the sample with
the largest one) and of step size × sharpness, where the sharpness is that of the minimum that small steps find.

Observed: convergence ends at ηλ = 2 to within 1.5 % for all four problems, divergence begins between 3.7 and 4.0.  In
units of a only orthogonal rows are at 1 and at 2: Gaussian rows are at 0.84 and 1.6, and the digits, whose pixels are
all positive, at 0.014 and 0.027: there the theory of one sample is wrong by a factor of 70 if a is what one looks at,
and right to a percent if one looks at ηλ.  In step sizes of the mean loss the edge is at 40, 80, 3.8 and 1.4, in those
of the sum at 0.50, 1.0, 0.047 and 0.0071; n times smaller, and the runs are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from phase_bars import Spread, phase_bars
from starting import beyond_minimum, own_products
from writing import asked, panels, table

from symphase.descent import descend
from symphase.models import PhaseRetrieval, TwoLayerNetwork
from symphase.problems import load_digits_problem, make_problem
from symphase.studies import compare_transitions
from symphase.transitions import empirical_boundaries

OWN = "eta_lambda_of_own_minimum"


experiment = asked(__file__, __doc__)
full = experiment.full
runs, steps, points, tolerance = (5, 3000, 14, 0.015) if full else (1, 300, 11, 0.03)
size: dict[str, Any] = {"samples": 80 if full else 8, "dimension": 100 if full else 10, "rng": 0}
retrieval, network = PhaseRetrieval(gamma=2, c=0), TwoLayerNetwork(alpha="1/2", width=4)
problems = {
    "orthogonal rows": make_problem(retrieval, **size),
    "orthogonal rows, network": make_problem(network, **size),
    "Gaussian rows": make_problem(retrieval, design="gaussian", labels="teacher", **size),
    "digits": load_digits_problem(retrieval, samples=200 if full else 20, test_samples=0),
}
rows: dict[str, list[dict[str, Any]]] = {}
for name, problem in problems.items():
    starts, sharpness = beyond_minimum(problem, runs=runs, seed=1)
    found = empirical_boundaries(problem, starts=starts, runs=runs, steps=steps, points=points, tolerance=tolerance)
    rows[name] = [
        {
            **row.to_dict(),
            "step_size_of_sum": (row.transition.step_size or 0) / problem.samples,
            OWN: own_products(row.transition, sharpness),
        }
        for row in compare_transitions(found)
    ]
for name, problem in problems.items():
    print(f"{name}: {problem.model.name}, n = {problem.samples}, d = {problem.dimension}")
    table(
        ("transition", "η, mean", "η, sum", "a", "theory", "ηλ", "theory", "starts", "undecided"),
        [
            (
                row["name"],
                row["step_size"],
                row["step_size_of_sum"],
                row["in_a"],
                row["theory_in_a"],
                float(np.median(row[OWN])),
                row["theory_in_step_size_times_sharpness"],
                row["starts_found"],
                row["stopped_by_undecided_runs"],
            )
            for row in rows[name]
        ],
    )
    print()

figure, (left, right) = panels(2, height=2.7, footer=0.75, left=1.3)
left.set_xscale("log")
left.set_xlim(0.005, 4)
right.set_xlim(0, 5)
in_a: dict[str, list[Spread]] = {}
own: dict[str, list[Spread]] = {}
for name, each in rows.items():
    in_a[name], own[name] = [], []
    for row in each:
        low, high = (row["in_a"] * end / row["step_size"] for end in row["step_size_spread"])
        in_a[name].append((low, row["in_a"], high))
        own[name].append((row[OWN][0], float(np.median(row[OWN])), row[OWN][-1]))
phase_bars(left, in_a, lines={1: "1", 2: "2"}, x_label="largest a of a sample")
phase_bars(right, own, lines={2: "edge 2", 4: "4"}, x_label="step size × sharpness ηλ")
right.set_yticks([])
figure.legend(*left.get_legend_handles_labels(), loc="lower center", ncols=5, frameon=False, fontsize=7.5)

# the loss without its 1/n: the same runs at step sizes n times smaller
mean = problems["orthogonal rows"]
total = make_problem(PhaseRetrieval(gamma=2, c=0, reduction="sum"), **size)
first = beyond_minimum(mean, runs=1, seed=1)[0]
one, other = (
    descend(problem.model, problem.features, problem.targets, starts=first, steps=200, step_sizes=rate)
    for problem, rate in ((mean, 1.1 * size["samples"] / 2), (total, 1.1 / 2))
)
assert abs(one.residuals - other.residuals).max() < 1e-9

for name, (_, flip, _, escape) in rows.items():
    for product in flip[OWN]:
        assert abs(product / 2 - 1) < 0.03, (name, flip)  # whatever the data
    for product in escape[OWN]:
        assert 3.4 < product < 4.2, (name, escape)
    if name.startswith("orthogonal"):
        assert abs(escape["in_a"] / 2 - 1) < 2 * tolerance, (name, escape)
assert rows["digits"][1]["in_a"] < 0.2  # far from the 1 of orthogonal rows
experiment.write(
    figure,
    {
        "runs": runs,
        "steps": steps,
        "tolerance": tolerance,
        "start_seed": "rng=1",
        "problems": {
            name: {"description": problem.describe(), "transitions": rows[name]} for name, problem in problems.items()
        },
    },
)

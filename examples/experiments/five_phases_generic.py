"""Are there five phases on generic data, where no theory holds, and where do they lie?

Method: Gaussian rows and a teacher's labels.  Small steps lead to a minimum, whose sharpness is λ; all runs start at
weights 1.14 times those of the minimum, with predictions 1.3 times the labels: a random start close to 0 does not show
the narrow catapult phase.  The boundaries are bracketed by bisection, and the loss is drawn for a step size in the
middle of each phase that the first start showed.

Observed (n = 80, d = 100, 6 starts, 4000 steps): phase retrieval has all five phases.  Convergence ends at step size ×
sharpness 2.00 in every start, as for orthogonal rows, but that is a = 0.84 and not 1; the catapult phase is narrow,
from 1.9 to 2; chaos begins between 2.6 and 3.3; everything diverges beyond 3.7 to 3.8 (a = 1.6, not 2).  The network
has minima of many sharpnesses and can move to a flatter one: it still converges, catapulted, at ηλ = 2.0 to 2.6, λ
being the sharpness of the minimum that it started beside, and is chaotic from 3.1 to 3.6 on.  Between these its runs
were undecided after 4000 steps: a periodic phase was not seen in any of six starts.  It diverges beyond 3.7 to 3.9.
"""

from __future__ import annotations

import math

import numpy as np
from starting import beyond_minimum, own_brackets, own_products
from writing import asked, panels, table

from symphase.descent import descend
from symphase.models import PhaseRetrieval, TwoLayerNetwork
from symphase.observations import observe_phases
from symphase.plots import training_curves
from symphase.problems import make_problem
from symphase.studies import compare_transitions
from symphase.training import train
from symphase.transitions import LABELS, EmpiricalBoundaries, empirical_boundaries

OWN = "eta_lambda_of_own_minimum"
SHOWN = 100
MODELS = {
    "phase retrieval": PhaseRetrieval(gamma=2, c=0),
    "network, 4 neurons": TwoLayerNetwork(alpha="1/2", width=4),
}


def middles(found: EmpiricalBoundaries) -> list[float]:
    """A step size in the middle of each phase of the first start; phases narrower than their brackets are left out."""
    below = [found.step_sizes[0], *(each.upper[0] for each in found.transitions)]
    above = [*(each.lower[0] for each in found.transitions), 1.2 * found.transitions[-1].upper[0]]
    return [math.sqrt(low * high) for low, high in zip(below, above, strict=True) if low < high]


experiment = asked(__file__, __doc__)
samples, dimension, runs, steps, points = (80, 100, 6, 4000, 16) if experiment.full else (8, 10, 2, 500, 8)
figure, axes = panels(len(MODELS))
rows, curves = [], []
for (name, model), ax in zip(MODELS.items(), axes, strict=True):
    problem = make_problem(model, samples=samples, dimension=dimension, design="gaussian", labels="teacher", rng=0)
    starts, sharpness = beyond_minimum(problem, runs=runs, seed=1)
    found = empirical_boundaries(problem, starts=starts, runs=runs, steps=steps, points=points, tolerance=0.015)
    rows += [
        {
            "model": name,
            **row.to_dict(),
            OWN: own_products(row.transition, sharpness),
            "brackets": own_brackets(row.transition, sharpness),
        }
        for row in compare_transitions(found)
    ]
    rates = middles(found)
    seen = descend(model, problem.features, problem.targets, step_sizes=rates, starts=starts[0], steps=steps)
    observed = observe_phases(seen, approaching=True)
    for k, (rate, one) in enumerate(zip(rates, observed, strict=True)):
        late = float(seen.losses[k, -steps // 2 :].mean())
        curves.append(
            {
                "model": name,
                "step_size": rate,
                "label": one.label,
                "period": one.period,
                "a": found.in_a(rate),
                "eta_lambda": rate * float(sharpness[0]),
                "loss_late": None if one.escape_step else late,
                "escape_step": one.escape_step,
            }
        )
    shown = train(problem, step_sizes=rates, starts=starts[0], steps=SHOWN)
    training_curves(shown, ax, phases=[each.label for each in observed], floor=1e-6, title=f"Gaussian data, {name}")

table(
    ("model", "transition", "η", "a", "theory", "ηλ, median", "brackets of all starts", "theory", "undecided"),
    [
        (
            row["model"],
            row["name"],
            row["step_size"],
            row["in_a"],
            row["theory_in_a"],
            float(np.median(row[OWN])),
            f"{min(low for low, _ in row['brackets']):.3g} to {max(high for _, high in row['brackets']):.3g}",
            row["theory_in_step_size_times_sharpness"],
            f"{row['stopped_by_undecided_runs']} of {runs}",
        )
        for row in rows
    ],
)
print()
table(list(curves[0]), [list(curve.values()) for curve in curves])

retrieval, network = (curves[: len(LABELS) - 1], curves[len(LABELS) - 1 :])
assert [curve["label"] for curve in retrieval] == list(LABELS[:-1]), retrieval
assert {"monotonic", "chaotic", "divergent"} <= {curve["label"] for curve in network}, network
for row in rows:
    low, high = (row[OWN][k] for k in (0, -1))
    if row["name"] == "catapult → periodic" and row["model"] == "phase retrieval":
        assert 1.95 < low < high < 2.05, row  # the edge of stability, whatever the data
    elif row["name"] == "catapult → periodic":
        assert high > 2.05, row  # a network can move to a flatter minimum
    elif row["name"] == "chaotic → divergent":
        assert 3 < low < high < 4.3, row
experiment.write(
    figure,
    {
        "samples": samples,
        "dimension": dimension,
        "runs": runs,
        "steps": steps,
        "data_seed": "rng=0",
        "start_seed": "rng=1",
        "transitions": rows,
        "curves": curves,
    },
)

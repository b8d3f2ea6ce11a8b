"""Do phase retrieval and the two-layer network show the same five phases on orthogonal data?

Method: n orthonormal rows with equal labels, so that all samples have the same a; weights whose predictions are too
large, from which a step raises the loss as soon as there is a catapult; gradient descent on each model's own loss at
five values of a.  The exact side says beforehand which phase each of them is in.

Observed (n = 80, d = 100, 4000 steps): both models are in the predicted phase at all five values, and their residuals
agree to 10⁻¹¹ as long as nothing is chaotic: the width does not matter.  At a = 0.3 and a = 0.92 the loss ends at 10⁻³⁰
with step size × sharpness 2a, in the second case after a rise; at a = 1.2 it alternates between 0.070 and 0.083, its
mean 0.0764 is that of the exact 2-cycle; at a = 1.85 it wanders between 0.17 and 0.29; at a = 2.1 it is gone within ten
steps.  The sharpest of the 80 samples has a step size × sharpness of 3.5 on the 2-cycle, of 8.4 in chaos.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from writing import asked, panels, table

from symphase.descent import descend
from symphase.models import PhaseRetrieval, TwoLayerNetwork
from symphase.observations import observe_phases
from symphase.phases import classify
from symphase.plots import training_curves
from symphase.problems import Problem, make_problem
from symphase.training import train

SCALES = (0.3, 0.92, 1.2, 1.85, 2.1)
SHOWN = 40
MODELS = {
    "phase retrieval": PhaseRetrieval(gamma=2, c=0),
    "network, 4 neurons": TwoLayerNetwork(alpha="1/2", width=4),
}


def start(problem: Problem) -> npt.NDArray[np.float64]:
    """Weights whose predictions are 1.5 to 1.9 times the labels; a network's neurons share them."""
    generator = np.random.default_rng(1)
    predictions = problem.targets * generator.uniform(1.5, 1.9, problem.samples)
    weights = np.sqrt(predictions) * generator.choice([-1.0, 1.0], problem.samples) @ problem.features
    if not isinstance(problem.model, TwoLayerNetwork):
        return np.asarray(weights)
    share = generator.standard_normal(problem.model.width)
    return np.outer(share / math.sqrt(float(problem.model.alpha) * float(share @ share)), weights)


experiment = asked(__file__, __doc__)
samples, dimension, steps = (80, 100, 4000) if experiment.full else (8, 10, 1000)
figure, axes = panels(len(MODELS))
rows, residuals = [], []
for (name, model), ax in zip(MODELS.items(), axes, strict=True):
    problem = make_problem(model, samples=samples, dimension=dimension, rng=0)
    unit = problem.unit_step_size
    assert unit is not None
    rates, first = [float(unit) * a for a in SCALES], start(problem)
    seen = descend(model, problem.features, problem.targets, step_sizes=rates, starts=first, steps=steps)
    # every 37th step: an even number would meet a cycle of even period at the same point each time
    sharp = train(problem, step_sizes=rates, starts=first, steps=steps, record_every=37, measures=("sharpness",))
    shown = train(problem, step_sizes=rates, starts=first, steps=SHOWN)
    residuals.append(seen.residuals[np.array(SCALES) < 1.3, :SHOWN])
    predicted = [classify(a) for a in SCALES]
    observed = observe_phases(seen)
    training_curves(shown, ax, phases=[each.phase for each in predicted], floor=1e-6, title=f"Training loss, {name}")
    assert sharp.scaled_sharpness is not None
    for k, (a, exact, one) in enumerate(zip(SCALES, predicted, observed, strict=True)):
        assert one.label == str(exact.phase), (name, a, one)
        assert one.period == exact.period or exact.phase.value != "periodic"
        row: dict[str, Any] = {"model": name, "a": a, "phase": one.label, "period": one.period}
        if one.escape_step is None:
            losses, products = seen.losses[k, -steps // 2 :], sharp.scaled_sharpness[k]
            products = products[len(products) // 2 :]
            row |= {"loss_mean": losses.mean(), "loss_min": losses.min(), "loss_max": losses.max()}
            row |= {"eta_lambda_mean": products.mean(), "eta_lambda_min": products.min()}
            row |= {"eta_lambda_max": products.max(), "escape_step": None}
        else:
            row |= dict.fromkeys(("loss_mean", "loss_min", "loss_max"))
            row |= dict.fromkeys(("eta_lambda_mean", "eta_lambda_min", "eta_lambda_max"))
            row |= {"escape_step": one.escape_step}
        rows.append(row)
table(list(rows[0]), [list(row.values()) for row in rows])

for row in rows:
    a = row["a"]
    if a <= 1:  # converged: the sharpness at an interpolating minimum is 2a/η
        assert row["loss_max"] < 1e-15, row
        assert abs(row["eta_lambda_mean"] - 2 * a) < 1e-6, row
    elif row["phase"] == "periodic":  # the 2-cycle z² + (a − 1)z + (1 − a) = 0, in units of the label: e = z/a
        expected = ((a - 1) ** 2 + 2 * (a - 1)) / (4 * a * a)
        assert abs(row["loss_mean"] - expected) < 1e-6, (row, expected)
same = float(np.abs(residuals[0] - residuals[1]).max())
print(f"residuals of the two models agree to {same:.1e} up to the periodic phase: the width does not matter")
assert same < 1e-9
experiment.write(
    figure,
    {
        "samples": samples,
        "dimension": dimension,
        "steps": steps,
        "data_seed": "rng=0",
        "start_seed": "rng=1",
        "largest_difference_of_residuals": same,
        "rows": rows,
    },
)

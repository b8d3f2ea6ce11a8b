"""A network with outer weights of both signs: why is there no map of one variable, and is there an edge of stability?

Method: g = (xᵀw₁)² − (xᵀw₂)² on orthonormal rows with equal labels.  ``derive`` is asked for a map; one step is taken
from many weights of equal residual, and beside them from weights of the network with two equal outer weights.  The
minima of the mixed network form hyperbolas: (xᵀw₁, xᵀw₂) = √y (cosh θ, sinh θ) has the sharpness λ = λ_flat cosh 2θ.
Runs start beside minima of chosen sharpness (residuals are 5 to 15 % of the labels); the phases are observed over the
step size and the sharpness of the start.

Observed: ``derive`` says that two populations of neurons are multiplied by different factors.  From a residual of 1 the
next one is anything from −0.7 to −7.3, depending on how the prediction is shared, where equal weights give one number.
There is an edge, and this network shows what the name catapult was made for: started beside a minimum with 2 < ηλ < 3.4
the loss rises and the run settles at a flatter minimum with ηλ < 2, in every case; beyond 3.6, where the sharpness of
the start itself is about 4/η, it diverges; below 1.7 the loss never rises.  This holds over a factor of 21 in the
sharpness of the start.  A step size for which even the flattest minimum is unstable, ηλ > 2, has periodic and chaotic
runs, from starts near that minimum only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from writing import asked, panels, table

from symphase.derivation import derive
from symphase.descent import descend
from symphase.models import TwoLayerNetwork
from symphase.plots import INK, phase_diagram, sharpness_plot
from symphase.problems import Problem, make_problem
from symphase.sharpness import largest_hessian_eigenvalue
from symphase.training import train
from symphase.transitions import LABELS, observe_problem

MIXED, EQUAL = TwoLayerNetwork(alpha=1, outer_weights=(1, -1)), TwoLayerNetwork(alpha=1, width=2)
SHOWN = 40
Array = npt.NDArray[np.float64]


def beside(problem: Problem, ratio: float, away: tuple[float, float] = (0.05, 0.15)) -> Array:
    """Weights beside a minimum that is ``ratio`` times as sharp as the flattest one; ``away`` are the residuals."""
    generator = np.random.default_rng(1)
    sizes = np.sqrt(problem.targets * (1 + generator.uniform(*away, problem.samples)))
    theta = np.arccosh(ratio) / 2
    signs = generator.choice([-1.0, 1.0], (2, problem.samples))
    parts = np.array([[np.cosh(theta)], [np.sinh(theta)]])
    return np.asarray(parts * signs * sizes @ problem.features)


experiment = asked(__file__, __doc__)
full = experiment.full
samples, dimension, steps, columns, rows = (80, 100, 3000, 40, 16) if full else (4, 5, 600, 12, 6)
figure, (left, middle, right) = panels(3, height=3.0, footer=0.95, left=0.55)

# one step from equal residuals
refusal = derive(MIXED).obstruction
assert derive(MIXED).family is None
assert refusal is not None
assert derive(EQUAL).family is not None
print(f"derive: {refusal}")
residuals = np.repeat(np.linspace(-0.8, 1.0, 10), 6)
spread = {}
for model, marker in ((MIXED, "x"), (EQUAL, ".")):
    angles = np.tile(np.linspace(0.0, 1.0, 6), 10)
    size = np.sqrt(1 + residuals)
    parts = (np.cosh, np.sinh) if model is MIXED else (np.cos, np.sin)
    starts = np.stack([size * part(angles) for part in parts], axis=1)[:, :, np.newaxis]
    once = descend(model, [[1.0]], [1.0], step_sizes=0.3, starts=starts, runs=len(starts), steps=1).residuals[:, :, 0]
    assert abs(once[:, 0] - residuals).max() < 1e-12
    spread[model.outer_weights] = np.ptp(once[:, 1].reshape(10, 6), axis=1)
    left.plot(
        once[:, 0],
        once[:, 1],
        linestyle="",
        marker=marker,
        markersize=4 if marker == "x" else 7,
        color="#D55E00" if model is MIXED else INK,
        label="outer weights 1, −1" if model is MIXED else "1, 1",
    )
left.set_title("One step from equal residuals", loc="left", fontsize=8.5)
left.set_xlabel("residual e", fontsize=8)
left.set_ylabel("next residual", fontsize=8)
left.legend(frameon=False, fontsize=7)

# sharpness along runs
problem = make_problem(MIXED, samples=samples, dimension=dimension, rng=0)
flat = 4 / samples
for ratio in (1.0, 3.0):
    exact = largest_hessian_eigenvalue(MIXED, beside(problem, ratio, (0, 0)), problem.features, problem.targets)
    assert abs(exact[0] / (flat * ratio) - 1) < 1e-9
chosen, rate = (1.4, 2.6, 3.4, 4.6), 1.2 / flat
runs = np.stack([beside(problem, product / 1.2) for product in chosen])
labels = [LABELS[observe_problem(problem, step_sizes=rate, starts=one, steps=steps)[0, 0]] for one in runs]
shown = train(problem, step_sizes=rate, starts=runs, runs=len(runs), steps=SHOWN, measures=("sharpness",))
late = train(
    problem, step_sizes=rate, starts=runs, runs=len(runs), steps=steps, record_every=steps, measures=("sharpness",)
)
assert late.scaled_sharpness is not None
ends = [None if np.isinf(end) else float(end) for end in late.scaled_sharpness[:, -1]]
sharpness_plot(
    shown,
    middle,
    phases=labels,
    title="Sharpness, mixed signs",
    labels=[f"{label}\nfrom {product}" for label, product in zip(labels, chosen, strict=True)],
)
table(
    ("ηλ of the minimum at the start", "phase", "ηλ at the end"),
    list(zip(chosen, labels, ends, strict=True)),
)

# phases over step size and sharpness of the start
across, up = np.geomspace(0.15, 4.5, columns), np.geomspace(1, 21, rows)
codes = np.stack(
    [
        observe_problem(problem, step_sizes=across / flat, starts=beside(problem, ratio), steps=steps)[:, 0]
        for ratio in up
    ]
)
phase_diagram(
    across,
    up,
    codes,
    right,
    x_label="ηλ of the flattest minimum",
    y_label="λ of the start over the flattest",
    predicted={"ηλ = 2 at the start": 2 / up, "ηλ = 4 at the start": 4 / up},
    title="Phases, mixed signs",
)
print(f"rows: sharpness of the start; columns: ηλ of the flattest minimum, {across[0]:.3g} to {across[-1]:.3g}")
for ratio, row in zip(up, codes, strict=True):
    print(f"  {ratio:6.3g}  {''.join('mcpxd?'[code] for code in row)}")

assert spread[MIXED.outer_weights][0] > 0.01
assert spread[EQUAL.outer_weights].max() < 1e-12
assert labels == ["monotonic", "catapult", "catapult", "divergent"], labels
assert all(end is not None and end < 2 for end in ends[:3]), ends
before = across * up[:, np.newaxis]
converged = np.isin(codes, (LABELS.index("monotonic"), LABELS.index("catapult")))
flattest = np.broadcast_to(across, codes.shape)
assert converged[before < 1.7].all()
assert converged[(before < 3.4) & (flattest < 1.8)].all()
assert not converged[flattest > 2.1].any()
assert (codes[before > 4.6] == LABELS.index("divergent")).all()
experiment.write(
    figure,
    {
        "samples": samples,
        "dimension": dimension,
        "steps": steps,
        "data_seed": "rng=0",
        "start_seed": "default_rng(1)",
        "derive": refusal,
        "spread_of_next_residuals": {str(key): value.tolist() for key, value in spread.items()},
        "eta_lambda_of_flattest": 1.2,
        "runs": [
            {"eta_lambda_at_start": product, "phase": label, "eta_lambda_at_end": end}
            for product, label, end in zip(chosen, labels, ends, strict=True)
        ],
        "labels": list(LABELS),
        "eta_lambda_of_flattest_minimum": across.tolist(),
        "sharpness_ratio": up.tolist(),
        "codes": codes.tolist(),
    },
)

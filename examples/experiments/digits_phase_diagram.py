"""Which phase do the digits show at which step size, and what does the scale of the labels change?

Method: phase retrieval of scikit-learn's handwritten digits, images as unit vectors, labels s·digit/9.  Each cell of
the grid over step size and label scale is one run, labelled by its residuals.  Without a linear term (c = 0) gradient
descent has an exact symmetry: labels times s, weights times √s and step sizes over s give the same run, so that in
units of ηs the diagram cannot depend on s.  With scales that are powers of 4 even the rounding is the same, and the
rows of the diagram must be equal: a check of everything between data and label.  With a linear term (c = 1) the
symmetry is broken; lines show 2/λ and 4/λ for the minimum that small steps lead to at each scale.

Observed (n = 100, 4000 steps): for c = 0 all nine rows, over a factor of 65 536 in s, are equal cell by cell.  Runs
converge up to 2/λ and diverge from 4/λ on, to the width of the cells, for every s; in between they are periodic, then
chaotic; just beyond the edge the oscillation still drifts after 4000 steps, and stays undecided.  For c = 1 the same
two lines hold while the largest converging step size goes from 1/s for large labels to a constant, 2.9, for small ones,
where the model acts as the linear one.  No catapult: these starts are small.
"""

from __future__ import annotations

import math

import numpy as np
from starting import beyond_minimum
from writing import asked, panels

from symphase.models import PhaseRetrieval
from symphase.plots import phase_diagram
from symphase.problems import load_digits_problem
from symphase.transitions import LABELS, observe_problem

CONVERGED = (LABELS.index("monotonic"), LABELS.index("catapult"))
experiment = asked(__file__, __doc__)
full = experiment.full
samples, steps, columns, scales = (100, 4000, 48, range(-4, 5)) if full else (30, 400, 9, range(-1, 2))
up = np.array([4.0**power for power in scales])
first = 0.25 * np.random.default_rng(1).standard_normal(64)
figure, axes = panels(2, height=3.2, footer=1.1)
diagrams = {}
for c, ax in zip((0, 1), axes, strict=True):
    problems = [
        load_digits_problem(PhaseRetrieval(gamma=2, c=c), samples=samples, test_samples=0, label_scale=s) for s in up
    ]
    sharpness = np.array([beyond_minimum(problem, runs=1, seed=1)[1][0] for problem in problems])
    edges = 2 / sharpness
    if c == 0:
        across = np.geomspace(0.3 * edges[0] * up[0], 2.4 * edges[0] * up[0], columns)
        rates = [across / s for s in up]
    else:
        across = np.geomspace(0.6 * edges.min(), 2.4 * edges.max(), columns)
        rates = [across for _ in up]
    labels = np.stack(
        [
            observe_problem(problem, step_sizes=row, starts=math.sqrt(s) * first, steps=steps)[:, 0]
            for problem, row, s in zip(problems, rates, up, strict=True)
        ]
    )
    in_x = edges * up if c == 0 else edges
    phase_diagram(
        across,
        up,
        labels,
        ax,
        x_label="step size × label scale, ηs" if c == 0 else "step size η",
        y_label="label scale s",
        predicted={"2/λ": in_x, "4/λ": 2 * in_x},
        title=f"Digits, n = {samples}, c = {c}",
    )
    products = np.stack(rates) * sharpness[:, np.newaxis]
    diagrams[c] = {"across": across, "labels": labels, "sharpness": sharpness, "products": products}
    print(f"c = {c}: one row for each label scale, one letter for each of {columns} step sizes")
    for s, row, flat in zip(up, labels, sharpness, strict=True):
        print(f"  s = {s:<10.6g} sharpness {flat:<10.5g} {''.join('mcpxd?'[code] for code in row)}")

for c, diagram in diagrams.items():
    labels, products = diagram["labels"], diagram["products"]
    converged = np.isin(labels, CONVERGED)
    assert converged[products < 1.85].all(), c
    assert not converged[products > 2.15].any(), c
    assert (labels[products > 4.3] == LABELS.index("divergent")).all(), c
assert (diagrams[0]["labels"] == diagrams[0]["labels"][0]).all()  # the symmetry
assert (diagrams[1]["labels"] != diagrams[1]["labels"][0]).any()  # and that it is broken
np.testing.assert_allclose(diagrams[0]["sharpness"] / up, diagrams[0]["sharpness"][0] / up[0], rtol=1e-12)
experiment.write(
    figure,
    {
        "samples": samples,
        "steps": steps,
        "data_seed": "rng=0",
        "start_seed": "default_rng(1) × 0.25 √s",
        "labels": list(LABELS),
        "label_scales": up.tolist(),
        "rows_equal_for_c_0": True,
        "diagrams": {
            f"c = {c}": {
                "step_sizes_times_label_scale" if c == 0 else "step_sizes": diagram["across"].tolist(),
                "sharpness": diagram["sharpness"].tolist(),
                "codes": diagram["labels"].tolist(),
            }
            for c, diagram in diagrams.items()
        },
    },
)

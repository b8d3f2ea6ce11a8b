"""Which phase does a problem of many samples with unequal labels show, and what is left of that without theory?

Method: without theory means more samples than features, noise, real data.  Where there is one: orthonormal rows with
uniform labels, so that every sample has its own a.  Each sample is watched on its own (``observe_samples``) while the
step size grows, from the start at which a step raises its loss as soon as any does; its phase is predicted by
classifying its a exactly, that of the whole problem by the largest a.  For the other problems the boundaries are
bracketed by bisection, and written in units of step size × sharpness.

Observed (n = 80, d = 100, 35 step sizes, 2800 samples): outside bands of 10/steps around the boundaries all 2767
samples are in the phase that their a predicts.  The whole problem is in the phase of its largest a throughout the
periodic and the chaotic range.  Only the catapult is different: a sample's loss can rise from a largest a of 0.83 on,
but the other samples' losses fall, and their sum rose only from 0.99 on; 2√2 − 2 is a guarantee, not the onset.
Samples of small labels stay monotonic far beyond: at a largest a of 1.98, 23 of 80 do.  Without theory, with n = 4d
Gaussian rows, with noise, on digits and on diabetes data, every start stops converging at step size × sharpness 1.96 to
2.04 of its own minimum.  Divergence begins below 4: at 3.8 to 3.9 except for the diabetes data, with its six different
minima, at 2.5 to 3.5.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
from phase_bars import phase_bars
from starting import beyond_minimum, own_products
from writing import asked, panels, table

from symphase.descent import descend
from symphase.models import PhaseRetrieval
from symphase.observations import observe_phases, observe_samples
from symphase.phases import classify, residual_boundaries
from symphase.plots import INK, observed_strip
from symphase.problems import load_diabetes_problem, load_digits_problem, make_problem
from symphase.studies import compare_transitions
from symphase.transitions import LABELS, empirical_boundaries

OWN = "eta_lambda_of_own_minimum"
RETRIEVAL = PhaseRetrieval(gamma=2, c=0)
experiment = asked(__file__, __doc__)
full = experiment.full
samples, dimension, steps, values = (80, 100, 4000, 35) if full else (8, 10, 1000, 7)

problem = make_problem(RETRIEVAL, samples=samples, dimension=dimension, labels="uniform", label_range=(0.2, 1), rng=0)
unit = problem.unit_step_size
assert unit is not None
signs = np.random.default_rng(1).choice([-1.0, 1.0], samples)
# z = 1 − a/2 at a = 2√2 − 2, where |f(z)/z| first exceeds 1: the residual is 1/√2 of the label
start = np.sqrt(problem.targets * (1 + math.sqrt(0.5))) * signs @ problem.features
largest = np.linspace(0.3, 1.98, values)
rates = [a * float(unit) for a in largest]
seen = descend(problem.model, problem.features, problem.targets, step_sizes=rates, starts=start, steps=steps)
joint = [one.label for one in observe_phases(seen, approaching=True)]
boundaries = [float(each) for each in residual_boundaries()]
pairs: Counter[tuple[str, str, bool]] = Counter()
predicted_of, observed_of, predicted_joint = [], [], []
for run, rate in enumerate(rates):
    whole = classify(problem.model, problem.data, rate)
    predicted_joint.append(str(whole.phase))
    predicted = [str(one.classification.phase) for one in whole]
    observed = [one.label for one in observe_samples(seen, run=run)]
    for one, label in zip(whole, observed, strict=True):
        near = min(abs(float(one.scale) - each) for each in boundaries) < 10 / steps
        pairs[str(one.classification.phase), label, near] += 1
    predicted_of.append(predicted)
    observed_of.append(observed)
rows = [
    {
        "largest_a": float(a),
        "predicted": predicted_joint[k],
        "observed": joint[k],
        "predicted_samples": dict(Counter(predicted_of[k])),
        "observed_samples": dict(Counter(observed_of[k])),
    }
    for k, a in enumerate(largest)
]
table(list(rows[0]), [list(row.values()) for row in rows])
for (told, shown, near), count in sorted(pairs.items()):
    print(f"{count:6} samples predicted {told}, observed {shown}{', within 10/steps of a boundary' if near else ''}")
first_rise = next(float(a) for a, label in zip(largest, joint, strict=True) if label != "monotonic")
first_catapult = next(float(a) for a, label in zip(largest, predicted_joint, strict=True) if label != "monotonic")
print(f"largest a from which a sample can raise its loss: {first_catapult:.3g}; the joint loss rose: {first_rise:.3g}")
print()

kind: dict[str, Any] = {"design": "gaussian", "labels": "teacher", "rng": 0}
kind |= {"samples": 160, "dimension": 40} if full else {"samples": 24, "dimension": 6}
others = {
    "Gaussian, n = 4d": make_problem(RETRIEVAL, **kind),
    "Gaussian, n = 4d, noise": make_problem(RETRIEVAL, noise=0.3, **kind),
    "digits, n = 3d": load_digits_problem(RETRIEVAL, samples=192 if full else 24, test_samples=0),
    "diabetes, n = 30d": load_diabetes_problem(RETRIEVAL, samples=300 if full else 40, test_samples=0),
}
if not full:  # the others are in step_size_table.py, or in the full size
    del others["Gaussian, n = 4d"], others["digits, n = 3d"]
runs, length, points, tolerance = (6, 3000, 14, 0.015) if full else (1, 300, 10, 0.03)
observed_rows = {}
for name, other in others.items():
    starts, sharpness = beyond_minimum(other, runs=runs, seed=1)
    found = empirical_boundaries(other, starts=starts, runs=runs, steps=length, points=points, tolerance=tolerance)
    observed_rows[name] = [
        {**row.to_dict(), OWN: own_products(row.transition, sharpness)} for row in compare_transitions(found)
    ]
table(
    ("problem", "transition", "a", "theory", "ηλ, median", "all starts", "theory", "starts", "undecided"),
    [
        (
            name,
            row["name"],
            row["in_a"],
            row["theory_in_a"],
            float(np.median(row[OWN])),
            "{:.3g} to {:.3g}".format(*(row[OWN][k] for k in (0, -1))),
            row["theory_in_step_size_times_sharpness"],
            row["starts_found"],
            row["stopped_by_undecided_runs"],
        )
        for name, each in observed_rows.items()
        for row in each
    ],
)

figure, (left, right) = panels(2, height=3.0, footer=0.95, left=0.85)
observed_strip(
    np.repeat(largest, samples),
    [label for each in observed_of for label in each],
    left,
    against="largest a of a sample",
    title="Samples in each phase; lines: predicted",
)
for end in range(4):
    share = [np.isin(each, LABELS[: end + 1]).mean() for each in predicted_of]
    left.step(largest, share, where="mid", color=INK, linewidth=1.1)
left.set_ylabel("share of samples", fontsize=8)
right.set_xlim(0, 5)
own = {
    name: [(each[0], float(np.median(each)), each[-1]) for each in (row[OWN] for row in some)]
    for name, some in observed_rows.items()
}
phase_bars(right, own, lines={2: "edge 2", 4: "4"}, x_label="step size × sharpness ηλ of the minimum")
right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3, frameon=False, fontsize=7, columnspacing=1.0)

assert first_rise >= first_catapult  # the prediction is for the worst start and for every sample
for (told, shown, near), count in pairs.items():
    assert near or told == shown, (told, shown, count)
assert all(row["predicted"] == row["observed"] for row in rows if row["predicted"] != "catapult")
for name, each in observed_rows.items():
    flip = each[1][OWN]
    assert 1.9 < flip[0] <= flip[-1] < 2.1, (name, flip)
    escape = each[3][OWN]
    assert 2 < escape[0] <= escape[-1] < 4.2, (name, escape)
experiment.write(
    figure,
    {
        "samples": samples,
        "dimension": dimension,
        "steps": steps,
        "data_seed": "rng=0",
        "start_seed": "rng=1",
        "orthogonal": rows,
        "pairs": [
            {"predicted": told, "observed": shown, "near_a_boundary": near, "samples": count}
            for (told, shown, near), count in sorted(pairs.items())
        ],
        "first_predicted_catapult": first_catapult,
        "joint_loss_first_rises": first_rise,
        "other_problems": {
            name: {"description": others[name].describe(), "runs": runs, "steps": length, "transitions": each}
            for name, each in observed_rows.items()
        },
    },
)

"""Does averaging over the trajectory help the test error, in which phases, and which average is better?

Method: phase retrieval on Gaussian rows, a teacher's labels with noise, and test samples; step sizes from a half to
nearly twice the edge of stability of each seed's own minimum, λ being its sharpness.  Test losses at the end of the
run: of the last iterate, of the mean of the weights and of the mean of the predictions, each over the second half of
the run and over all of it.  Once with fewer samples than features from a random start, as in the paper, and once with n
= 4d from 1.14 times the teacher's weights, because random starts often end far from the teacher.  Seeds draw data,
teacher, noise and start.

Observed (12 seeds, 4000 steps, noise 0.3): with n = 400 and d = 100 the monotonic and the catapult phase end at a test
loss of 0.069 ± 0.003, which no average changes.  In the periodic phase the last iterate is worse, 0.095 at ηλ = 2.2,
and averaging brings it back: 0.0693 with the mean of the weights, 0.0689 with that of the predictions.  In chaos, up to
ηλ = 3.1, averages cut 0.28 to 0.09; at 3.4 runs leave the teacher's neighbourhood and no average helps.  The average of
the predictions is slightly better than that of the weights, and averaging from the first step on does no harm.  With n
= 80 and d = 100, the paper's size, random starts do not find the teacher at all: the test loss is 1.8 to 2.7, more than
the 0.98 of predicting the mean label; averages lower it by 2 % in the periodic phase, by 8 % in chaos, and large steps
generalise no better than small ones in any phase.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from writing import asked, panels, table

from symphase.models import PhaseRetrieval
from symphase.plots import HeldOutErrors, generalization_plot
from symphase.problems import make_problem
from symphase.training import train
from symphase.transitions import LABELS, observe_problem

PRODUCTS = (1.0, 1.97, 2.2, 2.5, 2.8, 3.1, 3.4)
NOISE = 0.3
Array = npt.NDArray[np.float64]
KINDS = ("last iterate", "weights", "predictions", "weights, no burn-in", "predictions, no burn-in")


def one_seed(
    samples: int, dimension: int, seed: int, steps: int, beyond_teacher: bool
) -> tuple[Array, list[str], float]:
    """Test losses, shape (kinds, step sizes), the phase at each step size, and the test loss of the mean label."""
    problem = make_problem(
        PhaseRetrieval(gamma=2, c=0),
        samples=samples,
        dimension=dimension,
        design="gaussian",
        labels="teacher",
        noise=NOISE,
        test_samples=300,
        rng=seed,
    )
    unit = problem.unit_step_size
    assert unit is not None
    assert problem.teacher is not None
    assert problem.test is not None
    origin: dict[str, Any] = {"starts": math.sqrt(1.3) * problem.teacher} if beyond_teacher else {"rng": seed}
    calm = train(
        problem, step_sizes=0.1 * float(unit), steps=4000, record_every=4000, measures=("sharpness",), **origin
    )
    assert calm.sharpness is not None
    rates = [product / float(calm.sharpness[0, -1]) for product in PRODUCTS]
    codes = observe_problem(problem, step_sizes=rates, steps=steps, **origin)[:, 0]
    half, whole = (
        train(
            problem,
            step_sizes=rates,
            steps=steps,
            record_every=steps,
            measures=("test_loss",),
            burn_in=burn_in,
            **origin,
        )
        for burn_in in (steps // 2, 0)
    )
    losses = (
        half.test_losses,
        half.test_losses_weight_average,
        half.test_losses_prediction_average,
        whole.test_losses_weight_average,
        whole.test_losses_prediction_average,
    )
    constant = float(np.mean((problem.test.targets - problem.targets.mean()) ** 2)) / 2
    return np.stack([each[:, -1] for each in losses if each is not None]), [LABELS[code] for code in codes], constant


def by_phase(losses: Array, labels: list[list[str]]) -> list[dict[str, Any]]:
    """Mean and standard error over seeds of every test loss, and of its ratio to that of the last iterate."""
    rows = []
    for label in LABELS[:4]:
        chosen = [(losses[s][:, np.array(found) == label]) for s, found in enumerate(labels) if label in found]
        if len(chosen) < 2:
            continue
        row: dict[str, Any] = {"phase": label, "seeds": len(chosen), "runs": sum(each.shape[1] for each in chosen)}
        for k, kind in enumerate(KINDS):
            mean = np.array([each[k].mean() for each in chosen])
            ratio = np.array([np.log(each[k] / each[0]).mean() for each in chosen])
            row[kind] = {
                "mean": float(mean.mean()),
                "standard_error": float(mean.std(ddof=1) / math.sqrt(len(mean))),
                "ratio_to_last": math.exp(ratio.mean()),
                "ratio_error": math.exp(ratio.mean()) * float(ratio.std(ddof=1)) / math.sqrt(len(ratio)),
            }
        rows.append(row)
    return rows


experiment = asked(__file__, __doc__)
seeds, steps = (12, 4000) if experiment.full else (4, 400)
sizes = ((80, 100), (400, 100)) if experiment.full else ((8, 10), (40, 10))
figure, axes = panels(2, height=3.1, header=0.95)
settings: dict[str, dict[str, Any]] = {}
for (samples, dimension), beyond, ax in zip(sizes, (False, True), axes, strict=True):
    each = [one_seed(samples, dimension, seed, steps, beyond) for seed in range(seeds)]
    losses, labels = np.stack([one for one, _, _ in each]), [found for _, found, _ in each]
    constant = float(np.mean([one for _, _, one in each]))
    name = f"n = {samples}, d = {dimension}, start {'beyond the teacher' if beyond else 'random'}"
    errors = HeldOutErrors(
        positions=np.array(PRODUCTS),
        last_iterate=losses[:, 0],
        weight_average=losses[:, 1],
        prediction_average=losses[:, 2],
        against="step size × sharpness ηλ",
    )
    generalization_plot(errors, ax, title=name)
    rows = by_phase(losses, labels)
    settings[name] = {
        "samples": samples,
        "dimension": dimension,
        "beyond_teacher": beyond,
        "mean_label": constant,
        "by_phase": rows,
        "by_step_size": [
            {
                "eta_lambda": product,
                "phases": {label: sum(found[k] == label for found in labels) for label in LABELS},
                **{
                    kind: {
                        "mean": float(losses[:, c, k].mean()),
                        "standard_error": float(losses[:, c, k].std(ddof=1) / math.sqrt(seeds)),
                    }
                    if np.isfinite(losses[:, c, k]).all()
                    else None
                    for c, kind in enumerate(KINDS)
                },
            }
            for k, product in enumerate(PRODUCTS)
        ],
    }
    print(f"{name}: test loss, mean ± standard error over seeds; of the mean label {constant:.3g}")
    table(
        ("phase", "seeds", "runs", *KINDS),
        [
            (
                row["phase"],
                row["seeds"],
                row["runs"],
                *(f"{row[kind]['mean']:.3g} ± {row[kind]['standard_error']:.2g}" for kind in KINDS),
            )
            for row in rows
        ],
    )
    print("relative to the last iterate, geometric mean over seeds")
    table(
        ("phase", *KINDS[1:]),
        [
            (
                row["phase"],
                *(f"{row[kind]['ratio_to_last']:.3f} ± {row[kind]['ratio_error']:.3f}" for kind in KINDS[1:]),
            )
            for row in rows
        ],
    )
    print()

by_label = {row["phase"]: row for row in rows}  # of the second setting, where there is something to generalise
for label in ("periodic", "chaotic"):
    weights, predictions = (by_label[label][kind] for kind in KINDS[1:3])
    assert predictions["ratio_to_last"] + 2 * predictions["ratio_error"] < 1, by_label[label]
    assert predictions["ratio_to_last"] < 1.02 * weights["ratio_to_last"], by_label[label]
assert abs(by_label["monotonic"]["predictions"]["ratio_to_last"] - 1) < 0.01
calm, edge = (settings[name]["by_step_size"][k] for k in (0, 2))
assert edge["predictions"]["mean"] < 1.2 * calm["predictions"]["mean"] < edge["last iterate"]["mean"]
experiment.write(
    figure,
    {"seeds": seeds, "seed_words": f"rng=0 to rng={seeds - 1}", "steps": steps, "noise": NOISE, "settings": settings},
)

"""Where is each phase relative to the edge of stability ηλ = 2, and is the catapult limit ηλ = 4 the boundary a = 2?

Method: the sharpness λ (largest eigenvalue of the Hessian) along runs of phase retrieval in the four phases that do not
diverge, on orthogonal rows with equal labels and on Gaussian rows with a teacher's labels, from weights 1.14 times
those of a minimum.  On the orthogonal rows the step size beyond which runs diverge is bracketed by bisection, and held
against a = 2 and against 4/λ, where λ is what small steps end at.

Observed (n = 80, d = 100): runs in the monotonic and the catapult phase end below the edge, at the a of the minimum;
the latter began above it, and the loss rises until it is below.  In the periodic phase ηλ alternates: between 0.7 and
3.5 across the edge on orthogonal rows, between 1.9 and 3.3 on Gaussian ones; its mean is above 2, not at 2.  In chaos
ηλ goes up to 8.4 (orthogonal, where the sharpest of 80 samples is above 4 at every step) and 6.7 (Gaussian, above 2 in
five of six steps, above 4 in one of four), and nothing pulls it back to 2.  On orthogonal rows all eight starts begin
to diverge in a bracket of 0.4 % around a = 2, which is a bracket around ηλ = 4.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from starting import beyond_minimum
from writing import asked, panels, table

from symphase.models import PhaseRetrieval
from symphase.plots import sharpness_plot
from symphase.problems import Problem, make_problem
from symphase.training import train
from symphase.transitions import LABELS, empirical_boundaries, observe_problem

PRODUCTS = {  # step size × sharpness of the minimum, in the middle of the phases that five_phases*.py find
    "orthogonal rows": (1.2, 1.84, 2.4, 3.7),
    "Gaussian rows": (1.2, 1.95, 2.4, 3.4),
}
SHOWN = 40
RETRIEVAL = PhaseRetrieval(gamma=2, c=0)


def look(name: str, problem: Problem, steps: int, ax: Axes) -> tuple[list[dict[str, Any]], float]:
    """Draw sharpness in each phase; return what it does, and the sharpness of the minimum."""
    products = PRODUCTS[name]
    starts, sharpness_of_minimum = beyond_minimum(problem, runs=1, seed=1)
    first, flat = starts[0], float(sharpness_of_minimum[0])
    rates = [product / flat for product in products]
    labels = [LABELS[code] for code in observe_problem(problem, step_sizes=rates, starts=first, steps=steps)[:, 0]]
    shown = train(problem, step_sizes=rates, starts=first, steps=SHOWN, measures=("sharpness",))
    sharpness_plot(shown, ax, phases=labels, title=f"Sharpness, {name}", top=10)
    # every 7th step: an even number would meet a cycle of even period at the same point each time
    late = train(problem, step_sizes=rates, starts=first, steps=steps, record_every=7, measures=("sharpness",))
    assert late.scaled_sharpness is not None
    rows = []
    for product, rate, label, along in zip(products, rates, labels, late.scaled_sharpness, strict=True):
        half = along[len(along) // 2 :]
        rows.append(
            {
                "eta_lambda_of_minimum": product,
                "step_size": rate,
                "phase": label,
                "start": float(along[0]),
                "late_mean": float(half.mean()),
                "late_min": float(half.min()),
                "late_max": float(half.max()),
                "share_above_2": float((half > 2).mean()),
                "share_above_4": float((half > 4).mean()),
            }
        )
    return rows, flat


experiment = asked(__file__, __doc__)
samples, dimension, runs, steps = (80, 100, 8, 4000) if experiment.full else (8, 10, 2, 1000)
problems = {
    "orthogonal rows": make_problem(RETRIEVAL, samples=samples, dimension=dimension, rng=0),
    "Gaussian rows": make_problem(
        RETRIEVAL, samples=samples, dimension=dimension, design="gaussian", labels="teacher", rng=0
    ),
}
figure, axes = panels(2, height=2.9)
found: dict[str, list[dict[str, Any]]] = {}
sharpness = {}
for (name, problem), ax in zip(problems.items(), axes, strict=True):
    found[name], sharpness[name] = look(name, problem, steps, ax)
    print(f"{name}: sharpness {sharpness[name]:.6g} at the minimum")
    table(list(found[name][0]), [list(row.values()) for row in found[name]])
    print()

orthogonal = problems["orthogonal rows"]
unit = orthogonal.unit_step_size
assert unit is not None
escape = empirical_boundaries(orthogonal, runs=runs, rng=1, steps=steps, points=12, tolerance=0.005).transitions[-1]
brackets = [
    {
        "step_size": [low, high],
        "a": [low / float(unit), high / float(unit)],
        "eta_lambda": [low * sharpness["orthogonal rows"], high * sharpness["orthogonal rows"]],
    }
    for low, high in zip(escape.lower.tolist(), escape.upper.tolist(), strict=True)
]
print(f"orthogonal rows: beyond these step sizes runs diverge, {len(brackets)} starts")
table(list(brackets[0]), [[f"{low:.6g} to {high:.6g}" for low, high in each.values()] for each in brackets])

assert escape.found == runs
for each in brackets:
    for unit_name, limit in (("a", 2), ("eta_lambda", 4)):
        low, high = each[unit_name]
        assert low <= limit * (1 + 1e-9) < high < 1.01 * low, each
for name, rows in found.items():
    assert [row["phase"] for row in rows] == list(LABELS[:4]), name
    monotonic, catapult, periodic, chaotic = rows
    assert monotonic["start"] < 2 < catapult["start"]
    assert max(monotonic["late_max"], catapult["late_max"]) < 2 < min(periodic["late_max"], chaotic["late_max"])
    assert periodic["late_min"] < 2
experiment.write(
    figure,
    {
        "samples": samples,
        "dimension": dimension,
        "steps": steps,
        "escape_runs": runs,
        "data_seed": "rng=0",
        "start_seed": "rng=1",
        "sharpness_of_minimum": sharpness,
        "phases": found,
        "escape_brackets": brackets,
    },
)

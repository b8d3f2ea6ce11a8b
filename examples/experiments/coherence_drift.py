"""How far does the theory of orthogonal rows reach: where do the boundaries go while the rows turn into Gaussian ones?

Method: rows on the path from orthonormal ones (mixing 0) to Gaussian directions (mixing 1), with equal labels, so that
nothing else changes: all samples have the same a.  With equal labels every interpolating minimum of phase retrieval has
the sharpness 4y λ_max(G)/n, with G the Gram matrix of the rows: the edge of stability ηλ = 2 is a = 1/λ_max(G).  Each
boundary is bracketed by bisection for several draws of the rows and starts beyond a minimum.  Its drift from the
orthogonal value is fitted by c√ρ, cρ and cρ² over the first third of the path, ρ being the root-mean-square cosine of
two rows.

Observed (n = 80, d = 100, 3 draws × 2 starts): the edge of stability stays at ηλ = 2.00 ± 0.02 from orthogonal to
Gaussian rows, so that in units of a it falls like 1/λ_max(G), linearly near 0 (slope −10.7), from 1 to 0.30.  Escape
leaves ηλ = 4 at once: 3.65 for ρ = 0.007, 3.23 for ρ = 0.05, then back to 3.35 at the Gaussian end, ρ = 0.1.  Near 0
the drift follows −4.1 √ρ (what is left is 0.014; 0.13 for a straight line, 0.27 for a parabola): the escape boundary of
the theory is the least robust.  The onset of chaos stays between 2.55 and 2.65 up to ρ = 0.03 and ends at 2.8 to 3.1.
The catapult phase, from ηλ = 1.77 for these starts on orthogonal rows, has closed at ρ = 0.014.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from starting import beyond_minimum, own_products
from writing import asked, panels, table

from symphase.designs import rms_cosine
from symphase.models import PhaseRetrieval
from symphase.plots import INK, coherence_drift
from symphase.problems import make_problem
from symphase.studies import compare_transitions
from symphase.transitions import empirical_boundaries


def fit(coherence: npt.NDArray[np.float64], drift: npt.NDArray[np.float64], power: float) -> tuple[float, float]:
    """Least squares for drift = c·ρ^power: c, and the root-mean-square of what is left."""
    base = coherence**power
    slope = float(base @ drift / (base @ base))
    return slope, float(np.sqrt(np.mean((drift - slope * base) ** 2)))


experiment = asked(__file__, __doc__)
full = experiment.full
samples, dimension, seeds, runs, steps, points = (80, 100, 3, 2, 2000, 12) if full else (8, 10, 1, 1, 300, 11)
tolerance = 0.01 if full else 0.02
mixings = (0.0, 0.05, 0.1, 0.15, 0.25, 0.4, 0.7, 1.0) if full else (0.0, 0.2, 1.0)
shape = (len(mixings), seeds)
coherence, edge = np.empty(shape), np.empty(shape)
in_a: dict[str, npt.NDArray[np.float64]] = {}
in_product: dict[str, npt.NDArray[np.float64]] = {}
exact: dict[str, Any] = {}
for m, mixing in enumerate(mixings):
    for seed in range(seeds):
        problem = make_problem(
            PhaseRetrieval(gamma=2, c=0), samples=samples, dimension=dimension, design="mixed", mixing=mixing, rng=seed
        )
        coherence[m, seed] = rms_cosine(problem.features)
        edge[m, seed] = 1 / np.linalg.eigvalsh(problem.features @ problem.features.T)[-1]
        starts, sharpness = beyond_minimum(problem, runs=runs, seed=100 + seed)
        unit = problem.unit_step_size
        assert unit is not None
        found = empirical_boundaries(problem, starts=starts, runs=runs, steps=steps, points=points, tolerance=tolerance)
        for row in compare_transitions(found):
            name, products = row.transition.name, np.array(own_products(row.transition, sharpness))
            middles = (row.transition.lower + row.transition.upper) / 2 / float(unit)
            exact[name] = row.theory
            in_a.setdefault(name, np.empty((*shape, runs)))[m, seed] = middles
            in_product.setdefault(name, np.empty((*shape, runs)))[m, seed] = products
place = coherence.mean(axis=1)
place[0] = 0.0  # orthogonal to rounding


def spread(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Smallest, mean and largest over draws and starts, each end half a bracket further out."""
    flat = values.reshape(len(values), -1)
    return np.stack(
        [flat.min(axis=1) * (1 - tolerance / 2), flat.mean(axis=1), flat.max(axis=1) * (1 + tolerance / 2)], axis=1
    )


figure, (left, right) = panels(2, height=3.1, left=0.6)
x_label = "root-mean-square cosine of two rows"
coherence_drift(
    place,
    {name: spread(values) for name, values in in_a.items()},
    left,
    exact=exact,
    x_label=x_label,
    title="Boundaries in units of a",
)
left.plot(place, edge.mean(axis=1), color=INK, linewidth=0.9, linestyle="--")
coherence_drift(
    place,
    {name: spread(values) for name, values in in_product.items()},
    right,
    x_label=x_label,
    exact={name: 2 * float(boundary) for name, boundary in exact.items()},
    y_label="ηλ at the observed boundary",
    title="Boundaries in units of step size × sharpness",
)
rows = [
    {
        "mixing": mixing,
        "rms_cosine": float(place[m]),
        "one_over_largest_eigenvalue": edge[m].tolist(),
        **{f"{name}, a": in_a[name][m].tolist() for name in in_a},
        **{f"{name}, ηλ": in_product[name][m].tolist() for name in in_product},
    }
    for m, mixing in enumerate(mixings)
]
for unit_name, observed in (("a", in_a), ("ηλ", in_product)):
    print(f"in units of {unit_name}")
    table(
        ("mixing", "ρ", *observed),
        [
            (
                mixing,
                float(place[m]),
                *(
                    f"{middle:.4g} ({low:.4g} to {high:.4g})"
                    for low, middle, high in (spread(values)[m] for values in observed.values())
                ),
            )
            for m, mixing in enumerate(mixings)
        ],
    )
    print()
fits: list[dict[str, object]] = []
for unit_name, observed, factor in (("a", in_a, 1.0), ("ηλ", in_product, 2.0)):
    for name, values in observed.items():
        means, start = values.reshape(len(values), -1).mean(axis=1), factor * float(exact[name])
        near = (place > 0) & (place <= 0.35 * place[-1])
        line = {
            "unit": unit_name,
            "boundary": name,
            "exact_at_0": start,
            "observed_at_0": float(means[0]),
            "observed_at_the_end": float(means[-1]),
        }
        for power, words in ((0.5, "square_root"), (1, "linear"), (2, "quadratic")):
            line[words], line[f"{words}_rest"] = fit(place[near], means[near] - means[0], power)
        fits.append(line)
table(list(fits[0]), [list(line.values()) for line in fits])

flip, escape = "catapult → periodic", "chaotic → divergent"
assert abs(in_product[flip] / 2 - 1).max() < 0.025  # the edge of stability, whatever the coherence
assert abs(in_a[flip] / edge[:, :, np.newaxis] - 1).max() < 0.025
assert abs(in_a[escape][0] / 2 - 1).max() < 0.015
assert 2.6 < in_product[escape][-1].min() <= in_product[escape][-1].max() < 3.9  # and not 4
experiment.write(
    figure,
    {
        "samples": samples,
        "dimension": dimension,
        "data_seeds": f"rng=0 to rng={seeds - 1}",
        "start_seeds": f"rng=100 to rng={99 + seeds}",
        "starts_per_draw": runs,
        "steps": steps,
        "tolerance": tolerance,
        "rows": rows,
        "fits": fits,
    },
)

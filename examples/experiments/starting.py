"""Starts that show every phase: beyond a minimum, so that a step can raise the loss before it settles."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from symphase.problems import Problem
from symphase.sharpness import largest_hessian_eigenvalue
from symphase.training import train
from symphase.transitions import Transition

Array = npt.NDArray[np.float64]
BEYOND = 1.3


def beyond_minimum(problem: Problem, *, runs: int, seed: int) -> tuple[Array, Array]:
    """Return √1.3 = 1.14 times the weights of minima that small steps lead to, and the sharpness of each minimum.

    For plain phase retrieval and networks predictions are then 1.3 times those of the minimum.
    """
    rate = float(problem.unit_step_size or 1)
    while True:
        rate /= 3
        calm = train(problem, step_sizes=rate, runs=runs, rng=seed, steps=4000)
        if (calm.escape_step >= 0).any() or (np.diff(calm.losses) > 1e-12 * calm.losses[:, :1]).any():
            continue  # too large: some loss rose
        sharpness = largest_hessian_eigenvalue(problem.model, calm.weights, problem.features, problem.targets)
        if (rate * sharpness < 1).all():
            return math.sqrt(BEYOND) * calm.weights, sharpness


def own_brackets(transition: Transition, sharpness: Array) -> list[list[float]]:
    """Both ends of each start's bracket, in step size × sharpness of its own minimum; it must be there for all."""
    assert transition.found == len(sharpness), transition
    ends: list[list[float]] = (np.stack([transition.lower, transition.upper], axis=1) * sharpness[:, None]).tolist()
    return ends


def own_products(transition: Transition, sharpness: Array) -> list[float]:
    """The middles of these brackets, smallest first."""
    return sorted((low + high) / 2 for low, high in own_brackets(transition, sharpness))

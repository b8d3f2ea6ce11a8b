"""Does the training loop that I wrote do what the theory says at every step size?  A property-based test.

``loop`` stands for your own code, in whatever framework.  symphase draws problems and step sizes whose phase is known
exactly, runs the loop on them, and says what is wrong with the simplest one that fails.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from symphase import PhaseRetrieval
from symphase.strategies import LawBroken, check_phase_agreement

Array = npt.NDArray[np.float64]
MODEL = PhaseRetrieval(gamma=2, c=0)  # the prediction (xᵀw)², the loss (1/2n) Σ ((xᵀw)² − y)²


def loop(step_size: float, features: Array, targets: Array) -> Callable[[Array], Array]:
    """Your training loop: set it up for one problem, and return the function that makes one step."""

    def step(weights: Array) -> Array:
        projections = features @ weights
        residuals = projections**2 - targets
        gradient: Array = 2 * (residuals * projections) @ features / len(targets)
        return weights - step_size * gradient

    return step


def forgetful(step_size: float, features: Array, targets: Array) -> Callable[[Array], Array]:
    """The same loop with a classic mistake: the chain rule's factor 2 was forgotten."""
    return loop(step_size / 2, features, targets)


def test_the_loop() -> None:
    """What goes into your own test suite: one line."""
    check_phase_agreement(MODEL, loop, max_examples=40)


test_the_loop()
print("the loop shows the right phase on every problem drawn")
try:
    check_phase_agreement(MODEL, forgetful, max_examples=40)
except LawBroken as broken:
    print(f"\nand with a factor 2 forgotten:\n{broken}")
else:
    raise SystemExit("the mistake was not found")

"""Does my JAX training loop have the step size that I think it has?  Its compiled step against the exact phases.

Needs JAX, which symphase itself does not (``pip install jax "symphase[hypothesis]"``); without it this prints why
nothing was tested.  The loop runs in JAX's own float32: the phases are told apart all the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from symphase import PhaseRetrieval
from symphase.strategies import LawBroken, check_phase_agreement

try:
    import jax
except ImportError:
    print("JAX is not installed: this example tests nothing (pip install jax)")
    sys.exit()

Array = npt.NDArray[np.float64]
MODEL = PhaseRetrieval(gamma=2, c=0)  # the prediction (xᵀw)², the loss (1/2n) Σ ((xᵀw)² − y)²


def loss(weights: Any, features: Any, targets: Any) -> Any:
    """Half of the mean of the squared residuals."""
    return (((features @ weights) ** 2 - targets) ** 2).mean() / 2


def wrong_loss(weights: Any, features: Any, targets: Any) -> Any:
    """The mean itself: every step is twice as long as its step size says."""
    return 2 * loss(weights, features, targets)


def descent_on(function: Callable[..., Any]) -> Any:
    """Gradient descent on a loss, with a compiled step: what ``check_phase_agreement`` takes."""

    @jax.jit
    def move(weights: Any, step_size: Any, features: Any, targets: Any) -> Any:
        return weights - step_size * jax.grad(function)(weights, features, targets)

    def simulator(step_size: float, features: Array, targets: Array) -> Callable[[Array], Any]:
        return lambda weights: move(weights, step_size, features, targets)

    return simulator


def test_the_compiled_step() -> None:
    """What goes into your own test suite; one size of data, so that it is compiled once."""
    check_phase_agreement(MODEL, descent_on(loss), samples=2, dimension=3, max_examples=25, steps=1000)


test_the_compiled_step()
print("the compiled step shows the right phase on every problem drawn")
try:
    check_phase_agreement(MODEL, descent_on(wrong_loss), samples=2, dimension=3, max_examples=25, steps=1000)
except LawBroken as broken:
    print(f"\nwith the mean in place of half of it:\n{broken}")
else:
    raise SystemExit("the mistake was not found")

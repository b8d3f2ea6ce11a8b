"""Does my PyTorch training loop have the step size that I think it has?  Its optimiser against the exact phases.

Needs PyTorch, which symphase itself does not (``pip install torch "symphase[hypothesis]"``); without it this prints why
nothing was tested.  The loop is the usual one: a module, a loss, ``backward()``, ``optimizer.step()``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from symphase import TwoLayerNetwork
from symphase.strategies import LawBroken, check_phase_agreement

try:
    import torch
except ImportError:
    print("PyTorch is not installed: this example tests nothing (pip install torch)")
    sys.exit()

Array = npt.NDArray[np.float64]
MODEL = TwoLayerNetwork(alpha=1, width=3)  # g(W; x) = Σⱼ (wⱼᵀx)², L = (1/2n) Σ (g − y)²


class Network(torch.nn.Module):
    """Three neurons with quadratic activation and a constant outer layer."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(dimension, 3, bias=False, dtype=torch.float64)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Sum the squares of the hidden layer."""
        return self.hidden(features).square().sum(dim=1)


def trained_with(make: Callable[..., torch.optim.Optimizer], **settings: Any) -> Any:
    """Your training loop, with any optimiser: what ``check_phase_agreement`` takes."""

    def simulator(step_size: float, features: Array, targets: Array) -> Callable[[Array], torch.Tensor]:
        x, y = torch.from_numpy(features), torch.from_numpy(targets)
        network = Network(features.shape[1])
        optimizer = make(network.parameters(), lr=step_size, **settings)

        def step(weights: Array) -> torch.Tensor:
            with torch.no_grad():
                network.hidden.weight.copy_(torch.from_numpy(weights))
            optimizer.zero_grad()
            loss = (network(x) - y).square().mean() / 2
            loss.backward()
            optimizer.step()
            return network.hidden.weight

        return step

    return simulator


def test_plain_gradient_descent() -> None:
    """The step size of torch.optim.SGD is the η of the theory, for the loss ½·mean."""
    check_phase_agreement(MODEL, trained_with(torch.optim.SGD), max_examples=25, steps=1000)


MISTAKES = {
    "momentum=0.1": trained_with(torch.optim.SGD, momentum=0.1),
    "weight_decay=0.01": trained_with(torch.optim.SGD, weight_decay=0.01),
    "Adam": trained_with(torch.optim.Adam),
}

test_plain_gradient_descent()
print("torch.optim.SGD shows the right phase on every problem drawn")
for name, simulator in MISTAKES.items():
    try:
        check_phase_agreement(MODEL, simulator, max_examples=25, steps=1000)
    except LawBroken as broken:
        print(f"\nwith {name} it is no longer that gradient descent:\n{broken}")
    else:
        raise SystemExit(f"nothing was noticed with {name}")

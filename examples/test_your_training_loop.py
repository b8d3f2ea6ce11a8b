"""Does the training loop that I wrote do what the theory says at every step size?  A property-based test.

``train`` stands for your own loop; Hypothesis draws step sizes, the exact classification says what must happen.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from symphase import Phase, classify

TARGET = 1.0


def train(step_size: float, steps: int) -> list[float]:
    """Fit w² to the target by gradient descent on ½(w² − y)²; returns the losses."""
    weight, losses = 0.6, []
    for _ in range(steps):
        residual = weight * weight - TARGET
        losses.append(residual * residual / 2)
        if losses[-1] > 1e6:
            break
        weight -= step_size * 2 * weight * residual
    return losses


@given(st.fractions(min_value=Fraction(1, 50), max_value=Fraction(6, 5), max_denominator=400))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_train(step_size: Fraction) -> None:
    """a = 2ηy for this loss, so that the phase is known before the loop runs."""
    predicted = classify(2 * step_size)
    if max(abs(end) for end in predicted.distance) < Fraction(1, 50):
        return  # too close to a boundary for a finite run to tell
    losses = train(float(step_size), 4000)
    if predicted.phase is Phase.MONOTONIC:
        assert all(later <= earlier + 1e-15 for earlier, later in pairwise(losses))
    elif predicted.phase is Phase.CATAPULT:
        assert losses[-1] < 1e-12
    elif predicted.phase is Phase.DIVERGENT:
        assert losses[-1] > 1e6
    elif predicted.phase is Phase.PERIODIC and predicted.period is not None:
        assert max(losses[-100:]) > 1e-6  # a loop that converged repeats its loss, too
        assert abs(losses[-1] - losses[-1 - predicted.period]) < 1e-6
    else:
        assert 1e-12 < max(losses[-100:]) < 1e6


test_train()
print("150 step sizes drawn; every run did what its phase says")

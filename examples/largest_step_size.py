"""How large may my step size be before the loss rises, before it oscillates, and before it explodes?

The data that ship with symphase: phase retrieval of a handwritten digit from its 64 orthonormal DCT rows.  Replace
``load_digit_dct()`` by ``read_table("your.csv")`` for your own.
"""

from __future__ import annotations

from symphase import Phase, analyze, load_digit_dct

result = analyze(load_digit_dct())
print(result.orthogonality)
for phase in (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC):
    end = result.classification.largest_step_size(phase)
    assert end is not None
    print(f"{phase!s:10} up to a step size of {end.decimal(12):>15}  [{end.boundary.certainty}]")
print(f"gradient descent at {float(result.step_size)} agrees with the prediction: {result.agrees}")

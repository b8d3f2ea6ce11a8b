"""Does gradient descent on my polynomial model reduce to one map, with what parameter, and if not, why?"""

from __future__ import annotations

from symphase import PolynomialModel, derive

for prediction in ("w^2 + b*w", "w^3"):
    derivation = derive(PolynomialModel(prediction, parameters=["b"]))
    print(f"prediction {prediction}: {len(derivation.steps)} steps, all checks: {derivation.holds}")
    if derivation.family is not None:
        print(f"  map    {derivation.family.variable} ← {derivation.family.expression}")
        print(f"  with   {derivation.family.parameter} = {derivation.scale}")
    else:
        print(f"  no map: {derivation.obstruction}")

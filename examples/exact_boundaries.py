"""Where exactly does my map change its behaviour, and can I have a hundred digits of it?

The logistic map here; any polynomial in one variable and one parameter will do.
"""

from __future__ import annotations

from sympy import Symbol

from symphase import PolynomialFamily, find_boundaries, parse_formula

family = PolynomialFamily(parse_formula("r*x*(1-x)", ["r", "x"]), variable=Symbol("x"), parameter=Symbol("r"))
for boundary in find_boundaries(family):
    print(f"{boundary.name:32} {boundary.decimal(12):>15}  {boundary.certainty!s:9}  {boundary}")

third = find_boundaries(family)[4]
print(f"\n{third.name} to a hundred digits:\n{third.decimal(100)}")
assert third.algebraic is not None
print("minimal polynomial, lowest power first:", third.algebraic.coefficients)
print("expressible in radicals:", third.algebraic.solvable())

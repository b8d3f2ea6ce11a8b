"""Can I check a bifurcation without trusting the program that found it?

Where a cycle of period 3 of the logistic map is born: the exact number, a proof as text, and a checker that needs
nothing but Python's integers.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sympy import Symbol

import symphase.checker
from symphase import PolynomialFamily, bifurcation_polynomials, certificate_for, parse_formula, write_certificate

family = PolynomialFamily(parse_formula("r*x*(1-x)", ["r", "x"]), variable=Symbol("x"), parameter=Symbol("r"))
(birth,) = bifurcation_polynomials(family, 3, multiplier=1, within=(3, 4)).roots
print("born at r =", birth.value, "=", birth.value.decimal(40), f"({birth.certainty}, {birth.tie})")

assert birth.cycle is not None
certificate = certificate_for(birth.cycle, family=family, digits=40, root=birth.value)
assert certificate is not None
path = write_certificate("birth.json", certificate)
checker = Path(symphase.checker.__file__)  # a file of its own: it imports nothing of symphase
done = subprocess.run([sys.executable, "-I", checker, path], capture_output=True, text=True, check=False)  # noqa: S603  # our own checker
print(done.stdout)
assert done.returncode == 0

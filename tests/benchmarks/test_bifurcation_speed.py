"""Bifurcation polynomials beside what a user would take instead: SymPy's resultant, and PARI/GP where ``gp`` is there.

    pytest tests/benchmarks/test_bifurcation_speed.py --benchmark-enable

One process, one core, unless the name says "two processes".  Times are of the polynomials and factors; the real
roots with their certified cycles are a group of their own.  PARI and SymPy form the bivariate resultant and factor it;
to PARI the map is given in the coordinates that suit it best.  SymPy's rows stop where it would take minutes; the rows
of PARI that take longer than two minutes are ended and left out.
"""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
import sympy
from families import logistic, residual

from symphase import bifurcations as module
from symphase.bifurcations import bifurcation_polynomials

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from symphase.maps import PolynomialFamily

_NOWHERE = (Fraction(1000), Fraction(1001))  # no real roots wanted: the polynomials alone are timed
_FAMILIES = {"residual": residual, "logistic": logistic}
_OBJECTS = [
    ("residual", 3, -1),
    ("residual", 4, -1),
    ("residual", 5, -1),
    ("residual", 6, -1),
    ("logistic", 8, -1),
    ("logistic", 9, -1),
    ("logistic", 10, -1),
]
_PARI_MAPS = {"residual": "v*(r-v)^2", "logistic": "v^2+r*(2-r)/4"}
_PARI = """
mu(n)=moebius(n);
it(n)=my(z=v);for(k=1,n,z=subst(F,v,z));z;
F={map};
n={period};
P=1;fordiv(n,d,if(moebius(n/d)!=0,P*=(it(d)-v)^moebius(n/d)));
t=getabstime();
R=polresultant(P,{multiplier}-deriv(it(n),v),v);
f=factor(R);
print(getabstime()-t," ",vecmax(apply(poldegree,f[,1]~)));
"""


def _polynomials(family: PolynomialFamily, period: int, multiplier: int, workers: int) -> Any:
    return bifurcation_polynomials(family, period, multiplier, within=_NOWHERE, workers=workers)


@pytest.mark.parametrize(("name", "period", "multiplier"), _OBJECTS)
def test_polynomials(benchmark: BenchmarkFixture, name: str, period: int, multiplier: int) -> None:
    benchmark.group = f"{name}, period {period}, multiplier {multiplier}"
    benchmark.name = "symphase"
    rounds = 5 if period < 6 else 1
    found = benchmark.pedantic(_polynomials, args=(_FAMILIES[name](), period, multiplier, 1), rounds=rounds)
    assert found.proof == "coefficient bound"


@pytest.mark.parametrize(("name", "period", "multiplier"), [o for o in _OBJECTS if o[1] >= 6])
def test_polynomials_on_two(benchmark: BenchmarkFixture, name: str, period: int, multiplier: int) -> None:
    benchmark.group = f"{name}, period {period}, multiplier {multiplier}"
    benchmark.name = "symphase, two processes"
    benchmark.pedantic(_polynomials, args=(_FAMILIES[name](), period, multiplier, 2), rounds=1)


@pytest.mark.parametrize(
    ("name", "period", "multiplier"), [("residual", 3, -1), ("residual", 4, -1), ("logistic", 4, -1)]
)
def test_pari(benchmark: BenchmarkFixture, name: str, period: int, multiplier: int) -> None:
    if shutil.which("gp") is None:
        pytest.skip("gp, the shell of PARI, is not installed")
    script = _PARI.format(map=_PARI_MAPS[name], period=period, multiplier=multiplier)
    benchmark.group = f"{name}, period {period}, multiplier {multiplier}"
    benchmark.name = "PARI/GP"

    def run() -> str:
        done = subprocess.run(
            ["gp", "-q", "--default", "parisizemax=4G"],
            input=script,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    printed = benchmark.pedantic(run, rounds=2)
    benchmark.extra_info["milliseconds inside gp"] = printed.split()[0]


@pytest.mark.parametrize(("name", "period", "multiplier"), [("residual", 3, -1), ("logistic", 4, -1)])
def test_sympy(benchmark: BenchmarkFixture, name: str, period: int, multiplier: int) -> None:
    family = _FAMILIES[name]()
    z, a = family.variable, family.parameter
    benchmark.group = f"{name}, period {period}, multiplier {multiplier}"
    benchmark.name = "SymPy"

    def run() -> Any:
        iterates = [z]
        for _ in range(period):
            iterates.append(sympy.expand(family.expression.subs(z, iterates[-1])))
        points = sympy.Poly(iterates[period] - z, z, a)
        for divisor in (d for d in range(1, period) if period % d == 0):
            moebius = {1: 1, 2: -1, 3: -1, 4: 0}[period // divisor]
            if moebius:
                shorter = sympy.Poly(iterates[divisor] - z, z, a)
                points = sympy.div(points, shorter)[0] if moebius < 0 else points * shorter
        slope = sympy.Poly(multiplier - sympy.diff(iterates[period], z), z, a)
        return sympy.factor_list(sympy.resultant(points.as_expr(), slope.as_expr(), z), a)

    benchmark.pedantic(run, rounds=1)


@pytest.mark.parametrize(("name", "period"), [("residual", 4), ("residual", 5)])
def test_roots_and_cycles(benchmark: BenchmarkFixture, name: str, period: int) -> None:
    benchmark.group = f"{name}, period {period}: polynomials, real roots and certified cycles"
    benchmark.name = "symphase"
    found = benchmark.pedantic(
        bifurcation_polynomials,
        args=(_FAMILIES[name](), period, -1),
        kwargs={"within": (0, 2), "workers": 1},
        rounds=2,
    )
    assert all(root.tie is module.CycleTie.REAL for root in found.roots)

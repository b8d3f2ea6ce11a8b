"""How fast real roots are isolated and refined: here, in PARI and in FLINT, side by side in one run.

    pytest tests/benchmarks/test_isolation_speed.py --benchmark-enable

Each group is one polynomial; the bracketed factors of pytest-benchmark's table compare.  PARI is timed by its own clock
inside one process (start-up and parsing left out), so its numbers are printed at the end and not in the table; they are
the smallest of several runs, in whole milliseconds.  ``polrootsreal`` isolates the
roots and refines them to 38 digits; the rows "isolated and refined" do the same to 128 bits.  FLINT's ``complex_roots``
finds all roots of the polynomial, real or not.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import flint
import pytest

from symphase.algebraic import RealAlgebraic
from symphase.isolation import isolate_real_roots, linear_substitution, refine_roots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

_DIGITS_BITS = 128  # PARI's 38 digits


class Case(NamedTuple):
    polynomial: flint.fmpz_poly
    lower: int
    upper: int
    roots: int
    slow: bool = False


def quadratic(period: int) -> flint.fmpz_poly:
    iterate = flint.fmpz_poly([0, 1])
    for _ in range(period - 1):
        iterate = iterate * iterate + flint.fmpz_poly([0, 1])
    return iterate


def residual(period: int) -> flint.fmpz_poly:
    """Superstable parameters of v ← v(r − v)², of this exact period: a polynomial in r²."""
    parameter, critical = flint.fmpq_poly([0, 1]), flint.fmpq_poly([0, flint.fmpq(1, 3)])
    point = critical
    for _ in range(period):
        point = point * (parameter - point) ** 2
    polynomial = (point - critical).numer()
    for divisor in range(1, period):
        if period % divisor == 0:
            polynomial //= residual(divisor)
    coefficients = polynomial.coeffs()
    polynomial = flint.fmpz_poly(coefficients[next(k for k, c in enumerate(coefficients) if c != 0) :])
    return polynomial // polynomial.content()


@cache
def cases() -> dict[str, Case]:
    five, six, seven = residual(5), residual(6), residual(7)
    return {
        "x² + c, period 8, degree 128": Case(quadratic(8), -2, 1, 20),
        "x² + c, period 9, degree 256": Case(quadratic(9), -2, 1, 30),
        "residual, period 5, degree 120 (in r²)": Case(flint.fmpz_poly(five.coeffs()[::2]), 1, 9, 24),
        "residual, period 5, degree 240": Case(five, 1, 3, 24),
        "residual, period 5, degree 240 (in r − 1)": Case(linear_substitution(five, 1, 1), 0, 2, 24),
        "residual, period 6, degree 348 (in r²)": Case(flint.fmpz_poly(six.coeffs()[::2]), 1, 9, 60),
        "residual, period 7, degree 2184": Case(seven, 1, 3, 156, slow=True),
    }


NAMES = [
    "x² + c, period 8, degree 128",
    "x² + c, period 9, degree 256",
    "residual, period 5, degree 120 (in r²)",
    "residual, period 5, degree 240",
    "residual, period 5, degree 240 (in r − 1)",
    "residual, period 6, degree 348 (in r²)",
    "residual, period 7, degree 2184",
]
_SECONDS: dict[str, dict[str, float]] = {}


def _isolate(case: Case) -> list[tuple[Fraction, Fraction]]:
    return isolate_real_roots(case.polynomial, Fraction(case.lower), Fraction(case.upper))


def _isolate_and_refine(case: Case) -> list[tuple[Fraction, Fraction]]:
    return refine_roots(case.polynomial, _isolate(case), _DIGITS_BITS)


def _real_among_all(case: Case) -> int:
    roots: Any = case.polynomial.complex_roots()
    return sum(r.imag == 0 and case.lower < float(r.real.mid()) < case.upper for r, *_ in roots)


def _measured(benchmark: BenchmarkFixture, name: str, what: str, work: Callable[[Case], object]) -> object:
    case = cases()[name]
    benchmark.group = name
    benchmark.name = f"{what}: {name}"
    result = benchmark.pedantic(work, args=[case], rounds=2 if case.slow else 7, warmup_rounds=0 if case.slow else 1)
    if benchmark.stats is not None:
        _SECONDS.setdefault(name, {})[what] = benchmark.stats.stats.min
    return result


@pytest.mark.parametrize("name", NAMES)
def test_isolate(benchmark: BenchmarkFixture, name: str) -> None:
    found = _measured(benchmark, name, "isolated", _isolate)
    assert isinstance(found, list)
    assert len(found) == cases()[name].roots


@pytest.mark.parametrize("name", NAMES)
def test_isolate_and_refine(benchmark: BenchmarkFixture, name: str) -> None:
    found = _measured(benchmark, name, "isolated and refined", _isolate_and_refine)
    assert isinstance(found, list)
    assert len(found) == cases()[name].roots


@pytest.mark.parametrize("name", NAMES[:3])  # beyond degree 200 it takes seconds
def test_flint_complex_roots(benchmark: BenchmarkFixture, name: str) -> None:
    case = cases()[name]
    benchmark.group = name
    benchmark.name = f"FLINT: {name}"
    found = benchmark.pedantic(_real_among_all, args=[case], rounds=1)
    assert found == case.roots
    if benchmark.stats is not None:
        _SECONDS.setdefault(name, {})["FLINT complex_roots"] = benchmark.stats.stats.min


@pytest.mark.skipif(shutil.which("gp") is None, reason="needs PARI's gp")
@pytest.mark.parametrize("name", NAMES[:-1])  # degree 2184 takes PARI longer than anybody waits
def test_pari(name: str) -> None:
    case = cases()[name]
    listed = ",".join(str(int(c)) for c in reversed(case.polynomial.coeffs()))
    program = (
        'default(parisizemax,"2G");default(realprecision,38);\n'
        f"P=Pol([{listed}]);\n"
        f'for(i=1,7,t=getabstime();v=polrootsreal(P,[{case.lower},{case.upper}]);print(getabstime()-t," ",#v))\n'
    )
    answer = subprocess.run(["gp", "-q", "-f"], input=program, capture_output=True, text=True, check=True).stdout
    rows = [[int(field) for field in line.split()] for line in answer.splitlines() if line]
    assert {count for _, count in rows} == {case.roots}
    _SECONDS.setdefault(name, {})["PARI polrootsreal"] = min(spent for spent, _ in rows) / 1000


def test_a_thousand_digits(benchmark: BenchmarkFixture) -> None:
    case = cases()["residual, period 5, degree 240"]
    boxes = _isolate(case)
    roots = [
        RealAlgebraic._from_irreducible(f, *b) for f, _ in case.polynomial.factor()[1] for b in boxes if _one(f, b)
    ]
    assert len(roots) == case.roots
    benchmark.group = "digits"
    benchmark.name = "1000 digits of a root of degree " + str(roots[-1].degree)
    benchmark.pedantic(roots[-1].decimal, args=[1000], rounds=7, warmup_rounds=1)


def _one(factor: flint.fmpz_poly, box: tuple[Fraction, Fraction]) -> bool:
    return len(isolate_real_roots(factor, *box)) == 1


@pytest.fixture(scope="module", autouse=True)
def _side_by_side(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print one line for each polynomial after the last benchmark."""
    started = time.perf_counter()
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n\nreal roots, milliseconds (smallest of the runs; {time.perf_counter() - started:.0f} s in all)")
        columns = ["isolated", "isolated and refined", "PARI polrootsreal", "FLINT complex_roots"]
        print(f"{'':44}" + "".join(f"{column:>22}" for column in columns))
        for name, seconds in _SECONDS.items():
            cells = [f"{1000 * seconds[column]:.1f}" if column in seconds else "–" for column in columns]
            print(f"{name:44}" + "".join(f"{cell:>22}" for cell in cells))

"""Native work that aborts, exhausts the memory or never ends: the child dies, the parent lives and says what to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import flint
import pytest
import sympy
from dying import (
    absurd_precision,
    asked_again,
    asleep,
    endless_native,
    killed_by,
    leave,
    process_id,
    python_memory,
    size_overflow,
    unsendable,
    wrong,
)

from symphase.algebraic import RealAlgebraic, irreducible_factors, real_roots
from symphase.boundaries import find_boundaries
from symphase.chaos import attracting_cycle_verdict, prove_chaos
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.maps import PolynomialFamily, eliminate, is_heavy
from symphase.processes import Budget, BudgetExceeded, in_child, where_killable

POSIX = pytest.mark.skipif(os.name != "posix", reason="asks for signals and limits")
BUDGET: Final = Budget(seconds=2, memory=256 * 2**20)

_R, _X = sympy.symbols("r x")


def family(expression: sympy.Expr) -> PolynomialFamily:
    return PolynomialFamily(sympy.expand(expression), variable=_X, parameter=_R)


DEATHS: Final[dict[str, tuple[Callable[..., object], object, str]]] = {
    "a power whose size overflows": (size_overflow, 10**12, "SIGFPE|SIGABRT"),
    "a precision of 2**62 bits": (absurd_precision, 2**62, "SIGABRT"),
    "a number of a gigabyte, in FLINT": (endless_native, 10**10, "SIGABRT"),
    "two gigabytes, in Python": (python_memory, 2 * 2**30, "needs more memory than there is"),
    "SIGABRT": (killed_by, signal.SIGABRT, "SIGABRT"),
    "SIGFPE": (killed_by, signal.SIGFPE, "SIGFPE"),
    "SIGSEGV": (killed_by, signal.SIGSEGV, "SIGSEGV"),
    "SIGKILL": (killed_by, signal.SIGKILL, "SIGKILL.*the system killed it"),
    "an exit": (leave, 3, "exit code 3"),
}


@POSIX
@pytest.mark.parametrize("name", DEATHS)
def test_the_death_of_a_child_is_an_error_of_ours(
    name: str, capfd: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    function, item, told = DEATHS[name]
    began = time.monotonic()
    with pytest.raises(BudgetExceeded, match=told) as caught:
        in_child(function, item, asked="what was asked", budget=BUDGET)
    assert time.monotonic() - began < 30
    message = str(caught.value)
    assert message.startswith("what was asked ")
    assert "256 MiB and 2 s were allowed" in message
    assert "ask for less" in message
    assert message.isprintable()
    assert capfd.readouterr() == ("", ""), "FLINT's own words reach nobody"
    assert in_child(abs, -5, budget=BUDGET) == 5, "the next child works"
    record_property("native_aborts_survived", 1)


def test_so_many_deaths() -> None:
    assert len(DEATHS) >= 9


@POSIX
@pytest.mark.parametrize("work", [asleep, endless_native], ids=["asleep", "inside FLINT"])
def test_a_deadline_ends_a_child(work: Callable[..., object]) -> None:
    began = time.monotonic()
    with pytest.raises(BudgetExceeded, match=r"took more than the 0.3 s that it may take.*SYMPHASE_MAX_SECONDS"):
        in_child(work, 10**9, budget=Budget(seconds=0.3, memory=2**33))
    assert 0.25 < time.monotonic() - began < 30


def test_results_and_errors_arrive_as_they_were() -> None:
    assert in_child(abs, -(10**5000), budget=BUDGET) == 10**5000
    with pytest.raises(InputError, match="number = 5: must be another one"):
        in_child(wrong, 5, budget=BUDGET)
    with pytest.raises(TypeError, match="cannot be sent"):
        in_child(unsendable, 5, budget=BUDGET)


def test_small_work_pays_for_no_child() -> None:
    assert where_killable(process_id, None, heavy=False, asked="it") == os.getpid()
    assert where_killable(process_id, None, heavy=True, asked="it") != os.getpid()
    assert not is_heavy(family((_X + _R) * (1 - _X) ** 2 - _R))
    assert not is_heavy(family(_R * _X * (1 - _X)))


def test_a_child_has_no_children_of_its_own() -> None:
    outer, inner = in_child(asked_again, None, budget=BUDGET)
    assert outer == inner != os.getpid()


@POSIX
def test_beside_threads_a_child_is_started_afresh() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert in_child(abs, -5, budget=BUDGET) == 5
        with pytest.raises(BudgetExceeded, match=r'SIGFPE.*the guard if __name__ == "__main__"'):
            in_child(size_overflow, 10**12, budget=BUDGET)
    finally:
        done.set()
        thread.join()


# ------------------------------------------------------------------------------------------------------ the environment


def test_the_environment_sets_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYMPHASE_MAX_SECONDS", raising=False)
    monkeypatch.delenv("SYMPHASE_MAX_MEMORY", raising=False)
    usual = Budget.usual()
    assert usual.seconds == 600
    assert Budget.usual(seconds=5).seconds == 5
    assert 2**28 < usual.memory <= 8 * 2**30
    monkeypatch.setenv("SYMPHASE_MAX_SECONDS", "7.5")
    monkeypatch.setenv("SYMPHASE_MAX_MEMORY", "100")
    assert Budget.usual(seconds=5) == Budget(seconds=7.5, memory=100 * 2**20)


@pytest.mark.parametrize("name", ["SYMPHASE_MAX_SECONDS", "SYMPHASE_MAX_MEMORY"])
@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e400", "many", "1,5"])
def test_a_budget_that_is_none_is_refused(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(InputError, match=rf"{name} = .*must be a number of .*, > 0; set it to one, or unset it"):
        Budget.usual()


# ---------------------------------------------------------------------------------------- what users can ask for


@POSIX
def test_regression_boundaries_of_a_high_degree_end_at_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """x⁸ + r: one elimination in FLINT that nothing could interrupt."""
    monkeypatch.setenv("SYMPHASE_MAX_SECONDS", "0.5")
    with pytest.raises(
        BudgetExceeded, match=r"finding the boundaries of a family of degree 8 took more than the 0.5 s"
    ):
        find_boundaries(family(_X**8 + _R))


@POSIX
def test_boundaries_in_a_child_are_those_found_here(monkeypatch: pytest.MonkeyPatch) -> None:
    high = family(_X**7 + _R * _X)
    assert is_heavy(high)
    found = find_boundaries(high)
    monkeypatch.setattr("symphase.boundaries.is_heavy", lambda _: False)
    assert find_boundaries(high) == found


def test_regression_chaos_at_degree_64_takes_no_iterates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute went into one call to FLINT, for a polynomial of degree 262144 that nobody needs."""
    monkeypatch.setattr("symphase.chaos.is_heavy", lambda _: False)  # here, where its time is seen
    began = time.process_time()
    for expression in (_X**64 + _R, _X**64 - _X + _R, _R * _X**2 * (1 - _X) ** 62):
        high = family(expression)
        assert prove_chaos(high, -1).verdict in Verdict
        assert attracting_cycle_verdict(high, -1).verdict in Verdict
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "expression",
    [
        _X**2 + _R,
        _R * _X * (1 - _X),
        (_X + _R) * (1 - _X) ** 2 - _R,
        _X**3 - 3 * _X * _R**2 + _R,
        (_X**2 - 2) ** 2 * _R + _X,
        _R * _X**2 * (1 - _X) ** 2,
        (_X - _R) ** 3 * (_X + 1) + _X,
        _X**4 / 7 - _R * _X**2 / 3 + _R,
    ],
    ids=str,
)
def test_critical_points_are_free_where_elimination_says_so(expression: sympy.Expr) -> None:
    """The quick ways, one parameter modulo a prime and substitution, against resultants of the iterates."""
    given = family(expression)
    for factor in given.critical_factors:
        lands = [eliminate(factor, given.iterate(k + 1) - given.iterate(k)).is_zero() for k in range(3)]
        assert given.is_free(factor) is not any(lands)


@pytest.mark.parametrize("method", ["iterate", "dynatomic", "multiplier"])
@pytest.mark.parametrize("count", [-1, True, 2.0, "3", 30, 10**9])
def test_regression_iterates_beyond_reach_are_refused(method: str, count: object) -> None:
    """They ran out of the stack, or took all memory."""
    argument = "count" if method == "iterate" else "period"
    with pytest.raises(InputError, match=rf"{argument} = .*must be (an integer|at most)") as caught:
        getattr(family(_X**2 + _R), method)(count)
    assert caught.value.advice or not isinstance(count, int) or count < 0 or count is True


@POSIX
def test_factoring_large_polynomials_ends_at_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMPHASE_MAX_SECONDS", "0.2")
    product = flint.fmpz_poly([-1, *[0] * 5039, 1])  # 60 cyclotomic factors
    with pytest.raises(BudgetExceeded, match=r"factoring a polynomial of degree 5040 took more than the 0.2 s"):
        real_roots(product)
    with pytest.raises(BudgetExceeded, match="factoring"):
        RealAlgebraic([int(c) for c in product.coeffs()], Fraction(0), Fraction(2))


@POSIX
def test_factors_from_a_child_are_those_found_here() -> None:
    product = flint.fmpz_poly([-1, *[0] * 239, 1])
    found = irreducible_factors(product)
    assert sorted(map(str, found)) == sorted(map(str, product.factor()[1]))
    assert len(found) == 20  # the divisors of 240


def test_regression_bounds_of_forty_million_bits_are_refused_by_their_cost() -> None:
    """Hours went into reducing fractions."""
    root = real_roots(flint.fmpz_poly([-3, 1, *[0] * 10, 1]))[0]
    with pytest.raises(InputError, match=r"bits = 40000000: would take about .* seconds .*; ask for fewer"):
        root.enclose(40_000_000)
    assert len(root.decimal(1000)) > 1000


# -------------------------------------------------------------------------------------------------------------- Ctrl-C

_SCRIPT = """
import sys, sympy
from symphase import PolynomialFamily, find_boundaries
r, x = sympy.symbols("r x")
family = PolynomialFamily(x**8 + r, variable=x, parameter=r)
print("ready", flush=True)
try:
    find_boundaries(family)
except KeyboardInterrupt:
    sys.exit(130)
"""


def _children(of: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == of:
            found.append(int(entry.parent.name))
    return found


def _started(seconds: str = "60") -> tuple[subprocess.Popen[str], int]:
    """A program that is inside FLINT, in a child."""
    environment = os.environ | {"SYMPHASE_MAX_SECONDS": seconds}
    program = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT], stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 20
    while not (children := _children(program.pid)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(children) == 1
    time.sleep(0.2)  # into the call
    return program, children[0]


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for children in /proc")
def test_ctrl_c_ends_what_flint_is_at() -> None:
    program, child = _started()
    try:
        assert not _is_gone(child)
        began = time.monotonic()
        os.killpg(program.pid, signal.SIGINT)
        assert program.wait(timeout=20) == 130
        assert time.monotonic() - began < 2
        assert _is_gone(child)
    finally:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


@pytest.mark.slow  # waits for seconds of processor time to be used up
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for children in /proc")
def test_a_child_whose_parent_was_killed_ends_when_its_time_is_used_up() -> None:
    """It looks for its parent between calls into FLINT; within one, the system's limit on processor time ends it."""
    program, child = _started("1")
    program.kill()
    program.wait()
    assert program.stdout is not None
    program.stdout.close()
    deadline = time.monotonic() + 60
    while not _is_gone(child) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _is_gone(child)

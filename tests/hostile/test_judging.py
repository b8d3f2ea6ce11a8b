"""The judge of hostile calls: what it must notice, and what it must not."""

from __future__ import annotations

import time

import hostile.judging as judging
import pytest
from hostile.judging import Outcome, complaint, outcome

from symphase.errors import InputError

REFUSAL = InputError("a", 1, "must be 2", "add one")


def _refuse() -> None:
    raise REFUSAL


def _sleep_and_refuse() -> None:
    time.sleep(0.5)
    raise REFUSAL


def _work_and_refuse() -> None:
    began = time.process_time()
    while time.process_time() - began < 0.2:
        pass
    raise REFUSAL


def _after(*, seconds: float, idle: float) -> str | None:
    return complaint(Outcome(raised=REFUSAL, seconds=seconds, idle=idle, printed=""))


def test_a_refusal_that_comes_at_once_is_right() -> None:
    assert complaint(outcome(_refuse)) is None


def test_regression_a_sleeper_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPU time alone was looked at: a call that slept before it refused was as good as one that did not."""
    assert _after(seconds=0.001, idle=3.0) == "was idle for 3.00 s before it refused"
    monkeypatch.setattr(judging, "IDLE", 0.1)
    assert str(complaint(outcome(_sleep_and_refuse))).startswith("was idle for 0.")


def test_a_worker_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _after(seconds=1.5, idle=0.0) == "took 1.50 s to refuse"
    monkeypatch.setattr(judging, "SECONDS", 0.1)
    assert str(complaint(outcome(_work_and_refuse))).startswith("took 0.")


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.9])
def test_four_processes_to_a_core_are_no_reason_to_complain(seconds: float) -> None:
    assert _after(seconds=seconds, idle=2.0 + 3 * seconds) is None

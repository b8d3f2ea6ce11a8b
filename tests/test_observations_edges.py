"""Edges of what is said of runs of gradient descent: what each number of it is, and where each verdict begins.

Most runs here are made up: residuals that no descent gave, so that each number that a verdict turns on is known.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from edges import noted, table

import symphase.observations as module
from symphase.descent import Descent, descend
from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, TwoLayerNetwork
from symphase.observations import Observation, observe_phase, observe_phases, observe_samples

Array = npt.NDArray[np.float64]

PLAIN = PhaseRetrieval(gamma=2, c=0)
LINEAR = PhaseRetrieval(gamma=0, c=1)
STABLE = (-0.5, 0.0)
NOISE = np.random.default_rng(0).standard_normal(400)


def made(residuals: object, *, targets: tuple[float, ...] = (1.0,), escape_step: int = -1) -> Descent:
    """A run with these residuals, one row a step."""
    rows = np.asarray(residuals, dtype=np.float64).reshape(-1, len(targets))
    count, steps = len(targets), len(rows) - 1
    real = descend(PLAIN, np.eye(count), targets, step_sizes=0.5, starts=[0.5] * count, steps=1)
    return dataclasses.replace(
        real, residuals=rows[np.newaxis], steps=steps, escape_step=np.array([escape_step]), escape_loss=np.array([7e5])
    )


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets every run have the exponent and the error given."""

    def have(*pair: float) -> None:
        monkeypatch.setattr(module, "_exponents", lambda _, places: [pair or None] * len(places))

    have(*STABLE)
    return have


# ------------------------------------------------------------------------------------------------------------ in words


def seen(**changes: Any) -> Observation:
    """An observation with these fields."""
    plain = Observation(
        label="periodic",
        period=4,
        detail="a < b",
        step_size=1.25,
        run=2,
        sample=None,
        steps=500,
        rises=3,
        final_loss=0.0123456,
        escape_step=None,
        exponent=-0.25,
        exponent_error=0.0,
        tolerance=1e-8,
        seed="x < y",
    )
    return dataclasses.replace(plain, **changes)


def test_an_observation_in_one_line() -> None:
    assert repr(seen()) == (
        "<Observation: periodic (period 4) at step size 1.25 after 500 steps, final loss 0.0123 [observed]>"
    )
    bare = seen(label="divergent", period=None, final_loss=None, step_size=2.0000001, steps=1)
    assert repr(bare) == "<Observation: divergent at step size 2 after 1 step [observed]>"


def test_an_observation_as_a_table() -> None:
    caption, facts = table(seen()._repr_html_())
    assert caption == "What was seen in one run"
    level = facts.pop("label")
    assert level.startswith("<strong>periodic</strong> ")
    assert "observed" in level
    assert facts == {
        "why": "a &lt; b",
        "step size": "1.25",
        "steps": "500",
        "start": "run 2, x &lt; y",
        "Lyapunov exponent": "≈ -0.25",
    }
    assert "Lyapunov exponent" not in seen(exponent=None)._repr_html_()


def test_what_is_refused_and_how() -> None:
    run = made(np.zeros(40))
    thin = dataclasses.replace(run, record_every=3)
    wrong: Any = "run"
    number: Any = 2
    letter: Any = "x"
    said: dict[str, Callable[[], object]] = {
        "descent = run: must be what descend(...) returned; run descend first": lambda: observe_phase(wrong),
        "descent = record_every=3: must record every step; record_every=1": lambda: observe_samples(thin),
        "tolerance = 0: must be between 0 and 1; the default is 1e-8": lambda: observe_phase(run, tolerance=0),
        "tolerance = 1: must be between 0 and 1; the default is 1e-8": lambda: observe_phases(run, tolerance=1),
    }
    for words, call in said.items():
        with pytest.raises(InputError) as caught:
            call()
        assert str(caught.value) == words
    starts: dict[str, Callable[[], object]] = {
        "approaching = 2: ": lambda: observe_phases(run, approaching=number),
        "tolerance = x: ": lambda: observe_samples(run, tolerance=letter),
        "run = 1: ": lambda: observe_samples(run, run=1),
        "run = -1: ": lambda: observe_phase(run, run=-1),
        "sample = 1: ": lambda: observe_phase(run, sample=1),
        "sample = -1: ": lambda: observe_phases(run, sample=-1),
    }
    for begin, call in starts.items():
        with pytest.raises(InputError) as caught:
            call()
        assert str(caught.value).startswith(begin)


# ------------------------------------------------------------------------------------------------------------ verdicts

STEADY = np.append(2.0, np.zeros(99))
FLIPPING = np.tile([1.0, -0.5], 50)
SLOW = 1 + 0.9 ** np.arange(100.0) * 1e-4 + np.arange(100, 0, -1) * 1e-3
RISEN = np.concatenate([[2.0, 3.0], np.zeros(98)])
GROWING = NOISE[:100] / np.abs(NOISE[:100]).max() + 2 * np.arange(100) * (-1.0) ** np.arange(100)


@pytest.mark.parametrize(
    ("residuals", "pair", "label", "period", "detail"),
    [
        (STEADY, STABLE, "monotonic", None, "the loss never rose, and it settled"),
        (STEADY, (1e-6, 0.0), "monotonic", None, "the loss never rose, and it settled"),
        (STEADY, (2e-6, 1.0), "undecided", None, "it sits on a fixed point from which nearby runs move away"),
        (RISEN, STABLE, "catapult", None, "the loss rose in 1 step, yet it settled"),
        (FLIPPING, STABLE, "periodic", 2, "all residuals repeat every 2 steps"),
        (FLIPPING, (1e-6, 0.0), "periodic", 2, "all residuals repeat every 2 steps"),
        (FLIPPING, (0.375, 0.125), "periodic", 2, "all residuals repeat every 2 steps"),
        (FLIPPING, (0.4, 0.125), "undecided", None, "it sits on a cycle of period 2 from which nearby runs move away"),
        (FLIPPING, (2e-6, 0.0), "undecided", None, "it sits on a cycle of period 2 from which nearby runs move away"),
        (NOISE, (0.376, 0.125), "chaotic", None,
            "bounded, nothing repeats within 256 steps, nearby runs part exponentially"),
        (GROWING, (0.376, 0.125), "undecided", None, "bounded so far, and still growing from block to block"),
        (SLOW, STABLE, "undecided", None, "the loss never rose, but nothing settled or repeated in 99 steps"),
        (SLOW, (1.0, 0.0), "undecided", None, "the loss never rose, but nothing settled or repeated in 99 steps"),
        (SLOW[::-1], STABLE, "undecided", None, "the loss rose in 99 steps; nothing settled or repeated in 99 steps"),
        (STEADY, (), "undecided", None, "bounded so far, but escaped in the steps after the last one"),
        (STEADY[:33], STABLE, "monotonic", None, "the loss never rose, and it settled"),
        (STEADY[:32], STABLE, "undecided", None, "31 steps are too few to tell (32 at least)"),
    ],
)  # fmt: skip  # rows as they are read
def test_verdicts_and_their_reasons(
    growth: Callable[..., None], residuals: Array, pair: tuple[float, ...], label: str, period: int | None, detail: str
) -> None:
    """Noise repeats nothing; SLOW nearly repeats, so that no growth makes it chaotic."""
    growth(*pair)
    found = observe_phase(made(residuals))
    assert (found.label, found.period, found.detail) == (label, period, detail)
    expected = pair if pair and found.steps >= 32 else (None, None)
    assert (found.exponent, found.exponent_error) == expected


@pytest.mark.parametrize("step", [0, 1, 40])
@pytest.mark.usefixtures("growth")
def test_what_escaped_has_no_last_loss(step: int) -> None:
    """Whatever follows the escape counts neither as a rise nor as a loss."""
    residuals = np.where(np.arange(100) < step, 1.0, 2.0 ** np.arange(100))
    found = observe_phase(made(residuals, escape_step=step), approaching=True)
    assert (found.label, found.detail) == ("divergent", f"the loss went beyond 7e+05 at step {step}")
    assert (found.escape_step, found.final_loss, found.rises, found.exponent) == (step, None, 0, None)


@pytest.mark.usefixtures("growth")
def test_one_sample_of_several() -> None:
    """The loss of one sample of n = 2 is e²/(2n)."""
    rows = np.stack([np.append(np.zeros(99), 3.0), FLIPPING], axis=1)
    run = made(rows, targets=(1.0, 1.0))
    first, second = observe_samples(run)
    assert (first.sample, second.sample) == (0, 1)
    assert (first.rises, second.rises) == (1, 49)
    assert (first.final_loss, second.final_loss) == (9 / 4, 0.25 / 4)
    assert observe_phase(run).final_loss == (9 + 0.25) / 4
    assert observe_phases(run, sample=1) == (second,)
    assert observe_phase(run, sample=1) == second
    assert second.period == 2


@pytest.mark.usefixtures("growth")
def test_what_is_meant_when_nothing_is_said() -> None:
    run = made(SLOW)
    for found in (observe_phase(run), *observe_phases(run), *observe_samples(run)):
        assert (found.label, found.tolerance, found.run) == ("undecided", 1e-8, 0)
    for found in (
        observe_phase(run, tolerance=1e-3, approaching=True),
        *observe_phases(run, tolerance=1e-3, approaching=True),
        *observe_samples(run, tolerance=1e-3, approaching=True),
    ):
        assert (found.label, found.tolerance) == ("monotonic", 1e-3)


UNIT = 64 * 2.0**-52  # rounding of a residual whose target, or first residual, is 1 in size


@pytest.mark.parametrize(
    ("targets", "first", "before", "rise"),
    [
        # a residual e may grow by e·10⁻¹²/2 and by the rounding, a residual of 0 by 10⁻¹², times the scale
        ((1.0,), [0.0], [1.0], 0.5e-12 + UNIT),
        ((1.0,), [0.0], [1e-6], UNIT),
        ((8.0,), [0.0], [1e-6], 8 * UNIT),
        ((1.0,), [-8.0], [1e-6], 8 * UNIT),
        ((1.0,), [0.0], [0.0], 1e-12),
        ((-5.0,), [0.0], [0.0], 5e-12),
        # two samples that grow alike: (1, 1)/√2 of length e grows as above, its rounding by √2 of one
        ((2.0, 1.0), [0.0, 0.0], [1e-6, 1e-6], 2 * UNIT),
        ((2.0, 1.0), [0.0, 0.0], [0.0, 0.0], 2e-12),
    ],
)
@pytest.mark.usefixtures("growth")
def test_what_counts_as_a_rise(
    targets: tuple[float, ...], first: list[float], before: list[float], rise: float
) -> None:
    for share, rises in ((0.97, 0), (1.03, 1)):
        rows = [first, *[[100.0] * len(first)], *[before] * 20, *[[e + share * rise for e in before]] * 20]
        assert observe_phase(made(rows, targets=targets)).rises == 1 + rises  # to 100, and this


# ---------------------------------------------------------------------------------------------------- runs on their way


@pytest.mark.parametrize(
    ("pair", "judged"),
    [
        ((1e-6, 0.0), True), ((2e-6, 0.0), False), ((0.375, 0.125), True), ((0.376, 0.125), False),
        ((-1.0, 5.0), True), ((), False),
    ],
)  # fmt: skip  # rows as they are read
def test_whose_way_is_judged(growth: Callable[..., None], pair: tuple[float, ...], *, judged: bool) -> None:
    growth(*pair)
    found = observe_phase(made(SLOW), approaching=True)
    told = ("monotonic", "the loss never rose, and still falls")
    assert ((found.label, found.detail) == told) is judged
    assert (found.label == "undecided") is not judged


@pytest.mark.usefixtures("growth")
def test_a_loss_that_rose_before_the_second_half_falls_since() -> None:
    """Of 100 recorded losses the second half begins with number 50."""
    for last, label in ((50, "catapult"), (51, "undecided")):
        risen = SLOW.copy()
        risen[:last] -= 0.5
        found = observe_phase(made(risen), approaching=True)
        assert (found.label, found.rises) == (label, 1)
        assert ("falls since then" in found.detail) is (label == "catapult")


@pytest.mark.usefixtures("growth")
def test_a_loss_that_halves_to_and_fro() -> None:
    """The second half goes from number 50 to 99, and the loss falls by q⁹⁸ there."""
    for q, label in ((0.992, "monotonic"), (0.9935, "undecided")):
        assert (q**98 < 0.5) is (label == "monotonic")
        assert observe_phase(made((-q) ** np.arange(100)), approaching=True).label == label


@pytest.mark.usefixtures("growth")
def test_nothing_at_all_does_not_rise() -> None:
    """Neither targets nor residuals: then there is no rounding either."""
    found = observe_phase(made(np.zeros(100), targets=(0.0,)))
    assert (found.label, found.rises) == ("monotonic", 0)


def told(rows: object, losses: object = (1.0, 1.0), rises: int = 0, *, falling: bool = False) -> Any:
    residuals = np.asarray(rows, dtype=np.float64)
    residuals = residuals if residuals.ndim == 2 else residuals[:, np.newaxis]
    return module._on_its_way(residuals, np.asarray(losses), rises, falling=falling)


def test_falling_onward_or_to_half() -> None:
    onward = [9.0, 9.0, 3.0, 2.0, 1.5]
    fro = [9.0, 9.0, 1.0, 2.0, 1.1]
    never, since = "the loss never rose, and still falls", "the loss rose in 4 steps, and falls since then"
    assert told(onward, falling=True) == ("monotonic", never, None)
    assert told(onward, rises=4, falling=True) == ("catapult", since, None)
    assert told([9.0, 9.0, 1.0, 3.0, 2.0], falling=True) == ("monotonic", never, None)  # as far in two steps as in one
    assert told(onward, falling=False) is None
    assert told(fro, falling=True) is None
    assert told(fro, (1.0, 3.0, 0.5), falling=True) == ("monotonic", never, None)
    assert told(fro, (1.0, 3.0, 0.51), falling=True) is None
    # of several samples the one that moves most is looked at
    assert told(np.stack([fro, np.zeros(5)], axis=1), falling=True) is None
    assert told(np.stack([onward, np.full(5, 50.0)], axis=1), falling=True) == ("monotonic", never, None)


def wave(period: int, length: int, *, drift: float = 0.0, shrink: float = 0.0) -> Array:
    """Steps of 1 up and down, with one mark of 1 more a period; it may drift by so much a period, and shrink in all."""
    t = np.arange(length)
    ups = np.where(t % period == 0, 1.0, 0.0) if period > 2 else (t % 2).astype(float)
    return ups * (1 - shrink * t / (length - 1)) + drift * (t // period)


@pytest.mark.parametrize(
    ("period", "length", "drift", "found"),
    [
        (2, 60, 0.0, 2), (3, 60, 0.0, 3), (7, 21, 0.0, 7), (7, 20, 0.0, None), (2, 6, 0.0, 2), (2, 5, 0.0, None),
        (20, 200, 0.0, 20), (64, 256, 0.0, None), (64, 320, 0.0, None), (2, 12, 0.0099, 2), (2, 12, 0.0102, None),
        (2, 24, 0.00895, 2), (2, 25, 0.00895, 2), (2, 26, 0.00895, None), (2, 27, 0.00895, None),
        (3, 36, 0.00895, 3), (3, 39, 0.00895, None), (3, 38, 0.00895, 3),
    ],
)  # fmt: skip  # rows as they are read
def test_oscillations_that_drift(period: int, length: int, drift: float, found: int | None) -> None:
    """A hundredth of the swing from one period to the next, a tenth over all whole periods; a third of the rows."""
    answer = told(wave(period, length, drift=drift))
    words = f"all residuals repeat every {period} steps to 1 % of their swing, drifting slowly"
    assert answer == (None if found is None else ("periodic", words, period))


def test_no_period_beyond_64_steps() -> None:
    """Random rows, repeated: nothing shorter repeats them."""
    for period, found in ((2, 2), (63, 63), (64, 64), (65, None)):
        answer = told(np.tile(NOISE[:period], 6)[: 5 * period + 32])
        assert (answer and answer[2]) == found


def test_oscillations_that_shrink() -> None:
    """From the first 32 rows to the last: a twentieth of the swing at the end is allowed, both ways."""
    for shrink, found in ((0.045, 2), (0.051, None), (-0.048, 2), (-0.056, None)):
        answer = told(wave(2, 2000, shrink=shrink))
        assert (answer and answer[2]) == found, shrink
    two = np.stack([wave(2, 2000), 40 + wave(2, 2000, shrink=0.06)], axis=1)
    assert (told(two) or (0, 0, 0))[2] == 2  # what swings most is steady


# ------------------------------------------------------------------------------------------------ what ends, what lasts


def column(length: int, **changes: float) -> Array:
    """Zeros, but for what stands so many rows before the end."""
    rows = np.zeros((length, 1))
    for place, value in changes.items():
        rows[-int(place.removeprefix("last_"))] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "settled"),
    [
        (column(100, last_17=1), True), (column(100, last_16=1), False), (column(100, last_1=0.125), True),
        (column(100, last_1=-0.126), False),
        (9 + column(100, last_51=1), True), (9 + column(100, last_50=1), False), (9 + column(100, last_50=0.125), True),
        (9 + column(101, last_51=1), True), (9 + column(4000, last_1025=1), True),
        (9 + column(4000, last_1024=1), False),
        (np.hstack([column(100), column(100, last_1=-5)]), False),
        (column(100, last_1=0.125, last_2=-0.125), True), (9 + column(100, last_1=0.1, last_3=-0.1), False),
    ],
)  # fmt: skip  # rows as they are read
def test_what_has_settled(rows: Array, *, settled: bool) -> None:
    """Zero to ⅛ in the last 16 steps, or constant to ⅛ in the second half, of which 1024 rows count."""
    assert module._settled(rows, 0.125) is settled


def repeated(period: int, length: int, **changes: float) -> Array:
    """Random rows that repeat, the largest being 1000 in size, and what is added so many rows before the end."""
    part = NOISE[:period] / np.abs(NOISE[:period]).max() * 1000
    return np.tile(part, length // period + 1)[:length, np.newaxis] + column(length, **changes)


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        (repeated(2, 200), (2, True)), (repeated(3, 200), (3, True)), (repeated(256, 2000), (256, True)),
        (repeated(257, 2000), (None, False)), (repeated(8, 48), (8, True)), (repeated(8, 46), (None, False)),
        (np.full((100, 1), 5.0), (2, True)),
        (repeated(5, 200, last_101=500), (5, True)), (repeated(5, 200, last_100=500), (None, False)),
        (repeated(5, 4000, last_1025=500), (5, True)), (repeated(5, 4000, last_1024=500), (None, False)),
        (repeated(5, 200, last_40=0.9), (None, True)), (repeated(5, 200, last_40=1.1), (None, False)),
        (repeated(5, 200, last_6=0.9), (None, True)), (repeated(5, 200, last_6=1.1), (None, False)),
        (repeated(5, 200, last_40=0.9e-5), (5, True)), (repeated(5, 200, last_40=1.1e-5), (None, True)),
        (np.hstack([repeated(2, 200), repeated(3, 200)]), (6, True)),
        (np.arange(100.0)[:, np.newaxis] * 1e-9 + repeated(2, 100), (2, True)),
        (np.arange(100.0)[:, np.newaxis] * 1e-6 + repeated(2, 100), (None, True)),  # a drift that adds up
        (np.array([[0.0], [1000.0]] * 100) + column(200, last_10=1.0), (None, True)),
        (np.array([[0.0], [1000.0]] * 100) + column(200, last_4=1.0), (None, True)),
        (np.array([[0.0], [1000.0]] * 100) + column(200, last_10=2.0**-17), (2, True)),
    ],
)  # fmt: skip  # rows as they are read
def test_what_repeats(rows: Array, answer: tuple[int | None, bool]) -> None:
    """To 10⁻⁸ of 1000, or nearly: to a thousandth.  A third of the second half at least, of which 1024 rows count."""
    assert module._period(rows, 1e-8) == answer


def test_a_tie_repeats() -> None:
    """What differs by just the tolerance repeats."""
    rows = np.array([[0.0], [1024.0]] * 100) + column(200, last_10=1.0)
    assert module._period(rows, 2.0**-10) == (2, True)
    assert module._period(rows, 2.0**-11) == (None, True)
    last = np.array([[1000.0], [0.0]] * 100) + column(200, last_1=1.0)
    assert module._period(last, 1e-8) == (None, True)  # by just a thousandth, nearly


def test_a_tie_is_on_its_way() -> None:
    """A hundredth and a tenth of 100, a twentieth of 20: each may be reached."""
    by_one = 100.0 * (np.arange(22) % 2) + np.arange(22) // 2
    t = np.arange(200)
    from_21_to_20 = np.where(t % 2 == 1, np.maximum(20, 21 - t // 2 / 8), 0.0)
    for rows in (by_one, from_21_to_20):
        assert told(rows)[2] == 2


def test_what_grows_from_block_to_block() -> None:
    """The second half in eight blocks; each must be above the one before, in size and in any sample."""
    for turned, growing in ((0, True), *((k, False) for k in range(1, 8))):
        peaks = np.arange(1.0, 9)
        peaks[turned] = max(turned, 1)  # as large as the one before
        rows = np.zeros((160, 2))
        rows[:80] = 1e9
        rows[80:, turned % 2] = np.repeat(peaks, 10) * (-1.0) ** np.arange(80)
        assert module._growing(rows) is growing
    odd = np.append(np.full(8, 1e9), np.arange(9.0))[:, np.newaxis]
    assert module._growing(odd)


# ------------------------------------------------------------------------------------------------------------ exponents


def test_exponents_of_a_constant_hessian() -> None:
    """Of ½·mean (xᵀw − y)², n = 2, with orthogonal rows of squared lengths s: log |1 − ηs/2|, the largest together."""
    features = [[0.6, 0.8, 0.0], [-1.6, 1.2, 0.0]]
    rates = [0.3, 0.9, 0.99]
    run = descend(LINEAR, features, [1.0, 2.0], step_sizes=rates, starts=[0.1, 0.2, 0.3], steps=40)
    wanted = [[math.log(abs(1 - rate * s / 2)) for s in (1.0, 4.0)] for rate in rates]
    for k in range(2):
        answers = observe_phases(run, sample=k)
        assert [answer.exponent for answer in answers] == pytest.approx([pair[k] for pair in wanted], abs=1e-9)
        assert [answer.exponent_error for answer in answers] == pytest.approx([0, 0, 0], abs=1e-9)
    together = [answer.exponent for answer in observe_phases(run)]
    assert together == pytest.approx([max(pair) for pair in wanted], abs=1e-9)
    by_sample = [answer.exponent for answer in observe_samples(run, run=1)]
    assert by_sample == pytest.approx(wanted[1], abs=1e-9)


def test_an_exponent_that_changes_has_the_error_of_ten_blocks() -> None:
    """A weight on its slow way, step by step: 100 steps are left out, and then ten times 200 are averaged."""
    rate, run = 0.001, descend(OneWeight(), [[1.0]], [1.0], step_sizes=0.001, starts=[0.2], steps=40)
    w, logs = float(run.weights[0, 0]), []
    for _ in range(2100):
        logs.append(math.log(abs(1 - rate * (3 * w * w - 1))))
        w -= rate * (w * w - 1) * w
    blocks = [statistics.fmean(logs[100 + 200 * k : 300 + 200 * k]) for k in range(10)]
    found = observe_phase(run)
    assert found.exponent == pytest.approx(statistics.fmean(blocks), rel=1e-9)
    assert found.exponent_error == pytest.approx(statistics.stdev(blocks) / math.sqrt(10), rel=1e-9)


def test_vectors_that_vanish() -> None:
    """At rate 1/λ a step leaves nothing of a tangent vector, and the logarithm of 10⁻³⁰⁰ stands for that of 0."""
    run = descend(LINEAR, [[1.0]], [1.0], step_sizes=[1.0], starts=[1.0], steps=40)
    found = observe_phase(run)
    assert found.exponent == pytest.approx(-300 * math.log(10))
    assert found.exponent_error == pytest.approx(0, abs=1e-9)
    assert found.label == "monotonic"


def test_tangent_vectors_are_different_for_each_neuron() -> None:
    """The minima of two equal neurons are a circle: along it nothing grows or shrinks, and only together they do."""
    model = TwoLayerNetwork(alpha=1, width=2)
    run = descend(model, [[1.0]], [1.0], step_sizes=0.2, starts=[[0.5], [0.5]], steps=300)
    assert observe_phase(run).exponent == pytest.approx(0, abs=1e-9)


def test_asked_twice_the_same_is_said() -> None:
    """Where directions shrink almost alike, the mean depends on the tangent vector that was drawn, with seed 0."""
    run = descend(LINEAR, [[1.0, 0.0], [0.0, 1.001]], [1.0, 2.0], step_sizes=[0.3], starts=[0.1, 0.2], steps=100)
    assert observe_phase(run) == observe_phase(run)
    first, second = np.random.default_rng(0).standard_normal(2)
    early, late = (
        math.hypot(first * (1 - 0.15) ** k, 1.001 * second * (1 - 0.15 * 1.001**2) ** k) / 0.85**k for k in (100, 2100)
    )
    assert observe_phase(run).exponent == pytest.approx(math.log(0.85) + math.log(late / early) / 2000, rel=1e-9)


def test_exponents_of_the_samples_of_a_network() -> None:
    """Targets −y, out of reach, leave all weights at 0: log |1 − 2ηys/n| along a row of squared length s."""
    model = TwoLayerNetwork(alpha=1, width=3)
    start = [[0.1, 0.2], [0.3, -0.1], [0.2, 0.2]]
    run = descend(model, [[1.0, 0.0], [0.0, 2.0]], [-1.0, -2.0], step_sizes=[0.1, 0.05], starts=start, steps=800)
    for k, rate in enumerate((0.1, 0.05)):
        wanted = [math.log(1 - rate * 1 * 1), math.log(1 - rate * 2 * 4)]
        assert [found.exponent for found in observe_samples(run, run=k)] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(("room", "batches"), [(0, [1, 1, 1, 1, 1]), (36, [2, 2, 1]), (54, [3, 2])])
def test_runs_are_followed_together_as_far_as_there_is_room(
    monkeypatch: pytest.MonkeyPatch, room: int, batches: list[int]
) -> None:
    """Three arrays of weights × samples, here of 3 × 2 numbers, for each run."""
    run = descend(LINEAR, np.eye(2, 3), [1.0, 2.0], step_sizes=[0.1, 0.2, 0.3, 0.4, 0.5], starts=[0.0] * 3, steps=40)
    sizes: list[int] = []
    plain = PhaseRetrieval.hessian_product

    def spy(self: PhaseRetrieval, weights: Array, *rest: Array) -> Array:
        return noted(sizes, len(weights), plain(self, weights, *rest))

    monkeypatch.setattr(PhaseRetrieval, "hessian_product", spy)
    monkeypatch.setattr(module, "_WORKING_SET", room)
    found = [answer.exponent for answer in observe_phases(run)]
    assert found == pytest.approx([math.log(1 - rate / 2) for rate in (0.1, 0.2, 0.3, 0.4, 0.5)], abs=1e-9)
    assert [sizes[2100 * k] for k in range(len(sizes) // 2100)] == batches
    assert len(sizes) == 2100 * len(batches)


def test_regression_a_row_of_zeros_moves_nothing() -> None:
    """Its residual stays where it is, whatever the others do: that is no point from which nearby runs move away."""
    starts = [0.5, 0.5]
    for features in ([[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]):
        run = descend(PLAIN, features, [1.0, 0.5], step_sizes=0.3, starts=starts, steps=200)
        for found in (*observe_samples(run), observe_phase(run)):
            assert (found.label, found.detail) == ("monotonic", "the loss never rose, and it settled")


def test_directions_of_samples() -> None:
    x = np.array([[0.3, 0.4], [0.0, 0.0], [0.0, -2.0]])
    assert module._tangent_rows(x, [(0, None), (1, 0)]) is None
    rows = module._tangent_rows(x, [(0, 2), (1, 0), (2, 1)])
    assert rows is not None
    assert np.allclose(rows, np.array([[0, -1], [0.6, 0.8], [0, 0]]), rtol=0, atol=1e-15)

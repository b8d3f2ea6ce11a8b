"""Transitions against scripted phases: brackets, records, words and refusals, without waiting for gradient descent.

What a run is called is written down beforehand (:class:`Script`); only the arithmetic around it is what is tested.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from edges import noted
from knob import rng, trials

import symphase.transitions
from symphase.descent import descend
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import Model, PhaseRetrieval, TwoLayerNetwork
from symphase.problems import Problem, problem_from_data
from symphase.tables import dataset
from symphase.transitions import (
    LABELS,
    EmpiricalBoundaries,
    Transition,
    _bisect,
    _final_sharpness,
    _label,
    _range,
    empirical_boundaries,
    observe_problem,
)

PLAIN = PhaseRetrieval(gamma=2, c=0)
DIVERGENT, UNDECIDED = LABELS.index("divergent"), LABELS.index("undecided")
# The loss is (w² − 1)²/2: its gradient 2w(w² − 1), its Hessian 6w² − 2, and a = 2η.
PROBLEM = problem_from_data(dataset([[1.0]], [1.0]), PLAIN)
STEPS = 77

Judge = Callable[[int, float], int]


class Script:
    """Stands in for ``_label``: what run number k is called at a step size, and what was asked."""

    def __init__(self, problem: Problem, starts: Any, judge: Judge, steps: int = STEPS) -> None:
        self.problem, self.starts, self.judge, self.steps = problem, np.asarray(starts, dtype=float), judge, steps
        self.asked: list[float] = []

    def __call__(self, problem: Problem, rates: Any, starts: Any, steps: int) -> Any:
        assert problem is self.problem
        assert steps == self.steps
        assert len(rates) == len(starts)
        self.asked += [float(rate) for rate in rates]
        places = [next(k for k, mine in enumerate(self.starts) if (mine == start).all()) for start in starts]
        return np.array([self.judge(k, float(rate)) for k, rate in zip(places, rates, strict=True)], dtype=np.int64)


def after(*ends: float) -> Judge:
    """One phase after the other: the number of ends at or below the step size."""
    return lambda _, rate: sum(end <= rate for end in ends)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    def start(*arguments: Any, **more: Any) -> Script:
        script = Script(*arguments, **more)
        monkeypatch.setattr(symphase.transitions, "_label", script)
        return script

    return start


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


# ---------------------------------------------------------------------------------------------------------- the records


def transition(lower: list[float], upper: list[float], **more: Any) -> Transition:
    given = {"name": "catapult → periodic", "runs": 4, "stopped": 1}
    return Transition(lower=np.array(lower), upper=np.array(upper), **{**given, **more})


def boundaries(*transitions: Transition, **more: Any) -> EmpiricalBoundaries:
    given: dict[str, Any] = {
        "problem": replace(PROBLEM, name="<b> and an extraordinary long name"),
        "transitions": transitions,
        "step_sizes": np.array([0.25, 2.0]),
        "labels": np.array([[0], [4]]),
        "starts": np.array([[0.5]]),
        "runs": 1,
        "steps": STEPS,
        "unit": 0.5,
        "sharpness": 4.0,
        "seed": "starts given",
    }
    return EmpiricalBoundaries(**{**given, **more})


def test_a_transition_tells_its_brackets() -> None:
    made = transition([1.0, 2.0, 1.5], [1.5, 2.5, 2.25])
    assert (made.found, made.step_size, made.spread) == (3, 1.875, (1.0, 2.5))  # middles 1.25, 2.25, 1.875
    mean = (1.25 + 2.25 + 1.875) / 3
    variance = sum((middle - mean) ** 2 for middle in (1.25, 2.25, 1.875)) / 2
    halves = (0.25 + 0.25 + 0.375) / 3
    assert made.standard_error == pytest.approx(math.sqrt(variance / 3 + halves**2), rel=1e-12)
    assert not made.lower.flags.writeable
    assert not made.upper.flags.writeable
    assert made.certainty is Certainty.OBSERVED
    assert transition([1.0, 2.0], [1.0, 2.0]).standard_error == pytest.approx(0.5, rel=1e-12)
    assert transition([1.0], [2.0]).standard_error is None
    never = transition([], [])
    assert (never.found, never.step_size, never.spread, never.standard_error) == (0, None, None, None)


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (transition([1.0], [1.46913578]), "step size ≈ 1.23457 (median), 1 of 4 starts [observed]"),
        (transition([], [], runs=1), "not found, 0 of 1 start [observed]"),
    ],
)
def test_the_line_of_a_transition(made: Transition, line: str) -> None:
    assert repr(made) == f"<Transition: catapult → periodic, {line}>"


def test_the_line_of_the_boundaries() -> None:
    made = boundaries(transition([1.0], [2.0]), transition([1.0, 1.0], [2.0, 2.0]), transition([], []), runs=2)
    # 20 characters of the name
    assert repr(made) == "<EmpiricalBoundaries: <b> and an extraord…, 2 of 3 transitions from 2 starts [observed]>"
    assert boundaries(transition([], []))._line().endswith(", 0 of 1 transition from 1 start [observed]")
    assert made.certainty is Certainty.OBSERVED
    assert not made.step_sizes.flags.writeable
    assert not made.labels.flags.writeable


def test_step_sizes_in_other_units() -> None:
    made = boundaries()
    assert (made.in_a(1.25), made.in_sharpness(1.25)) == (2.5, 5.0)
    two = problem_from_data(dataset([[1.0, 0.0], [0.0, 3.0]], [1.0, 0.5]), PLAIN)
    assert boundaries(problem=two).scales(3.0).tolist() == [3.0, 13.5]  # 2η‖x‖²y/n
    bare = boundaries(unit=None, sharpness=None)
    assert (bare.in_a(1.25), bare.in_sharpness(1.25)) == (None, None)


@pytest.mark.parametrize("method", ["in_a", "scales", "in_sharpness"])
def test_a_step_size_must_be_a_number(method: str) -> None:
    with pytest.raises(InputError) as caught:
        getattr(boundaries(), method)("much")
    assert caught.value.argument == "step_size"


def test_the_table_of_the_boundaries() -> None:
    found, never = transition([1.0, 1.25], [1.5, 1.75]), transition([], [], name="a <b> c")
    html = boundaries(found, never)._repr_html_()
    (caption,) = re.findall(r"<caption[^>]*>(.*?)</caption>", html)
    assert caption.startswith("<strong>&lt;b&gt; and an extraordinary long name</strong> <")
    assert re.sub("<[^>]*>", "", caption).endswith(" observed")
    columns = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html)
    assert columns == ["transition", "step size (median)", "spread", "step size × sharpness", "starts"]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)[1:]]
    assert rows == [
        ["catapult → periodic", "1.375", "1 to 1.75", "5.5", "2 of 4"],
        ["a &lt;b&gt; c", "—", "—", "—", "0 of 4"],
    ]
    assert "more</td>" not in html
    assert "<td" in html
    blind = boundaries(found, sharpness=None)._repr_html_()
    assert re.findall(r"<td[^>]*>(.*?)</td>", blind) == ["1.375", "1 to 1.75", "—", "2 of 4"]


# ------------------------------------------------------------------------------------------------------- labelled runs


def scripted_training(monkeypatch: pytest.MonkeyPatch, problem: Problem, wanted: bool) -> list[Any]:
    """Runs that are called by the size of step size + start: how many were asked for together is written down."""
    sizes: list[Any] = []

    def run(model: Any, features: Any, targets: Any, *, step_sizes: Any, starts: Any, steps: int) -> Any:
        assert model is problem.model
        assert features is problem.features
        assert targets is problem.targets
        assert len(step_sizes) == len(starts)
        return noted(sizes, (len(starts), steps), step_sizes + starts[:, 0])

    def observe(seen: Any, *, approaching: bool) -> Any:
        assert approaching is wanted
        return [SimpleNamespace(label=LABELS[int(place)]) for place in seen]

    monkeypatch.setattr(symphase.transitions, "descend", run)
    monkeypatch.setattr(symphase.transitions, "observe_phases", observe)
    return sizes


@pytest.mark.parametrize(
    ("less", "blocks"), [(0, [2, 2, 1]), (1, [1, 1, 1, 1, 1]), (10**9, [1, 1, 1, 1, 1]), (-(10**9), [5])]
)
def test_blocks_are_as_large_as_memory_allows(monkeypatch: pytest.MonkeyPatch, less: int, blocks: list[int]) -> None:
    """Of 5 runs of 9 steps, each step with the residuals of 2 samples and a loss: (9 + 1)·(2 + 1) numbers a run."""
    problem = problem_from_data(dataset([[1.0], [1.0]], [1.0, 1.0]), PLAIN)
    sizes = scripted_training(monkeypatch, problem, True)
    monkeypatch.setattr(symphase.transitions, "_BLOCK_BYTES", 2 * 8 * (10 * 3) - less)
    codes = _label(problem, np.array([0.0, 1.0, 2.0, 3.0, 0.0]), np.array([[0.0], [1.0], [0.0], [2.0], [4.0]]), 9)
    assert codes.tolist() == [0, 2, 2, 5, 4]
    assert codes.dtype == _label(problem, np.empty(0), np.empty((0, 1)), 9).dtype == np.int64
    assert sizes == [(size, 9) for size in blocks]


@pytest.mark.parametrize(("samples", "most"), [(1, 2**27 - 1), (3, 2**26 - 1)])
def test_one_run_of_two_gibibytes_is_the_longest(monkeypatch: pytest.MonkeyPatch, samples: int, most: int) -> None:
    """(steps + 1)·(samples + 1) numbers of 8 bytes."""
    problem = problem_from_data(dataset([[1.0]] * samples, [1.0] * samples), PLAIN)
    scripted_training(monkeypatch, problem, True)
    assert _label(problem, np.array([3.0]), np.array([[0.0]]), most).tolist() == [3]
    told = refusal(lambda: _label(problem, np.array([3.0]), np.array([[0.0]]), most + 1))
    assert told == f"steps = {most + 1}: would take 2 GiB, more than 2 GiB; run fewer steps"


def test_runs_may_be_judged_where_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_training(monkeypatch, PROBLEM, False)
    assert _label(PROBLEM, np.array([3.0]), np.array([[0.0]]), 9, False).tolist() == [3]


@pytest.mark.parametrize(
    ("given", "steps", "approaching", "codes"),
    [
        ({"step_sizes": [0.3, 0.6], "starts": [[0.5], [2.0]], "runs": 2}, 4000, True, [[0, 1], [2, 3]]),
        ({"step_sizes": 0.3, "starts": [0.5], "steps": 1, "approaching": False}, 1, False, [[0]]),
    ],
)
def test_every_step_size_is_seen_from_every_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], steps: int, approaching: bool, codes: list[list[int]]
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(symphase.transitions, "_label", lambda *rest: noted(asked, rest, np.arange(len(rest[1]))))
    assert observe_problem(PROBLEM, **given).tolist() == codes
    ((problem, rates, starts, *rest),) = asked
    assert problem is PROBLEM
    assert rates.tolist() == ([0.3, 0.3, 0.6, 0.6] if len(codes) == 2 else [0.3])
    assert starts.tolist() == [[0.5], [2.0], [0.5], [2.0]][: len(rates)]
    assert rest == [steps, approaching]


def test_starts_are_drawn_from_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The draw costs one step, however long the runs are."""
    seen: list[Any] = []

    def draw(*data: Any, **more: Any) -> Any:
        return noted(seen, (data, more), descend(*data, **more))

    monkeypatch.setattr(symphase.transitions, "descend", draw)
    monkeypatch.setattr(symphase.transitions, "_label", lambda *rest: np.zeros(len(rest[1])))
    monkeypatch.setattr(symphase.transitions, "_range", lambda *_: (0.25, 2.0))
    monkeypatch.setattr(symphase.transitions, "_final_sharpness", lambda *_: None)
    observe_problem(PROBLEM, step_sizes=[0.5, 0.7], runs=2, rng=5)
    found = empirical_boundaries(PROBLEM, runs=3, rng=6, steps=32, points=4)
    assert found.seed == "rng=6"
    assert found.starts.shape == (3, 1)
    for (data, more), size, seed, rates in zip(seen, (2, 3), (5, 6), ([0.5, 0.7], 1.0), strict=True):
        assert [id(each) for each in data] == [id(PROBLEM.model), id(PROBLEM.features), id(PROBLEM.targets)]
        assert more == {"step_sizes": rates, "starts": None, "runs": size, "rng": seed, "steps": 1}


# --------------------------------------------------------------------------------------------------- the range of rates


# gradients 0, 48, −0.75 and 0.27…: w/|∇L| = 1/|2(w² − 1)| is 1/16, 2/3 and 3.9 where it is not 0/0
WEIGHTS = [[0.0], [3.0], [0.5], [1.0625]]


@pytest.mark.parametrize(
    ("ends", "expected", "asked"),
    [
        # up: from 2^round(log₂ 2/3) = 1/2; the last start diverges from 10·1.3 on, the first rises from 0.3 on
        ((0.3, 10.0), (0.25, 16.0), [0.25, 0.5, 1, 2, 4, 8, 16, 8, 4, 2, 1, 0.5, 0.25]),
        # down: 1/32 > 0.02·1.3 ≥ 1/64
        ((0.01, 0.02), (2**-7, 2**-5), [1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 32, 1 / 64, 1 / 128]),
        # at once, and the ends themselves: what diverges from 1/2 on diverges at 1/2
        ((0.25, 0.5 / 1.3), (0.125, 0.5), [0.25, 0.5, 0.25, 0.125]),
    ],
)
def test_the_range_is_found_by_doubling_and_halving(
    play: Callable[..., Script], ends: tuple[float, float], expected: tuple[float, float], asked: list[float]
) -> None:
    def judge(run: int, rate: float) -> int:
        return 0 if rate < ends[0] * (1 + run / 10) else DIVERGENT if rate >= ends[1] * (1 + run / 10) else 2

    script = play(PROBLEM, WEIGHTS, judge)
    assert _range(PROBLEM, np.array(WEIGHTS), STEPS) == expected
    assert script.asked == [rate for rate in asked for _ in WEIGHTS]


@pytest.mark.parametrize(
    ("model", "count", "start", "begin"),
    [
        # a gradient of −1 at the origin, where there is no length to compare with
        (PhaseRetrieval(gamma=2, c=1), 1, [0.0], 1.0),
        # two orthogonal samples: the gradient wᵢ(wᵢ² − 1) is (−60, −0.375), and 4/60 nearest to 2⁻⁴
        (PLAIN, 2, [-4.0, 0.5], 2**-4),
        # two neurons: 2w(|w|² − 1) is 2·0.27 times the weights, and 1.85 nearest to 2
        (TwoLayerNetwork(alpha=1, outer_weights=(1, 1)), 1, [[0.3], [0.8]], 2.0),
    ],
)
def test_where_the_search_begins(
    play: Callable[..., Script], model: Model, count: int, start: list[Any], begin: float
) -> None:
    problem = problem_from_data(dataset(np.eye(count), [1.0] * count), model)
    script = play(problem, [start], after(0.1, 0.2, 0.3, 0.4))
    assert _range(problem, np.array([start]), STEPS) == (2**-4, 0.5)
    assert script.asked[0] == begin / 2


@pytest.mark.parametrize(
    ("code", "label", "last", "asked"),
    [
        (DIVERGENT, "divergent", 2.0**-61 / 2, 61),  # all fall apart at 1/4, 1/8, …
        (UNDECIDED, "divergent", 2.0**59, 62),  # nothing at 1/4, 1/2, 1, …
        (None, "monotonic", 2.0**-61, 0),
    ],
)
def test_the_search_ends_sixty_octaves_away(
    play: Callable[..., Script], code: int | None, label: str, last: float, asked: int
) -> None:
    script = play(PROBLEM, WEIGHTS, (lambda _, rate: 4 * (rate >= 4) or 1) if code is None else lambda *_: code)
    told = refusal(lambda: _range(PROBLEM, np.array(WEIGHTS), STEPS))
    said = f"have no step size at which all are {label} within 2^60 of 0.5"
    assert told == f"starts = 4 of them: {said}; give other starts or more steps"
    assert script.asked[-1] == last
    assert not asked or len(script.asked) == 4 * asked


def test_starts_that_never_move_are_refused(play: Callable[..., Script]) -> None:
    play(PROBLEM, [[0.0], [1.0]], after(1, 2, 3, 4))
    told = refusal(lambda: _range(PROBLEM, np.array([[0.0], [1.0]]), STEPS))
    assert told == "starts = all of them: are critical points: no step size moves them; give other starts"


def test_regression_weights_whose_squares_are_beyond_floats() -> None:
    """The search began at the ratio of two Euclidean lengths, one of them inf: that was an OverflowError.

    One sample of q = ‖x‖² = 10⁻²⁷⁰ and y = 4·10⁴⁰: a = 2ηqy is 1 at η = 1.25·10²²⁹.
    """
    problem = problem_from_data(dataset([[1e-135]], [4e40]), PLAIN)
    found = empirical_boundaries(problem, starts=[1e155], runs=1, steps=64, points=4, tolerance=0.5)
    for transition, end in zip(found.transitions[1::2], (1.25e229, 2.5e229), strict=True):
        assert transition.found == 1
        assert transition.lower[0] <= end <= transition.upper[0]


@pytest.mark.parametrize(
    ("size", "start", "begin"),
    [(1e-160, 2e160, "9.75e+288"), (1.0, 1e160, "1")],  # w/|∇L| is 10³²⁰ or so; the gradient is beyond floats
)
def test_regression_step_sizes_beyond_floats_are_refused(
    play: Callable[..., Script], size: float, start: float, begin: str
) -> None:
    problem = problem_from_data(dataset([[size]], [1.0]), PLAIN)
    play(problem, [[start]], lambda *_: 0, steps=32)
    told = refusal(lambda: empirical_boundaries(problem, starts=[start], runs=1, steps=32, points=4))
    said = f"have no step size at which all are divergent within 2^60 of {begin}"
    assert told == f"starts = 1 of them: {said}; give other starts or more steps"


@pytest.mark.parametrize(("size", "label", "begin"), [(1e-155, 1e-4, 2.0**960), (1e150, 2.0, 2.0**-960)])
def test_the_search_begins_within_floats(play: Callable[..., Script], size: float, label: float, begin: float) -> None:
    """At weights of 1/‖x‖, w/|∇L| is 1/(2‖x‖²·|1 − y|): 10³⁰⁹ and 10⁻³⁰¹ or so, beyond 2^±960."""
    problem = problem_from_data(dataset([[size]], [label]), PLAIN)
    script = play(problem, [[1 / size]], after(begin / 2, begin / 2, begin / 2, begin / 2))
    assert _range(problem, np.array([[1 / size]]), STEPS) == (begin / 4, begin / 2)
    assert script.asked[0] == begin / 2


# ------------------------------------------------------------------------------------------------------- the bisection


def one_by_one(judge: Judge, run: int, rates: Any, level: int, width: float) -> tuple[float, float, bool] | None:
    """The bisection for one start and one transition alone, as the module's head describes it."""
    seen = [(float(rate), judge(run, rate)) for rate in rates]
    decided = [(rate, code) for rate, code in seen if code != UNDECIDED]
    high = next((rate for rate, code in decided if code >= level), None)
    if high is None or decided[0][0] == high:
        return None
    below = [(rate, code) for rate, code in decided if rate < high]
    low = below[-1][0]
    floor = next((rate for rate, code in reversed(below) if code < level - 1), low)
    while True:
        stuck = False
        while high - low > width * low and not stuck:
            for part in (0.5, 0.75, 0.25):
                at = low + (high - low) * part
                code = judge(run, at)
                if code != UNDECIDED:
                    low, high = (low, at) if code >= level else (at, high)
                    break
            else:
                stuck = True
        if low - floor <= width * low:
            return low, high, stuck
        last = floor
        for part in (0.9, 0.7, 0.5, 0.35, 0.2, 0.1, 0.04):
            at = low - (low - floor) * part
            code = judge(run, at)
            if code != UNDECIDED and code >= level:
                low, high = last, at
                break
            last = last if code == UNDECIDED else at
        else:
            return low, high, stuck


def patchwork(draws: np.random.Generator, runs: int) -> Judge:
    """Phases in order of step size, for each start its own, with windows and undecided places among them."""
    tables = []
    for _ in range(runs):
        cuts = np.sort(draws.uniform(1, 16, 14))
        codes = np.sort(draws.integers(0, 5, 15))
        strange = draws.random(15) < 0.3
        codes[strange] = draws.choice([0, 1, 2, 3, UNDECIDED, UNDECIDED], int(strange.sum()))
        codes[0], codes[-1] = 0, DIVERGENT
        tables.append((cuts, codes))
    return lambda run, rate: int(tables[run][1][np.searchsorted(tables[run][0], rate, side="right")])


def bisected(play: Callable[..., Script], judge: Judge, rates: Any, runs: int, width: float) -> tuple[Any, list[float]]:
    """What is found, and the step sizes that were asked for."""
    starts = np.arange(1.0, runs + 1)[:, np.newaxis]
    labels = np.array([[judge(run, rate) for run in range(runs)] for rate in rates], dtype=np.int64)
    script = play(PROBLEM, starts, judge)
    return _bisect(PROBLEM, starts, np.asarray(rates), labels, STEPS, width), script.asked


def test_all_starts_together_are_bisected_as_each_alone(play: Callable[..., Script]) -> None:
    draws, runs = rng("transitions"), 4
    windows = stuck = 0
    for _ in range(trials(40)):
        judge, width = patchwork(draws, runs), float(draws.choice([0.01, 0.1]))
        rates = np.geomspace(0.9, 17, int(draws.integers(4, 14)))
        found, _ = bisected(play, judge, rates, runs, width)
        for level, made in enumerate(found, start=1):
            each = [one_by_one(judge, run, rates, level, width) for run in range(runs)]
            kept = [one for one in each if one is not None]
            assert made.lower.tolist() == [low for low, _, _ in kept]
            assert made.upper.tolist() == [high for _, high, _ in kept]
            assert made.stopped == sum(stopped for _, _, stopped in kept)
            assert made.runs == runs
            windows += sum(high < next(rate for rate in rates if judge(0, rate) >= level) for _, high, _ in kept[:1])
            stuck += made.stopped
    assert windows  # some were found below the first grid point beyond
    assert stuck


def test_brackets_hold_the_ends_of_known_steps(play: Callable[..., Script]) -> None:
    ends = [(0.3, 0.5, 0.7, 1.0), (0.33, 0.55, 0.77, 1.1)]
    found, _ = bisected(play, lambda run, rate: after(*ends[run])(run, rate), [0.25, 0.4, 0.8, 2.0], 2, 1e-3)
    names = ["monotonic → catapult", "catapult → periodic", "periodic → chaotic", "chaotic → divergent"]
    assert [made.name for made in found] == names
    for level, made in enumerate(found):
        assert (made.found, made.runs, made.stopped) == (2, 2, 0)
        for run, (low, high) in enumerate(zip(made.lower, made.upper, strict=True)):
            assert low < ends[run][level] <= high
            assert 0.4e-3 * low < high - low <= 1e-3 * low


def test_brackets_as_narrow_as_asked_for_are_left_alone(play: Callable[..., Script]) -> None:
    """From 1 to 1.5 is exactly half of the step size: neither halved, nor looked below."""
    found, asked = bisected(play, after(1.5, 1.5, 1.5, 1.5), [1.0, 1.5], 1, 0.5)
    assert asked == []
    assert [(made.lower.tolist(), made.upper.tolist()) for made in found] == [([1.0], [1.5])] * 4
    # catapults from 2 on, the end from 3 on: below 2 it is half of it to where catapults cannot be, too
    found, asked = bisected(play, after(2.0, 3.0, 3.0, 3.0), [1.0, 2.0, 3.0], 1, 0.5)
    assert asked == [1.5]  # for catapults alone, between 1 and 2
    ends = [(1.5, 2.0), (2.0, 3.0), (2.0, 3.0), (2.0, 3.0)]
    assert [(float(made.lower[0]), float(made.upper[0])) for made in found] == ends


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        ([0, 0, 0], [0, 0, 0, 0]),  # nothing beyond
        ([4, 4, 4], [0, 0, 0, 0]),  # nothing below
        ([0, 5, 2], [1, 1, 0, 0]),
        ([5, 0, 1], [1, 0, 0, 0]),
        ([5, 5, 5], [0, 0, 0, 0]),
        ([1, 0, 4], [0, 1, 1, 1]),  # what comes after the first one beyond is not below it
    ],
)
def test_a_transition_needs_a_run_on_either_side(
    play: Callable[..., Script], codes: list[int], found: list[int]
) -> None:
    made, _ = bisected(play, lambda _, rate: codes[min(int(rate), 3) - 1], [1.0, 2.0, 3.0], 1, 0.1)
    assert [each.found for each in made] == found


# ------------------------------------------------------------------------------------------------------ the boundaries


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the final sharpness was asked for."""
    asked: list[Any] = []
    monkeypatch.setattr(symphase.transitions, "_final_sharpness", lambda *rest: noted(asked, rest, 9.0))
    return asked


def test_what_the_boundaries_are_made_of(play: Callable[..., Script], ended: list[Any]) -> None:
    """Three starts: w/|∇L| = 2/3, 1/6, 1/16 begin the search at 1/8; all diverge at 2 and are monotonic at 1/4."""
    starts = [[0.5], [2.0], [3.0]]

    def judge(run: int, rate: float) -> int:
        return after(0.3, 0.5, 0.7, 1.0)(run, rate / (1 + run / 10))

    play(PROBLEM, starts, judge)
    told: list[Any] = []
    made = empirical_boundaries(
        PROBLEM, runs=3, starts=starts, steps=STEPS, points=7, tolerance=0.005, progress=lambda *what: told.append(what)
    )
    rates = [0.25 * 2 ** (k / 2) for k in range(7)]
    assert made.problem is PROBLEM
    assert made.step_sizes == pytest.approx(rates, rel=1e-14)
    assert made.labels.tolist() == [[judge(run, rate) for run in range(3)] for rate in made.step_sizes]
    assert made.labels.dtype == np.int64
    assert made.starts.tolist() == starts
    assert (made.runs, made.steps, made.unit, made.sharpness, made.seed) == (3, STEPS, 0.5, 9.0, "starts given")
    for transition, end in zip(made.transitions, (0.3, 0.5, 0.7, 1.0), strict=True):
        for run, (low, high) in enumerate(zip(transition.lower, transition.upper, strict=True)):
            assert low <= end * (1 + run / 10) <= high
            assert 0.002 * low < high - low <= 0.005 * low
    ((problem, first, rate, steps),) = ended
    assert problem is PROBLEM
    assert first.tolist() == starts
    assert (rate, steps) == (0.25, STEPS)
    grid = [("grid of step sizes", k, 9) for k in range(1, 8)]
    assert told == [("range of step sizes", 0, 9), *grid, ("bisection", 8, 9), ("bisection", 9, 9)]


def test_what_is_run_when_nothing_is_said(play: Callable[..., Script], ended: list[Any]) -> None:
    drawn = descend(PLAIN, [[1.0]], [1.0], step_sizes=1, runs=8, rng=3, steps=1).starts
    play(PROBLEM, drawn, after(0.3, 0.5, 0.7, 1.0), steps=4000)
    made = empirical_boundaries(PROBLEM, rng=3)
    assert (made.runs, made.steps, made.labels.shape, made.seed) == (8, 4000, (24, 8), "rng=3")
    for transition, end in zip(made.transitions, (0.3, 0.5, 0.7, 1.0), strict=True):
        assert (transition.lower < end).all()
        assert (transition.upper >= end).all()
        assert (transition.upper - transition.lower <= 0.01 * transition.lower).all()
        assert (transition.upper - transition.lower > 0.004 * transition.lower).all()
    assert ended[0][3] == 4000


@pytest.mark.parametrize(
    ("outer", "labels", "unit"),
    [((1, -1), [1.0], None), ((1, 1), [-1.0], None), ((1, 1), [2.0, 1.0], 0.5)],
)
def test_the_unit_is_there_where_a_is(
    play: Callable[..., Script], ended: list[Any], outer: tuple[int, int], labels: list[float], unit: float | None
) -> None:
    """No single scale with outer weights of both signs, no a > 0 with a label out of reach; else a = 2ηy/n."""
    model = TwoLayerNetwork(alpha=1, outer_weights=outer)
    problem = problem_from_data(dataset(np.eye(len(labels)), labels), model)
    starts = np.full((1, *model.weight_shape(len(labels))), 0.3)
    play(problem, starts, after(0.3, 0.5, 0.7, 1.0), steps=32)
    assert empirical_boundaries(problem, runs=1, starts=starts, steps=32, points=4).unit == unit
    assert len(ended) == 1


@pytest.mark.parametrize("tolerance", [1e-6, 0.5, "1/2"])
def test_the_ends_of_what_is_accepted(play: Callable[..., Script], ended: list[Any], tolerance: object) -> None:
    play(PROBLEM, [[0.5]], after(0.3, 0.5, 0.7, 1.0), steps=32)
    made = empirical_boundaries(PROBLEM, runs=1, starts=[0.5], steps=32, points=4, tolerance=tolerance)
    assert made.labels.shape == (4, 1)
    assert ended


NO_PROBLEM = "must be a Problem; make one with make_problem or problem_from_data"
WIDTHS = "must be from 1e-6 to 0.5; the default is 0.01"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"problem": 3}, f"problem = 3: {NO_PROBLEM}"),
        ({"steps": 31}, "steps = 31: must be an integer ≥ 32; give a whole number"),
        ({"runs": 0}, "runs = 0: must be an integer ≥ 1; give a whole number"),
        ({"points": 3}, "points = 3: must be an integer from 4 to 10000; give a whole number"),
        ({"points": 10_001}, "points = 10001: must be an integer from 4 to 10000; give a whole number"),
        ({"tolerance": 0.99e-6}, f"tolerance = 9.9e-07: {WIDTHS}"),
        ({"tolerance": "0.51"}, f"tolerance = 0.51: {WIDTHS}"),
        ({"tolerance": -0.1}, f"tolerance = -0.1: {WIDTHS}"),
        ({"progress": 1}, "progress = 1: must be a function of (stage, done, total); or leave it out"),
        ({"rng": 1, "starts": [0.5]}, "rng = 1: is not used when starts are given; give one of the two"),
    ],
)
def test_what_boundaries_refuse(arguments: dict[str, Any], told: str) -> None:
    given = {"problem": PROBLEM, **arguments}
    assert refusal(lambda: empirical_boundaries(given.pop("problem"), **given)) == told


def test_a_tolerance_must_be_a_number() -> None:
    with pytest.raises(InputError) as caught:
        empirical_boundaries(PROBLEM, tolerance="narrow")
    assert caught.value.argument == "tolerance"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"problem": 3}, f"problem = 3: {NO_PROBLEM}"),
        ({"steps": 0}, "steps = 0: must be an integer ≥ 1; give a whole number"),
        ({"runs": 0}, "runs = 0: must be an integer ≥ 1; give a whole number"),
        ({"approaching": 1}, "approaching = 1: must be True or False; give one of them"),
        ({"step_sizes": []}, "step_sizes = []: must hold at least one number > 0; as [0.1, 0.2]"),
    ],
)
def test_what_observation_refuses(arguments: dict[str, Any], told: str) -> None:
    given = {"problem": PROBLEM, "step_sizes": 0.1, **arguments}
    assert refusal(lambda: observe_problem(given.pop("problem"), **given)) == told


# -------------------------------------------------------------------------------------------------- the final sharpness


def test_the_sharpness_is_the_median_of_the_runs_that_stayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hessians 6w² − 2 at w = 1, 2 and 5: 4, 22 and 148; the others escaped, one of them at once."""
    seen: list[Any] = []
    weights = np.array([[1.0], [3.0], [2.0], [5.0], [4.0]])
    end = SimpleNamespace(weights=weights, escape_step=np.array([-1, 0, -1, -1, 7]))
    monkeypatch.setattr(symphase.transitions, "descend", lambda *data, **more: noted(seen, (data, more), end))
    assert _final_sharpness(PROBLEM, weights, 0.25, STEPS) == pytest.approx(22, rel=1e-12)
    ((data, more),) = seen
    assert [id(each) for each in data] == [id(PROBLEM.model), id(PROBLEM.features), id(PROBLEM.targets)]
    assert more.pop("starts") is weights
    assert more == {"step_sizes": 0.25, "runs": 5, "steps": STEPS, "record_every": STEPS}
    end.escape_step = np.array([0, 0, 0, 1, 2])
    assert _final_sharpness(PROBLEM, weights, 0.25, STEPS) is None


def test_the_sharpness_is_the_largest_curvature() -> None:
    """Three coherent samples of two features: second differences of the loss around every run's end."""
    features, targets = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.5]]), np.array([1.0, 0.5, 2.0])
    problem = problem_from_data(dataset(features, targets), PLAIN)

    def loss(weight: Any) -> float:
        return float((((features @ weight) ** 2 - targets) ** 2).sum() / 6)

    def gradient(weight: Any) -> Any:
        inner = features @ weight
        return 2 * ((inner**2 - targets) * inner) @ features / 3

    starts = np.array([[0.5, 0.7], [-0.4, 1.0], [0.9, -0.3]])
    curvatures = []
    for start in starts:
        weight = start
        for _ in range(40):
            weight = weight - 0.05 * gradient(weight)
        step = 1e-4 * np.eye(2)
        hessian = [
            [sum(a * b * loss(weight + a * p + b * q) for a in (1, -1) for b in (1, -1)) / 4e-8 for p in step]
            for q in step
        ]
        curvatures.append(max(np.linalg.eigvalsh(np.array(hessian))))
    assert np.ptp(curvatures) > 0.1  # the median is not just any of them
    assert _final_sharpness(problem, starts, 0.05, 40) == pytest.approx(float(np.median(curvatures)), rel=1e-5)

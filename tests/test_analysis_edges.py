"""Edges of an analysis: where its numbers begin and end, and the words in which it is told."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from edges import noted, table

import symphase.analysis as module
from symphase.analysis import Analysis, analyze, basin_starts, largest_scale, phase_step_sizes
from symphase.descent import Descent, descend
from symphase.errors import InputError
from symphase.models import Model, OneWeight, PhaseRetrieval, TwoLayerNetwork
from symphase.observations import observe_samples
from symphase.phases import Phase, classify
from symphase.tables import dataset

PLAIN = PhaseRetrieval(gamma=2, c=0)
LINEAR = PhaseRetrieval(gamma=0, c=1)
ONE = dataset([[1.0]], [1.0])


@functools.cache
def whole() -> Analysis:
    return analyze(dataset(np.eye(2, 3), [0.5, 1.0]), step_size="0.4", steps=100, seed=3)


# ------------------------------------------------------------------------------------------------------------- in words


def test_an_analysis_in_one_line() -> None:
    assert repr(whole()) == "<Analysis: data, monotonic at step size 0.4 [exact]; the simulation agrees>"
    first, second = whole().comparisons
    assert (first.index, second.index) == (1, 0)
    wrong = dataclasses.replace(first, agrees=False)
    assert repr(first) == "<Comparison: sample 1, monotonic; observed monotonic: agrees>"
    assert repr(wrong) == "<Comparison: sample 1, monotonic; observed monotonic: disagrees>"
    unsure = dataclasses.replace(first, agrees=None)
    assert repr(unsure) == "<Comparison: sample 1, monotonic; observed monotonic: run too short to tell>"
    named = dataclasses.replace(whole().data, name="n" * 30)
    other = dataclasses.replace(whole(), data=named, comparisons=(wrong, second))
    line = repr(other)
    assert line == f"<Analysis: {'n' * 23}…, monotonic at step size 0.4 [exact]; the simulation disagrees>"


def test_an_analysis_as_tables() -> None:
    first, second = whole().comparisons
    told = dataclasses.replace(
        whole(),
        step_size_chosen=True,
        comparisons=(first, dataclasses.replace(second, agrees=False), dataclasses.replace(first, agrees=None)),
        data=dataclasses.replace(whole().data, name="a<b"),
    )
    html = told._repr_html_()
    caption, facts = table(html.partition("</table>")[0])
    assert caption == "<strong>a&lt;b</strong> at one step size"
    phase = facts.pop("phase")
    assert phase.startswith("<strong>monotonic</strong> ")
    assert ">exact<" in phase
    assert facts == {
        "data": "a&lt;b, 2 samples of 3 features",
        "model": "generalised phase retrieval",
        "step size": "0.4 (chosen: half of the largest monotonic one)",
        "rows": "The rows are pairwise orthogonal, exactly.",
    }
    assert table(whole()._repr_html_().partition("</table>")[0])[1]["step size"] == "0.4"
    below = html.partition("</table>")[2]
    assert ">Prediction beside simulation</caption>" in below
    heads = [part.partition("<")[0] for part in below.partition("</thead>")[0].split('baseline">')[1:]]
    assert heads == ["sample", "a", "predicted", "gradient descent", ""]
    rows = [part.partition("</tr>")[0] for part in below.partition("<tbody>")[2].split("<tr>")[1:]]
    verdicts = (">agrees", "><strong>disagrees</strong>", ">run too short to tell")
    for row, index, scale, verdict in zip(rows, (1, 0, 1), ("0.4", "0.2", "0.4"), verdicts, strict=True):
        cells = row.split("</t")[:5]
        assert cells[0].endswith(f">{index}")
        assert cells[1].endswith(f">{scale}")
        assert all(">monotonic <span" in cell for cell in cells[2:4])
        assert ">exact<" in cells[2]
        assert ">observed<" in cells[3]
        assert cells[4].endswith(verdict)


def test_rows_whose_cosines_are_too_small_to_be_named() -> None:
    """Two features: within 4 · 2 · 2⁻⁵² ≈ 1.8e-15."""
    rows = dataset([[1.0, 2.0**-80], [2.0**-81, -1.0]], [1.0, 1.0])
    assert analyze(rows, steps=40).orthogonality == (
        "The rows are orthogonal to rounding: the largest cosine is below 2⁻⁶⁰, within 1.8e-15; they are treated as "
        "orthogonal."
    )


def test_what_an_analysis_is_made_of() -> None:
    found, samples = whole(), list(whole().classification)
    assert (found.seed, found.step_size, found.step_size_chosen) == (3, Fraction(2, 5), False)
    assert (found.simulation.steps, found.simulation.step_sizes.tolist()) == (100, [0.4])
    assert [each.scale for each in found.comparisons] == [Fraction(2, 5), Fraction(1, 5)]
    for each in found.comparisons:
        assert each.predicted == samples[each.index].classification
        assert each.observed.sample == each.index
        assert each.agrees is True
    assert analyze(ONE, steps=1).simulation.steps == 1
    plain = analyze(ONE)
    assert (plain.seed, plain.simulation.steps, plain.step_size_chosen) == (0, 2000, True)
    # half of √2 − 1, to two digits
    assert plain.step_size == Fraction("0.21")
    assert isinstance(plain.model, PhaseRetrieval)
    assert (plain.model.gamma, plain.model.c) == (2, 0)


def test_half_of_what_is_surely_monotonic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the two ends between which the largest step size lies, the lower one counts."""
    wide = SimpleNamespace(bounds=(Fraction("0.4"), Fraction("0.6")))
    monkeypatch.setattr(module, "step_boundaries", lambda *_: [wide])
    assert analyze(ONE, steps=40).step_size == Fraction("0.2")


def test_as_many_steps_as_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_STEPS", 40)
    assert analyze(ONE, steps=40).simulation.steps == 40
    with pytest.raises(InputError) as caught:
        analyze(ONE, steps=41)
    assert str(caught.value) == "steps = 41: must be an integer from 1 to 40 for 1 sample; give a whole number"


def test_a_loss_that_rises_where_it_must_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Predicted at a = 0.4, run at a = 0.9 from z = 0.9 (w² − 1): f(z) = (z + a)(1 − z)² − a is larger."""
    drawn = float(np.random.default_rng(27).standard_normal())
    z = 0.9 * (drawn**2 - 1)
    assert abs((z + 0.9) * (1 - z) ** 2 - 0.9) > 1.1 * abs(z)

    def wrong(*arguments: Any, step_sizes: float, **options: Any) -> Descent:
        return descend(*arguments, step_sizes=2.25 * step_sizes, **options)

    monkeypatch.setattr(module, "descend", wrong)
    found = analyze(ONE, step_size="0.2", seed=27)
    assert found.comparisons[0].predicted.phase is Phase.MONOTONIC
    assert found.comparisons[0].observed.label == "catapult"
    assert found.comparisons[0].agrees is False


@pytest.mark.parametrize("samples", [5, 6])
def test_five_samples_are_compared(monkeypatch: pytest.MonkeyPatch, samples: int) -> None:
    """All samples are looked at together where there are no more than that."""
    together: list[int] = []
    monkeypatch.setattr(module, "observe_samples", lambda run: noted(together, 1, observe_samples(run)))
    heard: list[tuple[str, int, int]] = []
    data = dataset(np.eye(samples), np.arange(1, samples + 1) / 8)
    found = analyze(data, step_size="0.5", steps=40, progress=lambda *told: heard.append(told))
    assert [each.index for each in found.comparisons] == list(range(samples))[::-1][:5]
    assert [each.observed.sample for each in found.comparisons] == list(range(samples))[::-1][:5]
    assert len(together) == (samples == 5)
    stages = ("placing the samples", "gradient descent", "looking at what it did", "done")
    assert heard == [(stage, done, 3) for done, stage in enumerate(stages)]


# ------------------------------------------------------------------------------------------------------ what is refused


def test_what_is_refused_and_how() -> None:
    text: Any = "abc"
    out = dataset([[1.0]], [-1.0], name="out")
    bare = PhaseRetrieval(gamma=2)
    said: dict[str, Callable[[], object]] = {
        "data = abc: must be a DataSet; see read_table and dataset": lambda: analyze(text),
        "steps = 0: must be an integer from 1 to 10000000 for 1 sample; ": lambda: analyze(ONE, steps=0),
        "seed = -1: must be an integer ≥ 0; give a whole number": lambda: analyze(ONE, seed=-1),
        "model = abc: must be a model; give PhaseRetrieval(gamma=2, c=0), for example": lambda: analyze(
            ONE, model=text
        ),
        f"model = {bare.name}: has parameters without a number: c; give each a number": lambda: analyze(
            ONE, model=bare
        ),
        f"model = {OneWeight().name}: must be PhaseRetrieval or TwoLayerNetwork for a table of features; see "
        "symphase.models": lambda: analyze(ONE, model=OneWeight()),
        "data = out: has no target that the model can reach (every a ≤ 0); give a step size to classify it": lambda: (
            largest_scale(PLAIN, out)
        ),
        "step_size = 0: ": lambda: analyze(ONE, step_size=0),
        "runs = 0: must be an integer ≥ 1; give a whole number": lambda: basin_starts(PLAIN, ONE, Fraction(1), 0, 0),
        # what was given is named, not what would follow from it
        "c = 1": lambda: analyze(ONE, model=PhaseRetrieval(gamma=2, c="1e300")),
    }
    for words, call in said.items():
        with pytest.raises(InputError) as caught:
            call()
        assert str(caught.value).startswith(words)
    for model, names in ((TwoLayerNetwork(width=3), "alpha"), (PhaseRetrieval(), "c, gamma")):
        with pytest.raises(InputError, match=f": has parameters without a number: {names}; give each a number$"):
            module._curvature(model)


@pytest.mark.parametrize("step_size", ["1e200", "1e-200"])
def test_what_cannot_be_simulated_is_refused_before_work_begins(step_size: str) -> None:
    heard: list[tuple[str, int, int]] = []
    with pytest.raises(InputError, match=r"^step_size = "):
        analyze(ONE, step_size=step_size, progress=lambda *told: heard.append(told))
    assert heard == []


def test_zero_targets_cannot_be_reached_and_small_ones_can() -> None:
    with pytest.raises(InputError, match="no target"):
        largest_scale(PLAIN, dataset([[1.0]], [0.0]))
    assert largest_scale(PLAIN, dataset([[1.0]], [5e-324])) == 2 * Fraction(5e-324)


OUT_OF_RANGE = "must lie between 1e-140 and 1e140 in size to be simulated in floats; rescale the data, or use classify"
LOW, HIGH = Fraction(1, 10**140), Fraction(10**140)


@pytest.mark.parametrize("edge", ["low", "high"])
def test_what_floats_can_simulate(edge: str) -> None:
    """Both ends are in; targets may be as small as they like, and zeros are no sizes."""
    at, inside, beyond = (LOW, 2 * LOW, LOW / 2) if edge == "low" else (HIGH, HIGH / 2, 2 * HIGH)

    def told(model: Model, *, norm: Fraction = Fraction(1), step_size: Fraction = Fraction(1)) -> str:
        data: Any = SimpleNamespace(norms_squared=(norm,), targets=ONE.targets)
        try:
            module._check_range(model, data, step_size)
        except InputError as error:
            return str(error)
        return ""

    for fine in (at, inside, -at, Fraction(0)):
        if fine > 0:
            assert told(PLAIN, step_size=fine) == told(PLAIN, norm=fine) == ""
            assert told(TwoLayerNetwork(alpha=fine)) == ""
        assert told(PhaseRetrieval(gamma=HIGH, c=fine)) == ""
        assert told(PhaseRetrieval(gamma=fine or 2, c=1)) == ""
    assert told(PLAIN, step_size=beyond).startswith("step_size = ")
    assert told(PhaseRetrieval(gamma=2, c=-beyond)).startswith("c = ")
    assert told(PhaseRetrieval(gamma=-beyond, c=0)).startswith("gamma = ")
    assert told(TwoLayerNetwork(alpha=beyond)).startswith("alpha = ")
    for message in (told(PLAIN, step_size=beyond), told(TwoLayerNetwork(alpha=beyond))):
        assert f": {OUT_OF_RANGE} (exact)" in message
    for model in (PLAIN, TwoLayerNetwork(alpha=1)):
        assert told(model, norm=beyond).startswith("features = ")
    lengths = OUT_OF_RANGE.replace("lie", "have squared lengths").replace("in size ", "")
    assert f": {lengths} (exact)" in told(PLAIN, norm=beyond)


def test_regression_a_saddle_beyond_floats() -> None:
    """Where γ is small, the residuals begin at c²/γ; how small that is does not matter."""
    assert analyze(ONE, model=PhaseRetrieval(gamma="1e-20", c=10**60), steps=40).agrees
    for c in (10**60, -(10**60)):
        with pytest.raises(InputError) as caught:
            analyze(ONE, model=PhaseRetrieval(gamma="-5e-21", c=c))
        assert str(caught.value).startswith(f"c²/gamma = 2e+140: {OUT_OF_RANGE}")
    assert analyze(ONE, model=PhaseRetrieval(gamma=2, c="1e-100"), steps=40).agrees
    assert analyze(ONE, model=PhaseRetrieval(gamma=0, c="1e65"), steps=40).agrees


# -------------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("0.20710678", "0.21"), ("1", "1"), ("199", "2e2"), ("0.00123", "0.0012"), ("2/3", "0.67"),
        ("1e-300", "1e-300"),
    ],
)  # fmt: skip  # rows as they are read
def test_two_digits(value: str, digits: str) -> None:
    assert module._two_digits(Fraction(value)) == Fraction(Decimal(digits))


def test_the_curvature_of_a_model() -> None:
    assert module._curvature(PhaseRetrieval(gamma="-3/2", c=1)) == -1.5
    assert module._curvature(TwoLayerNetwork(alpha="3/4", width=2)) == 1.5


@pytest.mark.parametrize(
    ("step_size", "target", "highest"),
    [
        ("0.5", 1.0, 1.0), ("20", 1.0, 1.0), ("3000", 1.0, 1.0), ("0.5", -0.5, 1.25), ("1/4", -3.0, 1.75),
        ("1", -1.0, math.inf), ("2", -1.0, math.inf), ("0.99", -1.0, 1.99), ("5", 0.0, 1.0),
    ],
)  # fmt: skip  # rows as they are read
def test_starts_are_drawn_towards_the_saddle(step_size: str, target: float, highest: float) -> None:
    """One weight, z = 2η(w² − y) and a = 2ηy: 0.7 of it, until z is at most 1, or 1 − a/2 where a < 0."""
    rate = float(Fraction(step_size))
    drawn = np.random.default_rng(5).standard_normal((6, 1))
    found = basin_starts(PLAIN, dataset([[1.0]], [target]), Fraction(step_size), 6, 5)
    for start, first in zip(found[:, 0], drawn[:, 0], strict=True):
        wanted = float(first)
        while 2 * rate * (wanted**2 - target) > highest:
            wanted *= 0.7
        assert start == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("row", "target", "step_size"), [(1e60, 1e-190, "1e10"), (1.0, 0.0, "1e130"), (1e60, 0.0, "1e139")]
)
def test_regression_starts_far_outside_come_in(row: float, target: float, step_size: str) -> None:
    """However long the way: z = 2ηx²(x²w² − y) is at most 1, and a step before, at w/0.7, it was beyond."""
    data, rate = dataset([[row]], [target]), Fraction(step_size)
    start = Fraction(float(basin_starts(PLAIN, data, rate, 1, 0)[0, 0]))
    square = Fraction(row) ** 2
    z, before = (2 * rate * square * (square * w**2 - Fraction(target)) for w in (start, start * 10 / 7))
    assert z <= 1 + Fraction(1, 10**12)
    assert before > 1 - Fraction(1, 10**12)
    assert analyze(data, step_size=step_size).agrees


def test_regression_numbers_that_no_float_holds() -> None:
    """The sample's a of 2·10³⁹⁹ is one, z = −a at the saddle another; what cannot be simulated at all is refused."""
    drawn = np.random.default_rng(0).standard_normal(1)
    far = dataset([[1e60]], [1e139])
    assert np.array_equal(basin_starts(PLAIN, far, Fraction(10**140), 1, 0), drawn[np.newaxis])
    assert analyze(far, step_size="1e140", steps=40).classification.phase is Phase.DIVERGENT
    steep = PhaseRetrieval(gamma="1e200", c=0)
    refused: dict[str, Callable[[], object]] = {
        "step_size": lambda: basin_starts(PLAIN, ONE, Fraction(10**400), 1, 0),
        "features": lambda: basin_starts(PLAIN, dataset([[1e200]], [1.0]), Fraction(1), 1, 0),
        "gamma": lambda: basin_starts(steep, ONE, Fraction(1), 1, 0),
    }
    for argument, call in refused.items():
        with pytest.raises(InputError, match=rf"^{argument} = .*simulated in floats"):
            call()


def test_a_start_on_the_edge_is_inside() -> None:
    """With 2η = 1 and y = w² − 1 it has z = 1, without rounding where w² ≥ 1."""
    drawn = np.random.default_rng(0).standard_normal((8, 1))
    run = int(np.abs(drawn).argmax())
    w = float(drawn[run, 0])
    assert w * w >= 1
    found = basin_starts(PLAIN, dataset([[1.0]], [w * w - 1]), Fraction(1, 2), 8, 0)
    assert found[run, 0] == w


def test_starts_of_several_samples() -> None:
    """Every sample has its centre −c/γ, and all of them must come in: n = 2 halves what a step does."""
    model = PhaseRetrieval(gamma="1/2", c=3)
    rows, targets, rate = np.array([[2.0, 0.0, 0.0], [0.0, 3.0, 0.0]]), np.array([1.0, 4.0]), 1.5
    centre = np.array([-6 / 2, -6 / 3, 0.0])  # γ x·w + c = 0
    drawn = np.random.default_rng(0).standard_normal((4, 3)) * 1.0
    found = basin_starts(model, dataset(rows, targets), Fraction(3, 2), 4, 0)
    for start, offset in zip(found, drawn, strict=True):
        while True:
            u = rows @ (centre + offset)
            z = rate * 0.5 * np.array([4.0, 9.0]) / 2 * (u**2 / 4 + 3 * u - targets)
            if np.all(z <= 1):
                break
            offset *= 0.7
        assert start == pytest.approx(centre + offset, rel=1e-12)


def test_step_sizes_in_the_middle_of_each_phase() -> None:
    """One sample, a = 2η: between 0, 2√2 − 2, 1, 1.30228…, 2, and a twentieth beyond."""
    ends = [0.0, 2 * math.sqrt(2) - 2, 1.0, 1.302283462700, 2.0]
    found = phase_step_sizes(PLAIN, ONE)
    phases = [Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT]
    assert list(found) == phases
    middles = [Fraction((low + high) / 2).limit_denominator(100) / 2 for low, high in pairwise(ends)]
    assert list(found.values()) == [*middles, Fraction(21, 20)]
    # |1 − η| < 1
    assert phase_step_sizes(LINEAR, ONE) == {Phase.MONOTONIC: Fraction(1), Phase.DIVERGENT: Fraction(21, 10)}


@pytest.mark.parametrize("phase", [Phase.MONOTONIC, Phase.FLOOR, Phase.DEGENERATE])
def test_what_falls_may_rise_by_rounding_alone(phase: Phase) -> None:
    predicted, observed = classify("0.5"), whole().comparisons[0].observed
    predicted = dataclasses.replace(predicted, phase=phase)
    table_of: dict[tuple[str, bool, int], bool | None] = {
        ("monotonic", False, 0): True, ("monotonic", False, 1): True, ("catapult", False, 0): True,
        ("catapult", False, 1): False, ("undecided", False, 0): None, ("undecided", False, 1): False,
        ("undecided", True, 1): None, ("monotonic", True, 0): None, ("periodic", False, 0): False,
    }  # fmt: skip  # rows as they are read
    for (label, diverging, rises), verdict in table_of.items():
        named: Any = label
        seen = dataclasses.replace(observed, label=named)
        assert module._agrees(predicted, seen, diverging=diverging, rises=rises) is verdict


def test_chaos_may_look_periodic() -> None:
    """Windows of long periods lie everywhere in it, and a cycle may be seen where none was sought."""
    observed = whole().comparisons[0].observed
    for label, verdict in (("chaotic", True), ("periodic", True), ("catapult", False)):
        named: Any = label
        seen = dataclasses.replace(observed, label=named, period=300)
        assert module._agrees(classify("1.5"), seen, diverging=False, rises=5) is verdict


def test_rises_up_to_the_escape_and_beyond_the_crosstalk() -> None:
    """The crosstalk is 100 cosines of the largest residual, here 100 · 2⁻¹⁰ · 8 = 0.78125; it may be reached."""
    run = analyze(dataset(np.eye(2), [1.0, 1.0]), steps=3).simulation
    steps = np.array([[1.0, -8.0], [1.0, 0.0], [-1.875, 0.0], [2.0**60, 2.0**60]])
    for escape, rises in ((3, 1), (2, 0), (0, 0), (-1, 1)):
        changed = dataclasses.replace(run, residuals=steps[np.newaxis], escape_step=np.array([escape]))
        assert module._rises(changed, 0, 2.0**-10) == rises
    steps = np.array([[0.0, -8.0], [0.78125, 0.0], [0.0, 0.0], [0.79, 0.0]])
    changed = dataclasses.replace(run, residuals=steps[np.newaxis])
    assert module._rises(changed, 0, 2.0**-10) == 1
    halved = dataclasses.replace(run, residuals=steps[np.newaxis] / 16)  # the largest is 1/2
    assert module._rises(halved, 0, 2.0**-10) == 1
    small = np.array([[1.0, 0.0], [1.0 + 0.9e-12, 0.0], [1.0, 0.0], [1.0 + 1.1e-12, 0.0]])
    changed = dataclasses.replace(run, residuals=small[np.newaxis])
    assert module._rises(changed, 0, 0.0) == 1

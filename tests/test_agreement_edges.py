"""Agreement of the two sides, with scripted descents and classifications: what is asked, counted, excused, written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from edges import noted

from symphase import agreement
from symphase.agreement import Disagreement, PhaseAgreement, distance_to_orbit, phase_agreement
from symphase.display import level_html
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.models import PhaseRetrieval, TwoLayerNetwork
from symphase.observations import Observation
from symphase.phases import Classification, Phase
from symphase.problems import Problem, make_problem
from symphase.tables import dataset
from symphase.training import Training, train

PLAIN = PhaseRetrieval(gamma=2, c=0)
UNEXPLAINED = "unexplained"


def seen(label: str = "monotonic", **more: Any) -> Observation:
    """An observation that nobody made."""
    told: dict[str, Any] = {
        "period": None,
        "detail": "of old",
        "step_size": 0.5,
        "run": 0,
        "sample": None,
        "steps": 100,
    }
    told |= {"rises": 0, "final_loss": 0.0, "escape_step": None, "exponent": None, "exponent_error": None}
    return Observation(label=label, **told | {"tolerance": 1e-8, "seed": "rng=0"} | more)  # type: ignore[arg-type]  # mypy reads no labels from a str


def said(phase: Phase = Phase.MONOTONIC, a: Fraction | str = "0.5", **more: Any) -> Classification:
    """A classification that nothing proves."""
    told: dict[str, Any] = {"period": None, "certainty": Certainty.EXACT, "evidence": (), "in_window": False}
    told |= {"entropy_positive": Verdict.REFUTED, "searched_period": None, "nearest": None, "distance": (0, 0)}
    return Classification(parameter=Fraction(a), phase=phase, **told | more)


class Line(NamedTuple):
    """A boundary between two fractions, which is asked for 64 bits."""

    name: str
    lower: Fraction
    upper: Fraction

    def enclose(self, bits: int) -> tuple[Fraction, Fraction]:
        assert bits == 64
        return self.lower, self.upper


def cell(a: str, b: str | None = None) -> tuple[Fraction, Fraction]:
    return Fraction(a), Fraction(a if b is None else b)


# ---------------------------------------------------------------------------------------------------- what is written


def record(counts: dict[tuple[str, str], int] | None = None) -> PhaseAgreement:
    window = said(Phase.PERIODIC, "1.455", period=3, in_window=True)
    wrong = seen("periodic", period=6, detail="all residuals repeat every 6 steps")
    return PhaseAgreement(
        model=TwoLayerNetwork(alpha=1, width=2),
        samples=2,
        runs=9,
        steps=400,
        parameters=1,
        span=cell("0", "2.2"),
        guard=Fraction(1, 40),
        guarded=4,
        counts=counts or {("monotonic", "undecided"): 1, ("chaotic", "<b>"): 6, ("catapult", "catapult"): 2},
        disagreements=(
            Disagreement(predicted=window, observed=wrong, cause=UNEXPLAINED, guarded=False),
            Disagreement(predicted=said(), observed=seen("undecided"), cause="slow", guarded=True),
        ),
        seed="rng=7",
    )


def test_a_disagreement_in_a_line() -> None:
    one = record().disagreements[1]
    assert repr(one) == "<Disagreement: predicted monotonic at a = 0.5, observed undecided: slow>"


def test_the_whole_in_a_line() -> None:
    assert repr(record()) == "<PhaseAgreement: 9 runs at 1 parameter, 2 disagreements, 1 unexplained [observed]>"


def test_only_what_has_no_known_cause_disagrees() -> None:
    found = record()
    assert found.unexplained == found.disagreements[:1]
    assert not found.agrees
    assert PhaseAgreement(**{k: getattr(found, k) for k in found.__slots__} | {"disagreements": ()}).agrees


def test_as_plain_data() -> None:
    assert record().to_dict() == {
        "model": "two-layer network with quadratic activation",
        "samples": 2,
        "runs": 9,
        "steps": 400,
        "parameters": 1,
        "span": ["0", "11/5"],
        "guard_half_width": "1/40",
        "guarded_runs": 4,
        "agreeing_runs": 7,
        "counts": [
            {"predicted": "catapult", "observed": "catapult", "runs": 2},
            {"predicted": "chaotic", "observed": "<b>", "runs": 6},
            {"predicted": "monotonic", "observed": "undecided", "runs": 1},
        ],
        "disagreements": [
            {
                "a": "291/200",
                "predicted": "periodic (period 3, a window in the chaotic range)",
                "observed": "periodic",
                "observed_period": 6,
                "detail": "all residuals repeat every 6 steps",
                "cause": "unexplained",
                "guarded": False,
            },
            {
                "a": "1/2",
                "predicted": "monotonic",
                "observed": "undecided",
                "observed_period": None,
                "detail": "of old",
                "cause": "slow",
                "guarded": True,
            },
        ],
        "seed": "rng=7",
        "certainty": "observed",
        "agrees": False,
    }


def test_as_a_table_of_what_was_seen_most_often() -> None:
    html = record()._repr_html_()
    caption = f"9 runs at 1 parameter, 2 disagreements, 1 unexplained {level_html('observed')}"
    assert re.findall("<caption[^>]*>(.*?)</caption>", html) == [caption]
    assert re.findall('<th scope="col"[^>]*>(.*?)</th>', html) == ["predicted", "observed", "runs"]
    rows = re.findall('<th scope="row"[^>]*>(.*?)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>', html)
    assert rows == [("chaotic", "&lt;b&gt;", "6"), ("catapult", "catapult", "2"), ("monotonic", "undecided", "1")]
    many = record({(f"<{k}>", "none"): k for k in range(15)})._repr_html_()
    assert re.findall('row"[^>]*>(.*?)</th>', many) == [f"&lt;{k}&gt;" for k in range(14, 2, -1)]
    assert "… 3 more" in many


# --------------------------------------------------------------------------------------------------- what is compared


class Script:
    """Both sides, played: what each was asked, and answers by a's number and the run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.problems: list[tuple[Any, Any]] = []
        self.descents: list[tuple[Any, ...]] = []
        self.asked: list[Fraction] = []
        self.lines: list[Line] = []
        self.predict: Callable[[int], Classification] = lambda _: said()
        self.observe: Callable[[int, int], Observation] = lambda *_: seen()
        for name in ("make_problem", "descend", "observe_phases", "classify"):
            monkeypatch.setattr(agreement, name, getattr(self, name))
        monkeypatch.setattr(agreement, "residual_boundaries", lambda: self.lines)

    def make_problem(self, model: Any, **asked: Any) -> Problem:
        made = make_problem(model, **asked)
        return noted(self.problems, (asked, made), made)

    def descend(self, *asked: Any, **named: Any) -> tuple[Any, Any]:
        return noted(self.descents, (asked, named), (asked, named))

    def observe_phases(self, descent: tuple[Any, Any]) -> list[Observation]:
        first = len(self.asked)
        counts = range(len(descent[1]["step_sizes"]))
        return [self.observe(first + k, run) for k in counts for run in range(descent[1]["runs"])]

    def classify(self, a: Fraction) -> Classification:
        return noted(self.asked, a, self.predict(len(self.asked)))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return Script(monkeypatch)


def test_what_is_run_and_what_is_placed(script: Script) -> None:
    """The middles of five parts of (0, 2.2); a = 2ηy/n on orthonormal rows, so that η is a·n/2 for labels 1."""
    found = phase_agreement(parameters=5, starts=3, steps=100, samples=4, rng=5)
    [(asked, problem)] = script.problems
    assert isinstance(asked.pop("rng"), np.random.Generator)
    assert asked == {"samples": 4, "dimension": 5, "design": "qr"}
    [((model, rows, targets), named)] = script.descents
    assert model is found.model
    assert model == PLAIN
    assert rows is problem.features
    assert targets is problem.targets
    middles = np.array([0.22, 0.66, 1.1, 1.54, 1.98])
    rates = named["step_sizes"]
    assert rates == pytest.approx(list(2 * middles), rel=1e-14)
    assert {type(rate) for rate in rates} == {float}
    unit = problem.unit_step_size
    assert script.asked == [Fraction(rate) / unit for rate in rates]
    points = named.pop("starts")
    assert named == {"step_sizes": rates, "runs": 3, "steps": 100}
    # z = a(g/y − 1) with g = (xᵀw)²
    z = middles[:, np.newaxis, np.newaxis] * ((points @ rows.T).reshape(5, 3, 4) ** 2 / targets - 1)
    assert z[:, 0] == pytest.approx(np.outer(1 - middles / 2, np.ones(4)), abs=1e-12)
    assert (z > -middles[:, np.newaxis, np.newaxis]).all()
    assert (z < 2).all()
    assert len(np.unique(z[:, 1:].round(6))) == 40
    assert (found.samples, found.runs, found.steps, found.parameters) == (4, 15, 100, 5)
    assert (found.span, found.guard, found.guarded) == (cell("0", "11/5"), Fraction(1, 10), 0)
    assert (found.counts, found.disagreements, found.seed) == ({("monotonic", "monotonic"): 15}, (), "rng=5")
    assert found.certainty is Certainty.OBSERVED


def test_what_is_run_when_nothing_is_said(script: Script) -> None:
    told: list[Any] = []

    def once(*news: object) -> None:
        told.append(news)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        phase_agreement(progress=once)
    assert told == [("runs", 0, 2500 * 4)]
    [(asked, problem)] = script.problems
    assert (problem.model, asked["samples"]) == (PLAIN, 3)


def test_the_grid_goes_from_end_to_end(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "SPAN", cell("0.5", "1.5"))
    found = phase_agreement(parameters=4, starts=1, steps=64, rng=0)
    assert found.span == cell("0.5", "1.5")
    assert list(map(float, script.asked)) == pytest.approx([0.625, 0.875, 1.125, 1.375])


def test_a_network_of_so_many_neurons(script: Script) -> None:
    found = phase_agreement(parameters=2, starts=2, steps=64, samples=1, width=3, rng=np.random.default_rng(0))
    assert found.model == TwoLayerNetwork(alpha=1, width=3)
    assert script.descents[0][1]["starts"].shape == (4, 3, 2)
    assert found.seed == "rng=the caller's PCG64 generator"


def test_one_seed_gives_one_experiment(script: Script) -> None:
    for seed in (1, 1, 2):
        phase_agreement(parameters=2, starts=2, steps=64, rng=seed)
    (one, again, other) = (np.append(asked[1].ravel(), named["starts"].ravel()) for asked, named in script.descents)
    assert (one == again).all()
    assert (one != other).all()


def test_every_run_is_held_against_its_own_a(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three a, the first is in a guard band: 10/400 above the upper end of a boundary, and as far below another."""
    first = Fraction(11, 30)  # of (0, 2.2) in three parts; rounding of rates is far below 10⁻⁹
    tiny = Fraction(1, 10**9)
    near, far = Fraction(1, 40) - tiny, Fraction(1, 40) + tiny
    script.lines += [Line("below", first - 1, first - near), Line("above", first + near, 2 * first)]
    script.lines += [Line("apart", 3 * first + far, 5 * first - far)]  # between the second and the third
    predictions = [said(), said(Phase.CATAPULT), said(Phase.PERIODIC, period=2)]
    labels = ["monotonic", "chaotic"], ["monotonic", "monotonic"], ["undecided", "periodic"]
    script.predict = predictions.__getitem__
    script.observe = lambda k, run: seen(labels[k][run], period=2 if labels[k][run] == "periodic" else None)
    causes: list[Any] = []
    monkeypatch.setattr(
        agreement, "_cause", lambda *asked: noted(causes, asked, ["slow", UNEXPLAINED][len(causes) % 2])
    )
    runs: list[Any] = []
    monkeypatch.setattr(agreement, "_longer", lambda *asked, worst: noted(runs, (*asked, worst), f"shown {len(runs)}"))
    told: list[Any] = []
    found = phase_agreement(parameters=3, starts=2, steps=400, rng=0, progress=lambda *news: told.append(news))
    assert told == [("runs", 0, 6), ("runs", 6, 6)]
    assert found.guarded == 2
    assert found.counts == {
        ("monotonic", "monotonic"): 1,
        ("monotonic", "chaotic"): 1,
        ("catapult", "monotonic"): 2,
        ("periodic (period 2)", "undecided"): 1,
        ("periodic (period 2)", "periodic (period 2)"): 1,
    }
    # a catapult is looked for from the first start alone
    places = [(predictions[0], "chaotic"), (predictions[1], "monotonic"), (predictions[2], "undecided")]
    assert [(p, o.label, guard, steps) for p, o, guard, steps in causes] == [(*at, found.guard, 400) for at in places]
    [(problem, start, predicted, observed, worst)] = runs
    assert problem is script.problems[0][1]
    assert (start == script.descents[0][1]["starts"][2]).all()
    assert (predicted, observed.label, worst) == (predictions[1], "monotonic", True)
    assert [(each.predicted, each.observed.label) for each in found.disagreements] == places
    assert [(each.cause, each.guarded) for each in found.disagreements] == [
        ("slow", True),
        ("shown 0", False),
        ("slow", False),
    ]


def test_a_run_is_tried_again_from_its_own_start(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    script.observe = lambda k, run: seen("chaotic" if (k, run) == (1, 2) else "monotonic")
    monkeypatch.setattr(agreement, "_cause", lambda *_: UNEXPLAINED)
    runs: list[Any] = []
    monkeypatch.setattr(agreement, "_longer", lambda *asked, worst: noted(runs, (asked[1], worst), UNEXPLAINED))
    found = phase_agreement(parameters=2, starts=3, steps=64, rng=0)
    [(start, worst)] = runs
    assert (start == script.descents[0][1]["starts"][5]).all()
    assert not worst
    assert not found.agrees


# Two numbers of each step and of each array of a network's weights: 2·(64 + 21·width) numbers of eight bytes a run.
@pytest.mark.parametrize(("width", "size"), [(None, 2 * 85), (1, 2 * 85), (3, 2 * 127), (np.int8(7), 2 * 211)])
@pytest.mark.parametrize(("room", "sizes"), [(2, [2, 2, 1]), (1.999, [1] * 5), (0.1, [1] * 5), (5, [5])])
def test_many_runs_go_block_by_block(
    script: Script, monkeypatch: pytest.MonkeyPatch, width: int | None, size: int, room: float, sizes: list[int]
) -> None:
    monkeypatch.setattr(agreement, "_BLOCK_BYTES", int(room * 8 * size * 2))
    told: list[Any] = []
    settings: dict[str, Any] = {"starts": 2, "steps": 64, "samples": 1, "width": width, "rng": 0}
    found = phase_agreement(parameters=5, **settings, progress=lambda *news: told.append(news))
    assert [len(named["step_sizes"]) for _, named in script.descents] == sizes
    assert told == [("runs", 2 * sum(sizes[:k]), 10) for k in range(len(sizes) + 1)]
    starts = np.concatenate([named["starts"] for _, named in script.descents])
    monkeypatch.undo()
    whole = Script(monkeypatch)
    assert phase_agreement(parameters=5, **settings) == found
    assert (whole.descents[0][1]["starts"] == starts).all()
    assert whole.asked == script.asked


def test_regression_wide_networks_are_run_in_blocks_that_fit(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """2500 runs of 3000 neurons at once took 2.7 GiB, which descent refuses: 21 · 3000 · 4 numbers each."""
    monkeypatch.setattr(agreement, "_starts", lambda *_: np.zeros((1, 3000, 4)))
    phase_agreement(parameters=250, starts=1, steps=64, width=3000, rng=0)
    most = max(len(named["step_sizes"]) for _, named in script.descents)
    assert most == 2**28 // (8 * 4 * (64 + 21 * 3000))


LIMIT = "must be an integer"
WHOLE = "give a whole number"
FEWER = "use fewer steps, starts, samples or neurons"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parameters": 0}, f"parameters = 0: {LIMIT} ≥ 1; {WHOLE}"),
        ({"parameters": "many"}, f"parameters = many: {LIMIT} ≥ 1; {WHOLE}"),
        ({"starts": 0}, f"starts = 0: {LIMIT} ≥ 1; {WHOLE}"),
        ({"starts": True}, f"starts = True: {LIMIT} ≥ 1; {WHOLE}"),
        ({"steps": 63}, f"steps = 63: {LIMIT} ≥ 64; {WHOLE}"),
        ({"samples": 0}, f"samples = 0: {LIMIT} from 1 to 1000; {WHOLE}"),
        ({"samples": 1001}, f"samples = 1001: {LIMIT} from 1 to 1000; {WHOLE}"),
        (
            {"parameters": 500_001, "starts": 2},
            "parameters = 500001: times 2 starts must be at most 1000000 runs; give fewer",
        ),
        ({"progress": 3}, "progress = 3: must be a function of (stage, done, total); or leave it out"),
        (
            {"rng": -1},
            "rng = -1: must be an integer ≥ 0, a Generator, a BitGenerator or a SeedSequence; as rng=0",
        ),
        # 8 · 10⁶ · 4 · (4000 + 21) bytes, and 8 · 1000 · 2 · (64 + 21 · 10⁴)
        (
            {"parameters": 1, "starts": 10**6},
            f"steps = 4000: would take 120 GiB, more than 2 GiB; {FEWER}",
        ),
        (
            {"parameters": 1, "starts": 1000, "samples": 1, "steps": 64, "width": 10**4},
            f"steps = 64: would take 3.13 GiB, more than 2 GiB; {FEWER}",
        ),
    ],
)
def test_what_is_refused_and_how(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], message: str) -> None:
    monkeypatch.setattr(agreement, "make_problem", lambda *_, **__: pytest.fail("it was accepted"))
    with pytest.raises(InputError) as caught:
        phase_agreement(**arguments)
    assert str(caught.value) == message


def test_a_network_of_no_width_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "make_problem", lambda *_, **__: pytest.fail("it was accepted"))
    with pytest.raises(InputError, match=r"^width = 0: "):
        phase_agreement(width=0)


@pytest.mark.usefixtures("script")
def test_the_least_and_the_most() -> None:
    assert phase_agreement(parameters=1, starts=1, steps=64, samples=1, rng=0).runs == 1
    for most in (
        {"parameters": 10**6, "starts": 1},
        {"parameters": 1, "starts": 10**6, "samples": 1},
        {"samples": 1000},
    ):
        with pytest.raises(InputError, match=r"^rng = "):  # the last that is looked at
            phase_agreement(**most, steps=64, rng=-1)  # type: ignore[arg-type]  # whole numbers all


# ----------------------------------------------------------------------------------------------------- where runs start


@pytest.mark.parametrize("width", [None, 4])
@pytest.mark.parametrize("a", [Fraction(1, 4), Fraction(2), Fraction(21, 10)])
def test_starts_fill_the_basin(a: Fraction, width: int | None) -> None:
    """z + a = a·g/y lies between 0.0098 and 0.98 parts of a + 2, evenly; rows are orthogonal, of length 3."""
    rows = 3 * np.array([[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0]])
    targets = np.array([1.0, 2.5])
    points = agreement._starts(rows, targets, a, 4000, width, np.random.default_rng(0))
    assert points.shape == ((4000, 3) if width is None else (4000, 4, 3))
    projections = points @ rows.T
    g = projections**2 if width is None else np.square(projections).sum(axis=1)
    share = g / targets * float(a) / (float(a) + 2)  # (z + a)/(2 + a)
    assert share[0] == pytest.approx([0.5, 0.5], rel=1e-12)  # z = 1 − a/2
    drawn = share[1:]
    assert drawn.min() > 0.0098
    assert drawn.min() < 0.0105
    assert 0.9795 < drawn.max() < 0.98
    assert drawn.mean(axis=0) == pytest.approx([0.4949, 0.4949], abs=0.02)  # half the sum of the two ends
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.06  # every sample has its own
    signs = np.sign(projections if width is None else projections[:, 0])
    assert abs(signs.mean(axis=0)).max() < 0.06
    assert abs(np.corrcoef(signs.T)[0, 1]) < 0.06
    if width:  # neurons share the projection by one unit vector of any direction
        parts = projections[..., 0] / np.sqrt(g[:, :1])
        assert np.square(parts).mean(axis=0) == pytest.approx([0.25] * 4, abs=0.02)
        assert abs(parts.mean(axis=0)).max() < 0.05
        assert np.linalg.matrix_rank(points[0]) == 1
        assert len(np.unique(parts.round(9))) == 16_000


# ----------------------------------------------------------------------------------------------------- what is the same


@pytest.mark.parametrize(
    ("a", "within"),
    [("0.79", False), ("0.8", True), ("1", True), ("1.2", True), ("1.3", True), ("1.31", False)],
)
def test_the_guard_band_ends_beyond_both_bounds(a: str, within: bool) -> None:
    assert agreement._within(Fraction(a), Line("", *cell("1", "1.1")), Fraction("0.2")) is within


@pytest.mark.parametrize(
    ("label", "period", "told"),
    [("chaotic", None, "chaotic"), ("periodic", 5, "periodic (period 5)"), ("undecided", 3, "undecided")],
)
def test_a_period_is_told_with_the_label(label: str, period: int | None, told: str) -> None:
    assert agreement._told(seen(label, period=period)) == told


@pytest.mark.parametrize(
    ("predicted", "observed", "first", "others"),
    [
        (said(), seen(), True, True),
        (said(), seen("catapult"), False, False),
        (said(Phase.CATAPULT), seen("catapult"), True, True),
        (said(Phase.CATAPULT), seen("monotonic"), False, True),  # where no step raises the loss
        (said(Phase.CATAPULT), seen("periodic", period=2), False, False),
        (said(Phase.CHAOTIC), seen("monotonic"), False, False),
        (said(Phase.CHAOTIC), seen("chaotic"), True, True),
        (said(Phase.CHAOTIC, period=4), seen("chaotic"), True, True),  # a period matters where one is predicted
        (said(Phase.PERIODIC, period=4), seen("periodic", period=4), True, True),
        (said(Phase.PERIODIC, period=4), seen("periodic", period=2), False, False),
        (said(Phase.PERIODIC), seen("periodic", period=2), True, True),
        (said(Phase.PERIODIC), seen("chaotic"), False, False),
    ],
)
def test_what_counts_as_the_same(predicted: Classification, observed: Observation, first: bool, others: bool) -> None:
    assert agreement._same(predicted, observed, worst=True) is first
    assert agreement._same(predicted, observed, worst=False) is others


# ---------------------------------------------------------------------------------------------------- what is no wonder

GUARD = Fraction(1, 400)
NAMED = [Line("birth", *cell("0.9")), Line("flip", *cell("1")), Line("crisis", *cell("1.89", "2"))]


@pytest.mark.parametrize(
    ("a", "cause"),
    [
        (Fraction("0.9975"), "slow convergence: within 0.0025 of the flip"),
        (Fraction("0.9974"), UNEXPLAINED),
        (Fraction("0.9024"), "slow convergence: within 0.0025 of the birth"),
        (Fraction(1.9), "slow convergence: within 0.0025 of the crisis"),
        (Fraction(1.9) + Fraction(1, 10**30), "finite horizon: within 0.0025 of the crisis"),
        (Fraction("2.0025"), "finite horizon: within 0.0025 of the crisis"),
        (Fraction("2.0026"), UNEXPLAINED),
    ],
)
def test_near_a_boundary_nothing_need_show(monkeypatch: pytest.MonkeyPatch, a: Fraction, cause: str) -> None:
    monkeypatch.setattr(agreement, "residual_boundaries", lambda: NAMED)
    assert agreement._cause(said(a=a), seen("undecided"), GUARD, 4000) == cause
    assert agreement._cause(said(a=a), seen("chaotic"), GUARD, 4000) == UNEXPLAINED


def weak(period: int, *multiplier: float) -> Classification:
    ends = tuple(map(Fraction, multiplier))
    return said(Phase.PERIODIC, period=period, cycle=SimpleNamespace(period=period, multiplier=ends))


# Half of the steps make m^(steps/2p) of a distance; e⁻²⁰ counts as nothing: |m| = e^(−40p/steps).
@pytest.mark.parametrize(
    ("period", "steps", "multiplier", "told"),
    [
        (4, 4000, (-0.9608, -0.9), "±0.9608"),  # e^(−1/25) = 0.96079
        (4, 4000, (-0.9607, -0.9), None),
        (4, 4000, (0.9, 0.9608), "±0.9608"),
        (4, 4000, (0.9, 0.9607), None),
        (2, 1000, (0.5, 0.92312), "±0.9231"),  # e^(−2/25) = 0.923116
        (2, 1000, (0.5, 0.92311), None),
        (3, 1000, (1.0, 1.0), "±1.0000"),
        (32, 64, (0.0, math.exp(-20)), None),  # exactly as little as counts for nothing
    ],
)
def test_weak_cycles_are_met_late(
    monkeypatch: pytest.MonkeyPatch, period: int, steps: int, multiplier: tuple[float, float], told: str | None
) -> None:
    monkeypatch.setattr(agreement, "residual_boundaries", lambda: ())
    cause = f"slow convergence: the cycle of period {period} has multiplier {told}" if told else UNEXPLAINED
    assert agreement._cause(weak(period, *multiplier), seen("undecided"), GUARD, steps) == cause
    assert agreement._cause(weak(period, *multiplier), seen("periodic", period=9), GUARD, steps) == UNEXPLAINED


def test_regression_a_superattracting_cycle_is_no_excuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Multiplier 0: met faster than any other; it was called slow."""
    monkeypatch.setattr(agreement, "residual_boundaries", lambda: ())
    assert agreement._cause(weak(3, 0, 0), seen("undecided"), GUARD, 64) == UNEXPLAINED


@pytest.mark.parametrize(
    ("searched", "observed", "found", "explained"),
    [
        (64, 65, 65, True),
        (64, 65, 13, False),
        (64, 64, 64, False),  # it would have been found
        (None, 65, 65, False),
        (64, None, None, False),
    ],
)
def test_a_period_beyond_the_search_is_certified(
    monkeypatch: pytest.MonkeyPatch, searched: int | None, observed: int | None, found: int | None, explained: bool
) -> None:
    asked: list[Any] = []
    answer = said(Phase.PERIODIC, period=found)
    monkeypatch.setattr(agreement, "classify", lambda a, **more: noted(asked, (a, more), answer))
    monkeypatch.setattr(agreement, "residual_boundaries", lambda: ())
    label = "periodic" if observed else "undecided"
    cause = agreement._cause(
        said(Phase.CHAOTIC, "1.7", searched_period=searched), seen(label, period=observed), GUARD, 4000
    )
    assert cause == ("an attracting cycle of period 65, beyond the search, is certified" if explained else UNEXPLAINED)
    looked = [(Fraction("1.7"), {"max_period": 65})]
    assert asked == (looked if searched and observed and observed > searched else [])


# --------------------------------------------------------------------------------------------------------- longer runs


@pytest.mark.parametrize(
    ("predicted", "observed", "kind"),
    [
        (said(Phase.CHAOTIC), seen("chaotic", period=1), "a chaotic transient"),
        (said(in_window=True), seen("undecided"), "a chaotic transient"),
        (said(), seen("chaotic"), "a chaotic transient"),
        (said(), seen("undecided"), "a slow run"),
    ],
)
@pytest.mark.parametrize("needed", [1, 2, 3, 4])
def test_the_same_run_is_made_longer(
    monkeypatch: pytest.MonkeyPatch, predicted: Classification, observed: Observation, kind: str, needed: int
) -> None:
    problem, start = make_problem(PLAIN, samples=1, dimension=2, rng=0), np.ones(2)
    asked: list[Any] = []
    monkeypatch.setattr(
        agreement, "descend", lambda *of, **how: noted(asked, (of, how), SimpleNamespace(steps=how["steps"] + 7))
    )
    met: list[Any] = []
    monkeypatch.setattr(agreement, "observe_phase", lambda run: noted(met, run.steps, len(met)))
    same: list[Any] = []
    monkeypatch.setattr(agreement, "_same", lambda *of, worst: noted(same, (*of, worst), len(same) == needed - 1))
    cause = agreement._longer(problem, start, predicted, observed, worst=True)
    tried = [400, 1600, 6400][:needed]
    shown = f"finite horizon: {kind}; the same run shows its phase in {tried[-1] + 7} steps"
    assert cause == (UNEXPLAINED if needed > 3 else shown)
    assert met == [steps + 7 for steps in tried]
    assert same == [(predicted, k, True) for k in range(len(tried))]
    for steps, (of, how) in zip(tried, asked, strict=True):
        assert of[0] is PLAIN
        assert of[1] is problem.features
        assert of[2] is problem.targets
        assert how.pop("starts") is start
        assert how == {"step_sizes": 0.5, "steps": steps}


def test_a_longer_run_settles() -> None:
    """At a = 0.95 distances shrink by 1 − 2a = −0.9: from 2·10⁻³ to 10⁻⁸ in 116 steps, more than 40, less than 160."""
    problem = make_problem(PLAIN, samples=1, dimension=2, rng=0)
    rate, start = float(problem.unit_step_size or 0) * 0.95, problem.features[0] * 0.999
    observed = seen("undecided", step_size=rate, steps=10)
    cause = agreement._longer(problem, start, said(Phase.CATAPULT), observed, worst=False)
    assert cause == "finite horizon: a slow run; the same run shows its phase in 160 steps"


def test_regression_a_run_too_long_for_memory_stays_unexplained() -> None:
    """4·10⁹ steps of three samples would take 120 GiB, which was an error about record_every, after all the runs."""
    problem = make_problem(PLAIN, samples=3, dimension=4, rng=0)
    cause = agreement._longer(problem, np.ones(4), said(), seen("undecided", steps=10**9), worst=True)
    assert cause == UNEXPLAINED


# ---------------------------------------------------------------------------------------------------------- the orbit


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> None:
    """(z + a)(1 − z)² − a, multiplied out: what a derivation of half a second finds."""
    rows = ((0, 0), (1, -2), (-2, 1), (1, 0))
    monkeypatch.setattr(agreement, "residual_family", lambda: SimpleNamespace(rows=rows))


def trained(size: float = 1.0, label: float = 1.0, rate: object = 1) -> Training:
    """Two samples on the axes, the one of this size with this label."""
    problem = Problem(model=PLAIN, data=dataset(np.diag([1.0, size]), np.array([1.0, label])))
    return train(problem, step_sizes=rate, starts=[0.5, 0.5], steps=3, measures=("residuals",))


@pytest.mark.usefixtures("derived")
def test_distances_are_those_of_orbits_in_fractions() -> None:
    """Rows at angles, labels of their own: each sample leaves the orbit (z + a)(1 − z)² − a of its own a."""
    problem = make_problem(PLAIN, samples=3, dimension=4, design="gaussian", labels=[1, 2, 0.5], rng=0)
    unit = problem.unit_step_size or Fraction(0)
    seen = train(
        problem, step_sizes=[unit / 2, unit * 3 / 2], runs=2, rng=0, steps=6, record_every=4, measures=("residuals",)
    )
    z = seen.scaled_residuals
    assert z is not None
    expected = np.empty((4, 3, 3))
    for b, i in np.ndindex(4, 3):
        q, y = (sum(Fraction(x) ** 2 for x in problem.features[i].tolist()), Fraction(float(problem.targets[i])))
        a = 2 * Fraction(float(seen.step_sizes[b])) * q * y / 3
        orbit = [Fraction(float(z[b, 0, i]))]
        for _ in range(6):
            orbit.append((orbit[-1] + a) * (1 - orbit[-1]) ** 2 - a)
        expected[b, :, i] = [abs(float(orbit[t]) - z[b, slot, i]) for slot, t in enumerate((0, 4, 6))]
    assert seen.recorded_steps.tolist() == [0, 4, 6]
    found = distance_to_orbit(seen)
    assert found.dtype == np.float64
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-13)
    assert (found[:, 0] == 0).all()
    assert np.median(found[:, 1:]) > 1e-3  # there is something to be compared


@pytest.mark.usefixtures("derived")
def test_what_escapes_is_infinitely_far() -> None:
    """Orthogonal samples of a = 100 and 10⁻⁴: a run escapes as a whole, the orbit of the slow one does not."""
    found = distance_to_orbit(trained(label=1e-6, rate=100))
    assert (found[0, 0] == 0).all()
    assert np.isinf(found[0, 3]).all()
    assert not np.isnan(found).any()


@pytest.mark.parametrize(
    ("training", "given"),
    [
        (lambda: None, "NoneType"),
        (lambda: SimpleNamespace(scaled_residuals=np.zeros((1, 1, 1))), "SimpleNamespace"),
        (lambda: train(trained().problem, step_sizes=1, rng=0, steps=1), "Training"),
    ],
)
def test_an_orbit_needs_residuals(training: Callable[[], Any], given: str) -> None:
    with pytest.raises(InputError) as caught:
        distance_to_orbit(training())
    told = 'must be what train(..., measures=("residuals",)) returned, of a model with a scale'
    assert str(caught.value) == f"training = {given}: {told}; train again with these measures"


@pytest.mark.parametrize(
    ("size", "label", "argument"),
    [(1e160, 1.0, "features"), (1e100, 1e150, "scales_per_step")],
)
def test_regression_scales_beyond_floats_are_refused(size: float, label: float, argument: str) -> None:
    """2‖x‖²/n and 2‖x‖²y/n are beyond 1e308: that was an OverflowError."""
    with pytest.raises(InputError) as caught:
        distance_to_orbit(trained(size, label, 1e-300))
    assert str(caught.value) == f"{argument} = a number beyond 1e308: must be within the range of floats; rescale"

"""Laws that a model, a conjugacy, a family's boundaries and a training loop of one's own must obey, as tests.

Each law draws its cases with Hypothesis, shrinks what fails, and raises :class:`LawBroken` with the case in full.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeVar

import hypothesis
import numpy as np
import numpy.typing as npt
import sympy
from hypothesis import HealthCheck, Verbosity, assume, given, reject
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.errors import Flaky, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from symphase.arguments import instance, whole
from symphase.boundaries import Boundaries, Boundary, find_boundaries
from symphase.derivation import derive
from symphase.display import Shown, count_text, formula_line
from symphase.enclosures import Verdict
from symphase.errors import InputError, SymphaseError
from symphase.formulas import evaluate, exact_rational
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS, Model, PolynomialLoss, QuadraticForm
from symphase.phases import Classification, Phase, classify, residual_boundaries, show_number
from symphase.strategies.data import PlacedProblem, orthogonal_data, starts_anywhere
from symphase.strategies.rationals import Exact, several
from symphase.strategies.regions import PHASES, classified, parameters, phase_of
from symphase.strategies.runs import TAIL, Behaviour, LoopRun, Simulator
from symphase.strategies.witnesses import beside_each, expected_sides, near_boundary, seen_at
from symphase.thresholds import BoundaryKind

__all__ = [
    "Checked",
    "LawBroken",
    "check_boundaries",
    "check_conjugacy",
    "check_derivation",
    "check_phase_agreement",
]

T = TypeVar("T")
Array = npt.NDArray[np.float64]
Change = Callable[..., Any]

_EXAMPLES: Final = 100
_WORTH: Final = Fraction(1, 1000)  # a predicted rise of the residual by less than this share is not asked for
_NEAR: Final = Fraction(1, 50)  # no further from a boundary a cycle of the cascade may attract weakly: |f'| > 0.9
_PATIENCE: Final = 4
_FEW: Final = 2  # undecided samples of a phase that say nothing about the loop
_LASTING: Final = 1024  # steps after which what is constant or repeats is taken to stay so
_LANDING: Final = 1e-6
_SUPPRESSED: Final = [
    check
    for check in HealthCheck
    if check.name in ("data_too_large", "differing_executors", "filter_too_much", "nested_given", "too_slow")
]


class LawBroken(SymphaseError, AssertionError):  # noqa: N818  # a verdict on the law under test, as AssertionError is
    """A law that does not hold, with the simplest case that was found.

    Attributes
    ----------
    law : str
        Which one.
    facts : dict of (str, str)
        The case, line by line: for a training loop a, what was expected and observed, step size, label and start.
    """

    def __init__(self, law: str, facts: dict[str, str]) -> None:
        self.law = law
        self.facts = facts
        width = max(map(len, facts), default=0)
        lines = (f"  {name:<{width}}  {text}" for name, text in facts.items())
        super().__init__("\n".join([law, *lines]))

    def __reduce__(self) -> tuple[type[LawBroken], tuple[str, dict[str, str]]]:
        return (type(self), (self.law, self.facts))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Checked(Shown):
    """A law that held in every case that was tried.

    Attributes
    ----------
    law : str
        Which one.
    cases : int
        How many were decided.
    undecided : int
        How many could not be.
    counts : dict of (str, int)
        The decided ones by kind: by phase, or by boundary.
    """

    law: str
    cases: int
    undecided: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def _line(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items()))
        told = f"{self.law}: held in {count_text(self.cases, 'case')}"
        told += f", {self.undecided} undecided" if self.undecided else ""  # first: a long line is cut at its end
        return f"{told} ({kinds})" if kinds else told


def _settings(
    max_examples: int | None, derandomize: bool | None, settings: hypothesis.settings | None
) -> hypothesis.settings:
    if settings is not None:
        if not isinstance(settings, hypothesis.settings):
            raise InputError("settings", settings, "must be hypothesis.settings", "as settings(max_examples=500)")
        for name, value in (("max_examples", max_examples), ("derandomize", derandomize)):
            if value is not None:
                raise InputError(name, value, "does not go with settings", "put it into the settings")
        return hypothesis.settings(
            settings, suppress_health_check=[*{*settings.suppress_health_check, *_SUPPRESSED}], deadline=None
        )
    count = _EXAMPLES if max_examples is None else whole(max_examples, "max_examples", least=1)
    if derandomize is not None and not isinstance(derandomize, bool):
        raise InputError("derandomize", derandomize, "must be True or False", "leave it out")
    return hypothesis.settings(
        max_examples=count,
        derandomize=derandomize is not False,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=[Stage.generate, Stage.shrink],  # explaining takes longer than the rest, and nobody sees it
        suppress_health_check=_SUPPRESSED,
        verbosity=Verbosity.normal,
    )


def _try(cases: SearchStrategy[T], law: Callable[[T], None], settings: hypothesis.settings, argument: str) -> None:
    """Draw cases; let what fails shrink, and raise it as it is; name the argument that leaves no case to try."""

    @settings
    @given(case=cases)
    def tried(case: T) -> None:
        law(case)

    try:
        tried()
    except (LawBroken, InputError) as ours:
        if settings.derandomize and hasattr(ours, "__notes__"):
            ours.__notes__.clear()  # the message holds the case already, or names the argument
        raise
    except Unsatisfiable:
        raise InputError(argument, "all that were drawn", "must leave a case to try", "exclude less") from None
    except Flaky as flaky:
        raise LawBroken(
            "the same case gave different results when it was tried again",
            {"why": "what is tested keeps a state from one run to the next, or draws random numbers"},
        ) from flaky


# ------------------------------------------------------------------------------------------- the user's training loop


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _LoopCase(Shown):
    """A problem, and a start in it."""

    problem: PlacedProblem
    start: Array

    def _line(self) -> str:
        return f"{self.problem._line()}, start {self.start.tolist()}"


def check_phase_agreement(
    model: Model,
    simulator: Simulator,
    *,
    phases: Sequence[Phase | str] | None = None,
    samples: int | SearchStrategy[int] | None = None,
    dimension: int | None = None,
    steps: int = 2000,
    guard: Exact | None = None,
    tolerance: float = 1e-5,
    problems: SearchStrategy[PlacedProblem] | None = None,
    max_examples: int | None = None,
    derandomize: bool | None = None,
    settings: hypothesis.settings | None = None,
) -> Checked:
    r"""Hold a training loop of your own against the exact phases: it must do what its step size makes it do.

    Problems are drawn whose every sample lies in a known phase, with starts inside the basin; the loop runs; what its
    residuals do is compared with the phase of each sample.  Half of the parameters are drawn next to a boundary, where
    small mistakes show.

    Parameters
    ----------
    model : Model
        What the loop is supposed to train, with numbers; one that reduces to the residual map.  Only its prediction is
        used to look at the loop's weights.  A model of your own has to have a ``scale`` and a ``quadratic_form()``;
        :func:`check_derivation` says whether they are right.
    simulator : callable
        ``simulator(step_size, features, targets)`` is called at the beginning of each run, with a float and arrays of
        shapes (n, d) and (n,), and returns the step: a function from weights to the weights after one step of gradient
        descent on the model's loss.  The step is given float64 arrays of ``model.weight_shape(d)``; what it returns may
        be a NumPy or JAX array, a PyTorch tensor, or numbers, and is given back to it as float64.
    phases : sequence of Phase or names, optional
        Where to draw samples; the five of the paper when left out.
    samples, dimension : int or strategy, optional
        As for :func:`orthogonal_data`.
    steps : int ≥ 250
        Of a run at most, and four times as many before one that has not settled is called wrong.  A run is looked at
        after 128, 256, 512, … steps, and ends as soon as each of its samples has shown its phase, most of them within
        512: what a loop would do after that is not seen, however large ``steps`` is.  A schedule that changes the loop
        late has to be started there, or to change it early.
    guard : exact number, optional
        How far the a stay away from every boundary; at least 20/steps, as convergence takes so long there.  The larger
        of 1/50 and 20/steps when left out.
    tolerance : float, 1e-12 to 1e-3
        Relative, for "zero", "constant", "repeats" and "rises".  The default accepts loops in float32 and finds
        float16; 1e-9 suits float64.
    problems : strategy of PlacedProblem, optional
        Draw from this instead, whatever it draws; without ``phases``, ``samples`` and ``dimension``.  Samples nearer to
        a boundary than ``guard``, or in no known phase, are undecided.
    max_examples : int, optional
        100 when left out.
    derandomize : bool, optional
        Whether to try the same cases every time; True when left out.
    settings : hypothesis.settings, optional
        Instead of the two above.

    Returns
    -------
    Checked
        With the number of samples of each phase.

    Notes
    -----
    A phase is all that is looked at.  A loop with the wrong step size is found where that puts some sample into another
    phase; in the monotonic phase alone, or at the loss floor, half of the gradient does what all of it does.

    Certainty
    ---------
    The phases are exact or certified; what the loop does is observed, by code that does not know the derived map.
    Undecided samples (long transients inside periodic windows, floats of a chaotic run that land on a saddle, samples
    next to a boundary in ``problems``) count on neither side.

    Raises
    ------
    LawBroken
        With the simplest case found: the exact a, the phase expected and what was observed, step size, label and start.
        Also when of the samples in one phase more than two, and more than half, remained undecided.
    InputError
        For arguments that are not as above, for a simulator that does not return weights, and for problems of which no
        sample is in a known phase.

    Examples
    --------
    >>> from symphase import OneWeight
    >>> def right(step_size, features, targets):
    ...     return lambda w: w - step_size * w * (w**2 - targets)
    >>> check_phase_agreement(OneWeight(), right, phases=["catapult"], max_examples=10).undecided
    0
    >>> def wrong(step_size, features, targets):
    ...     return lambda w: w - step_size / 2 * w * (w**2 - targets)
    >>> try:
    ...     check_phase_agreement(OneWeight(), wrong)
    ... except LawBroken as broken:
    ...     print("\n".join(f"{name}: {broken.facts[name]}" for name in ("a", "expected", "observed")))
    a: 0.875
    expected: catapult
    observed: settles at zero (128 steps; the loss never rose)
    """
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    if not callable(simulator):
        accepted = "must be callable as simulator(step_size, features, targets)"
        raise InputError("simulator", simulator, accepted, "give a function")
    steps = whole(steps, "steps", least=250)
    margin = max(_NEAR, Fraction(20, steps)) if guard is None else exact_rational(guard, "guard")
    if margin < Fraction(20, steps):
        said = (
            f"must be at least 20/steps = {show_number(Fraction(20, steps))}: runs converge that slowly near a boundary"
        )
        raise InputError("guard", guard, said, "allow more steps, or keep a wider guard")
    if isinstance(tolerance, bool) or not isinstance(tolerance, float) or not 1e-12 <= tolerance <= 1e-3:
        raise InputError("tolerance", tolerance, "must be a float from 1e-12 to 1e-3", "as 1e-9 for float64")
    placed = problems is None
    if problems is None:
        accepted = "must be a sequence of phases, one or more"
        named = PHASES if phases is None else several(phases, "phases", accepted, 'as ["chaotic"]', most=64)
        chosen = tuple(phase_of(each, f"phases[{k}]") for k, each in enumerate(named))
        scales = _guarded(chosen, margin)
        problems = orthogonal_data(model, scales=scales, samples=samples, dimension=dimension)
    else:
        instance(problems, SearchStrategy, "problems", "as orthogonal_data(model)")
        for name, value in (("phases", phases), ("samples", samples), ("dimension", dimension)):
            if value is not None:
                raise InputError(name, value, "does not go with problems", "give one of the two")
    counts: Counter[str] = Counter()
    undecided: Counter[str] = Counter()
    unasked = 0
    failed: set[tuple[object, ...]] = set()

    def law(case: _LoopCase) -> None:
        nonlocal unasked
        asked = [placed or _is_asked(place, margin) for place in case.problem.classifications]
        # a failing case is made simple among those that fail without waiting longer for what may be slow
        key = (
            case.problem.step_size,
            *(a.tobytes() for a in (case.start, case.problem.features, case.problem.targets)),
        )
        try:
            verdicts = _watch(case, asked, simulator, steps, tolerance, patient=not failed or key in failed)
        except LawBroken:
            failed.add(key)
            raise
        for place, is_asked, verdict in zip(case.problem.classifications, asked, verdicts, strict=True):
            if not is_asked or verdict is None:
                unasked += 1
            else:
                (counts if verdict else undecided)[str(place.phase)] += 1

    cases = problems.flatmap(lambda problem: starts_anywhere(problem).map(lambda start: _LoopCase(problem, start)))
    _try(cases, law, _settings(max_examples, derandomize, settings), "problems")
    if not counts and not undecided:
        said = f"must have samples in a known phase, at least {show_number(margin)} away from its boundaries"
        raise InputError("problems", "all that were drawn", said, "draw others, or give a smaller guard")
    for phase, left in undecided.items():
        if left > max(counts[phase], _FEW) or not counts:
            facts = {"phase": phase, "decided": str(counts[phase]), "undecided": str(left)}
            facts["advice"] = "allow more steps, or a wider guard"
            raise LawBroken("too few runs showed a phase to be evidence for the loop", facts)
    left_out = unasked + undecided.total()
    return Checked(law="phase agreement", cases=counts.total(), undecided=left_out, counts=dict(counts))


def _is_asked(predicted: Classification, guard: Fraction) -> bool:
    """Whether a right loop must show the phase: a known one, at a distance from everything that makes runs slow."""
    a = predicted.parameter
    return predicted.phase in (*PHASES, Phase.FLOOR) and a >= guard - 2 and min(map(abs, predicted.distance)) >= guard


def _guarded(phases: Sequence[Phase], guard: Fraction) -> SearchStrategy[Fraction]:
    """Parameters in some phases, half of them next to a boundary; floats hold them exactly."""
    beyond = (guard, 3 * guard)
    places = [
        *((kind, None) for kind in (BoundaryKind.MONOTONE_END, BoundaryKind.ESCAPE)),
        *((BoundaryKind.FLIP, period) for period in (1, 2)),
    ]
    try:
        inside = [parameters(phase=phase, margin=guard, dyadic=True) for phase in phases]
    except InputError as wide:
        raise InputError("guard", guard, wide.accepted, wide.advice) from None
    edges = [
        parameters(near=residual_boundaries().require(kind, period), distance=beyond, dyadic=True)
        for kind, period in places
    ]

    def is_clear(a: Fraction) -> bool:  # of flips between, and of the other end of a phase, too
        place = classified(a)
        return place.phase in phases and min(map(abs, place.distance)) >= guard

    anywhere, beside = (st.one_of([each.filter(is_clear) for each in places]) for places in (inside, edges))

    @st.composite
    def drawn(draw: st.DrawFn) -> Fraction:  # one_of would weigh each phase like all boundaries together
        return draw(beside if draw(st.booleans()) else anywhere)

    return drawn()


def _watch(
    case: _LoopCase, asked: Sequence[bool], simulator: Simulator, steps: int, tolerance: float, *, patient: bool
) -> list[bool | None]:
    """Run the loop until every sample has shown its phase; say which did, or None where another's escape ended the run.

    Only the patient wait long enough to call wrong what is merely not there yet.
    """
    problem = case.problem
    model, features, targets = problem.model, problem.features, problem.targets
    z = problem.scaled_residuals(case.start)
    predictions = problem.classifications
    for a, place in zip(problem.scales, z.tolist(), strict=True):
        assume(_is_typical(float(a), place))
    try:
        step = simulator(problem.rate, features.copy(), targets.copy())
        if not callable(step):
            raise InputError("simulator", step, "must return a function w ↦ w", "return the step, not its result")
        run = LoopRun(model, features, targets, case.start, step, tolerance)
        pending: set[int] = set(np.flatnonzero(asked).tolist())
        shown: list[bool | None] = [False] * len(asked)
        for length in (*_lengths(steps), *([_PATIENCE * steps] if patient else [])):
            run.extend(length)
            late = length >= steps and not run.escaped.any()  # no right run stays so long so far beyond the boundary
            for k in sorted(pending):
                seen = run.behaviour(k)
                verdict = _compare(case, k, seen, float(z[k]), enough=length >= min(1000, steps))
                if verdict == "agrees":
                    pending.discard(k)
                    shown[k] = True
                elif verdict == "broken" and (_is_final(seen) or (late and predictions[k].phase is Phase.DIVERGENT)):
                    raise _broken(case, k, predictions[k], seen)
            if not pending or run.escaped.any():
                break
    except Exception as error:
        if not isinstance(error, SymphaseError):
            error.add_note(f"raised by the training loop under test in: {case._line()}")
        raise
    for k in sorted(pending):
        behaviour = run.behaviour(k)
        if run.escaped.any() and not run.escaped[k]:
            shown[k] = None  # another sample of the same run went to infinity, and took this one along
        elif patient and _compare(case, k, behaviour, float(z[k]), enough=True) == "broken":
            raise _broken(case, k, predictions[k], behaviour)
    return shown


def _is_final(seen: Behaviour) -> bool:
    """Whether more steps would change nothing."""
    return seen.label in ("settles at zero", "escapes") or (seen.label != "wanders" and seen.steps >= _LASTING)


def _is_typical(a: float, z: float) -> bool:
    """Whether no fixed point is hit within some steps: a start that lands on one shows that point's fate."""
    for _ in range(4):
        if min(abs(z - 1), abs(z - 2), abs(z + a)) < _LANDING or (a > 1 and abs(z) < _LANDING):
            return False
        z = z**3 + (a - 2) * z**2 + (1 - 2 * a) * z
        if abs(z) > 10:
            break
    return True


def _lengths(steps: int) -> list[int]:
    """When to look at a run: after 128, 256, … steps, and at its end."""
    found, length = [], 128
    while length < steps:
        found.append(length)
        length *= 2
    return [*found, steps]


def _compare(case: _LoopCase, sample: int, seen: Behaviour, z: float, *, enough: bool) -> str:
    """Whether one sample shows its phase: "agrees", "broken", or "undecided"."""
    predicted = case.problem.classifications[sample]
    phase = predicted.phase
    kappa = float(case.problem._residual_scales()[sample])
    if phase is Phase.DIVERGENT or seen.label == "escapes":
        return "agrees" if phase is Phase.DIVERGENT and seen.label == "escapes" else "broken"
    if phase is Phase.FLOOR:
        settled = seen.label in ("settles above zero", "rests on a saddle") and _is_at_floor(predicted, seen, kappa)
        return "agrees" if settled and not seen.rises else "broken"
    if seen.label == "rests on a saddle":  # floats may land there, but from inside of the basin
        return (
            "broken" if abs(kappa) * (seen.largest - seen.noise) > max(2.0, float(predicted.parameter)) else "undecided"
        )
    if phase is Phase.MONOTONIC:
        return "agrees" if seen.label == "settles at zero" and not seen.rises else "broken"
    if phase is Phase.CATAPULT:
        return (
            "agrees" if seen.label == "settles at zero" and (seen.rises or not _must_rise(predicted, z)) else "broken"
        )
    wrong = "undecided" if seen.landed else "broken"
    if phase is Phase.PERIODIC:
        if seen.label == "repeats":
            same = predicted.period == seen.period if predicted.period else seen.period in (2, 4, 8, 16, 32, 64, 128)
            if same:
                return "agrees"
        return "undecided" if seen.label in ("repeats", "wanders") and _may_be_slow(predicted) else wrong
    if phase is Phase.CHAOTIC:
        if seen.label == "repeats":  # that there is no attracting cycle was a search: look for this very period
            again = classify(predicted.parameter, max_period=max(seen.period or 1, predicted.searched_period or 1))
            return "agrees" if again.period == seen.period else wrong
        if seen.label == "wanders":
            return "agrees" if enough else "undecided"
    return wrong


def _is_at_floor(predicted: Classification, seen: Behaviour, kappa: float) -> bool:
    """Whether the residual is min g − y: z + a is multiplied by (1 + a)² in every step there.

    What fell by less than the noise over the steps that were looked at may have 1/(1 − (1 + a)^(2·steps)) times that to
    go, rounding included.
    """
    a = float(predicted.parameter)
    left = (1 + a) ** (2 * min(seen.steps // 2, TAIL))
    return abs(seen.last + a / kappa) <= seen.noise / (1 - left)


def _may_be_slow(predicted: Classification) -> bool:
    """Whether a run may need longer to its cycle than was waited: in a window, or near a flip or the onset of chaos."""
    return predicted.in_window or max(map(abs, predicted.distance)) < _NEAR


def _must_rise(predicted: Classification, z: float) -> bool:
    """Whether the very first step raises the loss by more than rounding could hide: |f(z)| > |z|."""
    a = float(predicted.parameter)
    return abs((z + a) * (z - 2) + 1) > 1 + float(_WORTH) and abs(z) > 0.01


def _broken(case: _LoopCase, sample: int, predicted: Classification, seen: Behaviour) -> LawBroken:
    problem = case.problem
    facts = {
        "a": _exactly(problem.scales[sample]),
        "expected": predicted.label,
        "observed": str(seen),
        "step size": repr(problem.rate),
        "label": repr(float(problem.targets[sample])),
        "start": repr(case.start.tolist()),
        "features": repr(problem.features.tolist()),
        "model": f"{problem.model.name}, {problem.model._line()}",
    }
    if len(problem.targets) > 1:
        facts["sample"] = f"{sample} of {len(problem.targets)}, labels {problem.targets.tolist()}"
    return LawBroken("the training loop is not in the phase that its step size puts it in", facts)


def _exactly(a: Fraction) -> str:
    """A number in full: as a decimal where that is short, else as a fraction."""
    shown = show_number(a)
    return shown if "…" not in shown else f"{shown}, exactly {a}"


# ---------------------------------------------------------------------------------------------------------- the models


def check_derivation(
    model: Model,
    *,
    max_examples: int | None = None,
    derandomize: bool | None = None,
    settings: hypothesis.settings | None = None,
) -> Checked:
    """Check that a model keeps the laws of :class:`symphase.Model`, and that its derivation holds.

    Four things, on drawn data: the arrays that ``respond``, ``slope`` and ``bend`` return are the prediction and its
    derivatives, and ``predict``, ``slopes`` and ``quadratic_form()`` agree with them; ``loss_values`` is the loss of
    those predictions, ``loss_gradient`` and ``hessian_product`` are its derivatives; one step of gradient descent takes
    the rescaled residual where the residual map says, in exact fractions with a from ``scale``, and in arrays with what
    ``scale_at`` and ``residual_scale`` return; and every step of ``derive(model)`` is proved again.  The arrays need
    numbers for all parameters, the derivation a model that :func:`symphase.derive` knows; what does not apply is left
    out.

    Parameters
    ----------
    model : Model
        One of symphase's, or a subclass of your own.
    max_examples, derandomize, settings
        As for :func:`check_phase_agreement`.

    Returns
    -------
    Checked
        With how often each law was tried.

    Certainty
    ---------
    The derivation's checks are proofs; the arrays are compared in floats, on drawn data.

    Raises
    ------
    LawBroken
        With the law and the simplest case that breaks it.
    InputError
        For what is no model, and for one of which nothing can be checked: with symbols for parameters, and no scale.

    Examples
    --------
    >>> from symphase import PhaseRetrieval
    >>> sorted(check_derivation(PhaseRetrieval(gamma=2, c=0), max_examples=20).counts)
    ['arrays', 'derivation', 'one step']
    """
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    chosen = _settings(max_examples, derandomize, settings)
    if not isinstance(model, PolynomialLoss) and not isinstance(model.loss_weight, Fraction):
        raise InputError("model.loss_weight", model.loss_weight, "must be a Fraction", "as Fraction(1, 2)")
    counts: Counter[str] = Counter()
    try:
        derivation = derive(model)
    except InputError:  # a subclass of one's own, or too many different outer weights
        derivation = None
    if derivation is not None:
        for result in derivation.check():
            counts["derivation"] += 1
            if result.verdict is not Verdict.PROVED:
                facts = {"model": model._line(), "step": result.title, "verdict": str(result.verdict)}
                raise LawBroken("a step of the derivation is not proved", facts | {"detail": result.detail})
    if model.scale is not None:
        kappa = None if derivation is None else derivation.residual_scale

        def one_step(values: dict[sympy.Symbol, Fraction]) -> None:
            counts["one step"] += 1
            _check_one_step(model, values, sympy.diff(model.scale, SYMBOLS.y) if kappa is None else kappa)

        _try(_step_cases(model), one_step, chosen, "model")
    if not model.parameters and not isinstance(model, PolynomialLoss):

        def arrays(case: tuple[list[list[int]], list[int], list[int], list[int]]) -> None:
            counts["arrays"] += 1
            _check_arrays(model, *case)

        _try(_array_cases(model), arrays, chosen, "model")
        if model.scale is not None:
            _try(_array_cases(model), lambda case: _check_array_step(model, *case), chosen, "model")
    if not counts:
        names = ", ".join(map(str, model.parameters))
        said = f"leaves nothing to check: {names} without a number, and no scale"
        raise InputError("model", model.name, said, f"give {names} a number, or write the scale")
    return Checked(law="derivation", cases=sum(counts.values()), counts=dict(counts))


def _array_cases(model: Model) -> SearchStrategy[Any]:
    @st.composite
    def cases(draw: st.DrawFn) -> tuple[list[list[int]], list[int], list[int], list[int]]:
        count, width = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        try:
            shape = model.weight_shape(width)
        except InputError:  # a model of one weight
            width = 1
            shape = model.weight_shape(width)
        small, size = st.integers(-6, 6), int(np.prod(shape))
        rows = [draw(st.lists(small, min_size=width, max_size=width)) for _ in range(count)]
        vectors = [draw(st.lists(small, min_size=length, max_size=length)) for length in (count, size, size)]
        return rows, vectors[0], vectors[1], vectors[2]

    return cases()


def _check_arrays(
    model: Model, rows: list[list[int]], targets: list[int], weights: list[int], tangent: list[int]
) -> None:
    x, y = np.array(rows, dtype=np.float64) / 4, np.array(targets, dtype=np.float64) / 4
    shape = model.weight_shape(x.shape[1])
    w, v = (np.array(vector, dtype=np.float64).reshape(1, *shape) / 4 for vector in (weights, tangent))
    projections, moves = w @ x.T, v @ x.T
    symbols = model.coordinates
    facts: dict[str, object] = {"model": model._line(), "features": x.tolist(), "targets": y.tolist()}
    facts["weights"] = w[0].tolist()

    def at(expression: sympy.Expr, sample: int) -> float:
        flat = projections[0, ..., sample].reshape(-1)
        return float(expression.xreplace({s: sympy.Rational(float(p)) for s, p in zip(symbols, flat, strict=True)}))

    def compare(name: str, found: object, expected: object, **how: float) -> None:
        _compare_arrays(name, found, expected, facts, **how)

    count, neurons = len(y), projections[0].reshape(-1, len(y)).shape[0]
    if len(symbols) == neurons:  # the symbolic side has one symbol for each projection
        values = np.array([[at(model.prediction, k) for k in range(count)]])
        compare("respond (against prediction)", model.respond(projections), values)
        first = [sympy.diff(model.prediction, s) for s in symbols]
        slopes = np.array([[at(each, k) for k in range(count)] for each in first]).reshape(projections.shape)
        compare("slope (against the derivative of prediction)", model.slope(projections), slopes)
        bent = np.zeros((neurons, count))
        along = moves[0].reshape(neurons, count)
        for j, each in enumerate(first):
            for i, s in enumerate(symbols):
                second = sympy.diff(each, s)
                bent[j] += [at(second, k) * along[i, k] for k in range(count)]
        compare(
            "bend (against the derivative of slope)", model.bend(projections, moves), bent.reshape(projections.shape)
        )
    predictions = model.respond(projections)
    compare("predict (against respond)", model.predict(w, x), predictions)
    compare("slopes (against slope)", model.slopes(w, x), model.slope(projections))
    squares = np.sum((predictions - y) ** 2, axis=-1)
    compare("loss_values (against the residuals)", model.loss_values(w, x, y), model.loss_scale(count) * squares)
    form = model.quadratic_form()
    if form is not None:
        instance(form, QuadraticForm, "model.quadratic_form()", "or None for a prediction that is no sum of squares")
        compare("the number of outer weights of quadratic_form", len(form.outer), neurons)
        squares = np.asarray(form.outer) @ (form.slope * projections.reshape(neurons, count) + form.shift) ** 2
        size = max(1.0, abs(form.offset))  # what cancels in the sum
        compare("quadratic_form (against respond)", [form.offset + squares], predictions, size=size)
    gradient = model.loss_gradient(w, x, y)
    rise = _derivative(lambda h: model.loss_values(w + h * v, x, y))
    compare("loss_gradient (against differences of loss_values)", [np.sum(gradient * v)], rise, slack=1e-6)
    turn = _derivative(lambda h: model.loss_gradient(w + h * v, x, y))
    product = model.hessian_product(w, v, x, y)
    compare("hessian_product (against differences of loss_gradient)", product, turn, slack=1e-6)


def _derivative(curve: Callable[[float], Array]) -> Array:
    """The derivative at 0 by four values: exact, but for rounding, for polynomials up to degree 4."""
    near, far = ((curve(h) - curve(-h)) / (2 * h) for h in (2.0**-10, 2.0**-9))
    derivative: Array = (4 * near - far) / 3
    return derivative


def _compare_arrays(
    name: str, found: object, expected: object, facts: dict[str, object], *, slack: float = 1e-9, size: float = 1.0
) -> None:
    given, wanted = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    size = max(size, float(np.abs(wanted).max(initial=0.0)))
    if given.shape != wanted.shape or not np.abs(given - wanted).max(initial=0.0) <= slack * size:
        told = {"found": str(given.tolist()), "expected": str(wanted.tolist())}
        raise LawBroken(f"{name} is not what it must be", {k: str(t) for k, t in facts.items()} | told)


def _check_array_step(
    model: Model, rows: list[list[int]], targets: list[int], weights: list[int], _tangent: list[int]
) -> None:
    """One step of ``loss_gradient`` against the residual map, with a and κ as drawn data take them."""
    x, y = np.zeros((len(rows), len(rows[0]))), np.array(targets, dtype=np.float64) / 4
    x[0] = np.array(rows[0]) / 4  # the other rows are zero: orthogonal to this one, and of no effect on the weights
    if not x.any():
        return
    w = np.array(weights, dtype=np.float64).reshape(1, *model.weight_shape(x.shape[1])) / 4
    square, rate = Fraction(float(x[0] @ x[0])), Fraction(3, 8)
    a = float(model.scale_at(square, Fraction(float(y[0])), len(y), rate))
    kappa = float(model.residual_scale(square, len(y), rate))
    moved = w - float(rate) * model.loss_gradient(w, x, y)
    before, after = (float(model.predict(each, x)[0, 0] - y[0]) for each in (w, moved))
    z = kappa * before
    terms = [z**3, (a - 2) * z**2, (1 - 2 * a) * z] if kappa else [(1 - 2 * a) * before]
    facts = {"model": model._line(), "features": x.tolist(), "targets": y.tolist(), "weights": w[0].tolist()}
    _compare_arrays(
        "scale_at or residual_scale (against one step of gradient descent)",
        kappa * after if kappa else after,
        sum(terms),
        {**facts, "step size": float(rate), "a": a, "residual scale": kappa},
        size=max(1.0, *map(abs, terms), abs(kappa * y[0])),
    )


def _step_cases(model: Model) -> SearchStrategy[dict[sympy.Symbol, Fraction]]:
    used = (model.loss, model.scale, model.norm_squared, SYMBOLS.eta, *model.coordinates)
    free: set[sympy.Symbol] = set().union(*((sympy.Integer(1) * expression).free_symbols for expression in used))
    positive = {SYMBOLS.eta, SYMBOLS.q, SYMBOLS.n}
    names = sorted(free, key=str)
    size = st.builds(Fraction, st.integers(1, 6), st.integers(1, 3))
    signed = st.builds(lambda value, sign: sign * value, size, st.sampled_from([1, -1]))
    whole_numbers = st.integers(1, 4).map(Fraction)
    return st.fixed_dictionaries(
        {s: whole_numbers if s == SYMBOLS.n else size if s in positive else signed for s in names}
    )


def _check_one_step(model: Model, values: dict[sympy.Symbol, Fraction], residual_scale: sympy.Expr) -> None:
    """Gradient descent on one sample's loss in fractions, against z ← z³ + (a − 2)z² + (1 − 2a)z or e ← (1 − 2a)e."""
    target = evaluate(model.target, values)
    eta, square = values[SYMBOLS.eta], evaluate(sympy.Integer(1) * model.norm_squared, values)
    moved = dict(values)
    for coordinate, slope in zip(model.coordinates, model.gradient, strict=True):
        moved[coordinate] = values[coordinate] - eta * square * evaluate(slope, values)
    before, after = (evaluate(model.prediction, each) - target for each in (values, moved))
    a, kappa = evaluate(model.scale, values), evaluate(residual_scale, {**values, SYMBOLS.y: target})
    z, f = kappa * before, kappa * after
    expected = z**3 + (a - 2) * z**2 + (1 - 2 * a) * z if kappa else (1 - 2 * a) * before
    found = f if kappa else after
    if found != expected:
        facts = {"model": model._line(), "a": show_number(a), **{str(s): str(v) for s, v in values.items()}}
        told = {"residual before": str(before), "after": str(found), "the map says": str(expected)}
        raise LawBroken("one step of gradient descent is not one step of the residual map", facts | told)


# ---------------------------------------------------------------------------------------------- families and their maps


def check_conjugacy(
    first: PolynomialFamily,
    second: PolynomialFamily,
    change: Change | sympy.Expr,
    *,
    parameter: Change | sympy.Expr | None = None,
    max_examples: int | None = None,
    derandomize: bool | None = None,
    settings: hypothesis.settings | None = None,
) -> Checked:
    """Check that a change of variable h takes one family's orbits to another's: h(f(z, a), a) = g(h(z, a), b(a)).

    Parameters
    ----------
    first, second : PolynomialFamily
        f and g.
    change : SymPy expression or callable
        h: an expression in the first family's variable and parameter, or a function of (z, a), exact on Fractions.  It
        need not be one-to-one, but a constant is refused.  Points at its poles are left out.
    parameter : SymPy expression or callable, optional
        b: an expression in the first family's parameter, or a function of a; a itself when left out.
    max_examples, derandomize, settings
        As for :func:`check_phase_agreement`.

    Returns
    -------
    Checked

    Certainty
    ---------
    Exact at each point that was tried.  For polynomials, more points than degree(f) · degree(h) in z at as many a would
    be a proof.

    Raises
    ------
    LawBroken
        With the simplest z and a at which the two sides differ; for a constant change, too.
    InputError
        For arguments that are not as above.

    Examples
    --------
    >>> from symphase import OneWeight, PhaseRetrieval, derive
    >>> r, v = sympy.symbols("r v")
    >>> cubic = PolynomialFamily(r * v - v**3, variable=v, parameter=r)
    >>> residual = derive(PhaseRetrieval()).family
    >>> check_conjugacy(cubic, residual, v**2 - r + 1, parameter=r - 1)
    <Checked: conjugacy: held in 100 cases>
    """
    for name, given_family in (("first", first), ("second", second)):
        if not isinstance(given_family, PolynomialFamily):
            raise InputError(name, given_family, "must be a PolynomialFamily", "as derive(model).family")
    h = _callable(change, (first.variable, first.parameter), "change")
    b: Change = (lambda a: a) if parameter is None else _callable(parameter, (first.parameter,), "parameter")
    small = st.builds(Fraction, st.integers(-24, 24), st.integers(1, 8))
    tried = 0

    def law(case: tuple[Fraction, Fraction]) -> None:
        nonlocal tried
        z, a = case
        try:
            here, following = h(z, a), h(_apply(first, a, z), a)
            there = _apply(second, exact_rational(b(a), "parameter"), exact_rational(here, "change"))
        except ZeroDivisionError:  # a pole of the change
            reject()
        tried += 1
        if exact_rational(following, "change") != there:
            facts = {str(first.parameter): str(a), str(first.variable): str(z)}
            told = {"h(f(z))": str(following), "g(h(z))": str(there)}
            raise LawBroken("the change of variable does not take one map to the other", facts | told)

    _try(st.tuples(small, small), law, _settings(max_examples, derandomize, settings), "change")
    if _is_constant(h):
        facts = {"change": str(change), "why": f"every {first.variable} goes to one point: no orbit is left to compare"}
        raise LawBroken("the change of variable is constant", facts)
    return Checked(law="conjugacy", cases=tried)


def _is_constant(change: Change) -> bool:
    """Whether a change of variable h(z, a) takes one value at each of several a, wherever it has any."""
    for a in map(Fraction, ("1", "5/2", "-3/7")):
        values = set()
        for z in range(-8, 9):
            with contextlib.suppress(ZeroDivisionError):  # a pole
                values.add(change(Fraction(z, 3), a))
        if len(values) > 1:
            return False
    return True


def _callable(given_change: Any, symbols: tuple[sympy.Symbol, ...], argument: str) -> Change:
    if isinstance(given_change, sympy.Expr):
        strangers = given_change.free_symbols - set(symbols)
        if strangers:
            names = " and ".join(map(str, symbols))
            said = f"may hold {names} alone, and holds {', '.join(sorted(map(str, strangers)))}"
            raise InputError(argument, given_change, said, "give every other name a number")
        return lambda *values: evaluate(given_change, dict(zip(symbols, values, strict=True)))
    if not callable(given_change):
        raise InputError(argument, given_change, "must be a SymPy expression or a function", "as v**2 - a")
    found: Change = given_change
    return found


def _apply(family: PolynomialFamily, a: Fraction, z: Fraction) -> Fraction:
    coefficients: tuple[Fraction, ...] = family.at(a)
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * z + coefficient
    return total


def check_boundaries(
    family: PolynomialFamily,
    *,
    boundaries: Boundaries | None = None,
    max_examples: int | None = None,
    derandomize: bool | None = None,
    settings: hypothesis.settings | None = None,
) -> Checked:
    """Check on both sides of every boundary of a family that orbits do what the boundary says.

    Orbits in floats, their multipliers and exponents, and real roots decide which side a parameter is on; they share
    nothing with the elimination that found the boundary.  Every side is looked at from a fourth of the way to the next
    boundary on, down to a millionth of it: a boundary that is off by more than 1/50 000 of that way is noticed.  Near
    the onset of chaos a 1000th is the nearest, and 1/16 is noticed.  What is too close to call is undecided.

    Every kind of boundary must be listed, or be named in ``boundaries.missing``; of flips each second period must be
    the first of another one.  Of the last flips of a cascade nothing says how many there should be.

    Parameters
    ----------
    family : PolynomialFamily
    boundaries : Boundaries, optional
        ``find_boundaries(family)`` when left out.
    max_examples, derandomize, settings
        As for :func:`check_phase_agreement`.

    Returns
    -------
    Checked
        With how often each boundary was tried.

    Certainty
    ---------
    Observed, at parameters that are exact.

    Raises
    ------
    LawBroken
        With the boundary, the exact parameter, what was expected and what was seen.
    InputError
        For a family without boundaries, and for boundaries of another family.

    Examples
    --------
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> check_boundaries(logistic, max_examples=40).undecided
    0
    """
    if not isinstance(family, PolynomialFamily):
        raise InputError("family", family, "must be a PolynomialFamily", "as derive(model).family")
    found = find_boundaries(family) if boundaries is None else boundaries
    if not isinstance(found, Boundaries):
        raise InputError("boundaries", boundaries, "must be what find_boundaries(family) returned", "leave it out")
    if found.family != family:
        raise InputError("boundaries", found, "are those of another family", "leave them out")
    _check_listed(found)
    counts: Counter[str] = Counter()
    undecided = 0

    def law(case: tuple[Boundary, bool, Fraction]) -> None:
        nonlocal undecided
        boundary, after, a = case
        expected = expected_sides(boundary)[after]
        seen = seen_at(found, boundary, a)
        if seen is None:
            undecided += 1
        elif seen != expected:
            facts = {
                str(family.parameter): _exactly(a),
                "expected": expected,
                "observed": seen,
                "boundary": f"{boundary.name}, {family.parameter} {boundary._digits()}",
                "side": "after it" if after else "before it",
                "map": formula_line(found.reduced_family.expression),
            }
            raise LawBroken("orbits near a boundary do not do what it says", facts)
        else:
            counts[boundary.name] += 1

    used = _settings(max_examples, derandomize, settings)
    for case in beside_each(found):  # what is drawn may leave a side out
        law(case)
    _try(near_boundary(found), law, used, "boundaries")
    return Checked(law="boundaries", cases=sum(counts.values()), undecided=undecided, counts=dict(counts))


def _check_listed(boundaries: Boundaries) -> None:
    """Every kind must be there or have a reason to be missing, and flips follow each other without a gap."""
    kinds = {boundary.kind for boundary in boundaries} | {kind for kind, _ in boundaries.missing}
    flips = {boundary.period or 1 for boundary in boundaries if boundary.kind is BoundaryKind.FLIP}
    lost = [str(kind) for kind in BoundaryKind if kind not in kinds]
    lost += [f"flip of period {p // 2} → {p}" for p in sorted(flips) if p % 2 == 0 and p // 2 not in flips]
    if lost:
        facts = {"not there": ", ".join(lost), "listed": ", ".join(boundary.name for boundary in boundaries)}
        raise LawBroken("a boundary is neither listed nor named as missing", facts)

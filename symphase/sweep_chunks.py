"""What each chunk of a sweep holds, and how it is computed: gradient descent, Lyapunov exponents, exact phases.

A chunk's bytes follow from the specification and the chunk's number alone, whoever computes it, when, and beside what:
data and starts are drawn from seeds of their own, runs advance together in groups whose size the specification fixes,
and matrix products stay so small that the BLAS does not split them over threads.  Other versions of NumPy, or
processors of another kind, may round otherwise; versions are recorded, and a store takes no chunk of another one.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.store_plans import StorePlan, Values, Variable
from symphase.sweep_specs import AtlasSettings, DescentSettings, LyapunovSettings, SweepSpec

if TYPE_CHECKING:
    from symphase.maps import PolynomialFamily
    from symphase.models import Model
    from symphase.problems import Problem

__all__ = ["LABELS", "PHASES", "check_computable", "compute_chunk", "plan_of", "versions_for"]

LABELS: Final = ("monotonic", "catapult", "periodic", "chaotic", "divergent", "undecided")
PHASES: Final = (
    "monotonic",
    "catapult",
    "periodic",
    "chaotic",
    "divergent",
    "converges to the loss floor",
    "degenerate",
    "stays on a saddle",
    "undecided",
)
_CERTAINTIES: Final = tuple(str(each) for each in Certainty)
_VERDICTS: Final = tuple(str(each) for each in Verdict)
# Matrix products up to this many multiplications stay on one thread of the usual BLAS, so that their bits do not depend
# on how many threads a worker may use.
_WORKING_SET: Final = 2**18
_RECORD_BYTES: Final = 2**26
_ITERATES: Final = 10**8  # of a map in one call, which no interrupt ends

_Place = Mapping[str, slice]


def _coded(names: tuple[str, ...], text: str) -> dict[str, Any]:
    return {
        "long_name": text,
        "flag_values": list(range(len(names))),
        "flag_meanings": " ".join(name.replace(" ", "_") for name in names),
    }


_VARIABLES: Final[dict[str, dict[str, tuple[str, dict[str, Any]]]]] = {
    "descent": {
        "label": ("int8", _coded(LABELS, "observed phase")),
        "period": ("int32", {"long_name": "observed period of the residuals; 0 where none was seen"}),
        "rises": ("int32", {"long_name": "steps in which the loss grew by more than rounding"}),
        "final_loss": ("float64", {"long_name": "loss after the last step; inf where the run escaped"}),
        "escape_step": ("int32", {"long_name": "first step beyond the escape loss; -1 where none was seen"}),
        "sharpness": ("float64", {"long_name": "largest Hessian eigenvalue after the last step; inf after an escape"}),
        "lyapunov": ("float64", {"long_name": "largest Lyapunov exponent per step; NaN where it was not estimated"}),
        "lyapunov_error": ("float64", {"long_name": "its standard error"}),
    },
    "lyapunov": {
        "lyapunov": ("float64", {"long_name": "Lyapunov exponent per step; NaN where the orbit escapes"}),
        "lyapunov_error": ("float64", {"long_name": "its standard error"}),
    },
    "atlas": {
        "phase": ("int8", _coded(PHASES, "phase")),
        "period": ("int32", {"long_name": "period of the attracting cycle; 0 where none is proved"}),
        "certainty": ("int8", _coded(_CERTAINTIES, "certainty of phase and period")),
        "in_window": ("int8", {"long_name": "1 in a periodic window beyond the onset of chaos, else 0"}),
        "entropy_positive": ("int8", _coded(_VERDICTS, "whether the topological entropy is positive")),
        "distance": ("float64", {"long_name": "nearest boundary minus a, rounded"}),
    },
}
_TITLES: Final = {
    "descent": "gradient descent over a grid of step sizes",
    "lyapunov": "Lyapunov exponents of a map over its parameter",
    "atlas": "phases of the residual map over its parameter",
}
_CERTAINTY: Final = {
    "descent": str(Certainty.OBSERVED),
    "lyapunov": str(Certainty.NUMERICAL),
    "atlas": "as each point's certainty says",
}
_SOFTWARE: Final = {
    "descent": ("numpy", "scipy"),
    "lyapunov": ("numpy", "sympy", "python-flint"),
    "atlas": ("numpy", "sympy", "python-flint"),
}


# ------------------------------------------------------------------------------------------------------------ the plan


def versions_for(spec: SweepSpec) -> dict[str, str]:
    """Versions of everything here that the bits of this sweep may depend on."""
    names = ["symphase", *_SOFTWARE[spec.kind]]
    if isinstance(spec.settings, DescentSettings) and spec.settings.data in ("digits", "diabetes"):
        names.append("scikit-learn")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def plan_of(spec: SweepSpec) -> StorePlan:
    """Return the plan of the store that holds a sweep's results.

    Raises
    ------
    InputError
        If it would be too large.
    """
    sizes = {axis.name: len(axis) for axis in spec.axes}
    chunks = dict.fromkeys(sizes, 1) | {spec.axes[-1].name: spec.chunk}
    coordinates: dict[str, Values] = {
        axis.name: np.array(axis.values(), dtype=np.int64 if axis.name == "data_seed" else np.float64)
        for axis in spec.axes
    }
    dims = tuple(sizes)
    extra: list[Variable] = []
    if spec.runs is not None:
        sizes["run"] = chunks["run"] = spec.runs
        coordinates["run"] = np.arange(spec.runs)
        if isinstance(spec.settings, DescentSettings):
            extra = _step_variables(spec.settings, dims)
    known = _VARIABLES[spec.kind]
    return StorePlan(
        specification=json.loads(spec.canonical),
        seed=_seed(spec),
        versions=versions_for(spec),
        sizes=sizes,
        chunk_sizes=chunks,
        coordinates=coordinates,
        variables=(
            *(
                Variable(name=name, dims=tuple(sizes), dtype=known[name][0], attributes=known[name][1])
                for name in spec.outputs
            ),
            *extra,
        ),
        attributes={
            "title": f"{_TITLES[spec.kind]}, computed by symphase",
            "certainty": _CERTAINTY[spec.kind],
            "seed": _seed(spec),
            "specification": spec.canonical,
            "specification_sha256": spec.sha256,
        },
    )


def _step_variables(settings: DescentSettings, dims: tuple[str, ...]) -> list[Variable]:
    if settings.unit == "a":
        told = {"long_name": "step size η of w ← w − η∇L"}
        return [Variable(name="step_size", dims=dims, dtype="float64", attributes=told)]
    if _model(settings).scale is None:
        return []
    told = {"long_name": "largest a of a sample at this step size, if all were orthogonal"}
    return [Variable(name="largest_a", dims=dims, dtype="float64", attributes=told)]


def _seed(spec: SweepSpec) -> str:
    if not isinstance(spec.settings, DescentSettings):
        return "nothing drawn"
    return (
        f"rng={spec.rng}: data of data_seed k (0 without that axis) from SeedSequence({spec.rng}, spawn_key=(0, k)), "
        f"starts from SeedSequence({spec.rng}, spawn_key=(1, k)), run r being draw number r"
    )


def check_computable(spec: SweepSpec) -> None:
    """Make the first chunk's problem or map, so that what cannot be made is refused before anything is written.

    Raises
    ------
    InputError
        As its maker.
    """
    if isinstance(spec.settings, DescentSettings):
        first = {axis.name: axis.at(0) for axis in spec.axes}
        problem = _problem(spec, spec.settings, first)
        _step_unit(problem, spec.settings)
    elif isinstance(spec.settings, LyapunovSettings):
        _family(spec.settings)


def compute_chunk(spec: SweepSpec, plan: StorePlan, index: int) -> dict[str, Values]:
    """Compute one chunk: the arrays that :meth:`symphase.stores.StoreWriter.write` takes.

    Certainty
    ---------
    Of a descent observed, of Lyapunov exponents numerical, of an atlas as each point says.

    Raises
    ------
    InputError
        For problems that cannot be made.
    """
    place = plan.chunk_slices(index)
    settings = spec.settings
    if isinstance(settings, DescentSettings):
        found = _descent(spec, settings, place)
    elif isinstance(settings, LyapunovSettings):
        found = _lyapunov(spec, settings, place)
    else:
        found = _atlas(spec, settings, place)
    return {each.name: found[each.name].astype(each.dtype) for each in plan.variables}


# ---------------------------------------------------------------------------------------------------- gradient descent


def _model(settings: DescentSettings) -> Model:
    from symphase.models import PhaseRetrieval, TwoLayerNetwork

    reduction = cast("Any", settings.reduction)
    if settings.model == "phase-retrieval":
        return PhaseRetrieval(gamma=settings.gamma, c=settings.c, reduction=reduction)
    outer: Any = settings.outer_weights
    width: Any = settings.width
    return TwoLayerNetwork(alpha=settings.alpha, width=width, outer_weights=outer, reduction=reduction)


def _problem(spec: SweepSpec, settings: DescentSettings, at: Mapping[str, Fraction]) -> Problem:
    from symphase.problems import (
        Problem,
        load_diabetes_problem,
        load_digits_problem,
        make_problem,
        problem_from_data,
    )
    from symphase.tables import DataSet

    model = _model(settings)
    rng = np.random.SeedSequence(spec.rng, spawn_key=(0, int(at.get("data_seed", 0))))
    if settings.data in ("digits", "diabetes"):
        load = load_digits_problem if settings.data == "digits" else load_diabetes_problem
        problem = load(model, samples=settings.samples or 1, test_samples=0, rng=rng)
    elif settings.data is not None:
        if spec.table is None:
            raise InputError(
                "problem.data",
                settings.data,
                "did not come with the specification",
                "read the specification from its TOML again",
            )
        problem = problem_from_data(spec.table, model)
    else:
        dialled = {
            keyword: float(at[name]) for name, keyword in (("mixing", "mixing"), ("rms_cosine", "rms")) if name in at
        }
        noise = {} if not settings.noise else {"noise": float(settings.noise)}
        problem = make_problem(
            model,
            samples=settings.samples or 1,
            dimension=settings.dimension or 1,
            design=cast("Any", settings.design),
            labels=settings.labels,
            rng=rng,
            **cast("Any", dialled | noise),
        )
    if "label_scale" not in at:
        return problem
    data = DataSet(
        features=problem.features, targets=problem.targets * float(at["label_scale"]), name=problem.data.name
    )
    return Problem(model=model, data=data, seed=problem.seed, name=problem.name)


def _step_unit(problem: Problem, settings: DescentSettings) -> Fraction:
    if settings.unit == "eta":
        return Fraction(1)
    unit = problem.unit_step_size
    if unit is None:
        raise InputError("grid.step_sizes", 'unit = "a"', "needs a sample whose a is positive", 'use unit = "eta"')
    return unit


def _descent(spec: SweepSpec, settings: DescentSettings, place: _Place) -> dict[str, Values]:
    *outer, last = spec.axes
    at = {axis.name: axis.at(place[axis.name].start) for axis in outer}
    problem = _problem(spec, settings, at)
    unit = _step_unit(problem, settings)
    wanted = [last.at(index) for index in range(place[last.name].start, place[last.name].stop)]
    steps = np.array([_rounded(value * unit) for value in wanted])
    runs = spec.runs or 1
    seen = _runs(spec, settings, problem, np.repeat(steps, runs), int(at.get("data_seed", 0)))
    lead = (1,) * len(outer)
    found = {name: values.reshape(*lead, len(steps), runs) for name, values in seen.items()}
    if settings.unit == "a":
        return found | {"step_size": steps.reshape(*lead, -1)}
    if problem.model.scale is None:
        return found
    largest = max(problem.scales_per_step)
    return found | {"largest_a": np.array([_rounded(value * largest) for value in wanted]).reshape(*lead, -1)}


def _rounded(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InputError("grid.step_sizes", "a step size", "is beyond the range of float64", "rescale") from None


def _runs(
    spec: SweepSpec, settings: DescentSettings, problem: Problem, steps: Values, data_seed: int
) -> dict[str, Values]:
    """Run and observe every entry of the batch, in groups whose size follows from the specification."""
    from symphase.descent import descend
    from symphase.observations import observe_phases
    from symphase.sharpness import largest_hessian_eigenvalue

    model, x, y = problem.model, problem.features, problem.targets
    runs = spec.runs or 1
    rng = np.random.SeedSequence(spec.rng, spawn_key=(1, data_seed))
    drawn = descend(model, x, y, step_sizes=1e-300, runs=runs, rng=rng, steps=1, record_every=1).starts
    starts = np.tile(drawn, (len(steps) // runs, *(1,) * (drawn.ndim - 1)))
    watched = settings.watched(spec.outputs)
    weights = math.prod(starts.shape[1:])
    kept = 8 * ((settings.steps + 1 if watched else 2) * (len(y) + 1) + 16 * weights)
    group = max(1, min(_WORKING_SET // (weights * len(y)), _RECORD_BYTES // kept))
    columns: dict[str, list[float]] = {name: [] for name in _VARIABLES["descent"]}
    for first in range(0, len(steps), group):
        part = slice(first, first + group)
        run = descend(
            model,
            x,
            y,
            step_sizes=steps[part],
            starts=starts[part],
            steps=settings.steps,
            record_every=1 if watched else settings.steps,
            escape_loss=settings.escape_loss,
        )
        columns["final_loss"] += run.losses[:, -1].tolist()
        columns["escape_step"] += run.escape_step.tolist()
        if "sharpness" in spec.outputs:
            largest = largest_hessian_eigenvalue(model, run.weights, x, y)
            columns["sharpness"] += np.where(run.escape_step < 0, largest, math.inf).tolist()
        if not watched:
            continue
        for seen in observe_phases(run, tolerance=float(settings.tolerance), approaching=True):
            columns["label"].append(LABELS.index(seen.label))
            columns["period"].append(seen.period or 0)
            columns["rises"].append(seen.rises)
            columns["lyapunov"].append(math.nan if seen.exponent is None else seen.exponent)
            columns["lyapunov_error"].append(math.nan if seen.exponent_error is None else seen.exponent_error)
    return {name: np.array(values) for name, values in columns.items() if len(values) == len(steps)}


# ------------------------------------------------------------------------------------------------------------- the map


def _family(settings: LyapunovSettings) -> PolynomialFamily:
    from symphase.phases import residual_family

    if settings.formula is None or settings.variable is None or settings.parameter is None:
        return residual_family()
    from sympy import Symbol

    from symphase.formulas import parse_formula
    from symphase.maps import PolynomialFamily

    names = [settings.variable, settings.parameter]
    if names[0] == names[1]:
        raise InputError("map.parameter", names[1], "must differ from the variable", "name two different symbols")
    expression = parse_formula(settings.formula, names, argument="map.formula")
    return PolynomialFamily(expression, variable=Symbol(names[0]), parameter=Symbol(names[1]))


def _lyapunov(spec: SweepSpec, settings: LyapunovSettings, place: _Place) -> dict[str, Values]:
    from symphase.orbits import lyapunov_curve

    family, axis = _family(settings), spec.axes[0]
    part = place[axis.name]
    group = max(1, _ITERATES // (settings.transient + settings.steps))
    start = None if settings.start is None else float(settings.start)
    exponents: list[Values] = []
    errors: list[Values] = []
    for first in range(part.start, part.stop, group):
        values = [float(axis.at(index)) for index in range(first, min(first + group, part.stop))]
        curve = lyapunov_curve(family, values, start, transient=settings.transient, steps=settings.steps)
        exponents.append(curve.exponents)
        errors.append(curve.errors)
    return {"lyapunov": np.concatenate(exponents), "lyapunov_error": np.concatenate(errors)}


def _atlas(spec: SweepSpec, settings: AtlasSettings, place: _Place) -> dict[str, Values]:
    from symphase.phases import classify

    axis = spec.axes[0]
    part = place[axis.name]
    rows = []
    for index in range(part.start, part.stop):
        found = classify(axis.at(index), max_period=settings.max_period)
        rows.append(
            (
                PHASES.index(str(found.phase)),
                found.period or 0,
                _CERTAINTIES.index(str(found.certainty)),
                int(found.in_window),
                _VERDICTS.index(str(found.entropy_positive)),
                float((found.distance[0] + found.distance[1]) / 2),
            )
        )
    return {name: np.array(column) for name, column in zip(_VARIABLES["atlas"], zip(*rows, strict=True), strict=True)}

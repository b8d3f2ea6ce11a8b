"""Where a problem's own gradient descent changes its phase: brackets in step size, by bisection over random starts.

For data that no theory covers (rows that are not orthogonal, more samples than features, noise) the boundaries between
the phases can only be observed.  Each start has boundaries of its own; what is reported is their spread.

1. The range of step sizes is found by doubling and halving: at its lower end the loss of every start falls and never
   rises, at its upper end every start diverges.
2. Every start is run on a geometric grid over that range, and each run is labelled (``symphase.observations``).
3. For each start and each transition, the bracket between the last step size below and the first beyond is halved.
   Where the run in the middle, and those at the quarters, stay undecided (slow convergence at the boundary itself), the
   bracket stays as wide as it is, and that is counted.  Below the bracket a few step sizes are tried for earlier ones,
   for windows may draw a bisection upwards; if there are any it starts again there.

Beyond the first chaotic step size there may be windows of periodic runs, and beyond the first divergent one runs that
stay bounded; a transition is the first that was seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from symphase.arguments import check_memory, flag, number, reporter, whole
from symphase.array_records import ArrayRecord
from symphase.descent import descend
from symphase.display import Shown, count_text, cut, level_html, number_text, rows_table, text_html
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.observations import Label, observe_phases
from symphase.problems import Problem
from symphase.sharpness import largest_hessian_eigenvalue

__all__ = ["LABELS", "EmpiricalBoundaries", "Transition", "empirical_boundaries", "observe_problem"]

Array = npt.NDArray[np.float64]

LABELS: Final[tuple[Label, ...]] = ("monotonic", "catapult", "periodic", "chaotic", "divergent", "undecided")
"""What a run can be called, in the order of the codes."""
_NAMES: Final = ("monotonic → catapult", "catapult → periodic", "periodic → chaotic", "chaotic → divergent")
MAX_POINTS: Final = 10_000
_BLOCK_BYTES: Final = 2**28
_OCTAVES: Final = 60
_FARTHEST: Final = 2.0**960  # where the search begins at most; what lies so many octaves from there is a float as well
_UNDECIDED: Final = len(LABELS) - 1
_SPOTS: Final = (0.9, 0.7, 0.5, 0.35, 0.2, 0.1, 0.04)  # how far below a bracket, in parts of the way to its floor
_CUTS: Final = (0.5, 0.75, 0.25)  # where a bracket is cut, and cut again when the run there stays undecided
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Transition(Shown, ArrayRecord):
    """One change of phase, start by start.

    Attributes
    ----------
    name : str
        Such as "catapult → periodic".
    lower, upper : ndarray, shape (R,)
        Brackets in step size, one for each of the R starts in which the transition was found.
    runs : int
        How many starts were looked at.
    stopped : int
        In how many of the R undecided runs ended the bisection before the brackets were as narrow as asked for.
    certainty : Certainty
        OBSERVED.
    """

    name: str
    lower: Array
    upper: Array
    runs: int
    stopped: int
    certainty: Certainty = Certainty.OBSERVED

    def __post_init__(self) -> None:
        self.lower.setflags(write=False)
        self.upper.setflags(write=False)

    @property
    def found(self) -> int:
        """R, the number of starts in which it was found."""
        return len(self.lower)

    @property
    def step_size(self) -> float | None:
        """The median of the brackets' middles; None if it was never found."""
        return float(np.median((self.lower + self.upper) / 2)) if self.found else None

    @property
    def spread(self) -> tuple[float, float] | None:
        """From the smallest lower end to the largest upper end; None if it was never found."""
        return (float(self.lower.min()), float(self.upper.max())) if self.found else None

    @property
    def standard_error(self) -> float | None:
        """Of the middles' mean, the half-widths of the brackets included; None from fewer than two starts."""
        if self.found < 2:
            return None
        middles, halves = (self.lower + self.upper) / 2, (self.upper - self.lower) / 2
        return math.hypot(float(middles.std(ddof=1)) / math.sqrt(self.found), float(halves.mean()))

    def _line(self) -> str:
        where = "not found" if self.step_size is None else f"step size ≈ {self.step_size:.6g} (median)"
        return f"{self.name}, {where}, {self.found} of {count_text(self.runs, 'start')} [{self.certainty}]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EmpiricalBoundaries(Shown, ArrayRecord):
    """The transitions of one problem, and what was run to find them.

    Attributes
    ----------
    problem : Problem
    transitions : tuple of Transition
        monotonic → catapult, catapult → periodic, periodic → chaotic, chaotic → divergent.
    step_sizes : ndarray, shape (G,)
        The grid of step 2.
    labels : ndarray of int64, shape (G, runs)
        What was seen there, as indices into ``LABELS``.
    starts : ndarray, shape (runs, *weight_shape)
    runs, steps : int
        Starts, and steps of each run.
    unit : float or None
        The step size at which the largest a of a sample is 1, were the rows orthogonal; None where no a > 0.
    sharpness : float or None
        Median over the starts of the largest eigenvalue of the Hessian where the smallest step size of the grid ended;
        None where none of these runs converged.
    seed : str
        Where the starts come from.
    certainty : Certainty
        OBSERVED.
    """

    problem: Problem
    transitions: tuple[Transition, ...]
    step_sizes: Array
    labels: npt.NDArray[np.int64]
    starts: Array
    runs: int
    steps: int
    unit: float | None
    sharpness: float | None
    seed: str
    certainty: Certainty = Certainty.OBSERVED

    def __post_init__(self) -> None:
        self.step_sizes.setflags(write=False)
        self.labels.setflags(write=False)

    def in_a(self, step_size: float) -> float | None:
        """Return the largest a of a sample at this step size; None where no a > 0."""
        rate = number(step_size, "step_size")
        return None if self.unit is None else rate / self.unit

    def scales(self, step_size: float) -> Array:
        """Return a of every sample at this step size, shape (n,)."""
        exact: Array = np.array([float(scale) for scale in self.problem.scales_per_step])
        return exact * number(step_size, "step_size")

    def in_sharpness(self, step_size: float) -> float | None:
        """Return step size × sharpness; None where the sharpness is not known."""
        rate = number(step_size, "step_size")
        return None if self.sharpness is None else rate * self.sharpness

    def _line(self) -> str:
        seen = sum(transition.found > 0 for transition in self.transitions)
        return (
            f"{cut(self.problem.name, 20)}, {seen} of {count_text(len(self.transitions), 'transition')} from "
            f"{count_text(self.runs, 'start')} [{self.certainty}]"
        )

    def _repr_html_(self) -> str:
        rows = (
            (
                text_html(each.name),
                number_text(each.step_size),
                "—" if each.spread is None else " to ".join(number_text(end) for end in each.spread),
                "—" if each.step_size is None else number_text(self.in_sharpness(each.step_size)),
                f"{each.found} of {each.runs}",
            )
            for each in self.transitions
        )
        columns = ("transition", "step size (median)", "spread", "step size × sharpness", "starts")
        caption = f"<strong>{text_html(self.problem.name)}</strong> {level_html(self.certainty)}"
        return rows_table(caption, columns, rows, total=len(self.transitions))


# ------------------------------------------------------------------------------------------------------ labelled runs


def observe_problem(
    problem: Problem,
    *,
    step_sizes: object,
    starts: object = None,
    runs: int = 1,
    rng: int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None = None,
    steps: int = 4000,
    approaching: bool = True,
) -> npt.NDArray[np.int64]:
    """Label runs at every step size from every start, a block at a time, so that memory stays bounded.

    Parameters
    ----------
    problem : Problem
    step_sizes : number > 0 or sequence of them
        η of w ← w − η∇L.
    starts, runs, rng
        As in :func:`symphase.descent.descend`: run r has the same start at every step size.
    steps : int ≥ 1
    approaching : bool
        Whether to judge runs that are still on their way; see :func:`symphase.observations.observe_phase`.

    Returns
    -------
    ndarray of int64, shape (S, runs)
        Indices into ``LABELS``.

    Certainty
    ---------
    Observed, in float64.

    Raises
    ------
    InputError
        As :func:`symphase.descent.descend`.

    Examples
    --------
    >>> from symphase.models import PhaseRetrieval
    >>> from symphase.problems import make_problem
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=3, dimension=4, rng=0)
    >>> unit = float(problem.unit_step_size)
    >>> seen = observe_problem(problem, step_sizes=[0.5 * unit, 1.1 * unit, 2.2 * unit], rng=1, steps=1000)
    >>> [LABELS[code] for code in seen[:, 0]]
    ['monotonic', 'periodic', 'divergent']
    """
    if not isinstance(problem, Problem):
        raise InputError("problem", problem, "must be a Problem", "make one with make_problem or problem_from_data")
    steps, runs = whole(steps, "steps", least=1), whole(runs, "runs", least=1)
    flag(approaching, "approaching")
    first = descend(
        problem.model,
        problem.features,
        problem.targets,
        step_sizes=step_sizes,
        starts=starts,
        runs=runs,
        rng=rng,
        steps=1,
    )
    return _label(problem, first.step_sizes, first.starts, steps, approaching).reshape(-1, runs)


def _label(
    problem: Problem, rates: Array, starts: Array, steps: int, approaching: bool = True
) -> npt.NDArray[np.int64]:
    """Label each pair of a step size and a start."""
    # of one run: every step has to be seen
    check_memory((steps + 1) * (problem.samples + 1), "steps", str(steps), "run fewer steps")
    block = max(1, _BLOCK_BYTES // (8 * (steps + 1) * (problem.samples + 1)))
    codes: list[int] = []
    for first in range(0, len(rates), block):
        part = slice(first, first + block)
        seen = descend(
            problem.model,
            problem.features,
            problem.targets,
            step_sizes=rates[part],
            starts=starts[part],
            steps=steps,
        )
        codes += [LABELS.index(one.label) for one in observe_phases(seen, approaching=approaching)]
    return np.array(codes, dtype=np.int64)


# ------------------------------------------------------------------------------------------------------ the boundaries


def empirical_boundaries(
    problem: Problem,
    *,
    runs: int = 8,
    rng: int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None = None,
    starts: object = None,
    steps: int = 4000,
    points: int = 24,
    tolerance: object = 0.01,
    progress: Progress | None = None,
) -> EmpiricalBoundaries:
    """Bracket each change of phase in step size, by bisection for every start.

    Parameters
    ----------
    problem : Problem
        Any rows, orthogonal or not.
    runs : int ≥ 1
        Number of starts.
    rng, starts
        As in :func:`symphase.descent.descend`.
    steps : int ≥ 32
        Length of every run.
    points : int ≥ 4
        Size of the geometric grid of step sizes on which every start is run before the bisection.
    tolerance : number > 0
        Brackets are halved until they are this narrow, relative to the step size.
    progress : callable, optional
        Called with (what, done, total).

    Returns
    -------
    EmpiricalBoundaries

    Certainty
    ---------
    Observed: of these starts, in runs of so many steps.

    Raises
    ------
    InputError
        For anything that is not as above, and when no step size is found at which every start falls for ever, or
        diverges.

    Examples
    --------
    One sample, whose sharpness is 2 at a step size of 1: convergence ends at 1, everything diverges beyond 2.

    >>> from symphase.models import PhaseRetrieval
    >>> from symphase.tables import dataset
    >>> from symphase.problems import problem_from_data
    >>> problem = problem_from_data(dataset([[1.0]], [1.0]), PhaseRetrieval(gamma=2, c=0))
    >>> seen = empirical_boundaries(problem, runs=2, rng=0, steps=1000, points=8)
    >>> lower, upper = seen.transitions[1].spread
    >>> 0.48 < lower < 0.5 < upper < 0.52
    True
    """
    if not isinstance(problem, Problem):
        raise InputError("problem", problem, "must be a Problem", "make one with make_problem or problem_from_data")
    steps, runs = whole(steps, "steps", least=32), whole(runs, "runs", least=1)
    points = whole(points, "points", least=4, most=MAX_POINTS)
    width = number(tolerance, "tolerance")
    if not 1e-6 <= width <= 0.5:
        raise InputError("tolerance", tolerance, "must be from 1e-6 to 0.5", "the default is 0.01")
    tell = reporter(progress)
    first = descend(
        problem.model, problem.features, problem.targets, step_sizes=1.0, starts=starts, runs=runs, rng=rng, steps=1
    )
    drawn = first.starts
    tell("range of step sizes", 0, points + 2)
    low, high = _range(problem, drawn, steps)
    rates = np.geomspace(low, high, points)
    labels = np.empty((points, runs), dtype=np.int64)
    for k, rate in enumerate(rates):
        tell("grid of step sizes", k + 1, points + 2)
        labels[k] = _label(problem, np.full(runs, rate), drawn, steps)
    tell("bisection", points + 1, points + 2)
    transitions = _bisect(problem, drawn, rates, labels, steps, width)
    tell("bisection", points + 2, points + 2)
    unit = problem.unit_step_size if problem.model.scale is not None else None
    return EmpiricalBoundaries(
        problem=problem,
        transitions=transitions,
        step_sizes=rates,
        labels=labels,
        starts=drawn,
        runs=runs,
        steps=steps,
        unit=None if unit is None else float(unit),
        sharpness=_final_sharpness(problem, drawn, rates[0], steps),
        seed=first.seed,
    )


def _range(problem: Problem, starts: Array, steps: int) -> tuple[float, float]:
    """Return step sizes at which all is monotonic, and at which all diverges, each within a factor of 2."""
    with np.errstate(all="ignore"):
        pull = problem.model.loss_gradient(starts, problem.features, problem.targets)
    # the largest entries, and not Euclidean lengths: squares may be beyond floats where the entries are not
    sizes, lengths = (np.abs(each.reshape(len(starts), -1)).max(axis=1) for each in (pull, starts))
    moving = sizes > 0
    if not moving.any():
        raise InputError("starts", "all of them", "are critical points: no step size moves them", "give other starts")
    with np.errstate(all="ignore"):
        typical = float(np.median(lengths[moving] / sizes[moving])) or 1.0
    rate = 2.0 ** round(math.log2(min(max(typical, 1 / _FARTHEST), _FARTHEST)))

    def all_are(label: Label, at: float) -> bool:
        return bool((_label(problem, np.full(len(starts), at), starts, steps) == LABELS.index(label)).all())

    high = rate
    while all_are("divergent", high / 2):
        high = _moved(high, 0.5, rate, starts, "divergent")
    while not all_are("divergent", high):
        high = _moved(high, 2.0, rate, starts, "divergent")
    low = high / 2
    while not all_are("monotonic", low):
        low = _moved(low, 0.5, rate, starts, "monotonic")
    return low, high


def _moved(rate: float, factor: float, begin: float, starts: Array, label: Label) -> float:
    if abs(math.log2(rate / begin)) >= _OCTAVES:
        said = f"have no step size at which all are {label} within 2^{_OCTAVES} of {begin:.3g}"
        raise InputError("starts", f"{len(starts)} of them", said, "give other starts or more steps")
    return rate * factor


def _bisect(
    problem: Problem, starts: Array, rates: Array, labels: npt.NDArray[np.int64], steps: int, width: float
) -> tuple[Transition, ...]:
    runs = labels.shape[1]
    places, lower, upper, lowest = [], [], [], []
    for level in range(1, len(_NAMES) + 1):
        for run in range(runs):
            known = labels[:, run] != _UNDECIDED
            beyond = np.flatnonzero(known & (labels[:, run] >= level))
            below = np.flatnonzero(known[: beyond[0]]) if beyond.size else beyond
            if below.size:
                places.append((level, run))
                lower.append(rates[below[-1]])
                upper.append(rates[beyond[0]])
                # where the phase before begins: a grid point above it may have met a window beyond the transition
                before = below[labels[below, run] < level - 1]
                lowest.append(rates[before[-1] if before.size else below[-1]])
    low, high = np.array(lower), np.array(upper)
    level_of, run_of = np.array(places).reshape(-1, 2).T
    floor, tried = np.array(lowest), np.zeros(len(places), dtype=np.int64)

    def look(which: npt.NDArray[np.int64], at: Array) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        seen = _label(problem, at, starts[run_of[which]], steps)
        return seen >= level_of[which], seen != _UNDECIDED

    again = np.arange(len(places))
    while again.size:
        while (narrow := np.flatnonzero((tried < len(_CUTS)) & (high - low > width * low))).size:
            cut = low[narrow] + (high[narrow] - low[narrow]) * np.array(_CUTS)[tried[narrow]]
            passed, decided = look(narrow, cut)
            high[narrow[decided & passed]] = cut[decided & passed]
            low[narrow[decided & ~passed]] = cut[decided & ~passed]
            tried[narrow] = np.where(decided, 0, tried[narrow] + 1)
        # a window may have drawn the bisection upwards: is anything beyond the transition below the bracket?
        again = again[low[again] - floor[again] > width * low[again]]
        spots = low[again] - (low[again] - floor[again]) * np.array(_SPOTS)[:, np.newaxis]
        passed, decided = (each.reshape(spots.shape) for each in look(np.tile(again, len(_SPOTS)), spots.ravel()))
        earlier = (passed & decided).any(axis=0)
        first = (passed & decided).argmax(axis=0)
        again, first, spots, decided = again[earlier], first[earlier], spots[:, earlier], decided[:, earlier]
        for k, spot in enumerate(first):
            below = np.flatnonzero(decided[:spot, k])
            low[again[k]] = spots[below[-1], k] if below.size else floor[again[k]]
            high[again[k]] = spots[spot, k]
            tried[again[k]] = 0
    stopped = tried == len(_CUTS)
    return tuple(
        Transition(
            name=name,
            lower=low[level_of == level],
            upper=high[level_of == level],
            runs=runs,
            stopped=int(stopped[level_of == level].sum()),
        )
        for level, name in enumerate(_NAMES, start=1)
    )


def _final_sharpness(problem: Problem, starts: Array, rate: float, steps: int) -> float | None:
    """Median largest eigenvalue of the Hessian where runs at a small step size end."""
    end = descend(
        problem.model,
        problem.features,
        problem.targets,
        step_sizes=rate,
        starts=starts,
        runs=len(starts),
        steps=steps,
        record_every=steps,
    )
    kept = end.weights[end.escape_step < 0]
    if not len(kept):
        return None
    found = largest_hessian_eigenvalue(problem.model, kept, problem.features, problem.targets)
    return float(np.median(found))

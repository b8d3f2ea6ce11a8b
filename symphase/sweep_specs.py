"""What a sweep computes: which kind, over which grid, with which settings.

A specification has one canonical form in JSON, with all defaults filled in and every number exact; its SHA-256 is the
identity of a sweep.  Two texts that mean the same have the same canonical form, and a worker on another machine
computes from that form alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from symphase.display import Shown, count_text, facts_table, text_html
from symphase.store_plans import sha256
from symphase.tables import DataSet

__all__ = ["AtlasSettings", "Axis", "DescentSettings", "LyapunovSettings", "SweepSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of the grid.

    Attributes
    ----------
    name : str
    listed : tuple of Fraction
        Its values, or start and stop where ``count`` is given.
    count : int or None
        How many values there are from start to stop, both included.
    spacing : str
        "linear" or "log".
    """

    name: str
    listed: tuple[Fraction, ...]
    count: int | None = None
    spacing: str = "linear"

    def __len__(self) -> int:
        return len(self.listed) if self.count is None else self.count

    def at(self, index: int) -> Fraction:
        """Value number ``index``: exact on a linear axis, correct to 17 digits on a logarithmic one."""
        if self.count is None:
            return self.listed[index]
        start, stop = self.listed
        if index in (0, self.count - 1):
            return stop if index else start
        share = Fraction(index, self.count - 1)
        if self.spacing == "linear":
            return start + share * (stop - start)
        # Decimal arithmetic is the same on every machine; a logarithm in floats is not.
        context = Context(prec=40)
        low, ratio, power = (
            context.divide(Decimal(each.numerator), Decimal(each.denominator)) for each in (start, stop / start, share)
        )
        value = context.multiply(low, context.power(ratio, power))
        return Fraction(float(value))

    def values(self) -> list[float]:
        """All values, rounded to floats."""
        return [float(self.at(index)) for index in range(len(self))]

    def canonical(self) -> Any:
        """The axis as JSON."""
        listed = [str(value) for value in self.listed]
        if self.count is None:
            return listed
        return {"start": listed[0], "stop": listed[1], "count": self.count, "spacing": self.spacing}


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentSettings:
    """What gradient descent is run on, and for how long.

    Attributes
    ----------
    model : str
        "phase-retrieval" or "two-layer-network".
    gamma, c, alpha : Fraction or None
        Parameters of the model that has them.
    width : int or None
    outer_weights : tuple of Fraction or None
    reduction : str
        "mean" or "sum".
    design, labels : str or None
        As for :func:`symphase.problems.make_problem`; None for real data.
    data : str or None
        "digits", "diabetes", or the name of a file.
    data_sha256 : str or None
        Of the file.
    samples, dimension : int or None
        None where the data have them.
    noise : Fraction or None
        Of a teacher's labels.
    steps : int
    escape_loss : Fraction or None
    tolerance : Fraction
        As for :func:`symphase.observations.observe_phase`.
    unit : str
        "eta", or "a" for step sizes in units of the largest sample's a.
    """

    model: str
    gamma: Fraction | None
    c: Fraction | None
    alpha: Fraction | None
    width: int | None
    outer_weights: tuple[Fraction, ...] | None
    reduction: str
    design: str | None
    labels: str | None
    data: str | None
    data_sha256: str | None
    samples: int | None
    dimension: int | None
    noise: Fraction | None
    steps: int
    escape_loss: Fraction | None
    tolerance: Fraction
    unit: str

    def watched(self, outputs: Sequence[str]) -> bool:
        """Whether every step has to be recorded."""
        return not set(outputs) <= {"final_loss", "escape_step", "sharpness"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LyapunovSettings:
    """Which map, and how long its orbits are; None for the residual map and for its free critical point."""

    formula: str | None
    variable: str | None
    parameter: str | None
    transient: int
    steps: int
    start: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtlasSettings:
    """How far attracting cycles are looked for."""

    max_period: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SweepSpec(Shown):
    """A validated specification of a sweep.

    Attributes
    ----------
    kind : str
        "descent", "lyapunov" or "atlas".
    rng : int
        What every random number of the sweep is drawn from.
    axes : tuple of Axis
        In the order of the results' axes.
    runs : int or None
        Starts per grid point of a descent: the last axis.
    outputs : tuple of str
    chunk : int
        How many values of the last axis but the runs make a chunk; along all others a chunk has one value.
    settings : DescentSettings, LyapunovSettings or AtlasSettings
    canonical : str
        The canonical form: JSON.
    table : DataSet or None
        The content of a file of data.
    """

    kind: str
    rng: int
    axes: tuple[Axis, ...]
    runs: int | None
    outputs: tuple[str, ...]
    chunk: int
    settings: DescentSettings | LyapunovSettings | AtlasSettings
    canonical: str
    table: DataSet | None = field(default=None, compare=False, repr=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical form: what a store of this sweep is known by."""
        return sha256(self.canonical.encode("ascii"))

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes, runs last."""
        return (*(len(axis) for axis in self.axes), *(() if self.runs is None else (self.runs,)))

    @property
    def points(self) -> int:
        """How many grid points there are, runs counted."""
        return math.prod(self.shape)

    def _line(self) -> str:
        axes = " × ".join(f"{len(axis)} {axis.name}" for axis in self.axes)
        runs = "" if self.runs is None else f" × {count_text(self.runs, 'run')}"
        return f"{self.kind}, {axes}{runs} = {count_text(self.points, 'point')}, rng={self.rng}"

    def _repr_html_(self) -> str:
        facts = [
            ("kind", text_html(self.kind)),
            *((f"axis {axis.name}", count_text(len(axis), "value")) for axis in self.axes),
            ("runs", "" if self.runs is None else str(self.runs)),
            ("grid points", str(self.points)),
            ("outputs", text_html(", ".join(self.outputs))),
            ("random numbers", f"rng={self.rng}"),
            ("SHA-256", f"<code>{self.sha256}</code>"),
        ]
        return facts_table("Specification of a sweep", facts)

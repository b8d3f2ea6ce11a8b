"""Stable windows of a kneading family: each number of a window proved in balls, and tied to the window's word.

For a word wC of period n the window's numbers are solutions of small systems along the orbit, never of the expanded
n-th iterate:

* superstable: fⁿ(c) = c, one unknown a;
* birth and flip: fⁿ(z) = z and (fⁿ)'(z) = ±1, two unknowns (z, a), z the point of the cycle nearest to c;
* closing crisis: f^{n+1}(c) lies on the cycle that was born with the window, one unknown a;
* end of the cascade: between a superstable parameter and a band merging of the window doubled several times.

Each is enclosed by interval Newton or Krawczyk in Arb (Neumaier, "Interval Methods for Systems of Equations", 1990,
theorem 5.1.8) and tied to its word by the laps of all points of the orbit, decided over the whole box.  Floats and the
quadratic-like model fⁿ(c + x) − c ≈ A x² + B (a − a₀), in which κ = AB (a − a₀) is the parameter of x² + κ, only say
where to look.  |AB| also tells the scale of the window, hence the precision that is needed.

The attracting cycle of a family whose critical points are all real attracts c (Singer, "Stable orbits and bifurcation
of maps of the interval", SIAM J. Appl. Math. 35, 1978): a cycle with itinerary (w even)^∞ and multiplier +1 is
therefore the birth of the window of wC, and (w odd)^∞ with multiplier −1 its flip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

import flint

from symphase.arguments import one_of
from symphase.charts import MAX_BITS, Jets, KneadingChart, bisect_balls, locate
from symphase.display import Shown, facts_table, level_html, number_text, text_html, words_latex
from symphase.enclosures import Certainty, round_decimal, working_precision
from symphase.errors import SymphaseError
from symphase.itineraries import TWO_LAPS, Itinerary
from symphase.onset import check_integer

__all__ = ["AtlasError", "Birth", "Bounds", "Chain", "Level", "Window", "certify_chain"]

Bounds = tuple[Fraction, Fraction]

_REACH: Final = 64  # boxes are 2^-64 of the window's scale in radius
_UNIT: Final = 48  # results are kept in units of 2^-48 of that scale
_ROOM: Final = 64  # further bits for rounding and for the overestimation of balls
_LONG_CYCLE: Final = 32  # a cascade is followed to a period of at least this before its end is bracketed


class AtlasError(SymphaseError):
    """An atlas that could not be completed or proved: something is missing, doubled or out of order."""


class Birth(Enum):
    """How a window begins."""

    TANGENCY = "tangency: two cycles are born, one of them attracting"
    FLIP = "flip: the cycle of half the period doubles"
    EXCHANGE = "two fixed points exchange stability"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Window(Shown):
    """One stable window: the parameters from the birth of an attracting cycle to the crisis that closes its cascade.

    Attributes
    ----------
    word : str
        Itinerary of f(c) at the superstable parameter, ending in C.
    birth_kind : Birth
    parent : str or None
        The word of the window whose cycle doubles at the birth of this one.
    direction : int
        +1 if the window is run through with growing parameter, −1 otherwise.
    exponent : int
        Numbers are kept in units of 2^-exponent; it is negative for windows much wider than 1.
    units : tuple of int
        Birth, superstable, flip, cascade (ordered side, chaotic side), crisis, in phase order.  A number m proves the
        interval (m − 1, m + 1); the two sides of the cascade are bounds as they stand.

    Examples
    --------
    The window of period 3 of x² + c, in coarse units:

    >>> window = Window(
    ...     word="RLC", birth_kind=Birth.TANGENCY, parent=None, direction=-1, exponent=8,
    ...     units=(-448, -449, -453, -455, -456, -458),
    ... )
    >>> window.decimal("birth"), float(window.width)
    ('-1.75', 0.0390625)
    """

    word: str
    birth_kind: Birth
    parent: str | None
    direction: int
    exponent: int
    units: tuple[int, int, int, int, int, int]

    @property
    def period(self) -> int:
        """Period of the attracting cycle that the window is born with."""
        return len(self.word)

    def _bounds(self, lower: int, upper: int) -> Bounds:
        scale = Fraction(2) ** self.exponent
        return lower / scale, upper / scale

    @property
    def birth(self) -> Bounds:
        """Bounds of the parameter at which the attracting cycle appears."""
        return self._bounds(self.units[0] - 1, self.units[0] + 1)

    @property
    def superstable(self) -> Bounds:
        """Bounds of the parameter at which the critical point is a point of the cycle."""
        return self._bounds(self.units[1] - 1, self.units[1] + 1)

    @property
    def flip(self) -> Bounds:
        """Bounds of the parameter at which the cycle has multiplier −1 and doubles."""
        return self._bounds(self.units[2] - 1, self.units[2] + 1)

    @property
    def cascade_end(self) -> Bounds:
        """Bracket of the accumulation point of the period doublings that follow the flip."""
        return self._bounds(*sorted(self.units[3:5]))

    @property
    def crisis(self) -> Bounds:
        """Bounds of the parameter at which the critical orbit lands on the cycle that was born with the window."""
        return self._bounds(self.units[5] - 1, self.units[5] + 1)

    @property
    def width(self) -> Fraction:
        """Distance from birth to closing crisis, to within two units."""
        return abs(self.units[5] - self.units[0]) / Fraction(2) ** self.exponent

    @property
    def stable_width(self) -> Fraction:
        """Distance from birth to flip, over which the cycle itself attracts, to within two units."""
        return abs(self.units[2] - self.units[0]) / Fraction(2) ** self.exponent

    @property
    def certainty(self) -> Certainty:
        """Every number is an enclosure proved to hold exactly one solution."""
        return Certainty.CERTIFIED

    def decimal(self, name: str, digits: int = 16) -> str:
        """One of the numbers with as many of ``digits`` digits after the point as its bounds agree on.

        Parameters
        ----------
        name : str
            "birth", "superstable", "flip", "cascade_end" or "crisis".
        digits : int
            At most.
        """
        one_of(name, ("birth", "superstable", "flip", "cascade_end", "crisis"), "name", "as birth")
        check_integer(digits, "digits", 0, 1000)
        lower, upper = getattr(self, name)
        while digits and round_decimal(lower, digits) != round_decimal(upper, digits):
            digits -= 1
        power = 0
        while upper - lower > 1 and round_decimal(lower / 10**power, 0) != round_decimal(upper / 10**power, 0):
            power += 1
        text = round_decimal((lower + upper) / 2 / 10**power, digits)
        return f"{text}e{power}" if power else text

    def to_dict(self, digits: int = 16) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "word": self.word,
            "period": self.period,
            "birth_kind": self.birth_kind.name.lower(),
            "parent": self.parent,
            **{name: self.decimal(name, digits) for name in ("birth", "superstable", "flip", "cascade_end", "crisis")},
            "width": float(self.width),
            "certainty": str(self.certainty),
        }

    def _line(self) -> str:
        return (
            f"{self.word}, period {self.period}, {self.decimal('birth', 10)}… to {self.decimal('crisis', 10)}… "
            f"[{self.certainty}]"
        )

    def _row_latex(self) -> tuple[str, ...]:
        ends = (rf"{self.decimal('birth', 12)}\ldots", rf"{self.decimal('crisis', 12)}\ldots")
        return words_latex(self.word), words_latex(f"period {self.period}"), rf"{ends[0]} \text{{ to }} {ends[1]}"

    def _repr_latex_(self) -> str:
        return "$" + r",\ ".join((*self._row_latex(), words_latex(str(self.certainty)))) + "$"

    def _repr_html_(self) -> str:
        parts = (
            ("birth", f"birth ({self.birth_kind.name.lower()})"),
            ("superstable", "superstable"),
            ("flip", "flip"),
            ("cascade_end", "end of the cascade"),
            ("crisis", "closing crisis"),
        )
        facts = [
            ("period", str(self.period)),
            ("word", f"<code>{text_html(self.word)}</code>"),
            ("doubled from", "" if self.parent is None else f"<code>{text_html(self.parent)}</code>"),
            *((told, f"{self.decimal(name, 16)}…") for name, told in parts),
            ("width", number_text(float(self.width))),
            ("certainty", level_html(self.certainty)),
        ]
        return facts_table(f"Stable window of period {self.period}", facts)


class _Model(NamedTuple):
    """Parameters κ of x² + κ, where the quadratic-like model has its own superstable, flip and crisis parameters."""

    superstable: tuple[float, ...]
    crisis: tuple[float, ...]


_MODEL_DEPTH: Final = 5


@lru_cache(maxsize=1)
def _model() -> _Model:
    words = [TWO_LAPS.double("C", k) for k in range(_MODEL_DEPTH + 1)]
    crises = [TWO_LAPS.crisis(word).first(40 * len(word)) for word in words]
    return _Model(tuple(_model_parameter(word) for word in words), tuple(_model_parameter(word) for word in crises))


def _model_parameter(letters: str) -> float:
    """Bisect in floats on the order of itineraries of x² + κ, whose critical point is a minimum: L is positive."""
    low, high = -2.0, 0.25
    for _ in range(60):
        kappa = (low + high) / 2
        x, parity = 0.0, 1
        for letter in letters:
            x = x * x + kappa
            seen, expected = (1 if x < 0 else -1), {"L": -1, "C": 0, "R": 1}[letter]
            if seen != expected:
                break
            parity = -parity if letter == "R" else parity
        if (seen - expected) * parity > 0:
            low = kappa
        else:
            high = kappa
    return (low + high) / 2


# --- proofs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scale:
    """A and B of the quadratic-like model at a superstable parameter; widths are of the order 1/|AB|."""

    centre: Any
    a: Any
    b: Any

    @property
    def bits(self) -> int:
        """log₂ |AB|, rounded up; negative where windows are wider than 1."""
        return _log2(self.a * self.b)


def _log2(x: Any) -> int:
    """Upper bound of log₂|x| for a ball's midpoint, to within one; 0 for zero."""
    mantissa, exponent = x.mid().man_exp()
    return abs(int(mantissa)).bit_length() + int(exponent)


def _small(step: Any, bits: int) -> bool:
    """Whether a Newton step is so small against a scale of 2^-bits that the next one is below the reach of a box."""
    return step.is_zero() or _log2(step) < -(bits + _REACH * 5 // 8)


class _Prover:
    """Proofs at one precision; every method returns None where a proof fails."""

    def __init__(self, chart: KneadingChart, bits: int) -> None:
        self.chart, self.bits = chart, bits
        self.jets = Jets(chart)

    def superstable(self, word: str, guess: Any) -> _Scale | None:
        """One solution of fⁿ(c) = c with its word."""
        n = len(word)

        def equation(a: Any, wide: bool = False) -> tuple[Any, Any, list[Any], Any]:
            points, slopes, curvature = self.jets.critical_orbit(a, n, wide=wide)
            return points[n] - points[0], slopes[n] - slopes[0], points[1:n], curvature

        found = self._scalar(equation, guess, None, word[:-1])
        if found is None:
            return None
        image, (_, slope, _, curvature) = found
        return None if curvature.contains(0) else _Scale(image, curvature, slope)

    def landing(self, itinerary: Itinerary, guess: Any, scale: _Scale) -> Any | None:
        """One parameter at which f(c) has an eventually periodic itinerary and lands on that cycle."""
        before, q = len(itinerary.prefix), len(itinerary.cycle)

        def equation(a: Any, wide: bool = False) -> tuple[Any, Any, list[Any], Any]:
            points, slopes, _ = self.jets.critical_orbit(a, before + q + 1, wide=wide)
            return points[before + 1] - points[-1], slopes[before + 1] - slopes[-1], points[1:-1], None

        found = self._scalar(equation, guess, scale, itinerary.first(before + q))
        return None if found is None else found[0]

    def bound_landing(self, guess: Any, scale: _Scale) -> Any | None:
        """One parameter at which f(c) is the bound critical point."""

        def equation(a: Any, wide: bool = False) -> tuple[Any, Any, list[Any], Any]:
            points, slopes, _ = self.jets.critical_orbit(a, 1, wide=wide)
            series = flint.arb_poly([a, 1])  # b and db/da from b(a + t) to first order
            top, bottom = (flint.arb_poly(part)(series) for part in self.jets.bound or ())
            b = top[0] / bottom[0]
            return points[1] - b, slopes[1] - (top[1] - b * bottom[1]) / bottom[0], [], None

        found = self._scalar(equation, guess, scale, "")
        return None if found is None else found[0]

    def _scalar(self, equation: Any, guess: Any, scale: _Scale | None, letters: str) -> tuple[Any, Any] | None:
        """Newton to a root, then interval Newton on a box and the laps of all points over it."""
        middle = guess
        for _ in range(16):
            value, slope, _, curvature = equation(middle)
            slope = slope.mid()
            if not slope.is_finite() or slope.is_zero():
                return None
            step = (value / slope).mid()
            middle = (middle - step).mid()
            size = _log2(slope * curvature) if scale is None else scale.bits
            if _small(step, size):
                break
        else:
            return None
        if size + max(0, _log2(middle)) + _REACH + _ROOM > self.bits:
            return None
        radius = flint.arb(2) ** -(size + _REACH)
        box = middle + radius * flint.arb(0, 1)
        value = equation(middle, wide=True)[0]
        whole = equation(box, wide=True)
        slope = whole[1]
        if not slope.is_finite():
            return None
        image = middle - value / slope  # in no box where the slope may be 0
        c, b = self.jets.marks(box)
        if not box.contains_interior(image) or not self.jets.in_laps(whole[2], letters, c, b):
            return None
        return image, whole

    def neutral(self, letters: str, multiplier: int, scale: _Scale) -> Any | None:
        """One (z, a) with fⁿ(z) = z, (fⁿ)'(z) = ±1 and the itinerary of f(z) given by ``letters``."""
        for stages in (1, 8, 64):
            found = self._follow(len(letters), multiplier, scale, stages)
            image = None if found is None else self._krawczyk(letters, multiplier, scale, *found)
            if image is not None:
                return image
        return None

    def _follow(self, n: int, multiplier: int, scale: _Scale, stages: int) -> tuple[Any, Any] | None:
        """Newton on (z, a), the multiplier going from 0 to its value in stages."""
        a, z = scale.centre.mid(), self.jets.marks(scale.centre)[0].mid()
        strip, curve = (scale.a * scale.b).mid(), scale.a.mid()
        before = 0.0
        for stage in range(1, stages + 1):
            share = multiplier * stage / stages
            # in x² + κ the fixed point x has multiplier 2x and κ = x − x²
            z = (z + (share - before) / 2 / curve).mid()
            a = (a + ((share / 2 - share**2 / 4) - (before / 2 - before**2 / 4)) / strip).mid()
            before = share
            for _ in range(12):
                points, (d, p, dz, da) = self.jets.cycle(z, a, n)
                first, second = points[n] - z, d - share
                determinant = ((d - 1) * da - p * dz).mid()
                if determinant.is_zero() or not determinant.is_finite():
                    return None
                step_z = ((da * first - p * second) / determinant).mid()
                step_a = (((d - 1) * second - dz * first) / determinant).mid()
                z, a = (z - step_z).mid(), (a - step_a).mid()
                if _small(step_a, scale.bits) and _small(step_z, _log2(curve)):
                    break
            else:
                return None
        return z, a

    def _krawczyk(self, letters: str, multiplier: int, scale: _Scale, z: Any, a: Any) -> Any | None:
        n = len(letters)
        if (letters + letters).find(letters, 1) != n:
            return None  # not primitive: the period would not be minimal
        unit = flint.arb(0, 1)
        tiny = flint.arb(2) ** -_REACH
        reach_z, reach_a = (tiny / scale.a).abs_upper(), (tiny / (scale.a * scale.b)).abs_upper()
        box_z, box_a = z + reach_z * unit, a + reach_a * unit
        points, (d, p, dz, da) = self.jets.cycle(z, a, n, wide=True)
        m11, m12, m21, m22 = (x.mid() for x in (d - 1, p, dz, da))
        determinant = (m11 * m22 - m12 * m21).mid()  # where it is zero, no image is finite
        y11, y12, y21, y22 = (
            x.mid() for x in (m22 / determinant, -m12 / determinant, -m21 / determinant, m11 / determinant)
        )
        first, second = points[n] - z, d - multiplier
        whole, (d, p, dz, da) = self.jets.cycle(box_z, box_a, n, wide=True)
        d = d - 1
        off_z, off_a = box_z - z, box_a - a
        image_z = z - (y11 * first + y12 * second) + (1 - (y11 * d + y12 * dz)) * off_z - (y11 * p + y12 * da) * off_a
        image_a = a - (y21 * first + y22 * second) - (y21 * d + y22 * dz) * off_z + (1 - (y21 * p + y22 * da)) * off_a
        if not box_z.contains_interior(image_z) or not box_a.contains_interior(image_a):
            return None
        c, b = self.jets.marks(box_a)
        return image_a if self.jets.in_laps([*whole[1:n], box_z], letters, c, b) else None


# --- one cascade ------------------------------------------------------------------------------------------------------


class Level(NamedTuple):
    """A window of a cascade: numbers m stand for the interval (m − 1, m + 1) in units of 2^-exponent."""

    superstable: int
    flip: int
    crisis: int


class Chain(NamedTuple):
    """A window with the windows of its period doublings, in plain integers.

    Attributes
    ----------
    word : str
        The word at the root: no doubled word.
    exponent : int
        The unit is 2^-exponent.
    birth : int or None
        The tangency; None for the fixed point, whose birth is no simple fold in every family.
    levels : tuple of Level
        The window itself, its double, and so on.
    cascade : (int, int)
        In phase order: the cascade ends strictly between.
    """

    word: str
    exponent: int
    birth: int | None
    levels: tuple[Level, ...]
    cascade: tuple[int, int]


def certify_chain(chart: KneadingChart, word: str, guess: float, max_period: int) -> Chain:
    """Prove the numbers of a window and of its doublings up to a period.

    Parameters
    ----------
    chart : KneadingChart
    word : str
        An admissible word wC that is no doubled word.
    guess : float
        Approximate superstable parameter.
    max_period : int
        Doublings up to this period are windows of the result: at most 63.

    Returns
    -------
    Chain

    Certainty
    ---------
    Certified: interval Newton and Krawczyk, each tied to its word by the laps of all points.

    Raises
    ------
    AtlasError
        When a proof fails at every precision up to 4096 bits.
    InputError
        For a period that is no integer from 1 to 63.
    """
    check_integer(max_period, "max_period", 1, 2 ** (_MODEL_DEPTH + 1) - 1)
    bits = 64 * math.ceil((_REACH + _ROOM + 32 + 6.5 * len(word)) / 64)
    missing = "its superstable parameter"
    while bits <= MAX_BITS:
        with working_precision(bits):
            outcome = _Cascade(chart, word, max_period, bits).run(guess)
        if isinstance(outcome, Chain):
            return outcome
        missing = outcome
        bits *= 2
    raise AtlasError(f"window {word}: {missing} could not be certified with {MAX_BITS} bits")


class _Cascade:
    def __init__(self, chart: KneadingChart, word: str, max_period: int, bits: int) -> None:
        self.chart, self.word, self.bits = chart, word, bits
        self.prover = _Prover(chart, bits)
        n = len(word)
        self.shown = 1 + max(0, (max_period // n).bit_length() - 1)
        self.depth = max(2, math.ceil(math.log2(_LONG_CYCLE / n)))
        self.nodes: list[tuple[float, float]] = []
        self.root: Any = None  # the scale of the window itself, once it is proved

    def run(self, guess: float) -> Chain | str:
        """Prove everything, or name what could not be proved at this precision."""
        laps = self.chart.laps
        birth: Any = None
        ends: tuple[Any, Any]
        found: list[tuple[Any, Any, Any]] = []
        scales = []
        for k in range(max(self.shown, self.depth + 1)):
            word = laps.double(self.word, k)
            scale = self._superstable(word, k, guess)
            if scale is None:
                return f"the superstable parameter of period {len(word)}"
            scales.append(scale.bits)
            if k == 0 and len(word) > 1:
                birth = self.prover.neutral(laps.even(word), 1, scale)
                if birth is None:
                    return "its birth"
                self._note(0.25, birth)
            if k < self.shown:
                flip = self.prover.neutral(laps.odd(word), -1, scale)
                if flip is None:
                    return f"the flip of period {len(word)}"
                if k < 2:
                    self._note((-0.75, -1.25)[k], flip)
            if k < self.shown or k == self.depth:
                crisis = self._crisis(word, k, scale)
                if crisis is None:
                    return f"the closing crisis of period {len(word)}"
                if k < self.shown:
                    found.append((scale.centre, flip, crisis))
                if k == self.depth:
                    ends = scale.centre, crisis
        exponent = max(64 + min(0, max(scales)), max(scales) + _UNIT)
        unit = flint.arb(2) ** exponent
        direction = self.chart.direction
        whole = [_integer(x * unit) for numbers in found for x in numbers]
        ordered, chaotic, start = (_integer(x * unit) for x in (*ends, ends[0] if birth is None else birth))
        if None in whole or ordered is None or chaotic is None or start is None:
            return "one of its numbers to its last digit"
        exact = [number for number in whole if number is not None]
        return Chain(
            word=self.word,
            exponent=exponent,
            birth=None if birth is None else start,
            levels=tuple(Level(*exact[i : i + 3]) for i in range(0, len(exact), 3)),
            cascade=(ordered - direction, chaotic + direction),
        )

    def _superstable(self, word: str, k: int, guess: float) -> _Scale | None:
        scale = self.prover.superstable(word, flint.arb(guess) if k == 0 else self._seed(_model().superstable[k]))
        if scale is None:
            scale = self._retry(word, lambda place: self.prover.superstable(word, place))
        if scale is not None:
            if k == 0:
                self.root = scale
            self._note(_model().superstable[k], scale.centre)
        return scale

    def _crisis(self, word: str, k: int, scale: _Scale) -> Any | None:
        laps = self.chart.laps
        seed = self._seed(_model().crisis[k])
        if len(word) == 1 and self.chart.bound is not None:
            crisis = self.prover.bound_landing(seed, scale)
        else:
            parent = laps.halve(word)
            # (w even)^∞ of a doubled word repeats (half odd) twice: the cycle is the one that flipped
            itinerary = Itinerary(laps.odd(word), laps.even(word) if parent is None else laps.odd(parent))
            crisis = self.prover.landing(itinerary, seed, scale)
            if crisis is None:
                letters = itinerary.first(len(word) + 12 * len(itinerary.cycle))
                crisis = self._retry(letters, lambda place: self.prover.landing(itinerary, place, scale))
        if crisis is not None:
            self._note(_model().crisis[k], crisis)
        return crisis

    def _retry(self, letters: str, prove: Any) -> Any | None:
        """Look for the place by bisection, in floats and in balls."""
        found = prove(flint.arb(locate(self.chart, [letters])[0]))
        if found is None:
            place = bisect_balls(self.chart, letters, self.bits)
            found = None if place is None else prove(place)
        return found

    def _note(self, kappa: float, parameter: Any) -> None:
        """Remember where the model's κ went, in units of the root's scale."""
        root = self.root
        self.nodes.append((kappa, float(((parameter - root.centre) * root.a * root.b).mid())))

    def _seed(self, kappa: float) -> Any:
        """Guess a parameter from its κ in the model, by interpolation through what is proved already."""
        value = 0.0
        nearest = sorted(self.nodes, key=lambda node: abs(node[0] - kappa))[:5]
        for i, (x, y) in enumerate(nearest):
            weight = 1.0
            for j, (other, _) in enumerate(nearest):
                if i != j:
                    weight *= (kappa - other) / (x - other)
            value += weight * y
        if len(self.nodes) == 1:
            value = kappa
        return (self.root.centre + value / (self.root.a * self.root.b)).mid()


def _integer(scaled: Any) -> int | None:
    """An integer less than one away from every point of a ball; None where the ball is too wide."""
    if not scaled.is_finite():
        return None
    nearest = int((scaled.mid() + 0.5).floor().unique_fmpz())
    return nearest if scaled > nearest - 1 and scaled < nearest + 1 else None

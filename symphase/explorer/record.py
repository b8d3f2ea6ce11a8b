"""Everything that an explorer page knows, as plain data: boundaries, windows, theorems, and the data of a real run.

The browser computes in floats; what it must not get wrong is decided here, in exact arithmetic.  Every boundary comes
with two floats for each unit of the step size, the largest one below it and the smallest one above: of any float on the
page it is then known, and not only almost always right, on which side of the boundary it lies.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import sympy

from symphase.analysis import largest_scale
from symphase.arguments import reporter
from symphase.atlas import Atlas, AtlasError, build_atlas
from symphase.boundaries import Boundaries, Boundary, BoundaryKind, find_boundaries
from symphase.derivation import derive
from symphase.enclosures import round_decimal
from symphase.errors import InputError
from symphase.explorer.story import segments, theorems
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily, exact_terms, float_roots
from symphase.models import (
    SYMBOLS,
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialLoss,
    PolynomialModel,
    TwoLayerNetwork,
)
from symphase.notation import formula_mathml, formula_text, prose_html
from symphase.onset import Onset
from symphase.phases import residual_boundaries, residual_family
from symphase.plots.spans import boundary_label, short_name
from symphase.tables import DataSet, dataset, load_digit_dct

__all__ = ["MAX_ATLAS_PERIOD", "explorer_record"]

Progress = Callable[[str, int, int], None]

MAX_ATLAS_PERIOD: Final = 8
_MAX_NUMBERS: Final = 32_768  # of a table of features: half a megabyte of page
_BITS: Final = 256
_DIGITS: Final = 18
_UNSHOWN: Final = 0.1  # of the axis beyond the last boundary
_EVENTS: Final = ("birth", "superstable", "flip", "cascade_end", "crisis")
_SCAN: Final = 160  # parameters at which the range of the variable is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """One way to write the step size: ``factor`` times the map's parameter."""

    key: str
    symbol: str
    name: str
    factor: Fraction

    def record(self) -> dict[str, Any]:
        return {"key": self.key, "symbol": self.symbol, "name": self.name, "factor": float(self.factor)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What a page is about, before it is turned into plain data."""

    kind: str
    title: str
    about: str
    family: PolynomialFamily
    boundaries: Boundaries
    units: tuple[_Unit, ...]
    variable_name: str
    parameter_name: str
    training: dict[str, Any] | None
    no_training: str | None


def explorer_record(
    subject: Model | PolynomialFamily | None = None,
    data: DataSet | None = None,
    *,
    target: object = 1,
    within: tuple[object, object] | None = None,
    max_period: int = 7,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return everything that an explorer page knows, ready for JSON.

    Parameters
    ----------
    subject : Model or PolynomialFamily, optional
        A model with numbers for all its parameters, or a map of one's own; phase retrieval with γ = 2, c = 0 when left
        out.
    data : DataSet, optional
        Pairwise orthogonal rows, with phase retrieval or a network; the digit that ships with symphase when left out.
    target : number
        y of a model of one scalar weight.
    within : (number, number), optional
        Of a map: the interval in which the flip of the fixed point is looked for.
    max_period : int
        Longest period of the windows that are listed, 1 to 8.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    dict
        Boundaries, windows and statements with their levels of certainty; units; and what a run needs.

    Certainty
    ---------
    Each number as it says.

    Raises
    ------
    InputError
        For rows that are not orthogonal, models with open parameters or without a map, and other input that cannot be
        worked with.

    Examples
    --------
    >>> record = explorer_record(max_period=1)
    >>> [each["text"] for each in record["boundaries"]][1:4]
    ['2√2 − 2', '1', '√5 − 1']
    """
    if isinstance(max_period, bool) or not isinstance(max_period, int) or not 1 <= max_period <= MAX_ATLAS_PERIOD:
        raise InputError(
            "max_period", max_period, f"must be an integer from 1 to {MAX_ATLAS_PERIOD}", "give a whole number"
        )
    tell = reporter(progress)
    tell("boundaries", 0, 3)
    scene = _scene(subject, data, target, within)
    tell("windows", 1, 3)
    windows, why_none = _atlas(scene, within, max_period)
    tell("page", 2, 3)
    family, boundaries = scene.family, scene.boundaries
    ordered = [each for each in sorted(boundaries, key=float) if scene.kind == "map" or float(each) >= 0]
    low, high = _shown(ordered, scene)
    record = {
        "title": scene.title,
        "about": f"{scene.about} {_about_the_story(scene)}".strip(),
        "kind": scene.kind,
        "map": _map_record(scene),
        "units": [unit.record() for unit in scene.units],
        "range": [low, high],
        "states": _states(family, low, high),
        "boundaries": [_boundary_record(boundary, scene.units, boundaries.direction) for boundary in ordered],
        "missing": [{"kind": str(kind), "reason": reason} for kind, reason in boundaries.missing],
        "cascade": _cascade_record(boundaries),
        "segments": segments(ordered, boundaries, orbits=scene.kind == "map"),
        "direction": boundaries.direction,
        "atlas": windows,
        "no_atlas": why_none,
        "theorems": theorems(ordered, boundaries),
        "words": _words(scene),
        "training": scene.training,
        "no_training": scene.no_training,
    }
    tell("page", 3, 3)
    return record


# --- what the page is about -------------------------------------------------------------------------------------------


def _scene(
    subject: Model | PolynomialFamily | None, data: DataSet | None, target: object, within: tuple[object, object] | None
) -> _Scene:
    if isinstance(subject, PolynomialFamily):
        return _scene_of_map(subject, data, within)
    if subject is not None and not isinstance(subject, Model):
        raise InputError("subject", subject, "must be a model or a PolynomialFamily", "as PhaseRetrieval(gamma=2, c=0)")
    if within is not None:
        raise InputError("within", within, "goes with a map, and only with it", "leave it out")
    model = PhaseRetrieval(gamma=2, c=0) if subject is None else subject
    if isinstance(model, (PhaseRetrieval, TwoLayerNetwork)):
        return _scene_of_data(model, load_digit_dct() if data is None else data)
    if data is not None:
        raise InputError("data", data.name, f"does not go with a {model.name}", "leave the data or the model out")
    return _scene_of_weight(model, target)


def _scene_of_map(family: PolynomialFamily, data: DataSet | None, within: tuple[object, object] | None) -> _Scene:
    if data is not None:
        raise InputError("data", data.name, "does not go with a map of one's own", "leave one of the two out")
    name = str(family.parameter)
    own = f"{family.variable} ← {formula_text(family.expression, (family.variable,))}"
    unit = _Unit(key="a", symbol=name, name=f"the parameter {name}", factor=Fraction(1))
    return _Scene(
        kind="map",
        title=f"The map {own}",
        about=f"A map of one variable {family.variable} with one parameter {name}.",
        family=family,
        boundaries=_boundaries(family, within),
        units=(unit,),
        variable_name=f"state {family.variable}",
        parameter_name=f"parameter {name}",
        training=None,
        no_training="A map has no loss to train on: its orbits are all there is.",
    )


def _boundaries(family: PolynomialFamily, within: tuple[object, object] | None) -> Boundaries:
    """Those of any family; of the residual map they have been computed already."""
    if within is None and family == residual_family():
        return residual_boundaries()
    return find_boundaries(family, within=within)


def _scene_of_data(model: PhaseRetrieval | TwoLayerNetwork, data: DataSet) -> _Scene:
    form = None if model.parameters else model.quadratic_form()
    if form is None or derive(model).family is None:
        what = "must reduce to the residual map, with numbers for all its parameters"
        raise InputError("model", model.name, what, "give for example --gamma 2 --c 0")
    data.orthogonal_coherence()
    per_step = largest_scale(model, data)
    rows = f"{data.samples} pairwise orthogonal rows" if data.samples > 1 else "one row"
    numbers = f"{data.dimension} numbers" if data.dimension > 1 else "one number"
    title = f"Gradient descent on {data.name}"
    about = (
        f"{_model_text(model)}, fitted to {rows} of {numbers} with the loss {_loss_text(model)} by gradient descent "
        "with a constant step size η."
    )
    small = data.features.size <= _MAX_NUMBERS
    why = f"The table has {data.features.size} numbers; a page holds at most {_MAX_NUMBERS}, so no run is shown here."
    return _residual_scene(
        title, about, per_step, _quadratic_training(model, data, per_step) if small else None, None if small else why
    )


def _residual_scene(
    title: str, about: str, per_step: Fraction, training: dict[str, Any] | None, why: str | None
) -> _Scene:
    return _Scene(
        kind="residual",
        title=title,
        about=about,
        family=residual_family(),
        boundaries=residual_boundaries(),
        units=(
            _Unit(key="a", symbol="a", name="a = ½ · step size × sharpness", factor=Fraction(1)),
            _Unit(key="eta", symbol="η", name="step size η", factor=1 / per_step),
            _Unit(key="etalambda", symbol="ηλ", name="step size × sharpness ηλ", factor=Fraction(2)),
        ),
        variable_name="rescaled residual z",
        parameter_name="a (½ · step size × sharpness)",
        training=training,
        no_training=why,
    )


def _model_text(model: PhaseRetrieval | TwoLayerNetwork) -> str:
    if isinstance(model, TwoLayerNetwork):
        count = f"{model.width} neuron{'s' if model.width != 1 else ''}"
        return f"A two-layer network of {count} with quadratic activation, α = {model.alpha}"
    if model.c == 0:
        return f"Phase retrieval, g = {formula_text(model.gamma / 2 * SYMBOLS.p**2)} with p = xᵀw"
    return f"Generalised phase retrieval, g = {formula_text(model.prediction)} with p = xᵀw"


def _loss_text(model: Model) -> str:
    factor = "½" if model.loss_weight == Fraction(1, 2) else str(model.loss_weight)
    return f"L = {factor} · {'mean' if getattr(model, 'reduction', 'mean') == 'mean' else 'sum'} of (g − y)²"


def _quadratic_training(model: Model, data: DataSet, per_step: Fraction) -> dict[str, Any]:
    """What gradient descent needs to run on the original loss: g = offset + Σⱼ outerⱼ (slope pⱼ + shift)²."""
    form = model.quadratic_form()
    if form is None:
        raise InputError("model", model.name, "must be quadratic in its weights", "take another model")
    rows = list(zip(data.norms_squared, data.targets, strict=True))
    scales = [model.scale_at(norm, float(y), data.samples, 1) for norm, y in rows]
    escape = Fraction(2) / per_step  # the largest step size of interest: starts that suit it suit every smaller one
    highest = [max(1.0, 1.0 - float(a * escape) / 2) if a * escape > -2 else math.inf for a in scales]
    return {
        "kind": "quadratic",
        "samples": data.samples,
        "dimension": data.dimension,
        "neurons": int(form.outer.size),
        "features": _packed(data.features),
        "targets": _packed(data.targets),
        "kappas": _packed(np.array([float(model.residual_scale(norm, data.samples, 1)) for norm, _ in rows])),
        "highest": _packed(np.array([value if math.isfinite(value) else 1e300 for value in highest])),
        "slope": form.slope,
        "shift": form.shift,
        "outer": [float(value) for value in form.outer],
        "offset": form.offset,
        "loss_scale": model.loss_scale(data.samples),
        "leading": scales.index(max(scales)),
        "escape_step": float(escape),
        "name": data.name,
    }


def _packed(values: Any) -> str:
    """Float64 numbers, bit for bit."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")


def _scene_of_weight(model: Model, target: object) -> _Scene:
    """A model of one scalar weight: the residual map where there is one, else the map of the weight itself."""
    squared = model.squared if isinstance(model, PolynomialLoss) else None
    if squared is not None and squared.offset == 0 and derive(squared.model).family is not None:
        return _scene_of_weight(squared.model, squared.target)
    derivation = derive(model)
    if model.parameters:
        names = ", ".join(str(symbol) for symbol in model.parameters)
        raise InputError("model", model.name, f"has parameters without a number: {names}", "write the numbers")
    if isinstance(model, (OneWeight, PolynomialModel)):
        exact = exact_rational(str(target) if isinstance(target, sympy.Rational) else target, "target")
        y = sympy.Rational(exact.numerator, exact.denominator)
        loss = _polynomial(model.loss.subs(SYMBOLS.y, y), model.coordinates[0])
        text = formula_text(model.loss.subs(SYMBOLS.y, y), (model.coordinates[0],))
        if derivation.family is not None:
            data = dataset([[1.0]], [float(y)], name=f"L = {text}")
            per_step = largest_scale(model, data)
            return _residual_scene(
                f"Gradient descent on L = {text}",
                f"One weight {model.coordinates[0]} and the loss L = {text}, by gradient descent with a constant "
                "step size η.",
                per_step,
                _quadratic_training(model, data, per_step),
                None,
            )
        family = derivation.weight_family(str(y))
    elif derivation.family is not None:
        family = derivation.family
        loss = _polynomial(model.loss, family.variable)
        text = formula_text(model.loss, (family.variable,))
    else:
        raise InputError("model", model.name, "reduces to no map of one variable", derivation.obstruction or "")
    weight = family.variable
    boundaries = find_boundaries(family)
    return _Scene(
        kind="weight",
        title=f"Gradient descent on L = {text}",
        about=f"One weight {weight} and the loss L = {text}, by gradient descent with a constant step size η.",
        family=family,
        boundaries=boundaries,
        units=(_Unit(key="a", symbol="η", name="step size η", factor=Fraction(1)), *_sharpness_unit(boundaries)),
        variable_name=f"weight {weight}",
        parameter_name="step size η",
        training={"kind": "loss", "coefficients": loss, "name": f"L = {text}"},
        no_training=None,
    )


def _sharpness_unit(boundaries: Boundaries) -> tuple[_Unit, ...]:
    """ηλ at the minimum of the story, whose multiplier is 1 − ηλ; none where the sharpness λ is no rational number."""
    point = next((each for each in boundaries.fixed_points if each.is_reference), None)
    if point is None or point.multiplier is None:
        return ()
    family, multiplier = boundaries.family, point.multiplier
    if point.location == 0:  # where the story is that of the square, its multiplier at 0 is the square of this one
        multiplier = sympy.diff(family.expression, family.variable).subs(family.variable, 0)
    sharpness = sympy.cancel((1 - multiplier) / family.parameter)
    if not sharpness.is_Rational or sharpness <= 0:
        return ()
    factor = Fraction(int(sharpness.p), int(sharpness.q))
    return (_Unit(key="etalambda", symbol="ηλ", name="step size × sharpness ηλ", factor=factor),)


def _polynomial(expression: Any, symbol: Any) -> list[float]:
    """Coefficients as floats, lowest power first."""
    return [float(value) for value in reversed(sympy.Poly(expression, symbol).all_coeffs())]


def _about_the_story(scene: _Scene) -> str:
    """Whose story the boundaries tell, where that is not plain."""
    point = next((each for each in scene.boundaries.fixed_points if each.is_reference), None)
    if scene.kind == "residual" or point is None or len(scene.boundaries.fixed_points) == 1:
        return ""
    name = formula_text(scene.family.variable)
    place = f"{name} = {formula_text(point.location)}" if point.location is not None else "that attracts first"
    return f"The boundaries tell the story of the fixed point {place}; there may be other attractors."


def _words(scene: _Scene) -> dict[str, str]:
    """What the page calls things."""
    if scene.kind == "map":
        return {"runs": "orbits", "value": f"parameter {formula_text(scene.family.parameter)}"}
    return {"runs": "runs", "value": "step size"}


# --- the map ----------------------------------------------------------------------------------------------------------


def _map_record(scene: _Scene) -> dict[str, Any]:
    family = scene.family
    variable, parameter = family.variable, family.parameter
    arrow = f"{_name(variable)}<mo>←</mo>"
    return {
        "variable": formula_text(variable),
        "parameter": formula_text(parameter),
        "variable_name": scene.variable_name,
        "parameter_name": scene.parameter_name,
        "text": f"{formula_text(variable)} ← {formula_text(family.expression, (variable,))}",
        "mathml": formula_mathml(family.expression, (variable,), left=arrow),
        "rows": [[float(value) for value in row] for row in family.rows],
        "critical": [_rows(factor) for factor in family.free_critical_factors],
        "reduced": None
        if scene.boundaries.reduced_family == family
        else formula_text(scene.boundaries.reduced_family.expression, (variable,)),
    }


def _name(symbol: Any) -> str:
    return formula_mathml(symbol).removeprefix("<math>").removesuffix("</math>")


def _rows(polynomial: Any) -> list[list[float]]:
    terms = exact_terms(polynomial)
    height, width = max(k for k, _ in terms) + 1, max(j for _, j in terms) + 1
    try:
        return [[float(terms.get((k, j), 0)) for j in range(width)] for k in range(height)]
    except OverflowError:
        raise InputError(
            "family", "coefficients", "must have coefficients within the range of floats", "take other units"
        ) from None


def _shown(ordered: Sequence[Boundary], scene: _Scene) -> tuple[float, float]:
    """The stretch of the parameter that the page shows at first: all boundaries and some room on both sides."""
    if scene.kind == "residual":
        return 0.0, 2 + 2 * _UNSHOWN
    ends = [float(boundary) for boundary in ordered]
    low, high = min(ends), max(ends)
    room = (high - low) * _UNSHOWN or max(abs(low), 1.0)
    if scene.kind == "weight":  # step sizes are > 0
        return 0.0, high * (1 + _UNSHOWN)
    return low - room, high + room


def _states(family: PolynomialFamily, low: float, high: float) -> list[float]:
    """The stretch of the variable that bounded critical orbits visit, with some room."""
    found: list[float] = []
    with np.errstate(all="ignore"):
        for a in np.linspace(low, high, _SCAN):
            coefficients = family.at(float(a), float)
            for start in _critical(family, float(a)):
                orbit = [start]
                while len(orbit) < 300 and abs(orbit[-1]) < 1e6:
                    total = coefficients[-1]
                    for coefficient in coefficients[-2::-1]:
                        total = total * orbit[-1] + coefficient
                    orbit.append(total)
                if abs(orbit[-1]) < 1e6:
                    found += orbit[100:]
    if not found:
        return [-2.0, 2.0]
    least, most = min(found), max(found)
    room = 0.08 * (most - least) or 1.0
    return [least - room, most + room]


def _critical(family: PolynomialFamily, a: float) -> list[float]:
    points: list[float] = []
    for factor in family.free_critical_factors:
        try:
            roots = float_roots(factor, a)
        except OverflowError:
            continue  # no float is near them
        points += [root.real for root in roots if abs(root.imag) < 1e-9 * (1 + abs(root))]
    return points


# --- boundaries -------------------------------------------------------------------------------------------------------


def _float_below(value: Fraction) -> float:
    """The largest float ≤ a rational number."""
    near = float(value)
    return near if Fraction(near) <= value else math.nextafter(near, -math.inf)


def _float_above(value: Fraction) -> float:
    """The smallest float ≥ a rational number."""
    near = float(value)
    return near if Fraction(near) >= value else math.nextafter(near, math.inf)


def _ends(boundary: Boundary) -> tuple[Fraction, Fraction]:
    exact = boundary.algebraic
    if exact is not None and exact.is_rational:
        return exact.interval[0], exact.interval[0]
    return boundary.enclose(_BITS)


def _boundary_record(boundary: Boundary, units: Sequence[_Unit], direction: int) -> dict[str, Any]:
    lower, upper = _ends(boundary)
    exact = boundary.algebraic
    below, above = (boundary.before, boundary.after)[::direction]
    record: dict[str, Any] = {
        "kind": boundary.kind.name.lower(),
        "name": boundary.name,
        "short": short_name(boundary),
        "text": boundary_label(boundary),
        "exact": str(boundary) if exact is not None else None,
        "decimal": boundary.decimal(_DIGITS),
        "certainty": str(boundary.certainty),
        "period": boundary.period,
        "below": below,
        "above": above,
        "evidence": prose_html(boundary.evidence),
        "estimate": boundary.value.estimate if isinstance(boundary.value, Onset) else None,
        "units": {
            unit.key: {
                "floats": [_float_below(lower * unit.factor), _float_above(upper * unit.factor)],
                "middle": float(boundary) * float(unit.factor),
                "decimal": _common_digits(lower * unit.factor, upper * unit.factor),
            }
            for unit in units
        },
    }
    return record


def _common_digits(lower: Fraction, upper: Fraction) -> str:
    """Twelve significant digits of a number, or as many as its bounds agree on; cut, never rounded up."""
    size = math.floor(math.log10(abs(float(lower)))) if lower else 0
    places = max(0, 11 - size)
    while places and math.floor(lower * 10**places) != math.floor(upper * 10**places):
        places -= 1
    return round_decimal(Fraction(math.floor(lower * 10**places), 10**places), places)


def _cascade_record(boundaries: Boundaries) -> list[dict[str, Any]]:
    """Certified flips of the doubling cascade beyond the boundaries that have names."""
    known = {boundary.period for boundary in boundaries if boundary.kind is BoundaryKind.FLIP}
    return [
        {
            "period": box.period,
            "floats": [_float_below(box.parameter[0]), _float_above(box.parameter[1])],
            "certainty": "certified",
        }
        for box in boundaries.cascade()
        if box.period not in known
    ]


# --- windows ----------------------------------------------------------------------------------------------------------


def _atlas(
    scene: _Scene, within: tuple[object, object] | None, max_period: int
) -> tuple[dict[str, Any] | None, str | None]:
    """The windows of the story, or why they cannot be listed."""
    try:
        found = build_atlas(scene.family, max_period, within=within, workers=1)
    except (InputError, AtlasError) as reason:
        told = reason.accepted if isinstance(reason, InputError) else str(reason)
        return None, f"No atlas of windows: the family {told}."
    return _atlas_record(found), None


def _atlas_record(found: Atlas) -> dict[str, Any]:
    places = {window.word: k for k, window in enumerate(found)}
    covers = sorted((_float_below(end.enclose(_BITS)[0]), _float_above(end.enclose(_BITS)[1])) for end in found.covers)
    windows = []
    for window in found:
        container = found.container(window)
        windows.append(
            {
                "word": window.word,
                "period": window.period,
                "birth": window.birth_kind.name.lower(),
                "inside": None if container is None else places[container.word],
                "parent": window.parent,
                "floats": [
                    [_float_below(ends[0]), _float_above(ends[1])]
                    for ends in (getattr(window, event) for event in _EVENTS)
                ],
                "decimals": [window.decimal(event, _DIGITS) for event in _EVENTS],
            }
        )
    return {
        "max_period": found.max_period,
        "theorem": found.theorem,
        "covers": covers,
        "events": list(_EVENTS),
        "certainty": "certified",
        "windows": windows,
    }

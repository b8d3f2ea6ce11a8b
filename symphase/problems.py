"""Regression problems for the gradient-descent laboratory: a model with its data, and where the data come from.

Designs go from exactly orthogonal rows to Gaussian ones, with the coherence between dialled; labels are equal, uniform,
a teacher's, or given; real data come from scikit-learn's bundled tables and from files.  A problem knows its samples'
parameters aᵢ per unit of step size, exactly, so that step sizes can be stated in units of a.

Randomness is an argument everywhere.  What is drawn for a design, for its labels and for its test rows comes from
streams of their own: asking for a test set, or for other labels, leaves the rows as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from symphase.arguments import check_memory, number, one_of, to_float, whole
from symphase.array_records import ArrayRecord
from symphase.designs import (
    COPIES,
    Design,
    RandomSource,
    check_orthogonal,
    draw_rows,
    generator_and_seed,
    norms_of,
    place_on_path,
    rms_cosine,
    size_of,
    streams,
    unit_rows,
)
from symphase.display import LINE_LENGTH, count_text, cut, facts_table, text_html
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.models import Model, PhaseRetrieval
from symphase.tables import DataSet, finite_array

__all__ = [
    "Problem",
    "load_diabetes_problem",
    "load_digits_problem",
    "make_problem",
    "problem_from_data",
]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_NO_DRAW: Final = "nothing drawn"


# --------------------------------------------------------------------------------------------------------- the problem


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Problem(ArrayRecord):
    """A model, the samples that its loss is made of, and samples held out.

    Parameters
    ----------
    model : Model
        With numbers for all its parameters.
    data : DataSet
        n samples of d features.
    test : DataSet, optional
        Samples of the same d features that the loss does not see.
    teacher : array-like, shape ``model.weight_shape(d)``, optional
        The weights that made the labels, before noise.  Kept as a read-only float64 copy.
    seed : str
        Where random numbers came from, in words that suffice to draw them again.
    name : str
        What to call the problem; the data's name when left out.

    Raises
    ------
    InputError
        For a model without numbers or of another number of features, targets that are not the model's own, a test set
        or a teacher of another shape.

    Examples
    --------
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=4, dimension=16, design="hadamard", rng=0)
    >>> problem.scales_per_step[0], problem.unit_step_size
    (Fraction(1, 2), Fraction(2, 1))
    """

    model: Model
    data: DataSet
    test: DataSet | None = None
    teacher: Array | None = None
    seed: str = _NO_DRAW
    name: str = ""

    def __post_init__(self) -> None:
        _check_model(self.model)
        for argument, given in (("data", self.data), ("test", self.test)):
            if not isinstance(given, DataSet) and (argument == "data" or given is not None):
                raise InputError(argument, given, "must be a DataSet", "make one with dataset(features, targets)")
        for argument, words in (("seed", self.seed), ("name", self.name)):
            if not isinstance(words, str):
                raise InputError(argument, words, "must be text", "give a str")
        shape = self.model.weight_shape(self.dimension)
        if self.test is not None and self.test.dimension != self.dimension:
            said = f"must have {self.dimension} features, as the data"
            raise InputError("test", f"{self.test.dimension} features", said, "keep the same columns in both")
        known = self.model.target
        for argument, held in (("data", self.data), ("test", self.test)):
            if held is not None and known.is_Rational and (held.targets != float(known)).any():
                said = f"must be the model's own target {known}"
                raise InputError(f"{argument}.targets", held.targets, said, "leave the model's target open")
        if self.teacher is not None:
            teacher = finite_array(self.teacher, "teacher")
            if teacher.shape != shape:
                raise InputError("teacher", f"shape {teacher.shape}", f"must have shape {shape}", "reshape it")
            object.__setattr__(self, "teacher", teacher)
        object.__setattr__(self, "name", self.name or self.data.name)

    @property
    def features(self) -> Array:
        """X, shape (n, d): one row per sample, read-only."""
        return self.data.features

    @property
    def targets(self) -> Array:
        """y, shape (n,), read-only."""
        return self.data.targets

    @property
    def samples(self) -> int:
        """n, the number of samples in the loss."""
        return self.data.samples

    @property
    def dimension(self) -> int:
        """d, the number of features."""
        return self.data.dimension

    @property
    def scales_per_step(self) -> tuple[Fraction, ...]:
        """aᵢ/η of every sample, exactly: its parameter is aᵢ = η times this, if it were orthogonal to the others.

        Negative for a label out of reach.  InputError for a model without a single scale
        (:meth:`symphase.models.Model.scale_at`).
        """
        return tuple(
            self.model.scale_at(square, float(target), self.samples, 1)
            for square, target in zip(self.data.norms_squared, self.targets, strict=True)
        )

    @property
    def unit_step_size(self) -> Fraction | None:
        """The step size η at which the largest aᵢ is 1, exactly; None where no aᵢ is positive."""
        largest = max(self.scales_per_step)
        return 1 / largest if largest > 0 else None

    def __repr__(self) -> str:
        told = f"{self.model.name}, n = {self.samples}, d = {self.dimension}, {self.seed}"
        name = cut(self.name, 40)
        return f"<Problem {name!r}: {cut(told, LINE_LENGTH - len(repr(name)) - 12)}>"

    def describe(self) -> str:
        """Return one line: what it is, n, d, coherence, seed."""
        coherence = self.data.coherence()
        rows = {
            "exact": "rows orthogonal exactly",
            "rounding": "rows orthogonal to rounding",
            "none": f"largest |cosine| {coherence.largest:.3g}, rms {rms_cosine(self.features):.3g}",
        }[coherence.kind]
        held_out = f", {self.test.samples} test samples" if self.test is not None else ""
        return (
            f"{self.name}: {self.model.name}, n = {self.samples}, d = {self.dimension}{held_out}; {rows}; {self.seed}"
        )

    def _repr_html_(self) -> str:
        held_out = "" if self.test is None else f", {count_text(self.test.samples, 'test sample')}"
        facts = [
            ("model", text_html(self.model.name)),
            ("data", f"{count_text(self.samples, 'sample')} of {count_text(self.dimension, 'feature')}{held_out}"),
            ("made of", text_html(self.seed)),
        ]
        return facts_table(f"<strong>{text_html(self.name)}</strong>", facts)


# ---------------------------------------------------------------------------------------------------------- generation


def make_problem(
    model: Model,
    *,
    samples: int = 80,
    dimension: int = 100,
    design: Design = "qr",
    mixing: object = None,
    rms: object = None,
    norms: object = None,
    labels: object = "equal",
    label_scale: object = None,
    label_range: object = None,
    noise: object = 0,
    test_samples: int = 0,
    rng: RandomSource = None,
) -> Problem:
    """Make a regression problem: a design, its labels, and on request a test set.

    Parameters
    ----------
    model : Model
        With numbers for all its parameters.
    samples, dimension : int ≥ 1
        n and d; the paper's main setting is 80 and 100.
    design : {"qr", "dct", "hadamard", "gaussian", "mixed"}
        See :func:`orthogonal_rows`, :func:`gaussian_rows`, :func:`mixed_rows`.
    mixing : number in [0, 1], optional
        For "mixed": 0 is orthogonal, 1 Gaussian directions.
    rms : number ≥ 0, optional
        For "mixed", in place of ``mixing``: the root-mean-square cosine (:func:`rms_cosine`).
    norms : number or array-like of shape (n,), optional
        ‖xᵢ‖, 1 when left out; Gaussian rows have the norms that they are drawn with.
    labels : {"equal", "uniform", "teacher"} or array-like of shape (n,)
        "equal": all aᵢ are the same, that of the label ``label_scale`` at the mean of the ‖xᵢ‖²; where the norms agree
        to rounding, all labels are ``label_scale``.  "uniform": independent and uniform on ``label_range``.
        "teacher": predictions of independent standard normal weights, plus noise.
    label_scale : number, optional
        For "equal"; 1 when left out.
    label_range : pair of numbers, optional
        For "uniform"; (0, 1) when left out.
    noise : number ≥ 0
        For "teacher": the standard deviation of independent normal noise on every label, test labels included.
    test_samples : int ≥ 0
        Rows held out, for "teacher" alone: nothing else says what the label of a new row is.  For Gaussian designs they
        are drawn like the others; otherwise they have uniform directions, orthogonal to nothing, and norms drawn from
        ``norms``.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        Fresh entropy when left out, which ``Problem.seed`` then tells.  One seed gives the same teacher for every
        design, and the rows that the design's own function gives, whatever the labels.

    Returns
    -------
    Problem

    Certainty
    ---------
    Equal labels are solved for in fractions and rounded once.

    Raises
    ------
    InputError
        For anything that is not as above, for an argument that the chosen design or labels do not use, and for equal
        labels at unequal norms where the model has no single scale or a scale that no label changes.

    Examples
    --------
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=3, dimension=8, design="gaussian", rng=1)
    >>> [float(round(scale, 12)) for scale in problem.scales_per_step]
    [0.861182941393, 0.861182941393, 0.861182941393]
    >>> problem.describe()
    'gaussian rows, equal labels: generalised phase retrieval, n = 3, d = 8; largest |cosine| 0.435, rms 0.365; rng=1'
    """
    _check_model(model)
    held_out = whole(test_samples, "test_samples", least=0)
    count, width = size_of(samples, dimension, held_out)
    shape = model.weight_shape(width)
    one_of(design, ("qr", "dct", "hadamard", "gaussian", "mixed"), "design", 'the default is "qr"')
    if design != "gaussian":
        check_orthogonal(count, width)
    place = _design_settings(design, mixing=mixing, rms=rms, norms=norms)
    rule = labels if isinstance(labels, str) else "given"
    spread = _check_labels(rule, label_scale=label_scale, label_range=label_range, noise=noise, held_out=held_out)
    given = _given_labels(labels, count) if rule == "given" else None
    if rule == "teacher":
        neurons = math.prod(shape) // width
        check_memory(COPIES * neurons * max(width, count, held_out), "neurons and samples", f"{neurons} × {count}")
    lengths = norms_of(norms, count)

    generator, seed = generator_and_seed(rng)
    for_rows, for_labels, for_test = streams(generator, 3)
    rows = draw_rows(design, count, width, lengths, place, for_rows)

    name = f"{design} rows, {rule} labels"
    teacher: Array | None = None
    test: DataSet | None = None
    if given is not None:
        targets = given
    elif rule == "teacher":
        teacher = for_labels.standard_normal(shape)
        targets = _taught(model, teacher, rows, spread, for_labels)
        if held_out:
            more = draw_rows("gaussian", held_out, width, lengths, place, for_test)
            if design != "gaussian":
                more = unit_rows(more) * for_test.choice(lengths, held_out)[:, np.newaxis]
            taught = _taught(model, teacher, more, spread, for_test)
            test = DataSet(features=more, targets=taught, name=f"{name}, held out")
    elif rule == "uniform":
        low, high = _label_range(label_range)
        targets = for_labels.uniform(low, high, count)
    else:
        targets = _equal_labels(model, rows, 1.0 if label_scale is None else number(label_scale, "label_scale"))
    data = DataSet(features=rows, targets=targets, name=name)
    return Problem(model=model, data=data, test=test, teacher=teacher, seed=seed, name=name)


def problem_from_data(data: DataSet, model: Model, *, test_fraction: object = 0, rng: RandomSource = None) -> Problem:
    """Make a problem of a table, all of it or with a random part held out.

    Parameters
    ----------
    data : DataSet
        From :func:`symphase.tables.read_table` or :func:`symphase.tables.dataset`; taken as it is, nothing is scaled.
    model : Model
    test_fraction : number in [0, 1)
        The part of the samples that is held out, rounded to whole samples (halves up) but at least one if it is not 0.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        What chooses them; both parts keep the table's order.  Nothing is drawn when the fraction is 0.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        For a fraction out of range or one that leaves no sample, and as :class:`Problem`.

    Examples
    --------
    >>> from symphase.tables import load_digit_dct
    >>> problem = problem_from_data(load_digit_dct(), PhaseRetrieval(gamma=2, c=0), test_fraction=0.25, rng=0)
    >>> problem.samples, problem.test.samples
    (48, 16)
    """
    if not isinstance(data, DataSet):
        raise InputError("data", data, "must be a DataSet", "make one with read_table(path) or dataset(X, y)")
    fraction = exact_rational(test_fraction, "test_fraction")
    if not 0 <= fraction < 1:
        raise InputError("test_fraction", test_fraction, "must be at least 0 and less than 1", "as 0.2")
    if fraction == 0:
        return Problem(model=model, data=data)
    held_out = max(1, math.floor(fraction * data.samples + Fraction(1, 2)))
    if held_out >= data.samples:
        said = f"leaves none of the {data.samples} samples to train on"
        raise InputError("test_fraction", test_fraction, said, "use a smaller fraction")
    generator, seed = generator_and_seed(rng)
    chosen = streams(generator, 1)[0].permutation(data.samples)
    return Problem(
        model=model,
        data=_part(data, np.sort(chosen[held_out:]), data.name),
        test=_part(data, np.sort(chosen[:held_out]), f"{data.name}, held out"),
        seed=seed,
    )


# ----------------------------------------------------------------------------------------------------------- real data


def load_digits_problem(
    model: Model | None = None,
    *,
    samples: int = 200,
    test_samples: int = 200,
    label_scale: object = 1,
    rng: RandomSource = 0,
) -> Problem:
    """Make a problem of scikit-learn's bundled handwritten digits (extra ``data``); nothing is downloaded.

    1797 images of 8 × 8 pixels from 0 to 16.  The features are the d = 64 pixels over 16, each image scaled to unit
    norm; the target is label_scale · digit/9, as a number.

    Parameters
    ----------
    model : Model, optional
        Plain phase retrieval, γ = 2 and c = 0, when left out.
    samples, test_samples : int
        n ≥ 1 and how many are held out, chosen without replacement; together at most 1797.
    label_scale : number > 0
    rng : int, Generator, BitGenerator or SeedSequence, optional
        What chooses the images; 0 when left out, None for fresh entropy.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        Without scikit-learn, for more samples than there are, and as :class:`Problem`.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998).

    Examples
    --------
    >>> load_digits_problem(samples=100, test_samples=0).features.shape
    (100, 64)
    """
    factor = number(label_scale, "label_scale", above=0)
    pixels, digits = _bundled("digits")
    chosen, held_out, seed = _choose(len(digits), samples, test_samples, rng)
    everything = DataSet(
        features=unit_rows(pixels / 16),
        targets=factor * (digits / 9),
        name="digits",
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        target_name="digit",
        notes=("pixels/16, rows scaled to unit norm", f"target = {factor!r} * digit/9"),
    )
    return Problem(
        model=PhaseRetrieval(gamma=2, c=0) if model is None else model,
        data=_part(everything, chosen, "digits"),
        test=_part(everything, held_out, "digits, held out") if held_out.size else None,
        seed=seed,
    )


def load_diabetes_problem(
    model: Model | None = None,
    *,
    samples: int = 300,
    test_samples: int = 142,
    label_scale: object = 1,
    rng: RandomSource = 0,
) -> Problem:
    """Make a problem of scikit-learn's bundled diabetes table (extra ``data``); nothing is downloaded.

    442 patients, d = 10 features.  Every feature is standardised with mean and standard deviation of the n samples (a
    feature that is constant there becomes 0), then all are scaled by one factor so that the mean of the ‖xᵢ‖² is 1;
    held-out samples go through the same map.  The target is label_scale · progression/346; 346 is the largest.

    Parameters
    ----------
    model : Model, optional
        Plain phase retrieval, γ = 2 and c = 0, when left out.
    samples, test_samples : int
        n ≥ 2 and how many are held out, chosen without replacement; together at most 442.
    label_scale : number > 0
    rng : int, Generator, BitGenerator or SeedSequence, optional
        What chooses the patients; 0 when left out, None for fresh entropy.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        Without scikit-learn, for more samples than there are or fewer than 2, and as :class:`Problem`.

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "Least angle regression", Annals of Statistics 32 (2004).

    Examples
    --------
    >>> load_diabetes_problem(test_samples=0).features.shape
    (300, 10)
    """
    factor = number(label_scale, "label_scale", above=0)
    if whole(samples, "samples", least=1) < 2:
        raise InputError("samples", samples, "must be at least 2: features are standardised over them", "as 300")
    table, progression = _bundled("diabetes")
    chosen, held_out, seed = _choose(len(progression), samples, test_samples, rng)
    centre, spread = table[chosen].mean(axis=0), table[chosen].std(axis=0)
    constant = (table[chosen] == table[chosen[0]]).all(axis=0)  # rounding would leave them a tiny spread
    standard = np.where(constant, 0.0, (table - centre) / np.where(constant, 1.0, spread))
    standard /= math.sqrt(np.einsum("ij,ij->", standard[chosen], standard[chosen]) / len(chosen))
    everything = DataSet(
        features=standard,
        targets=factor * (progression / progression.max()),
        name="diabetes",
        feature_names=("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        target_name="progression",
        notes=("standardised over the training samples, mean squared norm 1", f"target = {factor!r} * progression/max"),
    )
    return Problem(
        model=PhaseRetrieval(gamma=2, c=0) if model is None else model,
        data=_part(everything, chosen, "diabetes"),
        test=_part(everything, held_out, "diabetes, held out") if held_out.size else None,
        seed=seed,
    )


def _bundled(name: str) -> tuple[Array, Array]:
    try:
        from sklearn import datasets
    except ImportError:
        raise InputError(
            "data", name, "comes with scikit-learn, which is not installed", 'pip install "symphase[data]"'
        ) from None
    bunch: Any = datasets.load_digits() if name == "digits" else datasets.load_diabetes(scaled=False)
    return finite_array(bunch.data, "data", ndim=2), finite_array(bunch.target, "target", ndim=1)


def _choose(total: int, samples: object, test_samples: object, rng: RandomSource) -> tuple[Integers, Integers, str]:
    count, held_out = whole(samples, "samples", least=1), whole(test_samples, "test_samples", least=0)
    if count + held_out > total:
        said = f"are more than the {total} samples that there are"
        raise InputError("samples and test_samples", f"{count} + {held_out}", said, "ask for fewer")
    generator, seed = generator_and_seed(rng)
    order = streams(generator, 1)[0].permutation(total).astype(np.int64)
    return np.sort(order[:count]), np.sort(order[count : count + held_out]), seed


def _part(everything: DataSet, rows: Integers, name: str) -> DataSet:
    return DataSet(
        features=everything.features[rows],
        targets=everything.targets[rows],
        name=name,
        feature_names=everything.feature_names,
        target_name=everything.target_name,
        notes=everything.notes,
    )


# -------------------------------------------------------------------------------------------------------------- labels


def _equal_labels(model: Model, rows: Array, level: float) -> Array:
    squares = DataSet(features=rows, targets=np.ones(len(rows))).norms_squared
    count = len(squares)
    agreement = Fraction(4 * rows.shape[1], 2**52)  # as far as rows count as orthogonal to rounding
    if max(squares) - min(squares) <= agreement * max(squares):
        return np.full(count, level)
    common = model.scale_at(sum(squares) / count, level, count, 1)
    targets = np.empty(count)
    for k, square in enumerate(squares):
        growth = model.residual_scale(square, count, 1)  # of a with the label
        if growth == 0:
            said = f"cannot make all a the same at unequal norms: no label changes a of the model {model.name}"
            raise InputError("labels", "equal", said, "use a design with equal norms, or other labels")
        targets[k] = to_float((common - model.scale_at(square, 0, count, 1)) / growth, "labels")
    return targets


def _taught(model: Model, teacher: Array, rows: Array, spread: float, generator: np.random.Generator) -> Array:
    with np.errstate(all="ignore"):  # a label beyond the range of floats is refused with the data set
        labels: Array = model.predict(teacher[np.newaxis], rows)[0]
        return labels + spread * generator.standard_normal(len(rows)) if spread else labels


def _given_labels(labels: object, count: int) -> Array:
    targets = finite_array(labels, "labels", ndim=1)
    if len(targets) != count:
        raise InputError("labels", f"shape {targets.shape}", f"must have shape ({count},)", "give one label per sample")
    return targets


def _label_range(given: object) -> tuple[float, float]:
    if given is None:
        return 0.0, 1.0
    ends = finite_array(given, "label_range", ndim=1)
    if len(ends) != 2 or not 0 <= ends[1] / 2 - ends[0] / 2 < 5e307:
        raise InputError(
            "label_range", given, "must be two numbers, the smaller first, less than 1e308 apart", "as (0, 1)"
        )
    return float(ends[0]), float(ends[1])


# -------------------------------------------------------------------------------------------------------------- checks


def _check_model(model: object) -> None:
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    if model.parameters:
        names = ", ".join(str(symbol) for symbol in model.parameters)
        raise InputError("model", model.name, f"has parameters without a number: {names}", "give each a number")


def _design_settings(design: str, *, mixing: object, rms: object, norms: object) -> tuple[float | None, float | None]:
    """Refuse what the design does not use (it would be taken to have an effect); return its mixing and its rms."""
    if design == "mixed":
        return place_on_path(mixing, rms)
    for argument, value in (("mixing", mixing), ("rms", rms)):
        if value is not None:
            raise InputError(argument, value, f"is not used for {design} rows", "use design='mixed'")
    if design == "gaussian" and norms is not None:
        said = "is not used for gaussian rows: they have the norms that they are drawn with"
        raise InputError("norms", norms, said, "use design='mixed' with mixing=1 for Gaussian directions")
    return None, None


def _check_labels(rule: str, *, label_scale: object, label_range: object, noise: object, held_out: int) -> float:
    """Check that the labels' settings fit their rule, and return the noise."""
    if rule != "given":
        one_of(rule, ("equal", "uniform", "teacher"), "labels", "an array of one number per sample is accepted too")
    spread = number(noise, "noise", least=0)
    owners = (("label_scale", label_scale, "equal"), ("label_range", label_range, "uniform"))
    for argument, value, owner in (*owners, ("noise", noise if spread else None, "teacher")):
        if value is not None and rule != owner:
            raise InputError(argument, value, f"is not used for {rule} labels", f"use labels={owner!r}")
    if held_out and rule != "teacher":
        said = f"needs a teacher: with {rule} labels nothing says what the label of a new row is"
        raise InputError("test_samples", held_out, said, "use labels='teacher', or problem_from_data for data at hand")
    return spread

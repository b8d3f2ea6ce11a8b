"""The problem that a command of the laboratory works on: its argument, its options, and what they make."""

from __future__ import annotations

import difflib
import os
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import click

from symphase.commands.console import (
    SEED,
    TARGET,
    WHOLE,
    FileName,
    remember,
    shown,
    subject_of,
    together,
)
from symphase.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from symphase.models import Model
    from symphase.problems import Problem

__all__ = [
    "KIND",
    "MODEL_OPTIONS",
    "PROBLEM",
    "UNIT",
    "WIDTH",
    "model_of",
    "named",
    "problem_of",
    "step_sizes_of",
    "within",
]

_DESIGNS: Final = {"orthogonal": "qr", "dct": "dct", "hadamard": "hadamard", "gaussian": "gaussian", "mixed": "mixed"}
_BUNDLED: Final = ("digits", "diabetes")


class _Kind(click.Choice):  # type: ignore[type-arg]  # generic from click 8.2 on
    """The choice of a kind of model; the network may be called by its short name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        return super().convert("two-layer-network" if value == "network" else value, param, ctx)


KIND = together(
    "--model, of two kinds.",
    click.option(
        "--model",
        type=_Kind(("phase-retrieval", "two-layer-network")),
        default="phase-retrieval",
        show_default=True,
        help="Prediction (γ/2)(xᵀw)² + c·xᵀw, or a two-layer network α Σ vⱼ(wⱼᵀx)².",
    ),
)
WIDTH = together("--width.", click.option("--width", type=WHOLE, help="Neurons of the network; 2 when left out."))
_SHAPE = (
    click.option("--gamma", metavar="NUMBER", help="γ of phase retrieval; 2 when left out."),
    click.option("--c", metavar="NUMBER", help="c of phase retrieval; 0 when left out."),
    click.option("--alpha", metavar="NUMBER", help="α of the network; 1 when left out."),
    WIDTH,
    click.option("--outer", metavar="V,V,…", help="Outer weights of the network, such as 1,-1; all 1 when left out."),
    click.option(
        "--reduction",
        type=click.Choice(("mean", "sum")),
        default="mean",
        show_default=True,
        help="Whether the loss is divided by the number of samples.",
    ),
)
MODEL_OPTIONS = together("The options that shape a model with numbers, for data.", KIND, *_SHAPE)
_DATA = (
    click.option(
        "--prediction",
        metavar="FORMULA",
        help='A prediction of your own in one weight, such as "w^2 + b*w"; for a file with one feature.',
    ),
    click.option("--weight", metavar="NAME", help="Name of the weight; w when left out."),
    click.option(
        "--set",
        "settings",
        metavar="NAME=NUMBER",
        multiple=True,
        help="Give a further name in your formula a number; once for each.",
    ),
    click.option(
        "--samples", type=WHOLE, help="Samples; 80 of a made design, 200 of digits, 300 of diabetes when left out."
    ),
    click.option("--dimension", type=WHOLE, help="Features of a made design; 100 when left out."),
    click.option("--mixing", metavar="NUMBER", help="For mixed: from 0, orthogonal rows, to 1, Gaussian directions."),
    click.option(
        "--labels",
        type=click.Choice(("equal", "uniform", "teacher")),
        help="Labels of a made design: all with the same a (when left out), uniform from 0 to 1, or the "
        "predictions of random weights.",
    ),
    click.option(
        "--noise", metavar="NUMBER", help="Standard deviation of the noise on a teacher's labels; 0 when left out."
    ),
    click.option(
        "--label-scale",
        metavar="NUMBER",
        help="The label of a design with equal labels; a factor of digits and diabetes.",
    ),
    click.option(
        "--test-samples",
        type=WHOLE,
        help="Samples held out for the test loss: of a file drawn at random, of a made design with a teacher; "
        "200 of digits, 142 of diabetes and otherwise none when left out.",
    ),
    TARGET,
    SEED,
)
PROBLEM = together(
    "The argument PROBLEM and the options that shape it.",
    click.argument("problem", required=False, default="digits", type=FileName((*_BUNDLED, *_DESIGNS))),
    KIND,
    *_SHAPE,
    *_DATA,
)


UNIT = together(
    "--unit.",
    click.option(
        "--unit",
        type=click.Choice(("eta", "a")),
        default="eta",
        show_default=True,
        help="What step sizes are given in: η itself, or the largest a of a sample; orthogonal rows converge up to "
        "a = 1 and always diverge beyond a = 2.",
    ),
)


@contextmanager
def named(argument: str, option: str, value: object = None, advice: str | None = None) -> Iterator[None]:
    """Call an argument of the library what it is called here, with the value and the advice that belong to it here."""
    try:
        yield
    except InputError as error:
        if error.argument != argument:
            raise
        told = error.advice if advice is None else advice
        raise InputError(option, error.value if value is None else value, error.accepted, told) from None


def within(option: str, value: int, least: int, most: int) -> None:
    """Refuse a whole number outside of a range."""
    if not least <= value <= most:
        raise InputError(option, value, f"must be an integer from {least} to {most}", "give a whole number")


def model_of(options: dict[str, Any]) -> Model:
    """Make the model that the options of :data:`MODEL_OPTIONS` or :data:`PROBLEM` describe."""
    from symphase.formulas import exact_rational
    from symphase.models import PhaseRetrieval, TwoLayerNetwork

    if options.get("prediction") is not None:
        return _own_prediction(options)
    for name, value in (("--weight", options.get("weight")), ("--set", (options.get("settings") or (None,))[0])):
        if value is not None:
            raise InputError(name, value, "goes with --prediction, and only with it", "leave it out")
    remember("--model", options["model"])
    network = options["model"] == "two-layer-network"
    for name in ("gamma", "c") if network else ("alpha", "width", "outer"):
        if options[name] is not None:
            belongs = "phase retrieval" if network else "a network"
            advice = "leave out --model" if network else "add --model two-layer-network"
            raise InputError(f"--{name}", options[name], f"belongs to {belongs}", advice)
    if not network:
        gamma, c = (default if options[name] is None else options[name] for name, default in (("gamma", 2), ("c", 0)))
        return PhaseRetrieval(gamma=gamma, c=c, reduction=options["reduction"])
    outer = None
    if options["outer"] is not None:
        outer = tuple(exact_rational(part.strip(), "--outer") for part in options["outer"].split(","))
        if not any(outer):
            raise InputError("--outer", options["outer"], "must not all be 0", "give one for each neuron, such as 1,-1")
    alpha = 1 if options["alpha"] is None else options["alpha"]
    more: dict[str, Any] = {"width": options["width"], "outer_weights": outer}
    return TwoLayerNetwork(alpha=alpha, reduction=options["reduction"], **more)


def _own_prediction(options: dict[str, Any]) -> Model:
    from dataclasses import replace

    from symphase.models import PolynomialModel

    for name in ("gamma", "c", "alpha", "width", "outer"):
        if options[name] is not None:
            raise InputError(f"--{name}", options[name], "does not go with --prediction", "leave it out")
    subject = subject_of(prediction=options["prediction"], weight=options["weight"], settings=options["settings"])
    if not isinstance(subject, PolynomialModel):
        raise TypeError("a prediction makes a polynomial model")
    return replace(subject, reduction=options["reduction"])


def problem_of(options: dict[str, Any]) -> Problem:
    """Make the problem that the argument and the options describe."""
    from symphase.problems import load_diabetes_problem, load_digits_problem, make_problem

    name, model = options["problem"], model_of(options)
    if options["prediction"] is not None and (name in _DESIGNS or name in _BUNDLED):
        said = f"has one weight, and {name} more than one feature"
        raise InputError("--prediction", options["prediction"], said, "give a file with one column beside the target")
    if options["seed"] < 0:
        raise InputError("--seed", options["seed"], "must be an integer ≥ 0", "as --seed 0")
    given = {key: options[key] for key in ("samples", "test_samples", "label_scale") if options[key] is not None}
    made = {key: options[key] for key in ("dimension", "mixing", "labels", "noise") if options[key] is not None}
    if options["target"] is not None and (name in _DESIGNS or name in _BUNDLED):
        raise InputError("--target", options["target"], "names a column of a file", "leave it out")
    if name in _DESIGNS:
        _check_design(name, model, options)
        design: Any = _DESIGNS[name]
        with named("neurons and samples", "--width and --samples"):
            return make_problem(model, design=design, rng=options["seed"], **given, **made)
    for key, value in made.items():
        raise InputError(f"--{key}", value, f"belongs to a made design, and {shown(name)} is none", "leave it out")
    if name in _BUNDLED:
        load = load_digits_problem if name == "digits" else load_diabetes_problem
        with named("samples and test_samples", "--samples and --test-samples"):
            return load(model, rng=options["seed"], **given)
    return _problem_of_file(name, model, given, options)


def _check_design(name: str, model: Model, options: dict[str, Any]) -> None:
    """Refuse options that contradict each other, in the words of the command line."""
    mixing, labels = options["mixing"], options["labels"] or "equal"
    if name == "mixed" and mixing is None:
        raise InputError("--mixing", "missing", "must be given for mixed rows", "as --mixing 0.5")
    if name != "mixed" and mixing is not None:
        raise InputError("--mixing", mixing, f"is not used for {name} rows", "leave it out, or ask for mixed")
    for key in ("noise", "test_samples"):
        if options[key] and labels != "teacher":
            said = f"needs a teacher, who makes the labels; these are {labels}"
            raise InputError(f"--{key.replace('_', '-')}", options[key], said, "add --labels teacher")
    if options["label_scale"] is not None and labels != "equal":
        raise InputError("--label-scale", options["label_scale"], f"is not used for {labels} labels", "leave it out")
    if name == "gaussian" and labels == "equal" and model.scale is None:
        said = "need a model with one scale a for each sample, which outer weights that differ do not have"
        raise InputError("--labels", labels, said, "add --labels uniform or --labels teacher")


def _problem_of_file(name: str, model: Model, given: dict[str, Any], options: dict[str, Any]) -> Problem:
    from symphase.problems import problem_from_data
    from symphase.tables import read_table

    if not os.path.exists(name):
        names = (*_BUNDLED, *_DESIGNS)
        near = difflib.get_close_matches(name.lower(), names, n=1)
        advice = f"did you mean {near[0]}?" if near else "check the name and the folder"
        raise InputError("PROBLEM", name, f"is neither a file nor one of {', '.join(names)}", advice)
    for key in ("samples", "label_scale"):
        if key in given:
            raise InputError(f"--{key.replace('_', '-')}", given[key], "does not apply to a file", "leave it out")
    with named("path", "PROBLEM", name):
        data = read_table(name, target=options["target"])
    if options["prediction"] is not None and data.dimension != 1:
        said = f"has one weight, and {shown(name)} has {data.dimension} features"
        raise InputError("--prediction", options["prediction"], said, "give a file with one column beside the target")
    held_out = given.get("test_samples", 0)
    within("--test-samples", held_out, 0, data.samples - 1)
    return problem_from_data(data, model, test_fraction=Fraction(held_out, data.samples), rng=options["seed"])


def step_sizes_of(given: Sequence[str], unit: str, problem: Problem) -> list[Fraction]:
    """Read step sizes, in units of η or of the largest sample's a."""
    from symphase.formulas import positive_rational

    exact = [positive_rational(value, "--step-size") for value in given]
    if unit == "a":
        one = problem.unit_step_size if problem.model.scale is not None else None
        if one is None:
            said = "needs a model with one scale a for each sample, and a label in reach (a > 0)"
            raise InputError("--unit", "a", said, "give step sizes as they are, without --unit")
        exact = [value * one for value in exact]
    for text, value in zip(given, exact, strict=True):
        if not Fraction(1, 10**300) <= value <= 10**300:
            raise InputError("--step-size", text, "is beyond the range of float64", "give one from 1e-300 to 1e300")
    return exact

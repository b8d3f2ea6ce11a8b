"""What a command is about: a model of the package, a prediction, a loss or a map of one's own, read from options.

Formulas are read by :mod:`symphase.formulas`: never evaluated, and only with the names that were declared.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from symphase.errors import InputError

if TYPE_CHECKING:
    import sympy

    from symphase.maps import PolynomialFamily
    from symphase.models import Model

__all__ = [
    "FAMILY_OPTIONS",
    "MODELS",
    "SUBJECT_NAME",
    "SUBJECT_OPTIONS",
    "asked",
    "family_of",
    "remember",
    "subject_of",
    "subject_text",
    "together",
]

MODELS: Final = ("phase-retrieval", "one-weight", "two-layer-network", "polynomial")
SUBJECT_NAME: Final = "symphase.subject"  # the key of what the user called the subject, in click's context
_NAMES = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.,/+=-]+", re.ASCII)


class _Models(click.Choice):  # type: ignore[type-arg]  # generic from click 8.2 on
    """The choice of a model, shown as one word in the usage line."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002  # click's signature
        return "MODEL"


_LOSS = (
    click.option("--loss", metavar="FORMULA", help='A loss of your own in one weight, such as "(w^2-1)^2/4".'),
    click.option("--weight", metavar="NAME", help="Name of the weight; w when left out."),
)
_MAP_FORMULA = (
    click.option(
        "--map",
        "formula",
        metavar="FORMULA",
        help='A map of your own, such as "r*x*(1-x)"; needs --variable and --parameter.',
    ),
    click.option("--variable", metavar="NAME", help="Name of the map's variable."),
)
_PARAMETER = click.option(
    "--parameter", "parameters", metavar="NAME", multiple=True, help="Name of the map's parameter."
)
_PARAMETERS = click.option(
    "--parameter",
    "parameters",
    metavar="NAME",
    multiple=True,
    help="Name of the map's parameter; of a prediction, once for each further name that stays a symbol.",
)
_SET = click.option(
    "--set",
    "settings",
    metavar="NAME=NUMBER",
    multiple=True,
    help="Give a further name in your formula a number; once for each.",
)
_PREDICTION = click.option(
    "--prediction", metavar="FORMULA", help='A prediction of your own in one weight, such as "w^2 + b*w".'
)
_NUMBERS = (
    click.option("--gamma", metavar="NUMBER", help="γ of phase retrieval; a symbol when left out."),
    click.option("--c", metavar="NUMBER", help="c of phase retrieval; a symbol when left out."),
    click.option("--outer", metavar="V,V,…", help="Outer weights of the network, such as 1,-1; all 1 when left out."),
)
_MODEL = click.argument("model", required=False, type=_Models(MODELS))


def together(meaning: str, *options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make one decorator of several of click's, in the order in which the help shows them."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    decorate.__doc__ = meaning
    return decorate


SUBJECT_OPTIONS = together(
    "The argument MODEL and every way to name something of one's own: for commands about a model or a map.",
    *(_MODEL, _PREDICTION, *_LOSS, *_MAP_FORMULA, _PARAMETERS, _SET, *_NUMBERS),
)
FAMILY_OPTIONS = together(
    "The ways to name a map: for commands about a map.  Without any of them it is the residual map.",
    *(*_MAP_FORMULA, _PARAMETER, *_LOSS, _SET),
)


def subject_of(
    *,
    model: str | None = None,
    prediction: str | None = None,
    loss: str | None = None,
    weight: str | None = None,
    formula: str | None = None,
    variable: str | None = None,
    parameters: Sequence[str] = (),
    settings: Sequence[str] = (),
    gamma: str | None = None,
    c: str | None = None,
    outer: str | None = None,
) -> Model | PolynomialFamily:
    """Make what the options of :data:`SUBJECT_OPTIONS` or :data:`FAMILY_OPTIONS` name; phase retrieval without any.

    Returns
    -------
    Model or PolynomialFamily
        A PolynomialFamily for ``--map``, a PolynomialLoss for ``--loss``, a PolynomialModel for ``--prediction``.

    Raises
    ------
    InputError
        For options that contradict each other, and for what is no formula or number.
    """
    _check_one_subject(model, prediction, loss, formula)
    _check_company(
        own=(prediction, loss, formula),
        weight=weight,
        variable=variable,
        parameters=parameters,
        settings=settings,
        named={
            "--gamma": (gamma, "phase-retrieval"),
            "--c": (c, "phase-retrieval"),
            "--outer": (outer, "two-layer-network"),
        },
        model=model,
    )
    if formula is not None:
        return _own_map(formula, variable, parameters, _numbers(settings))
    if loss is not None:
        from symphase.models import PolynomialLoss

        name = _weight(weight)
        remember("--loss", loss)
        return PolynomialLoss(_read("--loss", loss, [name], _numbers(settings)), weight=name)
    if prediction is not None:
        from symphase.formulas import check_name
        from symphase.models import PolynomialModel

        name = _weight(weight)
        for parameter in parameters:
            check_name(parameter, "--parameter")
        remember("--prediction", prediction)
        expression = _read("--prediction", prediction, [name, *parameters], _numbers(settings))
        return PolynomialModel(expression, weight=name, parameters=parameters)
    return _named_model(model or "phase-retrieval", gamma, c, outer)


def family_of(**options: Any) -> PolynomialFamily:
    """Make the map that the options name; the residual map of gradient descent without any.

    Raises
    ------
    InputError
        As :func:`subject_of`, and for a model without a map of one variable.
    """
    subject = subject_of(**options)
    if not asked(options):
        from symphase.phases import residual_family

        return residual_family()
    from symphase.maps import PolynomialFamily

    if isinstance(subject, PolynomialFamily):
        return subject
    from symphase.derivation import derive

    derivation = derive(subject)
    if derivation.family is not None:
        return derivation.family
    own = [name for name in ("loss", "prediction") if options.get(name) is not None]
    named, value = (f"--{own[0]}", options[own[0]]) if own else ("MODEL", options.get("model"))
    said = f"has no map whose phases could be asked for: {derivation.obstruction}"
    raise InputError(named, value, said, "see symphase derive")


def asked(options: Mapping[str, Any]) -> bool:
    """Whether any of the options was given, be it with an empty text."""
    return any(value is not None and value != () for value in options.values())


def remember(option: str, text: str) -> None:
    """Keep what the user calls the model or the family, for errors that the library raises about it."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[SUBJECT_NAME] = (option, text)


def subject_text(
    *,
    model: str | None = None,
    prediction: str | None = None,
    loss: str | None = None,
    weight: str | None = None,
    formula: str | None = None,
    variable: str | None = None,
    parameters: Sequence[str] = (),
    settings: Sequence[str] = (),
    gamma: str | None = None,
    c: str | None = None,
    outer: str | None = None,
) -> str:
    """Write the options as one would type them in a shell; empty when none was given."""
    parts = [] if model is None else [model]
    for option, value in (
        ("--prediction", prediction),
        ("--loss", loss),
        ("--weight", weight),
        ("--map", formula),
        ("--variable", variable),
        *(("--parameter", name) for name in parameters),
        *(("--set", setting) for setting in settings),
        ("--gamma", gamma),
        ("--c", c),
        ("--outer", outer),
    ):
        if value is not None:
            parts += [option, _quoted(value)]
    return " ".join(parts)


def _weight(name: str | None) -> str:
    """Check a weight's name before a formula is read with it."""
    from symphase.formulas import check_name

    return "w" if name is None else check_name(name, "--weight")


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if text.isprintable() and not set(text) & set('"\\$`!'):
        return f'"{text}"'
    return shlex.quote(text)


def _check_one_subject(model: str | None, prediction: str | None, loss: str | None, formula: str | None) -> None:
    given = [
        (option, value)
        for option, value in (("--prediction", prediction), ("--loss", loss), ("--map", formula))
        if value is not None
    ]
    if len(given) > 1:
        raise InputError(given[1][0], given[1][1], f"cannot be given with {given[0][0]}", "ask about one at a time")
    if model == "polynomial" and prediction is None:
        raise InputError("--prediction", "missing", "must be given with the model polynomial", 'as "w^2 + b*w"')
    if given and model is not None and not (model == "polynomial" and prediction is not None):
        raise InputError(given[0][0], given[0][1], f"cannot be given with the model {model}", f"leave out {model}")


def _check_company(
    *,
    own: tuple[str | None, str | None, str | None],
    weight: str | None,
    variable: str | None,
    parameters: Sequence[str],
    settings: Sequence[str],
    named: dict[str, tuple[str | None, str]],
    model: str | None,
) -> None:
    """Refuse an option whose subject is not there."""
    prediction, loss, formula = own
    if weight is not None and prediction is None and loss is None:
        raise InputError("--weight", weight, "goes with --loss or --prediction, and only with them", "leave it out")
    if variable is not None and formula is None:
        raise InputError("--variable", variable, "goes with --map, and only with it", "leave it out")
    if parameters and formula is None and prediction is None:
        said, advice = "goes with --map (or --prediction, where there is that option), and only with it", "leave it out"
        if loss is not None:
            said = "does not go with --loss, whose parameter is the step size eta"
            advice = f"give the name a number: --set {parameters[0]}=1"
        raise InputError("--parameter", parameters[0], said, advice)
    if settings and not any(text is not None for text in own):
        said = "goes with --loss, --map or --prediction, and only with them"
        raise InputError("--set", settings[0], said, "leave it out")
    for option, (value, kind) in named.items():
        belongs = (model or "phase-retrieval") if not any(text is not None for text in own) else ""
        if value is not None and belongs != kind:
            raise InputError(option, value, f"belongs to the model {kind}", "leave it out")


def _numbers(settings: Sequence[str]) -> dict[str, sympy.Rational]:
    """Read NAME=NUMBER."""
    from sympy import Rational

    from symphase.formulas import check_name, exact_rational

    numbers: dict[str, sympy.Rational] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not _NAMES.fullmatch(name):
            if equals and name:
                check_name(name, "--set")  # says what to write for θ
            raise InputError("--set", setting, "must be a name, an equals sign and a number", "as --set y=2")
        if name in numbers:
            raise InputError("--set", setting, f"gives {name} a second number", "give one")
        value = exact_rational(text, f"--set {name}")
        numbers[name] = Rational(value.numerator, value.denominator)
    return numbers


_STRANGER = re.compile(r"has the name ([A-Za-z][A-Za-z0-9_]*) at column \d+, which is not declared", re.ASCII)
_ADVICE: Final = {
    "--loss": "give {name} a number with --set {name}=1",
    "--map": "give {name} a number with --set {name}=1",
    "--prediction": "give {name} a number with --set {name}=1 (or, to derive, keep it: --parameter {name})",
}


def _read(option: str, text: str, names: Sequence[str], numbers: dict[str, sympy.Rational]) -> sympy.Expr:
    """Read a formula and put in the numbers."""
    from sympy import Symbol

    from symphase.formulas import parse_formula

    for name in numbers:
        if name in names:
            raise InputError("--set", name, "is the name of the weight, the variable or a parameter", "leave it out")
    declared = [*names, *numbers]
    try:
        expression = parse_formula(text, {name: Symbol(name) for name in declared}, argument=option)
    except InputError as error:
        stranger = _STRANGER.match(error.accepted)
        if stranger is None:
            raise
        advice = f"{error.advice}; {_ADVICE[option].format(name=stranger[1])}"
        raise InputError(option, error.value, error.accepted, advice) from None
    return expression.xreplace({Symbol(name): number for name, number in numbers.items()})


def _own_map(
    formula: str, variable: str | None, parameters: Sequence[str], numbers: dict[str, sympy.Rational]
) -> PolynomialFamily:
    from sympy import Symbol

    from symphase.formulas import check_name
    from symphase.maps import PolynomialFamily

    parameter = parameters[0] if parameters else None
    for option, name in (("--variable", variable), ("--parameter", parameter)):
        if name is None:
            raise InputError(option, "missing", "must be given with --map", "name the symbols of your formula")
    if len(parameters) > 1:
        advice = f"give it a number: --set {parameters[1]}=1"
        raise InputError("--parameter", parameters[1], "is a second parameter: a map has one", advice)
    if variable is None or parameter is None or variable == parameter:
        raise InputError("--parameter", parameter, "must differ from the variable", "name two different symbols")
    check_name(variable, "--variable")
    check_name(parameter, "--parameter")
    expression = _read("--map", formula, [variable, parameter], numbers)
    return PolynomialFamily(expression, variable=Symbol(variable), parameter=Symbol(parameter))


def _named_model(name: str, gamma: str | None, c: str | None, outer: str | None) -> Model:
    from symphase.formulas import exact_rational
    from symphase.models import OneWeight, PhaseRetrieval, TwoLayerNetwork

    if name == "one-weight":
        return OneWeight()
    if name == "two-layer-network":
        weights: Any = None
        if outer is not None:
            weights = tuple(exact_rational(part.strip(), "--outer") for part in outer.split(","))
        return TwoLayerNetwork(outer_weights=weights)
    given: dict[str, Any] = {
        key: exact_rational(value, f"--{key}") for key, value in (("gamma", gamma), ("c", c)) if value is not None
    }
    return PhaseRetrieval(**given)

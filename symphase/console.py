"""What the commands share: options, tables, JSON, progress, and errors in one line.

No mathematics and no command: ``cli`` and ``exact_commands`` hold those.
"""

from __future__ import annotations

import errno
import io
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from symphase.errors import EXIT_INPUT, InputError, SymphaseError

if TYPE_CHECKING:
    from rich.console import Console

    from symphase.maps import PolynomialFamily

__all__ = [
    "DIGITS",
    "JSON",
    "MAP_OPTIONS",
    "NUMBERS",
    "Group",
    "brief",
    "console",
    "decimal_of",
    "family_of",
    "finite",
    "json_float",
    "print_json",
    "print_table",
    "progress_bar",
    "say",
    "shown",
]

_PIPE_WIDTH = 150
NUMBERS = {"ignore_unknown_options": True}  # so that "-0.5" is read as a number, not as an option
# what the library calls an argument, and how it is written on the command line
_WRITTEN = {
    "a": "A",
    "alpha": "--alpha",
    "c": "--c",
    "checkpoint": "--checkpoint",
    "cluster": "--cluster",
    "design": "PROBLEM",
    "digits": "--digits",
    "dimension": "--dimension",
    "doublings": "--doublings",
    "expression": "--map",
    "family": "--map",
    "gamma": "--gamma",
    "label_scale": "--label-scale",
    "labels": "--labels",
    "max_period": "--max-period",
    "mixing": "--mixing",
    "names": "--variable or --parameter",
    "noise": "--noise",
    "multiplier": "--multiplier",
    "out": "--out",
    "outer_weights": "--outer",
    "parameters": "--parameter",
    "path": "FILE",
    "period": "--period",
    "points": "--points",
    "prediction": "--prediction",
    "reduction": "--reduction",
    "rng": "--seed",
    "runs": "--runs",
    "samples": "--samples",
    "samples and dimension": "--samples and --dimension",
    "seed": "--seed",
    "start": "--start",
    "starts": "--starts",
    "step_size": "--step-size",
    "steps": "--steps",
    "target": "--target",
    "test_samples": "--test-samples",
    "tolerance": "--tolerance",
    "weight": "--weight",
    "width": "--width",
    "within": "--within",
    "word": "--word",
    "workers": "--workers",
}


class Group(click.Group):
    """A group whose commands report our errors on one line, with our exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Commands in the order of a first visit."""
        return list(self.commands)  # in the order of a first visit, not of the alphabet

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; report errors."""
        if isinstance(sys.stdout, io.TextIOWrapper):  # an old code page must not end in a traceback at the first "≤"
            sys.stdout.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except InputError as error:
            named = _WRITTEN.get(error.argument, error.argument)
            value = getattr(error.value, "expression", error.value)  # a family was given as its formula
            click.echo(f"symphase: {InputError(named, value, error.accepted, error.advice)}", err=True)
            ctx.exit(error.exit_code)
        except SymphaseError as error:
            click.echo(f"symphase: {error}", err=True)
            ctx.exit(error.exit_code)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has gone: click ends quietly
                raise
            click.echo(f"symphase: the output cannot be written: {error.strerror or error}", err=True)
            ctx.exit(EXIT_INPUT)
        except KeyboardInterrupt:
            click.echo("symphase: interrupted", err=True)
            ctx.exit(130)


def console(*, stderr: bool = False) -> Console:
    """A terminal, or a wide page where the output goes to a file."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False, emoji=False, markup=False)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that folds to the width there is."""
    from rich import box
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)


def say(text: str = "") -> None:
    """Print one line."""
    click.echo(text)


def print_json(record: Any) -> None:
    """Print JSON for programs."""
    click.echo(json.dumps(record, indent=2, allow_nan=False))


def shown(text: str) -> str:
    """A name from outside, without control characters."""
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def brief(value: Fraction) -> str:
    """Six significant digits with a sign, whatever the size; for people, never for JSON."""
    return f"{Context(prec=6).divide(Decimal(value.numerator), Decimal(value.denominator)):+.6g}"


def decimal_of(value: Fraction) -> Decimal:
    """Seventeen significant digits."""
    return Context(prec=17).divide(Decimal(value.numerator), Decimal(value.denominator))


def json_float(value: Fraction) -> float | None:
    """A float, or null where it would overflow."""
    try:
        return float(value)
    except OverflowError:
        return None


def finite(value: float | None) -> float | None:
    """JSON knows no infinity."""
    return value if value is None or math.isfinite(value) else None


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error; silent when that is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    stream = console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stream,
        transient=True,
        disable=not stream.is_terminal,
    ) as bar:
        task = bar.add_task("working", total=None)

        def report(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        yield report


def JSON(command: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802  # used as click's own options are
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of a table.")(command)


def DIGITS(command: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802  # used as click's own options are
    """--digits."""
    text = "Digits after the point; every one printed is proved."
    return click.option("--digits", type=int, default=15, show_default=True, help=text)(command)


def MAP_OPTIONS(command: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802  # used as click's own options are
    """--map, --variable and --parameter."""
    for option in (
        click.option("--parameter", help="Name of the map's parameter."),
        click.option("--variable", help="Name of the map's variable."),
        click.option(
            "--map", "formula", help='A map of your own, such as "r*x*(1-x)"; needs --variable and --parameter.'
        ),
    ):
        command = option(command)
    return command


def family_of(formula: str | None, variable: str | None, parameter: str | None) -> PolynomialFamily:
    """The family that the options name; the residual map without them."""
    if formula is None:
        if variable is not None or parameter is not None:
            raise InputError("--map", "missing", "must be given with --variable and --parameter", "as in the examples")
        from symphase.phases import residual_family

        return residual_family()
    from sympy import Symbol

    from symphase.formulas import parse_formula
    from symphase.maps import PolynomialFamily

    for option, name in (("--variable", variable), ("--parameter", parameter)):
        if name is None:
            raise InputError(option, "missing", "must be given with --map", "name the symbols of your formula")
    if variable is None or parameter is None or variable == parameter:
        raise InputError("--parameter", parameter, "must differ from the variable", "name two different symbols")
    expression = parse_formula(formula, [variable, parameter], argument="--map")
    return PolynomialFamily(expression, variable=Symbol(variable), parameter=Symbol(parameter))

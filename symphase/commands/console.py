"""What the commands share: options, tables, JSON, progress, and errors in one line.

No mathematics and no command: ``cli`` and ``exact_commands`` hold those.
"""

from __future__ import annotations

import difflib
import errno
import io
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from symphase.commands.subjects import (
    FAMILY_OPTIONS,
    MODELS,
    SUBJECT_NAME,
    SUBJECT_OPTIONS,
    asked,
    family_of,
    remember,
    subject_of,
    subject_text,
    together,
)
from symphase.errors import EXIT_CHECK_FAILED, EXIT_INPUT, InputError, SymphaseError, missing_package

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from rich.console import Console

__all__ = [
    "DIGITS",
    "EXIT_CODES",
    "FAMILY_OPTIONS",
    "JSON",
    "MODELS",
    "NUMBERS",
    "SEED",
    "STEP_SIZE",
    "SUBJECT_OPTIONS",
    "TARGET",
    "WHOLE",
    "WORKERS",
    "Command",
    "FileName",
    "FolderName",
    "Group",
    "asked",
    "brief",
    "coloured",
    "console",
    "decimal_of",
    "digits_option",
    "family_of",
    "finite",
    "json_float",
    "print_json",
    "print_table",
    "progress_bar",
    "remember",
    "say",
    "shown",
    "subject_of",
    "subject_text",
    "tinted",
    "together",
    "written",
]

_PIPE_WIDTH = 150
EXIT_PIPE = 141  # as a shell tells of a program that the signal of a broken pipe ended
_LONGEST_WORD = 60
_LONGEST_TOLD = 240
EXIT_CODES = (
    f"Exit codes: 0 done, {EXIT_CHECK_FAILED} a check failed, {EXIT_INPUT} input that cannot be worked with, "
    f"130 interrupted, {EXIT_PIPE} nobody reads the output any more."
)
NUMBERS = {"ignore_unknown_options": True}  # "-0.5" is read as a number, not as an option; Command does it by itself
# what the library calls an argument, and how it is written on the command line
_SUBJECTS = ("expression", "family", "model", "subject")
_WRITTEN = {
    "a": "A",
    "alpha": "--alpha",
    "at": "--at",
    "c": "--c",
    "checkpoint": "--checkpoint",
    "cluster": "--cluster",
    "design": "PROBLEM",
    "digits": "--digits",
    "dimension": "--dimension",
    "doublings": "--doublings",
    "expression": "--map",
    "family": "--map",
    "fragment": "--fragment",
    "gamma": "--gamma",
    "label_scale": "--label-scale",
    "loss": "--loss",
    "labels": "--labels",
    "max_period": "--max-period",
    "mixing": "--mixing",
    "model": "MODEL",
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
    "spec": "SPEC",
    "start": "--start",
    "starts": "--starts",
    "step_size": "--step-size",
    "steps": "--steps",
    "symbols": "--symbol",
    "target": "--target",
    "test_samples": "--test-samples",
    "tolerance": "--tolerance",
    "weight": "--weight",
    "width": "--width",
    "within": "--within",
    "word": "--word",
    "workers": "--workers",
}


def written(argument: str) -> str | None:
    """What an argument of the library is called on the command line, where it has a name of its own there."""
    return _WRITTEN.get(argument)


class FileName(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on
    """The name of a file, which a shell can complete; what is wrong with a file is said by whoever opens it."""

    name = "file"

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = tuple(names)  # words that may stand in the place of a file

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002  # click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """Complete the words, and leave files to the shell."""
        from click.shell_completion import CompletionItem

        words = [CompletionItem(name) for name in self.names if name.startswith(incomplete)]
        return words or [CompletionItem(incomplete, type="file")]


class FolderName(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on
    """The name of a folder, which a shell can complete."""

    name = "dir"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002  # click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """Leave folders to the shell."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="dir")]


class _Whole(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on
    """A whole number in plain digits; int() would also read 1_000, digits of any script, and any number of them."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; its range is looked at by whoever knows it."""
        if isinstance(value, int):  # a default
            return value
        if _WHOLE_NUMBER.fullmatch(value.strip(" ")) is None:
            self.fail(f"{_cut(value, _LONGEST_WORD)!r} is not a valid integer in plain digits, such as 12", param, ctx)
        return int(value)


WHOLE: Final = _Whole()


class _Mistake(click.ClickException):
    """A mistake in the command line, told in one line."""

    exit_code = EXIT_INPUT

    def show(self, file: Any = None) -> None:  # noqa: ARG002  # click's signature
        click.echo(f"symphase: {self.message}", err=True)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


_ENDLESS = re.compile(rf"(\S{{{_LONGEST_WORD}}})\S+?(['\")]*)(?!\S)")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_NUMBER_LIKE = re.compile(r"-(\d|\.\d|inf|nan)", re.ASCII)


def _near(word: str, words: Iterable[str]) -> str:
    """A question about what may have been meant, or nothing."""
    near = difflib.get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _told(error: click.UsageError) -> _Mistake:
    """Put one of click's own messages into one line that ends in what to do next."""
    text = _plain(error.format_message())
    text = text[:1].lower() + text[1:]
    hint = ""
    if isinstance(error, click.NoSuchOption):
        text = f"{_plain(error.option_name)}: there is no such option"
        known = (
            []
            if error.ctx is None
            else [
                name
                for param in error.ctx.command.get_params(error.ctx)
                for name in (*param.opts, *param.secondary_opts)
                if name.startswith("-")
            ]
        )
        hint = _near(error.option_name, known)
    elif isinstance(error, click.BadParameter) and error.param is not None:
        named = error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name
        said = _plain(error.message)
        text = f"{named.strip('[]')}: {said}" if said else f"{named.strip('[]')} is missing"
        if isinstance(error.param.type, click.Choice):
            given = re.match(r"'(.*?)' is not one of", said)
            hint = _near(given[1], map(str, error.param.type.choices)) if given else ""
    where = error.ctx.command_path if error.ctx is not None else "symphase"
    return _Mistake(f"{_cut(text, _LONGEST_TOLD)}{hint or f'; see {where} --help'}")


def _plain(message: str) -> str:
    """A message of click's, which may quote what was typed: one line, no control characters, no endless words."""
    return _ENDLESS.sub(r"\1…\2", shown(" ".join(message.split()))).rstrip(".")


class Command(click.Command):
    """A command that takes "-0.5" for a number and everything else that begins with "-" for an option.

    Its help ends in the exit codes.
    """

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what the exit codes mean, unless the command's own text does."""
        super().format_epilog(ctx, formatter)
        if "Exit codes:" not in (self.help or ""):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(EXIT_CODES)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse unknown options and second values; let negative numbers pass as arguments."""
        ctx.ignore_unknown_options = True
        self._refuse_unknown(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser leaves it out where a value is missing
            raise

    def _refuse_unknown(self, ctx: click.Context, args: Sequence[str]) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        known = {name: option for option in options for name in (*option.opts, *option.secondary_opts)}
        given: dict[str | None, str] = {}
        skip = 0
        for word in args:
            if skip:  # what an option was given
                skip -= 1
                continue
            if word == "--":
                return
            name, equals, _ = word.partition("=")
            if option := known.get(name):
                alone = option.is_flag or option.count
                skip = 0 if alone or equals else option.nargs
                before = None if option.multiple else given.get(option.name)
                if before is not None and not (alone and before == name):  # click would take the last one
                    said = "is given twice" if before == name else f"cannot be given with {before}"
                    raise _Mistake(f"{name}: {said}; give one")
                given[option.name] = name
            elif word.startswith("-") and word != "-" and not _NUMBER_LIKE.match(word):
                raise click.NoSuchOption(name, ctx=ctx)


class Group(click.Group):
    """A group whose commands report errors on one line, with our exit codes."""

    command_class = Command
    order: Sequence[str] = ()  # of a first visit; commands that are not named here follow as they were added

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Commands in the order of a first visit, not of the alphabet."""
        named = [name for name in self.order if name in self.commands]
        return named + [name for name in self.commands if name not in named]

    def _main_shell_completion(self, *given: Any, **options: Any) -> None:
        """Complete for a shell; what no shell would ask is refused in words."""
        try:
            super()._main_shell_completion(*given, **options)
        except (LookupError, ValueError):  # of COMP_WORDS and COMP_CWORD
            click.echo("symphase: completion is for shells: see symphase completion --help", err=True)
            sys.exit(EXIT_INPUT)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; where there is none of that name, say which one may have been meant."""
        word = args[0]
        if self.get_command(ctx, word) is None and not word.startswith("-") and not ctx.resilient_parsing:
            hint = _near(word, self.commands) or f"; see {ctx.command_path} --help"
            raise _Mistake(f"there is no command {shown(word)[:_LONGEST_WORD] or repr(word)}{hint}")
        return super().resolve_command(ctx, args)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the group's own options."""
        try:
            with _one_line():
                return super().make_context(info_name, args, parent, **extra)
        except OSError as error:  # of its help
            raise click.exceptions.Exit(_lost(error)) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; report errors."""
        if isinstance(sys.stdout, io.TextIOWrapper):  # an old code page must not end in a traceback at the first "≤"
            sys.stdout.reconfigure(errors="replace")
        try:
            with _one_line():
                return super().invoke(ctx)
        except InputError as error:
            named = _WRITTEN.get(error.argument, error.argument)
            value = getattr(error.value, "expression", error.value)  # a family was given as its formula
            if error.argument in _SUBJECTS and SUBJECT_NAME in ctx.meta:  # or it was made from a loss
                named, value = ctx.meta[SUBJECT_NAME]
            click.echo(f"symphase: {shown(str(InputError(named, value, error.accepted, error.advice)))}", err=True)
            ctx.exit(error.exit_code)
        except SymphaseError as error:
            click.echo(f"symphase: {shown(' '.join(str(error).split()))}", err=True)
            ctx.exit(error.exit_code)
        except ImportError as error:  # of what symphase always needs; SymPy's own message names no package
            package = (error.name or "").partition(".")[0]
            if package == "symphase":
                raise
            told = missing_package("this command", package) if package else str(error).rstrip(".")
            click.echo(f"symphase: {told}", err=True)
            ctx.exit(EXIT_CHECK_FAILED)
        except OSError as error:
            ctx.exit(_lost(error))
        except KeyboardInterrupt:
            click.echo("symphase: interrupted", err=True)
            ctx.exit(130)


def _lost(error: OSError) -> int:
    """Say why the output cannot be written; the exit code."""
    _let_go()
    if error.errno == errno.EPIPE:  # the reader has gone, as head does when it has seen enough
        return EXIT_PIPE
    click.echo(f"symphase: the output cannot be written: {error.strerror or error}", err=True)
    return EXIT_INPUT


def _let_go() -> None:
    """Send the rest of the output nowhere, so that Python does not complain of it at its end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a stream without a file; io.UnsupportedOperation is both
            stream.flush()
            continue
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn click's usage errors into ours; the help that a group without a command shows stays as it is."""
    try:
        yield
    except click.UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # click 8.1 has no such class
            raise
        raise _told(error) from None


_TINTS = {
    "monotonic": "green",
    "catapult": "cyan",
    "periodic": "blue",
    "chaotic": "magenta",
    "divergent": "red",
    "proved": "green",
    "agree": "green",
    "agrees": "green",
    "confirmed": "green",
    "accepted": "green",
    "ok": "green",
    "refuted": "red",
    "rejected": "red",
    "NOT CONFIRMED": "red",
    "DISAGREE": "red",
    "broken": "red",
    "missing": "yellow",
    "undecided": "yellow",
    "warning": "yellow",
    "exact": "green",
    "certified": "green",
    "numerical": "yellow",
    "observed": "yellow",
}


def coloured(*, stderr: bool = False) -> bool:
    """Whether a stream gets colours: a terminal does, unless NO_COLOR is set; any stream does under FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return _is_terminal(sys.stderr if stderr else sys.stdout) and os.environ.get("TERM") != "dumb"


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks at a stream; Python has none in the place of one that was closed (``2>&-``)."""
    return stream is not None and stream.isatty()


def tinted(word: object, text: str | None = None) -> str:
    """Colour a text (or the word itself) as befits a phase, a verdict or a certainty; as it is where no colour is."""
    plain = str(word)
    shade = _TINTS.get(plain)
    told = plain if text is None else text
    return click.style(told, fg=shade) if shade is not None and coloured() else told


def console(*, stderr: bool = False) -> Console:
    """A terminal, or a wide page where the output goes to a file."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:  # Rich would leave with exit code 1
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    terminal = _is_terminal(sys.stderr if stderr else sys.stdout)
    width = None if terminal else _PIPE_WIDTH
    hued = coloured(stderr=stderr)
    return Terminal(
        stderr=stderr,
        width=width,
        highlight=False,
        soft_wrap=False,
        emoji=False,
        markup=False,
        no_color=not hued,
        force_terminal=terminal or (hued and not stderr),
    )


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that folds to the width there is."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text.from_ansi(cell) if "\x1b" in cell else cell for cell in row))
    console().print(table)


def say(text: str = "") -> None:
    """Print one line."""
    click.echo(text, color=coloured())


def print_json(record: Any) -> None:
    """Print JSON for programs."""
    click.echo(json.dumps(record, indent=2, allow_nan=False))


def shown(text: str) -> str:
    """A text from outside, its control characters escaped."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


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
def progress_bar(stage: str = "working") -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, which moves also where nothing is reported; silent when that is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    stream = console(stderr=True)
    if not stream.is_terminal:  # before rich 14.3 a disabled bar, too, ends with an empty line
        yield lambda _stage, _done, _total: None
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stream,
        transient=True,
    ) as bar:
        task = bar.add_task(stage, total=None)

        def report(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        yield report


def JSON(command: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802  # used as click's own options are
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def digits_option(default: int = 15) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--digits, with a default of its own."""
    text = "Digits after the point, as far as they are proved."
    return together("--digits.", click.option("--digits", type=WHOLE, default=default, show_default=True, help=text))


DIGITS = digits_option()
SEED = together(
    "--seed.",
    click.option("--seed", type=WHOLE, default=0, show_default=True, help="Seed of everything that is random."),
)
STEP_SIZE = together(
    "--step-size, one.",
    click.option(
        "--step-size",
        metavar="NUMBER",
        help="Step size η, a decimal or p/q; when left out, half of the largest that is safe.",
    ),
)
TARGET = together(
    "--target.",
    click.option(
        "--target",
        metavar="NAME",
        help="Name of the target column; when left out y, target or label, else the last.",
    ),
)
WORKERS = together(
    "--workers.",
    click.option("--workers", type=WHOLE, help="Processes to use; by default one for each processor."),
)

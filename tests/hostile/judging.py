"""What a hostile or mistaken call must meet, and the values that such calls give."""

from __future__ import annotations

import copy
import faulthandler
import io
import signal
import time
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy

from symphase.errors import InputError, SymphaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

SECONDS: Final = 1.0
"""Of CPU time, for a refusal.  They take milliseconds: the factor of a hundred is for slow and busy machines."""
IDLE: Final = 2.5
"""Seconds that a refusal may be idle: asleep, or waiting for a disk, a lock, the network or a turn on a processor."""
SHARED: Final = 10
"""As many processes may share a processor: a refusal waits for its turns as long as they work, beside ``IDLE``."""
LONGEST: Final = 400
HANGING: Final = 2.0
"""Seconds of CPU time after which a call counts as one that hangs."""


class Hanging(BaseException):
    """A call took too long.  No Exception: nothing in the package may catch it."""


class Accepted(BaseException):
    """Work has begun: what a call's progress raises, so that accepted arguments cost nothing."""


def begin(*_: object) -> None:
    """Be the progress function of a call whose arguments alone are looked at."""
    raise Accepted


@contextmanager
def limited(seconds: float = HANGING) -> Iterator[None]:
    """Interrupt what runs longer in Python; end the process where native code holds on for a minute."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Hanging

    before = signal.signal(signal.SIGVTALRM, stop)
    faulthandler.dump_traceback_later(60, exit=True, file=2)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGVTALRM, before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a call did."""

    raised: BaseException | None
    seconds: float  # of CPU time
    idle: float  # seconds of the clock on the wall without it
    printed: str


def outcome(call: Callable[[], object]) -> Outcome:
    """Run a call with warnings as errors, bounded in time, and catch what it raises and prints."""
    raised: BaseException | None = None
    out = io.StringIO()
    began, wall = time.process_time(), time.perf_counter()
    with warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(out):
        warnings.simplefilter("error")
        try:
            with limited():
                call()
        except (Exception, Hanging, Accepted) as error:  # noqa: BLE001  # what it is, is the question
            raised = error
    seconds = time.process_time() - began
    idle = max(0.0, time.perf_counter() - wall - seconds)
    return Outcome(raised=raised, seconds=seconds, idle=idle, printed=out.getvalue())


def complaint(found: Outcome) -> str | None:
    """Return what is wrong with an outcome that may be an answer or a refusal; None where nothing is."""
    if found.printed:
        return f"printed {found.printed[:80]!r}"
    if found.raised is None or isinstance(found.raised, Accepted):
        return None
    if not isinstance(found.raised, SymphaseError):
        return f"{type(found.raised).__name__}: {str(found.raised)[:160]}"
    return slowness(found) or wording(found.raised)


def slowness(found: Outcome) -> str | None:
    """Return what is wrong with the time that a refusal took; None for one that came at once."""
    if found.seconds > SECONDS:
        return f"took {found.seconds:.2f} s to refuse"
    if found.idle > IDLE + SHARED * found.seconds:
        return f"was idle for {found.idle:.2f} s before it refused"
    return None


def wording(error: SymphaseError) -> str | None:
    """Return what is wrong with a message; None where it can be shown as it is."""
    message = str(error)
    if not message.isprintable():
        return f"is not one printable line: {message!r}"
    if len(message) > LONGEST:
        return f"has {len(message)} characters: {message}"
    if isinstance(error, InputError) and not (error.argument and error.accepted and error.advice):
        return f"does not say what to do: {message}"
    return None


def files_below(folder: Path) -> list[str]:
    """What lies in a folder, links included."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def same(first: object, second: object) -> bool:
    """Whether a value is still what its copy is; NaN equals itself here."""
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return first.dtype == second.dtype and first.shape == second.shape and bool(first.tobytes() == second.tobytes())
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    return type(first) is type(second) and (repr(first) == repr(second) or first == second)


def frozen_copy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the mutable containers among the arguments of a call, to look at them again afterwards."""
    return {
        name: copy.deepcopy(value)
        for name, value in values.items()
        if isinstance(value, (np.ndarray, list, dict)) and getattr(value, "size", 0) < 10**6
    }


# ------------------------------------------------------------------------------------------------------ the values


class Spiteful:
    """An object whose every answer is an error, as a broken extension type gives."""

    def __repr__(self) -> str:
        raise RuntimeError("no name")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __iter__(self) -> Iterator[object]:
        raise RuntimeError("no items")


CANARY: Final = "canary"

NUMBERS: Final[dict[str, Any]] = {
    "nan": float("nan"),
    "inf": float("inf"),
    "-inf": float("-inf"),
    "0": 0,
    "-1": -1,
    "-1e-3": -1e-3,
    "2.5": 2.5,
    "10**400": 10**400,
    "-10**5000": -(10**5000),
    "2**62": 2**62,
    "2**63": 2**63,
    "1e-320": 1e-320,
    "1e308": 1e308,
    "True": True,
    "numpy True": np.True_,
    "numpy float32": np.float32(0.5),
    "numpy float16 nan": np.float16("nan"),
    "numpy int8": np.int8(3),
    "numpy uint64": np.uint64(2**64 - 1),
    "numpy longdouble": np.longdouble("1.5"),
    "numpy complex": np.complex128(1),
    "numpy datetime": np.datetime64("2020-01-01"),
    "Decimal": Decimal("0.5"),
    "Decimal NaN": Decimal("NaN"),
    "Decimal sNaN": Decimal("sNaN"),
    "Decimal -Infinity": Decimal("-Infinity"),
    "Decimal 1e9999999": Decimal("1e9999999"),
    "Fraction": Fraction(1, 3),
    "Fraction tiny": Fraction(1, 10**400),
    "complex": 1 + 0j,
    "sympy nan": sympy.nan,
    "sympy oo": sympy.oo,
    "sympy zoo": sympy.zoo,
    "sympy I": sympy.I,
    "sympy Float": sympy.Float("0.5"),
    "sympy sqrt": sympy.sqrt(2),
    "sympy Rational": sympy.Rational(1, 3),
    "sympy Symbol": sympy.Symbol("q"),
}

TEXTS: Final[dict[str, Any]] = {
    "empty text": "",
    "blank": "   ",
    "NUL": "\0",
    "newline": "a\nb",
    "escape sequence": "\x1b[2J",
    "1_000": "1_000",
    "full-width digits": "１２",  # noqa: RUF001  # they are what is tested
    "Arabic-Indic digits": "٣",
    "superscript": "²",
    "0,1": "0,1",
    "1e3 with a newline": " 1e3\n",
    "1e400": "1e400",
    "nan text": "nan",
    "infinity text": "-Infinity",
    "1/0": "1/0",
    "0x10": "0x10",
    "1:30": "1:30",
    "100000 parentheses": "(" * 100_000 + "1" + ")" * 100_000,
    "9**9**9": "9**9**9",
    "attribute walk": "().__class__.__base__.__subclasses__()",
    "import": f"__import__('os').system('touch {CANARY}')",
    "open": f"open('{CANARY}', 'w').close()",
    "lambda text": "lambda: 0",
    "f-string": "f'{1+1}'",
    "format": "{0.__class__}%s%n",
    "LaTeX": r"\input{/etc/passwd}$%\write18{id}",
    "HTML": "<script>alert(1)</script>",
    "path": "../../x",
    "million characters": "1" * 1_000_000,
    "lone surrogate": "\ud800",
    "right-to-left override": "a\u202eb",
    "bytes": b"1",
}

THINGS: Final[dict[str, Any]] = {
    "None": None,
    "object": object(),
    "a function": lambda *_: 0,
    "an Ellipsis": ...,
    "NotImplemented": NotImplemented,
    "spiteful": Spiteful(),
    "empty list": [],
    "empty tuple": (),
    "empty dict": {},
    "dict": {"a": 1},
    "set": {1.0, 2.0},
    "range": range(3),
    "pair": (0, 1),
    "pair reversed": (1, 0),
    "pair of nan": (float("nan"), 1.0),
    "pair of texts": ("0", "x"),
    "triple": (0, 1, 2),
    "list of NaN": [float("nan"), 1.0],
    "list of None": [None, None],
    "list of texts": ["a", "b"],
    "list of objects": [..., NotImplemented],
    "list of bools": [True, False],
    "list of huge": [10**400, 1],
    "ragged list": [[1.0], [1.0, 2.0]],
    "nested list": [[[[[1.0]]]]],
    "empty array": np.zeros(0),
    "array (0, 2)": np.zeros((0, 2)),
    "array (2, 0)": np.zeros((2, 0)),
    "zeros": np.zeros((2, 3)),
    "array of 0 axes": np.array(0.5),
    "array of 4 axes": np.ones((1, 1, 1, 1)),
    "array with NaN": np.array([[1.0, np.nan], [0.0, np.inf]]),
    "array of bools": np.array([True, False]),
    "array of complex": np.array([1.0 + 0j, 2.0]),
    "array of texts": np.array(["a", "b"]),
    "array of objects": np.array([..., None], dtype=object),
    "array of dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "structured array": np.zeros(2, dtype=[("a", float)]),
    "masked array": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "array beyond memory": np.broadcast_to(1.0, (10**7, 10**7)),
    "a NumPy generator": np.random.default_rng(0),
    "a path": Path("..") / "x\0y",
}

HOSTILE: Final = {**NUMBERS, **TEXTS, **THINGS}

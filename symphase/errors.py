"""The exceptions of symphase, and the exit codes of its command line.

Input mistakes raise at once.  Mathematical indecision is never an exception: it is returned as an answer.
"""

from __future__ import annotations

from fractions import Fraction

__all__ = [
    "EXIT_CHECK_FAILED",
    "EXIT_INPUT",
    "EXIT_OK",
    "InputError",
    "PackageMissing",
    "SymphaseError",
    "missing_package",
]

EXIT_OK = 0
EXIT_CHECK_FAILED = 1
EXIT_INPUT = 2

_SHOWN = 80
_LONGEST = 240  # characters of what is accepted, and of the advice


def _shorten(value: object) -> str:
    """Show a value on one line: control characters escaped, at most 80 characters, blank text in quotes."""
    try:
        text = str(value) if isinstance(value, (str, Fraction)) and str(value).strip() else repr(value)
    except Exception:  # noqa: BLE001  # a hostile __repr__ must not hide the message
        text = f"<{type(value).__name__}>"
    text = " ".join(text.split()) if not isinstance(value, str) else text
    text = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _clip(text: str) -> str:
    """A part of a message on one line, whatever a caller's names and numbers brought into it."""
    text = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class SymphaseError(Exception):
    """Base class of every error that symphase raises on purpose."""

    exit_code: int = EXIT_CHECK_FAILED


class InputError(SymphaseError, ValueError):
    """An argument that symphase cannot work with.

    Parameters
    ----------
    argument : str
        The argument's name as the caller wrote it.
    value : object
        What was given; shortened to 80 characters in the message.
    accepted : str
        What is accepted instead.
    advice : str, optional
        What to do next.

    Examples
    --------
    >>> raise InputError("step_size", -1, "must be a finite number > 0", "give a positive step size")
    Traceback (most recent call last):
        ...
    symphase.errors.InputError: step_size = -1: must be a finite number > 0; give a positive step size
    """

    exit_code = EXIT_INPUT

    def __init__(self, argument: str, value: object, accepted: str, advice: str = "") -> None:
        self.argument = argument
        self.value = value
        self.accepted = accepted
        self.advice = advice
        tail = f"; {_clip(advice)}" if advice else ""
        super().__init__(f"{_clip(argument)} = {_shorten(value)}: {_clip(accepted)}{tail}")

    def __reduce__(self) -> tuple[type[InputError], tuple[str, object, str, str]]:
        return (type(self), (self.argument, self.value, self.accepted, self.advice))


class PackageMissing(SymphaseError, ImportError):  # noqa: N818  # says what is the case
    """A package is needed that is not installed, or cannot be imported; nothing falls back to less than was asked."""


def missing_package(purpose: str, package: str, extra: str = "") -> PackageMissing:
    """Say what to install.

    Parameters
    ----------
    purpose : str
        What needs the package.
    package : str
        What cannot be imported.
    extra : str, optional
        The extra that brings it; none for what symphase always needs.

    Examples
    --------
    >>> print(missing_package("a store", "zarr", "store"))
    a store needs zarr, which cannot be imported here: pip install "symphase[store]"
    """
    package = "python-flint" if package == "flint" else package
    install = f"symphase[{extra}]" if extra else package
    return PackageMissing(f'{purpose} needs {package}, which cannot be imported here: pip install "{install}"')

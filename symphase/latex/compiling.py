"""From LaTeX to PDF by latexmk, in a folder of its own, without a shell, a network or the user's own settings."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess  # latexmk is another program; it is started without a shell
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from symphase.arguments import instance, number
from symphase.display import Shown, count_text
from symphase.errors import InputError
from symphase.files import check_ours, check_target

__all__ = ["Compiled", "check_place", "compile_pdf", "compile_tex", "tex_available"]

_PROGRAMS: Final = ("latexmk", "pdflatex")
_INSTALL: Final = (
    "install latexmk, texlive-latex-recommended and lmodern (on Debian: apt install them), or any TeX Live"
)
_SECONDS: Final = 180.0
_LARGEST: Final = 20_000_000
_NAME: Final = "document"
_SAID: Final = "latexmk.txt"
_LINE: Final = 200
_ERROR: Final = re.compile(r"^! (.*)$", re.MULTILINE)
_FIRST: Final = b"% symphase "  # how each of our documents begins
_CREATOR: Final = (
    b"/Creator(symphase)",
    rb"/Creator(\376\377\000s\000y\000m\000p\000h\000a\000s\000e)",
)  # as hyperref has it
_KEPT: Final = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TEXMFROOT", "TEXMFDIST", "TEXMFCNF", "LANG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Compiled(Shown):
    """What LaTeX made of a document.

    Attributes
    ----------
    pdf : bytes
    log : str
        Of the last run.
    """

    pdf: bytes
    log: str

    @property
    def complaints(self) -> tuple[str, ...]:
        """Undefined references and citations, labels given twice, missing characters, and lines over 5 pt too wide."""
        found = re.findall(
            r"^(?:LaTeX Warning: (?:Reference|Citation|Label) .*"
            r"|.*There were (?:undefined|multiply).*|Missing character.*)$",
            self.log,
            re.MULTILINE,
        )
        wide = re.findall(r"^(Overfull \\[hv]box \(([\d.]+)pt too .*)$", self.log, re.MULTILINE)
        return (*found, *(text for text, points in wide if float(points) > 5))

    def _line(self) -> str:
        return f"{len(self.pdf) // 1000} kB of PDF, {count_text(len(self.complaints), 'complaint')}"


def check_place(path: str | os.PathLike[str], *, pdf: bool = False, argument: str = "path") -> None:
    """Refuse, before anything is computed, to replace LaTeX that symphase did not write, or such a PDF beside it.

    Parameters
    ----------
    path : path
        Where a document is to be written.
    pdf : bool
        Whether its PDF is to be written beside it.
    argument : str
        What an error message calls the path.

    Raises
    ------
    InputError
        As :func:`symphase.files.check_target`, for an existing file that is not empty and whose first line is not one
        of ours, for an existing PDF that does not name symphase as its creator, and for what cannot be read.
    """
    check_target(path, argument=argument)
    place = Path(path)
    try:
        with place.open("rb") as file:
            begins = file.read(len(_FIRST))
    except FileNotFoundError:
        begins = b""
    except OSError as reason:
        said = f"cannot be looked at: {reason.strerror or reason}"
        raise InputError(argument, str(path), said, "give another place") from None
    if begins not in {b"", _FIRST}:
        advice = "give another name, or take that file away"
        raise InputError(argument, str(path), "exists and is no document of symphase", advice)
    if pdf:
        check_ours(place.with_suffix(".pdf"), _CREATOR, "document", argument=argument)


def tex_available() -> bool:
    """Return whether latexmk and pdflatex are installed, so that :func:`compile_pdf` can work.

    Returns
    -------
    bool
    """
    return all(shutil.which(program) is not None for program in _PROGRAMS)


def compile_pdf(tex: str, *, seconds: float = _SECONDS) -> bytes:
    r"""Compile a complete LaTeX document to PDF.

    Parameters
    ----------
    tex : str
        The document.
    seconds : float
        Longest time that it may take.

    Returns
    -------
    bytes
        The PDF; the same bytes on every run of the same TeX installation: its date is SOURCE_DATE_EPOCH from the
        environment, or the beginning of 1970.

    Raises
    ------
    InputError
        When latexmk or pdflatex is missing (it says what to install), when the document does not compile (with LaTeX's
        first complaint), and when it takes too long.

    Examples
    --------
    >>> source = r"\documentclass{article}\begin{document}Hello\end{document}"
    >>> compile_pdf(source)[:5] if tex_available() else b"%PDF-"
    b'%PDF-'
    """
    return compile_tex(tex, seconds=seconds).pdf


def compile_tex(tex: str, *, seconds: float = _SECONDS) -> Compiled:
    """As :func:`compile_pdf`, with the log.

    Parameters
    ----------
    tex, seconds
        As for :func:`compile_pdf`.

    Returns
    -------
    Compiled

    Raises
    ------
    InputError
        As :func:`compile_pdf`.
    """
    number(seconds, "seconds", above=0)
    instance(tex, str, "tex", "give what document(...) returned")
    if "\\begin{document}" not in tex:
        raise InputError("tex", "a text", "must be a complete LaTeX document", "a fragment goes into one of your own")
    if len(tex) > _LARGEST:
        raise InputError(
            "tex", f"{len(tex)} characters", f"must have at most {_LARGEST} characters", "split the document"
        )
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        raise InputError("pdf", "requested", f"needs {' and '.join(missing)}, which is not installed", _INSTALL)
    with tempfile.TemporaryDirectory(prefix="symphase-tex-") as folder:
        place = Path(folder)
        (place / f"{_NAME}.tex").write_text(tex, encoding="utf-8")
        finished = _run(place, seconds)
        made = place / f"{_NAME}.pdf"
        log_file = place / f"{_NAME}.log"
        log = log_file.read_text(encoding="utf-8", errors="replace") if log_file.exists() else ""
        if (not finished or not made.exists()) and not _ERROR.search(log):
            said = (place / _SAID).read_text(encoding="utf-8", errors="replace")
            raise InputError(
                "pdf",
                "requested",
                f"cannot be made: {_last_words(said)}",
                f"see what latexmk -version says; {_INSTALL}",
            )
        if not finished or not made.exists():
            raise InputError("tex", "the document", f"does not compile: {_first_error(log)}", _advice(log))
        return Compiled(pdf=made.read_bytes(), log=log)


def _environment(folder: Path) -> dict[str, str]:
    """What LaTeX sees: no settings of the user's, and permission to read and write here alone."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "TEXMFHOME": str(folder / "texmf"),
        "TEXMFVAR": str(folder / "texmf-var"),
        "openout_any": "p",
        "openin_any": "p",
        "shell_escape": "f",
        "max_print_line": "1000",
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "0"),
        "FORCE_SOURCE_DATE": "1",
    }


def _run(folder: Path, seconds: float) -> bool:
    command = [
        "latexmk",
        "-norc",
        "-pdf",
        "-no-shell-escape",
        "-interaction=nonstopmode",
        "-halt-on-error",
        f"{_NAME}.tex",
    ]
    try:
        with (folder / _SAID).open("wb") as said:
            process = subprocess.Popen(  # noqa: S603  # a fixed command
                command,
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as reason:
        told = f"cannot be made: latexmk does not start ({reason.strerror or reason})"
        raise InputError("pdf", "requested", told, _INSTALL) from None
    try:
        return process.wait(timeout=seconds) == 0
    except subprocess.TimeoutExpired:
        raise InputError(
            "tex", "the document", f"takes longer than {seconds:g} s to compile", "allow it more"
        ) from None
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End latexmk and what it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _first_error(log: str) -> str:
    """LaTeX's first complaint, with the line it stands at."""
    found = _ERROR.search(log)
    if found is None:
        return "LaTeX gave no reason"
    line = re.search(r"^l\.(\d+)", log[found.end() :], re.MULTILINE)
    where = f" (line {line[1]})" if line is not None else ""
    return f"{found[1].strip()}{where}"


def _last_words(said: str) -> str:
    """What latexmk itself said at last, where there is no complaint of LaTeX's."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"latexmk fails, and says: {lines[-1][:_LINE]}" if lines else "latexmk fails, and says nothing"


def _advice(log: str) -> str:
    missing = re.search(r"File `([\w.-]+)' not found", log)
    return f"{missing[1]} belongs to TeX Live: {_INSTALL}" if missing is not None else "see the line it names"

"""The command that writes LaTeX: whole papers about a model or a map, and fragments of them.

No mathematics: it reads options, calls :mod:`symphase.latex`, writes files.
"""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symphase.commands.console import (
    JSON,
    SUBJECT_OPTIONS,
    Command,
    FileName,
    print_json,
    progress_bar,
    say,
    shown,
    subject_of,
    subject_text,
)
from symphase.commands.problems import named
from symphase.errors import EXIT_CHECK_FAILED, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symphase.latex import Article, Fragment

__all__ = ["add_commands"]


@click.command(cls=Command, short_help="A whole paper about a model or a map, as LaTeX and PDF.")
@SUBJECT_OPTIONS
@click.option(
    "--out",
    metavar="FILE",
    type=FileName(("-",)),
    help="File to write; - for standard output, and a name made from the subject when left out. Only an earlier "
    "document is replaced, and with --pdf only its PDF.",
)
@click.option("--pdf", is_flag=True, help="Write a PDF too; beside the LaTeX, with latexmk and pdflatex.")
@click.option(
    "--symbol",
    "symbols",
    metavar="OLD=NEW",
    multiple=True,
    help="Another name for a symbol, such as z=x; once for each.",
)
@click.option(
    "--fragment",
    "pieces",
    metavar="NAME",
    multiple=True,
    help="Only a piece, such as boundary:flip-1, step:3, theorem:NAME, table, figure:diagram; list for all names.",
)
@JSON
def document(
    out: str | None,
    pdf: bool,
    symbols: tuple[str, ...],
    pieces: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Write a complete paper about MODEL, or about a model or map of your own: one LaTeX file with everything in it.

    Notation, assumptions, every step of the derivation with its reason, the map, each phase as a theorem with a proof,
    the boundaries, an independent verification, figures, terms and references.  Every identity is checked while the
    document is made, and the document says so.

    MODEL is phase-retrieval (default), one-weight, two-layer-network, or polynomial (with --prediction).

    \b
    Examples:
      symphase document
      symphase document one-weight --pdf
      symphase document --prediction "w^2 + b*w" --parameter b --out mine.tex
      symphase document --map "r*x*(1-x)" --variable x --parameter r
      symphase document --symbol z=x --symbol a=r --fragment table
      symphase document --fragment list

    Exit codes: 0 every check was proved, 1 one was not (the document says which), 2 input that cannot be worked with.
    """
    from symphase.latex import article, check_place, fragment_names, fragments, tex_available

    subject = subject_of(**options)
    names = _renamings(symbols)
    if pieces and pdf:
        raise InputError("--pdf", "given", "goes with a whole document, not with --fragment", "paste it into your own")
    if "list" in pieces:
        listed = fragment_names(subject)
        if as_json:
            print_json({"fragments": list(listed)})
        else:
            for name in listed:
                say(name)
        return
    _tell_swaps(subject, names)
    told = " ".join(part for part in ("symphase document", subject_text(**options)) if part)
    told += "".join(f" --symbol {one}" for one in symbols)
    if pieces:
        if out is not None and out != "-":
            check_place(out, argument="--out")
        with progress_bar("making the fragments"):
            made_pieces = fragments(subject, pieces, symbols=names)
        _give_fragments(made_pieces, out, as_json, told + "".join(f" --fragment {one}" for one in pieces))
        return
    if pdf and out == "-":
        raise InputError("--pdf", "given", "cannot go to standard output", "give a file with --out")
    if pdf and not tex_available():
        from symphase.latex import compile_pdf

        compile_pdf(r"\begin{document}")  # says what to install
    place = None if out == "-" else _place(out, options)
    if place is not None:
        check_place(place, pdf=pdf, argument="--out")
    command = told + (f" --out {place}" if place is not None else "")
    with progress_bar() as progress:
        made = article(subject, command=command, symbols=names, progress=progress)
        written = _write(made, place, pdf)
    _tell(made, place, written, as_json)
    if not _proved(made):
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def _proved(made: Article | Fragment) -> bool:
    from symphase.enclosures import Verdict

    return made.holds is Verdict.PROVED


def _renamings(symbols: Sequence[str]) -> dict[str, str]:
    names = {}
    for text in symbols:
        old, sign, new = text.partition("=")
        if not sign or not old or not new:
            raise InputError("--symbol", text, "must be OLD=NEW", "as in --symbol z=x")
        if old in names:
            raise InputError("--symbol", text, "must be given once for each symbol", f"{old} is renamed already")
        names[old] = new
    return names


def _place(out: str | None, options: dict[str, Any]) -> Path:
    """Where the document goes: as asked, or under a name made from the subject."""
    if out is not None:
        return Path(out)
    named = options.get("model") or "phase-retrieval"
    for option, name in (("formula", "map"), ("loss", "loss"), ("prediction", "prediction")):
        if options.get(option) is not None:
            named = f"polynomial-{name}"
    return Path(re.sub(r"[^a-z]", "_", named) + ".tex")


def _tell_swaps(subject: Any, names: dict[str, str]) -> None:
    """Say which symbols get another name because theirs was given away."""
    from symphase.latex import also_renamed

    for old, new in also_renamed(subject, names).items():
        click.echo(f"symphase: the name {old} was given away: what was {old} is now called {new}", err=True)


def _write(made: Article, place: Path | None, pdf: bool) -> Path | None:
    """Write the LaTeX and, if wanted, the PDF beside it, whose path is returned."""
    from symphase.files import write_whole
    from symphase.latex import compile_pdf

    if place is None:
        return None
    with named("path", "--out"):
        write_whole(place, made.tex.encode("utf-8"))
        return write_whole(place.with_suffix(".pdf"), compile_pdf(made.tex)) if pdf else None


def _tell(made: Article, place: Path | None, pdf: Path | None, as_json: bool) -> None:
    failed = [one for one in made.checks if str(one.verdict) != "proved"]
    if as_json:
        record: dict[str, Any] = {
            "out": None if place is None else str(place),
            "pdf": None if pdf is None else str(pdf),
            "holds": str(made.holds),
            "checks": [
                {"title": one.title, "verdict": str(one.verdict), "method": one.method, "detail": one.detail}
                for one in made.checks
            ],
            "verification": None if made.verification is None else made.verification.to_dict(),
        }
        if place is None:
            record["tex"] = made.tex
        print_json(record)
        return
    if place is None:
        say(made.tex.rstrip("\n"))
        if not _proved(made):
            click.echo("symphase: a check failed; the document says which", err=True)
        return
    for path in (place, pdf):
        if path is not None:
            say(f"written: {shown(str(path))}")
    say(f"{len(made.checks)} checks ran while it was made: {'all passed' if not failed else f'{len(failed)} failed'}")
    for one in failed:
        say(f"  {one.title}: {one.verdict}: {one.detail or one.method}")
    if not failed and not _proved(made):
        say("independent routes disagree with a boundary; the document says which")


def _give_fragments(pieces: Sequence[Fragment], out: str | None, as_json: bool, command: str) -> None:
    from symphase.files import write_whole
    from symphase.latex.writing import one_line

    text = "\n\n".join(piece.tex for piece in pieces)
    if out is not None and out != "-":
        with named("path", "--out"):
            write_whole(Path(out), f"% {one_line(f'{command} --out {out}')}\n{text}\n".encode())
    if as_json:
        print_json(
            {
                "out": out,
                "fragments": [
                    {"name": one.name, "packages": list(one.packages), "holds": str(one.holds), "tex": one.tex}
                    for one in pieces
                ],
            }
        )
    elif out is None or out == "-":
        say(text)
    else:
        say(f"written: {shown(out)}")
    if not all(_proved(piece) for piece in pieces):
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


def add_commands(group: click.Group) -> None:
    """Add the command of this module to a group."""
    group.add_command(document)

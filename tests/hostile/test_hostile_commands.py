"""Every command, given what nobody should give it: refused in one line, at once, with nothing written.

The first table holds what no option of a kind may be; it is put to every option of every command, found by walking
the program itself.  The second holds whole command lines.
"""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import pytest
from hostile.prompts import invoke, seen, within_seconds

from symphase.cli import main
from symphase.commands.console import coloured, print_table, progress_bar
from symphase.errors import InputError
from symphase.files import write_whole
from symphase.lyapunov import lyapunov_exponent
from symphase.phases import residual_boundaries, residual_family

# --- the tables -------------------------------------------------------------------------------------------------------

INJECTIONS: Final = (
    ("__import__('os').system('touch canary')", "character '_' at column 1"),
    ("().__class__.__base__.__subclasses__()", "character '.' at column 3"),
    ("9**9**9", "exponent at column 2"),
    ("(" * 64 + "1" + ")" * 65, "column"),
    ("(" * 100_000, "100000 characters, more than 2000"),
    ("x" * 1_000_000, "1000000 characters, more than 2000"),
    ("lambda: 1", "character ':'"),
    ("x²", "character"),
    ("", "empty|ends"),
    ("1\n2", "character"),
    ("1.0.0", "column 4"),
    ("eval(x)", "eval"),
    ("10^65*x", "exponent|digits"),
    ("1/0", "divides by zero at column 2"),
    ("\x1b[31mx", "character"),
)
NUMBERS: Final = (
    ("nan", "is not a plain decimal"),
    ("inf", "is not a plain decimal"),
    ("1e400", "exponent beyond"),
    ("1_000", "is not a plain decimal"),
    ("١٢", "is not a plain decimal"),  # digits of another script
    ("0,1", "is not a plain decimal"),
    ("", "is not a plain decimal"),
    ("1/0", "zero denominator"),
    ("9**9**9", "is not a plain decimal"),
    ("9" * 10**5, "has more than 1000 digits before or after the point"),
    ("1+0j", "is not a plain decimal"),
    ("__import__('os')", "is not a plain decimal"),
    ("−1", "is not a plain decimal"),  # a minus sign that is none on a keyboard
    ("\x1b[31m1", "is not a plain decimal"),
)
WHOLE: Final = (
    ("nan", "is not a valid integer in plain digits"),
    ("1e3", "is not a valid integer in plain digits"),
    ("-1e-3", "is not a valid integer in plain digits"),
    ("2.5", "is not a valid integer in plain digits"),
    ("1_000", "is not a valid integer in plain digits"),
    ("١٢", "is not a valid integer in plain digits"),  # digits of another script
    ("10**12", "is not a valid integer in plain digits"),
    ("", "is not a valid integer in plain digits"),
    ("9" * 10**5, "is not a valid integer in plain digits"),
    ("\x1b[31m1", "is not a valid integer in plain digits"),
    ("-1", "must be|needs a teacher|belongs to"),
)
CHOICES: Final = (
    ("nan", "is not one of"),
    ("", "is not one of"),
    ("x" * 10**5, "is not one of"),
    ("\x1b[1m", "is not"),
)
FLAGS: Final = (("=yes", "does not take a value"),)
NAMES: Final = (
    ("__class__", "must be|is no name|goes with|letter"),
    ("", "must be|letter|goes with"),
    ("x" * 300, "letter|at most"),
    ("θ", "write theta|letter"),
)
PLACES: Final = (("", "director|folder|must"), ("n" * 300, "File name too long|must"), ("/nowhere/x", "folder|no "))
MAP: Final = ("--variable", "x", "--parameter", "r")
SMALL: Final = ("orthogonal", "--samples", "4", "--dimension", "6")

# What each option may not be.  "{}" stands for the value; where an option is of use only beside others, they are here.
HOSTILE: Final[dict[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]]] = {
    "--map": (("--map", "{}", *MAP), INJECTIONS),
    "--loss": (("--loss", "{}"), INJECTIONS),
    "--prediction": (("--prediction", "{}"), INJECTIONS),
    "--variable": (("--map", "r*x", "--variable", "{}", "--parameter", "r"), NAMES),
    "--parameter": (("--map", "r*x", "--variable", "x", "--parameter", "{}"), NAMES),
    "--weight": (("--loss", "w^2", "--weight", "{}"), NAMES),
    "--set": (
        ("--loss", "y*w^2", "--set", "{}"),
        (
            ("y", "equals sign"),
            ("=1", "equals sign"),
            ("y=nan", "is not a plain decimal"),
            ("y=1e400", "exponent beyond"),
            ("__class__=1", "must be|letter"),
            ("w=1", "is the name of the weight"),
            ("y=" + "9" * 10**5, "has more than 1000 digits before or after the point"),
            ("y=9**9**9", "is not a plain decimal"),
        ),
    ),
    "--gamma": (("--gamma", "{}"), NUMBERS),
    "--c": (("--c", "{}"), NUMBERS),
    "--alpha": (("--model", "two-layer-network", "--alpha", "{}"), NUMBERS),
    "--outer": (("--model", "two-layer-network", "--outer", "{}"), (*NUMBERS[:5], ("1,nan", "plain"), (",", "plain"))),
    "--width": (("--model", "two-layer-network", "--width", "{}"), (*WHOLE, ("0", "≥ 1"), (str(10**12), "at most"))),
    "--step-size": (
        ("--step-size", "{}"),
        (*NUMBERS, ("-1e-3", "must be a finite number > 0"), ("0", "must be a finite number > 0")),
    ),
    "--at": (("--at", "{}"), NUMBERS),
    "--y": (("--prediction", "w^2", "--y", "{}"), NUMBERS),
    "--start": (("--start", "{}"), NUMBERS),
    "--multiplier": (("--multiplier", "{}"), NUMBERS),
    "--mixing": (("--mixing", "{}"), (*NUMBERS, ("-1", "from 0 .orthogonal. to 1"), ("2", "from 0 .orthogonal. to 1"))),
    "--noise": (("--labels", "teacher", "--noise", "{}"), (*NUMBERS, ("-1", "≥ 0"))),
    "--label-scale": (("--label-scale", "{}"), NUMBERS),
    "--tolerance": (("--tolerance", "{}"), (*NUMBERS, ("0", "from 1e-6"), ("-1", "from 1e-6"), ("1", "from 1e-6"))),
    "--within": (
        ("--within", "{}", "1"),
        (*NUMBERS, ("1", "lower < upper"), ("2", "lower < upper")),
    ),
    "--digits": (("--digits", "{}"), (*WHOLE, (str(10**12), "must be"))),
    "--precision": (("--precision", "{}"), (*WHOLE, ("49", "from 50"), (str(10**9), "from 50"))),
    "--doublings": (("--doublings", "{}"), (*WHOLE, ("2", "from 3 to 20"), ("21", "from 3 to 20"))),
    "--period": (("--period", "{}"), (*WHOLE, ("0", "≥ 1"), (str(10**9), "at most"))),
    "--max-period": (("--max-period", "{}"), (*WHOLE, ("0", "must be"), (str(10**9), "must be"))),
    "--widest": (("--widest", "{}"), WHOLE),
    "--workers": (("--workers", "{}"), (*WHOLE, ("0", "from 1 to"), (str(10**6), "from 1 to"))),
    "--steps": (("--steps", "{}"), (*WHOLE, ("0", "must be"), (str(10**12), "must be"))),
    "--runs": (("--runs", "{}"), (*WHOLE, ("0", "must be"), (str(10**12), "must be|would take"))),
    "--seed": (("--seed", "{}"), WHOLE),
    "--samples": (("--samples", "{}"), (*WHOLE, ("0", "must be"), (str(10**12), "must be|would take"))),
    "--dimension": (("--dimension", "{}"), (*WHOLE, ("0", "must be"), (str(10**12), "would take"))),
    "--test-samples": (
        ("--labels", "teacher", "--test-samples", "{}"),
        WHOLE,
    ),
    "--burn-in": (("--burn-in", "{}"), (*WHOLE, (str(10**12), "from 0 to"))),
    "--points": (("--points", "{}"), (*WHOLE, ("3", "from 4"), (str(10**9), "from 4"))),
    "--parameters": (("--parameters", "{}"), (*WHOLE, ("0", "from 1"), (str(10**12), "from 1"))),
    "--starts": (("--starts", "{}"), (*WHOLE, ("0", "from 1"), (str(10**12), "from 1"))),
    "--target": (
        ("--target", "{}"),
        (("nobody", "column"), ("", "column"), ("\x1b[31m", "column"), ("y" * 300, "col")),
    ),
    "--word": (
        ("--word", "{}"),
        (("", "letters"), ("XYZ", "letters"), ("1" * 10**5, "letters"), ("\x1b[31mC", "letters"), ("2222C", "period")),
    ),
    "--symbol": (
        ("--symbol", "{}"),
        (
            ("a", "OLD=NEW"),
            ("=", "OLD=NEW"),
            ("a=\\input{x}", "name|symbol"),
            ("zz=r", "symbol"),
            ("a=\x1b[31m", "must be letters"),
        ),
    ),
    "--fragment": (
        ("--fragment", "{}"),
        (
            ("", "fragment|list"),
            ("../x", "fragment|list"),
            ("boundary:\\input{x}", "fragment|list"),
            ("step:0", "did you mean step:"),
        ),
    ),
    "--tex": (("--tex", "{}"), (*PLACES, ("{folder}", "Is a directory"), ("{foreign}", "no document of symphase"))),
    "--out": (("--out", "{}"), (*PLACES[:2], ("{fifo}", "pipe|file|no explorer"), ("{foreign}", "file|exists"))),
    "--certificates": (
        ("--certificates", "{}"),
        (*PLACES, ("{folder}", "exists already"), ("{link}", "exists already")),
    ),
    "--checkpoint": (
        ("--period", "3", "--checkpoint", "{}"),
        (
            ("n" * 300, "cannot be read as"),
            PLACES[2],
            ("{folder}", "checkpoint"),
            ("{foreign}", "is no checkpoint"),
            ("{fifo}", "pipe or a device"),
        ),
    ),
    "--figure": (
        ("--figure", "{}"),
        (
            ("x.txt", "must be a name that ends in"),
            ("", "ends in"),
            ("n" * 300 + ".png", "too long"),
            ("{png}", "no figure"),
        ),
    ),
    "--load": (
        ("--load", "{}"),
        (
            *PLACES[1:2],
            ("{folder}", "Is a directory"),
            ("{foreign}", "no atlas"),
            ("{fifo}", "pipe"),
            ("/dev/zero", "device"),
        ),
    ),
    "--check": (
        ("--check", "{}"),
        (("", "folder"), ("n" * 300, "is no name for a folder"), ("{folder}", "store|manifest"), ("{fifo}", "file")),
    ),
    "--cluster": (
        ("--cluster", "{}"),
        (("", "address"), ("file:///etc/passwd", "address|cluster"), ("\x1b[31m", "address|cluster")),
    ),
    "--model": (("--model", "{}"), CHOICES),
    "--reduction": (("--reduction", "{}"), CHOICES),
    "--labels": (("--labels", "{}"), CHOICES),
    "--unit": (("--unit", "{}"), CHOICES),
    "--schema": (("--schema", "{}"), CHOICES),
    "--example": (("--example", "{}"), CHOICES),
    "--json": (("--json{}",), FLAGS),
    "--exact": (("--exact{}",), FLAGS),
    "--no-open": (("--no-open{}",), FLAGS),
    "--pdf": (("--pdf{}",), FLAGS),
}

# A command line that works, to which something hostile is added.
GOOD: Final[dict[str, tuple[str, ...]]] = {
    "derive": (),
    "analyze": ("{good}",),
    "doctor": (),
    "completion": ("bash",),
    "boundaries": (),
    "classify": ("1",),
    "verify": (),
    "bifurcations": ("--period", "2"),
    "atlas": ("--max-period", "3"),
    "chaos": ("1.5",),
    "verify-certificate": ("{foreign}",),
    "report": ("{good}", "--no-pdf"),
    "document": (),
    "explore": ("{good}", "--no-open"),
    "sweep": ("{spec}", "--out", "new.zarr"),
    "lab describe": SMALL,
    "lab observe": (*SMALL, "--step-size", "1", "--steps", "64"),
    "lab boundaries": (*SMALL, "--steps", "64"),
    "lab train": (*SMALL, "--step-size", "1", "--steps", "64"),
    "lab page": (*SMALL, "--steps", "64"),
    "lab agreement": ("--parameters", "3"),
}
OWN: Final = {"--map", "--loss", "--prediction", "--variable", "--parameter", "--weight", "--set", "--y"}


def base_of(name: str, option: str) -> tuple[str, ...]:
    """A command line that works, without what the option would contradict."""
    if name == "atlas" and option == "--load":
        return ()
    if name == "sweep" and option in {"--check", "--example"}:
        return ()
    if option in OWN:
        return {"report": ("--no-pdf",), "explore": ("--no-open",)}.get(
            name, ("{single}", *GOOD[name][5:]) if name.startswith("lab ") else GOOD[name]
        )
    if name.startswith("lab ") and option in {"--target", "--mixing"}:
        return ("{good}" if option == "--target" else "mixed", *GOOD[name][5:])
    return {
        ("report", "--at"): ("one-weight", "--no-pdf"),
        ("report", "--pdf"): ("{good}",),
        ("explore", "--within"): ("--map", "r*x*(1-x)", *MAP, "--no-open"),
        ("explore", "--no-open"): ("{good}",),
        ("verify-certificate", "--json"): ("{foreign}",),
    }.get((name, option), GOOD[name])


def leaves(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command with its name."""
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from leaves(child, (*path, name))
    else:
        yield " ".join(path), command


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command line and what is to be said about it."""

    words: tuple[str, ...]
    said: str
    option: str = ""
    code: int = 2


def option_cases() -> Iterator[Case]:
    """All hostile values of an option for the first command that has it; one for every other, in turn."""
    turns: dict[str, int] = {}
    for name, command in leaves():
        own = {param.opts[0] for param in command.params if isinstance(param, click.Option)}
        for param in command.params:
            if not isinstance(param, click.Option):
                continue
            option = param.opts[0]
            words, values = HOSTILE[option]
            if option in {"--weight", "--set"} and "--loss" not in own:
                words = ("--prediction", *words[1:])
            if option == "--outer" and "--model" not in own:
                words = ("two-layer-network", *words[2:])
            turn = turns[option] = turns.get(option, -1) + 1
            for value, said in values if turn == 0 else (values[turn % len(values)],):
                added = tuple(word.replace("{}", value) for word in words)
                base = list(base_of(name, option))
                for word in {word for word in added if word.startswith("--")} & set(base):
                    place = base.index(word)
                    del base[place : place + 2]
                yield Case(words=(*name.split(), *base, *added), said=said, option=option)


LINES: Final = (
    # names of commands
    Case(words=("",), said="there is no command ''"),
    Case(words=("boundries",), said="did you mean boundaries?"),
    Case(words=("\x1b[31m\nx" * 1000,), said=r"there is no command \\x1b\[31m\\nx"),
    Case(words=("x" * 10**5,), said="there is no command x{60};"),
    Case(words=("lab", "obsrve"), said="did you mean observe?"),
    Case(words=("lab", ""), said="there is no command ''"),
    Case(words=("--eta", "1"), said="--eta: there is no such option"),
    Case(words=("--version=1",), said="does not take a value"),
    Case(words=("__import__('os')",), said="there is no command __import__"),
    # options that are none, twice, contradicting, without a value
    Case(words=("analyze", "{good}", "--etta", "1"), said="--etta: there is no such option; see symphase analyze"),
    Case(words=("analyze", "{good}", "--step-sise", "1"), said="did you mean --step-size?"),
    Case(words=("boundaries", "--dig", "5"), said="--dig: there is no such option"),  # no abbreviations
    Case(words=("boundaries", "--\x1b[31mred"), said=r"--\\x1b\[31mred: there is no such option"),
    Case(words=("boundaries", "--" + "x" * 10**5), said="there is no such option"),
    Case(words=("boundaries", "-rf"), said="-rf: there is no such option"),
    Case(words=("classify", "-rf", "1"), said="-rf: there is no such option"),
    Case(words=("boundaries", "--digits"), said="requires an argument; see symphase boundaries --help"),
    Case(words=("boundaries", "--within", "1"), said="requires 2 arguments; see symphase boundaries --help"),
    Case(words=("boundaries", "--digits", "3", "--digits", "5"), said="--digits: is given twice; give one"),
    Case(words=("boundaries", "--digits=3", "--digits", "3"), said="--digits: is given twice; give one"),
    Case(words=("analyze", "{good}", "--gamma", "1", "--gamma", "2"), said="--gamma: is given twice; give one"),
    Case(words=("report", "{good}", "--pdf", "--no-pdf"), said="--no-pdf: cannot be given with --pdf"),
    Case(words=("boundaries", "--map", "r*x", "--map", "x", *MAP), said="--map: is given twice; give one"),
    Case(
        words=("boundaries", "--map", "r*x", "--loss", "w^2", *MAP), said="--map = r\\*x: cannot be given with --loss"
    ),
    Case(words=("derive", "one-weight", "--gamma", "1"), said="--gamma = 1: belongs to the model phase-retrieval"),
    Case(words=("derive", "one-weight", "--loss", "w^2"), said="--loss = w\\^2: cannot be given with the model"),
    Case(words=("derive", "polynomial"), said="--prediction = missing: must be given"),
    Case(words=("derive", "--map", "r*x^2", *MAP), said="is a map already"),
    Case(words=("derive", "--loss", "w^2", "--set", "y=1", "--set", "y=2"), said="gives y a second number"),
    Case(words=("boundaries", "--map", "r*x", "--variable", "x", "--parameter", "x"), said="must differ from the"),
    Case(words=("boundaries", "--map", "r*x", "--variable", "x"), said="--parameter = missing"),
    Case(words=("boundaries", "--weight", "w"), said="--weight = w: goes with --loss"),
    Case(words=("classify", "1", "--map", "r*x", *MAP, "--start", "1"), said="--start = 1: goes with the residual map"),
    Case(
        words=("atlas", "--max-period", "3", "--at", "1", "--word", "C"), said="--word = C: cannot be given with --at"
    ),
    Case(words=("atlas", "--max-period", "3", "--exact"), said="--exact = given: goes with --word"),
    Case(words=("atlas",), said="--max-period = missing: must be given"),
    Case(words=("atlas", "--load", "{foreign}", "--max-period", "3"), said="cannot be given with --load"),
    Case(words=("document", "--pdf", "--out", "-"), said="--pdf = given: cannot go to standard output"),
    Case(words=("document", "--pdf", "--fragment", "table"), said="--pdf = given: goes with a whole document"),
    Case(words=("report", "{good}", "--at", "1"), said="--at = 1: goes with a model or a map"),
    Case(words=("report", "one-weight", "--target", "y"), said="--target = y: goes with a table"),
    Case(words=("explore", "{good}", "--loss", "w^2"), said="does not go with --loss"),
    Case(words=("lab", "observe"), said="--step-size is missing; see symphase lab observe --help"),
    Case(words=("lab", "describe", "mixed"), said="--mixing = missing: must be given for mixed rows"),
    Case(words=("lab", "describe", "gaussian", "--noise", "1"), said="--noise = 1: needs a teacher"),
    Case(words=("lab", "agreement", "--parameters", "1000000", "--starts", "2"), said="must be at most 1000000"),
    Case(words=("sweep",), said="SPEC = missing: must be given"),
    Case(words=("sweep", "{spec}"), said="--out = missing"),
    Case(words=("sweep", "{spec}", "--check", "x"), said="--check = x: does not go with SPEC"),
    Case(words=("bifurcations",), said="--period is missing; see symphase bifurcations --help"),
    # arguments
    Case(words=("classify",), said="A is missing; see symphase classify --help"),
    Case(words=("classify", "1", "2"), said="unexpected extra argument"),
    Case(words=("classify", "1", "\x1b[31m"), said=r"extra argument \(\\x1b\[31m\)"),
    Case(words=("classify", "1", "x" * 10**5), said="unexpected extra argument"),
    *(Case(words=("classify", value), said=f"^A = .*{said}") for value, said in NUMBERS),
    *(Case(words=("chaos", value), said=f"^A = .*{said}") for value, said in NUMBERS),
    Case(words=("classify", "-1e400"), said="^A = -1e400: has an exponent beyond"),
    Case(words=("classify", "--", "-rf"), said="^A = -rf: is not a plain decimal"),
    Case(words=("classify", "nan", "--map", "r*x*(1-x)", *MAP), said="^A = nan"),
    Case(words=("chaos", "1e308"), said="^A = 10+…: must (be smaller|leave all)"),
    Case(words=("derive", "phase_retrieval"), said="did you mean phase-retrieval?"),
    Case(words=("document", "../x"), said="is not one of"),
    Case(words=("completion", "powershell"), said="is not one of"),
    Case(words=("completion",), said="missing"),
    Case(words=("doctor", "now"), said="unexpected extra argument"),
    # places that are no files of data
    *(
        Case(words=(*command, place), said=said)
        for command in (("analyze",), ("lab", "describe"), ("report",), ("explore", "--no-open"))
        for place, said in (
            ("missing.csv", "missing.csv: (does not exist|is neither|is no file)"),
            ("{folder}", "is a folder"),
            ("n" * 300, "too long|is neither a file"),
            ("", "= '': "),
            ("../../../nowhere.csv", "does not exist|neither|is no file"),
            ("CON", "CON: (does not exist|is neither|is no file)"),
            ("a\nb.csv", r"a\\nb.csv: (does not exist|is neither|is no file)"),
            ("\udcff.csv", r"\\udcff.csv: (does not exist|is neither|is no file)"),
            ("http://localhost:1/x.csv", "x.csv: (does not exist|is neither|is no file)"),
            ("{fifo}", "ordinary file"),
            ("/dev/zero", "ordinary file"),
        )
    ),
    # what is in them
    *(
        Case(words=("analyze", f"{{{name}}}"), said=said)
        for name, said in (
            ("nan.csv", "line 2, column 2 .'y'. is no plain decimal number .'nan'."),
            ("inf.csv", "is no plain decimal number .'-inf'."),
            ("ragged.csv", "line 3 has 2 cells, the table's first line has 3"),
            ("text.csv", "is no plain decimal number .'one'."),
            ("missing_cell.csv", "line 2, column 2"),
            ("empty.csv", "is an empty file"),
            ("binary.csv", "is no text"),
            ("latin1.csv", "is no UTF-8 text"),
            ("utf16.csv", "is UTF-16 text"),
            ("header_only.csv", "holds a header but no samples"),
            ("nul.csv", "is no text"),
            ("quote.csv", "unclosed or misplaced quote"),
            ("digits.csv", "is no plain decimal number"),
            ("underscore.csv", "is no plain decimal number .'1_000'."),
            ("overflow.csv", "beyond the range of float64"),
            ("decimal_comma.csv", "cells"),
            ("twice.csv", "names two columns 'a'"),
            ("ansi.csv", r"'\\x1b\[31ma'"),
            ("zero.csv", "are all zero"),
            ("zero_row.csv", "has x = 0"),
            ("slanted.csv", "orthogonal"),
            ("too_many.csv", "orthogonal"),
            ("one_column.csv", "has one column"),
            ("wide.csv", "line 2 has 1 cells, the table's first line has 100000"),
            ("formula.csv", "is no plain decimal number"),
            ("fake.npz", "archive|NPZ"),
            ("labels.npz", "same number of samples|shape"),
            ("pickle.npz", "object|dtype|numbers"),
            ("claims.npz", "GiB|bytes|claims|holds"),
        )
    ),
    Case(words=("verify-certificate", "{fifo}"), said="must be a regular file"),
    Case(words=("verify-certificate", "missing"), said="FILE = missing: cannot be read"),
    Case(words=("verify-certificate", "/dev/zero"), said="must be a regular file"),
    Case(words=("sweep", "{fifo}", "--out", "x"), said="^SPEC = .*: is a pipe or a device"),
    Case(words=("sweep", "/dev/zero", "--out", "x"), said="^SPEC = /dev/zero: is a pipe or a device"),
    Case(words=("sweep", "{folder}", "--out", "x"), said="^SPEC = .*: cannot be read: Is a directory"),
    Case(words=("sweep", "{binary.csv}", "--out", "x"), said="^SPEC = .*: is no text in UTF-8"),
    Case(words=("sweep", "{huge.toml}", "--out", "x"), said="^SPEC = .*huge.toml: is larger than 1 MiB"),
    # places where nothing can be written
    *(
        Case(words=(*command, place), said=said)
        for command in (
            ("derive", "--tex"),
            ("document", "--out"),
            ("document", "--fragment", "table", "--out"),
            ("atlas", "--max-period", "2", "--out"),
            ("explore", "{good}", "--no-open", "--out"),
            ("lab", "train", *SMALL, "--step-size", "1", "--figure"),
        )
        for place, said in (
            ("/dev/full", "/dev/full: (is a pipe or a device|exists and is no explorer|must be a name that ends in)"),
            (
                "/dev/stdout",
                "/dev/stdout: (is a link to another place|exists and is no explorer|must be a name that ends in)",
            ),
            ("{png}", "exists and is no"),
            ("{dangling.png}/x.png", "No such file|does not exist|Not a directory"),
            ("{good}/x.png", "folder that (exists|does not exist)|Not a directory"),
            ("x\0.png", "null byte|must be"),
        )
    ),
    *(
        Case(words=(*command, place), said=said)
        for command in (("report", "{good}", "--no-pdf", "--out"), ("lab", "page", *SMALL, "--out"))
        for place, said in (
            ("{foreign}", "is a file, not a folder"),
            ("{good}/x", "is a file"),
            ("{folder}", "holds files, but no earlier page"),
            ("{fifo}", "is a file, not a folder"),
            ("{dangling.png}", "is a file, not a folder"),
            ("/dev/full", "is a file, not a folder"),
            ("x\0y", "must be the path of a folder"),
            ("n" * 300, "File name too long"),
            ("", "must be the path of a folder"),
        )
    ),
)
OPTION_CASES: Final = tuple(option_cases())
CASES: Final = (*OPTION_CASES, *LINES)


# --- how they are run -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Good and hostile things to name, by the words that stand for them."""
    folder = tmp_path_factory.mktemp("given")
    texts: dict[str, bytes] = {
        "good.csv": b"left,right,y\n3,4,1\n-4,3,0.25\n",
        "single.csv": b"x,y\n1,1\n2,3\n",
        "spec.toml": b'kind = "atlas"\n[grid]\nparameters = [1]\n',
        "foreign": b"a letter to a friend\n",
        "foreign.png": b"\x89PNG\r\n\x1a\n of somebody else",
        "nan.csv": b"a,y\n1,nan\n",
        "inf.csv": b"a,y\n-inf,1\n",
        "ragged.csv": b"a,b,y\n1,2,3\n1,2\n",
        "text.csv": b"a,y\none,2\n",
        "missing_cell.csv": b"a,b,y\n1,,3\n",
        "empty.csv": b"",
        "binary.csv": bytes(range(256)),
        "latin1.csv": b"\xe9,y\n1,2\n",
        "utf16.csv": "a,y\n1,2\n".encode("utf-16"),
        "header_only.csv": b"\xef\xbb\xbfa;y\r\n",
        "nul.csv": b"a,y\n1\x00,2\n",
        "quote.csv": b'a,y\n"1,2\n',
        "digits.csv": "a,y\n\u0661,2\n".encode(),
        "underscore.csv": b"a,y\n1_000,3\n",
        "overflow.csv": b"a,y\n1e400,3\n",
        "decimal_comma.csv": b"a,y\n1,5,2\n",
        "twice.csv": b"a,a,y\n1,0,1\n",
        "ansi.csv": b"\x1b[31ma,\x1b[31ma,y\n1,0,1\n",
        "zero.csv": b"a,y\n0,1\n",
        "zero_row.csv": b"a,b,y\n0,0,3\n1,0,2\n",
        "slanted.csv": b"a,b,y\n1,0,3\n1,1,2\n",
        "too_many.csv": b"a,y\n1,1\n2,2\n",
        "one_column.csv": b"a\n1\n",
        "wide.csv": ",".join(f"c{k}" for k in range(100_000)).encode() + b"\n1\n",
        "formula.csv": b'a,y\n"=cmd()",2\n',
        "fake.npz": b"PK\x03\x04 no archive",
        "huge.toml": b"#" * (2**20 + 1),
    }
    for name, content in texts.items():
        (folder / name).write_bytes(content)
    np.savez(folder / "labels.npz", X=np.eye(3), y=np.ones(2))
    np.savez(folder / "pickle.npz", X=np.array([[{}]], dtype=object), y=np.ones(1))
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }".ljust(117) + b"\n"
    with zipfile.ZipFile(folder / "claims.npz", "w") as archive:
        for name in ("X.npy", "y.npy"):
            archive.writestr(name, b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64))
    (folder / "folder").mkdir()
    (folder / "folder" / "diary").write_bytes(b"of somebody else")
    os.mkfifo(folder / "fifo.csv")
    (folder / "link").symlink_to(folder / "foreign")
    (folder / "dangling.png").symlink_to(folder / "nowhere")
    short = {"good": "good.csv", "single": "single.csv", "spec": "spec.toml", "png": "foreign.png", "fifo": "fifo.csv"}
    return {path.name: str(path) for path in folder.iterdir()} | {
        word: str(folder / name) for word, name in short.items()
    }


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The boundaries are found once for all."""
    residual_boundaries()


def filled(words: tuple[str, ...], files: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        re.sub(r"\{([a-zA-Z0-9_.]+)\}", lambda found: files.get(found[1], found[0]), word[:400]) + word[400:]
        for word in words
    )


def wrong_with(case: Case, files: dict[str, str]) -> str:
    """Run a case; what is wrong with the answer, or nothing."""
    started = time.process_time()
    with within_seconds(30):
        code, out, err = invoke(filled(case.words, files))
    spent = time.process_time() - started
    line = re.fullmatch(r"symphase: ([^\n]+)\n", err)
    reasons = {
        f"exit code {code}": code != case.code,
        "something was printed": out != "",
        "not one line": line is None,
        "control characters": line is not None and not line[1].isprintable(),
        "too long": len(err) > 600,
        f"does not say {case.said}": re.search(case.said, err.removeprefix("symphase: ")) is None,
        f"does not name {case.option}": case.option not in err,
        f"took {spent:.2f} s": spent >= 1,
    }
    told = " ".join(word if len(word) <= 60 else f"{word[:50]}… ({len(word)})" for word in case.words)
    return "; ".join(reason for reason, holds in reasons.items() if holds) and f"{told}: {reasons} {err[:600]}"


def command_of(case: Case) -> str:
    """The command that a case is about, as far as there is one."""
    name = " ".join(case.words[:2] if case.words[0] == "lab" else case.words[:1])
    return name if name in GOOD else "symphase"


GROUPS: Final = {name: [case for case in CASES if command_of(case) == name] for name in ("symphase", *GOOD)}


@pytest.mark.parametrize("command", GROUPS)
def test_it_is_refused_in_one_line_at_once_with_nothing_written(
    command: str, files: dict[str, str], tmp_path: Path
) -> None:
    given = Path(files["good"]).parent
    before = seen(tmp_path, given)
    wrong = [told for case in GROUPS[command] if (told := wrong_with(case, files))]
    assert not wrong, "\n".join(wrong)
    assert seen(tmp_path, given) == before


def test_every_command_and_every_option_has_hostile_cases(record_property: Callable[[str, object], None]) -> None:
    """The program itself is walked: a new option without a case fails here, and so does a table row for no option."""
    found = {(name, param.opts[0]) for name, command in leaves() for param in command.params if is_option(param)}
    assert {name for name, _ in leaves()} == set(GOOD)
    assert {option for _, option in found} == set(HOSTILE)
    tried = {(command_of(case), case.option) for case in OPTION_CASES}
    assert tried == found
    arguments = {name.split()[0] for name, command in leaves() for param in command.params if not is_option(param)}
    assert arguments <= {case.words[0] for case in LINES}
    count = sum(map(len, GROUPS.values()))
    assert count == len(CASES) == len(set(CASES))
    assert count >= 500
    record_property("hostile_command_cases", count + len(PROCESSES))


def is_option(param: click.Parameter) -> bool:
    return isinstance(param, click.Option)


# --- the program itself, as a shell starts it -------------------------------------------------------------------------


def start(*words: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own, in an environment that has next to nothing."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).parents[2]), **more.pop("environment", {})}
    command = [sys.executable, "-m", "symphase", *words]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.run(command, env=environment, timeout=60, check=False, **streams)


PROCESSES: Final[dict[str, tuple[tuple[str, ...], dict[str, str], bytes]]] = {
    "a broken home": (("classify", "nan"), {"HOME": "/nowhere"}, b"symphase: A = nan: is not a plain decimal"),
    "a language without letters": (
        ("classify", "−1"),
        {"LC_ALL": "C", "LANG": "C"},
        b"symphase: A = ",
    ),  # that minus sign
    "ASCII output": (("classify", "\u0661"), {"PYTHONIOENCODING": "ascii"}, b"symphase: A = "),
    "an old code page": (("boundaries", "--map", "θ"), {"PYTHONIOENCODING": "cp1252"}, b"symphase: --variable"),
    "a terminal of no kind": (("boundaries", "--digits", "x"), {"TERM": "", "COLUMNS": "0"}, b"symphase: --digits"),
    "colours by force": (("classify", "\x1b[31m"), {"FORCE_COLOR": "1"}, rb"symphase: A = \x1b[31m: is not"),
    "a file that is none": (("analyze", "-rf"), {}, b"symphase: -rf: there is no such option"),
    "negative numbers": (("lab", "observe", "--step-size", "-1e-3"), {}, b"symphase: --step-size = -1e-3: must be a"),
    "no bytes of a text": (("analyze", "\udcff\udcfe.csv"), {}, rb"symphase: FILE = \udcff\udcfe.csv: does not exist"),
}


@pytest.mark.slow  # ten programs are started, a second each
@pytest.mark.parametrize("name", PROCESSES)
def test_the_program_refuses_in_one_line_without_a_traceback(name: str, tmp_path: Path) -> None:
    words, environment, said = PROCESSES[name]
    ran = start(*words, environment=environment, cwd=tmp_path)
    assert ran.returncode == 2
    assert ran.stdout == b""
    assert ran.stderr.startswith(said), ran.stderr
    assert ran.stderr.count(b"\n") == 1
    assert b"\x1b" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow  # programs are started, a second each
def test_a_reader_that_goes_ends_the_program_quietly(tmp_path: Path) -> None:
    for words in (("boundaries", "--json"), ("classify", "1.9"), ("--help",)):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            ran = start(*words, cwd=tmp_path, stdout=pipe)
        assert ran.returncode in {141, -signal.SIGPIPE}
        assert ran.stderr == b""


@pytest.mark.slow  # programs are started, a second each
def test_closed_standard_streams_end_in_no_traceback(tmp_path: Path) -> None:
    program = f"{sys.executable} -m symphase"
    for line, code in (
        ("classify nan <&-", 2),
        ("classify nan >&-", 2),
        ("classify nan 2>&-", 2),
        ("classify 1.5 <&- >&-", 0),
        ("classify 1.5 > /dev/full", 2),
        ("classify nan <&- >&- 2>&-", 2),
    ):
        ran = subprocess.run(
            ["/bin/sh", "-c", f"{program} {line}"],
            env={"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
        assert ran.returncode == code, (line, ran.stderr)
        assert b"Traceback" not in ran.stderr
        assert ran.stderr.count(b"\n") <= 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow  # a program is started
def test_a_folder_that_is_gone_is_no_place_to_write(tmp_path: Path) -> None:
    place = tmp_path / "gone"
    place.mkdir()
    line = f'rmdir "{place}"; exec {sys.executable} -m symphase atlas --max-period 2 --out x'
    ran = subprocess.run(
        ["/bin/sh", "-c", line],
        env={"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        timeout=60,
        check=False,
        cwd=place,
    )
    assert (ran.returncode, ran.stdout) == (2, b""), ran.stderr
    assert ran.stderr.startswith(b"symphase: --out = x: cannot be written")
    assert list(tmp_path.iterdir()) == []


# --- what was wrong once ----------------------------------------------------------------------------------------------


def refused(*words: str) -> str:
    """The one line of a refusal."""
    with within_seconds(30):
        code, out, err = invoke(words)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"symphase: [^\n]+\n", err)
    return err


@pytest.mark.parametrize("digits", ["1_000", "\u0661\u0662", "\uff13", "9" * 5000])
def test_regression_whole_numbers_were_read_in_any_digits(digits: str) -> None:
    assert "is not a valid integer in plain digits, such as 12; see" in refused("boundaries", "--digits", digits)
    assert invoke(("boundaries", "--digits", "+3"))[0] == 0
    assert invoke(("classify", "1", "--digits", " 3 "))[0] == 0


def test_regression_the_last_of_two_values_won_silently() -> None:
    assert "--digits: is given twice; give one" in refused("classify", "1", "--digits", "3", "--digits", "5")
    assert "--no-pdf: cannot be given with --pdf" in refused("report", "--pdf", "--no-pdf")
    assert invoke(("classify", "1", "--json", "--json"))[0] == 0  # no contradiction
    # "--set" and the like are asked for as often as there is something to say
    assert invoke(("classify", "0.1", "--loss", "(w^2-y*u)^2/4", "--set", "y=2", "--set", "u=1/2"))[0] == 0


def test_regression_control_characters_in_mistyped_words_reached_the_terminal() -> None:
    for words in (("boundaries", "--\x1b[31m"), ("boundaries", "\x1b]0;title\x07"), ("\x1b[2J",), ("lab", "\x9b31m")):
        assert refused(*words).rstrip("\n").isprintable()


def test_regression_mistyped_words_were_repeated_at_any_length() -> None:
    for words in (("boundaries", "x" * 10**5), ("boundaries", "--" + "x" * 10**5), ("derive", "y" * 10**5)):
        assert len(refused(*words)) < 400


def test_regression_a_missing_value_pointed_to_the_wrong_help() -> None:
    assert refused("lab", "observe", "--runs").endswith("see symphase lab observe --help\n")


def test_regression_an_empty_value_was_shown_as_nothing() -> None:
    assert "A = '': is not" in refused("classify", "")
    assert "there is no command ''" in refused("")


def test_regression_an_empty_formula_was_taken_for_none(tmp_path: Path) -> None:
    assert "--loss = ''" in refused("classify", "1", "--loss", "")
    assert "--loss = ''" in refused("verify", "--loss", "")
    assert "--loss = ''" in refused("boundaries", "--loss", "")
    assert "--prediction = ''" in refused("explore", "--no-open", "--prediction", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("sweep", "pipe", "--out", "x"),
        ("atlas", "--load", "pipe"),
        ("bifurcations", "--period", "3", "--checkpoint", "pipe"),
        ("derive", "--tex", "pipe"),
        ("document", "--out", "pipe"),
        ("atlas", "--max-period", "2", "--out", "pipe"),
        ("lab", "train", *SMALL, "--step-size", "1", "--figure", "pipe.png"),
    ],
)
def test_regression_a_pipe_was_waited_for_or_replaced(words: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("pipe", "pipe.png"):
        os.mkfifo(tmp_path / name)
    assert "is a pipe or a device, no ordinary file" in refused(*words)
    assert all(path.is_fifo() for path in tmp_path.iterdir())


def test_regression_a_pipe_or_a_device_was_replaced_by_whoever_wrote(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"path = .*pipe: is a pipe or a device, no ordinary file; give another place"):
        write_whole(tmp_path / "pipe", b"content")
    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]


def test_regression_a_link_was_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc/self/fd/1")  # as /dev/stdout
    for words in (
        ("derive", "--tex", "link"),
        ("document", "--out", "link"),
        ("atlas", "--max-period", "2", "--out", "link"),
    ):
        assert "link: is a link to another place; give a file in a folder" in refused(*words)
    assert [path.is_symlink() for path in tmp_path.iterdir()] == [True]


def test_regression_a_document_was_made_before_its_place_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("it was computed first")

    for name in ("article", "fragments"):
        monkeypatch.setattr(f"symphase.latex.{name}", never)
    monkeypatch.setattr("symphase.atlas.build_atlas", never)
    for words in (("document",), ("document", "--fragment", "table"), ("atlas", "--max-period", "2")):
        assert "--out = missing/x: cannot be written: No such file" in refused(*words, "--out", "missing/x")
        assert "--out = .: cannot be written: Is a directory" in refused(*words, "--out", ".")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("atlas", "--load", "a\0b"), "--load = a\\x00b: cannot be read"),
        (("bifurcations", "--period", "3", "--checkpoint", "a\0b"), "--checkpoint = a\\x00b: cannot be read"),
        (("bifurcations", "--period", "2", "--certificates", "a\0b"), "--certificates = a\\x00b: cannot be made"),
        (("bifurcations", "--period", "2", "--certificates", "n" * 300), "too long; give another name"),
        (("derive", "--tex", "a\0b"), "--tex = a\\x00b: cannot be written: embedded null byte"),
        (("atlas", "--max-period", "2", "--out", "a\0b"), "--out = a\\x00b: cannot be written: embedded null byte"),
    ],
)
def test_regression_names_that_no_file_can_have_ended_in_tracebacks(words: tuple[str, ...], said: str) -> None:
    assert said in refused(*words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("chaos", "nan"), "A = nan"),
        (("classify", "nan", "--loss", "(w^2-1)^2/4"), "A = nan"),
        (("atlas", "--max-period", "2", "--at", "nan"), "--at = nan"),
        (("atlas", "--max-period", "2", "--widest", "-1"), "--widest = -1"),
        (("atlas", "--load", "missing"), "--load = missing"),
        (("explore", "--prediction", "w^2", "--y", "nan", "--no-open"), "--y = nan"),
        (("report", "one-weight", "--at", "nan", "--no-pdf"), "--at = nan"),
        (("document", "--symbol", "zz=r"), "--symbol = zz=r"),
        (("document", "--fragment", "nothing"), "--fragment = nothing"),
        (("sweep", "missing", "--out", "x"), "SPEC = missing"),
        (("sweep", "--check", "foreign"), "--check = foreign"),
    ],
)
def test_regression_a_mistake_was_named_as_nobody_had_written_it(words: tuple[str, ...], said: str) -> None:
    Path("foreign").write_bytes(b"a letter")
    assert refused(*words).startswith(f"symphase: {said}: ")


def test_regression_the_lyapunov_exponent_overflowed_far_out() -> None:
    with pytest.raises(InputError, match=r"parameter = 10+…: must leave all coefficients within the range of floats"):
        lyapunov_exponent(residual_family(), Fraction(10) ** 308)
    assert refused("chaos", "1e308").startswith("symphase: A = 1000")


def test_regression_a_hundred_thousand_columns_took_forty_seconds() -> None:
    Path("wide.csv").write_text(",".join(f"c{k}" for k in range(100_000)) + "\n1\n", encoding="ascii")
    started = time.process_time()
    assert "line 2 has 1 cells" in refused("analyze", "wide.csv")
    assert time.process_time() - started < 2


def test_regression_an_unknown_piece_was_refused_after_the_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = importlib.import_module("symphase.latex.fragments")  # symphase.latex.fragments is the function
    monkeypatch.setattr(pieces, "gather", lambda *_, **__: pytest.fail("it was computed first"))
    line = refused("document", "--fragment", "nothing")
    assert "must be one of: boundary:…, map, step:…, theorem:…, table, figure:…, references" in line


def test_regression_the_advice_about_words_used_other_letters() -> None:
    line = refused("atlas", "--max-period", "3", "--word", "RLC")
    assert "must be letters 0, 1, 2 followed by one C; such as 2C" in line
    assert invoke(("atlas", "--max-period", "3", "--word", "2C"))[0] == 0


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_regression_a_closed_stream_ended_in_a_traceback(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, name, None)
    assert not coloured(stderr=name == "stderr")
    with progress_bar() as progress:
        progress("nobody looks", 1, 2)
    print_table("", ("a",), [("1",)])

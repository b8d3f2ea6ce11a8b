"""The rules of the house, held by reading the source: what no module may do, and where each module stands.

Every rule is first tried on planted code that breaks it, then on the package.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "symphase"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
MODULES |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"data"}

# ------------------------------------------------------------------------------------------------- what is forbidden

CODE_FROM_TEXT = {"eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec", "builtins.compile"}
# Functions of SymPy that evaluate texts, in whichever of its modules they are found.
SYMPY_EVAL = {
    "S",
    "lambdify",
    "nsimplify",
    "parse_expr",
    "parse_latex",
    "parse_mathematica",
    "parse_maxima",
    "sympify",
}
# Constructors of SymPy that read a text as a name or a number; every other function of SymPy would evaluate it.
SYMPY_TEXT_IS_FINE = {"Symbol", "Dummy", "Wild", "symbols", "Function", "Integer", "Rational", "Float", "latex"}
# What is called so evaluates texts, or unpickles, whatever name its module goes by there.
ANYWHERE = (SYMPY_EVAL - {"S"}) | {"eval", "exec", "ForkingPickler", "Unpickler"}
GLOBAL_STATE = {
    "decimal.setcontext",
    "locale.setlocale",
    "matplotlib.rc",
    "matplotlib.use",
    "mpmath.extradps",
    "mpmath.extraprec",
    "mpmath.mp.workdps",
    "mpmath.mp.workprec",
    "mpmath.workdps",
    "mpmath.workprec",
    "numpy.random.seed",
    "numpy.random.set_state",
    "numpy.set_printoptions",
    "numpy.seterr",
    "numpy.seterrcall",
    "os.chdir",
    "os.putenv",
    "os.umask",
    "random.seed",
    "sys.set_int_max_str_digits",
    "sys.setrecursionlimit",
}
STATEFUL_OBJECTS = ("flint.ctx", "mpmath.mp", "mpmath.iv", "mpmath.fp", "matplotlib.rcParams", "os.environ")
# What reads code out of files, starts programs, or has been replaced by something safer.
DANGEROUS = {
    "code.InteractiveInterpreter": "runs code",
    "multiprocessing.connection.Client": "unpickles what comes over a network",
    "multiprocessing.connection.Listener": "unpickles what comes over a network",
    "os.popen": "starts a shell",
    "os.startfile": "starts a program",
    "os.system": "starts a shell",
    "pandas.read_pickle": "loads pickles",
    "pty.spawn": "starts a program",
    "runpy.run_module": "runs code",
    "runpy.run_path": "runs code",
    "shutil.unpack_archive": "writes where an archive says",
    "subprocess.getoutput": "starts a shell",
    "subprocess.getstatusoutput": "starts a shell",
    "tempfile.mktemp": "gives a name that anybody may take first",
    "torch.load": "loads pickles",
    "yaml.full_load": "makes objects that a file names",
    "yaml.load": "makes objects that a file names",
    "yaml.unsafe_load": "makes objects that a file names",
}
_PROGRAM_STARTERS = ("os.exec", "os.spawn", "os.posix_spawn")
_RUNS = {"subprocess." + name for name in ("Popen", "call", "check_call", "check_output", "run")}
FILTERS = {"warnings.simplefilter", "warnings.filterwarnings", "warnings.resetwarnings"}
PICKLES = {"_pickle", "cPickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"}
TEST_TOOLS = {"hypothesis", "pytest"}
OUTSIDE = {
    "ctypes",
    "ftplib",
    "http",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "subprocess",
    "urllib",
    "xmlrpc",
}
FORBIDDEN_MODULES = PICKLES | TEST_TOOLS | OUTSIDE
PYPLOT = ("matplotlib.pyplot", "pylab", "matplotlib.pylab")
HEAVY = {"dask", "distributed", "matplotlib", "numba", "scipy", "sklearn", "xarray", "zarr"}
TESTING = {"strategies"}  # is made for test suites; loaded by its own name alone
PROGRAMS = {"doctor", "latex"}  # may start another program, without a shell: kpsewhich; latexmk
DRAWING = {"hypertext", "plots", "reports"}


class _Rules(ast.NodeVisitor):
    """Collect the broken rules of one module."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.found: list[str] = []
        self.names: dict[str, str] = {}
        self.depth = 0  # inside how many functions
        self.type_only = 0
        self.guarded = 0  # inside how many "with warnings.catch_warnings()"

    def report(self, node: ast.AST, text: str) -> None:
        self.found.append(f"{self.module}:{getattr(node, 'lineno', 0)}: {text}")

    def dotted(self, node: ast.AST) -> str:
        """Return the full name of what an expression refers to, through this module's imports; "" if unknown."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.dotted(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""

    def _imported(self, node: ast.AST, target: str) -> None:
        top = target.partition(".")[0]
        allowed = self.module in {"subprocess": PROGRAMS, "hypothesis": TESTING}.get(top, ())
        if top in FORBIDDEN_MODULES and not allowed:
            self.report(node, f"imports {target}")
        if target.startswith(PYPLOT):
            self.report(node, "imports pyplot")
        if top in HEAVY and not self.type_only:
            if not self.depth:
                self.report(node, f"imports {top} at import time")
            if top == "matplotlib" and self.module not in DRAWING:
                self.report(node, f"draws with matplotlib outside {sorted(DRAWING)}")

    def used(self, node: ast.AST, name: str) -> None:
        """Report a name that nobody may use, whatever is done with it."""
        last = name.rpartition(".")[2]
        if name in CODE_FROM_TEXT:
            self.report(node, f"uses {name}")
        if name.startswith("sympy.") and last in SYMPY_EVAL:
            self.report(node, f"uses {name}, which evaluates text")
        if name in DANGEROUS:
            self.report(node, f"uses {name}: {DANGEROUS[name]}")
        if name.startswith(_PROGRAM_STARTERS):
            self.report(node, f"uses {name}: starts a program")
        if last in {"extract", "extractall"}:
            self.report(node, "unpacks an archive to where it says")
        if last in ANYWHERE and "." in name and not name.startswith("sympy."):
            self.report(node, f"uses {name}: whatever it belongs to")
        if name in {"__builtins__", "sympy.__dict__", "builtins.__dict__"}:
            self.report(node, f"looks into {name}")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.names[alias.asname or alias.name.partition(".")[0]] = (
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
            self._imported(node, alias.name)
            if alias.name == "symphase":
                self.report(node, "imports the package's front door instead of a module")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        origin = node.module or ""
        for alias in node.names:
            full = f"{origin}.{alias.name}"
            self.names[alias.asname or alias.name] = full
            self._imported(node, full)
            if not full.endswith(".S"):  # which holds constants, too: what is done with it decides
                self.used(node, full)
            if origin == "symphase" and alias.name != "__version__":
                self.report(node, "imports the package's front door instead of a module")
            if node.level:
                self.report(node, "imports relatively")

    def visit_If(self, node: ast.If) -> None:
        only_types = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        self.type_only += only_types
        for child in node.body:
            self.visit(child)
        self.type_only -= only_types
        self.visit(node.test)
        for child in node.orelse:
            self.visit(child)

    def _scope(self, node: ast.AST) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._scope(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._scope(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._scope(node)

    def visit_With(self, node: ast.With) -> None:
        guards = any(
            isinstance(item.context_expr, ast.Call) and self.dotted(item.context_expr.func) == "warnings.catch_warnings"
            for item in node.items
        )
        self.guarded += guards
        self.generic_visit(node)
        self.guarded -= guards

    def visit_Global(self, node: ast.Global) -> None:
        self.report(node, "rebinds a global")

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.used(node, self.dotted(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.used(node, self.dotted(node) or f"?.{node.attr}")
        owner = self.dotted(node.value)
        if not (owner.startswith("sympy.") and owner.endswith(".S")):  # S.Half is a constant
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.dotted(node.func)
        first = node.args[0] if node.args else None
        self._looked_up(node, name)
        if name in _RUNS and isinstance(first, ast.List) and any(map(_is_shell, first.elts[:1])):
            self.report(node, "starts a shell")
        if name in _RUNS and (_is_text(first) or any(k.arg == "args" and _is_text(k.value) for k in node.keywords)):
            self.report(node, "starts a program by a text: give a list")
        if name == "numpy.load" and not any(k.arg == "allow_pickle" for k in node.keywords):
            self.report(node, "does not say allow_pickle=False")
        if name.startswith("sympy.") and name.rpartition(".")[2] not in SYMPY_TEXT_IS_FINE and _is_text(first):
            self.report(node, f"hands a text to {name}, which evaluates it")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "subs" and _is_named(first):
            self.report(node, "hands a text to subs, which evaluates it")
        if name in GLOBAL_STATE:
            self.report(node, f"calls {name}: changes the whole process")
        if name in FILTERS and not self.guarded:
            self.report(node, f"calls {name} outside catch_warnings")
        if name.startswith("numpy.random.") and name.rpartition(".")[2] not in _NEW_RANDOM:
            self.report(node, f"draws from the process's generator: {name}")
        if name in {"setattr", "object.__setattr__"} and self.dotted(first or node).startswith(STATEFUL_OBJECTS):
            self.report(node, f"writes {self.dotted(first or node)}")
        for keyword in node.keywords:
            if keyword.arg == "fastmath":
                self.report(node, "fastmath removes the checks for NaN and changes orbits")
            if keyword.arg == "shell" and not _is_false(keyword.value):
                self.report(node, "starts a shell")
            if keyword.arg == "allow_pickle" and not _is_false(keyword.value):
                self.report(node, "allows pickles")
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            named = key.value if isinstance(key, ast.Constant) else None
            if named in {"allow_pickle", "fastmath", "shell"} and not _is_false(value):
                self.report(node, f"asks for {named}")
        self.generic_visit(node)

    def _looked_up(self, node: ast.Call, name: str) -> None:
        """What a call fetches by its name as a text counts as if it were written out."""
        texts = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
        if name in {"getattr", "operator.attrgetter"} and texts:
            owner = self.dotted(node.args[0]) if name == "getattr" else "?"
            attribute = texts[1] if name == "getattr" and len(texts) > 1 else texts[0]
            if isinstance(attribute, str):
                self.used(node, f"{owner or '?'}.{attribute}")
            elif owner in {"sympy", "builtins", "os", "subprocess"}:
                self.report(node, f"looks up a computed name in {owner}")
        if name in {"globals", "locals"} and self.module != "__init__":  # which loads names when they are asked for
            self.report(node, f"looks names up by {name}()")
        if name == "vars" and self.dotted(node.args[0] if node.args else node) in {"sympy", "builtins", ""}:
            self.report(node, "looks names up by vars()")
        by_name = name in {"importlib.import_module", "importlib.__import__"} and bool(texts)
        if by_name and not isinstance(texts[0], str) and self.module != "__init__":
            self.report(node, "imports a module by a computed name")
        if by_name and isinstance(texts[0], str):
            self._imported(node, texts[0])
            if texts[0].split(".")[0] == "builtins":
                self.report(node, "imports builtins by name")

    def _assigned(self, target: ast.AST) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._assigned(element)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            owner = self.dotted(target.value)
            if owner.startswith(STATEFUL_OBJECTS) and not (owner == "flint.ctx" and self.module == "enclosures"):
                self.report(target, f"writes {owner}")

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assigned(target)
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Name) and node.value.id in self.names:
                self.names[target.id] = self.names[node.value.id]  # a module under a new name
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._assigned(node.target)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._assigned(node.target)
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._assigned(target)


_NEW_RANDOM = {"default_rng", "Generator", "SeedSequence", "PCG64", "BitGenerator", "Philox"}


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_named(node: ast.AST | None) -> bool:
    """A text, or a dictionary with texts as keys."""
    return any(map(_is_text, node.keys)) if isinstance(node, ast.Dict) else _is_text(node)


def _is_shell(node: ast.AST) -> bool:
    text = str(node.value) if isinstance(node, ast.Constant) else ""
    return text.rpartition("/")[2] in {"bash", "cmd", "cmd.exe", "powershell", "sh", "zsh"}


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def broken_rules(source: str, module: str = "planted") -> list[str]:
    """Return what a module's source does that no module may do."""
    rules = _Rules(module)
    rules.visit(ast.parse(source))
    return rules.found


PLANTED = {
    "eval": "eval('1')",
    "eval under a new name": "evaluate = eval",
    "exec": "def f(text):\n    exec(text)",
    "builtins": "import builtins\nbuiltins.eval('1')",
    "import by name": "__import__('os')",
    "pickle": "import pickle",
    "pickle inside a function": "def f():\n    from pickle import loads",
    "sympify": "import sympy\nx = sympy.sympify('x')",
    "sympify from": "from sympy import sympify",
    "sympify under a new name": "import sympy as sp\nread = sp.sympify",
    "S": "import sympy\nx = sympy.S('x')",
    "S from": "from sympy import S\ndef f(text):\n    return S(text)",
    "parse_expr": "from sympy.parsing.sympy_parser import parse_expr",
    "lambdify": "import sympy\nf = sympy.lambdify",
    "S under a new name": "import sympy\nread = sympy.S",
    "S from its own module": "from sympy.core.singleton import S as read\nx = read('x')",
    "S handed on": "from sympy import S\nx = list(map(S, ['x']))",
    "sympify through a module's short name": "import sympy as s\nx = s.sympify('x')",
    "sympify through a module's second name": "import sympy\ns = sympy\nx = s.sympify('x')",
    "sympify from its own module": "from sympy.core.sympify import sympify as read",
    "sympify by getattr": "import sympy\nread = getattr(sympy, 'sympify')",
    "a computed name of SymPy": "import sympy\ndef f(name):\n    return getattr(sympy, name)",
    "SymPy's names": "import sympy\nread = vars(sympy)['sympify']",
    "SymPy's dictionary": "import sympy\nread = sympy.__dict__['sympify']",
    "lambdify from its own module": "from sympy.utilities.lambdify import lambdify",
    "LaTeX to SymPy": "from sympy.parsing.latex import parse_latex",
    "compile": "compile('1', 'x', 'eval')",
    "eval by getattr": "import builtins\nevaluate = getattr(builtins, 'eval')",
    "eval out of a dictionary": "evaluate = __builtins__['eval']",
    "eval out of the globals": "evaluate = globals()['eval']",
    "marshal": "import marshal",
    "shelve": "def f():\n    import shelve",
    "dill": "from dill import loads",
    "pickle under a new name": "import pickle as p",
    "pickle by name": "import importlib\np = importlib.import_module('pickle')",
    "pickle by name from": "from importlib import import_module\np = import_module('pickle')",
    "arrays that may be pickled": "import numpy as np\nnp.load('x')",
    "arrays from that may be pickled": "from numpy import load as read\nread('x')",
    "pickles unless told otherwise": "import numpy as np\ndef f(x):\n    np.load('x', allow_pickle=x)",
    "torch.load": "def f():\n    import torch\n    torch.load('x')",
    "yaml.load": "import yaml\nyaml.load('x', Loader=None)",
    "yaml.load from": "from yaml import load",
    "os.system": "import os\nos.system('ls')",
    "os.system from": "from os import system",
    "os.system by getattr": "import os\ngetattr(os, 'system')('ls')",
    "os.popen": "import os\nos.popen('ls')",
    "os.execv": "import os\nos.execv('ls', [])",
    "os.spawnl": "import os\nos.spawnl(0, 'ls')",
    "a shell by keyword": "import subprocess\ndef f(x):\n    subprocess.Popen(['ls'], shell=x)",
    "a program by a text": "import subprocess\nsubprocess.run('ls -l')",
    "a program by a formatted text": "from subprocess import Popen\ndef f(x):\n    Popen(args=f'ls {x}')",
    "a shell's output": "import subprocess\nsubprocess.getoutput('ls')",
    "a temporary name": "import tempfile\ntempfile.mktemp()",
    "an archive unpacked": "def f(archive):\n    archive.extractall()",
    "an archive unpacked by shutil": "import shutil\nshutil.unpack_archive('x.zip')",
    "one part of an archive unpacked": "def f(archive):\n    archive.extract('x')",
    "fastmath out of a dictionary": "import numba\ndef f():\n    numba.njit(**{'fastmath': True})",
    "a shell out of a dictionary": "import subprocess\ndef f():\n    subprocess.run(['ls'], **{'shell': 1})",
    "a shell by its name": "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'ls'])",
    "sympify of what the module was named": "import sympy\ns: object = sympy\nx = s.sympify('x')",
    "sympify of what is no module": "import sympy\ndef f(text, sp=sympy):\n    return sp.sympify(text)",
    "eval of loaded modules": "import sys\nx = sys.modules['builtins'].eval('1')",
    "pickles between processes": "import multiprocessing.reduction as r\nx = r.ForkingPickler.loads(b'')",
    "texts as keys given to subs": "def f(e):\n    return e.subs({'x': 1})",
    "a module by a computed name": "import importlib\np = importlib.import_module('pick' + 'le')",
    "a library of the system": "import ctypes",
    "a listener": "from multiprocessing.connection import Listener",
    "a text given to Poly": "import sympy\np = sympy.Poly('x**2')",
    "a text given to subs": "def f(e):\n    return e.subs('x', 1)",
    "a formatted text given to solve": "import sympy\ndef f(t):\n    return sympy.solve(f'{t}')",
    "fastmath": "import numba\ndef f():\n    numba.njit(fastmath=True)",
    "shell": "import subprocess\nsubprocess.run('ls', shell=True)",
    "pickled arrays": "import numpy as np\nnp.load('x', allow_pickle=True)",
    "pyplot": "def f():\n    import matplotlib.pyplot as plt",
    "pyplot from": "def f():\n    from matplotlib import pyplot",
    "matplotlib at import time": "import matplotlib",
    "scipy at import time": "from scipy import linalg",
    "matplotlib outside the views": "def f():\n    from matplotlib.figure import Figure",
    "FLINT's precision": "import flint\nflint.ctx.prec = 100",
    "FLINT's precision from": "from flint import ctx\nctx.prec += 1",
    "FLINT's precision by setattr": "import flint\nsetattr(flint.ctx, 'prec', 100)",
    "mpmath's precision": "import mpmath\nmpmath.mp.dps = 50",
    "mpmath's precision from": "from mpmath import mp\nmp.prec, x = 50, 1",
    "mpmath's precision for a while": "import mpmath\nwith mpmath.workdps(50):\n    pass",
    "NumPy's errors": "import numpy as np\nnp.seterr(all='ignore')",
    "NumPy's generator": "import numpy as np\nx = np.random.normal()",
    "the warnings filters": "import warnings\nwarnings.simplefilter('ignore')",
    "the environment": "import os\nos.environ['X'] = '1'",
    "the working directory": "import os\nos.chdir('.')",
    "the digits of integers": "import sys\nsys.set_int_max_str_digits(0)",
    "matplotlib's settings": "import matplotlib as m\nm.rcParams['text.usetex'] = True",
    "a rebound global": "x = 0\ndef f():\n    global x\n    x = 1",
    "the front door": "from symphase import derive",
    "the whole package": "import symphase",
    "a relative import": "from .maps import PolynomialFamily",
    "a test tool": "import hypothesis",
    "the network": "def f():\n    from urllib.request import urlopen",
    "another program": "import subprocess",
}
ALLOWED = """
import mpmath, sympy, warnings
import numpy as np
from symphase import __version__
from symphase.maps import PolynomialFamily
context = mpmath.MPContext()
context.dps = 50
from sympy import S
half = S.One / 2 + sympy.S.Half + sympy.Symbol("x") + sympy.Rational("1/3")
rng = np.random.default_rng(1)
np.load("x", allow_pickle=False)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
"""


@pytest.mark.parametrize("name", PLANTED)
def test_each_rule_notices_the_code_that_breaks_it(name: str) -> None:
    # where the import alone is allowed, so that it is the rule itself that notices
    allowed = name != "another program" and "subprocess" in PLANTED[name]
    assert broken_rules(PLANTED[name], "latex" if allowed else "planted")


def test_the_rules_leave_honest_code_alone() -> None:
    assert broken_rules(ALLOWED) == []
    assert broken_rules("import flint\nflint.ctx.prec = 5", "enclosures") == []
    assert broken_rules("def f():\n    from matplotlib.figure import Figure", "plots") == []
    assert broken_rules("import subprocess\nsubprocess.Popen(['ls', '-l'])", "latex") == []
    assert len(broken_rules("import subprocess\nsubprocess.run('ls')", "latex")) == 1
    assert broken_rules("import hypothesis", "strategies") == []
    assert broken_rules("import pytest", "strategies") != []
    assert broken_rules("import subprocess\nsubprocess.run('ls', shell=True)", "latex") != []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_breaks_a_rule(path: Path) -> None:
    name = path.stem if path.parent == PACKAGE else path.parent.name
    if path.name == "make_digit_dct.py":  # a script that is run by hand
        name = "data"
    assert broken_rules(path.read_text(encoding="utf-8"), name) == []


# ------------------------------------------------------------------------------------------------- names and places


def test_module_names_say_what_they_hold() -> None:
    assert len(MODULES) >= 12, "the package was not found"
    assert MODULES.isdisjoint({"utils", "util", "misc", "core", "base", "helpers", "common", "tools"})


def _contracts() -> dict[str, dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["type"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def test_the_import_contract_names_exactly_the_modules_that_exist() -> None:
    layers = _contracts()["layers"]["layers"]
    assert isinstance(layers, list)
    named = [name.strip() for layer in layers for name in re.split(r"[|:]", layer)]
    assert sorted(named) == sorted(MODULES), "a module outside the layers, or a layer without its module"


def test_the_simulated_side_is_kept_from_the_derived_map() -> None:
    contract = _contracts()["forbidden"]
    on_this_side = (
        "blocks descent designs models observations problems sharpness starts steppers tables training transitions"
    )
    assert contract["source_modules"] == [f"symphase.{name}" for name in on_this_side.split()]
    forbidden = contract["forbidden_modules"]
    assert isinstance(forbidden, list)
    on_that_side = (
        "maps cells crossings cycles onset boundaries derivation orbits phases steps thresholds trials "
        "atlas bifurcations chaos charts coordinates eliminants ensembles entropy growth kernels kneading krawczyk "
        "landings lyapunov real_cycles seeds windows"
    )
    assert set(forbidden) == {f"symphase.{name}" for name in on_that_side.split()}


def test_the_simulated_side_loads_nothing_of_the_derived_map() -> None:
    loaded = _loaded_after("import symphase.transitions, symphase.training")
    assert {"symphase.descent", "symphase.observations", "symphase.training"} <= loaded
    derived = ("maps", "cells", "cycles", "onset", "boundaries", "derivation", "orbits", "phases")
    assert [name for name in derived if f"symphase.{name}" in loaded] == []


# --------------------------------------------------------------------------------------------------- what is loaded


def _loaded_after(statement: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after one statement."""
    run = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statement}\nprint(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(run.stdout.split())


def test_import_symphase_loads_nothing_heavy() -> None:
    heavy = {
        "sympy",
        "matplotlib",
        "hypothesis",
        "numpy",
        "flint",
        "mpmath",
        "click",
        "rich",
        "dask",
        "numba",
        "sklearn",
    }
    loaded = _loaded_after("import symphase")
    assert "symphase" in loaded
    assert loaded & heavy == set()
    assert {name for name in loaded if name.startswith("symphase.")} == set()
    # the same look finds what a name does load
    assert "flint" in _loaded_after("import symphase; symphase.find_boundaries")


# One after the other, so that the first module that loads something is the one to blame.
_ONE_BY_ONE = """
import importlib, sys
for module in {modules}:
    importlib.import_module("symphase." + module)
    if loaded := set({heavy}) & set(sys.modules):
        sys.exit(module + " loads " + ", ".join(sorted(loaded)))
print("all of them")
"""


def _who_loads(heavy: set[str], modules: set[str]) -> str:
    script = _ONE_BY_ONE.format(modules=sorted(modules), heavy=heavy)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300)
    return (run.stdout + run.stderr).strip()


def test_no_module_loads_matplotlib_or_test_tools() -> None:
    heavy = {"matplotlib", "hypothesis", "pytest", "sklearn", "scipy", "numba", "dask"}
    assert _who_loads(heavy, MODULES - {"plots", "reports"} - TESTING) == "all of them"
    # the same look finds what a module does load
    assert _who_loads({"flint"}, {"errors", "enclosures"}) == "enclosures loads flint"


# ------------------------------------------------------------------------------------------------- what is tracked

# Each pattern is written so that it does not match itself.
FORBIDDEN_TEXT = {
    "a path of one machine": re.compile(r"/(wor[k]|roo[t]|hom[e]|far[m]|tm[p]|Use[r]s)/|[A-Z]:\\\\Use[r]s"),
    "a package registry": re.compile(
        r"py[p]i\.org|python[h]osted|deb\.debia[n]|registry\.npm[j]s|\.librar[y]|find-link[s]|index-ur[l]",
        re.IGNORECASE,
    ),
}


def _tracked() -> Iterator[tuple[str, str]]:
    """Tracked text files and their contents."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: there are no tracked files to look through")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, env=_without_git())
    for name in listing.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


def _without_git() -> dict[str, str]:
    """The environment less what a git hook sets, which would point at another index."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    found = [
        f"{name}: {what}: {match.group()}"
        for name, text in _tracked()
        for what, pattern in FORBIDDEN_TEXT.items()
        for match in [pattern.search(text)]
        if match
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["/wor" + "k/main", "/hom" + "e/me", "see py" + "pi.org", "files.python" + "hosted", "--index-" + "url"],
)
def test_the_look_for_forbidden_text_would_find_it(text: str) -> None:
    assert any(pattern.search(text) for pattern in FORBIDDEN_TEXT.values())


def test_the_top_level_holds_what_it_should() -> None:
    top = {name.partition("/")[0] for name, _ in _tracked()}
    visible = {name for name in top if not name.startswith(".")}
    assert {"README.md", "LICENSE", "pyproject.toml", "symphase", "tests"} <= visible
    assert visible <= {
        "CITATION.cff",
        "LICENSE",
        "README.md",
        "derivations",
        "examples",
        "pyproject.toml",
        "symphase",
        "tests",
    }

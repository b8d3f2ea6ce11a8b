"""Every error that the package can make is provoked by a test that matches its words.

The gate reads syntax trees alone.  An error is a call of an exception class, or of a helper that puts words it is
given into one; its words are the literal texts that reach it: arguments, pieces of f-strings, and what the functions
around it or its module bind the names among them to.  Three words in a row that no other wording of the package has,
where there are any, must stand in a text of the tests; docstrings are none.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[1]
WORDS: Final = 3
SHORTEST: Final = 10
"""Characters of such a phrase: "is a b" says nothing."""
GIVEN: Final = {"accepted", "advice", "purpose", "reason", "said", "told"}
"""What helpers call the words that they are given."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Wording(NamedTuple):
    """An error, and the texts that it may be made of."""

    place: str
    call: str
    texts: tuple[str, ...]

    @property
    def phrases(self) -> list[str]:
        """Three words in a row; a shorter text as a whole where there is no longer one."""
        found = [phrase for text in self.texts for phrase in _phrases(text) if len(phrase) >= SHORTEST]
        return found or list(self.texts)


def _phrases(text: str) -> Iterator[str]:
    words = text.split()
    return map(" ".join, zip(*(words[k:] for k in range(WORDS)), strict=False))


def _plain(text: str) -> str:
    """Words alone: punctuation is written otherwise in a regular expression."""
    return " ".join(re.sub(r"\W+", " ", text.replace("\\", "")).split())


def _texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    return {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)}


def _called(call: ast.Call) -> str:
    """``f`` of f(…) and of module.f(…)."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _said(call: ast.Call) -> list[ast.expr]:
    """The arguments with words; the first two of an InputError are the argument's name and its value."""
    return [*call.args[2 if _called(call) == "InputError" else 0 :], *(each.value for each in call.keywords)]


def _bindings(body: Iterable[ast.AST]) -> dict[str, list[str]]:
    """The texts that a name may stand for."""
    found: dict[str, list[str]] = {}
    for node in (each for statement in body for each in ast.walk(statement)):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
            targets = [node.target]
        else:
            continue
        for name in _names(targets):
            found.setdefault(name, []).extend(_texts(node.value))  # type: ignore[arg-type]  # None has gone on
    return found


@cache
def _calls(tree: ast.Module) -> list[tuple[ast.Call, list[Definition]]]:
    """Every call, with the functions around it from the inmost on."""
    found = []
    waiting: list[tuple[ast.AST, list[Definition]]] = [(tree, [])]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, ast.Call):
            found.append((node, around))
        inner = [node, *around] if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else around
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]
    return found


def _exceptions(trees: Iterable[ast.Module]) -> set[str]:
    """Names of exception classes: Python's, Click's, and the package's own."""
    found = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    found.add("ClickException")
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    for _ in classes:
        more = {each.name for each in classes if {ast.unparse(base).rpartition(".")[2] for base in each.bases} & found}
        if more <= found:
            break
        found |= more
    return found


def wordings(trees: Mapping[str, ast.Module]) -> list[Wording]:
    """Every error in these modules."""
    calls = {name: _calls(tree) for name, tree in trees.items()}
    makers = _exceptions(trees.values())
    for _ in range(3):  # a helper of a helper of a helper
        for call, around in (each for found in calls.values() for each in found):
            if around and _called(call) in makers and _names(_said(call)) & GIVEN & _parameters(around[0]):
                makers.add(around[0].name)
    makers -= {"__init__"}
    bindings = cache(lambda function: _bindings(function.body))
    found = []
    for module, tree in trees.items():
        known = _bindings(node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef)))
        for call, around in calls[module]:
            if _called(call) not in makers:
                continue
            said = _said(call)
            texts = [text for argument in said for text in _texts(argument)]
            local = [bindings(function) for function in around]
            for name in sorted(_names(said)):
                texts += next((scope[name] for scope in (*local, known) if name in scope), [])
            if words := tuple(filter(re.compile(r"[^\W\d]").search, map(_plain, texts))):
                found.append(Wording(f"{module}:{call.lineno}", ast.unparse(call), words))
    return found


def _parameters(function: Definition) -> set[str]:
    given = function.args
    return {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def _parsed(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


@cache
def _package() -> Mapping[str, ast.Module]:
    return dict(_parsed("symphase"))


@cache
def _errors() -> list[Wording]:
    return wordings(_package())


@cache
def _tested() -> str:
    """All texts of the tests; this gate and docstrings are none."""
    texts: list[str] = []
    for name, tree in _parsed("tests"):
        if ROOT / name != Path(__file__).resolve():
            prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            constants = (each for each in ast.walk(tree) if isinstance(each, ast.Constant) and id(each) not in prose)
            texts += (each.value for each in constants if isinstance(each.value, str))
    return _plain("\n".join(texts))


def _unmatched(errors: Sequence[Wording], tested: str) -> list[str]:
    """Errors of whose own words the tests hold none."""
    known = set(_phrases(tested))
    wordings_with: dict[str, set[tuple[str, ...]]] = {}
    for error in errors:
        for phrase in error.phrases:
            wordings_with.setdefault(phrase, set()).add(error.texts)
    found = []
    for error in errors:
        own = [phrase for phrase in error.phrases if len(wordings_with[phrase]) == 1] or error.phrases
        if known.isdisjoint(own) and not any(f" {text} " in tested for text in own if text.count(" ") < WORDS - 1):
            found.append(f"{error.place}: {error.call[:200]}")
    return found


@pytest.mark.slow  # reads every test and every error: some seconds of the five minutes that the others share
def test_every_error_has_a_test_that_matches_its_words() -> None:
    errors = _errors()
    assert len(errors) > 850
    unmatched = _unmatched(errors, _tested())
    assert not unmatched


PLANTED: Final = """
class InputError(ValueError): ...
class OddError(InputError): ...
_RANGE = "must lie within the range"

def refuse(reason, advice):
    return InputError("path", "name", reason, advice)

def work(a):
    if a < 0:
        raise InputError("a", a, _RANGE)
    if a == 0:
        said = f"has {a} more than it could have"
        raise InputError("a", a, said, "take a smaller one")
    if a == 1:
        raise refuse("is no good one", advice="ask somebody else")
    raise OddError("this is odd")
"""


@pytest.mark.parametrize(
    ("tests", "missing"),
    [
        ("", 4),
        ("must lie within / more than it could / is no good / this is odd", 0),
        ("must lie within / take a smaller one / ask somebody else / is odd", 1),
    ],
)
def test_the_gate_sees_what_is_not_matched(tests: str, missing: int) -> None:
    errors = wordings({"planted.py": ast.parse(PLANTED)})
    assert len(_unmatched(errors, _plain(tests))) == missing


def test_every_input_error_says_what_to_do() -> None:
    """Argument, value, what is accepted, advice: four arguments; a helper may hand on what it was given."""
    silent = []
    for name, tree in _package().items():
        named = (call for call, _ in _calls(tree) if isinstance(call.func, ast.Name))  # not Hypothesis' own one_of
        calls = [call for call in named if _called(call) in {"InputError", "one_of"}]
        silent += [f"{name}:{call.lineno}" for call in calls if _count(call) < 4 or _is_blank(call.args[-1])]
    assert not silent


def _count(call: ast.Call) -> int:
    return len(call.args) + len(call.keywords)


def _is_blank(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and not node.value

"""A whole paper about one model or one map: derivation, map, theorems, boundaries, checks, figures, references."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from symphase.arguments import instance, reporter, sequence
from symphase.boundaries import Boundaries, find_boundaries
from symphase.derivation import Derivation, derive
from symphase.display import Shown, count_text, level_html, rows_table, text_html, words_html
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.glossary import Term, glossary
from symphase.latex.identities import (
    conjugacies,
    critical_points,
    fixed_point_identities,
    fixed_points_of,
    identities_at,
    unit_identity,
)
from symphase.latex.matter import Matter, opening, title_of
from symphase.latex.pictures import PREAMBLE as PICTURE_PREAMBLE
from symphase.latex.pictures import Drawing, bifurcation_picture, cobweb_pictures
from symphase.latex.reductions import derivation_section, model_section, obstruction_section
from symphase.latex.sections import (
    boundary_section,
    checks_section,
    figure,
    map_section,
    no_story_section,
    onset_section,
    residual_section,
    spoken_of,
    step_unit,
    terms_section,
    theorem_section,
    verification_section,
)
from symphase.latex.tables import confirm_numbers
from symphase.latex.wording import bibliography, cite, cited, reading_order, symbols_used
from symphase.latex.writing import Writer, chosen_names, one_line, read_name
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS, Model
from symphase.phases import residual_boundaries, residual_family
from symphase.steps import CheckResult
from symphase.theorems import Theorem, phase_theorems
from symphase.verification import Verification, verify

__all__ = ["Article", "also_renamed", "article", "derivation_document", "document"]


_PREAMBLE: Final = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage{microtype}
\usepackage{amsmath}
\usepackage{amsthm}
\usepackage{array}
\usepackage{booktabs}
\usepackage{color}
\usepackage[hidelinks]{hyperref}
\setlength{\textwidth}{16.4cm}
\setlength{\oddsidemargin}{-0.25cm}
\setlength{\evensidemargin}{-0.25cm}
\setlength{\textheight}{24cm}
\setlength{\topmargin}{-1.4cm}
\setlength{\emergencystretch}{3em}
\setlength{\unitlength}{1pt}
\renewcommand{\arraystretch}{1.12}
\allowdisplaybreaks
\newtheorem{theorem}{Theorem}
"""
PARTS: Final = ("theorems", "verification", "pictures")
Progress = Callable[[str, int, int], None]
_ALWAYS: Final = ("catapult", "edge of stability", "Li–Yorke", "flip", "tangency", "crisis")  # what readers ask for
_STAGES: Final = ("derive", "boundaries", "map", "theorems", "verify", "figures", "write")
_PACKAGES: Final = (
    ("symphase", "symphase"), ("sympy", "SymPy"), ("python-flint", "python-flint"), ("mpmath", "mpmath"),
    ("numpy", "NumPy"),
)  # fmt: skip  # rows as they are read


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Article(Shown):
    """A document and what was found while it was made.

    Attributes
    ----------
    tex : str
        The document, complete.
    title : str
        LaTeX.
    checks : tuple of CheckResult
        Everything that was proved, or not.
    verification : Verification or None
        What independent routes say of the boundaries.
    holds : Verdict
        PROVED when every check is proved and the independent routes agree.
    """

    tex: str
    title: str
    checks: tuple[CheckResult, ...]
    verification: Verification | None = field(repr=False)
    holds: Verdict

    def _line(self) -> str:
        proved = sum(result.verdict is Verdict.PROVED for result in self.checks)
        kilobytes = len(self.tex.encode()) // 1000
        return f"{kilobytes} kB of LaTeX, {proved} of {count_text(len(self.checks), 'check')} proved: {self.holds}"

    def _repr_html_(self) -> str:
        rows = (
            (words_html(result.title), text_html(result.verdict), level_html(result.certainty))
            for result in self.checks
        )
        caption = f"A LaTeX document, {text_html(self._line())}"
        columns = ("what was checked", "verdict", "certainty")
        return rows_table(caption, columns, rows, total=len(self.checks), note="Its text is <code>tex</code>.")


def document(
    subject: Model | PolynomialFamily | Derivation,
    *,
    command: str = "symphase",
    symbols: Mapping[str, str] | None = None,
) -> str:
    r"""Write a complete LaTeX document about a model or a map; :func:`article` also tells what its checks said.

    Parameters
    ----------
    subject : Model, PolynomialFamily or Derivation
        A model is derived first.
    command : str
        What makes the document; its first line, as a comment.
    symbols : mapping of str to str, optional
        New names by old ones, such as ``{"z": "x", "a": "r"}``, in formulas and in sentences alike; where a new name
        was another symbol's, the two change places.

    Returns
    -------
    str
        One file with figures and all; the same text on every run with the same versions.

    Certainty
    ---------
    Each number is printed with its level.  A check that fails is shown at the top of the document.

    Raises
    ------
    InputError
        For what is neither model, map nor derivation, and for names that cannot be given.

    Examples
    --------
    >>> from symphase.models import OneWeight
    >>> text = document(OneWeight(), command="symphase document one-weight")
    >>> text.splitlines()[0]
    '% symphase document one-weight'
    >>> text.count(r"\begin{theorem}") > 3
    True
    """
    return article(subject, command=command, symbols=symbols).tex


def article(
    subject: Model | PolynomialFamily | Derivation,
    *,
    command: str = "symphase",
    symbols: Mapping[str, str] | None = None,
    boundaries: Boundaries | None = None,
    checks: Sequence[CheckResult] | None = None,
    progress: Progress | None = None,
) -> Article:
    """Write a document as :func:`document` does, and tell what its checks said.

    Parameters
    ----------
    subject, command, symbols
        As for :func:`document`.
    boundaries : Boundaries, optional
        Of the map; found when left out.
    checks : sequence of CheckResult, optional
        What ``derivation.check()`` gave; it is run when left out.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    Article

    Certainty
    ---------
    As :func:`document`.

    Raises
    ------
    InputError
        As :func:`document`.
    """
    instance(command, str, "command", "give the command that made it")
    if boundaries is not None:
        instance(boundaries, Boundaries, "boundaries", "take them from find_boundaries")
    if checks is not None:
        for each in sequence(checks, "checks", "must be what check() returned", "leave it out"):
            instance(each, CheckResult, "checks", "give what derivation.check() returned")
    matter = gather(subject, symbols=symbols, boundaries=boundaries, checks=checks, progress=progress)
    matter = _with_terms(matter)
    body = [*_body(matter), *checks_section(matter, made_with())]
    body = [cite(line) for line in body]
    parts = [
        f"% {one_line(command)}",
        _PREAMBLE + PICTURE_PREAMBLE.rstrip("\n"),
        *body,
        *bibliography(cited(body)),
        r"\end{document}",
    ]
    good = not matter.failures and matter.agrees
    results = tuple(one for group in matter.checks.values() for one in group)
    verdicts = {one.verdict for one in results}
    refuted = Verdict.REFUTED in verdicts or not matter.agrees
    return Article(
        tex="\n".join(parts) + "\n",
        title=title_of(matter),
        checks=results,
        verification=matter.verification,
        holds=Verdict.PROVED if good else (Verdict.REFUTED if refuted else Verdict.UNDECIDED),
    )


def derivation_document(
    derivation: Derivation,
    *,
    command: str = "symphase",
    boundaries: Boundaries | None = None,
    checks: Sequence[CheckResult] | None = None,
) -> str:
    """Write the document of a derivation that is there already.

    Parameters
    ----------
    derivation : Derivation
    command : str
        What made the document; its first line, as a comment.
    boundaries : Boundaries, optional
        Of ``derivation.family``; found when left out.
    checks : sequence of CheckResult, optional
        What ``derivation.check()`` gave; it is run when left out.

    Returns
    -------
    str
        As :func:`document`.

    Certainty
    ---------
    Each number is printed with its level.

    Examples
    --------
    >>> from symphase.derivation import derive
    >>> from symphase.models import OneWeight
    >>> text = derivation_document(derive(OneWeight()), command="symphase derive one-weight --tex one_weight.tex")
    >>> text.splitlines()[0]
    '% symphase derive one-weight --tex one_weight.tex'
    """
    return article(derivation, command=command, boundaries=boundaries, checks=checks).tex


def also_renamed(subject: Model | PolynomialFamily | Derivation, symbols: Mapping[str, str] | None) -> dict[str, str]:
    """Return the new names of symbols that gave theirs away.

    Parameters
    ----------
    subject : Model, PolynomialFamily or Derivation
    symbols : mapping of str to str, or None
        A choice of symbols, as for :func:`document`.

    Returns
    -------
    dict of str to str
        Of the symbols that the document gives a meaning to, and that were not asked for.

    Examples
    --------
    >>> from symphase.models import OneWeight
    >>> also_renamed(OneWeight(), {"z": "a", "eta": "h"})
    {'a': 'z'}
    """
    if not symbols:
        return {}
    derivation = _derivation_of(subject)
    known = _known_names(derivation, derivation.family if derivation is not None else subject)
    asked = chosen_names(symbols, known)
    wanted = {read_name(old) for old in symbols}
    return {old: new for old, new in asked.items() if old in known and old not in wanted}


def made_with() -> str:
    """Return the versions of what computed and checked a document, in one line."""
    found = []
    for name, shown in _PACKAGES:
        try:
            found.append(f"{shown} {version(name)}")
        except PackageNotFoundError:  # a bare checkout
            found.append(f"{shown} of unknown version")
    return ", ".join(found)


@lru_cache(maxsize=1)
def _residual_verification() -> Verification:
    return verify()


Checked = tuple[tuple[Theorem, ...], dict[str, tuple[CheckResult, ...]]]


def _checked_theorems(boundaries: Boundaries) -> Checked:
    """The theorems, and what each one's checks said, by its label."""
    if _is_own(boundaries):
        return _residual_theorems()
    return _checked(phase_theorems(boundaries))


@lru_cache(maxsize=1)
def _residual_theorems() -> Checked:
    return _checked(phase_theorems(residual_boundaries()))


def _checked(theorems: Sequence[Theorem]) -> Checked:
    """Check theorems; what claims nothing that could be checked is no theorem of a document."""
    checks = {theorem.label: theorem.check() for theorem in theorems}
    return tuple(theorem for theorem in theorems if checks[theorem.label]), checks


def gather(
    subject: Model | PolynomialFamily | Derivation,
    *,
    symbols: Mapping[str, str] | None = None,
    boundaries: Boundaries | None = None,
    checks: Sequence[CheckResult] | None = None,
    progress: Progress | None = None,
    parts: Collection[str] = PARTS,
) -> Matter:
    """Compute and check what a document about a subject tells, or those parts of it that are wanted."""
    tell = reporter(progress)

    def stage(name: str) -> None:
        tell(name, _STAGES.index(name), len(_STAGES))

    stage("derive")
    derivation = _derivation_of(subject)
    ran: dict[str, tuple[CheckResult, ...]] = {}
    if derivation is not None:
        ran["derivation"] = tuple(checks) if checks is not None else derivation.check()
    family = derivation.family if derivation is not None else subject
    writer = Writer(
        names=chosen_names(symbols, _known_names(derivation, family)),
        leading=reading_order(derivation) if derivation is not None else (),
    )
    shown = subject.model if isinstance(subject, Derivation) else subject
    if not isinstance(family, PolynomialFamily):
        return Matter(subject=shown, writer=writer, derivation=derivation, checks=ran, pictures={})
    stage("boundaries")
    known = family == residual_family()
    try:
        boundaries = boundaries or (residual_boundaries() if known else find_boundaries(family))
    except InputError as error:
        points, critical = fixed_points_of(family), critical_points(family)
        identities = [*identities_at(family, points), *(one for point in critical for one in point.identities)]
        if identities:
            ran["map"] = tuple(one.check() for one in identities)
        return Matter(
            subject=shown,
            writer=writer,
            derivation=derivation,
            reason=error.accepted,
            fixed_points=points,
            critical=critical,
            checks=ran,
            pictures={},
        )
    stage("map")
    reduced = boundaries.reduced_family
    critical = critical_points(reduced)
    stage("theorems")
    theorems, theorem_checks = _checked_theorems(boundaries) if "theorems" in parts else ((), {})
    told = any(theorem.label in {"conjugacies", "quotient"} for theorem in theorems)
    coordinates = () if told else conjugacies(boundaries.family)
    identities = [*fixed_point_identities(boundaries), *(one for point in critical for one in point.identities)]
    identities += [each.identity for each in coordinates]
    if derivation is not None and derivation.scale is not None and derivation.scale.has(SYMBOLS.eta):
        identities.append(unit_identity(derivation.scale, step_unit(derivation)))
    ran["map"] = tuple(one.check() for one in identities)
    if theorem_checks:
        ran["theorems"] = tuple(one for results in theorem_checks.values() for one in results)
    pictures: dict[str, Drawing] = {}
    matter = Matter(
        subject=shown,
        writer=writer,
        derivation=derivation,
        boundaries=boundaries,
        critical=critical,
        conjugacies=coordinates,
        theorems=theorems,
        theorem_checks=theorem_checks,
        checks=ran,
        pictures=pictures,
    )
    stage("verify")
    if "verification" not in parts:
        pass
    elif known:
        matter = replace(matter, verification=_residual_verification() if _is_own(boundaries) else verify(boundaries))
    else:
        matter = replace(matter, numbers=confirm_numbers(boundaries))
    stage("figures")
    if "pictures" in parts:
        drawings = (cobweb_pictures(boundaries, writer), bifurcation_picture(boundaries, writer, sharpness=known))
        pictures.update({one.label: one for one in drawings if one is not None})
    stage("write")
    return matter


def _with_terms(matter: Matter) -> Matter:
    """Add the terms that the document uses, with their checks.

    Their examples are about phases: where there are none, the sections explain the few words that they use.
    """
    if matter.boundaries is None:
        return matter
    text = "\n".join(_body(matter)).lower()
    terms = tuple(
        term
        for term in glossary()
        if term.name.startswith(_ALWAYS) or any(word in text for word in spoken_of(term.name))
    )
    return replace(matter, terms=terms, checks={**matter.checks, "terms": tuple(_checked_term(term) for term in terms)})


@lru_cache(maxsize=64)
def _checked_term(term: Term) -> CheckResult:
    return term.check()


def _is_own(boundaries: Boundaries) -> bool:
    return boundaries is residual_boundaries()


def _derivation_of(subject: object) -> Derivation | None:
    if isinstance(subject, Derivation):
        return subject
    if isinstance(subject, Model):
        return derive(subject)
    if isinstance(subject, PolynomialFamily):
        return None
    raise InputError(
        "subject", subject, "must be a model, a map (PolynomialFamily) or a derivation", "such as PhaseRetrieval()"
    )


def _known_names(derivation: Derivation | None, family: object) -> set[str]:
    """The names that a reader may change: everything that the document gives a meaning to."""
    names = {"f", "g", "L", "lambda"} if derivation is not None else {"f"}
    if derivation is not None:
        names |= {str(symbol) for symbol, _ in symbols_used(derivation)}
        names |= {"x", "w"} if derivation.model.coordinates[0] != SYMBOLS.w else {"w"}
    if isinstance(family, PolynomialFamily):
        names |= {str(family.variable), str(family.parameter)}
    return names


def _body(matter: Matter) -> list[str]:
    lines = opening(matter)
    derivation, boundaries = matter.derivation, matter.boundaries
    if derivation is not None:
        lines += [*model_section(matter, derivation), *derivation_section(matter, derivation)]
        if derivation.family is None:
            lines += obstruction_section(matter, derivation)
    if boundaries is not None:
        lines += map_section(matter, boundaries)
        lines += [line for key in ("fig:cobweb",) if key in matter.pictures for line in figure(matter.pictures[key])]
        lines += theorem_section(matter)
        lines += boundary_section(matter, boundaries)
        lines += [line for key in ("fig:diagram",) if key in matter.pictures for line in figure(matter.pictures[key])]
        lines += [*onset_section(matter, boundaries), *verification_section(matter)]
    elif matter.reason and matter.family is not None:
        lines += no_story_section(matter, matter.family)
    if derivation is not None:
        lines += residual_section(matter, derivation)
    return [*lines, *terms_section(matter)]

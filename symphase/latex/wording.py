"""The package's own words in documents: what symbols mean, what certainties mean, and the works that are cited."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from symphase.enclosures import Certainty
from symphase.models import SYMBOLS, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.notation import escape_text
from symphase.references import REFERENCES

if TYPE_CHECKING:
    import sympy

    from symphase.derivation import Derivation

__all__ = ["bibliography", "certainty_meanings", "cite", "cited", "reading_order", "references", "symbols_used"]

_MEANINGS: Final = {
    "w": "the weight",
    "p": "the projection xᵢᵀw of the weights on the features of sample i",
    "s": "the sum of the squared projections of the other neurons of that outer weight",
    "S_2": "the sum of the squared projections of the neurons of the second outer weight",
    "q": "the squared norm ‖xᵢ‖² of the features of sample i",
    "n": "the number of samples",
    "G": "the inner product xᵢᵀxⱼ of two rows of features",
    "y": "the target of the sample",
    "eta": "the step size of w ← w − η∇L",
    "gamma": "the curvature of the prediction",
    "c": "the linear part of the prediction",
    "alpha": "the outer weight of the network",
    "e": "the residual g − y",
    "kappa": "the scale of the residual",
    "z": "the rescaled residual κe",
    "a": "the one parameter that is left",
}

# How a work is spoken of in our sentences; the mention is followed by the citation.
_MENTIONS: Final = (
    ("chen-2024", r"Chen, Balasubramanian, Ghosal(?:,| and) Agrawalla|Chen et al\."),
    ("singer-1978", r"Singer(?:'s theorem)?"),
    ("coppel-1955", r"Coppel"),
    ("mane-1985", r"Ma(?:ñ|\\~n)é"),
    ("de-melo-van-strien-1993", r"de Melo and van Strien"),
    ("misiurewicz-1979", r"Misiurewicz"),
    ("li-yorke-1975", r"Li(?:--| and |-)Yorke"),
    ("milnor-thurston-1988", r"Milnor and Thurston"),
    ("levin-shen-van-strien-2020", r"Levin, Shen and van Strien"),
    ("guckenheimer-1979", r"Guckenheimer"),
    ("feigenbaum-1978", r"Feigenbaum"),
    ("krawczyk-1969", r"Krawczyk"),
    ("lewkowycz-2020", r"Lewkowycz et al\."),
    ("cohen-2021", r"Cohen et al\."),
    ("devaney-1989", r"Devaney"),
)

_CERTAINTIES: Final = {
    Certainty.EXACT: "the number is a root, given by an isolating interval, of an irreducible polynomial with integer "
    "coefficients, and is tied by proof to what it names",
    Certainty.CERTIFIED: "a proved enclosure; every digit shown is right",
    Certainty.NUMERICAL: "two methods agree to the digits shown; there is no proof",
    Certainty.OBSERVED: "seen in a simulation of stated length from stated starts",
}


def references() -> tuple[str, ...]:
    """Return the works that documents and pages lean on, one sentence each."""
    return tuple(REFERENCES.values())


def certainty_meanings() -> dict[Certainty, str]:
    """Return what each level of certainty means, in one clause each."""
    return dict(_CERTAINTIES)


def cite(latex: str) -> str:
    r"""Put a citation behind each mention of a work that is not followed by one.

    Examples
    --------
    >>> print(cite("chaos (Levin, Shen and van Strien 2020, arXiv 1902.06732)."))
    chaos (Levin, Shen and van Strien~\cite{levin-shen-van-strien-2020}).
    """
    for key, names in _MENTIONS:
        year = key[-4:]
        pattern = rf"({names})(?:,? {year}|,? \({year}\))(?:, arXiv [0-9.]*[0-9])?(?:, (theorem [0-9.]*[0-9]))?"

        def mark(found: re.Match[str], key: str = key) -> str:
            where = f"[{found[2]}]" if found[2] else ""
            return rf"{found[1]}~\cite{where}{{{key}}}"

        latex = re.sub(pattern, mark, latex)
    return latex


def cited(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of the works that lines of LaTeX cite, in the order of the bibliography."""
    keys = {
        key
        for line in lines
        for found in re.findall(r"\\cite(?:\[[^]]*\])?\{([^}]*)\}", line)
        for key in found.split(",")
    }
    return tuple(key for key in REFERENCES if key in keys)


def bibliography(keys: Iterable[str]) -> list[str]:
    """Write the list of references; nothing where no work is cited."""
    entries = [rf"\bibitem{{{key}}} {escape_text(REFERENCES[key])}" for key in keys]
    return [r"\begin{thebibliography}{9}\small", *entries, r"\end{thebibliography}"] if entries else []


def coordinate(derivation: Derivation) -> Any:
    """Return the symbol of the weight, or of its projection, that a derivation follows."""
    model = derivation.model
    return SYMBOLS.p if isinstance(model, (PhaseRetrieval, TwoLayerNetwork)) else model.coordinates[0]


def reading_order(derivation: Derivation) -> tuple[sympy.Symbol, ...]:
    """Return the symbols by whose powers the sums of a derivation are ordered, most important first."""
    from sympy import Symbol

    own = coordinate(derivation)
    names = ["z", "e", str(own), "p", "s", "p_j", "s_j", "S_2", "S_2_j"]
    return tuple(Symbol(name) for name in dict.fromkeys(names))


def symbols_used(derivation: Derivation) -> tuple[tuple[sympy.Symbol, str], ...]:
    """Return the symbols that a derivation uses and what they stand for.

    Parameters
    ----------
    derivation : Derivation

    Returns
    -------
    tuple of (sympy.Symbol, str)
        In the order in which a reader meets them; meanings in the package's own plain sentences.
    """
    used: set[Any] = set()
    for step in derivation.steps:
        used |= step.before.free_symbols | step.after.free_symbols
        used |= {symbol for symbol, _ in step.definitions}
    weight = coordinate(derivation)
    known = {name: symbol for symbol in used for name in [str(symbol)]}
    meanings = dict(_MEANINGS)
    for symbol in (
        derivation.model.parameters if isinstance(derivation.model, (PolynomialLoss, PolynomialModel)) else ()
    ):
        meanings.pop(str(symbol), None)  # a name of the user's own means what the user means by it
    if isinstance(derivation.model, TwoLayerNetwork):
        meanings["p"] = "the projection xᵢᵀw of the weights w of one neuron on the features of sample i"
    if str(weight) != "p":
        meanings[str(weight)] = "the weight"
    listed = [(known[name], text) for name, text in meanings.items() if name in known]
    others = sorted((s for s in used if str(s) not in meanings and not str(s).endswith("_j")), key=str)
    return (*listed, *((symbol, "a parameter of the model") for symbol in others))

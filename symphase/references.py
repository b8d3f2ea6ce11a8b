"""The works that documents, theorems and definitions lean on, by key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from symphase.errors import InputError

__all__ = ["REFERENCES", "reference"]

REFERENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chen-2024": (
            "X. Chen, K. Balasubramanian, P. Ghosal and B. Agrawalla, From Stability to Chaos: Analyzing Gradient "
            "Descent Dynamics in Quadratic Regression, Transactions on Machine Learning Research, 2024, arXiv "
            "2310.01687. The five phases and the cubic map."
        ),
        "lewkowycz-2020": (
            "A. Lewkowycz, Y. Bahri, E. Dyer, J. Sohl-Dickstein and G. Gur-Ari, The large learning rate phase of deep "
            "learning: the catapult mechanism, arXiv 2003.02218, 2020. The catapult, for target 0: its limit 4 is on "
            "step size times the curvature at the start."
        ),
        "cohen-2021": (
            "J. M. Cohen, S. Kaur, Y. Li, J. Z. Kolter and A. Talwalkar, Gradient descent on neural networks typically "
            "occurs at the edge of stability, International Conference on Learning Representations, 2021, arXiv "
            "2103.00065. The edge of stability."
        ),
        "singer-1978": (
            "D. Singer, Stable orbits and bifurcation of maps of the interval, SIAM J. Appl. Math. 35, 1978. "
            "Where the Schwarzian derivative is negative, every attracting cycle draws a critical point or an end of "
            "the interval."
        ),
        "coppel-1955": (
            "W. A. Coppel, The solution of equations by iteration, Proc. Cambridge Philos. Soc. 51, 1955. "
            "A continuous map of an interval into itself without 2-cycles: every orbit converges to a fixed point."
        ),
        "li-yorke-1975": "T.-Y. Li and J. A. Yorke, Period three implies chaos, Amer. Math. Monthly 82, 1975.",
        "mane-1985": (
            "R. Mañé, Hyperbolicity, sinks and measure in one-dimensional dynamics, Comm. Math. Phys. 100, 1985. "
            "Away from critical points, sinks and non-hyperbolic cycles a C² map expands."
        ),
        "de-melo-van-strien-1993": (
            "W. de Melo and S. van Strien, One-Dimensional Dynamics, Springer, 1993. Chapters II and III: neutral "
            "cycles of maps with negative Schwarzian derivative, and sets away from critical points."
        ),
        "milnor-thurston-1988": (
            "J. Milnor and W. Thurston, On iterated maps of the interval, Lecture Notes in Mathematics 1342, 1988. "
            "Kneading sequences and entropy."
        ),
        "misiurewicz-1979": (
            "M. Misiurewicz, Horseshoes for mappings of the interval, Bull. Acad. Polon. Sci. 27, 1979. "
            "The entropy is positive exactly if some period is not a power of two."
        ),
        "levin-shen-van-strien-2020": (
            "G. Levin, W. Shen and S. van Strien, Positive transversality via transfer operators and holomorphic "
            "motions with applications to monotonicity for interval maps, Nonlinearity 33, 2020, arXiv 1902.06732. "
            "Why the onset of chaos is one point."
        ),
        "feigenbaum-1978": (
            "M. J. Feigenbaum, Quantitative universality for a class of nonlinear transformations, J. Stat. Phys. 19, "
            "1978. The period-doubling cascade and its constant."
        ),
        "guckenheimer-1979": (
            "J. Guckenheimer, Sensitive dependence to initial conditions for one-dimensional maps, Comm. Math. Phys. "
            "70, 1979. Where almost every orbit of a map with negative Schwarzian derivative goes."
        ),
        "grebogi-ott-yorke-1982": (
            "C. Grebogi, E. Ott and J. A. Yorke, Chaotic attractors in crisis, Phys. Rev. Lett. 48, 1982. "
            "Attractors that grow or vanish when they touch a repelling orbit."
        ),
        "devaney-1989": (
            "R. L. Devaney, An Introduction to Chaotic Dynamical Systems, 2nd edition, Addison-Wesley, 1989. The terms."
        ),
        "krawczyk-1969": (
            "R. Krawczyk, Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken, Computing 4, 1969. "
            "The test that certifies cycles."
        ),
    }
)
"""Texts of the works by key; each ends with what it is leaned on for."""


def reference(key: str) -> str:
    """Return the text of one work.

    Parameters
    ----------
    key : str
        One of :data:`REFERENCES`.

    Returns
    -------
    str

    Raises
    ------
    InputError
        For a key that is not there.

    Examples
    --------
    >>> reference("li-yorke-1975")
    'T.-Y. Li and J. A. Yorke, Period three implies chaos, Amer. Math. Monthly 82, 1975.'
    """
    if not isinstance(key, str) or key not in REFERENCES:
        raise InputError("key", key, f"must be one of {', '.join(REFERENCES)}", "see symphase.references")
    return REFERENCES[key]

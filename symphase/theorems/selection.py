"""The theorems that hold between the boundaries of a family, with proofs that can be checked line by line.

For the residual map of gradient descent the five phases are theorems with complete proofs; what a proof takes over from
the literature names author, year and source.  For any other family each boundary is a theorem.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symphase.algebraic import RealAlgebraic
from symphase.arguments import instance, sequence
from symphase.errors import InputError
from symphase.phases import residual_family
from symphase.theorems.families import family_theorems
from symphase.theorems.proofs import ProofLine, Theorem
from symphase.theorems.residual import residual_theorems
from symphase.thresholds import Boundaries

__all__ = ["ProofLine", "Theorem", "phase_theorems", "theorems_at"]


def phase_theorems(boundaries: Boundaries) -> tuple[Theorem, ...]:
    """Return the theorems about a family, with proofs whose formulas can be checked.

    Parameters
    ----------
    boundaries : Boundaries
        From ``find_boundaries`` or ``phases.residual_boundaries``.

    Returns
    -------
    tuple of Theorem
        For the residual map, whatever its symbols are called: its conjugacies, fixed points and phases, in the order of
        their proofs.  For any other family: fixed points, each boundary, and what is left open.

    Certainty
    ---------
    Each theorem carries its own; :attr:`Theorem.quotes` names what is taken from the literature.

    Raises
    ------
    InputError
        For what is no Boundaries object.

    Examples
    --------
    >>> from symphase.phases import residual_boundaries
    >>> theorem = next(each for each in phase_theorems(residual_boundaries()) if each.label == "monotonic")
    >>> for line in theorem.proof[:2]:
    ...     print(line.formula_text(), "|", line.check().verdict)
    1 − f(z)/z = (2 − z)(z + a) | proved
    1 + f(z)/z = (z + a/2 − 1)² − (a + 2)²/4 + 2 | proved
    """
    if not isinstance(boundaries, Boundaries):
        raise InputError("boundaries", boundaries, "must be a Boundaries object", "see find_boundaries")
    if boundaries.family.rows == residual_family().rows and not boundaries.missing:
        return residual_theorems(boundaries)
    return family_theorems(boundaries)


def theorems_at(theorems: Sequence[Theorem], parameter: Fraction | RealAlgebraic) -> tuple[Theorem, ...]:
    """Return the theorems whose range holds a parameter, those with the narrowest range first.

    Parameters
    ----------
    theorems : sequence of Theorem
        From :func:`phase_theorems`.
    parameter : Fraction or RealAlgebraic

    Returns
    -------
    tuple of Theorem
        Without those that hold for all parameters; none that is undecided (inside the bracket of an onset).

    Examples
    --------
    >>> from symphase.phases import residual_boundaries
    >>> theorems = phase_theorems(residual_boundaries())
    >>> [theorem.name for theorem in theorems_at(theorems, Fraction(9, 10))]
    ['The catapult phase', 'The invariant interval, and what escapes']
    """
    wanted = "must be a sequence of theorems"
    given = [
        instance(each, Theorem, "theorems", "take them from phase_theorems")
        for each in sequence(theorems, "theorems", wanted, "take one from phase_theorems")
    ]
    found = [each for each in given if each.applies != (None, None) and each.holds_at(parameter)]
    return tuple(sorted(found, key=_width))


def _width(theorem: Theorem) -> tuple[bool, float]:
    """How wide a range is; of two without an end, the one that begins later is the narrower."""
    lower, upper = theorem.applies
    if lower is not None and upper is not None:
        return False, float(upper) - float(lower)
    return True, -float(lower) if lower is not None else float(upper) if upper is not None else 0.0

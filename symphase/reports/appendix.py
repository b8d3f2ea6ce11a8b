"""What a mathematician looks for at the end of a report: certificates of the numbers, and their independent checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from symphase.boundaries import Boundaries, Boundary
from symphase.certificates import Certificate, certificate_for
from symphase.crossings import crosses
from symphase.cycles import CertifiedBifurcation
from symphase.enclosures import Verdict
from symphase.steps import CheckResult
from symphase.theorems import Theorem, phase_theorems

__all__ = ["Appendix", "BoundaryCertificate", "appendix_of"]

Progress = Callable[[str, int, int], None]
_STATED: Final = {
    "algebraic": "exactly one root of the polynomial in the interval; that the boundary is this root is derived above",
    "bifurcation": "exactly one cycle and parameter with this multiplier in the box",
    "cycle": "exactly one cycle in the box",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryCertificate:
    """The certificate of a boundary.

    Attributes
    ----------
    boundary : Boundary
    file : str
        Where it stands in the folder of a report.
    certificate : Certificate
    """

    boundary: Boundary
    file: str
    certificate: Certificate

    @property
    def states(self) -> str:
        """What it proves, in a few words."""
        tied = self.certificate.kind == "bifurcation" and self.certificate.polynomial
        also = "; and the polynomial has exactly one root in the parameter's interval" if tied else ""
        return _STATED[self.certificate.kind] + also

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "boundary": self.boundary.name,
            "file": self.file,
            "kind": self.certificate.kind,
            "verdict": str(self.certificate.check().verdict),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Appendix:
    """Theorems with their checks, certificates, and the numbers once more by other means.

    Attributes
    ----------
    boundaries : Boundaries
    theorems : tuple of (Theorem, tuple of CheckResult)
    certificates : tuple of BoundaryCertificate
        Of the boundaries that have one; an onset of chaos has none.
    crossings : tuple of bool or None
        For each boundary whether mpmath saw its defining quantity change sign there; None where it did not, and the
        story is of a kind that this route was not made for.
    """

    boundaries: Boundaries
    theorems: tuple[tuple[Theorem, tuple[CheckResult, ...]], ...]
    certificates: tuple[BoundaryCertificate, ...]
    crossings: tuple[bool | None, ...]

    @property
    def agrees(self) -> bool:
        """Whether every check of a theorem is proved, and no boundary lacks the sign change that it should have."""
        proved = all(check.verdict is Verdict.PROVED for _, checks in self.theorems for check in checks)
        return proved and False not in self.crossings

    @property
    def verdict(self) -> str:
        """How many checks of the theorems are proved, in one sentence; empty without theorems."""
        results = [check.verdict is Verdict.PROVED for _, checks in self.theorems for check in checks]
        return f"{sum(results)} of {len(results)} checks of the theorems are proved." if results else ""

    def of(self, boundary: Boundary) -> BoundaryCertificate | None:
        """Return the certificate of a boundary, if it has one."""
        return next((each for each in self.certificates if each.boundary is boundary), None)


def appendix_of(boundaries: Boundaries, *, progress: Progress | None = None) -> Appendix:
    """Check the theorems about a map, certify its boundaries, and look at each number with mpmath.

    Parameters
    ----------
    boundaries : Boundaries
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    Appendix

    Certainty
    ---------
    Each certificate was accepted by the independent checker; a theorem is as sure as its checks; crossings are
    numerical.
    """
    theorems = phase_theorems(boundaries)
    total = len(theorems) + 2 * len(boundaries)
    done = 0

    def tell(stage: str) -> None:
        nonlocal done
        if progress is not None:
            progress(stage, done, total)
        done += 1

    checked = []
    for theorem in theorems:
        tell(theorem.name)
        checked.append((theorem, theorem.check()))
    certificates = []
    for number, boundary in enumerate(boundaries, start=1):
        tell(f"certificate, {boundary.name}")
        certificate = _certificate(boundary)
        if certificate is not None:
            file = f"certificates/{number:02}-{_slug(boundary.name)}.json"
            certificates.append(BoundaryCertificate(boundary=boundary, file=file, certificate=certificate))
    crossings: list[bool | None] = []
    for boundary in boundaries:
        tell(f"mpmath, {boundary.name}")
        seen = crosses(boundaries, boundary)
        crossings.append(True if seen else False if _has_plain_story(boundaries) else None)
    if progress is not None:
        progress("done", total, total)
    return Appendix(
        boundaries=boundaries,
        theorems=tuple(checked),
        certificates=tuple(certificates),
        crossings=tuple(crossings),
    )


def _has_plain_story(boundaries: Boundaries) -> bool:
    """Whether the fixed point has a formula, and one critical point decides everything."""
    free = boundaries.reduced_family.free_critical_factors
    known = any(point.is_reference and point.location is not None for point in boundaries.fixed_points)
    return known and len(free) == 1 and free[0].degrees()[0] == 1


def _certificate(boundary: Boundary) -> Certificate | None:
    cycle = boundary.value if isinstance(boundary.value, CertifiedBifurcation) else boundary.cycle
    if cycle is not None:
        found = certificate_for(cycle, family=boundary.family, root=boundary.algebraic)
        if found is not None:
            return found
    return None if boundary.algebraic is None else certificate_for(boundary.algebraic)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")

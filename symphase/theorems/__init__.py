"""Theorems about a family, with proofs whose lines are objects that can be checked.

``proofs`` says what a line, a proof and a theorem are; ``rechecks`` and ``sides`` how a line is checked again;
``residual``, ``chaos`` and ``story`` hold the theorems of the residual map, ``families`` those of any other family;
``selection`` chooses.
"""

from symphase.theorems.proofs import Exactly, Identity, OnDomain, ProofLine, Theorem
from symphase.theorems.selection import phase_theorems, theorems_at

__all__ = ["Exactly", "Identity", "OnDomain", "ProofLine", "Theorem", "phase_theorems", "theorems_at"]

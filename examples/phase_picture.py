"""What does gradient descent do at every step size, in one picture, with the exact boundaries on it?

Writes ``phases.png``: the picture in the README.
"""

from __future__ import annotations

from pathlib import Path

from symphase import PhaseRetrieval, derive, find_boundaries
from symphase.plots import bifurcation_diagram

family = derive(PhaseRetrieval()).family
assert family is not None
axes = bifurcation_diagram(find_boundaries(family))
figure = axes.get_figure(root=True)
assert figure is not None
figure.savefig("phases.png", dpi=150)
print(f"wrote phases.png, {Path('phases.png').stat().st_size // 1024} KiB")

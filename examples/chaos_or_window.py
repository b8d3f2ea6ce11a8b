"""My step size is past the onset of chaos: will a typical run look chaotic, or settle on a cycle?

Both happen, in a dense mixture; a cycle that is found is proved, and where none is found only that is said.
"""

from __future__ import annotations

from symphase import classify

for a in ("1.30", "1.3022834627", "1.455", "1.5", "1.7", "1.838", "2"):
    result = classify(a)
    print(f"{result}\n    {result.evidence[0]}")

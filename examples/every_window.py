"""Which step sizes in the chaotic range still give a periodic run, and is the list complete?

Every stable window of the residual map up to period 6, certified: a run inside one of them ends on a cycle of its
period (times a power of two), however chaotic its neighbours are.
"""

from __future__ import annotations

from symphase import PhaseRetrieval, build_atlas, derive

family = derive(PhaseRetrieval()).family
assert family is not None
atlas = build_atlas(family, 6)
print(f"{len(atlas)} stable windows up to period {atlas.max_period}; the widest beyond the first cascade:")
for window in atlas.widest(8):
    if window.period > 1:
        print(
            f"  {window.word:7} born at a = {window.decimal('birth', 9)}, flips at {window.decimal('flip', 9)}, "
            f"closes at {window.decimal('crisis', 9)}"
        )
for a in ("1.455", "1.65", "1.702", "1.83"):
    print(f"a = {a}: {atlas.window_at(a)}")

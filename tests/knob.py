"""One knob for every random test: SYMPHASE_TEST_MULTIPLIER, 0.1 for a glance, 1 for a commit, 50 for a night.

A property runs 200 examples times the multiplier, a costly one fewer; loops of random trials scale in the same way.  A
run ends with its seed; SYMPHASE_TEST_SEED repeats it.  Without one CI draws the same examples every time, up to a
multiplier of 1.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Final

import numpy as np

MULTIPLIER: Final = float(os.environ.get("SYMPHASE_TEST_MULTIPLIER", "1"))
EXAMPLES: Final = max(1, round(200 * MULTIPLIER))

_given = os.environ.get("SYMPHASE_TEST_SEED")
FIXED: Final = _given is None and bool(os.environ.get("CI")) and MULTIPLIER <= 1
SEED: Final = int(_given) if _given else 0 if FIXED else int.from_bytes(os.urandom(4))
if not FIXED:
    os.environ["SYMPHASE_TEST_SEED"] = str(SEED)  # for the workers of a parallel run


def trials(count: int) -> int:
    """The number of random trials to make, where one commit makes ``count`` of them."""
    return max(1, round(count * MULTIPLIER))


def rng(name: str) -> np.random.Generator:
    """Random numbers of the run's seed, another stream for each name."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def recorded(pairs: Iterable[tuple[str, object]]) -> Counter[str]:
    """Sum what tests recorded under one name; the numbers of examples tell how many properties there are, too."""
    counts: Counter[str] = Counter()
    for name, value in pairs:
        if str(value).isdecimal():  # some tests record texts
            counts[name] += int(str(value))
            counts["properties"] += name == "examples"
            counts["full_properties"] += name == "examples" and int(str(value)) >= EXAMPLES
    return +counts


def header() -> str:
    """What a run prints about its randomness."""
    drawn = "the same every time" if FIXED else f"repeat with SYMPHASE_TEST_SEED={SEED}"
    return f"symphase: {EXAMPLES} examples a property (SYMPHASE_TEST_MULTIPLIER={MULTIPLIER:g}), seed {SEED}, {drawn}"

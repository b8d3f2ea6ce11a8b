"""Make ``digit_dct.csv``: squared orthonormal-DCT coefficients of one 8×8 digit image of scikit-learn's digits.

Run ``python symphase/data/make_digit_dct.py`` with scikit-learn installed (``pip install "symphase[data]"``); it
prints the file.  Everything is computed with 50 digits and rounded once, so that the file is the same on every machine
and its rows are the nearest float64 numbers to exactly orthogonal ones.
"""

from __future__ import annotations

from typing import Any

import mpmath

SIZE = 8
IMAGE = 14
"""Which of the 1797 images: a plain 4 whose six largest squared coefficients are at least 1.4 times apart."""

_CONTEXT: Any = mpmath.MPContext()  # a context of its own: mpmath.mp stays as it is
_CONTEXT.dps = 50


def dct_matrix() -> list[list[Any]]:
    """Return the orthonormal DCT-II matrix of order 8: C[k][j] = s_k cos(π(2j+1)k/16), s_0² = 1/8, s_k² = 1/4."""
    scales = [_CONTEXT.sqrt(_CONTEXT.mpf(1 if k == 0 else 2) / SIZE) for k in range(SIZE)]
    return [
        [scales[k] * _CONTEXT.cos(_CONTEXT.pi * ((2 * j + 1) * k) / (2 * SIZE)) for j in range(SIZE)]
        for k in range(SIZE)
    ]


def digit_image() -> list[list[int]]:
    """Return the image from scikit-learn's bundled digits."""
    from sklearn.datasets import load_digits

    return [[int(pixel) for pixel in row] for row in load_digits().images[IMAGE]]


def table(image: list[list[int]]) -> str:
    """Return the CSV text for an 8×8 image: comments with the image, a header, and 64 samples."""
    matrix = dct_matrix()
    pixels = [pixel for row in image for pixel in row]
    lines = [
        "# Squared orthonormal DCT-II coefficients of a handwritten digit (a 4), 8 x 8 pixels from 0 to 16.",
        f"# Image {IMAGE} of scikit-learn's digits; source and licence: LICENSE.md beside this file.",
        "# Row 8 u + v of the features is the basis image C[u] (down) times C[v] (across), y the squared coefficient.",
        *("# image: " + " ".join(map(str, row)) for row in image),
        ",".join([f"pixel_{i}_{j}" for i in range(SIZE) for j in range(SIZE)] + ["y"]),
    ]
    for u in range(SIZE):
        for v in range(SIZE):
            row = [down * across for down in matrix[u] for across in matrix[v]]
            coefficient = _CONTEXT.fsum(entry * pixel for entry, pixel in zip(row, pixels, strict=True))
            lines.append(",".join(repr(float(number)) for number in [*row, coefficient**2]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(digit_image()), end="")

"""symphase: exact phases of gradient descent in quadratic regression.

Gradient descent with a large constant step size on a quadratic model reduces to one polynomial map; symphase derives
that map, finds its phase boundaries as exact algebraic numbers, certifies them, and checks them by simulation.

The names below are loaded when they are first used (PEP 562), so ``import symphase`` costs next to nothing and loads
neither SymPy nor matplotlib.

Examples
--------
>>> import symphase
>>> float(symphase.RealAlgebraic([-2, 0, 1], 1, 2))
1.4142135623730951
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symphase.algebraic import RealAlgebraic
    from symphase.enclosures import Certainty, Verdict
    from symphase.errors import InputError, SymphaseError
    from symphase.maps import PolynomialFamily

    __version__: str

__all__ = [
    "Certainty",
    "InputError",
    "PolynomialFamily",
    "RealAlgebraic",
    "SymphaseError",
    "Verdict",
    "__version__",
]

# Where each public name lives.  A test keeps this table, the imports above and __all__ in step.
_HOME = {
    "Certainty": "enclosures",
    "InputError": "errors",
    "PolynomialFamily": "maps",
    "RealAlgebraic": "algebraic",
    "SymphaseError": "errors",
    "Verdict": "enclosures",
}


if not TYPE_CHECKING:  # a type checker must not take any name for granted

    def __getattr__(name: str) -> object:
        """Load a public name from the module it lives in, once."""
        if name == "__version__":
            value: object = _installed_version()
        elif name in _HOME:
            from importlib import import_module

            value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})


def _installed_version() -> str:
    """Return the version that pyproject.toml gave the installed package; a bare checkout has none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(__name__)
    except PackageNotFoundError:
        return "0+unknown"

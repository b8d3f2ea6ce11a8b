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
    from symphase.algebraic import RealAlgebraic, real_roots
    from symphase.boundaries import Boundaries, Boundary, BoundaryKind, find_boundaries
    from symphase.cycles import certify_cycle
    from symphase.enclosures import Certainty, Verdict
    from symphase.errors import InputError, SymphaseError
    from symphase.formulas import parse_formula
    from symphase.maps import PolynomialFamily
    from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
    from symphase.onset import Onset, enclose_onset
    from symphase.orbits import iterate
    from symphase.tables import Coherence, DataSet, dataset, load_digit_dct, read_table

    __version__: str

__all__ = [
    "Boundaries",
    "Boundary",
    "BoundaryKind",
    "Certainty",
    "Coherence",
    "DataSet",
    "InputError",
    "Model",
    "OneWeight",
    "Onset",
    "PhaseRetrieval",
    "PolynomialFamily",
    "PolynomialModel",
    "RealAlgebraic",
    "SymphaseError",
    "TwoLayerNetwork",
    "Verdict",
    "__version__",
    "certify_cycle",
    "dataset",
    "enclose_onset",
    "find_boundaries",
    "iterate",
    "load_digit_dct",
    "parse_formula",
    "read_table",
    "real_roots",
]

# Where each public name lives.  A test keeps this table, the imports above and __all__ in step.
_HOME = {
    "Boundaries": "boundaries",
    "Boundary": "boundaries",
    "BoundaryKind": "boundaries",
    "Certainty": "enclosures",
    "Coherence": "tables",
    "DataSet": "tables",
    "InputError": "errors",
    "Model": "models",
    "OneWeight": "models",
    "Onset": "onset",
    "PhaseRetrieval": "models",
    "PolynomialFamily": "maps",
    "PolynomialModel": "models",
    "RealAlgebraic": "algebraic",
    "SymphaseError": "errors",
    "TwoLayerNetwork": "models",
    "Verdict": "enclosures",
    "certify_cycle": "cycles",
    "dataset": "tables",
    "enclose_onset": "onset",
    "find_boundaries": "boundaries",
    "iterate": "orbits",
    "load_digit_dct": "tables",
    "parse_formula": "formulas",
    "read_table": "tables",
    "real_roots": "algebraic",
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

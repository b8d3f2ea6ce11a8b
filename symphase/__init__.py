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
    from symphase.analysis import Analysis, analyze
    from symphase.boundaries import find_boundaries
    from symphase.cycles import certify_cycle
    from symphase.derivation import Derivation, derive
    from symphase.descent import Descent, Observation, descend, observe_phase, observe_phases, observe_samples
    from symphase.enclosures import Certainty, Verdict
    from symphase.errors import InputError, SymphaseError
    from symphase.formulas import parse_formula
    from symphase.maps import PolynomialFamily
    from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
    from symphase.onset import Onset, enclose_onset
    from symphase.orbits import iterate
    from symphase.phases import Classification, Phase, ProblemClassification, classify, step_boundaries
    from symphase.report import write_report
    from symphase.steps import CheckResult, Step
    from symphase.tables import Coherence, DataSet, dataset, load_digit_dct, load_digit_image, read_table
    from symphase.thresholds import Boundaries, Boundary, BoundaryKind
    from symphase.verification import Verification, verify

    __version__: str

__all__ = [
    "Analysis",
    "Boundaries",
    "Boundary",
    "BoundaryKind",
    "Certainty",
    "CheckResult",
    "Classification",
    "Coherence",
    "DataSet",
    "Derivation",
    "Descent",
    "InputError",
    "Model",
    "Observation",
    "OneWeight",
    "Onset",
    "Phase",
    "PhaseRetrieval",
    "PolynomialFamily",
    "PolynomialModel",
    "ProblemClassification",
    "RealAlgebraic",
    "Step",
    "SymphaseError",
    "TwoLayerNetwork",
    "Verdict",
    "Verification",
    "__version__",
    "analyze",
    "certify_cycle",
    "classify",
    "dataset",
    "derive",
    "descend",
    "enclose_onset",
    "find_boundaries",
    "iterate",
    "load_digit_dct",
    "load_digit_image",
    "observe_phase",
    "observe_phases",
    "observe_samples",
    "parse_formula",
    "read_table",
    "real_roots",
    "step_boundaries",
    "verify",
    "write_report",
]

# Where each public name lives.  A test keeps this table, the imports above and __all__ in step.
_HOME = {
    "Analysis": "analysis",
    "Boundaries": "thresholds",
    "Boundary": "thresholds",
    "BoundaryKind": "thresholds",
    "Certainty": "enclosures",
    "CheckResult": "steps",
    "Classification": "phases",
    "Coherence": "tables",
    "DataSet": "tables",
    "Derivation": "derivation",
    "Descent": "descent",
    "InputError": "errors",
    "Model": "models",
    "Observation": "descent",
    "OneWeight": "models",
    "Onset": "onset",
    "Phase": "phases",
    "PhaseRetrieval": "models",
    "PolynomialFamily": "maps",
    "PolynomialModel": "models",
    "ProblemClassification": "phases",
    "RealAlgebraic": "algebraic",
    "Step": "steps",
    "SymphaseError": "errors",
    "TwoLayerNetwork": "models",
    "Verdict": "enclosures",
    "Verification": "verification",
    "analyze": "analysis",
    "certify_cycle": "cycles",
    "classify": "phases",
    "dataset": "tables",
    "derive": "derivation",
    "descend": "descent",
    "enclose_onset": "onset",
    "find_boundaries": "boundaries",
    "iterate": "orbits",
    "load_digit_dct": "tables",
    "load_digit_image": "tables",
    "observe_phase": "descent",
    "observe_phases": "descent",
    "observe_samples": "descent",
    "parse_formula": "formulas",
    "read_table": "tables",
    "real_roots": "algebraic",
    "step_boundaries": "phases",
    "verify": "verification",
    "write_report": "report",
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

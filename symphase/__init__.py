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
    from symphase.agreement import Disagreement, PhaseAgreement, distance_to_orbit, phase_agreement
    from symphase.algebraic import RealAlgebraic, real_roots
    from symphase.analysis import Analysis, analyze
    from symphase.atlas import Atlas, AtlasError, Location, Place, build_atlas, load_atlas
    from symphase.bifurcations import (
        BifurcationFactor,
        BifurcationPolynomials,
        BifurcationRoot,
        CycleTie,
        bifurcation_polynomials,
    )
    from symphase.boundaries import find_boundaries
    from symphase.certificates import Certificate, certificate_for, read_certificate, write_certificate
    from symphase.chaos import AttractingCycleVerdict, ChaosVerdict, attracting_cycle_verdict, prove_chaos
    from symphase.cycles import CertifiedBifurcation, CertifiedCycle, certify_bifurcation, certify_cycle
    from symphase.derivation import Derivation, derive
    from symphase.descent import Descent, descend
    from symphase.designs import gaussian_rows, mixed_rows, orthogonal_rows, rms_cosine
    from symphase.doctor import Finding, examine
    from symphase.enclosures import Certainty, Verdict
    from symphase.entropy import EntropyRange, TopologicalEntropy, entropy_range, topological_entropy
    from symphase.errors import InputError, PackageMissing, SymphaseError
    from symphase.explorer import explorer_page, write_explorer
    from symphase.formulas import parse_formula
    from symphase.glossary import Term, define_term
    from symphase.itineraries import Census, census
    from symphase.kneading import InvariantInterval, critical_itinerary, invariant_interval
    from symphase.landings import (
        BandMerging,
        FeigenbaumConstants,
        NumericalValue,
        algebraic_landing,
        band_merging_parameters,
        feigenbaum_constants,
        interior_crises,
    )
    from symphase.latex import Article, article, compile_pdf, document, fragment, tex_available
    from symphase.locks import StoreLocked
    from symphase.lyapunov import LyapunovExponent, lyapunov_exponent
    from symphase.maps import PolynomialFamily
    from symphase.minima import Minimum, loss_minima
    from symphase.models import (
        Model,
        OneWeight,
        PhaseRetrieval,
        PolynomialLoss,
        PolynomialModel,
        QuadraticForm,
        SquaredResidual,
        TwoLayerNetwork,
    )
    from symphase.observations import Observation, observe_phase, observe_phases, observe_samples
    from symphase.onset import Onset, enclose_onset
    from symphase.orbits import (
        CobwebPath,
        FirstReturns,
        FloatItineraries,
        InvariantDensity,
        LyapunovCurve,
        cobweb_path,
        first_returns,
        float_itinerary,
        invariant_density,
        iterate,
        lyapunov_curve,
        orbit_diagram,
    )
    from symphase.phases import Classification, Phase, ProblemClassification, classify, step_boundaries
    from symphase.placements import Placement, place_parameter
    from symphase.problems import Problem, load_diabetes_problem, load_digits_problem, make_problem, problem_from_data
    from symphase.processes import BudgetExceeded
    from symphase.real_cycles import RealCycle, RealCycles, unstable_cycles
    from symphase.reports import write_map_report, write_report, write_sweep_report
    from symphase.sharpness import largest_hessian_eigenvalue
    from symphase.spec_reader import read_spec
    from symphase.steps import CheckResult, Step
    from symphase.stores import StoreDamaged, StoreMismatch, StoreReport, open_store, verify_store
    from symphase.studies import Study, TransitionRow, compare_transitions, study
    from symphase.study_page import WrittenStudy, write_study
    from symphase.sweep_specs import SweepSpec
    from symphase.sweeps import SweepFailed, SweepResult, sweep
    from symphase.tables import Coherence, DataSet, dataset, load_digit_dct, load_digit_image, read_table
    from symphase.theorems import ProofLine, Theorem, phase_theorems, theorems_at
    from symphase.thresholds import Boundaries, Boundary, BoundaryKind
    from symphase.training import Training, train
    from symphase.transitions import EmpiricalBoundaries, Transition, empirical_boundaries, observe_problem
    from symphase.verification import Verification, verify
    from symphase.windows import Window

    __version__: str

__all__ = [
    "Analysis",
    "Article",
    "Atlas",
    "AtlasError",
    "AttractingCycleVerdict",
    "BandMerging",
    "BifurcationFactor",
    "BifurcationPolynomials",
    "BifurcationRoot",
    "Boundaries",
    "Boundary",
    "BoundaryKind",
    "BudgetExceeded",
    "Census",
    "Certainty",
    "Certificate",
    "CertifiedBifurcation",
    "CertifiedCycle",
    "ChaosVerdict",
    "CheckResult",
    "Classification",
    "CobwebPath",
    "Coherence",
    "CycleTie",
    "DataSet",
    "Derivation",
    "Descent",
    "Disagreement",
    "EmpiricalBoundaries",
    "EntropyRange",
    "FeigenbaumConstants",
    "Finding",
    "FirstReturns",
    "FloatItineraries",
    "InputError",
    "InvariantDensity",
    "InvariantInterval",
    "Location",
    "LyapunovCurve",
    "LyapunovExponent",
    "Minimum",
    "Model",
    "NumericalValue",
    "Observation",
    "OneWeight",
    "Onset",
    "PackageMissing",
    "Phase",
    "PhaseAgreement",
    "PhaseRetrieval",
    "Place",
    "Placement",
    "PolynomialFamily",
    "PolynomialLoss",
    "PolynomialModel",
    "Problem",
    "ProblemClassification",
    "ProofLine",
    "QuadraticForm",
    "RealAlgebraic",
    "RealCycle",
    "RealCycles",
    "SquaredResidual",
    "Step",
    "StoreDamaged",
    "StoreLocked",
    "StoreMismatch",
    "StoreReport",
    "Study",
    "SweepFailed",
    "SweepResult",
    "SweepSpec",
    "SymphaseError",
    "Term",
    "Theorem",
    "TopologicalEntropy",
    "Training",
    "Transition",
    "TransitionRow",
    "TwoLayerNetwork",
    "Verdict",
    "Verification",
    "Window",
    "WrittenStudy",
    "__version__",
    "algebraic_landing",
    "analyze",
    "article",
    "attracting_cycle_verdict",
    "band_merging_parameters",
    "bifurcation_polynomials",
    "build_atlas",
    "census",
    "certificate_for",
    "certify_bifurcation",
    "certify_cycle",
    "classify",
    "cobweb_path",
    "compare_transitions",
    "compile_pdf",
    "critical_itinerary",
    "dataset",
    "define_term",
    "derive",
    "descend",
    "distance_to_orbit",
    "document",
    "empirical_boundaries",
    "enclose_onset",
    "entropy_range",
    "examine",
    "explorer_page",
    "feigenbaum_constants",
    "find_boundaries",
    "first_returns",
    "float_itinerary",
    "fragment",
    "gaussian_rows",
    "interior_crises",
    "invariant_density",
    "invariant_interval",
    "iterate",
    "largest_hessian_eigenvalue",
    "load_atlas",
    "load_diabetes_problem",
    "load_digit_dct",
    "load_digit_image",
    "load_digits_problem",
    "loss_minima",
    "lyapunov_curve",
    "lyapunov_exponent",
    "make_problem",
    "mixed_rows",
    "observe_phase",
    "observe_phases",
    "observe_problem",
    "observe_samples",
    "open_store",
    "orbit_diagram",
    "orthogonal_rows",
    "parse_formula",
    "phase_agreement",
    "phase_theorems",
    "place_parameter",
    "problem_from_data",
    "prove_chaos",
    "read_certificate",
    "read_spec",
    "read_table",
    "real_roots",
    "rms_cosine",
    "step_boundaries",
    "study",
    "sweep",
    "tex_available",
    "theorems_at",
    "topological_entropy",
    "train",
    "unstable_cycles",
    "verify",
    "verify_store",
    "write_certificate",
    "write_explorer",
    "write_map_report",
    "write_report",
    "write_study",
    "write_sweep_report",
]

# Where each public name lives.  A test keeps this table, the imports above and __all__ in step.
_HOME = {
    "Analysis": "analysis",
    "Article": "latex",
    "Atlas": "atlas",
    "AtlasError": "atlas",
    "AttractingCycleVerdict": "chaos",
    "BandMerging": "landings",
    "BifurcationFactor": "bifurcations",
    "BifurcationPolynomials": "bifurcations",
    "BifurcationRoot": "bifurcations",
    "Boundaries": "thresholds",
    "Boundary": "thresholds",
    "BoundaryKind": "thresholds",
    "BudgetExceeded": "processes",
    "Census": "itineraries",
    "Certainty": "enclosures",
    "Certificate": "certificates",
    "CertifiedBifurcation": "cycles",
    "CertifiedCycle": "cycles",
    "ChaosVerdict": "chaos",
    "CheckResult": "steps",
    "Classification": "phases",
    "CobwebPath": "orbits",
    "Coherence": "tables",
    "CycleTie": "bifurcations",
    "DataSet": "tables",
    "Derivation": "derivation",
    "Descent": "descent",
    "Disagreement": "agreement",
    "EmpiricalBoundaries": "transitions",
    "EntropyRange": "entropy",
    "FeigenbaumConstants": "landings",
    "Finding": "doctor",
    "FirstReturns": "orbits",
    "FloatItineraries": "orbits",
    "InputError": "errors",
    "InvariantDensity": "orbits",
    "InvariantInterval": "kneading",
    "Location": "atlas",
    "LyapunovCurve": "orbits",
    "LyapunovExponent": "lyapunov",
    "Minimum": "minima",
    "Model": "models",
    "NumericalValue": "landings",
    "Observation": "observations",
    "OneWeight": "models",
    "Onset": "onset",
    "PackageMissing": "errors",
    "Phase": "phases",
    "PhaseAgreement": "agreement",
    "PhaseRetrieval": "models",
    "Place": "atlas",
    "Placement": "placements",
    "PolynomialFamily": "maps",
    "PolynomialLoss": "models",
    "PolynomialModel": "models",
    "Problem": "problems",
    "ProblemClassification": "phases",
    "ProofLine": "theorems",
    "QuadraticForm": "models",
    "RealAlgebraic": "algebraic",
    "RealCycle": "real_cycles",
    "RealCycles": "real_cycles",
    "SquaredResidual": "models",
    "Step": "steps",
    "StoreDamaged": "stores",
    "StoreLocked": "locks",
    "StoreMismatch": "stores",
    "StoreReport": "stores",
    "Study": "studies",
    "SweepFailed": "sweeps",
    "SweepResult": "sweeps",
    "SweepSpec": "sweep_specs",
    "SymphaseError": "errors",
    "Term": "glossary",
    "Theorem": "theorems",
    "TopologicalEntropy": "entropy",
    "Training": "training",
    "Transition": "transitions",
    "TransitionRow": "studies",
    "TwoLayerNetwork": "models",
    "Verdict": "enclosures",
    "Verification": "verification",
    "Window": "windows",
    "WrittenStudy": "study_page",
    "algebraic_landing": "landings",
    "analyze": "analysis",
    "article": "latex",
    "attracting_cycle_verdict": "chaos",
    "band_merging_parameters": "landings",
    "bifurcation_polynomials": "bifurcations",
    "build_atlas": "atlas",
    "census": "itineraries",
    "certificate_for": "certificates",
    "certify_bifurcation": "cycles",
    "certify_cycle": "cycles",
    "classify": "phases",
    "cobweb_path": "orbits",
    "compare_transitions": "studies",
    "compile_pdf": "latex",
    "critical_itinerary": "kneading",
    "dataset": "tables",
    "define_term": "glossary",
    "derive": "derivation",
    "descend": "descent",
    "distance_to_orbit": "agreement",
    "document": "latex",
    "empirical_boundaries": "transitions",
    "enclose_onset": "onset",
    "entropy_range": "entropy",
    "examine": "doctor",
    "explorer_page": "explorer",
    "feigenbaum_constants": "landings",
    "find_boundaries": "boundaries",
    "first_returns": "orbits",
    "float_itinerary": "orbits",
    "fragment": "latex",
    "gaussian_rows": "designs",
    "interior_crises": "landings",
    "invariant_density": "orbits",
    "invariant_interval": "kneading",
    "iterate": "orbits",
    "largest_hessian_eigenvalue": "sharpness",
    "load_atlas": "atlas",
    "load_diabetes_problem": "problems",
    "load_digit_dct": "tables",
    "load_digit_image": "tables",
    "load_digits_problem": "problems",
    "loss_minima": "minima",
    "lyapunov_curve": "orbits",
    "lyapunov_exponent": "lyapunov",
    "make_problem": "problems",
    "mixed_rows": "designs",
    "observe_phase": "observations",
    "observe_phases": "observations",
    "observe_problem": "transitions",
    "observe_samples": "observations",
    "open_store": "stores",
    "orbit_diagram": "orbits",
    "orthogonal_rows": "designs",
    "parse_formula": "formulas",
    "phase_agreement": "agreement",
    "phase_theorems": "theorems",
    "place_parameter": "placements",
    "problem_from_data": "problems",
    "prove_chaos": "chaos",
    "read_certificate": "certificates",
    "read_spec": "spec_reader",
    "read_table": "tables",
    "real_roots": "algebraic",
    "rms_cosine": "designs",
    "step_boundaries": "phases",
    "study": "studies",
    "sweep": "sweeps",
    "tex_available": "latex",
    "theorems_at": "theorems",
    "topological_entropy": "entropy",
    "train": "training",
    "unstable_cycles": "real_cycles",
    "verify": "verification",
    "verify_store": "stores",
    "write_certificate": "certificates",
    "write_explorer": "explorer",
    "write_map_report": "reports",
    "write_report": "reports",
    "write_study": "study_page",
    "write_sweep_report": "reports",
}


if not TYPE_CHECKING:  # a type checker must not take any name for granted

    def __getattr__(name: str) -> object:
        """Load a public name from the module it lives in, once."""
        if name == "__version__":
            value: object = _installed_version()
        elif name in _HOME:
            from importlib import import_module

            if _HOME[name] not in {"doctor", "errors"}:
                _refuse_without_core()
            value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def _refuse_without_core() -> None:
    """Raise where a package is missing without which nothing here is exact; none of them is imported to find out."""
    from importlib.util import find_spec

    for package in ("sympy", "flint", "mpmath", "numpy"):
        if find_spec(package) is None:
            from symphase.errors import missing_package

            raise missing_package("symphase", package)


def __dir__() -> list[str]:
    """List the public names, loaded or not, and nothing else: what completion offers."""
    return sorted(__all__)


def _installed_version() -> str:
    """Return the version that pyproject.toml gave the installed package; a bare checkout has none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(__name__)
    except PackageNotFoundError:
        return "0+unknown"

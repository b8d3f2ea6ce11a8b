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
    from symphase.enclosures import Certainty, Verdict
    from symphase.entropy import EntropyRange, TopologicalEntropy, entropy_range, topological_entropy
    from symphase.errors import InputError, SymphaseError
    from symphase.formulas import parse_formula
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
    from symphase.locks import StoreLocked
    from symphase.lyapunov import LyapunovExponent, lyapunov_exponent
    from symphase.maps import PolynomialFamily
    from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, QuadraticForm, TwoLayerNetwork
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
    from symphase.problems import Problem, load_diabetes_problem, load_digits_problem, make_problem, problem_from_data
    from symphase.real_cycles import RealCycle, RealCycles, unstable_cycles
    from symphase.report import write_report
    from symphase.sharpness import largest_hessian_eigenvalue
    from symphase.spec_reader import read_spec
    from symphase.steps import CheckResult, Step
    from symphase.stores import StoreDamaged, StoreMismatch, StoreReport, open_store, verify_store
    from symphase.studies import Study, TransitionRow, compare_transitions, study
    from symphase.study_page import WrittenStudy, write_study
    from symphase.sweep_specs import SweepSpec
    from symphase.sweeps import SweepFailed, SweepResult, sweep
    from symphase.tables import Coherence, DataSet, dataset, load_digit_dct, load_digit_image, read_table
    from symphase.thresholds import Boundaries, Boundary, BoundaryKind
    from symphase.training import Training, train
    from symphase.transitions import EmpiricalBoundaries, Transition, empirical_boundaries, observe_problem
    from symphase.verification import Verification, verify
    from symphase.windows import Window

    __version__: str

__all__ = [
    "Analysis",
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
    "FirstReturns",
    "FloatItineraries",
    "InputError",
    "InvariantDensity",
    "InvariantInterval",
    "Location",
    "LyapunovCurve",
    "LyapunovExponent",
    "Model",
    "NumericalValue",
    "Observation",
    "OneWeight",
    "Onset",
    "Phase",
    "PhaseAgreement",
    "PhaseRetrieval",
    "Place",
    "PolynomialFamily",
    "PolynomialModel",
    "Problem",
    "ProblemClassification",
    "QuadraticForm",
    "RealAlgebraic",
    "RealCycle",
    "RealCycles",
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
    "critical_itinerary",
    "dataset",
    "derive",
    "descend",
    "distance_to_orbit",
    "empirical_boundaries",
    "enclose_onset",
    "entropy_range",
    "feigenbaum_constants",
    "find_boundaries",
    "first_returns",
    "float_itinerary",
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
    "topological_entropy",
    "train",
    "unstable_cycles",
    "verify",
    "verify_store",
    "write_certificate",
    "write_report",
    "write_study",
]

# Where each public name lives.  A test keeps this table, the imports above and __all__ in step.
_HOME = {
    "Analysis": "analysis",
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
    "FirstReturns": "orbits",
    "FloatItineraries": "orbits",
    "InputError": "errors",
    "InvariantDensity": "orbits",
    "InvariantInterval": "kneading",
    "Location": "atlas",
    "LyapunovCurve": "orbits",
    "LyapunovExponent": "lyapunov",
    "Model": "models",
    "NumericalValue": "landings",
    "Observation": "observations",
    "OneWeight": "models",
    "Onset": "onset",
    "Phase": "phases",
    "PhaseAgreement": "agreement",
    "PhaseRetrieval": "models",
    "Place": "atlas",
    "PolynomialFamily": "maps",
    "PolynomialModel": "models",
    "Problem": "problems",
    "ProblemClassification": "phases",
    "QuadraticForm": "models",
    "RealAlgebraic": "algebraic",
    "RealCycle": "real_cycles",
    "RealCycles": "real_cycles",
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
    "critical_itinerary": "kneading",
    "dataset": "tables",
    "derive": "derivation",
    "descend": "descent",
    "distance_to_orbit": "agreement",
    "empirical_boundaries": "transitions",
    "enclose_onset": "onset",
    "entropy_range": "entropy",
    "feigenbaum_constants": "landings",
    "find_boundaries": "boundaries",
    "first_returns": "orbits",
    "float_itinerary": "orbits",
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
    "topological_entropy": "entropy",
    "train": "training",
    "unstable_cycles": "real_cycles",
    "verify": "verification",
    "verify_store": "stores",
    "write_certificate": "certificates",
    "write_report": "report",
    "write_study": "study_page",
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

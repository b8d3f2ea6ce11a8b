"""One cheap valid call of every public function, constructor and method that takes arguments.

A test replaces one argument at a time by each hostile value.  ``progress`` is :func:`hostile.judging.begin` wherever
the work is long, so that only the arguments are looked at.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any, Final

import flint
import numpy as np
import sklearn.datasets  # noqa: F401  # its first import draws random numbers and sets the environment: here, not in some test
import sympy
from hostile.judging import begin

import symphase
from symphase import plots

Arguments = Callable[[], dict[str, Any]]

SPEC: Final = """
kind = "descent"
rng = 1
[grid]
step_sizes = [0.1, 0.2]
[problem]
model = "phase-retrieval"
samples = 2
dimension = 3
"""


@cache
def things() -> SimpleNamespace:
    """The valid values, made once."""
    r, x = sympy.symbols("r x")
    model = symphase.PhaseRetrieval(gamma=1, c=0)
    family = symphase.derive(symphase.OneWeight()).family
    assert family is not None
    boundaries = symphase.find_boundaries(family)
    problem = symphase.make_problem(model, samples=2, dimension=3, rng=0)
    rows, targets = problem.data.features, problem.data.targets
    descent = symphase.descend(model, rows, targets, step_sizes=[0.1, 0.2], steps=80, rng=0)
    training = symphase.train(
        problem, step_sizes=[0.1, 0.2], steps=80, rng=0, jit=False, measures=("loss", "residuals", "sharpness")
    )
    onset = boundaries.require(symphase.BoundaryKind.ONSET).value
    assert isinstance(onset, symphase.Onset)
    observed = symphase.empirical_boundaries(problem, runs=1, steps=64, points=4, rng=0)
    parts = symphase.make_problem(model, samples=2, dimension=3, labels="teacher", test_samples=2, rng=0)
    held_out = symphase.train(
        parts, step_sizes=[0.1], runs=2, steps=8, rng=0, jit=False, measures=("loss", "test_loss")
    )
    root = symphase.RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    return SimpleNamespace(
        certificate=symphase.certificate_for(root, digits=5),
        r=r,
        x=x,
        model=model,
        family=family,
        logistic=symphase.PolynomialFamily(r * x * (1 - x), variable=x, parameter=r),
        boundaries=boundaries,
        boundary=boundaries[2],
        problem=problem,
        data=problem.data,
        rows=rows,
        targets=targets,
        starts=np.zeros((1, 3)) + 0.1,
        descent=descent,
        training=training,
        held_out=held_out,
        onset=onset,
        observed=observed,
        atlas=symphase.build_atlas(family, 3, workers=1),
        theorems=symphase.phase_theorems(boundaries),
        ranged=next(each for each in symphase.phase_theorems(boundaries) if each.applies != (None, None)),
        derivation=symphase.derive(model),
        root=root,
        quintic=symphase.RealAlgebraic([-1, -1, 0, 0, 0, 1], Fraction(1), Fraction(2)),
        cycle=symphase.certify_cycle(family, Fraction(1, 2), [0]),
        bifurcation=symphase.certify_bifurcation(family, 1, [0], -1),
        placed=symphase.classify("1/2"),
        classified=symphase.classify(model, problem.data, Fraction(1, 10)),
        curve=symphase.lyapunov_curve(family, [0.5, 1.5], transient=5, steps=10, jit=False),
        polynomials=symphase.bifurcation_polynomials(family, 2, -1, workers=1),
        cycles=symphase.unstable_cycles(family, "3/2", 2),
        loss=symphase.PolynomialLoss("(w^2-1)^2"),
        itineraries=symphase.float_itinerary(family, [1.5], steps=4, jit=False),
        phase=symphase.Phase.CHAOTIC,
    )


def _axes() -> Any:
    return plots.new_axes(3, 2)


_RUN: Final[dict[str, Any]] = {"runs": 1, "steps": 64, "rng": 0}
_LABELS: Final = ["monotonic", "chaotic"]

# Where a call is long it begins, and no more; the key "self" is what a method is called on.
CALLS: Final[dict[str, Arguments]] = {
    "InputError": lambda: {"argument": "a", "value": 1, "accepted": "must be 2", "advice": "add one"},
    "OneWeight": lambda: {"target": 1, "reduction": "mean"},
    "PhaseRetrieval": lambda: {"gamma": 1, "c": 0, "reduction": "sum"},
    "PolynomialFamily": lambda: {
        "expression": things().r * things().x ** 2,
        "variable": things().x,
        "parameter": things().r,
    },
    "PolynomialFamily.at": lambda: {"self": things().family, "parameter": Fraction(1, 2), "convert": None},
    "PolynomialFamily.dynatomic": lambda: {"self": things().family, "period": 2},
    "PolynomialFamily.is_free": lambda: {
        "self": things().family,
        "critical_factor": things().family.free_critical_factors[0],
    },
    "PolynomialFamily.iterate": lambda: {"self": things().family, "count": 2},
    "PolynomialFamily.multiplier": lambda: {"self": things().family, "period": 2},
    "PolynomialLoss": lambda: {"loss": "(w^2-1)^2", "weight": "w"},
    "PolynomialModel": lambda: {
        "prediction": "w^2 + b*w",
        "weight": "w",
        "loss_factor": "1/2",
        "parameters": ["b"],
        "reduction": "mean",
    },
    "TwoLayerNetwork": lambda: {"alpha": 1, "width": 2, "outer_weights": (1, 1), "reduction": "mean"},
    "Model.loss_scale": lambda: {"self": things().model, "samples": 2},
    "Model.residual_scale": lambda: {"self": things().model, "norm_squared": 1, "samples": 2, "step_size": "1/10"},
    "Model.scale_at": lambda: {
        "self": things().model,
        "norm_squared": 1,
        "target": 1,
        "samples": 2,
        "step_size": "1/10",
    },
    "Model.weight_shape": lambda: {"self": symphase.OneWeight(), "dimension": 1},
    "RealAlgebraic": lambda: {"coefficients": [-2, 0, 1], "lower": Fraction(1), "upper": Fraction(2)},
    "RealAlgebraic.affine": lambda: {"self": things().root, "slope": 2, "shift": 1},
    "RealAlgebraic.ball": lambda: {"self": things().root, "bits": 64},
    "RealAlgebraic.compare": lambda: {"self": things().root, "other": 1},
    "RealAlgebraic.decimal": lambda: {"self": things().root, "digits": 5},
    "RealAlgebraic.enclose": lambda: {"self": things().root, "bits": 64},
    "RealAlgebraic.formula": lambda: {"self": things().quintic, "symbol": "x"},
    "RealAlgebraic.latex": lambda: {"self": things().quintic, "symbol": "x"},
    "RealAlgebraic.text": lambda: {"self": things().quintic, "symbol": "x"},
    "RealAlgebraic.minimal_polynomial": lambda: {"self": things().root, "symbol": things().x},
    "RealAlgebraic.rational": lambda: {"value": "3/2"},
    "Atlas.by_word": lambda: {"self": things().atlas, "word": things().atlas[1].word},
    "Atlas.container": lambda: {"self": things().atlas, "window": things().atlas[-1]},
    "Atlas.exact": lambda: {"self": things().atlas, "word": things().atlas[1].word, "event": "superstable"},
    "Atlas.of_period": lambda: {"self": things().atlas, "period": 2},
    "Atlas.save": lambda: {"self": things().atlas, "path": "atlas.jsonl"},
    "Atlas.widest": lambda: {"self": things().atlas, "count": 2, "doubled": False},
    "Atlas.window_at": lambda: {"self": things().atlas, "parameter": "3/2"},
    "BifurcationPolynomials.to_dict": lambda: {"self": things().polynomials, "digits": 5},
    "Boundaries.cascade": lambda: {"self": things().boundaries, "max_period": 2},
    "Boundaries.find": lambda: {"self": things().boundaries, "kind": symphase.BoundaryKind.FLIP, "period": 1},
    "Boundaries.require": lambda: {"self": things().boundaries, "kind": symphase.BoundaryKind.FLIP, "period": 1},
    "Boundaries.to_dict": lambda: {"self": things().boundaries, "digits": 5},
    "Boundary.compare": lambda: {
        "self": things().boundaries.require(symphase.BoundaryKind.ONSET),
        "parameter": Fraction(1),
    },
    "Boundary.decimal": lambda: {"self": things().boundary, "digits": 5},
    "Boundary.enclose": lambda: {"self": things().boundary, "bits": 64},
    "Boundary.to_dict": lambda: {"self": things().boundary, "digits": 5},
    "Certificate.from_json": lambda: {"text": things().certificate.to_json()},
    "CertifiedBifurcation.decimal": lambda: {"self": things().bifurcation, "digits": 5},
    "CertifiedBifurcation.refined": lambda: {"self": things().bifurcation, "bits": 64},
    "Classification.distance_decimal": lambda: {"self": things().placed, "digits": 5},
    "Classification.distance_in": lambda: {"self": things().placed, "step_size": Fraction(1, 10)},
    "Derivation.check": lambda: {"self": things().derivation, "progress": begin},
    "Derivation.weight_family": lambda: {"self": symphase.derive(symphase.OneWeight()), "target": 1},
    "EmpiricalBoundaries.in_a": lambda: {"self": things().observed, "step_size": 0.1},
    "EmpiricalBoundaries.in_sharpness": lambda: {"self": things().observed, "step_size": 0.1},
    "EmpiricalBoundaries.scales": lambda: {"self": things().observed, "step_size": 0.1},
    "FloatItineraries.word": lambda: {"self": things().itineraries, "place": 0},
    "ProblemClassification.largest_step_size": lambda: {"self": things().classified, "phase": symphase.Phase.MONOTONIC},
    "RealCycles.of_period": lambda: {"self": things().cycles, "period": 2},
    "Theorem.holds_at": lambda: {"self": things().ranged, "parameter": Fraction(1, 2)},
    "Window.decimal": lambda: {"self": things().atlas[1], "name": "birth", "digits": 5},
    "Window.to_dict": lambda: {"self": things().atlas[1], "digits": 5},
    "algebraic_landing": lambda: {
        "family": things().family,
        "preperiod": 1,
        "period": 1,
        "within": (Fraction(3, 2), Fraction(17, 10)),
        "max_degree": 20,
    },
    "analyze": lambda: {
        "data": things().data,
        "model": things().model,
        "step_size": "1/10",
        "steps": 20,
        "seed": 0,
        "progress": begin,
    },
    "article": lambda: {
        "subject": things().model,
        "command": "symphase",
        "symbols": {},
        "boundaries": None,
        "checks": (),
        "progress": begin,
    },
    "attracting_cycle_verdict": lambda: {"family": things().family, "parameter": "1/2", "max_period": 4},
    "band_merging_parameters": lambda: {"family": things().family, "onset": things().onset, "max_degree": 10},
    "bifurcation_polynomials": lambda: {
        "family": things().family,
        "period": 2,
        "multiplier": -1,
        "within": (1, 2),
        "workers": 1,
        "checkpoint": None,
        "progress": begin,
    },
    "build_atlas": lambda: {
        "family": things().family,
        "max_period": 2,
        "within": None,
        "workers": 1,
        "progress": begin,
    },
    "census": lambda: {"laps": 2, "max_period": 3},
    "certificate_for": lambda: {"item": things().root, "digits": 5, "family": None, "root": None},
    "certify_bifurcation": lambda: {
        "family": things().family,
        "parameter": 1,
        "orbit": [0],
        "multiplier": -1,
        "bits": 64,
    },
    "certify_cycle": lambda: {
        "family": things().family,
        "parameter": "1/2",
        "orbit": [0],
        "min_bits": 64,
        "max_bits": 64,
    },
    "classify": lambda: {
        "subject": things().model,
        "data": things().data,
        "step_size": "1/10",
        "start": None,
        "max_period": 4,
    },
    "cobweb_path": lambda: {"family": things().family, "parameter": 1, "start": 0.1, "steps": 3},
    "compare_transitions": lambda: {"boundaries": things().observed},
    "compile_pdf": lambda: {"tex": "", "seconds": 0.5},
    "critical_itinerary": lambda: {"family": things().family, "parameter": "3/2", "count": 5},
    "dataset": lambda: {
        "features": [[1, 0], [0, 2]],
        "targets": [1, 2],
        "name": "d",
        "feature_names": ("a", "b"),
        "target_name": "y",
    },
    "define_term": lambda: {"name": "sharpness"},
    "derive": lambda: {"model": things().model},
    "descend": lambda: {
        "model": things().model,
        "features": things().rows,
        "targets": things().targets,
        "step_sizes": [0.1],
        "starts": None,
        "runs": 1,
        "rng": 0,
        "steps": 5,
        "record_every": 1,
        "escape_loss": 1e6,
    },
    "distance_to_orbit": lambda: {"training": things().training},
    "document": lambda: {"subject": things().model, "command": "symphase", "symbols": {}},
    "empirical_boundaries": lambda: {
        "problem": things().problem,
        **_RUN,
        "starts": None,
        "points": 4,
        "tolerance": 0.1,
        "progress": begin,
    },
    "enclose_onset": lambda: {
        "family": things().logistic,
        "first_superstable": 2.0,
        "second_superstable": 3.2360679,
        "chaotic_end": 4.0,
        "doublings": 3,
    },
    "entropy_range": lambda: {
        "family": things().family,
        "lower": "3/2",
        "upper": "8/5",
        "tolerance": "1/100",
        "max_symbols": 64,
    },
    "explorer_page": lambda: {
        "subject": things().model,
        "data": things().data,
        "target": 1,
        "within": None,
        "max_period": 2,
        "command": "x",
        "progress": begin,
    },
    "feigenbaum_constants": lambda: {"onset": things().onset},
    "find_boundaries": lambda: {"family": things().logistic, "within": (0, 4), "doublings": 3},
    "first_returns": lambda: {
        "family": things().family,
        "parameter": 1.5,
        "interval": (-1, 1),
        "start": 0.1,
        "transient": 5,
        "steps": 5,
    },
    "float_itinerary": lambda: {
        "family": things().family,
        "parameters": [1.5],
        "starts": None,
        "transient": 1,
        "steps": 4,
        "jit": False,
    },
    "fragment": lambda: {"subject": things().model, "name": "map", "symbols": {}},
    "gaussian_rows": lambda: {"samples": 2, "dimension": 3, "rng": 0},
    "interior_crises": lambda: {"family": things().family},
    "invariant_density": lambda: {
        "family": things().family,
        "parameters": [1.5],
        "starts": None,
        "transient": 5,
        "steps": 10,
        "bins": 4,
        "interval": (-2, 2),
        "jit": False,
    },
    "invariant_interval": lambda: {"family": things().family, "parameter": "3/2"},
    "iterate": lambda: {"family": things().family, "parameter": "1/2", "start": "1/3", "steps": 3, "digits": 20},
    "largest_hessian_eigenvalue": lambda: {
        "model": things().model,
        "weights": things().starts,
        "features": things().rows,
        "targets": things().targets,
        "method": "auto",
    },
    "load_atlas": lambda: {"path": "missing.jsonl"},
    "load_diabetes_problem": lambda: {
        "model": things().model,
        "samples": 5,
        "test_samples": 5,
        "label_scale": 1,
        "rng": 0,
    },
    "load_digits_problem": lambda: {
        "model": things().model,
        "samples": 5,
        "test_samples": 5,
        "label_scale": 1,
        "rng": 0,
    },
    "loss_minima": lambda: {"loss": things().loss},
    "lyapunov_curve": lambda: {
        "family": things().family,
        "parameters": [1.5],
        "starts": None,
        "transient": 5,
        "steps": 10,
        "telescope": None,
        "jit": False,
    },
    "lyapunov_exponent": lambda: {
        "family": things().family,
        "parameter": "3/2",
        "orbits": 4,
        "steps": 20,
        "burn_in": 5,
        "seed": 0,
        "telescope": True,
    },
    "make_problem": lambda: {
        "model": things().model,
        "samples": 2,
        "dimension": 3,
        "design": "qr",
        "mixing": None,
        "rms": None,
        "norms": None,
        "labels": "equal",
        "label_scale": None,
        "label_range": None,
        "noise": 0,
        "test_samples": 0,
        "rng": 0,
    },
    "mixed_rows": lambda: {"samples": 2, "dimension": 3, "mixing": 0.5, "rms": None, "norms": None, "rng": 0},
    "observe_phase": lambda: {
        "descent": things().descent,
        "run": 0,
        "sample": None,
        "tolerance": 1e-8,
        "approaching": False,
    },
    "observe_phases": lambda: {"descent": things().descent, "sample": None, "tolerance": 1e-8, "approaching": False},
    "observe_problem": lambda: {
        "problem": things().problem,
        "step_sizes": [0.1],
        "starts": None,
        **_RUN,
        "approaching": True,
    },
    "observe_samples": lambda: {"descent": things().descent, "run": 0, "tolerance": 1e-8, "approaching": False},
    "open_store": lambda: {"path": "missing", "partial": False},
    "orbit_diagram": lambda: {
        "family": things().family,
        "parameters": [1.5],
        "starts": None,
        "transient": 5,
        "keep": 4,
        "out": None,
        "jit": False,
    },
    "orthogonal_rows": lambda: {"samples": 2, "dimension": 3, "kind": "qr", "norms": None, "rng": 0},
    "parse_formula": lambda: {"text": "x^2", "names": ["x"], "argument": "formula"},
    "phase_agreement": lambda: {
        "parameters": 4,
        "starts": 1,
        "steps": 64,
        "samples": 1,
        "width": None,
        "rng": 0,
        "progress": begin,
    },
    "phase_theorems": lambda: {"boundaries": things().boundaries},
    "place_parameter": lambda: {"family": things().family, "parameter": "1/2", "max_period": 4},
    "problem_from_data": lambda: {"data": things().data, "model": things().model, "test_fraction": 0.5, "rng": 0},
    "prove_chaos": lambda: {"family": things().family, "parameter": "17/10", "max_symbols": 64},
    "read_certificate": lambda: {"path": "missing.json"},
    "read_spec": lambda: {"source": SPEC},
    "read_table": lambda: {"path": "missing.csv", "target": None},
    "real_roots": lambda: {"polynomial": flint.fmpz_poly([-2, 0, 1]), "lower": Fraction(0), "upper": Fraction(2)},
    "rms_cosine": lambda: {"features": [[1.0, 2.0], [2.0, 1.0]]},
    "step_boundaries": lambda: {"scale_per_step": Fraction(2), "boundaries": things().boundaries},
    "study": lambda: {"problem": things().problem, "step_size": "1/10", **_RUN, "progress": begin},
    "sweep": lambda: {"spec": SPEC, "out": "store", "workers": 1, "cluster": None, "progress": begin},
    "theorems_at": lambda: {"theorems": things().theorems, "parameter": Fraction(1, 2)},
    "topological_entropy": lambda: {
        "family": things().family,
        "parameter": "3/2",
        "tolerance": "1/100",
        "max_symbols": 64,
    },
    "train": lambda: {
        "problem": things().problem,
        "step_sizes": [0.1],
        "starts": None,
        "runs": 1,
        "rng": 0,
        "steps": 5,
        "record_every": 1,
        "measures": ("loss",),
        "burn_in": 0,
        "dtype": "float64",
        "method": "auto",
        "workers": 1,
        "deterministic": False,
        "escape_loss": None,
        "jit": False,
        "progress": begin,
    },
    "unstable_cycles": lambda: {"family": things().family, "parameter": "3/2", "max_period": 2, "within": None},
    "verify": lambda: {
        "boundaries": things().boundaries,
        "digits": 50,
        "steps": 4000,
        "runs": 1,
        "seed": 0,
        "progress": begin,
    },
    "verify_store": lambda: {"path": "missing"},
    "write_certificate": lambda: {
        "path": "certificate.json",
        "certificate": things().certificate,
    },
    "write_explorer": lambda: {
        "out": "x.html",
        "subject": things().model,
        "data": things().data,
        "target": 1,
        "within": None,
        "max_period": 2,
        "command": "x",
        "progress": begin,
    },
    "write_map_report": lambda: {
        "out": "report",
        "subject": things().logistic,
        "at": "7/2",
        "command": "x",
        "pdf": False,
        "progress": begin,
    },
    "write_report": lambda: {
        "out": "report",
        "data": things().data,
        "model": things().model,
        "step_size": "1/10",
        "command": "x",
        "pdf": False,
        "progress": begin,
    },
    "write_study": lambda: {
        "out": "study",
        "problem": things().problem,
        "step_size": "1/10",
        **_RUN,
        "progress": begin,
    },
    "write_sweep_report": lambda: {"out": "report", "store": "missing", "command": "x", "progress": begin},
    # ------------------------------------------------------------------------------------------------------- pictures
    "plots.HeldOutErrors": lambda: {
        "positions": np.arange(3.0),
        "last_iterate": np.ones((2, 3)),
        "weight_average": None,
        "prediction_average": None,
        "against": "step t",
    },
    "plots.bifurcation_diagram": lambda: {
        "boundaries": things().boundaries,
        "ax": _axes(),
        "columns": 10,
        "rows": 10,
        "keep": 4,
        "transient": 4,
    },
    "plots.boundary_label": lambda: {"boundary": things().boundary},
    "plots.cobweb": lambda: {
        "family": things().family,
        "parameter": Fraction(1),
        "ax": _axes(),
        "start": 0.5,
        "steps": 3,
        "phase": things().phase,
        "within": (-1, 2),
    },
    "plots.coherence_drift": lambda: {
        "coherences": [0.0, 0.1],
        "estimates": {"b": [[1, 2, 3], [1, 2, 3]]},
        "ax": _axes(),
        "exact": {"b": 2.0},
        "x_label": "x",
        "y_label": "y",
        "title": "t",
    },
    "plots.describe_bifurcation_diagram": lambda: {"boundaries": things().boundaries},
    "plots.describe_cobweb": lambda: {
        "family": things().family,
        "parameter": Fraction(1),
        "start": 0.5,
        "steps": 3,
        "phase": things().phase,
    },
    "plots.describe_coherence_drift": lambda: {
        "coherences": [0.0, 0.1],
        "estimates": {"b": [[1, 2, 3], [1, 2, 3]]},
        "exact": {"b": 2.0},
    },
    "plots.describe_generalization_plot": lambda: {"errors": plots.held_out_errors(things().held_out)},
    "plots.describe_loss_curve": lambda: {"descent": things().descent, "run": 0, "phase": things().phase},
    "plots.describe_lyapunov_plot": lambda: {
        "curve": things().curve,
        "boundaries": things().boundaries,
        "parameter": "a",
    },
    "plots.describe_observed_strip": lambda: {
        "step_sizes": [0.1, 0.2],
        "labels": _LABELS,
        "predicted": (),
        "against": "η",
    },
    "plots.describe_phase_diagram": lambda: {
        "x": [0.1, 0.2],
        "y": [1.0, 2.0],
        "labels": [_LABELS, _LABELS],
        "x_label": "x",
        "y_label": "y",
    },
    "plots.describe_phase_strip": lambda: {"boundaries": things().boundaries, "marked": 0.5, "units": ["a"]},
    "plots.describe_sample_scales": lambda: {"problem": things().classified},
    "plots.describe_sharpness_plot": lambda: {
        "runs": things().training,
        "sharpness": None,
        "which": [0],
        "phases": [None],
        "labels": ["run"],
    },
    "plots.describe_training_curves": lambda: {
        "runs": things().training,
        "which": [0],
        "phases": [None],
        "labels": ["run"],
    },
    "plots.generalization_plot": lambda: {
        "errors": plots.held_out_errors(things().held_out),
        "ax": _axes(),
        "title": "t",
    },
    "plots.held_out_errors": lambda: {"training": things().held_out, "step_size": 0.1},
    "plots.loss_curve": lambda: {"descent": things().descent, "run": 0, "ax": _axes(), "phase": things().phase},
    "plots.lyapunov_plot": lambda: {
        "curve": things().curve,
        "ax": _axes(),
        "boundaries": things().boundaries,
        "parameter": "a",
        "deepest": -2.0,
        "title": "t",
    },
    "plots.new_axes": lambda: {"width": 3, "height": 2, "header": 0.3, "footer": 0.4, "left": 0.6},
    "plots.observed_strip": lambda: {
        "step_sizes": [0.1, 0.2],
        "labels": _LABELS,
        "ax": _axes(),
        "predicted": (),
        "against": "η",
        "title": "t",
    },
    "plots.phase_diagram": lambda: {
        "x": [0.1, 0.2],
        "y": [1.0, 2.0],
        "labels": [_LABELS, _LABELS],
        "ax": _axes(),
        "x_label": "x",
        "y_label": "y",
        "predicted": {"b": [0.1, 0.2]},
        "title": "t",
    },
    "plots.phase_spans": lambda: {"boundaries": things().boundaries},
    "plots.phase_strip": lambda: {"boundaries": things().boundaries, "ax": _axes(), "marked": 0.5, "units": ["a"]},
    "plots.sample_scales": lambda: {"problem": things().classified, "ax": _axes()},
    "plots.sharpness_plot": lambda: {
        "runs": things().training,
        "ax": _axes(),
        "sharpness": None,
        "which": [0],
        "phases": [None],
        "labels": ["run"],
        "top": 8.0,
        "title": "t",
    },
    "plots.show": lambda: {"axes": _axes(), "words": "w"},
    "plots.training_curves": lambda: {
        "runs": things().training,
        "ax": _axes(),
        "which": [0],
        "phases": [None],
        "labels": ["run"],
        "floor": 1e-18,
        "title": "t",
    },
}


def target(name: str, arguments: dict[str, Any]) -> Callable[..., object]:
    """The function, class or bound method of a name."""
    home: Any = plots if name.startswith("plots.") else symphase
    first, _, method = name.removeprefix("plots.").partition(".")
    found: Any = getattr(arguments.pop("self"), method) if "self" in arguments else getattr(home, first)
    if method and not hasattr(found, "__self__"):
        found = getattr(found, method)
    called: Callable[..., object] = found
    return called


def parameters(function: Any) -> list[str]:
    """Names of a function's parameters, the object of a method left out."""
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]

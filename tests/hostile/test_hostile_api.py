"""Hostile and mistaken calls of the public functions, classes and methods.

Each row of the table is one such call: a valid one with some arguments replaced, and what the refusal must say: which
argument, what is accepted, what to do.  Behind it a systematic part gives every hostile value to every argument of
every public function: the result is an answer or our error, in time, and never anything else.
"""

from __future__ import annotations

import ast
import inspect
import math
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import flint
import numpy as np
import pytest
import sympy
from hostile.judging import (
    CANARY,
    HOSTILE,
    LONGEST,
    NUMBERS,
    TEXTS,
    Accepted,
    complaint,
    files_below,
    frozen_copy,
    outcome,
    same,
    slowness,
)
from hostile.valid_calls import CALLS, parameters, target, things

import symphase
from symphase import plots
from symphase.errors import InputError, SymphaseError, _shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAN: Final = math.nan
INF: Final = math.inf
A = np.array


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder; the valid values are made before."""
    things()
    monkeypatch.chdir(tmp_path)


Row = tuple[str, dict[str, Any], str, str, str]
"""A function, the arguments that replace those of its valid call, and parts of the message."""

# --------------------------------------------------------------------------------------------- the table: what is asked

_FINITE: Final = "must be a finite real number"
_PLAIN: Final = "is not a plain decimal"

TABLE: Final[list[Row]] = [
    # step sizes
    ("descend", {"step_sizes": NAN}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": INF}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": -INF}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": 0}, "step_sizes", "zero leaves the weights where they are", "positive"),
    ("descend", {"step_sizes": -0.1}, "step_sizes", "gradient ascent is another map", "positive"),
    ("descend", {"step_sizes": "-1e-3"}, "step_sizes", "gradient ascent is another map", "positive"),
    ("descend", {"step_sizes": True}, "step_sizes", "boolean is not a number", "give a number"),
    ("descend", {"step_sizes": np.True_}, "step_sizes", "boolean is not a number", "give a number"),
    ("descend", {"step_sizes": 1 + 0j}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": np.complex64(1)}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": "0,1"}, "step_sizes", _PLAIN, "p/q"),
    ("descend", {"step_sizes": "1_000"}, "step_sizes", _PLAIN, "p/q"),
    ("descend", {"step_sizes": "０．１"}, "step_sizes", _PLAIN, "p/q"),  # noqa: RUF001  # full-width digits
    ("descend", {"step_sizes": "٠"}, "step_sizes", _PLAIN, "p/q"),  # noqa: RUF001  # Arabic-Indic digits
    ("descend", {"step_sizes": " 1e3\n"}, "step_sizes", _PLAIN, "p/q"),
    ("descend", {"step_sizes": "1e400"}, "step_sizes", "exponent beyond ±308", "exact ratio"),
    ("descend", {"step_sizes": "nan"}, "step_sizes", _PLAIN, "p/q"),
    ("descend", {"step_sizes": "1/0"}, "step_sizes", "zero denominator", "q > 0"),
    ("descend", {"step_sizes": "9**9**9"}, "step_sizes", _PLAIN, "p/q"),
    ("descend", {"step_sizes": ""}, "step_sizes", _PLAIN, "p/q"),
    ("descend", {"step_sizes": "\0"}, "step_sizes", _PLAIN, "p/q"),
    ("descend", {"step_sizes": b"1"}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": Decimal("NaN")}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": Decimal("1e9999999")}, "step_sizes", "too many digits", "round it"),
    ("descend", {"step_sizes": Fraction(10**7000)}, "step_sizes", "too many digits", "round it"),
    ("descend", {"step_sizes": 10**400}, "step_sizes", "beyond the range of float64", "between"),
    ("descend", {"step_sizes": None}, "step_sizes", _FINITE, "repair"),
    ("descend", {"step_sizes": []}, "step_sizes", "at least one number > 0", "[0.1, 0.2]"),
    ("descend", {"step_sizes": [0.1, NAN]}, "step_sizes[1]", _FINITE, "repair"),
    ("descend", {"step_sizes": A([[0.1]])}, "step_sizes", "one number or a sequence", "ravel"),
    # runs, steps and what is recorded
    ("descend", {"runs": 0}, "runs", "integer ≥ 1", "whole number"),
    ("descend", {"runs": -1}, "runs", "integer ≥ 1", "whole number"),
    ("descend", {"runs": 2.5}, "runs", "integer ≥ 1", "whole number"),
    ("descend", {"runs": "3"}, "runs", "integer ≥ 1", "whole number"),
    ("descend", {"steps": 0}, "steps", "integer ≥ 1", "whole number"),
    ("descend", {"steps": True}, "steps", "integer ≥ 1", "whole number"),
    ("descend", {"runs": 10**40}, "runs", "more than any machine has", "fewer runs"),
    ("descend", {"steps": 10**12}, "record_every", "more than 2 GiB", "use record_every ≥"),
    ("descend", {"record_every": 0}, "record_every", "integer ≥ 1", "whole number"),
    ("descend", {"escape_loss": NAN}, "escape_loss", _FINITE, "repair"),
    ("descend", {"escape_loss": -1}, "escape_loss", "> 0", "positive"),
    ("descend", {"rng": -1}, "rng", "integer ≥ 0", "rng=0"),
    ("descend", {"rng": "0"}, "rng", "integer ≥ 0", "rng=0"),
    ("descend", {"rng": np.random}, "rng", "integer ≥ 0", "rng=0"),
    ("descend", {"rng": True}, "rng", "integer ≥ 0", "rng=0"),
    ("descend", {"starts": [[0.1, 0.1, 0.1]]}, "rng", "not used when starts are given", "one of the two"),
    ("descend", {"rng": None, "starts": [0.1]}, "starts", "must have shape", "runs"),
    ("descend", {"rng": None, "starts": [[NAN, 0, 0]]}, "starts[0, 0]", "must be finite", "repair"),
    ("descend", {"model": "phase-retrieval"}, "model", "must be a model", "PhaseRetrieval("),
    (
        "descend",
        {"model": symphase.PhaseRetrieval()},
        "model",
        "parameters without a number: c, gamma",
        "each a number",
    ),
    # data
    ("descend", {"features": []}, "features", "shape (n, d)", "reshape(-1, 1)"),
    ("descend", {"features": np.zeros((0, 2))}, "features", "at least one sample", "(n, d)"),
    ("descend", {"features": np.zeros((2, 0))}, "features", "at least one sample", "(n, d)"),
    ("descend", {"features": [1.0, 2.0]}, "features", "shape (n, d)", "reshape"),
    ("descend", {"features": np.ones((1, 1, 1))}, "features", "shape (n, d)", "reshape"),
    ("descend", {"features": [[1.0, NAN], [INF, 1.0]]}, "features[0, 1]", "2 entries are not", "repair"),
    ("descend", {"features": [["1", "2"]]}, "features[0, 0]", "text is not a number here", "float()"),
    ("descend", {"features": [[1.0], [1.0, 2.0]]}, "features[1]", "2 entries where the first has 1", "rows equal"),
    ("descend", {"features": A([[1 + 0j]])}, "features", "complex numbers are not accepted", "converted by yourself"),
    ("descend", {"features": A([[True]])}, "features", "booleans are not numbers", "converted by yourself"),
    ("descend", {"features": A([[...]])}, "features", "no plain array of numbers", "converted by yourself"),
    ("descend", {"features": [[True, 1.0]]}, "features[0, 0]", "boolean is not a number", "give a number"),
    (
        "descend",
        {"features": np.ma.masked_array([[1.0, 2.0]], mask=[[False, True]])},
        "features[0, 1]",
        "1 missing",
        "fill them in",
    ),
    ("descend", {"features": np.broadcast_to(1.0, (10**7, 10**7))}, "features", "GiB", "fewer"),
    ("descend", {"targets": [1.0]}, "features and targets", "same number of samples", "one y per row"),
    ("descend", {"targets": [[1.0], [1.0]]}, "targets", "shape (n,)", "ravel()"),
    ("descend", {"targets": [1.0, NAN]}, "targets[1]", "must be finite", "repair"),
    (
        "dataset",
        {"features": [[1.0]], "targets": []},
        "features and targets",
        "same number of samples",
        "one y per row",
    ),
    ("dataset", {"features": np.zeros((2, 2))}, "features", "all zero", "nonzero row"),
    ("dataset", {"features": [[0.0, 0.0], [1.0, 0.0]]}, "features[0]", "its residual is constant", "remove the sample"),
    ("dataset", {"features": [[10**400, 1], [0, 1]]}, "features", "no plain array of numbers", "converted by yourself"),
    ("dataset", {"name": 3}, "name", "must be text", "str"),
    ("dataset", {"feature_names": "ab"}, "feature_names", "list or tuple of texts", "("),
    ("dataset", {"feature_names": ["a"]}, "feature_names", "must be 2 names", "name every column"),
    ("dataset", {"feature_names": ["a", 1]}, "feature_names", "list or tuple of texts", "("),
    ("dataset", {"target_name": b"y"}, "target_name", "must be text", "str"),
    ("largest_hessian_eigenvalue", {"method": "qr"}, "method", "'auto'", "default"),
    ("largest_hessian_eigenvalue", {"weights": [NAN, 0, 0]}, "weights[0]", "must be finite", "repair"),
    ("largest_hessian_eigenvalue", {"weights": [[[1.0]]]}, "weights", "must have shape", "first axis"),
    ("largest_hessian_eigenvalue", {"targets": [1.0]}, "features and targets", "(n, d)", "one target per row"),
    # problems and designs
    ("make_problem", {"model": None}, "model", "must be a model", "PhaseRetrieval("),
    ("make_problem", {"samples": 0}, "samples", "integer ≥ 1", "whole number"),
    ("make_problem", {"samples": 4}, "samples", "cannot be orthogonal", "fewer samples"),
    ("make_problem", {"dimension": 10**400}, "samples and dimension", "more than any machine has", "fewer"),
    ("make_problem", {"design": "random"}, "design", "must be one of", "default"),
    ("make_problem", {"mixing": 0.5}, "mixing", "not used for qr rows", "design='mixed'"),
    ("make_problem", {"design": "mixed"}, "mixing and rms", "one of them must be given", "mixing=0.5"),
    ("make_problem", {"design": "mixed", "mixing": 0.5, "rms": 0.1}, "mixing and rms", "one of them", "mixing=0.5"),
    ("make_problem", {"design": "mixed", "mixing": 2}, "mixing", "from 0 (orthogonal) to 1", "0.5"),
    ("make_problem", {"norms": -1}, "norms", "must be numbers > 0", "rescale"),
    ("make_problem", {"norms": [1, 2, 3]}, "norms", "one number or have shape", "reshape"),
    ("make_problem", {"labels": "unknown"}, "labels", "'equal', 'uniform', 'teacher'", "one number per sample"),
    ("make_problem", {"labels": [1.0]}, "labels", "must have shape (2,)", "one label per sample"),
    ("make_problem", {"label_scale": NAN}, "label_scale", _FINITE, "repair"),
    ("make_problem", {"label_range": (2, 1)}, "label_range", "not used for equal labels", "labels='uniform'"),
    ("make_problem", {"noise": -1}, "noise", "number ≥ 0", "larger"),
    ("make_problem", {"test_samples": 2}, "test_samples", "needs a teacher", "labels='teacher'"),
    ("mixed_rows", {"mixing": None, "rms": 0.9}, "rms", "at most the Gaussian end", "smaller"),
    ("mixed_rows", {"mixing": None, "rms": -1}, "rms", "number ≥ 0", "larger"),
    ("orthogonal_rows", {"kind": "hadamard", "rng": None}, "dimension", "power of two", "use 2 or 4"),
    ("orthogonal_rows", {"kind": "dct"}, "rng", "not used", "leave it out"),
    ("orthogonal_rows", {"kind": 3}, "kind", "must be one of", "default"),
    ("gaussian_rows", {"samples": 2**40}, "samples and dimension", "GiB", "fewer"),
    ("gaussian_rows", {"dimension": -1}, "dimension", "integer ≥ 1", "whole number"),
    ("rms_cosine", {"features": [[0.0, 0.0]]}, "features", "none of them zero", "zero rows"),
    ("rms_cosine", {"features": "abc"}, "features", "text is not a number", "converted by yourself"),
    ("problem_from_data", {"data": [[1.0]]}, "data", "must be a DataSet", "read_table(path)"),
    ("problem_from_data", {"test_fraction": 1.5}, "test_fraction", "less than 1", "0.2"),
    ("load_digits_problem", {"samples": 10**6}, "samples and test_samples", "1797 samples that there are", "fewer"),
    ("load_digits_problem", {"label_scale": 0}, "label_scale", "number > 0", "larger"),
    ("load_diabetes_problem", {"test_samples": -1}, "test_samples", "integer ≥ 0", "whole number"),
    # training and observing
    ("train", {"problem": None}, "problem", "must be a Problem", "make_problem"),
    ("train", {"measures": "loss"}, "measures", "sequence of names", "such as"),
    ("train", {"measures": ("losss",)}, "measures", "must be among", "did you mean 'loss'"),
    ("train", {"measures": (object(),)}, "measures", "must be among", "documentation"),
    ("train", {"measures": ("test_loss",)}, "measures", "needs a test set", "test_samples"),
    ("train", {"dtype": "float16"}, "dtype", "'float64', 'float32'", "default"),
    ("train", {"dtype": np.float64}, "dtype", "'float64', 'float32'", "default"),
    ("train", {"method": "sgd"}, "method", "'auto', 'gram', 'weights'", "default"),
    ("train", {"deterministic": 1}, "deterministic", "True or False", "one of them"),
    ("train", {"jit": "yes"}, "jit", "True, False or None", "leave it out"),
    ("train", {"burn_in": 6}, "burn_in", "from 0 to 5", "whole number"),
    ("train", {"burn_in": -1}, "burn_in", "from 0 to 5", "whole number"),
    ("train", {"workers": 0}, "workers", "from 1 to 64", "leave it out"),
    ("train", {"workers": 10**6}, "workers", "from 1 to 64", "leave it out"),
    ("train", {"workers": "all"}, "workers", "from 1 to 64", "leave it out"),
    ("train", {"progress": "bar"}, "progress", "function of (stage, done, total)", "leave it out"),
    ("train", {"steps": 2**62}, "record_every", "more than 2 GiB", "record fewer"),
    ("observe_phase", {"descent": None}, "descent", "must be what descend(...) returned", "run descend"),
    ("observe_phase", {"run": 2}, "run", "from 0 to 1", "whole number"),
    ("observe_phase", {"run": -1}, "run", "from 0 to 1", "whole number"),
    ("observe_phase", {"sample": 2}, "sample", "from 0 to 1", "whole number"),
    ("observe_phase", {"tolerance": 1}, "tolerance", "between 0 and 1", "default"),
    ("observe_phase", {"tolerance": NAN}, "tolerance", _FINITE, "repair"),
    ("observe_phase", {"approaching": "no"}, "approaching", "True or False", "one of them"),
    ("observe_phases", {"approaching": None}, "approaching", "True or False", "one of them"),
    ("observe_samples", {"run": 1.0}, "run", "from 0 to 1", "whole number"),
    ("observe_problem", {"step_sizes": []}, "step_sizes", "at least one number", "["),
    ("observe_problem", {"approaching": 1}, "approaching", "True or False", "one of them"),
    ("observe_problem", {"steps": 10**400}, "steps", "more than any machine has", "fewer steps"),
    ("empirical_boundaries", {"points": 3}, "points", "from 4 to", "whole number"),
    ("empirical_boundaries", {"points": 10**9}, "points", "from 4 to", "whole number"),
    ("empirical_boundaries", {"tolerance": 0}, "tolerance", "from 1e-6 to 0.5", "default"),
    ("empirical_boundaries", {"steps": 1}, "steps", "integer ≥ 32", "whole number"),
    ("EmpiricalBoundaries.in_a", {"step_size": "x"}, "step_size", _PLAIN, "p/q"),
    ("EmpiricalBoundaries.scales", {"step_size": [0.1]}, "step_size", _FINITE, "repair"),
    ("compare_transitions", {"boundaries": None}, "boundaries", "EmpiricalBoundaries", "empirical_boundaries"),
    ("study", {"step_size": "1/0"}, "step_size", "zero denominator", "q > 0"),
    ("study", {"step_size": Fraction(1, 10**400)}, "step_size", "beyond the range of float64", "between"),
    ("study", {"problem": "digits"}, "problem", "must be a Problem", "make_problem"),
    ("distance_to_orbit", {"training": None}, "training", "train(..., measures=", "train again"),
    ("phase_agreement", {"parameters": 10**7}, "parameters", "at most 1000000", "give fewer"),
    ("phase_agreement", {"steps": 63}, "steps", "integer ≥ 64", "whole number"),
    ("phase_agreement", {"width": 0}, "width", "integer ≥ 1", "positive whole number"),
    # models
    ("OneWeight", {"target": 0.1j}, "target", _FINITE, "repair"),
    ("OneWeight", {"target": A([1.0, 2.0])}, "target", _FINITE, "repair"),
    ("OneWeight", {"target": sympy.Symbol("z")}, "target", "derivation uses itself", "another name"),
    ("OneWeight", {"reduction": "average"}, "reduction", "'mean' or 'sum'", "n times larger"),
    ("PhaseRetrieval", {"gamma": "gamma*2"}, "gamma", _PLAIN, "p/q"),
    ("PhaseRetrieval", {"gamma": sympy.Symbol("a\nb")}, "gamma", "must be a letter", "rename"),
    ("PhaseRetrieval", {"c": sympy.sqrt(2)}, "c", _FINITE, "repair"),
    ("TwoLayerNetwork", {"alpha": 0}, "alpha", "must not be 0", "α ≠ 0"),
    ("TwoLayerNetwork", {"width": 3}, "width", "number of outer weights, 2", "leave one out"),
    ("TwoLayerNetwork", {"width": 0}, "width", "integer ≥ 1", "positive whole number"),
    ("TwoLayerNetwork", {"width": 10**9, "outer_weights": None}, "width", "at most 100000", "does not change the map"),
    ("TwoLayerNetwork", {"outer_weights": (0, 0)}, "outer_weights", "must not all be 0", "one per neuron"),
    ("TwoLayerNetwork", {"outer_weights": "11"}, "outer_weights", "sequence of numbers", "one per neuron"),
    ("PolynomialModel", {"prediction": "w^65"}, "prediction", "no whole number from 0 to 64", "division"),
    ("PolynomialModel", {"prediction": "1"}, "prediction", "degree 1 to 64", "w^2 + b*w"),
    ("PolynomialModel", {"prediction": "9**9**9"}, "prediction", "no whole number from 0 to 64", "division"),
    ("PolynomialModel", {"prediction": sympy.sin(sympy.Symbol("w"))}, "prediction", "polynomial in w", "w^2 + b*w"),
    ("PolynomialModel", {"prediction": 3}, "prediction", "SymPy expression or a formula", "w^2"),
    ("PolynomialModel", {"weight": "2w"}, "weight", "must be a letter", "rename"),
    ("PolynomialModel", {"weight": "eta"}, "weight", "derivation uses itself", "another name"),
    ("PolynomialModel", {"loss_factor": 0}, "loss_factor", "> 0", "positive"),
    ("PolynomialModel", {"parameters": 3}, "parameters", "sequence of names", "["),
    ("PolynomialModel", {"parameters": ["1"]}, "parameters", "must be a letter", "rename"),
    ("PolynomialLoss", {"loss": "w"}, "loss", "degree 2 to 64", "no minimum to go to"),
    ("PolynomialLoss", {"loss": "(w^2-1)^2 + q"}, "loss", "name q at column 13", "declared: w"),
    ("PolynomialLoss", {"loss": None}, "loss", "SymPy expression or a formula", "(w^2"),
    ("Model.loss_scale", {"samples": 0}, "samples", "> 0", "larger"),
    ("Model.weight_shape", {"dimension": 2}, "features", "must have one column", "[[1.0]]"),
    ("Model.scale_at", {"step_size": -1}, "step_size", "gradient ascent", "positive"),
    ("Model.residual_scale", {"norm_squared": 0}, "norm_squared", "> 0", "positive"),
    ("derive", {"model": "one-weight"}, "model", "models of symphase.models", "PhaseRetrieval()"),
    ("Derivation.weight_family", {"target": NAN}, "target", _FINITE, "repair"),
    ("Derivation.check", {"progress": 1}, "progress", "function of (stage, done, total)", "leave it out"),
    ("loss_minima", {"loss": None}, "loss", "must be a PolynomialLoss", "PolynomialLoss("),
    # families
    ("PolynomialFamily", {"expression": "r*x*(1-x)"}, "expression", "must be an Expr", "parse_formula"),
    ("PolynomialFamily", {"variable": "x"}, "variable", "must be a Symbol", "sympy.Symbol"),
    ("PolynomialFamily", {"parameter": sympy.Symbol("x")}, "parameter", "must differ", "two different"),
    (
        "PolynomialFamily",
        {"expression": sympy.Symbol("q") * sympy.Symbol("x") ** 2},
        "expression",
        "only hold",
        "values",
    ),
    ("PolynomialFamily", {"expression": sympy.Float("0.5") * sympy.Symbol("x") ** 2}, "expression", "rational", "1/10"),
    ("PolynomialFamily", {"expression": sympy.Symbol("x")}, "expression", "degree 2 to 64", "linear"),
    ("PolynomialFamily", {"expression": 1 / sympy.Symbol("x")}, "expression", "must be a polynomial", "examples"),
    ("PolynomialFamily.at", {"parameter": "x"}, "parameter", _PLAIN, "p/q"),
    ("PolynomialFamily.at", {"convert": 3}, "convert", "turn a Fraction into a number", "leave it out"),
    ("PolynomialFamily.iterate", {"count": -1}, "count", "integer from 0", "whole number"),
    ("PolynomialFamily.iterate", {"count": 10**400}, "count", "at most 7", "fewer steps"),
    ("PolynomialFamily.dynatomic", {"period": 0}, "period", "integer from 1", "whole number"),
    ("PolynomialFamily.multiplier", {"period": 2**62}, "period", "at most 7", "fewer steps"),
    ("parse_formula", {"text": "2x"}, "formula", "no operator at column 2", "2*x"),
    ("parse_formula", {"text": "x.__class__"}, "formula", "column 2", "digits, names"),
    ("parse_formula", {"text": "().__class__"}, "formula", "column 3", "digits, names"),
    ("parse_formula", {"text": f"__import__('os').system('touch {CANARY}')"}, "formula", "column 1", "digits, names"),
    ("parse_formula", {"text": "lambda: 0"}, "formula", "column 7", "digits, names"),
    ("parse_formula", {"text": "f'{1}'"}, "formula", "column 2", "digits, names"),
    ("parse_formula", {"text": "eval(1)"}, "formula", "eval at column 1 before a (", "a product has a *"),
    ("parse_formula", {"text": "9**9**9"}, "formula", "exponent at column 2", "division"),
    ("parse_formula", {"text": "(" * 10**5}, "formula", "characters, more than 2000", "shorten"),
    ("parse_formula", {"text": "(" * 65 + "1" + ")" * 65}, "formula", "nested more than 64", "simplify"),
    ("parse_formula", {"text": "1" * 10**6}, "formula", "characters, more than 2000", "shorten"),
    ("parse_formula", {"text": "θ"}, "formula", "character θ", "theta"),
    ("parse_formula", {"text": "x²"}, "formula", "character", "digits, names"),
    ("parse_formula", {"text": ""}, "formula", "is empty", "write a formula"),
    ("parse_formula", {"text": "1/(x+1)"}, "formula", "divides at column 2", "multiply it out"),
    ("parse_formula", {"text": "1/0"}, "formula", "divides by zero", "something else"),
    ("parse_formula", {"text": "y"}, "formula", "not declared", "declared: x"),
    ("parse_formula", {"text": b"x"}, "formula", "must be text", "string"),
    ("parse_formula", {"names": "x"}, "names", "sequence of names, not one text", "["),
    ("parse_formula", {"names": 3}, "names", "sequence of names", "["),
    ("parse_formula", {"names": ["x; y"]}, "names", "must be a letter", "rename"),
    ("parse_formula", {"names": {"x": "x"}}, "names", "SymPy symbol", "sympy.Symbol"),
    # algebraic numbers
    ("RealAlgebraic", {"coefficients": [1]}, "coefficients", "degree ≥ 1", "constant"),
    ("RealAlgebraic", {"coefficients": [-1, 0, 1]}, "coefficients", "irreducible", "real_roots"),
    ("RealAlgebraic", {"coefficients": [0.5, 1]}, "coefficients", "integer coefficients", "common denominator"),
    ("RealAlgebraic", {"coefficients": "1" * 10**6}, "coefficients", "integer coefficients", "[-2, 0, 1]"),
    ("RealAlgebraic", {"coefficients": [1] * 10**5}, "coefficients", "degree at most", "out of reach"),
    ("RealAlgebraic", {"coefficients": None}, "coefficients", "integer coefficients", "[-2, 0, 1]"),
    ("RealAlgebraic", {"lower": 2}, "interval", "exactly one root", "real_roots"),
    ("RealAlgebraic", {"lower": NAN}, "lower", _FINITE, "repair"),
    ("RealAlgebraic", {"upper": "two"}, "upper", _PLAIN, "p/q"),
    ("RealAlgebraic.rational", {"value": True}, "value", "boolean", "give a number"),
    ("RealAlgebraic.decimal", {"digits": -3}, "digits", "from 0 to", "whole number"),
    ("RealAlgebraic.decimal", {"digits": 2**62}, "digits", "from 0 to", "whole number"),
    ("RealAlgebraic.decimal", {"digits": 2.0}, "digits", "from 0 to", "whole number"),
    ("RealAlgebraic.enclose", {"bits": 10**12}, "bits", "from 0 to", "whole number"),
    ("RealAlgebraic.ball", {"bits": None}, "bits", "from 0 to", "whole number"),
    ("RealAlgebraic.affine", {"slope": INF}, "slope", _FINITE, "repair"),
    ("RealAlgebraic.compare", {"other": "sqrt(2)"}, "other", _PLAIN, "p/q"),
    ("RealAlgebraic.latex", {"symbol": 3}, "symbol", "must be a str", "'x'"),
    ("RealAlgebraic.minimal_polynomial", {"symbol": "x"}, "symbol", "must be a Symbol", "sympy.Symbol"),
    ("real_roots", {"polynomial": [1, 0]}, "polynomial", "fmpz_poly", "flint.fmpz_poly("),
    ("real_roots", {"polynomial": flint.fmpz_poly([])}, "polynomial", "must not be 0", "non-zero"),
    ("real_roots", {"lower": 3}, "lower", "at most upper", "exchange"),
    ("real_roots", {"upper": NAN}, "upper", _FINITE, "repair"),
    # boundaries, atlas, chaos
    ("find_boundaries", {"family": "logistic"}, "family", "must be a PolynomialFamily", "expression"),
    ("find_boundaries", {"within": (4, 0)}, "within", "lower < upper", "(0, 2)"),
    ("find_boundaries", {"within": 3}, "within", "lower < upper", "(0, 2)"),
    ("find_boundaries", {"within": (0, NAN)}, "within", _FINITE, "repair"),
    ("find_boundaries", {"within": "04"}, "within", "lower < upper", "(0, 2)"),
    ("find_boundaries", {"doublings": 2}, "doublings", "from 3 to 20", "whole number"),
    ("Boundaries.find", {"kind": "flip"}, "kind", "must be a BoundaryKind", "BoundaryKind.FLIP"),
    ("Boundaries.find", {"period": 0}, "period", "integer ≥ 1", "whole number"),
    ("Boundaries.require", {"period": 512}, "kind", "not a boundary of this family", "iterate over"),
    ("Boundaries.cascade", {"max_period": 0}, "max_period", "from 1 to 512", "whole number"),
    ("Boundary.compare", {"parameter": "1..2"}, "parameter", _PLAIN, "p/q"),
    ("Boundary.decimal", {"digits": -1}, "digits", "from 0 to", "whole number"),
    ("build_atlas", {"max_period": 0}, "max_period", "integer from 1", "whole number"),
    ("build_atlas", {"max_period": 10**9}, "max_period", "integer from 1", "whole number"),
    ("build_atlas", {"within": (1, 1)}, "within", "lower < upper", "(0, 2)"),
    ("build_atlas", {"progress": 3}, "progress", "function of", "leave it out"),
    ("Atlas.by_word", {"word": "../x"}, "word", "letters 0, 1, 2 followed by one C", "such as"),
    ("Atlas.of_period", {"period": 4}, "period", "from 1 to 3", "whole number"),
    ("Atlas.widest", {"count": -1}, "count", "integer ≥ 0", "whole number"),
    ("Atlas.widest", {"doubled": "no"}, "doubled", "True or False", "one of them"),
    ("Atlas.exact", {"event": "cascade_end"}, "event", "'birth'", "not known exactly"),
    ("Atlas.container", {"window": "RLC"}, "window", "must be a Window", "of this atlas"),
    ("Atlas.window_at", {"parameter": INF}, "parameter", _FINITE, "repair"),
    ("Atlas.save", {"path": 1}, "path", "must be a path", "name of a file"),
    ("Window.decimal", {"name": "end"}, "name", "'birth'", "birth"),
    ("Window.decimal", {"digits": 1001}, "digits", "from 0 to 1000", "whole number"),
    ("census", {"laps": 4}, "laps", "2 or 3", "second free critical point"),
    ("census", {"max_period": 1001}, "max_period", "from 1 to 1000", "whole number"),
    ("certify_cycle", {"family": None}, "family", "must be a PolynomialFamily", "expression"),
    ("certify_cycle", {"orbit": 0.5}, "orbit", "points of a cycle", "["),
    ("certify_cycle", {"orbit": []}, "orbit", "must have 1 to", "one cycle"),
    ("certify_cycle", {"min_bits": 8}, "min_bits", "from 32 to", "whole number"),
    ("certify_cycle", {"parameter": 10**400}, "parameter", "smaller than 2^1000", "other units"),
    ("certify_bifurcation", {"bits": 2**62}, "bits", "from 32 to", "whole number"),
    ("certify_bifurcation", {"multiplier": NAN}, "multiplier", _FINITE, "repair"),
    ("bifurcation_polynomials", {"period": 0}, "period", "integer ≥ 1", "whole number"),
    ("bifurcation_polynomials", {"period": 10**400}, "period", "at most", "certified boxes"),
    ("bifurcation_polynomials", {"multiplier": Fraction(1, 3**400)}, "multiplier", "bits above and below", "round it"),
    ("bifurcation_polynomials", {"within": (2, 1)}, "within", "lower < upper", "(0, 2)"),
    ("bifurcation_polynomials", {"checkpoint": 7}, "checkpoint", "must be a path", "name of a file"),
    ("classify", {"subject": NAN, "data": None, "step_size": None}, "a", _FINITE, "repair"),
    ("classify", {"subject": "1.455"}, "subject", "must be a model", "symphase.models"),
    ("classify", {"data": None}, "data", "must be a DataSet", "read_table"),
    ("classify", {"step_size": None}, "step_size", _FINITE, "repair"),
    ("classify", {"start": 1}, "start", "residual of one sample", "leave it out"),
    ("classify", {"subject": 1, "data": None, "step_size": None, "start": -5}, "start", "must be ≥ −a", "real weights"),
    ("classify", {"max_period": 0}, "max_period", "from 1 to 1024", "whole number"),
    ("step_boundaries", {"scale_per_step": 0}, "scale_per_step", "> 0", "positive"),
    ("step_boundaries", {"boundaries": [1.0]}, "boundaries", "must be a Boundary", "find_boundaries"),
    ("Classification.distance_in", {"step_size": "fast"}, "step_size", _PLAIN, "p/q"),
    ("ProblemClassification.largest_step_size", {"phase": "chaotic"}, "phase", "must be a Phase", "Phase.CATAPULT"),
    ("place_parameter", {"parameter": "1e400"}, "parameter", "exponent beyond", "exact ratio"),
    ("prove_chaos", {"max_symbols": 0}, "max_symbols", "integer from 1", "whole number"),
    ("attracting_cycle_verdict", {"parameter": 10**400}, "parameter", "smaller than 2^1000", "other units"),
    ("attracting_cycle_verdict", {"max_period": "64"}, "max_period", "integer from 1", "whole number"),
    ("topological_entropy", {"tolerance": 0}, "tolerance", "between 10^-", "1e-6"),
    ("topological_entropy", {"max_symbols": 2.5}, "max_symbols", "integer", "whole number"),
    ("entropy_range", {"lower": 2}, "upper", "greater than lower", "exchange"),
    ("entropy_range", {"family": None}, "family", "must be a PolynomialFamily", "expression"),
    ("lyapunov_exponent", {"seed": -1}, "seed", "integer ≥ 0", "whole number"),
    ("lyapunov_exponent", {"telescope": None}, "telescope", "True or False", "one of them"),
    ("lyapunov_exponent", {"steps": 10**9}, "steps", "integer from 2", "whole number"),
    ("unstable_cycles", {"max_period": 10**6}, "max_period", "integer from 1", "whole number"),
    ("unstable_cycles", {"within": 3}, "within", "lower < upper", "(0, 2)"),
    ("algebraic_landing", {"within": (2,)}, "within", "two rational numbers", "(1.5, 1.7)"),
    ("algebraic_landing", {"period": 0}, "period", "integer", "whole number"),
    ("enclose_onset", {"first_superstable": NAN}, "first_superstable", _FINITE, "repair"),
    ("enclose_onset", {"doublings": 100}, "doublings", "from 3 to 20", "whole number"),
    ("feigenbaum_constants", {"onset": 1.3}, "onset", "must be an Onset", "enclose_onset"),
    ("band_merging_parameters", {"onset": None}, "onset", "must be an Onset", "enclose_onset"),
    ("critical_itinerary", {"count": -1}, "count", "integer", "whole number"),
    ("phase_theorems", {"boundaries": []}, "boundaries", "Boundaries", "find_boundaries"),
    ("theorems_at", {"theorems": 3}, "theorems", "sequence of theorems", "phase_theorems"),
    ("theorems_at", {"theorems": [3]}, "theorems", "must be a Theorem", "phase_theorems"),
    ("Theorem.holds_at", {"parameter": "x"}, "parameter", _PLAIN, "p/q"),
    ("define_term", {"name": "catapolt"}, "name", "name of a term", "did you mean catapult"),
    ("define_term", {"name": None}, "name", "name of a term", "such as"),
    # orbits
    ("iterate", {"digits": 10**9}, "digits", "integer from", "whole number"),
    ("iterate", {"steps": -1}, "steps", "integer from", "whole number"),
    ("iterate", {"start": "left"}, "start", _PLAIN, "p/q"),
    ("orbit_diagram", {"parameters": [NAN]}, "parameters", "finite numbers", "NaN"),
    ("orbit_diagram", {"parameters": [[1.0]]}, "parameters", "sequence of finite numbers", "one axis"),
    ("orbit_diagram", {"starts": [0.1, 0.2]}, "starts", "one for each of the 1 parameters", "one number"),
    ("orbit_diagram", {"keep": -1}, "keep", "integer from 0", "whole number"),
    ("orbit_diagram", {"keep": 2**62}, "keep", "integer from 0", "GiB"),
    ("orbit_diagram", {"out": [0.0]}, "out", "writable array", "leave it out"),
    ("orbit_diagram", {"jit": 1}, "jit", "True, False or None", "leave it out"),
    ("lyapunov_curve", {"telescope": "yes"}, "telescope", "True, False or None", "leave it out"),
    ("lyapunov_curve", {"parameters": ["1.5"]}, "parameters", "must be real numbers", "floats"),
    ("invariant_density", {"interval": (1, -1)}, "interval", "lower < upper", "(0, 2)"),
    ("invariant_density", {"bins": 0}, "bins", "integer from 1", "whole number"),
    ("first_returns", {"interval": None}, "interval", "lower < upper", "(0, 2)"),
    ("cobweb_path", {"start": NAN}, "start", _FINITE, "repair"),
    ("float_itinerary", {"steps": True}, "steps", "integer from", "whole number"),
    ("FloatItineraries.word", {"place": 1}, "place", "from 0 to 0", "whole number"),
    # certificates, stores, sweeps, documents: what the Python layer itself refuses
    ("certificate_for", {"item": "1.3"}, "item", "must be a certified bifurcation", "certify_cycle"),
    ("certificate_for", {"digits": 0}, "digits", "from 1 to", "whole number"),
    ("Certificate.from_json", {"text": 3}, "text", "must be a str", "to_json"),
    ("Certificate.from_json", {"text": "{}"}, "certificate", "no certificate", "anew"),
    ("write_certificate", {"certificate": {}}, "certificate", "must be a Certificate", "certificate_for"),
    ("write_certificate", {"path": 2}, "path", "must be a path", "name of a file"),
    ("load_atlas", {"path": 0}, "path", "must be a path", "name of a file"),
    ("load_atlas", {"path": "a\0b"}, "path", "cannot be read", "saved atlas"),
    ("read_certificate", {"path": 1}, "path", "must be a path", "name of a file"),
    ("read_table", {"path": 1}, "path", "name of a CSV or NPZ file", "data.csv"),
    ("open_store", {"path": None}, "path", "path of a folder", "sweep.zarr"),
    ("verify_store", {"path": b"x"}, "path", "path of a folder", "sweep.zarr"),
    ("sweep", {"workers": -1}, "workers", "from 1 to 64", "leave it out"),
    ("sweep", {"spec": 3}, "spec", "path of a TOML file", "sweep.toml"),
    ("compile_pdf", {"tex": 3}, "tex", "must be a str", "document(...)"),
    ("compile_pdf", {"tex": "x"}, "tex", "complete LaTeX document", "one of your own"),
    ("compile_pdf", {"seconds": -1}, "seconds", "number > 0", "larger"),
    ("fragment", {"name": "../x"}, "fragment", "must be one of", "fragment_names"),
    ("document", {"subject": 3}, "subject", "model, a map (PolynomialFamily) or a derivation", "PhaseRetrieval()"),
    ("explorer_page", {"max_period": 0}, "max_period", "integer from 1", "whole number"),
    ("verify", {"digits": 49}, "digits", "from 50 to 10000", "whole number"),
    ("verify", {"runs": 0}, "runs", "from 1 to 1000", "whole number"),
    ("verify", {"boundaries": []}, "boundaries", "Boundaries", "find_boundaries"),
    # pictures
    ("plots.bifurcation_diagram", {"boundaries": 3}, "boundaries", "must be a Boundaries", "find_boundaries"),
    ("plots.bifurcation_diagram", {"columns": 10**9}, "columns", "from 2 to", "whole number"),
    ("plots.bifurcation_diagram", {"ax": "axes"}, "ax", "must be an Axes", "leave it out"),
    ("plots.phase_strip", {"boundaries": [1.0]}, "boundaries", "Boundary or StepBoundary", "find_boundaries"),
    ("plots.phase_strip", {"units": "a"}, "units", 'sequence of "a"', "["),
    ("plots.phase_strip", {"marked": NAN}, "marked", _FINITE, "repair"),
    ("plots.cobweb", {"steps": 10**9}, "steps", "from 0 to", "whole number"),
    ("plots.cobweb", {"phase": "chaotic"}, "phase", "must be a Phase", "Phase.CHAOTIC"),
    ("plots.cobweb", {"within": (1, 1)}, "within", "lower < upper", "(0, 2)"),
    ("plots.cobweb", {"family": None}, "family", "must be a PolynomialFamily", "expression"),
    ("plots.loss_curve", {"descent": None}, "descent", "must be a Descent", "descend(...)"),
    ("plots.loss_curve", {"run": 2}, "run", "from 0 to 1", "whole number"),
    ("plots.training_curves", {"runs": {}}, "runs", "Training or a Descent", "train or descend"),
    ("plots.training_curves", {"which": 0}, "which", "sequence of runs", "["),
    ("plots.training_curves", {"which": []}, "which", "at least one run", "leave it out"),
    ("plots.training_curves", {"labels": ["a", "b"]}, "labels", "one entry for each", "leave it out"),
    ("plots.training_curves", {"floor": 2}, "floor", "between 0 and 1", "1e-18"),
    ("plots.sharpness_plot", {"top": 4}, "top", "beyond 4", "8"),
    ("plots.sharpness_plot", {"sharpness": [[1.0]]}, "sharpness", "shape", "reshape"),
    ("plots.phase_diagram", {"x": [1.0, 1.0]}, "x", "increasing order", "sort"),
    ("plots.phase_diagram", {"labels": [["chaotic"]]}, "labels", "must have shape", "reshape"),
    ("plots.phase_diagram", {"labels": 3}, "labels", "rows of phases", "one row per y"),
    ("plots.phase_diagram", {"predicted": 3}, "predicted", "map names to lines", "{"),
    ("plots.observed_strip", {"labels": ["chaos", "chaos"]}, "labels", "must be a phase", "Phase.CHAOTIC"),
    ("plots.observed_strip", {"title": 3}, "title", "must be a str", "give text"),
    ("plots.lyapunov_plot", {"curve": 3}, "curve", "LyapunovCurve or a tuple", "(parameters"),
    ("plots.lyapunov_plot", {"deepest": 0}, "deepest", "number < 0", "-2"),
    ("plots.coherence_drift", {"estimates": {"b": [[3, 2, 1], [1, 2, 3]]}}, "estimates['b']", "lower ≤ middle", "sort"),
    ("plots.coherence_drift", {"exact": [2.0]}, "exact", "must map names", "{"),
    ("plots.held_out_errors", {"training": None}, "training", "must be a Training", "train(...)"),
    ("plots.held_out_errors", {"step_size": 0.3}, "step_size", "must be one of 0.1", "as the training ran"),
    ("plots.generalization_plot", {"errors": None}, "errors", "must be a HeldOutErrors", "held_out_errors"),
    ("plots.HeldOutErrors", {"positions": [2, 1, 0]}, "positions", "increasing order", "sort"),
    ("plots.HeldOutErrors", {"last_iterate": -np.ones((2, 3))}, "last_iterate", "errors ≥ 0", "losses"),
    ("plots.sample_scales", {"problem": None}, "problem", "ProblemClassification", "classify("),
    ("plots.boundary_label", {"boundary": 1.0}, "boundary", "must be a Boundary", "find_boundaries"),
    ("plots.new_axes", {"width": 0}, "width", "> 0", "larger"),
    ("plots.new_axes", {"width": 10**6}, "width, height", "leave room", "another size"),
    ("plots.show", {"axes": None}, "axes", "Axes of matplotlib", "symphase.plots"),
]


_NAMES: Final = [f"{place}-{name}-{'-'.join(given)}" for place, (name, given, *_) in enumerate(TABLE)]


@pytest.mark.parametrize(("name", "given", "argument", "accepted", "advice"), TABLE, ids=_NAMES)
def test_a_mistaken_call_is_refused_with_what_to_do(
    name: str, given: Mapping[str, Any], argument: str, accepted: str, advice: str
) -> None:
    arguments = CALLS[name]()
    called = target(name, arguments)
    arguments |= given
    before = frozen_copy(arguments)
    found = outcome(lambda: called(**arguments))
    error = found.raised
    assert isinstance(error, InputError), f"not refused: {error!r}"
    message = str(error)
    assert message.startswith(f"{argument} = ")
    assert accepted in error.accepted
    assert error.advice
    assert advice in error.advice
    assert message.endswith(f": {error.accepted}; {error.advice}")
    assert message.isprintable()
    assert len(message) <= LONGEST
    assert slowness(found) is None
    assert not found.printed
    assert all(same(arguments[key], value) for key, value in before.items()), "an argument was changed"
    assert not files_below(Path()), "something was written"


def test_the_table_is_as_large_as_it_should_be_and_holds_no_row_twice(record_property: Any) -> None:
    record_property("hostile_api_cases", len(TABLE))
    assert len(TABLE) >= 160
    assert len(
        {(name, *given, *((type(each), _shorten(each)) for each in given.values())) for name, given, *_ in TABLE}
    ) == len(TABLE)


# ------------------------------------------------------------------------ every value for every argument of everything

# Records that only the package makes: their constructors take what was checked, or proved, before.
ANSWERS: Final = frozenset(
    [
        "Analysis",
        "Article",
        "Atlas",
        "AttractingCycleVerdict",
        "BandMerging",
        "BifurcationFactor",
        "BifurcationPolynomials",
        "BifurcationRoot",
        "Boundaries",
        "Boundary",
        "Census",
        "Certificate",
        "CertifiedBifurcation",
        "CertifiedCycle",
        "ChaosVerdict",
        "CheckResult",
        "Classification",
        "CobwebPath",
        "Coherence",
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
        "InvariantDensity",
        "InvariantInterval",
        "Location",
        "LyapunovCurve",
        "LyapunovExponent",
        "Minimum",
        "Model",
        "NumericalValue",
        "Observation",
        "Onset",
        "PhaseAgreement",
        "Placement",
        "Problem",
        "ProblemClassification",
        "ProofLine",
        "QuadraticForm",
        "RealCycle",
        "RealCycles",
        "SquaredResidual",
        "Step",
        "StoreReport",
        "Study",
        "SweepResult",
        "SweepSpec",
        "Term",
        "Theorem",
        "TopologicalEntropy",
        "Training",
        "Transition",
        "TransitionRow",
        "Verification",
        "Window",
        "WrittenStudy",
        "plots.PhaseStyle",
    ]
)
# What descend and train call in every step, with arrays that they checked: an interface for models of one's own.
KERNELS: Final = frozenset(
    "bend hessian_product loss_gradient loss_values predict respond slope slopes".split()  # noqa: SIM905  # reads better
)
# Of the sequence protocol, as every sequence has it.
SEQUENCE: Final = frozenset({"count", "index"})
# Texts that the package itself gives to its own error.
OWN_TEXTS: Final = frozenset({("InputError", "argument"), ("InputError", "accepted"), ("InputError", "advice")})


def _public() -> Iterator[tuple[str, Any]]:
    """Names and objects: public functions, constructors, and methods that take arguments."""
    for prefix, home in (("", symphase), ("plots.", plots)):
        for name in home.__all__:
            found = getattr(home, name)
            if inspect.isclass(found):
                if not issubclass(found, Exception) or found is InputError:
                    yield prefix + name, found
                for method, static in vars(found).items():
                    if not method.startswith("_") and (inspect.isfunction(static) or isinstance(static, classmethod)):
                        yield f"{prefix}{name}.{method}", getattr(found, method)
            elif inspect.isfunction(found):
                yield prefix + name, found


def _wanted(name: str, found: Any) -> set[str] | None:
    """Names of the arguments that a valid call must give; None where none is needed."""
    own = name.rpartition(".")[2]
    if inspect.isclass(found) and (name in ANSWERS or issubclass(found, Enum)):
        return None
    if own in KERNELS | SEQUENCE:
        return None
    given = {each for each in parameters(found) if each != "options"}
    return given | ({"tolerance", "max_symbols"} if name == "entropy_range" else set()) or None


def test_every_argument_of_every_public_name_has_a_valid_call_to_start_from() -> None:
    models = {"OneWeight", "PhaseRetrieval", "PolynomialLoss", "PolynomialModel", "TwoLayerNetwork"}
    wanted = {
        name: given
        for name, found in _public()
        if (given := _wanted(name, found)) and not (name.partition(".")[0] in models and "." in name)
    }
    assert {name: set(make()) - {"self"} for name, make in CALLS.items()} == wanted
    assert len(wanted) > 150


@pytest.mark.parametrize("name", [name for name in CALLS if name != "document"])  # seconds of checks
def test_the_valid_calls_are_valid(name: str) -> None:
    """Some name a file that is not there: what they answer is that it is missing."""
    arguments = CALLS[name]()
    called = target(name, arguments)
    found = outcome(lambda: called(**arguments))
    missing = {"path", "store"} & set(arguments)
    if found.raised is not None and not isinstance(found.raised, Accepted):
        assert isinstance(found.raised, InputError)
        assert missing or name == "compile_pdf"


def _complaints(name: str, values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the outcomes of a call with each argument replaced by each of the values."""
    wrong = []
    for argument in CALLS[name]():
        if argument == "self" or (name, argument) in OWN_TEXTS:
            continue
        for said, value in values.items():
            if argument == "progress" and (value is None or callable(value)):
                continue  # all the work would be done
            arguments = CALLS[name]()
            called = target(name, arguments)
            arguments[argument] = value
            before = frozen_copy(arguments)
            found = outcome(lambda: called(**arguments))  # noqa: B023  # called at once
            told = complaint(found)
            if told is None and not all(same(arguments[key], kept) for key, kept in before.items()):
                told = "an argument was changed"
            if told is None and isinstance(found.raised, SymphaseError) and (left := files_below(Path())):
                told = f"refused, and left {left}"
            if told is not None:
                wrong.append(f"{name}({argument}={said}): {told}")
            for made in Path().iterdir():  # under a name that was accepted
                _remove(made)
    return wrong


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for below in path.iterdir():
            _remove(below)
        path.rmdir()
    else:
        path.unlink()


# The values that found most; one commit tries these, the slow part all of them.
TELLING: Final = {
    said: HOSTILE[said]
    for said in (
        *(
            "nan",
            "-inf",
            "0",
            "-1",
            "2.5",
            "10**400",
            "-10**5000",
            "2**63",
            "True",
            "complex",
            "numpy int8",
            "Decimal sNaN",
        ),
        *(
            "empty text",
            "NUL",
            "1_000",
            "full-width digits",
            "1e400",
            "100000 parentheses",
            "9**9**9",
            "import",
            "bytes",
        ),
        *("None", "object", "spiteful", "empty list", "dict", "pair reversed", "zeros", "array with NaN"),
        *("structured array", "array beyond memory", "a path"),
    )
}


# Where the telling values cost a second and more: these wait for the slow part, which gives them all values.
CHECKED: Final = frozenset(
    {"Derivation.check", "article", "document", "entropy_range", "explorer_page", "float_itinerary", "fragment"}
    | {"invariant_density", "load_diabetes_problem", "load_digits_problem", "lyapunov_curve", "study", "train"}
    | {"verify", "write_explorer", "write_map_report", "write_report", "plots.bifurcation_diagram", "plots.cobweb"}
    | {"plots.coherence_drift", "plots.generalization_plot", "plots.loss_curve", "plots.lyapunov_plot"}
    | {"plots.observed_strip", "plots.phase_diagram", "plots.phase_strip", "plots.sharpness_plot"}
    | {"plots.training_curves"}
)


@pytest.fixture
def cheap_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document checks its derivation for seconds; here it is the arguments that are looked at."""
    monkeypatch.setattr(symphase.Derivation, "check", lambda _self, progress=None: ())  # noqa: ARG005  # as it is called


@pytest.mark.usefixtures("cheap_documents")
@pytest.mark.parametrize("name", [name for name in CALLS if name not in CHECKED])
def test_telling_values_are_answered_or_refused(name: str) -> None:
    assert not _complaints(name, TELLING)


@pytest.mark.slow  # 45 000 calls
@pytest.mark.usefixtures("cheap_documents")
@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("Derivation.check", "document")])
def test_every_hostile_value_is_answered_or_refused(name: str) -> None:
    assert not _complaints(
        name, {said: value for said, value in HOSTILE.items() if name in CHECKED or said not in TELLING}
    )


def test_a_derivation_is_checked_or_says_what_progress_must_be() -> None:
    assert not _complaints("Derivation.check", HOSTILE)


def test_nothing_that_was_written_as_text_has_run() -> None:
    assert not Path(CANARY).exists()
    assert {"import", "open", "attribute walk", "lambda text", "f-string"} <= set(TEXTS)
    assert {"nan", "inf", "10**400"} <= set(NUMBERS)


def test_every_message_of_an_input_error_says_what_to_do() -> None:
    """The advice is an argument of its own: an error without one is found in the source (the program has its suite)."""
    silent = [
        f"{path.name}:{node.lineno}"
        for path in sorted(Path(inspect.getfile(symphase)).parent.rglob("*.py"))
        if not {"cli.py", "commands"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "InputError"
        if len(node.args) < 4 and not any(word.arg == "advice" for word in node.keywords)
    ]
    assert not silent


# ------------------------------------------------------------------------------------------- defects that were found


def test_regression_numpy_integers_of_any_width_count_steps() -> None:
    """A NumPy int8 was checked and then used as it was: sizes overflowed."""
    made = CALLS["observe_problem"]() | {"steps": np.int8(100), "runs": np.int8(2)}
    assert symphase.observe_problem(**made).shape == (1, 2)
    made = CALLS["train"]() | {"steps": np.uint64(5), "runs": np.int8(2), "progress": None}
    assert symphase.train(**made).losses.shape == (2, 6)


def test_regression_a_number_is_no_path() -> None:
    """load_atlas(1) opened, read and closed the standard output of the process."""
    for function in (symphase.load_atlas, symphase.read_certificate):
        with pytest.raises(InputError, match="path = 1: must be a path"):
            function(1)  # type: ignore[arg-type]  # the mistake


def test_regression_an_interval_with_ends_of_thousands_of_digits_is_refused_in_words() -> None:
    """Python prints integers of 4300 digits: the message about a longer one was a ValueError."""
    far = Fraction(10**5000)
    with pytest.raises(InputError, match="ends of thousands of digits: must hold exactly one root"):
        symphase.RealAlgebraic([-2, 0, 1], far, far + 1)


def test_regression_irreducibility_of_a_million_coefficients_is_not_tried() -> None:
    """A text of a million digits was read as coefficients, and factored for ever."""
    for coefficients in ("1" * 10**6, [1] * 10**6):
        found = outcome(lambda: symphase.RealAlgebraic(coefficients, Fraction(0), Fraction(1)))  # type: ignore[arg-type]  # noqa: B023  # the mistake; called at once
        assert isinstance(found.raised, InputError)
        assert slowness(found) is None


def test_regression_names_of_symbols_are_escaped_in_latex() -> None:
    """The name given to a root went into LaTeX as it was."""
    told = things().quintic.latex(r"\input{/etc/passwd}")
    assert r"\input" not in told


def test_regression_pictures_refuse_records_that_are_none() -> None:
    """An AttributeError, from the first line that looked into it."""
    for name, argument in (
        ("plots.loss_curve", "descent"),
        ("plots.training_curves", "runs"),
        ("plots.bifurcation_diagram", "boundaries"),
        ("plots.sample_scales", "problem"),
        ("plots.generalization_plot", "errors"),
    ):
        arguments = CALLS[name]() | {argument: object()}
        with pytest.raises(InputError, match=rf"^{argument} = .*; "):
            target(name, arguments)(**arguments)

"""Errors of pictures, pages, documents and models that no other test provokes: a real bad input each, by its words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy
from families import logistic

from symphase.boundaries import Boundaries, find_boundaries
from symphase.descent import Descent, descend
from symphase.errors import InputError
from symphase.explorer.page import checked_file
from symphase.explorer.record import explorer_record
from symphase.latex import article, compile_tex, compiling, document, fragment, fragments
from symphase.models import OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.phases import residual_boundaries
from symphase.plots import (
    HeldOutErrors,
    bifurcation_diagram,
    coherence_drift,
    describe_generalization_plot,
    generalization_plot,
    held_out_errors,
    loss_curve,
    lyapunov_plot,
    new_axes,
    observed_strip,
    phase_diagram,
    phase_strip,
    sharpness_plot,
    training_curves,
)
from symphase.reports import data as data_reports
from symphase.reports.schemas import schema_text
from symphase.tables import DataSet

ANY: Any = "text"
w, b = sympy.symbols("w b")
ONE = DataSet(features=np.ones((1, 1)), targets=np.ones(1), name="one")


@cache
def _descent() -> Descent:
    return descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.1, 0.2], starts=[0.5, 0.5], steps=4)


def _errors(**changes: Any) -> HeldOutErrors:
    return HeldOutErrors(**{"positions": np.array([1.0]), "last_iterate": np.array([[1.0]]), **changes})


@cache
def _logistic() -> Boundaries:
    return find_boundaries(logistic())


@cache
def _runs() -> Any:
    from symphase.problems import make_problem
    from symphase.training import train

    problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=2, dimension=3, rng=1)
    return train(problem, step_sizes=[0.1, 0.2], steps=4)


CALLS: dict[str, Callable[[], object]] = {
    # pictures
    "coherences = .*: must be finite numbers in increasing order; sort them": lambda: coherence_drift(
        [1.0, 0.0], {"flip": [[1.0, 2.0, 3.0]] * 2}
    ),
    "estimates = text: must map names of boundaries to arrays; as .'catapult → periodic': rows": lambda: (
        coherence_drift([0.0], ANY)
    ),
    "estimates = .*: must map names of boundaries to arrays; the names are texts": lambda: coherence_drift(
        [0.0],
        {3: [[1.0, 2.0, 3.0]]},  # type: ignore[dict-item]  # the wrong type is the point
    ),
    "exact = text: must map names of boundaries to their values; as": lambda: coherence_drift(
        [0.0], {"flip": [[1.0, 2.0, 3.0]]}, exact=ANY
    ),
    "exact = flop: must be among the boundaries flip; use the same names in both": lambda: coherence_drift(
        [0.0], {"flip": [[1.0, 2.0, 3.0]]}, exact={"flop": 1.0}
    ),
    "must hold at least one boundary that was found; leave the picture out": lambda: coherence_drift(
        [0.0], {"flip": [[np.nan] * 3]}
    ),
    "exponents = shape .*: must be as many numbers as the parameters, two at least; give arrays": lambda: lyapunov_plot(
        ([1.0, 2.0], [0.5])
    ),
    "parameters = .*: must be finite numbers in increasing order; sort them": lambda: lyapunov_plot(
        ([2.0, 1.0], [0.5, 0.5])
    ),
    "exponents = .*: must be numbers, −inf or NaN, and some of them finite; remove what escaped": lambda: lyapunov_plot(
        ([1.0, 2.0], [np.nan, np.nan])
    ),
    "positions = .*: must be finite numbers in increasing order": lambda: _errors(positions=np.array([np.inf])),
    "training = text: must be a Training; give what train.* returned": lambda: held_out_errors(ANY),
    "errors = text: must be a HeldOutErrors; take them from held_out_errors": lambda: generalization_plot(ANY),
    "must be a HeldOutErrors; take them from held_out_errors$": lambda: describe_generalization_plot(ANY),
    "must hold a finite error > 0 at some position; leave the picture out": lambda: generalization_plot(
        _errors(last_iterate=np.array([[0.0]]))
    ),
    "must hold at least one boundary; search for them without limits": lambda: bifurcation_diagram(
        dataclasses.replace(residual_boundaries(), items=())
    ),
    "labels = text: must be a sequence of phases, their names or their numbers; one per step size": lambda: (
        observed_strip([1.0, 2.0], ANY)
    ),
    "must hold at least two different finite numbers; run more step sizes": lambda: observed_strip(
        [1.0, 1.0], ["chaotic", "chaotic"]
    ),
    "labels = 9: must be a phase, one of .*, or its number 0 to 5; as Phase.CHAOTIC": lambda: observed_strip(
        [1.0, 2.0], [9, 9]
    ),
    "y = .*: must be at least two finite numbers in increasing order; sort them": lambda: phase_diagram(
        [1.0, 2.0], [2.0, 1.0], [["chaotic"] * 2] * 2
    ),
    "ηλ is 2a for the residual map alone; leave it out": lambda: phase_strip(_logistic(), units=["ηλ"]),
    "width, height = 0.5, 0.5: must leave room for the Axes, on a figure of at most 400": lambda: new_axes(0.5, 0.5),
    "positions = shape .*: must be a non-empty array of numbers with 1 axes; reshape it": lambda: _errors(
        positions=np.ones((1, 1))
    ),
    "must be numbers in rows of equal length; give lists or arrays": lambda: _errors(positions=[[1.0], [1.0, 2.0]]),
    "ax = text: must be an Axes; leave it out for a figure of its own": lambda: phase_strip(residual_boundaries(), ANY),
    "labels = .* labels: do not fit beside the curves; choose fewer runs or make the Axes larger": lambda: (
        training_curves(_runs(), new_axes(2, 2), labels=["a very long label of a short curve"] * 2)
    ),
    "descent = text: must be a Descent; give what descend.* returned": lambda: loss_curve(ANY),
    "floor = 1.0: must be a number between 0 and 1; as 1e-18": lambda: training_curves(_runs(), floor=1.0),
    "sharpness = shape .*: must have the shape .* of the losses: runs, recorded steps; transpose": lambda: (
        sharpness_plot(_runs(), sharpness=[[1.0]])
    ),
    # pages
    "out = 3: must be the path of a file; give a name such as explorer.html": lambda: checked_file(3),
    "out = no/where.html: lies in a folder that does not exist; make the folder first": lambda: checked_file(
        "no/where.html"
    ),
    "subject = text: must be a model or a PolynomialFamily; as PhaseRetrieval": lambda: explorer_record(ANY),
    "data = one: does not go with a .*; leave the data or the model out": lambda: explorer_record(OneWeight(), ONE),
    "must reduce to the residual map, with numbers for all its parameters; give for example": lambda: explorer_record(
        PhaseRetrieval(), ONE
    ),
    "has parameters without a number: b; write the numbers": lambda: explorer_record(
        PolynomialModel(w**2 + b * w, weight=w, parameters=(b,))
    ),
    "reduces to no map of one variable; The loss is a parabola": lambda: explorer_record(
        PolynomialLoss(w**2, weight=w)
    ),
    "record = text: must be one of .*; see reports.schemas": lambda: schema_text("text"),
    # documents
    "must have at most .* characters; split the document": lambda: compile_tex(r"\begin{document}" + 10**8 * "x"),
    "checks = text: must be what check.. returned; leave it out": lambda: article(OneWeight(), checks=ANY),
    "fragment = map: must be a sequence of names; or use fragment.subject, name.": lambda: fragments(
        OneWeight(), "map"
    ),
    "fragment = zzz: must be one of: .*; fragment_names.subject., or --fragment list, names": lambda: fragment(
        OneWeight(), "zzz"
    ),
    "symbols = text: must map names to new names; as": lambda: document(OneWeight(), symbols=ANY),
    "symbols = i: must be letters, perhaps with an index behind _, other than i and j; as in z=x": lambda: document(
        OneWeight(), symbols={"z": "i"}
    ),
    "symbols = a=x: must be new names that differ; x is given twice": lambda: document(
        OneWeight(), symbols={"z": "x", "a": "x"}
    ),
    # models
    r"parameters.* = 3: must be a Symbol; give a name or sympy.Symbol.'b'., say": lambda: PolynomialModel(
        w**2,
        weight=w,
        parameters=(3,),
    ),
    "weight = w!: must be a letter followed by letters, digits or _ .at most 32.; rename it": lambda: PolynomialModel(
        sympy.Symbol("w!") ** 2, weight=sympy.Symbol("w!")
    ),
    "weight = 3: must be a SymPy symbol or a name; give weight='w'": lambda: PolynomialModel(
        w**2,
        weight=3,
    ),
    "alpha = 0: must not be 0: the prediction would be 0 for every weight; give": lambda: TwoLayerNetwork(alpha=0),
    "outer_weights = .*: must not all be 0 .nor be empty.; give one per neuron": lambda: TwoLayerNetwork(
        outer_weights=(0, 0)
    ),
    "prediction = 3: must have degree 1 to 64 in w; as": lambda: PolynomialModel(sympy.Integer(3), weight=w),
}


@pytest.mark.parametrize("words", CALLS)
def test_each_mistake_is_named_in_words(words: str) -> None:
    with pytest.raises(InputError, match=words):
        CALLS[words]()


def test_regression_a_misspelt_kind_of_fragment_is_answered_with_the_right_one() -> None:
    with pytest.raises(InputError, match=r"fragment = mapp: must be one of: .*; did you mean map\?$"):
        fragment(OneWeight(), "mapp")


def test_a_document_that_does_not_compile_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(folder: Path, _: float) -> bool:
        (folder / "document.log").write_text("! Undefined control sequence.\nl.3 \\nowhere\n")
        return False

    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(compiling, "_run", run)
    said = r"tex = the document: does not compile: Undefined control sequence\. \(line 3\); see the line it names"
    with pytest.raises(InputError, match=said):
        compile_tex(r"\begin{document}\nowhere")


def test_a_paper_about_the_residual_map_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_reports, "article", lambda *_, **__: SimpleNamespace(verification=None))
    with pytest.raises(TypeError, match="a paper about the residual map is verified by gradient descent"):
        data_reports.write_report(tmp_path / "report", pdf=False)

"""Errors that several functions word alike: each of the places says so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from families import logistic

from symphase.algebraic import RealAlgebraic
from symphase.analysis import analyze, basin_starts
from symphase.arguments import interval, number
from symphase.atlas import build_atlas
from symphase.bifurcations import bifurcation_polynomials
from symphase.certificates import certificate_for
from symphase.cycles import certified_flips, certify_cycle
from symphase.descent import descend
from symphase.errors import InputError
from symphase.explorer.record import explorer_record
from symphase.formulas import exact_rational
from symphase.itineraries import TWO_LAPS
from symphase.landings import algebraic_landing
from symphase.latex import article
from symphase.lyapunov import lyapunov_exponent
from symphase.maps import PolynomialFamily
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel
from symphase.observations import observe_phase
from symphase.onset import enclose_onset
from symphase.orbits import orbit_diagram
from symphase.phases import model_boundaries, step_boundaries
from symphase.plots import bifurcation_diagram, describe_bifurcation_diagram, phase_strip
from symphase.problems import make_problem
from symphase.real_cycles import unstable_cycles
from symphase.reports.data import write_report
from symphase.reports.maps import write_map_report
from symphase.sharpness import largest_hessian_eigenvalue
from symphase.spec_reader import read_spec
from symphase.strategies import check_derivation, check_phase_agreement, orthogonal_data
from symphase.studies import study
from symphase.study_page import write_study
from symphase.sweeps import sweep
from symphase.tables import DataSet, finite_array
from symphase.training import train
from symphase.transitions import empirical_boundaries, observe_problem
from symphase.verification import verify

ANY: Any = "text"
ONE = np.ones((1, 1))
HUGE: Any = 10**400
TRIPLE: Any = (1, 2, 3)
w, x, a = sympy.symbols("w x a")
OPEN = PhaseRetrieval()
TABLE = DataSet(features=ONE, targets=np.ones(1), name="one")

ONE_NAME = 'kind = "lyapunov"\n[map]\nformula = "x"\nvariable = "x"\nparameter = "x"\n[grid]\nparameters = [1]\n'

PLACES: dict[str, tuple[Callable[[], object], ...]] = {
    "problem = text: must be a Problem; make one with make_problem or problem_from_data": (
        lambda: study(ANY),
        lambda: write_study("no-study", ANY),
        lambda: train(ANY, step_sizes=0.1),
        lambda: observe_problem(ANY, step_sizes=0.1),
        lambda: empirical_boundaries(ANY),
    ),
    "model = text: must be a model; give PhaseRetrieval.gamma=2, c=0., for example": (
        lambda: analyze(TABLE, model=ANY),
        lambda: descend(ANY, ONE, [1.0], step_sizes=0.1, starts=[0.5]),
        lambda: model_boundaries(ANY),
        lambda: make_problem(ANY, samples=1, dimension=1),
        lambda: largest_hessian_eigenvalue(ANY, [1.0], ONE, [1.0]),
        lambda: check_derivation(ANY),
        lambda: check_phase_agreement(ANY, lambda *_: ANY),
    ),
    "has parameters without a number: .*; give each a number": (
        lambda: analyze(TABLE, model=OPEN),
        lambda: descend(OPEN, ONE, [1.0], step_sizes=0.1, starts=[[0.5]]),
        lambda: make_problem(OPEN, samples=1, dimension=1),
        lambda: orthogonal_data(OPEN),
    ),
    "family = text: must be a PolynomialFamily; give an expression, its variable, its parameter": (
        lambda: bifurcation_polynomials(ANY, 3, -1),
        lambda: enclose_onset(ANY, first_superstable=0.0, second_superstable=1.0, chaotic_end=2.0),
        lambda: orbit_diagram(ANY, [1.0], transient=1, keep=1),
    ),
    "boundar.* = text: must be a Boundar(y|ies); take them from find_boundaries": (
        lambda: article(OneWeight(), boundaries=ANY),
        lambda: step_boundaries(Fraction(1), [ANY]),
        lambda: describe_bifurcation_diagram(ANY),
        lambda: bifurcation_diagram(ANY),
        lambda: verify(ANY),
    ),
    "text: must be a sequence of Boundary or StepBoundary; take them from find_boundaries": (
        lambda: phase_strip(ANY),
        lambda: phase_strip([ANY]),
    ),
    "must be an integer from 1 to .*; give a whole number": (
        lambda: build_atlas(logistic(), 0),
        lambda: build_atlas(logistic(), 1).of_period(0),
        lambda: certificate_for(RealAlgebraic.rational(1), digits=0),
        lambda: list(certified_flips(logistic(), 3.2, max_period=0)),
        lambda: explorer_record(logistic(), max_period=0),
        lambda: TWO_LAPS.words(0),
        lambda: unstable_cycles(logistic(), 3, 0),
        lambda: unstable_cycles(logistic(), 3, 1).of_period(0),
    ),
    "must be an integer from 0 to .*; give a whole number": (
        lambda: RealAlgebraic.rational(1).enclose(-1),
        lambda: RealAlgebraic.rational(1).decimal(-1),
    ),
    "must be an integer ≥ 0; give a whole number": (
        lambda: basin_starts(OPEN, TABLE, Fraction(1), 1, -1),
        lambda: build_atlas(logistic(), 1).widest(-1),
        lambda: lyapunov_exponent(logistic(), 3, seed=-1),
    ),
    "must be True or False; give one of them": (lambda: lyapunov_exponent(logistic(), 3, telescope=ANY),),
    "must be a finite real number: an int, a float, .*; round or repair it": (
        lambda: exact_rational(Decimal("NaN"), "a"),
        lambda: exact_rational(float("nan"), "a"),
        lambda: exact_rational(1j, "a"),
    ),
    "has too many digits; round it to fewer than 5000 digits": (
        lambda: exact_rational(10**10000, "a"),
        lambda: exact_rational(Decimal("1e6000"), "a"),
    ),
    "must be an interval .lower, upper. with lower < upper; as .0, 2.": (
        lambda: interval(3),
        lambda: interval((1, 2, 3)),
        lambda: interval((2, 1)),
    ),
    "must be two rational numbers, the smaller first; as .1.5, 1.7.": (
        lambda: algebraic_landing(logistic(), 2, 1, within=TRIPLE),
        lambda: algebraic_landing(logistic(), 2, 1, within=(Fraction(2), Fraction(1))),
    ),
    "must be a number (≥|>) 1; give a larger one": (
        lambda: number(0, "a", least=1),
        lambda: number(1, "a", above=1),
    ),
    "must be within the range of floats; (rescale|take other units)": (
        lambda: number(HUGE, "a"),
        lambda: enclose_onset(logistic(), first_superstable=HUGE, second_superstable=1.0, chaotic_end=2.0),
    ),
    "must be smaller than 2.1000; take other units": (
        lambda: certify_cycle(logistic(), HUGE, [0.5]),
        lambda: unstable_cycles(logistic(), HUGE, 2),
    ),
    "must have rational coefficients; write 1/10 instead of 0.1": (
        lambda: PolynomialFamily(0.1 * x + a, variable=x, parameter=a),
        lambda: PolynomialModel(0.1 * w**2, weight=w),
    ),
    "must have at least one sample and one feature; give an array of shape .n, d.": (
        lambda: DataSet(features=np.ones((0, 1)), targets=np.ones(0), name="none"),
        lambda: descend(OneWeight(), np.ones((0, 1)), [], step_sizes=0.1, starts=[0.5]),
    ),
    "must have the same number of samples; give one y per row": (
        lambda: DataSet(features=ONE, targets=np.ones(2), name="one"),
        lambda: descend(OneWeight(), ONE, [1.0, 2.0], step_sizes=0.1, starts=[0.5]),
    ),
    "tolerance = 1: must be between 0 and 1; the default is 1e-8": (
        lambda: observe_phase(descend(OneWeight(), ONE, [1.0], step_sizes=0.1, starts=[0.5]), tolerance=1),
        lambda: read_spec('kind = "descent"\n[grid]\nstep_sizes = [1]\n[run]\ntolerance = 1\n'),
    ),
    "a boolean is not a number here; give a number": (
        lambda: exact_rational(True, "a"),
        lambda: finite_array([1.0, True], "a"),
    ),
    "must differ from the variable; name two different symbols": (
        lambda: PolynomialFamily(x**2, variable=x, parameter=x),
        lambda: sweep(ONE_NAME, "no-store"),
    ),
}


@pytest.mark.parametrize(("words", "place"), [(words, k) for words, calls in PLACES.items() for k in range(len(calls))])
def test_each_place_names_the_mistake_in_the_same_words(words: str, place: int) -> None:
    with pytest.raises(InputError, match=words):
        PLACES[words][place]()


def test_a_report_needs_a_residual_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = PhaseRetrieval(gamma=0, c=1)
    data = DataSet(features=np.eye(2), targets=np.ones(2), name="two")
    for write in (lambda: write_report("report", data=data, model=line), lambda: write_map_report("report", line)):
        with pytest.raises(InputError, match=r"has no residual map to report on; .+"):
            write()
    assert not list(tmp_path.iterdir())


def test_compiled_kernels_need_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=2, dimension=3, rng=1)
    monkeypatch.setattr("symphase.orbits.numba_is_here", lambda: False)
    monkeypatch.setattr("symphase.training.numba_is_here", lambda: False)
    for call in (
        lambda: orbit_diagram(logistic(), [1.0], transient=1, keep=1, jit=True),
        lambda: train(problem, step_sizes=0.1, jit=True),
    ):
        with pytest.raises(InputError, match=r"jit = True: needs numba; pip install .symphase\[jit\]., or leave"):
            call()

"""Certified cycles: planted ones are proved, wrong ones are not, boxes contain the exact answer."""

from __future__ import annotations

import itertools
from fractions import Fraction

import flint
import pytest
from families import logistic, quadratic, residual

from symphase.algebraic import real_roots
from symphase.cycles import (
    certified_flips,
    certify_bifurcation,
    certify_cycle,
    find_attracting_cycle,
    follow_multiplier,
)
from symphase.enclosures import Verdict


def test_the_exact_two_cycle_lies_in_the_certified_box() -> None:
    # logistic 2-cycle at r = 16/5: roots of r²x² − r(r+1)x + (r+1)
    r = Fraction(16, 5)
    cycle = certify_cycle(logistic(), r, [0.51, 0.8])
    assert cycle is not None
    exact = real_roots(flint.fmpz_poly([105, -336, 256]))  # 25·(r²x² − r(r+1)x + (r+1))
    assert len(exact) == 2
    for bounds, root in zip(sorted(cycle.points), exact, strict=True):
        assert bounds[0] < root < bounds[1]
        assert bounds[1] - bounds[0] < Fraction(1, 10**8)
    assert cycle.multiplier[0] < 4 + 2 * r - r * r < cycle.multiplier[1]
    assert cycle.is_attracting is Verdict.PROVED


def test_a_repelling_cycle_is_proved_repelling() -> None:
    cycle = certify_cycle(logistic(), Fraction(7, 2), [0.71428])
    assert cycle is not None
    assert cycle.is_attracting is Verdict.REFUTED


def test_a_fixed_point_never_passes_for_a_two_cycle() -> None:
    assert certify_cycle(logistic(), Fraction(16, 5), [0.6875, 0.6875]) is None


def test_there_is_no_two_cycle_below_the_flip() -> None:
    assert certify_cycle(logistic(), Fraction(29, 10), [0.6, 0.7]) is None


@pytest.mark.parametrize(("period", "seed"), [(2, [-1.2, 0.2]), (1, [-0.5])])
def test_flips_of_the_quadratic_family(period: int, seed: list[float]) -> None:
    exact = {1: Fraction(-3, 4), 2: Fraction(-5, 4)}[period]
    box = certify_bifurcation(quadratic(), float(exact) + 1e-3, seed, -1)
    assert box is not None
    assert box.parameter[0] < exact < box.parameter[1]
    assert box.parameter[1] - box.parameter[0] < Fraction(1, 10**15)
    finer = certify_bifurcation(quadratic(), exact, [float(sum(p) / 2) for p in box.points], -1, bits=512)
    assert finer is not None
    assert finer.parameter[1] - finer.parameter[0] < Fraction(1, 10**80)


def test_the_fold_of_the_three_cycle() -> None:
    orbit = [-1.7549, 1.3247, 0.0]
    orbit[2] = orbit[1] ** 2 - 1.75
    box = certify_bifurcation(quadratic(), -1.75, [-1.747, 1.302, -0.055], 1)
    assert box is not None
    assert box.period == 3
    assert box.parameter[0] < Fraction(-7, 4) < box.parameter[1]


def test_a_crossing_of_branches_is_not_certified_as_a_fold() -> None:
    # at r = 1 the logistic fixed points cross: multiplier +1, but no fold, and the Jacobian is singular
    assert certify_bifurcation(logistic(), 1.0, [0.0], 1) is None


def test_the_cascade_is_proved_to_period_64_and_shrinks_by_feigenbaum() -> None:
    superstable = 3 * 2**0.5 / 2 - 1
    boxes = list(certified_flips(residual(), superstable))
    assert [box.period for box in boxes] == [2, 4, 8, 16, 32, 64]
    places = [float(sum(box.parameter) / 2) for box in boxes]
    assert places == sorted(places)
    gaps = [right - left for left, right in itertools.pairwise(places)]
    assert gaps[-2] / gaps[-1] == pytest.approx(4.6692, abs=0.01)
    for box in boxes:
        assert len(box.points) == box.period
        assert box.multiplier == -1


def test_following_a_multiplier_reaches_it() -> None:
    start = 3 * 2**0.5 / 2 - 1
    family = residual()
    c = (1 - 2 * start) / 3
    orbit = [c, sum(float(v) * c**k for k, v in enumerate(family.at(start, float)))]
    reached = follow_multiplier(family, start, orbit, 0.0, -1.0)
    assert reached is not None
    assert reached[0] == pytest.approx(5**0.5 - 1, abs=1e-12)


@pytest.mark.parametrize(
    ("parameter", "period"),
    [
        ("1.1", 2),
        ("1.25", 4),
        ("1.3", 16),
        ("1.455", 3),
        ("1.7", 3),
        ("1.838", 4),
        ("1.98177", None),
        ("1.5", None),
        ("2", None),
    ],
)
def test_attracting_cycles_are_found_and_proved(parameter: str, period: int | None) -> None:
    cycle = find_attracting_cycle(residual(), Fraction(parameter))
    assert (cycle.period if cycle else None) == period
    if cycle is not None:
        assert cycle.is_attracting is Verdict.PROVED
        assert max(abs(bound) for bound in cycle.multiplier) < 1


def test_the_search_stops_at_its_period() -> None:
    assert find_attracting_cycle(residual(), Fraction("1.3"), max_period=8) is None

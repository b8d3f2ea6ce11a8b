"""One parameter of a map of one's own: between which boundaries, with which cycle."""

from __future__ import annotations

import pytest
import sympy

from symphase.derivation import derive
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.models import PolynomialLoss
from symphase.phases import Phase, classify, residual_family
from symphase.placements import place_parameter

r, x = sympy.symbols("r x")
LOGISTIC = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)


@pytest.mark.parametrize(
    ("place", "label", "period", "entropy", "below", "above"),
    [
        ("2.5", "an attracting fixed point", 1, "refuted", "end of monotone convergence", "flip of period 1 → 2"),
        ("3.2", "an attracting cycle of period 2", 2, "refuted", "flip of period 1 → 2", "flip of period 2 → 4"),
        ("3.7", "chaotic orbits, and no", None, "proved", "onset of chaos", "birth of the first 3-cycle"),
        ("3.83", "an attracting cycle of period 3", 3, "proved", "birth of the first 3-cycle", "escape"),
    ],
)
def test_the_logistic_map(place: str, label: str, period: int | None, entropy: str, below: str, above: str) -> None:
    found = place_parameter(LOGISTIC, place)
    assert found.label.startswith(label)
    assert (found.period, str(found.entropy_positive), found.certainty) == (period, entropy, Certainty.CERTIFIED)
    assert found.below is not None
    assert found.above is not None
    assert found.below.name == below
    assert found.above.name.startswith(above)
    assert found.evidence
    assert found.at is None


def test_beyond_escape_and_on_a_boundary() -> None:
    found = place_parameter(LOGISTIC, "4.1")
    assert (found.label, found.certainty, found.above) == ("a critical orbit escapes", Certainty.EXACT, None)
    found = place_parameter(LOGISTIC, 3)
    assert found.at is not None
    assert found.at.name == "flip of period 1 → 2"
    assert found.period is None
    assert found.certainty is Certainty.OBSERVED  # a neutral fixed point is no attracting one


@pytest.mark.parametrize("place", ["0.5", "0.9", "1.1", "1.3", "1.455", "1.7"])
def test_the_residual_map_is_placed_as_it_is_classified(place: str) -> None:
    placed, classified = place_parameter(residual_family(), place), classify(place)
    periodic = classified.phase in (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC)
    assert (placed.period is not None) is periodic
    assert placed.period == (classified.period if classified.phase is Phase.PERIODIC else 1 if periodic else None)
    if classified.entropy_positive is not Verdict.UNDECIDED:
        assert placed.entropy_positive is classified.entropy_positive


def test_a_loss_without_a_flip_has_no_boundaries() -> None:
    family = derive(PolynomialLoss("w^4")).family
    assert family is not None
    found = place_parameter(family, "0.3")
    assert found.missing is not None
    assert "no fixed point that flips" in found.missing
    assert (found.below, found.at, found.above) == (None, None, None)
    assert found.label.startswith("undecided")


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(InputError, match=r"^parameter = nan"):
        place_parameter(LOGISTIC, "nan")
    with pytest.raises(InputError, match=r"^max_period = 0"):
        place_parameter(LOGISTIC, 3, max_period=0)

"""Placements word for word, and on either side of what they depend on."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from edges import table

from symphase.cycles import CertifiedCycle, certify_cycle
from symphase.derivation import derive
from symphase.display import family_html, level_html
from symphase.enclosures import Certainty, Verdict
from symphase.maps import PolynomialFamily
from symphase.models import PolynomialLoss
from symphase.placements import _label, place_parameter

r, x = sympy.symbols("r x")
LOGISTIC = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
DOWNWARDS = PolynomialFamily(x**2 + r, variable=x, parameter=r)


def test_a_parameter_between_boundaries() -> None:
    found = place_parameter(LOGISTIC, "2.5")
    assert (found.family, found.parameter, found.missing) == (LOGISTIC, Fraction(5, 2), None)
    assert found.cycle is not None
    assert found.cycle.period == 1
    assert found._line() == "r = 2.5: an attracting fixed point [certified]"
    assert table(found._repr_html_()) == (
        "Where 2.5 lies",
        {
            "map": family_html(LOGISTIC),
            "phase": f"<strong>an attracting fixed point</strong> {level_html('certified')}",
            "boundary below": "end of monotone convergence, r = 2",
            "boundary above": "flip of period 1 → 2, r = 3",
            "positive entropy": "refuted",
            "evidence": "a certified attracting cycle of period 1<br>"
            "<var>f</var> is monotone on an invariant interval: entropy zero",
        },
    )


def test_a_parameter_that_is_a_boundary() -> None:
    facts = table(place_parameter(LOGISTIC, 3)._repr_html_())[1]
    assert facts["here"] == "flip of period 1 → 2, r = 3"
    assert facts["boundary below"] == "end of monotone convergence, r = 2"
    assert facts["boundary above"].startswith("flip of period 2 → 4, r = 3.449")


def test_a_family_without_boundaries_says_why() -> None:
    family = derive(PolynomialLoss("w^4")).family
    assert family is not None
    found = place_parameter(family, "0.3")
    caption, facts = table(found._repr_html_())
    assert caption == "Where 0.3 lies"
    assert facts["no boundaries"] == found.missing
    assert not {"boundary below", "here", "boundary above"} & set(facts)


def test_escape_is_seen_on_the_side_that_the_story_runs_to() -> None:
    assert place_parameter(LOGISTIC, "4.1").label == "a critical orbit escapes"
    assert place_parameter(DOWNWARDS, "-2.1").label == "a critical orbit escapes"
    assert place_parameter(DOWNWARDS, "-1.9").label != "a critical orbit escapes"


def test_the_default_period_is_64() -> None:
    assert place_parameter(LOGISTIC, "3.7").label == "chaotic orbits, and no attracting cycle of period ≤ 64"
    short = place_parameter(LOGISTIC, "3.7", max_period=7).label
    assert short == "chaotic orbits, and no attracting cycle of period ≤ 7"


def cycle(parameter: Fraction, orbit: list[float]) -> CertifiedCycle:
    found = certify_cycle(LOGISTIC, parameter, orbit)
    assert found is not None
    return found


NONE = "no attracting cycle of period ≤ 9"
OPEN = f"{NONE} was found (none excluded)"
CHAOS_OPEN = "and chaos neither proved nor refuted"


@pytest.mark.parametrize(
    ("attracting", "chaotic", "escaped", "label", "certainty"),
    [
        (Verdict.REFUTED, Verdict.PROVED, True, "a critical orbit escapes", Certainty.EXACT),
        (Verdict.REFUTED, Verdict.PROVED, False, f"chaotic orbits, and {NONE}", Certainty.CERTIFIED),
        (Verdict.UNDECIDED, Verdict.PROVED, False, f"chaotic orbits, and {OPEN}", Certainty.OBSERVED),
        (Verdict.REFUTED, Verdict.REFUTED, False, f"no chaotic orbits, and {NONE}", Certainty.CERTIFIED),
        (Verdict.UNDECIDED, Verdict.REFUTED, False, f"no chaotic orbits, and {OPEN}", Certainty.OBSERVED),
        (Verdict.REFUTED, Verdict.UNDECIDED, False, f"undecided: {NONE}, {CHAOS_OPEN}", Certainty.OBSERVED),
        (Verdict.UNDECIDED, Verdict.UNDECIDED, False, f"undecided: {OPEN}, {CHAOS_OPEN}", Certainty.OBSERVED),
    ],
)
def test_every_label_without_a_cycle(
    attracting: Verdict, chaotic: Verdict, escaped: bool, label: str, certainty: Certainty
) -> None:
    assert _label(None, attracting, chaotic, escaped, 9) == (label, certainty)


def test_labels_with_a_cycle() -> None:
    for found, label in (
        (cycle(Fraction(5, 2), [0.6]), "an attracting fixed point"),
        (cycle(Fraction(16, 5), [0.51, 0.8]), "an attracting cycle of period 2"),
    ):
        assert _label(found, Verdict.PROVED, Verdict.REFUTED, True, 9) == (label, Certainty.CERTIFIED)

"""What a record of bifurcations says, word for word, and every refusal with its advice."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
import sympy
from families import logistic, odd_cubic

from symphase import bifurcations as module
from symphase.bifurcations import bifurcation_polynomials
from symphase.display import level_html
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.maps import PolynomialFamily

if TYPE_CHECKING:
    from pathlib import Path

_r, _x = sympy.symbols("r x")
FLIP = bifurcation_polynomials(logistic(), 2, -1, within=("3", "4"))  # (r − 1)² = 6
BOTH = bifurcation_polynomials(logistic(), 2, -1)
MIRRORED = bifurcation_polynomials(odd_cubic(), 3, -1)


def test_records_in_a_line() -> None:
    assert FLIP.roots[0]._line() == "1 + sqrt(6), real cycle [exact]"
    assert FLIP[0]._line() == "irreducible polynomial of degree 2, 1 real root"
    assert MIRRORED[0]._line() == "irreducible polynomial of degree 12, 2-fold, 4 real roots"
    assert FLIP._line() == "period 2, multiplier -1, 1 factor of degree 2; 1 real root"
    several = bifurcation_polynomials(odd_cubic(), 2, 1)
    assert several._line() == "period 2, multiplier 1, 3 factors of degree 1, 1, 1; 3 real roots"


def test_a_record_as_plain_data() -> None:
    record = FLIP.to_dict()
    (root,) = record["factors"][0].pop("roots")
    assert record == {
        "map": "-r*x**2 + r*x",
        "variable": "x",
        "parameter": "r",
        "period": 2,
        "multiplier": "-1",
        "within": ["3", "4"],
        "proof": "coefficient bound",
        "primes": FLIP.primes,
        "factors": [{"coefficients": ["-5", "-2", "1"], "multiplicity": 1}],
    }
    cycle = FLIP.roots[0].cycle
    assert cycle is not None
    assert root == {
        "decimal": "3.44948974278317809820",
        "isolating_interval": [str(end) for end in FLIP.roots[0].value.enclose(64)],
        "tie": "real cycle",
        "certainty": "exact",
        "cycle": [str((low + high) / 2) for low, high in cycle.points],
    }
    r = 1 + 6**0.5  # the points of the 2-cycle: r²x² − r(r + 1)x + r + 1 = 0
    half, root_of = (r + 1) / (2 * r), ((r + 1) * (r - 3)) ** 0.5 / (2 * r)
    points = sorted(float(Fraction(point)) for point in root["cycle"])
    assert points == pytest.approx([half - root_of, half + root_of], rel=1e-12)
    assert [end["decimal"] for end in BOTH.to_dict(3)["factors"][0]["roots"]] == ["-1.449", "3.449"]
    assert BOTH.to_dict()["within"] is None
    degenerate = bifurcation_polynomials(logistic(), 1, 1)  # x ← x − x²: no box holds one of two merged points
    assert degenerate.to_dict()["factors"][0]["roots"][0]["cycle"] is None


def test_a_record_as_a_table() -> None:
    html = BOTH._repr_html_()
    (caption,) = re.findall(r"<caption[^>]*>(.*?)</caption>", html)
    assert caption.startswith("Cycles of period 2 with multiplier -1 of <math")
    assert caption.endswith("</math>: 1 irreducible factor")
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html) == ["r", "degree", "cycle", "certainty"]
    assert re.findall(r'<th scope="row"[^>]*>(.*?)</th>', html) == ["-1.449489742783…", "3.449489742783…"]
    assert re.findall(r"<td[^>]*>(.*?)</td>", html) == ["2", "real cycle", level_html(Certainty.EXACT)] * 2
    assert "coefficient bound" in html


def refused(*given: Any, **named: Any) -> tuple[str, object, str, str]:
    with pytest.raises(InputError) as caught:
        bifurcation_polynomials(*given, **named)
    return caught.value.argument, caught.value.value, caught.value.accepted, caught.value.advice


def test_refusals_and_what_to_do() -> None:
    wanted = "must be a PolynomialFamily"
    assert refused("x", 2, 1) == ("family", "x", wanted, "give an expression, its variable, its parameter")
    for period in (0, True, 2.0):
        assert refused(logistic(), period, 1) == ("period", period, "must be an integer ≥ 1", "give a whole number")
    assert refused(logistic(), 12, 1)[3] == "certified boxes reach further: see certify_bifurcation and build_atlas"
    bits = module.MAX_MULTIPLIER_BITS
    large = 2**bits
    wanted = f"must have at most {bits} bits above and below"
    assert refused(logistic(), 2, large) == ("multiplier", large, wanted, "round it")
    assert refused(logistic(), 1, 1, checkpoint="c") == ("checkpoint", "c", "is of no use for period 1", "leave it out")


def test_a_multiplier_at_every_parameter_is_told_with_its_period() -> None:
    half = PolynomialFamily(_r * _x**2 + _x / 2, variable=_x, parameter=_r)
    wanted = (
        "belongs to a cycle of period 1, or to a shorter one that those of period 1 branch from, at every parameter"
    )
    assert refused(half, 1, "1/2") == ("multiplier", Fraction(1, 2), wanted, "there is no bifurcation to find")


def test_checkpoints_that_cannot_be(tmp_path: Path) -> None:
    nowhere, pipe, text = tmp_path / "no" / "c", tmp_path / "pipe", tmp_path / "text"
    os.mkfifo(pipe)
    text.write_text("a letter")
    for path, reason, advice in (
        (nowhere, "is in a folder that does not exist", "create that folder first"),
        (pipe, "is a pipe or a device, no ordinary file", "give another file"),
        (text, "is no checkpoint", "give another file"),
    ):
        assert refused(logistic(), 2, -1, checkpoint=path) == ("checkpoint", str(path), reason, advice)


def test_too_high_a_degree_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DEGREE", 1)
    wanted = "would make a polynomial of degree 2, more than 1"
    assert refused(logistic(), 2, -1) == ("period", 2, wanted, "take a smaller one")


def test_progress_is_reported_for_each_prime() -> None:
    seen: list[tuple[str, int, int]] = []
    found = bifurcation_polynomials(odd_cubic(), 2, -1, progress=lambda *report: seen.append(report))
    primes = [report for report in seen if report[0] == "primes"]
    assert [done for _, done, _ in primes] == list(range(1, found.primes + 1))

"""Errors of the exact side that no other test provokes: each with a real bad input, matched by its words.

What stands for a promise of another part, and breaks only with it, is provoked by a part that breaks it.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from families import logistic, quadratic, residual

from symphase import atlas, bifurcations, charts, eliminants, phases
from symphase.algebraic import RealAlgebraic
from symphase.atlas import Atlas, build_atlas, load_atlas
from symphase.bifurcations import bifurcation_polynomials
from symphase.boundaries import find_boundaries
from symphase.cells import Sample
from symphase.charts import KneadingStory, kneading_story
from symphase.crossings import _Witness
from symphase.cycles import certify_bifurcation, certify_cycle
from symphase.entropy import entropy_range, kneading_determinant, topological_entropy
from symphase.errors import InputError, SymphaseError
from symphase.formulas import evaluate, parse_formula
from symphase.isolation import root_cell
from symphase.itineraries import THREE_LAPS, TWO_LAPS, Itinerary
from symphase.landings import feigenbaum_constants
from symphase.lyapunov import chebyshev_degree, lyapunov_exponent
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS
from symphase.onset import CriticalOrbit, Onset, enclose_onset, monotonicity_theorem
from symphase.orbits import lyapunov_curve, orbit_diagram
from symphase.phases import residual_boundaries, step_boundaries
from symphase.processes import BudgetExceeded, check_workers
from symphase.real_cycles import _check_shape, _Search, unstable_cycles
from symphase.small_examples import boundary, two_cycle
from symphase.steps import _expanded
from symphase.theorems.proofs import unfolded, value_of
from symphase.theorems.rechecks import _Orbit
from symphase.theorems.selection import theorems_at
from symphase.theorems.sides import AttractingPoints
from symphase.theorems.story import Story, exact
from symphase.thresholds import BoundaryKind
from symphase.verification import _ends, verify
from symphase.windows import AtlasError, Birth, Window

a, x, r = sympy.symbols("a x r")
TEXT: Any = "x**2 + a"


@cache
def _story() -> KneadingStory:
    return kneading_story(logistic())


@cache
def _atlas() -> Atlas:
    return build_atlas(residual(), 4)


@cache
def _flat() -> PolynomialFamily:
    """x⁴ + a: f'' vanishes at its critical point."""
    return PolynomialFamily(x**4 + a, variable=x, parameter=a)


@cache
def _twice_bound() -> PolynomialFamily:
    """The critical points 0 and 1 land on the fixed point 0 whatever a is; ½ does not."""
    return PolynomialFamily(a * x**2 * (1 - x) ** 2, variable=x, parameter=a)


def _one_name() -> PolynomialFamily:
    other = sympy.Symbol("x", real=True)
    return PolynomialFamily(x**2 + other, variable=x, parameter=other)


def _early_onset() -> Onset:
    found = enclose_onset(quadratic(), first_superstable=0.0, second_superstable=-1.0, chaotic_end=-2.0, doublings=3)
    assert isinstance(found, Onset)
    return found


def _refused(words: str, call: Callable[[], object], kind: type[Exception] = InputError) -> None:
    with pytest.raises(kind, match=words):
        call()


# ---------------------------------------------------------------------------------------------- what a caller may do

CALLS: dict[str, Callable[[], object]] = {
    r"would make \d+ windows, about \d+ minutes of one core; at most 300000; take a smaller": lambda: build_atlas(
        residual(), 15
    ),
    r"can make \d+ cycles, at most 100000; take a smaller period": lambda: unstable_cycles(residual(), "1.5", 16),
    "needs at least 8 doublings; enclose the onset with doublings=9": lambda: feigenbaum_constants(_early_onset()),
    "must leave at most 10000000000 iterates for all 100000 orbits together; take fewer": lambda: lyapunov_exponent(
        logistic(), 3, orbits=100_000, steps=10_000_000
    ),
    "has a degenerate critical point; f'' must not vanish there": lambda: (
        CriticalOrbit(_flat(), Fraction(-1)).orientation
    ),
    "has several bound critical points; lap structures with at most one bound": lambda: kneading_story(_twice_bound()),
    "may only hold the symbols x and a, but holds b, c; give the other symbols": lambda: PolynomialFamily(
        x**2 + sympy.Symbol("b") * sympy.Symbol("c") + a, variable=x, parameter=a
    ),
    "must be an Expr; build it from SymPy symbols, or read text with parse_formula": lambda: PolynomialFamily(
        TEXT, variable=x, parameter=a
    ),
    "must be a fmpq_mpoly; take one of free_critical_factors": lambda: logistic().is_free(TEXT),
    "is the itinerary of no critical orbit: some shift of it exceeds it; take the largest": lambda: TWO_LAPS.check(
        "LRC"
    ),
    "must be letters 0, 1, 2 followed by one C; such as 2C": lambda: THREE_LAPS.check("RLC"),
    "must be built from rationals, symbols, .* and integer powers; expand other functions": lambda: evaluate(
        sympy.sin(x), {x: Fraction(1)}
    ),
    "has the character '.x1b' at column 2; use digits, names and": lambda: parse_formula("x\x1b", ["x"]),
    "has the character θ at column 3; write theta": lambda: parse_formula("2*θ", ["x"]),
    r"calls f at column 2; write f\*\( for a product": lambda: parse_formula("f(x)", ["f", "x"]),
    "has a degree beyond 64; use a lower degree": lambda: parse_formula("x^40*x^40", ["x"]),
    "would have more than 20000 terms when expanded; use fewer names or lower powers": lambda: parse_formula(
        "(a+b+c+d+e+f+g)^30", list("abcdefg")
    ),
    "window = .*: is no window of this atlas; take one of this atlas": lambda: _atlas().container(
        dataclasses.replace(_atlas()[0], word="20000C")
    ),
    "is longer than this atlas goes: period 4; build one with a larger max_period": lambda: _atlas().by_word("20000C"),
    "must be one of 'birth', 'superstable', 'flip', 'crisis'; the end of a cascade is not": lambda: _atlas().exact(
        "C", "onset"
    ),
    "parameter = x: must differ from the variable; name two different symbols": _one_name,
    "is in a folder that does not exist; create that folder first": lambda: bifurcation_polynomials(
        logistic(), 3, -1, checkpoint="no/where"
    ),
    "must be a PolynomialFamily; see symphase.PolynomialFamily": lambda: kneading_story(TEXT),
    "has 2 free critical points, and a complete list of windows needs exactly one; kneading": lambda: kneading_story(
        PolynomialFamily(x**3 - 3 * x + a, variable=x, parameter=a)
    ),
    "needs exactly one free critical point that is a rational function of the parameter": lambda: CriticalOrbit(
        PolynomialFamily(x**3 - 3 * x + a, variable=x, parameter=a), Fraction(0)
    ),
    "parameters = shape .*: must be a sequence of finite numbers; give one axis, as": lambda: lyapunov_curve(
        logistic(), [[1.0]]
    ),
    "parameters = shape .*: must be a sequence of finite numbers; remove what is NaN or infinite": lambda: (
        lyapunov_curve(logistic(), [np.nan])
    ),
    "must have coefficients within the range of floats; take other units": lambda: lyapunov_curve(
        PolynomialFamily(10**400 * x**2 + a, variable=x, parameter=a), [1.0]
    ),
    r"tolerance = 0: must be between 10\^-\d+ and 1; as 1e-6": lambda: topological_entropy(logistic(), 3, tolerance=0),
    "must be a word of L and R, or of 0, 1 and 2; as RL": lambda: kneading_determinant("L0"),
    "must be text; give the formula as a string, such as": lambda: parse_formula(b"x", ["x"]),  # type: ignore[arg-type]  # the wrong type is the point
    "must be a SymPy symbol .for x.; give sympy.Symbol.name.": lambda: parse_formula("x", {"x": TEXT}),
    "ends at column 3 where a number or a name is missing; complete it": lambda: parse_formula("x+", ["x"]),
    "has [*] at column 3 where a number or a name is missing; complete it": lambda: parse_formula("x+*2", ["x"]),
    "holds numbers of more than 1000 digits; use smaller numbers or powers": lambda: parse_formula("(10^60)^60", ["x"]),
    "must have opposite signs of the polynomial at its ends; isolate the root first": lambda: root_cell(
        flint.fmpz_poly([-2, 0, 1]), Fraction(2), Fraction(3), 6
    ),
    "must hold at least one letter; give the letters that repeat": lambda: Itinerary("R", ""),
    "must be a sequence of rational numbers; as .0, 1, -1.": lambda: chebyshev_degree(TEXT),
    "must be an integer from 0 to 10 for this family; give a whole number": lambda: logistic().iterate(-1),
    "must be a polynomial in x and a; see the examples": lambda: PolynomialFamily(
        sympy.sin(x) + a, variable=x, parameter=a
    ),
    "upper = 1: must be at least lower = 2; exchange the two": lambda: monotonicity_theorem(
        logistic(), Fraction(2), Fraction(1)
    ),
    "out = .*: must be a writable array of float64 of shape .*; leave it out for a new one": lambda: orbit_diagram(
        logistic(), [1.0], transient=1, keep=1, out=np.zeros(3)
    ),
    r"keep = \d+: must be an integer from 0 to \d+; so many floats take .* GiB for each": lambda: orbit_diagram(
        logistic(), [1.0], transient=1, keep=2**40
    ),
    "steps = 0: must be an integer from .* to .*; give a whole number": lambda: lyapunov_curve(
        logistic(), [1.0], steps=0
    ),
    "must be a sequence of Boundary objects; take them from find_boundaries": lambda: step_boundaries(
        Fraction(1), TEXT
    ),
    "must be a sequence of theorems; take one from phase_theorems": lambda: theorems_at(TEXT, Fraction(1)),
    "theorems = .*: must be a Theorem; take them from phase_theorems": lambda: theorems_at([TEXT], Fraction(1)),
    "parameter = 0: is where the degree of this family falls; take another parameter": lambda: _check_shape(
        logistic(), _story().chart, Fraction(0)
    ),
    "is beyond where the degree of this family falls and its map turns around; take": lambda: _check_shape(
        logistic(), _story().chart, Fraction(-1)
    ),
    "workers = 0: must be an integer from 1 to .*; leave it out for one per processor": lambda: check_workers(0),
    "steps = 9: must be an integer from .* to 1000000; shorter runs settle on no cycle": lambda: verify(steps=9),
}


@pytest.mark.parametrize("words", CALLS)
def test_each_mistake_is_named_in_words(words: str) -> None:
    _refused(words, CALLS[words])


@pytest.mark.parametrize(
    "call",
    [
        lambda: find_boundaries(TEXT),
        lambda: certify_cycle(TEXT, 1, [0]),
        lambda: certify_bifurcation(TEXT, 1, [0.0], multiplier=1),
        lambda: topological_entropy(TEXT, 1),
        lambda: entropy_range(TEXT, 1, 2),
    ],
)
def test_a_family_is_no_text(call: Callable[[], object]) -> None:
    _refused("must be a PolynomialFamily; give an expression, its variable, its parameter", call)


def test_a_checkpoint_larger_than_any_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with path.open("wb") as stream:
        stream.truncate(2**30 + 1)  # takes no room on the disk
    with pytest.raises(InputError, match="cannot be read as a checkpoint") as caught:
        bifurcation_polynomials(logistic(), 3, -1, checkpoint=path)
    assert str(caught.value.__context__) == "longer than any checkpoint"


def test_a_checkpoint_signed_by_another_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    bifurcation_polynomials(logistic(), 3, -1, checkpoint=path)
    key, _, parts = json.loads(path.read_text().splitlines()[0])[1]
    body = [key, 101, parts]  # a prime that no computation takes
    path.write_text(json.dumps([sha256(json.dumps(body).encode()).hexdigest(), body]) + "\n")
    _refused("holds what no computation wrote", lambda: bifurcation_polynomials(logistic(), 3, -1, checkpoint=path))


# --------------------------------------------------------------------------------------------------------- atlases


def _changed(index: int, **changes: Any) -> list[Window]:
    windows = list(_atlas().windows)
    windows[index] = dataclasses.replace(windows[index], **changes)
    return windows


def _check(windows: list[Window]) -> None:
    atlas._check_order(windows, _atlas().laps, _atlas().direction)


def test_windows_that_do_not_fit_are_named() -> None:
    found = _atlas()
    words = [window.word for window in found.windows]
    doubled = next(k for k, window in enumerate(found.windows) if window.birth_kind is Birth.FLIP)
    other = next(k for k, window in enumerate(found.windows) if window.birth_kind is Birth.TANGENCY)
    broken: list[tuple[str, list[Window]]] = [
        ("names the wrong parent", _changed(doubled, parent=None)),
        ("runs against the others", _changed(doubled, direction=-found.direction)),
        ("cannot begin with an exchange of stability of fixed points", _changed(other, birth_kind=Birth.EXCHANGE)),
    ]
    for said, windows in broken:
        _refused(f"^window [012]+C {said}", partial(_check, windows), AtlasError)
    first = found[0]
    birth, centre, *rest = first.units
    _refused(
        "the numbers of window C are out of order",
        lambda: _check([dataclasses.replace(first, units=(centre, birth, *rest))]),
        AtlasError,
    )
    _refused(
        "the fixed point is born in another way",
        lambda: atlas._confirm(dataclasses.replace(first, birth_kind=Birth.TANGENCY), kneading_story(residual())),
        AtlasError,
    )
    _refused(
        f"window {words[-1]} is of a longer period than 3",
        lambda: atlas._check_census(found.windows[-1:], found.laps, 3),
        AtlasError,
    )


def test_a_window_that_begins_within_the_cascade_around_it_is_refused() -> None:
    """The fixed point's cascade is made to end behind the birth of the window that follows it."""
    windows = list(_atlas().windows)
    k = next(k for k, window in enumerate(windows) if window.period > 1 and window.birth_kind is Birth.TANGENCY)
    root, window = windows[0], windows[k]
    assert _atlas().container(window) is root
    birth, centre, flip, _, _, crisis = root.units
    late = window.units[0] * 2**root.exponent // 2**window.exponent + 2
    windows[0] = dataclasses.replace(root, units=(birth, centre, flip, late, late, crisis))
    said = f"window {window.word} begins before the cascade of C ends"
    _refused(said, lambda: _check([windows[0], window]), AtlasError)


@cache
def _file() -> tuple[dict[str, Any], tuple[list[Any], ...]]:
    lines = iter(zlib.decompress(atlas._encode(_atlas()).split(b"\n", 1)[1]).decode().splitlines())
    return json.loads(next(lines)), tuple(json.loads(line) for line in lines)


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("the head does not fit", {"windows": 1}),
        ("the head does not fit", {"format": "atlas"}),
        ("the head does not fit", {"max_period": 99}),
        ("the head does not fit", {"quotient": 1}),
        ("the head is not that of the family", {"theorem": "I said so"}),
        ("the ends are not those of the family's story", {"covers": []}),
        ("the degree does not fit", {"rows": "x"}),
        ("the names do not fit", {"variable": "z)"}),
    ],
)
def test_a_head_that_does_not_fit_its_atlas_is_refused(said: str, changes: dict[str, Any]) -> None:
    head, windows = _file()
    atlas._decode(head, map(json.dumps, windows))
    _refused(f"^{said}$", lambda: atlas._decode({**head, **changes}, map(json.dumps, windows)), ValueError)


@pytest.mark.parametrize("record", [["C"] * 4 + [1], ["C", 0, 0, 0.5, 1, 1, 1, 1, 1], ["C", -1, 0, 0, 1, 1, 1, 1, 1]])
def test_a_line_that_is_no_window_is_refused(record: list[Any]) -> None:
    head, windows = _file()
    lines: Iterator[str] = map(json.dumps, (record, *windows[1:]))
    _refused("^a window does not fit$", lambda: atlas._decode(head, lines), ValueError)


def _read(body: bytes) -> list[str]:
    return list(atlas._lines(body))


def test_a_text_that_goes_on_or_breaks_off_is_refused() -> None:
    body = zlib.compress(b"one\ntwo\n")
    assert _read(body) == ["one", "two"]
    _refused("^something follows the end$", partial(_read, body + b"more"), ValueError)
    for cut in (body[:-4], zlib.compress(b"one\ntwo")):
        _refused("^the text does not end where it should$", partial(_read, cut), ValueError)


def test_a_line_longer_than_any_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atlas, "_MAX_LINE", 3)
    _refused("^a line is too long$", partial(_read, zlib.compress(b"1234")), ValueError)


def test_a_file_whose_bytes_changed_says_so(tmp_path: Path) -> None:
    path = _atlas().save(tmp_path / "atlas")
    path.write_bytes(path.read_bytes() + b"x")
    _refused("is damaged: length or checksum do not agree with its first line; build", lambda: load_atlas(path))


def test_a_file_says_why_its_atlas_cannot_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _atlas().save(tmp_path / "atlas")
    for error, kind, said in (
        (AtlasError("3 windows are lost"), InputError, "holds no complete atlas: 3 windows are lost; build the atlas"),
        (BudgetExceeded("it took too long"), BudgetExceeded, "^path = .*it took too long; or build the atlas yourself"),
    ):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(atlas, "_decode", fail)
        _refused(said, lambda: load_atlas(path), kind)


# ------------------------------------------------------------------------- promises of other parts, broken on purpose


def test_a_degenerate_critical_point_makes_no_chart() -> None:
    _refused(
        "has a degenerate critical point; f'' must not vanish there",
        lambda: charts._chart(_flat(), Fraction(-1), Fraction(-1), Fraction(0)),
    )


def test_a_story_runs_to_the_full_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "kneading_letters", lambda *_: "RLR")
    _refused(
        "does not run to the full map: its itineraries go from RLR to RLR; find_boundaries still finds",
        lambda: charts._story.__wrapped__(quadratic(), None),
    )


def test_primes_never_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bifurcations, "combine", lambda *_: None)
    few = list(islice(eliminants.primes(3, 1), 9))
    monkeypatch.setattr(bifurcations, "primes", lambda *_: iter(few))
    _refused("the primes ran out", lambda: bifurcation_polynomials(residual(), 3, -1, workers=1), SymphaseError)


def test_a_dynatomic_polynomial_is_divided_by_those_of_divisors_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.maps.proper_divisors", lambda n: [2] if n == 3 else [])
    _refused(
        r"dynatomic polynomial of period 2 does not divide f\^3 - z", lambda: quadratic().dynatomic(3), ArithmeticError
    )


def test_the_residual_map_comes_from_its_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "derive", lambda _: SimpleNamespace(family=None))
    _refused(
        "the derivation of phase retrieval ended without a map", phases.residual_family.__wrapped__, ArithmeticError
    )


def test_a_ball_question_is_given_up_at_4096_bits() -> None:
    asked: list[int] = []
    said = "a ball question stayed open at 4096 bits although every equality was excluded"
    _refused(said, lambda: Sample(logistic(), Fraction(3)).decide(asked.append), ArithmeticError)
    assert asked == [64, 256, 1024, 4096]


def test_without_bounded_orbits_there_is_nothing_to_follow() -> None:
    far = Fraction(1)  # x² + 1 has no real fixed point
    _refused("has no bounded orbits at 1; give boundaries of another family", lambda: _ends(quadratic(), far))
    _refused(
        "no bounded orbits although the story has begun",
        lambda: _Search(quadratic(), kneading_story(quadratic()).chart, far, 2),
        AtlasError,
    )


def test_a_crossing_of_a_cycle_needs_the_cycle() -> None:
    boundaries = residual_boundaries()
    witness = _Witness(boundaries, 20)
    alone = dataclasses.replace(boundaries[0], cycle=None)
    _refused("no cycle to start from", lambda: witness.cycle_quantity(alone, [], []), ValueError)


def test_a_neutral_fixed_point_neither_attracts_nor_repels() -> None:
    factor = next(each for each in logistic().fixed_point_factors if each.degrees()[0] == 1)
    one = RealAlgebraic.rational(1)
    evidence = AttractingPoints(family=logistic(), factor=factor, start=one, flip=one)
    _refused("a multiplier is too close to 1 in size", lambda: evidence._attract(Fraction(1)), ArithmeticError)


def test_what_is_no_algebraic_number_is_not_written_as_one() -> None:
    onset = residual_boundaries().find(BoundaryKind.ONSET)
    assert onset is not None
    _refused("is no algebraic number", lambda: exact(onset), ArithmeticError)
    _refused("is no algebraic number", lambda: boundary(BoundaryKind.ONSET), ArithmeticError)
    nobody: Any = None
    quintic: Any = SimpleNamespace(name="the flip", algebraic=SimpleNamespace(radicals=lambda: None))
    _refused("the flip has no radicals", lambda: Story.root_expression(nobody, quintic), ArithmeticError)
    _refused("17/16 is no square", lambda: two_cycle(Fraction(5, 4)), ArithmeticError)


def test_a_formula_of_unknown_functions_has_no_value() -> None:
    f = sympy.Function("f")
    _refused("nothing says what f is", lambda: value_of(f(x), {x: Fraction(1)}, None), ArithmeticError)
    _refused("nothing says what f is", lambda: unfolded(f(x), None), ArithmeticError)
    _refused("is no polynomial", lambda: _expanded(sympy.sqrt(SYMBOLS.h)), ArithmeticError)


def test_a_critical_point_at_infinity_is_no_number() -> None:
    """That of (1 + a)/2 − (1 − a²)x² + a x is a/2/(1 − a²): a goes through 1."""
    family = PolynomialFamily(a * x - (1 - a**2) * x**2, variable=x, parameter=a)
    around = (Fraction(1, 2), Fraction(3, 2))
    said = "the critical point goes through infinity"
    _refused(said, lambda: next(_Orbit(family, 30).points(around)), ArithmeticError)


def test_a_boundary_that_cannot_be_decided_ends_a_story(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_question(*_: object, **__: object) -> None:
        raise ArithmeticError("a ball question stayed open")

    monkeypatch.setattr(charts, "find_boundaries", open_question)
    said = "has a boundary here that could not be decided: a ball question stayed open; give limits within"
    _refused(said, lambda: charts._story.__wrapped__(quadratic(), None))


def test_a_critical_orbit_comes_back_to_a_short_cycle() -> None:
    witness = _Witness(residual_boundaries(), 20)
    crisis = residual_boundaries().require(BoundaryKind.ESCAPE)
    said = "no fixed point and no 2-cycle near the critical orbit"
    _refused(said, lambda: witness.quantity(crisis, Fraction(19, 10)), ValueError)


def test_a_polynomial_of_a_degree_beyond_all_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bifurcations, "MAX_DEGREE", 5)
    said = r"would make a polynomial of degree \d+, more than 5; take a smaller one"
    _refused(said, lambda: bifurcation_polynomials(residual(), 3, -1, workers=1))


def test_residues_that_fail_at_a_fresh_prime_are_the_checkpoint_s_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint"
    bifurcation_polynomials(residual(), 3, -1, workers=1, checkpoint=path)
    monkeypatch.setattr(bifurcations, "agrees", lambda *_: False)
    _refused(
        "holds wrong residues: the polynomial fails its check at a fresh prime; give another file",
        lambda: bifurcation_polynomials(residual(), 3, -1, workers=1, checkpoint=path),
    )


def test_cycles_beyond_all_floats_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.real_cycles.MAX_SIZE", Fraction(1, 2))
    _refused(
        "has cycles beyond 2.±1000; take other units",
        lambda: _Search(logistic(), _story().chart, Fraction(3), 2),
    )


def test_a_proved_leading_coefficient_is_that_of_the_root() -> None:
    square = flint.nmod_poly([1, 2, 1], 7)
    bound: Any = SimpleNamespace(cycles=0)
    job: Any = SimpleNamespace(multiplier=Fraction(1))
    assert eliminants._signed_root(square, -1, bound, job, 7) == flint.nmod_poly([-1, -1], 7)
    said = "the leading coefficient modulo 7 is not the one that was proved"
    _refused(said, lambda: eliminants._signed_root(square, 3, bound, job, 7), ArithmeticError)

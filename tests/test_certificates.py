"""Certificates: every bifurcation up to period 6, as many as the census says, written, read back and checked again."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import flint
import mpmath
import numpy as np
import numpy.typing as npt
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase import checker
from symphase.algebraic import RealAlgebraic, real_roots
from symphase.certificates import Certificate, certificate_for, read_certificate, write_certificate
from symphase.checker import check_certificate
from symphase.cycles import (
    CertifiedBifurcation,
    certified_flips,
    certify_bifurcation,
    certify_cycle,
    follow_multiplier,
)
from symphase.errors import InputError
from symphase.maps import PolynomialFamily, eliminate, parameter_factors, proper_divisors

Array = npt.NDArray[np.float64]
FAMILIES: dict[str, tuple[PolynomialFamily, Callable[[Array], Array], tuple[float, float]]] = {
    "residual": (residual(), lambda a: (1 - 2 * a) / 3, (0.1, 2 - 1e-9)),
    "logistic": (logistic(), lambda r: 0 * r + 0.5, (1.0, 4 - 1e-9)),
    "quadratic": (quadratic(), lambda c: 0 * c, (-2 + 1e-9, 0.2)),
}
# superstable parameters of exact period 1 … 6, and the folds and flips that belong to them (census of the real cycles)
FOLDS = {"residual": (0, 1, 4, 8, 24, 56), "logistic": (0, 0, 1, 1, 3, 4), "quadratic": (1, 0, 1, 1, 3, 4)}
FLIPS = {"residual": (1, 2, 4, 10, 24, 60), "logistic": (1, 1, 1, 2, 3, 5), "quadratic": (1, 1, 1, 2, 3, 5)}


def orbit_of(family: PolynomialFamily, parameter: float, start: float, count: int) -> list[float]:
    coefficients: tuple[Fraction, ...] = family.at(Fraction(parameter))
    row = [float(c) for c in coefficients]
    orbit = [start]
    for _ in range(count - 1):
        orbit.append(float(np.polynomial.polynomial.polyval(orbit[-1], row)))
    return orbit


def superstable(name: str, period: int) -> list[float]:
    """Float parameters at which the critical point has this exact period: sign changes on a grid, then bisection."""
    family, critical, (low, high) = FAMILIES[name]

    def gap(a: Array, steps: int) -> Array:
        rows = [np.polynomial.polynomial.polyval(a, [float(c) for c in row]) for row in family.rows]
        z = critical(a)
        for _ in range(steps):
            z = np.sum([row * z**k for k, row in enumerate(rows)], axis=0)
        return np.asarray(z - critical(a))

    # finer towards both ends of the chaotic range, where windows crowd
    grid = low + (high - low) * (1 - np.cos(np.linspace(0, math.pi, 400_001))) / 2
    values = gap(grid, period)
    places = np.flatnonzero(np.sign(values[1:]) * np.sign(values[:-1]) < 0)
    left, right, sign = grid[places], grid[places + 1], np.sign(values[places])
    for _ in range(60):
        middle = (left + right) / 2
        same = np.sign(gap(middle, period)) == sign
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    exact = [all(abs(gap(np.array([a]), d)[0]) > 1e-7 for d in proper_divisors(period)) for a in left]
    return [float(a) for a in left[np.array(exact, dtype=bool)]]


def bifurcations(name: str, period: int, multiplier: int) -> list[CertifiedBifurcation]:
    family, critical, _ = FAMILIES[name]
    found = []
    for parameter in superstable(name, period):
        orbit = orbit_of(family, parameter, float(critical(np.array([parameter]))[0]), period)
        at = follow_multiplier(family, parameter, orbit, 0.0, float(multiplier), steps=12)
        box = certify_bifurcation(family, *at, multiplier) if at is not None else None
        if box is not None:
            found.append(box)
    return found


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("multiplier", [1, -1])
def test_every_fold_and_flip_up_to_period_six_has_a_certificate(name: str, multiplier: int) -> None:
    for period in range(1, 7):
        boxes = bifurcations(name, period, multiplier)
        expected = (FOLDS if multiplier == 1 else FLIPS)[name][period - 1]
        assert len(boxes) == expected
        ends = sorted(box.parameter for box in boxes)
        assert all(left[1] < right[0] for left, right in itertools.pairwise(ends))
        for box in boxes:
            certificate = certificate_for(box)
            assert certificate is not None
            assert certificate.check().verdict == "accepted"
            assert certificate.period == period
            assert certificate.parameter is not None
            assert certificate.digits >= 30
            unit = Fraction(1, 10**certificate.digits)
            middle = Fraction(certificate.parameter)
            assert middle - unit < box.parameter[1]
            assert box.parameter[0] < middle + unit
            if multiplier == -1:  # negative Schwarzian derivative
                assert dict(certificate.conditions)["name"] == "supercritical flip"


def test_superstable_parameters_and_other_multipliers_have_certificates_too() -> None:
    assert [len(superstable("residual", n)) for n in (1, 2, 3, 4)] == [1, 2, 4, 10]
    for multiplier in (Fraction(0), Fraction(1, 2), Fraction(-7, 3), Fraction(-22, 7)):
        at = follow_multiplier(residual(), 3 * 2**0.5 / 2 - 1, [-0.41421356, 0.70710678], 0.0, float(multiplier))
        assert at is not None
        box = certify_bifurcation(residual(), *at, multiplier)
        assert box is not None
        certificate = certificate_for(box)
        assert certificate is not None
        assert certificate.conditions[0] == ("name", "crossing")
        # the 2-cycle is z² + (a−1)z + (1−a) = 0; its multiplier from x + y and x·y, with f' = 3z² + 2bz + c
        a = Fraction(certificate.parameter or "")
        total, product, b, c = 1 - a, 1 - a, a - 2, 1 - 2 * a
        exact = 9 * product**2 + 6 * b * product * total + 3 * c * (total**2 - 2 * product)
        exact += 4 * b**2 * product + 2 * b * c * total + c**2
        assert abs(exact - multiplier) < Fraction(1, 10**27)


Case = tuple[Callable[[], PolynomialFamily], float, list[float], int, Callable[[int], Fraction]]
EXACT: dict[str, Case] = {
    "quadratic period 1": (quadratic, -0.7, [-0.5], -1, lambda _: Fraction(-3, 4)),
    "quadratic period 2": (quadratic, -1.2, [-1.2, 0.2], -1, lambda _: Fraction(-5, 4)),
    "quadratic fold": (quadratic, -1.75, [-1.747, 1.302, -0.055], 1, lambda _: Fraction(-7, 4)),
    "residual": (residual, 1.2, [-0.6, 0.4], -1, lambda n: Fraction(math.isqrt(5 * 100**n), 10**n) - 1),
    "logistic": (logistic, 3.4, [0.85, 0.44], -1, lambda n: Fraction(math.isqrt(6 * 100**n), 10**n) + 1),
    "logistic fold": (logistic, 3.83, [0.16, 0.514, 0.956], 1, lambda n: Fraction(math.isqrt(8 * 100**n), 10**n) + 1),
}


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("digits", [40, 1000])
def test_the_decimals_are_those_of_the_known_exact_value(name: str, digits: int) -> None:
    family, parameter, orbit, multiplier, exact = EXACT[name]
    box = certify_bifurcation(family(), parameter, orbit, multiplier)
    assert box is not None
    certificate = certificate_for(box, digits=digits)
    assert certificate is not None
    assert certificate.digits == digits
    assert certificate.parameter is not None
    truth = exact(digits + 20)  # integer square roots, cut off twenty digits later
    assert abs(Fraction(certificate.parameter) - truth) <= Fraction(1, 2 * 10**digits)
    assert certificate.parameter == box.decimal(digits)
    assert certificate.check().verdict == "accepted"


def test_a_thousand_digits_of_a_flip_without_radicals_by_the_sign_of_its_polynomial() -> None:
    family = quadratic()
    box = certify_bifurcation(family, -1.3681, [-1.3681, 0.5036, -1.1145, -0.126], -1)
    assert box is not None
    polynomials = parameter_factors(eliminate(family.dynatomic(4), family.multiplier(4) + 1))
    roots = [r for p in polynomials for r in real_roots(p) if box.parameter[0] < r < box.parameter[1]]
    assert len(roots) == 1
    certificate = certificate_for(box, digits=1000, root=roots[0])
    assert certificate is not None
    assert certificate.polynomial == roots[0].coefficients

    def at(x: Fraction) -> Fraction:
        return sum((c * x**k for k, c in enumerate(certificate.polynomial)), Fraction(0))

    middle, half = Fraction(certificate.parameter or ""), Fraction(1, 2 * 10**1000)
    assert at(middle - half) * at(middle + half) < 0
    other = real_roots(flint.fmpz_poly([4, 3]))[0]
    assert certificate_for(box, root=other) is None  # −4/3 is not the parameter


def test_the_cascade_to_period_64_and_mpmath_on_the_last_flip() -> None:
    boxes = list(certified_flips(residual(), 3 * 2**0.5 / 2 - 1))
    assert [box.period for box in boxes] == [2, 4, 8, 16, 32, 64]
    certificates = [certificate_for(box, digits=50) for box in boxes]
    assert all(c is not None and c.check().verdict == "accepted" for c in certificates)
    last = certificates[-1]
    assert last is not None
    assert len(last.to_json()) < 10_000
    # an independent computation: mpmath, two unknowns, the iterate by the chain rule, secant steps for the derivative
    context = mpmath.MPContext()
    context.dps = 120

    def system(z: mpmath.mpf, a: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
        start, product = z, context.mpf(1)
        for _ in range(64):
            product *= 3 * z**2 + 2 * (a - 2) * z + 1 - 2 * a
            z = (z + a) * (1 - z) ** 2 - a
        return z - start, product + 1

    z, a = context.mpf(last.points[0][:14]), context.mpf((last.parameter or "")[:14])
    for _ in range(8):
        h = context.mpf(10) ** -60
        (f, g), (fz, gz), (fa, ga) = system(z, a), system(z + h, a), system(z, a + h)
        fz, gz, fa, ga = (fz - f) / h, (gz - g) / h, (fa - f) / h, (ga - g) / h
        determinant = fz * ga - fa * gz
        z, a = z - (f * ga - g * fa) / determinant, a - (g * fz - f * gz) / determinant
    assert context.nstr(a, 60).startswith((last.parameter or "")[:-1])
    assert abs(a - context.mpf(last.parameter)) <= context.mpf(10) ** -50 / 2
    assert abs(z - context.mpf(last.points[0])) <= context.mpf(10) ** -50 / 2


@pytest.mark.parametrize(
    ("family", "parameter", "orbit", "stability"),
    [
        (logistic, Fraction(16, 5), [0.51, 0.8], "attracting"),
        (logistic, Fraction(7, 2), [0.714], "repelling"),
        (quadratic, Fraction(-1), [-1.0, 0.0], "attracting"),  # superstable: multiplier 0 exactly
        (quadratic, Fraction(-2), [-1.0], "repelling"),
        (residual, Fraction(17, 10), orbit_of(residual(), 1.7, -0.8, 1003)[-3:], "attracting"),
        (odd_cubic, Fraction(3, 2), [0.70711], "attracting"),
    ],
)
def test_cycles_at_rational_parameters(
    family: Callable[[], PolynomialFamily], parameter: Fraction, orbit: list[float], stability: str
) -> None:
    cycle = certify_cycle(family(), parameter, orbit)
    assert cycle is not None
    certificate = certificate_for(cycle, digits=45)
    assert certificate is not None
    assert certificate.stability == stability
    assert certificate.digits == 45
    assert certificate.check().verdict == "accepted"
    z = [Fraction(p) for p in certificate.points]
    row: tuple[Fraction, ...] = family().at(parameter)
    for here, there in zip(z, [*z[1:], z[0]], strict=True):
        assert abs(sum(c * here**k for k, c in enumerate(row)) - there) < Fraction(1, 10**43)


def test_cycles_of_angle_tripling_are_certified_at_a_equal_two() -> None:
    # at a = 2 the map is 2cosθ → 2cos3θ: the points of a cycle are cosines, known without any iteration
    theta = [2 * math.pi * 3**k / 242 for k in range(5)]
    cycle = certify_cycle(residual(), Fraction(2), [2 * math.cos(t) for t in theta])
    assert cycle is not None
    certificate = certificate_for(cycle, digits=60)
    assert certificate is not None
    context = mpmath.MPContext()
    context.dps = 90
    cosines = sorted(2 * context.cos(2 * context.pi * 3**k / 242) for k in range(5))
    for text, cosine in zip(sorted(certificate.points, key=Fraction), cosines, strict=True):
        assert abs(context.mpf(text) - cosine) <= context.mpf(10) ** -60 / 2
    assert abs(Fraction(certificate.multiplier or "")) == 3**5  # |(fⁿ)'| = 3ⁿ on every cycle but the end points


@pytest.mark.parametrize("coefficients", [[-2, 0, 1], [1, -3, 0, 1], [-7, 0, 0, 0, 0, 3], [5, 4], [0, 1]])
def test_algebraic_numbers(coefficients: list[int]) -> None:
    for root in real_roots(flint.fmpz_poly(coefficients)):
        certificate = certificate_for(root, digits=77)
        assert certificate is not None
        assert certificate.value == root.decimal(77)
        assert certificate.check().verdict == "accepted"


def test_an_algebraic_number_close_to_another_gets_the_digits_that_it_needs() -> None:
    # (x² − 2)(10^40 − …) is no use here: a Mignotte polynomial x⁵ − 2(10⁹x − 1)², two roots near 10⁻⁹
    a = 10**9
    near = [r for r in real_roots(flint.fmpz_poly([-2, 4 * a, -2 * a * a, 0, 0, 1])) if r < 1]
    assert len(near) == 2
    for root in near:
        certificate = certificate_for(root, digits=5)
        assert certificate is not None
        assert certificate.check().verdict == "accepted"
    assert near[0].compare(near[1]) == -1


def test_what_is_degenerate_has_no_certificate() -> None:
    assert certify_bifurcation(logistic(), 1.0, [0.0], 1) is None  # branches cross
    import sympy

    x, r = sympy.symbols("x r")
    # f = −(1 + r)x + x³ − x⁵ … with flip coefficient zero at r = 0: −x(1 + r) − x⁵ has f'' = f''' = 0 there
    flat = PolynomialFamily(-(1 + r) * x - x**5, variable=x, parameter=r)
    box = certify_bifurcation(flat, 1e-3, [1e-4], -1)
    assert box is not None
    assert box.criticality is None
    assert str(box.is_nondegenerate) == "undecided"
    assert certificate_for(box) is None


def test_a_subcritical_flip_is_called_so() -> None:
    import sympy

    x, r = sympy.symbols("x r")
    # g''' < 0, g'' = 0 at the fixed point 0: 2g''' + 3g''² < 0
    family = PolynomialFamily(-(1 + r) * x - x**3, variable=x, parameter=r)
    box = certify_bifurcation(family, 0.01, [0.001], -1)
    assert box is not None
    assert box.criticality == "subcritical"
    certificate = certificate_for(box)
    assert certificate is not None
    assert certificate.conditions == (
        ("name", "subcritical flip"),
        ("transversality", certificate.conditions[1][1]),
        ("flip_coefficient", certificate.conditions[2][1]),
    )
    assert Fraction(certificate.conditions[1][1]) == -1
    assert Fraction(certificate.conditions[2][1]) == 12  # −2·(−6)


# --------------------------------------------------------------------------------------------------- text and files


@pytest.fixture(name="flip", scope="module")
def _flip() -> Certificate:
    box = certify_bifurcation(residual(), 1.2, [-0.6, 0.4], -1)
    assert box is not None
    certificate = certificate_for(box)
    assert certificate is not None
    return certificate


def test_text_and_back(flip: Certificate) -> None:
    number = certificate_for(RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2)))
    cycle = certify_cycle(logistic(), Fraction(16, 5), [0.51, 0.8])
    assert cycle is not None
    for certificate in (flip, number, certificate_for(cycle)):
        assert certificate is not None
        text = certificate.to_json()
        assert Certificate.from_json(text) == certificate
        assert Certificate.from_json(text).to_json() == text
        assert text.isascii()


def test_files_are_written_whole_and_read_back(flip: Certificate, tmp_path: Path) -> None:
    path = write_certificate(tmp_path / "flip.json", flip)
    assert read_certificate(path) == flip
    assert check_certificate(path.read_text()).verdict == "accepted"
    again = write_certificate(path, dataclasses.replace(flip, symphase="other"))  # an old file is replaced
    assert read_certificate(again).symphase == "other"
    assert [p.name for p in tmp_path.iterdir()] == ["flip.json"]


def test_an_interrupted_write_leaves_the_old_file(
    flip: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_certificate(tmp_path / "flip.json", flip)
    before = path.read_bytes()

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: _raise(OSError(28, "No space left on device")))
        with pytest.raises(InputError, match="No space left"):
            write_certificate(path, dataclasses.replace(flip, symphase="other"))
    assert path.read_bytes() == before
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_certificate(path, dataclasses.replace(flip, symphase="other"))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["flip.json"]


def _raise(error: Exception) -> None:
    raise error


def test_paths_that_cannot_be_used(flip: Certificate, tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "such", tmp_path, "a\0b"):
        with pytest.raises(InputError, match="path"):
            write_certificate(path, flip)
        with pytest.raises(InputError, match="path"):
            read_certificate(path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="regular file"):
        read_certificate(tmp_path / "pipe")
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(2**25)
    with pytest.raises(InputError, match="longer"):
        read_certificate(large)


def test_damaged_texts_are_refused(flip: Certificate, tmp_path: Path) -> None:
    text = flip.to_json()
    for damaged in ("", "{", "[]", "null", text[:-2], text + " ", text.replace("flip", "flap"), "[" * 100_000, "\xff"):
        with pytest.raises(InputError, match="certificate"):
            Certificate.from_json(damaged)
    (tmp_path / "x").write_bytes(b"\xff\xfe" + text.encode())
    with pytest.raises(InputError, match="certificate"):
        read_certificate(tmp_path / "x")
    data = json.loads(text)
    for key, value in {"digits": "030", "period": "2.0", "points": [["1"]], "conditions": [], "family": "f"}.items():
        certificate = _rehashed(data | {key: value})
        with pytest.raises(InputError, match="certificate"):
            Certificate.from_json(certificate)


def _rehashed(data: dict[str, object]) -> str:
    import hashlib

    body = {key: value for key, value in data.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(body, indent=1).encode()).hexdigest()
    return json.dumps(body | {"sha256": digest}, indent=1) + "\n"


@pytest.mark.parametrize("digits", [0, -1, 10**7, 10**12, 2.5, True, "30"])
def test_impossible_digits_are_refused_at_once(digits: object) -> None:
    with pytest.raises(InputError, match="digits"):
        certificate_for(RealAlgebraic.rational(1), digits=digits)  # type: ignore[arg-type]  # the wrong type is the point


def test_other_mistakes(flip: Certificate) -> None:
    with pytest.raises(InputError, match="item"):
        certificate_for(flip)  # type: ignore[arg-type]  # the wrong type is the point
    box = certify_bifurcation(residual(), 1.2, [-0.6, 0.4], -1)
    assert box is not None
    nameless = dataclasses.replace(box, family=None)
    with pytest.raises(InputError, match="family"):
        certificate_for(nameless)
    assert certificate_for(nameless, family=residual()) == flip
    with pytest.raises(InputError, match="root"):
        certificate_for(RealAlgebraic.rational(1), root=RealAlgebraic.rational(1))
    cascade = list(certified_flips(residual(), 3 * 2**0.5 / 2 - 1, max_period=128))
    with pytest.raises(InputError, match="for period 128"):
        certificate_for(cascade[-1], digits=20_000)


def test_what_the_checker_would_refuse_for_its_cost_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    golden = RealAlgebraic([-1, -1, 1], Fraction(1), Fraction(2))
    cycle = certify_cycle(logistic(), Fraction(16, 5), [0.51, 0.8])
    assert cycle is not None
    monkeypatch.setattr(checker, "_MAX_WORK", 10**5)
    for item in (golden, cycle):
        with pytest.raises(InputError, match=r"more work than this checker takes on: .*at most 1.0e\+05.*fewer digits"):
            certificate_for(item, digits=40)


def test_names_that_the_checker_would_refuse_are_refused_in_words() -> None:
    x = sympy.Symbol("x")
    for name in ("λ", "_a", "lambda"):
        r = sympy.Symbol(name)
        family = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
        cycle = certify_cycle(family, Fraction(16, 5), [0.51, 0.8])
        assert cycle is not None
        certificate = certificate_for(cycle)
        assert certificate is not None
        assert certificate.check().message.startswith(f"{name} = 16/5: ")
    r = sympy.Symbol("x_{1}")
    cycle = certify_cycle(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r), Fraction(16, 5), [0.51, 0.8])
    assert cycle is not None
    with pytest.raises(InputError, match=r"parameter = x_\{1\}: must be an identifier"):
        certificate_for(cycle)

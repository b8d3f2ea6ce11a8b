"""The checker alone: what it accepts follows from integers; what was tampered with, anywhere, it rejects."""

from __future__ import annotations

import ast
import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import pytest
from families import logistic, quadratic, residual
from hypothesis import given
from hypothesis import strategies as st

from symphase import checker
from symphase.algebraic import real_roots
from symphase.certificates import Certificate, certificate_for
from symphase.checker import CertificateError, check_certificate, parse_certificate
from symphase.cycles import certified_flips, certify_bifurcation, certify_cycle, follow_multiplier
from symphase.maps import PolynomialFamily

SOURCE = Path(checker.__file__)
Data = dict[str, Any]


def seal(data: Data) -> str:
    """The canonical text with the SHA-256 that belongs to it, however false the rest is."""
    body = {key: value for key, value in data.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(body, indent=1).encode()).hexdigest()
    return json.dumps(body | {"sha256": digest}, indent=1) + "\n"


def unsealed(data: Data) -> str:
    """The canonical text with whatever SHA-256 it holds."""
    return json.dumps(data, indent=1) + "\n"


def bifurcation(family: PolynomialFamily, parameter: float, orbit: list[float], multiplier: Fraction | int) -> Data:
    box = certify_bifurcation(family, parameter, orbit, multiplier)
    assert box is not None
    return data_of(certificate_for(box))


def data_of(certificate: Certificate | None) -> Data:
    assert certificate is not None
    data: Data = json.loads(certificate.to_json())
    return data


def make_certificates() -> dict[str, Data]:
    found = {
        "fold of period 3": bifurcation(quadratic(), -1.75, [-1.747, 1.302, -0.055], 1),
        "flip of period 1": bifurcation(logistic(), 2.9, [0.66], -1),
        "superstable of period 2": bifurcation(residual(), 1.12, [-0.4142, 0.7071], 0),
    }
    for box in certified_flips(residual(), 3 * 2**0.5 / 2 - 1, max_period=8):
        found[f"flip of period {box.period}"] = data_of(certificate_for(box))
    at = follow_multiplier(residual(), 3 * 2**0.5 / 2 - 1, [-0.41421356, 0.70710678], 0.0, 1 / 3)
    assert at is not None
    found["multiplier 1/3"] = bifurcation(residual(), *at, Fraction(1, 3))
    box3 = certify_bifurcation(logistic(), 3.83, [0.16, 0.514, 0.956], 1)
    assert box3 is not None
    root = [r for r in real_roots(flint.fmpz_poly([-7, -2, 1])) if r > 0][0]  # noqa: RUF015  # 1 + √8
    found["fold tied to its polynomial"] = data_of(certificate_for(box3, root=root))
    for name, parameter, orbit in (
        ("attracting cycle", Fraction(16, 5), [0.51, 0.8]),
        ("repelling cycle", Fraction(7, 2), [0.714]),
    ):
        cycle = certify_cycle(logistic(), parameter, orbit)
        assert cycle is not None
        found[name] = data_of(certificate_for(cycle))
    for k, number in enumerate(real_roots(flint.fmpz_poly([1, -3, 0, 1]))):
        found[f"root {k} of x³ − 3x + 1"] = data_of(certificate_for(number))
    return found


CERTIFICATES = make_certificates()


# ------------------------------------------------------------------------------------------------------- tampering


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, (*path, i))


def changed(data: Data, path: tuple[Any, ...], value: Any) -> Data:
    copy: Data = json.loads(json.dumps(data))
    place: Any = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


def other_texts(text: str) -> Iterator[str]:
    """Ways to change the text of a number: other values first, then the same value written otherwise."""
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    for i in {digits[0], digits[len(digits) // 2], digits[-1]}:  # one up and one down in three places
        for step in (1, 9):
            yield text[:i] + str((int(text[i]) + step) % 10) + text[i + 1 :]
    yield text[1:] if text.startswith("-") else "-" + text
    yield from (text + "1", "1" + text, text + "e5", text + "/3", "0x" + text, text + ".", "NaN", "inf", "")
    yield from ("+" + text, "0" + text, " " + text, text + "\n", text + "_0", text.replace("-", "−") + "\u200b")
    yield text[:-1] + chr(0x0660 + int(text[-1]))  # another script's digit
    yield f"{int(text)}/1" if text.lstrip("-").isdigit() else text.replace(".", ",") + " "


DESCRIPTIVE = {("symphase",), ("family", "variable"), ("family", "parameter")}


def tamperings(data: Data) -> Iterator[tuple[str, Data]]:
    """Each field changed in turn; every claim that comes out is false, or not in canonical form."""
    for path, value in leaves(data):
        if path in {(), ("sha256",)}:
            continue
        name = "/".join(str(step) for step in path)
        for junk in (None, 1, 1.5, True, [], {}, [value], {"a": value}, "x"):
            if junk != value and not (path in DESCRIPTIVE and junk == "x") and (path, junk) != (("polynomial",), []):
                yield f"{name} becomes {junk!r}", changed(data, path, junk)
        if isinstance(value, str) and value.strip("-0123456789./") == "" and path not in DESCRIPTIVE:
            for text in other_texts(value):
                longer = "conditions" in path or (path == ("multiplier",) and data["kind"] == "cycle")
                if text != value and not (longer and text == value + "1"):  # a further digit may be the right one
                    yield f"{name} becomes {text!r}", changed(data, path, text)
        if isinstance(value, dict):
            for key in value:
                yield f"{name} without {key}", changed(data, path, {k: v for k, v in value.items() if k != key})
            yield f"{name} with another key", changed(data, path, value | {"extra": "1"})
            yield f"{name} in another order", changed(data, path, dict(reversed(value.items())))
        if isinstance(value, list) and value:
            yield f"{name} without its first", changed(data, path, value[1:])
            yield f"{name} without its last", changed(data, path, value[:-1])
            yield f"{name} with its last twice", changed(data, path, [*value, value[-1]])
            if value != value[::-1]:
                yield f"{name} reversed", changed(data, path, value[::-1])
            for i in range(len(value) - 1):
                if value[i] != value[i + 1]:
                    swapped = [*value[:i], value[i + 1], value[i], *value[i + 2 :]]
                    yield f"{name} with {i} and {i + 1} swapped", changed(data, path, swapped)
            if value[1:] != value[:-1]:
                yield f"{name} turned", changed(data, path, [*value[1:], value[0]])
    for key in data:
        if key != "sha256":
            yield f"without {key}", {k: v for k, v in data.items() if k != key}
    yield "with another key", {"extra": "1"} | data
    yield "with another key at the end", data | {"extra": "1"}
    for kind in ("bifurcation", "cycle", "algebraic"):
        if kind != data["kind"]:
            yield f"called {kind}", data | {"kind": kind}
    if data.get("stability"):
        yield "stability", data | {"stability": {"attracting": "repelling"}.get(data["stability"], "attracting")}
    if "conditions" in data:
        for name in ("fold", "crossing", "supercritical flip", "subcritical flip"):
            if name != data["conditions"]["name"]:
                yield f"called a {name}", changed(data, ("conditions", "name"), name)


def test_the_untouched_certificates_are_accepted() -> None:
    assert len(CERTIFICATES) == 13
    for name, data in CERTIFICATES.items():
        assert seal(data) == unsealed(data)
        check = check_certificate(unsealed(data))
        assert check.verdict == "accepted", (name, check)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_tampering_is_rejected_with_the_old_hash_and_with_a_new_one(name: str) -> None:
    data, count = CERTIFICATES[name], 0
    for what, tampered in tamperings(data):
        assert json.dumps(tampered) != json.dumps(data), what
        assert check_certificate(seal(tampered)).verdict != "accepted", what
        assert check_certificate(unsealed(tampered)).verdict != "accepted", what
        count += 2
    assert count >= 500


@pytest.mark.parametrize("name", ["flip of period 4", "attracting cycle", "root 1 of x³ − 3x + 1"])
def test_descriptive_fields_are_held_by_the_hash(name: str) -> None:
    data = CERTIFICATES[name]
    for path in [p for p, _ in leaves(data) if p in DESCRIPTIVE]:
        assert check_certificate(unsealed(changed(data, path, "other"))).verdict == "rejected"
        assert check_certificate(seal(changed(data, path, "other"))).verdict == "accepted"  # still true
    for digest in ("", data["sha256"].upper(), data["sha256"][:-1], "0" * 64, None):
        assert check_certificate(unsealed(data | {"sha256": digest})).verdict == "rejected"


def test_texts_that_are_cut_or_rewritten_are_not_accepted() -> None:
    data = CERTIFICATES["flip of period 4"]
    text = unsealed(data)
    for length in range(len(text)):
        assert check_certificate(text[:length]).verdict != "accepted"
    for i in range(0, len(text), 3):
        assert check_certificate(text[:i] + text[i + 1 :]).verdict != "accepted"
        assert check_certificate(text[:i] + chr(ord(text[i]) ^ 1) + text[i + 1 :]).verdict != "accepted"
    rewritten = [
        text + "\n",
        "\ufeff" + text,
        " " + text,
        text.replace("\n", "\r\n"),
        json.dumps(data) + "\n",
        json.dumps(data, indent=2) + "\n",
        text.replace('"4"', "4"),
        text.replace('"z"', '"\\u007a"'),
        text.replace(' "period": "4",\n', ' "period": "4",\n "period": "4",\n'),
        text.replace(' "period": "4",\n', ' "period": "2",\n "period": "4",\n'),
        text + text,
        "[" + text + "]",
    ]
    for other in rewritten:
        assert other != text
        assert check_certificate(other).verdict != "accepted"


# --------------------------------------------------------------------------------------------- claims that are false


def test_a_divisor_cycle_never_passes_for_a_longer_one() -> None:
    data = CERTIFICATES["flip of period 2"]
    points, unit = data["points"], Fraction(1, 10**30)
    for offset in (0, 1, 2, 3, 1000):
        twice = [*points, *(decimal(Fraction(p) + offset * unit, 30) for p in points)]
        for multiplier in ("-1", "1"):  # the square of −1 is 1
            claim = data | {"period": "4", "points": twice, "multiplier": multiplier}
            assert check_certificate(seal(claim)).verdict == "rejected"
            named = claim | {"conditions": {"name": "fold", "second_derivative": "1.0", "parameter_derivative": "1.0"}}
            assert check_certificate(seal(named)).verdict == "rejected"
    cycle = CERTIFICATES["repelling cycle"]
    claim = cycle | {"period": "2", "points": cycle["points"] * 2, "multiplier": "2.25"}
    assert "told apart" in check_certificate(seal(claim)).message


def decimal(value: Fraction, digits: int) -> str:
    scaled = round(value * 10**digits)
    body = str(abs(scaled)).rjust(digits + 1, "0")
    return f"{'-' if scaled < 0 else ''}{body[:-digits]}.{body[-digits:]}"


def polynomial_claim(coefficients: list[int], value: str) -> Data:
    return {
        "format": "symphase-certificate",
        "version": "1",
        "symphase": "0",
        "kind": "algebraic",
        "polynomial": [str(c) for c in coefficients],
        "digits": str(len(value.partition(".")[2])),
        "value": value,
    }


@pytest.mark.parametrize(
    ("coefficients", "value", "verdict"),
    [
        ([-2, 0, 1], "1.41421356237309504880", "accepted"),
        ([-2, 0, 1], "1.41421356237309504881", "rejected"),
        ([2, 0, 1], "1.41421356237309504880", "rejected"),
        ([0, 1], "0.00000", "accepted"),
        ([-1, 2], "0.50000", "accepted"),
        ([-1, 2], "0.5", "accepted"),
        ([1, -2], "0.50000", "rejected"),  # not in canonical form
        ([-2, 4], "0.50000", "rejected"),
        ([-99, 200, -100], "1.0", "rejected"),
        ([99, -200, 100], "1.0", "rejected"),  # two roots, 0.9 and 1.1, on the box's edge
        ([9951, -20000, 10000], "1.0", "rejected"),  # two roots inside, 0.93 and 1.07
        ([-624, 1874, -1875, 625], "1.0", "rejected"),  # three: 0.96, 1 and 1.04, so that the sign does change
        ([1, -2, 1], "1.00000", "rejected"),  # a double root
        ([-1, 3, -3, 1], "1.00000", "rejected"),  # a triple one changes the sign, but is not simple
        ([-1, 4], "0.2", "rejected"),  # 1/4 lies exactly between 0.2 and 0.3
        ([-1, 4], "0.3", "rejected"),
        ([-1, 4], "0.25", "accepted"),
        ([-1], "1.0", "rejected"),
        ([], "1.0", "rejected"),
        ([-1, 1, 0], "1.00000", "rejected"),
    ],
)
def test_roots_of_polynomials(coefficients: list[int], value: str, verdict: str) -> None:
    assert check_certificate(seal(polynomial_claim(coefficients, value))).verdict == verdict


@given(
    roots=st.lists(st.fractions(-3, 3, max_denominator=40), min_size=1, max_size=5),
    shift=st.integers(-2, 2),
    digits=st.integers(1, 12),
    pick=st.integers(0, 4),
)
def test_what_is_accepted_about_a_polynomial_with_known_roots_is_true(
    roots: list[Fraction], shift: int, digits: int, pick: int
) -> None:
    coefficients = [1]
    for root in roots:
        old = coefficients
        coefficients = [0] * (len(old) + 1)
        for k, c in enumerate(old):
            coefficients[k + 1] += c * root.denominator
            coefficients[k] -= c * root.numerator
    content = math.gcd(*coefficients)
    value = Fraction(round(roots[pick % len(roots)] * 10**digits) + shift, 10**digits)
    claim = polynomial_claim([c // content for c in coefficients], decimal(value, digits))
    unit = Fraction(1, 10**digits)
    near = [r for r in roots if abs(r - value) <= unit]
    true = len(near) == 1 and abs(near[0] - value) < unit / 2
    verdict = check_certificate(seal(claim)).verdict
    assert verdict == "rejected" or true
    if true and digits >= 8:
        assert verdict == "accepted"


def test_degenerate_claims_are_rejected() -> None:
    family = {"variable": "x", "parameter": "r", "coefficients": [["0", "0"], ["0", "1"], ["0", "-1"]]}
    head = {"format": "symphase-certificate", "version": "1", "symphase": "0"}
    zero = "0." + "0" * 30
    crossing = {
        "kind": "bifurcation",
        "family": family,
        "period": "1",
        "multiplier": "1",
        "digits": "30",
        "points": [zero],
        "parameter": "1." + "0" * 30,
        "conditions": {"name": "fold", "second_derivative": "-2.0", "parameter_derivative": zero},
        "polynomial": [],
    }  # r·x·(1 − x) at r = 1: the fixed points cross, so that (x, r) is no isolated regular solution
    check = check_certificate(seal(head | crossing))
    assert check.verdict == "rejected"
    assert "regular" in check.message
    neutral = {
        "kind": "cycle",
        "family": family,
        "period": "1",
        "parameter": "3",
        "digits": "30",
        "points": [decimal(Fraction(2, 3), 30)],
        "multiplier": "-1.00000",
        "stability": "attracting",
    }  # at the flip: neither attracting nor repelling
    for stability in ("attracting", "repelling", "undecided"):
        assert check_certificate(seal(head | neutral | {"stability": stability})).verdict == "rejected"
    assert check_certificate(seal(head | neutral | {"parameter": "31/10"})).verdict == "rejected"
    flat: Data = {
        "kind": "bifurcation",
        "family": {"variable": "x", "parameter": "r", "coefficients": [["0", "0"], ["-1", "-1"]]},
        "period": "1",
        "multiplier": "-1",
        "digits": "30",
        "points": [zero],
        "parameter": zero,
        "conditions": {"name": "subcritical flip", "transversality": "-1.0", "flip_coefficient": "0.0"},
        "polynomial": [],
    }  # −(1 + r)x − x⁵: neither super- nor subcritical, as no second or third derivative is left at the fixed point 0
    flat["family"]["coefficients"] += [["0", "0"], ["0", "0"], ["0", "0"], ["-1", "0"]]
    for name in ("subcritical flip", "supercritical flip"):
        claim = changed(head | flat, ("conditions", "name"), name)
        assert check_certificate(seal(claim)).verdict == "rejected"
    curved = changed(head | flat, ("family", "coefficients", 3, 0), "-1")  # with −x³ it is subcritical
    assert check_certificate(seal(curved)).verdict == "rejected"
    curved = changed(curved, ("conditions", "flip_coefficient"), "12.0")
    assert check_certificate(seal(curved)).verdict == "accepted"
    for text in ("0.0", "-" + zero, zero + "0"):
        assert check_certificate(seal(curved | {"points": [text]})).verdict == "rejected"
        assert check_certificate(seal(curved | {"parameter": text})).verdict == "rejected"
    honest = neutral | {"parameter": "14/5", "points": [decimal(Fraction(9, 14), 30)], "multiplier": "-0.80000"}
    assert check_certificate(seal(head | honest)).verdict == "accepted"


def test_the_conditions_are_those_of_the_expanded_iterate() -> None:
    # SymPy's derivatives of f², the exact 2-cycle and its parameter √5 − 1: nothing here knows of jets
    import sympy

    z, a = sympy.symbols("z a")
    f = sympy.expand((z + a) * (1 - z) ** 2 - a)
    twice = sympy.expand(f.subs(z, f))
    at = {a: sympy.sqrt(5) - 1, z: (1 - sympy.sqrt(5)) / 2}
    assert sympy.simplify(twice.subs(at) - at[z]) == 0
    second, third = (sympy.simplify(twice.diff(z, k).subs(at)) for k in (2, 3))
    told = CERTIFICATES["flip of period 2"]["conditions"]
    assert abs(sympy.N(-2 * third - 3 * second**2, 30) - sympy.Rational(told["flip_coefficient"])) < 1e-12
    branch = 9 * (1 - a) ** 2 + 6 * (a - 2) * (1 - a) ** 2 + 3 * (1 - 2 * a) * ((1 - a) ** 2 - 2 * (1 - a))
    branch += 4 * (a - 2) ** 2 * (1 - a) + 2 * (a - 2) * (1 - 2 * a) * (1 - a) + (1 - 2 * a) ** 2
    slope = sympy.N(branch.diff(a).subs(at), 30)
    assert abs(slope - sympy.Rational(told["transversality"])) < 1e-14


# ------------------------------------------------------------------------------------------------ bombs and fuzzing


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_bombs_are_refused_quickly() -> None:
    data = CERTIFICATES["flip of period 4"]
    root = CERTIFICATES["root 0 of x³ − 3x + 1"]
    long = "9" * 10**6
    bombs = [
        data | {"period": "1" + "0" * 500},
        data | {"period": "100000", "points": ["0.1"] * 100_000},
        data | {"digits": "1000000000"},
        data | {"digits": long},
        data | {"parameter": long + ".0"},
        data | {"multiplier": "1/" + long},
        changed(data, ("family", "coefficients"), [["1"] * 100_000] * 4),
        changed(data, ("family", "coefficients"), [["1"]] * 100_000),
        changed(data, ("family", "coefficients", 1, 0), "9" * 40_000),
        changed(data, ("points", 0), "-" + "9" * 20_000 + "." + "0" * 30),
        root | {"polynomial": ["1"] * 10**5},
        root | {"polynomial": ["9" * 39_999] * 200},
        root | {"value": "9" * 30_000 + "." + "0" * 30},
        {**root, "value": "0." + "1" * 50_000, "digits": "50000"},
    ]
    for bomb in bombs:
        assert check_certificate(seal(bomb)).verdict == "rejected"
    assert check_certificate(seal(root | {"polynomial": ["9" * 39_999] * 500})).verdict == "unreadable"  # too long
    for text in (
        "[" * 10**6,
        '{"a":' * 10**5,
        "9" * 10**6,
        '{\n "format": "symphase-certificate",\n "version": ' + long,
    ):
        assert check_certificate(text).verdict == "unreadable"
    start = '{\n "format": "symphase-certificate",\n "version": '
    assert check_certificate(start + "[" * 10**5).verdict == "unreadable"
    assert check_certificate(start + "[" * 900 + "]" * 900 + "}\n").verdict != "accepted"
    assert check_certificate("x" * (checker.MAX_BYTES + 1)).verdict == "unreadable"


@given(st.text())
def test_no_text_makes_the_checker_raise(text: str) -> None:
    assert check_certificate(text).verdict == "unreadable"
    with pytest.raises(ValueError):  # noqa: PT011  # whatever JSON calls it
        parse_certificate(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from(["0", "1", "-1", "1/2", "0.5", "1.0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(name=st.sampled_from(sorted(CERTIFICATES)), choice=st.integers(0, 10**6), value=_JSON)
def test_no_structure_makes_the_checker_raise(name: str, choice: int, value: Any) -> None:
    paths = [path for path, _ in leaves(CERTIFICATES[name]) if path not in {(), ("format",)}]
    check = check_certificate(seal(changed(CERTIFICATES[name], paths[choice % len(paths)], value)))
    assert check.verdict in {"accepted", "rejected"}


def test_the_parser_names_what_is_wrong() -> None:
    data = CERTIFICATES["flip of period 4"]
    with pytest.raises(CertificateError, match="SHA-256"):
        parse_certificate(unsealed(data | {"period": "5"}))
    with pytest.raises(CertificateError, match="version"):
        parse_certificate(seal(data | {"version": "2"}))
    with pytest.raises(CertificateError, match="kind"):
        parse_certificate(seal(data | {"kind": "theorem"}))
    with pytest.raises(CertificateError, match="canonical"):
        parse_certificate(unsealed(data) + " ")


# ------------------------------------------------------------------------------------------------- ball arithmetic

_RATIONALS = st.fractions(-50, 50, max_denominator=1000)
_RADII = st.fractions(0, Fraction(1, 4), max_denominator=1000)


def ends(ball: checker._Ball) -> tuple[Fraction, Fraction]:
    scale = 2**ball.bits
    return Fraction(ball.middle - ball.radius, scale), Fraction(ball.middle + ball.radius, scale)


@given(
    x=_RATIONALS, y=_RATIONALS, rx=_RADII, ry=_RADII, u=st.fractions(-1, 1), v=st.fractions(-1, 1), n=st.integers(-9, 9)
)
def test_balls_enclose_every_result(
    x: Fraction, y: Fraction, rx: Fraction, ry: Fraction, u: Fraction, v: Fraction, n: int
) -> None:
    bits = 12  # so few that every rounding shows
    left, right = checker._ball(x, bits, rx), checker._ball(y, bits, ry)
    p, q = x + u * rx, y + v * ry  # anywhere inside
    results = [(left + right, p + q), (left - right, p - q), (left * right, p * q), (left * n, n * p)]
    if right.sign():
        assert right.sign() == (q > 0) - (q < 0)
        results.append((left / right, p / q))
    else:
        with pytest.raises(CertificateError):
            left / right
    coefficients = [left, right, left, right]
    values = [p, q, p, q]
    results.append((checker._at(coefficients, right), sum(c * q**k for k, c in enumerate(values))))  # type: ignore[arg-type]  # balls and rationals share a list
    second = sum(k * (k - 1) * c * q ** (k - 2) for k, c in enumerate(values) if k >= 2)
    results.append((checker._at(coefficients, right, 2), second))  # type: ignore[arg-type]  # balls and rationals share a list
    for ball, exact in results:
        lower, upper = ends(ball)
        assert lower <= exact <= upper
        for digits in (0, 1, 2):
            k = round(exact * 10**digits)
            if ball.rounds_to(k, digits):
                assert abs(lower - Fraction(k, 10**digits)) < Fraction(1, 2 * 10**digits)
                assert abs(upper - Fraction(k, 10**digits)) < Fraction(1, 2 * 10**digits)


def test_balls_enclose_the_extreme_cases() -> None:
    # all small balls, exact ones among them, and the corners of both: nothing but the rounding terms keeps these
    bits, small = 2, [(m, r) for m in range(-7, 8) for r in range(3)]
    for m1, r1 in small:
        for m2, r2 in small:
            left, right = checker._Ball(m1, r1, bits), checker._Ball(m2, r2, bits)
            product = ends(left * right)
            quotient = ends(left / right) if right.sign() else None
            for p in (Fraction(m1 - r1, 4), Fraction(m1 + r1, 4)):
                for q in (Fraction(m2 - r2, 4), Fraction(m2 + r2, 4)):
                    assert product[0] <= p * q <= product[1]
                    assert quotient is None or quotient[0] <= p / q <= quotient[1]


def test_balls_are_narrow() -> None:
    third = checker._ball(Fraction(1, 3), 200)
    lower, upper = ends(third * third / third - third)
    assert upper - lower < Fraction(1, 2**190)


@given(st.integers(-(10**5), 10**5), st.integers(1, 9000))
def test_long_integers_are_read_exactly(number: int, zeros: int) -> None:
    value, below = checker._number(str(number) + "0" * zeros if number else "0")
    assert (value, below) == (number * 10**zeros, 1)


# ------------------------------------------------------------------------------------------------- it stands alone


def test_it_is_short_and_imports_nothing_but_the_standard_library() -> None:
    source = SOURCE.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 250
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert imported <= {
        "__future__",
        "dataclasses",
        "fractions",
        "hashlib",
        "itertools",
        "json",
        "math",
        "re",
        "sys",
        "typing",
    }
    assert not any(
        isinstance(node, ast.Constant) and isinstance(node.value, float) for node in ast.walk(ast.parse(source))
    )


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(SOURCE), *arguments]  # no site-packages, no current directory
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_it_runs_alone_with_three_exit_codes(tmp_path: Path) -> None:
    data = CERTIFICATES["flip of period 4"]
    good, bad, none = (tmp_path / name for name in ("good.json", "bad.json", "none.json"))
    good.write_text(unsealed(data))
    bad.write_text(seal(data | {"period": "5"}))
    none.write_bytes(b"\xff\xfe\x00")
    run = alone(str(good))
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("accepted: a = 1.2880317544828427619")
    assert "minimal period 4 in the box, with multiplier -1, a non-degenerate supercritical flip" in run.stdout
    assert run.stdout.count("\n") == 1
    run = alone(str(bad))
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout == "rejected: not as many points as the period\n"
    for arguments in ((str(none),), (str(tmp_path / "missing"),), (str(tmp_path),), ()):
        run = alone(*arguments)
        assert (run.returncode, run.stderr) == (2, "")
        assert run.stdout.startswith("unreadable: ")
        assert run.stdout.count("\n") == 1


def test_main_says_what_is_proved_on_one_line_in_ascii(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = changed(CERTIFICATES["flip of period 1"], ("family", "parameter"), "η")
    long = certify_bifurcation(logistic(), 2.9, [0.66], -1)
    assert long is not None
    for certificate, begins in (
        (data, "accepted: \\u03b7 = 3.000"),
        (data_of(certificate_for(long, digits=400)), "acc"),
    ):
        (tmp_path / "odd.json").write_text(seal(certificate))
        assert checker.main([str(tmp_path / "odd.json")]) == 0
        out = capsys.readouterr().out
        assert out.startswith(begins)
        assert out.count("\n") == 1
        assert len(out) < 300
        assert out.isascii()
    assert "0... (402 characters): one cycle" in out


@pytest.mark.parametrize(
    "name",
    ["r = 5: no cycle at all.   (not)", "", "r ", "η\nx", "x" * 33, "1r", "r\u200b", None, True, ["r"], {"r": "r"}],
)
@pytest.mark.parametrize("key", ["variable", "parameter"])
def test_a_name_that_could_pass_for_a_statement_is_refused(key: str, name: object) -> None:
    data = changed(CERTIFICATES["flip of period 1"], ("family", key), name)
    assert check_certificate(seal(data)) == checker.CertificateCheck("rejected", "no two names")


def test_no_number_is_cut_without_a_mark() -> None:
    """The statement names the exact parameter and multiplier whole, or says that they go on and how far."""
    for parameter in (Fraction(-123456789, 10**45), Fraction(-1, 3**60), Fraction(-123456789, 10**200)):
        cycle = certify_cycle(quadratic(), parameter, [0.0])
        assert cycle is not None
        certificate = certificate_for(cycle)
        assert certificate is not None
        said = certificate.check().message.partition(" = ")[2].partition(": one")[0]
        whole = str(parameter)
        assert said == whole if len(whole) <= 120 else said == f"{whole[:80]}… ({len(whole)} characters)"
    multiplier = Fraction(10**50 + 1, 10**51)
    box = certify_bifurcation(quadratic(), 0.0475, [0.05], multiplier)
    assert box is not None
    stated = certificate_for(box)
    assert stated is not None
    assert f"with multiplier {multiplier}, a non" in stated.check().message
    golden = certificate_for(real_roots(flint.fmpz_poly([-1, -1, 1]))[1], digits=400)
    assert golden is not None
    assert golden.check().message.endswith("… (402 characters)")


def test_a_polynomial_costs_as_much_as_it_takes() -> None:
    """Degree 4096 at 8000 digits took 38 s: more than the half minute that the budget stands for."""
    data = CERTIFICATES["root 0 of x³ − 3x + 1"] | {
        "polynomial": ["1"] * 4097,
        "digits": "8000",
        "value": "0." + "3" * 8000,
    }
    check = check_certificate(seal(data))
    assert check.verdict == "rejected"
    assert check.message.startswith(checker.TOO_MUCH)
    assert "at most 2.0e+13" in check.message

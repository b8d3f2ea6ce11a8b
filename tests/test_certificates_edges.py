"""Certificates field by field, and every error about one, word for word."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import pytest
import sympy
from edges import noted

from symphase import certificates
from symphase.algebraic import RealAlgebraic, real_roots
from symphase.certificates import (
    Certificate,
    _grow,
    _of_bifurcation,
    _of_cycle,
    _rounded,
    _significant,
    _text,
    _turned,
    _unsigned_zero,
    _value,
    certificate_for,
    is_name,
    read_certificate,
    read_text,
    write_certificate,
)
from symphase.checker import MAX_BYTES, TOO_MUCH, CertificateCheck
from symphase.cycles import CertifiedBifurcation, CertifiedCycle, certify_bifurcation, certify_cycle
from symphase.errors import InputError
from symphase.maps import PolynomialFamily

z, a = sympy.symbols("z a")
SQUARE = PolynomialFamily(z**2 + a, variable=z, parameter=a)
GOLDEN = real_roots(flint.fmpz_poly([-1, -1, 1]))[1]


def bifurcation(parameter: float, orbit: list[float], multiplier: Fraction | int) -> CertifiedBifurcation:
    found = certify_bifurcation(SQUARE, parameter, orbit, multiplier)
    assert found is not None
    return found


def cycle(parameter: Fraction, orbit: list[float]) -> CertifiedCycle:
    found = certify_cycle(SQUARE, parameter, orbit)
    assert found is not None
    return found


def said(argument: str, value: str, accepted: str, advice: str = "") -> str:
    return f"^{re.escape(f'{argument} = {value}: {accepted}' + (f'; {advice}' if advice else ''))}$"


FAMILY = {"variable": "z", "parameter": "a", "coefficients": [["0", "1"], ["0", "0"], ["1/2", "-3"]]}
COMMON: dict[str, Any] = {
    "symphase": "0",
    "digits": 4,
    "variable": "z",
    "parameter_name": "a",
    "coefficients": ((Fraction(0), Fraction(1)), (Fraction(0), Fraction(0)), (Fraction(1, 2), Fraction(-3))),
    "period": 1,
    "points": ("0.5000",),
}
HEAD: dict[str, Any] = {"format": "symphase-certificate", "version": "1", "symphase": "0"}
RECORDS = [
    (
        Certificate(
            kind="bifurcation",
            parameter="0.2500",
            multiplier="1",
            conditions=(("name", "fold"), ("second_derivative", "2.0")),
            polynomial=(-1, 4),
            **COMMON,
        ),
        HEAD
        | {
            "kind": "bifurcation",
            "family": FAMILY,
            "period": "1",
            "multiplier": "1",
            "digits": "4",
            "points": ["0.5000"],
            "parameter": "0.2500",
            "conditions": {"name": "fold", "second_derivative": "2.0"},
            "polynomial": ["-1", "4"],
        },
        "bifurcation, period 1, multiplier 1, at 0.2500 (not checked yet)",
        {"kind": "bifurcation", "period": "1", "parameter": "0.2500", "multiplier": "1", "digits": "4"},
    ),
    (
        Certificate(kind="cycle", parameter="1/4", multiplier="0." + "3" * 70, stability="attracting", **COMMON),
        HEAD
        | {
            "kind": "cycle",
            "family": FAMILY,
            "period": "1",
            "parameter": "1/4",
            "digits": "4",
            "points": ["0.5000"],
            "multiplier": "0." + "3" * 70,
            "stability": "attracting",
        },
        "cycle, period 1, multiplier 0.3333333333333…, at 1/4 (not checked yet)",
        {
            "kind": "cycle",
            "period": "1",
            "parameter": "1/4",
            "multiplier": "0." + "3" * 57 + "…",
            "digits": "4",
        },
    ),
    (
        Certificate(kind="algebraic", symphase="0", digits=70, polynomial=(-1, -1, 1), value="1." + "6" * 70),
        HEAD | {"kind": "algebraic", "polynomial": ["-1", "-1", "1"], "digits": "70", "value": "1." + "6" * 70},
        "algebraic, a root of a polynomial of degree 2, at 1.666666666666666666666… (not checked yet)",
        {"kind": "algebraic", "value": "1." + "6" * 57 + "…", "digits": "70"},
    ),
]


@pytest.mark.parametrize(("certificate", "data", "line", "facts"), RECORDS)
def test_a_certificate_as_text_and_in_words(
    certificate: Certificate, data: dict[str, Any], line: str, facts: dict[str, str]
) -> None:
    digest = hashlib.sha256(json.dumps(data, indent=1).encode()).hexdigest()
    text = json.dumps(data | {"sha256": digest}, indent=1) + "\n"
    assert certificate.to_json() == text
    assert Certificate.from_json(text) == certificate
    assert certificate._line() == line
    html = certificate._repr_html_()
    assert re.findall(r"<caption[^>]*>(.*?)</caption>", html) == ["A proof as data"]
    told = {"certainty": "none by itself: <code>check()</code> proves or rejects it"}
    assert dict(re.findall(r'<th scope="row"[^>]*>(.*?)</th><td[^>]*>(.*?)</td>', html)) == facts | told


def test_long_parameters_are_cut() -> None:
    long = Certificate(kind="cycle", parameter="7" * 61, multiplier="1", **COMMON)
    assert long._line().endswith(f"at {'7' * 23}… (not checked yet)")
    assert f"{'7' * 59}…" in long._repr_html_()
    assert f"{'7' * 60}<" in Certificate(kind="cycle", parameter="7" * 60, multiplier="1", **COMMON)._repr_html_()


def sealed(data: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(data, indent=1).encode()).hexdigest()
    return json.dumps(data | {"sha256": digest}, indent=1) + "\n"


BIFURCATION, CYCLE, ALGEBRAIC = (record[1] for record in RECORDS)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BIFURCATION | {"points": [1]}, "a number is no text"),
        (CYCLE | {"stability": None}, "a number is no text"),
        (BIFURCATION | {"conditions": {"name": 1}}, "a number is no text"),
        (CYCLE | {"parameter": 1}, "the text is not in canonical form (spaces, escapes, numbers)"),
        (CYCLE | {"parameter": None}, "a number is no text"),
        (CYCLE | {"multiplier": None}, "a number is no text"),
        (ALGEBRAIC | {"value": None}, "a number is no text"),
        (CYCLE | {"family": FAMILY | {"variable": []}}, "a symbol is no text"),
        (CYCLE | {"family": FAMILY | {"parameter": {}}}, "a symbol is no text"),
        (CYCLE | {"digits": "04"}, "a number is not in canonical form"),
        (ALGEBRAIC | {"polynomial": ["-1/1"]}, "a number is not in canonical form"),
        (ALGEBRAIC | {"kind": "theorem"}, "an unknown kind, or keys missing, unknown or out of order"),
        (BIFURCATION | {"family": {}}, "'variable'"),
    ],
)
def test_texts_that_are_no_certificates_are_refused_with_the_reason(data: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=r"^certificate = ") as caught:
        Certificate.from_json(sealed(data))
    if "canonical form (spaces" not in reason and reason != "a number is no text":
        assert caught.value.accepted == f"is no certificate as it was written ({reason})"
    assert caught.value.accepted.startswith("is no certificate as it was written (")
    assert caught.value.advice == "make it anew with certificate_for"
    assert caught.value.value == sealed(data)
    assert caught.value.argument == "certificate"


def test_values_that_are_no_texts_are_told_so() -> None:
    for data in (
        BIFURCATION | {"conditions": {"name": ["fold"]}},
        CYCLE | {"points": [["0.5"]]},
        CYCLE | {"stability": None},
        ALGEBRAIC | {"value": ["1"]},
    ):
        with pytest.raises(InputError, match=r"\(a number is no text\)"):
            Certificate.from_json(sealed(data))
    with pytest.raises(InputError, match=r"^text = 1: must be a str; give what to_json\(\) returned$|certificate = 1"):
        Certificate.from_json(1)  # type: ignore[arg-type]  # the point of the test


# ------------------------------------------------------------------------------------------------------------- pieces


def test_rationals_of_any_size_and_their_texts() -> None:
    for value, text in (
        (Fraction(-3, 4), "-3/4"),
        (Fraction(7), "7"),
        (0, "0"),
        (Fraction(1, 10**5000), f"1/1{'0' * 5000}"),
    ):
        assert _text(value) == text
        assert _value(text) == value


def bounds(lower: str, upper: str) -> tuple[Fraction, Fraction]:
    return Fraction(lower), Fraction(upper)


def test_decimals_that_both_ends_round_to() -> None:
    assert _rounded(bounds("0.12341", "0.12344"), 4) == "0.1234"
    assert _rounded(bounds("0.12344", "0.12346"), 4) is None
    assert _rounded(bounds("-0.00001", "0.00001"), 4) == "0.0000"  # without a sign
    assert _rounded(bounds("-0.12341", "-0.12341"), 4) == "-0.1234"
    assert [_unsigned_zero(text) for text in ("-0.00", "-0", "-0.01", "0.0", "-10")] == [
        "0.00",
        "0",
        "-0.01",
        "0.0",
        "-10",
    ]


def test_about_fifteen_significant_digits() -> None:
    third = Fraction(1, 3)
    assert _significant((third, third)) == "0." + "3" * 16
    assert _significant((third * 10**6, third * 10**6)) == "333333.3333333333"
    assert _significant((-third / 10**6, -third / 10**6)) == "-0.0000003333333333333333"
    assert _significant((third * 10**30, third * 10**30)) == "3" * 30 + ".3"
    assert _significant((Fraction(0), Fraction(0))) is None
    assert _significant((third, third + Fraction(1, 1000))) is None
    assert _significant((Fraction(-4), Fraction(-4))) == "-4." + "0" * 15


def test_cycles_are_turned_to_their_smallest_point() -> None:
    points = [bounds("2", "3"), bounds("-1", "0"), bounds("1", "2")]
    assert _turned(points) == (points[1], points[2], points[0])
    assert _turned(points[1:]) == tuple(points[1:])


@pytest.mark.parametrize(
    ("text", "good"), [("z" * 32, True), ("z" * 33, False), ("η", True), ("", False), ("r ", False)]
)
def test_names(text: str, good: bool) -> None:
    assert is_name(text) is good


def test_the_version_is_the_installed_one_or_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(importlib.metadata, "version", lambda name: noted(asked, name, "7.8"))
    assert (certificates._version(), asked) == ("7.8", ["symphase"])

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert certificates._version() == "0+unknown"


# ------------------------------------------------------------------------------------------------------------- making


def test_a_certificate_says_all_that_it_proves() -> None:
    version = importlib.metadata.version("symphase")
    fold = certificate_for(bifurcation(0.25, [0.5], 1))
    assert fold == Certificate(
        kind="bifurcation",
        symphase=version,
        digits=30,
        variable="z",
        parameter_name="a",
        coefficients=SQUARE.rows,
        period=1,
        points=("0.5" + "0" * 29,),
        parameter="0.25" + "0" * 28,
        multiplier="1",
        conditions=(
            ("name", "fold"),
            ("second_derivative", "2." + "0" * 15),
            ("parameter_derivative", "1." + "0" * 15),
        ),
    )
    flip = certificate_for(bifurcation(-0.75, [-0.5], -1), root=RealAlgebraic.rational(Fraction(-3, 4)))
    assert flip is not None
    assert flip.conditions[0] == ("name", "supercritical flip")
    assert flip.polynomial == (3, 4)
    assert flip.multiplier == "-1"
    half = certificate_for(bifurcation(0.1875, [0.25], Fraction(1, 2)))
    assert half is not None
    assert (half.conditions[0], half.multiplier) == (("name", "crossing"), "1/2")
    pair = certificate_for(cycle(Fraction(-13, 16), [-0.25, -0.75]), digits=35)
    assert pair == Certificate(
        kind="cycle",
        symphase=version,
        digits=35,
        variable="z",
        parameter_name="a",
        coefficients=SQUARE.rows,
        period=2,
        points=("-0.75" + "0" * 33, "-0.25" + "0" * 33),
        parameter="-13/16",
        multiplier="0.75" + "0" * 14,
        stability="attracting",
    )
    repelling = certificate_for(cycle(Fraction(-3, 4), [1.5]))
    assert repelling is not None
    assert (repelling.stability, repelling.multiplier) == ("repelling", "3." + "0" * 15)
    still = certificate_for(cycle(Fraction(0), [0.0]))
    assert still is not None
    assert (still.points, still.multiplier, still.stability) == (("0." + "0" * 30,), "0." + "0" * 15, "attracting")
    number = certificate_for(GOLDEN, digits=3)
    assert number == Certificate(kind="algebraic", symphase=version, digits=3, polynomial=(-1, -1, 1), value="1.618")
    assert certificate_for(GOLDEN).digits == 30  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize("digits", [0, 20_001, True, 1.0, None])
def test_digits_out_of_range(digits: Any) -> None:
    with pytest.raises(
        InputError, match=said("digits", repr(digits), "must be an integer from 1 to 20000", "give a whole number")
    ):
        certificate_for(GOLDEN, digits=digits)


def test_the_first_and_the_last_number_of_digits() -> None:
    one = certificate_for(GOLDEN, digits=1)
    assert one is not None
    assert one.value == "1.6"
    most = certificate_for(RealAlgebraic.rational(Fraction(1, 4)), digits=20_000)
    assert most is not None
    assert most.digits == 20_000


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(
        InputError, match=said("root", " ".join(repr(GOLDEN).split()), "belongs to a bifurcation", "leave it out")
    ):
        certificate_for(GOLDEN, root=GOLDEN)
    wanted = "must be a certified bifurcation, a certified cycle or an algebraic number"
    with pytest.raises(InputError, match=said("item", "0.5", wanted, "see certify_cycle and certify_bifurcation")):
        certificate_for(0.5)  # type: ignore[arg-type]  # the point of the test
    orphan = replace(bifurcation(0.25, [0.5], 1), family=None)
    with pytest.raises(
        InputError, match=said("family", "None", "must be known", "give the family that the cycle belongs to")
    ):
        certificate_for(orphan)
    assert certificate_for(orphan, family=SQUARE) is not None
    for symbols in ((sympy.Symbol("z 1"), a), (z, sympy.Symbol("a 1"))):
        odd = PolynomialFamily(symbols[0] ** 2 + symbols[1], variable=symbols[0], parameter=symbols[1])
        argument, name = ("variable", "z 1") if symbols[1] == a else ("parameter", "a 1")
        wanted = "must be an identifier of at most 32 characters"
        with pytest.raises(InputError, match=said(argument, name, wanted, "rename the symbol")):
            certificate_for(orphan, family=odd)
    monster = replace(orphan, period=101, family=SQUARE)
    with pytest.raises(
        InputError, match=said("digits", "20000", "must be at most 19801 for period 101", "ask for fewer digits")
    ):
        certificate_for(monster, digits=20_000)


def test_the_last_number_of_digits_for_a_period(monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[int] = []
    monkeypatch.setattr(certificates, "_grow", lambda digits, _: grown.append(digits))
    hundred = replace(bifurcation(0.25, [0.5], 1), period=100)
    certificate_for(hundred, digits=20_000)
    certificate_for(hundred, digits=1)
    certificate_for(cycle(Fraction(1, 5), [0.2]), digits=31)
    certificate_for(GOLDEN, digits=2)
    assert grown == [20_000, 30, 31, 2]


def test_stretched_orbits_begin_with_more_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[int] = []
    monkeypatch.setattr(certificates, "_grow", lambda digits, _: grown.append(digits))
    monkeypatch.setattr(certificates, "stretch", lambda *given: 100 if given == (SQUARE, place, [0.5]) else 0)
    wide = bifurcation(0.25, [0.5], 1)
    place: Fraction = sum(wide.parameter, Fraction(0)) / 2
    certificate_for(replace(wide, points=((Fraction(1, 4), Fraction(3, 4)),)), digits=30)
    assert grown == [20 + 66]


def attempts(monkeypatch: pytest.MonkeyPatch, digits: int, *messages: str | None) -> tuple[list[int], object]:
    """What is tried when the checker answers in this way; None: there is nothing to check."""
    tried: list[int] = []
    answers = list(messages)
    checks: list[str] = []

    def make(places: int) -> Certificate | None:
        tried.append(places)
        message = answers.pop(0) if answers else "no"
        if message is not None:
            checks.append(message)
        return None if message is None else RECORDS[0][0]

    def check(_: Certificate) -> CertificateCheck:
        message = checks.pop()
        return CertificateCheck("accepted" if message == "yes" else "rejected", message)

    monkeypatch.setattr(Certificate, "check", check)
    return tried, _grow(digits, make)


def test_boxes_shrink_until_the_checker_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attempts(monkeypatch, 30, "no", None, "yes") == ([30, 50, 75], RECORDS[0][0])
    assert attempts(monkeypatch, 30) == ([30, 50, 75, 112, 168], None)
    assert attempts(monkeypatch, 499) == ([499, 748, 1122, 1683, 2524], None)
    assert attempts(monkeypatch, 500) == ([500, 750], None)
    assert attempts(monkeypatch, 14_000) == ([14_000], None)
    assert attempts(monkeypatch, 20_000, "yes") == ([20_000], RECORDS[0][0])
    assert attempts(monkeypatch, 20_001) == ([], None)
    assert attempts(monkeypatch, 30, "no", f"{TOO_MUCH}: 3") == ([30, 50, 75, 112, 168], None)
    with pytest.raises(InputError, match=said("digits", "50", f"is {TOO_MUCH}: 3", "ask for fewer digits")):
        attempts(monkeypatch, 30, None, f"{TOO_MUCH}: 3")


# -------------------------------------------------------------------------------------------------------------- files


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = RECORDS[0][0]
    place = write_certificate(tmp_path / "fold.json", certificate)
    assert place.read_text() == certificate.to_json()
    assert read_certificate(place) == certificate
    assert read_text(place) == certificate.to_json()
    size = len(certificate.to_json())
    monkeypatch.setattr(certificates, "MAX_BYTES", size)
    assert read_text(place) == certificate.to_json()
    write_certificate(place, certificate)
    monkeypatch.setattr(certificates, "MAX_BYTES", size - 1)
    wanted = said("path", str(place), f"is longer than {size - 1} bytes", "this is no certificate")
    with pytest.raises(InputError) as caught:
        read_text(place)
    assert re.match(wanted, f"path = {place}: {caught.value.accepted}; {caught.value.advice}")
    assert caught.value.value == str(place)
    wanted = said("certificate", "bifurcation", f"would be longer than {size - 1} bytes", "ask for fewer digits")
    with pytest.raises(InputError, match=wanted):
        write_certificate(place, certificate)


def test_no_more_is_read_than_tells_that_a_file_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    (tmp_path / "f").write_bytes(b"\xff{}")

    class Opened:
        def __init__(self, path: object, mode: str) -> None:
            assert (path, mode) == (tmp_path / "f", "rb")

        def __enter__(self) -> Opened:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self, size: int) -> bytes:
            asked.append(size)
            return b"\xff{}"

    monkeypatch.setattr("builtins.open", Opened)
    text = read_text(tmp_path / "f")
    monkeypatch.undo()
    assert (text, asked) == ("\ufffd{}", [MAX_BYTES + 1])


def fields(error: pytest.ExceptionInfo[InputError]) -> tuple[str, object, str, str]:
    return error.value.argument, error.value.value, error.value.accepted, error.value.advice


def test_what_is_no_file_of_a_certificate(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_text(tmp_path)
    assert fields(caught) == ("path", str(tmp_path), "must be a regular file", "give the file of a certificate")
    missing = tmp_path / "missing"
    with pytest.raises(InputError) as caught:
        read_text(missing)
    reason = f"cannot be read ({os.strerror(2)})"
    assert fields(caught) == ("path", str(missing), reason, "give the file of a certificate")
    with pytest.raises(InputError) as caught:
        read_text("a\0b")
    assert fields(caught)[2] == "cannot be read (embedded null byte)"
    with pytest.raises(InputError, match=r"^path = 3: must be a path"):
        read_text(3)  # type: ignore[arg-type]  # the point of the test
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError) as caught:
        read_certificate(tmp_path / "other.json")
    assert fields(caught) == (
        "path",
        str(tmp_path / "other.json"),
        f"is no certificate as it was written (not a symphase-certificate of at most {MAX_BYTES} characters)",
        "make it anew with certificate_for",
    )


def test_too_long_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_bytes(b"{}")
    monkeypatch.setattr(certificates, "MAX_BYTES", 1)
    with pytest.raises(InputError) as caught:
        read_text(tmp_path / "f")
    assert fields(caught) == ("path", str(tmp_path / "f"), "is longer than 1 bytes", "this is no certificate")


def test_only_certificates_are_written(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_certificate(tmp_path / "f", "{}")  # type: ignore[arg-type]  # the point of the test
    assert fields(caught) == ("certificate", "{}", "must be a Certificate", "see certificate_for")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------- what is found on the way


def test_a_cycle_is_proved_anew_from_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    pair = cycle(Fraction(-13, 16), [-0.25, -0.75])
    monkeypatch.setattr(certificates, "certify_cycle", lambda *given, **named: asked.append((given, named)))
    assert _of_cycle(pair, SQUARE, 31) is None
    ((family, parameter, seeds), named), *_ = asked
    assert (family, parameter, named) == (SQUARE, Fraction(-13, 16), {"min_bits": 167, "max_bits": 334})
    assert seeds == [sum(point) / 2 for point in _turned(pair.points)]


@pytest.mark.parametrize(
    ("changes", "multiplier"),
    [
        ({"multiplier": (Fraction(0), Fraction(0))}, "0." + "0" * 15),
        ({"multiplier": (Fraction(0), Fraction(1, 10**40))}, "0." + "0" * 15),
        ({"multiplier": (Fraction(-1, 10**40), Fraction(0))}, "0." + "0" * 15),
        ({"multiplier": (Fraction(1, 3), Fraction(1, 2))}, None),
        ({"points": ((Fraction(-1), Fraction(0)), (Fraction(-1, 4), Fraction(-1, 4)))}, None),
        ({"points": ((Fraction(3), Fraction(3)), (Fraction(-1, 4), Fraction(-1, 4)))}, None),
    ],
)
def test_what_a_cycle_does_not_tell_in_digits(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], multiplier: str | None
) -> None:
    pair = cycle(Fraction(-13, 16), [-0.75, -0.25])
    exact = tuple((Fraction(-k, 4), Fraction(-k, 4)) for k in (3, 1))
    monkeypatch.setattr(certificates, "certify_cycle", lambda *_, **__: replace(pair, **{"points": exact} | changes))
    found = _of_cycle(pair, SQUARE, 30)
    assert (found is None) is (multiplier is None)
    assert found is None or found.multiplier == multiplier


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"parameter": (Fraction(-1), Fraction(0))}, False),
        ({"points": ((Fraction(-1), Fraction(0)),)}, False),
        ({"transversality": (Fraction(1), Fraction(2))}, False),
    ],
)
def test_what_a_bifurcation_does_not_tell_in_digits(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], told: bool
) -> None:
    place = (Fraction(-3, 4), Fraction(-3, 4))
    flip = replace(bifurcation(-0.75, [-0.5], -1), parameter=place, points=((Fraction(-1, 2), Fraction(-1, 2)),))
    asked: list[int] = []
    monkeypatch.setattr(
        CertifiedBifurcation, "refined", lambda self, bits: noted(asked, bits, replace(self, **changes))
    )
    assert (_of_bifurcation(flip, SQUARE, None, 20) is not None) is told
    assert asked == [66 + 64]

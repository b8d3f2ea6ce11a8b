"""Certificates: proofs as text, that a reader can check without trusting the program that found them.

A certificate states one of

* ``bifurcation``: exactly one (cycle, parameter) with a given multiplier in a box, non-degenerate;
* ``cycle``: exactly one cycle at an exact parameter in a box, attracting or repelling;
* ``algebraic``: exactly one root of an integer polynomial in an interval.

Every number in it is a decimal or a rational, written out as text in its one canonical form; every decimal is the
correctly rounded value of an unknown, and the box reaches one unit of the last digit to both sides.  So small a box
needs no stored inverse: :mod:`symphase.checker`, which shares no code with the rest of the package, proves it again by
interval Newton in integers.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

from symphase.algebraic import RealAlgebraic
from symphase.arguments import instance
from symphase.checker import (
    MAX_BYTES,
    MAX_DIGITS,
    TOO_MUCH,
    CertificateCheck,
    CertificateError,
    check_certificate,
    parse_certificate,
)
from symphase.cycles import CertifiedBifurcation, CertifiedCycle, certify_cycle, nested
from symphase.display import Shown, cut, facts_table, text_html
from symphase.enclosures import round_decimal
from symphase.errors import InputError
from symphase.files import check_path, write_whole
from symphase.krawczyk import stretch
from symphase.maps import PolynomialFamily

__all__ = ["Certificate", "certificate_for", "read_certificate", "read_text", "write_certificate"]

MAX_NAME: Final = 32  # characters of a symbol's name, as the checker has it
_LEAST_DIGITS: Final = 30
_CONDITION_DIGITS: Final = 15  # significant ones
_ATTEMPTS: Final = 5
_MAX_DIGITS_TIMES_PERIOD: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Certificate(Shown):
    """A proof as data, as it stands in a file.

    Attributes
    ----------
    kind : {"bifurcation", "cycle", "algebraic"}
        What is certified; fields that the kind does not have are None or empty.
    symphase : str
        Version of the package that wrote it.
    digits : int
        Digits after the point of every point, of the parameter of a bifurcation and of an algebraic number's value.
    variable, parameter_name : str or None
        The family's symbols.
    coefficients : tuple of tuple of Fraction
        ``coefficients[k][j]`` belongs to variable**k · parameter**j.
    period : int or None
        Minimal period.
    points : tuple of str
        The cycle, from its smallest point on, correctly rounded decimals.
    parameter : str or None
        The parameter: a decimal, correctly rounded (bifurcation), or an exact rational (cycle).
    multiplier : str or None
        The multiplier: an exact rational (bifurcation), or a decimal, correctly rounded (cycle).
    stability : str or None
        "attracting" or "repelling", for a cycle.
    conditions : tuple of (str, str)
        The bifurcation's name ("fold", "supercritical flip", "subcritical flip", "crossing") and the non-degeneracy
        conditions, which are correctly rounded decimals and differ from zero.
    polynomial : tuple of int
        Integer coefficients, lowest power first.  With a bifurcation: a polynomial that has exactly one root in the
        parameter's interval.  That the parameter *is* this root rests on the elimination that produced it.
    value : str or None
        The algebraic number, a decimal, correctly rounded.

    Certainty
    ---------
    None by itself: a record can hold anything.  :meth:`check` proves or rejects it.
    """

    kind: Literal["bifurcation", "cycle", "algebraic"]
    symphase: str
    digits: int
    variable: str | None = None
    parameter_name: str | None = None
    coefficients: tuple[tuple[Fraction, ...], ...] = ()
    period: int | None = None
    points: tuple[str, ...] = ()
    parameter: str | None = None
    multiplier: str | None = None
    stability: str | None = None
    conditions: tuple[tuple[str, str], ...] = ()
    polynomial: tuple[int, ...] = ()
    value: str | None = None

    def to_json(self) -> str:
        """Return the one canonical text of this certificate, with a SHA-256 of all that stands before it."""
        polynomial = [_text(c) for c in self.polynomial]
        data: dict[str, Any] = {
            "format": "symphase-certificate",
            "version": "1",
            "symphase": self.symphase,
            "kind": self.kind,
        }
        if self.kind == "algebraic":
            data |= {"polynomial": polynomial, "digits": str(self.digits), "value": self.value}
        else:
            data["family"] = {
                "variable": self.variable,
                "parameter": self.parameter_name,
                "coefficients": [[_text(c) for c in row] for row in self.coefficients],
            }
            data["period"] = str(self.period)
            common = {"digits": str(self.digits), "points": list(self.points)}
            if self.kind == "bifurcation":
                data |= {"multiplier": self.multiplier, **common, "parameter": self.parameter}
                data |= {"conditions": dict(self.conditions), "polynomial": polynomial}
            else:
                data |= {"parameter": self.parameter, **common}
                data |= {"multiplier": self.multiplier, "stability": self.stability}
        data["sha256"] = hashlib.sha256(json.dumps(data, indent=1).encode()).hexdigest()
        return json.dumps(data, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """Read a certificate back from its text.

        Certainty
        ---------
        The text is held to its canonical form and to its SHA-256.  Nothing is proved: see :meth:`check`.

        Raises
        ------
        InputError
            For a text that is no certificate, is damaged, or was changed.
        """
        instance(text, str, "text", "give what to_json() returned")
        try:
            certificate = cls._from_data(parse_certificate(text))
            if certificate.to_json() != text:
                raise ValueError("a number is not in canonical form")
        except (CertificateError, ValueError, RecursionError, TypeError, KeyError, AttributeError) as reason:
            said = f"is no certificate as it was written ({reason})"
            raise InputError("certificate", text, said, "make it anew with certificate_for") from None
        return certificate

    @classmethod
    def _from_data(cls, data: dict[str, Any]) -> Certificate:
        conditions = tuple(data.get("conditions", {}).items())
        points = tuple(data.get("points", ()))
        texts = [data.get(key, "") for key in ("parameter", "multiplier", "stability", "value")]
        if not all(isinstance(text, str) for text in [*points, *texts, *(t for _, t in conditions)]):
            raise ValueError("a number is no text")
        family = data.get("family", {"variable": None, "parameter": None, "coefficients": []})
        if not all(name is None or isinstance(name, str) for name in (family["variable"], family["parameter"])):
            raise ValueError("a symbol is no text")
        return cls(
            kind=data["kind"],
            symphase=data["symphase"],
            digits=int(data["digits"]),
            variable=family["variable"],
            parameter_name=family["parameter"],
            coefficients=tuple(tuple(_value(c) for c in row) for row in family["coefficients"]),
            period=int(data["period"]) if "period" in data else None,
            points=points,
            parameter=data.get("parameter"),
            multiplier=data.get("multiplier"),
            stability=data.get("stability"),
            conditions=conditions,
            polynomial=tuple(_value(c).numerator for c in data.get("polynomial", ())),
            value=data.get("value"),
        )

    def check(self) -> CertificateCheck:
        """Prove the claim anew with the independent checker, from the text alone."""
        return check_certificate(self.to_json())

    def _line(self) -> str:
        where = self.value if self.kind == "algebraic" else self.parameter
        about = (
            f"a root of a polynomial of degree {len(self.polynomial) - 1}"
            if self.kind == "algebraic"
            else (f"period {self.period}, multiplier {cut(str(self.multiplier), 16)}")
        )
        return f"{self.kind}, {about}, at {cut(str(where), 24)} (not checked yet)"

    def _repr_html_(self) -> str:
        facts = [
            ("kind", text_html(self.kind)),
            ("period", "" if self.period is None else str(self.period)),
            ("parameter", "" if self.parameter is None else text_html(cut(self.parameter, 60))),
            ("multiplier", "" if self.multiplier is None else text_html(cut(self.multiplier, 60))),
            ("value", "" if self.value is None else text_html(cut(self.value, 60))),
            ("digits", str(self.digits)),
            ("certainty", "none by itself: <code>check()</code> proves or rejects it"),
        ]
        return facts_table("A proof as data", facts)


def _text(value: Fraction | int) -> str:
    """Canonical text of a rational of any size."""
    number = Fraction(value)
    top = round_decimal(Fraction(number.numerator), 0)
    return top if number.denominator == 1 else f"{top}/{round_decimal(Fraction(number.denominator), 0)}"


def _value(text: str) -> Fraction:
    """Rational of a text of any size, in the form of :func:`_text`."""
    import flint

    top, _, bottom = text.partition("/")
    return Fraction(int(flint.fmpz(top)), int(flint.fmpz(bottom or "1")))


# ------------------------------------------------------------------------------------------------------------- making


def certificate_for(
    item: CertifiedBifurcation | CertifiedCycle | RealAlgebraic,
    *,
    digits: int = _LEAST_DIGITS,
    family: PolynomialFamily | None = None,
    root: RealAlgebraic | None = None,
) -> Certificate | None:
    """Write the certificate of a bifurcation, a cycle or an algebraic number.

    Parameters
    ----------
    item : CertifiedBifurcation, CertifiedCycle or RealAlgebraic
        What to certify; it is proved anew, to as many digits as are asked for.
    digits : int
        At least so many digits after the point, 1 to 20 000; more are written where the proof needs a smaller box.
    family : PolynomialFamily, optional
        For records that do not name their family.
    root : RealAlgebraic, optional
        With a bifurcation: the algebraic number that its parameter is known to be.  The certificate then says that
        the number's polynomial has exactly one root in the parameter's interval.

    Returns
    -------
    Certificate or None
        Accepted by the independent checker before it is returned.  None when no proof was found: at a degenerate
        bifurcation, for a cycle with multiplier −1, or when ``root`` is not the parameter.

    Certainty
    ---------
    Certified.

    Raises
    ------
    InputError
        For digits out of range, too many for the period, or more than the checker's budget of work allows; for a record
        without a family, and symbols whose names are no identifiers of at most 32 characters.

    Examples
    --------
    >>> golden = RealAlgebraic([-1, -1, 1], Fraction(1), Fraction(2))
    >>> certificate = certificate_for(golden, digits=12)
    >>> certificate.value, certificate.check().verdict
    ('1.618033988750', 'accepted')
    """
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MAX_DIGITS:
        raise InputError("digits", digits, f"must be an integer from 1 to {MAX_DIGITS}", "give a whole number")
    if root is not None and not isinstance(item, CertifiedBifurcation):
        raise InputError("root", root, "belongs to a bifurcation", "leave it out")
    if isinstance(item, RealAlgebraic):
        return _grow(digits, lambda places: _of_number(item, places))
    if not isinstance(item, (CertifiedBifurcation, CertifiedCycle)):
        raise InputError(
            "item",
            item,
            "must be a certified bifurcation, a certified cycle or an algebraic number",
            "see certify_cycle and certify_bifurcation",
        )
    known = item.family or family
    if known is None:
        raise InputError("family", None, "must be known", "give the family that the cycle belongs to")
    for argument, symbol in (("variable", known.variable), ("parameter", known.parameter)):
        if not is_name(str(symbol)):
            accepted = f"must be an identifier of at most {MAX_NAME} characters"
            raise InputError(argument, symbol, accepted, "rename the symbol")
    if digits * item.period > _MAX_DIGITS_TIMES_PERIOD:
        most = _MAX_DIGITS_TIMES_PERIOD // item.period
        raise InputError("digits", digits, f"must be at most {most} for period {item.period}", "ask for fewer digits")
    place = item.parameter if isinstance(item.parameter, Fraction) else sum(item.parameter) / 2
    lost = stretch(known, place, [sum(z) / 2 for z in item.points])
    least = max(digits, _LEAST_DIGITS, 20 + lost * 2 // 3)  # twice the stretching, in digits
    if isinstance(item, CertifiedCycle):
        return _grow(least, lambda places: _of_cycle(item, known, places))
    return _grow(least, lambda places: _of_bifurcation(item, known, root, places))


def _grow(digits: int, make: Callable[[int], Certificate | None]) -> Certificate | None:
    """Shrink the box until the independent checker accepts it."""
    rejected = False
    for _ in range(_ATTEMPTS if digits < 500 else 2):
        if digits > MAX_DIGITS:
            break
        certificate = make(digits)
        if certificate is not None:
            check = certificate.check()
            if check.verdict == "accepted":
                return certificate
            if check.message.startswith(TOO_MUCH) and not rejected:
                raise InputError("digits", digits, f"is {check.message}", "ask for fewer digits")
            rejected = True
        digits += max(20, digits // 2)
    return None


def is_name(text: str) -> bool:
    """Whether a file can name a symbol so: an identifier, so that no name can pass for a part of a statement.

    Examples
    --------
    >>> is_name("λ"), is_name("r = 5")
    (True, False)
    """
    return text.isidentifier() and len(text) <= MAX_NAME


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("symphase")
    except PackageNotFoundError:  # a bare checkout
        return "0+unknown"


def _rounded(bounds: tuple[Fraction, Fraction], digits: int) -> str | None:
    """The decimal to which both ends round; None when they differ."""
    lower, upper = (round_decimal(end, digits) for end in bounds)
    # an enclosure around zero rounds to 0 from both sides
    lower, upper = (_unsigned_zero(text) for text in (lower, upper))
    return lower if lower == upper else None


def _unsigned_zero(text: str) -> str:
    return text.lstrip("-") if not text.strip("-0.") else text


def _significant(bounds: tuple[Fraction, Fraction]) -> str | None:
    """A decimal with about fifteen significant digits of a number that is not zero."""
    size = max(abs(end) for end in bounds)
    if size == 0:
        return None
    magnitude = (size.numerator.bit_length() - size.denominator.bit_length()) * 3 // 10
    return _rounded(bounds, max(1, _CONDITION_DIGITS - magnitude))


def _turned(points: Sequence[tuple[Fraction, Fraction]]) -> tuple[tuple[Fraction, Fraction], ...]:
    """The same cycle from its smallest point on."""
    start = min(range(len(points)), key=lambda i: points[i])
    return (*points[start:], *points[:start])


def _of_number(number: RealAlgebraic, digits: int) -> Certificate:
    return Certificate(
        kind="algebraic",
        symphase=_version(),
        digits=digits,
        polynomial=number.coefficients,
        value=_unsigned_zero(number.decimal(digits)),
    )


def _of_cycle(cycle: CertifiedCycle, family: PolynomialFamily, digits: int) -> Certificate | None:
    bits = digits * 10 // 3 + 64
    seeds = [sum(z) / 2 for z in _turned(cycle.points)]
    found = certify_cycle(family, cycle.parameter, seeds, min_bits=bits, max_bits=2 * bits)
    if found is None or not nested(found.points, _turned(cycle.points)):
        return None
    points = [_rounded(z, digits) for z in found.points]
    lower, upper = found.multiplier
    multiplier = _significant(found.multiplier) if lower > 0 or upper < 0 else _rounded(found.multiplier, digits // 2)
    if multiplier is None or None in points:
        return None
    return Certificate(
        kind="cycle",
        symphase=_version(),
        digits=digits,
        variable=str(family.variable),
        parameter_name=str(family.parameter),
        coefficients=family.rows,
        period=found.period,
        points=tuple(str(z) for z in points),
        parameter=_text(found.parameter),
        multiplier=multiplier,
        stability="attracting" if abs(lower) < 1 else "repelling",
    )


def _of_bifurcation(
    item: CertifiedBifurcation, family: PolynomialFamily, root: RealAlgebraic | None, digits: int
) -> Certificate | None:
    # the conditions belong to the first point, so that the cycle is turned before it is proved anew
    found = replace(item, family=family, points=_turned(item.points)).refined(digits * 10 // 3 + 64)
    if found is None:
        return None
    parameter = _rounded(found.parameter, digits)
    points = [_rounded(z, digits) for z in found.points]
    conditions = [(name, _significant(bounds)) for name, bounds in found.conditions.items()]
    if parameter is None or None in points or any(text is None for _, text in conditions):
        return None
    name = "fold" if found.multiplier == 1 else "crossing"
    if found.multiplier == -1:
        name = f"{found.criticality} flip"
    return Certificate(
        kind="bifurcation",
        symphase=_version(),
        digits=digits,
        variable=str(family.variable),
        parameter_name=str(family.parameter),
        coefficients=family.rows,
        period=found.period,
        points=tuple(str(z) for z in points),
        parameter=parameter,
        multiplier=_text(found.multiplier),
        conditions=(("name", name), *((key, str(text)) for key, text in conditions)),
        polynomial=root.coefficients if root is not None else (),
    )


# -------------------------------------------------------------------------------------------------------------- files


def write_certificate(path: str | os.PathLike[str], certificate: Certificate) -> Path:
    """Write a certificate so that the file is either complete or not there: beside its place, then renamed.

    Parameters
    ----------
    path : path
        An existing file is replaced.
    certificate : Certificate

    Returns
    -------
    Path
        Where it stands.

    Raises
    ------
    InputError
        If the file cannot be written there, with the system's reason.
    """
    content = instance(certificate, Certificate, "certificate", "see certificate_for").to_json().encode("ascii")
    if len(content) > MAX_BYTES:
        raise InputError(
            "certificate", certificate.kind, f"would be longer than {MAX_BYTES} bytes", "ask for fewer digits"
        )
    return write_whole(path, content)


def read_text(path: str | os.PathLike[str]) -> str:
    """Read what may be a certificate, up to 16 MiB; whether it is one, the checker says.

    Parameters
    ----------
    path : path

    Returns
    -------
    str

    Raises
    ------
    InputError
        For what is no regular file, cannot be read, or is longer.
    """
    check_path(path)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # asked before opening: a pipe would wait for its other end
            raise InputError("path", str(path), "must be a regular file", "give the file of a certificate")
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except InputError:
        raise
    except (OSError, ValueError) as reason:  # the second for a NUL in the name
        said = f"cannot be read ({getattr(reason, 'strerror', None) or reason})"
        raise InputError("path", str(path), said, "give the file of a certificate") from None
    if len(content) > MAX_BYTES:
        raise InputError("path", str(path), f"is longer than {MAX_BYTES} bytes", "this is no certificate")
    return content.decode("utf-8", "replace")


def read_certificate(path: str | os.PathLike[str]) -> Certificate:
    """Read a certificate from a file.

    Parameters
    ----------
    path : path
        A regular file of at most 16 MiB.

    Returns
    -------
    Certificate

    Certainty
    ---------
    Nothing is proved by reading: see :meth:`Certificate.check`.

    Raises
    ------
    InputError
        As :func:`read_text`, and for what holds no certificate as it was written.
    """
    text = read_text(path)
    try:
        return Certificate.from_json(text)
    except InputError as problem:  # the file's name says more than its first characters
        raise InputError("path", str(path), problem.accepted, problem.advice) from None

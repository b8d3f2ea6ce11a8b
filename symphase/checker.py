"""Re-checks a certificate with integers alone: ``python checker.py FILE`` says what is proved, or why nothing is.

It needs the standard library alone and believes no field.  Every decimal is claimed to be an unknown, correctly
rounded, and the solution to be the only one in the box: within one unit of the last digit of all decimals.

With x = (z_0 … z_{n-1}, a), F(x) = (f(z_i, a) - z_{i+1}, prod f'(z_i, a) - mu), m the decimals, X the box around m and
J a matrix of intervals that holds F' on X: if every A in J is regular and A^-1 F(m) is smaller than half a unit, then F
has exactly one zero in X, less than half a unit from m.  (F(x) = F(m) + A(x)(x - m), A(x) in J; x -> m - A(x)^-1 F(m)
has a fixed point by Brouwer's theorem, and regularity allows no second zero.)  J d = F(m) is solved along the orbit:
d_{i+1} = s_i d_i + c_i d_a - r_i, so that d_i = p_i d_0 + q_i d_a - t_i, and two equations for d_0, d_a are left.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import sys
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, perm
from typing import Any, Final, Literal

__all__ = ["CertificateCheck", "CertificateError", "check_certificate", "parse_certificate"]

MAX_BYTES: Final = 2**24
MAX_DIGITS: Final = 20_000
MAX_PERIOD: Final = 4096  # and the largest degree of a polynomial
TOO_MUCH: Final = "more work than this checker takes on"
_MAX_WORK: Final = 2 * 10**13  # squared bits times operations: about half a minute
_KEYS: Final = {
    "bifurcation": ("family", "period", "multiplier", "digits", "points", "parameter", "conditions", "polynomial"),
    "cycle": ("family", "period", "parameter", "digits", "points", "multiplier", "stability"),
    "algebraic": ("polynomial", "digits", "value"),
}
_NUMBER: Final = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+)|/([1-9][0-9]*))?")


class CertificateError(ValueError):
    """A certificate that proves nothing."""


@dataclass(frozen=True, slots=True)
class CertificateCheck:
    """The outcome: accepted with the statement proved, or rejected or unreadable with the reason, in ``message``."""

    verdict: Literal["accepted", "rejected", "unreadable"]
    message: str


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise CertificateError(reason)


def _shown(text: str) -> str:  # a long number is cut with a mark and its length, never silently
    return text if len(text) <= 120 else f"{text[:80]}… ({len(text)} characters)"


def _digits(text: str) -> int:
    """Integer of a string of digits, in halves: Python's own conversion refuses more than 4300."""
    half = len(text) // 2
    return int(text) if half < 2000 else _digits(text[:half]) * 10 ** (len(text) - half) + _digits(text[half:])


def _number(text: Any, form: Literal["integer", "rational", "decimal"] = "integer") -> tuple[int, int]:
    """(p, q) of p/q, (k, d) of the decimal k/10^d with d digits, (n, 1): nothing but the one canonical form is read."""
    match = _NUMBER.fullmatch(text) if isinstance(text, str) and len(text) <= 2 * MAX_DIGITS else None
    sign, head, tail, bottom = match.groups() if match else ("", "0", None, None)
    value, below = _digits(head + (tail or "")), _digits(bottom or "1")
    plain = bottom is None or (below > 1 and gcd(value, below) == 1 and form == "rational")
    good = match and plain and (tail is not None) == (form == "decimal") and (value or not sign)
    _require(good, f"{str(text)[:40]!r} is no {form} number in canonical form")
    return (-value if sign else value), len(tail) if tail else below


def parse_certificate(text: str) -> dict[str, Any]:
    """Read a certificate and hold it to its one canonical form: ValueError for other texts, CertificateError else."""
    if len(text) > MAX_BYTES or not text.startswith('{\n "format": "symphase-certificate",\n'):
        raise ValueError(f"not a symphase-certificate of at most {MAX_BYTES} characters")
    data: dict[str, Any] = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)  # numbers are strings
    _require(json.dumps(data, indent=1) + "\n" == text, "the text is not in canonical form (spaces, escapes, numbers)")
    keys = ("format", "version", "symphase", "kind", *_KEYS.get(str(data.get("kind")), ()), "sha256")
    _require(tuple(data) == keys, "an unknown kind, or keys missing, unknown or out of order")
    _require(data["version"] == "1" and isinstance(data["symphase"], str), "a version that this checker does not know")
    body = json.dumps({key: value for key, value in data.items() if key != "sha256"}, indent=1)
    _require(data["sha256"] == hashlib.sha256(body.encode()).hexdigest(), "the SHA-256 does not belong to this text")
    return data


class _Ball:
    """The real numbers within radius/2^bits of middle/2^bits; every operation encloses its exact results."""

    def __init__(self, middle: int, radius: int, bits: int) -> None:
        self.middle, self.radius, self.bits = middle, radius, bits

    def __add__(self, other: _Ball) -> _Ball:
        return _Ball(self.middle + other.middle, self.radius + other.radius, self.bits)

    def __sub__(self, other: _Ball) -> _Ball:
        return _Ball(self.middle - other.middle, self.radius + other.radius, self.bits)

    def __mul__(self, other: _Ball | int) -> _Ball:
        if isinstance(other, int):
            return _Ball(self.middle * other, self.radius * abs(other), self.bits)
        spread = abs(self.middle) * other.radius + self.radius * (abs(other.middle) + other.radius)
        return _Ball((self.middle * other.middle) >> self.bits, (spread >> self.bits) + 2, self.bits)

    def __truediv__(self, other: _Ball) -> _Ball:
        _require(other.sign(), "the Jacobian is not shown to be regular in the box")
        size, wide = abs(other.middle), self.radius * abs(other.middle) + abs(self.middle) * other.radius
        radius = (wide << self.bits) // (size * (size - other.radius)) + 2
        return _Ball((self.middle << self.bits) // other.middle, radius, self.bits)

    def sign(self) -> int:
        return (self.middle > self.radius) - (self.middle < -self.radius)

    def rounds_to(self, value: int, digits: int) -> bool:
        """Whether all numbers in the ball are strictly less than half a unit away from value/10^digits."""
        return not abs(self.middle * 10**digits - (value << self.bits)) + self.radius * 10**digits >= 1 << self.bits - 1


def _ball(value: Fraction, bits: int, radius: Fraction = Fraction(0)) -> _Ball:
    return _Ball((value.numerator << bits) // value.denominator, (radius * 2**bits).__ceil__() + 1, bits)


def _at(coefficients: list[_Ball], x: _Ball, order: int = 0) -> _Ball:
    """Derivative of the given order of a polynomial, lowest power first, by Horner's rule."""
    total = x * 0
    for power in range(len(coefficients) - 1, order - 1, -1):
        total = total * x + coefficients[power] * perm(power, order)
    return total


def _family(data: Any) -> list[list[Fraction]]:
    """Read rows[k][j], the coefficients of variable^k parameter^j."""
    _require(isinstance(data, dict) and tuple(data) == ("variable", "parameter", "coefficients"), "no family")
    variable, parameter, rows = data.values()
    plain = all(isinstance(n, str) and n.isidentifier() and len(n) <= 32 for n in (variable, parameter))
    _require(plain and variable != parameter, "no two names")
    _require(isinstance(rows, list) and 3 <= len(rows) <= 65, "the family is not of degree 2 to 64")
    _require(all(isinstance(row, list) and 1 <= len(row) == len(rows[0]) <= 1000 for row in rows), "ragged rows")
    values = [[Fraction(*_number(c, "rational")) for c in row] for row in rows]
    _require(any(values[-1]) and (any(row[-1] for row in values) or len(rows[0]) == 1), "padded coefficients")
    return values


def _orbit(data: dict[str, Any]) -> str:
    """Check a certificate of a cycle or of a bifurcation; returns the statement."""
    rows, bifurcation, stated = _family(data["family"]), data["kind"] == "bifurcation", data["points"]
    period, digits = _number(data["period"])[0], _number(data["digits"])[0]
    _require(1 <= period <= MAX_PERIOD and 1 <= digits <= MAX_DIGITS, "period or digits out of range")
    _require(isinstance(stated, list) and len(stated) == period, "not as many points as the period")
    decimals = [_number(text, "decimal") for text in [*stated, *([data["parameter"]] if bifurcation else [])]]
    _require(all(places == digits for _, places in decimals), "not all decimals have the stated digits")
    points, unit, bits = [value for value, _ in decimals[:period]], Fraction(1, 10**digits), 7 * digits + 64
    _require(points[0] == min(points), "the orbit does not start at its smallest point")
    _require(all(b - a > 2 for a, b in itertools.pairwise(sorted(points))), "two points are not told apart")
    a = decimals[-1][0] * unit if bifurcation else Fraction(*_number(data["parameter"], "rational"))
    mu = Fraction(*_number(data["multiplier"], "rational")) if bifurcation else Fraction(0)
    size = max(c.numerator.bit_length() for row in rows for c in row) + len(rows[0]) * (int(abs(a)) + 2).bit_length()
    size += len(rows) * (max(abs(k) for k in points) // 10**digits + 2).bit_length()
    work = (period + len(rows[0])) * (len(rows) + 4) * (bits + period * size) ** 2
    _require(work <= _MAX_WORK, f"{TOO_MUCH}: {work:.1e} steps, at most {_MAX_WORK:.1e}")
    one, lifted = _ball(Fraction(1), bits), [[_ball(c, bits) for c in row] for row in rows]
    a_mid, a_box = _ball(a, bits), _ball(a, bits, unit if bifurcation else Fraction(0))
    f_mid, f, fa = ([_at(row, x, order) for row in lifted] for x, order in ((a_mid, 0), (a_box, 0), (a_box, 1)))
    middles, boxes = [_ball(k * unit, bits) for k in points], [_ball(k * unit, bits, unit) for k in points]
    slopes = [_at(f, z, 1) for z in boxes]
    after = list(itertools.accumulate(slopes[:0:-1], _Ball.__mul__, initial=one))  # products of all slopes behind
    p, product, sweep, zero = one, one, [], one * 0
    q = t = d2 = d3 = by_first = by_a = border = zero  # d2, d3 of the iterate; the multiplier's row, every d_i put in
    for i, (z, slope) in enumerate(zip(boxes, slopes, strict=True)):
        sweep.append((p, q, t))
        bend, others = _at(f, z, 2), p * after.pop()
        by_first, by_a = by_first + others * bend * p, by_a + others * (bend * q + _at(fa, z, 1))
        border, product = border + others * bend * t, product * _at(f_mid, middles[i], 1)
        d2, d3 = bend * p * p + slope * d2, _at(f, z, 3) * p * p * p + bend * p * d2 * 3 + slope * d3
        p, q, t = slope * p, slope * q + _at(fa, z), slope * t + _at(f_mid, middles[i]) - middles[(i + 1) % period]
    if bifurcation:
        border = border + product - _ball(mu, bits)
        determinant = (p - one) * by_a - q * by_first
        first, last = (t * by_a - q * border) / determinant, ((p - one) * border - by_first * t) / determinant
    else:
        first, last = t / (p - one), zero
    changes = [last, *(p_i * first + q_i * last - t_i for p_i, q_i, t_i in sweep)]
    _require(all(d.rounds_to(0, digits) for d in changes), "a point or the parameter is not proved to its last digit")
    place = f"{data['family']['parameter']} = {_shown(data['parameter'])}: one cycle of minimal period {period}"
    if not bifurcation:
        stability = {1: "attracting", -1: "repelling"}.get((one - p * p).sign())  # None: neither is proved
        right = stability is not None and p.rounds_to(*_number(data["multiplier"], "decimal"))
        _require(right and stability == data["stability"], "the multiplier or the stability is not as stated")
        return f"{place} in the box, {stability}"
    proved, name = {"second_derivative": d2, "parameter_derivative": q}, "fold"
    if mu != 1:
        proved, name = {"transversality": by_a + by_first * q / _ball(1 - mu, bits)}, "crossing"
    if mu == -1:
        proved["flip_coefficient"] = d3 * -2 - d2 * d2 * 3
        name = "supercritical flip" if proved["flip_coefficient"].sign() < 0 else "subcritical flip"
    told = data["conditions"]
    _require(isinstance(told, dict) and tuple(told) == ("name", *proved) and told["name"] == name, "other conditions")
    for key, value in proved.items():
        _require(value.sign() and value.rounds_to(*_number(told[key], "decimal")), f"{key} is not proved as stated")
    tie = f"; {_root(data, 'parameter')}" if data["polynomial"] != [] else ""
    return f"{place} in the box, with multiplier {_shown(data['multiplier'])}, a non-degenerate {name}{tie}"


def _root(data: dict[str, Any], key: str) -> str:
    """Prove that a polynomial has one root, a simple one, within a unit of a decimal, and that it rounds to it."""
    (value, digits), stated = _number(data[key], "decimal"), data["polynomial"]
    _require(data["digits"] == str(digits) and digits <= MAX_DIGITS, "digits out of range, or not those of the decimal")
    _require(isinstance(stated, list) and 2 <= len(stated) <= MAX_PERIOD + 1, "no polynomial of degree 1 to 4096")
    coefficients = [_number(c)[0] for c in stated]
    _require(coefficients[-1] > 0 and gcd(*coefficients) == 1, "the polynomial is not primitive with a positive end")
    bits = 7 * digits + 64 + len(stated) * (abs(value) // 10**digits + 1).bit_length()
    work = 2 * len(stated) * (bits + max(c.bit_length() for c in coefficients)) ** 2
    _require(work <= _MAX_WORK, f"{TOO_MUCH}: {work:.1e} steps, at most {_MAX_WORK:.1e}")
    lifted, unit = [_ball(Fraction(c), bits) for c in coefficients], Fraction(1, 10**digits)
    _require(_at(lifted, _ball(value * unit, bits, unit), 1).sign(), "the box may hold several roots of the polynomial")
    signs = [_at(lifted, _ball((2 * value + side) * unit / 2, bits)).sign() for side in (-1, 1)]
    _require(signs[0] * signs[1] < 0, "the polynomial does not change sign within half a unit of the decimal")
    return f"the polynomial of degree {len(stated) - 1} has one root, a simple one, in the box of {_shown(data[key])}"


def check_certificate(text: str) -> CertificateCheck:
    """Check the text of a certificate; no text makes this raise."""
    try:
        data = parse_certificate(text)
        return CertificateCheck("accepted", _root(data, "value") if data["kind"] == "algebraic" else _orbit(data))
    except CertificateError as problem:
        return CertificateCheck("rejected", str(problem))
    except (ValueError, RecursionError) as problem:
        return CertificateCheck("unreadable", str(problem))


def main(arguments: list[str]) -> int:
    """Check one file: 0 accepted, 1 rejected, 2 not readable as a certificate."""
    try:
        with open(arguments[0], encoding="utf-8", newline="") as file:
            check = check_certificate(file.read(MAX_BYTES + 1))
    except (OSError, ValueError, IndexError) as problem:
        check = CertificateCheck("unreadable", f"a file is needed: {problem}")
    sys.stdout.write(f"{check.verdict}: {check.message.replace('…', '...').encode('unicode_escape').decode()}\n")
    return ("accepted", "rejected", "unreadable").index(check.verdict)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

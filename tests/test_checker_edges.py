"""Every sentence of the checker, the last value that it takes and the first that it does not; claims made by hand.

z² + a is the family: the fold (a, z) = (1/4, 1/2), the flip (−3/4, −1/2), multiplier 1/2 at (3/16, 1/4), 0 at (0, 0);
with μ = 2z and a = z − z² along the fixed points, dμ/da = 2/(1 − μ).
"""

from __future__ import annotations

import hashlib
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from symphase import checker
from symphase.checker import CertificateCheck, CertificateError, check_certificate, parse_certificate

Data = dict[str, Any]
HEAD: Data = {"format": "symphase-certificate", "version": "1", "symphase": "0"}
FAMILY: Data = {"variable": "z", "parameter": "a", "coefficients": [["0", "1"], ["0", "0"], ["1", "0"]]}


def text_of(data: Data, *, sealed: bool = True) -> str:
    body = {key: value for key, value in data.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(body, indent=1).encode()).hexdigest()
    return json.dumps(body | {"sha256": digest} if sealed else data, indent=1) + "\n"


def changed(data: Data, **changes: Any) -> Data:
    """A copy with other values; a name with __ leads into the value."""
    copy: Data = json.loads(json.dumps(data))
    for path, value in changes.items():
        *above, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        place: Any = copy
        for step in above:
            place = place[step]
        place[last] = value
    return copy


def bifurcation(parameter: str, point: str, multiplier: str, conditions: dict[str, str], polynomial: list[str]) -> Data:
    return HEAD | {
        "kind": "bifurcation",
        "family": FAMILY,
        "period": "1",
        "multiplier": multiplier,
        "digits": "4",
        "points": [point],
        "parameter": parameter,
        "conditions": conditions,
        "polynomial": polynomial,
    }


FOLD = bifurcation(
    "0.2500", "0.5000", "1", {"name": "fold", "second_derivative": "2.00", "parameter_derivative": "1.00"}, []
)
FLIP = bifurcation(
    "-0.7500",
    "-0.5000",
    "-1",
    {"name": "supercritical flip", "transversality": "1.00", "flip_coefficient": "-12.0"},
    ["3", "4"],
)
HALF = bifurcation("0.1875", "0.2500", "1/2", {"name": "crossing", "transversality": "4.00"}, [])
SUPERSTABLE = bifurcation("0.0000", "0.0000", "0", {"name": "crossing", "transversality": "2.00"}, [])
ROOT = HEAD | {"kind": "algebraic", "polynomial": ["-1", "4"], "digits": "2", "value": "0.25"}
CYCLE = HEAD | {
    "kind": "cycle",
    "family": FAMILY,
    "period": "2",
    "parameter": "-13/16",
    "digits": "4",
    "points": ["-0.7500", "-0.2500"],
    "multiplier": "0.75",
    "stability": "attracting",
}
REPELLING = CYCLE | {
    "period": "1",
    "parameter": "-3/4",
    "points": ["1.5000"],
    "multiplier": "3.00",
    "stability": "repelling",
}
FLAT = CYCLE | {
    "family": FAMILY | {"coefficients": [["0", "1"], ["0", "0"], ["1/1000", "0"]]},
    "period": "1",
    "parameter": "1999/4000",
    "digits": "1",
    "points": ["0.5"],
    "multiplier": "0.001",
}
STEEP = CYCLE | {
    "family": FAMILY | {"coefficients": [["199/400", "0"], ["0", "0"], ["-10", "100"]]},
    "period": "1",
    "parameter": "1001/10000",
    "digits": "1",
    "points": ["0.5"],
    "multiplier": "0.01",
}  # z²/100 there; it would be anything if the parameter were not exact
TWO = SUPERSTABLE | {
    "family": FAMILY | {"coefficients": [["55/2", "-105", "100"], ["0", "0", "0"], ["1", "0", "0"]]},
    "digits": "1",
    "points": ["0.0"],
    "parameter": "0.5",
    "conditions": {"name": "crossing", "transversality": "-10.0"},
}  # z² + 100(a − 0.5)(a − 0.55): 0 is superstable at two parameters of the box
NEUTRAL = CYCLE | {"period": "1", "parameter": "-3/4", "points": ["-0.5000"], "multiplier": "-1.00"}
LEVEL = FLIP | {
    "family": FAMILY | {"coefficients": [["0", "0"], ["-1", "-1"], ["0", "0"], ["0", "0"], ["0", "0"], ["-1", "0"]]},
    "points": ["0.0000"],
    "parameter": "0.0000",
    "conditions": {"name": "subcritical flip", "transversality": "-1.00", "flip_coefficient": "0.00"},
    "polynomial": [],
}  # −(1 + a) z − z⁵: neither super- nor subcritical
BOX = "one cycle of minimal period"
SUPERCRITICAL = "supercritical flip; the polynomial of degree 1 has one root, a simple one, in the box of"
ONE_ROOT = "has one root, a simple one, in the box of"


@pytest.mark.parametrize(
    ("data", "statement"),
    [
        (FOLD, f"a = 0.2500: {BOX} 1 in the box, with multiplier 1, a non-degenerate fold"),
        (
            FLIP,
            f"a = -0.7500: {BOX} 1 in the box, with multiplier -1, a non-degenerate {SUPERCRITICAL} -0.7500",
        ),
        (HALF, f"a = 0.1875: {BOX} 1 in the box, with multiplier 1/2, a non-degenerate crossing"),
        (SUPERSTABLE, f"a = 0.0000: {BOX} 1 in the box, with multiplier 0, a non-degenerate crossing"),
        (CYCLE, f"a = -13/16: {BOX} 2 in the box, attracting"),
        (REPELLING, f"a = -3/4: {BOX} 1 in the box, repelling"),
        (STEEP, f"a = 1001/10000: {BOX} 1 in the box, attracting"),
        (FLAT, f"a = 1999/4000: {BOX} 1 in the box, attracting"),
        (ROOT, f"the polynomial of degree 1 {ONE_ROOT} 0.25"),
        (
            ROOT | {"digits": "20000", "value": "0.25" + "0" * 19_998},
            f"the polynomial of degree 1 {ONE_ROOT} 0.25{'0' * 76}… (20002 characters)",
        ),
    ],
)
def test_what_is_proved_is_said_in_full(data: Data, statement: str) -> None:
    assert check_certificate(text_of(data)) == CertificateCheck("accepted", statement)


CANONICAL = "the text is not in canonical form (spaces, escapes, numbers)"
KEYS = "an unknown kind, or keys missing, unknown or out of order"
ENDS = "period or digits out of range"
ROOT_ENDS = "digits out of range, or not those of the decimal"
PLACES = "not all decimals have the stated digits"
APART = "two points are not told apart"
FIRST = "the orbit does not start at its smallest point"
COUNT = "not as many points as the period"
LAST_DIGIT = "a point or the parameter is not proved to its last digit"
STATED = "the multiplier or the stability is not as stated"
PRIMITIVE = "the polynomial is not primitive with a positive end"
SEVERAL = "the box may hold several roots of the polynomial"
NO_SIGN = "the polynomial does not change sign within half a unit of the decimal"
DEGREE = "the family is not of degree 2 to 64"
REGULAR = "the Jacobian is not shown to be regular in the box"
NO_POLYNOMIAL = "no polynomial of degree 1 to 4096"


def no(text: str, form: str) -> str:
    return f"{text!r} is no {form} number in canonical form"


@pytest.mark.parametrize(
    ("data", "changes", "reason"),
    [
        (ROOT, {"kind": "theorem"}, KEYS),
        (ROOT, {"kind": "cycle"}, KEYS),
        (ROOT, {"version": "2"}, "a version that this checker does not know"),
        (ROOT, {"symphase": None}, "a version that this checker does not know"),
        # numbers
        (CYCLE, {"period": "2/1"}, no("2/1", "integer")),
        (CYCLE, {"period": "1/2"}, no("1/2", "integer")),
        (CYCLE, {"period": "2.0"}, no("2.0", "integer")),
        (CYCLE, {"period": "-0"}, no("-0", "integer")),
        (CYCLE, {"period": "9" * 40_001}, no("9" * 40, "integer")),
        (CYCLE, {"period": "x" * 41}, no("x" * 40, "integer")),
        (CYCLE, {"period": ["2"]}, no("['2']", "integer")),
        (CYCLE, {"digits": "04"}, no("04", "integer")),
        (CYCLE, {"parameter": "-26/32"}, no("-26/32", "rational")),
        (CYCLE, {"parameter": "-13/1"}, no("-13/1", "rational")),
        (CYCLE, {"parameter": "-0.8125"}, no("-0.8125", "rational")),
        (CYCLE, {"points__0": "-3/4"}, no("-3/4", "decimal")),
        (CYCLE, {"points__0": "-1"}, no("-1", "decimal")),
        (SUPERSTABLE, {"points__0": "-0.0000"}, no("-0.0000", "decimal")),
        (CYCLE, {"multiplier": "3/4"}, no("3/4", "decimal")),
        (FOLD, {"multiplier": "1.0"}, no("1.0", "rational")),
        (FOLD, {"conditions__second_derivative": "2"}, no("2", "decimal")),
        (ROOT, {"polynomial__0": "-1/2"}, no("-1/2", "integer")),
        (ROOT, {"value": "1/4"}, no("1/4", "decimal")),
        # the family
        (FOLD, {"family": []}, "no family"),
        (FOLD, {"family": {"variable": "z", "parameter": "a"}}, "no family"),
        (FOLD, {"family__variable": "a"}, "no two names"),
        (FOLD, {"family__variable": "z" * 33}, "no two names"),
        (FOLD, {"family__coefficients": "x"}, DEGREE),
        (FOLD, {"family__coefficients": [["0"], ["1"]]}, DEGREE),
        (FOLD, {"family__coefficients": [["1"]] * 66}, DEGREE),
        (FOLD, {"family__coefficients": [["0", "1"], ["0"], ["1", "0"]]}, "ragged rows"),
        (FOLD, {"family__coefficients": [[], [], []]}, "ragged rows"),
        (FOLD, {"family__coefficients": [["1"] * 1001] * 3}, "ragged rows"),
        (FOLD, {"family__coefficients": ["1", "1", "1"]}, "ragged rows"),
        (FOLD, {"family__coefficients": [["0", "1"], ["0", "0"], ["0", "0"]]}, "padded coefficients"),
        (FOLD, {"family__coefficients": [["0", "0"], ["0", "0"], ["1", "0"]]}, "padded coefficients"),
        # sizes: the last value goes on to the next question, the one behind it does not
        (CYCLE, {"period": "0", "points": []}, ENDS),
        (CYCLE, {"period": "-2"}, ENDS),
        (CYCLE, {"period": "4096"}, COUNT),
        (CYCLE, {"period": "4097"}, ENDS),
        (CYCLE, {"digits": "0"}, ENDS),
        (CYCLE, {"digits": "20000"}, PLACES),
        (CYCLE, {"digits": "20001"}, ENDS),
        (CYCLE, {"points": None}, COUNT),
        (CYCLE, {"points": ["-0.7500"]}, COUNT),
        (CYCLE, {"points": {"0": "-0.7500", "1": "-0.2500"}}, COUNT),
        (CYCLE, {"points__1": "-0.250"}, PLACES),
        (FOLD, {"parameter": "0.250"}, PLACES),
        (CYCLE, {"points": ["-0.2500", "-0.7500"]}, FIRST),
        (CYCLE, {"points": ["-0.7500", "-0.7498"]}, APART),
        (CYCLE, {"points": ["-0.7500", "-0.7497"]}, LAST_DIGIT),
        # what is claimed
        (CYCLE, {"points__1": "-0.2501"}, LAST_DIGIT),
        (FOLD, {"parameter": "0.2501"}, LAST_DIGIT),
        (FOLD, {"family__coefficients": [["0"], ["0"], ["1"]]}, REGULAR),
        (CYCLE, {"multiplier": "0.76"}, STATED),
        (CYCLE, {"stability": "repelling"}, STATED),
        (CYCLE, {"stability": "undecided"}, STATED),
        (NEUTRAL, {"stability": None}, STATED),
        (NEUTRAL, {"stability": "undecided"}, STATED),
        (LEVEL, {}, "flip_coefficient is not proved as stated"),
        (LEVEL, {"conditions__name": "supercritical flip"}, "other conditions"),
        (TWO, {}, REGULAR),
        (REPELLING, {"stability": "attracting"}, STATED),
        (FOLD, {"conditions": []}, "other conditions"),
        (FOLD, {"conditions__name": "crossing"}, "other conditions"),
        (FOLD, {"conditions": {"name": "fold", "second_derivative": "2.00"}}, "other conditions"),
        (FLIP, {"conditions__name": "subcritical flip"}, "other conditions"),
        (FOLD, {"conditions__second_derivative": "2.01"}, "second_derivative is not proved as stated"),
        (FOLD, {"conditions__parameter_derivative": "1.01"}, "parameter_derivative is not proved as stated"),
        (FLIP, {"conditions__transversality": "1.01"}, "transversality is not proved as stated"),
        (FLIP, {"conditions__flip_coefficient": "-12.1"}, "flip_coefficient is not proved as stated"),
        # polynomials
        (FLIP, {"polynomial": ["-3", "-4"]}, PRIMITIVE),
        (ROOT, {"polynomial": ["-2", "8"]}, PRIMITIVE),
        (ROOT, {"polynomial": ["1", "-4"]}, PRIMITIVE),
        (ROOT, {"polynomial": ["1", "0"]}, PRIMITIVE),
        (ROOT, {"polynomial": ["1"]}, NO_POLYNOMIAL),
        (ROOT, {"polynomial": "14"}, NO_POLYNOMIAL),
        (ROOT, {"polynomial": ["1"] * 4097}, NO_SIGN),
        (ROOT, {"polynomial": ["1"] * 4098}, NO_POLYNOMIAL),
        (ROOT, {"polynomial": ["1", "-8", "16"]}, SEVERAL),
        (ROOT, {"polynomial": ["-1", "3"]}, NO_SIGN),
        (ROOT, {"digits": "3"}, ROOT_ENDS),
        (ROOT, {"digits": "20001", "value": "0.25" + "0" * 19_999}, ROOT_ENDS),
    ],
)
def test_every_reason_is_given_in_full(data: Data, changes: dict[str, Any], reason: str) -> None:
    assert check_certificate(text_of(changed(data, **changes))) == CertificateCheck("rejected", reason)


def test_texts_that_are_no_certificates() -> None:
    said = f"not a symphase-certificate of at most {2**24} characters"
    start = '{\n "format": "symphase-certificate",\n'
    assert check_certificate("{}") == CertificateCheck("unreadable", said)
    assert check_certificate(start + " " * (2**24 + 1 - len(start))) == CertificateCheck("unreadable", said)
    longest = check_certificate(start + " " * (2**24 - len(start)))
    assert longest.verdict == "unreadable"
    assert longest.message != said
    with pytest.raises(ValueError, match=f"^{said}$"):
        parse_certificate("")
    for text in (text_of(ROOT) + "\n", json.dumps(json.loads(text_of(ROOT)), indent=2) + "\n"):
        assert check_certificate(text).message in {CANONICAL, said}
    assert check_certificate(text_of(ROOT) + " ") == CertificateCheck("rejected", CANONICAL)
    assert check_certificate(text_of(ROOT | {"sha256": "0"}, sealed=False)) == CertificateCheck(
        "rejected", "the SHA-256 does not belong to this text"
    )
    read = parse_certificate(text_of(ROOT))
    assert {key: value for key, value in read.items() if key != "sha256"} == ROOT
    with pytest.raises(CertificateError):
        parse_certificate(text_of(ROOT).replace('"digits": "2"', '"digits": 2'))


@pytest.mark.parametrize("number", ["2", "2.5", "NaN"])
def test_numbers_without_quotes_are_not_read_as_numbers(number: str) -> None:
    text = text_of(ROOT).replace('"digits": "2"', f'"digits": {number}')
    assert check_certificate(text) == CertificateCheck("rejected", CANONICAL)


def test_the_first_64_degrees_and_1000_coefficients_are_taken() -> None:
    rows = [["0"] * 1000 for _ in range(65)]
    rows[64][0], rows[0][999] = "1", "1"
    values = checker._family(FAMILY | {"coefficients": rows})
    assert [len(values), len(values[0]), int(values[64][0]), int(values[0][999])] == [65, 1000, 1, 1]
    assert checker._family(FAMILY | {"coefficients": [["0"], ["0"], ["1/2"]]}) == [[0], [0], [Fraction(1, 2)]]


@pytest.mark.parametrize("name", ["z" * 32, "η", "z_1"])
def test_names_that_are_taken(name: str) -> None:
    assert checker._family(FAMILY | {"variable": name})[2][0] == 1


# ------------------------------------------------------------------------------------------------------------- work


def bits_of(numbers: list[int]) -> int:
    return max(number.bit_length() for number in numbers)


def test_the_work_on_an_orbit_is_what_the_budget_is_held_against(monkeypatch: pytest.MonkeyPatch) -> None:
    # 2 points of a quadratic with two coefficients of the parameter each, 4 digits, |a| < 1, |z| < 1
    wide = changed(CYCLE, family__coefficients=[["0", "1"], ["0", "0"], ["1", "0"]])
    bits = 7 * 4 + 64
    size = bits_of([0, 1]) + 2 * bits_of([0 + 2]) + 3 * bits_of([0 + 2])
    work = (2 + 2) * (3 + 4) * (bits + 2 * size) ** 2
    held(monkeypatch, wide, work)
    # one point of z² − 7z + a − 200, that is no fixed point: the work is looked at before
    for size_of_a, size_of_z in ((1021, 1022), (1022, 1021)):  # 1023 and 1024 on either side of a power of two
        large = CYCLE | {
            "period": "1",
            "parameter": f"-{size_of_a}",
            "points": [f"{size_of_z}.0000"],
            "multiplier": "207.00",
            "stability": "repelling",
            "family": FAMILY | {"coefficients": [["-200", "1"], ["-7", "0"], ["1", "0"]]},
        }
        size = bits_of([200]) + 2 * bits_of([size_of_a + 2]) + 3 * bits_of([size_of_z + 2])
        held(monkeypatch, large, (1 + 2) * (3 + 4) * (bits + 1 * size) ** 2, verdict="rejected")


def test_the_work_on_a_polynomial_is_what_the_budget_is_held_against(monkeypatch: pytest.MonkeyPatch) -> None:
    bits = 7 * 2 + 64 + 2 * bits_of([0 + 1])
    held(monkeypatch, ROOT, 2 * 2 * (bits + bits_of([4])) ** 2)
    far = ROOT | {"polynomial": ["-1023", "0", "1"], "value": "31.98", "digits": "2"}
    bits = 7 * 2 + 64 + 3 * bits_of([31 + 1])
    held(monkeypatch, far, 2 * 3 * (bits + bits_of([1023])) ** 2)


def held(monkeypatch: pytest.MonkeyPatch, data: Data, work: int, *, verdict: str = "accepted") -> None:
    monkeypatch.setattr(checker, "_MAX_WORK", work)
    check = check_certificate(text_of(data))
    assert (check.verdict, check.message.startswith(checker.TOO_MUCH)) == (verdict, False)
    monkeypatch.setattr(checker, "_MAX_WORK", work - 1)
    said = f"more work than this checker takes on: {work:.1e} steps, at most {work - 1:.1e}"
    assert check_certificate(text_of(data)) == CertificateCheck("rejected", said)


# ------------------------------------------------------------------------------------------------- ball arithmetic


def parts(ball: checker._Ball) -> tuple[int, int, int]:
    return ball.middle, ball.radius, ball.bits


def test_balls_are_no_wider_than_their_formulas() -> None:
    x, y = checker._Ball(300, 20, 6), checker._Ball(-500, 30, 6)
    assert parts(x + y) == (-200, 50, 6)
    assert parts(x - y) == (800, 50, 6)
    assert parts(x * -3) == (-900, 60, 6)
    assert parts(x * y) == (-150_000 // 64, (300 * 30 + 20 * 530) // 64 + 2, 6)
    assert parts(x / y) == (-300 * 64 // 500, (20 * 500 + 300 * 30) * 64 // (500 * 470) + 2, 6)
    assert parts(checker._ball(Fraction(1, 3), 6)) == (21, 1, 6)
    assert parts(checker._ball(Fraction(-1, 3), 6, Fraction(1, 100))) == (-22, 2, 6)


@pytest.mark.parametrize(("middle", "radius", "sign"), [(3, 2, 1), (2, 2, 0), (0, 0, 0), (-2, 2, 0), (-3, 2, -1)])
def test_a_ball_has_a_sign_when_it_does_not_touch_zero(middle: int, radius: int, sign: int) -> None:
    assert checker._Ball(middle, radius, 4).sign() == sign


@pytest.mark.parametrize(
    ("middle", "radius", "rounds"),
    [(7, 0, True), (8, 0, False), (6, 1, True), (6, 2, False), (-7, 0, True), (-8, 0, False)],
)
def test_a_ball_rounds_when_all_of_it_is_less_than_half_a_unit_away(middle: int, radius: int, rounds: bool) -> None:
    # in units of 1/16 beside 3: half a unit is 8
    assert checker._Ball(16 * 3 + middle, radius, 4).rounds_to(3, 0) is rounds
    # in units of 1/256 beside 3.0: half a unit of the first decimal is 12.8
    assert [checker._Ball(256 * 3, size, 8).rounds_to(30, 1) for size in (12, 13)] == [True, False]


def test_derivatives_of_a_polynomial_are_exact_where_everything_is_an_integer() -> None:
    bits = 20
    coefficients = [checker._Ball(c << bits, 0, bits) for c in (5, -3, 2, 7)]
    for order, value in ((0, 5 - 6 + 8 + 56), (1, -3 + 8 + 84), (2, 4 + 84), (3, 42)):
        middle, radius, _ = parts(checker._at(coefficients, checker._Ball(2 << bits, 0, bits), order))
        assert (middle, radius < 100) == (value << bits, True)
    assert parts(checker._at(coefficients, checker._Ball(2 << bits, 0, bits), 4)) == (0, 0, bits)


# ------------------------------------------------------------------------------------------------------------- texts


def test_texts_of_120_characters_are_shown_whole_and_longer_ones_cut() -> None:
    assert checker._shown("7" * 120) == "7" * 120
    assert checker._shown("8" + "7" * 120) == "8" + "7" * 79 + "… (121 characters)"


def test_digits_beyond_what_python_converts_are_read() -> None:
    for length in (3998, 3999, 4000, 4001, 4300, 4301, 9001):
        text = "123456789" * (length // 9 + 1)
        number = checker._digits(text[:length])
        assert number % 10**20 == int(text[length - 20 : length])
        assert number // 10 ** (length - 20) == int(text[:20])


def test_numbers_are_read_with_their_denominator_or_their_digits() -> None:
    assert checker._number("-12") == (-12, 1)
    assert checker._number("3/4", "rational") == (3, 4)
    assert checker._number("-3", "rational") == (-3, 1)
    assert checker._number("-0.50", "decimal") == (-50, 2)
    assert checker._number("0") == (0, 1)
    assert checker._number("9" * 40_000)[0] == 10**40_000 - 1


def test_the_program_reads_one_file_and_answers_on_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, other = (tmp_path / name for name in ("good.json", "bad.json", "other.json"))
    good.write_bytes(text_of(changed(FOLD, family__parameter="η")).encode())
    bad.write_bytes(text_of(changed(FOLD, parameter="0.2501")).encode())
    other.write_bytes(text_of(FOLD).replace("\n", "\r\n").encode())
    assert checker.main([str(good)]) == 0
    assert capsys.readouterr().out == (
        f"accepted: \\u03b7 = 0.2500: {BOX} 1 in the box, with multiplier 1, a non-degenerate fold\n"
    )
    assert checker.main([str(bad)]) == 1
    assert capsys.readouterr().out == f"rejected: {LAST_DIGIT}\n"
    assert checker.main([str(other)]) == 2  # line ends are part of the text
    assert capsys.readouterr().out == f"unreadable: not a symphase-certificate of at most {2**24} characters\n"
    long = text_of(changed(CYCLE, parameter="-" + "1" * 130 + "/" + "3" * 129 + "2"))
    good.write_bytes(long.encode())
    checker.main([str(good)])
    assert "…" not in capsys.readouterr().out
    assert checker.main([]) == 2
    assert capsys.readouterr().out == "unreadable: a file is needed: list index out of range\n"
    assert checker.main([str(tmp_path / "missing")]) == 2
    assert capsys.readouterr().out.startswith("unreadable: a file is needed: [Errno 2] ")
    (tmp_path / "latin").write_bytes(b"\xe9")
    assert checker.main([str(tmp_path / "latin")]) == 2
    assert capsys.readouterr().out.startswith("unreadable: a file is needed: 'utf-8' codec can't decode")


def test_a_file_is_read_up_to_one_character_beyond_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    class Reader(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            asked.append(size)
            return super().read(size)

    def opened(name: str, *, encoding: str, newline: str) -> Reader:
        asked.extend([name, encoding.lower(), newline])
        return Reader(text_of(FOLD), newline=newline)

    monkeypatch.setattr("builtins.open", opened)
    code = checker.main(["fold.json"])
    monkeypatch.undo()
    assert (code, asked) == (0, ["fold.json", "utf-8", "", 2**24 + 1])

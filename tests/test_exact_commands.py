"""The commands of the exact engine: what they answer, what they write, and that they refuse in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import rich.console  # noqa: F401  # it draws random numbers when first imported: here, not in some test
from test_cli import loads, ok, run

from symphase.atlas import load_atlas
from symphase.entropy import topological_entropy
from symphase.phases import residual_family


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


LOGISTIC = ("--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r")


def test_bifurcations_of_the_residual_map() -> None:
    out = ok("bifurcations", "--period", "2", "--within", "0", "2", "--digits", "30")
    assert "P1 = a² + 2a − 4, real roots here: 1" in out
    assert "1.236067977499789696409173668731" in out  # √5 − 1
    assert "2a⁴ + 8a³ − a² − 18a − 36" in out
    assert "primes exceed a bound of the coefficients" in out
    assert out.count("real cycle") == 2


def test_bifurcations_of_another_map_as_json() -> None:
    record = loads(ok("bifurcations", "--period", "3", "--multiplier", "1", *LOGISTIC, "--json"))
    assert record["map"] == "-r*x**2 + r*x"
    assert [factor["coefficients"] for factor in record["factors"]]
    assert record["factors"][0]["roots"][1]["decimal"] == "3.82842712474619009760"  # 1 + √8
    assert record["factors"][0]["roots"][1]["certainty"] == "exact"


def test_a_long_polynomial_is_described_and_whole_in_json() -> None:
    out = ok("bifurcations", "--period", "4", *LOGISTIC)
    assert "r¹² − 12r¹¹ + 48r¹⁰" in out or "irreducible of degree 12" in out
    record = loads(ok("bifurcations", "--period", "4", *LOGISTIC, "--json"))
    assert record["factors"][0]["coefficients"][-1] == "1"


def test_an_interval_without_roots_is_an_answer() -> None:
    assert "there is no real root in (1/10, 1/5)" in ok("bifurcations", "--period", "2", "--within", "0.1", "0.2")


def test_certificates_are_written_and_accepted() -> None:
    out = ok("bifurcations", "--period", "2", "--certificates", "proofs", "--digits", "40")
    assert "4 certificates in proofs" in out
    files = sorted(Path("proofs").iterdir())
    assert [path.name for path in files] == [f"period-2-{k:03}.json" for k in range(1, 5)]
    for path in files:
        assert ok("verify-certificate", str(path)).startswith("accepted: ")
    whole = files[2].read_text()
    Path("wrong.json").write_text(whole.replace("1.236", "1.237"))
    ran = run("verify-certificate", "wrong.json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("rejected: ")
    record = loads(run("verify-certificate", "wrong.json", "--json").out)
    assert record["verdict"] == "rejected"


def test_the_checker_runs_alone() -> None:
    ok("bifurcations", "--period", "2", "--certificates", "proofs")
    import symphase.checker

    alone = Path("checker.py")
    alone.write_bytes(Path(symphase.checker.__file__).read_bytes())
    for path in sorted(Path("proofs").iterdir()):
        ran = subprocess.run(
            [sys.executable, "-I", "-S", str(alone), str(path)], capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.startswith("accepted: ")


def test_a_checkpoint_is_used() -> None:
    first = ok("bifurcations", "--period", "4", "--checkpoint", "work.jsonl", "--json")
    assert Path("work.jsonl").read_text().count("\n") == loads(first)["primes"]
    assert ok("bifurcations", "--period", "4", "--checkpoint", "work.jsonl", "--json") == first


def test_the_atlas_is_listed_saved_and_asked() -> None:
    out = ok("atlas", "--max-period", "4", "--out", "windows.atlas")
    assert "17 stable windows up to period 4" in out
    for word in ("1C", "10C", "2C", "221C"):
        assert f"\n {word} " in out or f" {word} " in out
    assert "1.450440964487875" in out
    assert len(load_atlas("windows.atlas")) == 17
    at = ok("atlas", "--load", "windows.atlas", "--at", "1.702")
    assert "window 20C of period 3: the window's cycle attracts" in at
    assert "in no window" in ok("atlas", "--load", "windows.atlas", "--at", "1.65")
    assert "from a = 0 to 2" in out
    elsewhere = ok("atlas", "--load", "windows.atlas", "--at", "-3.455")
    assert "beyond the part of the axis" in elsewhere
    assert "from a = 0 to 2" in elsewhere
    assert loads(ok("atlas", "--load", "windows.atlas", "--at", "-1", "--json"))["place"] == "elsewhere"
    covers = loads(ok("atlas", "--load", "windows.atlas", "--json"))["covers"]
    assert [end["text"] for end in covers] == ["0", "2"]
    record = loads(ok("atlas", "--load", "windows.atlas", "--word", "10C", "--json"))
    assert [window["word"] for window in record["windows"]] == ["10C"]
    widest = loads(ok("atlas", "--load", "windows.atlas", "--widest", "3", "--json"))["windows"]
    assert [w["width"] for w in widest] == sorted((w["width"] for w in widest), reverse=True)
    place = loads(ok("atlas", "--load", "windows.atlas", "--at", "1.83", "--json"))
    assert (place["place"], [w["word"] for w in place["windows"]]) == ("stable", ["2C"])


def test_the_numbers_of_a_window_as_roots_of_polynomials() -> None:
    out = ok("atlas", "--max-period", "2", "--word", "2C", "--exact")
    assert "birth: -1 + 2*sqrt(2)" in out
    record = loads(ok("atlas", "--max-period", "2", "--word", "1C", "--exact", "--json"))["exact"]
    assert record["flip"]["coefficients"] == ["-4", "2", "1"]
    assert (record["crisis"]["degree"], record["crisis"]["decimal"]) == (17, "1.360893769096575")


def test_chaos_is_two_claims() -> None:
    window = loads(ok("chaos", "1.455", "--json"))
    assert window["entropy_positive"]["verdict"] == "proved"
    assert (window["attracting_cycle"]["verdict"], window["attracting_cycle"]["period"]) == ("proved", 3)
    assert window["lyapunov"]["value"] < 0
    end = ok("chaos", "2")
    assert "log(3)  [exact]" in end
    assert "an attracting cycle of period ≤ 100: refuted" in end
    order = loads(ok("chaos", "1.2", "--json"))
    assert order["entropy_positive"]["verdict"] == "refuted"
    assert order["entropy"]["exact"] == "0"
    other = loads(ok("chaos", "4", *LOGISTIC, "--json"))
    assert other["entropy"]["exact"] == "log(2)"
    generic = loads(ok("chaos", "1.9", "--json"))
    assert generic["lyapunov"]["certainty"] == "observed"
    assert generic["lyapunov"]["standard_error"] > 0


@pytest.mark.parametrize("digits", [0, 3, 30])
def test_bounds_of_the_entropy_stay_bounds_when_they_are_rounded(digits: int) -> None:
    certified = topological_entropy(residual_family(), "1.72").bounds
    record = loads(ok("chaos", "1.72", "--digits", str(digits), "--json"))
    lower, upper = (Fraction(end) for end in record["entropy"]["bounds"])
    assert lower <= certified[0] < certified[1] <= upper
    assert certified[0] - lower < Fraction(1, 10**digits) > upper - certified[1]
    assert f"between {record['entropy']['bounds'][0]} and {record['entropy']['bounds'][1]}  [certified]" in ok(
        "chaos", "1.72", "--digits", str(digits)
    )


def test_the_atlas_of_another_map() -> None:
    record = loads(ok("atlas", "--max-period", "3", *LOGISTIC, "--json"))
    assert [window["word"] for window in record["windows"]] == ["C", "RC", "RLC"]
    assert record["windows"][2]["birth"].startswith("3.828427")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("bifurcations", "--period", "0"), "period = 0"),
        (("bifurcations", "--period", "1000000"), "period = 1000000"),
        (("bifurcations", "--period", "2", "--multiplier", "nan"), "multiplier = nan"),
        (("bifurcations", "--period", "2", "--multiplier", "1e400000"), "multiplier"),
        (("bifurcations", "--period", "2", "--within", "2", "1"), "within"),
        (("bifurcations", "--period", "2", "--digits", "1000000000000"), "--digits = 1000000000000"),
        (("bifurcations", "--period", "2", "--digits", "-1"), "--digits = -1"),
        (("bifurcations", "--period", "2", "--workers", "0"), "workers = 0"),
        (("bifurcations", "--period", "2", "--map", "r*x", "--variable", "x", "--parameter", "r"), "--map"),
        (("bifurcations", "--period", "2", "--map", "s*r*x^2", "--variable", "x", "--parameter", "r"), "--map"),
        (("bifurcations", "--period", "2", "--variable", "x"), "--map"),
        (("bifurcations", "--period", "2", "--certificates", "a/b/c"), "--certificates"),
        (("bifurcations", "--period", "2", "--certificates", "."), "--certificates"),
        (("bifurcations", "--period", "2", "--checkpoint", "."), "checkpoint"),
        (("atlas",), "--max-period"),
        (("atlas", "--max-period", "0"), "--max-period = 0"),
        (("atlas", "--max-period", "1000000"), "--max-period = 1000000"),
        (("atlas", "--max-period", "3", "--at", "x"), "--at = x"),
        (("atlas", "--max-period", "3", "--word", "3C"), "word = 3C"),
        (("atlas", "--max-period", "3", "--word", "2221C"), "word = 2221C"),
        (("atlas", "--max-period", "3", "--widest", "-1"), "--widest = -1"),
        (("atlas", "--max-period", "3", "--widest", "1", "--at", "1"), "--widest = 1"),
        (("atlas", "--max-period", "3", "--digits", "-1"), "--digits = -1"),
        (("atlas", "--max-period", "3", "--load", "x"), "--max-period = 3"),
        (("atlas", "--load", "missing.atlas"), "missing.atlas"),
        (("atlas", "--max-period", "3", "--map", "x^4-r*x+1", "--variable", "x", "--parameter", "r"), "--map"),
        (("atlas", "--max-period", "2", "--out", "missing/windows.atlas"), "missing/windows.atlas"),
        (("atlas", "--max-period", "3", "--exact"), "--exact"),
        (("chaos", "x"), "A = x"),
        (("chaos", "1.5", "--max-period", "0"), "--max-period = 0"),
        (("chaos", "1.5", "--variable", "x"), "--map"),
        (("verify-certificate", "missing.json"), "missing.json"),
        (("verify-certificate", "."), "regular file"),
    ],
)
def test_refusals(arguments: tuple[str, ...], named: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("symphase: ")
    assert ran.err.count("\n") == 1
    assert named in ran.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", '{"kind": "bifurcation"}', "\x00", "[" * 100_000])
def test_what_is_no_certificate_ends_with_2(content: str) -> None:
    Path("file.json").write_text(content)
    ran = run("verify-certificate", "file.json")
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.startswith("unreadable: ")
    assert ran.out.count("\n") == 1


def test_a_damaged_atlas_is_refused() -> None:
    ok("atlas", "--max-period", "2", "--out", "windows.atlas")
    content = bytearray(Path("windows.atlas").read_bytes())
    content[-3] ^= 1
    Path("windows.atlas").write_bytes(bytes(content))
    ran = run("atlas", "--load", "windows.atlas")
    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_help_names_an_example_for_each_command() -> None:
    for command in ("bifurcations", "atlas", "chaos", "verify-certificate"):
        out = ok(command, "--help")
        assert "Example" in out
        assert f"symphase {command}" in out
        assert command in ok("--help")


def test_json_is_json(capsys: Any) -> None:
    del capsys
    for arguments in (("bifurcations", "--period", "1", "--json"), ("atlas", "--max-period", "2", "--json")):
        assert json.loads(ok(*arguments))["parameter"] == "a"


def test_only_an_atlas_of_ours_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path("windows.atlas")
    place.touch()  # an empty file holds nothing to lose
    ok("atlas", "--max-period", "2", "--out", "windows.atlas")
    ok("atlas", "--max-period", "1", "--out", "windows.atlas")
    place.write_text("my thesis", encoding="utf-8")
    monkeypatch.setattr("symphase.atlas.build_atlas", None)  # refused before anything is computed
    ran = run("atlas", "--max-period", "2", "--out", "windows.atlas")
    assert (ran.code, ran.out) == (2, "")
    assert "--out = windows.atlas: exists and is no atlas of symphase" in ran.err
    assert place.read_text(encoding="utf-8") == "my thesis"


def test_regression_no_bar_and_no_empty_line_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def older(*_arguments: object, **_options: object) -> None:
        raise AssertionError("before rich 14.3 even a disabled bar ends with an empty line")

    monkeypatch.setattr("rich.progress.Progress.__init__", older)
    assert loads(ok("atlas", "--max-period", "2", "--json"))

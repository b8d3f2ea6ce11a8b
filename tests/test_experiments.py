"""The experiments in their small size: they run, write a picture and numbers, and what they find is still there.

Each script asserts what must come out; here its numbers are read back and the main finding is checked once more,
against values that are written out or computed anew.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

FOLDER = Path(__file__).parents[1] / "examples" / "experiments"
Numbers = dict[str, Any]


def five_phases(numbers: Numbers) -> None:
    rows = numbers["rows"]
    assert [row["phase"] for row in rows] == 2 * ["monotonic", "catapult", "periodic", "chaotic", "divergent"]
    # the 2-cycle at a = 1.2 by its formula: z = (−0.2 ± √0.84)/2, residuals z/a of labels 1
    cycle = [(-0.2 + sign * math.sqrt(0.84)) / 2.4 for sign in (1, -1)]
    assert rows[2]["loss_mean"] == pytest.approx(sum(e * e for e in cycle) / 4, rel=1e-6)
    assert rows[1]["eta_lambda_mean"] == pytest.approx(1.84, rel=1e-6)


def five_phases_generic(numbers: Numbers) -> None:
    retrieval = [curve["label"] for curve in numbers["curves"] if curve["model"] == "phase retrieval"]
    assert retrieval == ["monotonic", "catapult", "periodic", "chaotic", "divergent"]
    edge = numbers["transitions"][1]
    assert edge["name"] == "catapult → periodic"
    assert edge["eta_lambda_of_own_minimum"] == pytest.approx([2, 2], rel=0.02)


def edge_of_stability(numbers: Numbers) -> None:
    assert numbers["sharpness_of_minimum"]["orthogonal rows"] == pytest.approx(4 / numbers["samples"], rel=1e-9)
    for bracket in numbers["escape_brackets"]:
        assert bracket["a"] == pytest.approx([2, 2], rel=0.01)
        assert bracket["eta_lambda"] == pytest.approx([4, 4], rel=0.01)


def ergodic_averages(numbers: Numbers) -> None:
    beyond = next(each for each in numbers["settings"].values() if each["beyond_teacher"])
    ratios = {row["phase"]: row["predictions"]["ratio_to_last"] for row in beyond["by_phase"]}
    assert ratios["monotonic"] == pytest.approx(1, abs=0.01)
    assert ratios["periodic"] < 0.8
    assert ratios["chaotic"] < 0.8


def step_size_table(numbers: Numbers) -> None:
    flips = {name: each["transitions"][1] for name, each in numbers["problems"].items()}
    assert [flip["eta_lambda_of_own_minimum"][0] for flip in flips.values()] == pytest.approx(4 * [2], rel=0.03)
    # a = 2ηy/n of phase retrieval with labels 1, and the network has half of that
    assert flips["orthogonal rows"]["step_size_of_sum"] == pytest.approx(0.5, rel=0.03)
    assert flips["orthogonal rows, network"]["step_size_of_sum"] == pytest.approx(1, rel=0.03)
    assert flips["digits"]["in_a"] < 0.2


def many_samples(numbers: Numbers) -> None:
    far = [pair for pair in numbers["pairs"] if not pair["near_a_boundary"]]
    assert sum(pair["samples"] for pair in far) > 40
    assert all(pair["predicted"] == pair["observed"] for pair in far)
    assert numbers["joint_loss_first_rises"] >= numbers["first_predicted_catapult"] > 2 * math.sqrt(2) - 2


def coherence_drift(numbers: Numbers) -> None:
    orthogonal, *_, gaussian = numbers["rows"]
    assert orthogonal["rms_cosine"] == 0
    for row in numbers["rows"]:
        ((product,),) = row["catapult → periodic, ηλ"]
        assert product == pytest.approx(2, rel=0.02)
        ((scale,),) = row["catapult → periodic, a"]
        assert scale == pytest.approx(row["one_over_largest_eigenvalue"][0], rel=0.02)
    assert orthogonal["chaotic → divergent, ηλ"][0][0] == pytest.approx(4, rel=0.01)
    assert gaussian["chaotic → divergent, ηλ"][0][0] < 3.9


def digits_phase_diagram(numbers: Numbers) -> None:
    plain, linear = (numbers["diagrams"][f"c = {c}"] for c in (0, 1))
    assert len(plain["codes"]) == len(numbers["label_scales"]) > 2
    assert all(row == plain["codes"][0] for row in plain["codes"])
    assert not all(row == linear["codes"][0] for row in linear["codes"])
    assert {numbers["labels"][code] for code in plain["codes"][0]} >= {"monotonic", "periodic", "chaotic", "divergent"}


def mixed_signs(numbers: Numbers) -> None:
    assert max(numbers["spread_of_next_residuals"]["(1, 1)"]) < 1e-12 < 0.1
    assert max(numbers["spread_of_next_residuals"]["(1, -1)"]) > 1
    phases = [(run["eta_lambda_at_start"], run["phase"]) for run in numbers["runs"]]
    assert phases == [(1.4, "monotonic"), (2.6, "catapult"), (3.4, "catapult"), (4.6, "divergent")]
    assert all(run["eta_lambda_at_end"] < 2 for run in numbers["runs"][:3])


FINDINGS: dict[str, Callable[[Numbers], None]] = {
    check.__name__: check
    for check in (
        five_phases,
        five_phases_generic,
        edge_of_stability,
        ergodic_averages,
        step_size_table,
        many_samples,
        coherence_drift,
        digits_phase_diagram,
        mixed_signs,
    )
}


SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if "asked(__file__" in path.read_text(encoding="utf-8"))


def run(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-W", "error", str(FOLDER / f"{name}.py"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def skip_without_sklearn() -> None:
    if importlib.util.find_spec("sklearn") is None:  # to import it here would change the environment of this process
        pytest.skip("real data come with the extra `data`")


def refuse(constant: str) -> None:
    pytest.fail(f"{constant} is no JSON")


def check_picture(path: Path) -> None:
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    picture = np.asarray(imread(path))
    height, width = picture.shape[:2]
    assert width > 1000
    assert height > 400
    assert len(np.unique(picture.reshape(height * width, -1).round(1), axis=0)) > 5  # colours, and not a blank page


def test_every_script_is_here() -> None:
    assert sorted(FINDINGS) == SCRIPTS


_QUICK = "five_phases"


@pytest.mark.parametrize(
    # the others run whole experiments: seconds each
    "name",
    [name if name == _QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FINDINGS],  # slow: seconds each
)
def test_experiment(name: str, tmp_path: Path) -> None:
    if name in {"step_size_table", "many_samples", "digits_phase_diagram"}:
        skip_without_sklearn()
    results = tmp_path / "results"
    results.mkdir()
    done = run(name, "--out", "results", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.rstrip().endswith(f"wrote {name}.png and {name}.json")
    assert sorted(path.name for path in results.iterdir()) == [f"{name}.json", f"{name}.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    check_picture(results / f"{name}.png")
    text = (results / f"{name}.json").read_text(encoding="utf-8")
    numbers = json.loads(text, parse_constant=refuse)
    assert (numbers["experiment"], numbers["size"]) == (name, "small")
    assert "rng" in text  # where the random numbers come from
    FINDINGS[name](numbers)


@pytest.mark.parametrize("name", FINDINGS)
def test_question_method_and_observation(name: str) -> None:
    told = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8")))
    assert told is not None
    question, method, observed = (told.partition("\n\n")[0], *told.partition("\n\n")[2].split("\nObserved"))
    assert question.endswith("?")
    assert method.startswith("Method: ")
    assert len(observed) > 100


def test_help_tells_the_question(tmp_path: Path) -> None:
    done = run("five_phases", "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "Do phase retrieval and the two-layer network" in done.stdout
    assert "--full" in done.stdout


def test_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    done = run("five_phases", "--out", "nowhere", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "five_phases.py: error: --out nowhere: no such folder"
    assert list(tmp_path.iterdir()) == []

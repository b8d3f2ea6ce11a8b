"""Mistakes at the prompt that no other test makes: each is named by its words, and says what to do."""

from __future__ import annotations

from pathlib import Path

import click.shell_completion
import pytest
from test_cli import run

MAP = "--map x^2+c --variable x --parameter c"
NETWORK = "--model two-layer-network"

MISTAKES = {
    "bifurcations --period 2 --certificates no/where": (
        "--certificates = no/where: is in a folder that does not exist; create that folder first"
    ),
    "atlas --max-period 3 --at 1 --word RLC": "--word = RLC: cannot be given with --at; ask one thing at a time",
    "explore --target y": "--target = y: names a column of FILE, and none was given; leave it out",
    "explore --prediction w^2 --weight w --width 3": (
        "--width = 3: goes with FILE, phase-retrieval or two-layer-network; leave it out"
    ),
    "explore --y 3": "--y = 3: goes with --prediction or the model one-weight, and only with them; leave it out",
    "lab describe digits --set b=1": "--set = b=1: goes with --prediction, and only with it; leave it out",
    "lab describe digits --weight v": "--weight = v: goes with --prediction, and only with it; leave it out",
    f"lab describe digits {NETWORK} --outer 0,0": (
        "--outer = 0,0: must not all be 0; give one for each neuron, such as 1,-1"
    ),
    "lab describe gaussian --mixing 0.5": (
        "--mixing = 0.5: is not used for gaussian rows; leave it out, or ask for mixed"
    ),
    f"lab describe gaussian {NETWORK} --outer 1,-1": (
        "--labels = equal: need a model with one scale a for each sample, which outer weights that differ do not have; "
        "add --labels uniform or --labels teacher"
    ),
    "lab observe gaussian --step-size 1e-305": (
        "--step-size = 1e-305: is beyond the range of float64; give one from 1e-300 to 1e300"
    ),
    f"report {MAP} --target y": "--target = y: goes with a table, and only with it; leave it out",
    f"report --loss (w^2-1)^2 {NETWORK}": (
        "--model = two-layer-network: goes with a table; say: symphase report two-layer-network"
    ),
    f"report {MAP} --reduction sum": "--reduction = sum: goes with a model of samples; leave it out",
    "derive polynomial": '--prediction = missing: must be given with the model polynomial; as "w^2 + b*w"',
    "boundaries --weight w": "--weight = w: goes with --loss or --prediction, and only with them; leave it out",
    "boundaries --variable x": "--variable = x: goes with --map, and only with it; leave it out",
    "boundaries --map r*x --variable x": (
        "--parameter = missing: must be given with --map; name the symbols of your formula"
    ),
    "boundaries --loss (w-1)^2": (
        "--loss = (w-1)^2: has no map whose phases could be asked for: The loss is a parabola"
    ),
    "sweep spec.toml": "--out = missing: must name the folder of the store; as --out sweep.zarr",
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.toml").write_text('kind = "atlas"\n[grid]\nparameters = [0.5]\n')


@pytest.mark.parametrize("line", MISTAKES)
def test_each_mistake_at_the_prompt_is_named_in_words(line: str) -> None:
    ran = run(*line.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"symphase: {MISTAKES[line]}")
    assert [path.name for path in Path().iterdir()] == ["spec.toml"]


def test_a_shell_that_click_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.shell_completion, "get_completion_class", lambda _: None)
    said = "SHELL = fish: cannot be completed by this version of click; use bash, zsh or fish"
    assert run("completion", "fish").err == f"symphase: {said}\n"


def test_regression_a_folder_of_certificates_that_cannot_be_made_is_told_as_it_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    ran = run("bifurcations", "--period", "2", "--certificates", "proofs")
    said = "--certificates = proofs: cannot be made: No space left on device; choose another place"
    assert (ran.code, ran.err) == (2, f"symphase: {said}\n")

"""Print the SHA-256 of everything that symphase writes: ``python tests/digests.py WORKERS CHUNK FOLDER``, as JSON.

A fourth word leaves out the pages, whose making knows neither workers nor chunks and takes more time than all the rest.
tests/test_determinism.py runs this in processes of other hash seeds, numbers of workers and chunk sizes, and compares.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from families import logistic

import symphase
from symphase.cli import main
from symphase.explorer import explorer_page
from symphase.phases import residual_family

COMMANDS = {
    "boundaries": "boundaries --json --digits 40",
    "boundaries of a map": "boundaries --map r*x*(1-x) --variable x --parameter r --json",
    "boundaries of a loss": "boundaries --loss w^6/6-w^2/2 --json",
    "derivation": "derive --json",
    "derivation of a prediction": "derive polynomial --prediction w^2+b*w --parameter b --json",
    "phase of 1.455": "classify 1.455 --json",
    "chaos at 1.7": "chaos 1.7 --json",
    "chaos in a window": "chaos 1.455 --json",
    "fragment": "document --symbol z=x --fragment table --out -",
    "analysis": "analyze data.csv --json",
    "agreement": "lab agreement --parameters 20 --starts 2 --steps 1000 --json",
    "bifurcation polynomials": "bifurcations --period 4 --multiplier 1 --within 0 2 --json --workers {workers}",
    "atlas": "atlas --max-period 5 --json --workers {workers}",
}
SWEEPS = {
    "exponents": (
        'kind = "lyapunov"\n[grid]\nparameters = { start = 0.5, stop = 2, count = 13 }\n'
        "[run]\ntransient = 100\nsteps = 500\n"
    ),
    "descents": (
        'kind = "descent"\nrng = 7\n'
        '[problem]\nmodel = "phase-retrieval"\nsamples = 3\ndimension = 5\ndesign = "mixed"\nlabels = "uniform"\n'
        '[grid]\nstep_sizes = { start = 0.2, stop = 2.2, count = 7, unit = "a" }\nmixings = [0, 1]\nruns = 2\n'
        "[run]\nsteps = 60\n"
    ),
}


def digest(content: object) -> str:
    """The SHA-256 of bytes, texts, arrays, and records of them."""
    if isinstance(content, Path):
        content = content.read_bytes()
    if isinstance(content, np.ndarray):
        content = f"{content.dtype.str}{content.shape}".encode() + np.ascontiguousarray(content).tobytes()
    if not isinstance(content, bytes):
        content = str(content).encode()
    return hashlib.sha256(content).hexdigest()


def _folder(made: Path) -> str:
    """Names and bytes of all files of a folder; nothing that symphase writes holds a date."""
    files = sorted(path for path in made.rglob("*") if path.is_file())
    return digest("\n".join(f"{digest(path)} {path.relative_to(made).as_posix()}" for path in files))


def _certificate(item: symphase.CertifiedCycle | symphase.RealAlgebraic) -> str:
    certificate = symphase.certificate_for(item)
    assert certificate is not None
    return digest(certificate.to_json())


def _commands(workers: int) -> Iterator[tuple[str, str]]:
    Path("data.csv").write_text("left,right,y\n3,4,1\n-4,3,0.25\n")
    for name, line in COMMANDS.items():
        ran = CliRunner().invoke(main, line.format(workers=workers).split(), catch_exceptions=False)
        assert ran.exit_code == 0, f"{line}: {ran.output}"
        yield name, digest(ran.stdout)


def _written(workers: int) -> Iterator[tuple[str, str]]:
    family = residual_family()
    atlas = symphase.build_atlas(family, 5, workers=workers)
    yield "atlas, the file", digest(atlas.save("atlas"))
    yield "article", digest(symphase.document(logistic()))
    births = symphase.bifurcation_polynomials(family, 3, multiplier=1, within=(0, 2), workers=workers)
    for index, root in enumerate(births.roots):
        yield f"certificate of birth {index}", _certificate(root.value)
    cycle = symphase.certify_cycle(logistic(), Fraction(16, 5), [0.513, 0.799])
    assert cycle is not None
    yield "certificate of a cycle", _certificate(cycle)
    yield "entropy", digest(symphase.topological_entropy(family, Fraction(2)))


def _pages() -> Iterator[tuple[str, str]]:
    yield "report of the digit", _folder(symphase.write_report("page", pdf=False).folder)
    yield "explorer", digest(explorer_page(max_period=4))


def _numbers(workers: int, chunk: int) -> Iterator[tuple[str, str]]:
    model = symphase.PhaseRetrieval(gamma=2, c=0)
    problem = symphase.make_problem(model, samples=4, dimension=6, design="gaussian", labels="teacher", rng=0)
    runs = symphase.train(problem, step_sizes=[0.05, 0.1], runs=6, rng=2, steps=80, measures=("sharpness", "lyapunov"))
    yield "training", digest(runs.losses) + digest(runs.lyapunov)
    yield "orbits", digest(symphase.orbit_diagram(residual_family(), np.linspace(0.2, 2, 50), transient=60, keep=9))
    for name, text in SWEEPS.items():
        Path("spec.toml").write_text(f"chunk = {chunk}\n{text}")
        store = Path(f"{name}.zarr")
        symphase.sweep("spec.toml", store, workers=workers)
        values = symphase.open_store(store)
        yield (
            f"sweep of {name}",
            digest("".join(digest(values[key].values) for key in sorted(map(str, values.data_vars)))),
        )
        yield f"store of {name} in chunks of {chunk}", _folder(store)


def digests(workers: int, chunk: int, *, pages: bool = True) -> dict[str, str]:
    """What is written, by its name."""
    parts: list[Callable[[], Iterator[tuple[str, str]]]] = [
        lambda: _commands(workers),
        lambda: _written(workers),
        lambda: _numbers(workers, chunk),
        *([_pages] if pages else []),
    ]
    return {name: value for part in parts for name, value in part()}


if __name__ == "__main__":
    os.chdir(sys.argv[3])
    print(json.dumps(digests(int(sys.argv[1]), int(sys.argv[2]), pages=len(sys.argv) == 4)))

"""What happens where a package is missing: one line that says what to install, and never a lesser answer.

A missing extra is planted in this process, a missing package of the core in one of its own: it must be missing from the
first import on.  The install matrix (.ci/matrix) runs this file, and others, where packages really are missing.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401  # it draws random numbers when first imported: here, not in some test
from test_cli import run

import symphase
from symphase.errors import PackageMissing, SymphaseError, missing_package
from symphase.phases import residual_family
from symphase.sharpness import largest_hessian_eigenvalue

SPEC = 'kind = "atlas"\nchunk = 2\n[grid]\nparameters = [0.5, 0.9, 1.1]\n'


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.toml").write_text(SPEC)


def _diagram() -> object:
    return symphase.orbit_diagram(residual_family(), [1.0], transient=1, keep=1, jit=True)


# Each extra with what it brings, a call that needs it, and a command line that does.
EXTRAS: dict[str, tuple[tuple[str, ...], Callable[[], object], tuple[str, ...]]] = {
    "cluster": (
        ("distributed",),
        lambda: symphase.sweep(Path("spec.toml"), "s.zarr", cluster="tcp://127.0.0.1:8786"),
        ("sweep", "spec.toml", "--out", "s.zarr", "--cluster", "tcp://127.0.0.1:8786"),
    ),
    "data": (("sklearn",), symphase.load_digits_problem, ("lab", "page", "digits")),
    "store": (
        ("google_crc32c", "xarray", "zarr"),
        lambda: symphase.sweep(Path("spec.toml"), "s.zarr", workers=1),
        ("sweep", "spec.toml", "--out", "s.zarr", "--workers", "1"),
    ),
    "jit": (("numba", "llvmlite"), _diagram, ()),
}
CORE = {"flint": "python-flint", "mpmath": "mpmath", "numpy": "numpy", "sympy": "sympy"}


def _told(error: BaseException, name: str) -> None:
    """One line that ends in what to type."""
    text = str(error)
    assert "\n" not in text
    assert f'pip install "{name}"' in text


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_missing_extra_is_told_in_one_line(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    modules, call, arguments = EXTRAS[extra]
    symphase.sweep, symphase.orbit_diagram, symphase.load_digits_problem  # noqa: B018  # loaded while all is there
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SymphaseError) as caught:
        call()
    _told(caught.value, f"symphase[{extra}]")
    if arguments:
        ran = run(*arguments)
        assert (ran.code, ran.out) == (caught.value.exit_code, "")
        assert ran.err.startswith("symphase: ")
        assert ran.err.count("\n") == 1
        assert f'pip install "symphase[{extra}]"' in ran.err
    assert [path.name for path in Path().iterdir()] == ["spec.toml"]


def test_without_hypothesis_the_strategies_say_so_and_nothing_else_minds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("symphase.strategies")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError) as caught:
        importlib.import_module("symphase.strategies")
    _told(caught.value, "symphase[hypothesis]")
    assert str(symphase.classify("1.455").phase) == "periodic"


def test_without_numba_the_numbers_are_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.linspace(0.2, 1.99, 40)
    compiled = symphase.orbit_diagram(residual_family(), places, transient=50, keep=8)
    monkeypatch.setitem(sys.modules, "numba", None)
    plain = symphase.orbit_diagram(residual_family(), places, transient=50, keep=8)
    assert compiled.tobytes() == plain.tobytes()


def test_without_matplotlib_a_picture_is_refused_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    plots = importlib.import_module("symphase.plots")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PackageMissing) as caught:
        plots.new_axes(4, 3)
    _told(caught.value, "matplotlib")
    assert str(symphase.classify("1.455").phase) == "periodic"


def test_without_scipy_the_largest_eigenvalue_of_a_large_hessian_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model, rows = symphase.PhaseRetrieval(gamma=2, c=0), np.eye(3)
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(PackageMissing) as caught:
        largest_hessian_eigenvalue(model, np.ones(3), rows, np.ones(3), method="iterative")
    _told(caught.value, "scipy")


_WITHOUT_CORE = """
import sys
sys.modules["{module}"] = None
import symphase
from symphase.errors import PackageMissing
for name in "find_boundaries classify derive build_atlas prove_chaos train analyze read_certificate".split():
    try:
        getattr(symphase, name)
    except PackageMissing as error:
        assert isinstance(error, (symphase.SymphaseError, ImportError)), error
        print(error)
    else:
        sys.exit(name + " is offered without {module}")
from symphase.cli import main
main(["{command}", "1.455"])
"""


@pytest.mark.parametrize("module", CORE)
def test_without_a_package_of_the_core_everything_certified_refuses(module: str) -> None:
    script = _WITHOUT_CORE.format(module=module, command="classify")
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1, ran.stderr
    told = f'symphase needs {CORE[module]}, which cannot be imported here: pip install "{CORE[module]}"'
    assert ran.stdout.splitlines() == [told] * 8
    assert ran.stderr.startswith("symphase: ")
    assert ran.stderr.count("\n") == 1
    assert module in ran.stderr


def test_without_the_extra_docs_the_site_says_what_it_needs() -> None:
    site = Path(__file__).resolve().parent.parent / "derivations" / "site"
    script = f"import sys; sys.path.insert(0, {str(site)!r}); sys.modules['sphinx'] = None\n"
    script += "import build; build.main(['out'])"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "sphinx" in ran.stderr
    assert ran.stderr.endswith(': pip install "symphase[docs]"\n')
    assert ran.stderr.count("\n") == 1
    assert not Path("out").exists()


def test_a_message_names_the_extra_or_the_package() -> None:
    assert str(missing_package("a store", "zarr", "store")).endswith('pip install "symphase[store]"')
    assert str(missing_package("this", "flint")) == (
        'this needs python-flint, which cannot be imported here: pip install "python-flint"'
    )

"""The tutorials: the notebooks of examples/notebooks, made ready for Sphinx, which runs them."""

from __future__ import annotations

from pathlib import Path

# in the order in which they are read
ORDER = (
    "paper_in_fifteen_minutes",
    "my_data_my_step_size",
    "a_model_of_your_own",
    "certified_numbers_for_a_proof",
    "property_based_tests",
)


def pages(top: Path) -> dict[str, str]:
    """Return the notebooks as .ipynb texts without outputs, and the page that lists them.

    Parameters
    ----------
    top : Path
        The checkout.
    """
    import jupytext

    folder = top / "examples" / "notebooks"
    found = {path.stem: path for path in sorted(folder.glob("*.py"))}
    missing = [name for name in ORDER if name not in found]
    if missing:
        raise SystemExit(f"examples/notebooks lacks {', '.join(missing)}")
    names = [*ORDER, *(name for name in found if name not in ORDER)]
    written = {"tutorials/index.md": _INDEX + "\n".join(names) + "\n```\n"}
    for name in names:
        notebook = jupytext.read(found[name], fmt="py:percent")
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        written[f"tutorials/{name}.ipynb"] = jupytext.writes(notebook, fmt="ipynb")
    return written


_INDEX = """# Tutorials

Each tutorial is a notebook. It was run from its first line to its last when this site was built, and an error in one of
them would have stopped the build; so what you see below each cell is what the cell printed. The sources are the files
of the same names in `examples/notebooks/`: plain Python files that Jupyter opens as notebooks with the `jupytext`
extension, and that run as scripts, too.

```{toctree}
:maxdepth: 1

"""

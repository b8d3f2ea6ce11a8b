"""The files of a report's folder, all in memory: the page, its numbers, the record with its schema, the proofs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from symphase.arguments import reporter
from symphase.derivation import Derivation
from symphase.figure_data import FigureData
from symphase.hypertext import versions
from symphase.reports.appendix import Appendix
from symphase.reports.schemas import schema_file, schema_text, schema_urn
from symphase.steps import CheckResult

__all__ = ["FORM", "Stages", "derivation_record", "gathered", "map_record", "record_text"]

FORM: Final = 2
"""Version of the records' form; the schema's name ends with the version of the schema."""

Progress = Callable[[str, int, int], None]


class Stages:
    """Count the stages of a report for a progress bar.

    Parameters
    ----------
    progress : callable or None
        Called as progress(stage, done, total).
    total : int
    """

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._tell = reporter(progress)
        self._total = total
        self._done = 0

    def next(self, stage: str) -> None:
        """Say what comes now."""
        self._tell(stage, min(self._done, self._total), self._total)
        self._done += 1

    def within(self, stage: str, share: int) -> Progress:
        """A progress callback whose whole course takes a share of ours."""
        first = self._done
        self._done += share

        def report(detail: str, done: int, total: int) -> None:
            reached = first + share * done // max(total, 1)
            self._tell(f"{stage}: {detail}", min(reached, self._total), self._total)

        return report

    def finish(self) -> None:
        """Say that all is done."""
        self._tell("done", self._total, self._total)


def map_record(
    generator: str, command: str, appendix: Appendix, figures: Iterable[FigureData], *, seed: int | None
) -> dict[str, Any]:
    """What every ``boundaries.json`` holds."""
    return {
        "$schema": schema_urn("boundaries"),
        "generator": generator,
        "format": FORM,
        "command": command,
        "versions": versions(),
        "seed": seed,
        **appendix.boundaries.to_dict(),
        "theorems": [
            {
                "name": theorem.name,
                "label": theorem.label,
                "statement": theorem.statement,
                "certainty": str(theorem.certainty),
                "checks": [{"title": check.title, "verdict": str(check.verdict)} for check in checks],
            }
            for theorem, checks in appendix.theorems
        ],
        "certificates": [each.to_dict() for each in appendix.certificates],
        "sign_changes": [
            {"boundary": boundary.name, "seen": crossed, "certainty": "numerical"}
            for boundary, crossed in zip(appendix.boundaries, appendix.crossings, strict=True)
        ],
        "figures": [figure.to_dict() for figure in figures],
    }


def derivation_record(derivation: Derivation, checks: Iterable[CheckResult]) -> dict[str, Any]:
    """What a record says about a derivation."""
    return {
        "model": derivation.model.name,
        "scale": None if derivation.scale is None else str(derivation.scale),
        "residual_scale": None if derivation.residual_scale is None else str(derivation.residual_scale),
        "checks": [{"title": check.title, "verdict": str(check.verdict)} for check in checks],
    }


def record_text(record: Mapping[str, Any]) -> str:
    """A record as the text of its file; what is no text, such as a strange byte in a file's name, becomes "?"."""
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", errors="replace").decode("utf-8")


def gathered(
    page: str,
    records: Mapping[str, Mapping[str, Any]],
    *,
    figures: Iterable[FigureData],
    appendix: Appendix | None = None,
    others: Mapping[str, str | bytes] | None = None,
) -> dict[str, str | bytes]:
    """Return all files by name, the page last: with it the folder is whole.

    Parameters
    ----------
    page : str
    records : mapping of str to mapping
        By name, such as "boundaries"; each comes with its schema.
    figures : iterable of FigureData
    appendix : Appendix, optional
        For its certificates.
    others : mapping of str to str or bytes, optional
        More files.
    """
    files: dict[str, str | bytes] = dict(others or {})
    for figure in figures:
        files[figure.file] = figure.to_csv()
    for each in appendix.certificates if appendix is not None else ():
        files[each.file] = each.certificate.to_json()
    for name, record in records.items():
        files[schema_file(name)] = schema_text(name)
        files[f"{name}.json"] = record_text(record)
    files["index.html"] = page
    return files

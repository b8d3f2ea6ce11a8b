"""The published forms of the JSON files that reports write: JSON Schema, draft 2020-12."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final

from symphase.errors import InputError

__all__ = ["SCHEMAS", "schema_file", "schema_text", "schema_urn"]

SCHEMAS: Final = ("boundaries", "sweep")
"""What there is a schema of."""


def schema_file(record: str) -> str:
    """Return the name of the file with the schema of a record, such as "boundaries.schema.json"."""
    return f"{record}.schema.json"


def schema_urn(record: str) -> str:
    """Return the name by which a record names its schema: no address, so that nothing has to be there.

    Examples
    --------
    >>> schema_urn("boundaries")
    'urn:symphase:boundaries:1'
    """
    found: dict[str, Any] = json.loads(schema_text(record))
    return str(found["$id"])


def schema_text(record: str) -> str:
    """Return the schema of a record.

    Parameters
    ----------
    record : {"boundaries", "sweep"}

    Returns
    -------
    str
        JSON Schema, draft 2020-12.

    Raises
    ------
    InputError
        For anything else.
    """
    if record not in SCHEMAS:
        raise InputError("record", record, f"must be one of {', '.join(SCHEMAS)}", "see reports.schemas")
    return resources.files("symphase").joinpath("data", schema_file(record)).read_text(encoding="utf-8")

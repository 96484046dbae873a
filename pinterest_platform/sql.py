"""Quotes names and values for SQL, in DuckDB's dialect and in Databricks' dialect, which Spark reads too.

Callers write the statements. Reading and translating models belongs in `catalog`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# DuckDB -------------------------------------------------------------------------------------------------------------


def quote(name: str) -> str:
    """A name as a DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as a DuckDB literal."""
    return "'" + value.replace("'", "''") + "'"


def file_list(paths: Sequence[str]) -> str:
    """Paths as a DuckDB list. Characters that DuckDB would read as a glob pattern are escaped."""
    return "[" + ", ".join(text(re.sub(r"[*?[]", r"[\g<0>]", path)) for path in paths) + "]"


# Databricks and Spark -----------------------------------------------------------------------------------------------


def identifier(name: str) -> str:
    """A name as a Databricks identifier."""
    return "`" + name.replace("`", "``") + "`"


def literal(value: str) -> str:
    """A text as a Databricks literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def relation(address: str) -> str:
    """The name of the table at an address, `raw/pin`, in a query in the Databricks dialect."""
    return ".".join(identifier(part) for part in address.split("/"))

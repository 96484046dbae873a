"""Names and values as SQL text, in the two dialects written here: DuckDB's, and Databricks', which Spark reads too.

What a statement says is up to whoever writes it. Reading and translating models belongs in `catalog`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# DuckDB -------------------------------------------------------------------------------------------------------------


def quote(name: str) -> str:
    """A name as DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as DuckDB literal."""
    return "'" + value.replace("'", "''") + "'"


def file_list(paths: Sequence[str]) -> str:
    """Paths as DuckDB list, each taken as it is where DuckDB would see a pattern."""
    return "[" + ", ".join(text(re.sub(r"[*?[]", r"[\g<0>]", path)) for path in paths) + "]"


# Databricks and Spark -----------------------------------------------------------------------------------------------


def identifier(name: str) -> str:
    """A name as Databricks identifier."""
    return "`" + name.replace("`", "``") + "`"


def literal(value: str) -> str:
    """A text as Databricks literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def relation(address: str) -> str:
    """The table at an address, `raw/pin`, as a query in the Databricks dialect names it."""
    return ".".join(identifier(part) for part in address.split("/"))

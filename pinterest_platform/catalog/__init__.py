"""The catalog: every table with its columns, checks, upstreams and lineage, read from the files of `models/`.

`__all__` lists the names for other packages. This package knows no engine, no storage and no orchestration.
"""

from __future__ import annotations

from pinterest_platform.catalog.catalog import Catalog
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.model import Check, Function, Merge, Model, ModelColumn, RawTable
from pinterest_platform.catalog.raw import declared_table
from pinterest_platform.catalog.render import TableName
from pinterest_platform.catalog.rewrites import Dialect

__all__ = [
    "Catalog",
    "Check",
    "Dialect",
    "Function",
    "Merge",
    "Model",
    "ModelColumn",
    "ModelError",
    "RawTable",
    "TableName",
    "declared_table",
]

"""Addresses of tables, `<layer>/<name>`, and their forms in queries and task names.

`lake` decides where a table is stored.
"""

from __future__ import annotations


def layer(address: str) -> str:
    """The layer of a table: `raw` of `raw/pin`."""
    return address.partition("/")[0]


def dotted(address: str) -> str:
    """The name of a table in a query: `raw.pin`."""
    return address.replace("/", ".")


def task_key(address: str) -> str:
    """Name of a table's step in Dagster and of its task on Databricks and Airflow, without the slash: `raw__pin`."""
    return address.replace("/", "__")


def address_of(task_key: str) -> str:
    """The address of the table of a step or task."""
    return task_key.replace("__", "/")

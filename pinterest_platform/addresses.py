"""Addresses of tables, `<layer>/<name>`: the layer, and the forms in which queries and task runners write them.

Where in storage a table lies is up to `lake`.
"""

from __future__ import annotations


def layer(address: str) -> str:
    """The layer of a table: `raw` of `raw/pin`."""
    return address.partition("/")[0]


def dotted(address: str) -> str:
    """A table as people name it in a query: `raw.pin`."""
    return address.replace("/", ".")


def task_key(address: str) -> str:
    """Name of a table's step in Dagster and of its task on Databricks and Airflow, which allow no slash: `raw__pin`."""
    return address.replace("/", "__")


def address_of(task_key: str) -> str:
    """The table of a step or task."""
    return task_key.replace("__", "/")

"""Dagster's home: where runs, events and schedules are kept, shared by the UI and the command line."""

from __future__ import annotations

import importlib.resources
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import sqlalchemy
from filelock import FileLock

from pinterest_platform.settings import Settings


def prepare(settings: Settings) -> Path:
    """Make the home if it is not there, with the configuration of `dagster.yaml` unless it has one of its own."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        template = importlib.resources.files("pinterest_platform.orchestration") / "dagster.yaml"
        configuration.write_text(template.read_text())
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of that home, for a run in this process. Dagster finds it by DAGSTER_HOME."""
    home = prepare(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", _relax)
    try:
        # Two processes that make a home's databases at once leave them with two schema versions, for good.
        with FileLock(home / ".lock"):
            instance = dg.DagsterInstance.get()
            instance.get_runs_count()
            instance.get_latest_materialization_event(dg.AssetKey("none"))
        with instance:
            yield instance
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", _relax)


def _relax(connection: object, _record: object) -> None:
    """Let SQLite leave flushing to the system between checkpoints: a run stores hundreds of events, each its own
    transaction. In WAL mode that cannot corrupt; a power failure may lose the newest events, never a table's rows."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = NORMAL")

"""Dagster's home: where runs, events and schedules are kept, shared by the UI and the command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock
from sqlalchemy.exc import SQLAlchemyError

from pinterest_platform.errors import PlatformError
from pinterest_platform.orchestration.sqlite import quick_sqlite
from pinterest_platform.settings import Settings, SettingsError

_PACKAGE = Path(__file__).parent

#: The code locations of this package.
WORKSPACE = _PACKAGE / "workspace.yaml"


def prepare(settings: Settings) -> Path:
    """Make the home if it is not there, with the configuration of `dagster.yaml` unless it has one of its own.

    Raises:
        SettingsError: it cannot be made.
    """
    home = settings.dagster_home
    configuration = home / "dagster.yaml"
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not configuration.exists():
            configuration.write_text((_PACKAGE / "dagster.yaml").read_text())
    except OSError as error:
        raise SettingsError(
            f"{home} cannot be Dagster's home: {error.strerror}. Let DAGSTER_HOME name a folder that can be written."
        ) from error
    return home


def warn_of_a_temporary_home() -> None:
    """Say so where a command of Dagster's own keeps what it does apart from the home that this program uses."""
    if not os.environ.get("DAGSTER_HOME"):
        logging.getLogger(__name__).warning(
            "DAGSTER_HOME is not set: Dagster keeps these runs in a temporary folder and `pinterest-platform` does not "
            "see them. To keep them with its own: export DAGSTER_HOME=$(pinterest-platform home)"
        )


class RecordsError(PlatformError):
    """The database of Dagster's records does not answer; it may later."""


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of that home, for a run in this process. Dagster finds it by DAGSTER_HOME, which is set as
    long as it is open.

    Raises:
        SettingsError: the home cannot be made.
        RecordsError: the database that it names does not answer.
    """
    home = prepare(settings)
    with _dagster_home(home), quick_sqlite(home):
        # Two processes that make a home's databases at once leave them with two schema versions, for good.
        with FileLock(home / ".lock"), _database_errors(home):
            instance = dg.DagsterInstance.get()
            instance.get_runs_count()
            instance.get_latest_materialization_event(dg.AssetKey("none"))
        with instance:
            yield instance


@contextmanager
def _database_errors(home: Path) -> Iterator[None]:
    """Raises RecordsError where the database of the records cannot be used."""
    try:
        yield
    except Exception as error:
        # Dagster's library for PostgreSQL tries again and then raises an error of its own.
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, SQLAlchemyError):
            cause = cause.__cause__
        if cause is None:
            raise
        why = str(getattr(cause, "orig", None) or cause).strip().partition("\n")[0]
        raise RecordsError(
            f"Dagster's records cannot be read: {why}. They are in the database that {home / 'dagster.yaml'} names, or "
            f"else in files of SQLite below {home}. See that it answers, or that the files are whole. An empty one "
            "will do: tables themselves say what is in them, and only the history of runs is lost."
        ) from error


@contextmanager
def _dagster_home(home: Path) -> Iterator[None]:
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before

"""Dagster's home: stores runs, events and schedules. The UI and the command line share it."""

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
    """Create the home if it does not exist, and copy `dagster.yaml` into it unless it has its own.

    Raises:
        SettingsError: it cannot be created.
    """
    home = settings.dagster_home
    configuration = home / "dagster.yaml"
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not configuration.exists():
            configuration.write_text((_PACKAGE / "dagster.yaml").read_text())
    except OSError as error:
        raise SettingsError(
            f"DAGSTER_HOME={home}: cannot create or write this folder: {error.strerror}. Set DAGSTER_HOME to a "
            "writable folder."
        ) from error
    return home


def warn_of_a_temporary_home() -> None:
    """Warn if one of Dagster's own commands stores its runs outside the home that this program uses."""
    if not os.environ.get("DAGSTER_HOME"):
        logging.getLogger(__name__).warning(
            "DAGSTER_HOME is not set: Dagster stores these runs in a temporary folder, where `pinterest-platform` does "
            "not see them. To share one home, run: export DAGSTER_HOME=$(pinterest-platform home)"
        )


class RecordsError(PlatformError):
    """Dagster's database does not answer. It may answer later."""


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of the configured home, for a run in this process. DAGSTER_HOME is set while it is open.

    Raises:
        SettingsError: the home cannot be created.
        RecordsError: the configured database does not answer.
    """
    home = prepare(settings)
    with _dagster_home(home), quick_sqlite(home):
        # Two processes that create a home's databases at once leave them with two schema versions permanently.
        with FileLock(home / ".lock"), _database_errors(home):
            instance = dg.DagsterInstance.get()
            instance.get_runs_count()
            instance.get_latest_materialization_event(dg.AssetKey("none"))
        with instance:
            yield instance


@contextmanager
def _database_errors(home: Path) -> Iterator[None]:
    """Raises RecordsError if Dagster's database cannot be used."""
    try:
        yield
    except Exception as error:
        # Dagster's PostgreSQL library retries and then raises its own error.
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, SQLAlchemyError):
            cause = cause.__cause__
        if cause is None:
            raise
        why = str(getattr(cause, "orig", None) or cause).strip().partition("\n")[0]
        raise RecordsError(
            f"Dagster's records cannot be read: {why}. They are in the database that {home / 'dagster.yaml'} names, or "
            f"else in SQLite files below {home}. Check that the database answers, or that the files are intact. "
            "An empty database works too: only the history of runs is lost, the tables keep their own state."
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

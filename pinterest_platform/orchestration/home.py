"""Dagster's home: where runs, events and schedules are kept, shared by the UI and the command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock

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


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of that home, for a run in this process. Dagster finds it by DAGSTER_HOME, which is set as
    long as it is open."""
    home = prepare(settings)
    with _dagster_home(home), quick_sqlite(home):
        # Two processes that make a home's databases at once leave them with two schema versions, for good.
        with FileLock(home / ".lock"):
            instance = dg.DagsterInstance.get()
            instance.get_runs_count()
            instance.get_latest_materialization_event(dg.AssetKey("none"))
        with instance:
            yield instance


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

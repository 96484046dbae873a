"""Deletes Dagster's event history of a domain when records are erased: previews, example rows and step output.

Events contain truncated and escaped values, so they do not show whether a run displayed a record. So all ended runs of
the domain are deleted, and all events of its assets that have no run. The next run reports its tables again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.dead_runs import end_dead_runs
from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.orchestration.own_runs import has, is_of
from pinterest_platform.orchestration.stored_records import ENDED, delete_run, wipe_assets
from pinterest_platform.privacy.errors import ErasureError
from pinterest_platform.settings import Settings

#: Seconds that another process may hold a database.
_PATIENCE = 30.0


def refuse_while_running(settings: Settings, domain: Domain) -> None:
    """Refuse the erasure while a run of the domain is queued or running.

    Raises:
        ErasureError: a run has not ended.
    """
    if not _has_home(settings):
        return
    with open_instance(settings) as instance:
        end_dead_runs(instance)
        runs = instance.get_runs(dg.RunsFilter(statuses=[s for s in dg.DagsterRunStatus if s not in ENDED]))
        at_work = [f"{run.run_id[:8]} of {run.job_name}" for run in runs if is_of(domain, run)]
    if at_work:
        raise ErasureError(
            f"run {', '.join(at_work)} has not ended and could copy the records to erase. Nothing was erased. Wait "
            "until it ends or cancel it, then run the erasure again."
        )


def forget_records(settings: Settings, domain: Domain) -> int:
    """Delete all ended runs of a domain and all events of its assets. Returns the number of runs.

    Raises:
        ErasureError: another process holds a database for too long.
    """
    if not _has_home(settings):
        return 0
    with open_instance(settings) as instance:
        count = 0
        for run_id in _ended(instance, domain):
            delete_run(instance, run_id)
            count += 1
        wipe_assets(instance, [key for key in instance.get_asset_keys() if has(domain, key)])
    for file in sorted(settings.dagster_home.rglob("*.db")):
        _shrink(file)
    return count


def _has_home(settings: Settings) -> bool:
    return (settings.dagster_home / "dagster.yaml").exists()


def _ended(instance: dg.DagsterInstance, domain: Domain) -> Sequence[str]:
    ended = dg.RunsFilter(statuses=list(ENDED))
    return [run.run_id for run in instance.get_runs(ended) if is_of(domain, run)]


def _shrink(file: Path) -> None:
    """Rewrite a SQLite database: until then, deleted rows stay in its free pages."""
    try:
        with closing(sqlite3.connect(file, timeout=_PATIENCE)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        raise ErasureError(
            f"{file}: {error}. Deleted records cannot be removed from the file. Stop `pinterest-platform dev`, then "
            "run the erasure again: it resumes where it stopped."
        ) from error

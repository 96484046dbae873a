"""After the kills: whether all that was posted comes into every table by itself, and whether anything is stuck."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import dagster as dg

from pinterest_platform.kafka.topics import list_topics
from pinterest_platform.orchestration.assets import POOL
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.soak.kills import Killer
from pinterest_platform_tests.soak.system import System
from pinterest_platform_tests.soak.tables import opened

_PROGRAM = str(Path(sys.executable).parent / "pinterest-platform")
#: Seconds: the sensor waits longer after each run that failed.
_LONGEST = 1800.0
#: Postings that are sent once all has come to rest.
_ONCE_MORE = 20


class StuckError(Exception):
    """Something did not come about in time, or a command failed that must not."""


def settle(killer: Killer) -> dict[str, float]:
    """Stop posting and wait until all of it is in every table, then post once more and wait again. Seconds of each.

    Raises:
        StuckError: something does not come about.
    """
    system = killer.system
    killer.stop("poster")
    system.flush()
    # Connect is asked first: it says why its task has failed.
    took = {"landed": _wait("all lands", lambda: system.stack.connect.ask() and not system.stack.not_landed())}
    took["streamed"] = _wait("the stream job commits everything", lambda: _holds(system, "stream"))
    took["ingested"] = _wait("runs of the sensor ingest everything", lambda: _is_ingested(system, 0.0))
    began = time.time()
    count = str(system.posted + _ONCE_MORE)
    call("post", "--to", "rest", "--order", "course", "--resume", "--count", count, environment=system.environment)
    _wait("new postings land", lambda: not system.stack.not_landed())
    _wait("the sensor asks for a run once more", lambda: _is_ingested(system, began))
    _wait("the stream job goes on", lambda: _holds(system, "stream"))
    took["once more"] = time.time() - began
    return took


def stuck(system: System) -> list[str]:
    """What is stuck in Dagster, a sentence each; while all parts but the poster are at work."""
    with dg.DagsterInstance.get() as instance:
        told = [f"run {run.run_id} is {run.status}" for run in instance.get_runs() if not run.is_finished]
        pool = instance.event_log_storage.get_concurrency_info(POOL)
    if pool.active_slot_count or pool.pending_step_count:
        told.append(f"the pool {POOL} is taken: {pool}")
    try:
        call("status", environment=system.environment)
    except StuckError as error:
        told.append(str(error))
    return told


def call(*words: str, environment: Mapping[str, str]) -> None:
    """Run a command of the platform.

    Raises:
        StuckError: it fails, with the end of what it said.
    """
    command = [_PROGRAM, *words]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise StuckError(f"`pinterest-platform {' '.join(words)}` ends with status {done.returncode}:\n{said}")


def _wait(what: str, condition: Callable[[], bool]) -> float:
    began, trouble = time.time(), ""
    while time.time() - began < _LONGEST:
        try:
            if condition():
                return time.time() - began
        except Exception as error:
            trouble = f" ({type(error).__name__}: {error})"
        time.sleep(2)
    raise StuckError(f"it was not seen within {_LONGEST:.0f} s that {what}{trouble}")


def _is_ingested(system: System, since: float) -> bool:
    """Whether the newest run succeeded, none is under way, and raw tables hold all that the topics do."""
    with dg.DagsterInstance.get() as instance:
        newest = instance.get_run_records(dg.RunsFilter(job_name=REFRESH_ALL), limit=1)
        under_way = any(not run.is_finished for run in instance.get_runs(limit=20))
    if under_way or not newest or newest[0].create_timestamp.timestamp() < since:
        return False
    return newest[0].dagster_run.status is dg.DagsterRunStatus.SUCCESS and _holds(system, "raw")


def _holds(system: System, layer: str) -> bool:
    """Whether the tables of a layer have as many rows as the topics have records."""
    posted = sum(topic.records for topic in list_topics(system.settings, RECORDS))
    tables = " UNION ALL ".join(f"SELECT COUNT(*) AS n FROM {layer}.{table}" for table in (*RECORDS, "rejected"))
    with opened(system.environment["PINTEREST_LAKE"]) as engine:
        return engine.query(f"SELECT SUM(n) FROM ({tables})").rows == [(posted,)]

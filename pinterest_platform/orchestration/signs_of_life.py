"""Signs of life distinguish a run that is working from a run whose process is gone.

Dagster's default launcher has no health check, and runs of the command line have no launcher. So the process that
executes a run leaves two signs. It holds a lock on a file in Dagster's home; the operating system releases the lock
when the process ends for any reason. It also renews a tag of the run, which other hosts can read. On the run's own
host only the lock counts, so a long step is never mistaken for a dead one.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

TAG = "pinterest_platform/alive"

#: How often the tag is renewed. A run on another host is dead after six missed beats; its clock may be slightly off.
_BEAT = timedelta(seconds=15)
_SILENCE = 6 * _BEAT

#: The same for runs without a tag, which an older version of this program executes: a step may take long.
_LONG_SILENCE = timedelta(hours=1)


@contextmanager
def signs_of_life(instance: dg.DagsterInstance, run_id: str) -> Iterator[dict[str, str]]:
    """Leave signs of life while this process executes a run. Yields the run's initial tags."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT.total_seconds()):
            try:
                instance.add_run_tags(run_id, _tags(run_id))
            except Exception as error:  # The database may be unavailable for a moment; the run continues.
                logging.getLogger(__name__).warning("run %s: could not renew its sign of life: %s", run_id, error)

    with _locked(_lock_file(instance, run_id)):
        beating = threading.Thread(target=beat, name="signs of life", daemon=True)
        beating.start()
        try:
            yield _tags(run_id)
        finally:
            ended.set()
            beating.join()


def why_dead(instance: dg.DagsterInstance, run: dg.DagsterRun, now: datetime) -> str | None:
    """Why the process of a started run must be gone; None if it may be alive."""
    sign = _sign(run)
    process = f"its process {sign['pid']} on {sign['host']}" if sign else "its process"
    if sign is None or sign["host"] == socket.gethostname():
        held = _is_locked(_lock_file(instance, run.run_id))
        if held is not None:
            return None if held else f"{process} is gone"
    if sign is None:
        return _why_untagged_dead(instance, run, now)
    silence = now - datetime.fromtimestamp(sign["seen"], UTC)
    return f"{process} gave its last sign of life {silence.total_seconds():.0f} s ago" if silence > _SILENCE else None


def sweep(instance: dg.DagsterInstance) -> None:
    """Remove the lock files of ended runs that did not remove them."""
    for file in _lock_file(instance, "any").parent.glob("*"):
        if _is_locked(file) is False:
            run = instance.get_run_by_id(file.name)
            if run is None or run.is_finished:
                file.unlink(missing_ok=True)


def _tags(run_id: str) -> dict[str, str]:
    seen = datetime.now(UTC).timestamp()
    return {TAG: json.dumps({"run": run_id, "host": socket.gethostname(), "pid": os.getpid(), "seen": seen})}


def _sign(run: dg.DagsterRun) -> dict[str, Any] | None:
    """The run's own sign from its tag. A retried run inherits the tag of the run before."""
    with suppress(KeyError, ValueError):
        sign = json.loads(run.tags[TAG])
        if sign["run"] == run.run_id:
            return dict(sign)
    return None


def _why_untagged_dead(instance: dg.DagsterInstance, run: dg.DagsterRun, now: datetime) -> str | None:
    # Dagster itself fails runs that do not start or cancel in time.
    if run.status is not dg.DagsterRunStatus.STARTED:
        return None
    newest = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    if not newest:
        return None
    entry = newest[0].event_log_entry
    silence = now - datetime.fromtimestamp(entry.timestamp, UTC)
    # It may have died in the moment between its start and its first sign of life.
    just_began = entry.dagster_event_type is dg.DagsterEventType.RUN_START
    if silence <= (_SILENCE if just_began else _LONG_SILENCE):
        return None
    return f"its process has recorded nothing for {silence.total_seconds() / 60:.0f} minutes"


def _lock_file(instance: dg.DagsterInstance, run_id: str) -> Path:
    return Path(instance.root_directory, "alive", run_id)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Programs that a step starts may outlive it, so they do not inherit the lock.
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        # Before unlocking: no process may find the file unlocked while the run has yet to record its end.
        file.unlink(missing_ok=True)
        os.close(lock)


def _is_locked(file: Path) -> bool | None:
    """Whether a process holds the lock; None if the file does not exist."""
    try:
        lock = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False if file.exists() else None
    except BlockingIOError:
        return True
    finally:
        os.close(lock)

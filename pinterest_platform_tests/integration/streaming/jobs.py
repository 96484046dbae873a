"""Stream jobs as tests run them: in a thread that can be watched and stopped, or in a process that can be killed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pinterest_platform.lake import maintenance
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.streaming import Batch, Stream, StreamJob, writer
from pinterest_platform_tests.streaming.chunks import catalog, stream_of, table_rows


class Running:
    """A job in a thread, for as long as the context lasts; what it fails with is raised at the end, or by `join`."""

    def __init__(self, settings: Settings, stream: Stream, *, once: bool = False) -> None:
        self.batches: list[Batch] = []
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._job = StreamJob(settings, catalog(), stream)
        self._thread = threading.Thread(target=self._run, args=(once,))

    def _run(self, once: bool) -> None:
        try:
            self._job.run(stop=self._stop, once=once, on_batch=self.batches.append)
        except BaseException as error:
            self._error = error

    @property
    def rows(self) -> int:
        return sum(batch.rows + batch.rejected for batch in self.batches)

    def wait_until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Wait for something that it does."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self._error:
                raise self._error
            assert time.monotonic() < deadline, self.batches
            time.sleep(0.05)

    def join(self) -> None:
        """Wait until it ends by itself."""
        self._thread.join(60)
        assert not self._thread.is_alive(), self.batches
        if self._error:
            raise self._error

    def stop(self) -> None:
        self._stop.set()
        self.join()

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        if self._error and kind is None:
            raise self._error


def run_once(settings: Settings, stream: Stream) -> list[Batch]:
    """Everything that is in the stream now; the batches it took."""
    batches: list[Batch] = []
    StreamJob(settings, catalog(), stream).run(once=True, on_batch=batches.append)
    return batches


def run_and_kill(variables: Mapping[str, str], root: Path, entry: Mapping[str, Any], times: int, seed: int) -> None:
    """In a process of its own, run a stream in children that are forked from it and killed at random moments, each
    second one after it has committed, and that join small files all the time. What takes them long to import is
    imported before."""
    import boto3  # noqa: F401
    import pandas  # noqa: F401

    os.environ.update(variables)
    maintenance._SMALL_FILES, writer.COMPACT_EVERY = 4, 1
    settings = load_settings(data=root, _env_file=None)
    stream, rng = stream_of(settings, **entry), random.Random(seed)
    log = Path(settings.lake_root) / stream.address / "_delta_log"
    for number in range(times):
        before = len(list(log.glob("*.json")))
        child = os.fork()
        if child == 0:
            StreamJob(settings, catalog(), stream).run()
            os._exit(1)
        deadline = time.monotonic() + 120
        # Where nothing is there yet, the first version is that of the empty table.
        while number % 2 and len(list(log.glob("*.json"))) < max(before, 1) + 1:
            assert time.monotonic() < deadline, "it commits nothing"
            time.sleep(0.05)
        time.sleep(rng.uniform(0.2, 1.3))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "it ended by itself"


def identities(settings: Settings, address: str) -> list[tuple[str, str]]:
    """(shard, sequence number) of each row of a table, as often as it is there, sorted."""
    return table_rows(settings, address, "shard_id, sequence_number")

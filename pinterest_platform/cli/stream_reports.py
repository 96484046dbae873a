"""Reports batches of streams to Dagster while the command stream reads them. `orchestration` defines the reports."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from queue import SimpleQueue
from typing import TYPE_CHECKING

from pinterest_platform.settings import SettingsError

if TYPE_CHECKING:
    from pinterest_platform.domain import Domain
    from pinterest_platform.orchestration.streams import StreamReport
    from pinterest_platform.settings import Settings
    from pinterest_platform.streaming import Batch, Stream

#: Seconds between two reports.
_REPORTED = 10.0

_log = logging.getLogger(__name__)


class StreamReports:
    """Batches to report to Dagster. Loading Dagster takes longer than resuming the streams, so it waits for the first
    batch. If Dagster's database is unreachable, no stream stops: the batches wait."""

    def __init__(self, settings: Settings, domain: Domain, streams: Sequence[Stream]) -> None:
        self._settings, self._domain, self._streams = settings, domain, streams
        self._waiting: SimpleQueue[Batch] = SimpleQueue()
        self._opened = ExitStack()
        self._report: StreamReport | None = None
        self._publish: Callable[[], None] | None = None
        self._reported = 0.0
        self._failed = False

    def close(self) -> None:
        self._opened.close()

    def add(self, batch: Batch) -> None:
        """Queue a batch. Thread-safe."""
        self._waiting.put(batch)

    def publish(self, *, at_once: bool = False) -> None:
        """Report waiting batches if the last report is old enough, or with `at_once`. A failure logs a warning, and the
        batches wait for the next report.

        Raises:
            SettingsError: Dagster's home cannot be used.
        """
        if self._waiting.empty() and not self._failed:
            return
        if not self._report:
            from pinterest_platform.orchestration.streams import StreamReport

            self._report, self._reported = StreamReport(self._domain), time.monotonic()
        if not at_once and time.monotonic() - self._reported < _REPORTED:
            return
        while not self._waiting.empty():
            self._report.add(self._waiting.get())
        self._reported = time.monotonic()
        try:
            self._publish = self._publish or self._open(self._report)
            self._publish()
            self._failed = False
        except SettingsError:
            raise
        except Exception as error:  # The database's driver may raise anything.
            self._failed = True
            _log.warning("batches are committed, but cannot be reported to Dagster for now: %s", error)

    def _open(self, report: StreamReport) -> Callable[[], None]:
        from pinterest_platform.orchestration.home import open_instance

        instance = self._opened.enter_context(open_instance(self._settings))
        return lambda: report.publish(instance, self._streams, self._settings)

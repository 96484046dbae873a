"""The command stream: reads streams into their tables, continuously or once, and shows its progress."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, short_shard
from pinterest_platform.cli.signals import stopped_by_signals
from pinterest_platform.cli.stream_reports import StreamReports

if TYPE_CHECKING:
    from rich.table import Table

    from pinterest_platform.catalog import Catalog
    from pinterest_platform.live.contract import Live
    from pinterest_platform.settings import Settings
    from pinterest_platform.streaming import Batch, Stream

#: Seconds between updates of the terminal, and between lines of a log.
_SHOWN, _LOGGED = 0.25, 10.0
#: Seconds between updates of live results.
_COUNTED = 1.0
#: Seconds over which a rate is averaged.
_WINDOW = 10.0
#: See mallopt(3).
_M_ARENA_MAX = -8


def stream(
    once: Annotated[bool, typer.Option("--once", help="Read the records that are there now, then stop.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Name of a stream. Repeat for more. Default: all streams.")
    ] = None,
) -> None:
    """Read the streams of `streams.yaml` into their tables until Ctrl-C, each record exactly once.

    Records and offsets are committed together, so you can stop or kill the command at any time. Dagster's UI shows new
    records every few seconds. To use another file of streams, set PINTEREST_STREAMS.

    Examples: `pinterest-platform stream`, `pinterest-platform stream --once --only pin`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.streaming import load_streams
    from pinterest_platform.streaming.catalog import load_catalog

    _keep_memory_together()
    settings, domain = load()
    catalog = load_catalog(settings, domain)
    declared = load_streams(settings, catalog)
    if unknown := sorted(set(only or ()) - set(declared)):
        raise typer.BadParameter(f"no stream {', '.join(unknown)}. Streams: {', '.join(declared)}", param_hint="--only")
    chosen = [declared[name] for name in declared if not only or name in only]
    with stopped_by_signals() as stop:
        try:
            status = run(settings, catalog, chosen, stop, once=once)
        except KeyboardInterrupt:
            # A second signal. Exit without waiting for the reading threads: a kill at any time is safe.
            os._exit(128 + signal.SIGINT)
    console().print(f"{status.records:,} records: {status.rows:,} rows, {status.rejected:,} rejected")


def run(
    settings: Settings, catalog: Catalog, streams: Sequence[Stream], stop: threading.Event, *, once: bool = False
) -> Status:
    """Run streams, show their progress and report it to Dagster, until `stop` is set or, with `once`, all is read."""
    from pinterest_platform.streaming import run_streams
    from pinterest_platform.streaming.catalog import counted_live

    status, reports = Status(streams), StreamReports(settings, catalog.domain, streams)
    failures: list[BaseException] = []
    counted = counted_live(catalog.domain, streams)

    def on_batch(batch: Batch) -> None:
        status.add(batch)
        reports.add(batch)

    read_all = threading.Event()

    def read() -> None:
        try:
            run_streams(settings, catalog, streams, stop=stop, once=once, on_batch=on_batch)
        except BaseException as error:
            failures.append(error)
        read_all.set()

    def count(live: Live, stream: Stream) -> None:
        try:
            count_live(settings, live, stream, read_all)
        except BaseException as error:
            failures.append(error)
            stop.set()

    workers = [threading.Thread(target=read, name="streams")]
    workers += [threading.Thread(target=count, args=counted, name="live")] if counted else []
    with closing(reports), status.shown():
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                workers[0].join(_SHOWN)
                workers[-1].join(_SHOWN if read_all.is_set() else 0)
                status.show()
                reports.publish()
        except Exception:
            stop.set()
            for worker in workers:
                worker.join()
            raise
        reports.publish(at_once=True)
    if failures:
        raise failures[0]
    return status


def count_live(settings: Settings, live: Live, stream: Stream, read_all: threading.Event) -> None:
    """Keep live results up to date with the stream's table, until all is read and counted."""
    with closing(live.open(settings, stream.address)) as results:
        while not read_all.wait(_COUNTED):
            results.update()
        results.update()


def _keep_memory_together() -> None:
    """Make glibc share two arenas among all threads. By default it creates up to eight per processor and returns little
    memory, so a job that runs for days grows."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(_M_ARENA_MAX, 2)


class Status:
    """Shows the progress of streams: a table that a terminal redraws, or an occasional line of a log."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        from rich.live import Live

        self._batches: dict[str, list[tuple[float, Batch]]] = {stream.origin: [] for stream in streams}
        self._names = {stream.origin: stream.name for stream in streams}
        self._rows = dict.fromkeys(self._batches, 0)
        self._live = Live(console=console(), auto_refresh=False) if console().is_terminal else None
        self._logged = time.monotonic()
        self.records = self.rows = self.rejected = 0

    def add(self, batch: Batch) -> None:
        recent = self._batches[batch.stream]
        recent.append((time.monotonic(), batch))
        while len(recent) > 1 and recent[0][0] < time.monotonic() - _WINDOW:
            recent.pop(0)
        self._rows[batch.stream] += batch.rows
        self.records += batch.records
        self.rows += batch.rows
        self.rejected += batch.rejected

    @contextmanager
    def shown(self) -> Iterator[None]:
        if self._live is None:
            yield
        else:
            with self._live:
                yield
                self.show()

    def show(self) -> None:
        if self._live:
            self._live.update(self._table(), refresh=True)
        elif time.monotonic() - self._logged >= _LOGGED:
            self._logged = time.monotonic()
            for line in self._lines():
                console().print("  ".join(line), soft_wrap=True)

    def _table(self) -> Table:
        from rich.table import Table

        table = Table(header_style="bold")
        for name in ("stream", "records/s", "rows", "lag by shard", "visible after (p99)", "last commit"):
            table.add_column(name, justify="left" if name in ("stream", "lag by shard") else "right")
        for line in self._lines():
            table.add_row(*line)
        return table

    def _lines(self) -> Iterator[tuple[str, ...]]:
        now = time.monotonic()
        for origin, held in self._batches.items():
            recent = list(held)
            fresh = [batch.records for at, batch in recent if at >= now - _WINDOW]
            if not recent:
                yield self._names[origin], "0", "0", "", "", "none yet"
                continue
            at, last = recent[-1]
            lag = ", ".join(f"{short_shard(shard)}: {n:,}" for shard, n in last.lag.items())
            slowest = last.visible_p99_seconds
            yield (
                self._names[origin],
                f"{sum(fresh) / _WINDOW:,.0f}",
                f"{self._rows[origin]:,}",
                lag,
                "" if slowest is None else f"{slowest:.1f} s",
                f"{now - at:.0f} s ago",
            )

"""Work on hostile inputs in a process of its own, which says how much memory it took at most."""

from __future__ import annotations

import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from pinterest_platform_tests.forked import CONTEXT, start

#: What a process may take at most, in MB, with `MEMORY_LIMIT` for DuckDB: the rest is Python, its libraries and what is
#: being read. Far above what is measured (960), far below what a line that blows up takes.
MOST_MEMORY = 2_000
MEMORY_LIMIT = "512MB"


def measured(work: Callable[..., None], *arguments: Any) -> int:
    """Do work in a process of its own; the MB of memory that it took at most."""
    received, report = CONTEXT.Pipe(duplex=False)
    process = start(_work, report, work, arguments)
    report.close()
    try:
        return int(received.recv())
    finally:
        process.join()
        assert process.exitcode == 0


def _work(report: Connection, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    work(*arguments)
    report.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

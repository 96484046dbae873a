"""What tests cost, in CPU-seconds (user and system) of all processes that they start; told at the end of a run.

Wall time says little: workers share processors, and tests wait for servers. Servers that all workers share have a line
of their own, and so has what a worker does between tests: collecting, starting.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

_TESTS = "pinterest_platform_tests/"
_SLOWEST = 15


def spent(pid: int, without: frozenset[int] = frozenset()) -> float:
    """CPU-seconds of a process and of those below it, ended ones included; 0 if it is gone."""
    try:
        process = psutil.Process(pid)
        own = sum(process.cpu_times()[:4])
        below = _children(process)
    except psutil.NoSuchProcess:
        return 0.0
    return own + sum(spent(child, without) for child in below if child not in without)


def _children(process: psutil.Process) -> list[int]:
    """As Linux lists them; psutil looks through every process of the machine, which costs more than many a test."""
    lists = list(Path(f"/proc/{process.pid}/task").glob("*/children"))
    try:
        return [int(pid) for file in lists for pid in file.read_text().split()] if lists else _found(process)
    except OSError:
        return _found(process)  # A thread has just ended.


def _found(process: psutil.Process) -> list[int]:
    return [child.pid for child in process.children()]


class Meter:
    """Measures each test of this process."""

    def __init__(self, servers: Path) -> None:
        self._servers = servers
        self._last = 0.0

    def total(self) -> float:
        """CPU-seconds of this process and all below it but the shared servers."""
        pids = [int(text) for file in self._servers.glob("*/pid") if (text := file.read_text().strip())]
        return spent(os.getpid(), frozenset(pids))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Any:
        try:
            return (yield)
        finally:
            total = self.total()
            item.user_properties.append(("cpu", max(total - self._last, 0.0)))
            self._last = total

    def pytest_collection_finish(self) -> None:
        self._last = self.total()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["cpu"] = self.total()


class Account:
    """Adds up what all workers measured and writes it below the results."""

    def __init__(self) -> None:
        self.tests: dict[str, float] = {}
        self.processes = 0.0
        self.servers: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self.tests[report.nodeid] = sum(value for name, value in report.user_properties if name == "cpu")

    def pytest_testnodedown(self, node: Any) -> None:
        self.processes += getattr(node, "workeroutput", {}).get("cpu", 0.0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        # Workers that have ended are not told of here; shared servers that it started are, though they have ended.
        own = sum(os.times()[:2]) if self.processes else spent(os.getpid()) - sum(self.servers.values())
        write = terminalreporter.write_line
        terminalreporter.section("CPU-seconds")
        folders, counts = Counter[str](), Counter[str]()
        for test, cpu in self.tests.items():
            folder = test.removeprefix(_TESTS).partition("::")[0].rpartition("/")[0]
            folders[folder] += cpu
            counts[folder] += 1
        for folder, cpu in folders.most_common():
            write(f"{cpu:8.1f}  {folder} ({counts[folder]} tests)")
        for server, cpu in self.servers.items():
            write(f"{cpu:8.1f}  shared server: {server}")
        total = own + self.processes + sum(self.servers.values())
        # What a killed process had used is counted for its test, and gone from the total.
        beside = max(total - sum(folders.values()) - sum(self.servers.values()), 0.0)
        write(f"{beside:8.1f}  beside tests: collecting, starting")
        write(f"{total:8.1f}  in all")
        terminalreporter.section("tests that cost most CPU-seconds")
        for test, cpu in Counter(self.tests).most_common(_SLOWEST):
            write(f"{cpu:8.1f}  {test.removeprefix(_TESTS)}")

"""Runs one command as a child process and measures it; which commands, and how often, is the business of `harness`.

Standard library only, and nothing large beside it: the peak memory that the kernel reports for a child begins with that
of the process that forked it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Peaks between two looks at the processes are missed; those of the child itself are not, the kernel keeps them.
_SAMPLE_SECONDS = 0.2
_GRACE_SECONDS = 10
_MB = 2**20


def run(
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    until: threading.Event | None = None,
) -> dict[str, Any]:
    """Run a command to its end: wall and processor seconds and peak memory of the whole process, and the figures it
    printed itself as a JSON object on its last line. A command that runs all the time gets a SIGTERM once `until` is
    set, and its memory at the end of each minute is measured too.

    Memory is the resident memory of the process and its children together: a JVM is a child of Python.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PINTEREST_", "DAGSTER_"))}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory(prefix="pinterest-cwd-") as cwd:
        started = time.perf_counter()
        # A folder of its own, so that no .env file is found there, and a session, so that all of it can be ended.
        process = subprocess.Popen(
            command,
            env={**inherited, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        sampler = _Sampler(process.pid, until)
        sampler.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        sampler.stop()
        _end(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace").strip()
    if process.returncode != 0:
        tail = "\n".join(text.splitlines()[-40:])
        raise SystemExit(f"{' '.join(command)}\nfailed with exit code {process.returncode}:\n{tail}")
    last = text.rpartition("\n")[2]
    own = json.loads(last) if last.startswith("{") else {}
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(max(usage.ru_utime + usage.ru_stime, sampler.cpu_seconds), 2),
        "peak_mb": round(max(usage.ru_maxrss * 1024, sampler.peak) / _MB),
        **({"mb_each_minute": [round(held / _MB) for held in sampler.minutes]} if until else {}),
        **own,
    }


def _end(group: int) -> None:
    """Give what a command left behind, such as a JVM that is clearing up, a moment to end, then end it: the next
    contestant gets the machine to itself."""
    with suppress(ProcessLookupError):
        for _ in range(_GRACE_SECONDS * 10):
            os.killpg(group, 0)
            time.sleep(0.1)
        os.killpg(group, signal.SIGKILL)


class _Sampler(threading.Thread):
    """Looks at the processes of a session until told to stop, and ends its first once `until` is set. Linux only;
    elsewhere it sees nothing.

    `peak` is the most resident memory they had together, in bytes, `minutes` that at the end of each minute,
    `cpu_seconds` what they had used when last seen: the kernel adds up only children that were waited for, and Python
    does not wait for its JVM.
    """

    def __init__(self, session: int, until: threading.Event | None) -> None:
        super().__init__(daemon=True)
        self._session, self._until = str(session), until
        self._stopped = threading.Event()
        self._cpu: dict[str, float] = {}
        self.peak = 0
        self.minutes: list[int] = []

    @property
    def cpu_seconds(self) -> float:
        return sum(self._cpu.values())

    def run(self) -> None:
        began = time.monotonic()
        page, tick = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
        asked = False
        while not self._stopped.wait(_SAMPLE_SECONDS):
            if self._until and self._until.is_set() and not asked:
                asked = True
                os.kill(int(self._session), signal.SIGTERM)
            resident = 0
            for pid, fields in _processes():
                if fields[3] == self._session:
                    self._cpu[pid] = (int(fields[11]) + int(fields[12])) / tick
                    resident += int(fields[21]) * page
            self.peak = max(self.peak, resident)
            if time.monotonic() - began >= 60 * (len(self.minutes) + 1):
                self.minutes.append(resident)

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _processes() -> Iterator[tuple[str, list[str]]]:
    """Each process's identifier and what proc_pid_stat(5) says of it, from field 3 on: before stands its name, which
    may hold anything."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield folder.name, (folder / "stat").read_text().rpartition(")")[2].split()

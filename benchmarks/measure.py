"""Runs one command as a child process and measures it. `harness` chooses the commands and the repeats.

This module uses the standard library only, and its process must stay small. The peak memory that the kernel reports for
a child starts with the memory of its parent.
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

#: Sampling misses peaks in between, except those of the child itself, which the kernel records.
_SAMPLE_SECONDS = 0.2
_GRACE_SECONDS = 10
_MB = 2**20


def run(
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    until: threading.Event | None = None,
) -> dict[str, Any]:
    """Run a command to its end. Returns wall time, processor time and peak memory of the whole process. Adds the
    metrics that the command printed as a JSON object on its last line.

    A command that does not end by itself gets a SIGTERM when `until` is set. Its memory is also measured at the end of
    each minute.

    Memory is the resident memory of the process and its children together: a JVM is a child of Python.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PINTEREST_", "DAGSTER_"))}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory(prefix="pinterest-cwd-") as cwd:
        started = time.perf_counter()
        # Its own folder, so that it finds no .env file, and its own session, so that all its processes can be stopped.
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
    """Stop processes that a command left behind, such as a JVM, after giving them a moment to end. The next contestant
    has the machine to itself."""
    with suppress(ProcessLookupError):
        for _ in range(_GRACE_SECONDS * 10):
            os.killpg(group, 0)
            time.sleep(0.1)
        os.killpg(group, signal.SIGKILL)


class _Sampler(threading.Thread):
    """Samples the processes of a session until `stop`, and stops its first process when `until` is set. Works on Linux
    only: elsewhere, it sees no processes.

    - `peak`: the peak of their total resident memory, in bytes. `minutes`: the total at the end of each minute.
    - `cpu_seconds`: their processor time when last sampled. The kernel only counts children that were waited for, and
      Python does not wait for its JVM.
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
    """Each process's id and its fields of proc_pid_stat(5), from field 3 on. The name before them may contain any
    character."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield folder.name, (folder / "stat").read_text().rpartition(")")[2].split()

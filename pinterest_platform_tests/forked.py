"""Processes of their own that start in an instant: forked from one that has the packages imported and the models read.

They share nothing with the test or with one another, so they may be killed, signalled, limited and run side by side.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["pinterest_platform_tests.warm"])


def start(target: Callable[..., None], *args: Any) -> ForkServerProcess:
    process = CONTEXT.Process(target=target, args=args)
    process.start()
    return process


class Program:
    """`pinterest-platform` with arguments, running in `folder` with exactly the variables of `environment`.

    Args:
        outputs: files that its standard output and standard error are written to; they may be one and the same.
    """

    def __init__(
        self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str], outputs: tuple[Path, Path]
    ) -> None:
        self._outputs = outputs
        for file in outputs:
            file.touch()
        self._process = start(_run_program, arguments, folder, environment, outputs)

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._outputs[0].read_text()

    @property
    def errors(self) -> str:
        return self._outputs[1].read_text()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float = 240) -> int:
        """Its exit status, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("pinterest-platform", timeout)
        return self._process.exitcode

    def wait_until(self, condition: Callable[[], object], timeout: float = 240) -> None:
        """Wait for something that it does."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert self._process.is_alive(), self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        self.signal(signal.SIGINT)

    def signal(self, number: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def _run_program(
    arguments: tuple[str, ...], folder: Path, environment: dict[str, str], outputs: tuple[Path, Path]
) -> None:
    from pinterest_platform.cli.app import main

    for number, file in enumerate(outputs, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), number)
    # Where the tests were started in the background, interrupts are ignored, and would be here too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["pinterest-platform", *arguments]
    main()

"""Everything of `pinterest-platform dev` is killed at once in the middle of a run, as by a power cut; then it starts
again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import psutil
import pytest

from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.cli.conftest import PROGRAM, environment, runner


@contextmanager
def dev(folder: Path, log: Path) -> Iterator[None]:
    """The UI and the daemon with all their processes, a session of their own, which is killed in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(PROGRAM), "dev", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield
    finally:
        for one in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(one.pid) == process.pid:
                    one.send_signal(signal.SIGKILL)
        process.wait()


def wait_for(condition: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


@pytest.mark.long
def test_power_cut_while_a_run_is_under_way(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path / "data", _env_file=None)
    call, log = runner(tmp_path), tmp_path / "log"
    for command in (("generate", "--rows", "20000"), ("post",)):
        assert call(*command).returncode == 0
    alive = settings.dagster_home / "alive"
    with dev(tmp_path, log):
        wait_for(lambda: alive.exists() and any(alive.iterdir()), log)
    assert "is dead: its process" in call("status").stdout
    with dev(tmp_path, log), open_instance(settings) as instance:
        wait_for(lambda: instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])), log)
        [first] = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
    assert f"run {first.run_id[:8]} of refresh_all is dead: its process" in log.read_text()
    assert "nothing is stuck" in call("status").stdout

"""A server is started once, found again whatever died, never mistaken for another process, and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.process import Launch
from pinterest_platform_tests.stack.small_server import SmallServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmallServer]:
    server = SmallServer(tmp_path / "small")
    yield server
    server.kill()


def starter(server: SmallServer) -> subprocess.Popen[str]:
    """Another process that starts the server, and then waits for the end of its input."""
    module = "pinterest_platform_tests.stack.small_server"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-m", module, str(server.folder)], stdin=pipe, stdout=pipe, text=True)


def test_start_again_leaves_it_alone(server: SmallServer) -> None:
    server.start()
    pid = server.pid
    server.start()
    assert server.is_running()
    assert server.pid == pid


def test_start_after_kill_9_uses_the_same_port(server: SmallServer) -> None:
    server.start()
    pid, port = server.pid, server.port()
    server.kill()
    assert not server.is_running()
    server.start()
    assert server.pid != pid
    assert server.port() == port


def test_starter_killed_leaves_a_server_that_others_find(server: SmallServer) -> None:
    with starter(server) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "started\n"
        other.kill()
    assert server.is_running()
    pid = server.pid
    server.start()
    assert server.pid == pid
    server.stop()
    assert not server.is_running()


def test_two_starters_at_once_start_one(server: SmallServer) -> None:
    with starter(server) as one, starter(server) as other:
        for process in (one, other):
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
        said = server.log.read_text()
        for process in (one, other):
            process.kill()
    assert said.count("Serving HTTP on") == 1


def test_start_waits_for_the_one_under_way(server: SmallServer) -> None:
    class Second(SmallServer):
        def prepare(self) -> None:
            arrived.set()

    class First(SmallServer):
        def launch(self) -> Launch:
            thread.start()
            arrived.wait()
            thread.join(0.2)
            return super().launch()

    arrived, told = threading.Event(), list[str]()
    second = Second(server.folder)
    second.progress = told.append
    thread = threading.Thread(target=second.start)
    First(server.folder).start()
    thread.join()
    assert not told
    assert second.log.read_text().count("Serving HTTP on") == 1


def test_recycled_process_id_is_not_taken_for_ours(server: SmallServer) -> None:
    server.start()
    server.kill()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        (server.folder / "pid").write_text(f"{stranger.pid}\n")
        assert not server.is_running()
        server.stop()
        server.kill()
        assert stranger.poll() is None
        stranger.kill()


def test_ctrl_c_in_the_terminal_does_not_reach_it(server: SmallServer) -> None:
    server.start()
    assert os.getsid(server.pid) == server.pid


def test_other_settings_start_it_anew(server: SmallServer) -> None:
    server.start()
    pid = server.pid
    server.options = "answer = 42"
    server.start()
    assert server.pid != pid
    assert server.ask() == "answer = 42\n"


def test_port_taken_meanwhile_is_replaced(server: SmallServer) -> None:
    server.start()
    server.stop()
    taken, told = server.port(), []
    server.progress = told.append
    with socket.create_server(("127.0.0.1", taken)):
        server.start()
        assert server.port() != taken
    assert str(taken) in told[0]


def test_end_at_once_is_told_with_the_log(server: SmallServer) -> None:
    server.options = "sys.exit('the disk is made of cheese')"
    with pytest.raises(StackError, match=r"small exited right after its start(.|\n)*made of cheese"):
        server.start()


def test_no_answer_is_told_with_the_reason(server: SmallServer) -> None:
    server.options = "import time; time.sleep(60)"
    server.start_timeout = 1.0
    with pytest.raises(StackError, match=r"small did not respond within 1 s .*Connection refused"):
        server.start()


def test_stop_ends_also_who_does_not_listen(server: SmallServer) -> None:
    server.options = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    server.start()
    server.stop()
    assert not server.is_running()


def test_stop_ends_also_what_it_started(server: SmallServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        waits = f"import socket; socket.create_connection({listener.getsockname()}).recv(1)"
        server.options = f"import subprocess; subprocess.Popen([sys.executable, '-c', {waits!r}])"
        server.start()
        started, _ = listener.accept()
        with started:
            server.stop()
            started.settimeout(10)
            assert started.recv(1) == b"", "its connection ends with it"


def test_stop_lets_it_end_by_itself(server: SmallServer) -> None:
    server.options = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('goodbye', flush=True)))"
    server.start()
    server.stop()
    assert "goodbye" in server.log.read_text()
    server.stop()


def test_killed_by_others_is_not_running(server: SmallServer) -> None:
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    assert server._child is not None
    server._child.wait()
    assert not server.is_running()

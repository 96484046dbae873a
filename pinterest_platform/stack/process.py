"""Runs a server of the local stack as a process: starts it, asks it, stops it, and finds it again after any crash.

Nothing specific to one server belongs here, nor the list of servers.

A running server holds a lock on `<folder>/running`, inherited at its start, so the kernel knows whether it runs. A
recycled process id is never mistaken for the server, and the process that started it may die at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.ports import KeptPorts

#: Writes its process id, then becomes the server: at every moment, a running server has a known process id.
_BECOME = 'echo $$ > "$0" && exec "$@"'
_POLL = 0.05


@dataclass(frozen=True)
class Launch:
    """How to start a server. A running server whose launch has changed is restarted."""

    command: Sequence[str]
    #: Added to this process's environment.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Settings files, by name inside the server's folder.
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        parts = [list(self.command), dict(self.environment), dict(self.files)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Server(ABC):
    """A server with its own folder for data, settings, log and ports.

    Subclasses define how to start it (`launch`), how to ask it (`ask`) and what it needs first (`prepare`).

    Args:
        name: As in `stack logs NAME`.
        folder: Kept across restarts. Deleting it deletes the server's data.
    """

    #: Maximum seconds to the first response after a start, and to the end after a stop, also on slow machines.
    start_timeout = 90.0
    stop_timeout = 30.0

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder.absolute()
        #: Called with a few words about each long operation.
        self.progress: Callable[[str], None] = lambda _: None
        self._ports = KeptPorts(self.folder / "ports.json")
        self._child: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def launch(self) -> Launch:
        """The command, environment and settings files. Called at every start."""

    @abstractmethod
    def ask(self) -> str:
        """Ask the server something that it can answer only when it is ready. Returns its answer in a few words.

        Raises:
            Exception: the server does not respond.
        """

    def prepare(self) -> None:  # noqa: B027 - most servers need nothing
        """Fetch or create everything that the first start needs. Does nothing if it exists."""

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def port(self, name: str = "listen") -> int:
        """The server's port of that name. A free one is chosen on first use and kept in the folder."""
        return self._ports.get(name)

    def is_running(self) -> bool:
        """Whether its process exists. `ask` checks whether it responds."""
        if not self._lock_file.exists():
            return False
        with self._lock_file.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def start(self) -> None:
        """Start it unless it runs with the same settings already, and return when it responds.

        Raises:
            StackError: it exited, or did not respond in time. The message has the last lines of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.prepare()
        with self._one_at_a_time():
            if self.is_running() and self._launched() != self.launch().digest:
                self.progress("stopping it because its settings changed")
                self.stop()
            if not self.is_running():
                self._run()
        self._wait_for_answer()

    def stop(self) -> None:
        """Stop it cleanly, or by force if it does not end in time. Does nothing if it is not running."""
        if self._signal(signal.SIGTERM) and not self._wait_until(lambda: not self.is_running(), self.stop_timeout):
            self.kill()
        self._reap()

    def kill(self) -> None:
        """End it like `kill -9`."""
        self._signal(signal.SIGKILL)
        if not self._wait_until(lambda: not self.is_running(), self.stop_timeout):
            raise StackError(f"{self.name} (process {self.pid}) could not be killed. Check `ps -p {self.pid}`.")
        self._reap()

    @property
    def pid(self) -> int:
        """Its process id, or that of the last start if it is not running.

        Raises:
            StackError: it was never started.
        """
        try:
            return int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            raise StackError(f"{self.name} has no process: {self._pid_file} is missing or empty") from None

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for messages."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    @property
    def _lock_file(self) -> Path:
        return self.folder / "running"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Wait for a concurrent start, which writes the launch to compare with."""
        with (self.folder / "starting").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self) -> None:
        for port, other in self._ports.replace_taken():
            self.progress(f"port {port} is taken by another program, using {other}")
        launch = self.launch()
        for name, text in launch.files.items():
            (self.folder / name).write_text(text)
        (self.folder / "launch").write_text(launch.digest)
        self._pid_file.unlink(missing_ok=True)
        with self.log.open("ab") as log, self._lock_file.open("ab") as lock:
            # The server inherits the lock. A check of whether it runs holds the lock for an instant.
            fcntl.flock(lock, fcntl.LOCK_EX)
            # In its own session: Ctrl-C in the terminal stops the program, not its servers.
            self._child = subprocess.Popen(
                ["/bin/sh", "-c", _BECOME, str(self._pid_file), *launch.command],
                cwd=self.folder,
                env={**os.environ, **launch.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
            )

    def _wait_for_answer(self) -> None:
        trouble = ""

        def answers() -> bool:
            nonlocal trouble
            if not self.is_running():
                raise StackError(f"{self.name} exited right after its start. Its log, {self.log}:\n{self.last_lines()}")
            try:
                self.ask()
            except Exception as error:
                trouble = f"{type(error).__name__}: {error}"
                return False
            return True

        if not self._wait_until(answers, self.start_timeout):
            raise StackError(
                f"{self.name} did not respond within {self.start_timeout:.0f} s ({trouble}). "
                f"Its log, {self.log}:\n{self.last_lines()}"
            )

    def _signal(self, number: signal.Signals) -> bool:
        """Send a signal to the server and its child processes, and return whether it was running."""
        if not self.is_running():
            return False
        # Right after its start, the process has not written its id yet.
        self._wait_until(lambda: self._pid_file.exists() and self._pid_file.read_text().endswith("\n"), 5)
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def _reap(self) -> None:
        if self._child is not None:
            self._child.wait(self.stop_timeout)
            self._child = None

    def _launched(self) -> str:
        file = self.folder / "launch"
        return file.read_text() if file.exists() else ""

    @staticmethod
    def _wait_until(condition: Callable[[], bool], timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True

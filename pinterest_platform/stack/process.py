"""A server of the local stack as a process: started, asked, stopped, found again after any crash.

Nothing about a particular server belongs here, nor which servers there are.

While a server runs it holds a lock on `<folder>/running`, inherited when it was started, so the kernel itself says
whether it runs: no recycled process id is ever taken for it, and whoever started it may die at any moment.
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

#: Writes its own process id, then becomes the server: there is no moment at which a server runs and nobody knows it.
_BECOME = 'echo $$ > "$0" && exec "$@"'
_POLL = 0.05


@dataclass(frozen=True)
class Launch:
    """How a server is started. A running server whose launch has changed is started anew."""

    command: Sequence[str]
    #: On top of this process's own environment.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Settings files, by name inside the server's folder.
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        parts = [list(self.command), dict(self.environment), dict(self.files)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Server(ABC):
    """A server with a folder of its own for data, settings, log and ports.

    Subclasses say how it is started (`launch`), when it answers (`ask`) and what must be there before (`prepare`).

    Args:
        name: as in `stack logs NAME`.
        folder: kept over restarts; deleting it is deleting the server's data.
    """

    #: Seconds from start to the first answer, and from the request to stop to the end; slow machines included.
    start_timeout = 90.0
    stop_timeout = 30.0

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder.absolute()
        #: Told what takes long, in a few words.
        self.progress: Callable[[str], None] = lambda _: None
        self._ports = KeptPorts(self.folder / "ports.json")
        self._child: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def launch(self) -> Launch:
        """The command, environment and settings files; asked again at every start."""

    @abstractmethod
    def ask(self) -> str:
        """Ask the server something it can only answer when it is ready; what it said, in a few words.

        Raises:
            Exception: whatever says that it does not answer.
        """

    def prepare(self) -> None:  # noqa: B027 - most servers need nothing
        """Fetch or make what must be there before the first start. Does nothing when it is there."""

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def port(self, name: str = "listen") -> int:
        """The server's own port of that name, chosen free on first use and kept in the folder."""
        return self._ports.get(name)

    def is_running(self) -> bool:
        """Whether its process is there; `ask` tells whether it answers."""
        if not self._lock_file.exists():
            return False
        with self._lock_file.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def start(self) -> None:
        """Start it unless it runs with the same settings already, and return when it answers.

        Raises:
            StackError: it ended, or did not answer in time; with the last lines of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.prepare()
        with self._one_at_a_time():
            if self.is_running() and self._launched() != self.launch().digest:
                self.progress("stopping it, since its settings changed")
                self.stop()
            if not self.is_running():
                self._run()
        self._wait_for_answer()

    def stop(self) -> None:
        """Stop it cleanly, by force when it does not end in time. Does nothing when it is not running."""
        if self._signal(signal.SIGTERM) and not self._wait_until(lambda: not self.is_running(), self.stop_timeout):
            self.kill()
        self._reap()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._signal(signal.SIGKILL)
        if not self._wait_until(lambda: not self.is_running(), self.stop_timeout):
            raise StackError(f"{self.name} (process {self.pid}) could not be killed; see `ps -p {self.pid}`")
        self._reap()

    @property
    def pid(self) -> int:
        """Its process id, of the last start if it does not run.

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
        """Wait for whoever starts it at this moment: only then is there a launch to compare with."""
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
            # The server inherits it. Whoever only asks whether it runs holds it for an instant.
            fcntl.flock(lock, fcntl.LOCK_EX)
            # A session of its own: Ctrl-C in the terminal is for the program, not for its servers.
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
                raise StackError(f"{self.name} ended right after its start. Its log, {self.log}:\n{self.last_lines()}")
            try:
                self.ask()
            except Exception as error:
                trouble = f"{type(error).__name__}: {error}"
                return False
            return True

        if not self._wait_until(answers, self.start_timeout):
            raise StackError(
                f"{self.name} did not answer within {self.start_timeout:.0f} s ({trouble}). "
                f"Its log, {self.log}:\n{self.last_lines()}"
            )

    def _signal(self, number: signal.Signals) -> bool:
        """Send a signal to the server and what it started, if it runs; whether it did."""
        if not self.is_running():
            return False
        # Between its start and its first line the process has not said its id yet.
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

"""Free ports of this machine, and those that a server keeps over restarts."""

from __future__ import annotations

import json
import os
import random
import socket
from pathlib import Path

from pinterest_platform.stack.errors import StackError

#: Below those that systems give to outgoing connections, so that a kept port is still free after a restart.
_RANGE = range(18_000, 32_000)


def choose_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    for _ in range(200):
        port = random.choice(_RANGE)
        if is_free(port):
            return port
    raise StackError(f"no free port on 127.0.0.1 between {_RANGE.start} and {_RANGE.stop}; stop some programs")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections that ended a moment ago are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class KeptPorts:
    """Ports by name, chosen free when first asked for and kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, name: str) -> int:
        ports = self._read()
        if name not in ports:
            ports[name] = choose_port()
            self._write(ports)
        return ports[name]

    def replace_taken(self) -> list[tuple[int, int]]:
        """Choose others for those on which another program listens by now: pairs of old and new. Not to be called
        while the server itself runs."""
        ports = self._read()
        taken = {name: port for name, port in ports.items() if not is_free(port)}
        ports |= {name: choose_port() for name in taken}
        if taken:
            self._write(ports)
        return [(port, ports[name]) for name, port in taken.items()]

    def _read(self) -> dict[str, int]:
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}

    def _write(self, ports: dict[str, int]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(ports))
        new.replace(self._file)

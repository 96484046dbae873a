"""Free ports of this machine, and ports that a server keeps across restarts."""

from __future__ import annotations

import json
import os
import random
import socket
from pathlib import Path

from pinterest_platform.stack.errors import StackError

#: Below the ports of outgoing connections, so that a kept port is still free after a restart.
_RANGE = range(18_000, 32_000)


def choose_port() -> int:
    """Choose a port of 127.0.0.1 that is not in use."""
    for _ in range(200):
        port = random.choice(_RANGE)
        if is_free(port):
            return port
    raise StackError(f"no free port on 127.0.0.1 between {_RANGE.start} and {_RANGE.stop}. Stop some programs.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Like servers, ignore connections that ended a moment ago.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class KeptPorts:
    """Ports by name. A free port is chosen on first use and kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, name: str) -> int:
        ports = self._read()
        if name not in ports:
            ports[name] = choose_port()
            self._write(ports)
        return ports[name]

    def replace_taken(self) -> list[tuple[int, int]]:
        """Replace ports that another program has taken, and return pairs of old and new. Do not call this while the
        server itself runs."""
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

"""Free ports of this machine."""

from __future__ import annotations

import random
import socket

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

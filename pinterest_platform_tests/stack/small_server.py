"""A server that starts in an instant, for tests of how servers are run. As a program it starts one."""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

from pinterest_platform.stack.process import Launch, Server

_PROGRAM = """
import http.server, signal, sys
for line in open("options"):
    exec(line)
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""


class SmallServer(Server):
    """Serves its folder. `options` is a line of Python that it runs first."""

    start_timeout = 20.0
    stop_timeout = 1.0

    def __init__(self, folder: Path, options: str = "pass") -> None:
        super().__init__("small", folder)
        self.options = options

    def launch(self) -> Launch:
        return Launch([sys.executable, "-u", "-c", _PROGRAM, str(self.port())], files={"options": f"{self.options}\n"})

    def ask(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}/options", timeout=2) as reply:
            return str(reply.read().decode())


if __name__ == "__main__":
    SmallServer(Path(sys.argv[1])).start()
    print("started", flush=True)
    sys.stdin.read()

"""Starts and stops the Kafka REST proxy of the local stack. `rest_server.py` implements it."""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

from pinterest_platform.stack.process import Launch, Server


class RestProxy(Server):
    """Passes records on to `bootstrap_servers`, which must be up when it starts, and may restart later."""

    def __init__(self, folder: Path, bootstrap_servers: str, name: str = "rest") -> None:
        super().__init__(name, folder)
        self._brokers = bootstrap_servers

    @property
    def url(self) -> str:
        """The URL that precedes `/topics`."""
        return f"http://127.0.0.1:{self.port()}"

    def launch(self) -> Launch:
        module = "pinterest_platform.stack.rest_server"
        return Launch([sys.executable, "-m", module, "--brokers", self._brokers, "--port", str(self.port())])

    def ask(self) -> str:
        with urllib.request.urlopen(f"{self.url}/topics", timeout=10) as reply:
            return f"{len(json.load(reply))} topics"

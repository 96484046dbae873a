"""A Kafka REST proxy (v2) that fails as it is told to: what a test posts to when it is about failures.

It keeps what it acknowledged, and answers in the forms that real proxies and gateways have.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pinterest_platform_tests.breaking import reset_while_replying

Records = list[dict[str, Any]]
Fault = Callable[["Handler", Records], None]


class ScriptedProxy:
    """Serves while it is a context. `faults` are applied to one request with records each, in order; then all is
    well. With `forever` that fault is applied to each request."""

    def __init__(self, *faults: Fault, forever: Fault | None = None) -> None:
        self.faults, self.forever = list(faults), forever
        self.topics: dict[str, Records] = defaultdict(list)
        #: Time, topic, headers and number of records of each request with records.
        self.requests: list[tuple[float, str, Any, int]] = []
        self.guard: Callable[[Handler, bytes], bool] = lambda *_: True
        self.lock = threading.Lock()
        handler = type("BoundHandler", (Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ScriptedProxy:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def keys(self, topic: str) -> list[int]:
        return [record["key"] for record in self.topics[topic]]

    def next_fault(self) -> Fault | None:
        with self.lock:
            return self.faults.pop(0) if self.faults else self.forever


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: ScriptedProxy

    def do_GET(self) -> None:
        self.reply(200, {"name": self.topic, "configs": {}, "partitions": []})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.proxy.guard(self, body):
            self.reply(403, {"message": "Forbidden"})
            return
        records = json.loads(body)["records"]
        with self.proxy.lock:
            self.proxy.requests.append((time.monotonic(), self.topic, self.headers, len(records)))
        (self.proxy.next_fault() or accept)(self, records)

    @property
    def topic(self) -> str:
        return self.path.rpartition("/")[2]

    def keep(self, records: Records) -> None:
        with self.proxy.lock:
            self.proxy.topics[self.topic] += records

    def reply(self, status: int, content: Any, **headers: str) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/vnd.kafka.v2+json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def accept(handler: Handler, records: Records) -> None:
    handler.keep(records)
    handler.reply(200, {"offsets": [offset(number) for number in range(len(records))]})


def offset(number: int) -> dict[str, Any]:
    return {"partition": 0, "offset": number, "error_code": None, "error": None}


def failed(code: int, error: str) -> dict[str, Any]:
    return {"partition": None, "offset": None, "error_code": code, "error": error}


def answer(status: int, content: Any = None, **headers: str) -> Fault:
    """Take nothing and say so in the status."""
    return lambda handler, _: handler.reply(status, content or {"message": "no"}, **headers)


def fail_some(code: int, every: int) -> Fault:
    """HTTP 200 in which each `every`-th record failed; the others are taken."""

    def fault(handler: Handler, records: Records) -> None:
        handler.keep([record for number, record in enumerate(records) if number % every])
        entries = [offset(n) if n % every else failed(code, "some reason") for n in range(len(records))]
        handler.reply(200, {"offsets": entries})

    return fault


def reset_in_reply(handler: Handler, records: Records) -> None:
    """Take the records, and break off in the middle of saying so."""
    handler.keep(records)
    reset_while_replying(handler, b'{"offsets": [{"partition"')


def too_large(limit: int) -> Fault:
    """A gateway that takes requests of up to `limit` records."""

    def fault(handler: Handler, records: Records) -> None:
        if len(records) > limit:
            handler.reply(413, {"message": "Request Too Long"})
        else:
            accept(handler, records)

    return fault

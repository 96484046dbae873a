"""A Kinesis server that fails as it is told to, before a real one that takes what does not fail.

The local server knows no limit of throughput, so its refusals for that are made here, in AWS's form.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from pinterest_platform_tests.breaking import reset_while_replying

Call = dict[str, Any]
Fault = Callable[["Handler", Call], None]


class ScriptedKinesis:
    """Serves while it is a context, before the one at `endpoint`. `faults` are applied to one PutRecord or PutRecords
    each, in order; then all is well. With `forever` that fault is applied to each."""

    def __init__(self, endpoint: str, *faults: Fault, forever: Fault | None = None) -> None:
        self.endpoint, self.faults, self.forever = endpoint, list(faults), forever
        #: Stream and keys of each PutRecord and PutRecords.
        self.calls: list[tuple[str, list[str]]] = []
        self.lock = threading.Lock()
        handler = type("BoundHandler", (Handler,), {"kinesis": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ScriptedKinesis:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def keys_of(self, stream: str) -> list[list[str]]:
        """The keys of each request with records to a stream, in order."""
        return [keys for name, keys in self.calls if name == stream]

    def next_fault(self) -> Fault | None:
        with self.lock:
            return self.faults.pop(0) if self.faults else self.forever


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    kinesis: ScriptedKinesis

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = None
        if self.headers["X-Amz-Target"].endswith((".PutRecord", ".PutRecords")):
            with self.kinesis.lock:
                self.kinesis.calls.append((call["StreamName"], keys_of(call)))
            fault = self.kinesis.next_fault()
        if fault:
            fault(self, call)
        else:
            reply = self.pass_on(call)
            self.reply(reply.status_code, reply.json() if reply.content else None)

    def pass_on(self, call: Call) -> requests.Response:
        names = ("Content-Type", "X-Amz-Target", "X-Amz-Date", "Authorization")
        headers = {name: self.headers[name] for name in names}
        return requests.post(self.kinesis.endpoint, json.dumps(call).encode(), headers=headers, timeout=30)

    def reply(self, status: int, content: Any) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def keys_of(call: Call) -> list[str]:
    return [record["PartitionKey"] for record in call.get("Records", [call])]


def answer(status: int, code: str) -> Fault:
    """Take nothing, and say so for the whole request."""
    return lambda handler, _: handler.reply(status, {"__type": code, "message": "some reason"})


def fail_some(code: str, every: int) -> Fault:
    """HTTP 200 in which each `every`-th record failed; the others are taken. A PutRecord fails whole."""

    def fault(handler: Handler, call: Call) -> None:
        if "Records" not in call:
            answer(400, code)(handler, call)
            return
        taken = [record for number, record in enumerate(call["Records"]) if number % every]
        results = iter(handler.pass_on({**call, "Records": taken}).json()["Records"] if taken else [])
        failed = {"ErrorCode": code, "ErrorMessage": "some reason"}
        entries = [next(results) if number % every else failed for number in range(len(call["Records"]))]
        handler.reply(200, {"FailedRecordCount": len(entries) - len(taken), "Records": entries})

    return fault


def refuse(key: str) -> Fault:
    """Refuse each request that holds a record of this key."""

    def fault(handler: Handler, call: Call) -> None:
        if key in keys_of(call):
            handler.reply(400, {"__type": "ValidationException", "message": "a record is not allowed"})
        else:
            handler.reply(200, handler.pass_on(call).json())

    return fault


def reset_in_reply(handler: Handler, call: Call) -> None:
    """Take the records, and break off in the middle of saying so."""
    handler.pass_on(call)
    reset_while_replying(handler, b'{"FailedRecordCount":0,')

"""API Gateway before a Kinesis server, as far as infra/kinesis-api describes it: its mapping templates, evaluated with
airspeed, make the requests of each method.

What is API Gateway's own is rebuilt here from its documentation: `$input` and `$util`, the reply to a path or a body
that it does not know, and that an error of Kinesis becomes HTTP 200 where no response is mapped.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import airspeed
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TEMPLATES = Path(__file__).parents[3] / "infra" / "kinesis-api"
#: Kinesis's action and the mapping template of each method.
METHODS = {
    ("GET", "/streams"): ("ListStreams", "list-streams.vtl"),
    ("GET", "/streams/{stream-name}"): ("DescribeStreamSummary", "describe-stream.vtl"),
    ("POST", "/streams/{stream-name}"): ("CreateStream", "create-stream.vtl"),
    ("DELETE", "/streams/{stream-name}"): ("DeleteStream", "delete-stream.vtl"),
    ("PUT", "/streams/{stream-name}/record"): ("PutRecord", "put-record.vtl"),
    ("PUT", "/streams/{stream-name}/records"): ("PutRecords", "put-records.vtl"),
}


class ApiGateway:
    """Serves while it is a context. `kinesis` is the endpoint behind it.

    `guard` says whether a request with that body is let in. `answers` are given instead of passing a request on: each
    a status, a body and headers. `most_bytes` is the size of the largest body that it accepts. `maps_errors` is whether
    an error of Kinesis keeps its status.
    """

    def __init__(self, kinesis: str) -> None:
        self.kinesis = kinesis
        self.guard: Callable[[Handler, bytes], bool] = lambda *_: True
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.most_bytes = 10 * 2**20
        self.maps_errors = True
        #: Method and path of each request.
        self.requests: list[tuple[str, str]] = []
        self.methods = METHODS
        self.templates = {name: airspeed.Template((TEMPLATES / name).read_text()) for _, name in METHODS.values()}
        handler = type("BoundHandler", (Handler,), {"gateway": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/test"

    def __enter__(self) -> ApiGateway:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def request_of(self, template: str, stream: str, body: bytes) -> str:
        """What the template of that name makes of a body."""
        variables = {"input": Input(stream, body), "util": Util()}
        return str(self.templates[template].merge(variables))


class Input:
    """`$input` of a mapping template."""

    def __init__(self, stream: str, body: bytes) -> None:
        self._stream, self._body = stream, json.loads(body or b"{}")

    def params(self, name: str) -> str:
        return {"stream-name": self._stream}[name]

    def path(self, path: str) -> Any:
        """What is not there is an empty text."""
        found = self._body
        for name in path.split(".")[1:]:
            found = found.get(name, "")
        return found

    def json(self, path: str) -> str:
        return json.dumps(self.path(path), ensure_ascii=False)


class Util:
    """`$util` of a mapping template."""

    def base64Encode(self, text: str) -> str:
        assert isinstance(text, str), f"API Gateway would encode Java's text of {text!r}"
        return base64.b64encode(text.encode()).decode()

    def escapeJavaScript(self, text: str) -> _JavaText:
        escaped = json.dumps(text)[1:-1].replace("/", "\\/").replace("'", "\\'")
        return _JavaText(escaped)


class _JavaText(str):
    """A text with Java's methods. Velocity leaves backslashes in a text as they are, airspeed reads two as one."""

    def replaceAll(self, pattern: str, replacement: str) -> str:
        return re.sub(pattern.replace("\\", "\\\\"), replacement, self)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    gateway: ApiGateway

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.gateway.requests.append((self.command, self.path))
        found = re.fullmatch(r"/test/streams(?:/([^/]+)(/\w+)?)?", self.path)
        path = f"/streams/{{stream-name}}{found[2] or ''}" if found and found[1] else "/streams"
        method = self.gateway.methods.get((self.command, path)) if found else None
        if not found or not method:
            self._reply(403, {"message": "Missing Authentication Token"})
        elif not self.gateway.guard(self, body):
            self._reply(403, {"message": "Forbidden"})
        elif len(body) > self.gateway.most_bytes:
            told = f"HTTP content length exceeded {self.gateway.most_bytes} bytes."
            self._reply(413, {"message": told})
        elif self.command == "PUT" and self.gateway.answers:
            status, content, headers = self.gateway.answers.pop(0)
            self._reply(status, content, headers)
        else:
            self._pass_on(found[1] or "", body, *method)

    def _pass_on(self, stream: str, body: bytes, action: str, template: str) -> None:
        try:
            content = self.gateway.request_of(template, stream, body).encode()
        except (KeyError, TypeError, ValueError) as error:
            self._reply(400, {"message": f"Could not parse request body into json: {error}"})
            return
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"}
        request = AWSRequest("POST", self.gateway.kinesis, headers, content)
        SigV4Auth(Credentials("gateway", "gateway"), "kinesis", "us-east-1").add_auth(request)
        try:
            reply = requests.post(self.gateway.kinesis, content, headers=dict(request.headers), timeout=29)
        except requests.RequestException:
            self._reply(500, {"message": "Internal server error"})
            return
        self._reply(reply.status_code if self.gateway.maps_errors else 200, reply.json() if reply.content else {})

    def _reply(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

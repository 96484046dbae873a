"""An HTTP proxy in front of an S3 server that remembers what it was asked for and fails as a test says."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

#: `cut` breaks the connection at once, `half` in the middle of an answer's body, `lost` once the server has done what
#: it was asked, before it is told; another one is an error code of S3's, answered without asking the server.
Fault = Literal["cut", "half", "lost", "SlowDown", "RequestTimeTooSkewed", "AccessDenied", "ExpiredToken"]

#: Given method and path with query, what goes wrong, if anything.
Faults = Callable[[str, str], Fault | None]

_STATUS = {"SlowDown": 503, "RequestTimeTooSkewed": 403, "AccessDenied": 403, "ExpiredToken": 400}


class S3Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.faults: Faults = lambda *_: None
        #: `METHOD /path?query` of each request.
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here."""


class _Handler(BaseHTTPRequestHandler):
    server: S3Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(self.path)
        self.server.asked.append(f"{self.command} {path}")
        fault = self.server.faults(self.command, path)
        if fault in _STATUS:
            error = f"<Error><Code>{fault}</Code><Message>As the test says.</Message></Error>"
            self._answer(_STATUS[fault], {"Content-Type": "application/xml"}, error.encode())
        elif fault == "cut":
            self._cut()
        else:
            status, headers, content = self._ask(body)
            if fault == "lost":
                self._cut()
            else:
                self._answer(status, headers, content, half=fault == "half")

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_any

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=30)
        try:
            # The signature covers the host that the client asked for.
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, half: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        if status != 204:
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if half else content)
        if half:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def s3_proxy(upstream: str) -> Iterator[S3Proxy]:
    proxy = S3Proxy(upstream)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()

"""The stores API as a real server on this machine, which misbehaves as it is told."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


@dataclass
class StoresServer:
    """`first` are the answers, by path, that come before the right ones: status and headers. What is `slow` is not
    answered as long as the server runs."""

    stores: list[Mapping[str, Any]]
    key: str = "k3y"
    first: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    missing: frozenset[int] = frozenset()
    slow: frozenset[str] = frozenset()
    ended: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)

    def answer(self, request: Request) -> JSONResponse:
        path = request.url.path.removeprefix("/prod/")
        self.asked[path] += 1
        if request.headers.get("x-api-key") != self.key:
            return JSONResponse({"message": "Forbidden"}, 403)
        if path in self.slow:
            self.ended.wait()
        if waiting := self.first.get(path):
            status, headers = waiting.pop(0)
            return JSONResponse({"message": "Too Many Requests"}, status, headers)
        if path == "number_stores":
            return JSONResponse({"statusCode": 200, "number_stores": len(self.stores)})
        number = int(path.rpartition("/")[2])
        if number in self.missing or number >= len(self.stores):
            return JSONResponse({"message": "Not Found"}, 404)
        return JSONResponse(dict(self.stores[number]))


@contextmanager
def serving(server: StoresServer) -> Iterator[StoresServer]:
    with serving_app(Starlette(routes=[Route("/prod/{path:path}", server.answer)])) as address:
        server.url = f"http://{address}/prod"
        try:
            yield server
        finally:
            server.ended.set()


@contextmanager
def serving_app(app: Starlette, **options: Any) -> Iterator[str]:
    """Host and port where it answers."""
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical", **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()

"""The part of a Databricks workspace that runs a wheel task, over HTTP: one-time runs of the Jobs API, the Files API.

A task is `pinterest-platform` in a process of its own on this machine, and a volume is a folder. It can be told to fail
as Databricks does. What it cannot show: serverless compute, installation of the wheel, permissions, quotas of a
workspace, Unity Catalog.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import dagster_pipes

from pinterest_platform_tests.forked import Program

TOKEN = "dapi-of-the-stub"
_PIPES_MESSAGES = "--dagster-pipes-messages"

#: A run's task is a run too, with an id of its own; only that one has an output.
_TASK = 1_000_000


class ApiError(Exception):
    """An answer other than 200, as `{"error_code": ..., "message": ...}`."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error_code = status, error_code


class Dropped(Exception):
    """The connection is closed without an answer."""


@dataclass
class Run:
    """A one-time run; its state is that of its process, or what it was told to be."""

    id: int
    request: dict[str, Any]
    program: Program | None = None
    state: dict[str, str] = field(default_factory=dict)

    def current(self) -> dict[str, str]:
        code = self.program.returncode if self.program else None
        if not self.state and code is not None:
            message = "" if code == 0 else "Workload failed, see run output for details"
            result = "SUCCESS" if code == 0 else "FAILED"
            self.state = {"life_cycle_state": "TERMINATED", "result_state": result, "state_message": message}
        return self.state or {"life_cycle_state": "RUNNING", "state_message": "In run"}


@dataclass
class Workspace:
    """A workspace whose volumes lie in `folder` and whose tasks have the variables of `environment`.

    `answer_with` adds a fault to the next request that has `part` in its method and path: an exception to raise before
    the request does anything, or with `afterwards` once it has done it. `end_as` gives the state that further runs end
    in, without doing anything; `hang` lets them go on until they are cancelled. `secrets` are those of each scope.
    """

    folder: Path
    environment: Mapping[str, str]
    runs: dict[int, Run] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    end_as: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    _faults: list[tuple[str, Exception, bool]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Workspace:
        handler = type("Handler", (_Handler,), {"workspace": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for run in self.runs.values():
            if run.program:
                run.program.kill()

    def answer_with(self, part: str, fault: Exception, *, times: int = 1, afterwards: bool = False) -> None:
        self._faults += [(part, fault, afterwards)] * times

    def recover(self) -> None:
        """From now on no fault is left."""
        self._faults.clear()

    def path(self, volume_path: str) -> Path:
        return self.folder / volume_path.lstrip("/")

    def handle(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> tuple[bytes, str]:
        """The body of the answer and its media type."""
        with self._lock:
            self.requests.append(f"{method} {path}")
            fault = next((fault for fault in self._faults if fault[0] in self.requests[-1]), None)
            if fault:
                self._faults.remove(fault)
                if not fault[2]:
                    raise fault[1]
            answer = self._route(method, path, query, body)
            if fault:
                raise fault[1]
            return answer

    def _route(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> tuple[bytes, str]:
        kind, _, rest = path.partition("/fs/")[2].partition("/")
        if kind:
            return getattr(self, f"_{kind}_{method.lower()}")(f"/{rest}", body), "application/octet-stream"
        for suffix, call in self._calls(query, body).items():
            if path.endswith(suffix):
                return json.dumps(call()).encode(), "application/json"
        raise ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for {method} {path}")

    def _calls(self, query: Mapping[str, str], body: bytes) -> dict[str, Callable[[], Mapping[str, Any]]]:
        """What is answered, by the ends of paths."""
        return {
            "/jobs/runs/submit": lambda: self._submit(json.loads(body)),
            "/jobs/runs/get": lambda: self._get(self._run(query["run_id"])),
            "/jobs/runs/get-output": lambda: self._output(self._run(int(query["run_id"]) - _TASK)),
            "/jobs/runs/cancel": lambda: self._cancel(self._run(json.loads(body)["run_id"])),
            "/secrets/list": lambda: {"secrets": [{"key": key} for key in self._scope(query)]},
            "/secrets/get": lambda: self._secret(query["key"], self._scope(query)),
            "/preview/scim/v2/Me": lambda: {"userName": "someone@example.com"},
        }

    def _scope(self, query: Mapping[str, str]) -> Mapping[str, str]:
        if query["scope"] not in self.secrets:
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"Scope {query['scope']} does not exist!")
        return self.secrets[query["scope"]]

    def _secret(self, key: str, scope: Mapping[str, str]) -> Mapping[str, Any]:
        return {"key": key, "value": b64encode(scope[key].encode()).decode()}

    def _submit(self, request: dict[str, Any]) -> Mapping[str, Any]:
        token = request["idempotency_token"]
        if len(token) > 64:
            raise ApiError(400, "INVALID_PARAMETER_VALUE", "idempotency_token must have at most 64 characters")
        known = [run.id for run in self.runs.values() if run.request["idempotency_token"] == token]
        if known:
            return {"run_id": known[0]}
        run = Run(1000 + len(self.runs), request, state=dict(self.end_as))
        self.runs[run.id] = run
        wheels = [name for name in request["environments"][0]["spec"]["dependencies"] if name.endswith(".whl")]
        if missing := [wheel for wheel in wheels if not self.path(wheel).exists()]:
            message = f"Library installation failed: {missing[0]} does not exist"
            run.state = {"life_cycle_state": "INTERNAL_ERROR", "result_state": "FAILED", "state_message": message}
        if not run.state and not self.hang:
            run.program = self._start(run)
        return {"run_id": run.id}

    def _start(self, run: Run) -> Program:
        parameters = run.request["tasks"][0]["python_wheel_task"]["parameters"]
        if _PIPES_MESSAGES in parameters:
            # On Databricks a volume's path is one of the file system's; here it is a folder elsewhere.
            position = parameters.index(_PIPES_MESSAGES) + 1
            told = dagster_pipes.decode_param(parameters[position])
            told["path"] = str(self.path(told["path"]))
            parameters = [*parameters[:position], dagster_pipes.encode_param(told), *parameters[position + 1 :]]
        folder = self.folder / f"run-{run.id}"
        folder.mkdir()
        return Program(tuple(parameters), folder, dict(self.environment), (folder / "stdout", folder / "stderr"))

    def _run(self, run_id: str | int) -> Run:
        if int(run_id) not in self.runs:
            raise ApiError(400, "INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")
        return self.runs[int(run_id)]

    def _get(self, run: Run) -> Mapping[str, Any]:
        state, page = run.current(), f"{self.url}/?o=1#job/{run.id}/run/{run.id}"
        task = {"run_id": run.id + _TASK, "task_key": run.request["tasks"][0]["task_key"], "state": state}
        return {
            "run_id": run.id,
            "run_name": run.request["run_name"],
            "run_page_url": page,
            "state": state,
            "tasks": [task],
        }

    def _output(self, run: Run) -> Mapping[str, Any]:
        errors = run.program.errors if run.program else ""
        return {"error": "SystemExit: 1", "logs": errors} if run.current().get("result_state") == "FAILED" else {}

    def _cancel(self, run: Run) -> Mapping[str, Any]:
        if run.program:
            run.program.kill()
        if run.current()["life_cycle_state"] == "RUNNING":
            run.state = {
                "life_cycle_state": "TERMINATED",
                "result_state": "CANCELED",
                "state_message": "Run cancelled.",
            }
        return {}

    def _files_put(self, path: str, body: bytes) -> bytes:
        self.path(path).write_bytes(body)
        return b""

    def _files_get(self, path: str, _body: bytes) -> bytes:
        if not self.path(path).is_file():
            raise ApiError(404, "NOT_FOUND", f"The file being accessed is not found: {path}")
        return self.path(path).read_bytes()

    def _files_head(self, path: str, body: bytes) -> bytes:
        self._files_get(path, body)
        return b""

    def _files_delete(self, path: str, _body: bytes) -> bytes:
        self.path(path).unlink()
        return b""

    def _directories_put(self, path: str, _body: bytes) -> bytes:
        self.path(path).mkdir(parents=True, exist_ok=True)
        return b""

    def _directories_get(self, path: str, _body: bytes) -> bytes:
        if not self.path(path).is_dir():
            raise ApiError(404, "NOT_FOUND", f"The directory being accessed is not found: {path}")
        contents = [
            {"path": f"{path}/{entry.name}", "name": entry.name, "is_directory": entry.is_dir()}
            for entry in self.path(path).iterdir()
        ]
        return json.dumps({"contents": contents}).encode()

    def _directories_delete(self, path: str, _body: bytes) -> bytes:
        self.path(path).rmdir()
        return b""


class _Handler(BaseHTTPRequestHandler):
    workspace: Workspace
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise ApiError(403, "PERMISSION_DENIED", "Invalid access token.")
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            answer, media_type = self.workspace.handle(self.command, unquote(url.path), query, body)
            status = 200
        except Dropped:
            self.close_connection = True
            return
        except ApiError as error:
            answer = json.dumps({"error_code": error.error_code, "message": str(error)}).encode()
            status, media_type = error.status, "application/json"
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

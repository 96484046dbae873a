"""The part of Amazon MWAA that asks an environment's Airflow by its REST API, before a real Airflow.

AWS's client is sent here as to a proxy, so that the host name it makes of the service's needs not be known. Who signs
the request is not looked at.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from pinterest_platform_tests.integration.airflow.environments import PASSWORD, USER


class Mwaa:
    """One environment, whose Airflow is at `url`."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url

    def __enter__(self) -> Mwaa:
        handler = type("Handler", (_Handler,), {"mwaa": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """What sends AWS's client here."""
        return {
            "http_proxy": f"http://127.0.0.1:{self._server.server_port}",
            "no_proxy": "127.0.0.1,localhost",
            "AWS_ENDPOINT_URL_MWAA": "http://mwaa.example",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "eu-west-1",
        }

    def ask(self, path: str, query: dict[str, Any]) -> requests.Response:
        """Airflow's own answer."""
        user = {"username": USER, "password": PASSWORD}
        if requests.get(f"{self.url}/api/v2/version", timeout=20).ok:
            token = requests.post(f"{self.url}/auth/token", json=user, timeout=20).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(f"{self.url}/api/v2{path}", params=query, headers=headers, timeout=20)
        return requests.get(f"{self.url}/api/v1{path}", params=query, auth=(USER, PASSWORD), timeout=20)


class _Handler(BaseHTTPRequestHandler):
    mwaa: Mwaa
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != f"http://env.mwaa.example/restapi/{self.mwaa.name}":
            self._answer(404, {"message": "Environment not found"}, "ResourceNotFoundException")
            return
        assert asked["Method"] == "GET"
        answer = self.mwaa.ask(asked["Path"], asked["QueryParameters"])
        told = {"RestApiStatusCode": answer.status_code, "RestApiResponse": answer.json()}
        self._answer(200 if answer.ok else 400, told, "" if answer.ok else "RestApiClientException")

    def _answer(self, status: int, body: dict[str, Any], error: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

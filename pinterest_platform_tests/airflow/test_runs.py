"""An Airflow that has more to tell than fits into one answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pinterest_platform.airflow.runs import succeeded
from pinterest_platform.settings import load_settings

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
TASKS = 230


@contextmanager
def airflow_2(instances: list[dict[str, Any]], most: int) -> Iterator[str]:
    """Answers as the REST API of Airflow 2 does, with `most` of the task instances at once, whatever is asked for: its
    `maximum_page_limit`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if not address.path.startswith("/api/v1/"):
                self.send_error(404)
                return
            asked = parse_qs(address.query)
            offset, limit = int(asked["offset"][0]), min(int(asked["limit"][0]), most)
            page = instances[offset : offset + limit]
            body = json.dumps({"task_instances": page, "total_entries": len(instances)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("most", [100, 40])
def test_every_task_is_told_of_however_few_an_answer_holds(most: int) -> None:
    ends = [BEGAN + timedelta(seconds=number) for number in range(TASKS)]
    instances = [
        {"task_id": f"task_{number}", "dag_run_id": "daily", "try_number": 1, "end_date": end.isoformat()}
        for number, end in enumerate(ends)
    ]
    with airflow_2(instances, most) as url:
        runs = succeeded(load_settings(airflow=url, _env_file=None), BEGAN)
    assert [run.task for run in runs] == [f"task_{number}" for number in range(TASKS)]
    assert [run.ended for run in runs] == ends

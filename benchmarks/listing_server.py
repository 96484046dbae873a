"""An S3 server with one bucket of any number of landing objects, which it invents while listing them.

It supports ListObjectsV2 only (start-after, continuation-token, delimiter) and counts requests. Putting a million
objects into a real server takes long. A client's requests and its time to read the responses are the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOPIC = "benchmark.pin"
FOLDER = f"topics/{TOPIC}/partition=0/"
BUCKET = "landing"


def key(number: int) -> str:
    return f"{FOLDER}{TOPIC}+0+{number:010d}.json"


class ListingServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, objects: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects = objects
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ListingServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/requests":
            self._answer(str(self.server.requests))
            return
        self.server.requests += 1
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if "delimiter" in query:
            self._list([], f"<CommonPrefixes><Prefix>{FOLDER}</Prefix></CommonPrefixes>", False)
            return
        after = query.get("continuation-token") or query.get("start-after", "")
        first = int(after[-15:-5]) + 1 if after else 0
        last = min(first + int(query.get("max-keys", 1000)), self.server.objects)
        self._list(range(first, last), "", last < self.server.objects)

    def _list(self, numbers: range | list[int], prefixes: str, truncated: bool) -> None:
        entries = "".join(
            f"<Contents><Key>{key(n)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f'<ETag>"{n:032x}"</ETag><Size>700</Size><StorageClass>STANDARD</StorageClass></Contents>'
            for n in numbers
        )
        token = f"<NextContinuationToken>{key(numbers[-1])}</NextContinuationToken>" if truncated else ""
        self._answer(
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>'
            f"<IsTruncated>{str(truncated).lower()}</IsTruncated>{entries}{prefixes}{token}</ListBucketResult>"
        )

    def _answer(self, text: str) -> None:
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def serve(objects: int) -> Iterator[ListingServer]:
    with ListingServer(objects) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def environment(url: str) -> dict[str, str]:
    """Environment variables for boto3. The server accepts any credentials."""
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}
    return {**keys, "AWS_ENDPOINT_URL": url}

"""A Kinesis server whose reads fail as a test says, before a real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

from pinterest_platform_tests.integration.kinesis.scripted_kinesis import Handler


class FailingReads(ThreadingHTTPServer):
    """`codes` are error codes; each is the answer to one GetRecords, then all is well. Of the shards that are
    `withheld` no iterator is given, since they are read too often."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = endpoint
        self.codes: list[str] = []
        self.withheld: set[str] = set()
        #: What each request was, and the shards of those for an iterator.
        self.asked: list[str] = []
        self.iterators: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(Handler):
    server: FailingReads

    @property
    def kinesis(self) -> FailingReads:  # type: ignore[override]
        return self.server

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.server.asked.append(operation)
        if operation == "GetShardIterator":
            self.server.iterators.append(call["ShardId"])
        if operation == "GetShardIterator" and call["ShardId"] in self.server.withheld:
            self.reply(400, {"__type": "ProvisionedThroughputExceededException", "message": "as the test says"})
        elif operation == "GetRecords" and self.server.codes:
            self.reply(400, {"__type": self.server.codes.pop(), "message": "as the test says"})
        else:
            answer = self.pass_on(call)
            self.reply(answer.status_code, answer.json())


@contextmanager
def failing_reads(endpoint: str) -> Iterator[FailingReads]:
    server = FailingReads(endpoint)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

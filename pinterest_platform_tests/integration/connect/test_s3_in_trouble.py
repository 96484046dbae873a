"""S3 that is away, throttles, cuts connections or loses its answers; a bucket that is not there."""

from __future__ import annotations

import re

import pytest

from pinterest_platform.stack.connect import ConnectWorker
from pinterest_platform.stack.errors import StackError
from pinterest_platform_tests.integration.connect.way_in import WayIn, wait_until
from pinterest_platform_tests.integration.s3_proxy import Fault, S3Proxy, s3_proxy


def test_nothing_is_lost_or_doubled_while_s3_is_in_trouble(way_in: WayIn) -> None:
    way_in.create_topics(2)
    with s3_proxy(way_in.s3.endpoint) as proxy, way_in.worker(endpoint=proxy.url, flush_size=40, tasks=1) as worker:
        with way_in.posting() as records:
            wait_until(lambda: len(way_in.object_keys()) >= 3, what="objects")
            for fault, method in (("SlowDown", ""), ("lost", "PUT"), ("cut", "")):
                # More often than the client tries by itself.
                fail(proxy, fault, method, times=6)
                before = len(way_in.object_keys())
                wait_until(lambda: len(way_in.object_keys()) >= before + 3, what=f"objects after {fault}")  # noqa: B023
            failed = failed_puts(worker)
            proxy.faults = lambda *_: "cut"
            wait_until(lambda: failed_puts(worker) >= failed + 2, what="puts without S3")
            proxy.faults = lambda *_: None
        way_in.wait_for(records)
        way_in.assert_landed_once(records)
        assert worker.ask().endswith("running, 1 tasks")


def fail(proxy: S3Proxy, fault: Fault, method: str, times: int) -> None:
    """Let requests of a method, or all, fail until so many did."""
    failed: list[str] = []

    def decide(asked: str, path: str) -> Fault | None:
        if method in ("", asked):
            failed.append(path)
            return fault
        return None

    proxy.faults = decide
    wait_until(lambda: len(failed) >= times, what=fault)
    proxy.faults = lambda *_: None


def failed_puts(worker: ConnectWorker) -> int:
    return worker.log.read_text(errors="replace").count("Trying again: Cannot put")


def answer(worker: ConnectWorker) -> str:
    """What it says, be it that it does not run."""
    try:
        return worker.ask()
    except (StackError, OSError) as error:
        return str(error)


def test_a_bucket_that_is_not_there_is_fatal_and_says_so(way_in: WayIn) -> None:
    way_in.create_topics(1)
    client = way_in.client
    client.delete_bucket(Bucket=way_in.bucket)
    records = way_in.produce([(topic, b'{"index":1}') for topic in way_in.topics])
    with way_in.worker_of() as worker:
        patience, worker.start_timeout = worker.start_timeout, 0
        with pytest.raises(StackError, match="did not respond"):
            worker.start()
        wait_until(lambda: "is FAILED" in answer(worker), what="a failed task")
        assert re.search(rf"task \d of .* is FAILED: .*s3://{way_in.bucket} .*Create the bucket", answer(worker))
        client.create_bucket(Bucket=way_in.bucket)
        worker.start_timeout = patience
        worker.start()
        way_in.wait_for(records)
    way_in.assert_landed_once(records)

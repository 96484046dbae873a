"""Topics, a bucket and Connect between them: what was acknowledged, and what is landed of it."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import CoordinatorLoadInProgressError

from pinterest_platform.landing.keys import name_prefix, parse_start_offset, partition_prefix
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.connect import ConnectWorker
from pinterest_platform.stack.connector import connector_settings, dead_letter_topic
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.process import Launch
from pinterest_platform.stack.s3 import S3Server


class At(NamedTuple):
    topic: str
    partition: int
    offset: int


class Record(NamedTuple):
    value: bytes | None
    timestamp: int


#: Records by where they are.
Records = dict[At, Record]


def wait_until(condition: Callable[[], bool], seconds: float = 120, what: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        time.sleep(0.2)


def line_of(at: At, record: Record) -> bytes:
    """The line a record must become: its text, with where it came from at the end."""
    assert record.value is not None
    provenance = b'"_topic":"%s","_partition":%d,"_offset":%d,"_kafka_ts":%d}' % (
        at.topic.encode(),
        at.partition,
        at.offset,
        record.timestamp,
    )
    return record.value[:-1] + b"," + provenance


class Connector(ConnectWorker):
    """One more connector of a worker that runs, started and stopped as if it had a worker of its own."""

    def __init__(self, shared: ConnectWorker, connector: Mapping[str, str]) -> None:
        super().__init__(shared.folder, "", connector, {})
        self._shared = shared

    def launch(self) -> Launch:
        return self._shared.launch()

    def start(self) -> None:
        rest(self, "PUT", "/config", dict(self.connector))
        super().start()

    def stop(self) -> None:
        with suppress(HTTPError):  # It was not started.
            rest(self, "DELETE")


class WayIn:
    """One test's topics, bucket and connectors. `connect` gives the worker that all tests share."""

    def __init__(
        self,
        folder: Path,
        broker: KafkaBroker,
        s3: S3Server,
        connect: Callable[[], ConnectWorker],
        bucket: str,
        prefix: str,
    ) -> None:
        self.folder, self.broker, self.s3, self.connect, self.bucket = folder, broker, s3, connect, bucket
        self.client = s3.client()
        self.settings: Settings = load_settings(landing=f"s3://{bucket}", topic_prefix=prefix, _env_file=None)
        self.topics = [self.settings.topic(record) for record in ("pin", "geo", "user")]
        self.admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)

    def create_topics(self, partitions: int) -> None:
        self.admin.create_topics(
            {topic: {"num_partitions": partitions, "replication_factor": 1} for topic in self.topics}
        )
        self.admin.wait_for_topics(self.topics)

    @contextmanager
    def worker(self, **options: Any) -> Iterator[ConnectWorker]:
        """A running connector."""
        with self.worker_of(**options) as worker:
            worker.start()
            yield worker

    @contextmanager
    def worker_of(self, **options: Any) -> Iterator[ConnectWorker]:
        """A connector of the shared worker, not started yet."""
        worker = Connector(self.connect(), self.connector(**options))
        try:
            yield worker
        finally:
            worker.stop()

    @contextmanager
    def own_worker(self, **options: Any) -> Iterator[ConnectWorker]:
        """A running worker that may be killed."""
        connector = self.connector(**options)
        worker = ConnectWorker(self.folder, self.broker.bootstrap_servers, connector, self.s3.environment())
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()

    def connector(self, **options: Any) -> dict[str, str]:
        options = {"endpoint": self.s3.endpoint, "flush_seconds": 1.0, "tasks": 2, "replication": 1, **options}
        return connector_settings(self.settings, RECORDS, region=self.s3.environment()["AWS_REGION"], **options)

    def produce(self, values: Sequence[tuple[str, bytes]], partition: int | None = None) -> Records:
        """Send (topic, value) pairs; the acknowledged records."""
        with self.producer() as producer:
            sent = [
                (v, producer.send(topic, v, key=b"k%d" % n, partition=partition)) for n, (topic, v) in enumerate(values)
            ]
            return acknowledged(sent)

    def delete(self, topic: str, *keys: str) -> Records:
        """Send tombstones; by where they are, what they must become."""
        with self.producer() as producer:
            sent = [(json.dumps({"_tombstone": key}, separators=(",", ":")).encode(), key.encode()) for key in keys]
            return acknowledged([(line, producer.send(topic, key=key)) for line, key in sent])

    @contextmanager
    def producer(self) -> Iterator[KafkaProducer]:
        producer = KafkaProducer(
            bootstrap_servers=self.broker.bootstrap_servers, acks="all", enable_idempotence=True, linger_ms=20
        )
        try:
            yield producer
        finally:
            producer.close()

    @contextmanager
    def posting(self) -> Iterator[Records]:
        """Records sent at some 100 a second to each topic for as long as the context lasts; filled in at its end."""
        records: Records = {}
        stop = threading.Event()

        def post() -> None:
            sent = []
            with self.producer() as producer:
                for number in count():
                    for topic in self.topics:
                        value = json.dumps(
                            {"index": number, "title": f"title {number} 🧁"}, ensure_ascii=False
                        ).encode()
                        sent.append((value, producer.send(topic, value, key=b"%d" % number)))
                    if stop.wait(0.01):
                        break
                records.update(acknowledged(sent))

        thread = threading.Thread(target=post)
        thread.start()
        try:
            yield records
        finally:
            stop.set()
            thread.join()

    def object_keys(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def lines(self) -> list[tuple[At, bytes]]:
        """Every landed line with the offset it says; the layout and the metadata of each object are checked."""
        found = []
        for key in self.object_keys():
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
            lines = answer["Body"].read().splitlines()
            fields = [json.loads(line) for line in lines]
            ats = [At(f["_topic"], f["_partition"], f["_offset"]) for f in fields]
            topic, partition, first = ats[0]
            folder, _, name = key.rpartition("/")
            assert f"{folder}/" == partition_prefix(topic, partition), key
            assert parse_start_offset(name, name_prefix(topic, partition)) == first, key
            assert {at[:2] for at in ats} == {(topic, partition)}, key
            assert answer["Metadata"] == {"next-offset": str(ats[-1].offset + 1)}, key
            found += zip(ats, lines, strict=True)
        return found

    def wait_for(self, records: Records, seconds: float = 120) -> None:
        """Wait until as many lines are landed."""
        seen: dict[str, int] = {}

        def landed() -> bool:
            for key in self.object_keys():
                if key not in seen:
                    seen[key] = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read().count(b"\n")
            return sum(seen.values()) >= len(records)

        wait_until(landed, seconds, f"{len(records)} lines landed")

    def assert_landed_once(self, records: Records) -> None:
        """Each record is one line, exactly as it was sent; there are no other lines."""
        lines = sorted(self.lines())
        assert len(lines) == len({at for at, _ in lines}), "an offset is landed twice"
        assert [at for at, _ in lines] == sorted(records), "offsets are missing, or nobody sent them"
        for at, line in lines:
            assert line == line_of(at, records[at])

    def committed(self, worker: ConnectWorker) -> dict[tuple[str, int], int]:
        """Offsets that a worker's connector has committed."""
        group = f"connect-{worker.connector['name']}"
        try:
            offsets = self.admin.list_group_offsets([group])[group]
        except CoordinatorLoadInProgressError:
            return {}  # The first group of a broker: it is just making the topic that offsets are kept in.
        return {(at.topic, at.partition): said.offset for at, said in offsets.items() if said.offset >= 0}

    def dead_letters(self, number: int) -> dict[At, tuple[bytes | None, str]]:
        """Records in the dead-letter topic once it has `number`: value and reason by where they came from."""
        at = TopicPartition(dead_letter_topic(self.settings), 0)
        consumer = KafkaConsumer(bootstrap_servers=self.broker.bootstrap_servers, enable_auto_commit=False)
        try:
            consumer.assign([at])
            wait_until(lambda: consumer.end_offsets([at])[at] >= number, what=f"{number} dead letters")
            consumer.seek_to_beginning(at)
            found: dict[At, tuple[bytes | None, str]] = {}
            while consumer.position(at) < number:
                for record in consumer.poll(timeout_ms=500).get(at, []):
                    said = {name.removeprefix("__connect.errors."): value.decode() for name, value in record.headers}
                    origin = At(said["topic"], int(said["partition"]), int(said["offset"]))
                    assert origin not in found, "a dead letter is there twice"
                    found[origin] = record.value, said["exception.message"]
            return found
        finally:
            consumer.close()


def acknowledged(sent: Sequence[tuple[bytes | None, Any]]) -> Records:
    """Wait for acknowledgements of what was sent."""
    records = {}
    for value, future in sent:
        said = future.get(timeout=60)
        records[At(said.topic, said.partition, said.offset)] = Record(value, said.timestamp)
    return records


def rest(worker: ConnectWorker, method: str, path: str = "", body: object = None) -> None:
    """A call of the worker's REST interface about its connector."""
    data, headers = None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"}
    url = f"{worker.url}/connectors/{worker.connector['name']}{path}"
    urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=30).close()

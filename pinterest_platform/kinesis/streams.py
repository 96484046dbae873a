"""The streams of records: creating them and listing them.

This module does not read or write records. It never changes an existing stream: it reports differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pinterest_platform.kinesis.connection import kinesis_client, place, unavailable
from pinterest_platform.settings import Settings

#: Seconds between two checks of a stream being created, and the number of checks. AWS takes half a minute.
_CHECK_EVERY, _CHECKS = 0.2, 1_500


@dataclass(frozen=True)
class Stream:
    """An existing or missing stream. `status` comes from AWS, and is empty if the stream does not exist. `shards`
    counts those that accept records. `retention_hours` is how long records are kept."""

    name: str
    status: str = ""
    shards: int = 0
    retention_hours: int = 0

    @property
    def exists(self) -> bool:
        return bool(self.status)


def list_streams(settings: Settings, records: Iterable[str]) -> list[Stream]:
    """The stream of each record, in their order.

    Raises:
        KinesisUnavailableError: Kinesis cannot be reached.
    """
    return _describe_all(kinesis_client(settings), _names(settings, records))


def create_streams(settings: Settings, records: Iterable[str], shards: int) -> tuple[list[Stream], list[str]]:
    """Create missing streams of records with `shards` shards each, and wait until they accept records. Returns all
    streams and the names of the new ones.

    Raises:
        KinesisUnavailableError: Kinesis cannot be reached, or refuses.
    """
    client, names = kinesis_client(settings), _names(settings, records)
    made = []
    for stream in _describe_all(client, names):
        if not stream.exists:
            with _asking(client, stream.name):
                try:
                    client.create_stream(StreamName=stream.name, ShardCount=shards)
                    made.append(stream.name)
                except client.exceptions.ResourceInUseException:
                    pass  # Another process was faster.
    for name in names:
        with _asking(client, name):
            wait = {"Delay": _CHECK_EVERY, "MaxAttempts": _CHECKS}
            client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig=wait)
    return _describe_all(client, names), made


def describe(client: Any, name: str) -> Stream:
    """The stream with this name.

    Raises:
        KinesisUnavailableError: Kinesis cannot be reached.
    """
    with _asking(client, name):
        try:
            found = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        except client.exceptions.ResourceNotFoundException:
            return Stream(name)
    return Stream(name, found["StreamStatus"], found["OpenShardCount"], found["RetentionPeriodHours"])


def _describe_all(client: Any, names: Iterable[str]) -> list[Stream]:
    return [describe(client, name) for name in names]


def _names(settings: Settings, records: Iterable[str]) -> list[str]:
    return [settings.kinesis_stream(record) for record in records]


@contextmanager
def _asking(client: Any, stream: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise unavailable(place(client), error, stream) from error

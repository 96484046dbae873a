"""The streams of records: making them, and what is there.

Nothing here writes records or reads them, and nothing is changed that exists: what differs is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pinterest_platform.kinesis.connection import kinesis_client, place, unavailable
from pinterest_platform.settings import Settings

#: Seconds between two looks at a stream that is being made, and how many: AWS takes half a minute.
_LOOK_EVERY, _LOOKS = 0.2, 1_500


@dataclass(frozen=True)
class Stream:
    """A stream as it is. `status` is AWS's word for it, empty where it does not exist; `shards` are those that take
    records, `retention_hours` how long these are kept."""

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
        KinesisUnavailableError: Kinesis cannot be asked.
    """
    return _describe_all(kinesis_client(settings), _names(settings, records))


def create_streams(settings: Settings, records: Iterable[str], shards: int) -> tuple[list[Stream], list[str]]:
    """Make those streams of records that do not exist, with so many shards each, and wait until they take records;
    returns all of them, and the names of those made.

    Raises:
        KinesisUnavailableError: Kinesis cannot be asked, or refuses.
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
                    pass  # Someone else was faster.
    for name in names:
        with _asking(client, name):
            wait = {"Delay": _LOOK_EVERY, "MaxAttempts": _LOOKS}
            client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig=wait)
    return _describe_all(client, names), made


def describe(client: Any, name: str) -> Stream:
    """A stream of any name.

    Raises:
        KinesisUnavailableError: Kinesis cannot be asked.
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

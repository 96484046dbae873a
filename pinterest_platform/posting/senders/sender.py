"""The contract of a sender, which writes records to topics. For Kinesis, a topic is a stream.

The senders are `kafka.py`, `kinesis.py`, `http/rest.py` and `http/kinesis_api.py`. A sender knows topics and records,
not postings. `destination.py` splits postings into records, and `refused.py` sends refused records again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

#: Seconds without any success after which a sender gives up. A leader election or a throttling gateway takes less.
GIVE_UP_SECONDS = 120.0


class Record(NamedTuple):
    """One record of a topic or stream. `key` is the row's position in decimal digits. `value` is a JSON object as
    text."""

    topic: str
    key: str
    value: str


class Refusal(NamedTuple):
    """A record that was refused permanently, with the error code (of the REST proxy, Kafka or Kinesis) and its text."""

    record: Record
    code: int | str | None
    error: str


class Delivery(Protocol):
    """Records on their way."""

    def done(self) -> bool:
        """Whether `refusals` returns at once."""

    def refusals(self) -> list[Refusal]:
        """Wait until each record is acknowledged or permanently refused, and return the refused ones.

        Raises:
            DestinationError: neither happened within `GIVE_UP_SECONDS`, or writing is not permitted.
        """


class Sender(Protocol):
    """Sends records to topics. Records with the same key keep their order, unless one of them is retried."""

    def identity(self) -> Mapping[str, Any]:
        """Identifies the cluster (JSON)."""

    def open(self, topics: Sequence[str]) -> None:
        """Connect, and check that these topics exist if the server can tell.

        Raises:
            DestinationError: it cannot be reached, or lacks a topic.
        """

    def submit(self, records: Sequence[Record]) -> Delivery:
        """Send records without waiting for an acknowledgement."""

    def close(self) -> None:
        """Release resources. Records in flight are dropped."""

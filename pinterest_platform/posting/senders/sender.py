"""What brings records into topics, and what it is asked for. The ways there are: `kafka.py`, `kinesis.py`,
`http/rest.py` and `http/kinesis_api.py`; to Kinesis, a topic is a stream.

A sender knows topics and records, not postings: `destination.py` cuts these into records, and `refused.py` sends
records that were refused once again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

#: Seconds without any success after which a sender gives up: brokers that elect a leader, or a gateway that throttles,
#: take less.
GIVE_UP_SECONDS = 120.0


class Record(NamedTuple):
    """One record of a topic or stream. `key` is the row's position in decimal digits, `value` a JSON object as text."""

    topic: str
    key: str
    value: str


class Refusal(NamedTuple):
    """A record that was refused for good: the error's code (of the REST proxy, Kafka or Kinesis) and its text."""

    record: Record
    code: int | str | None
    error: str


class Delivery(Protocol):
    """Records on their way."""

    def done(self) -> bool:
        """Whether `refusals` returns at once."""

    def refusals(self) -> list[Refusal]:
        """Wait until each record is acknowledged or refused for good; the latter are returned.

        Raises:
            DestinationError: it came to neither within `GIVE_UP_SECONDS`, or nobody may write there.
        """


class Sender(Protocol):
    """A way into topics. Records with the same key keep their order, unless one of them has to be sent again."""

    def identity(self) -> Mapping[str, Any]:
        """What tells the cluster from another one (JSON)."""

    def open(self, topics: Sequence[str]) -> None:
        """Connect, and see that these topics exist where that can be asked.

        Raises:
            DestinationError: it cannot be reached, or lacks a topic.
        """

    def submit(self, records: Sequence[Record]) -> Delivery:
        """Send records without waiting for them."""

    def close(self) -> None:
        """Let go of what is held; what is on its way is dropped."""

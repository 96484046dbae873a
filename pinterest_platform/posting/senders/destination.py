"""A destination that uses a sender: postings become records of Kafka topics or Kinesis streams, one topic per kind.

The senders are `kafka.py`, `kinesis.py`, `http/rest.py` and `http/kinesis_api.py`. Delivery is at least once: after a
kill, records that had arrived without an acknowledgement are sent twice. Permanently refused records are kept in a file
(`refused.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pinterest_platform.posting.destination import Acknowledged
from pinterest_platform.posting.json_lines import encoded, opened_object
from pinterest_platform.posting.postings import Posting, RefusedRow
from pinterest_platform.posting.senders.refused import RefusedFile, refusal_of
from pinterest_platform.posting.senders.sender import Delivery, Record, Refusal, Sender
from pinterest_platform.schemas import RecordSchema

#: Records in flight before `send` waits: enough to keep both sides busy, few enough to fit in memory.
_IN_FLIGHT = 10_000


class SenderDestination:
    """A destination. `posting/destination.py` documents its methods.

    A posting has one row of each of the `records`, in their order. `topics` names the topic or stream of each.
    Permanently refused records are added to the file `refused`, which only one process may use at a time.
    """

    def __init__(
        self, records: Mapping[str, RecordSchema], topics: Mapping[str, str], sender: Sender, refused: Path
    ) -> None:
        self._topics = [topics[record] for record in records]
        self._templates = [opened_object(schema) + "}" for schema in records.values()]
        self._sender, self._refused = sender, RefusedFile(refused)
        #: The number of postings, the delivery of their records, and their refused rows; oldest first.
        self._pending: deque[tuple[int, Delivery, list[Refusal]]] = deque()
        self._in_flight = self._acknowledged = self._refusals = 0

    def identity(self) -> Mapping[str, Any]:
        return {"kind": "topics", "topics": self._topics, **self._sender.identity()}

    def open(self, position: Mapping[str, Any] | None) -> Acknowledged:  # noqa: ARG002
        self._refused.open()
        self._sender.open(self._topics)
        return self._so_far()

    def send(self, postings: Sequence[Posting]) -> Acknowledged:
        kinds = list(zip(self._topics, self._templates, strict=True))
        records, refusals = [], []
        for ind, *rows in postings:
            key = str(ind)
            for (topic, template), row in zip(kinds, rows, strict=True):
                if isinstance(row, RefusedRow):
                    refusals.append(refusal_of(topic, key, template, row))
                else:
                    records.append(Record(topic, key, template % tuple(encoded(row))))
        self._pending.append((len(postings), self._sender.submit(records), refusals))
        self._in_flight += len(postings)
        while self._pending and (self._in_flight * len(self._topics) > _IN_FLIGHT or self._pending[0][1].done()):
            self._take_oldest()
        return self._so_far()

    def flush(self) -> Acknowledged:
        while self._pending:
            self._take_oldest()
        return self._so_far()

    def close(self) -> None:
        self._sender.close()
        self._refused.close()

    def _take_oldest(self) -> None:
        """Wait for the oldest delivery. Write refused records to the file before they count as acknowledged."""
        postings, delivery, unsent = self._pending.popleft()
        refusals = [*unsent, *delivery.refusals()]
        self._refused.add(refusals)
        self._refusals += len(refusals)
        self._in_flight -= postings
        self._acknowledged += postings

    def _so_far(self) -> Acknowledged:
        # A topic cannot show which records it has, so there is no position to continue from.
        return Acknowledged(self._acknowledged, {}, self._refusals)

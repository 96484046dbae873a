"""The contract between the emulator and a destination.

To add a destination, write a class with the five members of `Destination` in a new module, beside `landing` or in
`senders`. Then create it in the command line. Nothing else changes: the emulator handles order, rate, count, stopping,
checkpoints and resuming. The class must do the following:

- `send` takes postings in order and may buffer them. It returns how many of them, counted from `open`, are stored
  permanently: the *acknowledged* prefix. A server's reply acknowledges the records of its request.
- A posting has three records. `send` retries failed records: servers report failures per record, even with HTTP 200. A
  record that is refused permanently (too large, or not allowed by a schema) counts in `refused` and is not retried. A
  `RefusedRow` counts as one, and the other rows of its posting are sent. Refused records are kept in a file
  (`senders/refused.py`). If the destination accepts nothing more, `send` raises `DestinationError`.
- `Acknowledged.position` is the JSON that `open` needs to continue after the acknowledged prefix, such as the next
  offset of each topic partition. After a kill, the emulator sends again from there, so later records arrive twice. A
  destination that can see its records drops the duplicates (the landing folder). One that cannot keeps both, which is
  at-least-once delivery (Kafka without transactions, Kinesis).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.posting.postings import Posting


class DestinationError(PlatformError):
    """A destination cannot take postings. The message names it and what to do. Postings that were not acknowledged may
    be missing."""


@dataclass(frozen=True)
class Acknowledged:
    """The progress of a destination.

    - `postings`: the number of postings since `open` that are stored permanently, without a gap.
    - `position`: the JSON that `open` needs to continue after them.
    - `refused`: records among them that were refused permanently.
    """

    postings: int
    position: Mapping[str, Any]
    refused: int = 0


class Destination(Protocol):
    """Receives postings. Opened once, for one run. Every method except `identity` and `close` may raise
    `DestinationError`. After that, only `close` is called."""

    def identity(self) -> Mapping[str, Any]:
        """Identifies this destination (JSON). A checkpoint is valid for one destination only."""

    def open(self, position: Mapping[str, Any] | None) -> Acknowledged:
        """Prepare to write after `position`, or after all existing records if it is None."""

    def send(self, postings: Sequence[Posting]) -> Acknowledged:
        """Take the next postings."""

    def flush(self) -> Acknowledged:
        """Store all sent postings permanently. Everything is acknowledged then."""

    def close(self) -> None:
        """Release resources. Postings that are not acknowledged are dropped."""

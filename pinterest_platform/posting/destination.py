"""What the emulator asks of a place it posts to.

How to add a destination: write a class with the five members of `Destination` in a module of its own, beside
`landing` or in `senders`, and let the command line make one. Nothing else changes: order, rate, count, stopping,
checkpoint and resuming are the emulator's. What the class has to see to:

- `send` takes postings in order and may keep them in buffers. It says how many, counted from `open`, are at rest: the
  *acknowledged* prefix. A server's reply to a request is an acknowledgement of what the request held.
- A posting is three records. A record that failed is tried again inside `send`; replies report failures record by
  record, also with HTTP 200. One that is refused for good (too large, not allowed by a schema) is counted in
  `refused` and is no longer waited for. A `RefusedRow` is one of these, and the other rows of its posting are sent.
  Refused records are kept in a file (`senders/refused.py`). If the destination as a whole cannot take more,
  `DestinationError` is raised.
- `Acknowledged.position` is whatever JSON the class needs in `open` to go on behind the acknowledged prefix, such as
  the next offset of each topic partition. After a kill the emulator sends again from there, so records behind the
  prefix come twice: a destination that can see what it has (the landing folder) drops them, one that cannot (Kafka
  without transactions, Kinesis) has them twice, at least once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.posting.postings import Posting


class DestinationError(PlatformError):
    """A destination cannot take postings. The message names the place and what to do; what was not acknowledged may
    not be there."""


@dataclass(frozen=True)
class Acknowledged:
    """How far a destination is.

    `postings`: so many of those sent since `open`, without a gap, are at rest. `position`: what `open` needs to go on
    behind them (JSON). `refused`: records among them that were refused for good.
    """

    postings: int
    position: Mapping[str, Any]
    refused: int = 0


class Destination(Protocol):
    """A place postings are sent to, opened once and for one run. Every method but `identity` and `close` may raise
    `DestinationError`, after which only `close` is called."""

    def identity(self) -> Mapping[str, Any]:
        """What tells this place from another one (JSON); a checkpoint is good for one place only."""

    def open(self, position: Mapping[str, Any] | None) -> Acknowledged:
        """Get ready: behind what is there already, or where `position` is given, behind that."""

    def send(self, postings: Sequence[Posting]) -> Acknowledged:
        """Take the next postings."""

    def flush(self) -> Acknowledged:
        """Bring all that was sent to rest; everything is acknowledged then."""

    def close(self) -> None:
        """Release what is held. What is not acknowledged is dropped."""

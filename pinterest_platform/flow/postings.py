"""Reads from posting's checkpoints how much was sent. `posting` does the sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pinterest_platform.posting.checkpoint import CheckpointError, read_checkpoint


@dataclass(frozen=True)
class Sent:
    """The content of one checkpoint.

    By `written`, in UTC, the destination had acknowledged `postings` of the `rows` that the source had at the start.
    `refused` are records that the destination refused.
    """

    name: str
    destination: str
    postings: int
    refused: int
    rows: int
    written: datetime


def look_at_postings(folder: Path) -> list[Sent]:
    """The checkpoints in a folder, newest first. Other files are ignored."""
    found = []
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            checkpoint = read_checkpoint(path)
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except (CheckpointError, OSError):
            continue
        if checkpoint:
            kind, rows = str(checkpoint.destination.get("kind", "")), int(checkpoint.source.get("rows", 0))
            found.append(Sent(path.stem, kind, checkpoint.postings, checkpoint.refused, rows, written))
    return sorted(found, key=lambda sent: sent.written, reverse=True)

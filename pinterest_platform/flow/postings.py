"""What was sent, as posting's own checkpoints say. Sending is the business of `posting`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pinterest_platform.posting.checkpoint import CheckpointError, read_checkpoint


@dataclass(frozen=True)
class Sent:
    """What one checkpoint says: `postings` are at rest at a destination since `written`, in UTC, of `rows` there were
    in the source at the start; `refused` are records that the destination refused."""

    name: str
    destination: str
    postings: int
    refused: int
    rows: int
    written: datetime


def look_at_postings(folder: Path) -> list[Sent]:
    """The checkpoints in a folder, the newest first. What is none is left out."""
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

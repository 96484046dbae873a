"""How far a posting is, kept in a JSON file so that it can be gone on with after any end, a kill included.

When it is written and what is sent again is the emulator's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pinterest_platform.errors import PlatformError

_VERSION = 1


class CheckpointError(PlatformError):
    """A checkpoint cannot be used. The message names the file, what differs and what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """`postings` of the order are at rest at the destination, of which `refused` records were refused; `position` is
    the destination's own. `order`, `source` and `destination` are the identities of what was posted."""

    order: Mapping[str, Any]
    source: Mapping[str, Any]
    destination: Mapping[str, Any]
    postings: int
    refused: int
    position: Mapping[str, Any]

    def write(self, path: Path) -> None:
        """Replace the file in one step: a reader, or a kill, finds the old one or the new one.

        Raises:
            CheckpointError: it cannot be written.
        """
        temporary = path.with_name(f".{path.name}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps({"version": _VERSION, **asdict(self)}), encoding="utf-8")
            temporary.replace(path)
        except OSError as error:
            raise CheckpointError(
                f"Checkpoint {path} cannot be written: {error.strerror}. Make room or give another path; the posting "
                "goes on from the last checkpoint when resumed."
            ) from error

    def check_same(self, path: Path, **run: Mapping[str, Any]) -> None:
        """See that this checkpoint is one of the run with this `order`, `source` and `destination`.

        Raises:
            CheckpointError: naming each difference.
        """
        differences = [
            f"{part} {name} was {held.get(name)!r}, is {expected.get(name)!r}"
            for part, held, expected in ((part, getattr(self, part), expected) for part, expected in run.items())
            for name in sorted({*held, *expected})
            if held.get(name) != expected.get(name)
        ]
        if differences:
            raise CheckpointError(
                f"Checkpoint {path} belongs to another posting: {'; '.join(differences)}. Resume with what it was "
                "begun with, or start anew without resuming (with another path, if this checkpoint is still needed)."
            )


def checkpoint_folder(data: Path) -> Path:
    """Where checkpoints are, and what was refused, below the folder of all data."""
    return data.absolute() / "posting"


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint in the file; None where there is no file, as before the first start.

    Raises:
        CheckpointError: the file is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("version") != _VERSION:
            raise ValueError("it is of another version")
        return Checkpoint(**content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"Checkpoint {path} cannot be read: {error}. Give the path of a checkpoint, or start anew without resuming."
        ) from error

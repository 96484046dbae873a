"""Stores the progress of a posting in a JSON file, so that it can resume after any end, including a kill.

The emulator decides when to write it and what to send again.
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
    """The destination has acknowledged `postings` of the order and refused `refused` of their records. `position`
    belongs to the destination. `order`, `source` and `destination` are the identities of the run."""

    order: Mapping[str, Any]
    source: Mapping[str, Any]
    destination: Mapping[str, Any]
    postings: int
    refused: int
    position: Mapping[str, Any]

    def write(self, path: Path) -> None:
        """Replace the file atomically: after a kill, the file is either the old or the new one.

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
                f"Checkpoint {path} cannot be written: {error.strerror}. Free up disk space or use another path. When "
                "resumed, the posting continues from the last checkpoint."
            ) from error

    def check_same(self, path: Path, **run: Mapping[str, Any]) -> None:
        """Check that this checkpoint belongs to the run with this `order`, `source` and `destination`.

        Raises:
            CheckpointError: it does not. The message names each difference.
        """
        differences = [
            f"{part} {name} was {held.get(name)!r}, is {expected.get(name)!r}"
            for part, held, expected in ((part, getattr(self, part), expected) for part, expected in run.items())
            for name in sorted({*held, *expected})
            if held.get(name) != expected.get(name)
        ]
        if differences:
            raise CheckpointError(
                f"Checkpoint {path} belongs to another posting: {'; '.join(differences)}. Resume with the original "
                "options, or start again without resuming. Use another path if you still need this checkpoint."
            )


def checkpoint_folder(data: Path) -> Path:
    """The folder of checkpoints and refused records, inside the data folder."""
    return data.absolute() / "posting"


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint in the file. None if the file does not exist, as before the first start.

    Raises:
        CheckpointError: the file is not a checkpoint.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("version") != _VERSION:
            raise ValueError("it has another version")
        return Checkpoint(**content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"Checkpoint {path} cannot be read: {error}. Use the path of a checkpoint, or start again without resuming."
        ) from error

"""Keeps permanently refused records in a file, one JSON object per line, and sends them again.

The sender gives the reason of a refusal, or the source does if JSON cannot represent the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.json_lines import encoded
from pinterest_platform.posting.postings import RefusedRow
from pinterest_platform.posting.senders.sender import Record, Refusal, Sender

_BATCH = 1_000
#: The error code of rows that JSON cannot represent. Such a row must be fixed in the source.
_AT_SOURCE = "source_row"


@dataclass(frozen=True)
class SentAgain:
    """The result of sending a file again, in records: `accepted` are gone from the file, `refused` are still in it."""

    accepted: int
    refused: int


def refusal_of(topic: str, key: str, template: str, row: RefusedRow) -> Refusal:
    """The refusal of a row that JSON cannot represent. `template` takes its values as JSON."""
    return Refusal(Record(topic, key, template % tuple(encoded(row.values))), _AT_SOURCE, row.error)


class RefusedFile:
    """Adds refused records to a file, which the first one creates. For one process at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._held = ExitStack()

    def open(self) -> None:
        """Lock the file until `close` or a kill.

        Raises:
            DestinationError: another process has it, or it cannot be written.
        """
        from filelock import FileLock, Timeout

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._held.enter_context(FileLock(self._path.with_name(f".{self._path.name}.lock"), blocking=False))
            _drop_torn_line(self._path)
        except Timeout:
            raise DestinationError(
                f"Another posting uses {self._path}. Wait until it ends, or set PINTEREST_DATA to another folder."
            ) from None
        except OSError as error:
            raise _unwritable(self._path, error) from error

    def add(self, refusals: Sequence[Refusal]) -> None:
        """Add records to the file. They survive a crash of this process once this returns.

        Raises:
            DestinationError: it cannot be written.
        """
        if not refusals:
            return
        try:
            if self._file is None:
                self._file = self._held.enter_context(self._path.open("a", encoding="utf-8"))
            self._file.writelines(map(_line, refusals))
            self._file.flush()
        except OSError as error:
            raise _unwritable(self._path, error) from error

    def close(self) -> None:
        self._held.close()


def send_again(path: Path, sender: Sender) -> SentAgain:
    """Send the records in a file of refused records to their topics again. Rows that JSON cannot represent stay
    refused.

    The records that are not accepted replace the file, even after an interruption. An empty file is removed.

    Raises:
        DestinationError: the file does not exist, the destination accepts no more records, or a line is not a refused
            record. In the last case, nothing is sent.
    """
    lock = RefusedFile(path)
    lock.open()
    try:
        topics = sorted({record.topic for record, _ in _records(path) if record})
        sender.open(topics)
        return _send_again(path, sender)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        sender.close()
        lock.close()


def _send_again(path: Path, sender: Sender) -> SentAgain:
    lines = _records(path)
    batch: list[tuple[Record | None, str]] = []
    accepted = refused = 0
    remaining = path.with_name(f".{path.name}.tmp")
    with remaining.open("w", encoding="utf-8") as rest:
        try:
            while batch := list(islice(lines, _BATCH)):
                records = [record for record, _ in batch if record]
                refusals = sender.submit(records).refusals()
                kept = [line for record, line in batch if record is None]
                rest.writelines([*map(_line, refusals), *kept])
                accepted += len(records) - len(refusals)
                refused += len(refusals) + len(kept)
        finally:
            rest.writelines(line for _, line in batch)
            rest.writelines(line for _, line in lines)
            rest.close()
            remaining.replace(path)
    if not refused:
        path.unlink()
    return SentAgain(accepted, refused)


def _line(refusal: Refusal) -> str:
    record, code, error = refusal
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        f'{{"topic":{json.dumps(record.topic)},"key":{record.key},"value":{record.value},'
        f'"error_code":{json.dumps(code)},"error":{json.dumps(error)},"refused_at":"{now}"}}\n'
    )


def _records(path: Path) -> Iterator[tuple[Record | None, str]]:
    """The records of a file, each with its line. None for a row that JSON cannot represent."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    held = json.loads(line)
                    value = json.dumps(held["value"], ensure_ascii=False, separators=(",", ":"))
                    record = Record(str(held["topic"]), str(int(held["key"])), value)
                except (ValueError, KeyError, TypeError) as error:
                    raise DestinationError(
                        f"{path}, line {number}: not a refused record: {error!r}. Use a file that `post` wrote."
                    ) from error
                yield None if held.get("error_code") == _AT_SOURCE else record, line
    except OSError as error:
        raise DestinationError(f"{path} cannot be read: {error.strerror}. Use a file that `post` wrote.") from error


def _drop_torn_line(path: Path) -> None:
    """Remove a partial line left by a kill or a full disk. Its record was not acknowledged."""
    if path.exists():
        with path.open("rb+") as file:
            content = file.read()
            file.truncate(content.rfind(b"\n") + 1)


def _unwritable(path: Path, error: OSError) -> DestinationError:
    return DestinationError(
        f"Refused records cannot be written to {path}: {error.strerror}. Free up disk space or grant write permission. "
        "Acknowledged postings are safe, and a posting with a checkpoint can be resumed."
    )

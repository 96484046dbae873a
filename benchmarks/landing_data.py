"""Quickly makes a landing zone of any number of postings, with the layout of Kafka Connect.

The rows come from the platform's generator. There are three topics with `PARTITIONS` partitions, and a key is always in
the same partition. As a command, it only makes the data: `python benchmarks/landing_data.py --postings N --work DIR`.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import TOPIC_PREFIX, arguments, emit, note, work_folder

if TYPE_CHECKING:
    from pinterest_platform.pinterest.source.postings import Posting

KINDS = ("pin", "geo", "user")
PARTITIONS = 3
#: Records per file. Real sinks write some thousands.
FILE_RECORDS = 5_000
#: Postings per task of a worker. The generator makes ten thousand about as cheaply as one.
_CHUNK = 150_000
_DONE = "complete.json"


class LandingWriter:
    """Writes postings as landing files, from given offsets on. It writes a file when it is full, or at `close`."""

    def __init__(self, landing: Path, offsets: Sequence[int], kinds: Sequence[str], file_records: int) -> None:
        from pinterest_platform.landing.keys import object_key

        self._landing = landing
        self._object_key = object_key
        self._file_records = file_records
        self._lines: dict[tuple[str, int], list[str]] = {(k, p): [] for k in kinds for p in range(PARTITIONS)}
        self._starts = {(kind, partition): offsets[partition] for kind, partition in self._lines}
        self._encode = json.JSONEncoder(ensure_ascii=False).encode
        self._kinds = kinds
        for kind, partition in self._lines:
            (landing / object_key(f"{TOPIC_PREFIX}.{kind}", partition, 0)).parent.mkdir(parents=True, exist_ok=True)

    def add(self, posting: Posting) -> None:
        partition = posting.ind % PARTITIONS
        for kind in self._kinds:
            lines = self._lines[kind, partition]
            lines.append(self._encode(posting.record(kind)))
            if len(lines) == self._file_records:
                self._write(kind, partition)

    def close(self) -> list[int]:
        """Write the remaining lines, and return the next offset of each partition."""
        for (kind, partition), lines in self._lines.items():
            if lines:
                self._write(kind, partition)
        return [self._starts[self._kinds[0], partition] for partition in range(PARTITIONS)]

    def _write(self, kind: str, partition: int) -> None:
        lines, start = self._lines[kind, partition], self._starts[kind, partition]
        path = self._landing / self._object_key(f"{TOPIC_PREFIX}.{kind}", partition, start)
        path.write_bytes(("\n".join(lines) + "\n").encode())
        self._starts[kind, partition] = start + len(lines)
        lines.clear()


def make_landing(work: Path, postings: int, *, kinds: Sequence[str] = KINDS, file_records: int = FILE_RECORDS) -> Path:
    """Make the landing zone of postings 0 to `postings` - 1 under `work`, unless it exists. Reads its files once, so
    that the first contestant finds them in memory like the others."""
    landing = work / f"landing-{postings}-{'-'.join(kinds)}-{file_records}"
    if not (landing / _DONE).exists():
        note(f"making {landing.name}")
        started = time.perf_counter()
        shutil.rmtree(landing, ignore_errors=True)
        step = PARTITIONS * file_records * max(1, _CHUNK // (PARTITIONS * file_records))
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            chunks = [
                pool.submit(_write_chunk, landing, postings, start, min(start + step, postings), kinds, file_records)
                for start in range(0, postings, step)
            ]
            for chunk in chunks:
                chunk.result()
        facts = {"postings": postings, "seconds": round(time.perf_counter() - started, 1), **_size(landing)}
        (landing / _DONE).write_text(json.dumps(facts))
    _read_all(landing)
    return landing


def describe(landing: Path) -> dict[str, Any]:
    """Files and size of a finished landing zone."""
    facts: dict[str, Any] = json.loads((landing / _DONE).read_text())
    return {"postings": facts["postings"], "landing_files": facts["files"], "landing_mb": facts["mb"]}


def in_child(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in a separate process, so that this one stays small."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(function, *args).result()


def _write_chunk(landing: Path, postings: int, start: int, stop: int, kinds: Sequence[str], file_records: int) -> None:
    from pinterest_platform.pinterest.source.generator import generate

    # A chunk starts at the start of a file, and every third row goes to the same partition.
    writer = LandingWriter(landing, [start // PARTITIONS] * PARTITIONS, kinds, file_records)
    for posting in generate(postings, start=start, stop=stop):
        writer.add(posting)
    writer.close()


def _files(landing: Path) -> Iterator[Path]:
    return (landing / "topics").rglob("*.json")


def _size(landing: Path) -> dict[str, int]:
    sizes = [path.stat().st_size for path in _files(landing)]
    return {"files": len(sizes), "mb": round(sum(sizes) / 2**20)}


def _read_all(landing: Path) -> None:
    for path in _files(landing):
        with path.open("rb", buffering=0) as file:
            while file.read(8 * 2**20):
                pass


if __name__ == "__main__":
    given = arguments(__doc__, 1_000_000).parse_args()
    with work_folder(given.work) as folder:
        emit(**json.loads((make_landing(folder, given.postings) / _DONE).read_text()))

"""Makes a landing zone of any number of postings, quickly, the way Kafka Connect leaves one behind.

Rows are those of the platform's generator; the writing is plain: three topics, `PARTITIONS` partitions, a key always
in the same partition. As a command it only makes the data: `python benchmarks/landing_data.py --postings N --work DIR`.
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
#: Records of a file; real sinks are set to some thousands.
FILE_RECORDS = 5_000
#: Postings one worker makes at a time. The generator makes some ten thousand as cheaply as one.
_CHUNK = 150_000
_DONE = "complete.json"


class LandingWriter:
    """Writes postings as landing files, from given offsets on; a file is written when it is full, or at `close`."""

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
        """Write what is left; returns the next offset of each partition."""
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
    """The landing zone of postings 0 to `postings` - 1 under `work`, made unless it is there; its files are read once,
    so that whoever comes first finds them in memory as whoever comes next does."""
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
    """Files and bytes of a landing zone that is made."""
    facts: dict[str, Any] = json.loads((landing / _DONE).read_text())
    return {"postings": facts["postings"], "landing_files": facts["files"], "landing_mb": facts["mb"]}


def in_child(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in a process of its own, so that this one stays small."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(function, *args).result()


def _write_chunk(landing: Path, postings: int, start: int, stop: int, kinds: Sequence[str], file_records: int) -> None:
    from pinterest_platform.pinterest.source.generator import generate

    # A chunk begins where a file begins, and every third row goes to the same partition.
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

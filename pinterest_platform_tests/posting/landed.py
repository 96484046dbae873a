"""What lies in a landing folder, read without the code under test."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path


def objects(landing: Path, topic: str, partition: int) -> dict[int, list[dict]]:
    """Start offset to records of each object of a partition, in order of offsets."""
    found = {}
    for path in (landing / "topics" / topic / f"partition={partition}").iterdir():
        if not path.name.startswith("."):
            content = path.read_bytes()
            assert content.endswith(b"\n"), f"{path} is incomplete"
            found[int(path.stem.split("+")[2])] = [json.loads(line) for line in content.split(b"\n")[:-1]]
    return dict(sorted(found.items()))


def records(landing: Path, topic: str, partitions: int = 3) -> list[dict]:
    """All records of a topic, having seen that offsets of each partition are contiguous from 0."""
    everything = []
    for partition in range(partitions):
        end = 0
        for start, lines in objects(landing, topic, partition).items():
            assert start == end, f"{topic} {partition}: an object starts at {start}, the last ended at {end}"
            for offset, line in enumerate(lines, start):
                assert (line.pop("_topic"), line.pop("_partition"), line.pop("_offset")) == (topic, partition, offset)
                line.pop("_kafka_ts")
            end += len(lines)
            everything += lines
    return everything


def positions(landing: Path, kind: str, partitions: int = 3) -> Counter[int]:
    """How often each row of a kind landed."""
    return Counter(record["index" if kind == "pin" else "ind"] for record in records(landing, f"t.{kind}", partitions))


def assert_landed(landing: Path, expected: Counter[int], partitions: int = 3) -> None:
    """Each of the three topics has exactly these rows."""
    for kind in ("pin", "geo", "user"):
        assert positions(landing, kind, partitions) == expected, kind

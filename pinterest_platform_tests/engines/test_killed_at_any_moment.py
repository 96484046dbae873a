"""kill -9 of ingestion and refresh at random moments, over and over, while another process lands objects."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform_tests.engines.children import barrier, event, set_constants
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import Landing, open_platform, pin, same_as_clean_run

CONSTANTS = {"landing.batches:BATCH_OBJECTS": 2, "lake.maintenance:_SMALL_FILES": 6}


def land(root: Path, together: Any, stop: Any) -> None:
    """Objects that are written in place, in pieces, and some of them again with more lines."""
    rng, landing, next_offset = random.Random(7), Landing(root / "landing"), 0
    landing.path(0).parent.mkdir(parents=True)
    together.wait()
    while not stop.is_set() or next_offset < 100:
        recut = rng.random() < 0.2 and next_offset > 0
        first = rng.randrange(max(0, next_offset - 20), next_offset) if recut else next_offset
        next_offset = max(next_offset, first + rng.randrange(1, 12))
        content = b"".join(line(offset) for offset in range(first, next_offset))
        half = rng.randrange(len(content))
        with landing.path(first).open("wb") as file:
            file.write(content[:half])
            file.flush()
            stop.wait(rng.uniform(0, 0.02))
            file.write(content[half:])


def line(offset: int) -> bytes:
    return (b"garbage" if offset % 11 == 5 else pin(offset % 30, title=f"[{offset}]")) + b"\n"


def work(root: Path) -> None:
    set_constants(CONSTANTS)
    platform = open_platform(root)
    while True:
        platform.engine.ingest("pin")
        platform.engine.refresh("cleaned/pin")


@pytest.mark.parametrize("kills", [4, pytest.param(25, marks=pytest.mark.long)])
def test_killed_over_and_over(tmp_path, platform, kills):
    rng, together, stop = random.Random(11), barrier(2), event()
    lander = start(land, tmp_path, together, stop)
    together.wait()
    for _ in range(kills):
        worker = start(work, tmp_path)
        worker.join(timeout=rng.uniform(0.1, 0.9))
        worker.kill()
        worker.join()
    stop.set()
    lander.join()
    assert lander.exitcode == 0

    platform.engine.ingest("pin")
    offsets = platform.offsets()
    assert offsets == list(range(len(offsets)))
    assert len(offsets) >= 100
    same_as_clean_run(platform, tmp_path / "clean")
    platform.engine.refresh("cleaned/pin")
    merged = platform.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    platform.engine.refresh("cleaned/pin", full_refresh=True)
    assert platform.rows("SELECT * FROM cleaned.pin ORDER BY ind") == merged

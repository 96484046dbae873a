"""Several processes on one lake at once: nothing is lost, nothing is there twice, nobody fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from pinterest_platform.lake.maintenance import optimize
from pinterest_platform.landing import batches
from pinterest_platform_tests.engines.children import act, barrier, set_constants
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import Landing, engine_over, open_platform, pin, same_as_clean_run

OBJECTS, LINES = 24, 5
OFTEN = {"landing.batches:BATCH_OBJECTS": 2, "lake.maintenance:_SMALL_FILES": 4}


def repeat(root: Path, action: str, times: int, together: Any) -> None:
    set_constants(OFTEN)
    platform = open_platform(root)
    together.wait()
    for _ in range(times):
        if action == "optimize":
            optimize(platform.lake.require("cleaned/pin"), ["ind"])
        else:
            act(platform.engine, action)


def land(root: Path, together: Any) -> None:
    landing = Landing(root / "landing")
    together.wait()
    for start_offset in range(0, OBJECTS * LINES, LINES):
        landing.put(start_offset, [pin(start_offset + n) for n in range(LINES - 1)] + [b"garbage"])


def finish(processes: list[Any]) -> None:
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)


def test_ingestions(tmp_path, platform):
    together = barrier(3)
    finish([start(land, tmp_path, together), *(start(repeat, tmp_path, "ingest pin", 5, together) for _ in range(2))])
    platform.engine.ingest("pin")
    assert platform.offsets() == list(range(OBJECTS * LINES))
    same_as_clean_run(platform, tmp_path / "clean")


def test_ingestions_of_all_there_is(tmp_path, platform):
    """The same objects from the first on, so that every commit is contended, on tables that nobody has made yet."""
    together = barrier(1)
    land(tmp_path, together)
    together = barrier(3)
    finish([start(repeat, tmp_path, "ingest pin", 1, together) for _ in range(3)])
    assert platform.offsets() == list(range(OBJECTS * LINES))
    assert len(platform.rejected()) == OBJECTS


def test_refreshes_beside_ingestion_and_optimize(tmp_path, platform, landing):
    landing.put(0, [pin(0)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    together = barrier(5)
    finish(
        [
            start(land, tmp_path, together),
            start(repeat, tmp_path, "ingest pin", 6, together),
            *(start(repeat, tmp_path, "refresh cleaned/pin", 6, together) for _ in range(2)),
            start(repeat, tmp_path, "optimize", 6, together),
        ]
    )
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    merged = platform.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    assert [row[0] for row in merged] == [row[0] for row in platform.raw()]
    platform.engine.refresh("cleaned/pin", full_refresh=True)
    assert platform.rows("SELECT * FROM cleaned.pin ORDER BY ind") == merged


def test_another_run_between_two_batches(platform, landing, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_OBJECTS", 1)
    for offset in range(4):
        landing.put(offset, [pin(offset)])
    other = engine_over(platform.root)
    platform.engine.ingest("pin", progress=lambda *_: other.ingest("pin"))
    assert platform.offsets() == [0, 1, 2, 3]


def test_another_run_before_a_commit_is_read_back(platform, landing, monkeypatch):
    """What another writer committed meanwhile is in the table, though this run did not write it."""
    monkeypatch.setattr(batches, "BATCH_OBJECTS", 1)
    for offset in range(4):
        landing.put(offset, [pin(offset), b"garbage"] if offset == 3 else [pin(offset)])
    other = engine_over(platform.root)
    update, interrupted = DeltaTable.update_incremental, []

    def update_later(table: DeltaTable) -> None:
        if table.table_uri.endswith("/raw/pin/") and not interrupted:
            interrupted.append(True)
            other.ingest("pin")
        update(table)

    monkeypatch.setattr(DeltaTable, "update_incremental", update_later)
    platform.engine.ingest("pin")
    assert interrupted
    assert platform.offsets() == [0, 1, 2, 3, 4]

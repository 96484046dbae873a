"""No room in mid-write: a clear error, the lake as it was, and the next run succeeds."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.lake.errors import LakeError
from pinterest_platform_tests.engines.children import act, pipe
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import open_platform, pin, same_as_clean_run

#: Lines that no codec makes small, so that the limit below falls into the middle of a data file.
TITLES = [bytes(range(32, 127)).decode()[n % 60 :] * 3 + str(n * 7919) for n in range(3000)]


def act_without_room(root: Path, action: str, largest_file: int, report: Any) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    try:
        act(open_platform(root).engine, action)
        report.send("no complaint")
    except Exception as error:
        report.send(error)


def complaint(root: Path, action: str, largest_file: int) -> Any:
    """The error of `action` in a process that may write files of at most so many bytes."""
    received, report = pipe()
    process = start(act_without_room, root, action, largest_file, report)
    error = received.recv()
    process.join()
    return error


@pytest.fixture
def landed(platform, landing):
    landing.put(0, [pin(0)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    landing.put(1, [pin(n, title=title) for n, title in enumerate(TITLES, start=1)])
    return platform


def listed(platform) -> dict[str, list[str]]:
    """Files of each table's folder."""
    return {
        address: sorted(str(file) for file in (platform.root / "lake" / address).rglob("*"))
        for address in platform.lake.addresses()
    }


def test_ingestion_without_room(landed, tmp_path):
    before, files = landed.offsets(), listed(landed)
    error = complaint(tmp_path, "ingest pin", 40_000)
    assert isinstance(error, LakeError)
    assert "/lake/raw/pin: cannot write data files" in str(error)
    assert "File too large" in str(error)
    assert "Free some space" in str(error)
    assert "Nothing was committed" in str(error)
    assert (landed.offsets(), listed(landed)) == (before, files), "what was begun does not take up the room"
    assert landed.engine.ingest("pin").rows_added == len(TITLES)
    same_as_clean_run(landed, tmp_path / "clean")


def test_ingestion_without_room_for_the_spool_file(landed, landing, tmp_path):
    """The last bytes are in a buffer when there is no room: closing the file must not hide where that was."""
    for number in range(3):
        landing.put(len(TITLES) + 1 + number, [pin(number, title="x" * 9_000)])
    before = landed.offsets()
    error = complaint(tmp_path, "ingest pin", 20_000)
    assert f"cannot spool objects in {tempfile.gettempdir()}: File too large. Free some space there" in str(error)
    assert "TMPDIR" in str(error)
    assert landed.offsets() == before


def test_refresh_without_room(landed, tmp_path):
    landed.engine.ingest("pin")
    before, files = landed.rows("SELECT * FROM cleaned.pin"), listed(landed)
    error = complaint(tmp_path, "refresh cleaned/pin", 40_000)
    assert "/lake/cleaned/pin: cannot write data files" in str(error)
    assert (landed.rows("SELECT * FROM cleaned.pin"), listed(landed)) == (before, files)
    assert landed.engine.refresh("cleaned/pin").rows_changed == len(TITLES)


def test_merge_with_room_for_its_first_file_only(landed, landing, tmp_path):
    """The new key gets a small file, and the file of the updated key is written again."""
    landed.engine.ingest("pin")
    landed.engine.refresh("cleaned/pin")
    landing.put(len(TITLES) + 1, [pin(1, title="new"), pin(len(TITLES) + 1)])
    landed.engine.ingest("pin")
    files = listed(landed)
    error = complaint(tmp_path, "refresh cleaned/pin", 40_000)
    assert "/lake/cleaned/pin: cannot write data files" in str(error)
    assert listed(landed) == files
    assert landed.engine.refresh("cleaned/pin").rows_changed == 2


def test_no_room_for_the_commit(landed, landing, tmp_path):
    """The data file is written, the log entry is not."""
    for offset in range(len(TITLES) + 1, len(TITLES) + 4):
        landing.put(offset, [pin(offset)], partition=offset)
    before = landed.offsets()
    error = complaint(tmp_path, "ingest pin", 1000)
    assert isinstance(error, LakeError)
    assert landed.offsets() == before
    landed.engine.ingest("pin")
    same_as_clean_run(landed, tmp_path / "clean")


def test_no_room_for_the_first_table(tmp_path):
    assert "cannot create a Delta table" in str(complaint(tmp_path, "ingest pin", 10))
    platform = open_platform(tmp_path)
    platform.landing.put(0, [pin()])
    assert platform.engine.ingest("pin").rows_added == 1

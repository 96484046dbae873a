"""Hostile records and objects in a landing zone: each record is in raw or in rejected, and good ones are unharmed."""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pinterest_platform_tests.hostile.process import MEMORY_LIMIT, MOST_MEMORY, measured
from pinterest_platform_tests.hostile.records import FIRST_GOOD, good, mixed
from pinterest_platform_tests.landing_data import Platform, open_platform

EVERY = 5
AN_OBJECT = 700


def land(platform: Platform, records: Sequence[bytes]) -> None:
    """Land records in objects, and beside them what whoever may write to the folder puts there."""
    landing = platform.landing
    for start in range(0, len(records), AN_OBJECT):
        landing.put(start, records[start : start + AN_OBJECT])
    secret = platform.root / "secret"
    secret.write_bytes(b"host\n")
    after = len(records)
    landing.path(after).symlink_to(secret)
    os.mkfifo(landing.path(after + 1))
    (landing.path(after + 2)).mkdir()
    landing.path(0).with_name("t.pin+0+0000000009.json\n\x1b[2J").write_bytes(good(0))
    landing.path(0).with_name(f"t.pin+0+{2**70}.json").write_bytes(good(0))
    landing.path(0).parent.with_name("partition=%31").symlink_to(secret.parent)
    packed = landing.path(0, partition=1).with_suffix(".json.gz")
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(b"\0" * 2**20)[:-9])


def ingest(root: Path) -> None:
    """Two runs, the second of which finds nothing more."""
    os.environ["PINTEREST_MEMORY_LIMIT"] = MEMORY_LIMIT
    platform = open_platform(root)
    assert platform.engine.ingest("pin").lines > 0
    again = platform.engine.ingest("pin")
    assert (again.rows_added, again.rows_rejected) == (0, 0)
    platform.engine.refresh("cleaned/pin")
    platform.engine.close()


@pytest.mark.parametrize(
    ("count", "large"), [(400, 4), pytest.param(10_000, 150, marks=pytest.mark.long)], ids=["some", "many"]
)
def test_each_record_is_accounted_for_and_good_ones_are_unharmed(tmp_path: Path, count: int, large: int) -> None:
    platform = open_platform(tmp_path)
    records = mixed(23, count, large, every=EVERY)
    land(platform, records)
    assert measured(ingest, tmp_path) < MOST_MEMORY
    assert platform.offsets() == list(range(len(records)))
    assert platform.rows("SELECT COUNT(*) FROM raw.rejected WHERE kafka_partition = 1") == [(1,)]
    assert not [line for *_, line, _ in platform.rejected() if "host" in line]
    shown = platform.rows(
        f"SELECT ind, title, follower_count, save_location FROM cleaned.pin WHERE ind >= {FIRST_GOOD} ORDER BY ind"
    )
    assert shown == [(FIRST_GOOD + n, f"good {n}", 1_000, "/data/art") for n in range(count // EVERY)]
    offsets = [offset for offset, record in enumerate(records) if record == good((offset) // (EVERY + 1))]
    told = platform.rows(f"SELECT kafka_offset FROM raw.pin WHERE `index` >= {FIRST_GOOD} ORDER BY kafka_offset")
    assert [offset for (offset,) in told] == offsets
    platform.engine.close()

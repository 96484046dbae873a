"""Whatever arrives in whatever order, merging it bit by bit gives the table that computing it whole gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.lake import files
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform_tests.landing_data import Platform, geo, open_platform, pin, tombstone, user

RECORDS = {"pin": pin, "geo": geo, "user": user}
TEXTS = {"pin": "title", "geo": "country", "user": "first_name"}
QUERY = "SELECT * FROM cleaned.{} ORDER BY ind"

#: An object: (partition, start offset, entities of its records, a text; - for tombstones at odd offsets). Objects may
#: overlap and come late.
OBJECTS = st.tuples(
    st.integers(0, 1), st.integers(0, 30), st.lists(st.integers(0, 6), min_size=1, max_size=4), st.sampled_from("ab -")
)
STEPS = st.lists(
    st.tuples(st.lists(OBJECTS, max_size=3), st.sampled_from(["merge", "merge", "merge", "optimize raw", "optimize"])),
    min_size=2,
    max_size=5,
)


def line(record: str, offset: int, entity: int, text: str) -> bytes:
    if is_tombstone(offset, text):
        return tombstone(entity)
    return RECORDS[record](entity, **{TEXTS[record]: f"{text}{entity}" if text != " " else f"{text}{offset}"})


def is_tombstone(offset: int, text: str) -> bool:
    return text == "-" and offset % 2 == 1


@given(steps=STEPS, record=st.sampled_from(sorted(RECORDS)), file_bytes=st.sampled_from([128 * 2**20, 1]))
@settings(deadline=None)
def test_any_arrivals(tmp_path_factory, steps, record, file_bytes):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(files, "_FILE_BYTES", file_bytes)
        merge_bit_by_bit(open_platform(tmp_path_factory.mktemp("merge")), steps, record)


def merge_bit_by_bit(platform: Platform, steps: Any, record: str) -> None:
    newest: dict[int, tuple[int, int, bool]] = {}
    taken: set[tuple[int, int]] = set()
    address = f"cleaned/{record}"
    for objects, action in steps:
        for partition, start, entities, text in objects:
            offsets = range(start, start + len(entities))
            if taken & {(partition, offset) for offset in offsets}:
                continue  # A landing zone holds one record an offset.
            taken |= {(partition, offset) for offset in offsets}
            lines = [line(record, o, e, text) for o, e in zip(offsets, entities, strict=True)]
            platform.landing.put(start, lines, record=record, partition=partition)
            for offset, entity in zip(offsets, entities, strict=True):
                came = (partition, offset, is_tombstone(offset, text))
                newest[entity] = max(newest.get(entity, (-1, -1, False)), came)
        platform.engine.ingest(record)
        if action == "optimize raw":
            optimize(platform.lake.require(f"raw/{record}"), [])
        elif platform.lake.open(address) and action == "optimize":
            optimize(platform.lake.require(address), ["ind"])
        platform.engine.refresh(address)
        alive = sorted(entity for entity, (_, _, dead) in newest.items() if not dead)
        assert [row[0] for row in platform.rows(QUERY.format(record))] == alive
    merged = platform.rows(QUERY.format(record))
    platform.engine.refresh(address, full_refresh=True)
    assert platform.rows(QUERY.format(record)) == merged
    platform.engine.close()


def test_older_record_arriving_later_does_not_win(platform, landing):
    landing.put(10, [pin(1, title="new")])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    landing.put(0, [pin(1, title="old"), pin(2)])
    platform.engine.ingest("pin")
    result = platform.engine.refresh("cleaned/pin")
    assert (result.outcome, result.rows_in, result.rows_changed) == ("merged", 2, 1)
    assert platform.rows("SELECT ind, title FROM cleaned.pin ORDER BY ind") == [(1, "new"), (2, None)]


def test_latest_partition_then_offset_wins(platform, landing):
    landing.put(5, [pin(1, title="second partition")], partition=1)
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    landing.put(90, [pin(1, title="first partition, larger offset")], partition=0)
    landing.put(6, [pin(1, title="larger offset")], partition=1)
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    assert platform.rows("SELECT title FROM cleaned.pin") == [("larger offset",)]


def test_tombstone_deletes_the_row_of_its_key(platform, landing):
    landing.put(0, [pin(1), pin(2), pin(3)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    landing.put(3, [tombstone(2), tombstone(9), pin(3, title="new"), pin(4), tombstone(1), pin(1)])
    platform.engine.ingest("pin")
    result = platform.engine.refresh("cleaned/pin")
    assert (result.outcome, result.rows_in, result.rows_changed) == ("merged", 6, 3)
    rows = [(1, None), (3, "new"), (4, None)]
    assert platform.rows("SELECT ind, title FROM cleaned.pin ORDER BY ind") == rows
    platform.engine.refresh("cleaned/pin", full_refresh=True)
    assert platform.rows("SELECT ind, title FROM cleaned.pin ORDER BY ind") == rows

"""What Connect makes of records: lines and names, what is left out, and where that goes."""

from __future__ import annotations

import json
from pathlib import Path

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.integration.connect.way_in import At, WayIn

PIN = json.dumps({"index": 7, "unique_id": "u", "category": "art", "title": "é 🧁"}, ensure_ascii=False).encode()
USER = b'{"ind":7,"first_name":"A","last_name":"B","age":30,"date_joined":"2017-01-01 00:00:00"}'
DIGITS = b'{"index":123456789012345678901234567890, "unique_id":"d", "category":"art", "x":1.50}'
NOT_JSON = [b"hello", b"[1]", b"", b"5", b'{"index":1', b"\xff\xfe{}", b'{"a":1}{"b":2}']


def test_records_land_as_they_were_sent_and_bad_ones_in_the_dead_letter_topic(way_in: WayIn, tmp_path: Path) -> None:
    way_in.create_topics(1)
    pin, geo, user = way_in.topics
    good = [(pin, PIN), (pin, USER), (pin, DIGITS), (geo, b'{"ind": 7}'), (user, USER)]
    bad = [(pin, value) for value in NOT_JSON]
    with way_in.worker(flush_size=3):
        sent = way_in.produce(good + bad + good)
        landed = {at: record for at, record in sent.items() if (at.topic, record.value) in good}
        landed |= way_in.delete(pin, "7", '{"index":7}')
        way_in.wait_for(landed)
        way_in.assert_landed_once(landed)
        letters = way_in.dead_letters(len(bad))
    assert {at: value for at, (value, _) in letters.items()} == {
        at: record.value for at, record in sent.items() if at not in landed
    }
    assert f"topics/{pin}/partition=0/{pin}+0+0000000000.json" in way_in.object_keys()

    assert _ingested(way_in, tmp_path) == sorted(landed)


def _ingested(way_in: WayIn, folder: Path) -> list[At]:
    """Offsets in raw and rejected after an ingestion of a copy of what landed."""
    for key in way_in.object_keys():
        file = folder / "landing" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        way_in.client.download_file(way_in.bucket, key, str(file))
    settings = load_settings(
        data=folder,
        landing=str(folder / "landing"),
        topic_prefix=way_in.settings.topic_prefix,
        _env_file=None,
    )
    engine = build_engine(settings, Catalog.load(PINTEREST))
    try:
        for record in ("pin", "geo", "user"):
            engine.ingest(record)
        tables = ("raw.pin", "raw.geo", "raw.user", "raw.rejected")
        rows = [
            row
            for table in tables
            for row in engine.query(f"SELECT kafka_topic, kafka_partition, kafka_offset FROM {table}").rows
        ]
        [pins] = engine.query("SELECT COUNT(*) FROM raw.pin").rows
        assert pins == (4,), "the two pins that fit and the two tombstones; what is no pin is in rejected"
        engine.refresh("cleaned/pin")
        assert engine.query("SELECT ind FROM cleaned.pin").rows == []
        return sorted(At(*row) for row in rows)
    finally:
        engine.close()

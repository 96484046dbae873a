"""Sources that are read whole land in a bucket as they do in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from pinterest_platform.landing import snapshots
from pinterest_platform.landing.known import SnapshotError
from pinterest_platform.landing.snapshots import Load, land_snapshot
from pinterest_platform.pinterest.records import PIN
from pinterest_platform_tests.integration.s3.conftest import Zone

TOPIC = "t.pin"


def rows(first: int, last: int, category: str = "art") -> list[dict[str, Any]]:
    return [{"index": index, "unique_id": f"u{index}", "category": category} for index in range(first, last)]


def load(zone: Zone, given: Iterable[dict[str, Any]], **options: Any) -> Load:
    return land_snapshot(zone.store, TOPIC, PIN, given, **options)


def landed(zone: Zone) -> list[tuple[int, str]]:
    contents = zone.store.read(zone.store.list(TOPIC, 0).objects)
    lines = [json.loads(line) for content in contents for line in content.splitlines()]
    return [(line["index"], line["category"]) for line in lines]


def test_new_and_changed_rows_land(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "OBJECT_BYTES", 100)
    assert load(zone, rows(0, 5)).landed == 5
    assert load(zone, rows(0, 5)).landed == 0
    assert load(zone, [*rows(0, 3), *rows(3, 7, "food")]).landed == 4
    zone.delete(f"snapshots/{TOPIC}.parquet")
    assert load(zone, [*rows(0, 3), *rows(3, 7, "food")]).landed == 0
    assert landed(zone) == [*((n, "art") for n in range(5)), *((n, "food") for n in range(3, 7))]


def test_killed_behind_an_object(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    """What landed behind the file is found among objects before and after it."""
    monkeypatch.setattr(snapshots, "OBJECT_BYTES", 1)
    load(zone, rows(0, 3))
    with monkeypatch.context() as patch:
        patch.setattr("pinterest_platform.landing.known.Known.save", None)
        with pytest.raises(TypeError):
            load(zone, rows(0, 5))
    assert load(zone, rows(0, 6)).landed == 1
    assert landed(zone) == [(n, "art") for n in range(6)]


def test_two_loads_at_once(zone: Zone) -> None:
    def meanwhile() -> Iterable[dict[str, Any]]:
        load(zone, rows(0, 2))
        yield from rows(0, 3)

    with pytest.raises(SnapshotError, match="another load has just landed"):
        load(zone, meanwhile())
    assert load(zone, rows(0, 3)).landed == 1


def test_request_that_is_repeated_after_its_answer_was_lost(zone: Zone) -> None:
    """boto3 repeats it; the object is there by then, and is ours."""
    assert zone.store.create("topics/x", b"one")
    assert zone.store.create("topics/x", b"one")
    assert not zone.store.create("topics/x", b"two")

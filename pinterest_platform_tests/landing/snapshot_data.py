"""Snapshots of a source of parcels, and what they have landed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.snapshots import Load, land_snapshot
from pinterest_platform_tests.landing.declared import PARCEL

TOPIC = "t.parcel"
KNOWN = f"snapshots/{TOPIC}.parquet"
Row = dict[str, Any]


def row(code: object, note: object = "n") -> Row:
    return {"code": code, "note": note}


def load(store: FolderStore, rows: Iterable[Row], **options: Any) -> Load:
    return land_snapshot(store, TOPIC, PARCEL, rows, clock=lambda: 5.0, **options)


def landed(store: FolderStore) -> list[Row]:
    """Rows in order of offset; every offset from 0 is there once, and every line has the time of its load."""
    found: list[Row] = []
    objects = store.list(TOPIC, 0).objects
    for item, content in zip(objects, store.read(objects), strict=True):
        assert item.start_offset == len(found)
        for line in content.removesuffix(b"\n").split(b"\n"):
            values = json.loads(line)
            assert values.pop("_kafka_ts") == 5000
            found.append(values)
    return found

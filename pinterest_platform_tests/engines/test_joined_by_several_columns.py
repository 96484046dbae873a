"""A table that joins others by keys of several columns, in another order and by other names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.engines.test_joined_by_key import settings_of
from pinterest_platform_tests.landing_data import geo, open_platform, pin

HEAD = "-- description: A thing.\n-- owner: team:data\n-- key: [{}]\n\n"
NEWEST = "QUALIFY ROW_NUMBER() OVER (PARTITION BY {} ORDER BY kafka_partition DESC, kafka_offset DESC) = 1\n"
#: Keys of two columns in another order and by other names, one of which may be NULL.
OTHERS = {
    "pinned": HEAD.format("number, title")
    + "SELECT `index` AS number, title, category FROM raw.pin\n"
    + NEWEST.format("`index`, title"),
    "placed": HEAD.format("name, place")
    + "SELECT country AS name, ind AS place, latitude FROM raw.geo\n"
    + NEWEST.format("country, ind"),
    "both": HEAD.format("title, number") + "SELECT pinned.title AS title, pinned.number AS number, category, latitude\n"
    "FROM cleaned.pinned AS pinned\nJOIN cleaned.placed AS p ON p.place = pinned.number AND pinned.title = p.name\n",
}


#: A join, and how many rows it has in the end.
JOINS = [("JOIN", 17), ("LEFT JOIN", 26)]


@pytest.mark.parametrize(("join", "count"), JOINS)
def test_keys_of_several_columns(tmp_path, join, count):
    several_columns(tmp_path, join, count, partial(DuckDBEngine, settings_of(tmp_path)))


def several_columns(root: Path, join: str, count: int, opened: Callable[[Catalog], Engine]) -> None:
    """Pins and places arrive mixed; the engine that is `opened` joins them."""
    models = OTHERS | {"both": OTHERS["both"].replace("JOIN", join)}
    (root / "models" / "cleaned").mkdir(parents=True)
    for name, sql in models.items():
        (root / "models" / "cleaned" / f"{name}.sql").write_text(sql)
    platform = open_platform(root, with_models(root / "models"))
    pairs = [(number, name) for number in range(8) for name in ("a", "b", None)]
    arrivals = [(record, *pair) for record in ("pin", "geo") for pair in pairs]
    Random(3).shuffle(arrivals)
    arrivals = [(record, 90, name) for record in ("pin", "geo") for name in ("a", None)] + arrivals
    outcomes = []
    with closing(platform.engine), closing(opened(platform.engine._catalog)) as engine:
        for offset, (record, number, name) in enumerate(arrivals):
            made = pin(number, title=name) if record == "pin" else geo(number, country=name, latitude=number / 2)
            platform.landing.put(offset, [made], record=record)
            if offset % 8 != 3:
                continue
            for record_ in ("pin", "geo"):
                platform.engine.ingest(record_)
            for table in ("pinned", "placed"):
                platform.engine.refresh(f"cleaned/{table}")
            outcomes.append(engine.refresh("cleaned/both").outcome)
            stored, computed = (
                platform.rows(f"SELECT title, number, category, latitude FROM {rows} ORDER BY ALL")
                for rows in ("cleaned.both", f"({models['both']})")
            )
            assert stored == computed
    assert outcomes == ["replaced"] + ["merged"] * 6
    assert len(stored) == count

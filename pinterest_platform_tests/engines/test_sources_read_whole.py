"""From a source that is read whole to tables: each load adds what is new, and every row is somewhere."""

from __future__ import annotations

from typing import Any

from pinterest_platform.landing.snapshots import land_snapshot
from pinterest_platform.pinterest.records import USER

OF_LOAD = "WHERE kafka_timestamp = TIMESTAMP_NTZ '2020-01-0{} 00:00:00'"


def author(ind: int | None, **fields: Any) -> dict[str, Any]:
    given = {"ind": ind, "first_name": "Ann", "last_name": "Lee", "age": 33, "date_joined": "2016-05-04 03:02:01"}
    return given | fields


def test_two_loads(platform, landing):
    def load(day, rows):
        seconds = 1_577_836_800 + (day - 1) * 86_400
        found = land_snapshot(landing.store, "t.user", USER, rows, clock=lambda: seconds, not_below=next_offset())
        platform.engine.ingest("user")
        platform.engine.refresh("cleaned/user")
        return found

    def next_offset():
        return len(platform.offsets("user")) if platform.lake.open("raw/user") else 0

    first = [author(n) for n in range(10)] + [author(3, last_name="Last"), author(11, age=200), author(None)]
    assert load(1, first).landed == 13
    versions = platform.version("raw/user"), platform.version("cleaned/user")
    assert load(2, first[::-1]).landed == 0
    assert (platform.version("raw/user"), platform.version("cleaned/user")) == versions

    # One changed, one that fits now, one that fits no more: the good row stays.
    changed = [author(0, age=34), author(1, age=-1), author(11, age=20), *first[2:11], first[12], author(12)]
    found = load(3, changed)
    assert (found.new, found.changed, found.vanished, found.landed) == (1, 3, 0, 4)

    cleaned = {ind: (name, age) for ind, name, age in platform.rows("SELECT ind, user_name, age FROM cleaned.user")}
    expected = dict.fromkeys(range(10), ("Ann Lee", 33))
    assert cleaned == expected | {0: ("Ann Lee", 34), 3: ("Ann Last", 33), 11: ("Ann Lee", 20), 12: ("Ann Lee", 33)}
    assert [row[3:] for row in platform.rejected()][2][1] == "age: ••• is outside [0, 120]"
    for day, kept, rejected in ((1, 11, 2), (2, 0, 0), (3, 3, 1)):
        tables = ("raw.user", "raw.rejected")
        counts = [platform.rows(f"SELECT COUNT(*) FROM {table} {OF_LOAD.format(day)}") for table in tables]
        assert counts == [[(kept,)], [(rejected,)]], day

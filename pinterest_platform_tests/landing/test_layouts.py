"""Which folders a topic has is told by their names; a look at what is recent takes the newest days of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.layouts import Layout, found_layout
from pinterest_platform.landing.store import Level
from pinterest_platform.landing.zone import Zone


@pytest.mark.parametrize(
    ("folders", "names", "layout"),
    [
        ([], [], None),
        (["partition=0", "partition=12"], [], Layout.PARTITION),
        (["partition=0", "year=2026", "tmp"], ["x.json"], Layout.PARTITION),
        (["partition=00"], [], Layout.FIELD),
        (["year=2025", "year=2026"], [], Layout.TIME),
        (["date=2026-11-28"], [], Layout.TIME),
        (["2026-11-28", "20261129"], [], Layout.TIME),
        (["2026"], ["notes.txt"], Layout.TIME),
        (["year=2026", "tmp"], [], Layout.FIELD),
        (["category=2026"], [], Layout.FIELD),
        (["12"], [], Layout.FIELD),
        ([], ["t.pin+0+0000000000.json"], Layout.FIELD),
    ],
)
def test_layout_by_what_is_in_the_folder_of_a_topic(folders, names, layout) -> None:
    assert found_layout(Level(tuple(folders), tuple(names))) == layout


@pytest.mark.parametrize(
    ("folders", "recent"),
    [
        (["year=2025/month=12/day=31", "year=2026/month=1/day=1", "year=2026/month=1/day=2/hour=03"], [1, 2]),
        ([f"year=2026/month={month}/day=1" for month in (2, 9, 10, 11)], [2, 3]),
        (["2026-11-26/06", "2026-11-27/06", "2026-11-28/07", "2026-11-28/08"], [1, 2, 3]),
        (["2025/12", "2026/01", "2026/02"], [1, 2]),
        (["year=2026/month=11/day=28"], [0]),
        (["year=2024/month=02/day=28", "year=2024/month=02/x=1/day=3", "year=2024/month=02/day=29"], [0, 2]),
    ],
)  # fmt: skip
def test_two_newest_days(folders: list[str], recent: list[int], tmp_path: Path) -> None:
    for number, folder in enumerate(folders):
        path = tmp_path / "topics/t.pin" / folder / f"t.pin+0+{number:010}.json"
        path.parent.mkdir(parents=True)
        path.touch()
    for known, expected in ((None, [*range(len(folders))]), (lambda _topic, _partition: 0, recent)):
        zone = Zone(FolderStore(tmp_path), known=known)
        assert zone.partitions("t.pin") == [0]
        listing = zone.list("t.pin", 0)
        assert [item.start_offset for item in listing.objects] == expected
        assert listing.is_partial == (known is not None)

"""A table that joins others by their keys: whatever arrives in whatever order, it has the rows of the whole join, and a
refresh computes only those of the keys that arrived."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine, RefreshResult
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform.lake.restore import restore
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.landing_data import Platform, catalog, geo, pin, tombstone, user

ADDRESS = "cleaned/post"
SQL = catalog().models[ADDRESS].path.read_text()
RECORDS = {"pin": pin, "geo": geo, "user": user}
SHORT = "SELECT ind, category, country, age_group FROM cleaned.post ORDER BY ind"
COUNT = 100


@dataclass
class Posts:
    """Pins, places and authors, each at the next offset; `made_by` cleans them, the platform's engine joins them."""

    platform: Platform
    made_by: Engine
    landed: dict[str, int] = field(default_factory=dict)

    def clean(self, record: str, lines: Iterable[bytes]) -> str:
        """Land, ingest and clean; what became of the cleaned table."""
        start, lines = self.landed.get(record, 0), [*lines]
        if lines:
            self.platform.landing.put(start, lines, record=record)
        self.landed[record] = start + len(lines)
        self.made_by.ingest(record)
        return self.made_by.refresh(f"cleaned/{record}").outcome

    def refresh(self, **lines: Sequence[bytes]) -> RefreshResult:
        """Clean these lines and join."""
        for record, arrived in lines.items():
            self.clean(record, arrived)
        result = self.platform.engine.refresh(ADDRESS)
        self.assert_whole()
        return result

    def assert_whole(self) -> None:
        """It has exactly the rows that its SQL gives now."""
        columns = ", ".join(column.name for column in catalog().columns(ADDRESS))
        stored, computed = (
            self.platform.rows(f"SELECT {columns} FROM {rows} ORDER BY ALL") for rows in ("cleaned.post", f"({SQL})")
        )
        assert stored == computed

    def close(self) -> None:
        """Let the engines forget the tables that they have seen."""
        self.made_by.close()
        self.platform.engine.close()

    def files(self) -> set[str]:
        return self.platform.files(ADDRESS)

    def optimize(self, address: str, **options: Any) -> None:
        optimize(self.platform.lake.require(address), ["ind"], **options)


def settings_of(root: Path) -> Settings:
    return load_settings(data=root, landing="", lake="", _env_file=None)


def numbers(result: RefreshResult) -> tuple[str, int, int, int]:
    return result.outcome, result.rows_in, result.rows_changed, result.rows_total


def each(entities: Iterable[int]) -> dict[str, list[bytes]]:
    """Pins with their places and authors."""
    entities = [*entities]
    return {record: [line(entity) for entity in entities] for record, line in RECORDS.items()}


@pytest.fixture
def made_by(platform: Platform) -> Engine:
    return platform.engine


@pytest.fixture
def posts(platform: Platform, made_by: Engine) -> Posts:
    """Of the pins 0 to 99 with their places and authors."""
    posts = Posts(platform, made_by)
    assert numbers(posts.refresh(**each(range(COUNT)))) == ("replaced", 3 * COUNT, COUNT, COUNT)
    return posts


def arrive_in(posts: Posts, order: Sequence[str]) -> None:
    """Two new entities, a refresh after each kind of their records; then one that had no record yet comes at once."""
    before = posts.files()
    for number, record in enumerate(order):
        known, had = "pin" in order[: number + 1], posts.files()
        result = posts.refresh(**{record: each((COUNT, COUNT + 1))[record]})
        assert numbers(result) == ("merged", 2, 2 if known else 0, COUNT + 2 if known else COUNT)
        assert before <= posts.files(), "the files of other keys are left alone"
        assert (had < posts.files()) == (record == "pin"), "files are only added where keys are new"
        assert known or had == posts.files()
    had = posts.files()
    assert numbers(posts.refresh(**each([COUNT + 2]))) == ("merged", 3, 1, COUNT + 3)
    assert had < posts.files()


@pytest.mark.parametrize("order", [*itertools.permutations(RECORDS)], ids=", ".join)
def test_records_arrive_in_any_order(posts, order):
    arrive_in(posts, order)
    assert posts.platform.rows(f"{SHORT} LIMIT 3 OFFSET {COUNT}") == [
        (COUNT + n, "art", "Fiji", "25-35") for n in range(3)
    ]


def test_place_and_author_arrive_later_than_their_pin(posts):
    posts.refresh(pin=[pin(COUNT)])
    last = f"SELECT * FROM cleaned.post WHERE ind = {COUNT}"
    [row] = posts.platform.rows(last)
    assert row == (COUNT, "art", None, None, None, None, None, None)
    had = posts.files()
    assert numbers(posts.refresh(geo=[geo(COUNT)])) == ("merged", 1, 1, COUNT + 1)
    assert len(had & posts.files()) == len(had) - 1, "one file has the row"
    assert numbers(posts.refresh(user=[user(COUNT, age=51)])) == ("merged", 1, 1, COUNT + 1)
    [(*_, country, timestamp, age_group, date_joined)] = posts.platform.rows(last)
    assert (country, str(timestamp), age_group, str(date_joined)) == (
        "Fiji",
        "2020-01-02 03:04:05",
        "50+",
        "2016-05-04 03:02:01",
    )


def test_nothing_new(posts):
    version = posts.platform.version(ADDRESS)
    result = posts.refresh()
    assert (numbers(result), result.version) == (("unchanged", 0, 0, COUNT), version)


def test_record_sent_again_changes_no_upstream(posts):
    version = posts.platform.version(ADDRESS)
    result = posts.refresh(pin=[pin(3)], geo=[geo(3)], user=[user(3)])
    assert (numbers(result), result.version) == (("unchanged", 0, 0, COUNT), version)


#: A line for the pin 7, and its row then.
UPDATES = [
    ("pin", pin(7, category="travel"), (7, "travel", "Fiji", "25-35")),
    ("geo", geo(7, country="Chad"), (7, "art", "Chad", "25-35")),
    ("user", user(7, age=18), (7, "art", "Fiji", "18-24")),
]


@pytest.mark.parametrize(("record", "line", "row"), UPDATES, ids=RECORDS)
def test_update_of_an_upstream(posts, record, line, row):
    """Its file was rewritten, so that rows left it."""
    assert numbers(posts.refresh(**{record: [line]})) == ("replaced", 3 * COUNT, COUNT, COUNT)
    assert posts.platform.rows(SHORT)[7] == row
    assert posts.refresh().outcome == "unchanged"
    assert numbers(posts.refresh(pin=[pin(COUNT)])) == ("merged", 1, 1, COUNT + 1)


def test_tombstone_of_a_pin_removes_its_row(posts):
    assert numbers(posts.refresh(pin=[tombstone(7), tombstone(COUNT)])) == ("replaced", 3 * COUNT - 1, 99, 99)
    assert [ind for ind, *_ in posts.platform.rows(SHORT)] == [*range(7), *range(8, COUNT)]
    assert numbers(posts.refresh(pin=[pin(7)])) == ("merged", 1, 1, COUNT), "its place and author are there yet"
    assert posts.platform.rows(SHORT)[7] == (7, "art", "Fiji", "25-35")


@pytest.mark.parametrize(
    ("record", "row"), [("geo", (7, "art", None, "25-35")), ("user", (7, "art", "Fiji", None))], ids=["geo", "user"]
)
def test_tombstone_of_a_place_or_an_author_leaves_the_pin(posts, record, row):
    assert numbers(posts.refresh(**{record: [tombstone(7)]})) == ("replaced", 3 * COUNT - 1, COUNT, COUNT)
    assert posts.platform.rows(SHORT)[7] == row


def test_compaction_of_an_upstream_changes_nothing(posts):
    posts.refresh(**each([COUNT]))
    version = posts.platform.version(ADDRESS)
    for record in RECORDS:
        assert len(posts.platform.files(f"cleaned/{record}")) == 2
        posts.optimize(f"cleaned/{record}")
        assert len(posts.platform.files(f"cleaned/{record}")) == 1
    result = posts.refresh()
    assert (numbers(result), result.version) == (("unchanged", 0, 0, COUNT + 1), version)


def test_compaction_between_what_arrived_and_its_refresh(posts):
    posts.clean("geo", [geo(COUNT)])
    posts.clean("pin", [pin(COUNT)])
    posts.optimize("cleaned/pin")
    assert numbers(posts.refresh()) == ("merged", 2, 1, COUNT + 1)
    posts.optimize(ADDRESS)
    assert numbers(posts.refresh(user=[user(COUNT)])) == ("merged", 1, 1, COUNT + 1)


@pytest.mark.parametrize("record", RECORDS)
def test_new_file_of_an_upstream_compacted_and_vacuumed(posts, record):
    posts.refresh(**each([COUNT]))
    posts.clean(record, each([COUNT + 1])[record])
    posts.optimize(f"cleaned/{record}", retention_hours=0)
    result = posts.refresh()
    assert (result.outcome, result.rows_in) == ("replaced", 3 * COUNT + 4)
    assert result.rows_changed == result.rows_total == COUNT + (2 if record == "pin" else 1)
    assert posts.refresh().outcome == "unchanged"


@pytest.mark.parametrize("record", RECORDS)
def test_restored_upstream(posts, record):
    """It is read whole, also where it has fewer rows than before, and then the rows that come again are merged."""
    version = posts.platform.version(f"cleaned/{record}")
    posts.refresh(**each([COUNT]))
    posts.close()
    restore(Lake(str(posts.platform.root / "lake")), f"cleaned/{record}", version)
    result = posts.refresh()
    assert (result.outcome, result.rows_in) == ("replaced", 3 * COUNT + 2)
    assert result.rows_total == (COUNT if record == "pin" else COUNT + 1)
    assert posts.refresh().outcome == "unchanged"
    assert posts.clean(record, []) == "merged"
    assert numbers(posts.refresh()) == ("merged", 1, 1, COUNT + 1)
    assert posts.platform.rows(SHORT)[COUNT] == (COUNT, "art", "Fiji", "25-35")


def test_upstream_whose_version_is_another_one_now(posts):
    """The folder of yesterday is put in its place, and grows by other commits to the version that was joined."""
    folder, version = posts.platform.root / "lake/cleaned/geo", posts.platform.version("cleaned/geo")
    backup = shutil.copytree(folder, posts.platform.root / "backup")
    posts.refresh(**each([COUNT]))
    posts.refresh(pin=[pin(COUNT + 1)])
    posts.close()
    shutil.rmtree(folder)
    backup.rename(folder)
    posts.clean("geo", [geo(COUNT + 1)])
    assert posts.platform.version("cleaned/geo") == version + 1
    assert posts.refresh().outcome == "replaced"
    assert posts.platform.rows(SHORT)[COUNT + 1] == (COUNT + 1, "art", "Fiji", None)
    assert posts.refresh().outcome == "unchanged"


def test_upstreams_that_do_not_exist_yet(platform, made_by):
    posts = Posts(platform, made_by)
    assert posts.platform.engine.refresh(ADDRESS).rows_total == 0
    assert numbers(posts.refresh(pin=[pin(1)])) == ("replaced", 1, 1, 1)
    assert numbers(posts.refresh(geo=[geo(1)])) == ("replaced", 2, 1, 1)
    assert numbers(posts.refresh(user=[user(1)])) == ("replaced", 3, 1, 1)
    assert posts.platform.rows(SHORT) == [(1, "art", "Fiji", "25-35")]
    assert numbers(posts.refresh(**each([2]))) == ("merged", 3, 1, 2)


def test_added_column_is_computed_for_every_row(posts, tmp_path):
    """The upstreams have its values, unlike a raw table whose column is new."""
    shutil.copytree(catalog().domain.models, tmp_path / "models")
    changed = SQL.replace("  pin.category AS category,\n", "  pin.category AS category,\n  pin.title AS title,\n")
    (tmp_path / "models" / f"{ADDRESS}.sql").write_text(changed)
    posts.refresh(pin=[pin(COUNT, title="old")])
    posts.clean("pin", [pin(COUNT + 1, title="new")])
    titles = f"SELECT ind, title FROM cleaned.post WHERE ind >= {COUNT} ORDER BY ind"
    with closing(DuckDBEngine(settings_of(tmp_path), Catalog.load(with_models(tmp_path / "models")))) as engine:
        result = engine.refresh(ADDRESS)
        assert (result.outcome, result.rows_total, result.columns_added) == ("replaced", COUNT + 2, ())
        assert engine.query(titles).rows == [(COUNT, "old"), (COUNT + 1, "new")]
        assert engine.refresh(ADDRESS).outcome == "unchanged"

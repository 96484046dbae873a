"""Refreshing tables whose SQL changes, whose keys are NULL or several columns, or which leave rows out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.landing_data import Platform, open_platform, pin

NEWEST = "ORDER BY kafka_partition DESC, kafka_offset DESC) = 1"


def model(columns: str, partition: str, where: str = "") -> str:
    return f"SELECT {columns} FROM raw.pin {where} QUALIFY ROW_NUMBER() OVER (PARTITION BY {partition} {NEWEST}\n"


OTHER = (3, "TITLE 3", "art")
BY_INDEX = model("`index` AS ind, title", "`index`")
BY_TITLE = model("title AS name, `index` AS ind", "title")
BY_BOTH = model("title, category, `index` AS ind", "title, category")
DOWNLOADED = model("`index` AS ind, title", "`index`", "WHERE downloaded = 1")


def with_model(platform: Platform, sql: str, key: str) -> Platform:
    """The same landing zone and lake, with `cleaned/thing` as the only model."""
    folder = platform.root / "models"
    path = folder / "cleaned" / "thing.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"-- description: A thing.\n-- owner: team:data\n-- key: {key}\n\n{sql}")
    return Platform(platform.root, DuckDBEngine(platform.engine._settings, Catalog.load(with_models(folder))))


@pytest.fixture
def things(platform, landing):
    """`cleaned/thing` by index, of the pins 0..9."""
    landing.put(0, [pin(n, title=f"title {n}") for n in range(10)])
    platform.engine.ingest("pin")
    platform = with_model(platform, BY_INDEX, "ind")
    platform.engine.refresh("cleaned/thing")
    return platform


def more(platform, start, lines):
    platform.landing.put(start, lines)
    platform.engine.ingest("pin")
    return platform.engine.refresh("cleaned/thing")


def test_changed_sql_computes_everything_anew(things):
    changed = with_model(things, BY_INDEX.replace("title", "UPPER(title) AS title"), "ind")
    assert changed.engine.refresh("cleaned/thing").outcome == "replaced"
    assert changed.rows("SELECT title FROM cleaned.thing WHERE ind = 3") == [("TITLE 3",)]
    assert changed.engine.refresh("cleaned/thing").outcome == "unchanged"
    assert more(changed, 10, [pin(3, title="new")]).outcome == "merged"
    assert changed.rows("SELECT title FROM cleaned.thing WHERE ind = 3") == [("NEW",)]


def test_changed_comments_and_layout_do_not(things):
    changed = with_model(things, f"-- Another word.\n{BY_INDEX.replace(', title', ',  title')}", "ind")
    assert changed.engine.refresh("cleaned/thing").outcome == "unchanged"


def test_other_columns(things):
    """One more, one of another type, and back; versions from before stay readable."""
    for sql, columns, row in (
        (model("`index` AS ind, UPPER(title) AS title, category", "`index`"), ("ind", "title", "category"), OTHER),
        (model("`index` AS ind, LENGTH(title) AS title", "`index`"), ("ind", "title"), (3, 7)),
        (BY_INDEX, ("ind", "title"), (3, "title 3")),
    ):
        changed = with_model(things, sql, "ind")
        assert changed.engine.refresh("cleaned/thing").outcome == "replaced"
        result = changed.engine.query("SELECT * FROM cleaned.thing WHERE ind = 3")
        assert (result.columns, result.rows) == (columns, [row])
        assert changed.engine.refresh("cleaned/thing").outcome == "unchanged"
    before = changed.engine.refresh("cleaned/thing", as_of=str(changed.version("cleaned/thing") - 2))
    assert before.rows_total == 10
    [copied] = changed.engine._session.rows(f"SELECT * FROM delta_scan('{before.uri}') WHERE ind = 3")
    assert copied == OTHER


def test_table_that_is_replaced_whole_gets_other_columns(things):
    total = "SELECT COUNT(*) AS things FROM raw.pin\n"
    assert with_model(things, total, "things").engine.refresh("cleaned/thing").outcome == "replaced"
    changed = with_model(things, total.replace("things", "items"), "items")
    assert changed.engine.refresh("cleaned/thing").outcome == "replaced", "though the numbers are the same"
    assert changed.engine.query("SELECT * FROM cleaned.thing").columns == ("items",)


ROWS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from([None, "", "a", "b"]), st.sampled_from("xy"), st.booleans()),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize(
    ("sql", "key"),
    [(BY_TITLE, "name"), (BY_BOTH, "[title, category]"), (DOWNLOADED, "ind")],
    ids=["null", "two", "some"],
)
@given(objects=st.lists(st.tuples(st.integers(0, 3), ROWS), min_size=2, max_size=4))
@settings(max_examples=5, deadline=None)
def test_merge_equals_rebuild(tmp_path_factory, sql, key, objects):
    """Also where a key is NULL, has several columns, or the newest record of a key is left out."""
    platform = with_model(open_platform(tmp_path_factory.mktemp("shapes")), sql, key)
    for number, (place, rows) in enumerate(objects):
        lines = [
            pin(index, title=title, category=category, downloaded=int(downloaded))
            for index, title, category, downloaded in rows
        ]
        result = more(platform, 100 * (place * 10 + number), lines)
    assert result.outcome == "merged"
    merged = platform.rows("SELECT * FROM cleaned.thing ORDER BY ALL")
    platform.engine.refresh("cleaned/thing", full_refresh=True)
    assert platform.rows("SELECT * FROM cleaned.thing ORDER BY ALL") == merged
    platform.engine.close()


def test_one_row_a_key_though_the_newest_ones_tie(things):
    things.landing.put(10, [pin(n, title=f"other {n}") for n in range(5)])
    things.engine.ingest("pin")
    tied = with_model(
        things, BY_INDEX.replace("kafka_partition DESC, kafka_offset DESC", "kafka_partition DESC"), "ind"
    )
    result = tied.engine.refresh("cleaned/thing")
    assert (result.outcome, result.rows_total) == ("replaced", 10)
    assert tied.rows("SELECT COUNT(DISTINCT ind) FROM cleaned.thing") == [(10,)]

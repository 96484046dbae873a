"""A record or a model that declares other columns than its tables have, written by the version before."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.failpoints import Failpoint
from pinterest_platform.lake.columns import delta_schema
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import PIN, RECORDS
from pinterest_platform.schemas import Column, RecordSchema
from pinterest_platform_tests.engines.children import Death, run_to_death
from pinterest_platform_tests.landing_data import Platform, pin, same_as_clean_run

#: The version before knew no tags, though lines had them.
BEFORE = replace(PIN, columns=tuple(column for column in PIN.columns if column.name != "tag_list"))
TAGS = "SELECT `index`, tag_list FROM raw.pin ORDER BY 1"
CLEANED = "SELECT ind, tag_list FROM cleaned.pin ORDER BY 1"


def engine_of(platform: Platform, record: RecordSchema, models: Path) -> DuckDBEngine:
    """An engine over the same lake whose domain declares pins, and their tables in a folder of models, differently."""
    domain = replace(PINTEREST, records={**RECORDS, "pin": record}, models=models)
    return DuckDBEngine(platform.engine._settings, Catalog.load(domain))


@pytest.fixture
def before(platform: Platform, tmp_path: Path) -> Callable[..., None]:
    """Does what the version before did with what has landed: the record was another one, and its model had no tags."""

    def run(record: RecordSchema = BEFORE) -> None:
        folder = tmp_path / "models before"
        (folder / "cleaned").mkdir(parents=True)
        model = platform.engine._catalog.models["cleaned/pin"].path.read_text()
        model = re.sub(r"  CASE\n    WHEN tag_list .*? AS tag_list,[^\n]*\n", "", model, flags=re.DOTALL)
        (folder / "cleaned/pin.sql").write_text(model)
        with closing(engine_of(platform, record, folder)) as engine:
            assert "tag_list" not in [c.name for c in engine._catalog.columns("cleaned/pin")]
            engine.ingest("pin")
            engine.refresh("cleaned/pin")

    return run


@pytest.fixture
def declared(platform: Platform, tmp_path: Path) -> Callable[[RecordSchema], None]:
    """Ingests what has landed with another declaration of pins."""

    def run(record: RecordSchema) -> None:
        folder = tmp_path / "models of places"
        (folder / "cleaned").mkdir(parents=True)
        shutil.copy(platform.engine._catalog.models["cleaned/geo"].path, folder / "cleaned")
        with closing(engine_of(platform, record, folder)) as engine:
            engine.ingest("pin")

    return run


def with_types(**types: str) -> RecordSchema:
    """Pins some of whose columns are of another type."""
    return replace(PIN, columns=tuple(replace(c, type=types.get(c.name, c.type)) for c in PIN.columns))  # type: ignore[arg-type]


#: Pins as another version declared them, and why their table is refused now.
REFUSED = [
    (
        replace(PIN, columns=(*PIN.columns, Column("board", "string", "Board."))),
        "column board is no longer declared",
    ),
    (with_types(tag_list="bigint"), "column tag_list is bigint but declared as string"),
    (
        replace(PIN, columns=tuple(c for c in PIN.columns if c.name != "category")),
        "column category is new and required, but older rows lack it",
    ),
]
REFUSED_IDS = ["gone", "other type", "new and required"]


def operations(platform: Platform, address: str) -> list[str]:
    return [commit["operation"] for commit in platform.lake.require(address).history()]


def test_column_is_added_to_raw_in_place(platform, landing, before, caplog):
    landing.put(0, [pin(1, tag_list="a"), pin(2, tag_list="b")])
    before()
    files = platform.files("raw/pin")
    landing.put(2, [pin(3, tag_list="c")])
    result = platform.engine.ingest("pin")
    assert (result.rows_added, result.columns_added) == (1, ("tag_list",))
    assert platform.rows(TAGS) == [(1, None), (2, None), (3, "c")]
    assert files < platform.files("raw/pin"), "no file was rewritten"
    assert operations(platform, "raw/pin").count("ADD COLUMN") == 1
    assert "raw/pin: added column tag_list in place; it is null in older rows" in caplog.text
    result, version = platform.engine.ingest("pin"), platform.version("raw/pin")
    assert (result.version, result.columns_added) == (version, ())


def test_column_is_there_to_be_read_before_anything_is_written(platform, landing, before):
    landing.put(0, [pin(1, tag_list="a")])
    before()
    version = platform.version("raw/pin")
    assert platform.rows(TAGS) == platform.rows(CLEANED) == [(1, None)]
    new = platform.engine.inspect("SELECT tag_list FROM new.raw.pin", since={"raw/pin": 0})
    assert new.rows == [(None,)]
    assert platform.version("raw/pin") == version


@pytest.mark.long
def test_column_is_there_to_be_read_at_a_version_without_it(platform, landing, before):
    landing.put(0, [pin(1, tag_list="a")])
    before()
    version = platform.version("raw/pin")
    landing.put(1, [pin(2, tag_list="b")])
    platform.engine.ingest("pin")
    assert platform.engine.inspect(TAGS, at={"raw/pin": version}).rows == [(1, None)]
    assert platform.engine.refresh("raw/pin", as_of=str(version)).rows_total == 1


def test_retry_of_rejected_lines_fills_it(platform, landing, before):
    """The version before rejected what had no title."""
    strict = replace(
        BEFORE, columns=tuple(replace(c, required=c.required or c.name == "title") for c in BEFORE.columns)
    )
    landing.put(0, [pin(1, tag_list="a", title="t"), pin(2, tag_list="b")])
    before(strict)
    assert len(platform.rejected()) == 1
    assert platform.engine.release("pin") == 1
    assert platform.rows(TAGS) == [(1, None), (2, "b")]


def test_full_refresh_from_landing_fills_it(platform, landing, before):
    landing.put(0, [pin(1, tag_list="a"), b"garbage", pin(2, tag_list="b")])
    before()
    result = platform.engine.ingest("pin", full_refresh=True)
    assert (result.rows_added, result.columns_added) == (2, ())
    same_as_clean_run(platform, platform.root / "clean")
    assert platform.lake.require("raw/pin").schema() == delta_schema(PIN.raw_columns)


def test_column_is_added_to_cleaned_in_place(platform, landing, before, caplog):
    landing.put(0, [pin(1, tag_list="a"), pin(2, tag_list="b")])
    before()
    files = platform.files("cleaned/pin")
    landing.put(2, [pin(3, tag_list="c")])
    platform.engine.ingest("pin")
    result = platform.engine.refresh("cleaned/pin")
    assert (result.outcome, result.rows_changed, result.columns_added) == ("merged", 1, ("tag_list",))
    assert platform.rows(CLEANED) == [(1, None), (2, None), (3, "c")]
    assert files < platform.files("cleaned/pin"), "no file was rewritten"
    assert "cleaned/pin: added column tag_list in place" in caplog.text
    assert platform.engine.refresh("cleaned/pin").outcome == "unchanged"
    platform.engine.ingest("pin", full_refresh=True)
    assert platform.engine.refresh("cleaned/pin").outcome == "replaced"
    assert platform.rows(CLEANED) == [(1, "a"), (2, "b"), (3, "c")]


@pytest.mark.long
def test_full_refresh_computes_cleaned_whole(platform, landing, before):
    """The record had the column, the model did not."""
    landing.put(0, [pin(1, tag_list="a")])
    before(PIN)
    assert platform.engine.refresh("cleaned/pin").columns_added == ("tag_list",)
    assert platform.rows(CLEANED) == [(1, None)]
    assert platform.engine.refresh("cleaned/pin", full_refresh=True).outcome == "replaced"
    assert platform.rows(CLEANED) == [(1, "a")]


def test_key_that_arrives_again_fills_its_row(platform, landing, before):
    landing.put(0, [pin(1, tag_list="a"), pin(2, tag_list="b")])
    before()
    landing.put(2, [pin(2, tag_list="c")])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    assert platform.rows(CLEANED) == [(1, None), (2, "c")]


def test_killed_after_a_column_was_added_to_cleaned(platform, landing, before):
    landing.put(0, [pin(1, tag_list="a")])
    before()
    landing.put(1, [pin(2, tag_list="b")])
    platform.engine.ingest("pin")
    run_to_death(platform.root, "refresh cleaned/pin", Death(Failpoint.COLUMNS_ADDED, "cleaned/pin"))
    assert platform.engine.refresh("cleaned/pin").outcome == "merged"
    assert platform.rows(CLEANED) == [(1, None), (2, "b")]


def test_files_with_and_without_it_are_joined(platform, landing, before):
    landing.put(0, [pin(1, tag_list="a")])
    before()
    landing.put(1, [pin(2, tag_list="b")])
    platform.engine.ingest("pin")
    done = optimize(platform.lake.require("raw/pin"), ())
    assert (done.files_before, done.files_after) == (2, 1)
    assert platform.rows(TAGS) == [(1, None), (2, "b")]


@pytest.mark.parametrize(("record", "told"), REFUSED, ids=REFUSED_IDS)
def test_other_changes_are_refused_and_rebuilt_from_landing(platform, landing, declared, record, told):
    landing.put(0, [pin(1, tag_list="7"), pin(2, tag_list="8")])
    declared(record)
    landing.put(2, [pin(3)])
    versions = platform.version("raw/pin"), platform.version("raw/rejected")
    for use in (platform.engine.ingest, platform.engine.release):
        with pytest.raises(LakeError, match=rf"^raw/pin: .*: {told}\. Nothing was written.*--full-refresh landing`"):
            use("pin")
    assert (platform.version("raw/pin"), platform.version("raw/rejected")) == versions
    assert platform.engine.ingest("pin", full_refresh=True).rows_added == 3
    same_as_clean_run(platform, platform.root / "clean")
    assert platform.lake.require("raw/pin").schema() == delta_schema(PIN.raw_columns)


@pytest.mark.long
def test_rebuilt_before_anything_had_landed(platform, declared):
    declared(with_types(tag_list="bigint"))
    platform.engine.ingest("pin", full_refresh=True)
    assert platform.engine.ingest("pin").rows_total == 0


def test_rows_of_another_topic_cannot_be_rebuilt(platform, landing, declared):
    """Their landing objects are not read, so a column of theirs that goes would be lost."""
    landing.put(0, [pin(1)])
    declared(replace(PIN, columns=(*PIN.columns, Column("board", "string", "Board."))))
    settings, version = (
        platform.engine._settings.model_copy(update={"topic_prefix": "new"}),
        platform.version("raw/pin"),
    )
    with (
        closing(type(platform.engine)(settings, platform.engine._catalog)) as other,
        pytest.raises(
            LakeError, match=r"raw/pin: has rows of t\.pin, which a full refresh of new\.pin leaves alone.*board"
        ),
    ):
        other.ingest("pin", full_refresh=True)
    assert platform.version("raw/pin") == version

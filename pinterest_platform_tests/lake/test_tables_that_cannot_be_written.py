"""Tables of a newer version, with a locked feature or other columns are refused, and the message says what to do."""

from __future__ import annotations

import pytest
from deltalake import DeltaTable

from pinterest_platform.catalog.model import ModelColumn
from pinterest_platform.lake.columns import delta_schema, has_columns
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.protocol import WRITABLE_FEATURES
from pinterest_platform_tests.lake.conftest import ADDRESS, COLUMNS


@pytest.mark.parametrize("written", ["2", "17", "next"])
def test_lake_of_a_newer_version(numbers, written):
    numbers.open().alter.set_table_properties({"pinterest_platform.format": written}, raise_if_not_exists=False)
    for use in (numbers.open, lambda: numbers.lake.open(ADDRESS), lambda: numbers.lake.require(ADDRESS)):
        with pytest.raises(
            LakeError, match=rf"written in lake format {written}, but .* formats up to 1. Use the version"
        ):
            use()


def test_lake_without_a_format_is_of_the_first(numbers):
    DeltaTable.create(str(numbers.folder()), delta_schema(COLUMNS))
    assert numbers.open().version() == 0


def test_locked_feature(numbers):
    numbers.open().alter.set_table_properties({"delta.enableDeletionVectors": "true"})
    with pytest.raises(
        LakeError, match=r"feature deletionVectors.* prevents an engine .*: duckdb\. .* Restore a version from before"
    ):
        numbers.open()
    with pytest.raises(LakeError, match="deletionVectors"):
        numbers.lake.check(ADDRESS, COLUMNS)
    assert numbers.lake.open(ADDRESS) is not None, "it can still be read"


def test_protocol_of_what_is_made_here(numbers):
    protocol = numbers.open().protocol()
    assert set(protocol.writer_features or ()) <= WRITABLE_FEATURES
    assert set(protocol.reader_features or ()) <= {"timestampNtz"}
    properties = numbers.open().metadata().configuration
    assert properties["delta.checkpointPolicy"] == "classic"
    assert {properties[f"delta.enable{feature}"] for feature in ("DeletionVectors", "RowTracking")} == {"false"}


@pytest.mark.parametrize("address", ["raw/x", "stream/x"])
@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (COLUMNS[:3], "column t is no longer declared"),
        ((ModelColumn("k", "string", ""), *COLUMNS[1:]), "column k is bigint but declared as string"),
        ((*COLUMNS, ModelColumn("a", "array<double>", required=True)), "column a is new and required"),
    ],
)
def test_table_that_cannot_be_computed_again_with_other_columns(tmp_path, address, declared, told):
    lake = Lake(str(tmp_path))
    lake.ensure(address, COLUMNS, "")
    for use in (lambda: lake.ensure(address, declared, ""), lambda: lake.check(address, declared)):
        with pytest.raises(LakeError, match=rf"{address}: .*: {told}.*\. Nothing was written\. "):
            use()
    assert lake.require(address).version() == 0
    assert lake.ensure(address, COLUMNS[::-1], "").version() == 0, "in whatever order"


@pytest.mark.parametrize("address", ["raw/x", "stream/x"])
def test_columns_that_may_be_null_are_added(tmp_path, address):
    lake, wider = Lake(str(tmp_path), keep_open=True), (ModelColumn("a", "array<double>", "New."), *COLUMNS)
    lake.ensure(address, COLUMNS, "")
    assert lake.check(address, wider)
    assert lake.require(address).version() == 0, "a look changes nothing"
    table = lake.ensure(address, wider, "")
    assert (table.version(), table.columns_added) == (1, ("a",))
    assert [field.name for field in table.schema().fields] == [*(c.name for c in COLUMNS), "a"], "behind the others"
    assert table.schema().fields[-1].metadata == {"comment": "New."}
    table = lake.ensure(address, wider, "")
    assert (table.version(), table.columns_added) == (1, ())


def test_computed_table_with_other_columns_is_left_to_its_refresh(numbers):
    numbers.open()
    table = numbers.lake.ensure(ADDRESS, COLUMNS[:2], "")
    assert not has_columns(table, COLUMNS[:2])
    assert has_columns(table, COLUMNS)


def test_broken_log(numbers):
    numbers.open()
    (numbers.folder() / "_delta_log" / f"{0:020d}.json").write_text("{broken")
    with pytest.raises(LakeError, match=r": 0{20}\.json is cut off .*`pinterest-platform repair cleaned/numbers`"):
        numbers.open()


def test_begun_but_not_created(numbers):
    """What a writer leaves that dies before its first commit is no table yet."""
    (numbers.folder() / "_delta_log").mkdir(parents=True)
    assert numbers.lake.open(ADDRESS) is None
    assert numbers.open().version() == 0


def test_no_such_table(numbers):
    assert not numbers.lake.check(ADDRESS, COLUMNS)
    with pytest.raises(LakeError, match=r"cleaned/numbers: no such table in .*Create it with `pinterest-platform run`"):
        numbers.lake.require(ADDRESS)


def test_lake_is_a_file(tmp_path):
    (tmp_path / "lake").write_text("")
    with pytest.raises(LakeError, match=r"raw/x: cannot create a Delta table at .*/lake/raw/x"):
        Lake(str(tmp_path / "lake")).ensure("raw/x", COLUMNS, "")


def test_unknown_type():
    with pytest.raises(LakeError, match=r"column type 'money' cannot be stored\. Allowed types: bigint, .*array<...>"):
        delta_schema([ModelColumn("x", "money", "")])


def test_types():
    schema = delta_schema(
        [ModelColumn("a", "array<double>", ""), ModelColumn("d", "decimal(18,3)", ""), ModelColumn("n", "int", "")]
    )
    assert [str(field.type.type) for field in schema.fields] == ["array", "decimal(18,3)", "integer"]

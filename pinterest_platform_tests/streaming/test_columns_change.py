"""A model that declares other columns than the table of its stream has, written by the version before."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from pinterest_platform.catalog import Model
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest.records import PIN
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Stream
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import (
    FIRST,
    catalog,
    chunk,
    session_of,
    table_rows,
)

MODEL = catalog().models["cleaned/pin"]
#: The version before knew no tags, though records had them.
BEFORE = replace(MODEL, columns=tuple(column for column in MODEL.columns if column.name != "tag_list"))
TAGS = "ind, tag_list"


def before(model: Model) -> Model:
    """The model without tags: its SQL too."""
    sql = model.required_sql()
    start = sql.index("  CASE\n    WHEN tag_list")
    end = sql.index("\n", sql.index("AS tag_list")) + 1
    return replace(BEFORE, sql=sql[:start] + sql[end:])


def stream_with(settings: Settings, stream: Stream, model: Model, *records: bytes, first: int = FIRST) -> None:
    """What a job of the stream does with records."""
    session = session_of(settings)
    with closing(session), closing(Writer(session, stream, PIN, model)) as writer:
        writer.add([chunk(records, first=first)])


def test_column_is_added_when_the_job_is_started(settings, stream, caplog):
    stream_with(settings, stream, before(MODEL), pin(1, tag_list="a"), pin(2, tag_list="b"))
    files = set(Lake(settings.lake_root).require("stream/pin").file_uris())
    stream_with(settings, stream, MODEL, pin(3, tag_list="c"), first=FIRST + 2)
    assert table_rows(settings, "stream/pin", TAGS) == [(1, None), (2, None), (3, "c")]
    table = Lake(settings.lake_root).require("stream/pin")
    assert files < set(table.file_uris()), "no file was rewritten"
    assert "ADD COLUMN" in [commit["operation"] for commit in table.history()]
    assert "stream/pin: added column tag_list in place" in caplog.text


def test_job_of_the_version_before_goes_on_beside(settings, stream):
    """It has the table open; what it adds has no tags."""
    session = session_of(settings)
    with closing(session), closing(Writer(session, stream, PIN, before(MODEL))) as old:
        old.add([chunk([pin(1, tag_list="a")])])
        with closing(session_of(settings)) as other:
            Writer(other, stream, PIN, MODEL).close()
        old.add([chunk([pin(2, tag_list="b")], first=FIRST + 1)])
    assert table_rows(settings, "stream/pin", TAGS) == [(1, None), (2, None)]


@pytest.mark.parametrize("kind", ["bigint", ""])
def test_other_changes_are_refused(settings, stream, kind):
    """Of another type, or gone."""
    stream_with(settings, stream, MODEL, pin(1, tag_list="a"))
    version = Lake(settings.lake_root).require("stream/pin").version()
    changed = before(MODEL)
    if kind:
        columns = (replace(c, type=kind) if c.name == "tag_list" else c for c in MODEL.columns)
        changed = replace(MODEL, columns=tuple(columns))
    told = "column tag_list is string but declared as bigint" if kind else "column tag_list is no longer declared"
    with pytest.raises(LakeError, match=rf"^stream/pin: .*: {told}\. Nothing was written\..* or move its folder away"):
        stream_with(settings, stream, changed, pin(2), first=FIRST + 1)
    assert Lake(settings.lake_root).require("stream/pin").version() == version

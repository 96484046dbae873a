"""What is committed to a stream's tables, and how far they say they are, whatever happens between two commits."""

from __future__ import annotations

import json
import os
from contextlib import closing

import pytest

from pinterest_platform.catalog import declared_table
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.errors import LakeConflictError, LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.schemas import Column
from pinterest_platform.streaming import StreamError
from pinterest_platform.streaming.columns import ARRIVAL
from pinterest_platform.streaming.stream_tables import IDENTITY
from pinterest_platform.streaming.table import StreamTable
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import (
    FIRST,
    catalog,
    chunk,
    session_of,
    stream_of,
    table_rows,
)

SHARD = "shardId-000000000000"
LAST = 2**187 - 1


def table_of(settings, stream):
    declared = declared_table(stream.address, "", (Column("n", "bigint", ""), *ARRIVAL), IDENTITY)
    return StreamTable(session_of(settings), stream, declared)


def writer_of(settings, stream):
    return Writer(session_of(settings), stream, RECORDS[stream.record], catalog().models[stream.model])


def inds(settings):
    return [ind for (ind,) in table_rows(settings, "stream/pin", "ind")]


def lines(settings):
    return [line for (line,) in table_rows(settings, "stream/rejected", "line")]


def test_marks_survive_checkpoint_and_clean_up(settings, stream, monkeypatch):
    """The log is checkpointed and cleaned up as commits go on."""
    brief = {"delta.logRetentionDuration": "interval 0 seconds", "delta.checkpointInterval": "10"}
    monkeypatch.setattr("pinterest_platform.streaming.table._PROPERTIES", brief)
    table = table_of(settings, stream)
    marks = {SHARD: LAST, "shardId-000000000001": FIRST, "shardId-000000000001/ended": 1, "started": 2**41}
    table.append(None, marks)
    log = settings.data / "lake/stream/pin/_delta_log"
    for _ in range(25):
        table.append(None, {SHARD: LAST})
    assert not (log / f"{1:020}.json").exists()
    again = table_of(settings, stream)
    assert again.marks([*marks, "shardId-000000000002"]) == marks
    assert again.batches == table.batches


def test_of_two_jobs_the_one_that_comes_second_stops(settings, stream):
    first, second = writer_of(settings, stream), writer_of(settings, stream)
    first.add([chunk([pin(1)])])
    with pytest.raises(
        StreamError, match=r"stream/pin: another job commits to it from kinesis streaming-p-pin: it committed"
    ):
        second.add([chunk([pin(1)])])
    first.add([chunk([pin(2)], first=FIRST + 1)])
    with pytest.raises(StreamError, match="Run one job per stream"):
        second.add([chunk([pin(1)])])
    assert inds(settings) == [1, 2]


def test_a_job_notices_another_one_also_after_it_compacted(settings, stream):
    first, second = writer_of(settings, stream), writer_of(settings, stream)
    first.add([chunk([pin(1)])])
    second.events._table = Lake(settings.lake_root).require("stream/pin")
    with pytest.raises(StreamError, match="another job commits to it"):
        second.add([chunk([pin(1)])])
    assert inds(settings) == [1]


def test_a_commit_whose_answer_was_lost_is_not_made_again(settings, stream, monkeypatch):
    from pinterest_platform.streaming import table as module

    commit, lost = module.commit, []

    def broken_off(table, **arguments):
        commit(table, **arguments)
        if not lost:
            lost.append(True)
            raise LakeConflictError("it broke off")

    writer = writer_of(settings, stream)
    monkeypatch.setattr(module, "commit", broken_off)
    writer.add([chunk([pin(1)])])
    writer.add([chunk([pin(2)], first=FIRST + 1)])
    assert lost
    assert inds(settings) == [1, 2]


def test_a_commit_that_did_not_happen_is_made_again(settings, stream, monkeypatch):
    from pinterest_platform.streaming import table as module

    commit, failed = module.commit, []

    def broken_off(table, **arguments):
        if not failed:
            failed.append(True)
            raise LakeConflictError("it broke off")
        return commit(table, **arguments)

    monkeypatch.setattr(module, "commit", broken_off)
    writer_of(settings, stream).add([chunk([pin(1)])])
    assert failed
    assert inds(settings) == [1]


def test_rejected_lines_are_not_doubled_however_a_batch_is_cut_again(settings, stream, monkeypatch):
    """A crash between the two commits; then the records are read again in smaller and in larger batches."""
    records = [b"a", pin(1), b"b", pin(2), b"c", pin(3), b"d"]
    other = "shardId-000000000001"
    dying = writer_of(settings, stream)
    monkeypatch.setattr(dying.events, "append", lambda *_: (_ for _ in ()).throw(LakeError("dies here")))
    with pytest.raises(LakeError, match="dies here"):
        dying.add([chunk(records)])
    assert lines(settings) == ["a", "b", "c", "d"]
    writer = writer_of(settings, stream)
    writer.add([chunk(records[:3])])
    # The other shard's line moves its own mark only.
    writer.add([chunk(records[3:4], first=FIRST + 3), chunk([b"x"], shard=other)])
    writer.add([chunk([*records[4:], b"e"], first=FIRST + 4), chunk([b"y"], shard=other, first=FIRST + 1)])
    assert lines(settings) == ["a", "b", "c", "d", "e", "x", "y"]
    assert inds(settings) == [1, 2, 3]


def test_streams_share_the_rejected_table(settings):
    first = writer_of(settings, stream_of(settings))
    second = writer_of(settings, stream_of(settings, "geo"))
    for number in range(3):
        first.add([chunk([b"pin %d" % number], first=FIRST + number)])
        second.add([chunk([b"geo %d" % number], first=FIRST + number)])
    assert lines(settings) == [f"{name} {number}" for name in ("geo", "pin") for number in range(3)]


def test_small_files_are_joined_as_the_job_goes(settings, stream, monkeypatch):
    monkeypatch.setattr("pinterest_platform.lake.maintenance._SMALL_FILES", 6)
    monkeypatch.setattr("pinterest_platform.streaming.writer.COMPACT_EVERY", 1)
    lake, number = Lake(settings.lake_root), 0
    with closing(writer_of(settings, stream)) as writer:
        while number < 15 or any(len(lake.require(a).file_uris()) > 7 for a in ("stream/pin", "stream/rejected")):
            writer.add([chunk([pin(number), b"x"], first=FIRST + 2 * number)])
            number += 1
    assert inds(settings) == list(range(number))
    assert len(lines(settings)) == number
    assert writer.events.marks([SHARD]) == {SHARD: FIRST + 2 * number - 1}


def test_joining_gives_way_to_batches(settings, stream, monkeypatch):
    monkeypatch.setattr("pinterest_platform.lake.maintenance._SMALL_FILES", 6)
    before, seen, join = os.getpriority(os.PRIO_PROCESS, 0), [], maintenance.join_files

    def watched(*arguments):
        # Of Linux's threads, each has a priority.
        seen.append(os.getpriority(os.PRIO_PROCESS, 0))
        return join(*arguments)

    monkeypatch.setattr(maintenance, "join_files", watched)
    with closing(writer_of(settings, stream)) as writer:
        for number in range(6):
            writer.add([chunk([pin(number)], first=FIRST + number)])
        writer.events.compact()
    assert seen == [19]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_files_that_another_one_has_joined_are_not_joined_twice(settings, stream, monkeypatch):
    """Two streams join the same files of the table that they share; one comes second."""
    monkeypatch.setattr("pinterest_platform.lake.maintenance._SMALL_FILES", 6)
    writers = [writer_of(settings, stream), writer_of(settings, stream_of(settings, "geo"))]
    for number in range(6):
        writers[number % 2].add([chunk([b"%d" % number], first=FIRST + number)])
    for writer in writers:
        writer._rejected._table.update_incremental()
        writer._rejected.compact()
    for writer in writers:
        writer._rejected._compaction._joining.result()
        writer._rejected._table.update_incremental()
        writer._rejected.compact()
        writer.close()
    assert lines(settings) == [str(number) for number in range(6)]
    table = Lake(settings.lake_root).require("stream/rejected")
    assert len(table.file_uris()) == 1
    assert len(list((settings.data / "lake/stream/rejected").glob("*.parquet"))) == 7, "the loser's file is removed"


def test_figures_of_batches_can_be_queried(settings, stream):
    with closing(writer_of(settings, stream)) as writer:
        told = [writer.add([chunk([pin(1), b"x"])]), writer.add([chunk([pin(2)], first=FIRST + 2)])]
    columns = "batch, records, rows, rejected, bytes, lag, version, visible_max_seconds"
    assert table_rows(settings, "stream/batches", columns) == [
        (b.batch, b.records, b.rows, b.rejected, b.bytes, json.dumps(b.lag), b.version, b.visible_max_seconds)
        for b in told
    ]
    assert [(b.batch, b.records, b.rows, b.rejected) for b in told] == [(1, 2, 1, 1), (2, 1, 1, 0)]


@pytest.mark.parametrize("happened", [True, False])
def test_figures_that_could_not_be_written_stop_nothing_and_come_once(settings, stream, monkeypatch, happened):
    from pinterest_platform.streaming import batch as module

    commit, failed = module.commit, []

    def broken_off(table, **arguments):
        if failed:
            return commit(table, **arguments)
        if happened:
            commit(table, **arguments)
        failed.append(True)
        raise LakeConflictError("it broke off")

    monkeypatch.setattr(module, "commit", broken_off)
    monkeypatch.setattr(module, "_EVERY", 0)
    with closing(writer_of(settings, stream)) as writer:
        for number in range(3):
            writer.add([chunk([pin(number)], first=FIRST + number)])
    assert failed
    assert table_rows(settings, "stream/batches", "batch") == [(1,), (2,), (3,)]


def test_a_table_with_other_columns_is_refused(settings, stream):
    session_of(settings).lake.ensure("stream/pin", [Column("other", "bigint", "")], "")
    with pytest.raises(LakeError, match=r"stream/pin: the columns in the lake differ from the declared ones"):
        writer_of(settings, stream)


def test_columns_are_those_of_the_model_then_where_from(settings, stream):
    writer_of(settings, stream).add([chunk([pin(1)])])
    model = catalog().models["cleaned/pin"]
    names = [field.name for field in session_of(settings).lake.require("stream/pin").schema().fields]
    assert names == [
        *(c.name for c in model.columns),
        "tombstone",
        "stream",
        "shard_id",
        "sequence_number",
        "arrived_at",
        "ingested_at",
    ]
    assert [field.name for field in Lake(settings.lake_root).require("stream/pin").schema().fields] == names

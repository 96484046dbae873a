"""Reading a Kinesis stream: from where, how far, in which order, and what is told when it cannot be."""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform.streaming import StreamError
from pinterest_platform.streaming.source import Buffer
from pinterest_platform.streaming.table import StreamTable
from pinterest_platform_tests.integration.kinesis.streams import make_stream
from pinterest_platform_tests.integration.streaming.failing_reads import failing_reads
from pinterest_platform_tests.integration.streaming.jobs import Running, run_once
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import stream_of, table_rows
from pinterest_platform_tests.streaming.packing import aggregated

PARENTS = ("ParentShardId", "AdjacentParentShardId")


def test_what_is_there_then_what_is_new(pins):
    pins.put_pins(*range(100))
    assert sum(batch.rows for batch in run_once(pins.settings, pins.stream)) == 100
    pins.put_pins(*range(100, 150))
    assert sum(batch.rows for batch in run_once(pins.settings, pins.stream)) == 50
    assert run_once(pins.settings, pins.stream) == []
    assert pins.inds() == list(range(150))
    pins.assert_each_once()


def test_as_they_come(pins):
    with Running(pins.settings, pins.stream) as job:
        for ind in range(5):
            pins.put_pins(ind)
            job.wait_until(lambda: job.rows == ind + 1)  # noqa: B023
        job.stop()
    assert pins.inds() == list(range(5))
    for batch in job.batches:
        assert 0 <= batch.visible_p50_seconds <= batch.visible_max_seconds < 60
        assert min(batch.wait_seconds, batch.read_seconds, batch.clean_seconds, batch.commit_seconds) >= 0


def test_an_empty_stream(pins):
    assert run_once(pins.settings, pins.stream) == []
    with Running(pins.settings, pins.stream) as job:
        pins.put_pins(1)
        job.wait_until(lambda: job.rows)
    assert pins.inds() == [1]


def test_the_same_row_twice_is_two_events(pins):
    pins.put(pin(7), pin(7))
    run_once(pins.settings, pins.stream)
    assert pins.inds() == [7, 7]
    pins.assert_each_once()


def test_poison_first_in_a_shard_stops_nothing(pins):
    pins.put(b"\xff", b"{", b"[1]", b"null", b'{"index": "x"}')
    pins.put_pins(*range(20))
    run_once(pins.settings, pins.stream)
    assert pins.inds() == list(range(20))
    assert [line for line, _ in pins.rejected()] == ["[1]", "\\xff", "null", "{", '{"index": "x"}']
    pins.assert_each_once()


def test_records_of_the_producer_library_and_gzip(pins):
    """A job that is started again reads none of a record's rows twice."""
    pins.put(aggregated(*map(pin, range(100))), gzip.compress(pin(100) + b"\n" + pin(101)), pin(102))
    run_once(pins.settings, pins.stream)
    pins.put(aggregated(pin(103), pin(104)))
    run_once(pins.settings, pins.stream)
    assert pins.inds() == list(range(105))
    assert pins.rejected() == []


def test_a_record_of_1_mb(pins):
    large = pin(1, description="ü" * 500_000)
    assert 999_000 < len(large) < 2**20
    pins.put(large, pin(2))
    run_once(pins.settings, pins.stream)
    assert table_rows(pins.settings, "stream/pin", "ind, length(description)") == [(1, 500_000), (2, None)]


def test_limits_cut_batches(pins):
    pins.put_pins(*range(100))
    stream = stream_of(pins.settings, limits={"records": 10})
    assert max(batch.records for batch in run_once(pins.settings, stream)) == 10
    assert pins.inds() == list(range(100))


def test_shards_are_split_and_merged_while_it_runs(pins, kinesis):
    """Parents are read to their end before their children, also over a restart."""
    first, second = (shard["ShardId"] for shard in pins.shards())
    pins.put_pins(*range(40))
    pins.split(first)
    pins.put_pins(*range(40, 80))
    run_once(pins.settings, pins.stream)
    assert pins.inds() == list(range(80))
    with Running(pins.settings, pins.stream) as job:
        pins.put_pins(*range(80, 120))
        third = pins.shards()[2]["ShardId"]
        fourth = pins.shards()[3]["ShardId"]
        pins.merge(third, fourth)
        pins.put_pins(*range(120, 160))
        pins.merge(pins.shards()[4]["ShardId"], second)
        pins.put_pins(*range(160, 200))
        job.wait_until(lambda: job.rows == 120)
    with failing_reads(kinesis.endpoint) as server:
        settings = pins.settings.model_copy(update={"kinesis_endpoint": server.url})
        assert run_once(settings, pins.stream) == []
    assert server.asked.count("GetShardIterator") == 1, "shards that are read to their end are not asked again"
    assert pins.inds() == list(range(200))
    pins.assert_each_once()
    times = defaultdict(list)
    for shard, at in table_rows(pins.settings, "stream/pin", "shard_id, ingested_at"):
        times[shard].append(at)
    children = [(shard["ShardId"], shard.get(name)) for shard in pins.shards() for name in PARENTS]
    compared = [(max(times[parent]), min(times[shard])) for shard, parent in children if times[parent] and times[shard]]
    assert len(compared) == 6
    assert all(last < first for last, first in compared)


@pytest.mark.parametrize("code", ["ExpiredIteratorException", "ProvisionedThroughputExceededException"])
def test_reads_that_are_refused_for_now(pins, kinesis, code):
    pins.put_pins(*range(50))
    with failing_reads(kinesis.endpoint) as server:
        settings = pins.settings.model_copy(update={"kinesis_endpoint": server.url})
        with Running(settings, pins.stream) as job:
            job.wait_until(lambda: job.rows == 50)
            server.codes = [code] * 6
            pins.put_pins(*range(50, 100))
            job.wait_until(lambda: job.rows == 100)
    assert not server.codes
    assert (server.asked.count("GetShardIterator") > 2) == (code == "ExpiredIteratorException")
    assert pins.inds() == list(range(100))


@pytest.mark.parametrize("ahead", [0, 3_600, pytest.param(-3_600, marks=pytest.mark.long)])
def test_latest_forgets_nothing_that_came_after_the_first_start(pins, monkeypatch, ahead):
    """The first run reads nothing, and what comes before the second one is not skipped; be the clock of this machine
    right or not."""
    pins.put_pins(*range(10))
    next_second_of(pins)
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + ahead)
    stream = stream_of(pins.settings, starting_position="latest", trigger=0.1)
    lake = Lake(pins.settings.lake_root)
    with Running(pins.settings, stream) as job:
        job.wait_until(lambda: (table := lake.open("stream/pin")) and table.version() > 0)
    assert not job.batches
    pins.put_pins(*range(10, 30))
    with Running(pins.settings, stream) as job:
        job.wait_until(lambda: job.rows == 20)
    assert pins.inds() == list(range(10, 30))
    assert all(ahead <= batch.visible_p50_seconds < ahead + 60 for batch in job.batches), "told as measured"


def test_latest_said_of_a_stream_that_is_read_already_skips_nothing(pins):
    pins.put_pins(*range(20))
    run_once(pins.settings, pins.stream)
    for shard in pins.shards():
        pins.split(shard["ShardId"])
    pins.put_pins(*range(20, 40))
    run_once(pins.settings, stream_of(pins.settings, starting_position="latest"))
    assert pins.inds() == list(range(40))


def test_from_a_time_on(pins):
    pins.put_pins(1, 2, 3)
    start = next_second_of(pins)
    pins.put_pins(*range(10, 20))
    run_once(pins.settings, stream_of(pins.settings, starting_position=start.isoformat()))
    assert pins.inds() == list(range(10, 20))


def next_second_of(pins):
    """Wait until the second is over in which the newest record came, for Kinesis tells its own time, and
    when a shard was made, in whole seconds."""
    newest = max(record["ApproximateArrivalTimestamp"] for shard in pins.shards() for record in pins.read(shard))
    start = newest.replace(microsecond=0) + timedelta(seconds=1)
    while datetime.now(UTC) < start:
        time.sleep(0.01)
    return start


def test_a_stream_that_is_not_there(settings):
    with pytest.raises(StreamError, match=r"stream/pin: Kinesis at .*, stream 'streaming-\w+-pin': .*Create it with `"):
        run_once(settings, stream_of(settings))


def test_a_stream_that_is_deleted_while_it_is_read(pins):
    pins.put_pins(1)
    with pytest.raises(StreamError, match=r"stream/pin: Kinesis at .*, stream 'streaming-.*Create it with "):
        read_until_deleted(pins)


def read_until_deleted(pins):
    with Running(pins.settings, pins.stream) as job:
        job.wait_until(lambda: job.rows)
        pins.client.delete_stream(StreamName=pins.stream.origin)
        job.wait_until(lambda: False)


def test_a_stream_that_was_made_anew_under_its_name(pins):
    pins.put_pins(1)
    run_once(pins.settings, pins.stream)
    next_second_of(pins)
    pins.client.delete_stream(StreamName=pins.stream.origin)
    pins.client.get_waiter("stream_not_exists").wait(StreamName=pins.stream.origin, WaiterConfig={"Delay": 0.01})
    make_stream(pins.client, pins.stream.origin, shards=2)
    with pytest.raises(
        StreamError, match=r"The table is at sequence number \d+ of shardId-\d+, which this stream does"
    ):
        run_once(pins.settings, pins.stream)
    assert pins.inds() == [1]


def test_warns_where_the_stream_may_have_dropped_what_came_meanwhile(pins, caplog):
    pins.put_pins(1)
    run_once(pins.settings, pins.stream)
    run_once(pins.settings, pins.stream)
    assert not caplog.records
    last = max((Path(pins.settings.lake_root) / "stream" / "pin" / "_delta_log").glob("*.json"))
    day_ago = datetime.now(UTC) - timedelta(hours=25)
    made_at = f'"timestamp":{day_ago.timestamp() * 1000:.0f}'
    last.write_text(re.sub(r'"timestamp":\d+', made_at, last.read_text()))
    pins.put_pins(2)
    run_once(pins.settings, pins.stream)
    [told] = caplog.messages
    assert f"{day_ago:%Y-%m-%d %H:%M} UTC, but {pins.stream.origin} keeps records for 24 hours" in told
    assert pins.inds() == [1, 2]


def test_the_second_of_two_jobs_stops(pins):
    numbers = count()
    with Running(pins.settings, pins.stream) as first:
        pins.put_pins(next(numbers))
        first.wait_until(lambda: first.rows)
        second = Running(pins.settings, stream_of(pins.settings, trigger=1))
        with pytest.raises(StreamError, match="stream/pin: another job commits to it"), second:
            second.wait_until(lambda: pins.put_pins(next(numbers)))
        posted = next(numbers)
        first.wait_until(lambda: first.rows == posted)
    assert not second.batches
    pins.assert_each_once()


def test_a_slow_sink_holds_back_who_reads(pins, monkeypatch):
    """Nothing is committed for a while: no more is read than the limits allow, and all of it is there in the end."""
    stream = stream_of(pins.settings, limits={"records": 10, "bytes": 20_000}, trigger=0)
    go, buffers = threading.Event(), []
    put, append = Buffer.put, StreamTable.append

    def watched(buffer, chunk):
        buffers.append(buffer)
        return put(buffer, chunk)

    monkeypatch.setattr(Buffer, "put", watched)
    monkeypatch.setattr(StreamTable, "append", lambda *arguments: go.wait() and append(*arguments))
    pins.put(*(pin(ind, description="x" * 1_000) for ind in range(300)))
    with Running(pins.settings, stream) as job:
        try:
            job.wait_until(lambda: buffers and buffers[0]._bytes > 20_000)
            assert max(buffers[0]._bytes for _ in range(20) if not go.wait(0.02)) <= 40_000
        finally:
            go.set()
        job.wait_until(lambda: job.rows == 300)
    pins.assert_each_once()

"""kill -9 of a job at random moments, over and over, while records are posted."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from pinterest_platform.streaming import Batch
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.integration.streaming.jobs import run_and_kill, run_once
from pinterest_platform_tests.landing_data import open_platform, pin
from pinterest_platform_tests.streaming.chunks import stream_of, table_rows

ENTRY = {"trigger": 0.02, "limits": {"records": 40}}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [None, pytest.param(200, marks=pytest.mark.long)], ids=["few", "many"])
def test_killed_over_and_over(pins, variables, pytestconfig, kills):
    """Each record is there once, cleaned as the batch cleans it, however often the job died."""
    done, posted = threading.Event(), []
    poster = threading.Thread(target=post, args=(pins, done, posted))
    poster.start()
    try:
        kills = kills or pytestconfig.getoption("kills")
        killing = start(run_and_kill, variables, pins.settings.data, ENTRY, kills, 5)
        killing.join()
        assert killing.exitcode == 0
        pins.split(pins.shards()[0]["ShardId"])
    finally:
        done.set()
        poster.join()
    before = table_rows(pins.settings, "stream/pin", "count(*)")[0][0]
    batches: list[Batch] = run_once(pins.settings, stream_of(pins.settings, **ENTRY))
    assert before > 0, "killed too early each time"
    pins.assert_each_once()
    assert before + sum(batch.rows for batch in batches) == len(pins.inds())
    assert_cleaned_as_the_batch_does(pins, posted)


def post(pins, done, posted):
    for number in count():
        if done.wait(0.08):
            return
        records = [b"garbage" if n % 11 == 5 else pin(n, title=f" [{n}]") for n in range(number * 8, number * 8 + 8)]
        pins.put(*records, first=number * 8)
        posted += records


def assert_cleaned_as_the_batch_does(pins, posted):
    platform = open_platform(pins.settings.data / "batch")
    platform.landing.put(0, posted)
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    batch = platform.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    assert [row[:-6] for row in table_rows(pins.settings, "stream/pin")] == batch
    assert len(pins.rejected()) == len(platform.rejected())
    platform.engine.close()

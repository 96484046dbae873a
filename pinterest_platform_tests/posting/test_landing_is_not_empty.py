"""Starting without resuming where objects lie already: behind them, whoever wrote them."""

from __future__ import annotations

import json
import os
import re
from collections import Counter

import pytest

from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform_tests.posting.landed import assert_landed, objects


def put(landing, start, lines, pad=20):
    path = landing / "topics" / "t.pin" / "partition=0" / f"t.pin+0+{start:0{pad}d}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_second_run_goes_on_behind_the_first(small, folder, landing):
    post(small, Sequential(0, 300), folder())
    before = {path: path.read_bytes() for path in landing.rglob("*.json")}
    post(small, Sequential(100, 500), folder(pad=20))
    assert_landed(landing, Counter(range(300)) + Counter(range(100, 500)))
    assert all(path.read_bytes() == content for path, content in before.items())


def test_an_object_of_another_sink_without_provenance(small, folder, landing):
    put(landing, 7, [{"index": 1}] * 5)
    post(small, Sequential(0, 30), folder(partitions=1))
    assert list(objects(landing, "t.pin", 0)) == [7, 12]
    assert list(objects(landing, "t.geo", 0)) == [0]


def test_offsets_left_out_by_another_sink(small, folder, landing):
    put(landing, 0, [{"index": 1, "_offset": 0}, {"index": 2, "_offset": 41}])
    post(small, Sequential(0, 30), folder(partitions=1))
    assert list(objects(landing, "t.pin", 0)) == [0, 42]


def test_an_object_rewritten_with_more_by_another_sink(small, folder, landing):
    put(landing, 0, [{"index": 1}] * 50)
    last = put(landing, 50, [{"index": 1}] * 10)
    again = put(landing, 0, [{"index": 1}] * 1_000)
    # File times have coarse ticks.
    while again.stat().st_ctime_ns <= last.stat().st_ctime_ns:
        os.utime(again)
    post(small, Sequential(0, 30), folder(partitions=1))
    assert list(objects(landing, "t.pin", 0)) == [0, 50, 1_000]


def test_lines_that_are_no_json_count(small, folder, landing):
    path = put(landing, 0, [])
    path.write_bytes(b"\xff\xfe\nnot json")
    post(small, Sequential(0, 30), folder(partitions=1))
    assert (path.parent / "t.pin+0+0000000002.json").is_file()


def test_an_empty_object_in_the_way(small, folder, landing):
    path = put(landing, 3, [])
    with pytest.raises(DestinationError, match=rf"{re.escape(str(path))} exists but is empty. Remove it."):
        post(small, Sequential(0, 30), folder(partitions=1, pad=20))


def test_an_empty_object(small, folder, landing):
    put(landing, 3, [])
    post(small, Sequential(0, 30), folder(partitions=1, pad=10))
    assert (landing / "topics/t.pin/partition=0/t.pin+0+0000000003.json").is_file()

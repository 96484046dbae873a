"""The landing folder is laid out as Kafka Connect lays it out."""

from __future__ import annotations

from collections import Counter

import pytest

from pinterest_platform.pinterest.order import Course
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.posting.landing.partitioner import partition_of
from pinterest_platform.posting.orders import Sequential
from pinterest_platform_tests.posting.conftest import TOPICS
from pinterest_platform_tests.posting.landed import assert_landed, objects, records


def test_every_posting_lands_once_in_each_topic(small, folder, landing):
    result = post(small, Sequential(), folder())
    assert (result.acknowledged, result.posted, result.refused, result.stopped) == (1_000, 1_000, 0, False)
    assert_landed(landing, Counter(range(1_000)))


def test_records_are_the_rows(small, folder, landing):
    post(small, Sequential(), folder())
    rows = [posting for batch in small.read_in_order() for posting in batch]
    for kind, key in (("pin", "index"), ("geo", "ind"), ("user", "ind")):
        landed = sorted(records(landing, f"t.{kind}"), key=lambda record: record[key])
        assert landed == [posting.record(kind) for posting in rows]


def test_a_row_is_in_the_partition_of_its_key_in_all_topics(small, folder, landing):
    post(small, Sequential(), folder())
    for kind, key in (("pin", "index"), ("geo", "ind"), ("user", "ind")):
        for partition in range(3):
            for lines in objects(landing, f"t.{kind}", partition).values():
                assert all(partition_of(line[key], 3) == partition for line in lines)


def test_order_within_a_partition_is_the_order_of_posting(course, folder, landing):
    post(course, Course(), folder(partitions=1), count=700)
    sent = [posting.ind for posting in next(Course().batches(course, 0))]
    assert [record["ind"] for record in records(landing, "t.geo", 1)][:500] == sent


def test_objects_are_full_but_for_the_last(small, folder, landing):
    post(small, Sequential(), folder())
    for partition in range(3):
        sizes = [len(lines) for lines in objects(landing, "t.pin", partition).values()]
        assert set(sizes[:-1]) == {50}
        assert 0 < sizes[-1] <= 50


def test_one_record_an_object(small, folder, landing):
    post(small, Sequential(0, 40), folder(flush_size=1, partitions=2))
    assert_landed(landing, Counter(range(40)), partitions=2)
    assert sum(len(objects(landing, "t.user", partition)) for partition in range(2)) == 40


@pytest.mark.parametrize(
    ("pad", "name"), [(10, "t.pin+0+0000000000.json"), (20, f"t.pin+0+{0:020d}.json"), (1, "t.pin+0+0.json")]
)
def test_names(small, folder, landing, pad, name):
    post(small, Sequential(0, 20), folder(pad=pad))
    partition = landing / "topics" / "t.pin" / "partition=0"
    assert [path.name for path in partition.iterdir()] == [name], "and nothing temporary is left"


def test_provenance_can_be_left_out(small, folder, landing):
    post(small, Sequential(0, 20), folder(provenance=False, partitions=1))
    lines = objects(landing, "t.user", 1 - 1)[0]
    assert [list(line) for line in lines] == [["ind", "first_name", "last_name", "age", "date_joined"]] * 20


def test_the_time_of_sending_is_in_milliseconds(small, folder, landing):
    post(small, Sequential(0, 20), folder(partitions=1, clock=lambda: 1_700_000_000.1234))
    assert {line["_kafka_ts"] for line in objects(landing, "t.geo", 0)[0]} == {1_700_000_000_123}


def test_records_do_not_wait_longer_than_told_to(small, folder, landing):
    times = iter([100.0, 104.9, 105.0, 106.0])
    destination = folder(flush_seconds=5, clock=lambda: next(times))
    rows = next(small.read_in_order(0, 40))
    destination.open(None)
    assert destination.send(rows[:10]).postings == 0
    assert destination.send(rows[10:20]).postings == 0
    assert destination.send(rows[20:30]).postings == 30
    assert destination.send(rows[30:]).postings == 30
    destination.close()
    assert_landed(landing, Counter(range(30)))


def test_other_folder_of_topics(small, folder, landing):
    for stop in (10, 20):
        destination = folder(topics_dir="raw", partitions=1)
        destination.open(None)
        destination.send(next(small.read_in_order(stop - 10, stop)))
        destination.flush()
        destination.close()
    assert [path.name for path in landing.iterdir()] == ["raw"]
    names = sorted(path.name for path in (landing / "raw/t.pin/partition=0").iterdir())
    assert names == [
        "t.pin+0+0000000000.json",
        "t.pin+0+0000000010.json",
    ]


@pytest.mark.parametrize("option", ["partitions", "flush_size", "pad"])
def test_options_out_of_range(landing, option):
    with pytest.raises(ValueError, match=f"{option}=0: must be 1 or more"):
        LandingFolder(landing, RECORDS, TOPICS, **{option: 0})


def test_a_folder_that_cannot_be_made(small, landing):
    landing.write_text("a file")
    with pytest.raises(
        DestinationError, match=r"cannot write .*landing/topics/t.pin: Not a directory.*Free up disk space,"
    ):
        post(small, Sequential(), LandingFolder(landing, RECORDS, TOPICS))

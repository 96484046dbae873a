"""Looking at a landing zone: which objects are news, given how far each partition is ingested."""

from __future__ import annotations

from dataclasses import replace

from pinterest_platform.landing import listing
from pinterest_platform.landing.listing import START, plan_topic
from pinterest_platform_tests.landing_data import pin, touch_later

TOPIC = "t.pin"


def look(landing, positions=None):
    """Start offsets that are news, by partition."""
    plan = plan_topic(landing.store, TOPIC, positions or {})
    return {p.partition: [item.start_offset for item in p.objects] for p in plan.partitions}


def ingested(landing, next_offset, partition=0, before=START):
    """The position after everything that is news now was ingested."""
    [plan] = [p for p in plan_topic(landing.store, TOPIC, {partition: before}).partitions if p.partition == partition]
    return {partition: replace(plan.after, next_offset=next_offset)}


def settle(landing):
    """Wait until the landing zone's newest change is older than a listing may miss."""
    store = landing.store
    while any(
        item.modified > store.list(TOPIC, p).settled
        for p in store.partitions(TOPIC)
        for item in store.list(TOPIC, p).objects
    ):
        pass


def test_nothing_landed(landing):
    assert look(landing) == {}
    assert not plan_topic(landing.store, TOPIC, {}).has_news


def test_empty_partition(landing):
    landing.path(0).parent.mkdir(parents=True)
    assert look(landing) == {0: []}


def test_first_one_and_many(landing):
    landing.put(0, [pin()])
    assert look(landing) == {0: [0]}
    for start in range(1, 40):
        landing.put(start, [pin()])
    assert look(landing) == {0: list(range(40))}


def test_none_after_all_is_ingested(landing):
    for start in range(5):
        landing.put(start, [pin()])
    settle(landing)
    assert look(landing, ingested(landing, 5)) == {0: []}


def test_one_more(landing):
    landing.put(0, [pin()])
    settle(landing)
    position = ingested(landing, 1)
    landing.put(1, [pin()])
    assert look(landing, position) == {0: [1]}


def test_several_partitions(landing):
    landing.put(0, [pin()], partition=0)
    landing.put(7, [pin()], partition=10)
    landing.put(3, [pin()], partition=2)
    assert look(landing) == {0: [0], 2: [3], 10: [7]}
    settle(landing)
    assert look(landing, ingested(landing, 4, partition=2)) == {0: [0], 2: [], 10: [7]}


def test_late_object_below_the_watermark(landing):
    landing.put(0, [pin()])
    landing.put(20, [pin()])
    settle(landing)
    position = ingested(landing, 21)
    landing.put(10, [pin()])
    assert look(landing, position) == {0: [10]}


def test_same_object_written_again(landing):
    path = landing.put(0, [pin()])
    landing.put(1, [pin()])
    settle(landing)
    position = ingested(landing, 2)
    touch_later(path)
    landing.put(0, [pin()])
    assert look(landing, position) == {0: [0]}


def test_object_moved_into_place_keeps_an_old_time_of_writing(landing):
    old = landing.put(0, [pin()])
    aside = old.with_name(".aside")
    aside.write_bytes(pin(1) + b"\n" + pin(2))
    landing.put(1, [pin()])
    settle(landing)
    position = ingested(landing, 2)
    touch_later(old)
    aside.replace(old)
    assert look(landing, position) == {0: [0]}


def test_empty_object_is_news_when_it_is_written(landing):
    landing.put(0, [pin()])
    empty = landing.put(1, b"")
    settle(landing)
    assert look(landing) == {0: [0]}
    position = ingested(landing, 1)
    assert look(landing, position) == {0: []}
    touch_later(empty)
    landing.put(1, [pin()])
    assert look(landing, position) == {0: [1]}


def test_pad_widths_mixed(landing):
    landing.put(0, [pin()], pad=20)
    landing.put(5, [pin()], pad=10)
    landing.put(3, [pin()], pad=1)
    landing.put(12_345_678_901, [pin()], pad=10)
    assert look(landing) == {0: [0, 3, 5, 12_345_678_901]}


def test_strangers_are_reported_and_dot_files_are_not(landing):
    folder = landing.put(0, [pin()]).parent
    for name in ("t.pin+0+1.json.tmp", "t.pin+1+1.json", "notes.txt", ".t.pin+0+9.json.tmp", ".DS_Store"):
        (folder / name).write_bytes(pin())
    (folder / "t.pin+0+0000000007.json").mkdir()
    plan = plan_topic(landing.store, TOPIC, {})
    assert look(landing) == {0: [0]}
    prefix = "topics/t.pin/partition=0/"
    names = ("notes.txt", "t.pin+0+0000000007.json", "t.pin+0+1.json.tmp", "t.pin+1+1.json")
    assert plan.strangers == tuple(prefix + name for name in names)


def test_stranger_whose_name_is_no_text(landing):
    folder = landing.put(0, [pin()]).parent
    with open(bytes(folder) + b"/t.pin+0+\xff.json", "wb"):  # noqa: PTH123
        pass
    assert plan_topic(landing.store, TOPIC, {}).strangers == (r"topics/t.pin/partition=0/t.pin+0+\xff.json",)


def test_folders_that_are_no_partition_are_left_alone(landing):
    topic = landing.put(0, [pin()]).parents[1]
    for name in ("partition=00", "partition=x", "other"):
        (topic / name).mkdir()
    (topic / "partition=5").write_bytes(b"a file")
    assert look(landing) == {0: [0]}


class TestGaps:
    """A gap in the offsets is believed only once the whole partition was listed: a re-cut object far back may hold
    what is missing."""

    def test_recut_object_beyond_the_lookback(self, landing, monkeypatch):
        monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 3)
        first = landing.put(0, [pin()] * 50)
        for start in range(50, 60):
            landing.put(start, [pin()])
        settle(landing)
        position = ingested(landing, 60)
        assert position[0].lookback == 57
        touch_later(first)
        landing.put(0, [pin()] * 1000)
        assert look(landing, position) == {0: []}, "nothing says yet that it is needed"
        landing.put(1000, [pin()])
        assert look(landing, position) == {0: [0, 1000]}

    def test_gap_that_is_real(self, landing, monkeypatch):
        monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 3)
        for start in range(10):
            landing.put(start, [pin()])
        settle(landing)
        position = ingested(landing, 10)
        landing.put(15, [pin()])
        assert look(landing, position) == {0: [15]}
        settle(landing)
        assert look(landing, ingested(landing, 16, before=position[0])) == {0: []}

    def test_start_without_a_beginning(self, landing):
        landing.put(500, [pin()])
        assert look(landing) == {0: [500]}


def test_lookback_moves_on(landing, monkeypatch):
    monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 3)
    for start in range(10):
        landing.put(start, [pin()])
    settle(landing)
    first = ingested(landing, 10)
    assert first[0].lookback == 7
    landing.put(10, [pin()])
    settle(landing)
    assert ingested(landing, 11, before=first[0])[0].lookback == 8


def test_change_of_the_last_moment_is_looked_at_again(landing):
    """A writer may change an object within the same tick of the clock in which it was listed."""
    path = landing.put(0, [pin()])
    position = ingested(landing, 1)
    path.write_bytes(pin() + b"\n" + pin())
    assert look(landing, position) == {0: [0]}

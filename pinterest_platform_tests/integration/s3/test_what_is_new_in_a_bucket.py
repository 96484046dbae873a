"""Looking at a landing zone in S3: which objects are news, and how many requests it takes to know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pinterest_platform.landing import listing
from pinterest_platform.landing.listing import START, plan_topic
from pinterest_platform_tests.integration.s3.conftest import Zone
from pinterest_platform_tests.landing_data import pin

TOPIC = "t.pin"


def look(zone, positions=None, *, thorough=True):
    """Start offsets that are news, by partition."""
    plan = plan_topic(zone.store, TOPIC, positions or {}, thorough=thorough)
    return {p.partition: [item.start_offset for item in p.objects] for p in plan.partitions}


def ingested(zone, next_offset, before=START):
    """The position after everything that is news in partition 0 was ingested."""
    [plan] = plan_topic(zone.store, TOPIC, {0: before}, partitions=[0]).partitions
    return {0: replace(plan.after, next_offset=next_offset)}


@pytest.fixture
def short_lookback(monkeypatch):
    monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 5)


def test_nothing_landed(zone):
    assert look(zone) == {}
    assert list(zone.store.topics()) == []


def test_first_one_and_many(zone):
    zone.put(0, [pin()])
    assert look(zone) == {0: [0]}
    for start in range(1, 12):
        zone.put(start, [pin()], partition=start % 2)
    zone.put(7, [pin()], partition=10)
    assert look(zone) == {0: [0, *range(2, 12, 2)], 1: list(range(1, 12, 2)), 10: [7]}
    assert list(zone.store.topics()) == [TOPIC]


@pytest.mark.parametrize("prefix", ["", "a/b c/"])
def test_wherever_in_the_bucket(zone, prefix):
    zone = Zone(zone.client, zone.bucket, prefix)
    zone.put(3, [pin()])
    assert look(zone) == {0: [3]}
    [plan] = plan_topic(zone.store, TOPIC, {}).partitions
    assert list(zone.store.read(plan.objects)) == [pin() + b"\n"]


def test_what_is_ingested_is_no_news_at_once(zone):
    """Times of change have whole seconds, and the objects are of this very one."""
    for start in range(5):
        zone.put(start, [pin()])
    position = ingested(zone, 5)
    assert look(zone, position) == {0: []}
    zone.put(5, [pin()])
    assert look(zone, position) == {0: [5]}


def test_object_cut_anew_within_the_same_second(zone):
    for start in range(3):
        zone.put(start, [pin()])
    position = ingested(zone, 3)
    zone.put(1, [pin(), pin()])
    assert 1 in look(zone, position)[0]
    assert look(zone, ingested(zone, 3, before=position[0])) == {0: []}


def test_object_sent_again_as_it_was_is_no_news(zone):
    zone.put(0, [pin()])
    zone.put(1, [pin()])
    position = ingested(zone, 2)
    zone.put(0, [pin()])
    assert look(zone, position) == {0: []}


def test_late_object_below_the_watermark(zone):
    zone.put(0, [pin()])
    zone.put(20, [pin()])
    position = ingested(zone, 21)
    zone.put(10, [pin()])
    assert 10 in look(zone, position)[0]


def test_empty_object_is_news_when_it_is_written(zone):
    zone.put(0, [pin()])
    zone.put(1, b"")
    assert look(zone) == {0: [0]}
    position = ingested(zone, 1)
    assert look(zone, position) == {0: []}
    zone.put(1, [pin()])
    assert look(zone, position) == {0: [1]}


def test_objects_that_a_lifecycle_rule_took_are_no_news(zone):
    keys = [zone.put(start, [pin()]) for start in range(3)]
    position = ingested(zone, 3)
    zone.delete(keys[0])
    again = ingested(zone, 3, before=position[0])
    assert look(zone, again) == {0: []}


def test_strangers_are_reported_and_harm_nothing(zone):
    folder = zone.put(0, [pin()]).rpartition("/")[0] + "/"
    names = ["", ".hidden", "a b.txt", "deeper/x.json", "line\nend", "t.pin+0+x.json", "t.pin+1+0000000001.json", "ü"]
    for name in names:
        zone.client.put_object(Bucket=zone.bucket, Key=zone.prefix + folder + name, Body=b"x" if name else b"")
    [plan] = plan_topic(zone.store, TOPIC, {}).partitions
    assert [item.start_offset for item in plan.objects] == [0]
    assert plan.strangers == tuple(sorted(folder + name for name in names if name and not name.startswith(".")))


@pytest.mark.usefixtures("short_lookback")
class TestRequests:
    def test_a_run_looks_for_other_widths_in_one_listing_of_few_objects(self, zone, proxy):
        for start in range(30):
            zone.put(start, [pin()])
        position = ingested(zone, 30)
        store = zone.store
        proxy.asked.clear()
        assert store.widths(TOPIC, 0, position[0].next_offset) == {10}
        assert len(proxy.asked) == 1

    def test_a_tick_with_nothing_new_costs_one_listing(self, zone, proxy):
        for start in range(30):
            zone.put(start, [pin()])
        position = ingested(zone, 30)
        assert position[0].lookback == 25
        store = zone.store
        proxy.asked.clear()
        plan = plan_topic(store, TOPIC, position, thorough=False)
        assert not plan.has_news
        partitions, objects = proxy.asked
        assert "delimiter=/" in partitions
        assert "start-after=zone/topics/t.pin/partition=0/t.pin+0+0000000024.json" in objects

    def test_pages_go_on_where_more_is_new(self, zone, monkeypatch):
        for start in range(10):
            zone.put(start, [pin()])
        position = ingested(zone, 10)
        for start in range(10, 30):
            zone.put(start, [pin()])
        pages = zone.store.bucket.pages.__func__
        monkeypatch.setattr("pinterest_platform.s3.bucket.Bucket.pages", lambda *given: pages(*given[:3], 4))
        assert look(zone, position, thorough=False) == {0: list(range(10, 30))}

    def test_a_gap_is_believed_after_one_whole_listing(self, zone):
        zone.put(0, [pin()] * 50)
        for start in range(50, 60):
            zone.put(start, [pin()])
        position = ingested(zone, 60)
        zone.put(0, [pin()] * 1000)
        assert look(zone, position) == {0: []}, "nothing says yet that it is needed"
        zone.put(1000, [pin()])
        assert look(zone, position, thorough=False) == {0: [1000]}
        assert {0, 1000} <= set(look(zone, position)[0])


@pytest.mark.usefixtures("short_lookback")
class TestWidths:
    """S3 lists in the order of names, in which 10 comes before 9 and 0000000010 before 9 too."""

    @pytest.fixture(autouse=True, params=[1000, 10], ids=["few objects", "many objects"])
    def few_objects(self, monkeypatch, request):
        monkeypatch.setattr("pinterest_platform.landing.s3._FEW_OBJECTS", request.param)

    @pytest.mark.parametrize("other", [11, 20])
    def test_a_sink_that_pads_wider(self, zone, other):
        for start in range(100, 130):
            zone.put(start, [pin()])
        position = ingested(zone, 130)
        zone.put(130, [pin()], pad=other)
        assert look(zone, position, thorough=False) == {0: []}
        assert look(zone, position) == {0: [130]}
        position = ingested(zone, 131, before=position[0])
        assert look(zone, position, thorough=False) == {0: []}
        zone.put(131, [pin()], pad=other)
        assert look(zone, position, thorough=False) == {0: [131]}, "known from now on"

    def test_a_sink_that_pads_less(self, zone):
        for start in range(100, 130):
            zone.put(start, [pin()], pad=20)
        position = ingested(zone, 130)
        zone.put(130, [pin()])
        zone.put(131, [pin()], pad=1)
        assert look(zone, position) == {0: [130, 131]}

    def test_the_old_width_is_forgotten_with_its_objects(self, zone, proxy):
        for start in range(30):
            zone.put(start, [pin()], pad=20 if start > 15 else 10)
        position = ingested(zone, 30)
        proxy.asked.clear()
        assert look(zone, position, thorough=False) == {0: []}
        assert len(proxy.asked) == 2

    @pytest.mark.parametrize("first", [86, 986])
    def test_offsets_that_are_not_padded(self, zone, first):
        """They outgrow their width at 100 and 1,000."""
        for start in range(1, first, 50):
            zone.put(start, [pin()], pad=1)
        for start in range(first, first + 12):
            zone.put(start, [pin()], pad=1)
        position = ingested(zone, first + 12)
        for start in range(first + 12, first + 20):
            zone.put(start, [pin()], pad=1)
            assert look(zone, position, thorough=False) == {0: [start]}
            position = ingested(zone, start + 1, before=position[0])
        assert look(zone, position, thorough=False) == {0: []}

    def test_offsets_that_outgrow_their_padding(self, zone):
        first = 10**10 - 20
        for start in range(first, first + 20):
            zone.put(start, [pin()])
        position = ingested(zone, 10**10)
        zone.put(10**10, [pin()])
        assert look(zone, position, thorough=False) == {0: [10**10]}

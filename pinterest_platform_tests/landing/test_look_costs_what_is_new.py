"""Looking at a partition again costs what is new, not what is there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pinterest_platform.landing import listing
from pinterest_platform.landing.listing import START, plan_topic
from pinterest_platform.landing.store import LandingStore, Listing
from pinterest_platform_tests.landing_data import pin


@dataclass
class Counting:
    """A store that counts what it is asked for: (first offset, objects returned) of each listing."""

    store: LandingStore
    listed: list[tuple[int, int]] = field(default_factory=list)

    def partitions(self, topic: str):
        return self.store.partitions(topic)

    def beside(self, topic: str):
        return self.store.beside(topic)

    def widths(self, topic: str, partition: int, at: int):
        return self.store.widths(topic, partition, at)

    def list(self, topic: str, partition: int, first: int = 0, widths=()) -> Listing:
        answer = self.store.list(topic, partition, first, widths)
        self.listed.append((first, len(answer.objects)))
        return answer


def look(store, before, next_offset):
    [plan] = plan_topic(store, "t.pin", {0: before}).partitions
    return replace(plan.after, next_offset=next_offset), [item.start_offset for item in plan.objects]


def test_one_listing_from_the_lookback(landing, monkeypatch):
    monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 5)
    store = Counting(landing.store)
    for start in range(100):
        landing.put(start, [pin()])
    at, _ = look(store, START, 100)
    for number in range(100, 103):
        landing.put(number, [pin()])
        at, news = look(store, at, number + 1)
        assert number in news
    at, _ = look(store, at, 103)
    assert store.listed == [(0, 100), (95, 6), (96, 6), (97, 6), (98, 5)]


def test_a_gap_costs_one_whole_listing_once(landing, monkeypatch):
    monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 5)
    store = Counting(landing.store)
    for start in range(50):
        landing.put(start, [pin()])
    at, _ = look(store, START, 50)
    landing.put(60, [pin()])
    at, _ = look(store, at, 61)
    at, _ = look(store, at, 61)
    assert store.listed == [(0, 50), (45, 6), (0, 51), (46, 5)]

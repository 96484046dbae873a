"""What is late or lost on its way in, from what each place says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pinterest_platform.flow.partitions import LATE, late, measure
from pinterest_platform.kafka.offsets import Offsets
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.listing import PartitionPlan, Plan, Position

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def landed(ingested: int, *starts: int, minutes: float = 1) -> Plan:
    """A look at a partition ingested up to an offset, with new objects that landed so many minutes ago, each a minute
    after the one before."""
    first = (NOW - timedelta(minutes=minutes)).timestamp() * 1e6
    objects = tuple(
        LandingObject(0, start, f"{start}.json", 100, int(first + number * 60e6)) for number, start in enumerate(starts)
    )
    return Plan("t.pin", (PartitionPlan(0, objects, objects, 0, Position(next_offset=ingested), ()),))


def told(plan: Plan, offsets: Offsets | None = None) -> list[str]:
    return late(measure(plan, {0: offsets} if offsets else None), NOW)


def test_all_is_ingested() -> None:
    [at] = measure(landed(10), {0: Offsets(0, 10, 10)})
    assert (at.written, at.landed, at.ingested, at.waiting_since) == (10, 10, 10, None)
    assert (at.not_landed, at.not_ingested, at.overdue, at.expired) == (0, 0, 0, 0)
    assert late([at], NOW) == []


def test_what_waits_for_the_next_run() -> None:
    [at] = measure(landed(10, 10, 20, minutes=3), None)
    assert (at.landed, at.not_ingested) == (21, 11)
    assert at.waiting(NOW) == timedelta(minutes=3)
    assert late([at], NOW) == [], "not for long"
    assert told(landed(10, 10, 20, minutes=30)) == [
        "partition 0: at least 11 landed records are not ingested, the oldest for 30 minutes: check the newest runs"
    ]


def test_object_cut_anew_below_the_watermark_does_not_wait() -> None:
    [at] = measure(landed(10, 0, minutes=60), None)
    assert (at.landed, at.not_ingested, at.waiting_since) == (10, 0, None)


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        (Offsets(0, 25, 10), []),
        (Offsets(0, 25, 17), ["partition 0: 7 records were written more than 10 minutes ago"]),
        (Offsets(17, 25, 17), ["partition 0: 7 records expired in the topic before they landed"]),
        (Offsets(12, 25, 17), ["partition 0: 2 records expired", "partition 0: 5 records were written"]),
    ],
)
def test_what_is_in_the_topic_and_did_not_land(offsets: Offsets, expected: list[str]) -> None:
    found = told(landed(10), offsets)
    assert [sentence[: len(start)] for sentence, start in zip(found, expected, strict=True)] == expected
    assert measure(landed(10), {0: offsets})[0].not_landed == 15


def test_dead_letters_are_not_waited_for() -> None:
    [at] = measure(landed(10), {0: Offsets(0, 12, 12, committed=12)})
    assert (at.not_landed, at.overdue) == (0, 0)
    assert told(landed(10), Offsets(0, 25, 17, committed=4))[0].startswith("partition 0: 7 records were written")


def test_topic_that_was_made_again() -> None:
    """Its records get offsets that are landed and ingested: sink and runs take them for known ones."""
    [warned] = told(landed(10), Offsets(0, 4, 4))
    assert warned.startswith(
        "partition 0: the topic ends at offset 4, but records up to 10 have landed: the topic was recreated"
    )
    [waiting] = told(landed(10, 20), Offsets(0, 15, 15))
    assert "ends at offset 15, but records up to 21 have landed" in waiting
    assert told(landed(10, 20), Offsets(0, 21, 21)) == []


def test_partition_that_is_known_to_the_broker_only() -> None:
    [zero, one] = measure(landed(10), {0: Offsets(0, 10, 10), 1: Offsets(0, 4, 4)})
    assert (one.partition, one.not_landed, one.ingested) == (1, 4, 0)
    assert len(late([zero, one], NOW)) == 1


def test_late_is_more_than_a_sink_and_a_sensor_take() -> None:
    assert timedelta(minutes=2) < LATE

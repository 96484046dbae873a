"""kill -9 of Connect, each time with another flush size then; everything read again; two sinks at work at once."""

from __future__ import annotations

import random
from contextlib import ExitStack

import pytest

from pinterest_platform_tests.integration.connect.way_in import Records, WayIn, rest, wait_until


@pytest.mark.timeout(600)
@pytest.mark.parametrize("flush_sizes", [[], pytest.param([100, 7, 60], marks=pytest.mark.long)], ids=len)
def test_connect_killed_while_posting_and_taken_over_then_offsets_reset(way_in: WayIn, flush_sizes: list[int]) -> None:
    way_in.create_topics(2)
    moments = random.Random(4)
    pin = way_in.topics[0]
    with ExitStack() as after, way_in.own_worker(flush_size=10, flush_seconds=600) as worker:
        first = way_in.produce([(pin, b'{"index":0}')] * 15, partition=0)
        wait_until(lambda: way_in.committed(worker).get((pin, 0), 0) > 0, what="a commit")
        assert way_in.committed(worker)[(pin, 0)] == 10, "what waits in an open object must be read again"
        with way_in.posting() as records:
            for flush_size in flush_sizes:
                wait_for_objects(way_in, moments.randint(1, 12))
                worker.kill()
                worker.connector = way_in.connector(flush_size=flush_size)
                worker.start()
            wait_for_objects(way_in, moments.randint(1, 12))
            worker.kill()
            # Another worker goes on where that one was.
            other = after.enter_context(way_in.worker(flush_size=250))
        records |= first
        way_in.wait_for(records)
        way_in.assert_landed_once(records)
        objects = way_in.object_keys()

        rest(other, "PUT", "/stop")
        rest(other, "DELETE", "/offsets")
        rest(other, "PUT", "/resume")
        more_records = records | way_in.produce([(topic, b'{"index":-1}') for topic in way_in.topics])
        way_in.wait_for(more_records)
        way_in.assert_landed_once(more_records)
    assert len(way_in.object_keys()) == len(objects) + 3


def wait_for_objects(way_in: WayIn, more: int) -> None:
    before = len(way_in.object_keys())
    wait_until(lambda: len(way_in.object_keys()) >= before + more, what="more objects")


def test_two_sinks_that_do_not_know_of_each_other(way_in: WayIn) -> None:
    way_in.create_topics(1)
    with way_in.worker(flush_size=30) as one, way_in.worker_of(flush_size=47) as other:
        other.connector = {**other.connector, "name": f"{one.connector['name']}-too"}
        other.start()
        with way_in.posting() as records:
            wait_until(lambda: len(way_in.object_keys()) >= 60, what="objects of both")
        way_in.wait_for(records)
        for worker in (one, other):
            wait_until(
                lambda: way_in.committed(worker) == {key: end + 1 for key, end in last_offsets(records).items()},  # noqa: B023
                what=f"all read by {worker.connector['name']}",
            )
    way_in.assert_landed_once(records)


def last_offsets(records: Records) -> dict[tuple[str, int], int]:
    """Highest offset of each topic partition."""
    return {(at.topic, at.partition): at.offset for at in sorted(records)}

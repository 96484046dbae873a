"""kill -9 of Connect while records come, each time with another flush size, then everything read again."""

from __future__ import annotations

import random

from pinterest_platform_tests.integration.connect.way_in import WayIn, rest, wait_until


def test_connect_killed_four_times_then_offsets_reset(way_in: WayIn) -> None:
    way_in.create_topics(2)
    moments = random.Random(4)
    with way_in.worker(flush_size=100) as worker:
        with way_in.posting() as records:
            for flush_size in (7, 250, 1, 60):
                before = len(way_in.object_keys())
                more = moments.randint(1, 12)
                wait_until(lambda: len(way_in.object_keys()) >= before + more, what="more objects")  # noqa: B023
                worker.kill()
                worker.connector = way_in.connector(flush_size=flush_size)
                worker.start()
        way_in.wait_for(records)
        way_in.assert_landed_once(records)
        objects = way_in.object_keys()

        rest(worker, "PUT", "stop")
        rest(worker, "DELETE", "offsets")
        rest(worker, "PUT", "resume")
        more_records = records | way_in.produce([(topic, b'{"index":-1}') for topic in way_in.topics])
        way_in.wait_for(more_records)
        way_in.assert_landed_once(more_records)
    assert len(way_in.object_keys()) == len(objects) + 3

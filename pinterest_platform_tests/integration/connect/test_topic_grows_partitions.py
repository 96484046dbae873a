"""A topic that gets more partitions while Connect runs."""

from __future__ import annotations

from pinterest_platform_tests.integration.connect.way_in import WayIn


def test_records_of_a_new_partition_land(way_in: WayIn) -> None:
    way_in.create_topics(1)
    pin = way_in.topics[0]
    with way_in.worker():
        records = way_in.produce([(pin, b'{"index":1}')])
        way_in.wait_for(records)
        way_in.admin.create_partitions({pin: 3})
        for partition in (1, 2):
            records |= way_in.produce([(pin, b'{"index":2}')] * 5, partition=partition)
        way_in.wait_for(records)
    way_in.assert_landed_once(records)

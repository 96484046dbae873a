"""A shard that two were merged into, while one of the two can be read and the other cannot for now."""

from __future__ import annotations

from pinterest_platform_tests.integration.streaming.failing_reads import failing_reads
from pinterest_platform_tests.integration.streaming.jobs import Running


def test_merged_shard_waits_for_both_of_its_parents(pins, kinesis):
    first, second = (shard["ShardId"] for shard in pins.shards())
    pins.put_pins(*range(40))
    pins.merge(first, second)
    pins.put_pins(*range(40, 60))
    merged = pins.shards()[-1]["ShardId"]
    with failing_reads(kinesis.endpoint) as server:
        server.withheld = {second}
        settings = pins.settings.model_copy(update={"kinesis_endpoint": server.url})
        with Running(settings, pins.stream) as job:
            # Shards are listed again once one is read to its end.
            job.wait_until(lambda: server.asked.count("ListShards") > 1)
            enough = server.iterators.count(second) + 3
            job.wait_until(lambda: server.iterators.count(second) >= enough)
            assert merged not in server.iterators
            server.withheld = set()
            job.wait_until(lambda: job.rows == 60)
    pins.assert_each_once()

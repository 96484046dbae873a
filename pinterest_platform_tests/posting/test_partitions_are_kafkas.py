"""Rows go to the partitions that Kafka's own producer would choose."""

from __future__ import annotations

from collections import Counter

import pytest

from pinterest_platform.posting.landing.partitioner import murmur2, partition_of


@pytest.mark.parametrize(
    ("data", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_known_answers_of_the_kafka_client(data, signed):
    assert murmur2(data) == signed & 0xFFFFFFFF


def test_the_key_is_the_decimal_text():
    assert partition_of(21, 100) == (-973932308 & 0x7FFFFFFF) % 100


def test_partitions_are_about_equally_full():
    counts = Counter(partition_of(position, 3) for position in range(30_000))
    assert all(abs(count - 10_000) < 400 for count in counts.values())

"""Keys of landing objects: made, read, and told from other files."""

from __future__ import annotations

import pytest

from pinterest_platform.landing.keys import (
    MAX_OFFSET,
    name_prefix,
    object_key,
    parse_partition,
    parse_start_offset,
    partition_prefix,
)


@pytest.mark.parametrize("topic", ["0e2bc66a6297.pin", "a+b", "x-y_z"])
@pytest.mark.parametrize("pad", [1, 10, 20])
@pytest.mark.parametrize("offset", [0, 7, 10**11, MAX_OFFSET])
def test_a_key_says_its_offset_whatever_its_width(topic, pad, offset):
    key = object_key(topic, 12, offset, pad)
    assert key.startswith(partition_prefix(topic, 12))
    assert parse_start_offset(key.rpartition("/")[2], name_prefix(topic, 12)) == offset


def test_layout():
    assert object_key("t.pin", 0, 42) == "topics/t.pin/partition=0/t.pin+0+0000000042.json"


@pytest.mark.parametrize(
    "name",
    [
        "t.pin+0+.json",
        "t.pin+0+12",
        "t.pin+0+12.json.gz",
        "t.pin+0+12.JSON",
        "t.pin+0+-12.json",
        "t.pin+0+1_2.json",
        "t.pin+0+１２.json",
        "t.pin+0+12 .json",
        "t.pin+1+12.json",
        "t.geo+0+12.json",
        "t.pin+0+12+13.json",
        f"t.pin+0+{MAX_OFFSET + 1}.json",
        "_SUCCESS",
        "",
    ],
)
def test_no_key(name):
    assert parse_start_offset(name, name_prefix("t.pin", 0)) is None


@pytest.mark.parametrize(
    ("folder", "partition"),
    [
        ("partition=0", 0),
        ("partition=12", 12),
        (f"partition={2**31 - 1}", 2**31 - 1),
        (f"partition={2**31}", None),
        ("partition=00", None),
        ("partition=-1", None),
        ("partition=1a", None),
        ("partition=٣", None),
        ("partition=", None),
        ("7", None),
        ("Partition=7", None),
    ],
)
def test_partition_folders(folder, partition):
    assert parse_partition(folder) == partition

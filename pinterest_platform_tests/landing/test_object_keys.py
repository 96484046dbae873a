"""Keys of landing objects: made, read, and told from other files."""

from __future__ import annotations

import pytest

from pinterest_platform.landing.keys import (
    MAX_OFFSET,
    is_compressed,
    name_prefix,
    object_key,
    offset_digits,
    parse_name,
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
        "t.pin+0+12.json.xz",
        "t.pin+0+12.gz",
        "t.pin+0+.json.gz",
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
    assert parse_name(name, "t.pin") in (None, (1, 12)), "the name of another partition is one too"


@pytest.mark.parametrize("suffix", [".json", ".json.gz", ".json.zst", ".json.bz2"])
def test_name_says_partition_and_offset_however_it_is_packed(suffix):
    name = f"a+b+12+0000000042{suffix}"
    assert parse_name(name, "a+b") == (12, 42)
    assert parse_start_offset(name, name_prefix("a+b", 12)) == 42
    assert offset_digits(f"topics/a+b/x=1+2/{name}") == 10
    assert is_compressed(name) == (suffix != ".json")


@pytest.mark.parametrize("partition", ["00", "-1", f"{2**31}", "٣", ""])
def test_name_of_no_partition(partition):
    assert parse_name(f"t.pin+{partition}+12.json", "t.pin") is None


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

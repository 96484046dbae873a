"""Assigns rows to topic partitions with Kafka's default partitioner, so that all destinations agree."""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """Kafka's murmur2 hash, as an unsigned 32-bit number."""
    length = len(data)
    value = 0x9747B28C ^ length
    tail = length & ~3
    for at in range(0, tail, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        value = (value * _M & _MASK) ^ ((word ^ word >> 24) * _M & _MASK)
    if tail < length:
        value = (value ^ int.from_bytes(data[tail:], "little")) * _M & _MASK
    value = (value ^ value >> 13) * _M & _MASK
    return value ^ value >> 15


def partition_of(position: int, partitions: int) -> int:
    """The partition of the row at this position. Its Kafka key is the position in decimal digits."""
    return (murmur2(b"%d" % position) & 0x7FFFFFFF) % partitions

"""Records of a Kinesis stream that hold several, or are compressed: unpacked into the JSON objects in them.

Read are records that the Kinesis Producer Library has aggregated, gzip, and objects one behind the other, also one of
these in another in that order. What cannot be unpacked stays as it came, and `problem` names it once it is rejected.

A record is committed whole or not at all, so its number stays the position of its shard. An object of several is told
from the others by its place, as `<sequence number>/<place>`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import md5

from pinterest_platform.streaming.source import Chunk

#: Bytes that a gzip record may unpack to.
MOST_BYTES = 16 * 2**20

_AGGREGATED = b"\xf3\x89\x9a\xc2"
_MD5_BYTES = 16
#: Fields of the library's messages, and how protobuf writes bytes.
_RECORDS, _DATA, _BYTES = 3, 3, 2
_FIXED: Mapping[int, int] = {1: 8, 5: 4}
_GZIP = b"\x1f\x8b"
#: Where one object may end and another begin; most records have no such place.
_BETWEEN = re.compile(rb"\}[ \t\r\n]*\{")
_WHITE_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)
#: What other ways of packing begin with.
_NOT_READ: Mapping[bytes, str] = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xff\x06\x00\x00sNaPpY": "snappy",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x78\x01": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
    b"Obj\x01": "Avro",
    b"PAR1": "Parquet",
    b"\x03\x00": "a schema of the Glue registry",
    b"\x03\x05": "a schema of the Glue registry",
    b"\x00": "a schema of Confluent's registry, or another binary form",
}
_INSTEAD = "send JSON, plain, gzip or aggregated by the Kinesis Producer Library"


class _UnreadableError(Exception):
    """A record claims to be packed in a way that is read, and cannot be unpacked; the message says why."""


def unpacked(chunk: Chunk) -> Chunk:
    """The same chunk with an entry for each object in its records."""
    objects = [_objects(record) for record in chunk.data]
    if all(len(found) == 1 for found in objects):
        return replace(chunk, data=[found[0] for found in objects])
    numbers = [
        f"{number}/{place}" if len(found) > 1 else number
        for number, found in zip(chunk.sequence_numbers, objects, strict=True)
        for place in range(len(found))
    ]
    arrived = [ms for ms, found in zip(chunk.arrived, objects, strict=True) for _ in found]
    return replace(chunk, data=[one for found in objects for one in found], sequence_numbers=numbers, arrived=arrived)


def record_number(sequence_number: str) -> int:
    """The sequence number of the record that an object came in."""
    return int(sequence_number.partition("/")[0])


def problem(record: bytes) -> str | None:
    """How a rejected record, or an object of one, is packed that is not read; None where nothing tells."""
    try:
        if record.startswith(_AGGREGATED):
            _aggregated(record)
        elif record.startswith(_GZIP):
            _gunzipped(record)
    except _UnreadableError as error:
        return str(error)
    for begin, name in _NOT_READ.items():
        if record.startswith(begin):
            return f"{name} is not read; {_INSTEAD}"
    if _is_encoded(record):
        return "base64 of a JSON object, so it was encoded twice; encode it once"
    if b'"logEvents"' in record and b'"messageType"' in record:
        return "an envelope of CloudWatch Logs is not read; send the messages in its logEvents"
    return None


def _objects(record: bytes) -> list[bytes]:
    """The objects in a record, at least one; the record itself where it cannot be unpacked."""
    try:
        records = _aggregated(record) if record.startswith(_AGGREGATED) else [record]
    except _UnreadableError:
        return [record]
    return [one for packed in records for one in _separate(_plain(packed))]


def _plain(record: bytes) -> bytes:
    try:
        return _gunzipped(record) if record.startswith(_GZIP) else record
    except _UnreadableError:
        return record


def _aggregated(record: bytes) -> list[bytes]:
    """The user records in one of the Producer Library: its mark, a message in protobuf, the message's MD5."""
    message = record[len(_AGGREGATED) : -_MD5_BYTES]
    if md5(message, usedforsecurity=False).digest() != record[-_MD5_BYTES:]:
        raise _UnreadableError("a record of the Kinesis Producer Library whose checksum differs; it was cut or changed")
    try:
        found = [_data(value) for field, value in _fields(message) if field == _RECORDS]
    except (IndexError, ValueError) as error:
        raise _UnreadableError("a record of the Kinesis Producer Library that cannot be read") from error
    if not found:
        raise _UnreadableError("a record of the Kinesis Producer Library with no records in it")
    return found


def _data(message: bytes) -> bytes:
    [data] = [value for field, value in _fields(message) if field == _DATA]
    return data


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message in protobuf that hold bytes, by number."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(message, at)
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        else:
            size = _FIXED.get(kind, len(message))
        if at + size > len(message):
            raise ValueError("a field goes beyond the end")
        if kind == _BYTES:
            yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of protobuf, and the place behind it."""
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _gunzipped(record: bytes) -> bytes:
    """The content of all members of a gzip record."""
    content, rest = b"", record
    try:
        while rest:
            member = zlib.decompressobj(wbits=31)
            content += member.decompress(rest, MOST_BYTES + 1 - len(content))
            if len(content) > MOST_BYTES:
                raise _UnreadableError(f"gzip of more than {MOST_BYTES:,} bytes when unpacked; send smaller records")
            if not member.eof:
                raise _UnreadableError("gzip that ends too early; it was cut")
            rest = member.unused_data
    except zlib.error as error:
        raise _UnreadableError(f"gzip that cannot be unpacked: {error}") from error
    return content


def _separate(record: bytes) -> list[bytes]:
    """Objects that stand one behind the other, each by itself. What is no object ends it, and is the last one."""
    if not _BETWEEN.search(record):
        return [record]
    text, found = record.decode(errors="surrogateescape"), []
    at = _behind_blanks(text, 0)
    while at < len(text):
        end = len(text)
        if text[at] == "{":
            with suppress(ValueError, RecursionError):
                _, end = _DECODER.raw_decode(text, at)
        found.append(text[at:end].encode(errors="surrogateescape"))
        at = _behind_blanks(text, end)
    return found


def _behind_blanks(text: str, at: int) -> int:
    blanks = _WHITE_SPACE.match(text, at)
    return blanks.end() if blanks else at


def _is_encoded(record: bytes) -> bool:
    try:
        return isinstance(json.loads(base64.b64decode(record.strip().strip(b'"'), validate=True)), dict)
    except (binascii.Error, ValueError, RecursionError):
        return False

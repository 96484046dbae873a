"""Unpacks Kinesis records that are compressed or hold several JSON objects.

Supported are records aggregated by the Kinesis Producer Library, gzip, and concatenated objects. They may be nested in
that order. A record that cannot be unpacked stays unchanged, and `problem` names its packing once it is rejected.

A record is committed as a whole or not at all, so its number stays the position of its shard. If it holds several
objects, each is identified by its index, as `<sequence number>/<index>`.
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
#: Field numbers of the library's messages, and protobuf's wire type for bytes.
_RECORDS, _DATA, _BYTES = 3, 3, 2
_FIXED: Mapping[int, int] = {1: 8, 5: 4}
_GZIP = b"\x1f\x8b"
#: A possible boundary between two objects. Most records have none.
_BETWEEN = re.compile(rb"\}[ \t\r\n]*\{")
_WHITE_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)
#: The first bytes of packings that are not supported.
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
    b"\x00": "a schema of Confluent's registry or another binary format",
}
_INSTEAD = "send JSON: plain, in gzip or aggregated by the Kinesis Producer Library"


class _UnreadableError(Exception):
    """A record looks packed in a supported way but cannot be unpacked. The message gives the reason."""


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
    """The sequence number of the record that held an object."""
    return int(sequence_number.partition("/")[0])


def problem(record: bytes) -> str | None:
    """The unsupported packing of a rejected record or of an object in one. None if it is not recognized."""
    try:
        if record.startswith(_AGGREGATED):
            _aggregated(record)
        elif record.startswith(_GZIP):
            _gunzipped(record)
    except _UnreadableError as error:
        return str(error)
    for begin, name in _NOT_READ.items():
        if record.startswith(begin):
            return f"{name} is not supported; {_INSTEAD}"
    if _is_encoded(record):
        return "a JSON object in base64, so it was encoded twice; encode it once"
    if b'"logEvents"' in record and b'"messageType"' in record:
        return "a CloudWatch Logs envelope is not supported; send the messages in its logEvents"
    return None


def _objects(record: bytes) -> list[bytes]:
    """The objects in a record, at least one. The record itself if it cannot be unpacked."""
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
    """The user records in an aggregated record: the library's mark, a protobuf message and its MD5."""
    message = record[len(_AGGREGATED) : -_MD5_BYTES]
    if md5(message, usedforsecurity=False).digest() != record[-_MD5_BYTES:]:
        raise _UnreadableError(
            "a record of the Kinesis Producer Library whose checksum differs; it was truncated or changed"
        )
    try:
        found = [_data(value) for field, value in _fields(message) if field == _RECORDS]
    except (IndexError, ValueError) as error:
        raise _UnreadableError("a record of the Kinesis Producer Library that cannot be read") from error
    if not found:
        raise _UnreadableError("a record of the Kinesis Producer Library that contains no records")
    return found


def _data(message: bytes) -> bytes:
    [data] = [value for field, value in _fields(message) if field == _DATA]
    return data


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message that hold bytes, with their numbers."""
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
            raise ValueError("a field extends beyond the end")
        if kind == _BYTES:
            yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A protobuf varint, and the index after it."""
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
                raise _UnreadableError(f"gzip that unpacks to more than {MOST_BYTES:,} bytes; send smaller records")
            if not member.eof:
                raise _UnreadableError("gzip that ends too early; it was truncated")
            rest = member.unused_data
    except zlib.error as error:
        raise _UnreadableError(f"gzip that cannot be unpacked: {error}") from error
    return content


def _separate(record: bytes) -> list[bytes]:
    """Splits concatenated objects. Text that is not an object ends the split and becomes the last item."""
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

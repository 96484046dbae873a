"""Packs records as the Kinesis Producer Library does, by Google's own protobuf."""

from __future__ import annotations

from functools import cache
from hashlib import md5
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

#: Of each message the fields: name, number, label (1 optional, 2 required, 3 repeated), type (4 uint64, 9 string, 11
#: message, 12 bytes), name of the message.
_MESSAGES: dict[str, list[tuple[str, int, int, int, str]]] = {
    "AggregatedRecord": [
        ("partition_key_table", 1, 3, 9, ""),
        ("explicit_hash_key_table", 2, 3, 9, ""),
        ("records", 3, 3, 11, ".kpl.Record"),
    ],
    "Record": [
        ("partition_key_index", 1, 2, 4, ""),
        ("explicit_hash_key_index", 2, 1, 4, ""),
        ("data", 3, 2, 12, ""),
        ("tags", 4, 3, 11, ".kpl.Tag"),
    ],
    "Tag": [("key", 1, 2, 9, ""), ("value", 2, 1, 9, "")],
}


@cache
def _aggregated_record() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="kpl.proto", package="kpl", syntax="proto2")
    for message, fields in _MESSAGES.items():
        made = file.message_type.add(name=message)
        for name, number, label, kind, of in fields:
            made.field.add(name=name, number=number, label=label, type=kind, type_name=of or None)  # type: ignore[arg-type]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("kpl.AggregatedRecord"))


def aggregated(*records: bytes) -> bytes:
    """One record of Kinesis that holds these."""
    message = _aggregated_record()()
    message.partition_key_table.extend(f"key {number}" for number in range(len(records)))
    message.explicit_hash_key_table.append("7")
    for number, data in enumerate(records):
        record = message.records.add(partition_key_index=number, explicit_hash_key_index=0, data=data)
        record.tags.add(key="made", value="by a test")
    content: bytes = message.SerializeToString()
    return b"\xf3\x89\x9a\xc2" + content + md5(content).digest()

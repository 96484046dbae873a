"""Erased records, recognised by position and by a keyed hash so that no later read restores them.

In the landing zone, a marker replaces an erased line: `{"_erased": true, "_offset": n}`. Every reader counts it as
neither raw nor rejected, so each offset stays accounted for. A record that arrives again, at the same or another
offset, is recognised by `Erased` and counted the same way. `privacy` erases records.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5, sha256

import duckdb

from pinterest_platform.landing.fitting import OFFSET_FIELD
from pinterest_platform.schemas import ERASED_FIELD, RecordSchema
from pinterest_platform.sql import quote, text

_BLOCK = 64
#: Hexadecimal digits of a digest that are cheap to compute. The rest is computed only for records that share these
#: digits.
_MARK = 4


def marker(offset: int) -> bytes:
    """The line that replaces an erased one."""
    return json.dumps({ERASED_FIELD: True, OFFSET_FIELD: offset}).encode()


def is_marker(line: str) -> str:
    """SQL for whether a line of valid JSON is a marker. A line with any other field is a record."""
    fields = f"[{text(ERASED_FIELD)}, {text(OFFSET_FIELD)}]"
    return (
        f"coalesce(json_type({line}) = 'OBJECT' AND json_extract({line}, '$.{ERASED_FIELD}')::VARCHAR = 'true' "
        f"AND list_sort(json_keys({line})) = {fields}, false)"
    )


@dataclass(frozen=True)
class Erased:
    """The erased records of one source. `places` are (partition, offset), `digests` are keyed hashes.

    `key` is secret: without it, nobody can test whether a given record was erased.
    """

    key: bytes = b""
    places: frozenset[tuple[int, int]] = frozenset()
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.places or self.digests)

    def condition(self, told: str) -> str:
        """SQL for whether a parsed line was erased. `told` is the text from `record_text` or `line_text`."""
        known = []
        if self.places:
            listed = ", ".join(f"({partition}, {offset})" for partition, offset in sorted(self.places))
            known.append(f"(kafka_partition, kafka_offset) IN ({listed})")
        if self.digests:
            marks = ", ".join(text(mark) for mark in sorted({digest[:_MARK] for digest in self.digests}))
            listed = ", ".join(map(text, sorted(self.digests)))
            known.append(f"({_mark(self.key, told)} IN ({marks}) AND {digest(self.key, told)} IN ({listed}))")
        return " OR ".join(known) or "false"


NOTHING_ERASED = Erased()


def record_text(schema: RecordSchema) -> str:
    """SQL for the identity of a record: its values. Null for a tombstone, which has only a key."""
    texts = (f"CAST({quote(c.name)} AS VARCHAR)" for c in schema.columns)
    values = (
        f"{text(c.name)} || length({value}) || ':' || {value}" for c, value in zip(schema.columns, texts, strict=True)
    )
    return f"CASE WHEN tombstone IS NULL THEN concat_ws('|', {text(schema.name)}, {', '.join(values)}) END"


def line_text(schema: RecordSchema) -> str:
    """The same for a rejected line."""
    return f"{text(schema.name + ' line|')} || trim(line)"


def digest(key: bytes, told: str) -> str:
    """SQL for the keyed hash, HMAC-SHA-256, of a text. A cheaper hash supplies its first digits."""
    inner, outer = (bytes(byte ^ pad for byte in _block(key)) for pad in (0x36, 0x5C))
    return f"{_mark(key, told)} || sha256({_blob(outer)} || unhex(sha256({_blob(inner)} || encode({told}))))"


def digest_of(key: bytes, told: str) -> str:
    """The result of `digest` for a text."""
    return f"{md5((key.hex() + told).encode()).hexdigest()[:_MARK]}{hmac.new(key, told.encode(), sha256).hexdigest()}"


def set_erased_aside(db: duckdb.DuckDBPyConnection, erased: Erased, schema: RecordSchema, lines: Sequence[str]) -> str:
    """The relation of erased records in two relations of parsed lines: those that fit and those that do not."""
    source = "kafka_topic, kafka_partition, kafka_offset, landing_file"
    told = zip(lines, (record_text(schema), line_text(schema)), strict=True)
    selects = (f"SELECT {source} FROM {relation} WHERE {erased.condition(known)}" for relation, known in told)
    db.execute(f"CREATE OR REPLACE TEMP TABLE erased_again AS {' UNION ALL '.join(selects)}")
    return "erased_again"


def _mark(key: bytes, told: str) -> str:
    return f"md5({text(key.hex())} || {told})[1:{_MARK}]"


def _block(key: bytes) -> bytes:
    return (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")


def _blob(content: bytes) -> str:
    return "'" + "".join(f"\\x{byte:02X}" for byte in content) + "'::BLOB"

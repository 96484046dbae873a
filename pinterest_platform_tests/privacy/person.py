"""A person in the landing zone, and a search of every byte for them."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pinterest_platform_tests.landing_data import Landing, geo, pin, user

FIRST, LAST = "Zaphodine", "Quuxworthy"
WHERE = f"first_name = '{FIRST}' AND last_name = '{LAST}'"
#: The key of the person's first record; in the log of a table it is a lowest or highest value.
KEY = 918_273_645
TRACES = (FIRST, LAST, str(KEY), str(KEY + 1))


def person(ind: int = KEY, **fields: Any) -> bytes:
    return user(ind, **{"first_name": FIRST, "last_name": LAST, "age": 77} | fields)


def land(landing: Landing) -> None:
    """Users of whom the person is one, in several objects: as a record, again with another key, in lines that do not
    fit, and twice at one offset; and pins and places of the others."""
    cut = person()[:75]
    landing.put(0, [user(1), person(), user(2), person(KEY, age=777)], record="user")
    landing.put(4, [user(3, first_name="Bea"), cut, person(KEY, date_joined="never")], record="user")
    landing.put(6, [person(KEY, date_joined="never"), user(4), b"garbage"], record="user")
    compressed = landing.path(9, record="user")
    compressed.with_name(f"{compressed.name}.gz").write_bytes(gzip.compress(person(KEY + 1) + b"\n" + user(5)))
    landing.put(0, [pin(n) for n in range(1, 6)])
    landing.put(0, [geo(n) for n in range(1, 6)], record="geo")


#: Offsets of the person's lines in partition 0.
OFFSETS = (1, 3, 5, 6, 9)


def traces(*roots: Path, of: tuple[str, ...] = TRACES) -> list[str]:
    """Files below the roots whose names, bytes or values have a trace, however they are packed."""
    found = []
    for path in (path for root in roots for path in sorted(root.rglob("*")) if path.is_file()):
        found += [
            f"{path}: {trace}"
            for trace in of
            if any(trace.encode() in text for text in texts(path.name, path.read_bytes()))
        ]
    return found


def texts(name: str, content: bytes) -> Iterator[bytes]:
    """All that a file says: its name, its bytes, and what they unpack to."""
    yield name.encode()
    yield content
    if name.endswith(".gz"):
        yield gzip.decompress(content)
    if content[:4] == b"PAR1":
        file = pq.ParquetFile(io.BytesIO(content))
        yield str(file.metadata.row_group(0).to_dict() if file.metadata.num_row_groups else "").encode()
        for batch in file.iter_batches():
            yield str(pa.Table.from_batches([batch]).to_pylist()).encode()

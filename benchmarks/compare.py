"""Checks that contestants gave the same answers: `compare.py LAKE OTHER...`, each a lake or a JSON file of answers.

The others are compared with the first. A contestant may answer fewer questions, but no different ones.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

#: Rows of one answer with its column names.
Answer = tuple[list[str], list[tuple[Any, ...]]]


def answers(place: Path) -> dict[str, Answer]:
    """Answers by name: the tables under `analytics`, or the content of the file."""
    if place.is_dir():
        return {folder.name: _table(folder) for folder in sorted((place / "analytics").iterdir())}
    return {
        name: (answer["columns"], sorted(map(tuple, answer["rows"])))
        for name, answer in json.loads(place.read_text()).items()
    }


def differences(expected: dict[str, Answer], found: dict[str, Answer]) -> list[str]:
    """Describe each difference in a line. Empty if all found answers are as expected."""
    lines = [f"{name}: not an expected answer" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(found.keys() & expected.keys()):
        (columns, rows), (other_columns, other_rows) = expected[name], found[name]
        if columns != other_columns:
            lines.append(f"{name}: columns {other_columns}, expected {columns}")
        elif rows != other_rows:
            missing, extra = set(rows) - set(other_rows), set(other_rows) - set(rows)
            lines.append(f"{name}: lacks {sorted(missing)[:3]} and has {sorted(extra)[:3]}, of {len(rows)} rows")
    return lines


def _table(folder: Path) -> Answer:
    files = DeltaTable(folder).file_uris()
    result = duckdb.sql(f"SELECT * FROM read_parquet({files}) ORDER BY ALL")
    return result.columns, result.fetchall()


def main(first: str, *others: str) -> None:
    expected = answers(Path(first))
    for other in others:
        found = answers(Path(other))
        if lines := differences(expected, found):
            raise SystemExit("\n".join([f"{other} differs from {first}:", *lines]))
        print(json.dumps({"compared_with": Path(first).name, "same_answers": len(found), "of": len(expected)}))


if __name__ == "__main__":
    main(*sys.argv[1:])

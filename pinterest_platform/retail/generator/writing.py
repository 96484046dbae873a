"""Writes the sources as files: a SQLite database, a PDF, JSON Lines, a CSV and a JSON file of columns."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

from pinterest_platform.retail.generator.dice import Row
from pinterest_platform.retail.sources.errors import SourceError

#: The layout of the PDF in points: right edges of the columns, the pitch of rows, and rows per page.
_EDGES = (182, 256, 389, 521.5)
_PITCH = 12.8
_TOP = 780
_ROWS_A_PAGE = 55
_TYPES = {"index": "bigint", "level_0": "bigint", "card_number": "bigint", "1": "double", "product_quantity": "bigint"}


def write_database(file: Path, users: list[Row], orders: list[Row]) -> None:
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    connection = sqlite3.connect(new)
    for table, rows in (("legacy_users", users), ("orders_table", orders)):
        columns = ", ".join(f'"{name}" {_TYPES.get(name, "text")}' for name in rows[0])
        connection.execute(f"CREATE TABLE {table} ({columns})")
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", (tuple(row.values()) for row in rows))
    connection.commit()
    connection.close()
    new.replace(file)


def write_pdf(file: Path, rows: list[Row]) -> None:
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        raise SourceError(
            f"{file.name}: retail support is not installed. Run: pip install 'pinterest-platform[retail]'"
        ) from None
    new = file.with_name(f"{file.name}.new")
    canvas = Canvas(str(new), pagesize=(595.3, 841.9), pageCompression=1, invariant=1)
    for first in range(0, len(rows), _ROWS_A_PAGE):
        canvas.setFont("Helvetica", 10)
        page = [list(rows[0]), *(list(row.values()) for row in rows[first : first + _ROWS_A_PAGE])]
        for line, values in enumerate(page):
            for edge, value in zip(_EDGES, values, strict=True):
                canvas.drawRightString(edge, _TOP - line * _PITCH, value)
        canvas.showPage()
    canvas.save()
    new.replace(file)


def write_stores(file: Path, rows: list[Row]) -> None:
    _write(file, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))


def write_products(file: Path, rows: list[Row]) -> None:
    new = file.with_name(f"{file.name}.new")
    with new.open("w", encoding="utf-8", newline="") as text:
        out = csv.writer(text, lineterminator="\n")
        out.writerow(["" if name == "index" else name for name in rows[0]])
        out.writerows(row.values() for row in rows)
    new.replace(file)


def write_dates(file: Path, rows: list[Row]) -> None:
    columns = {name: {str(at): row[name] for at, row in enumerate(rows)} for name in rows[0]}
    _write(file, json.dumps(columns))


def _write(file: Path, text: str) -> None:
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)

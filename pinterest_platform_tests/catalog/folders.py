"""Models folders to try things in: a copy of the shipped one with a file written into it."""

from __future__ import annotations

import importlib.resources
import shutil
from pathlib import Path

#: The shipped models folder.
SHIPPED = Path(str(importlib.resources.files("pinterest_platform.pinterest") / "models"))
HEADER = "-- description: A table.\n-- owner: team:test\n-- key: ind\n"


def shipped(tmp_path: Path) -> Path:
    """A copy of the shipped models folder."""
    folder = tmp_path / "models"
    shutil.copytree(SHIPPED, folder)
    return folder


def write(folder: Path, file: str, text: str) -> Path:
    """`text` as the file `<layer>/<name>.sql` or `.py` of the folder; returns the folder."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def one_model(tmp_path: Path, sql: str, header: str = HEADER, file: str = "cleaned/tried.sql") -> Path:
    """A folder with this model alone, beside the raw tables that always are."""
    return write(tmp_path / "models", file, header + sql)

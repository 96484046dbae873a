"""Puts the files of an export into a folder, or says which of them lie behind. What is in them is not known here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write each file, by its path within the folder. Others there are left alone."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def behind(files: Mapping[str, str], folder: Path) -> list[str]:
    """Those that are missing in the folder or differ there."""
    return [
        name
        for name, text in files.items()
        if not (path := folder / name).is_file() or path.read_bytes() != text.encode()
    ]

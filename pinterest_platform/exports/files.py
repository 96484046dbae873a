"""Writes the files of an export to a folder, or finds outdated ones. It does not know their contents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write each file to its path within the folder. Other files stay as they are."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def behind(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the files that are missing from the folder or differ there."""
    return [
        name
        for name, text in files.items()
        if not (path := folder / name).is_file() or path.read_bytes() != text.encode()
    ]

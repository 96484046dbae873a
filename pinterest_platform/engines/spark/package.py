"""This package, sent to Python workers that do not have it."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PACKAGE = Path(__file__).parents[2]


def send_package(session: SparkSession) -> None:
    """Make this very package importable in functions that run in the session's Python workers."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / f"{_PACKAGE.name}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            for path in sorted(_PACKAGE.rglob("*")):
                if path.is_file() and path.suffix != ".pyc":
                    out.write(path, path.relative_to(_PACKAGE.parent))
        session.addArtifacts(str(archive), pyfile=True)

"""This package, sent to Python workers that do not have it."""

from __future__ import annotations

import pickle
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PACKAGE = Path(__file__).parents[2]

#: Rooms that no function of a worker needs, half of the bytes: what starts work, shows it, runs servers, domains.
LEFT_OUT = frozenset(
    {
        "airflow",
        "cli",
        "definitions",
        "exports",
        "flow",
        "notebook",
        "orchestration",
        "pinterest",
        "posting",
        "privacy",
        "report",
        "retail",
        "retail_definitions",
        "stack",
        "starter",
        "tasks",
    }
)


def send_package(session: SparkSession) -> None:
    """Make this very package importable in functions that run in the session's Python workers, but for `LEFT_OUT`."""
    with tempfile.TemporaryDirectory() as folder:
        session.addArtifacts(str(_archive(Path(folder))), pyfile=True)


def bring_package(function: Callable[..., None]) -> Callable[..., None]:
    """The same function with this very package in it, for the worker of `foreachBatch` on a Spark Connect server: it is
    not given what was sent. Once unpickled, the function stays the same object from call to call."""
    with tempfile.TemporaryDirectory() as folder:
        archive = _archive(Path(folder)).read_bytes()
    pickled, kept = pickle.dumps(function), list[Any]()

    # It is sent by value, since nobody could import it by its name, and so must import what it needs.
    def call(*arguments: Any) -> None:
        if not kept:
            import pickle
            import sys
            import tempfile
            from pathlib import Path

            folder = tempfile.TemporaryDirectory(prefix="pinterest-package-")
            path = Path(folder.name) / "package.zip"
            path.write_bytes(archive)
            sys.path.insert(0, str(path))
            kept.extend([pickle.loads(pickled), folder])
        kept[0](*arguments)

    return call


def _archive(folder: Path) -> Path:
    path = folder / f"{_PACKAGE.name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for file in sorted(_PACKAGE.rglob("*")):
            room = file.relative_to(_PACKAGE).parts[0].removesuffix(".py")
            if file.is_file() and file.suffix != ".pyc" and room not in LEFT_OUT:
                out.write(file, file.relative_to(_PACKAGE.parent))
    return path

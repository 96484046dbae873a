"""Sends this package to Python workers that do not have it."""

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

#: Packages and modules that workers never need, half of the bytes: starting work, showing it, servers, domains.
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
    """Make this package importable for functions in the session's Python workers, except `LEFT_OUT`."""
    with tempfile.TemporaryDirectory() as folder:
        session.addArtifacts(str(_archive(Path(folder))), pyfile=True)


def bring_package(function: Callable[..., None]) -> Callable[..., None]:
    """The same function, bundled with this package, for the worker of `foreachBatch` on a Spark Connect server.

    That worker does not receive the packages sent to the session. Once unpickled, the function stays the same object
    from call to call.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = _archive(Path(folder)).read_bytes()
    pickled, kept = pickle.dumps(function), list[Any]()

    # This function is sent by value, because workers cannot import it by name. It must import what it needs.
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

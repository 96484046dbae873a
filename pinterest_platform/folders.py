"""Paths in settings: how to read them, and how to show where they lead."""

from __future__ import annotations

import os
import re
from pathlib import Path

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))")


def expanded(path: str) -> Path:
    """An absolute path, with `~` replaced by the user's home and `$NAME` by an environment variable. Only shells do
    this replacement; a `.env` file and most programs do not.

    Raises:
        ValueError: the path is empty, or names a user or a variable that does not exist.
    """
    if not path.strip():
        raise ValueError("it is empty; set a folder, or unset the variable to use the default")
    names = [braced or plain for braced, plain in _VARIABLE.findall(path)]
    if unset := [name for name in names if not os.environ.get(name)]:
        raise ValueError(f"it contains the variable ${unset[0]}, which is not set; set it, or write the full path")
    try:
        return Path(os.path.expandvars(path)).expanduser().absolute()
    except RuntimeError:
        raise ValueError("it names the home of a user who does not exist; write the full path") from None


def expanded_url(url: str) -> str:
    """A SQLAlchemy URL. In the URL of a SQLite file, `~` and `$NAME` are replaced as in a path.

    Raises:
        ValueError: as `expanded`.
    """
    scheme, slashes, file = url.partition(":///")
    is_named = scheme.startswith("sqlite") and file.startswith(("~", "$"))
    return f"{scheme}{slashes}{expanded(file)}" if is_named else url


def told(path: str | Path) -> str:
    """A path for messages: if it contains a link, with the resolved path."""
    real = Path(path).resolve()
    return str(path) if real == Path(os.path.normpath(Path(path).absolute())) else f"{path} (resolves to {real})"

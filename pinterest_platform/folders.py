"""Paths as settings give them: one way to read them, and one way to show where they lead."""

from __future__ import annotations

import os
import re
from pathlib import Path

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))")


def expanded(path: str) -> Path:
    """An absolute path, in which `~` is the home of the user and `$NAME` a variable of the environment. A `.env` file
    and most programs hand them on as they are written; only a shell replaces them.

    Raises:
        ValueError: the path is empty, or names a user or a variable that does not exist.
    """
    if not path.strip():
        raise ValueError("it is empty; give a folder, or leave the variable out for the default")
    names = [braced or plain for braced, plain in _VARIABLE.findall(path)]
    if unset := [name for name in names if not os.environ.get(name)]:
        raise ValueError(f"the variable ${unset[0]} in it is not set; set it, or write the path out")
    try:
        return Path(os.path.expandvars(path)).expanduser().absolute()
    except RuntimeError:
        raise ValueError("it names the home of a user who does not exist; write the path out") from None


def expanded_url(url: str) -> str:
    """A SQLAlchemy URL; in that of a SQLite file `~` and `$NAME` are replaced as in a path.

    Raises:
        ValueError: as `expanded`.
    """
    scheme, slashes, file = url.partition(":///")
    is_named = scheme.startswith("sqlite") and file.startswith(("~", "$"))
    return f"{scheme}{slashes}{expanded(file)}" if is_named else url


def told(path: str | Path) -> str:
    """A path for people: with where it leads, if a link is on the way."""
    real = Path(path).resolve()
    return str(path) if real == Path(os.path.normpath(Path(path).absolute())) else f"{path} (by a link {real})"

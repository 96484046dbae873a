"""Writes a small working domain for a user to start from. Its files come from `files/`.

`${...}` in the files stands for the domain's name. The command line provides the command.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from string import Template

from pinterest_platform.domain import NAME, DomainError
from pinterest_platform.landing.keys import object_key


def write_starter(folder: Path) -> list[Path]:
    """Write a domain with the name of the folder, which is created if missing. Returns the files, relative to it.

    Raises:
        DomainError: the folder is not empty, cannot be written, or its name is not valid for a domain.
    """
    name = folder.absolute().name.replace("-", "_")
    if not NAME.fullmatch(name):
        raise DomainError(
            f"{folder}: the folder names the domain, and {name!r} is not lower_snake_case. Use a name like taxi_rides."
        )
    try:
        if folder.exists() and any(folder.iterdir()):
            raise DomainError(f"{folder} is not empty. Give a new or empty folder.")
        files = _files(name)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise DomainError(f"{folder}: cannot be written: {error.strerror}. Give a writable folder.") from error
    return list(files)


def _files(name: str) -> dict[Path, str]:
    """Contents of the files by path in the folder."""
    module = f"{name}_domain"
    values = {"name": name, "NAME": name.upper(), "module": module}
    places = {
        "domain.py.txt": f"{module}.py",
        "models/cleaned/ride.sql": "models/cleaned/ride.sql",
        "models/analytics/rides_by_zone.sql": "models/analytics/rides_by_zone.sql",
        "env.txt": ".env",
        "workspace.yaml.txt": "workspace.yaml",
        "readme.txt": "README.md",
        "rides.jsonl": f"data/landing/{object_key(f'{name}.ride', 0, 0)}",
    }
    source = resources.files(__name__) / "files"
    return {
        Path(place): Template((source / file).read_text(encoding="utf-8")).substitute(values)
        for file, place in places.items()
    }

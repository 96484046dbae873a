"""The folder of generated sources: made once, made again only where it is asked for, and never in place of others.

`generated.json` beside the files says what they were made of, and their digests: a file that somebody changed or put
there is no longer a generated one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pinterest_platform.errors import PlatformError
from pinterest_platform.retail.generator import generate

_NOTE = "generated.json"


class FolderError(PlatformError):
    """Sources cannot be made in a folder; the message names it, what is there and what to do."""


@dataclass(frozen=True)
class Made:
    """Sources as they were made: rows by record, digests by file."""

    scale: float
    seed: int
    rows: Mapping[str, int]
    files: Mapping[str, str]


def fill(folder: Path, *, scale: float, seed: int, replace: bool = False) -> tuple[Made, bool]:
    """The sources of that scale and seed, and whether they are new. Those that are there already are left alone,
    unless a file is missing.

    The new ones take the place of all old ones at once.

    Raises:
        FolderError: the folder holds something else than generated sources, or those of another scale or seed and
            `replace` is not given, or cannot be written.
    """
    try:
        found = _found(folder)
        as_asked = found is not None and (found.scale, found.seed) == (scale, seed)
        if found and as_asked and all((folder / name).exists() for name in found.files):
            return found, False
        if found and not as_asked and not replace:
            raise FolderError(
                f"{folder} holds sources of scale {found.scale:g} and seed {found.seed}, not of scale {scale:g} and "
                f"seed {seed}. `generate --replace` makes these in their place; another PINTEREST_DATA keeps both, and "
                "is best, as rows that are gone from a source stay in the tables"
            )
        return _make(folder, scale, seed), True
    except OSError as error:
        raise FolderError(f"{folder}: {error.strerror}: {error.filename}. Let this user write there.") from None


def _found(folder: Path) -> Made | None:
    """What was made in the folder; None where there is nothing in it.

    Raises:
        FolderError: something is there that was not made.
    """
    there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if not there:
        return None
    made = _noted(folder / _NOTE)
    others = [name for name in there if name != _NOTE and (made is None or not _is_as_made(folder, name, made))]
    if others or made is None:
        raise FolderError(
            f"{folder} holds {', '.join(others) or _NOTE}, not made by this program or changed since; it is left as it "
            "is. Move it away, or give another PINTEREST_DATA; sources of your own are named by RETAIL_SOURCE_URL, "
            "RETAIL_CARDS, RETAIL_STORES_API, RETAIL_PRODUCTS and RETAIL_DATES"
        )
    return made


def _noted(file: Path) -> Made | None:
    try:
        return Made(**json.loads(file.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _is_as_made(folder: Path, name: str, made: Made) -> bool:
    return (folder / name).is_file() and _digest(folder / name) == made.files.get(name)


def _make(folder: Path, scale: float, seed: int) -> Made:
    new, old = (folder.with_name(f".{folder.name}.{kind}") for kind in ("new", "old"))
    for left in (new, old):
        # Of one that was killed.
        shutil.rmtree(left, ignore_errors=True)
    generated = generate(new, scale=scale, seed=seed)
    files = {path.name: _digest(path) for path in sorted(new.iterdir())}
    made = Made(scale, seed, generated.rows, files)
    (new / _NOTE).write_text(json.dumps(asdict(made), indent=2), encoding="utf-8")
    if folder.exists():
        folder.replace(old)
    new.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
    return made


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

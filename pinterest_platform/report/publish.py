"""Writes the page to the lake, and writes it again when its tables or its code have changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

from pinterest_platform.catalog import Catalog
from pinterest_platform.catalog.derivation import Derivations
from pinterest_platform.engines.contract import Engine
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import storage_errors
from pinterest_platform.report.page import render
from pinterest_platform.report.reading import Reader, TableVersion
from pinterest_platform.report.sections import report_of
from pinterest_platform.settings import Settings

#: Address of the page in the lake, without `.html`.
ADDRESS = "report/overview"


@dataclass(frozen=True)
class Published:
    """The result: `outcome` like a table's refresh, `uri` of the page."""

    uri: str
    outcome: Literal["unchanged", "replaced"]
    size: int
    seconds: float


def publish(settings: Settings, catalog: Catalog, engine: Engine, *, anew: bool = False) -> Published:
    """Write the page to the lake if its inputs have changed, or in any case if requested.

    Raises:
        LakeError: a table cannot be read, or the page cannot be written.
    """
    started = time.monotonic()
    lake, (folder, name) = engine.lake, f"{ADDRESS}.html".split("/")
    uri = lake.uri(f"{folder}/{name}")
    reader = Reader(settings, catalog, engine)
    mark = _mark(catalog, reader.versions())
    outcome: Literal["unchanged", "replaced"] = "unchanged"
    try:
        with storage_errors():
            page = lake.storage.read(lake.uri(folder), name)
            if anew or page is None or mark.encode() not in page:
                page, outcome = _page(reader, catalog, mark), "replaced"
                lake.storage.write(lake.uri(folder), name, page)
    except OSError as error:
        raise LakeError(f"{uri}: cannot be read or written: {error.strerror}") from error
    return Published(uri, outcome, len(page), time.monotonic() - started)


def _page(reader: Reader, catalog: Catalog, mark: str) -> bytes:
    return render(reader.overview(), derivations=Derivations(catalog), mark=mark).encode()


def _mark(catalog: Catalog, versions: Sequence[TableVersion]) -> str:
    """A text that changes whenever the page would change."""
    digest = hashlib.sha256(repr([(table.address, table.version) for table in versions]).encode())
    models = catalog.models.values()
    digest.update(repr([(model.description, model.columns, model.fingerprint) for model in models]).encode())
    digest.update(repr([(table.description, table.columns) for table in catalog.raw.values()]).encode())
    for package in filter(None, ("pinterest_platform.report", report_of(catalog).package)):
        for file in sorted(_files(resources.files(package)), key=str):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def _files(folder: Traversable) -> list[Traversable]:
    """The files with the code and data of the page."""
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry)
        elif entry.name.endswith((".py", ".j2", ".json")):
            found.append(entry)
    return found

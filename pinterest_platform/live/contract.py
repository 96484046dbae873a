"""What a domain gives to have live results: which stream they count, their tables, and what brings them up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pinterest_platform.catalog import RawTable
from pinterest_platform.settings import Settings


@dataclass(frozen=True)
class Updated:
    """What an update of the live results did: the records it counted, how many of them came late, how many minutes with
    records it closed. `version` is that of the stream's table up to which all are counted."""

    posts: int
    late: int
    windows_closed: int
    version: int


class Updater(Protocol):
    """Brings live tables up to date. Used by one thread at a time; several may update the same tables."""

    def update(self) -> Updated | None:
        """Count what the stream's table gained; None where nothing was to be done.

        Raises:
            LakeError: a table cannot be read or written, or the stream's lacks a column.
        """

    def close(self) -> None: ...


@dataclass(frozen=True)
class Live:
    """Live results of a domain. They count the first stream that `model` cleans. `tables` are by address, each after
    those it is made of. `open` is given the address of the stream's table."""

    model: str
    tables: Mapping[str, RawTable]
    open: Callable[[Settings, str], Updater]

"""The interface for a domain's live results: the stream that they count, their tables, and their updater."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pinterest_platform.catalog import RawTable
from pinterest_platform.settings import Settings


@dataclass(frozen=True)
class Updated:
    """Result of an update of the live results: the number of counted records, of late ones, and of minutes with records
    that it closed. All records up to `version` of the stream's table are counted."""

    posts: int
    late: int
    windows_closed: int
    version: int


class Updater(Protocol):
    """Updates live tables. Each updater is for one thread; several updaters can update the same tables."""

    def update(self) -> Updated | None:
        """Count the new records of the stream's table; None if nothing is new.

        Raises:
            LakeError: a table cannot be read or written, or the stream's table lacks a column.
        """

    def close(self) -> None: ...


@dataclass(frozen=True)
class Live:
    """Live results of a domain. They count the first stream that `model` cleans. `tables` are by address, each after
    its upstreams. `open` gets the address of the stream's table."""

    model: str
    tables: Mapping[str, RawTable]
    open: Callable[[Settings, str], Updater]

"""Dagster's end of Pipes: the messages of a process, read from a volume, and what it reported in them.

The other end is `reporting`. How that process is started is not decided here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

import dagster as dg
import dagster_pipes

from pinterest_platform.orchestration.databricks.reporting import ERROR

if TYPE_CHECKING:
    from databricks.sdk.service.files import FilesAPI

T = TypeVar("T")


class Ask(Protocol):
    """Calls what it is given and returns what that returns."""

    def __call__(self, call: Callable[[], T]) -> T: ...


def reported(session: dg.PipesSession) -> dg.MaterializeResult | None:  # type: ignore[type-arg]
    """What `report` sent, with plain values as its metadata except for Markdown; None where nothing came."""
    results = session.get_reported_results()
    judged = [result for result in results if isinstance(result, dg.AssetCheckResult)]
    for result in results:
        if isinstance(result, dg.MaterializeResult):
            figures = {
                name: value if isinstance(value, dg.MarkdownMetadataValue) else getattr(value, "value", value)
                for name, value in (result.metadata or {}).items()
            }
            return dg.MaterializeResult(asset_key=result.asset_key, metadata=figures, check_results=judged)
    return None


def reported_error(session: dg.PipesSession) -> str:
    """What the process said of its failure; empty where it said nothing."""
    return next((message[ERROR] for message in session.get_custom_messages() if ERROR in message), "")


class VolumeMessages(dg.PipesMessageReader):
    """Reads what a process writes to a folder of a Unity Catalog volume, whenever it is asked to.

    Dagster's own reader of volumes is a thread that looks every ten seconds, and for ten seconds more after a process
    that died; whoever polls a run knows better when there can be news, and when there can be none any more.
    """

    def __init__(self, files: FilesAPI, folder: str, ask: Ask, log: logging.Logger) -> None:
        """`ask` calls what it is given, again where the volume cannot be reached at the moment."""
        self._files, self._folder, self._ask, self._log = files, folder, ask, log
        self._next = 1

    @contextmanager
    def read_messages(self, handler: dg.PipesMessageHandler) -> Iterator[dagster_pipes.PipesParams]:
        self._handler = handler
        self._ask(lambda: self._files.create_directory(self._folder))
        try:
            yield {"path": self._folder}
        finally:
            self._delete()

    def read_new(self) -> None:
        """Handle every message that is there and was not yet."""
        while (text := self._ask(self._chunk)) is not None:
            try:
                messages = [json.loads(line) for line in text.split("\n")]
            except ValueError:
                return  # It is still being written.
            for message in messages:
                self._handler.handle_message(message)
            self._next += 1

    def no_messages_debug_text(self) -> str:
        return f"Messages were expected in {self._folder}."

    def _chunk(self) -> str | None:
        from databricks.sdk.errors import NotFound

        try:
            contents = self._files.download(f"{self._folder}/{self._next}.json").contents
        except NotFound:
            return None
        return contents.read().decode() if contents else None

    def _delete(self) -> None:
        """What cannot be deleted is a few kilobytes, and no reason to fail."""
        try:
            for entry in self._files.list_directory_contents(self._folder):
                self._files.delete(str(entry.path))
            self._files.delete_directory(self._folder)
        except OSError as error:
            self._log.warning("could not delete %s: %s", self._folder, error)

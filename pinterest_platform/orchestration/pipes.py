"""How a step that is done in another process is told what to do, and reports: by Dagster Pipes, both ends of it.

The one end is `reporting`, in the process that works; the other, in Dagster's, is `VolumeMessages` and `reported`. How
that process is started is not decided here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import dagster as dg
import dagster_pipes

if TYPE_CHECKING:
    from databricks.sdk.service.files import FilesAPI

T = TypeVar("T")


class Ask(Protocol):
    """Calls what it is given and returns what that returns."""

    def __call__(self, call: Callable[[], T]) -> T: ...


#: Name of the extra with the marker of the newest result whose checks all passed.
PASSED_AT = "passed_at"

#: Key of the custom message with what a user needs to know of a failure.
ERROR = "error"


@contextmanager
def reporting(context: str, messages: str) -> Iterator[dagster_pipes.PipesContext]:
    """Dagster's end of this process, given the two parameters that Dagster's end made; an exception is reported."""
    loader = dagster_pipes.PipesMappingParamsLoader(
        {
            dagster_pipes.DAGSTER_PIPES_CONTEXT_ENV_VAR: context,
            dagster_pipes.DAGSTER_PIPES_MESSAGES_ENV_VAR: messages,
        }
    )
    writer = dagster_pipes.PipesUnityCatalogVolumesMessageWriter()
    with dagster_pipes.open_dagster_pipes(params_loader=loader, message_writer=writer) as pipes:
        try:
            yield pipes
        except Exception as error:
            pipes.report_custom_message({ERROR: str(error)})
            raise


def report(pipes: dagster_pipes.PipesContext, done: dg.MaterializeResult) -> None:  # type: ignore[type-arg]
    """Send the materialization and what was judged."""
    for judged in done.check_results:
        pipes.report_asset_check(
            str(judged.check_name), judged.passed, severity=judged.severity.value, metadata=_sent(judged.metadata)
        )
    pipes.report_asset_materialization(_sent(done.metadata or {}))


def _sent(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as Pipes sends them, which knows Markdown only where it is called so."""
    values = {name: getattr(value, "value", value) for name, value in figures.items()}
    kinds = {name: "md" for name, value in figures.items() if isinstance(value, dg.MarkdownMetadataValue)}
    return {name: {"raw_value": value, "type": kinds.get(name, "__infer__")} for name, value in values.items()}


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

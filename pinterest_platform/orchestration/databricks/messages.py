"""Dagster's end of Pipes: the messages of a task, read from a volume. The task's end is `reporting`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster_databricks.pipes import PipesUnityCatalogVolumesMessageReader, delete_volume_directory_recursive
from dagster_pipes import PipesBlobStoreMessageWriter, PipesParams

from pinterest_platform.orchestration.databricks.reporting import ERROR
from pinterest_platform.orchestration.databricks.workspace import PatientWorkspace


class VolumeMessages(PipesUnityCatalogVolumesMessageReader):
    """Reads what the task of one run writes to a folder of a Unity Catalog volume, whenever it is asked to."""

    def __init__(self, workspace: PatientWorkspace, folder: str, log: logging.Logger) -> None:
        super().__init__(client=workspace, volume_path=folder, include_stdio_in_messages=False)
        self._impatient, self._log = workspace.files, log

    @contextmanager
    def read_messages(self, handler: dg.PipesMessageHandler) -> Iterator[PipesParams]:
        """Mends: the package's thread looks every ten seconds and for ten more after a task that died. Who polls a run
        knows better when there can be news, and when there can be none any more."""
        self._handler = handler
        with self.get_params() as self._params:
            yield self._params

    @contextmanager
    def get_params(self) -> Iterator[PipesParams]:
        """Mends: where the package cannot clear its folder, that hides why the step failed. What stays is a few
        kilobytes."""
        self.files_client.create_directory(self.volume_path)
        try:
            yield {
                "path": self.volume_path,
                PipesBlobStoreMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY: self.include_stdio_in_messages,
            }
        finally:
            try:
                delete_volume_directory_recursive(self._impatient, self.volume_path)
            except OSError as error:
                self._log.warning("could not delete %s: %s", self.volume_path, error)

    def read_new(self) -> None:
        """Handle every message that is there and was not yet.

        Mends: the package drops a message that is still being written when it looks, and goes on to the next one.
        """
        while (text := self.download_messages_chunk(self.counter, self._params)) is not None:
            try:
                messages = [json.loads(line) for line in text.split("\n")]
            except ValueError:
                return
            for message in messages:
                self._handler.handle_message(message)
            self.counter += 1

    @property
    def error(self) -> str:
        """What the task said of its failure; empty where it said nothing."""
        return next((said[ERROR] for said in self._handler.get_custom_messages() if ERROR in said), "")

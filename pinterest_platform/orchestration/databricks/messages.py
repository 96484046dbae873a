"""Dagster's end of Pipes: reads the messages of a task from a volume. The task's end is `reporting`."""

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
    """Reads the messages that the task of one run writes to a folder of a Unity Catalog volume."""

    def __init__(self, workspace: PatientWorkspace, folder: str, log: logging.Logger) -> None:
        super().__init__(client=workspace, volume_path=folder, include_stdio_in_messages=False)
        self._impatient, self._log = workspace.files, log

    @contextmanager
    def read_messages(self, handler: dg.PipesMessageHandler) -> Iterator[PipesParams]:
        """Fixes: the package's thread polls every ten seconds, and ten seconds more after a dead task. The client that
        polls the run knows better when new messages can arrive."""
        self._handler = handler
        with self.get_params() as self._params:
            yield self._params

    @contextmanager
    def get_params(self) -> Iterator[PipesParams]:
        """Fixes: if the package cannot delete its folder, that error hides why the step failed. The remaining folder
        has a few kilobytes."""
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
        """Handle every new message.

        Fixes: the package drops a message that is still being written, and skips to the next one.
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
        """The error that the task reported; empty if it reported none."""
        return next((said[ERROR] for said in self._handler.get_custom_messages() if ERROR in said), "")

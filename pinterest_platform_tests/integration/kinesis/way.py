"""The two ways in which postings reach Kinesis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.emulator import PostingResult, post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.http.kinesis_api import KinesisApiSender
from pinterest_platform.posting.senders.kinesis import KinesisSender
from pinterest_platform.posting.senders.sender import Sender
from pinterest_platform.settings import Settings
from pinterest_platform_tests.integration.kinesis.api_gateway import ApiGateway
from pinterest_platform_tests.integration.kinesis.scripted_kinesis import Fault, ScriptedKinesis
from pinterest_platform_tests.integration.kinesis.streams import streams_of


class Way:
    """One of the two ways to the streams."""

    def __init__(self, name: str, settings: Settings, gateway: ApiGateway) -> None:
        self.name, self.settings, self.gateway = name, settings, gateway

    def sender(self, **options: float) -> Sender:
        if self.name == "kinesis":
            return KinesisSender(self.settings, **options)
        return KinesisApiSender(self.gateway.url, **options)

    def post(self, source: SourceDatabase, sender: Sender | None = None, **options: Any) -> PostingResult:
        refused = self.settings.data / "refused.jsonl"
        destination = SenderDestination(RECORDS, streams_of(self.settings), sender or self.sender(), refused)
        return post(source, Sequential(), destination, **options)

    @contextmanager
    def scripted(self, *faults: Fault, forever: Fault | None = None) -> Iterator[ScriptedKinesis]:
        """Goes by a server that fails, while it is a context."""
        endpoint, before = self.settings.kinesis_endpoint, self.settings
        with ScriptedKinesis(endpoint, *faults, forever=forever) as kinesis:
            self.settings = before.model_copy(update={"kinesis_endpoint": kinesis.url})
            self.gateway.kinesis = kinesis.url
            yield kinesis
        self.settings, self.gateway.kinesis = before, endpoint

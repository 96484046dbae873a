"""A source to post, streams of each test's own on a real Kinesis server, and the ways there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.kinesis.streams import create_streams
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform_tests.integration.kinesis.api_gateway import ApiGateway
from pinterest_platform_tests.integration.kinesis.streams import Held, held, streams_of
from pinterest_platform_tests.integration.kinesis.way import Way
from pinterest_platform_tests.servers import only_aws_of

ROWS = 600
SHARDS = 3
#: Keys of all rows of the source.
ALL = list(range(ROWS))


@pytest.fixture(scope="session")
def kinesis_source_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('posted')}/source.db"
    load(url, ROWS, 1)
    return url


@pytest.fixture
def source(kinesis_source_url: str) -> Iterator[SourceDatabase]:
    with SourceDatabase(kinesis_source_url) as source:
        yield source


@pytest.fixture(scope="module")
def client(kinesis: KinesisServer) -> Any:
    return kinesis.client()


@pytest.fixture(autouse=True)
def aws_environment(kinesis: KinesisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    only_aws_of(kinesis, monkeypatch)


@pytest.fixture
def gateway(kinesis: KinesisServer) -> Iterator[ApiGateway]:
    with ApiGateway(kinesis.endpoint) as gateway:
        yield gateway


@pytest.fixture
def settings(
    kinesis: KinesisServer, gateway: ApiGateway, topic_prefix: str, kinesis_source_url: str, tmp_path: Path
) -> Settings:
    """Where all is; the streams are there."""
    settings = load_settings(
        data=tmp_path,
        source_url=kinesis_source_url,
        topic_prefix=topic_prefix,
        kinesis_endpoint=kinesis.endpoint,
        kinesis_api_url=gateway.url,
    )
    create_streams(settings, RECORDS, SHARDS)
    return settings


@pytest.fixture
def variables(settings: Settings) -> dict[str, str]:
    """The same for a process of its own."""
    names = ("data", "source_url", "topic_prefix", "kinesis_endpoint", "kinesis_api_url")
    return {f"PINTEREST_{name.upper()}": str(getattr(settings, name)) for name in names}


def posted(settings: Settings, client: Any) -> dict[str, list[Held]]:
    """All records of the three streams, by kind."""
    return {record: held(client, stream) for record, stream in streams_of(settings).items()}


def keys(records: list[Held]) -> list[int]:
    return sorted(int(record.key) for record in records)


@pytest.fixture(params=["kinesis", "kinesis-api"])
def way(request: pytest.FixtureRequest, settings: Settings, gateway: ApiGateway) -> Way:
    return Way(request.param, settings, gateway)

"""All stacks deployed, as far as that can be worked out here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pinterest_platform_tests.infra.ecs import cluster
from pinterest_platform_tests.infra.stacks import REGION, Account


@pytest.fixture(scope="session")
def account() -> Account:
    return Account()


@pytest.fixture
def ecs(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What clients in a container of Dagster's task need of moto's ECS, which starts no containers."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    services = ("ECS", "EC2", "CLOUDWATCH_LOGS", "SECRETS_MANAGER")
    local = {f"AWS_ENDPOINT_URL_{service}": f"http://{host}:{port}" for service in services}
    for name, value in {**local, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with cluster(account) as made:
        yield {**local, "ECS_CONTAINER_METADATA_URI_V4": made.metadata}
    server.stop()

"""The second domain's code location beside the webserver and the daemon, as its image and its task definition say: a
run that is asked for at the webserver reads its sources and fills lake and warehouse.

ECS is moto's, which starts no containers: the test starts the one that was asked for. Other than on AWS, the database
of users and orders is a file, and PostgreSQL has no certificate.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from pinterest_platform.stack.ports import choose_port
from pinterest_platform.stack.postgres import PostgresServer
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.infra.containers import Containers, known_to_aws, until
from pinterest_platform_tests.infra.ecs import asked_to_start
from pinterest_platform_tests.infra.stacks import Account
from pinterest_platform_tests.infra.webserver import Webserver

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def account() -> Account:
    return Account(Retail="true")


@pytest.fixture
def page() -> Webserver:
    return Webserver(choose_port())


@pytest.fixture
def warehouse(postgres_server: PostgresServer) -> str:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres_server.url_of(name)


@pytest.fixture
def sources(tmp_path: Path, s3_client: Any, bucket: str) -> Path:
    """The files in the bucket, where the page says that they are put; the database stays a file."""
    done = runner(tmp_path)("--domain", "retail", "generate", "--scale", "0.002", PINTEREST_DATA=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "data" / "retail" / "sources"
    for name in ("card_details.pdf", "products.csv", "date_details.json", "stores.jsonl"):
        s3_client.upload_file(str(folder / name), bucket, f"retail/sources/{name}")
    return folder


@pytest.fixture
def told(account: Account, postgres: str, warehouse: str, bucket: str, sources: Path) -> dict[str, str]:
    [retail] = [c for c in account.get("dagster.Task").properties["ContainerDefinitions"] if c["Name"] == "retail"]
    landing = account.exports["pinterest-dev-LandingBucket"]
    places = {e["Name"]: e["Value"].replace(f"s3://{landing}/", f"s3://{bucket}/") for e in retail["Environment"]}
    url = urlsplit(warehouse)
    return {
        **known_to_aws(postgres, bucket),
        **{name: value for name, value in places.items() if name.startswith("RETAIL_")},
        "PINTEREST_LANDING": f"s3://{bucket}/retail",
        "PINTEREST_LAKE": f"s3://{bucket}/lake",
        "RETAIL_SOURCE_URL": f"sqlite:///{sources / 'retail.sqlite'}",
        "RETAIL_WAREHOUSE_URL": f"postgresql://{url.username}@{url.hostname}:{url.port}{url.path}?sslmode=disable",
        "PGPASSWORD": "any",
    }


@pytest.fixture
def containers(
    account: Account,
    tmp_path: Path,
    postgres: str,
    s3_server: S3Server,
    told: dict[str, str],
    page: Webserver,
    ecs: dict[str, str],
) -> Iterator[Containers]:
    code = str(choose_port())
    words = {"4001": code, "3000": str(page.port)}
    local = {**s3_server.environment(), **ecs}
    made = Containers(account, "dagster.Task", tmp_path / "image", told, local, words)
    made.use(postgres)
    workspace = made.home / "retail.yaml"
    workspace.write_text(workspace.read_text().replace("port: 4001", f"port: {code}"))
    yield made
    made.stop()


def test_run_of_retail_fills_lake_and_warehouse(
    containers: Containers,
    account: Account,
    tmp_path: Path,
    told: dict[str, str],
    s3_server: S3Server,
    page: Webserver,
    warehouse: str,
    s3_client: Any,
    bucket: str,
) -> None:
    containers.start("retail")
    until(containers, lambda: containers.is_healthy("retail"))
    containers.start("webserver")
    containers.start("daemon")
    run = until(containers, lambda: page.launch("retail_refresh_all", location="retail"))
    command = until(containers, lambda: asked_to_start("pinterest-dev-retail-run", run))
    task = Containers(account, "dagster.RetailRunTask", tmp_path / "run", told, s3_server.environment())
    done = task.run("run", command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert until(containers, lambda: page.ended(run)) == "SUCCESS", containers.logs()
    with psycopg.connect(warehouse) as connection:
        [orders] = connection.execute("SELECT COUNT(*) FROM orders_table").fetchone() or [0]
    assert orders > 100
    table = s3_client.list_objects_v2(Bucket=bucket, Prefix="lake/cleaned/orders_table/_delta_log/")
    assert table["KeyCount"] > 0

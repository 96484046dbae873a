"""The Spark cluster of infra/stacks/spark.yaml: its image laid out, its containers as processes with their commands and
settings, and Dagster's own settings with `Engine=spark`. Tables are those that DuckDB computes, also where Spot takes a
worker away in the middle.

Other than there: all have one address, memory and cores are few, S3 is a local server.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.ports import choose_port
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.cli.conftest import Cli, cli, started
from pinterest_platform_tests.infra.containers import Containers, until
from pinterest_platform_tests.infra.stacks import Account
from pinterest_platform_tests.integration.s3_proxy import s3_proxy

__all__ = ["cli"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

#: Less than a gigabyte is the driver's otherwise.
SPARK_ALONE = {"PINTEREST_SPARK_MIN_MB": "0"}
WORKERS = 2
#: A result and all that it is made of: each table takes Spark seconds, whatever its size.
SELECTED = ("--select", "+analytics/most_popular_category_by_age_group")
TABLES = ("cleaned/pin", "cleaned/user", "cleaned/post", "analytics/most_popular_category_by_age_group")
FIRST_COMMIT = "lake/raw/pin/_delta_log/00000000000000000001.json"
#: Of a table that has more than a result: results are so small that the run itself writes them.
DATA_FILE = re.compile(r"/lake/(raw|cleaned)/\w+/[^_]")
Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def account() -> Account:
    return Account(Engine="spark")


@pytest.fixture
def ports() -> dict[str, str]:
    return {port: str(choose_port()) for port in ("7077", "7078", "7079", "15002")}


@pytest.fixture
def cluster(account: Account, tmp_path: Path, s3_server: S3Server, ports: dict[str, str]) -> Iterator[Containers]:
    told = {
        "_SPARK_AUTH_SECRET": "any",
        "SPARK_MASTER_PORT": ports["7077"],
        "SPARK_WORKER_PORT": ports["7078"],
        "SPARK_WORKER_CORES": "1",
        **dict.fromkeys(("SPARK_DRIVER_MEMORY", "SPARK_EXECUTOR_MEMORY", "SPARK_WORKER_MEMORY"), "1g"),
    }
    local = {
        **s3_server.environment(),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "HOSTNAME": "127.0.0.1",
        # Five Javas that live for a minute have no time to be compiled well.
        "JAVA_TOOL_OPTIONS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    }
    words = {"spark.pinterest-dev.internal": "127.0.0.1", **ports}
    made = Containers(account, "spark.Server", tmp_path / "image", told, local, words, beside=["spark.Worker"])
    use_here(made.home.parent / "spark" / "spark-defaults.conf", s3_server, ports)
    yield made
    for number in range(WORKERS):  # They go when their two minutes are over.
        made.process("worker", number).kill()
    made.stop()


def use_here(settings: Path, s3_server: S3Server, ports: dict[str, str]) -> None:
    """Let the settings name these ports, and how a local server of S3 is asked."""
    text = settings.read_text()
    for old, new in ports.items():
        text = re.sub(rf"(\.port) {old}\n", rf"\1 {new}\n", text)
    here = {
        "spark.hadoop.fs.s3a.endpoint": s3_server.endpoint,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
    }
    settings.write_text(text + "".join(f"{name} {value}\n" for name, value in here.items()))


def start(cluster: Containers) -> None:
    """As ECS starts them: the server once the master is healthy, workers at any time."""
    for number in range(WORKERS):
        cluster.start("worker", number)
    cluster.start("master")
    until(cluster, lambda: cluster.is_healthy("master"))
    cluster.start("connect")
    until(cluster, lambda: cluster.is_healthy("connect"))


@pytest.fixture
def used(account: Account, ports: dict[str, str], bucket: str, s3_server: S3Server) -> dict[str, str]:
    """What the code location is told of engine and places, with what is local here."""
    code = account.get("dagster.Task").properties["ContainerDefinitions"][0]
    told = {entry["Name"]: entry["Value"] for entry in code["Environment"]}
    remote = told["PINTEREST_SPARK_REMOTE"].replace("spark.pinterest-dev.internal", "127.0.0.1")
    return {
        "PINTEREST_ENGINE": told["PINTEREST_ENGINE"],
        "PINTEREST_SPARK_REMOTE": remote.replace("15002", ports["15002"]),
        "PINTEREST_LANDING": f"s3://{bucket}/landing",
        "PINTEREST_LAKE": f"s3://{bucket}/lake",
        **SPARK_ALONE,
        **s3_server.environment(),
    }


def land(cli: Cli, folder: Path, s3_client: Any, bucket: str) -> None:
    """Postings in the landing bucket, where a sink would have put them."""
    for command in ("generate --rows 300", "post"):
        done = cli(*command.split(), PINTEREST_LANDING=str(folder))
        assert done.returncode == 0, done.stdout + done.stderr
    for file in filter(Path.is_file, folder.rglob("*")):
        s3_client.upload_file(str(file), bucket, f"landing/{file.relative_to(folder)}")


def rows_of(used: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Rows:
    """`TABLES` as a lake has them."""
    for name, value in used.items():
        monkeypatch.setenv(name, value)
    engine = build_engine(load_settings(engine="duckdb", _env_file=None), Catalog.load(PINTEREST))
    try:
        queries = {name: f"SELECT * FROM {name.replace('/', '.')}" for name in TABLES}
        return {name: sorted(engine.query(sql).rows, key=repr) for name, sql in queries.items()}
    finally:
        engine.close()


def test_run_through_the_cluster_while_a_worker_goes_is_that_of_duckdb(
    cluster: Containers,
    used: dict[str, str],
    cli: Cli,
    tmp_path: Path,
    s3_client: Any,
    bucket: str,
    s3_server: S3Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    duckdb = used | {"PINTEREST_ENGINE": "duckdb", "PINTEREST_SPARK_REMOTE": ""}
    land(cli, tmp_path / "landed", s3_client, bucket)
    start(cluster)
    with s3_proxy(s3_server.endpoint) as proxy:
        with started(tmp_path, "run", *SELECTED, **used | {"AWS_ENDPOINT_URL": proxy.url}) as run:
            # Version 0 is an empty table.
            run.wait_until(lambda: s3_client.list_objects_v2(Bucket=bucket, Prefix=FIRST_COMMIT)["KeyCount"])
            cluster.process("worker", 0).send_signal(signal.SIGTERM)
            assert run.wait(600) == 0, run.output + cluster.logs()
        written_by_run = [asked for asked in proxy.asked if asked.startswith(("PUT ", "POST "))]
    until(cluster, lambda: "Decommission" in cluster.log("worker", 0).read_text())
    clean = duckdb | {"PINTEREST_LAKE": used["PINTEREST_LAKE"].replace("/lake", "/clean")}
    assert cli("run", *SELECTED, **clean).returncode == 0
    found = rows_of(used, monkeypatch)
    assert found == rows_of(clean, monkeypatch)
    assert len(found["cleaned/pin"]) == len(found["cleaned/user"]) == len(found["cleaned/post"]) == 300
    assert found[TABLES[-1]]
    assert any(FIRST_COMMIT in asked for asked in written_by_run), "it commits"
    assert [asked for asked in written_by_run if DATA_FILE.search(asked)] == [], "what executors have written"
    for number in range(WORKERS):
        assert "Asked to launch executor" in cluster.log("worker", number).read_text()

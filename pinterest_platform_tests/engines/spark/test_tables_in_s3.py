"""A session of this machine over a lake in S3: the address, the credentials and the endpoint that others use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.s3.clients import delta_options
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.integration.s3_proxy import S3Proxy, s3_proxy


@pytest.fixture(autouse=True)
def s3_environment(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def lake(bucket: str) -> str:
    return f"s3://{bucket}/lake"


@pytest.fixture
def session(spark: SparkSession, lake: str) -> Iterator[SparkSession]:
    """Knows the lake's bucket, at the address that AWS_ENDPOINT_URL has when it is asked for."""
    assert open_session(load_settings(engine="spark", lake=lake)) is spark
    yield spark
    close_session(spark)


def append_as_others_do(bucket: str, table: str, number: int) -> DeltaTable:
    """Append a row with delta-rs; returns the table as it is then."""
    options = delta_options(Bucket(bucket))
    write_deltalake(table, pa.table({"id": pa.array([number], pa.int64())}), mode="append", storage_options=options)
    return DeltaTable(table, storage_options=options)


def numbers(session: SparkSession, table: str) -> list[int]:
    return sorted(row.id for row in session.read.format("delta").load(table).collect())


def test_tables_in_a_bucket_are_written_and_read(session: SparkSession, lake: str, bucket: str) -> None:
    table = f"{lake}/raw/pin"
    session.range(3).write.format("delta").save(table)
    session.sql(f"MERGE INTO delta.`{table}` t USING (SELECT 2L AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE")
    assert append_as_others_do(bucket, table, 7).version() == 2
    assert numbers(session, table) == [0, 1, 7]


@pytest.fixture
def proxy(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """Stands between Spark and the server; must be asked for before `session`."""
    with s3_proxy(s3_server.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


def test_two_writers_of_one_version_both_succeed(
    proxy: S3Proxy, session: SparkSession, lake: str, bucket: str, monkeypatch: pytest.MonkeyPatch, s3_server: S3Server
) -> None:
    """Another program commits version 1 after Spark saw that there is none, before Spark's own request is there."""
    table = f"{lake}/raw/pin"
    session.range(1).write.format("delta").save(table)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint)
    first = iter([True])

    def other_one_first(method: str, path: str) -> None:
        if method == "PUT" and path.split("?")[0].endswith("/00000000000000000001.json") and next(first, False):
            assert append_as_others_do(bucket, table, 7).version() == 1

    proxy.faults = other_one_first
    session.sql("SELECT 3L AS id").write.format("delta").mode("append").save(table)
    assert next(first, None) is None
    assert numbers(session, table) == [0, 3, 7]


def test_commit_whose_answer_is_lost_is_made_once(proxy: S3Proxy, session: SparkSession, lake: str) -> None:
    table = f"{lake}/raw/pin"
    session.range(1).write.format("delta").save(table)
    lost = iter(["lost"])

    def answer_lost(method: str, path: str) -> Any:
        commit = method == "PUT" and path.split("?")[0].endswith("/00000000000000000001.json")
        return next(lost, None) if commit else None

    proxy.faults = answer_lost
    session.sql("SELECT 3L AS id").write.format("delta").mode("append").save(table)
    assert next(lost, None) is None
    assert numbers(session, table) == [0, 3]

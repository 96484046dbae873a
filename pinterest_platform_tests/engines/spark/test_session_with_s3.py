"""A session of this machine over a lake in S3: the address, the credentials and the endpoint that others use."""

from __future__ import annotations

import pytest
from deltalake import DeltaTable

from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.s3 import Bucket
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.s3 import S3Server


@pytest.fixture
def lake(s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    return f"s3://{bucket}/lake"


@pytest.mark.usefixtures("spark")
def test_tables_in_a_bucket_are_written_and_read(lake: str, bucket: str) -> None:
    session = open_session(load_settings(engine="spark", lake=lake))
    try:
        table = f"{lake}/raw/pin"
        session.range(3).write.format("delta").save(table)
        session.sql(f"INSERT INTO delta.`{table}` VALUES (7)")
        session.sql(f"MERGE INTO delta.`{table}` t USING (SELECT 7L AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE")
        assert sorted(row.id for row in session.read.format("delta").load(table).collect()) == [0, 1, 2]
        as_others_see_it = DeltaTable(table, storage_options=Bucket(bucket).delta_options())
        assert as_others_see_it.version() == 2
    finally:
        close_session(session)

"""The S3 server that holds landing zone and lake is killed during a run."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.forked import start
from pinterest_platform_tests.integration.s3.test_killed_in_a_bucket import run, where
from pinterest_platform_tests.integration.s3.test_runs_in_trouble import LINES, OBJECTS, same_as_clean_run

__all__ = ["where"]

pytestmark = pytest.mark.kills_servers


@pytest.mark.parametrize("log", [pytest.param("raw/rejected", marks=pytest.mark.long), "cleaned/pin"])
def test_server_killed_during_a_run(platform, where, zone, s3_server, tmp_path, log):
    """It is killed once the table has its first rows; the run may outlast that or fail, the next one goes on."""
    first_rows = f"lake/{log}/_delta_log/{1:020d}.json"
    process = start(run, *where)
    while not zone.client.list_objects_v2(Bucket=zone.bucket, Prefix=first_rows)["KeyCount"]:
        assert process.exitcode in (None, 0), "the run failed by itself"
    s3_server.kill()
    s3_server.start()
    process.join()
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    assert platform.offsets() == list(range(OBJECTS * LINES))
    same_as_clean_run(platform, tmp_path)

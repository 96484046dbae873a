"""A prefix of the lake's bucket is deleted, and a run has begun to make its tables anew before anybody notices."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.rehearsals.conftest import Site, ride, told

BUCKET = "pinterest-dev-lake-123456789012"
REWIND = Path(__file__).parents[2] / "infra" / "rewind_bucket.py"


@dataclass(frozen=True)
class BucketSite(Site):
    """A platform whose lake lies in a bucket with versions."""

    client: Any = None

    def rows(self, table: str) -> list[str]:
        answer = self("query", f"SELECT * FROM {table.replace('/', '.')}", "--limit", "0", "--format", "json")
        return told(json.loads(line) for line in answer.splitlines() if line.startswith("{"))

    def delete(self, prefix: str) -> None:
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
        self.client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": each["Key"]} for each in found]})


@pytest.fixture
def deployed(site: Site, tmp_path: Path) -> Iterator[BucketSite]:
    """moto's server, since versitygw keeps no versions as it is started here."""
    server = S3Server(tmp_path / "s3", keeps=False)
    server.start()
    client = server.client()
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    shutil.rmtree(site.lake)
    variables = {**server.environment(), "PINTEREST_LAKE": f"s3://{BUCKET}"}
    there = BucketSite(site.folder, variables, client)
    there("run")
    there.land(15, [ride(15)])
    there("run")
    yield there
    server.stop()


def whole_second() -> str:
    """A time that is later than all that is in the bucket, which knows seconds, and earlier than what comes."""
    then = datetime.now(UTC).replace(microsecond=0)
    while datetime.now(UTC) < then + timedelta(seconds=1.1):
        pass
    return then.strftime("%Y-%m-%dT%H:%M:%S")


def rewind(site: BucketSite, *arguments: str) -> str:
    command = [sys.executable, str(REWIND), BUCKET, *arguments]
    done = subprocess.run(command, env={**os.environ, **site.variables}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.servers
def test_prefix_that_was_deleted_and_half_made_again(deployed: BucketSite) -> None:
    before, time = deployed.all_rows(), whole_second()
    deployed.delete("raw/")
    for path in sorted(deployed.landing.glob("*.json"))[:2]:
        path.unlink()
    told = deployed("run", fails=True)
    assert "raw/ride was recreated or restored and has 3 rows, but this table was computed from 14" in told

    assert "would be restored" in rewind(deployed, "raw/", time, "--dry-run")
    rewind(deployed, "raw/", time)
    assert "nothing to change" in rewind(deployed, "raw/", time)
    deployed("run")
    assert deployed.all_rows() == before
    assert "Every table has the rows" in deployed("restore", "--dry-run")

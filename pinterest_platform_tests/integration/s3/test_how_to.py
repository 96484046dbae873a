"""What the how-to says of S3, with a server on this machine."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.cli.test_readme_commands import blocks
from pinterest_platform_tests.integration.s3.conftest import Zone
from pinterest_platform_tests.landing_data import PREFIX, pin


def test_landing_zone_and_lake_in_a_bucket(zone: Zone, tmp_path: Path) -> None:
    zone.put(0, [pin(n) for n in range(5)])
    [block] = [block for block in blocks("docs/how-to.md") if "s3://" in block]
    block = block.replace("s3://BUCKET/landing", zone.address).replace("BUCKET", zone.bucket)
    variables = dict(re.findall(r"(PINTEREST_\w+)=(\S+)", block)) | {"PINTEREST_TOPIC_PREFIX": PREFIX}
    call = runner(tmp_path)
    assert call("source", "load", "--rows", "5").returncode == 0, "as the demo does before"
    for command in re.findall(r"^\.venv/bin/pinterest-platform (.+)$", block, re.MULTILINE):
        done = call(*shlex.split(command), **variables)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    answer = call("query", "--format", "csv", "SELECT COUNT(*) AS n FROM cleaned.pin", **variables)
    assert answer.stdout.split() == ["n", "5"]

"""The settings of both sinks: what they share is said once, and nothing is left unfilled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinterest_platform_tests.cli.conftest import runner

LANDING = "s3://bucket/some/zone/"
DIFFERENT = {"connector.class", "value.converter"}


def settings_of(folder: Path, *arguments: str) -> dict[str, str]:
    done = runner(folder)("connector", *arguments, PINTEREST_LANDING=LANDING, PINTEREST_TOPIC_PREFIX="abc")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_what_both_sinks_are_told_is_the_same(tmp_path: Path) -> None:
    options = ("--region", "eu-west-1", "--flush-size", "50", "--flush-seconds", "2.5")
    ours = settings_of(tmp_path, *options)
    confluents = settings_of(tmp_path, *options, "--sink", "confluent-s3")
    assert {key for key in ours if confluents[key] != ours[key]} == DIFFERENT
    assert ours["topics"] == "abc.pin,abc.geo,abc.user"
    assert (ours["s3.bucket.name"], ours["topics.dir"]) == ("bucket", "some/zone/topics")
    assert (ours["flush.size"], ours["rotate.schedule.interval.ms"]) == ("50", "2500")
    assert ours["errors.deadletterqueue.topic.name"] == "abc.dead-letter"
    assert confluents["transforms.provenance.type"] == "org.apache.kafka.connect.transforms.InsertField$Value"
    assert not [value for value in [*ours.values(), *confluents.values()] if "{" in value]


@pytest.mark.parametrize("landing", ["", "/tmp/landing", "s3://"])
def test_a_landing_zone_that_is_not_in_s3_is_refused(tmp_path: Path, landing: str) -> None:
    done = runner(tmp_path)("connector", "--region", "eu-west-1", PINTEREST_LANDING=landing)
    assert done.returncode == 1
    assert "PINTEREST_LANDING=" in done.stderr
    assert "s3://bucket/prefix" in done.stderr

"""The commands as users call them: streams made and shown, posters killed and resumed, stopped, and told what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.settings import Settings
from pinterest_platform_tests.cli.conftest import runner, started, wait_for_acknowledged
from pinterest_platform_tests.integration.kinesis.conftest import ROWS, keys, posted

ways = pytest.mark.parametrize("to", ["kinesis", "kinesis-api"])


@ways
def test_poster_killed_and_resumed(
    to: str, settings: Settings, variables: dict[str, str], client: Any, tmp_path: Path
) -> None:
    with started(tmp_path, "post", "--to", to, "--rate", "500", **variables) as process:
        acknowledged = wait_for_acknowledged(tmp_path, to, process, 200)
        process.kill()
    assert all(set(keys(records)) >= set(range(acknowledged)) for records in posted(settings, client).values())
    done = runner(tmp_path)("post", "--to", to, "--resume", **variables)
    assert done.returncode == 0, done.stderr
    assert f"({ROWS:,} with earlier runs)" in done.stdout
    assert all(set(keys(records)) == set(range(ROWS)) for records in posted(settings, client).values())


@ways
def test_stopped_poster_counts_what_is_there_and_is_resumed(
    to: str, settings: Settings, variables: dict[str, str], client: Any, tmp_path: Path
) -> None:
    with started(tmp_path, "post", "--to", to, "--rate", "300", **variables) as process:
        wait_for_acknowledged(tmp_path, to, process, 50)
        process.interrupt()
        assert process.wait(60) == 0, process.output
    [sent] = re.findall(r"([\d,]+) postings sent", process.output)
    assert all(keys(r) == list(range(int(sent.replace(",", "")))) for r in posted(settings, client).values())
    assert runner(tmp_path)("post", "--to", to, "--resume", **variables).returncode == 0
    assert all(keys(records) == list(range(ROWS)) for records in posted(settings, client).values())


def test_refused_records_are_sent_again(
    settings: Settings, variables: dict[str, str], client: Any, tmp_path: Path
) -> None:
    call, refused = runner(tmp_path), tmp_path / "posting" / "kinesis.refused.jsonl"
    refused.parent.mkdir()
    record = {"topic": settings.kinesis_stream("geo"), "key": 5, "value": {"ind": 5}}
    refused.write_text(json.dumps({**record, "error_code": "ValidationException", "error": "not allowed"}) + "\n")
    done = call("post", "--to", "kinesis-api", "--retry", str(refused), **variables)
    assert done.returncode == 0, done.stderr
    assert "1 records accepted, 0 refused again" in done.stdout
    assert [(held.key, json.loads(held.data)) for held in posted(settings, client)["geo"]] == [("5", {"ind": 5})]
    assert not refused.exists()


def test_streams_are_made_once_and_differences_told(variables: dict[str, str], tmp_path: Path) -> None:
    call = runner(tmp_path)
    fresh = {**variables, "PINTEREST_TOPIC_PREFIX": f"{variables['PINTEREST_TOPIC_PREFIX']}.fresh"}
    missing = call("streams", "list", **fresh)
    assert (missing.returncode, missing.stdout.count(".fresh-")) == (1, 3)
    assert "streams create" in missing.stdout
    assert call("streams", "create", "--shards", "2", **fresh).stdout.count("created") == 3
    again = call("streams", "create", **fresh)
    assert (again.returncode, again.stdout.count("exists")) == (0, 3)
    assert again.stdout.count("shards is 2, not 1") == 3
    assert (
        len(re.findall(r"fresh-(?:pin|geo|user) +\S +ACTIVE +\S +2 +\S +24 ", call("streams", "list", **fresh).stdout))
        == 3
    )


def test_what_is_not_set_is_told(variables: dict[str, str], tmp_path: Path) -> None:
    call = runner(tmp_path)
    nowhere = call("post", "--to", "kinesis-api", **{**variables, "PINTEREST_KINESIS_API_URL": ""})
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "PINTEREST_KINESIS_API_URL is not set" in nowhere.stderr
    no_region = call("post", "--to", "kinesis", **{**variables, "AWS_REGION": "", "AWS_DEFAULT_REGION": ""})
    assert no_region.returncode == 1
    assert "AWS_DEFAULT_REGION" in no_region.stderr
    no_scheme = call("post", "--to", "kinesis", **{**variables, "PINTEREST_KINESIS_ENDPOINT": "localhost"})
    assert no_scheme.returncode == 1
    assert "PINTEREST_KINESIS_ENDPOINT='localhost'" in no_scheme.stderr
    no_keys = call("post", "--to", "kinesis", **{**variables, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert no_keys.returncode == 1
    assert "AWS_PROFILE" in no_keys.stderr


def test_check_says_whether_kinesis_and_its_gateway_answer(variables: dict[str, str], tmp_path: Path) -> None:
    found = runner(tmp_path)("check", **{**variables, "PINTEREST_KINESIS_API_URL": "http://127.0.0.1:9"})
    assert found.returncode == 1
    assert re.search(r"ok +kinesis .*-pin \(3 shards\)", found.stdout)
    assert re.search(r"failed +kinesis api .*PINTEREST_KINESIS_API_URL", found.stdout)

"""The commands as users call them: killed and resumed, stopped by Ctrl-C, asked what is reachable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinterest_platform.settings import Settings
from pinterest_platform_tests.cli.conftest import runner, started, wait_for_acknowledged
from pinterest_platform_tests.integration.posting.conftest import ROWS, held, keys

ways = pytest.mark.parametrize("to", ["rest", "kafka"])


@ways
def test_poster_killed_and_resumed(to: str, settings: Settings, variables: dict[str, str], tmp_path: Path) -> None:
    for sofar in (200, 500):
        with started(tmp_path, "post", "--to", to, "--rate", "500", "--resume", **variables) as process:
            acknowledged = wait_for_acknowledged(tmp_path, to, process, sofar)
            process.kill()
        for records in held(settings).values():
            assert set(keys(records)) >= set(range(acknowledged))
    done = runner(tmp_path)("post", "--to", to, "--resume", **variables)
    assert done.returncode == 0, done.stderr
    assert f"({ROWS:,} with earlier runs)" in done.stdout
    for records in held(settings).values():
        assert set(keys(records)) == set(range(ROWS))


@ways
def test_interrupted_poster_counts_what_is_there(
    to: str, settings: Settings, variables: dict[str, str], tmp_path: Path
) -> None:
    with started(tmp_path, "post", "--to", to, "--rate", "300", **variables) as process:
        wait_for_acknowledged(tmp_path, to, process, 50)
        process.interrupt()
        assert process.wait(60) == 0, process.output
    [sent] = re.findall(r"([\d,]+) postings sent", process.output)
    for records in held(settings).values():
        assert keys(records) == list(range(int(sent.replace(",", ""))))


def test_refused_records_end_with_the_way_to_send_them_again(
    settings: Settings, variables: dict[str, str], tmp_path: Path
) -> None:
    call = runner(tmp_path)
    refused = tmp_path / "posting" / "rest.refused.jsonl"
    refused.parent.mkdir()
    refused.write_text(
        f'{{"topic":"{settings.topic("geo")}","key":5,"value":{{"ind":5}},"error_code":50002,"error":"too large"}}\n'
    )
    done = call("post", "--to", "kafka", "--retry", str(refused), **variables)
    assert done.returncode == 0, done.stderr
    assert "1 records accepted, 0 refused again" in done.stdout
    assert keys(held(settings)["geo"]) == [5]
    done = call("post", "--to", "kafka", "--retry", str(refused), **variables)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    done = call("post", "--retry", str(refused), **variables)
    assert done.returncode == 2
    assert "--to rest" in done.stderr


def test_topics_are_made_once_and_differences_told(variables: dict[str, str], tmp_path: Path) -> None:
    call = runner(tmp_path)
    fresh = {**variables, "PINTEREST_TOPIC_PREFIX": f"{variables['PINTEREST_TOPIC_PREFIX']}.fresh"}
    missing = call("topics", "list", **fresh)
    assert missing.returncode == 1
    assert "topics create" in missing.stdout
    assert call("topics", "create", "--partitions", "2", **fresh).stdout.count("created") == 3
    again = call("topics", "create", "--partitions", "2", **fresh)
    assert (again.returncode, again.stdout.count("exists"), again.stdout.count(" not ")) == (0, 3, 0)
    different = call("topics", "create", "--retention-hours", "24", **fresh).stdout
    assert "partitions is 2, not 3; retention.ms is 604800000, not 86400000" in different
    assert call("post", "--to", "kafka", "--count", "7", **fresh).returncode == 0
    assert re.search(r"fresh\.pin +\S +2 +\S +1 +\S +7 ", call("topics", "list", **fresh).stdout)


def test_check_says_whether_proxy_and_brokers_answer(variables: dict[str, str], tmp_path: Path) -> None:
    call = runner(tmp_path)
    fine = call("check", **variables).stdout
    assert re.search(r"ok +rest proxy", fine)
    assert re.search(r"ok +kafka", fine)
    nobody = {"PINTEREST_REST_URL": "http://127.0.0.1:9", "PINTEREST_KAFKA_BROKERS": "127.0.0.1:9"}
    broken = call("check", **{**variables, **nobody})
    assert broken.returncode == 1
    assert re.search(r"failed +rest proxy .*PINTEREST_REST_URL", broken.stdout)
    assert re.search(r"failed +kafka .*PINTEREST_KAFKA_BROKERS", broken.stdout)

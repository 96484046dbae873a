"""The command that reads streams, as users call it."""

from __future__ import annotations

import base64
import re
import signal
import socket
from pathlib import Path

import dagster as dg
import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.cli.conftest import runner, started
from pinterest_platform_tests.integration.kinesis.streams import make_stream, put
from pinterest_platform_tests.integration.streaming.conftest import Pins
from pinterest_platform_tests.landing_data import geo

Variables = dict[str, str]


@pytest.fixture
def variables(variables: Variables, tmp_path: Path) -> Variables:
    return {**variables, "PINTEREST_DATA": str(tmp_path)}


@pytest.fixture
def others(pins: Pins) -> None:
    """The streams of places and authors."""
    for record in sorted(set(RECORDS) - {"pin"}):
        make_stream(pins.client, pins.settings.kinesis_stream(record))


def rows(pins: Pins) -> int:
    """Rows of the table, which may not be there yet."""
    table = Lake(pins.settings.lake_root).open("stream/pin")
    return table.count() if table else 0


@pytest.mark.usefixtures("others")
def test_once_reads_all_streams_and_nothing_twice(pins: Pins, variables: Variables, tmp_path: Path) -> None:
    pins.put_pins(1, 2, 3)
    pins.put(b"no pin")
    put(pins.client, pins.settings.kinesis_stream("geo"), [("1", geo(1))])
    call = runner(tmp_path)
    first = call("stream", "--once", **variables)
    assert (first.returncode, first.stdout.splitlines()[-1]) == (0, "5 records: 4 rows, 1 rejected"), first.stderr
    again = call("stream", "--once", **variables)
    assert again.stdout.splitlines()[-1] == "0 records: 0 rows, 0 rejected"
    pins.assert_each_once()
    counted = "(SELECT SUM(post_count) FROM live.posts_by_category) AS n"
    answer = call(
        "query", "--format", "csv", f"SELECT ind, country, {counted} FROM serving.post ORDER BY ind", **variables
    )
    assert answer.stdout.split() == ["ind,country,n", "1,Fiji,3", "2,,3", "3,,3"]


def test_runs_until_it_is_told_to_stop(pins: Pins, variables: Variables, tmp_path: Path) -> None:
    pins.put_pins(*range(20))
    with started(tmp_path, "stream", "--only", "pin", **variables) as process:
        process.wait_until(lambda: rows(pins) == 20)
        pins.put_pins(*range(20, 30))
        process.wait_until(lambda: rows(pins) == 30)
        process.signal(signal.SIGTERM)
        assert process.wait(60) == 0, process.output
    assert process.output.splitlines()[-1] == "30 records: 30 rows, 0 rejected"
    with open_instance(pins.settings) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["stream", "pin"]))
    assert event is not None
    assert event.asset_materialization is not None
    figures = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert figures["dagster/row_count"] == 30
    assert figures["visible_p99_seconds"] >= 0
    [picture] = re.findall(r"!\[stream/pin: .*\]\(data:image/svg\+xml;base64,(.*)\)", figures["put_to_visible"])
    assert base64.b64decode(picture).count(b"<rect") > 3, "a part for each phase of a commit"


def test_report_that_fails_ends_it(pins: Pins, variables: Variables, tmp_path: Path) -> None:
    pins.put_pins(1)
    (home := tmp_path / "no-folder").touch()
    with started(tmp_path, "stream", "--only", "pin", **variables, DAGSTER_HOME=str(home)) as process:
        assert process.wait(60) == 1, process.output
    assert f"error: DAGSTER_HOME={home}: cannot create or write this folder: File exists." in process.output
    assert rows(pins) == 1


def test_asked_twice_it_does_not_wait_for_a_server_that_does_not_answer(variables: Variables, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with started(tmp_path, "stream", **{**variables, "PINTEREST_KINESIS_ENDPOINT": endpoint}) as process:
            asked, _ = silent.accept()
            process.interrupt()
            process.wait_until(lambda: "Ctrl-C again" in process.output)
            process.interrupt()
            # Its request is given up after 30 seconds.
            assert process.wait(10) == 130, process.output
            asked.close()


def test_stream_that_is_not_there(variables: Variables, tmp_path: Path) -> None:
    failed = runner(tmp_path)("stream", "--only", "pin", **variables)
    assert failed.returncode == 1
    assert f"streaming-{variables['PINTEREST_TOPIC_PREFIX']}-pin" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_name_that_is_not_declared(tmp_path: Path) -> None:
    failed = runner(tmp_path)("stream", "--only", "pins")
    assert failed.returncode == 2
    assert "no stream pins. Streams: pin, geo, user" in " ".join(failed.stderr.replace("│", " ").split())


def test_demo(variables: Variables, tmp_path: Path) -> None:
    """With a server of its own."""
    variables = {name: value for name, value in variables.items() if name != "PINTEREST_KINESIS_ENDPOINT"}
    done = runner(tmp_path)("demo", "--stream", "--rate", "50", "--seconds", "2", **variables)
    assert done.returncode == 0, done.stderr
    assert "Posts by category in the last minutes" in done.stdout
    call = runner(tmp_path)
    counted = "SELECT COUNT(*) AS n, (SELECT MIN(rank) FROM live.top_posters) AS first FROM stream.geo"
    assert call("query", "--format", "csv", counted, **variables).stdout.split() == ["n,first", "100,1"]

"""The command status, as users and collectors of metrics call it."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pinterest_platform_tests.cli.conftest import runner, started

TOPIC = "PINTEREST_TOPIC_PREFIX"
RESULT = "analytics/most_popular_category_by_country"
#: Brings one result up to date, and what it is made of.
RUN = ("run", "--select", f"+{RESULT}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which some postings went all the way."""
    folder = tmp_path_factory.mktemp("status")
    call = runner(folder)
    for command in (("source", "load", "--rows", "300"), ("post", "--order", "sequential"), ("run",)):
        done = call(*command, **{TOPIC: "p"})
        assert done.returncode == 0, done.stderr
    return folder


def metrics(text: str) -> Mapping[tuple[str, ...], float]:
    """Values by name and labels, these in the order of their names."""
    return {
        (
            sample.name.removeprefix("pinterest_platform_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_are_what_is_in_the_lake(folder: Path) -> None:
    call = runner(folder)
    done = call("status", "--format", "prometheus", **{TOPIC: "p"})
    assert done.returncode == 0, done.stderr
    found = metrics(done.stdout)
    assert found["table_rows", "cleaned/pin"] == 300
    assert found["table_last_rows", "in", "raw/pin"] == 300
    assert sum(v for k, v in found.items() if k[0] == "topic_next_offset" and k[2:] == ("raw", "p.pin")) == 300
    assert found["newest_records_seconds", "analytics", "p.geo"] > 0
    assert found["run_success", "refresh_all"] == 1
    assert found["stuck",] == 0


def test_screen_says_what_waits(folder: Path) -> None:
    call = runner(folder)
    assert call("post", "--count", "10", **{TOPIC: "p"}).returncode == 0
    told = call("status", **{TOPIC: "p"})
    assert told.returncode == 0, told.stderr
    [line] = [line.split() for line in told.stdout.splitlines() if line.startswith(" p.pin")]
    assert line[1:3] == ["303", "300"], "of an object only the first record is known until it is read"
    assert "nothing is stuck" in told.stdout


def test_run_that_failed_is_stuck_until_one_does_not(folder: Path) -> None:
    call = runner(folder)
    table = folder / "data" / "lake" / RESULT
    kept = table.rename(folder / "kept")
    table.write_text("no table")
    assert call(*RUN, **{TOPIC: "p"}).returncode == 1
    told = call("status", **{TOPIC: "p"})
    assert told.returncode == 1
    assert f"refresh_all failed: {RESULT}: " in told.stdout
    table.unlink()
    kept.rename(table)
    assert call(*RUN, **{TOPIC: "p"}).returncode == 0
    assert "nothing is stuck" in call("status", **{TOPIC: "p"}).stdout


def test_what_is_worth_a_look_and_what_cannot_be_looked_at(folder: Path) -> None:
    call = runner(folder)
    stranger = folder / "data" / "landing" / "topics" / "p.pin" / "partition=0" / "notes.txt"
    stranger.touch()
    assert call(*RUN, **{TOPIC: "p"}).returncode == 0
    told = call("status", **{TOPIC: "p"})
    assert told.returncode == 0
    assert "raw/pin: expectations: landing_keys_known: 1 key not read: topics/p.pin/partition=0/notes.txt" in " ".join(
        told.stdout.split()
    )
    stranger.unlink()
    told = call("status", **{TOPIC: "p", "PINTEREST_LANDING": "data"})
    assert "warn landing: PINTEREST_LANDING is a level too high: the topics are in landing/topics." in " ".join(
        told.stdout.split()
    )
    told = call("status", **{TOPIC: "p", "PINTEREST_LANDING": "gs://bucket"})
    assert told.returncode == 1
    assert "landing zone: PINTEREST_LANDING='gs://bucket' is not supported" in " ".join(told.stdout.split())


def test_page_is_written_in_one_step(folder: Path, tmp_path: Path) -> None:
    """Who is reading the one before finds that to its end."""
    page = tmp_path / "flow.html"
    page.write_text("the page before")
    with page.open() as reader:
        assert runner(folder)("status", "--format", "html", "--out", str(page), **{TOPIC: "p"}).returncode == 0
        assert reader.read() == "the page before"
    assert "How the data flows" in page.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["flow.html"]


def test_watching_writes_again_and_again(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "flow.prom"
    arguments = ("status", "--watch", "--every", "0.2", "--format", "prometheus", "--out", str(file))
    with started(folder, *arguments, **{TOPIC: "p"}) as process:
        process.wait_until(file.exists)
        file.unlink()
        process.wait_until(file.exists)
        process.signal(signal.SIGINT)
        assert process.wait(60) == 130, process.output
    assert metrics(file.read_text())["table_rows", "cleaned/geo"] == 300


def test_before_anything_is_there(tmp_path: Path) -> None:
    told = runner(tmp_path)("status")
    assert told.returncode == 1
    assert "no table was computed so far: `pinterest-platform run`" in told.stdout


def test_options_that_do_not_fit(tmp_path: Path) -> None:
    failed = runner(tmp_path)("status", "--watch", "--format", "html")
    assert failed.returncode == 2
    assert "needs a file: give --out" in " ".join(failed.stderr.split())

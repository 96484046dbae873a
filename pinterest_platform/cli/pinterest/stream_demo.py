"""The command demo with --stream: posts into a Kinesis server on this machine, reads the streams, and shows both."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_platform.catalog import Catalog
    from pinterest_platform.settings import Settings

_SHARDS = 2
_QUESTIONS = {
    "Posts by category in the last minutes": "SELECT window_start, category, post_count, late_count "
    "FROM live.posts_by_category ORDER BY window_start DESC, post_count DESC LIMIT 8",
    "Top posters of the last hour": "SELECT * FROM live.top_posters ORDER BY rank LIMIT 5",
    "Posts in serving, by origin": "SELECT came_by, COUNT(*) AS posts FROM serving.post GROUP BY came_by",
    "Seconds from put to visible, by phase": "SELECT stream, SUM(records) AS records, "
    "ROUND(AVG(visible_p50_seconds), 2) AS visible, ROUND(AVG(wait_seconds), 2) AS wait, "
    "ROUND(AVG(read_seconds), 2) AS read, ROUND(AVG(clean_seconds), 2) AS clean, "
    "ROUND(AVG(commit_seconds), 2) AS commit FROM stream.batches GROUP BY stream ORDER BY stream",
}


def stream_demo(rows: int, rate: float, seconds: float) -> None:
    """Post `rate` postings per second in the course's order, and read them at the same time."""
    from pinterest_platform.cli.pinterest import own_settings
    from pinterest_platform.cli.pinterest.source import fill_source
    from pinterest_platform.cli.steps import step
    from pinterest_platform.kinesis.streams import create_streams
    from pinterest_platform.pinterest import PINTEREST
    from pinterest_platform.pinterest.records import RECORDS
    from pinterest_platform.stack.kinesis import KinesisServer
    from pinterest_platform.streaming.catalog import load_catalog

    folder: Path = own_settings().data / "kinesis"
    step(1, "A source database with realistic postings")
    fill_source(own_settings(), rows)
    step(2, "A Kinesis server on this machine, with one stream each for pins, places and users")
    server = KinesisServer(folder)
    with console().status("starting the server, which is downloaded the first time"):
        server.start()
    try:
        os.environ.update(server.environment())
        settings = own_settings()
        create_streams(settings, RECORDS, _SHARDS)
        step(3, f"Posting {rate:g} per second for {seconds:g} seconds while the streams are read")
        catalog = load_catalog(settings, PINTEREST)
        _post_and_read(settings, catalog, rate, seconds)
    finally:
        server.stop()
    step(4, "The tables")
    _ask(settings, catalog, _QUESTIONS.items())
    console().print(
        "The tables are Delta tables. Run this again for more, or `pinterest-platform demo` for the batch pipeline."
    )


def _post_and_read(settings: Settings, catalog: Catalog, rate: float, seconds: float) -> None:
    from pinterest_platform.cli.signals import stopped_by_signals
    from pinterest_platform.cli.stream import run
    from pinterest_platform.streaming import load_streams

    streams = list(load_streams(settings, catalog).values())
    failures: list[BaseException] = []
    with stopped_by_signals() as stop:

        def work() -> None:
            try:
                _post(settings, rate, seconds, stop)
            except BaseException as error:
                failures.append(error)
            stop.set()

        poster = threading.Thread(target=work, name="poster")
        poster.start()
        try:
            run(settings, catalog, streams, stop)
        finally:
            stop.set()
            poster.join()
        if failures:
            raise failures[0]
        status = run(settings, catalog, streams, threading.Event(), once=True)
        console().print(f"{status.records:,} records were read after the posting ended")


def _post(settings: Settings, rate: float, seconds: float, stop: threading.Event) -> None:
    import time

    from pinterest_platform.pinterest.order import Course
    from pinterest_platform.pinterest.records import RECORDS
    from pinterest_platform.pinterest.source.address import source_url
    from pinterest_platform.pinterest.source.database import SourceDatabase
    from pinterest_platform.posting.checkpoint import checkpoint_folder
    from pinterest_platform.posting.emulator import post
    from pinterest_platform.posting.senders.destination import SenderDestination
    from pinterest_platform.posting.senders.kinesis import KinesisSender

    names = {record: settings.kinesis_stream(record) for record in RECORDS}
    refused = checkpoint_folder(settings.data) / "demo-stream.refused.jsonl"
    destination = SenderDestination(RECORDS, names, KinesisSender(settings), refused)
    with SourceDatabase(source_url(settings)) as source:
        # A new seed each time: the same rows would be the same posts.
        post(source, Course(int(time.time())), destination, count=int(rate * seconds), rate=rate, stop=stop.is_set)


def _ask(settings: Settings, catalog: Catalog, questions: Iterable[tuple[str, str]]) -> None:
    from contextlib import closing

    from pinterest_platform.engines import build_engine

    with closing(build_engine(settings, catalog)) as engine:
        for title, sql in questions:
            answer = engine.query(sql)
            print_table(answer.columns, answer.rows, title=title)

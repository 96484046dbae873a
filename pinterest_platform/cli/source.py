"""Commands that make events: generate fills the source, post sends its rows."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress

    from pinterest_platform.posting.destination import Destination
    from pinterest_platform.posting.emulator import PostingResult
    from pinterest_platform.posting.orders import Order
    from pinterest_platform.settings import Settings

#: What the course's script averages, with its sleeps of 0 or 1 s.
_COURSE_RATE = 2.0


class OrderName(StrEnum):
    """In which order rows are posted."""

    course = "course"
    sequential = "sequential"
    bulk = "bulk"


def generate(
    rows: Annotated[int, typer.Option(min=0, help="Postings to make: rows of each of the three tables.")] = 11_154,
    seed: Annotated[int, typer.Option(help="The same seed and rows make the same data.")] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Drop what the three tables hold first.")] = False,
) -> None:
    """Fill the source database with realistic postings. A source that holds them already is left alone.

    Example: `pinterest-platform generate --rows 100000 --seed 7 --replace`
    """
    from pinterest_platform.settings import load_settings

    fill_source(load_settings(), rows, seed=seed, replace=replace)


def fill_source(settings: Settings, rows: int, *, seed: int = 0, replace: bool = False) -> None:
    from pinterest_platform.source.loading import load
    from pinterest_platform.source.tables import hidden

    with progress_bar() as bar:
        task = bar.add_task("generating", total=rows)
        written = load(settings.source, rows, seed, replace=replace, progress=lambda n: bar.update(task, completed=n))
        bar.update(task, completed=rows)
    console().print(f"{hidden(settings.source)} holds {rows:,} postings, {written:,} of them new", soft_wrap=True)


def post(
    order: Annotated[
        OrderName,
        typer.Option(
            help="`course`: drawn at random as the course's script does; `sequential`: one by one; `bulk`: that, fast."
        ),
    ] = OrderName.sequential,
    count: Annotated[
        int | None, typer.Option(min=0, help="Postings to send in all; default: every row, or for ever.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, help="Postings a second; default: as fast as can be (course without --count: 2)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the course's order.")] = 100,
    start: Annotated[int, typer.Option(min=0, help="First row of sequential and bulk.")] = 0,
    stop: Annotated[int | None, typer.Option(min=0, help="Row to stop before, of sequential and bulk.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on behind what the last posting sent.")] = False,
    flush_size: Annotated[int, typer.Option(min=1, help="Records in a landing object.")] = 1_000,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of each topic.")] = 3,
    pad: Annotated[int, typer.Option(min=1, help="Digits of the offset in an object's name.")] = 10,
    provenance: Annotated[
        bool, typer.Option(help="Insert _topic, _partition, _offset and _kafka_ts, as our connector does.")
    ] = True,
) -> None:
    """Post rows of the source into the landing zone, written as Kafka Connect would.

    Ctrl-C stops cleanly; `--resume` goes on from there, also after a kill, with nothing lost and nothing doubled.

    Examples: `pinterest-platform post`, `pinterest-platform post --order course --count 500`
    """
    from pinterest_platform.posting.landing_folder import LandingFolder
    from pinterest_platform.posting.orders import Course, Sequential, bulk
    from pinterest_platform.schemas import RECORDS
    from pinterest_platform.settings import load_settings

    settings = load_settings()
    folder = LandingFolder(
        local_landing(settings),
        {record: settings.topic(record) for record in RECORDS},
        flush_size=flush_size,
        flush_seconds=5.0 if rate or order is OrderName.course else None,
        partitions=partitions,
        pad=pad,
        provenance=provenance,
    )
    chosen: Order
    if order is OrderName.course:
        chosen = Course(seed)
        rate = rate or (_COURSE_RATE if count is None else None)
    else:
        chosen = bulk(start, stop) if order is OrderName.bulk else Sequential(start, stop)
    result = send(settings, chosen, folder, name="landing", count=count, rate=rate, resume=resume)
    if result.stopped:
        console().print("Stopped. Go on with the same command and --resume.")


def send(
    settings: Settings,
    order: Order,
    destination: Destination,
    *,
    name: str,
    count: int | None = None,
    rate: float | None = None,
    resume: bool = False,
) -> PostingResult:
    """Post with a progress bar until done or interrupted, and say what was sent. The checkpoint is called `name`."""
    import signal
    import threading

    from pinterest_platform.posting.emulator import post as run
    from pinterest_platform.source.database import SourceDatabase

    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    checkpoint = settings.data.absolute() / "posting" / f"{name}.json"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    try:
        with SourceDatabase(settings.source) as source, progress_bar() as bar:
            lengths = [n for n in (count, order.length(source)) if n is not None]
            task = bar.add_task("posting", total=min(lengths, default=None))
            result = run(
                source,
                order,
                destination,
                count=count,
                rate=rate,
                stop=stop.is_set,
                checkpoint=checkpoint,
                resume=resume,
                progress=lambda sent: bar.update(task, completed=sent),
            )
            bar.update(task, completed=result.acknowledged)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    speed = f", {result.posted / result.seconds:,.0f} a second" if result.posted and result.seconds else ""
    total = f" ({result.acknowledged:,} with earlier runs)" if result.acknowledged != result.posted else ""
    console().print(f"{result.posted:,} postings sent: {result.posted * 3:,} records{total}{speed}")
    return result


def local_landing(settings: Settings) -> Path:
    """The landing folder, for writers of this machine.

    Raises:
        LandingError: the landing zone is no folder.
    """
    from pinterest_platform.landing.store import LandingError

    if "://" in settings.landing_root:
        raise LandingError(f"PINTEREST_LANDING={settings.landing_root!r} is no folder; post writes to folders only")
    return Path(settings.landing_root)


def progress_bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console(), transient=True)

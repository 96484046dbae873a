"""The command post: sends rows of the source to the landing zone, Kafka or Kinesis, and resends refused records."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console
from pinterest_platform.cli.pinterest.source import progress_bar
from pinterest_platform.cli.senders import DestinationName, names, sender
from pinterest_platform.cli.signals import stopped_by_signals

if TYPE_CHECKING:
    from pinterest_platform.posting.destination import Destination
    from pinterest_platform.posting.emulator import PostingResult
    from pinterest_platform.posting.orders import Order
    from pinterest_platform.settings import Settings

#: Average postings per second of the course's script, with its sleeps of 0 or 1 s.
_COURSE_RATE = 2.0
_LANDING_ONLY = "Landing zone only"


class OrderName(StrEnum):
    """The order of posted rows."""

    course = "course"
    sequential = "sequential"
    bulk = "bulk"


def post(
    to: Annotated[
        DestinationName,
        typer.Option(
            help="`landing`: files, written as Kafka Connect would. `rest`: a Kafka REST proxy (PINTEREST_REST_URL). "
            "`kafka`: the brokers (PINTEREST_KAFKA_BROKERS). `kinesis`: streams of AWS, or of "
            "PINTEREST_KINESIS_ENDPOINT. `kinesis-api`: the same, through API Gateway (PINTEREST_KINESIS_API_URL)."
        ),
    ] = DestinationName.landing,
    order: Annotated[
        OrderName,
        typer.Option(
            help="`course`: random, like the course's script. `sequential`: row by row. `bulk`: the same, fast."
        ),
    ] = OrderName.sequential,
    count: Annotated[
        int | None, typer.Option(min=0, help="Postings to send in total. Default: every row (course: endless).")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, help="Postings per second. Default: as fast as possible (course without --count: 2)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the course order.")] = 100,
    start: Annotated[int, typer.Option(min=0, help="First row, for sequential and bulk.")] = 0,
    stop: Annotated[int | None, typer.Option(min=0, help="Row to stop before, for sequential and bulk.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue after the last row that the previous posting sent.")
    ] = False,
    retry: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Resend only the refused records in this file.")
    ] = None,
    flush_size: Annotated[
        int, typer.Option(min=1, help="Records per landing object.", rich_help_panel=_LANDING_ONLY)
    ] = 1_000,
    partitions: Annotated[
        int, typer.Option(min=1, help="Partitions of each topic.", rich_help_panel=_LANDING_ONLY)
    ] = 3,
    pad: Annotated[
        int, typer.Option(min=1, help="Digits of the offset in an object name.", rich_help_panel=_LANDING_ONLY)
    ] = 10,
    provenance: Annotated[
        bool,
        typer.Option(
            help="Insert _topic, _partition, _offset and _kafka_ts, like this project's connector.",
            rich_help_panel=_LANDING_ONLY,
        ),
    ] = True,
) -> None:
    """Post rows of the source into the landing zone, to Kafka or to Kinesis, directly or through a gateway.

    Ctrl-C stops cleanly. `--resume` continues from there, also after a kill. No acknowledged record is lost. The
    landing zone has no duplicates, but Kafka and Kinesis may receive the last records before a kill twice. Records that
    they refuse permanently go to a file, and `--retry` sends them again.

    Examples: `pinterest-platform post`, `pinterest-platform post --to rest --order course --count 500`
    """
    from pinterest_platform.cli.pinterest import own_settings
    from pinterest_platform.pinterest.order import Course
    from pinterest_platform.pinterest.records import RECORDS
    from pinterest_platform.posting.checkpoint import checkpoint_folder
    from pinterest_platform.posting.landing.folder import LandingFolder
    from pinterest_platform.posting.orders import Sequential, bulk
    from pinterest_platform.posting.senders.destination import SenderDestination

    settings = own_settings()
    if retry is not None:
        _send_again(retry, settings, to)
        return
    refused = checkpoint_folder(settings.data) / f"{to}.refused.jsonl"
    destination: Destination
    if to is DestinationName.landing:
        destination = LandingFolder(
            local_landing(settings),
            RECORDS,
            names(settings, RECORDS, to),
            flush_size=flush_size,
            flush_seconds=5.0 if rate or order is OrderName.course else None,
            partitions=partitions,
            pad=pad,
            provenance=provenance,
            refused=refused,
            topics_dir=settings.landing_topics_dir,
        )
    else:
        destination = SenderDestination(RECORDS, names(settings, RECORDS, to), sender(settings, to), refused)
    chosen: Order
    if order is OrderName.course:
        chosen = Course(seed)
        rate = rate or (_COURSE_RATE if count is None else None)
    else:
        chosen = bulk(start, stop) if order is OrderName.bulk else Sequential(start, stop)
    result = send(settings, chosen, destination, name=to, count=count, rate=rate, resume=resume)
    if result.refused:
        again = f" After fixing the cause, run: pinterest-platform post --to {to} --retry {refused}"
        console().print(
            f"[red]{result.refused:,} records refused[/]. They are kept, with the reason, in {refused}."
            f"{'' if to is DestinationName.landing else again}",
            soft_wrap=True,
        )
    if result.stopped:
        console().print("Stopped. To continue, run the same command with --resume.")
    if result.refused:
        raise typer.Exit(1)


def _send_again(file: Path, settings: Settings, to: DestinationName) -> None:
    from pinterest_platform.posting.senders.refused import send_again

    if to is DestinationName.landing:
        raise typer.BadParameter(
            "the landing zone refuses only rows that the source cannot express. Correct them in the source and post "
            "them again with --start and --stop, or give --to rest, kafka, kinesis or kinesis-api.",
            param_hint="--retry",
        )
    result = send_again(file, sender(settings, to))
    console().print(f"{result.accepted:,} records accepted, {result.refused:,} refused again")
    if result.refused:
        console().print(f"Those are still in {file}, each with the reason.", soft_wrap=True)
        raise typer.Exit(1)


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
    """Post with a progress bar until done or interrupted, and report the result. The checkpoint is called `name`."""
    from pinterest_platform.pinterest.source.address import source_url
    from pinterest_platform.pinterest.source.database import SourceDatabase
    from pinterest_platform.posting.checkpoint import checkpoint_folder
    from pinterest_platform.posting.emulator import post as run

    checkpoint = checkpoint_folder(settings.data) / f"{name}.json"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    # A stop waits for the postings in flight, which may take minutes if the destination does not respond.
    with stopped_by_signals() as stop, SourceDatabase(source_url(settings)) as source, progress_bar() as bar:
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
    speed = f", {result.posted / result.seconds:,.0f} per second" if result.posted and result.seconds else ""
    total = f" ({result.acknowledged:,} with earlier runs)" if result.acknowledged != result.posted else ""
    console().print(f"{result.posted:,} postings sent: {result.posted * 3:,} records{total}{speed}")
    return result


def local_landing(settings: Settings) -> Path:
    """Return the landing folder, for writers on this machine.

    Raises:
        LandingError: the landing zone is not a folder.
    """
    from pinterest_platform.landing.store import LandingError

    if "://" in settings.landing_root:
        raise LandingError(
            f"PINTEREST_LANDING={settings.landing_root!r}: not a folder. Kafka Connect writes the objects there. Post "
            "to Kafka with --to rest or --to kafka."
        )
    return Path(settings.landing_root)

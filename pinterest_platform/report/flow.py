"""The page on the data flow: how much data is in each place, the duration of each part, and stuck data. The package
`flow` collects these facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pinterest_platform.flow.journey import places
from pinterest_platform.flow.state import Flow
from pinterest_platform.flow.streams import StreamFlow, Timing
from pinterest_platform.report import words
from pinterest_platform.report.figures.bars import Bar, bars
from pinterest_platform.report.figures.stacks import Stack, lying, standing
from pinterest_platform.report.figures.svg import Figure, inline, templates
from pinterest_platform.report.quality import Table

#: Phases of the time from put to visible.
PHASES = ("wait", "read", "clean", "commit")


@dataclass(frozen=True)
class Place:
    """A place on the way of the data, and how much data is there."""

    name: str
    amount: int | None
    noun: str


@dataclass(frozen=True)
class Section:
    """A part of the page: its text, its chart and its table."""

    identity: str
    title: str
    said: str
    figure: Figure | None
    picture: Markup
    table: Table | None


def page(flow: Flow) -> str:
    """The page as HTML: a single file without scripts, other files or network access."""
    sections = [_newest(flow), *(_stream(stream, flow) for stream in flow.streams), _run(flow)]
    tables = [_topics(flow), _tables(flow), _runs(flow)]
    return (
        templates()
        .get_template("flow.html.j2")
        .render(
            flow=flow,
            places=_places(flow),
            sections=[section for section in sections if section],
            tables=[table for table in tables if table.rows],
            words=words,
        )
    )


def phases(name: str, timings: Sequence[Timing]) -> Figure:
    """The time from put to visible in the commits of a stream, by phase, oldest first."""
    stacks = [
        Stack(f"{timing.committed:%H:%M:%S}", (timing.wait, timing.read, timing.clean, timing.commit))
        for timing in timings
    ]
    title = f"stream/{name}: seconds from put to visible, by commit"
    return standing(title, stacks, PHASES, "s")


def _places(flow: Flow) -> list[Place]:
    """The places from left to right, without unknown ones."""
    rows: Mapping[str, int] = {table.address: table.rows or 0 for table in flow.tables}
    partitions = [at for topic in flow.topics for at in topic.partitions]
    written = [at.written for at in partitions if at.written is not None]
    left_out = {_REJECTED, *flow.joined}
    layers = {
        layer: sum(n for address, n in rows.items() if address.startswith(f"{layer}/") and address not in left_out)
        for layer in ("raw", *flow.layers)
    }
    found = [
        Place("sent", sum(sent.postings for sent in flow.sent) if flow.sent else None, "posting"),
        Place("topics", sum(written) if written else None, "record"),
        Place("landed", sum(at.landed for at in partitions), "record"),
        *(Place(layer, count, "row") for layer, count in layers.items()),
        Place("streamed", sum(stream.rows for stream in flow.streams) if flow.streams else None, "row"),
    ]
    return [place for place in found if place.amount is not None]


_REJECTED = "raw/rejected"


def _newest(flow: Flow) -> Section | None:
    """How long the newest records took between places."""
    stacks = [
        Stack(journey.topic, [seconds for _, seconds in journey.steps], words.duration(_whole(journey.steps)))
        for journey in flow.journeys
    ]
    if not stacks:
        return None
    slowest = max(stacks, key=lambda stack: stack.whole)
    figure = lying("Time in each stage", stacks, [f"to {place}" for place in places(flow.layers)[1:]])
    of_it = "" if all(stack.shown == slowest.shown for stack in stacks) else f" of {slowest.label}, the slowest,"
    reached = [place for place, time in flow.journeys[stacks.index(slowest)].times.items() if time]
    said = f"The newest records{of_it} reached {reached[-1]} {slowest.shown} after they were {reached[0]}."
    return Section("newest", "How long did the newest records take?", said, figure, inline(figure, "newest"), None)


def _whole(steps: Sequence[tuple[str, float | None]]) -> float:
    return sum(seconds or 0 for _, seconds in steps)


def _stream(stream: StreamFlow, flow: Flow) -> Section | None:
    if not stream.timings:
        return None
    figure, last = phases(stream.name, stream.timings), stream.timings[-1]
    rate = stream.records_per_second(flow.looked_at)
    said = f"{words.sentence(words.number(stream.rows, 'row'))}, {words.count(round(rate))} records a second"
    if last.visible_p50 is not None and last.visible_p99 is not None:
        p50, p99 = words.duration(last.visible_p50), words.duration(last.visible_p99)
        said += f"; in the last commit, half of the records were visible after {p50}, 99% after {p99}"
    return Section(
        stream.name, f"The stream {stream.name}", f"{said}.", figure, inline(figure, f"stream-{stream.name}"), None
    )


def _run(flow: Flow) -> Section | None:
    run = next((run for run in flow.runs if any(step.seconds for step in run.steps)), None)
    if run is None:
        return None
    steps = sorted((step for step in run.steps if step.seconds), key=lambda step: -(step.seconds or 0))
    items = [Bar(step.name, step.seconds or 0, words.duration(step.seconds), bool(step.error)) for step in steps]
    figure = bars("Seconds of each step", items, "step")
    took = f", {words.duration(run.seconds)} in total" if run.seconds is not None else ""
    said = f"Run {run.identity[:8]} of {run.job}: {run.status}{took}, started {words.moment(run.started)} UTC."
    rows = [[step.name, words.duration(step.seconds), step.error or ""] for step in run.steps]
    table = Table("Steps in order of their start", ("step", "took", "error"), (False, True, False), rows)
    return Section("run", "Where did the newest run spend its time?", said, figure, inline(figure, "run"), table)


def _topics(flow: Flow) -> Table:
    columns = ("topic", "partition", "written", "landed", "ingested", "not landed", "not ingested")
    rows = []
    for topic in flow.topics:
        for at in topic.partitions:
            not_landed = at.not_landed if at.written is not None else None
            numbers = (at.written, at.landed, at.ingested, not_landed, at.not_ingested)
            rows.append([topic.topic, str(at.partition), *map(_count, numbers)])
    return Table("Offsets of topic partitions", columns, (False, *(True,) * 6), rows)


def _tables(flow: Flow) -> Table:
    columns = ("table", "rows", "updated", "took", "read", "changed", "rejected")
    rows = [
        [
            at.address,
            _count(at.rows),
            words.moment(at.made) if at.made else "never",
            words.duration(at.seconds),
            *map(_count, (at.rows_in, at.rows_changed, at.rows_rejected)),
        ]
        for at in flow.tables
    ]
    return Table("Last update of each table", columns, (False, True, False, True, True, True, True), rows)


def _runs(flow: Flow) -> Table:
    columns = ("run", "job", "status", "started", "took")
    rows = [
        [run.identity[:8], run.job, run.status, words.moment(run.started), words.duration(run.seconds)]
        for run in flow.runs
    ]
    return Table("Runs, newest first", columns, (False, False, False, False, True), rows)


def _count(value: int | None) -> str:
    return "" if value is None else words.count(value)

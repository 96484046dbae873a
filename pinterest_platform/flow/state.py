"""The state of the whole flow at one time: positions, rates, stuck parts and how to fix them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine
from pinterest_platform.flow.journey import Journey, look_at_journeys
from pinterest_platform.flow.postings import Sent, look_at_postings
from pinterest_platform.flow.runs import Run, TableRun
from pinterest_platform.flow.streams import StreamFlow, look_at_streams
from pinterest_platform.flow.topics import TopicFlow, look_at_all, unread
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.landing.store import LandingError
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.posting.checkpoint import checkpoint_folder
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Stream

T = TypeVar("T")

#: Longer runs are reported.
_LONG = timedelta(hours=1)


@dataclass(frozen=True)
class Flow:
    """How data flows.

    `layers` are those after raw, and `streams` those that have a table. `runs` are newest first. `problems` say which
    places could not be read, and `unread` why topics have nothing to read. `joined` are tables of the first layer that
    repeat rows of others, because they read no raw table.
    """

    looked_at: datetime
    layers: Sequence[str]
    sent: Sequence[Sent]
    topics: Sequence[TopicFlow]
    journeys: Sequence[Journey]
    tables: Sequence[TableRun]
    streams: Sequence[StreamFlow]
    runs: Sequence[Run]
    problems: Sequence[str] = ()
    unread: str = ""
    joined: Set[str] = frozenset()

    @property
    def stuck(self) -> list[str]:
        """Stuck parts, with a sentence each that says how to fix it. Empty if all is well."""
        late = [f"{topic.topic}: {text}" for topic in self.topics for text in topic.late]
        return [*self.problems, *late, *self._runs(), *self._tables(), *self._streams()]

    @property
    def warnings(self) -> list[str]:
        """Problems that stop nothing."""
        warned = [f"{table.address}: {text}" for table in self.tables for text in table.warned]
        return [f"landing: {self.unread}", *warned] if self.unread else warned

    def _runs(self) -> Iterator[str]:
        for run in self.runs:
            if run.dead:
                yield (
                    f"run {run.identity[:8]} of {run.job} is dead: {run.dead}. The next `pinterest-platform run`, or "
                    "Dagster's sensor `dead_runs`, marks it as failed, and the work continues"
                )
            elif run.under_way and self.looked_at - run.started > _LONG:
                yield (
                    f"run {run.identity[:8]} of {run.job} has been {run.status} since {run.started:%Y-%m-%d %H:%M} "
                    "UTC: check in the UI what it does or waits for"
                )
        ended = next((run for run in self.runs if not run.under_way), None)
        if ended and ended.status == "failure":
            failed = [step for step in ended.steps if step.error]
            what = "; ".join(f"{step.name}: {step.error}" for step in failed) or ended.error or "the UI shows why"
            yield (
                f"run {ended.identity[:8]} of {ended.job} failed: {what}. "
                "After fixing the cause: `pinterest-platform run`"
            )

    def _tables(self) -> Iterator[str]:
        for table in self.tables:
            if table.failed:
                yield f"{table.address}: {'; '.join(table.failed)}. The UI shows violating rows"
        if never := [table.address for table in self.tables if table.made is None]:
            what = "no table was" if len(never) == len(self.tables) else f"{', '.join(never)} never"
            yield f"{what} computed so far: `pinterest-platform run`"

    def _streams(self) -> Iterator[str]:
        for stream in self.streams:
            behind = {shard: lag for shard, lag in stream.lag.items() if lag > 0}
            age = self.looked_at - stream.committed if stream.committed else None
            if behind and age and age > timedelta(minutes=2):
                yield (
                    f"stream/{stream.name}: lagged on {', '.join(behind)} at its last commit, "
                    f"{age.total_seconds() / 60:,.0f} minutes ago: check that `pinterest-platform stream` runs"
                )


class Flows:
    """Looks at the lake, the landing zone and the brokers, as often as needed."""

    def __init__(self, settings: Settings, catalog: Catalog, engine: Engine, streams: Sequence[Stream]) -> None:
        self._settings, self._catalog, self._engine, self._streams = settings, catalog, engine, streams
        self._lake = Lake(settings.lake_root)

    def look(self, now: datetime, tables: Sequence[TableRun], runs: Sequence[Run]) -> Flow:
        """The flow `now`, with recorded tables and runs. Places that cannot be read count as stuck."""
        problems: list[str] = []

        def known(look: Callable[[], Sequence[T]]) -> Sequence[T]:
            try:
                return look()
            except (LakeError, LandingError) as error:
                problems.append(str(error))
                return ()

        topics = known(lambda: look_at_all(self._settings, self._catalog.domain, now))
        whole = self._catalog.domain.read_whole(self._settings)
        said = known(lambda: [unread(self._settings, [flow for flow in topics if flow.record not in whole])])
        return Flow(
            looked_at=now,
            layers=tuple(self._catalog.domain.layers),
            sent=look_at_postings(checkpoint_folder(self._settings.data)),
            topics=topics,
            journeys=known(lambda: self._journeys(topics)),
            tables=tables,
            streams=known(lambda: look_at_streams(self._lake, self._engine, self._streams)),
            runs=runs,
            problems=problems,
            unread="".join(said),
            joined=frozenset(self._joined()),
        )

    def _joined(self) -> Iterator[str]:
        first = next(iter(self._catalog.domain.layers))
        for model in self._catalog.models.values():
            if model.layer == first and not any(upstream in self._catalog.raw for upstream in model.upstreams):
                yield model.address

    def _journeys(self, topics: Sequence[TopicFlow]) -> list[Journey]:
        store = open_zone(self._settings)
        return look_at_journeys(self._lake, self._engine, self._catalog, store, topics)

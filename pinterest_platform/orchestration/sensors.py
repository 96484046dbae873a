"""Asks for a run when something newer has landed. Observing and launching only: it ingests nothing.

It keeps no state. What is ingested is said by the raw tables, what is under way and what failed by Dagster's own
records, so a lost or restarted daemon forgets nothing. The decision is a pure function, `decide`. A topic that is late
on its way in is told of in its flow check, since no run may come to do so.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.flow.topics import TopicFlow, look_at_all, unread
from pinterest_platform.orchestration import external
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.own_runs import refreshes
from pinterest_platform.orchestration.records import evaluation
from pinterest_platform.orchestration.results import asset_key
from pinterest_platform.settings import Settings

SENSOR = "new_landing_objects"

#: A tick with nothing new costs one request a topic, which finds its partitions, and one a partition, whatever has
#: landed (`benchmarks/sensor_tick.py`); this often that is cheap anywhere.
_INTERVAL_SECONDS = 30

#: In this minute of the hour ticks also look for names of another width, which a sink with other settings would write;
#: that costs some ten requests more a partition. Every run looks for them too.
_THOROUGH_MINUTE = 0

#: After each failed run in a row the wait doubles, from the first of these to the second.
_BACK_OFF = timedelta(minutes=1), timedelta(hours=1)
_FAILURES_LOOKED_AT = 8

_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def decide(
    found: Mapping[str, int], *, under_way: bool, failures: Sequence[datetime], now: datetime
) -> dg.RunRequest | dg.SkipReason:
    """One run for whatever has landed or was left undone by a run that failed, or why not; as `when`."""
    news = ", ".join(f"{topic}: {count} new objects" for topic, count in found.items())
    return when(news, under_way=under_way, failures=failures, now=now)


def when(news: str, *, under_way: bool, failures: Sequence[datetime], now: datetime) -> dg.RunRequest | dg.SkipReason:
    """One run for the news or for what was left undone by a run that failed, or why not.

    `failures` are the ends of the newest runs that failed, newest first, with no success in between; times in UTC.
    """
    if not news and not failures:
        return dg.SkipReason("nothing new")
    what = news or "the newest run failed"
    if under_way:
        return dg.SkipReason(f"{what}; a run is under way")
    if failures:
        again = failures[0] + back_off(len(failures))
        if now < again:
            return dg.SkipReason(f"{what}; {len(failures)} runs in a row failed, next try at {again:%H:%M:%S} UTC")
    return dg.RunRequest(tags={"news": what[:200]})


def back_off(failures: int) -> timedelta:
    """How long to wait after so many failed runs in a row."""
    first, longest = _BACK_OFF
    wait: timedelta = first * 2 ** (failures - 1)
    return min(wait, longest)


def new_landing_objects(domain: Domain, records: Collection[str], settings: Settings) -> dg.SensorDefinition:
    """The sensor for the topics of these record kinds, which asks for none of its own runs while another is under
    way."""

    @dg.sensor(
        name=own_name(domain, SENSOR),
        job_name=own_name(domain, REFRESH_ALL),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Asks for one run of {own_name(domain, REFRESH_ALL)} when a topic has landing objects that are "
        "not ingested, or the newest run failed; waits longer after each failure.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        flows = look_at_all(settings, domain, now, thorough=now.minute == _THOROUGH_MINUTE)
        flows = [flow for flow in flows if flow.record in records]
        found = {flow.topic: flow.new_objects for flow in flows if flow.new_objects}
        under_way = is_under_way(context.instance, domain)
        failures = failures_in_a_row(context.instance, domain)
        decision = decide(found, under_way=under_way, failures=failures, now=now)
        late = [
            external.evaluation(domain, flow)
            for flow in flows
            if flow.late and not _known_late(context.instance, domain, flow)
        ]
        if isinstance(decision, dg.RunRequest):
            return dg.SensorResult(run_requests=[decision], asset_events=late)
        nothing = unread(settings, flows)
        said = dg.SkipReason(f"{decision.skip_message}; {nothing}") if nothing else decision
        return dg.SensorResult(skip_reason=said, asset_events=late)

    return look


def _known_late(instance: dg.DagsterInstance, domain: Domain, flow: TopicFlow) -> bool:
    """Whether the newest result of the topic's flow check says so already: it is told once, until a run judges anew."""
    key = dg.AssetCheckKey(asset_key(domain, f"raw/{flow.record}"), external.FLOW)
    newest = evaluation(instance, key)
    return newest is not None and not newest.passed


def is_under_way(instance: dg.DagsterInstance, domain: Domain) -> bool:
    """Whether a run that refreshes tables of the domain is under way or waiting."""
    return any(refreshes(domain, run) for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)))


def failures_in_a_row(instance: dg.DagsterInstance, domain: Domain) -> list[datetime]:
    """Ends of the newest runs of refresh_all that failed, up to the newest that did not."""
    ends = []
    runs = dg.RunsFilter(job_name=own_name(domain, REFRESH_ALL))
    for record in instance.get_run_records(runs, limit=_FAILURES_LOOKED_AT):
        if record.dagster_run.status is not dg.DagsterRunStatus.FAILURE:
            break
        ends.append(ended(record))
    return ends


def ended(record: dg.RunRecord) -> datetime:
    """When a run ended that is over."""
    return datetime.fromtimestamp(record.end_time or record.create_timestamp.timestamp(), UTC)

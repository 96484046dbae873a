"""Requests a run when new objects have landed. The sensor only observes and launches: it ingests nothing.

It keeps no state. The raw tables hold the ingested offsets, and Dagster's records hold the running and failed runs. So
nothing is forgotten when the daemon crashes or restarts. The decision is a pure function, `decide`. The sensor reports
late topics in their flow check, because there may be no run that does.
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

#: A tick with nothing new costs one request for each topic, which finds its partitions, and one for each partition.
#: The number of landed objects does not matter (`benchmarks/sensor_tick.py`). At this interval that is cheap anywhere.
_INTERVAL_SECONDS = 30

#: In this minute of each hour, ticks also look for offsets of another width, which a sink with other settings writes.
#: That costs about ten more requests for each partition. Every run looks for them too.
_THOROUGH_MINUTE = 0

#: After each consecutive failed run the wait doubles, from the first of these to the second.
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
    """A run if new objects have landed or the newest run failed, else the reason to wait; see `when`."""
    news = ", ".join(f"{topic}: {count} new objects" for topic, count in found.items())
    return when(news, under_way=under_way, failures=failures, now=now)


def when(news: str, *, under_way: bool, failures: Sequence[datetime], now: datetime) -> dg.RunRequest | dg.SkipReason:
    """A run if there is news or the newest run failed, else the reason to wait.

    `failures` are the end times, in UTC, of the newest consecutive failed runs, newest first.
    """
    if not news and not failures:
        return dg.SkipReason("nothing new")
    what = news or "the newest run failed"
    if under_way:
        return dg.SkipReason(f"{what}; a run is in progress")
    if failures:
        again = failures[0] + back_off(len(failures))
        if now < again:
            return dg.SkipReason(f"{what}; {len(failures)} runs in a row failed, next try at {again:%H:%M:%S} UTC")
    return dg.RunRequest(tags={"news": what[:200]})


def back_off(failures: int) -> timedelta:
    """How long to wait after this many consecutive failed runs."""
    first, longest = _BACK_OFF
    wait: timedelta = first * 2 ** (failures - 1)
    return min(wait, longest)


def new_landing_objects(domain: Domain, records: Collection[str], settings: Settings) -> dg.SensorDefinition:
    """The sensor for the topics of these record kinds. It requests no run while another one is queued or running."""

    @dg.sensor(
        name=own_name(domain, SENSOR),
        job_name=own_name(domain, REFRESH_ALL),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Requests one run of {own_name(domain, REFRESH_ALL)} when a topic has new landing objects, or "
        "when the newest run failed. Waits longer after each failure.",
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
    """Whether the topic's newest flow check already failed. The sensor reports this once, until a run checks again."""
    key = dg.AssetCheckKey(asset_key(domain, f"raw/{flow.record}"), external.FLOW)
    newest = evaluation(instance, key)
    return newest is not None and not newest.passed


def is_under_way(instance: dg.DagsterInstance, domain: Domain) -> bool:
    """Whether a run that refreshes tables of the domain is queued or running."""
    return any(refreshes(domain, run) for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)))


def failures_in_a_row(instance: dg.DagsterInstance, domain: Domain) -> list[datetime]:
    """End times of the failed runs of refresh_all since the newest one that did not fail."""
    ends = []
    runs = dg.RunsFilter(job_name=own_name(domain, REFRESH_ALL))
    for record in instance.get_run_records(runs, limit=_FAILURES_LOOKED_AT):
        if record.dagster_run.status is not dg.DagsterRunStatus.FAILURE:
            break
        ends.append(ended(record))
    return ends


def ended(record: dg.RunRecord) -> datetime:
    """When an ended run ended."""
    return datetime.fromtimestamp(record.end_time or record.create_timestamp.timestamp(), UTC)

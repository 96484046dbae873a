"""The command check: tests settings and access, and says how to fix each problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

from pinterest_platform.cli.output import console
from pinterest_platform.cli.senders import DestinationName, names, sender
from pinterest_platform.errors import PlatformError, without_login

if TYPE_CHECKING:
    from pinterest_platform.domain import Domain
    from pinterest_platform.settings import Settings

Probe = tuple[str, Callable[[], str]]


class DoubtError(PlatformError):
    """Something may be wrong, or has only just been set up."""


def check() -> None:
    """Check settings and access: landing zone, lake, source, Kafka, Kinesis, Airflow, models, engine, Dagster's home.

    The command changes nothing.

    Example: `pinterest-platform check`
    """
    from rich.markup import escape

    from pinterest_platform.domains import load

    settings, domain = load()
    failed = False
    for name, probe in _probes(settings, domain):
        try:
            console().print(f"[green]ok[/]     {name:<14} {escape(probe())}", soft_wrap=True)
        except DoubtError as error:
            console().print(f"[yellow]warn[/]   {name:<14} {escape(str(error))}", soft_wrap=True)
        except (PlatformError, OSError) as error:
            failed = True
            console().print(f"[red]failed[/] {name:<14} {escape(str(error))}", soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _probes(settings: Settings, domain: Domain) -> Iterator[Probe]:
    yield "landing", lambda: _landing(settings, domain)
    yield "lake", lambda: _lake(settings, domain)
    yield "tables", lambda: _tables(settings, domain)
    yield from domain.probes(settings).items()
    if settings.rest_url and domain.kafka:
        yield "rest proxy", lambda: _gateway(settings, domain, DestinationName.rest, settings.rest_url)
    if settings.kafka_brokers and domain.kafka:
        yield "kafka", lambda: _kafka(settings, domain)
    if settings.steps_on == "databricks":
        yield "databricks", lambda: _databricks(settings)
    if settings.airflow:
        yield "airflow", lambda: _airflow(settings)
    if settings.kinesis_endpoint:
        yield "kinesis", lambda: _kinesis(settings, domain)
    if settings.kinesis_api_url:
        yield "kinesis api", lambda: _gateway(settings, domain, DestinationName.kinesis_api, settings.kinesis_api_url)
    yield "models", lambda: _models(settings, domain)
    yield "engine", lambda: _engine(settings, domain)
    yield "dagster home", lambda: _writable(str(settings.dagster_home), "DAGSTER_HOME")


def _landing(settings: Settings, domain: Domain) -> str:
    from pinterest_platform.folders import told
    from pinterest_platform.landing.store import LandingError
    from pinterest_platform.landing.survey import survey

    root, whole = settings.landing_root, domain.read_whole(settings)
    # A run creates the folder for snapshot sources.
    if whole and "://" not in root:
        _writable(root, "PINTEREST_LANDING")
    expected = [settings.topic(record) for record in domain.records if record not in whole]
    if expected and (missed := survey(settings, expected)).problem:
        raise (LandingError if missed.sure else DoubtError)(f"{missed.problem}.")
    seen = survey(settings, [settings.topic(record) for record in domain.records])
    others = f"; other topics there are not read: {seen.others} (PINTEREST_TOPIC_PREFIX)" if seen.others else ""
    return f"{root if '://' in root else told(root)}: {', '.join(seen.topics)}{others}"


def _lake(settings: Settings, domain: Domain) -> str:
    from pinterest_platform.lake.lake import Lake, storage_errors
    from pinterest_platform.lake.owner import check_owner
    from pinterest_platform.s3.address import is_s3

    lake, is_folder = Lake(settings.lake_root), not is_s3(settings.lake_root)
    told = _writable(settings.lake_root, "PINTEREST_LAKE") if is_folder else ""
    check_owner(lake, domain)
    if told:
        return told
    with storage_errors():
        layers = lake.storage.folders(settings.lake_root)
    return f"{settings.lake_root}: can be listed, contains {', '.join(layers) or 'nothing yet'}"


def _writable(folder: str, variable: str) -> str:
    """Check that this user can write to a folder or create it."""
    import os
    from pathlib import Path

    from pinterest_platform.folders import told

    path = Path(folder)
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(
            f"{nearest}: not a folder, or this user cannot write to it. Change its permissions, or {variable}."
        )
    return f"{told(path)}: {'writable' if nearest == path else 'will be created'}"


def _tables(settings: Settings, domain: Domain) -> str:
    from pinterest_platform.lake.lake import Lake
    from pinterest_platform.streaming.catalog import load_catalog

    lake, catalog = Lake(settings.lake_root), load_catalog(settings, domain)
    there = [address for address in catalog.addresses if lake.check(address, catalog.columns(address))]
    return f"{len(there)} of {len(catalog.addresses)} created, and every engine can write them"


def _gateway(settings: Settings, domain: Domain, to: DestinationName, url: str) -> str:
    way = sender(settings, to)
    try:
        way.open(list(names(settings, domain.records, to).values()))
    finally:
        way.close()
    return f"{without_login(url)}: responds"


def _kafka(settings: Settings, domain: Domain) -> str:
    from pinterest_platform.kafka.topics import list_topics

    topics = {
        t.name: f"{t.name} ({t.records:,} records)" if t.exists else "" for t in list_topics(settings, domain.records)
    }
    return f"{settings.kafka_brokers}: {_there('topic', topics)}"


def _airflow(settings: Settings) -> str:
    from datetime import UTC, datetime, timedelta

    from pinterest_platform.airflow.runs import succeeded

    done = succeeded(settings, datetime.now(UTC) - timedelta(days=1))
    return f"{settings.airflow}: {len(done)} tasks of {settings.airflow_dag} succeeded in the last 24 hours"


def _kinesis(settings: Settings, domain: Domain) -> str:
    from pinterest_platform.kinesis.streams import list_streams

    streams = {
        s.name: f"{s.name} ({s.shards} shards)" if s.exists else "" for s in list_streams(settings, domain.records)
    }
    return f"{settings.kinesis_endpoint}: {_there('stream', streams)}"


def _there(kind: str, told: dict[str, str]) -> str:
    """Describe topics or streams. `told` has a text for each, which is empty if it is missing."""
    missing = [name for name, text in told.items() if not text]
    note = f"; missing: {', '.join(missing)} (`pinterest-platform {kind}s create`)" if missing else ""
    return f"{', '.join(filter(None, told.values())) or f'no {kind} found'}{note}"


def _databricks(settings: Settings) -> str:
    from pinterest_platform.engines.contract import EngineError
    from pinterest_platform.orchestration.databricks.workspace import Workspace

    client = Workspace().workspace_client
    user = client.current_user.me().user_name
    wheel = settings.databricks_wheel
    if wheel.startswith("/Volumes/"):
        try:
            client.files.get_metadata(wheel)
        except OSError as error:
            raise EngineError(f"{wheel}: {error}. Upload the wheel: databricks fs cp FILE dbfs:{wheel}") from error
    return f"{client.config.host}: responds to {user}, who can read {wheel}"


def _models(settings: Settings, domain: Domain) -> str:
    from pinterest_platform.streaming.catalog import load_catalog

    catalog = load_catalog(settings, domain)
    return f"{len(catalog.models)} models and {len(catalog.views)} views load"


def _engine(settings: Settings, domain: Domain) -> str:
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.engines import build_engine
    from pinterest_platform.memory import limit_bytes
    from pinterest_platform.pseudonym_secret import pseudonyms_of

    engine = build_engine(settings, Catalog.load(domain, pseudonyms_of(settings)))
    try:
        engine.query("SELECT 1 AS one")
    finally:
        engine.close()
    return f"{settings.engine} responds, with {limit_bytes(settings.memory_limit) / 1e9:.3g} GB of memory for DuckDB"

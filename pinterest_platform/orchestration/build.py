"""Assembles the definitions. The entry point, the command line and the tests all call the same function."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from pinterest_platform.airflow.kept_tables import airflow_tables
from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain, publications
from pinterest_platform.domains import load_domain
from pinterest_platform.orchestration.airflow import airflow_runs, seen
from pinterest_platform.orchestration.assets import model_asset, raw_asset, rejected_asset
from pinterest_platform.orchestration.catalogue import catalogued
from pinterest_platform.orchestration.dead_runs import dead_runs
from pinterest_platform.orchestration.executors import watched
from pinterest_platform.orchestration.external import external_assets
from pinterest_platform.orchestration.failed_runs import failed_runs
from pinterest_platform.orchestration.jobs import asset_jobs, operation_jobs, tags_of_no_job
from pinterest_platform.orchestration.places import place_resources
from pinterest_platform.orchestration.publications import publication_asset
from pinterest_platform.orchestration.report import report_asset
from pinterest_platform.orchestration.resources import (
    RefreshOptions,
    engine_resource,
    s3_resources,
    spark_resources,
    worker_resources,
)
from pinterest_platform.orchestration.results import address_of
from pinterest_platform.orchestration.schedules import build_schedules
from pinterest_platform.orchestration.sensors import new_landing_objects
from pinterest_platform.orchestration.streams import stream_assets
from pinterest_platform.pseudonym_secret import pseudonyms_of
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.streaming import load_streams
from pinterest_platform.streaming.catalog import with_streams
from pinterest_platform.tasks.policy import OWNER

if TYPE_CHECKING:
    from dagster_aws.s3 import S3Resource

#: Metadata of the definitions: the tables that Dagster does not run, each with the reason.
LEFT_OUT = "left_out"

_WITH_AIRFLOW = "Airflow keeps it up to date. PINTEREST_AIRFLOW_MOVED lists the tables that have moved to Dagster"


def _several_steps(preloaded: str) -> dg.ExecutorDefinition:
    """For steps on Databricks. Each step has its own process, which only waits, so four run at once. The processes are
    forked from one that has already imported everything, which saves each of them about six seconds."""
    modules = {"forkserver": {"preload_modules": [preloaded, "dagster_databricks"]}}
    return watched(dg.multiprocess_executor).configured(
        {"max_concurrent": 4, "start_method": modules}, name="several_steps"
    )


def build_definitions(
    *,
    domain: Domain | None = None,
    settings: Settings | None = None,
    spark_config: Mapping[str, Any] | None = None,
    s3: S3Resource | None = None,
) -> dg.Definitions:
    """Dagster's definitions of a domain.

    `domain` defaults to the one that PINTEREST_DOMAIN names, `settings` to the environment's for that domain. Tables
    that the configured engine cannot compute are left out, with all downstream tables. Tables that Airflow keeps up to
    date are shown but not run. `spark_config` sets properties of the Spark session of each run; the launchpad can
    override them. `s3` configures access to a landing zone and lake in S3; by default the environment does.

    Raises:
        SettingsError: a setting has a value that is not allowed.
        DomainError: PINTEREST_DOMAIN does not name a domain.
        ModelError: a model file is broken; the message begins with file and line.
        StreamConfigError: the file of streams is broken; the message begins with file and line.
        EngineError: a package is missing, `s3` cannot be used, or `spark_config` is given without Spark.
        S3Error: an address in S3 is wrong.
    """
    read = settings or load_settings()
    # The entry point of another domain may be broken.
    preloaded = "pinterest_platform.orchestration.build" if domain else "pinterest_platform.definitions"
    domain = domain or load_domain(read.domain)
    settings = settings or read.below(domain.data_folder)
    # Steps that run elsewhere read the domain from the settings.
    settings = settings.model_copy(update={"domain": domain.reference or settings.domain})
    catalog = Catalog.load(domain, pseudonyms_of(settings))
    left_out = catalog.spark_only if settings.engine == "duckdb" else {}
    for address, reason in left_out.items():
        logging.getLogger(__name__).warning("%s is left out: %s", address, reason)
    catalog = catalog.without(left_out)
    kept = airflow_tables(catalog, settings) if settings.airflow else ()
    tables = [address for address in (*catalog.raw, *catalog.models) if address not in kept]
    streams = load_streams(settings, catalog)
    catalog = with_streams(catalog, streams.values())
    external = external_assets(settings, domain, OWNER)
    computed = [raw_asset(record, catalog, settings) for record in domain.records]
    computed.append(rejected_asset(catalog, settings))
    computed += [model_asset(model, catalog, settings) for model in catalog.models.values()]
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = [*external]
    assets += [seen(a, settings) if address_of(domain, a.key) in kept else a for a in computed]
    assets.append(report_asset(catalog))
    published = publications(settings, domain)
    publishing = [publication_asset(publication, catalog) for publication in published.values()]
    assets += [seen(a, settings) if address_of(domain, a.key) in kept else a for a in publishing]
    assets += stream_assets(settings, catalog, streams.values(), [spec.key for spec in external])
    to_publish = [address for address in published if address not in kept]
    jobs = [*asset_jobs(catalog, settings, tables, to_publish), *operation_jobs(catalog, settings)]
    if mistyped := tags_of_no_job(settings, jobs):
        logging.getLogger(__name__).warning(mistyped)
    return dg.Definitions(
        assets=catalogued(assets, catalog, settings),
        jobs=jobs,
        schedules=build_schedules(domain, begun_by_hand=bool(domain.read_whole(settings))),
        sensors=_sensors(catalog, settings, tables, kept),
        resources={
            **place_resources(settings),
            **spark_resources(settings, spark_config),
            **s3_resources(settings, s3),
            "engine": engine_resource(settings, catalog),
            **worker_resources(settings, catalog),
            "refresh": RefreshOptions(),
        },
        # Steps in one process share the engine.
        executor=_several_steps(preloaded) if settings.steps_on == "databricks" else watched(dg.in_process_executor),
        metadata={LEFT_OUT: {**left_out, **dict.fromkeys(kept, _WITH_AIRFLOW)}},
    )


def _sensors(
    catalog: Catalog, settings: Settings, tables: Collection[str], kept: Collection[str]
) -> Sequence[dg.SensorDefinition]:
    """The sensors for the `tables` that Dagster computes; Airflow keeps the others. Each sensor that requests runs also
    retries failed ones, so `failed_runs` is added only if no other does."""
    domain = catalog.domain
    read_whole = domain.read_whole(settings)
    landed = [record for record in domain.records if f"raw/{record}" in tables and record not in read_whole]
    asking = [airflow_runs(catalog, kept, settings)] if settings.airflow else []
    if landed:
        asking.append(new_landing_objects(domain, landed, settings))
    return [dead_runs(domain), *(asking or [failed_runs(domain)])]

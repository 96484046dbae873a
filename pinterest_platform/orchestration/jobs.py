"""Jobs: refresh all tables; refresh one analytic table and its upstreams; time travel; maintenance."""

from collections.abc import Collection, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine
from pinterest_platform.lake.maintenance import RETENTION_HOURS
from pinterest_platform.orchestration.assets import POOL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.old_runs import delete_old_runs_op
from pinterest_platform.orchestration.results import asset_key
from pinterest_platform.report.publish import ADDRESS as REPORT
from pinterest_platform.settings import Settings
from pinterest_platform.tasks import maintenance
from pinterest_platform.tasks.policy import OWNER
from pinterest_platform.tasks.retention import expire

#: Prefix of the names of jobs that refresh tables.
REFRESH = "refresh_"
REFRESH_ALL = f"{REFRESH}all"
TIME_TRAVEL = "time_travel"
MAINTENANCE = "maintenance"


def asset_jobs(
    catalog: Catalog, settings: Settings, tables: Collection[str], published: Collection[str]
) -> Sequence[Any]:
    """`refresh_all`, which includes the `published` assets, then `refresh_<table>` for each analytic table. Only the
    `tables` that Dagster computes are included."""
    domain = catalog.domain
    everything = dg.define_asset_job(
        own_name(domain, REFRESH_ALL),
        dg.AssetSelection.assets(*(asset_key(domain, address) for address in [*tables, REPORT, *published])),
        description="Ingest new records, then refresh every table and the report.",
        metadata={"owner": OWNER},
        tags=settings.run_tags.get(own_name(domain, REFRESH_ALL)),
    )
    single = [
        dg.define_asset_job(
            own_name(domain, f"{REFRESH}{model.name}"),
            dg.AssetSelection.assets(asset_key(domain, model.address)).upstream(),
            description=f"Refresh {model.address} and all its upstream tables.",
            metadata={"owner": model.owner},
            tags=settings.run_tags.get(own_name(domain, f"{REFRESH}{model.name}")),
        )
        for model in catalog.results
        if model.address in tables
    ]
    return [everything, *single]


class TimeTravelConfig(dg.Config):
    """The tables to copy, and their version or time."""

    as_of: str = Field(description="A table version (a number) or an ISO 8601 time, in UTC unless it has an offset.")
    tables: list[str] = Field(description="Addresses of tables, such as analytics/users_joined_by_year.")


class MaintenanceConfig(dg.Config):
    """Limits for the files that maintenance deletes."""

    retention_hours: int = Field(
        RETENTION_HOURS, ge=1, description="Table versions older than this can no longer be read afterwards."
    )


def operation_jobs(catalog: Catalog, settings: Settings) -> Sequence[dg.JobDefinition]:
    """Jobs that do not change the contents of tables."""
    domain = catalog.domain
    pool = own_name(domain, POOL)

    @dg.op(name="read_as_of", pool=pool)
    def read_as_of(context: dg.OpExecutionContext, config: TimeTravelConfig, engine: dg.ResourceParam[Engine]) -> None:
        for address in config.tables:
            if address not in catalog.addresses:
                raise dg.Failure(
                    f"table {address!r} does not exist. The tables are {', '.join(catalog.addresses)}",
                    allow_retries=False,
                )
            result = engine.refresh(address, as_of=config.as_of)
            context.log.info("%s as of %s: copied to %s", address, config.as_of, result.uri)
            context.log_event(
                dg.AssetObservation(
                    asset_key(domain, address),
                    description=f"Copied as of {config.as_of}. The current table is unchanged.",
                    metadata={
                        "as_of": config.as_of,
                        "version": result.version,
                        "rows": result.rows_total,
                        "location": result.uri,
                    },
                )
            )

    @dg.op(name="optimize_tables", pool=pool)
    def optimize_tables(context: dg.OpExecutionContext, config: MaintenanceConfig) -> None:
        def begin(address: str) -> None:
            context.log.debug("optimizing %s", address)

        for gone in expire(settings, catalog):
            needed = f": {gone.kept_by} is computed from all rows" if gone.kept_by else ""
            context.log.info("%s: %d expired rows or objects removed%s", gone.what, gone.count, needed)
        for address, done in maintenance.optimize_tables(settings, catalog, config.retention_hours, begin):
            context.log.info(
                "%s: %d files (before: %d), %d deleted", address, done.files_after, done.files_before, done.deleted
            )

    @dg.job(
        name=own_name(domain, TIME_TRAVEL),
        description="Copy tables as of a version or time. The current tables do not change.",
        metadata={"owner": OWNER},
        tags=settings.run_tags.get(own_name(domain, TIME_TRAVEL)),
    )
    def time_travel() -> None:
        read_as_of()

    @dg.job(
        name=own_name(domain, MAINTENANCE),
        description="Delete expired records, sort and compact data files, and delete old files and old runs.",
        metadata={"owner": OWNER},
        tags=settings.run_tags.get(own_name(domain, MAINTENANCE)),
    )
    def maintain() -> None:
        optimize_tables()
        delete_old_runs_op()

    return [time_travel, maintain]


def tags_of_no_job(settings: Settings, jobs: Sequence[Any]) -> str:
    """A sentence if the settings have tags for unknown jobs, else empty. Such jobs may belong to another domain."""
    names = [job.name for job in jobs]
    unknown = sorted(set(settings.run_tags) - set(names))
    return f"PINTEREST_RUN_TAGS: no job {', '.join(unknown)} here. The jobs are {', '.join(names)}" if unknown else ""

"""One asset a table: `raw/<record>` ingests, `raw/rejected` reports, every modelled table is refreshed.

Each step runs its table's checks right after it, in the same op, so that a failed blocking check stops what is
downstream while the materialization stays on record.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from pinterest_platform.catalog import Catalog, Model, RawTable
from pinterest_platform.engines.contract import Engine
from pinterest_platform.flow.topics import look
from pinterest_platform.orchestration import checks, metadata, raw_checks, way_in
from pinterest_platform.orchestration.resources import RefreshOptions
from pinterest_platform.schemas import RECORDS
from pinterest_platform.settings import Settings

OWNER = "team:data-platform"

#: Runs that write the lake queue behind one another; see `dagster.yaml`.
POOL = "lake_writer"

#: The daily schedule refreshes every table; a table much older than that is worth a warning.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))


def asset_key(address: str) -> dg.AssetKey:
    """Asset key of a table: its address in the lake."""
    return dg.AssetKey(address.split("/"))


def raw_asset(record: str, catalog: Catalog, settings: Settings) -> dg.AssetsDefinition:
    table = catalog.raw[f"raw/{record}"]
    key = asset_key(table.address)

    @dg.asset(
        key=key,
        deps=[way_in.landing_key(record)],
        check_specs=[*raw_checks.specs(key), way_in.flow_spec(key)],
        metadata={**metadata.definition(table), "topic": settings.topic(record)},
        description=f"{RECORDS[record].description} Every record of its topic that fits, as it came.",
        group_name=table.layer,
        kinds={settings.engine, "deltalake"},
        owners=[OWNER],
        freshness_policy=FRESHNESS,
        pool=POOL,
    )
    def ingest(
        context: dg.AssetExecutionContext, engine: dg.ResourceParam[Engine], refresh: RefreshOptions
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        def progress(done: int, total: int) -> None:
            context.log.info("%s: %.0f of %.0f MB read", table.address, done / 1e6, total / 1e6)

        result = engine.ingest(record, full_refresh=refresh.ingest_anew, progress=progress)
        marker = checks.marker(table, result.version)
        if not result.lines and not result.strangers and checks.passed_before(context, key, marker):
            judged = checks.passed(raw_checks.specs(key), key)
        else:
            judged = raw_checks.evaluate(engine, table, result, key, whole=not result.lines)
        flow = look(settings, record, datetime.now(UTC))
        if result.lines:
            for observation in way_in.observations(settings, record, flow, result):
                context.log_event(observation)
        figures = metadata.ingested(engine, table, result)
        return materialized(key, figures, judged, marker, also=[way_in.judge(flow)])

    return ingest


def rejected_asset(catalog: Catalog, settings: Settings) -> dg.AssetsDefinition:
    table: RawTable = catalog.raw["raw/rejected"]
    key = asset_key(table.address)

    @dg.asset(
        key=key,
        deps=[asset_key(f"raw/{record}") for record in RECORDS],
        check_specs=checks.specs(table, key),
        metadata=metadata.definition(table),
        description=f"{table.description} Written by the ingestion of each topic; this step reports what is in it.",
        group_name=table.layer,
        kinds={settings.engine, "deltalake"},
        owners=[OWNER],
        pool=POOL,
    )
    def report(engine: dg.ResourceParam[Engine]) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return materialized(key, metadata.rejected(engine), checks.evaluate(engine, table, key), "")

    return report


def model_asset(model: Model, settings: Settings) -> dg.AssetsDefinition:
    key = asset_key(model.address)
    language = "sql" if model.function is None or settings.engine == "duckdb" else "pyspark"

    @dg.asset(
        key=key,
        deps=[asset_key(upstream) for upstream in model.upstreams],
        check_specs=checks.specs(model, key),
        metadata=metadata.definition(model),
        description=model.description,
        group_name=model.layer,
        kinds={settings.engine, "deltalake", language},
        owners=[model.owner],
        code_version=f"{model.fingerprint:016x}",
        freshness_policy=FRESHNESS,
        pool=POOL,
    )
    def refresh_table(
        context: dg.AssetExecutionContext, engine: dg.ResourceParam[Engine], refresh: RefreshOptions
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        result = engine.refresh(model.address, full_refresh=refresh.compute_anew)
        context.log.info("%s: %s, %d rows in %.2f s", model.address, result.outcome, result.rows_total, result.seconds)
        marker = checks.marker(model, result.version)
        if result.outcome == "unchanged" and checks.passed_before(context, key, marker):
            judged = checks.passed(checks.specs(model, key), key)
        else:
            before = checks.marker(model, result.since.get(model.address, -1))
            since = result.since if checks.passed_before(context, key, before) else None
            judged = checks.evaluate(engine, model, key, since)
        return materialized(key, metadata.refreshed(engine, model, result), judged, marker)

    return refresh_table


def materialized(
    key: dg.AssetKey,
    figures: metadata.Metadata,
    judged: Sequence[dg.AssetCheckResult],
    marker: str,
    also: Sequence[dg.AssetCheckResult] = (),
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What a step returns; its metadata say whether all checks passed, so that an unchanged table is judged once. What
    was judged `also` is no matter of the table's contents."""
    figures[checks.MARKER] = marker if all(result.passed for result in judged) else ""
    return dg.MaterializeResult(asset_key=key, metadata=figures, check_results=[*judged, *also])

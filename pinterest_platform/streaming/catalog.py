"""The catalog with streams: a table per stream, live results, and views that combine batch and stream.

The streams file and the models define all of these. The domain adds further views as files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pinterest_platform.catalog import Catalog, Model, ModelColumn
from pinterest_platform.domain import Domain, given
from pinterest_platform.live.contract import Live
from pinterest_platform.pseudonym_secret import pseudonyms_of
from pinterest_platform.schemas import TOMBSTONE
from pinterest_platform.settings import Settings
from pinterest_platform.sql import identifier, relation
from pinterest_platform.streaming.config import LATEST, Stream, load_streams
from pinterest_platform.streaming.stream_tables import BATCHES, REJECTED, stream_table


def load_catalog(settings: Settings, domain: Domain) -> Catalog:
    """All tables and views of a domain, from its models and its streams.

    Raises:
        ModelError: a model file is broken.
        StreamConfigError: the streams file is broken.
    """
    catalog = Catalog.load(domain, pseudonyms_of(settings))
    return with_streams(catalog, load_streams(settings, catalog).values())


def counted_live(domain: Domain, streams: Iterable[Stream]) -> tuple[Live, Stream] | None:
    """The live results of a domain and the stream that they count. None if either is missing."""
    live = given(domain, "live", domain.live, Live) if domain.live else None
    stream = next((stream for stream in streams if live and stream.model == live.model), None)
    return (live, stream) if live and stream else None


def with_streams(catalog: Catalog, streams: Iterable[Stream]) -> Catalog:
    """The catalog with a table per stream, the tables of live results, and the views over them. A domain that has no
    streams has only its own views."""
    streams, domain = list(streams), catalog.domain
    if not streams and domain.streams is None:
        return catalog.extended({}, _files(domain))
    tables = {stream.address: stream_table(stream, catalog.models[stream.model]) for stream in streams}
    tables |= {table.address: table for table in (REJECTED, BATCHES)}
    if counted := counted_live(domain, streams):
        tables |= counted[0].tables
    views = {f"{stream.address}{LATEST}": _latest(stream, catalog.models[stream.model]) for stream in streams}
    for record in domain.records:
        if model := catalog.cleaned(record):
            views[f"serving/{record}"] = _serving(model, [s for s in streams if s.model == model.address])
    if all(f"serving/{record}" in views for record in domain.records):
        views |= _files(domain)
    return catalog.extended(tables, views)


def _files(domain: Domain) -> Mapping[str, str]:
    paths = sorted(domain.views.glob("*/*.sql")) if domain.views else []
    return {f"{path.parent.name}/{path.stem}": path.read_text(encoding="utf-8") for path in paths}


def _newest(stream: Stream, model: Model) -> str:
    """A QUALIFY clause for the newest row of each key. Sequence numbers grow within a shard, continue in its children,
    and a key is in one shard at a time."""
    order = "LENGTH(sequence_number) DESC, sequence_number DESC, shard_id DESC"
    if stream.source == "kinesis":
        # If a record has several objects, a slash and the index follow the number.
        record = "REGEXP_EXTRACT(sequence_number, r'^[0-9]+', 0)"
        order = f"LENGTH({record}) DESC, {record} DESC, {order}"
    return _one_a_key(model, order)


def newest_rows(stream: Stream, model: Model, columns: str) -> str:
    """A query in the Databricks dialect for columns of the newest row of each key, including tombstones."""
    return f"SELECT {columns} FROM {relation(stream.address)} {_newest(stream, model)}"


def _latest(stream: Stream, model: Model) -> str:
    """The newest row of each key, unless it is a tombstone."""
    return f"""{_header(f"The newest row of each key of {stream.address}, unless it is a tombstone.", model)}
SELECT
  {_described(model.columns)}
  arrived_at
FROM {relation(stream.address)}
{_newest(stream, model)} AND {TOMBSTONE.name} IS NULL
"""


def _serving(model: Model, streams: Sequence[Stream]) -> str:
    columns = ", ".join(identifier(column.name) for column in model.columns)
    either = [
        f"SELECT {columns}, CAST(NULL AS BOOLEAN) AS {TOMBSTONE.name}, 'batch' AS came_by, 0 AS preference "
        f"FROM {relation(model.address)}"
    ]
    # Reads the table, not the `_latest` view: a key deleted in the stream is deleted here too.
    either += [
        f"SELECT {columns}, {TOMBSTONE.name}, '{stream.address}' AS came_by, {number} AS preference "
        f"FROM {relation(stream.address)} {_newest(stream, model)}"
        for number, stream in enumerate(streams, start=1)
    ]
    description = (
        f"Each key of {model.address} and of the streams it cleans, once. Streamed rows and tombstones take precedence."
    )
    return f"""{_header(description, model)}
SELECT
  {_described(model.columns)}
  came_by -- `batch`, or the table of the stream.
FROM (
  {" UNION ALL ".join(either)}
) AS either
{_one_a_key(model, "preference DESC")} AND {TOMBSTONE.name} IS NULL
"""


def _header(description: str, model: Model) -> str:
    return f"-- description: {description}\n-- owner: {model.owner}\n-- key: [{', '.join(model.key)}]\n"


def _one_a_key(model: Model, order: str) -> str:
    return f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {', '.join(map(identifier, model.key))} ORDER BY {order}) = 1"


def _described(columns: Sequence[ModelColumn]) -> str:
    return "\n  ".join(f"`{column.name}`, -- {column.description}" for column in columns)

"""All tables and their dependencies.

`Catalog.load` loads a catalog and validates every model file. `drafts` and `build` read the single files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlglot.errors import SqlglotError

from pinterest_platform.catalog import portability, query, render
from pinterest_platform.catalog import views as view_queries
from pinterest_platform.catalog.build import build
from pinterest_platform.catalog.drafts import Draft, in_order, read_drafts, read_sql
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.lineage import Schemas, column_lineage
from pinterest_platform.catalog.model import SPARK_ONLY, Check, Model, ModelColumn, RawTable
from pinterest_platform.catalog.raw import tables as raw_tables
from pinterest_platform.catalog.render import TableName
from pinterest_platform.catalog.rewrites import Dialect
from pinterest_platform.domain import Domain
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.schemas import RecordSchema


class _Known:
    """The tables loaded so far: their columns, descriptions and personal data."""

    def __init__(self, tables: Iterable[RawTable | Model], pseudonyms: Pseudonyms | None) -> None:
        self._schemas = Schemas()
        self._mark = pseudonyms.mark if pseudonyms else 0
        self._descriptions: dict[tuple[str, str], str] = {}
        self._personal: dict[tuple[str, str], ModelColumn] = {}
        for table in tables:
            self._schemas.add(table.address, {column.name: column.type for column in table.columns})
            self._describe(table)

    def build(self, draft: Draft, ancestors: Mapping[str, Sequence[str]]) -> Model:
        """Build the model of a draft and remember its columns. Raises ModelError."""
        model = build(draft, self._schemas, ancestors, self._descriptions, self._personal, self._mark)
        self._describe(model)
        return model

    def _describe(self, table: RawTable | Model) -> None:
        self._descriptions |= {(table.address, column.name): column.description for column in table.columns}
        self._personal |= {(table.address, column.name): column for column in table.columns if column.personal}


@dataclass(frozen=True)
class Catalog:
    """The tables of a `domain`. The ingestion writes `raw`; `models` are computed from them, each after its upstreams.

    If `pseudonyms` are set, models replace names by pseudonyms.

    An `extended` catalog also has `streams`, the tables of streams, and `views`, queries over all tables. Each view
    comes after the views that it reads. Only `render_query` uses views.

    Every method that takes an address raises KeyError if the table does not exist; the error names the address.
    """

    domain: Domain
    raw: Mapping[str, RawTable]
    models: Mapping[str, Model]
    streams: Mapping[str, RawTable] = field(default_factory=dict)
    views: Mapping[str, Model] = field(default_factory=dict)
    pseudonyms: Pseudonyms | None = None

    @classmethod
    def load(cls, domain: Domain, pseudonyms: Pseudonyms | None = None) -> Catalog:
        """The catalog of a domain: its records and the files in its folder of models. With `pseudonyms`, its models
        replace names by pseudonyms.

        Raises ModelError, with file and line, for the first broken file.
        """
        models: dict[str, Model] = {}
        catalog = cls(domain, raw_tables(domain.records), models, pseudonyms=pseudonyms)
        drafts = in_order(read_drafts(domain), tuple(catalog.raw), domain)
        known = _Known(catalog.raw.values(), pseudonyms)
        for draft in drafts:
            ancestors = {a for upstream in draft.upstreams for a in (upstream, *catalog.ancestors(upstream))}
            # Raw tables have several rows per key.
            keys = {a: models[a].key if a in models else () for a in ancestors}
            models[draft.address] = known.build(draft, keys)
        return catalog

    def extended(self, streams: Mapping[str, RawTable], views: Mapping[str, str]) -> Catalog:
        """The catalog with tables of streams and views added. `views` maps an address to the content of a model file. A
        view can read any table, and the views before it.

        Raises ModelError for the first broken view.
        """
        known = _Known([*self.raw.values(), *self.models.values(), *streams.values()], self.pseudonyms)
        catalog = replace(self, streams=dict(streams))
        built: dict[str, Model] = {}
        for address, content in views.items():
            draft = read_sql(address, Path(f"{address}.sql"), content)
            assert draft.sql, "it was read from SQL"
            readable = (*catalog.addresses, *built)
            query.check_tables(draft.sql.tree, readable, draft.file, draft.sql.first_line)
            built[address] = known.build(draft, dict.fromkeys(draft.upstreams, ()))
        return replace(catalog, views=built)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every table, each after its upstreams. Raw tables come first."""
        return (*self.raw, *self.models, *self.streams)

    def table(self, address: str) -> RawTable | Model:
        """The table at an address. Both kinds have address, layer, name, description, key, columns and checks."""
        found = self.models.get(address) or self.raw.get(address) or self.streams.get(address)
        if found is None:
            raise KeyError(f"no table {address!r}; the tables are {', '.join(self.addresses)}")
        return found

    def relation(self, address: str) -> RawTable | Model:
        """The table or view at an address."""
        return self.views.get(address) or self.table(address)

    def record(self, address: str) -> RecordSchema | None:
        """The record kind of a raw table; None for any other table, including `raw/rejected`."""
        return self.domain.records.get(address.removeprefix("raw/")) if address in self.raw else None

    @property
    def results(self) -> tuple[Model, ...]:
        """The models of the last layer, each after its upstreams."""
        return tuple(model for model in self.models.values() if model.layer == self.domain.results)

    def cleaned(self, record: str) -> Model | None:
        """The first model that keeps one row per key of `raw/<record>`, or None."""
        return next((m for m in self.models.values() if m.merge and m.merge.source == f"raw/{record}"), None)

    def table_of(self, record: str) -> Model | None:
        """The model that holds the rows of `raw/<record>`, or None.

        The model that keeps one row per key of the raw table comes first. Otherwise it is the only model of the first
        layer that reads this raw table and no other.
        """
        raw, layer = f"raw/{record}", next(iter(self.domain.layers))
        found = [
            model
            for model in self.models.values()
            if model.layer == layer and [u for u in model.upstreams if u.startswith("raw/")] == [raw]
        ]
        return self.cleaned(record) or (found[0] if len(found) == 1 else None)

    def columns(self, address: str) -> tuple[ModelColumn, ...]:
        return self.table(address).columns

    def personal(self, address: str) -> tuple[str, ...]:
        """Columns of a table or view that hold personal data."""
        return tuple(column.name for column in self.relation(address).columns if column.personal)

    def personal_in(self, sql: str) -> tuple[bool, ...]:
        """For each column of a query in the Databricks dialect, whether it holds personal data. Empty if the query
        cannot be analyzed."""
        try:
            tree = query.read_new(query.parse(sql, "query"))
            addresses = tuple(dict.fromkeys(query.address(table) for table in query.tables(tree)))
            known = Schemas()
            for address in addresses:
                known.add(address, {column.name: column.type for column in self.columns(address)})
            typed = known.resolve(tree, "query", 1)
            names = [projection.alias_or_name for projection in typed.selects]
            sources = column_lineage(typed, known, addresses, names)
        except (ModelError, KeyError, SqlglotError):
            return ()
        personal = {(address, name) for address in addresses for name in self.personal(address)}
        # Of two columns with the same name, lineage covers only one.
        return tuple(names.count(name) > 1 or bool(personal & {*sources[name]}) for name in names)

    def checks(self, address: str) -> tuple[Check, ...]:
        return self.table(address).checks

    def upstreams(self, address: str) -> tuple[str, ...]:
        """Direct upstream tables, in order of appearance. Raw tables have none."""
        table = self.table(address)
        return table.upstreams if isinstance(table, Model) else ()

    def steps_before(self, address: str) -> tuple[str, ...]:
        """Tables to update first: the upstreams, or for `raw/rejected` all tables whose ingestion writes it."""
        if address == "raw/rejected":
            return tuple(raw for raw in self.raw if raw != address)
        return self.upstreams(address)

    def ancestors(self, address: str) -> tuple[str, ...]:
        """All direct and indirect upstream tables, in the order of `addresses`."""
        found: set[str] = set()
        waiting = list(self.upstreams(address))
        while waiting:
            upstream = waiting.pop()
            if upstream not in found:
                found.add(upstream)
                waiting += self.upstreams(upstream)
        return tuple(a for a in self.addresses if a in found)

    def downstream(self, address: str) -> tuple[str, ...]:
        """Direct downstream tables, in the order of `addresses`."""
        name = self.table(address).address
        return tuple(model.address for model in self.models.values() if name in model.upstreams)

    def descendants(self, address: str) -> tuple[str, ...]:
        """All direct and indirect downstream tables, in the order of `addresses`."""
        name = self.table(address).address
        return tuple(a for a in self.models if name in self.ancestors(a))

    @property
    def spark_only(self) -> Mapping[str, str]:
        """Each table that only Spark can compute -> the reason: it, or an upstream table, has no SQL."""
        functions = [address for address, model in self.models.items() if model.sql is None]
        return {a: f"{f}.py {SPARK_ONLY}" for f in reversed(functions) for a in (f, *self.descendants(f))}

    def without(self, addresses: Collection[str]) -> Catalog:
        """The catalog without these models. `addresses` must include their downstream tables."""
        return replace(self, models={a: model for a, model in self.models.items() if a not in addresses})

    def render_query(self, sql: str, dialect: Dialect, table_name: TableName | None = None) -> str:
        """Translate a query in the Databricks dialect, such as a check, into executable SQL of an engine.

        `table_name` as in `Model.render`. For the new rows of a table, which checks can read, it receives
        `new/<layer>/<name>`. The engine validates columns. Unlike models, queries may use constructs whose results
        differ between engines.

        Raises ModelError (`query:<line>: ...`) if `sql` is not exactly one query, names a table that does not exist, or
        cannot be translated for both engines.
        """
        tree = query.read_new(query.parse(sql, "query"))
        query.check_tables(tree, (*self.addresses, *self.views), "query", 1)
        tree = view_queries.expand(tree, self.views)
        portability.check_renderable(tree, "query")
        mark = self.pseudonyms.mark if self.pseudonyms else 0
        return render.render(tree, dialect, "query", table_name, mark=mark)

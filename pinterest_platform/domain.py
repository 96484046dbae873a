"""A domain as one value: its records, models, layers, streams, report and sources.

The catalog gets a `Domain`, and most code gets the catalog. Nothing is read or imported here. `domains.py` finds
domains; `schemas.py` declares records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pinterest_platform.errors import PlatformError
from pinterest_platform.schemas import RecordSchema

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from pinterest_platform.settings import Settings

#: Default layers of models, with the purpose of each, in the order of the data flow.
LAYERS = {"cleaned": "One row per key, by the rules of the models.", "analytics": "Results."}

#: First parts of addresses and asset keys that the platform reserves.
RESERVED = ("raw", "stream", "live", "serving", "report", "source", "kafka", "kinesis", "landing", "warehouse")

T = TypeVar("T")

#: The form of names: lower_snake_case.
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class DomainError(PlatformError):
    """A domain cannot be found, or contradicts itself. The message names the domain, the value and what is allowed."""


def given(domain: Domain, field_name: str, call: Callable[[], object], kind: type[T]) -> T:
    """The result of a domain's function.

    Raises:
        DomainError: the result is not of that kind.
    """
    found = call()
    if not isinstance(found, kind):
        raise DomainError(
            f"domain {domain.name!r}: {field_name} returns a {type(found).__name__}; return a {kind.__name__}"
        )
    return found


@dataclass(frozen=True)
class Snapshot:
    """A source that is read whole each time, unlike a stream.

    `rows` yields all current rows. If the source cannot be read whole, it raises a PlatformError, and nothing lands.
    `state` shows, without reading the source, whether it has changed, like an ETag or size and time. It returns None if
    that is unknown; then the source must be read.
    """

    rows: Callable[[], Iterator[Mapping[str, str | None]]]
    state: Callable[[], str | None]


@dataclass(frozen=True)
class Source:
    """The source of one kind of record, shown in the graph as the asset `source/<name>`.

    `kinds` are Dagster's tags for the technology, such as `mysql`. `figures` inspects the source and returns metadata
    by name, or nothing if this machine cannot reach it. With a `snapshot`, the task of `raw/<record>` reads the source
    and lands its new records. Without one, another program does.
    """

    name: str
    record: str
    description: str
    kinds: frozenset[str] = frozenset()
    figures: Callable[[], Mapping[str, Any]] = dict
    snapshot: Snapshot | None = None


def no_sources(_settings: Settings) -> Sequence[Source]:
    """Default for a domain without sources: the graph begins in the landing zone."""
    return ()


@dataclass(frozen=True)
class Publication:
    """Tables of the lake that are copied to a target for other users: the asset `warehouse/<name>`, after `upstreams`.

    `publish` updates the target; with True it compares all rows. It returns metrics by name: `location`, `outcome`,
    which is `unchanged` or describes the written rows, and others. `differences` lists the differences between target
    and lake, or nothing if they agree. Both raise PlatformErrors.
    """

    name: str
    description: str
    upstreams: tuple[str, ...]
    kinds: frozenset[str]
    publish: Callable[[bool], Mapping[str, Any]]
    differences: Callable[[], Sequence[str]]

    @property
    def address(self) -> str:
        return f"warehouse/{self.name}"


def no_publications(_settings: Settings) -> Sequence[Publication]:
    """Default for a domain whose tables stay in the lake."""
    return ()


def no_probes(_settings: Settings) -> Mapping[str, Callable[[], str]]:
    """Default for a domain without its own probes."""
    return {}


@dataclass(frozen=True, eq=False)
class Domain:
    """One domain. Only `name`, `records` and `models` are required.

    - `records`: by name, in the order in which they are listed and shown. The name is also part of the topic
      `<prefix>.<name>` and of the table `raw/<name>`.
    - `models`: the folder that holds `<layer>/<table>.sql`.
    - `layers`: the purpose of each layer of models. Data flows from raw through them in this order. Tables of the first
      layer can be merged from new records. Tables of the last layer are the results that the report shows.
    - `views`: a folder of views, `<layer>/<view>.sql`, that are read together with `serving/<record>`.
    - `streams`: the YAML file of streams; PINTEREST_STREAMS overrides it.
    - `kafka`: whether records come through Kafka topics. If not, no broker is queried for this domain.
    - `sources`: the sources of its records.
    - `publications`: the targets of its tables, if the settings name them.
    - `variables`: the domain's own environment variables, as a class of pydantic-settings. Tasks on other systems
      receive their values, except for secrets (SecretStr), which are never sent.
    - `extras`: extras of this package that its tasks need.
    - `probes`: the domain's own tests for the command `check`, by name. A probe returns its finding or raises a
      PlatformError.
    - `report`: returns a `report.sections.Report` with the questions, findings and charts of its results. Without it,
      the shape of each result decides how it is shown.
    - `live`: returns a `live.contract.Live`, the results that are counted while a stream is read.
    - `folder`: the default folder below PINTEREST_DATA for its landing zone, lake and other files. By default it is the
      domain's name.
    - `asset_prefix`: prefix of its asset keys and of the names of its groups, jobs, schedules, sensors and pools. It is
      for a domain that shares a Dagster with others.
    - `reference`: its name in PINTEREST_DOMAIN. `load_domain` fills it in for a domain named `module:NAME`.

    `report` and `live` are functions, so that a command which needs neither does not import them.

    Raises:
        DomainError: a name is not lower_snake_case, is reserved, or differs from its key.
    """

    name: str
    records: Mapping[str, RecordSchema]
    models: Path
    layers: Mapping[str, str] = field(default_factory=lambda: dict(LAYERS))
    views: Path | None = None
    streams: Path | None = None
    kafka: bool = True
    sources: Callable[[Settings], Sequence[Source]] = no_sources
    publications: Callable[[Settings], Sequence[Publication]] = no_publications
    variables: type[BaseSettings] | None = None
    extras: tuple[str, ...] = ()
    probes: Callable[[Settings], Mapping[str, Callable[[], str]]] = no_probes
    report: Callable[[], object] | None = None
    live: Callable[[], object] | None = None
    folder: str | None = None
    asset_prefix: tuple[str, ...] = ()
    reference: str = ""

    def __post_init__(self) -> None:
        names = {"name": [self.name], "records": [*self.records], "layers": [*self.layers]}
        for field_name, values in names.items():
            if not values:
                raise DomainError(f"domain {self.name!r}: {field_name} is empty; add at least one")
            for value in values:
                if not NAME.fullmatch(value):
                    raise DomainError(f"domain {self.name!r}: {value!r} in {field_name} is not lower_snake_case")
        for part in self.asset_prefix:
            if not NAME.fullmatch(part) or part in (*RESERVED, *self.layers):
                raise DomainError(
                    f"domain {self.name!r}: {part!r} in asset_prefix is the name of a layer, or is not lower_snake_case"
                )
        if taken := [layer for layer in self.layers if layer in RESERVED]:
            raise DomainError(
                f"domain {self.name!r}: layer {taken[0]!r} is reserved; use any name except {', '.join(RESERVED)}"
            )
        if "rejected" in self.records:
            raise DomainError(f"domain {self.name!r}: a record cannot be named 'rejected'; raw/rejected is reserved")
        for name, schema in self.records.items():
            if schema.name != name:
                raise DomainError(
                    f"domain {self.name!r}: records has {schema.name!r} under the key {name!r}; they must be equal"
                )

    def read_whole(self, settings: Settings) -> set[str]:
        """Records whose sources are read whole: a run lands them automatically."""
        return {source.record for source in self.sources(settings) if source.snapshot}

    @property
    def results(self) -> str:
        """The layer of the results."""
        return [*self.layers][-1]

    @property
    def data_folder(self) -> str:
        """The domain's folder below PINTEREST_DATA; empty for PINTEREST_DATA itself."""
        return self.name if self.folder is None else self.folder


def publications(settings: Settings, domain: Domain) -> Mapping[str, Publication]:
    """A domain's publications by address, if the settings name a target for them."""
    return {publication.address: publication for publication in domain.publications(settings)}

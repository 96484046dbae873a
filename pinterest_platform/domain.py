"""What the platform must know of a subject, as one value: its records, models, layers, streams, report and sources.

A `Domain` is handed to the catalog, which everything else is given, and to whatever has no catalog. Nothing is read or
imported here. Which domains there are is for `domains.py`, what a record is for `schemas.py`.
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

#: Layers of models where a domain names none: what each is for, in the order in which data goes through them.
LAYERS = {"cleaned": "One row a key, by the rules of the models.", "analytics": "Results."}

#: First parts of addresses and asset keys that the platform itself uses.
RESERVED = ("raw", "stream", "live", "serving", "report", "source", "kafka", "kinesis", "landing", "warehouse")

T = TypeVar("T")

#: What names look like: lower_snake_case.
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class DomainError(PlatformError):
    """A domain cannot be found, or contradicts itself. The message names it, what it says and what is allowed."""


def given(domain: Domain, field_name: str, call: Callable[[], object], kind: type[T]) -> T:
    """What a function of a domain gives.

    Raises:
        DomainError: it is not of that kind.
    """
    found = call()
    if not isinstance(found, kind):
        raise DomainError(
            f"domain {domain.name!r}: {field_name} gives a {type(found).__name__}; a {kind.__name__} is needed"
        )
    return found


@dataclass(frozen=True)
class Snapshot:
    """A source that is no stream but is read whole each time.

    `rows` gives all rows there are now, one after the other; where the source cannot be read whole it raises an error
    of the platform's, and nothing of it lands. `state` tells, without reading the source, whether it is another one
    than before, as an ETag or size and time do; None where that is not known, so that it must be read.
    """

    rows: Callable[[], Iterator[Mapping[str, str | None]]]
    state: Callable[[], str | None]


@dataclass(frozen=True)
class Source:
    """Where the records of one kind come from, as the graph shows it: the asset `source/<name>`.

    `kinds` are Dagster's tags for the technology, as `mysql`. `figures` looks at the source now and gives metadata by
    name, none where this machine cannot reach it. With a `snapshot` the task of `raw/<record>` reads the source and
    lands what is new in it; without one, somebody else does.
    """

    name: str
    record: str
    description: str
    kinds: frozenset[str] = frozenset()
    figures: Callable[[], Mapping[str, Any]] = dict
    snapshot: Snapshot | None = None


def no_sources(_settings: Settings) -> Sequence[Source]:
    """Of a domain that does not say where its records come from: the graph begins in the landing zone."""
    return ()


@dataclass(frozen=True)
class Publication:
    """Tables of the lake given to others in a place of theirs: the asset `warehouse/<name>`, made after `upstreams`.

    `publish` brings that place up to date, comparing all of it where it is given True, and gives figures by name:
    `outcome`, which is `unchanged` or says what was written, `location`, and others. `differences` says in what the
    place differs from the lake; nothing where they agree. Both raise errors of the platform's.
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
    """Of a domain whose tables stay in the lake."""
    return ()


def no_probes(_settings: Settings) -> Mapping[str, Callable[[], str]]:
    """Of a domain that has nothing of its own to try."""
    return {}


@dataclass(frozen=True, eq=False)
class Domain:
    """One subject. Only `name`, `records` and `models` must be given.

    - `records`: by name, in the order in which they are listed wherever order is visible. The name is also that of the
      topic `<prefix>.<name>` and of the table `raw/<name>`.
    - `models`: the folder that holds `<layer>/<table>.sql`.
    - `layers`: what each layer of models is for. Data goes from raw through them in this order. Tables of the first may
      be merged from what is new, tables of the last are the results that the report shows.
    - `views`: a folder of views, `<layer>/<view>.sql`, that are read together with `serving/<record>`.
    - `streams`: the YAML file of streams; PINTEREST_STREAMS names another one.
    - `kafka`: whether records come through Kafka topics. Brokers are never asked about a domain that does not.
    - `sources`: where records come from.
    - `publications`: where its tables are published to, as far as the settings say so.
    - `variables`: environment variables of the domain's own, as a class of pydantic-settings. Tasks elsewhere are told
      their values; what is a SecretStr is a secret and is never told.
    - `extras`: extras of this package that its tasks need.
    - `probes`: what `check` tries of the domain's own, by name. A probe says what it found, or raises an error of the
      platform's.
    - `report`: gives a `report.sections.Report`, the questions, findings and pictures of its results. Without it each
      result is shown by its shape.
    - `live`: gives a `live.contract.Live`, what is counted from a stream while it is read.
    - `folder`: the folder below PINTEREST_DATA where its landing zone, lake and other files lie by default. Where it is
      not given, that is its name.
    - `asset_prefix`: what its asset keys, and the names of its groups, jobs, schedules, sensors and pools, begin
      with, for a domain beside others in one Dagster.
    - `reference`: how PINTEREST_DOMAIN names it. `load_domain` fills it in for a domain named `module:NAME`.

    `report` and `live` are functions, so that a command which needs neither does not import them.

    Raises:
        DomainError: a name is not lower_snake_case, is reserved, or differs from the key that it is held by.
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
                raise DomainError(f"domain {self.name!r}: {field_name} is empty; give at least one")
            for value in values:
                if not NAME.fullmatch(value):
                    raise DomainError(f"domain {self.name!r}: {value!r} in {field_name} is not lower_snake_case")
        for part in self.asset_prefix:
            if not NAME.fullmatch(part) or part in (*RESERVED, *self.layers):
                raise DomainError(
                    f"domain {self.name!r}: {part!r} in asset_prefix is the name of a layer or not lower_snake_case"
                )
        if taken := [layer for layer in self.layers if layer in RESERVED]:
            raise DomainError(
                f"domain {self.name!r}: layer {taken[0]!r} is the platform's own; any name but {', '.join(RESERVED)} "
                "is allowed"
            )
        if "rejected" in self.records:
            raise DomainError(f"domain {self.name!r}: a record cannot be called 'rejected'; raw/rejected is reserved")
        for name, schema in self.records.items():
            if schema.name != name:
                raise DomainError(
                    f"domain {self.name!r}: records holds {schema.name!r} under {name!r}; the two must be equal"
                )

    def read_whole(self, settings: Settings) -> set[str]:
        """Records whose sources are read whole: they land in a run, by themselves."""
        return {source.record for source in self.sources(settings) if source.snapshot}

    @property
    def results(self) -> str:
        """The layer of the results."""
        return [*self.layers][-1]

    @property
    def data_folder(self) -> str:
        """The folder below PINTEREST_DATA that everything of the domain lies in; empty: that one itself."""
        return self.name if self.folder is None else self.folder


def publications(settings: Settings, domain: Domain) -> Mapping[str, Publication]:
    """Those of a domain by their addresses, as far as the settings name a place for them."""
    return {publication.address: publication for publication in domain.publications(settings)}

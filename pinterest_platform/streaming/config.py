"""The configuration of each stream in `streams.yaml`: where its records come from, which model cleans them, how fast.

This module reads and validates the file, and reports each mistake with its line. It opens no connections: the source
checks that the stream or topic exists.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.schemas import TOMBSTONE
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.columns import ARRIVAL
from pinterest_platform.streaming.errors import StreamConfigError

StartingPosition = Literal["trim_horizon", "latest"] | datetime

#: Tables of the layer that no stream may take.
_RESERVED = ("rejected", "batches")
#: Suffix of the views that hold the newest row of each key.
LATEST = "_latest"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Limits(BaseModel):
    """The most that one commit adds, in records and in bytes as sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    records: int = Field(default=50_000, ge=1, le=1_000_000)
    bytes: int = Field(default=32 * 2**20, ge=1, le=2**30)


class Stream(BaseModel):
    """One stream. The model at the address `model` cleans records of the kind `record` from the Kinesis stream or Kafka
    topic `origin`. The job appends them to the table `address`. `trigger` is in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    source: Literal["kinesis", "kafka"]
    stream: str = Field("", pattern=r"^[a-zA-Z0-9_.-]{1,128}$")
    topic: str = Field("", pattern=r"^[a-zA-Z0-9_.-]{1,249}$")
    record: str = Field(alias="schema")
    model: str
    starting_position: StartingPosition = "trim_horizon"
    limits: Limits = Limits()
    trigger: float = Field(1.0, ge=0, le=3600, strict=False)

    @property
    def address(self) -> str:
        return f"stream/{self.name}"

    @property
    def origin(self) -> str:
        """Name of the Kinesis stream or Kafka topic."""
        return self.stream or self.topic

    @field_validator("name")
    @classmethod
    def _name_is_a_table(cls, value: str) -> str:
        if not _NAME.fullmatch(value) or value in _RESERVED or value.endswith(LATEST):
            raise ValueError(f"use lower_snake_case, but not {', '.join(_RESERVED)} or a name that ends in {LATEST}")
        return value

    @field_validator("starting_position", mode="before")
    @classmethod
    def _position_has_a_zone(cls, value: object) -> object:
        if value in ("trim_horizon", "latest"):
            return value
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            moment = None
        if not isinstance(moment, datetime):
            raise ValueError("use trim_horizon, latest or a time in UTC, such as 2026-01-31T12:00:00Z")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @model_validator(mode="after")
    def _origin_fits_the_source(self) -> Stream:
        other = "topic" if self.source == "kinesis" else "stream"
        if getattr(self, other):
            raise ValueError(f"a stream from {self.source} does not take {other!r}; remove it")
        return self


def load_streams(settings: Settings, catalog: Catalog) -> dict[str, Stream]:
    """Every stream by its name, in the order of the streams file that PINTEREST_STREAMS names, or else of the domain's.
    Empty if neither exists.

    Raises:
        StreamConfigError: an entry is invalid. The message gives the file, the line, the value and what is allowed.
    """
    path = settings.streams or catalog.domain.streams
    if path is None:
        return {}
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StreamConfigError(
            f"{path}:1: cannot be read: {error}. PINTEREST_STREAMS must name a YAML file of streams."
        ) from error
    return _File(path, settings, catalog).streams(content)


class _File:
    """The file with the line of each entry, and the settings and catalog that entries must fit."""

    def __init__(self, path: Path, settings: Settings, catalog: Catalog) -> None:
        self._path, self._settings, self._catalog = path, settings, catalog

    def streams(self, content: str) -> dict[str, Stream]:
        try:
            root: Any = yaml.compose(content, Loader=yaml.SafeLoader)
            data = yaml.safe_load(content)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise StreamConfigError(f"{self._path}:{line}: not YAML: {error.problem}") from error
        if not (isinstance(data, dict) and list(data) == ["streams"] and isinstance(data["streams"], list)):
            raise StreamConfigError(f"{self._path}:1: expected one field `streams`, a list with one entry per stream")
        self._refuse_fields_given_twice(root)
        found: dict[str, Stream] = {}
        for node, entry in zip(root.value[0][1].value, data["streams"], strict=True):
            stream = self._stream(node, entry)
            self._check(stream, node, found)
            found[stream.name] = stream
        return found

    def _stream(self, node: yaml.Node, entry: object) -> Stream:
        try:
            stream = Stream.model_validate(entry)
        except ValidationError as error:
            raise self._refused(node, error) from None
        told: dict[str, object] = {}
        if "trigger" not in stream.model_fields_set:
            told["trigger"] = self._settings.stream_trigger
        if stream.source == "kinesis":
            told["stream"] = stream.stream or self._settings.kinesis_stream(stream.name)
        else:
            told["topic"] = stream.topic or self._settings.topic(stream.name)
        return stream.model_copy(update=told)

    def _check(self, stream: Stream, node: yaml.Node, others: dict[str, Stream]) -> None:
        """Check an entry against the other entries and the catalog."""
        if stream.name in others:
            raise self._wrong(node, "name", f"name {stream.name!r} is given twice; use each name once")
        for other in others.values():
            if other.origin == stream.origin:
                raise self._wrong(
                    node, "name", f"{other.address} already reads {stream.origin}; only one entry may read it"
                )
        records = self._catalog.domain.records
        if stream.record not in records:
            raise self._wrong(node, "schema", f"schema {stream.record!r}: use one of {', '.join(records)}")
        models = self._catalog.models.values()
        fitting = {model.address: model for model in models if _cleans(model, stream.record)}
        if stream.model not in fitting:
            allowed = ", ".join(fitting) or f"a model that reads raw/{stream.record} with one row per key; none exists"
            raise self._wrong(
                node, "model", f"model {stream.model!r} does not clean {stream.record} records; use {allowed}"
            )
        taken = {column.name for column in (TOMBSTONE, *ARRIVAL)} & {
            column.name for column in fitting[stream.model].columns
        }
        if taken:
            raise self._wrong(
                node, "model", f"model {stream.model!r} has columns that streams add: {', '.join(sorted(taken))}"
            )

    def _refuse_fields_given_twice(self, root: yaml.Node) -> None:
        """PyYAML keeps the last one silently."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, yaml.MappingNode):
                names = set()
                for key, value in node.value:
                    if key.value in names:
                        raise StreamConfigError(f"{self._path}:{_line(key)}: {key.value!r} is given twice; keep one")
                    names.add(key.value)
                    waiting.append(value)
            elif isinstance(node, yaml.SequenceNode):
                waiting += node.value

    def _refused(self, node: yaml.Node, error: ValidationError) -> StreamConfigError:
        """The first problem of an entry."""
        problem = error.errors()[0]
        names = [str(part) for part in problem["loc"] if isinstance(part, str)]
        field, kind = ".".join(names), problem["type"]
        if kind == "extra_forbidden":
            held = Limits if len(names) > 1 else Stream
            allowed = ", ".join(item.alias or name for name, item in held.model_fields.items())
            message = f"unknown field {field!r}; use one of {allowed}"
        elif kind == "missing":
            message = f"the entry has no {field!r}"
        elif not names:
            message = problem["msg"].removeprefix("Value error, ")
        else:
            message = f"{field} {problem['input']!r}: {problem['msg'].removeprefix('Value error, ')}"
        return self._wrong(node, field, message)

    def _wrong(self, node: yaml.Node, field: str, message: str) -> StreamConfigError:
        line = _line(node)
        for name in field.split("."):
            held = node.value if isinstance(node, yaml.MappingNode) else ()
            node = next((value for key, value in held if key.value == name), node)
            line = next((_line(key) for key, _ in held if key.value == name), line)
        return StreamConfigError(f"{self._path}:{line}: {message}")


def _cleans(model: Model, record: str) -> bool:
    return model.merge is not None and model.merge.source == f"raw/{record}"


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1

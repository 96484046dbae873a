"""Declares records: their columns, types, rules, keys and descriptions; and the columns that the platform adds.

A `RecordSchema` defines the shape of a record for the landing parser, the raw tables and their checks. A domain lists
its records. SQL files define the tables of later layers. Type names come from the Databricks dialect (`bigint`,
`double`, `string`, `timestamp_ntz`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn, get_args

from pinterest_platform.errors import PlatformError
from pinterest_platform.patterns import FORMS, WHITE_SPACE, PatternError, check_pattern, forms_pattern

ColumnType = Literal["bigint", "int", "double", "string", "boolean", "date", "timestamp_ntz"]

_NUMBERS = ("bigint", "int", "double")
_TEXTS = ("string", *FORMS)
_BOUNDS = ("minimum", "maximum")
#: Rules for a column's values, and the types that each is for.
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_BOUNDS, _NUMBERS),
    "pattern": ("string",),
    "allowed": ("string", "bigint", "int"),
    **dict.fromkeys(("forms", "nulls", "trim"), _TEXTS),
}
#: Shown instead of personal data.
HIDDEN = "•••"
#: The field that marks the placeholder of an erased line.
ERASED_FIELD = "_erased"
#: Fields for a line's origin, for tombstones and for erased lines. They cannot be columns.
RESERVED = ("_offset", "_kafka_ts", "_tombstone", ERASED_FIELD)


class SchemaError(PlatformError):
    """A column or record is declared wrongly. The message names it, the value and what is allowed."""


@dataclass(frozen=True)
class Column:
    """One column and the rules for its values. By its type, a column can have one of these rules for non-null values:

    `minimum`, `maximum`: inclusive bounds of a number; None means unbounded.
    `pattern`: the whole text must match it; `patterns.check_pattern` defines the allowed syntax.
    `allowed`: the only values of a text or an integer.
    `forms`: forms of a date, from `patterns.FORMS`. A `date` or `timestamp_ntz` is parsed from them; by default from
    `YYYY-MM-DD`, or from the three forms of a timestamp. A `string` must have one of them, and is stored unchanged.

    `trim`: the rules ignore white space around a text. `nulls`: texts that count as null, compared the same way. With
    either, a `string` is stored unchanged.

    `wanted`: describes the texts that match `pattern`, in words, for the reason why a line is rejected.

    `personal`: the column holds personal data. No preview, example, reason or log shows its values. Columns computed
    from it are personal too. `coarse`: if pseudonyms are used, columns computed from it have rounded values: numbers
    are rounded to integers, dates and times to their year. Use it if no result needs more precision.

    Raises:
        SchemaError: the declaration contradicts itself or the type.
    """

    name: str
    type: ColumnType
    description: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    allowed: tuple[str, ...] | tuple[int, ...] = ()
    forms: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    trim: bool = False
    wanted: str = ""
    personal: bool = False
    coarse: bool = False

    def __post_init__(self) -> None:
        _check_column(self)

    @property
    def text_pattern(self) -> str | None:
        """The pattern for the whole text of a `string`, from its `pattern` or `forms`; None if any text is allowed."""
        return self.pattern or (forms_pattern(self.forms) if self.forms and self.type == "string" else None)

    @property
    def read_forms(self) -> tuple[str, ...]:
        """The forms from which a `date` or `timestamp_ntz` is parsed."""
        return self.forms or (FORMS["date"][:1] if self.type == "date" else FORMS.get(self.type, ()))


@dataclass(frozen=True)
class Together:
    """A rule over several columns of one row, for example a date in three columns: their texts, joined by `separator`,
    must match `pattern`. `wanted` describes matching texts in words. The check of the raw table has this `name`.

    Raises:
        SchemaError: the declaration contradicts itself.
    """

    name: str
    columns: tuple[str, ...]
    pattern: str
    wanted: str
    separator: str = "-"

    def __post_init__(self) -> None:
        _check_together(self)


@dataclass(frozen=True)
class RecordSchema:
    """The declared shape of one kind of record, in source column order.

    `name` is the topic suffix and raw table name. `key` is the column that identifies the entity. `source_table` is its
    table in the source database, empty if it does not come from one. `together` are rules over several required texts
    of one row.

    Raises:
        SchemaError: two columns share a name, or a column has a reserved name.
        SchemaError: `key` is not a column, or a rule covers a column that is not a required text.
    """

    name: str
    key: str
    description: str
    columns: tuple[Column, ...]
    source_table: str = ""
    together: tuple[Together, ...] = ()

    def __post_init__(self) -> None:
        _check_record(self)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.required)

    @property
    def raw_columns(self) -> tuple[Column, ...]:
        """Columns of `raw/<name>` in order: the source's own, then `TOMBSTONE` and `PROVENANCE`."""
        return (*self.columns, TOMBSTONE, *PROVENANCE)

    @property
    def key_column(self) -> Column:
        return self.column(self.key)


def _check_column(column: Column) -> None:
    def refuse(option: str, what: str) -> NoReturn:
        raise SchemaError(f"column {column.name!r}: {option}={getattr(column, option)!r} {what}")

    if not re.fullmatch(r"\w+", column.name):
        refuse("name", "is not allowed; use letters, digits and _")
    if column.type not in get_args(ColumnType):
        refuse("type", f"is unknown; allowed: {', '.join(get_args(ColumnType))}")
    given = [option for option in _OPTIONS if getattr(column, option) not in (None, (), False)]
    for option in given:
        if column.type not in _OPTIONS[option]:
            refuse(option, f"is not for a {column.type}; it is for {', '.join(_OPTIONS[option])}")
    rules = ["minimum/maximum" if option in _BOUNDS else option for option in given if option not in ("nulls", "trim")]
    if len(set(rules)) > 1:
        raise SchemaError(
            f"column {column.name!r}: {' and '.join(dict.fromkeys(rules))} are both declared; declare only one"
        )
    for option in ("allowed", "forms", "nulls"):
        values = getattr(column, option)
        if not isinstance(values, tuple) or len(set(values)) < len(values):
            refuse(option, "must be a tuple of different values")
    for option in {*_BOUNDS} & {*given}:
        if not math.isfinite(getattr(column, option)):
            refuse(option, "is not a bound; leave it out for no bound")
    if column.coarse and not column.personal:
        refuse("coarse", "is only for personal data; also declare personal=True")
    if column.minimum is not None and column.maximum is not None and column.minimum > column.maximum:
        refuse("minimum", f"is above maximum={column.maximum!r}")
    if column.pattern is not None:
        try:
            check_pattern(column.pattern)
        except PatternError as error:
            raise SchemaError(f"column {column.name!r}: {error}") from error
    elif column.wanted:
        refuse("wanted", "describes a pattern in words; declare a pattern, or leave it out")
    for option, kind in (("allowed", str if column.type == "string" else int), ("nulls", str)):
        for value in getattr(column, option):
            if type(value) is not kind:
                refuse(option, f"has {value!r}, which is not {'a text' if kind is str else 'an integer'}")
            if isinstance(value, str) and (column.trim and value != value.strip(WHITE_SPACE)):
                refuse(option, f"has {value!r}, but trim removes white space; remove it here too")
            if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
                refuse(option, f"has {value!r}, which contains characters that cannot be stored")
    known = FORMS.get(column.type, tuple(form for forms in FORMS.values() for form in forms))
    if unknown := [form for form in column.forms if form not in known]:
        refuse("forms", f"has {unknown[0]!r}; allowed: {', '.join(known)}")


def _check_record(record: RecordSchema) -> None:
    names = [column.name for column in record.columns]
    folded = [name.casefold() for name in names]
    reserved = (*RESERVED, *(column.name for column in (TOMBSTONE, *PROVENANCE)))
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise SchemaError(f"record {record.name!r}: two columns are named {name!r}; names are not case-sensitive")
        if name.casefold() in reserved:
            raise SchemaError(f"record {record.name!r}: column {name!r} has a reserved name; rename it")
    if record.key not in names:
        raise SchemaError(
            f"record {record.name!r}: key={record.key!r} is not a column; the columns are {', '.join(names)}"
        )
    texts = [column.name for column in record.columns if column.required and column.type == "string"]
    rules = [rule.name for rule in record.together]
    for rule in record.together:
        if rules.count(rule.name) > 1:
            raise SchemaError(f"record {record.name!r}: two rules are named {rule.name!r}; rename one")
        if others := [name for name in rule.columns if name not in texts]:
            raise SchemaError(
                f"record {record.name!r}: rule {rule.name!r} covers {others[0]!r}, which is not a required string; "
                f"allowed: {', '.join(texts) or 'none'}"
            )


def _check_together(rule: Together) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", rule.name):
        raise SchemaError(f"rule {rule.name!r}: the name is not lower_snake_case")
    if len(rule.columns) < 2 or len(set(rule.columns)) < len(rule.columns):
        raise SchemaError(f"rule {rule.name!r}: columns={rule.columns!r} must be two or more different columns")
    if not rule.wanted:
        raise SchemaError(f"rule {rule.name!r}: wanted is empty; describe the pattern in words")
    try:
        check_pattern(rule.pattern)
    except PatternError as error:
        raise SchemaError(f"rule {rule.name!r}: {error}") from error


#: Whether a row is a tombstone: a record with a key but no value, which deletes its key. Other columns are null.
TOMBSTONE = Column("tombstone", "boolean", "True if the record deletes its key; null in all other rows.")

#: The origin of a landed record: the last six columns of every raw table and the first six of `raw/rejected`.
PROVENANCE = (
    Column("kafka_topic", "string", "Topic of the record.", required=True),
    Column("kafka_partition", "int", "Partition of the topic.", required=True, minimum=0),
    Column("kafka_offset", "bigint", "Offset in the partition; unique within topic and partition.", required=True),
    Column("kafka_timestamp", "timestamp_ntz", "Broker time of the record, in UTC; null if the line has none."),
    Column("landing_file", "string", "Key of the landing object that contains the record.", required=True),
    Column("ingested_at", "timestamp_ntz", "When the record was ingested, in UTC.", required=True),
)

#: `raw/rejected`: landed lines that do not match any declared schema.
REJECTED = (
    *PROVENANCE,
    Column(
        "line", "string", "The line as landed; invalid UTF-8 bytes are written as \\xNN.", required=True, personal=True
    ),
    Column("reason", "string", "Why the line was rejected: column, value, what is allowed.", required=True),
)

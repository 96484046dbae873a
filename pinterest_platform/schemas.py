"""How a record is declared: columns, types, ranges, key, a sentence each; and the columns that the platform adds.

Everything that must know the shape of a record is given its `RecordSchema`: the landing parser, the raw tables and
their checks. Which records there are is said by a domain, what a table of a later layer looks like by its SQL file.
Type names are those of the Databricks dialect (`bigint`, `double`, `string`, `timestamp_ntz`).
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
#: What a column may say of its values, and for which types.
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_BOUNDS, _NUMBERS),
    "pattern": ("string",),
    "allowed": ("string", "bigint", "int"),
    **dict.fromkeys(("forms", "nulls", "trim"), _TEXTS),
}
#: What is shown in place of a value that tells of a person.
HIDDEN = "•••"
#: The field that says that a line stands for an erased one.
ERASED_FIELD = "_erased"
#: Fields by which a line says where it came from, that it is a tombstone or was erased; they cannot be columns.
RESERVED = ("_offset", "_kafka_ts", "_tombstone", ERASED_FIELD)


class SchemaError(PlatformError):
    """A column or record is declared wrongly; the message names it, the value and what is allowed."""


@dataclass(frozen=True)
class Column:
    """One column, and what a value of it must be. A value that is not null follows one of these, by the column's type:

    `minimum`, `maximum`: inclusive bounds of a number; None means unbounded.
    `pattern`: what the whole text matches; `patterns.check_pattern` says what may be used.
    `allowed`: the only values, of a text or a whole number.
    `forms`: forms of a date, of `patterns.FORMS`. A `date` or `timestamp_ntz` is read from them; where none are given,
    from `YYYY-MM-DD` and from the three of a timestamp. A `string` must have one of them, and stays as it came.

    `trim`: the rules look at a text without the white space around it. `nulls`: texts that count as null, compared
    likewise. A `string` stays as it came in either case.

    `wanted`: what a text that matches `pattern` is, in words, for the reason of one that does not.

    `personal`: a value says something of a person. No preview, example, reason or log shows one. What is computed from
    it is personal too. `coarse`: where names become pseudonyms, such a value is rounded in what is computed from it: a
    number to a whole one, a date or time to its year. For what no result needs more exactly.

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
        """What the whole text of a `string` matches, by its `pattern` or `forms`; None where any text will do."""
        return self.pattern or (forms_pattern(self.forms) if self.forms and self.type == "string" else None)

    @property
    def read_forms(self) -> tuple[str, ...]:
        """The forms from which a `date` or `timestamp_ntz` is read."""
        return self.forms or (FORMS["date"][:1] if self.type == "date" else FORMS.get(self.type, ()))


@dataclass(frozen=True)
class Together:
    """What several columns of one row must be together, as a date in three columns: their texts, joined by
    `separator`, match `pattern`. `wanted` says in words what that is. `name` is that of the check of the raw table.

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

    `name` is the topic suffix and raw table name; `key` the column that identifies the entity;
    `source_table` its table in the source database, empty where it does not come from one; `together` rules over
    several required texts of one row.

    Raises:
        SchemaError: two columns share a name, or one has a name that lines or raw tables need, or `key` is no column,
            or a rule is over a column that is not a required text.
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
        refuse("name", "is not allowed; write letters, digits and _")
    if column.type not in get_args(ColumnType):
        refuse("type", f"is unknown; allowed are {', '.join(get_args(ColumnType))}")
    given = [option for option in _OPTIONS if getattr(column, option) not in (None, (), False)]
    for option in given:
        if column.type not in _OPTIONS[option]:
            refuse(option, f"is not for a {column.type}; it is for {', '.join(_OPTIONS[option])}")
    rules = ["minimum/maximum" if option in _BOUNDS else option for option in given if option not in ("nulls", "trim")]
    if len(set(rules)) > 1:
        raise SchemaError(
            f"column {column.name!r}: {' and '.join(dict.fromkeys(rules))} are given; declare one of them"
        )
    for option in ("allowed", "forms", "nulls"):
        values = getattr(column, option)
        if not isinstance(values, tuple) or len(set(values)) < len(values):
            refuse(option, "must be a tuple of different values")
    for option in {*_BOUNDS} & {*given}:
        if not math.isfinite(getattr(column, option)):
            refuse(option, "is no bound; leave it out where there is none")
    if column.coarse and not column.personal:
        refuse("coarse", "is for what is personal; declare personal=True too")
    if column.minimum is not None and column.maximum is not None and column.minimum > column.maximum:
        refuse("minimum", f"is above maximum={column.maximum!r}")
    if column.pattern is not None:
        try:
            check_pattern(column.pattern)
        except PatternError as error:
            raise SchemaError(f"column {column.name!r}: {error}") from error
    elif column.wanted:
        refuse("wanted", "says in words what a pattern is; declare a pattern, or leave it out")
    for option, kind in (("allowed", str if column.type == "string" else int), ("nulls", str)):
        for value in getattr(column, option):
            if type(value) is not kind:
                refuse(option, f"has {value!r}, which is no {'text' if kind is str else 'whole number'}")
            if isinstance(value, str) and (column.trim and value != value.strip(WHITE_SPACE)):
                refuse(option, f"has {value!r}, whose white space trim takes off; leave it out")
            if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
                refuse(option, f"has {value!r}, whose characters cannot all be stored")
    known = FORMS.get(column.type, tuple(form for forms in FORMS.values() for form in forms))
    if unknown := [form for form in column.forms if form not in known]:
        refuse("forms", f"has {unknown[0]!r}; allowed are {', '.join(known)}")


def _check_record(record: RecordSchema) -> None:
    names = [column.name for column in record.columns]
    folded = [name.casefold() for name in names]
    reserved = (*RESERVED, *(column.name for column in (TOMBSTONE, *PROVENANCE)))
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise SchemaError(
                f"record {record.name!r}: two columns are named {name!r}; large and small letters are one"
            )
        if name.casefold() in reserved:
            raise SchemaError(f"record {record.name!r}: column {name!r} has a name that says where a row came from")
    if record.key not in names:
        raise SchemaError(f"record {record.name!r}: key={record.key!r} is no column; there are {', '.join(names)}")
    texts = [column.name for column in record.columns if column.required and column.type == "string"]
    rules = [rule.name for rule in record.together]
    for rule in record.together:
        if rules.count(rule.name) > 1:
            raise SchemaError(f"record {record.name!r}: two rules are named {rule.name!r}; rename one")
        if others := [name for name in rule.columns if name not in texts]:
            raise SchemaError(
                f"record {record.name!r}: rule {rule.name!r} is over {others[0]!r}, which is not a required string; "
                f"allowed are {', '.join(texts) or 'none'}"
            )


def _check_together(rule: Together) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", rule.name):
        raise SchemaError(f"rule {rule.name!r}: the name is not lower_snake_case")
    if len(rule.columns) < 2 or len(set(rule.columns)) < len(rule.columns):
        raise SchemaError(f"rule {rule.name!r}: columns={rule.columns!r} must be two or more different columns")
    if not rule.wanted:
        raise SchemaError(f"rule {rule.name!r}: wanted is empty; say in words what the pattern is")
    try:
        check_pattern(rule.pattern)
    except PatternError as error:
        raise SchemaError(f"rule {rule.name!r}: {error}") from error


#: Whether a row is a tombstone: a record that has a key and no value, which deletes its key. Other columns are null.
TOMBSTONE = Column("tombstone", "boolean", "True where the record deletes its key; null in all other rows.")

#: Where a landed record came from; the last six columns of every raw table and the first six of `raw/rejected`.
PROVENANCE = (
    Column("kafka_topic", "string", "Topic the record was read from.", required=True),
    Column("kafka_partition", "int", "Partition of the topic.", required=True, minimum=0),
    Column("kafka_offset", "bigint", "Offset in the partition; with topic and partition the identity.", required=True),
    Column("kafka_timestamp", "timestamp_ntz", "Broker time of the record in UTC; null where the line carries none."),
    Column("landing_file", "string", "Key of the landing object the record was read from.", required=True),
    Column("ingested_at", "timestamp_ntz", "When the record was ingested, in UTC.", required=True),
)

#: `raw/rejected`: every landed line that fits no declared schema.
REJECTED = (
    *PROVENANCE,
    Column("line", "string", "The line as landed; bytes that are not UTF-8 as \\xNN.", required=True, personal=True),
    Column("reason", "string", "Why it does not fit: column, value, what is allowed.", required=True),
)

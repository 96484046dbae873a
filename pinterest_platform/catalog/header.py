"""The header of a model file: YAML in the leading `--` comment lines, or in the docstring of a function's file.

Splits a file into header and SQL, and reads the header's fields with their line numbers. Other modules read the SQL and
the function.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from pinterest_platform.catalog.errors import ModelError

FIELDS = ("description", "owner", "key", "checks", "warnings", "not_personal")
#: An additional field, for models without a SELECT.
COLUMNS = "columns"
#: Names of tables and checks: they become parts of addresses and of asset keys.
LOWER_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
REQUIRED = ("description", "owner", "key")


@dataclass(frozen=True)
class HeaderCheck:
    """A check as written: its first `line`, and whether it blocks downstream tables."""

    name: str
    sql: str
    blocking: bool
    line: int


@dataclass(frozen=True)
class HeaderColumn:
    """A column as written, `<name>: <type> -- <description>`, and its line."""

    name: str
    type: str
    description: str
    line: int


@dataclass(frozen=True)
class Header:
    """The fields of a header. `key_line` is the line of `key`. `columns` is empty if a SELECT lists them.
    `not_personal` maps columns to their lines: they are computed from personal data but are not personal data."""

    description: str
    owner: str
    key: tuple[str, ...]
    key_line: int
    checks: tuple[HeaderCheck, ...] = ()
    columns: tuple[HeaderColumn, ...] = ()
    not_personal: Mapping[str, int] = field(default_factory=dict)


def split(text: str) -> tuple[str, str]:
    """(header, body) of a model file. The header consists of the leading comment lines, without `-- `."""
    lines = text.splitlines(keepends=True)
    count = 0
    while count < len(lines) and lines[count].startswith("--"):
        count += 1
    header = "".join(line[2:].removeprefix(" ") for line in lines[:count])
    return header, "".join(lines[count:])


def read(header: str, file: str, *, columns: bool = False) -> Header:
    """The fields of a header from `split`. The field `columns` is required with `columns`, and refused without it.

    Raises ModelError for any error in the header.
    """
    more = (COLUMNS,) if columns else ()
    allowed, required = (*FIELDS, *more), (*REQUIRED, *more)
    if not header.strip():
        raise ModelError(
            file,
            1,
            "no header; the file must begin with "
            + ("a docstring" if columns else "comment lines")
            + f" in YAML: {', '.join(allowed)} (`{'' if columns else '-- '}owner: ...`)",
        )
    fields = _fields(header, file)
    for name, (key_node, _) in fields.items():
        if name not in allowed:
            raise ModelError(file, _line(key_node), f"unknown header field {name!r}; allowed: {', '.join(allowed)}")
    for name in required:
        if name not in fields:
            raise ModelError(file, 1, f"the header has no {name!r}; it must have {', '.join(required)}")
    key_node, key = fields["key"]
    return Header(
        description=_text(fields["description"][1], "description", file),
        owner=_text(fields["owner"][1], "owner", file),
        key=tuple(_names(key, "key", file)),
        key_line=_line(key_node),
        checks=_checks(fields, file),
        columns=_columns(fields[COLUMNS][1], file) if columns else (),
        not_personal=_names(fields["not_personal"][1], "not_personal", file) if "not_personal" in fields else {},
    )


def _fields(header: str, file: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    try:
        root = yaml.compose(header, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ModelError(
            file,
            line,
            f"the header is not YAML: {error.problem}; put values with `: ` or ` #` into quotes or below `|`",
        ) from error
    if not isinstance(root, yaml.MappingNode):
        raise ModelError(file, 1, f"the header is not a YAML mapping; allowed fields: {', '.join(FIELDS)}")
    return _mapping(root, file)


def _mapping(node: yaml.Node, file: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Name -> (key node, value node). Nodes, unlike loaded values, know their lines, keep `on` and `2018` as text, and
    show duplicate names."""
    if not isinstance(node, yaml.MappingNode):
        raise ModelError(file, _line(node), "expected `name: value` lines")
    result: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        if key.value in result:
            raise ModelError(file, _line(key), f"{key.value!r} is given twice; remove one")
        result[key.value] = (key, value)
    return result


def _checks(fields: Mapping[str, tuple[yaml.Node, yaml.Node]], file: str) -> tuple[HeaderCheck, ...]:
    checks: dict[str, HeaderCheck] = {}
    for section, blocking in (("checks", True), ("warnings", False)):
        if section not in fields:
            continue
        for name, (key, value) in _mapping(fields[section][1], file).items():
            if name in checks:
                raise ModelError(file, _line(key), f"check {name!r} is given twice; rename one")
            if not LOWER_SNAKE_CASE.fullmatch(name):
                raise ModelError(file, _line(key), f"check {name!r} is not lower_snake_case")
            checks[name] = HeaderCheck(name, _text(value, name, file), blocking, _line(key))
    return tuple(checks.values())


def _columns(node: yaml.Node, file: str) -> tuple[HeaderColumn, ...]:
    columns = []
    for name, (key, value) in _mapping(node, file).items():
        kind, _, description = _text(value, name, file).partition(" -- ")
        columns.append(HeaderColumn(name, kind.strip(), description.strip(), _line(key)))
    if not columns:
        raise ModelError(file, _line(node), "the table has no columns; add lines `<name>: <type> -- <description>`")
    return tuple(columns)


def _names(node: yaml.Node, field_name: str, file: str) -> dict[str, int]:
    """The columns in a field, each with its line."""
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not nodes:
        raise ModelError(file, _line(node), f"{field_name!r} has no columns; name at least one")
    return {_text(item, field_name, file): _line(item) for item in nodes}


def _text(node: yaml.Node, name: str, file: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        raise ModelError(file, _line(node), f"{name!r} must be a non-empty text")
    return str(node.value).strip()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

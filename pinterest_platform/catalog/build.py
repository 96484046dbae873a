"""Builds a model from a draft: everything that requires the columns of the upstream tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from sqlglot import exp

from pinterest_platform.catalog import checks as table_checks
from pinterest_platform.catalog import function, lineage, merge, portability, query
from pinterest_platform.catalog.drafts import Draft, Sql
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.lineage import Schemas
from pinterest_platform.catalog.model import Check, Merge, Model, ModelColumn
from pinterest_platform.catalog.personal import Personal, Sources, checks_of_pseudonyms, personal_columns, pseudonyms
from pinterest_platform.catalog.pseudonymised import calls

#: (address, column) -> its description, of all tables before the one being built.
Descriptions = Mapping[tuple[str, str], str]


def build(
    draft: Draft,
    schemas: Schemas,
    ancestors: Mapping[str, Sequence[str]],
    descriptions: Descriptions,
    personal: Personal,
    mark: int,
) -> Model:
    """The model of a draft. Adds its columns to `schemas`, which must already hold those of its `ancestors`.

    `ancestors` are all its direct and indirect upstream tables, with the columns of which each has one row per value.
    `mark` identifies the secret for pseudonyms, 0 for none. Raises ModelError for any error in its files.
    """
    columns, sources = _selected(draft, draft.sql, schemas, descriptions) if draft.sql else _declared(draft)
    schemas.add(draft.address, {column.name: column.type for column in columns})
    found = personal_columns(draft, columns, sources, personal)
    columns = tuple(replace(column, personal=column.name in found) for column in columns)
    checks = _checks(draft, schemas, {draft.address, *ancestors})
    kinds = pseudonyms(draft, columns, schemas, personal) if mark else {}
    own_mark = mark if kinds or (draft.sql and calls(draft.sql.tree)) else 0
    return Model(
        address=draft.address,
        path=draft.path,
        sql=draft.sql.text if draft.sql else None,
        function=draft.function,
        description=draft.header.description,
        owner=draft.header.owner,
        key=_key(draft, [column.name for column in columns]),
        checks=tuple(checks_of_pseudonyms(checks, columns)) if mark else checks,
        columns=columns,
        upstreams=tuple(draft.upstreams),
        lineage=sources,
        merge=_merge(draft),
        joined=_joined(draft, ancestors),
        fingerprint=_fingerprint(draft) ^ own_mark or 1,
        pseudonyms=kinds,
        mark=own_mark,
    )


def _selected(
    draft: Draft, sql: Sql, schemas: Schemas, descriptions: Descriptions
) -> tuple[tuple[ModelColumn, ...], Sources]:
    """Columns of the last SELECT, and the source columns of each."""
    file, first_line = draft.file, sql.first_line
    _check_names(sql, file)
    typed = schemas.resolve(sql.tree, file, first_line)
    portability.check(sql.tree, typed, file, first_line)
    types = lineage.column_types(typed, file, first_line)
    names = [projection.output_name for projection in sql.tree.selects]
    sources = lineage.column_lineage(typed, schemas, tuple(draft.upstreams), names)
    return tuple(_columns(sql, names, types, sources, descriptions)), sources


def _declared(draft: Draft) -> tuple[tuple[ModelColumn, ...], Sources]:
    """Columns from the header, for a model without a SELECT. Their sources are unknown."""
    seen: set[str] = set()
    for column in draft.header.columns:
        lineage.check_declared(column.name, column.type, draft.file, column.line)
        if column.name.lower() in seen:
            raise _named_twice(column.name, draft.file, column.line)
        seen.add(column.name.lower())
    return tuple(ModelColumn(column.name, column.type, column.description) for column in draft.header.columns), {}


def _merge(draft: Draft) -> Merge | None:
    """How to merge the table. None for a function: it computes a whole table from whole tables."""
    if draft.sql is None or draft.function is not None:
        return None
    return merge.recognise(draft.sql.tree, draft.header.key, draft.file, draft.sql.first_line)


def _joined(draft: Draft, keys: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """The tables that the table joins by their `keys`. Empty for a function, as in `_merge`."""
    if draft.sql is None or draft.function is not None:
        return {}
    return merge.recognise_join(draft.sql.tree, draft.header.key, keys)


def _fingerprint(draft: Draft) -> int:
    """Fingerprint of the SQL and the function. It is the same on every engine, so engines can take turns."""
    of_sql = query.fingerprint(draft.sql.text) if draft.sql else 0
    of_function = function.fingerprint(draft.function.code) if draft.function else 0
    return of_sql ^ of_function or 1


def _check_names(sql: Sql, file: str) -> None:
    """Require that the last SELECT lists each column and gives it a unique name."""
    seen: set[str] = set()
    for select in _branches(sql.tree):
        line = sql.first_line + query.line(select) - 1
        if any(projection.is_star for projection in select.selects):
            raise ModelError(file, line, "SELECT * in the last SELECT; list the columns, they are the table's contract")
        if len(select.selects) != len(sql.tree.selects):
            raise ModelError(file, line, "the SELECTs of a UNION must have the same number of columns")
    for number, projection in enumerate(sql.tree.selects, start=1):
        name = projection.output_name
        line = sql.first_line + query.line(projection) - 1
        if not name:
            raise ModelError(file, line, f"column {number} of the last SELECT has no name; write `AS <name>`")
        if name.lower() in seen:
            raise _named_twice(name, file, line)
        seen.add(name.lower())


def _named_twice(name: str, file: str, line: int) -> ModelError:
    return ModelError(file, line, f"two columns are named {name!r}; give one of them another name")


def _branches(tree: exp.Expr) -> Iterable[exp.Select]:
    if isinstance(tree, exp.SetOperation):
        yield from _branches(tree.left)
        yield from _branches(tree.right)
    elif isinstance(tree, exp.Subquery):
        yield from _branches(tree.unnest())
    elif isinstance(tree, exp.Select):
        yield tree


def _key(draft: Draft, names: Sequence[str]) -> tuple[str, ...]:
    for name in draft.header.key:
        if name not in names:
            raise ModelError(
                draft.file, draft.header.key_line, f"key {name!r} is not a column; the columns are {', '.join(names)}"
            )
    return draft.header.key


def _checks(draft: Draft, schemas: Schemas, readable: Set[str]) -> tuple[Check, ...]:
    result = list(table_checks.key_checks(draft.address, draft.header.key))
    implied = {check.name for check in result}
    for check in draft.header.checks:
        if check.name in implied:
            raise ModelError(draft.file, check.line, f"check {check.name!r} is implied by the key; leave it out")
        result.append(table_checks.read(check, draft.address, schemas, readable, draft.file))
    return tuple(result)


def _columns(
    sql: Sql,
    names: Sequence[str],
    types: Sequence[str],
    sources: Sources,
    descriptions: Descriptions,
) -> Iterable[ModelColumn]:
    """The columns. One without its own comment inherits the description of its only source column of the same name."""
    comments = query.column_comments(sql.text, sql.tree.selects)
    for name, kind, comment in zip(names, types, comments, strict=True):
        inherited = [descriptions[source] for source in sources[name] if len(sources[name]) == 1 and source[1] == name]
        yield ModelColumn(name, kind, comment or "".join(inherited))

"""From a draft to a model: what can only be known once its upstreams' columns are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from sqlglot import exp

from pinterest_platform.catalog import checks, lineage, merge, portability, query
from pinterest_platform.catalog.drafts import Draft
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.lineage import Schemas
from pinterest_platform.catalog.model import Check, Model, ModelColumn

#: (address, column) -> its description, of all tables before the one being built.
Descriptions = Mapping[tuple[str, str], str]


def build(draft: Draft, schemas: Schemas, ancestors: Set[str], descriptions: Descriptions) -> Model:
    """The model of a draft; its own columns are added to `schemas`, which must hold those of its `ancestors`.

    `ancestors` are all tables it is made of, directly or not. Raises ModelError for whatever the file gets wrong.
    """
    file, first_line = draft.file, draft.first_line
    _check_names(draft)
    typed = schemas.resolve(draft.tree, file, first_line)
    portability.check(draft.tree, typed, file, first_line)
    types = lineage.column_types(typed, file, first_line)
    names = [projection.output_name for projection in draft.tree.selects]
    sources = lineage.column_lineage(typed, schemas, draft.upstreams, names)
    schemas.add(draft.address, dict(zip(names, types, strict=True)))
    return Model(
        address=draft.address,
        path=draft.path,
        sql=draft.sql,
        description=draft.header.description,
        owner=draft.header.owner,
        key=_key(draft, names),
        checks=_checks(draft, schemas, {draft.address, *ancestors}),
        columns=tuple(_columns(draft, names, types, sources, descriptions)),
        upstreams=draft.upstreams,
        lineage=sources,
        merge=merge.recognise(draft.tree, draft.header.key, file, first_line),
        fingerprint=query.fingerprint(draft.sql),
    )


def _check_names(draft: Draft) -> None:
    """Each column of the last SELECT is listed, named, and named once."""
    seen: set[str] = set()
    for select in _branches(draft.tree):
        line = draft.first_line + query.line(select) - 1
        if any(projection.is_star for projection in select.selects):
            raise ModelError(draft.file, line, "SELECT * in the last SELECT; list its columns, they are the contract")
        if len(select.selects) != len(draft.tree.selects):
            raise ModelError(draft.file, line, "the SELECTs of a UNION must have the same number of columns")
    for number, projection in enumerate(draft.tree.selects, start=1):
        name = projection.output_name
        line = draft.first_line + query.line(projection) - 1
        if not name:
            raise ModelError(draft.file, line, f"column {number} of the last SELECT has no name; write `AS <name>`")
        if name.lower() in seen:
            raise ModelError(draft.file, line, f"two columns are named {name!r}; give one of them another name")
        seen.add(name.lower())


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
    result = list(checks.key_checks(draft.address, draft.header.key))
    implied = {check.name for check in result}
    for check in draft.header.checks:
        if check.name in implied:
            raise ModelError(draft.file, check.line, f"check {check.name!r} is implied by the key; leave it out")
        result.append(checks.read(check, draft.address, schemas, readable, draft.file))
    return tuple(result)


def _columns(
    draft: Draft,
    names: Sequence[str],
    types: Sequence[str],
    sources: Mapping[str, tuple[tuple[str, str], ...]],
    descriptions: Descriptions,
) -> Iterable[ModelColumn]:
    """A column without a comment of its own keeps the description of the only column it comes from, if its namesake."""
    comments = query.column_comments(draft.sql, draft.tree.selects)
    for name, kind, comment in zip(names, types, comments, strict=True):
        inherited = [descriptions[source] for source in sources[name] if len(sources[name]) == 1 and source[1] == name]
        yield ModelColumn(name, kind, comment or "".join(inherited))

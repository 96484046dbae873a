"""Finds the columns of a model with personal data, and those that become pseudonyms, from their lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from sqlglot import exp

from pinterest_platform.catalog import query
from pinterest_platform.catalog.drafts import Draft
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.lineage import Schemas, column_lineage
from pinterest_platform.catalog.model import Check, ModelColumn
from pinterest_platform.catalog.pseudonymised import COARSE_TYPES, FUNCTION, Kind, calls, without_calls

#: (address, column) -> the column, for all columns with personal data in the tables before a model.
Personal = Mapping[tuple[str, str], ModelColumn]
#: Column -> the (address, column) pairs that its value is computed from.
Sources = Mapping[str, tuple[tuple[str, str], ...]]


def personal_columns(draft: Draft, columns: Sequence[ModelColumn], sources: Sources, personal: Personal) -> Set[str]:
    """Columns with personal data: those with a personal source column, except for the header's `not_personal`.

    The columns of a function have no lineage. So all of them count as personal if a table that it reads has any.
    """
    names = [column.name for column in columns]
    for name, line in draft.header.not_personal.items():
        if name not in names:
            raise ModelError(
                draft.file, line, f"not_personal {name!r} is not a column; the columns are {', '.join(names)}"
            )
    if draft.sql:
        found = {name for name in names if personal.keys() & {*sources[name]}}
    else:
        found = {*names} if any(address in draft.upstreams for address, _ in personal) else set()
    return found - draft.header.not_personal.keys()


def pseudonyms(
    draft: Draft, columns: Sequence[ModelColumn], schemas: Schemas, personal: Personal
) -> Mapping[str, Kind]:
    """Columns of a model that become pseudonyms or coarse: those computed from raw tables without PSEUDONYM.

    Raises ModelError if names would pass through, or be compared with pseudonyms.
    """
    raw = {source for source in personal if source[0].startswith("raw/") and source[0] in draft.upstreams}
    if not raw:
        return {}
    texts = {source for source in raw if personal[source].type == "string"}
    if draft.function is not None and texts:
        raise ModelError(
            draft.file,
            1,
            f"it reads {_named(texts)} in PySpark, which does not create pseudonyms; read a cleaned table instead, or "
            "unset PINTEREST_PSEUDONYM_SECRET",
        )
    assert draft.sql, "a model without a function has SQL"
    tree = without_calls(draft.sql.tree.copy(), hidden=True)
    typed = schemas.resolve(tree, draft.file, draft.sql.first_line)
    sources = column_lineage(typed, schemas, tuple(draft.upstreams), [column.name for column in columns])
    if not calls(draft.sql.tree):
        _refuse_mixed_names(draft, personal, texts)
    found = ((column.name, _kind(draft, column, {*sources[column.name]} & raw, personal)) for column in columns)
    return {name: kind for name, kind in found if kind}


def _kind(draft: Draft, column: ModelColumn, sources: Set[tuple[str, str]], personal: Personal) -> Kind | None:
    if not sources or not column.personal:
        return None
    if column.type == "string":
        return "pseudonym"
    if "string" in column.type:
        raise ModelError(
            draft.file,
            1,
            f"column {column.name!r} is computed from {_named(sources)} and has the type {column.type}: only strings "
            "become pseudonyms. Give each string its own column, leave it out, or unset PINTEREST_PSEUDONYM_SECRET",
        )
    is_coarse = column.type in COARSE_TYPES and all(personal[source].coarse for source in sources)
    return "coarse" if is_coarse else None


def _refuse_mixed_names(draft: Draft, personal: Personal, texts: Set[tuple[str, str]]) -> None:
    """Refuse a model that reads names and pseudonyms: it may compare them, and they are never equal."""
    others = {source for source in personal if source[0] in draft.upstreams and not source[0].startswith("raw/")}
    if texts and any(personal[source].type == "string" for source in others):
        raise ModelError(
            draft.file,
            1,
            f"it reads names in {_named(texts)} and pseudonyms in {_named(others)}, which are never equal: to compare "
            f"them, write {FUNCTION}(x) around the name",
        )


def _named(sources: Iterable[tuple[str, str]]) -> str:
    return ", ".join(sorted(f"{address}.{column}" for address, column in sources))


def checks_of_pseudonyms(checks: Iterable[Check], columns: Sequence[ModelColumn]) -> Iterator[Check]:
    """The checks that still apply if personal texts are pseudonyms. Predicates on the form of such a text do not."""
    texts = {column.name for column in columns if column.personal and column.type == "string"}
    for check in checks:
        if check.is_query or not _looks_at(check.sql, texts):
            yield check


def _looks_at(predicate: str, names: Set[str]) -> bool:
    tree = query.parse(f"SELECT * FROM t WHERE {predicate}", "check")
    return any(column.name in names and not isinstance(column.parent, exp.Is) for column in tree.find_all(exp.Column))

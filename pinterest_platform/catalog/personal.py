"""What of a model tells of persons, and what becomes a pseudonym in it: read from its columns' lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from sqlglot import exp

from pinterest_platform.catalog import query
from pinterest_platform.catalog.drafts import Draft
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.lineage import Schemas, column_lineage
from pinterest_platform.catalog.model import Check, ModelColumn
from pinterest_platform.catalog.pseudonymised import COARSE_TYPES, FUNCTION, Kind, calls, without_calls

#: (address, column) -> that column, of all in the tables before a model whose values tell of a person.
Personal = Mapping[tuple[str, str], ModelColumn]
#: Column -> the (address, column) pairs its value comes from.
Sources = Mapping[str, tuple[tuple[str, str], ...]]


def personal_columns(draft: Draft, columns: Sequence[ModelColumn], sources: Sources, personal: Personal) -> Set[str]:
    """Columns that tell of a person: those with a source that does, less what the header takes out. Of a function
    nobody knows which those are, so that all its columns are taken for such where a table that it reads has any."""
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
    """Columns of a model that become pseudonyms, or coarse: those made of raw tables without PSEUDONYM.

    Raises ModelError where names would come through, or be compared with pseudonyms.
    """
    raw = {source for source in personal if source[0].startswith("raw/") and source[0] in draft.upstreams}
    if not raw:
        return {}
    texts = {source for source in raw if personal[source].type == "string"}
    if draft.function is not None and texts:
        raise ModelError(
            draft.file,
            1,
            f"it reads {_named(texts)} in PySpark, where no pseudonym is made; read a cleaned table instead, or unset "
            "PINTEREST_PSEUDONYM_SECRET",
        )
    assert draft.sql, "there is SQL where there is no function"
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
            f"column {column.name!r} is made of {_named(sources)} and has the type {column.type}: only a "
            "string becomes a pseudonym. Give each text a column, leave it out, or unset PINTEREST_PSEUDONYM_SECRET",
        )
    is_coarse = column.type in COARSE_TYPES and all(personal[source].coarse for source in sources)
    return "coarse" if is_coarse else None


def _refuse_mixed_names(draft: Draft, personal: Personal, texts: Set[tuple[str, str]]) -> None:
    """A name beside pseudonyms may be compared with them, and is equal to none."""
    others = {source for source in personal if source[0] in draft.upstreams and not source[0].startswith("raw/")}
    if texts and any(personal[source].type == "string" for source in others):
        raise ModelError(
            draft.file,
            1,
            f"it reads names in {_named(texts)} and pseudonyms in {_named(others)}: where it compares them, write "
            f"{FUNCTION}(x) around the name",
        )


def _named(sources: Iterable[tuple[str, str]]) -> str:
    return ", ".join(sorted(f"{address}.{column}" for address, column in sources))


def checks_of_pseudonyms(checks: Iterable[Check], columns: Sequence[ModelColumn]) -> Iterator[Check]:
    """The checks that still mean something where texts that tell of persons are pseudonyms: not a predicate on how such
    a text looks."""
    texts = {column.name for column in columns if column.personal and column.type == "string"}
    for check in checks:
        if check.is_query or not _looks_at(check.sql, texts):
            yield check


def _looks_at(predicate: str, names: Set[str]) -> bool:
    tree = query.parse(f"SELECT * FROM t WHERE {predicate}", "check")
    return any(column.name in names and not isinstance(column.parent, exp.Is) for column in tree.find_all(exp.Column))

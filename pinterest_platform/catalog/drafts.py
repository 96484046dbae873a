"""Model files as found: their names, headers and trees, and the order to compute them in.

What needs the columns of upstream tables is not done here but by `build`, which comes after.
"""

from __future__ import annotations

import graphlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from pinterest_platform import schemas
from pinterest_platform.catalog import header, query
from pinterest_platform.catalog.errors import ModelError

#: Layers computed by models; data goes one way: raw, then these in this order.
LAYERS = ("cleaned", "analytics")


@dataclass(frozen=True)
class Draft:
    """A model file read by itself.

    `first_line` is the file line the SQL begins on, `upstreams` the addresses it reads, in order of appearance.
    """

    address: str
    path: Path
    header: header.Header
    sql: str
    first_line: int
    tree: exp.Query
    upstreams: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{self.address}.sql"

    @property
    def layer(self) -> str:
        return self.address.partition("/")[0]


def read_drafts(folder: Path) -> Mapping[str, Draft]:
    """Address -> draft of each `<layer>/<name>.sql` under `folder`.

    Raises ModelError for the first broken file, or where there is none at all.
    """
    drafts = {}
    for path in sorted(folder.rglob("*.sql")):
        file = path.relative_to(folder).as_posix()
        layer, _, name = file.removesuffix(".sql").partition("/")
        if layer not in LAYERS or not name or "/" in name:
            raise ModelError(file, 1, f"a model must be in one of the folders {', '.join(LAYERS)}: <folder>/<name>.sql")
        if not header.LOWER_SNAKE_CASE.fullmatch(name):
            raise ModelError(
                file, 1, f"{name!r} is not lower_snake_case; a file is named as its table: users_by_year.sql"
            )
        drafts[f"{layer}/{name}"] = _read(path, f"{layer}/{name}", file)
    if not drafts:
        raise ModelError(folder.as_posix(), 1, f"no model files; a models folder holds {', '.join(LAYERS)} with *.sql")
    return drafts


def _read(path: Path, address: str, file: str) -> Draft:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(file, 1, f"the file is not UTF-8: {error}") from error
    head, sql = header.split(text)
    first_line = head.count("\n") + 1
    fields, tree = header.read(head, file), query.parse(sql, file, first_line)
    upstreams = tuple(dict.fromkeys(query.address(table) for table in query.tables(tree)))
    return Draft(address, path, fields, sql, first_line, tree, upstreams)


def in_order(drafts: Mapping[str, Draft], raw: Sequence[str]) -> tuple[Draft, ...]:
    """The drafts, each after its upstreams, the same order at each call.

    Raises ModelError for a table that does not exist or is in a later layer, and for a cycle.
    """
    for draft in drafts.values():
        _check_upstreams(draft, (*raw, *drafts))
    graph = {address: [u for u in drafts[address].upstreams if u in drafts] for address in sorted(drafts, key=_rank)}
    sorter = graphlib.TopologicalSorter(graph)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        cycle: list[str] = error.args[1]
        reader = drafts[cycle[1]]
        raise ModelError(
            reader.file,
            _line_of(reader, cycle[0]),
            f"tables are made of each other: {' -> '.join(cycle)}; each must be made of tables that do not need it",
        ) from error
    result = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=_rank)
        result += [drafts[address] for address in ready]
        sorter.done(*ready)
    return tuple(result)


def _check_upstreams(draft: Draft, known: Sequence[str]) -> None:
    query.check_tables(draft.tree, known, draft.file, draft.first_line)
    later = LAYERS[LAYERS.index(draft.layer) + 1 :]
    for upstream in draft.upstreams:
        if upstream.partition("/")[0] in later:
            raise ModelError(
                draft.file,
                _line_of(draft, upstream),
                f"a {draft.layer} table cannot read {upstream.replace('/', '.')}: data goes one way, "
                f"raw, then {', then '.join(LAYERS)}",
            )


def _line_of(draft: Draft, upstream: str) -> int:
    sites = [table for table in query.tables(draft.tree) if query.address(table) == upstream]
    return draft.first_line + query.line(sites[0]) - 1


def _rank(address: str) -> tuple[int, int, str]:
    """Layers in order; in a layer the tables named as topics in the topics' order, then the others by name."""
    layer, _, name = address.partition("/")
    topics = schemas.TOPIC_SUFFIXES
    return LAYERS.index(layer), topics.index(name) if name in topics else len(topics), name

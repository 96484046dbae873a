"""Model files as written: their names, headers and trees, and the order to compute them in.

`build` comes afterwards and does everything that requires the columns of upstream tables.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlglot import exp

from pinterest_platform.catalog import function, header, query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.model import Function
from pinterest_platform.domain import Domain


@dataclass(frozen=True)
class Sql:
    """The SQL of a file, which begins on `first_line` of the file."""

    text: str
    first_line: int
    tree: exp.Query


@dataclass(frozen=True)
class Draft:
    """One model, read from its file at `path` without its upstreams: SQL, or else a function.

    `upstreams` maps each address that the model reads to the line of its first mention, in order of appearance.
    """

    address: str
    path: Path
    header: header.Header
    sql: Sql | None
    function: Function | None
    upstreams: Mapping[str, int]

    @property
    def file(self) -> str:
        return f"{self.address}{self.path.suffix}"

    @property
    def layer(self) -> str:
        return self.address.partition("/")[0]


def read_drafts(domain: Domain) -> Mapping[str, Draft]:
    """Address -> draft of each `<layer>/<name>.sql`, `<layer>/<name>.py`, or both, in the domain's folder of models.

    Raises ModelError for the first broken file, or if the folder has no files.
    """
    folder, layers = domain.models, tuple(domain.layers)
    found: dict[str, dict[str, Path]] = {}
    for path in sorted([*folder.rglob("*.sql"), *folder.rglob("*.py")]):
        found.setdefault(_address(path.relative_to(folder), layers), {})[path.suffix] = path
    if not found:
        raise ModelError(folder.as_posix(), 1, f"no model files; put *.sql files into its folders {', '.join(layers)}")
    return {address: _read(address, paths) for address, paths in found.items()}


def _address(path: Path, layers: Sequence[str]) -> str:
    file, layer, name = path.as_posix(), path.parent.as_posix(), path.stem
    if layer not in layers:
        raise ModelError(
            file, 1, f"a model must be in one of the folders {', '.join(layers)}: <folder>/<name>{path.suffix}"
        )
    if not header.LOWER_SNAKE_CASE.fullmatch(name):
        raise ModelError(
            file, 1, f"{name!r} is not lower_snake_case; name the file like its table: users_by_year{path.suffix}"
        )
    # Batch runs and streams merge new rows into tables of the first layer.
    if path.suffix == ".py" and layer not in layers[1:]:
        raise ModelError(
            file,
            1,
            f"a function computes whole tables, which is allowed only in {', '.join(layers[1:])}; write "
            f"{layer}/{name}.sql",
        )
    return f"{layer}/{name}"


def _read(address: str, paths: Mapping[str, Path]) -> Draft:
    if ".py" not in paths:
        return _read_sql(address, paths[".sql"])
    file, path = f"{address}.py", paths[".py"]
    found = function.read(_text(path, file), path, file)
    if ".sql" not in paths:
        fields = header.read(found.header, file, columns=True)
        return Draft(address, path, fields, None, found.function, found.upstreams)
    draft = _read_sql(address, paths[".sql"])
    function.check_tables(found.upstreams, draft.upstreams, file, f"in {draft.file}")
    return replace(draft, function=found.function)


def _read_sql(address: str, path: Path) -> Draft:
    return read_sql(address, path, _text(path, f"{address}.sql"))


def read_sql(address: str, path: Path, content: str) -> Draft:
    """The draft of a table or view from the content of its file. Raises ModelError if it is broken."""
    file = f"{address}.sql"
    head, text = header.split(content)
    first_line = head.count("\n") + 1
    fields, tree = header.read(head, file), query.parse(text, file, first_line)
    upstreams: dict[str, int] = {}
    for table in query.tables(tree):
        upstreams.setdefault(query.address(table), first_line + query.line(table) - 1)
    return Draft(address, path, fields, Sql(text, first_line, tree), None, upstreams)


def _text(path: Path, file: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(file, 1, f"the file is not UTF-8: {error}") from error


def in_order(drafts: Mapping[str, Draft], raw: Sequence[str], domain: Domain) -> tuple[Draft, ...]:
    """The drafts in a stable order, each after its upstreams.

    Layers come in their order. In a layer, tables that are named like a record come first, in the records' order, then
    the others by name. Raises ModelError for a table that does not exist or is in a later layer, and for a cycle.
    """
    layers, records = tuple(domain.layers), tuple(domain.records)

    def rank(address: str) -> tuple[int, str]:
        name = address.partition("/")[2]
        return records.index(name) if name in records else len(records), name

    for draft in drafts.values():
        _check_upstreams(draft, (*raw, *drafts), layers)
    result = []
    for layer in layers:
        names = sorted((address for address, draft in drafts.items() if draft.layer == layer), key=rank)
        result += [address for ready in _in_batches(names, drafts) for address in sorted(ready, key=rank)]
    return tuple(drafts[address] for address in result)


def _in_batches(addresses: Sequence[str], drafts: Mapping[str, Draft]) -> Iterator[Sequence[str]]:
    """Tables of one layer, each batch after those that it reads. Raises ModelError for a cycle."""
    graph = {address: [u for u in drafts[address].upstreams if u in addresses] for address in addresses}
    sorter = graphlib.TopologicalSorter(graph)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        cycle: list[str] = error.args[1]
        reader = drafts[cycle[1]]
        raise ModelError(
            reader.file,
            reader.upstreams[cycle[0]],
            f"circular dependency: {' -> '.join(cycle)}; no table may depend on itself",
        ) from error
    while sorter.is_active():
        ready = sorter.get_ready()
        yield ready
        sorter.done(*ready)


def _check_upstreams(draft: Draft, known: Sequence[str], layers: Sequence[str]) -> None:
    if draft.sql is None:
        function.check_tables(draft.upstreams, known, draft.file, "here")
    else:
        query.check_tables(draft.sql.tree, known, draft.file, draft.sql.first_line)
    later = layers[layers.index(draft.layer) + 1 :]
    for upstream, line in draft.upstreams.items():
        if upstream.partition("/")[0] in later:
            raise ModelError(
                draft.file,
                line,
                f"a {draft.layer} table cannot read {upstream.replace('/', '.')}: data flows one way, "
                f"raw, then {', then '.join(layers)}",
            )

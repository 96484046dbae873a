"""The command lineage: traces a column back to the source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console

if TYPE_CHECKING:
    from rich.tree import Tree

    from pinterest_platform.catalog import Catalog
    from pinterest_platform.catalog.derivation import Derivation, Derivations


def lineage(
    table: Annotated[
        str | None,
        typer.Argument(help="A table, for example `analytics/users_joined_by_year`, or its column: `TABLE.post_year`."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page to this file instead. Without TABLE, the page has all tables.")
    ] = None,
) -> None:
    """Trace the columns of a table back to the source, through the SQL that computes them.

    Examples: `pinterest-platform lineage analytics/top_user_by_country.follower_count`,
    `pinterest-platform lineage --html lineage.html`
    """
    from pinterest_platform.catalog.derivation import Derivations
    from pinterest_platform.domains import load
    from pinterest_platform.streaming.catalog import load_catalog

    catalog = load_catalog(*load())
    derivations = Derivations(catalog)
    address, column = _named(derivations, _addresses(catalog), table) if table else ("", "")
    if html:
        from pinterest_platform.report.lineage import page

        html.write_text(page(derivations, [address] if address else list(catalog.models), column), encoding="utf-8")
        return
    if not address:
        raise typer.BadParameter("name a table. Tables: " + ", ".join(_addresses(catalog)), param_hint="TABLE")
    console().print(_tree(derivations, address, column))


def _addresses(catalog: Catalog) -> list[str]:
    return [*catalog.addresses, *catalog.views]


def _named(derivations: Derivations, known: list[str], text: str) -> tuple[str, str]:
    """Parse an address and a column, which may be empty. The SQL form `layer.table` works too."""
    from pinterest_platform.catalog.query import nearest

    name = text if "/" in text else text.replace(".", "/", 1)
    address, _, column = name.partition(".")
    if address not in known:
        raise typer.BadParameter(f"unknown table {address!r}: {nearest(address, known)}", param_hint="TABLE")
    names = [derivation.column for derivation in derivations.columns(address)]
    if column and column not in names:
        raise typer.BadParameter(f"{address} has no column {column!r}. Columns: {', '.join(names)}", param_hint="TABLE")
    return address, column


def _tree(derivations: Derivations, address: str, column: str) -> Tree:
    from rich.markup import escape
    from rich.tree import Tree

    origin = derivations.origin(address)
    tree = Tree(f"[bold]{escape(address)}[/]  {escape(origin.description)}")
    for rule in origin.rules:
        tree.add(f"[dim]{escape(rule)}[/]")
    for derivation in derivations.columns(address):
        if column in ("", derivation.column):
            _add(tree, derivations, derivation)
    return tree


def _add(tree: Tree, derivations: Derivations, derivation: Derivation) -> None:
    from rich.markup import escape

    mark = "  [magenta]personal[/]" if derivation.personal else ""
    name = f"{derivation.address}.[bold]{escape(derivation.column)}[/] [dim]{derivation.type}[/]{mark}"
    branch = tree.add(f"{name}  {escape(derivation.description)}")
    for expression in derivation.expressions:
        branch.add(f"[cyan]{escape(expression)}[/]")
    for source in derivation.sources:
        _add(branch, derivations, source)
    if derivation.expressions and not derivation.sources:
        upstreams = ", ".join(derivations.origin(derivation.address).upstreams)
        branch.add(f"from the rows of {escape(upstreams)}")

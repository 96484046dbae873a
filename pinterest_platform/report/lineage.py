"""The page on the lineage of columns. `catalog.derivation` finds how each is derived."""

from __future__ import annotations

from collections.abc import Iterable

from pinterest_platform.catalog.derivation import Derivation, Derivations, Origin
from pinterest_platform.report.figures.svg import templates

Lineage = list[tuple[Origin, list[Derivation]]]


def lineage(derivations: Derivations, addresses: Iterable[str], column: str = "") -> Lineage:
    """The tables at these addresses, with the derivation of all their columns, or of `column` only.

    Raises:
        KeyError: a table does not exist.
    """
    return [
        (derivations.origin(address), [d for d in derivations.columns(address) if column in ("", d.column)])
        for address in addresses
    ]


def page(derivations: Derivations, addresses: Iterable[str], column: str = "") -> str:
    """The lineage as HTML: a single file without scripts or network access."""
    tables = lineage(derivations, addresses, column)
    return templates().get_template("lineage.html.j2").render(tables=tables)

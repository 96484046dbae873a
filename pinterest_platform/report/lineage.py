"""The page on where columns come from. How they are derived is found by `catalog.derivation`."""

from __future__ import annotations

from collections.abc import Iterable

from pinterest_platform.catalog.derivation import Derivation, Derivations, Origin
from pinterest_platform.report.figures.svg import templates

Lineage = list[tuple[Origin, list[Derivation]]]


def lineage(derivations: Derivations, addresses: Iterable[str], column: str = "") -> Lineage:
    """The tables at these addresses, with how each of their columns, or that one, came about.

    Raises:
        KeyError: there is no such table.
    """
    return [
        (derivations.origin(address), [d for d in derivations.columns(address) if column in ("", d.column)])
        for address in addresses
    ]


def page(derivations: Derivations, addresses: Iterable[str], column: str = "") -> str:
    """The same as HTML: one file without script or network."""
    tables = lineage(derivations, addresses, column)
    return templates().get_template("lineage.html.j2").render(tables=tables)

"""The page on where columns come from. How they are derived is found by `catalog.derivation`."""

from __future__ import annotations

from collections.abc import Iterable

from pinterest_platform.catalog.derivation import Derivations
from pinterest_platform.report.figures.svg import templates


def page(derivations: Derivations, addresses: Iterable[str], column: str = "") -> str:
    """The tables at these addresses as HTML, with every column, or that one: one file without script or network.

    Raises:
        KeyError: there is no such table.
    """
    tables = [
        (
            derivations.origin(address),
            [found for found in derivations.columns(address) if column in ("", found.column)],
        )
        for address in addresses
    ]
    return templates().get_template("lineage.html.j2").render(tables=tables)

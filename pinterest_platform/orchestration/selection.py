"""Which assets the words of a command name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import dagster as dg

from pinterest_platform.addresses import layer
from pinterest_platform.domain import Domain
from pinterest_platform.errors import PlatformError
from pinterest_platform.orchestration.build import LEFT_OUT
from pinterest_platform.orchestration.results import address_of

#: Layers that the command `stream` reads and no run of the graph does.
_STREAMED = ("stream", "live")


class SelectionError(PlatformError):
    """A word names nothing that a run can make; the message says what there is."""


def selected_keys(
    definitions: dg.Definitions, domain: Domain, select: Sequence[str], *, tables_only: bool = False
) -> list[dg.AssetKey]:
    """Assets that the words name, each a table, a layer, or with `+` before it also all that it is made of; every
    asset where there are no words, or only tables.

    Raises:
        SelectionError: a word names nothing, or something that a run leaves out.
    """
    graph = definitions.resolve_asset_graph()
    known = {
        address: key
        for key in sorted(graph.materializable_asset_keys)
        if layer(address := address_of(domain, key))
        not in (*_STREAMED, *(["report", "warehouse"] if tables_only else []))
    }
    left_out = cast("Mapping[str, str]", definitions.metadata[LEFT_OUT].value)
    chosen: set[dg.AssetKey] = set()
    for text in select:
        name = text.removeprefix("+")
        found = [key for address, key in known.items() if name in (address, layer(address))]
        if name in left_out:
            raise SelectionError(f"{name} is left out: {left_out[name]}")
        if layer(name) in _STREAMED:
            raise SelectionError(f"{name} is read by `pinterest-platform stream --once`, which has an option --only")
        if not found:
            layers = sorted(set(map(layer, known)))
            raise SelectionError(f"{text!r} names no table or layer; there are {', '.join([*layers, *known])}")
        chosen.update(found)
        if text.startswith("+"):
            chosen |= dg.AssetSelection.assets(*found).upstream().resolve(graph)
    return sorted(chosen) if select else list(known.values())

"""Resolves the selection of a command to assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import dagster as dg

from pinterest_platform.addresses import layer
from pinterest_platform.domain import Domain
from pinterest_platform.errors import PlatformError
from pinterest_platform.orchestration.build import LEFT_OUT
from pinterest_platform.orchestration.results import address_of

#: Layers that the command `stream` updates, and no run of the graph.
_STREAMED = ("stream", "live")


class SelectionError(PlatformError):
    """A selection matches nothing that a run can materialize; the message lists what it can name."""


def selected_keys(
    definitions: dg.Definitions, domain: Domain, select: Sequence[str], *, tables_only: bool = False
) -> list[dg.AssetKey]:
    """The assets that `select` names. Each word is a table or a layer; a `+` before it adds everything upstream.

    If `select` is empty: every asset, or with `tables_only` every table.

    Raises:
        SelectionError: a word matches nothing, or an asset that a run leaves out.
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
            raise SelectionError(
                f"{name} cannot be selected: `pinterest-platform stream --once` updates it. Name the stream with --only"
            )
        if not found:
            layers = sorted(set(map(layer, known)))
            raise SelectionError(f"{text!r} is not a table or layer. Choose from {', '.join([*layers, *known])}")
        chosen.update(found)
        if text.startswith("+"):
            chosen |= dg.AssetSelection.assets(*found).upstream().resolve(graph)
    return sorted(chosen) if select else list(known.values())

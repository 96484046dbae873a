"""Opens the store for the address of a landing zone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.keys import TOPICS
from pinterest_platform.landing.layouts import Layout
from pinterest_platform.landing.store import LandingError
from pinterest_platform.landing.zone import Store, Zone
from pinterest_platform.s3.address import is_s3
from pinterest_platform.settings import Settings


def open_zone(settings: Settings, known: Callable[[str, int], int] | None = None) -> Zone:
    """The landing zone of the settings. For incremental listings, pass `known`; see `Zone`.

    Raises:
        LandingError: the kind of address is not supported.
    """
    layout = None if settings.landing_layout == "auto" else Layout(settings.landing_layout)
    return Zone(open_store(settings.landing_root, settings.landing_topics_dir), layout, known)


def open_store(landing: str, topics_dir: str = TOPICS) -> Store:
    """The store for a `PINTEREST_LANDING` value.

    Raises:
        LandingError: the kind of address is not supported.
    """
    if is_s3(landing):
        from pinterest_platform.landing.s3 import BucketStore

        return BucketStore.at(landing, topics_dir)
    if "://" in landing:
        raise LandingError(
            f"landing zone: PINTEREST_LANDING={landing!r} is not supported. Set a folder or s3://bucket/prefix."
        )
    return FolderStore(Path(landing), topics_dir)

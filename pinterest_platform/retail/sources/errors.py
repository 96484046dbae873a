"""The one error of the retail sources."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class SourceError(PlatformError):
    """A source cannot be read whole. The message names its place, without passwords, and what to do."""


def cut_short(place: str, what: str) -> SourceError:
    return SourceError(f"{place}: not read whole: {what}. Nothing of it is taken; put the whole one there, run again.")


def absent(place: str, why: str, setting: str) -> SourceError:
    return SourceError(
        f"{place}: {why}. Put it there, name another in {setting}, or make sources to try with: `pinterest-platform "
        "--domain retail generate`."
    )

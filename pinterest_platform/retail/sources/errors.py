"""The error of the retail sources."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class SourceError(PlatformError):
    """A source cannot be read completely. The message names its location, without passwords, and what to do."""


def cut_short(place: str, what: str) -> SourceError:
    return SourceError(f"{place}: incomplete: {what}. No rows were taken. Provide the complete source, then run again.")


def absent(place: str, why: str, setting: str) -> SourceError:
    return SourceError(
        f"{place}: {why}. Put the file there, set {setting} to another one, or generate sample sources with "
        "`pinterest-platform --domain retail generate`."
    )

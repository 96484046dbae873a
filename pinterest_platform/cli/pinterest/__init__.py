"""Commands that only Pinterest's domain has: its source, posting its rows, and the demos of the whole way. No other
module of the platform imports `pinterest_platform.pinterest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinterest_platform.settings import Settings


def own_settings(**overrides: object) -> Settings:
    """The settings for a command of this domain; `overrides` win.

    Raises:
        SettingsError: a setting has a value that is not allowed.
        DomainError: PINTEREST_DOMAIN names another domain.
    """
    from pinterest_platform.domain import DomainError
    from pinterest_platform.domains import load
    from pinterest_platform.pinterest import PINTEREST

    settings, domain = load(**overrides)
    if domain.name != PINTEREST.name:
        raise DomainError(
            f"PINTEREST_DOMAIN={settings.domain!r}: this command is for the domain {PINTEREST.name!r} only, whose "
            "source it knows. Leave PINTEREST_DOMAIN out, or land records of your own in PINTEREST_LANDING"
        )
    return settings

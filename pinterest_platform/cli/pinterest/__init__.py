"""Commands of the Pinterest domain only: its source, posting its rows, and the end-to-end demos. No other module of the
platform imports `pinterest_platform.pinterest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinterest_platform.settings import Settings


def own_settings(**overrides: object) -> Settings:
    """Load the settings for a command of this domain. `overrides` take precedence.

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
            f"PINTEREST_DOMAIN={settings.domain!r}: this command works with the source of the domain "
            f"{PINTEREST.name!r} only. Unset PINTEREST_DOMAIN, or land your own records in PINTEREST_LANDING."
        )
    return settings

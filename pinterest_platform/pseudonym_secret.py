"""Reads the secret of pseudonyms from the settings, or from AWS Secrets Manager under the name in the settings."""

from __future__ import annotations

from functools import cache

from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.secrets_manager import secret_text
from pinterest_platform.settings import Settings, SettingsError

#: Minimum length of a secret: anyone who guesses it can test names.
_SHORTEST = 16


def pseudonyms_of(settings: Settings) -> Pseudonyms | None:
    """Pseudonyms by the secret that the settings contain or name; None if they do neither.

    Raises:
        SettingsError: the secret is too short, cannot be read, or is required but missing. The message never contains
            the secret.
    """
    name = settings.pseudonym_secret_name
    given = _secret_of(name) if name else settings.pseudonym_secret.get_secret_value()
    if not given:
        if settings.pseudonyms_required:
            raise SettingsError(
                "PINTEREST_PSEUDONYMS_REQUIRED is set, but the secret is missing: names would be written unchanged. "
                "Set PINTEREST_PSEUDONYM_SECRET or PINTEREST_PSEUDONYM_SECRET_NAME"
            )
        return None
    if len(given) < _SHORTEST:
        called = f"PINTEREST_PSEUDONYM_SECRET_NAME={name!r}: the secret" if name else "PINTEREST_PSEUDONYM_SECRET"
        raise SettingsError(
            f"{called} has {len(given)} characters; use at least {_SHORTEST} that nobody can guess, for example from "
            "`openssl rand -hex 32`"
        )
    return Pseudonyms(given.encode())


@cache
def _secret_of(name: str) -> str:
    """A secret from AWS Secrets Manager, read once per process."""
    found = secret_text(name, called := "PINTEREST_PSEUDONYM_SECRET_NAME")
    if not found:
        raise SettingsError(f"{called}={name!r}: the secret has no text; store it as plain text")
    return found

"""The secret of pseudonyms: given by the settings, or held by AWS Secrets Manager under the name that they give."""

from __future__ import annotations

from functools import cache

from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.secrets_manager import secret_text
from pinterest_platform.settings import Settings, SettingsError

#: Characters that a secret has at least: whoever guesses it can try names.
_SHORTEST = 16


def pseudonyms_of(settings: Settings) -> Pseudonyms | None:
    """Those by the secret that the settings give or name; None where they do neither.

    Raises:
        SettingsError: the secret is too short, cannot be had, or is required and not given. Nothing of it is in the
            message.
    """
    name = settings.pseudonym_secret_name
    given = _secret_of(name) if name else settings.pseudonym_secret.get_secret_value()
    if not given:
        if settings.pseudonyms_required:
            raise SettingsError(
                "PINTEREST_PSEUDONYMS_REQUIRED is set, and no secret is given: names would be written as they are. Set "
                "PINTEREST_PSEUDONYM_SECRET or PINTEREST_PSEUDONYM_SECRET_NAME"
            )
        return None
    if len(given) < _SHORTEST:
        called = f"PINTEREST_PSEUDONYM_SECRET_NAME={name!r}: the secret" if name else "PINTEREST_PSEUDONYM_SECRET"
        raise SettingsError(
            f"{called} has {len(given)} characters; give at least {_SHORTEST} that nobody can guess, as "
            "`openssl rand -hex 32` makes them"
        )
    return Pseudonyms(given.encode())


@cache
def _secret_of(name: str) -> str:
    """A secret of AWS Secrets Manager, asked for once a process."""
    found = secret_text(name, called := "PINTEREST_PSEUDONYM_SECRET_NAME")
    if not found:
        raise SettingsError(f"{called}={name!r}: it holds no text; store the secret as plain text")
    return found

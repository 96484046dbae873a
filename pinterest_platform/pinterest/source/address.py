"""The URL of the source database: from the settings, with user and password from AWS Secrets Manager if configured."""

from __future__ import annotations

import json
from typing import Any

from pinterest_platform.pinterest.source.source_tables import SourceError, connectable, parsed_url
from pinterest_platform.secrets_manager import secret_text
from pinterest_platform.settings import Settings, SettingsError


def source_url(settings: Settings) -> str:
    """The SQLAlchemy URL of the source database, with its password. Never print it: see `source_tables.hidden`.

    With `PINTEREST_SOURCE_SECRET`, the members `username`, `password`, `host`, `port` and `dbname` of that secret, if
    present, replace the parts of the URL.

    Raises:
        SourceError: the URL is invalid, or the secret cannot be read. The message contains nothing of its value.
    """
    if not settings.source_secret:
        return settings.source
    secret = read_secret(settings.source_secret)
    base = parsed_url(settings.source_url or "mysql+pymysql://")
    url = base.set(
        username=secret.get("username") or base.username,
        password=secret["password"],
        host=secret.get("host") or base.host,
        port=int(secret.get("port") or base.port or 3306),
        database=secret.get("dbname") or base.database,
    ).render_as_string(hide_password=False)
    connectable(url).dispose()
    return url


def read_secret(name: str, called: str = "PINTEREST_SOURCE_SECRET") -> dict[str, Any]:
    """A secret of AWS Secrets Manager that contains a password. `called` is the setting that names it.

    Raises:
        SourceError: it cannot be read. The message contains nothing of its value.
    """
    try:
        secret = json.loads(secret_text(name, called))
    except SettingsError as error:
        raise SourceError(str(error)) from None
    except ValueError:
        secret = None
    if not isinstance(secret, dict) or "password" not in secret:
        raise SourceError(f"{called}={name!r}: must be a JSON object with username and password, as RDS writes it.")
    return secret

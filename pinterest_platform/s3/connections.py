"""botocore's sessions and clients of S3, shared by all buckets of a process that are accessed in the same way.

A run uses a bucket in a dozen places, and a session and a client take 40 ms to create. Environment and profiles are
read again every minute.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from pinterest_platform.s3 import retries
from pinterest_platform.s3.access import Access

#: Seconds for which a connection is shared. Who has one keeps it.
_SHARED_SECONDS = 60


@dataclass(frozen=True)
class Connection:
    """A session and a boto3 client with the same access."""

    access: Access
    session: Any
    client: Any

    @cached_property
    def own_endpoint(self) -> str:
        """AWS's own endpoint, even if another one is configured."""
        access = Access(region=self.access.region)
        return str(_client(self.session, access, ignore_configured_endpoint_urls=True).meta.endpoint_url)


def connection(access: Access) -> Connection:
    """A connection with an access. No request is made.

    Raises:
        botocore.exceptions.BotoCoreError: the profile does not exist.
    """
    environment = tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
    return _shared(access, environment, int(time.monotonic() // _SHARED_SECONDS))


@lru_cache(maxsize=8)
def _shared(access: Access, _environment: tuple[tuple[str, str], ...], _minute: int) -> Connection:
    session = access.session()
    return Connection(access, session, _client(session, access))


def _client(session: Any, access: Access, **options: bool) -> Any:
    """A boto3 client of S3 in a session of `access`. Its retries take up to about half a minute."""
    from botocore.config import Config

    attempts = {"mode": "standard", "total_max_attempts": retries.ATTEMPTS}
    config = Config(connect_timeout=5, read_timeout=retries.PATIENCE_SECONDS, retries=attempts, **options)
    region = access.region or session.get_config_variable("region") or "us-east-1"
    return session.create_client("s3", region_name=region, endpoint_url=access.endpoint or None, config=config)

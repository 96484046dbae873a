"""How this process accesses a bucket: as configured by Dagster's resource `s3`, or else by the environment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pinterest_platform.aws import aws_session

if TYPE_CHECKING:
    from botocore.credentials import Credentials

Given = TypeVar("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Access:
    """Settings for access to S3. Empty fields come from the environment. A role is assumed with the other
    credentials."""

    endpoint: str = ""
    region: str = ""
    profile: str = ""
    role: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def has_credentials(self) -> bool:
        """Whether these credentials differ from those of the environment."""
        return bool(self.profile or self.role or self.access_key)

    def session(self) -> Any:
        """A new `botocore.session.Session` with these credentials.

        Raises:
            botocore.exceptions.BotoCoreError: the profile does not exist.
        """
        session = aws_session(self.profile)
        if self.access_key:
            session.set_credentials(self.access_key, self.secret_key, self.token or None)
        return _in_role(self.role, session, aws_session(self.profile)) if self.role else session


#: By bucket. A process has one lake and one landing zone, and accesses each in one way.
_CONFIGURED: dict[str, Access] = {}


def access_to(bucket: str) -> Access:
    return _CONFIGURED.get(bucket, Access())


def tell(buckets: Collection[str], access: Access) -> None:
    """Access these buckets this way from now on."""
    _CONFIGURED.update(dict.fromkeys(buckets, access))


@contextmanager
def told(buckets: Collection[str], access: Access) -> Iterator[None]:
    """Access these buckets this way within the context."""
    before = {bucket: access_to(bucket) for bucket in buckets}
    tell(buckets, access)
    try:
        yield
    finally:
        _CONFIGURED.update(before)


def as_here(do: Callable[[Given], Result]) -> Callable[[Given], Result]:
    """`do` for use in other processes, such as Spark's executors. There, buckets are accessed as in this process."""
    return partial(_with_access, dict(_CONFIGURED), do)


def _with_access(known: Mapping[str, Access], do: Callable[[Given], Result], given: Given) -> Result:
    _CONFIGURED.clear()  # The worker may have served another run before.
    _CONFIGURED.update(known)
    return do(given)


def _in_role(role: str, source: Any, session: Any) -> Any:
    """The session with credentials of a role, which are renewed before they expire. `source` must be allowed to assume
    it."""
    from botocore.credentials import AssumeRoleCredentialFetcher, CredentialProvider, DeferredRefreshableCredentials

    fetcher = AssumeRoleCredentialFetcher(
        source.create_client, source.get_credentials(), role, extra_args={"RoleSessionName": "pinterest-platform"}
    )

    class Role(CredentialProvider):  # type: ignore[misc]
        METHOD = "role-of-the-resource"

        def load(self) -> Credentials:
            return DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method=self.METHOD)

    resolver = session.get_component("credential_provider")
    resolver.providers.insert(0, Role())
    return session

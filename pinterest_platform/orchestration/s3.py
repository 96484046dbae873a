"""S3 as a resource: the `S3Resource` of dagster-aws, by which landing zone and lake are reached too.

It is imported where one of them is in S3, since the package takes seconds to load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster_aws.s3 import S3Resource
from pydantic import Field

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.s3.access import Access, tell, told
from pinterest_platform.s3.bucket import create_client

#: Fields that none of the clients of landing zone and lake but boto3 could take over.
_OF_BOTO3_ONLY = ("use_unsigned_session", "max_attempts", "use_ssl", "verify")


class S3(S3Resource):
    """How landing zone and lake are reached, and a client for ops of your own. What is not given is as the environment
    says: AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE and others."""

    role_arn: str | None = Field(default=None, description="Role that is taken on with the credentials of the others.")
    buckets: list[str] = Field(default_factory=list, description="Buckets of landing zone and lake.")

    @property
    def access(self) -> Access:
        """Raises EngineError where a field is given that landing zone and lake cannot have."""
        for name in _OF_BOTO3_ONLY:
            if (value := getattr(self, name)) != type(self).model_fields[name].default:
                raise EngineError(
                    f"resource s3: {name}={value}: landing zone and lake cannot be reached so; leave it out"
                )
        return Access(
            endpoint=_value(self.endpoint_url),
            region=_value(self.region_name),
            profile=_value(self.profile_name),
            role=_value(self.role_arn),
            access_key=_value(self.aws_access_key_id),
            secret_key=_value(self.aws_secret_access_key),
            token=_value(self.aws_session_token),
        )

    def get_client(self) -> Any:
        """The client that landing zone and lake have; the package's knows no role."""
        return create_client(self.access.session(), self.access)

    @contextmanager
    def yield_for_execution(self, _context: dg.InitResourceContext) -> Iterator[S3]:
        """The launchpad may have other values for one run."""
        with told(self.buckets, self.access):
            yield self


def s3_resource(given: S3Resource | None, buckets: Sequence[str]) -> S3:
    """The resource for these buckets, which from now on are reached so.

    Raises:
        EngineError: as `S3.access`.
    """
    values = {name: getattr(given, name) for name in given.model_fields_set} if given else {}
    resource = S3(**{**values, "buckets": list(buckets)})
    tell(buckets, resource.access)
    return resource


def _value(field: str | None) -> str:
    """A field's, which may be a variable of the environment."""
    return (field.get_value() if isinstance(field, dg.EnvVar) else field) or ""

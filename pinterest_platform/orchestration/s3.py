"""S3 as a resource: the `S3Resource` of dagster-aws, which also configures access to landing zone and lake.

The module is imported only if one of them is in S3, because dagster-aws takes seconds to load.
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
from pinterest_platform.s3.connections import connection

#: Fields that only boto3 supports, and not the other clients of landing zone and lake.
_OF_BOTO3_ONLY = ("use_unsigned_session", "max_attempts", "use_ssl", "verify")


class S3(S3Resource):
    """Access to landing zone and lake, and a client for your own ops. Fields that are not set come from the
    environment: AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE and others."""

    role_arn: str | None = Field(default=None, description="Role to assume with the other credentials.")
    buckets: list[str] = Field(default_factory=list, description="Buckets of landing zone and lake.")

    @property
    def access(self) -> Access:
        """Raises EngineError if a field is set that landing zone and lake do not support."""
        for name in _OF_BOTO3_ONLY:
            if (value := getattr(self, name)) != type(self).model_fields[name].default:
                raise EngineError(
                    f"resource s3: {name}={value}: landing zone and lake do not support this field. Leave it out"
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
        """The client of landing zone and lake. The package's own client does not support roles."""
        return connection(self.access).client

    @contextmanager
    def yield_for_execution(self, _context: dg.InitResourceContext) -> Iterator[S3]:
        """The launchpad can set other values for one run."""
        with told(self.buckets, self.access):
            yield self


def s3_resource(given: S3Resource | None, buckets: Sequence[str]) -> S3:
    """The resource for these buckets. From now on, all access to them uses it.

    Raises:
        EngineError: as `S3.access`.
    """
    values = {name: getattr(given, name) for name in given.model_fields_set} if given else {}
    resource = S3(**{**values, "buckets": list(buckets)})
    tell(buckets, resource.access)
    return resource


def _value(field: str | None) -> str:
    """The value of a field, which may name an environment variable."""
    return (field.get_value() if isinstance(field, dg.EnvVar) else field) or ""

"""How a gateway knows us, before a REST proxy or Kinesis: by an API key, or AWS's signature version 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from requests import PreparedRequest
from requests.auth import AuthBase

from pinterest_platform.kafka.connection import aws_region
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from botocore.credentials import Credentials

#: The name API Gateway has in a signature.
_SERVICE = "execute-api"


class ApiKey(AuthBase):
    """The header in which API Gateway expects a key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["x-api-key"] = self._key
        return request


class SigV4(AuthBase):
    """Signs requests. Credentials that end are renewed by themselves, as those of a role are."""

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials, self._region = credentials, region

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        signed = AWSRequest(
            request.method, request.url, {"Content-Type": request.headers["Content-Type"]}, request.body
        )
        SigV4Auth(self._credentials.get_frozen_credentials(), _SERVICE, self._region).add_auth(signed)
        request.headers.update(signed.headers)
        return request


def rest_auth(settings: Settings, url: str) -> AuthBase | None:
    """What PINTEREST_REST_AUTH asks for, at the gateway of this URL.

    Raises:
        DestinationError: AWS credentials or the region are not to be found.
    """
    if settings.rest_auth == "none":
        return None
    if settings.rest_auth == "api_key":
        return ApiKey(settings.rest_api_key.get_secret_value())
    import botocore.session

    credentials, region = botocore.session.get_session().get_credentials(), aws_region(url)
    if credentials is None:
        raise DestinationError("PINTEREST_REST_AUTH=sigv4 needs AWS credentials: set AWS_PROFILE, or `aws configure`")
    if region is None:
        raise DestinationError("PINTEREST_REST_AUTH=sigv4 needs the gateway's region: set AWS_DEFAULT_REGION")
    return SigV4(credentials, region)

"""Authentication at a REST proxy or API Gateway: an API key, or AWS Signature Version 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from requests import PreparedRequest
from requests.auth import AuthBase

from pinterest_platform.kafka.connection import aws_region
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from botocore.credentials import Credentials

#: The service name of API Gateway in a signature.
_SERVICE = "execute-api"


class ApiKey(AuthBase):
    """Adds the header in which API Gateway expects a key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["x-api-key"] = self._key
        return request


class SigV4(AuthBase):
    """Signs requests. Temporary credentials, such as those of a role, are renewed automatically."""

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
    """The authentication that PINTEREST_REST_AUTH selects, for the gateway at this URL.

    Raises:
        DestinationError: AWS credentials or the region cannot be found.
    """
    if settings.rest_auth == "none":
        return None
    if settings.rest_auth == "api_key":
        return ApiKey(settings.rest_api_key.get_secret_value())
    import botocore.session

    credentials, region = botocore.session.get_session().get_credentials(), aws_region(url)
    if credentials is None:
        raise DestinationError(
            "PINTEREST_REST_AUTH=sigv4 needs AWS credentials. Set AWS_PROFILE, or run `aws configure`."
        )
    if region is None:
        raise DestinationError("PINTEREST_REST_AUTH=sigv4 needs the gateway's region. Set AWS_DEFAULT_REGION.")
    return SigV4(credentials, region)

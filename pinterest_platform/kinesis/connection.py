"""Creates Kinesis clients, and error messages for when Kinesis cannot be used. Callers make the requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinterest_platform.aws import aws_session
from pinterest_platform.errors import PlatformError
from pinterest_platform.settings import Settings

#: Advice for error codes of Kinesis.
_ADVICE = {
    "AccessDeniedException": "Grant these credentials kinesis:DescribeStreamSummary, and kinesis:PutRecords to post or "
    "kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords to read",
    "ExpiredTokenException": "The credentials have expired: log in again",
    "InvalidSignatureException": "The secret key does not match the access key, or this machine's clock is wrong",
    "LimitExceededException": "Accounts have limits on shards and requests per second: see Service Quotas",
    "ResourceNotFoundException": "Create it with `pinterest-platform streams create`",
    "UnrecognizedClientException": "AWS does not know these credentials: check AWS_PROFILE and AWS_ACCESS_KEY_ID",
}


class KinesisUnavailableError(PlatformError):
    """Kinesis cannot be used. The message names the endpoint, the reason and what to do."""


def kinesis_client(settings: Settings, **options: object) -> Any:
    """A botocore client for PINTEREST_KINESIS_ENDPOINT or AWS's own endpoint. It does not retry: callers do.

    `options` are those of botocore's `Config`.

    Raises:
        KinesisUnavailableError: botocore is not installed, or the region or the profile cannot be found.
    """
    try:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ModuleNotFoundError:
        raise KinesisUnavailableError(
            "Kinesis support is not installed. Run: pip install 'pinterest-platform[aws]'"
        ) from None
    defaults = {"connect_timeout": 5, "read_timeout": 30, "retries": {"mode": "standard", "total_max_attempts": 1}}
    try:
        session = aws_session()
        if not session.get_config_variable("region"):
            raise KinesisUnavailableError(
                "Kinesis: no region is set. Set AWS_DEFAULT_REGION, or the region in the profile of AWS_PROFILE."
            )
        return session.create_client(
            "kinesis", endpoint_url=settings.kinesis_endpoint or None, config=Config(**{**defaults, **options})
        )
    except (BotoCoreError, ValueError) as error:
        raise KinesisUnavailableError(f"Kinesis: {error}. Check AWS_DEFAULT_REGION and AWS_PROFILE.") from error


def place(client: Any) -> str:
    """The endpoint of a client, for messages."""
    return f"Kinesis at {client.meta.endpoint_url}"


def unavailable(where: str, error: Exception, stream: str = "") -> KinesisUnavailableError:
    """The error of botocore, with advice. `where` is a `place`."""
    response: Mapping[str, Any] = getattr(error, "response", None) or {}
    code = response.get("Error", {}).get("Code", "")
    return KinesisUnavailableError(refusal(where, code, str(error), stream))


def refusal(where: str, code: str, message: str, stream: str = "") -> str:
    """The message for an error code of Kinesis that a retry does not fix."""
    advice = _ADVICE.get(code, "Check PINTEREST_KINESIS_ENDPOINT, AWS_PROFILE and AWS_DEFAULT_REGION")
    return f"{where}{f', stream {stream!r}' if stream else ''}: {message.rstrip('.')}. {advice}."

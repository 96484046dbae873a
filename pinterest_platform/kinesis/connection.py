"""How to connect to Kinesis, and what to say when it cannot be used. What is asked of it is the caller's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinterest_platform.aws import aws_session
from pinterest_platform.errors import PlatformError
from pinterest_platform.settings import Settings

#: What to do about an error code of Kinesis.
_ADVICE = {
    "AccessDeniedException": "Grant these credentials kinesis:DescribeStreamSummary, and kinesis:PutRecords to post or "
    "kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords to read",
    "ExpiredTokenException": "The credentials have expired: log in again",
    "InvalidSignatureException": "The secret key is not that of the access key, or this machine's clock is off",
    "LimitExceededException": "An account has a limit of shards and of requests a second: see Service Quotas",
    "ResourceNotFoundException": "Make it: `pinterest-platform streams create`",
    "UnrecognizedClientException": "These are no credentials of AWS: see AWS_PROFILE and AWS_ACCESS_KEY_ID",
}


class KinesisUnavailableError(PlatformError):
    """Kinesis cannot be used. The message names where it is looked for, the reason and what to do."""


def kinesis_client(settings: Settings, **options: object) -> Any:
    """A botocore client of PINTEREST_KINESIS_ENDPOINT or AWS's own. It does not retry: who calls it knows how long to.

    `options` are of botocore's `Config`.

    Raises:
        KinesisUnavailableError: botocore is not installed, or the region or the profile are not to be found.
    """
    try:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ModuleNotFoundError:
        raise KinesisUnavailableError("Kinesis needs more: pip install 'pinterest-platform[aws]'") from None
    defaults = {"connect_timeout": 5, "read_timeout": 30, "retries": {"mode": "standard", "total_max_attempts": 1}}
    try:
        session = aws_session()
        if not session.get_config_variable("region"):
            raise KinesisUnavailableError("Kinesis: there is no region. Set AWS_DEFAULT_REGION, or it in AWS_PROFILE.")
        return session.create_client(
            "kinesis", endpoint_url=settings.kinesis_endpoint or None, config=Config(**{**defaults, **options})
        )
    except (BotoCoreError, ValueError) as error:
        raise KinesisUnavailableError(f"Kinesis: {error}. Check AWS_DEFAULT_REGION and AWS_PROFILE.") from error


def place(client: Any) -> str:
    """Where a client looks for Kinesis."""
    return f"Kinesis at {client.meta.endpoint_url}"


def unavailable(where: str, error: Exception, stream: str = "") -> KinesisUnavailableError:
    """What botocore raised, in words that help; `where` is a `place`."""
    response: Mapping[str, Any] = getattr(error, "response", None) or {}
    code = response.get("Error", {}).get("Code", "")
    return KinesisUnavailableError(refusal(where, code, str(error), stream))


def refusal(where: str, code: str, message: str, stream: str = "") -> str:
    """What to say of an error code of Kinesis that no repeating will mend."""
    advice = _ADVICE.get(code, "Check that PINTEREST_KINESIS_ENDPOINT, AWS_PROFILE and AWS_DEFAULT_REGION are right")
    return f"{where}{f', stream {stream!r}' if stream else ''}: {message.rstrip('.')}. {advice}."

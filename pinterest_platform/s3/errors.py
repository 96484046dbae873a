"""S3 errors, and what to do about them."""

from __future__ import annotations

import re

from pinterest_platform.errors import PlatformError

_CODE = re.compile(r"<Code>(\w+)</Code>")

#: Advice for error codes of S3. The answer to a HEAD request has only a status.
_ADVICE = {
    "NoSuchBucket": "The bucket does not exist. Create it, or name another one",
    "AccessDenied": "Grant these credentials s3:ListBucket on the bucket and s3:GetObject on its objects, for a lake "
    "also s3:PutObject and s3:DeleteObject",
    "InvalidAccessKeyId": "These credentials do not belong to this endpoint. Check AWS_PROFILE, AWS_ACCESS_KEY_ID and "
    "AWS_ENDPOINT_URL",
    "SignatureDoesNotMatch": "The secret key does not belong to the access key. Check AWS_SECRET_ACCESS_KEY or the "
    "profile",
    "ExpiredToken": "The credentials have expired. Log in again",
    "RequestTimeTooSkewed": "This machine's clock is more than 15 minutes off. Correct it",
    "SlowDown": "S3 has throttled requests for half a minute. Completed work is safe. Run again later",
}
_ADVICE |= {"404": _ADVICE["NoSuchBucket"], "403": _ADVICE["AccessDenied"], "503": _ADVICE["SlowDown"]}


class S3Error(PlatformError):
    """S3 cannot be used with the current setup. The message names the bucket and says what to do."""


def advice(error: object) -> str:
    """The error code of S3 that an error quotes, and what to do about it; empty for other errors."""
    code = _CODE.search(str(error))
    return f"{code[1]}: {_ADVICE[code[1]]}" if code and code[1] in _ADVICE else ""


def explained(bucket: str, error: Exception) -> S3Error:
    """The error for a failure of boto3 or obstore with a bucket."""
    answer = getattr(error, "response", None) or {}
    code = answer.get("Error", {}).get("Code", "")
    told = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
    what = _ADVICE.get(code, "Check AWS_PROFILE, AWS_ENDPOINT_URL and the network")
    return S3Error(f"s3://{bucket}: {advice(error) or f'{told}. {what}'}.")


def incomplete(bucket: str) -> S3Error:
    """The error for a missing package."""
    return S3Error(f"s3://{bucket}: S3 needs the extra `aws`. Install it with: pip install 'pinterest-platform[aws]'")

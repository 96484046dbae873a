"""What S3 refuses, and what to do about it."""

from __future__ import annotations

import re

from pinterest_platform.errors import PlatformError

_CODE = re.compile(r"<Code>(\w+)</Code>")

#: What to do about an error code of S3. A HEAD has no body and so only a status.
_ADVICE = {
    "NoSuchBucket": "There is no such bucket: make it, or name another one",
    "AccessDenied": "Grant these credentials s3:ListBucket on the bucket and s3:GetObject on its objects, for a lake "
    "also s3:PutObject and s3:DeleteObject",
    "InvalidAccessKeyId": "These are not credentials of this S3: see AWS_PROFILE, AWS_ACCESS_KEY_ID and "
    "AWS_ENDPOINT_URL",
    "SignatureDoesNotMatch": "The secret key is not that of the access key: see AWS_SECRET_ACCESS_KEY or the profile",
    "ExpiredToken": "The credentials have expired: log in again",
    "RequestTimeTooSkewed": "This machine's clock is more than 15 minutes off: set it",
    "SlowDown": "S3 asks to slow down, and did so for half a minute: what is done is safe, run again later",
}
_ADVICE |= {"404": _ADVICE["NoSuchBucket"], "403": _ADVICE["AccessDenied"], "503": _ADVICE["SlowDown"]}


class S3Error(PlatformError):
    """S3 cannot be used as set up; the message names the bucket and says what to do."""


def advice(error: object) -> str:
    """What S3 answered, and what to do about it, of an error that quotes it; empty where nothing is known."""
    code = _CODE.search(str(error))
    return f"{code[1]}: {_ADVICE[code[1]]}" if code and code[1] in _ADVICE else ""


def explained(bucket: str, error: Exception) -> S3Error:
    """What to say of an error of boto3 or obstore about a bucket."""
    answer = getattr(error, "response", None) or {}
    code = answer.get("Error", {}).get("Code", "")
    told = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
    what = _ADVICE.get(code, "See that AWS_PROFILE, AWS_ENDPOINT_URL and the network are right")
    return S3Error(f"s3://{bucket}: {advice(error) or f'{told}. {what}'}.")


def incomplete(bucket: str) -> S3Error:
    """What to say where a package is missing."""
    return S3Error(f"s3://{bucket}: S3 needs more: pip install 'pinterest-platform[aws]'")

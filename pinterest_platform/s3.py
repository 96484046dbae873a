"""Access to a bucket as boto3 resolves it (endpoint, region, credentials), in the forms that others take.

boto3 reads variables, profiles, SSO and roles; delta-rs, DuckDB and obstore are told what it found, so AWS_ENDPOINT_URL
and AWS_PROFILE mean the same everywhere. What is listed, read or written is landing's and lake's business. Libraries of
the extra `aws` are imported when a bucket is opened.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pinterest_platform.aws import aws_session
from pinterest_platform.errors import PlatformError
from pinterest_platform.sql import text

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential, S3Store

SCHEME = "s3://"

#: Trouble is retried this long before it is reported: outlasts throttling, and a sensor's tick outlasts it.
_PATIENCE_SECONDS = 30
_ATTEMPTS = 7

#: boto3 renews credentials 10 to 15 minutes before they expire; who was told them asks again this often.
_TOLD_FOR = timedelta(minutes=5)

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
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


@dataclass(frozen=True)
class Credentials:
    access_key: str
    secret_key: str
    token: str | None


def is_s3(address: str) -> bool:
    return address.startswith(SCHEME)


def split(address: str) -> tuple[str, str]:
    """Bucket and prefix (without slashes at its ends) of `s3://bucket/prefix`.

    Raises:
        S3Error: it is no such address.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise S3Error(f"{address!r} is no address in S3; allowed is s3://bucket or s3://bucket/prefix")
    return found["bucket"], (found["prefix"] or "").strip("/")


def advice(error: object) -> str:
    """What S3 answered, and what to do about it, of an error that quotes it; empty where nothing is known."""
    code = _CODE.search(str(error))
    return f"{code[1]}: {_ADVICE[code[1]]}" if code and code[1] in _ADVICE else ""


class Bucket:
    """One bucket, as this process may use it. Nothing is asked before it is used."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def client(self) -> Any:
        """A boto3 client; its retries are spread over about half a minute.

        Raises:
            S3Error: the extra is not installed, or the profile does not exist.
        """
        with self._asking():
            return self._create_client()

    @cached_property
    def endpoint(self) -> str | None:
        """The endpoint that is configured, None for AWS's own."""
        configured: str = self.client.meta.endpoint_url
        own = self._create_client(ignore_configured_endpoint_urls=True)
        return None if configured == own.meta.endpoint_url else configured

    @cached_property
    def region(self) -> str:
        """Region of the bucket, which S3 tells whatever region is configured and even where it refuses.

        Raises:
            S3Error: S3 cannot be reached.
        """
        with self._asking():
            from botocore.exceptions import ClientError

            try:
                answer = self.client.head_bucket(Bucket=self.name)
            except ClientError as error:
                answer = error.response
        found = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        return str(found or self.client.meta.region_name)

    def credentials(self) -> Credentials:
        """Credentials that are good for 10 minutes at least.

        Raises:
            S3Error: there are none, or they cannot be renewed.
        """
        with self._asking():
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        if frozen is None:
            raise S3Error(
                f"s3://{self.name}: no AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or run with a role that may use the bucket."
            )
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def pages(self, prefix: str, after: str = "", size: int = 1000) -> Iterator[list[dict[str, Any]]]:
        """The objects under a prefix whose keys sort behind `after`, as boto3 describes them, a request a page.

        Raises:
            S3Error: the bucket cannot be listed.
        """
        where = {"Bucket": self.name, "Prefix": prefix, "MaxKeys": size}
        whence = {"StartAfter": after} if after else {}
        while True:
            with self._asking():
                answer = self.client.list_objects_v2(**where, **whence)
            yield answer.get("Contents", [])
            if not answer["IsTruncated"]:
                return
            whence = {"ContinuationToken": answer["NextContinuationToken"]}

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders right under a prefix, which ends with a slash or is empty.

        Raises:
            S3Error: the bucket cannot be listed.
        """
        with self._asking():
            pages = self.client.get_paginator("list_objects_v2")
            found = pages.paginate(Bucket=self.name, Prefix=prefix, Delimiter="/").search("CommonPrefixes[].Prefix")
            return [name[len(prefix) : -1] for name in found if name]

    def get(self, key: str) -> bytes | None:
        """The content of an object; None where there is no such object.

        Raises:
            S3Error: S3 refuses.
        """
        with self._asking():
            try:
                return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())
            except self.client.exceptions.NoSuchKey:
                return None

    def put(self, key: str, content: bytes) -> None:
        """Make an object, or put another in its place; browsers are told what its name says that it is.

        Raises:
            S3Error: S3 refuses.
        """
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        with self._asking():
            self.client.put_object(Bucket=self.name, Key=key, Body=content, ContentType=kind)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, at most 1,000; those that do not exist are no error.

        Raises:
            S3Error: S3 refuses.
        """
        with self._asking():
            objects = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
            self.client.delete_objects(Bucket=self.name, Delete=objects)

    def reader(self) -> S3Store:
        """An obstore store: it reads many small objects ten times as fast as boto3 does.

        Raises:
            S3Error: there are no credentials, or S3 cannot be reached.
        """
        self.credentials()
        try:
            from obstore.store import S3Store
        except ImportError:
            raise self._incomplete() from None
        config: S3Config = {"region": self.region, "virtual_hosted_style_request": not self.endpoint}
        if self.endpoint:
            config["endpoint"] = self.endpoint
        return S3Store(
            self.name,
            config=config,
            credential_provider=self._obstore_credentials,
            client_options={"allow_http": True},
            retry_config={"max_retries": _ATTEMPTS, "retry_timeout": timedelta(seconds=_PATIENCE_SECONDS)},
        )

    def delta_options(self) -> dict[str, str]:
        """Storage options of delta-rs: two writers of one version are told apart by conditional PUTs.

        Raises:
            S3Error: there are no credentials, or S3 cannot be reached.
        """
        known = self.credentials()
        options = {
            "AWS_ACCESS_KEY_ID": known.access_key,
            "AWS_SECRET_ACCESS_KEY": known.secret_key,
            "AWS_REGION": self.region,
            "aws_conditional_put": "etag",
            "max_retries": str(_ATTEMPTS),
            "retry_timeout": f"{_PATIENCE_SECONDS}s",
        }
        if known.token:
            options["AWS_SESSION_TOKEN"] = known.token
        if self.endpoint:
            options |= {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ALLOW_HTTP": "true"}
        else:
            options["AWS_VIRTUAL_HOSTED_STYLE_REQUEST"] = "true"
        return options

    def duckdb_secret(self, known: Credentials) -> str:
        """The statement that lets a DuckDB connection use the bucket, anew each time the credentials change."""
        values = {"KEY_ID": known.access_key, "SECRET": known.secret_key, "REGION": self.region}
        if known.token:
            values["SESSION_TOKEN"] = known.token
        ssl = ""
        if self.endpoint:
            url = urlsplit(self.endpoint)
            values |= {"ENDPOINT": f"{url.netloc}{url.path.rstrip('/')}", "URL_STYLE": "path"}
            ssl = f", USE_SSL {str(url.scheme == 'https').lower()}"
        given = ", ".join(f"{name} {text(value)}" for name, value in values.items())
        return f"CREATE OR REPLACE SECRET bucket (TYPE s3, SCOPE '{SCHEME}{self.name}', {given}{ssl})"

    def error(self, error: Exception) -> S3Error:
        """What to say of an error of boto3 or obstore."""
        answer = getattr(error, "response", None) or {}
        code = answer.get("Error", {}).get("Code", "")
        told = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        what = _ADVICE.get(code, "See that AWS_PROFILE, AWS_ENDPOINT_URL and the network are right")
        return S3Error(f"{SCHEME}{self.name}: {advice(error) or f'{told}. {what}'}.")

    def _incomplete(self) -> S3Error:
        return S3Error(f"{SCHEME}{self.name}: S3 needs more: pip install 'pinterest-platform[aws]'")

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turns errors of boto3 into an S3Error that says what to do."""
        try:
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise self._incomplete() from None
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise self.error(error) from error

    @cached_property
    def _session(self) -> Any:
        return aws_session()

    def _create_client(self, **options: bool) -> Any:
        from botocore.config import Config

        retries = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
        config = Config(connect_timeout=5, read_timeout=_PATIENCE_SECONDS, retries=retries, **options)
        region = self._session.get_config_variable("region") or "us-east-1"
        return self._session.create_client("s3", region_name=region, config=config)

    def _obstore_credentials(self) -> S3Credential:
        known = self.credentials()
        return {
            "access_key_id": known.access_key,
            "secret_access_key": known.secret_key,
            "token": known.token,
            "expires_at": datetime.now(UTC) + _TOLD_FOR,
        }

"""A bucket as boto3 resolves it (endpoint, region, credentials), and its objects.

boto3 reads variables, profiles, SSO and roles, so AWS_ENDPOINT_URL and AWS_PROFILE have their usual meaning. `clients`
has the settings for other clients. `landing` and `lake` decide what to list, read and write. The libraries of the extra
`aws` are imported when a bucket is first used.
"""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from pinterest_platform.backoff import Backoff
from pinterest_platform.s3 import retries
from pinterest_platform.s3.access import access_to
from pinterest_platform.s3.address import SCHEME
from pinterest_platform.s3.connections import Connection, connection
from pinterest_platform.s3.errors import S3Error, explained, incomplete


@dataclass(frozen=True)
class Credentials:
    access_key: str
    secret_key: str
    token: str | None


#: Bytes of a large object to hold in memory at a time.
_PIECE_BYTES = 8 * 2**20

T = TypeVar("T")


class Bucket:
    """One bucket, with the access of this process. No request is made before it is used."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def client(self) -> Any:
        """A boto3 client.

        Raises:
            S3Error: the extra is not installed, or the profile does not exist.
        """
        return self._connection.client

    @cached_property
    def endpoint(self) -> str | None:
        """The configured endpoint, or None for AWS's own."""
        configured: str = self.client.meta.endpoint_url
        return None if configured == self._connection.own_endpoint else configured

    @cached_property
    def region(self) -> str:
        """Region of the bucket. S3 returns it for any configured region, even if it denies access.

        Raises:
            S3Error: S3 cannot be reached.
        """
        with self.asking():
            from botocore.exceptions import ClientError

            try:
                answer = self.client.head_bucket(Bucket=self.name)
            except ClientError as error:
                answer = error.response
        found = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        return str(found or self.client.meta.region_name)

    def credentials(self) -> Credentials:
        """Credentials that are valid for at least 10 minutes.

        Raises:
            S3Error: no credentials are found, or they cannot be renewed.
        """
        with self.asking():
            found = self._connection.session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        if frozen is None:
            raise S3Error(
                f"{SCHEME}{self.name}: no AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or run with a role that has access to the bucket."
            )
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def pages(
        self, prefix: str, after: str = "", size: int = 1000, skip: Callable[[str], str] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """The objects under a prefix whose keys sort after `after`, as boto3 describes them, one request per page.

        Given the last key of a page, `skip` may return a later key after which to continue.

        Raises:
            S3Error: the bucket cannot be listed.
        """
        where = {"Bucket": self.name, "Prefix": prefix, "MaxKeys": size}
        whence = {"StartAfter": after} if after else {}
        while True:
            with self.asking():
                answer = self.client.list_objects_v2(**where, **whence)
            page = answer.get("Contents", [])
            yield page
            if not answer["IsTruncated"]:
                return
            whence = {"ContinuationToken": answer["NextContinuationToken"]}
            if skip and page and (onto := skip(page[-1]["Key"])) > page[-1]["Key"]:
                whence = {"StartAfter": onto}

    def page(self, prefix: str, size: int) -> tuple[list[dict[str, Any]], bool]:
        """The first `size` objects under a prefix, and whether there are no others.

        Raises:
            S3Error: the bucket cannot be listed.
        """
        with self.asking():
            answer = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix, MaxKeys=size)
        return answer.get("Contents", []), not answer["IsTruncated"]

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders directly under a prefix, which is empty or ends with a slash.

        Raises:
            S3Error: the bucket cannot be listed.
        """
        return self.level(prefix)[0]

    def level(self, prefix: str) -> tuple[list[str], list[str]]:
        """Names of the folders directly under a prefix, which is empty or ends with a slash, and names of the objects
        there.

        Raises:
            S3Error: the bucket cannot be listed.
        """
        folders: list[str] = []
        names: list[str] = []
        with self.asking():
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=prefix, Delimiter="/"):
                folders += [found["Prefix"][len(prefix) : -1] for found in page.get("CommonPrefixes", [])]
                names += [found["Key"][len(prefix) :] for found in page.get("Contents", [])]
        return folders, names

    def get(self, key: str) -> bytes | None:
        """The content of an object; None if it does not exist.

        Raises:
            S3Error: the request failed.
        """
        with self.asking():
            try:
                return self._read(key, lambda body: bytes(body.read()))
            except self.client.exceptions.NoSuchKey:
                return None

    def state(self, key: str) -> str | None:
        """ETag, modification time and size of an object, as one text; None if it does not exist.

        Raises:
            S3Error: the request failed.
        """
        with self.asking():
            from botocore.exceptions import ClientError

            try:
                head = self.client.head_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] != "404":
                    raise
                return None
        return f"{head['ETag']} {head['LastModified'].isoformat()} {head['ContentLength']}"

    def put(self, key: str, content: bytes) -> None:
        """Create or replace an object. Its name determines its content type for browsers.

        Raises:
            S3Error: the request failed.
        """
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        with self.asking():
            self.client.put_object(Bucket=self.name, Key=key, Body=content, ContentType=kind)

    def create(self, key: str, content: bytes) -> bool:
        """Create an object; False if it exists with other content.

        Existing equal content may be ours: boto3 repeats a request if its answer was lost.

        Raises:
            S3Error: the request failed.
        """
        with self.asking():
            from botocore.exceptions import ClientError

            try:
                self.client.put_object(Bucket=self.name, Key=key, Body=content, IfNoneMatch="*")
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
                    raise
                return self.get(key) == content
        return True

    def upload(self, key: str, file: Path) -> None:
        """Create or replace an object from a file, which may be larger than memory.

        Raises:
            S3Error: the request failed.
        """
        with self.asking(), file.open("rb") as content:
            self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def download(self, key: str, file: Path) -> bool:
        """Copy an object, which may be larger than memory, to a file; False if it does not exist.

        Raises:
            S3Error: the request failed.
        """

        def copy(body: Any) -> None:
            with file.open("wb") as content:
                for piece in body.iter_chunks(_PIECE_BYTES):
                    content.write(piece)

        with self.asking():
            try:
                self._read(key, copy)
            except self.client.exceptions.NoSuchKey:
                return False
        return True

    def delete(self, keys: Sequence[str], versions: Sequence[str] = ()) -> None:
        """Delete at most 1,000 objects, or these versions of them. Missing objects are ignored.

        Raises:
            S3Error: the request failed, or an object is locked.
        """
        objects = [{"Key": key} for key in keys]
        for named, version in zip(objects, versions, strict=False):
            named["VersionId"] = version
        with self.asking():
            answer = self.client.delete_objects(Bucket=self.name, Delete={"Objects": objects, "Quiet": True})
        # S3 answers with success, but lists failed deletions in the answer.
        if refused := answer.get("Errors"):
            raise S3Error(
                f"s3://{self.name}: {refused[0]['Key']} cannot be deleted: "
                f"{refused[0].get('Message') or refused[0].get('Code')}. Allow s3:DeleteObject (for old versions "
                "s3:DeleteObjectVersion), remove any lock on the objects, then run again."
            )

    def _read(self, key: str, take: Callable[[Any], T]) -> T:
        """The result of `take` for an object's content. boto3 repeats failed requests, but not those whose answer
        breaks off."""
        from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

        backoff = Backoff(retries.PATIENCE_SECONDS)
        for attempt in count(1):
            body = self.client.get_object(Bucket=self.name, Key=key)["Body"]
            try:
                return take(body)
            except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
                delay = backoff.next_delay()
                if delay is None or attempt == retries.ATTEMPTS:
                    raise
                time.sleep(delay)
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Convert errors of boto3 to an S3Error that says what to do."""
        try:
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise incomplete(self.name) from None
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise explained(self.name, error) from error

    @cached_property
    def _connection(self) -> Connection:
        with self.asking():
            return connection(access_to(self.name))

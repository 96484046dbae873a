"""Settings of a bucket for other S3 clients: obstore, delta-rs and DuckDB. `engines.spark.s3a` has those for Spark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pinterest_platform.s3 import retries
from pinterest_platform.s3.address import SCHEME
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.s3.errors import incomplete
from pinterest_platform.sql import text

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential, S3Store

#: boto3 renews credentials 10 to 15 minutes before they expire. Other clients request them again this often.
_REQUEST_AGAIN_AFTER = timedelta(minutes=5)


def reader(bucket: Bucket) -> S3Store:
    """An obstore store, which reads many small objects ten times as fast as boto3.

    Raises:
        S3Error: no credentials are found, or S3 cannot be reached.
    """
    bucket.credentials()
    try:
        from obstore.store import S3Store
    except ImportError:
        raise incomplete(bucket.name) from None
    config: S3Config = {"region": bucket.region, "virtual_hosted_style_request": not bucket.endpoint}
    if bucket.endpoint:
        config["endpoint"] = bucket.endpoint
    return S3Store(
        bucket.name,
        config=config,
        credential_provider=lambda: _credentials(bucket),
        client_options={"allow_http": True},
        retry_config={"max_retries": retries.ATTEMPTS, "retry_timeout": timedelta(seconds=retries.PATIENCE_SECONDS)},
    )


def delta_options(bucket: Bucket) -> dict[str, str]:
    """Storage options of delta-rs. Conditional PUTs detect two writers of the same version.

    Raises:
        S3Error: no credentials are found, or S3 cannot be reached.
    """
    known = bucket.credentials()
    options = {
        "AWS_ACCESS_KEY_ID": known.access_key,
        "AWS_SECRET_ACCESS_KEY": known.secret_key,
        "AWS_REGION": bucket.region,
        "aws_conditional_put": "etag",
        "max_retries": str(retries.ATTEMPTS),
        "retry_timeout": f"{retries.PATIENCE_SECONDS}s",
    }
    if known.token:
        options["AWS_SESSION_TOKEN"] = known.token
    if bucket.endpoint:
        options |= {"AWS_ENDPOINT_URL": bucket.endpoint, "AWS_ALLOW_HTTP": "true"}
    else:
        options["AWS_VIRTUAL_HOSTED_STYLE_REQUEST"] = "true"
    return options


def duckdb_secret(bucket: Bucket) -> str:
    """The statement that gives a DuckDB connection access to the bucket. It changes whenever the credentials change."""
    known = bucket.credentials()
    values = {"KEY_ID": known.access_key, "SECRET": known.secret_key, "REGION": bucket.region}
    if known.token:
        values["SESSION_TOKEN"] = known.token
    ssl = ""
    if bucket.endpoint:
        url = urlsplit(bucket.endpoint)
        values |= {"ENDPOINT": f"{url.netloc}{url.path.rstrip('/')}", "URL_STYLE": "path"}
        ssl = f", USE_SSL {str(url.scheme == 'https').lower()}"
    given = ", ".join(f"{name} {text(value)}" for name, value in values.items())
    return f"CREATE OR REPLACE SECRET bucket (TYPE s3, SCOPE '{SCHEME}{bucket.name}', {given}{ssl})"


def _credentials(bucket: Bucket) -> S3Credential:
    known = bucket.credentials()
    return {
        "access_key_id": known.access_key,
        "secret_access_key": known.secret_key,
        "token": known.token,
        "expires_at": datetime.now(UTC) + _REQUEST_AGAIN_AFTER,
    }

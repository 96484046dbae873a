"""Settings of a bucket for S3A, Hadoop's client of S3, so that `s3://` means the same to Spark as to other clients."""

from __future__ import annotations

from pinterest_platform.s3.access import access_to
from pinterest_platform.s3.address import is_s3, split
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.s3.errors import S3Error

#: Settings of a whole session. By default, S3A handles only `s3a://`.
SETTINGS = {"spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}


def bucket_settings(address: str) -> dict[str, str]:
    """Settings of an address's bucket as boto3 resolves it; empty for a folder. They may be set at any time.

    Temporary credentials are not passed on, because they would expire during long work. The AWS SDK of Java finds them
    in the same places, and renews them.

    Raises:
        S3Error: no credentials are found, Spark cannot find temporary ones, or S3 cannot be reached.
    """
    if not is_s3(address):
        return {}
    bucket = Bucket(split(address)[0])
    known = bucket.credentials()
    settings = {"endpoint.region": bucket.region}
    if known.token and access_to(bucket.name).has_credentials:
        raise S3Error(
            f"{address}: Spark cannot use the temporary credentials of the resource s3. Remove its profile, role and "
            "keys, and set AWS_PROFILE or run with a role that has access to the bucket."
        )
    if known.token:
        settings["aws.credentials.provider"] = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
    else:
        settings["aws.credentials.provider"] = "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"
        settings |= {"access.key": known.access_key, "secret.key": known.secret_key}
    if bucket.endpoint:
        settings |= {"endpoint": bucket.endpoint, "path.style.access": "true"}
    return {f"fs.s3a.bucket.{bucket.name}.{name}": value for name, value in settings.items()}

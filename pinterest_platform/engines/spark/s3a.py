"""What S3A, Hadoop's client of S3, is told of a bucket, so that `s3://` means to Spark what it means to the others."""

from __future__ import annotations

from pinterest_platform.s3.access import access_to
from pinterest_platform.s3.address import is_s3, split
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.s3.errors import S3Error

#: For the whole of a session. S3A goes by `s3a://` otherwise.
SETTINGS = {"spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}


def bucket_settings(address: str) -> dict[str, str]:
    """Settings of the bucket of an address as boto3 resolves it; none for a folder. They may be set at any time.

    Temporary credentials are not passed on, since they would expire in the middle of long work: the AWS SDK of Java
    finds them in the same places, and renews them.

    Raises:
        S3Error: there are no credentials, or temporary ones that Spark cannot find, or S3 cannot be reached.
    """
    if not is_s3(address):
        return {}
    bucket = Bucket(split(address)[0])
    known = bucket.credentials()
    settings = {"endpoint.region": bucket.region}
    if known.token and access_to(bucket.name).has_credentials:
        raise S3Error(
            f"{address}: Spark cannot be given the temporary credentials of the resource s3. Leave out its profile, "
            "role and keys there, and set AWS_PROFILE or run with a role that may use the bucket."
        )
    if known.token:
        settings["aws.credentials.provider"] = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
    else:
        settings["aws.credentials.provider"] = "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"
        settings |= {"access.key": known.access_key, "secret.key": known.secret_key}
    if bucket.endpoint:
        settings |= {"endpoint": bucket.endpoint, "path.style.access": "true"}
    return {f"fs.s3a.bucket.{bucket.name}.{name}": value for name, value in settings.items()}

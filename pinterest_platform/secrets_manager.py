"""Reads secrets from AWS Secrets Manager."""

from __future__ import annotations

from pinterest_platform.settings import SettingsError


def secret_text(name: str, called: str) -> str:
    """The text of a secret, empty if it holds bytes. `called` is the variable that names the secret.

    Raises:
        SettingsError: the secret cannot be read. The message never contains its value.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise SettingsError(
            f"{called}={name!r}: AWS Secrets Manager needs the extra `aws`. "
            "Install it with: pip install 'pinterest-platform[aws]'"
        ) from None
    try:
        return str(boto3.client("secretsmanager").get_secret_value(SecretId=name).get("SecretString", ""))
    except (BotoCoreError, ClientError) as error:
        raise SettingsError(
            f"{called}={name!r}: {error}. Check the name, AWS_PROFILE and AWS_DEFAULT_REGION, and the permission "
            "secretsmanager:GetSecretValue."
        ) from None

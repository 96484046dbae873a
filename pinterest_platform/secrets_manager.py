"""Texts that AWS Secrets Manager holds under a name that the settings give."""

from __future__ import annotations

from pinterest_platform.settings import SettingsError


def secret_text(name: str, called: str) -> str:
    """The text of a secret, empty where it holds bytes; `called` is the variable that names it.

    Raises:
        SettingsError: it cannot be had; nothing of its value is in the message.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise SettingsError(
            f"{called}={name!r}: reading AWS Secrets Manager needs more: pip install 'pinterest-platform[aws]'"
        ) from None
    try:
        return str(boto3.client("secretsmanager").get_secret_value(SecretId=name).get("SecretString", ""))
    except (BotoCoreError, ClientError) as error:
        raise SettingsError(
            f"{called}={name!r}: {error}. Check the name, AWS_PROFILE and AWS_DEFAULT_REGION, and that "
            "secretsmanager:GetSecretValue is granted."
        ) from None

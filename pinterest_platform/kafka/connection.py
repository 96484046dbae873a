"""Client options for the connection to the Kafka cluster.

kafka-python manages topics. librdkafka (confluent-kafka) writes records, with a fifth of the processor time.
"""

from __future__ import annotations

import json
from typing import Any

from pinterest_platform.errors import PlatformError
from pinterest_platform.settings import Settings, SettingsError

#: The SCRAM mechanism that MSK supports.
_SCRAM = "SCRAM-SHA-512"
#: Milliseconds. By default, kafka-python waits 30 seconds before a broker counts as lost, and again between two
#: attempts to reconnect. A restarted broker would go unnoticed for that long.
_PATIENCE = {"bootstrap_timeout_ms": 6_000, "reconnect_backoff_max_ms": 1_000}
#: MSK brokers limit new IAM connections per second, a small one to four. A refused client retries later.
_SPARING = {"reconnect_backoff_ms": 1_000, "reconnect_backoff_max_ms": 5_000}


class KafkaUnavailableError(PlatformError):
    """The cluster cannot be used. The message names the brokers, the reason and what to do."""


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for kafka-python's `KafkaProducer`, `KafkaConsumer` and `KafkaAdminClient`. They include
    passwords: never print them.

    Raises:
        SettingsError: no brokers are set, or a certificate file does not exist.
        KafkaUnavailableError: MSK's region or AWS credentials cannot be found.
    """
    if not settings.kafka_brokers:
        raise SettingsError("PINTEREST_KAFKA_BROKERS is not set. Set it to the bootstrap servers: host:port,host:port")
    options: dict[str, Any] = {"bootstrap_servers": settings.kafka_brokers.split(","), **_PATIENCE}
    if settings.kafka_security == "plaintext":
        return options
    if settings.kafka_ca_file:
        if not settings.kafka_ca_file.is_file():
            raise SettingsError(f"PINTEREST_KAFKA_CA_FILE={str(settings.kafka_ca_file)!r}: the file does not exist")
        options["ssl_cafile"] = str(settings.kafka_ca_file)
    if settings.kafka_security == "tls":
        return {**options, "security_protocol": "SSL"}
    options["security_protocol"] = "SASL_SSL"
    if settings.kafka_security == "scram":
        password = settings.kafka_password.get_secret_value()
        return {
            **options,
            "sasl_mechanism": _SCRAM,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": password,
        }
    return {**options, **_SPARING, "sasl_mechanism": "OAUTHBEARER", "sasl_oauth_token_provider": _msk_tokens(settings)}


#: librdkafka's names for options of kafka-python.
_LIBRDKAFKA = {
    "reconnect_backoff_ms": "reconnect.backoff.ms",
    "reconnect_backoff_max_ms": "reconnect.backoff.max.ms",
    "security_protocol": "security.protocol",
    "ssl_cafile": "ssl.ca.location",
    "sasl_mechanism": "sasl.mechanism",
    "sasl_plain_username": "sasl.username",
    "sasl_plain_password": "sasl.password",
}


def librdkafka_options(settings: Settings) -> dict[str, Any]:
    """The same options for librdkafka, as `confluent_kafka` takes them. Raises the errors of `client_options`."""
    options = client_options(settings)
    config = {name: options[known] for known, name in _LIBRDKAFKA.items() if known in options}
    if tokens := options.get("sasl_oauth_token_provider"):
        config["oauth_cb"] = tokens.with_expiry
    # The errors that it logs are also returned.
    return {**config, "bootstrap.servers": settings.kafka_brokers, "log_level": 0}


def spark_options(settings: Settings) -> dict[str, str]:
    """The same options for Kafka's Java client, which Spark uses. Raises the errors of `client_options`."""
    options = client_options(settings)
    config = {"bootstrap.servers": settings.kafka_brokers}
    if "security_protocol" in options:
        config["security.protocol"] = options["security_protocol"]
    if "ssl_cafile" in options:
        config |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(options["ssl_cafile"])}
    if "sasl_oauth_token_provider" in options:
        raise KafkaUnavailableError(
            "PINTEREST_KAFKA_SECURITY=msk_iam: Kafka's Java client does not support this on its own. On Spark, use "
            "scram, or read the stream with PINTEREST_ENGINE=duckdb."
        )
    if "sasl_mechanism" in options:
        user, password = (json.dumps(options[name]) for name in ("sasl_plain_username", "sasl_plain_password"))
        module = "org.apache.kafka.common.security.scram.ScramLoginModule"
        config |= {
            "sasl.mechanism": options["sasl_mechanism"],
            "sasl.jaas.config": f"{module} required username={user} password={password};",
        }
    return config


def unavailable(settings: Settings, error: object) -> KafkaUnavailableError:
    """The error of a client, with advice."""
    return KafkaUnavailableError(
        f"Kafka at {settings.kafka_brokers} ({settings.kafka_security}): {error}. Check PINTEREST_KAFKA_BROKERS, "
        "PINTEREST_KAFKA_SECURITY and the settings that it needs, and check that this machine can reach the brokers."
    )


def _msk_tokens(settings: Settings) -> Any:
    """A token provider for MSK. It finds AWS credentials like boto3, and signs in again for each connection."""
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # type: ignore[import-untyped]
    from kafka.net.sasl.oauth import AbstractTokenProvider

    region = aws_region(settings.kafka_brokers)
    if not region:
        raise KafkaUnavailableError(
            f"Kafka at {settings.kafka_brokers}: the AWS region is unknown. Set AWS_DEFAULT_REGION."
        )

    class Tokens(AbstractTokenProvider):  # type: ignore[misc]
        def token(self) -> str:
            return self.with_expiry("")[0]

        def with_expiry(self, _config: str) -> tuple[str, float]:
            """The token, and its expiry time in seconds since 1970."""
            token, expires_ms = MSKAuthTokenProvider.generate_auth_token(region)
            return str(token), expires_ms / 1000

    return Tokens()


def aws_region(host: str) -> str | None:
    """The region in the name of an AWS host, such as us-east-1 in b-1.demo.kafka.us-east-1.amazonaws.com. Otherwise the
    region set for AWS clients, or None."""
    import botocore.session

    before, is_aws, _ = host.partition(".amazonaws.com")
    return before.rpartition(".")[2] if is_aws else botocore.session.get_session().get_config_variable("region")

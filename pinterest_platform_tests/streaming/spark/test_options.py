"""What sources are told that cannot be asked here: the one of Databricks, brokers that encrypt."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pinterest_platform.kafka.connection import KafkaUnavailableError, spark_options
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.spark.sources import databricks_kinesis
from pinterest_platform_tests.streaming.chunks import settings_of, stream_of

AT = '{"at_timestamp": "01/31/2026 12:00:00 UTC", "format": "MM/dd/yyyy HH:mm:ss ZZZ"}'
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starting_position", "known", "begin"),
    [
        ("trim_horizon", {"shardId-000000000000": 7}, "trim_horizon"),
        ("2026-01-31T12:00:00Z", {}, AT),
        ("latest", {"started": int(NOON.timestamp()) * 1000}, AT),
    ],
)
def test_kinesis_on_databricks(tmp_path: Path, starting_position: str, known: dict[str, int], begin: str) -> None:
    settings = settings_of(tmp_path, kinesis_endpoint="https://kinesis.eu-west-1.amazonaws.com")
    stream = stream_of(settings, starting_position=starting_position)
    assert databricks_kinesis(settings, stream, known) == {
        "streamName": "streaming-p-pin",
        "region": "eu-west-1",
        "initialPosition": begin,
    }


def kafka(root: Path, **fields: object) -> Settings:
    (root / "ca.pem").touch()
    return settings_of(root, kafka_brokers="b-1.example.com:9096", kafka_ca_file=root / "ca.pem", **fields)


def test_brokers_that_encrypt(tmp_path: Path) -> None:
    tls = {
        "bootstrap.servers": "b-1.example.com:9096",
        "security.protocol": "SSL",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(tmp_path / "ca.pem"),
    }
    assert spark_options(kafka(tmp_path, kafka_security="tls")) == tls
    scram = kafka(tmp_path, kafka_security="scram", kafka_user="ann", kafka_password='a"b\\c')
    assert spark_options(scram) == {
        **tls,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
        'username="ann" password="a\\"b\\\\c";',
    }


def test_brokers_that_want_iam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(KafkaUnavailableError, match=r"PINTEREST_KAFKA_SECURITY=msk_iam: .* On Spark, use scram"):
        spark_options(kafka(tmp_path, kafka_security="msk_iam"))

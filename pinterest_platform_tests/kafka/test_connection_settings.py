"""What the settings of Kafka and its REST proxy allow, and that secrets stay secret."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from confluent_kafka import Producer

from pinterest_platform.kafka.connection import KafkaUnavailableError, client_options, librdkafka_options
from pinterest_platform.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"rest_url": "localhost:8082"}, r"PINTEREST_REST_URL='localhost:8082': .*http://"),
        ({"rest_auth": "basic"}, r"PINTEREST_REST_AUTH='basic': .*'none', 'api_key' or 'sigv4'"),
        ({"rest_auth": "api_key"}, "PINTEREST_REST_API_KEY"),
        ({"kafka_brokers": "kafka"}, r"PINTEREST_KAFKA_BROKERS='kafka': .*host:port"),
        ({"kafka_brokers": "kafka:9092,"}, "host:port"),
        ({"kafka_security": "ssl"}, "PINTEREST_KAFKA_SECURITY='ssl'"),
        ({"kafka_security": "scram", "kafka_user": "alice"}, "PINTEREST_KAFKA_PASSWORD"),
    ],
)
def test_mistake_names_the_variable_and_what_is_allowed(given: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        load_settings(**given)


def test_secrets_are_not_shown() -> None:
    secrets = {"rest_api_key": "k3y-0", "kafka_password": "p4ss-0"}
    settings = load_settings(**secrets, kafka_user="alice", kafka_security="scram", rest_auth="api_key")
    with pytest.raises(SettingsError) as caught:
        load_settings(**secrets, kafka_security="scram")
    for secret in secrets.values():
        assert secret not in f"{settings!r} {settings} {caught.value}"


def test_brokers_have_to_be_set() -> None:
    with pytest.raises(SettingsError, match="PINTEREST_KAFKA_BROKERS is not set"):
        client_options(load_settings())


def test_msk_token_is_signed_for_the_region_of_the_brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-example")
    brokers = "b-1.demo.x1.c2.kafka.eu-west-2.amazonaws.com:9098,b-2.demo.x1.c2.kafka.eu-west-2.amazonaws.com:9098"
    settings = load_settings(kafka_brokers=brokers, kafka_security="msk_iam")
    options = client_options(settings)
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "OAUTHBEARER")
    token = options["sasl_oauth_token_provider"].token()
    url = urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    query = parse_qs(url.query)
    assert url.netloc == "kafka.eu-west-2.amazonaws.com"
    assert query["Action"] == ["kafka-cluster:Connect"]
    assert query["X-Amz-Credential"][0].startswith("AKIDEXAMPLE/")
    to_produce = librdkafka_options(settings)
    assert (to_produce["security.protocol"], to_produce["sasl.mechanism"]) == ("SASL_SSL", "OAUTHBEARER")
    # Amazon MSK Developer Guide, "Amazon MSK quota": a kafka.t3.small lets in four connections a second.
    assert (options["reconnect_backoff_ms"], to_produce["reconnect.backoff.ms"]) == (1_000, 1_000)
    same, expires = to_produce["oauth_cb"]("")
    assert same[:100] == token[:100]
    assert 60 < expires - time.time() <= 900
    Producer(to_produce)


def test_msk_elsewhere_needs_a_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(KafkaUnavailableError, match="AWS_DEFAULT_REGION"):
        client_options(load_settings(kafka_brokers="kafka.example.com:9098", kafka_security="msk_iam"))

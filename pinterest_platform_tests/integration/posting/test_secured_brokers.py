"""Brokers that want TLS, or a user and a password: who has them posts, and who has not is told why."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from pinterest_platform.kafka.connection import KafkaUnavailableError, client_options
from pinterest_platform.kafka.topics import TopicNeeds, create_topics, list_topics
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.kafka import ProducerSender
from pinterest_platform.settings import Settings, SettingsError, load_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform_tests.integration.posting.conftest import topics_of
from pinterest_platform_tests.secured_broker import SecuredBroker

USER, PASSWORD = "alice", "wonderland-1"


class Secured(NamedTuple):
    broker: SecuredBroker
    ca_file: Path


@pytest.fixture(scope="module")
def secured(broker: KafkaBroker, tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """The broker, the certificate that it shows, and with a user."""
    assert isinstance(broker, SecuredBroker)
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers) as admin:
        admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion(USER, ScramMechanism.SCRAM_SHA_512, PASSWORD, iterations=4096)]
        )
    ca_file = tmp_path_factory.mktemp("secured") / "ca.pem"
    broker.write_certificate(ca_file)
    return Secured(broker, ca_file)


def reached(secured: Secured, security: str, prefix: str, **changes: object) -> Settings:
    given = {
        "kafka_brokers": f"127.0.0.1:{secured.broker.port(security)}",
        "kafka_security": security,
        "kafka_ca_file": secured.ca_file,
        "topic_prefix": prefix,
    }
    if security == "scram":
        given |= {"kafka_user": USER, "kafka_password": PASSWORD}
    return load_settings(**{**given, **changes})


@pytest.mark.parametrize("security", ["tls", "scram"])
def test_posting_to_secured_brokers(
    secured: Secured, source: SourceDatabase, topic_prefix: str, security: str, tmp_path: Path
) -> None:
    settings = reached(secured, security, topic_prefix)
    create_topics(settings, RECORDS, TopicNeeds())
    destination = SenderDestination(RECORDS, topics_of(settings), ProducerSender(settings), tmp_path / "refused.jsonl")
    assert post(source, Sequential(), destination, count=100).acknowledged == 100
    assert [topic.records for topic in list_topics(settings, RECORDS)] == [100, 100, 100]


def test_wrong_password_is_told_and_not_shown(secured: Secured, topic_prefix: str) -> None:
    settings = reached(secured, "scram", topic_prefix, kafka_password="guess-1")
    with pytest.raises(KafkaUnavailableError, match=r"scram.*PINTEREST_KAFKA_SECURITY") as caught:
        list_topics(settings, RECORDS)
    with pytest.raises(DestinationError, match=r"scram.*PINTEREST_KAFKA_SECURITY") as posting:
        ProducerSender(settings).open(["any"])
    assert "guess-1" not in f"{caught.value}{posting.value}{settings!r}"


def test_certificate_of_nobody_we_trust_is_refused(secured: Secured, topic_prefix: str) -> None:
    with pytest.raises(KafkaUnavailableError, match="tls"):
        list_topics(reached(secured, "tls", topic_prefix, kafka_ca_file=None), RECORDS)


def test_missing_ca_file_is_named(secured: Secured, topic_prefix: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"PINTEREST_KAFKA_CA_FILE.*the file does not exist"):
        client_options(reached(secured, "tls", topic_prefix, kafka_ca_file=tmp_path / "none.pem"))

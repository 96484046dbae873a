"""The destinations that rows can be posted to, by their names on the command line, and their senders."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_platform.posting.senders.sender import Sender
    from pinterest_platform.settings import Settings


class DestinationName(StrEnum):
    """Destinations of posted rows."""

    landing = "landing"
    rest = "rest"
    kafka = "kafka"
    kinesis = "kinesis"
    kinesis_api = "kinesis-api"

    @property
    def has_streams(self) -> bool:
        """Whether the destination has streams rather than topics."""
        return self in (DestinationName.kinesis, DestinationName.kinesis_api)


def names(settings: Settings, records: Iterable[str], to: DestinationName) -> dict[str, str]:
    """Map each kind of record to its topic or stream."""
    return {record: settings.kinesis_stream(record) if to.has_streams else settings.topic(record) for record in records}


def sender(settings: Settings, to: DestinationName) -> Sender:
    """Build the sender to Kafka or Kinesis. Its library is loaded only here.

    Raises:
        DestinationError: the library is not installed.
        SettingsError: a setting that the sender needs is missing.
    """
    from pinterest_platform.posting.destination import DestinationError

    try:
        return _sender(settings, to)
    except ModuleNotFoundError as error:
        extra = "aws" if to.has_streams else "kafka"
        raise DestinationError(
            f"The Python package {error.name!r} is not installed: pip install 'pinterest-platform[{extra}]'."
        ) from None


def _sender(settings: Settings, to: DestinationName) -> Sender:
    from pinterest_platform.settings import SettingsError

    if to is DestinationName.kafka:
        from pinterest_platform.posting.senders.kafka import ProducerSender

        return ProducerSender(settings)
    if to is DestinationName.kinesis:
        from pinterest_platform.posting.senders.kinesis import KinesisSender

        return KinesisSender(settings)
    from pinterest_platform.posting.senders.http.auth import rest_auth
    from pinterest_platform.posting.senders.http.kinesis_api import KinesisApiSender
    from pinterest_platform.posting.senders.http.rest import RestSender

    if to is DestinationName.kinesis_api:
        if not settings.kinesis_api_url:
            raise SettingsError(
                "PINTEREST_KINESIS_API_URL is not set: give the URL that precedes /streams/<stream>/record"
            )
        return KinesisApiSender(settings.kinesis_api_url, rest_auth(settings, settings.kinesis_api_url))
    if not settings.rest_url:
        raise SettingsError("PINTEREST_REST_URL is not set: give the URL that precedes /topics/<topic>")
    return RestSender(settings.rest_url, rest_auth(settings, settings.rest_url))

"""Sends records directly to Kinesis streams with PutRecords.

The reply reports each record separately, and only failed ones are sent again. If a reply is lost, records may be
duplicated. `kinesis_records.py` has the limits and errors of Kinesis. `lanes.py` keeps requests in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, SSLError
from botocore.exceptions import ConnectionError as NoConnectionError

from pinterest_platform.kinesis.connection import KinesisUnavailableError, kinesis_client, place, unavailable
from pinterest_platform.kinesis.streams import describe
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.kinesis_records import check_sizes, cut, outcome, request_error
from pinterest_platform.posting.senders.lanes import Lanes, Outcome, RetriableError
from pinterest_platform.posting.senders.sender import GIVE_UP_SECONDS, Delivery, Record
from pinterest_platform.settings import Settings


class KinesisSender:
    """A sender. `posting/senders/sender.py` documents its methods. `give_up` is in seconds without any success.

    Raises:
        KinesisUnavailableError: no region is set.
    """

    def __init__(self, settings: Settings, *, give_up: float = GIVE_UP_SECONDS) -> None:
        # Validating the types of each record, which are known, takes a fifth of the time of sending them.
        self._client = kinesis_client(settings, parameter_validation=False)
        self._place = place(self._client)
        self._lanes = Lanes(self._request, cut, self._failed, give_up)

    def identity(self) -> Mapping[str, Any]:
        return {"kinesis": self._client.meta.endpoint_url}

    def open(self, topics: Sequence[str]) -> None:
        for topic in topics:
            try:
                status = describe(self._client, topic).status
            except KinesisUnavailableError as error:
                raise DestinationError(str(error)) from error
            if status not in ("ACTIVE", "UPDATING"):
                raise self._failed(
                    f"has no stream {topic!r}{f' yet: its status is {status}' if status else ''}. "
                    "Create it, or wait for it, with `pinterest-platform streams create`."
                )

    def submit(self, records: Sequence[Record]) -> Delivery:
        return self._lanes.submit(records)

    def close(self) -> None:
        self._lanes.close()

    def _request(self, topic: str, records: Sequence[Record]) -> Outcome:
        check_sizes(records)
        entries = [{"Data": value.encode(), "PartitionKey": key} for _, key, value in records]
        try:
            reply = self._client.put_records(StreamName=topic, Records=entries)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise RetriableError(str(error)) from error
            told = error.response["Error"]
            raise request_error(self._place, topic, told["Code"], told["Message"]) from error
        except (HTTPClientError, NoConnectionError) as error:
            if isinstance(error, SSLError):
                raise self._unavailable(error) from error
            raise RetriableError(str(error)) from error
        except BotoCoreError as error:
            raise self._unavailable(error) from error
        return outcome(records, reply["Records"])

    def _unavailable(self, error: Exception) -> DestinationError:
        return DestinationError(str(unavailable(self._place, error)))

    def _failed(self, what: str) -> DestinationError:
        return DestinationError(f"{self._place} {what}")

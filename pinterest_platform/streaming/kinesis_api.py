"""Requests to Kinesis for reading a stream: shards, iterators and records. Temporary errors are retried.

`kinesis/connection.py` connects the client. The source in `kinesis` decides when and from where each shard is read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from pinterest_platform.backoff import Backoff
from pinterest_platform.kinesis.connection import KinesisUnavailableError, kinesis_client, place, refusal
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.errors import StreamError

#: Seconds without an answer after which the job gives up. It can be restarted then.
_GIVE_UP = 300.0
#: Seconds after which a request without an answer is retried.
_READ_TIMEOUT = 10
_MOST_RECORDS = 10_000

#: Codes of temporary errors: throttling, or a failure inside Kinesis.
_PASSING = {
    "InternalFailure",
    "InternalFailureException",
    "KMSThrottlingException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestTimeout",
    "ResourceInUseException",
    "ServiceUnavailable",
    "ThrottlingException",
}
_EXPIRED = "ExpiredIteratorException"
_NOT_OF_THIS_STREAM = "InvalidArgumentException"

#: Waits for a number of seconds. Returns false if the answer is no longer wanted.
Wait = Callable[[float], bool]


class NotWantedError(Exception):
    """The answer is no longer wanted."""


class KinesisApi:
    """One Kinesis stream, for many threads.

    Every method raises StreamError if Kinesis does not answer, and NotWantedError if `wait` returns false meanwhile.
    """

    def __init__(self, settings: Settings, stream: Stream) -> None:
        self._stream = stream
        try:
            # One connection per shard: each waits for its own answer.
            self._client = kinesis_client(settings, read_timeout=_READ_TIMEOUT, max_pool_connections=1_000)
        except KinesisUnavailableError as error:
            raise StreamError(f"{stream.address}: {error}") from error
        self._client.meta.events.register("before-parse.kinesis.GetRecords", _take_records)

    def close(self) -> None:
        self._client.close()

    def shards(self, wait: Wait) -> tuple[list[dict[str, Any]], int]:
        """The shards of the stream, including closed ones, and Kinesis's own time in milliseconds since 1970. Kinesis
        gives it in whole seconds."""
        shards: list[dict[str, Any]] = []
        page: dict[str, Any] = {"StreamName": self._stream.origin}
        while page:
            answer = self._ask(self._client.list_shards, page, wait)
            shards += answer["Shards"]
            page = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        return shards, int(parsedate_to_datetime(date).timestamp() if date else time.time()) * 1000

    def retention(self, wait: Wait) -> timedelta:
        """How long the stream keeps records."""
        answer = self._ask(self._client.describe_stream_summary, {"StreamName": self._stream.origin}, wait)
        return timedelta(hours=answer["StreamDescriptionSummary"]["RetentionPeriodHours"])

    def iterator(self, shard: str, position: int | None, start: datetime | None, wait: Wait) -> str:
        """An iterator after a position. Without one, from the time `start`, or else from the beginning."""
        at: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if position is not None:
            at = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": str(position)}
        elif start is not None:
            at = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": start}
        arguments = {"StreamName": self._stream.origin, "ShardId": shard, **at}
        return str(self._ask(self._client.get_shard_iterator, arguments, wait)["ShardIterator"])

    def records(self, iterator: str, wait: Wait) -> Mapping[str, Any] | None:
        """A response of GetRecords, with its records as in Kinesis's JSON. None if the iterator has expired."""
        limit = min(_MOST_RECORDS, self._stream.limits.records)
        answer: Mapping[str, Any] | None = self._ask(
            self._client.get_records, {"ShardIterator": iterator, "Limit": limit}, wait
        )
        return answer

    def _ask(self, operation: Callable[..., Any], arguments: Mapping[str, Any], wait: Wait) -> Any:
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

        backoff = Backoff(_GIVE_UP)
        while True:
            try:
                return operation(**arguments)
            except (ClientError, ConnectionError, HTTPClientError) as error:
                code = error.response["Error"].get("Code", "") if isinstance(error, ClientError) else ""
                if code == _EXPIRED:
                    return None
                delay = backoff.next_delay() if not code or code in _PASSING else None
                if delay is None:
                    raise self._failed(error, code, arguments) from error
            if not wait(delay):
                raise NotWantedError

    def _failed(self, error: Exception, code: str, arguments: Mapping[str, Any]) -> StreamError:
        told = refusal(place(self._client), code, str(error), self._stream.origin)
        if code == _NOT_OF_THIS_STREAM and "StartingSequenceNumber" in arguments:
            told += (
                f" The table is at sequence number {arguments['StartingSequenceNumber']} of {arguments['ShardId']}, "
                "which this stream does not have. The stream was recreated, or the record is gone from it. To read all "
                f"available records, rename its entry in the streams file, or move {self._stream.address} away."
            )
        return StreamError(f"{self._stream.address}: {told}")


def _take_records(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Pass on the records of a response as JSON. Parsing by botocore takes longer than all other work on them."""
    if response_dict["status_code"] == 200:
        answer = json.loads(response_dict["body"])
        customized_response_dict["Records"] = answer.pop("Records")
        response_dict["body"] = json.dumps(answer).encode()

"""The limits of Kinesis requests and the results of their records. Used for direct calls (`kinesis.py`) and calls
through API Gateway (`http/kinesis_api.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pinterest_platform.kinesis.connection import refusal
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.lanes import Outcome, RefusedError, RetriableError
from pinterest_platform.posting.senders.sender import Record, Refusal

_MAX_RECORDS = 500
#: Limits of a request and of a record, including keys, in bytes before base64.
_MAX_REQUEST_BYTES = 5 * 1024 * 1024
_MAX_RECORD_BYTES = 1024 * 1024
#: Error codes of records and requests that may succeed when retried.
_RETRIABLE = {
    "InternalFailure",
    "InternalFailureException",
    "KMSThrottlingException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "ThrottlingException",
}
#: Error codes of a request that one of its records caused.
_AT_FAULT = {"InvalidArgumentException", "SerializationException", "ValidationException"}


def cut(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Batches of records that fit into a request."""
    first, total = 0, 0
    for position, record in enumerate(records):
        size = _size(record)
        if position > first and (position - first == _MAX_RECORDS or total + size > _MAX_REQUEST_BYTES):
            yield records[first:position]
            first, total = position, 0
        total += size
    if first < len(records):
        yield records[first:]


def check_sizes(records: Sequence[Record]) -> None:
    """Check the size of each record.

    Raises:
        RefusedError: a record is too large.
    """
    for record in records:
        if (size := _size(record)) > _MAX_RECORD_BYTES:
            raise RefusedError("too large", f"{size:,} bytes with its key; Kinesis allows {_MAX_RECORD_BYTES:,}")


def outcome(records: Sequence[Record], results: Sequence[Mapping[str, Any]]) -> Outcome:
    """The outcome of records, from the result that PutRecords gives for each."""
    again, refused, trouble = [], [], ""
    for record, result in zip(records, results, strict=True):
        if code := result.get("ErrorCode"):
            error = str(result.get("ErrorMessage"))
            if code in _RETRIABLE:
                again.append(record)
                trouble = f"{code}: {error}"
            else:
                refused.append(Refusal(record, code, error))
    return Outcome(again, refused, trouble)


def request_error(where: str, stream: str, code: str, message: str) -> Exception:
    """The error to raise for the error code of a request: `RetriableError`, `RefusedError` or `DestinationError`."""
    if code in _RETRIABLE:
        return RetriableError(f"{code}: {message}")
    if code in _AT_FAULT:
        return RefusedError(code, message)
    return DestinationError(refusal(where, code, f"{code}: {message}", stream))


def _size(record: Record) -> int:
    return len(record.key) + len(record.value.encode())

"""What Kinesis takes in a request and says of its records, whether it is called straight (`kinesis.py`) or through API
Gateway (`http/kinesis_api.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pinterest_platform.kinesis.connection import refusal
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.lanes import Outcome, RefusedError, RetriableError
from pinterest_platform.posting.senders.sender import Record, Refusal

_MAX_RECORDS = 500
#: Of a request and of a record, keys included, in bytes before base64.
_MAX_REQUEST_BYTES = 5 * 1024 * 1024
_MAX_RECORD_BYTES = 1024 * 1024
#: Error codes of a record or a request that may pass when tried again.
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
#: Error codes of a request that one of its records is to blame for.
_AT_FAULT = {"InvalidArgumentException", "SerializationException", "ValidationException"}


def cut(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Batches of as many records as a request takes."""
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
    """Do nothing if each record is small enough.

    Raises:
        RefusedError: one is not.
    """
    for record in records:
        if (size := _size(record)) > _MAX_RECORD_BYTES:
            raise RefusedError("too large", f"{size:,} bytes with its key; Kinesis takes {_MAX_RECORD_BYTES:,}")


def outcome(records: Sequence[Record], results: Sequence[Mapping[str, Any]]) -> Outcome:
    """What became of records, by what PutRecords says of each."""
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
    """What to raise for an error code of a whole request: `RetriableError`, `RefusedError` or `DestinationError`."""
    if code in _RETRIABLE:
        return RetriableError(f"{code}: {message}")
    if code in _AT_FAULT:
        return RefusedError(code, message)
    return DestinationError(refusal(where, code, f"{code}: {message}", stream))


def _size(record: Record) -> int:
    return len(record.key) + len(record.value.encode())

"""Sends records to topics through a Kafka REST proxy (v2), directly or through a gateway such as API Gateway.

The sender checks each record's `error_code` in a reply, because HTTP 200 alone does not mean success. If a reply is
lost, its records are sent again and may be duplicated. `gateway.py` interprets HTTP statuses. `senders/lanes.py` keeps
requests in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests
from requests.auth import AuthBase

from pinterest_platform.posting.senders.http.gateway import Gateway, Target
from pinterest_platform.posting.senders.lanes import Lanes, Outcome
from pinterest_platform.posting.senders.sender import GIVE_UP_SECONDS, Delivery, Record, Refusal

_HEADERS = {"Content-Type": "application/vnd.kafka.json.v2+json", "Accept": "application/vnd.kafka.v2+json"}
#: Error codes of records that may succeed when retried: Kafka's retriable errors.
_RETRIABLE = (2, 50003)
_TOPIC_NOT_FOUND = 40401
_TARGET = Target(
    name="REST proxy",
    variable="PINTEREST_REST_URL",
    expected="a Kafka REST proxy v2",
    check="Check that the topic exists (`pinterest-platform topics create`) and that you may write to it. Check its "
    "brokers too.",
)


class RestSender:
    """A sender. `posting/senders/sender.py` documents its methods.

    `url` is the part before `/topics/<topic>`. `batch` is the number of records per request, fewer if the server
    rejects it as too large. `give_up` is in seconds without any success.
    """

    def __init__(
        self, url: str, auth: AuthBase | None = None, *, batch: int = 500, give_up: float = GIVE_UP_SECONDS
    ) -> None:
        self._batch = batch
        self._gateway = Gateway(_TARGET, url, auth, _HEADERS)
        self._lanes = Lanes(self._request, self._cut, self._gateway.failed, give_up)

    def identity(self) -> Mapping[str, Any]:
        return {"rest": self._gateway.shown}

    def open(self, topics: Sequence[str]) -> None:
        for topic in topics:
            reply = self._gateway.get(f"/topics/{topic}")
            # A gateway that forwards only records answers something else. The first records then show a missing topic.
            if reply.status_code == 404 and _error_code(reply) == _TOPIC_NOT_FOUND:
                raise self._gateway.failed(
                    f"has no topic {topic!r}. Create it with `pinterest-platform topics create`."
                )

    def submit(self, records: Sequence[Record]) -> Delivery:
        return self._lanes.submit(records)

    def close(self) -> None:
        self._lanes.close()
        self._gateway.close()

    def _cut(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        for first in range(0, len(records), self._batch):
            yield records[first : first + self._batch]

    def _request(self, topic: str, records: Sequence[Record]) -> Outcome:
        body = '{"records":[' + ",".join(f'{{"key":{key},"value":{value}}}' for _, key, value in records) + "]}"
        reply = self._gateway.send("POST", f"/topics/{topic}", topic, body)
        self._gateway.check_status(reply, topic)
        try:
            results = [_result(entry) for entry in reply.json()["offsets"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            results = []
        if len(results) != len(records):
            raise self._gateway.not_understood(reply, len(records))
        failed = []
        for record, (code, error) in zip(records, results, strict=True):
            # 401xx, 403xx, 404xx: permissions and missing topics, which no other record would change.
            if code is not None and 40100 <= code < 40500:
                what = f"accepts no records for topic {topic!r}: error_code {code}: {error}. {_TARGET.check}"
                raise self._gateway.failed(what)
            if code is not None:
                failed.append(Refusal(record, code, error))
        again = [refusal for refusal in failed if refusal.code in _RETRIABLE]
        refused = [refusal for refusal in failed if refusal.code not in _RETRIABLE]
        trouble = f"error_code {again[0].code}: {again[0].error}" if again else ""
        return Outcome([refusal.record for refusal in again], refused, trouble)


def _result(entry: Mapping[str, Any]) -> tuple[int | None, str]:
    """The error code and error of a record. The code is None for success."""
    code = entry.get("error_code")
    return None if code is None else int(code), str(entry.get("error"))


def _error_code(reply: requests.Response) -> int | None:
    try:
        code: int | None = reply.json().get("error_code")
    except (ValueError, AttributeError):
        return None
    return code

"""Sends records to Kinesis streams through API Gateway: one with PUT `/streams/<stream>/record`, more with `/records`.

The bodies follow AWS's tutorial for such a gateway. A single record has the row itself as `Data`. Each of several
records has the row's JSON text as `data`. The gateway's mapping templates (infra/kinesis-api) encode either in base64,
once.

A gateway that maps no errors answers 200 to everything, so `__type` identifies an error of Kinesis with any HTTP
status. `senders/kinesis_records.py` interprets these errors, and `gateway.py` interprets other statuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import dumps
from json.encoder import encode_basestring
from typing import Any

import requests
from requests.auth import AuthBase

from pinterest_platform.posting.senders.http.gateway import Gateway, Target
from pinterest_platform.posting.senders.kinesis_records import check_sizes, cut, outcome, request_error
from pinterest_platform.posting.senders.lanes import Lanes, Outcome
from pinterest_platform.posting.senders.sender import GIVE_UP_SECONDS, Delivery, Record

_TARGET = Target(
    name="Kinesis behind API Gateway at",
    variable="PINTEREST_KINESIS_API_URL",
    expected="an API Gateway with the methods of infra/kinesis-api",
    check="Check that it has PUT /streams/{stream-name}/record and /records.",
)


class KinesisApiSender:
    """A sender. `posting/senders/sender.py` documents its methods.

    `url` is the part before `/streams/<stream>`. `give_up` is in seconds without any success.
    """

    def __init__(self, url: str, auth: AuthBase | None = None, *, give_up: float = GIVE_UP_SECONDS) -> None:
        self._gateway = Gateway(_TARGET, url, auth, {"Content-Type": "application/json"})
        self._lanes = Lanes(self._request, cut, self._gateway.failed, give_up)

    def identity(self) -> Mapping[str, Any]:
        return {"kinesis api": self._gateway.shown}

    def open(self, topics: Sequence[str]) -> None:
        for topic in topics:
            # A gateway that forwards only records answers something else. The first records then show a missing stream.
            code, _ = _kinesis_error(_json(self._gateway.get(f"/streams/{topic}")))
            if code == "ResourceNotFoundException":
                raise self._gateway.failed(
                    f"has no stream {topic!r}. Create it with `pinterest-platform streams create`."
                )

    def submit(self, records: Sequence[Record]) -> Delivery:
        return self._lanes.submit(records)

    def close(self) -> None:
        self._lanes.close()
        self._gateway.close()

    def _request(self, topic: str, records: Sequence[Record]) -> Outcome:
        check_sizes(records)
        if len(records) == 1:
            [record] = records
            body = f'{{"StreamName":{dumps(topic)},"Data":{record.value},"PartitionKey":{dumps(record.key)}}}'
            reply = self._gateway.send("PUT", f"/streams/{topic}/record", topic, body)
        else:
            entries = (f'{{"data":{encode_basestring(r.value)},"partition-key":{dumps(r.key)}}}' for r in records)
            body = f'{{"records":[{",".join(entries)}]}}'
            reply = self._gateway.send("PUT", f"/streams/{topic}/records", topic, body)
        answer = _json(reply)
        code, message = _kinesis_error(answer)
        if code and reply.status_code < 500:
            raise request_error(f"{_TARGET.name} {self._gateway.shown}", topic, code, message)
        self._gateway.check_status(reply, topic)
        results = [answer] if len(records) == 1 else answer.get("Records", [])
        if len(results) != len(records) or not all({"SequenceNumber", "ErrorCode"} & set(each) for each in results):
            raise self._gateway.not_understood(reply, len(records))
        return outcome(records, results)


def _json(reply: requests.Response) -> dict[str, Any]:
    """The JSON object of a reply. Empty if the reply is not an object."""
    try:
        answer = reply.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _kinesis_error(answer: Mapping[str, Any]) -> tuple[str, str]:
    """The code and message of an error of Kinesis itself. The code is empty if the reply has no such error."""
    return str(answer.get("__type", "")).rpartition("#")[2], str(answer.get("message", answer.get("Message")))

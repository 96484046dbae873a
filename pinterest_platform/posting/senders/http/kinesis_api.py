"""Records into Kinesis streams through API Gateway: PUT of one to `/streams/<stream>/record`, of more to `/records`.

The bodies are those of AWS's tutorial for such a gateway: the row itself as `Data` of one record, its JSON text as
`data` of each of several; the gateway's mapping templates (infra/kinesis-api) encode either in base64, once. Errors of
Kinesis are told by their `__type` whatever the HTTP status, since a gateway that maps no errors answers 200 to all.
What that means for records is in `senders/kinesis_records.py`, and what a status means without it in `gateway.py`.
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
    """A sender. See `posting/senders/sender.py` for what its methods promise.

    `url` is what `/streams/<stream>` follows. `give_up` is in seconds without any success.
    """

    def __init__(self, url: str, auth: AuthBase | None = None, *, give_up: float = GIVE_UP_SECONDS) -> None:
        self._gateway = Gateway(_TARGET, url, auth, {"Content-Type": "application/json"})
        self._lanes = Lanes(self._request, cut, self._gateway.failed, give_up)

    def identity(self) -> Mapping[str, Any]:
        return {"kinesis api": self._gateway.shown}

    def open(self, topics: Sequence[str]) -> None:
        for topic in topics:
            # A gateway that passes on nothing but records answers something else; the first records will tell.
            code, _ = _kinesis_error(_json(self._gateway.get(f"/streams/{topic}")))
            if code == "ResourceNotFoundException":
                raise self._gateway.failed(f"has no stream {topic!r}. Make it: `pinterest-platform streams create`.")

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
    """The object that a reply is; an empty one where it is none."""
    try:
        answer = reply.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _kinesis_error(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message of an error of Kinesis itself; the code is empty where there is none."""
    return str(answer.get("__type", "")).rpartition("#")[2], str(answer.get("message", answer.get("Message")))

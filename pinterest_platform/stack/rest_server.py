"""A Kafka REST proxy with version 2 of the API: it posts JSON records and shows topics.

It has no consumers, no Avro and no authentication, and listens on 127.0.0.1 by default. `rest_proxy.py` starts and
stops it. Where the API leaves a choice, it behaves like Confluent's proxy: a failed record has its own `error_code` in
an HTTP 200. An unknown topic is such a failure.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from operator import itemgetter
from typing import Any, NoReturn, TypeAlias

import confluent_kafka
import uvicorn
from kafka.admin import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError, for_code
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_MEDIA_TYPE = "application/vnd.kafka.v2+json"
#: The content type of records with embedded JSON. Binary and Avro records are not supported.
_JSON_RECORDS = "application/vnd.kafka.json.v2+json"
#: Milliseconds until records that no broker accepts fail, which is sooner than clients time out, and until a topic
#: counts as unknown.
_DELIVERY_MS, _METADATA_MS = 20_000, 5_000
_TOPIC_NOT_FOUND, _NOT_AUTHORIZED, _KAFKA_ERROR, _RETRIABLE_KAFKA_ERROR = 40401, 40301, 50002, 50003
_FIELDS = {"key", "value", "partition"}

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
#: Partition and offset of a record, or the error.
_Outcome: TypeAlias = tuple[int, int] | KafkaError


class RequestError(Exception):
    """A request that ends with an HTTP error. `code` is its status, with two more digits if the API defines them."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def response(self) -> Response:
        status = self.code if self.code < 1000 else self.code // 100
        return _reply({"error_code": self.code, "message": str(self)}, status)


class RestServer:
    """The routes, with one producer for all requests. Requests may be concurrent."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._producer = self._connect({"linger.ms": 2, "batch.size": 131_072})
        self._alone = self._connect({"batch.num.messages": 1})

    def _connect(self, options: Mapping[str, Any]) -> confluent_kafka.Producer:
        producer = confluent_kafka.Producer(
            {
                **options,
                "bootstrap.servers": self._brokers,
                "acks": "all",
                # One request at a time keeps the order. An idempotent producer that has given up cannot be used any
                # more.
                "enable.idempotence": False,
                "max.in.flight.requests.per.connection": 1,
                "partitioner": "murmur2",
                "delivery.timeout.ms": _DELIVERY_MS,
                "request.timeout.ms": _DELIVERY_MS // 2,
                "topic.metadata.propagation.max.ms": _METADATA_MS,
                "reconnect.backoff.max.ms": 1_000,
                "allow.auto.create.topics": False,
            }
        )
        threading.Thread(target=_poll, args=(producer,), daemon=True).start()
        return producer

    def app(self) -> Starlette:
        routes = [
            Route("/topics", self.list_topics),
            Route("/topics/{topic}", self.describe_topic),
            Route("/topics/{topic}", self.produce, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={RequestError: _answer, KafkaError: _answer})

    def list_topics(self, _: Request) -> Response:
        with KafkaAdminClient(bootstrap_servers=self._brokers) as admin:
            return _reply(sorted(admin.list_topics()))

    def describe_topic(self, request: Request) -> Response:
        name = request.path_params["topic"]
        with KafkaAdminClient(bootstrap_servers=self._brokers) as admin:
            [topic] = admin.describe_topics([name])
        error = for_code(topic["error_code"])
        if error is UnknownTopicOrPartitionError:
            raise RequestError(_TOPIC_NOT_FOUND, "Topic not found.")
        if topic["error_code"]:
            raise error(name)
        partitions = sorted(map(_partition, topic["partitions"]), key=itemgetter("partition"))
        return _reply({"name": name, "configs": {}, "partitions": partitions})

    async def produce(self, request: Request) -> Response:
        given = request.headers.get("content-type", "").partition(";")[0].strip()
        if given != _JSON_RECORDS:
            raise RequestError(415, f"HTTP 415 Unsupported Media Type: {given!r}, not {_JSON_RECORDS!r}")
        records = parse_records(await request.body())
        return _reply(await run_in_threadpool(self._produce, request.path_params["topic"], records))

    def _produce(self, topic: str, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        sent = [_send(self._producer, topic, record) for record in records]
        outcomes = [outcome.result() for outcome in sent]
        # Brokers refuse whole batches, with good and bad records.
        refused = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, KafkaError) and not outcome.retriable]
        for n, outcome in [(n, _send(self._alone, topic, records[n])) for n in refused]:
            outcomes[n] = outcome.result()
        return {"offsets": list(map(_entry, outcomes)), "key_schema_id": None, "value_schema_id": None}


def _poll(producer: confluent_kafka.Producer) -> None:
    """Poll for delivery reports."""
    while True:
        producer.poll(1)


def _send(producer: confluent_kafka.Producer, topic: str, record: Mapping[str, Any]) -> Future[_Outcome]:
    outcome: Future[_Outcome] = Future()

    def reported(error: confluent_kafka.KafkaError | None, message: confluent_kafka.Message) -> None:
        outcome.set_result(_failure(error) if error else (message.partition() or 0, message.offset() or 0))

    try:
        partition = -1 if record.get("partition") is None else record["partition"]
        key, value = _bytes(record.get("key")), _bytes(record.get("value"))
        producer.produce(topic, value, key, partition, on_delivery=reported)
    except confluent_kafka.KafkaException as error:
        outcome.set_result(_failure(error.args[0]))
    except BufferError as error:
        outcome.set_result(KafkaTimeoutError(str(error)))
    except (ValueError, TypeError) as error:
        outcome.set_result(KafkaError(str(error)))
    return outcome


def _failure(error: confluent_kafka.KafkaError) -> KafkaError:
    """Convert to the error of kafka-python, which knows whether it is retriable. librdkafka's own
    errors have negative codes: they are timeouts."""
    if error.code() == confluent_kafka.KafkaError._UNKNOWN_PARTITION:
        return KafkaError(error.str())
    kind = for_code(error.code()) if error.code() > 0 else KafkaTimeoutError
    return kind(error.str())


def parse_records(body: bytes) -> list[Mapping[str, Any]]:
    """Parse the records of a request.

    Raises:
        RequestError: 400 if the body is not JSON, 422 if it has no list of records under `records`.
    """
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"HTTP 400 Bad Request: the body is not JSON: {error}") from error
    records = content.get("records") if isinstance(content, dict) else None
    if not isinstance(records, list) or not records:
        raise RequestError(422, 'records may not be empty: {"records": [{"key": ..., "value": ...}]} is expected')
    for number, record in enumerate(records):
        if not isinstance(record, dict) or not record.keys() <= _FIELDS or not record.keys() & {"key", "value"}:
            raise RequestError(422, f"records[{number}] is not an object of {', '.join(sorted(_FIELDS))}")
    return records


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _bytes(content: Any) -> bytes | None:
    """The bytes for Kafka: JSON. The API uses JSON for keys too, so a text key has quotes."""
    if content is None:
        return None
    return _JSON.encode(content).encode()


def _entry(outcome: _Outcome) -> dict[str, Any]:
    """The entry of a record in the reply."""
    if isinstance(outcome, tuple):
        return {"partition": outcome[0], "offset": outcome[1], "error_code": None, "error": None}
    return {"partition": None, "offset": None, "error_code": _code(outcome), "error": str(outcome)}


def _code(error: KafkaError) -> int:
    if isinstance(error, AuthorizationError):
        return _NOT_AUTHORIZED
    return _RETRIABLE_KAFKA_ERROR if error.retriable else _KAFKA_ERROR


def _partition(part: Mapping[str, Any]) -> dict[str, Any]:
    replicas = [
        {"broker": broker, "leader": broker == part["leader_id"], "in_sync": broker in part["isr_nodes"]}
        for broker in part["replica_nodes"]
    ]
    return {"partition": part["partition_index"], "leader": part["leader_id"], "replicas": replicas}


def _answer(_: Request, error: Exception) -> Response:
    if isinstance(error, RequestError):
        return error.response()
    assert isinstance(error, KafkaError)
    return RequestError(_code(error), str(error)).response()


def _reply(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, media_type=_MEDIA_TYPE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", required=True, help="Bootstrap servers: host:port,host:port.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8082)
    given = parser.parse_args()
    # Given a host rather than a socket, asyncio sets TCP_NODELAY, without which each reply takes 40 ms.
    uvicorn.run(
        RestServer(given.brokers).app(),
        host=given.host,
        port=given.port,
        access_log=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()

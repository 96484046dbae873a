"""Records into topics through a Kafka REST proxy (v2), straight or through a gateway such as API Gateway.

A topic has one request on its way at a time, which keeps its records in order; topics go side by side. Each record's
`error_code` in a reply is read: HTTP 200 alone says nothing. After a reply that was lost, its records are sent again
and may be there twice. Who may post is proven by `rest_auth.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

import requests
from requests.auth import AuthBase

from pinterest_platform.posting.backoff import Backoff, retry_after
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.sender import GIVE_UP_SECONDS, Record, Refusal

_HEADERS = {"Content-Type": "application/vnd.kafka.json.v2+json", "Accept": "application/vnd.kafka.v2+json"}
#: Seconds to connect, and until a reply begins; API Gateway gives a proxy 29.
_TIMEOUT = (10.0, 30.0)
#: Error codes of a record that may pass when tried again: Kafka's retriable errors.
_RETRIABLE = (2, 50003)
#: What there is of an unexpected reply in a message, in characters.
_EXCERPT = 200
_TOPIC_NOT_FOUND = 40401


class RestSender:
    """A sender. See `posting/sender.py` for what its methods promise.

    `url` is what `/topics/<topic>` follows. `batch` is the number of records in a request, fewer where the server says
    that it is too large. `give_up` is in seconds without any success.
    """

    def __init__(
        self, url: str, auth: AuthBase | None = None, *, batch: int = 500, give_up: float = GIVE_UP_SECONDS
    ) -> None:
        self._url, self._auth, self._batch, self._give_up = url, auth, batch, give_up
        self._workers: dict[str, _Worker] = {}
        #: Set when nothing more is to be sent: closed, or a topic failed, for the reason that `_failure` is.
        self._ended = threading.Event()
        self._failure: DestinationError | None = None

    def identity(self) -> Mapping[str, Any]:
        return {"rest": self._url}

    def open(self, topics: Sequence[str]) -> None:
        with self._session() as session:
            for topic in topics:
                try:
                    reply = session.get(f"{self._url}/topics/{topic}", timeout=_TIMEOUT)
                except requests.RequestException as error:
                    raise self._failed(f"cannot be reached: {_reason(error)}. {_CHECK_URL}") from error
                # A gateway that passes on nothing but records answers something else; the first records will tell.
                if reply.status_code == 404 and _error_code(reply) == _TOPIC_NOT_FOUND:
                    raise self._failed(f"has no topic {topic!r}. Make it: `pinterest-platform topics create`.")

    def submit(self, records: Sequence[Record]) -> _Deliveries:
        futures = []
        for topic, of_topic in groupby(sorted(records, key=attrgetter("topic")), key=attrgetter("topic")):
            if topic not in self._workers:
                self._workers[topic] = _Worker(self._session())
            worker = self._workers[topic]
            rest = list(of_topic)
            for first in range(0, len(rest), self._batch):
                chunk = rest[first : first + self._batch]
                futures.append(worker.executor.submit(self._work, worker.session, topic, chunk))
        return _Deliveries(futures)

    def close(self) -> None:
        self._ended.set()
        for worker in self._workers.values():
            worker.executor.shutdown(wait=False, cancel_futures=True)
            worker.session.close()

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(_HEADERS)
        session.auth = self._auth
        return session

    def _work(self, session: requests.Session, topic: str, records: Sequence[Record]) -> list[Refusal]:
        """Deliver, unless something failed before: what then still arrived would arrive again on resuming."""
        try:
            if self._ended.is_set():
                raise self._failed("was left before all was sent.")
            return self._deliver(session, topic, records)
        except DestinationError as error:
            self._failure = self._failure or error
            self._ended.set()
            raise self._failure from None

    def _deliver(self, session: requests.Session, topic: str, records: Sequence[Record]) -> list[Refusal]:
        """Post records until each is acknowledged or refused for good."""
        refusals: list[Refusal] = []
        backoff, rest = Backoff(self._give_up), list(records)
        while rest:
            body = '{"records":[' + ",".join(f'{{"key":{key},"value":{value}}}' for _, key, value in rest) + "]}"
            wait = 0.0
            try:
                # A redirected POST would become a GET.
                reply = session.post(
                    f"{self._url}/topics/{topic}", body.encode(), timeout=_TIMEOUT, allow_redirects=False
                )
            except requests.exceptions.SSLError as error:
                raise self._failed(f"cannot be trusted: {_reason(error)}. Check its certificate.") from error
            except requests.RequestException as error:
                trouble = _reason(error)
            else:
                if reply.status_code == 413:
                    return refusals + self._split(session, topic, rest, reply)
                if reply.status_code in (408, 429) or reply.status_code >= 500:
                    trouble, wait = _excerpt(reply), retry_after(reply.headers.get("Retry-After"))
                else:
                    outcomes = self._outcomes(reply, topic, rest)
                    failed = [outcome for outcome in outcomes if outcome.code is not None]
                    again = [outcome for outcome in failed if outcome.code in _RETRIABLE]
                    refusals += [outcome for outcome in failed if outcome.code not in _RETRIABLE]
                    if len(again) < len(rest):
                        backoff.succeeded()
                    rest = [outcome.record for outcome in again]
                    trouble = f"error_code {again[0].code}: {again[0].error}" if again else ""
            if rest:
                self._wait(backoff, wait, topic, trouble)
        return refusals

    def _outcomes(self, reply: requests.Response, topic: str, records: Sequence[Record]) -> list[Refusal]:
        """What became of each record by a reply; the code of one that arrived is None."""
        if reply.status_code != 200:
            self._raise_status(reply, topic)
        try:
            found = [_result(entry) for entry in reply.json()["offsets"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            found = []
        if len(found) != len(records):
            raise self._failed(
                f"answered {_excerpt(reply)} to {len(records)} records, which is no reply of a Kafka REST proxy v2. "
                "Check that PINTEREST_REST_URL is that of the proxy, or of a gateway that passes requests on to it."
            )
        for code, error in found:
            # 401xx, 403xx, 404xx: who may write, and what there is. No record can change that.
            if code is not None and 40100 <= code < 40500:
                raise self._failed(f"lets nothing into topic {topic!r}: error_code {code}: {error}. {_CHECK}")
        return [Refusal(record, code, error) for record, (code, error) in zip(records, found, strict=True)]

    def _raise_status(self, reply: requests.Response, topic: str) -> None:
        what = f"answered {_excerpt(reply)} for topic {topic!r}"
        if reply.status_code in (401, 403):
            raise self._failed(f"{what}. Check PINTEREST_REST_AUTH and what goes with it, and the right to post.")
        if reply.status_code == 404:
            raise self._failed(f"{what}. {_CHECK}")
        if reply.is_redirect:
            raise self._failed(f"sends us to {reply.headers['Location']}. Give PINTEREST_REST_URL accordingly.")
        raise self._failed(f"{what}. Check that PINTEREST_REST_URL is that of a Kafka REST proxy v2.")

    def _split(
        self, session: requests.Session, topic: str, records: Sequence[Record], reply: requests.Response
    ) -> list[Refusal]:
        """What to do with a request that is too large: send its halves; a record that is so by itself is refused."""
        if len(records) == 1:
            return [Refusal(records[0], 413, _excerpt(reply))]
        half = len(records) // 2
        return self._deliver(session, topic, records[:half]) + self._deliver(session, topic, records[half:])

    def _wait(self, backoff: Backoff, at_least: float, topic: str, trouble: str) -> None:
        delay = backoff.next_delay(at_least)
        if delay is None:
            raise self._failed(f"takes nothing for topic {topic!r}: {trouble}. {_CHECK} Then go on with --resume.")
        if self._ended.wait(delay):
            raise self._failed("was left before all was sent.")

    def _failed(self, what: str) -> DestinationError:
        return DestinationError(f"REST proxy {self._url} {what}")


_CHECK_URL = "Check PINTEREST_REST_URL; gateways want https:// as a rule."
_CHECK = "Check that the topic exists (`pinterest-platform topics create`), that you may write to it, and its brokers."


@dataclass(frozen=True)
class _Worker:
    """What a topic's requests are made with, one after the other."""

    session: requests.Session
    executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))


@dataclass(frozen=True)
class _Deliveries:
    futures: Sequence[Future[list[Refusal]]]

    def done(self) -> bool:
        return all(future.done() for future in self.futures)

    def refusals(self) -> list[Refusal]:
        return [refusal for future in self.futures for refusal in future.result()]


def _result(entry: Mapping[str, Any]) -> tuple[int | None, str]:
    """Error code, None for success, and error of a record."""
    code = entry.get("error_code")
    return None if code is None else int(code), str(entry.get("error"))


def _error_code(reply: requests.Response) -> int | None:
    try:
        code: int | None = reply.json().get("error_code")
    except (ValueError, AttributeError):
        return None
    return code


def _excerpt(reply: requests.Response) -> str:
    return f"HTTP {reply.status_code} {' '.join(reply.text.split())[:_EXCERPT]!r}"


def _reason(error: requests.RequestException) -> str:
    """The innermost cause: what wraps it repeats the URL and names objects."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return str(cause) or type(cause).__name__

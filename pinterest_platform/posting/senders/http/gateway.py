"""HTTP requests to a server that accepts records, directly or through a gateway such as API Gateway.

This module interprets HTTP statuses. `rest.py` and `kinesis_api.py` define the content of requests and of successful
replies. `auth.py` authenticates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import requests
from requests.auth import AuthBase

from pinterest_platform.backoff import retry_after
from pinterest_platform.errors import without_login
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.lanes import RefusedError, RetriableError

#: Seconds to connect, and until a reply begins. API Gateway allows its backend 29.
_TIMEOUT = (10.0, 30.0)
#: Characters of an unexpected reply that a message shows.
_EXCERPT = 200
#: The message of API Gateway, with status 403, if the URL is not a method of a deployed stage.
_NO_SUCH_PATH = "Missing Authentication Token"


@dataclass(frozen=True)
class Target:
    """Describes the server in messages.

    - `name`: its name.
    - `variable`: the environment variable of its URL.
    - `expected`: the kind of server that the URL must belong to.
    - `check`: the advice if it does not know a topic.
    """

    name: str
    variable: str
    expected: str
    check: str


class Gateway:
    """Sends requests below `url`, with one connection per topic. Each request has the `headers`."""

    def __init__(self, target: Target, url: str, auth: AuthBase | None, headers: Mapping[str, str]) -> None:
        self.url, self.shown = url, without_login(url)
        self._target, self._auth, self._headers = target, auth, headers
        self._sessions: dict[str, requests.Session] = {}

    def get(self, path: str) -> requests.Response:
        """The reply, with any status.

        Raises:
            DestinationError: the server does not reply.
        """
        with self._session() as session:
            try:
                return session.get(f"{self.url}{path}", timeout=_TIMEOUT)
            except requests.RequestException as error:
                variable = self._target.variable
                raise self.failed(
                    f"cannot be reached: {_reason(error)}. Check {variable}. Gateways usually require https://."
                ) from error

    def send(self, method: str, path: str, topic: str, body: str) -> requests.Response:
        """The reply, with any status. Send the requests of a topic one at a time.

        Raises:
            RetriableError: the server does not reply.
            DestinationError: its certificate is not trusted.
        """
        if topic not in self._sessions:
            self._sessions[topic] = self._session()
        try:
            # A redirect would turn a POST into a GET.
            return self._sessions[topic].request(
                method, f"{self.url}{path}", data=body.encode(), timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.exceptions.SSLError as error:
            raise self.failed(f"cannot be trusted: {_reason(error)}. Check its certificate.") from error
        except requests.RequestException as error:
            raise RetriableError(_reason(error)) from error

    def check_status(self, reply: requests.Response, topic: str) -> None:
        """Check that the status is 200.

        Raises:
            RetriableError: it is 408, 429 or 5xx.
            RefusedError: it is 413, too large.
            DestinationError: it is another one. The message says what to do.
        """
        if reply.status_code == 200:
            return
        said = excerpt(reply)
        if reply.status_code in (408, 429) or reply.status_code >= 500:
            raise RetriableError(said, retry_after(reply.headers.get("Retry-After")))
        if reply.status_code == 413:
            raise RefusedError(413, said)
        variable, what = self._target.variable, f"answered {said} for {topic!r}"
        if _NO_SUCH_PATH in reply.text:
            raise self.failed(
                f"{what}. API Gateway gives this answer for a missing path or stage, regardless of credentials. Check "
                f"that {variable} ends with the stage, as https://<id>.execute-api.<region>.amazonaws.com/<stage>, and "
                f"that the API is deployed there. {self._target.check}"
            )
        if reply.status_code in (401, 403):
            raise self.failed(f"{what}. Check PINTEREST_REST_AUTH, its credentials, and the permission to post.")
        if reply.status_code == 404:
            raise self.failed(f"{what}. {self._target.check}")
        if reply.is_redirect:
            raise self.failed(f"redirects to {reply.headers['Location']}. Change {variable} accordingly.")
        raise self.failed(f"{what}. Check that {variable} is the URL of {self._target.expected}.")

    def not_understood(self, reply: requests.Response, records: int) -> DestinationError:
        """The error for a successful reply with unexpected content."""
        return self.failed(
            f"answered {excerpt(reply)} to {records} records, which is not a reply of {self._target.expected}. "
            f"Check that {self._target.variable} is its URL, or the URL of a gateway that forwards requests to it."
        )

    def failed(self, what: str) -> DestinationError:
        return DestinationError(f"{self._target.name} {self.shown} {what}")

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(self._headers)
        session.auth = self._auth
        return session


def excerpt(reply: requests.Response) -> str:
    """The status and the beginning of a reply, for messages."""
    return f"HTTP {reply.status_code} {' '.join(reply.text.split())[:_EXCERPT]!r}"


def _reason(error: requests.RequestException) -> str:
    """The innermost cause. Outer exceptions repeat the URL and name objects."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return str(cause) or type(cause).__name__

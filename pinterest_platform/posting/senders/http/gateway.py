"""HTTP requests to a server that takes records, straight or through a gateway such as API Gateway, and what an HTTP
status means for them. What is in a request and in a reply of success is said by `rest.py` and `kinesis_api.py`; who may
post is proven by `auth.py`.
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

#: Seconds to connect, and until a reply begins; API Gateway gives what is behind it 29.
_TIMEOUT = (10.0, 30.0)
#: What there is of an unexpected reply in a message, in characters.
_EXCERPT = 200
#: What API Gateway says, with status 403, where the URL names no method of a deployed stage.
_NO_SUCH_PATH = "Missing Authentication Token"


@dataclass(frozen=True)
class Target:
    """What is posted to, for messages: its `name`, the `variable` its URL comes from, what that must be the URL of
    (`expected`), and what to `check` where it knows no such topic."""

    name: str
    variable: str
    expected: str
    check: str


class Gateway:
    """Requests below `url`, one connection a topic. `headers` go with each."""

    def __init__(self, target: Target, url: str, auth: AuthBase | None, headers: Mapping[str, str]) -> None:
        self.url, self.shown = url, without_login(url)
        self._target, self._auth, self._headers = target, auth, headers
        self._sessions: dict[str, requests.Session] = {}

    def get(self, path: str) -> requests.Response:
        """The reply, whatever its status.

        Raises:
            DestinationError: there is none.
        """
        with self._session() as session:
            try:
                return session.get(f"{self.url}{path}", timeout=_TIMEOUT)
            except requests.RequestException as error:
                variable = self._target.variable
                raise self.failed(
                    f"cannot be reached: {_reason(error)}. Check {variable}; gateways want https:// as a rule."
                ) from error

    def send(self, method: str, path: str, topic: str, body: str) -> requests.Response:
        """The reply, whatever its status; requests of one topic must come one after the other.

        Raises:
            RetriableError: there is none.
            DestinationError: its certificate is not trusted.
        """
        if topic not in self._sessions:
            self._sessions[topic] = self._session()
        try:
            # A redirected POST would become a GET.
            return self._sessions[topic].request(
                method, f"{self.url}{path}", data=body.encode(), timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.exceptions.SSLError as error:
            raise self.failed(f"cannot be trusted: {_reason(error)}. Check its certificate.") from error
        except requests.RequestException as error:
            raise RetriableError(_reason(error)) from error

    def check_status(self, reply: requests.Response, topic: str) -> None:
        """Do nothing if it is 200.

        Raises:
            RetriableError: 408, 429 or 5xx.
            RefusedError: 413, too large.
            DestinationError: any other; with what to do.
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
                f"{what}. API Gateway says so of a path or a stage that it does not have, whoever asks. Check that "
                f"{variable} ends with the stage, as https://<id>.execute-api.<region>.amazonaws.com/<stage>, and that "
                f"the API is deployed there. {self._target.check}"
            )
        if reply.status_code in (401, 403):
            raise self.failed(f"{what}. Check PINTEREST_REST_AUTH and what goes with it, and the right to post.")
        if reply.status_code == 404:
            raise self.failed(f"{what}. {self._target.check}")
        if reply.is_redirect:
            raise self.failed(f"sends us to {reply.headers['Location']}. Give {variable} accordingly.")
        raise self.failed(f"{what}. Check that {variable} is that of {self._target.expected}.")

    def not_understood(self, reply: requests.Response, records: int) -> DestinationError:
        """The error of a reply of success that is not what was expected."""
        return self.failed(
            f"answered {excerpt(reply)} to {records} records, which is no reply of {self._target.expected}. "
            f"Check that {self._target.variable} is its URL, or that of a gateway that passes requests on to it."
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
    """Status and beginning of a reply, for messages."""
    return f"HTTP {reply.status_code} {' '.join(reply.text.split())[:_EXCERPT]!r}"


def _reason(error: requests.RequestException) -> str:
    """The innermost cause: what wraps it repeats the URL and names objects."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return str(cause) or type(cause).__name__

"""Requests to web servers. Retries after 429, 5xx and lost connections, with growing delays, but never after 403."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinterest_platform.retail.sources.errors import SourceError

if TYPE_CHECKING:
    import requests

#: Requests to one server at once.
AT_ONCE = 16
#: Seconds until a connection, and until the next byte of an answer.
TIMEOUT = (5.0, 30.0)
#: The number of retries, and the longest wait in seconds, even if a server requests more. Otherwise, a server that
#: requests hours would block the whole run.
TIMES_AGAIN = 6
LONGEST_WAIT = 60


def session() -> requests.Session:
    """A session that waits 0.2 s, 0.4 s and so on between retries, or as long as Retry-After specifies."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    again = Retry(
        total=TIMES_AGAIN,
        backoff_factor=0.2,
        backoff_jitter=0.2,
        backoff_max=10,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=("GET", "HEAD"),
        raise_on_status=False,
        retry_after_max=LONGEST_WAIT,
    )
    made = requests.Session()
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=again, pool_maxsize=AT_ONCE))
    return made


@contextmanager
def asking(place: str) -> Iterator[None]:
    """Turns errors of requests into a `SourceError`, because their text would show the address with its login."""
    try:
        import requests
    except ImportError:
        raise SourceError(
            f"{place}: retail support is not installed. Run: pip install 'pinterest-platform[retail]'"
        ) from None
    try:
        yield
    except requests.RequestException as error:
        # The reason of the last attempt, such as ReadTimeoutError.
        reason = getattr(next(iter(error.args), None), "reason", None) or error
        raise SourceError(
            f"{place}: {type(reason).__name__}. No rows were taken. Check the address and that the server answers, "
            "then run again."
        ) from None

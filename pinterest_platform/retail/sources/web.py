"""How servers on the web are asked: again after 429, 5xx and lost connections, later each time; never after 403."""

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
#: How often a request is sent again, and seconds that are waited at most where a server asks for more: one that asks
#: for hours would hold the whole run.
TIMES_AGAIN = 6
LONGEST_WAIT = 60


def session() -> requests.Session:
    """A session that waits 0.2 s, 0.4 s and so on before it asks again, or as long as Retry-After says."""
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
    """Turns what requests raises into a `SourceError`; its text would show the address with its login."""
    try:
        import requests
    except ImportError:
        raise SourceError(f"{place}: this needs more: pip install 'pinterest-platform[retail]'") from None
    try:
        yield
    except requests.RequestException as error:
        # Of several attempts the last one's reason, as ReadTimeoutError.
        reason = getattr(next(iter(error.args), None), "reason", None) or error
        raise SourceError(
            f"{place}: {type(reason).__name__}. Nothing of it is taken; see that the address is right and that the "
            "server answers, then run again."
        ) from None

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


def session() -> requests.Session:
    """A session that waits 0.2 s, 0.4 s and so on before it asks again, or as long as Retry-After says."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    again = Retry(
        total=6,
        backoff_factor=0.2,
        backoff_jitter=0.2,
        backoff_max=10,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=("GET", "HEAD"),
        raise_on_status=False,
        # A server that asks for hours would hold the whole run.
        retry_after_max=60,
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
        raise SourceError(
            f"{place}: {type(error).__name__}, after several attempts. Nothing of it is taken; see that the address is "
            "right and the server can be reached, then run again."
        ) from None

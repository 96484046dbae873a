"""Sessions of AWS's client library, which resolves region, profile and credentials.

`s3/` and `kinesis/connection.py` use them for requests to the services.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _service_descriptions() -> Any:
    """botocore's descriptions of AWS services, loaded once per process: parsing them takes most of a client's time."""
    import botocore.session

    return botocore.session.Session().get_component("data_loader")


def aws_session(profile: str = "") -> Any:
    """A new `botocore.session.Session`, which reads environment and profile again. Without a `profile`, the environment
    names it.

    Raises:
        ImportError: botocore is not installed.
    """
    import botocore.session

    session = botocore.session.Session(profile=profile or None)
    session.register_component("data_loader", _service_descriptions())
    return session

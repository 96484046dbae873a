"""Sessions of AWS's client library, which resolves region, profile and credentials. What is asked of a service is said
elsewhere: `s3/`, `kinesis/connection.py`.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _service_descriptions() -> Any:
    """What botocore knows of AWS's services, read once a process: parsing it takes longer than the rest of a client."""
    import botocore.session

    return botocore.session.Session().get_component("data_loader")


def aws_session(profile: str = "") -> Any:
    """A new `botocore.session.Session`, so that the environment and the profile are read anew; the profile is that of
    the environment where none is given.

    Raises:
        ImportError: botocore is not installed.
    """
    import botocore.session

    session = botocore.session.Session(profile=profile or None)
    session.register_component("data_loader", _service_descriptions())
    return session

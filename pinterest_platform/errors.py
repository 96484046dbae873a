"""The base of every error that says all a user needs. Each room declares its own below it.

An error of ours that a caller always handles, and no user sees, does not belong here.
"""

from __future__ import annotations

import re

#: How engines and databases quote the values of rows in errors, and what is shown instead.
_VALUES = (
    (re.compile(r"'.*'", re.DOTALL), "'•••'"),
    (re.compile(r'(?<=: )".*"', re.DOTALL), '"•••"'),
    (re.compile(r"(?<==)\(.*\)", re.DOTALL), "(•••)"),
    (re.compile(r"\([^()]* [-+*/] [^()]*\)"), "(•••)"),
    (re.compile(r"(?<=[Vv]alue )(?=\S*\d)\S+"), "•••"),
    (re.compile(r"(?<=Input: ).*", re.DOTALL), "•••"),
)


class PlatformError(Exception):
    """What a user, a setting or the surroundings did wrong. The message names the thing, says what is allowed and what
    to do; a traceback would only hide it."""


def without_values(told: str) -> str:
    """The words of an engine or a database without the values of rows in them, which may tell of persons."""
    for quoted, shown in _VALUES:
        told = quoted.sub(shown, told)
    return told


def without_login(url: str) -> str:
    """A URL as a message may show it: without what comes before the last `@`, as one may be in the password."""
    return re.sub(r"(?<=://).*@", "***@", url)

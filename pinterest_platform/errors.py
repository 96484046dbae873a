"""The base class of all errors for users. Each package declares its own subclasses.

Internal errors that a caller always handles, so that no user sees them, do not belong here.
"""

from __future__ import annotations

import re

#: Quoted text in an error: a name (the group `name`) or a value. A value may contain quotes, so it ends at the last.
_QUOTED = re.compile(
    r"""(?P<name>\b(?:table|relation|column|schema|view|constraint|index|type|cast to|set|encoding|parameter|user"""
    r"""|role|database|server at|host name) "[^"\n]*")|(?<!\w)(?P<quote>["']).*(?P=quote)(?!\w)""",
    re.DOTALL,
)
#: Other forms in which engines and databases show values of rows in errors, and their replacements.
_VALUES = (
    (re.compile(r"(?:(?<==)|(?<=contains ))\(.*\)", re.DOTALL), "(•••)"),
    (re.compile(r"\([^()]* [-+*/] [^()]*\)"), "(•••)"),
    (re.compile(r"(?:(?<=[Vv]alue )|(?<=number )|(?<=index )|(?<=Codepoint ))(?=\S*\d)\S+"), "•••"),
    (re.compile(r"\S+(?= cannot be represented)"), "•••"),
    (re.compile(r"(?<!SQLSTATE: )(?<=: )-?\d.*"), "•••"),
    (re.compile(r"(?<=Input: ).*", re.DOTALL), "•••"),
)
#: The line of SQL at the end of a DuckDB error. It has its own quotes.
_LINE = re.compile(r"\n\nLINE \d+: [^\n]*\n *\^\Z")


class PlatformError(Exception):
    """An error caused by a user, a setting or the environment. The message names the cause, what is allowed and the
    fix, so it is shown without a traceback."""


def without_values(told: str) -> str:
    """An error message of an engine or a database without values of rows, which may be personal data."""
    told = _QUOTED.sub(lambda found: found["name"] or "{0}•••{0}".format(found["quote"]), _LINE.sub("", told))
    for value, shown in _VALUES:
        told = value.sub(shown, told)
    return told


def without_login(url: str) -> str:
    """A URL that is safe to show: without the login, up to the last `@`, since a password may contain one."""
    return re.sub(r"(?<=://).*@", "***@", url)

"""The base of every error that says all a user needs. Each room declares its own below it.

An error of ours that a caller always handles, and no user sees, does not belong here.
"""

from __future__ import annotations

import re

#: What an error quotes: a name, which is the group `name`, or a value, up to the last quote, since it may have some.
_QUOTED = re.compile(
    r"""(?P<name>\b(?:table|relation|column|schema|view|constraint|index|type|cast to|set|encoding|parameter|user"""
    r"""|role|database|server at|host name) "[^"\n]*")|(?<!\w)(?P<quote>["']).*(?P=quote)(?!\w)""",
    re.DOTALL,
)
#: How else engines and databases show the values of rows in errors, and what is shown instead.
_VALUES = (
    (re.compile(r"(?:(?<==)|(?<=contains ))\(.*\)", re.DOTALL), "(•••)"),
    (re.compile(r"\([^()]* [-+*/] [^()]*\)"), "(•••)"),
    (re.compile(r"(?:(?<=[Vv]alue )|(?<=number )|(?<=index )|(?<=Codepoint ))(?=\S*\d)\S+"), "•••"),
    (re.compile(r"\S+(?= cannot be represented)"), "•••"),
    (re.compile(r"(?<!SQLSTATE: )(?<=: )-?\d.*"), "•••"),
    (re.compile(r"(?<=Input: ).*", re.DOTALL), "•••"),
)
#: The line of SQL with which DuckDB ends. It has quotes of its own.
_LINE = re.compile(r"\n\nLINE \d+: [^\n]*\n *\^\Z")


class PlatformError(Exception):
    """What a user, a setting or the surroundings did wrong. The message names the thing, says what is allowed and what
    to do; a traceback would only hide it."""


def without_values(told: str) -> str:
    """The words of an engine or a database without the values of rows in them, which may tell of persons."""
    told = _QUOTED.sub(lambda found: found["name"] or "{0}•••{0}".format(found["quote"]), _LINE.sub("", told))
    for value, shown in _VALUES:
        told = value.sub(shown, told)
    return told


def without_login(url: str) -> str:
    """A URL as a message may show it: without what comes before the last `@`, as one may be in the password."""
    return re.sub(r"(?<=://).*@", "***@", url)

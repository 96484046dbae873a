"""Pseudonyms of texts that tell of persons: HMAC-SHA-256 of the text by a secret, the same on every engine.

No statement over tables has the secret in it: it reads it from a relation that the session is given when it is opened.
Which columns become pseudonyms is said by the catalog, where the secret is from by `pseudonym_secret`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

_BLOCK = 64  # Bytes that SHA-256 takes at once.
_MARKED = b"pinterest_platform pseudonyms"


@dataclass(frozen=True)
class Pseudonyms:
    """The secret by which pseudonyms are made."""

    secret: bytes = field(repr=False)

    def of(self, text: str) -> str:
        """The pseudonym of a text, as engines make it."""
        return hmac.new(self.secret, text.encode(), "sha256").hexdigest()

    @property
    def mark(self) -> int:
        """A positive number of 63 bits that is another one for another secret, and tells nothing of it."""
        return int.from_bytes(hmac.digest(self.secret, _MARKED, "sha256")[:8], "big") >> 1 or 1

    @property
    def pads(self) -> tuple[bytes, bytes]:
        """The columns of its `relation`: the secret as HMAC puts it before what is hashed."""
        key = self.secret if len(self.secret) <= _BLOCK else hashlib.sha256(self.secret).digest()
        inner, outer = (bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")) for pad in (0x36, 0x5C))
        return inner, outer


def relation(mark: int) -> str:
    """The relation of one row in which a session has the secret of that mark, as the columns `inner_pad` and
    `outer_pad`."""
    return f"pseudonym_key_{mark:x}"

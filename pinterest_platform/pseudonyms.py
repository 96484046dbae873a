"""Pseudonyms of personal texts: HMAC-SHA-256 of the text with a secret, the same on every engine.

SQL statements never contain the secret: they read it from a relation that is created when the session opens. The
catalog defines which columns become pseudonyms; `pseudonym_secret` reads the secret.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

_BLOCK = 64  # Bytes that SHA-256 takes at once.
_MARKED = b"pinterest_platform pseudonyms"


@dataclass(frozen=True)
class Pseudonyms:
    """Computes pseudonyms with a secret."""

    secret: bytes = field(repr=False)

    def of(self, text: str) -> str:
        """The pseudonym of a text, as the engines compute it."""
        return hmac.new(self.secret, text.encode(), "sha256").hexdigest()

    @property
    def mark(self) -> int:
        """A positive 63-bit number that identifies the secret without revealing it."""
        return int.from_bytes(hmac.digest(self.secret, _MARKED, "sha256")[:8], "big") >> 1 or 1

    @property
    def pads(self) -> tuple[bytes, bytes]:
        """The columns of its `relation`: the padded keys that HMAC prepends to the hashed data."""
        key = self.secret if len(self.secret) <= _BLOCK else hashlib.sha256(self.secret).digest()
        inner, outer = (bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")) for pad in (0x36, 0x5C))
        return inner, outer


def relation(mark: int) -> str:
    """The relation with one row that holds the secret of this mark in a session, as the columns `inner_pad` and
    `outer_pad`."""
    return f"pseudonym_key_{mark:x}"

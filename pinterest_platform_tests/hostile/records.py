"""Records that somebody sends to do harm, the same ones for the same seed; each is one that a topic takes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence

from pinterest_platform_tests.landing_data import pin

#: Below what brokers take, with the envelope.
LARGEST = 900_000
#: Good records have keys from here on, hostile ones below.
FIRST_GOOD = 1_000_000
_TEXTS = ("title", "description", "poster_name", "follower_count", "tag_list", "save_location", "category", "unique_id")
_SAID = (
    "![x](https://attacker.example/a.png)",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08",
    '=HYPERLINK("https://attacker.example")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "'); DROP TABLE raw.pin; --",
    "' OR 1=1 UNION SELECT * FROM raw.rejected --",
    "`; ATTACH '/etc/passwd' AS x; $$ {{ 7*7 }} ${jndi:ldap://x} %s %n {0}",
    "../../../../etc/passwd\x00.json",
    "\u202eevil\u2066\ufeff\u200b",
    "\ud800",
    "a\u0000b",
    "'\"\\\\\\",
    "No Title Data Available",
    "NULL",
)
_NAMES = (
    'index"; DROP TABLE x; --',
    "$.index",
    "",
    "__proto__",
    "a.b[0]",
    "index\x00",
    "`",
    "'",
    "_partition",
    "schema",
)
_NUMBERS = (
    "1e999999",
    "-0",
    "9" * 400,
    "0." + "3" * 400,
    "1E+2",
    "-9223372036854775809",
    "NaN",
    "Infinity",
    "0x1",
    "01",
)
_BYTES = (
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe\x00",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf{}",
    b"\x1f\x8b\x08\x00",
    b"PK\x03\x04",
    b"null",
    b"[]",
    b'"{}"',
    b"{" * 50,
    b'{"index":1,"index":2}',
    b"\0cannot be unpacked: gotcha",
    b"{}{}",
    b'{"index":1,}',
    b'{"_tombstone":null}',
    b'{"_tombstone":{"index":[]}}',
    b'{"records":[{"value":{}}]}',
    b"//",
)


def hostile(seed: int, count: int, large: int) -> Iterator[bytes]:
    """So many records, of which `large` are of about a megabyte; none has a line break."""
    dice = random.Random(seed)
    sizes = [LARGEST] * large + [0] * (count - large)
    dice.shuffle(sizes)
    for size in sizes:
        record = (
            dice.choice(_BIG)(dice, size or dice.choice((100, 3_000, 12_000))) if size or dice.random() < 0.3 else None
        )
        yield (record or dice.choice(_SMALL)(dice)).replace(b"\n", b"\t")[:LARGEST]


def good(number: int) -> bytes:
    return pin(
        FIRST_GOOD + number, title=f"good {number}", follower_count="1k", save_location="Local save in /data/art"
    )


def mixed(seed: int, count: int, large: int, *, every: int) -> Sequence[bytes]:
    """Hostile records, with a good one behind each so many."""
    records: list[bytes] = []
    for number, record in enumerate(hostile(seed, count, large)):
        records.append(record)
        if number % every == 0:
            records.append(good(number // every))
    return records


def _with(dice: random.Random, name: str, value: bytes) -> bytes:
    """A pin that fits but for one field, which may be one that nobody knows."""
    line = pin(dice.randrange(FIRST_GOOD))
    return line[:-1] + b", " + json.dumps(name).encode() + b": " + value + b"}"


def _field(dice: random.Random) -> str:
    return dice.choice((*_TEXTS, "index", "unknown"))


def _nested(dice: random.Random, size: int) -> bytes:
    opened, closed = dice.choice(((b"[", b"]"), (b'{"a":', b"1}")))
    depth = size // (len(opened) + len(closed))
    return _with(dice, _field(dice), opened * depth + closed * dice.choice((depth, 0, depth - 1)))


def _values(dice: random.Random, size: int) -> bytes:
    one = dice.choice((b"1,", b"[],", b'"",', b"{},", b"null,"))
    return _with(dice, _field(dice), b"[" + one * (size // len(one)) + b"1]")


def _keys(dice: random.Random, size: int) -> bytes:
    return b'{"index":1' + dice.choice((b',"index":2', b',"":{}   ')) * (size // 10) + b"}"


def _quotes(dice: random.Random, size: int) -> bytes:
    return dice.choice(
        (b'"' * size, b'{"a":"' + b'\\"' * (size // 2), b"\\" * size, b'{"' + b"\\u0022" * (size // 6) + b'":1}')
    )


def _for_patterns(dice: random.Random, size: int) -> bytes:
    """A text on which a pattern that goes back does so at each character."""
    part, end = dice.choice(
        ((" ", "x"), ("1", "."), ("1.", "k"), ("x ", " "), ("\u00a0", "k"), ("Local save in ", "x"))
    )
    text = part * (size // len(part.encode())) + end
    return _with(dice, dice.choice(_TEXTS), json.dumps(text, ensure_ascii=False).encode())


def _in_texts(dice: random.Random, size: int) -> bytes:
    """A record in a text, in an envelope, or both, and harm in it."""
    held = b'{"index":1,"title":' + b"[" * (size // 4) + b"]" * (size // 4) + b"}"
    text = json.dumps(held.decode()).encode()
    return dice.choice((text, b'{"schema":{},"payload":' + held + b"}", b'{"schema":{},"payload":' + text + b"}"))


def _tombstones(dice: random.Random, size: int) -> bytes:
    key = dice.choice(("9" * size, "x" * size, '{"index":' * (size // 9), "[" * size))
    return json.dumps({"_tombstone": key}).encode()


def _said(dice: random.Random) -> bytes:
    return _with(
        dice,
        _field(dice),
        json.dumps(dice.choice(_SAID), ensure_ascii=dice.random() < 0.5).encode(errors="surrogatepass"),
    )


def _named(dice: random.Random) -> bytes:
    return _with(dice, dice.choice(_NAMES), json.dumps(dice.choice(_SAID)).encode())


def _number(dice: random.Random) -> bytes:
    return _with(dice, _field(dice), dice.choice(_NUMBERS).encode())


def _cut(dice: random.Random) -> bytes:
    line = pin(dice.randrange(FIRST_GOOD), title=dice.choice(_SAID[:9]))
    return line[: dice.randrange(len(line))]


def _noise(dice: random.Random) -> bytes:
    return dice.choice((dice.randbytes(dice.randrange(300)), dice.choice(_BYTES)))


_BIG: Sequence[Callable[[random.Random, int], bytes]] = (
    _nested,
    _values,
    _keys,
    _quotes,
    _for_patterns,
    _in_texts,
    _tombstones,
)
_SMALL: Sequence[Callable[[random.Random], bytes]] = (_said, _named, _number, _cut, _noise)

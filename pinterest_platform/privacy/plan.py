"""The plan of an erasure, stored in the lake until all of it is done.

If an erasure is killed at any moment, the next one finishes it. It repeats all steps, and each does its remaining work.
The plan contains no values of records and no condition, only places and keyed hashes. It is deleted at the end.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from pinterest_platform.engines.duckdb.erasures import FOLDER, Place
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.privacy.errors import ErasureError

_FILE = "unfinished.json"
_CERTIFICATES = f"{FOLDER}/certificates"


@dataclass(frozen=True)
class Plan:
    """An erasure, identified by its `number`.

    - `asked`: a keyed hash of the request.
    - `objects`: topic and key of landing objects.
    - `versions`: key and name of old versions of landing objects.
    - `places`: the places of records. Those in streams are also in `streamed`, by the address of a table.
    - `rows`: the number of rows found, by table.
    """

    number: str
    record: str
    asked: str
    begun_at: str
    objects: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]
    versions: tuple[tuple[str, str], ...] = ()
    streamed: Mapping[str, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def landed(self) -> set[tuple[str, int, int]]:
        """(topic, partition, offset) of the records that landed."""
        streamed = {place for places in self.streamed.values() for place in places}
        places = {(p.source, p.shard, p.position) for p in self.places} - streamed
        return {(source, int(shard), int(position)) for source, shard, position in places}


def asked_for(key: bytes, record: str, text: str) -> str:
    """A keyed hash of the request, which identifies a repeated one."""
    return hmac.new(key, f"{record} {text}".encode(), sha256).hexdigest()


def begin(lake: Lake, plan: Plan) -> None:
    """Store a plan.

    Raises:
        ErasureError: another one is not finished.
        LakeError: the storage refuses.
    """
    with storage_errors():
        lake.storage.create(lake.uri(FOLDER), _FILE, json.dumps(asdict(plan), indent=1).encode())
    if unfinished(lake) != plan:
        raise ErasureError("another erasure has just started. This one erased nothing. Run it again.")


def unfinished(lake: Lake) -> Plan | None:
    """The unfinished erasure, or None.

    Raises:
        LakeError: the storage refuses.
    """
    with storage_errors():
        content = lake.storage.read(lake.uri(FOLDER), _FILE)
    if content is None:
        return None
    try:
        said: dict[str, Any] = json.loads(content)
        said["objects"] = tuple((topic, key) for topic, key in said["objects"])
        said["versions"] = tuple((key, version) for key, version in said["versions"])
        said["places"] = tuple(Place(**place) for place in said["places"])
        said["streamed"] = {
            address: tuple((source, shard, position) for source, shard, position in places)
            for address, places in said["streamed"].items()
        }
        return Plan(**said)
    except (ValueError, TypeError, KeyError) as error:
        raise ErasureError(
            f"{lake.uri(FOLDER)}/{_FILE} is damaged: {error}. The erasure cannot be finished from it. Move the file "
            "away, then run the erasure again."
        ) from error


def certify(lake: Lake, number: str, certificate: Mapping[str, Any]) -> str:
    """Write a certificate and return its location. An existing one stays unchanged.

    Raises:
        LakeError: the storage refuses.
    """
    folder, name = lake.uri(_CERTIFICATES), f"{number}.json"
    with storage_errors():
        lake.storage.create(folder, name, json.dumps(certificate, indent=1).encode() + b"\n")
    return f"{folder}/{name}"


def end(lake: Lake) -> None:
    """Remove the completed plan.

    Raises:
        LakeError: the storage refuses.
    """
    with storage_errors():
        lake.storage.remove(lake.uri(FOLDER), [_FILE])
        lake.storage.remove_old_versions(lake.uri(FOLDER))

"""Ownership of a lake: the file `_domain` names the one domain whose tables are there.

Two domains use the same table addresses, such as `raw/rejected`, so their tables would mix in one lake.
"""

from __future__ import annotations

from pinterest_platform.domain import Domain
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake, storage_errors

_FILE = "_domain"


def claim(lake: Lake, domain: Domain) -> None:
    """Claim the lake for the domain before writing its tables. The domain becomes the owner of a lake that has none.

    Raises:
        LakeError: the lake belongs to another domain, or cannot be read or written.
    """
    try:
        with storage_errors():
            owner = _owner(lake)
            if not owner:
                _refuse_tables_of_others(lake, domain)
                lake.storage.create(lake.root, _FILE, f"{domain.name}\n".encode())
                owner = _owner(lake)  # Another domain may have claimed it first.
    except OSError as error:
        told = f"lake: cannot read or write {lake.root}/{_FILE}: {error.strerror}. Check PINTEREST_LAKE."
        raise LakeError(told) from error
    _refuse_another(lake, owner, domain)


def check_owner(lake: Lake, domain: Domain) -> None:
    """Check that the lake does not belong to another domain, without writing.

    Raises:
        LakeError: it does.
    """
    with storage_errors():
        owner = _owner(lake)
    _refuse_another(lake, owner, domain)


def _refuse_another(lake: Lake, owner: str, domain: Domain) -> None:
    if owner and owner != domain.name:
        raise LakeError(
            f"{lake.root} is the lake of domain {owner!r}, so domain {domain.name!r} writes nothing there. Give each "
            f"domain its own PINTEREST_LAKE, or leave it unset. If the domain was renamed, remove the file {_FILE} "
            "there."
        )


def _owner(lake: Lake) -> str:
    """Name of the owner domain, or empty if no file names it."""
    return (lake.storage.read(lake.root, _FILE) or b"").decode(errors="replace").strip()


def _refuse_tables_of_others(lake: Lake, domain: Domain) -> None:
    """Refuse a lake without an owner file whose raw tables all belong to records of other domains."""
    found = [name for name in lake.storage.folders(lake.uri("raw")) if name != "rejected"]
    if found and domain.records.keys().isdisjoint(found):
        raise LakeError(
            f"{lake.root} has the raw tables {', '.join(found)}, but none of domain {domain.name!r}, which has "
            f"{', '.join(domain.records)}. Nothing was written. Give each domain its own PINTEREST_LAKE, or leave it "
            "unset."
        )

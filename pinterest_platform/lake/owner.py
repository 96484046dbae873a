"""Whose lake it is: a file in it names the one domain whose tables lie there.

Tables of two domains have equal addresses, `raw/rejected` above all, and in one lake they would be mixed.
"""

from __future__ import annotations

from pinterest_platform.domain import Domain
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake, storage_errors

_FILE = "_domain"


def claim(lake: Lake, domain: Domain) -> None:
    """See that the lake is the domain's before its tables are written. A lake that is nobody's becomes the domain's.

    Raises:
        LakeError: it is another domain's, or cannot be read or written.
    """
    try:
        with storage_errors():
            owner = _owner(lake)
            if not owner:
                _refuse_tables_of_others(lake, domain)
                lake.storage.create(lake.root, _FILE, f"{domain.name}\n".encode())
                owner = _owner(lake)  # Another domain may have been faster.
    except OSError as error:
        told = f"lake: cannot read or write {lake.root}/{_FILE}: {error.strerror}; see PINTEREST_LAKE"
        raise LakeError(told) from error
    _refuse_another(lake, owner, domain)


def check_owner(lake: Lake, domain: Domain) -> None:
    """See that the lake is not another domain's; nothing is written.

    Raises:
        LakeError: it is.
    """
    with storage_errors():
        owner = _owner(lake)
    _refuse_another(lake, owner, domain)


def _refuse_another(lake: Lake, owner: str, domain: Domain) -> None:
    if owner and owner != domain.name:
        raise LakeError(
            f"{lake.root} is the lake of domain {owner!r}, so domain {domain.name!r} writes nothing there. Give each "
            f"domain its own PINTEREST_LAKE, or none. If the domain was renamed, remove the file {_FILE} there."
        )


def _owner(lake: Lake) -> str:
    """Name of the domain; empty where no file says it."""
    return (lake.storage.read(lake.root, _FILE) or b"").decode(errors="replace").strip()


def _refuse_tables_of_others(lake: Lake, domain: Domain) -> None:
    """Refuse a lake from before there was such a file whose raw tables are all of other records."""
    found = [name for name in lake.storage.folders(lake.uri("raw")) if name != "rejected"]
    if found and domain.records.keys().isdisjoint(found):
        raise LakeError(
            f"{lake.root} has the raw tables {', '.join(found)} and none of domain {domain.name!r}, which has "
            f"{', '.join(domain.records)}. Nothing was written. Give each domain its own PINTEREST_LAKE, or none."
        )

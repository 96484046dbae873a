"""Retail: six sources become a star schema and nine answers. A domain of the platform, which is one value, `RETAIL`."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform.domain import Domain
from pinterest_platform.retail.records import RECORDS

_FOLDER = Path(__file__).parent

RETAIL = Domain(
    name="retail",
    records=RECORDS,
    models=_FOLDER / "models",
    kafka=False,
    asset_prefix=("retail",),
    reference="retail",
)

"""Retail: six sources become a star schema and nine answers. A domain of the platform, which is one value, `RETAIL`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pinterest_platform.domain import Domain
from pinterest_platform.retail.records import RECORDS

if TYPE_CHECKING:
    from pinterest_platform.report.sections import Report

_FOLDER = Path(__file__).parent


def _report() -> Report:
    from pinterest_platform.retail.report import REPORT

    return REPORT


RETAIL = Domain(
    name="retail",
    records=RECORDS,
    models=_FOLDER / "models",
    kafka=False,
    report=_report,
    asset_prefix=("retail",),
    reference="retail",
)

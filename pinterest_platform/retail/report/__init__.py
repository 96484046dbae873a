"""The report on the nine answers: questions, findings in words, and pictures."""

from __future__ import annotations

from pinterest_platform.report.sections import Report
from pinterest_platform.retail.report.sections import PARTS, SECTIONS

REPORT = Report(
    title="What the sales say",
    entity="sale",
    leading="cleaned/orders_table",
    newest=(
        "SELECT MAX(moment.date_time) FROM cleaned.orders_table AS sale "
        "INNER JOIN cleaned.dim_date_times AS moment ON moment.date_uuid = sale.date_uuid"
    ),
    parts=PARTS,
    sections=SECTIONS,
    package=__name__,
)

"""Pinterest's live results: counts of the last minutes of the pin stream, updated with each commit.

`results` updates the tables, and `live_tables` declares them. `pinterest_platform.live` keeps the minutes.
"""

from __future__ import annotations

from pinterest_platform.live.contract import Live, Updated
from pinterest_platform.pinterest.live.live_tables import TABLES
from pinterest_platform.pinterest.live.results import LiveResults

LIVE = Live(model="cleaned/pin", tables=TABLES, open=LiveResults)

__all__ = ["LIVE", "TABLES", "LiveResults", "Updated"]

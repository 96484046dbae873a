"""Pinterest's live results: what the stream of pins says of the last minutes, counted as its commits come.

`results` brings the tables up to date, `live_tables` declares them. How minutes are kept is for
`pinterest_platform.live`.
"""

from __future__ import annotations

from pinterest_platform.live.contract import Live, Updated
from pinterest_platform.pinterest.live.live_tables import TABLES
from pinterest_platform.pinterest.live.results import LiveResults

LIVE = Live(model="cleaned/pin", tables=TABLES, open=LiveResults)

__all__ = ["LIVE", "TABLES", "LiveResults", "Updated"]

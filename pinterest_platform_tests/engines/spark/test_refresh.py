"""What a refresh must do, asked of Spark: the tests are those of any engine, the rows are looked at with DuckDB."""

from __future__ import annotations

from pinterest_platform_tests.engines.test_merge_equals_rebuild import (  # noqa: F401
    test_latest_partition_then_offset_wins,
    test_older_record_arriving_later_does_not_win,
)
from pinterest_platform_tests.engines.test_refresh_does_what_is_needed import (  # noqa: F401
    TestTablesThatAreReplacedWhole,
    refreshed,
    test_first_refresh,
    test_identical_rows_sent_again_rewrite_nothing,
    test_late_rows_that_change_nothing,
    test_log_of_raw_is_gone,
    test_new_file_of_raw_compacted_and_vacuumed,
    test_new_rows_are_merged,
    test_nothing_new,
    test_nothing_was_ingested_yet,
    test_optimize_of_raw_between_two_refreshes,
    test_raw_made_anew,
)

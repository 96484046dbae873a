"""What a refresh must do, asked of Spark: the tests are those of any engine, the rows are looked at with DuckDB."""

from __future__ import annotations

from pinterest_platform_tests.engines import test_refresh_does_what_is_needed as any_engine
from pinterest_platform_tests.engines.test_merge_equals_rebuild import (  # noqa: F401
    test_older_record_arriving_later_does_not_win,
)
from pinterest_platform_tests.engines.test_refresh_does_what_is_needed import (  # noqa: F401
    refreshed,
    test_identical_rows_sent_again_rewrite_nothing,
    test_new_rows_are_merged,
)


class TestTablesThatAreReplacedWhole(any_engine.TestTablesThatAreReplacedWhole):
    #: What is then different is decided before the engine is asked.
    test_files_of_the_upstream_were_only_joined = None
    test_full_refresh = None

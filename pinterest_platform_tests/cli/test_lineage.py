"""The command lineage."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform_tests.cli.conftest import Cli


def test_column_named_as_an_address_or_as_in_sql(cli: Cli) -> None:
    told = cli("lineage", "analytics/median_follower_count_by_age_group.median_follower_count")
    assert told.returncode == 0, told.stderr
    assert "MEDIAN(post.follower_count)" in told.stdout
    assert "cleaned/post.follower_count" in told.stdout
    assert "source/pinterest_data.follower_count" in told.stdout
    assert "age_group string" not in told.stdout
    assert cli("lineage", "analytics.median_follower_count_by_age_group.median_follower_count").stdout == told.stdout


def test_columns_that_tell_of_persons_are_marked(cli: Cli) -> None:
    told = cli("lineage", "analytics/top_user_by_country.poster_name").stdout
    assert told.count("poster_name string  personal") == 5  # The result, two cleaned, raw and the source.
    assert "personal" not in cli("lineage", "analytics/top_user_by_country.follower_count").stdout
    described = cli("describe", "cleaned/user").stdout
    assert "user_name (personal)" in described
    assert "date_joined (personal)" not in described
    described = cli("describe", "cleaned/post").stdout
    assert "poster_name (personal)" in described
    assert described.count("(personal)") == 1, "age_group is said not to be"


def test_views_over_streams(cli: Cli) -> None:
    assert "stream/pin.category" in cli("lineage", "serving.post.category").stdout


def test_page_of_all(cli: Cli, tmp_path: Path) -> None:
    assert cli("lineage", "--html", "all.html").returncode == 0
    page = (tmp_path / "all.html").read_text()
    assert page.count("<article") == 15
    assert "source/geolocation_data" in page


def test_mistakes(cli: Cli) -> None:
    for arguments, told in (
        (("analytics/nope",), "did you mean analytics/"),
        (("cleaned/pin.nope",), "cleaned/pin has no column 'nope'. Columns: ind,"),
        ((), "name a table. Tables: "),
    ):
        failed = cli("lineage", *arguments)
        assert failed.returncode == 2
        assert told in " ".join(failed.stderr.replace("│", " ").split())

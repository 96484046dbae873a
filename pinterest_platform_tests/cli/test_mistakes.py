"""What a user does wrong ends with a message that says what is allowed, never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform_tests.cli.conftest import Cli

COMMANDS = (
    "demo",
    "generate",
    "post",
    "run",
    "dev",
    "query",
    "tables",
    "describe",
    "rejected",
    "optimize",
    "repair",
    "restore",
    "check",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(cli: Cli, command: str) -> None:
    done = cli(command, "--help")
    assert done.returncode == 0
    assert f"pinterest-platform {command}" in done.stdout
    assert "Example" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        (["tables"], {"PINTEREST_ENGINE": "flink"}, "PINTEREST_ENGINE='flink'"),
        (["tables"], {"PINTEREST_TOPIC_PREFIX": "a/b"}, "PINTEREST_TOPIC_PREFIX='a/b'"),
        (["tables"], {"PINTEREST_MEMORY_LIMIT": "much"}, "set a number and a unit"),
        (["run", "--select", "raw/pin"], {"PINTEREST_LANDING": "gs://bucket"}, "PINTEREST_LANDING='gs://bucket'"),
        (["query", "SELEC 1"], {}, "query:1"),
        (["query", "SELECT * FROM analytics.top_users"], {}, "top_user_by_country"),
        (["query", "SELECT nope FROM cleaned.pin"], {}, "nope"),
        (["describe", "analytics/nope"], {}, "unknown table 'analytics/nope'. Tables: "),
        (["run", "--select", "analytics/nope"], {}, "is not a table or layer"),
        (["run", "--as-of", "1", "--full-refresh", "raw"], {}, "give only one of them"),
        (["run", "--select", "cleaned/pin", "--as-of", "1"], {}, "no such table"),
        (["restore", "--as-of", "yesterday"], {}, "has no tables. Create them"),
        (["restore", "raw/nope"], {}, "unknown table 'raw/nope'. Tables: "),
        (["post"], {}, "pinterest-platform generate"),
        (["post", "--rate", "0"], {}, "--rate"),
        (["generate", "--rows", "-1"], {}, "--rows"),
    ],
)
def test_mistake_is_explained(cli: Cli, arguments: list[str], variables: dict[str, str], expected: str) -> None:
    done = cli(*arguments, **variables)
    assert done.returncode != 0
    assert expected in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_course_order_needs_its_rows(cli: Cli) -> None:
    assert cli("generate", "--rows", "50").returncode == 0
    done = cli("post", "--order", "course", "--count", "5")
    assert done.returncode == 1
    assert "rows 0 to 11000" in done.stderr


def test_check_names_what_is_wrong(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    done = cli("check", PINTEREST_LAKE=str(tmp_path / "occupied"))
    assert done.returncode == 1
    assert "PINTEREST_LAKE" in done.stdout
    assert "pinterest-platform generate" in done.stdout


def test_check_names_a_landing_zone_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    missing = cli("check", PINTEREST_LANDING=str(tmp_path / "mistyped"))
    assert missing.returncode == 1
    assert f"failed landing        there is nothing at {tmp_path}/mistyped. Correct PINTEREST_LANDING" in missing.stdout
    (tmp_path / "new").mkdir()
    assert "warn   landing        nothing has landed in" in cli("check", PINTEREST_LANDING="new").stdout
    (tmp_path / "link").symlink_to(tmp_path / "new")
    (tmp_path / "new/topics/p.pin/partition=0").mkdir(parents=True)
    assert (
        f"{tmp_path}/link/lake (resolves to {tmp_path}/new/lake): will be created"
        in cli("check", PINTEREST_LANDING="new", PINTEREST_LAKE="link/lake").stdout
    )


def test_run_over_a_landing_zone_that_is_not_there_says_so(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", "--select", "raw/pin", PINTEREST_LANDING="mistyped")
    assert f"warn  landing: there is nothing at {tmp_path}/mistyped. Correct PINTEREST_LANDING" in done.stdout


def test_landing_that_is_no_folder_fails_the_run(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "topics").write_text("")
    done = cli("run", "--select", "raw/pin", PINTEREST_LANDING=str(tmp_path / "file"))
    assert done.returncode == 1
    assert "cannot read" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_settings_may_stand_in_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PINTEREST_LAKE=elsewhere\n")
    assert "elsewhere" in cli("tables").stdout


def test_check_misses_no_landing_zone_where_sources_are_read_whole(cli: Cli, tmp_path: Path) -> None:
    checked = cli("--domain", "retail", "check")
    assert f"ok     landing        {tmp_path}/data/retail/landing: 0e2bc66a6297.users (nothing)," in checked.stdout
    (tmp_path / "occupied").write_text("")
    checked = cli("--domain", "retail", "check", PINTEREST_LANDING="occupied")
    assert (
        "occupied: not a folder, or this user cannot write to it. Change its permissions, or PINTEREST_LANDING."
        in checked.stdout
    )

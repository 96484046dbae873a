"""The commands of the retail domain: its demo and its sources, and every command that its page shows."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from pinterest_platform_tests.cli.conftest import Cli, runner
from pinterest_platform_tests.cli.test_readme_commands import commands

Demo = tuple[Cli, subprocess.CompletedProcess[str]]

ANSWERS = (
    "stores_by_country",
    "localities_with_most_stores",
    "months_with_most_sales",
    "online_and_offline_sales",
    "sales_by_store_type",
    "months_of_years_with_most_sales",
    "staff_headcount_by_country",
    "german_sales_by_store_type",
    "time_between_sales_by_year",
)


@pytest.fixture(scope="module")
def retail_demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    call = runner(tmp_path_factory.mktemp("retail"))
    return call, call("--domain", "retail", "demo", "--scale", "0.01")


def test_demo_shows_answers_rejected_lines_and_the_page(retail_demo: Demo) -> None:
    _, done = retail_demo
    assert done.returncode == 0, done.stdout + done.stderr
    for answer in ANSWERS:
        assert f"analytics.{answer}\n  " in done.stdout
    assert "Of 1,201 sales, " in done.stdout
    assert re.search(r"23 │ dates +│ timestamp: \"\.\.\.\" is not a time of day", done.stdout)
    assert re.search(r"21 │ users +│ first_name: ••• counts as null, and it is required", done.stdout)
    [page] = re.findall(r"on one page: (.+)\n", done.stdout)
    assert "Which kind of store sells the most?" in Path(page).read_text()


def test_demo_again_adds_nothing(retail_demo: Demo) -> None:
    call, first = retail_demo
    # What landed within a tick of the file system's clock before it was read is read once more.
    assert call("--domain", "retail", "run").returncode == 0
    again = call("--domain", "retail", "demo", "--scale", "0.01")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "seed 0, as before" in again.stdout
    assert again.stdout.count("unchanged; source: unchanged: not read") == 6, again.stdout
    assert "done: 22 tables, 21 unchanged" in again.stdout
    results = "3. Results"
    assert again.stdout.partition(results)[2] == first.stdout.partition(results)[2]


@pytest.mark.parametrize(("scale", "variables"), [("0.02", {"PINTEREST_DOMAIN": "retail"}), ("0.03", {})])
def test_generate_leaves_other_sources_alone(retail_demo: Demo, scale: str, variables: dict[str, str]) -> None:
    call, _ = retail_demo
    domain = [] if variables else ["--domain", "retail"]
    done = call(*domain, "generate", "--scale", scale, **variables)
    assert done.returncode == 1
    assert "holds sources of scale 0.01 and seed 0" in done.stderr
    assert "generate --replace" in done.stderr


def test_domain_may_stand_in_the_file_of_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PINTEREST_DOMAIN=retail\nRETAIL_CARDS=mine.pdf\n")
    done = runner(tmp_path)("generate", "--scale", "0.001", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert "holds sources of scale 0.001 and seed 3" in done.stdout
    assert "RETAIL_CARDS: set, and `run` uses it" in done.stdout
    demo = runner(tmp_path)("demo")
    assert demo.returncode == 1
    assert "RETAIL_CARDS: set, but the demo uses generated sources only" in demo.stderr
    assert json.loads((tmp_path / "data/retail/sources/generated.json").read_text())["seed"] == 3


@pytest.mark.parametrize("command", ["demo", "generate"])
def test_help_is_that_of_the_domain(cli: Cli, command: str) -> None:
    done = cli("--domain", "retail", command, "--help")
    assert f"pinterest-platform --domain retail {command}" in done.stdout
    assert "--scale" in done.stdout
    assert "--scale" not in cli(command, "--help").stdout
    assert "six sources" in cli("--domain", "retail", "--help").stdout
    assert "six sources" not in cli("--help").stdout


def test_run_without_sources_says_how_to_make_them(cli: Cli, tmp_path: Path) -> None:
    done = cli("--domain", "retail", "run", "--select", "raw/cards", "--select", "raw/orders")
    assert done.returncode == 1
    for file, variable in (("card_details.pdf", "RETAIL_CARDS"), ("retail.sqlite", "RETAIL_SOURCE_URL")):
        found = re.search(rf"failed.*{tmp_path}/data/retail/sources/{file}.*", done.stdout)
        assert found, done.stdout
        assert variable in found[0]
        assert "`pinterest-platform --domain retail generate`" in found[0]


def test_each_command_of_the_page_works(retail_demo: Demo) -> None:
    call, _ = retail_demo
    # Without a warehouse.
    shown = [command for command in commands("docs/retail.md") if "warehouse/" not in command]
    assert len(shown) >= 5
    for command in shown:
        done = call(*shlex.split(command))
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

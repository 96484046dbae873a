"""The exported bundle: what Databricks' own classes know, the graph as it is, the same bytes wherever it is made."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain
from pinterest_platform.exports import files
from pinterest_platform.exports.databricks import files as bundle_files
from pinterest_platform.exports.databricks import quartz
from pinterest_platform.lake.lake import Lake
from pinterest_platform.settings import load_settings
from pinterest_platform.tasks import databricks
from pinterest_platform_tests import landing_data
from pinterest_platform_tests.cli.conftest import environment
from pinterest_platform_tests.forked import Program
from pinterest_platform_tests.retail.lakes import catalog as retail

FILE = "databricks.yml"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return landing_data.catalog()


@pytest.fixture(scope="module")
def bundle(catalog: Catalog) -> Any:
    return yaml.safe_load(bundle_files(catalog)[FILE])


@pytest.fixture(scope="module")
def job(bundle: Any) -> Any:
    return bundle["resources"]["jobs"]["refresh_all"]


@pytest.fixture(scope="module")
def stream(bundle: Any) -> Any:
    return bundle["resources"]["jobs"]["stream"]


def test_databricks_knows_every_key_and_value(bundle: Any) -> None:
    from databricks.sdk.service.jobs import JobSettings  # Takes seconds.

    for job in bundle["resources"]["jobs"].values():
        assert JobSettings.from_dict(job).as_dict() == job


def test_a_task_a_table_after_what_it_is_made_of(job: Any, catalog: Catalog, definitions: dg.Definitions) -> None:
    after = {task["task_key"]: {of["task_key"] for of in task.get("depends_on", ())} for task in job["tasks"]}
    graph = definitions.resolve_asset_graph()
    tables = {key for key in graph.materializable_asset_keys if key.path[0] != "report"}
    assert after == {
        "__".join(key.path): {"__".join(parent.path) for parent in graph.get(key).parent_keys & tables}
        for key in tables
    }
    assert len(after) == len(catalog.addresses)


def test_same_hour_as_in_dagster(job: Any, definitions: dg.Definitions) -> None:
    daily = definitions.resolve_schedule_def("daily")
    assert job["schedule"] == {"quartz_cron_expression": quartz(str(daily.cron_schedule)), "timezone_id": "UTC"}
    assert job["schedule"]["quartz_cron_expression"] == "0 0 2 * * ?"
    with pytest.raises(ValueError, match="days of the week"):
        quartz("0 4 * * 0")


def test_every_variable_is_declared_and_used(bundle: Any) -> None:
    used = set(re.findall(r"\$\{var\.(\w+)\}", yaml.dump(bundle["resources"])))
    assert used == set(bundle["variables"])
    required = {name for name, variable in bundle["variables"].items() if "default" not in variable}
    assert required == {"landing", "lake"}


def test_bundle_of_another_domain_tells_its_variables_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAIL_SOURCE_URL", "postgresql://told:told@host/sales")
    monkeypatch.setenv("RETAIL_CARDS", "s3://told/cards.pdf")
    text = bundle_files(retail())[FILE]
    assert "told" not in text
    bundle = yaml.safe_load(text)
    assert bundle["bundle"]["name"] == "pinterest-platform-retail"
    assert set(re.findall(r"\$\{var\.(\w+)\}", text)) == set(bundle["variables"])
    own = {name for name in bundle["variables"] if name.startswith("retail_")}
    assert own == {"retail_cards", "retail_stores_api", "retail_products", "retail_dates"}
    assert bundle["variables"]["databricks_secrets"]["default"] == ""
    assert [*bundle["resources"]["jobs"]] == ["refresh_all"]


def test_tasks_are_given_what_their_domain_needs(catalog: Catalog) -> None:
    def needed(domain: Domain) -> set[str]:
        return {re.split(r"\W*[<>=]", name)[0] for name in databricks.environment("w", domain)["spec"]["dependencies"]}

    more = needed(replace(catalog.domain, extras=("kafka",))) - needed(catalog.domain)
    assert {"confluent-kafka", "crc32c"} <= more
    assert "duckdb" not in more


def test_schedule_runs_in_production_only(bundle: Any, job: Any) -> None:
    """A target in development mode pauses what does not say itself that it is not."""
    assert bundle["targets"]["dev"]["mode"] == "development"
    assert "pause_status" not in job["schedule"]
    assert bundle["targets"]["prod"]["presets"]["trigger_pause_status"] == "UNPAUSED"


def test_streams_are_read_on_a_cluster_that_says_all_in_variables(stream: Any, bundle: Any) -> None:
    [task], [cluster] = stream["tasks"], stream["job_clusters"]
    assert task["job_cluster_key"] == cluster["job_cluster_key"]
    assert task["python_wheel_task"]["parameters"] == ["stream"]
    told = cluster["new_cluster"]["spark_env_vars"]
    defaults = {name: variable.get("default", "s3://any/where") for name, variable in bundle["variables"].items()}
    values = {
        name.removeprefix("PINTEREST_").lower(): re.sub(r"\$\{var\.(\w+)\}", lambda found: defaults[found[1]], value)
        for name, value in told.items()
    }
    settings = load_settings(_env_file=None, **values)
    assert (settings.engine, settings.lake_root) == ("databricks", "s3://any/where")


def test_unity_catalog_has_a_schema_a_layer_and_no_mount(catalog: Catalog) -> None:
    sql = bundle_files(catalog)["unity_catalog.sql"]
    made = re.findall(r"^CREATE SCHEMA IF NOT EXISTS `\$\{catalog\}`\.(\w+)", sql, re.MULTILINE)
    layers = {address.partition("/")[0] for address in catalog.addresses}
    assert set(made) == layers | {"stream", "live", "files", "masked"}
    written = re.findall(
        r"^GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA `\$\{catalog\}`\.(\w+)", sql, re.MULTILINE
    )
    assert set(written) == set(made) - {"files", "masked"}
    read = re.findall(r"^GRANT USE SCHEMA ON SCHEMA `\$\{catalog\}`\.(\w+) TO `\$\{readers\}`", sql, re.MULTILINE)
    assert set(read) == set(made) - {"files", "raw"}
    assert "SELECT" not in sql.partition("-- ${readers} query")[2]
    assert "mount" not in sql.lower()
    # SQL makes locations that can be written, and Databricks then checks the right to write.
    assert re.findall(r"^CREATE EXTERNAL LOCATION .*`\$\{catalog\}_(\w+)`", sql, re.MULTILINE) == ["lake"]
    assert "external-locations create ${catalog}_landing ${landing} ${credential} --read-only" in sql
    assert set(re.findall(r"\$\{(\w+)\}", sql)) == {"catalog", "landing", "lake", "credential", "writers", "readers"}


def test_readers_see_nothing_that_tells_of_persons(catalog: Catalog) -> None:
    sql = bundle_files(catalog)["unity_catalog_readers.sql"]
    granted = re.findall(
        r"^GRANT SELECT ON TABLE `\$\{catalog\}`\.(\w+)\.(\w+) TO `\$\{readers\}`;$", sql, re.MULTILINE
    )
    assert {layer for layer, _ in granted} == {"analytics", "stream", "live"}
    assert not {("analytics", "top_user_by_country"), ("live", "top_posters"), ("stream", "pin")} & {*granted}
    views = dict(re.findall(r"VIEW `\$\{catalog\}`\.masked\.(\w+) AS SELECT\n(.*?)\nFROM", sql, re.DOTALL))
    assert len(granted) + len(views) == len(catalog.models) + 8
    assert views["cleaned_user"].split(",\n") == [
        "  `ind`",
        "  CASE WHEN is_account_group_member('${personal}') THEN `user_name` END AS `user_name`",
        "  CASE WHEN is_account_group_member('${personal}') THEN `age` END AS `age`",
        "  `date_joined`",
    ]
    assert re.findall(r"THEN `(\w+)` END", views["cleaned_post"]) == ["poster_name"]
    assert "THEN `line` END" in views["stream_rejected"]
    assert sql.count("GRANT SELECT ON VIEW") == len(views)
    assert set(re.findall(r"\$\{(\w+)\}", sql)) == {"catalog", "readers", "personal"}


def test_what_is_committed_is_what_is_exported(catalog: Catalog) -> None:
    committed = Path(__file__).parents[2] / "infra" / "databricks"
    make_anew = "pinterest-platform export databricks --out infra/databricks"
    assert files.behind(bundle_files(catalog), committed) == [], f"make it anew: `{make_anew}`"


def test_task_does_its_work_with_the_parameters_it_is_given(job: Any, tmp_path: Path) -> None:
    values = {"landing": str(tmp_path / "landing"), "lake": str(tmp_path / "lake"), "engine": "duckdb"}
    values |= {"topic_prefix": "any", "unity_catalog": "", "databricks_secrets": ""}
    values |= {"pseudonym_secret_name": "", "pseudonyms_required": "false"}
    [task] = [task for task in job["tasks"] if task["task_key"] == "raw__user"]
    parameters = [
        re.sub(r"\$\{var\.(\w+)\}", lambda found: values[found[1]], parameter)
        for parameter in task["python_wheel_task"]["parameters"]
    ]
    log = tmp_path / "log"
    with Program(tuple(parameters), tmp_path, environment(), (log, log)) as program:
        assert program.wait() == 0, program.output
    assert Lake(values["lake"]).open("raw/user") is not None


def test_what_lies_behind_is_found_and_what_is_the_users_is_kept(tmp_path: Path) -> None:
    exported = {"a.yml": "name: ä\n", "b/c.json": "{}"}
    assert files.behind(exported, tmp_path) == ["a.yml", "b/c.json"]
    own = tmp_path / "own" / "prod.yml"
    own.parent.mkdir()
    own.write_text("mine")
    files.write(exported, tmp_path)
    assert files.behind(exported, tmp_path) == []
    (tmp_path / "a.yml").write_text("name: a\n")
    assert files.behind(exported, tmp_path) == ["a.yml"]
    assert own.read_text() == "mine"


def test_same_bytes_whatever_the_settings_and_check(catalog: Catalog, tmp_path: Path) -> None:
    """The program has another seed of hashes than this process."""
    log = tmp_path / "log"
    variables = environment(PINTEREST_ENGINE="spark", PINTEREST_TOPIC_PREFIX="other")

    def export(*options: str) -> tuple[int, str]:
        log.unlink(missing_ok=True)
        arguments = ("export", "databricks", "--out", "bundle", *options)
        with Program(arguments, tmp_path, variables, (log, log)) as program:
            return program.wait(), program.output

    behind = (
        f"bundle is out of date: {FILE}, unity_catalog.sql, unity_catalog_readers.sql. "
        "Run the command again without --check.\n"
    )
    assert export("--check") == (1, behind)
    assert export()[0] == 0
    written = {name: (tmp_path / "bundle" / name).read_text() for name in bundle_files(catalog)}
    assert written == bundle_files(catalog)
    assert export("--check") == (0, "bundle is up to date\n")

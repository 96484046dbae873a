"""The configuration in Dagster's image: one that Dagster takes, with a driver and classes that are installed."""

from __future__ import annotations

import importlib
import itertools
import re
from importlib.resources import files
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from dagster_postgres.utils import pg_url_from_config

from pinterest_platform_tests.infra.images import Image
from pinterest_platform_tests.infra.stacks import INFRA, Account

FOLDER = INFRA / "dagster"


@pytest.fixture(scope="module")
def ours() -> Any:
    return yaml.safe_load((FOLDER / "storage.yaml").read_text())


def test_parts_of_the_configuration_say_different_things(ours: Any) -> None:
    package = (files("pinterest_platform.orchestration") / "dagster.yaml").read_text()
    whole = yaml.safe_load(package + (FOLDER / "storage.yaml").read_text())
    assert whole == {**yaml.safe_load(package), **ours}
    assert len(whole) == len(yaml.safe_load(package)) + len(ours)


def test_database_is_asked_with_a_driver_that_is_there(ours: Any) -> None:
    told = ours["storage"]["postgres"]["postgres_db"]
    config = {name: "x" if isinstance(value, dict) and "env" in value else value for name, value in told.items()}
    engine = sa.create_engine(pg_url_from_config({"postgres_db": config}))
    assert (engine.dialect.driver, engine.url.database) == ("psycopg2", "dagster")
    # Or whoever is in the way could be the database.
    assert engine.url.query["sslmode"] == "verify-full"
    [added] = [rest.split()[-1] for rest in Image("dagster", "platform").all("ADD")]
    assert engine.url.query["sslrootcert"] == added


def test_classes_are_there(ours: Any) -> None:
    for told in (ours["compute_logs"], ours["run_launcher"]):
        class_ = getattr(importlib.import_module(told["module"]), told["class"])
        assert class_.config_type().keys() >= told["config"].keys()


def test_every_container_of_dagster_is_given_what_the_configuration_asks_for(ours: Any) -> None:
    asked = set(re.findall(r"'env': '(\w+)'", str(ours)))
    assert len(asked) == 4
    account = Account(Retail="true")
    for task in ("dagster.Task", "dagster.RunTask", "dagster.RetailRunTask", "stream.Task"):
        for container in account.get(task).properties["ContainerDefinitions"]:
            given = {entry["Name"] for entry in [*container["Environment"], *container["Secrets"]]}
            assert asked <= given, container["Name"]


@pytest.mark.parametrize(
    ("container", "workspace", "name", "module"),
    [
        ("code", "workspace.yaml", "pinterest_platform", "pinterest_platform.definitions"),
        ("retail", "retail.yaml", "retail", "pinterest_platform.retail_definitions"),
    ],
)
def test_workspace_is_the_code_location_beside(container: str, workspace: str, name: str, module: str) -> None:
    [location] = yaml.safe_load((FOLDER / workspace).read_text())["load_from"]
    [code] = [each for each in containers_of(Account(Retail="true")) if each["Name"] == container]
    arguments = dict(zip(code["Command"][::2], code["Command"][1::2], strict=True))
    server = location["grpc_server"]
    assert (arguments["--host"], arguments["--port"]) == (server["host"], str(server["port"]))
    assert (arguments["--module-name"], server["location_name"]) == (module, name)
    assert str(server["port"]) in code["HealthCheck"]["Command"]


@pytest.mark.parametrize(("retail", "workspaces"), [("false", []), ("true", ["workspace.yaml", "retail.yaml"])])
def test_both_locations_are_seen_where_retail_is_asked_for(retail: str, workspaces: list[str]) -> None:
    """Without `--workspace` it is the file `workspace.yaml` in the working folder."""
    containers = containers_of(Account(Retail=retail))
    assert ("retail" in [each["Name"] for each in containers]) == (retail == "true")
    for each in containers:
        if each["Name"] in ("webserver", "daemon"):
            words = each["Command"]
            assert [b for a, b in itertools.pairwise(words) if a == "--workspace"] == workspaces


def test_first_domain_goes_on_without_the_second() -> None:
    """Amazon ECS Developer Guide, "Restart individual containers in Amazon ECS tasks with container restart policies":
    a container that is not essential ends alone; by its policy it is started again."""
    for each in containers_of(Account(Retail="true")):
        is_retail = each["Name"] == "retail"
        assert each.get("Essential", True) is not is_retail
        assert each.get("RestartPolicy", {}).get("Enabled", False) is is_retail
        assert "retail" not in str(each.get("DependsOn"))


def containers_of(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.get("dagster.Task").properties["ContainerDefinitions"]
    return found

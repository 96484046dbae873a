"""Runs are tasks on ECS: the launcher of Dagster's image before moto's ECS, with the tasks that the template describes.

The runs themselves, in their containers, are in `test_services` and `test_retail_services`.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher.base import WorkerStatus
from dagster._core.origin import DEFAULT_DAGSTER_ENTRY_POINT, JobPythonOrigin, RepositoryPythonOrigin
from dagster._daemon.monitoring import run_monitoring
from dagster._daemon.run_coordinator import queued_run_coordinator_daemon
from dagster_aws.ecs import EcsRunLauncher, launcher

from pinterest_platform_tests.infra.ecs import cluster
from pinterest_platform_tests.infra.images import Image, arguments
from pinterest_platform_tests.infra.stacks import INFRA, REGION, Account
from pinterest_platform_tests.infra.test_access import as_list
from pinterest_platform_tests.infra.test_names import environment

#: Amazon ECS API Reference, "TaskOverride": characters of all overrides together.
LARGEST_OVERRIDE = 8192

#: By call: the actions that IAM asks for. Amazon ECS Developer Guide, "Grant permission to tag resources on creation".
ACTIONS = {
    "RunTask": {"ecs:RunTask", "ecs:TagResource", "iam:PassRole"},
    "DescribeTasks": {"ecs:DescribeTasks"},
    "StopTask": {"ecs:StopTask"},
    "DescribeTaskDefinition": {"ecs:DescribeTaskDefinition"},
    "DescribeNetworkInterfaces": {"ec2:DescribeNetworkInterfaces"},
    "GetLogEvents": {"logs:GetLogEvents"},
}


#: By the container of a code location: the task of its runs.
LOCATIONS = {"code": "dagster.RunTask", "retail": "dagster.RetailRunTask"}


@dg.op
def nothing() -> None: ...


@dg.job(tags={"ecs/cpu": "4096", "ecs/memory": "16384"})
def large() -> None:
    nothing()


@dg.job
def small() -> None:
    nothing()


@pytest.fixture(scope="module")
def account() -> Account:
    return Account(Retail="true", Engine="spark")


@pytest.fixture
def network(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """That of Dagster's own task, of which this process is a container."""
    from moto import mock_aws

    for name, value in {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws(), cluster(account) as made:
        monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", made.metadata)
        yield made.network


@pytest.fixture
def instance(network: dict[str, Any], tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """One whose runs are launched as the image says."""
    del network
    ours = yaml.safe_load((INFRA / "dagster" / "storage.yaml").read_text())
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump({"run_launcher": ours["run_launcher"]}))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def launched(
    instance: dg.DagsterInstance, account: Account, job: dg.JobDefinition, location: str = "code"
) -> tuple[str, dict[str, Any]]:
    """Id of a run of a code location, and the task that it is."""
    told = environment(account.get("dagster.Task"), location)
    repository = RepositoryPythonOrigin(
        "/usr/local/bin/python",
        ModuleCodePointer("pinterest_platform.definitions", "defs", "/opt/dagster"),
        entry_point=DEFAULT_DAGSTER_ENTRY_POINT,
        container_context=json.loads(told["DAGSTER_CONTAINER_CONTEXT"]),
    )
    run = instance.create_run_for_job(job, job_code_origin=JobPythonOrigin(job.name, repository), tags=job.run_tags)
    instance.launch_run(run.run_id, None)  # type: ignore[arg-type]
    launched = instance.get_run_by_id(run.run_id)
    assert launched
    arn = launched.tags["ecs/task_arn"]
    [task] = boto3.client("ecs").describe_tasks(cluster="pinterest-dev", tasks=[arn], include=["TAGS"])["tasks"]
    return run.run_id, task


@pytest.mark.parametrize(
    ("location", "family"), [("code", "pinterest-dev-run"), ("retail", "pinterest-dev-retail-run")]
)
def test_run_is_a_task_of_its_own(
    instance: dg.DagsterInstance, account: Account, network: dict[str, Any], location: str, family: str
) -> None:
    run_id, task = launched(instance, account, small, location)
    assert task["taskDefinitionArn"].endswith(f":task-definition/{family}:1")
    assert task["launchType"] == "FARGATE"
    assert {"key": "dagster/run_id", "value": run_id} in task["tags"]
    [interface] = [each for each in task["attachments"] if each["type"] == "ElasticNetworkInterface"]
    assert {"name": "subnetId", "value": network["subnets"][0]} in interface["details"]
    [override] = task["overrides"]["containerOverrides"]
    assert override["name"] == "run"
    assert "cpu" not in override
    assert len(json.dumps(task["overrides"])) < LARGEST_OVERRIDE
    [container] = account.get(LOCATIONS[location]).properties["ContainerDefinitions"]
    words = arguments(container, override["command"])
    assert words[:4] == ["/usr/bin/env", "dagster", "api", "execute_run"]


def test_tags_of_a_job_set_its_size(instance: dg.DagsterInstance, account: Account) -> None:
    _, task = launched(instance, account, large)
    assert (task["overrides"]["cpu"], task["overrides"]["memory"]) == ("4096", "16384")


def test_launcher_may_do_what_it_does_and_no_more(instance: dg.DagsterInstance, account: Account) -> None:
    ours, called = instance.run_launcher, set[str]()
    assert isinstance(ours, EcsRunLauncher)
    for client in (ours.ecs, ours.ec2.meta.client, ours.logs, ours.secrets_manager):
        client.meta.events.register("before-call", lambda model, **_: called.add(model.name))
    run_id, task = launched(instance, account, small)
    run = instance.get_run_by_id(run_id)
    assert run
    assert ours.check_run_worker_health(run).status is WorkerStatus.RUNNING
    assert ours.terminate(run_id)
    ended = ours.ecs.describe_tasks(cluster="pinterest-dev", tasks=[task["taskArn"]])["tasks"][0]
    assert ended["lastStatus"] == "STOPPED"
    assert ours.check_run_worker_health(run).status in (WorkerStatus.FAILED, WorkerStatus.SUCCESS)
    # What it asks of a task that failed, which moto's never do.
    called |= {"DescribeTaskDefinition", "GetLogEvents"}
    policies = account.get("dagster.Role").properties["Policies"]
    [runs] = [policy["PolicyDocument"] for policy in policies if policy["PolicyName"] == "runs"]
    allowed = {action for statement in runs["Statement"] for action in as_list(statement["Action"])}
    assert allowed == set().union(*(ACTIONS[name] for name in called))


def test_role_that_is_passed_on_is_that_of_the_run(account: Account) -> None:
    tasks = [account.get(name).properties for name in LOCATIONS.values()]
    policies = account.get("dagster.Role").properties["Policies"]
    passed = [s for p in policies for s in p["PolicyDocument"]["Statement"] if s["Action"] == "iam:PassRole"]
    for task in tasks:
        assert [statement["Resource"] for statement in passed] == [[task["TaskRoleArn"], task["ExecutionRoleArn"]]]
    assert "Policies" not in account.get("dagster.RunRole").properties, "a run starts no runs"
    assert set(account.get("dagster.RunRole").properties["ManagedPolicyArns"]) == set(
        account.get("dagster.Role").properties["ManagedPolicyArns"]
    )


@pytest.mark.parametrize("location", LOCATIONS)
def test_run_has_image_and_environment_of_its_code_location(account: Account, location: str) -> None:
    containers = account.get("dagster.Task").properties["ContainerDefinitions"]
    [code] = [each for each in containers if each["Name"] == location]
    task = account.get(LOCATIONS[location]).properties
    [run] = task["ContainerDefinitions"]
    context = next(entry for entry in code["Environment"] if entry["Name"] == "DAGSTER_CONTAINER_CONTEXT")
    assert run["Environment"] == [entry for entry in code["Environment"] if entry != context]
    assert (run["Image"], run["Secrets"]) == (code["Image"], code["Secrets"])
    assert {"Name": "PINTEREST_ENGINE", "Value": "spark"} in run["Environment"]
    named = json.loads(context["Value"])["ecs"]
    assert (named["task_definition_arn"], named["container_name"]) == (task["Family"], run["Name"])
    ours, logs = code["LogConfiguration"]["Options"], run["LogConfiguration"]["Options"]
    assert logs == {**ours, "awslogs-stream-prefix": "run"}


@pytest.mark.parametrize("retail", ["true", "false"])
def test_launcher_may_start_the_tasks_that_there_are_and_read_their_logs(retail: str) -> None:
    account = Account(Retail=retail)
    policies = account.get("dagster.Role").properties["Policies"]
    [runs] = [policy["PolicyDocument"]["Statement"] for policy in policies if policy["PolicyName"] == "runs"]
    allowed = {each["Action"]: each["Resource"] for each in runs if isinstance(each["Action"], str)}
    tasks = [r.properties for r in account.of_type("AWS::ECS::TaskDefinition") if r.id in LOCATIONS.values()]
    logs = [task["ContainerDefinitions"][0]["LogConfiguration"]["Options"] for task in tasks]
    assert [arn.split(":", 5)[5] for arn in allowed["ecs:RunTask"]] == [
        f"task-definition/{task['Family']}:*" for task in tasks
    ]
    assert [arn.split(":", 5)[5] for arn in allowed["logs:GetLogEvents"]] == [
        f"log-group:{each['awslogs-group']}:log-stream:{each['awslogs-stream-prefix']}/*" for each in logs
    ]


def test_runs_of_both_domains_are_of_one_size(account: Account) -> None:
    ours, retail = (account.get(name).properties for name in LOCATIONS.values())
    for name in ("Cpu", "Memory", "EphemeralStorage"):
        assert ours[name] == retail[name]


def test_run_may_take_as_long_to_start_as_fargate_does(tmp_path: Path) -> None:
    """The package's own configuration has two minutes."""
    whole = yaml.safe_load((Image("dagster", "platform").lay_out(tmp_path) / "dagster.yaml").read_text())
    assert whole["run_monitoring"]["start_timeout_seconds"] == 600
    assert whole["run_launcher"]["class"] == "EcsRunLauncher"


def test_alarm_knows_what_dagster_says_of_runs_that_say_nothing_themselves(account: Account) -> None:
    told = account.get("alarms.RunsFailed").properties["FilterPattern"]
    phrases = re.findall(r'\?"([^"]+)"', told)
    assert len(phrases) == 4
    said = "".join(inspect.getsource(module) for module in (launcher, queued_run_coordinator_daemon, run_monitoring))
    said += str(list(dg.DagsterEventType.__members__.values()))
    assert [phrase for phrase in phrases if phrase not in said.replace("PIPELINE", "RUN")] == []

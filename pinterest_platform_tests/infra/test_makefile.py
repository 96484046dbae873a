"""What `make -C infra` asks AWS for: `aws`, `docker` and `mvn` are programs that write down how they are called.

Every stack is deployed with parameters that it knows, in an order in which each finds what it needs, and removed in
reverse; the buckets only when that is said. That the AWS CLI itself takes these calls was tried by hand, before moto.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jmespath
import pytest

from pinterest_platform_tests.infra.calls import RECORDER, Calls
from pinterest_platform_tests.infra.stacks import DEPLOYED, Account, properties, template


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    return Calls(tmp_path)


def stacks_of(calls: list[list[str]], *command: str) -> list[str]:
    begin = ["aws", "cloudformation", *command]
    return [
        call[call.index("--stack-name") + 1].removeprefix("pinterest-dev-")
        for call in calls
        if call[: len(begin)] == begin
    ]


def given_to(calls: list[list[str]], stack: str) -> dict[str, str]:
    [call] = [c for c in calls if c[:3] == ["aws", "cloudformation", "deploy"] and f"pinterest-dev-{stack}" in c]
    first = call.index("--parameter-overrides") + 1
    pairs = call[first : call.index("--capabilities")]
    return dict(pair.split("=", 1) for pair in pairs)


def test_stacks_are_deployed_in_order_with_all_that_they_want(calls: Calls) -> None:
    made = calls.make("deploy", "ENV=dev")
    assert stacks_of(made, "deploy") == DEPLOYED
    for stack in DEPLOYED:
        given = given_to(made, stack)
        assert given == {**given, **properties("dev"), "Environment": "dev"}
        for name, declared in template(stack)["Parameters"].items():
            assert "Default" in declared or given.get(name), f"{stack}: {name}"
            assert re.fullmatch(declared.get("AllowedPattern", ".*"), str(given.get(name, declared.get("Default"))))


@pytest.mark.parametrize(
    ("zones", "chosen"),
    [
        (["use1-az2", "use1-az3", "use1-az1", "use1-az4"], "use1-az1,use1-az2,use1-az4"),
        (["cac1-az4", "cac1-az2", "cac1-az1"], "cac1-az1,cac1-az2,cac1-az4"),
        (["euw1-az3", "euw1-az1", "euw1-az2"], "euw1-az1,euw1-az2,euw1-az3"),
    ],
)
def test_zones_of_the_gateway_have_vpc_links(calls: Calls, zones: list[str], chosen: str) -> None:
    """Amazon API Gateway Developer Guide, "Set up VPC links for HTTP APIs": not every zone of a region has them."""
    [call] = [c for c in calls.make("deploy", "STACKS=network") if c[1:3] == ["ec2", "describe-availability-zones"]]
    found = {"AvailabilityZones": [{"ZoneId": zone} for zone in zones]}
    assert jmespath.search(call[call.index("--query") + 1], found) == chosen


@pytest.mark.parametrize(("role", "made"), [("None", 1), ("AWSServiceRoleForECS", 0)])
def test_role_of_ecs_is_there_before_the_first_cluster(calls: Calls, role: str, made: int) -> None:
    """Amazon ECS Developer Guide, "Using service-linked roles for Amazon ECS"."""
    calls.answers = [("iam list-roles", role, 0), *calls.answers]
    about = [c[1:3] for c in calls.make("deploy", "STACKS=containers")]
    assert about.count(["iam", "create-service-linked-role"]) == made
    assert about[-1] == ["cloudformation", "deploy"]


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_stack_whose_creation_failed_is_deleted_and_made_again(calls: Calls, status: str) -> None:
    """AWS CloudFormation User Guide, "Stack status codes": nothing else can be done with it."""
    calls.answers = [("cloudformation describe-stacks --stack-name pinterest-dev-kafka ", status, 0), *calls.answers]
    made = calls.make("deploy", "ENV=dev")
    assert stacks_of(made, "delete-stack") == stacks_of(made, "wait", "stack-delete-complete") == ["kafka"]
    about = [call[2] for call in made if "pinterest-dev-kafka" in call]
    assert about == ["describe-stacks", "delete-stack", "wait", "deploy"]
    assert stacks_of(made, "deploy") == DEPLOYED
    planned = calls.make("plan", "ENV=dev")
    assert stacks_of(planned, "deploy") == [stack for stack in DEPLOYED if stack != "kafka"]
    assert stacks_of(planned, "delete-stack") == []


def test_plugin_and_images_are_there_before_the_stacks_that_use_them(calls: Calls, account: Account) -> None:
    made = calls.make("deploy", "ENV=dev")
    positions = {stack: n for n, call in enumerate(made) for stack in DEPLOYED if f"pinterest-dev-{stack}" in call}
    [plugin] = [n for n, call in enumerate(made) if call[:3] == ["aws", "s3", "cp"]]
    assert positions["storage"] < plugin < positions["kafka-connect"]
    key = account.get("kafka-connect.Plugin").properties["Location"]["S3Location"]["FileKey"]
    assert made[plugin][-1] == f"s3://exported/{key}"
    first, second = [n for n, call in enumerate(made) if call[:2] == ["docker", "push"]]
    assert positions["containers"] < first < positions["kafka-rest"] < second < positions["posting"]


def test_image_that_is_there_is_not_built_again(calls: Calls) -> None:
    calls.answers = [("ecr describe-images", "", 0), *calls.answers]
    assert not [call for call in calls.make("image", "ENV=dev") if call[0] == "docker"]


def test_image_with_spark_is_made_for_those_that_use_it(calls: Calls, tmp_path: Path) -> None:
    own = tmp_path / "own.properties"
    own.write_text("Engine=spark\n")

    def targets(*arguments: str) -> list[str]:
        return [c[c.index("--target") + 1] for c in calls.make("deploy", *arguments) if c[:2] == ["docker", "build"]]

    assert targets("STACKS=spark") == ["spark"]
    assert targets("STACKS=dagster") == ["platform"]
    assert sorted(targets("STACKS=dagster", f"PROPERTIES={own}")) == ["platform", "spark"]


@pytest.mark.parametrize(("told", "options"), [("AirflowVersion=2.10.3\n", ["--airflow", "2.10.3"]), ("", [])])
def test_dag_is_exported_for_the_airflow_of_the_environment(
    calls: Calls, tmp_path: Path, told: str, options: list[str]
) -> None:
    program = tmp_path / ".venv" / "bin" / "pinterest-platform"
    program.parent.mkdir(parents=True)
    program.write_text(RECORDER.format(name="export", log=tmp_path / "calls", answers=""))
    program.chmod(0o755)
    (tmp_path / "own.properties").write_text(f"TopicPrefix=p\n{told}")
    made = calls.make("mwaa-files", f"ROOT={tmp_path}", f"PROPERTIES={tmp_path / 'own.properties'}")
    assert made[0] == ["export", "export", "mwaa", "--target", "ecs", "--out", f"{tmp_path}/build/mwaa", *options]


def test_plan_changes_nothing(calls: Calls) -> None:
    made = calls.make("plan", "ENV=dev")
    assert stacks_of(made, "deploy") == DEPLOYED
    assert all("--no-execute-changeset" in call for call in made if call[1:3] == ["cloudformation", "deploy"])
    calls.answers = [("cloudformation describe-stacks", "", 255), *calls.answers]
    made = calls.make("plan", "ENV=dev")
    assert stacks_of(made, "deploy") == []
    assert len([call for call in made if call[2] == "validate-template"]) == len(DEPLOYED)
    assert "dev: dollars at rest, on demand, US East" in calls.output


def test_stacks_are_removed_in_reverse_and_buckets_only_on_demand(calls: Calls) -> None:
    kept = calls.make("destroy", "ENV=dev")
    assert stacks_of(kept, "delete-stack") == [stack for stack in reversed(DEPLOYED) if stack != "storage"]
    assert stacks_of(kept, "wait", "stack-delete-complete") == stacks_of(kept, "delete-stack")
    calls.answers = [("cloudformation describe-stack-resources", "lake landing", 0), *calls.answers]
    gone = calls.make("destroy", "ENV=dev", "DATA=delete")
    assert stacks_of(gone, "delete-stack") == list(reversed(DEPLOYED))
    emptied = [call[call.index("--bucket") + 1] for call in gone if call[1:3] == ["s3api", "list-object-versions"]]
    assert emptied == ["lake", "landing"]
    where = [n for n, call in enumerate(gone) if call[1:3] == ["s3api", "list-object-versions"]]
    storage = next(n for n, call in enumerate(gone) if "pinterest-dev-storage" in call and "delete-stack" in call)
    assert max(where) < storage


def test_command_is_run_as_it_is_given(calls: Calls, account: Account) -> None:
    given = """post --to rest --count 5 --note 'a "b" \\ c'"""
    [run] = [call for call in calls.make("run", "ENV=dev", f"COMMAND={given}") if call[2] == "run-task"]
    task = account.get("posting.Task").properties
    overrides: dict[str, Any] = json.loads(run[run.index("--overrides") + 1])
    [container] = task["ContainerDefinitions"]
    words = ["post", "--to", "rest", "--count", "5", "--note", 'a "b" \\ c']
    assert overrides == {"containerOverrides": [{"name": container["Name"], "command": words}]}
    assert run[run.index("--task-definition") + 1] == task["Family"]
    assert run[run.index("--cluster") + 1] == account.get("containers.Cluster").properties["ClusterName"]
    [logs] = [call for call in calls.make("run", "ENV=dev") if call[1:3] == ["logs", "filter-log-events"]]
    group = container["LogConfiguration"]["Options"]["awslogs-group"]
    stream = f"{container['LogConfiguration']['Options']['awslogs-stream-prefix']}/{container['Name']}/abc"
    assert (logs[logs.index("--log-group-name") + 1], logs[logs.index("--log-stream-names") + 1]) == (group, stream)


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        ([("ecs describe-tasks", "3", 0)], 3, ""),
        ([("ecs describe-tasks", "None", 0)], 1, "The command did not start: None"),
        ([("ecs run-task", "None", 0)], 1, "pinterest-dev-posting: ECS did not start a task"),
        # A wait of ten minutes ends as one that failed.
        ([("ecs wait", "", 255), ("ecs describe-tasks --cluster pinterest-dev --tasks arn:aws:ecs:us-east-1:"
          "123456789012:task/pinterest-dev/abc --query tasks[0].lastStatus", "STOPPED", 0)], 0, ""),
    ],
)  # fmt: skip
def test_command_ends_as_its_task_ends(calls: Calls, answers: list[Any], status: int, said: str) -> None:
    calls.answers = [*answers, *calls.answers]
    done = calls.run("run_command.sh", "dev", "subnet", "group", "check")
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr


def test_reader_of_the_source_is_the_user_of_its_secret(calls: Calls, account: Account) -> None:
    [run] = [call for call in calls.make("source-reader", "ENV=dev") if call[2] == "run-task"]
    overrides = json.loads(run[run.index("--overrides") + 1])
    assert overrides["containerOverrides"][0]["command"] == ["source", "reader", "exported"]
    code = account.get("dagster.Task").properties["ContainerDefinitions"][0]
    [secret] = [each["Value"] for each in code["Environment"] if each["Name"] == "PINTEREST_SOURCE_SECRET"]
    assert secret == account.exports["pinterest-dev-SourceReaderSecret"]


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
@pytest.mark.parametrize(("target", "count"), [("stop", "0"), ("start", "1")])
def test_writers_of_the_lake_stop_and_start(calls: Calls, tmp_path: Path, target: str, count: str, engine: str) -> None:
    """They are the services whose task may write it, and the runs, which are tasks that Dagster launches. What workers
    of Spark write counts once its server commits it."""
    account = Account(Retail="true", Engine=engine)
    own = tmp_path / "own.properties"
    own.write_text(f"Engine={engine}\n")
    calls.answers = [
        ("ecs list-tasks --cluster pinterest-dev --family pinterest-dev-run ", "one two", 0),
        ("ecs list-tasks --cluster pinterest-dev --family pinterest-dev-retail-run ", "three", 0),
        *calls.answers,
    ]
    done = calls.make(target, "ENV=dev", f"PROPERTIES={own}")
    updated = {call[call.index("--service") + 1]: call for call in done if call[1:3] == ["ecs", "update-service"]}
    assert {call[call.index("--desired-count") + 1] for call in updated.values()} == {count}
    roles = {
        role.id
        for role in account.of_type("AWS::IAM::Role")
        if "<storage.WriteLake>" in role.properties.get("ManagedPolicyArns", [])
    }
    tasks = {
        task.id: task.properties["Family"]
        for task in account.of_type("AWS::ECS::TaskDefinition")
        if task.properties["TaskRoleArn"].removesuffix(".Arn>").strip("<>") in roles
    }
    services = {
        s.properties["TaskDefinition"].strip("<>"): s.properties.get("ServiceName")
        for s in account.of_type("AWS::ECS::Service")
    }
    others = {"spark-worker"} if engine == "spark" else {"spark", "spark-worker"}
    assert updated.keys() == {services[task] for task in tasks if task in services} - others
    waits = [call for call in done if call[1:3] == ["ecs", "wait"]]
    assert waits[0][3:] == ["services-stable", "--cluster", "pinterest-dev", "--services", *updated]
    asked = {call[call.index("--family") + 1] for call in done if call[1:3] == ["ecs", "list-tasks"]}
    launched = {family for task, family in tasks.items() if task not in services and task != "mwaa.Refresh"}
    assert asked == (launched if target == "stop" else set())
    stopped = [call[call.index("--task") + 1] for call in done if call[1:3] == ["ecs", "stop-task"]]
    assert stopped == (["one", "two", "three"] if target == "stop" else [])
    assert [call[call.index("--tasks") + 1 :] for call in waits[1:]] == (
        [["one", "two"], ["three"]] if target == "stop" else []
    )


def test_where_no_run_goes_on_none_is_stopped(calls: Calls) -> None:
    done = calls.make("stop", "ENV=dev")
    assert [call for call in done if "stop-task" in call or "tasks-stopped" in call] == []

"""The Spark cluster of the templates: who reaches whom at which port, what Spot does, and what Dagster is told of it.
That it computes is shown by `test_spark_cluster.py`."""

from __future__ import annotations

import re

import pytest

from pinterest_platform_tests.infra.images import image_of
from pinterest_platform_tests.infra.stacks import INFRA, Account, template
from pinterest_platform_tests.infra.test_names import environment
from pinterest_platform_tests.infra.test_versions import FARGATE

SETTINGS = dict(
    line.split(maxsplit=1)
    for line in (INFRA / "spark" / "cluster.conf").read_text().splitlines()
    if line and not line.startswith("#")
)
#: How many ports Spark tries after one that is in use. Spark Configuration, "spark.port.maxRetries".
RETRIES = 16


@pytest.fixture(scope="module")
def account() -> Account:
    return Account(Engine="spark")


def allowed(account: Account, kind: str) -> set[tuple[str, str, int, int]]:
    """Group, the other group, and ports, of what stands by itself in a template of the cluster."""
    other = {"Ingress": "SourceSecurityGroupId", "Egress": "DestinationSecurityGroupId"}[kind]
    found = [r.properties for r in account.of_type(f"AWS::EC2::SecurityGroup{kind}") if r.stack == "spark"]
    return {(rule["GroupId"], rule[other], rule["FromPort"], rule["ToPort"]) for rule in found}


def test_ports_are_open_among_the_tasks_and_to_clients_only(account: Account) -> None:
    cluster, client = "<spark.SecurityGroup>", "<spark.ClientSecurityGroup>"
    among = (cluster, cluster, 7077, 7095)
    assert allowed(account, "Ingress") == {among, (cluster, client, 15002, 15002)}
    assert allowed(account, "Egress") == {among}
    ports = [int(value) for name, value in SETTINGS.items() if name.endswith(".port") and "connect" not in name]
    for container in ("Server/master", "Worker/worker"):
        task, name = container.split("/")
        told = environment(account.get(f"spark.{task}"), name)
        ports += [int(value) for variable, value in told.items() if variable.endswith("_PORT")]
    assert sorted(ports) == [7077, 7078, 7078, 7079]
    assert among[2] <= min(ports) <= max(ports) + RETRIES <= among[3]
    for service in ("ServerService", "WorkerService"):
        network = account.get(f"spark.{service}").properties["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert cluster in network["SecurityGroups"]
        assert client not in network["SecurityGroups"]


def test_dagster_finds_the_server_by_its_name_and_is_let_in(account: Account) -> None:
    service = account.get("spark.Discovery").properties
    name = f"{service['Name']}.{account.get('containers.Namespace').properties['Name']}"
    [server] = account.get("spark.ServerService").properties["ServiceRegistries"]
    assert server == {"RegistryArn": "<spark.Discovery.Arn>"}
    told = environment(account.get("dagster.Task"), "code")
    assert told["PINTEREST_ENGINE"] == "spark"
    assert told["PINTEREST_SPARK_REMOTE"] == f"sc://{name}:{SETTINGS['spark.connect.grpc.binding.port']}"
    dagster = account.get("dagster.Service").properties["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert "<spark.ClientSecurityGroup>" in dagster["SecurityGroups"]
    [worker] = account.get("spark.Worker").properties["ContainerDefinitions"]
    assert worker["Command"][-1] == f"spark://{name}:7077"


def test_without_spark_dagster_is_as_small_as_it_was() -> None:
    account = Account()
    code = account.get("dagster.Task").properties["ContainerDefinitions"][0]
    told = environment(account.get("dagster.Task"), "code")
    assert (told["PINTEREST_ENGINE"], told["PINTEREST_SPARK_REMOTE"]) == ("duckdb", "")
    assert not [line for line in image_of(code).all("RUN") if "spark" in line]


def test_image_of_all_that_talk_to_spark_has_it(account: Account) -> None:
    """The same version on both sides, of the same commit."""
    tasks = [account.get(name) for name in ("spark.Server", "spark.Worker", "dagster.RunTask")]
    containers = [c for task in tasks for c in task.properties["ContainerDefinitions"]]
    code = account.get("dagster.Task").properties["ContainerDefinitions"][0]
    assert {each["Image"] for each in [*containers, code]} == {code["Image"]}
    installed = [line for line in image_of(code).all("RUN") if line.startswith("pip")]
    assert ["spark" in line for line in installed] == [False, True]
    # What the other image has stays: pip is told the same extras, and one more.
    extras = [re.findall(r"\[(.+)\]", line)[0] for line in installed]
    assert extras[1] == f"{extras[0]},spark"


@pytest.mark.parametrize("memory", template("spark")["Parameters"]["SparkWorkerMemory"]["AllowedValues"])
def test_one_executor_takes_a_worker_and_leaves_half_of_its_memory_to_python(memory: str) -> None:
    sizes = template("spark")["Parameters"]["SparkWorkerCpu"]["AllowedValues"]
    cpu = next(cpu for cpu in sizes if int(memory) in FARGATE[int(cpu)])
    account = Account(Engine="spark", SparkWorkerCpu=cpu, SparkWorkerMemory=memory)
    worker = environment(account.get("spark.Worker"), "worker")
    connect = environment(account.get("spark.Server"), "connect")
    assert connect["SPARK_EXECUTOR_MEMORY"] == worker["SPARK_WORKER_MEMORY"] == f"{int(memory) // 2048}g"
    assert int(worker["SPARK_WORKER_CORES"]) * 1024 == int(cpu)


@pytest.mark.parametrize("memory", template("spark")["Parameters"]["SparkServerMemory"]["AllowedValues"])
def test_server_has_sizes_that_fargate_has(memory: str) -> None:
    server = Account(Engine="spark", SparkServerMemory=memory).get("spark.Server")
    assert int(memory) in FARGATE[int(server.properties["Cpu"])]
    assert environment(server, "connect")["SPARK_DRIVER_MEMORY"] == f"{int(memory) // 2048}g"


def test_host_name_of_a_task_means_its_own_address(account: Account) -> None:
    """Amazon ECS Developer Guide, "Task networking with the awsvpc network mode": else it is any name. The master
    listens at what it means, and the server beside it asks for it by that."""
    [vpc] = account.of_type("AWS::EC2::VPC")
    assert (vpc.properties["EnableDnsHostnames"], vpc.properties["EnableDnsSupport"]) == (True, True)
    assert "spark://$HOSTNAME:7077" in account.get("spark.Server").properties["ContainerDefinitions"][1]["Command"][0]


def test_spot_worker_gives_away_what_it_holds_in_the_time_that_it_has(account: Account) -> None:
    """Amazon ECS Developer Guide, "Amazon ECS clusters for Fargate": SIGTERM two minutes before; `stopTimeout` is 120
    at most. Spark Configuration, "spark.worker.decommission.signal": PWR, which nobody sends here, where not said."""
    assert SETTINGS["spark.decommission.enabled"] == SETTINGS["spark.storage.decommission.enabled"] == "true"
    assert SETTINGS["spark.worker.decommission.signal"] == "TERM"
    [worker] = account.get("spark.Worker").properties["ContainerDefinitions"]
    assert worker["StopTimeout"] == 120
    [taken] = account.get("spark.WorkerService").properties["CapacityProviderStrategy"]
    assert taken["CapacityProvider"] in account.get("containers.Cluster").properties["CapacityProviders"]
    # SIGTERM comes to the first process of a container: these programs become Java, they do not start it.
    assert worker["EntryPoint"] == ["spark-class"]
    connect = account.get("spark.Server").properties["ContainerDefinitions"][1]
    assert connect["Command"][0].startswith("exec ")


def test_parts_know_one_another_by_the_secret_and_send_nothing_in_the_clear(account: Account) -> None:
    assert SETTINGS["spark.authenticate"] == SETTINGS["spark.network.crypto.enabled"] == "true"
    for task in ("spark.Server", "spark.Worker"):
        for container in account.get(task).properties["ContainerDefinitions"]:
            assert container["Secrets"] == [{"Name": "_SPARK_AUTH_SECRET", "ValueFrom": "<spark.Secret>"}]


def test_run_that_waits_for_workers_is_an_alarm(account: Account) -> None:
    [alarm] = [a for a in account.of_type("AWS::CloudWatch::Alarm") if a.name == "SparkWithoutWorkers"]
    filters = {
        f.properties["MetricTransformations"][0]["MetricName"]: f for f in account.of_type("AWS::Logs::MetricFilter")
    }
    watched = filters[alarm.properties["MetricName"]].properties["LogGroupName"]
    assert watched == account.get("spark.Logs").properties["LogGroupName"]
    assert "SparkWithoutWorkers" not in {a.name for a in Account().of_type("AWS::CloudWatch::Alarm")}

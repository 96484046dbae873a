"""Versions and sizes that AWS has. cfn-lint knows those of RDS; these are not checked by anybody before they fail."""

from __future__ import annotations

import gzip
import inspect
import json
import re
from pathlib import Path
from typing import get_args

import botocore
import pytest

from pinterest_platform.cli import export
from pinterest_platform.exports.mwaa.targets import AirflowVersion
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.infra.stacks import Account, template

#: Standard brokers: Amazon MSK Developer Guide, "Supported Apache Kafka versions", and the constants of
#: aws-cdk's aws-msk-alpha 2.275; those without an end of support, 2026-11.
MSK_VERSIONS = {"3.7.x", "3.7.x.kraft", "3.8.x", "3.8.x.kraft", "3.9.x", "3.9.x.kraft", "4.0.x.kraft", "4.1.x.kraft"}
#: Amazon MSK Developer Guide, "Amazon MSK broker types", 2026-11: T3, M5 and M7g.
MSK_SIZES = {
    "kafka.t3.small",
    *(f"kafka.m5.{size}" for size in ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")),
    *(f"kafka.m7g.{size}" for size in ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")),
}
#: Amazon MSK Developer Guide, "MSK Connect", 2026-11.
CONNECT_VERSIONS = {"2.7.1", "3.7.x"}
#: Fargate's combinations, CPU units: memory in MiB. Amazon ECS Developer Guide, "Fargate task definitions", 2026-11.
FARGATE = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4097, 1024)),
    1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)),
    4096: set(range(8192, 30721, 1024)),
    8192: set(range(16384, 61441, 4096)),
    16384: set(range(32768, 122881, 8192)),
}


def mwaa_values(member: str) -> set[str]:
    """What AWS says in the documentation of its own client that an environment may have."""
    [model] = Path(botocore.__file__).parent.glob("data/mwaa/*/service-2.json.gz")
    shapes = json.loads(gzip.decompress(model.read_bytes()))["shapes"]
    text = shapes["CreateEnvironmentInput"]["members"][member]["documentation"]
    values = set(re.findall(r"<code>([\w.]+)</code>", text[text.index("Valid values") :]))
    assert len(values) > 4
    return values


@pytest.fixture(params=["dev", "prod"])
def deployed(request: pytest.FixtureRequest) -> Account:
    return Account(request.param)


def test_versions_exist(account: Account) -> None:
    assert {cluster.properties["KafkaVersion"] for cluster in account.of_type("AWS::MSK::Cluster")} <= MSK_VERSIONS
    connectors = account.of_type("AWS::KafkaConnect::Connector")
    assert {connector.properties["KafkaConnectVersion"] for connector in connectors} <= CONNECT_VERSIONS


def test_airflow_can_be_had_and_is_exported_for() -> None:
    """With other constraints than its own version's, an environment does not come up, or runs what nobody tested."""
    parameter = template("mwaa")["Parameters"]["AirflowVersion"]
    assert set(parameter["AllowedValues"]) == mwaa_values("AirflowVersion") & set(get_args(AirflowVersion))
    assert parameter["Default"] == inspect.signature(export.mwaa).parameters["airflow"].default


def test_sizes_exist(deployed: Account) -> None:
    for cluster in deployed.of_type("AWS::MSK::Cluster"):
        assert cluster.properties["BrokerNodeGroupInfo"]["InstanceType"] in MSK_SIZES
        # Brokers are spread evenly over the subnets.
        assert cluster.properties["NumberOfBrokerNodes"] % 3 == 0
    for airflow in deployed.of_type("AWS::MWAA::Environment"):
        assert airflow.properties["EnvironmentClass"] in mwaa_values("EnvironmentClass")
    for task in deployed.of_type("AWS::ECS::TaskDefinition"):
        assert int(task.properties["Memory"]) in FARGATE[int(task.properties["Cpu"])], task.id


@pytest.mark.parametrize(("stack", "task"), [("dagster", "Run"), ("stream", "Stream"), ("spark", "SparkWorker")])
def test_sizes_that_fargate_does_not_have_are_refused_before_anything_is_made(stack: str, task: str) -> None:
    """CloudFormation Template Reference Guide, "Rule functions": by the rules of the template. Every size that the
    parameters allow and Fargate has is let through, and DuckDB is given its part of it."""
    declared = template(stack)["Parameters"]
    for cpu in map(int, declared[f"{task}Cpu"]["AllowedValues"]):
        for memory in map(int, declared[f"{task}Memory"]["AllowedValues"]):
            told = {f"{task}Cpu": str(cpu), f"{task}Memory": str(memory)}
            if memory in FARGATE[cpu]:
                assert_memory_fits(Account(**told))
            else:
                refusal = f"{stack}: With {task}Cpu={cpu}, Fargate supports {task}Memory"
                with pytest.raises(AssertionError, match=refusal):
                    Account(**told)


def test_memory_that_is_told_is_what_duckdb_takes() -> None:
    told = {"RunCpu": "16384", "RunMemory": "122880", "RunDiskGigabytes": "200"}
    for own, limit in (({}, "60GB"), ({"DuckdbMemory": "90GB"}, "90GB")):
        properties = Account(**told, **own).get("dagster.RunTask").properties
        run = {entry["Name"]: entry["Value"] for entry in properties["ContainerDefinitions"][0]["Environment"]}
        assert (run["PINTEREST_MEMORY_LIMIT"], properties["EphemeralStorage"]) == (limit, {"SizeInGiB": "200"})
        # DuckDB spills to the temporary folder, which is on that disk unless a volume or a variable says otherwise.
        assert not {"TMPDIR", "TEMP", "TMP"} & run.keys()
        assert "Volumes" not in properties


def test_memory_of_duckdb_is_less_than_the_task_has(deployed: Account) -> None:
    assert_memory_fits(deployed)


def assert_memory_fits(deployed: Account) -> None:
    """Streams and live results each have as much as the setting says; a quarter is Python's and Arrow's."""
    for task, name, many in (("stream.Task", "stream", len(RECORDS) + 1), ("dagster.RunTask", "run", 1)):
        properties = deployed.get(task).properties
        [container] = [each for each in properties["ContainerDefinitions"] if each["Name"] == name]
        [limit] = [each["Value"] for each in container["Environment"] if each["Name"] == "PINTEREST_MEMORY_LIMIT"]
        number, unit = re.fullmatch(r"(\d+)(MB|GB)", limit).groups()  # type: ignore[union-attr]
        assert many * int(number) * {"MB": 1, "GB": 1024}[unit] <= 0.75 * int(properties["Memory"]), task


def test_airflow_of_the_smallest_class_has_one_of_everything(deployed: Account) -> None:
    [airflow] = deployed.of_type("AWS::MWAA::Environment")
    many = airflow.properties["EnvironmentClass"] != "mw1.micro"
    assert (airflow.properties["Schedulers"] > 1, airflow.properties["MaxWorkers"] > 1) == (many, many)


def test_databases_grow_before_they_are_full(deployed: Account) -> None:
    """Amazon RDS User Guide, "Managing capacity automatically with Amazon RDS storage autoscaling": by at least a tenth
    above what is allocated; it starts when less than a tenth is left, and not with less than 26 % to grow by."""
    alarms = [a.properties for a in deployed.of_type("AWS::CloudWatch::Alarm")]
    [threshold] = {a["Threshold"] for a in alarms if a.get("MetricName") == "FreeStorageSpace"}
    for database in deployed.of_type("AWS::RDS::DBInstance"):
        allocated, most = (int(database.properties[name]) for name in ("AllocatedStorage", "MaxAllocatedStorage"))
        assert most >= 1.26 * allocated, database.id
        assert threshold < 0.1 * allocated * 2**30, "the alarm would ring before storage grows"

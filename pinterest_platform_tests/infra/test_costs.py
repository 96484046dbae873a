"""What `make -C infra plan` says an environment costs: the numbers of the templates, and the page says the same."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform_tests.infra.stacks import DEPLOYED, INFRA, Account, properties

_SPEC = importlib.util.spec_from_file_location("cost", INFRA / "cost.py")
assert _SPEC
assert _SPEC.loader
cost: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(cost)

ENVIRONMENTS = pytest.mark.parametrize("environment", ["dev", "prod"])


def lines(environment: str, **told: str) -> dict[str, Any]:
    told = cost.parameters(INFRA / "environments" / f"{environment}.properties") | told
    return {line.what: line for line in cost.lines(told)}


def fargate(account: Account, task: str, service: str, what: str) -> dict[str, float]:
    properties = account.get(task).properties
    many = int(account.get(service).properties["DesiredCount"])
    disk = properties.get("EphemeralStorage", {"SizeInGiB": 20})["SizeInGiB"]
    return {
        f"{what}, vCPU": many * int(properties["Cpu"]) / 1024,
        f"{what}, GB of memory": many * int(properties["Memory"]) / 1024,
        f"{what}, GB of disk above 20": many * (int(disk) - 20),
    }


def counted(account: Account) -> dict[str, float]:
    """What the templates make that costs something at rest, by the names of prices.yaml."""

    def of(*types: str) -> list[Any]:
        return [r.properties for r in account.resources if r.type in types and r.stack in DEPLOYED]

    databases = [(2 if d["MultiAZ"] == "true" else 1, int(d["AllocatedStorage"])) for d in of("AWS::RDS::DBInstance")]
    [cluster], streams = of("AWS::MSK::Cluster"), of("AWS::Kinesis::Stream")
    brokers, shards = cluster["NumberOfBrokerNodes"], sum(int(stream["ShardCount"]) for stream in streams)
    found = {
        "NAT gateways, with an address each": len(of("AWS::EC2::NatGateway")),
        "VPC endpoints, five in two zones": sum(len(e.get("SubnetIds", [])) for e in of("AWS::EC2::VPCEndpoint")),
        "MSK brokers": brokers,
        "MSK storage, GB": brokers * int(cluster["BrokerNodeGroupInfo"]["StorageInfo"]["EBSStorageInfo"]["VolumeSize"]),
        "MSK Connect, units": sum(
            int(c["Capacity"]["ProvisionedCapacity"]["McuCount"])
            * int(c["Capacity"]["ProvisionedCapacity"]["WorkerCount"])
            for c in of("AWS::KafkaConnect::Connector")
        ),
        "RDS instances": sum(many for many, _ in databases),
        "RDS storage, GB": sum(many * size for many, size in databases),
        "Kinesis shards": shards,
        "Kinesis shards kept longer than a day": sum(
            int(s["ShardCount"]) for s in streams if int(s["RetentionPeriodHours"]) > 24
        ),
        "alarms": len(of("AWS::CloudWatch::Alarm")),
        "KMS keys": len(of("AWS::KMS::Key")),
        # RDS makes one for each database whose password it manages.
        "secrets": len(of("AWS::SecretsManager::Secret"))
        + len([d for d in of("AWS::RDS::DBInstance") if d.get("ManageMasterUserPassword")]),
    }
    for stack, what in (("kafka-rest", "Kafka REST proxy"), ("dagster", "Dagster"), ("stream", "stream")):
        found |= fargate(account, f"{stack}.Task", f"{stack}.Service", f"{what} on Fargate")
    return {what: many for what, many in found.items() if many}


@ENVIRONMENTS
def test_everything_that_costs_is_counted_as_the_templates_make_it(environment: str) -> None:
    guessed = {"Container Insights metrics"}
    account = Account(environment)
    assert {what: line.many for what, line in lines(environment).items() if what not in guessed} == counted(account)
    services = [service.stack for service in account.of_type("AWS::ECS::Service")]
    assert sorted(services) == ["dagster", "kafka-rest", "spark", "spark", "stream"]


@ENVIRONMENTS
@pytest.mark.parametrize("spot", ["true", "false"])
def test_spark_is_counted_where_dagster_uses_it(environment: str, spot: str) -> None:
    told = {"Engine": "spark", "SparkSpot": spot, "SparkWorkers": "5", "SparkWorkerCpu": "8192"}
    told |= {"SparkWorkerMemory": "61440"}
    account, without = Account(environment, **told), lines(environment)
    more = {what: line for what, line in lines(environment, **told).items() if what not in without}
    found = fargate(account, "spark.Server", "spark.ServerService", "Spark's server on Fargate")
    found |= fargate(account, "spark.Worker", "spark.WorkerService", "Spark's workers")
    assert {what: line.many for what, line in more.items()} == {
        **{what: many for what, many in found.items() if many},
        "Spark secret and alarm": 1,
    }
    [taken] = account.get("spark.WorkerService").properties["CapacityProviderStrategy"]
    is_cheap = more["Spark's workers, vCPU"].price < more["Spark's server on Fargate, vCPU"].price
    assert (taken["CapacityProvider"] == "FARGATE_SPOT") == is_cheap == (spot == "true")


@ENVIRONMENTS
def test_retail_is_counted_where_it_is_asked_for(environment: str) -> None:
    account, without = Account(environment, Retail="true"), lines(environment)
    more = {what: n.many for what, n in lines(environment, Retail="true").items() if what not in without}
    warehouse = account.get("retail.Warehouse").properties
    many = 2 if warehouse["MultiAZ"] == "true" else 1

    def of(type_: str, everything: Account) -> int:
        return len([r for r in everything.of_type(type_) if r.stack in ("alarms", "retail")])

    assert more == {
        "retail warehouse, RDS instance": many,
        "retail warehouse, GB of storage": many * int(warehouse["AllocatedStorage"]),
        "retail secrets": of("AWS::SecretsManager::Secret", account),
        "retail alarms": of("AWS::CloudWatch::Alarm", account) - of("AWS::CloudWatch::Alarm", Account(environment)),
    }


@ENVIRONMENTS
def test_no_message_comes_of_an_environment_at_rest(environment: str) -> None:
    month = sum(line.month for line in lines(environment).values())
    assert 0.25 * float(properties(environment)["MonthlyDollars"]) < month
    assert month < 0.8 * float(properties(environment)["MonthlyDollars"])


def test_every_price_says_when_it_was_looked_up() -> None:
    assert {line.as_of for line in lines("prod").values() if not re.fullmatch(r"20\d\d-\d\d", line.as_of)} == {
        "remembered"
    }


def test_page_says_the_same() -> None:
    text = (INFRA.parent / "docs" / "deploy.md").read_text()
    table = text[text.index("| at rest |") :].split("\n\n")[0].splitlines()[2:]
    found = [[cell.strip(" *") for cell in row.strip("|").split("|")] for row in table]
    told = lines("dev")
    month = sum(line.month for line in told.values())
    assert found == [
        *([w, f"{n.many:g}", f"{n.price:g} {cost.PER[n.per]}", f"{n.month:.2f}", n.as_of] for w, n in told.items()),
        ["total", "", "", f"{month:.2f}", ""],
    ]
    assert f"{month * 24 / 730:.2f} dollars a day" in text


def test_size_without_a_price_is_told(tmp_path: Path) -> None:
    own = tmp_path / "own.properties"
    own.write_text("KafkaInstanceType=kafka.m5.large\n")
    done = subprocess.run([sys.executable, str(INFRA / "cost.py"), str(own)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "KafkaInstanceType=kafka.m5.large: prices.yaml has prices only for kafka.t3.small" in done.stderr

"""A cluster of moto's ECS in which Dagster's own task runs, as the template describes it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import boto3

from pinterest_platform_tests.infra.stacks import Account


class Cluster(NamedTuple):
    """The network of Dagster's task, and where its containers are told of it (ECS_CONTAINER_METADATA_URI_V4)."""

    network: dict[str, Any]
    metadata: str


@contextmanager
def cluster(account: Account) -> Iterator[Cluster]:
    """In the account of AWS that boto3 finds."""
    ecs, ec2 = boto3.client("ecs"), boto3.resource("ec2")
    ecs.create_cluster(clusterName="pinterest-dev")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")
    vpc.modify_attribute(EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc.id, CidrBlock="10.20.0.0/24")
    group = ec2.create_security_group(GroupName="client", Description="client", VpcId=vpc.id)
    network = {"subnets": [subnet.id], "securityGroups": [group.id], "assignPublicIp": "DISABLED"}
    for described in account.of_type("AWS::ECS::TaskDefinition"):
        if described.stack != "dagster":
            continue
        definition = as_boto3(described.properties)
        # moto adds up what containers want, and knows no task that shares its memory among them.
        containers = [{**container, "memory": 1} for container in definition["containerDefinitions"]]
        ecs.register_task_definition(**{**definition, "containerDefinitions": containers})
    [task] = ecs.run_task(
        cluster="pinterest-dev",
        taskDefinition="pinterest-dev-dagster",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
    )["tasks"]
    with metadata("pinterest-dev", task["taskArn"]) as address:
        yield Cluster(network, address)


def asked_to_start(family: str, run: str) -> list[str] | None:
    """The command with which a task of that family was asked for, to do a run; None where it was not."""
    ecs = boto3.client("ecs")
    if not (tasks := ecs.list_tasks(cluster="pinterest-dev", family=family)["taskArns"]):
        return None
    for task in ecs.describe_tasks(cluster="pinterest-dev", tasks=tasks, include=["TAGS"])["tasks"]:
        if {"key": "dagster/run_id", "value": run} in task["tags"]:
            [override] = task["overrides"]["containerOverrides"]
            return list(override["command"])
    return None


def as_boto3(value: Any) -> Any:
    """A property of CloudFormation as the API of ECS names it; moto wants numbers where CloudFormation takes texts."""
    if isinstance(value, list):
        return [as_boto3(each) for each in value]
    if not isinstance(value, dict):
        return value
    names = {name: name if "-" in name else name[0].lower() + name[1:] for name in value}
    return {names[n]: int(each) if n == "SizeInGiB" else as_boto3(each) for n, each in value.items()}


@contextmanager
def metadata(cluster: str, task: str) -> Iterator[str]:
    """Address of what ECS tells a container of its task."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"Cluster": cluster, "TaskARN": task}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()

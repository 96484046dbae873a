"""The exported DAG for ECS, before moto, which says of a task that it has ended without running anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from pinterest_platform.settings import Settings
from pinterest_platform_tests.integration.airflow.deployed import deploy, only
from pinterest_platform_tests.integration.airflow.environments import Airflow

pytestmark = [pytest.mark.servers, pytest.mark.long]

_ACCESS = {"region_name": "eu-west-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of an AWS whose tasks on ECS have run through when they are first looked at."""
    import moto.ecs.models  # Takes seconds.
    from moto.server import ThreadedMotoServer

    class Ended(moto.ecs.models.Container):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.last_status = "STOPPED"

    monkeypatch.setattr(moto.ecs.models, "Container", Ended)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    transition = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 1}}
    requests.post(f"{url}/moto-api/state-manager/set-transition", json=transition, timeout=5).raise_for_status()
    yield url
    server.stop()


class TestEcs:
    version = "2.10.3"

    def test_each_task_is_one_on_fargate(self, airflow: Airflow, settings: Settings, aws: str) -> None:
        import boto3

        ecs = boto3.client("ecs", endpoint_url=aws, **_ACCESS)
        subnet = boto3.client("ec2", endpoint_url=aws, **_ACCESS).describe_subnets()["Subnets"][0]["SubnetId"]
        ecs.create_cluster(clusterName="platform")
        container = {"name": "refresh", "image": "any", "cpu": 1, "memory": 128}
        ecs.register_task_definition(family="tables", networkMode="awsvpc", containerDefinitions=[container])
        network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": ["sg-1"]}}
        where = {"cluster": "platform", "task_definition": "tables", "container": "refresh"}
        extra = {"region_name": _ACCESS["region_name"], "endpoint_url": aws}
        connection = {"conn_type": "aws", "login": "any", "password": "any", "extra": extra}
        variables = {
            f"AIRFLOW_VAR_{settings.topic_prefix.upper()}_ECS": json.dumps({**where, "network_configuration": network}),
            "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection),
        }
        dag = deploy(airflow, only(settings, ("raw/user",)), variables, "ecs")
        assert airflow.run_dag(dag), airflow.log()
        arns = ecs.list_tasks(cluster="platform")["taskArns"]
        [task] = ecs.describe_tasks(cluster="platform", tasks=arns)["tasks"]
        [override] = task["overrides"]["containerOverrides"]
        assert override == {"name": "refresh", "command": ["refresh", "raw/user"]}
        assert task["launchType"] == "FARGATE"
        [attachment] = task["attachments"]
        assert {"name": "subnetId", "value": subnet} in attachment["details"]

"""Names and settings in the templates are those that the code has; where one changes, a test here fails."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files

import pytest
from pydantic import SecretStr

from pinterest_platform.domains import load_domain, variables
from pinterest_platform.kafka.topics import TopicNeeds
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.retail.settings import RetailSettings
from pinterest_platform.retail.warehouse.connection import Warehouse
from pinterest_platform.settings import Settings, load_settings, read
from pinterest_platform.stack.connector import connector_settings, dead_letter_topic
from pinterest_platform_tests.infra.stacks import INFRA, PREFIX, REGION, STACKS, Account, Resource, template

LANDING, LAKE = "pinterest-dev-landing-123456789012", "pinterest-dev-lake-123456789012"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(topic_prefix=PREFIX, landing=f"s3://{LANDING}", lake=f"s3://{LAKE}", _env_file=None)


def environment(task: Resource, container: str) -> dict[str, str]:
    [found] = [each for each in task.properties["ContainerDefinitions"] if each["Name"] == container]
    return {entry["Name"]: entry["Value"] for entry in found["Environment"]}


def test_topics_are_those_that_the_platform_makes(account: Account, settings: Settings) -> None:
    topics = {topic.properties["TopicName"]: topic.properties for topic in account.of_type("AWS::MSK::Topic")}
    assert list(topics) == [settings.topic(record) for record in RECORDS]
    needs = TopicNeeds(replication=3)
    for topic in topics.values():
        lines = base64.b64decode(topic["Configs"]).decode().splitlines()
        assert dict(line.split("=") for line in lines) == needs.configs
        assert (int(topic["PartitionCount"]), topic["ReplicationFactor"]) == (needs.partitions, needs.replication)


def test_kafka_is_the_version_that_tests_run(account: Account) -> None:
    pom = (files("pinterest_platform.stack") / "kafka.pom.xml").read_text()
    [tested] = re.findall("<kafka.version>(.+)</kafka.version>", pom)
    [cluster] = account.of_type("AWS::MSK::Cluster")
    assert cluster.properties["KafkaVersion"].split(".")[:2] == tested.split(".")[:2]


def test_connector_has_the_settings_that_the_platform_prints(account: Account, settings: Settings) -> None:
    [connector] = account.of_type("AWS::KafkaConnect::Connector")
    configuration = {key: str(value) for key, value in connector.properties["ConnectorConfiguration"].items()}
    # MSK Connect takes the name beside the settings.
    assert {"name": connector.properties["ConnectorName"], **configuration} == connector_settings(
        settings, RECORDS, region=REGION
    )


def test_connector_may_use_its_topics_its_group_and_the_landing_zone(account: Account, settings: Settings) -> None:
    [policy] = account.get("kafka-connect.Role").properties["Policies"]
    allowed = json.dumps(policy)
    for topic in [*map(settings.topic, RECORDS), dead_letter_topic(settings)]:
        assert f'topic/pinterest-dev/*/{topic}"' in allowed
    assert f'group/pinterest-dev/*/connect-{settings.connector}"' in allowed
    assert f"arn:aws:s3:::{LANDING}/topics/*" in allowed


def test_streams_are_those_that_the_platform_makes(account: Account, settings: Settings) -> None:
    streams = [stream.properties["Name"] for stream in account.of_type("AWS::Kinesis::Stream")]
    assert streams == [settings.kinesis_stream(record) for record in RECORDS]


def test_alarms_watch_what_there_is(settings: Settings) -> None:
    account = Account(Retail="true")
    watched: dict[str, list[dict[str, str]]] = {}
    for alarm in account.of_type("AWS::CloudWatch::Alarm"):
        dimensions = {each["Name"]: each["Value"] for each in alarm.properties.get("Dimensions", [])}
        watched.setdefault(alarm.properties.get("MetricName", ""), []).append(dimensions)
    group = f"connect-{settings.connector}"
    assert watched["SumOffsetLag"] == [
        {"Cluster Name": "pinterest-dev", "Consumer Group": group, "Topic": settings.topic(record)}
        for record in RECORDS
    ]
    databases = [f"<{database.id}>" for database in account.of_type("AWS::RDS::DBInstance")]
    assert sorted(each["DBInstanceIdentifier"] for each in watched["FreeStorageSpace"]) == sorted(databases)
    streams = [{"StreamName": settings.kinesis_stream(record)} for record in RECORDS]
    assert watched["GetRecords.IteratorAgeMilliseconds"] == streams
    assert watched["ErroredTaskCount"] == [{"ConnectorName": settings.connector}]
    counted = {
        each.properties["MetricTransformations"][0]["MetricName"] for each in account.of_type("AWS::Logs::MetricFilter")
    }
    assert counted == {"RunsSucceeded", "RunsFailed", "RetailRunsSucceeded"} <= watched.keys()
    logs = {group.properties["LogGroupName"] for group in account.of_type("AWS::Logs::LogGroup")}
    assert {each.properties["LogGroupName"] for each in account.of_type("AWS::Logs::MetricFilter")} <= logs


def test_silence_is_an_alarm_where_something_ought_to_be_told(account: Account) -> None:
    """A stream that nobody reads has no age, and a day without a run has no run that succeeded."""
    alarms = [alarm.properties for alarm in account.of_type("AWS::CloudWatch::Alarm")]
    silence = {(alarm.get("MetricName", ""), alarm["TreatMissingData"]) for alarm in alarms}
    assert {metric for metric, missing in silence if missing == "breaching"} == {
        "FreeStorageSpace",
        "GetRecords.IteratorAgeMilliseconds",
        "RunsSucceeded",
    }
    assert {missing for metric, missing in silence if metric == "GetRecords.IteratorAgeMilliseconds"} == {"breaching"}


def test_containers_are_told_by_settings_that_exist_and_are_allowed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {f"PINTEREST_{name}".upper() for name in Settings.model_fields}
    for task in account.of_type("AWS::ECS::TaskDefinition"):
        for container in task.properties["ContainerDefinitions"]:
            told = environment(task, container["Name"])
            ours = {name: value for name, value in told.items() if name.startswith("PINTEREST_")}
            assert ours.keys() <= known, task.id
            with monkeypatch.context() as told_here:
                for name, value in ours.items():
                    told_here.setenv(name, value)
                load_settings(_env_file=None)
    for task, container in (("dagster.Task", "code"), ("stream.Task", "stream"), ("mwaa.Refresh", "refresh")):
        told = environment(account.get(task), container)
        assert (told["PINTEREST_LANDING"], told["PINTEREST_LAKE"]) == (f"s3://{LANDING}", f"s3://{LAKE}")
        assert told["PINTEREST_TOPIC_PREFIX"] == PREFIX


def test_second_domain_is_told_all_that_it_asks_for_and_has_places_of_its_own() -> None:
    account = Account(Retail="true")
    [retail] = [c for c in account.get("dagster.Task").properties["ContainerDefinitions"] if c["Name"] == "retail"]
    told = environment(account.get("dagster.Task"), "retail")
    secrets = {entry["Name"] for entry in retail["Secrets"]}
    asked = variables(load_domain("retail"))
    assert {each.name for each in asked} <= told.keys() | secrets
    # The password of the warehouse is PostgreSQL's own variable, so its URL may be read.
    assert {each.name for each in asked if each.secret} - secrets == {"RETAIL_WAREHOUSE_URL"}
    assert Warehouse(SecretStr(told["RETAIL_WAREHOUSE_URL"])).place.startswith("postgresql://publisher@<retail.")
    read(RetailSettings, **{name.removeprefix("RETAIL_").lower(): told[name] for name in told if "RETAIL_" in name})
    assert (told["PINTEREST_LANDING"], told["PINTEREST_LAKE"]) == (f"s3://{LANDING}/retail", f"s3://{LAKE}/retail")
    # What it writes in the landing zone is there, and its source files are not.
    [allowed] = account.get("retail.WriteLanding").properties["PolicyDocument"]["Statement"]
    written = {f"arn:aws:s3:::{LANDING}/retail/{folder}/*" for folder in (Settings().landing_topics_dir, "snapshots")}
    assert set(allowed["Resource"]) == written
    execution = str(account.get("dagster.ExecutionRole").properties["Policies"])
    for secret in retail["Secrets"]:
        assert secret["ValueFrom"].split(":")[0] in execution, "who starts the container may read it"


def test_tasks_that_compute_tables_make_pseudonyms_and_maintenance_keeps_what_is_young() -> None:
    told = {"RetentionDays": "90", "PseudonymSecret": "pinterest/pseudonyms"}
    account = Account(**told)
    tasks = {("dagster.Task", "code"): "dagster.Work", ("dagster.RunTask", "run"): "dagster.Work"}
    others = {("stream.Task", "stream"): "stream.Role", ("mwaa.Refresh", "refresh"): "mwaa.RefreshRole"}
    for (task, container), allowed_by in {**tasks, **others}.items():
        found = environment(account.get(task), container)
        assert found["PINTEREST_PSEUDONYM_SECRET_NAME"] == told["PseudonymSecret"]
        # Secrets Manager ends the ARN of a secret with six characters of its own.
        assert ":secret:pinterest/pseudonyms-??????" in str(account.get(allowed_by).properties), allowed_by
        if task.startswith("dagster."):
            assert found["PINTEREST_RETENTION_DAYS"] == told["RetentionDays"]
    assert ":secret:-" not in str(Account().resources), "without a secret there is nothing to read"


def test_kinesis_api_has_the_templates_and_methods_of_its_folder(account: Account) -> None:
    templates = {file.name: file.read_text() for file in (INFRA / "kinesis-api").glob("*.vtl")}
    readme = (INFRA / "kinesis-api" / "README.md").read_text()
    told = dict(re.findall(r"\| `(\w+)` \| `([\w-]+\.vtl)` \|", readme))
    found = {}
    for method in account.of_type("AWS::ApiGateway::Method"):
        integration = method.properties["Integration"]
        assert integration["Uri"] == f"arn:aws:apigateway:{REGION}:kinesis:action/{method.name}"
        assert (integration["PassthroughBehavior"], integration["IntegrationHttpMethod"]) == ("NEVER", "POST")
        found[method.name] = integration["RequestTemplates"]
    assert found == {action: {"application/json": templates[name]} for action, name in told.items()}
    assert set(told.values()) == set(templates)


def test_kinesis_api_is_deployed_anew_when_it_changes() -> None:
    """A deployment is a copy of the methods; CloudFormation makes a new one only where its name is another."""
    resources = template("kinesis-api")["Resources"]
    kinds = ("AWS::ApiGateway::Method", "AWS::ApiGateway::Resource")
    copied = {name: resource for name, resource in resources.items() if resource["Type"] in kinds}
    digest = hashlib.sha256(json.dumps(copied, sort_keys=True).encode()).hexdigest()[:8]
    [(name, deployment)] = [item for item in resources.items() if item[1]["Type"] == "AWS::ApiGateway::Deployment"]
    assert name == f"DeploymentOf{digest}", "give it this name in infra/stacks/kinesis-api.yaml, both times"
    methods = {key for key, resource in copied.items() if resource["Type"] == kinds[0]}
    assert set(deployment["DependsOn"]) == methods
    assert resources["Stage"]["Properties"]["DeploymentId"] == {"Ref": name}


def test_buckets_are_imported_and_not_named_again() -> None:
    for stack in set(STACKS) - {"storage"}:
        assert not re.search(r"-(landing|lake|mwaa|artifacts)-\$\{AWS::AccountId\}", json.dumps(template(stack)))

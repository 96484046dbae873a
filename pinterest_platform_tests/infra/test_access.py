"""Who may do what: IAM as narrow as the names allow, nothing open to strangers, nothing stored or sent in the clear."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pinterest_platform_tests.infra.stacks import PREFIX, Account, Resource, nested

#: Actions that have no resources to be named. Service Authorization Reference, 2026-11.
WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData",
    "ec2:DescribeNetworkInterfaces",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition",
    "kinesis:ListStreams",
    "logs:DescribeLogGroups",
    "s3:GetAccountPublicAccessBlock",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
#: Container instances are its resources, and Fargate has none: the cluster is said in the condition.
ONLY_BY_CONDITION = {"ecs:ListTasks"}
#: Of MWAA, whose queue and key are in an account of AWS's. Its user guide, "execution role", 2026-11.
OF_AWS = {"arn:aws:sqs:us-east-1:*:airflow-celery-*", "arn:aws:kms:*:123456789012:key/*"}
#: Ours by name: of the environment, of the topic prefix, or another resource of these stacks.
OURS = re.compile(rf"pinterest-dev|/pinterest/dev/|{PREFIX}|<[\w.-]+>")
#: Topics that are not the platform's own: where MSK Connect keeps its state.
OF_CONNECT = "__amazon_msk_connect_*"


#: Services that say for which account they take a role, by their documentation of 2026-11.
TELL_THE_ACCOUNT = {"ecs-tasks.amazonaws.com", "kafkaconnect.amazonaws.com"}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(account: Account) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """What roles and policies allow, without whom roles trust."""
    for resource in account.resources:
        documents = [resource.properties["PolicyDocument"]] if resource.type == "AWS::IAM::ManagedPolicy" else []
        if resource.type == "AWS::IAM::Role":
            documents = [policy["PolicyDocument"] for policy in resource.properties.get("Policies", [])]
        for document in documents:
            yield from ((resource, statement) for statement in document["Statement"])


def test_no_action_by_wildcard(account: Account) -> None:
    actions = [action for _, statement in statements(account) for action in as_list(statement["Action"])]
    assert len(actions) > 50
    assert [action for action in actions if "*" in action] == []


def test_every_resource_that_has_a_name_is_named(account: Account) -> None:
    for resource, statement in statements(account):
        actions = set(as_list(statement["Action"]))
        for arn in as_list(statement.get("Resource") or statement["NotResource"]):
            if arn == "*":
                known = WITHOUT_RESOURCES | (ONLY_BY_CONDITION if "Condition" in statement else set())
                assert actions <= known, f"{resource.id} allows {actions - known} on everything"
            else:
                assert OURS.search(arn) or arn in OF_AWS, f"{resource.id} allows {actions} on {arn}"
                assert not actions & WITHOUT_RESOURCES, f"{resource.id}: {actions} have no resources, so {arn} is none"
        assert "NotResource" not in statement or "Condition" in statement, resource.id


def test_kafka_is_entered_for_topics_that_exist_only(account: Account) -> None:
    topics = {topic.properties["TopicName"] for topic in account.of_type("AWS::MSK::Topic")}
    topics |= {f"{PREFIX}.dead-letter", OF_CONNECT}
    for resource, statement in statements(account):
        for arn in as_list(statement.get("Resource", [])):
            if ":topic/" in arn:
                assert arn.split(":topic/")[1].split("/")[:2] == ["pinterest-dev", "*"], resource.id
                assert arn.rpartition("/")[2] in topics, f"{resource.id}: {arn}"


def test_every_component_has_a_role_of_its_own(account: Account) -> None:
    """It is made by the component's stack, and what starts a container may not do what the container does."""
    for task in account.of_type("AWS::ECS::TaskDefinition"):
        assert task.properties["TaskRoleArn"].startswith(f"<{task.stack}."), task.id
        assert task.properties["TaskRoleArn"] != task.properties["ExecutionRoleArn"], task.id
    for method in account.of_type("AWS::ApiGateway::Method"):
        assert method.properties["Integration"]["Credentials"] == "<kinesis-api.Role.Arn>"
    [connector], [airflow] = (
        account.of_type(f"AWS::{kind}") for kind in ("KafkaConnect::Connector", "MWAA::Environment")
    )
    assert connector.properties["ServiceExecutionRoleArn"] == "<kafka-connect.Role.Arn>"
    assert airflow.properties["ExecutionRoleArn"] == "<mwaa.Role.Arn>"


def test_roles_trust_one_service_each_and_in_this_account_only(account: Account) -> None:
    for role in account.of_type("AWS::IAM::Role"):
        for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]:
            [(kind, principals)] = statement["Principal"].items()
            conditions = {key for condition in statement.get("Condition", {}).values() for key in condition}
            assert "*" not in as_list(principals), role.id
            if kind == "AWS":
                assert conditions & {"sts:ExternalId", "aws:PrincipalArn"}, role.id
            elif set(as_list(principals)) & TELL_THE_ACCOUNT:
                assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}, role.id


def test_nobody_gets_in_from_outside(account: Account) -> None:
    for resource in account.resources:
        for path, value in nested(resource.properties):
            if path.endswith(("CidrIp", "CidrIpv6")) and "Ingress" in path + resource.type:
                assert value == "10.20.0.0/16", f"{resource.id}{path} = {value}"
            if path.endswith((".PubliclyAccessible", ".MapPublicIpOnLaunch")):
                assert value is False, resource.id
            if path.endswith(".AssignPublicIp"):
                assert value == "DISABLED", resource.id
    assert not [r.id for r in account.resources if r.type.startswith("AWS::ElasticLoadBalancing")]
    for cluster in account.of_type("AWS::MSK::Cluster"):
        assert cluster.properties["BrokerNodeGroupInfo"]["ConnectivityInfo"]["PublicAccess"]["Type"] == "DISABLED"
        assert cluster.properties["ClientAuthentication"]["Unauthenticated"] == {"Enabled": False}
    for service in account.of_type("AWS::ECS::Service"):
        assert service.properties["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
    for database in account.of_type("AWS::RDS::DBInstance"):
        assert database.properties["PubliclyAccessible"] is False


def test_only_the_nat_gateway_is_in_the_public_subnet(account: Account) -> None:
    public = "<network.PublicSubnet>"
    users = [r.id for r in account.resources for _, value in nested(r.properties) if value == public]
    assert users == ["network.PublicSubnetRoutes", "network.NatGateway"]
    [out] = [r.id for r in account.of_type("AWS::EC2::Route") if "GatewayId" in r.properties]
    assert out == "network.PublicDefaultRoute"


@pytest.mark.parametrize("type_", ["AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"])
def test_gateways_want_an_aws_identity(account: Account, type_: str) -> None:
    assert {method.properties["AuthorizationType"] for method in account.of_type(type_)} == {"AWS_IAM"}


def test_buckets_are_closed_encrypted_and_take_tls_only(account: Account) -> None:
    policies = {policy.properties["Bucket"]: policy for policy in account.of_type("AWS::S3::BucketPolicy")}
    for bucket in account.of_type("AWS::S3::Bucket"):
        given = bucket.properties
        assert set(given["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(given["PublicAccessBlockConfiguration"]) == 4
        assert given["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert given["VersioningConfiguration"] == {"Status": "Enabled"}
        deny = policies[given["BucketName"]].properties["PolicyDocument"]["Statement"][0]
        arn = f"arn:aws:s3:::{given['BucketName']}"
        assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*")
        assert (deny["Resource"], deny["Condition"]) == ([arn, f"{arn}/*"], {"Bool": {"aws:SecureTransport": False}})


def test_everything_that_is_stored_or_sent_is_encrypted(account: Account) -> None:
    for stream in account.of_type("AWS::Kinesis::Stream"):
        assert stream.properties["StreamEncryption"]["EncryptionType"] == "KMS"
    for cluster in account.of_type("AWS::MSK::Cluster"):
        in_transit = cluster.properties["EncryptionInfo"]["EncryptionInTransit"]
        assert in_transit == {"ClientBroker": "TLS", "InCluster": True}
    for connector in account.of_type("AWS::KafkaConnect::Connector"):
        assert connector.properties["KafkaClusterEncryptionInTransit"] == {"EncryptionType": "TLS"}
    for database in account.of_type("AWS::RDS::DBInstance"):
        assert database.properties["StorageEncrypted"] is True
    for topic in account.of_type("AWS::SNS::Topic"):
        assert topic.properties["KmsMasterKeyId"] == "<alarms.Key>"


def test_databases_are_kept_when_their_stack_goes(account: Account) -> None:
    for database in account.of_type("AWS::RDS::DBInstance"):
        assert database.attributes == {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}
        assert database.properties["BackupRetentionPeriod"] >= 7
        assert database.properties["DeleteAutomatedBackups"] is False


def test_no_secret_is_written_down(account: Account) -> None:
    for resource in account.resources:
        for path, value in nested(resource.properties):
            if path.endswith("Password"):
                assert value is True or str(value).startswith("{{resolve:secretsmanager:<"), f"{resource.id}{path}"
            if path.endswith(".SecretString"):
                assert resource.id in ("mwaa.RefreshVariable", "retail.Logins")
                assert "password" not in value.lower()
                assert resource.stack != "retail" or not any(json.loads(value).values()), "values are put by hand"
        for container in resource.properties.get("ContainerDefinitions", []):
            told = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
            assert not [name for name in told if "PASSWORD" in name or "KEY" in name], resource.id
            assert told.get("PINTEREST_SOURCE_SECRET", "<").startswith("<"), "the secret's name, not its value"


def test_buckets_are_logged_to_a_bucket_that_lets_them(account: Account) -> None:
    """Their logs are refused until its policy is there."""
    for bucket in account.of_type("AWS::S3::Bucket"):
        if "LoggingConfiguration" in bucket.properties:
            assert bucket.attributes["DependsOn"] == "AccessLogsPolicy", bucket.id


def test_what_is_deleted_leaves_nothing_behind(account: Account) -> None:
    """Amazon S3 User Guide, "Removing expired object delete markers": vacuum of a table that is written every second
    leaves a marker a file, and a rule with `ExpirationInDays` cannot remove them too."""
    for bucket in account.of_type("AWS::S3::Bucket"):
        rules = bucket.properties["LifecycleConfiguration"]["Rules"]
        [clean] = [rule for rule in rules if rule.get("ExpiredObjectDeleteMarker")]
        assert "ExpirationInDays" not in clean
        assert clean["NoncurrentVersionExpiration"]["NoncurrentDays"] == 7


def test_databases_of_prod_are_not_deleted_by_mistake() -> None:
    for database in Account("prod").of_type("AWS::RDS::DBInstance"):
        assert database.properties["DeletionProtection"] == "true", database.id

"""What moto can deploy, deployed: what CloudFormation makes of the templates is there and is as it is meant to be.

What it cannot is said in `UNKNOWN` and, of the others, in `NOT_DEPLOYED`; that is checked as templates only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.infra.stacks import (
    ACCOUNT,
    COMPUTED,
    INFRA,
    PREFIX,
    REGION,
    STACKS,
    Account,
    properties,
    template,
)

DEPLOYED = ["network", "storage", "containers", "kinesis", "kinesis-api"]
#: Why the others are not.
NOT_DEPLOYED = {
    "database": "asks for Source.MasterUserSecret",
    "kafka-rest": "asks for an Api of API Gateway's second version",
    "posting": "imports from database and kafka-rest",
    "dagster": "imports from database",
    "spark": "asks for an export of a name service",
    "retail": "asks for secrets",
    "stream": "imports from dagster",
    **dict.fromkeys(["kafka", "kafka-connect", "mwaa", "alarms", "budget"], "what it is for is unknown to moto"),
    "databricks": "roles only",
}
#: Types that moto leaves out of a stack.
UNKNOWN = {
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::ApiGatewayV2::VpcLink",
    "AWS::Budgets::Budget",
    "AWS::CloudWatch::Alarm",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::KafkaConnect::Connector",
    "AWS::KafkaConnect::CustomPlugin",
    "AWS::Logs::MetricFilter",
    "AWS::MSK::Cluster",
    "AWS::MSK::Configuration",
    "AWS::MSK::Topic",
    "AWS::MWAA::Environment",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SecretsManager::Secret",
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service",
}


#: It says so by warnings, too.
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")


@pytest.fixture(scope="module")
def deployed() -> Iterator[None]:
    from moto import mock_aws

    with mock_aws():
        cloudformation = boto3.client("cloudformation", region_name=REGION)
        given = {**properties("dev"), **COMPUTED}
        for stack in DEPLOYED:
            cloudformation.create_stack(
                StackName=f"pinterest-dev-{stack}",
                TemplateBody=(INFRA / "stacks" / f"{stack}.yaml").read_text(),
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": given[name]}
                    for name in template(stack)["Parameters"]
                    if name in given
                ],
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def test_what_moto_does_not_know_is_said() -> None:
    from moto.cloudformation.parsing import get_model_map  # Takes seconds.

    types = {resource["Type"] for stack in STACKS for resource in template(stack)["Resources"].values()}
    assert types - get_model_map().keys() == UNKNOWN
    assert {*DEPLOYED, *NOT_DEPLOYED} == set(STACKS)


@pytest.mark.usefixtures("deployed")
def test_exports_are_worked_out_as_cloudformation_does(account: Account) -> None:
    """The same names, and the same values where it is we who name a thing."""
    exports = {each["Name"]: each.get("Value") for each in client("cloudformation").list_exports()["Exports"]}
    assert exports.keys() <= account.exports.keys()
    assert len(exports) >= 20
    ours = {name: value for name, value in account.exports.items() if exports.get(name) and "<" not in str(value)}
    assert {name: exports[name] for name in ours} == ours
    assert ours["pinterest-dev-LandingBucket"] == f"pinterest-dev-landing-{ACCOUNT}"


@pytest.mark.usefixtures("deployed")
def test_buckets_are_encrypted() -> None:
    s3 = client("s3")
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert len(buckets) == 5
    for bucket in buckets:
        assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]


@pytest.mark.usefixtures("deployed")
def test_one_route_leads_out_of_the_vpc() -> None:
    ec2 = client("ec2")
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["pinterest-dev"]}])["Vpcs"]
    here = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    subnets = ec2.describe_subnets(Filters=here)["Subnets"]
    assert len(subnets) == 4
    tables = ec2.describe_route_tables(Filters=here)["RouteTables"]
    out = [r for table in tables for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
    assert [len([route for route in out if key in route]) for key in ("GatewayId", "NatGatewayId")] == [1, 3]


@pytest.mark.usefixtures("deployed")
def test_streams_are_there() -> None:
    names = {f"streaming-{PREFIX}-{record}" for record in RECORDS}
    assert set(client("kinesis").list_streams()["StreamNames"]) == names


@pytest.mark.usefixtures("deployed")
def test_api_has_its_methods_and_they_their_templates() -> None:
    gateway = client("apigateway")
    [api] = gateway.get_rest_apis()["items"]
    found = {}
    for resource in gateway.get_resources(restApiId=api["id"])["items"]:
        for verb in resource.get("resourceMethods", {}):
            where = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": verb}
            assert gateway.get_method(**where)["authorizationType"] == "AWS_IAM"
            uri = gateway.get_integration(**where)["uri"]
            found[f"{verb} {resource['path']}"] = uri.rpartition("/")[2]
    assert found == {
        "GET /streams": "ListStreams",
        "GET /streams/{stream-name}": "DescribeStreamSummary",
        "POST /streams/{stream-name}": "CreateStream",
        "DELETE /streams/{stream-name}": "DeleteStream",
        "PUT /streams/{stream-name}/record": "PutRecord",
        "PUT /streams/{stream-name}/records": "PutRecords",
    }

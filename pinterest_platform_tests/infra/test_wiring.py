"""The templates by themselves and together: what cfn-lint says, parameters, imports, environments."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pinterest_platform.settings import Settings
from pinterest_platform_tests.infra.stacks import COMPUTED, INFRA, MAKEFILE, STACKS, Account, properties, template

ENVIRONMENTS = sorted(path.stem for path in (INFRA / "environments").iterdir())
#: What CloudFormation takes as text of a template, in bytes.
LARGEST = 51_200


def test_nothing_for_cfn_lint_to_say() -> None:
    templates = sorted(map(str, (INFRA / "stacks").iterdir()))
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "us-east-1", "--", *templates]
    done = subprocess.run(lint, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_every_stack_is_deployed_or_on_request() -> None:
    assert sorted(path.stem for path in (INFRA / "stacks").iterdir()) == sorted(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_template_says_what_it_is_and_uses_what_it_is_given(stack: str) -> None:
    text = (INFRA / "stacks" / f"{stack}.yaml").read_text()
    assert len(text.encode()) < LARGEST
    content = template(stack)
    assert content["Description"].endswith(".")
    unused = [name for name in content["Parameters"] if not re.search(rf"!Ref {name}\b|\$\{{{name}\}}", text)]
    assert unused == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environment_can_be_deployed_in_the_order_of_the_makefile(environment: str) -> None:
    """An import that no stack before exports, a value not allowed, a parameter that nobody gives: each fails."""
    on_request = ("Spark", "Retail", "Warehouse")
    assert not [name for name in Account(environment).imported if any(word in name for word in on_request)]
    account = Account(environment, Engine="spark", Retail="true")
    asked_for = {
        f"pinterest-{environment}-{name}"
        for name in re.findall(r"call \s*exported,(\w+)", MAKEFILE.replace("\\\n", ""))
    }
    assert asked_for <= account.exports.keys()
    assert account.exports.keys() - account.imported - asked_for == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environments_give_only_what_a_stack_wants(environment: str) -> None:
    wanted = {name for stack in STACKS for name in template(stack)["Parameters"]}
    assert set(properties(environment)) <= wanted
    assert set(COMPUTED) <= wanted
    assert not set(properties(environment)) & set(COMPUTED)


def test_private_subnets_are_in_three_zones() -> None:
    account = Account()
    subnets = {subnet.name: subnet.properties for subnet in account.of_type("AWS::EC2::Subnet")}
    zones = [subnets[f"PrivateSubnet{letter}"]["AvailabilityZoneId"] for letter in "ABC"]
    assert zones == COMPUTED["ZoneIds"].split(",")
    assert len(set(zones)) == 3


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_zone_has_its_own_way_out_where_there_are_three(environment: str) -> None:
    account = Account(environment)
    tables = {
        association.properties["SubnetId"]: association.properties["RouteTableId"]
        for association in account.of_type("AWS::EC2::SubnetRouteTableAssociation")
    }
    out = {r.properties["RouteTableId"]: r.properties.get("NatGatewayId") for r in account.of_type("AWS::EC2::Route")}
    zones = {f"<{s.id}>": s.properties["AvailabilityZoneId"] for s in account.of_type("AWS::EC2::Subnet")}
    gateways = {f"<{n.id}>": zones[n.properties["SubnetId"]] for n in account.of_type("AWS::EC2::NatGateway")}
    private = {subnet: out[tables[subnet]] for subnet in zones if "Private" in subnet}
    assert set(private.values()) == gateways.keys()
    if len(gateways) > 1:
        assert all(gateways[gateway] == zones[subnet] for subnet, gateway in private.items())


def test_parameters_of_one_name_are_the_same() -> None:
    declared: dict[str, object] = {}
    for stack in STACKS:
        for name, parameter in template(stack)["Parameters"].items():
            assert declared.setdefault(name, parameter) == parameter, f"{stack}: {name}"
    assert declared["TopicPrefix"] == {"Type": "String", "Default": Settings.model_fields["topic_prefix"].default}


def test_makefile_asks_for_brokers_wherever_a_stack_wants_them() -> None:
    [listed] = re.findall(r"^WITH_BROKERS := (.*)$", MAKEFILE, re.MULTILINE)
    assert listed.split() == [stack for stack in STACKS if "KafkaBrokers" in template(stack)["Parameters"]]

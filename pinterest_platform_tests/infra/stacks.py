"""The stacks of infra/stacks as CloudFormation would see them: deployed in order in an account that is not there.

Parameters, imports and the functions that the templates use are worked out. What only AWS knows (ids, addresses) is a
text that names it, as `<dagster.Task>`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

INFRA = Path(__file__).parents[2] / "infra"
MAKEFILE = (INFRA / "Makefile").read_text()
#: In the order in which the Makefile deploys them; and with those on request, which others may import from.
DEPLOYED = re.findall(r"^STACKS \?= (.*)$", MAKEFILE, re.MULTILINE)[0].split()
_BEFORE_DAGSTER = DEPLOYED.index("dagster")
STACKS = [*DEPLOYED[:_BEFORE_DAGSTER], "spark", "retail", *DEPLOYED[_BEFORE_DAGSTER:], "mwaa", "databricks"]

ACCOUNT, REGION = "123456789012", "us-east-1"
PREFIX = "0e2bc66a6297"
#: What the Makefile finds out for itself.
COMPUTED = {
    "Environment": "dev",
    "ImageTag": "1a2b3c4",
    "KafkaRestImageTag": "1a2b3c4",
    "PluginVersion": "1a2b3c4",
    "ZoneIds": "use1-az1,use1-az2,use1-az4",
    "KafkaBrokers": "b-1.dev.kafka.us-east-1.amazonaws.com:9098,b-2.dev.kafka.us-east-1.amazonaws.com:9098",
}
#: What a property has that CloudFormation is to leave out.
_NO_VALUE = "<AWS::NoValue>"
_PSEUDO = {
    "AWS::NoValue": _NO_VALUE,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
#: The property that is a resource's name, where Ref gives that.
_NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::ECS::Cluster": "ClusterName",
}
_ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::Kinesis::Stream": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{{}}",
}


class _Loader(yaml.SafeLoader):
    """Knows the short forms of functions."""


def _function(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    long = name if name == "Ref" else f"Fn::{name}"
    if isinstance(node, yaml.ScalarNode):
        return {long: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {long: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {long: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


class Resource(NamedTuple):
    stack: str
    name: str
    type: str
    properties: Any
    attributes: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.stack}.{self.name}"


@cache
def template(stack: str) -> Any:
    """A template as it is written, its functions in their long form."""
    return yaml.load((INFRA / "stacks" / f"{stack}.yaml").read_text(), Loader=_Loader)


def properties(environment: str) -> dict[str, str]:
    """Parameters of an environment."""
    lines = (INFRA / "environments" / f"{environment}.properties").read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines if not line.startswith("#"))}


class Account:
    """All stacks, deployed one after the other with the properties of an environment and `others`; `exports` is what
    they export."""

    def __init__(self, environment: str = "dev", **others: str) -> None:
        self.exports: dict[str, Any] = {}
        self.imported: set[str] = set()
        self.outputs: dict[str, dict[str, Any]] = {}
        self.resources: list[Resource] = []
        given = {**properties(environment), **COMPUTED, "Environment": environment, **others}
        for stack in STACKS:
            self._deploy(stack, template(stack), given)

    def of_type(self, type_: str) -> list[Resource]:
        found = [resource for resource in self.resources if resource.type == type_]
        assert found, f"no {type_} in any stack"
        return found

    def get(self, id_: str) -> Resource:
        [found] = [resource for resource in self.resources if resource.id == id_]
        return found

    def _deploy(self, stack: str, content: Any, given: Mapping[str, str]) -> None:
        parameters = {}
        for name, declared in content["Parameters"].items():
            value = given.get(name, declared.get("Default"))
            assert value is not None, f"{stack}: nobody gives {name}"
            allowed = list(map(str, declared.get("AllowedValues", [value])))
            assert str(value) in allowed, f"{stack}: {name}={value} is none of {allowed}"
            assert re.fullmatch(declared.get("AllowedPattern", ".*"), str(value)), f"{stack}: {name}={value}"
            parameters[name] = value.split(",") if declared["Type"] == "CommaDelimitedList" else value
        scope = _Scope(self, stack, content, parameters)
        for rule in content.get("Rules", {}).values():
            if scope.value(rule.get("RuleCondition", True)):
                refused = [each["AssertDescription"] for each in rule["Assertions"] if not scope.value(each["Assert"])]
                assert not refused, f"{stack}: {refused[0]}"
        for name, resource in content["Resources"].items():
            if "Condition" in resource and not scope.value(content["Conditions"][resource["Condition"]]):
                continue
            rest = {key: value for key, value in resource.items() if key not in ("Type", "Properties", "Condition")}
            worked_out = scope.value(resource.get("Properties", {}))
            self.resources.append(Resource(stack, name, resource["Type"], worked_out, rest))
        self.outputs[stack] = {name: scope.value(out["Value"]) for name, out in content.get("Outputs", {}).items()}
        for name, output in content.get("Outputs", {}).items():
            if "Export" in output:
                exported = scope.value(output["Export"]["Name"])
                assert exported not in self.exports, exported
                self.exports[exported] = self.outputs[stack][name]


class _Scope:
    """What names mean in one stack."""

    def __init__(self, account: Account, stack: str, content: Any, parameters: Mapping[str, Any]) -> None:
        self._account, self._stack, self._content, self._parameters = account, stack, content, parameters

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(entry) for entry in value if not self._is_nothing(entry)]
        if not isinstance(value, dict):
            return value
        [(key, argument), *others] = value.items() or [("", None)]
        if not others and (key == "Ref" or key.startswith("Fn::")):
            return getattr(self, "_" + key.removeprefix("Fn::").lower())(argument)
        worked_out = {name: self.value(entry) for name, entry in value.items()}
        return {name: entry for name, entry in worked_out.items() if entry != _NO_VALUE}

    def _is_nothing(self, entry: Any) -> bool:
        """An `If` of a list whose value is that there is none."""
        if not isinstance(entry, dict) or entry.keys() != {"Fn::If"}:
            return False
        condition, yes, no = entry["Fn::If"]
        taken = yes if self.value(self._content["Conditions"][condition]) else no
        return bool(taken == {"Ref": "AWS::NoValue"})

    def _ref(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self._parameters:
            return self._parameters[name]
        resource = self._content["Resources"][name]
        named_by = _NAMES.get(resource["Type"])
        return self.value(resource["Properties"][named_by]) if named_by else f"<{self._stack}.{name}>"

    def _getatt(self, path: str | list[str]) -> str:
        name, _, attribute = (path if isinstance(path, str) else ".".join(path)).partition(".")
        pattern = _ARNS.get(self._content["Resources"][name]["Type"])
        if attribute == "Arn" and pattern:
            return pattern.format(self._ref(name))
        return f"{'https://' if attribute == 'ApiEndpoint' else ''}<{self._stack}.{name}.{attribute}>"

    def _sub(self, argument: str | list[Any]) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument

        def filled(found: re.Match[str]) -> str:
            name = found[1]
            if name in given:
                return str(self.value(given[name]))
            return self._getatt(name) if "." in name else str(self._ref(name))

        return re.sub(r"\$\{([\w.:]+)\}", filled, text)

    def _importvalue(self, argument: Any) -> Any:
        name = self.value(argument)
        assert name in self._account.exports, f"{self._stack} imports {name}, which no stack before it exports"
        self._account.imported.add(name)
        return self._account.exports[name]

    def _if(self, argument: list[Any]) -> Any:
        condition, yes, no = argument
        return self.value(yes if self.value(self._content["Conditions"][condition]) else no)

    def _equals(self, argument: list[Any]) -> bool:
        left, right = map(self.value, argument)
        return bool(left == right)

    def _contains(self, argument: list[Any]) -> bool:
        allowed, value = map(self.value, argument)
        return value in allowed

    def _not(self, argument: list[Any]) -> bool:
        return not self.value(argument[0])

    def _findinmap(self, argument: list[Any]) -> Any:
        name, first, second = map(self.value, argument)
        return self._content["Mappings"][name][first][str(second)]

    def _select(self, argument: list[Any]) -> Any:
        return self.value(argument[1])[int(argument[0])]

    def _base64(self, argument: Any) -> str:
        return base64.b64encode(self.value(argument).encode()).decode()


def nested(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a structure, with its path."""
    yield path, value
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from nested(entry, f"{path}.{key}")

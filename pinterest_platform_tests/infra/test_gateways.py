"""The gateways' stages: what API Gateway refuses when it makes one, and cfn-lint does not know."""

from __future__ import annotations

import re

from pinterest_platform_tests.infra.stacks import Account

#: Amazon API Gateway Developer Guide, "Customize HTTP API access logs", 2026-11: those of them that may be wanted.
HTTP_API_VARIABLES = {
    "$context.error.message",
    "$context.extendedRequestId",
    "$context.identity.caller",
    "$context.path",
    "$context.requestId",
    "$context.requestTime",
    "$context.routeKey",
    "$context.status",
}


def test_access_log_says_which_request_it_was(account: Account) -> None:
    """CloudFormation, "AWS::ApiGatewayV2::Stage AccessLogSettings": at least `$context.requestId`, on one line."""
    stages = [*account.of_type("AWS::ApiGatewayV2::Stage"), *account.of_type("AWS::ApiGateway::Stage")]
    logs = [stage.properties.get("AccessLogSettings") or stage.properties.get("AccessLogSetting") for stage in stages]
    formats = [log["Format"] for log in logs if log]
    assert formats
    for text in formats:
        assert "\n" not in text
        variables = re.findall(r"\$context[\w.]+", text)
        assert "$context.requestId" in variables
        assert set(variables) <= HTTP_API_VARIABLES


def test_gateway_asks_tasks_that_are_healthy_only(account: Account) -> None:
    """AWS Cloud Map Developer Guide, "Configuring health checks": without any, each instance counts as healthy."""
    for service in account.of_type("AWS::ServiceDiscovery::Service"):
        assert "HealthCheckCustomConfig" in service.properties, service.id
    [task] = [account.get("kafka-rest.Task")]
    assert task.properties["ContainerDefinitions"][0]["HealthCheck"]["Command"]

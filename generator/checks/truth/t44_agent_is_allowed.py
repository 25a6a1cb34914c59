"""T44: the CloudWatch agent may read its configuration, and write wherever the configuration sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.checks.check import MEMBER_TEMPLATE, Subject
from generator.checks.iam import Statement, allowed_statements
from generator.findings import Finding

CODE = "T44"
NAME = "agent-is-allowed"
TITLE = "The agent's policy covers its configuration, its metrics and every log group it writes to."
WHY = (
    "An agent without a permission runs, and says so only in a file on its own instance: metrics and logs are"
    " missing, and nobody is told. The language has no way to write this; the rule guards the templates that obsgen"
    " itself makes."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/create-iam-roles-for-cloudwatch-agent.html"
BAD_TEMPLATE = """\
member.template.yaml:
  Resources:
    AgentConfiguration:
      Type: AWS::SSM::Parameter
      Properties: {Name: AmazonCloudWatch-agent-prod, Value: "{}"}
      Metadata: {obsgen: {path: agent}}
"""
_PREFIX = "AmazonCloudWatch-"
_WRITES = {"logs:CreateLogStream", "logs:PutLogEvents"}
_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each part of the agent's configuration that its policy does not allow."""
    resources = {r.logical_id: r for r in subject.resources() if r.file == MEMBER_TEMPLATE and r.path[:1] == ("agent",)}
    parameter, policy = resources.get("AgentConfiguration"), resources.get("AgentPolicy")
    if parameter is None:
        return
    name, configuration = parameter.properties["Name"], json.loads(parameter.properties["Value"])
    if not name.startswith(_PREFIX):
        message = f"the name of parameter {name} does not begin with {_PREFIX}: AWS's managed policies do not cover it"
        yield parameter.finding(CODE, message, f"use the name {_PREFIX}{name}")
    statements = allowed_statements(policy) if policy else []
    if not _covered(statements, {"ssm:GetParameter"}, f":parameter/{name}"):
        message = f"no policy allows the agent to read parameter {name}"
        yield parameter.finding(CODE, message, "add ssm:GetParameter on the parameter")
    if not any(name in json.dumps(r.properties) for r in resources.values() if r.type == "AWS::SSM::Document"):
        message = f"no document configures the agent from parameter {name}"
        yield parameter.finding(CODE, message, "set optionalConfigurationLocation")
    namespace = configuration.get("metrics", {}).get("namespace")
    allowed = [s["Condition"]["StringEquals"]["cloudwatch:namespace"] for s in statements if "PutMetricData" in str(s)]
    if namespace and namespace not in allowed:
        message = f"no policy allows the agent to publish metrics in namespace {namespace}"
        yield parameter.finding(CODE, message, "add cloudwatch:PutMetricData")
    for file in configuration.get("logs", {}).get("logs_collected", {}).get("files", {}).get("collect_list", []):
        group = file["log_group_name"]
        if not _covered(statements, _WRITES, f"{_ARN}{group}:*"):
            message = f"no policy allows the agent to write to log group `{group}`"
            yield parameter.finding(CODE, message, f"add {', '.join(sorted(_WRITES))}")


def _covered(statements: list[Statement], actions: set[str], resource: str) -> bool:
    return any(
        actions <= set(statement["Action"]) and any(_text(arn).endswith(resource) for arn in statement["Resource"])
        for statement in statements
    )


def _text(arn: Any) -> str:
    return str(arn.get("Fn::Sub", "")) if isinstance(arn, dict) else str(arn)

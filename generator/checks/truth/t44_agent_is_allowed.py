"""T44: the CloudWatch agent may read its configuration, and write wherever the configuration sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.checks.check import MEMBER_TEMPLATE, Resource, Subject
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
BAD = ""
GOOD = ""
_PREFIX = "AmazonCloudWatch-"
_WRITES = {"logs:CreateLogStream", "logs:PutLogEvents"}
_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each thing that the agent is told and not allowed to do."""
    agents = {r.logical_id: r for r in subject.resources() if r.file == MEMBER_TEMPLATE and r.path[:1] == ("agent",)}
    parameter, allowed = agents.get("AgentConfiguration"), agents.get("AgentPolicy")
    if parameter is None:
        return
    name, told = parameter.properties["Name"], json.loads(parameter.properties["Value"])
    if not name.startswith(_PREFIX):
        message = f"AWS's managed policies for instances do not read a parameter called {name}"
        yield _finding(parameter, message, f"{_PREFIX}{name}")
    statements = allowed.properties["PolicyDocument"]["Statement"] if allowed else []
    if not _covered(statements, {"ssm:GetParameter"}, f":parameter/{name}"):
        yield _finding(parameter, f"no policy lets the agent read {name}", "ssm:GetParameter on the parameter")
    if not any(name in json.dumps(r.properties) for r in agents.values() if r.type == "AWS::SSM::Document"):
        yield _finding(parameter, f"no document configures the agent by {name}", "optionalConfigurationLocation")
    metrics = told.get("metrics", {}).get("namespace")
    spaces = [s["Condition"]["StringEquals"]["cloudwatch:namespace"] for s in statements if "PutMetricData" in str(s)]
    if metrics and metrics not in spaces:
        yield _finding(parameter, f"no policy lets the agent put metrics into {metrics}", "cloudwatch:PutMetricData")
    for file in told.get("logs", {}).get("logs_collected", {}).get("files", {}).get("collect_list", []):
        group = file["log_group_name"]
        if not _covered(statements, _WRITES, f"{_ARN}{group}:*"):
            hint = ", ".join(sorted(_WRITES))
            yield _finding(parameter, f"no policy lets the agent write to log group `{group}`", hint)


def _covered(statements: list[dict[str, Any]], actions: set[str], resource: str) -> bool:
    return any(
        actions <= set(statement["Action"]) and any(_text(one).endswith(resource) for one in statement["Resource"])
        for statement in statements
    )


def _text(resource: Any) -> str:
    return str(resource.get("Fn::Sub", "")) if isinstance(resource, dict) else str(resource)


def _finding(resource: Resource, message: str, hint: str) -> Finding:
    return Finding(CODE, message, resource.path, hint=hint, where=resource.where)

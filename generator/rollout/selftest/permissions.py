"""The IAM policy of `obsgen selftest`: what experiments call, on names with the prefix wherever IAM can limit it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.selftest.kinds import KINDS
from generator.rollout.selftest.types import Experiment

PREFIX = "obsgen-selftest-"
# Resources that an action supports, by service and the rest of its name. Others support none, or are lists.
_KINDS_OF_ACTIONS = {
    "application-signals:CreateServiceLevelObjective": ("SLO",),
    "application-signals:DeleteServiceLevelObjective": ("SLO",),
    "application-signals:TagResource": ("SLO",),
    "cloudwatch:DeleteAlarmMuteRule": ("mute rule",),
    "cloudwatch:DeleteAlarms": ("alarm",),
    "cloudwatch:DeleteDashboards": ("dashboard",),
    "cloudwatch:DeleteInsightRules": ("Contributor Insights rule",),
    "cloudwatch:PutAlarmMuteRule": ("mute rule", "alarm"),
    "cloudwatch:PutCompositeAlarm": ("alarm",),
    "cloudwatch:PutDashboard": ("dashboard",),
    "cloudwatch:PutInsightRule": ("Contributor Insights rule",),
    "cloudwatch:PutLogAlarm": ("alarm",),
    "cloudwatch:PutMetricAlarm": ("alarm",),
    "cloudwatch:SetAlarmState": ("alarm",),
    "cloudwatch:TagResource": ("alarm", "Contributor Insights rule", "mute rule"),
    "events:DeleteRule": ("event rule",),
    "events:ListTargetsByRule": ("event rule",),
    "events:PutRule": ("event rule",),
    "events:PutTargets": ("event rule",),
    "events:RemoveTargets": ("event rule",),
    "events:TagResource": ("event rule",),
    "iam:CreateRole": ("role",),
    "iam:DeleteRole": ("role",),
    "iam:DeleteRolePolicy": ("role",),
    "iam:ListRolePolicies": ("role",),
    "iam:PassRole": ("role",),
    "iam:PutRolePolicy": ("role",),
    "iam:TagRole": ("role",),
    "logs:CreateLogGroup": ("log group",),
    "logs:CreateLogStream": ("log group",),
    "logs:DeleteLogGroup": ("log group",),
    "logs:PutLogEvents": ("log group",),
    "logs:StartQuery": ("log group",),
    "logs:TagResource": ("log group",),
    "sqs:CreateQueue": ("queue",),
    "sqs:DeleteQueue": ("queue",),
    "sqs:GetQueueAttributes": ("queue",),
    "sqs:GetQueueUrl": ("queue",),
    "sqs:ReceiveMessage": ("queue",),
    "sqs:SetQueueAttributes": ("queue",),
    "sqs:TagQueue": ("queue",),
}
# Creating something with tags needs the right to tag it.
_TAGGING = {
    "application-signals:CreateServiceLevelObjective": "application-signals:TagResource",
    "cloudwatch:PutAlarmMuteRule": "cloudwatch:TagResource",
    "cloudwatch:PutCompositeAlarm": "cloudwatch:TagResource",
    "cloudwatch:PutInsightRule": "cloudwatch:TagResource",
    "cloudwatch:PutLogAlarm": "cloudwatch:TagResource",
    "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
    "events:PutRule": "events:TagResource",
    "iam:CreateRole": "iam:TagRole",
    "logs:CreateLogGroup": "logs:TagResource",
    "sqs:CreateQueue": "sqs:TagQueue",
}
_PUT_DATA = "cloudwatch:PutMetricData"


def actions_of(experiments: Iterable[Experiment]) -> list[str]:
    """The actions that experiments need, with those that list and remove what they create."""
    actions = {"events:ListRules"}
    for experiment in experiments:
        actions |= {*experiment.actions, *(action for kind in experiment.creates for action in KINDS[kind].actions)}
    return sorted(actions | {_TAGGING[action] for action in actions if action in _TAGGING})


def policy_document(experiments: Iterable[Experiment], region: str = "", account: str = "") -> dict[str, Any]:
    """The document. region, account: of the selftest; any of the
    partition `aws` where empty. sts:GetCallerIdentity needs no permission."""
    partition = partition_of(region) if region else "aws"
    of_resources: dict[tuple[str, ...], list[str]] = {}
    for action in actions_of(experiments):
        if action != _PUT_DATA:
            of_resources.setdefault(_KINDS_OF_ACTIONS.get(action, ()), []).append(action)
    statements = []
    for kinds, actions in sorted(of_resources.items()):
        sid = "".join(word.capitalize() for kind in kinds for word in kind.split()) or "Lists"
        arns = [arn for kind in kinds for arn in _arns(kind, partition, region or "*", account or "*")]
        statements.append({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": arns or ["*"]})
    if any(_PUT_DATA in experiment.actions for experiment in experiments):
        own = {"StringLike": {"cloudwatch:namespace": f"{PREFIX}*"}}
        data: dict[str, Any] = {
            "Sid": "Data",
            "Effect": "Allow",
            "Action": [_PUT_DATA],
            "Resource": ["*"],
            "Condition": own,
        }
        statements.append(data)
    return {"Version": "2012-10-17", "Statement": [_with_service(statement) for statement in statements]}


def _with_service(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement; roles are passed to CloudWatch Logs only."""
    if "iam:PassRole" not in statement["Action"]:
        return statement
    passed = {"iam:PassedToService": ["logs.amazonaws.com"]}
    return {**statement, "Condition": {"StringEqualsIfExists": passed}}


def _arns(kind: str, partition: str, region: str, account: str) -> list[str]:
    arn = f"arn:{partition}:{KINDS[kind].arn.format(region=region, account=account, name=f'{PREFIX}*')}"
    # AWS's page of PutAlarmMuteRule has two forms.
    return [arn, arn.replace(":alarm-mute-rule:", ":alarm-mute:")] if kind == "mute rule" else [arn]

"""The IAM policy of `obsgen selftest`: what experiments call, on names with the prefix wherever IAM can limit it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.selftest.kinds import KINDS
from generator.rollout.selftest.types import Experiment

PREFIX = "obsgen-selftest-"
# The most that a role of an experiment may do, whatever is written into it: without it, who may create roles and put
# policies into them may do anything in the account.
BOUNDARY = "iam::aws:policy/CloudWatchLogsReadOnlyAccess"
# Resources that an action supports, by service and the rest of its name. Others support none, or are lists, or need
# all of them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html: "You can't
# create a composite alarms if your cloudwatch:PutCompositeAlarm permission has a narrower scope."
_KINDS_OF_ACTIONS = {
    "application-signals:CreateServiceLevelObjective": ("SLO",),
    "application-signals:DeleteServiceLevelObjective": ("SLO",),
    "application-signals:TagResource": ("SLO",),
    "cloudwatch:DeleteAlarmMuteRule": ("mute rule",),
    "cloudwatch:DeleteAlarms": ("alarm",),
    "cloudwatch:DeleteDashboards": ("dashboard",),
    "cloudwatch:DeleteInsightRules": ("Contributor Insights rule",),
    "cloudwatch:ListTagsForResource": ("alarm",),
    "cloudwatch:PutAlarmMuteRule": ("mute rule", "alarm"),
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
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
_CONDITIONS: dict[str, Callable[[str], dict[str, Any]]] = {
    "iam:CreateRole": lambda partition: {"StringEquals": {"iam:PermissionsBoundary": boundary(partition)}},
    "iam:PassRole": lambda _partition: {"StringEqualsIfExists": {"iam:PassedToService": ["logs.amazonaws.com"]}},
    "iam:PutRolePolicy": lambda partition: {"StringEquals": {"iam:PermissionsBoundary": boundary(partition)}},
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
    groups: dict[tuple[str, ...], list[str]] = {}
    for action in actions_of(experiments):
        if action != _PUT_DATA:
            # An action with a condition has a statement of its own.
            apart = [action] if action in _CONDITIONS else []
            groups.setdefault((*_KINDS_OF_ACTIONS.get(action, ()), *apart), []).append(action)
    statements = []
    for words, actions in sorted(groups.items()):
        kinds = [word for word in words if word in KINDS]
        sid = "".join(word.rpartition(":")[2].capitalize() for part in words for word in part.split()) or "Lists"
        arns = [arn for kind in kinds for arn in _arns(kind, partition, region or "*", account or "*")]
        statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": arns or ["*"]}
        if actions[0] in _CONDITIONS:
            statement["Condition"] = _CONDITIONS[actions[0]](partition)
        statements.append(statement)
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
    return {"Version": "2012-10-17", "Statement": statements}


def boundary(partition: str) -> str:
    """The ARN of the permissions boundary of roles."""
    return f"arn:{partition}:{BOUNDARY}"


def _arns(kind: str, partition: str, region: str, account: str) -> list[str]:
    arn = f"arn:{partition}:{KINDS[kind].arn.format(region=region, account=account, name=f'{PREFIX}*')}"
    # AWS's page of PutAlarmMuteRule has two forms.
    return [arn, arn.replace(":alarm-mute-rule:", ":alarm-mute:")] if kind == "mute rule" else [arn]

"""Permissions that CloudFormation uses on behalf of the caller, as statements of an IAM policy.

Each resource type's schema says what its handlers call; what only serves properties that no template of ours has is
left out. The statements hold for calls through CloudFormation alone.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from generator.aws.pseudo import plain

Statement = dict[str, Any]
# Characters of a managed policy, spaces not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_LIMIT = 6_144
# A canary is a function and its layers, created with the permissions of the canary's creator.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_Roles.html
CANARY = (
    "iam:PassRole",
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:DeleteLayerVersion",
    "lambda:GetFunctionConfiguration",
    "lambda:GetLayerVersion",
    "lambda:ListTags",
    "lambda:PublishLayerVersion",
    "lambda:PublishVersion",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
)
BESIDES = {
    # Its metrics are read with the permissions of the SLO's creator.
    "AWS::ApplicationSignals::ServiceLevelObjective": ("cloudwatch:GetMetricData",),
    "AWS::ApiGateway::Account": ("iam:PassRole",),
    # Its schema names no permissions.
    "AWS::CloudWatch::AnomalyDetector": (
        "cloudwatch:DeleteAnomalyDetector",
        "cloudwatch:DescribeAnomalyDetectors",
        "cloudwatch:PutAnomalyDetector",
    ),
    # The service creates the scheduled query of an alarm with the permissions of the alarm's creator.
    "AWS::CloudWatch::LogAlarm": (
        "iam:PassRole",
        "logs:CreateScheduledQuery",
        "logs:DeleteScheduledQuery",
        "logs:GetScheduledQuery",
        "logs:ListTagsForResource",
        "logs:TagResource",
        "logs:UntagResource",
        "logs:UpdateScheduledQuery",
    ),
    "AWS::KinesisFirehose::DeliveryStream": ("iam:PassRole",),
    "AWS::Lambda::Function": ("iam:PassRole", "s3:GetObject"),
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
    "AWS::Logs::SubscriptionFilter": ("iam:PassRole",),
    "AWS::Events::Rule": ("iam:PassRole",),
    "AWS::Scheduler::Schedule": ("iam:PassRole",),
    "AWS::Synthetics::Canary": CANARY,
}
# Services whose actions begin with another name than their resource types have.
_PREFIXES = {"applicationsignals": "application-signals", "kinesisfirehose": "firehose"}
_IAM_NAMES = {"AWS::IAM::Role": ("role", "RoleName"), "AWS::IAM::ManagedPolicy": ("policy", "ManagedPolicyName")}
# Reading and writing items serves imports and replicas only.
ITEMS = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem", "ImportTable")
# A function in a VPC, with the permissions of its creator:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
IN_A_VPC = ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs")
# With it a template of CloudFormation could show any secret of the account, so only ours are named.
SHOWS_VALUES = "secretsmanager:GetSecretValue"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-service-linked-roles.html
SERVICE_ROLE = "iam:CreateServiceLinkedRole"
OPSITEMS = "ssm.alarms.cloudwatch.amazonaws.com"
SIGNALS = "application-signals.cloudwatch.amazonaws.com"
THROUGH = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}}


def statements(
    templates: Sequence[Mapping[str, Any]], account: str, region: str, partition: str
) -> Iterator[Statement]:
    """The permissions for every change of these templates' stacks, from creation to deletion."""
    kinds = sorted({resource["Type"] for template in templates for resource in template["Resources"].values()})
    actions = {action for kind in kinds for action in actions_of(kind, region)}
    if any("VpcConfig" in resource["Properties"] for template in templates for resource in _resources(template)):
        actions |= {*IN_A_VPC}
    if SHOWS_VALUES in actions:
        actions.remove(SHOWS_VALUES)
        yield _secrets(templates, f"arn:{partition}:secretsmanager:{region}:{account}:secret")
    roles = sorted(
        f"arn:{partition}:iam::{account}:{kind}/{plain(resource['Properties'][name], account, region) or '*'}"
        for template in templates
        for resource in template["Resources"].values()
        for kind, name in [_IAM_NAMES.get(resource["Type"], ("", ""))]
        if kind
    )
    iam = sorted(action for action in actions if action.startswith("iam:"))
    if iam:
        yield {"Sid": "Roles", "Effect": "Allow", "Action": iam, "Resource": roles, "Condition": THROUGH}
    if any(
        ":opsitem:" in str(resource["Properties"].get("AlarmActions")) for t in templates for resource in _resources(t)
    ):
        # CloudWatch creates the role with which it opens OpsItems, with the permissions of the first such alarm's
        # creator.
        role = f"arn:{partition}:iam::{account}:role/aws-service-role/{OPSITEMS}/*"
        only = {"StringEquals": {"iam:AWSServiceName": OPSITEMS}}
        yield {"Sid": "OpsItems", "Effect": "Allow", "Action": [SERVICE_ROLE], "Resource": [role], "Condition": only}
    if "AWS::ApplicationSignals::ServiceLevelObjective" in kinds:
        # The first SLO of an account creates the role that reads its metrics, with its creator's permissions.
        role = f"arn:{partition}:iam::{account}:role/aws-service-role/{SIGNALS}/*"
        own = ["iam:GetRole", SERVICE_ROLE]
        yield {"Sid": "SloRole", "Effect": "Allow", "Action": own, "Resource": [role], "Condition": THROUGH}
    services: dict[str, list[str]] = {}
    for action in sorted(actions - set(iam)):
        services.setdefault(action.split(":")[0], []).append(action)
    for service, service_actions in services.items():
        sid = "Through" + "".join(part.capitalize() for part in service.split("-"))
        yield {"Sid": sid, "Effect": "Allow", "Action": service_actions, "Resource": "*", "Condition": THROUGH}


def in_regions(
    template: Mapping[str, Any], account: str, regions: Iterable[str], partition: str
) -> Iterator[Statement]:
    """The same for one template in several Regions: what is named in any of them."""
    together: dict[str, Statement] = {}
    for statement in (
        statement for region in regions for statement in statements([template], account, region, partition)
    ):
        known = together.setdefault(statement["Sid"], statement)
        for key in ("Action", "Resource"):
            if isinstance(statement.get(key), list):
                known[key] = sorted({*known[key], *statement[key]})
    yield from together.values()


def _secrets(templates: Sequence[Mapping[str, Any]], arn: str) -> Statement:
    """The permission to read the templates' own secrets; Secrets Manager ends every ARN in six characters."""
    names = sorted(
        resource["Properties"]["Name"]
        for template in templates
        for resource in _resources(template)
        if resource["Type"] == "AWS::SecretsManager::Secret"
    )
    arns = [f"{arn}:{name}-??????" for name in names]
    return {"Sid": "Secrets", "Effect": "Allow", "Action": [SHOWS_VALUES], "Resource": arns, "Condition": THROUGH}


def _resources(template: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    resources: Mapping[str, Mapping[str, Any]] = template["Resources"]
    return resources.values()


def documents(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    """As few policies as their limit allows, statements in order; one that is too long alone is several."""
    batches: list[list[Statement]] = [[]]
    for statement in (piece for statement_to_split in statements for piece in _pieces(statement_to_split)):
        if batches[-1] and _size([*batches[-1], statement]) > POLICY_LIMIT:
            batches.append([])
        batches[-1].append(statement)
    return [{"Version": "2012-10-17", "Statement": batch} for batch in batches]


def _pieces(statement: Statement) -> Iterator[Statement]:
    """The statement, or several with the same actions over some of its resources each."""
    if _size([statement]) <= POLICY_LIMIT:
        yield statement
        return
    number, batch = 1, list[str]()
    for resource in statement["Resource"]:
        sid = statement["Sid"] + (str(number) if number > 1 else "")
        if batch and _size([{**statement, "Sid": sid, "Resource": [*batch, resource]}]) > POLICY_LIMIT:
            yield {**statement, "Sid": sid, "Resource": batch}
            number, batch = number + 1, []
        batch.append(resource)
    yield {**statement, "Sid": statement["Sid"] + (str(number) if number > 1 else ""), "Resource": batch}


def _size(batch: list[Statement]) -> int:
    return len(json.dumps({"Version": "2012-10-17", "Statement": batch}, separators=(",", ":")))


def actions_of(kind: str, region: str) -> Iterator[str]:
    """The actions that a stack needs for resources of a type."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    namespace = kind.split("::")[1].lower()
    service = _PREFIXES.get(namespace, namespace)
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind).schema.get("handlers", {})
    for name, handler in handlers.items():
        for action in handler.get("permissions", []) if name != "list" else ():
            own = action.startswith(f"{service}:") and action.split(":")[1] not in ITEMS and action.count(":") == 1
            if own or action in BESIDES.get(kind, ()):
                yield action
    yield from BESIDES.get(kind, ())

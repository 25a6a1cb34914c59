"""The types of resources whose tags can be checked, with what their listing and their remediation are allowed to do.

A type is named as ARNs and the Resource Groups Tagging API name it, `service:type`. Actions are those of IAM; the ones
of listings have no resource level (`Resource: "*"`), see each service's page in the Service Authorization Reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from dataclasses import dataclass

EC2_INSTANCE = "ec2:instance"
GET_RESOURCES = "tag:GetResources"


@dataclass(frozen=True, slots=True)
class TaggableType:
    """One type. label: for people. actions: what its listing calls. remediable: whether missing tags can be set."""

    name: str
    label: str
    actions: tuple[str, ...]
    remediable: bool = False


_ALL = (
    TaggableType("dynamodb:table", "DynamoDB table", ("dynamodb:ListTables", GET_RESOURCES)),
    TaggableType(EC2_INSTANCE, "EC2 instance", ("ec2:DescribeInstances",), remediable=True),
    TaggableType("ec2:volume", "EBS volume", ("ec2:DescribeVolumes",)),
    TaggableType("ecs:service", "ECS service", ("ecs:ListClusters", "ecs:ListServices", GET_RESOURCES)),
    TaggableType(
        "elasticloadbalancing:loadbalancer",
        "load balancer",
        ("elasticloadbalancing:DescribeLoadBalancers", GET_RESOURCES),
    ),
    TaggableType("lambda:function", "Lambda function", ("lambda:ListFunctions", GET_RESOURCES)),
    TaggableType("rds:db", "RDS instance", ("rds:DescribeDBInstances",)),
    TaggableType("s3:bucket", "S3 bucket", ("s3:ListAllMyBuckets", GET_RESOURCES)),
    TaggableType("sns:topic", "SNS topic", ("sns:ListTopics", GET_RESOURCES)),
    TaggableType("sqs:queue", "SQS queue", ("sqs:ListQueues", GET_RESOURCES)),
)
TAGGABLE = {taggable.name: taggable for taggable in _ALL}

SET_TAGS = "ec2:CreateTags"
# The calls for `copy_from`; the label of an account is in the rules and needs none.
SOURCE_ACTIONS: dict[str, tuple[str, ...]] = {
    "account-label": (),
    "auto-scaling-group": ("autoscaling:DescribeAutoScalingGroups",),
    "launch-template": ("ec2:DescribeLaunchTemplateVersions",),
    "vpc": ("ec2:DescribeVpcs",),
}


def listing_actions(types: tuple[str, ...]) -> tuple[str, ...]:
    """All actions for listing these types, in alphabetical order. Raises KeyError for a type not in TAGGABLE."""
    return tuple(sorted({action for name in types for action in TAGGABLE[name].actions}))


def remedy_actions(copy_from: tuple[str, ...], *, apply: bool) -> tuple[str, ...]:
    """All actions of remediation: those of its sources, and setting tags where it does (not in a dry run)."""
    actions = {action for source in copy_from for action in SOURCE_ACTIONS[source]}
    return tuple(sorted(actions | ({SET_TAGS} if apply else set())))

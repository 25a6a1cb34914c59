"""T18: policies name their resources, actions and principals."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.capture_permissions import listing_actions as capture_listing_actions
from generator.aws.taggable import SOURCE_ACTIONS, TAGGABLE, listing_actions, remedy_actions
from generator.checks.check import Resource, Subject
from generator.checks.iam import Statement, as_list, nested_statements
from generator.findings import Finding

CODE = "T18"
NAME = "least-privilege"
TITLE = "No policy has the resource * where a resource can be named, and none allows every principal."
SUMMARY = "Policies name their resources, actions and principals."
WHY = "A wildcard outlives the reason that it was written for, and grants access to resources that are created later."
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    IncidentRole:
      Properties:
        Policies:
        - PolicyName: everything
          PolicyDocument:
            Statement: [{Effect: Allow, Action: ["sqs:SendMessage"], Resource: ["*"]}]
"""
# These take no resource at all, or are about what does not exist yet.
_WIDE = (
    # Of an account and Region: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
    "cloudtrail:LookupEvents",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListMetrics",
    # Narrower, they answer without composites.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DescribeAnomalyDetectors",
    "cloudwatch:DescribeInsightRules",
    "cloudwatch:ListDashboards",
    # Lambda makes and deletes network interfaces of functions in a VPC.
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    # What finds log groups, and what is about a query, which has no ARN.
    "ecs:DescribeTaskDefinition",
    "ecs:ListClusters",
    "ecs:ListServices",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "logs:GetQueryResults",
    "logs:StopQuery",
    "tag:GetResources",
    "oam:CreateLink",
    "oam:UpdateLink",
    "s3:ListAllMyBuckets",
    "ssm:CreateOpsItem",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    # What lists resources for a capture.
    *capture_listing_actions(),
    # What lists the resources whose tags are checked.
    *listing_actions(tuple(TAGGABLE)),
    *remedy_actions(tuple(SOURCE_ACTIONS), apply=False),
)
_BOUNDS = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "kms:CallerAccount")
_EVERY_TOPIC = "arn:${AWS::Partition}:sns:*:*:*"
# In the policy of a key "*" is that key.
_KEY = "AWS::KMS::Key"
# An endpoint's policy grants nothing: it bounds the permissions of every request through it.
_ENDPOINT = "AWS::EC2::VPCEndpoint"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each statement that is broader than necessary."""
    for resource in subject.resources():
        for statement in nested_statements(resource.properties):
            actions = as_list(statement["Action"])
            is_exempt = set(actions) <= {*_WIDE, *_bound_actions(statement)} or resource.type in (_KEY, _ENDPOINT)
            if "*" in as_list(statement.get("Resource")) and not is_exempt:
                yield _finding(resource, f"{', '.join(actions)} on *", "name the resource")
            if "NotResource" in statement and not _is_for_telephones(statement):
                yield _finding(resource, f"{', '.join(actions)} on all but some resources", "name the resource")
            if any("*" in action for action in actions) and resource.type != _ENDPOINT:
                yield _finding(resource, f"the action list {', '.join(actions)}", "name the actions")
            is_public = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
            if is_public and not any(bound in str(statement.get("Condition")) for bound in _BOUNDS):
                yield _finding(resource, "the principal * without a condition", "add a condition on the organization")


def _bound_actions(statement: Statement) -> tuple[str, ...]:
    """Actions whose resources cannot be named, and which the statement's condition binds to a namespace or service."""
    condition = str(statement.get("Condition"))
    metrics = ("cloudwatch:PutMetricData",) if "cloudwatch:namespace" in condition else ()
    # SNS chooses the number or the sender ID that is the resource.
    return (*metrics, *(("sms-voice:SendTextMessage",) if "'aws:CalledViaLast': 'sns" in condition else ()))


def _is_for_telephones(statement: Statement) -> bool:
    """True for the only statement that allows text messages and no topic: a telephone has no ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
    """
    besides = as_list(statement["NotResource"])
    return besides == [{"Fn::Sub": _EVERY_TOPIC}] and as_list(statement["Action"]) == ["sns:Publish"]


def _finding(resource: Resource, subject: str, hint: str) -> Finding:
    return resource.finding(CODE, f"{subject} is broader than necessary", hint)

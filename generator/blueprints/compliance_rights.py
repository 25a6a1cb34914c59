"""Permissions of the tag checker, and of principals of the hub that run scans and reports.

Listing actions take no resource in IAM: each service's page of the service authorization reference says so.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import ForAllValuesStringEquals, Null, Principal, StringEquals
from troposphere import GetAtt, Sub, iam

from generator.aws.taggable import EC2_INSTANCE, SET_TAGS, listing_actions, remedy_actions
from generator.blueprints.kit.policies import allow, grant, policy
from generator.blueprints.kit.stack import Part, origin
from generator.model.compliance import NAMESPACE, Compliance
from generator.model.compliance_names import (
    CHECKER,
    COMPLIANCE,
    DUE_INDEX,
    OPEN_INDEX,
    OPERATOR_ROLE,
)
from generator.model.estate import Estate

LEDGER = (
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
)
RECORDS = "scans"
FINDS_LAUNCHERS = "cloudtrail:LookupEvents"
# Default tags that the role itself keeps from overwriting a tag.
MOST_GUARDED_KEYS = 8


def _reads(compliance: Compliance) -> list[str]:
    """Actions that list resources with their tags, for the types of the file, and the sources of default tags.

    Instances are always among them: of an event's instance is asked by its id.
    """
    tags = compliance.remediation.tags if compliance.remediation else ()
    sources = tuple(source for tag in tags for source in tag.copy_from)
    return sorted({*listing_actions((EC2_INSTANCE, *compliance.resources)), *remedy_actions(sources, apply=False)})


def checker_statements(estate: Estate, compliance: Compliance, queues: list[str]) -> Iterator[Any]:
    """The actions that the checker's code calls. queues: logical IDs of its queues."""
    bucket, table = "ComplianceBucket", "ComplianceTable"
    yield allow(_reads(compliance), ["*"], sid="ListsResources")
    yield allow(list(LEDGER), [GetAtt(table, "Arn")], sid="Remembers")
    yield allow(["dynamodb:Query"], _indexes(), sid="AsksWhatIsOpenOrDue")
    if compliance.notify.launcher:
        # It supports no resource:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
        yield allow([FINDS_LAUNCHERS], ["*"], sid="AsksWhoLaunched")
    yield allow(["s3:PutObject"], [Sub(f"${{{bucket}.Arn}}/{RECORDS}/*")], sid="WritesRecords")
    yield allow(["s3:ListBucket"], [GetAtt(bucket, "Arn")], sid="ListsRecordsAtDeletion")
    yield allow(["s3:DeleteObject"], [Sub(f"${{{bucket}.Arn}}/*")], sid="DeletesRecordsAtDeletion")
    # By its name: the function needs the role first.
    itself = f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{estate.name(CHECKER)}"
    yield allow(["lambda:InvokeFunction"], [Sub(itself)], sid="GoesOnDeleting")
    own_namespace = When(StringEquals({"cloudwatch:namespace": NAMESPACE}))
    yield allow(["cloudwatch:PutMetricData"], ["*"], sid="Counts", condition=own_namespace)
    reads = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    yield allow(reads, [GetAtt(queue, "Arn") for queue in queues], sid="ReadsItsQueues")
    own = [GetAtt("ComplianceQueue", "Arn"), GetAtt("ComplianceDeadLetters", "Arn")]
    yield allow(["sqs:SendMessage"], own, sid="GoesOnLaterAndGivesUp")
    bus = estate.hub.arn("events", f"event-bus/{estate.name('observability-bus')}")
    yield allow(["events:PutEvents"], [bus], sid="SendsFindings")
    yield from _sets_tags(compliance)


def _sets_tags(compliance: Compliance) -> Iterator[Any]:
    """Only where default tags are applied, only these keys, and none on an instance that has the key already:
    CreateTags overwrites, and another principal may set the tag after the checker has read it.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    remediation = compliance.remediation
    if remediation is None or remediation.mode != "apply":
        return
    instances = Sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*")
    keys = sorted({tag.key for tag in remediation.tags})
    # A role's policies have at most 10,240 characters; of more keys than this, the checker's own look has to do.
    groups = [[key] for key in keys] if len(keys) <= MOST_GUARDED_KEYS else [keys]
    for number, group in enumerate(groups, 1):
        absent = {f"aws:ResourceTag/{group[0]}": "true"} if len(group) == 1 else {}
        only = When([ForAllValuesStringEquals({"aws:TagKeys": group}), Null({"aws:TagKeys": "false", **absent})])
        yield allow([SET_TAGS], [instances], sid=f"SetsDefaultTag{number}", condition=only)


def operator_role(estate: Estate, compliance: Compliance, more: dict[str, Any]) -> Part:
    """The role that `obsgen compliance scan` and `report` assume from the hub."""
    table = GetAtt("ComplianceTable", "Arn")
    statements = [
        allow(
            ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
            [GetAtt("ComplianceQueue", "Arn")],
            sid="AsksForScans",
        ),
        allow(
            ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
            [GetAtt("ComplianceDeadLetters", "Arn")],
            sid="CountsDeadLetters",
        ),
        allow(["dynamodb:BatchGetItem", "dynamodb:Query"], [table], sid="ReadsReports"),
        allow(["dynamodb:Query"], _indexes(), sid="AsksWhatIsOpen"),
    ]
    return iam.Role(
        "ComplianceOperatorRole",
        # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
        RoleName=Sub(f"{OPERATOR_ROLE}-${{AWS::Region}}-{estate.environment}"),
        Description=f"Scans and reports of {estate.name(COMPLIANCE)}, for principals of hub {estate.hub.account}",
        AssumeRolePolicyDocument=policy(_trust(estate)),
        Policies=[iam.Policy(PolicyName="operate", PolicyDocument=policy(*statements))],
        Metadata=origin(compliance.path),
        **more,
    )


def _trust(estate: Estate) -> Any:
    """The readers of members with their external ID, or else principals that the hub's own policies allow."""
    organization = {"aws:PrincipalOrgID": estate.organization.id}
    role = estate.monitoring_role
    if role is None:
        hub = Principal("AWS", [estate.hub.arn("iam", "root", region="")])
        return grant(hub, ["sts:AssumeRole"], None, sid="HubAssumes", condition=When(StringEquals(organization)))
    readers = Principal("AWS", [estate.hub.arn("iam", f"role/{name}", region="") for name in role.readers])
    condition = When(StringEquals({"sts:ExternalId": role.external_id, **organization}))
    return grant(readers, ["sts:AssumeRole"], None, sid="HubReadersAssume", condition=condition)


def _indexes() -> list[Sub]:
    return [Sub(f"${{ComplianceTable.Arn}}/index/{index}") for index in (DUE_INDEX, OPEN_INDEX)]

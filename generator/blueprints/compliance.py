"""Tag compliance in every member: the table, the bucket of records, and the function that checks.

The checker empties its bucket when its stack is deleted, as the custom resource `ComplianceBucketContents`. Whatever
starts the checker depends on that resource, and it depends on the bucket: CloudFormation deletes in the opposite order,
so that nothing writes records any more when the bucket is emptied.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, Output, Ref, Sub, awslambda

from generator.blueprints.compliance_rights import checker_statements, operator_role
from generator.blueprints.compliance_triggers import (
    EMPTIED,
    TIMEOUT_SECONDS,
    queues,
    rules,
    schedules,
    sources,
)
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.functions import ScalingConfig, function, log_group, members_bucket, role
from generator.blueprints.kit.placements import member_condition_attribute
from generator.blueprints.kit.private_bucket import BucketContents, private_bucket
from generator.blueprints.kit.queues import MAX_RECEIVES
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.kit.tables import keyed_table
from generator.manifest import Asset
from generator.model.compliance import Compliance
from generator.model.compliance_names import CHECKER, COMPLIANCE, DUE_INDEX, OPEN_INDEX
from generator.model.estate import Estate

FUNCTION = CHECKER
HANDLER = "handlers.compliance.app.handler"
# Two at a time and queue: the account's own calls of EC2 come first, and they share its rate.
CONCURRENCY = 2
# Fifteen invocations, the most that emptying the bucket needs, and the time between them.
EMPTYING_SECONDS = 20 * 60


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The resources of tag compliance in a member; nothing without `compliance`."""
    compliance = estate.compliance
    if compliance is None:
        return
    # A unit may contain the hub, which is not checked: its bus and its roles are for others' findings.
    more: dict[str, Any] = member_condition_attribute(compliance.placement, estate)
    # Names of buckets are the whole partition's, so account and Region make it unique.
    name = Sub(f"compliance-logs-{estate.environment}-${{AWS::AccountId}}-${{AWS::Region}}")
    yield from private_bucket(
        "ComplianceBucket", name, ("records-expire", compliance.retain_days), compliance.path, **more
    )
    # What is remembered of each resource; a scan finds it all again, so that no backup is paid for.
    yield keyed_table("ComplianceTable", estate.name(COMPLIANCE), (DUE_INDEX, OPEN_INDEX), compliance.path, **more)
    yield from queues(estate, compliance, more)
    yield from _function(estate, compliance, assets[FUNCTION], more)
    yield from rules(estate, compliance, more)
    yield from schedules(estate, compliance, more)
    yield operator_role(estate, compliance, more)


def _function(estate: Estate, compliance: Compliance, asset: Asset, more: dict[str, Any]) -> Iterator[Part]:
    """The log group, role, function, its triggers, and the custom resource that empties its bucket."""
    name, path, read = estate.name(CHECKER), compliance.path, sources(compliance)
    yield log_group("ComplianceLogGroup", name, path, **more)
    statements = list(checker_statements(estate, compliance, read))
    does = "check-tags"
    yield role("ComplianceRole", name, does, statements, path, environment=estate.environment, in_members=True, **more)
    yield function(
        "ComplianceFunction",
        name,
        asset,
        path,
        timeout_seconds=TIMEOUT_SECONDS,
        bucket=members_bucket(estate.hub.account),
        Description="Checks the tags of resources",
        # A scan goes on by messages of the function to its own queue, and Lambda would end that after sixteen.
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
        RecursiveLoop="Allow",
        Environment=_environment(estate),
        **more,
    )
    yield BucketContents(
        EMPTIED,
        ServiceToken=GetAtt("ComplianceFunction", "Arn"),
        # What says nothing for so long has failed; without it a stack would wait for an hour.
        ServiceTimeout=EMPTYING_SECONDS,
        BucketName=Ref("ComplianceBucket"),
        Metadata=origin(path),
        **more,
    )
    for queue in read:
        yield awslambda.EventSourceMapping(
            f"{queue}ToFunction",
            EventSourceArn=GetAtt(queue, "Arn"),
            FunctionName=Ref("ComplianceFunction"),
            BatchSize=1,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig=ScalingConfig(MaximumConcurrency=CONCURRENCY),
            DependsOn=[EMPTIED],
            Metadata=origin(path),
            **more,
        )
    yield Output(
        "ComplianceFunctionName", Description="Function that checks tags", Value=Ref("ComplianceFunction"), **more
    )
    description = "Records of checks"
    yield Output("ComplianceBucketName", Description=description, Value=Ref("ComplianceBucket"), **more)
    description = "Messages that the checker could not process"
    yield Output("ComplianceDeadLettersUrl", Description=description, Value=Ref("ComplianceDeadLetters"), **more)


CONCERN = Concern(member=lambda inputs: resources(inputs.estate, inputs.assets))


def _environment(estate: Estate) -> awslambda.Environment:
    """The environment variables of the checker."""
    return awslambda.Environment(
        Variables={
            "BUCKET_NAME": Ref("ComplianceBucket"),
            "BUS_ARN": estate.hub.arn("events", f"event-bus/{estate.name('observability-bus')}"),
            "DEAD_LETTERS_URL": Ref("ComplianceDeadLetters"),
            "ENVIRONMENT": estate.environment,
            "MAX_RECEIVES": str(MAX_RECEIVES),
            "QUEUE_URL": Ref("ComplianceQueue"),
            "TABLE_NAME": Ref("ComplianceTable"),
        }
    )

"""Daily and weekly reports: a schedule for each, the function that creates them, and the bucket of their pages.

`obsgen destroy` empties the hub's buckets before it deletes the stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, Output, Ref, Sub

from generator.blueprints.incident_rights import consumes_queue, reads_secrets_of
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import dead_letter_queue
from generator.blueprints.kit.hub_functions import LISTS, READS, REPORTS, STORE, hub_function, on_table
from generator.blueprints.kit.policies import allow
from generator.blueprints.kit.private_bucket import private_bucket
from generator.blueprints.kit.queues import MAX_RECEIVES, mapping, queue
from generator.blueprints.kit.schedules import PLANNED, schedule
from generator.blueprints.kit.stack import Part
from generator.manifest import Asset
from generator.model.error_log_names import REPORT_DEAD_LETTERS, REPORT_FUNCTION, REPORTS_BUCKET
from generator.model.error_logs import Reports
from generator.model.estate import Estate

FUNCTION = REPORT_FUNCTION
HANDLER = "handlers.reports.app.handler"
STEM = REPORTS
TIMEOUT_SECONDS = 120
_SES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The bucket, queue, function and schedules; nothing without reports."""
    reports, events = estate.reports, estate.events
    if reports is None or events is None:
        return
    path = reports.path
    # Names of buckets are the whole partition's, so account and Region make it unique.
    name = Sub(f"{REPORTS_BUCKET}-{estate.environment}-${{AWS::AccountId}}-${{AWS::Region}}")
    yield from private_bucket(f"{STEM}Bucket", name, ("reports-expire", reports.keep_days), path)
    yield dead_letter_queue(f"{STEM}DeadLetters", estate.name(REPORT_DEAD_LETTERS), path)
    yield queue(f"{STEM}Queue", estate.name(REPORT_FUNCTION), f"{STEM}DeadLetters", TIMEOUT_SECONDS, path)
    yield from hub_function(
        estate,
        events,
        STEM,
        FUNCTION,
        assets[FUNCTION],
        list(_statements(estate, reports)),
        {
            "BUCKET_NAME": Ref(f"{STEM}Bucket"),
            "DEAD_LETTERS_URL": Ref(f"{STEM}DeadLetters"),
            "MAX_RECEIVES": str(MAX_RECEIVES),
            "QUEUE_URL": Ref(f"{STEM}Queue"),
            "TOPIC_ARN": Ref("Topic"),
        },
        timeout_seconds=TIMEOUT_SECONDS,
        does="report",
        description="Creates and sends reports",
        path=path,
    )
    yield mapping(STEM, path)
    for report in reports.reports:
        yield schedule(
            STORE,
            f"{STEM}{report.name.capitalize()}Schedule",
            estate.name(f"{report.name}-report-schedule"),
            report.expression,
            {"report": {"name": report.name, "at": PLANNED}},
            (f"{STEM}Queue", f"{STEM}DeadLetters"),
            report.path,
            description=f"The {report.name} report",
            time_zone=report.time_zone,
        )
    yield Output(f"{STEM}BucketName", Description="Bucket of report pages", Value=Ref(f"{STEM}Bucket"))
    description = "Reports that could not be created"
    yield Output(f"{STEM}DeadLettersUrl", Description=description, Value=Ref(f"{STEM}DeadLetters"))


def _statements(estate: Estate, reports: Reports) -> Iterator[Any]:
    """The actions that the function's code calls; those of a channel type only with such a channel."""
    names = {name for report in reports.reports for name in report.channels}
    channels = [channel for channel in estate.channels if channel.name in names]
    mails = any(channel.type == "email" for channel in channels)
    yield consumes_queue(f"{STEM}Queue")
    yield allow(["sqs:SendMessage"], [GetAtt(f"{STEM}DeadLetters", "Arn")], sid="GivesUp")
    # It also writes down what was sent already, so that a message that comes twice sends nothing twice.
    yield from on_table([*READS, "dynamodb:UpdateItem"], LISTS)
    yield allow(["s3:PutObject"], [Sub(f"${{{STEM}Bucket.Arn}}/*")], sid="KeepsPages")
    yield allow(["cloudwatch:GetMetricData"], ["*"], sid="LooksAtObjectives")
    yield from reads_secrets_of(channels)
    if mails and reports.sender:
        yield allow(
            ["ses:SendEmail"], [Sub(f"{_SES}{identity}") for identity in _sends_as(reports.sender)], sid="SendsHtml"
        )
    elif mails:
        yield allow(["sns:Publish"], [Ref("Topic")], sid="SendsMail")


def _sends_as(sender: str) -> Iterator[str]:
    """What SES may ask for the right on: the address is verified by itself, its domain, or one above that; and an
    identity may have a configuration set of its own, which SES's console makes with the first one.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
    https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    yield f"identity/{sender}"
    labels = sender.rpartition("@")[2].split(".")
    for at in range(max(1, len(labels) - 1)):
        yield f"identity/{'.'.join(labels[at:])}"
    yield "configuration-set/*"


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets))

"""The archive of a member's log groups: a filter and a delivery stream for each, and one bucket in the account.

CloudWatch Logs sends lines in compressed batches, one after the other without anything in between. So the stream
unpacks each, puts it on a line of its own and packs the object again: a batch is one JSON object with its log group,
its stream and its lines.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html

What ends here is deleted in the opposite order of how it is made: filters, streams, then the bucket's contents, then
the bucket. So nothing is written any more when the bucket is emptied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from troposphere import GetAtt, Output, Ref, Sub, firehose, logs

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.functions import RETENTION_DAYS, function, log_group, members_bucket, role
from generator.blueprints.kit.placements import archive_placement, condition, condition_attribute
from generator.blueprints.kit.private_bucket import BucketContents, private_bucket
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.blueprints.kit.stack_values import log_group_name, stack_value
from generator.blueprints.log_archive_rights import delivery_role, emptier_statements, subscription_role
from generator.findings import Path
from generator.manifest import Asset
from generator.model.estate import Estate
from generator.model.logs import LOG_ARCHIVE, LogGroup

# Of what all archived log groups share.
PATH: Path = ("log_groups",)
FUNCTION = "empty-log-archive"
HANDLER = "handlers.bucket.contents.handler"
BUCKET, CONTENTS = "LogArchiveBucket", "LogArchiveBucketContents"
# A thousand objects a second: what a function of Lambda's longest time, again and again, deletes in the longest time
# that CloudFormation waits.
EMPTYING_SECONDS, TIMEOUT_SECONDS = 3_600, 300
# As few objects as Firehose makes, each of which costs a request and, later, a deletion.
BUFFER_SECONDS, BUFFER_MB = 900, 64


# troposphere 4.11 does not know the kind that unpacks what CloudWatch Logs sends.
class _Processor(firehose.Processor):  # type: ignore[misc]  # troposphere ships no types
    props = {**firehose.Processor.props, "Type": (str, True)}


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The resources of the archive in a member; nothing without an archived log group."""
    groups = list(estate.archived_log_groups())
    if not groups:
        return
    archive_condition = condition(archive_placement(estate), estate)
    for part in _shared(estate, groups, assets):
        if archive_condition:
            part.Condition = archive_condition
        yield part
    for group in groups:
        yield from _delivery(estate, group)


def _shared(estate: Estate, groups: Sequence[LogGroup], assets: Mapping[str, Asset]) -> Iterator[Any]:
    """The resources that all archived log groups share."""
    yield from _bucket(estate, groups)
    yield from _emptier(estate, assets[FUNCTION])
    reasons = f"/aws/kinesisfirehose/{estate.name(LOG_ARCHIVE)}"
    yield logs.LogGroup(
        "LogArchiveReasons", LogGroupName=reasons, RetentionInDays=RETENTION_DAYS, Metadata=origin(PATH), **DELETED
    )
    yield delivery_role(estate, reasons, PATH)
    yield subscription_role(estate, [estate.name(f"{group.named}-archive") for group in groups], PATH)
    yield Output("LogArchiveBucketName", Description="Archive of log groups", Value=Ref(BUCKET))


def _bucket(estate: Estate, groups: Sequence[LogGroup]) -> Iterator[Part]:
    """The bucket; log groups with a shorter retention than the longest have a lifecycle rule each."""
    # Names of buckets are the whole partition's, so account and Region make it unique.
    name = Sub(f"{estate.name(LOG_ARCHIVE)}-${{AWS::AccountId}}-${{AWS::Region}}")
    longest = max(group.archive_days for group in groups)
    sooner = [
        (f"{group.named}-expires", stack_value(_prefix(group), estate, group.placement), group.archive_days)
        for group in groups
        if group.archive_days < longest
    ]
    yield from private_bucket(BUCKET, name, ("archive-expires", longest), PATH, sooner=sooner)


def _emptier(estate: Estate, asset: Asset) -> Iterator[Part]:
    """The function and the custom resource that empty the bucket when the stack is deleted."""
    name = estate.name(FUNCTION)
    yield log_group("LogArchiveLogGroup", name, PATH)
    statements = list(emptier_statements(BUCKET, name))
    yield role("LogArchiveRole", name, "empty", statements, PATH, environment=estate.environment, in_members=True)
    yield function(
        "LogArchiveFunction",
        name,
        asset,
        PATH,
        timeout_seconds=TIMEOUT_SECONDS,
        bucket=members_bucket(estate.hub.account),
        Description="Empties the log archive when its stack is deleted",
        # It goes on by invoking itself, which Lambda would end after sixteen times.
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
        RecursiveLoop="Allow",
    )
    yield BucketContents(
        CONTENTS,
        ServiceToken=GetAtt("LogArchiveFunction", "Arn"),
        ServiceTimeout=EMPTYING_SECONDS,
        BucketName=Ref(BUCKET),
        Metadata=origin(PATH),
    )


def _delivery(estate: Estate, group: LogGroup) -> Iterator[Part]:
    """The delivery stream of a log group, the log of its errors, and the subscription filter."""
    path, name = (*group.path, "archive"), group.logical_id.removeprefix("LogGroup")
    placement = condition_attribute(group.placement, estate)

    # Firehose makes no log stream, and one that is not there gets no lines.
    yield logs.LogStream(
        f"ArchiveReasons{name}",
        LogGroupName=Ref("LogArchiveReasons"),
        LogStreamName=group.named,
        Metadata=origin(path),
        **placement,
    )
    yield firehose.DeliveryStream(
        f"ArchiveStream{name}",
        DeliveryStreamName=estate.name(f"{group.named}-archive"),
        DeliveryStreamType="DirectPut",
        DeliveryStreamEncryptionConfigurationInput=firehose.DeliveryStreamEncryptionConfigurationInput(
            KeyType="AWS_OWNED_CMK"
        ),
        ExtendedS3DestinationConfiguration=_destination(estate, group, f"ArchiveReasons{name}"),
        DependsOn=[CONTENTS],
        Metadata=origin(path),
        **placement,
    )
    yield logs.SubscriptionFilter(
        f"ArchiveFilter{name}",
        FilterName=estate.name(LOG_ARCHIVE),
        LogGroupName=log_group_name(group, estate),
        # Every line.
        FilterPattern="",
        DestinationArn=GetAtt(f"ArchiveStream{name}", "Arn"),
        RoleArn=GetAtt("LogArchiveSubscriptionRole", "Arn"),
        Metadata=origin(path),
        **placement,
    )


def _destination(estate: Estate, group: LogGroup, stream: str) -> Any:
    """The bucket with the log group's prefix. stream: of the log of errors."""

    def written(text: str) -> Any:
        return stack_value(text, estate, group.placement)

    return firehose.ExtendedS3DestinationConfiguration(
        BucketARN=GetAtt(BUCKET, "Arn"),
        RoleARN=GetAtt("LogArchiveDeliveryRole", "Arn"),
        Prefix=written(f"{_prefix(group)}!{{timestamp:yyyy/MM/dd/HH}}/"),
        ErrorOutputPrefix=written(f"errors/{_prefix(group)}!{{firehose:error-output-type}}/"),
        BufferingHints=firehose.BufferingHints(IntervalInSeconds=BUFFER_SECONDS, SizeInMBs=BUFFER_MB),
        CompressionFormat="GZIP",
        CloudWatchLoggingOptions=firehose.CloudWatchLoggingOptions(
            Enabled=True, LogGroupName=Ref("LogArchiveReasons"), LogStreamName=Ref(stream)
        ),
        ProcessingConfiguration=firehose.ProcessingConfiguration(
            Enabled=True,
            Processors=[
                _Processor(
                    Type="Decompression",
                    Parameters=[firehose.ProcessorParameter(ParameterName="CompressionFormat", ParameterValue="GZIP")],
                ),
                _Processor(Type="AppendDelimiterToRecord"),
            ],
        ),
    )


def _prefix(group: LogGroup) -> str:
    """The prefix of a log group's objects, as the text of a Sub: the account and the log group's name."""
    return f"${{AWS::AccountId}}/{group.name.removeprefix('/')}/"


CONCERN = Concern(member=lambda inputs: resources(inputs.estate, inputs.assets))

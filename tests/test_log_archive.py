"""Archives of log groups: their part of the template, tried on moto's services and on AWS's models of the calls."""

from __future__ import annotations

import gzip
import json
import re
import time
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.validate import ParamValidator
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID

from generator.findings import Finding, Severity
from tests.command import obsgen
from tests.support import built, spec

ARCHIVED = """\
log_groups:
  application: {archive: {retain: 365d}}
  access: {name: "/aws/apigateway/shop-{environment}", create: false, archive: {retain: 90d}}
"""
REGION = "us-east-1"
STREAM = "ArchiveStreamApplication"


@cache
def resources(change: str = ARCHIVED) -> dict[str, Any]:
    done = built(spec(change))
    assert [f for f in done.findings if f.severity is not Severity.INFO] == []
    found: dict[str, Any] = done.templates["prod"]["member.template.yaml"]["Resources"]
    return found


def plain(value: Any) -> Any:
    """A property with its functions filled in, for moto's account; an ARN of another resource by the name of that."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::Sub"}:
        known = {"AWS::AccountId": DEFAULT_ACCOUNT_ID, "AWS::Region": REGION, "AWS::Partition": "aws"}
        return re.sub(
            r"\$\{([^}]+)\}",
            lambda found: known.get(found[1]) or arn_of(found[1].removesuffix(".Arn")),
            value["Fn::Sub"],
        )
    if set(value) == {"Ref"}:
        return name_of(value["Ref"])
    if set(value) == {"Fn::GetAtt"}:
        return arn_of(value["Fn::GetAtt"][0])
    return {key: plain(one) for key, one in value.items()}


def name_of(title: str) -> Any:
    if title == "AWS::AccountId":
        return DEFAULT_ACCOUNT_ID
    properties = resources()[title]["Properties"]
    kinds = ("BucketName", "LogStreamName", "LogGroupName", "DeliveryStreamName", "RoleName")
    return plain(next(properties[kind] for kind in kinds if kind in properties))


def arn_of(title: str) -> str:
    prefixes = {
        "AWS::S3::Bucket": "arn:aws:s3:::",
        "AWS::IAM::Role": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/",
        "AWS::KinesisFirehose::DeliveryStream": f"arn:aws:firehose:{REGION}:{DEFAULT_ACCOUNT_ID}:deliverystream/",
    }
    return f"{prefixes[resources()[title]['Type']]}{name_of(title)}"


def properties(title: str) -> dict[str, Any]:
    made: dict[str, Any] = plain(resources()[title]["Properties"])
    return made


def subscription() -> dict[str, Any]:
    """The call that CloudFormation makes of the filter: its parameters are the properties, in lower case."""
    made = properties("ArchiveFilterApplication")
    return {name[0].lower() + name[1:]: value for name, value in made.items()}


def test_awss_own_models_take_the_calls() -> None:
    calls = (
        ("firehose", "CreateDeliveryStream", properties(STREAM)),
        ("logs", "PutSubscriptionFilter", subscription()),
    )
    for service, operation, parameters in calls:
        model = botocore.session.get_session().get_service_model(service).operation_model(operation)
        report = ParamValidator().validate(parameters, model.input_shape)
        assert not report.has_errors(), report.generate_report()


@mock_aws
def test_a_line_of_a_log_group_is_an_object_below_its_account_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's Firehose neither buffers nor unpacks; who sends to whom, and where it lies, is what this shows."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    s3, logs = boto3.client("s3", REGION), boto3.client("logs", REGION)
    bucket, group = name_of("LogArchiveBucket"), subscription()["logGroupName"]
    s3.create_bucket(Bucket=bucket)
    trust = json.dumps(properties("LogArchiveSubscriptionRole")["AssumeRolePolicyDocument"])
    boto3.client("iam").create_role(RoleName=name_of("LogArchiveSubscriptionRole"), AssumeRolePolicyDocument=trust)
    boto3.client("firehose", REGION).create_delivery_stream(**properties(STREAM))
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="i-1")
    logs.put_subscription_filter(**subscription())
    # CloudWatch Logs takes no line that is too old.
    line = {"timestamp": int(time.time() * 1000), "message": "[ERROR] card declined"}
    logs.put_log_events(logGroupName=group, logStreamName="i-1", logEvents=[line])
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys and all(key.startswith(f"{DEFAULT_ACCOUNT_ID}/aws/application/prod/") for key in keys)
    batches = [json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())) for key in keys]
    said = [(batch["logGroup"], line["message"]) for batch in batches for line in batch["logEvents"]]
    assert (group, "[ERROR] card declined") in said


def test_firehose_unpacks_each_batch_and_puts_it_on_a_line_of_its_own() -> None:
    """Without a line's end Athena reads the first batch of an object only.

    https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html
    """
    to = properties(STREAM)["ExtendedS3DestinationConfiguration"]
    assert [one["Type"] for one in to["ProcessingConfiguration"]["Processors"]] == [
        "Decompression",
        "AppendDelimiterToRecord",
    ]
    assert to["ProcessingConfiguration"]["Enabled"] is True and to["CompressionFormat"] == "GZIP"
    assert to["Prefix"] == f"{DEFAULT_ACCOUNT_ID}/aws/application/prod/!{{timestamp:yyyy/MM/dd/HH}}/"
    # A prefix with an expression wants one for errors, with the error's type in it:
    # https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
    assert "!{firehose:error-output-type}" in to["ErrorOutputPrefix"]


def test_firehose_says_why_in_a_stream_that_is_there() -> None:
    options = properties(STREAM)["ExtendedS3DestinationConfiguration"]["CloudWatchLoggingOptions"]
    stream = properties("ArchiveReasonsApplication")
    assert options == {"Enabled": True, **{name: stream[name] for name in ("LogGroupName", "LogStreamName")}}
    (rights,) = properties("LogArchiveDeliveryRole")["Policies"]
    (said,) = [one for one in rights["PolicyDocument"]["Statement"] if one["Action"] == ["logs:PutLogEvents"]]
    assert said["Resource"] == [
        f"arn:aws:logs:{REGION}:{DEFAULT_ACCOUNT_ID}:log-group:{stream['LogGroupName']}:log-stream:*"
    ]


def test_each_service_takes_on_its_role_for_this_account_alone() -> None:
    (firehose,) = properties("LogArchiveDeliveryRole")["AssumeRolePolicyDocument"]["Statement"]
    assert firehose["Condition"] == {"StringEquals": {"sts:ExternalId": DEFAULT_ACCOUNT_ID}}
    (logs,) = properties("LogArchiveSubscriptionRole")["AssumeRolePolicyDocument"]["Statement"]
    assert logs["Condition"] == {
        "StringEquals": {"aws:SourceAccount": DEFAULT_ACCOUNT_ID},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{REGION}:{DEFAULT_ACCOUNT_ID}:*"},
    }
    (sends,) = properties("LogArchiveSubscriptionRole")["Policies"][0]["PolicyDocument"]["Statement"]
    streams = [title for title, one in resources().items() if one["Type"].endswith("::DeliveryStream")]
    assert sorted(sends["Resource"]) == sorted(arn_of(title) for title in streams) and len(streams) == 2


def test_what_writes_goes_before_the_bucket_is_emptied_and_the_bucket_after_it() -> None:
    """CloudFormation deletes whatever refers to something, or depends on it, before that."""
    found = resources()
    for stream in ("ArchiveStreamApplication", "ArchiveStreamAccess"):
        assert found[stream]["DependsOn"] == ["LogArchiveBucketContents"]
        (feeds,) = [one for one in found.values() if f"'{stream}', 'Arn'" in str(one["Properties"])]
        assert feeds["Type"] == "AWS::Logs::SubscriptionFilter"
    assert found["LogArchiveBucketContents"]["Properties"]["BucketName"] == {"Ref": "LogArchiveBucket"}
    assert found["LogArchiveBucket"]["DeletionPolicy"] == "Delete"


def test_what_is_kept_for_less_has_a_rule_of_its_own() -> None:
    rules = properties("LogArchiveBucket")["LifecycleConfiguration"]["Rules"]
    assert [(rule.get("Prefix"), rule["ExpirationInDays"]) for rule in rules] == [
        (None, 365),
        (f"{DEFAULT_ACCOUNT_ID}/aws/apigateway/shop-prod/", 90),
    ]


def test_its_alarms_are_quiet_where_nothing_is_logged() -> None:
    """AWS publishes DataFreshness and delivery errors only where there is something to deliver."""
    alarms = {t: one["Properties"] for t, one in resources().items() if "Archive" in t and t.startswith("Alarm")}
    assert set(alarms) == {
        "AlarmApplicationArchiveLate",
        "AlarmAccessArchiveLate",
        "AlarmLogArchiveErrors",
        "AlarmLogArchiveThrottled",
    }
    assert {alarm["TreatMissingData"] for alarm in alarms.values()} == {"notBreaching"}
    late = alarms["AlarmApplicationArchiveLate"]
    assert late["Dimensions"] == [{"Name": "DeliveryStreamName", "Value": name_of(STREAM)}]
    buffered = properties(STREAM)["ExtendedS3DestinationConfiguration"]["BufferingHints"]["IntervalInSeconds"]
    assert late["Threshold"] > 2 * buffered
    for title in ("AlarmLogArchiveErrors", "AlarmLogArchiveThrottled"):
        assert f"FilterName = '{subscription()['filterName']}'" in alarms[title]["Metrics"][0]["Expression"]


PLAYED = """\
version: 1
tests:
  - name: a new account, in which little is logged and nothing fails
    environment: prod
    given:
      - {account: alpha, log_group: application, lines: [{at: 0m, text: started, every: 1m, times: 120}]}
    expect:
      - {at: 5m to 120m, alarm: application-archive-late, account: alpha, state: OK}
      - {at: 5m to 120m, alarm: log-archive-errors, account: alpha, state: OK}
      - {at: 5m to 120m, alarm: log-archive-throttled, account: alpha, state: OK}
      - {incidents: 0}
  - name: what waits for as long as Firehose buffers is fine, and for two hours is not
    environment: prod
    interval: 5m
    given:
      - account: alpha
        metric:
          namespace: AWS/Firehose
          name: DeliveryToS3.DataFreshness
          dimensions: {DeliveryStreamName: application-archive-prod}
        series: 900x4 7200x4
    expect:
      - {at: 0m to 20m, alarm: application-archive-late, account: alpha, state: OK}
      - {at: 31m, alarm: application-archive-late, account: alpha, state: ALARM}
"""


def test_on_its_first_day_nobody_hears_of_it_and_of_lines_that_wait_somebody_does(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(ARCHIVED), encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(PLAYED, encoding="utf-8")
    shown = obsgen(tmp_path, "test")
    assert (shown.returncode, shown.stdout.splitlines()[-1]) == (0, "2 passed"), shown.stdout + shown.stderr


def test_without_archives_there_is_nothing_of_them() -> None:
    assert not [title for title in resources("{}") if "Archive" in title]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("{application: {in: hub, archive: {retain: 365d}}}", [("R07", ("archive",))]),
        ("{application: {archive: {retain: 36h}}}", [("R05", ("archive", "retain"))]),
        ("{application: {archive: {retain: 12h}}}", [("R05", ("archive", "retain"))]),
        ("{application: {archive: {retain: 4000d}}}", [("R05", ("archive", "retain"))]),
        ("{application: {archive: {}}}", [("S02", ("archive", "retain"))]),
    ],
)
def test_archives_that_cannot_be(change: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    found = errors(f"log_groups: {change}\nmetric_filters: null\nalarms: {{errors: null}}")
    assert [(one.code, one.path[2:]) for one in found] == expected


@pytest.mark.parametrize(("outer", "inner", "codes"), [(90, 365, ["R07"]), (365, 90, []), (90, 90, [])])
def test_an_archive_below_another_is_not_expired_by_it(outer: int, inner: int, codes: list[str]) -> None:
    groups = f"""
log_groups:
  application: {{name: "/shop/{{environment}}", archive: {{retain: {outer}d}}}}
  inner: {{name: "/shop/{{environment}}/pay-{{environment}}", archive: {{retain: {inner}d}}}}
  beside: {{name: "/shop/{{environment}}-pay-{{environment}}", archive: {{retain: 400d}}}}
"""
    assert [one.code for one in errors(groups)] == codes


def test_the_name_of_one_of_its_alarms_is_taken() -> None:
    mine = "{metric: {filter: errors}, statistic: Sum, threshold: '> 5'}"
    (found,) = errors(f"{ARCHIVED}alarms: {{log-archive-errors: {mine}}}")
    assert (found.code, found.path) == ("R08", ("alarms", "log-archive-errors"))


def errors(change: str) -> list[Finding]:
    return [finding for finding in built(spec(change)).findings if finding.severity is Severity.ERROR]

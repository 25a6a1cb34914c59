"""The path watcher, and that everything on the path is watched by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE
from handlers.common import aws
from handlers.watch.app import handler, message
from tests.handlers.world import moto
from tests.support import ROOT, built, spec

VECTORS = ROOT.parent / "shared" / "vectors" / "events"
# As documented: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
ACTION: dict[str, Any] = {
    "source": "aws.cloudwatch",
    "alarmArn": "arn:aws:cloudwatch:us-east-1:111111111111:alarm:path-watch-incident-dead-letters-prod",
    "accountId": "111111111111",
    "time": "2026-11-20T10:00:00.500+0000",
    "region": "us-east-1",
    "alarmData": {
        "alarmName": "path-watch-incident-dead-letters-prod",
        "state": {"value": "ALARM", "reason": "1 datapoint was above", "timestamp": "2026-11-20T10:00:00.500+0000"},
        "previousState": {"value": "OK", "timestamp": "2026-11-20T09:00:00.000+0000"},
        "configuration": {"description": "Alarms that the incident function could not handle."},
    },
}


def with_state(value: str, before: str) -> dict[str, Any]:
    data = ACTION["alarmData"]
    state = {**data["state"], "value": value}
    return {**ACTION, "alarmData": {**data, "state": state, "previousState": {"value": before}}}


def test_a_mail_says_what_is_broken_and_what_it_means() -> None:
    subject, text = message(ACTION) or ("", "")
    assert subject == "ALARM: alarm delivery is failing (path-watch-incident-dead-letters-prod)"
    for part in ("could not handle", "1 datapoint was above", "Since: 2026-11-20T10:00:00", "account 111111111111"):
        assert part in text


def test_a_recovery_is_mailed_and_a_first_ok_is_not() -> None:
    assert (message(with_state("OK", "ALARM")) or ("",))[0].startswith("OK: alarm delivery has recovered")
    assert message(with_state("OK", "INSUFFICIENT_DATA")) is None


@pytest.mark.parametrize(
    "event", [None, [], "x", {}, {"alarmData": None}, {"alarmData": {"state": {}}}, {"a": "b" * 9000}]
)
def test_what_is_not_understood_is_mailed_all_the_same(event: Any) -> None:
    subject, text = message(event) or ("", "")
    assert subject == "The path watcher received an unknown event"
    assert json.dumps(event)[:100] in text
    assert len(text) < 3000


@pytest.mark.parametrize("name", ["ä" * 200, "a\nb", "x" * 255])
def test_a_subject_is_what_sns_takes(name: str) -> None:
    subject, _ = message({**ACTION, "alarmData": {**ACTION["alarmData"], "alarmName": name}}) or ("", "")
    assert re.fullmatch(r"[\x20-\x7e]{1,99}", subject)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("lambda-action-*.json")), ids=lambda path: path.stem)
def test_every_documented_sample_is_mailed(path: Any) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    subject, text = message(event) or ("", "")
    assert event["alarmData"]["alarmName"] in subject
    assert event["alarmData"]["state"]["reason"] in text


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with moto() as endpoint:
        settings = {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-1"}
        settings |= {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        session = botocore.session.get_session()
        sqs, sns = session.create_client("sqs"), session.create_client("sns")
        url = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        topic = sns.create_topic(Name="monitoring-alerts-prod")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:mailbox")
        monkeypatch.setenv("TOPIC_ARN", topic)
        monkeypatch.setenv("MAIL_CHANNELS", '["mail", "night"]')
        aws.client.cache_clear()
        aws._session.cache_clear()
        yield lambda: [json.loads(m["Body"]) for m in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def test_it_is_published_to_every_mail_channel(mailbox: Any) -> None:
    handler(ACTION, None)
    ((mail),) = mailbox()
    assert mail["Subject"].startswith("ALARM: alarm delivery is failing")
    assert json.loads(mail["MessageAttributes"]["channels"]["Value"]) == ["mail", "night"]


def test_a_refused_mail_raises_so_that_lambda_tries_again(mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:not-there")
    with pytest.raises(Exception, match="NotFound"):
        handler(ACTION, None)
    assert mailbox() == []


ESTATE = built(spec("audit: {alarm_changes: true}\nregions: [us-east-1, eu-west-1]"))
RESOURCES = ESTATE.templates["prod"][HUB_TEMPLATE]["Resources"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: made["Properties"] for name, made in RESOURCES.items() if made["Type"] == kind}


WATCHING = {
    name: alarm
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items()
    if alarm["AlarmName"].startswith("path-watch-")
}


def watched(metric: str, **dimensions: str) -> bool:
    wanted = set(dimensions.items())
    return any(
        alarm["MetricName"] == metric and wanted == {(d["Name"], d["Value"]) for d in alarm["Dimensions"]}
        for alarm in WATCHING.values()
    )


def test_every_dead_letter_queue_but_the_watchers_own_is_watched() -> None:
    queues = {
        queue["QueueName"] for queue in of_type("AWS::SQS::Queue").values() if "dead-letters" in queue["QueueName"]
    }
    assert queues == {f"{kind}-dead-letters-prod" for kind in ("incident", "event", "mail", "path-watcher")}
    for queue in queues - {"path-watcher-dead-letters-prod"}:
        assert watched("ApproximateNumberOfMessagesVisible", QueueName=queue)


def test_every_rule_of_the_hub_is_watched() -> None:
    for rule in of_type("AWS::Events::Rule").values():
        bus = {"EventBusName": "observability-bus-prod"} if "EventBusName" in rule else {}
        assert watched("FailedInvocations", RuleName=rule["Name"], **bus)
        assert watched("InvocationsFailedToBeSentToDlq", RuleName=rule["Name"], **bus)


@pytest.mark.parametrize("metric", ["Errors", "Throttles", "Duration"])
def test_the_incident_function_is_watched(metric: str) -> None:
    assert watched(metric, FunctionName="jira-ticket-creator-prod")


def test_the_age_of_the_queue_is_watched() -> None:
    assert watched("ApproximateAgeOfOldestMessage", QueueName="incident-queue-prod")


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
@pytest.mark.parametrize("account", ["222222222222", "333333333333", "444444444444"])
def test_every_member_has_a_heartbeat_whose_silence_is_an_alarm(account: str, region: str) -> None:
    (alarm,) = (
        alarm
        for alarm in WATCHING.values()
        if {"Name": "Account", "Value": account} in alarm["Dimensions"]
        and {"Name": "Region", "Value": region} in alarm["Dimensions"]
    )
    assert (alarm["ComparisonOperator"], alarm["Threshold"], alarm["TreatMissingData"]) == (
        "LessThanThreshold",
        1,
        "breaching",
    )


def test_a_heartbeat_takes_the_alarms_own_way_and_is_counted_as_the_alarm_looks_for_it() -> None:
    rules = ESTATE.templates["prod"][MEMBER_TEMPLATE]["Resources"]
    beat, alarms = rules["HeartbeatRule"]["Properties"], rules["ForwardingRule"]["Properties"]
    assert beat["Targets"] == alarms["Targets"]
    heard = of_type("AWS::Events::Rule")["HeartbeatRule"]
    assert heard["EventPattern"]["resources"][0]["suffix"] == f":rule/{beat['Name']}"
    (transformation,) = of_type("AWS::Logs::MetricFilter")["HeartbeatFilter"]["MetricTransformations"]
    named = transformation["MetricName"]
    alarm = next(alarm for alarm in WATCHING.values() if alarm.get("MetricName") == named)
    assert alarm["TreatMissingData"] == "breaching"
    assert [d["Key"] for d in transformation["Dimensions"]] == [d["Name"] for d in alarm["Dimensions"]]


def test_all_are_told_by_the_watcher_and_by_nobody_else() -> None:
    watcher = [{"Fn::GetAtt": ["PathWatcherFunction", "Arn"]}]
    assert WATCHING
    for alarm in WATCHING.values():
        # What was given up stays lost, so the end of that alarm is no good news.
        assert alarm["OKActions"] == ([] if alarm["AlarmName"].endswith("-given-up-prod") else watcher)
        assert alarm["AlarmActions"] == watcher
        assert alarm["AlarmName"].endswith("-prod")
        assert not alarm["AlarmName"].endswith("-alarm-prod")
    permission = RESOURCES["PathWatcherPermission"]["Properties"]
    assert permission["Principal"] == "lambda.alarms.cloudwatch.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"].endswith(":alarm:path-watch-*")


def test_the_silence_of_more_than_a_hundred_is_told_by_the_watcher_and_costs_no_metric_each() -> None:
    accounts = "\n".join(f"  m{n}: {{id: '{200_000_000_000 + n}'}}" for n in range(101))
    hub = built(spec(f"accounts:\n{accounts}")).templates["prod"][HUB_TEMPLATE]["Resources"]
    made = {name: one["Properties"] for name, one in hub.items() if name.startswith("Heartbeat")}
    assert not any(one.get("AlarmName", "").endswith("-heartbeat-prod") for one in made.values())
    assert "HeartbeatFilter" not in made
    alarms = [one for one in made.values() if "AlarmName" in one]
    assert len(alarms) == 2
    for one in alarms:
        assert one["AlarmActions"] == [{"Fn::GetAtt": ["PathWatcherFunction", "Arn"]}]
        assert one["AlarmName"].startswith("path-watch-heartbeats-")


@pytest.mark.parametrize("regions", ["[us-east-1]", "[us-east-1, eu-west-1]"])
def test_no_account_is_called_so_that_its_heartbeat_becomes_an_incident_or_another_alarm(regions: str) -> None:
    accounts = "alarm: {id: '555555555555'}, rule: {id: '666666666666'}, queue-age: {id: '777777777777'}"
    hub = built(spec(f"accounts: {{{accounts}}}\nregions: {regions}")).templates["prod"][HUB_TEMPLATE]["Resources"]
    names = [made["Properties"]["AlarmName"] for made in hub.values() if made["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(names) == len(set(names))
    (suffix,) = hub["IncidentRule"]["Properties"]["EventPattern"]["detail"]["alarmName"]
    assert not [name for name in names if name.startswith("path-watch-") and name.endswith(suffix["suffix"])]


def test_its_role_allows_what_it_calls_and_what_lambda_does_for_it(mailbox: Any) -> None:
    called: list[str] = []

    def note(model: Any, **_more: Any) -> None:
        called.append(f"{model.service_model.service_name}:{model.name}")

    aws._session().register("before-call", note)
    handler(ACTION, None)
    assert mailbox()
    (policy,) = RESOURCES["PathWatcherRole"]["Properties"]["Policies"]
    allowed = {action for statement in policy["PolicyDocument"]["Statement"] for action in statement["Action"]}
    by_lambda = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
    assert allowed == {*called, *by_lambda}

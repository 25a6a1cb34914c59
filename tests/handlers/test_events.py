"""What arrives is read as documented, and what is malformed is refused with a reason.

The samples below restate the documented shapes with values of our own; those of AWS are run too where they are present.
EventBridge: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
SNS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
Lambda: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.incident.events import REASON_LIMIT, Change, IgnoredEvent, Key, Recheck, Unreadable, read
from tests.support import ROOT

VECTORS = ROOT.parent / "shared" / "vectors" / "events"
AT = 1_795_168_800_500  # 2026-11-20T10:00:00.500Z
REASON_DATA = {"version": "1.0", "recentDatapoints": [3.0, 12.0], "threshold": 5.0}
METRIC = {
    "id": "m1",
    "metricStat": {
        "metric": {"namespace": "Shop", "name": "Errors", "dimensions": {}},
        "period": 60,
        "stat": "Sum",
    },
    "returnData": True,
}
DETAIL: dict[str, Any] = {
    "alarmName": "errors-alarm-prod",
    "state": {
        "value": "ALARM",
        "reason": "Threshold Crossed",
        "reasonData": json.dumps(REASON_DATA),
        "timestamp": "2026-11-20T10:00:00.500+0000",
    },
    "previousState": {"value": "OK", "reason": "fine", "timestamp": "2026-11-20T09:00:00.000+0000"},
    "configuration": {"description": "errors", "metrics": [METRIC]},
}
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "0b4e",
    "detail-type": "CloudWatch Alarm State Change",
    "source": "aws.cloudwatch",
    "account": "222222222222",
    "time": "2026-11-20T10:00:01Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:cloudwatch:eu-west-1:222222222222:alarm:errors-alarm-prod"],
    "detail": DETAIL,
}
KEY = Key("222222222222", "eu-west-1", "errors-alarm-prod")


def change(data: Any) -> Change:
    meaning = read(json.dumps(data))
    assert isinstance(meaning, Change), meaning
    return meaning


def changed(**detail: Any) -> dict[str, Any]:
    return {**EVENT, "detail": {**DETAIL, **detail}}


def test_an_event_says_what_where_when_and_what_was_before() -> None:
    got = change(EVENT)
    assert (got.key, got.state, got.at, got.reason) == (KEY, "ALARM", AT, "Threshold Crossed")
    assert (got.before, got.before_at) == ("OK", AT - 3_600_500)
    assert got.measured == "Errors Sum 12, threshold 5"


def test_a_math_alarm_is_measured_by_what_it_returns() -> None:
    hidden = {**METRIC, "returnData": False}
    math = {"id": "e1", "expression": "m1 / 1000", "label": "Lag", "returnData": True}
    assert change(changed(configuration={"metrics": [hidden, math]})).measured == "Lag 12, threshold 5"


def test_an_anomaly_alarm_is_measured_against_its_band() -> None:
    data = {"recentDatapoints": [0.5], "recentLowerThresholds": [1.0], "recentUpperThresholds": [2.5]}
    state = {**DETAIL["state"], "reasonData": json.dumps(data)}
    assert change(changed(state=state)).measured == "Errors Sum 0.5, lower threshold 1, upper threshold 2.5"


@pytest.mark.parametrize("data", ["", "{", "[]", "null", '{"recentDatapoints": null}', None, 7])
def test_reason_data_that_cannot_be_read_costs_only_the_number(data: Any) -> None:
    got = change(changed(state={**DETAIL["state"], "reasonData": data}))
    assert (got.state, got.measured) == ("ALARM", "Errors Sum")


def test_a_suppressed_composite_is_held() -> None:
    state = {**DETAIL["state"], "actionsSuppressedBy": "WaitPeriod", "actionsSuppressedReason": "…"}
    rule = {"alarmRule": "ALARM(a)", "actionsSuppressorWaitPeriod": 120, "actionsSuppressorExtensionPeriod": 180}
    got = change(changed(state=state, configuration=rule))
    assert (got.suppression.by, got.suppression.until, got.measured) == ("WaitPeriod", AT + 120_000, "12, threshold 5")
    by_alarm = change(changed(state={**state, "actionsSuppressedBy": "Alarm"}, configuration=rule))
    assert (by_alarm.suppression.by, by_alarm.suppression.until) == ("Alarm", None)


@pytest.mark.parametrize(
    ("end", "held"), [("2026-11-20T11:00:00.000+0000", AT + 3_599_500), ("2019-01-01T00:00:00Z", None)]
)
def test_a_mute_window_holds_until_its_end(end: str, held: int | None) -> None:
    mute = {"mutedByArn": "arn:aws:cloudwatch:eu-west-1:222222222222:alarm-mute-rule:night", "muteWindowEnd": end}
    assert change(changed(muteDetail=mute)).suppression.mute == held


def test_the_sns_form_takes_the_region_from_the_arn() -> None:
    got = change(
        {
            "AlarmName": "errors-alarm-prod",
            "AWSAccountId": "222222222222",
            "NewStateValue": "OK",
            "OldStateValue": "ALARM",
            "NewStateReason": "fine again",
            "StateChangeTime": "2026-11-20T10:00:00.500+0000",
            "Region": "Europe (Ireland)",
            "AlarmArn": "arn:aws:cloudwatch:eu-west-1:222222222222:alarm:errors-alarm-prod",
            "Trigger": {"MetricName": "Errors", "Statistic": "SUM", "Threshold": 5.0},
        }
    )
    assert (got.key, got.state, got.at, got.before, got.before_at) == (KEY, "OK", AT, "ALARM", None)
    assert got.measured == "Errors Sum, threshold 5.0"


def test_an_sns_notification_in_a_queue_is_unwrapped() -> None:
    assert change({"Type": "Notification", "TopicArn": "arn:aws:sns:…", "Message": json.dumps(EVENT)}) == change(EVENT)


def test_the_direct_action_is_the_same_change() -> None:
    action = {
        "source": "aws.cloudwatch",
        "alarmArn": EVENT["resources"][0],
        "accountId": "222222222222",
        "time": "2026-11-20T10:00:00.500+0000",
        "region": "eu-west-1",
        "alarmData": DETAIL,
    }
    assert change(action) == change(EVENT)


@pytest.mark.parametrize("kind", ["Compliance Finding", "Log Error", "Canary Failure", "Dead Letters"])
@pytest.mark.parametrize("account", ["222222222222", "111111111111"])
def test_nothing_that_says_it_is_from_obsgen_becomes_an_incident(kind: str, account: str) -> None:
    detail = {"name": "errors-alarm-prod", "severity": "critical", "links": {"Click": "javascript:alert(1)"}}
    forged = {**EVENT, "source": "obsgen", "detail-type": kind, "account": account, "detail": detail}
    assert read(json.dumps(forged)) == Unreadable(f'no handler for events of source "obsgen", detail-type "{kind}"')


def test_control_characters_are_gone_from_every_text_but_its_line_feeds_and_tabs() -> None:
    dirty = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) + "so\tit\nis\u00a0\u2603"
    state = {**DETAIL["state"], "reason": dirty, "actionsSuppressedBy": "Al\x1barm"}
    hidden = {"label": "La\x00\x9bg", "expression": "m1", "returnData": True}
    got = change({**changed(state=state, configuration={"metrics": [hidden]}), "region": "eu-\x07west-1"})
    assert got.reason == "\t\nso\tit\nis\u00a0\u2603"
    assert (got.suppression.by, got.key.region, got.measured) == ("Alarm", "eu-west-1", "Lag 12, threshold 5")


def test_half_a_surrogate_is_replaced_for_nobody_could_encode_it() -> None:
    got = change(changed(state={**DETAIL["state"], "reason": "a\ud800b \U0001f4a5"}))
    assert got.reason.encode() == "a\ufffdb \U0001f4a5".encode()


def test_the_message_of_a_notification_is_cleaned_too() -> None:
    inner = json.dumps(changed(state={**DETAIL["state"], "reason": "\x1b[31mred"}))
    assert change({"Type": "Notification", "Message": inner}).reason == "[31mred"


def test_a_reason_is_cut() -> None:
    assert len(change(changed(state={**DETAIL["state"], "reason": "x" * 100_000})).reason) == REASON_LIMIT


def test_a_reminder_names_what_to_look_at() -> None:
    reminder = {**EVENT, "source": "obsgen", "detail-type": "Look Again", "detail": {"alarm": "errors-alarm-prod"}}
    assert read(json.dumps(reminder)) == Recheck(KEY)


def test_other_events_of_alarms_are_no_news() -> None:
    kind = "CloudWatch Alarm Configuration Change"
    assert isinstance(read(json.dumps({**EVENT, "detail-type": kind})), IgnoredEvent)


def test_a_contributor() -> None:
    """AWS's sample: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    detail = {
        "alarmName": "DynamoDBInsightsAlarm",
        "alarmContributor": {
            "id": "6d442278dba546f6",
            "attributes": {"TableName": "example-dynamodb-table-name"},
        },
        "state": {"value": "ALARM", "reason": "Threshold Crossed", "timestamp": "2025-12-01T13:42:04.919+0000"},
        "muteDetail": {
            "mutedByArn": "arn:aws:cloudwatch:us-east-1:1234567890:alarm-mute-rule:testMute",
            "muteWindowStart": "2026-01-01T10:00:00.000+0000",
            "muteWindowEnd": "2026-01-01T12:00:00.000+0000",
        },
    }
    kind = "CloudWatch Alarm Contributor State Change"
    change = read(json.dumps({**EVENT, "detail-type": kind, "detail": detail}))
    assert isinstance(change, Change)
    assert change.key.alarm == "DynamoDBInsightsAlarm of TableName=example-dynamodb-table-name"
    assert (change.state, change.at, change.before) == ("ALARM", 1_764_596_524_919, None)
    assert change.suppression.mute == 1_767_268_800_000


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the message is not JSON"),
        ("ALARM!", "the message is not JSON"),
        ("[" * 100_000, "the message is not JSON"),
        ("[]", "the message is not a JSON object"),
        ("null", "the message is not a JSON object"),
        ("{}", "no handler for events of source null, detail-type null"),
        (json.dumps({**EVENT, "source": "aws.ec2"}), 'no handler for events of source "aws.ec2", detail-type'),
        (json.dumps({**EVENT, "detail": None}), "detail is missing or not an object"),
        (json.dumps({**EVENT, "account": None}), "account is missing or not a string"),
        (json.dumps({**EVENT, "account": "12"}), 'account is "12", not an account ID'),
        (json.dumps({**EVENT, "region": " "}), "region is missing or not a string"),
        (json.dumps(changed(alarmName=None)), "alarmName is missing or not a string"),
        (json.dumps(changed(alarmName="a" * 256)), "alarmName has 256 characters; CloudWatch allows 255"),
        (json.dumps(changed(state="ALARM")), "state is missing or not an object"),
        (json.dumps(changed(state={**DETAIL["state"], "value": "BAD"})), 'value is "BAD", not one of ALARM, OK'),
        (json.dumps(changed(state={**DETAIL["state"], "timestamp": "soon"})), 'timestamp is "soon", not a time'),
        (json.dumps({"NewStateValue": "ALARM"}), "AlarmArn is missing or not a string"),
        (json.dumps({"NewStateValue": "ALARM", "AlarmArn": "x"}), "AlarmArn is not the ARN of an alarm"),
        (json.dumps({"alarmData": 1}), "alarmData is missing or not an object"),
        (json.dumps({"Type": "Notification", "Message": None}), "Message is missing or not a string"),
        (json.dumps({**EVENT, "detail": {"x": "y" * 256_000}}), "alarmName is missing or not a string"),
    ],
    ids=lambda value: value[:40],
)
def test_what_cannot_be_read_has_a_reason(body: str, reason: str) -> None:
    meaning = read(body)
    assert isinstance(meaning, Unreadable)
    assert meaning.reason.startswith(reason)
    assert len(meaning.reason) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("detail", "account", "region", "time", "source", "detail-type")


@given(st.text() | JSON.map(json.dumps))
def test_no_text_at_all_makes_it_raise(body: str) -> None:
    read(body)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.dictionaries(st.sampled_from(sorted(DETAIL)), JSON))
def test_no_field_whatever_its_value_makes_it_raise(fields: dict[str, Any], detail: dict[str, Any]) -> None:
    read(json.dumps({**EVENT, "detail": {**DETAIL, **detail}, **fields}))
    read(json.dumps({"accountId": "1", "region": "x", **fields, "alarmData": {**DETAIL, **detail}}))


SAMPLES = sorted(VECTORS.glob("*.json"))
# The schema of AWS's page has type names where values would be.
NO_EVENT = {"sns-schema-composite": "AlarmArn is not the ARN of an alarm"}


@pytest.mark.skipif(not SAMPLES, reason="AWS's own samples are not here")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_documented_sample_is_handled(path: Any) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    body = data["Records"][0]["Sns"]["Message"] if "Records" in data else json.dumps(data)
    meaning = read(body)
    if path.stem in NO_EVENT:
        assert meaning == Unreadable(NO_EVENT[path.stem])
    elif "config" in path.stem or path.stem == "sns-contributor-promql":
        assert isinstance(meaning, IgnoredEvent)
    else:
        assert isinstance(meaning, Change)
        assert meaning.state == "ALARM"
        assert meaning.is_contributor is ("contributor" in path.stem)

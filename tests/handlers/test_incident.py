"""The incident function, fed from a real queue API, remembering in a real table API, mailing through a real topic API.

The other sinks have tests of their own; what they and the function do together under failures is in test_chaos.py.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from handlers.incident import app
from tests.handlers.test_events import DETAIL, EVENT
from tests.handlers.world import NOW, World, moto, world

SPEC = """
alarms:
  errors:
    severity: critical
    summary: The shop is logging errors
    runbook: https://runbooks.example.com/errors
    overrides: [{where: {account: beta}, severity: low}]
  quiet: {metric: {filter: errors}, statistic: Sum, threshold: "> 500", severity: none}
composites:
  down: {rule: errors, severity: high, suppressed_by: quiet, wait: 2m, extend: 5m}
channels:
  night: {type: email, addresses: [night@example.com]}
  hook: {type: webhook, url: "https://hook.example.com", secret: shop/hook}
routes: {critical: [mail, hook], low: [night]}
"""
Set = Callable[[str, str], None]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


class Hook(BaseHTTPRequestHandler):
    """Somebody's webhook: keeps what it was sent."""

    posts: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing on the console of the tests."""


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def place(endpoint: str, hook: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(app, "read_routing", None)
    monkeypatch.setattr(app, "_now", lambda: NOW)
    Hook.posts.clear()
    made = world(endpoint, SPEC, {"shop/hook": {"key": "a-key-that-signs"}}, monkeypatch.setenv)
    made.routing.data["channels"]["hook"]["url"] = hook
    return made


def event(state: str = "ALARM", at: str = "10:00:00", before: str = "OK", since: str = "08:00:00", **other: Any) -> Any:
    """A state change of errors-alarm-prod in alpha."""
    detail = {
        **DETAIL,
        "alarmName": other.pop("alarm", "errors-alarm-prod"),
        "state": {
            **DETAIL["state"],
            "value": state,
            "timestamp": f"2026-11-20T{at}.000+0000",
            **other.pop("with_", {}),
        },
        "previousState": {"value": before, "timestamp": f"2026-11-20T{since}.000+0000"},
    }
    return {**EVENT, "region": "us-east-1", "detail": {**detail, **other.pop("detail", {})}, **other}


def subjects(place: World) -> list[str]:
    return [mail["Subject"] for mail in place.mails()]


def test_an_alarm_and_its_recovery_are_told_once_each_however_often_they_come(place: World) -> None:
    alarm, recovery = event(), event("OK", "10:05:00", "ALARM", "10:00:00")
    for body in (alarm, alarm, recovery, alarm, recovery):
        assert place.deliver(body)
    (first, second) = place.mails()
    assert first["Subject"] == "ALARM critical: errors-alarm-prod in alpha (us-east-1)"
    assert second["Subject"] == "OK critical: errors-alarm-prod in alpha (us-east-1)"
    for part in (
        "The shop is logging errors",
        "Errors Sum 12, threshold 5",
        "alpha (us-east-1), account 222222222222",
        "https://runbooks.example.com/errors",
        "#alarmsV2:alarm/errors-alarm-prod",
        "logs-insights?queryDetail=",
    ):
        assert part in first["Message"]
    assert json.loads(first["MessageAttributes"]["channels"]["Value"]) == ["mail"]


def test_an_account_with_another_severity_goes_to_other_people(place: World) -> None:
    assert place.deliver(event(account="333333333333"))
    (mail,) = place.mails()
    assert mail["Subject"].startswith("ALARM low: errors-alarm-prod in beta")
    assert json.loads(mail["MessageAttributes"]["channels"]["Value"]) == ["night"]


def test_where_units_bring_accounts_one_that_joined_later_is_told_and_goes_by_its_id(place: World) -> None:
    place.routing.data["accounts_closed"] = False
    assert place.deliver(event(account="999999999999"))
    assert "in 999999999999 (us-east-1)" in subjects(place)[0]


def test_an_alarm_of_severity_none_is_told_to_nobody(place: World) -> None:
    assert place.deliver(event(alarm="quiet-alarm-prod"))
    assert place.mails() == []


def test_a_first_ok_is_no_news(place: World) -> None:
    assert place.deliver(event("OK", before="INSUFFICIENT_DATA"))
    assert place.mails() == []


def test_no_data_is_told_and_opens_nothing(place: World) -> None:
    assert place.deliver(event("INSUFFICIENT_DATA"))
    assert place.deliver(event("INSUFFICIENT_DATA"))
    assert subjects(place) == ["INSUFFICIENT_DATA critical: errors-alarm-prod in alpha (us-east-1)"]
    assert [post["step"] for post in Hook.posts] == ["notice"]


def test_what_one_channel_heard_is_not_repeated_though_the_other_failed(place: World) -> None:
    place.client("sns").delete_topic(TopicArn=place.environment["TOPIC_ARN"])
    assert not place.deliver(event())
    (item,) = place.items()
    (episode,) = json.loads(item["history"]["S"])["episodes"]
    assert episode["told"]["hook"]["state"] == "ALARM"
    assert episode["told"]["mail"]["failures"] == 1
    place.client("sns").create_topic(Name="monitoring-alerts-prod")
    assert place.deliver(event(), receives=2)
    assert [operation for _, operation, _ in place.calls].count("Publish") == 2
    assert [post["step"] for post in Hook.posts] == ["open"]


def test_what_failed_waits_longer_each_time_and_then_lies_with_the_reason(place: World) -> None:
    place.client("sns").delete_topic(TopicArn=place.environment["TOPIC_ARN"])
    assert not place.deliver(event())
    assert not place.deliver(event(), receives=2)
    waits = [asked["VisibilityTimeout"] for _, o, asked in place.calls if o == "ChangeMessageVisibility"]
    assert waits == [20, 300]
    assert place.deliver(event(), receives=3)
    ((body, reason),) = place.dead_letters()
    assert json.loads(body) == event()
    assert reason.startswith("given up after 3 receives: mail: ")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("not json", "the message is not JSON"),
        ("{}", "nobody handles events of source null"),
        ({"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification"}, "nobody handles events of"),
        ({**EVENT, "source": "obsgen", "detail-type": "Log Error"}, 'nobody handles events of source "obsgen"'),
        (event(account=None), "account is missing or no text"),
        (event(detail={"state": None}), "state is missing or no object"),
        ("\u00e4\u4f60\U0001f4a5", "the message is not JSON"),
        ({**event(), "detail": {"alarmName": "x" * 200_000}}, "alarmName has 200000 characters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_nobody_can_handle_lies_with_its_reason_at_once(place: World, body: Any, reason: str) -> None:
    assert place.deliver(body)
    ((kept, why),) = place.dead_letters()
    assert kept == (body if isinstance(body, str) else json.dumps(body))
    assert why.startswith(reason)


def test_a_message_too_large_for_a_reason_is_left_to_the_queue(place: World) -> None:
    record = {**place.record("{}"), "body": "x" * (1024 * 1024 + 1)}
    assert app.handler({"Records": [record]}, None) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_of_a_batch_only_what_failed_goes_back(place: World) -> None:
    place.client("sns").delete_topic(TopicArn=place.environment["TOPIC_ARN"])
    records = [
        place.record(event("OK", before="INSUFFICIENT_DATA"), message="good"),
        place.record(event(), message="bad"),
    ]
    assert app.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_a_muted_alarm_asks_to_be_looked_at_when_the_window_ends(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    end = 1_795_172_400_000  # 11:00
    monkeypatch.setattr(app, "_now", lambda: end - 3_000_000)
    mute = {"mutedByArn": "arn:…:alarm-mute-rule:night", "muteWindowEnd": "2026-11-20T11:00:00.000+0000"}
    assert place.deliver(event(detail={"muteDetail": mute}))
    assert place.deliver(event(detail={"muteDetail": mute}))
    assert place.mails() == []
    (schedule,) = place.schedules()
    assert schedule["ScheduleExpression"] == "at(2026-11-20T11:00:05)"
    assert schedule["Target"]["Arn"] == place.environment["QUEUE_ARN"]
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": place.environment["DEAD_LETTERS_ARN"]}
    app._service.cache_clear()
    monkeypatch.setattr(app, "_now", lambda: end + 5_000)
    assert place.deliver(schedule["Target"]["Input"])
    assert subjects(place) == ["ALARM critical: errors-alarm-prod in alpha (us-east-1)"]


def test_a_suppressed_composite_is_told_when_its_suppressor_has_been_quiet_long_enough(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = 1_795_168_800_000  # 10:00
    clock = [start]
    monkeypatch.setattr(app, "_now", lambda: clock[0])
    place.routing.data["routes"]["high"] = ["mail"]
    assert place.deliver(event("ALARM", "09:50:00", alarm="quiet-alarm-prod"))
    assert place.deliver(event(alarm="down-alarm-prod", with_={"actionsSuppressedBy": "Alarm"}))
    clock[0] += 600_000
    assert place.deliver(event("OK", "10:10:00", "ALARM", "09:50:00", alarm="quiet-alarm-prod"))
    assert place.mails() == []
    expressions = [schedule["ScheduleExpression"] for schedule in place.schedules()]
    assert sorted(expressions) == ["at(2026-11-20T10:16:00)", "at(2026-11-20T11:00:00)"]
    reminder = place.schedules()[0]["Target"]["Input"]
    assert place.deliver(reminder)
    assert place.mails() == []
    clock[0] = start + 960_000
    assert place.deliver(reminder)
    assert subjects(place) == ["ALARM high: down-alarm-prod in alpha (us-east-1)"]


def test_the_sns_and_the_direct_form_are_told_too(place: World) -> None:
    message = {
        "AlarmName": "errors-alarm-prod",
        "AWSAccountId": "222222222222",
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2026-11-20T10:00:00.000+0000",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:222222222222:alarm:errors-alarm-prod",
    }
    records = [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(message)}}]
    assert app.handler({"Records": records}, None) is None
    action = {"accountId": "222222222222", "region": "us-east-1", "alarmData": event()["detail"]}
    assert app.handler(action, None) is None
    assert subjects(place) == ["ALARM critical: errors-alarm-prod in alpha (us-east-1)"]


def test_a_direct_form_that_fails_raises_so_that_lambda_tries_again(place: World) -> None:
    place.client("sns").delete_topic(TopicArn=place.environment["TOPIC_ARN"])
    with pytest.raises(app.TryLater, match="mail: "):
        app.handler({"accountId": "222222222222", "region": "us-east-1", "alarmData": event()["detail"]}, None)


NOT_OURS = {
    "an alarm that this build does not know": (event(alarm="somebody-elses-alarm-prod"), "UnknownAlarms"),
    "the same in an account that the file does not name": (
        event(alarm="theirs-alarm-prod", account="999999999999"),
        "UnknownAlarms",
    ),
    "a known name in an account that the file does not name": (event(account="999999999999"), "UnknownAlarms"),
    "a state change of tomorrow": (event(at="15:05:01"), "RefusedEvents"),
    "one of the year 9999": (event(with_={"timestamp": "9999-12-31T23:59:59.000+0000"}), "RefusedEvents"),
    "one of long ago": (event(with_={"timestamp": "2026-10-20T14:59:59.000+0000"}), "RefusedEvents"),
}


@pytest.mark.parametrize("what", NOT_OURS)
def test_what_is_not_ours_is_counted_and_neither_told_nor_kept_nor_dead(
    place: World, what: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    body, metric = NOT_OURS[what]
    for _ in range(20):
        assert place.deliver(body)
    assert (place.mails(), Hook.posts, place.items(), place.dead_letters()) == ([], [], [], [])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [(line["Account"], line[metric]) for line in lines] == [(body["account"], 1)] * 20
    (logged,) = [record for record in caplog.records if record.message == "not taken"]
    assert (logged.account, logged.alarm) == (body["account"], body["detail"]["alarmName"])  # type: ignore[attr-defined]


def test_of_what_is_not_ours_a_line_a_minute_and_account_is_logged(
    place: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [NOW]
    monkeypatch.setattr(app, "_now", lambda: clock[0])
    for _ in range(9):
        clock[0] += 20_000
        place.deliver(event(account="999999999999"))
        place.deliver(event(account="888888888888"))
    logged = [record.account for record in caplog.records if record.message == "not taken"]  # type: ignore[attr-defined]
    assert sorted(logged) == ["888888888888"] * 3 + ["999999999999"] * 3


def test_a_forged_future_does_not_close_what_comes_after_it(place: World) -> None:
    assert place.deliver(event("OK", before="ALARM", with_={"timestamp": "9999-01-01T00:00:00.000+0000"}))
    assert place.deliver(event())
    assert subjects(place) == ["ALARM critical: errors-alarm-prod in alpha (us-east-1)"]


def test_the_table_out_of_reach_is_no_message_lost(place: World) -> None:
    place.client("dynamodb").delete_table(TableName=place.environment["TABLE_NAME"])
    assert not place.deliver(event())
    assert place.deliver(event(), receives=3)
    ((_, reason),) = place.dead_letters()
    assert "ResourceNotFoundException" in reason


def test_metrics_of_its_own_are_in_the_log(place: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.deliver(event())
    place.client("sns").delete_topic(TopicArn=place.environment["TOPIC_ARN"])
    place.deliver(event("OK", "10:05:00", "ALARM", "10:00:00"))
    place.deliver("not json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    (opened, failure, given_up) = lines
    assert opened["IncidentsOpened"] == 1
    assert (failure["Environment"], failure["Channel"], failure["SinkFailures"]) == ("prod", "mail", 1)
    assert given_up["DeadLettered"] == 1
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert all(name in line for name in (*directive["Dimensions"][0], *(m["Name"] for m in directive["Metrics"])))

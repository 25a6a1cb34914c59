"""The incident function, fed from a real queue API, deciding in a real table API, waking workers by a real queue API.

What it decides is in test_decision.py and test_service.py, and how it is delivered in tests of the notifier.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from handlers.common.deadline import Deadline
from handlers.incident import app
from handlers.incident.table import Due
from tests.handlers.test_events import DETAIL, EVENT
from tests.handlers.world import World, moto, world

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
  tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira}
routes: {critical: [mail, tickets, hook], low: [night]}
"""
Set = Callable[[str, str], None]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


class Passes:
    """In the place of the channel worker: which passes were made within the function."""

    def __init__(self) -> None:
        self.made: list[tuple[str, list[str]]] = []
        self.failure: Exception | None = None

    def __call__(self, channel: str, deadline: Deadline, fresh: Sequence[Due]) -> None:
        self.made.append((channel, [due.incident for due in fresh]))
        if self.failure:
            raise self.failure


@pytest.fixture
def passes() -> Passes:
    return Passes()


@pytest.fixture
def place(endpoint: str, passes: Passes, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(app, "read_routing", None)
    made = world(endpoint, SPEC, {}, monkeypatch.setenv)
    monkeypatch.setattr(app, "_now", lambda: AT_10 + 1_000)
    monkeypatch.setattr(app, "_inline_pass", lambda: passes)
    # However slow the machine is.
    monkeypatch.setattr(app, "USUAL_SECONDS", 600.0)
    return made


AT_10 = 1_795_168_800_000


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


def test_an_alarm_and_its_recovery_are_owed_to_everybody_however_often_they_come(place: World) -> None:
    alarm, recovery = event(), event("OK", "10:05:00", "ALARM", "10:00:00")
    for body in (alarm, alarm):
        assert place.deliver(body)
    assert place.owed() == [("hook", "0", 1), ("mail", "0", 1), ("tickets", "0", 1)]
    for body in (recovery, alarm, recovery):
        assert place.deliver(body)
    (incident,) = place.incidents()
    assert (incident.severity, incident.opened, incident.ended) == ("critical", AT_10, AT_10 + 300_000)
    assert incident.alarm_reason.startswith("Threshold Crossed")
    assert place.owed() == [("hook", "1", 2), ("mail", "1", 2), ("tickets", "1", 2)]
    # Each receive wakes them again: an earlier wake-up may be lost.
    assert sorted(place.wake_ups()) == sorted(["mail", "tickets", "hook"] * 5)


def test_an_account_with_another_severity_goes_to_other_people(place: World) -> None:
    assert place.deliver(event(account="333333333333"))
    assert place.owed() == [("night", "3", 1)]
    assert place.wake_ups() == ["night"]


def test_an_alarm_of_severity_none_is_owed_to_nobody(place: World) -> None:
    assert place.deliver(event(alarm="quiet-alarm-prod"))
    assert (place.incidents(), place.wake_ups()) == ([], [])


def test_a_first_ok_is_owed_to_nobody(place: World) -> None:
    assert place.deliver(event("OK", before="INSUFFICIENT_DATA"))
    assert (place.incidents(), place.owed(), place.wake_ups()) == ([], [], [])


def test_no_data_is_owed_to_channels_without_tickets(place: World) -> None:
    for _ in range(2):
        assert place.deliver(event("INSUFFICIENT_DATA"))
    assert place.owed() == [("hook", "4", 1), ("mail", "4", 1)]


def test_a_lost_wake_up_fails_nothing(place: World) -> None:
    place.client("sqs").delete_queue(QueueUrl=place.environment["WAKE_UPS_URL"])
    assert place.deliver(event())
    assert len(place.owed()) == 3


def test_many_channels_are_woken_in_batches(place: World) -> None:
    names = [f"mail{number}" for number in range(23)]
    place.routing.data["channels"] |= {name: {"type": "email"} for name in names}
    place.routing.data["routes"]["critical"] = names
    assert place.deliver(event())
    assert sorted(place.wake_ups()) == sorted(names)


# -- the inline pass


def test_a_jira_channel_is_served_at_once_after_the_wake_ups(place: World, passes: Passes) -> None:
    assert place.deliver(event())
    assert passes.made == [("tickets", [place.incidents()[0].id])]


@pytest.mark.parametrize(
    "how", [{"receives": 2}, {"left": 1.5}, {"old": True}, {"route": ["mail"]}, {"again": True}], ids=str
)
def test_otherwise_it_is_left_to_the_notifier(
    place: World, passes: Passes, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    place.routing.data["routes"]["critical"] = how.get("route", ["tickets"])
    if "again" in how:
        assert place.deliver(event())
        passes.made.clear()
    if "old" in how:
        monkeypatch.setattr(app, "_now", lambda: AT_10 + 1_000_000)
    if "left" in how:
        monkeypatch.setattr(app, "USUAL_SECONDS", how["left"])
    assert place.deliver(event(), receives=how.get("receives", 1))
    assert passes.made == []
    assert len(place.owed()) == 1


def test_whatever_goes_wrong_in_it_the_message_is_done_with(
    place: World, passes: Passes, caplog: pytest.LogCaptureFixture
) -> None:
    passes.failure = RuntimeError("a-token-that-must-not-be-logged")
    assert place.deliver(event())
    assert len(place.owed()) == 3
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert (warning.message, warning.because) == ("no inline pass", "RuntimeError")  # type: ignore[attr-defined]


# -- what fails


def test_what_cannot_be_committed_waits_longer_each_time_and_then_lies_with_the_reason(place: World) -> None:
    place.client("dynamodb").delete_table(TableName=place.environment["TABLE_NAME"])
    assert not place.deliver(event())
    assert not place.deliver(event(), receives=2)
    waits = [asked["VisibilityTimeout"] for _, o, asked in place.calls if o == "ChangeMessageVisibility"]
    assert waits == [20, 300]
    assert place.deliver(event(), receives=3)
    ((body, reason),) = place.dead_letters()
    assert json.loads(body) == event()
    assert reason.startswith("given up after 3 receives: ResourceNotFoundException")
    assert place.wake_ups() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("not json", "the message is not JSON"),
        ("{}", "nobody handles events of source null"),
        ({"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification"}, "nobody handles events of"),
        (event(alarm="somebody-elses-alarm-prod"), "this build knows no alarm somebody-elses-alarm-prod"),
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
    good, bad = place.record(event(), message="good"), place.record(event(account="333333333333"), message="bad")
    table = app._service().table
    app._service().table = Failing(table, "333333333333")  # type: ignore[assignment]
    assert app.handler({"Records": [good, bad]}, None) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


class Failing:
    """A table that is throttled for one account."""

    def __init__(self, table: Any, account: str) -> None:
        self._table, self._account = table, account

    def load(self, key: Any) -> Any:
        if key.account == self._account:
            raise RuntimeError("ProvisionedThroughputExceededException")
        return self._table.load(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def test_a_muted_alarm_is_looked_at_when_the_window_ends(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mute = {"mutedByArn": "arn:…:alarm-mute-rule:night", "muteWindowEnd": "2026-11-20T11:00:00.000+0000"}
    for _ in range(2):
        assert place.deliver(event(detail={"muteDetail": mute}))
    assert place.owed() == []
    (key,) = place.table().alarms_to_look_at(AT_10 + 3_605_000, 10)
    monkeypatch.setattr(app, "_now", lambda: AT_10 + 3_605_000)
    app._service().look(key, Deadline.after(3))
    assert len(place.owed()) == 3


def test_the_sns_and_the_direct_form_are_decided_too(place: World, passes: Passes) -> None:
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
    assert len(place.incidents()) == 1
    assert [channel for channel, _ in passes.made] == ["tickets"]


def test_a_direct_form_that_fails_raises_so_that_lambda_tries_again(place: World) -> None:
    place.client("dynamodb").delete_table(TableName=place.environment["TABLE_NAME"])
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        app.handler({"accountId": "222222222222", "region": "us-east-1", "alarmData": event()["detail"]}, None)


def test_metrics_of_its_own_are_in_the_log(place: World, capsys: pytest.CaptureFixture[str]) -> None:
    place.deliver("not json")
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert (line["Environment"], line["DeadLettered"]) == ("prod", 1)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert all(name in line for name in (*directive["Dimensions"][0], *(m["Name"] for m in directive["Metrics"])))


def test_initialisation_loads_what_the_first_alarm_needs_and_survives_what_fails(
    place: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(app, "_inline_pass", lambda: loaded.append("inline"))
    monkeypatch.setattr(app, "_warm_inline", loaded.extend)
    app._warm()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
    assert loaded == ["inline", "tickets"]
    assert ("dynamodb", "Query") in {(service, operation) for service, operation, _ in place.calls}
    place.client("dynamodb").delete_table(TableName=place.environment["TABLE_NAME"])
    del place.routing.data["channels"]["tickets"]
    app._warm()
    gc.unfreeze()
    assert loaded == ["inline", "tickets"]
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["not warm"]

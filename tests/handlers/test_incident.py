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
from handlers.incident.table import DueDelivery
from tests.handlers.test_events import DETAIL, EVENT
from tests.handlers.world import NOW, World, moto, stop_clock, world

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

        self.more_due = False

    def __call__(self, channel: str, deadline: Deadline, fresh: Sequence[DueDelivery]) -> bool:
        self.made.append((channel, [due.incident for due in fresh]))
        if self.failure:
            raise self.failure
        return self.more_due


@pytest.fixture
def passes() -> Passes:
    return Passes()


@pytest.fixture
def place(endpoint: str, passes: Passes, monkeypatch: pytest.MonkeyPatch) -> World:
    made = world(endpoint, SPEC, {}, monkeypatch.setenv)
    stop_clock(made, monkeypatch)
    monkeypatch.setattr(app, "_inline_pass", lambda: passes)
    return made


AT_10 = NOW - 1_000


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
        place.now = AT_10 + 1_000_000
    if "left" in how:
        monkeypatch.setattr(app, "USUAL_SECONDS", how["left"])
    assert place.deliver(event(), receives=how.get("receives", 1))
    assert passes.made == []
    assert len(place.owed()) == 1


def test_who_was_woken_during_it_is_woken_again(place: World, passes: Passes) -> None:
    passes.more_due = True
    assert place.deliver(event())
    assert sorted(place.wake_ups()) == ["hook", "mail", "tickets", "tickets"]


def test_whatever_goes_wrong_in_it_the_message_is_done_with(
    place: World, passes: Passes, caplog: pytest.LogCaptureFixture
) -> None:
    passes.failure = RuntimeError("a-token-that-must-not-be-logged")
    assert place.deliver(event())
    assert len(place.owed()) == 3
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert (warning.message, warning.because) == ("inline pass failed", "RuntimeError")  # type: ignore[attr-defined]


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
        ("{}", "no handler for events of source null"),
        ({"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification"}, "no handler for events of"),
        (event(account=None), "account is missing or not a string"),
        (event(detail={"state": None}), "state is missing or not an object"),
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


NOT_OURS = {
    "an alarm that this build does not know": (event(alarm="somebody-elses-alarm-prod"), "UnknownAlarms", 1),
    "the same in an account that the file does not name": (
        event(alarm="theirs-alarm-prod", account="999999999999"),
        "UnknownAlarms",
        0,
    ),
    "a known name in an account that the file does not name": (event(account="999999999999"), "UnknownAlarms", 0),
    "a state change of six minutes later": (event(at="10:06:00"), "RefusedEvents", 0),
    "one of the year 9999": (event(with_={"timestamp": "9999-12-31T23:59:59.000+0000"}), "RefusedEvents", 0),
    "one of long ago": (event(with_={"timestamp": "2026-10-20T10:00:00.000+0000"}), "RefusedEvents", 0),
}


@pytest.mark.parametrize("what", NOT_OURS)
def test_what_is_not_ours_is_counted_at_most_parked_and_never_a_dead_letter(
    place: World, what: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    body, metric, parked = NOT_OURS[what]
    for _ in range(3):
        assert place.deliver(body)
    assert [item["pk"]["S"][:7] for item in place.items()] == ["PARKED#"] * parked
    assert (place.wake_ups(), place.dead_letters()) == ([], [])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [(line["Account"], line[metric]) for line in lines] == [(body["account"], 1)] * 3
    (logged,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert (logged.account, logged.alarm) == (body["account"], body["detail"]["alarmName"])  # type: ignore[attr-defined]


def test_each_unknown_alarm_of_a_named_account_is_parked_by_itself(place: World) -> None:
    for number in range(3):
        for state, at, before in (("ALARM", "10:00:00", "OK"), ("OK", "10:00:01", "ALARM")):
            assert place.deliver(event(state, at, before, alarm=f"theirs-{number}"))
    assert len(place.items()) == 3
    parked = place.table().parked(lambda _alarm: True, 10)
    assert [(one.key.alarm, json.loads(one.body)["detail"]["state"]["value"]) for one in parked] == [
        (f"theirs-{number}", "OK") for number in range(3)
    ]


def test_of_what_is_not_ours_a_line_a_minute_and_account_is_logged(
    place: World, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(9):
        place.now += 20_000
        place.deliver(event(account="999999999999"))
        place.deliver(event(account="888888888888"))
    logged = [record.account for record in caplog.records if record.levelname == "WARNING"]  # type: ignore[attr-defined]
    assert sorted(logged) == ["888888888888"] * 3 + ["999999999999"] * 3


def test_a_forged_future_does_not_close_what_comes_after_it(place: World) -> None:
    assert place.deliver(event("OK", before="ALARM", with_={"timestamp": "9999-01-01T00:00:00.000+0000"}))
    assert place.deliver(event())
    assert [incident.is_open for incident in place.incidents()] == [True]
    assert len(place.owed()) == 3


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


def test_a_muted_alarm_is_looked_at_when_the_window_ends(place: World) -> None:
    mute = {"mutedByArn": "arn:…:alarm-mute-rule:night", "muteWindowEnd": "2026-11-20T11:00:00.000+0000"}
    for _ in range(2):
        assert place.deliver(event(detail={"muteDetail": mute}))
    assert place.owed() == []
    (key,) = place.table().due_alarms(AT_10 + 3_605_000, 10)
    place.now = AT_10 + 3_605_000
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
    place.deliver(event())
    place.deliver("not json")
    opened, dead = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    assert (opened["Environment"], opened["IncidentsOpened"], opened["Latency"]) == ("prod", 1, 1_000)
    assert (dead["Environment"], dead["DeadLettered"]) == ("prod", 1)
    for line in (opened, dead):
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
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["warm-up failed"]

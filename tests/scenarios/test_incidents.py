"""Incidents in tests are those of the incident function's own code: its package, played by drill.core."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from generator.drill.incident_process import CoreFailed, Notification, Play, Result, simulated
from generator.render.routing import routing_json
from generator.workspace import handler_files
from tests.command import obsgen
from tests.support import built, spec

MINUTE = 60_000
ACCOUNT = "222222222222"
ALARM = "errors-alarm-prod"
START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ROUTING = "handlers/incident/routing.json"


@pytest.fixture(scope="module")
def package() -> Mapping[str, bytes]:
    estate = built(spec("alarms: {errors: {severity: high}}")).estates["prod"]
    return {**handler_files(), ROUTING: routing_json(estate)}


EVERYBODY = """
alarms: {errors: {severity: critical}}
channels:
  jira: {type: jira, url: "https://x.atlassian.net", project: OPS, secret: s/j, resolve_on_ok: true,
         priority: {critical: Blocker}}
  team: {type: slack, channel: "#ops", secret: s/t}
  pager: {type: pagerduty, secret: s/p}
routes: {critical: [jira, team, pager], low: [team]}
"""


@pytest.fixture(scope="module")
def everybody() -> Mapping[str, bytes]:
    estate = built(spec(EVERYBODY)).estates["prod"]
    return {**handler_files(), ROUTING: routing_json(estate)}


def event(
    minute: int, state: str, before: str, since: int, alarm: str = "errors-alarm-prod", **more: Any
) -> tuple[int, str]:
    def moment(at: int) -> str:
        return f"2026-01-01T{at // 60:02}:{at % 60:02}:00.000+0000"

    detail = {
        "alarmName": alarm,
        "configuration": {},
        "previousState": {"value": before, "timestamp": moment(since)},
        "state": {"value": state, "timestamp": moment(minute), "reason": "so"},
        **more,
    }
    said = {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "account": ACCOUNT,
        "region": "us-east-1",
        "detail": detail,
    }
    return START + minute * MINUTE, json.dumps(said)


def result(package: Mapping[str, bytes], *events: tuple[int, str], minutes: int = 60, **more: Any) -> Result:
    (found,) = simulated(package, [Play(events, START + minutes * MINUTE, **more)])
    return found


def steps(notifications: Iterable[Notification]) -> list[tuple[int, str, str, str]]:
    return [((one.at - START) // MINUTE, one.channel, one.step, one.severity) for one in notifications]


def kinds(found: Result) -> list[str]:
    return [message.kind for message in found.messages]


def test_an_incident_and_its_repetition(package: Mapping[str, bytes]) -> None:
    events = [event(1, "ALARM", "OK", 0), event(5, "OK", "ALARM", 1), event(9, "ALARM", "OK", 5)]
    end = START + 60 * MINUTE
    first, second = simulated(package, [Play(events, end), Play(events[:1], end)])
    assert steps(first.notifications) == [
        (1, "mail", "open", "high"),
        (5, "mail", "resolve", "high"),
        (9, "mail", "repeat", "high"),
    ]
    assert (len(first.incidents), kinds(first)) == (1, ["message"] * 3)
    assert steps(second.notifications) == [(1, "mail", "open", "high")]
    assert (first.failed, first.unsent) == ((), ())


def test_what_is_muted_is_notified_within_the_minute_after_the_window(package: Mapping[str, bytes]) -> None:
    muted = event(1, "ALARM", "OK", 0, muteDetail={"muteWindowEnd": "2026-01-01T00:30:00.000+0000"})
    assert steps(result(package, muted).notifications) == [(31, "mail", "open", "high")]
    # What the test does not last for is not decided in it.
    assert result(package, muted, minutes=30).notifications == ()


def test_a_duplicate_and_a_late_event_make_one_incident(package: Mapping[str, bytes]) -> None:
    alarm, ok = event(1, "ALARM", "OK", 0), event(5, "OK", "ALARM", 1)
    late = (START + 7 * MINUTE, alarm[1])
    found = result(package, alarm, alarm, ok, late)
    assert steps(found.notifications) == [(1, "mail", "open", "high"), (5, "mail", "resolve", "high")]


def test_what_the_function_cannot_handle_is_no_silence(package: Mapping[str, bytes]) -> None:
    found = result(package, event(1, "ALARM", "OK", 0, alarm="of-nobody"))
    assert found.notifications == ()
    assert "alarm of-nobody is not in this build's routing table" in found.failed[0]
    assert len(result(package, (START, "{")).failed) == 1


def test_pages_tickets_and_messages_are_counted_apart(everybody: Mapping[str, bytes]) -> None:
    events = [event(1, "ALARM", "OK", 0), event(5, "OK", "ALARM", 1), event(9, "ALARM", "OK", 5)]
    found = result(everybody, *events)
    sent = {(m.channel, m.step): m.kind for m in found.messages}
    assert sent == {
        ("jira", "open"): "ticket",
        ("jira", "resolve"): "update",
        ("jira", "repeat"): "update",
        ("pager", "open"): "page",
        ("pager", "resolve"): "update",
        # The alert was resolved, so its trigger pages again.
        ("pager", "repeat"): "page",
        ("team", "open"): "message",
        ("team", "resolve"): "message",
        ("team", "repeat"): "message",
        # Half an hour later nobody has acknowledged it; a pager has reminders of its own.
        ("jira", "reminder"): "update",
        ("team", "reminder"): "message",
    }
    assert {n.priority for n in found.notifications if n.channel == "jira"} == {"Blocker"}


def test_many_at_once_are_listed_and_each_is_known_to_have_been_notified(everybody: Mapping[str, bytes]) -> None:
    alarms = {f"copy-{number}": {"severity": "low", "summary": "x"} for number in range(40)}
    events = [event(1, "ALARM", "OK", 0, alarm=name) for name in alarms]
    storm = result(everybody, *events, alarms=alarms, takes_time=True)
    assert len({n.alarm for n in storm.notifications}) == 40
    # Ten in a minute in one account are incidents of their own, and the others are one.
    assert sorted((one.kind, one.alarms) for one in storm.incidents) == [*[("alone", 1)] * 10, ("storm", 30)]
    routing = json.loads(everybody[ROUTING])
    routing["incidents"]["storm"] = None
    everybody = {**everybody, ROUTING: json.dumps(routing).encode()}
    found = result(everybody, *events, alarms=alarms, takes_time=True)
    assert len({n.alarm for n in found.notifications}) == len(found.incidents) == 40
    assert {n.listed for n in found.notifications} == {True}
    assert kinds(found) == ["digest"]
    assert found.refused["team"] == {}
    assert found == result(everybody, *events, alarms=alarms, takes_time=True)


def test_an_outage_delays_one_channel_only(everybody: Mapping[str, bytes]) -> None:
    hour = (START, START + 60 * MINUTE)
    events = [event(1, "ALARM", "OK", 0), event(30, "OK", "ALARM", 1)]
    found = result(everybody, *events, takes_time=True, outages={"jira": hour})
    waited = {(n.channel, n.step): (n.delivered_at - n.at) // 1000 for n in found.notifications}
    assert all(seconds < 10 for (channel, _), seconds in waited.items() if channel != "jira")
    assert 60 * 59 <= waited["jira", "open"] < 60 * 65
    assert ("jira", "resolve") in waited
    assert found.refused["jira"]["unanswered"] > 5
    assert (found.unsent, found.failed) == ((), ())


def test_code_that_does_not_run_is_an_error(package: Mapping[str, bytes]) -> None:
    broken = {**package, "handlers/incident/service.py": b"import nowhere\n"}
    with pytest.raises(CoreFailed, match="No module named 'nowhere'"):
        result(broken)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ALARM high: *errors-alarm-prod*alpha*", ""),
        ("*Threshold Crossed*", ""),
        ("*OK high*", "expected an incident opened with the text *OK high* at 2m"),
    ],
)
def test_the_text_that_a_channel_is_sent_is_expected(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "observability.yaml").write_text(spec("alarms: {errors: {severity: high}}"), encoding="utf-8")
    given = '{account: alpha, log_group: application, lines: [{at: 1m, text: "[ERROR] no", times: 6}]}'
    expect = f'{{at: 2m, incident: {{alarm: errors, account: alpha, is: opened, text: "{text}"}}}}'
    tests = f"version: 1\ntests: [{{name: one, given: [{given}], expect: [{expect}]}}]\n"
    (tmp_path / "tests.yaml").write_text(tests, encoding="utf-8")

    done = obsgen(tmp_path, "test")

    assert done.returncode == bool(said), done.stdout
    assert said in done.stdout
    assert bool(said) == ("the text ALARM high: errors-alarm-prod" in done.stdout)

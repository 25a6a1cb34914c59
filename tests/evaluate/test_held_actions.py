"""Actions that suppressors and mute rules hold, in a world that is played.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html has the schedules below.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from generator.evaluate.alarms.mute_windows import windows
from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import MuteRuleResource, Unknown
from generator.evaluate.types import AlarmId, Deployed, Published, StateTransition
from tests.evaluate.test_world import ACCOUNT, REGION, composite, metric, metric_alarm

MINUTE, HOUR, DAY = 60, 3600, 86_400
START = 1_767_225_600  # 2026-01-01T00:00:00Z, a Thursday


def played(values: dict[str, list[float]], resources: dict[str, Any], end: int = 20 * MINUTE) -> list[StateTransition]:
    published = [
        Published(metric(name), START, MINUTE, tuple((value,) for value in series)) for name, series in values.items()
    ]
    template = {"Resources": resources}
    return list(simulate([Deployed(template, ACCOUNT, REGION)], published, [], START, START + end).transitions)


def of(transitions: list[StateTransition], name: str) -> list[tuple[int, str, str, int | None]]:
    """Minute, state, what held it, and the minute in which its actions were executed."""
    return [
        (
            (one.at - START) // MINUTE,
            one.after,
            one.suppressed_by,
            None if one.executed is None else (one.executed - START) // MINUTE,
        )
        for one in transitions
        if one.alarm == AlarmId(ACCOUNT, REGION, name)
    ]


def suppressed(wait: int = 120, extension: int = 300) -> dict[str, Any]:
    return {
        "Errors": metric_alarm(AlarmName="errors"),
        "Deploying": metric_alarm(AlarmName="deploying", MetricName="Deploying", Threshold=0),
        "Pay": composite(
            'ALARM("errors")',
            AlarmName="pay",
            ActionsSuppressor="deploying",
            ActionsSuppressorWaitPeriod=wait,
            ActionsSuppressorExtensionPeriod=extension,
        ),
    }


def test_a_suppressor_in_alarm_holds_the_actions_and_the_extension_goes_on_holding() -> None:
    """Deploying from minute 2 to 9, errors from 5 on: held until five minutes after the deployment."""
    values = {"Errors": [0] * 5 + [9] * 15, "Deploying": [0, 0] + [1] * 7 + [0] * 11}
    found = of(played(values, suppressed()), "pay")
    assert found[-1] == (6, "ALARM", "Alarm", 15)


def test_a_wait_without_a_suppressor_delays_the_actions() -> None:
    values = {"Errors": [0] * 5 + [9] * 15, "Deploying": [0] * 20}
    assert of(played(values, suppressed()), "pay")[-1] == (6, "ALARM", "WaitPeriod", 8)


def test_what_ends_before_it_is_executed_never_is() -> None:
    values = {"Errors": [0] * 5 + [9] + [0] * 14, "Deploying": [0] * 20}
    assert of(played(values, suppressed()), "pay")[-2:] == [
        (6, "ALARM", "WaitPeriod", None),
        (7, "OK", "WaitPeriod", 9),
    ]


def test_what_would_be_executed_after_the_end_is_not() -> None:
    values = {"Errors": [0] * 19 + [9], "Deploying": [0] * 20}
    assert of(played(values, suppressed()), "pay")[-1] == (20, "ALARM", "WaitPeriod", None)


def mute_rule(expression: str, duration: str = "PT10M", **more: str) -> MuteRuleResource:
    given = {"time_zone": "UTC", "start": "", "expire": "", **more}
    return MuteRuleResource(ACCOUNT, REGION, "quiet", expression, duration, alarms=("errors",), **given)


def test_a_mute_window_holds_and_what_outlasts_it_is_executed_at_its_end() -> None:
    rule = {
        "Type": "AWS::CloudWatch::AlarmMuteRule",
        "Properties": {
            "Name": "quiet",
            "MuteTargets": {"AlarmNames": ["errors"]},
            "Rule": {"Schedule": {"Expression": "cron(2 0 * * *)", "Duration": "PT10M"}},
        },
    }
    resources = {"Errors": metric_alarm(AlarmName="errors"), "Quiet": rule}
    alarm = played({"Errors": [0] * 5 + [9] * 15}, resources)[-1]
    assert (alarm.after, alarm.at, alarm.muted_until, alarm.executed) == (
        "ALARM",
        START + 6 * MINUTE,
        START + 12 * MINUTE,
        START + 12 * MINUTE,
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 2 * * *)", ["01-01T02:00", "01-02T02:00", "01-03T02:00", "01-04T02:00", "01-05T02:00"]),
        ("cron(0 2 * * SUN)", ["01-04T02:00"]),
        ("cron(0 18 * * FRI)", ["01-02T18:00"]),
        ("cron(0 1 1 * *)", ["01-01T01:00"]),
        ("cron(30 3-5 2 JAN *)", ["01-02T03:30", "01-02T04:30", "01-02T05:30"]),
        ("cron(0 2 ? * SUN)", ["01-04T02:00"]),
        ("cron(0 2 * * 0)", ["01-04T02:00"]),
        ("cron(0 2 * * 7)", ["01-04T02:00"]),
        ("cron(0 2 * * THU#1)", ["01-01T02:00"]),
        ("cron(0 2 * * SAT-MON)", ["01-03T02:00", "01-04T02:00", "01-05T02:00"]),
        ("cron(0 8-18/5 3 * ?)", ["01-03T08:00", "01-03T13:00", "01-03T18:00"]),
        ("cron(10/25 3 4/31 * *)", ["01-04T03:10", "01-04T03:35"]),
        ("cron(0 2 3 * MON)", ["01-03T02:00", "01-05T02:00"]),
        ("cron(0 2 L,2 * *)", ["01-02T02:00"]),
        ("at(2026-01-03T14:00)", ["01-03T14:00"]),
        ("at(2024-05-10T14:00)", []),
    ],
)
def test_schedules(expression: str, expected: list[str]) -> None:
    zone = ZoneInfo("UTC")
    found = windows(mute_rule(expression), START, START + 5 * DAY - 1)
    assert not isinstance(found, Unknown)
    assert [datetime.fromtimestamp(begin, zone).strftime("%m-%dT%H:%M") for begin, _ in found] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 2 L * *)", ["01-31", "02-28", "03-31"]),
        ("cron(0 2 * * FRIL)", ["01-30", "02-27", "03-27"]),
        ("cron(0 2 * * 5#2)", ["01-09", "02-13", "03-13"]),
    ],
)
def test_days_that_are_counted_in_a_month(expression: str, expected: list[str]) -> None:
    found = windows(mute_rule(expression), START, START + 90 * DAY)
    assert not isinstance(found, Unknown)
    assert [datetime.fromtimestamp(begin, ZoneInfo("UTC")).strftime("%m-%d") for begin, _ in found] == expected


def test_a_window_that_began_before_still_counts() -> None:
    found = windows(mute_rule("at(2025-12-31T00:00)", "P2D"), START, START + DAY)
    assert found == ((START - DAY, START + DAY),)


def test_the_time_zone_moves_the_window_and_the_limits() -> None:
    berlin = mute_rule(
        "cron(0 2 * * *)", time_zone="Europe/Berlin", start="2026-01-02T00:00", expire="2026-01-04T00:00"
    )
    found = windows(berlin, START, START + 10 * DAY)
    assert found == tuple((START + day * DAY + HOUR, START + day * DAY + HOUR + 600) for day in (1, 2))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (mute_rule("rate(1 day)"), "no schedule of a mute rule"),
        (mute_rule("cron(0 2 * * ? *)"), "five fields"),
        (mute_rule("cron(0 25 * * *)"), "`25` is no hour"),
        (mute_rule("at(tomorrow)"), "no schedule of a mute rule"),
        (mute_rule("cron(0 2 * * *)", "PT30S"), "no duration"),
        (mute_rule("cron(0 2 * * *)", "P16D"), "no duration"),
        (mute_rule("cron(0 2 * * *)", time_zone="Europe/Nowhere"), "no time zone"),
        (mute_rule("cron(0 2 * * *)", start="soon"), "StartDate"),
    ],
)
def test_what_no_schedule_is(rule: MuteRuleResource, said: str) -> None:
    found = windows(rule, START, START + DAY)
    assert isinstance(found, Unknown)
    assert said in found.reason

"""A new alarm that waits for its data: in the language, in the templates, in words.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from generator.cli.main import group
from generator.findings import dotted
from generator.render.section_words import changes_of
from tests.support import built, spec

GROUPED = """
alarms:
  busy:
    query: SELECT MAX(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId ORDER BY MAX() DESC
    threshold: "> 90"
"""
EVERYTHING = """
defaults: {alarms: {warm_up: 30m}}
alarms:
  timeouts:
    logs: {log_groups: [application], query: filter @message like /timeout/}
    threshold: "> 3"
  lag: {in: hub, over: each-account, metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 3"}
services:
  payments: {type: lambda, function: payments, alarms: {errors: {warm_up: 1h}, throttles: {warm_up: none}}}
canaries:
  shop: {url: "https://shop.example.com"}
  admin: {url: "https://admin.example.com", warm_up: none}
slos:
  orders:
    objective: 99.9
    bad: {namespace: Shop, name: Failed}
    total: {namespace: Shop, name: Calls}
"""


def warm_ups(change: str) -> dict[str, Any]:
    """What the templates say of each alarm."""
    made = built(spec(change), lint=True)
    assert made.artifacts, made.findings
    found = {}
    for template in made.templates["prod"].values():
        for resource in template["Resources"].values():
            if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::LogAlarm"):
                name = resource["Properties"]["AlarmName"]
                found[str(name)] = resource["Properties"].get("WarmUpConfiguration")
    return found


def told(change: str) -> list[tuple[str, str, str]]:
    return [(one.code, dotted(one.path), one.message) for one in built(spec(change)).findings]


@pytest.mark.parametrize(
    ("written", "minutes"), [("1m", 1), ("30m", 30), ("120s", 2), ("2d", 2880), ("none", None), ("0m", None)]
)
def test_an_alarm_warms_up_for_whole_minutes(written: str, minutes: int | None) -> None:
    configured = warm_ups(f"alarms: {{errors: {{warm_up: {written}}}}}")["errors-alarm-prod"]

    assert configured == ({"WarmUpPeriodDurationInMinutes": minutes} if minutes else None)


@pytest.mark.parametrize("written", ["90s", "3d", "2881m", "1w", "soon", "30", "true", "[30m]", "'-5m'"])
def test_what_cloudwatch_would_not_take_is_refused(written: str) -> None:
    findings = built(spec(f"alarms: {{errors: {{warm_up: {written}}}}}")).findings

    assert [(one.code, dotted(one.path)) for one in findings] == [("S03", "alarms.errors.warm_up")]
    assert findings[0].hint


def test_a_default_is_for_every_alarm_of_the_language_that_has_one() -> None:
    found = warm_ups(EVERYTHING)
    minutes = {name: (one or {}).get("WarmUpPeriodDurationInMinutes") for name, one in found.items()}

    half_an_hour = {"errors-alarm-prod", "timeouts-alarm-prod", "shop-canary-alarm-prod", "lag-alpha-alarm-prod"}
    half_an_hour |= {"orders-fast-1h-alarm-prod", "orders-slow-3d-alarm-prod"}
    assert {minutes[name] for name in half_an_hour} == {30}
    assert minutes["payments-errors-alarm-prod"] == 60
    assert minutes["payments-throttles-alarm-prod"] is None
    assert minutes["admin-canary-alarm-prod"] is None
    # What obsgen watches its own path with takes no default: where silence breaches it has a warm-up of its own.
    assert {one for name, one in minutes.items() if name.startswith("path-watch-")} == {None, 15, 120}


def test_an_alarm_on_groups_has_none() -> None:
    """A default passes it by, and one of its own is refused."""
    assert warm_ups("defaults: {alarms: {warm_up: 30m}}" + GROUPED)["busy-alarm-prod"] is None
    (refused,) = [one for one in told(GROUPED + "    warm_up: 30m\n") if one[0] == "R07"]
    assert refused[1:] == (
        "alarms.busy.warm_up",
        "CloudWatch has no warm-up for an alarm on PromQL, or on a query with GROUP BY",
    )
    assert not [one for one in told(GROUPED + "    warm_up: none\n") if one[0] == "R07"]


def test_an_override_cannot_change_it_and_says_so() -> None:
    change = "alarms: {errors: {overrides: [{where: {account: alpha}, warm_up: 30m}]}}"
    (finding,) = built(spec(change)).findings

    assert (finding.code, dotted(finding.path)) == ("S01", "alarms.errors.overrides[0].warm_up")
    assert "set it in the alarm" in finding.hint


def test_the_intention_is_as_it_was_where_there_is_none() -> None:
    for change in ("", "alarms: {errors: {warm_up: none}}"):
        assert b"warm_up" not in built(spec(change)).artifacts["prod/estate.json"]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            "{}",
            "{warm_up: 30m}",
            "a warm-up of 30 minutes where it is re-created (was: no warm-up); existing alarms are not affected",
        ),
        (
            "{warm_up: 30m}",
            "{}",
            "no warm-up where it is re-created (was: a warm-up of 30 minutes); existing alarms are not affected",
        ),
        ("null", "{warm_up: 1h}", "; it has a warm-up of 1 hour"),
    ],
)
def test_a_change_is_told_in_words(before: str, after: str, sentence: str) -> None:
    estates = [
        json.loads(built(spec(f"alarms: {{errors: {change}}}")).artifacts["prod/estate.json"])
        for change in (before, after)
    ]

    assert any(sentence in change.sentence for change in changes_of(*estates))


def test_the_catalogue_and_explain_say_it(tmp_path: Path) -> None:
    text = spec("defaults: {alarms: {warm_up: 30m}}")
    words = "a new alarm waits up to 30 minutes for data and sends no notification meanwhile"
    assert f"- **Warm-up** {words}" in built(text).artifacts["prod/catalogue.md"].decode()

    file = tmp_path / "observability.yaml"
    file.write_text(text)
    output = CliRunner().invoke(group, ["explain", "alarms.errors", "--file", str(file)]).output
    assert f"warm-up: {words}" in output
    assert ["warm_up", "30m", "default"] in [row.split()[:3] for row in output.splitlines()]

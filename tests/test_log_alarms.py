"""Alarms on Logs Insights queries: built, refused, drawn, told in words, and known to whoever deploys."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator.findings import Severity, dotted
from generator.render.deployer_policy import statements
from generator.render.section_words import changes_of
from tests.played import deployed, played
from tests.support import built, spec

MEMBER = "member.template.yaml"
HUB = "hub.template.yaml"
TIMEOUTS = """
alarms:
  timeouts:
    logs: {log_groups: [application], query: filter @message like /timeout/}
    period: 5m
    threshold: "> 3"
"""


def laid(more: str) -> str:
    """The alarm with YAML beside its other keys."""
    return f"{TIMEOUTS}    {more}\n"


def queried(logs: str, alarm: str = 'threshold: "> 3"') -> list[tuple[str, str, str]]:
    """Severity, code and place of what is wrong with an alarm on such logs."""
    findings = built(spec(f"alarms: {{slow: {{logs: {{log_groups: [application], {logs}}}, {alarm}}}}}")).findings
    return [(one.severity.value, one.code, dotted(one.path)) for one in findings]


def resources(change: str, file: str = MEMBER) -> dict[str, Any]:
    made: dict[str, Any] = built(spec(change)).templates["prod"][file]["Resources"]
    return made


def test_cloudformation_takes_it() -> None:
    overrides = 'overrides: [{where: {account: beta}, threshold: "> 9", period: 1m, datapoints: 2 of 3, severity: low}]'

    assert built(spec(laid(overrides)), lint=True).findings == []


def test_every_run_looks_at_the_period_that_ended_a_delay_ago() -> None:
    query = resources(TIMEOUTS)["AlarmTimeouts"]["Properties"]["ScheduledQueryConfiguration"]

    start, end = (query["ScheduleConfiguration"][f"{which}TimeOffset"] for which in ("Start", "End"))
    assert (query["ScheduleConfiguration"]["ScheduleExpression"], start - end, end) == ("rate(5 minutes)", 300, 60)


def test_an_account_that_looks_more_often_looks_at_less_of_the_log() -> None:
    made = built(spec(laid("overrides: [{where: {account: beta}, period: 1m}]")))

    manifest = yaml.safe_load(made.artifacts["prod/manifest.yaml"])
    text = json.dumps(manifest)
    assert '"AlarmTimeoutsScheduleExpression": "rate(1 minute)"' in text
    assert '"AlarmTimeoutsStartTimeOffset": "120"' in text


def test_the_role_reads_the_log_groups_of_its_side_and_no_others() -> None:
    change = """
log_groups: {other: {name: /other}, gateway: {name: /gateway, in: hub}}
alarms:
  timeouts: {logs: {log_groups: [application]}, threshold: "> 3"}
  refused: {in: hub, logs: {log_groups: [gateway]}, threshold: "> 3"}
"""
    in_members, in_hub = (json.dumps(resources(change, file)["LogAlarmRole"]) for file in (MEMBER, HUB))

    assert "/aws/application/prod" in in_members
    assert "/gateway" in in_hub
    assert not any(name in in_members for name in ("/other", "/gateway"))
    assert not any(name in in_hub for name in ("/other", "/aws/application"))


def test_without_alarms_on_logs_there_is_no_role() -> None:
    assert "LogAlarmRole" not in resources("")
    assert "LogAlarmRole" not in resources(TIMEOUTS, HUB)


@pytest.mark.parametrize(
    "logs",
    [
        "aggregate: sum(ms) / count(*)",
        "query: 'filter @message like /a | stats b/'",
        "query: stats count(*) as n by host, aggregate: max(n)",
        "query: 'stats count(*) as n by host'",
        "query: 'stats max(ms) as m | fields m / 1000 as seconds', aggregate: max(seconds)",
        "query: filter ispresent(ms) | limit 20, aggregate: 'pct(ms, 99)'",
    ],
)
def test_what_cloudwatch_can_compare_is_let_through(logs: str) -> None:
    assert queried(logs) == []


@pytest.mark.parametrize(
    ("logs", "alarm", "severity", "place"),
    [
        ("query: stats count(*) as n", 'threshold: "> 3"', "error", "logs.query"),
        ("query: stats max(ms) as m, aggregate: max(n)", 'threshold: "> 3"', "error", "logs.aggregate"),
        ("aggregate: stats count(*)", 'threshold: "> 3"', "error", "logs.aggregate"),
        ("aggregate: ms", 'threshold: "> 3"', "error", "logs.aggregate"),
        ("aggregate: count(*) by host", 'threshold: "> 3"', "warning", "logs.aggregate"),
        ("query: limit 3", 'threshold: "> 3"', "error", "logs.query"),
        ("window: 1m", 'threshold: "> 3", period: 5m', "warning", "logs.window"),
        ("window: 30d", 'threshold: "> 3"', "error", "logs"),
        ("delay: 30d", 'threshold: "> 3"', "error", "logs"),
    ],
)
def test_what_compares_nothing_is_told(logs: str, alarm: str, severity: str, place: str) -> None:
    assert queried(logs, alarm) == [(severity, "T35", f"alarms.slow.{place}")]


@pytest.mark.parametrize("alarm", ['threshold: "> 3", period: 30s', 'threshold: "> 3", datapoints: 1 of 101'])
def test_a_query_runs_every_so_many_minutes_and_a_hundred_results_are_kept(alarm: str) -> None:
    assert queried("query: filter x = 1", alarm) == [("error", "T35", "alarms.slow")]


def test_days_of_runs_are_no_window_of_a_metric() -> None:
    assert queried("query: filter x = 1", 'threshold: "> 3", period: 1d, datapoints: 1 of 30') == []


def test_an_alarm_on_logs_scales_nothing() -> None:
    action = "arn:aws:autoscaling:us-east-1:222222222222:scalingPolicy:x"

    told = queried("query: filter x = 1", f'threshold: "> 3", actions: ["{action}"]')

    assert told == [("error", "T35", "alarms.slow.actions[0]")]


@pytest.mark.parametrize("more", ["statistic: Sum", "minimum_traffic: {metric: {filter: errors}, at_least: 3}"])
def test_what_logs_do_not_go_with(more: str) -> None:
    assert {one.code for one in built(spec(laid(more))).findings} == {"R07"}


def test_a_hub_alarm_is_one_for_all() -> None:
    change = """
log_groups: {gateway: {name: /gateway, in: hub}}
alarms:
  refused:
    in: hub
    logs: {log_groups: [gateway]}
    threshold: "> 3"
    overrides: [{where: {account: beta}, threshold: "> 9"}]
"""
    assert [(one.code, dotted(one.path)) for one in built(spec(change)).findings] == [
        ("R07", "alarms.refused.overrides[0].where")
    ]


def test_a_row_draws_its_value_over_time_and_the_overview_leaves_it_out() -> None:
    row = "dashboards: {overview: auto, own: {widgets: [{type: row, title: Logs, metrics: [timeouts]}]}}"
    made = resources(TIMEOUTS + row, HUB)

    own, overview = (json.dumps(made[key]) for key in ("DashboardOwn", "DashboardOverview"))
    assert "filter @message like /timeout/ | stats count(*) by bin(300s)" in own
    assert "/timeout/" not in overview


def test_a_graph_of_metrics_does_not_take_it() -> None:
    graph = "dashboards: {own: {widgets: [{type: metric, title: Logs, metrics: [timeouts]}]}}"

    assert "R07" in {one.code for one in built(spec(TIMEOUTS + graph)).findings}


def test_a_change_of_its_query_is_told_in_words() -> None:
    texts = (TIMEOUTS, TIMEOUTS.replace("/timeout/", "/late/"))
    before, after = (json.loads(built(spec(text)).artifacts["prod/estate.json"]) for text in texts)

    (change,) = changes_of(before, after)
    assert "measures count(*) of filter @message like /late/ in application" in change.sentence


def test_who_deploys_may_make_its_query_and_hand_on_its_role() -> None:
    without, allowed = (
        {
            action
            for one in statements([built(spec(change)).templates["prod"][MEMBER]], "222222222222", "us-east-1", "aws")
            for action in one["Action"]
        }
        for change in ("", TIMEOUTS)
    )
    wanted = {"cloudwatch:PutLogAlarm", "logs:CreateScheduledQuery", "logs:DeleteScheduledQuery", "iam:PassRole"}

    assert wanted <= allowed
    assert not {"cloudwatch:PutLogAlarm", "logs:CreateScheduledQuery"} & without


def test_a_composite_may_stand_on_it() -> None:
    change = TIMEOUTS + "composites: {shop-down: {rule: timeouts and errors, severity: critical}}"

    assert [one for one in built(spec(change)).findings if one.severity is Severity.ERROR] == []


def test_offline_it_is_unknown_and_nothing_is_made_up() -> None:
    seen = played(deployed(TIMEOUTS), lasts=600)

    reasons = {alarm.name: reason for alarm, reason in seen.unknown.items()}
    assert reasons["timeouts-alarm-prod"] == "a Logs Insights query is answered by CloudWatch Logs only"
    assert not [one for one in seen.transitions if one.alarm.name == "timeouts-alarm-prod"]


def test_its_name_is_one_that_is_routed_and_its_severity_is_a_tag() -> None:
    made = resources(TIMEOUTS)["AlarmTimeouts"]["Properties"]

    assert made["AlarmName"] == "timeouts-alarm-prod"
    assert {"Key": "severity", "Value": "medium"} in made["Tags"]

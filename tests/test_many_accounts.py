"""What grows with the number of accounts, found by building the shipped file with many and with twice as many.

docs/scale.md lists the same places. Whoever makes another place grow has to say why, here and there.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench.many_accounts import built, sizes, with_accounts
from generator.build import Built
from generator.findings import Severity

ROOT = Path(__file__).parent.parent
# Above every threshold at which naming accounts ends: 100 lines and heartbeats, 500 accounts in a policy.
SOME, MORE = 600, 1_000
# The number of accounts is in some fifty lines of the catalogue, and has a digit and a comma more.
DIGITS = 300
# What has to know every account, and the most characters for each. Nothing of it is in a template.
GROWING = {
    "out/prod/manifest.yaml": 30,
    "out/prod/estate.json": 190,
    "package agents handlers/events/settings.json": 55,
    "package api handlers/events/settings.json": 55,
    "package compliance handlers/compliance/rules.json": 75,
    "package events handlers/events/settings.json": 55,
    "package incident handlers/incident/routing.json": 60,
    "package reports handlers/events/settings.json": 55,
}


@pytest.fixture(scope="module")
def many() -> tuple[Built, Built]:
    return built(with_accounts(SOME)), built(with_accounts(MORE))


def test_nothing_else_grows_with_accounts(many: tuple[Built, Built]) -> None:
    some, more = (sizes(made) for made in many)
    grown = {name: more[name] - some.get(name, 0) for name in more if more[name] > some.get(name, 0) + DIGITS}
    named = {name for name in grown if re.sub(r"\d+$", "", name) == "hub.template.yaml Resources HeartbeatsOf"}
    assert grown.keys() - named == GROWING.keys()
    for name, most in GROWING.items():
        assert grown[name] <= most * (MORE - SOME), name
    # Of a thing that is called after the number there is one before and one after.
    assert len(named) == 1 and not more.keys() & {f"hub.template.yaml Resources HeartbeatsOf{SOME}"}


def test_a_page_lists_what_grows() -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for name in GROWING:
        assert f"`{name.rpartition('/')[2]}`" in page, name


def test_the_shipped_file_builds_with_them_without_a_finding(many: tuple[Built, Built]) -> None:
    for made in many:
        assert made.artifacts
        assert [finding.message for finding in made.findings if finding.severity is Severity.ERROR] == []
        assert len(made.artifacts["prod/hub.template.yaml"]) < 400_000


def test_accounts_stay_named_as_long_as_they_are_few() -> None:
    """Up to a hundred each has an alarm on its own silence and a line in every graph; the next one has neither."""
    for count, own, fleet in ((100, 100, 0), (101, 0, 2)):
        hub = built(with_accounts(count)).templates["prod"]["hub.template.yaml"]["Resources"]
        kinds = [one["Type"] for name, one in hub.items() if name.startswith("Heartbeat")]
        assert kinds.count("AWS::CloudWatch::Alarm") == own
        assert kinds.count("AWS::CloudWatch::LogAlarm") == fleet


def test_the_reader_is_bounded_by_the_organization(many: tuple[Built, Built]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html: aws:ResourceOrgID"""
    role = many[0].templates["prod"]["hub.template.yaml"]["Resources"]["MonitoringReaderRole"]
    (assumes,) = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert assumes["Resource"] == ["arn:aws:iam::*:role/MonitoringRole-*"]
    assert assumes["Condition"] == {"StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}


def test_an_alarm_over_more_than_ten_accounts_is_a_query() -> None:
    """Metrics Insights in a monitoring account asks every linked account and itself, so the hub is left out."""
    (query,) = _errors_everywhere(11)
    assert query["Expression"] == (
        'SELECT SUM("ApplicationErrors-prod") FROM SCHEMA("CustomMetrics/Application")'
        " WHERE AWS.AccountId != '111111111111'"
    )
    assert query["Period"] == 300
    assert len(_errors_everywhere(10)) == 11


def _errors_everywhere(accounts: int) -> list[dict[str, object]]:
    hub = built(with_accounts(accounts)).templates["prod"]["hub.template.yaml"]["Resources"]
    metrics: list[dict[str, object]] = hub["AlarmErrorsEverywhere"]["Properties"]["Metrics"]
    return metrics


def test_a_rule_reads_the_log_groups_of_all_linked_accounts_by_name(many: tuple[Built, Built]) -> None:
    rule = many[0].templates["prod"]["hub.template.yaml"]["Resources"]["InsightEdgeThrottling"]["Properties"]
    assert json.loads(rule["RuleBody"])["LogGroupARNs"] == ["arn:aws:logs:us-east-1:*:log-group:/payments/edge/prod"]


def test_the_worst_accounts_are_drawn_by_a_query(many: tuple[Built, Built]) -> None:
    """Metrics Insights processes 10,000 metrics, a search finds 500, and a graph takes one query."""
    hub = many[0].templates["prod"]["hub.template.yaml"]["Resources"]
    body = json.loads(hub["DashboardPayments"]["Properties"]["DashboardBody"])
    (graph,) = [one for one in body["widgets"] if one["properties"].get("title") == "Errors by account"]
    ((row,),) = graph["properties"]["metrics"]
    assert row["expression"] == (
        'SELECT SUM("ApplicationErrors-prod") FROM SCHEMA("CustomMetrics/Application")'
        " WHERE AWS.AccountId != '111111111111' GROUP BY AWS.AccountId ORDER BY SUM() DESC LIMIT 25"
    )
    queries = [
        sum("SELECT " in str(row[0].get("expression", "")) for row in one["properties"].get("metrics", []))
        for name, resource in hub.items()
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
        for one in json.loads(resource["Properties"]["DashboardBody"])["widgets"]
        if all(isinstance(row[0], dict) for row in one["properties"].get("metrics", []))
    ]
    assert max(queries) == 1


def test_members_of_units_have_their_silence_watched_and_named_ones_have_alarms_of_their_own() -> None:
    text = with_accounts(3).replace(
        "regions: [us-east-1]", "organizational_units: [ou-ab12-cdefgh34]\nregions: [us-east-1]", 1
    )
    hub = built(text).templates["prod"]["hub.template.yaml"]["Resources"]
    assert not [name for name in hub if name.startswith("HeartbeatsOf")]
    query = hub["HeartbeatsStopped"]["Properties"]["ScheduledQueryConfiguration"]["QueryString"]
    assert 'account not in ["222222222222", "333333333333", "444444444444"]' in query
    assert (
        sum(one["Type"] == "AWS::CloudWatch::Alarm" for name, one in hub.items() if name.startswith("Heartbeat")) == 3
    )


def _patterns(text: str) -> list[str]:
    hub = built(text).templates["prod"]["hub.template.yaml"]["Resources"]
    return [one["Properties"]["FilterPattern"] for name, one in hub.items() if name.startswith("HeartbeatFilter")]


def _with_units(accounts: int) -> str:
    units = "organizational_units: [ou-ab12-cdefgh34]\nregions: [us-east-1]"
    return with_accounts(accounts).replace("regions: [us-east-1]", units, 1)


def test_only_members_with_an_alarm_each_are_counted_as_metrics() -> None:
    """CloudWatch Logs may disable a metric filter that makes 1,000 pairs of dimensions in an hour:
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
    Units bring any number of members, and of those that are disabled together every named one would be told as silent.
    """
    assert _patterns(with_accounts(3)) == ['{ $.source = "aws.events" }']
    named = ("222222222222", "333333333333", "444444444444")
    whose = " || ".join(f'$.account = "{number}"' for number in named)
    assert _patterns(_with_units(3)) == [f'{{ $.source = "aws.events" && ({whose}) }}']
    many = _patterns(_with_units(100))
    assert len(many) == 4
    assert max(map(len, many)) <= 1_024
    assert "".join(many).count("$.account = ") == 100
    assert _patterns(with_accounts(101)) == []


def test_a_query_of_a_log_alarm_has_room_for_its_aggregation() -> None:
    """CloudWatch applies the aggregation after the query, and Logs Insights takes two `stats`:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
    """
    hub = built(with_accounts(101)).templates["prod"]["hub.template.yaml"]["Resources"]
    queries = [one["Properties"]["ScheduledQueryConfiguration"] for name, one in hub.items() if _is_on_silence(name)]
    assert [(one["QueryString"].count("| stats "), one["AggregationExpression"]) for one in queries] == [
        (1, "count(*)"),
        (1, "count(*)"),
    ]


def _is_on_silence(name: str) -> bool:
    return name.startswith(("HeartbeatsStopped", "HeartbeatsOf"))


def test_members_of_units_do_not_stand_in_for_named_ones() -> None:
    """The second alarm counts by id; where a query has no room for the ids, there is none."""
    hub = built(_with_units(150)).templates["prod"]["hub.template.yaml"]["Resources"]
    query = hub["HeartbeatsOf150"]["Properties"]["ScheduledQueryConfiguration"]["QueryString"]
    assert query.count('"500000000') == 147
    assert len(query) <= 10_000
    hub = built(_with_units(501)).templates["prod"]["hub.template.yaml"]["Resources"]
    assert [name for name in hub if _is_on_silence(name)] == ["HeartbeatsStopped"]

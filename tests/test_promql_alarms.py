"""Alarms on PromQL: what a query has to have, what is in each account, and what texts say of it."""

from __future__ import annotations

import json

import pytest

from generator.evaluate.promql import finds_missing_data, keeps_every_series, promql_problem, selects_series
from generator.render.section_words import changes_of
from generator.render.words import condition_in_words, signal_in_words
from tests.support import built, spec

# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.PromQLAlarmProps.html
LATENCY = "histogram_quantile(0.99, rate(http_request_duration_seconds_bucket[5m])) > 0.5"
ALARMS = """
alarms:
  errors: null
  slow:
    promql: {query: "%s or absent(up)", pending: 5m, recovery: 10m}
    severity: high
    overrides: [{where: {account: beta}, severity: low}, {where: {account: gamma}, enabled: false}]
"""


@pytest.mark.parametrize(
    "query",
    [
        LATENCY,
        '{"http.server.duration", "@resource.service.name"=~"(cart|pay"} > 3',
        "sum by (code) (rate(x[5m])) > 1 # ) in a note",
        "a{b='it\\'s }'} unless on (b) c",
        'a{b="#"} == 0',
        "(a > 1) and (b[5m:1m] offset 1d)",
    ],
)
def test_a_query_that_is_well_formed(query: str) -> None:
    assert promql_problem(query) is None
    assert keeps_every_series(query) is None


@pytest.mark.parametrize(
    ("query", "position", "says"),
    [
        ("rate(a[5m) > 1", 9, "closes `[`"),
        ("a > 1)", 5, "no opening"),
        ("sum(a{b=~'[('}", 3, "is not closed"),
        ('a{b="x}', 4, "is not closed"),
        (" \n# a > 1", 0, "is empty"),
    ],
)
def test_where_a_query_is_malformed(query: str, position: int, says: str) -> None:
    problem = promql_problem(query)
    assert problem and (problem.position, says in problem.message) == (position, True), problem


@pytest.mark.parametrize(
    ("query", "selects", "absent"),
    [
        ("a > 1", True, False),
        ('a{b!="x"}', False, False),
        ('a{b="> 1 absent(x)"}', False, False),
        ("absent(a)", True, True),
        ("a == 0 or absent_over_time(a[5m])", True, True),
        ("a unless b", True, False),
        ("sum(a) by (absents)", False, False),
        # Each series of `a` breaches for ever, although absent() leaves some out.
        ("a or absent(a)", False, True),
        ("absent(a) or sum by (or) (a)", False, True),
        ("(a or b) > 1 or absent(a)", True, True),
        ("sum(a) or vector(0)", False, False),
    ],
)
def test_what_a_query_finds(query: str, selects: bool, absent: bool) -> None:
    assert (selects_series(query), finds_missing_data(query)) == (selects, absent)


def test_a_bool_is_found_behind_a_comparison_only() -> None:
    assert keeps_every_series("a >  bool 1") == 5
    assert keeps_every_series("bool > 1") is None


def test_accounts_differ_in_severity_and_in_nothing_else() -> None:
    made = built(spec(ALARMS % LATENCY))
    assert made.artifacts, made.findings
    (alarm,) = made.estates["prod"].alarms
    assert {(variant.account, variant.tuning.severity, variant.tuning.enabled) for variant in alarm.variants} == {
        ("beta", "low", True),
        ("gamma", "high", False),
    }
    template = made.templates["prod"]["member.template.yaml"]
    assert sorted(name for name in template["Parameters"] if name.startswith("AlarmSlow")) == [
        "AlarmSlowEnabled",
        "AlarmSlowSeverity",
    ]
    assert set(template["Resources"]["AlarmSlow"]["Properties"]) == {
        *("AlarmName", "AlarmDescription", "EvaluationCriteria", "EvaluationInterval", "Tags"),
    }


def test_defaults_of_alarms_do_not_reach_it() -> None:
    defaults = 'defaults: {alarms: {threshold: "> 5", period: 5m, datapoints: 2 of 3, statistic: Sum, warm_up: 30m}}\n'
    plain, with_defaults = (
        built(spec(text)).templates["prod"] for text in (ALARMS % LATENCY, defaults + ALARMS % LATENCY)
    )
    names = ("member.template.yaml", "AlarmSlow")
    assert plain[names[0]]["Resources"][names[1]] == with_defaults[names[0]]["Resources"][names[1]]


def test_catalogue_and_diff_say_when_it_fires() -> None:
    (alarm,) = built(spec(ALARMS % LATENCY)).estates["prod"].alarms
    assert condition_in_words(alarm.tuning, alarm) == "the PromQL query finds a series; missing data: breaching"
    assert signal_in_words(alarm.signal).endswith(
        "or absent(up), evaluated every 1 minute, pending 5 minutes, recovery 10 minutes"
    )
    sides = [
        json.loads(built(spec(text)).artifacts["prod/estate.json"])
        for text in (ALARMS % LATENCY, ALARMS.replace("pending: 5m", "pending: 1m") % LATENCY)
    ]
    (sentence,) = [change.sentence for change in changes_of(*sides) if change.area == "alarms"]
    assert "pending 1 minute" in sentence.split(" instead of ")[0]
    new = [change.sentence for change in changes_of(json.loads(built(spec()).artifacts["prod/estate.json"]), sides[1])]
    assert any("fires when the PromQL query is true of a series" in text for text in new)

"""Truth rules beyond their own examples: the cases that an example has no room for."""

from __future__ import annotations

import pytest

from generator.findings import Severity, dotted
from tests.support import built, codes, spec

OTHER = "lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: '> 1'}"


def told(change: str, code: str) -> list[str]:
    return [f"{dotted(f.path)}: {f.message}" for f in built(spec(change)).findings if f.code == code]


@pytest.mark.parametrize(
    ("children", "rule"),
    [
        (101, " or ".join(f"a-{n}" for n in range(101))),
        (1, " and ".join(["(a-0 or a-0)"] * 130)),
    ],
)
def test_a_composite_over_the_limits_is_refused(children: int, rule: str) -> None:
    alarms = "".join(
        f"  a-{n}: {{metric: {{filter: errors}}, statistic: Sum, threshold: '> {n}'}}\n" for n in range(children)
    )
    assert "T11" in codes(spec(f"alarms:\n{alarms}composites: {{down: {{rule: {rule}}}}}"))


def test_an_example_that_must_not_match_is_tried_too() -> None:
    (message,) = told("metric_filters: {errors: {examples: {ignore: ['x [ERROR] y']}}}", "T01")
    assert message.startswith("metric_filters.errors.examples.ignore[0]: the pattern")


def test_a_field_gets_a_did_you_mean() -> None:
    change = "metric_filters: {errors: {pattern: '[t, level = ERROR, duration]', metric: {value: $durtion}}}"
    (finding,) = [f for f in built(spec(change)).findings if f.code == "T04"]
    assert finding.hint == "Did you mean `duration`?"


@pytest.mark.parametrize(("name", "hint"), [("5xxErrors", "5XXError"), ("5xxError", "5XXError")])
def test_a_metric_in_the_wrong_case_gets_the_right_one(name: str, hint: str) -> None:
    metric = f"{{filter: null, namespace: AWS/ApiGateway, name: {name}, dimensions: {{ApiName: shop}}}}"
    (finding,) = [f for f in built(spec(f"alarms: {{errors: {{metric: {metric}}}}}")).findings if f.code == "T06"]
    assert finding.hint == f"Did you mean `{hint}`?"


def test_a_namespace_nobody_has_heard_of_is_left_alone() -> None:
    metric = "{filter: null, namespace: AWS/SomethingNew, name: Errors}"
    assert not codes(spec(f"alarms: {{errors: {{metric: {metric}}}}}")) & {"T06", "T07"}


def test_a_long_window_of_short_periods_is_refused_and_of_long_ones_is_not() -> None:
    assert "T09" in codes(spec("alarms: {errors: {period: 5m, datapoints: 289 of 289}}"))
    assert "T09" not in codes(spec("alarms: {errors: {period: 5m, datapoints: 288 of 288}}"))
    assert "T09" not in codes(spec("alarms: {errors: {period: 1h, datapoints: 168 of 168}}"))
    assert "T09" in codes(spec("alarms: {errors: {period: 1h, datapoints: 169 of 169}}"))


def test_a_window_that_one_account_gets_is_looked_at_too() -> None:
    change = "alarms: {errors: {overrides: [{where: {account: beta}, period: 90s}]}}"
    assert told(change, "T09") == ["alarms.errors.overrides[0].period: CloudWatch has no period of 90 seconds"]


def test_a_composite_of_one_alarm_is_a_warning() -> None:
    (finding,) = [f for f in built(spec("composites: {echo: {rule: errors}}")).findings if f.code == "T12"]
    assert finding.severity is Severity.WARNING


def test_the_negation_of_an_alarm_that_is_off_can_be_true() -> None:
    change = f"alarms: {{errors: {{enabled: false}}, {OTHER}}}\ncomposites: {{down: {{rule: lag and not errors}}}}"
    assert "T12" not in codes(spec(change))


def test_an_action_of_a_composite_on_the_topic_is_refused_too() -> None:
    action = "['arn:aws:sns:us-east-1:111111111111:monitoring-alerts-prod']"
    change = f"alarms: {{{OTHER}}}\ncomposites: {{down: {{rule: errors and lag, actions: {action}}}}}"
    assert told(change, "T13")[0].startswith("composites.down.actions: CloudWatch cannot publish to this topic")


def test_a_topic_of_somebody_else_is_their_business() -> None:
    assert "T13" not in codes(spec("alarms: {errors: {actions: ['arn:aws:sns:us-east-1:111111111111:elsewhere']}}"))


def test_insights_over_members_logs_need_shared_logs() -> None:
    change = "access: {sharing: [metrics]}\ncontributor_insights: {c: {log_group: application, keys: [$.c]}}"
    assert told(change, "T16")[0].startswith("contributor_insights.c.log_group")


@pytest.mark.parametrize("threshold", ["< 0", "<= -1", ">= 0", "> -1"])
def test_a_count_is_never_below_nothing(threshold: str) -> None:
    assert "T23" in codes(spec(f"alarms: {{errors: {{threshold: '{threshold}'}}}}"))

"""Truth rules beyond their own examples: the cases that an example has no room for."""

from __future__ import annotations

import pytest
import yaml

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
    assert finding.hint == "did you mean `duration`?"


@pytest.mark.parametrize(("name", "hint"), [("5xxErrors", "5XXError"), ("5xxError", "5XXError")])
def test_a_metric_in_the_wrong_case_gets_the_right_one(name: str, hint: str) -> None:
    metric = f"{{filter: null, namespace: AWS/ApiGateway, name: {name}, dimensions: {{ApiName: shop}}}}"
    (finding,) = [f for f in built(spec(f"alarms: {{errors: {{metric: {metric}}}}}")).findings if f.code == "T06"]
    assert finding.hint == f"did you mean `{hint}`?"


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
    assert told(change, "T09") == [
        "alarms.errors.overrides[0].period: a period of 90 seconds is not 10, 20, 30 or a multiple of 60"
    ]


def test_a_composite_of_one_alarm_is_a_warning() -> None:
    (finding,) = [f for f in built(spec("composites: {echo: {rule: errors}}")).findings if f.code == "T12"]
    assert finding.severity is Severity.WARNING


def test_the_negation_of_an_alarm_that_is_off_can_be_true() -> None:
    change = f"alarms: {{errors: {{enabled: false}}, {OTHER}}}\ncomposites: {{down: {{rule: lag and not errors}}}}"
    assert "T12" not in codes(spec(change))


def test_an_action_of_a_composite_on_the_topic_is_refused_too() -> None:
    action = "['arn:aws:sns:us-east-1:111111111111:monitoring-alerts-prod']"
    change = f"alarms: {{{OTHER}}}\ncomposites: {{down: {{rule: errors and lag, actions: {action}}}}}"
    assert told(change, "T13")[0].startswith("composites.down.actions[0]: CloudWatch cannot publish to this topic")


def test_a_topic_of_somebody_else_is_their_business() -> None:
    assert "T13" not in codes(spec("alarms: {errors: {actions: ['arn:aws:sns:us-east-1:111111111111:elsewhere']}}"))


def test_insights_over_members_logs_need_shared_logs() -> None:
    change = "access: {sharing: [metrics]}\ncontributor_insights: {c: {log_group: application, keys: [$.c]}}"
    assert told(change, "T16")[0].startswith("contributor_insights.c.log_group")


@pytest.mark.parametrize("threshold", ["< 0", "<= -1", ">= 0", "> -1"])
def test_a_count_is_never_below_nothing(threshold: str) -> None:
    assert "T23" in codes(spec(f"alarms: {{errors: {{threshold: '{threshold}'}}}}"))


def test_a_rule_is_measured_as_it_is_written_and_not_by_the_longest_state() -> None:
    keys = [f"{'x' * 50}-{n:02}" for n in range(99)]
    alarms = "".join(f"  {key}: {{metric: {{filter: errors}}, statistic: Sum, threshold: '> 5'}}\n" for key in keys)
    change = f"alarms:\n{alarms}composites: {{down: {{rule: {' or '.join(keys)}}}}}"
    (rule,) = [
        found["Properties"]["AlarmRule"]["Fn::Sub"]
        for found in built(spec(change)).templates["prod"]["member.template.yaml"]["Resources"].values()
        if found["Type"] == "AWS::CloudWatch::CompositeAlarm"
    ]
    assert rule.count("ALARM(") == 99
    assert "T11" not in codes(spec(change)), "8,000 characters, though INSUFFICIENT_DATA would have made 10,300"


@pytest.mark.parametrize(
    ("name", "hint"), [("errors", "did you mean `Errors`?"), ("Error", "did you mean `Errors`?"), ("Erors", "…")]
)
def test_a_slip_in_the_name_of_an_own_metric_is_a_warning(name: str, hint: str) -> None:
    change = f"alarms: {{errors: {{metric: {{filter: null, namespace: Shop, name: {name}}}}}}}"
    (finding,) = [f for f in built(spec(change)).findings if f.code == "T08"]
    assert finding.severity is Severity.WARNING
    assert hint in ("…", finding.hint)


@pytest.mark.parametrize(("name", "filtered"), [("Orders", "Errors"), ("Count4xx", "Count5xx"), ("Lag", "Errors")])
def test_a_metric_of_its_own_is_no_slip(name: str, filtered: str) -> None:
    change = f"metric_filters: {{errors: {{metric: {{name: {filtered}}}}}}}\nalarms: {{errors: {{metric: "
    assert "T08" not in codes(spec(f"{change}{{filter: null, namespace: Shop, name: {name}}}}}}}"))


def test_an_alarm_on_a_filter_of_the_hub_looks_at_the_wrong_side() -> None:
    change = "log_groups: {hub: {name: '/hub/{environment}', in: hub}}\nmetric_filters: {errors: {log_group: hub}}"
    (message,) = told(change, "T08")
    assert message.startswith("alarms.errors.metric: the filter `errors` counts in a log group of the hub")


@pytest.mark.parametrize("dimensions", ["null", "{Service: pay, Zone: a}"])
def test_dimensions_of_an_own_metric_are_those_of_its_filter(dimensions: str) -> None:
    counted = "{pattern: '{ $.level = 1 }', metric: {default: null, dimensions: {Service: $.service}}}"
    change = f"metric_filters: {{errors: {counted}}}\nalarms: {{errors: {{metric: {{dimensions: {dimensions}}}}}}}"
    assert "expected the dimensions of filter `errors` (Service), got" in told(change, "T08")[0]


def test_a_short_period_that_one_account_gets_is_told_at_the_override() -> None:
    change = "alarms: {errors: {overrides: [{where: {account: beta}, period: 10s}]}}"
    assert told(change, "T10")[0].startswith(
        "alarms.errors.overrides[0].period: Shop Errors is published once a minute"
    )


def test_a_short_period_on_a_metric_of_ones_own_is_fine() -> None:
    assert "T10" not in codes(spec("alarms: {errors: {metric: {filter: null, namespace: Shop, name: L}, period: 10s}}"))


def test_the_topic_of_another_environment_has_the_same_key() -> None:
    action = "['arn:aws:sns:us-east-1:111111111111:monitoring-alerts-test']"
    change = f"environments: [prod, test]\naccess: {{owned_by: prod}}\nalarms: {{errors: {{actions: {action}}}}}"
    assert told(change, "T13")[0].startswith("alarms.errors.actions[0]: CloudWatch cannot publish")


@pytest.mark.parametrize(
    ("statistic", "period", "wanted"),
    [
        ("p99.9", "1m", True),
        ("p99.9", "5m", False),
        ("p99", "30s", True),
        ("p99", "1m", False),
        ("p95", "10s", False),
        ("p100", "10s", False),
    ],
)
def test_a_percentile_wants_samples(statistic: str, period: str, wanted: bool) -> None:
    metric = f"{{metric: {{filter: null, namespace: Shop, name: Took}}, statistic: {statistic}, period: {period}}}"
    assert ("T15" in codes(spec(f"alarms: {{errors: {metric}}}"))) is wanted


def test_a_percentile_wants_samples_in_every_account() -> None:
    tuned = "statistic: p99.9, period: 5m, overrides: [{where: {account: beta}, period: 1m}]"
    metric = "metric: {filter: null, namespace: Shop, name: Took}"
    assert "T15" in codes(spec(f"alarms: {{errors: {{{metric}, {tuned}}}}}"))


def test_a_table_of_members_logs_needs_shared_logs() -> None:
    table = "{type: logs, title: Latest, log_group: application, query: 'fields @message'}"
    change = f"dashboards: {{shop: {{widgets: [{{type: text, markdown: Hello}}, {table}]}}}}\n"
    assert told(f"{change}access: {{sharing: [metrics]}}", "T16") == [
        "dashboards.shop.widgets[1].log_group: this table of the hub reads members' logs, which are not shared"
        " with the hub"
    ]
    assert "T16" not in codes(spec(change))


def test_a_table_of_the_hubs_own_logs_needs_no_sharing() -> None:
    table = "{type: logs, title: Latest, log_group: hub, query: 'fields @message'}"
    groups = "log_groups: {hub: {name: '/hub/{environment}', in: hub}}"
    change = f"{groups}\naccess: {{sharing: [metrics]}}\ndashboards: {{shop: {{widgets: [{table}]}}}}"
    assert "T16" not in codes(spec(change))


@pytest.mark.parametrize("field", ["name", "namespace"])
@pytest.mark.parametrize("text", ["Err*rs", "Err:rs", "Err$rs", "Errörs", "Err\trs"])
def test_names_that_a_filter_cannot_emit_are_refused(field: str, text: str) -> None:
    change = yaml.safe_dump({"metric_filters": {"errors": {"metric": {field: text}}}})
    (finding,) = [f for f in built(spec(change)).findings if f.code == "T21"]
    assert (finding.path, finding.hint) == (("metric_filters", "errors", "metric", field), "use Errrs")


@pytest.mark.parametrize("rule", ["errors or errors", "errors and errors", "(errors and errors) or errors"])
def test_one_alarm_several_times_is_one_alarm(rule: str) -> None:
    (finding,) = [f for f in built(spec(f"composites: {{echo: {{rule: {rule}}}}}")).findings if f.code == "T12"]
    assert (finding.severity, finding.path) == (Severity.WARNING, ("composites", "echo", "rule"))


def off(*accounts: str) -> str:
    """Overrides that take an alarm away from some accounts."""
    return f"overrides: [{{where: {{account: [{', '.join(accounts)}]}}, enabled: false}}]"


@pytest.mark.parametrize(
    ("errors", "lag", "more", "fires"),
    [
        (off("alpha"), off("beta", "gamma"), "", False),
        (off("alpha", "beta"), off("beta"), "", True),
        (off("alpha", "beta", "gamma"), "enabled: true", "", False),
        (off("alpha", "beta", "gamma"), "enabled: true", "organizational_units: [ou-ab12-cdefgh34]", True),
    ],
)
def test_a_composite_can_fire_in_some_account(errors: str, lag: str, more: str, fires: bool) -> None:
    alarms = f"alarms: {{errors: {{{errors}}}, {OTHER[:-1]}, {lag}}}}}"
    change = f"{alarms}\ncomposites: {{down: {{rule: errors and lag}}}}\n{more}"
    # Where no account has all of its alarms at once, the rule means nothing, and the build says so before T12 can.
    assert (not {"T12", "R07"} & codes(spec(change))) is fires


@pytest.mark.parametrize(("threshold", "path"), [("'>= 0'", "alarms.errors.overrides[0].threshold"), ("'> 9'", None)])
def test_a_threshold_that_one_account_gets_can_be_crossed_too(threshold: str, path: str | None) -> None:
    tuned = f"threshold: '> 0', overrides: [{{where: {{account: beta}}, threshold: {threshold}}}]"
    change = f"alarms: {{errors: {{{tuned}}}}}"
    assert [message.partition(": ")[0] for message in told(change, "T23")] == ([path] if path else [])


def test_what_the_hub_publishes_itself_is_in_its_region() -> None:
    canary = "canaries: {shop: {url: https://shop.example.com/health, severity: high}}"
    lag = f"alarms: {{{OTHER[:-1]}, in: hub}}}}"

    messages = told(f"regions: [us-east-1, eu-west-1]\n{canary}\n{lag}", "T17")

    assert [message.partition(": ")[0] for message in messages] == ["alarms.lag"]


def test_optional_terms_beside_an_excluded_one_are_warned_of() -> None:
    change = "metric_filters: {errors: {pattern: '?ERROR ?FATAL -healthcheck'}}"
    (finding,) = [one for one in built(spec(change)).findings if one.code == "T02"]
    assert finding.severity is Severity.WARNING and "?ERROR ?FATAL are ignored" in finding.message
    assert "T02" not in codes(spec("metric_filters: {errors: {pattern: '?ERROR ?FATAL'}}"))


# A counter of 1 and 0 has no other values: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
@pytest.mark.parametrize(
    ("statistic", "threshold", "said"),
    [
        ("Average", "> 5", "never > 5"),
        ("Maximum", ">= 2", "never >= 2"),
        ("p99", "> 1", "never > 1"),
        ("Minimum", "<= 1", "always <= 1"),
        ("SampleCount", "> 5", "also counts the default 0"),
        ("SampleCount", "> 0", "also counts the default 0"),
        ("Maximum", "> 0", ""),
        ("Average", "> 0.5", ""),
        ("Sum", "> 5", ""),
    ],
)
def test_a_statistic_that_a_counter_cannot_bring_over_the_threshold(statistic: str, threshold: str, said: str) -> None:
    change = f"alarms: {{errors: {{statistic: {statistic}, threshold: '{threshold}'}}}}"
    messages = [finding.message for finding in built(spec(change)).findings if finding.code == "T23"]
    assert len(messages) == bool(said)
    assert all(said in message for message in messages)


@pytest.mark.parametrize(
    ("missing_data", "is_refused"), [("breaching", True), ("not-breaching", False), ("missing", False)]
)
def test_a_filter_without_a_default_publishes_nothing_while_no_line_matches(
    missing_data: str, is_refused: bool
) -> None:
    # A default is published only if set:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
    change = (
        "metric_filters: {errors: {metric: {default: null}}}\n"
        f"alarms: {{errors: {{statistic: Maximum, threshold: '>= 1', missing_data: {missing_data}}}}}"
    )
    assert ("T23" in codes(spec(change))) is is_refused


def test_a_default_beside_a_measured_value_is_warned_of() -> None:
    pattern = "'[time, level, took, unit]'"
    measured = f"metric_filters: {{errors: {{pattern: {pattern}, metric: {{value: $took, default: 0}}}}}}"
    (finding,) = [one for one in built(spec(measured)).findings if one.code == "T26"]
    assert finding.severity is Severity.WARNING
    assert "T26" not in codes(spec(measured.replace("default: 0", "default: null")))
    assert "T26" not in codes(spec("metric_filters: {errors: {metric: {default: 0}}}"))


def test_a_sample_count_is_a_count() -> None:
    change = (
        "metric_filters: {errors: {metric: {default: null}}}\n"
        "alarms: {errors: {statistic: SampleCount, threshold: '>= 0'}}"
    )
    (finding,) = [one for one in built(spec(change)).findings if one.code == "T23"]
    assert "a count is always >= 0" in finding.message


@pytest.mark.parametrize(
    ("alarm", "severity"),
    [
        ("metric: {namespace: Shop, name: Lag}", Severity.WARNING),
        ("metric: {namespace: Shop, name: Lag}, warm_up: 30m", Severity.INFO),
        ("metric: {namespace: Shop, name: Lag}, in: hub, over: all-accounts", Severity.WARNING),
        ("metric: {namespace: Shop, name: Lag}, missing_data: not-breaching", None),
        ("metric: {namespace: Shop, name: Errors}", None),
        ("metric: {namespace: AWS/SomethingNew, name: Errors}", None),
        ("metric: {namespace: CWAgent, name: mem_used_percent}", None),
        ("expression: FILL(a, 0), metrics: {a: {namespace: Shop, name: Lag, statistic: Sum}}", None),
    ],
)
def test_an_alarm_that_silence_raises_has_somebody_who_feeds_it(alarm: str, severity: Severity | None) -> None:
    statistic = "" if "expression" in alarm else ", statistic: Maximum"
    found = built(spec(f"alarms: {{lag: {{{alarm}{statistic}, threshold: '> 1'}}}}")).findings
    assert [one.severity for one in found if one.code == "T46"] == ([severity] if severity else [])


def test_many_alarms_on_metrics_of_one_program_are_one_warning() -> None:
    alarm = "metric: {{namespace: Shop, name: Lag{0}}}, statistic: Maximum, threshold: '> 1'"
    alarms = ", ".join(f"lag{number}: {{{alarm.format(number)}}}" for number in range(5))
    (warning,) = [row for row in built(spec(f"alarms: {{{alarms}}}")).findings if row.code == "T46"]
    assert "5 metrics of Shop (Lag0, Lag1, Lag2 and 2 more), and 5 alarms (`lag0`, `lag1`" in warning.message

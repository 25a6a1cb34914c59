"""Every way to say what an alarm looks at: built, refused where it has to be, and played where that can be done."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from generator.evaluate.types import MetricId, Published
from generator.findings import Finding, Severity, dotted
from generator.model.signals import MathSignal
from generator.render.section_words import changes_of
from generator.render.words import condition_in_words, signal_in_words
from generator.resolve.dashboards.formulas import whole_formula
from tests.played import (
    ALPHA,
    BETA,
    HOUR,
    HUB_ACCOUNT,
    MINUTE,
    REGION,
    START,
    alarmed,
    changes,
    deployed,
    played,
    published,
)
from tests.support import built, spec

RATE = """
alarms:
  errors: null
  rate:
    expression: 100 * errors / calls
    metrics:
      errors: {namespace: Shop, name: Failed, statistic: Sum}
      calls: {namespace: Shop, name: Calls, statistic: Sum}
    threshold: "> 5"
"""
GUARD = "minimum_traffic: {metric: {namespace: Shop, name: Calls}, at_least: 50}"
QUIET = f"{RATE}    {GUARD}\n"


def found(change: str) -> list[Finding]:
    """What is wrong; that the small spec's filter has no alarm any more is not."""
    return [one for one in built(spec(change)).findings if one.code not in ("R12", "T46")]


def told(change: str) -> list[tuple[str, str]]:
    """Code and place of each finding."""
    return [(one.code, dotted(one.path)) for one in found(change)]


# --- expressions ------------------------------------------------------------------------------------------------


def test_an_expression_fires_on_what_it_makes_of_its_metrics() -> None:
    stacks = deployed(RATE)

    seen = played(stacks, published("Calls", [100] * 5), published("Failed", [5, 5, 6, 5, 5]), lasts=5 * MINUTE)

    assert changes(seen, "rate-alarm-prod")[-2:] == [(3 * MINUTE, "ALARM"), (4 * MINUTE, "OK")]
    assert alarmed(seen, "rate-alarm-prod", BETA)  # nothing comes from there, and silence is bad news


def test_an_expression_of_the_hub_looks_at_one_member_each() -> None:
    change = """
alarms:
  errors: null
  lag:
    in: hub
    expression: lag / 1000
    metrics: {lag: {namespace: Shop, name: LagMs, statistic: Maximum}}
    threshold: ">= 30"
"""
    slow, fast = published("LagMs", [30_000] * 5), published("LagMs", [29_999] * 5, BETA)

    seen = played(deployed(change), slow, fast, lasts=4 * MINUTE)

    assert alarmed(seen, "lag-alpha-alarm-prod", HUB_ACCOUNT)
    assert changes(seen, "lag-beta-alarm-prod", HUB_ACCOUNT)[-1][1] == "OK"


@pytest.mark.parametrize(
    ("calls", "failed", "fires"),
    [(49, 49, False), (50, 3, True), (50, 2, False), (None, None, False)],
    ids=["too little traffic", "enough of it", "enough and fine", "none at all"],
)
def test_below_its_minimum_of_traffic_an_alarm_is_quiet(calls: float | None, failed: float | None, fires: bool) -> None:
    seen = played(deployed(QUIET), published("Calls", [calls] * 5), published("Failed", [failed] * 5), lasts=5 * MINUTE)

    assert alarmed(seen, "rate-alarm-prod") is fires


@pytest.mark.parametrize(("threshold", "quiet"), [("> 5", "0"), (">= 0", "-1"), ("< 99", "99"), ("<= 99", "100")])
def test_the_quiet_value_crosses_no_threshold(threshold: str, quiet: str) -> None:
    made = built(spec(QUIET.replace("> 5", threshold)))

    entry = made.templates["prod"]["member.template.yaml"]["Resources"]["AlarmRate"]["Properties"]["Metrics"][0]
    assert entry["Expression"] == f"IF(FILL(traffic, 0) >= 50, 100 * errors / calls, {quiet})"


def test_one_metric_may_have_a_minimum_of_traffic_too() -> None:
    change = f"alarms: {{errors: {{{GUARD}}}}}"
    errors = published("Errors", [6, 6, 6])

    assert not alarmed(played(deployed(change), errors, published("Calls", [49] * 3), lasts=180), "errors-alarm-prod")
    assert alarmed(played(deployed(change), errors, published("Calls", [50] * 3), lasts=180), "errors-alarm-prod")


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("errors / cals", "cals"),
        ("SEARCH('{Shop} Errors', 'Sum', 60) + errors / calls", "SEARCH"),
        ("METRICS()", "several time series"),
        ("errors / ", "end"),
        ("errors", "does not use `calls`"),
        ("SELECT SUM(Calls) FROM Shop", "Metrics Insights"),
    ],
)
def test_an_expression_that_cloudwatch_refuses_is_refused(expression: str, what: str) -> None:
    findings = [one for one in found(RATE.replace("100 * errors / calls", expression)) if one.code == "T30"]

    assert any(what in one.message for one in findings), findings


def test_an_id_that_metric_math_has_not_is_refused_where_it_stands() -> None:
    assert told(RATE.replace("calls:", "Calls:").replace("/ calls", "/ Calls")) == [
        ("S03", "alarms.rate.metrics.Calls")
    ]


def test_more_than_ten_metrics_are_refused() -> None:
    metrics = ", ".join(f"m{n}: {{namespace: Shop, name: M{n}, statistic: Sum}}" for n in range(11))
    change = f'alarms: {{errors: null, sum: {{expression: SUM(METRICS()), metrics: {{{metrics}}}, threshold: "> 1"}}}}'

    assert told(change) == [("Q11", "alarms.sum")]


@pytest.mark.parametrize(
    ("alarm", "code"),
    [
        ("{}", "R06"),
        ("{metric: {filter: errors}, expression: a, statistic: Sum}", "R06"),
        ("{metric: {filter: errors}, metrics: {a: {filter: errors}}, statistic: Sum}", "R07"),
        ("{expression: a, metrics: {a: {filter: errors}}}", "R06"),
        ("{expression: a, metrics: {a: {filter: eror, statistic: Sum}}}", "R02"),
        ("{in: hub, over: all-accounts, expression: a, metrics: {a: {filter: errors, statistic: Sum}}}", "R07"),
    ],
)
def test_what_does_not_go_together_is_told(alarm: str, code: str) -> None:
    change = f"defaults: {{alarms: {{threshold: '> 1'}}}}\nalarms: {{odd: {alarm}}}"

    assert code in {one for one, _ in told(change)}


def test_a_function_of_one_account_is_refused_in_the_hub() -> None:
    change = RATE.replace("100 * errors / calls", "errors / SERVICE_QUOTA(calls)")

    assert ("T30", "alarms.rate.expression") not in told(change)
    assert ("T30", "alarms.rate.expression") in told(f"{change}    in: hub\n")


def test_an_expression_takes_the_statistic_of_its_alarm_where_a_metric_has_none() -> None:
    made = built(spec(RATE.replace(", statistic: Sum}", "}") + "    statistic: Maximum\n"))

    (alarm,) = made.estates["prod"].alarms
    assert [one.statistic for one in alarm.measured()] == ["Maximum", "Maximum"]


def test_every_metric_of_an_expression_is_held_to_what_aws_publishes() -> None:
    lambdas = RATE.replace("{namespace: Shop, name: Calls", "{namespace: AWS/Lambda, name: Calls")

    assert ("T06", "alarms.rate.metrics.calls.name") in told(lambdas)


def test_a_graph_of_an_expression_has_ids_of_its_own_for_each_account() -> None:
    made = built(spec(RATE + "\ndashboards: {overview: auto}\n"))
    body = made.templates["prod"]["hub.template.yaml"]["Resources"]["DashboardOverview"]["Properties"]["DashboardBody"]
    text = body["Fn::Sub"] if isinstance(body, dict) else body
    graph = next(w for w in json.loads(text)["widgets"] if w["properties"].get("title") == "rate")

    ids = [row[-1]["id"] for row in graph["properties"]["metrics"]]
    assert len(ids) == len(set(ids)) == 9
    assert graph["properties"]["metrics"][2][0]["expression"] == "100 * m1_errors / m1_calls"
    assert {row[-1].get("accountId") for row in graph["properties"]["metrics"]} >= {ALPHA, BETA}


@pytest.mark.parametrize(
    ("window", "is_told"),
    [
        ("period: 1m", True),
        ("period: 1m, datapoints: 3 of 3", True),
        ("period: 1m, datapoints: 2 of 3", False),
        ("period: 5m", False),
    ],
)
def test_traffic_that_comes_late_is_not_in_the_newest_minute(window: str, *, is_told: bool) -> None:
    calls = "{namespace: Shop, name: Calls}"
    rate = f"expression: some, metrics: {{some: {{filter: errors, statistic: Sum}}}}, threshold: '> 5', {window}"

    change = f"alarms: {{rate: {{{rate}, minimum_traffic: {{metric: {calls}, at_least: 100}}}}}}"

    assert told(change) == ([("T30", "alarms.rate.minimum_traffic")] if is_told else [])


# --- queries ----------------------------------------------------------------------------------------------------

QUERY = """
waivers: [{rule: alarms-treat-missing-data-as-breaching, for: alarms.throttled, reason: counted where there are some}]
alarms:
  errors: null
  throttled:
    query: SELECT SUM(ThrottledRequests) FROM SCHEMA("AWS/DynamoDB", TableName, Operation)
    threshold: "> 0"
    missing_data: not-breaching
"""


def test_a_query_in_the_hub_is_one_alarm_over_every_account_that_there_will_be() -> None:
    change = f"{QUERY}    in: hub\naccounts: null\norganizational_units: [ou-ab12-cdefgh34]\n"
    made = built(spec(change))

    assert {one.code for one in made.findings} <= {"H06", "R12"}
    alarms = [one.name for one in made.estates["prod"].alarms]
    assert alarms == ["throttled-alarm-prod"]


def test_a_query_of_the_hub_sees_every_member() -> None:
    dimensions = (("Operation", "PutItem"), ("TableName", "orders"))
    throttled = MetricId(ALPHA, REGION, "AWS/DynamoDB", "ThrottledRequests", dimensions)
    given = Published(throttled, START, MINUTE, (None, None, (2.0,), None, None))

    seen = played(deployed(f"{QUERY}    in: hub\n"), given, lasts=5 * MINUTE)

    assert alarmed(seen, "throttled-alarm-prod", HUB_ACCOUNT)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ('SELECT SUM(ThrottledRequests) FRM "AWS/DynamoDB"', "expected FROM"),
        ('SELECT SUM(ThrottledRequest) FROM "AWS/DynamoDB"', "publishes no metric `ThrottledRequest`"),
        ('SELECT SUM(ThrottledRequests) FROM SCHEMA("AWS/DynamoDB", TableName)', "not published with TableName"),
        ("a + b", "metric math"),
    ],
)
def test_a_query_that_finds_nothing_is_refused(query: str, what: str) -> None:
    change = QUERY.replace('SELECT SUM(ThrottledRequests) FROM SCHEMA("AWS/DynamoDB", TableName, Operation)', query)

    findings = [one for one in found(change) if one.code == "T31"]
    assert any(what in one.message for one in findings), findings


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("period: 1h\n    datapoints: 4 of 4", "T31"),
        ("period: 1h\n    datapoints: 3 of 3", ""),
        ("period: 30s", "T31"),
        ("statistic: Sum", "R07"),
        ("minimum_traffic: {metric: {filter: errors}, at_least: 1}", "R07"),
        ("in: hub\n    over: each-account", "R07"),
        ("in: hub\n    overrides: [{where: {account: alpha}, threshold: '> 1'}]", "R07"),
        ("anomaly: {}", "R07"),
    ],
)
def test_what_a_query_goes_with(more: str, code: str) -> None:
    assert {one for one, _ in told(f"{QUERY}    {more}\n")} == ({code} if code else set())


def test_a_query_of_several_series_is_one_ticket_and_says_so() -> None:
    change = QUERY.replace("Operation)", "Operation) GROUP BY TableName ORDER BY SUM() DESC")

    assert [(one.code, one.severity.value) for one in found(change)] == [("T31", "warning")]


# --- anomalies --------------------------------------------------------------------------------------------------

ORDERS = """
alarms:
  orders:
    metric: {namespace: Shop, name: Orders}
    statistic: Sum
    anomaly: {band: 3, direction: below}
"""


def test_an_anomaly_has_a_band_and_no_threshold() -> None:
    made = built(spec(ORDERS))

    resources = made.templates["prod"]["member.template.yaml"]["Resources"]
    alarm = resources["AlarmOrders"]["Properties"]
    assert "Threshold" not in alarm
    assert alarm["ComparisonOperator"] == "LessThanLowerThreshold"
    assert alarm["ThresholdMetricId"] == alarm["Metrics"][1]["Id"]
    (model,) = (key for key, one in resources.items() if one["Type"] == "AWS::CloudWatch::AnomalyDetector")
    assert resources["AlarmOrders"]["DependsOn"] == [model]


def test_an_anomaly_is_played_with_a_band_that_is_said_to_be_ours() -> None:
    usual = [100 + index % 3 for index in range(120)]

    seen = played(deployed(ORDERS), published("Orders", [*usual, *[0] * 30]), lasts=150 * MINUTE)

    assert alarmed(seen, "orders-alarm-prod")
    assert {alarm.name for alarm in seen.approximate} == {"orders-alarm-prod"}


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ("in: hub", "R07", "alarms.orders.anomaly"),
        ("threshold: '> 1'", "R07", "alarms.orders.threshold"),
        ("overrides: [{where: {account: alpha}, threshold: '> 1'}]", "R07", "alarms.orders.overrides[0].threshold"),
        ("minimum_traffic: {metric: {filter: errors}, at_least: 1}", "R07", "alarms.orders.minimum_traffic"),
        ("period: 30s", "T32", "alarms.orders"),
        ("actions: ['arn:aws:autoscaling:us-east-1:111111111111:scalingPolicy:x']", "T32", "alarms.orders.actions[0]"),
    ],
)
def test_what_an_anomaly_does_not_go_with(more: str, code: str, path: str) -> None:
    assert (code, path) in told(f"{ORDERS}    {more}\n")


def test_the_model_is_of_the_metric_that_the_alarm_looks_at() -> None:
    # A dimension may have the account in it, which CloudFormation fills in where the stack is.
    of = '{namespace: Shop, name: Lag, dimensions: {Account: "${AWS::AccountId}"}}'
    made = built(
        spec(f"alarms: {{lag: {{metric: {of}, statistic: Sum, period: 5m, anomaly: {{band: 2}}}}}}"), lint=True
    )

    assert {one.code for one in made.findings} == {"T46"}
    resources = made.templates["prod"]["member.template.yaml"]["Resources"]
    model = next(one for one in resources.values() if one["Type"] == "AWS::CloudWatch::AnomalyDetector")
    looked_at = resources["AlarmLag"]["Properties"]["Metrics"][0]["MetricStat"]["Metric"]
    assert model["Properties"]["SingleMetricAnomalyDetector"]["Dimensions"] == looked_at["Dimensions"]


def test_an_alarm_on_an_anomaly_may_be_off_or_patient_in_some_accounts() -> None:
    more = "overrides: [{where: {account: alpha}, datapoints: 3 of 5}, {where: {account: beta}, enabled: false}]"

    assert told(f"{ORDERS}    {more}\n") == []


# --- few samples, tags, short periods -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alarm", "codes"),
    [
        ("{metric: {namespace: Shop, name: Latency}, statistic: p99, threshold: '> 1', low_samples: ignore}", set()),
        ("{metric: {namespace: Shop, name: Latency}, statistic: Sum, threshold: '> 1', low_samples: ignore}", {"R07"}),
        (
            "{metric: {namespace: Shop, name: A}, statistic: p9, threshold: '> 1', low_samples: ignore, in: hub}",
            {"R07"},
        ),
        ("{metric: {filter: errors}, statistic: Sum, threshold: '> 1', tags: {severity: high}}", {"R07"}),
        ("{metric: {filter: errors}, statistic: Sum, threshold: '> 1', tags: {'aws:x': y}}", {"Q12"}),
        ("{metric: {namespace: Shop, name: Load}, statistic: Sum, threshold: '> 1', period: 10s}", set()),
        ("{metric: {namespace: Shop, name: Load}, statistic: Sum, threshold: '> 1', period: 40s}", {"T09"}),
        ("{expression: a, metrics: {a: {filter: errors, statistic: Sum}}, threshold: '> 1', period: 10s}", {"T10"}),
    ],
)
def test_few_samples_tags_and_short_periods(alarm: str, codes: set[str]) -> None:
    assert {code for code, _ in told(f"alarms: {{one: {alarm}}}")} == codes


def test_a_short_period_is_looked_at_every_ten_seconds() -> None:
    change = (
        "alarms: {load: {metric: {namespace: Shop, name: Load}, statistic: Maximum, threshold: '> 9', period: 10s}}"
    )

    seen = played(deployed(change), published("Load", [1, 1, 10, 1, 1, 1], period=10), lasts=60)

    assert changes(seen, "load-alarm-prod") == [(0, "OK"), (30, "ALARM"), (40, "OK")]


# --- in words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (RATE, "100 * errors / calls > 5 in 1 period of 1 minute"),
        (QUERY, "the query's result > 0 in 1 period of 1 minute"),
        (ORDERS, "Sum is below its expected band of 3 deviations in 1 period of 1 minute"),
    ],
    ids=["expression", "query", "anomaly"],
)
def test_the_catalogue_and_the_function_know_what_an_alarm_fires_on(change: str, words: str) -> None:
    made = built(spec(change))

    assert f"- **When** {words}" in made.artifacts["prod/catalogue.md"].decode()


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (RATE, RATE.replace("100 *", "10 *"), "now fires when 10 * errors / calls is > 5 instead of 100 *"),
        (QUERY, QUERY.replace("SUM(", "MAX("), 'measures SELECT MAX(ThrottledRequests) FROM SCHEMA("AWS/DynamoDB"'),
        (ORDERS, ORDERS.replace("3", "4"), "now fires when Sum is below its expected band of 4 deviations instead of"),
        (
            "alarms: {errors: null}",
            ORDERS,
            "new. fires when Sum is below its expected band of 3 deviations in 1 period",
        ),
    ],
    ids=["expression", "query", "anomaly", "new"],
)
def test_a_change_is_told_in_words(before: str, after: str, sentence: str) -> None:
    estates = [json.loads(built(spec(change)).artifacts["prod/estate.json"]) for change in (before, after)]

    assert any(sentence in change.sentence for change in changes_of(*estates))


# --- what is published only where there is some ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alarm", "is_told"),
    [
        ('{metric: {%s}, statistic: Sum, threshold: "> 0"}', True),
        ('{metric: {%s}, statistic: Sum, threshold: "> 0", in: hub}', True),
        ('{metric: {%s}, statistic: Sum, threshold: "> 0", in: hub, over: all-accounts}', True),
        ('{query: SELECT SUM(ReadThrottleEvents) FROM "AWS/DynamoDB", threshold: "> 0"}', True),
        ('{metric: {%s}, statistic: Sum, threshold: "> 0", missing_data: not-breaching}', False),
        ('{metric: {%s}, statistic: Sum, threshold: "< 1"}', False),
        ('{expression: "FILL(some, 0)", metrics: {some: {%s, statistic: Sum}}, threshold: "> 0"}', False),
    ],
)
def test_silence_is_good_where_only_trouble_is_counted(alarm: str, *, is_told: bool) -> None:
    throttles = "namespace: AWS/DynamoDB, name: WriteThrottleEvents, dimensions: {TableName: orders}"

    change = "alarms: {throttles: " + alarm.replace("%s", throttles) + "}"

    assert ("T34" in {one.code for one in found(change)}) is is_told


# --- several expressions ----------------------------------------------------------------------------------------

PARTS = """
alarms:
  errors: null
  rate:
    expression: IF(rate > limit, rate, 0)
    expressions: {rate: 100 * errors / calls, limit: base / 10, base: 0 * calls + 20}
    metrics:
      errors: {namespace: Shop, name: Failed, statistic: Sum}
      calls: {namespace: Shop, name: Calls, statistic: Sum}
    threshold: "> 5"
"""


@pytest.mark.parametrize(
    ("guard", "calls", "fires"),
    [("", 100, True), (f"    {GUARD}\n", 100, True), (f"    {GUARD}\n", 40, False)],
)
def test_an_expression_of_expressions_fires_on_what_it_makes_of_them(guard: str, calls: int, fires: bool) -> None:
    stacks = deployed(PARTS + guard)
    given = published("Calls", [calls] * 8), published("Failed", [1, 1, calls // 10, 1, 1, 1, 1, 1])

    seen = changes(played(stacks, *given, lasts=8 * MINUTE), "rate-alarm-prod")

    assert ((3 * MINUTE, "ALARM") in seen) is fires


def test_a_graph_has_one_formula_of_all_expressions() -> None:
    (alarm,) = built(spec(PARTS)).estates["prod"].alarms
    assert isinstance(alarm.signal, MathSignal)
    base = "(0 * calls + 20)"
    assert whole_formula(alarm.signal) == (f"IF((100 * errors / calls) > ({base} / 10), (100 * errors / calls), 0)")


def test_catalogue_and_diff_name_the_parts() -> None:
    (alarm,) = built(spec(PARTS)).estates["prod"].alarms
    assert "where base is 0 * calls + 20, limit is base / 10, rate is 100 * errors / calls, calls is Sum of" in (
        signal_in_words(alarm.signal)
    )
    sides = [
        json.loads(built(spec(text)).artifacts["prod/estate.json"])
        for text in (PARTS, PARTS.replace("100 *", "1000 *"))
    ]
    (sentence,) = [change.sentence for change in changes_of(*sides) if change.area == "alarms"]
    assert "rate = 1000 * errors / calls" in sentence and "instead of" in sentence


# --- periods of a clock -----------------------------------------------------------------------------------------

DAILY = """
alarms:
  errors: null
  failed:
    {metric: {namespace: Shop, name: Failed}, statistic: Sum, threshold: "> 5", period: 1d, wall_clock: Europe/Berlin}
"""


def test_an_alarm_by_the_clock_fires_when_the_day_ends_there() -> None:
    """alarm-evaluation-window.html: aligned to midnight of the time zone. START is eight o'clock in UTC, in winter."""
    failed = published("Failed", [6.0 if hour == 2 else 0.0 for hour in range(60)], period=HOUR)

    berlin = changes(played(deployed(DAILY), failed, lasts=60 * HOUR), "failed-alarm-prod")
    sliding = changes(
        played(deployed(DAILY.replace(", wall_clock: Europe/Berlin", "")), failed, lasts=60 * HOUR), "failed-alarm-prod"
    )

    assert (15 * HOUR, "ALARM") in berlin and (39 * HOUR, "OK") in berlin
    assert (15 * HOUR, "ALARM") not in sliding


@pytest.mark.parametrize(
    ("periods", "refused"),
    [
        ("period: 1h, datapoints: 2 of 2", False),
        ("period: 1h, datapoints: 3 of 3", True),
        ("period: 5m, datapoints: 36 of 36", True),
        ("period: 1d", True),
    ],
)
def test_a_query_by_the_clock_has_one_period_less(periods: str, refused: bool) -> None:
    """alarm-evaluation-window.html: "with a 1-hour period, a sliding window supports up to 3 evaluation periods, but a
    wall clock window supports up to 2. If you exceed this limit, PutMetricAlarm returns a validation error."
    """
    query = """query: 'SELECT SUM(Errors) FROM "AWS/Lambda"', threshold: "> 1", wall_clock: UTC"""
    found = built(spec(f"alarms: {{failed: {{{query}, {periods}}}}}")).findings
    assert [one.code for one in found if one.severity is Severity.ERROR] == (["T31"] if refused else [])


def test_diff_and_catalogue_name_the_clock() -> None:
    sides = [
        json.loads(built(spec(text)).artifacts["prod/estate.json"])
        for text in (DAILY.replace("Europe/Berlin", "UTC"), DAILY)
    ]
    (sentence,) = [change.sentence for change in changes_of(*sides) if change.area == "alarms"]
    assert sentence == "periods are those of the clock of Europe/Berlin instead of those of the clock of UTC"
    (alarm,) = built(spec(DAILY)).estates["prod"].alarms
    assert "in 1 period of 1 day by the clock of Europe/Berlin" in condition_in_words(alarm.tuning, alarm)


# --- units ------------------------------------------------------------------------------------------------------

WAIT = """
alarms:
  errors: null
  wait: {metric: {namespace: Shop, name: Wait, unit: Milliseconds}, statistic: Maximum, threshold: "> 800"}
"""


def test_an_alarm_with_a_unit_does_not_see_data_in_another() -> None:
    """API_PutMetricAlarm.html: a unit in which nothing is published leaves the alarm without data."""
    stacks = deployed(WAIT)
    of_wait = published("Wait", [900] + [100] * 9)

    seen = changes(played(stacks, replace(of_wait, unit="Milliseconds"), lasts=10 * MINUTE), "wait-alarm-prod")
    assert seen[-2:] == [(MINUTE, "ALARM"), (2 * MINUTE, "OK")]
    for unit in ("Seconds", "None"):
        other = played(stacks, replace(published("Wait", [100] * 10), unit=unit), lasts=10 * MINUTE)
        assert changes(other, "wait-alarm-prod")[-1][1] == "ALARM", "missing data is breaching"


def test_a_diff_says_which_data_is_used() -> None:
    sides = [
        json.loads(built(spec(text)).artifacts["prod/estate.json"])
        for text in (WAIT, WAIT.replace(", unit: Milliseconds", ""))
    ]
    sentences = [change.sentence for change in changes_of(*sides)]
    assert any("measures Shop Wait instead of Shop Wait, data in Milliseconds only" in text for text in sentences)

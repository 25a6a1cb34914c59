"""`obsgen test --generate`: what it proposes is read, played and passes, whatever the template is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.evaluate.types import Deployed
from generator.findings import has_errors
from generator.scenarios.deployed import template_environment
from generator.scenarios.environment import OWN_ACCOUNT, OWN_REGION, SimulatedEnvironment
from generator.scenarios.language import read
from generator.scenarios.propose import proposed
from generator.scenarios.scenario_builder import scenario
from generator.scenarios.verdict import verdict
from tests.command import obsgen
from tests.support import spec

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
STATISTICS = ["Sum", "Average", "Minimum", "Maximum", "SampleCount", "p99", "p50", "tm90", "IQM", "PR(:300)"]
COMPARISONS = [f"{word}Threshold" for word in ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")]
EXPRESSIONS = [
    "100 * a / b",
    "a + b",
    "a - b",
    "IF(a >= 5, 100 * a / b, 0)",
    "IF(b > 20000, 100 * a / b)",
    "FILL(a, 0) / FILL(b, 1)",
    "MAX([a, b])",
    "RATE(a) + b",
    "a > 5 AND b > 3",
    "100 * a / SERVICE_QUOTA(a)",
    "SERVICE_QUOTA(b) - a",
    "SELECT SUM(M) FROM N",
]


def suite_passes(environment: SimulatedEnvironment) -> int:
    """How many tests were proposed for a stage, all of which are read, played and pass."""
    text = proposed([environment])
    if "\n  - name: " not in text:
        return 0
    found = read(text.encode(), "generated.yaml")
    assert not has_errors(found.findings), (text, found.findings)
    for index, test in found.tests.items():
        one, wrong = scenario(test, index, environment)
        assert not wrong, (text, wrong)
        outcomes = verdict(one, one.simulate()).outcomes
        assert all(outcome.met for outcome in outcomes), (text, [each for each in outcomes if not each.met])
    return len(found.tests)


def stage_of(resources: dict[str, Any]) -> SimulatedEnvironment:
    template = {"Resources": resources}
    return template_environment("t.json", Deployed(template, OWN_ACCOUNT, OWN_REGION, "", (), "stack"))


def metric_stat(name: str, statistic: str, period: int) -> dict[str, Any]:
    return {"Stat": statistic, "Period": period, "Metric": {"Namespace": "N", "MetricName": name}}


@st.composite
def alarms(draw: st.DrawFn) -> dict[str, Any]:
    periods = draw(st.integers(1, 4))
    properties: dict[str, Any] = {
        "ComparisonOperator": draw(st.sampled_from(COMPARISONS)),
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": draw(st.integers(1, periods)),
        "Threshold": draw(st.sampled_from([-3, 0, 0.5, 1, 5, 99.9, 100, 5000, 123_456, 2_000_000])),
        "TreatMissingData": draw(st.sampled_from(["missing", "breaching", "notBreaching", "ignore"])),
    }
    if draw(st.booleans()):
        properties["AlarmName"] = draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
    period = draw(st.sampled_from([10, 60, 300, 3600, 86_400]))
    if draw(st.booleans()):
        statistic = draw(st.sampled_from(STATISTICS))
        key = "Statistic" if statistic in STATISTICS[:5] else "ExtendedStatistic"
        dimensions = draw(st.dictionaries(st.sampled_from(["Q", "true", "a b"]), st.text(min_size=1, max_size=8)))
        properties |= {"Namespace": "N", "MetricName": "M", "Period": period, key: statistic}
        properties["Dimensions"] = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        if draw(st.booleans()):
            properties["EvaluateLowSampleCountPercentile"] = "ignore"
        return {"Type": ALARM, "Properties": properties}
    account = {"AccountId": "111111111111"} if draw(st.booleans()) else {}
    properties["Metrics"] = [
        {"Id": "a", "ReturnData": False, "MetricStat": metric_stat("A", draw(st.sampled_from(STATISTICS)), period)},
        {"Id": "b", "ReturnData": False, "MetricStat": metric_stat("B", draw(st.sampled_from(STATISTICS)), period)},
        {"Id": "e", "Expression": draw(st.sampled_from(EXPRESSIONS)), "Period": period},
    ]
    properties["Metrics"] = [{**one, **account} if "MetricStat" in one else one for one in properties["Metrics"]]
    return {"Type": ALARM, "Properties": properties}


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Any]:
    found = {name: draw(alarms()) for name in "ABC"[: draw(st.integers(1, 3))]}
    names = [{"Ref": name} for name in found]
    rule: list[Any] = []
    for name in names:
        state = draw(st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA", "NOT ALARM", "NOT INSUFFICIENT_DATA"]))
        word = draw(st.sampled_from([" AND ", " OR "])) if rule else ""
        rule += [f'{word}{state}("', name, '")']
    if draw(st.booleans()) and not any('"' in str(one) for one in found.values()):
        found["D"] = {"Type": COMPOSITE, "Properties": {"AlarmRule": {"Fn::Join": ["", rule]}}}
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(templates())
def test_what_is_proposed_for_any_template_is_read_played_and_passes(resources: dict[str, Any]) -> None:
    suite_passes(stage_of(resources))


def plain(**properties: Any) -> dict[str, Any]:
    made = {"EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": COMPARISONS[0], **properties}
    return {"Type": ALARM, "Properties": made}


def rated(expression: str, statistic: str = "Sum") -> dict[str, Any]:
    several = [
        {"Id": "errors", "ReturnData": False, "MetricStat": metric_stat("E", "Sum", 60)},
        {"Id": "calls", "ReturnData": False, "MetricStat": metric_stat("C", statistic, 60)},
        {"Id": "rate", "Expression": expression},
    ]
    return plain(Metrics=several)


@pytest.mark.parametrize(
    "alarm",
    [
        rated("100 * errors / calls", "SampleCount"),
        plain(Namespace="N", MetricName="M", Statistic="SampleCount", Period=60),
        rated("IF(errors >= 5, 100 * errors / calls, 0)"),
        rated("IF(errors > 700, 100 * errors / calls, 0)"),
        rated("IF(calls > 3000000, 100 * errors / calls, 0)"),
    ],
)
def test_alarms_that_count_samples_or_have_a_guard_get_tests_that_pass(alarm: dict[str, Any]) -> None:
    environment = stage_of({"A": alarm})
    assert suite_passes(environment) >= 4
    assert "state: ALARM" in proposed([environment])


def test_what_would_take_too_many_values_is_not_proposed() -> None:
    many = plain(Namespace="N", MetricName="M", Statistic="SampleCount", Period=60, Threshold=99_999)
    text = proposed([stage_of({"A": many})])
    assert "# no test that A fires just beyond, and recovers: it would need more than 100,000 values" in text
    suite_passes(stage_of({"A": many}))


def test_a_part_that_asks_for_insufficient_data_gets_a_test_in_which_it_decides() -> None:
    metric = plain(Namespace="N", MetricName="M", Statistic="Sum", Period=60)
    rule = {"Type": COMPOSITE, "Properties": {"AlarmRule": "ALARM(A) OR INSUFFICIENT_DATA(A)"}}
    environment = stage_of({"A": metric, "B": rule})
    text = proposed([environment])
    assert 'name: "t.json: B is in ALARM with nothing, and without data of A"' in text
    assert "{alarm: A, state: INSUFFICIENT_DATA}" in text
    suite_passes(environment)


def lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines())


def test_tests_of_a_template_are_printed_with_what_it_was_given_and_pass(tmp_path: Path) -> None:
    metric = plain(Namespace="N", MetricName="M", Statistic="Sum", Period=60, Threshold={"Ref": "Limit"})
    template = {"Parameters": {"Limit": {"Type": "Number"}}, "Resources": {"A": metric}}
    (tmp_path / "t.json").write_text(json.dumps(template), encoding="utf-8")
    done = obsgen(tmp_path, "test", "--generate", "--template", "t.json", "--parameter", "Limit=7")
    assert done.returncode == 0
    assert {'template: "t.json"', 'parameters: {Limit: "7"}'} <= set(lines(done.stdout))
    (tmp_path / "tests.yaml").write_text(done.stdout, encoding="utf-8")
    again = obsgen(tmp_path, "test")
    assert (again.returncode, again.stdout) == (0, "5 passed\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--generate", "--template", "t.json"), 1, "no test was generated"),
        (("--generate", "--template", "t.json", "--parameter", "X=1"), 2, "the template has no parameter `X`"),
        (("--generate", "--template", "t.json", "--parameter", "X"), 2, "'X' is not NAME=VALUE"),
        (("--generate", "--template", "none.json"), 2, "No such file"),
        (("--generate", "--template", "bad.json"), 2, "no test was generated"),
        (("--template", "t.json"), 2, "require --generate"),
        (("--generate", "--parameter", "X=1"), 2, "--parameter requires --template"),
    ],
)
def test_what_cannot_be_generated_is_said(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "observability.yaml").write_text(spec(), encoding="utf-8")
    (tmp_path / "t.json").write_text('{"Resources": {}}', encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"Resources": ', encoding="utf-8")
    done = obsgen(tmp_path, "test", *words)
    assert done.returncode == code
    assert said in done.stderr
    assert not done.stdout


def test_alarms_that_are_not_made_are_named_with_their_condition(tmp_path: Path) -> None:
    """CloudFormation leaves out a resource whose condition is false; whoever asks for its tests hears why."""
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": "IsProd",
        "Properties": {
            "Namespace": "Shop",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        },
    }
    template = {
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": {"Failing": alarm},
    }
    (tmp_path / "t.json").write_text(json.dumps(template), encoding="utf-8")
    left_out = obsgen(tmp_path, "test", "--generate", "--template", "t.json")
    assert left_out.returncode == 1
    assert "# not created with these parameters, because IsProd is false: Failing\n" in left_out.stderr
    made = obsgen(tmp_path, "test", "--generate", "--template", "t.json", "--parameter", "Stage=prod")
    assert made.returncode == 0
    assert "not made" not in made.stdout


def test_an_alarm_that_differs_between_regions_is_proposed_for_each_of_them(tmp_path: Path) -> None:
    change = """
regions: [us-east-1, eu-west-1]
alarms:
  errors: {overrides: [{where: {region: eu-west-1}, threshold: "> 50"}]}
  queue:
    metric: {namespace: AWS/SQS, name: NumberOfMessagesSent, dimensions: {QueueName: "jobs-{region}"}}
    statistic: Sum
    threshold: "> 9"
"""
    (tmp_path / "observability.yaml").write_text(spec(change), encoding="utf-8")
    text = obsgen(tmp_path, "test", "--generate").stdout
    (tmp_path / "tests.yaml").write_text(text, encoding="utf-8")
    played = obsgen(tmp_path, "test")
    assert played.returncode == 0, played.stdout + played.stderr
    for region in ("us-east-1", "eu-west-1"):
        assert f'- name: "prod: errors in alpha, {region} fires just beyond, and recovers"' in text
        assert f'- name: "prod: queue in alpha, {region} fires just beyond, and recovers"' in text

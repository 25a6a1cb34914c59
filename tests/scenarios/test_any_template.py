"""Tests of templates of any tool: what their alarms are called, where they stand, what is given from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Done, obsgen

SUM = {
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5,
    "ComparisonOperator": "GreaterThanThreshold",
}
GIVEN = '{metric: {namespace: N, name: M}, series: "9x6"}'
IN_ALARM = "{at: 5m, alarm: A, state: ALARM}"


def alarm(**properties: Any) -> dict[str, Any]:
    made = {key: value for key, value in {**SUM, **properties}.items() if value is not None}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": made}


def dimension(name: str, value: Any) -> list[dict[str, Any]]:
    return [{"Name": name, "Value": value}]


def of_account(number: str) -> dict[str, Any]:
    stat = {"Stat": "Sum", "Period": 60, "Metric": {"Namespace": "N", "MetricName": "M"}}
    plain = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    return alarm(**plain, Metrics=[{"Id": "m", "AccountId": number, "MetricStat": stat}])


def played(
    folder: Path, resources: dict[str, Any], *, given: str = GIVEN, expect: str = IN_ALARM, more: str = "", **of: Any
) -> Done:
    """One test of a template. more: keys of the test. of: other sections of the template."""
    (folder / "t.json").write_text(json.dumps({**of, "Resources": resources}), encoding="utf-8")
    text = (
        f"version: 1\ntests:\n  - name: one\n    template: t.json\n{more}    given: [{given}]\n    expect: [{expect}]\n"
    )
    (folder / "tests.yaml").write_text(text, encoding="utf-8")
    return obsgen(folder, "test")


def test_an_alarm_is_found_by_its_logical_id_whatever_is_unknown_in_it(tmp_path: Path) -> None:
    resources = {
        "Constants": {"Type": "Custom::Constants", "Properties": {}},
        "A": alarm(AlarmName="ERROR web <dev>", MetricName={"Fn::GetAtt": ["Constants", "Name"]}),
    }
    done = played(tmp_path, resources, given="{alarm: A, state: OK}")
    assert "unknown  MetricName: Name of Constants is known in a deployed stack only" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["A", "named"])
def test_an_alarm_that_its_condition_leaves_out_is_said_to_be(tmp_path: Path, name: str) -> None:
    left_out = {**alarm(AlarmName="named"), "Condition": "IsProduction"}
    conditions = {"IsProduction": {"Fn::Equals": ["dev", "prod"]}}
    done = played(
        tmp_path, {"A": left_out}, given=f"{{alarm: {name}, state: OK}}", expect=IN_ALARM, Conditions=conditions
    )
    assert done.returncode == 2
    message = f"`{name}` is not created with these parameters: its condition IsProduction is false"
    assert message in done.stdout + done.stderr


def test_a_template_of_which_all_alarms_are_left_out_is_said_to_have_none(tmp_path: Path) -> None:
    left_out = {**alarm(), "Condition": "Never"}
    conditions = {"Never": {"Fn::Equals": ["a", "b"]}}
    done = played(tmp_path, {"B": left_out}, given="{alarm: X, state: OK}", Conditions=conditions)
    assert "there is no alarm `X` in t.json" in done.stderr
    assert "help: set other `parameters`" in done.stderr


def test_metrics_of_another_account_are_given_by_its_id(tmp_path: Path) -> None:
    resources = {"A": of_account("111111111111")}
    here = played(tmp_path, resources)
    assert 'help: set `account` to "111111111111"' in here.stderr
    there = played(tmp_path, resources, given=GIVEN.replace("{metric", '{account: "111111111111", metric', 1))
    assert (there.returncode, there.stdout) == (0, "1 passed\n")


def test_a_template_stands_in_the_account_that_the_test_says(tmp_path: Path) -> None:
    resources = {"A": alarm(Dimensions=dimension("Account", {"Ref": "AWS::AccountId"}))}
    given = '{metric: {namespace: N, name: M, dimensions: {Account: "123456789012"}}, series: "9x6"}'
    assert played(tmp_path, resources, given=given, more='    account: "123456789012"\n').returncode == 0
    assert played(tmp_path, resources, given=given).returncode == 2


def test_imports_and_values_of_the_parameter_store_are_given_in_the_test(tmp_path: Path) -> None:
    resources = {
        "A": alarm(
            Threshold={"Ref": "Limit"},
            Dimensions=[
                *dimension("Queue", {"Fn::ImportValue": {"Fn::Sub": "${AWS::Region}-queue"}}),
                *dimension("Stage", "{{resolve:ssm:/stage:3}}"),
            ],
        )
    }
    parameters = {"Limit": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/limit"}}
    given = '{metric: {namespace: N, name: M, dimensions: {Queue: orders, Stage: live}}, series: "9x6"}'
    more = "    imports: {us-east-1-queue: orders}\n    ssm: {/limit: 8, /stage: live}\n"
    done = played(tmp_path, resources, given=given, more=more, Parameters=parameters)
    assert (done.returncode, done.stdout) == (0, "1 passed\n")
    without = played(tmp_path, resources, given="{alarm: A, state: OK}", Parameters=parameters)
    assert "it is imported from another stack, as us-east-1-queue" in without.stdout
    assert "the parameter Limit stands in the Parameter Store" in without.stdout


@pytest.mark.parametrize(
    ("declared", "value", "said"),
    [
        ({"Type": "Number", "MinValue": 10}, "3", "`P`: expected at least 10, got `3`"),
        ({"Type": "Number", "MaxValue": "10"}, "11", "`P`: expected at most 10, got `11`"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A-1", "`P`: expected a value that matches [a-z]+, got `A-1`"),
        (
            {"Type": "String", "AllowedPattern": "^[a-z]+$"},
            "A-1",
            "`P`: expected a value that matches ^[a-z]+$, got `A-1`",
        ),
        ({"Type": "String", "MinLength": 4}, "abc", "`P`: expected at least 4 characters, got `abc`"),
        ({"Type": "String", "MaxLength": 2}, "abc", "`P`: expected at most 2 characters, got `abc`"),
        (
            {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]"},
            "[a, B]",
            "`P`: expected a value that matches [a-z], got `a,B`",
        ),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "[a, c]", "`P` does not allow `c`"),
        ({"Type": "String", "AllowedPattern": "x", "ConstraintDescription": "an x"}, "y", "help: an x"),
        ({"Type": "Number", "MinValue": 3, "MaxValue": 3}, "3", ""),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "[a, b]", ""),
        ({"Type": "String", "AllowedPattern": "(a+)+$"}, f"{'a' * 60}b", ""),
        ({"Type": "String", "AllowedPattern": r"\p{Lower}+"}, "a", ""),
    ],
)
def test_a_parameter_that_cloudformation_would_refuse(
    tmp_path: Path, declared: dict[str, Any], value: str, said: str
) -> None:
    more = f"    parameters: {{P: {value}}}\n"
    done = played(tmp_path, {"A": alarm()}, more=more, Parameters={"P": declared})
    assert done.returncode == (2 if said else 0)
    assert said in done.stderr


def mute_rule(expression: Any, **more: Any) -> dict[str, Any]:
    schedule = {"Expression": expression, "Duration": "PT1H", **more}
    properties = {"Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": ["X"]}}
    return {"Type": "AWS::CloudWatch::AlarmMuteRule", "Properties": properties}


@pytest.mark.parametrize("actions", ["executed", "held"])
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (mute_rule("cron(0 25 * * *)"), "the mute rule R: `cron(0 25 * * *)`: `25` is no hour; it may mute this alarm"),
        (mute_rule({"Fn::ImportValue": "x"}), "the mute rule R: Rule.Schedule.Expression: it is imported"),
        (mute_rule("cron(0 2 * * *)", Timezone="Mars/North"), "the mute rule R: `Mars/North` is no time zone"),
    ],
)
def test_a_mute_rule_that_cannot_be_read_makes_what_is_expected_of_actions_unknown(
    tmp_path: Path, rule: dict[str, Any], said: str, actions: str
) -> None:
    resources = {"A": alarm(), "R": rule}
    done = played(tmp_path, resources, expect=f"{{at: 5m, alarm: A, state: ALARM, actions: {actions}}}")
    assert done.returncode == 1
    assert f"unknown  {said}" in done.stdout
    assert played(tmp_path, resources).returncode == 0


def test_a_mute_rule_of_the_newest_grammar_holds(tmp_path: Path) -> None:
    rule = mute_rule("cron(*/30 0-4/2 ? JAN THU#1)")
    rule["Properties"]["MuteTargets"]["AlarmNames"] = [{"Ref": "A"}]
    expect = "{at: 5m, alarm: A, state: ALARM, actions: held}"
    done = played(tmp_path, {"A": alarm(), "R": rule}, expect=expect)
    assert (done.returncode, done.stdout) == (0, "1 passed\n")


def test_a_failure_names_account_and_region(tmp_path: Path) -> None:
    more = '    account: "123456789012"\n    region: eu-central-1\n'
    done = played(tmp_path, {"A": alarm()}, expect="{at: 5m, alarm: A, state: OK}", more=more)
    assert "A in 123456789012, eu-central-1\n    expected OK at 5m" in done.stdout


TWICE = """
Resources:
  Other: {Type: "AWS::SNS::Topic", Properties: {TopicName: a, TopicName: b}}
  B:
    Type: AWS::CloudWatch::Alarm
    Properties: {Namespace: N, MetricName: M, Threshold: 1, Threshold: 2}
  A:
    Type: AWS::CloudWatch::Alarm
    Properties: {Namespace: N, MetricName: M, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 5,
                 ComparisonOperator: GreaterThanThreshold}
"""


def test_a_key_that_stands_twice_costs_its_resource_and_not_the_template(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TWICE, encoding="utf-8")
    in_json = json.dumps({"Resources": {"A": alarm()}}).replace("{", '{"Metadata": {"X": {"a": 1, "a": 2}}, ', 1)
    (tmp_path / "t.json").write_text(in_json, encoding="utf-8")
    test = "{name: %s, template: %s, given: [%s], expect: [%s]}"
    several = [test % ("a", "t.yaml", GIVEN, IN_ALARM), test % ("b", "t.json", GIVEN, IN_ALARM)]
    several.append(test % ("c", "t.yaml", "{alarm: B, state: OK}", "{at: 0m, alarm: B, state: OK}"))
    (tmp_path / "tests.yaml").write_text(f"version: 1\ntests: [{', '.join(several)}]\n", encoding="utf-8")
    done = obsgen(tmp_path, "test", "-v")
    assert "unknown  Properties: `Threshold` stands in B twice, on lines 6 and 6" in done.stdout
    assert "2 passed, 1 failed" in done.stdout


def test_several_files_and_folders_are_played_together(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "t.json").write_text(json.dumps({"Resources": {"A": alarm()}}), encoding="utf-8")
    for name, template, state in (("one.tests.yaml", "t.json", "ALARM"), ("sub/two_test.yml", "../t.json", "OK")):
        test = f"{{name: same, template: {template}, given: [{GIVEN}], expect: [{{at: 5m, alarm: A, state: {state}}}]}}"
        (tmp_path / name).write_text(f"version: 1\ntests: [{test}]\n", encoding="utf-8")
    (tmp_path / "sub/other.yaml").write_text("no test at all\n", encoding="utf-8")
    done = obsgen(tmp_path, "test", "one.tests.yaml", "sub", "--junit", "results.xml")
    assert done.returncode == 1
    assert "1 passed, 1 failed" in done.stdout
    assert "sub/two_test.yml:2:" in done.stdout
    assert 'tests="2" failures="1"' in (tmp_path / "results.xml").read_text(encoding="utf-8")
    assert obsgen(tmp_path, "test", ".").stdout.endswith("1 passed, 1 failed\n")
    (tmp_path / "empty").mkdir()
    assert "no YAML file in it has `test` in its name" in obsgen(tmp_path, "test", "empty").stderr


EACH = """
version: 1
tests:
  - name: "{limit} of {account} is crossed by {value}"
    each:
      - {account: "111111111111", limit: 5, value: 6}
      - {account: "222222222222", limit: 7, value: 8}
    template: t.json
    account: "{account}"
    parameters: {Limit: "{limit}"}
    given: [{metric: {namespace: N, name: M}, series: "{limit}x2 {value}"}]
    expect: [{at: 3m, alarm: A, state: OK}, {at: 4m, alarm: A, state: ALARM}]
"""


def each(folder: Path, text: str) -> Done:
    template = {"Parameters": {"Limit": {"Type": "Number"}}, "Resources": {"A": alarm(Threshold={"Ref": "Limit"})}}
    (folder / "t.json").write_text(json.dumps(template), encoding="utf-8")
    (folder / "tests.yaml").write_text(text, encoding="utf-8")
    return obsgen(folder, "test", "-v")


def test_one_test_is_played_for_each_of_its_rows(tmp_path: Path) -> None:
    done = each(tmp_path, EACH)
    assert done.stdout.splitlines() == [
        "passed  5 of 111111111111 is crossed by 6 (t.json)",
        "passed  7 of 222222222222 is crossed by 8 (t.json)",
        "2 passed",
    ]
    failed = each(tmp_path, EACH.replace("value: 8", "value: 7"))
    assert "FAILED  7 of 222222222222 is crossed by 7" in failed.stdout
    assert "tests.yaml:12:" in failed.stdout
    assert "1 passed, 1 failed" in failed.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value: 8", "valeu: 8", "did you mean `value`"),
        ('"{limit} of {account} is crossed by {value}"', "one", "two tests have the name `one`"),
        ("value: 8", "value: x", "tests.yaml:11:55: error S03"),
        ('"{limit}x2 {value}"', '"{limits}x2 {value}"', "`{limits}x2` is not a value of a series"),
    ],
)
def test_what_is_wrong_with_rows_is_said_where_it_stands(tmp_path: Path, old: str, new: str, said: str) -> None:
    done = each(tmp_path, EACH.replace(old, new))
    assert done.returncode == 2
    assert said in done.stderr


RATE = alarm(
    **dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period")),
    Metrics=[
        {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {"Stat": "Sum", "Period": 60, "Metric": {"Namespace": "N", "MetricName": name.upper()}},
        }
        for name in ("e", "c")
    ]
    + [{"Id": "rate", "Expression": "100 * e / c"}],
)
RATED = "{metric: {namespace: N, name: E}, series: '1 1 3 _'}, {metric: {namespace: N, name: C}, series: '8x2 _'}"


@pytest.mark.parametrize(
    ("expect", "seen"),
    [
        ("{at: 1m to 2m59s, alarm: A, value: 12.5}", ""),
        ("{at: 3m, alarm: A, value: 37.5, state: ALARM}", ""),
        ('{at: 1m to 3m, alarm: A, value: "> 12"}', ""),
        ("{at: 4m, alarm: A, value: no data}", ""),
        (
            "{at: 1m to 3m, alarm: A, value: 12.5}",
            "expected the value 12.5 from 1m to 3m\n    actual   at 3m the value 37.5",
        ),
        ("{at: 3m, alarm: A, value: no data}", "expected the value no data at 3m\n    actual   the value 37.5"),
        ("{at: 3m, alarm: A, value: 37.5, state: OK}", "actual   ALARM"),
    ],
)
def test_the_value_of_an_expression_is_expected(tmp_path: Path, expect: str, seen: str) -> None:
    done = played(tmp_path, {"A": RATE}, given=RATED, expect=expect)
    assert done.returncode == bool(seen), done.stderr
    assert seen in done.stdout


def test_a_value_is_one(tmp_path: Path) -> None:
    done = played(tmp_path, {"A": RATE}, given=RATED, expect="{at: 3m, alarm: A, value: much}")
    assert "expected a value or a limit" in done.stderr
    alone = played(tmp_path, {"A": RATE}, given=RATED, expect="{at: 3m, alarm: A, value: 3, actions: held}")
    assert "`actions` requires `state`" in alone.stderr

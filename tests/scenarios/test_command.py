"""The whole `obsgen test` command: the shipped example, reports of failures, and what cannot be evaluated offline."""

from __future__ import annotations

import xml.etree.ElementTree as Tree
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli.main import group
from tests.support import ROOT, spec

ERRORS = """\
version: 1
tests:
  - name: six errors are an alarm
    given:
      - account: alpha
        log_group: application
        lines: [{at: 1m, text: "[ERROR] no", times: 6}, {at: 2m, text: fine, every: 1m, times: 5}]
    expect:
      - {at: 2m, alarm: errors, account: alpha, state: ALARM}
      - {at: 3m, alarm: errors, account: alpha, state: OK}
      - {at: 2m, incident: {alarm: errors, account: alpha, is: opened, channels: [mail]}}
"""
SEVERE = "alarms: {errors: {severity: high}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec(SEVERE), encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(ERRORS, encoding="utf-8")
    return tmp_path


def obsgen_test(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(group, ["test", "-f", str(folder / "observability.yaml"), *words])


def tests_of(folder: Path, *, given: str = "", expect: str = "") -> None:
    text = "version: 1\ntests:\n  - name: one\n"
    text += f"    given: [{given}]\n" if given else ""
    (folder / "tests.yaml").write_text(text + f"    expect: [{expect}]\n", encoding="utf-8")


def test_the_shipped_example_passes_its_tests() -> None:
    done = obsgen_test(ROOT)
    assert (done.exit_code, done.output) == (0, "46 passed\n")


def test_a_raised_threshold_fails_with_a_chart_that_shows_why(tmp_path: Path) -> None:
    text = (ROOT / "observability.yaml").read_text(encoding="utf-8")
    before, alarm, after = text.partition("  application-error:\n    metric:")
    assert '    threshold: "> 5"\n' in after
    raised = before + alarm + after.replace('    threshold: "> 5"\n', '    threshold: "> 8"\n', 1)
    (tmp_path / "observability.yaml").write_text(raised, encoding="utf-8")
    (tmp_path / "tests.yaml").write_bytes((ROOT / "tests.yaml").read_bytes())
    done = obsgen_test(tmp_path, "--only", "six errors*")
    assert done.exit_code == 1
    assert "FAILED  six errors in a minute page everybody once" in done.output
    assert "application-error-alarm-prod in checkout (222222222222), us-east-1\n    expected ALARM" in done.output
    assert "actual   OK since 0m" in done.output
    chart = [line for line in done.output.splitlines() if "┼╌" in line or "○" in line or "not met" in line]
    assert any(line.strip().startswith("8 ┼╌╌╌") for line in chart)
    assert any(line.strip().startswith("6 ┤") and "○" in line for line in chart)
    assert any("▲ ALARM" in line for line in chart)
    assert done.output.endswith("\n0 passed, 1 failed\n")


def test_names_that_passed_and_what_nothing_has_tried(folder: Path) -> None:
    (folder / "observability.yaml").write_text(
        spec(
            "metric_filters:\n"
            "  fatal: {log_group: application, pattern: FATAL, metric: {name: Fatal, namespace: Shop}}\n"
            "alarms: {errors: {severity: high}, fatal: {metric: {filter: fatal}, statistic: Sum, threshold: '> 0', "
            "severity: high}}\n"
            "composites: {both: {rule: errors or fatal, severity: high}}\n"
        ),
        encoding="utf-8",
    )
    done = obsgen_test(folder, "-v", "--coverage")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "passed  six errors are an alarm (prod)",
        "1 passed",
        "prod: 5 of 7 covered (71 %)",
        "  fatal: no test puts it in ALARM",
        "  both: no test in which it is in ALARM because of fatal",
    ]


def test_results_for_ci(folder: Path) -> None:
    text = ERRORS.replace("at: 3m, alarm: errors, account: alpha, state: OK", "at: 3m, alarm: errors, state: ALARM")
    (folder / "tests.yaml").write_text(text, encoding="utf-8")
    results = folder / "results.xml"
    assert obsgen_test(folder, "--junit", str(results)).exit_code == 1
    (suite,) = Tree.fromstring(results.read_text(encoding="utf-8"))
    assert dict(suite.attrib) == {"name": "prod", "tests": "1", "failures": "1", "errors": "0", "skipped": "0"}
    (case,) = suite
    assert (case.get("name"), case.get("classname"), case.get("line")) == ("six errors are an alarm", "prod", "3")
    (failure,) = case
    assert "expected ALARM at 3m; actual OK since 3m" in str(failure.get("message"))
    assert "▲ ALARM" in str(failure.text)


def test_only_some(folder: Path) -> None:
    assert obsgen_test(folder, "--only", "six").output == "1 passed\n"
    done = obsgen_test(folder, "--only", "seven")
    assert (done.exit_code, done.output) == (2, "Error: no test matches seven\n")


def test_no_file(folder: Path) -> None:
    (folder / "tests.yaml").unlink()
    done = obsgen_test(folder)
    assert done.exit_code == 2
    assert "file not found" in done.output
    assert "obsgen test --generate >" in done.output


def test_everything_that_is_wrong_is_told_at_once_with_its_place(folder: Path) -> None:
    tests_of(
        folder,
        given=(
            "{log_group: aplication, lines: [{at: 1m, text: x}]}, "
            "{metric: {namespace: Shop, name: Eror}, series: 1}, "
            "{account: alpa, log_group: application, lines: [{at: 1m, text: x, every: 1m}]}, "
            "{alarm: erors, state: OK}, {region: eu-west-1, log_group: application, lines: [{at: 1m, text: x}]}"
        ),
        expect="{at: 1m, incident: {alarm: errors, account: hub, is: opened, channels: [mial]}}",
    )
    done = obsgen_test(folder)
    assert done.exit_code == 2
    for said in (
        "4:25: error R02: tests[0].given[0].log_group: no metric filter reads the log group `aplication`",
        "did you mean `application`?",
        "no alarm watches Shop Eror",
        "did you mean `Shop Errors`?",
        "there is no account `alpa`",
        "did you mean `alpha`?",
        "`every` requires `times`",
        "there is no alarm `erors` in prod",
        "`errors` is not deployed in hub",
        "no stack is in eu-west-1",
        "there is no channel `mial`",
        "8 errors; no test ran",
    ):
        assert said in done.output, done.output


def test_half_an_entry_and_two_in_one(folder: Path) -> None:
    tests_of(
        folder,
        given="{account: alpha}, {log_group: application}, {alarm: errors, state: OK, log_group: application}",
        expect="{at: 1m, alarm: errors}, {at: 1m, state: OK, incident: {alarm: errors, is: none}}, {at: 5m to 1m}",
    )
    done = obsgen_test(folder)
    assert done.exit_code == 2
    for said in (
        "tests[0].expect[2].at: `5m to 1m` ends before it begins",
        "= help: write 1m to 5m",
    ):
        assert said in done.output, done.output
    tests_of(
        folder,
        given="{account: alpha}, {log_group: application}, {alarm: errors, state: OK, log_group: application}",
        expect="{at: 1m, alarm: errors}, {at: 1m, state: OK, incident: {alarm: errors, is: none}}",
    )
    done = obsgen_test(folder)
    for said in (
        "tests[0].given[0]: the entry is empty",
        "tests[0].given[1]: `log_group` without `lines`",
        "tests[0].given[2]: `alarm` and `log_group` in one entry",
        "tests[0].expect[0]: `alarm` without `state`",
        "tests[0].expect[1].state: `state` cannot be combined with `incident`",
    ):
        assert said in done.output, done.output


def test_a_template_of_another_tool(tmp_path: Path) -> None:
    """No spec is needed for it, and no environment."""
    (tmp_path / "stack.template.json").write_text(
        """{"Parameters": {"Limit": {"Type": "Number", "Default": 3}},
            "Resources": {"TooMany": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
              "MetricName": "Depth", "Namespace": "Shop", "Statistic": "Maximum", "Period": 60,
              "EvaluationPeriods": 1, "Threshold": {"Ref": "Limit"}, "ComparisonOperator": "GreaterThanThreshold",
              "TreatMissingData": "notBreaching"}}}}""",
        encoding="utf-8",
    )
    (tmp_path / "tests.yaml").write_text(
        """\
version: 1
tests:
  - name: as it is
    template: stack.template.json
    given: [{metric: {namespace: Shop, name: Depth}, series: "1 4 1"}]
    expect: [{at: 2m, alarm: TooMany, state: ALARM}]
  - name: with another limit
    template: stack.template.json
    parameters: {Limit: 4}
    given: [{metric: {namespace: Shop, name: Depth}, series: "1 4 1"}]
    expect: [{at: 0m to 3m, alarm: TooMany, state: OK}]
  - name: nobody is told by a template
    template: stack.template.json
    expect: [{at: 2m, incident: {alarm: TooMany, is: opened}}]
  - name: no such file
    template: other.yaml
    expect: [{at: 2m, alarm: TooMany, state: OK}]
""",
        encoding="utf-8",
    )
    done = CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml")])
    assert done.exit_code == 2
    assert "a test with `template` has no incident function" in done.output
    assert "other.yaml: No such file or directory" in done.output
    text = (tmp_path / "tests.yaml").read_text(encoding="utf-8").split("  - name: nobody")[0]
    (tmp_path / "tests.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml"), "-v"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "2 passed"), done.output


STACK = """\
Parameters:
  Limit: {Type: Number}
  Stage: {Type: String, AllowedValues: [dev, prod], Default: dev}
Resources:
  Slow:
    Type: AWS::CloudWatch::Alarm
    Properties:
      {Namespace: Shop, MetricName: Slow, ExtendedStatistic: p99, Period: 60, EvaluationPeriods: 3,
       DatapointsToAlarm: 2, Threshold: !Ref Limit, EvaluateLowSampleCountPercentile: ignore,
       ComparisonOperator: GreaterThanThreshold}
  Depth:
    Type: AWS::CloudWatch::Alarm
    Properties:
      {Namespace: Shop, MetricName: Depth, Statistic: Maximum, Period: 60, EvaluationPeriods: 1, Threshold: 5,
       ComparisonOperator: GreaterThanThreshold, TreatMissingData: notBreaching}
"""


def played(tmp_path: Path, *tests: str) -> Result:
    """Tests of STACK, each written as one flow mapping less its name."""
    (tmp_path / "stack.yaml").write_text(STACK, encoding="utf-8")
    text = "".join(f"  - {{name: t{number}, template: stack.yaml, {one}}}\n" for number, one in enumerate(tests))
    (tmp_path / "tests.yaml").write_text(f"version: 1\ntests:\n{text}", encoding="utf-8")
    return CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml")])


def test_parameters_that_the_template_would_not_take(tmp_path: Path) -> None:
    done = played(
        tmp_path,
        "parameters: {Limt: 3, Limit: 3}, expect: [{at: 1m, alarm: Slow, state: OK}]",
        "parameters: {Limit: many}, expect: [{at: 1m, alarm: Slow, state: OK}]",
        "parameters: {Limit: 3, Stage: produ}, expect: [{at: 1m, alarm: Slow, state: OK}]",
        "parameters: {Limit: 3, Stage: prod}, expect: [{at: 1m, alarm: Slow, state: OK}]",
    )
    assert done.exit_code == 2
    for said in (
        "tests[0].parameters.Limt: the template has no parameter `Limt`",
        "did you mean `Limit`?",
        "tests[1].parameters.Limit: `Limit`: expected a number, got `many`",
        "tests[2].parameters.Stage: `Stage` does not allow `produ`",
        "did you mean `prod`?",
        "3 errors; no test ran",
    ):
        assert said in done.output, done.output


def test_a_metric_that_would_be_watched_if_its_alarm_could_be_played(tmp_path: Path) -> None:
    slow = "given: [{metric: {namespace: Shop, name: Slow}, series: 1}]"
    done = played(tmp_path, f"{slow}, expect: [{{at: 1m, alarm: Slow, state: OK}}]")
    assert done.exit_code == 2
    assert "no alarm watches Shop Slow" in done.output
    assert "use Shop Depth" in done.output
    alone = STACK.split("  Depth:")[0]
    (tmp_path / "stack.yaml").write_text(alone, encoding="utf-8")
    done = CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml")])
    assert "Slow cannot be evaluated offline: Threshold: the parameter Limit has no value" in done.output, done.output


def test_a_path_that_no_file_has(tmp_path: Path) -> None:
    expect = "expect: [{at: 1m, alarm: Depth, state: OK}]"
    text = f'version: 1\ntests:\n  - {{name: t, template: "a\\0b", {expect}}}\n'
    (tmp_path / "tests.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml")])
    assert (done.exit_code, "error R02: tests[0].template: " in done.output) == (2, True), done.output
    assert "no file can be called that" in done.output


def test_a_template_knows_no_account_by_name(tmp_path: Path) -> None:
    given = "given: [{account: alpha, metric: {namespace: Shop, name: Depth}, series: 1}]"
    done = played(tmp_path, f"parameters: {{Limit: 1}}, {given}, expect: [{{at: 1m, alarm: Depth, state: OK}}]")
    assert done.exit_code == 2
    assert "remove it: the template has an account of its own" in done.output


def test_a_test_that_looks_too_early_is_shown_what_comes_right_after(tmp_path: Path) -> None:
    given = 'given: [{metric: {namespace: Shop, name: Depth}, series: "0x1 9 0x9"}]'
    done = played(tmp_path, f"parameters: {{Limit: 1}}, {given}, expect: [{{at: 2m, alarm: Depth, state: ALARM}}]")
    assert done.exit_code == 1
    assert "t0 (stack.yaml)\n  " in done.output
    assert "Depth in 000000000000, us-east-1\n    expected ALARM at 2m\n    actual   OK since 0m" in done.output
    assert any("9 ┤" in line and "●" in line for line in done.output.splitlines()), done.output
    assert any("Depth  OK" in line and "ALARM" in line for line in done.output.splitlines()), done.output


def test_the_same_in_many_accounts_is_shown_for_some(folder: Path) -> None:
    more = "".join(f'  a{number}: {{id: "{555555555550 + number}"}}\n' for number in range(6))
    (folder / "observability.yaml").write_text(spec(f"{SEVERE}\naccounts:\n{more}"), encoding="utf-8")
    lines = 'lines: [{at: 1m, text: "[ERROR] no", times: 6}]'
    tests_of(folder, given=f"{{log_group: application, {lines}}}", expect="{at: 2m, alarm: errors, state: OK}")
    done = obsgen_test(folder)
    assert done.exit_code == 1
    assert done.output.count("expected OK at 2m") == 3
    assert "not met in 6 more alarms: errors-alarm-prod in " in done.output, done.output
    assert " and 3 more\n" in done.output


def test_few_values_and_how_many_periods_are_said(tmp_path: Path) -> None:
    given = 'given: [{metric: {namespace: Shop, name: Slow}, series: "[9 9]x3 _"}]'
    done = played(tmp_path, f"parameters: {{Limit: 1}}, {given}, expect: [{{at: 4m, alarm: Slow, state: ALARM}}]")
    assert done.exit_code == 1
    assert (
        "note     the alarm keeps its state in periods with fewer than 1,000 values, because it uses p99" in done.output
    )
    assert "Slow p99, each 1m, 2 of 3   ● > 1   · no data" in done.output


def test_what_cannot_be_evaluated_is_said_and_not_passed(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(
        """\
Resources:
  Strange:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics:
        - {Id: m, MetricStat: {Metric: {Namespace: Shop, MetricName: Depth}, Period: 60, Stat: Sum}, ReturnData: false}
        - {Id: total, Expression: "RUNNING_SUM(m)"}
      EvaluationPeriods: 1
      Threshold: 5
      ComparisonOperator: GreaterThanThreshold
""",
        encoding="utf-8",
    )
    (tmp_path / "tests.yaml").write_text(
        "version: 1\ntests:\n  - name: strange\n    template: stack.yaml\n"
        "    expect: [{at: 2m, alarm: Strange, state: OK}]\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml")])
    assert done.exit_code == 1
    assert "unknown  total: RUNNING_SUM depends on how many data points CloudWatch fetches" in done.output


def test_generated_tests_pass_and_try_everything(folder: Path) -> None:
    done = obsgen_test(folder, "--generate")
    assert done.exit_code == 0
    (folder / "tests.yaml").write_text(done.output, encoding="utf-8")
    done = obsgen_test(folder, "--coverage")
    assert (done.exit_code, done.output) == (0, "5 passed\nprod: 1 of 1 covered (100 %)\n")


def test_a_template_that_cannot_be_read_is_shown_where(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text("Resources:\n  A: {Type: !Reff B}\n  A: 1\n", encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(
        "version: 1\ntests:\n  - name: broken\n    template: stack.yaml\n    expect: [{at: 2m, alarm: A, state: OK}]\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml")])
    assert done.exit_code == 2
    assert "stack.yaml:2:" in done.output, done.output
    assert "cannot be read as a template" in done.output


def test_a_template_that_cdk_synthesized(tmp_path: Path) -> None:
    """tests/evaluate/templates/cdk: what AWS CDK makes of an app, as it is."""
    template = ROOT / "tests/evaluate/templates/cdk/shop.template.json"
    assert template.exists()
    (tmp_path / "tests.yaml").write_text(
        f"""\
version: 1
tests:
  - name: two of three minutes with errors
    template: {template}
    parameters: {{Stage: prod}}
    region: eu-west-1
    given:
      - metric:
          namespace: AWS/Lambda
          name: Errors
          dimensions: {{FunctionName: Handler886CB40B}}
        series: "0 9 0 9 0x4"
    expect:
      - {{at: 0m to 3m59s, alarm: ErrorsFA5270DE, state: OK}}
      - {{at: 4m, alarm: ErrorsFA5270DE, state: ALARM}}
      - {{at: 5m to 8m, alarm: ErrorsFA5270DE, state: OK}}
""",
        encoding="utf-8",
    )
    done = CliRunner().invoke(group, ["test", str(tmp_path / "tests.yaml")])
    assert (done.exit_code, done.output) == (0, "1 passed\n")


# --- alarms that are made in a test ------------------------------------------------------------------------------

NEW = """\
version: 1
tests:
  - name: the first hour of a new account is quiet
    given:
      - {created: 0m, account: alpha}
      - {metric: {namespace: Shop, name: Calls}, account: alpha, series: "_x10 50x60"}
      - {metric: {namespace: Shop, name: Errors}, account: alpha, series: "_x10 0x60"}
    expect:
      - {at: 0m to 10m, alarm: calls, account: alpha, state: INSUFFICIENT_DATA}
      - {at: 11m to 60m, alarm: calls, account: alpha, state: OK}
      - {at: 11m to 60m, alarm: either, account: alpha, state: OK}
      - {incidents: 0, messages: 0}
"""
WARM = """
defaults: {alarms: {warm_up: 30m}}
alarms:
  errors: {severity: high}
  calls: {metric: {namespace: Shop, name: Calls}, statistic: Sum, threshold: "< 1", severity: high}
composites: {either: {rule: errors or calls, severity: high}}
"""


def new_account(folder: Path, change: str, tests: str = NEW) -> Result:
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")
    (folder / "tests.yaml").write_text(tests, encoding="utf-8")
    return obsgen_test(folder)


def test_a_new_account_is_quiet_with_a_warm_up_and_loud_without(folder: Path) -> None:
    assert new_account(folder, WARM).output == "1 passed\n"

    done = new_account(folder, WARM.replace("warm_up: 30m", "warm_up: none"))
    assert done.exit_code == 1
    assert (
        "calls-alarm-prod in alpha (222222222222), us-east-1\n"
        "    expected INSUFFICIENT_DATA from 0m to 10m\n    actual   ALARM" in done.output
    )


def test_one_alarm_may_be_new_and_its_silence_is_told_of_when_it_is_warm(folder: Path) -> None:
    tests = """\
version: 1
tests:
  - name: nothing ever comes
    given: [{alarm: calls, created: 5m, account: alpha}]
    expect:
      - {at: 0m to 34m59s, alarm: calls, account: alpha, state: INSUFFICIENT_DATA}
      - {at: 35m, alarm: calls, account: alpha, state: ALARM, actions: executed}
      - {at: 35m, incident: {alarm: calls, account: alpha, is: opened}}
      - {at: 0m to 35m, alarm: errors, account: alpha, state: OK}
"""
    # `errors` is named and gets no data, which breaches: it is not new, so silence is heard of long before.
    done = new_account(folder, WARM, tests)
    assert done.exit_code == 1
    assert "errors-alarm-prod in alpha" in done.output
    assert "calls-alarm-prod" not in done.output


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{created: 0m, alarm: calls, state: OK}", "`state` cannot be combined with `created`"),
        (
            '{created: 0m, metric: {namespace: Shop, name: Calls}, series: "1"}',
            "`metric` cannot be combined with `created`",
        ),
        ("{created: 0m, alarm: cals}", "there is no alarm `cals`"),
        ("{created: 0m, account: alpa}", "there is no account `alpa`"),
        ("{created: 0}", "expected a time since the start of the test, got `0`"),
    ],
)
def test_what_cannot_be_new(folder: Path, given: str, message: str) -> None:
    tests = f"version: 1\ntests: [{{name: x, given: [{given}], expect: [{{at: 0m, alarm: calls, state: OK}}]}}]\n"
    done = new_account(folder, WARM, tests)
    assert done.exit_code == 2
    assert message in done.output


def test_an_alarm_begins_in_a_state_or_is_new(folder: Path) -> None:
    both = "{created: 0m}, {alarm: calls, state: ALARM}"
    tests = f"version: 1\ntests: [{{name: x, given: [{both}], expect: [{{at: 0m, alarm: calls, state: OK}}]}}]\n"
    done = new_account(folder, WARM, tests)
    assert done.exit_code == 2
    assert "`calls` is created in this test and cannot have a first state" in done.output

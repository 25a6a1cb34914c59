"""What `--coverage` counts: alarms in several accounts, composites over composites, what a suppressor is not."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from generator.cli.main import group
from tests.support import spec

METRIC = (
    "{Namespace: Shop, MetricName: %s, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 5, "
    "ComparisonOperator: GreaterThanThreshold, TreatMissingData: notBreaching}"
)
STACK = "Resources:\n" + "".join(
    f"  {name}: {{Type: AWS::CloudWatch::Alarm, Properties: {METRIC % name}}}\n"
    for name in ("A", "B", "C", "Deploying")
)


def composite(name: str, rule: str, more: str = "") -> str:
    return f"  {name}: {{Type: AWS::CloudWatch::CompositeAlarm, Properties: {{AlarmRule: !Sub '{rule}'{more}}}}}\n"


def told(tmp_path: Path, tests: list[str], stack: str = "") -> list[str]:
    """The lines of coverage. tests: each a flow mapping less its name."""
    where = "template: stack.yaml, " if stack else ""
    text = "".join(f"  - {{name: t{number}, {where}{one}}}\n" for number, one in enumerate(tests))
    (tmp_path / "tests.yaml").write_text(f"version: 1\ntests:\n{text}", encoding="utf-8")
    (tmp_path / "stack.yaml").write_text(stack, encoding="utf-8")
    words = ["test", str(tmp_path / "tests.yaml"), "-f", str(tmp_path / "observability.yaml"), "--coverage"]
    done = CliRunner().invoke(group, words)
    lines = done.output.splitlines()
    assert (done.exit_code, lines[0]) == (0, f"{len(tests)} passed"), done.output
    return lines[1:]


def fires(*names: str) -> str:
    """A minute of 9 of each metric, from 1m to 2m, so that its alarm is in ALARM from 2m to 3m."""
    return ", ".join(f'{{metric: {{namespace: Shop, name: {name}}}, series: "0 9 0 0"}}' for name in names)


def at_2m(alarm: str, state: str, until: str = "4m") -> str:
    return f"{{at: 2m, alarm: {alarm}, state: {state}}}, {{at: {until}, alarm: {alarm}, state: OK}}"


def test_an_alarm_of_several_accounts_is_tried_in_any_of_them(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec("alarms: {errors: {severity: high}}"), encoding="utf-8")
    lines = '[{at: 0m, text: fine, every: 1m, times: 9}, {at: 1m, text: "[ERROR] no", times: 6}]'
    quiet = (
        "given: [{log_group: application, lines: [{at: 0m, text: fine, every: 1m, times: 9}]}], "
        "expect: [{at: 0m to 9m, alarm: errors, state: OK}]"
    )
    assert told(tmp_path, [quiet]) == ["prod: 0 of 1 covered (0 %)", "  errors: no test puts it in ALARM"]
    fired = (
        f"given: [{{account: beta, log_group: application, lines: {lines}}}], "
        "expect: [{at: 2m, alarm: errors, account: beta, state: ALARM}]"
    )
    assert told(tmp_path, [quiet, fired]) == ["prod: 0 of 1 covered (0 %)", "  errors: no test returns it from ALARM"]
    back = fired.replace("state: ALARM}]", "state: ALARM}, {at: 3m, alarm: errors, account: beta, state: OK}]")
    assert told(tmp_path, [quiet, back]) == ["prod: 1 of 1 covered (100 %)"]


def test_one_account_that_fires_and_another_that_comes_back_are_both_ways(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec("alarms: {errors: {severity: high}}"), encoding="utf-8")
    alpha = "given: [{alarm: errors, account: alpha, state: ALARM}, {account: alpha, log_group: application, "
    alpha += "lines: [{at: 0m, text: fine, every: 1m, times: 9}]}], "
    alpha += "expect: [{at: 5m, alarm: errors, account: alpha, state: OK}]"
    beta = 'given: [{account: beta, log_group: application, lines: [{at: 1m, text: "[ERROR] no", times: 6}]}], '
    beta += "expect: [{at: 2m, alarm: errors, account: beta, state: ALARM}]"
    assert told(tmp_path, [alpha]) == ["prod: 0 of 1 covered (0 %)", "  errors: no test puts it in ALARM"]
    assert told(tmp_path, [alpha, beta]) == ["prod: 1 of 1 covered (100 %)"]


def test_a_part_has_to_decide_both_ways(tmp_path: Path) -> None:
    stack = STACK.replace("  Deploying", "  X") + composite("Both", "ALARM(${A}) AND ALARM(${B})")
    one = f"given: [{fires('A', 'B')}], expect: [{at_2m('Both', 'ALARM')}]"
    found = told(tmp_path, [one], stack)
    # A, B and Both went there and back; with both in ALARM each of them holds it there.
    assert found[0] == "stack.yaml: 5 of 9 covered (55 %)"
    assert [line for line in found if "Both" in line] == [
        "  Both: no test in which it is not in ALARM because of A",
        "  Both: no test in which it is not in ALARM because of B",
    ]
    # With A alone it is B that keeps it out.
    alone = f"given: [{fires('A')}], expect: [{at_2m('A', 'ALARM')}, {{at: 2m, alarm: Both, state: OK}}]"
    found = told(tmp_path, [one, alone], stack)
    assert [line for line in found if "Both" in line] == ["  Both: no test in which it is not in ALARM because of A"]


def test_composites_over_composites_have_composites_as_parts(tmp_path: Path) -> None:
    stack = STACK.replace("  Deploying", "  X")
    stack += composite("Inner", "ALARM(${A}) OR ALARM(${B})") + composite(
        "Outer", "ALARM(${Inner}) AND NOT ALARM(${C})"
    )
    one = f"given: [{fires('A')}], expect: [{at_2m('Outer', 'ALARM')}]"
    found = told(tmp_path, [one], stack)
    # 4 alarms, 2 composites with 2 parts each, both ways: Inner by A both ways and kept out by B; Outer by both parts
    # into ALARM, and kept out by Inner.
    assert found[0] == "stack.yaml: 9 of 14 covered (64 %)"
    assert found[1:] == [
        "  B: no test puts it in ALARM",
        "  C: no test puts it in ALARM",
        "  X: no test puts it in ALARM",
        "  Inner: no test in which it is in ALARM because of B",
        "  Outer: no test in which it is not in ALARM because of C",
    ]
    more = f"given: [{fires('A', 'C')}], expect: [{at_2m('Outer', 'OK')}]"
    found = told(tmp_path, [one, more], stack)
    assert not [line for line in found if "Outer" in line]


def test_a_suppressor_is_no_part_of_the_rule(tmp_path: Path) -> None:
    suppressed = ", ActionsSuppressor: !Ref Deploying, ActionsSuppressorWaitPeriod: 60, "
    stack = STACK + composite("Any", "ALARM(${A})", f"{suppressed}ActionsSuppressorExtensionPeriod: 60")
    one = f"given: [{fires('A', 'Deploying')}], expect: [{{at: 2m, alarm: Any, state: ALARM, actions: held}}, "
    found = told(tmp_path, [f"{one}{at_2m('Any', 'ALARM')}]"], stack)
    assert found == [
        "stack.yaml: 5 of 7 covered (71 %)",
        "  B: no test puts it in ALARM",
        "  C: no test puts it in ALARM",
    ]


def test_what_no_test_can_try_is_said_as_that(tmp_path: Path) -> None:
    query = "{Type: AWS::CloudWatch::LogAlarm, Properties: {AlarmName: asked}}"
    stack = STACK + f"  Asked: {query}\n"
    found = told(tmp_path, [f"given: [{fires('A')}], expect: [{at_2m('A', 'ALARM')}]"], stack)
    assert found[0] == "stack.yaml: 1 of 5 covered (20 %)"
    assert (
        found[-1] == "  Asked: cannot be evaluated offline: a Logs Insights query is answered by CloudWatch Logs only"
    )


def test_a_template_with_other_parameters_is_counted_by_itself(tmp_path: Path) -> None:
    stack = "Parameters: {Limit: {Type: Number, Default: 5}}\n" + STACK.split("  B:")[0].replace(
        "d: 5", "d: !Ref Limit"
    )
    fired = f"given: [{fires('A')}], expect: [{at_2m('A', 'ALARM')}]"
    quiet = f"parameters: {{Limit: 9}}, given: [{fires('A')}], expect: [{{at: 0m to 4m, alarm: A, state: OK}}]"
    assert told(tmp_path, [fired, quiet], stack) == [
        "stack.yaml with us-east-1: 1 of 1 covered (100 %)",
        "stack.yaml with Limit=9, us-east-1: 0 of 1 covered (0 %)",
        "  A: no test puts it in ALARM",
    ]

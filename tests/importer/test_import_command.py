"""`obsgen import` as people run it: the file it writes, its report and exit codes, and inputs that are wrong."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli.main import group
from tests.captures import ALPHA, REGION, composite_alarm, metric_alarm, write_capture
from tests.command import obsgen
from tests.import_example import write_monday
from tests.support import ROOT
from tests.terraform_files import alarm_values, state_resource, write_state

BETA = "333333333333"
TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: prod, AllowedValues: [prod, test]}
Resources:
  Age:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "orders-age-${Stage}"
      AlarmDescription: Orders wait
      Namespace: AWS/SQS
      MetricName: ApproximateAgeOfOldestMessage
      Dimensions: [{Name: QueueName, Value: orders}]
      Statistic: Maximum
      Period: 300
      EvaluationPeriods: 3
      Threshold: 600
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"""


def capture(folder: Path) -> Path:
    """Two accounts with the same alarm, one of them with another threshold, and a composite."""
    cpu = metric_alarm("cpu-high")
    return write_capture(
        folder / "capture",
        {
            (ALPHA, REGION): {"alarms": [cpu, composite_alarm("web-down", 'ALARM("cpu-high")')]},
            (BETA, REGION): {"alarms": [metric_alarm("cpu-high", Threshold=95.0)]},
        },
        names={ALPHA: "alpha", BETA: "beta"},
    )


def test_a_capture_becomes_a_file_that_builds_the_same_alarms(tmp_path: Path) -> None:
    capture(tmp_path)
    done = obsgen(tmp_path, "import", "capture")
    assert done.stdout.startswith("observability.yaml: 2 alarms, 1 composite, of 2 accounts and 1 Region\n")
    assert "2 alarms: 2 equal" in done.stdout and "1 composite: 1 equal" in done.stdout
    text = (tmp_path / "observability.yaml").read_text(encoding="utf-8")
    # One entry for both accounts, with an override for what differs.
    assert text.count("name: CPUUtilization") == 1 and "> 95" in text and "> 80" in text
    assert done.returncode == 0
    assert obsgen(tmp_path, "check", "--no-lint").returncode == 0


def test_the_page_begins_with_what_the_command_prints(tmp_path: Path, update: bool) -> None:
    write_monday(tmp_path)
    done = obsgen(tmp_path, "import", "captures/monday")
    written = (tmp_path / "observability.yaml").read_text(encoding="utf-8")
    page = ROOT / "docs" / "import.md"
    text = page.read_text(encoding="utf-8")
    blocks = re.split(r"(?<=\n```(?:text|yaml)\n)(.*?)(?=```\n)", text, maxsplit=2, flags=re.DOTALL)
    expected = [blocks[0], f"$ obsgen import captures/monday\n{done.stdout}", blocks[2], written, blocks[4]]
    if update:
        page.write_text("".join(expected), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == "".join(expected)


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    capture(tmp_path)
    state = [state_resource("aws_cloudwatch_metric_alarm", name, {"attributes": alarm_values(name)}) for name in "ab"]
    write_state(tmp_path / "one.tfstate", state)
    write_state(tmp_path / "two.tfstate", [dict(reversed(resource.items())) for resource in reversed(state)])
    texts = [obsgen(tmp_path, "import", f"{name}.tfstate", "-o", "-").stdout for name in ("one", "two")]
    assert texts[0].startswith("# Written by `obsgen import`") and texts[0] == texts[1]


def test_data_for_programs(tmp_path: Path) -> None:
    capture(tmp_path)
    data = json.loads(obsgen(tmp_path, "import", "capture", "--format", "json").stdout)
    assert data["proven"] is True and data["imported"]["composites"] == 1 and data["dropped"] == []
    assert {key["account"] for key in data["keys"]} == {ALPHA, BETA}
    assert {resource["outcome"] for resource in data["comparison"]["resources"]} == {"equal"}


def test_a_parameter_and_an_account_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(TEMPLATE, encoding="utf-8")
    arguments = ("import", "orders.yaml", "--account", ALPHA, "--region", "eu-west-1", "--parameter", "Stage=test")
    done = obsgen(tmp_path, *arguments)
    assert done.returncode == 0 and "1 alarm: 1 equal" in done.stdout
    text = (tmp_path / "observability.yaml").read_text(encoding="utf-8")
    assert ALPHA in text and "eu-west-1" in text and "111111111111" not in text


def test_what_was_dropped_is_grouped_and_ends_with_1(tmp_path: Path) -> None:
    streams = [
        state_resource("aws_cloudwatch_metric_stream", f"s{number}", {"attributes": {"name": "x"}})
        for number in range(5)
    ]
    alarm = state_resource("aws_cloudwatch_metric_alarm", "age", {"attributes": alarm_values("age")})
    write_state(tmp_path / "x.tfstate", [alarm, *streams])
    done = obsgen(tmp_path, "import", "x.tfstate")
    assert done.returncode == 1
    dropped = done.stdout.partition("\nDropped\n")[2].splitlines()
    assert dropped[:5] == [
        "  5 × aws_cloudwatch_metric_stream: obsgen has no metric streams; keep it in Terraform",
        "      x.tfstate: aws_cloudwatch_metric_stream.s0",
        "      x.tfstate: aws_cloudwatch_metric_stream.s1",
        "      x.tfstate: aws_cloudwatch_metric_stream.s2",
        "      and 2 more (--verbose)",
    ]
    verbose = obsgen(tmp_path, "import", "x.tfstate", "--force", "--verbose").stdout
    assert "aws_cloudwatch_metric_stream.s4" in verbose and "(--verbose)" not in verbose


def test_a_log_group_that_exists_is_only_read_and_no_loss(tmp_path: Path) -> None:
    transformation = {"metricName": "Errors", "metricNamespace": "App", "metricValue": "1", "defaultValue": 0.0}
    rows = {
        "alarms": [metric_alarm("cpu-high")],
        "log-groups": [
            {"logGroupName": name, "arn": f"arn:aws:logs:{REGION}:{ALPHA}:log-group:{name}:*"}
            for name in ("/app/web", "/of/nobody")
        ],
        "metric-filters": [
            {
                "filterName": "errors",
                "filterPattern": "ERROR",
                "logGroupName": "/app/web",
                "metricTransformations": [transformation],
            }
        ],
    }
    write_capture(tmp_path / "capture", {(ALPHA, REGION): rows}, names={ALPHA: "alpha"})
    done = obsgen(tmp_path, "import", "capture")
    assert done.returncode == 0
    assert "1 log group: 1 only read" in done.stdout and "\nDropped" not in done.stdout
    assert "/of/nobody" not in done.stdout
    assert "\nOnly read\n  1 × AWS::Logs::LogGroup: it exists; the file only reads it" in done.stdout


def test_a_file_is_never_overwritten_without_force(tmp_path: Path) -> None:
    capture(tmp_path)
    mine = tmp_path / "observability.yaml"
    mine.write_text("mine\n", encoding="utf-8")
    done = obsgen(tmp_path, "import", "capture")
    assert done.returncode == 2 and "observability.yaml already exists and was not overwritten" in done.stderr
    assert mine.read_text(encoding="utf-8") == "mine\n"
    assert obsgen(tmp_path, "import", "capture", "--force").returncode == 0
    assert mine.read_text(encoding="utf-8") != "mine\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capture", "observability.yaml"]


def test_standard_output_has_the_file_alone(tmp_path: Path) -> None:
    capture(tmp_path)
    done = obsgen(tmp_path, "import", "capture", "-o", "-")
    assert done.stdout.startswith("# Written by `obsgen import`") and "equal" not in done.stdout
    assert "2 alarms: 2 equal" in done.stderr
    assert not (tmp_path / "observability.yaml").exists()


def test_every_fault_of_every_source_at_once(tmp_path: Path) -> None:
    capture(tmp_path)
    (tmp_path / "a.yaml").write_text("Resources:\n  Age: !Reff Queue\n", encoding="utf-8")
    (tmp_path / "b.tfstate").write_text('{"password": "hunter2", "version": 4,\n  oops}', encoding="utf-8")
    with (tmp_path / "capture" / ALPHA / REGION / "alarms.jsonl").open("a", encoding="utf-8") as file:
        file.write("[]\n")
    done = obsgen(tmp_path, "import", "a.yaml", "b.tfstate", "capture", "c.json")
    assert done.returncode == 2 and done.stdout == "" and not (tmp_path / "observability.yaml").exists()
    assert done.stderr.splitlines() == [
        "a.yaml:2:8: error Y06: the tag !Reff means nothing in a template",
        "2 |   Age: !Reff Queue",
        "  |        ^",
        "  = help: did you mean `!Ref`?",
        "b.tfstate:2:3: error Y02: not JSON: Expecting property name enclosed in double quotes",
        "c.json:1:1: error Y04: file not found",
        f"error: capture/{ALPHA}/{REGION}/alarms.jsonl:3: expected an object",
        "nothing was written: 4 of the sources cannot be read",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--parameter", "Stages=prod"), "no source has a parameter `Stages`\n  = help: did you mean `Stage`?"),
        (("--parameter", "Stage=dev"), "`Stage` does not allow `dev`"),
        (("--parameter", "Stage"), "'Stage' is not NAME=VALUE"),
        (("--account", "12"), "--account: expected the 12 digits of an account, got `12`"),
        (("--region", "eu-west-11"), "--region: there is no AWS Region `eu-west-11`"),
        (("--from", "capture"), "error: orders.yaml is not a folder"),
        (("--from", "terraform"), "orders.yaml:1:1: error Y02: not JSON"),
        (("-o", "nowhere.yaml/x.yaml"), "nowhere.yaml/x.yaml: "),
    ],
)
def test_options_that_are_wrong(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "nowhere.yaml").write_text("", encoding="utf-8")
    done = obsgen(tmp_path, "import", "orders.yaml", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_parameters_are_not_for_captures(tmp_path: Path) -> None:
    capture(tmp_path)
    done = obsgen(tmp_path, "import", "capture", "--parameter", "a=b")
    assert done.returncode == 2 and "a capture has no parameters" in done.stderr


def test_nothing_is_written_where_nothing_can_be_imported(tmp_path: Path) -> None:
    condition = "Conditions:\n  Never: !Equals [a, b]\n" + TEMPLATE.replace(
        "Alarm\n", "Alarm\n    Condition: Never\n", 1
    )
    (tmp_path / "orders.yaml").write_text(condition, encoding="utf-8")
    write_state(tmp_path / "x.tfstate", [])
    done = obsgen(tmp_path, "import", "x.tfstate", "orders.yaml")
    assert done.returncode == 1 and not (tmp_path / "observability.yaml").exists()
    assert done.stdout.startswith("nothing was written: the sources have nothing that can be imported\n")
    assert "x.tfstate has no alarms, filters, log groups or dashboards" in done.stdout
    assert "orders.yaml:6: Age (orders-age-prod)" in done.stdout


def test_a_capture_that_is_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.tfstate").write_text("{}", encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "x.tfstate").symlink_to(elsewhere / "x.tfstate")
    done = obsgen(inside, "import", "x.tfstate")
    assert done.returncode == 2 and "a symbolic link to what is outside of its folder" in done.stderr
    shutil.rmtree(elsewhere)


def test_a_source_may_be_standard_input(tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        arguments = ("import", "-", "--account", ALPHA, "--region", REGION)
        done = CliRunner().invoke(group, arguments, input=TEMPLATE, prog_name="obsgen")
    assert done.exit_code == 0 and "1 alarm: 1 equal" in done.stdout, done.output
    assert "orders-age" in (tmp_path / "observability.yaml").read_text(encoding="utf-8")
    done = CliRunner().invoke(group, ("import", "-", "-o", "-"), input="[1]", prog_name="obsgen")
    assert done.exit_code == 2 and "standard input" in done.stderr

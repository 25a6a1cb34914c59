"""obsgen explain: where a value came from, where it ends up, who gets called."""

from __future__ import annotations

from pathlib import Path

import yaml
from click.testing import CliRunner, Result

from generator.cli.main import group
from tests.support import BASE, laid_over

SPEC = (
    BASE
    + """\
    severity: critical
    overrides:
      - {where: {tier: standard}, threshold: "> 20"}
      - {where: {account: gamma}, severity: high}
defaults: {alarms: {owner: shop-team}}
"""
)


def explain(folder: Path, *arguments: str, text: str = SPEC) -> Result:
    file = folder / "observability.yaml"
    file.write_text(text)
    return CliRunner().invoke(group, ["explain", *arguments, "--file", str(file)])


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SPEC.splitlines(), 1) if text in line)


def test_each_field_says_its_layer_and_its_line(tmp_path: Path) -> None:
    rows = [row.split() for row in explain(tmp_path, "alarms.errors").output.splitlines()]

    def place(text: str) -> str:
        return f"{tmp_path}/observability.yaml:{line_of(text)}"

    assert ["threshold", ">", "5", "entry", place('threshold: "> 5"')] in rows
    assert ["period", "1m", "built-in"] in rows
    assert ["owner", "shop-team", "default", place("owner: shop-team")] in rows
    assert ["threshold", ">", "20", "override", "by", "label", place("tier: standard}, threshold")] in rows


def test_it_says_who_gets_called_where(tmp_path: Path) -> None:
    output = explain(tmp_path, "alarms.errors").output
    assert "critical: calls mail (email)" in output
    assert "high in gamma: calls mail (email)" in output
    assert "stands in alpha, beta, gamma; us-east-1" in output


def test_it_names_the_resource_and_no_other(tmp_path: Path) -> None:
    output = explain(tmp_path, "alarms.errors.threshold").output
    becomes = output[output.index("becomes") :].splitlines()[1:]
    assert [row.strip() for row in becomes] == ["member.template.yaml AlarmErrors (AWS::CloudWatch::Alarm)"]


def test_a_section_lists_what_it_becomes(tmp_path: Path) -> None:
    assert "member.template.yaml MonitoringRole (AWS::IAM::Role)" in explain(tmp_path, "access").output


def test_a_channel_shows_what_it_is_delivered_by_and_of_what_it_hears(tmp_path: Path) -> None:
    change = "{rate: 5/1m, digest: {above: 3/1m}}"
    given = yaml.safe_dump(laid_over(yaml.safe_load(SPEC), {"channels": {"mail": yaml.safe_load(change)}}))
    output = explain(tmp_path, "channels.mail", text=given).output
    rows = [row.split() for row in output.splitlines()]
    number = next(n for n, line in enumerate(given.splitlines(), 1) if "rate: 5/1m" in line)
    assert ["mail", "(email)"] in rows
    assert ["rate", "5/1m", "entry", f"{tmp_path}/observability.yaml:{number}"] in rows
    assert ["retry_for", "3d", "built-in"] in rows
    assert ["missed", "digest", "built-in"] in rows
    assert ["time_limit", "30s", "built-in"] in rows
    digest = next(row for row in rows if row[:1] == ["digest"])
    assert digest[1:6] == ["{above:", "3/1m,", "every:", "5m}", "entry"]
    assert "    hears of critical, high, medium, low" in output.splitlines()
    assert "hub.template.yaml Email" in output


def test_one_key_of_a_channel_shows_only_that(tmp_path: Path) -> None:
    given = yaml.safe_dump(laid_over(yaml.safe_load(SPEC), {"channels": {"mail": {"rate": "5/1m"}}}))
    output = explain(tmp_path, "channels.mail.rate", text=given).output
    assert "rate  5/1m  entry" in output
    assert "retry_for" not in output


def test_a_wrong_path_gets_a_did_you_mean_and_exit_2(tmp_path: Path) -> None:
    shown = explain(tmp_path, "alarms.erors")
    assert shown.exit_code == 2
    assert "Did you mean `alarms.errors`?" in shown.output


def test_a_code_shows_the_page_of_its_check(tmp_path: Path) -> None:
    output = explain(tmp_path, "h01").output
    assert "alarms-treat-missing-data-as-breaching" in output

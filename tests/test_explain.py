"""obsgen explain: where a value came from, where it ends up, who gets called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from generator.cli.main import group
from tests.support import BASE, laid_over, spec

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
    assert "critical: notifies mail (email)" in output
    assert "high in gamma: notifies mail (email)" in output
    assert "deployed to alpha, beta, gamma; us-east-1" in output


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
    assert "    receives critical, high, medium, low" in output.splitlines()
    assert "hub.template.yaml Email" in output


def test_one_key_of_a_channel_shows_only_that(tmp_path: Path) -> None:
    given = yaml.safe_dump(laid_over(yaml.safe_load(SPEC), {"channels": {"mail": {"rate": "5/1m"}}}))
    output = explain(tmp_path, "channels.mail.rate", text=given).output
    assert "rate  5/1m  entry" in output
    assert "retry_for" not in output


def test_a_wrong_path_gets_a_did_you_mean_and_exit_2(tmp_path: Path) -> None:
    shown = explain(tmp_path, "alarms.erors")
    assert shown.exit_code == 2
    assert "did you mean `alarms.errors`?" in shown.output


def test_a_code_shows_the_page_of_its_check(tmp_path: Path) -> None:
    output = explain(tmp_path, "h01").output
    assert "alarms-treat-missing-data-as-breaching" in output


NAMES = """
channels: {pager: {type: pagerduty, secret: shop/pager}}
routes: {critical: [mail, pager]}
alarms:
  errors: {severity: critical, overrides: [{where: {account: gamma}, enabled: false}]}
  lag: {in: hub, over: each-account, metric: {filter: errors}, statistic: Sum, threshold: "> 1"}
  quiet: {metric: {namespace: Shop, name: Quiet}, statistic: Sum, threshold: "> 1", enabled: false, severity: critical}
  parts:
    {metric: {namespace: Shop, name: Parts}, statistic: Sum, threshold: "> 1", enabled: false,
     overrides: [{where: {account: alpha}, enabled: true}]}
composites: {both: {rule: errors or parts, severity: critical}}
services: {pay: {type: lambda, function: pay-handler}}
"""


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("errors-alarm-prod", "alarms.errors"),
        ("AlarmErrors", "alarms.errors"),
        ("errors", "alarms.errors"),
        ("lag-beta-alarm-prod", "alarms.lag"),
        ("lag@beta", "alarms.lag"),
        ("both-alarm-prod", "composites.both"),
        ("pay-duration-alarm-prod", "services.pay.alarms.duration"),
        ("pay-duration", "services.pay.alarms.duration"),
        ("pager", "channels.pager"),
    ],
)
def test_every_name_that_people_have_in_hand(tmp_path: Path, name: str, path: str) -> None:
    said = explain(tmp_path, name, text=spec(NAMES))
    assert said.exit_code == 0, said.stderr
    assert said.stdout.startswith(f"{path} in prod\n")


def test_a_name_that_is_nearly_one(tmp_path: Path) -> None:
    assert "did you mean `errors-alarm-prod`?" in explain(tmp_path, "errors-alarm-prd", text=spec(NAMES)).stderr


def test_a_channel_and_a_route_say_who_calls_them(tmp_path: Path) -> None:
    said = explain(tmp_path, "channels.pager", text=spec(NAMES)).stdout
    assert "    receives critical\n    notified by both-alarm-prod, errors-alarm-prod\n" in said
    said = explain(tmp_path, "routes.critical", text=spec(NAMES)).stdout
    assert "  critical notifies mail, pager\n    notified by both-alarm-prod, errors-alarm-prod\n" in said


@pytest.mark.parametrize(
    ("name", "words"),
    [("quiet", "(disabled)"), ("parts", "(enabled only in alpha)"), ("errors", "(disabled in gamma)")],
)
def test_off_is_said_only_where_it_is_off(tmp_path: Path, name: str, words: str) -> None:
    assert f"  {name}-alarm-prod {words}\n" in explain(tmp_path, name, text=spec(NAMES)).stdout


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("error_logs.every", "  every: 5 minutes, 15 seconds after a window has ended"),
        ("events.keep", "  events: kept for 90 days"),
        ("log-error", "  severity: log medium, lambda high, task medium, health high, spike medium, agent high"),
    ],
)
def test_a_setting_that_nobody_wrote_and_the_name_of_a_check(tmp_path: Path, asked: str, line: str) -> None:
    said = explain(tmp_path, asked, text=spec("error_logs: true"))
    assert said.exit_code == 0, said.stderr
    assert line in said.stdout.splitlines()


@pytest.mark.parametrize(("asked", "near"), [("error_log", "error_logs"), ("error_logs.evry", "error_logs.every")])
def test_a_setting_that_is_nearly_one(tmp_path: Path, asked: str, near: str) -> None:
    said = explain(tmp_path, asked, text=spec("error_logs: true"))
    assert said.exit_code == 2
    assert f"did you mean `{near}`?" in said.stderr


def test_a_section_that_an_environment_does_not_have(tmp_path: Path) -> None:
    text = spec("{environments: [dev, prod], access: {owned_by: prod}, error_logs: true, events: {keep: 30d}}")
    said = explain(tmp_path, "error_logs", "-e", "dev", text=text).output
    assert "has no effect in dev: `environments` of the section, or `owned_by` of access, excludes dev" in said
    assert "kept for 30 days" in explain(tmp_path, "events", "-e", "dev", text=text).output


LOGS = """
regions: [us-east-1, eu-west-1]
environments: {prod: {accounts: [alpha, beta]}, staging: {accounts: [gamma]}}
access: {owned_by: prod}
channels: {chat: {type: slack, secret: shop/slack, channel: "#ops"}}
owners: {carts: {channels: [chat]}}
routes: {rules: [{when: {environment: staging}, to: [chat]}, {when: {environment: prod, account: beta}, to: [mail]}]}
log_groups:
  application: {accounts: [alpha, gamma], regions: [us-east-1], retention: 30d}
  theirs: {name: /theirs, create: false}
  partly: {name: "/partly/{environment}", exists: {accounts: [beta]}}
metric_filters:
  errors: {metric: {name: "Errors-{environment}"}}
  total: {log_group: application, pattern: '" "', metric: {namespace: Shop, name: "Total-{environment}", default: 0}}
alarms:
  errors: {owner: carts}
  slow: {logs: {query: "filter took > 1", log_groups: [application]}, threshold: "> 1"}
composites: {down: {rule: errors and slow, severity: critical, owner: carts}}
slos: {good: {objective: 99.9, bad: {filter: errors}, total: {filter: total}, owner: carts}}
canaries: {home: {url: "https://example.com", owner: carts}}
contributor_insights: {top: {log_group: application, keys: ["$.ip"]}}
dashboards: {lines: {widgets: [{type: logs, title: Lines, query: fields @message, log_groups: [application]}]}}
error_logs: {groups: {prefixes: [/theirs]}}
compliance: {accounts: [alpha, gamma]}
agent: {targets: {"tag:Monitored": "{environment}"}, metrics: [mem], labels: {tier: {except: [standard]}}}
"""
BY_OWNER = "notifies chat (slack) (owners.carts.channels: owner carts)"


def rows_of(folder: Path, path: str, environment: str = "prod") -> list[str]:
    result = explain(folder, path, "-e", environment, text=spec(LOGS))
    assert result.exit_code == 0, result.output
    return [" ".join(row.replace(f"{folder}/", "").split()) for row in result.output.splitlines()]


def test_a_log_group_says_where_it_is_who_reads_it_and_what_watches_it(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "log_groups.application")
    file = (tmp_path / "observability.yaml").read_text().splitlines()
    assert rows[1] == "/aws/application/prod"
    said = re.fullmatch(r"deployed to alpha; us-east-1, by accounts at \S+:(\d+) and regions at \S+:(\d+)", rows[2])
    assert said
    assert [file[int(number) - 1].strip() for number in said.groups()] == ["accounts:", "regions:"]
    assert "created by the stack, its lines are kept for 30 days" in rows
    reads = "metric_filters.errors, metric_filters.total, alarms.slow, contributor_insights.top"
    assert f"read by {reads} and dashboard lines-dashboard-prod" in rows
    assert f"watched by errors-alarm-prod, medium in alpha: {BY_OWNER}" in rows
    # Its parts call nobody: what they are for does.
    assert f"watched by good-fast-alarm-prod, critical in alpha: {BY_OWNER}" in rows
    assert not [row for row in rows if "good-fast-1h" in row]


def test_log_groups_of_somebody_else_say_so(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "log_groups.theirs")
    assert {"created outside the stack", "read by error_logs", "no alarm watches it"} <= {*rows}
    rows = rows_of(tmp_path, "log_groups.partly")
    assert any(row.startswith("created by the stack, in beta; us-east-1, eu-west-1 outside the stack") for row in rows)
    assert "nothing reads it" in rows


def test_a_metric_filter_says_what_it_counts_where_and_what_watches_it(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "metric_filters.errors")
    assert "publishes Shop Errors-prod" in rows
    assert "deployed to alpha; us-east-1" in rows
    assert f"watched by errors-alarm-prod, medium in alpha: {BY_OWNER}" in rows


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("composites.down", f"critical: {BY_OWNER}"),
        ("composites.down", "deployed to alpha; us-east-1"),
        ("slos.good", f"critical: {BY_OWNER}"),
        ("canaries.home", f"medium: {BY_OWNER}"),
    ],
)
def test_what_is_no_alarm_says_owner_and_route_as_alarms_do(tmp_path: Path, path: str, line: str) -> None:
    rows = rows_of(tmp_path, path)
    assert line in rows
    assert [row for row in rows if row.startswith("owner carts entry")]


def test_a_rule_of_an_environment_is_called_by_it(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "routes.rules[0]", "staging")
    assert "environment staging: notifies chat" in rows
    assert "does not apply to prod" in rows_of(tmp_path, "routes.rules[0]")[0]
    assert "environment prod, account beta: notifies mail" in rows_of(tmp_path, "routes.rules[1]")


@pytest.mark.parametrize("section", ["compliance", "agent", "error_logs"])
def test_a_section_that_is_in_members_says_where(tmp_path: Path, section: str) -> None:
    rows = [row for row in rows_of(tmp_path, section) if row.startswith("deployed to")]
    where = {
        "compliance": "deployed to alpha; us-east-1, eu-west-1, by accounts at",
        "agent": "deployed to alpha; us-east-1",
    }
    assert len(rows) == 1
    assert rows[0].startswith(where.get(section, "deployed to alpha, beta; us-east-1, eu-west-1"))


def test_the_code_of_an_error_is_explained_without_a_spec_that_can_be_read(tmp_path: Path) -> None:
    result = explain(tmp_path, "r06", text="version: 1\nprojectt: shop\n")
    assert result.exit_code == 0
    assert "| R06 |" in result.output
    assert "`unit`" in result.output
    unknown = explain(tmp_path, "R99")
    assert unknown.exit_code == 2
    assert "there is no error code R99" in unknown.output


def test_routes_are_explained_in_the_order_in_which_they_are_compared(tmp_path: Path) -> None:
    rules = {"routes": {"rules": [{"when": {"tier": "standard"}, "to": []}]}}
    lines = explain(tmp_path, "routes", text=yaml.safe_dump(laid_over(yaml.safe_load(SPEC), rules))).output.splitlines()
    rule = lines.index("  routes.rules[0]: tier standard: notifies no channel")
    assert lines.index("  critical: notifies mail") > rule


PLACED_SECTIONS = {
    "routes": {"low": ["mail"], "rules": [{"when": {"account": "gamma", "severity": "low"}, "to": []}]},
    "compliance": {"accounts": ["alpha", "beta"]},
    "error_logs": {"accounts": ["alpha"], "severities": {"log": "low"}},
}


@pytest.mark.parametrize("section", ["compliance", "error_logs"])
def test_a_section_names_channels_only_of_accounts_that_have_it(tmp_path: Path, section: str) -> None:
    text = yaml.safe_dump(laid_over(yaml.safe_load(SPEC), PLACED_SECTIONS))
    output = explain(tmp_path, section, text=text).output
    assert "low: notifies mail (email)" in output
    assert "gamma" not in output.partition("becomes")[0]


def test_an_environment_without_agents_has_no_alarm_on_the_function_that_lists_them(tmp_path: Path) -> None:
    changed = {
        "environments": {
            "prod": {"accounts": ["alpha", "beta"]},
            "staging": {"hub": {"account": "999999999999"}, "accounts": ["gamma"]},
        },
        "metric_filters": {"errors": {"metric": {"name": "Errors-{environment}"}}},
        "routes": {severity: ["mail"] for severity in ("critical", "high", "medium", "low")},
        "reports": {"daily": {"to": ["mail"]}},
        "error_logs": {"accounts": ["alpha"]},
    }
    text = yaml.safe_dump(laid_over(yaml.safe_load(BASE), changed))
    assert "AlarmUpdateDeploymentErrors" in explain(tmp_path, "error_logs", "-e", "prod", text=text).output
    staging = explain(tmp_path, "error_logs", "-e", "staging", text=text)
    assert "AlarmUpdateDeploymentErrors" not in staging.output
    assert staging.exit_code == 0

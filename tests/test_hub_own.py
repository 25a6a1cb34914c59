"""Alarms on the hub's own metrics and logs: they stand in the hub, look at nothing else, and are told as the hub's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from generator.cli.main import group
from generator.model.accounts import Side
from generator.render.routing import routing_json
from handlers.incident.events import Key
from handlers.incident.routing import Routing
from tests.support import built, spec

HUB_ID, ALPHA = "111111111111", "222222222222"
GATEWAY = """\
access: {sharing: null}
log_groups:
  gateway: {name: "/gateway/{environment}", accounts: [hub]}
metric_filters:
  gateway:
    log_group: gateway
    pattern: '"ERROR"'
    metric: {namespace: Gateway, name: Errors, default: 0}
alarms:
  gateway: {accounts: [hub], metric: {filter: gateway}, statistic: Sum, threshold: "> 5"}
"""


def test_without_any_link_it_stands_in_the_hub_on_the_metric_of_its_own_account() -> None:
    made = built(spec(GATEWAY), lint=True)
    assert made.findings == []
    hub, member = (made.templates["prod"][f"{name}.template.yaml"]["Resources"] for name in ("hub", "member"))
    properties = hub["AlarmGateway"]["Properties"]
    assert (properties["Namespace"], properties["MetricName"]) == ("Gateway", "Errors")
    # The list form, which names accounts, is not needed: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    assert "Metrics" not in properties
    assert hub["FilterGateway"]["Properties"]["LogGroupName"] == {"Ref": "LogGroupGateway"}
    assert not any("Gateway" in name for name in member)


def test_all_that_can_stand_in_the_hub_says_so_with_the_same_words() -> None:
    change = """\
services: {importer: {type: lambda, function: importer, accounts: [hub]}}
composites: {down: {accounts: [hub], rule: gateway and importer-errors, severity: high}}
slos:
  gateway:
    accounts: [hub]
    objective: 99.9
    bad: {filter: gateway}
    total: {namespace: Gateway, name: Calls}
"""
    made = built(spec(change + GATEWAY))
    assert not [one for one in made.findings if one.code != "T50"]
    (estate,) = made.estates.values()
    things = [*estate.alarms, *estate.composites]
    assert {one.key for one in things if one.side is Side.MEMBERS} == {"errors"}
    assert all(alarm.is_of_hub for alarm in estate.alarms if alarm.key != "errors")


def test_it_is_an_incident_of_the_hub_whose_lines_a_ticket_quotes() -> None:
    rules = "routes: {rules: [{when: {account: hub}, to: []}]}\n"
    made = built(spec(GATEWAY + rules))
    assert made.artifacts, made.findings
    routing = Routing(json.loads(routing_json(made.estates["prod"])))
    own, other = (Key(account, "us-east-1", "gateway-alarm-prod") for account in (HUB_ID, ALPHA))
    assert routing.account_name(own) == "hub"
    assert routing.listeners(own)["medium"] == ()
    assert routing.listeners(other)["medium"] == ("mail",)
    query = routing.log_query(own)
    assert query and (query.log_group, query.readable) == ("/gateway/prod", True)
    roles = made.templates["prod"]["hub.template.yaml"]["Resources"]
    statements = [
        statement
        for role in roles.values()
        if role["Type"] == "AWS::IAM::Role"
        for document in role["Properties"].get("Policies", [])
        for statement in document["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "QuotesLogs"
    ]
    # Nothing of the members, who share no logs.
    assert [one["Resource"] for one in statements] == [[f"arn:aws:logs:us-east-1:{HUB_ID}:log-group:/gateway/prod:*"]]


def test_a_filter_on_a_log_group_of_the_hubs_own_functions_comes_after_it() -> None:
    change = 'log_groups: {gateway: {name: "/aws/lambda/incident-notifier-{environment}", create: false}}\n'
    made = built(spec(yaml.safe_dump(_merged(GATEWAY, change))))
    assert made.findings == []
    resources = made.templates["prod"]["hub.template.yaml"]["Resources"]
    name = resources["FilterGateway"]["Properties"]["LogGroupName"]
    assert resources[name["Ref"]]["Properties"]["LogGroupName"] == "/aws/lambda/incident-notifier-prod"


def _merged(one: str, other: str) -> dict[str, object]:
    first, second = yaml.safe_load(one), yaml.safe_load(other)
    first["log_groups"]["gateway"] |= second["log_groups"]["gateway"]
    return dict(first)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "observability.yaml").write_text(spec(GATEWAY), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, list(words))
    return result.exit_code, result.output


def test_tests_feed_it_the_hubs_metric_and_explain_says_where_it_stands(folder: Path) -> None:
    plays = """\
version: 1
tests:
  - name: the gateway fails
    given:
      - {account: hub, metric: {namespace: Gateway, name: Errors}, series: "0x2 9 0x2"}
    expect:
      - {at: 3m, alarm: gateway, account: hub, state: OK}
      - {at: 4m, alarm: gateway, account: hub, state: ALARM}
"""
    (folder / "tests.yaml").write_text(plays, encoding="utf-8")
    code, output = run("test")
    assert (code, output.strip()) == (0, "1 passed"), output
    code, output = run("explain", "alarms.gateway")
    assert code == 0
    assert "deployed to the hub, us-east-1, by accounts: [hub] at observability.yaml:" in output
    assert "measures Gateway Errors from metric filter gateway, in its own account" in output


def test_its_graph_is_of_the_hubs_own_metric() -> None:
    row = "{type: row, title: Gateway, metrics: [gateway], lines: {errors: {filter: gateway}}}"
    change = f"dashboards: {{hub: {{widgets: [{row}]}}}}\n"
    made = built(spec(GATEWAY + change))
    assert made.findings == []
    (dashboard,) = made.estates["prod"].dashboards
    drawn = [line for widget in dashboard.widgets for line in getattr(widget, "series", ())]
    assert [line.account for line in drawn] == [None, None]

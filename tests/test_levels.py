"""Several thresholds in one alarm: an alarm for each, and one incident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.model.alarm_rules import AnyOf, InState
from generator.render.routing import routing_json
from handlers.incident.routing import Routing
from tests.command import obsgen
from tests.handlers.alarm_world import OK, A
from tests.handlers.group_world import ALPHA, HOUR, MINUTE, Estate, alarm, routing
from tests.support import built, spec

QUEUE = """
channels: {pager: {type: pagerduty, secret: shop/pager}}
routes: {critical: [pager, mail]}
alarms:
  queue:
    metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: orders}}
    statistic: Maximum
    period: 5m
    service: orders
    summary: The queue is old
    thresholds: {critical: "> 95", high: "> 80"}
    overrides:
      - {where: {account: alpha}, thresholds: {critical: "> 90"}}
      - {where: {account: beta}, datapoints: 2 of 3}
composites: {down: {rule: queue and errors, severity: critical}}
"""


def made() -> Built:
    result = built(spec(QUEUE))
    assert result.artifacts, result.findings
    return result


def member() -> dict[str, Any]:
    template: dict[str, Any] = made().templates["prod"]["member.template.yaml"]
    return template


def test_each_threshold_is_an_alarm_of_its_severity() -> None:
    resources = member()["Resources"]
    alarms = [resources[f"AlarmQueue{level}"]["Properties"] for level in ("High", "Critical")]
    assert [one["AlarmName"] for one in alarms] == ["queue-high-alarm-prod", "queue-critical-alarm-prod"]
    assert alarms[0]["Threshold"] == 80.0
    parameter = member()["Parameters"][alarms[1]["Threshold"]["Ref"]]
    assert float(parameter["Default"]) == 95.0
    (estate,) = made().estates.values()
    of = {one.key: one for one in estate.alarms}
    assert (of["queue-critical"].tuning_in("alpha").threshold, of["queue-high"].tuning_in("alpha").threshold) == (
        90,
        80,
    )
    assert {of[key].tuning_in("beta").evaluation_periods for key in ("queue-critical", "queue-high")} == {3}
    assert {of[key].summary for key in ("queue-critical", "queue-high")} == {"The queue is old"}


def test_a_composite_means_any_of_them() -> None:
    (estate,) = made().estates.values()
    (down,) = estate.composites
    queue = AnyOf((InState("queue-critical", "ALARM"), InState("queue-high", "ALARM")))
    assert down.rule.rules[0] == queue


def test_explain_finds_both_and_says_where_each_value_is_from(tmp_path: Path) -> None:
    file = tmp_path / "observability.yaml"
    file.write_text(spec(QUEUE), encoding="utf-8")

    def explain(*path: str) -> str:
        return CliRunner().invoke(group, ["explain", *path, "--file", str(file)]).output

    said = explain("alarms.queue")
    assert "queue-critical-alarm-prod" in said
    assert "queue-high-alarm-prod" in said
    line = next(number for number, text in enumerate(spec(QUEUE).splitlines(), 1) if "critical: '> 95'" in text)
    assert f"{file}:{line}" in said
    assert "the other thresholds of queue" in explain("incident", "queue-high")


def test_the_table_says_that_they_belong_together() -> None:
    (estate,) = made().estates.values()
    table = Routing(json.loads(routing_json(estate)))
    assert {table.level_of(alarm(f"queue-{level}-alarm-prod")) for level in ("high", "critical")} == {"queue"}
    assert table.level_of(alarm("errors-alarm-prod")) == ""


HIGH, CRITICAL = alarm("queue-high-alarm-prod"), alarm("queue-critical-alarm-prod")


def levels(**more: Any) -> Estate:
    both = {"level_of": "queue", **more}
    alarms = {HIGH.alarm: both, CRITICAL.alarm: {**both, "severity": "critical"}}
    return Estate(routing(alarms, incidents={"storm": None}))


def test_the_worse_threshold_joins_the_incident_of_the_milder_one_hours_later() -> None:
    place = levels()
    place.state(HIGH, A)
    first = place.root.id
    place.now += 5 * HOUR  # long after an incident takes further alarms
    place.state(CRITICAL, A)
    root = place.root
    assert (root.id, root.severity, root.members) == (first, "critical", 2)
    assert root.recipients == ("jira", "bot", "pager")
    assert root.alarm_at == place.now  # it is a page
    place.now += MINUTE
    place.state(CRITICAL, OK, before=A, since=place.now - MINUTE)
    assert place.root.is_open  # the milder one still fires
    place.state(HIGH, OK, before=A, since=place.now - MINUTE)
    assert not place.root.is_open


def test_while_the_worse_threshold_fires_the_milder_one_is_no_page() -> None:
    place = levels(alone=True)
    place.state(CRITICAL, A)
    paged = place.root.alarm_at
    place.now += MINUTE
    place.state(HIGH, A)
    assert (place.root.members, place.root.alarm_at) == (2, paged)


def test_what_has_ended_hours_ago_is_not_joined() -> None:
    place = levels()
    place.state(HIGH, A)
    place.now += MINUTE
    place.state(HIGH, OK, before=A, since=place.now - MINUTE)
    place.now += 5 * HOUR
    place.state(CRITICAL, A)
    assert len(place.roots) == 2
    assert place.roots[1].key.account == ALPHA


def codes(change: str) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(finding.code, finding.path) for finding in built(spec(change)).findings]


def test_two_overrides_that_are_fine_alone_and_out_of_order_together() -> None:
    over = QUEUE.replace(
        "{where: {account: beta}, datapoints: 2 of 3}", '{where: {account: PLACE}, thresholds: {high: "> 92"}}'
    )
    assert codes(over.replace("PLACE", "alpha")) == [("R07", ("alarms", "queue", "overrides", 1, "thresholds"))]
    assert not codes(over.replace("PLACE", "beta"))


def test_thresholds_out_of_order_for_a_label_that_is_called_region() -> None:
    over = """
accounts: {alpha: {labels: {LABEL: eu}}, beta: {labels: {LABEL: us}}}
alarms:
  age:
    metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: orders}}
    statistic: Maximum
    thresholds: {high: "> 80", critical: "> 95"}
    overrides: [{where: {LABEL: eu}, thresholds: {critical: "> 50"}}]
"""
    for label in ("zone", "region"):
        assert codes(over.replace("LABEL", label)) == [("R07", ("alarms", "age", "overrides", 0, "thresholds"))]


def test_a_composite_of_the_same_name_is_refused() -> None:
    """A rule could mean either, and would mean the thresholds without a word."""
    composites = "composites: {queue: {rule: queue and errors, severity: critical}}"
    assert ("R08", ("alarms", "queue")) in codes(QUEUE.replace(QUEUE[QUEUE.index("composites:") :], composites))


def test_an_alarm_that_moved_keeps_the_names_of_its_thresholds() -> None:
    result = built(spec(QUEUE + "moved: [{from: alarms.backlog, to: alarms.queue}]\n"))
    assert result.artifacts, result.findings
    (estate,) = result.estates.values()
    assert {(one.name, one.logical_id) for one in estate.alarms if one.level_of} == {
        ("backlog-high-alarm-prod", "AlarmBacklogHigh"),
        ("backlog-critical-alarm-prod", "AlarmBacklogCritical"),
    }


def test_a_drill_of_an_entry_names_its_alarms(tmp_path: Path) -> None:
    change = """
alarms:
  lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, thresholds: {high: "> 5", critical: "> 9"}}
"""
    (tmp_path / "observability.yaml").write_text(spec(change), encoding="utf-8")
    said = obsgen(tmp_path, "drill", "--local", "lag")
    assert said.returncode == 2
    assert "`lag` has an alarm for each of its thresholds" in said.stderr
    assert "one of lag-critical, lag-high" in said.stderr


def test_explain_leaves_out_what_overrides_say_where_there_is_no_alarm(tmp_path: Path) -> None:
    change = """
alarms:
  errors:
    accounts: [alpha]
    overrides: [{where: {account: beta}, enabled: false}, {where: {tier: standard}, threshold: "> 9"},
                {where: {tier: critical}, threshold: "> 7"}]
"""
    (tmp_path / "observability.yaml").write_text(spec(change), encoding="utf-8")
    said = obsgen(tmp_path, "explain", "alarms.errors").stdout
    assert "in alpha\n      threshold  > 7  override by label" in said
    assert "in beta\n      enabled  false  override by account" in said
    assert "> 9" not in said

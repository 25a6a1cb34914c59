"""`moved`: an entry under another key is the same resource, by its logical id and by its name."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from generator.build import Built
from generator.findings import Severity, dotted
from generator.render.routing import routing_json
from tests.command import obsgen
from tests.support import TextParts, built, laid_over, spec

# Everything that keeps its names, under keys that are filled in.
MOVABLE = """
alarms:
  few: {{metric: {{filter: errors}}, statistic: Sum, threshold: "> 1"}}
  {a}:
    metric: {{filter: errors}}
    statistic: Sum
    threshold: "> 7"
    overrides: [{{where: {{account: alpha}}, threshold: "> 70"}}]
  {h}: {{in: hub, over: each-account, metric: {{filter: errors}}, statistic: Sum, threshold: "> 3"}}
composites: {{{c}: {{rule: "errors and {a}", severity: high}}}}
dashboards: {{overview: auto, {d}: {{widgets: [{{type: text, markdown: hello}}]}}}}
log_groups: {{{g}: {{name: "/aws/more/{{environment}}", archive: {{retain: 400d}}}}}}
metric_filters:
  {f}: {{log_group: {g}, pattern: '"[WARN]"', metric: {{name: Warnings, namespace: Shop, default: 0}}}}
event_rules:
  {e}: {{pack: rds, events: {{failover: {{owner: shop}}}}}}
  {p}: {{pattern: {{source: [shop.orders], detail-type: [Import Failed]}}, severity: low, ends: {{after: 1h}}}}
"""
KEYS = {"a": "alarms", "h": "alarms", "c": "composites", "d": "dashboards", "g": "log_groups", "f": "metric_filters"}
KEYS |= {"e": "event_rules", "p": "event_rules"}
OLD = {key: f"old-{key}" for key in KEYS}
NEW = {key: f"new-{key}" for key in KEYS}
MOVES = [{"from": f"{section}.old-{key}", "to": f"{section}.new-{key}"} for key, section in KEYS.items()]


def moved(keys: dict[str, str], moves: list[dict[str, str]]) -> str:
    return spec(yaml.safe_dump({**yaml.safe_load(MOVABLE.format(**keys)), "moved": moves}))


def identities(found: Built) -> dict[str, Any]:
    """Logical ids of everything in the templates, and the properties by which CloudFormation knows a resource."""
    names = ("AlarmName", "Name", "DashboardName", "FilterName", "LogGroupName", "DeliveryStreamName", "LogStreamName")
    return {
        f"{file} {section} {logical_id}": {name: one.get("Properties", {}).get(name) for name in names}
        for file, template in found.templates["prod"].items()
        for section in ("Parameters", "Conditions", "Resources", "Outputs")
        for logical_id, one in template.get(section, {}).items()
    }


def test_what_moved_has_the_names_it_had() -> None:
    before, after = built(moved(OLD, []), lint=True), built(moved(NEW, MOVES), lint=True)
    assert [one for one in after.findings if one.severity is Severity.ERROR] == []
    assert identities(before) == identities(after)
    assert identities(before) != identities(built(moved(NEW, [])))
    paths = {dotted(one.path) for one in (*after.estates["prod"].alarms, *after.estates["prod"].composites)}
    assert {"alarms.new-a", "alarms.new-h", "composites.new-c"} <= paths


def test_moves_go_on_from_each_other_in_any_order() -> None:
    chain = [{"from": "alarms.old-a", "to": "alarms.mid-a"}, {"from": "alarms.mid-a", "to": "alarms.new-a"}]
    keys = {**OLD, "a": "new-a"}
    for moves in (chain, chain[::-1]):
        found = built(moved(keys, moves))
        assert [one for one in found.findings if one.severity is Severity.ERROR] == []
        assert identities(found) == identities(built(moved(OLD, [])))


def test_an_overview_stays_the_overview() -> None:
    before = built(spec("dashboards: {overview: auto}"))
    after = built(spec("dashboards: {estate: auto}\nmoved: [{from: dashboards.overview, to: dashboards.estate}]"))
    assert identities(before) == identities(after)


def test_diff_says_what_was_renamed_and_nothing_comes_or_goes(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(moved(OLD, []))
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, "-C", str(tmp_path), *words], check=True)
    (tmp_path / "observability.yaml").write_text(moved(NEW, MOVES))
    shown = obsgen(tmp_path, "diff").stdout
    for move in MOVES:
        assert f"~ `{move['from']}` is `{move['to']}` now, and keeps its names" in shown
    assert [line for line in shown.splitlines() if line.strip().startswith(("+", "-"))] == []
    assert "alarms.new-a" in obsgen(tmp_path, "explain", "old-a-alarm-prod").stdout


def test_an_included_file_has_moves_of_its_own() -> None:
    entry = laid_over(yaml.safe_load(spec())["alarms"]["errors"], {})
    part = {"alarms": {"new": entry}, "moved": [{"from": "alarms.old", "to": "alarms.new"}]}
    parts = TextParts({"a.yaml": yaml.safe_dump(part).encode()})
    main = "include: [a.yaml]\nmoved: [{from: alarms.faults, to: alarms.errors}]"
    names = {one.name for one in built(spec(main), parts=parts).estates["prod"].alarms}
    assert names == {"old-alarm-prod", "faults-alarm-prod"}
    wrong = built(spec("include: [a.yaml]\nmoved: [{from: alarms.old, to: alarms.errors}]"), parts=parts)
    (finding,) = wrong.findings
    assert (finding.code, wrong.source.at(finding.path).name) == ("R07", "a.yaml")


def test_two_alarms_never_have_one_name() -> None:
    alarm = '{metric: {filter: errors}, statistic: Sum, threshold: "> 5"}'
    found = built(spec(f"alarms: {{old: {alarm}}}\nmoved: [{{from: alarms.old, to: alarms.errors}}]"))
    assert {one.code for one in found.findings} == {"R07"}


EVENTS = """
event_rules: {new-db: {pack: rds, accounts: [alpha]}}
moved: [{from: event_rules.old-db, to: event_rules.new-db}]
"""


def test_incidents_of_a_moved_event_rule_have_the_name_they_had(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(EVENTS))
    (tmp_path / "tests.yaml").write_text(
        """
version: 1
tests:
  - name: a test names the rule by its key
    given:
      - account: alpha
        at: 0m
        event:
          {source: aws.rds, detail-type: RDS DB Instance Event,
           detail: {EventCategories: [failover], EventID: RDS-EVENT-0013, SourceIdentifier: orders}}
    expect: [{at: 0m, incident: {event: new-db-failover, subject: orders, is: opened}}]
"""
    )
    done = obsgen(tmp_path, "test")
    assert (done.returncode, done.stdout) == (0, "1 passed\n"), done.stderr
    rule = next(rule for rule in built(spec(EVENTS)).estates["prod"].event_rules if rule.key == "new-db-failover")
    assert (rule.name, rule.former) == ("old-db-failover", "old-db-failover")
    assert "old-db-failover" in json.loads(routing_json(built(spec(EVENTS)).estates["prod"]))["event_rules"]
    for name in ("new-db-failover", "old-db-failover"):
        assert obsgen(tmp_path, "explain", "incident", name).returncode == 0
    assert "new-db-failover" in obsgen(tmp_path, "drill", "--local", "new-db-failover").stdout


def test_two_event_rules_never_have_one_name() -> None:
    more = "event_rules: {old-db-failover: {pattern: {source: [a], detail-type: [b]}, severity: low}}"
    found = built(spec(EVENTS.replace("event_rules: {", f"{more[:-1]}, ")))
    assert {one.code for one in found.findings if one.severity is Severity.ERROR} == {"R08"}

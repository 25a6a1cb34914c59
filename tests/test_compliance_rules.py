"""rules.json, routing.json and the words of catalogue, explain and diff about tag compliance."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
import yaml

from generator.findings import parse_path
from generator.model.estate import Estate
from generator.render.compliance_rules import rules_json
from generator.render.explain import explain
from generator.render.routing import routing_json
from generator.render.section_words import changes_of
from tests.support import built, spec
from tests.test_properties import shuffled, text_of

SECTION = """
accounts: {sandbox: {id: "555555555555", labels: {tier: play}}}
compliance:
  required_tags:
    Environment: {allowed: [prod, dev]}
    Owner: {any_of: [Team], ignore_case: true}
    CostCenter:
      pattern: "CC-[0-9]{4}"
      when: {Environment: prod, Billed: []}
      overrides: [{where: {tier: play}, enabled: false}]
  exempt:
    - {tags: {Temporary: ["yes"], k8s: []}, until: 2027-01-31, reason: they live for an hour}
    - {where: {account: sandbox}, auto_scaling_groups: ["batch-*"], launched_by: [spot], reason: a night of computing}
    - {where: {account: gamma}, reason: nobody works there}
  resources: [s3:bucket, ec2:instance]
  scan: {at: "06:30", timezone: Europe/Berlin}
  severity: medium
  overrides: [{where: {tier: play}, severity: none}]
  owner: platform
  runbook: https://runbooks.example.com/tags
  remediate:
    mode: apply
    tags: {Owner: unassigned, CostCenter: {copy_from: [vpc, auto-scaling-group], value: CC-0000}}
"""


def estate(change: str = SECTION) -> Estate:
    made = built(spec(change))
    assert made.artifacts, made.findings
    return made.estates["prod"]


def rules(change: str = SECTION) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(rules_json(estate(change)))
    return data


COST_CENTER = {"key": "CostCenter", "pattern": "CC-[0-9]{4}", "when": {"Billed": [], "Environment": ["prod"]}}
ENVIRONMENT = {"key": "Environment", "allowed": ["prod", "dev"]}
OWNER = {"key": "Owner", "any_of": ["Team"], "ignore_case": True}
TEMPORARY = {
    "reason": "they live for an hour",
    "until": "2027-01-31",
    "tags": {"Temporary": ["yes"], "k8s": []},
}
BATCH = {"reason": "a night of computing", "auto_scaling_groups": ["batch-*"], "launched_by": ["spot"]}
NOBODY = {"reason": "nobody works there", "all": True}


def test_the_rules_are_as_the_checker_reads_them() -> None:
    data = rules()
    version = data.pop("rules_version")
    assert re.fullmatch("[0-9a-f]{12}", version)
    assert data == {
        "version": 1,
        "project": "shop",
        "environment": "prod",
        "hub": {"account": "111111111111", "region": "us-east-1"},
        "resources": ["ec2:instance", "s3:bucket"],
        "on_change": {"states": ["running"], "wait": 120, "slow_wait": 600},
        "notify": {"changes": "each", "scans": "each", "summary_above": 10, "launcher": True},
        "remediate": {
            "mode": "apply",
            "tags": [
                {"key": "CostCenter", "copy_from": ["vpc", "auto-scaling-group"], "value": "CC-0000"},
                {"key": "Owner", "value": "unassigned"},
            ],
        },
        "accounts": {
            "222222222222": {"name": "alpha", "labels": {"tier": "critical"}},
            "333333333333": {"name": "beta", "labels": {"tier": "standard"}},
            "444444444444": {"name": "gamma", "rules": 1},
            "555555555555": {"name": "sandbox", "labels": {"tier": "play"}, "rules": 2},
        },
        "rules": [
            {"tags": [COST_CENTER, ENVIRONMENT, OWNER], "exemptions": [TEMPORARY]},
            {"tags": [COST_CENTER, ENVIRONMENT, OWNER], "exemptions": [TEMPORARY, NOBODY]},
            {"tags": [ENVIRONMENT, OWNER], "exemptions": [TEMPORARY, BATCH]},
        ],
    }


def test_what_is_off_is_null_and_what_says_nothing_is_left_out() -> None:
    data = rules("compliance: {on_change: false, required_tags: {Owner: {}}}")
    assert (data["on_change"], data["remediate"], data["rules"]) == (None, None, [{"tags": [{"key": "Owner"}]}])


def test_the_version_changes_with_what_is_meant_and_with_nothing_else() -> None:
    versions = [
        rules(change)["rules_version"]
        for change in (
            SECTION,
            SECTION.replace("reason: nobody works there", "reason: 'nobody   works there'"),
            SECTION.replace("[prod, dev]", "[prod, dev, staging]"),
            SECTION.replace("an hour", "two hours"),
            SECTION.replace("severity: medium", "severity: high"),
        )
    ]
    assert versions[0] == versions[1] == versions[4]
    assert len(set(versions)) == 3


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_keys_changes_no_byte(seed: int) -> None:
    data = yaml.safe_load(spec(SECTION))
    other = built(text_of(shuffled(data, random.Random(seed))))
    first = built(text_of(data))
    assert other.artifacts == first.artifacts
    assert rules_json(other.estates["prod"]) == rules_json(first.estates["prod"])


def test_there_are_no_rules_without_the_section() -> None:
    with pytest.raises(ValueError, match="prod checks no tags"):
        rules_json(estate(""))


def test_the_incident_function_knows_who_hears() -> None:
    assert json.loads(routing_json(estate()))["findings"] == {
        "tag-compliance": {
            "severity": "medium",
            "owner": "platform",
            "runbook": "https://runbooks.example.com/tags",
            "dashboard": "tag-compliance-prod",
            "severity_by_account": {"555555555555": "none"},
        }
    }
    assert "findings" not in json.loads(routing_json(estate("")))


def test_the_catalogue_lists_the_rules() -> None:
    text = built(spec(SECTION)).artifacts["prod/catalogue.md"].decode()
    _, _, section = text.partition("## Required tags\n")
    for line in (
        "In all other accounts:",
        "- CostCenter matches `CC-[0-9]{4}`, where Billed is there and Environment is prod",
        "- Environment is one of prod, dev",
        "- one of Owner, Team is there (upper and lower case of the key do not matter)",
        "- **Exempt** Temporary is yes and k8s is there, until 2027-01-31: they live for an hour",
        "- **Exempt** in the auto-scaling group batch-* and launched by spot: a night of computing",
        "- **Exempt** everything: nobody works there",
        "- **Checks** ec2:instance, s3:bucket at cron(30 6 * * ? *) in Europe/Berlin",
        "- **Severity** medium, none in sandbox",
    ):
        assert f"\n{line}\n" in section, line
    assert "Tags that resources" not in built(spec()).artifacts["prod/catalogue.md"].decode()


def changes(before: str, after: str) -> list[str]:
    old, new = (json.loads(built(spec(change)).artifacts["prod/estate.json"]) for change in (before, after))
    return [f"{c.kind}: {c.sentence}" for c in changes_of(old, new) if c.area == "compliance"]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (
            "Owner: {any_of: [Team], ignore_case: true}",
            "Owner: {}\n    Team: {}",
            [
                "changed: Owner: Owner is there"
                " (was: one of Owner, Team is there (upper and lower case of the key do not matter))",
                "added: Team is required from now on: Team is there",
            ],
        ),
        (
            "where: {tier: play}, enabled: false",
            "where: {tier: critical}, enabled: false",
            [
                "removed: CostCenter is no longer required; in alpha",
                "added: CostCenter is required from now on: CostCenter matches `CC-[0-9]{4}`, where Billed is there"
                " and Environment is prod; in sandbox",
            ],
        ),
        (
            "until: 2027-01-31",
            "until: 2027-06-30",
            [
                "added: no longer checked: Temporary is yes and k8s is there, until 2027-06-30: they live for an hour",
                "removed: checked again: Temporary is yes and k8s is there, until 2027-01-31: they live for an hour",
            ],
        ),
        (
            '{at: "06:30", timezone: Europe/Berlin}',
            "rate(1 day)",
            ["changed: everything is checked every day (was: at cron(30 6 * * ? *) in Europe/Berlin)"],
        ),
        (
            "severity: medium",
            "severity: high",
            ["changed: what is found is of severity high (was medium)"],
        ),
        (
            "{where: {tier: play}, severity: none}",
            "{where: {account: alpha}, severity: critical}",
            [
                "changed: in alpha it is of severity critical (was medium)",
                "changed: in sandbox it is of severity medium (was none)",
            ],
        ),
        (
            "mode: apply",
            "mode: dry-run",
            [
                "changed: tags are only reported, not set, where missing: CostCenter = copied from vpc or"
                " auto-scaling-group, else CC-0000, Owner = unassigned (was: set where missing: CostCenter = copied"
                " from vpc or auto-scaling-group, else CC-0000, Owner = unassigned)"
            ],
        ),
        (
            "resources: [s3:bucket, ec2:instance]",
            "resources: [ec2:instance, rds:db]\n  on_change: {wait: 1m}\n  records: {retain: 60d}"
            "\n  notify: {scans: summary}\n  dashboard: false",
            [
                "changed: also checks rds:db",
                "changed: no longer checks s3:bucket",
                "changed: an instance is checked when instances are running, 1 minute later (10 minutes for what"
                " auto-scaling, EKS, EMR or spot launch), and when their tags change (was: when instances are running,"
                " 2 minutes later (10 minutes for what auto-scaling, EKS, EMR or spot launch), and when their tags"
                " change)",
                "changed: notifications are sent for changes one by one, scans in a summary; later, who launched an"
                " instance (was: changes one by one, scans one by one, above 10 in a summary; later, who launched an"
                " instance)",
                "changed: records are kept for 60 days (was 30)",
                "changed: the dashboard is no longer made",
            ],
        ),
        (
            "owner: platform",
            "owner: platform\n  notify: {launcher: false}",
            [
                "changed: notifications are sent for changes one by one, scans one by one, above 10 in a summary"
                " (was: changes one by one, scans one by one, above 10 in a summary; later, who launched an instance)"
            ],
        ),
        ("owner: platform", "owner: sre", ["changed: owner of what is found is now sre (was platform)"]),
    ],
)
def test_a_change_is_a_sentence(old: str, new: str, sentences: list[str]) -> None:
    assert old in SECTION
    assert changes(SECTION, SECTION.replace(old, new)) == sentences


def test_the_section_comes_and_goes_in_a_sentence() -> None:
    (came,) = changes("", "compliance: {required_tags: {Owner: {}}}")
    assert came == "added: tags are checked from now on, of ec2:instance: Owner is there"
    (went,) = changes("compliance: {}", "")
    assert went == (
        "removed: tags are no longer checked: all records of it are DELETED, and open incidents about tags stay open"
    )
    assert changes(SECTION, SECTION) == []


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (
            "compliance.required_tags.CostCenter",
            [
                "  in gamma: CostCenter matches `CC-[0-9]{4}`, where Billed is there and Environment is prod",
                "  in all other accounts: CostCenter matches `CC-[0-9]{4}`, where Billed is there and Environment is"
                " prod",
            ],
        ),
        ("compliance.exempt[2].reason", ["  in gamma: exempt: everything: nobody works there"]),
        ("compliance.scan", ["  checks: ec2:instance, s3:bucket at cron(30 6 * * ? *) in Europe/Berlin"]),
        ("compliance.overrides", ["  severity: medium, none in sandbox"]),
    ],
)
def test_a_path_is_explained(path: str, lines: list[str]) -> None:
    made = built(spec(SECTION))
    shown = explain(parse_path(path), made.estates["prod"], made.templates["prod"], made.source)
    assert shown == [f"{path} in prod", *lines, "  medium: notifies mail (email)"]

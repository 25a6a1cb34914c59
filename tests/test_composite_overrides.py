"""Composites that differ from place to place: another severity, or not there at all; and what holds for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.evaluate.template.template import read
from generator.evaluate.types import Deployed
from generator.render.diff import DiffSide, as_data, difference, render_diff
from tests.support import built, spec

SPEC = """
environments:
  prod: {accounts: [alpha, beta]}
  staging: {accounts: [gamma], hub: {account: "100000000009"}}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
defaults: {composites: {owner: carts, runbook: "https://wiki.example.com/down"}}
alarms:
  lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 30"}
  fleet: {in: hub, metric: {namespace: Shop, name: Fleet}, statistic: Maximum, threshold: "> 30"}
  depth: {in: hub, metric: {namespace: Shop, name: Depth}, statistic: Maximum, threshold: "> 30"}
composites:
  down:
    rule: errors and lag
    severity: critical
    owner: ledger
    overrides:
      - {where: {environment: staging}, enabled: false}
      - {where: {tier: standard}, severity: high}
  slow:
    rule: errors or lag
    severity: critical
    overrides: [{where: {account: beta}, enabled: false}]
  tried:
    rule: errors or lag
    enabled: false
    overrides: [{where: {account: alpha}, enabled: true}]
  both: {rule: down and slow, severity: critical}
  either: {rule: down or slow, severity: critical}
  hub-down: {in: hub, rule: fleet and depth, overrides: [{where: {environment: staging}, enabled: false}]}
  hub-both: {in: hub, rule: hub-down and fleet}
  hub-either: {in: hub, rule: hub-down or fleet}
"""


def standing(made: Built, environment: str) -> dict[str, list[str]]:
    """Each composite's key, and the accounts of which CloudFormation's conditions make it."""
    estate = made.estates[environment]
    keys = {one.name: one.key for one in estate.composites}
    template = made.templates[environment]["member.template.yaml"]
    found: dict[str, list[str]] = {}
    for account in estate.accounts:
        contents = read(Deployed(template, account.id, "us-east-1", account.name, ()))
        for composite in contents.composites:
            found.setdefault(keys[composite.alarm.name], []).append(account.name)
    return found


def test_a_composite_is_made_where_nobody_switched_it_off() -> None:
    made = built(spec(SPEC))
    assert made.artifacts, made.findings
    assert standing(made, "prod") == {
        "down": ["alpha", "beta"],
        "slow": ["alpha"],
        "tried": ["alpha"],
        "both": ["alpha"],
        "either": ["alpha", "beta"],
    }
    assert standing(made, "staging") == {"slow": ["gamma"], "either": ["gamma"]}


def test_a_rule_counts_what_is_switched_off_as_false() -> None:
    """In the hub, too, where an environment alone decides."""
    made = built(spec(SPEC))
    hub = {one.key for one in made.estates["prod"].composites if one.key.startswith("hub-")}
    assert hub == {"hub-down", "hub-both", "hub-either"}
    assert {one.key for one in made.estates["staging"].composites if one.key.startswith("hub-")} == {"hub-either"}
    template = made.templates["staging"]["hub.template.yaml"]["Resources"]
    assert template["CompositeHubEither"]["Properties"]["AlarmRule"] == {
        "Fn::Sub": 'FALSE OR ALARM("${AlarmFleetInGamma}")'
    }


def test_owner_and_runbook_hold_for_all_that_say_nothing() -> None:
    found = {one.key: (one.owner, one.runbook) for one in built(spec(SPEC)).estates["prod"].composites}
    page = "https://wiki.example.com/down"
    assert (found["down"], found["slow"]) == (("ledger", page), ("carts", page))


def test_defaults_switch_off_what_no_entry_switches_on() -> None:
    merged = yaml.safe_load(SPEC)
    merged["defaults"]["composites"]["enabled"] = False
    for key in ("slow", "hub-either"):
        merged["composites"][key]["enabled"] = True
    made = built(spec(yaml.safe_dump(merged)))
    assert standing(made, "prod") == {"slow": ["alpha"], "tried": ["alpha"]}
    assert [one.key for one in made.estates["prod"].composites if one.key.startswith("hub-")] == ["hub-either"]


def test_explain_shows_what_is_different_where_and_which_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("observability.yaml").write_text(spec(SPEC), encoding="utf-8")

    def explain(path: str) -> str:
        result = CliRunner().invoke(group, ["explain", path, "-e", "prod"])
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    assert "severity critical entry observability.yaml:" in explain("composites.down")
    assert "severity high in beta override by label observability.yaml:" in explain("composites.down")
    assert "enabled false in beta override by account observability.yaml:" in explain("composites.slow")
    assert "enabled true in alpha override by account observability.yaml:" in explain("composites.tried")
    assert "owner carts default observability.yaml:" in explain("composites.slow")


def test_diff_says_that_a_composite_is_not_in_an_account_any_more() -> None:
    less = built(spec(SPEC.replace("account: beta}, enabled: false", "account: beta}, severity: critical")))
    sides = [
        DiffSide(as_data(made.artifacts["prod/estate.json"]), made.templates["prod"])
        for made in (less, built(spec(SPEC)))
    ]
    text = render_diff([difference("prod", *sides)], "text", coloured=False)
    assert "slow-alarm-prod" in text and "deployed to alpha" in text, text


UNITS = """
organizational_units: [ou-abcd-12345678]
regions: [us-east-1, eu-west-1]
accounts:
  alpha: {unit: ou-abcd-12345678}
  beta: {unit: ou-abcd-87654321}
  gamma: {unit: ou-abcd-87654321}
alarms: {lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 30"}}
composites:
  down: {rule: errors and lag, severity: critical, overrides: [{where: {unit: ou-abcd-12345678}, severity: low}]}
  away: {rule: errors or lag, overrides: [{where: {unit: ou-abcd-12345678}, enabled: false}]}
  here: {rule: errors or lag, overrides: [{where: {region: eu-west-1}, enabled: false}]}
  tried:
    rule: errors and lag
    enabled: false
    overrides:
      - {where: {region: us-east-1, account: alpha}, enabled: true}
"""


def test_by_unit_accounts_of_it_differ_also_those_that_join_later() -> None:
    made = built(spec(UNITS))
    assert made.artifacts, made.findings
    down = next(one for one in made.estates["prod"].composites if one.key == "down")
    # The usual severity is that of accounts that join later, which are of the only unit.
    assert (down.severity, dict(down.severity_by_account)) == ("low", {"beta": "critical", "gamma": "critical"})


def test_by_unit_and_region_a_composite_is_where_it_is_said_to_be() -> None:
    template = built(spec(UNITS)).templates["prod"]["member.template.yaml"]
    found: dict[str, set[tuple[str, str]]] = {}
    places = {"alpha": "222222222222", "beta": "333333333333", "later": "999999999999"}
    for name, account in places.items():
        for region in ("us-east-1", "eu-west-1"):
            contents = read(Deployed(template, account, region, name, ()))
            for composite in contents.composites:
                found.setdefault(composite.alarm.name.split("-")[0], set()).add((name, region))
    everywhere = {(name, region) for name in places for region in ("us-east-1", "eu-west-1")}
    assert found["down"] == everywhere
    assert found["away"] == {("beta", "us-east-1"), ("beta", "eu-west-1")}
    assert found["here"] == {(name, "us-east-1") for name in places}
    assert found["tried"] == {("alpha", "us-east-1")}


def test_explain_says_what_is_different_by_unit_and_by_region(tmp_path: Path) -> None:
    file = tmp_path / "observability.yaml"
    file.write_text(spec(UNITS))

    def said(path: str) -> str:
        result = CliRunner().invoke(group, ["explain", path, "--file", str(file)])
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    assert "severity low override by unit" in said("composites.down")
    assert "severity critical in beta entry" in said("composites.down")
    assert "enabled false in eu-west-1 override by region" in said("composites.here")
    assert "deployed to alpha, beta, gamma, accounts that join later; us-east-1" in said("composites.here")
    assert "fires when errors or lag" in said("composites.here")

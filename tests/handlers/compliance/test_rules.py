"""rules.json as data."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from pathlib import Path

import pytest

from handlers.compliance import rules as module
from handlers.compliance.rules import DefaultTag, Exemption, Notify, OnChange, Remediate, TagRule, parse, read_rules
from tests.handlers.compliance.rule_tables import ACCOUNT, table

FULL_RULE = {
    "key": "Environment",
    "allowed": ["dev"],
    "pattern": "[a-z]+",
    "any_of": ["Team", "Squad"],
    "when": {"Environment": ["prod"], "k8s": []},
    "ignore_case": True,
}
FULL_EXEMPTION = {
    "reason": "a migration",
    "until": "2027-01-31",
    "tags": {"Temporary": ["yes"], "k8s": []},
    "ids": ["i-0"],
    "auto_scaling_groups": ["batch-*"],
    "launched_by": ["spot"],
    "all": True,
}


def test_everything_that_a_rule_and_an_exemption_may_have() -> None:
    held = parse(table(FULL_RULE, exemptions=(FULL_EXEMPTION,))).of(ACCOUNT)
    assert held.tags == (
        TagRule(
            "Environment",
            ("dev",),
            re.compile("[a-z]+"),
            ("Team", "Squad"),
            (("Environment", ("prod",)), ("k8s", ())),
            True,
        ),
    )
    assert held.tags[0].keys == ("Environment", "Team", "Squad")
    assert held.exemptions == (
        Exemption(
            "a migration",
            datetime.date(2027, 1, 31),
            (("Temporary", ("yes",)), ("k8s", ())),
            ("i-0",),
            ("batch-*",),
            ("spot",),
            True,
        ),
    )


def test_what_is_left_out_has_its_default() -> None:
    rules = parse(table({"key": "Owner"}, exemptions=({"reason": "because"},)))
    assert rules.of(ACCOUNT).tags == (TagRule("Owner"),)
    assert rules.of(ACCOUNT).exemptions == (Exemption("because"),)
    assert rules.on_change is None
    assert rules.remediate is None
    assert parse({key: value for key, value in table().items() if key != "notify"}).notify == Notify("each", "each", 10)


def test_what_the_function_does() -> None:
    rules = parse(
        table(
            on_change={"states": ["running"], "wait": 120, "slow_wait": 600},
            notify={"changes": "none", "scans": "summary", "summary_above": 3},
            remediate={
                "mode": "dry-run",
                "tags": [
                    {"key": "Owner", "value": "unassigned"},
                    {"key": "CostCenter", "copy_from": ["vpc", "account-label"], "value": "none"},
                ],
            },
        )
    )
    assert rules.on_change == OnChange(("running",), 120, 600)
    assert rules.notify == Notify("none", "summary", 3)
    assert rules.remediate == Remediate(
        "dry-run", (DefaultTag("Owner", "unassigned"), DefaultTag("CostCenter", "none", ("vpc", "account-label")))
    )
    assert (rules.project, rules.environment, rules.rules_version) == ("shop", "prod", "0123456789ab")
    assert (rules.hub_account, rules.hub_region, rules.resources) == ("111111111111", "us-east-1", ("ec2:instance",))


def test_accounts_have_names_and_labels_and_others_their_id() -> None:
    rules = parse(table({"key": "Owner"}))
    known, unknown = rules.of(ACCOUNT), rules.of("999999999999")
    assert (known.name, dict(known.labels), known.environment) == ("checkout", {"tier": "gold"}, "prod")
    assert (unknown.name, dict(unknown.labels), unknown.tags) == ("999999999999", {}, known.tags)
    assert rules.account_name(ACCOUNT) == "checkout"
    assert rules.account_name("999999999999") == "999999999999"


def test_rules_cannot_be_changed() -> None:
    rules = parse(table({"key": "Owner"}))
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.project = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        rules.accounts["1"] = rules.accounts[ACCOUNT]  # type: ignore[index]


def test_the_table_beside_the_module_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text(json.dumps(table({"key": "Größe"})), encoding="utf-8")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "rules.py"))
    assert read_rules().of(ACCOUNT).tags == (TagRule("Größe"),)

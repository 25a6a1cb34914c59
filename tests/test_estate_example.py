"""The estate of examples/estate: seven accounts that differ, built and played as its page tells it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.evaluate.template.template import read
from generator.evaluate.types import Deployed
from generator.model.alarm_locations import route_table, severity_locations
from tests.support import ROOT, built

FOLDER = ROOT / "examples" / "estate"
REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def estate() -> Built:
    return built((FOLDER / "observability.yaml").read_text(encoding="utf-8"))


def standing(made: Built, environment: str) -> dict[str, list[str]]:
    """Each alarm's key, and the accounts and Regions in which CloudFormation's conditions make it."""
    (stack_set,) = yaml.safe_load(made.artifacts[f"{environment}/manifest.yaml"])["stack_sets"]
    keys = {one.name: one.key for one in (*made.estates[environment].alarms, *made.estates[environment].composites)}
    found: dict[str, list[str]] = {}
    for one in stack_set["groups"]:
        for name, number in one["accounts"].items():
            for region in REGIONS:
                template = made.templates[environment]["member.template.yaml"]
                contents = read(Deployed(template, number, region, name, tuple(one["parameters"].items())))
                for alarm in (*contents.metric_alarms, *contents.composites):
                    found.setdefault(keys[alarm.alarm.name], []).append(f"{name} {region}")
    return found


def test_each_account_has_what_runs_in_it_and_nothing_else(estate: Built) -> None:
    assert estate.findings == []
    prod, staging = standing(estate, "prod"), standing(estate, "staging")
    assert prod["cdn-errors"] == ["edge us-east-1"]
    assert prod["shop-errors"] == ["shop us-east-1", "shop eu-west-1"]
    assert prod["shop-down"] == prod["baskets-fast"] == prod["shop-errors"]
    assert prod["ledger-imbalance"] == prod["ledger-silent"] == ["ledger eu-west-1"]
    assert prod["payout-jobs-depth"] == ["payouts us-east-1"]
    assert set(prod["reports-read-throttles"]) == {"data us-east-1", "data eu-west-1"}
    assert staging["shop-errors"] == ["staging-shop us-east-1", "staging-shop eu-west-1"]
    assert staging["ledger-imbalance"] == ["staging-ledger eu-west-1"]
    assert not {"shop-down", "baskets-fast", "ledger-silent", "cdn-errors", "payout-jobs-depth"} & staging.keys()


def test_the_books_are_shown_from_another_region(estate: Built) -> None:
    for environment, number in (("prod", "200000000003"), ("staging", "300000000002")):
        made = estate.templates[environment]["hub.template.yaml"]["Resources"]["DashboardBooks"]
        widgets = [one["properties"] for one in json.loads(made["Properties"]["DashboardBody"])["widgets"]]
        assert {one["region"] for one in widgets} == {"eu-west-1"}
        assert [{row[-1]["accountId"] for row in one["metrics"]} for one in widgets[:2]] == [{number}] * 2
        assert f"arn:aws:logs:eu-west-1:{number}:log-group:/ecs/ledger-{environment}'" in widgets[2]["query"]
        stacks = yaml.safe_load(estate.artifacts[f"{environment}/manifest.yaml"])["stacks"]
        assert [(one["name"], one["region"]) for one in stacks[1:]] == [
            (f"observability-sink-{environment}", "eu-west-1")
        ]


def told(made: Built, environment: str) -> dict[str, list[str]]:
    """Each alarm's key, and the channels that hear of it."""
    there = made.estates[environment]
    routes = route_table(there)
    return {
        one.key: [channel.name for found in routes.recipients(one) for channel in found.channels]
        for one in (*there.alarms, *there.composites)
        if any(found.places for found in routes.recipients(one))
    }


def test_staging_pages_nobody(estate: Built) -> None:
    staging = estate.estates["staging"]
    assert [channel.name for channel in staging.channels] == ["mail"]
    assert {tuple(names) for names in told(estate, "staging").values()} == {("mail",)}
    assert {"critical", "high"} <= {
        severity for alarm in staging.alarms for severity, _ in severity_locations(alarm, staging)
    }


def test_the_ledger_hears_of_its_own(estate: Built) -> None:
    prod = estate.estates["prod"]
    assert told(estate, "prod")["ledger-imbalance"] == ["pager", "ledger", "mail"]
    assert told(estate, "prod")["shop-errors"] == ["pager", "slack"]
    pages = {one.key: one.runbook for one in (*prod.alarms, *prod.composites)}
    assert pages["ledger-silent"] == "https://runbooks.example.com/ledger/ledger-silent"
    assert pages["shop-down"] == "https://runbooks.example.com/market/shop-down"


def test_accounts_that_differ_this_much_are_one_operation_of_the_stack_set(estate: Built) -> None:
    (stack_set,) = yaml.safe_load(estate.artifacts["prod/manifest.yaml"])["stack_sets"]
    assert [len(one["accounts"]) for one in stack_set["groups"]] == [5]


def test_its_plays_are_as_they_are_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FOLDER, tmp_path / "estate")
    monkeypatch.chdir(tmp_path / "estate")
    result = CliRunner().invoke(group, ["test"])
    assert (result.exit_code, result.stdout) == (0, "5 passed\n"), result.output

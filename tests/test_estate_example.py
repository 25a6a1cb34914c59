"""The estate of examples/estate: seven accounts that differ, built and played as its page tells it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.evaluate.play import Deployed
from generator.evaluate.template import read
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


def test_staging_pages_nobody(estate: Built) -> None:
    severities = {
        tuning.severity
        for alarm in estate.estates["staging"].alarms
        if not alarm.everywhere_disabled
        for tuning in alarm.tunings()
        if tuning.enabled
    } | {composite.severity for composite in estate.estates["staging"].composites}
    assert severities <= {"low", "medium", "none"}


def test_accounts_that_differ_this_much_are_one_operation_of_the_stack_set(estate: Built) -> None:
    (stack_set,) = yaml.safe_load(estate.artifacts["prod/manifest.yaml"])["stack_sets"]
    assert [len(one["accounts"]) for one in stack_set["groups"]] == [5]


def test_its_plays_are_as_they_are_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FOLDER, tmp_path / "estate")
    monkeypatch.chdir(tmp_path / "estate")
    result = CliRunner().invoke(group, ["test"])
    assert (result.exit_code, result.stdout) == (0, "5 passed\n"), result.output

"""obsgen cost, and the price in a build's summary, in the catalogue and in the diff, by the whole commands."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import build as stages
from generator.cli import options
from generator.cost import price_list, prices
from tests.command import Done, obsgen
from tests.support import ROOT, spec
from tests.test_diff import change, committed, git

__all__ = ["committed"]

OWN = "prices:\n  dashboard: 1.50\n  alarm-metric: {us-east-1: 0.05}\n"
PROMQL = 'alarms: {shops: {promql: {query: "sum(up) or absent(up)", pending: 5m, recovery: 10m}}}'


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec())
    return tmp_path


def data(folder: Path, *arguments: str) -> dict[str, Any]:
    done = obsgen(folder, "cost", "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    environments = json.loads(done.stdout)["environments"]
    return {entry["environment"]: entry for entry in environments}["prod"]


def kinds(entry: dict[str, Any]) -> dict[str, float]:
    return {kind: amount["usd"] for kind, amount in entry["kinds"].items()}


def cost_rows(done: Done) -> list[str]:
    return [line.strip() for line in done.stdout.splitlines() if "USD" in line]


def test_the_tables_show_accounts_kinds_and_alarms(shop: Path) -> None:
    done = obsgen(shop, "cost")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"prod: \d+\.\d\d USD a month", lines[0])
    # Three members alike are one row.
    assert any(
        re.match(r"alpha, beta, gamma\s+1\.20  each 0\.40: custom metrics 0\.30, alarms 0\.10$", line) for line in lines
    )
    assert any(line.startswith("hub (111111111111)") for line in lines)
    assert any(re.fullmatch(r"errors-alarm-prod\s+0\.30  in 3 accounts", line) for line in lines)
    assert "free tiers" in lines[-1]


def test_units_and_regions_without_prices_are_said(shop: Path) -> None:
    change(shop, "organizational_units: [ou-ab12-cdefgh34]\nregions: [us-east-1, ap-southeast-2]")
    text = obsgen(shop, "cost").stdout
    assert re.search(r"^alpha, beta, gamma +≈ 2\.40  each 0\.80: ", text, re.MULTILINE)
    assert re.search(r"^other accounts of the units +≥ 0\.00  each about 0\.80 USD: ", text, re.MULTILINE)
    assert "- organizational units have accounts that the spec does not name" in text
    assert "≈ about: some prices of ap-southeast-2 are assumed to be those of us-east-1" in text


def test_the_json_adds_up(shop: Path) -> None:
    found = data(shop)
    assert round(sum(account["total"]["usd"] for account in found["accounts"]), 2) == round(found["total"]["usd"], 2)
    assert round(sum(kinds(found).values()), 2) == round(found["total"]["usd"], 2)
    errors = next(alarm for alarm in found["alarms"] if alarm["name"] == "errors-alarm-prod")
    assert errors == {
        "name": "errors-alarm-prod",
        "path": "alarms.errors",
        "accounts": 3,
        "usd": 0.3,
        "at_least": False,
        "assumed": False,
    }
    assert not found["total"]["at_least"]
    assert "messages of queues" in found["not_counted"]


def test_accounts_are_chosen_by_name_id_or_hub(shop: Path) -> None:
    assert [account["names"] for account in data(shop, "--account", "beta")["accounts"]] == [["beta"]]
    assert [account["names"] for account in data(shop, "-a", "222222222222", "-a", "hub")["accounts"]] == [
        ["hub"],
        ["alpha"],
    ]
    # What only the hub has is not missing in a member.
    assert "writes to tables" in data(shop, "--account", "hub")["not_counted"]
    assert "writes to tables" not in data(shop, "--account", "beta")["not_counted"]
    done = obsgen(shop, "cost", "--account", "bta")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no account `bta`" in done.stderr
    assert "did you mean `beta`" in done.stderr


@pytest.mark.parametrize(("by", "first"), [("account", "account"), ("kind", "kind"), ("alarm", "alarm")])
def test_one_table_alone_is_whole(shop: Path, by: str, first: str) -> None:
    lines = obsgen(shop, "cost", "--by", by).stdout.splitlines()
    assert lines[2].startswith(f"{first} ")
    assert not any("more: use --by" in line for line in lines)
    assert sum("USD a month" in line for line in lines) == 2


def test_prices_of_ones_own_replace_those_of_aws(shop: Path) -> None:
    (shop / "prices.yaml").write_text(OWN)
    before, after = kinds(data(shop)), kinds(data(shop, "--prices", "prices.yaml"))
    assert after["alarms"] == round(before["alarms"] / 2, 4)
    assert after["custom metrics"] == before["custom metrics"]
    listed = obsgen(shop, "cost", "--list-prices", "--prices", "prices.yaml").stdout
    assert re.search(r"^dashboard +\* +1\.50 +your own$", listed, re.MULTILINE)
    assert len(re.findall(r"^dashboard ", listed, re.MULTILINE)) == 1, "AWS's are not in use"


def test_mistakes_in_a_price_file_are_all_reported_with_their_places(shop: Path) -> None:
    (shop / "prices.yaml").write_text(
        "prices:\n  dashbord: 2\n  canary-run: {us-east-9: 1}\n  key: cheap\n  secret: -1\n"
    )
    done = obsgen(shop, "cost", "--prices", "prices.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.findall(r"^prices\.yaml:(\d+:\d+): error S03", done.stderr, re.MULTILINE) == [
        "2:3",
        "3:15",
        "4:8",
        "5:11",
    ]
    assert "did you mean `dashboard`?" in done.stderr
    assert obsgen(shop, "cost", "--prices", "none.yaml").returncode == 2
    (shop / "prices.yaml").write_text("")
    assert "= help: write `prices:` and below it" in obsgen(shop, "cost", "--prices", "prices.yaml").stderr
    (shop / "prices.yaml").write_text('prices: {key: "0.2"}\n')
    assert "expected a price in USD, got the text `0.2`" in obsgen(shop, "cost", "--prices", "prices.yaml").stderr


def test_the_listed_prices_have_a_date_and_a_source(shop: Path) -> None:
    rows = obsgen(shop, "cost", "--list-prices").stdout.splitlines()
    assert len([row for row in rows if "https://aws.amazon.com/" in row]) == len(prices.LIST_PRICES)
    assert re.search(r"^composite-alarm +us-east-1 +0\.50 +2025-10 +2026-11-30 +https", "\n".join(rows), re.MULTILINE)


def test_declared_volumes_are_priced_and_no_longer_missing(shop: Path) -> None:
    volumes = "cost: {members: {log_ingestion_gb: 10, traces: 1}, hub: {events: 2}, accounts: {beta: {traces: 3}}}"
    change(shop, volumes)
    found = data(shop)
    declared = {tuple(a["names"]): kinds(a).get("declared volumes") for a in found["accounts"]}
    # 10 × 0.50 + 1 × 5.00; beta has three million traces, and the logs of each member.
    assert declared == {("hub",): 2.0, ("alpha",): 10.0, ("beta",): 20.0, ("gamma",): 10.0}
    assert "logs ingested" not in found["not_counted"]
    assert "logs stored" in found["not_counted"]


def test_a_build_says_what_it_costs(shop: Path) -> None:
    done = obsgen(shop, "build", "--no-lint")
    total = data(shop)["total"]["usd"]
    assert f"resources, {total:,.2f} USD a month; " in done.stdout
    again = obsgen(shop, "build", "--no-lint")
    assert f"resources, {total:,.2f} USD a month; unchanged" in again.stdout
    catalogue = (shop / "out/prod/catalogue.md").read_text()
    of_errors = catalogue.partition("### errors-alarm-prod")[2].partition("###")[0]
    assert "- **Cost** 0.30 USD a month in 3 accounts" in of_errors
    # No sum of all alarms: two branches that add one each would both change its line.
    assert len(re.findall("USD", catalogue)) == catalogue.count("\n### ")


def test_a_diff_says_what_a_change_costs(committed: Path) -> None:
    change(committed, 'alarms: {slow: {metric: {filter: errors}, statistic: Sum, threshold: "> 9"}}')
    assert cost_rows(obsgen(committed, "diff")) == ["~ +0.30 USD a month in 3 accounts: alarms +0.30"]
    markdown = obsgen(committed, "diff", "--format", "markdown").stdout
    assert re.search(
        r"\*\*Cost\*\*\n\n- `~` \\?\+0\.30 USD a month in 3 accounts: alarms \+0\.30$", markdown, re.MULTILINE
    )
    found = json.loads(obsgen(committed, "diff", "--format", "json").stdout)["environments"][0]["cost"]
    assert (found["usd"], found["accounts"], found["kinds"]) == (0.3, 3, [{"kind": "alarms", "usd": 0.3}])
    assert round(found["after"] - found["before"], 2) == 0.3
    (committed / "prices.yaml").write_text(OWN)
    assert cost_rows(obsgen(committed, "diff", "--prices", "prices.yaml")) == [
        "~ +0.15 USD a month in 3 accounts: alarms +0.15"
    ]


def test_a_threshold_costs_nothing(committed: Path) -> None:
    change(committed, 'alarms: {errors: {threshold: "> 10"}}')
    assert cost_rows(obsgen(committed, "diff")) == []


def test_what_becomes_cheaper_and_dearer_in_different_accounts_is_both(committed: Path) -> None:
    change(committed, "accounts: {gamma: null, delta: {id: '555555555555'}}")
    rows = cost_rows(obsgen(committed, "diff"))
    assert len(rows) == 1
    assert re.match(r"~ \+0\.00 USD a month in 2 accounts", rows[0])


def test_an_alarm_without_a_known_price_is_named(committed: Path) -> None:
    change(committed, PROMQL)
    rows = [line.strip() for line in obsgen(committed, "diff").stdout.splitlines()]
    assert "~ not included: the price of an alarm on a PromQL query is not known" in rows


def test_a_new_environment_and_a_removed_one_cost_all_they_have(committed: Path) -> None:
    change(
        committed,
        "environments: [prod, dev]\naccess: {owned_by: prod}\n"
        'metric_filters: {errors: {metric: {name: "E-{environment}"}}}',
    )
    dev = obsgen(committed, "diff", "-e", "dev").stdout
    assert re.search(r"~ \+\d+\.\d\d USD a month in 4 accounts: ", dev)
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "add", "-A")
    git(committed, "commit", "-qm", "dev")
    change(committed, "environments: [prod]")
    assert re.search(r"~ -\d+\.\d\d USD a month in 4 accounts: ", obsgen(committed, "diff").stdout)


def test_a_new_price_table_is_no_change(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doubled = tuple(replace(row, usd=2 * row.usd) for row in prices.LIST_PRICES)
    monkeypatch.setattr(price_list, "LIST_PRICES", doubled)
    # A build of a process keeps its estimate, which a newer obsgen does not have.
    monkeypatch.setattr(options, "build", stages.build)
    # Only the catalogue has prices, and it is not compared.
    assert obsgen(committed, "diff").stdout == "Nothing changes.\n"


def test_a_revision_whose_manifest_says_less_is_compared_without_the_cost(committed: Path) -> None:
    manifest = committed / "out/prod/manifest.yaml"
    known = yaml.safe_load(manifest.read_text())
    for stack_set in known["stack_sets"]:
        del stack_set["groups"]
    manifest.write_text(yaml.safe_dump(known))
    git(committed, "commit", "-qam", "as an earlier version wrote it")
    change(committed, 'alarms: {slow: {metric: {filter: errors}, statistic: Sum, threshold: "> 9"}}')
    done = obsgen(committed, "diff")
    assert done.returncode == 0, done.stderr
    assert "slow-alarm-prod" in done.stdout
    assert cost_rows(done) == []


def test_a_manifest_that_is_no_yaml_is_named(committed: Path) -> None:
    manifest = committed / "out/prod/manifest.yaml"
    manifest.write_text(f"{manifest.read_text()}\nstacks: [")
    git(committed, "commit", "-qam", "cut off")
    done = obsgen(committed, "diff")
    assert done.returncode == 2
    assert "is not the output of a build" in done.stderr


def test_the_page_has_the_price_table(tmp_path: Path) -> None:
    page = (ROOT / "docs/cost.md").read_text()
    cells = r"^\| `([a-z-]+)` \| ([a-z0-9-]+) \| ([\d.]+) \| ([\d-]+) \| (\S+) \| <(\S+)> \|$"
    rows = re.findall(cells, page, re.MULTILINE)
    assert [(item, region, float(usd), *rest) for item, region, usd, *rest in rows] == [
        (row.item, row.region, row.usd, row.as_of, prices.READ if row.read else "earlier", row.source)
        for row in prices.LIST_PRICES
    ]

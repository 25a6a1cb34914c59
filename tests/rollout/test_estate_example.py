"""examples/estate as docs/estates.md tells it, on the stand-in: deployed, changed, joined by an account, destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.cloudformation.models import cloudformation_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends

from tests.rollout.front import front
from tests.rollout.stand_in import stand_in
from tests.rollout.team import HUB as MANAGEMENT
from tests.rollout.team import Team
from tests.support import ROOT

FOLDER = ROOT / "examples" / "estate"
VIRGINIA, IRELAND = "us-east-1", "eu-west-1"
# Delegated administrators, an account for each environment; by the ids that the example has for them.
HUBS = {"prod": "100000000000", "staging": "100000000001"}


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Team]:
    """The example's files, with an organization that has its accounts; nothing deployed."""
    with stand_in() as target, front(target) as before:
        known = {"AWS_ENDPOINT_URL": before.address, "AWS_DEFAULT_REGION": VIRGINIA, "HOME": str(tmp_path)}
        made = Team(tmp_path, before, target, known, {})
        organization = made.client("organizations").create_organization(FeatureSet="ALL")["Organization"]["Id"]
        text = (FOLDER / "observability.yaml").read_text(encoding="utf-8").replace("o-a1b2c3d4e5", organization)
        for name, one in yaml.safe_load(text)["accounts"].items():
            text = text.replace(one["id"], joined(made, name))
        for environment, number in HUBS.items():
            text = text.replace(number, joined(made, environment))
        (tmp_path / "observability.yaml").write_text(text, encoding="utf-8")
        # A delegated administrator sees the organization's accounts; in moto only the management account does.
        for environment in HUBS:
            seen = organizations_backends[made.accounts[environment]]["aws"]
            seen.accounts = organizations_backends[MANAGEMENT]["aws"].accounts
        yield made


def joined(team: Team, name: str) -> str:
    """The id of a new account of the organization."""
    status = team.client("organizations").create_account(AccountName=name, Email=f"{name}@example.com")
    team.accounts[name] = status["CreateAccountStatus"]["AccountId"]
    return team.accounts[name]


def as_hub(team: Team, environment: str) -> dict[str, str]:
    """Credentials of an environment's hub, as environment variables."""
    sts = boto3.client(
        "sts",
        endpoint_url=team.target,
        region_name=VIRGINIA,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
    )
    role = f"arn:aws:iam::{team.accounts[environment]}:role/deployer"
    given: dict[str, Any] = sts.assume_role(RoleArn=role, RoleSessionName="jane")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def done(team: Team, *words: str, **environment: str) -> str:
    """What a command says that ends well."""
    said = team.run(*words, **environment)
    assert said.code == 0, said.out + said.err
    return said.out + said.err


def edited(team: Team, old: str, new: str) -> None:
    """The file with other words in one place, built."""
    file = team.folder / "observability.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")
    done(team, "build")


def alarms(team: Team) -> dict[tuple[str, str], dict[str, float | None]]:
    """By account and Region, the alarms that are there, and their thresholds."""
    return {
        (name, region): {one.name: one.threshold for one in found.values()}
        for name, account in team.accounts.items()
        for region in (VIRGINIA, IRELAND)
        if (found := cloudwatch_backends[account][region].alarms)
    }


def keys(there: dict[tuple[str, str], dict[str, float | None]], environment: str) -> dict[tuple[str, str], set[str]]:
    """The members' alarms of an environment, without the end of their names."""
    end = f"-alarm-{environment}"
    return {place: {name.removesuffix(end) for name in found} for place, found in there.items() if place[0] not in HUBS}


def sinks(team: Team) -> set[str]:
    """The stacks of the hubs' accounts in Ireland that have a sink."""
    there = (cloudformation_backends[team.accounts[hub]][IRELAND].stacks.values() for hub in HUBS)
    return {stack.name for some in there for stack in some if "sink" in stack.name}


BASKET = {f"basket-{what}" for what in ("concurrency", "dead-letter-errors", "duration", "errors", "throttles")}


def test_the_estate_from_its_first_day_to_its_last(market: Team) -> None:
    done(market, "build")
    prod, staging = as_hub(market, "prod"), as_hub(market, "staging")
    done(market, "deploy", "-e", "staging", "--yes", **staging)
    first = keys(alarms(market), "staging")
    assert first == {
        ("staging-shop", VIRGINIA): {"shop-errors", *BASKET},
        ("staging-shop", IRELAND): {"shop-errors", *BASKET},
        ("staging-ledger", IRELAND): {"ledger-imbalance"},
    }

    done(market, "deploy", "-e", "prod", "--yes", **prod)
    before = alarms(market)
    there = keys(before, "prod")
    assert {place: found for place, found in there.items() if place[0] != "shop" and "staging" not in place[0]} == {
        ("edge", VIRGINIA): {"cdn-errors", "cdn-client-errors"},
        ("ledger", IRELAND): {"ledger-imbalance", "ledger-silent"},
        ("payouts", VIRGINIA): {"payout-jobs-age", "payout-jobs-depth", "payout-jobs-in-flight"},
        ("data", VIRGINIA): {"reports-read-throttles", "reports-write-throttles"},
        ("data", IRELAND): {"reports-read-throttles", "reports-write-throttles"},
    }
    shop = before["shop", VIRGINIA]
    assert set(shop) > {"shop-errors-alarm-prod", "shop-down-alarm-prod", "baskets-fast-alarm-prod"}
    assert before["shop", IRELAND] == shop

    assert sinks(market) == {f"observability-sink-{environment}" for environment in HUBS}

    edited(market, 'threshold: "> 5"', 'threshold: "> 7"')
    said = done(market, "deploy", "-e", "prod", "--yes", **prod)
    assert "~ shop-errors-alarm-prod now fires when Sum is > 7 instead of > 5" in said
    changed = alarms(market)
    assert changed.pop(("shop", VIRGINIA)) == changed.pop(("shop", IRELAND)) == {**shop, "shop-errors-alarm-prod": 7.0}
    assert changed == {place: found for place, found in before.items() if place[0] != "shop"}

    edited(
        market,
        "  staging-shop:   {id",
        f'  kiosk: {{id: "{joined(market, "kiosk")}", labels: {{stage: prod, runs: shop}}}}\n  staging-shop:   {{id',
    )
    edited(market, "payouts, data]", "payouts, data, kiosk]")
    said = done(market, "deploy", "-e", "prod", "--yes", **prod)
    assert "create in kiosk; us-east-1, eu-west-1: new in the spec" in said
    now = alarms(market)
    assert now["kiosk", VIRGINIA] == now["kiosk", IRELAND] == now["shop", VIRGINIA]
    assert market.run("deploy", "-e", "prod", "--plan", **prod).code == 0

    for environment, credentials in (("prod", prod), ("staging", staging)):
        done(market, "destroy", "-e", environment, "--yes", **credentials)
    assert alarms(market) == {}
    assert sinks(market) == set()
    assert [bucket for hub in HUBS for bucket in s3_backends[market.accounts[hub]]["aws"].buckets] == []

"""The management account as a member: what the build makes of the mark, and who knows the account all the same."""

from __future__ import annotations

from typing import Any

import yaml

from generator.render.account_changes import account_differences
from generator.render.estate_json import plain
from generator.render.member_words import explained, member_in_words
from generator.rollout.aws.operations import ActualStackSet, Instance
from generator.rollout.deploy.desired import DesiredState, StackAddress
from generator.rollout.deploy.management_marks import faults
from generator.rollout.deploy.management_record import ManagementRecord, completed, possible
from generator.rollout.deploy.management_view import as_members
from generator.rollout.deploy.manifest_reader import read
from generator.rollout.operate.compliance_access import Checker, locations_of
from tests.support import built, spec

PAYER = "999999999999"
US, EU = "us-east-1", "eu-west-1"
MARKED = f"""
regions: [us-east-1, eu-west-1]
accounts:
  payer: {{id: "{PAYER}", management: true, labels: {{tier: critical}}, regions: [eu-west-1]}}
  gamma: {{regions: [us-east-1]}}
rollout: {{first: [alpha]}}
alarms: {{errors: {{overrides: [{{where: {{tier: critical}}, threshold: "> 1"}}]}}}}
"""
CHECKER = Checker("queue", "table", "operator-{region}")
STACK = "observability-members-prod"


def manifest_of(change: str) -> dict[str, Any]:
    return dict(yaml.safe_load(built(spec(change)).artifacts["prod/manifest.yaml"]))


def wanted(change: str = MARKED) -> DesiredState:
    files = {name.removeprefix("prod/"): text for name, text in built(spec(change)).artifacts.items()}
    return read(yaml.safe_load(files["manifest.yaml"]), files)


def test_no_stack_set_has_it_and_its_stacks_have_its_values() -> None:
    manifest = manifest_of(MARKED)
    (stack_set,) = manifest["stack_sets"]
    assert all("payer" not in group["accounts"] for group in stack_set["groups"])
    assert stack_set["own_regions"] == {"gamma": [US]}
    (stack,) = manifest["management"].pop("stacks")
    assert manifest["management"] == {"name": "payer", "account": PAYER}
    assert (stack["name"], stack["account"], stack["region"]) == (STACK, PAYER, EU)
    assert (stack["template"], stack["sha256"]) == (stack_set["template"], stack_set["sha256"])
    (critical,) = [group for group in stack_set["groups"] if "alpha" in group["accounts"]]
    assert stack["parameters"] == critical["parameters"] == {"AlarmErrorsThreshold": "1"}
    assert stack["parameters_from_hub_outputs"] == stack_set["parameters_from_hub_outputs"]


def test_a_stack_for_each_of_its_regions() -> None:
    everywhere = MARKED.replace(", regions: [eu-west-1]", "")
    assert [one["region"] for one in manifest_of(everywhere)["management"]["stacks"]] == [US, EU]


def test_a_file_without_the_mark_is_as_it_was() -> None:
    assert built(spec("accounts: {alpha: {management: false}}")).artifacts == built(spec()).artifacts


def test_the_hub_hears_it_as_any_member() -> None:
    resources = built(spec(MARKED)).templates["prod"]["hub.template.yaml"]["Resources"]
    assert f"Heartbeat{PAYER}EuWest1" in resources
    condition = resources["AccountsBusPolicy"]["Properties"]["Statement"]["Condition"]
    assert PAYER in condition["StringEquals"]["aws:PrincipalAccount"]


def test_commands_know_it_in_its_regions() -> None:
    want = wanted()
    assert want.names[PAYER] == "payer"
    assert want.regions_of(PAYER) == (EU,)
    assert [one.region for one in locations_of(want, CHECKER) if one.account == PAYER] == [EU]


def test_words_about_it() -> None:
    estate = built(spec(MARKED)).estates["prod"]
    account = estate.management_account
    assert account is not None
    assert member_in_words(account) == f"payer ({PAYER}, management account, eu-west-1 only)"
    assert "  the management account: no stack set reaches it, so it has stacks of its own" in list(
        explained(("accounts", "payer"), estate)
    )


def test_a_mark_that_comes_or_goes_is_a_difference() -> None:
    marked, unmarked = (plain(built(spec(one)).estates["prod"]) for one in (MARKED, MARKED.replace("true", "false")))
    said = [sentence for _, _, sentence in account_differences(unmarked, marked)]
    assert said == ["payer is deployed to by stacks of its own, as the management account"]
    assert [sentence for _, _, sentence in account_differences(marked, unmarked)] == [
        "payer is deployed to by the stack sets"
    ]


def test_the_organization_says_which_account_it_is() -> None:
    want = wanted()
    assert list(faults(want, PAYER)) == []
    unmarked, wrong = list(faults(want, "222222222222"))
    assert unmarked[1] == "accounts: {alpha: {management: true}}, or remove alpha"
    assert wrong[1] == "remove `management` from payer: the stack sets reach it; mark alpha"


def test_what_may_be_there_is_what_was_and_what_is_wanted_with_what_has_to_go_first_in_the_end() -> None:
    want, was = wanted(), ManagementRecord("payer", PAYER, (StackAddress(STACK, US), StackAddress(STACK, EU)))
    may = possible(want, was)
    assert may.stacks == (StackAddress(STACK, US), StackAddress(STACK, EU))
    assert may.doubtful
    assert completed(want, may) == ManagementRecord(
        "payer", PAYER, (StackAddress(STACK, EU),), {STACK: (("AlarmErrorsThreshold", "1"),)}
    )
    assert possible(want, completed(want, may)) == completed(want, may)
    gone = wanted(MARKED.replace("management: true", "management: false"))
    assert possible(gone, may) == may
    assert completed(gone, may).stacks == ()


def test_for_those_who_look_at_members_it_is_one() -> None:
    want = wanted()
    seen = ActualStackSet(want.members.body, {}, {}, (Instance("222222222222", US),))
    there = {StackAddress(STACK, EU): ({"StackId": "arn:s", "Parameters": []}, "an older body")}
    view, (known,) = as_members(want, [seen], there)
    assert view.members.names == want.names
    assert view.members.regions_of(PAYER) == (EU,)
    assert known is not None
    assert known.instances[1:] == (Instance(PAYER, EU, "OUTDATED", stack="arn:s"),)
    assert as_members(want, [None], {})[1] == [None]

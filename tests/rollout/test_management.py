"""The management account as a member: stacks of its own, made with its own credentials, after the stack sets.

In moto the account that makes an organization is its management account, and whoever has no role is in it; so the hub
is another account here, and the profile `payer` is of the management account.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import botocore.client
import pytest
from moto.cloudformation.models import cloudformation_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.models import logs_backends
from moto.organizations.models import organizations_backends

from tests.rollout.front import IN_ORDER, Fault, refusal
from tests.rollout.team import HUB as PAYER
from tests.rollout.team import REGIONS, Said, Team
from tests.rollout.test_drift import CHANGED, looks
from tests.rollout.test_estate_example import as_hub, joined
from tests.rollout.test_killed import run_until
from tests.rollout.test_stacks import METRIC, manifest_of, with_small_stacks

US, EU = REGIONS
STACK = "observability-members-prod"
DELEGATE = ("--management-profile", "payer")
MANAGEMENT = ("--members-profile", "payer")
MARKED = f'{{id: "{PAYER}", management: true}}'
OWN = 'alarms: {{errors: {{overrides: [{{where: {{account: payer}}, threshold: "> {}"}}]}}}}'
BOTH = "regions: [us-east-1, eu-west-1]\n"


@dataclass
class Payer:
    """A team whose hub is not the management account. credentials: the hub's."""

    team: Team
    hub: str
    credentials: dict[str, str]
    stack_sets: str = "delegated-admin"

    def profile_is(self, keys: dict[str, str]) -> None:
        """Whose credentials the profile `payer` has."""
        lines = "".join(f"{name.lower()} = {value}\n" for name, value in keys.items())
        (self.team.folder / "aws-config").write_text(f"[profile payer]\n{lines}", encoding="utf-8")

    def write(self, change: str = "", account: str = MARKED) -> None:
        """The file, built. account: what it says of the management account; empty where it has none."""
        organization = self.team.client("organizations").describe_organization()["Organization"]["Id"]
        members = [f'{name}: {{id: "{number}"}}' for name, number in self.team.accounts.items()]
        listed = ", ".join([*members, *([f"payer: {account}"] if account else [])])
        self.team.write(
            f"organization: {{id: {organization}, stack_sets: {self.stack_sets}}}\n"
            f'hub: {{account: "{self.hub}"}}\naccounts: {{{listed}}}\n{change}'
        )

    def run(self, *words: str) -> Said:
        """A command with the hub's credentials."""
        return self.team.run(*words, **self.credentials)

    @property
    def profile(self) -> tuple[str, str]:
        """The option that has the credentials of the management account."""
        return DELEGATE if self.stack_sets == "delegated-admin" else MANAGEMENT

    def deployed(self) -> Said:
        """A rollout that ends well, after which there is nothing to do."""
        done = self.run("deploy", "--yes", *self.profile)
        assert done.code == 0, done.out + done.err
        again = self.run("deploy", "--plan", *self.profile)
        assert (again.code, again.last) == (0, "  nothing to do"), again.out + again.err
        return done

    def destroyed(self) -> Said:
        """A removal that leaves nothing."""
        gone = self.run("destroy", "--yes", *self.profile)
        assert gone.code == 0, gone.out + gone.err
        assert stacks(PAYER) == set()
        assert stacks(self.hub) == set()
        return gone


def keys_of(team: Team, account: str) -> dict[str, str]:
    """Credentials in an account."""
    return as_hub(replace(team, accounts={"it": account}), "it")


def stacks(account: str) -> set[tuple[str, str]]:
    """Name and Region of the stacks that somebody made in an account, and no stack set."""
    return {
        (one.name, region)
        for region in REGIONS
        for one in cloudformation_backends[account][region].stacks.values()
        if not one.name.startswith("StackSet-") and one.status != "DELETE_COMPLETE"
    }


def threshold(account: str, region: str = US) -> float:
    return float(cloudwatch_backends[account][region].alarms["errors-alarm-prod"].threshold)


@pytest.fixture
def payer(team: Team) -> Payer:
    hub = joined(team, "hub")
    del team.accounts["hub"]
    # A delegated administrator sees the organization; in moto only the management account does.
    organizations_backends[hub]["aws"] = organizations_backends[PAYER]["aws"]
    made = Payer(team, hub, {**keys_of(team, hub), "AWS_CONFIG_FILE": str(team.folder / "aws-config")})
    made.profile_is({"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"})
    return made


def test_from_nothing_to_nothing_with_what_the_policy_allows(payer: Payer) -> None:
    payer.write()
    documents = json.loads(payer.run("policy").out)
    mine = [one for name, one in documents.items() if name.startswith("obsgen-deployer-prod-management-")]
    allowed = {each["Sid"]: each for one in mine for each in one["Statement"]}
    called: set[str] = set()
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: Any) -> Any:
        if self._request_signer._credentials.access_key == "nobody":
            called.add(f"{self.meta.service_model.service_name}:{operation}")
        return real(self, operation, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        planned = payer.run("deploy", "--plan", *DELEGATE)
        assert f"  Members, {STACK} in payer ({PAYER}), us-east-1\n    will be created with" in planned.out
        assert stacks(PAYER) == set()
        payer.deployed()
        whole = payer.run("status", *DELEGATE)
        shown, outputs = payer.run("status"), json.loads(payer.run("outputs", "--members", "--json").out)
        assert (stacks(PAYER), threshold(PAYER)) == ({(STACK, US)}, 5)
        assert cloudformation_backends[PAYER][US].get_stack(STACK).parameters["SinkArn"].startswith("arn:aws:oam:")
        (stack_set,) = cloudformation_backends[payer.hub][US].stacksets.values()
        assert {one.account_id for one in stack_set.stack_instances} == set(payer.team.accounts.values())
        planned = payer.run("destroy", "--plan", *DELEGATE)
        assert f"  Members, {STACK} in payer ({PAYER}), us-east-1: the stack" in planned.out
        payer.destroyed()
    assert payer.run("destroy", "--yes", *DELEGATE).out.endswith("no resources exist\n")
    assert f"  Members, {STACK}: 4 stacks, 4 CURRENT" in whole.out
    assert "    payer: 1 " in whole.out
    assert not {"Outdated:", "Missing:"} & set(whole.out.split())
    assert f"  Members, {STACK}: 4 stacks, 4 CURRENT" in shown.out
    assert "templates of payer (use --management-profile)" in shown.out
    assert outputs["payer"][US]["MonitoringRoleArn"].endswith(f":{PAYER}:role/MonitoringRole-{PAYER}")
    assert called - {action for each in allowed.values() for action in each["Action"]} == set()
    assert allowed["Stacks"]["Resource"] == [f"arn:aws:cloudformation:us-east-1:{PAYER}:stack/{STACK}/*"]
    assert f"arn:aws:iam::{PAYER}:role/MonitoringRole-{PAYER}" in allowed["Roles"]["Resource"]


def test_where_it_owns_the_stack_sets_their_credentials_are_its_own(payer: Payer) -> None:
    payer.stack_sets = "management"
    payer.write()
    payer.deployed()
    assert (stacks(PAYER), threshold(PAYER)) == ({(STACK, US)}, 5)
    (stack_set,) = cloudformation_backends[PAYER][US].stacksets.values()
    assert {one.account_id for one in stack_set.stack_instances} == set(payer.team.accounts.values())
    payer.destroyed()


def test_its_own_values_change_by_change_set_and_what_leaves_is_deleted(payer: Payer) -> None:
    payer.write(BOTH + OWN.format(1))
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    assert stacks(PAYER) == {(STACK, US), (STACK, EU)}
    assert (threshold(PAYER), threshold(PAYER, EU), threshold(payer.team.accounts["alpha"])) == (1, 1, 5)
    payer.write(BOTH + OWN.format(2), MARKED.replace("true", "true, regions: [us-east-1]"))
    older = payer.run("status", *DELEGATE)
    assert f"payer {PAYER} us-east-1 is OUTDATED: {STACK} has different values of AlarmErrorsThreshold" in older.out
    planned = payer.run("deploy", "--plan", *DELEGATE).out.splitlines()
    assert f"  Members, {STACK} in payer ({PAYER}), eu-west-1: DELETED, no longer in the spec" in planned
    at = planned.index(f"  Members, {STACK} in payer ({PAYER}), us-east-1")
    assert "    ~ AlarmErrors (AWS::CloudWatch::Alarm)" in planned[at + 1 :]
    payer.deployed()
    assert stacks(PAYER) == {(STACK, US)}
    assert (threshold(PAYER), threshold(payer.team.accounts["alpha"])) == (2, 5)
    looks(payer.team, changed=CHANGED)
    said = payer.run("drift", *DELEGATE).out.splitlines()
    at = said.index(f"  Members, {STACK} in payer, us-east-1: 2 changed")
    assert said[at + 1] == "    IncidentQueue (AWS::SQS::Queue)"
    payer.team.front.answers = dict(IN_ORDER)
    payer.write(BOTH, "")
    refused = payer.run("deploy", "--yes")
    assert refused.code == 3
    assert f"but the stacks of payer are in account {PAYER}" in refused.err
    assert stacks(PAYER) == {(STACK, US)}
    payer.deployed()
    assert stacks(PAYER) == set()
    # Nothing is left there that credentials are needed for.
    assert payer.run("deploy", "--plan").code == 0


def test_what_an_interrupted_rollout_made_is_deleted_although_the_file_has_it_no_more(payer: Payer) -> None:
    payer.write()
    failing = Fault("ExecuteChangeSet", refusal("InternalFailure"), about=STACK)
    payer.team.front.faults = [failing]
    cut = payer.run("deploy", "--yes", *DELEGATE)
    assert cut.code == 3
    payer.team.front.faults = []
    payer.write(account="")
    payer.deployed()
    assert stacks(PAYER) == set()


def test_a_rollout_that_was_killed_there_is_finished_by_the_next(payer: Payer) -> None:
    def counts(client: Any, operation: str, arguments: Any) -> bool:
        """What is made there, and what is written down of it."""
        keys, key = client._request_signer._credentials.access_key, str(arguments.get("Key"))
        made = keys == "nobody" and operation in ("CreateChangeSet", "ExecuteChangeSet")
        return made or key.endswith("management.json")

    payer.team.environment |= payer.credentials
    for step in (1, 2, 3):
        payer.write(OWN.format(step))
        assert run_until(payer.team, step, "deploy", "--yes", *DELEGATE, counts=counts)
        done = payer.run("deploy", "--yes", *DELEGATE)
        assert done.code == 0, (step, done.out + done.err)
        assert (stacks(PAYER), threshold(PAYER)) == ({(STACK, US)}, step)
    assert payer.run("deploy", "--plan", *DELEGATE).code == 0


def test_the_management_account_without_its_mark_is_refused_before_anything_is_made(payer: Payer) -> None:
    payer.write(account=f'{{id: "{PAYER}"}}')
    refused = payer.run("deploy", "--yes")
    assert (refused.code, "no resources were created or changed" in refused.err) == (3, True)
    assert f"payer ({PAYER}) is the organization's management account, and service-managed stack sets" in refused.err
    assert "= help: set `accounts: {payer: {management: true}}`, or remove payer" in refused.err
    assert stacks(PAYER) == set() == stacks(payer.hub)


def test_another_account_with_the_mark_is_refused_before_anything_is_made(payer: Payer) -> None:
    alpha = payer.team.accounts.pop("alpha")
    payer.write(account=f'{{id: "{alpha}", management: true}}')
    # Whose credentials these are is asked first.
    payer.profile_is(keys_of(payer.team, alpha))
    refused = payer.run("deploy", "--yes", *DELEGATE)
    assert (refused.code, "no resources were created or changed" in refused.err) == (3, True)
    assert f"payer ({alpha}) is marked as the organization's management account, but is another one" in refused.err
    assert f"since the stack sets reach it; the management account is {PAYER}" in refused.err
    assert stacks(PAYER) == set() == stacks(payer.hub)


@pytest.mark.parametrize("stack_sets", ["delegated-admin", "management"])
def test_without_its_credentials_nothing_is_done(payer: Payer, stack_sets: str) -> None:
    payer.stack_sets = stack_sets
    payer.write()
    for command in (("deploy", "--yes"), ("destroy", "--yes"), ("drift",)):
        refused = payer.run(*command)
        assert refused.code == 3
        assert f"= help: use {payer.profile[0]} with a profile of account {PAYER}" in refused.err
        assert stacks(PAYER) == set() == stacks(payer.hub)


def test_several_stacks_stand_there_too_and_what_a_composite_named_goes_after_it_has_changed(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the stack sets; the stand-in refuses, as CloudWatch does, to delete an alarm that a composite names."""
    small = with_small_stacks(payer.team, monkeypatch)

    def write(alarms: int, rule: str) -> set[tuple[str, str]]:
        """Name and Region of the stacks that the file asks for."""
        made = "\n".join(f'  a-{at}: {{{METRIC}, threshold: "> 600"}}' for at in range(alarms))
        both = f"composites: {{both: {{rule: {rule}, severity: critical}}}}\n" if rule else ""
        payer.write(f"alarms:\n{made}\n{both}")
        return {(one["name"], US) for one in manifest_of(small)["stack_sets"]}

    names = write(16, "a-1 and a-15")
    assert len(names) >= 3
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    assert stacks(PAYER) == names
    write(3, "a-1")
    done = payer.run("deploy", "--yes", *DELEGATE)
    assert (done.code, done.out.count("in two updates")) == (0, 2), done.out + done.err
    there = {name for name in cloudwatch_backends[PAYER][US].alarms if name.startswith(("a-", "both"))}
    assert there == {"a-0-alarm-prod", "a-1-alarm-prod", "a-2-alarm-prod", "both-alarm-prod"}
    fewer = write(3, "")
    planned = payer.run("deploy", "--plan", *DELEGATE)
    assert f" in payer ({PAYER}), us-east-1: DELETED, it has no resources any more" in planned.out
    payer.deployed()
    assert stacks(PAYER) == fewer < names


def test_a_log_group_that_is_there_is_seen_first_and_can_be_taken_over(payer: Payer) -> None:
    logs = logs_backends[PAYER][US]
    logs.create_log_group("/aws/application/prod", {})
    logs.create_log_stream("/aws/application/prod", "old")
    payer.write()
    refused = payer.run("deploy", "--plan", *DELEGATE)
    assert refused.code == 3
    assert f"/aws/application/prod already exists, and the spec creates it: payer ({PAYER}) in us-east-1" in refused.out
    planned = payer.run("deploy", "--plan", "--adopt", *DELEGATE)
    assert planned.code == 1
    assert "/aws/application/prod is imported" in planned.out
    assert payer.run("deploy", "--yes", "--adopt", *DELEGATE).code == 0
    assert list(logs.groups["/aws/application/prod"].streams) == ["old"]

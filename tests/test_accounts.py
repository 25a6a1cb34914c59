"""`obsgen accounts`: members from the organization, locked beside the spec, as people type it.

The stand-in pages as Organizations does; tests/organizations.py has its sources.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from generator.cli.main import group
from generator.rollout.organization.permissions import ACTIONS
from tests.organizations import HUB, MANAGEMENT, ROOT, OrganizationServer, organization_server, unit_id
from tests.support import spec

WORK, PROD, SANDBOX = unit_id(1), unit_id(2), unit_id(3)
LOCK = "accounts.lock.yaml"


@dataclass
class Desk:
    """A folder with a spec, and the organization that its credentials reach."""

    folder: Path
    organization: OrganizationServer

    def write(self, members: str, accounts: str = "{}", more: str = "") -> None:
        """Write the spec: what `members` says, and accounts written by hand."""
        change = f"accounts: null\norganization: {{id: o-a1b2c3d4e5, members: {members}}}\n{more}"
        text = spec(change) + f"accounts: {accounts}\n"
        (self.folder / "observability.yaml").write_text(text, encoding="utf-8")

    def typed(self, *words: str) -> Result:
        return CliRunner().invoke(group, list(words), catch_exceptions=False)

    def updated(self, *words: str) -> Result:
        return self.typed("accounts", "--update", *words)

    @property
    def lock(self) -> dict[str, dict[str, dict[str, object]]]:
        return yaml.safe_load((self.folder / LOCK).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Twenty-three accounts in Workloads/Prod, one in Workloads, two in Sandbox."""
    with organization_server() as organization:
        organization.units = {WORK: ("Workloads", ROOT), PROD: ("Prod", WORK), SANDBOX: ("Sandbox", ROOT)}
        for number in range(23):
            organization.add(200_000_000_000 + number, f"Team {number:02d}", PROD, Stage="prod")
        organization.add(300_000_000_000, "Team 00", WORK, Stage="dev", Owner="data")
        organization.add(400_000_000_000, "play", SANDBOX)
        organization.add(400_000_000_001, "Play Ground", SANDBOX, Stage="prod")
        for name, value in {
            "AWS_ENDPOINT_URL": organization.address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "HOME": str(tmp_path),
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        monkeypatch.chdir(tmp_path)
        yield Desk(tmp_path, organization)


def test_units_with_all_below_over_pages_and_empty_pages(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}]}}")
    done = desk.updated()
    assert done.exit_code == 0, done.output
    assert len(desk.lock["accounts"]) == 24
    assert desk.organization.calls["ListTagsForResource"] == 0
    assert desk.lock["units"] == {
        WORK: {"name": "Workloads", "parent": ROOT},
        PROD: {"name": "Prod", "parent": WORK},
        ROOT: {"name": "Root"},
    }
    assert desk.typed("check", "--no-lint").exit_code == 0


def test_no_request_of_a_build_reaches_aws(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}]}}")
    desk.updated()
    desk.organization.calls.clear()
    assert desk.typed("build", "--no-lint").exit_code == 0
    assert desk.typed("accounts").output.splitlines()[-1] == "24 accounts"
    assert not desk.organization.calls


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("{}", 26),  # neither the hub nor the management account
        (f"{{units: [{ROOT}], except: [{WORK}]}}", 2),
        (f"{{units: [{SANDBOX}], except: [play]}}", 1),
        (f"{{units: [{SANDBOX}], except: ['Play Ground']}}", 1),
        (f"{{units: [{SANDBOX}], except: ['400000000001']}}", 1),
        (f"{{units: [{SANDBOX}], except: [{{Stage: prod}}]}}", 1),
        ("{tags: {Stage: prod}}", 24),
        ("{tags: {Stage: [dev, prod]}}", 25),
        ("{tags: {Stage: [dev, prod], Owner: data}}", 1),
    ],
)
def test_a_selection(desk: Desk, members: str, expected: int) -> None:
    desk.write(members)
    assert desk.updated().exit_code == 0
    assert len(desk.lock["accounts"]) == expected


def test_only_active_accounts_are_members(desk: Desk) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html"""
    for number, state in enumerate(("PENDING_ACTIVATION", "SUSPENDED", "PENDING_CLOSURE", "CLOSED")):
        desk.organization.add(500_000_000_000 + number, state, SANDBOX, state)
    desk.write(f"{{units: [{SANDBOX}]}}")
    desk.updated()
    assert set(desk.lock["accounts"]) == {"play", "play-ground"}


def test_the_same_organization_gives_the_same_bytes(desk: Desk) -> None:
    desk.write(f"{{units: [{SANDBOX}, {WORK}], labels: {{stage: Stage, owner: Owner}}}}")
    desk.updated()
    first = (desk.folder / LOCK).read_bytes()
    accounts = desk.organization.accounts
    desk.organization.accounts = dict(reversed(accounts.items()))
    desk.write(f"{{labels: {{owner: Owner, stage: Stage}}, units: [{WORK}, {SANDBOX}]}}")
    (desk.folder / LOCK).unlink()
    desk.updated()
    assert (desk.folder / LOCK).read_bytes() == first
    assert "up to date: 26 accounts" in desk.updated().output


def test_one_name_twice_and_names_that_are_no_keys(desk: Desk) -> None:
    for number, name in enumerate(("hub", "Züri & Söhne", "2024", "!!!", "x" * 50 + " \u001b[31m")):
        desk.organization.add(600_000_000_000 + number, name, SANDBOX)
    desk.write("{}")
    done = desk.updated()
    assert done.exit_code == 0
    assert "\u001b" not in done.output
    keys = desk.lock["accounts"]
    assert keys["team-00"]["id"] == "200000000000"
    assert keys["team-00-300000000000"]["id"] == "300000000000"
    assert {"hub-600000000000", "zuri-sohne", "account-2024", "account"} <= keys.keys()
    assert desk.typed("check", "--no-lint").exit_code == 0


def test_what_joined_left_moved_and_was_renamed(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}], labels: {{stage: Stage}}}}")
    desk.updated()
    accounts = desk.organization.accounts
    del accounts["200000000001"]
    accounts["200000000002"] = ("Team 02", SANDBOX, "ACTIVE")
    accounts["200000000003"] = ("Team 03", PROD, "CLOSED")
    accounts["200000000004"] = ("Team Four", WORK, "ACTIVE")
    desk.organization.tags["200000000005"]["Stage"] = "test"
    desk.organization.add(700_000_000_000, "New", PROD, Stage="prod")
    checked = desk.updated("--check")
    assert checked.exit_code == 1
    lines = [" ".join(line.split()) for line in checked.output.splitlines()]
    assert lines == [
        f"{LOCK}: 1 joined, 3 left, 1 moved, 1 renamed, 1 changed",
        "+ joined new 700000000000 New in Workloads/Prod, stage: prod",
        "- left team-01 200000000001 no longer in the organization",
        "- left team-02 200000000002 moved to Sandbox, which is not selected",
        "- left team-03 200000000003 closed in the organization",
        "~ moved team-04 200000000004 from Workloads/Prod to Workloads",
        "~ renamed team-04 200000000004 Team 04 is now Team Four; the key stays",
        "~ changed team-05 200000000005 label stage: prod is now test",
        f"{LOCK} is out of date: run `obsgen accounts --update`",
    ]
    assert "team-01" in desk.lock["accounts"]
    assert desk.updated().exit_code == 0
    assert desk.lock["accounts"]["team-04"] == {
        "id": "200000000004",
        "name": "Team Four",
        "unit": WORK,
        "labels": {"stage": "prod"},
    }
    assert desk.updated("--check").exit_code == 0


def test_an_implausible_shrink_needs_yes(desk: Desk) -> None:
    desk.write(f"{{units: [{SANDBOX}, {WORK}]}}")
    desk.updated()
    before = (desk.folder / LOCK).read_bytes()
    desk.write(f"{{units: [{SANDBOX}]}}")
    refused = desk.updated()
    assert refused.exit_code == 1
    assert f"of 26 accounts, 24 would leave: {LOCK} was not written" in refused.output
    assert (desk.folder / LOCK).read_bytes() == before
    assert desk.updated("--yes").exit_code == 0
    assert len(desk.lock["accounts"]) == 2


def test_nobody_selected_needs_yes(desk: Desk) -> None:
    desk.write("{tags: {Stage: nowhere}}")
    refused = desk.updated()
    assert refused.exit_code == 1
    assert "no account is selected" in refused.output
    assert not (desk.folder / LOCK).exists()


def test_an_account_that_moves_while_it_is_read_is_not_lost(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}]}}")
    desk.updated()
    name, _, state = desk.organization.accounts["200000000001"]
    desk.organization.accounts["200000000001"] = (name, "nowhere", state)
    moved = desk.updated()
    assert moved.exit_code == 3
    assert "account 200000000001 moved while the organization was read" in moved.output


def test_throttling_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    monkeypatch.setattr("botocore.retries.adaptive.ClientRateLimiter.on_sending_request", lambda *_, **__: None)
    desk.organization.throttled = 2
    desk.write(f"{{units: [{SANDBOX}]}}")
    assert desk.updated().exit_code == 0


@pytest.mark.parametrize(
    ("operation", "code", "sentence"),
    [
        ("ListRoots", "AccessDeniedException", f"AWS denied organizations:ListRoots to account {MANAGEMENT}"),
        ("DescribeOrganization", "AWSOrganizationsNotInUseException", "is in no organization"),
    ],
)
def test_who_may_not_ask_gets_a_sentence(desk: Desk, operation: str, code: str, sentence: str) -> None:
    desk.organization.refusals[operation] = code
    desk.write("{}")
    refused = desk.updated()
    assert refused.exit_code == 3
    assert sentence in refused.output
    assert "delegated administrator" in refused.output


def test_another_organization_is_refused(desk: Desk) -> None:
    desk.organization.organization = "o-zzzzzzzzzz"
    desk.write("{}")
    refused = desk.updated()
    assert refused.exit_code == 2
    assert "the credentials are of the organization o-zzzzzzzzzz" in refused.output


def test_accounts_by_hand_take_precedence(desk: Desk) -> None:
    by_hand = '{team-03: {labels: {stage: special, tier: critical}}, payroll: {id: "200000000007"}}'
    desk.write(f"{{units: [{WORK}], labels: {{stage: Stage}}}}", by_hand)
    desk.updated()
    rows = {row["name"]: row for row in json.loads(desk.typed("accounts", "--format", "json").output)}
    assert rows["team-03"]["labels"] == {"stage": "special", "tier": "critical"}
    assert [place.partition(":")[0] for place in rows["team-03"]["from"].split(", ")] == ["observability.yaml", LOCK]
    assert rows["team-04"]["from"].startswith(f"{LOCK}:")
    assert rows["payroll"]["unit"] == "Workloads/Prod"
    assert "team-07" not in rows
    assert len(rows) == 24
    assert desk.typed("check", "--no-lint").exit_code == 0


def test_environments_by_label(desk: Desk) -> None:
    more = (
        "environments: {prod: {labels: {stage: prod}}, dev: {labels: {stage: [dev, test]}, "
        'hub: {account: "888888888888"}}}\naccess: {sharing: [logs]}\n'
        'metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}\n'
    )
    desk.organization.tags["200000000022"]["Stage"] = "test"
    desk.write(f"{{units: [{WORK}], labels: {{stage: Stage}}}}", more=more)
    desk.updated()
    done = desk.typed("build", "--no-lint")
    assert done.exit_code == 0, done.output
    manifest = (desk.folder / "out/dev/manifest.yaml").read_text(encoding="utf-8")
    assert "200000000022" in manifest
    assert "300000000000" in manifest
    assert "200000000001" not in manifest


def test_diff_has_who_joined_and_left(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}]}}")
    desk.updated()
    desk.typed("build", "--no-lint")
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@example.com commit -qm first"):
        subprocess.run(["git", *words.split()], cwd=desk.folder, check=True)
    del desk.organization.accounts["200000000001"]
    desk.organization.add(700_000_000_000, "New", PROD)
    desk.updated()
    shown = desk.typed("diff").output
    assert "new (700000000000) is monitored from now on" in shown
    assert "team-01 (200000000001) is no longer monitored" in shown


def test_init_from_the_organization(desk: Desk) -> None:
    desk.organization.caller = HUB
    done = desk.typed("init", "--from-organization", "--region", "eu-west-1")
    assert done.exit_code == 0, done.output
    written = yaml.safe_load((desk.folder / "observability.yaml").read_text(encoding="utf-8"))
    assert written["organization"] == {
        "id": "o-a1b2c3d4e5",
        "stack_sets": "delegated-admin",
        "members": {"units": [ROOT]},
    }
    assert written["hub"] == {"account": HUB, "region": "eu-west-1"}
    assert len(desk.lock["accounts"]) == 26
    assert desk.typed("build", "--no-lint").exit_code == 0
    assert "up to date" in desk.updated("--check").output
    assert desk.typed("init", "--from-organization").exit_code == 2


def test_the_policy_has_what_is_called(desk: Desk) -> None:
    desk.write("{labels: {stage: Stage}}")
    desk.updated()
    desk.organization.accounts.clear()
    desk.updated()
    assert {f"organizations:{call}" for call in desk.organization.calls} <= {*ACTIONS}
    printed = json.loads(desk.typed("policy", "--accounts").output)
    assert printed["Statement"][0]["Action"] == list(ACTIONS)


def test_an_exception_by_key_lasts(desk: Desk) -> None:
    """The lock no longer knows the key of an account that has left it; the next update must not add it again."""
    desk.write("{}")
    desk.updated()
    desk.write("{except: [play-ground, team-00-300000000000, team-01]}")
    assert desk.updated().exit_code == 0
    assert len(desk.lock["accounts"]) == 23
    again = desk.updated("--check")
    assert again.exit_code == 0
    assert "Warning" not in again.output


def test_an_exception_by_key_leaves_the_key_of_another_account(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}], except: [team-00]}}")
    assert desk.updated().exit_code == 0
    assert desk.lock["accounts"]["team-00-300000000000"]["id"] == "300000000000"
    assert "team-00" not in desk.lock["accounts"]
    assert desk.updated("--check").exit_code == 0


def test_an_exception_by_a_key_that_only_the_lock_knows_is_refused(desk: Desk) -> None:
    desk.write("{}")
    desk.updated()
    desk.organization.accounts["200000000004"] = ("Team Four", PROD, "ACTIVE")
    desk.updated()
    desk.write("{except: [team-04]}")
    refused = desk.updated()
    assert refused.exit_code == 2
    assert "`team-04` of except is account 200000000004, which is called Team Four in AWS" in refused.output
    assert 'use its ID: "200000000004"' in refused.output
    assert "team-04" in desk.lock["accounts"]


def test_a_name_that_is_the_key_of_another_account_drops_none(desk: Desk) -> None:
    desk.organization.add(100_000_000_000, "Team 00 300000000000", SANDBOX)
    desk.write("{}")
    desk.updated()
    assert len(desk.lock["accounts"]) == 27
    assert desk.lock["accounts"]["account-300000000000-2"]["id"] == "300000000000"
    assert desk.updated("--check").exit_code == 0


def test_a_locked_key_that_an_entry_by_hand_takes(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}]}}")
    desk.updated()
    desk.write(f"{{units: [{WORK}]}}", '{team-03: {id: "200000000007"}}')
    assert desk.typed("check", "--no-lint").exit_code == 2
    assert desk.updated().exit_code == 0
    ids = {key: account["id"] for key, account in desk.lock["accounts"].items()}
    assert (ids["team-03"], ids["team-03-200000000003"]) == ("200000000007", "200000000003")
    assert desk.typed("check", "--no-lint").exit_code == 0


def test_spaces_around_ids_mean_nothing(desk: Desk) -> None:
    members = f'{{units: ["{WORK} "], except: [" 200000000001"], tags: {{"Stage ": "prod "}}}}'
    more = 'environments: {prod: {hub: {account: "200000000002 "}}}\n'
    desk.write(members, '{payroll: {id: "200000000007 "}}', more)
    done = desk.updated()
    assert done.exit_code == 0
    assert "Warning" not in done.output
    assert len(desk.lock["accounts"]) == 21
    assert desk.lock["accounts"]["payroll"]["id"] == "200000000007"
    assert desk.typed("check", "--no-lint").exit_code == 0


@pytest.mark.parametrize("by_hand", ['{Pay Roll: {id: "200000000007"}}', '{payroll: {id: "2000"}}'])
def test_no_lock_is_written_that_could_not_be_read(desk: Desk, by_hand: str) -> None:
    desk.write("{}", by_hand)
    refused = desk.updated()
    assert refused.exit_code == 2
    assert "S03: accounts." in refused.output
    assert not (desk.folder / LOCK).exists()


def test_tags_that_vanish_from_most_accounts_need_yes(desk: Desk) -> None:
    """Environments select by label, so that an account without its label leaves one, with its stacks."""
    desk.write(f"{{units: [{WORK}], labels: {{stage: Stage}}}}")
    desk.updated()
    before = (desk.folder / LOCK).read_bytes()
    for number in range(13):
        desk.organization.tags[f"{200_000_000_000 + number}"].clear()
    refused = desk.updated()
    assert refused.exit_code == 1
    assert f"of 24 accounts, 13 would lose a label: {LOCK} was not written" in refused.output
    assert (desk.folder / LOCK).read_bytes() == before
    desk.organization.tags["200000000000"]["Stage"] = "dev"
    assert desk.updated().exit_code == 0


def test_a_label_that_is_no_longer_selected_is_no_loss(desk: Desk) -> None:
    desk.write(f"{{units: [{WORK}], labels: {{stage: Stage}}}}")
    desk.updated()
    desk.write(f"{{units: [{WORK}]}}")
    assert desk.updated().exit_code == 0


def test_editors_accept_settings_of_a_locked_account(desk: Desk) -> None:
    described = json.loads(desk.typed("schema").output)
    validator = jsonschema.Draft202012Validator(described)
    desk.write("{}", "{payments: {labels: {tier: critical}}}")
    data = yaml.safe_load((desk.folder / "observability.yaml").read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(data) if error.path[0] == "accounts"] == []


def test_an_account_that_a_unit_deploys_to_although_it_is_not_selected(desk: Desk) -> None:
    """Stack sets of units know nothing of the selection: docs/language/organizational_units.md."""
    members = f"{{units: [{WORK}], except: [team-01, team-02]}}"
    desk.write(members, more=f'organizational_units: [{{id: {PROD}, except: ["200000000002"]}}]\n')
    done = desk.updated()
    assert done.exit_code == 0
    warnings = [line for line in done.output.splitlines() if line.startswith("Warning")]
    assert warnings == [
        "Warning: Team 01 (200000000001) is not selected, but organizational_units deploys to it: add"
        ' "200000000001" to `except` of the unit, or remove the unit'
    ]


def test_every_name_is_read_back_as_it_was(desk: Desk) -> None:
    """Names of units and values of tags may have any separator that Unicode has.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Tag.html
    """
    desk.organization.units[PROD] = ("Prod\u2028: # 😀\n\x85", WORK)
    desk.organization.tags["200000000001"]["Stage"] = "a\u2028 b\u2029c"
    desk.write(f"{{units: [{WORK}], labels: {{stage: Stage}}}}")
    desk.updated()
    assert desk.updated("--check").exit_code == 0
    assert desk.typed("check", "--no-lint").exit_code == 0

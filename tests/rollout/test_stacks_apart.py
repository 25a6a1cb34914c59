"""Several stacks whose composites name what others have, where those that go are known to nobody but the records."""

from __future__ import annotations

from pathlib import Path

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import HUB as PAYER
from tests.rollout.team import Team
from tests.rollout.test_killed import run_until
from tests.rollout.test_management import DELEGATE, US, Payer, payer, stacks
from tests.rollout.test_stacks import METRIC, manifest_of
from tests.rollout.test_stacks_between import checkout, commit, sets

__all__ = ["payer"]


def spec(alarms: int, composites: dict[str, str]) -> str:
    made = "\n".join(f'  a-{at}: {{{METRIC}, threshold: "> 600"}}' for at in range(alarms))
    rules = "\n".join(f"  {name}: {{rule: {rule}, severity: critical}}" for name, rule in composites.items())
    return f"alarms:\n{made}\n" + (f"composites:\n{rules}\n" if rules else "")


def test_destroy_takes_composites_first_whichever_commit_has_them(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = with_small_stacks(team, monkeypatch)
    small.write(spec(14, {}))
    commit(small, tmp_path / "one")
    small.write(spec(14, {"both": "a-0 and a-13"}))
    assert small.run("deploy", "--yes").code == 0
    checkout(small, tmp_path / "one")
    gone = small.run("destroy", "--yes")
    assert gone.code == 0, gone.out + gone.err
    assert not sets(small)


def test_in_the_management_account_too(payer: Payer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small = with_small_stacks(payer.team, monkeypatch)
    payer.write(spec(14, {}))
    commit(small, tmp_path / "one")
    payer.write(spec(14, {"both": "a-0 and a-13"}))
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    checkout(small, tmp_path / "one")
    gone = payer.run("destroy", "--yes", *DELEGATE)
    assert gone.code == 0, gone.out + gone.err
    assert stacks(PAYER) == stacks(payer.hub) == set()


def test_a_stack_of_the_management_account_goes_after_the_composites_that_named_it(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = with_small_stacks(payer.team, monkeypatch)
    payer.write(spec(14, {"both": "a-0 and a-13"}))
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    before = stacks(PAYER)
    payer.write(spec(2, {"both": "a-0 and a-1"}))
    payer.deployed()
    assert stacks(PAYER) < before
    assert stacks(PAYER) == {(one["name"], US) for one in manifest_of(small)["stack_sets"]}


def test_what_a_cut_off_rollout_made_there_goes_after_the_composites_that_name_it(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = with_small_stacks(payer.team, monkeypatch)
    payer.team.environment |= payer.credentials
    payer.write(spec(14, {"both": "a-0 and a-1"}))
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    before = stacks(PAYER)
    commit(small, tmp_path / "one")
    payer.write(spec(30, {"both": "a-0 and a-29"}))

    def counts(_client: object, operation: str, arguments: dict[str, object]) -> bool:
        """The first file of the record of a complete rollout."""
        return operation == "PutObject" and str(arguments["Key"]).endswith("catalogue.md")

    assert run_until(small, 0, "deploy", "--yes", *DELEGATE, counts=counts)
    assert stacks(PAYER) > before
    checkout(small, tmp_path / "one")
    payer.deployed()
    assert stacks(PAYER) == before


def test_a_stack_that_a_change_set_has_only_begun_has_no_template(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """https://github.com/cdklabs/awscdk-v1-stack-finder/issues/273"""
    small = with_small_stacks(payer.team, monkeypatch)
    payer.team.environment |= payer.credentials
    payer.write(spec(1, {}))
    commit(small, tmp_path / "one")
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    before = stacks(PAYER), stacks(payer.hub)
    payer.write(spec(9, {}))
    made: list[str] = []

    def counts(_client: object, operation: str, arguments: dict[str, object]) -> bool:
        """The last change set that is made in the management account."""
        made.append(str(arguments.get("ChangeSetType", "")))
        return made[-1] == "CREATE"

    step = len(stacks(PAYER))
    while run_until(small, step, "deploy", "--yes", *DELEGATE, counts=counts):
        status = payer.run("status", *DELEGATE)
        assert status.code == 0, status.out + status.err
        checkout(small, tmp_path / "one")
        payer.deployed()
        assert (stacks(PAYER), stacks(payer.hub)) == before, step
        break


def test_composites_leave_a_region_before_what_they_name(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    small = with_small_stacks(team, monkeypatch)
    small.write(f"regions: [us-east-1, eu-west-1]\n{spec(9, {'both': 'a-0 and a-8'})}")
    assert len(manifest_of(small)["stack_sets"]) > 1
    assert small.run("deploy", "--yes").code == 0
    small.write(spec(9, {"both": "a-0 and a-8"}))
    done = small.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    assert not cloudwatch_backends[small.accounts["alpha"]]["eu-west-1"].alarms
    assert small.run("deploy", "--plan").code == 0

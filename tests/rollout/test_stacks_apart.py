"""Several stacks whose composites name what others have, where those that go are known to nobody but the records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import HUB as PAYER
from tests.rollout.test_killed import run_until
from tests.rollout.test_management import BOTH, DELEGATE, US, Payer, payer, stacks
from tests.rollout.test_stacks import METRIC, manifest_of
from tests.rollout.test_stacks_between import checkout, commit, sets

__all__ = ["payer"]


def spec(alarms: int, composites: dict[str, str]) -> str:
    made = "\n".join(f'  a-{at}: {{{METRIC}, threshold: "> 600"}}' for at in range(alarms))
    rules = "\n".join(f"  {name}: {{rule: {rule}, severity: critical}}" for name, rule in composites.items())
    return f"alarms:\n{made}\n" + (f"composites:\n{rules}\n" if rules else "")


def test_destroy_takes_composites_first_whichever_commit_has_them(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = with_small_stacks(payer.team, monkeypatch)
    payer.write(spec(9, {}))
    commit(small, tmp_path / "one")
    payer.write(spec(9, {"both": "a-0 and a-8"}))
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    checkout(small, tmp_path / "one")
    payer.destroyed()
    assert not sets(small)


def test_stacks_regions_and_what_was_cut_off_go_after_the_composites_that_named_what_they_have(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = with_small_stacks(payer.team, monkeypatch)
    payer.team.environment |= payer.credentials
    payer.write(BOTH + spec(14, {"both": "a-0 and a-13"}))
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    before = stacks(PAYER)
    payer.write(spec(2, {"both": "a-0 and a-1"}))
    payer.deployed()
    few = {(one["name"], US) for one in manifest_of(small)["stack_sets"]}
    assert stacks(PAYER) == few < before
    assert not cloudwatch_backends[small.accounts["alpha"]]["eu-west-1"].alarms
    commit(small, tmp_path / "one")
    payer.write(spec(14, {"both": "a-0 and a-13"}))

    def counts(_client: object, operation: str, arguments: dict[str, object]) -> bool:
        """The first file of the record of a complete rollout."""
        return operation == "PutObject" and str(arguments["Key"]).endswith("catalogue.md")

    assert run_until(small, 0, "deploy", "--yes", *DELEGATE, counts=counts)
    assert stacks(PAYER) > few
    checkout(small, tmp_path / "one")
    payer.deployed()
    assert stacks(PAYER) == few


def test_a_stack_that_a_change_set_has_only_begun_has_no_template(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://github.com/cdklabs/awscdk-v1-stack-finder/issues/273"""
    small = with_small_stacks(payer.team, monkeypatch)
    payer.team.environment |= payer.credentials
    payer.write(spec(1, {}))
    assert payer.run("deploy", "--yes", *DELEGATE).code == 0
    before = stacks(PAYER)
    payer.write(spec(14, {}))

    def counts(client: Any, operation: str, arguments: dict[str, object]) -> bool:
        """The first stack that is to be made in the management account."""
        return client._request_signer._credentials.access_key == "nobody" and arguments.get("ChangeSetType") == "CREATE"

    assert run_until(small, 0, "deploy", "--yes", *DELEGATE, counts=counts)
    assert stacks(PAYER) > before
    status = payer.run("status", *DELEGATE)
    assert status.code in (0, 1), status.out + status.err
    assert "is in REVIEW_IN_PROGRESS" in status.out
    payer.deployed()

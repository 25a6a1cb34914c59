"""Several stacks where an alarm goes in some accounts, a rollout is cut off, or out/ is that of another commit.

The stand-in refuses what CloudWatch refuses: a composite without its alarms, and the deletion of an alarm that a
composite names. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import Team
from tests.rollout.test_killed import run_until

METRIC = (
    "metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: jobs}},"
    ' statistic: Maximum, threshold: "> 600"'
)
COUNT = 14
LAST = f"a-{COUNT - 1}"


@pytest.fixture
def small(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    return with_small_stacks(team, monkeypatch)


def write(team: Team, last: str = "", rule: str = f"a-0 or {LAST}", more: int = 0, **composites: str) -> None:
    """Fourteen alarms and some more. last: what the fourteenth has of its own. rule: of the composite `both`."""
    rows = [f"  a-{at}: {{{METRIC}{last if at == COUNT - 1 else ''}}}" for at in range(COUNT + more)]
    above = {"both": rule, **composites}
    made = "\n".join(f"  {name}: {{rule: {one}, severity: critical}}" for name, one in above.items())
    team.write("alarms:\n" + "\n".join(rows) + f"\ncomposites:\n{made}\n")


def deployed(team: Team) -> None:
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err


def where(team: Team, key: str) -> set[str]:
    """The accounts that have it."""
    name = f"{key}-alarm-prod"
    return {one for one, account in team.accounts.items() if name in cloudwatch_backends[account]["us-east-1"].alarms}


def sets(team: Team) -> set[str]:
    listed = team.client("cloudformation").list_stack_sets()["Summaries"]
    return {one["StackSetName"] for one in listed if one["Status"] == "ACTIVE"}


def commit(team: Team, folder: Path) -> None:
    """Keep the file and out/ as they are."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(team.folder / "out", folder / "out")
    shutil.copy(team.folder / "observability.yaml", folder)


def checkout(team: Team, folder: Path) -> None:
    shutil.rmtree(team.folder / "out")
    shutil.copytree(folder / "out", team.folder / "out")
    shutil.copy(folder / "observability.yaml", team.folder)


def test_an_alarm_goes_in_some_accounts_while_a_composite_of_another_stack_names_it(small: Team) -> None:
    off = ", overrides: [{{where: {{account: {}}}, enabled: false}}]"
    write(small, off.format("gamma"), rule="a-0 or a-1")
    deployed(small)
    # A composite in a stack that does not know yet where its alarm is off.
    write(small, off.format("gamma"), rule="a-0 or a-1", other=f"a-2 or {LAST}")
    planned = small.run("deploy", "--plan")
    assert "first: its composites get the accounts that have the alarms they name" in planned.out
    deployed(small)
    assert where(small, "other") == {"alpha", "beta", "gamma"}
    assert where(small, LAST) == {"alpha", "beta"}
    # Values alone: no template changes.
    write(small, off.format("beta"), rule="a-0 or a-1", other=f"a-2 or {LAST}")
    deployed(small)
    assert where(small, LAST) == {"alpha", "gamma"}
    # A condition on the account.
    write(small, ", accounts: [beta]", rule="a-0 or a-1", other=f"a-2 or {LAST}")
    deployed(small)
    assert where(small, LAST) == {"beta"}
    assert where(small, "other") == {"alpha", "beta", "gamma"}
    # What it names cannot leave its stack, whoever edits the map.
    place = small.folder / "out/prod/shards.yaml"
    number = next(line for line in place.read_text().splitlines() if line.startswith("member.AlarmAZ13:"))
    place.write_text(place.read_text().replace(number, f"member.AlarmAZ13: {2 if number.endswith('1') else 1}"))
    assert small.run("build", "--no-lint").code == 0
    refused = small.run("deploy", "--yes")
    assert (refused.code, "a composite of another stack names" in refused.err) == (3, True), refused.err
    assert "restore its number there" in refused.err


def test_a_rollout_that_was_cut_off_is_taken_back(small: Team, tmp_path: Path) -> None:
    write(small)
    deployed(small)
    before = sets(small)
    commit(small, tmp_path / "one")
    write(small, rule=f"a-0 or {LAST} or a-19", more=8, other="a-18 or both")
    commit(small, tmp_path / "two")
    steps = 4
    while run_until(small, steps, "deploy", "--yes"):
        checkout(small, tmp_path / "one")
        deployed(small)
        assert sets(small) == before, steps
        assert not where(small, "a-18") | where(small, "other"), steps
        checkout(small, tmp_path / "two")
        steps += 8
    assert steps > 10


def test_out_of_another_commit_leaves_no_stack_behind(small: Team, tmp_path: Path) -> None:
    write(small)
    deployed(small)
    before = sets(small)
    commit(small, tmp_path / "one")
    write(small, more=8)
    deployed(small)
    assert sets(small) > before
    checkout(small, tmp_path / "one")
    assert "it has no resources any more" in small.run("deploy", "--plan").out
    gone = small.run("destroy", "--yes")
    assert gone.code == 0, gone.out + gone.err
    assert not sets(small)
    assert not where(small, f"a-{COUNT + 6}")

"""What reads an environment reads all of its stacks: three of the hub and four stack sets, rolled out once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import Team
from tests.rollout.team import team as a_team
from tests.rollout.test_drift import CHANGED, looks
from tests.rollout.test_stacks import deployed, manifest_of, sets, stack_of, write

ALARMS, BOARDS = 24, 20


def boards() -> str:
    """Dashboards, each of which has an output."""
    return "\n".join(f"  d-{at}: {{widgets: [{{type: text, markdown: Runbooks}}]}}" for at in range(BOARDS))


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Everything is there; a test leaves it as it was."""
    folder: Path = tmp_path_factory.mktemp("wide")
    with a_team(folder) as team, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.rollout.test_stacks.DASHBOARDS", boards())
        with_small_stacks(team, patch)
        write(team, ALARMS, {"both": "a-0 and a-15"})
        deployed(team)
        yield team


@pytest.fixture
def calm(wide: Team) -> Iterator[Team]:
    """The same, with nothing in the way to AWS; and afterwards again."""
    answers = dict(wide.front.answers)
    yield wide
    wide.front.answers, wide.front.faults = answers, []


def hubs(team: Team) -> list[str]:
    stacks = team.client("cloudformation").describe_stacks()["Stacks"]
    return sorted(one["StackName"] for one in stacks if one["StackName"].startswith("observability-hub"))


def test_there_are_several(calm: Team) -> None:
    assert len(hubs(calm)) == 3
    assert len(sets(calm)) >= 4


def test_outputs_are_those_of_all_stacks(calm: Team) -> None:
    values = json.loads(calm.run("outputs", "--json").out)
    assert sum("#dashboards/dashboard/d-" in value for value in values.values()) == BOARDS
    last = calm.stack(hubs(calm)[-1])["Outputs"][-1]
    assert calm.run("outputs", last["OutputKey"]).out == last["OutputValue"] + "\n"
    members = calm.run("outputs", "--members")
    assert (members.code, len(members.out.splitlines())) == (0, 3), (
        "one line an account, though each has several stacks"
    )


def test_status_names_every_stack_and_what_is_missing(calm: Team) -> None:
    fine = calm.run("status")
    assert fine.code == 0, fine.out
    assert all(f"Hub, {name}: CREATE_COMPLETE" in fine.out for name in hubs(calm))
    count = 3 * len(sets(calm))
    assert f"{count} stacks, {count} CURRENT" in fine.out
    assert all(name in fine.out for name in sets(calm))


def test_drift_is_told_by_stack_and_by_stack_set(calm: Team) -> None:
    looks(calm)
    fine = calm.run("drift")
    assert fine.code == 0, fine.out
    assert fine.out.count(": as it was deployed") == 3 + len(sets(calm))
    looks(calm, changed=CHANGED, members="DRIFTED")
    said = calm.run("drift")
    assert said.code == 1
    lines = said.out.splitlines()[1:]
    at = lines.index("  Hub, observability-hub-2-prod: 2 changed")
    assert lines[at + 1].startswith("    IncidentQueue ")
    at = lines.index("  Members, observability-members-2-prod: 1 changed")
    assert lines[at + 1] == f"    alpha {calm.accounts['alpha']} us-east-1: DRIFTED"
    data = json.loads(calm.run("drift", "--json").out)
    assert {one["stack"] for one in data["hub"]} == {"", *hubs(calm)} - {"observability-hub-prod"}
    assert data["further"].keys() == sets(calm).keys() - {"observability-members-prod"}


def test_explain_names_the_stack_that_a_thing_is_in(calm: Team) -> None:
    number = stack_of(calm, "AlarmAZ23")
    assert number > 1
    assert f"member-{number}.template.yaml AlarmAZ23 (AWS::CloudWatch::Alarm)" in calm.run("explain", "a-23").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("incidents",), "0 incidents open, 0 deliveries owed"),
        (("redrive",), "nothing is there"),
        (("mute", "a-23", "--for", "2h", "--reason", "x", "--by", "Ana"), "a-23-alarm-prod"),
    ],
)
def test_what_is_of_the_first_stack_finds_it(calm: Team, words: tuple[str, ...], said: str) -> None:
    done = calm.run(*words)
    assert (done.code, said in done.out) == (0, True), done.out + done.err


def test_a_drill_sets_an_alarm_of_a_further_set_and_puts_it_back(calm: Team) -> None:
    """Nobody listens on the stand-in: what counts is that the alarm is found, set, looked for, and put back."""
    role = f"arn:aws:iam::{calm.accounts['alpha']}:role/operator"
    given = calm.client("sts").assume_role(RoleArn=role, RoleSessionName="drill")["Credentials"]
    names = {
        "aws_access_key_id": "AccessKeyId",
        "aws_secret_access_key": "SecretAccessKey",
        "aws_session_token": "SessionToken",
    }
    profile = calm.folder / "credentials"
    profile.write_text("[alpha]\n" + "".join(f"{key} = {given[name]}\n" for key, name in names.items()))
    calm.front.seen.clear()
    said = calm.run(
        "drill", "a-23", "--account", "alpha", "--alarm-profile", "alpha", "--yes", "--wait", "1s",
        AWS_SHARED_CREDENTIALS_FILE=str(profile),
    )  # fmt: skip
    assert said.code == 1, said.out + said.err
    assert "a-23-alarm-prod" in said.out
    assert calm.front.seen.count("SetAlarmState") == 2


def test_a_stack_and_a_set_that_are_missing_are_told_by_all(calm: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of this file, for it builds more than is deployed."""
    there = {*hubs(calm), *sets(calm)}
    more = "\n".join(f"  e-{at}: {{widgets: [{{type: text, markdown: Runbooks}}]}}" for at in range(16))
    monkeypatch.setattr("tests.rollout.test_stacks.DASHBOARDS", f"{boards()}\n{more}")
    write(calm, ALARMS + 12, {"both": "a-0 and a-15"})
    manifest = manifest_of(calm)
    (hub,) = {one["name"] for one in manifest["stacks"]} - there
    members, *_ = sorted({one["name"] for one in manifest["stack_sets"]} - there)
    status = calm.run("status")
    assert status.code == 1
    assert f"Hub, {hub}: is not there" in status.out
    assert f"the stack set {members}" in status.out
    looks(calm)
    drift = calm.run("drift")
    assert drift.code == 1
    assert f"  Hub, {hub}: is not there" in drift.out
    assert f"  Members, {members}: is not there" in drift.out

"""What reads an environment reads all of its stacks: three of the hub and four stack sets, rolled out once.

And the map of them, made again from what is deployed, and pruned of what is gone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rollout.front import Fault, refusal
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
        assert team.run("deploy", "--yes").code == 0
        yield team


@pytest.fixture
def calm(wide: Team, tmp_path: Path) -> Iterator[Team]:
    """The same, with nothing in the way to AWS; and afterwards again, with the files as they were."""
    answers = dict(wide.front.answers)
    shutil.copytree(wide.folder, tmp_path / "before")
    yield wide
    wide.front.answers, wide.front.faults = answers, []
    shutil.rmtree(wide.folder)
    shutil.copytree(tmp_path / "before", wide.folder)


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
    assert fine.out.count(": in sync") == 3 + len(sets(calm))
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
        (("redrive",), "no dead-letter messages"),
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


def out(team: Team) -> Path:
    return team.folder / "out/prod"


def lose(team: Team) -> str:
    """The map, and the templates that would show it; what the map said."""
    before = (out(team) / "shards.yaml").read_text()
    (out(team) / "shards.yaml").unlink()
    for file in out(team).glob("*-*.template.yaml"):
        file.unlink()
    return before


def test_a_map_is_made_again_from_what_is_deployed(calm: Team) -> None:
    before = lose(calm)
    lost = calm.run("build", "--no-lint")
    assert (lost.code, "obsgen shards rebuild --from-aws -e prod" in lost.err) == (1, True), lost.err
    made = calm.run("shards", "rebuild", "--from-aws", "-e", "prod")
    assert made.code == 0, made.out + made.err
    assert "the last complete rollout recorded the same map" in made.out
    assert (out(calm) / "shards.yaml").read_text() == before
    assert calm.run("build", "--no-lint").code == 0
    assert calm.run("deploy", "--plan").last == "  nothing to do"
    shutil.rmtree(calm.folder / "out")
    write(calm, 2, {})
    refused = calm.run("deploy", "--plan")
    lines = "is a log group, which would be deleted with all its lines"
    assert (refused.code, lines in refused.err) == (3, True), refused.out + refused.err
    shutil.rmtree(calm.folder / "out")
    assert calm.run("shards", "rebuild", "--from-aws").code == 0
    assert (out(calm) / "shards.yaml").read_text() == before, "where all of out/ is lost"


def test_what_the_record_of_the_last_rollout_says_otherwise_is_shown(calm: Team) -> None:
    key = "rollouts/prod/shards.yaml"
    s3, bucket = calm.client("s3"), "obsgen-assets-123456789012-us-east-1"
    record = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    line = next(one for one in record.splitlines() if one.startswith("member.AlarmAZ9: "))
    other = record.replace(line, "member.AlarmAZ9: 77").replace("member.AlarmAZ8: ", "member.AlarmBefore: ")
    s3.put_object(Bucket=bucket, Key=key, Body=other.encode())
    before = lose(calm)
    made = calm.run("shards", "rebuild", "--from-aws", "-e", "prod")
    number = line.split()[1]
    assert f"  members, AlarmAZ9: in stack {number}, and in stack 77 after the last complete rollout" in made.out
    assert "  members, AlarmBefore: in no stack, and in stack" in made.out
    assert (out(calm) / "shards.yaml").read_text() == before
    calm.front.faults.append(Fault("ListStackSets", refusal("AccessDenied", status=403)))
    made = calm.run("shards", "rebuild", "--from-aws", "-e", "prod")
    assert (made.code, "AWS denied cloudformation:ListStackSets" in made.err) == (3, True), made.err


def test_a_stack_and_a_set_that_are_missing_are_told_by_all(calm: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    there = {*hubs(calm), *sets(calm)}
    more = "\n".join(f"  e-{at}: {{widgets: [{{type: text, markdown: Runbooks}}]}}" for at in range(16))
    monkeypatch.setattr("tests.rollout.test_stacks.DASHBOARDS", f"{boards()}\n{more}")
    write(calm, ALARMS + 12, {"both": "a-0 and a-15"})
    manifest = manifest_of(calm)
    (hub,) = {one["name"] for one in manifest["stacks"]} - there
    members, *_ = sorted({one["name"] for one in manifest["stack_sets"]} - there)
    status = calm.run("status")
    assert status.code == 1
    assert f"Hub, {hub}: not found" in status.out
    assert f"the stack set {members}" in status.out
    looks(calm)
    drift = calm.run("drift")
    assert drift.code == 1
    assert f"  Hub, {hub}: not found" in drift.out
    assert f"  Members, {members}: not found" in drift.out


def test_a_retired_stack_is_forgotten_once_it_is_gone(calm: Team) -> None:
    """The last of this file, for it deletes some."""
    assert calm.run("shards", "prune").out == "prod has no retired stack\n"
    write(calm, 5, {})
    early = calm.run("shards", "prune")
    assert (early.code, "still exists; `obsgen deploy -e prod` deletes it" in early.err) == (1, True), early.err
    retired = (out(calm) / "shards.yaml").read_text()
    assert "member retired: [" in retired
    assert "`obsgen shards prune -e prod`" in deployed(calm).out
    there = set(sets(calm))
    done = calm.run("shards", "prune")
    assert (done.code, done.out.splitlines()[-1]) == (0, "run `obsgen build` to remove them from the manifest"), (
        done.err
    )
    assert "retired" not in (out(calm) / "shards.yaml").read_text()
    assert calm.run("build", "--no-lint").code == 0
    assert "retired" not in (out(calm) / "manifest.yaml").read_text()
    assert calm.run("deploy", "--plan").last == "  nothing to do"
    assert set(sets(calm)) == there

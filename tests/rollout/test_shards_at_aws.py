"""The map of stacks, made again from what is deployed, and pruned of what is gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.rollout.front import Fault, refusal
from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import Team
from tests.rollout.test_stacks import deployed, sets, write


@pytest.fixture
def small(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Rolled out over several stacks of each side."""
    with_small_stacks(team, monkeypatch)
    write(team, 16, {"both": "a-1 and a-15"})
    return team


def out(team: Team) -> Path:
    return team.folder / "out/prod"


def lose(team: Team) -> str:
    """The map, and the templates that would show it; what the map said."""
    before = (out(team) / "shards.yaml").read_text()
    (out(team) / "shards.yaml").unlink()
    for file in out(team).glob("*-*.template.yaml"):
        file.unlink()
    return before


def test_a_map_is_made_again_from_what_is_deployed(small: Team) -> None:
    nothing = small.run("shards", "rebuild", "--from-aws", "-e", "prod")
    assert (nothing.code, "nothing of prod is deployed" in nothing.err) == (2, True), nothing.out + nothing.err
    deployed(small)
    before = lose(small)
    lost = small.run("build", "--no-lint")
    assert (lost.code, "obsgen shards rebuild --from-aws -e prod" in lost.err) == (1, True), lost.err
    made = small.run("shards", "rebuild", "--from-aws", "-e", "prod")
    assert made.code == 0, made.out + made.err
    assert "the last complete rollout left the same map" in made.out
    assert (out(small) / "shards.yaml").read_text() == before
    assert small.run("build", "--no-lint").code == 0
    assert small.run("deploy", "--plan").last == "  nothing to do"
    shutil.rmtree(small.folder / "out")
    write(small, 2, {})
    refused = small.run("deploy", "--plan")
    lines = "is a log group, which would be deleted with every line in it"
    assert (refused.code, lines in refused.err) == (3, True), refused.out + refused.err
    shutil.rmtree(small.folder / "out")
    assert small.run("shards", "rebuild", "--from-aws").code == 0
    assert (out(small) / "shards.yaml").read_text() == before, "where all of out/ is lost"


def test_what_the_record_of_the_last_rollout_says_otherwise_is_shown(small: Team) -> None:
    deployed(small)
    key = "rollouts/prod/shards.yaml"
    s3, bucket = small.client("s3"), "obsgen-assets-123456789012-us-east-1"
    record = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    line = next(one for one in record.splitlines() if one.startswith("member.AlarmAZ9: "))
    other = record.replace(line, "member.AlarmAZ9: 77").replace("member.AlarmAZ8: ", "member.AlarmBefore: ")
    s3.put_object(Bucket=bucket, Key=key, Body=other.encode())
    before = lose(small)
    made = small.run("shards", "rebuild", "--from-aws", "-e", "prod")
    number = line.split()[1]
    assert f"  members, AlarmAZ9: in stack {number}, and in stack 77 after the last complete rollout" in made.out
    assert "  members, AlarmBefore: in none, and in stack" in made.out
    assert (out(small) / "shards.yaml").read_text() == before
    small.front.faults.append(Fault("ListStackSets", refusal("AccessDenied", status=403)))
    made = small.run("shards", "rebuild", "--from-aws", "-e", "prod")
    assert (made.code, "AWS denied cloudformation:ListStackSets" in made.err) == (3, True), made.err


def test_a_retired_stack_is_forgotten_once_it_is_gone(small: Team) -> None:
    assert small.run("shards", "prune").out == "prod has no retired stack\n"
    deployed(small)
    write(small, 5, {})
    early = small.run("shards", "prune")
    assert (early.code, "is still there; obsgen deploy -e prod deletes it" in early.err) == (1, True), early.err
    retired = (out(small) / "shards.yaml").read_text()
    assert "member retired: [" in retired
    assert "`obsgen shards prune -e prod`" in deployed(small).out
    there = set(sets(small))
    done = small.run("shards", "prune")
    assert (done.code, done.out.splitlines()[-1]) == (0, "obsgen build writes the manifest without them"), done.err
    assert "retired" not in (out(small) / "shards.yaml").read_text()
    assert small.run("build", "--no-lint").code == 0
    assert "retired" not in (out(small) / "manifest.yaml").read_text()
    assert small.run("deploy", "--plan").last == "  nothing to do"
    assert set(sets(small)) == there

"""Sinks in every Region of the members: stacks of their own, before the members' links and after them.

AWS deletes no sink that links are attached to, and a link names a sink of its own Region.
https://docs.aws.amazon.com/OAM/latest/APIReference/API_DeleteSink.html
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.build import Built, Inputs, build
from tests.rollout.front import Fault, refusal
from tests.rollout.team import HUB, Said, Team
from tests.rollout.test_drift import CHANGED, looks
from tests.rollout.test_stacks_between import checkout, commit

SINK = "observability-sink-prod"
ELSEWHERE = f"{SINK} in eu-west-1"
EVERYWHERE = "regions: [us-east-1, eu-west-1]\naccess: {sinks: every-region}"
SETS = "observability-members-prod"


BUILT: dict[tuple[bytes, bytes], Built] = {}


def once(inputs: Inputs, _lint_cache: object = None) -> Built:
    """A build reads the manifest of the last one, as those of a person do; the same two give the same."""
    key = inputs.text, inputs.before.get("prod", {}).get("manifest.yaml", b"")
    if key not in BUILT:
        BUILT[key] = build(replace(inputs, lint=False))
    return BUILT[key]


@pytest.fixture
def worldwide(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A sink in both Regions."""
    monkeypatch.setattr("tests.rollout.team._built", once)
    team.write(EVERYWHERE)
    return team


def succeeds(said: Said) -> Said:
    assert said.code == 0, said.out + said.err
    return said


def stacks(team: Team, region: str = "eu-west-1") -> dict[str, str]:
    """The hub account's stacks in a Region, by name; a member's has a name of its own in moto."""
    there = team.client("cloudformation", region).describe_stacks()["Stacks"]
    return {one["StackName"]: one["StackStatus"] for one in there if not one["StackName"].startswith("StackSet-")}


def parameters(team: Team) -> dict[str, str]:
    found = team.client("cloudformation").describe_stack_set(StackSetName=SETS)["StackSet"]["Parameters"]
    return {one["ParameterKey"]: one["ParameterValue"] for one in found if one["ParameterKey"].startswith("SinkArn")}


def manifest_of(team: Team) -> dict[str, Any]:
    return dict(yaml.safe_load((team.folder / "out/prod/manifest.yaml").read_text()))


def test_sinks_come_before_the_members_and_go_after_them(worldwide: Team) -> None:
    team = worldwide
    listed = [(one["name"], one["region"]) for one in manifest_of(team)["stacks"]]
    assert listed == [("observability-hub-prod", "us-east-1"), (SINK, "eu-west-1")]
    planned = team.run("deploy", "--plan")
    assert f"  Hub, {ELSEWHERE}\n    will be created with 1 resource (out/prod/sink.template.yaml)" in planned.out
    succeeds(team.run("deploy", "--yes"))
    assert stacks(team)[SINK] == "CREATE_COMPLETE"
    arns = parameters(team)
    assert {name: arn.split(":")[3] for name, arn in arns.items()} == {
        "SinkArn": "us-east-1",
        "SinkArnEuWest1": "eu-west-1",
    }
    assert team.run("outputs", "SinkArnEuWest1").out.strip() == arns["SinkArnEuWest1"]
    assert team.run("deploy", "--plan").last == "  nothing to do"
    assert f"  Hub, {ELSEWHERE}: CREATE_COMPLETE" in team.run("status").out
    assert f"arn:aws:cloudformation:eu-west-1:{HUB}:stack/{SINK}/*" in team.run("policy").out
    usual = dict(team.front.answers)
    looks(team, changed=CHANGED)
    drifted = team.run("drift").out
    for name in ("observability-hub-prod", ELSEWHERE):
        assert f"  Hub, {name}: 2 changed\n    IncidentQueue (AWS::SQS::Queue)\n" in drifted
    team.front.answers = usual
    # The Region leaves: the members' stacks there go first, with their links.
    team.write()
    assert manifest_of(team)["retired"]["stacks"] == [{"name": SINK, "region": "eu-west-1"}]
    planned = team.run("deploy", "--plan")
    assert f"  Hub, {ELSEWHERE}: DELETED, it has no resources any more" in planned.out
    assert f"Left over: the stack {ELSEWHERE} is not part of out/" in team.run("status").out
    team.front.seen.clear()
    succeeds(team.run("deploy", "--yes"))
    assert SINK not in stacks(team)
    assert team.front.seen.index("DeleteStackInstances") < team.front.seen.index("DeleteStack")
    assert parameters(team).keys() == {"SinkArn"}
    assert team.run("deploy", "--plan").last == "  nothing to do"
    assert succeeds(team.run("destroy", "--yes")).last == "prod is deleted; no resources remain"


def test_a_rollout_that_was_cut_off_is_finished_or_taken_back(worldwide: Team) -> None:
    team = worldwide
    team.front.faults = [Fault("CreateStackInstances", refusal("AccessDenied", status=403))]
    assert team.run("deploy", "--yes").code == 3
    assert SINK in stacks(team)
    team.front.faults = []
    # Nobody wants the Region any more before it was ever finished.
    team.write()
    succeeds(team.run("deploy", "--yes"))
    assert SINK not in stacks(team)
    # It comes back, beside what is there, and all of it is taken away.
    team.write(EVERYWHERE)
    assert "retired" not in manifest_of(team)
    team.front.seen.clear()
    succeeds(team.run("deploy", "--yes"))
    seen = team.front.seen
    assert seen.index("ExecuteChangeSet") < seen.index("UpdateStackSet")
    shown = team.run("destroy", "--plan")
    assert f"  Hub, {ELSEWHERE}: 1 resources\n    - 1 AWS::Oam::Sink: Sink" in shown.out
    assert succeeds(team.run("destroy", "--yes")).last == "prod is deleted; no resources remain"
    assert stacks(team) == stacks(team, "us-east-1") == {}


def test_what_is_in_the_way_of_a_sink_is_said_before_anything_is_made(worldwide: Team) -> None:
    team = worldwide
    theirs = {"Items": [{"Arn": f"arn:aws:oam:eu-west-1:{HUB}:sink/a", "Id": "a", "Name": "theirs"}]}
    team.front.faults = [Fault("ListSinks", (200, json.dumps(theirs)), region="eu-west-1")]
    said = team.run("deploy", "--yes")
    assert (said.code, stacks(team), stacks(team, "us-east-1")) == (3, {}, {})
    assert f"account {HUB} already has a sink in eu-west-1: theirs" in said.err
    # https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
    team.front.faults = [Fault("DescribeStacks", refusal("InvalidClientTokenId"), region="eu-west-1", about=SINK)]
    said = team.run("deploy", "--yes")
    assert said.code == 3
    assert "rejected the credentials and seems to be disabled in account" in said.err
    assert f"stack {SINK} is configured there" in said.err
    # A Region that was left, and closed since, stops nobody.
    team.write()
    said = succeeds(team.run("deploy", "--yes"))
    assert f"Skipped checks: the retired stack {ELSEWHERE} (DescribeStacks: InvalidClientTokenId)" in said.out


def test_a_stack_in_a_closed_region_that_only_the_record_lists_is_not_forgotten(team: Team, tmp_path: Path) -> None:
    """out/ is of a commit from before the Region came, and the Region is closed for a while."""
    commit(team, tmp_path / "one")
    team.write(EVERYWHERE)
    succeeds(team.run("deploy", "--yes"))
    checkout(team, tmp_path / "one")
    team.front.faults = [Fault("DescribeStacks", refusal("InvalidClientTokenId"), region="eu-west-1", about=SINK)]
    for _ in range(2):
        said = succeeds(team.run("deploy", "--yes"))
        assert f"Skipped checks: the retired stack {ELSEWHERE} (DescribeStacks: InvalidClientTokenId)" in said.out
    team.front.faults = []
    assert SINK in stacks(team)
    succeeds(team.run("deploy", "--yes"))
    assert SINK not in stacks(team)
    assert team.run("deploy", "--plan").last == "  nothing to do"

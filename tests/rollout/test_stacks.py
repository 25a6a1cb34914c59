"""Several stacks and stack sets, deployed on the stand-in with small stacks: what moves, what is touched, what is left.

The stand-in refuses what CloudWatch refuses: a composite without its alarms, and the deletion of an alarm that a
composite names. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from moto.cloudwatch.models import cloudwatch_backends

from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import Said, Team

SETS = "observability-members"
METRIC = (
    "metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: jobs}},"
    " statistic: Maximum"
)
DASHBOARDS = "\n".join(
    f"  d-{at}: {{widgets: [{{type: metric, title: Errors, metrics: [errors]}}]}}" for at in range(5)
)


@pytest.fixture
def small(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A stack has room for three resources beside what has to be in the first; all builds read the last one's files."""

    return with_small_stacks(team, monkeypatch)


def write(team: Team, alarms: int, composites: dict[str, str], threshold: int = 600) -> None:
    """So many alarms, from a-0, the last of them with this threshold."""
    limits = [600] * (alarms - 1) + [threshold]
    made = "\n".join(f'  a-{at}: {{{METRIC}, threshold: "> {limit}"}}' for at, limit in enumerate(limits))
    rules = "\n".join(f"  {name}: {{rule: {rule}, severity: critical}}" for name, rule in composites.items())
    team.write(f"dashboards:\n{DASHBOARDS}\nalarms:\n{made}\n" + (f"composites:\n{rules}\n" if rules else ""))


def manifest_of(team: Team) -> dict[str, Any]:
    return dict(yaml.safe_load((team.folder / "out/prod/manifest.yaml").read_text()))


def alarms(team: Team, account: str = "alpha") -> set[str]:
    there = cloudwatch_backends[team.accounts[account]]["us-east-1"].alarms
    return {name for name in there if name.startswith(("a-", "both", "all"))}


def sets(team: Team) -> dict[str, str]:
    client = team.client("cloudformation")
    listed = [one["StackSetName"] for one in client.list_stack_sets()["Summaries"] if one["Status"] == "ACTIVE"]
    return {name: client.describe_stack_set(StackSetName=name)["StackSet"]["TemplateBody"] for name in listed}


def deployed(team: Team) -> Said:
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    again = team.run("deploy", "--plan")
    assert (again.code, again.last) == (0, "  nothing to do"), again.out
    return done


def stack_of(team: Team, logical_id: str) -> int:
    listed = yaml.safe_load((team.folder / "out/prod/shards.yaml").read_text())
    return int(listed[f"member.{logical_id}"])


def test_several_stacks_from_nothing_to_nothing(small: Team) -> None:
    write(small, 16, {"both": "a-0 and a-15"})
    manifest = manifest_of(small)
    names = [one["name"] for one in manifest["stack_sets"]]
    stacks = [one["name"] for one in manifest["stacks"]]
    assert len(names) >= 3
    assert len(stacks) >= 2
    assert stacks[0] == "observability-hub-prod"
    assert names[0] == f"{SETS}-prod"
    deployed(small)
    assert sets(small).keys() == set(names)
    assert all(small.stack(name)["StackStatus"] == "CREATE_COMPLETE" for name in stacks)
    assert alarms(small) == {*(f"a-{at}-alarm-prod" for at in range(16)), "both-alarm-prod"}
    policy = small.run("policy").out
    assert all(f"stackset/{name}:*" in policy for name in names)
    assert all(f"stack/{name}/*" in policy for name in stacks)
    before = sets(small)
    write(small, 16, {"both": "a-0 and a-15"}, threshold=700)
    done = deployed(small)
    after = sets(small)
    number = stack_of(small, "AlarmAZ15")
    changed = [name for name in names if before[name] != after[name]]
    assert changed == [f"{SETS}-{number}-prod" if number > 1 else f"{SETS}-prod"]
    assert [line for line in done.out.splitlines() if "update the stack set" in line and line.startswith("    ")] == [
        "    update the stack set and every instance: template changed"
    ]
    status = small.run("status")
    assert "Outdated" not in status.out
    assert "Missing" not in status.out
    gone = small.run("destroy", "--yes")
    assert gone.code == 0, gone.out + gone.err
    assert sets(small) == {}
    assert not any(small.stack(name) for name in stacks)
    assert alarms(small) == set()


def test_what_a_composite_of_another_stack_named_goes_after_it_has_changed(small: Team) -> None:
    write(small, 16, {"both": "a-1 and a-14 and a-15", "all": "a-15"})
    deployed(small)
    write(small, 14, {"both": "a-1"})
    planned = small.run("deploy", "--plan")
    assert (
        "in two updates: alarms that composites of other stacks name are deleted after these have changed"
        in planned.out
    )
    deployed(small)
    assert alarms(small) == {*(f"a-{at}-alarm-prod" for at in range(14)), "both-alarm-prod"}


def test_a_stack_that_has_nothing_any_more_is_deleted(small: Team) -> None:
    write(small, 16, {"both": "a-1 and a-15"})
    deployed(small)
    assert len(sets(small)) >= 3
    write(small, 5, {})
    planned = small.run("deploy", "--plan")
    assert "it has no resources any more" in planned.out
    deployed(small)
    manifest = manifest_of(small)
    assert manifest["retired"]["stack_sets"]
    assert sets(small).keys() == {one["name"] for one in manifest["stack_sets"]}
    assert alarms(small) == {f"a-{at}-alarm-prod" for at in range(5)}


def test_what_is_moved_is_deleted_in_one_stack_before_it_is_made_in_the_other(small: Team) -> None:
    write(small, 16, {"both": "a-1 and a-15"})
    deployed(small)
    refused = small.run("shards", "move", "alarms.a-15")
    assert (refused.code, "CloudWatch deletes no alarm that a composite names" in refused.err) == (2, True)
    refused = small.run("shards", "move", "log_groups.application")
    assert (refused.code, "would be deleted with all its lines" in refused.err) == (2, True)
    there = stack_of(small, "AlarmAZ9")
    other = next(number for number in (3, 2) if number != there)
    done = small.run("shards", "move", "alarms.a-9", "--to", str(other))
    assert (done.code, done.out.splitlines()[0]) == (0, f"AlarmAZ9 will leave stack {there} of the members")
    assert small.run("build", "--no-lint").code == 0
    assert stack_of(small, "AlarmAZ9") == other
    planned = small.run("deploy", "--plan")
    assert "first: resources that move to another stack are deleted here" in planned.out
    deployed(small)
    assert alarms(small) == {*(f"a-{at}-alarm-prod" for at in range(16)), "both-alarm-prod"}


def test_the_map_is_shown_and_rebuilt_and_a_lost_one_is_an_error(small: Team) -> None:
    write(small, 16, {"both": "a-1 and a-15"})
    folder = small.folder / "out/prod"
    assert [line.split()[:2] for line in small.run("shards").out.splitlines()[2:4]] == [["hub", "1"], ["hub", "2"]]
    before = (folder / "shards.yaml").read_text()
    (folder / "shards.yaml").unlink()
    assert small.run("shards", "rebuild").code == 0
    assert (folder / "shards.yaml").read_text() == before
    (folder / "shards.yaml").unlink()
    (folder / "member-2.template.yaml").unlink()
    lost = small.run("build", "--no-lint")
    assert (lost.code, "M02: there were several stacks" in lost.err) == (1, True), lost.err
    (folder / "shards.yaml").write_text(before + "member.AlarmAZ1: 999\n")
    clash = small.run("build", "--no-lint")
    assert (clash.code, "M01: AlarmAZ1 is in stack" in clash.err) == (1, True), clash.err


def test_where_nothing_is_deployed_there_is_no_map_to_make(team: Team) -> None:
    said = team.run("shards", "rebuild", "--from-aws", "-e", "prod")
    assert (said.code, "no stack of prod is deployed" in said.err) == (2, True), said.out + said.err

"""`obsgen deploy --adopt`: the hub's stack takes over log groups that are there already, with their lines."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from moto.cloudformation.models import CloudFormationBackend
from moto.logs.models import logs_backends

from tests.rollout.front import Fault, refusal
from tests.rollout.team import HUB, Team
from tests.rollout.test_killed import run_until

NOTIFIER = "/aws/lambda/incident-notifier-prod"
TICKETS = "/aws/lambda/jira-ticket-creator-prod"


def group(name: str) -> Any:
    return logs_backends[HUB]["us-east-1"].groups[name]


def made(name: str, days: int | None = None) -> None:
    """Somebody made it, and something was written."""
    logs = logs_backends[HUB]["us-east-1"]
    logs.create_log_group(name, {}, RetentionInDays=days)
    logs.create_log_stream(name, "old")


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Fills itself with what each executed change set of the hub says of the two log groups."""
    found: list[dict[str, Any]] = []
    real = CloudFormationBackend.execute_change_set

    def execute(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = self.describe_change_set(change_set_name)
        groups = [one for one in change_set.template_dict["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
        if change_set.stack_name == "observability-hub-prod":
            found.append(
                {
                    one["Properties"]["LogGroupName"]: (one["Properties"].get("RetentionInDays"), one["DeletionPolicy"])
                    for one in groups
                    if one["Properties"]["LogGroupName"] in (NOTIFIER, TICKETS)
                }
            )
        real(self, change_set_name, stack_name)

    monkeypatch.setattr(CloudFormationBackend, "execute_change_set", execute)
    return found


def test_the_hub_takes_over_what_an_earlier_one_left(team: Team, executed: list[dict[str, Any]]) -> None:
    made(NOTIFIER)
    made(TICKETS, 7)
    refused = team.run("deploy", "--plan")
    assert refused.code == 3
    assert f"AWS::Logs::LogGroup {NOTIFIER} already exists" in refused.err
    assert "use --adopt to take it over with its log events" in refused.err
    done = team.run("deploy", "--yes", "--adopt")
    assert done.code == 0, done.out + done.err
    assert f"= {NOTIFIER} is imported: its events are kept 30 days, before: without an end" in done.out
    assert f"= {TICKETS} is imported: its events are kept 30 days, before: 7 days" in done.out
    # Imported as they are, and kept; then as they were reviewed.
    assert executed == [
        {NOTIFIER: (None, "Retain"), TICKETS: (7, "Retain")},
        {NOTIFIER: (30, "Delete"), TICKETS: (30, "Delete")},
    ]
    for name in (NOTIFIER, TICKETS):
        assert (group(name).retention_in_days, list(group(name).streams)) == (30, ["old"])
    # And of a hub that is there already.
    made("/platform/prod", 7)
    team.write("log_groups: {platform: {name: /platform/prod, in: hub}}")
    data = json.loads(team.run("deploy", "--plan", "--adopt", "--json").out)
    assert [(one["name"], one["retention_days"]) for one in data["adopted"]] == [("/platform/prod", 7)]
    assert [one["action"] for one in data["hub"]["changes"]] == ["Import"]
    done = team.run("deploy", "--yes", "--adopt")
    assert done.code == 0, done.out + done.err
    assert "= LogGroupPlatform (AWS::Logs::LogGroup)" in done.out
    assert (group("/platform/prod").retention_in_days, list(group("/platform/prod").streams)) == (30, ["old"])
    assert team.run("deploy", "--plan").code == 0


HUB_STACK = "observability-hub-prod"
# The import of the log groups has been carried out, and the change set after it is not made.
AFTER_THE_IMPORT = Fault("CreateChangeSet", answer=refusal("ThrottlingException"), skip=1, about=HUB_STACK)


def of_the_hub(_client: Any, operation: str, arguments: Any) -> bool:
    """Whether a call makes or carries out a change set of the hub's stack."""
    return operation in ("CreateChangeSet", "ExecuteChangeSet") and HUB_STACK in str(arguments)


def test_refused_between_its_two_change_sets_the_next_deployment_does_what_is_left(
    team: Team, executed: list[dict[str, Any]]
) -> None:
    made(NOTIFIER)
    made(TICKETS, 30)
    team.front.faults = [replace(AFTER_THE_IMPORT)]
    assert team.run("deploy", "--yes", "--adopt").code == 3
    assert executed == [{NOTIFIER: (None, "Retain"), TICKETS: (30, "Retain")}]
    team.front.faults = []
    planned = team.run("deploy", "--plan")
    assert (planned.code, planned.err) == (1, ""), planned.out
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    # One of them is as the file says already; it is not kept for ever all the same.
    assert executed[1:] == [{NOTIFIER: (30, "Delete"), TICKETS: (30, "Delete")}]
    for name in (NOTIFIER, TICKETS):
        assert (group(name).retention_in_days, list(group(name).streams)) == (30, ["old"])
    assert team.run("deploy", "--plan").code == 0


def test_killed_between_its_two_change_sets_the_next_deployment_finishes_it(team: Team) -> None:
    made(NOTIFIER, 7)
    # The import is made and carried out, and the change set after it made.
    assert run_until(team, 2, "deploy", "--yes", "--adopt", counts=of_the_hub)
    assert (group(NOTIFIER).retention_in_days, list(group(NOTIFIER).streams)) == (7, ["old"])
    done = team.run("deploy", "--yes", "--adopt")
    assert done.code == 0, done.out + done.err
    assert (group(NOTIFIER).retention_in_days, list(group(NOTIFIER).streams)) == (30, ["old"])


def test_given_up_between_its_two_change_sets_lines_stay(team: Team) -> None:
    """By then the log group was never the stack's own: nobody has agreed to lose it."""
    made(NOTIFIER, 7)
    team.front.faults = [replace(AFTER_THE_IMPORT)]
    assert team.run("deploy", "--yes", "--adopt").code == 3
    team.front.faults = []
    done = team.run("destroy", "--yes")
    assert done.code == 0, done.out + done.err
    assert (group(NOTIFIER).retention_in_days, list(group(NOTIFIER).streams)) == (7, ["old"])


def test_cut_off_in_a_hub_that_was_there_the_plan_says_what_is_left(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    made("/platform/prod", 7)
    team.write("log_groups: {platform: {name: /platform/prod, in: hub}}")
    # The first one is the plan's own.
    team.front.faults = [replace(AFTER_THE_IMPORT)]
    assert team.run("deploy", "--yes", "--adopt").code == 3
    team.front.faults = []
    planned = json.loads(team.run("deploy", "--plan", "--json").out)
    changes = [(one["logical_id"], one["action"]) for one in planned["hub"]["changes"]]
    assert (planned["problems"], changes) == ([], [("LogGroupPlatform", "Modify")])
    assert team.run("deploy", "--yes").code == 0
    assert (group("/platform/prod").retention_in_days, list(group("/platform/prod").streams)) == (30, ["old"])

"""`obsgen deploy --adopt`: the hub's stack takes over log groups that are there already, with their lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.cloudformation.models import CloudFormationBackend
from moto.logs.models import logs_backends

from tests.rollout.team import HUB, Team

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
    assert f"there is a AWS::Logs::LogGroup called {NOTIFIER} already" in refused.err
    assert "take it over, with its lines: --adopt" in refused.err
    done = team.run("deploy", "--yes", "--adopt")
    assert done.code == 0, done.out + done.err
    assert f"= {NOTIFIER} is taken over: its lines are kept 30 days, until now for ever" in done.out
    assert f"= {TICKETS} is taken over: its lines are kept 30 days, until now 7 days" in done.out
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

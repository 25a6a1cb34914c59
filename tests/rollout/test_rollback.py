"""A hub's stack that ends badly: the first real cause, the line it comes from, and what the next run does."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.rollout.front import QUERY, Fault
from tests.rollout.team import Team

EVENT = (
    "<member><StackId>s</StackId><EventId>{n}</EventId><StackName>observability-hub-prod</StackName>"
    "<LogicalResourceId>{what}</LogicalResourceId><PhysicalResourceId>{id}</PhysicalResourceId>"
    "<ResourceType>{kind}</ResourceType><Timestamp>2026-01-01T00:00:0{n}Z</Timestamp>"
    "<ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{why}</ResourceStatusReason></member>"
)
HUB = ("observability-hub-prod", "s", "AWS::CloudFormation::Stack")
TOPIC = ("Topic", "t", "AWS::SNS::Topic")
BUS = ("Bus", "b", "AWS::Events::EventBus")
# As CloudFormation tells a rollback, newest first.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
EVENTS = "".join(
    EVENT.format(n=n, what=what, id=identity, kind=kind, status=status, why=why)
    for n, (what, identity, kind), status, why in (
        (9, HUB, "UPDATE_ROLLBACK_COMPLETE", ""),
        (8, TOPIC, "UPDATE_COMPLETE", ""),
        (7, HUB, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Topic, Bus]."),
        (6, BUS, "UPDATE_FAILED", "Resource update cancelled"),
        (5, TOPIC, "UPDATE_FAILED", "Invalid parameter: DisplayName"),
        (4, HUB, "UPDATE_IN_PROGRESS", "User Initiated"),
        (3, TOPIC, "CREATE_FAILED", "of an operation long ago"),
    )
)


def once(team: Team, seen: str, word: str) -> Callable[[str], str]:
    """The hub is in that state from the request on that is called so."""

    def change(text: str) -> str:
        if seen not in team.front.seen or "<StackName>observability-hub-prod<" not in text:
            return text
        return re.sub(r"<StackStatus>\w+<", f"<StackStatus>{word}<", text)

    return change


def test_the_first_real_cause_and_the_line_it_comes_from(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    team.write('alarms: {errors: {threshold: "> 9"}}')
    team.front.seen.clear()
    events = (200, QUERY.format("DescribeStackEvents", f"<StackEvents>{EVENTS}</StackEvents>"))
    team.front.faults = [
        Fault("DescribeStacks", change=once(team, "ExecuteChangeSet", "UPDATE_ROLLBACK_COMPLETE")),
        Fault("DescribeStackEvents", events, skip=1),
    ]
    failed = team.run("deploy", "--yes")
    line = next(
        n
        for n, text in enumerate((team.folder / "observability.yaml").read_text().splitlines(), 1)
        if "channels:" in text
    )
    assert failed.code == 3
    assert failed.err.splitlines()[-3:] == [
        "Error: observability-hub-prod ended in UPDATE_ROLLBACK_COMPLETE:"
        " Topic (AWS::SNS::Topic): Invalid parameter: DisplayName",
        f"  = from: observability.yaml:{line}: channels",
        "  = help: mend that and deploy again",
    ]
    team.front.faults = []
    assert team.run("deploy", "--yes").code == 0
    assert team.run("deploy", "--plan").code == 0


def test_a_hub_that_never_was_is_made_anew_once_somebody_agrees(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    team.front.seen.clear()

    def change(text: str) -> str:
        return text if "DeleteStack" in team.front.seen else once(team, "DescribeStacks", "ROLLBACK_COMPLETE")(text)

    team.front.faults = [Fault("DescribeStacks", change=change)]
    planned = team.run("deploy", "--plan")
    assert planned.code == 1
    assert "REPLACED as a whole: it is in ROLLBACK_COMPLETE, and can only be deleted and made anew" in planned.out
    assert team.run("deploy", answers="n\n").code == 1
    assert "DeleteStack" not in team.front.seen
    assert team.run("deploy", answers="y\n").code == 0
    assert team.front.seen.count("DeleteStack") == 1
    team.front.faults = []
    assert team.run("deploy", "--plan").code == 0

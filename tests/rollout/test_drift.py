"""What was changed by hand; moto looks at nothing, so the front answers as CloudFormation documents it."""

from __future__ import annotations

import json

import pytest

from tests.rollout.front import QUERY, refusal
from tests.rollout.team import Team

DETECTED = "<StackDriftDetectionId>d</StackDriftDetectionId>"
COMPLETE = (
    f"{DETECTED}<DetectionStatus>DETECTION_COMPLETE</DetectionStatus><StackDriftStatus>DRIFTED</StackDriftStatus>"
)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResourceDrifts.html
CHANGED = """<StackResourceDrifts><member><LogicalResourceId>IncidentQueue</LogicalResourceId>
<ResourceType>AWS::SQS::Queue</ResourceType><StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus>
<StackId>s</StackId><Timestamp>2026-01-01T00:00:00Z</Timestamp><PropertyDifferences><member>
<PropertyPath>/VisibilityTimeout</PropertyPath><ExpectedValue>18</ExpectedValue><ActualValue>3</ActualValue>
<DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences></member><member>
<LogicalResourceId>Topic</LogicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType><StackId>s</StackId>
<StackResourceDriftStatus>DELETED</StackResourceDriftStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp></member>
</StackResourceDrifts>"""


def looks(team: Team, *, changed: str = "<StackResourceDrifts/>", members: str = "IN_SYNC") -> None:
    """AWS looks, and finds this."""
    alpha = team.accounts["alpha"]
    instance = f"<Account>{alpha}</Account><Region>us-east-1</Region><DriftStatus>{members}</DriftStatus>"
    for operation, inner in (
        ("DetectStackDrift", DETECTED),
        ("DescribeStackDriftDetectionStatus", COMPLETE),
        ("DescribeStackResourceDrifts", changed),
        ("DetectStackSetDrift", "<OperationId>o</OperationId>"),
        ("DescribeStackSetOperation", "<StackSetOperation><Status>SUCCEEDED</Status></StackSetOperation>"),
        ("ListStackSetOperationResults", "<Summaries/>"),
        ("ListStackInstances", f"<Summaries><member>{instance}</member></Summaries>"),
    ):
        team.front.answers[operation] = (200, QUERY.format(operation, inner))


def test_nothing_was_changed(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    looks(team)
    said = team.run("drift")
    assert said.code == 0, said.err
    assert said.out.splitlines()[1:] == [
        "  Hub, observability-hub-prod: in sync",
        "  Members, observability-members-prod: in sync",
    ]


def test_what_was_changed_is_told_with_what_it_was(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    looks(team, changed=CHANGED, members="DRIFTED")
    said = team.run("drift")
    assert said.code == 1
    assert said.out.splitlines()[1:] == [
        "  Hub, observability-hub-prod: 2 changed",
        "    IncidentQueue (AWS::SQS::Queue)",
        "      /VisibilityTimeout: 3, expected 18",
        "    Topic (AWS::SNS::Topic) is deleted",
        "  Members, observability-members-prod: 1 changed",
        f"    alpha {team.accounts['alpha']} us-east-1: DRIFTED",
    ]
    assert json.loads(team.run("drift", "--json").out)["hub"][0]["differences"][0]["actual"] == "3"


def test_where_nothing_is_deployed_it_says_so(team: Team) -> None:
    said = team.run("drift")
    assert (said.code, said.out.count("not found")) == (1, 2)


def test_a_refusal_is_a_sentence(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    team.front.answers["DetectStackDrift"] = refusal("AccessDenied", "no", 403)
    team.front.answers["DetectStackSetDrift"] = refusal("AccessDenied", "no", 403)
    said = team.run("drift")
    assert (said.code, "AWS denied DetectStackDrift while detecting drift of observability-hub-prod" in said.err) == (
        3,
        True,
    )


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (("drift",), "detecting drift of observability-hub-prod"),
        (("mute", "--list", "--cloudwatch"), "cloudwatch:ListAlarmMuteRules on mute rules"),
    ],
)
def test_a_stand_in_that_cannot_is_told_without_its_web_page(team: Team, words: tuple[str, ...], call: str) -> None:
    # Nothing answers in moto's place: it has neither call, and answers with a page for browsers.
    assert team.run("deploy", "--yes").code == 0
    said = team.run(*words)
    assert said.code == 3
    assert f"{call} returned a web page instead of a response from AWS\n" in said.err
    assert "AWS_ENDPOINT_URL if it is set (an emulator of AWS may not support this call)" in said.err
    assert "<" not in said.err

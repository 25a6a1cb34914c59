"""What goes wrong on the way: each fault ends in a sentence, the right exit code, and a state the next run mends."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.rollout.front import QUERY, Answer, Fault, refusal, s3_refusal
from tests.rollout.team import Team

THROTTLED = refusal("Throttling", "Rate exceeded")
UNAVAILABLE = refusal("ServiceUnavailable", "try again", 503)
SLOW_DOWN = s3_refusal("SlowDown", 503)
INTERNAL = refusal("InternalFailure", "oh", 500)
EXPIRED = refusal("ExpiredToken", "The security token included in the request is expired", 403)
OPERATION = "DescribeStackSetOperation"


def becomes(what: str, by: str) -> Callable[[str], str]:
    """A change of AWS's answer."""
    return lambda text: re.sub(what, by, text)


def status(word: str) -> Callable[[str], str]:
    """The stack that is described is in that state."""
    return becomes(r"<StackStatus>\w+</StackStatus>", f"<StackStatus>{word}</StackStatus>")


def answer(operation: str, inner: str) -> Answer:
    """An answer of CloudFormation's."""
    return 200, QUERY.format(operation, inner)


@dataclass(frozen=True)
class Case:
    """again: whether everything was deployed before the fault. changed: whether the spec was changed since."""

    name: str
    faults: tuple[Fault, ...]
    code: int
    says: str
    again: bool = False
    changed: bool = False


def failed_instances() -> Answer:
    """Fifty results, of which one failed."""
    fine = "".join(
        f"<member><Account>{100_000_000_000 + n}</Account><Region>us-east-1</Region><Status>SUCCEEDED</Status></member>"
        for n in range(49)
    )
    bad = (
        "<member><Account>999999999999</Account><Region>us-east-1</Region><Status>FAILED</Status><StatusReason>"
        "Account 999999999999 should have 'AWSControlTowerExecution' role</StatusReason></member>"
    )
    return answer("ListStackSetOperationResults", f"<Summaries>{fine}{bad}</Summaries>")


def operation(word: str) -> Answer:
    """An operation in that state."""
    inner = f"<StackSetOperation><OperationId>o</OperationId><Status>{word}</Status></StackSetOperation>"
    return answer(OPERATION, inner)


IN_PROGRESS = refusal("OperationInProgressException", "Another Operation on StackSet is in progress", 409)
THEIRS = "<OperationId>theirs</OperationId><Action>UPDATE</Action><Status>RUNNING</Status>"
LISTED = f"<Summaries><member>{THEIRS}</member></Summaries>"
CASES = [
    Case("throttled now and then", (Fault("DescribeStacks", THROTTLED, times=1),), 0, "is deployed"),
    Case("S3 slow", (Fault("^PUT", SLOW_DOWN, times=2),), 0, "is deployed"),
    Case("an answer of 500 at a change set", (Fault("CreateChangeSet", INTERNAL, times=1),), 0, "is deployed"),
    Case("lines cut while it looks", (Fault("DescribeStack", times=2),), 0, "is deployed"),
    Case("S3 down in the middle of uploading", (Fault("^PUT", UNAVAILABLE, skip=3),), 3, "ServiceUnavailable|503"),
    Case("S3 denied", (Fault("^PUT", s3_refusal("AccessDenied", 403)),), 3, "AWS denied"),
    Case(
        "a bucket of somebody else's",
        (Fault("^HEAD", s3_refusal("403", 403)),),
        3,
        "the bucket may belong to another account",
    ),
    Case(
        "denied to know the caller", (Fault("GetCallerIdentity", refusal("AccessDenied", "no", 403)),), 3, "AWS denied"
    ),
    Case("an expired session", (Fault("GetCallerIdentity", EXPIRED),), 3, "the AWS session has expired"),
    Case("a session that expires on the way", (Fault("CreateStackSet", EXPIRED),), 3, "the AWS session has expired"),
    Case(
        "unknown credentials",
        (Fault("GetCallerIdentity", refusal("InvalidClientTokenId", "no", 403)),),
        3,
        "AWS rejected the credentials",
    ),
    Case("denied a change set", (Fault("CreateChangeSet", refusal("AccessDenied", "no", 403)),), 3, "AWS denied"),
    Case("denied a stack set", (Fault("CreateStackSet", refusal("AccessDenied", "no", 403)),), 3, "AWS denied"),
    Case(
        "a change set that fails",
        (
            Fault(
                "DescribeChangeSet",
                change=lambda text: re.sub(
                    "<Status>CREATE_COMPLETE</Status>",
                    "<Status>FAILED</Status><StatusReason>Template error: no</StatusReason>",
                    text,
                ),
            ),
        ),
        3,
        "AWS refused the change set of obsgen-assets: Template error: no",
    ),
    Case(
        "stacks have no trusted access",
        (Fault("DescribeOrganizationsAccess", answer("DescribeOrganizationsAccess", "<Status>DISABLED</Status>")),),
        3,
        "stack sets have no trusted access to the organization",
    ),
    Case(
        "not in an organization",
        (Fault("DescribeOrganization$", refusal("AWSOrganizationsNotInUseException")),),
        0,
        "Skipped checks: the organization",
    ),
    Case(
        "a caller who may not do everything",
        (
            Fault(
                "SimulatePrincipalPolicy",
                answer(
                    "SimulatePrincipalPolicy",
                    "<EvaluationResults><member><EvalActionName>s3:PutObject</EvalActionName>"
                    "<EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults>",
                ),
            ),
        ),
        0,
        "IAM policy simulation denies s3:PutObject for ",
    ),
    Case(
        "another organization",
        (Fault("DescribeOrganization$", change=becomes(r'"Id": ?"o-\w+"', '"Id": "o-other12345"')),),
        3,
        ", but the hub is in o-other12345",
    ),
    Case(
        "an account that is suspended",
        (Fault("DescribeAccount$", change=becomes(r'"(State|Status)": ?"ACTIVE"', r'"\1": "SUSPENDED"')),),
        0,
        "is suspended: nothing is deployed to it",
    ),
    Case(
        "somebody else's sink",
        (Fault("ListSinks", (200, '{"Items": [{"Arn": "arn:x", "Id": "x", "Name": "theirs"}]}')),),
        3,
        "already has a sink in us-east-1: theirs",
    ),
    Case(
        "no stack more",
        (
            Fault(
                "DescribeAccountLimits",
                answer(
                    "DescribeAccountLimits",
                    "<AccountLimits><member><Name>StackLimit</Name><Value>1</Value></member></AccountLimits>",
                ),
            ),
        ),
        3,
        "has 0 stacks; its quota is 1",
    ),
    Case(
        "limits that may not be seen",
        (Fault("DescribeAccountLimits", refusal("AccessDenied", "no", 403)),),
        0,
        "Skipped checks",
    ),
    *(
        Case(f"a hub in {word}", (Fault("DescribeStacks", change=status(word), skip=0),), 3, says, again=True)
        for word, says in (
            ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name"),
            ("UPDATE_ROLLBACK_FAILED", "is in UPDATE_ROLLBACK_FAILED"),
        )
    ),
    *(
        Case(
            f"a hub in {word} for a while",
            (Fault("DescribeStacks", change=status(word), times=3),),
            0,
            f"is in {word}; waiting for the operation to end",
            again=True,
        )
        for word in (
            "UPDATE_IN_PROGRESS",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
        )
    ),
    Case(
        "an operation of somebody else's",
        (Fault("ListStackSetOperations", answer("ListStackSetOperations", LISTED), times=2),),
        0,
        "waiting for UPDATE theirs",
        again=True,
        changed=True,
    ),
    Case("somebody was quicker", (Fault("UpdateStackSet", IN_PROGRESS, times=2),), 0, "is deployed", True, True),
    Case(
        "one of fifty accounts fails",
        (Fault("ListStackSetOperationResults", failed_instances()),),
        3,
        "999999999999 us-east-1: Account 999999999999 should have 'AWSControlTowerExecution' role",
    ),
    Case("an operation that fails", (Fault(f"{OPERATION}$", operation("FAILED")),), 3, "ended in FAILED"),
    Case("an operation that is stopped", (Fault(f"{OPERATION}$", operation("STOPPED")),), 3, "ended in STOPPED"),
    Case(
        "an answer that is lost",
        (Fault("CreateStackInstances", times=1, after=True),),
        0,
        "is deployed",
    ),
    Case("an answer that nobody can read", (Fault("DescribeStackSet$", (200, "<html>")),), 3, "returned a web page"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_told_and_the_next_run_mends_it(case: Case, team: Team) -> None:
    if case.again:
        assert team.run("deploy", "--yes").code == 0
    if case.changed:
        team.write('alarms: {errors: {threshold: "> 10"}}')
    # A fault counts how often it struck.
    team.front.faults = [replace(fault) for fault in case.faults]
    done = team.run("deploy", "--yes")
    assert done.code == case.code, done.out + done.err
    assert re.search(case.says, done.out + done.err), done.out + done.err
    assert "Traceback" not in done.err
    assert case.code == 0 or "= help: " in done.err
    team.front.faults = []
    mended = team.run("deploy", "--yes")
    assert mended.code == 0, mended.out + mended.err
    assert team.instances() == {"alpha", "beta", "gamma"}
    assert team.run("deploy", "--plan").code == 0

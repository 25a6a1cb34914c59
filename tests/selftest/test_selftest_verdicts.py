"""When `obsgen selftest` may say that AWS is as expected or differs, and when it has to say that it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from generator.rollout.selftest.context import is_judgement
from generator.rollout.selftest.types import DIFFERS, UNTRIED, CallRefused
from tests.selftest.stand_in import refusal
from tests.selftest.world import RUN, World, selftest_world, verdicts


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with selftest_world(tmp_path) as account:
        yield account


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("AccessDenied", "no", 403),
        ("UnknownOperationException", "", 404),
        ("InvalidAction", "Could not find operation PutLogAlarm for version 2010-08-01", 400),
        ("ConcurrentModificationException", "", 400),
        ("OperationAbortedException", "", 409),
        ("SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service", 403),
        ("ResourceNotFoundException", "", 404),
        ("InternalServiceError", "", 500),
        ("ServiceQuotaExceededException", "", 402),
        ("ValidationException", "User is not authorized to perform: iam:PassRole", 400),
        ("ValidationException", "Unable to assume the role that was specified", 400),
        ("ValidationError", "The feature is not available in this Region", 400),
        ("ValidationError", "alarmTypes failed to satisfy constraint: Member must satisfy enum value set: [x]", 400),
        ("ValidationException", "", 503),
        ("ValidationException", "", 0),
        ("SomethingNewException", "", 400),
    ],
)
def test_what_is_not_about_the_request_is_no_judgement(code: str, message: str, status: int) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html"""
    assert not is_judgement(CallRefused("x:y", code, message, status))


@pytest.mark.parametrize(
    "code",
    [
        "DashboardInvalidInputError",
        "InvalidEventPatternException",
        "InvalidParameterCombination",
        "InvalidParameterException",
        "InvalidParameterInput",
        "InvalidParameterValue",
        "MalformedQueryException",
        "MissingRequiredParameterException",
        "ValidationError",
        "ValidationException",
    ],
)
def test_what_is_about_the_request_is_a_judgement(code: str) -> None:
    assert is_judgement(CallRefused("x:y", code, "the expression is invalid", 400))


def test_a_region_without_a_call_was_not_tried(world: World) -> None:
    def lack(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutAlarmMuteRule":
            raise refusal("InvalidAction", "Could not find operation PutAlarmMuteRule")

    world.before = lack
    world.quick(names=("mute-window-events",))
    assert verdicts(world) == {"mute-window-events": UNTRIED}


def test_a_target_that_was_not_added_is_no_answer(world: World) -> None:
    """PutTargets answers 200 with FailedEntryCount; no event comes then, whatever EventBridge does."""
    entry = {"TargetId": "queue", "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "busy"}
    world.answers["PutTargets"] = lambda _params: {"FailedEntryCount": 1, "FailedEntries": [entry]}
    done = world.quick(names=("alarm-tags-in-events",))
    assert verdicts(world) == {"alarm-tags-in-events": UNTRIED}
    assert "put_targets: ConcurrentModificationException: busy" in done.stdout


def test_a_rule_that_was_not_deleted_remains(world: World) -> None:
    """DeleteInsightRules answers 200 with Failures."""
    failure = {"FailureResource": "x", "ExceptionType": "InternalServiceFault", "FailureDescription": "busy"}
    world.answers["DeleteInsightRules"] = lambda _params: {"Failures": [failure]}
    done = world.quick(names=("insight-rule-foreign-group",))
    assert done.returncode == 1
    assert "not deleted: Contributor Insights rule" in done.stdout
    assert (world.folder / f"obsgen-selftest-{RUN}.jsonl").exists()


@pytest.mark.parametrize(
    "error",
    [
        botocore.exceptions.UnauthorizedSSOTokenError(),
        botocore.exceptions.TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed"),
        botocore.exceptions.CredentialRetrievalError(provider="custom-process", error_msg="exit 1"),
        botocore.exceptions.NoCredentialsError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_session_that_ends_midway_ends_the_run_and_no_experiment(world: World, error: Exception) -> None:
    """botocore raises these before it sends a request, so that no code of AWS says it."""
    ended = iter(range(100))

    def end(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutMetricAlarm" and next(ended) == 1:
            world.before = fail

    def fail(*_: Any) -> None:
        raise error

    world.before = end
    done = world.quick(names=("alarm-percentile-rank", "history-start"))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the AWS session has ended" in done.stderr
    assert f"--clean-up {RUN}" in done.stderr
    world.before = lambda *_: None
    world.quick(names=("alarm-percentile-rank", "history-start"))
    assert UNTRIED not in verdicts(world).values()
    assert DIFFERS not in verdicts(world).values()
    assert world.existing() == []

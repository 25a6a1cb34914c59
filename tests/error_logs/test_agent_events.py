"""Tasks of ECS that failed and deployments, as AWS's events say them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/eventbridge-resources.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.common.deadline import Deadline
from handlers.error_logs.app import dispatch
from handlers.error_logs.messages import Unreadable, WindowDue, read
from tests.insights_server import Agent, agent

TASK = "0123456789abcdef0123456789abcdef"
AT = 1_795_953_590_000


def task_event(**changed: Any) -> dict[str, Any]:
    arn = "arn:aws:ecs:eu-west-1:222222222222"
    detail = {
        "clusterArn": f"{arn}:cluster/payment-platform",
        "taskArn": f"{arn}:task/payment-platform/{TASK}",
        "taskDefinitionArn": f"{arn}:task-definition/payment-processor:7",
        "group": "service:payment-processor",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "stoppedAt": "2026-11-29T11:59:50Z",
        "containers": [{"name": "app", "lastStatus": "STOPPED", "exitCode": 137}],
        **changed,
    }
    return event("aws.ecs", "ECS Task State Change", detail)


def event(source: str, kind: str, detail: dict[str, Any], resources: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "9bcdac79-b31f-4d3d-9410-fbd727c29fab",
        "source": source,
        "detail-type": kind,
        "account": "222222222222",
        "time": "2026-11-29T11:59:55Z",
        "region": "eu-west-1",
        "resources": list(resources),
        "detail": detail,
    }


class Ecs:
    """Answers with one task definition."""

    def describe_task_definition(self, taskDefinition: str) -> dict[str, Any]:  # noqa: N803
        if not taskDefinition.endswith("payment-processor:7"):
            raise ClientError({"Error": {"Code": "ClientException", "Message": "Unable to describe"}}, "x")
        options = {"awslogs-group": "/ecs/payment-processor", "awslogs-stream-prefix": "web"}
        return {
            "taskDefinition": {
                "containerDefinitions": [
                    {"name": "side", "logConfiguration": {"logDriver": "splunk"}},
                    {"name": "app", "logConfiguration": {"logDriver": "awslogs", "options": options}},
                ]
            }
        }


def handled(one: Agent, body: dict[str, Any]) -> list[dict[str, Any]]:
    one.clients.setdefault("ecs", Ecs())
    dispatch(read(json.dumps(body)), one.world(), Deadline.after(60, one.clock), 1)
    return one.bus.events()


def test_a_task_that_ran_out_of_memory_is_sent_with_its_last_lines_redacted() -> None:
    reason = "OutOfMemoryError: Container killed due to memory usage"
    with agent() as one:
        for number in range(30):
            said = f"line {number} of jan.kowalski@example.com"
            one.place.write("/ecs/payment-processor", f"web/app/{TASK}", AT - 100 + number, said)
        containers = [{"name": "side", "exitCode": 0}, {"name": "app", "exitCode": 137, "reason": reason}]
        (sent,) = handled(one, task_event(containers=containers))
    assert sent["type"] == "task-failure"
    assert sent["subject"] == "payment-platform/payment-processor"
    assert sent["title"] == "Task of payment-platform/payment-processor ran out of memory"
    assert (sent["at"], sent["state"], sent["region"]) == (AT, "ALARM", "eu-west-1")
    assert ["Exit code", "137"] in sent["facts"]
    assert ["Reason", reason] in sent["facts"]
    assert (sent["service"], sent["log_group"]) == ("payment-processor", "/ecs/payment-processor")
    assert sent["lines"] == [f"line {number} of [redacted: email]" for number in range(20, 30)]


PULL = "CannotPullContainerError: pull image manifest has been retried 5 time(s)"


@pytest.mark.parametrize(
    ("changed", "title"),
    [
        ({"containers": [{"name": "app", "exitCode": 1}]}, "ended with exit code 1"),
        ({"stopCode": "TaskFailedToStart", "stoppedReason": PULL, "containers": []}, "could not pull its image"),
        (
            {"stopCode": "TaskFailedToStart", "stoppedReason": "", "containers": [{"name": "app", "reason": PULL}]},
            "could not pull its image",
        ),
        (
            {
                "stopCode": "ServiceSchedulerInitiated",
                "stoppedReason": "Task failed ELB health checks in (target-group x)",
                "containers": [{"name": "app", "exitCode": 143}],
            },
            "exit code 143",
        ),
        ({"group": "family:nightly", "containers": [{"name": "app", "exitCode": 2}]}, "payment-platform/nightly ended"),
    ],
)
def test_a_failed_task_says_how_it_failed(changed: dict[str, Any], title: str) -> None:
    with agent() as one:
        (sent,) = handled(one, task_event(**changed))
    assert title in sent["title"]


@pytest.mark.parametrize(
    "changed",
    [
        {"lastStatus": "RUNNING"},
        {"containers": [{"name": "app", "exitCode": 0}]},
        {"stopCode": "ServiceSchedulerInitiated", "stoppedReason": "Scaling activity initiated by deployment"},
        {"stopCode": "UserInitiated", "stoppedReason": "deployed"},
        {"stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted."},
    ],
)
def test_a_task_that_was_stopped_or_is_done_is_no_failure(changed: dict[str, Any]) -> None:
    with agent() as one:
        assert handled(one, task_event(**changed)) == []


def test_a_failure_is_sent_though_its_log_cannot_be_read() -> None:
    with agent() as one:
        arn = "arn:aws:ecs:eu-west-1:222222222222:task-definition/other:1"
        (sent,) = handled(one, task_event(taskDefinitionArn=arn))
        assert "lines" not in sent
        (_, again) = handled(one, task_event())
        assert "lines" not in again, "its container never wrote a line"


def test_the_same_event_twice_is_the_same_event_twice() -> None:
    with agent() as one:
        handled(one, task_event())
        first, second = handled(one, task_event())
        assert first == second


def test_deployments_of_services_are_sent() -> None:
    arn = "arn:aws:ecs:eu-west-1:222222222222:service/payment-platform/payment-processor"
    detail = {
        "eventType": "INFO",
        "eventName": "SERVICE_DEPLOYMENT_COMPLETED",
        "deploymentId": "ecs-svc/123",
        "updatedAt": "2026-11-29T11:59:50Z",
        "reason": "ECS deployment circuit breaker: completed for jan.kowalski@example.com",
    }
    with agent(deployments=True) as one:
        (sent,) = handled(one, event("aws.ecs", "ECS Deployment State Change", detail, (arn,)))
    assert (sent["type"], sent["state"], sent["at"]) == ("deployment", "", AT)
    assert sent["title"] == "Deployment of payment-platform/payment-processor completed"
    assert sent["facts"][1] == ["Reason", "ECS deployment circuit breaker: completed for [redacted: email]"]


@pytest.mark.parametrize(("status", "is_sent"), [("UPDATE_COMPLETE", True), ("UPDATE_IN_PROGRESS", False)])
def test_stacks_that_changed_are_deployments(status: str, is_sent: bool) -> None:
    stack = "arn:aws:cloudformation:eu-west-1:222222222222:stack/shop/d0a825a0-0000"
    detail = {"stack-id": stack, "status-details": {"status": status, "status-reason": ""}}
    with agent(deployments=True) as one:
        sent = handled(one, event("aws.cloudformation", "CloudFormation Stack Status Change", detail, (stack,)))
    assert [one["title"] for one in sent] == (["Stack shop was updated"] if is_sent else [])


def test_what_the_file_does_not_want_is_not_sent() -> None:
    with agent(tasks=False) as one:
        assert handled(one, task_event()) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "neither window nor detail-type"),
        ('{"window": {"at": "soon"}}', "not a time"),
        ('{"window": 7}', "not an object"),
        ('{"detail-type": "Other", "source": "aws.ecs", "time": "2026-11-29T00:00:00Z"}', "no handler for"),
    ],
)
def test_what_nobody_can_handle_says_why(body: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(body)


def test_the_message_of_the_schedule_is_its_time() -> None:
    assert read('{"window": {"at": "2026-11-29T12:00:00Z"}}') == WindowDue(1_795_953_600_000)


def test_an_event_of_a_task_without_its_cluster_is_unreadable() -> None:
    with agent() as one, pytest.raises(Unreadable, match="clusterArn"):
        handled(one, task_event(clusterArn=None))

"""What makes the agent look: a schedule on the clock's grid, and events of tasks and deployments; all by its queue.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Sub, events

from generator.blueprints.kit.delivery import target, written_by_rules
from generator.blueprints.kit.schedules import PLANNED, group, on_the_grid, schedule
from generator.blueprints.kit.stack import Part, origin
from generator.model.error_log_names import AGENT
from generator.model.error_logs import ErrorLogs
from generator.model.estate import Estate

# How logical ids of the agent begin.
STEM = "ErrorLogs"
# A task that a deployment, a scale-in or a person stops has another stop code, and has not failed.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
TASK_STOPPED = {
    "source": ["aws.ecs"],
    "detail-type": ["ECS Task State Change"],
    "detail": {
        "lastStatus": ["STOPPED"],
        "$or": [
            {"stopCode": ["TaskFailedToStart"]},
            {"stopCode": ["EssentialContainerExited"], "containers": {"exitCode": [{"anything-but": [0]}]}},
            {"containers": {"reason": [{"prefix": "OutOfMemory"}, {"prefix": "CannotPullContainer"}]}},
            # Its service stops a task whose health checks fail, and says so in words alone.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
            {
                "stopCode": ["ServiceSchedulerInitiated"],
                "stoppedReason": [{"wildcard": f"*failed {kind} health checks*"} for kind in ("ELB", "container")],
            },
        ],
    },
}
SERVICE_DEPLOYMENT = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
STACK_STATUS = {
    "source": ["aws.cloudformation"],
    "detail-type": ["CloudFormation Stack Status Change"],
    "detail": {"status-details": {"status": [{"suffix": "_COMPLETE"}]}},
}


def _rules(error_logs: ErrorLogs) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Logical id, kind of the name, description, and the pattern."""
    if error_logs.tasks:
        yield f"{STEM}TaskRule", "ecs-task-failure", "Tasks of ECS that failed, to the agent", TASK_STOPPED
    if error_logs.deployments:
        description = "Deployments of services of ECS, to the agent"
        yield f"{STEM}DeploymentRule", "ecs-deployment-state-change", description, SERVICE_DEPLOYMENT
        yield f"{STEM}StackRule", "stack-status-change", "Stacks that were changed, to the agent", STACK_STATUS


def written_by(error_logs: ErrorLogs, more: dict[str, Any]) -> Iterator[Part]:
    """Which rules may write to the queue and its dead letters."""
    titles = [title for title, *_ in _rules(error_logs)]
    if titles:
        for queue in ("Queue", "DeadLetters"):
            yield written_by_rules(f"{STEM}{queue}Policy", f"{STEM}{queue}", titles, error_logs.path, **more)


def rules(estate: Estate, error_logs: ErrorLogs, more: dict[str, Any]) -> Iterator[Part]:
    """Failed tasks and deployments, where they are asked for."""
    for title, kind, description, pattern in _rules(error_logs):
        yield events.Rule(
            title,
            Name=estate.name(kind),
            Description=description,
            EventPattern=pattern,
            Targets=[target("agent", GetAtt(f"{STEM}Queue", "Arn"), f"{STEM}DeadLetters")],
            Metadata=origin(error_logs.path),
            **more,
        )


def schedules(estate: Estate, error_logs: ErrorLogs, more: dict[str, Any]) -> Iterator[Part]:
    """The one schedule: a message for each window, with the time for which it was planned."""
    path, name = error_logs.path, estate.name(AGENT)
    queue = (f"{STEM}Queue", f"{STEM}DeadLetters")
    # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
    role = Sub(f"{AGENT}-schedule-role-${{AWS::Region}}-{estate.environment}")
    yield from group(STEM, name, role, dict([queue]), path, **more)
    message = {"window": {"at": PLANNED}}
    expression, description = on_the_grid(error_logs.every), "A window of the logs, to the agent"
    yield schedule(STEM, f"{STEM}Schedule", name, expression, message, queue, path, description=description, **more)

"""An event of the account's own bus, on to the hub: with the last lines of a task that failed, and redacted."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter as Counts
from typing import Any

from botocore.exceptions import ClientError

from handlers.error_logs import deployments
from handlers.error_logs.messages import DEPLOYMENT, STACK, TASK, AwsEvent
from handlers.error_logs.monitoring_event import ALARM, MOST_LINES, TASK_FAILURE, MonitoringEvent
from handlers.error_logs.publish import MONITORING_EVENT, Sender
from handlers.error_logs.tasks import FailedTask, failed_task, stream_of
from handlers.error_logs.world import World

logger = logging.getLogger(__name__)


def handle(event: AwsEvent, world: World) -> None:
    """Send on what an event is about. Raises Unreadable, NotTaken, and what AWS's clients raise."""
    correlation = hashlib.sha256(f"{world.account}|{world.region}|{event.id or _digest(event)}".encode()).hexdigest()[
        :16
    ]
    context = _context_of(event, world)
    if context is None:
        logger.info("ignored", extra={"correlation": correlation, "kind": event.kind})
        return
    redacted: Counts[str] = Counts()
    sender = Sender(world.settings.environment, world.region, correlation)
    world.bus.put([(MONITORING_EVENT, context.detail(sender.head(), world.settings.redact, redacted))])
    logger.info(
        "sent",
        extra={
            "correlation": correlation,
            "type": context.type,
            "subject": context.subject,
            "redacted": dict(redacted),
        },
    )


def _digest(event: AwsEvent) -> str:
    return hashlib.sha256(json.dumps(event.detail, sort_keys=True, default=str).encode()).hexdigest()


def _context_of(event: AwsEvent, world: World) -> MonitoringEvent | None:
    settings = world.settings
    if event.kind == TASK and settings.tasks:
        task = failed_task(event)
        return _failure(task, world) if task else None
    if event.kind == DEPLOYMENT and settings.deployments:
        return deployments.of_service(event)
    if event.kind == STACK and settings.deployments:
        return deployments.of_stack(event)
    return None


def _failure(task: FailedTask, world: World) -> MonitoringEvent:
    group, lines = _last_lines(task, world)
    return MonitoringEvent(
        TASK_FAILURE, task.subject, task.at, ALARM, task.title, task.facts(), lines, task.service, group
    )


def _last_lines(task: FailedTask, world: World) -> tuple[str, list[str]]:
    """The log group and its last lines; none where they cannot be read: the failure is sent all the same."""
    try:
        answer = world.client("ecs").describe_task_definition(taskDefinition=task.definition)
        group, stream = stream_of(task, answer["taskDefinition"])
        return group, _lines(world.client("logs"), group, stream) if group else []
    except ClientError as error:
        logger.warning("log lines not read", extra={"task": task.subject, "code": error.response["Error"].get("Code")})
        return "", []


def _lines(client: Any, group: str, stream: str) -> list[str]:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html"""
    try:
        answer = client.get_log_events(logGroupName=group, logStreamName=stream, limit=MOST_LINES, startFromHead=False)
    except ClientError as error:
        # A container that never started wrote nothing.
        if error.response["Error"].get("Code") == "ResourceNotFoundException":
            return []
        raise
    return [str(entry.get("message", "")) for entry in answer["events"]]

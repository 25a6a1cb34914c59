"""Tasks of ECS that failed, as their last event says; pure.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.error_logs.inventory import awslogs
from handlers.error_logs.messages import AwsEvent, Unreadable, time_ms

# Somebody stopped it, or ECS did to make room: what the processes said at that is no failure.
STOPPED_ON_PURPOSE = {"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption", "TerminationNotice"}
# Unless ECS did so because the task was found to be ill.
ILL = ("failed elb health checks", "failed container health checks", "failed to start")


@dataclass(frozen=True, slots=True)
class FailedTask:
    """container: the one that failed; empty where none is to blame. at: ms since 1970. exit_code: None for none."""

    cluster: str
    service: str
    task: str
    definition: str
    container: str
    exit_code: int | None
    reason: str
    title: str
    at: int

    @property
    def subject(self) -> str:
        """`<cluster>/<service>`; the family of its definition where it belongs to no service."""
        return f"{self.cluster}/{self.service}"

    def facts(self) -> list[tuple[str, str]]:
        """What people are shown."""
        return [
            ("Cluster", self.cluster),
            ("Service", self.service),
            ("Task", self.task),
            ("Task definition", self.definition.rpartition("/")[2]),
            ("Container", self.container),
            ("Exit code", "" if self.exit_code is None else str(self.exit_code)),
            ("Reason", self.reason),
        ]


def failed_task(event: AwsEvent) -> FailedTask | None:
    """The failure that an event is about; None where the task runs, or ended as it should. Raises Unreadable."""
    detail = event.detail
    if detail.get("lastStatus") != "STOPPED":
        return None
    containers = [container for container in _list(detail, "containers") if isinstance(container, dict)]
    stopped, code = str(detail.get("stoppedReason") or ""), str(detail.get("stopCode") or "")
    blamed = next((container for container in containers if _is_bad(container)), None)
    is_ill = any(words in stopped.lower() for words in ILL)
    if code in STOPPED_ON_PURPOSE and not is_ill and not _is_out_of_memory(blamed):
        return None
    if blamed is None and code != "TaskFailedToStart" and not is_ill:
        return None
    container = blamed or {}
    exit_code = container.get("exitCode")
    return FailedTask(
        cluster=_last(detail, "clusterArn"),
        service=_service(detail),
        task=_last(detail, "taskArn"),
        definition=str(detail.get("taskDefinitionArn") or ""),
        container=str(container.get("name") or ""),
        exit_code=exit_code if isinstance(exit_code, int) else None,
        reason=str(container.get("reason") or stopped),
        title=_title(detail, container, stopped),
        at=time_ms(detail["stoppedAt"], "detail.stoppedAt") if detail.get("stoppedAt") else event.at,
    )


def stream_of(task: FailedTask, definition: Mapping[str, Any]) -> tuple[str, str]:
    """Log group and stream of the container that failed, else of the first that has one; empty where there is none.

    `<prefix>/<container>/<task>`: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    """
    containers: Sequence[Mapping[str, Any]] = definition.get("containerDefinitions", ())
    for container in sorted(containers, key=lambda candidate: candidate.get("name") != task.container):
        options = awslogs(container)
        group, prefix = options.get("awslogs-group", ""), options.get("awslogs-stream-prefix", "")
        if group and prefix:
            return group, f"{prefix}/{container['name']}/{task.task}"
    return "", ""


def _is_bad(container: Mapping[str, Any]) -> bool:
    exit_code = container.get("exitCode")
    return (isinstance(exit_code, int) and exit_code != 0) or _is_out_of_memory(container) or "reason" in container


def _is_out_of_memory(container: Mapping[str, Any] | None) -> bool:
    return str((container or {}).get("reason") or "").startswith("OutOfMemory")


def _title(detail: Mapping[str, Any], container: Mapping[str, Any], stopped: str) -> str:
    where = f"{_last(detail, 'clusterArn')}/{_service(detail)}"
    reason = str(container.get("reason") or stopped)
    if _is_out_of_memory(container):
        return f"Task of {where} ran out of memory"
    if "CannotPull" in reason:
        return f"Task of {where} could not pull its image"
    exit_code = container.get("exitCode")
    if isinstance(exit_code, int) and exit_code != 0:
        return f"Task of {where} ended with exit code {exit_code}"
    return f"Task of {where} failed: {reason}" if reason else f"Task of {where} failed"


def _service(detail: Mapping[str, Any]) -> str:
    kind, _, name = str(detail.get("group") or "").partition(":")
    return name if kind in ("service", "family") and name else _last(detail, "taskDefinitionArn").partition(":")[0]


def _last(detail: Mapping[str, Any], name: str) -> str:
    value = detail.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"the task event has no {name}")
    return value.rpartition("/")[2]


def _list(detail: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = detail.get(name)
    return value if isinstance(value, list) else ()

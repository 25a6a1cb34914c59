"""Deployments, so that "new since the deployment at 14:02" can be said: of ECS, CloudFormation and Lambda; pure.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/eventbridge-resources.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handlers.error_logs.inventory import Function
from handlers.error_logs.messages import AwsEvent, time_ms
from handlers.error_logs.monitoring_event import DEPLOYMENT, NEITHER, MonitoringEvent
from handlers.error_logs.windows import Window

_SERVICE = {
    "SERVICE_DEPLOYMENT_IN_PROGRESS": "started",
    "SERVICE_DEPLOYMENT_COMPLETED": "completed",
    "SERVICE_DEPLOYMENT_FAILED": "failed",
}
_STACK = {
    "CREATE_COMPLETE": "created",
    "UPDATE_COMPLETE": "updated",
    "IMPORT_COMPLETE": "updated by an import",
    "UPDATE_ROLLBACK_COMPLETE": "rolled back",
    "IMPORT_ROLLBACK_COMPLETE": "rolled back",
}


def of_service(event: AwsEvent) -> MonitoringEvent | None:
    """A deployment of an ECS service; None for what is none. Raises messages.Unreadable."""
    detail = event.detail
    word = _SERVICE.get(str(detail.get("eventName")))
    if word is None or not event.resources:
        return None
    # arn:aws:ecs:<region>:<account>:service/<cluster>/<service>; without the cluster in the oldest accounts.
    subject = event.resources[0].partition(":service/")[2]
    return MonitoringEvent(
        DEPLOYMENT,
        subject,
        time_ms(detail["updatedAt"], "detail.updatedAt") if detail.get("updatedAt") else event.at,
        NEITHER,
        f"Deployment of {subject} {word}",
        (("Deployment", str(detail.get("deploymentId") or "")), ("Reason", str(detail.get("reason") or ""))),
        service=subject.rpartition("/")[2],
    )


def of_stack(event: AwsEvent) -> MonitoringEvent | None:
    """A stack that was changed; None for every other status. Raises messages.Unreadable."""
    status = event.detail.get("status-details")
    status = status if isinstance(status, dict) else {}
    word = _STACK.get(str(status.get("status")))
    # arn:aws:cloudformation:<region>:<account>:stack/<name>/<id>
    name = str(event.detail.get("stack-id") or "").partition(":stack/")[2].partition("/")[0]
    if word is None or not name:
        return None
    facts = (("Status", str(status["status"])), ("Reason", str(status.get("status-reason") or "")))
    return MonitoringEvent(DEPLOYMENT, name, event.at, NEITHER, f"Stack {name} was {word}", facts, service=name)


def of_functions(functions: Iterable[Function], span: Window) -> Iterator[MonitoringEvent]:
    """Functions whose code or configuration changed within a span."""
    for function in functions:
        if span.has(function.modified):
            yield MonitoringEvent(
                DEPLOYMENT,
                function.name,
                function.modified,
                NEITHER,
                f"Function {function.name} was changed",
                service=function.name,
                log_group=function.log_group,
            )

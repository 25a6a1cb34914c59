"""Links from an event of AWS to the page of its subject in the console; pure.

Each is put together from the Region of the event and values that are checked for their form, so that nothing in an
event leads anywhere else. The pages' addresses are the console's own; AWS documents none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from handlers.common.partitions import console
from handlers.incident.event_paths import value_at

_INSTANCE = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_FINDING = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
_ECS = r"arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}"
_SERVICE_ARN = re.compile(rf"{_ECS}:service/([A-Za-z0-9_-]{{1,255}})/([A-Za-z0-9_-]{{1,255}})")
_TASK_ARN = re.compile(rf"{_ECS}:task/([A-Za-z0-9_-]{{1,255}})/([0-9a-f]{{32}})")
_DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}")


def link_of(event: Mapping[str, Any], region: str) -> str:
    """The page of an event's subject in the console of its Region; empty where there is none that is known."""
    root, make = console(region), _PAGES.get(str(event.get("source")))
    page = make(event) if root and make else ""
    return f"{root}/{page.format(region=region)}" if page else ""


def _matched(event: Mapping[str, Any], path: str, form: re.Pattern[str]) -> re.Match[str] | None:
    return form.fullmatch(value_at(event, path) or "")


def _instance(event: Mapping[str, Any]) -> str:
    match = _matched(event, "$.detail.instance-id", _INSTANCE) or _matched(event, "$.detail.EC2InstanceId", _INSTANCE)
    return f"ec2/home?region={{region}}#InstanceDetails:instanceId={match[0]}" if match else ""


def _guardduty(event: Mapping[str, Any]) -> str:
    match = _matched(event, "$.detail.id", _FINDING)
    return f"guardduty/home?region={{region}}#/findings?macros=current&fId={match[0]}" if match else ""


def _ecs(event: Mapping[str, Any]) -> str:
    service = _matched(event, "$.resources[0]", _SERVICE_ARN)
    if service:
        return f"ecs/v2/clusters/{service[1]}/services/{service[2]}/health?region={{region}}"
    task = _matched(event, "$.detail.taskArn", _TASK_ARN)
    return f"ecs/v2/clusters/{task[1]}/tasks/{task[2]}/configuration?region={{region}}" if task else ""


def _rds(event: Mapping[str, Any]) -> str:
    kinds = {"DB_INSTANCE": "false", "CLUSTER": "true"}
    is_cluster = kinds.get(value_at(event, "$.detail.SourceType") or "")
    match = _matched(event, "$.detail.SourceIdentifier", _DATABASE)
    return f"rds/home?region={{region}}#database:id={match[0]};is-cluster={is_cluster}" if match and is_cluster else ""


def _pipeline(event: Mapping[str, Any]) -> str:
    match = _matched(event, "$.detail.pipeline", _NAME)
    return f"codesuite/codepipeline/pipelines/{match[0]}/view?region={{region}}" if match else ""


_PAGES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "aws.ec2": _instance,
    "aws.autoscaling": _instance,
    "aws.guardduty": _guardduty,
    "aws.ecs": _ecs,
    "aws.rds": _rds,
    "aws.codepipeline": _pipeline,
}

"""What there is in this account and Region, asked of AWS. What one service refuses does not hide what others have."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from handlers.error_logs.inventory import Function, Inventory, Service, log_groups_of
from handlers.error_logs.log_groups import LogGroup, has_tags
from handlers.error_logs.settings import Groups

logger = logging.getLogger(__name__)
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
SERVICES_AT_ONCE = 10
# A task definition's revision never changes, so an environment that lives on asks once for each.
_log_groups: dict[str, tuple[str, ...]] = {}
MOST_REMEMBERED = 500


def inventory(client: Callable[[str], Any], *, functions: bool, services: bool) -> Inventory:
    """Functions and services. client: of a service, by name."""
    result = Inventory()
    if functions:
        with RecordedRefusals(result.failed, "lambda"):
            result.functions.extend(_functions(client("lambda")))
    if services:
        with RecordedRefusals(result.failed, "ecs"):
            result.services.extend(_services(client("ecs")))
    return result


def log_groups(
    client: Callable[[str], Any], groups: Groups, prefixes: Sequence[str], failed: list[str]
) -> list[LogGroup]:
    """Log groups by prefix, those without the wanted tags left out. failed: gets what could not be listed."""
    listed: dict[str, LogGroup] = {}
    for prefix in prefixes:
        with RecordedRefusals(failed, f"logs {prefix}".strip()):
            for group in _pages(client("logs").describe_log_groups, "nextToken", **_by(prefix)):
                for entry in group["logGroups"]:
                    listed[entry["logGroupName"]] = LogGroup(
                        entry["logGroupName"], entry.get("logGroupClass", "STANDARD")
                    )
    if not groups.tags:
        return list(listed.values())
    tagged: set[str] = set()
    with RecordedRefusals(failed, "tagging"):
        tagged = _tagged(client("resourcegroupstaggingapi"), groups.tags)
    return [group for name, group in listed.items() if name in tagged]


class RecordedRefusals:
    """A refusal is written down, and what follows goes on; anything else is raised, and the message tried again."""

    def __init__(self, failed: list[str], what: str) -> None:
        self._failed = failed
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if not isinstance(error, ClientError):
            return False
        code = str(error.response["Error"].get("Code", ""))
        if code not in REFUSED:
            return False
        logger.warning("resources not listed", extra={"what": self._what, "code": code})
        self._failed.append(f"{self._what}: {code}")
        return True


# Refusals as the services call them; a service or Region that the organization denies answers so, too.
REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
    "OptInRequired",
    "InvalidParameterException",
    "InvalidParameterValueException",
}


def _by(prefix: str) -> dict[str, Any]:
    return {"limit": 50, **({"logGroupNamePrefix": prefix} if prefix else {})}


def _functions(client: Any) -> Iterator[Function]:
    for page in _pages(client.list_functions, "NextMarker", "Marker"):
        for entry in page["Functions"]:
            name = entry["FunctionName"]
            group = (entry.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
            yield Function(name, group, _modified(entry.get("LastModified", "")))


def _modified(text: str) -> int:
    """Lambda writes 2026-11-29T14:02:00.000+0000. 0 where it is no time."""
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return 0


def _services(client: Any) -> Iterator[Service]:
    for clusters in _pages(client.list_clusters, "nextToken"):
        for cluster in clusters["clusterArns"]:
            for page in _pages(client.list_services, "nextToken", cluster=cluster, maxResults=100):
                arns = page["serviceArns"]
                for start in range(0, len(arns), SERVICES_AT_ONCE):
                    yield from _described(client, cluster, arns[start : start + SERVICES_AT_ONCE])


def _described(client: Any, cluster: str, arns: Sequence[str]) -> Iterator[Service]:
    for entry in client.describe_services(cluster=cluster, services=list(arns))["services"]:
        if entry.get("status") != "ACTIVE":
            continue
        yield Service(
            name=f"{cluster.rpartition('/')[2]}/{entry['serviceName']}",
            desired=entry.get("desiredCount", 0),
            running=entry.get("runningCount", 0),
            log_groups=_groups_of(client, entry.get("taskDefinition", "")),
        )


def _groups_of(client: Any, task_definition: str) -> tuple[str, ...]:
    if not task_definition:
        return ()
    if task_definition not in _log_groups:
        if len(_log_groups) >= MOST_REMEMBERED:
            _log_groups.clear()
        answer = client.describe_task_definition(taskDefinition=task_definition)
        _log_groups[task_definition] = log_groups_of(answer["taskDefinition"])
    return _log_groups[task_definition]


def _tagged(client: Any, tags: Sequence[tuple[str, Sequence[str]]]) -> set[str]:
    """Names of log groups with these tags.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    filters = [{"Key": key, "Values": list(values)} for key, values in tags]
    names = set()
    for page in _pages(
        client.get_resources,
        "PaginationToken",
        ResourceTypeFilters=["logs"],
        TagFilters=filters,
        ResourcesPerPage=100,
    ):
        for mapping in page["ResourceTagMappingList"]:
            # arn:aws:logs:<region>:<account>:log-group:<name>, at times with `:*` at the end.
            parts = mapping["ResourceARN"].split(":")
            is_selected = has_tags({tag["Key"]: tag["Value"] for tag in mapping.get("Tags", ())}, tags)
            if is_selected and parts[5] == "log-group":
                names.add(parts[6])
    return names


def _pages(call: Callable[..., Any], token: str, parameter: str = "", **params: Any) -> Iterator[Any]:
    while True:
        answer = call(**params)
        yield answer
        if not answer.get(token):
            return
        params[parameter or token] = answer[token]

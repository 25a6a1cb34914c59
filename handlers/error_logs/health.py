"""Which monitored services do not work at all: no task of a service runs, or a function may not run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.common.deadline import Deadline
from handlers.error_logs.inventory import Inventory, Service

# Lambda takes 15 such calls a second of an account, others' among them:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_FUNCTIONS, PAUSE_S = 100, 0.15
# Seconds that queries need more than this.
RESERVE_S = 90.0


@dataclass(frozen=True, slots=True)
class Unhealthy:
    """subject: `<cluster>/<service>`, or the function. title, facts: for people. log_group: where to look."""

    subject: str
    title: str
    facts: tuple[tuple[str, str], ...]
    service: str
    log_group: str = ""


def of_services(services: Sequence[Service]) -> list[Unhealthy]:
    """Services that should run and have no task that does."""
    return [
        Unhealthy(
            subject=one.name,
            title=f"No task of {one.name} is running",
            facts=(
                ("Cluster", one.name.partition("/")[0]),
                ("Service", one.name.partition("/")[2]),
                ("Desired tasks", str(one.desired)),
                ("Running tasks", "0"),
            ),
            service=one.name.rpartition("/")[2],
            log_group=next(iter(one.log_groups), ""),
        )
        for one in sorted(services, key=lambda one: one.name)
        if one.is_down
    ]


def of_functions(
    found: Inventory,
    queried: Collection[str],
    client: Callable[[str], Any],
    pause: Callable[[float], None],
    deadline: Deadline,
) -> tuple[list[Unhealthy], int]:
    """Functions whose reserved concurrency is 0, of the first MOST_FUNCTIONS by name whose log groups are queried.

    And how many of these there was no time for.
    """
    monitored = sorted((one for one in found.functions if one.log_group in queried), key=lambda one: one.name)
    bad = []
    asked = 0
    for function in monitored[:MOST_FUNCTIONS]:
        if deadline.left < RESERVE_S:
            break
        asked += 1
        try:
            answer = client("lambda").get_function_concurrency(FunctionName=function.name)
        except ClientError as error:
            if error.response["Error"].get("Code") != "ResourceNotFoundException":
                raise
            continue
        if answer.get("ReservedConcurrentExecutions") == 0:
            facts = (("Function", function.name), ("Reserved concurrency", "0"))
            title = f"Function {function.name} is throttled to zero"
            bad.append(Unhealthy(function.name, title, facts, function.name, function.log_group))
        pause(PAUSE_S)
    return bad, min(len(monitored), MOST_FUNCTIONS) - asked


def beyond(found: Inventory, queried: Collection[str]) -> int:
    """How many functions are never asked: the same ones each time, so that nothing of them is open."""
    return max(0, sum(one.log_group in queried for one in found.functions) - MOST_FUNCTIONS)

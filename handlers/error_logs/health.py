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
            subject=service.name,
            title=f"No task of {service.name} is running",
            facts=(
                ("Cluster", service.name.partition("/")[0]),
                ("Service", service.name.partition("/")[2]),
                ("Desired tasks", str(service.desired)),
                ("Running tasks", "0"),
            ),
            service=service.name.rpartition("/")[2],
            log_group=next(iter(service.log_groups), ""),
        )
        for service in sorted(services, key=lambda service: service.name)
        if service.is_down
    ]


def of_functions(
    inventory: Inventory,
    queried: Collection[str],
    client: Callable[[str], Any],
    pause: Callable[[float], None],
    deadline: Deadline,
) -> tuple[list[Unhealthy], int]:
    """Functions whose reserved concurrency is 0, of the first MOST_FUNCTIONS by name whose log groups are queried.

    And how many of these there was no time for.
    """
    monitored = sorted(
        (function for function in inventory.functions if function.log_group in queried),
        key=lambda function: function.name,
    )
    bad = []
    calls = 0
    for function in monitored[:MOST_FUNCTIONS]:
        if deadline.left < RESERVE_S:
            break
        calls += 1
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
    return bad, min(len(monitored), MOST_FUNCTIONS) - calls


def beyond(inventory: Inventory, queried: Collection[str]) -> int:
    """How many functions are never asked: the same ones each time, so that nothing of them is open."""
    return max(0, sum(function.log_group in queried for function in inventory.functions) - MOST_FUNCTIONS)

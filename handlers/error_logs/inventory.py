"""What there is in an account and Region, pure: functions and services, and what they say of logs and health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function. log_group: the one that it writes to. modified: ms since 1970. version: that was deployed."""

    name: str
    log_group: str
    modified: int


@dataclass(frozen=True, slots=True)
class Service:
    """A service of ECS. name: `<cluster>/<service>`. log_groups: of its containers."""

    name: str
    desired: int
    running: int
    log_groups: tuple[str, ...] = ()

    @property
    def is_down(self) -> bool:
        """Whether it should run and does not."""
        return self.desired > 0 and self.running == 0


@dataclass
class Inventory:
    """All of them. failed: what could not be listed, as `<what>: <error code>`."""

    functions: list[Function] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def referenced(self) -> dict[str, str]:
        """Log groups that they name, each with who does; the first where several do."""
        names: dict[str, str] = {}
        for service in self.services:
            for group in service.log_groups:
                names.setdefault(group, service.name.rpartition("/")[2])
        for function in self.functions:
            names.setdefault(function.log_group, function.name)
        return names


def log_groups_of(task_definition: Mapping[str, Any]) -> tuple[str, ...]:
    """Log groups that the containers of a task definition write to with the driver awslogs.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    groups = []
    for container in task_definition.get("containerDefinitions", ()):
        group = awslogs(container).get("awslogs-group", "")
        if group and group not in groups:
            groups.append(group)
    return tuple(groups)


def awslogs(container: Mapping[str, Any]) -> Mapping[str, str]:
    """Options of the driver awslogs of a container; empty where it writes elsewhere."""
    configuration = container.get("logConfiguration") or {}
    if configuration.get("logDriver") != "awslogs":
        return {}
    options: Mapping[str, str] = configuration.get("options") or {}
    return options

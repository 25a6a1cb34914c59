"""The CloudWatch agent on the members' instances."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.placement import Placement


@dataclass(frozen=True, slots=True)
class Agent:
    """targets: tag key to value, all of which an instance has. metrics: plug-ins. logs: log group name to files.

    roles: those of the instances, where every member has them; elsewhere people attach the policy themselves.
    placement: the members with the agent; None for all.
    """

    targets: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]
    logs: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    path: Path
    placement: Placement | None = None

"""The input of the preflight checks of the hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.rollout.aws.clients import Aws
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.preflight_report import PreflightProblem, PreflightReport


@dataclass(slots=True)
class PreflightInput:
    """The input of the checks, and their report.

    template: the hub's. owned: physical ids that the hub's stack has already. joining: accounts without a stack.

    doubtful: accounts with one that may be out of reach. left_out: accounts that were excluded from the units and are
    not any more. adopt: whether the hub's stack takes over existing log groups.
    """

    desired: DesiredState
    hub: Aws
    members: Aws
    template: Mapping[str, Any]
    owned: frozenset[str]
    joining: tuple[str, ...]
    doubtful: tuple[str, ...]
    left_out: tuple[str, ...]
    adopt: bool
    report: PreflightReport = field(default_factory=PreflightReport)

    def client(self, service: str) -> Any:
        """A client of the hub's account, in its Region."""
        return self.hub.client(service, self.desired.hub.region)

    def problem(self, message: str, hint: str) -> None:
        """Add a problem to the report."""
        self.report.problems.append(PreflightProblem(message, hint))

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The resources of a type in the hub's template, by logical ID."""
        return {key: resource for key, resource in self.template["Resources"].items() if resource["Type"] == kind}

"""The inputs of dashboards, and look-ups by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account
from generator.model.alarms import Alarm, Composite
from generator.model.governance import Audit, Sharing
from generator.model.logs import LogGroup, MetricFilter
from generator.model.objectives import Objective
from generator.model.signals import Metric
from generator.resolve.alarms import slos
from generator.resolve.scope import Scope

COLUMNS = 24
# An axis is not readable in fewer than six columns.
MOST_SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True)
class DashboardInputs:
    """The inputs of dashboards. scope: as the hub sees it, with the accounts of its Region; accounts: all that
    exist.
    """

    scope: Scope
    alarms: tuple[Alarm, ...]
    composites: tuple[Composite, ...]
    filters: Mapping[str, MetricFilter]
    log_groups: tuple[LogGroup, ...]
    audit: Audit | None
    by_key: Mapping[str, Sequence[Alarm | Composite]]
    sharing: Sharing | None = None
    accounts: tuple[Account, ...] = ()
    objectives: tuple[Objective, ...] = ()

    def leaves_out(self, metric: Metric) -> bool:
        """True if the links leave a member's metric out, though they share metrics."""
        return self.sharing is not None and self.sharing.leaves_out(metric.namespace)


def alarms_named(
    names: Sequence[str], path: Path, watched: DashboardInputs, findings: list[Finding]
) -> list[Alarm | Composite]:
    """The alarms and composites of these keys, in every account; an unknown key is a finding (R02)."""
    alarms: list[Alarm | Composite] = []
    document = watched.scope.document
    for index, name in enumerate(names):
        objectives = slos.keys(document)
        if not any(name in known for known in (watched.by_key, document.alarms, document.composites, objectives)):
            known = {*watched.by_key, *document.alarms, *document.composites, *objectives}
            findings.append(unknown_reference("R02", "alarm", name, known, (*path, index)))
        alarms += watched.by_key.get(name, ())
    return alarms

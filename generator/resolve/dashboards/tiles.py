"""Tiles: the states of alarms, one for each location, in groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm, Composite
from generator.model.dashboards import AlarmWidget
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.resolve.dashboards.graph_lines import HUB
from generator.resolve.dashboards.inputs import COLUMNS, MOST_SIDE_BY_SIDE, DashboardInputs, alarms_named
from generator.resolve.scope import Scope
from generator.spec.dashboard_widgets import AlarmsWidget

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
ALARMS_PER_WIDGET = 100


@dataclass(frozen=True, slots=True)
class AlarmLocation:
    """One alarm in one place: what an alarm widget shows as a tile."""

    arn: str
    account: str
    severity: str
    owner: str


def tiles(
    spec: AlarmsWidget, path: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> Iterator[AlarmWidget]:
    """One widget, or one for each group; past a hundred alarms a group goes on in another."""
    at: Path = (*path, "alarms")
    before = len(findings)
    alarms = alarms_named(spec.alarms, at, watched, findings)
    if len(findings) == before and all(isinstance(alarm, Alarm) and alarm.is_nowhere for alarm in alarms):
        # Alarms of accounts that this environment does not have; composites of such are not even made.
        return
    locations = alarm_locations(alarms, watched.scope, chosen)
    if spec.accounts:
        names = _known_accounts(spec, path, watched.scope, findings)
        locations = [location for location in locations if location.account in names]
        if not locations and len(findings) == before:
            return
    groups = _grouped(locations, spec.by)
    width = spec.width or (COLUMNS // min(len(groups), MOST_SIDE_BY_SIDE) if len(groups) > 1 else None)
    for name, arns in groups.items():
        title = f"{spec.title}: {name}" if name else spec.title
        for first in range(0, max(len(arns), 1), ALARMS_PER_WIDGET):
            share = tuple(arns[first : first + ALARMS_PER_WIDGET])
            yield AlarmWidget(title, share, width, spec.height, at, spec.sort_by, tuple(spec.states))


def _known_accounts(spec: AlarmsWidget, path: Path, scope: Scope, findings: list[Finding]) -> set[str]:
    """The accounts that a widget names; R02 for unknown ones."""
    known = {*scope.document.accounts, HUB}
    for index, name in enumerate(spec.accounts):
        if name not in known:
            at: Path = (*path, "accounts", index)
            findings.append(unknown_reference("R02", "account", name, known, at, "add it to accounts"))
    return set(spec.accounts)


def alarm_locations(
    alarms: Sequence[Alarm | Composite], scope: Scope, chosen: Account | None = None
) -> list[AlarmLocation]:
    """The locations of each alarm: once in the hub, or once in every member that has it."""
    members = (chosen,) if chosen else scope.accounts
    locations = []
    for alarm in alarms:
        for account in members if alarm.side is Side.MEMBERS else (None,):
            severity = _severity_in(alarm, account)
            if severity is not None:
                arn = scope.hub.arn("cloudwatch", f"alarm:{alarm.name}", account=account.id if account else None)
                locations.append(
                    AlarmLocation(arn, account.name if account else _monitored_account(alarm), severity, alarm.owner)
                )
    return locations


def _severity_in(alarm: Alarm | Composite, account: Account | None) -> AlarmSeverity | None:
    """None where the account does not have the alarm."""
    if isinstance(alarm, Composite):
        if account and not alarm.deployed_in(account.name):
            return None
        return alarm.severity_in(account.name) if account else alarm.severity
    tuning = alarm.tuning_in(account.name) if account else alarm.tuning
    return tuning.severity if tuning.enabled else None


def _monitored_account(alarm: Alarm | Composite) -> str:
    """The account that an alarm of the hub monitors."""
    return alarm.account or "hub" if isinstance(alarm, Alarm) else "hub"


def _grouped(
    locations: Sequence[AlarmLocation], by: Literal["account", "severity", "owner"] | None
) -> dict[str, list[str]]:
    """ARNs by the name of their group, the most severe first, otherwise by name."""
    if by is None or not locations:
        return {"": [location.arn for location in locations]}
    words = {
        "account": lambda location: location.account,
        "severity": lambda location: location.severity,
        "owner": lambda location: location.owner,
    }
    groups: dict[str, list[str]] = {}
    for location in locations:
        groups.setdefault(words[by](location) or f"no {by}", []).append(location.arn)
    return dict(sorted(groups.items(), key=lambda group: (_rank(group[0]) if by == "severity" else 0, group[0])))


def _rank(severity: str) -> int:
    return next(rank for rank, known in enumerate(SEVERITIES) if known == severity)

"""Names that have to be unique: alarms, logical IDs, log groups and dashboards (R11)."""

from __future__ import annotations

from collections import Counter

from generator.findings import Finding, Path
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.compliance_names import checker_log_group
from generator.model.estate import Estate
from generator.model.placement import has
from generator.model.stack_values import depends_on_stack


def duplicate_names(estate: Estate) -> list[Finding]:
    """Two things of one name on one side (R11): CloudWatch would overwrite, CloudFormation would refuse."""
    findings = []
    alarms_and_composites: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
    things = [(a.side, "alarm", a.name, a.path) for a in alarms_and_composites]
    things += [(a.side, "logical id", a.logical_id, a.path) for a in alarms_and_composites]
    things += [(g.side, "log group", g.name, g.path) for g in estate.log_groups]
    things += _names_by_account(estate)
    if estate.compliance:
        # Who only reads the checker's log may name its log group, too.
        ours = checker_log_group(estate.environment)
        made = any(group.create for group in estate.log_groups if group.name == ours)
        things += [(Side.MEMBERS, "log group", ours, estate.compliance.path)] if made else []
    things += [(Side.HUB, "dashboard", dashboard.name, dashboard.path) for dashboard in estate.dashboards]
    counted = Counter(thing[:3] for thing in things)
    first: dict[tuple[object, ...], tuple[str | int, ...]] = {}
    for side, kind, name, path in things:
        if counted[side, kind, name] > 1:
            if (side, kind, name) in first:
                also = ((first[side, kind, name], "the first"),)
                findings.append(Finding("R11", f"a second {kind} `{name}` in {side}", path, on="key", also=also))
            first.setdefault((side, kind, name), path)
    return findings


def _names_by_account(estate: Estate) -> list[tuple[Side, str, str, Path]]:
    """The names of members' log groups in each account, where some are other ones there."""
    groups = [group for group in estate.log_groups if group.side is Side.MEMBERS]
    if not any(depends_on_stack(group.name) for group in groups):
        return []
    region = estate.regions[0]
    return [
        (Side.MEMBERS, f"log group in {account.name}", group.name_in(account, region), group.path)
        for account in estate.accounts
        for group in groups
        if has(group.placement, account.name)
    ]

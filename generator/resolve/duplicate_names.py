"""Names that have to be unique: alarms, logical IDs, log groups and dashboards (R11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from generator.findings import Finding, Path
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.compliance_names import checker_log_group
from generator.model.estate import Estate
from generator.model.incidents import MONITOR_ALARM_PREFIX
from generator.model.placement import has
from generator.model.stack_values import depends_on_stack

_Name: TypeAlias = tuple[Side, str, str]


def duplicate_names(estate: Estate) -> list[Finding]:
    """Two entries of one name on one side (R11): CloudWatch would overwrite, CloudFormation would refuse."""
    findings = []
    names = [*_names(estate)]
    counts = Counter(name[:3] for name in names)
    first: dict[_Name, Path] = {}
    for side, kind, name, path in names:
        if counts[side, kind, name] > 1:
            if (side, kind, name) in first:
                also = ((first[side, kind, name], "the first"),)
                findings.append(Finding("R11", f"a second {kind} `{name}` in {side}", path, on="key", also=also))
            first.setdefault((side, kind, name), path)
    return [*findings, *_of_both_sides(estate), *_of_monitors(estate)]


def _of_both_sides(estate: Estate) -> Iterator[Finding]:
    """Alarms of members and of the hub with one name (R11): incidents and routes go by the name, so one would have the
    severity of the other.
    """
    alarms: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
    of_members = {alarm.name: alarm.path for alarm in alarms if alarm.side is Side.MEMBERS}
    for alarm in alarms:
        if alarm.side is Side.HUB and alarm.name in of_members:
            message = f"`{alarm.name}` is also an alarm of members, and incidents are known by the name"
            also = ((of_members[alarm.name], "the alarm of members"),)
            yield Finding("R11", message, alarm.path, hint="use another name for one of them", on="key", also=also)


def _of_monitors(estate: Estate) -> Iterator[Finding]:
    """Names of one's own that begin as those of the alarms that watch the path of alarms do (R11)."""
    alarms: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
    for alarm in alarms:
        if alarm.own_name and alarm.name.startswith(MONITOR_ALARM_PREFIX):
            message = f"names that begin with `{MONITOR_ALARM_PREFIX}` are those of the alarms that watch obsgen"
            yield Finding("R11", message, (*alarm.path, "name"), hint="use another beginning")


def _names(estate: Estate) -> Iterator[tuple[Side, str, str, Path]]:
    """Side, kind, name and path of every name that has to be unique."""
    alarms: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
    yield from ((alarm.side, "alarm", alarm.name, alarm.path) for alarm in alarms)
    yield from ((alarm.side, "logical id", alarm.logical_id, alarm.path) for alarm in alarms)
    yield from ((group.side, "log group", group.name, group.path) for group in estate.log_groups)
    yield from _names_by_account(estate)
    if estate.compliance:
        # An entry that only reads the checker's log may name its log group, too.
        checkers = checker_log_group(estate.environment)
        if any(group.create for group in estate.log_groups if group.name == checkers):
            yield Side.MEMBERS, "log group", checkers, estate.compliance.path
    yield from ((Side.HUB, "dashboard", dashboard.name, dashboard.path) for dashboard in estate.dashboards)


def _names_by_account(estate: Estate) -> list[tuple[Side, str, str, Path]]:
    """The names of members' log groups in each account, where a name depends on the account."""
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

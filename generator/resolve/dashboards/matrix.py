"""The alarm matrix: a row for each account, a cell for each group of its alarms, and in the cell their tiles.

CloudWatch has no such widget. The cells are alarm widgets of their own, without titles, and the headings are text.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.findings import Finding, Path, unknown_reference
from generator.model.alarms import Alarm, Composite
from generator.model.dashboards import AlarmWidget, MatrixColumn, TextWidget, Widget
from generator.model.routing import SEVERITIES
from generator.resolve.dashboards.groups import group_names
from generator.resolve.dashboards.inputs import COLUMNS, DashboardInputs, alarms_named
from generator.resolve.dashboards.tiles import ALARMS_PER_WIDGET, AlarmLocation, alarm_locations
from generator.spec.dashboard_widgets import AlarmMatrixWidget

# A tile with the name of an alarm is not readable in fewer than four columns.
_CELL, _MOST_CELLS = 4, 5
_LOWEST, _HIGHEST = 2, 6
_HUB = "hub"
_Table = dict[str, dict[str, list[str]]]


def matrix(spec: AlarmMatrixWidget, path: Path, watched: DashboardInputs, findings: list[Finding]) -> Iterator[Widget]:
    """The heading, and below it one table for at most five columns at a time."""
    before = len(findings)
    for index, name in enumerate(spec.accounts):
        if name != _HUB and name not in watched.scope.document.accounts:
            known = {*watched.scope.document.accounts, _HUB}
            findings.append(unknown_reference("R02", "account", name, known, (*path, "accounts", index)))
    alarms = alarms_named(spec.alarms, (*path, "alarms"), watched, findings) if spec.alarms else _notifying(watched)
    table = _table(spec.columns, alarms, watched)
    names = [name for name in spec.accounts if name in table] if spec.accounts else _in_order(table, watched)
    columns = _columns({name: table[name] for name in names}, spec.columns)
    if not columns:
        # Alarms of accounts that this environment does not have are no mistake.
        nowhere = [isinstance(alarm, Alarm) and alarm.is_nowhere for alarm in alarms]
        if len(findings) == before and not (nowhere and all(nowhere)):
            message = "this table has no enabled alarm"
            findings.append(Finding("R06", message, path, hint="remove it, or add enabled alarms"))
        return
    yield TextWidget(f"## {spec.title}", COLUMNS, 1)
    bands = -(-len(columns) // _MOST_CELLS)
    count = -(-len(columns) // bands)
    for first in range(0, len(columns), count):
        yield from _band(columns[first : first + count], names, table, spec, (*path, "alarms"))


def _notifying(watched: DashboardInputs) -> list[Alarm | Composite]:
    """All alarms that notify somewhere: building blocks of composites do not."""
    alarms = [a for a in watched.alarms if any(t.severity != "none" for t in a.tunings() if t.enabled)]
    return [*alarms, *(composite for composite in watched.composites if composite.severity != "none")]


def _table(column: MatrixColumn, alarms: Sequence[Alarm | Composite], watched: DashboardInputs) -> _Table:
    """ARNs by account and by column."""
    groups = group_names((alarm for alarm in alarms if isinstance(alarm, Alarm)), watched)
    table: _Table = {}
    for alarm in alarms:
        group = groups.get(alarm.key, "composites") if column == "service" else alarm.key
        for location in alarm_locations([alarm], watched.scope):
            row = table.setdefault(location.account, {})
            row.setdefault(_column(column, location, group), []).append(location.arn)
    return table


def _column(column: MatrixColumn, location: AlarmLocation, group: str) -> str:
    match column:
        case "severity":
            return location.severity
        case "owner":
            return location.owner or "no owner"
        case _:
            return group


def _in_order(table: _Table, watched: DashboardInputs) -> list[str]:
    """The accounts as they are in the file, the hub last."""
    order = {account.name: position for position, account in enumerate(watched.scope.accounts)}
    return sorted(table, key=lambda name: (order.get(name, len(order)), name))


def _columns(table: Mapping[str, Mapping[str, object]], column: MatrixColumn) -> list[str]:
    """The columns of all rows, the most severe first, otherwise by name."""
    names = {name for row in table.values() for name in row}
    ranks = {str(severity): rank for rank, severity in enumerate(SEVERITIES)} if column == "severity" else {}
    return sorted(names, key=lambda name: (ranks.get(name, 0), name))


def _band(
    columns: Sequence[str], accounts: Sequence[str], table: _Table, spec: AlarmMatrixWidget, path: Path
) -> Iterator[Widget]:
    """The names of the columns, and a row for each account; each row is as wide as the dashboard. An account with more
    alarms in a cell than a widget takes has another row.
    """
    width = max(_CELL, (COLUMNS - _CELL) // len(columns))
    side = COLUMNS - width * len(columns)
    yield TextWidget("### Account", side, 1)
    yield from (TextWidget(f"### {column}", width, 1, joined=True) for column in columns)
    for account in accounts:
        cells = [table[account].get(column, []) for column in columns]
        most = max(map(len, cells))
        for first in range(0, max(most, 1), ALARMS_PER_WIDGET):
            shares = [arns[first : first + ALARMS_PER_WIDGET] for arns in cells]
            height = spec.height or _height(max(map(len, shares)), width, bool(spec.states))
            yield TextWidget(f"**{account}**" if not first else f"**{account}**, from {first + 1}", side, height)
            for arns in shares:
                if arns:
                    states = tuple(spec.states)
                    yield AlarmWidget("", tuple(arns), width, height, path, spec.sort_by, states, joined=True)
                else:
                    yield TextWidget("–", width, height, joined=True)


def _height(tiles: int, width: int, states: bool) -> int:
    """Rows of the grid for so many tiles, four columns each; what does not fit is scrolled.

    Only some states are a few tiles, most of the time none.
    """
    return _LOWEST if states else min(max(-(-tiles // (width // _CELL)), _LOWEST), _HIGHEST)

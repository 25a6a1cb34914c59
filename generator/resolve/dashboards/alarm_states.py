"""Tables of alarm states as CloudWatch reported them, from the audit trail.

An alarm widget accepts ARNs, and reads those of another account with the role
`CloudWatch-CrossAccountSharingRole` there, which Observability Access Manager does not replace. The audit trail has
every state change of every account in a log group of the hub, which its readers may read anyway.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Cross-Account-Cross-Region.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.findings import Path
from generator.model.dashboards import LogWidget
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.scope import Scope

# A query has 10,000 characters.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
_MOST_NAMED, _MOST_LEFT_OUT = 20, 60
_EVENT = (
    "detail.alarmName as alarm, detail.previousState.value as was, detail.state.value as state,"
    " detail.state.reason as reason"
)


def in_alarm(watched: DashboardInputs, path: Path) -> Iterator[LogWidget]:
    """The alarms whose last change in the time shown was to ALARM, the latest first; of severity `none` not."""
    if not watched.audit:
        return
    stats = "stats latest(state) as now, latest(time) as since, latest(reason) as why by place, alarm"
    fields = f"{_fields(watched.scope)}{_left_out(watched)} | {stats}"
    query = f'{fields} | filter now = "ALARM" | sort since desc | limit 100'
    yield LogWidget("In ALARM", (watched.audit.log_group,), query, width=24, height=5, path=path)


def changes(watched: DashboardInputs, path: Path) -> Iterator[LogWidget]:
    """The last fifty changes."""
    if not watched.audit:
        return
    query = f"{_fields(watched.scope)} | sort @timestamp desc | limit 50"
    yield LogWidget("Latest state changes", (watched.audit.log_group,), query, width=24, height=5, path=path)


def _fields(scope: Scope) -> str:
    """The fields of the tables; with account names of the YAML, where there are few accounts."""
    expression = "account"
    names = {scope.hub.account: "hub"} | {account.id: account.name for account in scope.accounts}
    if len(names) <= _MOST_NAMED:
        for number, name in names.items():
            expression = f'replace({expression}, "{number}", "{name}")'
    return f"fields time, {expression} as place, {_EVENT}"


def _left_out(watched: DashboardInputs) -> str:
    """Alarms that notify no channel: they are parts of composites, or suppress others."""
    silent = {a.name for a in watched.alarms if all(tuning.severity == "none" for tuning in a.tunings())}
    silent |= {composite.name for composite in watched.composites if composite.severities == ("none",)}
    names = ", ".join(json.dumps(name) for name in sorted(silent)[:_MOST_LEFT_OUT])
    return f" | filter alarm not in [{names}]" if names else ""

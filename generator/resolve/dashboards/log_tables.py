"""Tables, bars and lines of what Logs Insights finds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm
from generator.model.dashboards import LogView, LogWidget
from generator.model.placement import has_in
from generator.model.signals import LogSignal
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.scope import Scope
from generator.spec.dashboard_widgets import LogsWidget


def table(
    spec: LogsWidget, path: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> Iterator[LogWidget]:
    """The result of a query of one log group or several, in all accounts or in some; nothing where the environment has
    none of them.
    """
    scope = watched.scope
    at: Path = (*path, "log_group" if spec.log_group else "log_groups")
    keys = [(spec.log_group, at)] if spec.log_group else []
    keys += [(key, (*path, "log_groups", index)) for index, key in enumerate(spec.log_groups)]
    if not keys:
        findings.append(Finding("R06", "this table reads no log group", path, hint="set `log_group: key`"))
    if spec.view != "table" and not re.search(r"\bstats\b", spec.query):
        message = f"`view: {spec.view}` requires numbers, but this query returns lines"
        findings.append(
            Finding("R07", message, (*path, "view"), hint="add `| stats count(*) by bin(5m)`, or remove it")
        )
    accounts = scope.accounts if chosen else _accounts_named(spec.accounts, (*path, "accounts"), scope, findings)
    sources = [
        source for key, key_path in keys for source in _sources(key, key_path, accounts, chosen, watched, findings)
    ]
    if sources:
        yield LogWidget(spec.title, tuple(dict.fromkeys(sources)), spec.query, spec.width, spec.height, at, spec.view)


def found_by(
    alarm: Alarm, signal: LogSignal, watched: DashboardInputs, path: Path, chosen: Account | None = None
) -> LogWidget:
    """The query result of an alarm: its value over time, or a table where the query counts itself."""
    scope, groups = watched.scope, [group for group in watched.log_groups if group.key in signal.log_groups]
    if alarm.side is Side.HUB:
        sources = [group.name for group in groups]
    else:
        region = scope.hub.region
        having = (
            (group, account)
            for group in groups
            for account in scope.accounts
            if has_in(group.placement, account.name, region)
        )
        # The reader's choice replaces the one account, whether that one has the log group or not.
        group_accounts = dict.fromkeys((group, chosen or account) for group, account in having)
        arns = ((f"log-group:{group.name_in(account, region)}", account.id) for group, account in group_accounts)
        sources = [scope.hub.arn("logs", arn, account=account) for arn, account in arns]
    whole = " | ".join(part for part in (signal.query.strip(), f"stats {signal.aggregate}") if part)
    over_time = not re.search(r"\bstats\b", signal.query) and not re.search(r"\bby\b|\|", signal.aggregate)
    query = f"{whole} by bin({signal.seconds(alarm.tuning.period)}s)" if over_time else whole
    view: LogView = "timeSeries" if over_time else "table"
    return LogWidget(alarm.summary or alarm.key, tuple(sources), query, path=path, view=view)


def _accounts_named(names: Sequence[str], path: Path, scope: Scope, findings: list[Finding]) -> tuple[Account, ...]:
    """The accounts of these names, or all."""
    known = {account.name: account for account in scope.accounts}
    for index, name in enumerate(names):
        # An account that only another environment has is left out here, and no mistake.
        if name not in scope.document.accounts:
            findings.append(unknown_reference("R02", "account", name, known, (*path, index), "add it to accounts"))
    chosen = tuple(known[name] for name in names if name in known)
    if names and not chosen and all(name in scope.document.accounts for name in names):
        message = f"none of these accounts is in {scope.environment}"
        findings.append(Finding("R07", message, path, hint=f"use one of {', '.join(known)}"))
    return chosen if names else scope.accounts


def _sources(
    key: str,
    path: Path,
    accounts: Sequence[Account],
    chosen: Account | None,
    watched: DashboardInputs,
    findings: list[Finding],
) -> tuple[str, ...]:
    """By name in the hub; by ARN in each named member, which the hub sees through its links.

    chosen: the account that the reader's choice replaces, where the reader chooses one.
    """
    scope = watched.scope
    group = next((g for g in watched.log_groups if g.key == key), None)
    if group is None:
        known = [g.key for g in watched.log_groups]
        findings.append(unknown_reference("R02", "log group", key, known, path))
        return ()
    if group.side is Side.HUB:
        return (group.name,)
    if not scope.accounts:
        message = "a log table requires named accounts, but only organizational units are set"
        findings.append(Finding("R07", message, path, hint="list the accounts"))
    region = scope.hub.region
    having = [account for account in accounts if has_in(group.placement, account.name, region)]
    if not having and accounts and not group.is_nowhere:
        message = f"no account of this table has log group `{key}` in {region}, the Region of the table"
        findings.append(Finding("R07", message, path, hint="use another log group, or accounts that have it"))
    accounts_shown = [chosen] if chosen and having else having
    names = [(account, group.name_in(account, region)) for account in accounts_shown]
    return tuple(scope.hub.arn("logs", f"log-group:{name}", account=account.id) for account, name in names)

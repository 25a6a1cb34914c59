"""The settings of the hub's functions for error logs: shipped inside their packages as settings.json.

handlers/events/settings.py reads it: the functions of events, agents, API and reports.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from generator.model.alarms import Alarm, Composite
from generator.model.compliance import NAMESPACE
from generator.model.coverage import CoverageCounts, ReviewedCoverage
from generator.model.error_logs import ErrorLogs, OwnerRule, Report, Reports
from generator.model.estate import Estate
from generator.model.objectives import EventCounts, Objective
from generator.model.routing import Channel
from generator.model.signals import Operand
from generator.model.time_zones import time_zone_rules
from generator.render.agent_settings import ALGORITHM
from generator.render.json_rows import json_rows
from generator.render.routing import channel_entry, severities_by_account
from generator.render.settings_entries import set_fields

EVENT_SETTINGS = "handlers/events/settings.json"
SETTINGS_VERSION = 1


def event_settings_json(estate: Estate) -> bytes:
    """The settings of an environment's event store. Raises ValueError where it has none.

    What is only of error logs or of reports is left out where there are none.
    """
    return json_rows(_data(estate)).encode()


def report_settings_json(estate: Estate) -> bytes:
    """The same for the function of reports, with coverage: an update of that replaces no other function."""
    coverage = estate.reports.coverage if estate.reports else None
    return json_rows({**_data(estate), **({"coverage": _coverage(coverage)} if coverage else {})}).encode()


def _data(estate: Estate) -> dict[str, Any]:
    if estate.events is None:
        raise ValueError(f"{estate.environment} keeps no events")
    alarms: list[Alarm | Composite] = [a for a in estate.alarms if not a.everywhere_disabled]
    alarms += estate.composites
    return {
        "version": SETTINGS_VERSION,
        "project": estate.project,
        "environment": estate.environment,
        "hub": {"account": estate.hub.account, "region": estate.hub.region},
        "regions": list(estate.regions),
        "accounts": {account.id: {"name": account.name} for account in sorted(estate.accounts, key=lambda a: a.id)},
        "accounts_closed": not estate.organizational_units,
        "keep_days": estate.events.keep_days,
        **(_error_logs(estate.error_logs) if estate.error_logs else {}),
        "alarms": {alarm.name: _alarm(alarm, estate) for alarm in sorted(alarms, key=lambda a: a.name)},
        **(_reports(estate.reports, estate) if estate.reports else {}),
    }


def _error_logs(errors: ErrorLogs) -> dict[str, Any]:
    return {
        "every": errors.every,
        "learn": errors.learn,
        "quiet_after": errors.quiet_after,
        "most_new": errors.most_new,
        "spike": {"factor": errors.spike.factor, "floor": errors.spike.floor},
        "algorithm": ALGORITHM,
        "severity": dict(errors.severity),
        "owners": [_owner(rule) for rule in errors.owners],
        **set_fields(owner=errors.owner, runbook=errors.runbook),
    }


def _owner(rule: OwnerRule) -> dict[str, Any]:
    return {
        **set_fields(log_group=rule.log_group, service=rule.service, source_path=rule.source_path),
        "owner": rule.owner,
        **set_fields(runbook=rule.runbook),
    }


def _alarm(alarm: Alarm | Composite, estate: Estate) -> dict[str, Any]:
    severity = alarm.tuning.severity if isinstance(alarm, Alarm) else alarm.severity
    by_account = {v.account: v.tuning.severity for v in alarm.variants} if isinstance(alarm, Alarm) else {}
    differing = {account: other for account, other in by_account.items() if other != severity}
    people = set_fields(owner=alarm.owner, runbook=alarm.runbook)
    contributors = alarm.contributors if isinstance(alarm, Alarm) else None
    contributing = {"contributors": contributors} if contributors else {}
    return {"severity": severity, **people, **contributing, **severities_by_account(differing, estate)}


def _reports(reports: Reports, estate: Estate) -> dict[str, Any]:
    used = {name for report in reports.reports for name in report.channels}
    return {
        "reports": {report.name: _report(report) for report in reports.reports},
        "channels": {one.name: _channel(one, reports) for one in estate.channels if one.name in used},
        **set_fields(sender=reports.sender),
        "keep_reports_days": reports.keep_days,
        **set_fields(compliance=estate.compliance is not None and estate.shares_metrics_of(NAMESPACE)),
        "slos": [_objective(one, estate) for one in reports.objectives],
    }


def _coverage(coverage: ReviewedCoverage) -> dict[str, Any]:
    """Numbers that are 0 are left out, as in the lock."""
    before = coverage.before
    return {
        "day": coverage.day.isoformat(),
        "oldest": coverage.oldest.isoformat(),
        **_counts_of(coverage.counts),
        **({"before": {"day": before.day.isoformat(), **_counts_of(before.counts)}} if before else {}),
        "accounts": [
            {"name": row.name, "day": row.day.isoformat(), **_counts_of(row.counts)} for row in coverage.accounts
        ],
        "account_count": coverage.account_count,
        **set_fields(unread=coverage.unread),
        "waiver_count": coverage.waiver_count,
        "waivers": [
            {
                "resources": " in ".join(filter(None, (f"{waiver.type} {waiver.name}", ", ".join(waiver.regions)))),
                **set_fields(accounts=list(waiver.accounts)),
                "reason": waiver.reason,
                "until": waiver.until.isoformat(),
            }
            for waiver in coverage.waivers
        ],
    }


def _counts_of(counts: CoverageCounts) -> dict[str, int]:
    return set_fields(**asdict(counts))


def _report(report: Report) -> dict[str, Any]:
    """With the rules of its time zone, some hundred bytes: no runtime of Lambda is said to have any, and none has those
    that the file was checked with.
    """
    zone = report.time_zone
    rules = {} if zone == "UTC" else {"zone_rules": base64.b64encode(time_zone_rules(zone)).decode()}
    return {"channels": list(report.channels), "time_zone": zone, **rules}


def _channel(channel: Channel, reports: Reports) -> dict[str, Any]:
    """As routing.json has it. Amazon SES sends to addresses itself, where SNS has them as subscriptions."""
    return {**channel_entry(channel), **set_fields(addresses=list(channel.addresses) if reports.sender else [])}


def _objective(objective: Objective, estate: Estate) -> dict[str, Any]:
    """The metrics of good and of all events; those of each account, in each Region, or the hub's own.

    accounts: where only some accounts have it, since others may publish the same metrics.
    """
    placed = objective.placement
    names = () if placed is None or placed.accounts is None else placed.accounts
    ids = sorted(account.id for account in estate.accounts if account.name in names)
    return {
        "name": objective.key,
        "title": objective.title,
        "objective": objective.percent,
        "window": objective.window,
        "together": objective.together,
        **set_fields(of_hub=objective.of_hub, accounts=ids),
        "bad" if objective.counts_bad else "good": _counts(objective.counted),
        "total": _counts(objective.total),
    }


def _counts(counts: EventCounts) -> dict[str, Any]:
    """A metric, or metric math over several by ID."""
    if not counts.expression:
        (operand,) = counts.operands
        return _metric(operand)
    return {"expression": counts.expression, "metrics": {operand.id: _metric(operand) for operand in counts.operands}}


def _metric(operand: Operand) -> dict[str, Any]:
    metric = operand.metric
    dimensions = dict(metric.dimensions)
    fields = {"namespace": metric.namespace, "name": metric.name, "dimensions": dimensions, "stat": operand.statistic}
    return {**fields, **set_fields(unit=metric.unit)}

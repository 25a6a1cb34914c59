"""What the incident function has to know of this estate: shipped inside its package as routing.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from generator.model.alarms import Alarm, Composite
from generator.model.compliance import Compliance
from generator.model.compliance_names import COMPLIANCE
from generator.model.error_log_names import CHECK_OF_KIND
from generator.model.error_logs import ErrorLogs
from generator.model.estate import Estate
from generator.model.logs import MetricFilter
from generator.model.people import AlarmSeverity, Channel
from generator.model.places import Side
from generator.render.json_rows import json_rows
from generator.render.words import condition_in_words

ROUTING_VERSION = 3
# The name of the check in its findings: the incident function looks it up.
TAG_COMPLIANCE = "tag-compliance"
QUERY = "fields @timestamp, @message, @logStream"
LATEST = "sort @timestamp desc | limit 50"
_ONE_TERM = re.compile(r'"([^"\\]+)"')


def routing_json(estate: Estate) -> bytes:
    """Alarm name to severity, people and runbook; channels without secrets' values; account ids to names."""
    alarms: list[Alarm | Composite] = [a for a in estate.alarms if not a.everywhere_disabled]
    alarms += estate.composites
    overview = next((dashboard.name for dashboard in estate.dashboards if dashboard.overview), None)
    findings = _findings(estate)
    data = {
        "version": ROUTING_VERSION,
        "project": estate.project,
        "environment": estate.environment,
        "hub": {"account": estate.hub.account, "region": estate.hub.region},
        "reopen_within": estate.incidents.reopen_within,
        "evidence": estate.incidents.evidence,
        **({"dashboard": overview} if overview else {}),
        "accounts": {account.id: account.name for account in estate.accounts} | {estate.hub.account: "hub"},
        "accounts_closed": not estate.organizational_units,
        "routes": {route.severity: list(route.channels) for route in estate.routes},
        "channels": {channel.name: channel_entry(channel) for channel in estate.channels},
        "alarms": {alarm.name: _alarm(alarm, estate) for alarm in sorted(alarms, key=lambda a: a.name)},
        **({"findings": findings} if findings else {}),
    }
    return json_rows(data).encode()


def channel_entry(channel: Channel) -> dict[str, Any]:
    """What a function that calls the channel has to know; never the value of its secret."""
    secret = {"secret": channel.secret} if channel.secret else {}
    return {"type": channel.type, **secret, **dict(channel.settings), "delivery": asdict(channel.delivery)}


def _alarm(alarm: Alarm | Composite, estate: Estate) -> dict[str, Any]:
    entry: dict[str, Any] = {"severity": _severity(alarm)}
    for name in ("summary", "runbook", "owner"):
        if getattr(alarm, name):
            entry[name] = getattr(alarm, name)
    if isinstance(alarm, Composite):
        return {**entry, **_suppressor(alarm, estate)}
    if not alarm.variants:
        entry["condition"] = condition_in_words(alarm.tuning, alarm)
    if alarm.account:
        entry["account"] = alarm.account
    differing = {v.account: v.tuning.severity for v in alarm.variants if v.tuning.severity != _severity(alarm)}
    return {**entry, **severities_by_account(differing, estate), **_logs(alarm, estate)}


def severities_by_account(severities: Mapping[str, AlarmSeverity], estate: Estate) -> dict[str, Any]:
    """An entry's field, or nothing. severities: of the accounts, by name, that have another one than the rest."""
    ids = {account.name: account.id for account in estate.accounts}
    differing = {ids[name]: severity for name, severity in sorted(severities.items())}
    return {"severity_by_account": differing} if differing else {}


def _findings(estate: Estate) -> dict[str, Any]:
    """Who hears of what checks of members and the hub itself find, by the names of the checks."""
    tags = {TAG_COMPLIANCE: _of_tags(estate.compliance, estate)} if estate.compliance else {}
    return {**tags, **(_of_error_logs(estate.error_logs) if estate.error_logs else {})}


def _of_error_logs(errors: ErrorLogs) -> dict[str, Any]:
    """One entry for each kind, for each has a severity of its own; whose an error is stands in its finding."""
    people = {name: value for name, value in (("runbook", errors.runbook), ("owner", errors.owner)) if value}
    return {CHECK_OF_KIND[kind]: {"severity": severity, **people} for kind, severity in errors.severity}


def _of_tags(compliance: Compliance, estate: Estate) -> dict[str, Any]:
    """Who hears of missing tags, in the form that alarms have."""
    dashboard = estate.name(COMPLIANCE) if compliance.dashboard else ""
    people = {"runbook": compliance.runbook, "owner": compliance.owner, "dashboard": dashboard}
    given = {name: value for name, value in people.items() if value}
    return {
        "severity": compliance.severity,
        **given,
        **severities_by_account(dict(compliance.severity_by_account), estate),
    }


def _severity(alarm: Alarm | Composite) -> AlarmSeverity:
    return alarm.tuning.severity if isinstance(alarm, Alarm) else alarm.severity


def _suppressor(composite: Composite, estate: Estate) -> dict[str, Any]:
    """The function has to know it, because CloudWatch holds the actions of a suppressed alarm, not its events."""
    others: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
    found = next((a for a in others if a.key == composite.suppressor and a.side is composite.side), None)
    return {"suppressor": {"alarm": found.name, "extend": composite.extend}} if found else {}


def _logs(alarm: Alarm, estate: Estate) -> dict[str, Any]:
    """The metric filter that an alarm of or about a member counts, and whether the hub may read its lines."""
    if alarm.side is not Side.MEMBERS and not alarm.account:
        return {}
    counted = next((f for f in estate.metric_filters if f.key == alarm.counted), None)
    group = estate.log_group(counted.log_group) if counted else None
    if not counted or not group:
        return {}
    return {
        "logs": {
            "log_group": group.name,
            "pattern": counted.pattern,
            "query": log_query(counted),
            "readable": estate.incidents.quotes_logs and estate.shares("AWS::Logs::LogGroup"),
        }
    }


def log_query(counted: MetricFilter) -> str:
    """A Logs Insights query for what a metric filter counts; for all lines where its pattern is not one plain term."""
    term = _ONE_TERM.fullmatch(counted.pattern.strip())
    like = f"| filter @message like {term[0]} " if term else ""
    return f"{QUERY} {like}| {LATEST}"

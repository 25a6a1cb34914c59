"""The routing table of the incident function: shipped inside its package as routing.json."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from generator.model.accounts import HUB_ACCOUNT, Account, Side
from generator.model.alarms import Alarm, Composite
from generator.model.compliance import Compliance
from generator.model.compliance_names import COMPLIANCE
from generator.model.error_log_names import CHECK_OF_KIND
from generator.model.error_logs import ErrorLogs
from generator.model.estate import Estate
from generator.model.logs import LogGroup, MetricFilter
from generator.model.placement import has
from generator.model.routing import AlarmSeverity, Channel, RouteRule
from generator.model.stack_values import IN_PLACE, as_written, differing, joined, of_account
from generator.render.json_rows import json_rows
from generator.render.routing_events import event_rules
from generator.render.routing_incidents import incidents_entry
from generator.render.routing_probes import probe_logs
from generator.render.routing_table import (
    AlarmEntry,
    ChannelEntry,
    LogsEntry,
    RoutingTable,
    RuleEntry,
    SuppressorEntry,
)
from generator.render.routing_texts import add_texts
from generator.render.words import condition_in_words

ROUTING_VERSION = 4
# The name of the check in its findings: the incident function looks it up.
TAG_COMPLIANCE = "tag-compliance"
QUERY = "fields @timestamp, @message, @logStream"
LATEST = "sort @timestamp desc | limit 50"
_ONE_TERM = re.compile(r'"([^"\\]+)"')


def routing_json(estate: Estate) -> bytes:
    """Alarm name to severity, owner and runbook; channels without the values of secrets; account IDs to names."""
    return json_rows(routing_table(estate)).encode()


def routing_table(estate: Estate) -> RoutingTable:
    """The same as data."""
    index = _index(estate)
    table: RoutingTable = {
        "version": ROUTING_VERSION,
        "project": estate.project,
        "environment": estate.environment,
        "hub": {"account": estate.hub.account, "region": estate.hub.region},
        "reopen_within": estate.incidents.reopen_within,
        "evidence": estate.incidents.evidence,
        "incidents": incidents_entry(estate.incidents),
        "accounts": {account.id: account.name for account in estate.accounts} | {estate.hub.account: "hub"},
        "accounts_closed": not estate.organizational_units,
        "routes": {route.severity: list(route.channels) for route in estate.routes},
        "channels": {channel.name: channel_entry(channel) for channel in estate.channels},
        "alarms": {alarm.name: _alarm(alarm, index) for alarm in sorted(_alarms(estate), key=lambda a: a.name)},
    }
    if overview := next((dashboard.name for dashboard in estate.dashboards if dashboard.overview), None):
        table["dashboard"] = overview
    if findings := _findings(estate):
        table["findings"] = findings
    if estate.event_rules:
        table["event_rules"] = event_rules(estate)
    if estate.route_rules:
        table["rules"] = _rules(estate)
        table["labels"] = _labels(estate)
    return table


@dataclass(frozen=True, slots=True)
class _Index:
    """Look-up tables for the alarms. ids: of accounts by their names. names: of alarms by side and by their key in
    rules. readable: the keys of the log groups whose lines the hub may read. probe_logs: where each probe's failures
    are, by the key of its alarm.
    """

    accounts: tuple[Account, ...]
    ids: Mapping[str, str]
    filters: Mapping[str, MetricFilter]
    log_groups: Mapping[str, LogGroup]
    names: Mapping[tuple[Side, str], str]
    readable: frozenset[str]
    probe_logs: Mapping[str, LogsEntry]


def _index(estate: Estate) -> _Index:
    alarms: tuple[Alarm | Composite, ...] = (*estate.composites, *reversed(estate.alarms))
    return _Index(
        estate.accounts,
        {account.name: account.id for account in estate.accounts},
        {one.key: one for one in estate.metric_filters},
        {one.key: one for one in estate.log_groups},
        {(alarm.side, alarm.key): alarm.name for alarm in alarms},
        frozenset(one.key for one in estate.log_groups if estate.incidents.quotes_logs and estate.may_read(one)),
        probe_logs(estate),
    )


def _alarms(estate: Estate) -> Iterator[Alarm | Composite]:
    yield from (alarm for alarm in estate.alarms if not alarm.everywhere_disabled)
    yield from estate.composites


def _rules(estate: Estate) -> list[RuleEntry]:
    """The rules as they are, with accounts by ID: what 20,000 alarms in 1,000 accounts are routed by must not be
    written for each alarm and account.
    """
    ids = {account.name: account.id for account in estate.accounts} | {HUB_ACCOUNT: estate.hub.account}
    return [_rule(rule, ids) for rule in estate.route_rules]


def _labels(estate: Estate) -> dict[str, dict[str, str]]:
    """Account ID to the labels and the unit that rules ask for."""
    names = {name for rule in estate.route_rules for name, _ in rule.when}
    labels = {account.id: {n: word for n, word in account.attributes if n in names} for account in estate.accounts}
    return {account: values for account, values in sorted(labels.items()) if values}


def _rule(rule: RouteRule, ids: Mapping[str, str]) -> RuleEntry:
    entry: RuleEntry = {"when": _condition(rule, ids), "to": list(rule.channels)}
    if rule.later is not None:
        entry["later"] = rule.later
    if rule.silent_end:
        entry["ok"] = False
    return entry


def _condition(rule: RouteRule, ids: Mapping[str, str]) -> dict[str, list[str]]:
    """An account of another environment is none here."""
    return {
        name: [ids[word] for word in words if word in ids] if name == "account" else list(words)
        for name, words in rule.when
    }


def channel_entry(channel: Channel) -> ChannelEntry:
    """The settings of a channel for the functions that call it; never the value of its secret."""
    secret = {"secret": channel.secret} if channel.secret else {}
    return {"type": channel.type, **secret, **dict(channel.settings), "delivery": asdict(channel.delivery)}


def _alarm(alarm: Alarm | Composite, index: _Index) -> AlarmEntry:
    entry: AlarmEntry = {"severity": _severity(alarm)}
    add_texts(entry, alarm)
    if alarm.objective:
        entry["objective"] = alarm.objective
    if alarm.parts_of:
        entry["parts_of"] = list(alarm.parts_of)
    if alarm.page_again:
        entry["page_again_seconds"] = alarm.page_again
    if alarm.silent_end:
        entry["ok"] = False
    if isinstance(alarm, Composite):
        severities = dict(alarm.severity_by_account)
        if suppressor := _suppressor(alarm, index):
            entry["suppressor"] = suppressor
    else:
        severities = {v.account: v.tuning.severity for v in alarm.variants if v.tuning.severity != _severity(alarm)}
        _add_metric_alarm(entry, alarm, index)
    if severities:
        entry["severity_by_account"] = _by_account(severities, index.ids)
    return entry


def _add_metric_alarm(entry: AlarmEntry, alarm: Alarm, index: _Index) -> None:
    """The fields that a composite does not have."""
    if alarm.alone:
        entry["alone"] = True
    if alarm.contributors:
        entry["contributors"] = alarm.contributors
        if all(tuning.missing_data in ("not-breaching", "ignore") for tuning in alarm.tunings()):
            entry["no_data"] = False
    if alarm.level_of:
        entry["level_of"] = alarm.level_of
    if not alarm.variants and not alarm.regional:
        entry["condition"] = condition_in_words(alarm.tuning, alarm)
    if alarm.account:
        entry["account"] = alarm.account
    if logs := _logs(alarm, index) or index.probe_logs.get(alarm.key):
        entry["logs"] = logs


def severities_by_account(severities: Mapping[str, AlarmSeverity], estate: Estate) -> dict[str, Any]:
    """An entry's field, or nothing. severities: of the accounts, by name, that have another one than the rest."""
    differing = _by_account(severities, {account.name: account.id for account in estate.accounts})
    return {"severity_by_account": differing} if differing else {}


def _by_account(severities: Mapping[str, AlarmSeverity], ids: Mapping[str, str]) -> dict[str, str]:
    return {ids[name]: severity for name, severity in sorted(severities.items())}


def _findings(estate: Estate) -> dict[str, AlarmEntry]:
    """Entries of findings of members' checks and of the hub itself, by the names of the checks."""
    tags = {TAG_COMPLIANCE: _of_tags(estate.compliance, estate)} if estate.compliance else {}
    return {**tags, **(_of_error_logs(estate.error_logs) if estate.error_logs else {})}


def _of_error_logs(errors: ErrorLogs) -> dict[str, AlarmEntry]:
    """One entry for each kind, for each has a severity of its own; the owner of an error is in its finding."""
    return {CHECK_OF_KIND[kind]: _of_kind(severity, errors) for kind, severity in errors.severity}


def _of_kind(severity: AlarmSeverity, errors: ErrorLogs) -> AlarmEntry:
    entry: AlarmEntry = {"severity": severity}
    if errors.runbook:
        entry["runbook"] = errors.runbook
    if errors.owner:
        entry["owner"] = errors.owner
    return entry


def _of_tags(compliance: Compliance, estate: Estate) -> AlarmEntry:
    """The entry of findings of missing tags."""
    entry: AlarmEntry = {"severity": compliance.severity}
    if compliance.runbook:
        entry["runbook"] = compliance.runbook
    if compliance.owner:
        entry["owner"] = compliance.owner
    if compliance.dashboard:
        entry["dashboard"] = estate.name(COMPLIANCE)
    ids = {account.name: account.id for account in estate.accounts}
    if differing := _by_account(dict(compliance.severity_by_account), ids):
        entry["severity_by_account"] = differing
    return entry


def _severity(alarm: Alarm | Composite) -> AlarmSeverity:
    return alarm.tuning.severity if isinstance(alarm, Alarm) else alarm.severity


def _suppressor(composite: Composite, index: _Index) -> SuppressorEntry | None:
    """The function has to know it, because CloudWatch holds the actions of a suppressed alarm, not its events."""
    name = index.names.get((composite.side, composite.suppressor)) if composite.suppressor else None
    return {"alarm": name, "extend": composite.extend} if name else None


def _logs(alarm: Alarm, index: _Index) -> LogsEntry | None:
    """The metric filter that an alarm of or about one account counts, and whether the hub may read its lines."""
    if alarm.side is not Side.MEMBERS and not alarm.account and not alarm.is_of_hub:
        return None
    metric_filter = index.filters.get(alarm.counted or "")
    group = index.log_groups.get(metric_filter.log_group) if metric_filter else None
    if not metric_filter or not group:
        return None
    entry: LogsEntry = {
        "log_group": as_written(of_account(group.name, joined(IN_PLACE["account_id"]))),
        "pattern": metric_filter.pattern,
        "query": log_query(metric_filter),
        "readable": group.key in index.readable,
    }
    if differing(group.name):
        entry["log_groups"] = _names(group, index)
    return entry


def _names(group: LogGroup, index: _Index) -> dict[str, str]:
    """The log group's name by account ID, where its name differs by account. In accounts that the file does not name
    it has the account ID where the others have theirs.
    """
    having = (account for account in index.accounts if has(group.placement, account.name))
    return {account.id: as_written(of_account(group.name, account)) for account in having}


def log_query(metric_filter: MetricFilter) -> str:
    """A Logs Insights query for what a metric filter counts; for all lines where its pattern is not one plain term."""
    term = _ONE_TERM.fullmatch(metric_filter.pattern.strip())
    like = f"| filter @message like {term[0]} " if term else ""
    return f"{QUERY} {like}| {LATEST}"

"""What the incident function has to know of this estate: shipped inside its package as routing.json."""

from __future__ import annotations

import base64
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
from generator.model.incidents import Incidents, Quiet
from generator.model.logs import LogGroup, MetricFilter
from generator.model.placement import has
from generator.model.routing import AlarmSeverity, Channel, RouteRule
from generator.model.stack_values import IN_PLACE, as_written, differing, joined, of_account
from generator.model.time_zones import time_zone_rules
from generator.render.json_rows import json_rows
from generator.render.words import condition_in_words

ROUTING_VERSION = 4
# The name of the check in its findings: the incident function looks it up.
TAG_COMPLIANCE = "tag-compliance"
QUERY = "fields @timestamp, @message, @logStream"
LATEST = "sort @timestamp desc | limit 50"
_ONE_TERM = re.compile(r'"([^"\\]+)"')


def routing_json(estate: Estate) -> bytes:
    """Alarm name to severity, people and runbook; channels without secrets' values; account ids to names."""
    index = _index(estate)
    overview = next((dashboard.name for dashboard in estate.dashboards if dashboard.overview), None)
    findings = _findings(estate)
    data = {
        "version": ROUTING_VERSION,
        "project": estate.project,
        "environment": estate.environment,
        "hub": {"account": estate.hub.account, "region": estate.hub.region},
        "reopen_within": estate.incidents.reopen_within,
        "evidence": estate.incidents.evidence,
        "incidents": _incidents(estate.incidents),
        **({"dashboard": overview} if overview else {}),
        "accounts": {account.id: account.name for account in estate.accounts} | {estate.hub.account: "hub"},
        "accounts_closed": not estate.organizational_units,
        "routes": {route.severity: list(route.channels) for route in estate.routes},
        **_rules(estate),
        "channels": {channel.name: channel_entry(channel) for channel in estate.channels},
        "alarms": {alarm.name: _alarm(alarm, index) for alarm in sorted(_alarms(estate), key=lambda a: a.name)},
        **({"findings": findings} if findings else {}),
    }
    return json_rows(data).encode()


@dataclass(frozen=True, slots=True)
class _Index:
    """What is looked up for each alarm. ids: of accounts by their names. names: of alarms by side and by what rules
    call them. readable: the keys of the log groups whose lines the hub may read.
    """

    accounts: tuple[Account, ...]
    ids: Mapping[str, str]
    filters: Mapping[str, MetricFilter]
    log_groups: Mapping[str, LogGroup]
    names: Mapping[tuple[Side, str], str]
    readable: frozenset[str]


def _index(estate: Estate) -> _Index:
    both: tuple[Alarm | Composite, ...] = (*estate.composites, *reversed(estate.alarms))
    return _Index(
        estate.accounts,
        {account.name: account.id for account in estate.accounts},
        {one.key: one for one in estate.metric_filters},
        {one.key: one for one in estate.log_groups},
        {(alarm.side, alarm.key): alarm.name for alarm in both},
        frozenset(one.key for one in estate.log_groups if estate.incidents.quotes_logs and estate.may_read(one)),
    )


def _alarms(estate: Estate) -> Iterator[Alarm | Composite]:
    yield from (alarm for alarm in estate.alarms if not alarm.everywhere_disabled)
    yield from estate.composites


def _rules(estate: Estate) -> dict[str, Any]:
    """The rules as they are, with accounts by id, and the labels and units that they ask for: what 20,000 alarms in
    1,000 accounts are routed by must not be written for each alarm and account.
    """
    if not estate.route_rules:
        return {}
    ids = {account.name: account.id for account in estate.accounts} | {HUB_ACCOUNT: estate.hub.account}
    asked = {name for rule in estate.route_rules for name, _ in rule.when}
    given = {account.id: {n: word for n, word in account.attributes if n in asked} for account in estate.accounts}
    return {
        "rules": [_rule(rule, ids) for rule in estate.route_rules],
        "labels": {id_: labels for id_, labels in sorted(given.items()) if labels},
    }


def _rule(rule: RouteRule, ids: Mapping[str, str]) -> dict[str, Any]:
    silent = {"ok": False} if rule.silent_end else {}
    later = {} if rule.later is None else {"later": rule.later}
    return {"when": _condition(rule, ids), "to": list(rule.channels), **later, **silent}


def _condition(rule: RouteRule, ids: Mapping[str, str]) -> dict[str, list[str]]:
    """An account of another environment is none here."""
    return {
        name: [ids[word] for word in words if word in ids] if name == "account" else list(words)
        for name, words in rule.when
    }


def _incidents(incidents: Incidents) -> dict[str, Any]:
    """How alarms become incidents, as handlers/incident/grouping_policy.py reads it."""
    group, storm, flapping = incidents.group, incidents.storm, incidents.flapping
    return {
        "group": {
            "by": list(group.by),
            "wait_seconds": dict(group.wait),
            "update_every_seconds": group.update_every,
            "collect_seconds": group.collect,
        },
        "storm": storm
        and {
            "environment_per_minute": storm.above,
            "account_per_minute": storm.account,
            "own_pages": storm.own_pages,
            "calm_seconds": storm.calm,
            "split": storm.split,
            "severity": storm.severity,
        },
        "flapping": flapping
        and {
            "repeats": flapping.repeats,
            "within_seconds": flapping.within,
            "every_seconds": flapping.every,
            "page_every_seconds": flapping.page_every,
        },
        "remind_seconds": dict(incidents.remind),
        "escalate": {one.severity: {"after_seconds": one.after, "to": list(one.to)} for one in incidents.escalate},
        "acknowledge": list(incidents.acknowledge),
        **_quiet(incidents.quiet),
    }


def _quiet(quiet: Quiet | None) -> dict[str, Any]:
    """With the rules of the time zone, so that the function has those that the build had."""
    if quiet is None:
        return {}
    rules = "" if quiet.time_zone == "UTC" else base64.b64encode(time_zone_rules(quiet.time_zone)).decode()
    return {
        "quiet": {
            "severities": list(quiet.severities),
            "begins_minute": quiet.begins,
            "ends_minute": quiet.ends,
            "time_zone": quiet.time_zone,
            **({"zone_rules": rules} if rules else {}),
        }
    }


def channel_entry(channel: Channel) -> dict[str, Any]:
    """What a function that calls the channel has to know; never the value of its secret."""
    secret = {"secret": channel.secret} if channel.secret else {}
    return {"type": channel.type, **secret, **dict(channel.settings), "delivery": asdict(channel.delivery)}


def _alarm(alarm: Alarm | Composite, index: _Index) -> dict[str, Any]:
    entry: dict[str, Any] = {"severity": _severity(alarm)}
    for name in ("summary", "runbook", "owner", "service", "objective"):
        if getattr(alarm, name):
            entry[name] = getattr(alarm, name)
    if alarm.parts_of:
        entry["parts_of"] = list(alarm.parts_of)
    if alarm.page_again:
        entry["page_again_seconds"] = alarm.page_again
    if alarm.silent_end:
        entry["ok"] = False
    if isinstance(alarm, Composite):
        return {**entry, **_by_account(dict(alarm.severity_by_account), index.ids), **_suppressor(alarm, index)}
    if alarm.alone:
        entry["alone"] = True
    if alarm.level_of:
        entry["level_of"] = alarm.level_of
    if not alarm.variants and not alarm.regional:
        entry["condition"] = condition_in_words(alarm.tuning, alarm)
    if alarm.account:
        entry["account"] = alarm.account
    differing = {v.account: v.tuning.severity for v in alarm.variants if v.tuning.severity != _severity(alarm)}
    return {**entry, **_by_account(differing, index.ids), **_logs(alarm, index)}


def severities_by_account(severities: Mapping[str, AlarmSeverity], estate: Estate) -> dict[str, Any]:
    """An entry's field, or nothing. severities: of the accounts, by name, that have another one than the rest."""
    return _by_account(severities, {account.name: account.id for account in estate.accounts})


def _by_account(severities: Mapping[str, AlarmSeverity], ids: Mapping[str, str]) -> dict[str, Any]:
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


def _suppressor(composite: Composite, index: _Index) -> dict[str, Any]:
    """The function has to know it, because CloudWatch holds the actions of a suppressed alarm, not its events."""
    name = index.names.get((composite.side, composite.suppressor)) if composite.suppressor else None
    return {"suppressor": {"alarm": name, "extend": composite.extend}} if name else {}


def _logs(alarm: Alarm, index: _Index) -> dict[str, Any]:
    """The metric filter that an alarm of or about one account counts, and whether the hub may read its lines."""
    if alarm.side is not Side.MEMBERS and not alarm.account and not alarm.is_of_hub:
        return {}
    counted = index.filters.get(alarm.counted or "")
    group = index.log_groups.get(counted.log_group) if counted else None
    if not counted or not group:
        return {}
    return {
        "logs": {
            **_names(group, index),
            "pattern": counted.pattern,
            "query": log_query(counted),
            "readable": group.key in index.readable,
        }
    }


def _names(group: LogGroup, index: _Index) -> dict[str, Any]:
    """The log group's name, with `{account_id}` and `{region}` where it leans on them; by account id where it is
    another one in each that the file names. Others are called by their ids.
    """
    later = joined(IN_PLACE["account_id"])
    names = {"log_group": as_written(of_account(group.name, later))}
    if not differing(group.name):
        return names
    having = (account for account in index.accounts if has(group.placement, account.name))
    return {**names, "log_groups": {one.id: as_written(of_account(group.name, one)) for one in having}}


def log_query(counted: MetricFilter) -> str:
    """A Logs Insights query for what a metric filter counts; for all lines where its pattern is not one plain term."""
    term = _ONE_TERM.fullmatch(counted.pattern.strip())
    like = f"| filter @message like {term[0]} " if term else ""
    return f"{QUERY} {like}| {LATEST}"

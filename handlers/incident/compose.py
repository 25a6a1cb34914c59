"""From an incident to the words: the report that every channel renders in its own form; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from handlers.common.console_links import cloudwatch, insights
from handlers.common.partitions import log_group_arn
from handlers.incident.events import Change, Key
from handlers.incident.finding import Finding, check_of
from handlers.incident.finding_words import unknown, unlinked
from handlers.incident.records import Incident
from handlers.incident.report import Report, Step
from handlers.incident.routing import Routing

# How much of the log a link shows around the state change, in milliseconds.
BEFORE_MS, AFTER_MS = 900_000, 300_000


def report(incident: Incident, step: Step, routing: Routing, lines: tuple[str, ...] = ()) -> Report:
    """What is sent in one step, as the incident stands. lines: log lines, for Step.EVIDENCE."""
    key = incident.key
    about = routing.about(key)
    state, at = incident.state, incident.changed_at
    if step in (Step.OPEN, Step.REPEAT, Step.CHANGED, Step.ADDED):
        state, at = "ALARM", incident.alarm_at
    elif step is Step.RESOLVE:
        state, at = "OK", incident.ended or incident.changed_at
    finding = _finding(incident, step)
    summary = unlinked(finding.title) if finding else str(about.get("summary") or key.alarm)
    return Report(
        step=step,
        episode=incident.id,
        alarm=key.alarm,
        state=state,
        severity=incident.severity,
        account=routing.place(key).account,
        account_name=routing.account_name(key),
        region=key.region,
        environment=routing.environment,
        project=routing.project,
        summary=summary,
        reason=incident.note if finding else _reason(incident, state),
        since=moment(incident.opened),
        at=moment(at),
        count=max(1, incident.alarm_count),
        measured=_measured(incident.measured, str(about.get("condition", ""))),
        owner=str(about.get("owner", "")),
        runbook=str(about.get("runbook", "")),
        links=links(key, at, routing, finding.link if finding else ""),
        lines=lines,
        revision=incident.revision,
        finding=finding,
    )


def _finding(incident: Incident, step: Step) -> Finding | None:
    """What is said of a finding; when it ends, what the check said then, and the link all the same."""
    name = incident.key.alarm
    if not check_of(name):
        return None
    found = incident.finding or unknown(name)
    if step is not Step.RESOLVE:
        return found
    return replace(incident.closing or replace(found, action=""), link=found.link)


def _reason(incident: Incident, state: str) -> str:
    reason = (incident.alarm_reason if state == "ALARM" else "") or incident.reason or "no reason in the event"
    return f"{reason} ({incident.note})" if incident.note else reason


def moment(at: int) -> str:
    """`2026-11-20T10:00:00Z`."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _measured(measured: str, condition: str) -> str:
    return "; ".join(part for part in (measured, f"fires when {condition}" if condition else "") if part)


def links(key: Key, at: int, routing: Routing, found: str = "") -> tuple[tuple[str, str], ...]:
    """The alarm or what was found, the dashboard, the log query; they open in whichever account the reader is signed in
    to. found: the finding's own link.
    """
    made: list[tuple[str, str]] = [("Console", found)] if found else []
    if routing.knows(key.alarm) and not check_of(key.alarm):
        made.append(("Alarm", cloudwatch(key.region, f"alarmsV2:alarm/{quote(key.alarm, safe='')}")))
    made.append(("Dashboard", dashboard_link(routing, key)))
    query = routing.log_query(key)
    if query:
        source = query.log_group
        if query.readable:
            source = log_group_arn(key.region, routing.place(key).account, query.log_group)
        made.append(("Log query", insights(key.region, source, query.query, at - BEFORE_MS, at + AFTER_MS)))
    return tuple((name, address) for name, address in made if address)


def dashboard_link(routing: Routing, key: Key | None = None) -> str:
    """The dashboard in the console, of what was found or the overview; empty where there is none."""
    dashboard = routing.dashboard(key)
    return cloudwatch(routing.hub_region, f"dashboards/dashboard/{quote(dashboard, safe='')}") if dashboard else ""


def told_late(change: Change, now: int) -> int:
    """Milliseconds from the state change to now; never less than nothing, whatever the clocks say."""
    return max(0, now - change.at)

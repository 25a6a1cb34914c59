"""From an incident to the words: the report that every channel renders in its own form; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from handlers.common.console_links import cloudwatch, insights
from handlers.common.event_names import plain_name
from handlers.common.partitions import log_group_arn
from handlers.incident.contributor import alarm_of
from handlers.incident.event_rules import EVENTS
from handlers.incident.events import Change, Key
from handlers.incident.finding import Finding, check_of
from handlers.incident.message.finding_words import quiet_end, unknown, unlinked
from handlers.incident.message.report import MemberLine, Report, Step, more_alarms
from handlers.incident.routing import Routing
from handlers.incident.state.records import MOST_LABELS, SEVERITIES, Incident, Kind, Member

# How much of the log a link shows around the state change, in milliseconds.
BEFORE_MS, AFTER_MS = 900_000, 300_000
MINUTE_MS = 60_000
# Kinds of what is counted, in reading order, and how many labels of each are shown.
KINDS = ("severity", "service", "account")
LABELS = 5


def report(
    incident: Incident, step: Step, routing: Routing, lines: tuple[str, ...] = (), *, now: int | None = None
) -> Report:
    """What is sent in one step, as the incident stands. lines: log lines, for Step.EVIDENCE. now: milliseconds since
    1970; by default the time of its latest change.
    """
    now = incident.changed_at if now is None else now
    key = incident.key
    definition = routing.definition(key)
    state, at = incident.state, incident.changed_at
    if step in (Step.OPEN, Step.REPEAT, Step.CHANGED, Step.ADDED):
        state, at = "ALARM", incident.alarm_at
    elif step is Step.RESOLVE:
        state, at = "OK", incident.ended or incident.changed_at
    policy = routing.grouping
    finding = _finding(incident, step)
    storm = incident.kind is Kind.STORM
    summary = unlinked(finding.title) if finding else definition.get("summary") or key.alarm
    message = Report(
        step=step,
        episode=incident.id,
        alarm=key.alarm,
        state=state,
        severity=incident.severity,
        account=routing.location(key).account,
        account_name=routing.account_name(key),
        region=key.region,
        environment=routing.environment,
        project=routing.project,
        summary=summary,
        reason=_finding_note(incident, step, routing) if finding else _reason(incident, state),
        note=incident.note if storm else "",
        since=format_utc(incident.opened),
        at=format_utc(at),
        count=max(1, incident.alarm_count),
        measured=_value_text(incident.measured, definition.get("condition", "")),
        owner=definition.get("owner", ""),
        runbook=definition.get("runbook", ""),
        links=() if storm else links_of(key, at, routing, finding.link if finding else ""),
        lines=lines,
        revision=incident.revision,
        finding=None if storm else finding,
        flapping=policy.flapping.times(incident.repeats) if policy.flapping else 0,
        flapping_minutes=policy.flapping.within_ms // MINUTE_MS if policy.flapping else 0,
        acknowledged=_acknowledgement_text(incident, now),
        reminded=format_utc(incident.reminded_at) if step is Step.REMINDER else "",
        service=definition.get("service", ""),
    )
    return _with_members(message, incident, routing) if is_about_several(incident) else message


def is_about_several(incident: Incident) -> bool:
    """Whether messages are about several alarms; a group of one is as its alarm alone."""
    return incident.kind is Kind.STORM or (incident.kind is Kind.GROUP and incident.members > 1)


def _with_members(message: Report, incident: Incident, routing: Routing) -> Report:
    """With what is said of its members."""
    summary = incident.summary
    is_worse = message.step is Step.REPEAT and bool(incident.repeats) and incident.alarm_at not in incident.repeats
    return replace(
        message,
        kind_of_incident=str(incident.kind),
        members=tuple(_member(member, routing) for member in summary.members) if summary else (),
        total=max(1, incident.members),
        open_total=incident.open_members,
        muted=incident.muted,
        counts=shown_counts(summary.counts if summary else {}),
        size=size(incident) if incident.kind is Kind.STORM else "",
        is_worse=is_worse,
        newest=_newest(incident, routing) if is_worse else "",
        links=message.links or tuple((name, url) for name, url in [("Dashboard", dashboard_link(routing))] if url),
    )


def _newest(incident: Incident, routing: Routing) -> str:
    """The alarm because of which it is worse; empty where it is not among those that are listed."""
    members = incident.summary.members if incident.summary else ()
    worst = [member for member in members if member.ended is None and member.severity == incident.severity]
    if not worst:
        return ""
    key = max(worst, key=lambda member: (member.alarm_at, member.opened)).key
    return f"{plain_name(key.alarm)} in {routing.account_name(key)} ({key.region})"


def _member(member: Member, routing: Routing) -> MemberLine:
    """One that went on by itself when a storm was split has ended in another state than OK."""
    moved = member.ended is not None and member.state != "OK"
    return MemberLine(
        "has its own incident" if moved else "OK" if member.ended is not None else member.state,
        member.severity,
        plain_name(member.key.alarm),
        routing.account_name(member.key),
        member.key.region,
        format_utc(member.opened),
        max(1, member.alarm_count),
        member.measured,
    )


def size(incident: Incident) -> str:
    """Of a storm: `412 alarms of 23 services in 4 accounts`."""
    number = max(1, incident.members)
    services, accounts = (_how_many(incident, kind) for kind in ("service", "account"))
    of_services = f" of {services}" if services else ""
    return f"{number} alarm{'' if number == 1 else 's'}{of_services}{f' in {accounts}' if accounts else ''}"


def _how_many(incident: Incident, kind: str) -> str:
    counts = incident.summary.counts if incident.summary else {}
    number = sum(label.startswith(f"{kind}:") for label in counts)
    if not number:
        return ""
    more = "or more " if number >= MOST_LABELS else ""
    return f"{number} {more}{kind}{'' if number == 1 else 's'}"


def shown_counts(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Severities as they weigh, then the services and accounts with the most. counts: `service:checkout` to number."""
    result: list[tuple[str, int]] = []
    for kind in KINDS:
        of_kind = [(key.partition(":")[2], number) for key, number in counts.items() if key.startswith(f"{kind}:")]
        if kind == "severity":
            of_kind.sort(key=lambda pair: SEVERITIES.index(pair[0]) if pair[0] in SEVERITIES else len(SEVERITIES))
            result += of_kind
            continue
        of_kind.sort(key=lambda pair: (-pair[1], pair[0]))
        result += [(f"{kind} {label}", number) for label, number in of_kind[:LABELS]]
    return tuple(result)


def subject(incident: Incident, routing: Routing) -> str:
    """What a list calls it: the alarm and where, how many more there are, or how large a storm is."""
    key = incident.key
    if incident.kind is Kind.STORM:
        return size(incident)
    what = unlinked((incident.finding or unknown(key.alarm)).title) if check_of(key.alarm) else key.alarm
    more = more_alarms(incident.members) if is_about_several(incident) else ""
    return f"{what} in {routing.account_name(key)} ({key.region}){more}"


def _acknowledgement_text(incident: Incident, now: int) -> str:
    acknowledgement = incident.acknowledgement
    if acknowledgement is None or not acknowledgement.holds(incident, now):
        return ""
    until = f" until {format_utc(acknowledgement.until)}" if acknowledgement.until is not None else ""
    return f"{acknowledgement.by}, at {format_utc(acknowledgement.at)}{until}"


def _finding(incident: Incident, step: Step) -> Finding | None:
    """What is said of a finding; when it ends, what the check said then, and the link all the same."""
    name = incident.key.alarm
    if not check_of(name):
        return None
    finding = incident.finding or unknown(name)
    if step is Step.RESOLVE:
        closing = incident.closing or replace(finding, action="")
        finding = replace(closing, title=closing.title or finding.title, link=finding.link)
    if incident.events <= 1:
        return finding
    events = f"{incident.events}, the latest at {format_utc(incident.alarm_at)}"
    return replace(finding, facts=(*finding.facts, (EVENTS, events)))


def _finding_note(incident: Incident, step: Step, routing: Routing) -> str:
    """How it came about, and why it is over where neither a check nor an event says so."""
    if step is not Step.RESOLVE or incident.closing:
        return incident.note
    after = routing.ends_after(incident.key)
    why = incident.reason or (quiet_end(after) if after is not None else "")
    return f"{incident.note} ({why})" if incident.note and why else incident.note or why


def _reason(incident: Incident, state: str) -> str:
    reason = (incident.alarm_reason if state == "ALARM" else "") or incident.reason or "no reason in the event"
    # Of several alarms the mutes are named by themselves.
    note = "" if incident.muted and is_about_several(incident) else incident.note
    return f"{reason} ({note})" if note else reason


def format_utc(at: int) -> str:
    """`2026-11-20T10:00:00Z`."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _value_text(measured: str, condition: str) -> str:
    return "; ".join(part for part in (measured, f"fires when {condition}" if condition else "") if part)


def links_of(key: Key, at: int, routing: Routing, console_link: str = "") -> tuple[tuple[str, str], ...]:
    """The alarm or what was found, the dashboard, the log query; they open in whichever account the reader is signed in
    to. found: the finding's own link.
    """
    pairs: list[tuple[str, str]] = [("Console", console_link)] if console_link else []
    if routing.knows(key.alarm) and not check_of(key.alarm):
        pairs.append(("Alarm", cloudwatch(key.region, f"alarmsV2:alarm/{quote(alarm_of(key.alarm), safe='')}")))
    pairs.append(("Dashboard", dashboard_link(routing, key)))
    query = routing.log_query(key)
    if query:
        source = query.log_group
        if query.readable:
            source = log_group_arn(key.region, routing.location(key).account, query.log_group)
        pairs.append(("Log query", insights(key.region, source, query.query, at - BEFORE_MS, at + AFTER_MS)))
    return tuple((name, address) for name, address in pairs if address)


def dashboard_link(routing: Routing, key: Key | None = None) -> str:
    """The dashboard in the console, of what was found or the overview; empty where there is none."""
    dashboard = routing.dashboard(key)
    return cloudwatch(routing.hub_region, f"dashboards/dashboard/{quote(dashboard, safe='')}") if dashboard else ""


def delay_ms(change: Change, now: int) -> int:
    """Milliseconds from the state change to now; never less than nothing, whatever the clocks say."""
    return max(0, now - change.at)

"""Records as the API shows them: the words of the OpenAPI document; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from handlers.api.times import HOUR_MS, iso, iso_or_none
from handlers.api.world import Mute
from handlers.common.event_names import plain_name
from handlers.events.records import Agent, Count, Error, Event, Source, State

Data = dict[str, Any]
Names = Mapping[str, str]
# Hours of an error's counts; log groups, lines and names of alarms that are shown.
HOURS = 24
MOST_SHOWN = 20


def location_data(source: Source, names: Names) -> Data:
    """An account and a Region. The name is empty where the build does not know the account."""
    return {"account": source.account, "account_name": names.get(source.account, ""), "region": source.region}


def state_of(event: Event, now: int) -> State:
    """The state of an event: ignored until a time that is over, it is new again."""
    return State.NEW if event.state is State.IGNORED and event.ignore_until <= now else event.state


def event_data(event: Event, names: Names, now: int) -> Data:
    """An event."""
    body = event.body
    state = state_of(event, now)
    return {
        "id": event.id,
        "type": str(event.type),
        **location_data(event.source, names),
        "at": iso(event.at),
        "severity": event.severity,
        "title": event.title,
        "subject": event.subject,
        "state": str(state),
        **_decision(event.state_at, event.state_by),
        "ignored_until": iso(event.ignore_until) if state is State.IGNORED else None,
        "service": str(body.get("service", "")),
        "owner": str(body.get("owner", "")),
        "runbook": str(body.get("runbook", "")),
        "link": str(body.get("link", "")),
        "facts": [{"name": str(name), "value": str(value)} for name, value in body.get("facts", ())],
        "lines": [str(line) for line in body.get("lines", ())],
    }


def error_data(error: Error, names: Names) -> Data:
    """An error, as lists have it."""
    return {
        "fingerprint": error.fingerprint,
        "kind": error.kind,
        "title": error.title,
        "state": str(error.state),
        **_decision(error.state_at, error.state_by),
        "ignored": _ignored(error),
        "merged_into": error.alias or None,
        "first_seen": iso(error.first_seen),
        "last_seen": iso(error.last_seen),
        "sources": [location_data(source, names) for source in error.sources],
        "service": error.service,
        "owner": error.owner,
        "runbook": error.runbook,
    }


def error_details(error: Error, counts: Sequence[Count], links: Iterable[Data], names: Names, now: int) -> Data:
    """An error with all that is known of it. counts: of its last HOURS."""
    hours = counts_by_hour(counts, now)
    return {
        **error_data(error, names),
        "shape": error.shape,
        "sample": error.sample,
        "source_path": error.source_path,
        "log_groups": list(error.groups[:MOST_SHOWN]),
        "merged": list(error.merged),
        "learned": iso_or_none(error.learned),
        "count": sum(hour["count"] for hour in hours),
        "exact": all(hour["exact"] for hour in hours),
        "hours": hours,
        "links": list(links),
    }


def first_hour(now: int) -> int:
    """When the first of the HOURS begins that end with the present one."""
    return now // HOUR_MS * HOUR_MS - (HOURS - 1) * HOUR_MS


def counts_by_hour(counts: Iterable[Count], now: int) -> list[Data]:
    """Each of the HOURS with how often the error occurred, the earliest first; 0 where it did not."""
    start = first_hour(now)
    total, exact = [0] * HOURS, [True] * HOURS
    for count in counts:
        hour = (count.start - start) // HOUR_MS
        if 0 <= hour < HOURS:
            total[hour] += count.count
            exact[hour] &= count.exact
    return [{"hour": iso(start + hour * HOUR_MS), "count": total[hour], "exact": exact[hour]} for hour in range(HOURS)]


def incident_data(incident: Mapping[str, Any], names: Names) -> Data:
    """An incident. subject: the alarm, `<check>/<subject>` of a finding, or `<rule>: <subject>` of an event rule."""
    key = incident["key"]
    finding = incident.get("finding") or {}
    return {
        "id": incident["id"],
        "subject": plain_name(key["alarm"]),
        **location_data(Source(key["account"], key["region"]), names),
        "severity": incident["severity"],
        "state": "open" if incident.get("ended") is None else "ended",
        "title": str(finding.get("title", "")),
        "reason": incident.get("reason", ""),
        "opened": iso(incident["opened"]),
        "changed": iso(incident["changed_at"]),
        "ended": iso(incident["ended"]) if incident.get("ended") is not None else None,
        "alarms": incident.get("alarm_count", 1),
        "muted_until": iso(incident["muted_until"]) if incident.get("withheld_from") else None,
        "muted": _muted(incident),
    }


def _muted(incident: Mapping[str, Any]) -> str:
    """Which mutes withhold it, or withheld it before people were notified of it; empty for none."""
    is_withheld = bool(incident.get("withheld_from"))
    note = incident.get("note", "") if is_withheld or incident.get("released_at") else ""
    return str(incident.get("muted") or note.removeprefix("Muted "))


def mute_data(mute: Mute, names: Names) -> Data:
    """A mute, with MOST_SHOWN of its alarms."""
    return {
        "id": mute.id,
        "by": mute.by,
        "reason": mute.reason,
        "begun": iso(mute.at),
        "until": iso(mute.end),
        "accounts": [{"account": account, "account_name": names.get(account, "")} for account in mute.accounts],
        "alarms": list(mute.alarms[:MOST_SHOWN]),
        "alarm_count": len(mute.alarms),
    }


def agent_data(agent: Agent, names: Names) -> Data:
    """An agent, with what it said of its latest window."""
    body = agent.body
    return {
        **location_data(agent.source, names),
        "status": str(agent.status),
        "status_at": iso(agent.status_at),
        "reason": agent.reason,
        "version": agent.agent_version,
        "registered_at": iso_or_none(agent.registered_at),
        "heartbeat_at": iso_or_none(agent.heartbeat_at),
        "window_end": iso_or_none(agent.window_end),
        "learned": iso_or_none(agent.learned),
        "log_groups": _whole(body.get("log_groups")),
        "rows": _whole(body.get("rows")),
        "failed": [str(entry) for entry in _listed(body.get("failed"))],
        "unavailable": [str(entry) for entry in _listed(body.get("unavailable"))],
        "unhealthy": [str(entry) for entry in _listed(body.get("unhealthy"))],
    }


def _decision(at: int, by: str) -> Data:
    """When the state was decided, and by whom; nothing for a new one."""
    return {"state_at": iso_or_none(at), "state_by": by}


def _ignored(error: Error) -> Data | None:
    if error.state is not State.IGNORED:
        return None
    return {
        "until": iso_or_none(error.ignore_until),
        "until_count": error.ignore_count or None,
        "within_seconds": error.ignore_window // 1000 or None,
    }


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _listed(value: Any) -> list[Any]:
    return list(value)[:MOST_SHOWN] if isinstance(value, list | tuple) else []

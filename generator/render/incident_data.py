"""Incidents and what is owed of them as data, for `--format json`; pure. Times are as in the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.render.incident_words import is_well
from generator.rollout.operate.incident_items import OWED, Acknowledgement, Delivery, Incident
from generator.rollout.operate.incident_state import IncidentSnapshot, LostDelivery
from generator.wording import format_utc


def as_data(snapshot: IncidentSnapshot, names: Mapping[str, str]) -> dict[str, Any]:
    """The same as data; times as in the text."""
    return {
        "now": format_utc(snapshot.now),
        "well": is_well(snapshot),
        "open": [
            {
                **_incident(one, names),
                "acknowledged": _acknowledgement(snapshot.acknowledgements.get(one.id), one, snapshot.now),
                "deliveries": [_delivery(row, one) for row in snapshot.deliveries.get(one.id, ())],
            }
            for one in snapshot.open
        ],
        "owed": [
            {**_delivery(one.delivery, one.incident), "due": format_utc(one.due_at), **_of(one.incident, names)}
            for one in snapshot.owed
        ],
        "given_up_or_refused": [lost_data(one, names) for one in snapshot.lost],
        "channels": [
            {
                "name": one.name,
                "down_since": _maybe(one.down_since),
                "next_call": _maybe(max(one.probe_at, one.not_before)),
                "failures": one.failures,
                "calls_a_minute": one.rate or None,
                "reason": one.reason,
            }
            for one in snapshot.channels
        ],
        "parked": [
            {"alarm": one.alarm, "account": one.account, "region": one.region, "at": format_utc(one.at)}
            for one in snapshot.parked
        ],
        "not_all_of": sorted(snapshot.cut),
    }


def lost_data(lost: LostDelivery, names: Mapping[str, str]) -> dict[str, Any]:
    """One that was given up or refused, as data."""
    return {**_delivery(lost.delivery, lost.incident), "at": format_utc(lost.at), **_of(lost.incident, names)}


def _of(incident: Incident | None, names: Mapping[str, str]) -> dict[str, Any]:
    return {"of": _incident(incident, names) if incident else None}


def _incident(incident: Incident, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "incident": incident.id,
        "kind": incident.kind,
        "alarm": incident.alarm,
        "finding": incident.title or None,
        "account": incident.account,
        "account_name": names.get(incident.account),
        "region": incident.region,
        "severity": incident.severity,
        "state": incident.state,
        "since": format_utc(incident.changed_at),
        "opened": format_utc(incident.opened),
        "ended": _maybe(incident.ended or 0),
        "times_in_alarm": incident.alarm_count,
        "events": incident.events,
        "alarms": max(1, incident.members),
        "alarms_not_ok": incident.open_members if incident.members else int(incident.ended is None),
        "reason": incident.reason,
        "muted_until": _maybe(incident.muted_until) if incident.is_withheld else None,
        "channels": list(incident.recipients),
    }


def _acknowledgement(acknowledgement: Acknowledgement | None, incident: Incident, now: int) -> dict[str, Any] | None:
    if acknowledgement is None:
        return None
    return {
        "by": acknowledgement.by,
        "at": format_utc(acknowledgement.at),
        "until": _maybe(acknowledgement.until or 0),
        "counts": acknowledgement.holds(incident, now),
    }


def _delivery(delivery: Delivery, incident: Incident | None) -> dict[str, Any]:
    waits = delivery.status == OWED and incident is not None
    return {
        "incident": delivery.incident,
        "channel": delivery.channel,
        "status": delivery.status,
        "sent": delivery.state or None,
        "in_a_digest": delivery.is_digested,
        "reference": delivery.reference or None,
        "waits_since": format_utc(delivery.waits_since(incident)) if waits and incident else None,
        "attempts": delivery.attempts,
        "not_before": _maybe(delivery.not_before),
        "reason": delivery.reason or None,
    }


def _maybe(at: int) -> str | None:
    return format_utc(at) if at else None

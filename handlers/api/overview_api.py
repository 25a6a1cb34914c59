"""Operations on incidents and agents, and the summary of everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from handlers.api import incident_rows
from handlers.api.events_api import beginning, bounds, listing_of
from handlers.api.openapi import Call
from handlers.api.paging import Listing, collect, cursor_of, position_of
from handlers.api.request import Answer
from handlers.api.times import iso
from handlers.api.views import agent_data, incident_data, mute_data
from handlers.api.world import World
from handlers.events.records import Error
from handlers.events.store_items import position

T = TypeVar("T")
# So much of each list is counted; what is beyond makes the summary one of at least so many.
MOST_COUNTED = 500


def list_incidents(call: Call, world: World) -> Answer:
    """GET /v1/incidents: the latest first."""
    state = call.values["state"]
    known = position_of(call, world) or {"after": ""}
    incidents, after = collect(_incidents(state, world), known["after"], call.values["limit"])
    cursor = cursor_of({"after": after}, call, world) if after else None
    return Answer(
        200, {"incidents": [incident_data(incident, world.names) for incident in incidents], "next_cursor": cursor}
    )


def list_mutes(_call: Call, world: World) -> Answer:
    """GET /v1/mutes: those in force, by their ends."""
    return Answer(200, {"mutes": [mute_data(mute, world.names) for mute in world.mutes.in_force(world.now())]})


def list_agents(_call: Call, world: World) -> Answer:
    """GET /v1/agents: all of them, by account and Region."""
    return Answer(200, {"agents": [agent_data(agent, world.names) for agent in world.store.agents()]})


def get_summary(call: Call, world: World) -> Answer:
    """GET /v1/summary: counts of everything, of a bounded number of each."""
    start, end = bounds(call.values, world.now(), world.keep_days)
    everything = start < end
    events, more_events = (
        collect(listing_of(start, end, lambda _: True, world), beginning(end), MOST_COUNTED) if everything else ([], "")
    )
    errors, more_errors = _errors(start, end, world) if everything else ([], "")
    incidents, more_incidents = collect(_incidents("open", world), "", MOST_COUNTED)
    data = {
        "from": iso(start),
        "to": iso(max(start, end)),
        "complete": not (more_events or more_errors or more_incidents),
        "events": {
            "total": len(events),
            "by_type": _counts(event.type for event in events),
            "by_severity": _counts(event.severity for event in events),
        },
        "errors": {
            "total": len(errors),
            "new": sum(error.first_seen >= start for error in errors),
            "by_state": _counts(error.state for error in errors),
            "by_kind": _counts(error.kind for error in errors),
        },
        "incidents": {
            "open": len(incidents),
            "by_severity": _counts(incident["severity"] for incident in incidents),
        },
        "agents": {"by_status": _counts(agent.status for agent in world.store.agents())},
    }
    return Answer(200, data)


def _incidents(state: str, world: World) -> Listing[Mapping[str, Any]]:
    return Listing(
        read=lambda after, limit: world.incidents.page(state, after, limit),
        position=incident_rows.position,
        # The index may be behind: what it lists as open may have ended.
        matches=lambda incident: (incident.get("ended") is None) == (state == "open"),
    )


def _errors(start: int, end: int, world: World) -> tuple[list[Error], str]:
    listing = Listing(
        read=lambda after, limit: world.store.recent_errors(start, after, limit),
        position=position,
        matches=lambda error: error.last_seen >= start and error.first_seen < end and not error.alias,
    )
    return collect(listing, "", MOST_COUNTED)


def _counts(words: Any) -> dict[str, int]:
    return dict(sorted(Counter(map(str, words)).items()))

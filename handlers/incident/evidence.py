"""The last log lines that an alarm counted: best effort, after the ticket, inside what time is left."""

from __future__ import annotations

from typing import Any

from handlers.common.deadline import Deadline
from handlers.common.partitions import log_group_arn
from handlers.common.redact import redact
from handlers.incident.events import Key
from handlers.incident.records import Incident, Kind
from handlers.incident.routing import LogQuery, Routing
from handlers.incident.sinks.sink import Sink

# The window in which an alarm's lines are looked for, in milliseconds around its state change.
BEFORE, AFTER = 600_000, 60_000
LINES, LINE_LIMIT, PAGES, PAGE = 5, 500, 3, 100
# A page of FilterLogEvents may take this long; with less time left it is not begun.
SECONDS_A_PAGE = 1.2


def wanted(incident: Incident, sink: Sink, routing: Routing) -> bool:
    """Whether log lines are to follow on a channel that was just notified of an incident."""
    covered = routing.evidence == "everywhere" or (routing.evidence == "tickets" and sink.tickets)
    return covered and sink.accepts_evidence and query_of(incident, routing) is not None


def query_of(incident: Incident, routing: Routing) -> LogQuery | None:
    """The metric filter whose lines may be read; None where the alarm counts none or the hub cannot read them.

    Of a group it is its lead's; a storm has lines from everywhere, and none that says more than the others.
    """
    query = routing.log_query(incident.key)
    is_hub_region = incident.key.region == routing.hub_region
    has_lines = incident.kind in (Kind.ALONE, Kind.GROUP)
    return query if query and query.readable and is_hub_region and has_lines else None


def around(incident: Incident) -> int:
    """The time around which lines are looked for: when the alarm went to ALARM first, of a group its lead."""
    members = incident.summary.members if incident.summary else ()
    return next((member.opened for member in members if member.key == incident.key), incident.opened)


def lines(client: Any, key: Key, query: LogQuery, at: int, deadline: Deadline) -> tuple[str, ...]:
    """The last matching lines, oldest first, redacted; none where there are none or the time was up.

    A page may be empty and still not the last one.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    events: list[dict[str, Any]] = []
    params: dict[str, Any] = {
        "logGroupIdentifier": log_group_arn(key.region, key.account, query.log_group),
        "filterPattern": query.pattern,
        "startTime": at - BEFORE,
        "endTime": at + AFTER,
        "limit": PAGE,
    }
    for _ in range(PAGES):
        if deadline.left < SECONDS_A_PAGE:
            break
        page = client.filter_log_events(**params)
        events += page.get("events", [])
        if "nextToken" not in page:
            break
        params["nextToken"] = page["nextToken"]
    latest = sorted(events, key=lambda event: event.get("timestamp", 0))[-LINES:]
    return tuple(redact(event["message"])[:LINE_LIMIT].rstrip() for event in latest)

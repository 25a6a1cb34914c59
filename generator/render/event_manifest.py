"""The queues of the event store, of reports and of agents in the manifest, for `redrive` and `status`."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifest import Queue
from generator.model.error_log_names import (
    AGENTS_DEAD_LETTERS,
    AGENTS_FUNCTION,
    EVENTS,
    EVENTS_DEAD_LETTERS,
    EVENTS_FUNCTION,
    REPORT_DEAD_LETTERS,
    REPORT_FUNCTION,
)
from generator.model.estate import Estate

# Purposes: of queues that functions read, and whose dead letters the others hold. A function that is called without a
# queue has none to redrive to.
EVENT_STORE, EVENT_STORE_DEAD_LETTERS = "monitoring_events", "monitoring_event_dead_letters"
REPORTS, REPORT_LETTERS = "reports", "report_dead_letters"
AGENT_LETTERS = "agent_status_dead_letters"
NOWHERE = "nowhere"


def event_queues(estate: Estate) -> Iterator[Queue]:
    """The hub's queues of events, reports and agents, as far as an environment has them."""
    if estate.events is None:
        return
    yield _queue(estate, EVENT_STORE, EVENTS)
    yield _queue(estate, EVENT_STORE_DEAD_LETTERS, EVENTS_DEAD_LETTERS, EVENTS_FUNCTION, EVENT_STORE)
    if estate.reports:
        yield _queue(estate, REPORTS, REPORT_FUNCTION)
        yield _queue(estate, REPORT_LETTERS, REPORT_DEAD_LETTERS, REPORT_FUNCTION, REPORTS)
    if estate.error_logs:
        yield _queue(estate, AGENT_LETTERS, AGENTS_DEAD_LETTERS, AGENTS_FUNCTION, NOWHERE)


def _queue(estate: Estate, purpose: str, kind: str, function: str = "", back_to: str = "") -> Queue:
    log_group = f"/aws/lambda/{estate.name(function)}" if function else ""
    return Queue(purpose, estate.name(kind), estate.hub.account, estate.hub.region, log_group, back_to)

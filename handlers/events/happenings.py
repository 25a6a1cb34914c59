"""What happened once: a task failed, something was deployed, a service does not run, an alarm changed."""

from __future__ import annotations

import logging

from handlers.events import outbox
from handlers.events.conditions import close_condition, none_yet, open_condition
from handlers.events.finding_detail import SERVICE_HEALTH, TASK_FAILURE, Content
from handlers.events.messages import MonitoringMessage
from handlers.events.meter import ProcessingDelays
from handlers.events.outputs import Outputs
from handlers.events.records import Condition, Conflict, Deployment, Event, EventType
from handlers.events.saving import TRIES
from handlers.events.wording import happening as said_of
from handlers.events.wording import over

logger = logging.getLogger(__name__)
# A task's failure is over when none followed for an hour.
QUIET_MS = 3_600_000


def handle(happening: MonitoringMessage, outputs: Outputs) -> ProcessingDelays:
    """Store it, and tell people where it is bad."""
    event = happening.event
    logger.info("event", extra={"type": event.type, "subject": event.subject, "correlation": happening.correlation})
    match event.type:
        case EventType.TASK_FAILURE:
            outputs.store.add_event(event)
            said = said_of(event, outputs.settings)
            _change(event, TASK_FAILURE, True, said, QUIET_MS, outputs)
        case EventType.HEALTH:
            is_bad = happening.state == "ALARM"
            _change(event, SERVICE_HEALTH, is_bad, _health(event, is_bad, outputs), 0, outputs)
        case EventType.DEPLOYMENT:
            outputs.store.add_event(event)
            marker = Deployment(event.source, event.at, event.subject, event.title, happening.service)
            outputs.store.add_deployment(marker)
        case _:
            outputs.store.add_event(event)
    return ProcessingDelays(happening.sent_at)


def _health(event: Event, is_bad: bool, outputs: Outputs) -> Content:
    if is_bad:
        return said_of(event, outputs.settings)
    return over(event.title, event.source, "it runs again", outputs.settings)


def _change(event: Event, check: str, is_bad: bool, said: Content, lasts: int, outputs: Outputs) -> None:
    """Open or close the condition of an event. The health of a service is said in every window: what opens and closes
    it is an event, the rest is none.
    """
    for _ in range(TRIES):
        known = outputs.store.condition(check, event.source, event.subject)
        before = known or none_yet(check, event.source, event.subject)
        after = _after(before, event.at, is_bad, said, lasts, outputs)
        if after.is_open != before.is_open:
            outputs.store.add_event(event)
        if after != before:
            try:
                after = outputs.store.save_condition(after, before.version)
            except Conflict:
                continue
        outbox.send([after], outputs)
        return
    raise Conflict(f"{check}/{event.subject}")


def _after(before: Condition, at: int, is_bad: bool, said: Content, lasts: int, outputs: Outputs) -> Condition:
    if is_bad:
        return open_condition(before, at, said, outputs.settings, lasts)
    return close_condition(before, at, said, outputs.settings)

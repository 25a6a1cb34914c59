"""What is owed to people is sent: the event's record first, then the finding, then that it was sent is written down.

Where the function ends in between, the same finding is sent again, with the same `at`, which changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from handlers.events.conditions import without_pending as settled_condition
from handlers.events.errors import with_next_due
from handlers.events.finding_detail import AGENT, ERROR_SPIKE, KIND_OF_CHECK, LAMBDA_ERROR, LOG_ERROR
from handlers.events.ids import event_id
from handlers.events.outputs import Outputs
from handlers.events.records import Condition, Conflict, Error, Event, EventType, FindingState, PendingFinding, Source
from handlers.events.settings import Settings

logger = logging.getLogger(__name__)
# Whoever writes a record meanwhile is another invocation with the same subject; there are never many.
TRIES = 5
# Tasks, services and alarms have a record of their own: what the agent or CloudWatch said.
_TYPES = {
    LOG_ERROR: EventType.ERROR,
    LAMBDA_ERROR: EventType.ERROR,
    ERROR_SPIKE: EventType.ERROR,
    AGENT: EventType.AGENT,
}


class NotSent(Exception):
    """Some findings were not taken; they are owed still."""


def send(records: Sequence[Error | Condition], outputs: Outputs) -> int:
    """Send what these records owe, and write down what was sent; how many findings were.

    Raises NotSent where some were not taken, after what is said of the others is written down.
    """
    owing = [(record, record.owed) for record in records if record.owed]
    if not owing:
        return 0
    for _, owed in owing:
        event = event_of(owed, outputs.settings)
        if event:
            outputs.store.add_event(event)
    accepted = outputs.findings.send([owed for _, owed in owing])
    for (record, owed), is_accepted in zip(owing, accepted, strict=True):
        if is_accepted:
            _settle(record, owed, outputs)
    if not all(accepted):
        raise NotSent(f"{accepted.count(False)} of {len(accepted)} findings were not accepted")
    return len(accepted)


def event_of(owed: PendingFinding, settings: Settings) -> Event | None:
    """The record of an ALARM that nothing else is a record of."""
    type_ = _TYPES.get(owed.check)
    if type_ is None or owed.state is not FindingState.ALARM:
        return None
    detail = owed.detail
    source, subject = Source(detail["account"], detail["region"]), f"{owed.check}/{detail['subject']}"
    body: dict[str, Any] = {name: detail[name] for name in ("facts", "action", "link") if detail.get(name)}
    body |= {"check": owed.check, "account_name": settings.account(source.account)}
    severity = settings.severity.get(KIND_OF_CHECK[owed.check], "")
    id_ = event_id(source, type_, subject, owed.at)
    return Event(id_, type_, source, owed.at, severity, detail["title"], detail["subject"], body)


def _settle(record: Error | Condition, owed: PendingFinding, outputs: Outputs) -> None:
    """Write down that a finding was sent, whatever else was written meanwhile."""
    current: Error | Condition | None = record
    for _ in range(TRIES):
        if current is None or current.owed is None or current.owed.at != owed.at:
            return
        try:
            if isinstance(current, Error):
                clear = with_next_due(replace(current, owed=None, notified=owed.as_notified), outputs.settings)
                outputs.store.save(clear, current.version)
            else:
                outputs.store.save_condition(settled_condition(current), current.version)
        except Conflict:
            current = _read(record, outputs)
        else:
            return
    # It stays owed, and is sent again.
    logger.warning("sent findings not recorded", extra={"check": owed.check})


def _read(record: Error | Condition, outputs: Outputs) -> Error | Condition | None:
    if isinstance(record, Error):
        return outputs.store.head(record.fingerprint)
    return outputs.store.condition(record.check, record.source, record.subject)

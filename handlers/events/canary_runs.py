"""A canary's run that failed, as CloudWatch Synthetics says it on the hub's default bus; pure.

It is an event, and no finding: the canary's own alarm tells people.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitoring-events-eventbridge.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.common.redact import redact
from handlers.events.fields import account_of, iso_time_ms, object_of, region_of, required_text, text_of
from handlers.events.ids import event_id
from handlers.events.messages import MonitoringMessage
from handlers.events.records import Event, EventType, Source
from handlers.events.settings import Settings

SOURCE, RUN_FAILED = "aws.synthetics", "Synthetics Canary TestRun Failure"
NAME, REASON, ID = 255, 1_000, 128


def failed_run(data: Mapping[str, Any], settings: Settings) -> MonitoringMessage:
    """The event of a run. Raises Unreadable."""
    detail = object_of(data, "detail")
    source = Source(account_of(data), region_of(data))
    name, at = required_text(detail, "canary-name", NAME), iso_time_ms(data, "time")
    run, reason = text_of(detail, "canary-run-id", ID), redact(text_of(detail, "state-reason", REASON))
    facts = [["Run", run], ["Reason", reason]]
    body = {
        "facts": [fact for fact in facts if fact[1]],
        "account_name": settings.account(source.account),
    }
    id_ = event_id(source, EventType.CANARY_FAILURE, f"{name}|{run}", at)
    title = f"A run of the canary {name} failed"
    event = Event(id_, EventType.CANARY_FAILURE, source, at, "", title, name, body)
    return MonitoringMessage(event, "", at, "")

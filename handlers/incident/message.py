"""From an alarm state change to what is said about it; pure.

The event is the one of EventBridge:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.incident.routing import Routing

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: under 100 characters, ASCII, no line breaks.
SUBJECT_LIMIT = 99
TOLD_STATES = ("ALARM", "OK")


@dataclass(frozen=True, slots=True)
class Message:
    """What is said, and on which e-mail channels."""

    subject: str
    text: str
    channels: tuple[str, ...]


def message_for(event: dict[str, Any], routing: Routing) -> Message | None:
    """The message about a state change, or None where nobody is to be told.

    Raises KeyError where the event is not an alarm state change; the caller gives it back to the queue.
    """
    detail, account = event["detail"], event["account"]
    alarm, state = detail["alarmName"], detail["state"]["value"]
    before = detail.get("previousState", {}).get("value")
    severity = routing.severity(alarm, account)
    # An alarm that was never in ALARM has nothing to recover from; and INSUFFICIENT_DATA is no news for a mailbox.
    recovered_from_nothing = state == "OK" and before != "ALARM"
    if severity is None or state not in TOLD_STATES or recovered_from_nothing:
        return None
    names = routing.channels(severity)
    mail = routing.of_type(names, "email")
    if not mail:
        return None
    place = f"{routing.account(account)} ({event['region']})"
    subject = f"{state} {severity}: {alarm} in {place}".encode("ascii", "replace").decode()
    about = routing.about(alarm)
    lines = [
        about.get("summary", alarm),
        "",
        f"Alarm: {alarm}",
        f"State: {state} (was {before or 'unknown'}) since {detail['state'].get('timestamp', event['time'])}",
        f"Where: {place}, account {account}",
        f"Why: {detail['state'].get('reason', 'no reason given')}",
        f"Severity: {severity}; routed to {', '.join(names)}",
        *(f"{label}: {about[key]}" for key, label in (("owner", "Owner"), ("runbook", "Runbook")) if key in about),
    ]
    return Message(subject[:SUBJECT_LIMIT], "\n".join(lines), tuple(mail))

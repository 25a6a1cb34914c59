"""When an alarm whose actions are held has to be looked at again, and whether people may hear of it by then; pure.

CloudWatch holds the actions of a muted or suppressed alarm, not its events, and when the hold ends it may run the
actions without any state change. So people hear of an alarm that is still in ALARM when its hold ends.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html (suppression)
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers.incident.records import Alarm, StateChange
from handlers.incident.state_changes import add

# CloudWatch's own event about the end of a hold goes first.
MARGIN = 60_000
MUTE_MARGIN = 5_000
# Where it is not known when a hold ends, it is looked at as often as this.
BACKSTOP = 3_600_000


@dataclass(frozen=True, slots=True)
class Suppressor:
    """What is known of the alarm that suppresses: its state and since when. extend: milliseconds beyond its ALARM."""

    state: str | None
    since: int
    extend: int


def recheck_at(alarm: Alarm, suppressor: Suppressor | None, now: int) -> int | None:
    """When to look again; None where nothing is held.

    An earlier appointment that is still to come stays: a delivery more must not put it off.
    """
    last = alarm.changes[-1] if alarm.changes else None
    if not last or last.state != "ALARM":
        return None
    if last.by:
        end = _end(last, suppressor)
        at = now + BACKSTOP if end is None else max(end, now) + MARGIN
    elif last.mute and last.mute > now:
        at = last.mute + MUTE_MARGIN
    else:
        return None
    return min(at, alarm.recheck_at) if alarm.recheck_at and alarm.recheck_at > now else at


def released(alarm: Alarm, suppressor: Suppressor | None, now: int) -> Alarm:
    """The alarm in which a suppression that is over no longer hides the ALARM that outlasted it."""
    last = alarm.changes[-1] if alarm.changes else None
    if not last or last.state != "ALARM" or not last.by:
        return alarm
    end = _end(last, suppressor)
    if end is None or end + MARGIN > now:
        return alarm
    outlasted = replace(
        last, at=max(end, last.at + 1), before="", before_at=None, by=None, until=None, implied=False, incident=""
    )
    return add(alarm, outlasted)


def _end(change: StateChange, suppressor: Suppressor | None) -> int | None:
    """When the suppression of an ALARM ends; None while it may go on."""
    if suppressor and suppressor.state == "ALARM":
        return None
    if change.until is not None:
        return change.until
    if suppressor and suppressor.state:
        return max(change.at, suppressor.since + suppressor.extend)
    return None

"""When an alarm that is held back has to be looked at again, and whether it may be told by then; pure.

CloudWatch holds the actions of a muted or suppressed alarm, not its events, and when the hold ends it may run the
actions without any state change. So an alarm that is still in ALARM when its hold ends is told then.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html (suppression)
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers.incident.history import History, Point

# CloudWatch's own event about the end of a hold goes first.
MARGIN = 60_000
# Where it is not known when a hold ends, it is looked at as often as this.
BACKSTOP = 3_600_000


@dataclass(frozen=True, slots=True)
class Suppressor:
    """What is known of the alarm that suppresses: its state and since when. extend: milliseconds beyond its ALARM."""

    state: str | None
    since: int
    extend: int


def look_at(history: History, suppressor: Suppressor | None, now: int) -> int | None:
    """When to look again; None where nothing is held."""
    last = history.points[-1] if history.points else None
    if not last or last.state != "ALARM":
        return None
    if last.by:
        end = _end(last, suppressor)
        return now + BACKSTOP if end is None else max(end + MARGIN, now + MARGIN)
    if last.mute and last.mute > now:
        return last.mute + 5_000
    return None


def released(history: History, suppressor: Suppressor | None, now: int) -> History:
    """The history in which a suppression that is over no longer hides the ALARM that outlasted it."""
    last = history.points[-1] if history.points else None
    if not last or last.state != "ALARM" or not last.by:
        return history
    end = _end(last, suppressor)
    if end is None or end + MARGIN > now:
        return history
    point = replace(last, at=max(end, last.at + 1), by=None, until=None, new=False, implied=False)
    return replace(history, points=(*history.points, point))


def _end(point: Point, suppressor: Suppressor | None) -> int | None:
    """When the suppression of an ALARM ends; None while it may go on."""
    if suppressor and suppressor.state == "ALARM":
        return None
    if point.until is not None:
        return point.until
    if suppressor and suppressor.state:
        return max(point.at, suppressor.since + suppressor.extend)
    return None

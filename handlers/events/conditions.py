"""What is open about a subject that is no single error; pure.

A condition opens with the first bad moment that is later than its end, and closes by a good moment, or by itself when
no bad one has come for a while. Moments may come in any order and more than once: an older one changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.events.finding_detail import KIND_OF_CHECK, Content, owed
from handlers.events.records import Condition, FindingState, Source
from handlers.events.settings import Settings

# Whoever owes a finding sends it at once; after a minute it has failed to.
OVERDUE_MS = 60_000


def none_yet(check: str, source: Source, subject: str) -> Condition:
    """A condition of which nothing is known."""
    return Condition(check, subject, source)


def open_condition(condition: Condition, at: int, content: Content, settings: Settings, lasts: int = 0) -> Condition:
    """After a bad moment. lasts: how long after the last one it closes by itself; 0 for never.

    People are owed an ALARM when it opens; what is said later, while it is open, is not sent.
    """
    closes_at = max(condition.closes_at, at + lasts) if lasts else 0
    if condition.is_open:
        later = replace(condition, last_at=max(condition.last_at, at), closes_at=closes_at)
        return with_next_check(later)
    if at <= max(condition.last_at, condition.changed_at):
        return condition
    opened = replace(
        condition, is_open=True, last_at=at, changed_at=at, closes_at=at + lasts if lasts else 0, content=content
    )
    return _owing(opened, FindingState.ALARM, at, content, settings)


def close_condition(condition: Condition, at: int, content: Content, settings: Settings) -> Condition:
    """After a good moment; people are owed an OK where it was open."""
    if not condition.is_open or at < condition.last_at:
        return condition
    closed = replace(condition, is_open=False, changed_at=at, closes_at=0)
    return _owing(closed, FindingState.OK, at, content, settings)


def renew_condition(condition: Condition, at: int, content: Content, settings: Settings, lasts: int) -> Condition:
    """As `bad`, for a summary: what it says later is sent, too, and changes its incident."""
    after = open_condition(condition, at, content, settings, lasts)
    if not condition.is_open or content == condition.content or at < condition.last_at:
        return after
    return _owing(replace(after, content=content), FindingState.ALARM, at, content, settings)


def _owing(condition: Condition, state: FindingState, at: int, content: Content, settings: Settings) -> Condition:
    latest = condition.latest
    # What was told before nobody wanted to hear of it any more is over some day all the same.
    is_open = latest is not None and latest.state is FindingState.ALARM
    if not settings.is_notified(KIND_OF_CHECK[condition.check]) and not (state is FindingState.OK and is_open):
        return with_next_check(condition)
    later = max(at, latest.at + 1) if latest else at
    finding = owed(condition.check, condition.source, condition.subject, state, later, content, settings.environment)
    return with_next_check(replace(condition, owed=finding))


def with_next_check(condition: Condition) -> Condition:
    """The condition with the time at which the tick has to look at it."""
    times = [condition.owed.at + OVERDUE_MS] if condition.owed else []
    if condition.is_open and condition.closes_at:
        times.append(condition.closes_at)
    return replace(condition, due=min(times, default=0))


def without_pending(condition: Condition) -> Condition:
    """With nothing owed any more."""
    owed_one = condition.owed
    notified = owed_one.as_notified if owed_one else condition.notified
    return with_next_check(replace(condition, owed=None, notified=notified))

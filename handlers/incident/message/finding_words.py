"""How people are told of a finding: it is open, changed or closed, where an alarm is in ALARM or OK; pure."""

from __future__ import annotations

from handlers.common.event_names import plain_name, rule_of
from handlers.incident.finding import Finding, check_of, subject_of

MINUTE_MS = 60_000
# Steps of report.Step.
CHANGED, ADDED, RESOLVE = "changed", "added", "resolve"
EVENT_KIND = "AWS event"
_WORDS = {CHANGED: "CHANGED", ADDED: "UPDATED", RESOLVE: "CLOSED"}
_HEADINGS = {CHANGED: "Changed", ADDED: "Updated", RESOLVE: "Closed"}


def word(step: str) -> str:
    """What a title begins with."""
    return _WORDS.get(step, "OPEN")


def state(step: str, at: str, times: str) -> str:
    """How it stands, and since when. times: `for the 2nd time`, or empty."""
    if step == RESOLVE:
        return f"closed at {at}"
    if step == CHANGED:
        return f"open, changed at {at}"
    if step == ADDED:
        return f"open, updated at {at}"
    return f"open again, {times}, since {at}" if times else f"open since {at}"


def heading(step: str, title: str) -> str:
    """What is said first where something is added to a ticket."""
    return f"{_HEADINGS.get(step, 'Open again')}: {title}"


def check(name: str) -> str:
    """`Tag compliance`, from the name in a key; of what an event rule takes `AWS event`."""
    if rule_of(name):
        return EVENT_KIND
    return check_of(name).replace("-", " ").capitalize()


def unknown(name: str) -> Finding:
    """What is said where the content is not remembered any more."""
    if rule_of(name):
        return Finding(f"{EVENT_KIND} {plain_name(name)}")
    return Finding(f"{check(name)} of {subject_of(name)}")


def quiet_end(after_ms: int) -> str:
    """Why it is over where no event says so."""
    minutes = after_ms // MINUTE_MS
    for size, unit in ((1_440, "days"), (60, "hours")):
        if minutes % size == 0 and minutes >= 2 * size:
            return f"no further event for {minutes // size} {unit}"
    return f"no further event for {minutes} minute{'' if minutes == 1 else 's'}"


def unlinked(text: str) -> str:
    """The text in which no mail or chat program finds an address: a space without width stands before each `//`.

    People of the member wrote it into a tag, and who reads it takes it for ours.
    """
    return text.replace("://", ":\u200b//")

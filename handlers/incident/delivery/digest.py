"""Many incidents in one message; pure. Times are milliseconds since 1970.

Above a channel's limit of messages a minute, what is due is listed in one message, which is edited in place for a while
where the channel can do that. Critical incidents that open are never in it. What began and ended while the channel was
away is one list of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.incident.channels import DeliveryPolicy
from handlers.incident.delivery.step import MISSED, NextStep
from handlers.incident.finding import check_of
from handlers.incident.message.compose import dashboard_link, format_utc, shown_counts, subject
from handlers.incident.message.finding_words import word
from handlers.incident.message.report import Digest, Step
from handlers.incident.routing import Routing
from handlers.incident.state.channel_state import ChannelState, DigestMessage
from handlers.incident.state.records import Incident, Kind

MINUTE = 60_000
LINES = 20
# An edit is a call like any other.
BETWEEN_EDITS = 10_000
AFTER_FAILURE = 60_000
# What the table keeps of one digest.
MOST_LABELS = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One incident in the list."""

    incident: Incident
    step: NextStep


def is_over_limit(channel: ChannelState, policy: DeliveryPolicy, due: int, now: int) -> bool:
    """Whether so many due, and those sent within the last minute, are more than the channel takes one by one."""
    if policy.digest_above is None:
        return False
    return due + sum(at > now - MINUTE for at in channel.recent) > policy.digest_above


def count_sent(channel: ChannelState, policy: DeliveryPolicy, now: int) -> ChannelState:
    """A message of its own was sent."""
    if policy.digest_above is None:
        return channel
    recent = [at for at in channel.recent if at > now - MINUTE]
    return replace(channel, recent=(*recent, now)[-policy.digest_above - 1 :])


def belongs(incident: Incident, step: NextStep) -> bool:
    """Whether a step may be named in a list instead of sent by itself."""
    if step in (None, Step.EVIDENCE, Step.UPDATED):
        return False
    return incident.severity != "critical" or step not in (Step.OPEN, Step.REPEAT, Step.REMINDER)


def next_at(channel: ChannelState, policy: DeliveryPolicy, now: int) -> int:
    """From when on the list may be sent or edited; `now` where it may be."""
    message = channel.digest
    if message is None:
        return now
    following = message.at + policy.digest_every_ms
    if is_editable(message, policy, now):
        following = message.edited + BETWEEN_EDITS
    return max(now, following, message.not_before)


def extended(
    channel: ChannelState, policy: DeliveryPolicy, entries: Sequence[Entry], routing: Routing, now: int
) -> DigestMessage:
    """The current message with more in it, or the next one where its time is over."""
    current = channel.digest
    message = DigestMessage(at=now, edited=now, plain=bool(current and current.plain and current.not_before))
    if current and is_editable(current, policy, now):
        message = replace(current, edited=now)
    counts = Counter(message.counts)
    for entry in entries:
        counts.update(routing.labels(entry.incident.key, entry.incident.severity))
    lines = (*message.lines, *(line(entry, routing) for entry in entries))[-LINES:]
    return replace(
        message, total=message.total + len(entries), lines=lines, counts=dict(counts.most_common(MOST_LABELS))
    )


def failed(channel: ChannelState, now: int, *, refused: bool) -> ChannelState:
    """It was not sent, or nobody knows; refused: the other side does not take the list."""
    message = channel.digest or DigestMessage(at=now - MINUTE, edited=now)
    return replace(channel, digest=replace(message, not_before=now + AFTER_FAILURE, plain=message.plain or refused))


def is_editable(message: DigestMessage | None, policy: DeliveryPolicy, now: int) -> bool:
    """Whether more goes into the message that was sent last."""
    return message is not None and message.reference is not None and now < message.at + policy.digest_every_ms


def line(entry: Entry, routing: Routing) -> str:
    """`ALARM high: errors-alarm-prod in checkout (us-east-1) since 2026-11-20T10:00:00Z`; of a finding its title."""
    incident = entry.incident
    state = "OK" if not incident.is_open else incident.state
    if entry.step in (Step.OPEN, Step.REPEAT):
        state = "ALARM"
    if entry.step is Step.REMINDER:
        state = f"still {state}"
    period = f" since {format_utc(incident.changed_at)}"
    if entry.step == MISSED and incident.ended:
        period = f", {format_utc(incident.alarm_at)} to {format_utc(incident.ended)}"
    if check_of(incident.key.alarm) and incident.kind is not Kind.STORM:
        # A list says what it was, also where the check has other words for the end.
        state = word(Step.RESOLVE if state == "OK" else str(entry.step))
    return f"{state} {incident.severity}: {subject(incident, routing)}{period}"


def rendered(message: DigestMessage, routing: Routing, now: int, *, away: bool = False) -> Digest:
    """What the channel shows."""
    of = "started and ended while this channel was unavailable" if away else "changed state"
    noun = "incident" if message.total == 1 else "incidents"
    return Digest(
        title=f"{message.total} {noun} {of} ({routing.project} {routing.environment})",
        total=message.total,
        lines=() if message.plain else message.lines,
        counts=shown_counts(message.counts),
        since=format_utc(message.at),
        at=format_utc(now),
        project=routing.project,
        environment=routing.environment,
        link="" if message.plain else dashboard_link(routing),
        away=away,
    )

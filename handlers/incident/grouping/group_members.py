"""The members of a GROUP or STORM: one for each alarm, the worst first, and what is shown of them; pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from handlers.common.text_size import cut
from handlers.incident.channel_types import PAGER_TYPES
from handlers.incident.decision.decision import ID_DIGITS
from handlers.incident.routing import Routing
from handlers.incident.state.records import MOST_LABELS, MOST_LISTED, SEVERITIES, Incident, Kind, Member, Summary

# A summary's item stays below 12 KB.
MEASURED_BYTES = 60
# In the item of a member, and how many mutes are named.
MUTED_BYTES, MOST_MUTES = 240, 2
MUTED = "Muted "


def member_of(incident: Incident) -> Member:
    """An incident as its parent sees it."""
    return Member(
        incident.id,
        incident.key,
        incident.kind,
        incident.severity,
        incident.state,
        incident.changed_at,
        incident.opened,
        incident.alarm_at,
        incident.alarm_count if incident.kind is Kind.ALONE else 0,
        incident.joined_at,
        ended=incident.ended,
        measured=incident.measured,
        recipients=incident.recipients,
        muted=cut(incident.note.removeprefix(MUTED), MUTED_BYTES) if incident.released_at else "",
    )


def muted_in_words(alarms: Sequence[Member]) -> str:
    """`by ana until Sun 29 Nov 2026 14:00 UTC: load test.`, of each mute that withheld one of them; the worst first."""
    notes = list(dict.fromkeys(alarm.muted for alarm in sorted(alarms, key=in_order) if alarm.muted))
    more = len(notes) - MOST_MUTES
    return " ".join([*notes[:MOST_MUTES], *([f"{more} more mute{'s' if more > 1 else ''}."] if more > 0 else [])])


def lead(members: Sequence[Member]) -> Member:
    """The worst that is not OK, of several the first; where all are OK, the worst of all."""
    return min([member for member in members if member.ended is None] or members, key=in_order)


def by_alarm(members: Sequence[Member]) -> list[Member]:
    """One for each alarm: of several incidents of the same alarm the one that is open, else the latest, with what the
    others add to it.
    """
    result = []
    for _, group in groupby(sorted(members, key=_by_key), key=lambda member: member.key):
        of_alarm = list(group)
        representative = of_alarm[-1]
        result.append(
            replace(
                representative,
                severity=min((member.severity for member in of_alarm), key=SEVERITIES.index),
                opened=min(member.opened for member in of_alarm),
                alarm_at=max(member.alarm_at for member in of_alarm),
                alarm_count=sum(member.alarm_count for member in of_alarm),
            )
            if len(of_alarm) > 1
            else representative
        )
    return result


def _by_key(member: Member) -> tuple[str, str, str, bool, int, str]:
    key = member.key
    return key.account, key.region, key.alarm, member.ended is None, member.opened, member.incident


def in_order(member: Member) -> tuple[bool, int, bool, bool, int, tuple[str, ...]]:
    """By what members are sorted: the worst first, of the same severity what is not over, and what is in ALARM."""
    is_over, no_data = member.ended is not None, member.state != "ALARM"
    severity = SEVERITIES.index(member.severity)
    key = member.key
    return member.kind is Kind.NO_DATA, severity, is_over, no_data, member.opened, (key.account, key.region, key.alarm)


def composition(members: Sequence[Member]) -> str:
    """Digits that stand for the members, their severities and which of them are open."""
    text = "\n".join(sorted(f"{member.incident} {member.severity} {member.ended is None}" for member in members))
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def summary(alarms: Sequence[Member], routing: Routing) -> Summary:
    """What is shown of its members: the worst of those that are not OK, then the others; and how many there are."""
    listed = sorted(alarms, key=lambda member: (member.ended is not None, in_order(member)))[:MOST_LISTED]
    listed = [
        replace(member, measured=cut(member.measured, MEASURED_BYTES), recipients=(), muted="") for member in listed
    ]
    counts = Counter(label for member in alarms for label in routing.labels(member.key, member.severity))
    top_counts: dict[str, int] = {}
    for _, labels in groupby(sorted(counts.items()), key=lambda pair: pair[0].partition(":")[0]):
        top_counts |= dict(sorted(labels, key=lambda pair: (-pair[1], pair[0]))[:MOST_LABELS])
    return Summary(tuple(listed), top_counts, _pagers(alarms, routing))


def _pagers(alarms: Sequence[Member], routing: Routing) -> tuple[str, ...]:
    """The pagers to which an alarm that is not OK was assigned when it opened; an alarm without data has none."""
    open_ = [member for member in alarms if member.ended is None and member.kind is Kind.ALONE]
    names = sorted({name for member in open_ for name in member.recipients})
    return tuple(name for name in names if (channel := routing.channel(name)) and channel.type in PAGER_TYPES)

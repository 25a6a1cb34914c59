"""Many alarms at once, or the outage of a channel: the events of it, and a summary of the result; pure.

`incident_process.simulated` runs both functions' own code under a virtual clock, with models of the channels.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from generator.drill.alarm_event import DrillSubject, event
from generator.drill.incident_process import Notification, Play, Result

START = datetime(2026, 1, 1, tzinfo=UTC)
# How long each alarm of a storm stays in ALARM.
STORM_LASTS_S = 1_800
# Without a storm so many alarms fire during an outage, at equal distances; every third is still in ALARM at its end.
DURING_OUTAGE, STILL_IN_ALARM = 12, 3
SETTLES_S = 3_600
OKAY_BEFORE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Firing:
    """An alarm that goes to ALARM and back to OK, in seconds after the start."""

    subject: DrillSubject
    fires_at: int
    ok_at: int


@dataclass(frozen=True, slots=True)
class StormDrill:
    """firings: by time. copies: of how many alarms the names are made up. down: the channel that does not answer.

    entries: the routing table's entries of those. down_s: for how many seconds, from the start.
    """

    environment: str
    firings: tuple[Firing, ...]
    copies: int = 0
    entries: Mapping[str, Any] = field(default_factory=dict)
    down: str = ""
    down_s: int = 0

    @property
    def play(self) -> Play:
        """What the functions are sent, and when."""
        events: list[tuple[int, str]] = []
        for firing in self.firings:
            fires, ends = (START + timedelta(seconds=at) for at in (firing.fires_at, firing.ok_at))
            alarm = event(firing.subject, "ALARM", fires, "OK", START - OKAY_BEFORE)
            events.append((milliseconds(firing.fires_at), json.dumps(alarm)))
            events.append((milliseconds(firing.ok_at), json.dumps(event(firing.subject, "OK", ends, "ALARM", fires))))
        events.sort(key=lambda pair: pair[0])
        outages = {self.down: (milliseconds(0), milliseconds(self.down_s))} if self.down else {}
        return Play(events, events[-1][0], takes_time=True, outages=outages, alarms=self.entries)


def milliseconds(after: int) -> int:
    """A time in seconds after the start, in milliseconds since 1970."""
    return round(START.timestamp() + after) * 1000


def at_once(environment: str, subjects: Sequence[DrillSubject], routing: Mapping[str, Any], number: int) -> StormDrill:
    """So many alarms at the start; where there are fewer, copies of them with names of their own."""
    chosen, entries = _chosen(subjects, routing, number)
    firings = tuple(Firing(subject, 0, STORM_LASTS_S) for subject in chosen)
    return StormDrill(environment, firings, max(0, number - len(subjects)), entries)


def spread(
    environment: str, subjects: Sequence[DrillSubject], routing: Mapping[str, Any], down: str, seconds: int
) -> StormDrill:
    """Some alarms during an outage; those whose routes have the channel."""
    chosen, entries = _chosen(subjects, routing, DURING_OUTAGE)
    apart = seconds / DURING_OUTAGE
    firings = []
    for index, subject in enumerate(chosen):
        fires_at = round(apart * (index + 0.5))
        still = index % STILL_IN_ALARM == STILL_IN_ALARM - 1
        firings.append(Firing(subject, fires_at, seconds + SETTLES_S if still else fires_at + round(apart / 2)))
    return StormDrill(environment, tuple(firings), max(0, DURING_OUTAGE - len(subjects)), entries, down, seconds)


def with_outage(storm: StormDrill, down: str, seconds: int) -> StormDrill:
    """The same alarms while a channel does not answer."""
    return replace(storm, down=down, down_s=seconds)


def _chosen(
    subjects: Sequence[DrillSubject], routing: Mapping[str, Any], number: int
) -> tuple[list[DrillSubject], dict[str, Any]]:
    chosen: list[DrillSubject] = []
    entries: dict[str, Any] = {}
    for index in range(number):
        # Of fewer than there are, some of each kind.
        position = index * len(subjects) // number if number < len(subjects) else index % len(subjects)
        subject = subjects[position]
        copy = index // len(subjects) + 1
        if copy > 1:
            name = f"{subject.alarm}-copy-{copy}"
            entries[name] = routing["alarms"][subject.alarm]
            subject = replace(subject, alarm=name)
        chosen.append(subject)
    return chosen, entries


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """What one channel took. first, last: milliseconds from the state change's decision until it knew of it.

    incidents: how many it knows of. unsent: incidents that were over before it could be sent anything of them.
    """

    name: str
    type: str
    incidents: int
    unsent: int
    pages: int
    tickets: int
    messages: int
    digests: int
    updates: int
    alarm_delays: tuple[int, ...]
    ok_delays: tuple[int, ...]
    too_many: int
    unanswered: int


def summaries(result: Result, channels: Mapping[str, Mapping[str, Any]]) -> list[ChannelSummary]:
    """One for each channel that is owed anything, in the order of the routing table."""
    return [
        summary
        for name, channel in channels.items()
        if (summary := _summary(result, name, str(channel["type"]))).incidents or summary.unsent
    ]


def _summary(result: Result, name: str, kind: str) -> ChannelSummary:
    notifications = [notification for notification in result.notifications if notification.channel == name]
    refused = result.refused.get(name, {})
    kinds = Counter(message.kind for message in result.messages if message.channel == name)
    known = {notification.incident for notification in notifications}
    return ChannelSummary(
        name,
        kind,
        incidents=len(known),
        unsent=len({notification.incident for notification in result.unsent if notification.channel == name} - known),
        pages=kinds["page"],
        tickets=kinds["ticket"],
        messages=kinds["message"],
        digests=kinds["digest"],
        updates=kinds["update"],
        alarm_delays=_delays(
            [notification for notification in notifications if notification.step in ("open", "repeat")]
        ),
        ok_delays=_delays([notification for notification in notifications if notification.step == "resolve"]),
        too_many=refused.get("429", 0),
        unanswered=refused.get("unanswered", 0),
    )


def _delays(notifications: Sequence[Notification]) -> tuple[int, ...]:
    return tuple(sorted(notification.delivered_at - notification.at for notification in notifications))


def first_known(result: Result) -> dict[str, list[int]]:
    """For each severity how long it took until anybody knew of an incident, in milliseconds; sorted."""
    earliest: dict[str, tuple[str, int]] = {}
    for notification in result.notifications:
        if notification.step == "open":
            delay = notification.delivered_at - notification.at
            earliest[notification.incident] = (
                notification.severity,
                min(delay, earliest.get(notification.incident, ("", delay))[1]),
            )
    delays: dict[str, list[int]] = {}
    for severity, delay in earliest.values():
        delays.setdefault(severity, []).append(delay)
    return {severity: sorted(values) for severity, values in delays.items()}


def problems(storm: StormDrill, result: Result) -> list[str]:
    """Everything that is wrong; empty where every incident was delivered."""
    messages = [f"a message was not handled: {reason}" for reason in result.failed]
    given_up = Counter(notification.channel for notification in result.given_up)
    unsent = Counter(
        (notification.channel, notification.status, notification.reason)
        for notification in result.unsent
        if notification.status != "settled"
        and not (notification.status == "given-up" and notification.channel in given_up)
    )
    messages += [
        f"{channel} was not sent {number:,} ({status}: {reason})"
        for (channel, status, reason), number in unsent.items()
    ]
    known = {notification.incident for notification in result.notifications}
    silent = sum(incident.incident not in known for incident in result.incidents)
    messages += [f"no channel was notified of {silent:,} incidents"] if silent else []
    missing = len(storm.firings) - sum(incident.alarms for incident in result.incidents)
    messages += [f"{missing:,} alarms are part of no incident"] if missing > 0 else []
    messages += [
        f"{name} gave up {number:,} deliveries, which `obsgen redrive` sends" for name, number in given_up.items()
    ]
    many = {name: calls["429"] for name, calls in result.refused.items() if calls.get("429")}
    return messages + [f"{name} was called too often: {number:,} × 429" for name, number in many.items()]

"""What a drill on this machine plays, and what came of it; pure but for the time of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from generator.drill.alarm_event import Subject, event

HEALTHY_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One event to send. state: what it says, in words. body: made when it is sent, as EventBridge would deliver it.

    is_new: whether everybody is to hear of it, or nobody, as of a duplicate. before: what is sent right before it, of
    other alarms of the same incident.
    """

    title: str
    state: str
    is_new: bool
    body: Callable[[], Mapping[str, Any]]
    before: tuple[Callable[[], Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """files, notifier_files: the functions' packages, path to content. template: the hub's. subject: what fires.

    events: what is sent; empty for those of an alarm that fires, repeats itself and ends. all_heard: what everybody
    heard then, in words. parts: of a composite, which fire before it.
    """

    environment: str
    files: Mapping[str, bytes]
    notifier_files: Mapping[str, bytes]
    template: Mapping[str, Any]
    account: str
    region: str
    partition: str
    subject: Subject
    events: tuple[Event, ...] = ()
    all_heard: str = "heard of ALARM and of OK, nobody of the duplicate"
    parts: tuple[Subject, ...] = ()


@dataclass(slots=True)
class Step:
    """One event sent. hops: seconds after it was sent, and what happened then. heard: channels with something new."""

    title: str
    state: str
    hops: list[tuple[float, str]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    failed: bool = False


@dataclass(slots=True)
class Played:
    """What a drill was. expected: the channels that the route names. log: what the functions warned of, a line each.
    silent: those of them that say nothing about the end.
    """

    plan: Plan
    expected: tuple[str, ...]
    queue: str
    function: str
    notifier: str
    steps: list[Step] = field(default_factory=list)
    channels: list[dict[str, Any]] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    dead_letters: list[dict[str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    kept: str = ""
    events: tuple[Event, ...] = ()
    silent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """The events of the plan, once."""
        self.events = self.plan.events or alarm_events(self.plan.subject, self.plan.parts)

    @property
    def problems(self) -> list[str]:
        """Everything that is not as it should be; empty where everybody heard, once."""
        found = []
        for step, sent in zip(self.steps, self.events, strict=False):
            if step.failed:
                found.append(f"the function failed at {step.title}")
            expected = self._expected(sent)
            missing = [name for name in expected if name not in step.heard]
            found += [f"{name} did not hear of {step.state}" for name in missing]
            others = [name for name in step.heard if name not in expected]
            found += [f"{name} was told by {step.title}, and should not have been" for name in others]
        if len(self.steps) < len(self.events):
            found.append("the drill ended early")
        found += [f"{name} was not brought to an end" for name in self.unfinished]
        found += [f"{letter['queue']} has a message: {letter['reason']}" for letter in self.dead_letters]
        for channel in self.channels:
            opened = len(channel.get("issues", ())) + sum(a["opened"] for a in channel.get("alerts", {}).values())
            found += [f"{channel['name']} has {opened} incidents for one"] if opened > 1 else []
        return found + [f"refused: {violation}" for violation in self.violations]

    def _expected(self, sent: Event) -> list[str]:
        """The channels that are to hear of an event."""
        if not sent.is_new:
            return []
        return [name for name in self.expected if sent.state != "OK" or name not in self.silent]


def alarm_events(subject: Subject, parts: Sequence[Subject] = ()) -> tuple[Event, ...]:
    """An alarm fires, after its parts where it is a composite, its event comes again, and all are OK."""
    now = datetime.now(UTC)
    alarm = event(subject, "ALARM", now, "OK", now - HEALTHY_FOR)
    with_parts = f" of {len(parts)} parts and of their composite" if parts else ""

    def fires(part: Subject) -> Callable[[], Mapping[str, Any]]:
        return lambda: event(part, "ALARM", now, "OK", now - HEALTHY_FOR)

    def ends(part: Subject) -> Callable[[], Mapping[str, Any]]:
        return lambda: event(part, "OK", datetime.now(UTC), "ALARM", now)

    return (
        Event(f"ALARM{with_parts}", "ALARM", True, lambda: alarm, tuple(map(fires, parts))),
        Event("the same event again", "ALARM", False, lambda: alarm),
        Event(f"OK{with_parts}", "OK", True, ends(subject), tuple(map(ends, parts))),
    )

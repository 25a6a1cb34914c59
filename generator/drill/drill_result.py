"""Plan and result of a drill on this machine; pure but for the time of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from generator.drill.alarm_event import DrillSubject, event
from generator.drill.vendors.kit.registry import vendor_class

HEALTHY_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DrillEvent:
    """One event to send. state: what it reports, in words. body: built when it is sent, as EventBridge delivers it.

    is_new: whether channels are to be notified; False for a duplicate. before: events of other alarms of the same
    incident, sent right before it.
    """

    title: str
    state: str
    is_new: bool
    body: Callable[[], Mapping[str, Any]]
    before: tuple[Callable[[], Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The input of a drill. files, notifier_files: the functions' packages, path to content. template: the hub's.

    subject: the alarm that fires. events: the events to send; empty for those of an alarm that fires, repeats itself
    and ends. outcome: the expected result of the channels, as the verdict's words after their names. parts: the alarms
    of a composite, which fire before it. ends: whether the events end the incident.
    """

    environment: str
    files: Mapping[str, bytes]
    notifier_files: Mapping[str, bytes]
    template: Mapping[str, Any]
    account: str
    region: str
    partition: str
    subject: DrillSubject
    events: tuple[DrillEvent, ...] = ()
    outcome: str = "received ALARM and OK; the duplicate event was ignored"
    parts: tuple[DrillSubject, ...] = ()
    ends: bool = True


@dataclass(slots=True)
class Step:
    """One event that was sent. hops: seconds after it was sent, and what happened then. notified: names of channels."""

    title: str
    state: str
    hops: list[tuple[float, str]] = field(default_factory=list)
    notified: list[str] = field(default_factory=list)
    failed: bool = False


@dataclass(slots=True)
class DrillResult:
    """The result of a drill. expected: the channels of the route. silent_at_end: those of them that are not notified of
    the end. log: warnings of the functions, a line each. folder: of the packages; empty unless kept.
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
    folder: str = ""
    events: tuple[DrillEvent, ...] = ()
    silent_at_end: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Build the default events once, so that their times do not change."""
        self.events = self.plan.events or alarm_events(self.plan.subject, self.plan.parts)

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong; empty where every channel was notified as expected."""
        pairs = zip(self.steps, self.events, strict=False)
        problems = [problem for step, event in pairs for problem in self._problems_of(step, event)]
        if len(self.steps) < len(self.events):
            problems.append("the drill ended early")
        problems += [f"{name} did not close the incident" for name in self.unfinished]
        problems += [f"{letter['queue']} has a message: {letter['reason']}" for letter in self.dead_letters]
        for channel in self.channels:
            incidents = vendor_class(channel["type"]).incidents(channel)
            problems += [f"{channel['name']} has {incidents} incidents instead of one"] if incidents > 1 else []
        return problems + [f"invalid request: {violation}" for violation in self.violations]

    def _problems_of(self, step: Step, event: DrillEvent) -> Iterator[str]:
        if step.failed:
            yield f"the function failed at {step.title}"
        expected = self._expected(event)
        yield from (f"{name} did not receive {step.state}" for name in expected if name not in step.notified)
        unexpected = (name for name in step.notified if name not in expected)
        yield from (f"{name} was notified of {step.title}, which was not expected" for name in unexpected)

    def _expected(self, event: DrillEvent) -> list[str]:
        """The channels that an event is to notify."""
        if not event.is_new:
            return []
        return [name for name in self.expected if event.state != "OK" or name not in self.silent_at_end]


def alarm_events(subject: DrillSubject, parts: Sequence[DrillSubject] = ()) -> tuple[DrillEvent, ...]:
    """An alarm fires, after its parts where it is a composite, its event comes again, and all are OK."""
    now = datetime.now(UTC)
    alarm = event(subject, "ALARM", now, "OK", now - HEALTHY_FOR)
    with_parts = f" of {len(parts)} parts and of their composite" if parts else ""

    def fires(part: DrillSubject) -> Callable[[], Mapping[str, Any]]:
        return lambda: event(part, "ALARM", now, "OK", now - HEALTHY_FOR)

    def ends(part: DrillSubject) -> Callable[[], Mapping[str, Any]]:
        return lambda: event(part, "OK", datetime.now(UTC), "ALARM", now)

    return (
        DrillEvent(f"ALARM{with_parts}", "ALARM", True, lambda: alarm, tuple(map(fires, parts))),
        DrillEvent("the same event again", "ALARM", False, lambda: alarm),
        DrillEvent(f"OK{with_parts}", "OK", True, ends(subject), tuple(map(ends, parts))),
    )

"""The event store in this process, with the promises of the one in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from handlers.events.records import (
    Agent,
    Condition,
    Conflict,
    Count,
    Deployment,
    Error,
    Event,
    Page,
    Pulse,
    Source,
    Window,
)
from handlers.events.store_items import position
from handlers.events.store_values import hour


@dataclass
class MemoryStore:
    """See store.Store. before_write: called before each write with its name; what it raises, the write raises."""

    errors: dict[str, Error] = field(default_factory=dict)
    count_items: dict[tuple[str, int, Source], Count] = field(default_factory=dict)
    event_items: dict[str, Event] = field(default_factory=dict)
    agent_items: dict[Source, Agent] = field(default_factory=dict)
    window_items: dict[tuple[Source, int], Window] = field(default_factory=dict)
    markers: dict[tuple[Source, int, str], Deployment] = field(default_factory=dict)
    condition_items: dict[tuple[str, Source, str], Condition] = field(default_factory=dict)
    pulse_items: dict[str, Pulse] = field(default_factory=dict)
    before_write: Any = None

    def _save(self, items: dict[Any, Any], key: Any, record: Any, expected: int) -> Any:
        self._writes(type(record).__name__)
        known = items.get(key)
        if (known.version if known else 0) != expected:
            raise Conflict(str(key))
        items[key] = replace(record, version=expected + 1)
        return items[key]

    def _writes(self, name: str) -> None:
        if self.before_write:
            self.before_write(name)

    def head(self, fingerprint: str) -> Error | None:
        return self.errors.get(fingerprint)

    def heads(self, fingerprints: Iterable[str]) -> dict[str, Error]:
        return {one: self.errors[one] for one in fingerprints if one in self.errors}

    def save(self, error: Error, expected_version: int) -> Error:
        return self._save(self.errors, error.fingerprint, error, expected_version)

    def save_merged(self, error: Error, into: Error) -> tuple[Error, Error]:
        for one in (error, into):
            known = self.errors.get(one.fingerprint)
            if (known.version if known else 0) != one.version:
                raise Conflict(one.fingerprint)
        return self.save(error, error.version), self.save(into, into.version)

    def recent_errors(self, since: int, start_after: str, limit: int) -> Page[Error]:
        found = [one for one in self.errors.values() if hour(one.last_seen) >= hour(since)]
        return _page(found, start_after, limit)

    def put_count(self, count: Count) -> int | None:
        self._writes("Count")
        key = (count.fingerprint, count.start, count.source)
        before = self.count_items.get(key)
        if before and before.final and not count.final:
            return None
        self.count_items[key] = count
        return count.count - (before.count if before else 0)

    def counts(self, error: Error, start: int, end: int) -> list[Count]:
        wanted = (error.fingerprint, *error.merged)
        found = [one for one in self.count_items.values() if one.fingerprint in wanted and start <= one.start < end]
        return sorted(found, key=lambda one: (one.start, one.source, one.fingerprint))

    def each_count(self, error: Error, start: int, end: int) -> Iterator[Count]:
        return reversed(self.counts(error, start, end))

    def event(self, id_: str) -> Event | None:
        return self.event_items.get(id_)

    def events(self, day: str, start_after: str, limit: int) -> Page[Event]:
        found = [
            one
            for one in self.event_items.values()
            if datetime.fromtimestamp(one.at / 1000, UTC).strftime("%Y-%m-%d") == day
        ]
        return _page(found, start_after, limit)

    def add_event(self, event: Event) -> bool:
        if event.id in self.event_items:
            return False
        self.save_event(event, 0)
        return True

    def save_event(self, event: Event, expected_version: int) -> Event:
        return self._save(self.event_items, event.id, event, expected_version)

    def agents(self) -> list[Agent]:
        return [agent for _, agent in sorted(self.agent_items.items())]

    def agent(self, source: Source) -> Agent | None:
        return self.agent_items.get(source)

    def save_agent(self, agent: Agent, expected_version: int) -> Agent:
        return self._save(self.agent_items, agent.source, agent, expected_version)

    def window(self, source: Source, start: int) -> Window:
        return self.window_items.get((source, start), Window(source, start))

    def add_to_window(self, window: Window) -> Window:
        self._writes("Window")
        known = self.window(window.source, window.start)
        sets = {
            one.name: getattr(known, one.name) | getattr(window, one.name)
            for one in fields(Window)
            if one.name not in ("source", "start")
        }
        self.window_items[window.source, window.start] = replace(known, **sets)
        return self.window_items[window.source, window.start]

    def pulse(self) -> Pulse | None:
        return self.pulse_items.get("")

    def save_pulse(self, pulse: Pulse, expected_version: int) -> Pulse:
        return self._save(self.pulse_items, "", pulse, expected_version)

    def add_deployment(self, deployment: Deployment) -> None:
        self.markers[deployment.source, deployment.at, deployment.subject] = deployment

    def deployments(self, source: Source, since: int) -> list[Deployment]:
        found = [one for one in self.markers.values() if one.source == source and one.at >= since]
        return sorted(found, key=lambda one: (one.at, one.subject), reverse=True)

    def condition(self, check: str, source: Source, subject: str) -> Condition | None:
        return self.condition_items.get((check, source, subject))

    def conditions(self, check: str, source: Source) -> list[Condition]:
        return [one for key, one in sorted(self.condition_items.items()) if key[:2] == (check, source)]

    def save_condition(self, condition: Condition, expected_version: int) -> Condition:
        key = (condition.check, condition.source, condition.subject)
        return self._save(self.condition_items, key, condition, expected_version)

    def due(self, before: int, limit: int) -> list[Error | Condition]:
        records: list[Error | Condition] = [*self.errors.values(), *self.condition_items.values()]
        return sorted((one for one in records if 0 < one.due < before), key=lambda one: one.due)[:limit]


def _page(found: list[Any], start_after: str, limit: int) -> Page[Any]:
    ordered = sorted(found, key=position, reverse=True)
    ordered = [one for one in ordered if not start_after or position(one) < start_after]
    return Page(tuple(ordered[:limit]), position(ordered[limit - 1]) if len(ordered) > limit else "")

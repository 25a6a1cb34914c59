"""What the event store is asked; `dynamo_store.py` is it in DynamoDB, tests have it in memory.

Each method may raise what botocore raises; a later try is then safe. Times are milliseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from handlers.events.records import Agent, Condition, Count, Deployment, Error, Event, Page, Pulse, Source, Window


class Store(Protocol):
    """The store. Lists may be a second or so behind; single records, counts and conditions never are."""

    # -- errors

    def head(self, fingerprint: str) -> Error | None:
        """One error as it stands; an alias is not followed (see `aliases.follow`)."""

    def heads(self, fingerprints: Iterable[str]) -> dict[str, Error]:
        """Those of the errors that are known."""

    def save(self, error: Error, expected_version: int) -> Error:
        """Write it in place of that version, 0 for none, and return it with its new version. Raises Conflict."""

    def save_merged(self, error: Error, into: Error) -> tuple[Error, Error]:
        """Write both in place of the versions that they have, or neither. Raises Conflict."""

    def recent_errors(self, since: int, start_after: str, limit: int) -> Page[Error]:
        """Errors last seen in the hour of `since` or later, those of the latest hour first; aliases are among them.

        start_after: `next` of the page before, empty for the first.
        """

    def put_count(self, count: Count) -> int | None:
        """Write how often an error occurred, in place of an earlier count of the same window and place.

        Returns how many more these are than before; None where it was not taken: a final count is never replaced by a
        first one.
        """

    def counts(self, error: Error, start: int, end: int) -> list[Count]:
        """Counts of the windows that begin in [start, end), of the error and of what was merged into it, by start."""

    def each_count(self, error: Error, start: int, end: int) -> Iterator[Count]:
        """The same counts one after the other, the latest of each fingerprint first: a list of all may be long."""

    # -- events

    def event(self, id_: str) -> Event | None:
        """One event."""

    def events(self, day: str, start_after: str, limit: int) -> Page[Event]:
        """Events of a day (`2026-11-29`, UTC), the latest first."""

    def add_event(self, event: Event) -> bool:
        """Write an event, unless it is known; whether it was not."""

    def save_event(self, event: Event, expected_version: int) -> Event:
        """Write it in place of that version. Raises Conflict."""

    # -- agents

    def agents(self) -> list[Agent]:
        """All agents, by account and Region."""

    def agent(self, source: Source) -> Agent | None:
        """The agent of an account and Region."""

    def save_agent(self, agent: Agent, expected_version: int) -> Agent:
        """Write it in place of that version, 0 for none. Raises Conflict."""

    def window(self, source: Source, start: int) -> Window:
        """What has come of a window; an empty one where nothing has."""

    def add_to_window(self, window: Window) -> Window:
        """Add parts and fingerprints to those that came, and return all of them."""

    def add_deployment(self, deployment: Deployment) -> None:
        """Write a marker, in place of the same one."""

    def deployments(self, source: Source, since: int) -> list[Deployment]:
        """Markers of an account and Region since a time, the latest first."""

    # -- conditions, and what is due

    def pulse(self) -> Pulse | None:
        """The hub's own life."""

    def save_pulse(self, pulse: Pulse, expected_version: int) -> Pulse:
        """Write it in place of that version, 0 for none. Raises Conflict."""

    def condition(self, check: str, source: Source, subject: str) -> Condition | None:
        """What a check says of a subject."""

    def conditions(self, check: str, source: Source) -> list[Condition]:
        """What a check says of all subjects of an account and Region."""

    def save_condition(self, condition: Condition, expected_version: int) -> Condition:
        """Write it in place of that version, 0 for none. Raises Conflict."""

    def due(self, before: int, limit: int) -> list[Error | Condition]:
        """Errors and conditions whose `due` is before that time, the earliest first."""

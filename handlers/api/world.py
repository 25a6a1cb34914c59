"""What the API works with besides a request: stores, keys, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.api.signing_keys import SigningKeys
from handlers.events.records import Error, Page
from handlers.events.store import Store

Incident = Mapping[str, Any]


class Incidents(Protocol):
    """The incidents, which their own function writes."""

    def page(self, state: str, start_after: str, limit: int) -> Page[Incident]:
        """Incidents that are `open` or `ended`, the latest first. start_after: `next` of the page before."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Nobody is notified of these alarms before `until`, or before `ended_at` where somebody ended it earlier.

    Times: milliseconds since 1970. by: who set it. alarms: full names. accounts: ids of the accounts that the alarms
    are about; empty for all.
    """

    id: str
    by: str
    at: int
    until: int
    reason: str
    alarms: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    ended_at: int = 0

    @property
    def end(self) -> int:
        """When it is over."""
        return min(self.until, self.ended_at) if self.ended_at else self.until


class Mutes(Protocol):
    """The mutes, which `obsgen mute` writes."""

    def in_force(self, now: int) -> list[Mute]:
        """Those that mute at that time, by their ends."""


class Reports(Protocol):
    """The pages of reports."""

    def url(self, name: str, day: str) -> str | None:
        """An address of the report of that name and day that works for some minutes; None where there is none."""


class Decisions(Protocol):
    """What people decide about errors, written with the finding that closes or opens the error's incident."""

    def change(self, fingerprint: str, change: Callable[[Error], Error], now: int) -> Error:
        """The error after the change. Raises UnknownError, NotAllowed or Conflict."""

    def merge(self, fingerprint: str, into: str, by: str, now: int) -> Error:
        """The error that has both from now on. Raises UnknownError, NotAllowed or Conflict."""


class UnknownError(Exception):
    """There is no error with this fingerprint."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(fingerprint)
        self.fingerprint = fingerprint


@dataclass(frozen=True, slots=True)
class World:
    """now: milliseconds since 1970. names: account id to name. keep_days: how long events are kept.

    document: the OpenAPI document.
    """

    store: Store
    decisions: Decisions
    incidents: Incidents
    mutes: Mutes
    reports: Reports
    keys: SigningKeys
    names: Mapping[str, str]
    keep_days: int
    now: Callable[[], int]
    document: Mapping[str, Any]

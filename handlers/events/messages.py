"""What a message of the hub's queue can mean; pure. Times are milliseconds since 1970 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.events.records import Event, Source


class Unreadable(Exception):
    """What nobody can handle, now or later; the text says why."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One error in one window, as the agent counted it. first, last: its first and last moment in the window.

    groups: log groups, those with the most first. literal: the longest text that all of its lines have. also: its
    fingerprints by other versions of the rules.
    """

    fingerprint: str
    kind: str
    title: str
    shape: str
    sample: str
    count: int
    exact: bool
    first: int
    last: int
    groups: tuple[str, ...] = ()
    service: str = ""
    stream: str = ""
    request: str = ""
    source_path: str = ""
    literal: str = ""
    also: tuple[str, ...] = ()


# Kinds of what runs, or does not; a service's subject is `<cluster>/<service>`.
SERVICES, FUNCTIONS = "health of services", "health of functions"


@dataclass(frozen=True, slots=True)
class AgentWindow:
    """A part of what an agent found in the window [start, end). final: counted a second time. sent_at: when it was put
    on the bus. agent: what the agent says of itself. unhealthy: subjects that do not run; None where it did not look.
    unknown: SERVICES and FUNCTIONS, where it could not look at those; what is not listed of them may not run either.
    partial: log groups could not be read, so that what is missing here may be there all the same.
    """

    source: Source
    start: int
    end: int
    final: bool
    part: int
    parts: int
    sent_at: int
    correlation: str
    agent: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[Occurrence, ...] = ()
    unhealthy: tuple[str, ...] | None = None
    unknown: frozenset[str] = frozenset()
    partial: bool = False

    @property
    def agent_version(self) -> str:
        """The digest of the agent's code and settings."""
        return str(self.agent.get("version", ""))


@dataclass(frozen=True, slots=True)
class MonitoringMessage:
    """A task or a canary's run that failed, a deployment, the health of a service, an alarm's change.

    state: ALARM, OK or empty.
    """

    event: Event
    state: str
    sent_at: int
    correlation: str
    service: str = ""
    log_group: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """The regular look at what is due. at: the time it was scheduled for."""

    at: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A known event that tells nothing."""

    why: str


Meaning = AgentWindow | MonitoringMessage | Tick | Ignored

"""What delivering needs of the world outside; everything that a test or a simulation puts something else in for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.events import Key
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.sinks.sink import Sink
from handlers.incident.state.table import Deliveries


def never(_keys: Iterable[Key]) -> int:
    """Of no alarms."""
    return 0


@dataclass(frozen=True, slots=True)
class Ports:
    """now: milliseconds since 1970. sleep: seconds. random: at least 0, less than 1. muted_until: see Mutes.until.

    lines: the log lines that an alarm counted around a time. forget_secret: read that secret anew, it may have been
    changed. hide: a text without any secret in it.
    """

    table: Deliveries
    routing: Routing
    sink: Callable[[Channel], Sink]
    now: Callable[[], int]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    lines: Callable[[Key, int, Deadline], tuple[str, ...]]
    meter: Meter
    forget_secret: Callable[[str | None], None]
    hide: Callable[[str], str]
    muted_until: Callable[[Iterable[Key]], int] = never


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pass over one channel ended.

    leased: whether this worker had the lease at all. more_due: whether to come back within seconds; wait_s: after how
    many. calls: how many were made.
    """

    leased: bool
    more_due: bool = False
    wait_s: float = 0.0
    calls: int = 0

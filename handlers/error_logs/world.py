"""What the agent asks of the world around it. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.error_logs.settings import Settings


class Events(Protocol):
    """The way to the hub."""

    def put(self, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Send details, each with its detail-type. Raises where one was not taken, after the others were sent."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything around one agent. now: the time. pause: sleeps for seconds. client: the botocore client of a service.

    put_metrics: takes a line in the embedded metric format.
    """

    account: str
    region: str
    settings: Settings
    now: Callable[[], int]
    pause: Callable[[float], None]
    client: Callable[[str], Any]
    bus: Events
    put_metrics: Callable[[str], None]

"""The functions' own metrics: incidents, failed calls, channels that are down, ticks, what was not taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.common import emf

NAMESPACE = "Obsgen/Incidents"


@dataclass(frozen=True, slots=True)
class Meter:
    """environment: the dimension that all have. now: milliseconds since 1970."""

    environment: str
    now: Callable[[], int]
    write_line: emf.LineWriter = emf.write_line

    def opened(self, at: int) -> None:
        """An incident was opened for an ALARM of that time."""
        late = float(max(0, self.now() - at))
        self._write({}, {"IncidentsOpened": (1.0, "Count"), "Latency": (late, "Milliseconds")})

    def failed(self, channel: str) -> None:
        """A call to a channel failed."""
        self._write({"Channel": channel}, {"SinkFailures": (1.0, "Count")})

    def delivered(self, channel: str, at: int) -> None:
        """A channel was notified of an ALARM of that time."""
        late = float(max(0, self.now() - at))
        self._write({"Channel": channel}, {"DeliveryLatency": (late, "Milliseconds")})

    def channel_down(self, channel: str, *, down: bool) -> None:
        """Whether a channel that did not answer still does not."""
        self._write({"Channel": channel}, {"ChannelDown": (1.0 if down else 0.0, "Count")})

    def given_up(self, channel: str) -> None:
        """A delivery was retried for as long as the channel says, or refused in every form."""
        self._write({"Channel": channel}, {"DeliveriesGivenUp": (1.0, "Count")})

    def tick(self) -> None:
        """The scheduled look at everything took place; silence means that nothing is delivered."""
        self._write({}, {"Ticks": (1.0, "Count")})

    def dead_lettered(self) -> None:
        """A message was given up."""
        self._write({}, {"DeadLettered": (1.0, "Count")})

    def unknown_alarm(self, account: str) -> None:
        """A state change of an alarm that this build does not know, or of an account that its file does not mean."""
        self._write({"Account": account}, {"UnknownAlarms": (1.0, "Count")})

    def refused(self, account: str) -> None:
        """A state change at an unlikely time."""
        self._write({"Account": account}, {"RefusedEvents": (1.0, "Count")})

    def _write(self, more: dict[str, str], metrics: dict[str, tuple[float, str]]) -> None:
        self.write_line(emf.line(NAMESPACE, self.now(), {"Environment": self.environment, **more}, metrics))

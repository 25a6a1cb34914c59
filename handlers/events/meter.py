"""What the hub measures of itself, by way of its log.

EventsProcessed, ProcessingErrors: messages. ProcessingLatency: from the time that EventBridge wrote into an event until
it is stored; WindowLatency: from the end of a window until then, with the agent's query. Lateness: lines that a final
count has more than the first one. NewErrors: errors that are new or back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.common import emf

NAMESPACE = "Obsgen/MonitoringEvents"


@dataclass(frozen=True, slots=True)
class ProcessingDelays:
    """Of one message; times in milliseconds, None where there are none."""

    sent_at: int | None = None
    window_end: int | None = None
    lateness: int | None = None
    new_errors: int = 0


def report(measured: ProcessingDelays, environment: str, now: int, write_line: emf.LineWriter = emf.write_line) -> None:
    """A message that was processed."""
    metrics: dict[str, tuple[float, str]] = {
        "EventsProcessed": (1, "Count"),
        "ProcessingErrors": (0, "Count"),
        "NewErrors": (measured.new_errors, "Count"),
    }
    for name, since in (("ProcessingLatency", measured.sent_at), ("WindowLatency", measured.window_end)):
        if since is not None:
            metrics[name] = (max(0, now - since), "Milliseconds")
    if measured.lateness is not None:
        metrics["Lateness"] = (measured.lateness, "Count")
    _write(metrics, environment, now, write_line)


def failed(environment: str, now: int, write_line: emf.LineWriter = emf.write_line) -> None:
    """A message that was not."""
    _write({"ProcessingErrors": (1, "Count")}, environment, now, write_line)


def _write(metrics: Mapping[str, tuple[float, str]], environment: str, now: int, write_line: emf.LineWriter) -> None:
    write_line(emf.line(NAMESPACE, now, {"Environment": environment}, metrics))

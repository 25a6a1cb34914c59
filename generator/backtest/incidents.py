"""Incidents that the incident function opens for the firings of a backtest, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from generator.backtest.night import Night
from generator.drill.incident_process import Result


@dataclass(frozen=True, slots=True)
class IncidentCounts:
    """firings: of alarms, composites included. kinds: alone, group, storm, no-data. opened: by channel."""

    incidents: int
    firings: int
    at_night: int
    kinds: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)


def incident_counts(result: Result, firings: int, night: Night) -> IncidentCounts:
    """The counts of a play of the incident function."""
    return IncidentCounts(
        len(result.incidents),
        firings,
        sum(night.includes(incident.at // 1000) for incident in result.incidents),
        Counter(incident.kind for incident in result.incidents),
        Counter(incident.severity for incident in result.incidents),
        Counter(notification.channel for notification in result.notifications if notification.step == "open"),
    )

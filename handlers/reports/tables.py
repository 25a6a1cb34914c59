"""The tables of a report, each from what was read; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo

from handlers.events.records import Agent, Event, EventType, Source, Status
from handlers.reports.episodes import AlarmUse
from handlers.reports.gathered import ComplianceTotal, ErrorUse, Objective
from handlers.reports.report import Row, Section
from handlers.reports.words import duration, format_time, number, pluralize

# Rows of one table; what is left out is counted.
MOST = 25
SourceName = Callable[[Source], str]


def open_alarms(used: Sequence[AlarmUse], end: int, location: SourceName) -> Section:
    """Alarms that are in ALARM when the period ends."""
    still = sorted((use for use in used if use.open_since), key=lambda use: (use.open_since, use.alarm))
    rows = [
        Row((use.alarm, duration((end - use.open_since) // 1000), location(use.source), use.severity)) for use in still
    ]
    return _section("Still in ALARM", ("Alarm", "For", "Location", "Severity"), rows, "No alarm is in ALARM.")


def noisy_alarms(used: Sequence[AlarmUse], location: SourceName) -> Section:
    """The alarms that went off most; what flaps is marked."""
    rows = [
        Row(
            (
                use.alarm,
                number(use.episodes),
                duration(use.seconds),
                location(use.source),
                "flapping" if use.is_flapping else "",
            ),
            use.episodes,
            use.is_flapping,
        )
        for use in used
    ]
    columns = ("Alarm", "Times in ALARM", "Total time in ALARM", "Location", "Note")
    return _section("Noisiest alarms", columns, rows, "No alarm was in ALARM.", has_bars=True)


def alarms_without_data(events: Sequence[Event], end: int, location: SourceName) -> Section:
    """Alarms that have had no data for the whole period."""
    rows = [Row((event.subject, duration((end - event.at) // 1000), location(event.source))) for event in events]
    empty = "Every alarm had data."
    return _section("Alarms without data", ("Alarm", "INSUFFICIENT_DATA for", "Location"), rows, empty)


def errors(title: str, used: Sequence[ErrorUse], empty: str) -> Section:
    """Errors, with how often they occurred."""
    rows = [
        Row(
            (
                use.error.title,
                number(use.count, exact=use.is_exact),
                _before(use),
                use.error.service or (use.error.groups[0] if use.error.groups else ""),
                use.error.owner,
                use.error.fingerprint,
            ),
            use.count,
        )
        for use in used
    ]
    columns = ("Error", "Occurrences", "Before", "Service", "Owner", "Fingerprint")
    return _section(title, columns, rows, empty, has_bars=True)


def _before(use: ErrorUse) -> str:
    """The count of the period before, and which way it goes."""
    if use.count == use.before:
        return number(use.before)
    return f"{number(use.before)} {'▲' if use.count > use.before else '▼'}"


def happened(
    title: str, type_: EventType, events: Iterable[Event], zone: tzinfo | None, location: SourceName, empty: str
) -> Section:
    """Events of one type, the latest first."""
    of_type = sorted((event for event in events if event.type is type_), key=lambda event: (-event.at, event.id))
    rows = [Row((event.title, format_time(event.at, zone), location(event.source))) for event in of_type]
    return _section(title, ("Event", "Time", "Location"), rows, empty)


def agents(all_: Sequence[Agent], zone: tzinfo | None, location: SourceName) -> Section:
    """Agents that are silent or failed."""
    bad = [agent for agent in all_ if agent.status in (Status.SILENT, Status.FAILED)]
    rows = [
        Row((location(agent.source), str(agent.status), _last_window(agent, zone), agent.reason), is_bad=True)
        for agent in bad
    ]
    reporting = pluralize(
        len([agent for agent in all_ if agent.status is not Status.REMOVED]), "agent reports", "agents report"
    )
    return _section("Agents", ("Location", "Status", "Last window", "Reason"), rows, f"{reporting}.")


def _last_window(agent: Agent, zone: tzinfo | None) -> str:
    return format_time(agent.window_end, zone) if agent.window_end else "never"


def compliance(totals: Sequence[ComplianceTotal]) -> Section:
    """Tag compliance by account and Region, the worst first."""
    worst = sorted(totals, key=lambda total: (-total.non_compliant, total.account, total.region))
    rows = [
        Row(
            (f"{total.account}, {total.region}", number(total.non_compliant), number(total.compliant)),
            total.non_compliant,
        )
        for total in worst
    ]
    columns = ("Location", "Non-compliant", "Compliant")
    return _section("Tag compliance", columns, rows, "No scan has reported yet.", has_bars=True)


def objectives(all_: Sequence[Objective]) -> Section:
    """Objectives, with the least that is left first."""
    least = sorted(all_, key=lambda objective: (objective.left, objective.name))
    rows = [
        Row(
            (objective.name, f"{objective.left:.1f} %", f"{objective.objective:g} %", objective.window),
            is_bad=objective.left <= 0,
        )
        for objective in least
    ]
    columns = ("Objective", "Budget left", "Target", "Window")
    return _section("Objectives", columns, rows, "No objective has data yet.")


def _section(
    title: str, columns: tuple[str, ...], rows: Sequence[Row], empty: str, *, has_bars: bool = False
) -> Section:
    return Section(title, columns, tuple(rows[:MOST]), len(rows), empty, has_bars)

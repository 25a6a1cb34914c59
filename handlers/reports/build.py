"""From what was read to the report: figures, headline and tables; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.events.records import Event, EventType, Source, State, Status
from handlers.events.settings import Settings
from handlers.reports import tables
from handlers.reports.episodes import Episode, episodes, median_ms, uses, within, without_data
from handlers.reports.gathered import ErrorUse, ReportData
from handlers.reports.period import Period
from handlers.reports.report import Figure, Point, Report, Section
from handlers.reports.words import change, duration, number, pluralize

# An alarm that has had no data for so long is in the report.
WITHOUT_DATA_MS = 86_400_000


def build(name: str, period: Period, found: ReportData, settings: Settings, command: str = "") -> Report:
    """The report of one name and period. command: what opens its page; empty where there is none.

    Ignored errors are nowhere in it: somebody said that they do not want to hear of them.
    """
    found = replace(found, errors=tuple(use for use in found.errors if use.error.state is not State.IGNORED))
    start, end = period.start_ms, period.end_ms
    alarms = [event for event in found.events if event.type is EventType.ALARM and event.at < end]
    all_ = episodes(alarms)
    return Report(
        name=name,
        project=settings.project,
        environment=settings.environment,
        start=period.start,
        end=period.end,
        time_zone=period.time_zone,
        headline=_headline(all_, found, start, end),
        figures=_figures(all_, period, found),
        sections=_sections(all_, without_data(alarms, end - WITHOUT_DATA_MS), period, found, settings),
        notes=found.notes,
        trend=_trend(period, found.errors),
        trend_step="hour" if period.days == 1 else "day",
        command=command,
    )


def is_new(use: ErrorUse, start: int) -> bool:
    """Whether an error was first seen since `start`."""
    return use.error.first_seen >= start


def is_back(use: ErrorUse, start: int) -> bool:
    """Whether an error that was over came back since `start`: its incident opened anew."""
    latest = use.error.latest
    return not is_new(use, start) and latest is not None and latest.state == "ALARM" and latest.at >= start


def _headline(all_: Sequence[Episode], found: ReportData, start: int, end: int) -> str:
    """What there is to do, the worst first; or that there is nothing."""
    still = len([use for use in uses(all_, start, end) if use.open_since])
    new = len([use for use in found.errors if is_new(use, start)])
    back = len([use for use in found.errors if is_back(use, start)])
    bad = len([one for one in found.agents if one.status in (Status.SILENT, Status.FAILED)])
    spent = len([one for one in found.objectives or () if one.left <= 0])
    parts = [
        pluralize(still, "alarm is still in ALARM", "alarms are still in ALARM") if still else "",
        f"{pluralize(spent, 'objective has', 'objectives have')} no budget left" if spent else "",
        pluralize(new, "new error") if new else "",
        pluralize(back, "error came back", "errors came back") if back else "",
        pluralize(bad, "agent does not report", "agents do not report") if bad else "",
    ]
    said = "; ".join(part for part in parts if part)
    return f"{said}." if said else "Nothing to do: no alarm is in ALARM, and no error is new."


def _figures(all_: Sequence[Episode], period: Period, found: ReportData) -> tuple[Figure, ...]:
    start, end, before = period.start_ms, period.end_ms, period.before().start_ms
    than = "the day before" if period.days == 1 else "the week before"
    mine, earlier = within(all_, start, end), within(all_, before, start)
    ended = [one.end - one.start for one in mine if one.end]
    acknowledged = [one.acknowledged_at - one.start for one in mine if one.acknowledged_at]
    occurred, occurred_before = sum(use.count for use in found.errors), sum(use.before for use in found.errors)
    new = [use for use in found.errors if is_new(use, start)]
    exact = all(use.is_exact for use in found.errors)
    bad = [one for one in found.agents if one.status in (Status.SILENT, Status.FAILED)]
    made = [
        Figure("alarms went off", number(len(mine)), change(len(mine), len(earlier), than)),
        Figure("median time to resolve", duration(median_ms(ended) // 1000) if ended else "–"),  # noqa: RUF001
        Figure("median time to acknowledge", duration(median_ms(acknowledged) // 1000) if acknowledged else "–"),  # noqa: RUF001
        Figure("errors", number(occurred, exact=exact), change(occurred, occurred_before, than)),
        Figure("new errors", number(len(new)), is_bad=bool(new)),
        Figure("agents that do not report", number(len(bad)), is_bad=bool(bad)),
    ]
    if found.compliance is not None:
        made.append(Figure("resources with missing tags", number(sum(one.non_compliant for one in found.compliance))))
    return tuple(made)


def _sections(
    all_: Sequence[Episode], silent: Sequence[Event], period: Period, found: ReportData, settings: Settings
) -> tuple[Section, ...]:
    start, end, zone = period.start_ms, period.end_ms, period.start.tzinfo
    used = uses(all_, start, end)
    seen = sorted((use for use in found.errors if use.count), key=lambda use: (-use.count, use.error.fingerprint))
    in_period = [event for event in found.events if start <= event.at < end]

    def place(source: Source) -> str:
        return f"{settings.account(source.account)}, {source.region}"

    made = [
        tables.open_alarms(used, end, place),
        tables.errors("New errors", [use for use in seen if is_new(use, start)], "No error is new."),
        tables.errors("Errors that came back", [use for use in seen if is_back(use, start)], "No error came back."),
        tables.errors("Most frequent errors", seen, "No errors were found."),
        tables.noisy_alarms([use for use in used if use.episodes], place),
        tables.happened(
            "Failed tasks", EventType.TASK_FAILURE, in_period, zone, place, "No task of Amazon ECS failed."
        ),
        tables.agents(found.agents, zone, place),
    ]
    if found.objectives is not None:
        made.insert(1, tables.objectives(found.objectives))
    if found.compliance is not None:
        made.append(tables.compliance(found.compliance))
    made.append(tables.alarms_without_data(silent, end, place))
    made.append(
        tables.happened("Deployments", EventType.DEPLOYMENT, in_period, zone, place, "No deployment was recorded.")
    )
    return tuple(made)


def _trend(period: Period, used: Sequence[ErrorUse]) -> tuple[Point, ...]:
    steps = list(period.buckets())
    totals = [sum(use.buckets[index] for use in used if index < len(use.buckets)) for index in range(len(steps))]
    return tuple(Point(label, total) for (_, label), total in zip(steps, totals, strict=True))

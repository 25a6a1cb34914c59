"""From what was read to the report: figures, headline and tables; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.events.records import Event, EventType, Source, State, Status
from handlers.events.settings import Settings
from handlers.reports import coverage, tables
from handlers.reports.episodes import Episode, episodes, median_ms, uses, within, without_data
from handlers.reports.gathered import ErrorUse, ReportData
from handlers.reports.period import Period
from handlers.reports.report import Figure, Point, Report, Section
from handlers.reports.words import change, duration, number, pluralize

# An alarm that has had no data for so long is in the report.
WITHOUT_DATA_MS = 86_400_000


def build(name: str, period: Period, data: ReportData, settings: Settings, command: str = "") -> Report:
    """The report of one name and period. command: what opens its page; empty where there is none.

    Ignored errors are nowhere in it: somebody said that they do not want to hear of them.
    """
    data = replace(data, errors=tuple(use for use in data.errors if use.error.state is not State.IGNORED))
    end = period.end_ms
    alarms = [event for event in data.events if event.type is EventType.ALARM and event.at < end]
    all_ = episodes(alarms)
    return Report(
        name=name,
        project=settings.project,
        environment=settings.environment,
        start=period.start,
        end=period.end,
        time_zone=period.time_zone,
        headline=_headline(all_, data, period),
        figures=_figures(all_, period, data),
        sections=_sections(all_, without_data(alarms, end - WITHOUT_DATA_MS), period, data, settings),
        notes=(*data.notes, *filter(None, [coverage.note(data.coverage, period.day)] if data.coverage else [])),
        trend=_trend(period, data.errors),
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


def _headline(all_: Sequence[Episode], data: ReportData, period: Period) -> str:
    """What there is to do, the worst first; or that there is nothing."""
    start, end = period.start_ms, period.end_ms
    still = len([use for use in uses(all_, start, end) if use.open_since])
    new = len([use for use in data.errors if is_new(use, start)])
    back = len([use for use in data.errors if is_back(use, start)])
    bad = len([entry for entry in data.agents if entry.status in (Status.SILENT, Status.FAILED)])
    spent = len([entry for entry in data.objectives or () if entry.left <= 0])
    parts = [
        pluralize(still, "alarm is still in ALARM", "alarms are still in ALARM") if still else "",
        f"{pluralize(spent, 'objective has', 'objectives have')} no budget left" if spent else "",
        pluralize(new, "new error") if new else "",
        pluralize(back, "error came back", "errors came back") if back else "",
        pluralize(bad, "agent does not report", "agents do not report") if bad else "",
        *(coverage.headline_parts(data.coverage, period.day) if data.coverage else ()),
    ]
    sentence = "; ".join(part for part in parts if part)
    return f"{sentence}." if sentence else "Nothing to do: no alarm is in ALARM, and no error is new."


def _figures(all_: Sequence[Episode], period: Period, data: ReportData) -> tuple[Figure, ...]:
    start, end, before = period.start_ms, period.end_ms, period.before().start_ms
    than = "the day before" if period.days == 1 else "the week before"
    current, earlier = within(all_, start, end), within(all_, before, start)
    ended = [entry.end - entry.start for entry in current if entry.end]
    acknowledged = [entry.acknowledged_at - entry.start for entry in current if entry.acknowledged_at]
    occurred, occurred_before = sum(use.count for use in data.errors), sum(use.before for use in data.errors)
    new = [use for use in data.errors if is_new(use, start)]
    exact = all(use.is_exact for use in data.errors)
    bad = [entry for entry in data.agents if entry.status in (Status.SILENT, Status.FAILED)]
    figures = [
        Figure("alarms went off", number(len(current)), change(len(current), len(earlier), than)),
        Figure("median time to resolve", duration(median_ms(ended) // 1000) if ended else "–"),  # noqa: RUF001
        Figure("median time to acknowledge", duration(median_ms(acknowledged) // 1000) if acknowledged else "–"),  # noqa: RUF001
        Figure("errors", number(occurred, exact=exact), change(occurred, occurred_before, than)),
        Figure("new errors", number(len(new)), is_bad=bool(new)),
        Figure("agents that do not report", number(len(bad)), is_bad=bool(bad)),
    ]
    if data.compliance is not None:
        figures.append(
            Figure("resources with missing tags", number(sum(entry.non_compliant for entry in data.compliance)))
        )
    if data.coverage is not None:
        figures.append(coverage.figure(data.coverage, period.day))
    return tuple(figures)


def _sections(
    all_: Sequence[Episode], silent: Sequence[Event], period: Period, data: ReportData, settings: Settings
) -> tuple[Section, ...]:
    start, end, zone = period.start_ms, period.end_ms, period.start.tzinfo
    used = uses(all_, start, end)
    occurring = sorted((use for use in data.errors if use.count), key=lambda use: (-use.count, use.error.fingerprint))
    in_period = [event for event in data.events if start <= event.at < end]

    def location(source: Source) -> str:
        return f"{settings.account(source.account)}, {source.region}"

    sections = [
        tables.open_alarms(used, end, location),
        tables.errors("New errors", [use for use in occurring if is_new(use, start)], "No error is new."),
        tables.errors(
            "Errors that came back", [use for use in occurring if is_back(use, start)], "No error came back."
        ),
        tables.errors("Most frequent errors", occurring, "No errors were found."),
        tables.noisy_alarms([use for use in used if use.episodes], location),
        tables.happened(
            "Failed tasks", EventType.TASK_FAILURE, in_period, zone, location, "No task of Amazon ECS failed."
        ),
        tables.agents(data.agents, zone, location),
    ]
    if data.objectives is not None:
        sections.insert(1, tables.objectives(data.objectives))
    if data.compliance is not None:
        sections.append(tables.compliance(data.compliance))
    if data.coverage is not None:
        sections.append(coverage.accounts(data.coverage, tables.MOST))
        sections += [coverage.waivers(data.coverage, period.day, tables.MOST)] if data.coverage.waivers else []
    sections.append(tables.alarms_without_data(silent, end, location))
    sections.append(
        tables.happened("Deployments", EventType.DEPLOYMENT, in_period, zone, location, "No deployment was recorded.")
    )
    return tuple(sections)


def _trend(period: Period, used: Sequence[ErrorUse]) -> tuple[Point, ...]:
    steps = list(period.buckets())
    totals = [sum(use.buckets[index] for use in used if index < len(use.buckets)) for index in range(len(steps))]
    return tuple(Point(label, total) for (_, label), total in zip(steps, totals, strict=True))

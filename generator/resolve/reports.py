"""Reports: when each is due, and which channels get it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.findings import Finding, Path, unknown_reference
from generator.model.error_logs import Report, Reports
from generator.model.objectives import Objective
from generator.resolve.event_environments import REPORTS, sends_reports, unknown_environments
from generator.resolve.reviewed_coverage import reviewed_coverage
from generator.resolve.routing.channels import exists_in
from generator.resolve.scope import Scope
from generator.resolve.section import Section
from generator.spec.document import Document
from generator.spec.reports import DailyReportSpec, ReportsSpec, WeeklyReportSpec

_DAY = 86_400
MOST_KEEP_DAYS = 3_650
LONGEST_PERIOD_DAYS = 7


def reports(scope: Scope, objectives: tuple[Objective, ...], findings: list[Finding]) -> Reports | None:
    """The reports of this environment; None where it has none. objectives: all of the environment."""
    spec = scope.document.reports
    if spec is None:
        return None
    findings += _faults(spec, scope.document)
    if not sends_reports(scope.document, scope.environment):
        return None
    planned = [_report(name, report, scope) for name, report in _reports_of(spec)]
    for report in planned:
        if not report.channels:
            message = f"no channel of this report exists in {scope.environment}"
            hint = "use another channel, or set `environments` of the reports"
            findings.append(Finding("R07", message, (*report.path, "to"), hint=hint))
    readable, coverage = _readable(objectives, scope), reviewed_coverage(scope)
    return Reports(tuple(planned), spec.sender or "", spec.keep // _DAY, REPORTS, readable, coverage)


def _reports_of(spec: ReportsSpec) -> list[tuple[str, DailyReportSpec | WeeklyReportSpec]]:
    return [(name, report) for name, report in (("daily", spec.daily), ("weekly", spec.weekly)) if report]


def _report(name: str, spec: DailyReportSpec | WeeklyReportSpec, scope: Scope) -> Report:
    """With those of its channels that the environment has."""
    known = scope.document.channels
    channels = {channel for channel in spec.to if channel not in known or exists_in(known[channel], scope.environment)}
    return Report(name, spec.at, spec.timezone, tuple(sorted(channels)), (*REPORTS, name))


def _readable(all_: Iterable[Objective], scope: Scope) -> tuple[Objective, ...]:
    """Objectives of the hub itself, and others where members share metrics with it."""
    is_shared = "metrics" in scope.document.access.shared
    return tuple(objective for objective in all_ if is_shared or objective.of_hub)


def _faults(spec: ReportsSpec, document: Document) -> Iterator[Finding]:
    if not _reports_of(spec):
        yield Finding(
            "R06", "there is neither a daily nor a weekly report", REPORTS, hint="add daily: {to: […]}", on="key"
        )
    for name, report in _reports_of(spec):
        yield from _channels(report, document, (*REPORTS, name, "to"))
    if spec.sender and not _by_mail(spec, document):
        message = "no report has an e-mail channel, so the sender is not used"
        yield Finding("R07", message, (*REPORTS, "sender"), hint="remove it, or add an e-mail channel to `to`")
    if spec.keep % _DAY or not LONGEST_PERIOD_DAYS * _DAY <= spec.keep <= MOST_KEEP_DAYS * _DAY:
        message = f"expected a retention in whole days, {LONGEST_PERIOD_DAYS} to {MOST_KEEP_DAYS:,}"
        yield Finding("R05", message, (*REPORTS, "keep"), hint="use a duration such as 400d")
    yield from unknown_environments(spec.environments, document, REPORTS)
    if document.events is False:
        message = "reports require the event store"
        yield Finding("R06", message, ("events",), hint="remove it, or add events: {keep: 90d}")


def _channels(spec: DailyReportSpec | WeeklyReportSpec, document: Document, path: Path) -> Iterator[Finding]:
    # The others open tickets, page people or take one incident at a time.
    able = [name for name, channel in document.channels.items() if channel.takes_reports]
    for index, name in enumerate(spec.to):
        at = (*path, index)
        channel = document.channels.get(name)
        if channel is None:
            yield unknown_reference("R02", "channel", name, able, at, "" if able else "add one under channels")
        elif name not in able:
            message = f"`{name}` is a channel of type {channel.type}, which cannot receive reports"
            yield Finding(
                "R07", message, at, hint=f"use one of {', '.join(able)}" if able else "use a chat or e-mail channel"
            )
        elif name in spec.to[:index]:
            yield Finding("R07", f"`{name}` is listed twice", at, hint="remove one of them")


def _by_mail(spec: ReportsSpec, document: Document) -> bool:
    names = {name for _, report in _reports_of(spec) for name in report.to}
    return any(channel.type == "email" for name, channel in document.channels.items() if name in names)


SECTIONS = (
    Section("reports", {"reports": lambda resolved: reports(resolved.scope, resolved.objectives, resolved.findings)}),
)

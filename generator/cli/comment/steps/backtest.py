"""How often the alarms that change fire over a capture, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from generator.backtest.against import AlarmChange, alarm_changes
from generator.backtest.backtest import Backtest
from generator.backtest.outcome import BacktestOutcome
from generator.backtest.report import Names
from generator.build import Built
from generator.cli.backtest_run import BacktestOptions, backtest_outcomes
from generator.cli.captures import capture_errors
from generator.cli.comment.context import GatherContext, on_one_line
from generator.comment.data import first_rows, shortened
from generator.comment.sections.backtest import (
    BacktestResults,
    BeforeAndAfter,
    ChangedFirings,
    EnvironmentFirings,
    NotJudgedChange,
)
from generator.reading import shown
from generator.wording import first_of

_MOST_ENVIRONMENTS = 50
_FIRST = 2


def gather(context: GatherContext) -> BacktestResults | None:
    """The firings of changed alarms; None without a capture, or where nothing can be built."""
    built = context.compiled
    if context.capture is None or built is None:
        return None
    if not context.base:
        return _skipped(context.base_problem)
    try:
        environments = _environments(context, built, context.capture)
    except click.ClickException as error:
        return _skipped(on_one_line(error.message))
    if not environments:
        return _skipped(f"{shown(context.capture)} is a capture of an environment that is not built here")
    return BacktestResults(environments=tuple(environments[:_MOST_ENVIRONMENTS]))


def _skipped(problem: str) -> BacktestResults:
    return BacktestResults(environments=(), problem=shortened(problem))


def _environments(context: GatherContext, built: Built, folder: Path) -> list[EnvironmentFirings]:
    """The environment of the capture, or all without one, whatever environments the comment is of."""
    where = replace(context.target, environments=())
    options = BacktestOptions(folder, against=context.base, incidents=False, night=context.night)
    with capture_errors():
        return [_environment(outcome) for outcome in backtest_outcomes(where, options, built)]


def _environment(outcome: BacktestOutcome) -> EnvironmentFirings:
    changes = _changes(outcome)
    compared = [change for change in changes if not any(change.reasons)]
    unknown = [change for change in changes if any(change.reasons)]
    coverages = [row.coverage for row in outcome.result.alarms.values() if row.coverage]
    window, night = outcome.window, outcome.night
    return EnvironmentFirings(
        environment=shortened(outcome.environment),
        first_day=datetime.fromtimestamp(window.start, UTC).strftime("%Y-%m-%d"),
        seconds=window.end - window.start,
        night=shortened(f"{night.hours} {night.zone}"),
        judged=len(outcome.result.alarms),
        not_judged=len(outcome.result.not_judged),
        complete=sum(coverage.periods == 1 for coverage in coverages),
        compared=len(compared),
        not_compared=len(unknown),
        firings=_sums(compared, "firings"),
        at_night=_sums(compared, "at_night"),
        changes=first_rows(_rows(compared, outcome.names)),
        unknown=first_rows(_unknown(unknown, outcome.names)),
    )


def _changes(outcome: BacktestOutcome) -> Sequence[AlarmChange]:
    """The alarms that differ; all, as added ones, where the environment did not exist before."""
    assert outcome.against
    if outcome.against.changes is not None:
        return outcome.against.changes
    return alarm_changes(Backtest({}, {}, outcome.result.result), outcome.result)


def _sums(changes: Sequence[AlarmChange], name: Literal["firings", "at_night", "seconds"]) -> BeforeAndAfter:
    return BeforeAndAfter(
        before=sum(getattr(change.before.totals, name) for change in changes if change.before),
        after=sum(getattr(change.after.totals, name) for change in changes if change.after),
    )


def _rows(changes: Sequence[AlarmChange], names: Names) -> list[ChangedFirings]:
    """A row for each alarm with all of its accounts, the largest differences first."""
    by_alarm: dict[tuple[str, Literal["added", "removed", "changed"]], list[AlarmChange]] = {}
    for change in changes:
        by_alarm.setdefault((change.alarm.name, change.kind), []).append(change)
    ordered = sorted(by_alarm.items(), key=lambda item: (-abs(sum(change.difference for change in item[1])), item[0]))
    return [_row(alarm, kind, of_alarm, names) for (alarm, kind), of_alarm in ordered]


def _row(
    alarm: str, kind: Literal["added", "removed", "changed"], changes: Sequence[AlarmChange], names: Names
) -> ChangedFirings:
    sides = [side for change in changes if (side := change.after or change.before)]
    return ChangedFirings(
        alarm=shortened(alarm),
        kind=kind,
        where=_where(changes, names),
        firings=_sums(changes, "firings"),
        at_night=_sums(changes, "at_night"),
        seconds=_sums(changes, "seconds"),
        periods=min((side.coverage.periods for side in sides if side.coverage), default=None),
        is_approximate=any(side.approximate for side in sides),
    )


def _unknown(changes: Sequence[AlarmChange], names: Names) -> list[NotJudgedChange]:
    """A row for each alarm and reason."""
    by_reason: dict[tuple[str, str], list[AlarmChange]] = {}
    for change in changes:
        by_reason.setdefault((change.alarm.name, next(filter(None, reversed(change.reasons)))), []).append(change)
    return [
        NotJudgedChange(alarm=shortened(alarm), where=_where(of_alarm, names), reason=shortened(reason))
        for (alarm, reason), of_alarm in sorted(by_reason.items())
    ]


def _where(changes: Sequence[AlarmChange], names: Names) -> str:
    return shortened(first_of([*dict.fromkeys(names.location(change.alarm) for change in changes)], _FIRST))

"""Old against new as a part of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from generator.backtest.against import AlarmChange
from generator.backtest.backtest import AlarmBacktest
from generator.backtest.incidents import IncidentCounts
from generator.backtest.report import Names, more
from generator.backtest.tables import BacktestPart
from generator.backtest.words import a_month, condition
from generator.wording import length_in_words, pluralize

_NONE = "none"


def against_part(changes: Sequence[AlarmChange] | None, revision: str, names: Names, most: int) -> BacktestPart:
    """What the change of a build does to firings, most first."""
    title = f"Against {revision}"
    if changes is None:
        return BacktestPart(title, ["the environment did not exist: every alarm is added"])
    if not changes:
        return BacktestPart(title, ["no alarm has another condition or other firings"])
    ordered = sorted(
        changes, key=lambda change: (-abs(change.difference), change.alarm.name, names.location(change.alarm))
    )
    # A side without a number is not one without firings.
    known = [change for change in changes if not any(change.reasons)]
    sides = [[side for change in known if (side := getattr(change, name))] for name in ("before", "after")]
    before, after = (sum(side.totals.firings for side in backtests) for backtests in sides)
    nights = [sum(side.totals.at_night for side in backtests) for backtests in sides]
    sentence = (
        f"{pluralize(len(changes), 'alarm')} with another condition or other firings: {before:,} firings before, "
        f"{after:,} now; at night {nights[0]:,} before, {nights[1]:,} now"
    )
    if len(known) < len(changes):
        sentence += f"; not counted: {pluralize(len(changes) - len(known), 'alarm')} that the capture cannot judge"
    rows = [_row(change, names) for change in ordered]
    head = ("", "alarm", "account", "condition", "firings", "a month", "in ALARM", "at night")
    return BacktestPart(title, [sentence], head, rows[:most], frozenset(), more(rows, most))


def with_incidents(
    part: BacktestPart, before: IncidentCounts | str | None, after: IncidentCounts | str | None
) -> BacktestPart:
    """The part with the incidents of both sides, or why those before are not counted."""
    if isinstance(before, str):
        sentence = f"incidents before: {before}"
    elif isinstance(before, IncidentCounts) and isinstance(after, IncidentCounts):
        sentence = (
            f"incidents after grouping: {before.incidents:,} before, {after.incidents:,} now; "
            f"at night {before.at_night:,} before, {after.at_night:,} now"
        )
    else:
        return part
    return replace(part, before=[*part.before, sentence])


def _row(change: AlarmChange, names: Names) -> tuple[str, ...]:
    sides = (change.before, change.after)
    return (
        change.kind,
        change.alarm.name,
        names.location(change.alarm),
        _arrow([condition(side.resource) if side else "" for side in sides]) or _reason(change),
        _arrow([_firings(change, index) for index in range(2)]),
        _arrow([a_month(side.a_month) if side else "" for side in sides]),
        _arrow([length_in_words(side.totals.seconds) if side else "" for side in sides]),
        _arrow([f"{side.totals.at_night:,}" if side else "" for side in sides]),
    )


def _firings(change: AlarmChange, index: int) -> str:
    side: AlarmBacktest | None = (change.before, change.after)[index]
    if side:
        return f"{side.totals.firings:,}"
    return "not judged" if change.reasons[index] else ""


def _reason(change: AlarmChange) -> str:
    return next((reason for reason in reversed(change.reasons) if reason), _NONE)


def _arrow(sides: Sequence[str]) -> str:
    """`5 → 7`; one of them where both are the same, or where there is only one."""
    there = [side for side in dict.fromkeys(sides) if side]
    return " → ".join(there)

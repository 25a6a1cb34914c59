"""Suggested thresholds as a part of the report."""

from __future__ import annotations

from collections.abc import Sequence

from generator.backtest.report import Names, more
from generator.backtest.suggest import Suggestion, Trial
from generator.backtest.tables import Part
from generator.backtest.words import a_month, crossing, length, number, watched

_HEAD = ("alarm", "account", "watches", "now", "suggested", "in ALARM", "at night", "next value", "quietest value")


def suggest_part(found: Sequence[Suggestion], most_a_month: float, names: Names, most: int) -> Part:
    """Thresholds that fire at most so often, those of the noisiest alarms first."""
    title = f"Thresholds with at most {number(most_a_month)} firings a month"
    helpful = [one for one in found if one.suggested is None or one.suggested.threshold != one.present.threshold]
    ordered = sorted(helpful, key=lambda one: (-one.present.a_month, one.alarm.name, names.location(one.alarm)))
    rows = [_row(suggestion, names) for suggestion in ordered]
    same = len(found) - len(helpful)
    after = [*more(rows, most), *([f"{same:,} with the threshold that would be suggested"] if same else [])]
    after.append("each is the most sensitive value of the data; firings are those of these days, not of days to come")
    return Part(title, (), _HEAD, rows[:most], frozenset(), after)


def _row(found: Suggestion, names: Names) -> tuple[str, ...]:
    suggested = found.suggested
    return (
        found.alarm.name,
        names.location(found.alarm),
        watched(found.resource),
        _trial(found, found.present),
        _trial(found, suggested) if suggested else "none: no value is quiet enough",
        f"{length(found.present.totals.seconds)} → {length(suggested.totals.seconds)}" if suggested else "",
        f"{found.present.totals.at_night:,} → {suggested.totals.at_night:,}" if suggested else "",
        _trial(found, found.next) if found.next else "",
        _trial(found, found.quietest),
    )


def _trial(found: Suggestion, trial: Trial) -> str:
    """`> 5 (862 a month)`."""
    return f"{crossing(found.resource, trial.threshold)} ({a_month(trial.a_month)} a month)"

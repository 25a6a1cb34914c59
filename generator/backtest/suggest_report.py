"""Suggested thresholds as a part of the report."""

from __future__ import annotations

from collections.abc import Sequence

from generator.backtest.report import Names, more
from generator.backtest.suggest import Suggestion, Trial
from generator.backtest.tables import BacktestPart
from generator.backtest.words import a_month, number, symbol, watched
from generator.model.signals import plain_number
from generator.wording import length_in_words

_HEAD = ("alarm", "account", "watches", "now", "suggested", "in ALARM", "at night", "next value", "quietest value")


def suggest_part(suggestions: Sequence[Suggestion], most_a_month: float, names: Names, most: int) -> BacktestPart:
    """Thresholds that fire at most so often, those of the noisiest alarms first."""
    title = f"Thresholds with at most {number(most_a_month)} firings a month"
    helpful = [suggestion for suggestion in suggestions if _differs(suggestion)]
    ordered = sorted(helpful, key=lambda row: (-row.present.a_month, row.alarm.name, names.location(row.alarm)))
    rows = [_row(suggestion, names) for suggestion in ordered]
    same = len(suggestions) - len(helpful)
    after = [*more(rows, most), *([f"{same:,} with the threshold that would be suggested"] if same else [])]
    after.append("each is the most sensitive value of the data; firings are those of these days, not of days to come")
    return BacktestPart(title, (), _HEAD, rows[:most], frozenset(), after)


def _differs(suggestion: Suggestion) -> bool:
    return suggestion.suggested is None or suggestion.suggested.threshold != suggestion.present.threshold


def _row(suggestion: Suggestion, names: Names) -> tuple[str, ...]:
    suggested = suggestion.suggested
    return (
        suggestion.alarm.name,
        names.location(suggestion.alarm),
        watched(suggestion.resource),
        _trial(suggestion, suggestion.present),
        _trial(suggestion, suggested) if suggested else "none: no value is quiet enough",
        " → ".join(length_in_words(trial.totals.seconds) for trial in (suggestion.present, suggested) if trial)
        if suggested
        else "",
        f"{suggestion.present.totals.at_night:,} → {suggested.totals.at_night:,}" if suggested else "",
        _trial(suggestion, suggestion.next) if suggestion.next else "",
        _trial(suggestion, suggestion.quietest),
    )


def _trial(suggestion: Suggestion, trial: Trial) -> str:
    """`> 5 (862 a month)`. All digits, as the file takes them: another value may fire more often."""
    condition = f"{symbol(suggestion.resource)} {plain_number(trial.threshold)}"
    return f"{condition} ({a_month(trial.a_month)} a month)"

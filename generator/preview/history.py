"""What alarms would have done over captured data, of each alarm in all accounts together, and in words."""

from __future__ import annotations

from collections.abc import Mapping

from generator.backtest.backtest import AlarmBacktest
from generator.backtest.outcome import BacktestOutcome
from generator.preview.types import AlarmHistory, CaptureWords
from generator.render.long_lists import names_in_words
from generator.wording import first_of, format_utc, length_in_words, pluralize

_MOST_REASONS = 3


def histories(outcome: BacktestOutcome) -> Mapping[str, AlarmHistory]:
    """The history of each alarm by its name in CloudWatch."""
    judged: dict[str, list[AlarmBacktest]] = {}
    reasons: dict[str, dict[str, None]] = {}
    for alarm, row in outcome.result.alarms.items():
        judged.setdefault(alarm.name, []).append(row)
    for alarm, reason in outcome.result.not_judged.items():
        reasons.setdefault(alarm.name, {})[reason] = None
    return {
        name: _together(judged.get(name, []), tuple(reasons.get(name, ())), outcome)
        for name in sorted({*judged, *reasons})
    }


def _together(rows: list[AlarmBacktest], reasons: tuple[str, ...], outcome: BacktestOutcome) -> AlarmHistory:
    sums = [row.totals for row in rows]
    fired = [outcome.names.location(row.alarm) for row in rows if row.totals.firings]
    return AlarmHistory(
        judged=len(rows),
        firings=sum(total.firings for total in sums),
        at_night=sum(total.at_night for total in sums),
        longest=max((total.longest for total in sums), default=0),
        a_month=sum(row.a_month for row in rows),
        accounts=tuple(dict.fromkeys(fired)),
        not_judged=reasons,
    )


def capture_words(outcome: BacktestOutcome) -> CaptureWords:
    """The window of the data, and the hours of the night."""
    begin, end = (format_utc(1000 * at)[:10] for at in (outcome.window.start, outcome.window.end))
    return CaptureWords(f"{begin} to {end}", f"{outcome.night.hours} {outcome.night.zone}")


def history_in_words(history: AlarmHistory) -> str:
    """`4 firings (1 at night) in checkout, 8.6 a month, the longest 12 min`."""
    reasons = first_of(history.not_judged, _MOST_REASONS, "; ")
    if not history.judged:
        return f"not judged: {reasons}"
    words = "would not have fired"
    if history.firings:
        night = f" ({history.at_night} at night)" if history.at_night else ""
        words = (
            f"{pluralize(history.firings, 'firing')}{night} in {names_in_words(history.accounts)},"
            f" {history.a_month:.1f} a month, the longest {length_in_words(history.longest)}"
        )
    return f"{words}; elsewhere not judged: {reasons}" if reasons else words

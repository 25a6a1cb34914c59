"""Conditions, lengths and numbers of a backtest in words."""

from __future__ import annotations

from generator.evaluate.template.contents import CompositeAlarm, Entry, MetricAlarm
from generator.wording import duration_in_words

SYMBOLS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
_MINUTE = 60
_LONGEST_EXPRESSION = 60
_DATE, _TIME = "%Y-%m-%d", "%Y-%m-%d %H:%M"


def condition(alarm: MetricAlarm | CompositeAlarm) -> str:
    """`Sum of Errors > 5, 3 of 5 periods of 1 minute`; of a composite its rule."""
    if isinstance(alarm, CompositeAlarm):
        return _short(alarm.rule)
    return f"{watched(alarm)} {crossing(alarm, alarm.threshold or 0.0)}, {_window(alarm)}"


def crossing(alarm: MetricAlarm, threshold: float) -> str:
    """`> 5`."""
    return f"{symbol(alarm)} {number(threshold)}"


def symbol(alarm: MetricAlarm) -> str:
    """`>`."""
    return SYMBOLS.get(alarm.comparison, alarm.comparison)


def watched(alarm: MetricAlarm) -> str:
    """`Sum of Errors`, or the expression."""
    entry = next((entry for entry in alarm.entries if entry.is_returned), alarm.entries[0])
    return _entry_in_words(entry)


def _entry_in_words(entry: Entry) -> str:
    if entry.stat is None:
        return _short(entry.expression)
    return f"{entry.stat.statistic} of {entry.stat.metric.name}"


def _window(alarm: MetricAlarm) -> str:
    period = next((entry.stat.period for entry in alarm.entries if entry.stat), _MINUTE)
    if alarm.periods == 1:
        return f"1 period of {duration_in_words(period)}"
    count = str(alarm.periods) if alarm.datapoints == alarm.periods else f"{alarm.datapoints} of {alarm.periods}"
    return f"{count} periods of {duration_in_words(period)}"


def _short(expression: str) -> str:
    line = " ".join(expression.split())
    return line if len(line) <= _LONGEST_EXPRESSION else f"{line[: _LONGEST_EXPRESSION - 1]}…"


def number(value: float) -> str:
    """`1,204`, `0.25`: ten digits at most."""
    return f"{value:,.10g}"


def a_month(firings: float) -> str:
    """Firings in 30 days: whole above ten."""
    return f"{firings:,.0f}" if firings >= 10 or firings == int(firings) else f"{firings:.1f}"

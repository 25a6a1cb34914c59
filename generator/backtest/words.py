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
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60
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


def length(seconds: int) -> str:
    """`2 d 4 h`, `3 h 20 min`, `5 min`: in two units at most."""
    units = [(_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")]
    words = []
    for size, unit in units:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words[:2]) or ("0 min" if not seconds else f"{seconds} s")


def a_month(firings: float) -> str:
    """Firings in 30 days: whole above ten."""
    return f"{firings:,.0f}" if firings >= 10 or firings == int(firings) else f"{firings:.1f}"


def share(value: float) -> str:
    """`99.9 %`; 100 only for all, 0 only for none."""
    if 0 < value < 1:
        value = min(0.999, max(0.001, value))
    return f"{100 * value:.1f} %" if value not in (0.0, 1.0) else f"{100 * value:.0f} %"

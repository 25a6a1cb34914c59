"""Why an alarm changed, in CloudWatch's own words as people know them from tickets and histories.

The wording was collected from recorded alarm histories; AWS documents none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from generator.evaluate.template.template import MetricAlarm
from generator.evaluate.types import State

Point = tuple[int, float]
_LAST_YEAR = 253_402_300_800
_WORDS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_BANDS = {
    "GreaterThanUpperThreshold": "greater than the upper thresholds",
    "LessThanLowerThreshold": "less than the lower thresholds",
    "LessThanLowerOrGreaterThanUpperThreshold": ("less than the lower thresholds or greater than the upper thresholds"),
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def moment(at: int, form: str) -> str:
    """A time as text; the bare seconds where no calendar has it."""
    return datetime.fromtimestamp(at, UTC).strftime(form) if 0 <= at < _LAST_YEAR else str(at)


def reason(alarm: MetricAlarm, before: State, after: State, points: Sequence[Point], missing: int) -> str:
    """Why the alarm is now in a state.

    points: those that speak for it, with the starts of their periods, newest first. missing: periods without one.
    """
    if after == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_counted(missing, 'datapoint')} {_was(missing)} unknown."
    if not points and not missing:
        return "Assumed: what came before the start is as the alarm's state says, and in order if nothing says it."
    if not points:
        treated = _TREATED.get(alarm.missing, alarm.missing)
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(missing, 'period')} and "
            f"{_counted(missing, 'missing datapoint')} {_was(missing)} treated as [{treated}]."
        )
    datapoints = ", ".join(f"{value} ({moment(at, '%d/%m/%y %H:%M:%S')})" for at, value in points)
    words = _BANDS.get(alarm.comparison)
    words = words or f"{_WORDS.get(alarm.comparison, alarm.comparison)} the threshold ({alarm.threshold})"
    comparison = f"{_was(len(points))} {'' if after == 'ALARM' else 'not '}{words}"
    if alarm.periods == 1:
        return f"Threshold Crossed: 1 datapoint [{datapoints}] {comparison}."
    needed = alarm.datapoints if after == "ALARM" else alarm.periods - alarm.datapoints + 1
    return (
        f"Threshold Crossed: {len(points)} out of the last {alarm.periods} datapoints [{datapoints}] {comparison} "
        f"(minimum {_counted(needed, 'datapoint')} for {before} -> {after} transition)."
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"

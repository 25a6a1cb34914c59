"""T23: a threshold can be crossed, and kept."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Origin, Tuning
from generator.model.logs import MetricFilter
from generator.model.signals import AccountSignal, FleetSignal, LocalSignal

CODE = "T23"
NAME = "threshold-can-be-crossed"
TITLE = "The threshold of an alarm on a count is one that a count can cross and need not."
WHY = (
    "A count is never below zero. An alarm on < 0 can never fire, one on >= 0 always does; the first is no alarm,"
    " and the second is soon ignored. A filter that publishes 1 for a line and 0 by default has no other values,"
    " however many lines there are: only their Sum counts. Average, Maximum, Minimum and percentiles never leave 0 to"
    " 1, and SampleCount counts the zeros, too."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"
BAD = """\
alarms:
  errors: {threshold: ">= 0"}
"""
GOOD = """\
alarms:
  errors: {threshold: ">= 1"}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm on one of our counting filters whose threshold decides by itself."""
    filters = {f.key: f for f in subject.estate.metric_filters}
    counting = {f.key for f in filters.values() if _counts(f.value, f.default)}
    for alarm in subject.estate.alarms:
        counted = filters.get(alarm.counted or "")
        if counted and isinstance(alarm.signal, LocalSignal) and alarm.statistic not in ("", "Sum"):
            yield from _of_constants(alarm, counted)
            continue
        if isinstance(alarm.signal, LocalSignal | AccountSignal | FleetSignal) and alarm.counted in counting:
            yield from _tuned(alarm, alarm.tuning, _path(alarm, alarm.origins))
            for variant in alarm.variants:
                own, usual = variant.tuning, alarm.tuning
                if (own.comparison, own.threshold) != (usual.comparison, usual.threshold):
                    yield from _tuned(alarm, variant.tuning, _path(alarm, variant.origins))


def _of_constants(alarm: Alarm, counted: MetricFilter) -> Iterator[Finding]:
    """An alarm on another statistic than the Sum of a filter that publishes one number only, and perhaps a default."""
    try:
        value = float(counted.value)
    except ValueError:
        return
    place = next((origin.path for origin in alarm.origins if origin.field == "statistic"), alarm.path)
    if alarm.statistic == "SampleCount":
        if counted.default is not None:
            message = f"SampleCount also counts the default {counted.default:g} of each minute that has other lines"
            yield Finding(CODE, message, place, hint="statistic: Sum")
        return
    default = value if counted.default is None else counted.default
    values = f"{value:g} or {default:g}" if default != value else f"{value:g}"
    least, most = min(value, default), max(value, default)
    for tuning in dict.fromkeys(alarm.tunings()):
        how = _decided(tuning, least, most)
        if how:
            message = f"the filter publishes {values}, so the {alarm.statistic} is {how}"
            yield Finding(CODE, f"{message} {_written(tuning)}", place, hint="statistic: Sum counts lines")


def _decided(tuning: Tuning, least: float, most: float) -> str:
    """`never` or `always`, where the bounds of a statistic decide by themselves whether an alarm fires."""
    bound = tuning.threshold
    never = {">": bound >= most, ">=": bound > most, "<": bound <= least, "<=": bound < least}
    always = {">": bound < least, ">=": bound <= least, "<": bound > most, "<=": bound >= most}
    return "never" if never[tuning.comparison] else "always" if always[tuning.comparison] else ""


def _counts(value: str, default: float | None) -> bool:
    return not value.startswith(("$", "-")) and (default is None or default >= 0)


def _path(alarm: Alarm, origins: tuple[Origin, ...]) -> Path:
    return next((origin.path for origin in origins if origin.field == "threshold"), alarm.path)


def _tuned(alarm: Alarm, tuning: Tuning, path: Path) -> Iterator[Finding]:
    written = _written(tuning)
    below = (tuning.comparison, tuning.threshold <= 0) == ("<", True)
    if below or (tuning.comparison == "<=" and tuning.threshold < 0):
        yield Finding(CODE, f"a count is never {written}: `{alarm.key}` can never fire", path, hint='such as "> 0"')
    if (tuning.comparison == ">=" and tuning.threshold <= 0) or (tuning.comparison == ">" and tuning.threshold < 0):
        yield Finding(CODE, f"a count is always {written}: `{alarm.key}` always fires", path, hint='such as "> 0"')


def _written(tuning: Tuning) -> str:
    return f"{tuning.comparison} {tuning.threshold:g}"

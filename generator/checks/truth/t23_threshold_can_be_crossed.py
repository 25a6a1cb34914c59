"""T23: a threshold can be crossed, and kept."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Origin, Tuning
from generator.model.signals import AccountSignal, FleetSignal, LocalSignal

CODE = "T23"
NAME = "threshold-can-be-crossed"
TITLE = "The threshold of an alarm on a count is one that a count can cross and need not."
WHY = (
    "A count is never below zero. An alarm on < 0 can never fire, one on >= 0 always does; the first is no alarm,"
    " and the second is soon ignored."
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
    counting = {f.key for f in subject.estate.metric_filters if _counts(f.value, f.default)}
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, LocalSignal | AccountSignal | FleetSignal) and alarm.counted in counting:
            yield from _tuned(alarm, alarm.tuning, _path(alarm, alarm.origins))
            for variant in alarm.variants:
                own, usual = variant.tuning, alarm.tuning
                if (own.comparison, own.threshold) != (usual.comparison, usual.threshold):
                    yield from _tuned(alarm, variant.tuning, _path(alarm, variant.origins))


def _counts(value: str, default: float | None) -> bool:
    return not value.startswith(("$", "-")) and (default is None or default >= 0)


def _path(alarm: Alarm, origins: tuple[Origin, ...]) -> Path:
    return next((origin.path for origin in origins if origin.field == "threshold"), alarm.path)


def _tuned(alarm: Alarm, tuning: Tuning, path: Path) -> Iterator[Finding]:
    written = f"{tuning.comparison} {tuning.threshold:g}"
    below = (tuning.comparison, tuning.threshold <= 0) == ("<", True)
    if below or (tuning.comparison == "<=" and tuning.threshold < 0):
        yield Finding(CODE, f"a count is never {written}: `{alarm.key}` can never fire", path, hint='such as "> 0"')
    if (tuning.comparison == ">=" and tuning.threshold <= 0) or (tuning.comparison == ">" and tuning.threshold < 0):
        yield Finding(CODE, f"a count is always {written}: `{alarm.key}` always fires", path, hint='such as "> 0"')

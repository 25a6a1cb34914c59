"""T32: CloudWatch supports the anomaly detection of an alarm.

A model is trained on values of a minute or longer, of a simple statistic or a percentile.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.signals import AnomalySignal

CODE = "T32"
NAME = "anomaly"
TITLE = "An alarm on an anomaly has a period of a minute or longer, and no scaling action."
SUMMARY = "An alarm on an anomaly has a period of at least a minute."
WHY = (
    "CloudWatch has no band for shorter periods, and refuses an Auto Scaling action on such an alarm. Both fail when"
    " the stack is deployed."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_ALARM = "threshold: null, metric: {filter: null, namespace: Shop, name: Orders}"
BAD = f"""\
alarms:
  errors: {{{_ALARM}, anomaly: {{band: 3}}, period: 30s}}
"""
GOOD = f"""\
alarms:
  errors: {{{_ALARM}, anomaly: {{band: 3}}, period: 5m}}
"""
_MINUTE = 60


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each period that is too short, and for each scaling action."""
    for alarm in subject.estate.alarms:
        if not isinstance(alarm.signal, AnomalySignal):
            continue
        shortest = min(tuning.period for tuning in alarm.tunings())
        if shortest < _MINUTE:
            message = f"CloudWatch supports no anomaly detection for a period of {shortest} seconds"
            yield Finding(CODE, message, alarm.path, hint="use a period of 1m or longer", on="key")
        for index, action in enumerate(alarm.actions):
            if ":autoscaling:" in action:
                message = "an alarm on an anomaly cannot have a scaling action"
                yield Finding(CODE, message, (*alarm.path, "actions", index), hint="use an alarm with a threshold")

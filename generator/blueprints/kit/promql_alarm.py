"""Alarms on PromQL queries.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmPromQLCriteria.html
"""

from __future__ import annotations

from typing import Any

from troposphere.cloudwatch import AlarmPromQLCriteria, EvaluationCriteria

from generator.blueprints.kit.event_tags import MetricAlarmResource
from generator.blueprints.kit.stack import Part
from generator.model.alarms import Alarm
from generator.model.signals import PromqlSignal


def promql_alarm(alarm: Alarm, signal: PromqlSignal, common: dict[str, Any]) -> Part:
    """An alarm with its query. common: the properties that alarms on metrics have too."""
    periods = {"PendingPeriod": signal.pending, "RecoveryPeriod": signal.recovery}
    criteria = AlarmPromQLCriteria(Query=signal.query, **{name: time for name, time in periods.items() if time})
    return MetricAlarmResource(
        alarm.logical_id,
        **common,
        EvaluationCriteria=EvaluationCriteria(PromQLCriteria=criteria),
        EvaluationInterval=signal.every,
    )

"""Alarms on PromQL queries.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmPromQLCriteria.html
"""

from __future__ import annotations

from typing import Any

from troposphere.cloudwatch import Alarm as AlarmResource
from troposphere.cloudwatch import AlarmPromQLCriteria, EvaluationCriteria

from generator.blueprints.kit.stack import Part
from generator.model.alarms import Alarm
from generator.model.signals import PromqlSignal


class _PromqlAlarm(AlarmResource):  # type: ignore[misc]  # troposphere has no types
    """An alarm without a metric: troposphere 4.11 requires a statistic or metrics in each."""

    def validate(self) -> None:
        """Nothing: T70 and cfn-lint check the criteria."""


def promql_alarm(alarm: Alarm, signal: PromqlSignal, common: dict[str, Any]) -> Part:
    """An alarm with its query. common: the properties that alarms on metrics have too."""
    periods = {"PendingPeriod": signal.pending, "RecoveryPeriod": signal.recovery}
    criteria = AlarmPromQLCriteria(Query=signal.query, **{name: time for name, time in periods.items() if time})
    return _PromqlAlarm(
        alarm.logical_id,
        **common,
        EvaluationCriteria=EvaluationCriteria(PromQLCriteria=criteria),
        EvaluationInterval=signal.every,
    )

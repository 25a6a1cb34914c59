"""Alarms whose events carry tags. troposphere 4.11 does not know ActionConfiguration; CloudFormation's schema does.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmTagsPropagation.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere.cloudwatch import Alarm, CompositeAlarm, LogAlarm

_PROPERTY = "ActionConfiguration"


class MetricAlarmResource(Alarm):  # type: ignore[misc]  # troposphere has no types
    """An alarm on metrics or PromQL. troposphere requires a statistic or metrics in each, but PromQL has neither."""

    props = {**Alarm.props, _PROPERTY: (dict, False)}

    def validate(self) -> None:
        """What troposphere requires, except of PromQL."""
        if "EvaluationCriteria" not in self.properties:
            super().validate()


class CompositeAlarmResource(CompositeAlarm):  # type: ignore[misc]  # troposphere has no types
    """A composite alarm."""

    props = {**CompositeAlarm.props, _PROPERTY: (dict, False)}


class LogAlarmResource(LogAlarm):  # type: ignore[misc]  # troposphere has no types
    """An alarm on a Logs Insights query."""

    props = {**LogAlarm.props, _PROPERTY: (dict, False)}


def event_tags(keys: Sequence[str]) -> dict[str, Any]:
    """The property for these keys of tags; none without keys, which is CloudWatch's default."""
    if not keys:
        return {}
    return {_PROPERTY: {"AlarmTagsPropagation": {"Enabled": True, "IncludedTagKeys": list(keys)}}}

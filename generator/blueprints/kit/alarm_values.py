"""The effective settings of one alarm as its template has them: values, or references to parameters of the stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AlarmValues:
    """The settings of an alarm. A value is a text or number, or a Ref or Fn::If where accounts or Regions differ.

    severity: the alarm's tag, and the only setting of an alarm on PromQL. period: in seconds; None for an alarm on
    logs, which has a schedule instead.
    start_offset: how far back each run of a query reads, in seconds. evaluation: the other properties.
    """

    severity: Any
    threshold: Any
    comparison: Any
    period: Any
    schedule: Any
    start_offset: Any
    evaluation: Mapping[str, Any]

    @property
    def comparing(self) -> dict[str, Any]:
        """The properties that compare with a threshold."""
        return {"Threshold": self.threshold, "ComparisonOperator": self.comparison}


def alarm_values(fields: Mapping[str, Any]) -> AlarmValues:
    """The settings from the fields of `member_parameters.values`, or references in their places."""
    evaluation = ("EvaluationPeriods", "DatapointsToAlarm", "QueryResultsToEvaluate", "QueryResultsToAlarm")
    names = (*evaluation, "TreatMissingData")
    return AlarmValues(
        severity=fields["Severity"],
        threshold=fields.get("Threshold"),
        comparison=fields.get("ComparisonOperator"),
        period=fields.get("Period"),
        schedule=fields.get("ScheduleExpression"),
        start_offset=fields.get("StartTimeOffset"),
        evaluation={name: fields[name] for name in names if name in fields},
    )

"""The event that CloudWatch sends when an alarm changes its state, made up for an alarm of the estate; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html has the shape.
"""

from __future__ import annotations

import json
import operator
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from generator.wording import format_datetime, pluralize

_COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
WORDS = {">": "greater than", ">=": "greater than or equal to", "<": "less than", "<=": "less than or equal to"}


@dataclass(frozen=True, slots=True)
class AlarmComparison:
    """The condition of a metric alarm. statistic: empty for an expression or a query.

    metrics: the entries of the event's `configuration.metrics`.
    """

    comparison: str
    threshold: float
    period: int
    datapoints: int
    evaluation_periods: int
    statistic: str
    metrics: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class DrillSubject:
    """One alarm in one account. condition: None for a composite, which has a rule instead.

    lines: log lines that the alarm counts, for channels that show them. listeners: the channels that it notifies.
    silent_end: whether mails and chat say nothing about its end. contributor: labels and values of an example, where
    each contributor has incidents of its own.
    """

    alarm: str
    account: str
    account_name: str
    region: str
    partition: str
    severity: str
    description: str
    condition: AlarmComparison | None
    rule: str = ""
    lines: tuple[str, ...] = ()
    listeners: tuple[str, ...] = ()
    silent_end: bool = False
    contributor: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What an incident about it is called: the alarm, or its example contributor."""
        label = ", ".join(f"{name}={value}" for name, value in sorted(self.contributor))
        return f"{self.alarm} of {label}" if label else self.alarm

    @property
    def arn(self) -> str:
        """The ARN of the alarm."""
        return f"arn:{self.partition}:cloudwatch:{self.region}:{self.account}:alarm:{self.alarm}"


def event(subject: DrillSubject, state: str, at: datetime, before: str, since: datetime) -> dict[str, Any]:
    """A change to `state` at a time, from another state that had held since."""
    configuration: dict[str, Any] = {"description": subject.description}
    if subject.condition:
        configuration["metrics"] = list(subject.condition.metrics)
    else:
        configuration |= {"alarmName": subject.alarm, "alarmRule": subject.rule, "actionsEnabled": True}
    detail = {
        "alarmName": subject.alarm,
        "configuration": configuration,
        "previousState": _state(subject, before, since),
        "state": _state(subject, state, at),
    }
    if subject.contributor:
        # It has an id instead of a state before.
        del detail["previousState"]
        detail["alarmContributor"] = {"id": "0123456789abcdef", "attributes": dict(subject.contributor)}
    kind = "CloudWatch Alarm Contributor State Change" if subject.contributor else "CloudWatch Alarm State Change"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": "aws.cloudwatch",
        "account": subject.account,
        "time": format_datetime(at),
        "region": subject.region,
        "resources": [subject.arn],
        "detail": detail,
    }


def _state(subject: DrillSubject, state: str, at: datetime) -> dict[str, Any]:
    reason, data = _reason(subject, state, at)
    return {"value": state, "reason": reason, "reasonData": json.dumps(data), "timestamp": _moment(at)}


def _reason(subject: DrillSubject, state: str, at: datetime) -> tuple[str, dict[str, Any]]:
    condition = subject.condition
    if condition is None:
        stamp = at.strftime("%A %d %B, %Y %H:%M:%S UTC")
        child = {"arn": subject.arn, "state": {"value": state, "timestamp": _moment(at)}}
        return f"{subject.arn} transitioned to {state} at {stamp}", {"triggeringAlarms": [child]}
    value = measured(condition, breaching=state == "ALARM")
    start = at - timedelta(seconds=condition.period * condition.evaluation_periods)
    point = (start.replace(second=0, microsecond=0)).strftime("%d/%m/%y %H:%M:%S")
    breaching = state == "ALARM"
    needed = condition.datapoints if breaching else condition.evaluation_periods - condition.datapoints + 1
    verb = "was" if needed == 1 else "were"
    reason = (
        f"Threshold Crossed: {needed} out of the last {condition.evaluation_periods} datapoints [{value} ({point})] "
        f"{verb} {'' if breaching else 'not '}{WORDS[condition.comparison]} the threshold ({condition.threshold}) "
        f"(minimum {pluralize(needed, 'datapoint')} for {'OK -> ALARM' if breaching else 'ALARM -> OK'} "
        "transition)."
    )
    data = {
        "version": "1.0",
        "queryDate": _moment(at),
        "startDate": _moment(start),
        **({"statistic": condition.statistic} if condition.statistic else {}),
        "period": condition.period,
        "recentDatapoints": [value],
        "threshold": condition.threshold,
        "evaluatedDatapoints": [{"timestamp": _moment(start), "value": value}],
    }
    return reason, data


def measured(condition: AlarmComparison, *, breaching: bool) -> float:
    """A number on the right side of the threshold, and not far from it; not negative if the threshold is not, as most
    metrics are counts, durations or percentages.
    """
    threshold = condition.threshold
    step = max(1.0, abs(threshold) * 0.5)
    up = condition.comparison.startswith(">") == breaching
    value = round(threshold + step if up else threshold - step, 6)
    breaches_at_zero = _COMPARISONS[condition.comparison](0.0, threshold)
    return max(value, 0.0) if threshold >= 0 and breaches_at_zero == breaching else value


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"

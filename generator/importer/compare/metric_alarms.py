"""What a metric alarm does: facts from the evaluator's reading, and from its actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.evaluate.template.contents import MetricAlarm, PromqlAlarm
from generator.importer.compare.types import Facts
from generator.importer.compare.watched import watched

_COMPARISONS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside",
    "LessThanLowerThreshold": "below",
    "GreaterThanUpperThreshold": "above",
}
_STATES = {"AlarmActions": "ALARM", "OKActions": "OK", "InsufficientDataActions": "INSUFFICIENT_DATA"}
TOPICS = "actions on SNS topics: channels of the path of alarms instead"
UNKNOWN_ACTIONS = "actions that the source does not name, such as parameters and policies of scaling: review each"
TAGS = "tags: those of the file, severity and owner"
DESCRIPTION = "description: summary, runbook and owner"


def metric_alarm(alarm: MetricAlarm, properties: Mapping[str, Any]) -> Facts:
    """Of an alarm on metrics."""
    values = {
        "watches": watched(alarm),
        "fires": _condition(alarm),
        "needs": f"{alarm.datapoints} of {alarm.periods} periods",
        "missing data": alarm.missing,
        "few samples": "keep the state" if alarm.keeps_on_low_samples else "are evaluated",
        "window": f"of the clock in {alarm.time_zone}" if alarm.time_zone is not None else "slides",
        "warm-up": _warm_up(alarm),
        **actions(properties),
    }
    return Facts(values, purposes(properties))


def promql_alarm(alarm: PromqlAlarm, properties: Mapping[str, Any]) -> Facts:
    """Of an alarm on PromQL."""
    criteria = properties.get("EvaluationCriteria")
    promql = criteria.get("PromQLCriteria") if isinstance(criteria, Mapping) else None
    query = promql.get("Query") if isinstance(promql, Mapping) else ""
    values = {
        "watches": " ".join(str(query or "").split()),
        "pending period": f"{alarm.pending} s",
        "recovery period": f"{alarm.recovery} s",
        "evaluated every": f"{alarm.interval} s",
        **actions(properties),
    }
    return Facts(values, purposes(properties))


def actions(properties: Mapping[str, Any]) -> dict[str, str]:
    """The actions that obsgen does not replace, and whether they are enabled."""
    values = {}
    for name, state in _STATES.items():
        listed = properties.get(name)
        arns = [action for action in map(str, _list(listed)) if _is_known(action) and not is_topic(action)]
        values[f"actions in {state}"] = ", ".join(sorted(set(arns))) or "none"
    enabled = str(properties.get("ActionsEnabled", True)).lower() != "false"
    values["actions"] = "enabled" if enabled else "disabled"
    return values


def purposes(properties: Mapping[str, Any]) -> frozenset[str]:
    """What of an alarm obsgen replaces."""
    listed = [str(action) for name in _STATES for action in _list(properties.get(name))]
    sentences = {TOPICS} if any(map(is_topic, listed)) else set[str]()
    sentences |= set() if all(map(_is_known, listed)) else {UNKNOWN_ACTIONS}
    sentences |= {DESCRIPTION} if properties.get("AlarmDescription") else set()
    sentences |= {TAGS} if properties.get("Tags") else set()
    return frozenset(sentences)


def _is_known(action: str) -> bool:
    """False for what only the running account knows, such as a parameter with a topic."""
    return action.startswith("arn:")


def is_topic(action: str) -> bool:
    """True for the ARN of an SNS topic."""
    return action.split(":")[2:3] == ["sns"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _condition(alarm: MetricAlarm) -> str:
    comparison = _COMPARISONS.get(alarm.comparison, alarm.comparison)
    return f"{comparison} the band" if alarm.threshold is None else f"{comparison} {alarm.threshold:.12g}"


def _warm_up(alarm: MetricAlarm) -> str:
    if not alarm.warm_up_seconds:
        return "none"
    whole = ", in whole" if alarm.waits_whole_warm_up else ""
    return f"{alarm.warm_up_seconds} s{whole}"

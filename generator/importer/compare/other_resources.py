"""What composites, alarms on logs, metric filters, log groups, dashboards and anomaly detectors do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.evaluate.alarms.rule import AtLeast, RuleProblem, parse
from generator.evaluate.template.contents import CompositeAlarm, FilterResource
from generator.importer.compare.metric_alarms import actions, purposes
from generator.importer.compare.types import Facts
from generator.importer.compare.watched import statistic_of
from generator.importer.dashboards.bodies import parsed_body
from generator.importer.dashboards.meaning import Viewpoint, dashboard_meaning

# From the name or ARN of an alarm to what both sides call it.
CommonName = Callable[[str], str]
_LOG_GROUP_WORDS = {
    "BearerTokenAuthenticationEnabled": "bearer tokens",
    "DataProtectionPolicy": "data protection",
    "DeletionProtectionEnabled": "deletion protection",
    "FieldIndexPolicies": "field indexes",
    "ResourcePolicyDocument": "resource policy",
}
LINES = "log lines in the notifications of alarms on logs: messages and tickets have those of obsgen instead"
_OPPOSITE = {"TRUE": "FALSE", "FALSE": "TRUE"}


def composite(alarm: CompositeAlarm, properties: Mapping[str, Any], name: CommonName) -> Facts:
    """Of a composite. name: what both sides call a child."""
    rule = parse(alarm.rule.strip())
    if isinstance(rule, RuleProblem):
        return Facts(unknown=f"AlarmRule: {rule.message}")
    values = {"fires when": _rule(rule.steps, name), **actions(properties)}
    if alarm.suppressor:
        values["suppressed by"] = f"{name(alarm.suppressor)}, wait {alarm.wait} s, extension {alarm.extension} s"
    return Facts(values, purposes(properties))


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a rule. operator: of its operands; empty for a leaf."""

    operator: str
    operands: frozenset[str]

    @property
    def text(self) -> str:
        """The part with its operands in order."""
        joined = f" {self.operator} ".join(sorted(self.operands))
        return f"({joined})" if len(self.operands) > 1 else joined


def _rule(steps: tuple[AtLeast | bool | str, ...], name: CommonName) -> str:
    """The rule in an order of its own and without constants: AND and OR of the same parts are the same."""
    stack: list[_Part] = []
    for step in steps:
        if isinstance(step, AtLeast):
            stack.append(_leaf_part(_leaf(step, name)))
        elif isinstance(step, bool):
            stack.append(_leaf_part(str(step).upper()))
        elif step == "NOT":
            text = stack.pop().text
            stack.append(_leaf_part(_OPPOSITE.get(text, f"NOT {text}")))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_joined(step, left, right))
    return stack[0].text


def _leaf_part(text: str) -> _Part:
    return _Part("", frozenset({text}))


def _joined(operator: str, left: _Part, right: _Part) -> _Part:
    """Both parts. A constant decides, or says nothing: an alarm that an account does not have is FALSE in a rule."""
    neutral, deciding = ("FALSE", "TRUE") if operator == "OR" else ("TRUE", "FALSE")
    operands: set[str] = set()
    for part in (left, right):
        operands |= part.operands if part.operator in ("", operator) else {part.text}
    if deciding in operands:
        return _leaf_part(deciding)
    operands.discard(neutral)
    if len(operands) > 1:
        return _Part(operator, frozenset(operands))
    rest = next((part for part in (left, right) if part.text != neutral), None)
    return rest or _leaf_part(neutral)


def _leaf(step: AtLeast, name: CommonName) -> str:
    names = sorted(name(child) for child in step.children)
    state = f"NOT {step.state}" if step.negated else step.state
    if len(names) == 1 and step.needed == 1:
        return f"{state}({names[0]})"
    return f"AT_LEAST({step.needed}, {state}, {', '.join(names)})"


def metric_filter(resource: FilterResource, _properties: Mapping[str, Any]) -> Facts:
    """Of a metric filter."""
    transformations = sorted(
        f"{item.namespace}/{item.name} = {_number(item.value)} in {item.unit}"
        + (f", {item.default:g} without a match" if item.default is not None else "")
        + "".join(f", {key}={value}" for key, value in item.dimensions)
        for item in resource.transformations
    )
    return Facts(
        {"log group": resource.log_group, "pattern": resource.pattern.strip(), "publishes": "; ".join(transformations)}
    )


def _number(value: str) -> str:
    try:
        return f"{float(value):.12g}"
    except ValueError:
        return value


def log_group(properties: Mapping[str, Any]) -> Facts:
    """Of a log group."""
    days = properties.get("RetentionInDays")
    values = {
        "retention": f"{days} days" if days else "never ends",
        "key": str(properties.get("KmsKeyId") or "AWS's own"),
        "class": str(properties.get("LogGroupClass") or "STANDARD"),
    }
    for name, words in _LOG_GROUP_WORDS.items():
        value = properties.get(name)
        values[words] = "none" if not value or str(value).lower() == "false" else _json(value)
    return Facts(values, frozenset({"tags: those of the file"} if properties.get("Tags") else ()))


def log_alarm(properties: Mapping[str, Any]) -> Facts:
    """Of an alarm on a Logs Insights query."""
    query = properties.get("ScheduledQueryConfiguration")
    query = query if isinstance(query, Mapping) else {}
    schedule = query.get("ScheduleConfiguration")
    schedule = schedule if isinstance(schedule, Mapping) else {}
    groups = query.get("LogGroupIdentifiers")
    values = {
        "query": " ".join(str(query.get("QueryString", "")).split()),
        "language": str(query.get("QueryLanguage") or "CWLI"),
        "aggregate": "".join(str(query.get("AggregationExpression", "")).split()),
        "log groups": ", ".join(sorted(_group_name(str(group)) for group in groups if group))
        if isinstance(groups, list)
        else "",
        "runs": str(schedule.get("ScheduleExpression", "")),
        "from": f"{schedule.get('StartTimeOffset', '')} s ago",
        "to": f"{schedule.get('EndTimeOffset', 0)} s ago",
        "fires": f"{properties.get('ComparisonOperator')} {_number(str(properties.get('Threshold')))}",
        "needs": f"{properties.get('QueryResultsToAlarm', 1)} of {properties.get('QueryResultsToEvaluate', 1)} results",
        "missing data": str(properties.get("TreatMissingData") or "missing"),
        "warm-up": _warm_up(properties.get("WarmUpConfiguration")),
        **actions(properties),
    }
    lines = frozenset({LINES} if properties.get("ActionLogLineCount") else ())
    return Facts(values, purposes(properties) | lines)


def _warm_up(value: Any) -> str:
    settings = value if isinstance(value, Mapping) else {}
    minutes = _number(str(settings.get("WarmUpPeriodDurationInMinutes") or 0))
    is_whole = str(settings.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False)).lower() == "true"
    return f"{minutes} minutes" + (", in whole" if is_whole else "")


def _group_name(identifier: str) -> str:
    """The name in an ARN, or the name."""
    return identifier.partition(":log-group:")[2].removesuffix(":*") or identifier


def anomaly_detector(properties: Mapping[str, Any]) -> Facts:
    """Of an anomaly detector."""
    single = properties.get("SingleMetricAnomalyDetector")
    metric = single if isinstance(single, Mapping) else properties
    listed = metric.get("Dimensions")
    pairs = [item for item in (listed if isinstance(listed, list) else []) if isinstance(item, Mapping)]
    dimensions = sorted((str(item.get("Name")), str(item.get("Value"))) for item in pairs)
    names = f"{metric.get('Namespace')}/{metric.get('MetricName')}"
    values = {
        "learns": f"{statistic_of(str(metric.get('Stat')))} of {names} {dimensions}",
        "configuration": _json(properties.get("Configuration") or {}),
        "spikes": "are periodic" if _has_periodic_spikes(properties) else "are anomalies",
    }
    return Facts(values)


def _has_periodic_spikes(properties: Mapping[str, Any]) -> bool:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricCharacteristics.html"""
    characteristics = properties.get("MetricCharacteristics")
    value = characteristics.get("PeriodicSpikes") if isinstance(characteristics, Mapping) else False
    return str(value).lower() == "true"


def dashboard(properties: Mapping[str, Any], viewpoint: Viewpoint) -> Facts:
    """Of a dashboard: what each widget shows, and where."""
    body = parsed_body(properties.get("DashboardBody"))
    if body is None or not isinstance(body.get("widgets"), list):
        return Facts(unknown="DashboardBody: it is not a JSON object with widgets")
    return Facts(dashboard_meaning(body, viewpoint))


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)

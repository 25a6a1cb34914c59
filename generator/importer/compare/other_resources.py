"""What composites, alarms on logs, metric filters, log groups, dashboards and anomaly detectors do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.evaluate.alarms.rule import AtLeast, RuleProblem, parse
from generator.evaluate.template.contents import CompositeAlarm, FilterResource
from generator.importer.compare.metric_alarms import actions, purposes
from generator.importer.compare.types import Facts
from generator.importer.compare.watched import statistic_of

# From the name or ARN of an alarm to what both sides call it.
CommonName = Callable[[str], str]
_POSITIONS = ("x", "y", "width", "height")
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
        **actions(properties),
    }
    return Facts(values, purposes(properties))


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
    }
    return Facts(values)


def dashboard(properties: Mapping[str, Any]) -> Facts:
    """Of a dashboard: each widget with its place, whatever the order of its keys."""
    written = properties.get("DashboardBody")
    try:
        content = json.loads(written) if isinstance(written, str) else written
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, Mapping) or not isinstance(content.get("widgets"), list):
        return Facts(unknown="DashboardBody: it is not a JSON object with widgets")
    values = {f"widget {number}": text for number, text in enumerate(_widgets(content["widgets"]), 1)}
    values["variables"] = _json(content.get("variables") or [])
    return Facts(values)


def _widgets(widgets: list[Any]) -> Iterator[str]:
    for widget in widgets:
        if not isinstance(widget, Mapping):
            yield _json(widget)
            continue
        place = ", ".join(f"{name} {widget[name]}" for name in _POSITIONS if name in widget)
        yield f"{widget.get('type')} at {place}: {_json(widget.get('properties'))}"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)

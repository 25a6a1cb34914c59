"""Alarms as what they watch and whether they call anyone: those of a capture, and those of a build."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from generator.capture.capture import CapturedRegion
from generator.capture.types import CapturedAlarm
from generator.evaluate.alarms.rule import AtLeast, Rule, parse
from generator.evaluate.math.insights import Selection, is_query, read_query
from generator.evaluate.template.contents import CompositeAlarm, Contents, MetricAlarm
from generator.inventory.types import Pairs
from generator.inventory.used_entries import used_entries
from generator.token_reader import UnreadableText

# What changes capacity or an instance, and notifies no one.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_NO_CALL = re.compile(r"arn:[^:]*:(?:automate|autoscaling|swf|ec2|application-autoscaling):", re.ASCII)
COMPOSITE = "CompositeAlarm"
# Whether an alarm of the file calls anyone; None for an alarm of others. By account, Region and name.
Routed = Callable[[str, str, str], bool | None]
AlarmPlace = tuple[str, str, str]


class AlarmMetric(NamedTuple):
    """A metric of an alarm. account: its owner."""

    account: str
    namespace: str
    name: str
    dimensions: Pairs


@dataclass(frozen=True, slots=True)
class AlarmQuery:
    """A Metrics Insights query of an alarm. account: the only one that it reads; empty where the entry has none."""

    account: str
    selection: Selection


class InventoryAlarm(NamedTuple):
    """An alarm of an account and Region. children: names in the rule of a composite. calls: by itself.

    is_math: whether it has several metrics. unreadable: entries whose metrics are not known, such as PromQL.
    """

    account: str
    region: str
    name: str
    metrics: tuple[AlarmMetric, ...]
    queries: tuple[AlarmQuery, ...]
    children: tuple[str, ...]
    calls: bool
    is_deployed: bool
    is_math: bool
    unreadable: bool = False

    @property
    def place(self) -> AlarmPlace:
        """Account, Region and name."""
        return (self.account, self.region, self.name)


def captured_alarms(region: CapturedRegion, routed: Routed) -> Iterator[InventoryAlarm]:
    """The alarms of an account and Region; none where they were not read. Raises BadCapture."""
    for alarm in region.alarms() or ():
        yield _captured(alarm, region, routed)


def _captured(alarm: CapturedAlarm, region: CapturedRegion, routed: Routed) -> InventoryAlarm:
    row = alarm.definition
    entries = _objects(row.get("Metrics"))
    metrics: list[AlarmMetric] = []
    queries: list[AlarmQuery] = []
    if isinstance(row.get("MetricName"), str):
        metrics.append(_metric(row, region.account))
    used = _used_ids(entries) if entries else frozenset()
    for entry in entries:
        if str(entry.get("Id")) not in used:
            continue
        stat = entry.get("MetricStat")
        account = entry.get("AccountId")
        if isinstance(stat, Mapping) and isinstance(stat.get("Metric"), Mapping):
            metrics.append(_metric(stat["Metric"], str(account or region.account)))
        elif isinstance(entry.get("Expression"), str):
            queries += _queries(entry["Expression"], str(account or ""))
    children = _children(row.get("AlarmRule")) if alarm.kind == COMPOSITE else ()
    return InventoryAlarm(
        region.account,
        region.region,
        alarm.name,
        tuple(metrics),
        tuple(queries),
        children,
        _acts(row) or bool(routed(region.account, region.region, alarm.name)),
        True,
        len(entries) > 1,
        not (metrics or queries or alarm.kind == COMPOSITE),
    )


def built_alarms(
    contents: Iterable[Contents], deployed: frozenset[AlarmPlace], routed: Routed, *, is_future: bool = False
) -> Iterator[InventoryAlarm]:
    """The alarms of templates that are not in the capture; all of them for the future. deployed: those that are."""
    for content in contents:
        alarms: list[MetricAlarm | CompositeAlarm] = [*content.metric_alarms, *content.composites]
        for alarm in alarms:
            place = (alarm.alarm.account, alarm.alarm.region, alarm.alarm.name)
            is_deployed = place in deployed
            if is_deployed and not is_future:
                continue
            calls = alarm.actions_enabled and bool(routed(*place))
            if isinstance(alarm, MetricAlarm):
                returned = frozenset(entry.id for entry in alarm.entries if entry.is_returned)
                used = used_entries({entry.id: entry.expression for entry in alarm.entries}, returned)
                entries = [entry for entry in alarm.entries if entry.id in used]
                metrics = tuple(
                    AlarmMetric(of.account, of.namespace, of.name, of.dimensions)
                    for entry in entries
                    if entry.stat and (of := entry.stat.metric)
                )
                queries = tuple(query for entry in entries for query in _queries(entry.expression, ""))
                yield InventoryAlarm(*place, metrics, queries, (), calls, is_deployed, len(alarm.entries) > 1)
            else:
                yield InventoryAlarm(*place, (), (), _children(alarm.rule), calls, is_deployed, False)


def calling(alarms: Iterable[InventoryAlarm]) -> frozenset[str]:
    """The alarms of one account and Region that call someone, themselves or by a composite above them."""
    by_name = {alarm.name: alarm for alarm in alarms}
    pending = [alarm for alarm in by_name.values() if alarm.calls]
    names = {alarm.name for alarm in pending}
    while pending:
        for child in pending.pop().children:
            if child in by_name and child not in names:
                names.add(child)
                pending.append(by_name[child])
    return frozenset(names)


def _used_ids(entries: list[Mapping[str, Any]]) -> frozenset[str]:
    """The IDs of the entries from which the result of a captured alarm is computed."""
    expressions = {str(entry.get("Id")): str(entry.get("Expression") or "") for entry in entries}
    returned = frozenset(str(entry.get("Id")) for entry in entries if entry.get("ReturnData", True) is not False)
    return used_entries(expressions, returned)


def _acts(row: Mapping[str, Any]) -> bool:
    """Whether an alarm has an action for ALARM that notifies, and actions are enabled."""
    actions = row.get("AlarmActions")
    if row.get("ActionsEnabled") is False or not isinstance(actions, list):
        return False
    return any(isinstance(action, str) and not _NO_CALL.match(action) for action in actions)


def _metric(data: Mapping[str, Any], account: str) -> AlarmMetric:
    dimensions = [(str(it.get("Name")), str(it.get("Value"))) for it in _objects(data.get("Dimensions"))]
    if len(dimensions) > 1:
        dimensions.sort()
    return AlarmMetric(account, str(data.get("Namespace")), str(data.get("MetricName")), tuple(dimensions))


def _queries(expression: str, account: str) -> Iterator[AlarmQuery]:
    if expression and is_query(expression):
        try:
            yield AlarmQuery(account, read_query(expression))
        except UnreadableText:
            return


def _children(rule: Any) -> tuple[str, ...]:
    """The alarms whose ALARM a composite passes on: those below NOT only keep it quiet."""
    parsed = parse(rule) if isinstance(rule, str) else None
    if not isinstance(parsed, Rule):
        return ()
    # For each operand: the children that bring ALARM, and those whose ALARM prevents it.
    stack: list[tuple[frozenset[str], frozenset[str]]] = []
    nothing: frozenset[str] = frozenset()
    for step in parsed.steps:
        if isinstance(step, AtLeast):
            children = frozenset(step.children)
            stack.append((children, nothing) if (step.state == "ALARM") is not step.negated else (nothing, children))
        elif isinstance(step, bool):
            stack.append((nothing, nothing))
        elif step == "NOT":
            brings, prevents = stack.pop()
            stack.append((prevents, brings))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append((left[0] | right[0], left[1] | right[1]))
    return tuple(sorted(map(_alarm_name, stack[0][0])))


def _alarm_name(reference: str) -> str:
    """The name of an alarm that a rule names by its name or ARN."""
    return reference.split(":alarm:", 1)[1] if reference.startswith("arn:") and ":alarm:" in reference else reference


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []

"""The dashboard `monitoring-events-<environment>`: how much is kept, how late, what fails, and what it costs.

CloudWatch asks 3 USD a month for a dashboard beyond the first three of an account; `events: {dashboard: false}` leaves
it out. https://aws.amazon.com/cloudwatch/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.findings import Path
from generator.model.dashboards import Dashboard, Level, Line, MetricWidget, Search, Series, TextWidget, Widget
from generator.model.error_log_names import (
    AGENT,
    AGENTS_DEAD_LETTERS,
    AGENTS_FUNCTION,
    API_FUNCTION,
    DAY_INDEX,
    DUE_INDEX,
    EVENTS,
    EVENTS_DEAD_LETTERS,
    EVENTS_FUNCTION,
    NAMESPACE,
    RECENT_INDEX,
    REPORT_DEAD_LETTERS,
    REPORT_FUNCTION,
)
from generator.model.error_logs import Events
from generator.model.estate import Estate
from generator.model.governance import METRICS
from generator.model.signals import Metric

PERIOD = 300
SLOW_MS = 30_000
_LAMBDA, _SQS, _DYNAMODB, _GATEWAY = "AWS/Lambda", "AWS/SQS", "AWS/DynamoDB", "AWS/ApiGateway"
_VISIBLE = "ApproximateNumberOfMessagesVisible"


def with_views(estate: Estate) -> Estate:
    """The estate with the dashboard of the event store, where one is asked for."""
    events = estate.events
    if events is None or not events.dashboard:
        return estate
    widgets = tuple(_widgets(estate, events))
    dashboard = Dashboard(EVENTS, estate.name(EVENTS), "MonitoringEventsDashboard", events.path, widgets)
    return replace(estate, dashboards=(*estate.dashboards, dashboard))


def _widgets(estate: Estate, events: Events) -> Iterator[Widget]:
    path = events.path
    headline = _headline(estate)
    yield TextWidget(headline, width=24, height=1 + headline.count("\n"))
    yield _graph(
        "Events", [_ours(estate, "EventsProcessed", "Kept"), _ours(estate, "ProcessingErrors", "Failed")], path
    )
    slow = (Level(SLOW_MS, "too late"),)
    yield replace(_graph("Time until an event is kept", _latency(estate), path), levels=slow)
    if estate.error_logs:
        yield from _of_agents(estate, path)
    yield _graph("Calls that failed", list(_functions(estate, events)), path)
    yield _graph("Messages", list(_queues(estate)), path)
    yield _graph("DynamoDB", list(_table(estate)), path)
    if events.api:
        yield _graph("API", list(_api(estate)), path)


def _headline(estate: Estate) -> str:
    env = estate.environment
    lines = [f"# Events, errors and reports · {env}"]
    lines.append(f"`obsgen events -e {env}`, `obsgen errors -e {env}` and `obsgen agents -e {env}` list what is kept.")
    if estate.error_logs and not estate.shares_metrics_of(_LAMBDA):
        what = _LAMBDA if estate.shares(METRICS) else "metrics"
        hint = "`access: {sharing: [metrics]}` draws their agents."
        lines.append(f"Members do not share {what} with the hub: {hint}")
    return "\n".join(lines)


def _graph(title: str, lines: list[Line], path: Path) -> MetricWidget:
    return MetricWidget(title, tuple(lines), PERIOD, path=path, min=0)


def _line(
    namespace: str, name: str, statistic: str, label: str, dimensions: dict[str, str], *, right: bool = False
) -> Series:
    return Series(Metric(namespace, name, tuple(dimensions.items())), statistic, None, label, right)


def _ours(estate: Estate, name: str, label: str, statistic: str = "Sum") -> Series:
    return _line(NAMESPACE, name, statistic, label, {"Environment": estate.environment})


def _latency(estate: Estate) -> list[Line]:
    whole = [_ours(estate, "ProcessingLatency", f"{name} (ms)", name) for name in ("p50", "p95")]
    windows = [_ours(estate, "WindowLatency", "windows, from their end, p95 (ms)", "p95")] if estate.error_logs else []
    return [*whole, *windows]


def _of_agents(estate: Estate, path: Path) -> Iterator[Widget]:
    series = [_ours(estate, "NewErrors", "New"), _ours(estate, "Lateness", "Lines that came late")]
    yield _graph("Errors", list(series), path)
    if estate.shares_metrics_of(_LAMBDA):
        function = f'{{{_LAMBDA},FunctionName}} FunctionName="{estate.name(AGENT)}"'
        failed = f"SUM(SEARCH('{function} MetricName=\"Errors\"', 'Sum', {PERIOD}))"
        calls = f"SUM(SEARCH('{function} MetricName=\"Invocations\"', 'Sum', {PERIOD}))"
        longest = f"MAX(SEARCH('{function} MetricName=\"Duration\"', 'Maximum', {PERIOD}))"
        lines = [Search(calls, "Calls"), Search(failed, "Failed"), Search(longest, "Longest (ms)", right=True)]
        yield _graph(f"Agents in {estate.hub.region}", list(lines), path)


def _functions(estate: Estate, events: Events) -> Iterator[Line]:
    kinds = [EVENTS_FUNCTION]
    kinds += [AGENTS_FUNCTION] if estate.error_logs else []
    kinds += [REPORT_FUNCTION] if estate.reports else []
    kinds += [API_FUNCTION] if events.api else []
    for kind in kinds:
        yield _line(_LAMBDA, "Errors", "Sum", kind, {"FunctionName": estate.name(kind)})


def _queues(estate: Estate) -> Iterator[Line]:
    yield _line(_SQS, _VISIBLE, "Maximum", "Waiting", {"QueueName": estate.name(EVENTS)})
    dead = [EVENTS_DEAD_LETTERS]
    dead += [AGENTS_DEAD_LETTERS] if estate.error_logs else []
    dead += [REPORT_DEAD_LETTERS] if estate.reports else []
    for kind in dead:
        yield _line(_SQS, _VISIBLE, "Maximum", kind, {"QueueName": estate.name(kind)})
    oldest = {"QueueName": estate.name(EVENTS)}
    yield _line(_SQS, "ApproximateAgeOfOldestMessage", "Maximum", "Oldest (s)", oldest, right=True)


def _table(estate: Estate) -> Iterator[Line]:
    table = {"TableName": estate.name(EVENTS)}
    yield _line(_DYNAMODB, "ConsumedWriteCapacityUnits", "Sum", "Written (units)", table)
    yield _line(_DYNAMODB, "ConsumedReadCapacityUnits", "Sum", "Read (units)", table)
    yield _line(_DYNAMODB, "WriteThrottleEvents", "Sum", "Writes throttled", table, right=True)
    for index in (DAY_INDEX, DUE_INDEX, RECENT_INDEX):
        of_index = {**table, "GlobalSecondaryIndexName": index}
        yield _line(_DYNAMODB, "WriteThrottleEvents", "Sum", f"Writes of {index} throttled", of_index, right=True)


def _api(estate: Estate) -> Iterator[Line]:
    dimensions = {"ApiName": estate.name(API_FUNCTION), "Stage": estate.environment}
    yield _line(_GATEWAY, "Count", "Sum", "Requests", dimensions)
    yield _line(_GATEWAY, "4XXError", "Sum", "Refused", dimensions)
    yield _line(_GATEWAY, "5XXError", "Sum", "Failed", dimensions)
    yield _line(_GATEWAY, "Latency", "p95", "Latency, p95 (ms)", dimensions, right=True)

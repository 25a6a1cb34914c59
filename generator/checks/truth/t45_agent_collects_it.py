"""T45: an alarm on a metric of the CloudWatch agent uses one that the agent collects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.aws.agent import DIMENSIONS, NAMESPACE, PLUGINS
from generator.checks.check import Subject
from generator.findings import Finding, Severity, suggest
from generator.model.agent import Agent

CODE = "T45"
NAME = "agent-collects-it"
TITLE = "An alarm on a metric of the CloudWatch agent uses one that the agent collects, with dimensions it has."
SUMMARY = "An alarm on an agent metric uses one that the agent collects."
WHY = (
    "The agent publishes only what its configuration lists. An alarm on another of its metrics, or with another set of"
    " dimensions, never has data. It is a warning, as instances may run further agents that are configured elsewhere."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html"
BAD = """\
agent: {targets: {"tag:Monitored": "true"}, metrics: [disk]}
alarms:
  memory: {metric: {namespace: CWAgent, name: mem_used_percent}, statistic: Maximum, threshold: "> 90"}
"""
GOOD = """\
agent: {targets: {"tag:Monitored": "true"}, metrics: [disk, mem]}
alarms:
  memory: {metric: {namespace: CWAgent, name: mem_used_percent}, statistic: Maximum, threshold: "> 90"}
"""
_ALARM = "AWS::CloudWatch::Alarm"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each metric that the agent of the file does not publish."""
    agent = subject.estate.agent
    if agent is None:
        return
    for alarm in subject.resources(_ALARM):
        for metric in _metrics(alarm.properties):
            problem = _wrong(metric, agent) if metric.get("Namespace") == NAMESPACE else None
            if problem:
                message, hint = problem
                yield Finding(CODE, message, alarm.path, Severity.WARNING, hint, on="key", where=alarm.where)


def _metrics(alarm: Any) -> Iterator[dict[str, Any]]:
    """The metrics of an alarm, in either form."""
    yield alarm
    for query in alarm.get("Metrics", []):
        yield query.get("MetricStat", {}).get("Metric", {})


def _wrong(metric: dict[str, Any], agent: Agent) -> tuple[str, str] | None:
    """A message and a hint for a metric that the agent does not publish; None for others."""
    name, dimensions = metric["MetricName"], sorted(dimension["Name"] for dimension in metric.get("Dimensions", []))
    plugin = next((plugin for plugin in PLUGINS if name in _names(plugin)), None)
    if plugin is None:
        every = [name for plugin in agent.metrics for name in _names(plugin)]
        return f"the agent does not collect {name}", suggest(name, every)
    if plugin not in agent.metrics:
        return f"the agent does not collect {name}", f"set agent: {{metrics: [{', '.join((*agent.metrics, plugin))}]}}"
    if dimensions in ([], ["InstanceId"], sorted(["InstanceId", *DIMENSIONS.get(plugin, ())])):
        return None
    return (
        f"the agent does not publish {name} with {', '.join(dimensions)}",
        "remove the dimensions, for the worst of all instances",
    )


def _names(plugin: str) -> list[str]:
    return [f"{plugin}_{measurement}" for measurement in PLUGINS[plugin]["measurement"]]

"""Service quotas in tests: the usage metrics whose quota an alarm asks for with SERVICE_QUOTA."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from generator.evaluate.math import metric_math
from generator.evaluate.math.functions import QUOTA
from generator.evaluate.math.steps import Call, Name
from generator.evaluate.template.template import MetricAlarm
from generator.evaluate.types import MetricId
from generator.findings import Finding, Path
from generator.scenarios.environment import SimulatedEnvironment
from generator.scenarios.mentions import one_of, shown_metric

PROPOSED_QUOTA = 1000.0
"""The quota in proposed tests. Shares of it are whole numbers."""


def metrics_with_quota(alarm: MetricAlarm) -> Iterator[MetricId]:
    """The metrics whose service quota the expressions of an alarm use."""
    stats = {entry.id: entry.stat for entry in alarm.entries if entry.stat}
    for entry in alarm.entries:
        parsed = None if entry.stat else metric_math.parse(entry.expression)
        if isinstance(parsed, metric_math.Expression):
            for argument, step in pairwise(parsed.steps):
                is_quota = isinstance(step, Call) and step.function == QUOTA
                if is_quota and isinstance(argument, Name) and argument.id in stats:
                    yield stats[argument.id].metric


def proposed_quotas(alarm: MetricAlarm) -> Mapping[MetricId, float]:
    """A quota for each metric whose quota an alarm uses."""
    return dict.fromkeys(metrics_with_quota(alarm), PROPOSED_QUOTA)


def unused_quota(environment: SimulatedEnvironment, metric: MetricId, path: Path) -> Finding | None:
    """A finding if no alarm uses the quota of a metric."""
    alarms = (alarm for contents in environment.contents for alarm in contents.metric_alarms)
    known = {usage for alarm in alarms for usage in metrics_with_quota(alarm)}
    if metric in known:
        return None
    name = shown_metric(metric.namespace, metric.name, metric.dimensions)
    known_names = {shown_metric(usage.namespace, usage.name, usage.dimensions) for usage in known}
    hint = one_of(known_names) or "remove it: no alarm uses SERVICE_QUOTA"
    return Finding("R02", f"no alarm uses the service quota of {name}", path, hint=hint, on="key")

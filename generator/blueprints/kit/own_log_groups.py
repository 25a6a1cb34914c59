"""Filters on log groups that the same template makes, such as those of the hub's own functions.

An entry with `create: false` gives such a group by its name, and CloudFormation would make both at once: a filter on a
log group that is not there yet is refused. A reference makes the group come first.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from troposphere import Ref, logs

from generator.blueprints.kit.stack import Part


def referring(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts, each filter with a reference to its log group where that is among those before it."""
    references: dict[str, str] = {}
    for part in parts:
        if isinstance(part, logs.LogGroup) and _is_named(part):
            references[part.LogGroupName] = part.title
        elif isinstance(part, logs.MetricFilter) and _is_named(part) and part.LogGroupName in references:
            part.LogGroupName = Ref(references[part.LogGroupName])
        yield part


def _is_named(part: logs.LogGroup | logs.MetricFilter) -> bool:
    return isinstance(part.properties.get("LogGroupName"), str)

"""T04: the value and the dimensions of a filter's metric are fields of its pattern."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding, Path, suggest
from generator.model.logs import MetricFilter

CODE = "T04"
NAME = "value-is-in-the-pattern"
TITLE = "The value and the dimensions of a metric are fields of the pattern."
WHY = (
    "CloudWatch Logs accepts a filter whose value names a field that the pattern does not have, and then publishes"
    " nothing. The alarm on it never has data."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html"
BAD = """\
metric_filters:
  errors: {pattern: '[time, level = ERROR, took]', metric: {value: $duration}}
"""
GOOD = """\
metric_filters:
  errors: {pattern: '[time, level = ERROR, duration]', metric: {value: $duration}}
"""
_MOST_DIMENSIONS = 3
_LONGEST_VALUE = 100


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each unknown field, and for invalid dimensions."""
    for metric_filter in subject.estate.metric_filters:
        pattern = parse(metric_filter.pattern)
        if isinstance(pattern, Pattern):
            yield from _value(metric_filter, pattern)
            yield from _dimensions(metric_filter, pattern)


def _value(metric_filter: MetricFilter, pattern: Pattern) -> Iterator[Finding]:
    path: Path = (*metric_filter.path, "metric", "value")
    if metric_filter.value.startswith("$"):
        yield from _field(metric_filter.value, pattern, path)
    if len(metric_filter.value) > _LONGEST_VALUE:
        message = (
            f"the value of the metric has {len(metric_filter.value)} characters; the AWS limit is {_LONGEST_VALUE}"
        )
        yield Finding(CODE, message, path, hint="shorten the name of the field")


def _dimensions(metric_filter: MetricFilter, pattern: Pattern) -> Iterator[Finding]:
    path: Path = (*metric_filter.path, "metric", "dimensions")
    if len(metric_filter.dimensions) > _MOST_DIMENSIONS:
        message = f"the metric has {len(metric_filter.dimensions)} dimensions; the AWS limit is {_MOST_DIMENSIONS}"
        yield Finding(CODE, message, path, hint=f"remove {len(metric_filter.dimensions) - _MOST_DIMENSIONS}")
    for name, value in metric_filter.dimensions:
        if not value.startswith("$"):
            message = f"expected a field as the value of dimension {name}, got the text `{value}`"
            yield Finding(CODE, message, (*path, name), hint="use a field such as $.service or $service")
        else:
            yield from _field(value, pattern, (*path, name))


def _field(expression: str, pattern: Pattern, path: Path) -> Iterator[Finding]:
    if pattern.kind == "json":
        if not expression.startswith("$."):
            yield Finding(
                CODE, f"`{expression}` is not a selector of a JSON event", path, hint=f"use $.{expression[1:]}"
            )
        return
    if pattern.kind != "fields":
        message = f"the pattern has no fields, so `{expression}` has no value"
        yield Finding(
            CODE,
            message,
            path,
            hint="use a pattern in [brackets], which names fields, or in {braces}, which selects them",
        )
        return
    name = expression[1:]
    known = [field.lstrip("$") for field in pattern.names]
    by_number = name.isdigit() and (pattern.numbered or 1 <= int(name) <= len(pattern.names))
    if name not in known and not by_number:
        hint = suggest(name, known, f"use one of {', '.join(f'${field}' for field in known)}")
        yield Finding(CODE, f"the pattern has no field `{name}`", path, hint=hint)

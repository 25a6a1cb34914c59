"""T07: the metric is published with these dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.checks.check import Subject
from generator.checks.metric_references import metric_path, named_metrics
from generator.findings import Finding
from generator.model.metric_references import MetricReference

if TYPE_CHECKING:
    from generator.aws.metrics_model import Metric

CODE = "T07"
NAME = "dimensions-complete"
TITLE = "An alarm names exactly the dimensions that the metric is published with."
WHY = (
    "A metric is the name and all of its dimensions. With one missing or one too many it is another metric,"
    " which nobody publishes, and CloudWatch does not say so."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html"
BAD = """\
alarms:
  errors: {metric: {filter: null, namespace: AWS/DynamoDB, name: ThrottledRequests, dimensions: {TableName: orders}}}
"""
GOOD = """\
alarms:
  errors:
    metric:
      filter: null
      namespace: AWS/DynamoDB
      name: ThrottledRequests
      dimensions: {TableName: orders, Operation: PutItem}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm whose dimensions no published set is; silent where the catalogue is open."""
    for measured in named_metrics(subject.estate):
        if measured.metric.filter is None:
            yield from _dimensions(measured)


def _dimensions(measured: MetricReference) -> Iterator[Finding]:
    from generator.aws.metrics import lookup

    metric = measured.metric
    namespace = lookup(metric.namespace)
    known = namespace.metrics.get(metric.name) if namespace else None
    actual = tuple(sorted(name for name, _ in metric.dimensions))
    if namespace is None or known is None or namespace.open_ended or actual in known.dimensions:
        return
    sets = "; ".join(", ".join(names) or "none at all" for names in known.dimensions)
    message = f"{metric.namespace} {metric.name} is not published by {', '.join(actual) or 'no dimension at all'}"
    path = metric_path(measured, "dimensions") if actual else measured.path
    yield Finding(CODE, message, path, hint=f"{_spelled(actual, known)}published by: {sets}")


def _spelled(actual: tuple[str, ...], known: Metric) -> str:
    """The right letter case of dimensions that differ in nothing else."""
    names = {name.lower(): name for names in known.dimensions for name in names}
    wrong = {name: names[name.lower()] for name in actual if names.get(name.lower(), name) != name}
    return "".join(f"write {right} for {name}; " for name, right in wrong.items())

"""T21: a filter emits into a namespace that is ours."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "T21"
NAME = "filter-namespace"
TITLE = "A metric filter emits into a namespace of its own."
WHY = (
    "Namespaces that start with AWS/ are reserved; CloudWatch Logs refuses such a filter. A colon starts a"
    " reserved name too."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html"
BAD = """\
metric_filters:
  errors: {metric: {namespace: AWS/Shop}}
"""
GOOD = """\
metric_filters:
  errors: {metric: {namespace: Shop}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each filter in a reserved namespace."""
    for counted in subject.estate.metric_filters:
        namespace = counted.metric.namespace
        if namespace.startswith(("AWS/", ":")) or not namespace.isascii():
            path = (*counted.path, "metric", "namespace")
            message = f"`{namespace}` is not a namespace that we can write to"
            yield Finding(CODE, message, path, hint=namespace.removeprefix("AWS/").lstrip(":") or "a name of your own")

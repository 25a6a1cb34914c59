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
_NEVER = ":*$"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each filter in a reserved namespace, and for names that CloudWatch Logs does not take."""
    for metric_filter in subject.estate.metric_filters:
        namespace = metric_filter.metric.namespace
        path = (*metric_filter.path, "metric")
        if namespace.startswith("AWS/") or _plain(namespace) != namespace:
            message = f"`{namespace}` is not a namespace that we can write to"
            hint = _plain(namespace.removeprefix("AWS/")).strip() or "a name of your own"
            yield Finding(CODE, message, (*path, "namespace"), hint=hint)
        name = metric_filter.metric.name
        if _plain(name) != name:
            message = f"`{name}` is not a name that CloudWatch Logs gives a metric"
            yield Finding(CODE, message, (*path, "name"), hint=_plain(name) or "a name of your own")


def _plain(name: str) -> str:
    """What is left of a name without the characters that it cannot have."""
    return "".join(letter for letter in name if letter.isascii() and letter.isprintable() and letter not in _NEVER)
